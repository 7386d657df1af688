"""The signals that end a process: each becomes one KeyboardInterrupt, so that nothing is left half done."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

REASONS = {"SIGINT": "interrupted", "SIGTERM": "stopped", "SIGHUP": "the terminal was closed"}


@dataclass(slots=True)
class Stop:
    """Which signal came, for the line on stderr and the exit code."""

    number: int = signal.SIGINT

    @property
    def reason(self) -> str:
        return REASONS[signal.Signals(self.number).name]

    @property
    def exit_code(self) -> int:
        return 128 + self.number


@contextmanager
def heeding_signals() -> Iterator[Stop]:
    """Let the first of these signals raise KeyboardInterrupt; a second one ends the process at once.

    What the caller ignores, as nohup does, stays ignored.
    """
    stop = Stop()

    def raise_interrupt(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.number = number
        raise KeyboardInterrupt

    before = {}
    with suppress(ValueError):  # in a thread the signals are not ours to heed
        for number in (getattr(signal, name) for name in REASONS if hasattr(signal, name)):
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = signal.signal(number, raise_interrupt)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

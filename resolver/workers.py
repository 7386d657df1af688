"""A few threads that nobody waits for: Ctrl-C ends the program at once, not after the last request."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Workers:
    """Runs what is submitted, in that order, in at most `count` daemon threads."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._jobs: deque[Callable[[], None]] = deque()

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Queue a call; it runs after `start`."""
        future: Future[T] = Future()

        def run() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*arguments))
                except BaseException as error:
                    future.set_exception(error)

        self._jobs.append(run)
        return future

    def start(self) -> None:
        """Start the threads; each ends when the queue is empty."""
        for _ in range(min(self._count, len(self._jobs))):
            threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.popleft()
            except IndexError:
                return
            job()

    def stop(self) -> None:
        """Forget what has not begun."""
        self._jobs.clear()

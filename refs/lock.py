"""A lock between processes that serves them in turn.

SQLite's own busy handler sleeps and tries again, so that under load one process can wait for ever; the queue of the
operating system's file lock is fair.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NOTICE_AFTER = 1.0  # seconds


@contextmanager
def exclusive(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file at `path`; call `waiting` once when it takes longer than a second."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOINHERIT", 0), 0o666)
    try:
        if not try_lock(descriptor):
            notice = threading.Timer(NOTICE_AFTER, waiting)
            notice.daemon = True
            notice.start()
            try:
                _wait(descriptor)
            finally:
                notice.cancel()
        yield
    finally:
        os.close(descriptor)  # gives the lock up, on every system


if sys.platform == "win32":
    import msvcrt

    def try_lock(descriptor: int) -> bool:
        """Lock an open file if nobody else has; closing it gives the lock up."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait(descriptor: int) -> None:
        while not try_lock(descriptor):  # Windows has no queue for this: poll
            time.sleep(0.02)

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock an open file if nobody else has; closing it gives the lock up."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

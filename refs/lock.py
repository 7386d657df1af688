"""A lock between processes that serves them in turn.

SQLite's own busy handler sleeps and tries again, so that under load one process can wait for ever; and of those that
wait for a file lock the system may wake any. On Linux each draws a number first, by holding the byte of that number in
a second file, and waits until all smaller ones are gone: whatever ends a process gives its number up. Where there are
no such locks (https://man7.org/linux/man-pages/man2/F_OFD_SETLK.2const.html) the file lock alone decides.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

NOTICE_AFTER = 1.0  # seconds


@contextmanager
def exclusive(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file at `path`; call `waiting` once when it takes longer than a second."""
    with ExitStack() as held:
        descriptor = _open(path, held)
        queue = _open(path.with_suffix(".queue"), held)
        number = _draw(queue)
        if not (_is_turn(queue, number) and try_lock(descriptor)):
            notice = threading.Timer(NOTICE_AFTER, waiting)
            notice.daemon = True
            notice.start()
            try:
                _await_turn(queue, number)
                _wait(descriptor)
            finally:
                notice.cancel()
        yield


def _open(path: Path, held: ExitStack) -> int:
    """Open a lock file; closing it gives its locks up, on every system."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOINHERIT", 0), 0o666)
    held.callback(os.close, descriptor)
    return descriptor


if sys.platform == "linux":
    import fcntl
    from struct import Struct

    FLOCK = Struct("hhqqi4x")  # struct flock: type, whence, start, length, pid
    DRAWING = 0  # the byte that is held while a number is drawn

    def _ask(queue: int, command: int, kind: int, start: int, length: int) -> tuple[int, int, int]:
        """Ask the system for a lock of bytes; return the kind, start and length of what it answers."""
        answer = fcntl.fcntl(queue, command, FLOCK.pack(kind, os.SEEK_SET, start, length, 0))
        found, _, first, size, _ = FLOCK.unpack(answer)
        return found, first, size

    def _draw(queue: int) -> int:
        """Hold a number above all that are held; return 0 on a file system without such locks."""
        try:
            _ask(queue, fcntl.F_OFD_SETLKW, fcntl.F_WRLCK, DRAWING, 1)
        except OSError:
            return 0
        number = DRAWING + 1
        while (found := _ask(queue, fcntl.F_OFD_GETLK, fcntl.F_WRLCK, number, 0))[0] != fcntl.F_UNLCK:
            number = found[1] + found[2]
        _ask(queue, fcntl.F_OFD_SETLK, fcntl.F_WRLCK, number, 1)
        _ask(queue, fcntl.F_OFD_SETLK, fcntl.F_UNLCK, DRAWING, 1)
        return number

    def _is_turn(queue: int, number: int) -> bool:
        """Tell whether no smaller number is held."""
        try:
            _await_turn(queue, number, fcntl.F_OFD_SETLK)
        except BlockingIOError:
            return False
        return True

    def _await_turn(queue: int, number: int, command: int = fcntl.F_OFD_SETLKW) -> None:
        if number > DRAWING + 1:
            _ask(queue, command, fcntl.F_RDLCK, DRAWING + 1, number - DRAWING - 1)

else:

    def _draw(queue: int) -> int:
        return 0

    def _is_turn(queue: int, number: int) -> bool:
        return True

    def _await_turn(queue: int, number: int) -> None:
        pass


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

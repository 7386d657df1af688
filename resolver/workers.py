"""A few threads that nobody waits for: Ctrl-C ends the program at once, not after the last request."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Pending(Generic[T]):
    """What a call will return or raise; `concurrent.futures` costs 12 ms to import and joins its threads at exit."""

    def __init__(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> None:
        self._call = (function, arguments)
        self._done = threading.Event()
        self._outcome: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Make the call, in a worker's thread."""
        function, arguments = self._call
        try:
            self._outcome.append(function(*arguments))
        except BaseException as error:
            self._error = error
        self._done.set()

    def finished(self) -> bool:
        """Tell whether `result` returns or raises at once."""
        return self._done.is_set()

    def result(self) -> T:
        """Wait for the call and return what it returned, or raise what it raised."""
        while not self._done.wait(0.5):
            pass  # on Windows only a wait with an end can be interrupted
        if self._error is not None:
            raise self._error
        return self._outcome[0]


class Workers:
    """Runs what is submitted, in that order, in at most `count` daemon threads."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._jobs: deque[Pending[Any]] = deque()

    def submit(self, function: Callable[..., T], *arguments: Any) -> Pending[T]:
        """Queue a call; it runs after `start`."""
        job = Pending(function, arguments)
        self._jobs.append(job)
        return job

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
            job.run()

    def stop(self) -> None:
        """Forget what has not begun."""
        self._jobs.clear()

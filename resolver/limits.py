"""How often a service may be asked: read from its answers, kept by all processes that share a cache directory.

A pool is one limit of one service. Requests of a pool are spaced evenly, and no more run at once than it announced.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from resolver.cache import CacheError, Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS pools (
    name TEXT PRIMARY KEY, requests REAL NOT NULL, seconds REAL NOT NULL, at_once INTEGER NOT NULL, next REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turns (holder TEXT PRIMARY KEY, pool TEXT NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
"""
LONGEST_WAIT = 120.0  # a later turn than this was written under another clock
LEASE = 12.0  # a turn that nobody gave back in this time belonged to a process that died
POLL = 0.05
SLACK = 1.1  # spaced wider than announced: threads wake late, and the service counts by its own clock


@dataclass(frozen=True, slots=True)
class Rate:
    """`requests` in `seconds`, and `at_once` of them together."""

    requests: float
    seconds: float
    at_once: int


class Limits:
    """The pools of all services, in one file of `directory`, or in memory without one."""

    def __init__(
        self,
        directory: Path | None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = Database(directory / "limits.sqlite3" if directory else None, SCHEMA)
        self._clock = clock
        self._sleep = sleep
        self._process = os.urandom(8).hex()

    @contextlib.contextmanager
    def turn(self, pool: str, start: Rate) -> Iterator[None]:
        """Wait for a turn, hold it while the request runs; `start` holds until the service announces its own rate."""
        holder = f"{self._process}-{os.urandom(8).hex()}"
        while (wait := self._acquire(pool, start, holder)) is None:
            self._sleep(POLL)
        try:
            if wait > 0:
                self._sleep(wait)
            yield
        finally:
            with contextlib.suppress(CacheError), self._database.transaction() as connection:
                connection.execute("DELETE FROM turns WHERE holder = ?", (holder,))

    def _acquire(self, pool: str, start: Rate, holder: str) -> float | None:
        """Return the seconds to wait for the turn that was taken, or None when too many run at once."""
        now = self._clock()
        with contextlib.suppress(CacheError), self._database.transaction() as connection:
            row = connection.execute(
                "SELECT requests, seconds, at_once, next FROM pools WHERE name = ?", (pool,)
            ).fetchone()
            requests, seconds, at_once, following = row or (start.requests, start.seconds, start.at_once, 0.0)
            connection.execute("DELETE FROM turns WHERE expires < ? OR expires > ?", (now, now + 3 * LEASE))
            running = connection.execute("SELECT count(*) FROM turns WHERE pool = ?", (pool,)).fetchone()[0]
            if running >= at_once:
                return None
            # A limit of some minutes is a budget: a fifth of it may be spent at once.
            ahead = seconds / 5 if seconds >= 60 else 0.0
            at = max(now, following - ahead if following < now + LONGEST_WAIT else now)
            following = max(now, following) + SLACK * seconds / requests
            connection.execute(
                "INSERT OR REPLACE INTO pools VALUES (?, ?, ?, ?, ?)",
                (pool, requests, seconds, at_once, following),
            )
            connection.execute("INSERT INTO turns VALUES (?, ?, ?)", (holder, pool, at + LEASE))
            return float(at - now)
        # The file failed and memory stands in: other processes cannot be seen, so ask more slowly than alone.
        return start.seconds / start.requests

    def learn(self, pool: str, rate: Rate) -> None:
        """Keep the rate that a service announced."""
        with contextlib.suppress(CacheError), self._database.transaction() as connection:
            connection.execute(
                "UPDATE pools SET requests = ?, seconds = ?, at_once = ? WHERE name = ?",
                (rate.requests, rate.seconds, rate.at_once, pool),
            )

    def hold(self, pool: str, seconds: float) -> None:
        """Let nobody ask for some seconds: the service said so."""
        until = self._clock() + seconds
        with contextlib.suppress(CacheError), self._database.transaction() as connection:
            connection.execute("UPDATE pools SET next = max(next, ?) WHERE name = ?", (until, pool))

    def close(self) -> None:
        """Give back the turns of threads that were left behind, and close the file."""
        with contextlib.suppress(CacheError), self._database.transaction() as connection:
            connection.execute("DELETE FROM turns WHERE holder GLOB ?", (f"{self._process}-*",))
        self._database.close()

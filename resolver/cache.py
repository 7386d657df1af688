"""Answers kept on disk, shared by processes, never fatal: a broken or read-only cache only costs time.

An answer is filed under its original address, what was asked for (`Accept`) and the mirror it came through, so that
a mirror's answers never pass for a registry's own.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

DAY = 86400.0
KEPT = 90 * DAY
SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (
    url TEXT NOT NULL, accept TEXT NOT NULL, mirror TEXT NOT NULL, final_url TEXT NOT NULL, status INTEGER NOT NULL,
    content_type TEXT NOT NULL, etag TEXT NOT NULL, fetched REAL NOT NULL, expires REAL NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (url, accept, mirror)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer of an earlier day: `final_url` is where redirects led, `fetched` seconds since 1970."""

    final_url: str
    status: int
    etag: str
    fetched: float
    fresh: bool
    body: bytes
    content_type: str = ""
    """The header, which may say in which character set a web page is; JSON and XML say so themselves."""


class CacheError(Exception):
    """The file failed; from now on memory stands in for it."""


class Database:
    """One SQLite file that may be missing, locked, read-only or broken; then memory stands in for it."""

    def __init__(self, path: Path | None, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection inside a transaction; raise CacheError after falling back to memory."""
        with self._lock:
            if self._closed:
                raise CacheError("closed")
            connection = self._connection or self._open()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._drop()
                self._path = None
                raise CacheError(str(error)) from None
            except BaseException:
                connection.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        try:
            self._connection = self._connect(self._path)
        except sqlite3.OperationalError:
            self._connection = self._connect(None)
        except (sqlite3.DatabaseError, OSError):
            self._connection = self._again()
        return self._connection

    def _again(self) -> sqlite3.Connection:
        """Put a new file in the place of one that is no database."""
        try:
            if self._path:
                self._path.unlink()
            return self._connect(self._path)
        except (sqlite3.Error, OSError):
            return self._connect(None)

    def _connect(self, path: Path | None) -> sqlite3.Connection:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path or ":memory:", timeout=10, isolation_level=None, check_same_thread=False)
        try:
            # Nothing here is worth waiting for the disk: what a crash loses is asked for again.
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(self._schema)
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._connection:
                self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Close the file for good: a thread that was left behind must not open it again."""
        self._closed = True
        self._drop()

    __del__ = close


class Cache:
    """The answers of registries in one file of `directory`, or in memory without one."""

    def __init__(self, directory: Path | None, mirror: str = "", clock: Callable[[], float] = time.time) -> None:
        self._database = Database(directory / "answers.sqlite3" if directory else None, SCHEMA)
        self._mirror = mirror
        self._clock = clock
        self._pruned = False

    def get(self, url: str, accept: str) -> Stored | None:
        """Return a stored answer, fresh or not."""
        query = (
            "SELECT final_url, status, etag, fetched, expires, body, content_type FROM kept "
            "WHERE url = ? AND accept = ? AND mirror = ?"
        )
        with contextlib.suppress(CacheError, zlib.error), self._database.transaction() as connection:
            if row := connection.execute(query, (url, accept, self._mirror)).fetchone():
                final_url, status, etag, fetched, expires, body, content_type = row
                fresh = fetched <= self._clock() < expires
                return Stored(final_url, status, etag, fetched, fresh, zlib.decompress(body), content_type)
        return None

    def put(self, url: str, accept: str, stored: Stored, lifetime: float) -> None:
        """Keep an answer that stays fresh for `lifetime` seconds."""
        row = (url, accept, self._mirror, stored.final_url, stored.status, stored.content_type, stored.etag)
        packed = zlib.compress(stored.body, 1)
        with contextlib.suppress(CacheError), self._database.transaction() as connection:
            if not self._pruned:
                connection.execute("DELETE FROM kept WHERE fetched < ?", (self._clock() - KEPT,))
                self._pruned = True
            connection.execute(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, stored.fetched, stored.fetched + lifetime, packed),
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

"""A library in one SQLite file, the only user of `sqlite3` beside the migrations, the backups and the caches.

The file is kept by SQLite's own rules for data that matter: a rollback journal, `synchronous=EXTRA`, one short
`BEGIN IMMEDIATE` transaction a command behind a fair lock between processes, and no network inside it. What a
transaction has committed is on the disk.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path, PurePath
from typing import Any

from refs import console, migrations
from refs.database import NEXT_BATCH, Transaction
from refs.errors import RefsError, StorageError
from refs.lock import exclusive

BUSY_SECONDS = 30
VERSION = sqlite3.sqlite_version
OF_WRITERS = (
    "page_size = 8192",  # of a new file: its trees are flatter and smaller than with half of it
    "journal_mode = DELETE",
    "synchronous = EXTRA",
)
PRAGMAS = (
    *OF_WRITERS,
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",
)
CACHE = "cache_size = -65536"
"""What a writer keeps in memory at most, in KiB: a page that finds no room is written before its time, and again."""
MEANINGS = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing was changed",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_CORRUPT: "it is damaged; `refs doctor` tells more, `refs restore` brings a backup back",
    sqlite3.SQLITE_NOTADB: "it is not a refs library",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_BUSY: "another program holds it locked",
    sqlite3.SQLITE_PERM: "permission denied",
    sqlite3.SQLITE_TOOBIG: "a reference is too large to store",
}


class Connection:
    """A `Database` of one file."""

    contains = "instr({0}, {1}) > 0"
    member = "{0} IN (SELECT value FROM json_each({1}))"
    raw = "CAST({0} AS BLOB)"
    through = "INDEXED BY {0}"
    full_text = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._connection.execute(sql, {"library": 1, **values}).fetchall()

    def row(self, sql: str, **values: object) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None."""
        found: tuple[Any, ...] | None = self._connection.execute(sql, {"library": 1, **values}).fetchone()
        return found

    def run(self, sql: str, **values: object) -> None:
        """Run a statement."""
        self._connection.execute(sql, {"library": 1, **values})

    def many(self, sql: str, values: Iterable[Mapping[str, object]]) -> None:
        """Run a statement for each of the parameters."""
        if rows := [{"library": 1, **one} for one in values]:
            self._connection.executemany(sql, rows)


class SqliteFile:
    """The `Engine` of a file, which need not exist yet. Reading never creates or changes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.location = str(path)

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """Give a connection for queries, or None while there is no library."""
        path = Path(os.path.realpath(self.path))
        # A journal left by a crash is played back by the next opener, for which it must be able to write.
        writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
        if writable and self._is_old(path):
            with self.writing():
                pass  # brings the schema up to date, behind a backup
        with storage_errors(self.path):
            if not path.exists():
                yield None
                return
            with closing(connect(path, "rw" if writable else "ro")) as db:
                db.execute("PRAGMA query_only = ON")
                steps = migrations.version(db)
                if 0 < steps < len(migrations.STEPS):
                    raise StorageError(f"it has the older schema {steps}, and is read-only: make it writable once")
                yield Connection(db) if steps else None

    def _is_old(self, path: Path) -> bool:
        with storage_errors(self.path), closing(connect(path, "rw")) as db:
            return 0 < migrations.version(db) < len(migrations.STEPS)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Give a transaction behind the lock; raise StorageError when the file cannot be written."""
        path = Path(os.path.realpath(self.path))
        with storage_errors(self.path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with exclusive(path.with_name(f"{path.name}.lock"), self._say_waiting), closing(connect(path)) as db:
                self._secure(db, path)
                db.execute(f"PRAGMA {CACHE}")
                db.execute("BEGIN IMMEDIATE")
                try:
                    migrated = migrations.migrate(db)
                    connection = Connection(db)
                    transaction = Transaction(connection, connection.rows(NEXT_BATCH)[0][0])
                    yield transaction
                    db.execute("COMMIT" if transaction.changed or migrated else "ROLLBACK")
                except BaseException:
                    if db.in_transaction:  # SQLite has rolled back by itself when the disk is full
                        db.execute("ROLLBACK")
                    raise

    def compact(self) -> None:
        """Give freed room back, so that nothing wiped can be read from it."""
        path = Path(os.path.realpath(self.path))
        with storage_errors(self.path), exclusive(path.with_name(f"{path.name}.lock"), self._say_waiting):
            with closing(connect(path, "rw")) as db:
                try:
                    db.execute("VACUUM")
                except sqlite3.Error as error:
                    reason = f"wiped from the log, but its free pages still hold what was wiped ({error})"
                    raise StorageError(f"{reason}: make room, then refs purge again") from error

    def _secure(self, db: sqlite3.Connection, path: Path) -> None:
        """Back the file up when that is due: once a day, and before its schema changes."""
        steps = migrations.version(db)
        if steps:
            from refs.backup import before_writing

            before_writing(db, path, steps)

    def _say_waiting(self) -> None:
        console.complain(f"waiting for another refs that is writing to {self.path}")


def connect(path: Path, mode: str = "rwc") -> sqlite3.Connection:
    """Open the file in SQLite's mode rwc, rw, ro or ro&immutable=1, with the settings of every connection of ours."""
    db = sqlite3.connect(uri(path, mode), uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        for pragma in PRAGMAS:
            if not (mode.startswith("ro") and pragma in OF_WRITERS):
                db.execute(f"PRAGMA {pragma}")
    except BaseException:
        db.close()
        raise
    return db


def uri(path: PurePath, mode: str) -> str:
    """Return SQLite's name of an absolute path on any system (https://sqlite.org/uri.html)."""
    return f"{path.as_uri()}?mode={mode}"


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into a StorageError that names the library."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0)
        if str(error).startswith("Could not decode"):  # of Python, without a code
            code = sqlite3.SQLITE_CORRUPT
        meaning = MEANINGS.get(code & 0xFF, str(error))
        raise StorageError(f"library {path}: {meaning}") from error
    except UnicodeDecodeError as error:  # of Python's sqlite3, for a message that quotes damaged bytes
        raise StorageError(f"library {path}: {MEANINGS[sqlite3.SQLITE_CORRUPT]}") from error
    except StorageError as error:
        raise type(error)(f"library {path}: {error}") from None
    except RefsError:
        raise
    except OSError as error:
        raise StorageError(f"library {path}: {(error.strerror or str(error)).lower()}") from error

"""The library: references in one SQLite file, the only user of `sqlite3` beside its migrations and the caches.

The file is kept by SQLite's own rules for data that matter: a rollback journal, `synchronous=EXTRA`, one short
`BEGIN IMMEDIATE` transaction a command behind a fair lock between processes, and no network inside it. What `Change`
has committed is on the disk.

    >>> from pathlib import Path; from tempfile import mkdtemp
    >>> from refs import Library, Reference
    >>> library = Library(Path(mkdtemp()) / "library.sqlite3")
    >>> with library.change() as change:
    ...     added = change.add(Reference("book", {"title": "Walden", "DOI": "10.1234/x"}))
    >>> [row.title for row in library.rows("walden")]
    ['Walden']
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from refs import migrations
from refs.errors import NotFoundError, RefsError, StorageError
from refs.folding import fold
from refs.lock import exclusive
from refs.model import Reference

if TYPE_CHECKING:
    from refs.change import Change

BUSY_SECONDS = 30
PRAGMAS = (
    "journal_mode = DELETE",
    "synchronous = EXTRA",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",
)
MEANINGS = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing was changed",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore a copy",
    sqlite3.SQLITE_NOTADB: "it is not a refs library",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_BUSY: "another program holds it locked",
    sqlite3.SQLITE_PERM: "permission denied",
    sqlite3.SQLITE_TOOBIG: "a reference is too large to store",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What a list shows of a reference; `creators` and `title` are plain text, `year` is None when unknown."""

    key: str
    type: str
    creators: str
    year: int | None
    title: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A block of an imported file that could not be read, kept as it was; `number` is its own in the library."""

    file: str
    line: int
    reason: str
    raw: str
    number: int = 0


class Library:
    """The references of one file, which need not exist yet. Reading never creates or changes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __len__(self) -> int:
        with self._reading() as db:
            return int(db.execute("SELECT count(*) FROM reference").fetchone()[0]) if db else 0

    def rows(self, words: str = "") -> list[Row]:
        """Return the references in which every one of the words occurs, by key."""
        return [Row(*row) for row in self._search("key, type, creators, year, title", words)]

    def search(self, words: str = "") -> list[Reference]:
        """Return the same references as `rows`, whole."""
        return [load(item) for (item,) in self._search("item", words)]

    def _search(self, columns: str, words: str) -> list[tuple[Any, ...]]:
        found = fold(words).split()
        where = " AND ".join(["instr(folded, ?)"] * len(found)) or "1"
        with self._reading() as db:
            sql = f"SELECT {columns} FROM reference WHERE {where} ORDER BY key"  # noqa: S608
            return db.execute(sql, found).fetchall() if db else []

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys that begin with a prefix, in order."""
        with self._reading() as db:
            rows = db.execute("SELECT key FROM reference ORDER BY key") if db else ()
            return [key for (key,) in rows if key.startswith(prefix)]

    def references(self, keys: Sequence[str] = ()) -> list[Reference]:
        """Return the references of the keys, in that order; all of them in the order they came, without keys.

        An alias finds its reference, which then bears the alias as its key. Raise NotFoundError for the keys that are
        not there, each with the nearest ones.
        """
        if keys:
            found = self.existing(keys)
            if missing := [key for key in keys if key not in found]:
                raise self.not_found(missing)
            return [found[key] for key in dict.fromkeys(keys)]
        with self._reading() as db:
            rows = db.execute("SELECT item FROM reference ORDER BY id") if db else ()
            return [load(item) for (item,) in rows]

    def existing(self, keys: Sequence[str]) -> dict[str, Reference]:
        """Return the references of those keys and aliases that are there, each bearing the key that found it."""
        with self._reading() as db:
            items = [(key, item_of(db, key)) for key in keys] if db else []
        return {key: replace(load(item), key=key) for key, item in items if item is not None}

    def get(self, key: str) -> Reference:
        """Return one reference; raise NotFoundError with the nearest keys."""
        return self.references([key])[0]

    def find(self, references: Sequence[Reference]) -> list[str | None]:
        """Return for each the key under which the same work is stored, judged by the identifiers of the work itself."""
        from refs.change import same_work

        with self._reading() as db:
            return [same_work(db, reference) if db else None for reference in references]

    def not_found(self, missing: Sequence[str]) -> NotFoundError:
        """Return the error for keys that are not in the library, with the nearest that are."""
        from refs.citekeys import nearest

        known = self.keys()
        lines = []
        for key in missing:
            near = nearest(key, known)
            lines.append(f"no reference has the key {key!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""))
        return NotFoundError("\n".join(lines))

    def quarantined(self) -> list[Quarantined]:
        """Return what imports could not read, in the order it came."""
        with self._reading() as db:
            rows = db.execute("SELECT file, line, reason, raw, id FROM quarantine ORDER BY id") if db else ()
            return [Quarantined(*row) for row in rows]

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Open a transaction: all of it is on the disk when the block ends, or nothing is when it raises.

        Raise StorageError when the library cannot be written.
        """
        from refs.change import Change

        path = Path(os.path.realpath(self.path))
        with _storage_errors(self.path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with exclusive(path.with_name(f"{path.name}.lock"), self._say_waiting):
                with closing(connect(path)) as db:
                    db.execute("BEGIN IMMEDIATE")
                    try:
                        migrations.migrate(db)
                        yield Change(db, self)
                        db.execute("COMMIT")
                    except BaseException:
                        if db.in_transaction:  # SQLite has rolled back by itself when the disk is full
                            db.execute("ROLLBACK")
                        raise

    def _say_waiting(self) -> None:
        sys.stderr.write(f"refs: waiting for another refs that is writing to {self.path}\n")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Give a connection, or None while there is no library."""
        path = Path(os.path.realpath(self.path))
        with _storage_errors(self.path):
            if not path.exists():
                yield None
                return
            # A journal left by a crash is played back by the next opener, for which it must be able to write.
            writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
            with closing(connect(path, "rw" if writable else "ro")) as db:
                db.execute("PRAGMA query_only = ON")
                yield db if migrations.version(db) else None


def connect(path: Path, mode: str = "rwc") -> sqlite3.Connection:
    """Open the file in SQLite's mode rwc, rw or ro, with the settings that every connection of ours has."""
    db = sqlite3.connect(uri(path, mode), uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        for pragma in PRAGMAS if mode != "ro" else PRAGMAS[2:]:
            db.execute(f"PRAGMA {pragma}")
    except BaseException:
        db.close()
        raise
    return db


def uri(path: PurePath, mode: str) -> str:
    """Return SQLite's name of an absolute path on any system (https://sqlite.org/uri.html)."""
    return f"{path.as_uri()}?mode={mode}"


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0)
        meaning = MEANINGS.get(code & 0xFF, str(error))
        raise StorageError(f"library {path}: {meaning}") from error
    except StorageError as error:
        raise StorageError(f"library {path}: {error}") from None
    except RefsError:
        raise
    except OSError as error:
        raise StorageError(f"library {path}: {(error.strerror or str(error)).lower()}") from error


def load(item: str) -> Reference:
    """Return the reference of a stored item."""
    from refs.formats import csljson

    return csljson.from_json(json.loads(item))


def item_of(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT item FROM reference WHERE key = ?", (key,)).fetchone()
    if row is None:
        sql = "SELECT item FROM reference WHERE id = (SELECT reference FROM alias WHERE key = ?)"
        row = db.execute(sql, (key,)).fetchone()
    return row[0] if row else None

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
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from refs import citekeys, duplicates, migrations, query
from refs.errors import ConflictError, NotFoundError, RefsError, StorageError, UsageError
from refs.formats import csljson
from refs.lock import exclusive
from refs.model import Reference
from refs.text import plain

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
class Added:
    """What became of a reference: its key, whether it is new, and the keys of stored works that may be the same."""

    key: str
    new: bool
    likely: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A block of an imported file that could not be read, kept as it was."""

    file: str
    line: int
    reason: str
    raw: str


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
        found = query.words(words)
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
            items = [(key, _item(db, key)) for key in keys] if db else []
        return {key: replace(load(item), key=key) for key, item in items if item is not None}

    def get(self, key: str) -> Reference:
        """Return one reference; raise NotFoundError with the nearest keys."""
        return self.references([key])[0]

    def find(self, reference: Reference) -> str | None:
        """Return the key under which the same work is stored, judged by the identifiers of the work itself."""
        with self._reading() as db:
            return _same_work(db, reference) if db else None

    def not_found(self, missing: Sequence[str]) -> NotFoundError:
        """Return the error for keys that are not in the library, with the nearest that are."""
        known = self.keys()
        lines = []
        for key in missing:
            near = citekeys.nearest(key, known)
            lines.append(f"no reference has the key {key!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""))
        return NotFoundError("\n".join(lines))

    def quarantined(self) -> list[Quarantined]:
        """Return what imports could not read, in the order it came."""
        with self._reading() as db:
            rows = db.execute("SELECT file, line, reason, raw FROM quarantine ORDER BY id") if db else ()
            return [Quarantined(*row) for row in rows]

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Open a transaction: all of it is on the disk when the block ends, or nothing is when it raises.

        Raise StorageError when the library cannot be written.
        """
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


class Change:
    """An open transaction on a library, given by `Library.change`."""

    def __init__(self, db: sqlite3.Connection, library: Library) -> None:
        self._db = db
        self._library = library
        self._now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._taken = _TakenKeys(db)

    def add(self, reference: Reference, *, key: str = "", wanted: str = "", aliases: Iterable[str] = ()) -> Added:
        """Store a reference unless the same work is there already.

        `key` is the user's own choice: ConflictError when another work has it. `wanted` is taken when it is free.
        Without either a key is made; a key never changes afterwards.
        """
        if key and not citekeys.valid_key(key):
            raise UsageError(f"{key!r} cannot be a key: use letters, digits and : . _ / + - after a letter or digit")
        if same := _same_work(self._db, reference):
            return Added(same, new=False)
        if key and key in self._taken:
            raise ConflictError(f"the key {key} is taken by another reference")
        likely = self._likely(reference)
        if not key:
            key = (
                citekeys.import_key(wanted, reference, self._taken)
                if wanted
                else citekeys.make_key(reference, self._taken)
            )
        self._insert(replace(reference, key=key))
        self._add_aliases(key, aliases)
        return Added(key, new=True, likely=likely)

    def replace(self, reference: Reference) -> None:
        """Put a reference in the place of the one that has its key; raise ConflictError for another work's DOI."""
        row = self._db.execute("SELECT id FROM reference WHERE key = ?", (reference.key,)).fetchone()
        if row is None:
            raise self._library.not_found([reference.key])
        other = _same_work(self._db, reference, apart_from=row[0])
        if other:
            raise ConflictError(f"{other} is the same work: it has the same identifier")
        columns = _columns(reference)
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self._db.execute(
            f"UPDATE reference SET {assignments}, changed = ? WHERE id = ?",  # noqa: S608
            (*columns.values(), self._now, row[0]),
        )
        self._db.execute("DELETE FROM identifier WHERE reference = ?", row)
        self._add_identifiers(row[0], reference)

    def remove(self, keys: Sequence[str]) -> list[Reference]:
        """Take references out and return them; raise NotFoundError, with nothing removed, if a key is not there."""
        found = [(key, _item(self._db, key)) for key in keys]
        if missing := [key for key, item in found if item is None]:
            raise self._library.not_found(missing)
        removed = {(reference := load(item)).key: reference for _, item in found if item is not None}
        self._db.executemany("DELETE FROM reference WHERE key = ?", [(key,) for key in removed])
        return list(removed.values())

    def quarantine(self, blocks: Iterable[Quarantined]) -> None:
        """Keep what could not be read, as it was; the same block of the same file is kept once."""
        for block in blocks:
            self._db.execute("DELETE FROM quarantine WHERE file = ? AND raw = ?", (block.file, block.raw))
            self._db.execute(
                "INSERT INTO quarantine (file, line, reason, raw, added) VALUES (?, ?, ?, ?, ?)",
                (block.file, block.line, block.reason, block.raw, self._now),
            )

    def _insert(self, reference: Reference) -> None:
        columns = {"key": reference.key, **_columns(reference), "added": self._now, "changed": self._now}
        cursor = self._db.execute(
            f"INSERT INTO reference ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608
            tuple(columns.values()),
        )
        assert cursor.lastrowid is not None  # noqa: S101
        self._add_identifiers(cursor.lastrowid, reference)

    def _add_identifiers(self, row: int, reference: Reference) -> None:
        names = dict.fromkeys(duplicates.work_keys(reference))
        self._db.executemany("INSERT OR IGNORE INTO identifier VALUES (?, ?)", [(name, row) for name in names])

    def _add_aliases(self, key: str, aliases: Iterable[str]) -> None:
        row = self._db.execute("SELECT id FROM reference WHERE key = ?", (key,)).fetchone()
        for alias in aliases:
            if alias not in self._taken:
                self._db.execute("INSERT INTO alias VALUES (?, ?)", (alias, *row))

    def _likely(self, reference: Reference) -> tuple[str, ...]:
        block = duplicates.blocking_key(reference)
        if not block:
            return ()
        rows = self._db.execute("SELECT item FROM reference WHERE likeness = ? LIMIT 50", (block,))
        near = duplicates.likely(reference, [load(item) for (item,) in rows])
        return tuple(one.key for one in near)


class _TakenKeys:
    """The keys and aliases in use, `in` whatever their case: BibTeX takes Key and KEY for one."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __contains__(self, key: object) -> bool:
        sql = (
            "SELECT 1 FROM reference WHERE key = :key COLLATE NOCASE"
            " UNION ALL SELECT 1 FROM alias WHERE key = :key COLLATE NOCASE LIMIT 1"
        )
        return self._db.execute(sql, {"key": key}).fetchone() is not None


def load(item: str) -> Reference:
    """Return the reference of a stored item."""
    return csljson.from_json(json.loads(item))


def creators_line(reference: Reference) -> str:
    """Return who a list shows: "Watson, Crick" or "Watson et al."."""
    names = [name.sorted_form for name in reference.creators]
    return f"{names[0]} et al." if len(names) > 3 else ", ".join(names)


def _columns(reference: Reference) -> dict[str, str | int | None]:
    return {
        "item": csljson.dumps(csljson.to_json(reference)),
        "type": reference.type,
        "creators": creators_line(reference),
        "year": reference.year,
        "title": plain(reference.text("title")),
        "folded": query.searched_text(reference),
        "likeness": duplicates.blocking_key(reference),
    }


def _item(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT item FROM reference WHERE key = ?", (key,)).fetchone()
    if row is None:
        sql = "SELECT item FROM reference WHERE id = (SELECT reference FROM alias WHERE key = ?)"
        row = db.execute(sql, (key,)).fetchone()
    return row[0] if row else None


def _same_work(db: sqlite3.Connection, reference: Reference, apart_from: int = 0) -> str | None:
    for name in duplicates.work_keys(reference):
        sql = "SELECT key FROM reference JOIN identifier ON id = reference WHERE name = ? AND id <> ?"
        if row := db.execute(sql, (name, apart_from)).fetchone():
            return str(row[0])
    return None

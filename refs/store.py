"""The library: references in one SQLite file, or in a PostgreSQL database that several people share.

What a `Change` has committed is on the disk; see `refs.sqlite` and `refs.postgres` for how.

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
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from refs.database import Database, Engine, LostTransaction
from refs.errors import NotFoundError, StorageError, UsageError
from refs.log import Batch, Revision, batches, history, latest, removed, revisions_of
from refs.model import Reference
from refs.stored import MEND, checksum, load

if TYPE_CHECKING:
    from refs.change import Change
    from refs.query import Query

T = TypeVar("T")
TRIES = 8  # of a transaction that a server gave up


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
    """A block of an imported file that could not be read, kept as it was; `number` is its own in the library.

    `format` is that in which the file was read, "" where a library of an earlier refs does not say.
    """

    file: str
    line: int
    reason: str
    raw: str
    number: int = 0
    format: str = ""


class Library:
    """The references of one file, which need not exist yet, or of a server: `postgresql://host/database`.

    `command` is what the log says of the changes made with it, `key_pattern` and `key_schemes` how new keys are
    made (see `refs.citekeys.Rule`).
    """

    def __init__(self, place: Path | str, command: str = "", key_pattern: str = "", key_schemes: str = "") -> None:
        self.command = command
        self.key_pattern = key_pattern
        self.key_schemes = key_schemes
        self.engine = engine(place)

    @property
    def path(self) -> Path:
        """The library's file; raise UsageError when it lies on a server."""
        from refs.sqlite import SqliteFile

        if isinstance(self.engine, SqliteFile):
            return self.engine.path
        where = self.engine.location
        raise UsageError(f"the library {where} lies on a server, not in a file; pg_dump is what backs it up there")

    def __len__(self) -> int:
        with self.reading() as db:
            return int(db.rows("SELECT count(*) FROM reference WHERE library = :library")[0][0]) if db else 0

    def rows(self, query: str | Query = "") -> list[Row]:
        """Return what a query of `refs.query` finds: the best first, or by key when no words are looked for.

        Raise QueryError for a query that cannot be meant.
        """
        return list(self.each_row(query))

    def search(self, query: str | Query = "") -> list[Reference]:
        """Return the same references as `rows`, whole."""
        return list(self.each(query))

    def each_row(
        self, query: str | Query = "", sort: str = "", *, reverse: bool = False, limit: int = 0
    ) -> Iterator[Row]:
        """Yield what a query finds as it is read, by one of `refs.search.SORTS`; `limit` 0 is all."""
        for row in self._found("key, type, creators, year, title", query, sort, reverse, limit):
            yield Row(*row)

    def each(
        self, query: str | Query = "", sort: str = "", *, reverse: bool = False, limit: int = 0
    ) -> Iterator[Reference]:
        """Yield the same references as `each_row`, whole."""
        for (item,) in self._found("item", query, sort, reverse, limit):
            yield load(item)

    def _found(
        self, columns: str, query: str | Query, sort: str, reverse: bool, limit: int
    ) -> Iterator[tuple[Any, ...]]:
        from refs.query import parse
        from refs.search import fetch, find

        asked = parse(query) if isinstance(query, str) else query
        with self.reading() as db:
            if db is not None:
                ids = find(db, asked, sort, reverse=reverse, limit=limit)
                yield from (row[1:] for row in fetch(db, columns, ids))

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys that begin with a prefix, in order."""
        with self.reading() as db:
            rows = db.rows("SELECT key FROM reference WHERE library = :library ORDER BY key") if db else ()
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
        with self.reading() as db:
            rows = db.rows("SELECT item FROM reference WHERE library = :library ORDER BY id") if db else ()
            return [load(item) for (item,) in rows]

    def existing(self, keys: Sequence[str]) -> dict[str, Reference]:
        """Return the references of those keys and aliases that are there, each bearing the key that found it."""
        with self.reading() as db:
            items = [(key, item_of(db, key)) for key in keys] if db else []
        return {key: replace(load(item), key=key) for key, item in items if item is not None}

    def get(self, key: str) -> Reference:
        """Return one reference; raise NotFoundError with the nearest keys."""
        return self.references([key])[0]

    def own(self, keys: Sequence[str]) -> list[Reference]:
        """Return each reference that one of the keys or aliases finds, under its own key and once."""
        with self.reading() as db:
            items = {key: item_of(db, key) if db else None for key in keys}
        if missing := [key for key, item in items.items() if item is None]:
            raise self.not_found(missing)
        return list({one.key: one for item in items.values() if item for one in [load(item)]}.values())

    def aliases(self, key: str = "") -> dict[str, str]:
        """Return the aliases of one reference, or of all, and the own key of what each finds."""
        sql = (
            "SELECT alias.key, reference.key FROM alias JOIN reference ON reference.library = alias.library"
            " AND reference.id = alias.reference WHERE alias.library = :library"
        )
        sql += " AND reference.key = :key" if key else ""
        with self.reading() as db:
            return dict(db.rows(f"{sql} ORDER BY alias.key", **({"key": key} if key else {})) if db else ())

    def find(self, references: Sequence[Reference]) -> list[str | None]:
        """Return for each the key under which the same work is stored, judged by the identifiers of the work itself."""
        with self.reading() as db:
            return [same_work(db, reference) if db else None for reference in references]

    def not_found(self, missing: Sequence[str]) -> NotFoundError:
        """Return the error for keys that are not in the library, with the nearest that are."""
        with self.reading() as db:
            return not_found(db, missing)

    def quarantined(self) -> list[Quarantined]:
        """Return what imports could not read, in the order it came."""
        with self.reading() as db:
            return quarantined_in(db) if db else []

    def facts(self, kind: str) -> dict[str, Any]:
        """Return the facts of a kind by their names: collections, pairs that are not duplicates."""
        with self.reading() as db:
            return facts_in(db, kind) if db else {}

    def batches(self, limit: int = 0) -> list[Batch]:
        """Return what commands did to the library, the latest first; `limit` 0 is all."""
        with self.reading() as db:
            return batches(db, limit) if db else []

    def latest(self) -> int:
        """Return the number of the last batch that did more than keep account of files; NotFoundError without one."""
        with self.reading() as db:
            if db and (number := latest(db)):
                return number
        raise NotFoundError("nothing was done yet")

    def revisions(self, batch: int) -> list[Revision]:
        """Return what a batch changed; raise NotFoundError for a number that is not there."""
        with self.reading() as db:
            if db is None:
                raise NotFoundError("the library is empty")
            return list(revisions_of(db, batch))

    def history(self, key: str) -> list[Revision]:
        """Return all that happened to the reference that has, or had, a key, the oldest first."""
        with self.reading() as db:
            id = id_of(db, key) if db else None
            if db is None or id is None:
                raise self.not_found([key])
            return history(db, "reference", str(id))

    def removed(self) -> list[Reference]:
        """Return the references that only the log still holds."""
        with self.reading() as db:
            return removed(db) if db else []

    def purge(self) -> None:
        """Wipe what the log keeps of removed references, also from the free pages of the file."""
        self.apply(lambda change: change.purge())
        self.engine.compact()

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Open a transaction: all of it is on the disk when the block ends, or nothing is when it raises.

        Raise StorageError when the library cannot be written.
        """
        from refs.change import Change

        with self.engine.writing() as transaction:
            change = Change(transaction, self)
            yield change
            change.finish()

    def apply(self, work: Callable[[Change], T]) -> T:
        """Run `work` in a transaction, and once more each time that a server gives the transaction up."""
        for attempt in range(TRIES):
            try:
                with self.change() as change:
                    return work(change)
            except LostTransaction:
                if attempt == TRIES - 1:
                    raise
            time.sleep(random.uniform(0.5, 1) * 0.05 * 2**attempt)  # noqa: S311
        raise AssertionError

    def reading(self) -> AbstractContextManager[Database | None]:
        """Give a connection for queries, or None while there is no library."""
        return self.engine.reading()


def engine(place: Path | str) -> Engine:
    """Return where a library lies: at a URL of PostgreSQL, else in a file."""
    if isinstance(place, str) and place.startswith(("postgresql://", "postgres://")):
        from refs.postgres import PostgresServer

        return PostgresServer(place)
    from refs.sqlite import SqliteFile

    return SqliteFile(Path(place))


def not_found(db: Database | None, missing: Sequence[str]) -> NotFoundError:
    """Return the error for keys that are not in a library, with the nearest that are."""
    from refs.citekeys import nearest

    rows = db.rows("SELECT key FROM reference WHERE library = :library ORDER BY key") if db else ()
    known = [key for (key,) in rows]
    lines = []
    for key in missing:
        near = nearest(key, known)
        lines.append(f"no reference has the key {key!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""))
    return NotFoundError("\n".join(lines))


def item_of(db: Database, key: str) -> str | None:
    """Return the stored item that a key or an alias finds."""
    row = db.row("SELECT item FROM reference WHERE library = :library AND key = :key", key=key)
    if row is None:
        sql = (
            "SELECT item FROM reference WHERE library = :library AND id ="
            " (SELECT reference FROM alias WHERE library = :library AND key = :key)"
        )
        row = db.row(sql, key=key)
    return row[0] if row else None


def id_of(db: Database, key: str) -> int | None:
    """Return the number of the reference that a key or alias finds, or else found last."""
    row = db.row(
        "SELECT id FROM reference WHERE library = :library AND key = :key"
        " UNION ALL SELECT reference FROM alias WHERE library = :library AND key = :key LIMIT 1",
        key=key,
    )
    if row is None:
        named = db.contains.format("before", ":named")
        sql = f"SELECT subject FROM revision WHERE library = :library AND kind = 'reference' AND {named}"  # noqa: S608
        sql += " ORDER BY batch DESC, number DESC LIMIT 1"
        row = db.row(sql, named=f'{{"id": {json.dumps(key, ensure_ascii=False)},')
    return int(row[0]) if row else None


def same_work(db: Database, reference: Reference, apart_from: int = 0) -> str | None:
    """Return the key of the first stored reference that shares an identifier of the work itself with this one."""
    return next(same_works(db, reference, apart_from), None)


def same_works(db: Database, reference: Reference, apart_from: int = 0) -> Iterator[str]:
    """Yield the keys of the stored references that share an identifier of the work itself, the first stored first."""
    from refs.duplicates import work_keys

    sql = (
        "SELECT key FROM reference WHERE library = :library AND id IN (SELECT reference FROM identifier"
        " WHERE library = :library AND name = :name AND reference <> :apart) ORDER BY id"
    )
    for name in work_keys(reference):
        for (key,) in db.rows(sql, name=name, apart=apart_from):
            yield str(key)


def facts_in(db: Database, kind: str) -> dict[str, Any]:
    """Return the facts of a kind, by name; raise StorageError when the disk has changed one."""
    sql = "SELECT name, value, crc FROM fact WHERE library = :library AND kind = :kind ORDER BY name"
    found = {}
    for name, value, crc in db.rows(sql, kind=kind):
        if checksum(kind, name, value) != crc:
            raise StorageError(f"the {kind} {name} was changed by the disk: {MEND}")
        found[name] = json.loads(value)
    return found


def quarantined_in(db: Database) -> list[Quarantined]:
    """Return the quarantined blocks in the order they came."""
    return [
        Quarantined(fact["file"], fact["line"], fact["reason"], fact["raw"], int(number), fact.get("format", ""))
        for number, fact in facts_in(db, "quarantine").items()
    ]

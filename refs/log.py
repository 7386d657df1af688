"""The log of a library: every change notes what it found, so that any of them can be undone.

A batch is what one command did. What a reference, an alias or a fact was after a change is what the next change of it
found, or what stands there now; so the log holds nothing twice, and an import adds little to it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from refs.database import Database, Transaction
from refs.errors import ConflictError, NotFoundError, StorageError
from refs.model import Reference
from refs.searchindex import Index
from refs.stored import MEND, checksum, columns_of, derive_all, identify, load, sum_rows

ALL = 1 << 40  # a limit beyond any library
NUMBER_BITS = 24  # of the number of a thing in its batch, in the numbers of references
EXPORT = "export"  # the kind of facts that only keep account of what was written to files
PURGED = "purged"  # the kind of a revision whose content was wiped


@dataclass(frozen=True, slots=True)
class Batch:
    """What one command did: when (UTC, ISO 8601), who, the command, the batch that it undoes, how many things.

    One that is `purged` cannot be undone: what it removed or changed was wiped from the log.
    """

    number: int
    at: str
    actor: str
    command: str
    undoes: int | None
    things: int
    undone: bool = False
    purged: bool = False


@dataclass(frozen=True, slots=True)
class Revision:
    """What one thing was before and after a batch: stored text, or None where there was nothing."""

    batch: int
    kind: str
    subject: str
    before: str | None
    after: str | None


class Log:
    """The writer of one transaction: applies each change and notes what it found."""

    def __init__(self, transaction: Transaction, command: str, undoes: int | None = None) -> None:
        self._transaction = transaction
        self._db = transaction.db
        self._command = command
        self._undoes = undoes
        self._number = 0
        self._index = Index(self._db)
        self.now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def undoing(self, batch: int) -> None:
        """Say, before anything is changed, that this batch undoes another."""
        self._undoes = batch

    def new_id(self) -> int:
        """Return a number that no reference of this library has had or will have."""
        return (self._transaction.batch << NUMBER_BITS) + self._number

    def reference(self, id: int, item: str | None, reference: Reference | None = None) -> None:
        """Let the reference with this number be the stored item, or nothing; `reference` spares reading the item."""
        if item is None:
            self._forget_aliases(id)  # first, so that undoing brings them back last
        fresh = id == self.new_id()
        sql = "SELECT item, rev, doc FROM reference WHERE library = :library AND id = :id"
        found = None if fresh else self._db.row(sql, id=id)
        self._note("reference", str(id), found[0] if found else None)
        if found:
            self._db.run("DELETE FROM identifier WHERE library = :library AND reference = :id", id=id)
            self._index.drop(found[2])
        if item is None:
            self._db.run("DELETE FROM reference WHERE library = :library AND id = :id", id=id)
            return
        reference = reference or load(item)
        columns = {**columns_of(reference), "item": item}
        if not fresh:  # a new reference was given a free key; and the column is UNIQUE
            self._refuse_taken(reference.key, id)
        doc = (self._transaction.batch << NUMBER_BITS) + self._number
        values = {**columns, "id": id, "doc": doc, "rev": self._transaction.batch, "changed": self.now}
        if found:
            sets = ", ".join(f"{name} = :{name}" for name in (*columns, "doc", "rev", "changed"))
            sql = f"UPDATE reference SET {sets} WHERE library = :library AND id = :id AND rev = :seen RETURNING id"  # noqa: S608
            if not self._db.row(sql, **values, seen=found[1]):
                raise ConflictError(f"{columns['key']} was changed by another refs meanwhile")
        else:
            self._db.run(_insertion(*values, "added"), **values, added=self._first_added(id) or self.now)
        identify(self._db, id, reference)
        self._index.add(doc, reference)

    def finish(self) -> None:
        """Write what is written once for all changes."""
        self._index.finish()

    def alias(self, key: str, id: int | None) -> None:
        """Let a key find the reference with this number besides its own, or find nothing."""
        found = self._db.row("SELECT reference FROM alias WHERE library = :library AND key = :key", key=key)
        self._note("alias", key, str(found[0]) if found else None)
        if found:
            self._db.run("DELETE FROM alias WHERE library = :library AND key = :key", key=key)
        if id is not None:
            self._db.run("INSERT INTO alias VALUES (:library, :key, :id)", key=key, id=id)

    def fact(self, kind: str, name: str, value: str | None) -> None:
        """Let a fact have this value, as JSON, or be gone."""
        where = "WHERE library = :library AND kind = :kind AND name = :name"
        found = self._db.row(f"SELECT value FROM fact {where}", kind=kind, name=name)  # noqa: S608
        self._note(kind, name, found[0] if found else None)
        if found:
            self._db.run(f"DELETE FROM fact {where}", kind=kind, name=name)  # noqa: S608
        if value is not None:
            sql = "INSERT INTO fact VALUES (:library, :kind, :name, :value, :crc)"
            self._db.run(sql, kind=kind, name=name, value=value, crc=checksum(kind, name, value))

    def put(self, kind: str, subject: str, value: str | None) -> None:
        """Let a thing of the log be what it was, as the log holds it."""
        if kind == "reference":
            self.reference(int(subject), value)
        elif kind == "alias":
            self.alias(subject, int(value) if value is not None else None)
        else:
            self.fact(kind, subject, value)

    def undo(self, batch: int) -> None:
        """Take back what a batch did; raise ConflictError when a later one has changed the same things."""
        revisions = list(revisions_of(self._db, batch))
        if any(one.kind == PURGED for one in revisions):
            raise ConflictError(f"batch {batch} cannot be undone: refs purge has wiped what it removed or changed")
        if later := overtaken(self._db, revisions):
            raise ConflictError(f"batch {later} changed the same since: undo that one first")
        self.undoing(batch)
        for one in reversed(revisions):
            self.put(one.kind, one.subject, one.before)

    def reindex(self) -> int:
        """Make all that is derived from the references anew; return how many they are."""
        self._begin()
        self._index.finish()
        return derive_all(self._db)

    def purge(self) -> None:
        """Wipe what the log keeps of references that are gone, and their words; that it was done stays in it."""
        self.reindex()
        gone = (
            "kind = 'reference' AND NOT EXISTS (SELECT 1 FROM reference WHERE reference.library = :library"
            " AND reference.id = CAST(revision.subject AS BIGINT))"
        )
        told = f"id IN (SELECT batch FROM revision WHERE library = :library AND {gone})"  # noqa: S608
        commands = self._db.rows(f"SELECT id, command FROM batch WHERE library = :library AND {told}")  # noqa: S608
        # A title may have been typed: of the command its name stays.
        self._db.many(
            "UPDATE batch SET command = :command WHERE library = :library AND id = :id",
            [{"id": id, "command": " ".join(command.split()[:2])} for id, command in commands],
        )
        sum_rows(self._db, "batch", told)
        wiped = f"kind = :purged, before = NULL WHERE library = :library AND before IS NOT NULL AND {gone}"
        self._db.run(f"UPDATE revision SET {wiped}", purged=PURGED)  # noqa: S608
        sum_rows(self._db, "revision", f"kind = '{PURGED}'")

    def _begin(self) -> None:
        if self._transaction.changed:
            return
        values = {
            "batch": self._transaction.batch,
            "at": self.now,
            "actor": _actor(),
            "command": self._command,
            "undoes": self._undoes,
            "token": self._transaction.token,
        }
        sql = "INSERT INTO batch VALUES (:library, :batch, :at, :actor, :command, :undoes, :token, :crc)"
        self._db.run(sql, **values, crc=checksum(*values.values()))
        self._transaction.changed = True

    def _note(self, kind: str, subject: str, before: str | None) -> None:
        self._begin()
        self._number += 1
        if self._number >> NUMBER_BITS:
            raise StorageError(f"one command changes at most {(1 << NUMBER_BITS) - 1} things: do it in parts")
        batch, number = self._transaction.batch, self._number
        self._db.run(
            "INSERT INTO revision VALUES (:library, :batch, :number, :kind, :subject, :before, :crc)",
            batch=batch,
            number=number,
            kind=kind,
            subject=subject,
            before=before,
            crc=checksum(batch, number, kind, subject, before),
        )

    def _forget_aliases(self, id: int) -> None:
        for (key,) in self._db.rows("SELECT key FROM alias WHERE library = :library AND reference = :id", id=id):
            self.alias(key, None)

    def _refuse_taken(self, key: object, id: int) -> None:
        sql = "SELECT id FROM reference WHERE library = :library AND key = :key AND id <> :id"
        if self._db.row(sql, key=key, id=id):
            raise ConflictError(f"the key {key} is taken by another reference")

    def _first_added(self, id: int) -> str:
        """Return when a reference that is brought back was first added."""
        sql = (
            f"SELECT min(at) FROM batch JOIN revision {self._db.through.format('revision_of')}"  # noqa: S608
            " ON revision.library = batch.library AND revision.batch = batch.id"
            " WHERE batch.library = :library AND kind = 'reference' AND subject = :subject AND batch.id < :batch"
        )
        if id >> NUMBER_BITS == self._transaction.batch:
            return ""
        found = self._db.row(sql, subject=str(id), batch=self._transaction.batch)
        return found[0] or "" if found else ""


def _actor() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no user of that number, as in some containers
        return ""


def batches(db: Database, limit: int = 0) -> list[Batch]:
    """Return what was done, the latest first; `limit` 0 is all."""
    sql = (
        "SELECT id, at, actor, command, undoes, (SELECT count(DISTINCT kind || ' ' || subject) FROM revision"
        " WHERE revision.library = batch.library AND revision.batch = batch.id)"
        " FROM batch WHERE library = :library ORDER BY id DESC LIMIT :limit"
    )
    gone, wiped = undone(db), purged(db)
    rows = db.rows(sql, limit=limit or ALL)
    return [
        Batch(number, at, actor, command, undoes, things, number in gone, number in wiped)
        for number, at, actor, command, undoes, things in rows
    ]


def undone(db: Database) -> set[int]:
    """Return the numbers of the batches that another one, itself in effect, has undone."""
    gone: set[int] = set()
    sql = "SELECT id, undoes FROM batch WHERE library = :library AND undoes IS NOT NULL ORDER BY id DESC"
    for number, target in db.rows(sql):
        if number not in gone:
            gone.add(target)
    return gone


def purged(db: Database) -> set[int]:
    """Return the numbers of the batches of which something was wiped."""
    sql = "SELECT DISTINCT batch FROM revision WHERE library = :library AND kind = :purged"
    return {batch for (batch,) in db.rows(sql, purged=PURGED)}


def _accounts(db: Database) -> set[int]:
    """Return the numbers of the batches that only kept account of what was written to files."""
    sql = (
        "SELECT batch FROM revision WHERE library = :library AND kind = :export AND NOT EXISTS (SELECT 1 FROM revision"
        " other WHERE other.library = :library AND other.batch = revision.batch AND other.kind <> :export)"
    )
    return {batch for (batch,) in db.rows(sql, export=EXPORT)}


def removed(db: Database) -> list[Reference]:
    """Return the references that are in the log alone, as they last were."""
    sql = (
        "SELECT subject, before FROM revision WHERE library = :library AND kind = 'reference' AND before IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM reference WHERE reference.library = :library AND reference.id ="
        " CAST(revision.subject AS BIGINT)) ORDER BY batch, number"
    )
    return [load(item) for item in dict(db.rows(sql)).values()]


def latest(db: Database) -> int:
    """Return the number of the last batch that did more than keep account of files, 0 without one."""
    accounts = _accounts(db)
    numbers = db.rows("SELECT id FROM batch WHERE library = :library ORDER BY id DESC")
    return next((number for (number,) in numbers if number not in accounts), 0)


def to_undo(db: Database) -> tuple[int, list[int]]:
    """Return the batch that `undo` takes back: the latest in effect that is no undoing itself; and those passed over.

    Passed over are those of which something was purged, and what they have changed since. Those that did nothing but
    add what was purged, or keep account of what was written to files, are not even told.
    """
    gone, wiped, accounts = undone(db), purged(db), _accounts(db)
    sql = (
        "SELECT id FROM batch WHERE library = :library AND undoes IS NULL AND EXISTS (SELECT 1 FROM revision"
        " WHERE revision.library = :library AND revision.batch = batch.id AND NOT EXISTS (SELECT 1 FROM revision later"
        " WHERE later.library = :library AND later.subject = revision.subject AND later.kind = :purged"
        " AND revision.kind = 'reference')) ORDER BY id DESC"
    )
    passed: list[int] = []
    for (number,) in db.rows(sql, purged=PURGED):
        if number in gone | accounts:
            continue
        if number in wiped or (passed and overtaken(db, list(revisions_of(db, number)))):
            passed.append(number)
        else:
            return int(number), passed
    raise NotFoundError(f"there is nothing to undo{' but what refs purge has wiped' if passed else ''}")


def overtaken(db: Database, revisions: Sequence[Revision]) -> int:
    """Return the batch that has changed since what the revisions of an earlier one left, 0 for none."""
    for (kind, subject), after in {(one.kind, one.subject): one.after for one in revisions}.items():
        if current(db, kind, subject) != after:
            later = db.row(
                "SELECT max(batch) FROM revision WHERE library = :library AND kind = :kind AND subject = :subject",
                kind=kind,
                subject=subject,
            )
            return int(later[0]) if later else 0
    return 0


def to_redo(db: Database) -> int:
    """Return the batch that `redo` takes back: the last undoing, if nothing else was done since."""
    gone, accounts = undone(db), _accounts(db)
    undoing = dict(db.rows("SELECT id, undoes FROM batch WHERE library = :library ORDER BY id DESC"))
    for number, undoes in undoing.items():
        if number in accounts:
            continue
        if undoes is None:
            break
        if number not in gone and undoing.get(undoes) is None:
            return int(number)
    raise NotFoundError("there is nothing to redo: something else was done since, or nothing was undone")


def revisions_of(db: Database, batch: int) -> Iterator[Revision]:
    """Yield what a batch changed, in its order; raise NotFoundError for a batch that is not there."""
    if db.row("SELECT 1 FROM batch WHERE library = :library AND id = :batch", batch=batch) is None:
        raise NotFoundError(f"there is no batch {batch}; `refs history` lists them")
    rows = db.rows(
        "SELECT batch, number, kind, subject, before, crc FROM revision WHERE library = :library AND batch = :batch"
        " ORDER BY number",
        batch=batch,
    )
    for row in rows:
        _, number, kind, subject, before = _as_written(row)
        yield Revision(batch, kind, subject, before, _after(db, batch, number, kind, subject))


def _as_written(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row of revisions without its checksum; raise StorageError when the disk has changed it."""
    *values, crc = row
    if checksum(*values) != crc:
        raise StorageError(f"revision {values[1]} of batch {values[0]} was changed by the disk: {MEND}")
    return tuple(values)


def _after(db: Database, batch: int, number: int, kind: str, subject: str) -> str | None:
    later = db.row(
        f"SELECT before FROM revision {db.through.format('revision_of')}"  # noqa: S608
        " WHERE library = :library AND kind = :kind AND subject = :subject"
        " AND (batch > :batch OR (batch = :batch AND number > :number)) ORDER BY batch, number LIMIT 1",
        kind=kind,
        subject=subject,
        batch=batch,
        number=number,
    )
    return later[0] if later else current(db, kind, subject)


@lru_cache(maxsize=4)
def _insertion(*columns: str) -> str:
    names = ("library", *columns)
    return f"INSERT INTO reference ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"  # noqa: S608


def history(db: Database, kind: str, subject: str) -> list[Revision]:
    """Return all that happened to one thing, the oldest first."""
    found = db.rows(
        f"SELECT batch, number, kind, subject, before, crc FROM revision {db.through.format('revision_of')}"  # noqa: S608
        " WHERE library = :library AND kind = :kind"
        " AND subject = :subject ORDER BY batch, number",
        kind=kind,
        subject=subject,
    )
    rows = [_as_written(row) for row in found]
    afters = [*(before for *_, before in rows[1:]), current(db, kind, subject)] if rows else []
    return [Revision(row[0], kind, subject, row[-1], after) for row, after in zip(rows, afters, strict=True)]


CURRENT = {
    "reference": "SELECT item FROM reference WHERE library = :library AND id = :subject",
    "alias": "SELECT reference FROM alias WHERE library = :library AND key = :subject",
}


def current(db: Database, kind: str, subject: str) -> str | None:
    """Return what a thing is now, as the log would hold it."""
    sql = CURRENT.get(kind, "SELECT value FROM fact WHERE library = :library AND kind = :kind AND name = :subject")
    row = db.row(sql, kind=kind, subject=int(subject) if kind == "reference" else subject)
    return str(row[0]) if row else None

"""A change of the library: what one transaction adds, replaces and removes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from refs import citekeys, duplicates
from refs.errors import ConflictError, UsageError
from refs.folding import searched_text
from refs.formats import csljson
from refs.model import Reference
from refs.store import Library, Quarantined, item_of, load
from refs.text import plain

CANDIDATES = 50  # stored references that a new one is compared with at most


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a reference: its key, whether it is new, and the keys of stored works that may be the same."""

    key: str
    new: bool
    likely: tuple[str, ...] = ()


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
        Without either a key is made; a key never changes afterwards. `aliases`, and the `wanted` key of a work that is
        there already, find it too where they are free.
        """
        if key and not citekeys.valid_key(key):
            raise UsageError(f"{key!r} cannot be a key: use letters, digits and : . _ / + - after a letter or digit")
        same = same_work(self._db, reference) or self._copy(wanted, reference)
        if same and not self._is_slip(same, reference):
            self._add_aliases(same, (key, wanted, *aliases))
            return Added(same, new=False)
        if key and key in self._taken:
            raise ConflictError(f"the key {key} is taken by another reference")
        likely = (same,) if same else self._likely(reference)
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
        row = self._db.execute(
            "SELECT id, key FROM reference WHERE key = :key OR id = (SELECT reference FROM alias WHERE key = :key)",
            {"key": reference.key},
        ).fetchone()
        if row is None:
            raise self._library.not_found([reference.key])
        reference = replace(reference, key=row[1])
        other = same_work(self._db, reference, apart_from=row[0])
        if other:
            raise ConflictError(f"{other} is the same work: it has the same identifier")
        columns = _columns(reference)
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self._db.execute(
            f"UPDATE reference SET {assignments}, changed = ? WHERE id = ?",  # noqa: S608
            (*columns.values(), self._now, row[0]),
        )
        self._db.execute("DELETE FROM identifier WHERE reference = ?", row[:1])
        self._add_identifiers(row[0], reference)

    def remove(self, keys: Sequence[str]) -> list[Reference]:
        """Take references out and return them; raise NotFoundError, with nothing removed, if a key is not there."""
        found = [(key, item_of(self._db, key)) for key in keys]
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

    def release(self, numbers: Iterable[int]) -> None:
        """Forget quarantined blocks by their numbers."""
        self._db.executemany("DELETE FROM quarantine WHERE id = ?", [(number,) for number in numbers])

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
            if alias and citekeys.writable(alias) and alias not in self._taken:
                self._db.execute("INSERT INTO alias VALUES (?, ?)", (alias, *row))

    def _copy(self, wanted: str, reference: Reference) -> str | None:
        """Return the key itself when it already stands for just these fields: the same file imported again."""
        item = item_of(self._db, wanted) if wanted else None
        stored = load(item) if item else None
        alike = stored and (stored.type, stored.fields, stored.extra) == (
            reference.type,
            reference.fields,
            reference.extra,
        )
        return stored.key if stored and alike else None

    def _is_slip(self, key: str, reference: Reference) -> bool:
        item = item_of(self._db, key)
        return item is not None and duplicates.is_slip(reference, load(item))

    def _likely(self, reference: Reference) -> tuple[str, ...]:
        block = duplicates.blocking_key(reference)
        if not block:
            return ()
        sql = "SELECT item FROM reference WHERE likeness = ? AND (? IS NULL OR abs(ifnull(year, ?) - ?) <= 1)"
        if any(name.startswith("doi:") for name in duplicates.work_keys(reference)):
            # Two DOIs are two works: leave out what has one too, which in most libraries is nearly everything.
            sql += (
                " AND NOT EXISTS (SELECT 1 FROM identifier WHERE reference = id AND name >= 'doi:' AND name < 'doi;')"
            )
        rows = self._db.execute(f"{sql} LIMIT {CANDIDATES}", (block, *[reference.year] * 3))
        return tuple(one.key for one in duplicates.likely(reference, [load(item) for (item,) in rows]))


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


def creators_line(reference: Reference) -> str:
    """Return who a list shows: "Watson, Crick", "Watson et al.", or else the body that issued the work."""
    names = [name.sorted_form for name in reference.creators]
    if not names:
        return reference.text("authority") or reference.text("publisher")
    return f"{names[0]} et al." if len(names) > 3 or names[-1] == "others" else ", ".join(names)


def _columns(reference: Reference) -> dict[str, str | int | None]:
    return {
        "item": csljson.dumps(csljson.to_json(reference)),
        "type": reference.type,
        "creators": creators_line(reference),
        "year": reference.year,
        "title": plain(reference.text("title")),
        "folded": searched_text(reference),
        "likeness": duplicates.blocking_key(reference),
    }


def same_work(db: sqlite3.Connection, reference: Reference, apart_from: int = 0) -> str | None:
    """Return the key of the stored reference that shares an identifier of the work itself with this one."""
    for name in duplicates.work_keys(reference):
        sql = "SELECT key FROM reference JOIN identifier ON id = reference WHERE name = ? AND id <> ?"
        if row := db.execute(sql, (name, apart_from)).fetchone():
            return str(row[0])
    return None

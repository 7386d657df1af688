"""A change of the library: what one transaction adds, replaces and removes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

from refs import citekeys, duplicates, likeness, merging
from refs.database import Database, Transaction
from refs.errors import ConflictError, UsageError
from refs.fieldwise import differences
from refs.formats import csljson
from refs.log import Log, current, history, to_redo, to_undo
from refs.model import Reference
from refs.store import Library, Quarantined, facts_in, item_of, not_found, quarantined_in, same_works
from refs.stored import dump, load

ALIASED = "SELECT reference FROM alias WHERE library = :library AND key = :key"

CANDIDATES = 200  # stored titles that a new one is compared with at most


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a reference: its key, whether it is new, and the keys of stored works that may be the same.

    `versions` are the keys of the same text at another stage, a preprint or its article, to which it is now linked.
    """

    key: str
    new: bool
    likely: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()


class Change:
    """An open transaction on a library, given by `Library.change`."""

    def __init__(self, transaction: Transaction, library: Library) -> None:
        self._db = transaction.db
        self._log = Log(transaction, library.command)
        self._library = library
        self._taken = _TakenKeys(self._db)
        self._rule = citekeys.Rule(library.key_pattern, library.key_schemes)
        self._taken_in: dict[int, list[Reference]] | None = None  # what each was given by take_in, once that is asked
        self.passed_over: list[int] = []  # the batches that `undo` left in effect, since a purge wiped what they need

    def add(self, reference: Reference, *, key: str = "", wanted: str = "", aliases: Iterable[str] = ()) -> Added:
        """Store a reference unless the same work is there already.

        `key` is the user's own choice: ConflictError when another work has it. `wanted` is taken when it is free.
        Without either a key is made; a key never changes afterwards. `aliases`, and the `wanted` key of a work that is
        there already, find it too where they are free.
        """
        if key and not citekeys.valid_key(key):
            raise UsageError(f"{key!r} cannot be a key: use letters, digits and : . _ / + - after a letter or digit")
        free = bool(wanted) and wanted not in self._taken
        sharing = list(same_works(self._db, reference))
        if same := ("" if free else self._copy(wanted, reference)) or next(
            (one for one in sharing if self._is_same(one, reference)), None
        ):
            self._add_aliases(same, (key, wanted, *aliases))
            return Added(same, new=False)
        if key and key in self._taken:
            raise ConflictError(f"the key {key} is taken by another reference")
        alike = [] if sharing else self._alike(reference)
        # Two entries of a file may say the same under two keys; one without a key of its own was imported before.
        if not (key or free) and (copy := next((one.key for one in alike if one.relation == "copy"), "")):
            self._add_aliases(copy, aliases)
            return Added(copy, new=False)
        if not key:
            as_wanted = free and citekeys.writable(wanted)
            key = wanted if as_wanted else citekeys.import_key(wanted, reference, self._taken, self._rule)
        named = reference if reference.key == key else replace(reference, key=key)
        number = self._log.new_id()
        self._log.reference(number, dump(named), named)
        self._add_aliases(key, (wanted, *aliases))
        versions = [stored for stored in alike if stored.relation == "versions"]
        for stored in versions:
            self.relate("versions", number, stored.id)
        likely = tuple(sharing[:1]) or tuple(stored.key for stored in alike if stored.relation in ("same", "copy"))
        return Added(key, True, likely, tuple(stored.key for stored in versions))

    def take_in(self, key: str, reference: Reference) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give a stored work what another description of it says besides; what is stored stays as it is.

        Return the fields that it gained, and those of which the description says something else, which stays in the
        library. A description that the work itself once was, or has taken in before, changes nothing.
        """
        id, own = self._find(key)
        stored = load(self._item(id))
        if self._has_known(id, stored, reference):
            return (), ()
        united, _ = merging.merge([stored, replace(reference, key="")], prefer=own)
        gained = tuple(one.field for one in differences(stored, united))
        if gained:
            self._log.reference(id, dump(united), united)
        if otherwise := tuple(merging.lost(united, reference)):
            told = replace(reference, key=reference.key or own)
            self.set_fact("merged", f"{id}-{self._log.new_id()}", csljson.to_json(told))
            self._given(id).append(told)
        return gained, otherwise

    def _has_known(self, id: int, stored: Reference, reference: Reference) -> bool:
        """Tell whether a reference is, was or was given just these fields."""
        if _says(stored) == _says(reference):
            return True
        before = (load(one.before) for one in history(self._db, "reference", str(id)) if one.before is not None)
        return any(_says(one) == _says(reference) for known in (before, self._given(id)) for one in known)

    def _given(self, id: int) -> list[Reference]:
        """Return what was merged into a reference."""
        if self._taken_in is None:
            self._taken_in = {}
            for name, item in facts_in(self._db, "merged").items():
                self._taken_in.setdefault(int(name.partition("-")[0]), []).append(csljson.from_json(item))
        return self._taken_in.setdefault(id, [])

    def replace(self, reference: Reference, before: Reference | None = None) -> None:
        """Put a reference in the place of the one that has its key, or that it is an alias of.

        Raise ConflictError for another work's DOI that it had not before, and Overtaken when what is stored is no
        longer `before`.
        """
        id, key = self._find(reference.key)
        stored = self._item(id)
        reference = replace(reference, key=key)
        if before is not None and load(stored) != replace(before, key=key):
            raise Overtaken(before, load(stored), reference)
        if sharing := list(same_works(self._db, reference, apart_from=id)):
            known = set(same_works(self._db, load(stored), apart_from=id))
            if other := next((one for one in sharing if one not in known), None):
                mend = f"refs merge {other} {key} makes one of both"
                raise ConflictError(f"{other} is the same work: it has the same identifier; {mend}")
        if (item := dump(reference)) != stored:
            self._log.reference(id, item, reference)

    def rename(self, old: str, new: str) -> None:
        """Give a reference another key; the old one finds it for ever, as an alias.

        Raise UsageError for what cannot be a key, and ConflictError for the key or alias of another reference.
        """
        if not citekeys.valid_key(new):
            raise UsageError(f"{new!r} cannot be a key: use letters, digits and : . _ / + - after a letter or digit")
        id, key = self._find(old)
        if new == key:
            return
        if self._holder(new) not in (None, id):
            raise ConflictError(f"the key {new} is taken by another reference")
        self._release_alias(new, id)
        renamed = replace(load(self._item(id)), key=new)
        self._log.reference(id, dump(renamed), renamed)
        if key.lower() != new.lower():
            self._log.alias(key, id)

    def add_aliases(self, key: str, aliases: Iterable[str]) -> None:
        """Let more keys find a reference, where they are free."""
        self._add_aliases(key, aliases)

    def remove(self, keys: Sequence[str]) -> list[Reference]:
        """Take references out and return them; raise NotFoundError, with nothing removed, if a key is not there."""
        found = [(key, item_of(self._db, key)) for key in keys]
        if missing := [key for key, item in found if item is None]:
            raise not_found(self._db, missing)
        removed = {(reference := load(item)).key: reference for _, item in found if item is not None}
        for key in removed:
            self._log.reference(self._find(key)[0], None)
        return list(removed.values())

    def quarantine(self, blocks: Iterable[Quarantined]) -> None:
        """Keep what could not be read, as it was; the same block of the same file is kept once."""
        kept = quarantined_in(self._db)
        last = max((block.number for block in kept), default=0)
        known = {(block.file, block.raw): block.number for block in kept}
        for block in blocks:
            number = known.get((block.file, block.raw)) or (last := last + 1)
            known[block.file, block.raw] = number
            value = {"file": block.file, "line": block.line, "reason": block.reason, "raw": block.raw}
            if block.format:
                value["format"] = block.format
            self._log.fact("quarantine", f"{number:08d}", json.dumps({**value, "added": self._log.now}))

    def release(self, numbers: Iterable[int]) -> None:
        """Forget quarantined blocks by their numbers."""
        for number in numbers:
            self._log.fact("quarantine", f"{number:08d}", None)

    def set_fact(self, kind: str, name: str, value: object) -> None:
        """Let a fact of the library have a value that JSON can hold, or None to be gone: a collection, a pair."""
        self._log.fact(kind, name, None if value is None else json.dumps(value, ensure_ascii=False))

    def finds(self, key: str) -> str:
        """Return the key of the reference that a key or alias finds, "" for none."""
        found = self._found(key)
        return found[1] if found else ""

    def number(self, key: str) -> int:
        """Return the number of what a key or alias finds; it stays whatever the key becomes."""
        return self._find(key)[0]

    def relate(self, kind: str, one: int, other: int, *, holds: bool = True) -> None:
        """Remember of two references that they are "distinct" works, or "versions" of one; or forget it."""
        name = f"{min(one, other)}-{max(one, other)}"
        if holds != (current(self._db, kind, name) is not None):
            self.set_fact(kind, name, True if holds else None)

    def merge(self, merged: Reference, before: Sequence[Reference]) -> None:
        """Put one reference in the place of several: all their keys find it, and what they said stays in the library.

        `merged` bears the key of one of them. Raise Overtaken when one is no longer as it was `before`.
        """
        kept, _ = self._find(merged.key)
        stored = self._item(kept)
        for one in before:
            id, key = self._find(one.key)
            if load(item := self._item(id)) != replace(one, key=key):
                raise Overtaken(one, load(item), merged)
            if id != kept:
                self._take_in(kept, id, key, item)
        if (item := dump(merged)) != stored:
            self._log.reference(kept, item, merged)

    def _take_in(self, kept: int, id: int, key: str, item: str) -> None:
        """Let one reference stand for another: its keys, what it was found to be, and all that it said."""
        aliases = self._db.rows("SELECT key FROM alias WHERE library = :library AND reference = :id", id=id)
        self._log.reference(id, None)
        for alias in (key, *(alias for (alias,) in aliases)):
            self._log.alias(alias, kept)
        self.set_fact("merged", f"{kept}-{id}", csljson.to_json(load(item)))
        for kind in ("distinct", "versions"):
            for name in facts_in(self._db, kind):
                pair = {int(number) for number in name.split("-")}
                if id in pair and kept not in pair:
                    self.relate(kind, kept, *(pair - {id}))

    def undo(self, batch: int = 0) -> int:
        """Take back what a batch did, or else the latest in effect that can be; return its number.

        Raise NotFoundError when there is none, and ConflictError when a later one changed the same things.
        """
        if not batch:
            batch, self.passed_over = to_undo(self._db)
        self._log.undo(batch)
        return batch

    def redo(self) -> int:
        """Do again what was undone last; return the number of the undoing."""
        batch = to_redo(self._db)
        self._log.undo(batch)
        return batch

    def reindex(self) -> int:
        """Make the columns of lists, the identifiers and the search index anew; return of how many references."""
        return self._log.reindex()

    def purge(self) -> None:
        """Wipe what the log keeps of removed references: they cannot be brought back."""
        self._log.purge()

    def finish(self) -> None:
        """Write what is written once for all that was changed, before the transaction ends."""
        self._log.finish()

    def _find(self, key: str) -> tuple[int, str]:
        """Return the number and the own key of what a key or alias finds; raise NotFoundError when that is nothing."""
        if found := self._found(key):
            return found
        raise not_found(self._db, [key])

    def _found(self, key: str) -> tuple[int, str] | None:
        sql = "SELECT id, key FROM reference WHERE library = :library AND"
        row = self._db.row(f"{sql} key = :key", key=key) or self._db.row(f"{sql} id = ({ALIASED})", key=key)
        return (row[0], row[1]) if row else None

    def _item(self, id: int) -> str:
        row = self._db.row("SELECT item FROM reference WHERE library = :library AND id = :id", id=id)
        assert row is not None  # noqa: S101
        return str(row[0])

    def _holder(self, key: str) -> int | None:
        """Return the number of the reference that has a key or alias, whatever its case."""
        row = self._db.row(holders(self._db), key=key)
        return int(row[0]) if row else None

    def _release_alias(self, key: str, id: int) -> None:
        sql = "SELECT key FROM alias WHERE library = :library AND reference = :id AND lower(key) = lower(:key)"
        for (alias,) in self._db.rows(sql, id=id, key=key):
            self._log.alias(alias, None)

    def _add_aliases(self, key: str, aliases: Iterable[str]) -> None:
        free = [one for one in aliases if one != key and citekeys.citable(one) and one not in self._taken]
        if free:
            id = self._find(key)[0]
            for alias in dict.fromkeys(free):
                self._log.alias(alias, id)

    def _copy(self, wanted: str, reference: Reference) -> str | None:
        """Return the key itself when it already stands for just these fields: the same file imported again."""
        item = item_of(self._db, wanted) if wanted else None
        stored = load(item) if item else None
        return stored.key if stored and _says(stored) == _says(reference) else None

    def _is_same(self, key: str, reference: Reference) -> bool:
        """Tell whether what shares an identifier with a reference is the same work indeed."""
        item = item_of(self._db, key)
        stored = load(item) if item is not None else reference
        return not duplicates.is_slip(reference, stored) and not duplicates.is_other_printing(reference, stored)

    def _alike(self, reference: Reference) -> list[_Alike]:
        """Return the stored references that are probably the same work or a version of it, the most alike first.

        The titles of a block are looked at first, and only those references read whole that have nearly this title.
        """
        block = duplicates.blocking_key(reference)
        values = {"block": block, "year": reference.year, "years": likeness.VERSION_YEARS, "most": CANDIDATES}
        sql = "SELECT id, key, title FROM reference WHERE library = :library AND likeness = :block"
        if reference.year is not None:
            sql += " AND (year IS NULL OR year BETWEEN :year - :years AND :year + :years)"
        found, own = [], duplicates.titles(reference)
        for id, key, title in self._db.rows(f"{sql} LIMIT :most", **values):
            if block.startswith("-") or any(map(duplicates.alike, own, repeat(title))):
                stored = load(self._item(id))
                if self._has_known(id, stored, reference):
                    found.append(_Alike(id, key, "copy", 1.0))
                    continue
                said = likeness.compare(reference, stored)
                if said.relation != "apart" and said.score >= likeness.LIKELY:
                    found.append(_Alike(id, key, said.relation, said.score))
        return sorted(found, key=lambda one: -one.score)


def _says(reference: Reference) -> tuple[object, ...]:
    return reference.type, reference.fields, reference.extra


@dataclass(frozen=True, slots=True)
class _Alike:
    """A stored reference that is like a new one: its number and key, "copy", "same" or "versions", and the score.

    A copy is, or once was, word for word the new one: a record without a key, imported again.
    """

    id: int
    key: str
    relation: str
    score: float


class Overtaken(ConflictError):
    """Somebody changed the reference that a person was editing: what it was, what it is now, what they made of it."""

    def __init__(self, before: Reference, theirs: Reference, mine: Reference) -> None:
        super().__init__(f"{mine.key} was changed by another refs meanwhile")
        self.before, self.theirs, self.mine = before, theirs, mine


def holders(db: Database) -> str:
    """Return the query for the number of the reference that has `:key` as its key or alias, whatever its case.

    SQLite is told the indexes: by itself it reads all of one that holds the key but is not sorted by it.
    """
    return (
        f"SELECT id FROM reference {db.through.format('reference_lower_key')}"  # noqa: S608
        " WHERE library = :library AND lower(key) = lower(:key)"
        f" UNION ALL SELECT reference FROM alias {db.through.format('alias_lower_key')}"
        " WHERE library = :library AND lower(key) = lower(:key) LIMIT 1"
    )


class _TakenKeys:
    """The keys and aliases in use, `in` whatever their case: BibTeX takes Key and KEY for one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = holders(db)

    def __contains__(self, key: object) -> bool:
        return self._db.row(self._sql, key=key) is not None

"""Duplicates in a library: find them, merge them, or remember that they are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from refs.change import Change
from refs.database import Database
from refs.errors import UsageError
from refs.likeness import LIKELY, SURE, Comparison, compare
from refs.log import Revision, history
from refs.merging import Choice, contradictory, lost, merge
from refs.model import Reference
from refs.pairing import Outline, Pair, candidates, clusters
from refs.store import Library, facts_in, id_of
from refs.stored import load

PAIRED = ("distinct", "versions")
"""The kinds of facts that say of two references, by their numbers, what they are to each other."""

IDENTIFIED = (
    "SELECT DISTINCT a.reference, b.reference FROM identifier a JOIN identifier b ON b.library = a.library"
    " AND b.name = a.name AND b.reference > a.reference WHERE a.library = :library"
)


@dataclass(frozen=True, slots=True)
class Group:
    """References that are one work ("same") or two stages of one text ("versions"), the first stored first.

    `score` is that of the least alike two; `agree` are the fields that speak for it in every pair, `differ` those that
    speak against it in some.
    """

    references: tuple[Reference, ...]
    relation: str
    score: float
    agree: tuple[str, ...]
    differ: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of the references."""
        return tuple(one.key for one in self.references)


@dataclass(frozen=True, slots=True)
class Merged:
    """What several references became: their keys, the first of which stays, and what was chosen in each field."""

    keys: tuple[str, ...]
    reference: Reference
    choices: tuple[Choice, ...]


class _Pairs:
    """The references of a library that may be alike, read when they are compared."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._read: dict[int, Reference] = {}
        self._known: dict[Pair, Comparison] = {}
        self.decided = {kind: {_pair(name) for name in facts_in(db, kind)} for kind in PAIRED}

    def reference(self, id: int) -> Reference:
        """Return the reference of a number."""
        if id not in self._read:
            row = self._db.row("SELECT item FROM reference WHERE library = :library AND id = :id", id=id)
            assert row is not None  # noqa: S101
            self._read[id] = load(row[0])
        return self._read[id]

    def compared(self, one: int, other: int) -> Comparison:
        """Return what two references are to each other; pairs that a person called distinct are apart."""
        pair = min(one, other), max(one, other)
        if pair not in self._known:
            told = pair in self.decided["distinct"] or pair in self.decided["versions"]
            self._known[pair] = (
                Comparison("apart", 0.0) if told else compare(self.reference(one), self.reference(other))
            )
        return self._known[pair]

    def score(self, one: int, other: int) -> float:
        """Return the probability that two references are the same work."""
        said = self.compared(one, other)
        return said.score if said.relation == "same" else 0.0


def _pair(name: str) -> Pair:
    one, other = name.split("-")
    return int(one), int(other)


def find(library: Library, query: str = "", least: float = LIKELY) -> list[Group]:
    """Return the groups of references that are probably one work, and the versions that are not linked yet.

    With a query, those of which one is found by it. The surest come first.
    """
    wanted = {row.key for row in library.each_row(query)} if query else None
    with library.reading() as db:
        if db is None:
            return []
        pairs = _Pairs(db)
        rows = db.rows("SELECT id, title, creators, year FROM reference WHERE library = :library ORDER BY id")
        found = candidates(Outline(*row) for row in rows) | {(one, other) for one, other in db.rows(IDENTIFIED)}
        groups = [*_same(pairs, found, least), *_versions(pairs, found, least)]
    groups = [group for group in groups if wanted is None or wanted & set(group.keys)]
    return sorted(groups, key=lambda group: (group.relation, -group.score))


def _same(pairs: _Pairs, found: set[Pair], least: float) -> list[Group]:
    scores = {pair: score for pair in found if (score := pairs.score(*pair)) >= least}
    return [_group(pairs, ids) for ids in clusters(scores, pairs.score, least)]


def _versions(pairs: _Pairs, found: set[Pair], least: float) -> list[Group]:
    return [
        _group(pairs, pair)
        for pair in sorted(found)
        if (said := pairs.compared(*pair)).relation == "versions" and said.score >= least
    ]


def _group(pairs: _Pairs, ids: Sequence[int]) -> Group:
    said = [pairs.compared(one, other) for index, one in enumerate(ids) for other in ids[index + 1 :]]
    agree = [name for name in said[0].agree if all(name in one.agree for one in said)]
    differ = dict.fromkeys(name for one in said for name in one.differ)
    references = tuple(pairs.reference(id) for id in ids)
    return Group(references, said[0].relation, min(one.score for one in said), tuple(agree), tuple(differ))


Ask = Callable[[Choice], str]
"""Asks a person which of a field's values is right; answers with its key."""


def merge_keys(
    library: Library, keys: Sequence[str], *, prefer: str = "", ask: Ask | None = None, dry: bool = False
) -> Merged:
    """Merge references into the first of them and return what became of them; `dry` stores nothing.

    `ask` is asked about the fields on which they contradict each other. Raise UsageError for fewer than two
    references, NotFoundError for an unknown key, and Overtaken for one that was changed meanwhile.
    """
    references = library.own(keys)
    if len(references) < 2:
        found = f": {' and '.join(keys)} are {references[0].key}" if len(keys) > 1 else ""
        raise UsageError(f"give the keys of two references or more{found}")
    if prefer:
        prefer = library.own([prefer])[0].key
        if prefer not in [one.key for one in references]:
            raise UsageError(f"--prefer takes one of the references to merge, not {prefer}")
    merged, choices = merge(references, prefer)
    picks = {choice.field: ask(choice) for choice in choices if ask and choice.matters}
    if picks:
        merged, choices = merge(references, prefer, picks)
    if not dry:
        library.apply(lambda change: change.merge(merged, references))
    return Merged(tuple(one.key for one in references), merged, tuple(choices))


def merge_all(library: Library, query: str = "", *, dry: bool = False) -> tuple[list[Merged], list[Group]]:
    """Merge what is surely one work and link what are surely versions, all in one batch; return both.

    A group whose years or places contradict each other is left to a person.
    """
    groups = find(library, query, SURE)
    versions = [group for group in groups if group.relation == "versions"]
    made = []
    for group in groups:
        if group.relation == "same":
            merged, choices = merge(group.references)
            if not contradictory(choices):
                made.append((group, Merged(group.keys, merged, tuple(choices))))

    def work(change: Change) -> None:
        for group, one in made:
            change.merge(one.reference, group.references)
        taken_in = {key: one.keys[0] for _, one in made for key in one.keys}
        for group in versions:
            _relate(change, "versions", [taken_in.get(key, key) for key in group.keys])

    if not dry and (made or versions):
        library.apply(work)
    return [one for _, one in made], versions


def relate(library: Library, kind: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Remember of references that each two are "distinct" works, or "versions" of one; return their keys."""
    references = library.own(keys)
    if len(references) < 2:
        raise UsageError("give the keys of two references or more")
    own = [one.key for one in references]
    library.apply(lambda change: _relate(change, kind, own))
    return tuple(own)


def _relate(change: Change, kind: str, keys: Sequence[str]) -> None:
    numbers = [change.number(key) for key in dict.fromkeys(keys)]
    for index, one in enumerate(numbers):
        for other in numbers[index + 1 :]:
            for said in PAIRED:
                change.relate(said, one, other, holds=said == kind)


def versions(library: Library, key: str) -> list[Reference]:
    """Return the references that are other versions of the one that a key finds."""
    with library.reading() as db:
        id = id_of(db, key) if db else None
        if db is None or id is None:
            return []
        pairs = (_pair(name) for name in facts_in(db, "versions"))
        others = [number for pair in pairs if id in pair for number in pair if number != id]
        sql = "SELECT item FROM reference WHERE library = :library AND id = :id"
        return [load(row[0]) for number in others if (row := db.row(sql, id=number))]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A reference that was merged into another: what it said, the batch of the merge, and all that happened to it."""

    reference: Reference
    batch: int
    history: tuple[Revision, ...]


def merged_into(library: Library, key: str) -> list[TakenIn]:
    """Return the references that were merged into the one that a key finds, also by way of others."""
    from refs.formats import csljson

    with library.reading() as db:
        id = id_of(db, key) if db else None
        if db is None or id is None:
            return []
        items = {_pair(name): item for name, item in facts_in(db, "merged").items()}
        inside = [id]
        found = []
        for number in inside:
            for (into, gone), item in items.items():
                if into == number and gone not in inside:
                    inside.append(gone)
                    batch = history(db, "merged", f"{into}-{gone}")[-1].batch
                    told = tuple(history(db, "reference", str(gone)))
                    found.append(TakenIn(csljson.from_json(item), batch, told))
    return found


def taken_in(library: Library, key: str) -> list[tuple[str, Mapping[str, str]]]:
    """Return the keys of the references that were merged into one, each with what it said otherwise."""
    found = merged_into(library, key)
    kept = library.own([key])[0] if found else None
    return [(one.reference.key, lost(kept, one.reference)) for one in found if kept]

"""Collections of a library: queries under a name, and lists made by hand.

Each is a fact of the kind "collection": {"query": "tag:thesis"}, or {"ids": [...]} with the numbers of references,
which a change of their keys leaves alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from refs.change import Change
from refs.errors import NotFoundError, UsageError
from refs.query import parse
from refs.store import Library, id_of

KIND = "collection"


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection by its name: the query that it is, or "", and how many references are in it."""

    name: str
    query: str
    count: int


def collections(library: Library) -> list[Collection]:
    """Return the collections by their names."""
    return [
        Collection(name, fact.get("query", ""), sum(1 for _ in library.each_row(asked(name), "key")))
        for name, fact in library.facts(KIND).items()
    ]


def asked(name: str) -> str:
    """Return the query for what is in a collection."""
    return f"collection:{name}" if name.isalnum() else f'collection:"{name}"'


def save(library: Library, name: str, query: str) -> None:
    """Let a name stand for a query, which must be one; raise UsageError where it would stand for itself."""
    name = checked(name)
    parse(query)

    def work(change: Change) -> None:
        if "ids" in library.facts(KIND).get(name, {}):
            raise UsageError(f"{name} is a list made by hand: refs collection drop it first")
        change.set_fact(KIND, name, {"query": query})

    library.apply(work)


def gather(library: Library, name: str, keys: Sequence[str], *, out: bool = False) -> int:
    """Put references into a list, or take them `out`; return how many that changed."""
    name = checked(name)
    numbers = _numbers(library, keys)

    def work(change: Change) -> int:
        fact = library.facts(KIND).get(name)
        if out and fact is None:
            raise missing(library, name)
        if fact and "query" in fact:
            raise UsageError(f"{name} is the query {fact['query']}: what it finds is in it")
        before = set(fact["ids"]) if fact else set()
        after = before - numbers if out else before | numbers
        if after != before or fact is None:
            change.set_fact(KIND, name, {"ids": sorted(after)})
        return len(after ^ before)

    return library.apply(work)


def drop(library: Library, name: str) -> None:
    """Forget a collection, not its references; raise NotFoundError when there is none of the name."""

    def work(change: Change) -> None:
        if name not in library.facts(KIND):
            raise missing(library, name)
        change.set_fact(KIND, name, None)

    library.apply(work)


def missing(library: Library, name: str) -> NotFoundError:
    """Return the error for a name that no collection has, with the nearest that one has."""
    from refs.citekeys import nearest

    near = nearest(name, list(library.facts(KIND)))
    return NotFoundError(f"no collection is called {name!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""))


def checked(name: str) -> str:
    """Return the name of a collection with single blanks; raise UsageError for what cannot be one."""
    name = " ".join(name.split())
    if not name or set(name) & set('"“”') or not name.isprintable():
        raise UsageError(f"{name!r} cannot be the name of a collection: it needs letters, and has no quotation marks")
    return name


def _numbers(library: Library, keys: Sequence[str]) -> set[int]:
    library.references(keys)  # tells which of them are not there
    with library.reading() as db:
        return {id for key in keys if db and (id := id_of(db, key)) is not None}

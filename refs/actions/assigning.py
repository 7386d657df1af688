"""Set and take away fields of many references at once, as a person types them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from refs.actions.byhand import SCHEMES, nearest, typed, typed_identifier
from refs.actions.editing import put, with_sources
from refs.errors import UsageError
from refs.fieldwise import Difference, differences
from refs.formats import csljson
from refs.model import NAME_VARIABLES, TYPES, VARIABLES, Reference, Value
from refs.store import Library

T = TypeVar("T")
EXTRA = "extra."
CASED = {name.lower(): name for name in VARIABLES}


@dataclass(frozen=True, slots=True)
class Changed:
    """A reference that is, or would be, changed, and how."""

    reference: Reference
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Assignments:
    """What fields become, by their names; None takes a field away."""

    fields: Mapping[str, Value | None]
    identifiers: Mapping[str, str | None]
    extra: Mapping[str, str | None]
    type: str = ""

    def on(self, reference: Reference) -> Reference:
        """Return a reference with these values, the user as their source."""
        after = replace(
            reference,
            type=self.type or reference.type,
            fields=_with(reference.fields, self.fields),
            identifiers=_with(reference.identifiers, self.identifiers),
            extra=_with(reference.extra, self.extra),
        )
        return with_sources(reference, after)


def _with(before: Mapping[str, T], values: Mapping[str, T | None]) -> dict[str, T]:
    found = {name: value for name, value in before.items() if values.get(name, value) is not None}
    return found | {name: value for name, value in values.items() if value is not None}


def read_assignments(pairs: Iterable[str]) -> Assignments:
    """Return the values of `field=value` texts: CSL variables, `type`, identifiers, and `extra.name` for any other.

    Names stand between semicolons, or each in a pair of its own. Raise UsageError for what cannot be.
    """
    texts: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if not text.strip():
            raise UsageError(f"{pair!r} gives no value: refs unset takes a field away")
        texts.setdefault(field_name(name), []).append(text.strip())
    for name, given in texts.items():
        if len(given) > 1 and name not in NAME_VARIABLES:
            raise UsageError(f"{name} is given twice")
    kind = texts.pop("type", [""])[0]
    if kind and kind not in TYPES:
        raise UsageError(f"no type is called {kind!r}{nearest(kind, TYPES)}")
    return Assignments(
        {name: typed(name, given) for name, given in texts.items() if name in VARIABLES},
        {name: typed_identifier(name, given[0]) for name, given in texts.items() if name in SCHEMES},
        {name.removeprefix(EXTRA): csljson.clean(given[0]) for name, given in texts.items() if name.startswith(EXTRA)},
        kind,
    )


def taking_away(names: Iterable[str]) -> Assignments:
    """Return what takes fields away."""
    gone = [field_name(name) for name in names]
    if "type" in gone:
        raise UsageError("a reference needs its type: refs set KEY type=...")
    return Assignments(
        {name: None for name in gone if name in VARIABLES},
        {name: None for name in gone if name in SCHEMES},
        {name.removeprefix(EXTRA): None for name in gone if name.startswith(EXTRA)},
    )


def field_name(name: str) -> str:
    """Return the field that a person means, whatever its case; raise UsageError, with the nearest, for none."""
    name = name.strip()
    if name.startswith(EXTRA) and name != EXTRA:
        return name
    found = CASED.get(name.lower()) or next((known for known in ("type", *SCHEMES) if known == name.lower()), "")
    if not found:
        other = OTHER_WORDS.get(name.lower())
        near = f"; CSL calls it {other}" if other else nearest(name, (*VARIABLES, *SCHEMES, "type"))
        raise UsageError(f"no field is called {name!r}{near}")
    return found


OTHER_WORDS = {
    "journal": "container-title",
    "journaltitle": "container-title",
    "booktitle": "container-title",
    "year": "issued",
    "date": "issued",
    "pages": "page",
    "number": "issue",
    "keywords": "keyword",
    "tags": "keyword",
    "address": "publisher-place",
    "location": "publisher-place",
    "key": "the id: refs rename",
    "id": "the id: refs rename",
    "urldate": "accessed",
    "series": "collection-title",
}
"""The words of other programs for CSL's variables."""


def assign(
    library: Library, references: Sequence[Reference], assignments: Assignments, *, dry: bool = False
) -> list[Changed]:
    """Store the values in all the references, in one transaction; return those that differ. `dry` stores nothing."""
    pairs = [(before, assignments.on(before)) for before in references]
    pairs = [(before, after) for before, after in pairs if differences(before, after)]
    if pairs and not dry:
        library.apply(lambda change: [put(change, before, after) for before, after in pairs])
    return [Changed(after, tuple(differences(before, after))) for before, after in pairs]

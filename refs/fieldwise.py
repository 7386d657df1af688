"""References compared field by field: two of them, or two changes of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from refs.model import Date, Reference, Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two references do not share; "" is a field that one of them lacks."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two people changed in two ways: what it was, what each made of it."""

    field: str
    before: str
    theirs: str
    mine: str


def readable(value: Value) -> str:
    """Return a field as plain text: names between semicolons, a date in ISO 8601."""
    from refs.text import plain

    if isinstance(value, Date):
        return f"{value} (circa)" if value.circa else str(value)
    return plain(value) if isinstance(value, str) else "; ".join(str(name) for name in value)


def cells(reference: Reference | None) -> dict[str, str]:
    """Return all that a reference says, each thing under a name that a person can read."""
    if reference is None:
        return {}
    found = {"key": reference.key, "type": reference.type}
    found |= {name: readable(value) for name, value in reference.fields.items()}
    for name, variants in reference.variants.items():
        found |= {f"{name} ({v.language or '?'}, {v.role})": readable(v.value) for v in variants}
    return found | dict(reference.identifiers) | {f"extra {name}": text for name, text in reference.extra.items()}


def differences(before: Reference | None, after: Reference | None) -> list[Difference]:
    """Return the fields on which two references differ, in the order of the later one; markup alone counts too."""
    old, new = cells(before), cells(after)
    names = [*new, *(name for name in old if name not in new)]
    return [
        Difference(name, old.get(name, ""), new.get(name, ""))
        for name in names
        if old.get(name) != new.get(name) or _value(before, name) != _value(after, name)
    ]


def _value(reference: Reference | None, name: str) -> Value | None:
    return reference.fields.get(name) if reference else None


def clashes(before: Reference, theirs: Reference, mine: Reference) -> list[Clash]:
    """Return the fields that two changes of one reference have set to different things."""
    old, their, my = cells(before), cells(theirs), cells(mine)
    changed = {one.field for one in differences(before, theirs)} & {one.field for one in differences(before, mine)}
    return [
        Clash(name, old.get(name, ""), their.get(name, ""), my.get(name, ""))
        for name in (*my, *(name for name in their if name not in my), *(n for n in old if n not in my | their))
        if name in changed and (their.get(name) != my.get(name) or _value(theirs, name) != _value(mine, name))
    ]


def merged(before: Reference, theirs: Reference, mine: Reference) -> Reference:
    """Return what two changes make together: mine upon theirs, for changes that `clashes` finds nothing in."""
    return replace(
        theirs,
        type=mine.type if mine.type != before.type else theirs.type,
        fields=_upon(before.fields, theirs.fields, mine.fields),
        variants=_upon(before.variants, theirs.variants, mine.variants),
        identifiers=_upon(before.identifiers, theirs.identifiers, mine.identifiers),
        extra=_upon(before.extra, theirs.extra, mine.extra),
        sources=_upon(before.sources, theirs.sources, mine.sources),
    )


def _upon(before: Mapping[str, T], theirs: Mapping[str, T], mine: Mapping[str, T]) -> dict[str, T]:
    changed = [name for name in {**before, **mine} if before.get(name) != mine.get(name)]
    left = {name: value for name, value in theirs.items() if name not in changed}
    return left | {name: mine[name] for name in changed if name in mine}


def lines(found: Sequence[Difference]) -> list[str]:
    """Return the differences for reading: "- field: before" and "+ field: after"."""
    shown = []
    for one in found:
        shown += [f"- {one.field}: {one.before}"] if one.before else []
        shown += [f"+ {one.field}: {one.after}"] if one.after else []
    return shown


def as_json(one: Difference | Clash) -> Mapping[str, str | None]:
    """Return a difference as a JSON object; null is a field that is not there."""
    from dataclasses import asdict

    return {name: text if text or name == "field" else None for name, text in asdict(one).items()}

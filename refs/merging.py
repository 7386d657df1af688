"""Make one reference of several that describe the same work, field by field, and tell what each field has lost.

What the user set wins over registries, and registries over files; a published text over its preprint; else what says
more. Tags, notes, files, identifiers and forms in other languages are united.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from refs import filefield
from refs.duplicates import folded, place, same_container
from refs.fieldwise import cells, readable
from refs.folding import tags
from refs.identifiers import ARXIV_DOI
from refs.likeness import stage
from refs.model import Date, Name, Reference, Source, Value, Variant

TELLING = ("title", "author", "editor", "issued", "container-title", "volume", "issue", "page", "edition", "DOI")
"""The fields on which a wrong choice would make another work of it."""

WORDED = frozenset({"title", "author", "editor", "container-title"})
"""Those that the same work may have in several wordings."""

VAGUE = {"document": 0, "article": 1, "manuscript": 1, "webpage": 1}
"""The types that say least; every other is 2."""

USER, REGISTRY, FILE = 2, 1, 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that the references say in several ways: its values by key, the key whose value stays.

    `matters` when the values contradict each other and nothing but their length tells which is right.
    """

    field: str
    values: Mapping[str, str]
    kept: str
    matters: bool


def merge(
    references: Sequence[Reference], prefer: str = "", picks: Mapping[str, str] | None = None
) -> tuple[Reference, list[Choice]]:
    """Return one reference with the key of the first, and the fields that were chosen among several values.

    `prefer` is the key of the one that wins wherever it says anything; `picks` maps a field to the key that wins it.
    """
    picks = picks or {}
    first = references[0]
    fields: dict[str, Value] = {}
    sources: dict[str, Source] = {}
    choices = []
    for name in dict.fromkeys(name for one in references for name in one.fields):
        said = [one for one in references if name in one.fields]
        if name not in first.fields and name in first.sources and first.sources[name].name == "user":
            continue  # the user took it away
        wanted = picks.get(name, prefer)
        best = max(said, key=lambda one: (one.key == wanted, *_rank(one, name, references)))
        fields[name] = UNITED[name](said) if name in UNITED else best.fields[name]
        if name in best.sources:
            sources[name] = best.sources[name]
        if name not in UNITED and len({readable(one.fields[name]) for one in said}) > 1:
            values = {one.key: readable(one.fields[name]) for one in said}
            equals = [one for one in said if _rank(one, name, references)[:3] == _rank(best, name, references)[:3]]
            choices.append(Choice(name, values, best.key, not wanted and _contradict(equals, name)))
    merged = replace(
        first,
        type=max(references, key=lambda one: (one.key == prefer, VAGUE.get(one.type, 2))).type,
        fields=fields,
        sources=sources,
        variants=_variants(references),
        identifiers=_identifiers(references, fields),
        extra=_extra(references),
    )
    return merged, choices


def contradictory(choices: Sequence[Choice]) -> bool:
    """Tell whether references contradict each other in more than the wording of a title or name."""
    return any(choice.matters and choice.field not in WORDED for choice in choices)


def standing(source: Source | None) -> int:
    """Return USER for what a person typed, REGISTRY for what a service said, FILE for what came from a file."""
    if source is None or ":" in source.name or "." in source.name:
        return FILE
    return USER if source.name == "user" else REGISTRY


def lost(merged: Reference, before: Reference) -> dict[str, str]:
    """Return what a reference said that the one which took it in does not say, by the names that a person reads."""
    kept = cells(merged)
    return {
        name: text
        for name, text in cells(before).items()
        if name != "key" and text and text != kept.get(name) and name not in UNITED and name != "extra file"
    }


def _rank(one: Reference, name: str, references: Sequence[Reference]) -> tuple[int, ...]:
    """Return how good a reference's value of a field is: whose word it is, how far published, how much it says."""
    whose = standing(one.sources.get(name))
    published = stage(one) != "preprint" or all(stage(other) == "preprint" for other in references)
    return (whose == USER, published, whose, *_fullness(one.fields[name], name))


def _fullness(value: Value, name: str) -> tuple[int, ...]:
    """Return how much a value says: a full name more than initials, a day more than a year, words than shouting."""
    if isinstance(value, Date):
        return bool(value.parts), len(value.parts), sum(map(len, value.parts)), not value.circa
    if isinstance(value, tuple):
        return _named(value)
    damaged = "\\" in value or "{" in value
    if name == "DOI":
        return (not value.startswith(ARXIV_DOI),)
    return (not damaged, not value.isupper(), len(folded(value)), sum(not c.isascii() for c in value), len(value))


def _named(names: tuple[Name, ...]) -> tuple[int, ...]:
    people = [name for name in names if "others" not in (name.literal, name.family)]
    shouted = any(name.family.isupper() and len(name.family) > 3 for name in people)
    letters = sum(len(name.given.replace(".", "")) for name in people)
    return not shouted, len(people), letters, sum(not c.isascii() for name in people for c in str(name))


def _contradict(references: Sequence[Reference], name: str) -> bool:
    """Say whether values of one standing cannot all be right: other volumes, not a name in full and initials."""
    if name not in TELLING or len(references) < 2:
        return False
    values = [_compared(one, name) for one in references]
    first = values[0]
    return any(not _agree(first, value, name) for value in values[1:])


def _compared(reference: Reference, name: str) -> str:
    value = reference.fields[name]
    if isinstance(value, Date):
        return str(value.year or value)
    if isinstance(value, tuple):
        return " ".join(folded(person.family or person.literal) for person in value)
    return place(reference, name) if name in ("volume", "issue", "page") else folded(value)


def _agree(one: str, other: str, name: str) -> bool:
    if name == "container-title":
        return same_container(one, other)
    # A value that begins like the other is a shorter form of it; a number is not.
    return one == other or (name in ("title", "author", "editor") and (one.startswith(other) or other.startswith(one)))


def _tags(said: Sequence[Reference]) -> str:
    united = {tag.casefold(): tag for one in reversed(said) for tag in reversed(tags(one))}
    return ", ".join(reversed(united.values()))


def _isbns(said: Sequence[Reference]) -> str:
    return " ".join(dict.fromkeys(isbn for one in said for isbn in one.text("ISBN").split()))


def _notes(said: Sequence[Reference]) -> str:
    return "\n\n".join(dict.fromkeys(one.text("annote") for one in said))


UNITED = {"keyword": _tags, "ISBN": _isbns, "annote": _notes}
"""What several references say of these is all kept."""


def _variants(references: Sequence[Reference]) -> dict[str, tuple[Variant, ...]]:
    found: dict[str, dict[tuple[str, str], Variant]] = {}
    for one in references:
        for name, variants in one.variants.items():
            for variant in variants:
                found.setdefault(name, {}).setdefault((variant.language, variant.role), variant)
    return {name: tuple(variants.values()) for name, variants in found.items()}


def _identifiers(references: Sequence[Reference], fields: Mapping[str, Value]) -> dict[str, str]:
    """Return all identifiers, a scheme's first; an arXiv DOI that another DOI displaced is an arXiv number."""
    found: dict[str, str] = {}
    for one in references:
        doi = one.text("DOI").lower()
        if doi.startswith(ARXIV_DOI) and doi != str(fields.get("DOI", "")).lower():
            found.setdefault("arxiv", doi.removeprefix(ARXIV_DOI))
        for scheme, value in one.identifiers.items():
            found.setdefault(scheme, value)
    return found


def _extra(references: Sequence[Reference]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in references:
        for name, text in one.extra.items():
            found.setdefault(name, text)
    files = {a.path: a.raw for one in references for a in filefield.attachments(one) if a.field == filefield.OWN}
    text = ";".join(files.values())
    for attached in (a for one in references for a in filefield.attachments(one) if a.field != filefield.OWN):
        if attached.raw not in found[attached.field] and attached.path not in files:
            text = filefield.with_file(text, attached.path)
    return found | ({filefield.OWN: text} if text else {})

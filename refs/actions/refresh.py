"""Ask the registries again about stored references, and take over what they have corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from refs.errors import NotFoundError, RefsError
from refs.model import Reference, Source, Value
from refs.store import Library

Ask = Callable[[Sequence[str]], Iterable["Reference | RefsError"]]
"""Answers about identifiers, in their order."""

ORDER = ("doi", "arxiv", "pmid", "pmcid", "isbn")  # the identifier to ask by: the surest first


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field on which the library and the registry differ; `kept` when the library's value stays."""

    key: str
    field: str
    before: Value | None
    after: Value
    kept: bool


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What asking again about one reference gave."""

    key: str
    changes: tuple[FieldChange, ...] = ()
    error: RefsError | None = None


def refresh(
    library: Library, keys: Sequence[str], ask: Ask, *, imported: bool = False, dry: bool = False
) -> list[Refreshed]:
    """Ask about the references of the keys, or all that have an identifier, and store what has changed.

    A field that the user set always stays, and one that they took away stays away; one that came from an imported file
    stays unless `imported`. Nothing else is ever taken away. `dry` stores nothing.
    """
    references = library.references(keys)
    asked = [(reference, name) for reference in references if (name := identifier(reference))]
    if keys and (without := [r.key for r in references if not identifier(r)]):
        raise NotFoundError(f"{without[0]} has no identifier to ask by")
    results: list[Refreshed] = []
    fresh: list[Reference] = []
    for (before, _), answer in zip(asked, ask([name for _, name in asked]), strict=False):
        if isinstance(answer, RefsError):
            results.append(Refreshed(before.key, error=answer))
            continue
        after, changes = updated(before, answer, imported)
        results.append(Refreshed(before.key, changes))
        if after != before:
            fresh.append(after)
    if fresh and not dry:
        with library.change() as change:
            for after in fresh:
                change.replace(after)
    return results


def identifier(reference: Reference) -> str:
    """Return the identifier to ask by, as a resolver reads it, or ""."""
    known = dict(reference.work_identifiers())
    return next((f"{scheme}:{known[scheme]}" for scheme in ORDER if scheme in known), "")


def updated(before: Reference, answer: Reference, imported: bool) -> tuple[Reference, tuple[FieldChange, ...]]:
    """Return the reference with what the registry says, and the fields on which the two differ."""
    fields, sources = dict(before.fields), dict(before.sources)
    changes = []
    for name, value in answer.fields.items():
        old = before.fields.get(name)
        if old == value:
            continue
        source = before.sources.get(name)
        kept = _is_own(source, imported) if old is not None else source is not None and source.name == "user"
        changes.append(FieldChange(before.key, name, old, value, kept))
        if not kept:
            fields[name] = value
            if name in answer.sources:
                sources[name] = answer.sources[name]
    variants = {**answer.variants, **before.variants}
    identifiers = {**answer.identifiers, **before.identifiers}
    after = replace(before, fields=fields, sources=sources, variants=variants, identifiers=identifiers)
    return after, tuple(changes)


def _is_own(source: Source | None, imported: bool) -> bool:
    """Tell whether a value is the user's: typed, or from a file that they gave."""
    if source is None or source.name == "user":
        return True
    from_file = ":" in source.name or "." in source.name
    return from_file and not imported

"""Ask the registries again about stored references, and take over what they have corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from refs.actions import pending
from refs.change import Change
from refs.errors import NotFoundError, RefsError
from refs.model import Reference, Source, Value
from refs.store import Library

Ask = Callable[[Sequence[str]], Iterable["Reference | RefsError"]]
"""Answers about identifiers, in their order."""

ORDER = (
    *("doi", "arxiv", "pmid", "pmcid", "isbn"),
    *("inspire", "bibcode", "dblp", "openalex", "semanticscholar", "wikidata", "github", "hdl", "urn"),
)
"""The identifier to ask by: the surest first."""


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
    stays unless `imported`. Nothing else is ever taken away. A stub is filled in. `dry` stores nothing. An interrupt
    keeps what was answered before it and raises Interrupted.
    """
    references = library.references(keys)
    asked = [(reference, name) for reference in references if (name := identifier(reference))]
    if keys and (without := [r.key for r in references if not identifier(r)]):
        raise NotFoundError(f"{without[0]} has no identifier to ask by")
    answers: list[tuple[Reference, Reference | RefsError]] = []
    interrupted = False
    try:
        for (before, _), answer in zip(asked, ask([name for _, name in asked]), strict=False):
            answers.append((before, answer))
    except KeyboardInterrupt:
        interrupted = True
    if dry or all(isinstance(answer, RefsError) for _, answer in answers):
        results = [_refreshed(before, answer, imported)[1] for before, answer in answers]
    else:
        results = library.apply(lambda change: [_store(library, change, *one, imported) for one in answers])
    if interrupted:
        raise Interrupted(results)
    return results


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while registries are asked; `results` are what was done before it, safely stored."""

    def __init__(self, results: list[Refreshed]) -> None:
        super().__init__()
        self.results = results


def _store(
    library: Library, change: Change, asked: Reference, answer: Reference | RefsError, imported: bool
) -> Refreshed:
    # What somebody changed while the registries were asked counts as well.
    before = library.existing([asked.key]).get(asked.key)
    if before is None:
        return Refreshed(asked.key, error=NotFoundError("it was removed meanwhile"))
    after, result = _refreshed(before, answer, imported)
    if isinstance(answer, Reference) and pending.is_pending(before):
        pending.filled(change, library, before.key, answer)
    elif after != before:
        change.replace(after)
    return result


def _refreshed(before: Reference, answer: Reference | RefsError, imported: bool) -> tuple[Reference, Refreshed]:
    """Return what a reference becomes by an answer, and what is told of it."""
    if isinstance(answer, RefsError):
        return before, Refreshed(before.key, error=answer)
    if pending.is_pending(before):
        after = pending.complete(before, answer)
        changes = tuple(
            FieldChange(before.key, name, before.fields.get(name), value, False)
            for name, value in after.fields.items()
            if before.fields.get(name) != value
        )
    else:
        after, changes = updated(before, answer, imported)
    return after, Refreshed(before.key, changes)


def identifier(reference: Reference) -> str:
    """Return the identifier to ask by, as a resolver reads it, or ""."""
    if pending.is_pending(reference):
        return reference.extra[pending.MARK]
    known = dict(reference.work_identifiers())
    if reference.type == "periodical" and reference.text("ISSN"):
        return f"issn:{reference.text('ISSN').split()[0]}"
    return next((f"{scheme}:{known[scheme]}" for scheme in ORDER if scheme in known), _page(reference))


def _page(reference: Reference) -> str:
    """Return the address of the page that a reference was read from, or ""."""
    url, source = reference.text("URL"), reference.sources.get("title")
    return url if source and source.name == urlsplit(url).hostname else ""


def updated(before: Reference, answer: Reference, imported: bool) -> tuple[Reference, tuple[FieldChange, ...]]:
    """Return the reference with what the registry says, and the fields on which the two differ."""
    fields, sources = dict(before.fields), dict(before.sources)
    changes = []
    for name, value in answer.fields.items():
        old = before.fields.get(name)
        if old == value:
            continue
        source = before.sources.get(name)
        again = source is not None and source.name == getattr(answer.sources.get(name), "name", "")
        kept = source is not None and source.name == "user"
        if old is not None and not again:  # a page is called by its host, which looks like a file
            kept = _is_own(source, imported)
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

"""Stubs: references of works that no registry could be asked for yet, which say so wherever they are printed.

A stub has the identifier where a reference has it, the title "[10.1000/x, not yet resolved]", and in `extra` under
MARK the identifier as it was asked for. Its key stays when it is filled in.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from refs.errors import ConflictError, NotAnIdentifier, RefsError
from refs.identifiers import Identifier, parse_any
from refs.model import Reference, Source, Value
from refs.store import Library

if TYPE_CHECKING:
    from refs.change import Change

MARK = "pending"
TYPE = "book"
"""What a stub is until it is known: more styles print the title of a book than that of anything else."""
VARIABLES = {"doi": "DOI", "pmid": "PMID", "pmcid": "PMCID", "isbn": "ISBN", "issn": "ISSN", "url": "URL"}

Ask = Callable[[Sequence[str]], Iterable["Reference | RefsError"]]
"""Answers about identifiers, in their order."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a stub: the reference, the key of the stored work that it turned out to be, or why it stays."""

    key: str
    reference: Reference | None = None
    same: str = ""
    error: RefsError | None = None


def stub(identifier: Identifier, text: str = "") -> Reference:
    """Return the stub for an identifier; `text` is how it was written, which a registry may want exactly so."""
    variable = VARIABLES.get(identifier.scheme)
    fields: dict[str, Value] = {"title": f'<span class="nocase">[{identifier}, not yet resolved]</span>'}
    if variable:
        fields[variable] = identifier.value
    source = Source(MARK, time.strftime("%Y-%m-%d", time.gmtime()))
    return Reference(
        TYPE,
        fields,
        identifiers={} if variable else {identifier.scheme: identifier.value},
        extra={MARK: text or str(identifier)},
        sources=dict.fromkeys(fields, source),
    )


def key_of(identifier: Identifier) -> str:
    """Return the key that a stub gets where it is free: its identifier, in signs that every program takes."""
    text = re.sub("^https?://", "", str(identifier))
    return re.sub("[^A-Za-z0-9:._/+-]+", "-", text).strip(":._/+-")[:100]


def is_pending(reference: Reference) -> bool:
    """Tell whether a reference is a stub."""
    return MARK in reference.extra


def told(references: Iterable[Reference]) -> str:
    """Return what a person is told of the stubs among references, or ""."""
    keys = [reference.key for reference in references if is_pending(reference)]
    some = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
    return f"not yet resolved: {some}; refs add --pending asks the registries" if keys else ""


def fill_in(library: Library, ask: Ask, references: Sequence[Reference] | None = None) -> list[Filled]:
    """Ask about the stubs, or all of them, and put what the registries say in their places, in one transaction.

    A stub without an answer stays, with its error. An interrupt keeps what was answered before it.
    """
    waiting = [one for one in (library.references() if references is None else references) if is_pending(one)]
    results: list[Filled] = []
    answers: list[tuple[Reference, Reference]] = []
    interrupted = False
    try:
        for one, answer in zip(waiting, ask([one.extra[MARK] for one in waiting]) if waiting else (), strict=False):
            if isinstance(answer, RefsError):
                results.append(Filled(one.key, error=answer))
            else:
                answers.append((one, answer))
    except KeyboardInterrupt:
        interrupted = True
    if answers:
        results += library.apply(lambda change: [filled(change, library, one.key, answer) for one, answer in answers])
    if interrupted:
        raise Interrupted(results)
    return results


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while stubs were filled in; `results` are those that were, safely stored."""

    def __init__(self, results: list[Filled]) -> None:
        super().__init__()
        self.results = results


def filled(change: Change, library: Library, key: str, answer: Reference) -> Filled:
    """Put an answer in the place of a stub, whose key stays; a work that is stored already takes the key over."""
    before = library.existing([key]).get(key)
    if before is None or not is_pending(before):
        return Filled(key, error=ConflictError(f"{key} was changed by another refs meanwhile"))
    reference = complete(before, answer)
    try:
        change.replace(reference)
    except ConflictError:
        aliases = library.aliases(key)
        change.remove([key])
        added = change.add(reference, key=key, aliases=aliases)
        return Filled(key, reference, "" if added.new else added.key)
    return Filled(key, reference)


def complete(before: Reference, answer: Reference) -> Reference:
    """Return an answer with the key of a stub and all that was written into the stub since it was made."""
    try:
        blank = stub(parse_any(before.extra[MARK]), before.extra[MARK])
    except NotAnIdentifier:
        blank = Reference()
    mine = {name: value for name, value in before.fields.items() if blank.fields.get(name) != value}
    sources = {name: before.sources[name] for name in mine if name in before.sources}
    own = {scheme: value for scheme, value in before.identifiers.items() if scheme not in blank.identifiers}
    extra = {name: value for name, value in before.extra.items() if name != MARK}
    return replace(
        answer,
        key=before.key,
        type=answer.type if before.type == blank.type else before.type,
        fields={**answer.fields, **mine},
        variants={**answer.variants, **before.variants},
        identifiers={**answer.identifiers, **own},
        extra={**answer.extra, **extra},
        sources={**answer.sources, **sources},
    )

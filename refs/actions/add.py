"""Add references: from identifiers that a registry resolves, or from fields given by hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from refs.actions import pending
from refs.actions.byhand import by_hand
from refs.actions.scanning import lookup
from refs.change import Added, Change
from refs.errors import NotAnIdentifier, RefsError, Unreachable
from refs.formats import csljson
from refs.identifiers import Identifier, find_all, parse_any
from refs.model import Reference
from refs.store import Library


class Resolved(Protocol):
    """What a resolver answers for one identifier."""

    @property
    def reference(self) -> Reference: ...
    @property
    def notices(self) -> tuple[str, ...]: ...


Resolve = Callable[[Sequence["Asked"]], Iterable["Resolved | RefsError"]]
"""Answers in the order of what was asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An identifier and the text in which it was written: some DOIs really end with the full stop that was cut."""

    identifier: Identifier
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one thing to add: a key, or the error that kept it out, or both for a stub not asked for."""

    added: Added | None = None
    reference: Reference | None = None
    error: RefsError | None = None
    notices: tuple[str, ...] = ()
    wanted: str = ""


def read_identifier(text: str) -> Asked | RefsError:
    """Return the identifier that a text is, or the error that says why it is none."""
    try:
        return Asked(parse_any(text), text)
    except NotAnIdentifier as error:
        return error


def paper(path: str) -> Identifier | None:
    """Return a PDF file as something to resolve; None for any other file, and for none."""
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        start = file.read(1024)
    return Identifier("pdf", path) if b"%PDF-" in start or path.lower().endswith(".pdf") else None


def read_lines(lines: Iterable[str], name: str = "<stdin>") -> Iterator[Asked | RefsError]:
    """Yield every identifier in lines of text; an error takes the place of a line that has none."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = [Asked(one, str(one)) for one in find_all(line)]
        if not found and isinstance(page := read_identifier(line.strip()), Asked):
            found = [page]
        if not found:
            yield NotAnIdentifier(f"{name}:{number}: no identifier in {csljson.clean(line)[:60]!r}")
        yield from found


def add_identifiers(
    library: Library, asked: Sequence[Asked | RefsError], resolve: Resolve, key: str = "", *, later: bool = False
) -> list[Outcome]:
    """Resolve the identifiers and store the references, all in one transaction; return an outcome for each.

    What is stored already is not asked for again, but a stub is filled in. Where no registry can be reached, a stub is
    kept, with the error unless that was wished for (`later`). An interrupt while registries are asked keeps what they
    have given and raises Interrupted.
    """
    outcomes: dict[int, Outcome] = {}
    wanted: dict[Identifier, list[int]] = {}
    texts: dict[Identifier, Asked] = {}
    for index, one in enumerate(asked):
        if isinstance(one, RefsError):
            outcomes[index] = Outcome(error=one)
        else:
            wanted.setdefault(one.identifier, []).append(index)
            texts.setdefault(one.identifier, one)
    _find_stored(library, wanted, outcomes)
    if key and outcomes:
        outcomes = {index: _name_too(library, outcome, key) for index, outcome in outcomes.items()}
    answers, interrupted = _answers(resolve, [texts[identifier] for identifier in wanted])
    _store(library, wanted, [(texts[one], answer) for one, answer in answers], outcomes, key, later)
    in_order = [outcomes[index] for index in sorted(outcomes)]
    if interrupted:
        raise Interrupted(in_order)
    return in_order


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a batch; `outcomes` are what was done before it, safely stored."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


def _find_stored(library: Library, wanted: dict[Identifier, list[int]], outcomes: dict[int, Outcome]) -> None:
    """Move the identifiers whose works are stored from `wanted` to `outcomes`."""
    keys = dict(zip(wanted, library.find([lookup(one) for one in wanted]), strict=True))
    keys |= {one: _page(library, one.value) for one in wanted if one.scheme == "url"}
    stored = library.existing([key for key in keys.values() if key])
    for identifier, key in keys.items():
        if key and not pending.is_pending(stored[key]):
            for index in wanted.pop(identifier):
                outcomes[index] = Outcome(Added(key, new=False), stored[key])


def _page(library: Library, address: str) -> str | None:
    """Return the key of the stored work that is read at an address and has no identifier to know it by."""
    from refs.query import plain

    pages = (page for page in library.search(plain(address)) if page.text("URL") == address)
    return next((page.key for page in pages if not any(page.work_identifiers())), None)


def _name_too(library: Library, outcome: Outcome, key: str) -> Outcome:
    """Let the chosen key find a work that is stored under another."""
    if outcome.reference is None or outcome.reference.key == key:
        return outcome
    reference = outcome.reference
    added = library.apply(lambda change: change.add(reference, key=key))
    return replace(outcome, added=added, wanted=key)


def _answers(resolve: Resolve, asked: Sequence[Asked]) -> tuple[list[tuple[Identifier, Resolved | RefsError]], bool]:
    """Return what was answered, and whether the person stopped it."""
    answers: list[tuple[Identifier, Resolved | RefsError]] = []
    try:
        for one, answer in zip(asked, resolve(asked) if asked else (), strict=False):
            answers.append((one.identifier, answer))
    except KeyboardInterrupt:
        return answers, True
    return answers, False


def _store(
    library: Library,
    wanted: Mapping[Identifier, Sequence[int]],
    answers: Sequence[tuple[Asked, Resolved | RefsError]],
    outcomes: dict[int, Outcome],
    key: str,
    later: bool,
) -> None:
    kept: list[tuple[Asked, Resolved | RefsError]] = []
    for one, answer in answers:
        if not isinstance(answer, RefsError) or _can_wait(one, answer):
            kept.append((one, answer))
        else:
            outcomes.update((index, Outcome(error=answer)) for index in wanted[one.identifier])
    if not kept:
        return
    places = {one.identifier: _place(library, one, answer) for one, answer in kept}

    def work(change: Change) -> dict[int, Outcome]:
        done: dict[int, Outcome] = {}
        for one, answer in kept:
            place = places[one.identifier]
            if isinstance(answer, RefsError):
                outcome = _kept_for_later(library, change, one, None if later else answer, key)
            else:
                outcome = _stored(library, change, answer, place, key)
            first, *others = wanted[one.identifier]
            done[first] = outcome
            done.update((other, _again(outcome)) for other in others)
        return done

    outcomes |= library.apply(work)


def _can_wait(one: Asked, error: RefsError) -> bool:
    """Tell whether a stub is of use: the file of a PDF may be elsewhere by then."""
    return isinstance(error, Unreachable) and one.identifier.scheme != "pdf"


def _place(library: Library, one: Asked, answer: Resolved | RefsError) -> str | None:
    """Return the key under which a page is stored, or a stub of the same identifier."""
    (key,) = library.find([lookup(one.identifier)])
    if one.identifier.scheme == "issn":  # which is no identifier of a work
        stubs = library.existing([pending.key_of(one.identifier)])
        return next((key for key, stub in stubs.items() if pending.is_pending(stub)), None)
    if key or one.identifier.scheme != "url":
        return key
    if isinstance(answer, RefsError):
        return _page(library, one.identifier.value)
    own = any(answer.reference.work_identifiers())
    return _page(library, one.identifier.value) or (None if own else _page(library, answer.reference.text("URL")))


def _again(outcome: Outcome) -> Outcome:
    """Return the outcome for an identifier that was given before."""
    return replace(outcome, added=Added(outcome.added.key, new=False)) if outcome.added else outcome


def _stored(library: Library, change: Change, answer: Resolved, place: str | None, key: str) -> Outcome:
    """Store what a registry answered; where a stub stands for the work, it is filled in."""
    added = Added(place, new=False) if place else change.add(answer.reference, key=key)
    waiting = None if added.new else library.existing([added.key]).get(added.key)
    if waiting and pending.is_pending(waiting):
        done = pending.filled(change, library, added.key, answer.reference)
        added = Added(done.same or added.key, new=not done.same)
        change.add_aliases(added.key, [key])
    return Outcome(added, replace(answer.reference, key=added.key), notices=answer.notices, wanted=key)


def _kept_for_later(library: Library, change: Change, one: Asked, error: RefsError | None, key: str) -> Outcome:
    """Store a stub unless there is one."""
    stub = pending.stub(one.identifier, one.text)
    there = _page(library, one.identifier.value) if one.identifier.scheme == "url" else None
    added = Added(there, new=False) if there else change.add(stub, key=key, wanted=pending.key_of(one.identifier))
    return Outcome(added, replace(stub, key=added.key), error, wanted=key)


def add_by_hand(library: Library, kind: str, fields: Mapping[str, Sequence[str]], key: str = "") -> Outcome:
    """Store a reference of fields that a person typed."""
    reference = by_hand(kind, fields)
    added = library.apply(lambda change: change.add(reference, key=key))
    return Outcome(added, replace(reference, key=added.key))

"""Add references: from identifiers that a registry resolves, or from fields given by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from refs.change import Added
from refs.dates import parse_date
from refs.errors import NotAnIdentifier, RefsError, UsageError
from refs.formats import csljson
from refs.identifiers import Identifier, find_all, parse
from refs.model import DATE_VARIABLES, NAME_VARIABLES, TEXT_VARIABLES, TYPES, Name, Reference, Source, Value
from refs.names import parse_name
from refs.store import Library


class Resolved(Protocol):
    """What a resolver answers for one identifier."""

    @property
    def reference(self) -> Reference: ...
    @property
    def notices(self) -> tuple[str, ...]: ...


Resolve = Callable[[Sequence[Identifier]], Iterable[tuple[Identifier, "Resolved | RefsError"]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one thing to add: a key, or the error that kept it out."""

    asked: str
    added: Added | None = None
    reference: Reference | None = None
    error: RefsError | None = None
    notices: tuple[str, ...] = ()


def read_identifier(text: str) -> Identifier | RefsError:
    """Return the identifier that a text is, or the error that says why it is none."""
    try:
        return parse(text)
    except NotAnIdentifier as error:
        return error


def read_lines(lines: Iterable[str], name: str = "<stdin>") -> Iterator[Identifier | RefsError]:
    """Yield every identifier in lines of text; an error takes the place of a line that has none."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = find_all(line)
        if not found:
            answer = read_identifier(line.strip())
            found = [answer] if not isinstance(answer, RefsError) else []
        if not found:
            yield NotAnIdentifier(f"{name}:{number}: no identifier in {csljson.clean(line)[:60]!r}")
        yield from found


def add_identifiers(
    library: Library, identifiers: Sequence[Identifier | RefsError], resolve: Resolve, key: str = ""
) -> list[Outcome]:
    """Resolve the identifiers and store the references, all in one transaction; return an outcome for each.

    What is stored already is not asked for again. An interrupt while registries are asked keeps what they have given.
    """
    outcomes: dict[int, Outcome] = {}
    wanted: dict[Identifier, list[int]] = {}
    for index, one in enumerate(identifiers):
        if isinstance(one, RefsError):
            outcomes[index] = Outcome("", error=one)
        else:
            wanted.setdefault(one, []).append(index)
    _find_stored(library, wanted, outcomes)
    answers = _answers(resolve, list(wanted))
    for identifier, answer in answers.found:
        if isinstance(answer, RefsError):
            for index in wanted[identifier]:
                outcomes[index] = Outcome(identifier.value, error=answer)
    _store(library, wanted, answers.found, outcomes, key)
    if answers.interrupted:
        raise Interrupted([outcomes[index] for index in sorted(outcomes)])
    return [outcomes[index] for index in sorted(outcomes)]


def _find_stored(library: Library, wanted: dict[Identifier, list[int]], outcomes: dict[int, Outcome]) -> None:
    """Move the identifiers whose works are stored from `wanted` to `outcomes`."""
    keys = dict(zip(wanted, library.find([_stub(one) for one in wanted]), strict=True))
    stored = library.existing([key for key in keys.values() if key])
    for identifier, key in keys.items():
        if key:
            for index in wanted.pop(identifier):
                outcomes[index] = Outcome(identifier.value, Added(key, new=False), stored[key])


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a batch; `outcomes` are what was done before it, safely stored."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


@dataclass(slots=True)
class _Answers:
    found: list[tuple[Identifier, Resolved | RefsError]]
    interrupted: bool = False


def _answers(resolve: Resolve, wanted: Sequence[Identifier]) -> _Answers:
    answers = _Answers([])
    try:
        for pair in resolve(wanted) if wanted else ():
            answers.found.append(pair)
    except KeyboardInterrupt:
        answers.interrupted = True
    return answers


def _store(
    library: Library,
    wanted: Mapping[Identifier, Sequence[int]],
    found: Iterable[tuple[Identifier, Resolved | RefsError]],
    outcomes: dict[int, Outcome],
    key: str,
) -> None:
    good = [(identifier, answer) for identifier, answer in found if not isinstance(answer, RefsError)]
    if not good:
        return
    with library.change() as change:
        for identifier, answer in good:
            for index in wanted[identifier]:
                added = change.add(answer.reference, key=key)
                reference = replace(answer.reference, key=added.key)
                outcomes[index] = Outcome(identifier.value, added, reference, notices=answer.notices)


def _stub(identifier: Identifier) -> Reference:
    """Return a reference that has the identifier alone, to look it up with."""
    scheme = identifier.scheme
    if scheme.upper() in ("DOI", "PMID", "PMCID", "ISBN"):
        return Reference("book", {scheme.upper(): identifier.value})
    return Reference(identifiers={scheme: identifier.value})


def read_assignments(pairs: Iterable[str], fields: dict[str, list[str]]) -> None:
    """Add "variable=text" pairs to the texts of each variable; raise UsageError for another shape."""
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--field takes NAME=VALUE, not {pair!r}")
        fields.setdefault(name.strip(), []).append(text.strip())


def add_by_hand(library: Library, kind: str, fields: Mapping[str, Sequence[str]], key: str = "") -> Outcome:
    """Store a reference of fields that a person typed."""
    reference = by_hand(kind, fields)
    with library.change() as change:
        added = change.add(reference, key=key)
    return Outcome(added.key, added, replace(reference, key=added.key))


def by_hand(kind: str, fields: Mapping[str, Sequence[str]]) -> Reference:
    """Return a reference of fields that a person typed, by CSL variable; names may be many.

    Raise UsageError for a type or variable that CSL does not have.
    """
    if kind not in TYPES:
        raise UsageError(f"no type is called {kind!r}{_nearest(kind, TYPES)}")
    values: dict[str, Value] = {}
    for variable, texts in fields.items():
        if texts:
            values[variable] = _typed(variable, texts)
    if not values.get("title"):
        raise UsageError("a reference given by hand needs at least --title")
    source = Source("user", time.strftime("%Y-%m-%d", time.gmtime()))
    return Reference(kind, values, sources=dict.fromkeys(values, source))


def _typed(variable: str, texts: Sequence[str]) -> Value:
    if variable in NAME_VARIABLES:
        return tuple(_typed_name(text) for text in texts)
    if variable in DATE_VARIABLES:
        return parse_date(csljson.clean(texts[-1]))
    if variable in TEXT_VARIABLES:
        return csljson.clean(texts[-1])
    raise UsageError(f"no field is called {variable!r}{_nearest(variable, TEXT_VARIABLES | NAME_VARIABLES)}")


def _typed_name(text: str) -> Name:
    text = csljson.clean(text)
    return Name(literal=text[1:-1]) if text.startswith("{") and text.endswith("}") else parse_name(text)


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, sorted(known), 2)
    return f"; did you mean {' or '.join(near)}?" if near else ""

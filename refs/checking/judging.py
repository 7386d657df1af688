"""Judge a reference by what a registry answered: confirmed, contradicted field by field, or unknown for a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from refs.checking import Finding, comparing, rules
from refs.errors import NotRegistered, RefsError
from refs.identifiers import normal
from refs.model import Reference
from refs.text import plain

FIELDS = {"title": "title", "author": "author", "issued": "year", "container-title": "container", "ISSN": "issn"}
COMPLETE = ("doi", "shortdoi", "arxiv", "pmid", "pmcid")
"""The schemes of which a registry knows every identifier; a book that no catalogue has may well exist."""
NOTICED: Mapping[str, tuple[str, ...]] = {
    "retracted": ("was retracted", "was withdrawn", "was removed", "retracted in part"),
    "concern": ("concern",),
    "corrected": ("was corrected", "corrigendum", "erratum"),
    "published": ("published as",),
}
"""What the notices of registries say, by the rule that it belongs to."""


class Answer(Protocol):
    """What a resolver answers for one identifier."""

    @property
    def reference(self) -> Reference: ...
    @property
    def notices(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict ("" when none was asked for), the reason when it is "unknown", and what was found."""

    verdict: str
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def judged(reference: Reference, name: str, answer: Answer | RefsError, *, fields: bool = True) -> Judgement:
    """Judge a reference by what was answered for its identifier `name`, "doi:10.1038/171737a0".

    Without `fields` only the notices are looked at, and what was answered for has the verdict "".
    """
    if isinstance(answer, NotRegistered) and name.partition(":")[0] in COMPLETE:
        message = f"no registry knows {name}"
        return Judgement("contradicted", "", (Finding("not-registered", reference.key, message, "DOI", written=name),))
    if isinstance(answer, RefsError):
        return Judgement("unknown", str(answer).removeprefix(f"{name.partition(':')[2]}: ").removeprefix(f"{name}: "))
    if not fields:
        return Judgement("", "", tuple(_noticed(reference, answer)))
    record = answer.reference
    rows = comparing.compare(reference, record)
    findings = (
        *_differences(reference, record, rows),
        *_other_work(reference, name, record, rows),
        *_noticed(reference, answer),
        *_recased(reference, record),
    )
    verdict = comparing.verdict(rows)
    open_fields = [row.field for row in rows if row.agrees is None]
    reason = f"{', '.join(open_fields) or 'too little'} could not be compared" if verdict == "unknown" else ""
    return Judgement(verdict, reason, findings)


def found(reference: Reference, record: Reference | RefsError | None) -> Judgement:
    """Judge a reference without an identifier by the one record that a search found to agree."""
    if isinstance(record, RefsError):
        return Judgement("unknown", str(record))
    if record is None:
        return Judgement("unknown", "no registry has a work with its title, author and year")
    rows = comparing.compare(reference, record)
    findings = [*_differences(reference, record, rows), *_recased(reference, record)]
    if doi := record.text("DOI"):
        findings.append(Finding("missing-identifier", reference.key, f"its DOI is {doi}", "DOI", found=doi))
    return Judgement(comparing.verdict(rows), "", tuple(findings))


def of_journal(reference: Reference, journal: Reference) -> list[Finding]:
    """Return what is wrong with the name or the ISSN of a journal by the record that a registry has of the ISSN."""
    name, title = reference.text("container-title"), journal.text("title")
    if not title or comparing.containers(reference, _within(journal)) is not False:
        return []
    message = f"{reference.text('ISSN')} is the ISSN of {plain(title)}, not of {plain(name)}"
    written, source = reference.text("ISSN"), _source(journal, "title")
    return [Finding("issn-differs", reference.key, message, "ISSN", written=written, found=plain(title), source=source)]


def _within(journal: Reference) -> Reference:
    return Reference("article-journal", {"container-title": journal.text("title")})


def _source(record: Reference, field: str) -> str:
    return source.name if (source := record.sources.get(field)) else ""


def _other_work(
    reference: Reference, name: str, record: Reference, rows: Sequence[comparing.Said]
) -> Iterator[Finding]:
    """Yield that the identifier is another work's, when neither the title nor the authors are the record's."""
    said = {row.field: row.agrees for row in rows}
    if said.get("title") is not False or said.get("author", False) is not False:
        return
    author = record.creators[0].sorted_form if record.creators else ""
    found = ", ".join(filter(None, (plain(record.text("title")), author, str(record.year or ""))))
    message = f"{name} is another work: {found}"
    source = _source(record, "title")
    written = name.partition(":")[2]
    yield Finding("other-work", reference.key, message, "DOI", written=written, found=found, source=source)


def _differences(reference: Reference, record: Reference, rows: Sequence[comparing.Said]) -> Iterator[Finding]:
    for row in rows:
        if row.agrees is False:
            rule = f"{FIELDS.get(row.field, row.field)}-differs"
            message = f"{row.field} is {row.written!r}, not {row.found!r}"
            source = _source(record, row.field)
            yield Finding(rule, reference.key, message, row.field, written=row.written, found=row.found, source=source)


def _noticed(reference: Reference, answer: Answer) -> Iterator[Finding]:
    for notice in answer.notices:
        rule = next((rule for rule, marks in NOTICED.items() if any(mark in notice for mark in marks)), "")
        if rule:
            doi = re.search(r"(?:see|as) (10\.\S+)", notice)
            yield Finding(rule, reference.key, notice, "DOI", found=doi[1] if doi else "")
    mine, theirs = normal("doi", reference.text("DOI")), normal("doi", answer.reference.text("DOI"))
    if mine and theirs and mine != theirs:
        message = f"the DOI {mine} was replaced by {theirs}"
        yield Finding("superseded", reference.key, message, "DOI", written=mine, found=theirs)


def _recased(reference: Reference, record: Reference) -> Iterator[Finding]:
    """Yield the registry's title for one in capitals throughout."""
    title = plain(record.text("title"))
    for one in rules.shouted(reference):
        if not list(rules.shouted(record)):
            message = f"the title is in capitals throughout; the registry has {title!r}"
            yield replace(one, message=message, found=title, source=_source(record, "title"))

"""Check a .bib, a document or the library: each reference is confirmed, contradicted, or unknown for a reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from refs import papers
from refs.actions.refresh import identifier
from refs.checking import RULES, Finding, comparing, rules
from refs.errors import NotRegistered, RefsError, UsageError
from refs.formats import bibedit
from refs.formats.encodings import decode
from refs.identifiers import normal
from refs.model import Reference
from refs.store import Library
from refs.text import plain

FIELDS = {"title": "title", "author": "author", "issued": "year", "container-title": "container", "ISSN": "issn"}
SPLICED = frozenset({"doi-form", "superseded", "missing-identifier"})
"""The rules whose findings `--fix` mends."""
BIB_FIELDS = {
    "issued": ("date", "year"),
    "container-title": ("journal", "journaltitle", "booktitle"),
    "page": ("pages",),
    "issue": ("number", "issue"),
    "creator": ("author",),
}


class Answer(Protocol):
    """What a resolver answers for one identifier."""

    @property
    def reference(self) -> Reference: ...
    @property
    def notices(self) -> tuple[str, ...]: ...


Ask = Callable[[Sequence[str]], Iterable["Answer | RefsError"]]
"""Answers about identifiers, in their order."""
Search = Callable[[Sequence[str]], Iterable["Reference | RefsError | None"]]
"""For each text of words the one record that agrees with it, or None."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A reference to check, and where it is written; `text` is that of the whole .bib, `entry` its place in it."""

    reference: Reference
    file: str = ""
    line: int = 0
    entry: bibedit.Entry | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on a reference: "confirmed", "contradicted" or "unknown" and why; "" when no registry was asked."""

    key: str
    verdict: str
    reason: str = ""
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class Report:
    """All that a check found, in the order of what was given."""

    checked: list[Checked] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def selected(names: Sequence[str], without: Sequence[str]) -> frozenset[str]:
    """Return the rules that names or groups of rules stand for; raise UsageError for one that is neither."""
    from difflib import get_close_matches

    known = {*RULES, *(rule.group for rule in RULES.values())}
    for name in (*names, *without):
        if name not in known:
            near = get_close_matches(name, sorted(known), 2)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; refs check --rules lists them"
            raise UsageError(f"no rule is called {name!r}{hint}")
    wanted = {rule for rule in RULES if not names or rule in names or RULES[rule].group in names}
    return frozenset(rule for rule in wanted if rule not in without and RULES[rule].group not in without)


def subjects_of_file(path: Path) -> tuple[list[Subject], list[Finding]]:
    """Return the references of a bibliography file, with their places, and what could not be read of it."""
    from refs.actions.reading import read_bytes, read_file

    document = read_file(path)
    name = str(path)
    entries: dict[int, bibedit.Entry] = {}
    by_key: dict[str, bibedit.Entry] = {}
    text = ""
    if document.format in ("bibtex", "biblatex"):
        text = decode(read_bytes(path))[0]
        outline = bibedit.outline(text)
        entries = {entry.line: entry for entry in outline.entries if entry}
        by_key = {entry.key: entry for entry in reversed(entries.values())}  # of two with one key the first
    subjects, findings = [], []
    for block in document.blocks:
        if block.reference is not None:
            entry = entries.get(block.line) or by_key.get(block.reference.key)
            subjects.append(Subject(block.reference, name, block.line, entry, text))
        elif block.kind == "quarantine":
            findings.append(Finding("unreadable", "", block.reason, file=name, line=block.line))
    return subjects, findings


def subjects_of_document(found: papers.Citations, library: Library) -> tuple[list[Subject], list[Finding]]:
    """Return the references of the library that a document cites, where it cites them, and the keys nothing defines."""
    stored = library.existing(found.keys)
    from refs.citekeys import nearest

    known = library.keys() if set(found.keys) - set(stored) - found.defined else []
    subjects, findings = [], []
    seen: set[str] = set()
    for citation in found.citations:
        if citation.key in seen or citation.kind == "all":
            continue
        seen.add(citation.key)
        if citation.key in stored:
            subjects.append(Subject(stored[citation.key], citation.file, citation.line))
        elif citation.key not in found.defined:
            near = nearest(citation.key, known)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            message = f"nothing defines it{hint}"
            place = {"file": citation.file, "line": citation.line, "column": citation.column}
            findings.append(Finding("undefined-key", citation.key, message, **place))  # type: ignore[arg-type]
    return subjects, findings


def check(subjects: Sequence[Subject], wanted: frozenset[str], ask: Ask | None, search: Search | None) -> Report:
    """Apply the rules that are wanted; ask registries only if one of their rules is, and `ask` is given."""
    report = Report()
    found: dict[int, list[Finding]] = {}
    year = int(time.strftime("%Y", time.gmtime()))
    for index, subject in enumerate(subjects):
        found[index] = [_placed(one, subject) for one in _alone(subject, year)]
    for one, index in _doubled(subjects):
        found[index].append(_placed(one, subjects[index]))
    groups = {RULES[rule].group for rule in wanted}
    if ask and groups & {"registry", "retractions", "corrections", "preprints", "identifiers"}:
        for index, checked, findings in _asked(subjects, ask, search if groups & {"registry", "identifiers"} else None):
            report.checked.append(checked)
            found[index] += [_placed(one, subjects[index]) for one in findings]
    report.findings = [one for index in sorted(found) for one in found[index] if one.rule in wanted]
    return report


def _alone(subject: Subject, year: int) -> Iterator[Finding]:
    reference = subject.reference
    written = subject.entry.field("doi") if subject.entry else None
    if written is not None:  # as it stands: reading has brought it to its normal form
        doi = written.value.strip('{}" \t\n')
        reference = replace(reference, fields={**reference.fields, "DOI": doi})
    yield from rules.check(reference, year)
    for one in subject.entry.fields if subject.entry else ():
        yield from rules.latex(subject.reference.key, one.name, one.value)


def _doubled(subjects: Sequence[Subject]) -> Iterator[tuple[Finding, int]]:
    last = {subject.reference.key: index for index, subject in enumerate(subjects)}
    for one in rules.doubled([subject.reference for subject in subjects]):
        yield one, last[one.key]


def _placed(one: Finding, subject: Subject) -> Finding:
    """Give a finding its place: that of its field in a .bib entry, else of the reference."""
    if one.file:
        return one
    column = 0
    line = subject.line
    entry = subject.entry
    names = (one.field, *BIB_FIELDS.get(one.field, ()))
    written = next((f for name in names if entry and name and (f := entry.field(name))), None)
    if written is not None and entry is not None:
        line = entry.line + subject.text.count("\n", entry.start, written.start)
        column = written.start - subject.text.rfind("\n", 0, written.start)
    return replace(one, file=subject.file, line=line, column=column)


def _asked(
    subjects: Sequence[Subject], ask: Ask, search: Search | None
) -> Iterator[tuple[int, Checked, list[Finding]]]:
    named = {index: name for index, subject in enumerate(subjects) if (name := identifier(subject.reference))}
    answers = dict(zip(named, ask(list(named.values())) if named else (), strict=False))
    nameless = [index for index in range(len(subjects)) if index not in named]
    texts = [words(subjects[index].reference) for index in nameless]
    records = dict(zip(nameless, search(texts) if search and texts else (), strict=False))
    for index, subject in enumerate(subjects):
        key = subject.reference.key
        place = {"file": subject.file, "line": subject.line}
        if index in answers:
            verdict, reason, findings = judged(subject.reference, answers[index])
        elif index in records:
            verdict, reason, findings = found(subject.reference, records[index])
        else:
            verdict, reason, findings = "unknown", "it has no identifier", []
        yield index, Checked(key, verdict, reason, **place), findings  # type: ignore[arg-type]


def words(reference: Reference) -> str:
    """Return what to search a reference by: its first author, year, title and journal."""
    creator = reference.creators[0].sorted_form if reference.creators else ""
    parts = (
        creator,
        str(reference.year or ""),
        plain(reference.text("title")),
        plain(reference.text("container-title")),
    )
    return ". ".join(part for part in parts if part)


def judged(reference: Reference, answer: Answer | RefsError) -> tuple[str, str, list[Finding]]:
    """Return the verdict on a reference by what the registry of its identifier answered, and what was found."""
    name = identifier(reference)
    if isinstance(answer, NotRegistered):
        return "contradicted", "", [Finding("not-registered", reference.key, f"no registry knows {name}", written=name)]
    if isinstance(answer, RefsError):
        return "unknown", str(answer), []
    rows = comparing.compare(reference, answer.reference)
    findings = [*_differences(reference, answer.reference, rows), *_noticed(reference, answer)]
    verdict = comparing.verdict(rows)
    open_fields = [row.field for row in rows if row.agrees is None]
    reason = f"{', '.join(open_fields) or 'too little'} could not be compared" if verdict == "unknown" else ""
    return verdict, reason, findings


def found(reference: Reference, record: Reference | RefsError | None) -> tuple[str, str, list[Finding]]:
    """Return the verdict on a reference without an identifier by the one record that a search found to agree."""
    if isinstance(record, RefsError):
        return "unknown", str(record), []
    if record is None:
        return "unknown", "no registry has a work with its title, author and year", []
    rows = comparing.compare(reference, record)
    findings = _differences(reference, record, rows)
    if doi := record.text("DOI"):
        message = f"its DOI is {doi}"
        findings.append(Finding("missing-identifier", reference.key, message, "DOI", found=doi))
    return comparing.verdict(rows), "", findings


def _differences(reference: Reference, record: Reference, rows: Sequence[comparing.Said]) -> list[Finding]:
    return [
        Finding(
            f"{FIELDS.get(row.field, row.field)}-differs",
            reference.key,
            f"{row.field} is {row.written!r}, not {row.found!r}",
            row.field,
            written=row.written,
            found=row.found,
            source=source.name if (source := record.sources.get(row.field)) else "",
        )
        for row in rows
        if row.agrees is False
    ]


NOTICED: Mapping[str, tuple[str, ...]] = {
    "retracted": ("was retracted", "was withdrawn", "was removed", "retracted in part"),
    "concern": ("concern",),
    "corrected": ("was corrected", "corrigendum", "erratum"),
    "published": ("published as",),
}


def _noticed(reference: Reference, answer: Answer) -> Iterator[Finding]:
    for notice in answer.notices:
        rule = next((rule for rule, marks in NOTICED.items() if any(mark in notice for mark in marks)), "")
        if rule:
            yield Finding(rule, reference.key, notice)
    mine, theirs = normal("doi", reference.text("DOI")), normal("doi", answer.reference.text("DOI"))
    if mine and theirs and mine != theirs:
        message = f"the DOI {mine} was replaced by {theirs}"
        yield Finding("superseded", reference.key, message, "DOI", written=mine, found=theirs)


def unused(subjects: Sequence[Subject], cited: frozenset[str]) -> list[Finding]:
    """Return the entries that no document cites."""
    return [
        Finding("unused-key", one.reference.key, "nothing cites it", file=one.file, line=one.line)
        for one in subjects
        if one.reference.key not in cited
    ]


def mended(subjects: Sequence[Subject], findings: Sequence[Finding]) -> dict[str, tuple[str, str]]:
    """Return the text of each .bib before and after what is certain was mended, by file."""
    splices: dict[str, list[bibedit.Splice]] = {}
    texts: dict[str, str] = {}
    by_place = {(subject.file, subject.reference.key): subject for subject in subjects if subject.entry}
    done: set[tuple[str, str]] = set()
    for one in findings:
        subject = by_place.get((one.file, one.key))
        if one.rule not in SPLICED or subject is None or subject.entry is None or (one.file, one.key) in done:
            continue
        done.add((one.file, one.key))
        value = bibedit.braced(one.found)
        texts[one.file] = subject.text
        present = subject.entry.field("doi")
        splices.setdefault(one.file, []).extend(
            bibedit.replace_field(subject.entry, "doi", value)
            if present
            else bibedit.add_fields(subject.text, subject.entry, {"doi": value})
        )
    return {file: (texts[file], bibedit.apply(texts[file], found)) for file, found in splices.items()}

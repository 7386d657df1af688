"""Check a .bib, a document or the library: each reference is confirmed, contradicted, or unknown for a reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from refs.actions import scanning
from refs.actions.refresh import identifier
from refs.actions.scanning import MISSING, Scan
from refs.checking import RULES, Finding, comparing, judging, latex, rules, titles
from refs.checking.judging import Answer, Judgement
from refs.citekeys import nearest
from refs.errors import RefsError, UsageError
from refs.formats import bibedit
from refs.formats.encodings import decode
from refs.model import Reference
from refs.text import plain

if TYPE_CHECKING:
    from refs.checking.retractions import Retractions
    from refs.journals import Journals

SPLICED = ("superseded", "doi-form", "missing-identifier")
"""The rules whose findings `--fix` mends, of one entry the first that was found."""
ASKED = frozenset({"registry", "retractions", "corrections", "preprints", "identifiers"})
"""The groups of rules for which registries are asked."""
COMPARED = frozenset({"registry", "identifiers", "titles"})
"""The groups for which fields are compared with a registry's record."""
UNASKED = frozenset({"retractions", "corrections"})
"""The groups for which nothing of the reference but its identifier is looked at."""
BIB_FIELDS = {
    "issued": ("date", "year"),
    "container-title": ("journal", "journaltitle", "booktitle"),
    "page": ("pages",),
    "issue": ("number", "issue"),
    "creator": ("author",),
}

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
    """The verdict on a reference: "confirmed", "contradicted", "unknown" and why, or "" when none was asked for."""

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


@dataclass(frozen=True, slots=True)
class Tables:
    """What a person keeps on the disk and that is asked without a network: each is opened when it is needed."""

    retractions: Callable[[], Retractions | None] = lambda: None
    journals: Callable[[], Journals | None] = lambda: None


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
    entries: dict[tuple[int, str], bibedit.Entry] = {}
    by_key: dict[str, bibedit.Entry] = {}
    text = ""
    if document.format in ("bibtex", "biblatex"):
        text = decode(read_bytes(path))[0]
        outline = bibedit.outline(text)
        entries = {(entry.line, entry.key): entry for entry in outline.entries if entry}
        by_key = {entry.key: entry for entry in reversed(entries.values())}  # of two with one key the first
    subjects, findings = [], []
    for block in document.blocks:
        if block.reference is not None:
            key = block.reference.key
            entry = entries.get((block.line, key)) or by_key.get(key)
            subjects.append(Subject(block.reference, name, block.line, entry, text))
        elif block.kind == "quarantine":
            findings.append(Finding("unreadable", "", block.reason, file=name, line=block.line))
    return subjects, findings


def named_entries(found: Scan, documents: Sequence[Path]) -> list[Subject]:
    """Return the entries that documents cite and the library lacks, of the .bib files that they name and that exist."""
    missing = {work.key for work in found.missing}
    files = scanning.named_files(documents) if missing else ()
    return [one for file in files for one in subjects_of_file(file)[0] if one.reference.key in missing]


def subjects_of_documents(found: Scan, known: Collection[str] = frozenset()) -> tuple[list[Subject], list[Finding]]:
    """Return the references that documents cite, where they cite them first, and the keys that nothing defines.

    What `known` holds is defined, and left out.
    """
    subjects, findings = [], []
    for work in found.works:
        if work.key in known:
            continue
        first = work.citations[0] if work.citations else None
        file, line, column = (first.file, first.line, first.column) if first else ("", 0, 0)
        if work.reference:
            subjects.append(Subject(replace(work.reference, key=work.key), file, line))
        elif work.status == MISSING:
            near = work.near or ([] if work.identifier else nearest(work.key, list(known)))
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            hint = f": refs sync or refs add {work.identifier}" if work.identifier else hint
            message = f"nothing defines it{hint}"
            findings.append(Finding("undefined-key", work.key, message, file=file, line=line, column=column))
    return subjects, findings


def check(
    subjects: Sequence[Subject],
    wanted: frozenset[str],
    ask: Ask | None,
    search: Search | None,
    tables: Tables = Tables(),
) -> Report:
    """Apply the rules that are wanted; ask registries only if one of their rules is, and `ask` is given."""
    report = Report()
    found: dict[int, list[Finding]] = {index: [] for index in range(len(subjects))}
    groups = {RULES[rule].group for rule in wanted}
    if groups - UNASKED:
        year = int(time.strftime("%Y", time.gmtime()))
        for index, subject in enumerate(subjects):
            found[index] += _alone(subject, year)
    if wanted & {"duplicate", "duplicate-key", "published"}:
        for index, finding in rules.doubled([subject.reference for subject in subjects]):
            found[index].append(finding)
    for index, findings in _tabled(subjects, wanted, tables):
        found[index] += findings
    if ask and groups & ASKED:
        compared = bool(groups & COMPARED)
        for index, judgement in _asked(subjects, ask, search if compared else None, fields=compared):
            subject = subjects[index]
            place = subject.reference.key, judgement.verdict, judgement.reason, subject.file, subject.line
            report.checked.append(Checked(*place))
            found[index] += judgement.findings
    for index, findings in found.items():
        placed = [_placed(one, subjects[index]) for one in _once(findings) if one.rule in wanted]
        report.findings += sorted(placed, key=lambda one: (one.line, one.column))
    return report


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what was found of one reference; what two say is said once, with its source."""
    sourced = {one.rule for one in findings if one.source}
    told: set[str] = set()
    for one in findings:
        single = one.rule == "title-case" or RULES[one.rule].group in ("retractions", "corrections")
        if single and (one.rule in told or (one.rule in sourced and not one.source)):
            continue
        told.add(one.rule)
        yield one


def _tabled(subjects: Sequence[Subject], wanted: frozenset[str], tables: Tables) -> Iterator[tuple[int, list[Finding]]]:
    """Yield what the tables on the disk say of each reference."""
    rows = tables.retractions() if wanted & {"retracted", "concern", "corrected"} else None
    shelf = tables.journals() if wanted & {"journal-abbreviation", "issn-differs"} else None
    for index, subject in enumerate(subjects):
        if rows:
            yield index, rows.findings(subject.reference)
        if shelf:
            from refs.checking import serials

            yield index, list(serials.check(subject.reference, shelf))


def _alone(subject: Subject, year: int) -> Iterator[Finding]:
    reference, entry = subject.reference, subject.entry
    if entry is None:
        yield from rules.check(reference, year)
        return
    if doi := entry.field("doi"):  # as it stands: reading has brought it to its normal form
        reference = replace(reference, fields={**reference.fields, "DOI": latex.written(doi.value).strip("{} ")})
    found = list(rules.check(reference, year))
    yield from found
    for one in entry.fields:
        if one.name.lower() in ("author", "editor") and "name-form" not in {two.rule for two in found}:
            yield from rules.parted(reference.key, one.name, latex.written(one.value))
        yield from latex.check(reference.key, one.name, one.value)
    yield from titles.check(reference, entry)


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
    subjects: Sequence[Subject], ask: Ask, search: Search | None, *, fields: bool
) -> Iterator[tuple[int, Judgement]]:
    """Yield the judgement on each reference; what has no identifier is searched for, if `search` is given."""
    named = {index: name for index, subject in enumerate(subjects) if (name := identifier(subject.reference))}
    nameless = [index for index in range(len(subjects)) if index not in named]
    journals = {index: name for index in nameless if search and (name := _journal(subjects[index].reference))}
    asked = [*named.values(), *journals.values()]
    answers = dict(zip((*named, *journals), ask(asked) if asked else (), strict=False))
    texts = [words(subjects[index].reference) for index in nameless]
    records = dict(zip(nameless, search(texts) if search and texts else (), strict=False))
    for index, subject in enumerate(subjects):
        answer = answers.get(index)
        if index in named and answer is not None:
            yield index, judging.judged(subject.reference, named[index], answer, fields=fields)
            continue
        judgement = Judgement("unknown", "it has no identifier")
        if index in records:
            judgement = judging.found(subject.reference, records[index])
        if answer is not None and not isinstance(answer, RefsError):
            wrong = judging.of_journal(subject.reference, answer.reference)
            verdict = "contradicted" if wrong else judgement.verdict
            judgement = replace(judgement, verdict=verdict, findings=(*judgement.findings, *wrong))
        yield index, judgement


def _journal(reference: Reference) -> str:
    """Return the ISSN to ask the name of a journal by, or ""."""
    issn = reference.text("ISSN").split()[:1]
    return (
        f"issn:{issn[0]}" if issn and reference.type in comparing.SERIALS and reference.text("container-title") else ""
    )


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


def unused(subjects: Sequence[Subject], cited: frozenset[str]) -> list[Finding]:
    """Return the entries that no document cites."""
    return [
        Finding("unused-key", one.reference.key, "nothing cites it", file=one.file, line=one.line)
        for one in subjects
        if one.reference.key not in cited
    ]


def mended(subjects: Sequence[Subject], findings: Sequence[Finding]) -> dict[str, tuple[str, str]]:
    """Return the text of each .bib before and after what is certain was mended, by file."""
    entries = {(one.file, line, one.reference.key): one for one in subjects if one.entry for line in _lines(one)}
    wanted: dict[int, tuple[Subject, str]] = {}
    for rule in SPLICED:
        for one in findings:
            subject = entries.get((one.file, one.line, one.key))
            if one.rule == rule and subject:
                wanted.setdefault(id(subject), (subject, one.found))
    splices: dict[str, list[bibedit.Splice]] = {}
    texts: dict[str, str] = {}
    for subject, doi in wanted.values():
        assert subject.entry  # noqa: S101 - only such are among the entries
        value = bibedit.braced(doi)
        texts[subject.file] = subject.text
        splices.setdefault(subject.file, []).extend(
            bibedit.replace_field(subject.entry, "doi", value)
            if subject.entry.field("doi")
            else bibedit.add_fields(subject.text, subject.entry, {"doi": value})
        )
    return {file: (texts[file], bibedit.apply(texts[file], found)) for file, found in splices.items()}


def _lines(subject: Subject) -> range:
    """Return the lines of a .bib on which the entry of a subject stands."""
    assert subject.entry  # noqa: S101 - asked for entries alone
    entry = subject.entry
    return range(entry.line, entry.line + subject.text.count("\n", entry.start, entry.end) + 1)


def kept_tables(settings: Callable[[str], str], cache: Path) -> Tables:
    """Return the tables that settings lead to, each opened when it is needed; indexes of large ones lie in `cache`."""
    retraction_watch, table, ltwa = (settings(name) for name in ("retraction-watch", "journals", "ltwa"))

    def retractions() -> Retractions | None:
        from refs.checking.retractions import Retractions

        return Retractions(Path(retraction_watch).expanduser(), cache) if retraction_watch else None

    def shelf() -> Journals | None:
        from refs import journals

        if not table and not ltwa:
            return None
        found = journals.Journals(journals.read_titles(Path(table).expanduser()) if table else {})
        found.words = journals.read_words(Path(ltwa).expanduser()) if ltwa else None
        return found

    return Tables(retractions, shelf)

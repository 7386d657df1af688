"""The command `refs check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.locking import Compared, LockOption, compared
from refs.commands.options import PARTIAL, LibraryOption, library, setting
from refs.errors import ParseError, RefsError, UsageError

if TYPE_CHECKING:
    from refs.actions.checking import Ask, Report, Search, Subject, Tables
    from refs.checking import Finding
    from refs.store import Library

REASONS = 5  # why references are unknown that are told
SHOWN = 3  # keys that are named for each
BIBLIOGRAPHIES = (".bib", ".bibtex", ".biblatex", ".ris", ".nbib", ".enw", ".xml", ".json", ".jsonl", ".yaml", ".yml")


def check(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Bibliographies and documents; without, the library."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="RULE", help="Rules or groups of them, between commas.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="RULE", help="Leave a rule out.")] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="text, json, github, sarif or errorformat.")
    ] = "text",
    offline: Annotated[bool, typer.Option("--offline", help="Ask the cache and the snapshot alone.")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what is certain in the .bib files; the diff is shown.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="With --fix: show the diff alone.")] = False,
    locked: Annotated[bool, typer.Option("--locked", help="Compare documents with their refs.lock alone.")] = False,
    lock_file: LockOption = "",
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and their groups.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Check references against the registries and the rules of the field.

    Each is confirmed, contradicted field by field, or unknown for a reason. The exit code is 1 when a registry
    contradicts one, or when a rule named by --only finds something.

    \b
    Examples:
      refs check references.bib
      refs check paper.tex --only retractions
      refs check references.bib --only syntax --format github
      refs check paper.md --locked
    """
    from refs.actions import checking
    from refs.checking import RULES
    from refs.checking.reports import REPORTS, verdicts

    if rules:
        console.out(console.table([(rule.help, name, rule.group) for name, rule in RULES.items()]))
        return
    if form not in REPORTS:
        raise UsageError(f"--format is one of {', '.join(REPORTS)}, not {form!r}")
    names = _names(only) + ["locked"] * (locked or bool(lock_file))
    wanted = checking.selected(names, _names(ignore))
    shelf = library(library_path)
    subjects: list[Subject] = []
    report, with_lock = checking.Report(), None
    if wanted != {"locked"}:
        subjects, findings = _subjects(paths or (), shelf)
        report = checking.check(subjects, wanted, *_registries(context, offline), _tables())
        report.findings[:0] = [one for one in findings if one.rule in wanted]
    if names and "locked" in wanted:
        with_lock = _with_lock(paths or (), shelf, lock_file)
        report.findings += with_lock.findings
    console.out(_visible(REPORTS[form](report.findings), form)) if report.findings or form == "sarif" else None
    if form == "json" and report.checked:
        console.out(verdicts(report.checked))
    if wanted != {"locked"}:
        _close(report, subjects)
    if with_lock:
        console.say(with_lock.summary)
    if fix:
        _fix(checking.mended(subjects, report.findings), dry_run)
    if any(one.contradicted or (names and one.rule in wanted) for one in report.findings):
        raise typer.Exit(1)
    if with_lock and with_lock.missing:
        raise typer.Exit(PARTIAL)


def _names(given: Sequence[str] | None) -> list[str]:
    """Return the names that options hold, which commas may part."""
    return [name.strip() for one in given or () for name in one.split(",") if name.strip()]


def _with_lock(paths: Sequence[Path], shelf: Library, lock_file: str) -> Compared:
    documents = _documents(paths)
    if paths and not documents:
        raise UsageError(f"--locked compares documents, and {paths[0]} is none")
    return compared(shelf, documents, lock_file)


def _documents(paths: Sequence[Path]) -> list[Path]:
    return [path for path in paths if path.suffix.lower() not in BIBLIOGRAPHIES]


def _subjects(paths: Sequence[Path], shelf: Library) -> tuple[list[Subject], list[Finding]]:
    from refs.actions import checking, scanning

    subjects: list[Subject] = []
    findings: list[Finding] = []
    documents = _documents(paths)
    for path in (path for path in paths if path not in documents):
        found, problems = checking.subjects_of_file(path)
        subjects += found
        findings += problems
    if documents:
        scanned = scanning.scan(shelf, documents)
        for problem in scanned.unreadable:
            console.complain(problem)
        entries = list(subjects)
        if len(documents) == len(paths):
            subjects += checking.named_entries(scanned, documents)
        found, problems = checking.subjects_of_documents(scanned, {one.reference.key for one in subjects})
        subjects += found
        findings += [*problems, *checking.unused(entries, frozenset(work.key for work in scanned.works))]
    if not paths:
        subjects = [checking.Subject(reference) for reference in shelf.references()]
    return subjects, findings


def _registries(context: typer.Context, offline: bool) -> tuple[Ask, Search]:
    """Return how registries are asked, by what `cli` has put into the context."""
    from refs.actions.add import read_identifier

    resolve = context.obj

    def ask(names: Sequence[str]):  # type: ignore[no-untyped-def]
        asked = [read_identifier(name) for name in names]
        good = [one for one in asked if not isinstance(one, RefsError)]
        answers = iter(resolve(good, offline=offline) if good else ())
        for one in asked:
            yield one if isinstance(one, RefsError) else next(answers, ParseError("no answer"))

    return ask, partial(context.meta["search"], offline=offline)


def _tables() -> Tables:
    from refs import config
    from refs.actions.checking import kept_tables

    return kept_tables(setting, config.cache_directory() / "retractions")


def _visible(text: str, form: str) -> str:
    if form in ("json", "sarif"):
        return text
    return "".join(f"{console.visible(line)}\n" for line in text.splitlines())


def _close(report: Report, subjects: Sequence[Subject]) -> None:
    """Say how many were confirmed, contradicted and unknown, and why the last are."""
    if not report.checked:
        console.say(f"{_references(len(subjects))}; no registry was asked")
        return
    counts = Counter(one.verdict for one in report.checked)
    told = [(counts[name], name) for name in ("confirmed", "contradicted", "unknown")]
    console.say(f"{_references(len(report.checked))}: {console.joined([(counts[''], 'looked up'), *told])}")
    unknown: dict[str, list[str]] = {}
    for one in report.checked:
        if one.verdict == "unknown":
            unknown.setdefault(one.reason, []).append(one.key)
    for reason, keys in sorted(unknown.items(), key=lambda item: -len(item[1]))[:REASONS]:
        some = ", ".join(keys[:SHOWN]) + (f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else "")
        console.say(f"  {len(keys)} unknown: {reason} ({some})")


def _references(number: int) -> str:
    return f"{number} reference" + ("s" if number != 1 else "")


def _fix(texts: dict[str, tuple[str, str]], dry_run: bool) -> None:
    from refs.actions.reading import read_bytes
    from refs.actions.rewriting import difference
    from refs.formats.encodings import encode_like
    from refs.writing import replace_file

    for file, (before, after) in texts.items():
        for line in difference(file, before, after):
            console.say(line)
        if not dry_run and before != after:
            replace_file(Path(file), encode_like(after, read_bytes(Path(file))))
            console.say(f"mended {file}")
    if not texts:
        console.say("nothing to mend for certain")

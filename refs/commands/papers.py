"""The commands for documents: scan, rewrite, sync."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from refs import console
from refs.commands.options import PARTIAL, LibraryOption, complete_style, library, setting
from refs.commands.transfer import ProgramOption
from refs.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from refs.actions.add import Outcome
    from refs.actions.scanning import Scan, Work
    from refs.actions.syncing import Synced

DocumentsArgument = Annotated[list[Path], typer.Argument(metavar="DOC...", help="LaTeX, Markdown, Typst, Word...")]
ScanStyleOption = Annotated[
    str, typer.Option("--style", "-s", metavar="STYLE", autocompletion=complete_style, help="How references look.")
]


def scan(
    documents: DocumentsArgument,
    style: ScanStyleOption = "",
    unused: Annotated[bool, typer.Option("--unused", help="Tell what the documents do not cite, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a key.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """List what documents cite, and what is missing.

    Each key has the place where it is cited first, how often, and its formatted reference, from the library or else
    from the .bib that the document names. LaTeX, .aux, .bcf, Markdown,
    Quarto, R Markdown, notebooks, Typst, Org, reStructuredText, Word and LibreOffice are read. Exit code 3 says that
    something is missing or could not be read.

    \b
    Examples:
      refs scan paper.tex
      refs scan chapters/*.md --unused
      refs scan paper.docx --json
    """
    from refs.actions import scanning

    shelf = library(library_path)
    found = scanning.with_files(scanning.scan(shelf, documents), documents)
    left = scanning.unused(shelf, found) if unused else []
    entries = _formatted(found, style or setting("style"))
    if as_json:
        _print_json(found, entries, left)
    else:
        for work in found.works:
            _print_work(work, entries.get(work.key, ""))
        for key in left:
            console.out(f"{console.visible(key)}\tnot cited")
    for problem in found.unreadable:
        console.complain(problem)
    if not as_json:
        missing, cited = len(found.missing), sum(bool(work.citations) for work in found.works)
        filed = sum(work.status == scanning.FILE for work in found.works)
        told = (f", {filed} in the .bib alone" if filed else "", f", {missing} not in the library" if missing else "")
        console.say(f"{cited} key{'s' * (cited != 1)}{''.join(told)}")
    if found.problems:
        raise typer.Exit(PARTIAL)


def _formatted(found: Scan, style: str) -> dict[str, str]:
    """Return the reference of each key in a style: its entry, or its note where the style has no bibliography."""
    from refs.actions import citing

    references = {work.key: work.reference for work in found.works if work.reference}
    if not references:
        return {}
    made = citing.processor(list(references.values()), style, setting("locale"))
    for problem in made.problems:
        console.complain(problem)
    entries = dict(made.bibliography("text")) if made.has_bibliography else {}
    return {
        key: entries.get(reference.key) or made.cite([{"id": reference.key}], format="text")
        for key, reference in references.items()
    }


NOT_THERE = {"missing": "not in the library", "document": "in the document itself"}


def _print_work(work: Work, entry: str) -> None:
    """Print a key: on a terminal its place and, below, its reference; in a pipe both between tabs."""
    kinds = {one.kind for one in work.citations}
    kind = "cite" if "cite" in kinds else next(iter(sorted(kinds)), work.status)
    text = entry or NOT_THERE.get(work.status, "")
    if work.status == "missing" and work.identifier:
        text += f"; refs sync or refs add {work.identifier}"
    elif work.near:
        text += f"; did you mean {' or '.join(work.near)}?"
    cells = [console.visible(cell) for cell in (work.key, work.place, kind, str(len(work.citations)), text)]
    if sys.stdout.isatty():
        cells[3] = f"{cells[3]}×"
        console.out(f"{'  '.join(filter(None, cells[:4]))}\n    {text and cells[4]}")
    else:
        console.out("\t".join(cells))


def _print_json(found: Scan, entries: Mapping[str, str], left: Sequence[str]) -> None:
    from refs.formats import csljson

    for work in found.works:
        record: dict[str, Any] = {
            "key": work.key,
            "status": work.status,
            "count": len(work.citations),
            "places": [
                {"file": one.file, "line": one.line, "column": one.column, "kind": one.kind} for one in work.citations
            ],
            "library": work.own or None,
            "identifier": str(work.identifier) if work.identifier else None,
            "reference": entries.get(work.key),
            "near": list(work.near),
        }
        console.out(csljson.dumps(record))
    for key in left:
        console.out(csljson.dumps({"key": key, "status": "unused", "count": 0, "places": [], "library": key}))


def rewrite(
    context: typer.Context,
    documents: DocumentsArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last rewriting back.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Put short keys in the place of identifiers that documents cite.

    Works that the library lacks are resolved and join it. The differences are shown first; what is written can be
    taken back with --undo, as the file DOC.refs-undo says. Nothing but the keys changes; included files are rewritten
    too.

    \b
    Examples:
      refs rewrite paper.tex
      refs rewrite paper.md --yes
      refs rewrite paper.md --undo
    """
    from refs.actions import rewriting, syncing

    if undo:
        for file in rewriting.undo(documents):
            console.say(f"as before: {file}")
        return
    shelf = library(library_path)
    found, outcomes, missing = syncing.resolved(shelf, documents, context.obj)
    report(outcomes)
    short, new = rewriting.short_keys(shelf, found)
    planned = rewriting.plan(documents, short)
    for one in planned:
        for line in one.diff():
            console.out(console.visible(line))
    sys.stdout.flush()
    if not planned:
        console.say("no identifier that is known is used as a key")
    elif yes or console.confirm(f"Rewrite {', '.join(str(one.file) for one in planned)}?"):
        rewriting.rename(shelf, new)
        rewriting.write(planned)
        for old, key in new.items():
            console.say(f"{key} is the key of {old} now")
        for one in planned:
            console.say(f"rewrote {one.file}: {len(one.edits)} key{'s' * (len(one.edits) != 1)}; --undo takes it back")
    else:
        console.say("nothing is written; --yes writes it")
    unknown = [missing[work.key] for work in found.missing if work.identifier]
    for line in unknown:
        console.complain(line)
    if unknown or any(outcome.error for outcome in outcomes):
        raise typer.Exit(PARTIAL)


def sync(
    context: typer.Context,
    documents: DocumentsArgument,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Default: the .bib that the document names.")
    ] = "",
    watching: Annotated[bool, typer.Option("--watch", help="Again whenever the documents change.")] = False,
    take: Annotated[bool, typer.Option("--take", help="Store what was edited in the .bib in the library.")] = False,
    format: Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="Default: as the document.")] = "",
    program: ProgramOption = "",
    library_path: LibraryOption = None,
) -> None:
    """Keep the bibliography of documents up to date.

    Identifiers that are cited, as in [@doi:10.1038/171737a0], are resolved, join the library, and are exported under
    the very key that the document uses; so do the records in Word documents. What others have edited or added in the
    .bib since the last time stays; --take puts it into the library. A field that was changed on both sides is told and
    stays as it is there (exit code 4). Code 3 says that something is missing.

    \b
    Examples:
      refs sync paper.tex
      refs sync paper.md -o refs.bib --watch
      refs sync paper.tex --take
    """
    from refs.actions import exporting, syncing
    from refs.errors import RefsError

    shelf = library(library_path)
    file = syncing.target(documents, output)
    given = bool(program or format)
    chosen = (
        exporting.format_for(program, format, str(file))
        if given
        else exporting.format_of_documents(documents, str(file))
    )

    def once() -> int:
        synced = syncing.sync(shelf, documents, file, context.obj, chosen, take=take)
        return _print_synced(synced)

    def again() -> None:
        try:
            once()
        except RefsError as error:
            console.complain(str(error))

    if not watching:
        raise typer.Exit(once())
    try:
        syncing.watch(lambda: syncing.files_of(documents), again)
    except KeyboardInterrupt:
        console.say("stopped")


def _print_synced(synced: Synced) -> int:
    """Say what became of a bibliography; return the exit code."""
    report(synced.outcomes)
    for line in synced.taken:
        console.say(line)
    state = "wrote" if synced.written else "unchanged:"
    console.say(f"{state} {synced.file}, {synced.count} reference{'s' * (synced.count != 1)}")
    for line in synced.notices:
        console.say(line)
    for line in (*synced.clashes, *synced.problems):
        console.complain(line)
    if synced.problems or any(outcome.error for outcome in synced.outcomes):
        return PARTIAL
    return ConflictError.exit_code if synced.clashes else 0


def report(outcomes: Sequence[Outcome]) -> None:
    """Say what was resolved for a document, and of what there is a stub only."""
    for outcome in outcomes:
        if outcome.error:
            console.complain(str(outcome.error))
        elif outcome.added and outcome.reference:
            verb = "added" if outcome.added.new else "already there:"
            console.say(f"{verb} {outcome.added.key}: {console.summary(outcome.reference)}")
            for notice in outcome.notices:
                console.say(f"  {notice}")

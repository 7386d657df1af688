"""The commands that move references between files and the library: import, export, convert."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.locking import LockedOption, LockOption, built_from
from refs.commands.options import (
    PARTIAL,
    KeysArgument,
    LibraryOption,
    WhereOption,
    finish,
    library,
    refuse_several,
    selected,
    setting,
    tell_pending,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.actions.exporting import Output
    from refs.actions.importing import Ledger
    from refs.actions.scanning import Scan


def complete_format(incomplete: str) -> list[str]:
    """Return the formats that can be written and begin so, for the shell."""
    from refs.formats import FORMATS

    return [name for name, format in FORMATS.items() if format.writes and name.startswith(incomplete)]


def complete_program(incomplete: str) -> list[str]:
    """Return the programs of `--for` that begin so, for the shell."""
    from refs.formats.programs import PROGRAMS

    return [name for name in PROGRAMS if name.startswith(incomplete)]


ProgramOption = Annotated[
    str,
    typer.Option(
        "--for",
        metavar="PROGRAM",
        help="Write what pdflatex-bibtex, biber, typst or pandoc reads.",
        autocompletion=complete_program,
    ),
]


def complete_journals(incomplete: str) -> list[str]:
    """Return the forms of journal names that begin so, for the shell."""
    from refs.journals import FORMS

    return [form for form in FORMS if form.startswith(incomplete)]


JournalsOption = Annotated[
    str,
    typer.Option(
        "--journals",
        metavar="full|abbreviated|stored",
        help="Journal names in full, abbreviated (ISO 4), or as stored.",
        autocompletion=complete_journals,
    ),
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Write nothing, and exit with 9, if the format cannot hold all of it.")
]


UnusedOption = Annotated[bool, typer.Option("--unused", help="With --cited-in: tell what is not cited.")]


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Files of references in any format, or a Zotero or papis folder; - is stdin."
        ),
    ],
    source: Annotated[str, typer.Option("--from", metavar="FORMAT", help="The format, if it is guessed wrong.")] = "",
    library_path: LibraryOption = None,
) -> None:
    """Import files of references.

    The new keys are printed, and what became of every block is told.

    \b
    Examples:
      refs import refs.bib
      refs import zotero.json thesis.bib
      refs import ~/Zotero
    """
    from refs.actions import importing

    report(importing.import_files(library(library_path), files, source))


def report(ledgers: Sequence[Ledger]) -> None:
    """Print the new keys, then what became of each file; leave with PARTIAL when something was left out."""
    for ledger in ledgers:
        for key in ledger.keys:
            console.out(console.visible(key))
    for ledger in ledgers:
        for notice in ledger.notices:
            console.say(notice)
        if ledger.error:
            console.complain(str(ledger.error))
        else:
            console.say(str(ledger) if len(ledgers) == 1 else f"{ledger.file}: {ledger}")
    if likely := sum(ledger.likely for ledger in ledgers):
        console.say(f"{likely} may be there twice: refs duplicates")
    failed = [ledger for ledger in ledgers if ledger.error or ledger.quarantined]
    codes = [ledger.error.exit_code for ledger in failed if ledger.error]
    finish(len(failed), len(ledgers) - len(codes), codes[0] if codes else PARTIAL)


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A file of references; - is stdin.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="The file to write; - is stdout.")] = "-",
    from_: Annotated[str, typer.Option("--from", metavar="FORMAT", help="The format of IN.")] = "",
    to: Annotated[
        str, typer.Option("--to", metavar="FORMAT", help="The format of OUT.", autocompletion=complete_format)
    ] = "",
    program: ProgramOption = "",
    strict: StrictOption = False,
    journals: JournalsOption = "stored",
) -> None:
    """Convert a file of references, without a library.

    \b
    Examples:
      refs convert refs.bib refs.json
      refs convert refs.bib - --to biblatex
      refs convert refs.ris refs.bib --for pdflatex-bibtex
    """
    from refs.actions import exporting, reading

    chosen, options = exporting.format_for(program, to, target)
    exporting.refuse_documents(target)
    exporting.refuse_overwriting(target, [source])
    name = "<stdin>" if str(source) == "-" else str(source)
    document = reading.read_file(source, from_)
    table, ltwa = setting("journals"), setting("ltwa")
    references, unknown = exporting.with_journals(document.references, journals, table, ltwa)
    written = exporting.output(references, chosen, options, strict=strict)
    problems = [f"{name}:{block.line}: {block.reason}" for block in document.quarantined]
    problems += written.left_out.values()
    if strict:
        exporting.refuse_losses([*problems, *written.notices])
    _write(written, target, unknown)
    for problem in problems:
        console.complain(problem)
    finish(len(problems), written.count, PARTIAL)


def export(
    keys: KeysArgument = None,
    format: Annotated[
        str,
        typer.Option("--format", "-f", metavar="bibtex|biblatex|csljson", help="Default: by the ending, else bibtex."),
    ] = "",
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="- is stdout.")] = "-",
    cited_in: Annotated[
        list[Path] | None,
        typer.Option("--cited-in", metavar="FILE", help="Only what this document cites; may be given again."),
    ] = None,
    where: WhereOption = "",
    unused: UnusedOption = False,
    program: ProgramOption = "",
    strict: StrictOption = False,
    journals: JournalsOption = "stored",
    locked: LockedOption = False,
    lock_file: LockOption = "",
    library_path: LibraryOption = None,
) -> None:
    """Write BibTeX, BibLaTeX or CSL-JSON.

    All references, those of the keys, or those that documents cite: then in the dialect that the document's program
    reads, with the parents of crossref; exit code 3 says that something is missing, and the rest is written.

    \b
    Examples:
      refs export -o refs.bib
      refs export --cited-in paper.tex -o references.bib
      refs export KEY --format csljson
      refs export --where "tag:thesis OR collection:mine"
      refs export --for typst -o refs.bib
      refs export --journals abbreviated --strict
    """
    from refs.actions import exporting, exports, scanning
    from refs.errors import StorageError, UsageError

    shelf = library(library_path)
    refuse_several(keys, cited_in, where)
    if unused and not cited_in:
        raise UsageError("--unused goes with --cited-in")
    if cited_in and not (program or format):
        target, options = exporting.format_of_documents(cited_in, output)
    else:
        target, options = exporting.format_for(program, format, output)
    exporting.refuse_documents(output)
    source: scanning.Shelf = shelf
    if locked or lock_file:
        source = built_from(cited_in or (), lock_file, journals=journals != "stored").shelf
    cited = scanning.scan(source, cited_in) if cited_in else scanning.Scan()
    chosen = cited.references if cited_in else selected(shelf, keys or (), where)
    known = shelf.references() if journals != "stored" and (keys or cited_in or where) else []
    table, ltwa = setting("journals"), setting("ltwa")
    references, unknown = exporting.with_journals(chosen, journals, table, ltwa, known)
    written = exporting.output(references, target, options, strict=strict)
    left_out = cited.placed(written.left_out)
    if strict:
        exporting.refuse_losses([*left_out, *written.notices])
    _write(written, output, unknown)
    if Path(output).is_file() and not (source is not shelf or cited.brought):
        keys = [one.key for one in chosen] if keys or cited_in else []
        manner = exports.Manner(target, exports.program_of(options), tuple(keys), where, journals, table, ltwa)
        with suppress(StorageError):  # of a library that cannot be written: then it is not remembered
            exports.remember(shelf, Path(output), written.text.encode(), manner)
    tell_pending(chosen)
    _tell(cited, scanning.unused(shelf, cited) if unused else (), left_out)


def _tell(cited: Scan, unused: Sequence[str], left_out: Sequence[str]) -> None:
    """Tell what documents brought along, what they do not cite and what is missing; leave with PARTIAL when it is."""
    if cited.brought:
        console.say(f"{len(cited.brought)} of them from the document itself: refs import keeps them in the library")
    for key in unused:
        console.say(f"not cited: {key}")
    problems = [*cited.problems, *left_out]
    for problem in problems:
        console.complain(problem)
    if problems:
        raise typer.Exit(PARTIAL)


def _write(written: Output, output: str, notices: Sequence[str]) -> None:
    """Write a text where it belongs, then the notices, and what it could not hold."""
    from refs.writing import replace_file

    if output == "-":
        console.out(written.text) if written.text else None
        sys.stdout.flush()  # before the problems, which go to stderr
    else:
        state = "wrote" if replace_file(Path(output), written.text.encode("utf-8")) else "unchanged:"
        console.say(f"{state} {output}, {written.count} reference{'s' * (written.count != 1)}")
    for notice in (*notices, *written.notices):
        console.say(notice)

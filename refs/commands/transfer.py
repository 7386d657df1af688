"""The commands that move references in and out of the library: import, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from refs import console
from refs.commands.options import PARTIAL, KeysArgument, LibraryOption, finish, library


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="BibTeX, BibLaTeX or CSL-JSON files.")],
    library_path: LibraryOption = None,
) -> None:
    """Import files of references.

    The new keys are printed, and what became of every block is told.

    \b
    Examples:
      refs import refs.bib
      refs import zotero.json thesis.bib
    """
    from refs.actions import importing

    ledgers = importing.import_files(library(library_path), files)
    for ledger in ledgers:
        for key in ledger.keys:
            console.out(key)
    for ledger in ledgers:
        for notice in ledger.notices:
            console.say(notice)
        if ledger.error:
            console.complain(str(ledger.error))
        else:
            console.say(str(ledger) if len(ledgers) == 1 else f"{ledger.file}: {ledger}")
    failed = [ledger for ledger in ledgers if ledger.error or ledger.quarantined]
    codes = [ledger.error.exit_code for ledger in failed if ledger.error]
    finish(len(failed), len(ledgers) - len(codes), codes[0] if codes else PARTIAL)


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
    library_path: LibraryOption = None,
) -> None:
    """Write BibTeX, BibLaTeX or CSL-JSON.

    All references, those of the keys, or those that documents cite.

    \b
    Examples:
      refs export -o refs.bib
      refs export --cited-in paper.tex -o references.bib
      refs export KEY --format csljson
    """
    from refs import formats
    from refs.actions import exporting
    from refs.errors import UsageError
    from refs.writing import replace_file

    shelf = library(library_path)
    target = exporting.format_of(format, output)
    if keys and cited_in:
        raise UsageError("give keys or --cited-in, not both")
    cited = exporting.cited_in(shelf, cited_in) if cited_in else exporting.Cited(shelf.references(keys or ()))
    references, left_out = exporting.writable(cited.references, target)
    text = formats.write(references, target)
    if output == "-":
        console.out(text) if text else None
    else:
        written = replace_file(Path(output), text.encode("utf-8"))
        state = "wrote" if written else "unchanged:"
        console.say(f"{state} {output}, {len(references)} reference{'s' * (len(references) != 1)}")
    for problem in (*cited.problems, *left_out):
        console.complain(problem)
    if cited.problems or left_out:
        sys.stdout.flush()
        raise typer.Exit(PARTIAL)

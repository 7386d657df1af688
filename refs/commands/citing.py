"""The commands that print formatted citations: cite, styles."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from refs import clipboard, console
from refs.commands.options import KeysArgument, LibraryOption, LocaleOption, StyleOption, library, setting
from refs.errors import UsageError
from refs.formats import csljson

FORMATS = ("text", "html", "markdown", "latex", "typst", "rtf")


def cite(
    keys: KeysArgument = None,
    style: StyleOption = None,
    locale: LocaleOption = None,
    format: Annotated[
        str | None,
        typer.Option("--format", "-f", metavar="|".join(FORMATS), help="Default: text; italics on a terminal."),
    ] = None,
    in_text: Annotated[bool, typer.Option("--in-text", help="The citation for the running text.")] = False,
    copy: Annotated[bool, typer.Option("--copy", help="Put it on the clipboard too.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Print a bibliography in any CSL style.

    Without keys it is that of the whole library.

    \b
    Examples:
      refs cite khristoforov2024soviet --style apa
      refs cite --style gost-r-7-0-5-2008 --locale ru-RU
      refs cite KEY --in-text
      refs cite --format html > bibliography.html
    """
    from refs.actions import citing

    if format and format not in FORMATS:
        raise UsageError(f"no format is called {format!r}; there are {', '.join(FORMATS)}")
    target = format or ("terminal" if console.is_styled(sys.stdout) and not copy else "text")
    references = library(library_path).references(keys or ())
    if not references:
        console.say("the library is empty: refs add IDENTIFIER")
        return
    made = citing.processor(references, setting("style", style), setting("locale", locale))
    if in_text:
        clusters = [[r.key for r in references]] if keys else [[r.key] for r in references]
        lines = [line for cluster in clusters for line in citing.in_text(made, cluster, target)]
    else:
        lines = citing.bibliography(made, target)
    text = "\n".join(line.rstrip("\n") for line in lines)
    console.out(text)
    for problem in made.problems:
        console.say(str(problem))
    if copy:
        clipboard.copy(text)


def styles(
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUERY]...", help="Words of the title, a field, or an ISSN."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """List the CSL styles, or those that a query finds.

    The CSL project made them: https://citationstyles.org

    \b
    Examples:
      refs styles chicago
      refs styles 0028-0836
    """
    from dataclasses import asdict

    from refs.csl import repository

    found = repository.search_styles(" ".join(query or []))
    for style in found:
        if as_json:
            console.out(csljson.dumps(asdict(style)))
        else:
            console.out(f"{console.visible(style.id)}\t{console.visible(style.title)}")
    console.say(f"{len(found)} styles. {repository.ATTRIBUTION}" if found else "no style matches")
    if not found:
        raise typer.Exit(7)

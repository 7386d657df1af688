"""The commands that print formatted citations: cite, styles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from refs import console
from refs.commands.options import KeysArgument, LibraryOption, complete_locale, complete_style, library, setting
from refs.errors import UsageError

if TYPE_CHECKING:
    from refs.csl import Processor

CITATION_FORMATS = ("author", "author-date", "label", "note", "numeric")
FORMATS = ("text", "html", "markdown", "latex", "typst", "rtf", "json")
MODES = "--in-text, --narrative, --note and --explain exclude each other"


def cite(
    keys: KeysArgument = None,
    style: Annotated[
        list[str] | None,
        typer.Option(
            "--style",
            "-s",
            metavar="STYLE",
            autocompletion=complete_style,
            help="A CSL style: its name, title, journal, ISSN or file; again for more. Default: the setting, else apa.",
        ),
    ] = None,
    locale: Annotated[
        str | None,
        typer.Option(
            metavar="TAG",
            autocompletion=complete_locale,
            help="The language of a citation's own words, such as ru-RU.",
        ),
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="TAG", help="Titles and names in this language where they are known, such as zh.")
    ] = "",
    format: Annotated[
        str | None,
        typer.Option("--format", "-f", metavar="|".join(FORMATS), help="Default: text, styled on a terminal."),
    ] = None,
    in_text: Annotated[bool, typer.Option("--in-text", help="The citation for the running text.")] = False,
    narrative: Annotated[bool, typer.Option("--narrative", help="With the author in the text: Author (2024).")] = False,
    note: Annotated[bool, typer.Option("--note", help="The keys as notes, one after the other: first, ibid.")] = False,
    locator: Annotated[str, typer.Option(metavar="TEXT", help='The place cited: "p. 12", "chapter 3".')] = "",
    in_order: Annotated[
        bool, typer.Option("--in-order/--sort", help="Keep the order of the keys, or sort as the style does.")
    ] = False,
    links: Annotated[bool, typer.Option("--links", help="Make DOIs and URLs links.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Tell what made each piece of the entries.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --explain: a JSON object a piece.")] = False,
    copy: Annotated[bool, typer.Option("--copy", help="Put it on the clipboard too.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Print a bibliography in any CSL style.

    Without keys it is that of the whole library.

    \b
    Examples:
      refs cite khristoforov2024soviet --style apa
      refs cite --style gost-r-7-0-5-2008 --locale ru-RU
      refs cite KEY --in-text --locator "p. 12"
      refs cite KEY OTHER KEY --note --style chicago-notes-bibliography
      refs cite --format html > bibliography.html
      refs cite KEY --explain
    """
    from refs.actions import citing

    if format and format not in FORMATS:
        raise UsageError(f"no format is called {format!r}; there are {', '.join(FORMATS)}")
    if in_text + narrative + note + explain > 1:
        raise UsageError(MODES)
    if as_json and not explain:
        raise UsageError("--json goes with --explain; --format json prints the bibliography as JSON")
    if style and len(style) > 1 and format not in (None, "text", "markdown"):
        raise UsageError(f"several styles at once print text, not {format}")
    place = citing.read_locator(locator) if locator else None
    if place and not (in_text or narrative or note):
        raise UsageError("--locator goes with --in-text, --narrative or --note")
    target = format or ("terminal" if console.is_styled(sys.stdout) and not copy else "text")
    references = library(library_path).references(keys or ())
    if not references:
        console.say("the library is empty: refs add IDENTIFIER")
        return
    if language:
        references = [citing.in_language(reference, language) for reference in references]
    shown = []
    for name in style or [setting("style")]:
        made = citing.processor(references, name, setting("locale", locale), links=links, in_order=in_order)
        if explain:
            if len(style or ()) > 1 and not as_json:
                console.out(console.visible(name))
            _explain(made, as_json)
        elif in_text or narrative:
            mode = "composite" if narrative else ""
            clusters = [[r.key for r in references]] if keys else [[r.key] for r in references]
            shown.append("\n".join(citing.in_text(made, cluster, target, place, mode) for cluster in clusters))
        elif note:
            shown.append("\n".join(citing.notes(made, keys or [r.key for r in references], target, place)))
        else:
            shown.append(_bibliography(made, name, target))
        if style and len(style) > 1 and shown:
            shown[-1] = f"{console.visible(name)}\n{shown[-1]}\n"
        for problem in made.problems:
            console.complain(problem)
    text = "\n".join(shown)
    if text:
        console.out(text)
    if copy:
        from refs import clipboard

        clipboard.copy(text)


def _explain(made: Processor, as_json: bool) -> None:
    """Print a row a piece: the text, what made it and where in the style, its field, its term of the locale."""
    from refs.csl.explain import explain_entry

    for key in made.order():
        for piece in explain_entry(made, key):
            if as_json:
                _print_json(piece)
                continue
            place = f"{piece.element} in line {piece.line}" + (f", macro {piece.macro}" if piece.macro else "")
            origin = " ".join(
                filter(None, (piece.variable and f"field {piece.variable}", piece.term and f"term {piece.term}"))
            )
            console.out("\t".join(console.visible(cell) for cell in (piece.text, place, origin)))


def _bibliography(made: Processor, style: str, target: str) -> str:
    if not made.has_bibliography:
        console.say(f"{style} has no bibliography; see --in-text and --note")
        return ""
    if target in ("text", "terminal"):  # a line an entry, whatever spacing the style asks of a page
        return "\n".join(entry for _, entry in made.bibliography(target))
    return made.write_bibliography(target).rstrip("\n")


def styles(
    query: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY]...", help="Words of a style's title or id, or an ISSN.")
    ] = None,
    format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="author, author-date, label, note or numeric.")
    ] = None,
    field: Annotated[str | None, typer.Option(metavar="FIELD", help="A field of study, such as biology.")] = None,
    show: Annotated[
        str, typer.Option(metavar="STYLE", autocompletion=complete_style, help="Print five kinds of work in a style.")
    ] = "",
    check: Annotated[str, typer.Option(metavar="FILE", help="Look for mistakes in a style's file.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """List the CSL styles, or those that a query finds.

    The CSL project made them: https://citationstyles.org

    \b
    Examples:
      refs styles chicago
      refs styles 0028-0836
      refs styles --format numeric --field biology
      refs styles --show apa
      refs styles --check my-journal.csl
    """
    if format and format not in CITATION_FORMATS:
        raise UsageError(f"no citation format is called {format!r}; there are {', '.join(CITATION_FORMATS)}")
    if show:
        _show_style(show)
    elif check:
        _check_style(Path(check), as_json)
    else:
        _list_styles(" ".join(query or []), format, field, as_json)


def _list_styles(query: str, format: str | None, field: str | None, as_json: bool) -> None:
    from refs.csl import repository

    found = repository.search_styles(query, format, field)
    for style in found:
        if as_json:
            _print_json(style)
        else:
            console.out(f"{console.visible(style.id)}\t{console.visible(style.title)}")
    console.say(f"{len(found) or 'no'} style{'s' * (len(found) != 1)}. {repository.ATTRIBUTION}")


def _show_style(name: str) -> None:
    import json

    from refs.csl import Processor, Style
    from refs.sample import WORKS

    items = json.loads(WORKS.read_text(encoding="utf-8"))
    made = Processor(Style.load(name), items)
    target = "terminal" if console.is_styled(sys.stdout) else "text"
    console.out("\n".join(made.cite([{"id": item["id"]}], format=target) for item in items))
    if made.has_bibliography:
        console.out(f"\n{made.write_bibliography(target)}")


def _check_style(path: Path, as_json: bool) -> None:
    from refs.actions.importing import read_bytes
    from refs.csl.check import check_style

    problems = check_style(read_bytes(path), str(path))
    for problem in problems:
        if as_json:
            _print_json(problem)
        else:
            place = f"{path}:{problem.line}:{problem.column}"
            console.out(console.visible(f"{place}: {problem.severity}: {problem.message}"))
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    console.say(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}")
    if errors:
        raise typer.Exit(1)


def _print_json(value: Any) -> None:
    from dataclasses import asdict

    from refs.formats import csljson

    console.out(csljson.dumps(asdict(value)))

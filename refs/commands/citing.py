"""The commands that print formatted citations: cite, styles."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from refs import console
from refs.commands.locking import LockedOption, LockOption, built_from
from refs.commands.options import (
    PARTIAL,
    JsonLinesOption,
    KeysArgument,
    LibraryOption,
    WhereOption,
    complete_locale,
    complete_style,
    library,
    refuse_several,
    selected,
    setting,
    tell_pending,
)
from refs.errors import ParseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.actions.citing import Locator
    from refs.actions.locking import Shelf
    from refs.csl import Processor
    from refs.csl.explain import Piece
    from refs.model import Reference

CITATION_FORMATS = ("author", "author-date", "label", "note", "numeric")
FORMATS = ("text", "html", "markdown", "latex", "typst", "rtf", "json")

StyleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--style",
        "-s",
        metavar="STYLE",
        autocompletion=complete_style,
        help="A CSL style: its name, title, journal, ISSN or file; again for more. Default: the setting, else apa.",
    ),
]
LocaleOption = Annotated[
    str | None,
    typer.Option(
        metavar="TAG", autocompletion=complete_locale, help="The language of a citation's own words, such as ru-RU."
    ),
]
LanguageOption = Annotated[
    str, typer.Option(metavar="TAG", help="Titles and names in this language where they are known, such as zh.")
]
FormatOption = Annotated[
    str | None, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="Default: text, styled on a terminal.")
]
InTextOption = Annotated[bool, typer.Option("--in-text", help="The citation for the running text.")]
NarrativeOption = Annotated[bool, typer.Option("--narrative", help="With the author in the text: Author (2024).")]
NoteOption = Annotated[bool, typer.Option("--note", help="The keys as notes, one after the other: first, ibid.")]
LocatorOption = Annotated[
    str, typer.Option(metavar="TEXT", help='The place cited: "p. 12", "chapter 3"; also in the output\'s language.')
]
OrderOption = Annotated[
    bool, typer.Option("--in-order/--sort", help="Keep the order of the keys, or sort as the style does.")
]
CitedInOption = Annotated[
    list[Path] | None, typer.Option("--cited-in", metavar="DOC", help="What this document cites; may be given again.")
]
LinksOption = Annotated[bool, typer.Option("--links", help="Make DOIs and URLs links.")]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Tell what made each piece: element, field, term.")]
PiecesOption = Annotated[bool, typer.Option("--json", help="With --explain: a JSON object a piece.")]
CopyOption = Annotated[bool, typer.Option("--copy", help="Put it on the clipboard too.")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `refs cite` is to print, the same in every style.

    `mode` is "" for a bibliography, "in-text", "narrative" or "note"; `clusters` holds the keys of each citation.
    """

    mode: str
    format: str
    locator: str
    explain: bool
    as_json: bool
    clusters: Sequence[Sequence[str]] = ()


def cite(
    keys: KeysArgument = None,
    style: StyleOption = None,
    locale: LocaleOption = None,
    language: LanguageOption = "",
    format: FormatOption = None,
    in_text: InTextOption = False,
    narrative: NarrativeOption = False,
    note: NoteOption = False,
    locator: LocatorOption = "",
    in_order: OrderOption = False,
    links: LinksOption = False,
    explain: ExplainOption = False,
    as_json: PiecesOption = False,
    copy: CopyOption = False,
    cited_in: CitedInOption = None,
    locked: LockedOption = False,
    lock_file: LockOption = "",
    where: WhereOption = "",
    library_path: LibraryOption = None,
) -> None:
    """Print a bibliography in any CSL style.

    Without keys it is that of the whole library; with --cited-in that of documents, in the order of citation where the
    style does not sort.

    \b
    Examples:
      refs cite khristoforov2024soviet --style apa
      refs cite --style gost-r-7-0-5-2008 --locale ru-RU
      refs cite KEY --in-text --locator "p. 12"
      refs cite KEY OTHER KEY --note --style chicago-notes-bibliography
      refs cite --format html > bibliography.html
      refs cite --cited-in paper.md --style ieee
      refs cite KEY --explain
    """
    from refs.actions import citing

    names = style or [setting("style")]
    modes = [mode for mode, chosen in (("in-text", in_text), ("narrative", narrative), ("note", note)) if chosen]
    _check_choices(modes, format, locator, explain, as_json, len(names) > 1)
    shelf: Shelf | None = None
    if locked or lock_file:
        build = built_from(cited_in or (), lock_file, style=style, locale=locale, language=language)
        shelf, names, locale, language = build.shelf, [build.style], build.locale, build.language
    references, problems = _references(keys or (), cited_in or (), where, library_path, shelf)
    if not references and not problems:
        console.say(_nothing(cited_in, where))
        return
    if language:
        references = [citing.in_language(reference, language) for reference in references]
    target = format or ("terminal" if console.is_styled(sys.stdout) and not copy else "text")
    cited = keys or [reference.key for reference in references]
    clusters = [list(dict.fromkeys(cited))] if keys and not note else [[key] for key in cited]
    wanted = Wanted("".join(modes), target, locator, explain, as_json, clusters)
    texts = []
    for name in names:
        made = citing.processor(references, name, setting("locale", locale), links=links, in_order=in_order)
        text = _printed(made, name, wanted)
        titled = len(names) > 1 and not as_json
        texts.append(f"{console.visible(name)}\n{text}\n" if titled else text)
        for problem in made.problems:
            console.complain(problem)
    _hand_over("\n".join(texts) if references else "", copy)
    tell_pending(references)
    for problem in problems:
        console.complain(problem)
    if problems:
        raise typer.Exit(PARTIAL)


def _references(
    keys: Sequence[str], documents: Sequence[Path], where: str, library_path: str | None, shelf: Shelf | None
) -> tuple[list[Reference], list[str]]:
    """Return the references that are asked for, and a line for each that a document cites and nobody knows."""
    refuse_several(keys, documents, where)
    if not documents:
        return selected(library(library_path), keys, where), []
    from refs.actions import scanning

    found = scanning.scan(shelf or library(library_path), documents)
    return found.once, found.problems


def _nothing(cited_in: Sequence[Path] | None, where: str) -> str:
    found = "nothing matches" if where else "the library is empty: refs add IDENTIFIER"
    return "nothing is cited" if cited_in else found


def _hand_over(text: str, copy: bool) -> None:
    if text:
        console.out(text)
    if copy:
        from refs import clipboard

        clipboard.copy(text)


def _check_choices(
    modes: Sequence[str], format: str | None, locator: str, explain: bool, as_json: bool, several: bool
) -> None:
    """Raise UsageError for options that contradict each other."""
    if format and format not in FORMATS:
        raise UsageError(f"no format is called {format!r}; there are {', '.join(FORMATS)}")
    if len(modes) > 1:
        raise UsageError("--in-text, --narrative and --note exclude each other")
    if explain and "note" in modes:
        raise UsageError("--explain goes with --in-text or --narrative, or explains the bibliography; not --note")
    if explain and format not in (None, "text"):
        raise UsageError(f"--explain prints text or --json, not {format}")
    if as_json and not explain:
        raise UsageError("--json goes with --explain; --format json prints the bibliography as JSON")
    if several and format not in (None, "text", "markdown"):
        raise UsageError(f"several styles at once print text, not {format}")
    if locator and not modes:
        raise UsageError("--locator goes with --in-text, --narrative or --note")


def _printed(made: Processor, style: str, wanted: Wanted) -> str:
    """Return what is wanted in one style."""
    from refs.actions import citing

    place = citing.read_locator(wanted.locator, made.compiled.locale) if wanted.locator else None
    if place and not citing.prints_locators(made):
        console.say(f"{style} prints no locators")
    if not wanted.mode and not made.has_bibliography:
        console.say(f"{style} has no bibliography; see --in-text and --note")
        return ""
    if wanted.explain:
        return _explained(made, style, wanted, place)
    if not wanted.mode:
        return _bibliography(made, wanted.format)
    return "\n".join(citing.citations(made, wanted.mode, wanted.clusters, wanted.format, place))


def _explained(made: Processor, style: str, wanted: Wanted, place: Locator | None) -> str:
    """Return a row a piece: the text, what made it and where in the style, its field, its term of the locale."""
    from dataclasses import asdict

    from refs.actions import citing

    found = citing.explain(made, wanted.mode, wanted.clusters, place)
    if wanted.as_json:
        return "\n".join(
            _json({"style": style, "keys": keys} | asdict(piece)) for keys, pieces in found for piece in pieces
        )
    return "\n\n".join(console.table([_row(piece) for piece in pieces]) for _, pieces in found)


def _row(piece: Piece) -> tuple[str, str, str]:
    place = f"{piece.element} in line {piece.line}" + (f", macro {piece.macro}" if piece.macro else "")
    origin = [f"field {piece.variable}"] if piece.variable else []
    return piece.text, place, " ".join([*origin, f"term {piece.term}"] if piece.term else origin)


def _bibliography(made: Processor, target: str) -> str:
    if target in ("text", "terminal"):  # a line an entry, whatever spacing the style asks of a page
        return "\n".join(entry for _, entry in made.bibliography(target))
    return made.write_bibliography(target).rstrip("\n")


FormatsOption = Annotated[
    str | None, typer.Option("--format", metavar="FORMAT", help="author, author-date, label, note or numeric.")
]
FieldOption = Annotated[str | None, typer.Option(metavar="FIELD", help="A field of study, such as biology.")]
ShowOption = Annotated[
    str | None,
    typer.Option(metavar="STYLE", autocompletion=complete_style, help="Print five kinds of work in a style."),
]
CheckOption = Annotated[str | None, typer.Option(metavar="FILE", help="Look for mistakes in a style's file.")]


def styles(
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUERY]...", help="Words of a title or id, an ISSN, a field, a format."),
    ] = None,
    format: FormatsOption = None,
    field: FieldOption = None,
    show: ShowOption = None,
    check: CheckOption = None,
    as_json: JsonLinesOption = False,
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
    searched = bool(query or format or field)
    if searched + (show is not None) + (check is not None) > 1:
        raise UsageError("a search, --show and --check exclude each other")
    if show is not None:
        _show_style(show, as_json)
    elif check is not None:
        _check_style(Path(check), as_json)
    else:
        _list_styles(" ".join(query or []), format, field, as_json)


def _list_styles(query: str, format: str | None, field: str | None, as_json: bool) -> None:
    from dataclasses import asdict

    from refs.csl import repository
    from refs.csl.schema import FIELDS

    if field and field not in FIELDS:
        raise UsageError(f"no field of study is called {field!r}; there are {', '.join(sorted(FIELDS))}")
    found = repository.search_styles(query, format, field)
    for style in found:
        console.out(_json(asdict(style)) if as_json else f"{console.visible(style.id)}\t{console.visible(style.title)}")
    console.say(f"{len(found) or 'no'} style{'s' * (len(found) != 1)}. {repository.ATTRIBUTION}")


def _show_style(name: str, as_json: bool) -> None:
    import json

    from refs.csl import Processor, Style
    from refs.sample import WORKS

    items = json.loads(WORKS.read_text(encoding="utf-8"))
    made = Processor(Style.load(name), items)
    target = "terminal" if console.is_styled(sys.stdout) and not as_json else "text"
    citations = {item["id"]: made.cite([{"id": item["id"]}], format=target) for item in items}
    if as_json:
        entries = dict(made.bibliography(target))
        for item in items:
            key = item["id"]
            record = {"id": key, "type": item["type"], "citation": citations[key], "entry": entries.get(key, "")}
            console.out(_json(record))
        return
    console.out("\n".join(citations.values()))
    if made.has_bibliography:
        console.out(f"\n{made.write_bibliography(target)}")


def _check_style(path: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from refs.actions.reading import read_bytes
    from refs.csl.check import check_style

    name = "<stdin>" if str(path) == "-" else str(path)
    problems = check_style(read_bytes(path), name)
    for problem in problems:
        line = f"{name}:{problem.line}:{problem.column}: {problem.severity}: {problem.message}"
        console.out(_json({"file": name} | asdict(problem)) if as_json else console.visible(line))
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    console.say(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}")
    if errors:
        raise typer.Exit(ParseError.exit_code)


def _json(value: Any) -> str:
    from refs.formats import csljson

    return csljson.dumps(value)

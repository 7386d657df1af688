"""The command that formats .bib files: `refs fmt`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.options import PARTIAL

if TYPE_CHECKING:
    from refs.actions.fmt import Outcome

STDIN = "<stdin>"
WOULD_CHANGE = 1  # the code of `--check`, as black and ruff have it


def fmt(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.bib...", help="The files; - is stdin to stdout.")],
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 when a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; print what would change.")] = False,
    names: Annotated[bool, typer.Option("--names", help="Types and field names in lower case.")] = False,
    layout: Annotated[bool, typer.Option("--layout", help="A field a line, indented, with a comma.")] = False,
    months: Annotated[bool, typer.Option("--months", help="month = jan, not {January} or 1.")] = False,
    pages: Annotated[bool, typer.Option("--pages", help="pages = {1--10}, not {1-10}.")] = False,
    doi: Annotated[bool, typer.Option("--doi", help="doi = {10...}, not an address.")] = False,
    standard: Annotated[bool, typer.Option("--standard", help="These five; so it is without any of these.")] = False,
    order: Annotated[bool, typer.Option("--order", help="Fields in the customary order: author, title...")] = False,
    lower_keys: Annotated[bool, typer.Option("--lower-keys", help="Keys, and the crossrefs to them.")] = False,
    sort: Annotated[
        str, typer.Option("--sort", metavar="BY", help="Sort by key, author, year, title, type: -year,author.")
    ] = "",
    indent: Annotated[int, typer.Option("--indent", min=0, max=16, help="The blanks before a field.")] = 2,
    align: Annotated[bool, typer.Option("--align", help="The = of an entry below each other.")] = False,
    trailing_comma: Annotated[
        bool, typer.Option("--trailing-comma/--no-trailing-comma", help="A comma after the last field.")
    ] = True,
) -> None:
    """Format .bib files in place, and change nothing else in them.

    Comments, @strings, encoding and line ends stay; blocks that cannot be read are told and left as they are. Without
    options it does what --standard says; with options only what they name. Duplicates are told, never removed.

    \b
    Examples:
      refs fmt refs.bib
      refs fmt --check --diff chapters/*.bib
      refs fmt --standard --sort key refs.bib
    """
    from refs.actions.fmt import format_files
    from refs.formats.bibfmt import DEFAULT, Rules

    chosen = (names, layout, months, pages, doi, order, lower_keys, sort)
    base = DEFAULT if standard or not any(chosen) else Rules()
    rules = Rules(
        names=names or base.names,
        layout=layout or base.layout,
        months=months or base.months,
        pages=pages or base.pages,
        doi=doi or base.doi,
        order=order,
        lower_keys=lower_keys,
        sort=sort,
        indent=indent,
        align=align,
        trailing_comma=trailing_comma,
    )
    codes = [0]
    for outcome in format_files(files, rules, write=not (check or diff)):
        _print(outcome, check=check, diff=diff)
        codes.append(_code(outcome, len(files), check=check))
    raise typer.Exit(max(codes))


def _code(outcome: Outcome, files: int, *, check: bool) -> int:
    """Return the exit code that one file asks for: its error's when it is the only one."""
    if outcome.error:
        return outcome.error.exit_code if files == 1 else PARTIAL
    return PARTIAL if outcome.problems else WOULD_CHANGE if check and outcome.differs else 0


def _print(outcome: Outcome, *, check: bool, diff: bool) -> None:
    """Print the text of standard input or the differences, and say what became of a file."""
    if outcome.error:
        console.complain(str(outcome.error))
        return
    if diff:
        _print_diff(outcome)
    elif outcome.file == STDIN and not check:
        _print_data(outcome)
    for notice in outcome.notices:
        console.say(notice)
    for problem in outcome.problems:
        console.complain(problem)
    if outcome.file != STDIN or check:
        console.say(_summary(outcome, check or diff))


def _summary(outcome: Outcome, dry: bool) -> str:
    if not outcome.differs or outcome.result is None:
        return f"unchanged: {outcome.file}"
    changed, moved = outcome.result.changed, outcome.result.moved
    counts = console.joined([(changed, "entry changed" if changed == 1 else "entries changed"), (moved, "moved")])
    return f"{'would format' if dry else 'formatted'} {outcome.file}: {counts}"


def _print_diff(outcome: Outcome) -> None:
    """Print a unified difference; on a terminal, what a file made up is made visible."""
    from difflib import unified_diff

    after = outcome.result.text if outcome.result else ""
    before, after_lines = outcome.before.split("\n"), after.split("\n")
    show = console.visible if sys.stdout.isatty() else str
    for line in unified_diff(before, after_lines, outcome.file, outcome.file, lineterm=""):
        console.out(show(line.removesuffix("\n")))


def _print_data(outcome: Outcome) -> None:
    """Print the very bytes, on a terminal a text that cannot move its cursor."""
    if sys.stdout.isatty() and outcome.result:
        for line in outcome.result.text.splitlines():
            console.out(console.visible(line))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(outcome.data)
    sys.stdout.buffer.flush()

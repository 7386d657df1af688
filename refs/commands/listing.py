"""The command that finds references in the library: list."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from refs import console
from refs.commands.options import JsonOption, LibraryOption, library
from refs.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from refs.model import Reference
    from refs.store import Library

T = TypeVar("T")

MOST_LINES = 100  # references that a terminal gets unless it asks for more


def complete_sort(incomplete: str) -> list[str]:
    """Return the orders that begin so, for the shell."""
    from refs.search import SORTS

    return [name for name in SORTS if name.startswith(incomplete)]


def list_references(
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUERY]...", help="Words, and conditions such as year:>2000; see below."),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            metavar="key|year|added|author|title|relevance",
            autocompletion=complete_sort,
            help="Default: relevance where words are looked for, else key.",
        ),
    ] = "",
    reverse: Annotated[bool, typer.Option("--reverse", "-r", help="The other way round.")] = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", "-n", min=0, help="At most so many; 0 is all. Default: 100 on a terminal, else all."),
    ] = None,
    format: Annotated[
        str,
        typer.Option("--format", metavar="TEMPLATE", help=r"A line each, such as '{key}\t{author} {year}: {title}'."),
    ] = "",
    as_json: JsonOption = False,
    library_path: LibraryOption = None,
) -> None:
    """List the references, or those that a query finds, the best first.

    \b
    A word finds what begins with it, without case and accents, in any field;
    *word also inside words; "two words" as they stand. Fields: author: title:
    journal: tag: key: type: year: added: collection: has: no: and any CSL name.
    OR, NOT or -, and parentheses join them.

    \b
    Examples:
      refs list
      refs list khristoforov finland
      refs list 'author:watson year:1950..1959 -title:"nucleic acid"'
      refs list 'tag:thesis (no:DOI OR added:>2024-05)' --sort year --reverse
      refs list --json | jq -r .title
      refs list --format '{key}\t{author} {year}: {title}'
    """
    shelf = library(library_path)
    _check_sort(sort)
    text = " ".join(query or [])
    most = limit if limit is not None else MOST_LINES if sys.stdout.isatty() and not as_json else 0
    if as_json or format:
        from refs.actions.listing import template

        write = template(format) if format else _json
        for reference in _some(shelf, text, shelf.each(text, sort, reverse=reverse, limit=most)):
            console.out(write(reference))
    else:
        rows = _some(shelf, text, shelf.each_row(text, sort, reverse=reverse, limit=most and most + 1))
        console.print_rows(islice(rows, most or None))
        if limit is None and next(rows, None):
            console.say(f"these are the first {most}; refs list --limit 0 shows all")


def _some(shelf: Library, text: str, found: Iterator[T]) -> Iterator[T]:
    """Yield what was found; say so when that is nothing."""
    first = next(found, None)
    if first is None:
        console.say("nothing matches" if text and len(shelf) else "the library is empty: refs add IDENTIFIER")
    else:
        yield first
        yield from found


def _json(reference: Reference) -> str:
    from refs.formats import csljson

    return csljson.dumps(csljson.to_json(reference))


def _check_sort(sort: str) -> None:
    from refs.search import SORTS

    if sort and sort not in SORTS:
        from refs.citekeys import nearest

        near = nearest(sort, SORTS)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(SORTS)}"
        raise UsageError(f"no order is called {sort!r}; {hint}")

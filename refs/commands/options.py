"""The options and arguments that several commands share, and what they stand for."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import config, console
from refs.database import without_secrets
from refs.errors import UsageError
from refs.store import Library

if TYPE_CHECKING:
    from refs.model import Reference

LONGEST_COMMAND = 200  # characters of it that the log keeps
PARTIAL = 3  # some of the inputs failed, the others were done

FLAGS: dict[str, str | None] = {}  # the options that stood before the command


def complete_key(context: typer.Context, incomplete: str) -> list[str]:
    """Return the keys that begin so, for the shell, in the library that the line names."""
    outer = context.parent.params.get("library") if context.parent else None
    return library(context.params.get("library_path") or outer).keys(incomplete)


def complete_type(incomplete: str) -> list[str]:
    """Return the CSL types that begin so, for the shell."""
    from refs.model import TYPES

    return sorted(type for type in TYPES if type.startswith(incomplete))


def complete_locale(incomplete: str) -> list[str]:
    """Return the locales that begin so, for the shell."""
    from refs.csl.repository import locales

    return [tag for tag in locales() if tag.startswith(incomplete)]


def complete_style(incomplete: str) -> list[str]:
    """Return the styles whose names begin so, for the shell."""
    from refs.csl.repository import search_styles

    return sorted(style.id for style in search_styles("") if style.id.startswith(incomplete))


LibraryOption = Annotated[
    str | None,
    typer.Option("--library", metavar="PATH", help="The library's file, or postgresql://..., in place of your own."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print CSL-JSON, one object a line.")]
JsonLinesOption = Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")]
KeyArgument = Annotated[str, typer.Argument(metavar="KEY", autocompletion=complete_key)]
KeysArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY]...", autocompletion=complete_key, show_default=False)
]

WhereOption = Annotated[
    str, typer.Option("--where", metavar="QUERY", help="All that `refs list QUERY` finds, in place of keys.")
]


def setting(name: str, flag: str | None = None) -> str:
    """Return a setting: the flag, else what `config.choices` finds, else ""."""
    choice = config.choices({**FLAGS, name: flag or FLAGS.get(name)}).get(name)
    return choice.value if choice else ""


def library(path: str | None) -> Library:
    """Return the library that the flags and settings name: a file, or the URL of a server."""
    place = setting("library", path)
    keys = (setting("key-pattern"), setting("key-schemes"))
    return Library(place if "://" in place else Path(place).expanduser(), command_line(), *keys)


def selected(shelf: Library, keys: Sequence[str], where: str) -> list[Reference]:
    """Return the references of the keys, in that order, or what a query finds, in the order it came; else all."""
    return list(shelf.each(where, "added")) if where.strip() else shelf.references(keys)


def refuse_several(keys: Sequence[str] | None, documents: Sequence[Path] | None, where: str) -> None:
    """Raise UsageError when more than one way of choosing references is given."""
    if sum(map(bool, (keys, documents, where))) > 1:
        raise UsageError("give keys, --cited-in or --where, not several of them")


def command_line(arguments: Sequence[str] | None = None) -> str:
    """Return the command as the log keeps it: without passwords in URLs, and no longer than a person reads."""
    words = sys.argv[1:] if arguments is None else arguments
    line = shlex.join(["refs", *map(without_secrets, words)])
    line = line.encode("utf-8", "backslashreplace").decode()  # a path may be no text
    return line if len(line) <= LONGEST_COMMAND else f"{line[:LONGEST_COMMAND]}…"


def tell_pending(references: Iterable[Reference]) -> None:
    """Say which of them are stubs, which print as placeholders."""
    from refs.actions.pending import told

    if line := told(references):
        console.say(line)


def print_json(references: Iterable[Reference]) -> None:
    """Print CSL-JSON, an object a line."""
    from refs.formats import csljson

    for reference in references:
        console.out(csljson.dumps(csljson.to_json(reference)))


def finish(failed: int, done: int, code: int) -> None:
    """Leave with 0 when all was done, PARTIAL when some was, else with the error's code."""
    if failed:
        raise typer.Exit(PARTIAL if done else code)

"""The commands about what belongs to a reference beside its fields: note, attach, open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.options import KeyArgument, LibraryOption, library
from refs.errors import UsageError

if TYPE_CHECKING:
    from refs.actions.opening import Located


def note(
    key: KeyArgument,
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help='The note; - reads stdin, "" takes it away.', show_default=False),
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="Keep what the note says, and add this.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Write a private note on a reference, here or in your editor.

    \b
    Examples:
      refs note watson1953 "The figure is by Odile Crick."
      refs note watson1953
    """
    from refs.actions import editing

    shelf = library(library_path)
    said = sys.stdin.read() if text == ["-"] else None if text is None else " ".join(text)
    if add:
        if not said:
            raise UsageError("--add takes the text to add")
        said = f"{shelf.get(key).text('annote')} {said}"
    changed = editing.note(shelf, key, said)
    console.say(f"noted on {key}" if changed else f"the note on {key} is unchanged")


def attach(
    key: KeyArgument,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Files; with --detach names or numbers.")
    ] = None,
    copy: Annotated[bool, typer.Option("--copy/--link", help="Copy them into a folder beside the library.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Take them off; the files stay.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List what is attached.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="List as a JSON object a file.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Attach files to a reference, and list them.

    \b
    Examples:
      refs attach watson1953 ~/papers/dna.pdf
      refs attach watson1953 dna.pdf --copy
      refs attach watson1953 --list
      refs attach watson1953 --detach dna.pdf
    """
    from refs.actions import attaching, opening

    if sum((copy, detach, listing or as_json)) > 1:
        raise UsageError("--copy, --detach and --list exclude each other")
    shelf = library(library_path)
    if listing or as_json or not files:
        if files or detach:
            raise UsageError("say what to detach" if detach else "--list takes a key alone")
        _list(key, opening.located(shelf, shelf.get(key)), as_json)
    elif detach:
        for gone in attaching.detach(shelf, key, files):
            console.say(f"took {gone.path} off {key}; the file stays")
    else:
        for path in attaching.attach(shelf, key, [Path(file) for file in files], copy=copy):
            console.say(f"attached {path} to {key}")


def _list(key: str, found: list[Located], as_json: bool) -> None:
    from refs.formats import csljson

    if not found and not as_json:
        console.say(f"nothing is attached to {key}")
    for number, one in enumerate(found, 1):
        path = str(one.path) if one.path else None
        if as_json:
            row = {"number": number, "name": one.attachment.name, "path": one.attachment.path, "file": path}
            console.out(csljson.dumps(row))
        else:
            console.out(console.visible(f"{number}  {path or one.attachment.path}{'' if path else '  (missing)'}"))


def open_(
    key: KeyArgument,
    printing: Annotated[bool, typer.Option("--print", help="Print the path or address, and open nothing.")] = False,
    web: Annotated[bool, typer.Option("--web", help="Open the DOI or URL even when a file is attached.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask about a path that an import brought.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Open a reference's PDF, or else its DOI or URL.

    \b
    Examples:
      refs open watson1953
      refs open watson1953 --web --print
    """
    from refs.actions import opening

    shelf = library(library_path)
    what, foreign = opening.target(shelf, shelf.get(key), web=web)
    if printing:
        console.out(console.visible(what))
        return
    if foreign and not yes and not console.confirm(f"open {what}, a path that an import brought?"):
        raise UsageError(f"not opened: {what} came with an import; say --yes to open it")
    opening.open_target(what)
    console.say(f"opened {what}")

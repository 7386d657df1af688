"""The commands that look at one reference and change it: show, edit, remove."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.options import KeyArgument, LibraryOption, complete_key, library, print_json

if TYPE_CHECKING:
    from refs.change import Change
    from refs.errors import RefsError
    from refs.model import Reference
    from refs.store import Library


def show(
    key: KeyArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print the CSL-JSON object.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Show all that is known of a reference.

    \b
    Example:
      refs show khristoforov2024soviet
    """
    shelf = library(library_path)
    (own,) = shelf.own([key])
    aliases = list(shelf.aliases(own.key))
    if as_json:
        from refs.formats import csljson

        item = csljson.to_json(own) | {"id": key}
        item |= {"custom": {**item.get("custom", {}), "aliases": aliases}} if aliases else {}
        console.out(csljson.dumps(item, indent=2))
    else:
        _print(shelf, own, aliases)


def _print(shelf: Library, reference: Reference, aliases: Sequence[str]) -> None:
    """Print a reference for reading; what is the person's own comes last: tags, note, files."""
    from dataclasses import replace

    from refs.actions.merging import taken_in, versions
    from refs.actions.opening import located
    from refs.text import plain

    files = located(shelf, reference)
    shown = {one.attachment.field for one in files}
    console.print_fields(
        replace(
            reference,
            fields={name: value for name, value in reference.fields.items() if name not in ("keyword", "annote")},
            extra={name: text for name, text in reference.extra.items() if name not in shown},
        )
    )
    paths = ((str(one.path) if one.path else f"{one.attachment.path} (missing)") for one in files)
    rows = [
        *(("also found by", alias) for alias in aliases),
        *(("version", f"{one.key}: {console.summary(one)}") for one in versions(shelf, reference.key)),
        *(
            (f"{key} said", f"{name}: {text}")
            for key, said in taken_in(shelf, reference.key)
            for name, text in said.items()
        ),
        ("tags", reference.text("keyword")),
        ("note", plain(reference.text("annote"))),
        *(("file", path) for path in paths),
    ]
    for name, text in rows:
        if text:
            console.print_field(name, text)


def edit(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", autocompletion=complete_key)],
    library_path: LibraryOption = None,
) -> None:
    """Change references in your editor, as YAML; a changed id renames.

    The editor is $VISUAL or $EDITOR. What others changed meanwhile is kept beside your changes.

    \b
    Examples:
      EDITOR=nano refs edit khristoforov2024soviet
      refs edit watson1953 crick1970
    """
    from refs.actions import editing

    try:
        edited = editing.edit(library(library_path), keys, again=_asks_again)
    except KeyboardInterrupt as interrupt:
        for line in getattr(interrupt, "__notes__", ()):
            console.complain(line)
        raise
    for one in edited:
        now = f"; it is now {one.after.key}" if one.after.key != one.before.key else ""
        console.say(f"changed {one.before.key}{now}" if one.changed else f"{one.before.key} is unchanged")
        if one.theirs:
            console.say(f"changed meanwhile and kept: {', '.join(one.theirs)}")


def _asks_again(error: RefsError) -> bool:
    """Tell what is wrong and ask whether to mend it; without a terminal nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    console.complain(str(error))
    return typer.confirm("edit again", default=True, err=True)


def remove(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", autocompletion=complete_key)],
    library_path: LibraryOption = None,
) -> None:
    """Take references out, all or none.

    They are printed as CSL-JSON; refs undo brings them back.

    \b
    Examples:
      refs remove khristoforov2024soviet
      refs remove KEY OTHER && refs undo
    """
    printed: list[Reference] = []

    def work(change: Change) -> list[Reference]:
        removed = change.remove(keys)
        if removed != printed:  # a server may give the transaction up, and have it done again
            print_json(removed)
            sys.stdout.flush()  # what cannot be printed is not removed
            printed[:] = removed
        return removed

    removed = library(library_path).apply(work)
    console.say(f"removed {', '.join(reference.key for reference in removed)}; refs undo brings it back")

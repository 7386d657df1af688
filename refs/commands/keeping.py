"""The commands that look at one reference and change it: show, edit, remove."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from refs import console
from refs.commands.options import KeyArgument, LibraryOption, complete_key, library, print_json


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
    reference = library(library_path).get(key)
    if as_json:
        from refs.formats import csljson

        console.out(csljson.dumps(csljson.to_json(reference), indent=2))
    else:
        console.print_fields(reference)


def edit(key: KeyArgument, library_path: LibraryOption = None) -> None:
    """Change a reference in your editor, as CSL-JSON.

    The editor is $VISUAL or $EDITOR.

    \b
    Example:
      EDITOR=nano refs edit khristoforov2024soviet
    """
    from refs.actions import editing

    changed = editing.edit(library(library_path), key)
    console.say(f"changed {key}" if changed else f"{key} is unchanged")


def remove(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", autocompletion=complete_key)],
    library_path: LibraryOption = None,
) -> None:
    """Take references out, all or none.

    They are printed as CSL-JSON, from which they can be imported again.

    \b
    Examples:
      refs remove khristoforov2024soviet
      refs remove KEY > removed.json; refs import removed.json
    """
    with library(library_path).change() as change:
        removed = change.remove(keys)
        print_json(removed)
        sys.stdout.flush()  # what cannot be printed is not removed
    console.say(f"removed {', '.join(reference.key for reference in removed)}")

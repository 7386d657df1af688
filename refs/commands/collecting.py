"""The command `refs collection`."""

from __future__ import annotations

from typing import Annotated

import typer

from refs import console
from refs.commands.options import JsonLinesOption, JsonOption, LibraryOption, complete_key, library

app = typer.Typer(
    help="Keep queries under a name, and lists of references.\n\nExample: refs collection add thesis KEY",
    rich_markup_mode=None,
)


def complete_collection(context: typer.Context, incomplete: str) -> list[str]:
    """Return the collections that begin so, for the shell."""
    return [
        name for name in library(context.params.get("library_path")).facts("collection") if name.startswith(incomplete)
    ]


NameArgument = Annotated[str, typer.Argument(metavar="NAME", autocompletion=complete_collection)]
KeysArgument = Annotated[list[str], typer.Argument(metavar="KEY...", autocompletion=complete_key)]


@app.callback(invoke_without_command=True)
def show_all(context: typer.Context, as_json: JsonLinesOption = False, library_path: LibraryOption = None) -> None:
    """Keep queries under a name, and lists of references; alone it lists them.

    `collection:NAME` stands for one of them in any query.

    \b
    Examples:
      refs collection
      refs collection add thesis watson1953 khristoforov2024soviet
      refs collection save unread 'tag:todo year:>2020'
      refs list collection:thesis -collection:unread
    """
    if not context.invoked_subcommand:
        listed(as_json, library_path)


@app.command("list")
def listed(as_json: JsonLinesOption = False, library_path: LibraryOption = None) -> None:
    """List the collections, as `refs collection` alone does.

    \b
    Example:
      refs collection list --json
    """
    from refs.actions.collecting import collections
    from refs.formats import csljson

    found = collections(library(library_path))
    if as_json:
        for one in found:
            console.out(csljson.dumps({"name": one.name, "query": one.query or None, "references": one.count}))
    elif found:
        console.out(console.table([(one.name, str(one.count), one.query) for one in found]))
    else:
        console.say("there are no collections: refs collection add NAME KEY")


@app.command()
def save(
    name: NameArgument,
    query: Annotated[list[str], typer.Argument(metavar="QUERY...", help="As for refs list.")],
    library_path: LibraryOption = None,
) -> None:
    """Let a name stand for a query.

    \b
    Example:
      refs collection save unread 'tag:todo year:>2020'
    """
    from refs.actions import collecting

    shelf = library(library_path)
    collecting.save(shelf, name, " ".join(query))
    console.say(f"saved {name}: refs list {collecting.asked(name)}")


@app.command()
def add(name: NameArgument, keys: KeysArgument, library_path: LibraryOption = None) -> None:
    """Put references into a list, which is made if it is new.

    \b
    Example:
      refs collection add thesis watson1953
    """
    from refs.actions import collecting

    count = collecting.gather(library(library_path), name, keys)
    console.say(f"{name}: {count} put in" if count else f"{name}: all in it already")


@app.command()
def drop(
    name: NameArgument,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", autocompletion=complete_key, show_default=False)
    ] = None,
    library_path: LibraryOption = None,
) -> None:
    """Take references out of a list; without keys forget the collection. No reference is removed.

    \b
    Examples:
      refs collection drop thesis watson1953
      refs collection drop thesis
    """
    from refs.actions import collecting

    shelf = library(library_path)
    if keys:
        count = collecting.gather(shelf, name, keys, out=True)
        console.say(f"{name}: {count} taken out" if count else f"{name}: none of them is in it")
    else:
        collecting.drop(shelf, name)
        console.say(f"forgot {name}; refs undo brings it back")


@app.command()
def show(name: NameArgument, as_json: JsonOption = False, library_path: LibraryOption = None) -> None:
    """List what is in a collection.

    \b
    Example:
      refs collection show thesis
    """
    from refs.actions.collecting import asked
    from refs.commands.listing import list_references

    list_references([asked(name)], as_json=as_json, library_path=library_path)

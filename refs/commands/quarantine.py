"""The command `refs quarantine`."""

from __future__ import annotations

from typing import Annotated

import typer

from refs import console
from refs.commands.options import JsonLinesOption, LibraryOption, library
from refs.commands.transfer import report

app = typer.Typer(
    help="List what imports could not read.\n\nExample: refs quarantine retry",
    rich_markup_mode=None,
)

NumbersArgument = Annotated[list[int] | None, typer.Argument(metavar="[NUMBER]...", help="Default: all.")]


@app.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    as_json: JsonLinesOption = False,
    library_path: LibraryOption = None,
) -> None:
    """List what imports could not read, with its number, place and reason.

    \b
    Examples:
      refs quarantine
      refs quarantine edit 3
      refs quarantine retry
      refs quarantine drop 3
    """
    if not context.invoked_subcommand:
        listed(as_json, library_path)


@app.command("list")
def listed(
    as_json: JsonLinesOption = False,
    library_path: LibraryOption = None,
) -> None:
    """List what imports could not read, as `refs quarantine` alone does.

    \b
    Example:
      refs quarantine list --json
    """
    from dataclasses import asdict

    from refs.formats import csljson

    blocks = library(library_path).quarantined()
    for block in blocks:
        if as_json:
            console.out(csljson.dumps(asdict(block)))
        else:
            console.out(
                f"{block.number}\t{console.visible(f'{block.file}:{block.line}')}\t{console.visible(block.reason)}"
            )
    if not blocks:
        console.say("nothing is quarantined")


@app.command()
def retry(numbers: NumbersArgument = None, library_path: LibraryOption = None) -> None:
    """Read quarantined blocks again; those that can be read now are added.

    \b
    Example:
      refs quarantine retry
    """
    from refs.actions import quarantine

    shelf = library(library_path)
    blocks = quarantine.chosen(shelf, numbers or ())
    if not blocks:
        console.say("nothing is quarantined")
        return
    report(quarantine.retry(shelf, blocks))


@app.command()
def edit(number: int, library_path: LibraryOption = None) -> None:
    """Mend a quarantined block in your editor and read it again.

    \b
    Example:
      refs quarantine edit 3
    """
    from refs.actions import quarantine

    report([quarantine.edit(library(library_path), number)])


@app.command()
def drop(
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER...")], library_path: LibraryOption = None
) -> None:
    """Forget quarantined blocks; they are printed as they were.

    \b
    Example:
      refs quarantine drop 3
    """
    from refs.actions import quarantine

    shelf = library(library_path)
    blocks = quarantine.chosen(shelf, numbers)
    shelf.apply(lambda change: change.release(numbers))
    for block in blocks:
        console.out("\n".join(console.visible(line) for line in block.raw.splitlines()))
    console.say(f"dropped {len(blocks)}")

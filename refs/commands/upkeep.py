"""The commands that keep the library safe: backup, restore, doctor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.options import LibraryOption, library
from refs.errors import NotFoundError, StorageError, UsageError

if TYPE_CHECKING:
    from refs.backup import Backup


def backup(
    target: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Default: the folder of backups beside the library.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the backups, the latest first.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Copy the library, and check the copy. One is made each day by itself, before the first change.

    \b
    Examples:
      refs backup
      refs backup --list
      refs backup /media/stick/library.sqlite3
    """
    from refs import backup as backups

    path = library(library_path).path
    if listed:
        found = list(_whole(path))
        console.out(console.table([(str(one.path), one.at, str(one.references)) for one in found])) if found else None
        return
    made = backups.back_up(path, target)
    console.out(console.visible(str(made.path)))
    console.say(f"{made.references} references, checked")


def restore(
    source: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A backup; default: the latest that is whole.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Put a backup in the library's place. What it replaces is kept beside the backups.

    \b
    Examples:
      refs restore
      refs restore library-backups/2026-11-21.sqlite3
    """
    from refs import backup as backups

    path = library(library_path).path
    chosen = backups.inspect(source) if source else _latest(path)
    console.say(f"{chosen.path}: {chosen.references} references, of {chosen.at}")
    if path.exists():
        console.say(f"it replaces {path}: {_holding(path)}")
        if not yes and not console.confirm("restore it?"):
            raise UsageError("nothing was changed: say --yes to do it without asking")
    found, replaced = backups.restore(path, chosen.path)
    kept = f"; what was there is now {replaced}" if replaced else ""
    console.say(f"restored {found.references} references{kept}")


def _latest(path: Path) -> Backup:
    for one in _whole(path):
        return one
    raise NotFoundError(f"{path} has no backup that can be used")


def _whole(path: Path) -> Iterator[Backup]:
    """Yield the backups of a library that can be used, and tell of the others."""
    from refs import backup as backups

    for one in backups.backups(path):
        try:
            yield backups.inspect(one)
        except StorageError as error:
            console.complain(str(error))


def _holding(path: Path) -> str:
    from refs import backup as backups

    try:
        return f"{backups.inspect(path).references} references"
    except StorageError:
        return "damaged"


def doctor(
    reindex: Annotated[bool, typer.Option("--reindex", help="Build the search index again, then look.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a finding.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Look the library over: what is wrong, what might go wrong, and how to mend it.

    Advice alone exits with 0, a problem with 5.

    \b
    Examples:
      refs doctor
      refs doctor --reindex
    """
    from dataclasses import asdict

    from refs.actions.doctor import examine
    from refs.formats import csljson

    shelf = library(library_path)
    if reindex:
        console.say(f"indexed {shelf.apply(lambda change: change.reindex())} references")
    findings = examine(shelf)
    for one in findings:
        if as_json:
            console.out(csljson.dumps(asdict(one)))
            continue
        console.out(console.visible(f"{one.level}: {one.about}: {one.message}"))
        if one.mend and one.level != "ok":
            console.out(console.visible(f"  {one.mend}"))
    if any(one.level == "problem" for one in findings):
        raise typer.Exit(StorageError.exit_code)

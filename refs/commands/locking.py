"""The command `refs lock`, and what `refs check --locked` tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.options import PARTIAL, LibraryOption, complete_locale, complete_style, library, setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.actions.locking import Made
    from refs.checking import Finding
    from refs.papers.lockfile import Lock
    from refs.store import Library

LockOption = Annotated[
    str, typer.Option("--lock", metavar="FILE", help="The lock; default: refs.lock beside the document.")
]


def lock(
    documents: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[DOC]...", help="LaTeX, Markdown, Typst, Word...; without, those of ./refs.lock."),
    ] = None,
    style: Annotated[
        str, typer.Option("--style", "-s", metavar="STYLE", autocompletion=complete_style, help="A CSL style.")
    ] = "",
    locale: Annotated[
        str, typer.Option(metavar="TAG", autocompletion=complete_locale, help="The language of its own words.")
    ] = "",
    language: Annotated[str, typer.Option(metavar="TAG", help="Titles and names in this language, such as zh.")] = "",
    lock_file: LockOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Tell what would change, write nothing.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Lock how the references of documents print, in refs.lock beside them.

    A lock that is there keeps its style, locale and language unless others are given, and what prints otherwise now
    is told. Then `refs check --locked` tells when a rebuild would print anything else. Exit code 3 says that a
    reference is missing, and the rest is locked.

    \b
    Examples:
      refs lock paper.md --style apa
      refs lock
      refs lock paper.tex --dry-run
    """
    from refs.actions import locking
    from refs.papers import lockfile
    from refs.writing import replace_file

    given = documents or []
    path = locking.place(given, lock_file)
    before = locking.read(path) if path.exists() or not given else None
    paths = locking.documents(before, path, given) if before else given
    if before:
        locale, language = locale or ("" if style else before.locale), language or before.language
        style = style or locking.style_of(before, path)
    made = locking.make(
        library(library_path), paths, path, style or setting("style"), locale or setting("locale"), language
    )
    if before:
        _print_changes(before, made, path)
    changed = not dry_run and replace_file(path, lockfile.dumps(made.lock).encode())
    state = "would lock" if dry_run else "locked" if changed else "unchanged:"
    number = len(made.lock.references)
    console.say(f"{state} {path}, {number} reference{'s' * (number != 1)} in {made.lock.style}, {made.lock.locale}")
    for problem in (*made.problems, *made.found.problems):
        console.complain(problem)
    if made.found.problems:
        raise typer.Exit(PARTIAL)


def _print_changes(before: Lock, made: Made, path: Path) -> None:
    from refs.actions import locking

    for one in locking.differences(before, made, str(path)):
        console.out(console.visible(f"{one.key}: {one.message}" if one.key else one.message))


def locked_findings(shelf: Library, given: Sequence[Path], lock_file: str) -> list[Finding]:
    """Return what a rebuild would print otherwise than the lock says; tell what differs and does not print."""
    from refs.actions import locking

    path = locking.place(given, lock_file)
    before = locking.read(path)
    paths = locking.documents(before, path, given)
    made = locking.make(shelf, paths, path, locking.style_of(before, path), before.locale, before.language)
    for line in locking.versions(before, made.lock):
        console.say(line)
    if same := locking.unprinted(before, made.lock):
        keys = ", ".join(same[:5]) + (f" and {len(same) - 5} more" if len(same) > 5 else "")
        console.say(f"the record was changed, and prints the same: {keys}")
    for problem in (*made.problems, *made.found.problems):
        console.complain(problem)
    number = len(before.references)
    console.say(f"{path}: {number} reference{'s' * (number != 1)} in {before.style}, {before.locale}")
    return locking.differences(before, made, str(path))

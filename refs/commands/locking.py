"""The command `refs lock`, and what `refs check --locked` tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import config, console
from refs.commands.options import FLAGS, PARTIAL, LibraryOption, complete_locale, complete_style, library, setting
from refs.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.actions.locking import Build, Made
    from refs.checking import Finding
    from refs.papers.lockfile import Lock
    from refs.store import Library

LockedOption = Annotated[bool, typer.Option("--locked", help="With --cited-in: build from refs.lock, not the library.")]
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
    paths = locking.documents(before, path, given, more=True) if before else given
    if before:
        locale = locale or ("" if style else locking.locale_of(before))
        language = language or before.language
        style = style or locking.style_of(before, path)
    own_style, own_locale = locking.style_and_locale(paths, setting("style"), setting("locale"))
    style, locale = style or own_style, locale or own_locale
    made = locking.make(library(library_path), paths, path, style, locale, language, before)
    if before and (before.style, before.locale, before.language) == (made.lock.style, made.lock.locale, language):
        _print_changes(before, made, path)
    if made.lacking:
        console.say(f"kept as it was locked, since the library lacks it: {locking.listed(made.lacking)}")
    changed = not dry_run and replace_file(path, lockfile.dumps(made.lock).encode())
    state = "would lock" if dry_run else "locked" if changed else "unchanged:"
    console.say(f"{state} {path}, {_counted(made.lock)}")
    for problem in (*made.problems, *made.found.problems):
        console.complain(problem)
    if made.found.problems:
        raise typer.Exit(PARTIAL)


def _print_changes(before: Lock, made: Made, path: Path) -> None:
    from refs.actions import locking

    for one in locking.differences(before, made, str(path)):
        console.out(console.visible(f"{one.key}: {one.message}" if one.key else one.message))


@dataclass(frozen=True, slots=True)
class Compared:
    """What prints otherwise than a lock says, a line that says so, and whether something cited is missing."""

    findings: list[Finding]
    summary: str
    missing: bool


def compared(shelf: Library, given: Sequence[Path], lock_file: str) -> Compared:
    """Return what a rebuild would print otherwise than the lock says; tell what differs and does not print."""
    from refs.actions import locking
    from refs.checking import Finding

    path = locking.place(given, lock_file)
    before = locking.read(path)
    paths = locking.documents(before, path, given)
    made = locking.make(shelf, paths, path, locking.style_of(before, path), locking.locale_of(before), before.language)
    for line in locking.versions(before, made.lock):
        console.say(line)
    if same := locking.unprinted(before, made.lock):
        console.say(f"the record was changed, and prints the same: {locking.listed(same)}")
    missing = [str(work) for work in made.found.missing if work.key not in before.references]
    for problem in (*made.problems, *made.found.unreadable, *missing):
        console.complain(problem)
    found = locking.differences(before, made, str(path))
    origin, style = _other_style(before, path, paths)
    line = f"{origin} names the style {style}, the lock {before.style}"
    if origin == str(paths[0]) or Path(origin).name == config.PROJECT_FILE:  # what everybody builds with
        found.append(Finding(locking.RULE, "", f"{line}: refs lock --style takes it", file=origin, line=1))
    elif origin:
        console.say(line)
    state = "not as locked" if found else "as locked"
    return Compared(found, f"{state}: {path}, {_counted(before)}", bool(made.found.unreadable or missing))


def _counted(lock: Lock) -> str:
    number = len(lock.references)
    return f"{number} reference{'s' * (number != 1)} in {lock.style}, {lock.locale}"


def _other_style(lock: Lock, path: Path, documents: Sequence[Path]) -> tuple[str, str]:
    """Return who names another style than the lock, "" for nobody, and which."""
    from refs.actions import locking
    from refs.csl.repository import find_style

    choice = config.choices(FLAGS)["style"]
    named, _ = locking.style_and_locale(documents, "", "")
    origin, style = (str(documents[0]), named) if named else (choice.origin, choice.value)
    if origin == "default" or find_style(style).data == find_style(locking.style_of(lock, path)).data:
        return "", ""
    return origin, style


def built_from(documents: Sequence[Path], lock_file: str, **given: object) -> Build:
    """Return what documents are to be built from by their lock.

    Raise UsageError for options that the lock decides, ConflictError when its style or locale is another here.
    """
    from refs.actions import locking

    if not documents:
        raise UsageError("--locked goes with --cited-in")
    if names := [f"--{name}" for name, value in given.items() if value]:
        raise UsageError(f"the lock decides what {' and '.join(names)} says: leave it out, or lock anew")
    return locking.opened(locking.place(documents, lock_file))

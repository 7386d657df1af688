"""The commands that look back: undo, redo, history, diff, purge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.options import JsonLinesOption, LibraryOption, complete_key, library
from refs.errors import UsageError

if TYPE_CHECKING:
    from refs.log import Batch, Revision
    from refs.model import Reference
    from refs.store import Library

BatchArgument = Annotated[
    int | None, typer.Argument(metavar="[BATCH]", help="The number in `refs history`; default: the last.")
]


def undo(batch: BatchArgument = None, library_path: LibraryOption = None) -> None:
    """Take back what the last command did to the library, or a chosen one.

    What refs purge has wiped is passed over: it cannot be undone.

    \b
    Examples:
      refs undo
      refs undo 12
    """
    shelf = library(library_path)
    number, passed = shelf.apply(lambda change: (change.undo(batch or 0), change.passed_over))
    for one in shelf.batches() if passed else ():
        if one.number in passed:
            console.say(console.visible(f"passed over {one.number} ({one.command}): refs purge wiped what it needs"))
    console.say(f"undid {_told(shelf, number)}; refs redo does it again")


def redo(library_path: LibraryOption = None) -> None:
    """Do again what was undone last.

    \b
    Example:
      refs redo
    """
    shelf = library(library_path)
    number = shelf.apply(lambda change: change.redo())
    undone = next(one.undoes for one in shelf.batches() if one.number == number)
    console.say(f"did {_told(shelf, undone or number)} again")


def _told(shelf: Library, number: int) -> str:
    batch = next(one for one in shelf.batches() if one.number == number)
    return f"{batch.number} ({batch.command}; {_things(batch)})"


def _things(batch: Batch) -> str:
    return f"{batch.things} thing" + ("s" if batch.things != 1 else "")


def history(
    key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", autocompletion=complete_key, help="One reference, removed or not.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-l", min=0, help="How many commands; 0 is all.")] = 20,
    as_json: JsonLinesOption = False,
    library_path: LibraryOption = None,
) -> None:
    """Show what was done to the library, the latest first, or all that happened to one reference.

    \b
    Examples:
      refs history
      refs history khristoforov2024soviet
    """
    shelf = library(library_path)
    if key is not None:
        _print_revisions(shelf, shelf.history(key), as_json)
        return
    found = shelf.batches(limit)
    if as_json:
        from dataclasses import asdict

        from refs.formats import csljson

        console.out("".join(f"{csljson.dumps(asdict(batch))}\n" for batch in found))
    elif found:
        console.out(console.table([_row(batch) for batch in found]))
    else:
        console.say("nothing was done yet")


def _row(batch: Batch) -> tuple[str, ...]:
    marks = (
        f"undoes {batch.undoes}" if batch.undoes else "",
        "undone" if batch.undone else "",
        "purged" * batch.purged,
    )
    about = ", ".join((_things(batch), *filter(None, marks)))
    return batch.command or "?", str(batch.number), batch.at, batch.actor, about


def diff(batch: BatchArgument = None, as_json: JsonLinesOption = False, library_path: LibraryOption = None) -> None:
    """Show field by field what a command changed.

    \b
    Examples:
      refs diff
      refs diff 12
    """
    shelf = library(library_path)
    if batch is None:
        batch = shelf.latest()
    _print_revisions(shelf, shelf.revisions(batch), as_json)


def _print_revisions(shelf: Library, revisions: list[Revision], as_json: bool) -> None:
    from refs import fieldwise
    from refs.formats import csljson

    batches = {one.number: one for one in shelf.batches()}
    last = 0
    for one in revisions:
        before, after = _stored(one, one.before), _stored(one, one.after)
        found = fieldwise.differences(before, after)
        subject = (after or before).key if (after or before) else one.subject  # type: ignore[union-attr]
        batch = batches[one.batch]
        if as_json:
            fields = [fieldwise.as_json(difference) for difference in found]
            row = {"batch": one.batch, "at": batch.at, "kind": one.kind, "key": subject, "fields": fields}
            console.out(
                csljson.dumps(row if one.kind == "reference" else {**row, "before": one.before, "after": one.after})
            )
            continue
        if one.batch != last:
            console.out(console.visible(f"{batch.number}  {batch.at}  {batch.actor}  {batch.command}"))
            last = one.batch
        console.out(console.visible(f"  {_verb(one)} {one.kind} {subject}"))
        for line in fieldwise.lines(found):
            console.out(f"    {console.visible(line)}")


def _stored(revision: Revision, item: str | None) -> Reference | None:
    from refs.stored import load

    return load(item) if revision.kind == "reference" and item is not None else None


def _verb(revision: Revision) -> str:
    if revision.before is None:
        return "added"
    return "removed" if revision.after is None else "changed"


def purge(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Wipe what removed references said from the log: that cannot be undone. Backups keep it until they age out.

    \b
    Example:
      refs purge
    """
    shelf = library(library_path)
    removed = shelf.removed()
    if not removed:
        if any(batch.purged for batch in shelf.batches()):
            shelf.engine.compact()  # an earlier purge may have found no room for that
        console.say("no removed reference is left in the log")
        return
    for reference in removed:
        console.say(f"{reference.key}: {console.summary(reference)}")
    if not yes and not console.confirm(f"wipe {len(removed)} for good?"):
        raise UsageError("nothing was wiped: say --yes to do it without asking")
    shelf.purge()
    console.say(f"wiped {len(removed)}")

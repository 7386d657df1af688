"""The commands that change references without an editor, and tell why they are as they are: set, unset, rename, why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.options import KeyArgument, LibraryOption, WhereOption, complete_key, library, setting
from refs.errors import UsageError

if TYPE_CHECKING:
    from refs.actions.assigning import Assignments
    from refs.actions.rewriting import Rewritten
    from refs.model import Reference
    from refs.store import Library

DryOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Show the differences and store nothing.")]
DifferencesOption = Annotated[bool, typer.Option("--json", help="Print the differences, a JSON object a reference.")]


def complete_assignment(context: typer.Context, incomplete: str) -> list[str]:
    """Return the keys and the fields that begin so, for the shell."""
    from refs.model import VARIABLES

    return [
        *complete_key(context, incomplete),
        *(f"{name}=" for name in sorted(VARIABLES) if name.startswith(incomplete)),
    ]


def set_(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[KEY]... FIELD=VALUE...", autocompletion=complete_assignment, show_default=False),
    ],
    where: WhereOption = "",
    dry_run: DryOption = False,
    as_json: DifferencesOption = False,
    library_path: LibraryOption = None,
) -> None:
    """Set fields of references; what you set no registry overwrites.

    Fields are CSL variables, type, identifiers such as arxiv, and extra.NAME for any other. Names stand between
    semicolons: author="Doe, Jane; {Winter War Society}".

    \b
    Examples:
      refs set watson1953 volume=171 issued=1953-04-25
      refs set watson1953 crick1970 keyword="DNA, genetics"
      refs set --where "watson 1953" language=en --dry-run
    """
    from refs.actions import assigning

    keys = [word for word in words if "=" not in word]
    pairs = [word for word in words if "=" in word]
    if not pairs:
        raise UsageError("say what to set: FIELD=VALUE, such as volume=171")
    shelf = library(library_path)
    values = assigning.read_assignments(pairs)
    _assign(shelf, _chosen(shelf, keys, where), values, dry_run, as_json)


def unset(
    words: Annotated[list[str], typer.Argument(metavar="[KEY] FIELD...", autocompletion=complete_key)],
    where: WhereOption = "",
    dry_run: DryOption = False,
    as_json: DifferencesOption = False,
    library_path: LibraryOption = None,
) -> None:
    """Take fields of a reference away; no registry brings them back.

    \b
    Examples:
      refs unset watson1953 abstract
      refs unset --where "watson" abstract extra.file --dry-run
    """
    from refs.actions import assigning

    keys, fields = ([], words) if where else (words[:1], words[1:])
    if not fields:
        raise UsageError("say which field to take away, such as abstract")
    shelf = library(library_path)
    values = assigning.taking_away(fields)
    _assign(shelf, _chosen(shelf, keys, where), values, dry_run, as_json)


def _chosen(shelf: Library, keys: Sequence[str], where: str) -> list[Reference]:
    """Return the references of the keys or of the query; raise UsageError for both and for neither."""
    if bool(keys) == bool(where.strip()):
        raise UsageError("give keys or --where QUERY")
    return shelf.own(keys) if keys else shelf.search(where)


def _assign(shelf: Library, chosen: list[Reference], values: Assignments, dry: bool, as_json: bool) -> None:
    from refs import fieldwise
    from refs.actions.assigning import assign
    from refs.formats import csljson

    changed = assign(shelf, chosen, values, dry=dry)
    for one in changed:
        key = one.reference.key
        if as_json:
            fields = [fieldwise.as_json(difference) for difference in one.differences]
            console.out(csljson.dumps({"key": key, "fields": fields}))
        elif dry:
            console.out(console.visible(key))
            for line in fieldwise.lines(one.differences):
                console.out(f"  {console.visible(line)}")
    console.say(_told(len(changed), len(chosen), changed[0].reference.key if len(changed) == 1 else "", dry))


def _told(changed: int, chosen: int, key: str, dry: bool) -> str:
    if not chosen:
        return "nothing matches"
    if not changed:
        return "nothing to change: all has these values already"
    what = key or f"{changed} of {chosen}"
    return f"would change {what}" if dry else f"changed {what}; refs undo takes it back"


def rename(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="OLD NEW | [KEY]...", autocompletion=complete_key, show_default=False),
    ] = None,
    pattern: Annotated[
        str, typer.Option("--pattern", metavar="PATTERN", help="Make keys anew, as [auth:lower][year] says.")
    ] = "",
    where: WhereOption = "",
    everything: Annotated[bool, typer.Option("--all", help="All references, by the pattern.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show the keys and store nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a key.")] = False,
    documents: Annotated[
        list[Path] | None,
        typer.Option("--in", metavar="DOC", help="Put the new keys into this document too; may be given again."),
    ] = None,
    library_path: LibraryOption = None,
) -> None:
    """Give references other keys; the old ones cite them for ever.

    A pattern is in JabRef's brackets or a formula of Better BibTeX; without --pattern it is the setting key-pattern.
    What --in does to documents `refs rewrite DOC --undo` takes back.

    \b
    Examples:
      refs rename watson1953 dna
      refs rename watson1953 dna --in paper.tex
      refs rename --pattern "[auth:lower][year][shorttitle3_3]" --all --dry-run
      refs rename --pattern "auth.lower + shortyear" --where "type:book"
    """
    shelf = library(library_path)
    words = words or []
    if not (pattern or where or everything):
        if len(words) != 2:
            raise UsageError("give OLD and NEW, or --pattern with keys, --where QUERY or --all")
        _rename_one(shelf, words[0], words[1], documents or [], dry_run)
        return
    pattern = pattern or setting("key-pattern")
    _rename_by_pattern(shelf, words, pattern, where, everything, dry_run, as_json, documents or [])


def _rename_one(shelf: Library, old: str, new: str, documents: Sequence[Path], dry: bool) -> None:
    planned = _planned(documents, {old: new}, dry)
    if dry:
        shelf.own([old])
        console.say(f"{old} would be {new}")
        return
    shelf.apply(lambda change: change.rename(old, new))
    console.say(f"{old} is now {new}; the old key still cites")
    _rewrite(planned)


def _planned(documents: Sequence[Path], mapping: Mapping[str, str], dry: bool) -> Sequence[Rewritten]:
    """Return what other keys make of documents, and print it when that is all that is wanted."""
    if not documents:
        return ()
    from refs.actions import rewriting

    planned = rewriting.plan(documents, mapping)
    for one in planned if dry else ():
        for line in one.diff():
            console.out(console.visible(line))
    return planned


def _rewrite(planned: Sequence[Rewritten]) -> None:
    from refs.actions import rewriting

    if planned:
        rewriting.write(planned)
    for one in planned:
        count = f"{len(one.edits)} key{'s' * (len(one.edits) != 1)}"
        console.say(f"rewrote {one.file}: {count}; refs rewrite --undo takes it back")


def _rename_by_pattern(
    shelf: Library,
    keys: list[str],
    pattern: str,
    where: str,
    everything: bool,
    dry: bool,
    as_json: bool,
    documents: Sequence[Path],
) -> None:
    from refs.actions.renaming import by_pattern
    from refs.formats import csljson
    from refs.keypatterns import compile_pattern

    if not pattern:
        raise UsageError("give --pattern, or refs config set key-pattern PATTERN")
    if everything and (keys or where):
        raise UsageError("--all stands alone, without keys or --where")
    compile_pattern(pattern)
    chosen = shelf.references() if everything else _chosen(shelf, keys, where)
    renamed = by_pattern(shelf, chosen, pattern, dry=True)
    planned = _planned(documents, {one.old: one.new for one in renamed}, dry)
    renamed = renamed if dry else by_pattern(shelf, chosen, pattern)
    _rewrite(() if dry else planned)
    if as_json:
        for one in renamed:
            console.out(csljson.dumps({"old": one.old, "new": one.new}))
    elif renamed:
        console.out(console.table([(one.old, one.new) for one in renamed]))
    console.say(f"{len(renamed)} {'would be renamed' if dry else 'renamed; the old keys still cite'}")


def why(
    key: KeyArgument,
    field: Annotated[str, typer.Argument(metavar="[FIELD]", help="One field; default: all.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a field.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Tell where each value came from and when, what stood there before, and what lost in a merge.

    \b
    Examples:
      refs why watson1953
      refs why watson1953 title
    """
    from refs.actions import provenance

    for story in provenance.why(library(library_path), key, field):
        if as_json:
            console.out(provenance.as_json(key, story))
            continue
        for line in provenance.lines(story):
            console.out(console.visible(line) if not line.startswith("  ") else f"  {console.visible(line[2:])}")

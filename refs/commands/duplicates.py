"""The commands for works that are in the library twice: duplicates, merge, distinct."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.options import LibraryOption, complete_key, library
from refs.errors import UsageError

if TYPE_CHECKING:
    from refs.actions.merging import Ask, Group, Merged
    from refs.merging import Choice

DryOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would be done and store nothing.")]
JsonLinesOption = Annotated[bool, typer.Option("--json", help="Print a JSON object a group.")]


def duplicates(
    query: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY]...", help="Only what is alike to these, as in refs list.")
    ] = None,
    as_json: JsonLinesOption = False,
    library_path: LibraryOption = None,
) -> None:
    """Find references that are probably the same work, and the fields that say so.

    A preprint and its article are no duplicates: they are shown once, to be linked as versions.

    \b
    Examples:
      refs duplicates
      refs duplicates author:watson
      refs duplicates --json | jq -r '.keys | join(" ")'
    """
    from refs.actions import merging

    groups = merging.find(library(library_path), " ".join(query or []))
    for number, group in enumerate(groups, 1):
        if as_json:
            _print_json(group)
        elif sys.stdout.isatty():
            _print_group(number, group)
        else:
            agree, differ = ", ".join(group.agree), ", ".join(group.differ)
            row = (" ".join(group.keys), group.relation, f"{group.score:.4f}", agree, differ)
            console.out("\t".join(console.visible(cell) for cell in row))
    if not groups:
        console.say("no duplicates found")
        return
    same = sum(group.relation == "same" for group in groups)
    counts = console.joined([(same, _plural(same, "group")), (len(groups) - same, "to link as versions")])
    console.say(f"{counts}: refs merge KEY KEY, refs distinct KEY KEY; refs merge --auto does what is sure")


def _plural(count: int, word: str) -> str:
    return f"{word} of duplicates" if count == 1 else f"{word}s of duplicates"


def _print_json(group: Group) -> None:
    from refs.formats import csljson

    row = {
        "keys": list(group.keys),
        "relation": group.relation,
        "score": round(group.score, 4),
        "agree": list(group.agree),
        "differ": list(group.differ),
        "references": [csljson.to_json(one) for one in group.references],
    }
    console.out(csljson.dumps(row))


def _print_group(number: int, group: Group) -> None:
    name = "the same work" if group.relation == "same" else "versions of one text"
    against = f"; {', '.join(group.differ)} differ" if group.differ else ""
    console.out(f"{number}. {name}, {_percent(group.score)}: {', '.join(group.agree)} agree{against}")
    for one in group.references:
        console.out(console.visible(f"   {one.key}: {console.summary(one)}"))


def _percent(score: float) -> str:
    return f"{min(score, 0.9999):.2%}" if score > 0.99 else f"{score:.0%}"


def merge(
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY]...", autocompletion=complete_key, help="The first keeps its key, the others find it."
        ),
    ] = None,
    prefer: Annotated[
        str, typer.Option(metavar="KEY", autocompletion=complete_key, help="Whose values win where they differ.")
    ] = "",
    auto: Annotated[bool, typer.Option("--auto", help="Merge all that are surely the same, in one step.")] = False,
    where: Annotated[str, typer.Option("--where", metavar="QUERY", help="With --auto: only what it finds.")] = "",
    dry_run: DryOption = False,
    as_json: JsonLinesOption = False,
    library_path: LibraryOption = None,
) -> None:
    """Make one reference of several that are the same work; their keys all find it.

    What you set wins over registries, and registries over files; else the value that says more. Values that lose stay
    in the library: refs show tells them. refs undo takes the whole step back.

    \b
    Examples:
      refs merge watson1953 watson1953a
      refs merge watson1953 watson1953a --prefer watson1953a --dry-run
      refs merge --auto
    """
    from refs.actions import merging

    shelf = library(library_path)
    if auto == bool(keys):
        raise UsageError("give the keys of two references or more, or --auto")
    if auto and prefer:
        raise UsageError("--prefer goes with keys, not with --auto")
    if where and not auto:
        raise UsageError("--where goes with --auto")
    if not auto:
        ask = _asker() if not dry_run else None
        made = [merging.merge_keys(shelf, keys or [], prefer=prefer, ask=ask, dry=dry_run)]
        linked: list[Group] = []
    else:
        made, linked = merging.merge_all(shelf, where, dry=dry_run)
    for one in made:
        _report(one, as_json)
    for group in linked:
        console.say(f"{' and '.join(group.keys)} are versions of one text")
    if not made and not linked:
        console.say("nothing is surely the same; refs duplicates shows what may be")
    elif dry_run:
        console.say("nothing was stored: this is a dry run")
    else:
        gone = sum(len(one.keys) - 1 for one in made)
        counts = console.joined([(gone, "merged"), (len(linked), "linked as versions")])
        console.say(f"{counts}; refs undo takes it back")


def _report(one: Merged, as_json: bool) -> None:
    """Print the key that stays, and the fields in which a value has lost."""
    if as_json:
        from refs.formats import csljson

        fields = {choice.field: {"kept": choice.kept, "values": dict(choice.values)} for choice in one.choices}
        row = {"key": one.keys[0], "merged": list(one.keys[1:]), "fields": fields}
        console.out(csljson.dumps({**row, "reference": csljson.to_json(one.reference)}))
        return
    console.out(console.visible(one.keys[0]))
    console.say(f"{', '.join(one.keys[1:])} into {one.keys[0]}: {console.summary(one.reference)}")
    for choice in one.choices:
        kept = choice.values[choice.kept]
        console.say(f"  {choice.field}: {kept}")
        for key, value in choice.values.items():
            if value != kept:
                console.say(f"    not: {value} ({key})")


def _asker() -> Ask | None:
    """Return how to ask the person which value is right, None without a terminal."""
    return _ask if sys.stdin.isatty() and sys.stdout.isatty() else None


def _ask(choice: Choice) -> str:
    keys = [choice.kept, *(key for key in choice.values if choice.values[key] != choice.values[choice.kept])]
    console.say(f"{choice.field} differs:")
    for number, key in enumerate(keys, 1):
        console.say(f"  {number}. {choice.values[key]} ({key})")
    while True:
        said = typer.prompt(f"which is right (1-{len(keys)})", default="1", err=True).strip()
        if said.isdecimal() and 1 <= int(said) <= len(keys):
            return keys[int(said) - 1]


def distinct(
    keys: Annotated[list[str], typer.Argument(metavar="KEY KEY...", autocompletion=complete_key)],
    versions: Annotated[
        bool, typer.Option("--versions", help="They are versions of one text, such as a preprint and its article.")
    ] = False,
    library_path: LibraryOption = None,
) -> None:
    """Remember that references are not the same work, however alike: they are not offered again.

    \b
    Examples:
      refs distinct smith2019report smith2020report
      refs distinct vaswani2017 vaswani2017a --versions
    """
    from refs.actions import merging

    own = merging.relate(library(library_path), "versions" if versions else "distinct", keys)
    said = "versions of one text" if versions else "different works"
    console.say(f"{' and '.join(own)} are {said}; refs undo forgets it")

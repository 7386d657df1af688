"""The commands that tag references: tag, tags."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from refs import console
from refs.commands.options import JsonLinesOption, LibraryOption, WhereOption, complete_key, library
from refs.errors import UsageError


class SignedWords(TyperGroup):
    """Takes -todo for a word, which it would otherwise read as the options -t, -o, -d and -o."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the words with a sign behind the options."""
        signed = [word for word in args if word[:1] in ("+", "-") and word[1:2] not in ("", "-") and word not in SHORT]
        return super().parse_args(ctx, [*(word for word in args if word not in signed), "--", *signed])


SHORT = ("-h", "-n")

app = typer.Typer(
    cls=SignedWords, rich_markup_mode=None, context_settings={"allow_interspersed_args": True}, subcommand_metavar=""
)


@app.callback(invoke_without_command=True)
def tag(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY... +TAG... -TAG...", autocompletion=complete_key, show_default=False),
    ] = None,
    where: WhereOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would change, and change nothing.")
    ] = False,
    library_path: LibraryOption = None,
) -> None:
    """Give tags to references, and take tags away.

    A tag is one of the words or phrases of the field keyword, between commas.

    \b
    Examples:
      refs tag watson1953 +reading -todo
      refs tag watson1953 khristoforov2024soviet "+to read"
      refs tag --where 'author:watson year:<1960' +biology
    """
    from refs.actions.tagging import read_signs
    from refs.actions.tagging import tag as retag

    given = [word for word in words or [] if word != "--"]
    keys = [word for word in given if word[0] not in "+-"]
    giving, taking = read_signs([word for word in given if word[0] in "+-"])
    if bool(keys) == bool(where.strip()):
        raise UsageError("give keys or --where QUERY")
    if not giving and not taking:
        raise UsageError("give +TAG or -TAG")
    shelf = library(library_path)
    chosen = shelf.own(keys) if keys else shelf.search(where)
    changed = retag(shelf, chosen, giving, taking, dry=dry_run)
    if changed:
        console.out(console.table([(one.reference.key, one.reference.text("keyword")) for one in changed]))
    if not chosen:
        console.say("nothing matches")
    elif not changed:
        console.say("nothing to change: all are tagged so already")
    else:
        done = f"would change {len(changed)}" if dry_run else f"changed {len(changed)} of {len(chosen)}"
        console.say(done if dry_run else f"{done}; refs undo takes it back")


def tags(as_json: JsonLinesOption = False, library_path: LibraryOption = None) -> None:
    """List the tags, the most frequent first, with how many references have each.

    \b
    Examples:
      refs tags
      refs list tag:reading
    """
    from refs.actions.tagging import counted
    from refs.formats import csljson

    found = counted(library(library_path))
    if as_json:
        for name, count in found:
            console.out(csljson.dumps({"tag": name, "references": count}))
    elif found:
        console.out(console.table([(name, str(count)) for name, count in found]))
    else:
        console.say("nothing is tagged: refs tag KEY +TAG")

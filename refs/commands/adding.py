"""What `refs add` reads from its arguments and tells of what it did, and the same for stubs that were filled in."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from refs import console
from refs.actions import add as adding
from refs.commands.options import finish, print_json
from refs.errors import NotFoundError, RefsError, UsageError
from refs.fieldwise import readable

if TYPE_CHECKING:
    from refs.actions.add import Asked, Outcome
    from refs.actions.pending import Filled
    from refs.actions.refresh import Refreshed
    from refs.change import Added
    from refs.model import Reference

MOST_ERRORS = 20  # lines that one command prints of them


def asked(texts: Sequence[str]) -> list[Asked | RefsError]:
    """Return what the arguments ask for; "-" stands for the lines of stdin."""
    found: list[Asked | RefsError] = []
    for text in texts:
        found += adding.read_lines(sys.stdin) if text == "-" else [_identifier(text)]
    if not found:
        raise UsageError("standard input is empty")
    return found


def _identifier(text: str) -> Asked | RefsError:
    if paper := adding.paper(text):
        return adding.Asked(paper, text)
    read = adding.read_identifier(text)
    if isinstance(read, RefsError):
        if os.path.isfile(text):
            return UsageError(f"{text} is a file: refs import {text}, or refs add - < {text}")
        if text.lower().endswith(".pdf"):
            return NotFoundError(f"{text}: no such file")
        if text.count(" ") > 2:
            return UsageError(f"{read}; refs find looks for a title or a pasted reference")
    return read


def report(outcomes: Sequence[Outcome], as_json: bool) -> None:
    """Print what became of each identifier: errors, then keys or objects."""
    _complain([outcome.error for outcome in outcomes if outcome.error])
    for outcome in outcomes:
        if outcome.added is None or outcome.reference is None:
            continue
        _print(outcome.added, outcome.reference, as_json)
        if not outcome.added.new and outcome.wanted not in ("", outcome.added.key):
            console.say(f"  {outcome.wanted} finds it too")
        for notice in outcome.notices:
            console.say(f"  {notice}")
        if outcome.added.likely:
            console.say(f"  it may be the same work as {', '.join(outcome.added.likely)}: refs duplicates")
        if outcome.added.versions:
            console.say(f"  it is linked as a version of {', '.join(outcome.added.versions)}")


def _print(added: Added, reference: Reference, as_json: bool) -> None:
    from refs.actions.pending import is_pending

    if as_json:
        print_json([reference])
    elif not sys.stdout.isatty():  # on a terminal the line below says it
        console.out(added.key)
    verb = "added" if added.new else "already there:"
    if is_pending(reference):
        verb = "kept for refs add --pending:" if added.new else "still waiting for refs add --pending:"
    console.say(f"{verb} {added.key}: {console.summary(reference)}")


def _complain(errors: Sequence[RefsError]) -> None:
    for error in errors[:MOST_ERRORS]:
        console.complain(str(error))
    if len(errors) > MOST_ERRORS:
        console.complain(f"and {len(errors) - MOST_ERRORS} more like these")


def done(outcomes: Sequence[Outcome], as_json: bool) -> None:
    """Print what became of each identifier, and leave with the exit code that says so."""
    report(outcomes, as_json)
    errors = [outcome.error for outcome in outcomes if outcome.error]
    finish(len(errors), len(outcomes) - len(errors), errors[0].exit_code if errors else 0)


def report_filled(results: Sequence[Filled], as_json: bool) -> None:
    """Print which stubs were filled in and why others stay."""
    _complain([result.error for result in results if result.error])
    for result in results:
        if result.reference is None:
            continue
        if as_json:
            print_json([result.reference])
        elif not sys.stdout.isatty():
            console.out(result.key)
        same = f" is {result.same}, which it finds from now on" if result.same else ""
        console.say(f"filled in {result.key}{same}: {console.summary(result.reference)}")


def done_filled(results: Sequence[Filled], as_json: bool) -> None:
    """Print what became of stubs, and leave with the exit code that says so."""
    report_filled(results, as_json)
    if not results:
        console.say("nothing is pending")
    errors = [result.error for result in results if result.error]
    finish(len(errors), len(results) - len(errors), errors[0].exit_code if errors else 0)


def report_refreshed(results: Sequence[Refreshed], dry_run: bool) -> None:
    """Print what registries changed, field by field, and why others could not be asked."""
    for result in results:
        for change in result.changes:
            before = readable(change.before) if change.before is not None else "nothing"
            kept = " (kept: yours)" if change.kept else ""
            line = f"{change.key}: {change.field}: {before} -> {readable(change.after)}{kept}"
            console.out(console.visible(line))
        if result.error:
            console.complain(f"{result.key}: {result.error}")
    changed = sum(any(not change.kept for change in result.changes) for result in results)
    console.say(f"{len(results)} asked, {changed} {'would change' if dry_run else 'changed'}")


def done_refreshed(results: Sequence[Refreshed], dry_run: bool) -> None:
    """Print what registries changed, and leave with the exit code that says so."""
    report_refreshed(results, dry_run)
    errors = [result.error for result in results if result.error]
    finish(len(errors), len(results) - len(errors), errors[0].exit_code if errors else 0)

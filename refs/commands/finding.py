"""What `refs find` shows: candidates with the evidence for each, and the question which one is meant."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Protocol

import typer

from refs import console
from refs.errors import RefsError, UsageError
from refs.formats import csljson
from refs.model import Reference
from refs.text import plain


class Candidate(Protocol):
    """A record and how it agrees with the words that were looked for."""

    @property
    def reference(self) -> Reference: ...
    @property
    def service(self) -> str: ...
    @property
    def title(self) -> float: ...
    @property
    def author(self) -> bool | None: ...
    @property
    def year(self) -> bool | None: ...
    @property
    def score(self) -> float: ...


class Found(Protocol):
    """The candidates, and the one that alone agrees in all."""

    @property
    def candidates(self) -> Sequence[Candidate]: ...
    @property
    def accepted(self) -> Candidate | None: ...


def chosen(found: Found, number: int, dry_run: bool) -> Candidate | None:
    """Return the candidate to add: the one of a number, the one that agrees, or the one that the person picks.

    None when there is nothing to do; raise RefsError when nobody chose.
    """
    one = pick(found.candidates, number) if number else None if dry_run else found.accepted
    if not one:
        show(found.candidates)
        if dry_run:
            return None
        one = ask(found.candidates)
    if not one:
        raise RefsError("none was added: --add N takes one of them")
    console.say(evidence(one))
    return one


def show(candidates: Sequence[Candidate]) -> None:
    """Print a numbered list, each with its identifier and evidence below it."""
    for number, one in enumerate(candidates, 1):
        console.out(console.visible(f"{number}. {console.summary(one.reference)}"))
        where = plain(one.reference.text("container-title"))
        scheme, value = next(iter(one.reference.work_identifiers()), ("", ""))
        name = value if scheme == "doi" else f"{scheme}:{value}"
        console.out(console.visible("   " + "  ".join(part for part in (name, one.reference.type, where) if part)))
        console.out(f"   {evidence(one)}")


def evidence(one: Candidate) -> str:
    """Return how a candidate agrees, in a few words."""
    author = {True: "agrees", False: "not among the words", None: "unknown"}[one.author]
    year = {True: "agrees", False: "differs", None: "not said"}[one.year]
    return f"title {one.title:.0%}, first author {author}, year {year} ({one.service})"


def print_json(candidates: Sequence[Candidate]) -> None:
    """Print an object a line: the scores and the CSL-JSON of the record."""
    for one in candidates:
        row = {
            "score": round(one.score, 3),
            "title": round(one.title, 3),
            "author": one.author,
            "year": one.year,
            "source": one.service,
            "reference": csljson.to_json(one.reference),
        }
        console.out(csljson.dumps(row))


def pick(candidates: Sequence[Candidate], number: int) -> Candidate:
    """Return the candidate of a number; raise UsageError where there is none."""
    if not 1 <= number <= len(candidates):
        raise UsageError(f"there is no candidate {number}: they are 1 to {len(candidates)}")
    return candidates[number - 1]


def ask(candidates: Sequence[Candidate]) -> Candidate | None:
    """Ask the person at the terminal which one is meant; None for none of them, or without a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    last = len(candidates)
    while True:
        said = typer.prompt(f"add which (1-{last}, Enter for none)", default="", show_default=False, err=True).strip()
        if not said:
            return None
        if said.isdecimal() and 1 <= int(said) <= last:
            return candidates[int(said) - 1]

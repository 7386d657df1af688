"""Sort the entries of a .bib file by moving their texts; what stands between them stays.

An entry takes along the comment above it that no blank line sets apart, and what stands behind it on its last line.
Entries change places only among those that nothing else stands between: another comment heads a section of its own,
and past an @string its abbreviations would mean something else. Parents by `crossref` follow their children, as
BibTeX needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from refs.errors import UsageError
from refs.folding import fold
from refs.formats.bibblocks import split
from refs.formats.bibedit import Splice, apply
from refs.formats.bibscan import GENUINE, Raw
from refs.formats.bibtex import read
from refs.model import Reference


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry with its comments: its text from `start` to `end`, and what it is sorted by."""

    start: int
    end: int
    key: str
    type: str
    reference: Reference | None


SORTED_BY: dict[str, Callable[[_Item], str]] = {
    "key": lambda item: item.key.casefold(),
    "type": lambda item: item.type,
    "author": lambda item: _authors(item.reference) if item.reference else "",
    "year": lambda item: _year(item.reference) if item.reference else "",
    "title": lambda item: fold(item.reference.text("title")) if item.reference else "",
}


def sort_text(text: str, by: str = "key") -> tuple[str, int]:
    """Return the text with its entries sorted, and how many moved.

    `by` names columns of SORTED_BY between commas, a minus before one that falls: "-year,author". UsageError for
    another word.
    """
    columns = [column.strip() for column in by.split(",")]
    if unknown := next((column for column in columns if column.removeprefix("-") not in SORTED_BY), None):
        raise UsageError(f"entries are sorted by {', '.join(SORTED_BY)}, not by {unknown!r}")
    blocks = split(text)
    depths = _depths(blocks)
    references: list[Reference | None] = [None] * len(blocks)
    if any(column.removeprefix("-") not in ("key", "type") for column in columns):
        references = [block.reference for block in read(text, "")]
    splices = []
    for run in _runs(text, blocks, references):
        ordered = _ordered(run, columns, depths)
        splices += [
            Splice(slot.start, slot.end, text[item.start : item.end])
            for slot, item in zip(run, ordered, strict=True)
            if slot is not item
        ]
    return apply(text, splices), len(splices)


def _ordered(run: list[_Item], columns: list[str], depths: dict[str, int]) -> list[_Item]:
    """Return the items in their new order; what lacks a column comes last by it."""
    ordered = list(run)
    for column in reversed(columns):
        value = SORTED_BY[column.removeprefix("-")]
        if column.startswith("-"):
            ordered.sort(key=lambda item: (bool(value(item)), value(item)), reverse=True)
        else:
            ordered.sort(key=lambda item: (not value(item), value(item)))
    return sorted(ordered, key=lambda item: depths.get(item.key.casefold(), 0))


def _runs(text: str, blocks: list[Raw], references: list[Reference | None]) -> list[list[_Item]]:
    """Return the items that may change places with each other."""
    runs: list[list[_Item]] = []
    end = last = -1  # of the entry before, with its comments; its place
    entries = [i for i, block in enumerate(blocks) if block.kind == "entry"]
    for i, following in zip(entries, [*entries, len(blocks)][1:], strict=True):
        block = blocks[i]
        gap = text[max(end, 0) : block.start]
        attached = _attached(gap)
        apart = gap[: len(gap) - attached].strip() or "\n" not in gap
        others = any(one.kind != "comment" for one in blocks[last + 1 : i])
        if last < 0 or apart or others or not (_is_genuine(text, blocks[last]) and _is_genuine(text, block)):
            runs.append([])
        limit = blocks[following].start if following < len(blocks) else len(text)
        last, end = i, block.end + _tail(text[block.end : limit])
        runs[-1].append(_Item(block.start - attached, end, block.key, block.type, references[i]))
    return runs


def _is_genuine(text: str, block: Raw) -> bool:
    """Tell whether an entry is seen wherever it stands, even after a broken one."""
    line = text.rfind("\n", 0, block.start) + 1
    match = GENUINE.match(text, line)
    return match is not None and match.start(1) == block.start


def _attached(gap: str) -> int:
    """Return how much of what stands before an entry is a comment that no blank line parts from it."""
    lines = gap.splitlines(keepends=True)
    indent = len(lines.pop()) if lines and not lines[-1].endswith(("\n", "\r")) else 0
    if indent and gap[-indent:].strip():
        return 0  # something stands before the entry on its line
    length = 0
    while lines and lines[-1].lstrip().startswith("%"):
        length += len(lines.pop())
    return length + indent if length else 0


def _tail(text: str) -> int:
    """Return the length of what follows an entry on its last line: a comment, or nothing."""
    line = text.partition("\n")[0].rstrip("\r")
    return len(line.rstrip()) if line.strip().startswith("%") and "@" not in line else 0


def _depths(blocks: list[Raw]) -> dict[str, int]:
    """Return how far above its furthest descendant each parent by `crossref` is, by its key in lower case."""
    parents: dict[str, set[str]] = {}
    for block in blocks:
        for name, value in block.fields:
            if block.kind == "entry" and name.lower() == "crossref":
                parents.setdefault(block.key.casefold(), set()).add(value.strip('{}" \n').casefold())
    depths: dict[str, int] = {}
    level = set().union(*parents.values()) if parents else set()
    for depth in range(1, 65):
        if not level:
            break
        depths.update(dict.fromkeys(level, depth))
        level = set().union(*(parents.get(key, set()) for key in level))
    return depths


def _authors(reference: Reference) -> str:
    return "; ".join(fold(name.sorted_form) for name in reference.creators)


def _year(reference: Reference) -> str:
    return "" if reference.year is None else f"{reference.year + 100_000:06d}"

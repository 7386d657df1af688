"""Write runs as plain text: formatting is dropped, and every line of an entry is a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refs.csl.writers.segments import Block, Quotes, Segment, blocks, isolated, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from refs.csl.output import Run
    from refs.csl.writers import Layout

INDENT = "    "


def write(runs: Sequence[Run], quotes: Quotes) -> str:
    return inline(blocks(runs, quotes), isolated)


def write_entry(runs: Sequence[Run], quotes: Quotes, layout: Layout) -> str:
    return entry(blocks(runs, quotes), layout, isolated)


def write_bibliography(entries: Sequence[str], layout: Layout) -> str:
    gap = "\n\n" if layout.entry_spacing else "\n"
    return gap.join(entries) + "\n" if entries else ""


def inline(parts: list[Block], show: Callable[[Segment], str]) -> str:
    """Return blocks in one line, with a space between them where there is none."""
    line = ""
    for block in parts:
        if block.display and line and not line.endswith(" ") and not block.text.startswith(" "):
            line += " "
        line += "".join(show(segment) for segment in block.segments)
    return line


def entry(parts: list[Block], layout: Layout, show: Callable[[Segment], str]) -> str:
    """Return an entry, its margin padded to the width that the layout says."""
    written = []
    for line in lines(parts):
        margin = "".join(show(segment) for segment in line.margin)
        if margin:
            margin += " " * (1 + max(0, layout.margin - sum(len(segment.text) for segment in line.margin)))
        indent = INDENT if line.indented else ""
        written.append(indent + margin + "".join(show(segment) for segment in line.body))
    return "\n".join(line.rstrip() for line in written)

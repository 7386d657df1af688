"""Write runs for a terminal: plain text with italics, bold and links, if it is asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refs.csl.writers import plain
from refs.csl.writers.segments import Quotes, Segment, blocks, isolated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.csl.output import Run
    from refs.csl.writers import Layout

# Select graphic rendition (ECMA-48, 8.3.117).
CODES = {"italic": ("\x1b[3m", "\x1b[23m"), "bold": ("\x1b[1m", "\x1b[22m")}


def write(runs: Sequence[Run], quotes: Quotes) -> str:
    return plain.inline(blocks(runs, quotes), show)


def write_entry(runs: Sequence[Run], quotes: Quotes, layout: Layout) -> str:
    return plain.entry(blocks(runs, quotes), layout, show)


write_bibliography = plain.write_bibliography


def show(segment: Segment) -> str:
    text = isolated(segment)
    for name in segment.formats:
        opening, closing = CODES.get(name, ("", ""))
        text = f"{opening}{text}{closing}"
    if segment.link:
        text = f"\x1b]8;;{segment.link}\x1b\\{text}\x1b]8;;\x1b\\"
    return text

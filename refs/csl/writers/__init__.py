"""Write runs for a target: html, text, terminal, markdown, latex, typst, rtf, json.

Whatever a field holds is text in every target: nothing in a record can open a tag, a command or an escape sequence.
Stretches of the other direction of writing are isolated: by U+2068 and U+2069 in text, terminal, markdown and typst,
by \\\\rtlch in rtf, by a "direction" in json; html and latex leave it to their engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from refs.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from refs.csl.output import Run

Quotes = tuple[str, str, str, str]
ENGLISH_QUOTES: Quotes = ("“", "”", "‘", "’")

# The module of each target; each has write, write_entry and write_bibliography.
TARGETS = {
    "html": "html",
    "text": "plain",
    "terminal": "terminal",
    "markdown": "markdown",
    "latex": "latex",
    "typst": "typst",
    "rtf": "rtf",
    "json": "runs",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a bibliography is set: attributes of cs:bibliography, and the characters in the widest left margin."""

    hanging_indent: bool = False
    second_field_align: str = ""
    line_spacing: int = 1
    entry_spacing: int = 1
    margin: int = 0


def write(runs: Sequence[Run], target: str, quotes: Quotes = ENGLISH_QUOTES, links: bool = False) -> str:
    """Write a citation; `quotes` are the outer and inner quotation marks, `links` links its DOIs and URLs."""
    return str(_module(target).write(_linked(runs, links), quotes))


def write_entry(
    runs: Sequence[Run],
    target: str,
    quotes: Quotes = ENGLISH_QUOTES,
    layout: Layout | None = None,
    links: bool = False,
) -> str:
    """Write one entry of a bibliography; without its layout when none is given."""
    return str(_module(target).write_entry(_linked(runs, links), quotes, layout or Layout()))


def write_bibliography(entries: Sequence[str], target: str, layout: Layout | None = None) -> str:
    """Put written entries together as a whole: a document in rtf, a `div` in html, an array in json."""
    return str(_module(target).write_bibliography(entries, layout or Layout()))


def margin_width(entries: Sequence[Sequence[Run]], quotes: Quotes = ENGLISH_QUOTES) -> int:
    """Return the characters of the widest left margin among entries, for Layout.margin."""
    from refs.csl.writers.segments import blocks

    margins = (block for runs in entries for block in blocks(runs, quotes) if block.display == "left-margin")
    return max((len(block.text.strip()) for block in margins), default=0)


def _module(target: str) -> ModuleType:
    if target not in TARGETS:
        raise NotFoundError(f"no format {target[:60]!r}; there are: {', '.join(TARGETS)}")
    return import_module(f"refs.csl.writers.{TARGETS[target]}")


def _linked(runs: Sequence[Run], links: bool) -> Sequence[Run]:
    if not links:
        return runs
    from refs.csl.writers.links import link_runs

    return link_runs(runs)

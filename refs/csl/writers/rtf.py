r"""Write runs as Rich Text Format 1.9; characters beyond ASCII are \uN, in groups that say that no fallback follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from refs.csl.writers.segments import Line, Quotes, Segment, blocks, lines, segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.csl.output import Run
    from refs.csl.writers import Layout

CONTROLS = {
    "italic": r"\i",
    "bold": r"\b",
    "small-caps": r"\scaps",
    "underline": r"\ul",
    "superscript": r"\super",
    "subscript": r"\sub",
}
HEADER = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman Times New Roman;}}" + "\n"
HANG = 720  # twentieths of a point
SPECIAL = re.compile(r"[\\{}]|[^\x20-\x7e]+")


def write(runs: Sequence[Run], quotes: Quotes) -> str:
    return _text(segments(runs, quotes))


def write_entry(runs: Sequence[Run], quotes: Quotes, layout: Layout) -> str:
    """Write an entry as paragraphs, hanging if the style has a hanging indent or a left margin."""
    return "\n".join(_paragraph(line, layout) for line in lines(blocks(runs, quotes)))


def write_bibliography(entries: Sequence[str], _layout: Layout) -> str:
    return HEADER + "".join(f"{entry}\n" for entry in entries) + "}\n"


def escape(text: str) -> str:
    return SPECIAL.sub(lambda match: _escaped(match[0]), text)


def _escaped(text: str) -> str:
    r"""Return \uN for each UTF-16 unit, as signed numbers of 16 bits."""
    if text in "\\{}":
        return "\\" + text
    units = text.encode("utf-16-le")
    values = [int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2)]
    return r"{\uc0" + "".join(rf"\u{value} " for value in values) + "}"


def _paragraph(line: Line, layout: Layout) -> str:
    space = 240 * layout.entry_spacing
    spacing = rf"\sl{240 * layout.line_spacing}\slmult1\sa{space}"
    if line.margin:
        left = 0 if layout.second_field_align == "margin" else HANG
        place = rf"\fi-{HANG}\li{left}\tx{left}"
        return rf"{{\pard{place}{spacing} {_text(line.margin)}\tab {_text(line.body)}\par}}"
    left = HANG if line.indented or layout.hanging_indent else 0
    first = 0 if line.indented else -left
    return rf"{{\pard\fi{first}\li{left}{spacing} {_text(line.body)}\par}}"


def _text(pieces: Sequence[Segment]) -> str:
    return "".join(_segment(piece) for piece in pieces)


def _segment(segment: Segment) -> str:
    text = escape(segment.text)
    controls = "".join(CONTROLS[name] for name in segment.formats)
    if segment.direction:
        controls += r"\rtlch" if segment.direction == "rtl" else r"\ltrch"
    if controls:
        text = f"{{{controls} {text}}}"
    if segment.link:
        text = rf'{{\field{{\*\fldinst HYPERLINK "{escape(segment.link)}"}}{{\fldrslt {text}}}}}'
    return text

"""Write runs as Typst markup.

Every character that Typst's markup gives a meaning, anywhere or at the start of a line, is escaped by a backslash.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from refs.csl.writers.segments import Line, Quotes, Segment, blocks, isolated, lines, segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.csl.output import Run
    from refs.csl.writers import Layout

SPECIAL = re.compile(r"""[\\*_`$#@<>~\[\]"']|/(?=[/*])|(?<=[/*])/|-(?=[-?\d])|\.(?=\.)""")
LINE_START = re.compile(r"(\s*)(?:(?=(?:=+|[-+/])(?:\s|$))|(\d+)(?=\.))")
FUNCTIONS = {
    "italic": "emph",
    "bold": "strong",
    "small-caps": "smallcaps",
    "underline": "underline",
    "superscript": "super",
    "subscript": "sub",
}
HANG = "2em"


def write(runs: Sequence[Run], quotes: Quotes) -> str:
    return _text(segments(runs, quotes))


def write_entry(runs: Sequence[Run], quotes: Quotes, layout: Layout) -> str:
    """Write an entry as paragraphs of its own, hanging if the style has a hanging indent or a left margin."""
    return "\n".join(_paragraph(line, layout) for line in lines(blocks(runs, quotes)))


def write_bibliography(entries: Sequence[str], _layout: Layout) -> str:
    return "\n\n".join(entries) + "\n" if entries else ""


def escape(text: str) -> str:
    """Escape a text, and what makes it a heading or an item of a list if it begins a line or a content block."""
    text = SPECIAL.sub(r"\\\g<0>", text)
    match = LINE_START.match(text)
    return f"{match[0]}\\{text[match.end() :]}" if match else text


def _paragraph(line: Line, layout: Layout) -> str:
    body = _text(line.body)
    if line.margin:
        width = f"{max(2.0, 0.5 * layout.margin + 1):g}em"
        grid = f"#grid(columns: ({width}, 1fr), [{_text(line.margin)}], [{body}])"
        return f"#pad(left: -{width})[{grid}]" if layout.second_field_align == "margin" else grid
    if line.indented:
        return f"#pad(left: {HANG})[{body}]"
    return f"#par(hanging-indent: {HANG if layout.hanging_indent else '0em'})[{body}]"


def _text(pieces: Sequence[Segment]) -> str:
    """Write segments; a call would go on with what follows it if that looks like arguments or a field."""
    written = [_segment(piece) for piece in pieces]
    for index, (piece, text) in enumerate(zip(pieces, written[1:], strict=False)):
        if (piece.formats or piece.link) and text.startswith(("(", "[", ".", ";")):
            written[index] += ";"
    return "".join(written)


def _segment(segment: Segment) -> str:
    text = escape(isolated(segment))
    for name in reversed(segment.formats):
        text = f"#{FUNCTIONS[name]}[{text}]"
    return f'#link("{segment.link}")[{text}]' if segment.link else text

r"""Write runs as LaTeX for any engine with UTF-8 input; links need hyperref.

No character of a field reaches TeX with a meaning: the ten special ones, the quotation mark (active in some of
babel's languages) and the pairs that fonts join are written as commands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from refs.csl.writers.segments import Line, Quotes, Segment, blocks, lines, segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.csl.output import Run
    from refs.csl.writers import Layout

ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"{\char34}",
    "-": "-{}",
    "'": "'{}",
    ",": ",{}",
    "\u00a0": "~",
    "\u00ad": r"\-",
    "\u2009": r"\,",
    "\u2011": "-",
    "\u202f": r"\,",
}
SPECIAL = re.compile(r"""[\\{}$&#_%^~<>|`"\u00a0\u00ad\u2009\u2011\u202f]|-(?=-)|'(?=')|,(?=,)""")
INVISIBLE = re.compile("[\u200b\u200e\u200f\u2060-\u2064\ufeff]")  # no LaTeX font has them
COMMANDS = {
    "italic": "textit",
    "bold": "textbf",
    "small-caps": "textsc",
    "underline": "underline",
    "superscript": "textsuperscript",
    "subscript": "textsubscript",
}
HANG = "2em"


def write(runs: Sequence[Run], quotes: Quotes) -> str:
    return _text(segments(runs, quotes))


def write_entry(runs: Sequence[Run], quotes: Quotes, layout: Layout) -> str:
    """Write an entry as paragraphs of its own, hanging if the style has a hanging indent or a left margin."""
    return "\n".join(_paragraph(line, layout) for line in lines(blocks(runs, quotes)))


def write_bibliography(entries: Sequence[str], layout: Layout) -> str:
    gap = f"\n\\vspace{{{layout.entry_spacing}\\baselineskip}}\n" if layout.entry_spacing else "\n"
    return gap.join(entries) + "\n" if entries else ""


def escape(text: str) -> str:
    return SPECIAL.sub(lambda match: ESCAPES[match[0]], INVISIBLE.sub("", text))


def _paragraph(line: Line, layout: Layout) -> str:
    start = r"\noindent"
    if line.margin:
        width = f"{max(2.0, 0.5 * layout.margin + 1):g}em"
        hang = rf"\hskip-{width}" if layout.second_field_align == "margin" else rf"\hangindent={width}\hangafter=1"
        start += rf"{hang}\makebox[{width}][l]{{{_text(line.margin)}}}"
    elif line.indented:
        start += rf"\hspace*{{{HANG}}}"
    else:
        start += rf"\hangindent={HANG}\hangafter=1 " if layout.hanging_indent else " "
    return start + _text(line.body) + r"\par"


def _text(pieces: Sequence[Segment]) -> str:
    return "".join(_segment(piece) for piece in pieces)


def _segment(segment: Segment) -> str:
    text = escape(segment.text)
    for name in reversed(segment.formats):
        text = rf"\{COMMANDS[name]}{{{text}}}"
    return rf"\href{{{_url(segment.link)}}}{{{text}}}" if segment.link else text


def _url(url: str) -> str:
    r"""Escape what \href reads as more than itself; braces, backslashes and carets are percent-encoded already."""
    return re.sub("[%#&]", r"\\\g<0>", url.replace("~", "%7E"))

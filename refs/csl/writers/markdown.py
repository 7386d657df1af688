"""Write runs as Markdown that CommonMark (https://spec.commonmark.org/0.31.2/) and pandoc read alike.

Superscripts, subscripts, small capitals and underlining are HTML, since CommonMark has no other way to write them.
Markdown can not indent, so that a hanging indent is left to the style sheet of the page.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from refs.csl.writers.segments import Quotes, Segment, blocks, isolated, lines, segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.csl.output import Run
    from refs.csl.writers import Layout

# A low line inside a word and an at sign after one have no meaning to any reader; URLs stay whole that way.
SPECIAL = re.compile(
    r"""[\\`*\[\]<>~^$|"']|(?<![^\W_])_|_(?![^\W_])|(?<![^\W_])@|&(?=#?\w+;)|-(?=-)|\.(?=\.\.)""",
)
# A capital letter and a full stop make no list before a single space: "J. D. Watson".
LINE_START = re.compile(
    r"(?![A-Z]\.[ \u00a0]\S)"
    r"(?:(?=(?:#{1,6}|[-+=:%])(?:\s|$|[-+=:%]))|(?:\(?(?:\w{1,9}|\\?[#@]))(?=[.)](?:\s|$)))"
)
HARD_BREAK = "\\\n"

# Emphasis is marked by control characters, which no field can hold, until what stands around it is known.
OPENERS, CLOSERS = "\x01\x03", "\x02\x04"
EMPHASIS = {"\x01": "*", "\x02": "*", "\x03": "**", "\x04": "**"}
HTML_EMPHASIS = {"\x01": "<em>", "\x02": "</em>", "\x03": "<strong>", "\x04": "</strong>"}
FORMATS = {
    "italic": ("\x01", "\x02"),
    "bold": ("\x03", "\x04"),
    "small-caps": ('<span style="font-variant:small-caps;">', "</span>"),
    "underline": ("<u>", "</u>"),
    "superscript": ("<sup>", "</sup>"),
    "subscript": ("<sub>", "</sub>"),
}


def write(runs: Sequence[Run], quotes: Quotes) -> str:
    return write_segments(segments(runs, quotes))


def write_entry(runs: Sequence[Run], quotes: Quotes, _layout: Layout) -> str:
    """Write an entry as one paragraph, with a hard break between its lines."""
    written = []
    for line in lines(blocks(runs, quotes)):
        margin = write_segments(line.margin) + " " if line.margin else ""
        indent = "&emsp;" if line.indented else ""
        written.append(indent + margin + (write_inside(line.body) if margin or indent else write_segments(line.body)))
    return HARD_BREAK.join(written)


def write_bibliography(entries: Sequence[str], _layout: Layout) -> str:
    return "\n\n".join(entries) + "\n" if entries else ""


def escape(text: str) -> str:
    """Escape what Markdown gives a meaning; R Markdown runs what stands between backticks, escaped or not."""
    return SPECIAL.sub(r"\\\g<0>", text).replace("\\`", "&#96;")


def write_segments(pieces: Sequence[Segment]) -> str:
    """Write segments that begin a line: what would make it a heading or an item of a list is escaped."""
    text = write_inside(pieces)
    content = text.lstrip()
    space = " " if len(content) < len(text) else ""
    match = LINE_START.match(content)
    return f"{space}{match[0]}\\{content[match.end() :]}" if match else space + content


def write_inside(pieces: Sequence[Segment]) -> str:
    """Write segments that begin no line."""
    return _settled(_nested(list(pieces), ("link", *FORMATS)))


def _nested(pieces: list[Segment], levels: tuple[str, ...]) -> str:
    """Write segments with one format at each level of nesting, so that neighbours share it."""
    if not levels:
        return "".join(escape(isolated(piece)) for piece in pieces)
    name, *rest = levels
    inner = tuple(rest)
    if name == "link":
        groups = groupby(pieces, key=lambda piece: piece.link)
        return "".join(_link(url, _nested(list(group), inner)) for url, group in groups)
    text = ""
    for formatted, group in groupby(pieces, key=lambda piece: name in piece.formats):
        content = _nested(list(group), inner)
        text += _wrapped(content, *FORMATS[name]) if formatted else content
    return text


def _link(url: str, text: str) -> str:
    if not url:
        return text
    return f"<{url}>" if text == escape(url) else f"[{text}](<{url}>)"


def _wrapped(text: str, opening: str, closing: str) -> str:
    """Put delimiters around a text, inside the spaces at its ends."""
    content = text.strip(" \u00a0")
    if not content:
        return text
    start = text.index(content)
    return f"{text[:start]}{opening}{content}{closing}{text[start + len(content) :]}"


def _settled(text: str) -> str:
    """Write emphasis by asterisks where they are read as such, and by HTML where they would not be.

    A run of asterisks opens or closes emphasis by the characters on its two sides (CommonMark 6.2, left-flanking and
    right-flanking delimiter runs); one that could do both is only safe while all emphasis is of one kind.
    """
    plain: set[int] = set()
    mixed = "\x01" in text and "\x03" in text
    for run in re.finditer("[\x01-\x04]+", text):
        if _is_read(text[run.start() - 1 : run.start()], run[0], text[run.end() : run.end() + 1], mixed):
            plain.update(range(*run.span()))
    stack: list[int] = []
    signs = list(text)
    for index, sign in enumerate(text):
        if sign in OPENERS:
            stack.append(index)
        elif sign in CLOSERS:
            start = stack.pop()
            table = EMPHASIS if start in plain and index in plain else HTML_EMPHASIS
            signs[start], signs[index] = table[text[start]], table[sign]
    return "".join(signs)


def _is_read(before: str, run: str, after: str, mixed: bool) -> bool:
    """Tell whether a run of asterisks does only open, or only close, what it should."""
    if all(sign in OPENERS for sign in run):
        outer, inner = before, after
    elif all(sign in CLOSERS for sign in run):
        outer, inner = after, before
    else:
        return False
    if mixed:
        return not outer or outer.isspace() or (inner.isalnum() and not outer.isalnum())
    return inner.isalnum() or not outer.isalnum()

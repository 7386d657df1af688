"""Flatten runs into blocks of segments: stretches of text that share one formatting.

Every target but HTML starts from these. Nested and flipped formatting, quotes and unsafe characters are settled here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from refs.csl.output import ATTRIBUTES, NORMAL, Mark, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

Quotes = tuple[str, str, str, str]

# Formatting in the order in which targets nest it, the outermost first.
NAMES = {
    ("font-style", "italic"): "italic",
    ("font-style", "oblique"): "italic",
    ("font-weight", "bold"): "bold",
    ("font-variant", "small-caps"): "small-caps",
    ("text-decoration", "underline"): "underline",
    ("vertical-align", "sup"): "superscript",
    ("vertical-align", "sub"): "subscript",
}

# Control characters and lone surrogates, which no target can hold, and overrides of the direction of writing, which
# would reach beyond the field they stand in. White space of any kind is a space.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_SPACES = frozenset("\t\n\v\f\r\x85\u2028\u2029")
_LETTERS = {
    "rtl": "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff",
    "ltr": "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u0370-\u058f\u0900-\u1fff\u2c00-\ud7ff",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """Text with its formatting (values of NAMES), the URL it links to, and its direction if not its block's."""

    text: str
    formats: tuple[str, ...] = ()
    link: str = ""
    direction: str = ""


@dataclass(slots=True)
class Block:
    """The segments of one display block ("block", "left-margin", "right-inline", "indent"), or "" for none."""

    display: str
    segments: list[Segment]

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


def blocks(runs: Sequence[Run], quotes: Quotes) -> list[Block]:
    """Return the blocks of an entry in reading order; empty ones are left out."""
    reader = _Reader(quotes)
    for run in runs:
        if isinstance(run, str):
            reader.text(run)
        else:
            reader.mark(run)
    return _with_directions([block for block in reader.blocks if block.segments])


def segments(runs: Sequence[Run], quotes: Quotes) -> list[Segment]:
    """Return the segments of a citation, blocks aside."""
    return [segment for block in blocks(runs, quotes) for segment in block.segments]


def clean(text: str) -> str:
    """Drop the characters that no target may get from a field."""
    return _UNSAFE.sub(lambda match: " " if match[0] in _SPACES else "", text)


class _Reader:
    """The state of formatting while runs are read."""

    def __init__(self, quotes: Quotes) -> None:
        self.quotes = quotes
        self.blocks = [Block("", [])]
        self.displays = [""]
        self.formatting = dict(NORMAL)
        self.undo: list[dict[str, str]] = []
        self.link = ""
        self.depth = 0

    def text(self, text: str) -> None:
        text = clean(text)
        if not text:
            return
        formats = tuple(dict.fromkeys(NAMES[pair] for pair in self.formatting.items() if pair in NAMES))
        last = self.blocks[-1].segments
        if last and (last[-1].formats, last[-1].link) == (formats, self.link):
            last[-1] = Segment(last[-1].text + text, formats, self.link)
        else:
            last.append(Segment(text, formats, self.link))

    def mark(self, mark: Mark) -> None:
        if mark.attribute == "quotes":
            self.depth += 1 if mark.opens else -1
            self.text(self.quotes[2 * ((self.depth - mark.opens) % 2) + (not mark.opens)])
        elif mark.attribute == "display":
            self.display(mark)
        elif mark.attribute == "link":
            self.link = mark.value if mark.opens else ""
        elif mark.opens:
            self.open(mark)
        elif self.undo:
            self.formatting.update(self.undo.pop())

    def display(self, mark: Mark) -> None:
        if mark.opens:
            self.displays.append(mark.value)
        elif len(self.displays) > 1:
            self.displays.pop()
        self.blocks.append(Block(self.displays[-1], []))

    def open(self, mark: Mark) -> None:
        if mark.attribute == "nodecor":
            self.undo.append({name: self.formatting[name] for name in ATTRIBUTES})
            self.formatting.update(NORMAL)
        elif mark.attribute in NORMAL:
            current = self.formatting[mark.attribute]
            self.undo.append({mark.attribute: current})
            flipped = mark.flip and current == mark.value
            self.formatting[mark.attribute] = NORMAL[mark.attribute] if flipped else mark.value
        else:
            self.undo.append({})


def _with_directions(entry: list[Block]) -> list[Block]:
    """Split off the stretches whose direction is not that of the entry, which its first letter decides."""
    text = "".join(block.text for block in entry)
    if text.isascii() or not _strong("rtl").search(text):
        return entry
    first_left, first_right = _strong("ltr").search(text), _strong("rtl").search(text)
    starts_left = first_left and first_right and first_left.start() < first_right.start()
    other = "rtl" if starts_left else "ltr"
    for block in entry:
        block.segments = [piece for segment in block.segments for piece in _split(segment, other)]
    return entry


@lru_cache(maxsize=2)
def _strong(direction: str) -> re.Pattern[str]:
    """Match a letter that is written in a direction; compiled when first needed, which takes milliseconds."""
    return re.compile(f"[{_LETTERS[direction]}]")


@lru_cache(maxsize=2)
def _stretches(direction: str) -> re.Pattern[str]:
    """Match from a letter of a direction to the last one before a letter of the other."""
    own, other = _LETTERS[direction], _LETTERS["ltr" if direction == "rtl" else "rtl"]
    return re.compile(f"[{own}](?:[^{other}]*[{own}])?")


def _split(segment: Segment, direction: str) -> list[Segment]:
    pieces, end = [], 0
    text = segment.text
    for begin, stop in _between_urls(text):
        for match in _stretches(direction).finditer(text, begin, stop):
            start, past = _with_brackets(text, match.start(), match.end())
            if start > end:
                pieces.append(Segment(text[end:start], segment.formats, segment.link))
            pieces.append(Segment(text[start:past], segment.formats, segment.link, direction))
            end = past
    if end < len(text):
        pieces.append(Segment(text[end:], segment.formats, segment.link))
    return pieces


def _between_urls(text: str) -> list[tuple[int, int]]:
    """Return the parts of a text around its URLs: an invisible mark would be copied with a URL, and break it."""
    ends = [0, *(end for url in re.compile(r"\w+://\S+").finditer(text) for end in url.span()), len(text)]
    return list(zip(ends[::2], ends[1::2], strict=True))


BRACKETS = dict(zip(")]}”’»", "([{“‘«", strict=True))


def _with_brackets(text: str, start: int, stop: int) -> tuple[int, int]:
    """Take in the bracket before a stretch whose other half is inside it, and the other way round."""
    while start and any(text[start - 1] == opens and closes in text[start:stop] for closes, opens in BRACKETS.items()):
        start -= 1
    while stop < len(text) and text[stop] in BRACKETS and BRACKETS[text[stop]] in text[start:stop]:
        stop += 1
    return start, stop


def isolated(segment: Segment) -> str:
    """Return the text of a segment, between FIRST STRONG ISOLATE and its end when its direction differs."""
    return f"\u2068{segment.text}\u2069" if segment.direction else segment.text


@dataclass(slots=True)
class Line:
    """One line of an entry as the display attributes lay it out: the text and what hangs in the margin before it."""

    margin: list[Segment]
    body: list[Segment]
    indented: bool = False


def lines(entry: list[Block]) -> list[Line]:
    """Lay the blocks of an entry out in lines (CSL 1.0.2, "Display"), without white space at their ends."""
    result: list[Line] = []
    closed = True
    for block in entry:
        if block.display == "left-margin":
            result.append(Line(block.segments, []))
            closed = False
        elif block.display in ("block", "indent"):
            result.append(Line([], block.segments, block.display == "indent"))
            closed = True
        elif closed:
            if block.text.strip():
                result.append(Line([], block.segments))
                closed = False
        else:
            result[-1].body = result[-1].body + block.segments
    return [Line(_stripped(line.margin), _stripped(line.body), line.indented) for line in result]


def _stripped(pieces: list[Segment]) -> list[Segment]:
    """Return segments without the white space that begins and ends them."""
    kept = list(pieces)
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return kept

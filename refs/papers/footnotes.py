"""Raised signs in a manuscript, calls of footnotes and superscript numbers: after the word, and after its punctuation.

The rules are those of pandoc: the space before a call goes, the punctuation after it comes first (`Doe [@doe].` becomes
`Doe.[^1]`), and into the quotation marks where the locale wants it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from refs.papers.manuscript import SIGN, fitted, in_table, number_of

_LABEL = re.compile(r"\[\^([^\]\s]+)\]")
_PUNCTUATION = re.compile("[.,;:!?)。，；：！？、）]+")
_ENDS = frozenset(".,;:!?。，；：！？、")
_QUOTES = frozenset("\"'”’")
# What begins a block on its line: the space after it does not part words.
_BLOCK_START = re.compile(
    r"[ \t>]*(?:(?:[-*+:~]|#{1,6}|\(?#?\w{1,9}[.)]|\[\^[^\]\s]+\]:|[\w-]+:)[ \t]+[\"']?)?|.*\|[ \t]*"
)
_PROSE = re.compile(r"[ \t]*[\"'(“‘«„¿¡*_]*[^\W_]")


@dataclass(frozen=True, slots=True)
class Call:
    """What takes the place of a citation: text that stays in the line, and the raised sign."""

    raised: str
    text: str = ""


def free_labels(text: str) -> Iterator[str]:
    """Yield the numbers that no footnote of a text is called by."""
    taken = set(_LABEL.findall(text))
    return (str(number) for number in count(1) if str(number) not in taken)


def with_calls(text: str, calls: Mapping[int, Call], *, after_punctuation: bool, into_quotes: bool) -> str:
    """Return a manuscript's text with calls in the places of the citations that have one, by their numbers."""
    pieces: list[str] = []
    position = 0
    for match in SIGN.finditer(text):
        call = calls.get(number_of(match))
        if call is None:
            continue
        between = text[position : match.start()]
        if in_table(text, match.start()):
            raised, position = fitted(text, match, call.text + call.raised)
            pieces += (between, raised)
            continue
        if call.text:
            pieces.append(between + call.text)
        else:
            pieces.append(between if _begins_block(text, match.start()) else between.rstrip(" \t\n"))
        position = match.end()
        moved = _PUNCTUATION.match(text, position) if after_punctuation else None
        if moved:
            pieces[-1] = _punctuated(pieces[-1], moved[0], into_quotes)
            position = moved.end()
        pieces.append(call.raised)
    return "".join([*pieces, text[position:]])


def _begins_block(text: str, offset: int) -> bool:
    """Tell whether nothing of the same paragraph stands before an offset."""
    start = text.rfind("\n", 0, offset) + 1
    line = text[start:offset]
    if line.strip():
        return _BLOCK_START.fullmatch(line) is not None
    above = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : max(start - 1, 0)]
    return _PROSE.match(above) is None or _BLOCK_START.fullmatch(above) is not None


def _punctuated(before: str, mark: str, into_quotes: bool) -> str:
    """Return a text with the punctuation that followed a call; a mark that is there already is not repeated."""
    last = before[-1:]
    if into_quotes and last in _QUOTES and last and mark[0] in ".,":
        inner = "" if before[-2:-1] in _ENDS else mark[0]
        return before[:-1] + inner + last + mark[1:]
    repeated = last in _ENDS and (mark[0] == last or mark == ".")
    return before + (mark[1:] if repeated else mark)

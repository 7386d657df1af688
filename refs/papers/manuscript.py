"""A Markdown document whose citations are taken out: a sign stands for each, so that it can be printed in any format.

The signs are made of Unicode's noncharacters, which no document and no record may hold: no reader of Markdown gives
them a meaning, and nothing that is printed for one passes through such a reader.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from refs.errors import ParseError
from refs.formats import yamlnodes
from refs.papers import markdown
from refs.papers.citation import Citations, Load, Part, Reading
from refs.papers.clusters import Cluster, Mark, Span

BIBLIOGRAPHY = 0
"""The number of the sign where the bibliography stands; the citations count from 1."""

_ZERO = 0xFDD2
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")
_FILLER = "\ufddc"
SIGN = re.compile("\ufdd0([\ufdd2-\ufddb]+)\ufddc*\ufdd1")
_TABLE_LINE = re.compile(r"[ \t>]*[|+]|.*\S {2,}\S")


@dataclass(frozen=True, slots=True)
class Cited:
    """One cite as its author wrote it: the key, and the inline Markdown before and after it."""

    key: str
    prefix: str = ""
    suffix: str = ""
    suppress_author: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation: its cites, its source text, and the number of the citation in whose prefix or suffix it stands, or 0.

    `in_text` is that of `@doe [p. 3]`, whose author is part of the sentence.
    """

    cites: tuple[Cited, ...]
    source: str
    in_text: bool = False
    inside: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sign of a citation stands, and the author's footnote that it is in, if it is in one.

    A number of 0 is that of a footnote without citations.
    """

    number: int
    start: int
    end: int
    note: Span | None = None


@dataclass(frozen=True, slots=True)
class Manuscript:
    """The text with a sign for each citation and its metadata; `found` is what `markdown.read` returns for it.

    Included files are put in their places. `source` is the document as it was written.
    """

    source: str
    text: str
    citations: tuple[Citation, ...]
    metadata: Mapping[str, Any]
    found: Citations

    def option(self, name: str) -> str:
        """Return a metadata field that is a text, "" without it."""
        value = self.metadata.get(name)
        return value if isinstance(value, str) else ""

    def is_set(self, name: str, default: bool = False) -> bool:
        """Tell whether a metadata field is true."""
        value = self.option(name).lower()
        return value in ("true", "yes", "on") if value else default


def read(text: str, file: str, load: Load) -> Manuscript:
    """Return a document as a manuscript; YAML that cannot be read is among the problems of what was found."""
    parts: dict[str, tuple[str, list[Mark]]] = {}

    def scan(reading: Reading, part: Part) -> None:
        parts[part.file] = part.text, markdown.scan(reading, part)

    reading = Reading(lambda path: _without_signs(load(path)), scan)
    reading.read(Part(file, _without_signs(text) or ""))
    assembly = _Assembly(parts)
    whole = assembly.part(file)
    own, marks = parts[file]
    fields = _metadata(own, marks, file, reading.problems)
    return Manuscript(own, whole, tuple(assembly.citations), fields, reading.result())


def _without_signs(text: str | None) -> str | None:
    return text and _NONCHARACTERS.sub("", text)


def sign(number: int, width: int = 0) -> str:
    """Return what stands for a citation, of at least so many characters: the columns of tables depend on them."""
    digits = "".join(chr(_ZERO + int(digit)) for digit in str(number))
    return f"\ufdd0{digits.ljust(width - 2, _FILLER)}\ufdd1"


def in_table(text: str, offset: int) -> bool:
    """Tell whether the line of an offset may be one of a table whose columns are told by where they stand."""
    start, end = text.rfind("\n", 0, offset) + 1, text.find("\n", offset)
    return _TABLE_LINE.match(text, start, end if end >= 0 else len(text)) is not None


def fitted(text: str, match: re.Match[str], new: str) -> tuple[str, int]:
    """Return what takes the place of a sign in a text, and where the text goes on: a table keeps its columns."""
    end = match.end()
    if not in_table(text, match.start()):
        return new, end
    surplus = len(new) - len(match[0])
    blanks = len(text[end : end + 80]) - len(text[end : end + 80].lstrip(" "))
    return new + " " * max(-surplus, 0), end + min(max(surplus, 0), max(blanks - 1, 0))


def number_of(match: re.Match[str]) -> int:
    """Return the number of a sign that was found."""
    return int("".join(str(ord(char) - _ZERO) for char in match[1]))


class _Assembly:
    """Puts a document together from its files."""

    def __init__(self, parts: Mapping[str, tuple[str, list[Mark]]]) -> None:
        self.parts = parts
        self.citations: list[Citation] = []
        self.open: list[str] = []

    def part(self, file: str) -> str:
        """Return the text of a file with those that it includes, and with signs."""
        text, marks = self.parts[file]
        taken = [mark for mark in marks if isinstance(mark, Cluster) or mark.kind in ("include", "refs")]
        self.open.append(file)
        whole = self._text(text, 0, len(text), sorted(taken, key=lambda mark: (mark.start, -mark.end)))
        self.open.pop()
        return whole

    def _text(self, text: str, start: int, end: int, marks: Sequence[Mark], inside: int = 0) -> str:
        pieces: list[str] = []
        index = 0
        while index < len(marks):
            mark = marks[index]
            first = index
            while index < len(marks) and marks[index].start < mark.end:
                index += 1
            pieces.append(text[start : mark.start])
            if isinstance(mark, Cluster):
                pieces.append(self._citation(text, mark, marks[first + 1 : index], inside))
            elif mark.kind == "refs":
                pieces.append(sign(BIBLIOGRAPHY))
            else:
                included = mark.name in self.parts and mark.name not in self.open
                pieces.append(self.part(mark.name) if included else text[mark.start : mark.end])
            start = mark.end
        return "".join([*pieces, text[start:end]])

    def _citation(self, text: str, cluster: Cluster, marks: Sequence[Mark], inside: int) -> str:
        """Keep a citation, and those in its prefixes and suffixes after it; return its sign."""
        number = len(self.citations) + 1
        self.citations.append(Citation((), ""))

        def affix(start: int, end: int) -> str:
            inner = [mark for mark in marks if start <= mark.start and mark.end <= end]
            return self._text(text, start, end, inner, inside or number)

        cites = tuple(
            Cited(one.key, affix(one.start, one.before), affix(one.after, one.end), one.suppress_author)
            for one in cluster.cites
        )
        source = text[cluster.start : cluster.end]
        self.citations[number - 1] = Citation(cites, source, cluster.in_text, inside)
        return sign(number, len(source))


def metadata(text: str) -> dict[str, Any]:
    """Return the metadata of a manuscript's text, with signs; blocks that cannot be read are left out."""
    return _metadata(text, notes(text), "", [])


def _metadata(text: str, marks: Iterable[Mark], file: str, problems: list[ParseError]) -> dict[str, Any]:
    """Return the fields of the metadata blocks, the last of a name if there are several, as in pandoc."""
    fields: dict[str, Any] = {}
    for mark in marks:
        if isinstance(mark, Span) and mark.kind == markdown.METADATA:
            lines = text[mark.start : mark.end].rstrip("\n").split("\n")
            before = text.count("\n", 0, mark.start) + 1
            try:
                value = yamlnodes.load("\n" * before + "\n".join(lines[1:-1]), file)
            except ParseError as error:
                problems.append(error)
                continue
            fields |= value if isinstance(value, dict) else {}
    return fields


def places(text: str) -> list[Place]:
    """Return the citations of a manuscript's text in the order of reading: those of a footnote where it is called.

    Citations inside of others are left out.
    """
    marks = notes(text)
    outer = sorted((mark for mark in marks if mark.kind in ("definition", "inline")), key=lambda mark: mark.start)
    starts = [mark.start for mark in outer]
    inside: dict[Span, list[Place]] = {}
    events: list[Place | Span] = [mark for mark in marks if mark.kind in ("reference", "inline")]
    for match in SIGN.finditer(text):
        number = number_of(match)
        index = bisect_right(starts, match.start()) - 1
        if number == BIBLIOGRAPHY:
            continue
        if index >= 0 and match.start() < outer[index].end:
            inside.setdefault(outer[index], []).append(Place(number, *match.span(), outer[index]))
        else:
            events.append(Place(number, *match.span()))
    defined = {mark.name: mark for mark in reversed(outer) if mark.kind == "definition"}
    found: list[Place] = []
    for event in sorted(events, key=lambda event: event.start):
        if isinstance(event, Place):
            found.append(event)
        elif note := event if event.kind == "inline" else defined.pop(event.name, None):
            found += inside.pop(note, [Place(0, note.start, note.end, note)])
    return [*found, *(place for left in inside.values() for place in left)]


def notes(text: str) -> list[Span]:
    """Return the footnotes and the blocks of metadata of a manuscript's text."""
    found: list[Mark] = []
    reading = Reading(lambda _: None, lambda reading, part: found.extend(markdown.scan(reading, part)))
    reading.read(Part("", text))
    return [mark for mark in found if isinstance(mark, Span)]

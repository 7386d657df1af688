"""Word documents: the citations that Zotero, Mendeley, EndNote and Word itself keep in fields.

Field codes are those of ECMA-376 Part 1, 17.16: a complex field begins, has a code in pieces, perhaps separates its
result, and ends; a simple field has its code in an attribute. A citation's line is the number of its paragraph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from refs.errors import Location, ParseError
from refs.papers.archive import Archive, Refused
from refs.papers.citation import Citations, Reading
from refs.papers.fieldcodes import Cited, cited, cited_by_tag

PARTS = re.compile(r"word/(?:(document\d*)|footnotes\d*|endnotes\d*)\.xml")
PROPERTIES = "docProps/custom.xml"
BOOKMARK = re.compile(r"(ZOTERO_BREF_\w+?)_(\d+)")


def read(data: bytes, file: str) -> Citations:
    """Return what a Word document cites, notes last, with the records in its fields.

    A citation's file is "paper.docx:word/footnotes.xml" in notes.
    """
    reading = Reading(lambda _: None, lambda *_: None)
    reading.files.append(file)
    try:
        archive = Archive(data)
        marks = bookmarks(archive, PROPERTIES)
        parts = [name for name in archive.names if PARTS.fullmatch(name)]
        for name in sorted(parts, key=lambda name: (not PARTS.sub(r"\1", name), name)):
            _Scanner(reading, file if PARTS.sub(r"\1", name) else f"{file}:{name}", marks).scan(archive, name)
        if not parts:
            raise Refused("no Word document: it has no word/document.xml")
    except Refused as problem:
        reading.complain(str(problem), Location(file))
    return reading.result()


def bookmarks(archive: Archive, member: str) -> dict[str, str]:
    """Return the codes that Zotero keeps in properties of the document, by the bookmarks that they belong to."""
    pieces: dict[str, dict[int, str]] = {}
    texts: list[str] = []
    match: re.Match[str] | None = None

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal match
        if element in ("property", "user-defined"):
            match = BOOKMARK.fullmatch(attributes.get("name", ""))
            texts.clear()

    def end(element: str) -> None:
        nonlocal match
        if element in ("property", "user-defined") and match:
            pieces.setdefault(match[1], {})[int(match[2])] = "".join(texts).strip()
            match = None

    if member in archive.names:
        archive.parse(member, start, end, texts.append)
    return {name: "".join(found[number] for number in sorted(found)) for name, found in pieces.items()}


def note(reading: Reading, file: str, paragraph: int, code: str, data: str = "", tag: str = "") -> bool:
    """Note what a field cites, with the records that it holds; tell whether it cites anything."""
    place = Location(file, paragraph)
    name = re.split(r"[\\/]", str(place))[-1]
    found: list[Cited] = []
    try:
        found = cited_by_tag(tag, name) if tag else cited(code, data, name)
    except ParseError as error:
        reading.complain(error.reason, place)
    for one in found:
        reading.cite(one.key, place, one.kind)
        if one.record:
            reading.records.setdefault(one.key, one.record)
    return bool(found)


@dataclass(slots=True)
class _Field:
    """An open field: its code and data so far."""

    paragraph: int
    code: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    ended: bool = False


class _Scanner:
    """The scan of one part, with the fields that are open."""

    def __init__(self, reading: Reading, file: str, marks: dict[str, str]) -> None:
        self.reading = reading
        self.file = file
        self.marks = marks
        self.paragraph = 0
        self.fields: list[_Field] = []
        self.taking: list[str] | None = None
        self.skipped = 0

    def scan(self, archive: Archive, name: str) -> None:
        """Note the citations of a part."""
        archive.parse(name, self._start, self._end, self._text)

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        # What a program too old for the first choice shows in its place would be counted twice.
        if element == "Fallback" or self.skipped:
            self.skipped += 1
        elif element == "p":
            self.paragraph += 1
        elif element == "fldChar":
            self._mark(attributes.get("fldCharType", ""))
        elif element == "instrText" and self.fields and not self.fields[-1].ended:
            self.taking = self.fields[-1].code
        elif element == "fldData" and self.fields:
            self.taking = self.fields[-1].data
        elif element == "fldSimple":
            note(self.reading, self.file, self.paragraph, attributes.get("instr", ""))
        elif element == "tag":
            note(self.reading, self.file, self.paragraph, "", tag=attributes.get("val", ""))
        elif element == "bookmarkStart" and (code := self.marks.get(attributes.get("name", ""))):
            note(self.reading, self.file, self.paragraph, code)

    def _end(self, element: str) -> None:
        if self.skipped:
            self.skipped -= 1
        elif element in ("instrText", "fldData"):
            self.taking = None

    def _text(self, text: str) -> None:
        if self.taking is not None and not self.skipped:
            self.taking.append(text)

    def _mark(self, kind: str) -> None:
        if kind == "begin":
            self.fields.append(_Field(self.paragraph))
        elif kind == "separate" and self.fields:
            self.fields[-1].ended = True
        elif kind == "end" and self.fields:
            done = self.fields.pop()
            code = "".join(done.code)
            # EndNote puts the data of a citation into the field or into one inside it.
            if "EN.CITE.DATA" in code and self.fields and not self.fields[-1].data:
                self.fields[-1].data = done.data
            else:
                note(self.reading, self.file, done.paragraph, code, "".join(done.data))

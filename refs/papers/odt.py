"""LibreOffice documents: the citations that Zotero and Mendeley keep in reference marks and bookmarks.

Marks are elements of OpenDocument 1.3 Part 3, 5.5; LibreOffice's own bibliography marks (8.1.11) name a key. Of a
document that came from Word it keeps the codes of fields as parameters, and as keys those of Word's own citations. A
citation's line is the number of its paragraph or heading.
"""

from __future__ import annotations

from refs.errors import Location
from refs.papers.archive import Archive, Refused
from refs.papers.citation import Citations, Reading
from refs.papers.docx import bookmarks, note

CONTENT = "content.xml"
PROPERTIES = "meta.xml"
CODE = "vnd.oasis.opendocument.field.code"
MARKS = frozenset({"reference-mark", "reference-mark-start"})
BOOKMARKS = frozenset({"bookmark", "bookmark-start"})


def read(data: bytes, file: str) -> Citations:
    """Return what a LibreOffice document cites, with the records in its marks."""
    reading = Reading(lambda _: None, lambda *_: None)
    reading.files.append(file)
    try:
        archive = Archive(data)
        if CONTENT not in archive.names:
            raise Refused(f"no LibreOffice document: it has no {CONTENT}")
        _scan(reading, file, archive)
    except Refused as problem:
        reading.complain(str(problem), Location(file))
    return reading.result()


def _scan(reading: Reading, file: str, archive: Archive) -> None:
    codes = bookmarks(archive, PROPERTIES)
    paragraph = deleted = 0

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal paragraph, deleted
        name = attributes.get("name", "")
        if element == "tracked-changes" or deleted:
            deleted += 1
        elif element in ("p", "h"):
            paragraph += 1
        elif element in MARKS:
            note(reading, file, paragraph, name)
        elif element in BOOKMARKS and name in codes:
            note(reading, file, paragraph, codes[name])
        elif element == "param" and name == CODE:
            note(reading, file, paragraph, attributes.get("value", ""))
        elif element == "bibliography-mark":
            key = attributes.get("identifier", "")
            if key and not note(reading, file, paragraph, key):
                reading.cite(key, Location(file, paragraph))

    def end(element: str) -> None:
        nonlocal deleted
        deleted -= deleted > 0

    archive.parse(CONTENT, start, end, None)

"""Zenodo: https://zenodo.org/api/records/{number} (developers.zenodo.org); asked when DataCite has no answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from refs import languages, text
from refs.dates import parse_date
from refs.identifiers import normal
from refs.model import Name, Reference, Value
from resolver import contributors, titles
from resolver.fields import clean, isbns, number, pages

NAME = "zenodo"
PREFIX = "10.5281/zenodo."
Record = Mapping[str, Any]
TYPES = {
    "publication": "document",
    "article": "article-journal",
    "book": "book",
    "section": "chapter",
    "conferencepaper": "paper-conference",
    "conferenceproceeding": "book",
    "preprint": "article",
    "report": "report",
    "workingpaper": "report",
    "technicalnote": "report",
    "deliverable": "report",
    "thesis": "thesis",
    "peerreview": "review",
    "standard": "standard",
    "datapaper": "article-journal",
    "poster": "speech",
    "presentation": "speech",
    "lesson": "speech",
    "dataset": "dataset",
    "image": "graphic",
    "video": "motion_picture",
    "software": "software",
}
DEGREES = r"(?:B|M|D)\.?(?:A|S|Sc|Phil|Ed|Eng)\.?|Ph\.?D\.?|M\.?D\.?|MPH|MBA|MBBS|DVM|J\.?D\.?|RN|FRCPC?|Esq\.?"


def url(doi: str) -> str:
    """Return the address of the record of a DOI that Zenodo gave."""
    return f"https://zenodo.org/api/records/{doi.removeprefix(PREFIX)}"


def parse(record: Record, *, abstracts: bool = False) -> Reference:
    """Return the reference of a record."""
    metadata = _object(record, "metadata")
    kind = _type(metadata)
    found = titles.compose([metadata.get("title")], (), (), languages.tag(clean(metadata.get("language"))))
    journal, imprint, meeting = (_object(metadata, key) for key in ("journal", "imprint", "meeting"))
    book = _object(metadata, "part_of")
    fields: dict[str, Value] = {
        "title": found.title,
        "language": found.language,
        "author": _names(metadata, "creators"),
        "editor": _names(metadata, "contributors", "Editor"),
        "container-title": titles.title(journal.get("title") or book.get("title")),
        "volume": number(journal.get("volume")),
        "issue": number(journal.get("issue")),
        "page": pages(journal.get("pages") or book.get("pages")),
        "publisher": clean(imprint.get("publisher")) or ("" if journal else "Zenodo"),
        "publisher-place": clean(imprint.get("place")),
        "event-title": titles.title(meeting.get("title")),
        "event-place": clean(meeting.get("place")),
        "version": clean(metadata.get("version")),
        "genre": "Preprint" if kind == "article" else "",
        "ISBN": isbns([imprint.get("isbn")]),
        "DOI": normal("doi", clean(record.get("doi") or metadata.get("doi"))),
    }
    if (issued := parse_date(clean(metadata.get("publication_date")))).year:
        fields["issued"] = issued
    if abstracts:
        fields["abstract"] = text.rich(str(metadata.get("description") or ""))
    return Reference(type=kind, fields={variable: value for variable, value in fields.items() if value})


def _object(record: Record, key: str) -> Record:
    value = record.get(key)
    return value if isinstance(value, Mapping) else {}


def _type(metadata: Record) -> str:
    kind = _object(metadata, "resource_type")
    found = TYPES.get(clean(kind.get("subtype"))) or TYPES.get(clean(kind.get("type")), "document")
    return "document" if found == "article-journal" and not _object(metadata, "journal") else found


def _names(metadata: Record, key: str, role: str = "") -> tuple[Name, ...]:
    """Return the people; "Jane Doe, PhD" is a name with a degree, not a family name."""
    value = metadata.get(key)
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    texts = [clean(row.get("name")) for row in rows if not role or row.get("type") == role]
    texts = [re.sub(rf"(?:, ?(?:{DEGREES}))+$", "", one) for one in texts]
    return tuple(name for one in texts if (name := contributors.whole_name(one)))

"""Google Books: developers.google.com/books/docs/v1/reference/volumes. Its search also finds books of other ISBNs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from refs import identifiers
from refs.dates import parse_date
from refs.model import Reference, Value
from refs.names import parse_name
from resolver import titles
from resolver.fields import clean, isbns

NAME = "googlebooks"
Record = Mapping[str, Any]


def url(isbn: str) -> str:
    """Return the address of a search for one ISBN."""
    return f"https://www.googleapis.com/books/v1/volumes?q=isbn:{isbn}"


def volume(answer: Record, isbn: str) -> Record | None:
    """Return the volume that says it has the ISBN."""
    items = answer.get("items")
    for row in items if isinstance(items, list) else []:
        info = row.get("volumeInfo") if isinstance(row, Mapping) else None
        if isinstance(info, Mapping) and isbn in _isbns(info):
            return info
    return None


def parse(info: Record, *, abstracts: bool = False) -> Reference:
    """Return the reference of a volume, its `volumeInfo`."""
    found = titles.compose([info.get("title")], [info.get("subtitle")], (), clean(info.get("language")))
    authors = info.get("authors")
    texts = [clean(text) for text in authors] if isinstance(authors, list) else []
    fields: dict[str, Value] = {
        "title": found.title,
        "language": found.language,
        "author": tuple(parse_name(text) for text in texts if text),
        "publisher": clean(info.get("publisher")),
        "ISBN": isbns(_isbns(info)),
    }
    if (issued := parse_date(clean(info.get("publishedDate")))) and issued.year:
        fields["issued"] = issued
    count = info.get("pageCount")
    if isinstance(count, int) and count > 0:
        fields["number-of-pages"] = str(count)
    if abstracts:
        fields["abstract"] = clean(info.get("description"))
    return Reference(type="book", fields={variable: value for variable, value in fields.items() if value})


def _isbns(info: Record) -> list[str]:
    rows = info.get("industryIdentifiers")
    values = [row.get("identifier") for row in rows or [] if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return [identifiers.normal("isbn", value) for value in values if isinstance(value, str)]

"""Open Library's Books API: openlibrary.org/dev/docs/api/books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from refs import identifiers, languages
from refs.dates import parse_date
from refs.model import Name, Reference, Value
from refs.names import parse_name
from resolver import titles
from resolver.fields import clean, isbns

NAME = "openlibrary"
Record = Mapping[str, Any]


def url(isbn: str) -> str:
    """Return the address of one book."""
    return f"https://openlibrary.org/api/books?bibkeys=ISBN:{isbn}&jscmd=data&format=json"


def book(answer: Record, isbn: str) -> Record | None:
    """Return the record of an ISBN, None when there is none (the answer is `{}`)."""
    found = answer.get(f"ISBN:{isbn}")
    return found if isinstance(found, Mapping) and found.get("title") and _same(found, isbn) else None


def parse(record: Record, *, isbn: str = "") -> Reference:
    """Return the reference of a book, a record of `jscmd=data` or an edition."""
    found = titles.compose([record.get("title")], [record.get("subtitle")], (), _language(record))
    own = record.get("identifiers")
    own = own if isinstance(own, Mapping) else record
    known = isbns([isbn]) or isbns([*_list(own, "isbn_13"), *_list(own, "isbn_10")])
    fields: dict[str, Value] = {
        "title": found.title,
        "language": found.language,
        "author": tuple(_names(record)),
        "publisher": _first(record, "publishers"),
        "publisher-place": _first(record, "publish_places"),
        "edition": clean(record.get("edition_name")),
        "ISBN": known,
    }
    if (issued := parse_date(clean(record.get("publish_date")))) and issued.year:
        fields["issued"] = issued
    count = record.get("number_of_pages")
    if isinstance(count, int) and count > 0:
        fields["number-of-pages"] = str(count)
    return Reference(type="book", fields={variable: value for variable, value in fields.items() if value})


def _list(record: Record, key: str) -> list[Any]:
    value = record.get(key)
    return value if isinstance(value, list) else []


def _first(record: Record, key: str) -> str:
    """Return the first of a list of names, which are objects or texts."""
    values = [row.get("name") if isinstance(row, Mapping) else row for row in _list(record, key)]
    return next((text for value in values if (text := clean(value))), "")


def _names(record: Record) -> list[Name]:
    texts = [clean(row.get("name")) for row in _list(record, "authors") if isinstance(row, Mapping)]
    return [parse_name(text) for text in dict.fromkeys(texts) if text]


def _language(record: Record) -> str:
    keys = [row.get("key", "") for row in _list(record, "languages") if isinstance(row, Mapping)]
    return languages.tag(str(keys[0]).rpartition("/")[2]) if len(keys) == 1 else ""


def _same(record: Record, isbn: str) -> bool:
    """Say whether a record, if it names its ISBNs at all, names this one."""
    own = record.get("identifiers")
    own = own if isinstance(own, Mapping) else {}
    known = [*_list(own, "isbn_13"), *_list(own, "isbn_10")]
    return not known or isbn in {identifiers.normal("isbn", str(one)) for one in known}

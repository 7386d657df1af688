"""Japan Link Center: https://api.japanlinkcenter.org/dois/{doi}, the one agency with clean bilingual records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from refs import languages, text
from refs.model import Date, Name, Reference, Value, Variant
from resolver import contributors, titles
from resolver.fields import clean, date, issns, number, pages

NAME = "jalc"
Record = Mapping[str, Any]
TYPES = {"JA": "article-journal", "BK": "book", "RD": "dataset", "EL": "document", "GD": "document"}


def url(doi: str) -> str:
    """Return the address of one record."""
    return f"https://api.japanlinkcenter.org/dois/{quote(doi, safe='')}"


def parse(record: Record, *, abstracts: bool = False) -> Reference:
    """Return the reference of a record, the `data`: in Japanese where it has that, with the rest as variants."""
    found_titles = _titles(record)
    main = "ja" if any(tongue == "ja" for tongue, _ in found_titles) else next((t for t, _ in found_titles), "")
    names = _names(record)
    journals = _texts(record, "journal_title_name_list", "journal_title_name", kind="full")
    publishers = _texts(record, "publisher_list", "publisher_name")
    fields: dict[str, Value] = {
        "title": _pick(found_titles, main),
        "language": main,
        "author": next((found for tongue, found in names if tongue == main), names[0][1] if names else ()),
        "container-title": _pick(journals, main),
        "publisher": _pick(publishers, main),
        "volume": number(record.get("volume")),
        "issue": number(record.get("issue")),
        "page": pages("-".join(filter(None, (clean(record.get(key)) for key in ("first_page", "last_page"))))),
        "ISSN": issns([row.get("journal_id") for row in _rows(record, "journal_id_list") if row.get("type") == "ISSN"]),
        "DOI": clean(record.get("doi")).lower(),
    }
    if issued := _issued(record):
        fields["issued"] = issued
    variants = {
        "title": _variants(found_titles, fields["title"], main),
        "container-title": _variants(journals, fields["container-title"], main),
        "author": tuple(Variant(found, tongue) for tongue, found in names if found and found != fields["author"]),
    }
    return Reference(
        type=TYPES.get(clean(record.get("content_type")), "article-journal" if journals else "document"),
        fields={variable: value for variable, value in fields.items() if value},
        variants={variable: rows for variable, rows in variants.items() if rows},
    )


def _rows(record: Record, key: str) -> list[Record]:
    value = record.get(key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _tongue(row: Record, value: str) -> str:
    """Return the language of a row; the Japanese one often goes without saying."""
    found = languages.tag(clean(row.get("lang")))
    return found or languages.language(text.plain(value), "ja")


def _texts(record: Record, key: str, field: str, kind: str = "") -> list[tuple[str, str]]:
    rows = [row for row in _rows(record, key) if not kind or row.get("type") in (kind, None)]
    found = [(row, titles.title(row.get(field))) for row in rows]
    return [(_tongue(row, value), value) for row, value in found if value]


def _titles(record: Record) -> list[tuple[str, str]]:
    found = []
    for row in _rows(record, "title_list"):
        if title := titles.title(row.get("title")):
            subtitle = titles.title(row.get("subtitle"))
            found.append((_tongue(row, title), titles.with_subtitles(title, [subtitle] if subtitle else [])))
    return found


def _names(record: Record) -> list[tuple[str, tuple[Name, ...]]]:
    """Return the creators once for each language in which all of them have a name."""
    found: dict[str, list[Name]] = {}
    creators = _rows(record, "creator_list")
    for creator in creators:
        for row in _rows(creator, "names"):
            one = contributors.name({"family": _line(row.get("last_name")), "given": _line(row.get("first_name"))})
            if one:
                found.setdefault(_tongue(row, str(one)), []).append(one)
    longest = max(map(len, found.values()), default=0)
    return [(tongue, tuple(names)) for tongue, names in found.items() if len(names) == longest]


def _line(value: Any) -> str:
    """Return the first line: some depositors put the other language into the second."""
    return value.strip().partition("\n")[0] if isinstance(value, str) else ""


def _pick(found: list[tuple[str, str]], main: str) -> str:
    return next((value for tongue, value in found if tongue == main), found[0][1] if found else "")


def _variants(found: list[tuple[str, str]], chosen: Value, main: str) -> tuple[Variant, ...]:
    return tuple(Variant(value, tongue) for tongue, value in found if value != chosen and tongue != main)


def _issued(record: Record) -> Date | None:
    row = record.get("publication_date")
    row = row if isinstance(row, Mapping) else {}
    parts = [clean(row.get(f"publication_{part}")).lstrip("0") for part in ("year", "month", "day")]
    return date({"date-parts": [parts]})

"""A scholar site's JSON: one record on a line, followed by a text that repeats its title and abstract.

The record shows a machine's translation of the title; the metadata as they were published are a JSON text of their own
inside it, in `resultStr`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refs.dates import parse_date
from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats.csljson import clean, clean_lines, decoder
from refs.identifiers import normal
from refs.languages import language
from refs.model import Reference, Source, Value, Variant
from refs.names import parse_name

TYPES = {
    "journal article": "article-journal",
    "review": "article-journal",
    "conference": "paper-conference",
    "book": "book",
    "book section": "chapter",
    "dataset": "dataset",
}


def read(text: str, name: str) -> list[Block]:
    """Return a block for each record with the text that follows it; raise ParseError when there is none."""
    blocks: list[Block] = []
    line = 1
    for piece in re.split(r"(?m)^(?=\{)", text):
        if piece.strip() or blocks:
            blocks.append(_block(piece, line, re.split(r"[\\/]", name)[-1]))
        line += piece.count("\n")
    if not any(block.reference for block in blocks):
        raise ParseError(blocks[0].reason if blocks else "empty", Location(name, 1))
    return blocks


def _block(raw: str, line: int, file: str) -> Block:
    try:
        record, _ = decoder().raw_decode(raw.lstrip())
    except (ValueError, RecursionError):
        return Block("quarantine", line, raw, "not JSON")
    reference = to_reference(record) if isinstance(record, Mapping) else Reference()
    if not reference.text("title"):
        return Block("quarantine", line, raw, "a record without a title")
    sources = dict.fromkeys(reference.fields, Source(f"{file}:{line}"))
    return Block("entry", line, raw, reference=replace(reference, sources=sources))


def to_reference(record: Mapping[str, Any]) -> Reference:
    """Return the published metadata, and the title the site shows as a variant."""
    published = _nested(record.get("resultStr"))
    merged = {**record, **{key: value for key, value in published.items() if value not in (None, "", [])}}
    shown, title = _title(record), _title(merged)
    fields: dict[str, Value] = {
        "title": title,
        "author": tuple(parse_name(author) for author in _authors(merged.get("authors"))),
        "DOI": normal("doi", _text(merged.get("doi"))),
        "abstract": clean_lines(abstract) if isinstance(abstract := merged.get("abstract"), str) else "",
        "URL": _text(merged.get("url")),
        "PMCID": _text(merged.get("PMCID")),
        **_journal(merged),
    }
    if published_on := _text(merged.get("publicationDate")):
        fields["issued"] = parse_date(published_on)
    variants = {}
    if shown and shown != title:
        variants["title"] = (Variant(shown, language(shown) or "und", "translated"),)
    kind = TYPES.get(_text(merged.get("publicationTypes")).lower(), "")
    kind = kind or ("article-journal" if fields.get("container-title") else "document")
    return Reference(kind, {variable: value for variable, value in fields.items() if value}, variants=variants)


def _nested(source: Any) -> Mapping[str, Any]:
    if not isinstance(source, str):
        return {}
    try:
        nested = decoder().decode(source)
    except (ValueError, RecursionError):
        return {}
    return nested if isinstance(nested, Mapping) else {}


def _title(record: Mapping[str, Any]) -> str:
    """Return the title, a range of years without the blank that typesetting left after its dash."""
    return re.sub(r"(?<=\d)([–-]) (?=\d)", r"\1", _text(record.get("title")))


def _authors(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_text(one.get("name") if isinstance(one, Mapping) else one) for one in value if one]
    return [author for author in re.split(r"\s*[,;]\s*", _text(value)) if author]


def _journal(record: Mapping[str, Any]) -> dict[str, Value]:
    journal = record.get("journal")
    if not isinstance(journal, Mapping):
        return {"container-title": _text(journal) or _text(record.get("PeriodicalName"))}
    pages = re.sub(r"\s*[–-]+\s*", "-", _text(journal.get("pages")))
    return {
        "container-title": _text(journal.get("name")) or _text(record.get("PeriodicalName")),
        "volume": _text(journal.get("volume")),
        "page": pages,
    }


def _text(value: Any) -> str:
    return clean(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""

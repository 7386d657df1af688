"""JSON-LD of schema.org in web pages: https://schema.org/ScholarlyArticle and its kin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from refs.model import Name, Value
from refs.names import parse_name
from resolver import contributors, titles
from resolver.fields import clean, isbns, issns, number, pages

# Types of works, what a page is likeliest about first; other types are about the site, its owner or its navigation.
TYPES = {
    "ScholarlyArticle": "article-journal",
    "MedicalScholarlyArticle": "article-journal",
    "Thesis": "thesis",
    "Dataset": "dataset",
    "Chapter": "chapter",
    "Book": "book",
    "Report": "report",
    "SoftwareSourceCode": "software",
    "SoftwareApplication": "software",
    "NewsArticle": "article-newspaper",
    "ReportageNewsArticle": "article-newspaper",
    "OpinionNewsArticle": "article-newspaper",
    "AnalysisNewsArticle": "article-newspaper",
    "BlogPosting": "post-weblog",
    "TechArticle": "webpage",
    "Article": "webpage",
    "VideoObject": "motion_picture",
    "WebPage": "webpage",
}
MOST_NODES = 2000


@dataclass(frozen=True, slots=True)
class Work:
    """What the data say about the work of the page; all is empty where they say nothing."""

    type: str = ""
    title: str = ""
    author: tuple[Name, ...] = ()
    date: str = ""
    container: str = ""
    publisher: str = ""
    identifiers: tuple[str, ...] = ()
    fields: dict[str, Value] = field(default_factory=dict)


def work(blocks: list[Any]) -> Work:
    """Return the work that the page is about: the object of the likeliest type."""
    nodes = [node for node in _nodes(blocks) if _kind(node)]
    if not nodes:
        return Work()
    known = list(TYPES)
    node = min(nodes, key=lambda one: known.index(_kind(one)))
    periodical, numbers = _around(node)
    kind = TYPES[_kind(node)]
    if kind == "webpage" and numbers:
        kind = "article-journal"
    return Work(
        kind,
        titles.title(_text(node, "headline") or _text(node, "name")),
        _people(node.get("author") or node.get("creator")),
        _text(node, "datePublished") or _text(node, "dateCreated"),
        periodical or (_named(node.get("isPartOf")) if kind != "webpage" else ""),
        _named(node.get("publisher")),
        tuple(_identifiers(node)),
        _numbers(node) | numbers,
    )


def _nodes(blocks: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of the page itself: of a list, a graph, or as the main entity of another."""
    waiting = list(blocks)
    for _ in range(MOST_NODES):
        if not waiting:
            return
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, Mapping):
            yield one
            waiting += [one[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in one]


def _kind(node: Mapping[str, Any]) -> str:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    names = [str(kind).rpartition("/")[2].rpartition(":")[2] for kind in kinds]
    return next((name for name in TYPES if name in names), "")


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, Mapping):
        value = value.get("@value")
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _named(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return clean(_text(value, "name")) if isinstance(value, Mapping) else clean(value)


def _people(value: Any) -> tuple[Name, ...]:
    rows = value if isinstance(value, list) else [value]
    found = []
    for row in rows:
        row = {"name": row} if isinstance(row, str) else row
        if not isinstance(row, Mapping):
            continue
        family, given, whole = (clean(_text(row, key)) for key in ("familyName", "givenName", "name"))
        if family:
            found.append({"family": family, "given": given})
        elif whole and not re.match(r"https?://", whole):
            found.append(_parts(whole) if "Organization" not in str(row.get("@type")) else {"name": whole})
    return contributors.people(found).names


def _parts(whole: str) -> dict[str, str]:
    one = parse_name(whole)
    if one.literal or not one.given:
        return {"name": whole}
    family = " ".join(part for part in (one.non_dropping_particle, one.family) if part)
    return {"family": family, "given": one.given, "suffix": one.suffix}


def _around(node: Mapping[str, Any]) -> tuple[str, dict[str, Value]]:
    """Return the periodical that the work is part of, through its issue and volume, and their numbers."""
    fields: dict[str, Value] = {}
    name = ""
    part = node.get("isPartOf")
    for _ in range(4):
        part = part[0] if isinstance(part, list) and part else part
        if not isinstance(part, Mapping):
            break
        kind = str(part.get("@type"))
        fields["issue"] = fields.get("issue") or number(_text(part, "issueNumber"))
        fields["volume"] = fields.get("volume") or number(_text(part, "volumeNumber"))
        fields["ISSN"] = fields.get("ISSN") or issns(_list(part.get("issn")))
        if "Periodical" in kind or "Book" in kind:
            name = clean(_text(part, "name"))
        part = part.get("isPartOf")
    return name, {key: value for key, value in fields.items() if value}


def _numbers(node: Mapping[str, Any]) -> dict[str, Value]:
    first, last = (clean(_text(node, key)) for key in ("pageStart", "pageEnd"))
    fields: dict[str, Value] = {
        "page": pages("-".join(filter(None, (first, last)))) if first else pages(_text(node, "pagination")),
        "ISBN": isbns(_list(node.get("isbn"))),
        "version": clean(_text(node, "version") or _text(node, "softwareVersion")),
        "edition": clean(_text(node, "bookEdition")),
    }
    return {key: value for key, value in fields.items() if value}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _identifiers(node: Mapping[str, Any]) -> Iterator[str]:
    for key in ("identifier", "sameAs", "@id", "doi", "url"):
        for value in _list(node.get(key)):
            said = _text(value, "value") or _text(value, "@value") if isinstance(value, Mapping) else value
            if isinstance(said, str) and "10." in said:
                yield said

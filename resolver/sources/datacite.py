"""DataCite's REST API: https://api.datacite.org/dois/{doi} (support.datacite.org/docs/api)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from refs import languages, text
from refs.dates import parse_date
from refs.identifiers import normal
from refs.model import Date, Name, Reference, Value
from refs.names import parse_name
from resolver import contributors, titles
from resolver.fields import clean, isbns, issns, number, pages

NAME = "datacite"
Record = Mapping[str, Any]

TYPES = {
    "audiovisual": "motion_picture",
    "book": "book",
    "bookchapter": "chapter",
    "collection": "collection",
    "computationalnotebook": "software",
    "conferencepaper": "paper-conference",
    "conferenceproceeding": "book",
    "datapaper": "article-journal",
    "dataset": "dataset",
    "dissertation": "thesis",
    "event": "event",
    "image": "graphic",
    "journalarticle": "article-journal",
    "journal": "periodical",
    "peerreview": "review",
    "poster": "speech",
    "presentation": "speech",
    "preprint": "article",
    "report": "report",
    "software": "software",
    "sound": "song",
    "standard": "standard",
}
# What the depositor wrote tells more than "Text" and "Other".
WORDS = (
    (r"thesis|dissertation|habilitation", "thesis"),
    (r"preprint|e-print", "article"),
    (r"journal ?article|^article|journal paper", "article-journal"),
    (r"conference ?(?:paper|contribution|article)|proceedings? ?(?:paper|article)|^inproceedings", "paper-conference"),
    (r"book ?(?:chapter|section)|^chapter|inbook|incollection", "chapter"),
    (r"poster|presentation|lecture|slides|talk", "speech"),
    (r"report|working ?paper|deliverable|white ?paper", "report"),
    (r"^(?:e-?)?book|monograph", "book"),
    (r"software|code", "software"),
    (r"blog", "post-weblog"),
    (r"data", "dataset"),
)
ROLES = {"Editor": "editor", "Translator": "translator", "Producer": "producer"}
DATES = ("Issued", "Available", "Created", "Submitted")


def url(doi: str) -> str:
    """Return the address of one record."""
    return f"https://api.datacite.org/dois/{quote(doi, safe='')}"


def parse(record: Record, *, abstracts: bool = False) -> Reference:
    """Return the reference of a record, the `data` or its `attributes`."""
    attributes = record.get("attributes", record)
    attributes = attributes if isinstance(attributes, Mapping) else {}
    kind = type_of(attributes)
    creators = [_name(row) for row in _rows(attributes, "creators")]
    names = tuple(dict.fromkeys(one for one in creators if one))
    found = _titles(attributes, names)
    fields: dict[str, Value] = {
        "title": found.title,
        "original-title": found.original,
        "language": found.language,
        "author": names,
        **_contributors(attributes),
        **_container(attributes, kind),
        "publisher": _publisher(attributes),
        "version": clean(attributes.get("version")),
        "genre": _genre(attributes, kind),
        "DOI": normal("doi", str(attributes.get("doi") or "")),
    }
    fields |= _issued(attributes) | _related(attributes)
    if arxiv := _arxiv(attributes):
        fields["number"] = f"arXiv:{arxiv}"
    if abstracts:
        fields["abstract"] = _abstract(attributes)
    return Reference(
        type=kind,
        fields={variable: value for variable, value in fields.items() if value},
        variants={"title": found.variants} if found.variants else {},
        identifiers=_identifiers(attributes),
        extra=_extra(attributes),
    )


def type_of(attributes: Record) -> str:
    """Return the CSL type of what the depositor called it, else of DataCite's general type."""
    if _arxiv(attributes):
        return "article"
    types = attributes.get("types")
    types = types if isinstance(types, Mapping) else {}
    general = clean(types.get("resourceTypeGeneral")).replace(" ", "").lower()
    words = clean(types.get("resourceType")).lower()
    if general in TYPES and general not in ("collection", "image"):
        return TYPES[general]
    told = next((kind for pattern, kind in WORDS if re.search(pattern, words)), "")
    if told and general in ("", "text", "other", "collection"):
        return told
    if general == "text" and _rows(attributes, "container"):
        return "article-journal"
    return TYPES.get(general, "document")


def notices(record: Record) -> list[str]:
    """Return what a person should know of a record before citing it, a line each."""
    attributes = record.get("attributes", record)
    attributes = attributes if isinstance(attributes, Mapping) else {}
    if attributes.get("state") in ("registered", "draft"):
        return ["DataCite says that it was withdrawn"]
    return [
        f"published as {row['relatedIdentifier']}"
        for row in _rows(attributes, "relatedIdentifiers")
        if row.get("relationType") == "IsPreviousVersionOf" and row.get("relatedIdentifierType") == "DOI"
        if isinstance(row.get("relatedIdentifier"), str) and type_of(attributes) == "article"
    ]


def _rows(attributes: Record, key: str) -> list[Record]:
    value = attributes.get(key)
    value = [value] if isinstance(value, Mapping) and value else value
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _name(row: Record) -> Name | None:
    """Return a creator; records without `nameType` and name parts write "Family, Given" or an organisation."""
    parts = {"family": row.get("familyName"), "given": row.get("givenName")}
    if row.get("nameType") != "Organizational" and parts["family"]:
        return contributors.name(parts)
    whole = contributors.name({"name": row.get("name")})
    if whole is None or row.get("nameType") == "Organizational":
        return whole
    if whole.literal.count(",") == 1 and len(whole.literal) < 80:
        family, given = whole.literal.split(",")
        return contributors.name({"family": family, "given": given}) or whole
    if row.get("nameType") == "Personal":
        return parse_name(whole.literal)
    return whole


def _titles(attributes: Record, names: tuple[Name, ...]) -> titles.Titles:
    rows = _rows(attributes, "titles")
    kinds = {kind: [row.get("title") for row in rows if (row.get("titleType") or "") == kind] for kind in TITLES}
    declared = clean(attributes.get("language"))
    plain = kinds[""] or kinds["Other"] or kinds["AlternativeTitle"]
    found = titles.compose(
        [*plain, *kinds["TranslatedTitle"]],
        kinds["Subtitle"],
        (),
        declared,
        languages.script(text.plain(titles.title(plain[0]))) if plain else contributors.main_script([names]),
    )
    said = {titles.title(row.get("title")): languages.tag(clean(row.get("lang"))) for row in rows}
    variants = [replace(one, language=said.get(str(one.value)) or one.language) for one in found.variants]
    return replace(found, variants=tuple(variants))


TITLES = ("", "Other", "Subtitle", "AlternativeTitle", "TranslatedTitle")


def _contributors(attributes: Record) -> dict[str, Value]:
    found: dict[str, list[Name]] = {}
    for row in _rows(attributes, "contributors"):
        variable = ROLES.get(str(row.get("contributorType")))
        if variable and (one := _name(row)):
            found.setdefault(variable, []).append(one)
    return {variable: tuple(names) for variable, names in found.items()}


def _container(attributes: Record, kind: str) -> dict[str, Value]:
    container = next(iter(_rows(attributes, "container")), {})
    if kind in ("thesis", "software"):
        return {}
    first, last = clean(container.get("firstPage")), clean(container.get("lastPage"))
    series = container.get("type") in ("Series", "Book Series") and kind not in ("article-journal", "chapter")
    return {
        "collection-title" if series else "container-title": titles.title(container.get("title")),
        "volume": number(container.get("volume")),
        "issue": number(container.get("issue")),
        "page": pages(f"{first}-{last}" if first and last else first),
    }


def _publisher(attributes: Record) -> str:
    publisher = attributes.get("publisher")
    found = clean(publisher.get("name") if isinstance(publisher, Mapping) else publisher)
    return "" if found.lower().strip("():") in ("unav", "none", "unknown", "not available", "tba") else found


def _genre(attributes: Record, kind: str) -> str:
    types = attributes.get("types")
    written = clean(types.get("resourceType")) if isinstance(types, Mapping) else ""
    if kind == "article":
        return "Preprint"
    wanted = kind in ("thesis", "report", "speech", "document", "graphic") and re.search(r"[^\W\d_]", written)
    same = written.replace(" ", "").lower() in ("thesis", "report", "text", "other", "image", "dissertation")
    return written if wanted and not same else ""


def _issued(attributes: Record) -> dict[str, Value]:
    """Return the date of issue when it is in the year of publication, else that year alone."""
    year = clean(attributes.get("publicationYear"))
    known = {str(row.get("dateType")): clean(row.get("date")) for row in _rows(attributes, "dates")}
    for kind in DATES:
        found = parse_date(known[kind].partition("T")[0]) if known.get(kind) else None
        if found and found.year and (str(found.year) == year or not year.isdecimal()):
            return {"issued": found}
    return {"issued": Date(((int(year),),))} if re.fullmatch(r"[12]\d{3}", year) else {}


def _related(attributes: Record) -> dict[str, Value]:
    rows = [
        *_rows(attributes, "identifiers"),
        *_rows(attributes, "container"),
        *_rows(attributes, "relatedIdentifiers"),
    ]
    values: dict[str, list[str]] = {"ISBN": [], "ISSN": []}
    for row in rows:
        kind = str(row.get("identifierType") or row.get("relatedIdentifierType"))
        own = row.get("relationType") in (None, "IsPartOf", "IsIdenticalTo")
        value = row.get("identifier") or row.get("relatedIdentifier")
        if kind in values and own and isinstance(value, str):
            values[kind].append(value)
    return {"ISBN": isbns(values["ISBN"]), "ISSN": issns(values["ISSN"])}


def _abstract(attributes: Record) -> str:
    rows = [row for row in _rows(attributes, "descriptions") if row.get("descriptionType") == "Abstract"]
    description = next((row.get("description") for row in rows), None)
    return text.rich(description) if isinstance(description, str) else ""


def _arxiv(attributes: Record) -> str:
    """Return the arXiv number in a DOI that arXiv registered."""
    doi = str(attributes.get("doi") or "").lower()
    return doi.removeprefix("10.48550/arxiv.") if doi.startswith("10.48550/arxiv.") else ""


def _identifiers(attributes: Record) -> dict[str, str]:
    number = _arxiv(attributes)
    return {"arxiv": number} if number else {}


def _extra(attributes: Record) -> dict[str, str]:
    """Return what no CSL variable holds: the other dates, and the kind when no type says it."""
    extra = {
        f"date-{str(row['dateType']).lower()}": clean(row.get("date"))
        for row in _rows(attributes, "dates")
        if row.get("dateType") not in (None, "Issued") and clean(row.get("date"))
    }
    types = attributes.get("types")
    if isinstance(types, Mapping) and type_of(attributes) == "document":
        extra["datacite-type"] = json.dumps(dict(types), ensure_ascii=False)
    return extra

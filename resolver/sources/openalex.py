"""OpenAlex: https://api.openalex.org/works/{id} (docs.openalex.org/api-entities/works/work-object).

Its names are whole and its dates often the first of January, so a registry's record of the same work is better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from refs import languages, text
from refs.dates import parse_date
from refs.identifiers import Identifier, normal
from refs.model import Date, Reference, Value
from resolver import contributors, titles
from resolver.fields import clean, issns, number, pages

NAME = "openalex"
Record = Mapping[str, Any]
TYPES = {
    "article": "article-journal",
    "review": "article-journal",
    "letter": "article-journal",
    "editorial": "article-journal",
    "erratum": "article-journal",
    "retraction": "article-journal",
    "conference-paper": "paper-conference",
    "book": "book",
    "book-chapter": "chapter",
    "dataset": "dataset",
    "dissertation": "thesis",
    "preprint": "article",
    "peer-review": "review",
    "reference-entry": "entry",
    "report": "report",
    "software": "software",
    "standard": "standard",
}


def url(identifier: Identifier) -> str:
    """Return the address of a work by the number that OpenAlex gave it, a DOI, a PMID or a PMCID."""
    scheme = {NAME: "", "doi": "https://doi.org/"}.get(identifier.scheme, f"{identifier.scheme}:")
    return f"https://api.openalex.org/works/{scheme}{quote(identifier.value, safe='/')}"


def journal_url(issn: str) -> str:
    """Return the address of a journal."""
    return f"https://api.openalex.org/sources/issn:{issn}"


def parse_journal(source: Record) -> Reference:
    """Return the reference of a whole journal."""
    fields: dict[str, Value] = {
        "title": titles.title(source.get("display_name")),
        "publisher": clean(source.get("host_organization_name")),
        "ISSN": _issns(source),
    }
    return Reference("periodical", {variable: value for variable, value in fields.items() if value})


def identifiers(work: Record) -> dict[str, str]:
    """Return the work's identifiers in other schemes: doi, pmid, pmcid."""
    ids = work.get("ids")
    ids = ids if isinstance(ids, Mapping) else {}
    found = {scheme: clean(ids.get(scheme) or work.get(scheme)) for scheme in ("doi", "pmid", "pmcid")}
    return {scheme: normal(scheme, value) for scheme, value in found.items() if value}


def parse(work: Record, *, abstracts: bool = False) -> Reference:
    """Return the reference of a work."""
    source, raw_name, raw_type = _source(work)
    kind = _type(work, source, raw_type)
    title = titles.title(work.get("title") or work.get("display_name"))
    ids = identifiers(work)
    biblio = _object(work, "biblio")
    first, last = clean(biblio.get("first_page")), clean(biblio.get("last_page"))
    host = titles.title(source.get("display_name")) or raw_name
    fields: dict[str, Value] = {
        "title": title,
        "language": languages.language(text.plain(title), languages.tag(clean(work.get("language")))),
        "author": tuple(one for row in _rows(work, "authorships") if (one := contributors.whole_name(_author(row)))),
        "publisher" if source.get("type") == "repository" else "container-title": host,
        "volume": number(biblio.get("volume")),
        "issue": number(biblio.get("issue")),
        "page": pages(f"{first}-{last}" if first and last else first),
        "ISSN": _issns(source),
        "DOI": ids.get("doi", ""),
        "PMID": ids.get("pmid", ""),
        "PMCID": ids.get("pmcid", ""),
    }
    if publisher := clean(source.get("host_organization_name")):
        fields["publisher"] = publisher
    if issued := _issued(work):
        fields["issued"] = issued
    if kind == "article":
        fields["genre"] = "Preprint"
    if abstracts:
        fields["abstract"] = _abstract(work.get("abstract_inverted_index"))
    known = normal(NAME, clean(work.get("id")))
    return Reference(
        type=kind,
        fields={variable: value for variable, value in fields.items() if value},
        identifiers={NAME: known} if known else {},
    )


def notices(work: Record) -> list[str]:
    """Return what a person should know of a work before citing it, a line each."""
    return ["OpenAlex says that it was retracted"] if work.get("is_retracted") is True else []


def _object(record: Record, key: str) -> Record:
    value = record.get(key)
    return value if isinstance(value, Mapping) else {}


def _rows(record: Record, key: str) -> list[Record]:
    value = record.get(key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _source(work: Record) -> tuple[Record, str, str]:
    """Return the journal or repository of the main copy, and its name and the work's type as they were deposited."""
    place = _object(work, "primary_location")
    return _object(place, "source"), titles.title(place.get("raw_source_name")), clean(place.get("raw_type"))


def _type(work: Record, source: Record, raw_type: str) -> str:
    if raw_type in ("proceedings-article", "conference-paper") or source.get("type") == "conference":
        return "paper-conference"
    if raw_type in ("monograph", "edited-book", "reference-book", "proceedings"):
        return "book"
    return TYPES.get(clean(work.get("type")), "document")


def _author(row: Record) -> str:
    """Return a name as the work has it; one with digits or an address in it is left for OpenAlex's own form."""
    written = clean(row.get("raw_author_name"))
    own = clean(_object(row, "author").get("display_name"))
    return own if own and (not written or re.search(r"\d|;|,.*,", written)) else written


def _issns(source: Record) -> str:
    listed = source.get("issn")
    return issns([source.get("issn_l"), *(listed if isinstance(listed, list) else [])])


def _issued(work: Record) -> Date | None:
    """Return the date; the first of January is what OpenAlex writes when it knows the year alone."""
    written = clean(work.get("publication_date"))
    found = parse_date(written[:4] if written.endswith("-01-01") else written)
    if not found.year:
        found = parse_date(clean(work.get("publication_year")))
    return found if found.year else None


def _abstract(index: Any) -> str:
    """Return the abstract from the places of its words."""
    rows = index.items() if isinstance(index, Mapping) else ()
    places = [
        (place, word) for word, found in rows if isinstance(found, list) for place in found if isinstance(place, int)
    ]
    return text.rich(" ".join(str(word) for _, word in sorted(places)))

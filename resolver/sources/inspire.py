"""INSPIRE: https://inspirehep.net/api/literature/{recid} (github.com/inspirehep/rest-api-doc).

Records are curated: names are divided, journal, volume and article number apart, and the preprint and the published
article one record. Journal titles are abbreviated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from refs import languages, text
from refs.dates import parse_date
from refs.identifiers import Identifier, normal
from refs.model import Date, Name, Reference, Value
from resolver import contributors, titles
from resolver.fields import clean, isbns, number, pages

NAME = "inspire"
Record = Mapping[str, Any]
FIELDS = (
    "control_number,titles,authors.full_name,authors.inspire_roles,collaborations,corporate_author,publication_info,"
    "dois,arxiv_eprints,document_type,preprint_date,earliest_date,imprints,isbns,thesis_info,report_numbers,"
    "number_of_pages,languages,edition,abstracts"
)
TYPES = {
    "article": "article-journal",
    "conference paper": "paper-conference",
    "book chapter": "chapter",
    "book": "book",
    "proceedings": "book",
    "thesis": "thesis",
    "report": "report",
    "note": "report",
}
DEGREES = {
    "phd": "PhD thesis",
    "master": "Master’s thesis",
    "bachelor": "Bachelor’s thesis",
    "diploma": "Diploma thesis",
}


def url(identifier: Identifier) -> str:
    """Return the address of a record by its number, its texkey, a DOI or an arXiv number."""
    value = quote(identifier.value, safe="")
    if identifier.scheme in ("doi", "arxiv"):
        return f"https://inspirehep.net/api/{identifier.scheme}/{quote(identifier.value, safe='/')}?fields={FIELDS}"
    if identifier.value.isdecimal():
        return f"https://inspirehep.net/api/literature/{value}?fields={FIELDS}"
    return f"https://inspirehep.net/api/literature?q=texkeys%3A{value}&size=1&fields={FIELDS}"


def record(answer: Record) -> Record | None:
    """Return the metadata of an answer for one record, or of the first of a list."""
    hits = answer.get("hits")
    rows = hits.get("hits") if isinstance(hits, Mapping) else [answer]
    first = rows[0] if isinstance(rows, list) and rows else None
    found = first.get("metadata") if isinstance(first, Mapping) else None
    return found if isinstance(found, Mapping) else None


def parse(metadata: Record, *, abstracts: bool = False) -> Reference:
    """Return the reference of a record, its `metadata`."""
    published = next((row for row in _rows(metadata, "publication_info") if row.get("journal_title")), {})
    kind = _type(metadata, published)
    titled = next(iter(_rows(metadata, "titles")), {})
    declared = languages.tag(_first(metadata, "languages"))
    found = titles.compose([titled.get("title")], [titled.get("subtitle")], (), declared)
    first, last = clean(published.get("page_start")), clean(published.get("page_end"))
    imprint = next(iter(_rows(metadata, "imprints")), {})
    eprint = clean(next(iter(_rows(metadata, "arxiv_eprints")), {}).get("value"))
    fields: dict[str, Value] = {
        "title": found.title,
        "language": found.language,
        **_names(metadata),
        "container-title": titles.title(published.get("journal_title")),
        "volume": number(published.get("journal_volume")),
        "issue": number(published.get("journal_issue")),
        "page": pages(f"{first}-{last}" if first and last else first) or clean(published.get("artid")),
        "publisher": clean(imprint.get("publisher")),
        "publisher-place": clean(imprint.get("place")),
        "edition": number(metadata.get("edition")),
        "ISBN": isbns([row.get("value") for row in _rows(metadata, "isbns")]),
        "DOI": _doi(metadata),
        "number-of-pages": clean(metadata.get("number_of_pages")) if kind in ("book", "thesis") else "",
        "number": clean(next(iter(_rows(metadata, "report_numbers")), {}).get("value")) if kind == "report" else "",
        **_thesis(metadata, kind),
    }
    if kind == "article":
        fields |= {"genre": "Preprint", "publisher": "arXiv", "number": f"arXiv:{eprint}"}
    if issued := _issued(metadata, published, imprint):
        fields["issued"] = issued
    if abstracts:
        fields["abstract"] = text.rich(clean(next(iter(_rows(metadata, "abstracts")), {}).get("value")))
    return Reference(
        type=kind,
        fields={variable: value for variable, value in fields.items() if value},
        identifiers=_identifiers(metadata, eprint),
    )


def _rows(record: Record, key: str) -> list[Record]:
    value = record.get(key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _first(record: Record, key: str) -> str:
    value = record.get(key)
    return clean(value[0]) if isinstance(value, list) and value else ""


def _type(metadata: Record, published: Record) -> str:
    told = metadata.get("document_type")
    kinds = [str(one) for one in told] if isinstance(told, list) else []
    kind = next((TYPES[one] for one in TYPES if one in kinds), "document")
    unpublished = kind == "article-journal" and not published
    return "article" if unpublished and _rows(metadata, "arxiv_eprints") else kind


def _names(metadata: Record) -> dict[str, Value]:
    """Return authors and editors; a collaboration stands before its members, as journals print it."""
    found: dict[str, list[Name]] = {"author": [], "editor": []}
    for row in _rows(metadata, "collaborations"):
        if name := clean(row.get("value")):
            known = name.lower().rpartition(" ")[2] in ("collaboration", "group", "team", "consortium")
            found["author"].append(Name(literal=name if known else f"{name} Collaboration"))
    for row in _rows(metadata, "authors"):
        roles = row.get("inspire_roles")
        role = "editor" if isinstance(roles, list) and "editor" in roles else "author"
        if isinstance(roles, list) and "supervisor" in roles:
            continue
        if one := contributors.whole_name(clean(row.get("full_name"))):
            found[role].append(one)
    found["author"] += [Name(literal=clean(one)) for one in metadata.get("corporate_author") or [] if clean(one)]
    return {role: tuple(names) for role, names in found.items()}


def _doi(metadata: Record) -> str:
    """Return the DOI of the work itself: an erratum in the record has one too."""
    rows = _rows(metadata, "dois")
    own = [row for row in rows if row.get("material") in (None, "publication")] or rows
    return normal("doi", clean(own[0].get("value"))) if own else ""


def _thesis(metadata: Record, kind: str) -> dict[str, Value]:
    info = metadata.get("thesis_info")
    if kind != "thesis" or not isinstance(info, Mapping):
        return {}
    school = next(iter(_rows(info, "institutions")), {})
    return {"genre": DEGREES.get(clean(info.get("degree_type")), ""), "publisher": clean(school.get("name"))}


def _issued(metadata: Record, published: Record, imprint: Record) -> Date | None:
    info = metadata.get("thesis_info")
    written = (
        published.get("year"),
        imprint.get("date"),
        info.get("date") if isinstance(info, Mapping) else None,
        metadata.get("preprint_date"),
        metadata.get("earliest_date"),
    )
    return next((date for one in written if (date := parse_date(clean(one))).year), None)


def _identifiers(metadata: Record, eprint: str) -> dict[str, str]:
    found = {NAME: clean(metadata.get("control_number")), "arxiv": normal("arxiv", eprint) if eprint else ""}
    return {scheme: value for scheme, value in found.items() if value}

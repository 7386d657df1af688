"""Semantic Scholar: https://api.semanticscholar.org/graph/v1/paper/{id} (api.semanticscholar.org/api-docs/graph).

Names are whole and often short, and volume and pages cannot be relied on, so any registry's record is better.
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
from resolver.fields import clean, number, pages

NAME = "semanticscholar"
Record = Mapping[str, Any]
FIELDS = "title,authors,venue,year,publicationDate,externalIds,journal,publicationTypes,corpusId"
PREFIXES = {"doi": "DOI:", "arxiv": "ARXIV:", "pmid": "PMID:", "pmcid": "PMCID:"}
EXTERNAL = {"DOI": "doi", "ArXiv": "arxiv", "PubMed": "pmid", "PubMedCentral": "pmcid", "DBLP": "dblp"}
TYPES = {
    "JournalArticle": "article-journal",
    "Review": "article-journal",
    "Conference": "paper-conference",
    "Book": "book",
    "BookSection": "chapter",
    "Dataset": "dataset",
}


def url(identifier: Identifier, *, abstracts: bool = False) -> str:
    """Return the address of a paper by a number of Semantic Scholar's own, a DOI, an arXiv number, PMID or PMCID."""
    value = identifier.value.removeprefix("PMC")
    prefix = PREFIXES.get(identifier.scheme, "CorpusId:" if value.isdecimal() else "")
    fields = f"{FIELDS},abstract" if abstracts else FIELDS
    return f"https://api.semanticscholar.org/graph/v1/paper/{prefix}{quote(value, safe='')}?fields={fields}"


def identifiers(paper: Record) -> dict[str, str]:
    """Return the paper's identifiers in other schemes: doi, arxiv, pmid, pmcid, dblp."""
    ids = paper.get("externalIds")
    ids = ids if isinstance(ids, Mapping) else {}
    found = {scheme: clean(ids.get(name)) for name, scheme in EXTERNAL.items()}
    return {scheme: normal(scheme, value) for scheme, value in found.items() if value}


def parse(paper: Record, *, abstracts: bool = False) -> Reference:
    """Return the reference of a paper."""
    journal = paper.get("journal")
    journal = journal if isinstance(journal, Mapping) else {}
    volume, _, issue = number(journal.get("volume")).partition(" ")
    title = titles.title(paper.get("title"))
    ids = identifiers(paper)
    kind = _type(paper, ids)
    authors = paper.get("authors")
    rows = [row for row in authors if isinstance(row, Mapping)] if isinstance(authors, list) else []
    fields: dict[str, Value] = {
        "title": title,
        "language": languages.language(text.plain(title)),
        "author": tuple(one for row in rows if (one := contributors.whole_name(clean(row.get("name"))))),
        "container-title": titles.title(journal.get("name")) or titles.title(paper.get("venue")),
        "volume": volume,
        "issue": issue,
        "page": pages(journal.get("pages")),
        "DOI": ids.get("doi", ""),
        "PMID": ids.get("pmid", ""),
        "PMCID": ids.get("pmcid", ""),
    }
    if kind == "article":
        fields |= {"genre": "Preprint", "publisher": fields.pop("container-title"), "volume": "", "page": ""}
    if issued := _issued(paper):
        fields["issued"] = issued
    if abstracts:
        fields["abstract"] = text.rich(clean(paper.get("abstract")))
    corpus = clean(paper.get("corpusId")) or clean(paper.get("paperId"))
    own = {NAME: normal(NAME, corpus)} if corpus else {}
    return Reference(
        type=kind,
        fields={variable: value for variable, value in fields.items() if value},
        identifiers=own | ({"arxiv": ids["arxiv"]} if "arxiv" in ids else {}),
    )


def _type(paper: Record, ids: Mapping[str, str]) -> str:
    kinds = paper.get("publicationTypes")
    kinds = [str(one) for one in kinds] if isinstance(kinds, list) else []
    if re.search(r"(?i)^arxiv", clean(paper.get("venue"))) or (not kinds and "arxiv" in ids and "doi" not in ids):
        return "article"
    return next((TYPES[kind] for kind in TYPES if kind in kinds), "document")


def _issued(paper: Record) -> Date | None:
    """Return the date when it is in the year of publication, else the year: the date may be the preprint's."""
    year = clean(paper.get("year"))
    found = parse_date(clean(paper.get("publicationDate")))
    if found.year and (not year or str(found.year) == year):
        return found
    return Date(((int(year),),)) if re.fullmatch(r"[12]\d{3}", year) else None

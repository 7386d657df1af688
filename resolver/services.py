"""How each service is asked: a question, the check that the answer is about the work asked for, and its reference.

Every function takes the inquiry and an identifier in one of the schemes that its line in SOURCES lists, and returns
None for what the service does not have. What goes wrong is a ServiceError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from refs.errors import ParseError, ServiceError
from refs.identifiers import Identifier, normal
from refs.model import Reference
from resolver import snapshot
from resolver.http import XML, Answer, host
from resolver.inquiry import ABSENT, Asked, Inquiry, json_of, object_of, require_same, xml_of
from resolver.sources import (
    ads,
    arxiv,
    crossref,
    datacite,
    dblp,
    doi,
    github,
    googlebooks,
    inspire,
    jalc,
    marc,
    openalex,
    openlibrary,
    pubmed,
    semanticscholar,
    wikidata,
    zenodo,
    zoteroserver,
)

Ask = Callable[[Inquiry, Identifier], Reference | None]


def _crossref(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    name = asked.value
    if asked.scheme == "issn":
        journal = inquiry.get(crossref.NAME, crossref.journal_url(name), lambda answer: object_of(answer, "message"))
        return inquiry.sourced(crossref.parse_journal(journal), crossref.NAME) if journal else None

    def read(answer: Answer) -> Mapping[str, Any]:
        work = object_of(answer, "message")
        # A redirect leads to the DOI that took the place of the one asked for; Crossref lists that one as an alias.
        wanted = crossref.doi_in(answer.url) if answer.redirected else name
        aliases = work.get("aliases")
        if not (isinstance(aliases, list) and name in aliases):
            require_same(wanted, work.get("DOI"), answer)
        return work

    work = inquiry.get(crossref.NAME, crossref.url(name), read)
    if work is None:
        return None
    given = str(work.get("DOI") or "").lower()
    if given != name:
        inquiry.notices.append(f"{name} was superseded: the record is that of {given}")
    inquiry.notices.extend(f"{given}: {line}" for line in crossref.notices(work))
    return inquiry.sourced(crossref.parse(work, abstracts=inquiry.abstracts), crossref.NAME)


def _snapshot(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    """Look a DOI up in the person's own copy of Crossref, whose records are as old as it is."""
    if inquiry.snapshot is None:
        raise ServiceError(f"{asked}: there is no snapshot to ask: refs config set snapshot DIRECTORY")
    work = inquiry.snapshot.get(asked.value)
    path = str(inquiry.snapshot.path)
    inquiry.asked.append(Asked(snapshot.NAME, path, "not there" if work is None else "found"))
    if work is None:
        return None
    inquiry.notices.extend(f"{asked.value}: {line}" for line in crossref.notices(work))
    found = crossref.parse(work, abstracts=inquiry.abstracts)
    return inquiry.sourced(found, snapshot.NAME, inquiry.snapshot.about.date)


def _datacite(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    name = arxiv.doi(asked.value) if asked.scheme == "arxiv" else asked.value

    def read(answer: Answer) -> Mapping[str, Any]:
        record = object_of(answer, "data")
        require_same(name, object_of(answer, "data", "attributes").get("doi"), answer)
        return record

    record = inquiry.get(datacite.NAME, datacite.url(name), read)
    if record is None:
        return None
    inquiry.notices.extend(f"{name}: {line}" for line in datacite.notices(record))
    return inquiry.sourced(datacite.parse(record, abstracts=inquiry.abstracts), datacite.NAME)


def _jalc(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    def read(answer: Answer) -> Mapping[str, Any]:
        record = object_of(answer, "data")
        require_same(asked.value, record.get("doi"), answer)
        return record

    record = inquiry.get(jalc.NAME, jalc.url(asked.value), read)
    return inquiry.sourced(jalc.parse(record, abstracts=inquiry.abstracts), jalc.NAME) if record else None


def _negotiated(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    """Ask for CSL-JSON by content negotiation; a web page is the answer of an agency that has none."""

    def read(answer: Answer) -> Mapping[str, Any]:
        if answer.body.lstrip()[:1] == b"<" and answer.redirected:
            return {}
        item = object_of(answer)
        if item.get("DOI"):
            require_same(asked.value, item["DOI"], answer)
        return item

    absent = ABSENT | {204, 300, 406, 415}
    item = inquiry.get(doi.NAME, doi.url(asked.value), read, doi.CSL_JSON, absent)
    if not item or not (item.get("title") or item.get("container-title")):
        return None
    found = doi.parse({**item, "DOI": asked.value}, abstracts=inquiry.abstracts)
    return inquiry.sourced(found, doi.NAME)


def _arxiv(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    bare = arxiv.unversioned(asked.value)
    feed = inquiry.get(arxiv.NAME, arxiv.url(asked.value), xml_of, XML)
    entry = arxiv.entry(feed, asked.value) if feed is not None else None
    if entry is None:
        return None
    inquiry.notices.extend(f"arXiv:{bare}: {line}" for line in arxiv.notices(entry))
    found = arxiv.parse(entry, version=asked.value.removeprefix(bare), abstracts=inquiry.abstracts)
    return inquiry.sourced(found, arxiv.NAME)


def _pubmed(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    root = inquiry.get(pubmed.NAME, pubmed.url(asked.value), xml_of, XML, ABSENT | {400})
    article = pubmed.article(root, asked.value) if root is not None else None
    if article is None:
        return None
    inquiry.notices.extend(f"pmid:{asked.value}: {line}" for line in pubmed.notices(article))
    return inquiry.sourced(pubmed.parse(article, abstracts=inquiry.abstracts), pubmed.NAME)


def _open_library(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    answer = inquiry.get(openlibrary.NAME, openlibrary.url(asked.value), object_of)
    record = openlibrary.book(answer, asked.value) if answer else None
    return _book(inquiry, openlibrary.parse(record, isbn=asked.value), asked, openlibrary.NAME) if record else None


def _google_books(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    answer = inquiry.get(googlebooks.NAME, googlebooks.url(asked.value), object_of)
    info = googlebooks.volume(answer, asked.value) if answer else None
    found = googlebooks.parse(info, abstracts=inquiry.abstracts) if info else None
    return _book(inquiry, found, asked, googlebooks.NAME) if found else None


def _catalogue(name: str) -> Ask:
    def ask(inquiry: Inquiry, asked: Identifier) -> Reference | None:
        root = inquiry.get(name, marc.url(name, asked.value), xml_of, XML)
        record = marc.record(root) if root is not None else None
        return _book(inquiry, marc.parse(record, isbn=asked.value), asked, name) if record is not None else None

    return ask


def _book(inquiry: Inquiry, found: Reference, asked: Identifier, service: str) -> Reference:
    """Let the ISBN asked for stand alone: a record lists those of other bindings too."""
    return inquiry.sourced(replace(found, fields={**found.fields, "ISBN": asked.value}), service)


def _openalex(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    if asked.scheme == "issn":
        journal = inquiry.get(openalex.NAME, openalex.journal_url(asked.value), object_of)
        return inquiry.sourced(openalex.parse_journal(journal), openalex.NAME) if journal else None

    def read(answer: Answer) -> Mapping[str, Any]:
        work = object_of(answer)
        own = openalex.identifiers(work).get(asked.scheme)
        # A work that was merged into another is answered for by that one, after a redirect.
        if own != asked.value and asked.scheme in ("doi", "pmid", "pmcid"):
            raise ServiceError(f"{host(answer.url)} answered for another work")
        return work

    work = inquiry.get(openalex.NAME, openalex.url(asked), read)
    if work is None:
        return None
    inquiry.others = openalex.identifiers(work)
    inquiry.notices.extend(f"{asked}: {line}" for line in openalex.notices(work))
    return inquiry.sourced(openalex.parse(work, abstracts=inquiry.abstracts), openalex.NAME)


def _semantic_scholar(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    asked = Identifier("arxiv", arxiv.unversioned(asked.value)) if asked.scheme == "arxiv" else asked
    address = semanticscholar.url(asked, abstracts=inquiry.abstracts)
    paper = inquiry.get(semanticscholar.NAME, address, object_of)
    if paper is None:
        return None
    inquiry.others = semanticscholar.identifiers(paper)
    if inquiry.others.get(asked.scheme, asked.value) != asked.value:
        raise ServiceError(f"{asked}: {host(address)} answered for another work")
    return inquiry.sourced(semanticscholar.parse(paper, abstracts=inquiry.abstracts), semanticscholar.NAME)


def _inspire(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    asked = Identifier("arxiv", arxiv.unversioned(asked.value)) if asked.scheme == "arxiv" else asked
    answer = inquiry.get(inspire.NAME, inspire.url(asked), object_of)
    record = inspire.record(answer) if answer else None
    if record is None:
        return None
    return inquiry.sourced(inspire.parse(record, abstracts=inquiry.abstracts), inspire.NAME)


def _dblp(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    root = inquiry.get(dblp.NAME, dblp.url(asked.value), xml_of, XML)
    record = dblp.record(root) if root is not None else None
    if record is None:
        return None
    inquiry.others = dblp.identifiers(record)
    return inquiry.sourced(dblp.parse(record), dblp.NAME)


def _ads(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    if not inquiry.keys.get("ads-token"):
        raise ServiceError(f"{asked}: {ads.ANONYMOUS}")
    asked = Identifier("arxiv", arxiv.unversioned(asked.value)) if asked.scheme == "arxiv" else asked
    answer = inquiry.get(ads.NAME, ads.url(asked), object_of)
    found = ads.document(answer) if answer else None
    return inquiry.sourced(ads.parse(found, abstracts=inquiry.abstracts), ads.NAME) if found else None


def _zenodo(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    if not asked.value.startswith(zenodo.PREFIX):
        return None
    record = inquiry.get(zenodo.NAME, zenodo.url(asked.value), object_of)
    return inquiry.sourced(zenodo.parse(record, abstracts=inquiry.abstracts), zenodo.NAME) if record else None


def _github(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    def read(answer: Answer) -> tuple[Reference, list[str]]:
        try:
            return github.parse_file(answer.body.decode())
        except (ParseError, UnicodeDecodeError):
            raise ServiceError("its CITATION.cff cannot be read") from None

    file = None
    try:
        file = inquiry.get("CITATION.cff", github.file_url(asked.value), read, "text/plain, */*;q=0.5")
    except ServiceError as error:
        inquiry.notices.append(str(error))
    if file:
        inquiry.notices.extend(f"{asked}: {line}" for line in file[1])
        return inquiry.sourced(file[0], github.NAME)
    record = inquiry.get(github.NAME, github.url(asked.value), object_of)
    if record is None:
        return None
    inquiry.notices.append(f"{asked} says of itself what GitHub knows: it has no CITATION.cff that can be read")
    release = asked.value.partition("@")[2]
    return inquiry.sourced(github.parse(record, release=release), github.NAME)


def _wikidata(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    answer = inquiry.get(wikidata.NAME, wikidata.url(asked.value), object_of)
    item = wikidata.entity(answer, asked.value) if answer else None
    if item is None:
        return None
    inquiry.others = wikidata.identifiers_of(item)
    labels: Mapping[str, str] = {}
    # Where the work has a better record, nobody needs the labels.
    if (inquiry.source or not inquiry.others) and (mentioned := wikidata.mentioned(item)):
        labels = wikidata.labels(inquiry.get(wikidata.NAME, wikidata.labels_url(mentioned), object_of) or {})
    return inquiry.sourced(wikidata.parse(item, labels), wikidata.NAME)


def _translation_server(inquiry: Inquiry, asked: Identifier) -> Reference | None:
    if not inquiry.server:
        raise ServiceError(f"{asked}: {zoteroserver.NOT_SET}")
    address, question = zoteroserver.url(inquiry.server, asked), zoteroserver.question(asked)
    items = inquiry.send(zoteroserver.NAME, address, question, lambda answer: zoteroserver.items(json_of(answer)))
    if not items:
        return None

    def read(answer: Answer) -> Mapping[str, Any] | None:
        rows = json_of(answer)
        return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) else None

    item = inquiry.send(zoteroserver.NAME, zoteroserver.export_url(inquiry.server), items, read)
    if item is None:
        return None
    if asked.scheme == "doi" and item.get("DOI") and normal("doi", str(item["DOI"])) != asked.value:
        raise ServiceError(f"{asked}: {zoteroserver.NAME} answered for another DOI")
    return inquiry.sourced(zoteroserver.parse(item, abstracts=inquiry.abstracts), zoteroserver.NAME)


@dataclass(frozen=True, slots=True)
class Service:
    """How a service is asked, and the schemes of the identifiers that it can be asked for."""

    ask: Ask
    schemes: tuple[str, ...]


SOURCES: dict[str, Service] = {
    crossref.NAME: Service(_crossref, ("doi", "issn")),
    datacite.NAME: Service(_datacite, ("doi", "arxiv")),
    jalc.NAME: Service(_jalc, ("doi",)),
    doi.NAME: Service(_negotiated, ("doi",)),
    arxiv.NAME: Service(_arxiv, ("arxiv",)),
    pubmed.NAME: Service(_pubmed, ("pmid",)),
    openlibrary.NAME: Service(_open_library, ("isbn",)),
    googlebooks.NAME: Service(_google_books, ("isbn",)),
    "k10plus": Service(_catalogue("k10plus"), ("isbn",)),
    "loc": Service(_catalogue("loc"), ("isbn",)),
    openalex.NAME: Service(_openalex, ("openalex", "doi", "pmid", "pmcid", "issn")),
    semanticscholar.NAME: Service(_semantic_scholar, ("semanticscholar", "doi", "arxiv", "pmid", "pmcid")),
    inspire.NAME: Service(_inspire, ("inspire", "doi", "arxiv")),
    dblp.NAME: Service(_dblp, ("dblp",)),
    ads.NAME: Service(_ads, ("bibcode", "doi", "arxiv")),
    zenodo.NAME: Service(_zenodo, ("doi",)),
    github.NAME: Service(_github, ("github",)),
    wikidata.NAME: Service(_wikidata, ("wikidata",)),
    zoteroserver.NAME: Service(_translation_server, ("doi", "isbn", "pmid", "arxiv", "url")),
    snapshot.NAME: Service(_snapshot, ("doi",)),
}

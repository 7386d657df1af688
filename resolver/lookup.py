"""Which service is asked for what, in which order, and what each outcome means.

A DOI is asked of Crossref first, which has nine of ten, unless doi.org has named another agency before; a 404 there
only says that another may have it. Then doi.org names the agency: DataCite and JaLC have APIs of their own, the others
are asked for CSL-JSON by content negotiation. A Crossref that is away does not keep the others from answering.

A new source is a module under `sources/` and a line in AGENCIES, BOOKS or LOOKUPS.

    outcome                     error           who is at fault
    nobody registered it        NotRegistered   the user's spelling
    registered, no metadata     NoMetadata      the agency
    no usable answer            ServiceError    the service or the network
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from refs.errors import NoMetadata, NotRegistered, ServiceError
from refs.identifiers import Identifier, normal
from refs.model import Reference
from resolver.http import XML, Answer, GivenUp
from resolver.inquiry import ABSENT, Inquiry, json_of, object_of, require_same, xml_of
from resolver.sources import arxiv, crossref, datacite, doi, googlebooks, jalc, marc, openlibrary, pubmed


def look_up(inquiry: Inquiry) -> Reference:
    """Return the reference of an identifier from the first service that has it."""
    try:
        return LOOKUPS[inquiry.identifier.scheme](inquiry)
    except RecursionError:
        raise ServiceError(f"{inquiry.identifier}: the record is nested too deeply to be read") from None


def _by_doi(inquiry: Inquiry) -> Reference:
    name, agency, problem = inquiry.identifier.value, inquiry.agency, None
    if agency != "" and agency not in AGENCIES:
        try:
            if reference := _crossref(inquiry, name):
                return reference
        except ServiceError as error:
            problem = error
    if agency is None:
        agency = _agency(inquiry, name, problem)
    if not agency:
        raise NotRegistered(f"{name} is not registered: doi.org knows no such DOI")
    if (own := AGENCIES.get(agency)) and (reference := own(inquiry, name)):
        return reference
    if problem:
        raise problem
    if agency not in doi.WITHOUT_METADATA and (reference := _negotiated(inquiry, name)):
        return reference
    raise NoMetadata(
        f"{name} is registered with {agency}, but no service gives its metadata (asked {inquiry.services()})"
    )


def _agency(inquiry: Inquiry, name: str, problem: ServiceError | None) -> str:
    """Ask doi.org who registered a DOI; raise the earlier problem when it does not say."""

    def read(answer: Answer) -> str:
        agency = doi.agency(json_of(answer), name)
        if agency is None:
            raise ServiceError("doi.org did not say who registered it")
        return agency

    if isinstance(problem, GivenUp):
        raise problem
    try:
        return inquiry.get("doi.org", doi.agency_url(name), read, absent=frozenset()) or ""
    except ServiceError as error:
        raise problem or error from None


def _crossref(inquiry: Inquiry, name: str) -> Reference | None:
    def read(answer: Answer) -> Mapping[str, Any]:
        work = object_of(answer, "message")
        # A redirect leads to the DOI that took the place of the one asked for; Crossref lists that one as an alias.
        wanted = crossref.doi_in(answer.url) if answer.redirected else name
        aliases = work.get("aliases")
        if not (isinstance(aliases, list) and name in aliases):
            require_same(wanted, work.get("DOI"), answer)
        return work

    work = inquiry.get("crossref", crossref.url(name), read)
    if work is None:
        return None
    given = str(work.get("DOI") or "").lower()
    if given != name:
        inquiry.notices.append(f"{name} was superseded: the record is that of {given}")
    inquiry.notices.extend(f"{given}: {line}" for line in crossref.notices(work))
    return inquiry.sourced(crossref.parse(work, abstracts=inquiry.abstracts), crossref.NAME)


def _datacite(inquiry: Inquiry, name: str) -> Reference | None:
    def read(answer: Answer) -> Mapping[str, Any]:
        record = object_of(answer, "data")
        require_same(name, object_of(answer, "data", "attributes").get("doi"), answer)
        return record

    record = inquiry.get("datacite", datacite.url(name), read)
    if record is None:
        return None
    inquiry.notices.extend(f"{name}: {line}" for line in datacite.notices(record))
    return inquiry.sourced(datacite.parse(record, abstracts=inquiry.abstracts), datacite.NAME)


def _negotiated(inquiry: Inquiry, name: str) -> Reference | None:
    """Ask for CSL-JSON by content negotiation; a web page is the answer of an agency that has none."""

    def read(answer: Answer) -> Mapping[str, Any]:
        if answer.body.lstrip()[:1] == b"<" and answer.redirected:
            return {}
        item = object_of(answer)
        if item.get("DOI"):
            require_same(name, item["DOI"], answer)
        return item

    absent = ABSENT | {204, 300, 406, 415}
    item = inquiry.get("doi.org", doi.url(name), read, doi.CSL_JSON, absent)
    if not item or not (item.get("title") or item.get("container-title")):
        return None
    found = doi.parse({**item, "DOI": name}, abstracts=inquiry.abstracts)
    return inquiry.sourced(found, doi.NAME)


def _by_short_doi(inquiry: Inquiry) -> Reference:
    short = inquiry.identifier.value
    answer = inquiry.get("doi.org", doi.handle_url(short), json_of)
    if answer is None:
        raise NotRegistered(f"{short} is not registered: doi.org knows no such short DOI")
    name = doi.long_doi(answer)
    if not name:
        raise NoMetadata(f"{short} is registered, but doi.org does not say which DOI it stands for")
    inquiry.identifier = Identifier("doi", normal("doi", name))
    return _by_doi(inquiry)


def _jalc(inquiry: Inquiry, name: str) -> Reference | None:
    def read(answer: Answer) -> Mapping[str, Any]:
        record = object_of(answer, "data")
        require_same(name, record.get("doi"), answer)
        return record

    record = inquiry.get("jalc", jalc.url(name), read)
    return inquiry.sourced(jalc.parse(record, abstracts=inquiry.abstracts), jalc.NAME) if record else None


def _by_arxiv(inquiry: Inquiry) -> Reference:
    """Ask arXiv, and DataCite for the same paper when arXiv has no answer: it often has none."""
    number = inquiry.identifier.value
    bare = arxiv.unversioned(number)
    problem: ServiceError | None = None
    try:
        feed = inquiry.get("arxiv", arxiv.url(number), xml_of, XML)
        if feed is not None and (entry := arxiv.entry(feed, number)) is not None:
            inquiry.notices.extend(f"arXiv:{bare}: {line}" for line in arxiv.notices(entry))
            found = arxiv.parse(entry, version=number.removeprefix(bare), abstracts=inquiry.abstracts)
            return inquiry.sourced(found, arxiv.NAME)
    except ServiceError as error:
        problem = error
    if reference := _datacite(inquiry, arxiv.doi(number)):
        return reference
    if problem:
        raise problem
    raise NotRegistered(f"arXiv:{number} does not exist: arXiv and DataCite know no such paper")


def _by_pmid(inquiry: Inquiry) -> Reference:
    pmid = inquiry.identifier.value
    root = inquiry.get("pubmed", pubmed.url(pmid), xml_of, XML, ABSENT | {400})
    article = pubmed.article(root, pmid) if root is not None else None
    if article is None:
        raise NotRegistered(f"pmid:{pmid} does not exist: PubMed knows no such record")
    inquiry.notices.extend(f"pmid:{pmid}: {line}" for line in pubmed.notices(article))
    return inquiry.sourced(pubmed.parse(article, abstracts=inquiry.abstracts), pubmed.NAME)


def _by_pmcid(inquiry: Inquiry) -> Reference:
    """Ask for the PMID or DOI of a PMCID, then for that."""
    pmcid = inquiry.identifier.value
    answer = inquiry.get("pmc", pubmed.converter_url(pmcid), object_of, absent=ABSENT | {400})
    others = pubmed.converted(answer, pmcid) if answer else {}
    if not others:
        raise NotRegistered(f"{pmcid} does not exist: PubMed Central knows no such article")
    scheme = "pmid" if "pmid" in others else "doi"
    inquiry.identifier = Identifier(scheme, normal(scheme, others[scheme]))
    found = look_up(inquiry)
    return inquiry.sourced(replace(found, fields={**found.fields, "PMCID": pmcid}), inquiry.asked[-1].service)


def _by_isbn(inquiry: Inquiry) -> Reference:
    """Ask the sources of books in turn; one of them being away is no proof that a book does not exist."""
    isbn = inquiry.identifier.value
    problem: ServiceError | None = None
    for service, ask in BOOKS.items():
        try:
            found = ask(inquiry, isbn)
        except ServiceError as error:
            problem = error
            continue
        if found:
            return inquiry.sourced(replace(found, fields={**found.fields, "ISBN": isbn}), service)
    if problem:
        raise problem
    raise NotRegistered(f"isbn:{isbn} was not found (asked {inquiry.services()})")


def _open_library(inquiry: Inquiry, isbn: str) -> Reference | None:
    answer = inquiry.get(openlibrary.NAME, openlibrary.url(isbn), object_of)
    record = openlibrary.book(answer, isbn) if answer else None
    return openlibrary.parse(record, isbn=isbn) if record else None


def _google_books(inquiry: Inquiry, isbn: str) -> Reference | None:
    answer = inquiry.get(googlebooks.NAME, googlebooks.url(isbn), object_of)
    info = googlebooks.volume(answer, isbn) if answer else None
    return googlebooks.parse(info, abstracts=inquiry.abstracts) if info else None


def _catalogue(name: str) -> Callable[[Inquiry, str], Reference | None]:
    def ask(inquiry: Inquiry, isbn: str) -> Reference | None:
        root = inquiry.get(name, marc.url(name, isbn), xml_of, XML)
        record = marc.record(root) if root is not None else None
        return marc.parse(record, isbn=isbn) if record is not None else None

    return ask


# The first two answer at once and cover most books; the catalogues know the rest, German and American ones best.
BOOKS: dict[str, Callable[[Inquiry, str], Reference | None]] = {
    openlibrary.NAME: _open_library,
    googlebooks.NAME: _google_books,
    "k10plus": _catalogue("k10plus"),
    "loc": _catalogue("loc"),
}


def _by_issn(inquiry: Inquiry) -> Reference:
    issn = inquiry.identifier.value
    journal = inquiry.get("crossref", crossref.journal_url(issn), lambda answer: object_of(answer, "message"))
    if journal is None:
        raise NotRegistered(f"issn:{issn} was not found: Crossref has no such journal")
    return inquiry.sourced(crossref.parse_journal(journal), crossref.NAME)


def _by_url(inquiry: Inquiry) -> Reference:
    from resolver import pages

    return pages.by_address(inquiry, look_up)


def _by_pdf(inquiry: Inquiry) -> Reference:
    from resolver import pdf

    return pdf.by_file(inquiry, look_up)


AGENCIES: dict[str, Callable[[Inquiry, str], Reference | None]] = {"DataCite": _datacite, "JaLC": _jalc}
"""The registration agencies of DOIs with an API of their own, beside Crossref."""

LOOKUPS: dict[str, Callable[[Inquiry], Reference]] = {
    "doi": _by_doi,
    "shortdoi": _by_short_doi,
    "arxiv": _by_arxiv,
    "pmid": _by_pmid,
    "pmcid": _by_pmcid,
    "isbn": _by_isbn,
    "issn": _by_issn,
    "url": _by_url,
    "pdf": _by_pdf,
}

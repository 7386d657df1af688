"""Which service is asked for what, in which order, and what each outcome means.

A DOI is asked of Crossref first, which has nine of ten, unless doi.org has named another agency before; a 404 there
only says that another may have it. Then doi.org names the agency: DataCite and JaLC have APIs of their own, the others
are asked for CSL-JSON by content negotiation. A Crossref that is away does not keep the others from answering. Where
the person has a snapshot of Crossref, it is asked before any network.

A new source is a module under `sources/`, a line in SOURCES of `services`, and its name in ORDERS or AGENCIES.

    outcome                     error           who is at fault
    nobody registered it        NotRegistered   the user's spelling
    registered, no metadata     NoMetadata      the agency
    no usable answer            ServiceError    the service or the network
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from refs.errors import NoMetadata, NotRegistered, RefsError, ServiceError, UsageError
from refs.identifiers import Identifier, normal
from refs.model import Reference
from resolver.failures import GivenUp
from resolver.http import Answer
from resolver.inquiry import ABSENT, Inquiry, json_of, object_of
from resolver.services import SOURCES
from resolver.snapshot import NAME as SNAPSHOT
from resolver.sources import doi, handle, pubmed, zenodo, zoteroserver


@dataclass(frozen=True, slots=True)
class Order:
    """The services asked in turn for identifiers of one scheme, until one has the work, and why in this order."""

    services: tuple[str, ...]
    why: str


ORDERS = {
    "arxiv": Order(("arxiv", "datacite"), "arXiv has the versions and comments, but often no answer"),
    "pmid": Order(("pubmed",), "it gives these numbers"),
    "isbn": Order(
        ("openlibrary", "googlebooks", "k10plus", "loc"),
        "the first two answer at once and cover most books; the catalogues know German and American ones best",
    ),
    "issn": Order(("crossref", "openalex"), "Crossref's names are the publishers'; OpenAlex has journals without DOIs"),
    "openalex": Order(("openalex",), "it gives these numbers, and the DOI whose registry knows the names in parts"),
    "semanticscholar": Order(("semanticscholar",), "as openalex"),
    "dblp": Order(("dblp",), "it gives these keys, and the DOI whose registry spells journals out"),
    "wikidata": Order(("wikidata",), "it gives these numbers, and the identifiers of the work in other places"),
    "inspire": Order(("inspire",), "it gives these numbers, and its records are curated"),
    "bibcode": Order(("ads",), "it gives these codes"),
    "github": Order(("github",), "the authors' own CITATION.cff, else what GitHub knows"),
}
AGENCIES = {"DataCite": "datacite", "JaLC": "jalc"}
"""The registration agencies of DOIs with an API of their own, beside Crossref."""

SECOND_HAND = ("openalex", "semanticscholar", "dblp", "wikidata")
"""The schemes of services whose records are worth less than those of the registry that they name."""
FIRST_HAND = ("doi", "pmid", "arxiv", "isbn")

ADDED = {"pmid": "PMID", "pmcid": "PMCID"}
"""The identifiers that a record at second hand adds to one that lacks them."""


def look_up(inquiry: Inquiry) -> Reference:
    """Return the reference of an identifier from the first service that has it, or from the one that was wanted."""
    asked = inquiry.identifier
    try:
        found = _from_one(inquiry) if inquiry.source else LOOKUPS.get(asked.scheme, _in_turn)(inquiry)
    except RecursionError:
        raise ServiceError(f"{asked}: the record is nested too deeply to be read") from None
    if asked.scheme in KEPT and asked.scheme not in found.identifiers:
        found = replace(found, identifiers={**found.identifiers, asked.scheme: asked.value})
    return found


KEPT = frozenset({*SECOND_HAND, "inspire", "bibcode", "github", "hdl", "urn"})
"""The schemes that a reference keeps among its identifiers when it was asked for by one."""


def check_source(name: str) -> None:
    """Raise UsageError for a source that does not exist, with those that are called nearly so."""
    if name in SOURCES:
        return
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), SOURCES, 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(SOURCES)}"
    raise UsageError(f"no source is called {name!r}; {hint}")


def _from_one(inquiry: Inquiry) -> Reference:
    """Ask the one source that a person named."""
    check_source(inquiry.source)
    asked = inquiry.identifier
    service = SOURCES[inquiry.source]
    if asked.scheme == "shortdoi":
        asked = inquiry.identifier = _long_doi(inquiry)
    elif asked.scheme == "pmcid" and "pmcid" not in service.schemes:
        asked = inquiry.identifier = _other_number(inquiry, service.schemes)
    if asked.scheme not in service.schemes:
        able = ", ".join(name for name, one in SOURCES.items() if asked.scheme in one.schemes)
        raise UsageError(f"{inquiry.source} cannot be asked for {asked}" + (f"; {able} can" if able else ""))
    if found := service.ask(inquiry, asked):
        return found
    raise NotRegistered(f"{asked} is not known to {inquiry.source}")


def _in_turn(inquiry: Inquiry) -> Reference:
    """Ask the services of a scheme in turn; one of them being away is no proof that a work does not exist."""
    asked, problem = inquiry.identifier, None
    for name in ORDERS[asked.scheme].services:
        try:
            found = SOURCES[name].ask(inquiry, asked)
        except ServiceError as error:
            problem = problem or error
            continue
        if found:
            return _at_first_hand(inquiry, found) if asked.scheme in SECOND_HAND else found
    if found := _last_resort(inquiry):
        return found
    if problem:
        raise problem
    raise NotRegistered(f"{asked} was not found (asked {inquiry.services()})")


def _last_resort(inquiry: Inquiry) -> Reference | None:
    """Ask the person's own translation-server, if there is one, for what no service had."""
    service = SOURCES[zoteroserver.NAME]
    if not inquiry.server or inquiry.identifier.scheme not in service.schemes:
        return None
    try:
        return service.ask(inquiry, inquiry.identifier)
    except ServiceError:
        return None  # what the services themselves said tells more; `asked` has this too


def _at_first_hand(inquiry: Inquiry, found: Reference) -> Reference:
    """Return the record of the registry that a record at second hand names, or the latter when there is none."""
    others, asked = dict(inquiry.others), inquiry.identifier
    scheme = next((scheme for scheme in FIRST_HAND if scheme in others), "")
    if not scheme:
        return found
    inquiry.identifier = Identifier(scheme, others[scheme])
    try:
        better = look_up(inquiry)
    except RefsError as error:
        inquiry.identifier = asked
        inquiry.notices.append(f"{error}; so the record is that of {asked.scheme}")
        return found
    added = {ADDED[one]: value for one, value in others.items() if one in ADDED and ADDED[one] not in better.fields}
    sources = {variable: found.sources[variable] for variable in added if variable in found.sources}
    return replace(
        better,
        fields={**better.fields, **added},
        identifiers={**found.identifiers, **better.identifiers},
        sources={**better.sources, **sources},
    )


def _by_doi(inquiry: Inquiry) -> Reference:
    asked, agency, problem = inquiry.identifier, inquiry.agency, None
    if agency is None and asked.value.startswith(zenodo.PREFIX):
        agency = "DataCite"
    if agency != "" and agency not in AGENCIES:
        if inquiry.snapshot and (reference := SOURCES[SNAPSHOT].ask(inquiry, asked)):
            return reference
        try:
            if reference := SOURCES["crossref"].ask(inquiry, asked):
                return reference
        except ServiceError as error:
            problem = error
    if agency is None:
        agency = _agency(inquiry, asked.value, problem)
    if not agency:
        raise NotRegistered(f"{asked} is not registered: doi.org knows no such DOI")
    return _from_agency(inquiry, agency, problem)


def _from_agency(inquiry: Inquiry, agency: str, problem: ServiceError | None) -> Reference:
    asked = inquiry.identifier
    if asked.value.startswith(zenodo.PREFIX):
        return _from_zenodo(inquiry)
    if (own := AGENCIES.get(agency)) and (reference := SOURCES[own].ask(inquiry, asked)):
        return reference
    if problem:
        raise problem
    if agency not in doi.WITHOUT_METADATA and (reference := SOURCES[doi.NAME].ask(inquiry, asked)):
        return reference
    if reference := _last_resort(inquiry):
        return reference
    raise NoMetadata(
        f"{asked} is registered with {agency}, but no service gives its metadata (asked {inquiry.services()})"
    )


def _from_zenodo(inquiry: Inquiry) -> Reference:
    """Ask DataCite, and Zenodo itself for a record whose DOI is another or that DataCite does not have yet."""
    asked, problem = inquiry.identifier, None
    for name in ("datacite", zenodo.NAME):
        try:
            if reference := SOURCES[name].ask(inquiry, asked):
                return reference
        except ServiceError as error:
            problem = problem or error
    if problem:
        raise problem
    raise NotRegistered(f"{asked} is not registered: DataCite and Zenodo know no such record")


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


def _by_short_doi(inquiry: Inquiry) -> Reference:
    inquiry.identifier = _long_doi(inquiry)
    return _by_doi(inquiry)


def _long_doi(inquiry: Inquiry) -> Identifier:
    short = inquiry.identifier.value
    answer = inquiry.get("doi.org", doi.handle_url(short), json_of)
    if answer is None:
        raise NotRegistered(f"{short} is not registered: doi.org knows no such short DOI")
    name = doi.long_doi(answer)
    if not name:
        raise NoMetadata(f"{short} is registered, but doi.org does not say which DOI it stands for")
    return Identifier("doi", normal("doi", name))


def _by_pmcid(inquiry: Inquiry) -> Reference:
    """Ask for the PMID or DOI of a PMCID, then for that."""
    pmcid = inquiry.identifier.value
    inquiry.identifier = _other_number(inquiry, ("pmid", "doi"))
    found = look_up(inquiry)
    return inquiry.sourced(replace(found, fields={**found.fields, "PMCID": pmcid}), inquiry.asked[-1].service)


def _other_number(inquiry: Inquiry, schemes: tuple[str, ...]) -> Identifier:
    pmcid = inquiry.identifier.value
    answer = inquiry.get("pmc", pubmed.converter_url(pmcid), object_of, absent=ABSENT | {400})
    others = pubmed.converted(answer, pmcid) if answer else {}
    if not others:
        raise NotRegistered(f"{pmcid} does not exist: PubMed Central knows no such article")
    scheme = next((scheme for scheme in schemes if scheme in others), next(iter(others)))
    return Identifier(scheme, normal(scheme, others[scheme]))


def _by_handle(inquiry: Inquiry) -> Reference:
    """Ask the handle system where a handle leads; the page there says what it is."""
    asked = inquiry.identifier
    answer = inquiry.get(handle.NAME, handle.url(asked.value), json_of)
    if answer is None:
        raise NotRegistered(f"{asked} is not registered: hdl.handle.net knows no such handle")
    page = handle.target(answer)
    if not page:
        raise NoMetadata(f"{asked} is registered, but leads to no web page")
    return _by_page(inquiry, page)


def _by_urn(inquiry: Inquiry) -> Reference:
    return _by_page(inquiry, handle.urn_url(inquiry.identifier.value))


def _by_page(inquiry: Inquiry, page: str) -> Reference:
    inquiry.identifier = Identifier("url", page)
    return _by_url(inquiry)


def _by_url(inquiry: Inquiry) -> Reference:
    from resolver import pages

    return pages.by_address(inquiry, look_up)


def _by_pdf(inquiry: Inquiry) -> Reference:
    from resolver import pdf

    return pdf.by_file(inquiry, look_up)


LOOKUPS: dict[str, Callable[[Inquiry], Reference]] = {
    "doi": _by_doi,
    "shortdoi": _by_short_doi,
    "pmcid": _by_pmcid,
    "hdl": _by_handle,
    "urn": _by_urn,
    "url": _by_url,
    "pdf": _by_pdf,
}
"""The schemes for which more is done than asking the services of ORDERS in turn."""

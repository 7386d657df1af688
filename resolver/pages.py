"""From the address of a page to the record of the work it is about.

A page that names a DOI, an arXiv number or a PMID only leads to the registry, whose record is the better one; what the
page has beside it (the title and the authors in the journal's own language, the volume) is kept. A page without any is
a reference itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from refs import languages, text
from refs.duplicates import ALIKE, title_likeness
from refs.errors import NoMetadata, NotRegistered, RefsError, ServiceError
from refs.identifiers import shortened
from refs.model import Date, Name, Reference, Source, Value, Variant
from resolver import htmlmeta, pdf
from resolver.http import PAGE, Answer, host
from resolver.inquiry import Inquiry
from resolver.sources import webpage
from resolver.sources.webpage import Page

LookUp = Callable[[Inquiry], Reference]
MULTILINGUAL = ("title", "author", "container-title")
# What registries often lack and a journal's own page has.
COMPLETED = ("volume", "issue", "page", "container-title", "ISSN", "publisher", "issued")


@dataclass(frozen=True, slots=True)
class _Fetched:
    url: str
    tags: htmlmeta.Tags | None = None
    clues: pdf.Clues | None = None


def by_address(inquiry: Inquiry, look_up: LookUp) -> Reference:
    """Return the reference of the work that the page or PDF at an address is about."""
    url = inquiry.identifier.value
    service = host(url)
    found = inquiry.get(service, url, _read, PAGE)
    if found is None:
        raise NotRegistered(f"{url} is not there: {service} has no such page")
    if found.clues:
        return pdf.by_clues(inquiry, look_up, found.clues, url)
    page = webpage.parse(found.tags or htmlmeta.Tags(), found.url, inquiry.today, abstracts=inquiry.abstracts)
    if page.barred:
        shown = shortened(text.plain(page.reference.text("title")))
        raise NoMetadata(f"{url}: {service} shows programs a page that says {shown!r}; add its DOI, or by --title")
    problem: RefsError | None = None
    for one in page.identifiers:
        asked = inquiry.identifier
        inquiry.identifier = one
        try:
            return _joined(inquiry, look_up(inquiry), page, service)
        except RefsError as error:
            inquiry.identifier, problem = asked, problem or error
    if not page.reference.text("title"):
        raise NoMetadata(f"{url}: the page does not say what it is; add it by --type webpage --title ... --url {url}")
    if problem:
        inquiry.notices.append(f"taken from the page itself: {problem}")
    return inquiry.sourced(_own(page), service)


def _read(answer: Answer) -> _Fetched:
    if pdf.is_pdf(answer.body):
        return _Fetched(answer.url, clues=pdf.read(answer.body, answer.url))
    if not htmlmeta.is_html(answer.body):
        raise ServiceError(f"{host(answer.url)} sent neither a web page nor a PDF")
    return _Fetched(answer.url, htmlmeta.read(answer.body, answer.headers.get("content-type", "")))


def _own(page: Page) -> Reference:
    """Return the page's own reference with the identifiers that it names."""
    fields: dict[str, Value] = dict(page.reference.fields)
    others: dict[str, str] = {}
    for one in reversed(page.identifiers):
        if one.scheme in ("doi", "pmid", "pmcid"):
            fields[one.scheme.upper()] = one.value
        else:
            others[one.scheme] = one.value
    return replace(page.reference, fields=fields, identifiers=others)


def _joined(inquiry: Inquiry, record: Reference, page: Page, service: str) -> Reference:
    """Return the registry's record with what the page has beside it."""
    if _contradicts(record, page.reference):
        ours, theirs = (shortened(text.plain(one.text("title")), 60) for one in (page.reference, record))
        inquiry.notices.append(f"the page is titled {ours!r}, the record of {inquiry.identifier} {theirs!r}: check it")
        return record
    fields, sources, variants = dict(record.fields), dict(record.sources), dict(record.variants)
    source = Source(service, inquiry.today)
    for name in COMPLETED:
        value = page.reference.fields.get(name)
        if value and name not in fields and page.reference.type not in webpage.OF_THE_WEB:
            fields[name], sources[name] = value, source
    for name in MULTILINGUAL:
        if added := _added(name, record, page.reference):
            variants[name] = (*variants.get(name, ()), *added)
    return replace(record, fields=fields, sources=sources, variants=variants)


def _languages(reference: Reference, name: str) -> dict[str, tuple[Value, str]]:
    """Return the values of a field by their language, each with its role."""
    found: dict[str, tuple[Value, str]] = {}
    for variant in (
        Variant(reference.fields.get(name, ""), "", "original"),
        *reference.variants.get(name, ()),
    ):
        if variant.value and (tongue := _language(variant)):
            found.setdefault(tongue, (variant.value, variant.role))
    return found


def _language(variant: Variant) -> str:
    """Return the language of a value, for names their script: initials tell no language."""
    if isinstance(variant.value, Date):
        return ""
    if isinstance(variant.value, str):
        declared = variant.language.partition("-")[0]
        return languages.language(text.plain(variant.value), declared) or declared or "en"
    written = languages.script(_in_one(variant.value))
    return variant.language if variant.language and written != "Latn" else languages.language(_in_one(variant.value))


def _in_one(names: tuple[Name, ...]) -> str:
    return " ".join(str(name) for name in names)


def _added(name: str, record: Reference, page: Reference) -> list[Variant]:
    """Return what the page has in a language, or names in a script, in which the record has nothing."""
    known, offered = _languages(record, name), _languages(page, name)
    added = []
    for tongue, (value, _) in offered.items():
        foreign = tongue in languages.NOT_LATIN
        if tongue in known or (name == "author" and not foreign):
            continue
        names = record.fields.get(name)
        if name == "author" and isinstance(names, tuple) and isinstance(value, tuple) and len(names) != len(value):
            continue
        added.append(Variant(value, tongue, "original" if foreign else "translated"))
    return added


def _contradicts(record: Reference, page: Reference) -> bool:
    """Tell whether two titles of one language are of different works."""
    known, offered = _languages(record, "title"), _languages(page, "title")
    shared = known.keys() & offered.keys()
    return bool(shared) and not any(
        title_likeness(*(Reference(fields={"title": one[tongue][0]}) for one in (known, offered))) >= ALIKE - 0.1
        for tongue in shared
    )

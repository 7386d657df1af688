"""Web pages: Highwire's citation_ tags, Dublin Core, PRISM and schema.org, with OpenGraph as the last resort.

https://scholar.google.com/intl/en/scholar/inclusion.html#indexing, https://www.dublincore.org/specifications/
dublin-core/dcq-html/, https://schema.org/ScholarlyArticle, https://ogp.me. Journals of several languages repeat a tag
for each, with `xml:lang` (elpub), as DC.Title.Alternative (OJS), or without any sign but the script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from refs import identifiers, languages, text
from refs.dates import parse_date
from refs.identifiers import Identifier
from refs.model import Date, Name, Reference, Value, Variant
from refs.names import parse_name
from resolver import contributors, titles
from resolver.fields import clean, isbns, issns, number, pages
from resolver.htmlmeta import Meta, Tags
from resolver.sources import schemaorg

# For each field the tags that hold it, the surest first; the first that is there wins with all its repetitions.
TITLES = "citation_title dc.title dcterms.title prism.title eprints.title og:title twitter:title"
AUTHORS = "citation_author citation_authors dc.creator.personalname dc.creator dcterms.creator eprints.creators_name"
JOURNALS = "citation_journal_title prism.publicationname dc.source eprints.publication dc.relation.ispartof"
BOOKS = "citation_inbook_title citation_book_title citation_conference_title"
DATES = (
    "citation_publication_date citation_cover_date citation_date citation_year prism.publicationdate "
    "dc.date.issued dcterms.issued dc.date dcterms.date eprints.date citation_online_date dc.date.created"
)
POSTED = "article:published_time datepublished date pubdate parsely-pub-date og:published_time sailthru.date"
PLAIN = {
    "volume": "citation_volume prism.volume dc.source.volume dc.citation.volume eprints.volume",
    "issue": "citation_issue prism.number dc.source.issue dc.citation.issue eprints.number",
    "publisher": "citation_publisher dc.publisher prism.publisher dcterms.publisher eprints.publisher",
}
FIRST_PAGES = "citation_firstpage prism.startingpage dc.citation.spage citation_start_page"
LAST_PAGES = "citation_lastpage prism.endingpage dc.citation.epage citation_end_page"
PAGES = "dc.identifier.pagenumber prism.pagerange eprints.pagerange citation_pages citation_article_number citation_id"
DOIS = "citation_doi prism.doi dc.identifier.doi bepress_citation_doi doi dc.identifier dcterms.identifier eprints.doi"
SCHEMES = {"arxiv": "citation_arxiv_id", "pmid": "citation_pmid", "pmcid": "citation_pmcid"}
LANGUAGES = "citation_language dc.language dcterms.language og:locale"
ABSTRACTS = "citation_abstract dc.description dcterms.abstract dc.description.abstract"

# What makes a page the page of a work, and which type it then has.
KINDS = (
    ("citation_dissertation_institution citation_dissertation_name", "thesis"),
    ("citation_technical_report_institution citation_technical_report_number", "report"),
    ("citation_conference_title citation_conference", "paper-conference"),
    ("citation_inbook_title citation_book_title", "chapter"),
    ("citation_journal_title citation_journal_abbrev prism.publicationname", "article-journal"),
    ("citation_isbn", "book"),
    ("citation_arxiv_id", "article"),
)
DC_TYPES = {
    "thesis": r"thesis|dissertation",
    "dataset": r"dataset",
    "chapter": r"book ?(?:part|chapter)|inbook",
    "book": r"\bbook\b|monograph",
    "report": r"report",
    "paper-conference": r"conference|proceedings",
    "article-journal": r"article|serial|journal|peer",
}
# What a page says that stands before the one asked for: a check for robots, a log-in, an error.
BARRIER = (
    r"(?i)^\W*(?:just a moment|attention required|access denied|are you (?:a )?(?:human|robot)|robot check|forbidden|"
    r"(?:error )?40[134]\b|page not found|not found|please wait|redirecting|sign in|log ?in|verifying|security check|"
    r"captcha|checking your browser|ddos-guard|validate user|client challenge|one moment)"
)


@dataclass(frozen=True, slots=True)
class Page:
    """The reference that a page describes, and the identifiers of that work which it names."""

    reference: Reference
    identifiers: tuple[Identifier, ...] = ()
    barred: bool = False
    """The page stands before the one that was asked for."""


@dataclass(slots=True)
class _Texts:
    """The metas of a page with their language, by the tables above."""

    tags: Tags
    tongue: str
    by_name: dict[str, list[Meta]] = field(default_factory=dict)

    def first(self, names: str) -> list[Meta]:
        """Return the metas of the first of the names that says anything."""
        for name in names.split():
            if found := [meta for meta in self.by_name.get(name, ()) if meta.content.strip()]:
                return found
        return []

    def text(self, names: str) -> str:
        """Return the first text of the names in the page's language, else the first."""
        found = self.first(names)
        own = [meta for meta in found if languages.tag(meta.language).partition("-")[0] == self.tongue]
        return clean((own or found)[0].content) if found else ""


def parse(tags: Tags, url: str, today: str, *, abstracts: bool = False) -> Page:
    """Return what the page at an address is about; `today` is the date on which it was read."""
    by_name: dict[str, list[Meta]] = {}
    for meta in tags.metas:
        by_name.setdefault(meta.name.replace("dcterms.creator", "dc.creator").removeprefix("bepress_"), []).append(meta)
    texts = _Texts(tags, "", by_name)
    texts.tongue = _language(texts)
    data = schemaorg.work(tags.linked_data)
    kind = _type(texts, data)
    fields, variants = _described(texts, data, kind)
    address = _address(tags, url)
    fields |= _numbers(texts, data) | {"URL": address, "language": _language_of(fields, texts.tongue)}
    if issued := _date(texts, data):
        fields["issued"] = issued
    if fields.get("publisher") == fields.get("container-title"):
        fields["publisher"] = ""
    if kind in OF_THE_WEB or kind == "article-newspaper":
        fields["accessed"] = _today(today)
    if abstracts and (abstract := texts.first(ABSTRACTS)):
        fields["abstract"] = text.rich(abstract[0].content)
    barred = not by_name.keys() & MARKS and bool(re.match(BARRIER, text.plain(str(fields.get("title", "")))))
    reference = Reference(kind, {name: value for name, value in fields.items() if value}, variants=variants)
    return Page(reference, tuple(_identifiers(texts, data, address)), barred)


OF_THE_WEB = frozenset({"webpage", "post-weblog", "post"})
MARKS = frozenset({"citation_title", "dc.title", "dcterms.title", "prism.title"})


def _language(texts: _Texts) -> str:
    declared = texts.first(LANGUAGES)
    return languages.tag(declared[0].content if declared else texts.tags.language).partition("-")[0]


def _language_of(fields: Mapping[str, Value], declared: str) -> str:
    return languages.language(text.plain(str(fields.get("title", ""))), declared)


def _type(texts: _Texts, data: schemaorg.Work) -> str:
    for names, kind in KINDS:
        if texts.first(names):
            return kind
    said = " ".join(clean(meta.content) for meta in texts.first("dc.type.articletype dc.type dcterms.type"))
    for kind, pattern in DC_TYPES.items() if texts.first("citation_title dc.title dcterms.title") else ():
        if re.search(pattern, said, re.IGNORECASE):
            return kind
    if not data.type and texts.first("dc.source.issn prism.issn citation_issn"):
        return "article-journal"
    return data.type or "webpage"


Described = tuple[dict[str, Value], dict[str, tuple[Variant, ...]]]


def _described(texts: _Texts, data: schemaorg.Work, kind: str) -> Described:
    """Return the title, the names and the container, each with its variants in other languages."""
    fields: dict[str, Value] = {}
    variants: dict[str, list[Variant]] = {}
    found_names = _names(texts) or [("", data.author)] * bool(data.author)
    _put("author", found_names, texts.tongue, fields, variants)
    alternatives = texts.first("dc.title.alternative dcterms.alternative")
    rows = [*texts.first(TITLES), *(alternatives if texts.first(TITLES) else ())]
    found = [(meta.language, titles.title(meta.content)) for meta in rows]
    if not texts.first(TITLES.partition(" og:")[0]) and data.title:
        found = [("", data.title)]
    found = found or [("", _without_site(texts))]
    _put("title", _languages_told(found, texts), texts.tongue, fields, variants)
    if kind in OF_THE_WEB or (kind not in PARTS and not texts.first(JOURNALS)):
        site = clean(next((meta.content for meta in texts.first("og:site_name application-name")), ""))
        fields["container-title"] = data.container or (site if kind in OF_THE_WEB or not data.publisher else "")
    else:
        names = BOOKS if kind in ("chapter", "paper-conference") and texts.first(BOOKS) else JOURNALS
        journals = [(meta.language, clean(meta.content)) for meta in texts.first(names)]
        _put("container-title", journals or [("", data.container)], texts.tongue, fields, variants)
        fields["container-title-short"] = _abbreviation(texts, str(fields.get("container-title", "")))
    return fields, {name: tuple(rows) for name, rows in variants.items() if rows}


PARTS = frozenset({"article-journal", "chapter", "paper-conference", "article-newspaper", "article-magazine"})


def _abbreviation(texts: _Texts, journal: str) -> str:
    short = texts.text("citation_journal_abbrev")
    return short if short and len(short) < len(journal) and (" " in short or short.isupper()) else ""


def _put(
    name: str,
    found: Iterable[tuple[str, Any]],
    tongue: str,
    fields: dict[str, Value],
    variants: dict[str, list[Variant]],
) -> None:
    """Set a field to the value in the page's language, else the first, and keep the others as its variants."""
    rows = [(_tongue(declared, value), value) for declared, value in found if value]
    if not rows:
        return
    own = next((value for language, value in rows if language == tongue), rows[0][1])
    fields[name] = own
    kept = {language: value for language, value in reversed(rows) if value != own}
    main = _tongue("", own)
    variants[name] = [
        Variant(value, language or "und", "original" if main == "en" and language != "en" else "translated")
        for language, value in kept.items()
        if language != main
    ]


def _tongue(declared: str, value: Any) -> str:
    words = value if isinstance(value, str) else " ".join(str(name) for name in value)
    base = languages.tag(declared).partition("-")[0]
    written = languages.script(text.plain(words))
    if base and (written == "Latn") == (base not in languages.NOT_LATIN):
        return base
    return languages.language(text.plain(words), base)


def _languages_told(found: Sequence[tuple[str, str]], texts: _Texts) -> list[tuple[str, str]]:
    """Give the page's language to the titles that declare none, where the script allows it."""
    return [(declared or (texts.tongue if i == 0 else ""), value) for i, (declared, value) in enumerate(found)]


def _without_site(texts: _Texts) -> str:
    """Return the page's title element without the name of the site, which most put behind it."""
    whole = titles.title(texts.tags.title)
    site = clean(next((meta.content for meta in texts.first("og:site_name application-name")), ""))
    head, separator, tail = whole.rpartition(" | ") if " | " in whole else whole.rpartition(" - ")
    return head if separator and site and titles.folded(tail) == titles.folded(site) else whole


def _names(texts: _Texts) -> list[tuple[str, tuple[Name, ...]]]:
    """Return the authors once for each language or script in which the page has them."""
    groups: dict[str, list[Name]] = {}
    for meta in texts.first(AUTHORS):
        group = groups.setdefault(languages.tag(meta.language), [])
        group += [one for part in _divided(meta.content) if (one := _name(part)) and one not in group]
    if len(groups) == 1:
        people = contributors.people([_row(one) for one in next(iter(groups.values()))])
        others = [(variant.language, variant.value) for variant in people.variants if isinstance(variant.value, tuple)]
        return [("", people.names), *others] if people.names else []
    return [(language, tuple(names)) for language, names in groups.items() if names]


def _divided(content: str) -> list[str]:
    if ";" in content:
        return content.split(";")
    parts = content.split(", ")
    # "A. Author, B. Author, C. Author" is a list; "Author, A." and "Author, Anna, Jr." are one name.
    return parts if len(parts) > 2 and all(" " in part.strip() for part in parts) else [content]


def _name(part: str) -> Name | None:
    words = clean(part).strip(" ,")
    if not words or re.match(r"https?://", words):
        return None
    # Russian sites write the family name first and end with the patronymic.
    family, *given = words.split()
    if "," not in words and len(given) == 2 and len(given[0]) > 2 and re.search(PATRONYMIC, given[-1]):
        return Name(family, " ".join(given))
    return parse_name(words)


PATRONYMIC = r"(?i)(?:ич|вна|чна|ovich|evich|ovna|evna|ichna)$"


def _row(one: Name) -> dict[str, str]:
    if one.literal or not one.given:
        return {"name": one.literal or one.family}
    family = " ".join(part for part in (one.non_dropping_particle, one.family) if part)
    return {"family": family, "given": one.given, "suffix": one.suffix}


def _date(texts: _Texts, data: schemaorg.Work) -> Date | None:
    said = [meta.content for names in (DATES, POSTED) for name in names.split() for meta in texts.by_name.get(name, ())]
    for content in [*said[:1], data.date, *said[1:]]:
        # "2024/01/16" and "2024-01-16T08:00:00+03:00" are days; "16.01.2024" is one too.
        words = re.sub(r"^(\d{4})[/.](\d{1,2})(?:[/.](\d{1,2}))?$", _iso, clean(content))
        words = re.sub(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})$", r"\3-\2-\1", words)
        words = re.sub(r"^(\d{4}-\d\d-\d\d)[T ].*$", r"\1", words)
        found = parse_date(words)
        if found.parts and 1000 <= (found.year or 0) <= 2200:
            return found
    return None


def _iso(match: re.Match[str]) -> str:
    return "-".join(part.zfill(2) for part in match.groups() if part and int(part))


def _today(today: str) -> Date:
    return Date((tuple(int(part) for part in today.split("-")),))


def _numbers(texts: _Texts, data: schemaorg.Work) -> dict[str, Value]:
    fields: dict[str, Value] = {name: number(texts.text(names)) for name, names in PLAIN.items() if name != "publisher"}
    first, last = texts.text(FIRST_PAGES), texts.text(LAST_PAGES)
    fields["page"] = pages("-".join(filter(None, (first, last)))) if first else pages(texts.text(PAGES))
    fields["publisher"] = texts.text(PLAIN["publisher"]) or data.publisher
    for name in ("citation_dissertation_institution", "citation_technical_report_institution"):
        fields["publisher"] = texts.text(name) or fields["publisher"]
    fields["number"] = texts.text("citation_technical_report_number")
    fields["genre"] = texts.text("citation_dissertation_name")
    said = [meta.content for meta in texts.first("citation_issn prism.issn dc.source.issn prism.eissn")]
    fields["ISSN"] = issns([part for content in said for part in re.split(r"[,;\s]+", content)])
    fields["ISBN"] = isbns([meta.content for meta in texts.first("citation_isbn prism.isbn books:isbn")])
    return {name: value or data.fields.get(name, "") for name, value in fields.items()} | {
        name: value for name, value in data.fields.items() if name not in fields
    }


def _address(tags: Tags, url: str) -> str:
    """Return the address by which the page wants to be known: the canonical one, unless that is the site's front."""
    wanted = tags.canonical or next((meta.content for meta in tags.all("og:url")), "")
    try:
        canonical = urljoin(urljoin(url, tags.base), wanted.strip())
        parts, own = urlsplit(canonical), urlsplit(url)
        same_site = _site(parts.hostname or "") == _site(own.hostname or "")
    except ValueError:
        return url
    if not wanted or parts.scheme not in ("http", "https") or not same_site or (len(own.path) > 1 >= len(parts.path)):
        return url
    return canonical.partition("#")[0] if canonical.isprintable() and " " not in canonical else url


def _site(name: str) -> str:
    return ".".join(name.lower().split(".")[-2:])


def _identifiers(texts: _Texts, data: schemaorg.Work, address: str) -> Iterable[Identifier]:
    """Yield the identifiers that the page says are its own, never those of what it cites."""
    said: list[tuple[str, str]] = []
    for name in DOIS.split():
        said += [("doi", meta.content) for meta in texts.by_name.get(name, ())]
    said += [("doi", one) for one in data.identifiers]
    said += [(scheme, meta.content) for scheme, name in SCHEMES.items() for meta in texts.by_name.get(name, ())]
    said.append(("doi", address))
    seen = set()
    for scheme, value in said:
        reader = identifiers.READERS[scheme]
        words = identifiers.tidy(value)
        found = reader(words, False) or (reader(f"{scheme}:{words}", False) if words[:1].isalnum() else None)
        if found and found not in seen:
            seen.add(found)
            yield found

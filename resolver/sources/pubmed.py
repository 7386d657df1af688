"""PubMed: E-utilities' efetch (www.ncbi.nlm.nih.gov/books/NBK25499) and the converter of PMC's identifiers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from refs import identifiers, languages
from refs.dates import parse_date
from refs.model import Date, Name, Reference, Value, Variant
from resolver import contributors, titles
from resolver.fields import clean, isbns, issns, number, pages

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "pubmed"
CHANGES = {
    "RetractionIn": "retracted",
    "PartialRetractionIn": "retracted in part",
    "ExpressionOfConcernIn": "put under an expression of concern",
    "ErratumIn": "corrected",
}


def url(*pmids: str) -> str:
    """Return the address of records."""
    return f"https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi?db=pubmed&id={','.join(pmids)}&retmode=xml"


def converter_url(pmcid: str) -> str:
    """Return the address that says which PMID and DOI a PMCID has."""
    return f"https://pmc.ncbi.nlm.nih.gov/tools/idconv/api/v1/articles/?ids={pmcid}&format=json"


def converted(answer: Mapping[str, Any], pmcid: str) -> dict[str, str]:
    """Return the other identifiers of a PMCID, {} when there is no such article."""
    records = answer.get("records")
    for row in records if isinstance(records, list) else []:
        if isinstance(row, Mapping) and str(row.get("pmcid", "")).partition(".")[0].upper() == pmcid:
            return {key: str(row[key]) for key in ("pmid", "doi") if row.get(key) and row.get("status") != "error"}
    return {}


def article(root: Element, pmid: str) -> Element | None:
    """Return the record of a PMID in a PubmedArticleSet."""
    for kind in ("PubmedArticle", "PubmedBookArticle"):
        for one in root.iter(kind):
            if _text(one, ".//PMID") == pmid:
                return one
    return None


def parse(element: Element, *, abstracts: bool = False) -> Reference:
    """Return the reference of a PubmedArticle or a PubmedBookArticle."""
    if element.find("BookDocument") is not None:
        return _book(element, abstracts=abstracts)
    found = _titles(element)
    # The National Library of Medicine tells journals of one name apart by their place: "Lancet (London, England)".
    journal = re.sub(r" \((?:[^()]*, [^()]*|Online)\)$", "", titles.title(_markup(element, ".//Article/Journal/Title")))
    fields: dict[str, Value] = {
        "title": found.title,
        "original-title": found.original,
        "language": found.language,
        "author": _names(element, ".//Article/AuthorList"),
        "editor": _names(element, ".//Article/AuthorList[@Type='editors']"),
        "container-title": journal,
        "container-title-short": _text(element, ".//Journal/ISOAbbreviation") or _text(element, ".//MedlineTA"),
        "volume": number(_text(element, ".//JournalIssue/Volume")),
        "issue": number(_text(element, ".//JournalIssue/Issue")),
        "page": _pages(element),
        "ISSN": issns([_text(element, ".//Journal/ISSN"), _text(element, ".//ISSNLinking")]),
        **_identifiers(element),
    }
    if issued := _date(element.find(".//JournalIssue/PubDate")):
        fields["issued"] = issued
    if abstracts:
        fields["abstract"] = _abstract(element)
    kind = "article" if _is_preprint(element) else "article-journal"
    if kind == "article":
        fields |= {"genre": "Preprint", "publisher": str(fields.pop("container-title")).partition(" : ")[0]}
    return Reference(
        type=kind,
        fields={variable: value for variable, value in fields.items() if value},
        variants={"title": found.variants} if found.variants else {},
        extra=_extra(element, fields.get("issued")),
    )


def notices(element: Element) -> list[str]:
    """Return what a person should know of a work before citing it, a line each."""
    lines = []
    for row in element.iter("CommentsCorrections"):
        if done := CHANGES.get(row.get("RefType", "")):
            where = _text(row, "RefSource") or "a notice"
            lines.append(f"this work was {done}: see {where} (said by PubMed)")
    return lines


def _text(element: Element, path: str) -> str:
    return clean(_markup(element, path))


def _markup(element: Element, path: str) -> str:
    """Return what an element holds with its markup, as one text."""
    from xml.etree.ElementTree import tostring

    found = element.find(path)
    if found is None:
        return ""
    whole = tostring(found, encoding="unicode")
    return re.sub(r"^<[^>]*>|</[^>]*>[^>]*$", "", whole) if ">" in whole and len(found) else found.text or ""


def _titles(element: Element) -> titles.Titles:
    """Return the title; in brackets it is a translation, and the vernacular title, if any, is the original."""
    english = titles.title(_markup(element, ".//Article/ArticleTitle"))
    bracketed = re.fullmatch(r"\[(.*?)\]?\.?", english) if english.startswith("[") else None
    english = titles.title(bracketed[1]) if bracketed else english
    vernacular = titles.title(_markup(element, ".//Article/VernacularTitle"))
    declared = [languages.tag(clean(one.text)) for one in element.iterfind(".//Article/Language")]
    tongue = next((one for one in declared if one != "en"), "")
    if not vernacular:
        return titles.Titles(english, language="" if bracketed else languages.language(english, *declared[:1]))
    if tongue and languages.script(vernacular) == "Latn" and tongue in languages.NOT_LATIN:
        tongue = f"{tongue}-Latn"
    if not english:
        return titles.Titles(vernacular, language=tongue)
    if bracketed:
        return titles.Titles(vernacular, (Variant(english, "en", "translated"),), "", tongue)
    return titles.Titles(english, (Variant(vernacular, tongue or "und", "original"),), "", "en")


def _names(element: Element, path: str) -> tuple[Name, ...]:
    rows: list[dict[str, str]] = []
    for listed in element.iterfind(path):
        if listed.get("Type") == "editors" and "editors" not in path:
            continue
        for author in listed.iterfind("Author"):
            group = _text(author, "CollectiveName")
            parts = {"family": "LastName", "given": "ForeName", "suffix": "Suffix"}
            row = {key: _text(author, tag) for key, tag in parts.items()}
            # The National Library of Medicine writes initials without full stops: "Peter O", "SJ".
            given = row["given"] or " ".join(_text(author, "Initials"))
            row["given"] = re.sub(r"(?<!\S)([^\W\d_a-zа-я])(?!\S)", r"\1.", given)
            rows.append({"name": group} if group else row)
    return contributors.people(rows).names


def _pages(element: Element) -> str:
    """Return the pages; "113-25" is shortened, and an electronic article has a number in their place."""
    written = pages(_text(element, ".//Pagination/MedlinePgn"))
    if written:
        return written
    first, last = _text(element, ".//Pagination/StartPage"), _text(element, ".//Pagination/EndPage")
    if first:
        return pages(f"{first}-{last}" if last else first)
    numbers = [clean(one.text) for one in element.iterfind(".//Article/ELocationID[@EIdType='pii']")]
    return next((one for one in numbers if re.fullmatch(r"[A-Za-z]{0,4}\d{1,8}|[A-Z]{3,5}", one)), "")


def _identifiers(element: Element) -> dict[str, Value]:
    """Return the article's own identifiers: the lists of its references hold DOIs too."""
    own = element.find("PubmedData/ArticleIdList")
    rows = [] if own is None else [(row.get("IdType"), clean(row.text)) for row in own]
    rows += [(row.get("EIdType"), clean(row.text)) for row in element.iterfind(".//Article/ELocationID")]
    found = {str(kind): value for kind, value in reversed(rows) if value}
    return {
        "DOI": identifiers.normal("doi", found.get("doi", "")),
        "PMID": _text(element, ".//PMID"),
        "PMCID": identifiers.normal("pmcid", found["pmc"]).upper() if found.get("pmc") else "",
    }


def _date(element: Element | None) -> Date | None:
    """Return a PubDate: year, month (a name or a number), day, or a season, or free text."""
    if element is None:
        return None
    if free := _text(element, "MedlineDate"):
        found = parse_date(free)
        year = re.match(r"[12]\d{3}", free)
        return found if found.year else Date(((int(year[0]),),)) if year else found
    year_text, month, day = (_text(element, tag) for tag in ("Year", "Month", "Day"))
    season = _text(element, "Season")
    found = parse_date(" ".join(part for part in (day, MONTHS.get(month, month), season, year_text) if part))
    if not found.year and year_text.isdecimal():
        return Date(((int(year_text),),))
    return found if found.year else None


MONTHS = {f"{i:02d}": name for i, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "), 1)}
MONTHS |= {key.lstrip("0"): name for key, name in MONTHS.items()}


def _is_preprint(element: Element) -> bool:
    return any(clean(one.text) == "Preprint" for one in element.iter("PublicationType"))


def _abstract(element: Element) -> str:
    parts = []
    for one in element.iterfind(".//Abstract/AbstractText"):
        label = one.get("Label", "")
        text = " ".join("".join(one.itertext()).split())
        parts.append(f"{label.capitalize()}: {text}" if label else text)
    return " ".join(parts)


def _extra(element: Element, issued: Value | None) -> dict[str, str]:
    extra: dict[str, str] = {}
    online = _date(element.find(".//Article/ArticleDate"))
    if online and online != issued:
        extra["published-online"] = str(online)
    changes = [
        {"type": row.get("RefType", ""), "source": _text(row, "RefSource"), "PMID": _text(row, "PMID")}
        for row in element.iter("CommentsCorrections")
        if row.get("RefType") in CHANGES
    ]
    if changes:
        extra["comments-corrections"] = json.dumps(changes, ensure_ascii=False)
    return extra


def _book(element: Element, *, abstracts: bool) -> Reference:
    """Return a book of the NCBI Bookshelf, or a chapter in one."""
    title = titles.title(_markup(element, ".//BookDocument/ArticleTitle"))
    book = titles.title(_markup(element, ".//Book/BookTitle"))
    whole = not title or titles.folded(title) == titles.folded(book)
    fields: dict[str, Value] = {
        "title": book if whole else title,
        "container-title": "" if whole else book,
        "author": _names(element, ".//BookDocument/AuthorList") or _names(element, ".//Book/AuthorList"),
        "editor": _names(element, ".//Book/AuthorList[@Type='editors']"),
        "publisher": _text(element, ".//Book/Publisher/PublisherName"),
        "publisher-place": _text(element, ".//Book/Publisher/PublisherLocation"),
        "ISBN": isbns([clean(one.text) for one in element.iterfind(".//Book/Isbn")]),
        "PMID": _text(element, ".//PMID"),
    }
    issued = _date(element.find(".//Book/PubDate")) or _date(element.find(".//ContributionDate"))
    if issued:
        fields["issued"] = issued
    if abstracts:
        fields["abstract"] = _abstract(element)
    kept = {variable: value for variable, value in fields.items() if value}
    return Reference(type="book" if whole else "chapter", fields=kept)

"""Crossref's REST API: https://api.crossref.org/works/{doi} (api.crossref.org/swagger-ui).

The record is the depositor's, so every field is taken with care: see `resolver.titles` and `resolver.contributors`.
The year is that of the volume, which for an article that was online first is the year in print.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from refs import languages, text
from refs.model import TYPES as CSL_TYPES
from refs.model import Date, Name, Reference, Value, Variant
from resolver import contributors, titles
from resolver.fields import clean, date, isbns, issns, number, pages

NAME = "crossref"
Record = Mapping[str, Any]

TYPES = {
    "journal-article": "article-journal",
    "book": "book",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "book-set": "book",
    "book-series": "book",
    "proceedings": "book",
    "proceedings-series": "book",
    "book-chapter": "chapter",
    "book-section": "chapter",
    "book-part": "chapter",
    "book-track": "chapter",
    "reference-entry": "entry",
    "proceedings-article": "paper-conference",
    "posted-content": "article",
    "dissertation": "thesis",
    "report": "report",
    "report-component": "report",
    "report-series": "report",
    "dataset": "dataset",
    "database": "dataset",
    "standard": "standard",
    "standard-series": "standard",
    "peer-review": "review",
}
SELDOM_MEANT = {
    "component": "a component (a figure or a supplement of another work)",
    "grant": "a grant",
    "journal": "a whole journal",
    "journal-issue": "an issue of a journal",
    "journal-volume": "a volume of a journal",
    "other": "a work of no named type",
}
ROLES = {
    "author": "author",
    "editor": "editor",
    "translator": "translator",
    "chair": "chair",
}
GENRES = {"preprint": "Preprint", "working_paper": "Working paper", "blog": "Blog post", "dissertation": "Dissertation"}
IN_BOOKS = frozenset({"chapter", "paper-conference", "entry"})
CHANGES = {
    "retraction": "retracted",
    "partial_retraction": "retracted in part",
    "withdrawal": "withdrawn",
    "removal": "removed",
    "expression_of_concern": "under an expression of concern",
    "correction": "corrected",
    "corrigendum": "corrected",
    "erratum": "corrected",
    "err": "corrected",
    "addendum": "added to",
    "clarification": "clarified",
}
OTHER_DATES = ("published-print", "published-online", "issued", "published-other", "posted", "approved", "accepted")


def url(doi: str) -> str:
    """Return the address of one work."""
    return f"https://api.crossref.org/works/{quote(doi, safe='')}"


def doi_in(url: str) -> str:
    """Return the DOI in the address of one work."""
    return unquote(url.partition("/works/")[2].partition("?")[0]).removesuffix("/transform").lower()


def list_url(dois: Sequence[str]) -> str:
    """Return the address of several works at once; a DOI with a comma cannot be asked for so."""
    listed = ",".join(f"doi:{quote(doi, safe='')}" for doi in dois)
    return f"https://api.crossref.org/works?filter={listed}&rows={len(dois)}"


def journal_url(issn: str) -> str:
    """Return the address of a journal."""
    return f"https://api.crossref.org/journals/{issn}"


def parse_journal(journal: Record) -> Reference:
    """Return the reference of a whole journal, the `message` of an answer."""
    fields: dict[str, Value] = {
        "title": titles.title(journal.get("title")),
        "publisher": clean(journal.get("publisher")),
        "ISSN": issns(_strings(journal.get("ISSN"))),
    }
    return Reference(type="periodical", fields={key: value for key, value in fields.items() if value})


def parse(work: Record, *, abstracts: bool = False) -> Reference:
    """Return the reference of a work, the `message` of an answer."""
    kind = type_of(work)
    people = {variable: contributors.people(work.get(role)) for role, variable in ROLES.items()}
    names = {variable: found.names for variable, found in people.items() if found.names}
    container, series, container_variants = _containers(work, kind)
    abbreviation = _abbreviation(work, container) if kind == "article-journal" else ""
    script = _main_script(names, container)
    found = titles.compose(
        _strings(work.get("title")) or _titles_elsewhere(work),
        _strings(work.get("subtitle")),
        _strings(work.get("original-title")),
        clean(work.get("language")),
        script,
    )
    fields: dict[str, Value] = {"title": found.title, "original-title": found.original, "language": found.language}
    fields.update(names)
    fields |= {"container-title": container, "container-title-short": abbreviation, "collection-title": series}
    fields |= _numbers(work, kind) | _identifiers(work) | _publication(work, kind) | _event(work)
    if short := _short_title(work, found.title):
        fields["title-short"] = short
    if abstracts and (abstract := _abstract(work.get("abstract"))):
        fields["abstract"] = abstract
    if issued := volume_date(work):
        fields["issued"] = issued
    variants = {"title": found.variants, "container-title": container_variants}
    variants |= {variable: one.variants for variable, one in people.items()}
    affiliations = [one for found_people in people.values() for one in found_people.affiliations]
    return Reference(
        type=kind,
        fields={variable: value for variable, value in fields.items() if value},
        variants={variable: rows for variable, rows in variants.items() if rows},
        extra=_extra(work, issued, affiliations),
    )


def type_of(work: Record) -> str:
    """Return the CSL type; "other" with an ISBN and the title of a book around it is a part of that book."""
    kind = str(work.get("type") or "")
    if kind == "other" and work.get("ISBN") and any(_strings(work.get("container-title"))):
        return "chapter"
    if kind == "posted-content":
        return {"blog": "post-weblog", "dissertation": "thesis", "report": "report"}.get(
            str(work.get("subtype")), "article"
        )
    return TYPES.get(kind) or (kind if kind in CSL_TYPES else "document")


def notices(work: Record) -> list[str]:
    """Return what a person should know of a work before citing it, a line each."""
    lines: list[str] = []
    kind = str(work.get("type") or "")
    if type_of(work) == "document":
        lines.append(f"Crossref registers it as {SELDOM_MEANT.get(kind, kind or 'nothing named')}")
    for change in _changes(work, "updated-by"):
        if done := CHANGES.get(change["type"]):
            when = f" on {change['date']}" if change["date"] else ""
            lines.append(f"this work was {done}{when}: see {change['DOI']} (said by {change['source']})")
    for change in _changes(work, "update-to"):
        if change["type"] in CHANGES:
            lines.append(f"this is the {change['type'].replace('_', ' ')} of {change['DOI']}")
    if not any("retracted" in line for line in lines) and (said := _said_in_title(work)):
        lines.append(f"its title says that it was {said}")
    if published := _related(work, "is-preprint-of"):
        lines.append(f"published as {published}")
    return lines


def _said_in_title(work: Record) -> str:
    """Return what publishers write before the title of a work that they take back: RETRACTED ARTICLE: ..."""
    match = re.match(
        r"\W*(?i:(retracted|withdrawn|removed))(?i: article| paper| chapter)?\s*:|\W*(RETRACTED|WITHDRAWN)\b",
        next(iter(_strings(work.get("title"))), ""),
    )
    return (match[1] or match[2]).lower() if match else ""


def _related(work: Record, kind: str) -> str:
    """Return the first DOI to which a work stands in a relation."""
    relation = work.get("relation")
    rows = _rows(relation.get(kind)) if isinstance(relation, Mapping) else []
    found = (row["id"].lower() for row in rows if row.get("id-type") == "doi" and isinstance(row.get("id"), str))
    return next(found, "")


def volume_date(work: Record) -> Date | None:
    """Return the date of the volume: in print, else of the journal's issue, else the first there is.

    The date of deposit is none of them, and a print date never precedes its year by mistake of a later one online.
    """
    issue = work.get("journal-issue")
    issue = issue if isinstance(issue, Mapping) else {}
    print_date = date(work.get("published-print"))
    issue_date = date(issue.get("published-print")) or date(issue.get("published-online"))
    candidates = (print_date, issue_date, date(work.get("issued")), date(work.get("published")))
    found = next((one for one in candidates if one), None)
    return found or next((one for key in OTHER_DATES if (one := date(work.get(key)))), None)


def _rows(value: Any) -> list[Record]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _strings(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and one.strip()]


def _titles_elsewhere(work: Record) -> list[str]:
    """Return the title of a grant, which stands in its project, or the description of a component."""
    found = [
        row["title"]
        for project in _rows(work.get("project"))
        for row in _rows(project.get("project-title"))
        if isinstance(row.get("title"), str)
    ]
    return found or (_strings(work.get("description"))[:1] if work.get("type") == "component" else [])


def _main_script(names: Mapping[str, tuple[Name, ...]], container: str) -> str:
    return contributors.main_script(list(names.values())) or languages.script(text.plain(container))


# What marks the title of a series: surely, and likely.
SERIES = (
    r"(?i)^(?:(?:lecture|springer lecture) notes|communications in computer|graduate texts|undergraduate texts|"
    r"contemporary mathematics|methods in molecular|ifip advances|smart innovation|springer proceedings|unitext|"
    r"studies in (?:computational|systems|fuzz|health)|advances in intelligent|advances in experimental|nato )"
    r"|\bseries\b|briefs\b|schriftenreihe\b"
)
LIKELY_SERIES = (
    r"(?i)^(?:studies|topics|series|methods|progress|trends|monographs|developments|current topics|advances) (?:in|on) "
    r"|^(?:texts in|international series|acm |proceedings of symposia|handbook of experimental|subcellular biochem|"
    r"mathematics and its applications|the ima volumes)|\blibrary\b|schriften|reihe\b|beiträge zur"
)
BOOK = r"\b(?:1[89]|20)\d\d\b|\b[IVX]+$|(?i:conference|symposium|workshop|congress|meeting|\bICITE\b)"


def _containers(work: Record, kind: str) -> tuple[str, str, tuple[Variant, ...]]:
    """Return the journal or book around a work, the series of the book, and the journal's other languages."""
    found = list(dict.fromkeys(titles.title(one) for one in _strings(work.get("container-title"))))
    found = [one for one in found if one]
    if not found:
        return "", "", ()
    if kind in ("book", "report", "standard"):
        return "", found[0], ()
    if len(found) == 1:
        return found[0], "", ()
    if kind in IN_BOOKS or work.get("type") == "other":
        book = _book(found)
        return book, next(one for one in found if one != book), ()
    # Old records list the journal with its abbreviation, in either order.
    journal = max(found, key=lambda one: (" " in one, not one.islower(), len(one)))
    others = [one for one in found if languages.script(one) != languages.script(journal)]
    return journal, "", tuple(Variant(one, languages.language(one) or "und") for one in others)


def _abbreviation(work: Record, container: str) -> str:
    """Return the journal's short title, which old records list beside the full one."""
    written = [*_strings(work.get("short-container-title")), *_strings(work.get("container-title"))]
    for short in map(clean, written):
        shorter = len(short) < len(container) and languages.script(short) == languages.script(container)
        # "contemporaryfilmstudies" is a key of the depositor's, no abbreviation.
        if shorter and (" " in short or short.isupper()):
            return short
    return ""


def _book(found: Sequence[str]) -> str:
    """Return the title of the book among [series, book] or [book, series]: both orders occur."""
    marks = [
        bool(re.search(BOOK, one)) - 2 * bool(re.search(SERIES, one)) - bool(re.search(LIKELY_SERIES, one))
        for one in found[:2]
    ]
    return found[0] if marks[0] > marks[1] else found[1]


def _numbers(work: Record, kind: str) -> dict[str, Value]:
    fields: dict[str, Value] = {
        "volume": number(work.get("volume")),
        "issue": number(work.get("issue")) or _supplement(work),
        "page": pages(work.get("page")) or clean(work.get("article-number")),
        "edition": "" if work.get("edition-number") in ("0", "1", 0, 1) else number(work.get("edition-number")),
    }
    # A volume of a series numbers the series, not the book: "LNCS 8043".
    if kind in IN_BOOKS and work.get("container-title") and len(_strings(work.get("container-title"))) > 1:
        fields["collection-number"] = fields.pop("volume")
    version = work.get("version")
    if isinstance(version, Mapping):
        fields["version"] = clean(version.get("version"))
    if report := clean(work.get("report-number")):
        fields["number"] = report
    return fields


def _supplement(work: Record) -> str:
    """Return "S1" of `special_numbering`; the bare "C" that one publisher writes there means nothing."""
    special = clean(work.get("special_numbering"))
    return special if any(c.isdigit() for c in special) else ""


def _identifiers(work: Record) -> dict[str, Value]:
    issn = [row.get("value") for row in _rows(work.get("issn-type"))]
    return {
        "DOI": _doi(work),
        "ISSN": issns([*issn, *_strings(work.get("ISSN"))]),
        "ISBN": isbns(_strings(work.get("ISBN"))),
    }


def _publication(work: Record, kind: str) -> dict[str, Value]:
    fields: dict[str, Value] = {
        "publisher": clean(work.get("publisher")),
        "publisher-place": clean(work.get("publisher-location")),
    }
    institutions = work.get("institution")
    institutions = institutions if isinstance(institutions, list) else [institutions]
    named = [clean(one.get("name")) for one in institutions if isinstance(one, Mapping) and one.get("name")]
    if kind in ("article", "thesis", "report") and named:
        fields["publisher"] = named[0]
    if kind == "article":
        fields["genre"] = GENRES.get(str(work.get("subtype")), "")
        if not named and (group := clean(work.get("group-title"))) and not _is_subject(group, work):
            fields["publisher"] = group
    if kind == "thesis":
        fields["genre"] = clean(work.get("degree"))
    body = work.get("standards-body")
    if kind == "standard" and isinstance(body, Mapping):
        fields["authority"] = clean(body.get("name"))
    return fields


def _is_subject(group: str, work: Record) -> bool:
    """Say whether a group title names a subject ("Bioinformatics") or a server ("PeerJ PrePrints")."""
    return not re.search(r"(?i)print|arxiv|rxiv|review|papers?\b|repository|archive|server", group)


def _event(work: Record) -> dict[str, Value]:
    event = work.get("event")
    if not isinstance(event, Mapping):
        return {}
    fields: dict[str, Value] = {
        "event-title": clean(event.get("name")),
        "event-place": clean(event.get("location")),
    }
    start, end = date(event.get("start")), date(event.get("end"))
    if start:
        fields["event-date"] = Date(start.parts + end.parts) if end and end != start else start
    return fields


def _short_title(work: Record, title: str) -> str:
    """Return the short title when it is the beginning of the title: often it is the journal's abbreviation."""
    short = titles.title(next(iter(_strings(work.get("short-title"))), ""))
    known, whole = titles.folded(short), titles.folded(title)
    return short if known and known != whole and whole.startswith(known) else ""


def _abstract(markup: Any) -> str:
    """Return an abstract as rich text without its own heading."""
    heading = r"(?is)^\s*<jats:title>\s*(?:abstract|summary)\s*</jats:title>"
    return text.rich(re.sub(heading, "", markup)) if isinstance(markup, str) else ""


def _doi(record: Record) -> str:
    """Return a record's DOI as it stands, but on one line and without what no output can show."""
    return text.printable(" ".join(str(record.get("DOI") or "").split())).lower()


def _changes(work: Record, key: str) -> list[dict[str, str]]:
    """Return the corrections and retractions of a work (`updated-by`), or those it makes (`update-to`)."""
    return [
        {
            "type": clean(row.get("type")),
            "DOI": _doi(row),
            "date": str(date(row.get("updated")) or ""),
            "source": clean(row.get("source")) or "publisher",
        }
        for row in _rows(work.get(key))
        if row.get("DOI")
    ]


def _extra(work: Record, issued: Date | None, affiliations: Sequence[str]) -> dict[str, str]:
    """Return what no CSL variable holds: the other dates, changes, relations, and what stood among the authors."""
    extra = {key: str(found) for key in OTHER_DATES if (found := date(work.get(key))) and found != issued}
    for key in ("updated-by", "update-to"):
        if changes := _changes(work, key):
            extra[key] = json.dumps(changes, ensure_ascii=False)
    article = clean(work.get("article-number"))
    if article and pages(work.get("page")):
        extra["article-number"] = article
    if affiliations:
        extra["affiliation"] = "; ".join(affiliations)
    if work.get("type") == "posted-content" and (group := clean(work.get("group-title"))):
        extra["group-title"] = group
    for name, kind in (("published-doi", "is-preprint-of"), ("preprint-doi", "has-preprint")):
        if linked := _related(work, kind):
            extra[name] = linked
    if work.get("type") and type_of(work) == "document":
        extra["crossref-type"] = str(work["type"])
    return extra

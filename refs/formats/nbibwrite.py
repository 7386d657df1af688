"""Reference -> rows of PubMed's tags: the lines as they were read where they still mean the field, else new ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from refs.formats.csllines import lines, misread
from refs.formats.nbibread import ET_AL, PUBLICATION_TYPES, TEXTS, Reading, language_code, medline_date, reference
from refs.formats.risread import keyword_list, keywords
from refs.formats.riswrite import name_text
from refs.model import Date, Reference, Value
from refs.text import plain

ORDER = (
    "PMID OWN STAT DA DCOM LR IS ISBN VI IP DP PB TI PG LID BTI CTI VTI EN AB CI FAU AU AUID AD CN FED ED LA GR PT DEP "
    "PL TT TA JT JID RN SB MH OT PMC PMCR MID GN EDAT MHDA CRDT PHST AID PST SO"
).split()
RANK = {tag: rank for rank, tag in enumerate(ORDER)}
SHORT = {"AU": "FAU", "CN": "FAU", "ED": "FED"}


def record(work: Reference) -> str:
    rows = _rows(work)
    read = reference([(tag, [value]) for tag, value, _ in rows])
    while (wrong := misread(work, read)) and any(row[2] in wrong for row in rows):
        rows = [row for row in rows if row[2] not in wrong]
        read = reference([(tag, [value]) for tag, value, _ in rows])
    found = [*(("GN", line) for line in lines(work, read)), *((tag, value) for tag, value, _ in rows)]
    found.sort(key=lambda row: RANK.get(SHORT.get(row[0], row[0]), len(RANK)))
    return "".join(f"{tag:<4}- {value}\n" for tag, value in found)


def _rows(work: Reference) -> list[tuple[str, str, str]]:
    """Return (tag, value, variable): the lines as they were read where they still mean the field, else new ones."""
    own = {
        name[5:]: value.split("\n")
        for name, value in work.extra.items()
        if re.fullmatch(r"nbib:[A-Z][A-Z0-9]{1,3}", name)
    }
    rows: list[tuple[str, str, str]] = []

    def put(tag: str, variable: str, values: Iterable[str]) -> None:
        kept = own.pop(tag, []) if tag in VERBATIM else []
        if kept and _verbatim(tag, kept, work):
            values = kept
        elif tag == "TI":
            values = list(dict.fromkeys([*values, *kept]))
        rows.extend((tag, line, variable) for value in values if (line := " ".join(value.split())))

    for variable, write_value in WRITERS.items():
        if value := work.fields.get(variable):
            for tag, values in write_value(value, work):
                put(tag, variable, values)
    declared = own.pop("PT", [PUBLICATION_TYPES.get(work.type, "")])
    rows += [("PT", value, "") for value in declared if value]
    rows += [(tag, line, "") for tag, values in own.items() if tag not in ("MH", "GN") for line in values if line]
    rows += [("GN", line, "") for line in own.get("GN", [])]
    return rows


VERBATIM = {
    "PMID": "PMID",
    "PMC": "PMCID",
    "DP": "issued",
    "PG": "page",
    "IS": "ISSN",
    "ISBN": "ISBN",
    "LA": "language",
    "TI": "title",
}


def _verbatim(tag: str, kept: Sequence[str], work: Reference) -> bool:
    read = Reading([(tag, [value]) for value in kept])
    read.read()
    return read.fields.get(VERBATIM[tag]) == work.fields.get(VERBATIM[tag])


Rows = list[tuple[str, list[str]]]


def _title(value: Value, work: Reference) -> Rows:
    text = plain(str(value))
    ended = text if text.endswith(("?", "!", ".")) else f"{text}."
    translated = [v.value for v in work.variants.get("title", ()) if v.role == "translated" and v.language == "en"]
    if translated:
        return [("TI", [f"[{plain(str(translated[0]))}]."]), ("TT", [ended])]
    return [("BTI" if work.type == "book" and "nbib:TI" not in work.extra else "TI", [ended])]


def _container(value: Value, work: Reference) -> Rows:
    in_book = work.type == "chapter" or "nbib:BTI" in work.extra or "Book Chapter" in work.extra.get("nbib:PT", "")
    return [("BTI" if in_book else "JT", [plain(str(value))])]


def _people(full: str, short: str) -> Callable[[Value, Reference], Rows]:
    def rows(value: Value, work: Reference) -> Rows:
        found: Rows = []
        for name in value if isinstance(value, tuple) else ():
            if name.literal in ET_AL:
                found.append((short, ["et al."]))
            elif name.literal:
                found.append(("CN" if full == "FAU" else full, [name.literal]))
            else:
                initials = "".join(word[0] for word in re.split(r"[\s.-]+", name.given) if word)
                family = f"{name.non_dropping_particle} {name.family}".strip()
                found += [(full, [name_text(name)]), (short, [f"{family} {initials} {name.suffix}".strip()])]
        return found

    return rows


def _keywords(value: Value, work: Reference) -> Rows:
    """Return the author's keywords, then those that are MeSH headings, as far as they still are what was read."""
    headings = work.extra["nbib:MH"].split("\n") if "nbib:MH" in work.extra else []
    words = keywords(plain(str(value)))
    for end in range(len(words) + 1):
        if headings and keyword_list([*words[:end], *headings]) == value:
            return [("OT", words[:end]), ("MH", headings)]
    return [("OT", words)]


def _text(tag: str) -> Callable[[Value, Reference], Rows]:
    return lambda value, work: [(tag, [plain(str(value))])]


def _when(value: Value, work: Reference) -> Rows:
    return [("DP", [medline_date(value)])] if isinstance(value, Date) else []


def _electronic(value: Value, work: Reference) -> Rows:
    part = value.parts[0] if isinstance(value, Date) and len(value.parts) == 1 else ()
    return [("DEP", [f"{part[0]:04d}{part[1]:02d}{part[2]:02d}"])] if len(part) == 3 and part[0] > 0 else []


WRITERS: dict[str, Callable[[Value, Reference], Rows]] = {
    "PMID": _text("PMID"),
    "PMCID": _text("PMC"),
    "DOI": lambda value, work: [("LID", [f"{value} [doi]"])],
    "URL": _text("LID"),
    "title": _title,
    **{variable: _text(tag) for tag, variable in TEXTS.items()},
    "container-title": _container,
    "author": _people("FAU", "AU"),
    "editor": _people("FED", "ED"),
    "issued": _when,
    "available-date": _electronic,
    "page": _text("PG"),
    "ISSN": lambda value, work: [("IS", str(value).split())],
    "ISBN": lambda value, work: [("ISBN", str(value).split())],
    "publisher-place": _text("PL"),
    "language": lambda value, work: [("LA", [language_code(str(value))])],
    "keyword": _keywords,
}

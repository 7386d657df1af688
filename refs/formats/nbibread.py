"""Rows of PubMed's tags -> Reference, by the tables of MEDLINE/PubMed data elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from refs import languages
from refs.dates import MONTHS, parse_date
from refs.formats.babel import to_bcp47
from refs.formats.csllines import read_all, stated
from refs.formats.risread import doi_of, keyword_list, name_of
from refs.formats.riswrite import SEASONS
from refs.formats.tagged import joined
from refs.identifiers import normal
from refs.model import Date, Name, Reference, Value, Variant

# tag -> variable for what is text on both sides; the rest has rules of its own
TEXTS = {
    "JT": "container-title",
    "TA": "container-title-short",
    "VI": "volume",
    "IP": "issue",
    "PB": "publisher",
    "AB": "abstract",
    "CI": "license",
    "CTI": "collection-title",
    "VTI": "volume-title",
    "EN": "edition",
}
NAMES = {"AU": "author", "FAU": "author", "CN": "author", "ED": "editor", "FED": "editor"}
# word of a publication type -> CSL type, in the order in which they decide; an article is what all others are
TYPES = (
    ("preprint", "article"),
    ("dissertation", "thesis"),
    ("academic dissertation", "thesis"),
    ("journal article", "article-journal"),
    ("case report", "article-journal"),
    ("book chapter", "chapter"),
    ("book", "book"),
    ("dataset", "dataset"),
    ("technical report", "report"),
    ("report", "report"),
    ("patent", "patent"),
)
# PT of a type; what is read as another type says so in GN
PUBLICATION_TYPES = {
    "article-journal": "Journal Article",
    "article": "Preprint",
    "thesis": "Academic Dissertation",
    "report": "Technical Report",
    "dataset": "Dataset",
    "patent": "Patent",
}
SERIALS = (
    ("IS", "ISSN", r"\d{4}-?\d{3}[\dXx]"),
    ("ISSN", "ISSN", r"\d{4}-\d{3}[\dXx]"),
    ("ISBN", "ISBN", r"\d[\d-]{8,15}[\dXx]"),
)
THESIS = r"(.* (?:Dissertation|Thesis)), (.+)"
ET_AL = frozenset({"et al.", "et al", "others"})


class Reading:
    """One record on its way to a reference."""

    def __init__(self, rows: Sequence[tuple[str, Sequence[str]]]) -> None:
        self.values: dict[str, list[str]] = {}
        self.fields: dict[str, Value] = {}
        self.extra: dict[str, list[str]] = {}
        self.variants: dict[str, tuple[Variant, ...]] = {}
        self.rows = [(tag, value) for tag, parts in rows if (value := joined(parts))]
        for tag, value in self.rows:
            self.values.setdefault(tag, []).append(value)
        self.kind = self._kind()

    def take(self, tag: str) -> list[str]:
        return self.values.pop(tag, [])

    def keep(self, tag: str, values: Iterable[str]) -> None:
        if kept := list(values):
            self.extra.setdefault(tag, []).extend(kept)

    def set(self, variable: str, value: Value) -> bool:
        """Set a variable that is free; tell whether it now has this value."""
        return self.fields.setdefault(variable, value) == value if value else False

    def _kind(self) -> str:
        declared = [value.lower() for value in self.values.get("PT", [])]
        if "BTI" in self.values:
            return "chapter" if "TI" in self.values else "book"
        if any("dissertation" in value for value in self.values.get("SO", [])):
            return "thesis"
        found = (kind for word, kind in TYPES if any(_says(value, word) for value in declared))
        kind = next(found, "article-journal")
        return "article-journal" if kind == "report" and self.values.keys() & {"TA", "VI", "ISSN"} else kind

    def read(self) -> None:
        self._read_identifiers()
        self._read_titles()
        self._read_names()
        self._read_dates()
        self._read_pages()
        self._read_serials()
        self._read_place()
        self._read_eric()
        for tag, variable in TEXTS.items():
            values = self.take(tag)
            if values and self.set(variable, values[0]):
                values = [value for value in values if value != values[0]]
            self.keep(tag, values)
        if words := [*self.values.get("OT", []), *self.values.get("MH", [])]:
            self.fields["keyword"] = keyword_list(words)
            self.take("OT")
            self.keep("MH", self.take("MH"))
        self._read_language()
        publication = self.take("PT")
        if publication != [PUBLICATION_TYPES.get(self.kind)]:
            self.keep("PT", publication)

    def _read_identifiers(self) -> None:
        for tag, scheme in (("PMID", "PMID"), ("PMC", "PMCID")):
            for value in self.take(tag):
                match = re.match(r"(?:PMC)?\d+\b", value)
                number = match[0] if match else ""
                if scheme == "PMCID" and number:
                    number = normal("pmcid", number)
                if not (number and self.set(scheme, number) and number == value):
                    self.keep(tag, [value])
        for tag in ("LID", "AID"):
            for value in self.take(tag):
                self._read_locator(tag, value)

    def _read_locator(self, tag: str, value: str) -> None:
        """Read "10.1016/j.wem.2022.07.008 [doi]", "1042 [pii]" and ERIC's addresses."""
        match = re.fullmatch(r"(.*?)(?: \[(\w+)\])?", value)
        text, kind = (match[1], match[2]) if match else (value, "")
        bare = re.sub(r"(?i)^doi: ?", "", text)
        if (kind == "doi" or not kind) and re.match(r"10\.\d{4,9}/", bare):
            if self.set("DOI", doi_of(bare)):
                return
        elif not kind and re.match(r"https?://", text) and "URL" not in self.fields:
            self.fields["URL"] = text
            return
        elif tag == "LID" and kind == "pii" and "PG" not in self.values and re.fullmatch(r"[A-Za-z]?\d{1,8}", text):
            self.set("page", text)
        self.keep(tag, [value])

    def _read_titles(self) -> None:
        titles, vernacular, book = self.take("TI"), self.take("TT"), self.take("BTI")
        if titles:
            text = _without_period(titles[0])
            bracketed = re.fullmatch(r"\[(.+?)\.?\]\.?", titles[0])
            if bracketed and vernacular:
                self.variants["title"] = (Variant(bracketed[1], "en"),)
                text = _without_period(vernacular.pop(0))
            elif bracketed:
                text = bracketed[1]
                self.keep("TI", titles[:1])
            self.set("title", text)
            self.keep("TI", (title for title in titles[1:] if _without_period(title) != text))
        self.keep("TT", vernacular)
        if book:
            self.set("container-title" if titles else "title", _without_period(book[0]))
            self.keep("BTI", (title for title in book[1:] if title != book[0]))

    def _read_names(self) -> None:
        """Read FAU, each with the AU that abbreviates it, AU alone, and CN, in the order of the record."""
        found: dict[str, list[Name]] = {}
        full = ""
        for tag, value in self.rows:
            variable = NAMES.get(tag, "")
            if not variable:
                continue
            if tag in ("AU", "ED") and full == f"F{tag}":
                full = ""
                continue
            full = tag if tag.startswith("F") else ""
            found.setdefault(variable, []).append(_name(tag, value))
        self.fields.update((variable, tuple(names)) for variable, names in found.items())
        for tag in NAMES:
            self.take(tag)

    def _read_dates(self) -> None:
        published, electronic = self.take("DP"), self.take("DEP")
        if published:
            date = pubmed_date(published[0])
            self.set("issued", date)
            same = medline_date(date) == published[0]
            self.keep("DP", [text for text in published if not (same and text == published[0])])
        for value in electronic:
            match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", value)
            date = parse_date("-".join(match.groups())) if match else Date()
            if not (date.parts and self.set("available-date", date)):
                self.keep("DEP", [value])

    def _read_pages(self) -> None:
        if pages := self.take("PG"):
            text = full_range(pages[0])
            self.set("page", text)
            self.keep("PG", pages if text != pages[0] else pages[1:])

    def _read_serials(self) -> None:
        for tag, variable, form in SERIALS:
            values = self.take(tag)
            numbers = list(dict.fromkeys(number for value in values for number in re.findall(form, value)))
            if numbers and not self.set(variable, " ".join(numbers)):
                numbers = []
            if values != numbers:
                self.keep(tag, values)

    def _read_place(self) -> None:
        """Read PL, which for an article is the country of its journal."""
        places = self.take("PL")
        if places and self.kind in ("book", "chapter", "thesis", "report") and self.set("publisher-place", places[0]):
            places = places[1:]
        self.keep("PL", places)

    def _read_eric(self) -> None:
        """Read ERIC's JT, which for a work outside of journals is who publishes it, and the school in SO."""
        if self.kind not in ("book", "report", "thesis") or self.values.keys() & {"TA", "PMID"}:
            return
        if self.kind == "thesis" and (school := re.fullmatch(THESIS, next(iter(self.values.get("SO", [])), ""))):
            self.set("genre", school[1])
            self.set("publisher", school[2])
            self.keep("SO", self.take("SO"))
        owners = self.take("JT")
        variable = "archive" if self.kind == "thesis" else "publisher"
        self.keep("JT", owners[1:] if owners and self.set(variable, owners[0]) else owners)

    def _read_language(self) -> None:
        values = self.take("LA")
        if values and (tag := languages.tag(values[0]) or to_bcp47(values[0])):
            self.fields["language"] = tag
            values = values if len(values) > 1 or language_code(tag) != values[0] else []
        self.keep("LA", values)


def _says(declared: str, word: str) -> bool:
    return bool(re.match(rf"{word}s?\b", declared))


def reference(rows: Sequence[tuple[str, Sequence[str]]]) -> Reference:
    work = Reading(rows)
    work.read()
    statements = read_all(work.take("GN"))
    read = Reference(work.kind, work.fields, variants=work.variants)
    notes = [line for line in statements.other if line]
    if notes and not any(variable == "note" for variable, _, _ in statements.values):
        read = replace(read, fields={**read.fields, "note": "; ".join(notes)})
        notes = []
    statements.other = []
    read = stated(read, statements)
    work.keep("GN", [*notes, *statements.other])
    for tag in list(work.values):
        work.keep(tag, work.take(tag))
    return replace(read, extra={f"nbib:{tag}": "\n".join(values) for tag, values in work.extra.items()})


def _without_period(title: str) -> str:
    """Drop the period that PubMed sets after each title."""
    return title[:-1] if title.endswith(".") and not title.endswith("..") else title


def _name(tag: str, text: str) -> Name:
    """Return a name: "van Raaij, M J", "van Raaij MJ", an organisation in CN."""
    if text.lower() in ET_AL:
        return Name(literal="others")
    if tag == "CN":
        return Name(literal=text)
    if "," in text:
        return name_of(text)
    match = re.fullmatch(r"(.+) ([A-Z][A-Z-]{0,4})(?: (Jr|Sr|[1-4](?:st|nd|rd|th)|II|III|IV))?", text)
    return name_of(", ".join(part for part in match.groups() if part)) if match else Name(family=text)


def pubmed_date(text: str) -> Date:
    """Return a date of DP: "1996 Jul 9", "2009 Nov-Dec", "2008 Winter", "1998 Dec-1999 Jan", "2013 06 10"."""
    if match := re.fullmatch(r"(\d{4}(?: \w+){0,2})-(\d{4}(?: \w+){0,2})", text):
        first, last = parse_date(match[1]), parse_date(match[2])
        if len(first.parts) == len(last.parts) == 1 and first.parts < last.parts:
            return Date(first.parts + last.parts)
    if match := re.fullmatch(r"(\d{4}) (\d\d)(?: (\d\d))?", text):
        return parse_date("-".join(part for part in match.groups() if part))
    date = parse_date(text)
    year = re.search(r"\b(1[89]\d\d|20\d\d)$", text)
    return Date(((int(year[1]),),)) if year and not date.parts else date


def full_range(text: str) -> str:
    """Return pages with the end of the range in full: "475-82" is 475 to 482."""
    match = re.fullmatch(r"([A-Za-z]*)(\d+)-([A-Za-z]*)(\d+)", text)
    if not match or len(match[4]) >= len(match[2]) or match[3] not in ("", match[1]):
        return text
    return f"{match[1]}{match[2]}-{match[1]}{match[2][: len(match[2]) - len(match[4])]}{match[4]}"


def medline_date(date: Date) -> str:
    """Return a date as DP writes it, "" when it cannot."""
    if date.literal or date.circa or not date.parts or not all(date.parts) or not 1000 <= (date.year or 0) <= 9999:
        return date.literal
    if date.season:
        return f"{date.year} {SEASONS[date.season - 1]}"
    ends = [
        " ".join([str(p[0]), *(MONTHS[n - 1][0][:3].title() for n in p[1:2]), *map(str, p[2:])]) for p in date.parts
    ]
    if len(ends) == 2 and date.parts[0][:-1] == date.parts[1][:-1] and len(date.parts[0]) > 1:
        ends[1] = ends[1].rpartition(" ")[2]
    return "-".join(ends)


def language_code(tag: str) -> str:
    """Return the code of three letters that MEDLINE writes for a language, or the tag."""
    names = (name for name, code in languages.NAMES.items() if code == tag and len(name) == 3)
    return next(names, tag)

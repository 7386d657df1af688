"""PubMed's tagged format (.nbib, MEDLINE), which ERIC writes as well.

Tags are those of "MEDLINE/PubMed Data Element (Field) Descriptions" of the National Library of Medicine. A title in
brackets is PubMed's English translation: it becomes a variant of the vernacular title in TT. A tag without a variable,
and each value of which the variable holds less than the line, is kept in `extra` as "nbib:MHDA" and written back. What
PubMed has no tag for is written in GN, the general note, as `csllines`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from refs import languages
from refs.dates import MONTHS, parse_date
from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats.babel import to_bcp47
from refs.formats.csllines import lines, misread, read_all, stated
from refs.formats.risread import doi_of, keyword_list, keywords, name_of
from refs.formats.riswrite import SEASONS, name_text
from refs.formats.tagged import Grammar, Record, blocks, joined, split
from refs.identifiers import normal
from refs.model import Date, Name, Reference, Value, Variant
from refs.text import plain

TAG = r"\ufeff?(?=[A-Z0-9]+ {0,2}-)([A-Z][A-Z0-9]{1,3})( {0,2})-(?: ?(.*))$"
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
TAG_OF = {variable: tag for tag, variable in TEXTS.items()}
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
ORDER = (
    "PMID OWN STAT DA DCOM LR IS ISBN VI IP DP PB TI PG LID BTI CTI VTI EN AB CI FAU AU AUID AD CN FED ED LA GR PT DEP "
    "PL TT TA JT JID RN SB MH OT PMC PMCR MID GN EDAT MHDA CRDT PHST AID PST SO"
).split()
RANK = {tag: rank for rank, tag in enumerate(ORDER)}
SERIALS = (
    ("IS", "ISSN", r"\d{4}-?\d{3}[\dXx]"),
    ("ISSN", "ISSN", r"\d{4}-\d{3}[\dXx]"),
    ("ISBN", "ISBN", r"\d[\d-]{8,15}[\dXx]"),
)
SHORT = {"AU": "FAU", "CN": "FAU", "ED": "FED"}
THESIS = r"(.* (?:Dissertation|Thesis)), (.+)"
ET_AL = frozenset({"et al.", "et al", "others"})


def _tag(line: str) -> tuple[str, str] | None:
    match = re.match(TAG, line) if "-" in line[:8] else None
    return (match[1], match[3].strip()) if match else None


def _begins(tag: str, blank: bool, current: Record | None) -> bool:
    return blank or tag == "PMID" or current is None


GRAMMAR = Grammar(_tag, _begins)


def read(text: str, name: str) -> list[Block]:
    """Return a block for each record and for what stands between records; raise ParseError when there is no record."""
    pieces = split(text, GRAMMAR)
    if text.strip() and not any(piece.kind == "record" for piece in pieces):
        raise ParseError("no PubMed record: no line begins with a tag such as PMID", Location(name, 1))
    return blocks(text, name, pieces, lambda record: (_reference(record.fields), []), "tags outside of any record")


class _Reading:
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
            self.keep("DP", published if _dp(date) != published[0] else published[1:])
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
            values = values if len(values) > 1 or _la(tag) != values[0] else []
        self.keep("LA", values)


def _says(declared: str, word: str) -> bool:
    return bool(re.match(rf"{word}s?\b", declared))


def _reference(rows: Sequence[tuple[str, Sequence[str]]]) -> Reference:
    work = _Reading(rows)
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


def _dp(date: Date) -> str:
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


def _la(tag: str) -> str:
    """Return the code of three letters that MEDLINE writes for a language, or the tag."""
    names = (name for name, code in languages.NAMES.items() if code == tag and len(name) == 3)
    return next(names, tag)


def write(references: Iterable[Reference]) -> str:
    """Return the records, an empty line between them."""
    return "\n".join(_record(one) for one in references)


def _record(work: Reference) -> str:
    rows = _rows(work)
    read = _reference([(tag, [value]) for tag, value, _ in rows])
    while (wrong := misread(work, read)) and any(row[2] in wrong for row in rows):
        rows = [row for row in rows if row[2] not in wrong]
        read = _reference([(tag, [value]) for tag, value, _ in rows])
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
    read = _Reading([(tag, [value]) for value in kept])
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
    return [("DP", [_dp(value)])] if isinstance(value, Date) else []


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
    "language": lambda value, work: [("LA", [_la(str(value))])],
    "keyword": _keywords,
}

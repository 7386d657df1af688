"""Tags of RIS -> Reference: what EndNote's formats are read by as well.

A tag that no variable has, or whose variable another tag has filled with something else, is kept in `extra` as
"ris:C1", one line for each time it stands in the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from refs import languages
from refs.dates import parse_date, to_edtf
from refs.formats import ristables as tables
from refs.formats.babel import to_bcp47
from refs.formats.bibvalues import edition, pages
from refs.formats.csljson import clean, clean_lines
from refs.formats.csllines import Statements, read_all, stated
from refs.formats.tagged import joined
from refs.identifiers import normal
from refs.model import NAME_VARIABLES, Date, Name, Reference, Value, Variant
from refs.names import SUFFIXES, parse_bibtex_name

Fields = Sequence[tuple[str, Sequence[str]]]

FAMILY_FIRST = r"((?:[^\s.]+ ){0,2}[^\W\d_][^\s.]+) ((?:[^\W\d_]\.[- ]?){1,3})"
RUNNING = r"(?:[^\W\d_]\.[- ]?)+ ?[^\W\d_][^.]+"
FULL_DATE = r"(\d{4})(?:/([^/]*))?(?:/([^/]*))?(?:/(.*))?"
LONGEST_NUMBERS = 500
ISSN = r"(\d{4})-?(\d{3}[\dXx])"
DOI = r"(?i)^\s*(?:doi[: ]\s*)?(?:https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/"


def reference(fields: Fields) -> tuple[Reference, list[str]]:
    """Return what a record says, and what was odd about it; `fields` are (tag, lines), TY among them."""
    work = _Work(fields)
    work.read()
    statements = read_all(work.remarks)
    read = Reference(work.kind, work.fields, work.key, {name: tuple(values) for name, values in work.variants.items()})
    read = stated(read, statements)
    work.keep_remarks(statements)
    if statements.type:
        work.extra.pop("TY", None)
    if work.extra.get("ID") == [read.key]:
        del work.extra["ID"]
    extra = {f"ris:{tag}": "\n".join(values) for tag, values in work.extra.items()}
    return Reference(read.type, read.fields, read.key, read.variants, read.identifiers, extra), work.warnings


def meaning(ris_type: str) -> Mapping[str, str]:
    """Return what each tag means in records of a type, the tags in the order of preference."""
    return {**tables.TAGS, **tables.BY_TYPE.get(ris_type, {})}


class _Work:
    """One record on its way to a reference."""

    def __init__(self, fields: Fields) -> None:
        self.values: dict[str, list[str]] = {}
        self.names: dict[str, list[tuple[str, str]]] = {}
        self.fields: dict[str, Value] = {}
        self.extra: dict[str, list[str]] = {}
        self.variants: dict[str, list[Variant]] = {}
        self.remarks: list[str] = []
        self.warnings: list[str] = []
        self.key = ""
        self.abbreviated = {joined(lines) for tag, lines in fields if tag in ("JO", "J1")}
        for tag, lines in fields:
            if tag in tables.MULTILINE:
                values = [clean_lines("\n".join(lines))]
            else:
                values = [clean(line) for line in lines] if tag in tables.LISTED else [joined(lines)]
            known = self.values.get(tag, []) if tag != "M2" else []
            if kept := [value for value in dict.fromkeys(values) if value and value not in known[-50:]]:
                self.values.setdefault(tag, []).extend(kept)
        self.type = self._type()
        self.meaning = meaning(self.type)
        for tag, lines in fields:
            variable = self.meaning.get(tag, "")
            if variable in NAME_VARIABLES and (name := joined(lines)):
                self.names.setdefault(variable, []).append((tag, name))

    def _type(self) -> str:
        declared = next(iter(self.values.pop("TY", [])), "")
        known = declared.upper()
        if known not in tables.CSL_TYPES:
            self.warnings.append(f"the type {declared!r} is unknown" if declared else "a record without a type")
            known = "GEN"
        self.kind = tables.CSL_TYPES[known]
        if declared and tables.RIS_TYPES[self.kind] != declared:
            self.extra["TY"] = [declared]
        return known

    def take(self, tag: str) -> list[str]:
        return self.values.pop(tag, [])

    def keep(self, tag: str, values: Iterable[str]) -> None:
        self.extra.setdefault(tag, []).extend(" ".join(value.split("\n")) for value in values)

    def read(self) -> None:
        self._read_remarks()
        self._read_key()
        self._read_names()
        self._read_meeting()
        self._read_edited_book()
        self._read_issued()
        if accessed := self.take("Y2"):
            self._set("accessed", "Y2", [ris_date(accessed[0]), *accessed[1:]])
        self._read_pages()
        self._read_serials()
        self._read_doi()
        self._read_language()
        self._read_translations()
        self._read_keywords()
        if notes := self.take("N1"):
            self._set("note", "N1", ["; ".join(dict.fromkeys(notes))])
        self._read_links()
        for tag in self.meaning:
            if tag in self.values:
                self._set(self.meaning[tag], tag, self.take(tag))
        if "." in (short := str(self.fields.get("container-title", ""))) and short in self.abbreviated:
            self.fields.setdefault("container-title-short", short)
        for tag in list(self.values):
            self.keep(tag, self.take(tag))

    def _set(self, variable: str, tag: str, values: Sequence[Value]) -> None:
        """Set a variable to the first value; what is left over is kept, unless it says the same."""
        first, *rest = values
        if variable == "page" and isinstance(first, str):
            first = pages(first)
        elif variable == "edition" and isinstance(first, str):
            first = edition(first)
        elif variable == "PMCID" and isinstance(first, str):
            first = normal("pmcid", first) if re.fullmatch(r"(?i)(?:PMC)?\d+", first) else first
        if not variable:
            rest = list(values)
        elif self.fields.setdefault(variable, first) != first:
            rest = [values[0], *rest]
            self._abbreviate(variable, rest)
        kept = [str(value) for value in rest if value and value != self.fields.get(variable)]
        if kept:
            self.keep(tag, kept)

    def _abbreviate(self, variable: str, values: list[Value]) -> None:
        """Take a second, shorter title of a journal for its abbreviation: JO beside JF or T2."""
        short, full = values[0], self.fields[variable]
        free = "container-title-short" not in self.fields and not self.values.keys() & {"J2", "JA"}
        if variable == "container-title" and free and isinstance(short, str) and len(short) < len(str(full)):
            self.fields["container-title-short"] = short
            values.pop(0)

    def _read_remarks(self) -> None:
        """Take the lines of M2, and the notes that name a variable: "Call Number: QA 76"."""
        self.remarks = self.take("M2")
        notes = self.take("N1")
        stated_in_notes = [note for note in notes if not read_all([note]).other]
        self.remarks += stated_in_notes
        if kept := [note for note in notes if note not in stated_in_notes]:
            self.values["N1"] = kept

    def _read_key(self) -> None:
        ids = self.take("ID")
        if ids and not ids[0].isdecimal():
            self.key = ids.pop(0)
        if ids:
            self.keep("ID", ids)

    def _read_names(self) -> None:
        for variable, found in self.names.items():
            self.fields[variable] = tuple(name_of(text) for _, text in found)
            for tag, _ in found:
                self.values.pop(tag, None)

    def _read_edited_book(self) -> None:
        """Read the second author of a book that is in no series as its editor: so publishers write it."""
        editors = self.fields.get("collection-editor")
        if self.type != "BOOK" or not editors or self.values.keys() & {"T2", "T3"} or "editor" in self.fields:
            return
        self.fields["editor"] = self.fields.pop("collection-editor")

    def _read_meeting(self) -> None:
        """Read T2 of a conference paper: the meeting when another tag has the proceedings, else the proceedings."""
        if self.type in ("CONF", "CPAPER") and self.values.keys() & {"C3", "BT", "JF", "JO"} and "T2" in self.values:
            event = self.take("T2")
            other = [value for tag in ("C3", "BT", "JF", "JO") for value in self.values.get(tag, ())]
            if event[0] in other:
                self.values["T2"] = event
            else:
                self._set("event-title", "T2", event)
        if self.type in ("CONF", "CPAPER") and self.values.keys() >= {"C1", "CY"}:
            self._set("event-place", "CY", self.take("CY"))
            self._set("publisher-place", "C1", self.take("C1"))

    def _read_issued(self) -> None:
        """Read DA, PY and Y1: the fullest of those that agree on the year, the first of those that do not."""
        texts = [(tag, text) for tag in tables.DATES for text in self.take(tag)]
        year = next((date.year for tag, text in texts if tag == "PY" and (date := ris_date(text)).year), None)
        dated = [(tag, text, _dated(text, year)) for tag, text in texts]
        best = [row for row in dated if row[2].year and year in (None, row[2].year)]
        best = best or sorted(dated, key=lambda row: row[0] != "PY")
        chosen = max(best, key=lambda row: len(to_edtf(row[2])) if row[2].parts else 0, default=("", "", Date()))
        if chosen[1] and not re.fullmatch(r"0+", chosen[1]):
            self.fields["issued"] = chosen[2]
        for tag, text, date in dated:
            if not (_is_said(text) and (text == chosen[1] or _covers(chosen[2], date))):
                self.keep(tag, [text])

    def _read_pages(self) -> None:
        first, last = self.take("SP"), self.take("EP")
        if first and last and not first[0].endswith(last[0]):
            start, end = first.pop(0), last.pop(0)
            text = end if end.startswith(f"{start}-") else f"{start}-{end}"
            self._set("page", "SP", [text])
        elif first or last:
            variable = self.meaning.get("SP", "page")
            text = (first or last).pop(0)
            last = last if not first and not last else last[1:]
            if variable == "number-of-pages":
                variable = "page" if re.search(r"\d\s*[-–]\s*\d", text) else variable
                text = re.sub(r"(?<=\d)\s*(?:pp?|S|с|s)\.?$", "", text)
            self._set(variable, "SP", [text])
        for tag, values in (("SP", first), ("EP", last)):
            if values:
                self.keep(tag, values)

    def _read_serials(self) -> None:
        issns: list[str] = []
        isbns: list[str] = []
        for value in self.take("SN"):
            kind, numbers = serial_numbers(value, self.type)
            if kind == "number":
                self._set("number", "SN", [value])
            elif not re.search(r"\d", value):
                self.keep("SN", [value])
            else:
                (issns if kind == "ISSN" else isbns).extend(numbers)
        for variable, numbers in (("ISSN", issns), ("ISBN", isbns)):
            if numbers:
                self.fields[variable] = " ".join(dict.fromkeys(numbers))

    def _read_links(self) -> None:
        """Leave L2 to `extra` when it is no address or another tag has one: Zotero writes its links there."""
        links = self.values.get("L2", [])
        if links and (self.values.keys() & {"UR", "LK"} or not re.match("https?://", links[0])):
            self.keep("L2", self.take("L2"))

    def _read_doi(self) -> None:
        for tag in ("DO", "M3", "N1", "L3", "DI"):
            values = self.values.get(tag, [])
            for value in [value for value in values if re.search(DOI, value)]:
                doi = doi_of(value)
                if not doi:
                    continue
                if tag in ("DO", "DI", "M3") or doi == self.fields.get("DOI") or "DOI" not in self.fields:
                    if tag == "N1" and "DOI" not in self.fields and not value.lower().startswith("doi"):
                        continue
                    if self.fields.setdefault("DOI", doi) == doi:
                        values.remove(value)
            if tag in self.values and not values:
                del self.values[tag]
        if others := self.take("DO"):
            self.keep("DO", others)

    def _read_language(self) -> None:
        values = self.take("LA")
        if not values:
            return
        tag = to_bcp47(values[0]) or languages.tag(values[0])
        if tag:
            self.fields["language"] = tag
        if values := values[1:] if tag else values:
            self.keep("LA", values)

    def _read_translations(self) -> None:
        if titles := self.take("TT"):
            own = self.values.get("TI", [])
            for text in titles:
                if text not in own:
                    self._translated("title", text)
        if names := self.take("TA"):
            variant = Variant(tuple(name_of(name) for name in names), "und")
            self.variants.setdefault("author", []).append(variant)

    def _translated(self, variable: str, text: str) -> None:
        self.variants.setdefault(variable, []).append(Variant(text, languages.language(text) or "und"))

    def _read_keywords(self) -> None:
        if words := self.take("KW"):
            self.fields["keyword"] = keyword_list(words)

    def keep_remarks(self, statements: Statements) -> None:
        if statements.other:
            self.keep("M2", statements.other)


def doi_of(text: str) -> str:
    """Return the normal form of a DOI, "" when that is damaged: it holds controls, or would be read as another one."""
    doi = normal("doi", text)
    return doi if clean(doi) == doi and normal("doi", doi) == doi else ""


def keyword_list(words: Iterable[str]) -> str:
    """Return keywords as one text: with commas between them, with semicolons when one holds a comma."""
    kept = list(dict.fromkeys(word for word in words if word))
    return ("; " if any("," in word for word in kept) else ", ").join(kept)


def keywords(text: str) -> list[str]:
    """Return the keywords of a text that `keyword_list` made; another text is one keyword."""
    for separator in ("; ", ", "):
        words = text.split(separator)
        if len(words) > 1 and keyword_list(words) == text:
            return words
    return [text]


def name_of(text: str) -> Name:
    """Return a name written "Family, Given, Suffix"; a comma at its end, or none at all, means an organisation.

    Initials give a person away who is written without a comma: "Fanning E.", "J. Neyman".
    """
    parts = [part.strip() for part in text.split(",")]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    if len(parts) == 1:
        short = len(parts[0]) < 80 and "," not in text
        if short and (initials := re.fullmatch(FAMILY_FIRST, parts[0])):
            return name_of(f"{initials[1]}, {initials[2]}")
        return parse_bibtex_name(parts[0]) if short and re.fullmatch(RUNNING, parts[0]) else Name(literal=parts[0])
    if len(parts) > 2 and parts[1] in SUFFIXES:
        parts[1], parts[2] = parts[2], parts[1]
    family, given, suffix = parts[0], parts[1], ", ".join(parts[2:])
    name = Name(family, given)
    if family[:1].islower() and not set(family) & set("{}\\~=,"):
        name = parse_bibtex_name(f"{family}, N.")
    return Name(name.family, given, name.non_dropping_particle, suffix=suffix)


def ris_date(text: str) -> Date:
    """Return a date written "YYYY/MM/DD/other", in which every part after the year may be missing, or in words."""
    match = re.fullmatch(FULL_DATE, text)
    if not match:
        return parse_date(text)
    year, *rest = (part.strip() for part in match.groups(default=""))
    numbers = [part.zfill(2) for part in rest[:2] if part]
    other = rest[2]
    date = parse_date("-".join([year, *numbers]))
    if other and len(numbers) < 2:
        fuller = parse_date(f"{other} {year}")
        return fuller if fuller.parts else date
    return date if date.parts else parse_date(text)


def _dated(text: str, year: int | None) -> Date:
    """Return a date; one without its year, such as "Nov 12", takes that of another tag."""
    date = ris_date(text)
    if date.year or year is None:
        return date
    full = parse_date(f"{text} {year}")
    return full if full.parts else date


def _is_said(text: str) -> bool:
    """Tell whether `ris_date` understood all of a text, but for a time of the day."""
    match = re.fullmatch(FULL_DATE, text)
    other = (match[4] or "").strip() if match else ""
    return not other or bool(re.match(r"\d\d:\d\d", other)) or bool(match and parse_date(f"{other} {match[1]}").parts)


def _covers(chosen: Date, other: Date) -> bool:
    """Tell whether a date says nothing that the chosen one does not say."""
    return bool(other.parts) and to_edtf(chosen).startswith(to_edtf(other))


def serial_numbers(text: str, ris_type: str) -> tuple[str, list[str]]:
    """Return what an SN holds, "ISSN", "ISBN" or "number", and the numbers in it."""
    if len(text) > LONGEST_NUMBERS:
        return "number", [text]
    bare = re.sub(r"(?i)\([^)]*\)|\b(?:e|p|print|online|linking)?-?\s*is[sb]n(?:-?1[03])?\b:?|[;,]", " ", text)
    words = bare.split()
    if words and all(re.fullmatch(ISSN, word) for word in words):
        return "ISSN", [re.sub(ISSN, r"\1-\2", word).upper() for word in words]
    digits = [re.sub(r"[-‐–]", "", word) for word in words]
    if digits and all(re.fullmatch(r"\d{9}[\dXx]|97[89]\d{10}", word) for word in digits):
        return "ISBN", words
    if ris_type in tables.NUMBER_IN_SN:
        return "number", [text]
    return ("ISBN" if ris_type in tables.ISBN_TYPES else "ISSN"), [text]

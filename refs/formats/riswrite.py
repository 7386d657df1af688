"""Reference -> tags of RIS: what EndNote's formats are written by as well.

Text is written without markup. The tags are read again, and what they do not say exactly follows in M2 as `csllines`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from refs.formats import ristables as tables
from refs.formats.csllines import lines, misread
from refs.formats.risread import Fields, keywords, meaning, name_of, reference, serial_numbers
from refs.model import NAME_VARIABLES, Date, Name, Reference
from refs.text import plain

SEASONS = ("Spring", "Summer", "Autumn", "Winter")
RANK = {tag: rank for rank, tag in enumerate(tables.ORDER)}
# what these tags hold is written by rules of their own
RULED = frozenset({"issued", "accessed", "page", "ISSN", "ISBN", "keyword", "type"})


Echo = Callable[[Sequence[tuple[str, str]]], Fields]


def as_ris(rows: Sequence[tuple[str, str]]) -> Fields:
    """Return what rows of RIS are read as."""
    return [(tag, [value]) for tag, value in rows]


def fields(work: Reference, echo: Echo = as_ris, text: Callable[[str], str] = plain) -> list[tuple[str, str]]:
    """Return (tag, value) in the order to be written, TY first.

    `echo` returns the tags that a reader finds when these are written in a format with fewer or other tags; `text`
    makes of rich text what the format can hold.
    """
    found = _Fields(work, echo, text)
    found.compose()
    read = found.without_doubles()
    while (wrong := misread(work, read)) and any(row[2] in wrong for row in found.out):
        found.out = [row for row in found.out if row[2] not in wrong]
        read = found.read()
    stated = [("M2", line) for line in lines(work, read)]
    rows = [*stated, *((tag, value) for tag, value, _ in found.out)]
    return sorted(rows, key=lambda row: (RANK.get(row[0], len(RANK)), "" if row[0] in RANK else row[0]))


class _Fields:
    """The tags of one reference."""

    def __init__(self, work: Reference, echo: Echo, text: Callable[[str], str]) -> None:
        self.work = work
        self.echo = echo
        self.text = text
        self.own = {
            name[4:]: value.split("\n")
            for name, value in work.extra.items()
            if re.fullmatch(r"ris:[A-Z][A-Z0-9]", name) and name not in ("ris:ER", "ris:M2")
        }
        self.type = self._type()
        self.tag_of: dict[str, str] = {}
        for tag, variable in meaning(self.type).items():
            self.tag_of.setdefault(variable, tag)
        self.out: list[tuple[str, str, str]] = [("TY", self.type, "type")]

    def _type(self) -> str:
        own = self.own.pop("TY", [""])[0]
        fits = tables.CSL_TYPES.get(own.upper(), "document") == self.work.type and re.fullmatch("[A-Z]+", own)
        chosen = own if fits else tables.RIS_TYPES[self.work.type]
        return next((lines[0] for tag, lines in self.echo([("TY", chosen)]) if tag == "TY"), chosen)

    def read(self) -> Reference:
        """Return what the tags are read as."""
        return reference(self.echo([(tag, value) for tag, value, _ in self.out]))[0]

    def without_doubles(self) -> Reference:
        """Return what is read, after tags kept from a file are dropped that would be taken for others: a second EP."""
        read = self.read()
        wrong = misread(self.work, read)
        others = [row for row in self.out if row[2] or row[0] not in tables.KNOWN - {"M2"}]
        if not wrong & read.fields.keys() or others == self.out:
            return read
        all_rows, self.out = self.out, others
        fewer = self.read()
        if len(misread(self.work, fewer)) < len(wrong):
            return fewer
        self.out = all_rows
        return read

    def put(self, tag: str, text: str, variable: str = "") -> None:
        if cleaned := text.strip() if tag in tables.MULTILINE and variable else " ".join(text.split()):
            self.out.append((tag, cleaned, variable))

    def compose(self) -> None:
        for variable, value in sorted(self.work.fields.items()):
            tag = self._tag(variable)
            if isinstance(value, Date):
                self._date(variable, value)
            elif isinstance(value, tuple):
                self._names(tag, variable, value)
            elif tag and variable not in RULED:
                self.put(tag, self.text(value), variable)
        self._serials()
        self._pages()
        for word in keywords(self.work.text("keyword")):
            self.put("KW", plain(word), "keyword")
        self._translations()
        if key := self.work.key:
            self.put("ID", key, "key")
        for tag, values in self.own.items():
            for value in values:
                self.put(tag, value)
        for line in self.work.extra.get("ris:M2", "").split("\n"):
            self.put("M2", line)

    def _tag(self, variable: str) -> str:
        """Return the tag of a variable, "" when the record would be read otherwise with it."""
        has = self.work.fields.keys()
        if self.type in ("CONF", "CPAPER"):
            if variable == "container-title":
                return "C3"
            if variable == "event-title":
                return "T2" if "container-title" in has else ""
            if variable == "event-place":
                return "CY" if "publisher-place" in has else ""
            if variable == "publisher-place":
                return "C1" if "event-place" in has else "CY"
        if variable == "collection-editor" and self.type == "BOOK" and "collection-title" not in has:
            return ""
        if variable == "editor" and meaning(self.type).get("A3") == "editor":
            return "A3"  # ED is older, and EndNote takes it for the series editor
        if variable == "number" and self.type in tables.NUMBER_IN_SN:
            plain_number = serial_numbers(self.work.text("number"), self.type)[0] == "number"
            return "SN" if plain_number else self.tag_of.get("number", "")
        return self.tag_of.get(variable, "")

    def _names(self, tag: str, variable: str, names: tuple[Name, ...]) -> None:
        if tag and meaning(self.type).get(tag) in NAME_VARIABLES:
            for name in names:
                self.put(tag, name_text(name), variable)

    def _date(self, variable: str, date: Date) -> None:
        text = date_text(date)
        if variable == "accessed":
            self.put("Y2", text, variable)
        elif variable == "issued":
            full = not date.literal and "/" in text
            if full:
                self.put("DA", text, variable)
            self.put("PY", text[:4] if full else text, variable)

    def _pages(self) -> None:
        text = self.work.text("page")
        ends = re.fullmatch(r"([^\s,;–-]+)-([^\s,;–-]+)", text)
        if ends and not ends[1].endswith(ends[2]):
            self.put("SP", ends[1], "page")
            self.put("EP", ends[2], "page")
        elif meaning(self.type).get("SP", "page") == "page":
            self.put("SP", text, "page")
        elif "page" in self.tag_of:
            self.put(self.tag_of["page"], text, "page")

    def _serials(self) -> None:
        for variable in ("ISSN", "ISBN"):
            numbers = self.work.text(variable).split()
            for number in numbers if all(re.search(r"\d", one) for one in numbers) else [" ".join(numbers)]:
                self.put("SN", number, variable)

    def _translations(self) -> None:
        for variant in self.work.variants.get("title", ()):
            if variant.role == "translated" and isinstance(variant.value, str):
                self.put("TT", self.text(variant.value), "variants")
        for variant in self.work.variants.get("author", ())[:1]:
            if variant.role == "translated" and isinstance(variant.value, tuple):
                for name in variant.value:
                    self.put("TA", name_text(name), "variants")


def name_text(name: Name) -> str:
    """Return "Family, Given, Suffix", and with a comma at its end an organisation that would be taken for a person."""
    if name.literal:
        return name.literal if name_of(name.literal) == name else f"{name.literal},"
    family = " ".join(part for part in (name.non_dropping_particle, name.family) if part)
    if name.non_dropping_particle[-1:] in ("'", "’", "-"):
        family = name.non_dropping_particle + name.family
    given = " ".join(part for part in (name.given, name.dropping_particle) if part)
    if name.suffix:
        return f"{family}, {given}, {name.suffix}"
    return f"{family}, {given}" if given else f"{family},"


def date_text(date: Date) -> str:
    """Return "YYYY", "YYYY/MM/DD/" with what is not known left out, or the literal; "" for a year out of range."""
    if date.literal or not date.parts:
        return date.literal
    part = date.parts[0] or date.parts[-1]
    if not 1 <= part[0] <= 9999:
        return ""
    year, month, day = (f"{part[0]:04d}", *(f"{number:02d}" for number in part[1:]), "", "")[:3]
    season = SEASONS[date.season - 1] if date.season else ""
    return f"{year}/{month}/{day}/{season}" if month or season else year

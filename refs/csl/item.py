"""Items: CSL-JSON records read lazily, each field once.

Nothing in a record is trusted: a field of the wrong type prints what can be printed, and is reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from refs.csl.dates import Date, as_int, parse_date
from refs.csl.particles import Name, parse_name
from refs.csl.richtext import ENGLISH, Marks, parse_rich
from refs.model import DATE_VARIABLES, NAME_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from refs.csl.output import Rich, Tree

ALIASES = {
    "title-short": ("shortTitle",),
    "container-title-short": ("journalAbbreviation",),
    "event-title": ("event",),
    "archive_collection": ("archive-collection",),
    "archive-place": ("archive_place",),
    "archive_location": ("archive-location",),
}
NOTE_BRACED = re.compile(r"\{:([\-_a-zA-Z]+):([^{}]+)\}")
NOTE_LINE = re.compile(r"([\-_a-z]+|[A-Z]+): *(.*)")
MISSING: Any = object()


class Item:
    """One record: its fields parsed when first asked for."""

    __slots__ = (
        "_dates",
        "_names",
        "_texts",
        "changed",
        "data",
        "has_jurisdiction",
        "id",
        "is_english",
        "marks",
        "problems",
        "type",
    )

    def __init__(self, data: Mapping[str, Any], language: str = "", marks: Marks = ENGLISH) -> None:
        self.marks = marks
        self.problems: list[str] = []
        fields = read_note(dict(data))
        if language:
            fields = choose_variants(fields, language)
        self.data = fields
        key, kind = fields.get("id"), fields.get("type")
        self.id = "" if key is None else str(key)
        if not isinstance(key, (str, int)):
            self.problem("id", f"a text was expected, not {type(key).__name__}")
        self.type = kind if isinstance(kind, str) else ""
        if kind is not None and not isinstance(kind, str):
            self.problem("type", f"a text was expected, not {type(kind).__name__}")
        self._texts: dict[str, str | Rich | None] = {}
        self.changed: dict[tuple[str, int], Tree] = {}
        self._names: dict[str, list[Name]] = {}
        self._dates: dict[str, Date | None] = {}
        self.is_english: bool | None = None
        self.has_jurisdiction = bool(fields.get("jurisdiction"))

    def raw(self, variable: str) -> str:
        """Return the text of a field without reading its markup; "" when it is empty."""
        value = self.data.get(variable)
        if value is None or value == "":
            for alias in ALIASES.get(variable, ()):
                value = self.data.get(alias)
                if value:
                    break
        if type(value) is str:
            return value
        if value is None or value == "":
            return self.page_first() if variable == "page-first" else ""
        return self.as_text(variable, value)

    def as_text(self, variable: str, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            if variable not in DATE_VARIABLES and variable not in NAME_VARIABLES:
                self.problem(variable, f"a text was expected, not {type(value).__name__}")
            if isinstance(value, list) and all(isinstance(part, (str, int)) for part in value):
                return ", ".join(map(str, value))
            return ""
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            value = int(value)
        return str(value)

    def page_first(self) -> str:
        return re.split(r"\s*(?:&|,|-|\u2013)\s*", self.raw("page"), maxsplit=1)[0]

    def text(self, variable: str) -> str | Rich | None:
        """Return the text of a field with its markup read; None when it is empty."""
        found = self._texts.get(variable, MISSING)
        if found is MISSING:
            raw = self.raw(variable)
            if "\n" in raw:
                raw = " ".join(raw.split())
            found = self._texts[variable] = parse_rich(raw, self.marks) if raw else None
        return found  # type: ignore[no-any-return]

    def names(self, variable: str) -> list[Name]:
        """Return the names in a field; empty when there are none."""
        found = self._names.get(variable)
        if found is None:
            found = self._names[variable] = self.read_names(variable)
        return found

    def read_names(self, variable: str) -> list[Name]:
        value = self.data.get(variable)
        if not value:
            return self.editing_translators() if variable == "editor-translator" else []
        if isinstance(value, (str, dict)):
            self.problem(variable, "a list of names was expected")
            value = [value]
        if not isinstance(value, list):
            self.problem(variable, f"a list of names was expected, not {type(value).__name__}")
            return []
        names = []
        language = self.data.get("language")
        family_first = isinstance(language, str) and language[:2] in ("ja", "zh")
        for entry in value:
            name = parse_name(entry)
            if name is not None:
                name.static = name.static or family_first
                names.append(name)
            elif entry not in ({}, "", None):
                self.problem(variable, "an entry is not a name")
        return names

    def editing_translators(self) -> list[Name]:
        """Return the editors if they are the translators too (specification: `editor-translator`)."""
        editors, translators = self.names("editor"), self.names("translator")
        same = [name.identity() for name in editors] == [name.identity() for name in translators]
        return editors if same else []

    def date(self, variable: str) -> Date | None:
        """Return the date in a field; None when it is empty or cannot be read."""
        found = self._dates.get(variable, MISSING)
        if found is MISSING:
            value = self.data.get(variable)
            found = parse_date(value) if value else None
            if found is None and value and not isinstance(value, dict):
                self.problem(variable, f"a date was expected, not {type(value).__name__}")
            elif isinstance(value, dict):
                for what in odd_date_parts(value.get("date-parts")):
                    self.problem(variable, what)
            self._dates[variable] = found
        return found  # type: ignore[no-any-return]

    def has(self, variable: str) -> bool:
        """Tell whether a variable is not empty, as `variable` conditions ask."""
        if variable in NAME_VARIABLES:
            return bool(self.names(variable))
        if variable in DATE_VARIABLES:
            return self.date(variable) is not None
        return bool(self.raw(variable))

    def problem(self, variable: str, what: str) -> None:
        """Note what is odd in a field, once."""
        text = f"{self.id}: {variable}: {what}"
        if text not in self.problems:
            self.problems.append(text)


DATE_PARTS: tuple[tuple[str, Container[int]], ...] = (  # what can be meant; 21 to 24 are the seasons of EDTF
    ("year", range(1 - 10**9, 10**9)),
    ("month", (*range(1, 13), *range(21, 25))),
    ("day", range(1, 32)),
)


def odd_date_parts(value: Any) -> Iterator[str]:
    """Yield what is wrong in the `date-parts` of a date; 0 and "" stand for what is not known."""
    if value is None:
        return
    points = value if isinstance(value, list) and any(isinstance(point, list) for point in value) else [value]
    for point in points:
        if not isinstance(point, list):
            yield f"date-parts: a list was expected, not {type(point).__name__}"
            continue
        for part, (name, meant) in zip(point, DATE_PARTS, strict=False):
            number = as_int(part)
            if part not in ("", 0, "0") and (number == 0 or number not in meant):
                yield f"date-parts: the {name} cannot be read"


def read_note(fields: dict[str, Any]) -> dict[str, Any]:
    """Take the variables written in the `note` field: lines "DOI: ..." and "{:original-date: 1925}"."""
    note = fields.get("note")
    if not isinstance(note, str) or ":" not in note:
        return fields
    found: dict[str, str] = {}
    rest = []
    lines = note.split("\n")
    reading = True
    for index, line in enumerate(lines):
        for name, value in NOTE_BRACED.findall(line):
            found[name] = value.strip()
        line_rest = NOTE_BRACED.sub("", line)
        match = NOTE_LINE.fullmatch(line.strip()) if reading else None
        if match:
            found[match[1]] = match[2].strip()
            continue
        if index and line.strip():
            reading = False
        rest.append(line_rest)
    for name, value in found.items():
        take_note_variable(fields, name, value)
    if found:
        fields["note"] = "\n".join(rest).strip()
    return fields


def take_note_variable(fields: dict[str, Any], name: str, value: str) -> None:
    if not value:
        return
    if name == "type":
        fields["type"] = value
    elif name in NAME_VARIABLES:
        family, _, given = value.partition("||")
        entry = {"family": family.strip(), "given": given.strip()} if given else {"literal": family.strip()}
        fields[name] = [*(fields.get(name) or []), entry] if isinstance(fields.get(name), list) else [entry]
    elif name in DATE_VARIABLES:
        fields[name] = {"raw": value}
    else:
        fields.setdefault(name, value)


def choose_variants(fields: dict[str, Any], language: str) -> dict[str, Any]:
    """Put the variants of a language in place of the main values, from `multi` of fields and names."""
    multi = fields.get("multi")
    keys = multi.get("_keys") if isinstance(multi, dict) else None
    if isinstance(keys, dict):
        for name, variants in keys.items():
            variant = pick(variants, language)
            if variant:
                fields[name] = variant
    for name in NAME_VARIABLES & fields.keys():
        entries = fields[name]
        if isinstance(entries, list):
            fields[name] = [name_variant(entry, language) for entry in entries]
    return fields


def pick(variants: Any, language: str) -> Any:
    """Return the variant of a language: its own tag first, then one of the same primary language."""
    if not isinstance(variants, dict):
        return None
    if language in variants:
        return variants[language]
    primary = language.partition("-")[0]
    return next((value for tag, value in variants.items() if str(tag).partition("-")[0] == primary), None)


def name_variant(entry: Any, language: str) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("multi"), dict):
        return entry
    variant = pick(entry["multi"].get("_key"), language)
    return {**entry, **variant} if isinstance(variant, dict) else entry

"""Hayagriva YAML, Typst's own format: a mapping of keys to entries; what holds a work is its `parent`.

Hayagriva has no word for some of CSL, and ignores fields it does not know. So an entry may hold a field `csl` of ours:
the variables, as CSL-JSON has them, that the other fields would not give back.
Source: the format's documentation, "The Hayagriva YAML File Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from refs.dates import parse_date, to_edtf
from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats.csljson import clean, clean_value, from_json, to_json
from refs.formats.hayagrivafields import (
    AT_PLACE,
    CSL_TYPES,
    ENTRY_TYPES,
    FORMATTABLE,
    NUMBERS,
    OTHER_ROLES,
    PARENT_TEXTS,
    ROLES,
    SERIALS,
    TEXTS,
    WHOLE,
)
from refs.formats.inlines import MATH
from refs.formats.yamlnodes import Item, as_text, dump, from_text, outline
from refs.identifiers import normal
from refs.model import Date, Name, Reference, Source, Value
from refs.names import format_names, parse_bibtex_name, parse_names
from refs.text import CSL_TAG, NOCASE


def read(text: str, name: str) -> list[Block]:
    """Return a block for each entry; raise ParseError, with the place, when not one can be read."""
    file = re.split(r"[\\/]", name)[-1]
    found = outline(text)
    starts = [0, *(item.start for item in found.items[1:]), len(text)]
    blocks = [
        _block(item, text[start:stop], file) for item, start, stop in zip(found.items, starts, starts[1:], strict=False)
    ]
    if not any(block.reference for block in blocks):
        reason, line = (blocks[0].reason, blocks[0].line) if blocks else ("no mapping of keys to entries", 1)
        raise ParseError(reason, Location(name, line))
    return blocks


def _block(item: Item, raw: str, file: str) -> Block:
    if item.problem or not isinstance(item.value, Mapping):
        return Block("quarantine", item.line, raw, item.problem or "not a mapping of fields")
    if not ({"type", "title", "author", "parent", "serial-number", "url", "csl"} & item.value.keys()):
        return Block("quarantine", item.line, raw, "a mapping without type, title or author")
    reference = to_reference(clean(item.key), item.value)
    source = Source(f"{file}:{item.line}")
    reference = replace(reference, sources=dict.fromkeys([*reference.fields, *reference.extra], source))
    return Block("entry", item.line, raw, "", reference, (), item.warnings)


def to_reference(key: str, entry: Mapping[str, Any]) -> Reference:
    """Return the reference of one entry."""
    return _Work(key, entry).reference()


class _Work:
    """One entry on its way to a reference: what is read is taken out of `left`."""

    def __init__(self, key: str, entry: Mapping[str, Any]) -> None:
        self.key = key
        self.left = {name: value for name, value in entry.items() if value not in (None, "", [], {})}
        self.fields: dict[str, Value] = {}
        self.extra: dict[str, str] = {}
        self.identifiers: dict[str, str] = {}
        parents = self.left.pop("parent", [])
        parents = parents if isinstance(parents, list) else [parents]
        self.parents = [dict(parent) for parent in parents if isinstance(parent, Mapping)]
        self.own_type = str(self.left.pop("type", "misc")).strip().lower()
        parent = self.parents[0] if self.parents else {}
        guess = "periodical" if parent.keys() & {"volume", "issue"} and self.own_type == "article" else ""
        self.parent_type = str(parent.get("type", guess)).strip().lower()
        self.kind = CSL_TYPES.get((self.own_type, self.parent_type)) or CSL_TYPES.get((self.own_type, "")) or "document"
        if (self.own_type, "") not in CSL_TYPES:
            self.extra["type"] = self.own_type

    def reference(self) -> Reference:
        own = self.left.pop("csl", {})
        self._title("title", "title-short", self.left)
        for field in ("author", "editor"):
            if field in self.left:
                self._names(field, self.left.pop(field))
        self._affiliated(self.left)
        if "date" in self.left:
            self._set("issued", parse_date(_date_text(str(self.left.pop("date")))))
        for field, variable in TEXTS.items():
            self._text(field, variable, self.left)
        self._publisher(self.left)
        self._url()
        self._serials(self.left, {})
        self._parents()
        for name, value in self.left.items():
            self.extra.setdefault(clean(name), as_text(value))
        return self._with_own(own if isinstance(own, Mapping) else {})

    def _with_own(self, own: Mapping[str, Any]) -> Reference:
        """Let what `csl` holds win over what was read from the other fields; what is null there is not at all."""
        found = from_json({name: value for name, value in own.items() if value is not None})
        kind = found.type if "type" in own else self.kind
        fields = {variable: value for variable, value in self.fields.items() if own.get(variable, "") is not None}
        custom = own.get("custom")
        nulls = custom.get("extra") if isinstance(custom, Mapping) else None
        nulls = {name for name, value in nulls.items() if value is None} if isinstance(nulls, Mapping) else set()
        extra = {name: value for name, value in self.extra.items() if name not in nulls}
        identifiers = {**self.identifiers, **found.identifiers}
        return Reference(
            kind, {**fields, **found.fields}, self.key, found.variants, identifiers, {**extra, **found.extra}
        )

    def _set(self, variable: str, value: Value) -> bool:
        if value and variable not in self.fields:
            self.fields[variable] = value
            return True
        return False

    def _text(self, field: str, variable: str, mapping: dict[str, Any]) -> None:
        value = mapping.get(field)
        if not isinstance(value, str | int):
            return
        text = _plain(str(value), variable) if field in FORMATTABLE else clean_value(variable, str(value))
        if self._set(variable, text):
            del mapping[field]

    def _title(self, variable: str, short: str, mapping: dict[str, Any]) -> None:
        """Read a title that is text, or a mapping of the text and how it may be changed."""
        value = mapping.get("title")
        parts = {"value": value} if isinstance(value, str) else dict(value) if isinstance(value, Mapping) else {}
        text = parts.pop("value", "")
        if not isinstance(text, str) or not text:
            return
        text = _plain(text)
        if parts.pop("verbatim", "false") == "true":
            text = f"{NOCASE}{text}</span>"
        if self._set(variable, text):
            del mapping["title"]
            shorter = parts.get("short")
            if short and isinstance(shorter, str) and self._set(short, _plain(shorter)):
                del parts["short"]
            if parts:
                self.extra[f"{variable}-options"] = as_text(parts)

    def _names(self, variable: str, value: Any) -> None:
        people = value if isinstance(value, list) else [value]
        self._set(variable, tuple(name for one in people if (name := _name(one)) != Name()))

    def _affiliated(self, mapping: dict[str, Any]) -> None:
        rows = mapping.pop("affiliated", [])
        for row in rows if isinstance(rows, list) else [rows]:
            if not isinstance(row, Mapping):
                continue
            role, people = str(row.get("role", "")).lower(), row.get("names", [])
            if role in ROLES and ROLES[role] not in self.fields:
                self._names(ROLES[role], people)
            elif role:
                names = [_name(one) for one in (people if isinstance(people, list) else [people])]
                self.extra.setdefault(role, format_names(names, str))

    def _publisher(self, mapping: dict[str, Any]) -> None:
        publisher = mapping.get("publisher")
        parts = publisher if isinstance(publisher, Mapping) else {"name": publisher}
        place = parts.get("location")
        name = parts.get("name") or ""
        if isinstance(name, str) and (not name or self._set("publisher", _plain(name))):
            mapping.pop("publisher", None)
        if isinstance(place, str):
            self._set("publisher-place", _plain(place))
        location = mapping.get("location")
        if isinstance(location, str):
            variable = "event-place" if self.kind in AT_PLACE and mapping is self.left else "publisher-place"
            if self._set(variable, _plain(location)):
                del mapping["location"]
        organization = mapping.get("organization")
        if isinstance(organization, str) and self._set("publisher", _plain(organization)):
            del mapping["organization"]

    def _url(self) -> None:
        url = self.left.get("url")
        parts = url if isinstance(url, Mapping) else {"value": url}
        value, date = parts.get("value"), parts.get("date")
        if isinstance(value, str) and self._set("URL", value.strip()):
            del self.left["url"]
            if isinstance(date, str):
                self._set("accessed", parse_date(_date_text(date)))

    def _serials(self, mapping: dict[str, Any], keep: Mapping[str, str]) -> None:
        """Read serial numbers; of a parent's, only those that CSL gives its parts: `keep`."""
        numbers = mapping.get("serial-number")
        if isinstance(numbers, str):
            numbers = {"serial": numbers}
        if not isinstance(numbers, Mapping):
            return
        left = {}
        for scheme, value in numbers.items():
            if not isinstance(value, str) or (keep and scheme not in keep):
                left[scheme] = value
                continue
            variable = SERIALS.get(scheme, "")
            text = normal("doi", value) if scheme == "doi" else clean(value)
            if not (self._set(variable, text) if variable else self.identifiers.setdefault(scheme, text) == text):
                left[scheme] = value
        del mapping["serial-number"]
        if left:
            mapping["serial-number"] = left

    def _parents(self) -> None:
        for parent in self.parents:
            kind = str(parent.get("type", "")).lower()
            if self.own_type in ("conference", "exhibition"):
                variables = ("collection-title", "container-title-short")
            elif kind in ("conference", "exhibition") and "event-title" not in self.fields:
                variables = ("event-title", "")
                if "date" in parent:
                    self._set("event-date", parse_date(_date_text(str(parent.pop("date")))))
                if isinstance(parent.get("location"), str) and self._set("event-place", _plain(parent["location"])):
                    del parent["location"]
            elif self.kind in WHOLE:
                variables = ("collection-title", "container-title-short")
                self._text("volume", "collection-number", parent)
                self._text("issue", "collection-number", parent)
            else:
                variables = ("container-title", "container-title-short")
                self._container(parent)
            self._title(*variables, parent)
            self._parent_left(parent, kind)

    def _container(self, parent: dict[str, Any]) -> None:
        for field in PARENT_TEXTS:
            self._text(field, TEXTS[field], parent)
        self._affiliated(parent)
        for field, variable in (("editor", "editor"), ("author", "container-author")):
            if field in parent and variable not in self.fields:
                self._names(variable, parent.pop(field))
        if "date" in parent and "issued" not in self.fields:
            self._set("issued", parse_date(_date_text(str(parent.pop("date")))))
        self._publisher(parent)
        self._serials(parent, {"isbn": "ISBN", "issn": "ISSN"})
        series = parent.get("parent")
        if isinstance(series, Mapping) and "collection-title" not in self.fields:
            series = dict(series)
            self._title("collection-title", "", series)
            self._text("volume", "collection-number", series)
            self._text("issue", "collection-number", series)
            del parent["parent"]
            if series.pop("type", "") and series:
                self.extra["parent-parent"] = as_text(series)

    def _parent_left(self, parent: dict[str, Any], kind: str) -> None:
        """Keep what of a parent no variable fits, and its type when the writer would choose another."""
        expected = ENTRY_TYPES.get(self.kind, ("", "book"))[1]
        if kind in ("", "conference", "exhibition") or kind == expected:
            parent.pop("type", None)
        for name, value in parent.items():
            self.extra.setdefault(f"parent-{clean(name)}", as_text(value))


def _name(value: Any) -> Name:
    """Return a person: "Family, Given", "Family, Suffix, Given", or a mapping of the parts."""
    if isinstance(value, Mapping):
        parts = {key: clean(part) for key, part in value.items() if isinstance(part, str)}
        family, given, suffix = parts.get("name", ""), parts.get("given-name", ""), parts.get("suffix", "")
        if not (given or suffix or parts.get("prefix")):
            return Name(literal=family)
        return Name(family, given, parts.get("prefix", ""), "", suffix)
    text = clean(value) if isinstance(value, str) else ""
    if "," in text:
        return parse_bibtex_name(text, str)
    return Name(literal=text) if " " in text else Name(text)


def _date_text(text: str) -> str:
    """Return a date as EDTF has it, which puts the sign of an approximate one behind it."""
    text = text.strip()
    return f"{text[1:].strip()}~" if text.startswith("~") else text


def _plain(text: str, variable: str = "") -> str:
    """Return a formattable string as rich text: braces keep the case, a backslash makes a sign text."""
    return re.sub(rf"\\([{{}}$\\])|({MATH})|\{{([^{{}}]*)\}}", _part, clean_value(variable, text))


def _part(match: re.Match[str]) -> str:
    return match[1] or match[2] or f"{NOCASE}{match[3]}</span>"


def write(references: Iterable[Reference]) -> str:
    """Return the entries in the order given, a blank line between them."""
    return "\n".join(dump({reference.key: to_entry(reference)}) for reference in references)


def to_entry(reference: Reference) -> dict[str, Any]:
    """Return an entry that `to_reference` reads back: what Hayagriva's own fields would not say stands in `csl`."""
    entry = _Entry(reference).entry()
    found = to_reference(reference.key, entry)
    wanted, given = to_json(reference), to_json(found)
    own = {name: wanted[name] for name in wanted if name not in ("id", "custom") and wanted[name] != given.get(name)}
    own |= {name: None for name in given if name not in wanted and name != "custom"}
    custom: dict[str, dict[str, Any]] = {}
    for name in ("variants", "identifiers", "extra"):
        rows, read_back = (item.get("custom", {}).get(name, {}) for item in (wanted, given))
        custom[name] = {
            key: rows.get(key) for key in sorted({**rows, **read_back}) if rows.get(key) != read_back.get(key)
        }
    if custom := {name: rows for name, rows in custom.items() if rows}:
        own["custom"] = custom
    return {**entry, "csl": dict(sorted(own.items()))} if own else entry


# Hayagriva refuses a whole file for another text in one of these.
STRICT = {
    "volume-total": "[0-9]{0,9}",
    "page-total": "[0-9]{0,9}",
    "language": r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2}|-[0-9]{3})?",
}
ADDRESS = r"(?:https?|ftp)://[A-Za-z0-9.-]+(?::[0-9]{1,4})?(?:[/?#]\S*)?"


class _Entry:
    """One reference on its way to an entry: `left` are the variables still to be written."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.left = dict(reference.fields)
        self.extra = dict(reference.extra)
        self.type, self.parent_type = ENTRY_TYPES.get(reference.type, ("misc", "book"))
        self.parent: dict[str, Any] = {}

    def entry(self) -> dict[str, Any]:
        own_type = self.extra.pop("type", "")
        fits = CSL_TYPES.get((own_type, ""), "document") == self.reference.type
        out: dict[str, Any] = {"type": own_type if own_type and fits and "/" not in own_type else self.type}
        out["title"] = self._title("title", "title-short")
        out["author"] = self._names("author")
        out["date"] = self._date("issued")
        parents = self._parents()
        for field, variable in TEXTS.items():
            if re.fullmatch(STRICT.get(field, "(?s:.*)"), self.reference.text(variable)):
                out[field] = self._text(field, variable)
        out["editor"] = self._names("editor")
        out["affiliated"] = self._affiliated()
        out["publisher"] = self._publisher()
        if self.reference.type in AT_PLACE:
            out["location"] = self._text("location", "event-place")
        out["url"] = self._url()
        out["serial-number"] = self._serials(SERIALS) | dict(self.reference.identifiers)
        out["parent"] = parents
        for name, value in sorted(self.extra.items()):
            if not name.startswith("parent-") and not name.endswith("-options"):
                out.setdefault(name, from_text(value))
        return {name: value for name, value in out.items() if value not in ("", [], {}, None)}

    def _text(self, field: str, variable: str) -> Any:
        """Return a variable as its field takes it: a number, a formattable string, or plain text."""
        value = self.left.pop(variable, "")
        if not isinstance(value, str):
            return ""
        if field in FORMATTABLE:
            return _formattable(value, self._may_hold_math(variable))
        return int(value) if field in NUMBERS and re.fullmatch("[1-9][0-9]{0,8}", value) else value

    def _may_hold_math(self, variable: str) -> bool:
        """Tell whether a variable's formulas are Typst's: read from such a file, and not a registry's or TeX's."""
        source = self.reference.sources.get(variable)
        return source is not None and bool(re.fullmatch(r".*\.ya?ml:\d+", source.name))

    def _title(self, variable: str, short: str) -> Any:
        title, shorter = self.left.pop(variable, ""), self.left.pop(short, "")
        text = _formattable(title, self._may_hold_math(variable)) if isinstance(title, str) else ""
        options = from_text(self.extra.get(f"{variable}-options", ""))
        more = options if isinstance(options, dict) else {}
        if isinstance(shorter, str) and shorter and text:
            more = {"short": _formattable(shorter), **more}
        return {"value": text, **more} if more else text

    def _names(self, variable: str) -> Any:
        value = self.left.pop(variable, ())
        people = [_person(name) for name in value] if isinstance(value, tuple) else []
        return people[0] if len(people) == 1 else people

    def _date(self, variable: str) -> str:
        """Return a day, month or year: the first of a range, since Hayagriva knows no other dates."""
        date = self.left.pop(variable, None)
        part = next((part for part in date.parts if part), ()) if isinstance(date, Date) else ()
        if not part or abs(part[0]) > 9999 or (isinstance(date, Date) and date.literal):
            return ""
        return ("~" if isinstance(date, Date) and date.circa else "") + to_edtf(Date((part,)))

    def _affiliated(self) -> list[dict[str, Any]]:
        rows = [
            {"role": role, "names": [_person(name) for name in value]}
            for role, variable in ROLES.items()
            if isinstance(value := self.left.pop(variable, ()), tuple) and value
        ]
        for role in OTHER_ROLES:
            if people := self.extra.pop(role, ""):
                rows.append({"role": role, "names": [_person(name) for name in parse_names(people)]})
        return rows

    def _publisher(self) -> Any:
        publisher, place = (self.left.pop(name, "") for name in ("publisher", "publisher-place"))
        name, location = (_formattable(one) if isinstance(one, str) else "" for one in (publisher, place))
        return (
            {"name": name, "location": location} if name and location else {"location": location} if location else name
        )

    def _url(self) -> Any:
        """Return an address that Hayagriva takes for one."""
        url = self.left.pop("URL", "")
        if not (isinstance(url, str) and re.fullmatch(ADDRESS, url)):
            return ""
        date = self._date("accessed")
        return {"value": url, "date": date} if date else url

    def _serials(self, schemes: Mapping[str, str]) -> dict[str, Any]:
        return {scheme: value for scheme, variable in schemes.items() if (value := self.left.pop(variable, ""))}

    def _parents(self) -> Any:
        """Return what holds the work: its container, the series, the conference."""
        parents = []
        whole = self.reference.type in WHOLE
        if not whole:
            parents.append(self._container())
        elif "collection-title" in self.left:
            parents.append({"type": self.parent_type, **self._series()})
        if "event-title" in self.left:
            event: dict[str, Any] = {"type": "conference", "title": self._title("event-title", "")}
            event["location"] = "" if self.reference.type in AT_PLACE else self._text("location", "event-place")
            event["date"] = self._date("event-date")
            parents.append({name: value for name, value in event.items() if value})
        parents = [parent for parent in parents if len(parent) > 1]
        return parents[0] if len(parents) == 1 else parents

    def _series(self) -> dict[str, Any]:
        series = {"title": self._title("collection-title", ""), "volume": self._text("volume", "collection-number")}
        return {name: value for name, value in series.items() if value}

    def _container(self) -> dict[str, Any]:
        out: dict[str, Any] = {"type": self.extra.get("parent-type") or self.parent_type}
        if "container-title" not in self.left:
            return out
        out["title"] = self._title("container-title", "container-title-short")
        out["author"] = self._names("container-author")
        if self.parent_type not in ("web", "blog"):
            for field in PARENT_TEXTS:
                if re.fullmatch(STRICT.get(field, "(?s:.*)"), self.reference.text(TEXTS[field])):
                    out[field] = self._text(field, TEXTS[field])
        if self.parent_type in ("book", "reference", "proceedings"):
            out["editor"] = self._names("editor")
            out["publisher"] = self._publisher()
        out["serial-number"] = self._serials({"isbn": "ISBN", "issn": "ISSN"})
        if series := self._series():
            out["parent"] = {"type": "anthology", **series}
        for name, value in sorted(self.extra.items()):
            if name.startswith("parent-") and name != "parent-type":
                out.setdefault(name.removeprefix("parent-"), from_text(value))
        return {name: value for name, value in out.items() if value not in ("", [], {})}


def _formattable(rich: str, math: bool = False) -> str:
    """Return rich text as a formattable string; what is no nocase loses its tags, which `csl` then keeps."""
    # Typst runs the code in a formula, which begins with a hash
    formula = rf"(?!\$[^$]*#)({MATH})" if math else "(?!)()"
    spans: list[str] = []
    out = []
    for i, piece in enumerate(re.split(f"({CSL_TAG})", rich)):
        if i % 2 == 0:
            signs = rf"{formula}|[{{}}$]|\\(?=[\\{{}}$]|\Z)"
            out.append(re.sub(signs, lambda match: match[1] or f"\\{match[0]}", piece))
        elif piece.startswith("<span"):
            spans.append("}" if piece == NOCASE else "")
            out.append("{" if spans[-1] else "")
        elif piece == "</span>" and spans:
            out.append(spans.pop())
    return "".join(out) + "".join(spans)


def _person(name: Name) -> Any:
    """Return a name: text where it is read back as it is, else a mapping of its parts."""
    if name.literal:
        return name.literal if _name(name.literal) == name else {"name": name.literal}
    text = f"{name.family}, {name.given}" if name.given else name.family
    if _name(text) == name:
        return text
    prefix = " ".join(part for part in (name.dropping_particle, name.non_dropping_particle) if part)
    parts = {"name": name.family, "given-name": name.given, "prefix": prefix, "suffix": name.suffix}
    return {key: part for key, part in parts.items() if part or key == "name"}

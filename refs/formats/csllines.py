"""What the tags of a format cannot say, as lines "variable: value" in its field for remarks.

Zotero writes and reads such lines in its Extra field, and citeproc obeys them: `event-date: 2019-05-04`,
`director: Varda || Agnès`, `type: speech`. Ours also hold a reference's key, variants and identifiers:
`id: 12`, `title_romanised_ru-Latn: Sovetskij Sojuz`, `arXiv: 1706.03762`, `id-openalex: W123`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from refs.dates import parse_date, to_edtf
from refs.formats.csljson import clean, dumps, value_from_json, value_to_json
from refs.model import (
    DATE_VARIABLES,
    MULTILINE_VARIABLES,
    NAME_VARIABLES,
    TYPES,
    VARIABLES,
    Date,
    Name,
    Reference,
    Value,
    Variant,
)
from refs.text import plain

LINE = r"([A-Za-z][\w -]{0,40}?)(?:_(original|romanised|translated)_([A-Za-z0-9-]+))?:\s+(\S.*)"
# Zotero's labels, in lower case with hyphens, that are no variables of CSL
LABELS = {"citation-key": "id", "short-title": "title-short", "journal-abbreviation": "container-title-short"}
VARIABLE_OF = {variable.lower(): variable for variable in VARIABLES}


@dataclass(slots=True)
class Statements:
    """The statements of the lines of one record."""

    type: str = ""
    key: str = ""
    names: dict[str, tuple[Name, ...]] = field(default_factory=dict)
    values: list[tuple[str, Value, str]] = field(default_factory=list)
    variants: dict[str, list[Variant]] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)
    other: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Take a line in; one that is no statement goes to `other`."""
        match = re.fullmatch(LINE, line.strip())
        if not match or not self._stated(match[1], match[2] or "", match[3] or "", match[4], line):
            self.other.append(line)

    def _stated(self, label: str, role: str, language: str, text: str, line: str) -> bool:
        name = label.lower().replace(" ", "-")
        if role:
            return self._variant(VARIABLE_OF.get(name, ""), text, language, role)
        if name == "type" and text in TYPES:
            self.type = text
        elif label != "citation-key" and LABELS.get(name, name) == "id":
            self.key = self.key or clean(text)
        elif name == "arxiv":
            self.identifiers["arxiv"] = clean(text.split(" [")[0])
        elif name.startswith("id-"):
            self.identifiers[label.strip()[3:]] = clean(text)
        else:
            return self._field(VARIABLE_OF.get(LABELS.get(name, name) if " " in label else name, ""), text, line)
        return True

    def _field(self, variable: str, text: str, line: str) -> bool:
        value = _value(variable, text) if variable else None
        if isinstance(value, tuple):
            self.names[variable] = self.names.get(variable, ()) + value
        elif value:
            self.values.append((variable, value, line))
        return bool(value)

    def _variant(self, variable: str, text: str, language: str, role: str) -> bool:
        value = _value(variable, text) if variable else None
        if value:
            self.variants.setdefault(variable, []).append(Variant(value, language, role))
        return bool(value)


def _value(variable: str, text: str) -> Value | None:
    structured = text[:1] in "[{" and variable in NAME_VARIABLES | DATE_VARIABLES
    if structured or (variable in MULTILINE_VARIABLES and re.fullmatch(r'".*\\n.*"', text)):
        try:
            return value_from_json(variable, json.loads(text))
        except (ValueError, RecursionError):
            return None
    if variable in NAME_VARIABLES:
        family, bars, given = text.partition("||")
        return (Name(clean(family), clean(given)),) if bars else (Name(literal=clean(text)),)
    return parse_date(text) if variable in DATE_VARIABLES else clean(text)


def stated(reference: Reference, statements: Statements) -> Reference:
    """Return the reference with what the lines say.

    A statement beside a field that means something else is older than it, and gives way.
    """
    fields = dict(reference.fields)
    named = [(variable, names, _lines(variable, names)) for variable, names in statements.names.items()]
    said: list[tuple[str, Value, Iterable[str]]] = [
        *named,
        *((v, value, (line,)) for v, value, line in statements.values),
    ]
    for variable, value, source in said:
        if variable not in fields or _same(fields[variable], value):
            fields[variable] = value
        else:
            statements.other += source
    variants = {name: tuple(values) for name, values in statements.variants.items()}
    for name, values in reference.variants.items():
        known = [_meaning(one.value) for one in variants.get(name, ())]
        new = [one for one in values if _meaning(one.value) not in known]
        variants[name] = (*variants.get(name, ()), *new)
    return replace(
        reference,
        type=statements.type or reference.type,
        key=statements.key or reference.key,
        fields=fields,
        variants=variants,
        identifiers={**reference.identifiers, **statements.identifiers},
    )


def _meaning(value: Value) -> str:
    """Return what two spellings of a value have in common: its letters and figures."""
    if isinstance(value, tuple):
        text = " ".join(" ".join(sorted(re.findall(r"\w+", str(name)))) for name in value)
    else:
        text = str(value.year or value) if isinstance(value, Date) else plain(value)
    return re.sub(r"[\W_]+", "", text).casefold()


def misread(reference: Reference, read: Reference) -> set[str]:
    """Return the variables that a record gives another meaning than the reference does, or none at all."""
    return {name for name, value in reference.fields.items() if not _same(read.fields.get(name), value)}


def _same(one: Value | None, other: Value) -> bool:
    return one == other or (one is not None and _meaning(one) == _meaning(other))


def lines(reference: Reference, read: Reference) -> list[str]:
    """Return the lines that a record needs which is read as `read` and shall mean `reference`."""
    found: list[str] = []
    if reference.type != read.type:
        found.append(f"type: {reference.type}")
    if reference.key != read.key:
        found.append(f"id: {reference.key}")
    for variable in sorted(reference.fields):
        value = reference.fields[variable]
        if value and value != read.fields.get(variable) and not _wrapped(value, read.fields.get(variable)):
            found += _lines(variable, value)
    for variable in sorted(reference.variants):
        known = read.variants.get(variable, ())
        if reference.variants[variable] != known:
            for variant in reference.variants[variable]:
                label = f"{variable}_{variant.role}_{variant.language or 'und'}"
                found += _lines(label, variant.value)
    for scheme in sorted(reference.identifiers):
        value = reference.identifiers[scheme]
        if read.identifiers.get(scheme) != value:
            found.append(f"arXiv: {value}" if scheme == "arxiv" else f"id-{scheme}: {value}")
    return found


def _wrapped(value: Value, known: Value | None) -> bool:
    """Tell whether a text is known but for its line ends, for which it is not worth saying all of it again."""
    return isinstance(value, str) and isinstance(known, str) and value.split() == known.split()


def _lines(label: str, value: Value) -> Iterator[str]:
    if isinstance(value, str):
        text = dumps(value) if "\n" in value else value
        yield f"{label}: {text}"
    elif isinstance(value, Date):
        text = to_edtf(value)
        yield f"{label}: {text if parse_date(text) == value else dumps(value_to_json(value))}"
    elif "_" in label or not all(_is_simple(name) for name in value):
        yield f"{label}: {dumps(value_to_json(value))}"
    else:
        yield from (f"{label}: {name.literal or f'{name.family} || {name.given}'}" for name in value)


def _is_simple(name: Name) -> bool:
    simple = Name(literal=name.literal) if name.literal else Name(name.family, name.given)
    return name == simple and "||" not in str(name) and str(name)[:1] not in "[{"


def divided(remark: str) -> tuple[str, list[str]]:
    """Return a remark without the lines that are statements, and these."""
    left: list[str] = []
    statements: list[str] = []
    for line in remark.splitlines():
        (left if read_all([line]).other else statements).append(line)
    return "\n".join(left), statements


def read_all(values: Iterable[str]) -> Statements:
    """Return what the lines of a record say."""
    statements = Statements()
    for value in values:
        statements.add(value)
    return statements

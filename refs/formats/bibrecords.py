"""What is kept of a block of a .bib file between two reads: plain data for JSON, and a reference from it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from refs.model import Date, Name, Reference, Source, Value, Variant

SEPARATOR = "\x1f"
Plain = Any  # what JSON holds


class Names(dict[str, Name]):
    """The names of a file by their text in its records; each is made once."""

    def __missing__(self, text: str) -> Name:
        family, given, non_dropping, dropping, suffix, literal, comma, static = text.split(SEPARATOR)
        name = Name(family, given, non_dropping, dropping, suffix, bool(comma), bool(static), literal)
        self[text] = name
        return name


def to_plain(reference: Reference) -> Plain | None:
    """Return a reference without its sources, None when a name holds the sign that parts the parts of names."""
    fields = {variable: _plain(value) for variable, value in reference.fields.items()}
    variants = {
        variable: [[_plain(one.value), one.language, one.role] for one in ones]
        for variable, ones in reference.variants.items()
    }
    values = [*fields.values(), *(one[0] for ones in variants.values() for one in ones)]
    if any(isinstance(value, list) and any(name.count(SEPARATOR) != 7 for name in value) for value in values):
        return None
    return [reference.type, reference.key, fields, variants, dict(reference.identifiers), dict(reference.extra)]


def from_plain(plain: Plain, names: Names, source: Source) -> Reference:
    """Return the reference again, all that it holds from one source."""
    kind, key, fields, variants, identifiers, extra = plain
    sources = dict.fromkeys([*fields, *extra] if extra else fields, source)
    return Reference(
        kind,
        {variable: value if type(value) is str else _value(value, names) for variable, value in fields.items()},
        key,
        {
            variable: tuple(Variant(_value(value, names), language, role) for value, language, role in ones)
            for variable, ones in variants.items()
        },
        dict(identifiers),
        dict(extra),
        sources,
    )


def _plain(value: Value) -> Plain:
    if isinstance(value, str):
        return value
    if isinstance(value, Date):
        return {"parts": value.parts, "season": value.season, "circa": value.circa, "literal": value.literal}
    return [_name(name) for name in value]


def _name(name: Name) -> str:
    parts = (name.family, name.given, name.non_dropping_particle, name.dropping_particle, name.suffix, name.literal)
    return SEPARATOR.join((*parts, "1" * name.comma_suffix, "1" * name.static_ordering))


def _value(value: Plain, names: Names) -> Value:
    if isinstance(value, list):
        return tuple([names[one] for one in value])
    if isinstance(value, Mapping):
        return Date(tuple(map(tuple, value["parts"])), value["season"], value["circa"], value["literal"])
    return str(value)

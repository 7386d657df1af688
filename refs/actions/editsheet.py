"""References as a sheet of YAML that a person edits: written, and read back with every mistake at its line.

A value that was not touched comes back as the very value it was, so that nothing is lost that the sheet cannot say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from refs.actions.byhand import SCHEMES as IDENTIFIERS
from refs.actions.byhand import nearest, typed, typed_identifier
from refs.citekeys import valid_key
from refs.dates import parse_date, to_edtf
from refs.errors import Location, ParseError, UsageError
from refs.formats import csljson
from refs.formats.yamlnodes import dump, outline
from refs.model import DATE_VARIABLES, NAME_VARIABLES, TYPES, VARIABLES, Date, Name, Reference, Value, Variant
from refs.names import format_name, parse_bibtex_name, parse_names

T = TypeVar("T")

HEADING = """\
# id is the key: changed, it renames the reference, and the old one still cites.
# Fields are CSL variables; one that is taken out or left empty is gone.
# Names are "Family, Given", or family:, given:, suffix: ... below each other; a group is literal: Name.
# Dates: 2024, 2024-01-16, 2020/2021, 1723~ (circa). Text with ": " or " #" in it stands in "quotes".
"""
MAPPINGS = ("identifiers", "extra", "variants")
NAME_PARTS = frozenset({*csljson.NAME_PARTS, *csljson.NAME_FLAGS})


def write(references: Sequence[Reference]) -> str:
    """Return the sheet of some references."""
    return HEADING + "---\n".join(dump(_shown(reference)) for reference in references)


def _shown(reference: Reference) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": reference.key, "type": reference.type}
    shown |= {name: _value_shown(value) for name, value in reference.fields.items()}
    shown |= {name: value for name in MAPPINGS if (value := _mapping_shown(reference, name))}
    return shown


def _value_shown(value: Value) -> Any:
    """Return text as it is, names as "Family, Given" and dates as EDTF where that says all, else as CSL-JSON does."""
    if isinstance(value, str):
        return value
    if isinstance(value, Date):
        text = to_edtf(value)
        return text if parse_date(text) == value else _texts(csljson.value_to_json(value))
    return [_name_shown(name) for name in value]


def _name_shown(name: Name) -> Any:
    text = format_name(name, str)
    simple = "{" not in text and ";" not in text and " and " not in text
    if simple and not name.literal and parse_bibtex_name(text) == name:
        return text
    return _texts(csljson.value_to_json((name,))[0])


def _texts(value: Any) -> Any:
    """Return JSON with its numbers and truths as the text that the sheet will be read as."""
    if isinstance(value, Mapping):
        return {name: _texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return value if isinstance(value, str) else csljson.dumps(value)


def _mapping_shown(reference: Reference, name: str) -> Any:
    if name != "variants":
        return dict(getattr(reference, name))
    return {
        variable: [{"value": _value_shown(v.value), "language": v.language, "role": v.role} for v in variants]
        for variable, variants in reference.variants.items()
    }


@dataclass(frozen=True, slots=True)
class _Line:
    """A field of a block: its value and where it stands."""

    value: Any
    place: Location


def read(text: str, file: str, before: Sequence[Reference]) -> list[Reference]:
    """Return the references of an edited sheet in the order of `before`; one that was taken out is unchanged.

    Raise ParseError, with the line, for the first mistake.
    """
    blocks = list(_blocks(text, file))
    after = {one.key: one for one in before}
    for reference, block in _paired(blocks, before):
        after[reference.key] = _reference(reference, block)
    return list(after.values())


def _blocks(text: str, file: str) -> Iterator[dict[str, _Line]]:
    line = 1
    for piece in re.split(r"(?m)^---[ \t]*$", text):
        if re.sub(r"(?m)^[ \t]*#.*$", "", piece).strip():
            yield _block(piece, file, line)
        line += piece.count("\n")


def _block(piece: str, file: str, line: int) -> dict[str, _Line]:
    found: dict[str, _Line] = {}
    for item in outline(piece, "", line).items:
        place = Location(file, item.line)
        if item.problem or item.warnings:
            raise ParseError(item.problem or item.warnings[0], place)
        if not item.key:
            raise ParseError("a line must say what it is, as in `title: Walden`", place)
        if item.key in found:
            raise ParseError(f"{item.key} stands here twice", place)
        found[item.key] = _Line(item.value, place)
    if not found:
        raise ParseError("not YAML: no line such as `title: Walden`", Location(file, line))
    return found


def _paired(
    blocks: Sequence[dict[str, _Line]], before: Sequence[Reference]
) -> Iterator[tuple[Reference, dict[str, _Line]]]:
    """Tell which block is which reference: by the id, and where that was changed by the order."""
    left = {one.key: one for one in before}
    known = [left.pop(_id(block), None) for block in blocks]
    rest = iter(left.values())
    for block, reference in zip(blocks, known, strict=True):
        found = reference or (next(rest, None) if len(blocks) <= len(before) else None)
        if found is None:
            raise ParseError(f"no reference {_id(block)} was opened: refs add adds one", block["id"].place)
        if reference is None and len(blocks) < len(before):
            raise ParseError(f"which one is {_id(block)}? To change an id, leave all blocks in", block["id"].place)
        yield found, block


def _id(block: Mapping[str, _Line]) -> str:
    first = next(iter(block.values()))
    key = block.get("id")
    if key is None or not isinstance(key.value, str) or not key.value:
        raise ParseError("a reference needs its id", key.place if key else first.place)
    return key.value


def _reference(before: Reference, block: Mapping[str, _Line]) -> Reference:
    absent = _Line(None, block["id"].place)
    fields: dict[str, Value] = {}
    for name, line in block.items():
        if name not in ("id", "type", *MAPPINGS) and (value := _at(line, _value, name, before.fields.get(name))):
            fields[name] = value
    return replace(
        before,
        key=_at(block["id"], _key, before.key),
        type=_at(block.get("type", absent), _type),
        fields=fields,
        identifiers=_at(block.get("identifiers", absent), _identifiers, before.identifiers),
        extra=_at(block.get("extra", absent), _extra, before.extra),
        variants=_at(block.get("variants", absent), _variants, before.variants),
    )


def _at(line: _Line, read: Callable[..., T], *arguments: Any) -> T:
    """Return what `read` makes of a value; its complaint gets the place."""
    try:
        return read(line.value, *arguments)
    except UsageError as error:
        raise ParseError(str(error), line.place) from None


def _key(raw: Any, before: str) -> str:
    if raw != before and not valid_key(raw):
        raise UsageError(f"{raw!r} cannot be a key: use letters, digits and : . _ / + - after a letter or digit")
    return str(raw)


def _type(raw: Any) -> str:
    if raw not in TYPES:
        raise UsageError(
            f"no type is called {raw!r}{nearest(str(raw), TYPES)}" if raw else "a reference needs its type"
        )
    return str(raw)


def _value(raw: Any, name: str, before: Value | None) -> Value | None:
    if name not in VARIABLES:
        raise UsageError(f"no field is called {name!r}{nearest(name, VARIABLES)}")
    if before is not None and raw == _value_shown(before):
        return before
    if raw is None or isinstance(raw, str):
        return typed(name, [raw]) if raw else None
    if name in NAME_VARIABLES:
        known = before if isinstance(before, tuple) else ()
        return tuple(one for each in (raw if isinstance(raw, list) else [raw]) for one in _names(each, known))
    date = csljson.value_from_json(name, raw) if name in DATE_VARIABLES and isinstance(raw, Mapping) else None
    if not isinstance(date, Date) or date == Date():
        raise UsageError(f"{name} takes {'a date' if name in DATE_VARIABLES else 'one line of text'}")
    return date


def _names(raw: Any, known: Sequence[Name]) -> tuple[Name, ...]:
    for name in known:
        if raw == _name_shown(name):
            return (name,)
    if isinstance(raw, str):
        return parse_names(csljson.clean(raw))
    if not isinstance(raw, Mapping) or not all(isinstance(text, str) for text in raw.values()):
        raise UsageError('a name is "Family, Given", or family:, given:, suffix: ... below each other')
    if unknown := [part for part in raw if part not in NAME_PARTS]:
        raise UsageError(f"no part of a name is called {unknown[0]!r}{nearest(unknown[0], NAME_PARTS)}")
    value = csljson.value_from_json("author", [raw])
    return value if isinstance(value, tuple) else ()


def _pairs(raw: Any, what: str) -> dict[str, str]:
    """Return a mapping of text without what was left empty."""
    found = {} if raw in (None, "") else raw
    if not isinstance(found, Mapping) or not all(isinstance(text, str | None) for text in found.values()):
        raise UsageError(f"{what} holds lines of `name: text`")
    return {name: text for name, text in found.items() if text}


def _identifiers(raw: Any, before: Mapping[str, str]) -> dict[str, str]:
    return {
        scheme: text if before.get(scheme) == text or scheme not in IDENTIFIERS else typed_identifier(scheme, text)
        for scheme, text in _pairs(raw, "identifiers").items()
    }


def _extra(raw: Any, before: Mapping[str, str]) -> dict[str, str]:
    pairs = _pairs(raw, "extra")
    return {name: text if before.get(name) == text else csljson.clean(text) for name, text in pairs.items()}


def _variants(raw: Any, before: Mapping[str, tuple[Variant, ...]]) -> dict[str, tuple[Variant, ...]]:
    found: dict[str, tuple[Variant, ...]] = {}
    for variable, rows in (raw or {}).items() if isinstance(raw, Mapping) or not raw else [("", None)]:
        if not isinstance(rows, list) or not all(
            isinstance(row, Mapping) and set(row) <= VARIANT_PARTS for row in rows
        ):
            raise UsageError("variants holds, below each variable, a list of value:, language: and role:")
        known = before.get(variable, ())
        values = [_value(row.get("value"), variable, _as_shown(row, known)) for row in rows]
        variants = [
            Variant(value, row.get("language") or "", row.get("role") or "translated")
            for value, row in zip(values, rows, strict=True)
            if value
        ]
        if variants:
            found[variable] = tuple(variants)
    return found


def _as_shown(row: Mapping[str, Any], known: Sequence[Variant]) -> Value | None:
    """Return the value that a row still shows, or None."""
    return next((one.value for one in known if _value_shown(one.value) == row.get("value")), None)


VARIANT_PARTS = frozenset({"value", "language", "role"})

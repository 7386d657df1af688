"""CSL-JSON 1.0.2: Reference <-> JSON (schema `csl-data.json`).

What CSL cannot name travels in the schema's own `custom` object: `variants`, `identifiers`, `extra`, `sources`. Items
from anywhere are accepted in the shapes that processors and reference managers really write, and every value is
brought to the model's: numbers to text, text without control characters, names and dates to their classes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any

from refs.errors import Location, ParseError
from refs.formats import Block
from refs.model import (
    DATE_VARIABLES,
    MULTILINE_VARIABLES,
    NAME_VARIABLES,
    TEXT_VARIABLES,
    TYPES,
    Date,
    Name,
    Reference,
    Source,
    Value,
    Variant,
)

NAME_PARTS = {
    "family": "family",
    "given": "given",
    "non-dropping-particle": "non_dropping_particle",
    "dropping-particle": "dropping_particle",
    "suffix": "suffix",
    "literal": "literal",
}
NAME_FLAGS = {"comma-suffix": "comma_suffix", "static-ordering": "static_ordering"}
NAME_KEYS = (*NAME_PARTS, *NAME_FLAGS)
NAME_VALUES = attrgetter(*NAME_PARTS.values(), *NAME_FLAGS.values())
ALIASES = {
    "journalAbbreviation": "container-title-short",
    "shortTitle": "title-short",
    "event": "event-title",
}
MAX_DIGITS = 4300  # int() refuses longer ones with a ValueError of its own
MAX_DEPTH = 64
MAX_MARKS = 30
MARKS = re.compile(r"[^\w\s!-~]{31}")  # where more marks may be; most text has no such run
"""C0 and C1 controls, lone surrogates and noncharacters: nothing prints them, and SQLite cannot store some."""


def to_json(reference: Reference) -> dict[str, Any]:
    """Return the CSL-JSON object of a reference, its key as `id`."""
    item: dict[str, Any] = {"id": reference.key, "type": reference.type}
    for variable, value in reference.fields.items():
        item[variable] = value_to_json(value)
    custom: dict[str, Any] = {}
    if reference.variants:
        custom["variants"] = {
            variable: [{"value": value_to_json(v.value), "language": v.language, "role": v.role} for v in variants]
            for variable, variants in reference.variants.items()
        }
    if reference.identifiers:
        custom["identifiers"] = dict(reference.identifiers)
    if reference.extra:
        custom["extra"] = dict(reference.extra)
    if reference.sources:
        custom["sources"] = _sources_to_json(reference.sources)
    if custom:
        item["custom"] = custom
    return item


def value_to_json(value: Value) -> Any:
    """Return a field as CSL-JSON writes it."""
    if isinstance(value, str):
        return value
    return _date_to_json(value) if isinstance(value, Date) else [_name_to_json(name) for name in value]


def _name_to_json(name: Name) -> dict[str, Any]:
    return {key: value for key, value in zip(NAME_KEYS, NAME_VALUES(name), strict=True) if value}


def _date_to_json(date: Date) -> dict[str, Any]:
    item: dict[str, Any] = {}
    if date.parts:
        # citeproc-js reads a zero as the open end of a range
        item["date-parts"] = [list(part) or [0] for part in date.parts]
    if date.season:
        item["season"] = date.season
    if date.circa:
        item["circa"] = True
    if date.literal:
        item["literal"] = date.literal
    return item


def _sources_to_json(sources: Mapping[str, Source]) -> dict[str, list[str]]:
    """Group the fields by where they came from: a record seldom has more than two sources."""
    grouped: dict[str, list[str]] = {}
    for variable, source in sources.items():
        grouped.setdefault(f"{source.name} {source.date}".rstrip(), []).append(variable)
    return grouped


def from_json(item: Mapping[str, Any]) -> Reference:
    """Return the reference of one CSL-JSON object.

    A field of a name that CSL does not know, or of a type that the variable cannot have, is kept in `extra`.
    """
    fields: dict[str, Value] = {}
    extra: dict[str, str] = {}
    for name, raw in item.items():
        variable = ALIASES.get(name, name)
        if variable in ("id", "type", "custom") or raw is None or raw in ("", []):
            continue
        value = value_from_json(variable, raw)
        if value is None:
            extra[clean(name)] = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)
        elif value and not (variable != name and variable in item):
            fields[variable] = value
    kind = item.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        if kind:
            extra["type"] = clean(str(kind))
        kind = "document"
    custom = item.get("custom")
    custom = custom if isinstance(custom, Mapping) else {}
    return Reference(
        type=kind,
        fields=fields,
        key=_text(item.get("id", "")) or "",
        variants=_variants(custom.get("variants")),
        identifiers=_text_map(custom.get("identifiers")),
        extra={key: clean(value) for key, value in extra.items()} | _text_map(custom.get("extra")),
        sources=_sources(custom.get("sources")),
    )


def value_from_json(variable: str, raw: Any) -> Value | None:
    """Return a field's value, or None when the variable is unknown or cannot hold it."""
    if variable in NAME_VARIABLES:
        return _names(raw)
    if variable in DATE_VARIABLES:
        return _date(raw)
    return _text(raw, variable in MULTILINE_VARIABLES) if variable in TEXT_VARIABLES else None


def clean_value(variable: str, text: str) -> str:
    """Return the text of a variable: cleaned, on one line unless the variable holds lines."""
    return clean_lines(text) if variable in MULTILINE_VARIABLES else clean(text)


def clean_lines(text: str) -> str:
    """Clean each line of a text; of empty lines one is left between paragraphs, and none at the ends."""
    if text.isprintable():
        return clean(text)
    lines = "\n".join(clean(line) for line in text.splitlines())
    return re.sub("\n{3,}", "\n\n", lines).strip("\n")


def clean(text: str) -> str:
    """Drop what no output can show: control characters, lone surrogates; any white space is one blank.

    Tabs and line ends count as white space. Characters that join letters or set their direction stay, and so do
    letters that are newer than this Python.
    """
    if not text.isascii() and MARKS.search(text):
        text = _with_few_marks(text)
    if text.isprintable() and "  " not in text:
        return text.strip()
    kept = "".join(c if c.isprintable() else " " if c.isspace() else c if _is_text(c) else "" for c in text)
    return " ".join(kept.split())


def _with_few_marks(text: str) -> str:
    """Return text with 30 combining marks at most on a letter: the Stream-Safe limit of Unicode (UAX #15, 13)."""
    import unicodedata

    out: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= MAX_MARKS:
            out.append(character)
    return "".join(out)


def _is_text(character: str) -> bool:
    import unicodedata

    return unicodedata.category(character) not in ("Cc", "Cs") and character != "\ufeff"


def _text(raw: Any, lines: bool = False) -> str | None:
    cleaned = clean_lines if lines else clean
    if isinstance(raw, str):
        return cleaned(raw)
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | float):
        return f"{raw:g}" if isinstance(raw, float) else str(raw)
    if isinstance(raw, list) and all(isinstance(part, str) for part in raw):
        return cleaned(raw[0]) if len(raw) == 1 else cleaned(("\n" if lines else " ").join(raw))
    return None


def _text_map(raw: Any) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        return {}
    return {clean(key): value for key, value in raw.items() if isinstance(value, str)}


def _names(raw: Any) -> tuple[Name, ...] | None:
    if isinstance(raw, Mapping | str):
        raw = [raw]
    if not isinstance(raw, list):
        return None
    names = [_name(one) for one in raw]
    return None if None in names else tuple(name for name in names if name and name != Name())


def _name(raw: Any) -> Name | None:
    if isinstance(raw, str):
        return Name(literal=clean(raw))
    if not isinstance(raw, Mapping):
        return None
    parts: dict[str, Any] = {slot: _text(raw.get(key)) or "" for key, slot in NAME_PARTS.items()}
    parts.update((slot, True) for key, slot in NAME_FLAGS.items() if raw.get(key) in (True, 1, "true", "1"))
    return Name(**parts)


def _date(raw: Any) -> Date | None:
    from refs.dates import parse_date

    if isinstance(raw, str | int) and not isinstance(raw, bool):
        return parse_date(clean(str(raw)))
    if not isinstance(raw, Mapping):
        return None
    parts = _date_parts(raw.get("date-parts"))
    if parts is None:
        return None
    if not parts and isinstance(raw.get("raw"), str):
        return parse_date(clean(raw["raw"]))
    season = _integer(raw.get("season"))
    literal = _text(raw.get("literal")) or ""
    if raw.get("season") and season not in (1, 2, 3, 4):
        literal = literal or _text(raw["season"]) or ""
        season = None
    circa = raw.get("circa") not in (None, False, 0, "", "0", "false")
    if any(len(part) > 1 and not 1 <= part[1] <= 12 for part in parts):
        return _with_odd_months(Date(parts, season or None, circa, literal))
    return Date(parts, season or None, circa, literal)


def _with_odd_months(date: Date) -> Date:
    """Read a month of 13 to 16 or 21 to 24 as a season, as citeproc-js does; others are none, and leave the year."""
    seasons = [part[1] for part in date.parts if len(part) > 1 and 13 <= part[1] <= 24]
    if seasons and len(date.parts) == 2:
        ends = ("-".join(str(number) for number in part) for part in date.parts)
        return Date((), None, date.circa, date.literal or "/".join(ends))
    parts = tuple(part if len(part) < 2 or 1 <= part[1] <= 12 else part[:1] for part in date.parts)
    season = date.season or ((seasons[0] - 13) % 4 + 1 if seasons else None)
    return Date(parts, season, date.circa, date.literal)


def _date_parts(raw: Any) -> tuple[tuple[int, ...], ...] | None:
    """Return the parts, () when there are none, None when they are no dates at all."""
    if raw is None:
        return ()
    if not isinstance(raw, list) or len(raw) > 2:
        return None
    if raw and not isinstance(raw[0], list):
        raw = [raw]
    parts: list[tuple[int, ...]] = []
    for part in raw:
        if not isinstance(part, list):
            return None
        numbers = [_integer(number) for number in part[:3]]
        if numbers and numbers[0] is None and any(number not in (None, "", 0) for number in part[:1]):
            return None
        known = numbers[: next((i for i, n in enumerate(numbers) if not n), len(numbers))]
        parts.append(tuple(n for n in known if n is not None))
    return tuple(parts) if any(parts) else ()


def _integer(raw: Any) -> int | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return raw
    text = raw.strip() if isinstance(raw, str) else ""
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and len(digits) <= MAX_DIGITS else None


def _variants(raw: Any) -> dict[str, tuple[Variant, ...]]:
    if not isinstance(raw, Mapping):
        return {}
    found: dict[str, tuple[Variant, ...]] = {}
    for variable, rows in raw.items():
        variants = []
        for row in rows if isinstance(rows, list) else []:
            value = value_from_json(variable, row.get("value")) if isinstance(row, Mapping) else None
            if value:
                variants.append(
                    Variant(value, _text(row.get("language")) or "", _text(row.get("role")) or "translated")
                )
        if variants:
            found[variable] = tuple(variants)
    return found


def _sources(raw: Any) -> dict[str, Source]:
    if not isinstance(raw, Mapping):
        return {}
    sources: dict[str, Source] = {}
    for origin, variables in raw.items():
        name, _, date = origin.rpartition(" ")
        source = Source(name, date) if name else Source(date)
        sources.update((v, source) for v in (variables if isinstance(variables, list) else ()) if isinstance(v, str))
    return sources


def dumps(item: Any, *, indent: int | None = None) -> str:
    """Return JSON text in Unicode, keys in the order given."""
    return json.dumps(item, ensure_ascii=False, indent=indent)


def loads(text: str, file: str = "") -> Any:
    """Parse JSON that nobody vouches for.

    Raise ParseError, with the place, for what is no JSON, for nesting past any record's, and for numbers past any use.
    """
    try:
        return decoder().decode(text)
    except json.JSONDecodeError as error:
        raise ParseError(f"not JSON: {error.msg}", Location(file, error.lineno, error.colno)) from None
    except RecursionError:
        raise ParseError("not JSON that can be read: nested too deeply", Location(file, 1)) from None


def decoder() -> json.JSONDecoder:
    """Return a decoder that refuses NaN and infinity and leaves numbers without end as text."""
    return json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_bounded_int)


def _refuse_constant(name: str) -> float:
    raise json.JSONDecodeError(f"{name} is no JSON number", name, 0)


def _bounded_int(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def read(text: str, name: str) -> list[Block]:
    """Return a block for each item of an array, of `{"items": [...]}`, of a single object or of lines of them.

    Raise ParseError when not one of them is CSL-JSON.
    """
    file = re.split(r"[\\/]", name)[-1]
    blocks = [_block(raw, line, item, problem, file) for raw, line, item, problem in objects(text)]
    if blocks and not any(block.reference for block in blocks):
        raise ParseError(blocks[0].reason, Location(name, blocks[0].line))
    return blocks


def _block(raw: str, line: int, item: Any, problem: str, file: str) -> Block:
    if problem or not isinstance(item, Mapping):
        return Block("quarantine", line, raw, problem or "not a JSON object")
    reference = from_json(item)
    if not reference.fields and item.get("type") not in TYPES:
        return Block("quarantine", line, raw, "a JSON object without any field of CSL-JSON")
    source = Source(f"{file}:{line}")
    sources = {variable: reference.sources.get(variable, source) for variable in reference.fields}
    return Block("entry", line, raw, reference=replace(reference, sources={**reference.sources, **sources}))


def objects(text: str) -> Iterator[tuple[str, int, Any, str]]:
    """Yield (raw, line, item, problem) for each item; the raw pieces, joined, are the text.

    Items follow each other in an array or by themselves. After an item that is no JSON, reading goes on at the next
    line that begins an object, or within a line at the next object that begins as an item does.
    """
    decode = decoder().raw_decode
    opening = re.match(r'\s*\[|\s*\{\s*"items"\s*:\s*\[', text)
    position = opening.end() if opening else 0
    start, line = 0, 1
    while (at := _next_item(text, position)) < len(text):
        item = None
        try:
            item, end = decode(text, at)
            problem = f"nested deeper than {MAX_DEPTH}" if _is_deep(item) else ""
        except json.JSONDecodeError as error:
            problem, end = f"not JSON: {error.msg}", _next_line(text, max(error.pos, at + 1))
        except RecursionError:
            problem, end = "nested too deeply", _next_line(text, at + 1)
        complete = _next_item(text, end) == len(text) and (not opening or "]" in text[end:])
        stop = len(text) if complete else end
        yield text[start:stop], line + text.count("\n", start, at), item, problem
        line += text.count("\n", start, stop)
        start = position = stop
    if opening and "]" not in text[position:] and (start < len(text) or "]" not in text):
        yield text[start:], line, None, "the array does not end: the file is cut off"


def _is_deep(item: Any) -> bool:
    level = [item] if isinstance(item, dict | list) else []
    for _ in range(MAX_DEPTH):
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [child for values in inner for child in values if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _next_item(text: str, position: int) -> int:
    """Return where the next object begins: separators and what closes the array are none."""
    match = re.compile(r"[\s,]*(?:\][\s}]*)?").match(text, position)
    return match.end() if match else position


def _next_line(text: str, position: int) -> int:
    match = re.compile(r'\n[ \t]*(?=\{)|\}\s*,\s*(?=\{\s*"(?:id|type|citation-key)"\s*:)').search(text, position)
    return match.end() if match else len(text)


def write(references: Iterable[Reference]) -> str:
    """Return a CSL-JSON array, an object a line, so that a diff shows the entry that changed."""
    rows = ",\n".join(dumps(to_json(reference)) for reference in references)
    return f"[\n{rows}\n]\n" if rows else "[]\n"

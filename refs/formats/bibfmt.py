"""Normalise a .bib file: only what the rules name, only the entries that it changes, and never what one means.

A rule that cannot be sure leaves the field as it is: pages that are not plainly ranges, a month that the file's own
@string redefines, an entry whose shape had to be mended when it was read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from refs.dates import MONTHS, month_number
from refs.errors import UsageError
from refs.formats import bibfields as tables
from refs.formats.bibedit import Entry, Field, Outline, Splice, apply, newline, outline
from refs.formats.bibsort import sort_text
from refs.identifiers import normal

RANK = {name: rank for rank, name in enumerate(tables.ORDER)}
# What other entries call one by its key in.
KEYED_FIELDS = frozenset({"crossref", "xref", "xdata", "entryset", "related"})
DOI = re.compile(r"(?i)(?:https?://(?:dx\.)?doi\.org/|doi:\s*)(10\.\d{4,9}/[^\s{}\\%]+)")
NUMBER = r"([A-Za-z]?\d+[A-Za-z]?)"
RANGE = re.compile(rf"{NUMBER}\s*(?:-{{1,3}}|[–—])\s*{NUMBER}")
PLAIN_YEAR = re.compile(r'[{"]?\d{4}[}"]?')


@dataclass(frozen=True, slots=True)
class Rules:
    """What to normalise; `indent` and `align` are of the layout, `sort` names what to sort entries by."""

    names: bool = False
    layout: bool = False
    months: bool = False
    pages: bool = False
    doi: bool = False
    order: bool = False
    lower_keys: bool = False
    sort: str = ""
    indent: int = 2
    align: bool = False
    trailing_comma: bool = True


DEFAULT = Rules(names=True, layout=True, months=True, pages=True, doi=True)


@dataclass(frozen=True, slots=True)
class Formatted:
    """The text, how many entries were changed and how many moved.

    `left` are the blocks that were left alone, `doubled` the entries that an earlier one has the key or DOI of: each
    with its line in the text that was given, and what is to be said.
    """

    text: str
    changed: int
    moved: int
    left: tuple[tuple[int, str], ...] = ()
    doubled: tuple[tuple[int, str], ...] = ()


def format_text(text: str, rules: Rules = DEFAULT) -> Formatted:
    """Return the text with its entries normalised; UsageError for keys that would become one, or a wrong `sort`."""
    before = outline(text)
    keys = _new_keys(before) if rules.lower_keys else {}
    manner = _Manner(rules, keys, _own_months(before), newline(text))
    splices = []
    for entry in filter(None, before.entries):
        piece = _entry(text, entry, manner)
        if piece != text[entry.start : entry.end]:
            splices.append(Splice(entry.start, entry.end, piece))
    after, moved = apply(text, splices), 0
    if rules.sort:
        after, moved = sort_text(after, rules.sort)
    return Formatted(after, len(splices), moved, _left(before), _doubled(before))


@dataclass(frozen=True, slots=True)
class _Manner:
    """The rules, and what they need to know of the whole file: the new keys, its own months, how its lines end."""

    rules: Rules
    keys: Mapping[str, str]
    own_months: bool
    newline: str


def _left(before: Outline) -> tuple[tuple[int, str], ...]:
    """Return the line of each block that cannot be edited, and why."""
    left = []
    for block, entry in zip(before.blocks, before.entries, strict=True):
        if block.kind == "quarantine":
            left.append((block.line, block.reason))
        elif block.kind == "entry" and entry is None:
            left.append((block.line, block.warnings[0] if block.warnings else "an entry of an unusual shape"))
    return tuple(left)


def _doubled(before: Outline) -> tuple[tuple[int, str], ...]:
    """Return the line of each entry whose key or DOI an earlier one has, and which that is."""
    doubled: list[tuple[int, str]] = []
    keys: dict[str, int] = {}
    dois: dict[str, int] = {}
    for block in before.blocks:
        if block.kind != "entry":
            continue
        first = keys.setdefault(block.key.casefold(), block.line)
        if first != block.line and block.key:
            doubled.append((block.line, f"the key {block.key} is that of line {first} too"))
        doi = next((normal("doi", value.strip('{}" ')) for name, value in block.fields if name.lower() == "doi"), "")
        if doi and dois.setdefault(doi, block.line) != block.line:
            doubled.append((block.line, f"{block.key} has the DOI of line {dois[doi]}"))
    return tuple(doubled)


def _entry(text: str, entry: Entry, manner: _Manner) -> str:
    """Return the text of one entry, normalised."""
    rules = manner.rules
    fields = [_field(entry, field, manner) for field in entry.fields]
    if rules.order and not entry.commented:
        fields.sort(key=lambda field: RANK.get(field.name.lower(), len(RANK)))
    kind = entry.type.lower() if rules.names else entry.type
    key = manner.keys.get(entry.key, entry.key)
    if rules.layout and not entry.commented:
        return _laid_out(kind, key, fields, manner, text[entry.end - 1])
    splices = [Splice(entry.type_start, entry.type_start + len(kind), kind)]
    splices.append(Splice(entry.key_start, entry.key_start + len(entry.key), key))
    for slot, field in zip(entry.fields, fields, strict=True):
        splices.append(Splice(slot.start, slot.start + len(slot.name), field.name))
        splices.append(Splice(slot.value_start, slot.end, field.value))
    moved = [Splice(one.start - entry.start, one.end - entry.start, one.text) for one in splices]
    return apply(text[entry.start : entry.end], moved)


def _laid_out(kind: str, key: str, fields: Sequence[Field], manner: _Manner, closing: str) -> str:
    rules = manner.rules
    opening = "(" if closing == ")" else "{"
    if not fields:
        return f"@{kind}{opening}{key}{closing}"
    width = max(len(field.name) for field in fields) if rules.align else 0
    lines = [f"{' ' * rules.indent}{field.name:{width}} = {field.value}" for field in fields]
    body = f",{manner.newline}".join([f"@{kind}{opening}{key}", *lines])
    return f"{body}{',' if rules.trailing_comma else ''}{manner.newline}{closing}"


def _field(entry: Entry, field: Field, manner: _Manner) -> Field:
    """Return a field with its name and value normalised."""
    rules, name, value = manner.rules, field.name.lower(), field.value
    if (text := _plain(value)) is not None:
        if rules.doi and name == "doi":
            text = _doi(text)
        elif rules.pages and name == "pages":
            text = _pages(text)
        elif manner.keys and name in KEYED_FIELDS:
            text = _renamed(text, manner.keys)
        value = f"{value[0]}{text}{value[-1]}" if value[0] in '{"' else value
    if rules.months and name == "month" and not manner.own_months:
        value = _month(entry, value)
    return replace(field, name=name if rules.names else field.name, value=value)


def _plain(value: str) -> str | None:
    """Return the text of an expression that is one piece without any LaTeX, else None."""
    if value[0] not in '{"':
        return value if value.isalnum() else None
    return None if re.search(r"[{}\"\\]", value[1:-1]) else value[1:-1]


def _doi(text: str) -> str:
    match = DOI.fullmatch(text.strip())
    return match[1] if match and normal("doi", match[1]) == normal("doi", text.strip()) else text


def _pages(text: str) -> str:
    parts = [part.strip() for part in text.split(",")]
    plain = all(re.fullmatch(rf"{NUMBER}\+?", part) or RANGE.fullmatch(part) for part in parts)
    return RANGE.sub(r"\1--\2", text) if plain else text


def _month(entry: Entry, value: str) -> str:
    """Return the macro of an English month; a number or a short form only beside a year it is read the same with."""
    text = (_plain(value) or "").strip()
    if text.isdecimal():
        number = int(text) if len(text) < 3 else 0
    else:
        number = month_number(text) if text.rstrip(".").isalpha() else 0
    if not 1 <= number <= 12:
        return value
    name = MONTHS[number - 1][0]
    english = text.isdecimal() or name.startswith(text.lower().rstrip(".")) or text.lower().startswith("sept")
    year = entry.field("year")
    dated = year and PLAIN_YEAR.fullmatch(year.value) and not entry.field("date")
    return name[:3] if english and (dated or text == name.title() or value.isalpha()) else value


def _own_months(before: Outline) -> bool:
    """Tell whether the file gives the months' names another meaning."""
    short = {names[0][:3] for names in MONTHS}
    return any(block.kind == "string" and name.lower() in short for block in before.blocks for name, _ in block.fields)


def _new_keys(before: Outline) -> dict[str, str]:
    """Return the keys in lower case; UsageError when two entries of different keys would share one."""
    new = {block.key: block.key.lower() for block in before.blocks if block.kind == "entry"}
    taken: dict[str, str] = {}
    for old, key in new.items():
        if taken.setdefault(key, old) != old:
            raise UsageError(f"the keys {taken[key]} and {old} differ in their case alone")
    editable = {entry.key for entry in before.entries if entry}
    return {old: key for old, key in new.items() if old in editable and old != key}


def _renamed(text: str, keys: Mapping[str, str]) -> str:
    folded = {old.casefold(): new for old, new in keys.items()}
    return re.sub(r"[^\s,]+", lambda match: folded.get(match[0].casefold(), match[0]), text)

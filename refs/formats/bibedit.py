"""Edit a .bib file without touching anything else: entries with the places of their parts, and splices of the text.

An edit returns splices, which `apply` puts into the text; what no splice covers stays as it is, character for
character. Only entries that are written as BibTeX wants them can be edited: what was read by mending is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from refs.errors import UsageError
from refs.formats import key_problem
from refs.formats.bibblocks import split
from refs.formats.bibscan import HEAD, NAME, BrokenBlock, Raw, Scanner

KEY = re.compile(r"[^,{}=()\n]*")


@dataclass(frozen=True, slots=True)
class Splice:
    """New text for the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name from `start`, its expression from `value_start` to `end`, and after it perhaps a comma.

    `stop` is the position after the comma, or `end` without one.
    """

    name: str
    value: str
    start: int
    value_start: int
    end: int
    stop: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry and where its parts stand in the text; `body` is the position after its key and the comma there.

    `commented` tells that a % begins a comment between its fields.
    """

    type: str
    key: str
    line: int
    start: int
    end: int
    type_start: int
    key_start: int
    body: int
    fields: tuple[Field, ...]
    commented: bool = False

    def field(self, name: str) -> Field | None:
        """Return the first field of that name, in any case, as BibTeX would take it."""
        return next((field for field in self.fields if field.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Outline:
    """A text with its blocks, and for each block its entry, or None when it is no entry or cannot be edited."""

    text: str
    blocks: tuple[Raw, ...]
    entries: tuple[Entry | None, ...]

    def entry(self, key: str) -> Entry | None:
        """Return the first entry with the key that can be edited."""
        return next((entry for entry in self.entries if entry and entry.key == key), None)


def outline(text: str) -> Outline:
    """Return the blocks and entries of a text."""
    scan = re.sub(r"\r(?!\n)", "\n", text) if "\r" in text else text
    blocks = split(text)
    scanner = Scanner(scan)
    entries = tuple(_entry(scanner, block, text) if block.kind == "entry" else None for block in blocks)
    return Outline(text, tuple(blocks), entries)


def _entry(scanner: Scanner, raw: Raw, original: str) -> Entry | None:
    """Return where the parts of an entry stand, None when its shape is not BibTeX's own."""
    text, limit = scanner.text, raw.end
    head = HEAD.match(text, raw.start, limit)
    if head is None:
        return None
    closing = "}" if head[2] == "{" else ")"
    key_start = scanner.skip(head.end(), limit)
    match = KEY.match(text, key_start, limit)
    key = match[0].strip() if match else ""
    position = scanner.skip(key_start + len(key), limit)
    if key != raw.key or text[position : position + 1] not in (",", closing):
        return None
    body = position + (text[position] == ",")
    try:
        fields = _fields(scanner, body, limit, closing)
    except BrokenBlock:
        return None
    if len(fields) != len(raw.fields) or text[limit - 1 : limit] != closing:
        return None
    found = tuple(replace(field, value=original[field.value_start : field.end]) for field in fields)
    commented = "%" in _between(text, raw.start, fields, limit)
    return Entry(head[1], key, raw.line, raw.start, limit, head.start(1), key_start, body, found, commented)


def _between(text: str, position: int, fields: Sequence[Field], limit: int) -> str:
    """Return all of an entry but the names and values of its fields."""
    parts: list[str] = []
    for field in fields:
        parts += (text[position : field.start], text[field.start + len(field.name) : field.value_start])
        position = field.end
    return "".join([*parts, text[position:limit]])


def _fields(scanner: Scanner, position: int, limit: int, closing: str) -> list[Field]:
    """Return the fields up to the closing delimiter, which must be the block's last character."""
    text = scanner.text
    fields: list[Field] = []
    while True:
        start = scanner.skip(position, limit)
        if start == limit - 1 and text[start] == closing:
            return fields
        name = NAME.match(text, start, limit)
        if name is None or (fields and fields[-1].stop == fields[-1].end):
            raise BrokenBlock("no field", limit)
        equals = scanner.skip(name.end(), limit)
        if text[equals : equals + 1] != "=":
            raise BrokenBlock("no =", limit)
        value_start = scanner.skip(equals + 1, limit)
        end = scanner.value(value_start, limit)
        after = scanner.skip(end, limit)
        position = after + 1 if text[after : after + 1] == "," else end
        fields.append(Field(name[0], text[value_start:end], start, value_start, end, position))


def apply(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with the splices put in; those at one place in the order given. ValueError if two overlap."""
    parts: list[str] = []
    position = 0
    for splice in sorted(splices, key=lambda splice: splice.start):
        if splice.start < position:
            raise ValueError("two edits of one place")
        parts += (text[position : splice.start], splice.text)
        position = splice.end
    return "".join([*parts, text[position:]])


def braced(value: str) -> str:
    """Return a text as an expression; raise UsageError when its braces do not balance."""
    return _checked(f"{{{value}}}")


def set_key(entry: Entry, key: str) -> list[Splice]:
    """Return the edit that gives an entry another key; UsageError for one that BibTeX cannot hold."""
    if problem := key_problem(key):
        raise UsageError(f"{key!r}: {problem}")
    return [Splice(entry.key_start, entry.key_start + len(entry.key), key)] if key != entry.key else []


def replace_field(entry: Entry, name: str, value: str) -> list[Splice]:
    """Return the edit that gives a field the value of an expression: `{text}`, `"text"`, `jan`, `a # { b}`."""
    field = _known(entry, name)
    return [Splice(field.value_start, field.end, _checked(value))] if value != field.value else []


def remove_field(text: str, entry: Entry, name: str) -> list[Splice]:
    """Return the edit that removes the first field of that name, with its line when it has one of its own."""
    field = _known(entry, name)
    line = text.rfind("\n", 0, field.start) + 1
    rest = text.find("\n", field.stop, entry.end) + 1
    if rest and not text[line : field.start].strip() and not text[field.stop : rest].strip():
        return [Splice(line, rest, "")]
    i = entry.fields.index(field)
    if i + 1 < len(entry.fields) and not text[field.stop : entry.fields[i + 1].start].strip():
        return [Splice(field.start, entry.fields[i + 1].start, "")]
    before = entry.fields[i - 1].stop if i else entry.body
    start = before if not text[before : field.start].strip() else field.start
    return [Splice(start, field.stop, "")]


def add_fields(text: str, entry: Entry, fields: Mapping[str, str]) -> list[Splice]:
    """Return the edit that puts fields (name -> expression) after the last one, in the manner of that one."""
    for name, value in fields.items():
        if NAME.fullmatch(name) is None or entry.field(name):
            raise UsageError(f"{name!r} is no name for a new field of {entry.key}")
        _checked(value)
    last = entry.fields[-1] if entry.fields else None
    end, stop = (last.end, last.stop) if last else (entry.body - 1, entry.body)
    if last is None and text[entry.body - 1] != ",":
        end = stop = entry.body
    lead = _lead(text, last.start) if last else " "
    more = f",{lead}".join(f"{name} = {value}" for name, value in fields.items())
    if not fields:
        return []
    if stop > end and last:
        return [Splice(_after_comment(text, stop, entry.end), _after_comment(text, stop, entry.end), f"{lead}{more},")]
    if stop > end:
        return [Splice(stop, stop, f"{lead}{more}")]
    place = _after_comment(text, end, entry.end)
    if place == end:
        return [Splice(end, end, f",{lead}{more}")]
    return [Splice(end, end, ","), Splice(place, place, f"{lead}{more}")]


def _lead(text: str, start: int) -> str:
    """Return what stands before a field: the end of a line and blanks, or one blank."""
    line = text.rfind("\n", 0, start)
    if line < 0 or text[line:start].strip():
        return " "
    return text[line - (text[line - 1 : line] == "\r") : start]


def _after_comment(text: str, position: int, limit: int) -> int:
    """Return the end of the line when only a % comment stands between, else the position."""
    match = re.compile(r"[ \t]*%[^\r\n]*").match(text, position, limit)
    return match.end() if match else position


def _known(entry: Entry, name: str) -> Field:
    field = entry.field(name)
    if field is None:
        raise UsageError(f"{entry.key} has no field {name}")
    return field


def _checked(value: str) -> str:
    """Return an expression; raise UsageError for a text that would not end where it does."""
    try:
        end = Scanner(value).value(0, len(value))
    except BrokenBlock as broken:
        raise UsageError(f"{value!r} is no value: {broken.reason}") from None
    if end != len(value) or not value:
        raise UsageError(f"{value!r} is no value of a field")
    return value


def newline(text: str) -> str:
    """Return how the first line of a text ends, "\\n" when there is only one."""
    match = re.search(r"\r\n|\n|\r", text)
    return match[0] if match else "\n"

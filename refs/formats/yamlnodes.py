"""YAML -> text, lists and mappings, and back. Scalars are always text: `no`, 010, 1e3, 2020-05-01 stay as they are.

PyYAML's parser gives the events; what is built from them, and the limits on it, are here. A member of the outermost
list or mapping that is broken is told apart by its indentation, so that its neighbours survive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from refs.errors import Location, ParseError
from refs.formats.csljson import clean

MAX_DEPTH = 64
MAX_ITEM = 16 << 20
MAX_FIELD = 8 << 20
MAX_FIELDS = 1000
MAX_NAMES = 50_000
MAX_ALIASED = 1 << 20  # characters and nodes that all aliases together may stand for
# YAML's printable characters, less the line ends that only YAML 1.1 knows: each is read as what it is in 1.2, a blank.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class YamlError(Exception):
    """A text that is no YAML, or YAML past the limits; `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Item:
    """A member of the outermost list or mapping: where its first line starts, its key, and its value or its problem."""

    start: int
    line: int
    key: str = ""
    value: Any = None
    problem: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The members, and where the text goes on with something else after the last."""

    items: tuple[Item, ...]
    end: int


def load(text: str, file: str = "") -> Any:
    """Return the first document: text, None, lists and mappings; ParseError, with the place, for what is none."""
    try:
        builder = _Builder(text)
        value = builder.value(builder.root())
        while builder.next() is not None:
            continue
    except YamlError as error:
        raise ParseError(error.reason, Location(file, error.line)) from None
    return value


def outline(text: str, within: str = "", line: int = 1) -> Outline:
    """Return the members of the outermost list, of the list under the key `within`, or else of the mapping.

    `line` is the number of the first line, for a text that is a part of another.
    """
    try:
        return _composed(text, within, line)
    except YamlError:
        return _by_lines(text, within, line)


class _Builder:
    """Builds values from the events of one text."""

    def __init__(self, text: str) -> None:
        import yaml

        self.text = text
        self.yaml = yaml
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events = iter(yaml.parse(UNPRINTABLE.sub(" ", text), Loader=loader))
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.weight = self.aliased = 0
        self.warnings: list[str] = []

    def next(self) -> Any:
        try:
            return next(self.events, None)
        except self.yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise YamlError(f"not YAML: {error.problem or error.context}", mark.line + 1 if mark else 1) from None
        except self.yaml.YAMLError as error:
            raise YamlError(f"not YAML: {' '.join(str(error).split())}", 1) from None

    def root(self) -> Any:
        """Return the event that opens the first document's value, None for an empty text."""
        event = self.next()
        while isinstance(event, self.yaml.StreamStartEvent | self.yaml.DocumentStartEvent):
            event = self.next()
        return None if isinstance(event, self.yaml.StreamEndEvent) else event

    def value(self, event: Any, depth: int = 0) -> Any:
        """Return the value that an event opens, reading on to its end."""
        if event is None:
            return None
        if depth > MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH}", _line(event))
        if isinstance(event, self.yaml.AliasEvent):
            return self._alias(event)
        before = self.weight
        if isinstance(event, self.yaml.ScalarEvent):
            value: Any = None if event.style is None and event.value in NULLS else event.value
            if event.style == "" and event.value in NULLS:  # the C parser's name for the plain style
                value = None
            self.weight += 1 + len(event.value)
            if len(event.value) > MAX_FIELD:
                raise YamlError(f"a field larger than {MAX_FIELD >> 20} MiB", _line(event))
        elif isinstance(event, self.yaml.SequenceStartEvent):
            value = [self.value(member, depth + 1) for member in self.members()]
            self.weight += 1
            if len(value) > MAX_NAMES:
                raise YamlError(f"a list of more than {MAX_NAMES}", _line(event))
        else:
            value = self._mapping(event, depth)
            self.weight += 1
        if event.anchor:
            self.anchors[event.anchor] = (value, self.weight - before)
        return value

    def members(self) -> Iterator[Any]:
        """Yield the events that open the members up to the end of the collection."""
        while not isinstance(event := self.next(), self.yaml.CollectionEndEvent):
            yield event

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            raise YamlError(f"the alias *{event.anchor} has no anchor", _line(event))
        value, weight = self.anchors[event.anchor]
        self.aliased += weight
        self.weight += weight
        if self.aliased > MAX_ALIASED:
            raise YamlError("aliases that stand for too much", _line(event))
        return value

    def _mapping(self, opening: Any, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for event in self.members():
            line = _line(event)
            key = self.value(event, depth + 1)
            value = self.value(self.next(), depth + 1)
            key = "" if key is None else key
            if not isinstance(key, str):
                raise YamlError("a key that is no text", line)
            if key == "<<":
                for parent in value if isinstance(value, list) else [value]:
                    merged = {**(parent if isinstance(parent, dict) else {}), **merged}
            elif key in mapping:
                self.warnings.append(f"duplicate field {key}: kept the first")
            else:
                mapping[key] = value
        if len(mapping) > MAX_FIELDS and depth:
            raise YamlError(f"more than {MAX_FIELDS} fields", _line(opening))
        return {**merged, **mapping} if merged else mapping


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _composed(text: str, within: str, first: int) -> Outline:
    builder = _Builder(text)
    root = builder.root()
    events = builder.yaml
    items: list[Item] = []
    end = len(text)
    if isinstance(root, events.SequenceStartEvent):
        items += _members(builder, root, first)
    elif isinstance(root, events.MappingStartEvent):
        for event in builder.members():
            start, line = _place(builder, event, root, first)
            if items and within and end == len(text):
                end = start
            key, opening = builder.value(event, 1), builder.next()
            if within and key == within and isinstance(opening, events.SequenceStartEvent):
                items += _members(builder, opening, first)
                end = len(text)
                continue
            value = builder.value(opening, 1)
            if not within:
                items.append(Item(start, line, str(key or ""), value, "", tuple(builder.warnings)))
                builder.warnings.clear()
    else:
        builder.value(root)
    while (event := builder.next()) is not None:  # what follows must be YAML too
        if isinstance(event, events.DocumentStartEvent):
            raise YamlError("more than one document", _line(event))
    return Outline(tuple(items), end)


def _members(builder: _Builder, opening: Any, first: int) -> Iterator[Item]:
    for event in builder.members():
        start, line = _place(builder, event, opening, first)
        before = builder.weight
        value = builder.value(event, 2)
        if builder.weight - before > MAX_ITEM:
            raise YamlError(f"larger than {MAX_ITEM >> 20} MiB", line)
        yield Item(start, line, "", value, "", tuple(builder.warnings))
        builder.warnings.clear()


def _place(builder: _Builder, event: Any, opening: Any, first: int) -> tuple[int, int]:
    """Return where the member starts and its line: in the block style, all of its first line belongs to it."""
    mark = event.start_mark
    return mark.index - (0 if opening.flow_style else mark.column), mark.line + first


LINE_END = re.compile("\r\n|\n|\r")
MEMBER = re.compile(r"([ \t]*)-(?=\s|\Z)")
KEY = re.compile(
    r"(?:[^\s#\-'\"&*!|>%@`\[\]{},?:]|-(?=\S)|\"[^\"\r\n]*\"|'[^'\r\n]*')[^\r\n:]*(?::(?!\s|\Z)[^\r\n:]*)*:(?=\s|\Z)"
)


def _by_lines(text: str, within: str, line: int) -> Outline:
    """Split a text that is no YAML as a whole where lines begin a member, and read each by itself."""
    starts: list[tuple[int, int]] = []
    indent: str | None = None
    inside = not within
    opening = re.compile(rf"[\"']?{within}[\"']?[ \t]*:[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")
    position, end = 0, len(text)
    while position < len(text):
        if not inside and opening.match(text, position):
            inside = True
        elif (member := MEMBER.match(text, position)) and (inside or (indent is None and not member[1])):
            if indent is None and not starts:
                indent, inside = member[1], True
            if member[1] == indent:
                starts.append((position, line))
                end = len(text)
        elif inside and (key := KEY.match(text, position)):
            if not within and indent is None:
                starts.append((position, line))
            elif LINE_END.match(text, key.end()):
                end = min(end, position)
                break
            else:  # a line that has lost its indentation, unless no member follows
                end = min(end, position)
        match = LINE_END.search(text, position)
        position, line = (match.end() if match else len(text)), line + 1
    stops = [start for start, _ in starts[1:]] + [end] if starts else []
    items = (_alone(text[start:stop], start, line) for (start, line), stop in zip(starts, stops, strict=True))
    return Outline(tuple(items), end)


def _alone(piece: str, start: int, line: int) -> Item:
    if len(piece) > MAX_ITEM:
        return Item(start, line, problem=f"larger than {MAX_ITEM >> 20} MiB")
    try:
        builder = _Builder(piece)
        value = builder.value(builder.root())
        while builder.next() is not None:
            continue
    except YamlError as error:
        where = f" in line {line + error.line - 1}" if error.line > 1 else ""
        named = re.match(r"[\"']?([^\s\"':-][^\"':\r\n]*)[\"']?:", piece)
        return Item(start, line, named[1].strip() if named else "", None, error.reason + where)
    key = ""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    elif isinstance(value, dict) and len(value) == 1:
        key, value = next(iter(value.items()))
    return Item(start, line, key, value, "", tuple(builder.warnings))


def dump(value: Any, indent: int = 0) -> str:
    """Return block-style YAML that every version reads alike: text that could be anything else is quoted."""
    return "".join(f"{' ' * indent}{line}\n" if line else "\n" for line in _lines(value))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _pair(scalar(str(key)), member)
    else:
        for member in value:
            first, *rest = [scalar(member)] if _is_flat(member) else _lines(member)
            yield f"- {first}"
            yield from _below(rest)


def _pair(key: str, member: Any) -> Iterator[str]:
    if isinstance(member, str) and LITERAL.fullmatch(member) and member.replace("\n", "").isprintable():
        yield f"{key}: |-"
        yield from _below(member.split("\n"))
    elif _is_flat(member):
        yield f"{key}: {scalar(member)}"
    else:
        yield f"{key}:"
        yield from _below(_lines(member))


def _below(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)


def _is_flat(value: Any) -> bool:
    """Tell whether a value stands on one line: a scalar, nothing, or a list of numbers."""
    if isinstance(value, list):
        return all(isinstance(one, int) or (isinstance(one, list) and _is_flat(one)) for one in value)
    return not isinstance(value, Mapping) or not value


LITERAL = re.compile(r"\S.*(?:\n|\n\S.*)*\n\S.*")  # lines that none begins with a blank
PLAIN = re.compile(r"[^\W\d_](?:[^\r\n\t:#,\[\]{}\"]|:(?=\S)|(?<! )#)*")
# YAML 1.1 reads each of these as something else than text, in some case.
RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def scalar(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(scalar(one) for one in value)}]"
    if isinstance(value, Mapping):
        return "{}"
    if value is None:
        return "null"
    if PLAIN.fullmatch(value) and value.lower() not in RESERVED and value.isprintable() and value[-1] not in " :":
        return str(value)
    quoted = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]", lambda c: f"\\u{ord(c[0]):04x}", quoted)


def as_text(value: Any) -> str:
    """Return a value as `extra` keeps it: text as one line, lists and mappings as JSON."""
    return clean(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def from_text(text: str) -> Any:
    """Return the value that `as_text` was given."""
    if text[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

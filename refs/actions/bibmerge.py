"""Merge a .bib file that people edit with what refs would write there, entry by entry and field by field.

Three things are compared: what refs exported last (as digests), what stands in the file now, and what refs would write
now. What only one side changed is taken from that side. What both changed stays as people have it, and is told. Layout,
comments, and entries that refs never wrote are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from refs.formats import bibedit
from refs.formats.bibedit import Entry

TYPE = "@"  # the entry's type among the names of its fields

Digests = Mapping[str, Mapping[str, str]]
"""For each key, the digest of each field's value by the field's name in lower case."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What people made of an entry: the fields that they changed, and those that refs would have changed as well.

    `known` tells whether refs had written the entry before; if not, all fields that differ are theirs.
    """

    key: str
    fields: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()
    known: bool = True


@dataclass(slots=True)
class Merged:
    """The merged text and what is to be told: edits that stay, entries of their own, those put back or left out."""

    text: str
    edits: list[Edit] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def digests(text: str) -> dict[str, dict[str, str]]:
    """Return the digests of all entries of a text that can be edited, the first of each key."""
    found: dict[str, dict[str, str]] = {}
    for entry in bibedit.outline(text).entries:
        if entry:
            found.setdefault(entry.key, _digests(entry))
    return found


def _digests(entry: Entry) -> dict[str, str]:
    return {name: _digest(value) for name, value in values(entry).items()}


def values(entry: Entry) -> dict[str, str]:
    """Return the expressions of an entry's fields by their names in lower case, and its type."""
    found = {TYPE: entry.type.lower()}
    for one in entry.fields:
        found.setdefault(one.name.lower(), one.value)
    return found


def _digest(expression: str) -> str:
    """Return the same for values that differ in delimiters and blanks alone."""
    text = expression.strip()
    if text[:1] in ("{", '"') and text[-1:] in ("}", '"') and _is_one(text):
        text = text[1:-1]
    elif not text.isdigit():
        text = f"\0{text}"  # a name of an abbreviation is not the word
    return blake2b(" ".join(text.split()).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _is_one(text: str) -> bool:
    """Tell whether the delimiters around a text belong together: not so in {a} # {b}."""
    level = 0
    for match in re.finditer(r"\\.|[{}\"]", text[:-1], re.DOTALL):
        if match[0] == '"' and text[0] == '"' and not level and match.start():
            return False
        level += (match[0] == "{") - (match[0] == "}")
        if text[0] == "{" and not level:
            return False
    return True


def merge(base: Digests, theirs: str, mine: str) -> Merged:
    """Return the text of `theirs` with what changed between `base` and `mine`."""
    there, here = bibedit.outline(theirs), bibedit.outline(mine)
    wanted = {entry.key: entry for entry in here.entries if entry}
    merged = Merged("")
    pieces: list[str] = []
    place: dict[str, int] = {}
    position = 0
    for block, entry in zip(there.blocks, there.entries, strict=True):
        if entry is None:
            if block.kind == "quarantine" or (block.kind == "entry" and block.key in wanted):
                merged.broken.append(block.key)
            continue
        pieces.append(theirs[position : entry.start])
        position = entry.end
        if entry.key in place:
            pieces.append(theirs[entry.start : entry.end])
            continue
        place[entry.key] = len(pieces)
        raw = _merged_entry(base.get(entry.key), there, entry, here, wanted.get(entry.key), merged)
        pieces.append(raw)
        if not raw:
            position += len(re.compile(r"[ \t]*(?:\r\n|\r|\n)*").match(theirs, position)[0])  # type: ignore[index]
    pieces.append(theirs[position:])
    broken = {block.key for block, entry in zip(there.blocks, there.entries, strict=True) if entry is None}
    new = {key: here.text[one.start : one.end] for key, one in wanted.items() if key not in place and key not in broken}
    merged.restored = [key for key in new if key in base]
    merged.text = _with_new(pieces, place, list(wanted), new, bibedit.newline(theirs))
    return merged


def _merged_entry(
    base: Mapping[str, str] | None,
    there: bibedit.Outline,
    entry: Entry,
    here: bibedit.Outline,
    wanted: Entry | None,
    merged: Merged,
) -> str:
    """Return the text of an entry, "" for one that is to go, and note what is to be told of it."""
    raw = there.text[entry.start : entry.end]
    found = _digests(entry)
    if wanted is None:
        if base is None:
            merged.own.append(entry.key)
        elif found == base:
            merged.removed.append(entry.key)
            return ""
        else:
            merged.edits.append(Edit(entry.key, _changed(base, found)))
        return raw
    new = _digests(wanted)
    if found == new:
        return raw
    if found == base:
        return _lines_as(here.text[wanted.start : wanted.end], bibedit.newline(there.text))
    if base is None:
        merged.edits.append(Edit(entry.key, _changed(new, found), known=False))
        return raw
    theirs = [name for name in _changed(base, found) if found.get(name) != new.get(name)]
    ours = [name for name in _changed(base, new) if found.get(name) != new.get(name)]
    clashes = tuple(name for name in theirs if name in ours)
    if theirs:
        merged.edits.append(Edit(entry.key, tuple(name for name in theirs if name not in ours), clashes))
    return edited(raw, {name: values(wanted).get(name) for name in ours if name not in clashes})


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    names = [*after, *(name for name in before if name not in after)]
    return tuple(name for name in names if before.get(name) != after.get(name))


def edited(raw: str, changes: Mapping[str, str | None]) -> str:
    """Return an entry's text with fields set to expressions, or removed where there is None."""
    for name, value in changes.items():
        entry = next(one for one in bibedit.outline(raw).entries if one)
        if name == TYPE:
            splices = [bibedit.Splice(entry.type_start, entry.type_start + len(entry.type), value or entry.type)]
        elif value is None:
            splices = bibedit.remove_field(raw, entry, name) if entry.field(name) else []
        elif entry.field(name):
            splices = bibedit.replace_field(entry, name, value)
        else:
            splices = bibedit.add_fields(raw, entry, {name: value})
        raw = bibedit.apply(raw, splices)
    return raw


def _with_new(
    pieces: list[str], place: Mapping[str, int], order: Sequence[str], new: Mapping[str, str], end: str
) -> str:
    """Return the joined pieces with new entries: each before the next one in `order` that is there, else at the end.

    So a parent still follows its children, as BibTeX wants it.
    """
    before: dict[int, list[str]] = {}
    last: list[str] = []
    target: list[str] = last
    for key in reversed(order):
        if key in place and pieces[place[key]]:
            target = before.setdefault(place[key], [])
        elif key in new:
            target.append(_lines_as(new[key], end))
    joined = []
    for number, piece in enumerate(pieces):
        joined += [f"{raw}{end}{end}" for raw in reversed(before.get(number, []))]
        joined.append(piece)
    text = "".join(joined)
    for raw in reversed(last):
        text = text.rstrip("\r\n") + (end * 2 if text.strip() else "") + raw + end
    return text


def _lines_as(text: str, end: str) -> str:
    return text if end == "\n" else text.replace("\n", end)


def lines(text: str, keys: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return the line of each field of these keys' entries, and of the entries themselves under the name TYPE."""
    return dict(_lines(text, set(keys)))


def _lines(text: str, keys: set[str]) -> Iterator[tuple[tuple[str, str], int]]:
    for entry in reversed(bibedit.outline(text).entries):
        if entry and entry.key in keys:
            yield (entry.key, TYPE), entry.line
            for one in reversed(entry.fields):
                yield (entry.key, one.name.lower()), entry.line + text.count("\n", entry.start, one.start)

"""Read a .bib file again: only the blocks that changed since, and those that depend on them, are parsed.

The text is cut before each "@" that begins a line. A piece is kept, by the hash of its text, when it holds one closed
block that any reader must see there and nothing after it could be another; the rest is split anew each time, from the
kept piece before it on, since how a broken block ends depends on what stands around it. What an entry was read as is
kept with the meaning of the abbreviations in it, and not at all when it inherits from others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from refs.formats import Block
from refs.formats.bibblocks import number, pieces, split
from refs.formats.bibrecords import Names, from_plain, to_plain
from refs.formats.bibscan import GENUINE, Raw
from refs.formats.bibtex import (
    MONTH_MACROS,
    XDATA,
    Entry,
    complete,
    define,
    evaluate,
    inherits,
    pieces_of,
    read_block,
)
from refs.formats.bibtex import read as read_anew
from refs.heap import uncollected
from refs.model import Source

# A head at which the splitter and the scanner both begin anew, whatever was left open before.
HEAD = re.compile(r"@\w+[ \t]*\{")


class Record(NamedTuple):  # ten thousand are made in a read, which a dataclass needs three times as long for
    """What is kept of a piece: its block, `end` and `tail` (the comment after it, or 0) counted from its start.

    `macros` are the abbreviations in an entry with their meaning, None for one that nothing defined; `fields` those
    of an @string; `reference` is plain data.
    """

    kind: str
    end: int
    tail: int
    type: str
    key: str
    warnings: Sequence[str]
    macros: Mapping[str, str | None]
    fields: Sequence[Sequence[str]]
    aliases: Sequence[str]
    reference: Any


class Known:
    """The records of a file, as plain data, by the hashes of its pieces; `parsed` is how many are new."""

    def __init__(self, plain: Mapping[str, list[Any]] | None = None) -> None:
        self.plain = plain or {}
        self.parsed = 0


def read(text: str, name: str, known: Known) -> list[Block]:
    """Return what `bibtex.read` returns, and let `known` hold the records for the next time."""
    if "\r" in text and re.search(r"\r(?!\n)", text):
        return read_anew(text, name)
    with uncollected():
        return _Reading(text, name, known).blocks()


class _Reading:
    """One read: the pieces of the text, and the blocks with the records that they come from."""

    def __init__(self, text: str, name: str, known: Known) -> None:
        self.text = text
        self.file = re.split(r"[\\/]", name)[-1]
        self.name = name
        self.known = known
        self.hashes, self.starts = _cut(text)
        self.held = [Record._make(plain) if (plain := known.plain.get(one)) else None for one in self.hashes]
        self.raws: list[Raw] = []
        self.records: list[Record | None] = []  # of the raws
        self.macros: dict[int, dict[str, str | None]] = {}  # the abbreviations in the entries that were parsed

    def blocks(self) -> list[Block]:
        from refs.formats.bibread import EntryReader

        if not self._split():
            self.raws = split(self.text)
            self.records = [None] * len(self.raws)
        number(self.text, self.raws)
        entries = self._evaluated()
        heirs = {i for i, entry in enumerate(entries) if entry and inherits(entry)}
        self._find_parents(entries, heirs)
        complete(entries)
        names = Names()
        reader = EntryReader(self.file)
        found: list[Block] = []
        for i, piece in enumerate(pieces_of(self.text, self.raws)):
            raw, record = self.raws[i], self.records[i]
            if record and record.kind == "entry":
                reference = from_plain(record.reference, names, Source(f"{self.file}:{raw.line}"))
                aliases, warnings = tuple(record.aliases), tuple(record.warnings)
                found.append(Block("entry", raw.line, piece, "", reference, aliases, warnings))
            else:
                found.append(read_block(reader, raw, piece, entries[i]))
        self._keep(found, heirs)
        return found

    def _split(self) -> bool:
        """Find the blocks, those of kept pieces without parsing; False when a broken one may reach over them."""
        count = len(self.starts)
        known = [self.held[k] is not None and (k + 1 == count or self.held[k + 1] is not None) for k in range(count)]
        leading = self.text[: self.starts[0]] if count else self.text
        position = 0
        if known[:1] == [True] and "@" not in leading:
            position = self.starts[0]
            if leading.strip():
                self._append(Raw("comment", 0, position))
        k = 0
        while k < count or position == 0 < len(self.text):
            record = self.held[k] if k < count and known[k] and position == self.starts[k] else None
            if record:
                k += 1
                self._append_kept(record, position, self.starts[k] if k < count else len(self.text))
            else:
                k = next((after for after in range(k, count) if known[after]), count)
                end = self.starts[k] if k < count else len(self.text)
                for raw in split(self.text[position:end]):
                    if raw.kind == "quarantine" and raw.type == "comment":
                        return False
                    raw.start, raw.end = raw.start + position, raw.end + position
                    self._append(raw)
            position = self.starts[k] if k < count else len(self.text)
        return True

    def _append(self, raw: Raw, record: Record | None = None) -> None:
        self.raws.append(raw)
        self.records.append(record)

    def _append_kept(self, record: Record, start: int, end: int) -> None:
        fields = [(name, value) for name, value in record.fields]
        warnings = list(record.warnings)
        raw = Raw(record.kind, start, start + record.end, 0, record.type, record.key, fields, warnings=warnings)
        self._append(raw, record)
        if record.tail:
            self._append(Raw("comment", start + record.tail, end))

    def _evaluated(self) -> list[Entry | None]:
        """Return the entries that have no record, or one in which an abbreviation meant something else."""
        macros = dict(MONTH_MACROS)
        expanded = 0
        entries: list[Entry | None] = []
        for i, raw in enumerate(self.raws):
            entry, record = None, self.records[i]
            if raw.kind == "string":
                expanded = define(raw, macros, expanded)
            elif raw.kind == "entry":
                if record and any(macros.get(name) != text for name, text in record.macros.items()):
                    record = self.records[i] = None
                    raw = self.raws[i] = self._parsed(raw)
                if record is None:
                    self.macros[i] = {name: macros.get(name) for name in _names(raw)}
                    entry = evaluate(raw, macros)
            entries.append(entry)
        return entries

    def _parsed(self, kept: Raw) -> Raw:
        """Return a block that comes from a record with its fields."""
        raw = split(self.text[kept.start : kept.end])[0]
        raw.start, raw.end, raw.line = kept.start, kept.end, kept.line
        return raw

    def _find_parents(self, entries: list[Entry | None], heirs: set[int]) -> None:
        """Put the entries that heirs may inherit from among the entries, though they have a record."""
        wanted = {key.casefold() for i in heirs if (heir := entries[i]) for key in _parents(heir)}
        for i, (raw, record) in enumerate(zip(self.raws, self.records, strict=True)):
            if wanted and record and record.kind == "entry" and raw.key.casefold() in wanted:
                macros = {name: text for name, text in record.macros.items() if text is not None}
                entries[i] = evaluate(self._parsed(raw), macros)

    def _keep(self, found: Sequence[Block], heirs: set[int]) -> None:
        places = {raw.start: i for i, raw in enumerate(self.raws)}
        ends = [*self.starts, len(self.text)][1:]
        kept: dict[str, list[Any]] = {}
        for key, held, start, end in zip(self.hashes, self.held, self.starts, ends, strict=True):
            i = places.get(start)
            if i is None:
                continue
            if held and (self.records[i] is held or held.macros == self.macros.get(i, {})):
                kept[key] = self.known.plain[key]
            elif i not in heirs and (record := self._record(i, start, end, found[i])):
                kept[key] = record
                self.known.parsed += 1
        self.known.plain = kept

    def _record(self, i: int, start: int, end: int, block: Block) -> list[Any] | None:
        """Return what to keep of a piece, None when it is not one closed block that stands by itself."""
        raw = self.raws[i]
        inside = [one for one in self.raws[i + 1 : i + 3] if one.start < end]
        closed = HEAD.match(self.text, start) and GENUINE.match(self.text, start) and raw.end <= end
        alone = not inside or (
            len(inside) == 1 and inside[0].kind == "comment" and raw.end <= inside[0].start < inside[0].end <= end
        )
        if not closed or not alone or "@" in self.text[raw.end : end] or block.kind != raw.kind:
            return None
        tail = inside[0].start - start if inside else 0
        plain = to_plain(block.reference) if block.reference else None
        if raw.kind in ("quarantine", "string") and (raw.kind == "quarantine" or raw.warnings):
            return None
        if raw.kind == "entry" and plain is None:
            return None
        fields = raw.fields if raw.kind == "string" else []
        macros = self.macros.get(i, {})
        return [
            raw.kind,
            raw.end - start,
            tail,
            raw.type,
            raw.key,
            block.warnings,
            macros,
            fields,
            block.aliases,
            plain,
        ]


def _cut(text: str) -> tuple[list[str], list[int]]:
    """Return the hash of each piece that begins with an "@" at the start of a line, and where it begins."""
    lead, *parts = f"\n{text}".split("\n@")
    hashes = [blake2b(part.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() for part in parts]
    starts: list[int] = []
    position = len(lead)
    for part in parts:
        starts.append(position)
        position += len(part) + 2
    return hashes, starts


def _names(raw: Raw) -> Iterator[str]:
    """Yield the abbreviations in an entry's values, in lower case."""
    for _, value in raw.fields:
        if not raw.simple or value[0] not in '{"':
            yield from (piece.lower() for kind, piece in pieces(value) if kind == "name")


def _parents(entry: Entry) -> Iterator[str]:
    """Yield the keys of the entries that one takes fields from."""
    yield entry.fields.get("crossref", "").strip()
    yield from re.split(r"[\s,]+", entry.fields.get("xdata", "").strip())
    yield from (match[1] for value in entry.fields.values() if (match := XDATA.fullmatch(value)))

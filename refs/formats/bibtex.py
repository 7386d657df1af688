"""BibTeX and BibLaTeX files: bytes are split into blocks, blocks evaluated, entries completed and made references.

One reader serves both dialects, since most files mix them. Abbreviations are replaced in the order of the file, as
BibTeX does; `crossref` follows biber's rules and BibTeX's where a parent was written for those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from refs.dates import MONTHS
from refs.formats import Block
from refs.formats.bibblocks import pieces, split
from refs.formats.bibfields import ALIASES, INHERITANCE, NOT_INHERITED, NOT_RENAMED
from refs.formats.bibscan import MAX_FIELD, Raw
from refs.formats.programs import Dialect
from refs.heap import uncollected
from refs.model import Reference
from refs.names import split_names

if TYPE_CHECKING:
    from refs.formats.bibread import EntryReader

MAX_EXPANSION = 16 << 20
# BibTeX's styles define the first three letters; the full names are not defined, but cannot be meant otherwise.
MONTH_MACROS = {name: names[0].title() for names in MONTHS for name in (names[0], names[0][:3])} | {"sept": "September"}
XDATA = re.compile(r"xdata=([^\s,{}-]+)-([\w:]+)(?:-(\d+))?")


@dataclass(slots=True)
class Entry:
    """An entry whose values are text: abbreviations replaced, field names in lower case and BibLaTeX's."""

    type: str
    key: str
    fields: dict[str, str]
    line: int = 0
    warnings: list[str] = field(default_factory=list)
    completed: bool = False


def read(text: str, name: str) -> list[Block]:
    """Return the blocks of a .bib file, an @xdata among the strings since no work is behind it."""
    from refs.formats.bibread import EntryReader

    with uncollected():
        raws = split(text)
        entries = _evaluated(raws)
        complete(entries)
        reader = EntryReader(re.split(r"[\\/]", name)[-1])
        pairs = zip(raws, pieces_of(text, raws), entries, strict=True)
        return [read_block(reader, raw, piece, entry) for raw, piece, entry in pairs]


def pieces_of(text: str, raws: Sequence[Raw]) -> Iterator[str]:
    """Yield the text of each block with the blanks around it, so that joined they are the whole."""
    starts = [0, *(raw.start for raw in raws[1:]), len(text)]
    return (text[start:end] for start, end in pairwise(starts)) if raws else iter(())


def read_block(reader: EntryReader, raw: Raw, piece: str, entry: Entry | None) -> Block:
    """Return the block for what was split and, if it is an entry, evaluated and completed."""
    if entry is None:
        return Block(raw.kind, raw.line, piece, raw.reason, warnings=tuple(dict.fromkeys(raw.warnings)))
    if entry.type == "xdata":
        return Block("string", raw.line, piece, warnings=tuple(dict.fromkeys(entry.warnings)))
    if reason := reader.refuses(entry):
        return Block("quarantine", raw.line, piece, reason)
    aliases = tuple(filter(None, re.split(r"[\s,]+", entry.fields.get("ids", ""))))
    reference = reader.reference(entry)
    return Block("entry", raw.line, piece, "", reference, aliases, tuple(dict.fromkeys(entry.warnings)))


def _evaluated(raws: list[Raw]) -> list[Entry | None]:
    """Return the entries with their values as text, None for other blocks; @string works from its place on."""
    macros: dict[str, str] = dict(MONTH_MACROS)
    expanded = 0
    entries: list[Entry | None] = []
    for raw in raws:
        if raw.kind == "string":
            expanded = define(raw, macros, expanded)
        entries.append(evaluate(raw, macros) if raw.kind == "entry" else None)
    return entries


def define(raw: Raw, macros: dict[str, str], expanded: int) -> int:
    """Put the abbreviations of an @string among the macros; return the length of all that were, with these."""
    for name, value in raw.fields:
        text = _value(value, macros, raw.warnings)
        expanded += len(text)
        if expanded > MAX_EXPANSION or len(text) > MAX_FIELD:
            raw.kind, raw.reason = "quarantine", f"abbreviations expand past {MAX_EXPANSION >> 20} MiB"
            break
        macros[name.lower()] = text
    return expanded


def evaluate(raw: Raw, macros: dict[str, str]) -> Entry | None:
    """Return an entry with its values as text, None for one that is too large with its abbreviations."""
    fields: dict[str, str] = {}
    warnings = raw.warnings
    total = 0
    for name, value in raw.fields:
        lower = name.lower()
        text = value[1:-1] if raw.simple and value[0] in '{"' else _value(value, macros, warnings)
        total += len(text)
        if total > MAX_EXPANSION:
            raw.kind, raw.reason = "quarantine", f"larger than {MAX_EXPANSION >> 20} MiB with its abbreviations"
            return None
        if lower not in fields:
            fields[lower] = text
        elif fields[lower] != text:
            warnings.append(f"duplicate field {lower}: kept the first")
    if not fields:
        warnings.append("an entry without fields")
    for name in ("author", "editor"):
        if ";" in (text := fields.get(name, "")) and " and " not in text and len(split_names(text)) > 1:
            warnings.append(f"semicolons between the names of {name}, where BibTeX reads one name")
    for alias, name in ALIASES.items():
        if alias in fields and not fields.get(name, "").strip():
            fields[name] = fields.pop(alias)
    return Entry(raw.type, raw.key, fields, raw.line, warnings)


def _value(value: str, macros: dict[str, str], warnings: list[str]) -> str:
    """Return the text of an expression; an abbreviation that nothing defines stands for itself."""
    texts = []
    for kind, piece in pieces(value):
        text = piece if kind == "text" else macros.get(piece.lower())
        if text is None:
            text = piece
            if piece.isalpha():
                warnings.append(f"undefined abbreviation {piece}")
        texts.append(text)
    return "".join(texts)


def complete(entries: Sequence[Entry | None]) -> None:
    """Let entries inherit from their xdata and crossref parents, found by key whatever its case."""
    exact: dict[str, Entry] = {}
    folded: dict[str, Entry] = {}
    heirs = [entry for entry in entries if entry and inherits(entry)]
    if not heirs:
        return
    for entry in entries:
        if entry:
            exact.setdefault(entry.key, entry)
            folded.setdefault(entry.key.casefold(), entry)
    for heir in heirs:
        _inherit(heir, exact, folded, 0)


def inherits(entry: Entry) -> bool:
    """Tell whether an entry takes fields from others."""
    fields = entry.fields
    return "crossref" in fields or "xdata" in fields or any(v.startswith("xdata=") for v in fields.values())


def _inherit(entry: Entry, exact: dict[str, Entry], folded: dict[str, Entry], depth: int) -> None:
    """Complete one entry after its parents; a circle ends where it began, a missing parent is a warning."""
    if entry.completed:
        return
    entry.completed = True
    fields = entry.fields

    def find(key: str) -> Entry | None:
        parent = exact.get(key) or folded.get(key.casefold())
        if parent is None:
            entry.warnings.append(f"no entry has the key {key} to inherit from")
        elif depth < len(exact) and depth < 64:
            _inherit(parent, exact, folded, depth + 1)
        return parent

    for name, value in list(fields.items()):
        if value.startswith("xdata=") and (match := XDATA.fullmatch(value)) and (parent := find(match[1])):
            fields[name] = _part(parent.fields.get(match[2], ""), match[3])
    for key in re.split(r"[\s,]+", fields.get("xdata", "").strip()):
        if key and (parent := find(key)):
            for name, value in parent.fields.items():
                if name not in NOT_INHERITED:
                    fields.setdefault(name, value)
    crossref = fields.get("crossref", "").strip()
    if crossref and (parent := find(crossref)) and parent is not entry:
        _from_parent(entry, parent)
        # all is copied: what stays is the reference from one work to the other
        fields.setdefault("xref", fields.pop("crossref"))
    fields.pop("xdata", None)


def _part(value: str, number: str | None) -> str:
    from refs.names import split_names

    names = split_names(value) if number else []
    return names[int(number) - 1] if number and 0 < int(number) <= len(names) else value


def _from_parent(child: Entry, parent: Entry) -> None:
    """Copy what the child lacks: biber's renamed fields, then those of equal name."""
    renamed: dict[str, tuple[str, ...]] = {}
    for parents, children, rules in reversed(INHERITANCE):
        if parent.type in parents.split() and child.type in children.split():
            renamed.update(rules)
    own = frozenset(child.fields)
    dated = "date" in own or "year" in own
    for name, value in parent.fields.items():
        if name in NOT_INHERITED or (dated and name in ("date", "year")) or (renamed and name in NOT_RENAMED):
            continue
        if name == "month" and "date" in own:
            continue
        for target in renamed.get(name, (name,)):
            # a parent's own booktitle was written for its children
            if target not in own and not (target != name and target in parent.fields):
                child.fields[target] = value


def write(references: Sequence[Reference], ascii_only: bool = False, dialect: Dialect | None = None) -> str:
    """Return a file for BibTeX's classic styles; `ascii_only` writes accents as commands, for 7-bit programs."""
    from refs.formats.bibwrite import write_entries

    return write_entries(references, dialect or Dialect(ascii_only=ascii_only))

"""The lines of a tagged format (RIS, NBIB, EndNote's .enw) -> its records, every character in exactly one of them.

rispy 0.10 was measured for RIS and is not used: of a repeated TI, C1, JO or DO it keeps the first value alone, after a
record without ER it loses the next one, a record cut off at the end of the file and "TY - JOUR" with one blank it
drops, and so it does with what stands between records; it counts no lines, and tells of none of this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from refs.formats import Block
from refs.formats.csljson import clean
from refs.model import Reference, Source

MAX_RECORD = 16 << 20
MAX_VALUE = 8 << 20
MAX_NAMES = 50_000
MAX_KEY = 256
LINE = r"([^\r\n]*)(\r\n|\r|\n|\Z)"


@dataclass(slots=True)
class Record:
    """A record, or text between records: where it stands, and its fields as (tag, lines of the value)."""

    kind: str
    start: int
    line: int
    end: int = 0
    fields: list[tuple[str, list[str]]] = field(default_factory=list)
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a format divides its lines.

    `tag` returns (tag, value) for a line that has one; `begins` tells whether such a line, with or without a blank one
    before it, opens a record while another may be open; `last` is the tag that closes a record, if there is one;
    `ends` tells whether a blank line ends a record.
    """

    tag: Callable[[str], tuple[str, str] | None]
    begins: Callable[[str, bool, Record | None], bool]
    last: str = ""
    ends: Callable[[Record], bool] = lambda record: False


def split(text: str, grammar: Grammar) -> list[Record]:
    """Return the pieces of a text in order: "record", "orphan" (tags that belong to none), "text", and "stray".

    That one is what goes on without a tag where a blank line has ended a record. In the lines of a value an empty one
    stands for any number of blank ones.
    """
    pieces: list[Record] = []
    current: Record | None = None
    blank = True
    for number, match in enumerate(re.compile(LINE).finditer(text), 1):
        if match.start() == match.end():
            break
        line = match[1]
        if not line.strip(" \t\ufeff\x1a"):
            blank = True
            continue
        tagged = grammar.tag(line)
        open_record = current if current and not current.closed else None
        if tagged and grammar.begins(tagged[0], blank, open_record):
            current = _opened("record", match.start(), number, pieces)
        elif open_record is None or (open_record.kind == "text" and tagged):
            kind = "orphan" if tagged else "text"
            if current is None or current.kind != kind or current.closed:
                current = _opened(kind, match.start(), number, pieces)
        elif blank and not tagged and open_record.kind == "record" and grammar.ends(open_record):
            current = _opened("stray", match.start(), number, pieces)
        if current:
            _add(current, tagged, ["", line] if blank else [line], grammar.last)
        blank = False
    return _bounded(pieces, len(text))


def _opened(kind: str, start: int, line: int, pieces: list[Record]) -> Record:
    pieces.append(Record(kind, start, line))
    return pieces[-1]


def _add(record: Record, tagged: tuple[str, str] | None, lines: Sequence[str], last: str) -> None:
    if record.kind in ("text", "stray"):
        return
    if tagged:
        record.fields.append((tagged[0], [tagged[1]]))
        record.closed = tagged[0] == last
    elif record.fields:
        record.fields[-1][1].extend(lines)


def _bounded(pieces: list[Record], length: int) -> list[Record]:
    """Let each piece reach to the next one; the first begins with the text."""
    for piece, following in pairwise(pieces):
        piece.end = following.start
    if pieces:
        pieces[0].start, pieces[-1].end = 0, length
    return pieces


def blocks(
    text: str,
    name: str,
    pieces: Iterable[Record],
    read: Callable[[Record], tuple[Reference, list[str]]],
    orphan: str,
) -> list[Block]:
    """Return a block for each piece; `orphan` is the reason to quarantine tags outside of any record."""
    file = re.split(r"[\\/]", name)[-1]
    return [_block(text, file, piece, read, orphan) for piece in pieces]


def _block(
    text: str, file: str, piece: Record, read: Callable[[Record], tuple[Reference, list[str]]], orphan: str
) -> Block:
    raw = text[piece.start : piece.end]
    if piece.kind == "text":
        return Block("comment", piece.line, raw)
    reason = {"orphan": orphan, "stray": "a line without a tag after an empty line"}.get(piece.kind, "")
    if reason := reason or over_limit(piece):
        return Block("quarantine", piece.line, raw, reason)
    reference, warnings = read(piece)
    if not reference.fields:
        return Block("quarantine", piece.line, raw, "a record without any field")
    if len(reference.key.encode("utf-8", "surrogatepass")) > MAX_KEY:
        return Block("quarantine", piece.line, raw, f"a key of more than {MAX_KEY} bytes")
    source = Source(f"{file}:{piece.line}")
    sources = dict.fromkeys([*reference.fields, *reference.extra], source)
    return Block("entry", piece.line, raw, reference=replace(reference, sources=sources), warnings=tuple(warnings))


def over_limit(record: Record) -> str:
    """Return which limit a record is past, or ""."""
    if record.end - record.start > MAX_RECORD:
        return f"larger than {MAX_RECORD >> 20} MiB"
    if any(sum(map(len, lines)) > MAX_VALUE for _, lines in record.fields):
        return f"a field larger than {MAX_VALUE >> 20} MiB"
    return f"more than {MAX_NAMES} lines of tags" if len(record.fields) > MAX_NAMES else ""


def joined(lines: Iterable[str]) -> str:
    """Return the lines of a value as one line."""
    return clean(" ".join(lines))


def run_on(record: Record, multiline: Container[str]) -> list[str]:
    """Return a warning for each value of one line in which an empty line stands."""
    tags = dict.fromkeys(tag for tag, lines in record.fields if "" in lines[1:] and tag not in multiline)
    return [f"what follows an empty line was read as more of {tag}" for tag in tags]


def unbroken(value: str, is_tag: Callable[[str], object]) -> str:
    """Return a value of several lines to be written: one that would be read as a tag goes on in the line before."""
    written: list[str] = []
    for line in value.split("\n"):
        if written and is_tag(line):
            while not written[-1]:
                written.pop()
            written[-1] += f" {line}"
        else:
            written.append(line)
    return "\n".join(written)

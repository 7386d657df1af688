"""RIS, as Research Information Systems specified it and as EndNote, Zotero and publishers write it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats.risread import reference
from refs.formats.ristables import KNOWN, MULTILINE
from refs.formats.riswrite import fields
from refs.formats.tagged import Grammar, Record, blocks, run_on, split, unbroken
from refs.model import Reference

# "TY  - JOUR"; some programs write one blank before the hyphen, or none after it
TAG = r"[ \t\ufeff]*([A-Z][A-Z0-9]) {1,4}-(?: (.*)|\s*)$|[ \t\ufeff]*([A-Z][A-Z0-9])  -(.*)$"


def _tag(line: str) -> tuple[str, str] | None:
    match = re.match(TAG, line) if "-" in line[:16] else None
    if not match:
        return None
    tag = match[1] or match[3]
    if f"{tag}  -" not in line and tag not in KNOWN:
        return None
    return tag, (match[2] or match[4] or "").strip()


def _begins(tag: str, blank: bool, current: Record | None) -> bool:
    return tag == "TY"


GRAMMAR = Grammar(_tag, _begins, "ER")


def read(text: str, name: str) -> list[Block]:
    """Return a block for each record and for what stands between records; raise ParseError when there is no record."""
    pieces = split(text, GRAMMAR)
    if text.strip() and not any(piece.kind == "record" for piece in pieces):
        raise ParseError("no RIS record: none begins with a TY line", Location(name, 1))
    return blocks(text, name, pieces, _read, "tags without a TY line before them")


def _read(record: Record) -> tuple[Reference, list[str]]:
    found, warnings = reference([field for field in record.fields if field[0] != "ER"])
    warnings += run_on(record, MULTILINE)
    return found, warnings if record.closed else [*warnings, "no ER line ends the record"]


def write(references: Iterable[Reference]) -> str:
    """Return the records, each closed by an ER line, an empty line between them."""
    return "\n".join(_record(one) for one in references)


def _record(one: Reference) -> str:
    rows = "".join(f"{tag}  - {unbroken(value, _tag)}\n" for tag, value in fields(one))
    return f"{rows}ER  - \n"

"""PubMed's tagged format (.nbib, MEDLINE), which ERIC writes as well.

Tags are those of "MEDLINE/PubMed Data Element (Field) Descriptions" of the National Library of Medicine. A title in
brackets is PubMed's English translation: it becomes a variant of the vernacular title in TT. A tag without a variable,
and each value of which the variable holds less than the line, is kept in `extra` as "nbib:MHDA" and written back. What
PubMed has no tag for is written in GN, the general note, as `csllines`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats.nbibread import reference
from refs.formats.nbibwrite import record
from refs.formats.tagged import Grammar, Record, blocks, split
from refs.model import Reference

TAG = r"\ufeff?([A-Z][A-Z0-9]{1,3}) {0,2}-(.*)$"


def _tag(line: str) -> tuple[str, str] | None:
    match = re.match(TAG, line) if "-" in line[:8] else None
    return (match[1], match[2].strip()) if match else None


def _begins(tag: str, blank: bool, current: Record | None) -> bool:
    return blank or tag == "PMID" or current is None


GRAMMAR = Grammar(_tag, _begins, ends=lambda record: True)


def read(text: str, name: str) -> list[Block]:
    """Return a block for each record and for what stands between records; raise ParseError when there is no record."""
    pieces = split(text, GRAMMAR)
    if text.strip() and not any(piece.kind == "record" for piece in pieces):
        raise ParseError("no PubMed record: no line begins with a tag such as PMID", Location(name, 1))
    return blocks(text, name, pieces, lambda piece: (reference(piece.fields), []), "tags outside of any record")


def write(references: Iterable[Reference]) -> str:
    """Return the records, an empty line between them."""
    return "\n".join(record(one) for one in references)

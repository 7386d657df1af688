"""Plain lists of identifiers: one on a line, blank lines and lines that begin with # aside.

A reference that is read holds its identifier and nothing else, so that whoever imports it can have it resolved.
"""

from __future__ import annotations

import re

from refs.errors import Location, NotAnIdentifier, ParseError
from refs.formats import Block
from refs.identifiers import Identifier, parse
from refs.model import Reference, Source, Value

VARIABLES = {"doi": "DOI", "pmid": "PMID", "pmcid": "PMCID", "isbn": "ISBN", "issn": "ISSN"}
TYPES = {"isbn": "book", "issn": "periodical", "arxiv": "article"}
MAX_WORDS = 3  # "PMID: 14624247" and "ISBN 0 14 ..." are no prose


def read(text: str, name: str) -> list[Block]:
    """Return a block for each line with an identifier; raise ParseError when there is none."""
    file = re.split(r"[\\/]", name)[-1]
    blocks: list[Block] = []
    for number, line in enumerate(_lines(text), 1):
        blocks.append(_block(line, number, file))
    if not any(block.reference for block in blocks):
        raise ParseError("no list of identifiers", Location(name, 1))
    return _joined(blocks)


def is_list(text: str) -> bool:
    """Tell whether nearly all lines are an identifier each: four of five, of the first thousand."""
    lines = [line for line in text[:200_000].splitlines()[:1000] if line.strip() and not line.lstrip().startswith("#")]
    found = sum(identifier(line) is not None for line in lines)
    return found > 0 and found * 5 >= len(lines) * 4


def identifier(line: str) -> Identifier | None:
    """Return the identifier that a line is."""
    bare = line.strip().lstrip("-*•").strip(" \t,;\"'")
    if len(bare.split()) > MAX_WORDS and not bare.lower().startswith("isbn"):
        return None
    try:
        return parse(bare)
    except NotAnIdentifier:
        return None


def _lines(text: str) -> list[str]:
    return [line for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", text) if line]


def _block(line: str, number: int, file: str) -> Block:
    if not line.strip() or line.lstrip().startswith("#"):
        return Block("comment", number, line)
    found = identifier(line)
    if found is None:
        return Block("quarantine", number, line, "no identifier")
    source = Source(f"{file}:{number}")
    variable = VARIABLES.get(found.scheme)
    fields: dict[str, Value] = {variable: found.value} if variable else {}
    identifiers = {} if variable else {found.scheme: found.value}
    kind = TYPES.get(found.scheme, "document")
    return Block(
        "entry",
        number,
        line,
        "",
        Reference(kind, fields, identifiers=identifiers, sources=dict.fromkeys(fields, source)),
    )


def _joined(blocks: list[Block]) -> list[Block]:
    """Put lines that hold nothing with the line before them, and lines of comment together."""
    joined: list[Block] = []
    for block in blocks:
        blank = not block.raw.strip()
        if joined and block.kind == "comment" and (blank or joined[-1].kind == "comment"):
            last = joined[-1]
            joined[-1] = Block(last.kind, last.line, last.raw + block.raw, last.reason, last.reference)
        else:
            joined.append(block)
    return joined

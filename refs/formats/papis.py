"""Papis documents: an `info.yaml` of BibTeX's types and fields in plain text, `ref` the key.

Several of them in one file, as `papis export --format yaml` writes them, are divided by lines of three dashes.
Source: papis' documentation, "The info.yaml file".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats.bibfields import ALIASES, MULTILINE_FIELDS
from refs.formats.bibread import EntryReader
from refs.formats.bibtex import Entry
from refs.formats.csljson import clean, clean_lines
from refs.formats.latexout import encode
from refs.formats.yamlnodes import load
from refs.model import Name, Reference
from refs.names import format_names

DIVIDER = re.compile(r"^---[ \t]*\r?\n", re.MULTILINE)
PEOPLE = {"author_list": "author", "editor_list": "editor"}
VERBATIM = frozenset({"doi", "url", "eprint", "isbn", "issn"})
LATEX = re.compile(r"\\|\{[^{}]*\}")  # what an import from a .bib file left as it was
KEPT = frozenset({"files", "papis_id", "time-added", "citations", "notes", "doc_url"})


def read(text: str, name: str) -> list[Block]:
    """Return a block for each document; raise ParseError, with the place, when none can be read."""
    starts = sorted({0, *(match.start() for match in DIVIDER.finditer(text))})
    if len(starts) > 1 and not text[: starts[1]].strip():
        starts.pop(1)
    blocks: list[Block] = []
    for start, stop in zip(starts, [*starts[1:], len(text)], strict=True):
        blocks.append(_block(text[start:stop], text.count("\n", 0, start) + 1, name))
    if not any(block.reference for block in blocks):
        raise ParseError(blocks[0].reason, Location(name, blocks[0].line))
    return blocks


def _block(raw: str, line: int, name: str) -> Block:
    try:
        document = load(raw)
    except ParseError as error:
        where = f" in line {line + error.location.line - 1}" if error.location.line > 1 else ""
        return Block("quarantine", line, raw, error.reason + where)
    if not isinstance(document, Mapping) or not document.keys() & {"title", "author", "author_list", "doi", "ref"}:
        return Block("quarantine", line, raw, "no papis document: neither title, author, doi nor ref")
    return Block("entry", line, raw, "", to_reference(document, name, line))


def to_reference(document: Mapping[str, Any], file: str = "", line: int = 1) -> Reference:
    """Return the reference of one document."""
    fields: dict[str, str] = {}
    kept: dict[str, str] = {}
    people = {field: _people(document.get(source)) for source, field in PEOPLE.items()}
    for name, value in document.items():
        field = name.lower()
        if value in (None, "", [], {}) or field in PEOPLE or field in ("ref", "type"):
            continue
        if people.get(field):
            continue
        if field == "tags":
            fields["keywords"] = encode(", ".join(value) if isinstance(value, list) else str(value))
        elif field in KEPT or not isinstance(value, str):
            kept[clean(name)] = clean(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        else:
            field = ALIASES.get(field, field)
            fields[field] = value if field in VERBATIM or LATEX.search(value) else _latex(field, value)
    fields |= {field: format_names(names, encode, extended=True) for field, names in people.items() if names}
    entry = Entry(str(document.get("type") or "misc").lower(), clean(str(document.get("ref") or "")), fields, line)
    reference = EntryReader(file).reference(entry)
    return replace(reference, extra={**reference.extra, **kept})


def _latex(field: str, value: str) -> str:
    return encode(clean_lines(value) if field in MULTILINE_FIELDS else " ".join(value.split()))


def _people(rows: Any) -> tuple[Name, ...]:
    names = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping):
            family, given = (clean(str(row.get(part) or "")) for part in ("family", "given"))
            names.append(Name(family, given) if given else Name(literal=family))
    return tuple(name for name in names if name != Name())

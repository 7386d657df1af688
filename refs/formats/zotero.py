"""Zotero's CSL-JSON: CSL-JSON whose `id` may be an item's address, and whose `note` holds Zotero's field "Extra".

Lines of Extra such as `original-date: 1925` set a variable of CSL, as they do in Zotero; what else it says stays the
note. Source: Zotero's documentation, "Citing Fields from Extra".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refs.dates import parse_date
from refs.errors import Location, ParseError
from refs.formats import Block, csljson
from refs.formats.csljson import clean, clean_lines, from_json
from refs.formats.zoterofields import CSL_TYPES, FIELDS
from refs.identifiers import normal
from refs.model import DATE_VARIABLES, NAME_VARIABLES, TYPES, VARIABLES, Name, Reference, Source, Value
from refs.names import parse_name

__all__ = ["read", "with_extra", "write"]

write = csljson.write

LINE = re.compile(r"([A-Za-z][A-Za-z _-]{0,40}?)[ \t]*:[ \t]*(\S.*)")
BRACED = re.compile(r"\{:([A-Za-z][A-Za-z _-]{0,40}?):[ \t]*([^{}]*)\}")
ITEM = re.compile(r"https?://zotero\.org/(?:users|groups)/[\w/]+/items/([A-Z0-9]{8})|\d+/([A-Z0-9]{8})")
NAMED = {re.sub("[ _-]", "", name.lower()): name for name in VARIABLES} | {
    name: variable for name, variable in FIELDS.items() if name in ("citationkey", "originaldate", "originalplace")
}
SCHEMES = {"arxiv": "arxiv", "arxivid": "arxiv", "openalex": "openalex", "mr": "mr", "zbl": "zbl", "bibcode": "bibcode"}


def read(text: str, name: str) -> list[Block]:
    """Return a block for each item; raise ParseError, with the place, when not one is CSL-JSON."""
    file = re.split(r"[\\/]", name)[-1]
    blocks = [_block(*found, file) for found in csljson.objects(text)]
    if blocks and not any(block.reference for block in blocks):
        raise ParseError(blocks[0].reason, Location(name, blocks[0].line))
    return blocks


def _block(raw: str, line: int, item: Any, problem: str, file: str) -> Block:
    if problem or not isinstance(item, Mapping):
        return Block("quarantine", line, raw, problem or "not a JSON object")
    note = item.get("note")
    reference = from_json({name: value for name, value in item.items() if name != "note" or not isinstance(note, str)})
    reference = with_extra(reference, note) if isinstance(note, str) else reference
    if not reference.fields and item.get("type") not in TYPES:
        return Block("quarantine", line, raw, "a JSON object without any field of CSL-JSON")
    identifiers = dict(reference.identifiers)
    found = ITEM.fullmatch(reference.key)
    if found:
        identifiers.setdefault("zotero", found[1] or found[2])
    key = reference.text("citation-key") or ("" if found else reference.key)
    here = Source(f"{file}:{line}")
    sources = {name: reference.sources.get(name, here) for name in (*reference.fields, *reference.extra)}
    return Block("entry", line, raw, "", replace(reference, key=key, identifiers=identifiers, sources=sources))


def with_extra(reference: Reference, text: str) -> Reference:
    """Return the reference with what the field Extra says of it; its other lines become the note."""
    fields, identifiers = dict(reference.fields), dict(reference.identifiers)
    kind = reference.type
    names: dict[str, list[Name]] = {}
    left: list[str] = []
    braced = [f"{name}: {value}" for name, value in BRACED.findall(text)]
    bare = ((line, BRACED.sub("", line)) for line in text.splitlines())
    for line in [*braced, *(rest for line, rest in bare if rest.strip() or not line.strip())]:
        match = LINE.fullmatch(line.strip())
        label = re.sub("[ _-]", "", match[1].lower()) if match else ""
        value = clean(match[2]) if match else ""
        variable = NAMED.get(label, "")
        if label == "type" and (value in TYPES or value.lower() in CSL_TYPES):
            kind = value if value in TYPES else CSL_TYPES[value.lower()]
        elif variable in NAME_VARIABLES:
            names.setdefault(variable, []).append(_name(value))
        elif variable and variable != "note":
            fields[variable] = _value(variable, value)
        elif label in SCHEMES:
            identifiers[SCHEMES[label]] = normal(SCHEMES[label], value)
        else:
            left.append(line)
    fields |= {variable: tuple(people) for variable, people in names.items()}
    if note := clean_lines("\n".join(left)):
        fields["note"] = note
    key = reference.key or str(fields.get("citation-key", ""))
    return replace(reference, type=kind, fields=fields, identifiers=identifiers, key=key)


def _name(text: str) -> Name:
    """Read "Family || Given", or one name of an organisation."""
    family, bars, given = (part.strip() for part in text.partition("||"))
    if bars:
        return Name(family, given)
    return parse_name(text) if "," in text else Name(literal=text)


def _value(variable: str, text: str) -> Value:
    if variable in DATE_VARIABLES:
        return parse_date(text)
    return normal("doi", text) if variable == "DOI" else text

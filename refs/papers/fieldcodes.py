"""What the fields of Word and the marks of LibreOffice cite, as reference managers write them.

Zotero and Mendeley keep CSL-JSON after "CSL_CITATION", with the schema csl-citation.json of CSL; Mendeley Cite keeps
the same in base64 in the tag of a content control; EndNote keeps its XML after "EN.CITE" or in the field's data; Word's
own citations name a key after "CITATION".
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from refs import citekeys
from refs.errors import ParseError
from refs.formats import endnotexml, xmlrecords, zotero
from refs.model import Reference, Source

MENDELEY = "MENDELEY_CITATION_v3_"
MANAGED = re.compile(r"\b(?:CSL_CITATION|ZOTERO_ITEM)\b")
UNCITED = re.compile(r"\bZOTERO_BIBL\b")
ENDNOTE = re.compile(r"\bEN\.CITE\b(?!\.DATA)")
WORD = re.compile(r"\s*CITATION\s+(\"[^\"]+\"|\S+)")
WORD_MORE = re.compile(r"\\m\s+(\"[^\"]+\"|\S+)")
ITEMS = (
    ("zotero", re.compile(r"zotero\.org/\S*/items/([A-Z0-9]{8})$")),
    ("mendeley", re.compile(r"uuid=([0-9a-f-]{36})")),
)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Cited:
    """A work that a field cites: the key it goes by in the document, and its record if the field holds one."""

    key: str
    record: Reference | None = None
    kind: str = "cite"


def cited(code: str, data: str, source: str) -> list[Cited]:
    """Return what a field cites by its code and its data in base64; nothing for a field of another kind.

    `source` is where it stands ("paper.docx:12"). Raise ParseError for one that cannot be read.
    """
    if MANAGED.search(code):
        return list(_managed(_json(code), source))
    if UNCITED.search(code):
        return list(_uncited(_json(code)))
    if ENDNOTE.search(code):
        start = code.find("<EndNote")
        return list(_endnote(code[start:] if start >= 0 else _text(data), source))
    if match := WORD.match(code):
        keys = [match[1], *WORD_MORE.findall(code)]
        return [Cited(key.strip('"')) for key in keys]
    return []


def cited_by_tag(tag: str, source: str) -> list[Cited]:
    """Return what a content control of Mendeley Cite cites by its tag."""
    if not tag.startswith(MENDELEY):
        return []
    return list(_managed(_json(_text(tag.removeprefix(MENDELEY))), source))


def _json(code: str) -> Mapping[str, Any]:
    """Return the object in a code, which more may follow."""
    start = code.find("{")
    if start < 0:
        return {}
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(code, start)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the JSON of a citation cannot be read: {str(error).partition(':')[0]}") from None
    return found if isinstance(found, dict) else {}


def _text(data: str) -> str:
    """Return the text in base64 that a field keeps: UTF-8, or UTF-16 as Word has its strings."""
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ParseError("the data of a citation cannot be read: they are not base64") from None
    return raw.decode("utf-16-le" if raw[1:2] == b"\0" else "utf-8", "replace").strip("\0\ufeff")


def _managed(citation: Mapping[str, Any], source: str) -> Iterator[Cited]:
    for item in _objects(citation.get("citationItems")):
        data = item.get("itemData")
        record = _record(data, source) if isinstance(data, dict) else None
        scheme, value = _identity(item)
        if record and scheme:
            record = replace(record, identifiers={**record.identifiers, scheme: value})
        named = record.text("citation-key") if record else ""
        if key := named or value or (citekeys.make_key(record, ()) if record else ""):
            yield Cited(key, replace(record, key=named) if record else None)


def _uncited(bibliography: Mapping[str, Any]) -> Iterator[Cited]:
    """Yield what stands in the bibliography without being cited: lists of addresses."""
    uncited = bibliography.get("uncited")
    for item in uncited if isinstance(uncited, list) else ():
        if value := _identity({"uris": item})[1]:
            yield Cited(value, kind="nocite")


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _identity(item: Mapping[str, Any]) -> tuple[str, str]:
    """Return the program that knows an item and the name by which it does, or two empty texts."""
    addresses = item.get("uris") or item.get("uri") or []
    for address in addresses if isinstance(addresses, list) else [addresses]:
        for scheme, pattern in ITEMS:
            if match := pattern.search(str(address)):
                return scheme, match[1]
    id = str(item.get("id", ""))
    return ("mendeley", id) if UUID.fullmatch(id) else ("", "")


def _record(data: Mapping[str, Any], source: str) -> Reference | None:
    try:
        blocks = zotero.read(json.dumps(data), source)
    except ParseError:
        return None
    found = next((block.reference for block in blocks if block.reference), None)
    return _sourced(found, source) if found else None


def _sourced(record: Reference, source: str) -> Reference:
    return replace(record, sources=dict.fromkeys((*record.fields, *record.extra), Source(source)))


def _endnote(text: str, source: str) -> Iterator[Cited]:
    """Yield what `<EndNote><Cite>...` cites: a record number of its library, and the record."""
    if not text:
        raise ParseError("a citation of EndNote has no data: a program that saved the document has dropped them")
    try:
        root = xmlrecords.parse(text)
    except (xmlrecords.Refused, IndexError) as error:
        raise ParseError(f"the XML of a citation of EndNote cannot be read: {error}") from None
    blocks = endnotexml.read(text, source) if root.find("Cite/record") else []
    records = {one.extra.get("endnote:rec-number", ""): one for block in blocks if (one := block.reference)}
    for cite in root.elements("Cite"):
        number = _content(cite.elements("RecNum")) or _content(cite.find("record/rec-number"))
        record = records.get(number)
        library = next((key.attributes.get("db-id", "") for key in cite.find("record/foreign-keys/key")), "")
        author, year = _content(cite.elements("Author")), _content(cite.elements("Year"))
        key = re.sub(r"[^\w-]+", "", f"{author}{year}") + f"-{number}"
        if record and library:
            record = replace(record, identifiers={**record.identifiers, "endnote": f"{library}-{number}"})
        if number:
            yield Cited(key, _sourced(replace(record, key=""), source) if record else None)


def _content(nodes: Sequence[xmlrecords.Node]) -> str:
    return nodes[0].text() if nodes else ""

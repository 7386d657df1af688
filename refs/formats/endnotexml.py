"""EndNote's XML: records of fields whose text may have styles, by the tables of `endnotetables` and `ristables`.

An element that no tag stands for is kept in `extra` by its path, as "endnote:rec-number"; those that name the library
and the program which wrote the file say nothing of the work and are left. What no element can say is written as
`csllines` in the notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats.csllines import divided
from refs.formats.endnotetables import ELEMENTS, ISSUE_TYPES, NAME_OF, RIS_OF, TYPES
from refs.formats.risread import Fields, reference
from refs.formats.riswrite import fields
from refs.formats.xmlrecords import Node, blocks, escape, parse
from refs.model import Reference
from refs.text import CSL_TAG, plain

RICH = frozenset({"TI", "T2", "T3", "J2", "ST", "TT", "AB", "N1", "RN"})
FACES = {"italic": "i", "bold": "b", "superscript": "sup", "subscript": "sub"}
FACE_OF = {tag: face for face, tag in FACES.items()}
BY_NUMBER = {str(number): ris for number, ris in TYPES.values()}
LEFT = frozenset({"database", "source-app", "ref-type"})
PATH_OF = {tag: path for path, tag in reversed(ELEMENTS.items())}
PATH_OF |= {"IS": "number", "M1": "number", "SP": "pages", "N1": "notes", "M2": "notes", "ID": "label"}
READ = {**ELEMENTS, "pages": "SP", "periodical/full-title": "JF", "periodical/abbr-1": "JA"}
PAGE_ENDS = (("SP", "start"), ("EP", "end"))
# the order of the elements in a record of EndNote
ORDER = (
    "foreign-keys rec-number contributors auth-address titles periodical pages volume number section reprint-edition "
    "reviewed-item edition num-vols keywords dates pub-location publisher orig-pub isbn accession-num call-num "
    "abstract label caption notes research-notes work-type urls electronic-resource-num custom1 custom2 custom3 "
    "custom4 custom5 custom6 custom7 remote-database-name remote-database-provider language access-date"
).split()
RANK = {name: rank for rank, name in enumerate(ORDER)}


def read(text: str, name: str) -> list[Block]:
    """Return a block for each record and for what stands around them; raise ParseError when there is no record."""
    found = blocks(text, name, "record", _read)
    if text.strip() and not any(block.kind != "comment" for block in found):
        raise ParseError("no EndNote XML: no <record> in it", Location(name, 1))
    return found


def _read(record: Node) -> tuple[Reference, Sequence[str]]:
    own: dict[str, list[str]] = {}
    found, warnings = reference(_as_ris(record, own))
    extra = {f"endnote:{path}": "\n".join(values) for path, values in own.items()}
    return replace(found, extra={**found.extra, **extra}), warnings


def _as_ris(record: Node, own: dict[str, list[str]]) -> Fields:
    """Return the fields of a record by their RIS tags; elements of no such tag go to `own`."""
    kind = _kind(record, own)
    found: list[tuple[str, Sequence[str]]] = [("TY", [kind])]
    for path, node in _leaves(record):
        if path in LEFT:
            continue
        if path == "notes":
            found += _notes(node)
        elif path == "number":
            found.append(("IS" if kind in ISSUE_TYPES else "M1", [node.text()]))
        elif path == "label":
            found.append(("LB" if " " in node.text() else "ID", [node.text()]))
        elif path == "pages" and not node.text():
            found += [(tag, [node.attributes[end]]) for tag, end in PAGE_ENDS if node.attributes.get(end)]
        elif tag := READ.get(path, ""):
            found.append((tag, [rich(node) if tag in RICH else node.text()]))
        elif value := node.text():
            own.setdefault(path, []).append(value)
    return found


def _kind(record: Node, own: dict[str, list[str]]) -> str:
    """Return the RIS type: by the name, since programs number types each in its own way, else by the number."""
    node = next(iter(record.elements("ref-type")), Node(""))
    name, number = node.attributes.get("name", ""), node.text()
    kind = RIS_OF.get(name.lower()) or BY_NUMBER.get(number if not name else "")
    if not kind and (name or number):
        own["ref-type"] = [name or number]
    return kind or "GEN"


def _leaves(record: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield (path, element) for the elements that hold text; `style` is part of the text."""
    for node in record.elements():
        here = f"{path}{node.name}"
        if any(child.name != "style" for child in node.elements()):
            yield from _leaves(node, f"{here}/")
        else:
            yield here, node


def _notes(node: Node) -> Fields:
    remark, statements = divided(rich(node))
    return [("N1", [remark]), *(("M2", [line]) for line in statements)]


def rich(node: Node) -> str:
    """Return text with its styles as rich text, its lines as they are; faces that rich text has none of are left."""
    pieces: list[str] = []
    styled = bool(node.elements("style"))
    for child in node.children:
        if isinstance(child, str):
            if not (styled and "\n" in child and not child.strip()):
                pieces.append(child)
            continue
        faces = child.attributes.get("face", "").split()
        inner = "".join(child._texts())
        tags = [tag for face, tag in FACES.items() if face in faces] if inner.strip() else []
        bare = inner.strip()
        before, after = (inner[: inner.index(bare)], inner[inner.index(bare) + len(bare) :]) if tags else ("", "")
        middle = bare if tags else inner
        pieces.append(
            before
            + "".join(f"<{tag}>" for tag in tags)
            + middle
            + "".join(f"</{tag}>" for tag in reversed(tags))
            + after
        )
    return "".join(pieces)


def write(references: Iterable[Reference]) -> str:
    """Return the document, an element a line."""
    records = "".join(_record(one) for one in references)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<xml>\n<records>\n{records}</records>\n</xml>\n'


def _record(one: Reference) -> str:
    rows = _elements(fields(one, _echo, str))
    declared = one.extra.get("endnote:ref-type", "") if one.type == "document" else ""
    for name, value in one.extra.items():
        path = name.removeprefix("endnote:")
        if path != name and path != "ref-type" and re.fullmatch(r"[a-z][a-z0-9-]*(?:/[a-z][a-z0-9-]*){0,3}", path):
            rows += [(path, escape(line)) for line in value.split("\n")]
    return _rendered(_type_of(rows) if not declared else (declared, 0), rows[1:])


def _type_of(rows: Sequence[tuple[str, str]]) -> tuple[str, int]:
    """Return the name and number of the type that the first row holds."""
    name = rows[0][1]
    return name, TYPES[name][0]


def _elements(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (path, content in XML): the type first, then the fields; tags without an element are left out."""
    last = next((value for tag, value in rows if tag == "EP"), "")
    found = [("ref-type", NAME_OF.get(rows[0][1], "Generic"))]
    notes: list[str] = []
    for tag, value in rows:
        path = PATH_OF.get(tag, "")
        if tag == "SP" and last:
            value, last = f"{value}-{last}", ""
        if path == "notes":
            notes.append(_styled(value) if tag == "N1" else escape(value))
        elif path:
            found.append((path, _styled(value) if tag in RICH else escape(plain(value))))
    return [*found, ("notes", "\n".join(notes))] if notes else found


def _styled(text: str) -> str:
    """Return rich text as runs of styles, text without markup as it is."""
    if not re.search(CSL_TAG, text):
        return escape(text)
    runs: list[str] = []
    faces: list[str] = []
    position = 0
    for match in re.compile(CSL_TAG).finditer(text):
        runs.append(_run(text[position : match.start()], faces))
        position = match.end()
        tag = re.sub(r"[</>]", "", match[0]).split()[0]
        if not match[0].startswith("</"):
            faces.append(tag)
        elif tag in faces:
            del faces[len(faces) - 1 - faces[::-1].index(tag)]
    return "".join([*runs, _run(text[position:], faces)])


def _run(text: str, tags: Sequence[str]) -> str:
    if not text:
        return ""
    face = " ".join(dict.fromkeys(FACE_OF[tag] for tag in tags if tag in FACE_OF)) or "normal"
    return f'<style face="{face}" font="default" size="100%">{escape(text)}</style>'


def _rendered(kind: tuple[str, int], rows: Sequence[tuple[str, str]]) -> str:
    """Return a record: rows in EndNote's order, those with the same beginning of a path in one element."""
    name, number = kind
    lines = ["<record>", f'<ref-type name="{escape(name)}">{number}</ref-type>']
    opened: list[str] = []
    ordered = sorted(rows, key=lambda row: RANK.get(row[0].split("/")[0], len(RANK)))
    for path, content in [*_grouped(ordered), ("", "")]:
        *parents, leaf = path.split("/")
        while opened and opened != parents[: len(opened)]:
            lines.append(f"</{opened.pop()}>")
        for parent in parents[len(opened) :]:
            lines.append(f"<{parent}>")
            opened.append(parent)
        if leaf:
            lines.append(f"<{leaf}>{content}</{leaf}>")
    return "\n".join([*lines, "</record>\n"])


def _grouped(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Bring rows of the same parents together without changing the order of the first of each."""
    parents = list(dict.fromkeys(path.rpartition("/")[0] or path for path, _ in rows))
    rank = {parent: i for i, parent in enumerate(parents)}
    return sorted(rows, key=lambda row: rank[row[0].rpartition("/")[0] or row[0]])


def _echo(rows: Sequence[tuple[str, str]]) -> Fields:
    elements = _elements(rows)
    return _as_ris(parse(_rendered(_type_of(elements), elements[1:])), {})

"""XML bibliographies record by record, so that a broken record costs itself alone.

The text is cut at the tags of the record element, comments and CDATA sections respected; each piece is then parsed for
itself by expat. No DTD is read, so no entity is ever expanded but XML's own five, and nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from refs.formats import Block
from refs.formats.tagged import MAX_KEY, MAX_NAMES, MAX_RECORD
from refs.model import Reference, Source

MAX_DEPTH = 64
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Refused(Exception):
    """A piece that is no XML, or past a limit; `lines` counts those before the place in it."""

    def __init__(self, reason: str, lines: int = 0) -> None:
        super().__init__(reason)
        self.lines = lines


@dataclass(slots=True)
class Node:
    """An element: its name without a prefix, its attributes likewise, and its children in order."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    def text(self) -> str:
        """Return all text in the element, blanks run together."""
        return " ".join("".join(self._texts()).split())

    def paragraphs(self) -> list[str]:
        """Return the text as what empty lines divide, blanks run together in each."""
        return [" ".join(part.split()) for part in re.split(r"\n[ \t]*\n", "".join(self._texts()))]

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    def elements(self, *names: str) -> list[Node]:
        """Return the children that are elements, of these names when any is given."""
        return [child for child in self.children if isinstance(child, Node) and (not names or child.name in names)]

    def find(self, path: str) -> list[Node]:
        """Return the elements at "a/b/c" below this one."""
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.elements(name)]
        return found


def parse(text: str) -> Node:
    """Return the root element; raise Refused with the reason."""
    from xml.parsers import expat

    root = Node("")
    stack = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise Refused(f"nested deeper than {MAX_DEPTH}", parser.CurrentLineNumber - 1)
        bare = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        node = Node(name.rpartition(":")[2], bare)
        stack[-1].children.append(node)
        stack.append(node)

    def end(name: str) -> None:
        stack.pop()

    def doctype(*_: object) -> None:
        raise Refused("a document type declaration", parser.CurrentLineNumber - 1)

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: stack[-1].children.append(data)
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(NOT_XML.sub(" ", text).encode(), True)
    except expat.ExpatError as error:
        raise Refused(f"not XML: {expat.ErrorString(error.code)}", error.lineno - 1) from None
    return root.elements()[0]


@dataclass(slots=True)
class Piece:
    """A part of the text: a record's element and what follows it up to the next piece, or text between records."""

    is_record: bool
    start: int
    close: int = 0
    end: int = 0


def split(text: str, element: str) -> list[Piece]:
    """Return the pieces in order; an element that opens before the one before it has closed cuts that one short."""
    pieces: list[Piece] = []
    current: Piece | None = None
    done = 0
    for match in _tags(text, element):
        if match[1]:
            if current:
                current.close = done = match.end()
                current = None
            continue
        if current:
            current.close = match.start()
        elif text[done : match.start()].strip():
            pieces.append(Piece(False, done))
        current = Piece(True, match.start(), match.end())
        pieces.append(current)
        if match[0].endswith("/>"):
            done, current = match.end(), None
    if current is None and text[done:].strip():
        pieces.append(Piece(False, done))
    for piece, following in pairwise(pieces):
        piece.end = following.start
    if pieces:
        pieces[-1].end = len(text)
    if current:
        current.close = current.end
    return pieces


def _tags(text: str, element: str) -> Iterator[re.Match[str]]:
    """Yield the start tags and end tags (group 1 is "/") of an element outside comments and CDATA sections."""
    token = re.compile(rf"<(/?)(?:[\w.-]+:)?{element}(?:\s[^<>]*|/)?>|<!--|<!\[CDATA\[")
    unclosed: set[str] = set()
    position = 0
    while match := token.search(text, position):
        position = match.end()
        if match[0] in ("<!--", "<![CDATA["):
            closing = "-->" if match[0] == "<!--" else "]]>"
            after = -1 if closing in unclosed else text.find(closing, position)
            if after < 0:
                unclosed.add(closing)
            position = max(position, after + 3)
        else:
            yield match


def blocks(text: str, name: str, element: str, read: Callable[[Node], tuple[Reference, Sequence[str]]]) -> list[Block]:
    """Return a block for each record and for what stands around them."""
    file = re.split(r"[\\/]", name)[-1]
    found: list[Block] = []
    position, line = 0, 1
    for piece in split(text, element):
        raw = text[position : piece.end]
        start = len(raw) - len(raw.lstrip()) if not piece.is_record else piece.start - position
        line += raw.count("\n", 0, start)
        found.append(_block(text, file, piece, raw, line, read))
        line += raw.count("\n", start)
        position = piece.end
    return found


def _block(
    text: str, file: str, piece: Piece, raw: str, line: int, read: Callable[[Node], tuple[Reference, Sequence[str]]]
) -> Block:
    if not piece.is_record:
        return Block("comment", line, raw)
    if piece.close - piece.start > MAX_RECORD:
        return Block("quarantine", line, raw, f"larger than {MAX_RECORD >> 20} MiB")
    try:
        reference, warnings = read(parse(text[piece.start : piece.close]))
    except Refused as problem:
        place = f" (line {line + problem.lines})" if problem.lines else ""
        return Block("quarantine", line, raw, f"{problem}{place}")
    reason = ""
    if not reference.fields:
        reason = "a record without any field"
    elif len(reference.key.encode("utf-8", "surrogatepass")) > MAX_KEY:
        reason = f"a key of more than {MAX_KEY} bytes"
    elif any(isinstance(value, tuple) and len(value) > MAX_NAMES for value in reference.fields.values()):
        reason = f"more than {MAX_NAMES} names"
    if reason:
        return Block("quarantine", line, raw, reason)
    source = Source(f"{file}:{line}")
    sources = dict.fromkeys([*reference.fields, *reference.extra], source)
    return Block("entry", line, raw, reference=replace(reference, sources=sources), warnings=tuple(warnings))


def escape(text: str) -> str:
    """Return text as XML writes it between tags and in attributes."""
    return NOT_XML.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")

"""Read styles and locales: XML bytes -> a tree of elements that know their lines.

Expat is used directly: a document type declaration is refused, so no entity is ever expanded and nothing
outside the given bytes is opened; depth, size and the number of elements are bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from refs.errors import Location, ParseError, UsageError

NAMESPACE = "http://purl.org/net/xbiblio/csl"
MAX_BYTES = 1_000_000
MAX_DEPTH = 100
MAX_ELEMENTS = 15_000
MAX_EXPANSION = 500_000


class Element:
    """One XML element of a style or locale: its local name, attributes, children, text and line."""

    __slots__ = ("attrs", "children", "column", "line", "tag", "text")

    def __init__(self, tag: str, attrs: dict[str, str], line: int, column: int) -> None:
        self.tag = tag
        self.attrs = attrs
        self.children: list[Element] = []
        self.text = ""
        self.line = line
        self.column = column

    def get(self, name: str, default: str = "") -> str:
        return self.attrs.get(name, default)

    def find(self, tag: str) -> Element | None:
        """Return the first child of this name."""
        return next((child for child in self.children if child.tag == tag), None)

    def find_all(self, tag: str) -> list[Element]:
        return [child for child in self.children if child.tag == tag]


def calls(element: Element, variable: str) -> bool:
    """Tell whether anything in an element prints or sorts by a variable."""
    if element.get("variable") == variable:
        return True
    return any(calls(child, variable) for child in element.children)


def parse_xml(data: bytes | str, file: str = "") -> Element:
    """Parse a style or locale into its root element; raise ParseError with the place of what is wrong."""
    from xml.parsers import expat

    if len(data) > MAX_BYTES:
        raise ParseError(f"larger than {MAX_BYTES} bytes", Location(file))
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    stack: list[Element] = []
    root: list[Element] = []
    count = 0

    def refuse(reason: str) -> ParseError:
        return ParseError(reason, Location(file, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1))

    def start(name: str, attrs: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) >= MAX_DEPTH:
            raise refuse(f"elements nested more than {MAX_DEPTH} deep")
        if count > MAX_ELEMENTS:
            raise refuse(f"more than {MAX_ELEMENTS} elements")
        for key in [key for key in attrs if " " in key]:
            attrs["xml:" + key.rpartition(" ")[2]] = attrs.pop(key)
        tag = name.rpartition(" ")[2]
        element = Element(tag, attrs, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        if stack:
            stack[-1].children.append(element)
        else:
            root.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def characters(text: str) -> None:
        if stack:
            stack[-1].text += text

    def doctype(*_: object) -> None:
        raise refuse("document type declarations are not allowed")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise ParseError(f"not XML: {reason}", Location(file, error.lineno, error.offset + 1)) from None
    except (UnicodeError, LookupError, ValueError) as error:
        raise ParseError(f"not XML: {error}", Location(file)) from None
    return root[0]


@dataclass(frozen=True, slots=True)
class Style:
    """An independent style: its options, macros, and the two areas that it can print."""

    id: str
    title: str
    path: str
    root: Element
    macros: dict[str, Element]
    citation: Element
    bibliography: Element | None
    locales: list[Element]
    default_locale: str
    compiled: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_note(self) -> bool:
        return self.root.get("class") == "note"

    @classmethod
    def load(cls, name: str | Path) -> Style:
        """Find and read a style by id, file name, path, URL, title, journal or ISSN; `parse` reads one in memory.

        Raises NotFoundError when there is none, StorageError for a file that cannot be read, ParseError for one that
        is no style.
        """
        if not isinstance(name, (str, Path)) or str(name).lstrip().startswith("<"):
            raise UsageError("Style.load takes the name or path of a style; Style.parse reads one in memory")
        from refs.csl.repository import find_style

        source = find_style(name)
        return cls.parse(source.data, source.path, source.default_locale)

    @classmethod
    def parse(cls, data: bytes | str, file: str = "", default_locale: str | None = None) -> Style:
        """Read a style from memory; ParseError says where it is wrong."""
        return read_style(parse_xml(data, file), file, default_locale)


def read_style(root: Element, file: str, default_locale: str | None) -> Style:
    """Check the outline of a style (root, version, areas, macros) and return it."""
    if root.tag != "style":
        raise located(f"not a CSL style: the root element is <{root.tag[:40]}>", root, file)
    check_version(root, file)
    citation = root.find("citation")
    if citation is None or citation.find("layout") is None:
        if any(link.get("rel") == "independent-parent" for link in info_links(root)):
            raise located("a dependent style: its independent parent is needed", root, file)
        raise located("no <citation> with a <layout>", citation or root, file)
    bibliography = root.find("bibliography")
    if bibliography is not None and bibliography.find("layout") is None:
        raise located("<bibliography> has no <layout>", bibliography, file)
    macros: dict[str, Element] = {}
    for macro in root.find_all("macro"):
        macros.setdefault(macro.get("name"), macro)
    check_macros(root, macros, file)
    info = root.find("info")
    return Style(
        id=child_text(info, "id"),
        title=child_text(info, "title"),
        path=file,
        root=root,
        macros=macros,
        citation=citation,
        bibliography=bibliography,
        locales=root.find_all("locale"),
        default_locale=default_locale or root.get("default-locale") or "en-US",
    )


def located(reason: str, element: Element, file: str) -> ParseError:
    return ParseError(reason, Location(file, element.line, element.column))


def info_links(root: Element) -> list[Element]:
    info = root.find("info")
    return info.find_all("link") if info else []


def child_text(parent: Element | None, tag: str) -> str:
    child = parent.find(tag) if parent else None
    return " ".join(child.text.split()) if child else ""


def check_version(root: Element, file: str) -> None:
    """Refuse a version newer than 1.0.x; extended dialects (1.1mlz1) are read as far as they agree."""
    version = root.get("version", "1.0")
    match = re.fullmatch(r"(\d{1,4})(?:\.(\d{1,4}))?(?:\.\d{1,4})?(mlz\d*)?", version.strip())
    if not match:
        raise located(f"not a CSL version: {version[:40]!r}", root, file)
    major, minor = int(match[1]), int(match[2] or 0)
    if (major, minor) > (1, 0) and not match[3]:
        raise located(f"CSL {version} is newer than the 1.0 that is known here", root, file)
    if major < 1:
        raise located(f"CSL {version} is older than 1.0", root, file)


def check_macros(root: Element, macros: dict[str, Element], file: str) -> None:
    """Refuse unknown macros, cycles of macros, and macros that expand without bound."""
    sizes: dict[str, int] = {}
    depths: dict[str, int] = {}
    open_: list[str] = []

    def visit(element: Element) -> tuple[int, int]:
        size, depth = 1, 1
        name = element.attrs.get("macro")
        if name is not None and element.tag in ("text", "key"):
            if name not in macros:
                raise located(f"unknown macro {name[:60]!r}", element, file)
            inner_size, inner_depth = measure(name, element)
            size, depth = size + inner_size, depth + inner_depth
        for child in element.children:
            inner_size, inner_depth = visit(child)
            size = max(size, inner_size + 1) if element.tag == "choose" else size + inner_size
            depth = max(depth, inner_depth + 1)
        if size > MAX_EXPANSION or depth > 2 * MAX_DEPTH:
            raise located("macros that expand without bound", element, file)
        return size, depth

    def measure(name: str, caller: Element) -> tuple[int, int]:
        if name in sizes:
            return sizes[name], depths[name]
        if name in open_:
            cycle = " -> ".join([*open_[open_.index(name) :], name])
            raise located(f"macros call each other in a cycle: {cycle[:200]}", caller, file)
        open_.append(name)
        if len(open_) > MAX_DEPTH:
            raise located(f"macros nested more than {MAX_DEPTH} deep", caller, file)
        sizes[name], depths[name] = visit(macros[name])
        open_.pop()
        return sizes[name], depths[name]

    for name, macro in macros.items():
        measure(name, macro)
    for area in (root.find("citation"), root.find("bibliography")):
        if area is not None:
            visit(area)

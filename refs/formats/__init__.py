"""Formats of bibliographies: which there are, which one a file is in, reading and writing.

A format is a module with `read(text, name) -> list[Block]` or `write(references, **options) -> str` or both, and one
line in FORMATS. The modules are imported when they are used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from refs.errors import Location, ParseError, UsageError
from refs.model import Reference, Source

if TYPE_CHECKING:
    from refs.formats.bibagain import Known


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an input; the pieces in their order, joined, are the whole text.

    `kind` is "entry", "string", "preamble", "comment" or "quarantine"; lines count from 1; `aliases` are further keys
    of an entry; `warnings` say what was odd but could be read.
    """

    kind: str
    line: int
    raw: str
    reason: str = ""
    reference: Reference | None = None
    aliases: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What was read from one input."""

    blocks: tuple[Block, ...]
    format: str
    encoding: str = "utf-8"

    @property
    def references(self) -> tuple[Reference, ...]:
        """Return the references in the order of the input."""
        return tuple(block.reference for block in self.blocks if block.reference is not None)

    @property
    def quarantined(self) -> tuple[Block, ...]:
        """Return the blocks that could not be read."""
        return tuple(block for block in self.blocks if block.kind == "quarantine")


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its module below `refs.formats`, the endings of its files, and what the module can do."""

    name: str
    module: str
    endings: tuple[str, ...] = ()
    reads: bool = True
    writes: bool = True


FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format("bibtex", "bibtex", (".bib", ".bibtex")),
        Format("biblatex", "biblatex", (".biblatex",)),
        Format("csljson", "csljson", (".json",)),
        Format("jsonl", "jsonl", (".jsonl", ".ndjson")),
        Format("seed", "seed", writes=False),
        Format("ris", "ris", (".ris",)),
        Format("enw", "enw", (".enw", ".refer")),
        Format("nbib", "nbib", (".nbib",)),
        Format("endnotexml", "endnotexml", (".xml",)),
        Format("mods", "mods", (".mods",), writes=False),
        Format("cslyaml", "cslyaml", (".yaml", ".yml")),
        Format("hayagriva", "hayagriva"),
        Format("papis", "papis", writes=False),
        Format("cff", "cff", (".cff",)),
        Format("zotero", "zotero"),
        Format("csv", "delimited", (".csv",)),
        Format("tsv", "tabbed", (".tsv", ".tab")),
        Format("identifiers", "identifierlist", writes=False),
        Format("html", "htmlpage", (".html", ".htm"), reads=False),
    )
}
# What tells a format whose records are lines of tags: .enw last, since a % begins a comment in others.
RIS = r"(?m)^[ \t\ufeff]*TY {1,4}-[ \t]*[A-Z]+[ \t]*$"
NBIB = r"(?m)^\ufeff?(?:PMID|OWN |STAT|JID |FAU |DP  |PMC )- ?\S"
XML = (
    ("endnotexml", r"<(?:ref-type|source-app|rec-number|secondary-title)\b|<xml>\s*<records\b"),
    ("mods", r"<(?:[\w.-]+:)?mods(?:Collection)?[\s>]"),
)
ENW = r"\A\s*%[A-Z0] \S|(?m:^%0 [A-Z][a-z]+|^%[A-Z] \S.*[\r\n]+%[A-Z] \S)"
BIB_BLOCK = r"(?m)^[ \t]*@[ \t]*[A-Za-z][\w-]*\s*[{(]"
# What tells the YAML formats apart, in this order: the lines that none of the others has.
YAML = (
    ("cff", r"(?m)^[\"']?cff-version[\"']?[ \t]*:"),
    ("papis", r"(?m)^(?:papis_id|author_list|ref)[ \t]*:"),
    (
        "cslyaml",
        r"(?m)^references[ \t]*:[ \t]*$|^-[ \t]+[\"']?(?:id|type|title|author|issued|citation-key)[\"']?[ \t]*:",
    ),
    (
        "hayagriva",
        r"(?m)^[^\s#:-][^\n:]*:[ \t]*\r?\n(?:[ \t]*\r?\n)?[ \t]+[\"']?(?:type|title|author|date|parent)[\"']?[ \t]*:",
    ),
)
MAX_BYTES = 256 << 20
# The limits of one reference, in characters but for the bytes of a key.
MAX_ENTRY = 16 << 20
MAX_FIELD = 8 << 20
MAX_FIELDS = 1000
MAX_NAMES = 50_000
MAX_KEY = 256


def read(data: bytes, name: str = "", format: str = "", known: Known | None = None) -> Document:
    """Read a bibliography from the bytes of a file called `name`; `known` is what an earlier read of a .bib kept.

    Raise ParseError, one line with the place, when nothing of it can be read, and UsageError for an unknown format;
    a part that cannot be read becomes a block of kind "quarantine".
    """
    from refs.formats.encodings import decode

    if len(data) > MAX_BYTES:
        raise ParseError(f"larger than {MAX_BYTES >> 20} MiB", Location(name))
    text, encoding = decode(data)
    chosen = format or _guess(text, name)
    if chosen not in FORMATS or not FORMATS[chosen].reads:
        raise UsageError(f"no format to read is called {chosen!r}")
    if known is not None and chosen in ("bibtex", "biblatex"):
        from refs.formats import bibagain

        return Document(tuple(map(_bounded, bibagain.read(text, name, known))), chosen, encoding)
    blocks: list[Block] = import_module(f"refs.formats.{FORMATS[chosen].module}").read(text, name)
    return Document(tuple(map(_bounded, blocks)), chosen, encoding)


def _bounded(block: Block) -> Block:
    """Return a block, in quarantine when its reference is past a limit."""
    if block.reference is None or len(block.raw) <= MAX_KEY:
        return block
    reason = _over_limit(block.reference, len(block.raw))
    return Block("quarantine", block.line, block.raw, reason) if reason else block


def _over_limit(reference: Reference, length: int) -> str:
    """Return the limit that a reference is past, or "": a short block can be past few of them."""
    if len(reference.key) > MAX_KEY // 4 and len(reference.key.encode("utf-8", "surrogatepass")) > MAX_KEY:
        return f"a key of more than {MAX_KEY} bytes"
    if length > MAX_FIELDS and len(reference.fields) + len(reference.extra) > MAX_FIELDS:
        return f"more than {MAX_FIELDS} fields"
    if length > MAX_NAMES and any(isinstance(v, tuple) and len(v) > MAX_NAMES for v in reference.fields.values()):
        return f"more than {MAX_NAMES} names"
    texts = (*reference.fields.values(), *reference.extra.values()) if length > MAX_FIELD else ()
    if any(isinstance(text, str) and len(text) > MAX_FIELD for text in texts):
        return f"a field larger than {MAX_FIELD >> 20} MiB"
    return f"larger than {MAX_ENTRY >> 20} MiB" if length > MAX_ENTRY else ""


def write(references: Sequence[Reference], format: str, **options: Any) -> str:
    """Return the references as a text in a format; options are those of the format's `write`."""
    if format not in FORMATS or not FORMATS[format].writes:
        raise UsageError(f"no format to write is called {format!r}")
    text: str = import_module(f"refs.formats.{FORMATS[format].module}").write(references, **options)
    return text


def guess(data: bytes, name: str) -> str:
    """Return the format of a file by its content, then by its ending; raise ParseError when nothing fits."""
    from refs.formats.encodings import decode

    return _guess(decode(data)[0], name)


def _guess(text: str, name: str) -> str:
    ending = PurePath(name).suffix.lower()
    by_ending = next((format.name for format in FORMATS.values() if ending in format.endings), "")
    start = text[:4096].lstrip()
    if start[:1] in ("{", "["):
        if _is_seed(start):
            return "seed"
        if re.search(r'"id"\s*:\s*"https?://zotero\.org/', start):
            return "zotero"
        return "jsonl" if by_ending == "jsonl" else "csljson"
    if start.startswith(("<", "\ufeff<")) or ending == ".xml":
        return _guess_xml(text, name)
    if by_ending in ("bibtex", "biblatex") or (by_ending in ("cff", "csv", "tsv") and start):
        return by_ending
    if by_ending == "cslyaml" and (found := _yaml(text)):
        return found
    if re.search(RIS, text.replace("\r", "\n")):
        return "ris"
    if re.search(NBIB, text.replace("\r", "\n")):
        return "nbib"
    if re.search(BIB_BLOCK, text):
        return "bibtex"
    if re.search(ENW, text):
        return "enw"
    if found := _yaml(text) or _lines(text):
        return found
    if by_ending and start:
        raise ParseError(f"no {ending[1:]} file, whatever its name says", Location(name, 1))
    raise ParseError(_nothing_in(text), Location(name))


def _guess_xml(text: str, name: str) -> str:
    found = next((format for format, pattern in XML if re.search(pattern, text[:65536])), "")
    if not found and re.search(BIB_BLOCK, text):
        return "bibtex"  # a page of the web around the entries
    if not found:
        raise ParseError("XML, but no bibliography in a format that is known", Location(name, 1))
    return found


def _yaml(text: str) -> str:
    return next((format for format, pattern in YAML if re.search(pattern, text)), "")


def _lines(text: str) -> str:
    """Tell a table by its header, and a list of identifiers by its lines."""
    from refs.formats import delimited, identifierlist

    if delimited.is_table(text):
        return "tsv" if "\t" in text[:65536].lstrip().partition("\n")[0] else "csv"
    return "identifiers" if identifierlist.is_list(text) else ""


def _is_seed(start: str) -> bool:
    """Tell a scholar site's record: an object whose names no other format uses."""
    return start.startswith("{") and bool(re.match(r'\{\s*"title"\s*:', start)) and '"authors"' in start


def _nothing_in(text: str) -> str:
    from refs.identifiers import find_all

    if not text.strip():
        return "empty"
    if found := find_all(text[:1_000_000]):
        return f"no bibliography in it, but identifiers such as {found[0]}, which `refs add` takes"
    return "prose without any bibliographic record or identifier"


def is_local(source: Source | None) -> bool:
    """Tell whether a field is the user's own, typed in or read at a line of a file, and not a registry's."""
    return source is not None and (source.name == "user" or bool(re.fullmatch(r".*:\d+", source.name)))


def is_latex(source: Source | None) -> bool:
    """Tell whether a field is the user's own LaTeX: typed in, or from a file that is in no format of plain text."""
    if source is None or not is_local(source):
        return False
    ending = PurePath(source.name.rpartition(":")[0]).suffix.lower()
    return ending not in PLAIN_ENDINGS


PLAIN_ENDINGS = frozenset(
    ending for format in FORMATS.values() if not format.name.startswith("bib") for ending in format.endings
) | {".docx", ".odt"}


def key_problem(key: str, format: str = "biblatex") -> str:
    """Return why BibTeX, biber or LaTeX cannot use a key, or "". BibTeX alone reads an apostrophe in it."""
    if not key:
        return "the key is empty"
    special = '{}(),=\\#%"~' if format == "bibtex" else "{}(),=\\#%\"~'"
    if bad := next((char for char in key if char in special or char.isspace() or not char.isprintable()), ""):
        return f"{'biber' if bad == APOSTROPHE else 'BibTeX'} allows no {BLANKS.get(bad) or repr(bad)} in a key"
    return "TeX reads ^^ in a key as the start of another character, such as a backslash" if "^^" in key else ""


APOSTROPHE = "'"
BLANKS = {" ": "blank", "\t": "tab", "\n": "line end"}

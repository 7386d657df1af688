"""The text of a .bib file -> its blocks: bibtexparser splits it, and what it gets wrong is scanned again.

Entries that are beyond doubt, as most are, are found by regular expressions in a third of the splitter's time; what
stands between them goes through it, and all of the text when something in it is broken.

The blocks are in order and leave nothing out: each reaches to the start of the next one. Trusted are the splitter's
blocks whose every value is one group, one quoted text, one word or a concatenation; all others, and the text between
blocks, go through `bibscan`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from refs.formats.bibscan import (
    EXTRA_BRACE,
    HEAD,
    INLINE,
    MAX_ENTRY,
    MAX_FIELD,
    MAX_FIELDS,
    MAX_KEY,
    Raw,
    Scanner,
)

if TYPE_CHECKING:
    from bibtexparser.library import Library

GROUP = r"\{[^{}]*\}"
for _ in range(4):  # levels of braces within
    GROUP = rf"\{{[^{{}}]*(?:{GROUP}[^{{}}]*)*\}}"
SIMPLE_VALUE = re.compile(rf'{GROUP}|"[^"{{}}]*(?:{GROUP}[^"{{}}]*)*"|[^\s{{}}",#=%()\\]+')
FIELD_NAME = re.compile(r"[^\s=,{}()\"#%\\]+")
COMMENTED = re.compile(r"(?:[ \t]*%[^\n]*(?:\n|\Z))+")


# An entry is regular when it begins a line and ends one, holds no other "@" at the start of a line, no escaped brace,
# and each of its values is simple.
REGULAR_HEAD = re.compile(r"@(\w+)\{[ \t]*([^\s,{}\"=#%\\()@]+)[ \t]*,")
REGULAR_FIELD = re.compile(rf"\s*([A-Za-z][\w:.+-]*)\s*=\s*({SIMPLE_VALUE.pattern})\s*(,|(?=\}}))")
REGULAR_END = re.compile(r"\s*\}(?=[ \t]*\r?(?:\n|\Z))")
INDENTED = re.compile(r"\n[ \t]+@")
NO_ENTRIES = frozenset({"string", "preamble", "comment"})


def split(text: str) -> list[Raw]:
    """Return the blocks of a text; the first starts at 0 or after blanks, each ends where the next one starts."""
    scan = re.sub(r"\r(?!\n)", "\n", text) if "\r" in text else text
    blocks = _with_regular(scan)
    number(scan, blocks)
    return [_checked(raw, scan) for raw in blocks]


def _with_regular(scan: str) -> list[Raw]:
    """Return the blocks, what stands between the regular entries split by itself unless some of it is broken."""
    blocks: list[Raw] = []
    position = 0
    for regular in (*_regular(scan), None):
        start = regular.start if regular else len(scan)
        between = scan[position:start]
        for raw in split_irregular(between) if between and not between.isspace() else ():
            if raw.kind == "quarantine":
                return split_irregular(scan)  # it may reach over the entries after it
            raw.start, raw.end = raw.start + position, raw.end + position
            blocks.append(raw)
        if regular:
            blocks.append(regular)
            position = regular.end
    return blocks


def _regular(scan: str) -> Iterator[Raw]:
    """Yield the regular entries."""
    start = 0 if scan.startswith("@") else scan.find("\n@") + 1
    while start or scan.startswith("@"):
        following = scan.find("\n@", start)
        if raw := _regular_entry(scan, start, following if following >= 0 else len(scan)):
            yield raw
        start = following + 1
        if not start:
            return


def _regular_entry(scan: str, start: int, stop: int) -> Raw | None:
    head = REGULAR_HEAD.match(scan, start, stop)
    if not head or (scan.find("@", start + 1, stop) > 0 and INDENTED.search(scan, start, stop)):
        return None
    if scan.find("\\{", start, stop) >= 0 or scan.find("\\}", start, stop) >= 0:
        return None
    fields: list[tuple[str, str]] = []
    position = head.end()
    while found := REGULAR_FIELD.match(scan, position, stop):
        name, value, comma = found.groups()
        fields.append((name, value))
        position = found.end()
        if not comma:
            break
    end = REGULAR_END.match(scan, position, min(stop + 1, len(scan)))
    kind = head[1].lower()
    if not fields or not end or kind in NO_ENTRIES or EXTRA_BRACE.match(scan, end.end()):
        return None
    return Raw("entry", start, end.end(), type=kind, key=head[2], fields=fields, simple=True)


def split_irregular(scan: str) -> list[Raw]:
    """Return the blocks of a text without lone carriage returns by the splitter alone, their lines not yet counted."""
    scanner = Scanner(scan)
    blocks: list[Raw] = []
    position = 0
    for start, block in _located(scan):
        if start < position:
            continue
        position = _between(scanner, position, start, blocks)
        if start < position:
            continue
        if end := _commented_out(scan, start):
            _append(scanner, Raw("comment", position, end), blocks)
            position = end
            continue
        raw = _trusted(block, start)
        if raw is None or (raw.kind == "entry" and EXTRA_BRACE.match(scan, raw.end)):
            raw = scanner.block(start)
        if raw.kind == "quarantine":
            raw = _escaped_braces(block, start) or raw
        _append(scanner, raw, blocks)
        position = raw.end
    _between(scanner, position, len(scan), blocks)
    return blocks


def _located(text: str) -> Iterator[tuple[int, Any]]:
    """Yield (start, block) for the splitter's blocks, its implicit comments left out, a second of a key like others."""
    position = 0
    found: Sequence[Any] = _library(text).blocks
    for block in found:
        if type(block).__name__ in ("DuplicateBlockKeyBlock", "DuplicateFieldKeyBlock"):
            block = block.ignore_error_block
        raw = block.raw
        if type(block).__name__ == "ImplicitComment" or not raw:
            continue
        start = text.find(raw, position)
        if start >= 0:
            position = start + len(raw)
            yield start, block


def _library(text: str) -> Library:
    from bibtexparser.entrypoint import parse_string

    logger = logging.getLogger("bibtexparser")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # it logs each block that it cannot split
    try:
        library = parse_string(text, parse_stack=[])
    finally:
        logger.setLevel(level)
    for failed in library.failed_blocks:
        if failed.error:
            failed.error.__traceback__ = None  # its frames hold the library itself, which would outlive its use
    return library


def _trusted(block: Any, start: int) -> Raw | None:
    """Return the splitter's block when it can only be right, else None."""
    kind = type(block).__name__
    end = start + len(block.raw)
    if kind == "Entry":
        return _trusted_entry(block, start, end)
    if kind == "String":
        if block.raw[:7].lower() == "@string" and block.raw[7:8] in " \t{(" and SIMPLE_VALUE.fullmatch(block.value):
            return Raw("string", start, end, type="string", fields=[(block.key, block.value)])
        return None
    if kind == "Preamble":
        return Raw("preamble", start, end) if block.raw[9:10] in " \t{(" else None
    if kind == "ExplicitComment":
        return Raw("comment", start, end) if block.raw[8:9] in " \t{" else None
    return None


def _trusted_entry(entry: Any, start: int, end: int) -> Raw | None:
    matches = SIMPLE_VALUE.fullmatch
    fields: list[tuple[str, str]] = []
    for field in entry.fields:
        name, value = field.key, field.value
        if not matches(value) or not (name.isalnum() or FIELD_NAME.fullmatch(name)):
            return None
        fields.append((name, value))
    if not fields or "\n" in entry.key:
        return None
    return Raw("entry", start, end, type=entry.entry_type, key=entry.key, fields=fields, simple=True)


def _commented_out(text: str, start: int) -> int:
    """Return where an entry ends that has a % before each of its lines, 0 for any other."""
    if start == 0 or text[start - 1] == "\n":
        return 0
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].lstrip().startswith("%"):
        return 0
    lines = COMMENTED.match(text, line)
    return lines.end() if lines and lines[0].count("\n") > 1 else 0


def _escaped_braces(block: Any, start: int) -> Raw | None:
    """Return an entry that only the splitter can read: it takes the brace of `\\{` for text, which BibTeX counts."""
    if type(block).__name__ != "Entry" or not all(FIELD_NAME.fullmatch(field.key) for field in block.fields):
        return None
    fields = []
    for field in block.fields:
        bare = re.sub(r"\\[{}]", "", field.value)
        if not SIMPLE_VALUE.fullmatch(bare):
            return None
        text = field.value if bare == field.value else _named_braces(field.value)
        fields.append((field.key, text))
    warning = "an escaped brace without its partner, which BibTeX counts like any other"
    end = start + len(block.raw)
    return Raw("entry", start, end, type=block.entry_type, key=block.key, fields=fields, warnings=[warning])


def _named_braces(value: str) -> str:
    return value.replace("\\{", "\\textbraceleft{}").replace("\\}", "\\textbraceright{}")


def _between(scanner: Scanner, start: int, end: int, blocks: list[Raw]) -> int:
    """Append what stands between two blocks: comments, and entries that the splitter did not see.

    Return the position reached, which is past `end` when such an entry is.
    """
    while start < end and not scanner.text[start:end].isspace():
        found = INLINE.search(scanner.text, start, end) or _spaced_head(scanner.text, start, end)
        stop = found.start() if found else end
        if scanner.text[start:stop].strip():
            blocks.append(Raw("comment", start, stop))
        if not found:
            return end
        raw = scanner.block(stop)
        _append(scanner, raw, blocks)
        start = raw.end
    return max(start, end)


def _spaced_head(text: str, start: int, end: int) -> re.Match[str] | None:
    """Find an entry that reaches past `end`: its head alone stands in the gap."""
    match = re.compile(r"(?m)^[ \t]*@\s*[\w-]+\s*\Z").search(text[start:end])
    return HEAD.match(text, start + match.start() + match[0].index("@")) if match else None


def _append(scanner: Scanner, raw: Raw, blocks: list[Raw]) -> None:
    """Append a block; one without fields that no line begins with is part of a sentence."""
    text = scanner.text
    if raw.kind != "comment" and (raw.start == 0 or text[raw.start - 1] == "\n"):
        blocks.append(raw)
        return
    before = text[text.rfind("\n", 0, raw.start) + 1 : raw.start].strip()
    if raw.kind == "entry" and not raw.fields and before:
        raw = Raw("comment", raw.start, raw.end)
    elif raw.kind == "entry" and before.startswith("%"):
        raw.warnings.append("a % stands before it, but BibTeX reads it all the same")
    previous = blocks[-1] if blocks else None
    if raw.kind == "comment" and previous and previous.kind == "comment" and before and previous.end == raw.start:
        previous.end = raw.end
    else:
        blocks.append(raw)


def number(text: str, blocks: list[Raw]) -> None:
    """Set the line of each block: that of its first character that is not blank."""
    line, position = 1, 0
    for raw in blocks:
        start = raw.start + len(text[raw.start : raw.end]) - len(text[raw.start : raw.end].lstrip())
        line += text.count("\n", position, start)
        raw.line, position = line, start


def _checked(raw: Raw, text: str) -> Raw:
    """Return the block, or a quarantined one when it is past a limit."""
    reason = ""
    size = raw.end - raw.start
    if raw.kind != "entry":
        return raw
    if size > MAX_ENTRY:
        reason = f"larger than {MAX_ENTRY >> 20} MiB"
    elif len(raw.key) > MAX_KEY // 4 and len(raw.key.encode("utf-8", "surrogatepass")) > MAX_KEY:
        reason = f"a key of more than {MAX_KEY} bytes"
    elif len(raw.fields) > MAX_FIELDS:
        reason = f"more than {MAX_FIELDS} fields"
    elif size > MAX_FIELD and any(len(value) > MAX_FIELD for _, value in raw.fields):
        reason = f"a field larger than {MAX_FIELD >> 20} MiB"
    return Raw("quarantine", raw.start, raw.end, raw.line, reason=reason) if reason else raw


def pieces(value: str) -> list[tuple[str, str]]:
    """Return the pieces of an expression as ("text", ...) and ("name", ...): `"10~" # jan` has one of each."""
    if value[0] == "{" or value[0] == '"':
        if SIMPLE_VALUE.fullmatch(value):
            return [("text", value[1:-1])]
    elif "#" not in value:
        return [("text" if value.isdecimal() else "name", value)]
    scanner = Scanner(value)
    found: list[tuple[str, str]] = []
    position = 0
    while position >= 0:
        end = scanner.piece(position, len(value))
        piece = value[position:end]
        found.append(("text", piece[1:-1]) if piece[0] in '{"' else pieces(piece)[0])
        position = scanner.joined(end, len(value))
    return found

"""Put other keys into a document: the places of its citations, and what is to stand there.

Nothing but the keys is touched. A key whose written form is not found where its citation is said to stand is left and
told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from refs.errors import Location, ParseError
from refs.formats import key_problem
from refs.papers import ARCHIVES, Citation, Citations, clusters, ipynb, typst

MADE = frozenset({"aux", "bcf"})
"""The readers of files that programs make anew; ARCHIVES hold records instead of keys."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CHARACTER = re.compile(r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u\w{4}|\\.|[^\\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Edit:
    """A key as it is written at an offset, and what takes its place."""

    offset: int
    old: str
    new: str


def refusal(reader: str) -> str:
    """Return why the documents of a reader hold no keys that their author writes, or ""."""
    if reader in MADE:
        return "programs write this file; rewrite the document that it is made from"
    return "its citations hold records in place of keys" if reader in ARCHIVES else ""


def rename(text: str, reader: str, mapping: Mapping[str, str]) -> str:
    """Return a text with other keys, old -> new; what it includes stays as it is.

    Raise ParseError for a key that cannot be found again or cannot be written there.
    """
    read = import_module(f"refs.papers.{reader}").read
    found: Citations = read(_LINE_END.sub("\n", text), "", lambda _: None)
    return apply(text, edits(text, reader, found.citations, mapping))


def edits(text: str, reader: str, citations: Iterable[Citation], mapping: Mapping[str, str]) -> list[Edit]:
    """Return the edits of one file's text for its citations; raise ParseError for a place that cannot be edited."""
    wanted = [one for one in citations if one.kind != "all" and mapping.get(one.key, one.key) != one.key]
    if reader == "ipynb":
        return _in_notebook(text, wanted, mapping)
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    found = []
    for one in wanted:
        offset = starts[one.line - 1] + one.column - 1
        old = _written(text, offset, one, reader)
        found.append(Edit(offset, old, _new(text, offset, one, mapping[one.key], reader)))
    return found


def apply(text: str, found: Sequence[Edit]) -> str:
    """Return the text with the edits made."""
    parts: list[str] = []
    position = 0
    for edit in sorted(set(found), key=lambda edit: edit.offset):
        parts += (text[position : edit.offset], edit.new)
        position = edit.offset + len(edit.old)
    return "".join([*parts, text[position:]])


def reversed_edits(found: Sequence[Edit]) -> list[Edit]:
    """Return the edits that take these back, with offsets into the text that they made."""
    taken: list[Edit] = []
    shift = 0
    for edit in sorted(set(found), key=lambda edit: edit.offset):
        taken.append(Edit(edit.offset + shift, edit.new, edit.old))
        shift += len(edit.new) - len(edit.old)
    return taken


def _written(text: str, offset: int, citation: Citation, reader: str) -> str:
    """Return the key as it is written at an offset: LaTeX may escape characters and break lines in it."""
    pattern = "".join(map(_in_tex, citation.key)) if reader == "tex" else re.escape(citation.key)
    match = re.compile(pattern).match(text, offset)
    if match is None:
        raise ParseError(f"{citation.key!r} is not found as it is cited here", _place(citation))
    return match[0]


def _in_tex(char: str) -> str:
    if char == " ":
        return r"\s+"
    return rf"\\?{re.escape(char)}" if char in "%#&_" else re.escape(char)


def _new(text: str, offset: int, citation: Citation, key: str, reader: str) -> str:
    """Return a key as it is to be written in the place of another; pandoc's form in braces where it needs one."""
    if problem := key_problem(key):
        raise ParseError(f"{key!r} cannot be written here: {problem}", _place(citation))
    if reader == "typst" and (not re.fullmatch(typst.LABEL, key) or key[-1] in ":."):
        raise ParseError(f"{key!r} cannot be written here: Typst reads no such label", _place(citation))
    if reader in ("markdown", "ipynb") and text[offset - 1] == "@" and not re.fullmatch(clusters.KEY, key):
        return f"{{{key}}}"
    return key


def _place(citation: Citation) -> Location:
    return Location(citation.file, citation.line, citation.column)


def _in_notebook(text: str, citations: Sequence[Citation], mapping: Mapping[str, str]) -> list[Edit]:
    """Return the edits of a notebook: a citation's place is in a cell, whose lines are strings of the JSON text."""
    cells = dict(_cells(text)) if citations else {}
    found = []
    for one in citations:
        source, offsets = cells[int(one.file.rpartition(" ")[2])]
        starts = [0, *(match.end() for match in re.finditer("\n", source))]
        at = starts[one.line - 1] + one.column - 1
        if not source.startswith(one.key, at):
            raise ParseError(f"{one.key!r} is not found as it is cited here", _place(one))
        new = json.dumps(_new(source, at, one, mapping[one.key], "ipynb"), ensure_ascii=text.isascii())[1:-1]
        start, end = offsets[at], offsets[at + len(one.key)]
        found.append(Edit(start, text[start:end], new))
    return found


def _cells(text: str) -> Iterator[tuple[int, tuple[str, list[int]]]]:
    """Yield each cell's number, its source, and where in the JSON text each character of it is, and where it ends.

    A cell's strings follow the name "source".
    """
    tokens = [(match.start(), match[0]) for match in _STRING.finditer(text)]
    values = [json.loads(token, strict=False) for _, token in tokens]
    position = 0
    for number, source in ipynb.cells(json.loads(text)):
        lines = source if isinstance(source, list) else [source]
        while position < len(values) and (
            values[position] != "source" or values[position + 1 : position + 1 + len(lines)] != lines
        ):
            position += 1
        here = tokens[position + 1 : position + 1 + len(lines)]
        position += len(here)
        offsets: list[int] = []
        end = 0
        for start, token in here:
            offsets += [start + match.start() for match in _CHARACTER.finditer(token, 1, len(token) - 1)]
            end = start + len(token) - 1
        yield number, ("".join(lines), [*offsets, end])

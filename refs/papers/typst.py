"""Typst: `@key`, `#cite(<key>)` and `#ref(<key>)`, with `#include` and `#import` of the document's own files followed.

A reference to a label that the document sets itself is no citation. Where markup ends and code begins is followed as
Typst's own lexer does (crate typst-syntax, `lexer.rs`), for quotation marks and brackets mean other things in each.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from refs.identifiers import trimmed
from refs.papers.citation import Citations, Load, Part, Reading

LABEL = r"[\w\-:.]+"
# A DOI after an at sign is meant as a key, though Typst ends the label at the slash.
DOI = r"(?i:doi:)10\.\d{4,9}/[\w\-:.;/()]*"
_CALL = (
    r"(?<![\w.\-])(?:cite|ref)(?=\s*\(\s*(?:<(?P<cited>[^<>\s]+)>|label\(\s*\"(?P<named>[^\"\n]+)\"\s*\))"
    r"(?P<silent>\s*,\s*form:\s*none)?)"
)
_ALL = r"(?<![\w.\-])(?P<all>bibliography)(?=\s*\([^()]{0,500}(?:\([^()]{0,2000}\)[^()]{0,500})?\bfull:\s*true\b)"
_SHARED = r"/\*|\$|(?P<raw>`+)"
_MARKUP = re.compile(
    r"\\.|https?://[^\s\"<>\\^`{}|\[\]]*|//[^\n]*|(?P<code>\#(?=[\w\"({\[]))|[\[\]]"
    rf"|@(?P<key>{DOI}|{LABEL})|<(?P<label>{LABEL})>|{_SHARED}",
    re.DOTALL,
)
_CODE = re.compile(
    rf"(?P<file>(?<![\w.\-])(?:include|import)\s+\"(?P<path>[^\"\n]+)\")|{_CALL}|{_ALL}"
    rf"|\"(?:\\.|[^\"\\])*(?:\"|\Z)|//[^\n]*|[(){{}}\[\];\n]|{_SHARED}",
    re.DOTALL,
)
_KEYWORD = re.compile(r"(?:let|set|show|import|include|return|(?P<block>if|for|while))\b(?!-)|(?P<context>context\s+)")
_ELSE = re.compile(r"\s*else\b(?!-)")
_EXPRESSION = re.compile(rf"(?:{_CALL}|{_ALL}|\w[\w-]*)|\"(?:\\.|[^\"\\\n])*\"")
_METHOD = re.compile(r"\.[^\W\d][\w-]*")
_FORMULA = re.compile(r"(?:[^$\\]|\\.)*\$", re.DOTALL)
_COMMENT = re.compile(r"/\*|\*/")
_CLOSING = {"(": ")", "{": "}", "[": "]"}
# What the scanner is inside of, besides the closing bracket that it waits for: a statement, one that ends
# with its block, or what follows a value.
_STATEMENT, _BLOCK, _VALUE = "\n", "?", "."


def read(text: str, file: str, load: Load) -> Citations:
    """Return what a Typst document cites; `#bibliography(.., full: true)` is everything.

    A path that begins with a slash is relative to the folder of `file`, as with Typst's default root.
    """
    labels: set[str] = set()
    reading = Reading(load, lambda reading, part: _Scanner(reading, part, labels).scan())
    reading.read(Part(file, text))
    found = reading.result()
    return replace(found, citations=tuple(one for one in found.citations if one.key not in labels))


class _Scanner:
    """The scan of one file, with the brackets, statements and values that are open; labels are the document's."""

    def __init__(self, reading: Reading, part: Part, labels: set[str]) -> None:
        self.reading = reading
        self.part = part
        self.text = part.text
        self.labels = labels
        self.open: list[str] = ["]"]
        self.unclosed: set[str] = set()

    def scan(self) -> None:
        """Note the citations of the file."""
        position = 0
        while position < len(self.text):
            inside = self.open[-1]
            if inside == _VALUE:
                position = self._after_value(position)
                continue
            match = (_MARKUP if inside == "]" else _CODE).search(self.text, position)
            if not match:
                return
            position = self._markup(match) if inside == "]" else self._code(match)

    def _markup(self, match: re.Match[str]) -> int:
        kind, end = match.lastgroup, match.end()
        if kind == "key":
            key = trimmed(match["key"]).rstrip(":.") if "/" in match["key"] else match["key"].rstrip(":.")
            self._cite(key, match.start("key"))
            if "/" in key:
                reason = f"Typst reads @{key} only up to the slash: refs rewrite, or #cite(label({key!r}))"
                self.reading.complain(reason.replace("'", '"'), self.part.location(match.start("key")))
            return match.start("key") + len(key) or end
        if kind == "label":
            self.labels.add(match["label"])
        elif kind == "code":
            return self._begin_code(end)
        elif match[0] in "[]":
            self._bracket(match[0], end)
        return self._skip(match)

    def _code(self, match: re.Match[str]) -> int:
        char = match[0]
        if char in (";", "\n"):
            if self.open[-1] in (_STATEMENT, _BLOCK):
                self.open.pop()
        elif char in "(){}[]":
            if self.open[-1] in (_STATEMENT, _BLOCK) and char in ")}]":
                # A statement ends with the block around it.
                self.open.pop()
                return match.start()
            self._bracket(char, match.end())
        elif match["file"]:
            self._follow(match["path"], match.start())
        else:
            self._call(match)
        return self._skip(match)

    def _begin_code(self, position: int) -> int:
        """Enter the code after a hash: a statement, or an expression with its calls."""
        keyword = _KEYWORD.match(self.text, position)
        if keyword and not keyword["context"]:
            self.open.append(_BLOCK if keyword["block"] else _STATEMENT)
            return position
        position = keyword.end() if keyword else position
        self.open.append(_VALUE)
        match = _EXPRESSION.match(self.text, position)
        if match:
            self._call(match)
            return match.end()
        self._bracket(self.text[position], position + 1)
        return position + 1

    def _after_value(self, position: int) -> int:
        """Go on with `.method`, `(arguments)` or `[content]`, or leave the expression."""
        if match := _METHOD.match(self.text, position):
            return match.end()
        if (char := self.text[position]) in "([":
            self._bracket(char, position + 1)
            return position + 1
        self.open.pop()
        return position

    def _bracket(self, char: str, end: int) -> None:
        """Open or close a bracket; closing a block may end the statement around it."""
        if char in _CLOSING:
            self.open.append(_CLOSING[char])
        elif char == self.open[-1] and len(self.open) > 1:
            self.open.pop()
            if self.open[-1] == _BLOCK and char in "]}" and not _ELSE.match(self.text, end):
                self.open.pop()

    def _call(self, match: re.Match[str]) -> None:
        groups = match.groupdict()
        if groups.get("all"):
            self.reading.cite("*", self.part.location(match.start()), "all")
        for name in ("cited", "named"):
            if groups.get(name):
                self._cite(match[name], match.start(name), "nocite" if match["silent"] else "cite")

    def _cite(self, key: str, offset: int, kind: str = "cite") -> None:
        if key:
            self.reading.cite(key, self.part.location(offset), kind)

    def _follow(self, name: str, offset: int) -> None:
        if not name.startswith("@"):
            base = self.reading.files[0] if name.startswith("/") else self.part.file
            path = posixpath.join(posixpath.dirname(base), name.lstrip("/"))
            self.reading.follow([path], self.part.location(offset))

    def _skip(self, match: re.Match[str]) -> int:
        """Return where the raw text, comment or formula ends that a token opens, or the token itself.

        What is found not to end is looked through once only.
        """
        mark, end = match[0], match.end()
        if mark in self.unclosed or mark == "``":
            return end
        if match["raw"]:
            found = self.text.find(mark, end) + len(mark)
            found = found if found >= end else 0
        elif mark == "/*":
            found = self._after_comment(end)
        elif mark == "$":
            formula = _FORMULA.match(self.text, end)
            found = formula.end() if formula else 0
        else:
            return end
        if not found:
            self.unclosed.add(mark)
        return found or end

    def _after_comment(self, position: int) -> int:
        level = 1
        for match in _COMMENT.finditer(self.text, position):
            level += 1 if match[0] == "/*" else -1
            if not level:
                return match.end()
        return 0

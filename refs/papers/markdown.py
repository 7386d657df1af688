"""Markdown as pandoc, Quarto, R Markdown and MyST write it.

The syntax of a citation is that of pandoc's manual, "Citation syntax", and of its reader: `@` not after a letter or
digit, then a letter, digit or underscore, then letters, digits, underscores and single punctuation between them; or
`@{...}`. MyST's role {cite}`key` counts too. Code, comments, addresses of links and cross-references are skipped.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterator

from refs.papers.citation import Citations, Load, Part, Reading
from refs.papers.rst import role_keys

KEY = r"\w(?:\w|[:.#$%&\-+?<>~/](?=\w)|[:/](?=/))*"
# Cross-references begin so in Quarto, and in pandoc-crossref with a colon.
QUARTO_LABELS = frozenset(
    "fig tbl lst sec eq thm lem cor prp cnj def exm exr sol rem alg nte tip wrn imp cau vid".split()
)
CROSSREF_LABELS = frozenset({"fig", "tbl", "lst", "sec", "eq"})
# Metadata that names accounts, where @ is no citation.
ACCOUNTS = frozenset({"twitter", "mastodon", "bluesky", "github", "site", "creator", "handle", "email"})

_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)")
_LIST_ITEM = re.compile(r"[ \t>]*(?:[-*+:~]|\(?\w{1,9}[.)]|\(@[\w-]*\)|\[\^[^\]\n]*\]:)[ \t]")
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)")
_EXAMPLE = re.compile(r"^[ \t>]*\(@([\w-]+)\)", re.MULTILINE)
_FIELD = re.compile(r"[ \t]*(?:- +)?([A-Za-z_][\w-]*)[ \t]*:(?=\s|$)")
_ID = re.compile(r"^[ \t]*(?:- +)?id:[ \t]*[\"']?([^\"'\n]*[^\"'\s])", re.MULTILINE)
_METADATA_END = re.compile(r"(?![ \t]*\n)(?:[^\n]*\n)*?((?:---|\.\.\.)[ \t]*(?:\n|\Z))")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_TOKEN = re.compile(
    r"\\[^\w\s]"
    r"|\{cite(?::[a-z:]+)?\}`(?P<role>[^`]*)`"
    r"|(?P<ticks>`+)"
    r"|(?P<comment><!--)"
    r"|<cite[ \t]+data-cite=[\"'](?P<html>[^\"'<>\n]*)[\"']"
    r"|\{\{<[ \t]*include[ \t]+(?P<include>\"[^\"\n]*\"|[^\s\"]+)[ \t]*>\}\}"
    r"|\]\([^\s()]*"
    r"|https?://[^\s<>\[\]\"]+"
    rf"|(?<![^\W_])@(?:(?P<key>{KEY})|\{{(?P<braced>[^\n{{}}]+)\}}|(?P<all>\*))"
)


def read(text: str, file: str, load: Load) -> Citations:
    """Return what a Markdown document cites, metadata included; Quarto's `{{< include file >}}` is followed.

    Keys in the metadata field `nocite` are of kind "nocite", `@*` there is everything; the ids of the field
    `references` are defined by the document.
    """
    reading = Reading(load, scan)
    reading.read(Part(file, text))
    return reading.result()


def scan(reading: Reading, part: Part) -> None:
    """Note the citations of one file, or of a cell of a notebook."""
    scanner = _Scanner(reading, part)
    for start, end, field in _blocks(part.text):
        if field == "references":
            reading.defined.update(match[1] for match in _ID.finditer(part.text, start, end))
        else:
            scanner.scan(start, end, "nocite" if field == "nocite" else "cite")


Block = tuple[int, int, str]
"""A span, and the metadata field that it belongs to: "" for the text of the document."""


def _blocks(text: str) -> Iterator[Block]:
    """Yield the runs of lines that are prose or metadata; fenced and indented code is left out."""
    fence, in_list, after_blank, after_code, resume = "", False, True, False, 0
    start = offset = 0
    for line in text.split("\n"):
        end = offset + len(line) + 1
        if offset < resume:
            start = offset = end
            continue
        code = bool(fence) or ((after_blank or after_code) and not in_list and _INDENTED.match(line) is not None)
        if fence:
            bare = line.strip(" \t>")
            # The caption of a figure is written as a comment in the code that draws it.
            code = not (bare.startswith("#|") and "cap:" in bare)
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]) else fence
        elif (match := _FENCE.match(line)) and not (match[1][0] == "`" and "`" in match[2]):
            fence, code = match[1], True
        elif line.rstrip() == "---" and after_blank and (found := _METADATA_END.match(text, end)):
            resume = found.end()
            yield from ((start, offset, ""), *_fields(text, end, found.start(1)))
            code = True
        elif (line and not line[0].isspace() and after_blank) or _LIST_ITEM.match(line):
            in_list = _LIST_ITEM.match(line) is not None
        if code:
            yield start, offset, ""
            start = end
        after_blank, after_code, offset = not line.strip(), code, end
    yield start, len(text), ""


def _fields(text: str, start: int, end: int) -> Iterator[Block]:
    """Yield the lines of a metadata block, each with the top-level field it belongs to."""
    field = ""
    for line in text[start:end].split("\n"):
        match = _FIELD.match(line)
        if match and line[0] not in " \t-":
            field = match[1]
        if not (line.lstrip().startswith("#") or (match and match[1] in ACCOUNTS)):
            yield start, start + len(line), field
        start += len(line) + 1


class _Scanner:
    """The scan of one file's prose; it knows the runs of backticks and the numbered examples of the whole file."""

    def __init__(self, reading: Reading, part: Part) -> None:
        self.reading = reading
        self.part = part
        self.text = part.text
        self.examples = frozenset(_EXAMPLE.findall(part.text)) if "(@" in part.text else frozenset()
        self.last_comment_end = part.text.rfind("-->")
        self.ticks: dict[int, list[int]] = {}
        for match in re.finditer("`+", part.text):
            self.ticks.setdefault(len(match[0]), []).append(match.start())

    def scan(self, start: int, end: int, kind: str) -> None:
        """Note the citations between two offsets."""
        position = start
        while match := _TOKEN.search(self.text, position, end):
            position = match.end()
            found = match.lastgroup
            if found == "ticks":
                position = self._after_code_span(match, end)
            elif found == "comment":
                position = self._after_comment(position)
            elif found == "include":
                self._include(match)
            elif found in ("role", "html"):
                for offset, key in role_keys(match[found]):
                    self.reading.cite(key, self.part.location(match.start(found) + offset), kind)
            elif found:
                self._cite(match[found], match.start(found), kind)

    def _cite(self, key: str, offset: int, kind: str) -> None:
        if key == "*":
            if kind == "nocite":
                self.reading.cite(key, self.part.location(offset), "all")
            return
        prefix = re.split("[-:]", key, maxsplit=1)[0]
        quarto = key.startswith(prefix + "-") and self.part.file.lower().endswith((".qmd", ".ipynb"))
        if key in self.examples or (prefix in QUARTO_LABELS and quarto):
            return
        if not (prefix in CROSSREF_LABELS and key.startswith(prefix + ":")):
            self.reading.cite(key, self.part.location(offset), kind)

    def _after_code_span(self, match: re.Match[str], end: int) -> int:
        """Return where the code span ends that a run of backticks opens, or the end of the run if it opens none."""
        closing = self.ticks[len(match[0])]
        index = bisect_left(closing, match.end())
        if index == len(closing) or closing[index] >= end:
            return match.end()
        if _PARAGRAPH_END.search(self.text, match.end(), closing[index]):
            return match.end()
        return closing[index] + len(match[0])

    def _after_comment(self, position: int) -> int:
        return self.text.find("-->", position) + 3 if position <= self.last_comment_end else position

    def _include(self, match: re.Match[str]) -> None:
        name = match["include"].strip('"')
        folder = posixpath.dirname(self.reading.files[0] if name.startswith("/") else self.part.file)
        path = posixpath.join(folder, name.lstrip("/"))
        self.reading.follow([path], self.part.location(match.start()))

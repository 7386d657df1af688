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
from refs.papers.clusters import CITATION, Cite, Cluster, ClusterReader, Mark, Span
from refs.papers.rst import role_keys

# Cross-references begin so in Quarto, and in pandoc-crossref with a colon.
QUARTO_LABELS = frozenset(
    "fig tbl lst sec eq thm lem cor prp cnj def exm exr sol rem alg nte tip wrn imp cau vid".split()
)
CROSSREF_LABELS = frozenset({"fig", "tbl", "lst", "sec", "eq"})
# Metadata that names accounts, where @ is no citation.
ACCOUNTS = frozenset({"twitter", "mastodon", "bluesky", "github", "site", "creator", "handle", "email"})

_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)")
_CAPTION = re.compile(r"\bcap[ \t]*=[ \t]*[\"']")
_LIST_ITEM = re.compile(r"[ \t>]*(?:[-*+:~]|\(?\w{1,9}[.)]|\(@[\w-]*\)|\[\^[^\]\n]*\]:)[ \t]")
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)")
_EXAMPLE = re.compile(r"(?:^[ \t>]*\(|(?:\A|\n[ \t]*\n) {0,3})@([\w-]+)[.)](?=\s)", re.MULTILINE)
_FIELD = re.compile(r"[ \t]*(?:- +)?([A-Za-z_][\w-]*)[ \t]*:(?=\s|$)")
_ID = re.compile(r"^[ \t]*(?:- +)?id:[ \t]*[\"']?([^\"'\n]*[^\"'\s])", re.MULTILINE)
_METADATA_END = re.compile(r"(?![ \t]*\n)(?:[^\n]*\n)*?((?:---|\.\.\.)[ \t]*(?:\n|\Z))")
_ADDRESS = re.compile(r"[^\s<>\[\]\"]+")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_NEXT_CITATION = re.compile(CITATION)
_ROLE_KEY = re.compile(r"(?:\{(?P<before>[^{}]*)\})?(?P<key>[^\s,{}]+)(?:\{(?P<after>[^{}]*)\})?")
# Where pandoc puts the bibliography: a division whose identifier is refs.
_REFS = re.compile(
    r"^:{3,}[ \t]*\{[^}\n]*#refs(?=[\s}])[^}\n]*\}[ \t]*:*\n(?:(?!:::)[^\n]*\n)*?:{3,}[ \t]*$"
    r"|^<div\s(?:[^>]*\s)?id=[\"']refs[\"'][^>]*>\s*</div>",
    re.MULTILINE,
)
# The text of a footnote goes on in what follows it at once, and in later paragraphs that are indented.
_NOTE_END = re.compile(r"\n(?=[ \t]*\n(?:[ \t]*\n)*(?! {4}| {0,3}\t)|\[\^[^\]\s]+\]:)")
_TOKEN = re.compile(
    r"\\[^\w\s]"
    r"|\{cite(?::[a-z:]{1,20})?\}`(?P<role>[^`]*)`"
    r"|(?P<ticks>`+)"
    r"|(?P<comment><!--)"
    r"|<cite[ \t]+data-cite=[\"'](?P<html>[^\"'<>\n]*)[\"']"
    r"|<[A-Za-z][\w-]*(?:\s+[\w:.-]+(?:=(?:\"[^\"<>\n]*\"|'[^'<>\n]*'))?)+\s*/?>"
    r"|\{\{<[ \t]*include[ \t]+(?P<include>\"[^\"\n]*\"|[^\s\"]+)[ \t]*>\}\}"
    r"|\]\([^\s()]*"
    r"|<https?://[^\s<>]*>"
    r"|(?P<url>https?://)"
    r"|\[\^(?P<note>[^\]\s]+)\]"
    r"|(?P<inline>\^\[)"
    r"|(?P<bracket>\[)"
    rf"|(?<![^\W_])(?<!\.){CITATION}"
)


def read(text: str, file: str, load: Load) -> Citations:
    """Return what a Markdown document cites, metadata included; Quarto's `{{< include file >}}` is followed.

    Keys in the metadata field `nocite` are of kind "nocite", `@*` there is everything; the ids of the field
    `references` are defined by the document.
    """
    reading = Reading(load, scan)
    reading.read(Part(file, text))
    return reading.result()


def scan(reading: Reading, part: Part) -> list[Mark]:
    """Note the citations of one file, or of a cell of a notebook; return its marks, in no order."""
    scanner = _Scanner(reading, part)
    for start, end, field in _blocks(part.text):
        if field == METADATA:
            scanner.marks.append(Span(METADATA, start, end))
        elif field == "references":
            reading.defined.update(match[1] for match in _ID.finditer(part.text, start, end))
        else:
            if not field:
                scanner.marks += (Span("refs", *match.span()) for match in _REFS.finditer(part.text, start, end))
            marks = len(scanner.marks)
            scanner.scan(start, end, "nocite" if field == "nocite" else "cite")
            if field in HIDDEN:
                del scanner.marks[marks:]
    return scanner.marks


Block = tuple[int, int, str]
"""A span, and the metadata field that it belongs to: "" for the text of the document, METADATA for a whole block,
CAPTION for what is cited inside of code."""
METADATA, CAPTION = "metadata", "caption"
HIDDEN = frozenset({CAPTION, "nocite"})


def _blocks(text: str) -> Iterator[Block]:
    """Yield the runs of lines that are prose or metadata; fenced and indented code is left out."""
    fence, in_list, after_blank, after_code, resume = "", False, True, False, 0
    unclosed: dict[str, int] = {}
    start = offset = 0
    for line in text.split("\n"):
        end = offset + len(line) + 1
        if offset < resume:
            start = offset = end
            continue
        caption = False
        code = bool(fence) or ((after_blank or after_code) and not in_list and _INDENTED.match(line) is not None)
        if fence:
            bare = line.strip(" \t>")
            # The caption of a figure is written as a comment in the code that draws it.
            caption = bare.startswith("#|") and "cap:" in bare
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]) else fence
        elif (match := _FENCE.match(line)) and _is_closed(text, end, match, unclosed):
            # knitr takes the caption of a figure from the head of its code, too.
            fence, code, caption = match[1], True, _CAPTION.search(match[2]) is not None
        elif line.rstrip() == "---" and after_blank and (found := _METADATA_END.match(text, end)):
            resume = found.end()
            yield from ((start, offset, ""), (offset, resume, METADATA), *_fields(text, end, found.start(1)))
            code = True
        elif (line and not line[0].isspace() and after_blank) or _LIST_ITEM.match(line):
            in_list = _LIST_ITEM.match(line) is not None
        if code:
            yield start, offset, ""
            start = end
        if caption:
            yield offset, end, CAPTION
        after_blank, after_code, offset = not line.strip(), code, end
    yield start, len(text), ""


def _is_closed(text: str, position: int, opening: re.Match[str], unclosed: dict[str, int]) -> bool:
    """Say whether a fence opens code: pandoc wants one at least as long that closes it.

    `unclosed` remembers the shortest fence of each kind for which none is left.
    """
    fence = opening[1]
    if len(fence) >= unclosed.get(fence[0], len(fence) + 1) or (fence[0] == "`" and "`" in opening[2]):
        return False
    closing = re.compile(rf"^[ \t>]*{fence}{fence[0]}*[ \t]*$", re.MULTILINE)
    if closing.search(text, position):
        return True
    unclosed[fence[0]] = len(fence)
    return False


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
        self.examples = frozenset(_EXAMPLE.findall(part.text))
        # Quarto makes links of bare addresses, which may hold an @, and has cross-references of its own.
        self.quarto = reading.files[0].lower().endswith((".qmd", ".ipynb"))
        self.last_comment_end = part.text.rfind("-->")
        self.paragraph_ends = [match.start() for match in _PARAGRAPH_END.finditer(part.text)]
        self.marks: list[Mark] = []
        self.clusters = ClusterReader(part, self._after_code_span, self._is_reference)
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
            elif found == "url":
                address = _ADDRESS.match(self.text, position) if self.quarto else None
                position = address.end() if address else position
            elif found == "comment":
                position = self._after_comment(position)
            elif found == "include":
                self._include(match)
            elif found == "role":
                self._role(match, kind)
            elif found == "html":
                for offset, key in role_keys(match[found]):
                    self.reading.cite(key, self.part.location(match.start(found) + offset), kind)
            elif found in ("note", "inline"):
                self._note(match)
            elif found == "bracket":
                if cluster := self.clusters.bracketed(match.start()):
                    position = self._cluster(cluster, kind)
            elif found:
                position = self._in_text(match, kind, end)

    def _in_text(self, match: re.Match[str], kind: str, end: int) -> int:
        """Note a key in the text and those that follow it at once; return where they end."""
        key: re.Match[str] | None = match
        position = match.end()
        while key:
            name = key["key"] or key["braced"]
            if key["all"]:
                if kind == "nocite":
                    self.reading.cite("*", self.part.location(key.start("all")), "all")
                position = key.end()
            elif self._is_reference(name):
                position = self._cluster(self.clusters.textual(key), kind)
            else:
                position = key.end()
            key = _NEXT_CITATION.match(self.text, position, end)
        return position

    def _cluster(self, cluster: Cluster, kind: str) -> int:
        """Note a cluster and what its prefixes and suffixes cite in turn; return where it ends."""
        self.marks.append(cluster)
        for cite in cluster.cites:
            self._affix(cite.start, cite.before, kind)
            self.reading.cite(cite.key, cite.place, kind)
            self._affix(cite.after, cite.end, kind)
        return cluster.end

    def _affix(self, start: int, end: int, kind: str) -> None:
        if self.text.find("@", start, end) >= 0:
            self.scan(start, end, kind)

    def _is_reference(self, key: str) -> bool:
        """Tell whether a key is one of a reference, and no example, figure or section."""
        prefix = re.split("[-:]", key, maxsplit=1)[0]
        if key in self.examples or (self.quarto and prefix in QUARTO_LABELS and key.startswith(prefix + "-")):
            return False
        return not (prefix in CROSSREF_LABELS and key.startswith(prefix + ":"))

    def _role(self, match: re.Match[str], kind: str) -> None:
        """Note MyST's role: {cite:t}`doe` has the author in the text, {cite}`doe` in parentheses."""
        cites = []
        for cite in _ROLE_KEY.finditer(self.text, *match.span("role")):
            start = cite.start("key")
            prefix, suffix = (cite.span(name) if cite[name] else (start, start) for name in ("before", "after"))
            cites.append(Cite(cite["key"], self.part.location(start), *prefix, *suffix))
        if cites:
            self._cluster(Cluster(*match.span(), tuple(cites), match[0].startswith("{cite:t")), kind)

    def _note(self, match: re.Match[str]) -> None:
        """Mark a footnote: where it is called, `[^a]`, where its text is, `[^a]: ...`, or both, `^[...]`."""
        start, end = match.span()
        if match.lastgroup == "inline":
            closing = self.clusters.closing(end - 1)
            if closing:
                self.marks.append(Span("inline", start, closing + 1))
        elif self.text[end : end + 1] == ":" and not self.text[self.text.rfind("\n", 0, start) + 1 : start].strip():
            found = _NOTE_END.search(self.text, end)
            self.marks.append(Span("definition", start, found.start() if found else len(self.text), match["note"]))
        else:
            self.marks.append(Span("reference", start, end, match["note"]))

    def _after_code_span(self, match: re.Match[str], end: int) -> int:
        """Return where the code span ends that a run of backticks opens, or the end of the run if it opens none.

        A run that nothing closes may be closed as a shorter one, the backticks before it standing for themselves.
        """
        paragraph = bisect_left(self.paragraph_ends, match.end())
        limit = min(end, *self.paragraph_ends[paragraph : paragraph + 1], end)
        for size in range(len(match[0]), 0, -1):
            closing = self.ticks.get(size, [])
            index = bisect_left(closing, match.end())
            if index < len(closing) and closing[index] < limit:
                return closing[index] + size
        return match.end()

    def _after_comment(self, position: int) -> int:
        return self.text.find("-->", position) + 3 if position <= self.last_comment_end else position

    def _include(self, match: re.Match[str]) -> None:
        name = match["include"].strip('"')
        folder = posixpath.dirname(self.reading.files[0] if name.startswith("/") else self.part.file)
        path = posixpath.normpath(posixpath.join(folder, name.lstrip("/")))
        self.marks.append(Span("include", *match.span(), path))
        self.reading.follow([path], self.part.location(match.start()))

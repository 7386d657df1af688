"""Printed citations as pandoc's document model, for the filter that puts them into a document (`citations.lua`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from refs.csl.writers import runs
from refs.csl.writers.segments import Segment
from refs.papers.manuscript import BIBLIOGRAPHY, SIGN, fitted, number_of
from refs.papers.printed import Printed

Value = dict[str, Any]
PREFIX = "\ua7f7"  # a letter of Celtic inscriptions, which pandoc lets a key begin with
FORMATS = {
    "italic": "Emph",
    "bold": "Strong",
    "small-caps": "SmallCaps",
    "underline": "Underline",
    "superscript": "Superscript",
    "subscript": "Subscript",
}
# What follows a key that pandoc takes for a whole citation.
_ALONE = re.compile(r"\Z|\[\^|[ \t]+(?![\[\s])|[ \t]*\n(?![ \t]*\[)")
_SPACE = re.compile("( +)")


def blocks(printed: Printed, entries: Iterable[tuple[str, str]], options: Mapping[str, str]) -> str:
    """Return the blocks that the filter reads, as JSON: the bibliography, then for each number inlines and a source.

    `entries` are those of `Processor.bibliography("json")`, `options` the style's for the bibliography.
    """
    written = [_bibliography(entries, options)]
    for number in range(1, max(printed.citations, default=0) + 1):
        written.append({"t": "Plain", "c": inlines(printed.whole(number))})
        written.append({"t": "CodeBlock", "c": [["", [], []], printed.sources.get(number, "")]})
    return json.dumps(written, ensure_ascii=False)


def text(printed: Printed) -> str:
    """Return the text for pandoc's reader, in which each sign is a citation of a made-up key.

    So pandoc reads the document as its author wrote it, and the filter has to look at nothing but citations.
    """
    whole = printed.text
    pieces: list[str] = []
    position = 0
    for match in SIGN.finditer(whole):
        number = number_of(match)
        pieces.append(whole[position : match.start()])
        if number == BIBLIOGRAPHY:
            pieces.append(f'<div id="{PREFIX}"></div>')
            position = match.end()
            continue
        written = f"@{PREFIX}{number}"
        if not (_ALONE.match(whole, match.end()) and not whole[match.start() - 1 : match.start()].isalnum()):
            written = f"[{written}]"
            if whole[match.end() : match.end() + 1] in ("(", "[", "{"):
                written += "<!-- -->"  # what follows would make a link of the brackets
        fit, position = fitted(whole, match, written)
        pieces.append(fit)
    return "".join([*pieces, whole[position:]])


def inlines(segments: Sequence[Segment]) -> list[Value]:
    """Return segments as pandoc's inlines."""
    return [inline for segment in segments for inline in _inlines(segment)]


def _inlines(segment: Segment) -> list[Value]:
    pieces = [piece for piece in _SPACE.split(segment.text) if piece]
    content: list[Value] = [{"t": "Str", "c": piece} if piece.strip(" ") else {"t": "Space"} for piece in pieces]
    for name in segment.formats:
        content = [{"t": FORMATS[name], "c": content}]
    if segment.direction:
        content = [{"t": "Span", "c": [["", [], [["dir", segment.direction]]], content]}]
    return [{"t": "Link", "c": [["", [], []], content, [segment.link, ""]]}] if segment.link else content


def _bibliography(entries: Iterable[tuple[str, str]], options: Mapping[str, str]) -> Value:
    """Return the division that pandoc's writers know as a bibliography."""
    hanging = ["hanging-indent"] if options.get("hanging-indent") == "true" else []
    spacing = [[name, options[name]] for name in ("entry-spacing", "line-spacing") if options.get(name)]
    content = [_entry(key, text) for key, text in entries]
    return {"t": "Div", "c": [["refs", ["references", "csl-bib-body", *hanging], spacing], content]}


def _entry(key: str, text: str) -> Value:
    content: list[Value] = []
    for block in runs.read(text):
        part = inlines(block.segments)
        if block.display == "left-margin" and part and part[-1] != {"t": "Space"}:
            part.append({"t": "Space"})  # for the formats that set no margin, as pandoc does
        content += [{"t": "Span", "c": [["", [f"csl-{block.display}"], []], part]}] if block.display else part
    return {"t": "Div", "c": [[f"ref-{key}", ["csl-entry"], []], [{"t": "Para", "c": content}]]}

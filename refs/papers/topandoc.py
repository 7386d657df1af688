"""Printed citations as pandoc's document model, for the filter that puts them into a document (`citations.lua`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from refs.csl.writers import runs
from refs.csl.writers.segments import Segment
from refs.papers.printed import Printed

Value = dict[str, Any]
FORMATS = {
    "italic": "Emph",
    "bold": "Strong",
    "small-caps": "SmallCaps",
    "underline": "Underline",
    "superscript": "Superscript",
    "subscript": "Subscript",
}
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
        content += [{"t": "Span", "c": [["", [f"csl-{block.display}"], []], part]}] if block.display else part
    return {"t": "Div", "c": [[f"ref-{key}", ["csl-entry"], []], [{"t": "Para", "c": content}]]}

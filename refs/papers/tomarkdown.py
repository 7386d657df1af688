"""A printed manuscript as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from refs.csl.writers.markdown import write_inside, write_segments
from refs.papers import manuscript
from refs.papers.manuscript import BIBLIOGRAPHY, SIGN, number_of
from refs.papers.markdown import METADATA
from refs.papers.printed import Printed


def write(printed: Printed, bibliography: str) -> str:
    """Return Markdown without citations; the metadata stay, their texts quoted where something was printed in them."""
    text = printed.text
    others = {BIBLIOGRAPHY: bibliography.rstrip("\n")}

    def written(match: re.Match[str]) -> str:
        line = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
        begins = not line.strip(" \t>*+-") or line.endswith("]: ")
        return printed.written(number_of(match), write_segments if begins else write_inside, others)

    def fill(text: str) -> str:
        return SIGN.sub(written, text)

    pieces: list[str] = []
    position = 0
    blocks = [
        mark for mark in manuscript.notes(text) if mark.kind == METADATA and SIGN.search(text, mark.start, mark.end)
    ]
    for mark in blocks:
        pieces.append(fill(text[position : mark.start]))
        block = text[mark.start : mark.end]
        done = 0
        for start, end, value in _scalars(block):
            pieces += (block[done:start], json.dumps(fill(value), ensure_ascii=False))
            done = end
        pieces.append(fill(block[done:]))
        position = mark.end
    return "".join([*pieces, fill(text[position:])])


def _scalars(block: str) -> Iterator[tuple[int, int, str]]:
    """Yield the texts of YAML that hold signs and are written on the line of their field, with their spans.

    The others, `|` and `>`, take any text as it is.
    """
    import yaml

    first = block.index("\n") + 1
    lines = block[first:].rstrip().rsplit("\n", 1)[0]
    try:
        for event in yaml.parse(lines, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.ScalarEvent) and event.style not in ("|", ">") and SIGN.search(event.value):
                start, end = event.start_mark, event.end_mark
                if start and end:
                    yield first + start.index, first + end.index, event.value
    except yaml.YAMLError:  # told when the document was read: what cannot be read needs no quotation marks
        return

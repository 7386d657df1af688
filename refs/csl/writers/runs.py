"""Write runs as JSON: objects with `text` and, where they apply, `formats`, `link`, `direction`, `display`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refs.csl.writers.segments import Block, Quotes, Segment, blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.csl.output import Run
    from refs.csl.writers import Layout


def write(runs: Sequence[Run], quotes: Quotes) -> str:
    return _dump([value for block in blocks(runs, quotes) for value in _values(block)])


def write_entry(runs: Sequence[Run], quotes: Quotes, _layout: Layout) -> str:
    return write(runs, quotes)


def write_bibliography(entries: Sequence[str], _layout: Layout) -> str:
    return "[" + ",\n ".join(entries) + "]\n"


def read(written: str) -> list[Block]:
    """Return the blocks of a citation or entry that was written."""
    import json

    found: list[Block] = []
    for value in json.loads(written):
        display = value.get("display", "")
        if not found or found[-1].display != display:
            found.append(Block(display, []))
        formats, link, direction = tuple(value.get("formats", ())), value.get("link", ""), value.get("direction", "")
        found[-1].segments.append(Segment(value["text"], formats, link, direction))
    return found


def _values(block: Block) -> list[dict[str, object]]:
    values = []
    for segment in block.segments:
        value: dict[str, object] = {
            "text": segment.text,
            "formats": list(segment.formats),
            "link": segment.link,
            "direction": segment.direction,
            "display": block.display,
        }
        values.append({name: found for name, found in value.items() if found})
    return values


def _dump(values: list[dict[str, object]]) -> str:
    import json

    return json.dumps(values, ensure_ascii=False)

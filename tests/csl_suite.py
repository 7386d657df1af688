"""Read fixtures of the CSL test suite and print what each asks for, as the official runner does."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from refs.csl import Processor, Style

if TYPE_CHECKING:
    from pathlib import Path

SECTION = re.compile(r"^>>=+ *([A-Z-]+) *=+>>\n(.*?)\n?^<<=+ *\1 *=+", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Fixture:
    """One file of the suite: its stem and its sections."""

    name: str
    sections: dict[str, str]

    @property
    def result(self) -> str:
        return self.sections["RESULT"]


def fixtures(directory: Path) -> list[Fixture]:
    """Return the fixtures of a directory in the order of their names."""
    return [read_fixture(path) for path in sorted(directory.glob("*.txt"))]


def read_fixture(path: Path) -> Fixture:
    text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    return Fixture(path.stem, dict(SECTION.findall(text)))


def section(fixture: Fixture, name: str) -> Any:
    text = fixture.sections.get(name, "").strip()
    return json.loads(text) if text else None


def render(fixture: Fixture) -> str:
    """Return the text that this processor prints for a fixture."""
    style = Style.parse(fixture.sections["CSL"].strip().encode(), fixture.name)
    steps = section(fixture, "CITATIONS")
    abbreviations = section(fixture, "ABBREVIATIONS")
    assert abbreviations is None, "abbreviations are no part of CSL 1.0.2"
    processor = Processor(style, section(fixture, "INPUT"))
    mode = fixture.sections["MODE"].strip()
    if steps:
        lines = run_citations(processor, steps)
        return bibliography(processor) if mode.startswith("bibliography") else "\n".join(lines)
    if mode.startswith("bibliography"):
        return bibliography(processor)
    clusters = section(fixture, "CITATION-ITEMS")
    if clusters is None:
        order = [{"id": key} for key in processor.order()]
        return processor.cite(order)
    return "\n".join(processor.cite(cluster) for cluster in clusters)


def bibliography(processor: Processor) -> str:
    entries = "".join(f"  {text}\n" for _, text in processor.bibliography())
    return f'<div class="csl-bib-body">\n{entries}</div>'


def run_citations(processor: Processor, steps: list[Any]) -> list[str]:
    """Replay the edits of a document; the last one tells which clusters it changed."""
    known: dict[str, Any] = {}
    all_items = dict(processor.items)
    for count, (citation, before, after) in enumerate(steps):
        identity = citation.get("citationID") or f"CITATION-{count}"
        properties = citation.get("properties") or {}
        known[identity] = {
            "id": identity,
            "cites": citation["citationItems"],
            "mode": properties.get("mode", ""),
            "infix": properties.get("infix", ""),
        }
        document = []
        for entry in [*before, [identity, properties.get("noteIndex", 0)], *after]:
            document.append({**known[entry[0]], "note": entry[1]})
        cited = dict.fromkeys(str(cite["id"]) for cluster in document for cite in cluster["cites"])
        processor.items = {key: all_items[key] for key in cited if key in all_items}
        processor.forget_order()
        processor.update(document)
    new = processor.recomputed
    return [
        f"{'>>' if identity in new else '..'}[{index}] {text}"
        for index, (identity, text) in enumerate(processor.printed())
    ]

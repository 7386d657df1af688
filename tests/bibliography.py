"""What the tests of formats share: a document as plain data, to compare with the expected output beside its input."""

from __future__ import annotations

from typing import Any

from refs.formats import Document
from refs.formats.csljson import to_json


def described(document: Document) -> list[dict[str, Any]]:
    """Return a mapping for each block: its kind and line, what was said of it, and its reference without sources."""
    return [
        {
            key: value
            for key, value in (
                ("kind", block.kind),
                ("line", block.line),
                ("reason", block.reason),
                ("warnings", list(block.warnings)),
                ("aliases", list(block.aliases)),
                ("reference", _without_sources(to_json(block.reference)) if block.reference else None),
            )
            if value
        }
        for block in document.blocks
    ]


def _without_sources(item: dict[str, Any]) -> dict[str, Any]:
    custom = {key: value for key, value in item.get("custom", {}).items() if key != "sources"}
    return {key: value for key, value in {**item, "custom": custom}.items() if key != "custom" or custom}

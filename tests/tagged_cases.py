"""Cases of tagged and XML formats: a file, and beside it what each of its blocks is and what its records say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from refs.formats import FORMATS, Document, read, write
from refs.formats.csljson import from_json, to_json
from refs.formats.encodings import decode
from refs.model import Reference

DATA = Path(__file__).parent / "data"


def files(format: str) -> list[str]:
    """Return the names of a format's files that have an expectation."""
    return sorted(path.name for path in (DATA / format).iterdir() if path.suffix != ".json")


def outcome(document: Document) -> dict[str, Any]:
    """Return a document as the .json beside its file has it."""
    rows = [f"{b.line} {b.kind}" + (f": {b.reason}" if b.reason else "") for b in document.blocks]
    warned = {str(block.line): list(block.warnings) for block in document.blocks if block.warnings}
    items = [to_json(replace(reference, sources={})) for reference in document.references]
    return {"blocks": rows, "warnings": warned, "references": items}


def check(format: str, name: str) -> None:
    """Assert that a file is read as expected, that nothing of it is lost, and that what is written means the same."""
    path = DATA / format / name
    data = path.read_bytes()
    document = read(data, name)
    assert document.format == format
    assert "".join(block.raw for block in document.blocks) == decode(data)[0]
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    found = outcome(document)
    for part, rows in expected.items():
        assert found[part] == rows
    assert [from_json(item) for item in expected["references"]] == [bare(one) for one in document.references]
    if FORMATS[format].writes:
        check_written(format, list(document.references))


def check_written(format: str, references: list[Reference]) -> None:
    """Assert that references come back whole from a format, and that they are written the same again."""
    text = write(references, format)
    again = read(text.encode(), "again", format).references
    assert [bare(reference) for reference in again] == [bare(reference) for reference in references]
    assert write(again, format) == text


def bare(reference: Reference) -> Reference:
    """Return a reference without the places where its fields stand."""
    return replace(reference, sources={})

"""Jupyter notebooks (nbformat 3 and 4): the citations of their Markdown cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from refs.errors import Location
from refs.papers import markdown
from refs.papers.citation import Citations, Load, Part, Reading


def read(text: str, file: str, load: Load) -> Citations:
    """Return what the Markdown cells cite, and a first raw cell, where Quarto keeps the metadata.

    A citation's file is "notebook.ipynb:cell 3", all cells counted from 1; its line is that in the cell.
    """
    reading = Reading(load, _scan)
    reading.read(Part(file, text))
    return reading.result()


def _scan(reading: Reading, part: Part) -> None:
    try:
        notebook = json.loads(part.text)
    except json.JSONDecodeError as error:
        reading.complain(f"not JSON: {error.msg}", Location(part.file, error.lineno, error.colno))
        return
    except RecursionError:
        reading.complain("nested too deeply", Location(part.file))
        return
    for number, source in cells(notebook):
        lines = source if isinstance(source, list) else [source]
        markdown.scan(reading, Part(f"{part.file}:cell {number}", "".join(lines)))


def cells(notebook: Any) -> Iterator[tuple[int, str | list[str]]]:
    """Yield the number and the Markdown of each cell that has some, in a text or in lines, as it is kept.

    What does not look like a cell is passed over.
    """
    sheets = _list(notebook, "worksheets") or [notebook]
    for number, cell in enumerate((cell for sheet in sheets for cell in _list(sheet, "cells")), 1):
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        if kind == "markdown" or (kind == "raw" and number == 1):
            source = cell.get("source", "")
            if isinstance(source, str):
                yield number, source
            elif isinstance(source, list):
                yield number, [line for line in source if isinstance(line, str)]


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []

"""CSL-JSON with one object on each line."""

from __future__ import annotations

from collections.abc import Iterable

from refs.formats.csljson import dumps, read, to_json
from refs.model import Reference

__all__ = ["read", "write"]


def write(references: Iterable[Reference]) -> str:
    """Return a line of JSON for each reference."""
    return "".join(f"{dumps(to_json(reference))}\n" for reference in references)

"""Tables as in `delimited`, with tabs between the cells."""

from __future__ import annotations

from collections.abc import Iterable

from refs.formats import delimited
from refs.formats.delimited import read
from refs.model import Reference

__all__ = ["read", "write"]


def write(references: Iterable[Reference], raw: bool = False) -> str:
    """Return a table with a column for each variable in use; `raw` leaves formulas as they are."""
    return delimited.write(references, "\t", raw)

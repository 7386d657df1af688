"""Resolve the identifiers that documents cite, and keep their bibliography in step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from refs.actions.add import Asked, Outcome, Resolve, add_identifiers
from refs.actions.scanning import Scan, scan
from refs.change import Change
from refs.store import Library


def resolved(library: Library, documents: Sequence[Path], resolve: Resolve) -> tuple[Scan, list[Outcome]]:
    """Return what documents cite once the library has what they cite by identifier, or bring along as records.

    There is an outcome for each identifier that was asked for.
    """
    found = scan(library, documents)
    asked = [Asked(work.identifier, str(work.identifier)) for work in found.missing if work.identifier]
    records = [work.reference for work in found.brought if work.reference]

    def keep(change: Change) -> None:
        for record in records:
            change.add(record, wanted=record.key)

    if records:
        library.apply(keep)
    outcomes = add_identifiers(library, asked, resolve) if asked else []
    return (scan(library, documents) if asked or records else found), outcomes

"""Compares refs with the suites of other programs, record by record; run it to print the figures of README.md here.

REFS_SHARED=... python -m tests.peers
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from refs.errors import ParseError
from refs.formats import read
from tests import peers_bib, peers_export, peers_tagged

TRICKY = Path(os.environ.get("REFS_SHARED", ""), "bib", "tricky")
LISTED = Path(__file__).parent / "formats_peers_known.txt"
Differing = dict[str, list[str]]


@dataclass
class Outcome:
    """What differs, "suite/case/record" -> variables, and how many records of each suite there are."""

    differing: Differing = field(default_factory=dict)
    records: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, wrong: list[str]) -> None:
        """Count a record, and keep the variables in which it differs."""
        self.records[name.split("/")[0]] += 1
        if wrong:
            self.differing[name] = [variable.replace(" ", "_") for variable in wrong]


def listed() -> Differing:
    """Return the listed differences; a line that is not indented is the reason for those below it."""
    found: Differing = {}
    reason = ""
    for line in LISTED.read_text("utf-8").splitlines():
        if line.startswith("  "):
            assert reason, line
            record, *variables = line.split()
            assert variables, line
            found[record] = sorted(found.get(record, []) + variables)
        elif line and not line.startswith("#"):
            reason = line
    return found


def actual() -> Outcome:
    """Return what differs now."""
    outcome = Outcome()
    _tagged(outcome)
    _bib(outcome)
    for name, dialect, references, expected in peers_export.cases(TRICKY):
        entries = peers_export.written(references, dialect)
        for number, (entry, fields) in enumerate(zip(peers_export.paired(entries, expected), expected, strict=True)):
            outcome.add(f"{name}/{number}", peers_export.differences(entry, fields))
    return outcome


def _tagged(outcome: Outcome) -> None:
    for name, format, source, expected in peers_tagged.cases(TRICKY):
        try:
            references = read(source, name, format).references
        except ParseError:
            references = ()
        for number, record in enumerate(expected):
            found = references[number] if number < len(references) else None
            outcome.add(f"{name}/{number}", peers_tagged.differences(found, record) if found else ["record"])


def _bib(outcome: Outcome) -> None:
    for name, format, source, expected in peers_bib.cases(TRICKY):
        references = list(read(source, name, format).references) if source.strip() else []
        pairs = zip(peers_bib.paired(references, expected), expected, strict=True)
        for number, (found, record) in enumerate(pairs):
            outcome.add(f"{name}/{number}", peers_bib.differences(found, record) if found else ["record"])


def _print_rates() -> None:
    outcome = actual()
    differing = Counter(name.split("/")[0] for name in outcome.differing)
    print("| suite | records | the same | differing, listed with a reason |\n|---|--:|--:|--:|")
    for suite, records in sorted(outcome.records.items()):
        print(f"| {suite} | {records} | {records - differing[suite]} | {differing[suite]} |")
    total, wrong = outcome.records.total(), len(outcome.differing)
    print(f"| all | {total} | {total - wrong} | {wrong} |")


if __name__ == "__main__":
    _print_rates()

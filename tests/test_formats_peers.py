"""The suites of other programs: each record is read as they read it, but for the differences that are listed."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from refs.errors import ParseError
from refs.formats import FORMATS, read
from refs.formats.encodings import decode
from tests.peers_tagged import cases, differences
from tests.tagged_cases import check_written

TRICKY = Path(os.environ.get("REFS_SHARED", ""), "bib", "tricky")
LISTED = Path(__file__).parent / "formats_peers_known.txt"


def listed() -> dict[str, list[str]]:
    """Return the listed differences: "suite/case/record variable variable: reason"."""
    found: dict[str, list[str]] = {}
    for line in LISTED.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            head, colon, reason = line.partition(": ")
            assert colon, line
            assert reason, line
            record, *variables = head.split()
            found[record] = sorted(found.get(record, []) + [name.replace("_", " ") for name in variables])
    return found


def actual() -> tuple[dict[str, list[str]], Counter[str], Counter[str]]:
    """Return what differs, and how many records of each suite there are and agree."""
    found: dict[str, list[str]] = {}
    records: Counter[str] = Counter()
    agree: Counter[str] = Counter()
    for name, format, source, expected in cases(TRICKY):
        suite = name.split("/")[0]
        try:
            references = read(source, name, format).references
        except ParseError:
            references = ()
        for number, record in enumerate(expected):
            records[suite] += 1
            wrong = differences(references[number], record) if number < len(references) else ["record"]
            agree[suite] += not wrong
            if wrong:
                found[f"{name}/{number}"] = [variable.replace("_", " ") for variable in wrong]
    return found, records, agree


@pytest.mark.skipif(not TRICKY.is_dir(), reason="REFS_SHARED names no folder with the suites of other programs")
def test_records_are_read_as_other_programs_read_them_but_for_what_is_listed() -> None:
    found, _, _ = actual()
    expected = listed()
    new = {record: wrong for record, wrong in found.items() if expected.get(record) != wrong}
    gone = {record: wrong for record, wrong in expected.items() if record not in found}
    assert (new, gone) == ({}, {})


@pytest.mark.skipif(not TRICKY.is_dir(), reason="REFS_SHARED names no folder with the suites of other programs")
def test_nothing_of_their_files_is_lost_and_what_is_written_is_the_same_again() -> None:
    inputs = [(name, format, source) for name, format, source, _ in cases(TRICKY)]
    inputs += [(path.name, "ris", path.read_bytes()) for path in sorted((TRICKY / "rispy").rglob("*.ris"))]
    inputs += [(path.name, "enw", path.read_bytes()) for path in sorted((TRICKY / "jabref").rglob("*.enw"))]
    assert len(inputs) > 70
    for name, format, source in inputs:
        document = read(source, name, format)
        assert "".join(block.raw for block in document.blocks) == decode(source)[0], name
        if FORMATS[format].writes:
            check_written(format, list(document.references))

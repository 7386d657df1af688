"""The suites of other programs: each record is read as they read it, but for the differences that are listed."""

from __future__ import annotations

import pytest

from refs.formats import FORMATS, read
from refs.formats.encodings import decode
from tests.peers import TRICKY, actual, listed
from tests.peers_bib import cases as bib_cases
from tests.peers_tagged import cases
from tests.tagged_cases import check_written

pytestmark = pytest.mark.skipif(
    not TRICKY.is_dir(), reason="REFS_SHARED names no folder with the suites of other programs"
)


def test_records_are_read_and_written_as_other_programs_do_but_for_what_is_listed() -> None:
    found, expected = actual().differing, listed()
    new = {record: wrong for record, wrong in found.items() if expected.get(record) != sorted(wrong)}
    gone = {record: wrong for record, wrong in expected.items() if record not in found}
    assert (new, gone) == ({}, {})


def test_nothing_of_their_bib_files_is_lost() -> None:
    inputs = [(name, format, source) for name, format, source, _ in bib_cases(TRICKY) if source.strip()]
    assert len(inputs) > 200
    for name, format, source in inputs:
        document = read(source, name, format)
        assert "".join(block.raw for block in document.blocks) == decode(source)[0], name


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

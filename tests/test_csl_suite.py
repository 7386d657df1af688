"""The CSL test suite: every fixture prints what it says, but for those in csl_known_failures.txt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.csl_suite import Fixture, fixtures, render

KNOWN_FAILURES = Path(__file__).with_name("csl_known_failures.txt")


def suite_directory() -> Path | None:
    """Return the directory of the fixtures, or None when no variable names one."""
    given = os.environ.get("CSL_TEST_SUITE")
    shared = os.environ.get("REFS_SHARED")
    directory = Path(given) if given else Path(shared) / "csl" / "test-suite" if shared else None
    return directory if directory is not None and directory.is_dir() else None


def known_failures() -> dict[str, str]:
    """Read lines "name: reason"."""
    lines = KNOWN_FAILURES.read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def parameters() -> list[object]:
    directory = suite_directory()
    if directory is None:
        reason = "neither CSL_TEST_SUITE nor REFS_SHARED names a directory with the fixtures of the CSL test suite"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="suite")]
    known = known_failures()
    return [
        pytest.param(
            fixture,
            marks=[pytest.mark.xfail(reason=known[fixture.name], strict=True)] if fixture.name in known else [],
            id=fixture.name,
        )
        for fixture in fixtures(directory)
    ]


@pytest.mark.parametrize("fixture", parameters())
def test_prints_what_the_suite_expects(fixture: Fixture) -> None:
    assert render(fixture) == fixture.result

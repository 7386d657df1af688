"""Fixtures of our own in the format of the CSL test suite, each reasoned from a clause of the specification."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.csl_suite import Fixture, fixtures, render

OWN = fixtures(Path(__file__).parent / "data" / "csl")


@pytest.mark.parametrize("fixture", OWN, ids=lambda fixture: fixture.name)
def test_own_fixtures_print_what_the_specification_says(fixture: Fixture) -> None:
    assert render(fixture) == fixture.result


@pytest.mark.parametrize("fixture", OWN, ids=lambda fixture: fixture.name)
def test_own_fixtures_give_their_reason(fixture: Fixture) -> None:
    assert fixture.sections["DESCRIPTION"].strip()

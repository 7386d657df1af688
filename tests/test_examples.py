"""The examples in docstrings print what they say."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["refs.csl", "refs.store"])
def test_examples_print_what_they_say(name: str) -> None:
    results = doctest.testmod(import_module(name))
    assert results.attempted > 2
    assert results.failed == 0

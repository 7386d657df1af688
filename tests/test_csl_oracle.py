"""Agreement with recorded output of citeproc-js: bibliographies, their order, and citations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.csl_oracle import NEEDED, NEEDED_OF_EACH, compare, oracle_directory


def recordings() -> list[object]:
    directory = oracle_directory()
    if directory is None:
        reason = "REFS_SHARED does not name a directory with csl/oracle"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="oracle")]
    return [pytest.param(path, id=path.stem) for path in sorted(directory.glob("*.json")) if path.stem != "items"]


COUNTS: dict[str, tuple[int, int]] = {}


@pytest.mark.parametrize("path", recordings())
def test_prints_what_citeproc_js_prints(path: Path) -> None:
    items = json.loads((path.parent / "items.json").read_text(encoding="utf-8"))
    result = compare(path, items)
    COUNTS[result.name] = (result.equal, result.total)
    assert result.share >= NEEDED_OF_EACH, result.differences[:3]


@pytest.mark.skipif(oracle_directory() is None, reason="REFS_SHARED does not name a directory with csl/oracle")
def test_all_recordings_together_agree() -> None:
    if not COUNTS:
        pytest.skip("the recordings were not compared in this run")
    equal, total = (sum(column) for column in zip(*COUNTS.values(), strict=True))
    assert equal / total >= NEEDED

"""Agreement with recorded output of citeproc-js: bibliographies, their order, and citations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.csl_oracle import NEEDED, compare, oracle_directory


def recordings() -> list[object]:
    directory = oracle_directory()
    if directory is None:
        reason = "REFS_SHARED does not name a directory with csl/oracle"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="oracle")]
    return [pytest.param(path, id=path.stem) for path in sorted(directory.glob("*.json")) if path.stem != "items"]


@pytest.mark.parametrize("path", recordings())
def test_prints_what_citeproc_js_prints(path: Path) -> None:
    items = json.loads((path.parent / "items.json").read_text(encoding="utf-8"))
    result = compare(path, items)
    assert result.share >= NEEDED, result.differences[:3]

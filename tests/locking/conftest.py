"""A library, and a paper that cites some of it, once without and once with a lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.locking.paper import BIB, PAPER
from tests.running import Run


@pytest.fixture
def filled(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Fill the library and go where a paper cites some of it."""
    monkeypatch.chdir(tmp_path)
    Path("l.bib").write_text(BIB, encoding="utf-8")
    assert refs("import", "l.bib").code == 0
    Path("l.bib").unlink()
    PAPER.write_text("As [@helix, p. 3] and [@one] say.\n", encoding="utf-8")
    return refs


@pytest.fixture
def locked(filled: Run) -> Run:
    """Lock that paper in APA."""
    assert filled("lock", "paper.md").err == "locked refs.lock, 2 references in apa, en-US\n"
    return filled

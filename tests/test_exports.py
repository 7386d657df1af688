"""Exported files that the library has gone past, as the doctor tells; they never stand in the way of undo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.running import Run


@pytest.fixture
def filled(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Put two books into the library and go to an empty folder."""
    monkeypatch.chdir(tmp_path)
    for key, title in (("a", "One"), ("b", "Two")):
        assert refs("add", "--title", title, "--author", "Doe, Jane", "--key", key).code == 0
    return refs


def stale(refs: Run) -> list[str]:
    """Return what the doctor says of exports; advice alone exits with 0."""
    result = refs("doctor")
    assert result.code == 0
    return [line for line in result.out.splitlines() if line.startswith("advice: exports")]


def test_an_export_is_stale_once_the_library_says_something_else(filled: Run, tmp_path: Path) -> None:
    for words in (
        ("-o", "all.bib"),
        ("a", "-o", "a.json"),
        ("--where", "title:two", "--for", "typst", "-o", "two.bib"),
    ):
        assert filled("export", *words).code == 0
    assert stale(filled) == []
    assert filled("set", "b", "title=Deux").code == 0
    assert stale(filled) == [
        f"advice: exports: {tmp_path / name} is stale: the library has changed since it was written"
        for name in ("all.bib", "two.bib")
    ]
    assert filled("export", "-o", "all.bib").code == 0
    os.unlink("two.bib")
    assert stale(filled) == []


def test_the_mending_of_a_stale_export_is_its_command(filled: Run, tmp_path: Path) -> None:
    filled("export", "-o", "all.bib")
    filled("remove", "b")
    advice = filled("doctor").out.splitlines()
    assert advice[advice.index(stale(filled)[0]) + 1] == f"  cd {tmp_path} && refs export -o all.bib"


def test_an_export_that_was_edited_is_told_since_writing_it_anew_loses_that(filled: Run) -> None:
    filled("export", "-o", "all.bib")
    Path("all.bib").write_text(Path("all.bib").read_text() + "% mine\n")
    (line,) = stale(filled)
    assert "it was edited since it was written" in line


def test_a_synced_bibliography_is_stale_for_its_own_entries_only(filled: Run) -> None:
    Path("p.tex").write_text("\\cite{a}\\bibliography{refs}")
    assert filled("sync", "p.tex").code == 0
    Path("refs.bib").write_text(f"% of mine\n{Path('refs.bib').read_text()}")
    filled("set", "b", "title=Deux")
    assert stale(filled) == []
    filled("set", "a", "title=Un")
    (line,) = stale(filled)
    assert line.endswith("the library has changed a since it was written")
    assert filled("sync", "p.tex").code == 0
    assert stale(filled) == []


def test_a_stale_export_that_cannot_be_written_again_is_told(filled: Run) -> None:
    filled("collection", "add", "mine", "a")
    filled("export", "--where", "collection:mine", "-o", "mine.bib")
    filled("collection", "drop", "mine")
    (line,) = stale(filled)
    assert "no collection is called 'mine'" in line


def test_exporting_is_nothing_to_undo_redo_or_compare(filled: Run) -> None:
    filled("export", "-o", "all.bib")
    assert "+ title: Two" in filled("diff").out
    assert filled("undo").code == 0
    assert filled("list").out.startswith("a\t")
    filled("export", "-o", "all.bib")
    assert filled("redo").code == 0
    assert len(filled("list").out.splitlines()) == 2


def test_exporting_the_same_again_leaves_the_log_alone(filled: Run) -> None:
    filled("export", "-o", "all.bib")
    before = filled("history").out
    filled("export", "-o", "all.bib")
    assert filled("history").out == before


def test_a_library_that_cannot_be_written_is_exported_all_the_same(filled: Run, home: Path) -> None:
    lock = home / "data" / "refs" / "library.sqlite3.lock"
    lock.unlink()
    lock.mkdir()
    assert filled("export", "-o", "all.bib").code == 0
    assert "@misc{a" in Path("all.bib").read_text()
    lock.rmdir()
    assert stale(filled) == []


def test_an_ending_that_names_no_format_is_refused(filled: Run) -> None:
    for words in (("export", "-o", "a.nope"), ("convert", "a.bib", "a.nope")):
        Path("a.bib").write_text("@book{a, title={One}}")
        result = filled(*words)
        assert result.code == 2
        assert "a.nope: refs writes no format with this ending: name one of bibtex, biblatex" in result.err
        assert not Path("a.nope").exists()
    assert filled("export", "-o", "a.nope", "--format", "ris").code == 0

"""With the same lock every machine prints the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from refs.papers import lockfile
from tests.locking.paper import PAPER, ROOT, edit, text
from tests.office import WALDEN, citation, docx, field, zotero_item
from tests.running import Run

FORMS = [
    *(("cite", "--format", form) for form in ("text", "html", "markdown", "latex", "typst", "rtf", "json")),
    ("cite", "--in-text"),
    *(("export", "--format", form) for form in ("bibtex", "biblatex", "csljson")),
]


@pytest.mark.parametrize("words", FORMS, ids=" ".join)
def test_another_machine_prints_the_same_bytes_by_the_lock(filled: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    PAPER.write_text("As [@helix, p. 3] and [@two; @one; @wang] say.\n")
    filled("lock", "paper.md", "-s", "chicago-author-date", "--locale", "fr")
    here = filled(*words, "--cited-in", "paper.md", "--locked")
    assert here.code == 0
    assert here.out
    if words[0] == "cite":
        assert here.out == filled(*words, "--cited-in", "paper.md", "-s", "chicago-author-date", "--locale", "fr").out
    away = tmp_path / "away"
    away.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "REFS_"))}
    environment |= {"HOME": str(away), "USERPROFILE": str(away), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "4711"}
    environment |= {"LANG": "tr_TR.UTF-8", "LC_ALL": "C", "TZ": "Asia/Tokyo", "COLUMNS": "40", "REFS_STYLE": "ieee"}
    command = [sys.executable, "-m", "refs", *words, "--cited-in", str(tmp_path / "paper.md"), "--locked"]
    there = subprocess.run(command, capture_output=True, cwd=away, env=environment)
    assert (there.returncode, there.stdout.decode()) == (0, here.out), there.stderr


def test_what_the_library_changed_does_not_reach_what_is_built_by_the_lock(locked: Run) -> None:
    before = locked("cite", "--cited-in", "paper.md", "--locked").out
    locked("set", "one", "title=Eins")
    assert locked("cite", "--cited-in", "paper.md", "--locked").out == before
    assert "Eins" in locked("cite", "--cited-in", "paper.md").out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("cite", "--locked"), "--locked goes with --cited-in"),
        (("check", "x.bib", "--locked"), "--locked compares documents, and x.bib is none"),
        (("lock", "paper.md", "--lock", "-"), "a lock is a file, not -"),
        (("export", "one", "--locked"), "--locked goes with --cited-in"),
        (("cite", "--cited-in", "paper.md", "--locked", "-s", "ieee", "--locale", "de"), "--style and --locale"),
        (("export", "--cited-in", "paper.md", "--locked", "--journals", "full"), "--journals"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(locked: Run, words: tuple[str, ...], reason: str) -> None:
    result = locked(*words)
    assert (result.code, result.out) == (2, "")
    assert reason in result.err


def test_nothing_is_built_with_another_version_of_the_style(locked: Run) -> None:
    edit('style-sha256 = "1ece', 'style-sha256 = "0000')
    result = locked("cite", "--cited-in", "paper.md", "--locked")
    assert (result.code, result.out) == (4, "")
    assert "the style apa is not the one that was locked (sha256 00004fb3…, here 1ece4fb3…)" in result.err
    assert locked("check", "--locked").code == 0


def test_what_the_lock_lacks_is_missing(locked: Run) -> None:
    PAPER.write_text("[@one; @two]")
    result = locked("cite", "--cited-in", "paper.md", "--locked")
    assert (result.code, result.out) == (3, "Doe, J. (2001). One. Pub.\n")
    assert "no reference has the key 'two'" in result.err


def test_identifiers_aliases_parents_and_everything_are_locked_under_the_keys_of_the_document(filled: Run) -> None:
    Path("more.bib").write_text(
        "@inbook{part, title={Part}, author={Poe, Rita}, year=2003, crossref={whole}}\n"
        "@book{whole, title={Whole}, editor={Lee, Bo}, publisher={Pub}, year=2003}\n"
    )
    assert filled("import", "more.bib").code == 0
    filled("rename", "two", "zwei")
    PAPER.unlink()
    paper = Path("paper.tex")
    paper.write_text("\\cite{doi:10.5555/helix}\\cite{helix}\\cite{two}\\cite{part}")
    assert filled("lock", "paper.tex").code == 0
    lock = lockfile.loads(text())
    assert set(lock.references) == {"doi:10.5555/helix", "helix", "two", "part", "whole"}
    assert (lock.references["helix"].same, lock.references["whole"].printed) == ("doi:10.5555/helix", {})
    plain = filled("export", "--cited-in", "paper.tex", "--format", "biblatex").out
    kept = filled("export", "--cited-in", "paper.tex", "--format", "biblatex", "--locked").out
    dropped = ("  abstract", "  keywords", "  file")
    assert kept.splitlines() == [line for line in plain.splitlines() if not line.startswith(dropped)]
    assert filled("check", "--locked").code == 0
    paper.write_text("\\nocite{*}")
    filled("lock")
    assert filled("cite", "--cited-in", "paper.tex").out == filled("cite", "--cited-in", "paper.tex", "--locked").out
    assert filled("check", "--locked").code == 0


def test_records_in_a_word_document_are_locked(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = f"ADDIN ZOTERO_ITEM CSL_CITATION {citation(zotero_item(WALDEN))}"
    Path("paper.docx").write_bytes(docx([field(code)]))
    assert refs("lock", "paper.docx").err == "locked refs.lock, 1 reference in apa, en-US\n"
    assert "Thoreau, H. D. (1854). *Walden*." in text()
    assert refs("check", "--locked").code == 0
    changed = citation(zotero_item({**WALDEN, "title": "Walden; or, Life in the Woods"}))
    Path("paper.docx").write_bytes(docx([field(f"ADDIN ZOTERO_ITEM CSL_CITATION {changed}")]))
    assert refs("check", "--locked").code == 1


def test_paths_are_relative_to_the_lock_from_wherever_it_is_called(
    locked: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = text()
    monkeypatch.chdir(Path.cwd().parent)
    folder = next(path for path in Path().iterdir() if (path / "refs.lock").is_file())
    assert locked("lock", str(folder / "paper.md")).err.startswith("unchanged: ")
    assert locked("check", str((folder / "paper.md").resolve()), "--locked").code == 0
    assert (folder / "refs.lock").read_text(encoding="utf-8") == before


def test_a_language_is_locked_with_its_titles(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    variants = {"title": [{"value": "Жизнь", "language": "ru", "role": "original"}]}
    item = {"id": "life", "type": "book", "title": "Life", "custom": {"variants": variants}}
    Path("l.json").write_text(json.dumps([item]))
    refs("import", "l.json")
    PAPER.write_text("[@life]")
    assert refs("lock", "paper.md", "--language", "ru").code == 0
    assert 'entry = "*Жизнь*. (n.d.)."' in text()
    assert refs("cite", "--cited-in", "paper.md", "--locked").out == "Жизнь. (n.d.).\n"
    assert refs("lock").err.startswith("unchanged")


def test_what_a_lock_says_does_not_move_the_terminal(locked: Run) -> None:
    edit('entry = "Doe, J. (2001). *One*. Pub."', 'entry = "\\u001b]0;x\\u0007\\u202e"')
    result = locked("check", "--locked")
    assert result.code == 1
    assert not [char for char in result.out + result.err if char in "\x1b\x07\u202e"]

"""The bibliography of documents kept in step: identifiers resolved, other people's edits merged three ways."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from refs import Library
from refs.actions import bibmerge, syncing
from tests.office import ENDNOTE, WALDEN, citation, docx, field, zotero_item
from tests.running import Run

ROOT = Path(__file__).parent.parent
BIB = Path("refs.bib")


@pytest.fixture
def filled(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Fill the library with two books and go where a paper cites them."""
    monkeypatch.chdir(tmp_path)
    Path("l.bib").write_text(
        "@book{a, title={One}, author={Doe, Jane}, publisher={Pub}, year=2001}\n"
        "@book{b, title={Two}, author={Roe, Richard}, publisher={Pub}, year=2002}\n"
        "@book{c, title={Three}, author={Poe, Rita}, publisher={Pub}, year=2003}\n"
    )
    assert refs("import", "l.bib").code == 0
    Path("l.bib").unlink()
    Path("p.tex").write_text("\\cite{a}\\cite{b}\\bibliography{refs}")
    assert refs("sync", "p.tex").err == "wrote refs.bib, 2 references\n"
    return refs


def change(key: str, **fields: str) -> None:
    """Change text fields of a reference in the library."""
    from dataclasses import replace

    library = Library(Path(os.environ["XDG_DATA_HOME"]) / "refs" / "library.sqlite3")
    with library.change() as change:
        change.replace(replace(one := library.get(key), fields={**one.fields, **fields}))


def edit(before: str, after: str) -> None:
    """Change the .bib file as a person would."""
    text = BIB.read_text()
    assert before in text
    BIB.write_text(text.replace(before, after, 1))


def test_nothing_new_leaves_the_bytes_and_the_log_alone(filled: Run) -> None:
    stamp, batches = BIB.stat().st_mtime_ns, filled("history").out
    assert filled("sync", "p.tex").err == "unchanged: refs.bib, 2 references\n"
    assert (BIB.stat().st_mtime_ns, filled("history").out) == (stamp, batches)


def test_what_the_library_and_the_document_changed_is_written(filled: Run) -> None:
    change("a", publisher="New Press")
    Path("p.tex").write_text("\\cite{a,c}\\bibliography{refs}")
    assert filled("sync", "p.tex").code == 0
    text = BIB.read_text()
    assert "publisher = {New Press}" in text
    assert ("{b," in text, "{c," in text) == (False, True)
    assert text == filled("export", "--cited-in", "p.tex").out


def test_another_persons_edits_comments_and_entries_stay(filled: Run) -> None:
    edit("title = {One}", "title = {One and a Half}")
    edit("@book{b", "% look here\n@book{b")
    BIB.write_text(BIB.read_text() + "\n@misc{mine, title = {By hand}}\n")
    Path("p.tex").write_text("\\cite{a,b,c,mine}\\bibliography{refs}")
    change("a", publisher="New Press")
    result = filled("sync", "p.tex")
    assert result.code == 0, result.err
    assert "refs.bib:1: a: title edited there, and kept; --take stores it" in result.err
    assert "refs.bib: 1 of its entries are not refs' own, and stay" in result.err
    text = BIB.read_text()
    for part in ("{One and a Half}", "{New Press}", "% look here\n@book{b", "@misc{mine, title = {By hand}}", "{c,"):
        assert part in text
    again = filled("sync", "p.tex")
    assert (again.code, "unchanged: refs.bib" in again.err, BIB.read_text()) == (0, True, text)
    assert filled("show", "a", "--json").out.count("One and a Half") == 0


def test_a_clash_is_told_with_its_line_and_keeps_theirs(filled: Run) -> None:
    edit("publisher = {Pub}", "publisher = {Theirs}")
    change("a", publisher="Ours")
    result = filled("sync", "p.tex")
    assert result.code == 4
    line = BIB.read_text().splitlines().index("  publisher = {Theirs},") + 1
    assert (
        f"refs: refs.bib:{line}: a: publisher was changed here and in the library; kept: {{Theirs}}, "
        "the library has: {Ours}\n"
    ) in result.err
    # Told once; from then on it is an edit of theirs like any other.
    assert filled("sync", "p.tex").code == 0
    assert "{Theirs}" in BIB.read_text()


def test_take_stores_edits_and_entries_and_can_be_undone(filled: Run) -> None:
    edit("title = {One}", "title = {One and a {Half}}")
    edit("publisher = {Pub},\n", "publisher = {Pub},\n  pages = {1--9},\n")
    edit("year = {2001},\n", "")
    BIB.write_text(BIB.read_text() + "\n@misc{mine, title = {By hand}}\n")
    result = filled("sync", "p.tex", "--take")
    assert result.code == 0, result.err
    assert "stored a: title, pages, year" in result.err
    assert "added mine" in result.err
    shown = filled("show", "a").out
    assert "title: One and a Half\n" in shown
    assert "page: 1-9\n" in shown
    assert "2001" not in shown
    assert "refs.bib:1" in shown
    assert "By hand" in filled("list").out
    after = filled("sync", "p.tex")
    assert "edited there" not in after.err
    assert "@misc{mine, title = {By hand}}" in BIB.read_text()


def test_removed_fields_and_entries(filled: Run) -> None:
    edit("publisher = {Pub},\n", "")
    text = BIB.read_text()
    BIB.write_text(text[: text.index("@book{b")])
    result = filled("sync", "p.tex")
    assert "a: publisher edited there, and kept" in result.err
    assert "b was removed there, but is cited: written again" in result.err
    assert BIB.read_text().count("publisher") == 1
    Path("p.tex").write_text("\\cite{b}\\bibliography{refs}")
    assert "a: publisher edited there, and kept" in filled("sync", "p.tex").err
    Path("p.tex").write_text("\\cite{a}\\bibliography{refs}")
    assert "b is no longer cited: left out" in filled("sync", "p.tex").err


def test_a_file_that_was_there_before_is_never_overwritten(filled: Run) -> None:
    before = '@BOOK{a,\r\n\ttitle = "Eins", year = 1999\r\n}\r\n@article{broken, title = {x\r\n'
    Path("other.bib").write_bytes(before.encode())
    result = filled("sync", "p.tex", "-o", "other.bib")
    assert result.code == 3
    assert "other.bib:1: a is kept as it is; the library differs in" in result.err
    assert "broken cannot be read, and stays as it is" in result.err
    data = Path("other.bib").read_bytes()
    assert before.encode() in data
    assert b"@book{b,\r\n" in data
    assert data.count(b"\n") == data.count(b"\r\n")


def test_an_encoding_stays_and_one_that_is_too_small_is_told(filled: Run) -> None:
    BIB.write_bytes(BIB.read_text().replace("Doe, Jane", "Döe, Jane").encode("cp1252"))
    change("b", publisher="Übung")
    assert filled("sync", "p.tex", "--format", "biblatex").code == 0
    assert b"D\xf6e, Jane" in BIB.read_bytes()
    assert b"\xdcbung" in BIB.read_bytes()
    data = BIB.read_bytes()
    change("b", publisher="出版社")
    result = filled("sync", "p.tex", "--format", "biblatex")
    assert (result.code, BIB.read_bytes()) == (3, data)
    assert "save it as UTF-8" in result.err


def test_other_formats_are_written_but_not_over_somebodys_edits(filled: Run) -> None:
    assert filled("sync", "p.tex", "-o", "refs.json").code == 0
    change("a", publisher="New Press")
    assert filled("sync", "p.tex", "-o", "refs.json").code == 0
    assert "New Press" in Path("refs.json").read_text()
    Path("refs.json").write_text("[]")
    result = filled("sync", "p.tex", "-o", "refs.json")
    assert (result.code, Path("refs.json").read_text()) == (4, "[]")
    assert filled("sync", "p.tex", "-o", "p.tex").code == 2


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tex", "\\cite{doi:10.1038/171737a0,arXiv:1706.03762}"),
        ("a.md", "[@doi:10.1038/171737a0; @arXiv:1706.03762]"),
        ("a.Rmd", "```{r}\n@no\n```\n@doi:10.1038/171737a0 and @arXiv:1706.03762."),
        ("a.qmd", "@{doi:10.1038/171737a0} [@arXiv:1706.03762]"),
        ("a.ipynb", '{"cells": [{"cell_type": "markdown", "source": "@doi:10.1038/171737a0 @arXiv:1706.03762"}]}'),
        ("a.org", "[cite:@doi:10.1038/171737a0;@arXiv:1706.03762]"),
        ("a.rst", ":cite:p:`doi:10.1038/171737a0,arXiv:1706.03762`"),
        ("a.typ", '#cite(label("doi:10.1038/171737a0")) @arXiv:1706.03762'),
        ("a.aux", "\\citation{doi:10.1038/171737a0}\\citation{arXiv:1706.03762}"),
    ],
)
def test_identifiers_are_resolved_and_exported_as_the_document_has_them(
    refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    result = refs("sync", name, "-o", "refs.bib")
    assert result.code == 0, result.err
    assert "added watson1953molecular: Watson, Crick 1953" in result.err
    heads = [line.partition("{")[2] for line in BIB.read_text().splitlines() if line.startswith("@")]
    assert heads == ["doi:10.1038/171737a0,", "arXiv:1706.03762,"]
    assert len(refs("list").out.splitlines()) == 2
    assert refs("sync", name, "-o", "refs.bib").err == "unchanged: refs.bib, 2 references\n"


@pytest.mark.usefixtures("registry")
def test_what_is_not_registered_or_cannot_be_a_key_is_told_and_the_rest_written(
    refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.tex").write_text("\\cite{doi:10.1038/171737a0}\\cite{doi:10.5555/nothing}")
    result = refs("sync", "a.tex")
    assert result.code == 3
    assert "10.5555/nothing" in result.err
    assert "doi:10.1038/171737a0," in Path("references.bib").read_text()
    refs("add", "--type", "book", "--title", "T", "--field", "DOI=10.1016/0022-2836(70)90057-4")
    Path("a.md").write_text("@{doi:10.1016/0022-2836(70)90057-4}")
    told = refs("sync", "a.md", "-o", "md.bib")
    assert told.code == 3
    wanted = "BibTeX allows no '(' in a key; refs rewrite puts a short key in its place\n"
    assert told.err.endswith(f"refs: a.md:1:3: left out 'doi:10.1016/0022-2836(70)90057-4': {wanted}")
    assert "refs: a.md:1:3: left out" in refs("export", "--cited-in", "a.md", "-o", "x.bib").err


def test_the_records_of_a_word_document_join_the_library(
    refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = "ADDIN ZOTERO_ITEM CSL_CITATION " + citation(zotero_item(WALDEN))
    Path("a.docx").write_bytes(docx([field(code), field(f"ADDIN EN.CITE {ENDNOTE}")]))
    for expected in ("wrote", "unchanged:"):
        result = refs("sync", "a.docx")
        assert (result.code, result.err) == (0, f"{expected} references.bib, 2 references\n")
    assert [line.partition("\t")[0] for line in refs("list").out.splitlines()] == [
        "thoreau1854walden",
        "watson1953molecular",
    ]


def test_watching_works_again_when_a_document_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("@a")
    done: list[str] = []
    naps = iter(["@b", None, "@c", KeyboardInterrupt])

    def sleep(_: float) -> None:
        nap = next(naps)
        if nap is KeyboardInterrupt:
            raise KeyboardInterrupt
        if isinstance(nap, str):
            path.write_text(f"{nap} and {len(done) * 'x'}")

    with pytest.raises(KeyboardInterrupt):
        syncing.watch(lambda: syncing.files_of([path]), lambda: done.append(path.read_text()[:2]), sleep)
    assert done == ["@a", "@b", "@c"]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_watch_writes_and_ends_cleanly(filled: Run, home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "refs", "sync", "p.tex", "--watch"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline() == "unchanged: refs.bib, 2 references\n"
    time.sleep(0.2)
    Path("p.tex").write_text("\\cite{a,b,c}\\bibliography{refs}")
    assert process.stderr.readline() == "wrote refs.bib, 3 references\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[1] == "stopped\n"
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{A}", '"A"', True),
        ("{A  B}", "{A\n B}", True),
        ("{{A}}", "{A}", False),
        ("{A} # {B}", "{A # B}", False),
        ("jan", "{jan}", False),
        ("2001", "{2001}", True),
        ('"a" # "b"', '"a # b"', False),
        ("{a}", "{b}", False),
    ],
)
def test_values_are_the_same_but_for_delimiters(one: str, other: str, same: bool) -> None:
    left, right = (bibmerge.digests(f"@misc{{k, f = {value}}}") for value in (one, other))
    assert (left == right) is same


def test_a_parent_still_follows_its_children() -> None:
    base = "@inproceedings{x,\n  crossref = {p},\n}\n\n@proceedings{p,\n  title = {P},\n}\n"
    mine = base.replace("@proceedings", "@inproceedings{y,\n  crossref = {p},\n}\n\n@proceedings")
    merged = bibmerge.merge(bibmerge.digests(base), "% by hand\n" + base, mine)
    assert merged.text == "% by hand\n" + mine


def test_without_a_network_stubs_are_written_and_filled_in_later(
    refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text("@doi:10.1038/171737a0")
    result = refs("sync", "a.md", "-o", "refs.bib")
    assert result.code == 3
    assert "not yet resolved" in result.err
    assert "{doi:10.1038/171737a0," in BIB.read_text()
    request.getfixturevalue("registry")
    again = refs("sync", "a.md", "-o", "refs.bib")
    assert again.code == 0, again.err
    assert "Crick" in BIB.read_text()
    assert "not yet resolved" not in BIB.read_text()

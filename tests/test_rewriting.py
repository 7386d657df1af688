"""Other keys in documents: every reader, every encoding, nothing else touched, and back again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from refs import papers
from refs.actions import rewriting
from refs.errors import ConflictError, ParseError, UsageError
from refs.papers.rewrite import rename
from tests.running import Run

DOI = "doi:10.1038/171737a0"
NEW = {DOI: "watson1953", "b": "beta"}


@pytest.mark.parametrize(
    ("reader", "text", "expected"),
    [
        ("tex", f"\\cite[see][b]{{a, {DOI} ,b}} % b", "\\cite[see][b]{a, watson1953 ,beta} % b"),
        ("tex", f"\\cites(x)[b]{{b}}{{{DOI}}}\\verb|\\cite{{b}}|", "\\cites(x)[b]{beta}{watson1953}\\verb|\\cite{b}|"),
        ("tex", "\\nocite{*}\\nocite{b}\n\\begin{comment}\\cite{b}\\end{comment}", None),
        ("markdown", f"[@{DOI}, p. 3; -@b] @{{{DOI}}}s `@b`", "[@watson1953, p. 3; -@beta] @{watson1953}s `@b`"),
        ("markdown", f"---\nnocite: @b\n---\n@{DOI} {{cite}}`b`", "---\nnocite: @beta\n---\n@watson1953 {cite}`beta`"),
        ("typst", f"@b. #cite(<b>) @{DOI}", "@beta. #cite(<beta>) @watson1953"),
        ("typst", f"#cite(label(\"{DOI}\"))", "#cite(label(\"watson1953\"))"),
        ("org", f"[cite:see @{DOI} p. 3;@b] cite:b =@b=", "[cite:see @watson1953 p. 3;@beta] cite:beta =@b="),
        ("rst", f":cite:p:`{DOI}, b` [b]_ ``b``", ":cite:p:`watson1953, beta` [beta]_ ``b``"),
    ],
)  # fmt: skip
def test_keys_are_replaced_and_nothing_else(reader: str, text: str, expected: str | None) -> None:
    after = rename(text, reader, NEW)
    assert after == (expected or text.replace("\\nocite{b}", "\\nocite{beta}"))
    assert rename(text, reader, {"nobody": "x"}) == text


def test_keys_in_notebooks_are_replaced_in_their_strings() -> None:
    cells = [
        {"cell_type": "code", "source": ["@b"]},
        {"cell_type": "markdown", "metadata": {"source": "@b"}, "source": ["# \u00e9 @b\n", f'"x" @{DOI}']},
        {"cell_type": "markdown", "source": "[@b]"},
    ]
    for ascii in (True, False):
        text = json.dumps({"cells": cells}, ensure_ascii=ascii, indent=1).replace("10.1038/", "10.1038\\/")
        after = rename(text, "ipynb", NEW)
        assert after.count("beta") == 2
        assert after.replace("beta", "b").replace("watson1953", DOI.replace("/", "\\/")) == text


def test_a_key_that_cannot_stand_there_is_refused_with_its_place() -> None:
    with pytest.raises(ParseError, match=r"1:2: .*Typst reads no such label"):
        rename("@b", "typst", {"b": "x/y"})
    with pytest.raises(ParseError, match=r"1:7: .*BibTeX allows no blank in a key"):
        rename("\\cite{b}", "tex", {"b": "x y"})
    assert rename("@b.", "markdown", {"b": "x."}) == "@{x.}."


@pytest.fixture
def filled(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Fill the library and go where the documents are."""
    monkeypatch.chdir(tmp_path)
    Path("l.bib").write_text(
        "@article{watson1953, title={Molecular}, author={Watson, J}, year=1953, doi={10.1038/171737a0}}"
    )
    assert refs("import", "l.bib").code == 0
    return refs


@pytest.mark.parametrize(
    "data",
    [
        f"é\r\n\\cite{{{DOI}}} \\input{{b}}\r\nend".encode(),
        f"é\n\\cite{{{DOI}}} \\input{{b}}".encode("cp1252"),
        b"\xef\xbb\xbf" + f"é\\cite{{{DOI}}}\\input{{b}}\r\rx".encode(),
        f"\ufeffé\U0001f600\\cite{{{DOI}}}\\input{{b}}".encode("utf-16-le"),
    ],
)
def test_bytes_encodings_and_line_ends_stay_and_come_back(filled: Run, data: bytes) -> None:
    Path("a.tex").write_bytes(data)
    Path("b.tex").write_bytes(f"\\cite{{x,{DOI}}}\n".encode())
    dry = filled("rewrite", "a.tex")
    assert (dry.code, Path("a.tex").read_bytes()) == (0, data)
    assert f"-\\cite{{x,{DOI}}}" in dry.out
    assert "+\\cite{x,watson1953}" in dry.out
    assert "nothing is written; --yes writes it" in dry.err
    done = filled("rewrite", "a.tex", "--yes")
    assert done.code == 0, done.err
    if data[:2] == b"\xff\xfe":
        assert Path("a.tex").read_bytes() == data.decode("utf-16").replace(DOI, "watson1953").encode("utf-16")
    else:
        assert Path("a.tex").read_bytes() == data.replace(DOI.encode(), b"watson1953")
    assert Path("b.tex").read_bytes() == b"\\cite{x,watson1953}\n"
    assert filled("rewrite", "a.tex", "--yes").err == "no identifier that is known is used as a key\n"
    undone = filled("rewrite", "a.tex", "--undo")
    assert (undone.code, undone.err) == (0, "as before: a.tex\nas before: b.tex\n")
    assert Path("a.tex").read_bytes() == data
    assert filled("rewrite", "a.tex", "--undo").code == 7
    assert sorted(path.name for path in Path().iterdir()) == ["a.tex", "b.tex", "l.bib"]


def test_a_document_that_was_changed_since_is_not_undone(filled: Run) -> None:
    Path("a.md").write_text(f"[@{DOI}]")
    filled("rewrite", "a.md", "-y")
    Path("a.md").write_text("[@watson1953] and more")
    result = filled("rewrite", "a.md", "--undo")
    assert (result.code, Path("a.md").read_text()) == (4, "[@watson1953] and more")
    assert "a.md was changed since it was rewritten; a.md.refs-undo tells what was done" in result.err


def test_rewritings_are_undone_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("@a @b")
    for mapping in ({"a": "one"}, {"b": "two"}):
        rewriting.write(rewriting.plan([path], mapping))
    assert path.read_text() == "@one @two"
    rewriting.undo([path])
    assert path.read_text() == "@one @b"
    rewriting.undo([path])
    assert path.read_text() == "@a @b"


def test_what_changes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("@a")
    planned = rewriting.plan([path], {"a": "b"})
    path.write_text("@a more")
    with pytest.raises(ConflictError, match="was changed meanwhile"):
        rewriting.write(planned)
    assert path.read_text() == "@a more"


@pytest.mark.parametrize("name", ["a.aux", "a.bcf", "a.docx"])
def test_files_without_an_authors_keys_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        rewriting.plan([tmp_path / name], {"a": "b"})


@pytest.mark.usefixtures("registry")
def test_an_identifier_that_the_library_lacks_is_resolved(refs: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.typ"
    path.write_text(f"@{DOI}. @arxiv:1706.03762 @doi:10.5555/nothing")
    result = refs("rewrite", str(path), "--yes")
    assert result.code == 3
    assert path.read_text() == "@watson1953molecular. @vaswani2017attention @doi:10.5555/nothing"
    assert "10.5555/nothing" in result.err


def test_typst_is_told_where_it_would_end_a_key() -> None:
    from refs.papers import typst

    found = typst.read("See @doi:10.1038/171737a0, and @doi:10.1016/0022-2836(70)90057-4).", "a.typ", lambda _: None)
    assert found.keys == [DOI, "doi:10.1016/0022-2836(70)90057-4"]
    assert str(found.problems[0]) == (
        "a.typ:1:6: Typst reads @doi:10.1038/171737a0 only up to the slash: "
        'refs rewrite, or #cite(label("doi:10.1038/171737a0"))'
    )


def test_what_would_cite_something_else_is_not_done(tmp_path: Path) -> None:
    path = tmp_path / "a.qmd"
    path.write_text("@a")
    with pytest.raises(ParseError, match="cannot be rewritten here"):
        rewriting.plan([path], {"a": "fig-one"})
    assert papers.read(path).keys == ["a"]


def test_renaming_goes_through_documents(filled: Run) -> None:
    Path("a.tex").write_text("\\cite{watson1953,x}")
    Path("b.md").write_text("@watson1953; `@watson1953`")
    dry = filled("rename", "watson1953", "dna", "--in", "a.tex", "--dry-run")
    assert (dry.code, dry.err) == (0, "watson1953 would be dna\n")
    assert "+\\cite{dna,x}" in dry.out
    assert Path("a.tex").read_text() == "\\cite{watson1953,x}"
    result = filled("rename", "watson1953", "dna", "--in", "a.tex", "--in", "b.md")
    assert result.code == 0, result.err
    assert (Path("a.tex").read_text(), Path("b.md").read_text()) == ("\\cite{dna,x}", "@dna; `@watson1953`")
    assert filled("rewrite", "a.tex", "--undo").code == 0
    assert Path("a.tex").read_text() == "\\cite{watson1953,x}"
    again = filled("rename", "--pattern", "[auth:lower][year]", "dna", "--in", "b.md")
    assert again.code == 0, again.err
    assert Path("b.md").read_text() == "@watson1953; `@watson1953`"


def test_a_document_that_cannot_be_rewritten_leaves_the_key_alone(filled: Run) -> None:
    Path("a.typ").write_text("@watson1953")
    result = filled("rename", "watson1953", "d/na", "--in", "a.typ")
    assert result.code == 3
    assert "a.typ:1:2: 'd/na' cannot be written here: Typst reads no such label" in result.err
    assert filled("list").out.startswith("watson1953\t")


def test_a_reference_that_was_a_stub_gets_a_short_key(refs: Run, registry: str, tmp_path: Path) -> None:
    paper = tmp_path / "p.tex"
    refs("add", "10.1038/171737a0", "--later")
    paper.write_text("\\cite{10.1038/171737a0}\\cite{doi:10.1038/171737a0}", encoding="utf-8")
    done = refs("rewrite", str(paper), "--yes")
    assert "watson1953molecular is the key of 10.1038/171737a0 now" in done.err
    assert paper.read_text(encoding="utf-8") == "\\cite{watson1953molecular}" * 2
    assert refs("show", "10.1038/171737a0").code == 0  # the old key still finds it
    assert refs("rewrite", str(paper), "--yes").err == "no identifier that is known is used as a key\n"


def test_a_stub_that_nobody_could_be_asked_for_keeps_its_key(refs: Run, tmp_path: Path) -> None:
    paper = tmp_path / "p.tex"
    refs("add", "10.1038/171737a0", "--later")
    paper.write_text("\\cite{10.1038/171737a0}", encoding="utf-8")
    assert refs("rewrite", str(paper), "--yes").code == 3
    assert paper.read_text(encoding="utf-8") == "\\cite{10.1038/171737a0}"

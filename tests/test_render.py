"""Documents rendered by refs alone: Markdown, HTML and text, and what a writer meets on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from refs.actions import pandoc
from refs.actions.citing import Locator, locator_words
from refs.actions.suffixes import split_suffix
from refs.csl.locale import merged_locale
from refs.papers import manuscript
from tests.running import Result, Run

DATA = Path(__file__).parent / "data" / "render"
DOE = "{id: doe, type: book, title: First book, author: [{family: Doe, given: John}], issued: 2005, publisher: CUP}"
ROE = (
    "{id: roe, type: article-journal, title: An article, author: [{family: Roe, given: Ann}], issued: 2006, "
    "container-title: Journal, volume: 3, page: 33-34}"
)
Render = Callable[..., Result]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take pandoc away."""
    monkeypatch.setattr(pandoc, "find", lambda: "")


@pytest.fixture
def render(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: None) -> Render:
    """Render a text that brings two references along, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, *words: str, fields: str = "") -> Result:
        Path("paper.md").write_text(f"---\nreferences:\n- {DOE}\n- {ROE}\n{fields}---\n{text}", encoding="utf-8")
        return refs("render", "paper.md", *words)

    return run


def body(result: Result) -> str:
    """Return Markdown without its metadata."""
    return result.out.split("---\n", 2)[2]


@pytest.mark.parametrize("style", ["apa", "chicago-notes-bibliography"])
@pytest.mark.parametrize("ending", [".md", ".html", ".txt"])
def test_a_document_with_hostile_records(refs: Run, tmp_path: Path, alone: None, style: str, ending: str) -> None:
    output = tmp_path / f"out{ending}"
    result = refs("render", str(DATA / "hostile.md"), "--style", style, "-o", str(output))
    assert (result.code, result.out) == (0, "")
    assert output.read_text("utf-8") == (DATA / f"hostile.{style}{ending}").read_text("utf-8")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("[@doe]", "(Doe, 2005)"),
        ("@doe says", "Doe (2005) says"),
        ("@doe [p. 3] says", "Doe (2005, p. 3) says"),
        ("@doe\n[p. 3] says", "Doe (2005, p. 3) says"),
        ("@doe [p. 3; also @roe]", "Doe (2005, p. 3; also Roe, 2006)"),
        ("@doe [@roe]", "Doe (2005; Roe, 2006)"),
        ("@doe [text](x.html)", "Doe (2005) [text](x.html)"),
        ("Doe [-@doe, chap. 2]", "Doe (2005, Chapter 2)"),
        ("-@doe", "(2005)"),
        ("[see @doe, pp. 33-35 and passim; *also* @roe]", "(see Doe, 2005, pp. 33–35 and passim; *also* Roe, 2006)"),
        ("[@doe, {p. iv} x]", "(Doe, 2005, p. iv x)"),
        ("@doe [in part; see @roe]", "Doe (2005, in part; see Roe, 2006)"),
        ("@doe [*in part*] says", "Doe (2005, *in part*) says"),
        ("@doe [, in part] says", "Doe (2005, in part) says"),
        ("@doe [p. 3؛ وانظر @roe، p. 4]", "Doe (2005, p. 3; \u2068وانظر\u2069 Roe, 2006, p. 4)"),
        ("[参见；@doe；转引自 @roe，4]", "(参见；Doe, 2005; 转引自 Roe, 2006, p. 4)"),
        ("[@doe；转引自@roe]", "(Doe, 2005；转引自@roe)"),
        ("[@doe, pp. 3--4]", "(Doe, 2005, pp. 3–4)"),
        ("[@doe, ll. 3--4]", "(Doe, 2005, Lines 3–4)"),
        ("[@doe؛ p. 3]", "(Doe, 2005\u2068؛\u2069 p. 3)"),
        ("[@doe and @roe]", "(Doe, 2005 and Roe (2006))"),
        ("[@{doe}; @roe]", "(Doe, 2005; Roe, 2006)"),
        ("[@doe](y.html) [@doe]{.x}", "[Doe (2005)](y.html) [Doe (2005)]{.x}"),
        ("[@doe; nothing]", "[Doe (2005); nothing]"),
        ("a@doe.org `@doe` \\@doe [x]", "a@doe.org `@doe` \\@doe [x]"),
        ("{cite}`doe` and {cite}`{see}roe{p. 3}`", "(Doe, 2005) and (see Roe, 2006, p. 3)"),
        ("{cite:t}`doe`", "Doe (2005)"),
    ],
)
def test_every_way_to_cite(render: Render, written: str, printed: str) -> None:
    assert body(render(f"A {written}.\n", "--style", "apa")).startswith(f"A {printed}.\n")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Word [@doe].", "Word.[^1]"),
        ('"Word" [@doe], more', '"Word,"[^1] more'),
        ("Why? [@doe].", "Why?[^1]"),
        ("(A word [@doe]).", "(A word).[^1]"),
        ("@doe, it is said", "John Doe,[^1] it is said"),
        ("- [@doe] first", "- [^1] first"),
        ("Word\n[@doe]--more", "Word[^1]--more"),
        ("Word[^1] [@doe].\n\n[^1]: Own.", "Word[^1].[^2]\n\n[^1]: Own."),
    ],
)
def test_where_the_call_of_a_note_stands(render: Render, written: str, printed: str) -> None:
    result = render(f"{written}\n", "--style", "chicago-notes-bibliography")
    assert body(result).startswith(f"{printed}\n\n")


def test_punctuation_stays_where_the_author_wants_it(render: Render) -> None:
    result = render("Word [@doe].\n", "-s", "chicago-notes-bibliography", fields="notes-after-punctuation: false\n")
    assert body(result).startswith("Word[^1].\n")
    result = render("Word [@doe].\n", "-s", "nature")
    assert body(result).startswith("Word<sup>1</sup>.\n")


def test_positions_are_right_across_the_notes_of_author_and_citations(render: Render) -> None:
    text = "A [@doe].[^own] B [@roe, 33]. C [@roe, 33].\n\n[^own]: Own words, see @doe and [@doe, 7].\n"
    lines = body(render(text, "--style", "turabian-notes-bibliography-subsequent-ibid")).splitlines()
    assert lines[0] == "A.[^1][^own] B.[^2] C.[^3]"
    assert lines[2] == "[^own]: Own words, see Doe, *First Book* and (Ibid., 7)."
    assert [line for line in lines if line.startswith(("[^1]", "[^2]", "[^3]"))] == [
        "[^1]: John Doe, *First Book* (CUP, 2005).",
        "[^2]: Ann Roe, “An Article,” *Journal* 3 (2006): 33.",
        "[^3]: Ibid\\.",
    ]


def test_notes_of_the_author_count_in_references_to_notes(render: Render) -> None:
    text = "One.[^a] Two [@doe]. Three.^[Own.] Four [@roe]. Five [@doe].\n\n[^a]: Own.\n"
    lines = body(render(text, "--style", "oscola")).splitlines()
    assert "[^3]: Doe (n 2)." in [line.replace("\\", "") for line in lines]


def test_the_bibliography_stands_where_the_author_wants_it(render: Render) -> None:
    entry = "Doe, J. (2005). *First book*. CUP."
    assert body(render("[@doe]\n\n::: {#refs}\n:::\n\n# After\n")) == (
        f"(Doe, 2005)\n\n::: {{#refs}}\n\n{entry}\n\n:::\n\n# After\n"
    )
    titled = body(render("[@doe]\n", fields="reference-section-title: Works\n"))
    assert titled == f"(Doe, 2005)\n\n# Works {{#bibliography .unnumbered}}\n\n{entry}\n"
    assert body(render("[@doe]\n", fields="suppress-bibliography: true\n")) == "(Doe, 2005)\n"
    assert "Roe, A. (2006)" in body(render("[@doe]\n", fields='nocite: "@roe"\n'))
    assert "Roe, A. (2006)" in body(render("[@doe]\n", fields='nocite: "@*"\n'))
    assert body(render("Nothing.\n")) == "Nothing.\n"


def test_style_and_language_of_the_document_yield_to_the_flags(render: Render) -> None:
    fields = "csl: ieee\nlang: de-DE\n"
    text = "[@doe, S. 3]\n"
    assert body(render(text, fields=fields)).startswith("\\[1, S. 3\\]\n")
    assert body(render(text, "--style", "apa", fields=fields)).startswith("(Doe, 2005, S. 3)\n")
    french = render("[@doe, chap. 3]\n", "--style", "apa", "--locale", "fr-FR", fields=fields)
    assert body(french).startswith("(Doe, 2005, Chapitre 3)\n")
    odd = render(text, fields="csl: ieee\nlang: tlh\n")
    assert (odd.code, odd.err) == (0, "no locale is known for the document's language 'tlh'\n")


def test_a_key_that_is_missing_is_bold_and_told_and_the_rest_is_written(render: Render) -> None:
    result = render("See [@dooe2005; @doe].\n", fields=f"- {DOE.replace('doe', 'doe2005')}\n")
    assert result.code == 3
    assert body(result).startswith("See (Doe, 2005; **dooe2005?**).\n")
    assert result.err == "refs: paper.md:7:7: no reference has the key 'dooe2005'; did you mean doe2005?\n"


def test_an_identifier_that_is_missing_is_bold_too(render: Render) -> None:
    result = render("See [@doi:10.1000/none, p. 3].\n")
    assert body(result) == "See (**doi:10.1000/none?**).\n"
    assert "doi:10.1000/none is not in the library: refs sync or refs add 10.1000/none" in result.err


def test_references_of_the_document_win_over_files_and_these_over_the_library(render: Render, refs: Run) -> None:
    Path("library.bib").write_text("@book{doe, author={Library, L.}}\n@book{far, author={Far, F.}, year=1}", "utf-8")
    assert refs("import", "library.bib").code == 0
    Path("named.bib").write_text("@book{doe, author={Named, N.}}\n@book{near, author={Near, N.}, year=2}", "utf-8")
    Path("given.bib").write_text("@book{near, author={Given, G.}, year=3}", "utf-8")
    text = "[@doe] [@near] [@far]\n"
    fields = "bibliography: [named.bib]\n"
    assert body(render(text, fields=fields)).startswith("(Doe, 2005) (Near, 2) (Far, 1)\n")
    assert "(Given, 3)" in body(render(text, "--bib", "given.bib", fields=fields))
    gone = render(text, fields="bibliography: gone.bib\n")
    assert gone.code == 3
    assert "gone.bib: no such file or directory" in gone.err
    assert refs("render", "paper.md", "--bib", "gone.bib").code == 5


def test_identifiers_as_keys_and_several_keys_of_a_work(render: Render, refs: Run) -> None:
    Path("library.bib").write_text("@article{watson, author={Watson, J.}, year=1953, doi={10.1038/171737a0}}", "utf-8")
    assert refs("import", "library.bib").code == 0
    printed = body(render("[@watson] @doi:10.1038/171737a0\n"))
    assert printed.startswith("(Watson, 1953) Watson (1953)\n")
    assert printed.count("Watson, J.") == 1


def test_files_that_are_included_are_put_in_their_places(render: Render) -> None:
    Path("part.md").write_text("Included [@roe].\n", "utf-8")
    assert body(render("[@doe]\n\n{{< include part.md >}}\n")).startswith("(Doe, 2005)\n\nIncluded (Roe, 2006).\n")


@pytest.mark.parametrize("ending", [".docx", ".pdf", ".odt"])
def test_without_pandoc_a_word_document_is_refused_in_one_line(render: Render, ending: str) -> None:
    result = render("[@doe]\n", "-o", f"out{ending}")
    assert result.code == 2
    assert "needs pandoc, which is not installed" in result.err
    assert not Path(f"out{ending}").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("paper.md", "-o", "out.dcox"), 2, "did you mean .docx?"),
        (("paper.md", "-o", "out"), 2, "--to names it"),
        (("paper.md", "-o", "paper.md"), 2, "refs does not write over it"),
        (("paper.md", "--bib", "own.html", "-o", "own.html"), 5, "own.html"),
        (("paper.md", "--style", "appa"), 7, "appa"),
        (("paper.md", "--locale", "xx"), 7, "xx"),
        (("paper.tex",), 2, "refs renders .md, .markdown, .qmd, .rmd"),
        (("none.md",), 5, "none.md: No such file"),
        (("paper.md", "--", "--toc"), 2, "options after -- are pandoc's"),
    ],
)
def test_what_is_mistyped_gets_one_line_and_writes_nothing(
    render: Render, refs: Run, words: tuple[str, ...], code: int, message: str
) -> None:
    render("[@doe]\n")
    before = {name: Path(name).read_bytes() for name in os.listdir()}
    result = refs("render", *words)
    assert (result.code, result.out) == (code, "")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert {name: Path(name).read_bytes() for name in os.listdir()} == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbfJ. [@doe]\r\n\r\n",
        "caf\xe9 [@doe]\n".encode("cp1252"),
        b"---\na: [\n---\n\n[@doe]",
        b"\x00[@",
    ],
    ids=["empty", "mark and line ends", "windows", "broken metadata", "odd"],
)
@pytest.mark.parametrize("target", ["markdown", "html", "text"])
def test_odd_documents(render: Render, refs: Run, data: bytes, target: str) -> None:
    Path("odd.md").write_bytes(data)
    Path("own.yaml").write_text(f"references:\n- {DOE}\n", "utf-8")
    result = refs("render", "odd.md", "--bib", "own.yaml", "-t", target)
    assert "defect" not in result.err
    assert result.code == (3 if b"a: [" in data else 0)
    assert ("Doe, 2005" in result.out) == (b"@doe" in data)
    assert ("café" in result.out) == (b"caf" in data)


def test_a_page_says_its_language_and_direction(render: Render) -> None:
    page = render("[@doe]\n", "-t", "html", fields="lang: ar\ntitle: بحث\n").out
    assert page.startswith('<!DOCTYPE html>\n<html lang="ar" dir="rtl">\n<head>\n<meta charset="utf-8" />\n')
    assert "<title>بحث</title>" in page
    assert '<html lang="en-US">' in render("[@doe]\n", "-t", "html").out


def test_texts_of_metadata_stay_yaml(render: Render, refs: Run) -> None:
    Path("own.yaml").write_text('references:\n- {id: q, type: book, title: "A: \\"b\\" # c", issued: 2005}\n', "utf-8")
    Path("doc.md").write_text("---\nabstract: See [@q] here\nnote: |\n  As [@q]\n---\n\nText.\n", "utf-8")
    printed = refs("render", "doc.md", "--bib", "own.yaml").out
    again = manuscript.metadata(printed)
    assert again["abstract"] == "See (*A: “B” # C*, 2005) here"
    assert again["note"] == "As (*A: “B” # C*, 2005)"


@pytest.mark.parametrize(
    ("locale", "suffix", "locator", "rest"),
    [
        ("en-US", ", p. 3", ("page", "3"), ""),
        ("en-US", " 33", ("page", "33"), ""),
        ("en-US", ", pp. 33-35, 38 and passim", ("page", "33-35, 38"), " and passim"),
        ("en-US", ", chap. 2, p. 5", ("chapter", "2"), ", p. 5"),
        ("en-US", ", § 4.2", ("section", "4.2"), ""),
        ("en-US", ", p. xv", ("page", "xv"), ""),
        ("en-US", ", p.3", ("page", "3"), ""),
        ("en-US", ", pp.xv-xx", ("page", "xv-xx"), ""),
        ("en-US", ", p12", ("page", "12"), ""),
        ("en-US", ", sec. 3, for details", ("section", "3"), ", for details"),
        ("en-US", ", vol. 2, p. 5", ("volume", "2"), ", p. 5"),
        ("en-US", ", col. 3", ("column", "3"), ""),
        ("en-US", ", fol. 3r", ("folio", "3r"), ""),
        ("en-US", ", ll. 3--4", ("line", "3--4"), ""),
        ("en-US", ", §§4-5", ("section", "4-5"), ""),
        ("fr-FR", ", chap. xii", ("chapter", "xii"), ""),
        ("es-ES", ", págs. 3-4", ("page", "3-4"), ""),
        ("en-US", ", s.v. word 3", None, ", s.v. word 3"),
        ("en-US", ", see also", None, ", see also"),
        ("en-US", ", {pp. iv, (xv)} and more", ("page", "iv, (xv)"), " and more"),
        ("en-US", ", {}12 years", None, "12 years"),
        ("de-DE", ", S. 12-14", ("page", "12-14"), ""),
        ("ru-RU", ", с. 12", ("page", "12"), ""),
        ("zh-CN", "，第12页", ("page", "12"), ""),
        ("zh-CN", "，第12—13页；转引自", ("page", "12—13"), "；转引自"),
        ("zh-CN", "，第3章", ("chapter", "3"), ""),
        ("zh-CN", "，第三章", ("chapter", "三"), ""),
        ("en-US", "，第3章", None, "，第3章"),
        ("zh-CN", "，着重号为引者所加", None, "，着重号为引者所加"),
        ("zh-CN", "，第3卷第12页", None, "，第3卷第12页"),
        ("zh-CN", "，参见第3节", None, "，参见第3节"),
        ("ko-KR", ", 12쪽", ("page", "12"), ""),
        ("ar", "، ص 12", ("page", "12"), ""),
        ("en-US", ", " + "a" * 10_000, None, ", " + "a" * 10_000),
    ],
)
def test_locators_in_suffixes(locale: str, suffix: str, locator: tuple[str, str] | None, rest: str) -> None:
    words = locator_words(merged_locale(locale))
    assert split_suffix(suffix, words) == (Locator(*locator) if locator else None, rest)

"""What documents cite, by the command line: refs scan, export --cited-in, cite --cited-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from refs.papers import dialects
from tests.office import ENDNOTE, WALDEN, citation, docx, field, zotero_item
from tests.running import Run

BIB = r"""
@article{watson1953, author={Watson, J. D. and Crick, F. H. C.}, title={Molecular Structure}, journal={Nature},
  year=1953, doi={10.1038/171737a0}}
@book{walden, author={Thoreau, Henry David}, title={Walden}, publisher={Ticknor}, year=1854, isbn={9780691096124}}
@inproceedings{talk, author={Doe, Jane}, title={A Talk}, crossref={meeting}}
@proceedings{meeting, editor={Roe, Richard}, title={The Meeting}, booktitle={The Meeting}, year=2001}
@misc{other, author={Other, Olga}, title={Other}, year=2002}
@misc{attention, author={Vaswani, Ashish}, title={Attention}, year=2017, eprint={1706.03762}, eprinttype={arxiv}}
"""


@pytest.fixture
def filled(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Fill the library and go where the documents are."""
    path = tmp_path / "library.bib"
    path.write_text(BIB)
    assert refs("import", str(path)).code == 0
    monkeypatch.chdir(tmp_path)
    return refs


def test_scan_lists_keys_with_places_counts_and_references(filled: Run) -> None:
    Path("a.tex").write_text("x\n\\cite{walden}\\cite{watson1953}\n\\cite{walden,nobody}\\nocite{talk}")
    result = filled("scan", "a.tex")
    assert result.code == 3
    assert result.out.splitlines() == [
        "walden\ta.tex:2:7\tcite\t2\tThoreau, H. D. (1854). Walden. Ticknor.",
        "watson1953\ta.tex:2:20\tcite\t1\t"
        "Watson, J. D., & Crick, F. H. C. (1953). Molecular Structure. Nature. https://doi.org/10.1038/171737a0",
        "nobody\ta.tex:3:14\tcite\t1\tnot in the library",
        "talk\ta.tex:3:29\tnocite\t1\tDoe, J. (2001). A Talk. In R. Roe (Ed.), The Meeting.",
        "meeting\t\tparent\t0\tRoe, R. (Ed.). (2001). The Meeting.",
    ]
    assert result.err == "4 keys, 1 not in the library\n"


def test_scan_finds_what_the_library_lacks_in_the_bib_of_the_document(filled: Run) -> None:
    Path("own.bib").write_text("@book{mine, author={Me, A.}, title={Mine}, year=2000}\n@book{walden, title={No}}\n")
    Path("a.tex").write_text("\\cite{mine,walden,nobody}\n\\bibliography{own}\n")
    result = filled("scan", "a.tex")
    assert (result.code, result.err) == (3, "3 keys, 1 in the .bib alone, 1 not in the library\n")
    assert [line.split("\t")[4] for line in result.out.splitlines()] == [
        "Me, A. (2000). Mine.",
        "Thoreau, H. D. (1854). Walden. Ticknor.",
        "not in the library",
    ]
    objects = map(json.loads, filled("scan", "a.tex", "--json").out.splitlines())
    assert [one["status"] for one in objects] == ["file", "library", "missing"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tex", "%\\bibliography{no}\n\\bibliography{x, y-z}\n"),
        ("a.tex", "\\addbibresource{x.bib}\n\\addbibresource[label=b]{y-z.bib}\n\\addbibresource{../no.bib}\n"),
        ("a.aux", "\\bibdata{x,y-z}\n"),
        ("a.md", "---\nbibliography:\n- x.bib # mine\n- 'y-z.bib'\ntitle: A\n---\n"),
        ("a.md", '---\nbibliography: [x.bib, "y-z.bib"]\n---\n'),
        ("a.typ", '#bibliography(("x.bib", "y-z.bib"), style: "apa")\n'),
        ("a.org", '#+bibliography: x.bib\n#+BIBLIOGRAPHY: "y-z.bib"\n'),
    ],
)
def test_a_document_may_name_several_bibliographies(tmp_path: Path, name: str, text: str) -> None:
    document = tmp_path / name
    document.write_text(text, "utf-8")
    assert dialects.bibliographies(document) == [tmp_path / "x.bib", tmp_path / "y-z.bib"]
    assert dialects.bibliography(document) == tmp_path / "x.bib"


@pytest.mark.parametrize(("written", "file"), [("", None), (" x.bib", "x.bib"), (' "a b.bib"', "a b.bib")])
def test_a_bibliography_alone(tmp_path: Path, written: str, file: str | None) -> None:
    document = tmp_path / "a.md"
    document.write_text(f"---\nbibliography:{written}\ntitle: A\n---\n", "utf-8")
    assert dialects.bibliography(document) == (tmp_path / file if file else None)


def test_scan_prints_objects(filled: Run) -> None:
    Path("a.md").write_text("[@waldn; @doi:10.1038/171737A0]\n")
    result = filled("scan", "a.md", "--json", "--unused")
    missing, doi, *unused = map(json.loads, result.out.splitlines())
    assert (missing["status"], missing["near"], missing["reference"]) == ("missing", ["walden"], None)
    assert missing["places"] == [{"file": "a.md", "line": 1, "column": 3, "kind": "cite"}]
    assert (doi["status"], doi["library"], doi["identifier"]) == ("library", "watson1953", "10.1038/171737a0")
    assert [one["key"] for one in unused] == ["attention", "meeting", "other", "talk", "walden"]
    assert {one["status"] for one in unused} == {"unused"}


def test_scan_finds_the_records_of_a_word_document(filled: Run) -> None:
    stored = "ADDIN ZOTERO_ITEM CSL_CITATION " + citation(zotero_item(WALDEN))
    own = "ADDIN ZOTERO_ITEM CSL_CITATION " + citation(
        zotero_item({"type": "book", "title": "New", "author": [{"family": "Neu", "given": "A."}]}, "NEWK2222")
    )
    Path("a.docx").write_bytes(docx([field(stored), field(own), field(f"ADDIN EN.CITE {ENDNOTE}")]))
    result = filled("scan", "a.docx", "--json")
    assert result.code == 0
    first, second, third = map(json.loads, result.out.splitlines())
    assert (first["key"], first["library"], first["status"]) == ("ABCD2345", "walden", "library")
    assert (second["key"], second["library"], second["status"]) == ("NEWK2222", None, "document")
    assert second["reference"] == "Neu, A. (n.d.). New."
    assert third["library"] == "watson1953"
    exported = filled("export", "--cited-in", "a.docx")
    assert exported.code == 0
    assert [line for line in exported.out.splitlines() if line.startswith("@")] == [
        "@book{walden,",
        "@book{neundnew,",
        "@article{watson1953,",
    ]
    assert "1 of them from the document itself: refs import keeps them in the library" in exported.err
    assert "neundnew" not in filled("list").out


def test_export_brings_parents_tells_the_unused_and_writes_the_rest(filled: Run) -> None:
    Path("a.tex").write_text("\\cite{talk}\\cite{nobody}")
    result = filled("export", "--cited-in", "a.tex", "-o", "refs.bib", "--unused")
    assert result.code == 3
    assert "a.tex:1:18: no reference has the key 'nobody'" in result.err
    assert [line for line in result.err.splitlines() if line.startswith("not cited")] == [
        "not cited: attention",
        "not cited: other",
        "not cited: walden",
        "not cited: watson1953",
    ]
    text = Path("refs.bib").read_text()
    assert text.index("{talk,") < text.index("{meeting,")


@pytest.mark.parametrize(
    ("name", "text", "dialect"),
    [
        ("a.tex", "\\cite{walden}", "year = {1854}"),
        ("a.tex", "\\usepackage[style=apa]{biblatex}\n\\cite{walden}", "date = {1854}"),
        ("a.tex", "% \\addbibresource{x.bib}\n\\cite{walden}", "year = {1854}"),
        ("a.aux", "\\abx@aux@refcontext{x}\n\\abx@aux@cite{0}{walden}", "date = {1854}"),
        ("a.aux", "\\citation{walden}", "year = {1854}"),
        ("a.typ", "@walden", "date = {1854}"),
        ("a.Rmd", "[@walden]", "date = {1854}"),
        ("a.org", "[cite:@walden]", "date = {1854}"),
        ("a.rst", ":cite:p:`walden`", "year = {1854}"),
    ],
)
def test_the_bibliography_is_in_the_dialect_of_the_document(filled: Run, name: str, text: str, dialect: str) -> None:
    Path(name).write_text(text)
    assert dialect in filled("export", "--cited-in", name).out
    assert "year = {1854}" in filled("export", "--cited-in", name, "--format", "bibtex").out


def test_identifiers_that_are_stored_are_exported_under_the_documents_keys(filled: Run) -> None:
    Path("a.tex").write_text(
        "\\cite{doi:10.1038/171737a0,arXiv:1706.03762,isbn:978-0-691-09612-4,https://doi.org/10.1038/171737A0}"
    )
    result = filled("export", "--cited-in", "a.tex")
    assert result.code == 0, result.err
    assert [line.partition("{")[2] for line in result.out.splitlines() if line.startswith("@")] == [
        "doi:10.1038/171737a0,",
        "arXiv:1706.03762,",
        "isbn:978-0-691-09612-4,",
        "https://doi.org/10.1038/171737A0,",
    ]


def test_what_no_key_can_be_is_told_with_a_way_out(filled: Run) -> None:
    Path("a.tex").write_text("\\cite{doi:10.5555/none}\\cite{isbn:9780691096125}")
    result = filled("export", "--cited-in", "a.tex")
    assert result.code == 3
    assert "a.tex:1:7: doi:10.5555/none is not in the library: refs sync or refs add 10.5555/none" in result.err
    assert "a.tex:1:30: no reference has the key 'isbn:9780691096125'" in result.err


def test_a_bibliography_is_in_order_of_citation_or_sorted_as_the_style_says(filled: Run) -> None:
    Path("a.md").write_text("[@watson1953] [@walden] [@doi:10.1038/171737a0]")
    numeric = filled("cite", "--cited-in", "a.md", "--style", "ieee")
    first, second = numeric.out.splitlines()
    assert (first.startswith("[1]"), "Watson" in first, second.startswith("[2]"), "Thoreau" in second) == (True,) * 4
    sorted_ = filled("cite", "--cited-in", "a.md", "--style", "apa")
    assert [line.partition(",")[0] for line in sorted_.out.splitlines()] == ["Thoreau", "Watson"]
    assert (numeric.code, sorted_.code) == (0, 0)


def test_cite_prints_the_rest_when_something_is_missing(filled: Run) -> None:
    Path("a.md").write_text("[@walden; @nobody]")
    result = filled("cite", "--cited-in", "a.md")
    assert (result.code, result.out) == (3, "Thoreau, H. D. (1854). Walden. Ticknor.\n")
    assert "a.md:1:12: no reference has the key 'nobody'" in result.err
    Path("a.md").write_text("nothing")
    assert filled("cite", "--cited-in", "a.md").err == "nothing is cited\n"
    assert filled("cite", "walden", "--cited-in", "a.md").code == 2


def test_a_document_that_cannot_be_read_leaves_the_bibliography_alone(filled: Run) -> None:
    Path("a.docx").write_bytes(b"PK")
    Path("refs.bib").write_text("@misc{x, title={X}}")
    for words in (("scan", "a.docx"), ("sync", "a.docx", "-o", "refs.bib"), ("cite", "--cited-in", "a.docx")):
        result = filled(*words)
        assert (result.code, result.out, result.err) == (3, "", "refs: a.docx: not a zip archive\n")
    assert filled("export", "--cited-in", "a.docx", "-o", "refs.bib").code == 3
    assert Path("refs.bib").read_text() == "@misc{x, title={X}}"

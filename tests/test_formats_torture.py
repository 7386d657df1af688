"""The 14 blocks on which each peer loses something (docs/formats.md): one test a row of the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from refs.csl import Processor, Style
from refs.formats import read, write
from refs.formats.csljson import to_json
from refs.model import Date, Name, Reference
from tests.running import Run

FILE = Path(__file__).parent / "data" / "bibtex" / "torture.bib"
DIALECTS = ("bibtex", "biblatex")


def document() -> dict[str, Reference]:
    """Return the references, the second of a key with a 2 behind it."""
    found: dict[str, Reference] = {}
    for reference in read(FILE.read_bytes(), FILE.name).references:
        found[f"{reference.key}{'2' if reference.key in found else ''}"] = reference
    return found


def written(key: str, dialect: str) -> str:
    return write([document()[key]], dialect)


def cited(key: str) -> str:
    """Return the entry of a bibliography in the style of APA."""
    processor = Processor(Style.load("apa"), [to_json(document()[key])])
    processor.cite([{"id": document()[key].key}], format="text")
    ((_, text),) = processor.bibliography(format="text")
    return text


def test_each_block_is_accounted_for(refs: Run) -> None:
    result = refs("import", str(FILE))
    assert result.err.endswith(
        "14 blocks: 11 added, 1 string, 1 comment, 1 quarantined "
        f"({FILE}:24: unclosed brace)\n"
    )  # fmt: skip
    assert result.out.split()[:3] == ["abbott2016", "abbott2016a", "addresses"]


def test_an_unclosed_entry_costs_no_neighbour() -> None:
    blocks = read(FILE.read_bytes(), FILE.name).blocks
    (broken,) = (number for number, block in enumerate(blocks) if block.kind == "quarantine")
    assert (blocks[broken].line, blocks[broken].reason) == (24, "unclosed brace")
    assert blocks[broken].raw in FILE.read_text("utf-8")
    before, after = blocks[broken - 1].reference, blocks[broken + 1].reference
    assert before
    assert after
    assert (before.text("title")[-15:-7], after.text("title")) == ("GW150914", "Reports & Figures")


def test_a_second_entry_with_a_key_is_kept() -> None:
    first, second = document()["abbott2016"], document()["abbott20162"]
    assert (first.text("page"), second.text("page")) == ("061102", "221101")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_abbreviation_is_expanded(dialect: str) -> None:
    assert document()["abbott2016"].text("container-title") == "Physical Review Letters"
    assert document()["case"].text("container-title") == "J. Physical Review Letters"
    assert "= {Physical Review Letters}," in written("abbott2016", dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_and_others_prints_as_et_al(dialect: str) -> None:
    assert "author = {Abbott, B. P. and others}," in written("abbott2016", dialect)
    assert cited("abbott2016").startswith("Abbott, B. P. et al. (2016)")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_address_is_kept_to_the_letter(dialect: str) -> None:
    address = "https://example.org/a%20b_c?x=1&y=2#top"
    assert document()["addresses"].text("URL") == address
    assert f"url = {{{address}}}," in written("addresses", dialect)
    assert address in cited("addresses")


def test_chinese_names_and_titles_are_kept() -> None:
    names = (Name("王", "小明"), Name("李", "华"))
    for reference in (document()["wang2023"], *read(written("wang2023", "bibtex").encode(), "x.bib").references):
        assert (reference.names("author"), reference.text("title")) == (names, "古籍数字化研究")
    assert cited("wang2023").startswith("王小明, & 李华. (2023). 古籍数字化研究")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_organisation_is_one_name(dialect: str) -> None:
    assert document()["addresses"].names("author") == (Name(literal="World Health Organization"),)
    assert "author = {{World Health Organization}}," in written("addresses", dialect)
    assert document()["addresses"].date("issued") == Date(((2024,),))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_suffix_is_a_suffix(dialect: str) -> None:
    assert document()["king1963"].names("author") == (Name("King", "Martin Luther", suffix="Jr."),)
    assert "author = {King, Jr., Martin Luther}," in written("king1963", dialect)
    assert cited("king1963").startswith("King, M. L., Jr. (1963)")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_case_emphasis_and_math_are_kept(dialect: str) -> None:
    title = document()["case"].text("title")
    for piece in ('class="nocase">I</span>n', 'class="nocase">RNA</span>', "<i>Xenopus</i>", "10<sup>−3</sup>"):
        assert piece in title
    own = r"title = {{I}n vivo {RNA} editing in \emph{Xenopus} at $10^{-3}$ and $\binom{n}{k}$~K},"
    assert own in written("case", dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_doi_written_as_an_address_is_a_doi(dialect: str) -> None:
    assert "doi = {10.1103/physrevlett.116.061102}," in written("abbott2016", dialect)
    assert cited("abbott2016").endswith(" https://doi.org/10.1103/physrevlett.116.061102")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_child_inherits_from_its_parent(dialect: str) -> None:
    child = document()["child"]
    assert (child.text("container-title"), child.year) == ("Proceedings of the Congress", 1999)
    assert child.names("editor") == (Name("Knuth", "Donald E."),)
    assert "booktitle = {Proceedings of the Congress}," in written("child", dialect)


def test_a_comment_of_jabref_is_kept() -> None:
    last = read(FILE.read_bytes(), FILE.name).blocks[-1]
    assert (last.kind, last.raw.strip()) == ("comment", "@comment{jabref-meta: databaseType:biblatex;}")

"""Which part of a style, field and term made each piece of the output."""

from __future__ import annotations

import pytest

from refs.csl import Processor, Style
from refs.csl.explain import Piece, explain_bibliography, explain_citation, explain_entry
from refs.errors import NotFoundError
from tests.csl_items import varied_items

SOURCE = """<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="in-text">
  <info><title>Small</title><id>small</id><updated>2026-01-01T00:00:00Z</updated></info>
  <macro name="who">
    <names variable="author editor">
      <name form="short"/>
    </names>
  </macro>
  <macro name="pages">
    <group delimiter=" ">
      <label variable="page" form="short"/>
      <text variable="page"/>
    </group>
  </macro>
  <citation>
    <layout prefix="(" suffix=")" delimiter="; ">
      <text macro="who"/>
      <date variable="issued" prefix=", "><date-part name="year"/></date>
    </layout>
  </citation>
  <bibliography>
    <layout suffix=".">
      <text macro="who" suffix=": "/>
      <text variable="title" quotes="true" font-style="italic"/>
      <text term="in" prefix=" " suffix=" "/>
      <number variable="edition" form="ordinal"/>
      <text macro="pages" prefix=", "/>
      <text value=" end"/>
    </layout>
  </bibliography>
</style>"""
ITEM = {
    "id": "x",
    "type": "book",
    "author": [{"family": "Doe", "given": "Jane"}],
    "title": 'On "it"',
    "edition": "2",
    "page": "3-5",
    "issued": {"date-parts": [[2001]]},
}


@pytest.fixture
def processor() -> Processor:
    return Processor(Style.parse(SOURCE, "small.csl"), [ITEM])


def test_an_entry_is_explained_piece_by_piece(processor: Processor) -> None:
    pieces = explain_entry(processor, "x")
    assert "".join(piece.text for piece in pieces) == processor.bibliography("text")[0][1]
    made = {piece.text.strip(" ,:"): piece for piece in pieces}
    assert made["Doe"] == Piece("Doe", "names", 4, "who", "author")
    assert (made["“On ‘it’”"].line, made["“On ‘it’”"].variable) == (23, "title")
    assert (made["in"].line, made["in"].term) == (24, "in")
    assert (made["2nd"].element, made["2nd"].variable) == ("number", "edition")
    assert (made["pp."].element, made["pp."].macro, made["pp."].term) == ("label", "pages", "page")
    assert (made["3–5"].line, made["3–5"].macro) == (11, "pages")
    assert pieces[[piece.text for piece in pieces].index("pp.") + 1] == Piece(" ", "group", 9, "pages")
    assert made["end"].line == 27
    assert made["."] == Piece(".", "layout", 21)


def test_a_citation_is_explained_too(processor: Processor) -> None:
    pieces = explain_citation(processor, [{"id": "x"}])
    assert "".join(piece.text for piece in pieces) == "(Doe, 2001)"
    assert [piece.element for piece in pieces] == ["layout", "names", "date", "layout"]
    assert [piece.line for piece in pieces] == [15, 4, 17, 15]


@pytest.mark.parametrize("style", ["apa", "chicago-notes-bibliography", "modern-language-association", "nature"])
def test_explaining_changes_nothing_in_what_is_printed(style: str) -> None:
    processor = Processor(Style.load(style), varied_items()[::4])
    for key, entry in processor.bibliography("text"):
        explained = "".join(piece.text for piece in explain_entry(processor, key))
        plain = entry.replace("\u2068", "").replace("\u2069", "")
        assert "".join(explained.split()) == "".join(plain.split())
    cites = [{"id": processor.order()[0], "locator": "5", "label": "page"}]
    cited = "".join(piece.text for piece in explain_citation(processor, cites))
    assert "".join(cited.split()) == "".join(processor.cite(cites, format="text").split())
    assert processor.bibliography("text") == Processor(Style.load(style), varied_items()[::4]).bibliography("text")


def test_the_term_of_a_locator_is_that_of_its_label() -> None:
    apa = Processor(Style.load("apa"), [ITEM])
    pieces = explain_citation(apa, [{"id": "x", "locator": "5", "label": "chapter"}])
    assert [(piece.text, piece.term) for piece in pieces if piece.term] == [("Chapter", "chapter")]


def test_modes_and_orders_are_those_of_the_processor() -> None:
    items = [
        {**ITEM, "id": key, "title": title, "author": [{"family": key}]} for key, title in (("b", "Z"), ("a", "Y"))
    ]
    apa = Processor(Style.load("apa"), items, in_order=True)
    assert [key for key, _ in explain_bibliography(apa)] == ["b", "a"]
    cites = [{"id": "b"}, {"id": "a"}]
    explained = "".join(piece.text for piece in explain_citation(apa, cites, mode="composite"))
    assert explained == apa.cite(cites, format="text", mode="composite") == "b (2001; a, 2001)"


def test_an_entry_that_is_not_there_is_named(processor: Processor) -> None:
    with pytest.raises(NotFoundError, match="no entry 'y' in the bibliography of Small"):
        explain_entry(processor, "y")

"""CSL-JSON: the shapes that it is found in, broken items, and the way back."""

from __future__ import annotations

import json

import pytest

from refs.errors import ParseError
from refs.formats import read, write
from refs.formats.csljson import clean, from_json, to_json
from refs.model import Date, Name, Reference, Source, Variant

ONE = '{"id": "a", "type": "book", "title": "T"}'
TWO = '{"id": "b", "type": "book", "title": "U"}'


@pytest.mark.parametrize(
    "text",
    [
        f"[{ONE},\n{TWO}]",
        f" [ {ONE} , {TWO} ]\n",
        f'{{"items": [\n{ONE},\n{TWO}\n]}}\n',
        f"{ONE}\n{TWO}\n",
        f"\ufeff[{ONE},{TWO}]",
    ],
)
def test_items_are_read_from_arrays_objects_and_lines(text: str) -> None:
    document = read(text.encode(), "refs.json")
    assert [reference.key for reference in document.references] == ["a", "b"]
    assert "".join(block.raw for block in document.blocks) == text.removeprefix("\ufeff")


def test_a_single_item_is_read() -> None:
    assert read(ONE.encode(), "refs.json").references[0].text("title") == "T"
    assert read(b"[]", "refs.json").blocks == ()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('{"id": "x" "type": "book"}', "not JSON: Expecting ',' delimiter"),
        ('{"id": "x", "title": NaN}', "not JSON: NaN is no JSON number"),
        ("5", "not a JSON object"),
        ('{"name": "package", "version": {}}', "a JSON object without any field of CSL-JSON"),
        ('{"title": ' + "[" * 100_000 + "}", "nested too deeply"),
    ],
)
def test_a_broken_item_is_kept_apart_and_its_neighbours_are_read(broken: str, reason: str) -> None:
    text = f"[\n{ONE},\n{broken},\n{TWO}\n]\n"
    document = read(text.encode(), "refs.json")
    assert [reference.key for reference in document.references] == ["a", "b"]
    assert [(block.line, block.reason) for block in document.quarantined] == [(3, reason)]
    assert "".join(block.raw for block in document.blocks) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "refs.json:1: not JSON: Expecting property name enclosed in double quotes"),
        ("[", "refs.json:1: the array does not end: the file is cut off"),
        ('{"a": 1}', "refs.json:1: a JSON object without any field of CSL-JSON"),
        ("[" * 100_000, "refs.json:1: nested too deeply"),
    ],
)
def test_what_is_no_csl_json_at_all_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(text.encode(), "refs.json")
    assert str(caught.value) == message


def test_a_file_that_was_cut_off_is_told() -> None:
    document = read(f"[\n{ONE},\n".encode(), "refs.json")
    assert [reference.key for reference in document.references] == ["a"]
    assert document.quarantined[0].reason == "the array does not end: the file is cut off"


def test_values_in_the_shapes_that_are_found_become_the_models() -> None:
    item = {
        "id": 7,
        "type": "article-journal",
        "title": ["One", "Two"],
        "volume": 3,
        "journalAbbreviation": "J.",
        "author": [{"family": "Doe"}, {"literal": ""}, {}],
        "editor": {"family": "Roe"},
        "translator": "A Name",
        "issued": {"date-parts": [["2001", "5", 0]]},
        "accessed": "2020-01-02",
        "submitted": {"raw": "March 2001"},
        "event-date": {"date-parts": [[2001], [2002]], "circa": 1},
        "available-date": {"season": "2", "date-parts": [[2001]]},
        "DOI": None,
        "foo": {"bar": [1]},
        "note": "a\tb\u0000\u001b[31mc",
    }
    reference = from_json(item)
    assert reference.key == "7"
    assert reference.fields == {
        "title": "One Two",
        "volume": "3",
        "container-title-short": "J.",
        "author": (Name("Doe"),),
        "editor": (Name("Roe"),),
        "translator": (Name(literal="A Name"),),
        "issued": Date(((2001, 5),)),
        "accessed": Date(((2020, 1, 2),)),
        "submitted": Date(((2001, 3),)),
        "event-date": Date(((2001,), (2002,)), circa=True),
        "available-date": Date(((2001,),), season=2),
        "note": "a b[31mc",
    }
    assert reference.extra == {"foo": '{"bar": [1]}'}


FULL = Reference(
    "chapter",
    {
        "title": "A <i>title</i>",
        "author": (Name("Doe", "Jane", "van", "de", "Jr.", True, True), Name(literal="Inst")),
        "issued": Date(((2001, 2, 3), ())),
        "original-date": Date((), literal="long ago"),
        "event-date": Date(((1850,),), 2, True),
    },
    "key",
    {"title": (Variant("Титул", "ru", "original"),), "author": (Variant((Name("Доу", "Джейн"),), "ru"),)},
    {"arxiv": "1706.03762"},
    {"groups": "{a \\& b}"},
    {"title": Source("crossref", "2024-05-06"), "author": Source("refs.bib:12"), "groups": Source("refs.bib:12")},
)


@pytest.mark.parametrize("format", ["csljson", "jsonl"])
def test_a_reference_comes_back(format: str) -> None:
    text = write([FULL, FULL], format)
    (first, second) = read(text.encode(), f"refs.{'json' if format == 'csljson' else format}").references
    assert (first.fields, first.variants, first.extra) == (FULL.fields, FULL.variants, FULL.extra)
    assert second.sources["title"] == FULL.sources["title"]
    assert write([first, second], format).count("\n") == text.count("\n")


def test_an_item_survives_json_itself() -> None:
    assert from_json(json.loads(json.dumps(to_json(FULL)))) == FULL


def test_fields_without_a_source_come_from_the_line_of_the_file() -> None:
    (reference,) = read(f"[\n{ONE}]".encode(), "some/where/refs.json").references
    assert reference.sources == {"title": Source("refs.json:2")}


def test_letters_newer_than_this_python_stay() -> None:
    assert clean("a\U00031350b\u200dc\x1b\ufeff  d\ud800") == "a\U00031350b\u200dc d"


@pytest.mark.parametrize(
    ("parts", "date"),
    [
        ([[2001, 13]], Date(((2001,),), season=1)),
        ([[2001, 16]], Date(((2001,),), season=4)),
        ([[2001, 22]], Date(((2001,),), season=2)),
        ([[2001, 25]], Date(((2001,),))),
        ([[2001, 12, 31]], Date(((2001, 12, 31),))),
        ([[2001, 13], [2001, 14]], Date(literal="2001-13/2001-14")),
    ],
)
def test_a_month_past_december_is_a_season_as_citeproc_js_reads_it(parts: list[list[int]], date: Date) -> None:
    assert from_json({"id": "k", "type": "book", "issued": {"date-parts": parts}}).fields["issued"] == date


def test_a_letter_keeps_thirty_marks_and_no_more() -> None:
    assert clean("Z" + "\u0301" * 30) == "Z" + "\u0301" * 30
    assert clean("Z" + "\u0301" * 1_000_000 + "algo") == "Z" + "\u0301" * 30 + "algo"
    assert clean("ก" + "\u0e48" * 50) == "ก" + "\u0e48" * 30
    assert clean("—" * 40) == "—" * 40

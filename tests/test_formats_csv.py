"""Tables, lists of identifiers and Zotero's CSL-JSON: whole files, round trips, formulas, damage."""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from refs.errors import ParseError
from refs.formats import Document, guess, read, write
from refs.formats.delimited import FORMULA
from refs.model import Date, Name, Reference, Variant
from tests.bibliography import described
from tests.sample_references import references

DATA = Path(__file__).parent / "data"
FILES = [
    path
    for kind in ("csv", "identifiers", "zotero", "papis")
    for path in sorted((DATA / kind).iterdir())
    if not path.name.endswith(".expected.json")
]


def bare(reference: Reference) -> Reference:
    return replace(reference, sources={})


def assert_nothing_is_left_out(document: Document, text: str) -> None:
    assert "".join(block.raw for block in document.blocks) == text
    assert all((block.reference is not None) == (block.kind == "entry") for block in document.blocks)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_are_read_as_expected(path: Path) -> None:
    document = read(path.read_bytes(), path.name)
    assert_nothing_is_left_out(document, path.read_bytes().decode())
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text("utf-8"))
    assert {"format": document.format, "blocks": described(document)} == expected


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "csv"], ids=lambda path: path.name)
def test_a_table_is_written_as_it_was_read(path: Path) -> None:
    document = read(path.read_bytes(), path.name)
    text = write(document.references, document.format)
    again = read(text.encode(), path.name, document.format)
    assert [bare(one) for one in again.references] == [bare(one) for one in document.references]
    assert write(again.references, document.format) == text


@pytest.mark.parametrize("format", ["csv", "tsv"])
@pytest.mark.parametrize("raw", [False, True])
def test_every_type_and_variable_comes_back(format: str, raw: bool) -> None:
    for seed in range(40):
        wanted = references(seed, 5)
        text = write(wanted, format, raw=raw)
        if not raw:
            document = read(text.encode(), f"x.{format}")
            assert_nothing_is_left_out(document, text)
            assert [bare(one) for one in document.references] == wanted
            assert write(document.references, format) == text
        else:
            assert len(read(text.encode(), f"x.{format}").references) == len(wanted)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＠", "'=", "''+"])
def test_no_cell_is_a_formula(start: str) -> None:
    payload = f'{start}HYPERLINK("http://x")'
    reference = Reference(
        "book",
        {
            "title": payload,
            "author": (Name(literal=payload), Name(payload, payload)),
            "issued": Date(literal=payload),
            "page": payload,
            "DOI": payload,
            "keyword": payload,
        },
        payload,
        {"title": (Variant(payload, "en"),)},
        {"scheme": payload},
        {payload: payload, "other": payload},
    )
    for format, delimiter in (("csv", ","), ("tsv", "\t")):
        cells = [
            cell
            for row in csv.reader(io.StringIO(write([reference], format), newline=""), delimiter=delimiter)
            for cell in row
        ]
        assert not [cell for cell in cells if cell[:1] in "=+-@\t\r\n＝＋－＠" and cell]
        assert sum(payload in cell for cell in cells) >= 10
    _, row = csv.reader(io.StringIO(write([reference], "csv", raw=True), newline=""))
    assert row[2] == payload


def test_negative_numbers_are_no_formulas() -> None:
    reference = Reference("book", {"title": "-5", "issued": Date(((-44,),)), "page": "-5", "volume": "-1+1"})
    header, row = csv.reader(io.StringIO(write([reference], "csv")))
    cells = dict(zip(header, row, strict=True))
    assert (cells["title"], cells["issued"], cells["page"], cells["volume"]) == ("'-5", "-0043", "-5", "'-1+1")
    assert bare(read(write([reference], "csv").encode(), "x.csv").references[0]) == reference


def test_an_apostrophe_that_guards_nothing_stays() -> None:
    document = read(b"title,doi\n'tis so,1\n'=A1,2\n''=A1,3\n", "x.csv")
    assert [one.text("title") for one in document.references] == ["'tis so", "=A1", "'=A1"]
    assert FORMULA.match("'tis so") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [("a,b\n1,2\n", "x.csv:1: no table with a column for title, author or DOI"), ("", "x.csv: empty")],
)
def test_what_is_no_table_is_refused(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(text.encode(), "x.csv")
    assert str(caught.value) == message


def test_a_quotation_mark_that_is_never_closed_is_told() -> None:
    document = read(b'title,doi\nA,1\n"never closed\nB,2\n', "x.csv")
    assert [one.text("title") for one in document.references] == ["A", "B"]
    assert [(block.line, block.reason) for block in document.quarantined] == [(3, "a quotation mark is not closed")]


@pytest.mark.parametrize(
    ("text", "name", "format"),
    [
        ("title;doi;year\nA;1;2\n", "x", "csv"),
        ("TI\tAU\tSO\nA\tB\tC\n", "savedrecs.txt", "tsv"),
        ("10.1000/one\n10.1000/two\n", "dois.txt", "identifiers"),
        ('[{"id": "http://zotero.org/users/1/items/ABCDEFGH", "type": "book"}]', "x.json", "zotero"),
        ("ref: a\ntitle: b\n", "info.yaml", "papis"),
    ],
)
def test_a_format_is_known_by_its_content(text: str, name: str, format: str) -> None:
    assert guess(text.encode(), name) == format


def test_a_sentence_with_an_identifier_is_no_list() -> None:
    with pytest.raises(ParseError, match=r"identifiers such as 10\.1000/one"):
        read(b"This is what was found in it long ago: doi:10.1000/one and no more.\n", "x.txt")


def test_damage_is_told_and_loses_nothing() -> None:
    chance = random.Random(7)  # noqa: S311
    for path in FILES:
        whole = path.read_bytes().decode()
        format = guess(whole.encode(), path.name)
        for _ in range(120):
            place = chance.randrange(len(whole))
            sign = chance.choice("\",;\t\n\r'=|\x00é{}[]:")
            text = whole[:place] + sign + whole[place + chance.randrange(2) :]
            try:
                document = read(text.encode(), path.name, format)
            except ParseError:
                continue
            assert_nothing_is_left_out(document, text)
            assert all(block.reason for block in document.quarantined)


def test_a_row_that_cannot_be_read_costs_no_other() -> None:
    chance = random.Random(8)  # noqa: S311
    for _ in range(500):
        row = 'middle,"Doe, Jane",10.1000/two'
        place = chance.randrange(len(row))
        row = row[:place] + chance.choice('",;x\t') + row[place + chance.randrange(2) :]
        text = f'title,author,doi\nfirst,"Roe, R.",10.1000/one\n{row}\nlast,"Low, L.",10.1000/three\n'
        document = read(text.encode(), "x.csv")
        assert_nothing_is_left_out(document, text)
        titles = [one.text("title") for one in document.references]
        assert (titles[0], titles[-1]) == ("first", "last"), text


def test_the_field_limit_of_csv_is_left_as_it_was() -> None:
    before = csv.field_size_limit()
    document = read(f"title,doi\n{'x' * 200_000},1\nsmall,2\n".encode(), "x.csv")
    assert len(document.references) == 2
    assert csv.field_size_limit() == before

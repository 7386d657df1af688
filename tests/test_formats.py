"""Which format a file is in, what is none, and the scholar site's records."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from refs.errors import ParseError, UsageError
from refs.formats import FORMATS, guess, read, write
from refs.formats.babel import to_babel, to_bcp47
from refs.formats.encodings import declared
from refs.model import Date, Name, Variant

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("data", "name", "format"),
    [
        (b"@book{a, title={x}}", "refs.bib", "bibtex"),
        (b"% only a comment", "refs.bib", "bibtex"),
        (b"", "empty.bib", "bibtex"),
        (b"notes\n @article{a, title={x}}", "refs.txt", "bibtex"),
        (b"@book{a, title={x}}", "-", "bibtex"),
        (b'[{"id": "a"}]', "refs.json", "csljson"),
        (b'{"id": "a"}', "", "csljson"),
        (b'{"id": "a"}', "refs.jsonl", "jsonl"),
        (b'{"title":"t","authors":"a","doi":"d"}', "001.txt", "seed"),
        ("@book{a, title={ż}}".encode("utf-16"), "refs", "bibtex"),
    ],
)
def test_a_format_is_known_by_its_content_then_its_ending(data: bytes, name: str, format: str) -> None:
    assert guess(data, name) == format


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.txt", "a.txt: empty"),
        (b" \n", "a.txt", "a.txt: empty"),
        ("Война и мир.".encode(), "a.txt", "a.txt: prose without any bibliographic record or identifier"),
        (b"just prose", "a.json", "a.json:1: no json file, whatever its name says"),
        (
            b"The double helix was found by two.\nSee doi:10.1038/171737a0, which is short, and more like it.\n",
            "a.txt",
            "a.txt: no bibliography in it, but identifiers such as 10.1038/171737a0, which `refs add` takes",
        ),
    ],
)
def test_what_is_no_bibliography_is_refused_in_one_line(data: bytes, name: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(data, name)
    assert str(caught.value) == message


def test_unknown_formats_are_refused() -> None:
    with pytest.raises(UsageError, match="'docx'"):
        read(b"x", "x", "docx")
    with pytest.raises(UsageError, match="'seed'"):
        write([], "seed")


@pytest.mark.parametrize("name", ["bibtex", "biblatex", "csljson", "jsonl"])
def test_an_empty_library_is_written_and_read(name: str) -> None:
    assert read(write([], name).encode(), f"x{FORMATS[name].endings[0]}", name).blocks == ()


def test_the_record_of_a_scholar_site_is_read() -> None:
    path = DATA / "seed" / "record.txt"
    document = read(path.read_bytes(), str(path))
    (reference,) = document.references
    assert (document.format, reference.type) == ("seed", "article-journal")
    assert reference.fields == {
        "title": "Harbour Towns and Their Pilots, 1921–1934: Notes from a Port Archive",
        "author": (Name("Lindqvist", "A. B."), Name("Okafor", "Chidi")),
        "container-title": "Review of Coastal History",
        "volume": "12",
        "page": "37-68",
        "issued": Date(((2024, 1, 16),)),
        "DOI": "10.5555/rch-2023-6-93",
        "abstract": 'Pilots and "harbour towns" in the archive.',
    }
    assert reference.variants == {"title": (Variant("港口城镇及其引航员 1921-1934 年:港口档案笔记", "zh"),)}
    assert reference.sources["title"].name == "record.txt:1"
    assert "".join(block.raw for block in document.blocks) == path.read_text("utf-8")


def test_a_damaged_record_of_a_scholar_site_is_refused() -> None:
    with pytest.raises(ParseError, match=r"001\.txt:1: not JSON"):
        read(b'{"title":"t","authors":"a","doi', "001.txt")


@pytest.mark.skipif("REFS_SHARED" not in os.environ, reason="REFS_SHARED names no folder with the seed documents")
def test_the_seed_documents_are_read_or_refused() -> None:
    outcomes = {}
    for path in sorted(Path(os.environ["REFS_SHARED"], "seeds").glob("*.txt")):
        try:
            (reference,) = read(path.read_bytes(), path.name).references
            outcomes[path.name[:3]] = reference.text("DOI")
        except ParseError as error:
            outcomes[path.name[:3]] = error.reason
    prose = "prose without any bibliographic record or identifier"
    assert outcomes == {"000": prose, "001": "10.24833/2071-8160-2023-6-93-37-68", "002": prose, "003": prose}


@pytest.mark.parametrize(
    ("line", "codec"),
    [
        (b"% Encoding: Cp1252", "cp1252"),
        (b"% This file was created with JabRef\n% Encoding: UTF8", "utf-8"),
        (b"%% Saved with string encoding Unicode (UTF-8) ", "utf-8"),
        (b"% -*- coding: iso-8859-2 -*-", "iso8859-2"),
        (b"% Encoding: klingon", ""),
        (b"% Encoding: hex", ""),
        (b"@misc{a, title={b}}", ""),
    ],
)
def test_a_declared_encoding_is_found(line: bytes, codec: str) -> None:
    assert declared(line) == codec


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("english", "en"),
        ("USenglish", "en-US"),
        ("ngerman", "de"),
        ("langfrench", "fr"),
        ("Russian", "ru"),
        ("EN-gb", "en-GB"),
        ("zh_hant_tw", "zh-Hant-TW"),
        ("ru-latn", "ru-Latn"),
        ("english and german", ""),
        ("in press", ""),
        ("xx", ""),
        ("", ""),
    ],
)
def test_names_of_languages_become_tags(name: str, tag: str) -> None:
    assert to_bcp47(name) == tag


def test_a_babel_name_is_given_for_the_exact_tag_alone() -> None:
    tags = ["de", "en-US", "zh", "ru-Latn", "de-LU"]
    assert [to_babel(tag) for tag in tags] == ["german", "american", "chinese", "", ""]

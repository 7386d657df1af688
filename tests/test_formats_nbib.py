"""PubMed's tagged format: names, dates, translated titles, and tags that only it has."""

from __future__ import annotations

import pytest

from refs.formats import nbibread, nbibwrite, read, write
from refs.model import TYPES, VARIABLES, Date, Name, Reference
from tests.sample_references import references
from tests.tagged_cases import bare, check, files


@pytest.mark.parametrize("name", files("nbib"))
def test_file_is_read_block_by_block_and_written_again(name: str) -> None:
    check("nbib", name)


def record(*lines: str) -> Reference:
    (reference,) = read("\n".join(["PMID- 1", *lines]).encode(), "a.nbib").references
    return reference


def test_tables_name_types_and_variables_of_csl() -> None:
    assert {kind for _, kind in nbibread.TYPES} <= TYPES
    assert {*nbibread.TEXTS.values(), *nbibwrite.WRITERS, *nbibwrite.VERBATIM.values()} <= VARIABLES


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1996 Jul 9", Date(((1996, 7, 9),))),
        ("2009 Nov-Dec", Date(((2009, 11), (2009, 12)))),
        ("1998 Dec-1999 Jan", Date(((1998, 12), (1999, 1)))),
        ("2008 Winter", Date(((2008,),), season=4)),
        ("2012 Jan 1-15", Date(((2012, 1, 1), (2012, 1, 15)))),
        ("2013 06 10", Date(((2013, 6, 10),))),
        ("Article 10 2019", Date(((2019,),))),
    ],
)
def test_dates(text: str, date: Date) -> None:
    assert nbibread.pubmed_date(text) == date


@pytest.mark.parametrize(
    ("text", "pages"),
    [("475-82", "475-482"), ("e12-9", "e12-e19"), ("e12-19", "e12-19"), ("S101-4", "S101-S104"), ("9-12", "9-12")],
)
def test_the_end_of_a_range_is_completed(text: str, pages: str) -> None:
    assert nbibread.full_range(text) == pages


def test_names_are_full_where_the_record_has_them_and_in_its_order() -> None:
    reference = record(
        "FAU - van Raaij, M J", "AU  - van Raaij MJ", "CN  - Study Group", "AU  - Old AB Jr", "AU  - et al."
    )
    expected = (
        Name("Raaij", "M J", "van"),
        Name(literal="Study Group"),
        Name("Old", "AB", suffix="Jr"),
        Name(literal="others"),
    )
    assert reference.names("author") == expected


def test_a_translated_title_without_the_vernacular_one_is_the_title() -> None:
    reference = record("TI  - [Salt in the sea].")
    assert (reference.text("title"), reference.extra["nbib:TI"]) == ("Salt in the sea", "[Salt in the sea].")
    assert "TI  - [Salt in the sea].\n" in write([reference], "nbib")


def test_a_changed_field_is_not_written_as_it_was_read() -> None:
    reference = record("DP  - 2019 May-Jul", "PG  - 475-82", "TI  - x")
    assert "PG  - 475-82\n" in write([reference], "nbib")
    changed = Reference(reference.type, {**reference.fields, "page": "1-2"}, extra=reference.extra)
    assert "PG  - 1-2\n" in write([changed], "nbib")


@pytest.mark.parametrize("seed", range(2))
def test_every_variable_comes_back(seed: int) -> None:
    made = [bare(reference) for reference in references(seed, 100)]
    text = write(made, "nbib")
    found = read(text.encode(), "a.nbib", "nbib").references
    for before, after in zip(made, found, strict=True):
        assert (after.type, after.key, dict(after.fields)) == (before.type, before.key, dict(before.fields))
        assert (after.variants, after.identifiers) == (before.variants, before.identifiers)
    assert write(found, "nbib") == text

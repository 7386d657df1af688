"""Dates of ISO 8601-2 and of free text, each read and written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.dates import month_number, parse_date, to_edtf
from refs.model import Date

# text, date, the EDTF written for it
EDTF = [
    ("2004", Date(((2004,),)), "2004"),
    ("2004-06", Date(((2004, 6),)), "2004-06"),
    ("2004-06-01", Date(((2004, 6, 1),)), "2004-06-01"),
    ("2004-06-01T14:34:00", Date(((2004, 6, 1),)), "2004-06-01"),
    ("2004-02-29/2004-03-02", Date(((2004, 2, 29), (2004, 3, 2))), "2004-02-29/2004-03-02"),
    ("2004-06/..", Date(((2004, 6), ())), "2004-06/.."),
    ("1997/", Date(((1997,), ())), "1997/.."),
    ("../1997", Date(((), (1997,))), "../1997"),
    ("/1997", Date(((), (1997,))), "../1997"),
    ("1723~", Date(((1723,),), circa=True), "1723~"),
    ("1723?", Date(((1723,),), circa=True), "1723~"),
    ("1723%", Date(((1723,),), circa=True), "1723~"),
    ("199X", Date(((1990,), (1999,)), circa=True), "199X"),
    ("199u", Date(((1990,), (1999,)), circa=True), "199X"),
    ("19XX", Date(((1900,), (1999,)), circa=True), "19XX"),
    ("1999-XX", Date(((1999,),)), "1999"),
    ("1999-05-XX", Date(((1999, 5),)), "1999-05"),
    ("2004-21", Date(((2004,),), season=1), "2004-21"),
    ("2004-24", Date(((2004,),), season=4), "2004-24"),
    ("2004-22~", Date(((2004,),), season=2, circa=True), "2004-22~"),
    ("0000", Date(((-1,),)), "0000"),
    ("-0876", Date(((-877,),)), "-0876"),
    ("-0876/-0043", Date(((-877,), (-44,))), "-0876/-0043"),
    ("Y17000", Date(((17000,),)), "Y17000"),
    ("2004-00-00", Date(((2004,),)), "2004"),
]
FREE_TEXT = [
    ("March 2009", Date(((2009, 3),))),
    ("12 Jan 1998", Date(((1998, 1, 12),))),
    ("Jan. 12th, 1998", Date(((1998, 1, 12),))),
    ("1998 Sept 3", Date(((1998, 9, 3),))),
    ("Spring 2004", Date(((2004,),), season=1)),
    ("Jan--Feb 2004", Date(((2004, 1), (2004, 2)))),
    ("12-15 June 2003", Date(((2003, 6, 12), (2003, 6, 15)))),
    ("30 January – 2 February 2005", Date(((2005, 1, 30), (2005, 2, 2)))),
    ("12 января 1998 г.", Date(((1998, 1, 12),))),
    ("März 2003", Date(((2003, 3),))),
    ("1998--1999", Date(((1998,), (1999,)))),
    ("1998/99", Date(((1998,), (1999,)))),
    ("12.03.1998", Date(((1998, 3, 12),))),
    ("25/12/1998", Date(((1998, 12, 25),))),
    ("2005-5-6", Date(((2005, 5, 6),))),
    ("c1995", Date(((1995,),))),
    ("c. 1850", Date(((1850,),), circa=True)),
    ("ca. March 1850", Date(((1850, 3),), circa=True)),
    ("44 BC", Date(((-44,),))),
    ("[1987]", Date(((1987,),))),
    ("07/1970", Date(((1970, 7),))),
    ("08 1995", Date(((1995, 8),))),
    ("2016/09/22 17:12:01", Date(((2016, 9, 22),))),
    ("26 Mar 2026 10:00:00+AEDT", Date(((2026, 3, 26),))),
]
LITERALS = [
    "forthcoming",
    "n.d.",
    "2020-13",
    "2004-02-30",
    "y17e8",
    "3/12/1998",
    "May",
    "8/9",
    "../..",
    "Hilary term 1998",
    "2004-21/2004-23",
    "31 April 2001",
    "9" * 5000,
    "[" * 3000 + "]" * 3000,
    "c. " * 20 + "x",
    "",
]


@pytest.mark.parametrize(("text", "date", "written"), EDTF)
def test_edtf_is_read_and_written(text: str, date: Date, written: str) -> None:
    assert parse_date(text) == date
    assert to_edtf(date) == written
    assert parse_date(written) == date


@pytest.mark.parametrize(("text", "date"), FREE_TEXT)
def test_dates_in_words_are_read(text: str, date: Date) -> None:
    assert parse_date(text) == date
    assert parse_date(to_edtf(date)) == date


@pytest.mark.parametrize("text", LITERALS)
def test_what_is_no_date_stays_as_it_was_written(text: str) -> None:
    assert parse_date(text) == Date(literal=text)
    assert to_edtf(Date(literal=text)) == text


@given(st.text(max_size=30))
def test_any_text_is_read(text: str) -> None:
    date = parse_date(text)
    assert parse_date(to_edtf(date)) == date


def test_a_month_needs_three_letters_and_no_rival() -> None:
    assert [month_number(word) for word in ("jan", "June", "sept.", "mai", "décembre")] == [1, 6, 9, 5, 12]
    assert [month_number(word) for word in ("j", "ju", "m", "spring", "")] == [0, 0, 0, 0, 0]

"""The search language: what is read of a query, and what is wrong with one."""

from __future__ import annotations

import random

import pytest

from refs import Name, Reference
from refs.matching import Record, matches
from refs.query import DEEPEST, LONGEST, MOST_TERMS, QueryError, parse


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ""),
        ("Müller acids", "muller* acids*"),
        ("a OR b c", "a OR (b c)"),
        ("(a OR bc) AND d", "(a OR bc*) d"),
        ("war -peace NOT (x OR y)", "war* NOT peace* NOT (x OR y)"),
        ('"Soviet Diplomacy"', '"soviet diplomacy"'),
        ("“soviet diplo”*", '"soviet diplo"*'),
        ("*ikhail v*", "*ikhail* v*"),
        ("author:(smith OR jones) x", "(author:smith* OR author:jones*) x"),
        ("journal:nature booktitle:x", "container:nature* container:x"),
        ("year:1990..1999 year:>2000 year:-44", "year:1990..1999 year:2001.. year:-44..-44"),
        ("year:1990–1999 year:..5", "year:1990..1999 year:..5"),
        ("has:doi no:pages", "has:DOI NOT has:page"),
        ("type:article key:watson", "type:article key:watson"),
        ('tag:"to read" tag:the*', 'tag:"to read" tag:"the"*'),
        ("DOI:10.1/x arxiv:1706.03762", 'DOI:"10 1 x" arxiv:"1706 03762"*'),
        ("10.1038/171737a0", '"10 1038 171737a0"*'),
        ("https://doi.org/10.1/x", '"https doi org 10 1 x"'),
        ("war & peace", "war* peace*"),
        ("Walden: a life 12:30", 'walden* a life* "12 30"*'),
        ("1941-1944", '"1941 1944"*'),
        ("- - x", "x"),
    ],
)
def test_queries_are_read(text: str, read: str) -> None:
    assert str(parse(text)) == read


@pytest.mark.parametrize(
    ("text", "reason", "marked"),
    [
        ("auther:smith war", "no field is called 'auther'; did you mean author?", "auther:"),
        ("war (peace OR", "a word is missing beside this OR", "OR"),
        ("war (peace", "this parenthesis is never closed", "("),
        ("war) peace", "this parenthesis closes nothing", ")"),
        ('war "peace', "this quotation mark is never closed", '"peace'),
        ("war ()", "nothing in it", "("),
        ("war AND", "a word is missing behind this AND", "AND"),
        ("AND war", "a word is missing before this AND", "AND"),
        ("war NOT", "a word is missing behind this NOT", "NOT"),
        ("year:later", "year: takes 1990, 1990..1999 or >2000", "year:later"),
        ("year:2000..1990", "the range ends before it begins", "year:2000..1990"),
        ("added:yesterday", "added: takes 2024, 2024-05", "added:yesterday"),
        ("yaer:1990", "no field is called 'yaer'; did you mean year?", "yaer:"),
        ("type:jornal", "no type is called 'jornal'; did you mean article-journal?", "type:jornal"),
        ("war type:artcle", "no type is called 'artcle'; did you mean article?", "type:artcle"),
        ("has:zzz", "no field is called 'zzz'", "zzz"),
        ("title:&", "there is no word behind title:", "title:&"),
        ("&", "there is no word in it to look for", "&"),
        ("war author: smith", "author: is followed by a blank; put", "author:"),
        ("war Tag:", "Tag: is followed by a blank", "Tag:"),
        ("外交 autor:x", "no field is called 'autor'; did you mean author?", "autor:"),
    ],
)
def test_a_mistake_gets_a_reason_and_a_marker(text: str, reason: str, marked: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.reason.startswith(reason)
    assert text[caught.value.start : caught.value.end] == marked
    _, line, marker = str(caught.value).split("\n")
    assert line.strip() == text
    assert marker.strip() == "^" * len(marked)


def test_a_long_query_is_shown_around_its_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    with pytest.raises(QueryError) as caught:
        parse("війна і мир " * 20 + "foo:x " + "tail " * 20)
    _, line, marker = str(caught.value).split("\n")
    assert max(len(line), len(marker)) <= 34
    assert line[marker.index("^") :].startswith("foo:x")


@pytest.mark.parametrize(
    "text",
    ["(" * (DEEPEST + 2) + "a", "x " * (MOST_TERMS + 1), "y" * (LONGEST + 1), "-(" * DEEPEST + "a" + ")" * DEEPEST],
)
def test_a_query_beyond_measure_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        parse(text)


PIECES = """
" ( ) - * : .. > < OR AND NOT title: year: 1990 tag: a war 外交 ü \x00 \ud800 has: no: key: type: added: collection:
“ ” / % \\ ; ' \u202e author: DOI: book *x x* ¦ -- 2024-05 ~ ^ + { } NEAR ikhail
""".split()


def random_queries(count: int, seed: int = 1) -> list[str]:
    """Return made-up queries of pieces of the language, of SQL and of FTS5, mostly wrong ones."""
    chance = random.Random(seed)  # noqa: S311
    return [
        "".join(chance.choice(PIECES) + chance.choice(("", " ")) for _ in range(chance.randint(0, 14)))
        for _ in range(count)
    ]


def test_every_text_is_read_or_refused_in_three_lines() -> None:
    lines = set()
    for text in random_queries(5_000):
        try:
            lines.add(len(str(parse(text)).splitlines()) and 1)
        except QueryError as error:
            lines.add(str(error).count("\n") + 1)
    assert lines == {0, 1, 3}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("editor:doe", True),
        ("author:doe", True),
        ("translator:doe", False),
        ("publisher:tick*", True),
        ("publisher:walden", False),
        ("NOT publisher:tick*", False),
        ("year:1854 type:bo", True),
        ("added:2024 changed:>2024-05-01", True),
        ("added:<2024-05", False),
        ("added:..2024-05", True),
        ("key:OE", True),
        ("key:oe*", False),
        ('key:"doe"', True),
    ],
)
def test_the_meaning_of_a_query(text: str, found: bool) -> None:
    from refs.dates import parse_date

    editor, issued = (Name("Doe", "Jane"),), parse_date("1854")
    one = Reference("book", {"title": "Walden", "editor": editor, "publisher": "Ticknor", "issued": issued}, key="doe")
    assert matches(parse(text), Record(1, "2024-05-01T10:00:00Z", "2024-06-01T10:00:00Z", one)) is found

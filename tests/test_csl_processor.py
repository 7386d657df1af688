"""The processor as callers see it: modes of citations, documents edited between, odd records."""

from __future__ import annotations

from typing import Any

import pytest

from refs.csl import Processor, Style
from refs.errors import UsageError

NAMESPACE = "http://purl.org/net/xbiblio/csl"
AUTHOR_DATE = f"""<style xmlns="{NAMESPACE}" version="1.0" class="in-text"><info><title>Author and date</title></info>
  <citation collapse="year" disambiguate-add-year-suffix="true">
    <layout prefix="(" suffix=")" delimiter="; ">
      <group delimiter=" ">
        <names variable="author"><name form="short"/></names>
        <date variable="issued"><date-part name="year"/></date>
        <text variable="locator"/>
      </group>
    </layout>
  </citation>
  <bibliography>
    <sort><key variable="author"/><key variable="title"/></sort>
    <layout suffix="."><group delimiter=", ">
      <names variable="author"><name name-as-sort-order="all"/></names>
      <text variable="title" font-style="italic"/>
      <date variable="issued"><date-part name="year"/></date>
    </group></layout>
  </bibliography></style>"""
NOTE = f"""<style xmlns="{NAMESPACE}" version="1.0" class="note"><info><title>Notes</title></info>
  <citation>
    <layout suffix="." delimiter="; ">
      <choose>
        <if position="ibid-with-locator">
          <group delimiter=", "><text term="ibid"/><text variable="locator"/></group>
        </if>
        <else-if position="ibid"><text term="ibid"/></else-if>
        <else-if position="subsequent">
          <group delimiter=" ">
            <names variable="author"><name form="short"/></names>
            <text variable="first-reference-note-number" prefix="(n. " suffix=")"/>
          </group>
        </else-if>
        <else><group delimiter=", "><names variable="author"/><text variable="title"/></group></else>
      </choose>
    </layout>
  </citation></style>"""
NUMERIC = f"""<style xmlns="{NAMESPACE}" version="1.0" class="in-text"><info><title>Numbers</title></info>
  <citation collapse="citation-number"><sort><key variable="citation-number"/></sort>
    <layout prefix="[" suffix="]" delimiter=", "><text variable="citation-number"/></layout></citation>
  <bibliography><layout><text variable="citation-number" suffix=". "/><text variable="title"/></layout>
  </bibliography></style>"""


def book(key: str, family: str, year: int = 2001, title: str = "") -> dict[str, Any]:
    author = [{"family": family, "given": "Ann"}]
    return {"id": key, "type": "book", "title": title or f"Title {key}", "author": author, "issued": {"raw": str(year)}}


BOOKS = [book("a", "Doe"), book("b", "Roe", 1999), book("c", "Doe", 2001)]


def processor(style: str, items: list[dict[str, Any]] | None = None, **options: Any) -> Processor:
    return Processor(Style.parse(style), BOOKS if items is None else items, **options)


@pytest.mark.parametrize(
    ("mode", "cites", "expected"),
    [
        ("", ["b"], "(Roe 1999)"),
        ("", ["a", "c"], "(Doe 2001a, 2001b)"),
        ("composite", ["b"], "Roe (1999)"),
        ("composite", ["a", "c"], "Doe (2001a, 2001b)"),
        ("composite", ["b", "a"], "Roe (1999; Doe 2001a)"),
        ("suppress-author", ["b"], "(1999)"),
        ("author-only", ["b"], "Roe"),
    ],
)
def test_modes_of_a_citation(mode: str, cites: list[str], expected: str) -> None:
    assert processor(AUTHOR_DATE).cite([{"id": key} for key in cites], "text", mode=mode) == expected


def test_a_numeric_style_names_the_author_in_running_text() -> None:
    assert processor(NUMERIC).cite([{"id": "b"}], "text", mode="composite") == "Roe [2]"


def test_ranges_of_numbers_collapse_from_three_on() -> None:
    numbers = processor(NUMERIC)
    assert numbers.cite([{"id": key} for key in "cab"], "text") == "[1–3]"
    assert numbers.cite([{"id": key} for key in "ba"], "text") == "[1, 2]"


def test_affixes_of_a_cite_are_spaced_and_read_as_rich_text() -> None:
    cite = {"id": "b", "prefix": "<i>see</i>", "suffix": "and passim", "locator": "12-15"}
    assert processor(AUTHOR_DATE).cite([cite]) == "(<i>see</i> Roe 1999 12–15 and passim)"


def test_the_order_of_the_caller_can_be_kept() -> None:
    sorting = AUTHOR_DATE.replace("<layout prefix", '<sort><key variable="author"/></sort><layout prefix')
    cites = [{"id": "b"}, {"id": "a"}]
    assert processor(sorting).cite(cites, "text") == "(Doe 2001a; Roe 1999)"
    kept = processor(sorting, [BOOKS[1], BOOKS[0]], in_order=True)
    assert kept.cite(cites, "text") == "(Roe 1999; Doe 2001)"
    assert [key for key, _ in kept.bibliography()] == ["b", "a"]


def test_the_bibliography_is_sorted_and_says_whose_entry_is_whose() -> None:
    entries = processor(AUTHOR_DATE).bibliography()
    assert entries == [
        ("a", '<div class="csl-entry">Doe, Ann, <i>Title a</i>, 2001a.</div>'),
        ("c", '<div class="csl-entry">Doe, Ann, <i>Title c</i>, 2001b.</div>'),
        ("b", '<div class="csl-entry">Roe, Ann, <i>Title b</i>, 1999.</div>'),
    ]


def test_a_style_without_bibliography_has_no_entries() -> None:
    assert processor(NOTE).bibliography() == []


def clusters(*cites: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [
        {"id": name, "note": number, "cites": [{"id": key, "locator": locator}]}
        for number, (name, key, locator) in enumerate(cites, 1)
    ]


def test_notes_refer_back() -> None:
    document = processor(NOTE)
    document.update(clusters(("1", "a", ""), ("2", "a", ""), ("3", "a", "7"), ("4", "b", ""), ("5", "a", "")), "text")
    assert [text for _, text in document.printed()] == [
        "Ann Doe, Title a.",
        "Ibid.",
        "Ibid., 7.",
        "Ann Roe, Title b.",
        "Doe (n. 1).",
    ]


def test_only_what_an_edit_changes_is_reported() -> None:
    document = processor(NOTE)
    document.update(clusters(("1", "a", ""), ("2", "b", ""), ("3", "b", "")), "text")
    edited = clusters(("0", "c", ""), ("1", "a", ""), ("2", "b", ""), ("new", "a", ""), ("3", "b", ""))
    assert document.update(edited, "text") == [
        (0, "0", "Ann Doe, Title c."),
        (3, "new", "Doe (n. 2)."),
        (4, "3", "Roe (n. 3)."),
    ]
    assert document.update(edited, "text") == []


def test_an_ibid_needs_a_note_with_one_citation() -> None:
    document = processor(NOTE)
    twice = clusters(("1", "a", ""), ("2", "b", ""), ("3", "b", ""))
    twice[1]["note"] = 1
    twice[2]["note"] = 2
    document.update(twice, "text")
    assert document.printed()[2] == ("3", "Roe (n. 1).")


def test_an_unknown_item_is_named_and_reported() -> None:
    document = processor(AUTHOR_DATE)
    assert document.cite([{"id": "b"}, {"id": "nowhere"}], "text") == "(Roe 1999; [nowhere?])"
    assert document.problems == ["nowhere: no such item"]


def test_an_unknown_item_is_named_once_in_running_text() -> None:
    processor = Processor(Style.parse(AUTHOR_DATE.encode()), BOOKS)
    assert processor.cite([{"id": "zz"}], mode="composite") == "[zz?]"
    assert processor.cite([{"id": "zz"}, {"id": "b"}], mode="composite") == "[zz?] (Roe 1999)"


def test_citations_of_the_same_id_are_told_apart_and_reported() -> None:
    processor = Processor(Style.parse(NOTE.encode()), BOOKS)
    document = [{"id": "x", "cites": [{"id": key}], "note": note} for note, key in enumerate("ab", 1)]
    processor.update(document)
    assert processor.printed() == [("x", "Ann Doe, Title a."), ("x", "Ann Roe, Title b.")]
    assert processor.update(document) == []
    assert processor.problems == ["x: several citations have this id"]


def test_wrong_types_print_what_can_be_printed() -> None:
    odd = {"id": "o", "type": "book", "title": ["One", "Two"], "author": "Ann Doe", "issued": {"date-parts": [["x"]]}}
    document = processor(AUTHOR_DATE, [odd])
    assert document.bibliography("text")[0][1] == "Ann Doe, One, Two."
    problems = [
        "o: author: a list of names was expected",
        "o: issued: date-parts: the year cannot be read",
        "o: title: a text was expected, not list",
    ]
    assert sorted(document.problems) == problems


@pytest.mark.parametrize(
    ("parts", "printed", "unread"),
    [
        ([["x"]], "", "year"),
        ([[None]], "", "year"),
        ([[10**400]], "", "year"),
        ([[2001, 13]], "2001", "month"),
        ([[2001, 25]], "2001", "month"),
        ([[2001, "may"]], "2001", "month"),
        ([[2001, 2, 32]], "2001", "day"),
        ([["2001", "02", "03"]], "2001", ""),
        ([[2001, 21]], "2001", ""),
        ([[2001, 0, 0]], "2001", ""),
        ([[2001, "", ""]], "2001", ""),
        ([2001], "2001", ""),
        ([[]], "", ""),
        ([[-44, 3, 15]], "44 BC", ""),
    ],
)
def test_parts_of_a_date_that_cannot_be_read_are_reported(parts: list[Any], printed: str, unread: str) -> None:
    document = processor(AUTHOR_DATE, [{"id": "o", "title": "One", "issued": {"date-parts": parts}}])
    assert document.bibliography("text")[0][1] == ", ".join(filter(None, ("One", printed))) + "."
    assert document.problems == ([f"o: issued: date-parts: the {unread} cannot be read"] if unread else [])


@pytest.mark.parametrize("parts", ["2001", 5, {"year": 2001}])
def test_date_parts_that_are_no_list_are_reported(parts: Any) -> None:
    document = processor(AUTHOR_DATE, [{"id": "o", "title": "One", "issued": {"date-parts": parts}}])
    assert document.bibliography("text")[0][1] == "One."
    assert document.problems == [f"o: issued: date-parts: a list was expected, not {type(parts).__name__}"]


def test_odd_records_are_reported_whatever_is_printed() -> None:
    odd: list[Any] = [None, {**BOOKS[0], "type": 3}, BOOKS[1], "b", {**BOOKS[1], "title": "Again"}, {"title": "No id"}]
    document = processor(AUTHOR_DATE, odd)
    assert [entry for _, entry in document.bibliography("text")] == [
        "Doe, Ann, Title a, 2001.",
        "Roe, Ann, Again, 1999.",
        "No id.",
    ]
    assert document.problems == [
        "an item was expected, not NoneType",
        "an item was expected, not str",
        "b: several items have this id; the last one is printed",
        "a: type: a text was expected, not int",
        ": id: a text was expected, not NoneType",
    ]


def test_replacing_an_item_is_no_problem() -> None:
    document = processor(AUTHOR_DATE)
    document.add_item(book("a", "Moe"))
    assert document.cite([{"id": "a"}], "text") == "(Moe 2001)"
    assert document.problems == []


@pytest.mark.parametrize(
    ("locale", "problems"),
    [
        ("zz-ZZ", ["zz-ZZ: no such locale; terms and dates are those of en-US and of the style"]),
        ("../x", ["../x: no such locale; terms and dates are those of en-US and of the style"]),
        ("de-LU", []),
        ("DE_at", []),
        ("", []),
    ],
)
def test_an_unknown_locale_falls_back_and_is_reported(locale: str, problems: list[str]) -> None:
    document = processor(AUTHOR_DATE, locale=locale)
    assert document.cite([{"id": "b"}], "text") == "(Roe 1999)"
    assert document.problems == problems


def test_a_language_chooses_among_variants() -> None:
    item = book("m", "Мураками", title="Охота на овец")
    item["multi"] = {"_keys": {"title": {"en": "A Wild Sheep Chase", "de-DE": "Wilde Schafsjagd"}}}
    item["author"][0]["multi"] = {"_key": {"en": {"family": "Murakami", "given": "Haruki"}}}
    assert (
        processor(AUTHOR_DATE, [item], language="en")
        .bibliography("text")[0][1]
        .startswith("Murakami, Haruki, A Wild Sheep Chase")
    )
    assert "Wilde Schafsjagd" in processor(AUTHOR_DATE, [item], language="de").bibliography("text")[0][1]


def test_the_locale_of_the_caller_overrides_the_style() -> None:
    styled = NOTE.replace('class="note"', 'class="note" default-locale="fr-FR"')
    undated = f"""<style xmlns="{NAMESPACE}" version="1.0" class="in-text" default-locale="fr-FR"><info/>
      <citation><layout><text term="no date"/></layout></citation></style>"""
    assert Style.parse(styled).default_locale == "fr-FR"
    assert processor(undated).cite([{"id": "a"}], "text") == "sans date"
    assert processor(undated, locale="en-GB").cite([{"id": "a"}], "text") == "no date"


def test_items_can_be_added_and_removed() -> None:
    document = processor(NUMERIC)
    document.add_item(book("d", "Poe"))
    assert document.cite([{"id": "d"}], "text") == "[4]"
    document.remove_item("a")
    assert document.cite([{"id": "d"}], "text") == "[3]"


@pytest.mark.parametrize("cites", ["a", ["a"], {"id": "a"}, [None]])
def test_cites_that_are_no_mappings_are_a_usage_error(cites: Any) -> None:
    with pytest.raises(UsageError, match="a citation is a list of cites such as"):
        Processor(Style.parse(NOTE.encode()), BOOKS).cite(cites)


@pytest.mark.parametrize("mode", ["narrative", 1])
def test_an_unknown_mode_is_a_usage_error(mode: Any) -> None:
    processor = Processor(Style.parse(NOTE.encode()), BOOKS)
    with pytest.raises(UsageError, match="there are composite, author-only, suppress-author"):
        processor.cite([{"id": "a"}], mode=mode)
    with pytest.raises(UsageError, match="no mode of citations"):
        processor.update([{"id": "1", "cites": [{"id": "a"}], "mode": mode}])

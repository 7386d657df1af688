"""Rules for titles and names that no record is needed to show."""

from __future__ import annotations

import pytest

from refs.model import Name
from resolver.contributors import name, people
from resolver.fields import number, pages
from resolver.titles import title, with_subtitles


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("A result.", "A result"),
        ("Species et gen. nov.", "Species et gen. nov."),
        ("Made in the U.S.A.", "Made in the U.S.A."),
        ("To be continued...", "To be continued..."),
        ("A result*", "A result"),
        ("A result †‡", "A result"),
        ("A* search", "A* search"),
        ("Phenols<sup>1a</sup>", "Phenols"),
        ("Phenols<sup>1, 2</sup>", "Phenols"),
        ("Tungsten<sup><i>a</i></sup>", "Tungsten"),
        ("Chlorophyll d<sub>72</sub><sup>1</sup>", "Chlorophyll d<sub>72</sub>"),
        ("Areas in km<sup>2</sup>", "Areas in km<sup>2</sup>"),
        ("Uptake of Calcium<sup>2+</sup>", "Uptake of Calcium<sup>2+</sup>"),
        ("[No title available]", ""),
        ("&NA;", ""),
        (None, ""),
        ("Review of the Guides1", "Review of the Guides1"),
    ],
)
def test_marks_of_the_page_are_no_part_of_a_title(markup: str | None, expected: str) -> None:
    assert title(markup) == expected


@pytest.mark.parametrize(
    ("main", "subtitle", "expected"),
    [
        ("Examples", "A look", "Examples: A look"),
        ("Examples:", "A look", "Examples: A look"),
        ("Why examples?", "A look", "Why examples? A look"),
        ("Examples: a look", "A Look", "Examples: a look"),
        ("Примеры", "A look", "Примеры"),
    ],
)
def test_a_subtitle_is_appended_once(main: str, subtitle: str, expected: str) -> None:
    assert with_subtitles(main, [subtitle]) == expected


@pytest.mark.parametrize(
    ("family", "given", "expected"),
    [
        ("SMITH", "JOHN A.", Name("Smith", "John A.")),
        ("O'NEILL-JONES", "J.-P.", Name("O'Neill-Jones", "J.-P.")),
        ("MCDONALD", "R", Name("McDonald", "R")),
        ("NESTEROV", "YU.N.", Name("Nesterov", "Yu.N.")),
        ("МІШИНА", "Н.В.", Name("Мішина", "Н.В.")),
        ("LI", "Xiaoming", Name("Li", "Xiaoming")),
        ("PP", "AB", Name("PP", "AB")),
        ("NG", "Andrew", Name("Ng", "Andrew")),
        ("S.", "J. LOZOYA", Name("S.", "J. Lozoya")),
        ("hooks", "bell", Name("hooks", "bell")),
        ("al.", "et", None),
        ("Unknown", None, None),
        ("van der Berg", "A.", Name("Berg", "A.", "van der")),
        ("Van der Helm-van Mil", "A.", Name("Van der Helm-van Mil", "A.")),
        ("d’Allonnes", "A.", Name("d’Allonnes", "A.")),
        ("Brewer,", "JW", Name("Brewer", "JW")),
        ("Akbarzadeh", "A et al.,", Name("Akbarzadeh", "A")),
    ],
)
def test_names_are_written_as_names_are(family: str, given: str | None, expected: Name | None) -> None:
    assert name({"family": family, "given": given}) == expected


def test_two_people_with_the_same_initials_are_two() -> None:
    rows = [{"family": "Wang", "given": "Y."}, {"family": "Wang", "given": "Y."}, {"family": "Lee", "given": "Ann"}]
    assert len(people([*rows, rows[2]]).names) == 3


def test_a_group_beside_institutions_is_kept() -> None:
    found = people([{"family": "Doe", "given": "J"}, {"name": "The ABC Consortium"}, {"name": "Dept. of X, Y, Z"}])
    assert [str(one) for one in found.names] == ["J Doe", "The ABC Consortium"]
    assert found.affiliations == ("Dept. of X, Y, Z",)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("12–34", "12-34"),
        ("pp. 12 - 34", "12-34"),
        ("1716-9", "1716-1719"),
        ("5-5", "5"),
        ("1348a-1348", "1348a"),
        ("62-62a", "62-62a"),
        ("29-5410-29-5410", "29-5410"),
        ("S12-S18", "S12-S18"),
        ("xii-xv", "xii-xv"),
        ("1-3, 7", "1-3, 7"),
        ("113-", "113"),
        ("n/a-n/a", ""),
        (12, "12"),
    ],
)
def test_pages_have_one_form(written: object, expected: str) -> None:
    assert pages(written) == expected


@pytest.mark.parametrize(("written", "expected"), [("Vol. 12", "12"), ("S3", "S3"), ("n/a", ""), ("2(45)", "2(45)")])
def test_numbers_have_one_form(written: str, expected: str) -> None:
    assert number(written) == expected


@pytest.mark.parametrize("piece", ["*", "1", "<sup>1", ",", " ", "et al ", "-", "."])
def test_long_nonsense_takes_no_longer_than_its_length(piece: str) -> None:
    text = "word" + piece * 20_000 + "x"
    title(text)
    title(f"word<sup>{text}</sup>")
    name({"family": text, "given": text})
    pages(text)

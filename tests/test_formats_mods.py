"""MODS: titles, names by role, hosts and series, dates by kind."""

from __future__ import annotations

import pytest

from refs.formats import modstables, read
from refs.model import TYPES, VARIABLES, Date, Name, Reference
from tests.tagged_cases import check, files


@pytest.mark.parametrize("name", files("mods"))
def test_file_is_read_block_by_block(name: str) -> None:
    check("mods", name)


def test_tables_name_types_and_variables_of_csl() -> None:
    assert {*modstables.GENRES.values(), *modstables.RESOURCES.values()} <= TYPES
    tables = (modstables.ROLES, modstables.DETAILS, modstables.IDENTIFIERS, modstables.TEXTS)
    assert {variable for table in tables for variable in table.values()} <= VARIABLES


def mods(*parts: str) -> Reference:
    text = f"<mods><titleInfo><title>A title</title></titleInfo>{''.join(parts)}</mods>"
    (reference,) = read(text.encode(), "a.xml").references
    return reference


def name(part: str, kind: str = "personal", role: str = "") -> str:
    roles = f"<role><roleTerm>{role}</roleTerm></role>" if role else ""
    return f'<name type="{kind}">{part}{roles}</name>'


@pytest.mark.parametrize(
    ("element", "variable", "expected"),
    [
        (name("<namePart>Adler, Ines, 1901-1988</namePart>"), "author", Name("Adler", "Ines")),
        (name("<namePart>Adler, Ines [1848-1914]</namePart>", role="edt"), "editor", Name("Adler", "Ines")),
        (name("<namePart>Ines Adler</namePart>", role="Translator."), "translator", Name("Adler", "Ines")),
        (name("<namePart>Office</namePart><namePart>Tides</namePart>", "corporate"), "author", "Office. Tides"),
        (name("<displayForm>Adler, Ines</displayForm>", role="binder"), "contributor", Name("Adler", "Ines")),
    ],
)
def test_names_go_by_their_role(element: str, variable: str, expected: Name | str) -> None:
    wanted = Name(literal=expected) if isinstance(expected, str) else expected
    assert mods(element).names(variable) == (wanted,)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("<dateIssued>c1999</dateIssued><dateIssued encoding='marc'>1999</dateIssued>", Date(((1999,),))),
        ("<dateIssued encoding='iso8601'>20020702</dateIssued>", Date(((2002, 7, 2),))),
        ("<dateCreated>1955</dateCreated><copyrightDate>2003</copyrightDate>", Date(((2003,),))),
        (
            "<dateIssued encoding='marc' point='start'>1998</dateIssued>"
            "<dateIssued encoding='marc' point='end'>9999</dateIssued>",
            Date(((1998,), ())),
        ),
        ("<dateIssued>[1850?]</dateIssued>", Date(((1850,),), circa=True)),
    ],
)
def test_the_date_of_issue_comes_first_and_coded_dates_before_prose(dates: str, expected: Date) -> None:
    assert mods(f"<originInfo>{dates}</originInfo>").date("issued") == expected


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ("<genre>journal article</genre>", "article-journal"),
        ("<typeOfResource>cartographic</typeOfResource>", "map"),
        ("<typeOfResource>text</typeOfResource><originInfo><issuance>monographic</issuance></originInfo>", "book"),
        ("<originInfo><issuance>serial</issuance></originInfo>", "periodical"),
        ("<relatedItem type='host'><titleInfo><title>B</title></titleInfo></relatedItem>", "chapter"),
        (
            "<relatedItem type='host'><titleInfo><title>B</title></titleInfo>"
            "<identifier type='issn'>1234-5679</identifier></relatedItem>",
            "article-journal",
        ),
        ("", "document"),
    ],
)
def test_the_type_goes_by_genre_resource_and_host(parts: str, kind: str) -> None:
    assert mods(parts).type == kind

"""Personal names in BibTeX's, BibLaTeX's and running order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.model import Name
from refs.names import OTHERS, format_name, format_names, parse_name, parse_names

NAMES = [
    ("Donald E. Knuth", Name("Knuth", "Donald E.")),
    ("Knuth, Donald E.", Name("Knuth", "Donald E.")),
    ("Ludwig van Beethoven", Name("Beethoven", "Ludwig", "van")),
    ("van Beethoven", Name("Beethoven", "", "van")),
    ("de la Fontaine, Jean", Name("Fontaine", "Jean", "de la")),
    (
        "Charles Louis Xavier Joseph de la Vallee Poussin",
        Name("Vallee Poussin", "Charles Louis Xavier Joseph", "de la"),
    ),
    ("King, Jr., Martin Luther", Name("King", "Martin Luther", suffix="Jr.")),
    ("Martin Luther King Jr.", Name("King", "Martin Luther", suffix="Jr.")),
    ("Ford, Jr., Henry", Name("Ford", "Henry", suffix="Jr.")),
    ("Martin Luther {King, Jr.}", Name("King", "Martin Luther", suffix="Jr.")),
    ("Knuth,", Name("Knuth")),
    ("Brinch Hansen, Per", Name("Brinch Hansen", "Per")),
    ("{World Health Organization}", Name(literal="World Health Organization")),
    ("{Barnes and Noble, Inc.}", Name(literal="Barnes and Noble, Inc.")),
    ("Nation{al Institute of Standards}", Name(literal="National Institute of Standards")),
    ("{van der} Berg", Name("Berg", "van der")),
    ("{\\'E}mile Zola", Name("Zola", "\\'Emile")),
    ("{\\'e}cole Normale", Name("Normale", "", "\\'ecole")),
    ("d'Alembert, Jean", Name("d'Alembert", "Jean")),
    ("Catherine de' Medici", Name("Medici", "Catherine", "de'")),
    ("al-Ghazali, Abu Hamid", Name("al-Ghazali", "Abu Hamid")),
    ("Knuth, D.,", Name("Knuth", "D.")),
    ("Smith, Jr., A., B.", Name("Smith", "A., B.", suffix="Jr.")),
    ("Plato", Name("Plato")),
    ("bell hooks", Name("hooks", "bell")),
    ("van gogh", Name("gogh", "", "van")),
    ("毛 泽东", Name("毛", "泽东")),
    ("毛, 泽东", Name("毛", "泽东")),
    ("毛泽东", Name("毛泽东")),
    ("Лев Толстой", Name("Толстой", "Лев")),
    ("Иванов И. И.", Name("Иванов", "И. И.")),
    ("фон Гёте, Иоганн", Name("Гёте", "Иоганн", "фон")),
    ("given=Hans, family=Harman, prefix=von", Name("Harman", "Hans", "von")),
    ("{given={David}, family={Spoel}, prefix={van der}}", Name("Spoel", "David", "van der")),
    ('family=Nagell, prefix=van, "given={John R.}", suffix=Jr.', Name("Nagell", "John R.", "van", suffix="Jr.")),
    ("given=Hans, family=Harman, prefix=von, useprefix=false", Name("Harman", "Hans", dropping_particle="von")),
    ('family={de Souza e Silva}, given="Ana"', Name("de Souza e Silva", "Ana")),
    ("others", OTHERS),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_a_name_is_taken_apart(text: str, name: Name) -> None:
    assert parse_names(text) == (name,)


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_a_name_is_written_so_that_biblatex_reads_it_again(text: str, name: Name) -> None:
    assert parse_names(format_names([name], str, extended=True)) == (name,)


LISTS = [
    ("Abbott, B. P. and others", ["Abbott", "others"]),
    ("A and B AND C\n  and D", ["A", "B", "C", "D"]),
    ("A and and B", ["A", "B"]),
    ("and A and", ["A"]),
    ("{Simon and Schuster} and Sandy Anderson", ["Simon and Schuster", "Anderson"]),
    ("Smith, J.; Doe, K.", ["Smith", "Doe"]),
    ("~ and {} and A", ["A"]),
    (" , ", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "sorted_forms"), LISTS)
def test_a_list_is_split_where_and_stands_outside_braces(text: str, sorted_forms: list[str]) -> None:
    assert [name.sorted_form for name in parse_names(text)] == sorted_forms


def test_an_entry_can_drop_its_particles() -> None:
    assert parse_names("Ludwig van Beethoven", use_prefix=False) == (
        Name("Beethoven", "Ludwig", dropping_particle="van"),
    )


def test_classic_bibtex_gets_the_nearest_that_it_can_read() -> None:
    written = {
        Name("Alembert", "Jean", "d'"): "d'Alembert, Jean",
        Name("Sadat", "Anwar", dropping_particle="el-"): "el-Sadat, Anwar",
        Name("Orto", "Luisa", "dell’"): "dell’Orto, Luisa",
        Name("Medici", "Catherine", "de'"): "de' Medici, Catherine",
        Name("Rohe", "Ludwig", "Mies van der"): "{Mies van der Rohe}, Ludwig",
        Name("de Souza", "Ana"): "{de Souza}, Ana",
        Name("A, B", "C and D"): "{A, B}, {C and D}",
        Name("King", suffix="Jr."): "King, Jr., {}",
        Name(literal="others"): "others",
        Name(literal="Simon and Schuster"): "{Simon and Schuster}",
    }
    assert {name: format_names([name], str) for name in written} == written


def test_biber_gets_names_that_it_neither_divides_nor_takes_for_options() -> None:
    written = {
        Name("Fam", "a, b, c"): 'family={Fam}, "given={a, b, c}"',
        Name("Smith, Inc", suffix="Jr"): '"family={Smith, Inc}", suffix={Jr}',
        Name("useprefix=true"): "useprefix{=}true",
        Name(literal="family=x, y, z"): "{family{=}x, y, z}",
        Name("Fam", "a=b, c, d, e"): "{Fam, a{=}b, c, d, e}",
    }
    assert {name: format_names([name], str, extended=True) for name in written} == written
    for name in list(written)[:2]:
        assert parse_names(written[name]) == (name,)


def test_a_name_of_free_text_is_taken_apart() -> None:
    assert parse_name("V. S. Khristoforov") == Name("Khristoforov", "V. S.")
    assert parse_name("Ivanov  I. I.") == Name("Ivanov", "I. I.")
    assert parse_name("Malcolm X") == Name("X", "Malcolm")
    assert parse_name(" , ") == Name(literal=",")


WORDS = st.text(st.sampled_from("aBcdÉéЖж王 ,.'-~{}"), max_size=12)


@given(WORDS, WORDS, st.sampled_from(["", "van", "de la"]), st.sampled_from(["", "Jr."]))
def test_plain_parts_come_back(family: str, given: str, particle: str, suffix: str) -> None:
    clean = str.maketrans("", "", ",~{}")
    family, given = (" ".join(part.translate(clean).split()) for part in (family, given))
    if family and given:
        name = Name(family, given, particle, suffix=suffix)
        assert parse_names(format_names([name], str, extended=True)) == (name,)


@pytest.mark.parametrize("extended", [False, True])
def test_a_particle_of_blanks_is_none(extended: bool) -> None:
    for blank in (Name("Doe", "Jane", " ", " "), Name("Doe", "Jane", dropping_particle=" ")):
        assert format_name(blank, str, extended) == "Doe, Jane"
    assert format_name(Name(dropping_particle=" "), str, extended) == ""


def test_a_name_with_more_keys_than_the_model_has_is_read_by_them() -> None:
    text = "uniquenametemplatename=test5, given={Arthur}, family={Smith}, middle={Smedley}"
    assert parse_names(text) == (Name("Smith", "Arthur Smedley"),)

"""Problems of styles, each with its place."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from refs import model
from refs.csl import repository, schema
from refs.csl.check import MOST, Problem, check_style
from refs.csl.style import Style
from refs.errors import ParseError
from tests.csl_all_styles import independent_styles
from tests.test_csl_robustness import HEAD, HOSTILE, TAIL

DATA = Path(__file__).parent / "data" / "csl_check"
APART = ("version", "rel", "match", "plural")  # whose values differ between the elements that have them


def report(problems: list[Problem]) -> list[str]:
    return [f"{found.line}:{found.column}: {found.severity}: {found.message}" for found in problems]


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csl")), ids=lambda path: path.stem)
def test_problems_are_found_in_their_places(path: Path) -> None:
    expected = path.with_suffix(".txt").read_text("utf-8").splitlines()
    assert report(check_style(path.read_bytes(), path.name)) == expected


@pytest.mark.parametrize("path", independent_styles()[::71], ids=lambda path: path.stem)
def test_published_styles_have_no_errors(path: Path) -> None:
    assert [found for found in check_style(path.read_bytes(), path.name) if found.severity == "error"] == []


@pytest.mark.parametrize("tag", repository.locales())
def test_published_locales_have_no_problems(tag: str) -> None:
    assert check_style(repository.locale_source(tag) or b"", tag) == []


def test_a_dependent_style_needs_no_citation() -> None:
    source = (Path(repository.find_style("apa").path).parent / "dependent" / "nature-physics.csl").read_bytes()
    assert check_style(source, "nature-physics.csl") == []
    broken = source.replace(b'rel="independent-parent"', b'rel="template"')
    assert report(check_style(broken, "x")) == ["2:1: error: no <citation>, and no link to an independent parent"]


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_files_have_problems_too(name: str) -> None:
    problems = check_style(HOSTILE[name].encode(), "hostile.csl")
    assert any(found.severity == "error" for found in problems)
    assert len(problems) <= MOST
    assert all(len(found.message) < 400 and "\n" not in found.message for found in problems)


@pytest.mark.parametrize("name", ["a chain of macros", "macros that double"])
def test_a_style_without_errors_can_be_printed_with(name: str) -> None:
    lasting = "<id>x</id><updated>2026-01-01T00:00:00Z</updated></info>"
    source = HOSTILE[name].replace("</info>", lasting).encode()
    with pytest.raises(ParseError) as raised:
        Style.parse(source, "x")
    problems = check_style(source, "x")
    assert [found.message for found in problems if found.severity == "error"] == [raised.value.reason]


def test_a_long_chain_of_macros_is_no_cycle() -> None:
    messages = [found.message for found in check_style(HOSTILE["a chain of macros"].encode(), "chain.csl")]
    assert not any("cycle" in message for message in messages)


def test_every_problem_of_a_large_file_is_not_listed() -> None:
    source = HEAD + "<macro name='m0'>" + "<paragraph/>" * 5000 + "</macro>" + TAIL
    assert len(check_style(source.encode(), "large.csl")) == MOST


# The tables against the schema's own lists.


def listed(name: str) -> str:
    shared = os.environ.get("REFS_SHARED")
    if not shared:
        pytest.skip("the schema of CSL is read where REFS_SHARED says; it is not set")
    text = (Path(shared) / "csl" / "spec" / name).read_text("utf-8")
    return re.sub(r"(?m)#.*$", "", text)


def alternatives(text: str, name: str) -> frozenset[str]:
    """Return the quoted alternatives of a named pattern of a RELAX NG compact schema."""
    match = re.search(rf"(?m)^\s*{re.escape(name)} =(.*?)(?=^\s*[\w.-]+ =|\Z)", text, re.DOTALL)
    assert match is not None
    return frozenset(re.findall(r'"([^"]*)"', match[1]))


@pytest.mark.parametrize(
    ("file", "name", "table"),
    [
        ("csl-types.rnc", "item-types", model.TYPES),
        ("csl-variables.rnc", "variables.dates", model.DATE_VARIABLES),
        ("csl-variables.rnc", "variables.names", model.NAME_VARIABLES),
        ("csl-variables.rnc", "variables.numbers", model.NUMBER_VARIABLES),
        ("csl-variables.rnc", "variables.titles", model.TITLE_VARIABLES),
        (
            "csl-variables.rnc",
            "variables.strings",
            model.STRING_VARIABLES,
        ),
        ("csl-terms.rnc", "terms", schema.OTHER_TERMS | schema.MARKS | schema.SEASONS | {"editortranslator"}),
        ("csl-terms.rnc", "terms.long-ordinals", schema.LONG_ORDINALS),
        ("csl-terms.rnc", "terms.locator", schema.LOCATORS - schema.NUMBER_LOCATORS),
        ("csl-terms.rnc", "terms.locator-number-variables", schema.NUMBER_LOCATORS),
        ("csl-terms.rnc", "terms.gender-assignable", schema.MONTHS),
        (
            "csl-terms.rnc",
            "terms.non-locator-number-variables",
            schema.GENDERED_TERMS - schema.MONTHS - schema.NUMBER_LOCATORS,
        ),
        ("csl-categories.rnc", "category.citation-format", schema.CITATION_FORMATS),
        ("csl-categories.rnc", "category.field", schema.FIELDS),
        ("csl.rnc", "term.form", schema.TERM_FORMS),
    ],
)
def test_names_are_those_of_the_schema(file: str, name: str, table: frozenset[str]) -> None:
    assert table == alternatives(listed(file), name)


def test_attributes_are_those_of_the_schema() -> None:
    text = listed("csl.rnc") + listed("csl-choose.rnc")
    named = set(re.findall(r"attribute ([\w:-]+) \{", text))
    known = {name for attributes in schema.ATTRIBUTES.values() for name in attributes}
    assert known == named
    elements = set(re.findall(r"element cs:([\w-]+) \{", text))
    assert elements | {"institution"} == schema.ATTRIBUTES.keys()


def test_values_of_attributes_are_those_of_the_schema() -> None:
    """Compare the attributes whose values the schema lists itself."""
    text = listed("csl.rnc") + listed("csl-choose.rnc")
    listed_values: dict[str, set[str]] = {}
    for name, body in re.findall(r"attribute ([\w:-]+) \{((?:[^{}]|\{[^{}]*\})*)\}", text):
        listed_values.setdefault(name, set()).update(re.findall(r'"([^"]*)"', body))
        if "xsd:boolean" in body:
            listed_values[name] |= {"true", "false"}
    refers = {"variable", "term", "name", "citation-format", "field", "form"}
    for name, values in listed_values.items():
        if name in refers or values <= {"0"} or name in schema.LIST_KINDS or name in APART:
            continue
        kinds: list[schema.Kind] = [table[name] for table in schema.ATTRIBUTES.values() if name in table]
        assert kinds == [frozenset(values)] * len(kinds), name

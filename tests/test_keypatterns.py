"""Patterns of citation keys: fields in brackets, formulas, and what is no pattern."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.citekeys import Rule, make_key, valid_key
from refs.errors import UsageError
from refs.keyfields import FIELDS, MODIFIERS
from refs.keypatterns import base_key
from refs.model import DATE_VARIABLES, NAME_VARIABLES, TEXT_VARIABLES, Date, Name, Reference, Variant

ARTICLE = Reference(
    "article-journal",
    {
        "title": "The Molecular structure of nucleic acids",
        "author": (Name("Watson", "James"), Name("Crick", "Francis")),
        "issued": Date(((1953, 4, 25),)),
        "container-title": "Nature",
        "page": "S737-S738",
        "volume": "171",
        "keyword": "DNA, double helix",
        "DOI": "10.1038/171737a0",
    },
)
THREE = Reference(
    "book",
    {
        "title": "О дипломатии",
        "language": "ru",
        "editor": (Name("Beethoven", "Ludwig", "van"), Name("Щербаков", "Иван"), Name("Öz", "Ayşe")),
        "issued": Date(((2007,),)),
    },
)
NOTHING = Reference()


@pytest.mark.parametrize(
    ("pattern", "article", "three"),
    [
        ("[auth:lower][year][shorttitle3_3]", "watson1953MolecularStructureNucleic", "beethoven2007Diplomatii"),
        ("[auth][year]", "Watson1953", "Beethoven2007"),
        ("[auth3][auth2_2]", "WatCr", "BeeSh"),
        ("[authors]", "WatsonCrick", "BeethovenShcherbakovOz"),
        ("[authors2]", "WatsonCrick", "BeethovenShcherbakovEtAl"),
        ("[authEtAl]:[shortyear]", "WatsonCrick:53", "BeethovenEtAl:07"),
        ("[auth.etal]", "Watson.Crick", "Beethoven.etal"),
        ("[auth.auth.ea]", "Watson.Crick", "Beethoven.Shcherbakov.ea"),
        ("[authorsAlpha][shortyear]", "WC53", "BSO07"),
        ("[authshort]", "WC", "BSO"),
        ("[authIni6]", "WatCri", "BeShOz"),
        ("[authorIni]", "WatsoC", "BeethSO"),
        ("[authorLast]", "Crick", "Oz"),
        ("[authForeIni][authorLastForeIni]", "JF", "LA"),
        ("[pureauth:(anon)]", "Watson", "anon"),
        ("[edtr][editors]", "", "BeethovenBeethovenShcherbakovOz"),
        ("[title]", "MolecularStructureNucleicAcids", "Diplomatii"),
        ("[veryshorttitle:upper]", "MOLECULAR", "DIPLOMATII"),
        ("[title:abbr]", "MSNA", "D"),
        ("[camel2]", "MolecularStructure", "Diplomatii"),
        ("[year]-[month]-[day]", "1953-04-25", "2007--"),
        ("[journal:lower]/[volume]/[firstpage]", "nature/171/S737", ""),
        ("[pageprefix][lastpage]", "SS738", ""),
        ("[keyword2:capitalize]", "DoubleHelix", ""),
        ("[DOI]", "10.1038/171737a0", ""),
        ("[entrytype]", "article-journal", "book"),
        ("[volume:(none)]", "171", "none"),
        ("[volume]|[auth]", "171", "Beethoven"),
        ('[auth:regex("([aeiou])","$1$1")]', "Waatsoon", "Beeeethooveen"),
        ('[auth:regex("[a-z]+","")]', "W", "B"),
        ("[auth:truncate3:upper]", "WAT", "BEE"),
        ("auth.lower + shorttitle(3,3) + year", "watsonMolecularStructureNucleic1953", "beethovenDiplomatii2007"),
        ("auth(n=3, m=2) + '_' + \"x\"", "Cri_x", "Shc_x"),
        ("volume || auth + '-' + shortyear", "171", "Beethoven-07"),
        ("volume && auth", "Watson", ""),
        ("volume ? volume : auth.upper", "171", "BEETHOVEN"),
        ("volume ; auth", "171", "Beethoven"),
        ("(volume || auth).substring(1, 2)", "17", "Be"),
        ("AUTH.Lower", "watson", "beethoven"),
    ],
)  # fmt: skip
def test_a_pattern_says_what_its_fields_say(pattern: str, article: str, three: str) -> None:
    assert base_key(pattern, ARTICLE) == article
    assert base_key(pattern, THREE).strip("-/") == three.strip("-/")


@pytest.mark.parametrize(
    ("pattern", "column", "reason"),
    [
        ("[auth][yaer]", 8, "no field is called 'yaer'; did you mean year"),
        ("[auth:lowr]", 7, "no modifier is called 'lowr'; did you mean lower"),
        ("[auth", 1, "a bracket opens that is never closed"),
        ("[auth]]", 7, "a bracket closes that was never opened"),
        ("[]", 2, "a field's name must stand here"),
        ("[auth:]", 7, "a modifier must stand here"),
        ('[auth:regex("(","")]', 7, "regex does not take"),
        ("[auth:truncate]", 7, "truncate does not take"),
        ("auth +", 7, "must stand here"),
        ("auth year", 6, "this does not belong here"),
        ("(auth", 6, ") must stand here"),
        ("auth ? year", 12, ": must stand here"),
        ("auth.nope", 6, "no modifier is called 'nope'"),
        ("auth(x)", 1, "auth takes numbers"),
        ("auth; $", 7, "must stand here"),
    ],
)
def test_what_is_no_pattern_is_told_with_its_column(pattern: str, column: int, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        base_key(pattern, ARTICLE)
    assert f"column {column}: " in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize("pattern", ["", "  ", "[auth]" * 400, "(" * 60 + "auth" + ")" * 60])
def test_patterns_without_end_or_content_are_refused(pattern: str) -> None:
    with pytest.raises(UsageError):
        base_key(pattern, ARTICLE)


def test_a_pattern_that_gives_nothing_leaves_the_usual_key() -> None:
    assert make_key(ARTICLE, (), Rule("[auth][year]")) == "Watson1953"
    assert make_key(ARTICLE, {"Watson1953"}, Rule("[auth][year]")) == "Watson1953a"
    assert make_key(NOTHING, (), Rule("[auth][year]")) == "anonnd"


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_field_says_something_or_nothing_of_any_work(name: str) -> None:
    for reference in (ARTICLE, THREE, NOTHING):
        key = base_key(f"[{name}]", reference)
        assert not key or valid_key(key)


@pytest.mark.parametrize("name", sorted(MODIFIERS))
def test_every_modifier_is_text_to_text(name: str) -> None:
    arguments = {"default": ["x"], "prefix": ["x"], "suffix": ["x"], "regex": ["a", "b"], "truncate": ["2"]}
    arguments["replace"] = ["o", "a"]
    assert isinstance(MODIFIERS[name]("Some Text", *arguments.get(name, [])), str)


@given(st.text(alphabet="[]()|:;.,+?&\"'_ authyer039lowj\\é王", max_size=40))
def test_any_text_is_a_pattern_or_a_usage_error(pattern: str) -> None:
    try:
        key = base_key(pattern, THREE)
    except UsageError:
        return
    assert not key or valid_key(key)


RUSSIAN = Reference(
    "book", {"title": "Юность и яд", "language": "ru", "author": (Name("Щукин", "Юрий"),), "issued": Date(((1999,),))}
)


@pytest.mark.parametrize(
    ("schemes", "key"),
    [
        ("", "shchukin1999yunost"),
        ("ala-lc", "shchukin1999iunost"),
        ("iso-9", "sukin1999unost"),
        ("iso-843 iso-9", "sukin1999unost"),
    ],
)
def test_keys_are_romanised_by_the_scheme_that_is_declared(schemes: str, key: str) -> None:
    assert make_key(RUSSIAN, (), Rule(schemes=schemes)) == key
    assert make_key(RUSSIAN, (), Rule("[auth:lower][year][veryshorttitle]", schemes)) == key


def test_a_form_in_latin_letters_comes_before_any_scheme() -> None:
    variants = {
        "author": (Variant((Name("Schukin", "Yuri"),), "en", "romanised"),),
        "title": (Variant("Youth", "en"),),
    }
    assert make_key(replace(RUSSIAN, variants=variants), (), Rule(schemes="iso-9")) == "schukin1999youth"


def test_the_manual_names_every_field_and_modifier() -> None:
    manual = (Path(__file__).parent.parent / "docs" / "keys.md").read_text("utf-8").lower()
    told = set(re.findall(r"[a-z_.-]+", manual))
    roles = NAME_VARIABLES | DATE_VARIABLES | {name.lower() for name in TEXT_VARIABLES}
    fields = {name for name in FIELDS if name not in roles and not name.startswith(("edtr", "pureauth"))}
    same = {"auths": "authors", "authsalpha": "authorsalpha", "author": "auth", "authauthea": "auth.auth.ea"}
    assert {same.get(name, name) for name in fields} - told == set()
    assert set(MODIFIERS) - told == set()

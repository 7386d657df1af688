"""Citation keys: making, keeping, validating and guessing them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.citekeys import import_key, make_key, nearest, significant_words, valid_key, writable
from refs.formats import key_problem
from refs.model import Date, Name, Reference, Value, Variant


def work(
    author: Name | str = "",
    title: str = "",
    year: int | None = None,
    language: str = "",
    variants: Mapping[str, tuple[Variant, ...]] | None = None,
) -> Reference:
    name = Name(family=author) if isinstance(author, str) else author
    fields: dict[str, Value] = {"title": title, "language": language}
    if name != Name():
        fields["author"] = (name,)
    if year is not None:
        fields["issued"] = Date(((year,),))
    return Reference("article-journal", fields, variants=variants or {})


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        (work("Khristoforov", "Soviet Diplomacy and Intelligence Efforts", 2024), "khristoforov2024soviet"),
        (work("Христофоров", "О советской дипломатии", 2024, "ru"), "khristoforov2024sovetskoy"),
        (work("Гоголь", "Вій", 1835, "uk"), "hohol1835vii"),
        (work("O’Brien-Smith", "<i>X</i>-ray of the “Great” thing", 1999), "obriensmith1999xray"),
        (work(Name("Beethoven", "Ludwig", "van"), "The Letters", 1820), "beethoven1820letters"),
        (work("van der Berg", "L'homme et la mer", 1900, "fr"), "berg1900homme"),
        (work("Straße", "Über die Zauberberge", 1924, "de"), "strasse1924zauberberge"),
        (work("Müller", "Der Zauberberg", 1924), "muller1924zauberberg"),
        (work("Tilney", "Cyclopentadienylnickel-acetylene complexes", 1959), "tilney1959cyclopentadienylnickel"),
        (work("Tran", "Context-aware coding", 2016), "tran2016contextaware"),
        (work("Watson", "Don't Panic", 1953, "en"), "watson1953dont"),
        (work("Plato", "Republic", -375), "plato375bcerepublic"),
        (work("Smith", "Deep Learning"), "smithnddeep"),
        (work("", "The Genome of the Netherlands", 2014), "genome2014netherlands"),
        (work("Clarke", "2001: A Space Odyssey", 1968), "clarke1968space"),
        (work("Orwell", "1984", 1949), "orwell19491984"),
        (work("Ende", "The And Of", 1999, "en"), "ende1999the"),
        (work(Name(literal="World Health Organization"), "Report", 2020), "world2020report"),
        (work(Name(literal="World Health Organization (WHO)"), "Report", 2020), "who2020report"),
        (work(Name(literal="The Beatles"), "Help", 1965), "beatles1965help"),
        (work(Name(given="Voltaire"), "Candide", 1759), "voltaire1759candide"),
        (work("張", "中国历史", 2000), "zhang2000zhongguo"),
        (work("张", "基于BERT的模型", 2000), "zhang2000bert"),
        (work(Name("单", "霁翔"), "关于长江流域的研究", 2000, "zh"), "shan2000changjiang"),
        (work(Name("曾", "国藩"), "重庆的地理", 2000, "zh"), "zeng2000chongqing"),
        (work(Name("解", "缙"), "中国历史", 2000, "zh"), "xie2000zhongguo"),
        (work(Name("仇", "英"), "中国历史", 2000, "zh"), "qiu2000zhongguo"),
        (work(Name("區", "大任"), "中國歷史", 2000, "zh-Hant"), "ou2000zhongguo"),
        (work(Name("吕", "布"), "中国历史", 2000, "zh"), "lu2000zhongguo"),
        (work(Name("欧阳", "修"), "On History", 2000), "ouyang2000history"),
        (work(Name(literal="司马迁"), "中国历史", 2000), "sima2000zhongguo"),
        (work(Name(literal="国家统计局"), "中国统计年鉴", 2000), "guojia2000zhongguo"),
        (work(Name("林", "太郎"), "中国の歴史", 2000), "anon2000"),
        (work(Name("林", "太郎"), "歴史", 2000, "ja"), "anon2000"),
        (work(Name("田中", "太郎"), "On History", 2000), "anon2000history"),
        (work(Name("はやし", "たろう"), "歴史", 2000, "ja"), "hayashi2000"),
        (work("김", "한국의 역사", 2000, "ko"), "gim2000hangugui"),
        (work(), "anonnd"),
    ],
)
def test_make_key(reference: Reference, key: str) -> None:
    assert make_key(reference, ()) == key
    assert valid_key(key)


def test_a_latin_variant_comes_before_transliteration() -> None:
    variants = {
        "author": (Variant((Name("Wang", "Wei"),), "zh-Latn", "romanised"),),
        "title": (Variant("A History of China", "en"),),
    }
    reference = work("王", "中国历史", 1999, "zh", variants)
    assert make_key(reference, ()) == "wang1999history"


def test_an_english_title_comes_before_a_romanised_one() -> None:
    variants = {"title": (Variant("Istoriia", "ru-Latn", "romanised"), Variant("The History", "en"))}
    assert make_key(work("Ivanov", "История", 1999, "ru", variants), ()) == "ivanov1999history"


def test_a_year_written_in_words_is_found() -> None:
    reference = Reference("book", {"title": "Letters", "issued": Date(literal="printed about 1785")})
    assert make_key(reference, ()) == "letters1785"


def test_collisions_get_letters() -> None:
    reference = work("Watson", "Structure", 1953)
    keys: list[str] = []
    for _ in range(30):
        keys.append(make_key(reference, keys))
    assert keys[:3] == ["watson1953structure", "watson1953structurea", "watson1953structureb"]
    assert keys[26:28] == ["watson1953structurez", "watson1953structureaa"]


def test_a_thousand_works_with_one_key_cost_few_looks() -> None:
    class Taken(set[str]):
        looks = 0

        def __contains__(self, key: object) -> bool:
            self.looks += 1
            return super().__contains__(key)

    reference, taken = work("Watson", "Structure", 1953), Taken()
    for number in range(1, 1001):
        taken.looks = 0
        taken.add(make_key(reference, taken))
        assert (len(taken), taken.looks <= 22) == (number, True)
    taken.remove("watson1953structureb")
    assert make_key(reference, taken) not in taken


@pytest.mark.parametrize("key", ["a", "A.1_b:c+d/e-f", "doi:10.1103/PhysRev.47.777", "2001a", "a" * 128])
def test_keys_that_may_be_made(key: str) -> None:
    assert valid_key(key)


@pytest.mark.parametrize("key", ["", "-a", "a b", "a" * 129, "é", "a\n", "a{", "a,b", "@a", "a%", "a~b", "../a"])
def test_keys_that_may_not_be_made(key: str) -> None:
    assert not valid_key(key)


@pytest.mark.parametrize("key", ["Smith:2020", "müller", "王2020", "DBLP:conf/nips/X", "a&b", "-x"])
def test_imported_keys_are_kept_when_they_can_be_written(key: str) -> None:
    kept = not key.startswith("-")
    assert writable(key) is kept
    assert (import_key(key, work("Watson", "Structure", 1953), ()) == key) is kept


@pytest.mark.parametrize(
    "key", ["a b", "a{b", "a,b", "a#b", 'a"b', "a%b", "a\\b", "a~b", "a'b", "@ab", "*ab", "a\u202eb", "a(=)b"]
)
def test_imported_keys_lose_what_cannot_be_written(key: str) -> None:
    assert import_key(key, work("Watson", "Structure", 1953), ()) == "ab"
    assert import_key(key, work("Watson", "Structure", 1953), {"ab"}) == "aba"


@pytest.mark.parametrize("key", ["", "*", "@", "{}", "'"])
def test_imported_keys_of_which_nothing_is_left_are_made_anew(key: str) -> None:
    assert import_key(key, work("Watson", "Structure", 1953), ()) == "watson1953structure"


def test_an_imported_key_that_is_taken_gets_a_letter() -> None:
    assert import_key("W53", work("Watson", "Structure", 1953), {"W53"}) == "W53a"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("smith2020", ["Smith2020", "smith2020deep", "smyth2020"]),
        ("jones199", ["jones1999", "jnes1999"]),
        ("entirely-different", []),
        ("", []),
    ],
)
def test_nearest(key: str, expected: list[str]) -> None:
    keys = ["jones1999", "smith2020deep", "smyth2020", "Smith2020", "jnes1999", "x"]
    assert nearest(key, keys) == expected


def test_words_of_an_unknown_language_lose_the_articles_of_all() -> None:
    assert significant_words("Der Zauberberg und the Magic") == ["zauberberg", "und", "magic"]


TEXT = st.text(max_size=30)
NAMES = st.builds(Name, family=TEXT, given=TEXT, literal=st.sampled_from(["", "", "王", "The Group"]))


@given(NAMES, TEXT, st.one_of(st.none(), st.integers(-3000, 3000)), st.sampled_from(["", "ru", "fr", "ar"]))
def test_any_reference_gets_a_valid_key_which_is_always_the_same(
    name: Name, title: str, year: int | None, language: str
) -> None:
    reference = work(name, title, year, language)
    key = make_key(reference, ())
    assert valid_key(key)
    assert re.fullmatch("[a-z0-9]+", key)
    assert make_key(reference, ()) == key
    assert make_key(reference, {key}) == key + "a"


@given(st.text(), st.sets(st.text(max_size=3), max_size=5))
def test_an_imported_key_can_be_written_and_is_free(wanted: str, taken: set[str]) -> None:
    key = import_key(wanted, work("Watson", "Structure", 1953), taken)
    assert writable(key)
    assert key not in taken


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=20))
def test_nearest_names_keys_that_exist_and_finds_other_case_first(key: str, keys: list[str]) -> None:
    found = nearest(key, keys)
    assert set(found) <= set(keys)
    if key and (same := [other for other in keys if other.casefold() == key.casefold()]):
        assert found[0] in same


@pytest.mark.parametrize("key", ["", "a b", "a{b", "a,b", "a#b", "a=b", "a\x00b"])
def test_what_bibtex_cannot_hold_no_import_keeps(key: str) -> None:
    assert key_problem(key)
    assert not writable(key)

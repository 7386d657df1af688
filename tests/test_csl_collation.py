"""The order of texts in bibliographies: Unicode collation with the alphabets of languages."""

from __future__ import annotations

import pytest

from refs.csl.collation import primary_key
from refs.csl.ordering import collator

# Each line is one list in its right order; `=` joins texts that differ in less than a base letter.
ORDERS = {
    "en": [
        "$ 100 < 9 lives < 10 downing street < Aardvark < a la carte < Alacrity",
        "Muller=Müller=MÜLLER < Mullerson",
        "de la Cruz=Delacruz < Delano",
        "Li|Zhang| < Liang|A|",
        "straße=strasse < strate",
        "æon=aeon < Ångström=angstrom < łoś=los < øre=ore < zebra < þorn < Ωmega",
        "zebra < Яков < ავთო < שלום < نور < 한 < あい < 王",
        "The 2nd=The ２nd < The 10th",
        "naive=naïve=‘naïve’",
    ],
    "sv": ["z < å < ä=æ < ö=ø", "ytter=ütter < ätt"],
    "da": ["zebra < æble=äble < øre=öre < Aarhus=Århus"],
    "nb": ["zebra < ære < øre < aa=å"],
    "de": ["Ärger=Arger < Ofen < Öl=Ol < Über=Uber"],
    "es": ["nube < nz < ñandú < o"],
    "cs": ["cz < čas < d", "hz < chata < i", "rz < řeka < s"],
    "sk": ["hz < chata < i"],
    "pl": ["az < ąb < b", "lz < łan < m", "z < zz < źle < żaba"],
    "hu": ["cz < csak < d", "oz < ök=ők < p", "szabó < tabu", "suba < szabó"],
    "hr": ["cz < čaj < ćud", "dz < džep < đak < e", "luk < lz < ljeto < m"],
    "tr": ["cz < çay < d", "hz < ısı < iki", "ISI=ısı < İKİ=iki"],
    "et": ["s < š < z < ž < t < w < õ < ä < ö < ü < x"],
    "lt": ["iz=yz < ja", "cz < čia < d"],
    "lv": ["az < āz < b"],
    "ro": ["az < ăz < âz < b", "sz < șt=şt < t"],
    "vi": ["az < ăn < âm=ấm=ậm < b", "d < đ < e"],
    "uk": ["Яна < Adam", "гусь < ґава < дім", "ізюм < їжа < йод"],
    "ru": ["Ёлкин=Елкин < Жук < Adams", "Иванов < Йошкин"],
    "el": ["Άλφα=αλφα < βήτα < Adams"],
    "he": ["אבא < שלום < Adams"],
    "ja": ["Adams < あい=アイ < がく=かく=カク < 亜 < 山 < α"],
    "zh-CN": ["安 < 李 < 阮 < 王 < 张 < Adams", "啊 < 婷婷 < 鄢 < 㐀"],
    "zh-TW": ["一 < 王 < 張"],
    "ko": ["가나 < 각 < 나 < Adams"],
    "th": ["กา < เก < ขา < Adams"],
    "ar": ["احمد < باسم < نور < Adams"],
}


@pytest.mark.parametrize(
    ("language", "line"), [(language, line) for language, lines in ORDERS.items() for line in lines]
)
def test_texts_sort_in_the_order_of_the_language(language: str, line: str) -> None:
    ranks = [rank.split("=") for rank in line.split(" < ")]
    for rank in ranks:
        assert len({primary_key(text, language) for text in rank}) == 1, rank
    texts = [text for rank in ranks for text in rank]
    keys = sorted({primary_key(text, language) for text in texts})
    assert keys == [primary_key(rank[0], language) for rank in ranks]


@pytest.mark.parametrize("text", ["", " ", "…", "\u0301", "\0", "\ud800", "\U0001f600", "٣", "9" * 5000, "ﷺ" * 5000])
@pytest.mark.parametrize("language", ["en", "", "zh-CN", "x-unknown", "cs", "tr-TR"])
def test_every_text_has_a_key(text: str, language: str) -> None:
    assert isinstance(primary_key(text, language), str)


def test_only_the_beginning_of_a_very_long_text_counts() -> None:
    marks = "a" + "\u0301\u0323" * 500_000
    assert primary_key(marks) == primary_key(marks + "b")


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en-US", ["Muller", "Müller", "Muller Smith", "Mullerson"]),  # accents decide between equals alone
        ("en-US", ["Title 10", "Title 2", "Titled"]),  # digit by digit, and spaces before letters
        ("en-US", ["OBrien", "O'Casey", "O-Connor", "Odd"]),
        ("sv-SE", ["Zorn", "Ångström", "Öberg"]),
        ("ru-RU", ["Ёлкин", "Жук", "Adams"]),
    ],
)
def test_bibliographies_are_sorted_word_by_word(language: str, texts: list[str]) -> None:
    keys = list(map(collator(language), texts))
    assert keys == sorted(set(keys))

"""What is searched of a text: the same words whatever their case, accents and script."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs import Date, Name, Reference
from refs.folding import fold, indexed, searched, tags, words
from refs.model import Variant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Müller & Straße", "muller strasse"),
        ("İSTANBUL Işık", "istanbul isik"),
        ("ﬁnance ＦＵＬＬ １２", "finance full 12"),
        ("Sørensen Łódź Þórr", "sorensen lodz thorr"),
        ("Ἀριστοτέλης ΣΩΚΡΆΤΗΣ", "αριστοτελησ σωκρατησ"),
        ("Достоевский Ёлка", "достоевскии елка"),
        ("שָׁלוֹם", "שלום"),
        ("الحَرْبُ ـ على", "الحرب علي"),
        ("外交努力", "外 交 努 力"),
        ("ﾊﾟﾝ と 日本", "ハ ン と 日 本"),
        ("한국어", "한 국 어"),
        ("ไทย", "ไ ท ย"),
        ("हिन्दी", "हिनदी"),
        ("O’Brien-Smith 10.1038/171737a0 a_b", "o brien smith 10 1038 171737a0 a b"),
        ("– ¦ \x00 \ud800 …", ""),
    ],
)
def test_words_in_every_script(text: str, expected: str) -> None:
    assert words(text) == unicodedata.normalize("NFC", expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Христофоров", "христофоров khristoforov hristoforov"),
        ("Лев Толстой", "лев толстои lev tolstoy lev tolstoi lev tolstoj"),
        ("Євген", "євген yevhen ievhen evgen"),
        ("Σωκράτης", "σωκρατησ sokratis"),
        ("ひらがな", "ひ ら か な hiragana"),
        ("한국", "한 국 hanguk"),
        ("الحرب", "الحرب alhrb حرب"),
        ("外交 1941", "外 交 1941"),
        ("Müller", "muller"),
    ],
)
def test_romanised_forms_stand_beside_the_words(text: str, expected: str) -> None:
    assert indexed(text) == expected


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert words(words(text)) == words(text)
    assert words(text) == words(unicodedata.normalize("NFD", text))
    assert words(text) == words(fold(text))
    assert words(text) == " ".join(words(one) for one in text.split() if words(one))


def test_each_part_of_a_reference_is_searched_where_it_belongs() -> None:
    one = Reference(
        "article-journal",
        {
            "title": "On <i>Walden</i>",
            "editor": (Name("Doe", "Jane"),),
            "translator": (Name("Roe", "Rick"),),
            "container-title": "Nature",
            "keyword": "To read; woods, to read",
            "publisher": "Ticknor",
            "accessed": Date(((2024, 5),)),
        },
        key="doe",
        variants={"title": (Variant("Уолден", "ru"),)},
        identifiers={"arxiv": "1706.03762"},
    )
    assert tags(one) == ["To read", "woods", "to read"]
    assert searched(one) == {
        "title": "on walden уолден on walden uolden",
        "author": "jane doe",
        "container": "nature",
        "tag": "¦ to read ¦ woods ¦ to read ¦ ",
        "field": "title editor translator containertitle keyword publisher accessed arxiv",
        "rest": "doe 1706 03762 rick roe ticknor",
    }

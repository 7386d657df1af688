"""Locators as people write them, in English and in the language of the output."""

from __future__ import annotations

import pytest

from refs.actions.citing import LOCATORS, Locator, read_locator
from refs.csl import schema
from refs.csl.locale import merged_locale
from refs.errors import UsageError


@pytest.mark.parametrize(
    ("tag", "text", "label", "value"),
    [
        ("en-US", "p. 12", "page", "12"),
        ("en-US", "pp. 12-14", "page", "12-14"),
        ("en-US", "12-14", "page", "12-14"),
        ("en-US", "12 ff.", "page", "12 ff."),
        ("en-US", "A12", "page", "A12"),
        ("en-US", "xii", "page", "xii"),
        ("en-US", "§4", "section", "4"),
        ("en-US", "chapter A 3", "chapter", "A 3"),
        ("de-DE", "S. 12", "page", "12"),
        ("de-DE", "S.12", "page", "12"),
        ("de-DE", "Seiten 3–4", "page", "3–4"),
        ("de-DE", "KAP. 2", "chapter", "2"),
        ("de-DE", "chapter 2", "chapter", "2"),
        ("ru-RU", "с. 12", "page", "12"),
        ("ru-RU", "стр. 12", "page", "12"),
        ("ru-RU", "страницы 12–15", "page", "12–15"),
        ("ru-RU", "гл. III", "chapter", "III"),
        ("ru-RU", "№ 5", "issue", "5"),
        ("zh-CN", "第12页", "page", "12"),
        ("zh-CN", "第 12-15 页", "page", "12-15"),
        ("zh-CN", "12页", "page", "12"),
        ("zh-CN", "页 12", "page", "12"),
        ("zh-CN", "第一百二十章", "chapter", "一百二十"),
        ("zh-CN", "第3部分", "part", "3"),
        ("en-US", "第12页", "page", "12"),
        ("ja-JP", "12ページ", "page", "12"),
        ("ar", "ص 12", "page", "12"),
        ("ar", "ص. ١٢", "page", "١٢"),
        ("ar", "رسم توضيحي 3", "figure", "3"),
        ("fr-FR", "§ 3", "paragraph", "3"),
        ("lv-LV", "p. 12", "page", "12"),  # whose own p. is an article
        ("cy-GB", "pp. 12", "page", "12"),  # whose own pp. are verses
    ],
)
def test_locators_are_read_in_the_language_of_the_output(tag: str, text: str, label: str, value: str) -> None:
    assert read_locator(text, merged_locale(tag)) == Locator(label, value)


@pytest.mark.parametrize(("tag", "text"), [("en-US", "zz 12"), ("en-US", "S. 12"), ("ru-RU", "Я 1")])
def test_words_that_name_no_place_are_refused(tag: str, text: str) -> None:
    with pytest.raises(UsageError, match="is no locator"):
        read_locator(text, merged_locale(tag))


@pytest.mark.parametrize("text", ["p.", "pp", "chapter", "", " "])
def test_locators_need_a_number(text: str) -> None:
    with pytest.raises(UsageError, match="has no number"):
        read_locator(text)


@pytest.mark.parametrize("text", ["v", "l", "XII", "mcm"])
def test_small_numerals_are_pages(text: str) -> None:
    assert read_locator(text, merged_locale("en-US")) == Locator("page", text)


def test_every_locator_of_csl_has_a_word() -> None:
    assert LOCATORS.keys() == schema.LOCATORS

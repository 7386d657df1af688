"""Scripts and languages of titles."""

from __future__ import annotations

import pytest

from refs.languages import language, script, tag

TITLES = [
    ("A review of the examples", "en", "Latn", "en"),
    ("Обзор и примеры", "en", "Cyrl", "ru"),
    ("Огляд прикладів її", "", "Cyrl", "uk"),
    ("Преглед примера", "sr", "Cyrl", "sr"),
    ("苏联为促进芬兰退出战争", "en", "Hani", "zh"),
    ("日本語の研究", "", "Jpan", "ja"),
    ("研究方法", "ja", "Hani", "ja"),
    ("Vortex ringの運動", "en", "Jpan", "ja"),
    ("간호대학 4학년 학생", "en", "Kore", "ko"),
    ("دراسة عن الأمثلة", "", "Arab", "ar"),
    ("بررسی گزارش پژوهش", "", "Arab", "fa"),
    ("מחקר", "en", "Hebr", "he"),
    ("Μελέτη", "", "Grek", "el"),
    ("Der Einfluss der Beispiele auf das Lernen", "en", "Latn", "de"),
    ("Les événements du passage", "", "Latn", "fr"),
    ("Wetland Ecology", "en", "Latn", "en"),
    ("Wetland Ecology", "ru", "Latn", ""),
    ("Wetland Ecology", "", "Latn", ""),
    ("1984", "en", "", "en"),
]


@pytest.mark.parametrize(("text", "declared", "written", "expected"), TITLES)
def test_script_and_language_of_a_title(text: str, declared: str, written: str, expected: str) -> None:
    assert script(text) == written
    assert language(text, declared) == expected


@pytest.mark.parametrize(
    ("declared", "expected"),
    [("eng", "en"), ("English", "en"), ("EN-us", "en-us"), ("zh_CN", "zh-CN"), ("ng", ""), ("", ""), ("xyzzy", "")],
)
def test_declared_languages_become_tags(declared: str, expected: str) -> None:
    assert tag(declared) == expected

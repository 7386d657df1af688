"""The locators that authors write behind a key: `[@doe, pp. 33-35 and passim]`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from refs.actions.citing import Locator, ordinal, plain_word

_ROMAN = "[ivxlcdmIVXLCDM]{1,15}\\b"
_NUMBER = r"[\w.()\-–—:/§’'*+]{0,60}?\d[\w()\-–—:/’'*+]{0,60}(?:\.\d\w{0,20}){0,9}"
_NUMBERS = (
    rf"(?:{_NUMBER}|{_ROMAN}(?:[-–—]{_ROMAN})?)"
    rf"(?:(?:[ \u00a0]?[,&][ \u00a0]?|[ \u00a0]){_NUMBER}|[ \u00a0]?[,&][ \u00a0]?{_ROMAN}(?:[-–—]{_ROMAN})?)*"
)
# No word is cut: the l of "vol." is no Roman number, nor that of "ll.".
_BETWEEN = r"(?:[ \u00a0]|(?<=[^\w\s])(?![^\w\s])|(?=\d))"
_LABELLED = re.compile(
    rf"(?P<label>[^\d\s,;]{{1,30}}?(?:[ \u00a0][^\d\s,;]{{1,30}}?)??){_BETWEEN}(?P<value>{_NUMBERS})"
)
_PAGES = re.compile(rf"(?=[\w.()\-–—]{{0,60}}?\d){_NUMBERS}")
_BRACED = re.compile(r"\{(?P<text>[^{}]*)\}")
_WORDS = re.compile(r"(?P<label>[^\d\s]+)[ \u00a0](?P<value>.+)")
_EAST_ASIAN = re.compile("[^,，;；、]*[\u2e80-\u9fff\uac00-\ud7af][^,，;；、]*")


def split_suffix(suffix: str, words: Mapping[str, str]) -> tuple[Locator | None, str]:
    """Return the locator that a suffix begins with, if it does, and the rest of it.

    A number without a word is that of a page; braces say how far the locator goes, and `{}` that there is none.
    `words` are those of `citing.locator_words`.
    """
    text = suffix.replace("\n", " ")
    start = len(text) - len(text.lstrip(" \t\u00a0,，、،"))
    if match := _BRACED.match(text, start):
        return _braced(match["text"].strip(), words), text[match.end() :]
    match = _LABELLED.match(text, start)
    if match and (label := words.get(plain_word(match["label"]))):
        return Locator(label, match["value"]), text[match.end() :]
    if match := _EAST_ASIAN.match(text, start):
        found = ordinal(match[0].strip(), words)
        return (found, text[match.end() :]) if found else (None, suffix)
    if match := _PAGES.match(text, start):
        return Locator("page", match[0]), text[match.end() :]
    return None, suffix


def _braced(text: str, words: Mapping[str, str]) -> Locator | None:
    match = _WORDS.match(text)
    if match and (label := words.get(plain_word(match["label"]))):
        return Locator(label, match["value"])
    return split_suffix(text, words)[0] or (Locator("page", text) if text else None)

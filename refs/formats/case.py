"""Which words of a title must keep their capitals: what BibTeX's styles would make small without braces.

The writer sets braces around these words and the reader takes exactly them away again, so one function decides.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from refs.text import CSL_TAG

TAG = re.compile(f"({CSL_TAG})")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
SENTENCE_WORD = 4  # shorter words are small in either style of capitals


def protected(title: str) -> list[tuple[int, int]]:
    """Return (start, end) of each word that keeps its capitals, in the plain text of a title.

    These are words with a capital after their first letter and single letters, and in a title in sentence case also
    the names in it: capitalised words that are neither first nor after a colon.
    """
    words = [(match.start(), match.end(), match[0]) for match in WORD.finditer(title)]
    names_too = _in_sentence_case(title, words)
    spans: list[tuple[int, int]] = []
    for i, (start, end, word) in enumerate(words):
        if word.islower() or (not word.isalpha() and word.upper() == word.lower()):
            continue
        inner = word[1:] != word[1:].lower()
        opening = i == 0 or _opens(title, start)
        single = len(word) == 1 and not opening and word != "A" and word != word.lower()
        name = names_too and not opening and word[0] != word[0].lower()
        if inner or single or name:
            spans.append((start, end))
    return spans


def capitals(title: str) -> list[tuple[int, int]]:
    """Return (start, end) of every word with a capital but an opening one that begins with its only one.

    This is what a program needs that makes all other words of a title small.
    """
    spans: list[tuple[int, int]] = []
    for match in WORD.finditer(title):
        inner = match[0][1:] != match[0][1:].lower()
        opening = match.start() == 0 or _opens(title, match.start())
        if inner or (match[0] != match[0].lower() and not opening):
            spans.append(match.span())
    return spans


def _opens(title: str, start: int) -> bool:
    """Tell whether a word begins a sentence or subtitle."""
    if start > 1 and title[start - 2].isalnum():
        return False
    return title[max(start - 8, 0) : start].rstrip(" “\"'‘«(¿¡")[-1:] in (":", ".", "?", "!")


def _in_sentence_case(title: str, words: list[tuple[int, int, str]]) -> bool:
    small = capital = 0
    for i, (start, _, word) in enumerate(words):
        if i and len(word) >= SENTENCE_WORD and word.isalpha() and not _opens(title, start):
            small += word.islower()
            capital += word.istitle()
    return small > capital


def within(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Tell whether one of the spans, which are in order, holds this piece of the title."""
    i = bisect_right(spans, (start, end))
    return any(first <= start and end <= last for first, last in spans[max(i - 1, 0) : i + 1])


def paired(pieces: list[str]) -> dict[int, int]:
    """Return the positions of tags that have a partner: opening -> closing, closing -> 0."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for i in range(1, len(pieces), 2):
        if not pieces[i] or pieces[i] == "<span>":
            continue
        if not pieces[i].startswith("</"):
            opened.append(i)
        elif opened and pieces[i][2:-1] == re.split(r"[ >]", pieces[opened[-1]][1:])[0]:
            start = opened.pop()
            pairs[start] = i
            pairs[i] = 0
    return pairs

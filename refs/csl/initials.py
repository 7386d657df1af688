"""Given names to initials, as `initialize-with` asks."""

from __future__ import annotations

import re
from functools import lru_cache

SPLIT = re.compile(r"(\s+|-)")
LEADING_TAGS = re.compile(r"((?:<[^<>]*>)*)(.*?)((?:</[^<>]*>)*)", re.DOTALL)
UNCASED = re.compile("[\u0590-\u05ff\u0600-\u06ff]")
INITIAL_HYPHEN = re.compile(r"(?<![^\W_])([^\W\d_]\.?)-(?=[^\W\d_](?![^\W_]))")
INNER_PERIOD = re.compile(r"\.(?=[^\s\-.’'])")


@lru_cache(maxsize=16384)
def initialize(given: str, terminator: str, hyphens: bool = True, normalize_only: bool = False) -> str:
    """Return the initials of a given name, each followed by the terminator.

    With `normalize_only` full names are kept, and only initials that stand in them get the terminator.
    A word that ends in a period is an abbreviation, and is kept whole: "Ph." is no "P.".
    """
    given = INNER_PERIOD.sub(". ", re.sub(r"\s*-\s*", "-", given)) if "<" not in given else given
    if normalize_only:
        given = INITIAL_HYPHEN.sub(r"\1 ", given)
    elif not hyphens:
        given = given.replace("-", " ")
    out = ""
    after_word = hyphen = False
    for piece in SPLIT.split(given):
        if not piece or piece.isspace():
            continue
        if piece == "-":
            hyphen = bool(out)
            continue
        short = abbreviated(piece, normalize_only)
        if hyphen and not (short is None and not normalize_only):
            out = out.rstrip(" \u00a0") + "-"
        elif hyphen:
            hyphen = False
            continue
        elif out and (short is None or after_word):
            out = out.rstrip(" \u00a0") + " "
        hyphen = False
        after_word = short is None
        out += piece if short is None else closed(short, terminator)
    return out.rstrip(" \u00a0")


def closed(initial: str, terminator: str) -> str:
    """Add the terminator to an initial, inside the markup that surrounds it."""
    if not initial.endswith(">"):
        return initial + terminator
    text, _, tags = initial.partition("</")
    return f"{text}{terminator.rstrip()}</{tags}" + terminator[len(terminator.rstrip()) :]


def abbreviated(word: str, normalize_only: bool) -> str | None:
    """Return the initial that stands for a word, without a period; None when the word is to be kept."""
    match = LEADING_TAGS.fullmatch(word)
    tags, bare, closing = match.groups() if match else ("", word, "")
    if bare.endswith("."):
        return tags + bare.rstrip(".") + closing
    first = bare[:1]
    if not first.isalpha() or not (first.isupper() or first.istitle() or UNCASED.match(first)):
        return None
    if len(bare) == 1:
        return tags + bare + closing
    if normalize_only:
        return None
    letters = re.match(r"[^\W\d_]*", bare[1:])
    rest = letters[0] if letters else ""
    capitals = 0
    while capitals < len(rest) and rest[capitals].isupper():
        capitals += 1
    extra = rest[:capitals].lower() if capitals < len(rest) else ""
    return tags + first + extra + closing

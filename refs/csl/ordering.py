"""Collation keys for `cs:sort`: words by the alphabet of a language, spaces before letters.

Punctuation does not count, digits sort one by one before letters, and accents decide between texts that are
otherwise equal: the order that bibliographies made with citeproc-js have.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from refs.csl.collation import primary_key
from refs.romanise import normalise

if TYPE_CHECKING:
    from collections.abc import Callable

SPACES = dict.fromkeys((*b" \t\n\r", 160, 8201, 8239), " ")
ASCII_WEIGHTS: dict[int, str | None] = {code: SPACES.get(code) for code in range(128) if not chr(code).isalnum()}
PIECE = re.compile(r"[^\W\d_]+|.", re.DOTALL)
LETTERS = "abcdefghijklmnopqrstuvwxyz aa aa ch ch dz ij ll lj nj th ae oe"


@lru_cache(maxsize=32)
def is_plain(language: str) -> bool:
    """Tell whether a language sorts unaccented Latin letters in the order of ASCII."""
    return all(primary_key(word, language) == word for word in LETTERS.split())


@lru_cache(maxsize=32)
def collator(language: str) -> Callable[[str], str]:
    """Return the function that makes the key of a text in a language."""
    plain = is_plain(language)

    def key(text: str) -> str:
        text = text.lower()
        if plain and text.isascii():
            return text.translate(ASCII_WEIGHTS)
        pieces = PIECE.findall(normalise("NFC", text))
        primary = "".join([piece_key(piece, language, plain) for piece in pieces])
        marks = "".join([cached_marks(piece) for piece in pieces]).rstrip("\x01")
        return f"{primary}\0{marks}" if marks else primary

    return key


def piece_key(piece: str, language: str, plain: bool) -> str:
    if piece.isalpha():
        return piece if plain and piece.isascii() else cached_key(piece, language)
    if piece.isspace():
        return " "
    return str(int(piece)) if piece.isdecimal() else ""


@lru_cache(maxsize=65536)
def cached_marks(piece: str) -> str:
    """Return the combining marks of a piece, and a sign that sorts before them for each other character."""
    if piece.isascii():
        return "\x01" * len(piece)
    return "".join([char if unicodedata.combining(char) else "\x01" for char in normalise("NFD", piece)])


@lru_cache(maxsize=65536)
def cached_key(word: str, language: str) -> str:
    return primary_key(word, language)

"""Order texts as the Unicode collation does, with the alphabet of a language.

A key is a string, and keys compare by code point. In a key Latin letters are ASCII, digits stand behind their
number, and all other letters are private code points in the order of the scripts. The collation is UTS 10
(https://www.unicode.org/reports/tr10/) with spaces and punctuation ignored ("shifted") and digits compared as
numbers; rare ideographs follow it in outline only.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from refs.csl import collation_data as data

_LONGEST = 1000  # Characters looked at: decomposing a long run of marks takes time in the square of its length.

_ALPHABETS = 0xF0000
_ALPHABET_ROOM = 0x200
_OTHER_SCRIPTS = 0xF2000
_IDEOGRAPHS = 0x105000
_RARE_IDEOGRAPH = 0x10A800
_SUPPLEMENTARY = 0x10B000
_LATIN_AFTER = 0x10F000
_TAILORED = 0x10FF00
_MOVED_BLOCKS = {
    range(0x1100, 0x1200): _OTHER_SCRIPTS + 0x2F00,  # Hangul: after the scripts of Africa and Asia, before kana
    range(0x1200, 0x13A0): _ALPHABETS + 0x1800,  # Ethiopic: before the scripts of India
    range(0x3400, 0x4DC0): 0x103000,  # the first extension of the ideographs: after the common ones
}
_BEFORE_LATIN, _AFTER_LATIN = "@", "{"
_RANGES = {
    "Hang": ((_OTHER_SCRIPTS + 0x2F00, _OTHER_SCRIPTS + 0x2FFF),),
    "Hani": ((_IDEOGRAPHS, _RARE_IDEOGRAPH),),
    "Jpan": ((_OTHER_SCRIPTS + 0x3040, _OTHER_SCRIPTS + 0x30FF), (_IDEOGRAPHS, _RARE_IDEOGRAPH)),
    "Deva": ((_OTHER_SCRIPTS + 0x0900, _OTHER_SCRIPTS + 0x097F),),
    "Khmr": ((_OTHER_SCRIPTS + 0x1780, _OTHER_SCRIPTS + 0x17FF),),
    "Thai": ((_OTHER_SCRIPTS + 0x0E00, _OTHER_SCRIPTS + 0x0E7F),),
}

_ASCII = {code: None for code in range(128) if not chr(code).isalnum()} | {
    ord(symbol): rank for rank, symbol in enumerate("`^", start=1)
}
_ASCII |= {ord(symbol): rank for rank, symbol in enumerate("+<=>|~$", start=4)}
_SYMBOL, _MATHEMATICAL, _CURRENCY = "\x03", "\x09", "\x0b"  # among the ranks of the symbols of ASCII
_NUMBER = re.compile(r"\d+")
_PREPOSED_VOWEL = re.compile("([\u0e40-\u0e44\u0ec0-\u0ec4])([ก-ฮກ-ຮ])")  # Thai and Lao write it before its consonant
_DOT_BELOW = "\u0323"
_VIRAMAS_AND_VOWELS = frozenset({9, 84, 91, 103, 118, 129, 130, 132})  # combining classes
_NASALS_AND_VISARGA = (1, 2, 3)  # their places in each block of the scripts of India
_SMALL_KANA = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ", strict=True))


def primary_key(text: str, language: str = "en") -> str:
    """Return a key that tells base letters and numbers apart, but not accents, case or punctuation."""
    return _primary(text[:_LONGEST], _collator(language.lower()))


class _Collator:
    """The alphabet of one language; `keys` maps its letters, decomposed, to their weights."""

    def __init__(self, language: str) -> None:
        base = language.split("-")[0]
        tailored = _tailored_keys(data.TAILORINGS.get(language) or data.TAILORINGS.get(base, ""))
        self.keys = _composed_letters() | tailored
        self.letters = _pattern(list(self.keys))
        ascii_letters = [letter for letter in tailored if letter.isascii()]
        self.ascii_letters = _pattern(ascii_letters) if ascii_letters else None
        self.lower_case = str.maketrans(data.LOWER_CASE.get(base, {}))
        self.ideographs = data.IDEOGRAPH_ORDER.get(language) or data.IDEOGRAPH_ORDER.get(base)
        script = data.SCRIPT_FIRST.get(base)
        self.first = _script_pattern(script) if script else None
        self.place = _AFTER_LATIN if script == "Jpan" else _BEFORE_LATIN

    def key(self, match: re.Match[str]) -> str:
        return self.keys[match[0].replace(_DOT_BELOW, "")]


@lru_cache(maxsize=64)
def _collator(language: str) -> _Collator:
    return _Collator(language)


def _primary(text: str, collator: _Collator) -> str:
    if collator.lower_case:
        text = text.translate(collator.lower_case)
    if text.isascii():
        key = _NUMBER.sub(_number_key, text.lower())
        if collator.ascii_letters:
            return collator.ascii_letters.sub(collator.key, key).translate(_weights())
        return key.translate(_ASCII)
    return _beyond_ascii(text, collator)


def _beyond_ascii(text: str, collator: _Collator) -> str:
    text = unicodedata.normalize("NFKD", text).casefold()
    text = _PREPOSED_VOWEL.sub(r"\2\1", _NUMBER.sub(_number_key, text))
    if collator.ideographs:
        text = "".join(_ideograph_key(c, collator.ideographs) if "\u3400" <= c <= "\u9fff" else c for c in text)
    key = collator.letters.sub(collator.key, text).translate(_weights())
    return collator.first.sub(collator.place + r"\g<0>", key) if collator.first else key


def _number_key(match: re.Match[str]) -> str:
    """Put the number of digits, as a capital, before them: capitals do not occur in keys otherwise."""
    digits = str(int(match[0]))
    return "0" + chr(ord("A") + min(len(digits), 26) - 1) + digits


def _ideograph_key(character: str, order: str) -> str:
    """Place an ideograph by the order of its language; those that the order leaves out follow by code point."""
    rank = _pinyin().get(character) if order == "pinyin" else _charset_rank(character, order)
    if rank is None:
        return chr(_RARE_IDEOGRAPH) + chr(_OTHER_SCRIPTS + ord(character))
    return chr(_IDEOGRAPHS + rank)


def _charset_rank(character: str, charset: str) -> int | None:
    try:
        row, cell = character.encode(charset)
    except ValueError:  # not in the character set, or in one of its longer forms
        return None
    return (row - 0xA1) * 191 + cell - 0x40


@lru_cache(maxsize=1)
def _pinyin() -> dict[str, int]:
    """Return the ranks of the 20,902 ideographs of Unicode 1.1 by pinyin, tone and strokes, from pinyin.txt."""
    text = Path(__file__).with_name("pinyin.txt").read_text("utf-8")
    return {character: rank for rank, character in enumerate(text.replace("\n", ""))}


def _pattern(letters: list[str]) -> re.Pattern[str]:
    """Match the letters, the longest first; a dot below may stand before the mark above of a letter."""
    forms = []
    for letter in sorted(letters, key=len, reverse=True):
        marked = len(letter) == 2 and unicodedata.combining(letter[1]) == 230
        forms.append(letter[0] + _DOT_BELOW + "?" + letter[1] if marked else re.escape(letter))
    return re.compile("|".join(forms))


def _tailored_keys(rules: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for rule in filter(None, rules.split("; ")):
        base, *ranks = rule.replace(" = ", " < ").split(" < ")
        for rank, letters in enumerate(ranks):
            place = "" if " = " in rule else chr(_TAILORED + rank)
            keys |= {unicodedata.normalize("NFKD", letter): _letter_weight(base) + place for letter in letters.split()}
    return keys


def _letter_weight(letter: str) -> str:
    composed = _composed_letters().get(unicodedata.normalize("NFKD", letter))
    return composed or letter.translate(_weights())


@lru_cache(maxsize=1)
def _composed_letters() -> dict[str, str]:
    """Return the weights of letters that normalisation takes apart but have a rank of their own, as й."""
    weights = _alphabet_weights()
    forms = {unicodedata.normalize("NFKD", letter): letter for letter in weights}
    return {form: weights[letter] for form, letter in forms.items() if len(form) > 1}


@lru_cache(maxsize=1)
def _alphabet_weights() -> dict[str, str]:
    weights: dict[str, str] = {}
    for script, alphabet in enumerate(data.ALPHABETS.values()):
        for rank, letters in enumerate(alphabet.split()):
            weights |= dict.fromkeys(letters, chr(_ALPHABETS + script * _ALPHABET_ROOM + rank))
    return weights


def _script_pattern(script: str) -> re.Pattern[str]:
    ranges = _RANGES.get(script)
    if ranges is None:
        start = _ALPHABETS + list(data.ALPHABETS).index(script) * _ALPHABET_ROOM
        ranges = ((start, start + _ALPHABET_ROOM - 1),)
    return re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "]")


class _Weights(dict[int, str | None]):
    """Weights of characters for `str.translate`, found when first met."""

    def __missing__(self, code: int) -> str | None:
        self[code] = weight = _weight(chr(code))
        return weight


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    weights = _Weights({code: None if rank is None else chr(rank) for code, rank in _ASCII.items()})
    for base, letters in data.LATIN_AFTER.items():
        weights |= {ord(letter): base + chr(_LATIN_AFTER + rank) for rank, letter in enumerate(letters)}
    weights |= {ord(letter): base for letter, base in data.LATIN_EQUAL.items()}
    weights |= {ord(letter): weight for letter, weight in _alphabet_weights().items()}
    return weights


def _weight(character: str) -> str | None:
    code, category = ord(character), unicodedata.category(character)
    if category[0] in "ZPC" and category != "Co":
        return None
    if category[0] == "M" and _is_accent(character, category):
        return None
    if category[0] == "S" or 0x2B9 <= code <= 0x2FF:
        return {"Sc": _CURRENCY, "Sm": _MATHEMATICAL}.get(category, _SYMBOL) + character
    return character if character.isascii() or category == "Co" else _script_weight(code)


def _is_accent(character: str, category: str) -> bool:
    """Tell accents from vowel signs, which have no combining class but in Thai, Lao and for viramas."""
    combining = unicodedata.combining(character)
    if combining:
        return combining not in _VIRAMAS_AND_VOWELS
    return category == "Me" or (0x900 <= ord(character) < 0xD80 and ord(character) % 0x80 in _NASALS_AND_VISARGA)


def _script_weight(code: int) -> str:
    if 0x30A1 <= code <= 0x30F6:
        code -= 0x60
    code = ord(_SMALL_KANA.get(chr(code), chr(code)))
    if code == 0x30FC:
        code = 0x3040
    for block, start in _MOVED_BLOCKS.items():
        if code in block:
            return chr(start + code - block.start)
    return chr(_OTHER_SCRIPTS + code) if code < 0x10000 else chr(_SUPPLEMENTARY) + chr(code)

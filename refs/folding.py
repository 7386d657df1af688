"""Text folded for finding: words without case and accents, in every script, with their romanised forms beside them.

A run of letters and digits is a word. Han, kana, Hangul and the scripts of South-East Asia, which put no spaces between
words, are taken character by character: whoever looks for several finds them as a phrase.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from refs.model import TITLE_VARIABLES, Date, Reference, Value
from refs.text import plain

COLUMNS = ("title", "author", "container", "tag", "field", "rest")
"""What is searched of a reference, in these parts; `field` holds the names of all that it has."""
TITLES = frozenset({"title", "title-short", "original-title"})
CONTAINERS = TITLE_VARIABLES - TITLES | {"event-title"}
_COLUMN = {**dict.fromkeys(TITLES, "title"), **dict.fromkeys(CONTAINERS, "container"), "keyword": "tag"}
BOUND = "\u00a6"
"""Stands around each tag, so that a tag is found whole; no word has it."""

UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3040, 0x31FF),  # kana, Bopomofo
    (0x3400, 0x9FFF),
    (0xA000, 0xA4CF),  # Yi
    (0xAC00, 0xD7A3),  # Hangul
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""The first and last code points of scripts whose characters are words of their own."""

# Letters that decomposition does not reach. Latin ones become ASCII; tatweel and invisible characters go; the two
# forms of Arabic ya and of ta marbuta are taken for one another, as writers take them.
_LETTERS = (
    "æ ae œ oe ø o ł l đ d ð d þ th ħ h ı i ĸ k ŋ ng ŧ t ƒ f ə e ɛ e ɔ o ɓ b ɗ d ɖ d ƙ k ɣ g ɲ n ʋ v ɨ i ʉ u ƶ z ⱥ a "
    "ى ي ة ه ک ك ی ي ـ _ ʹ _ ʺ _ ʾ _ ʿ _ \u00ad _ \u200b _ \u200c _ \u200d _ \u200e _ \u200f _ \u2060 _ \ufeff _"
)
ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
ARTICLES = ("وال", "بال", "فال", "كال", "لل", "ال")
"""What Arabic writes together with a noun, which is looked for without it."""


def fold(text: str) -> str:
    """Return the text without case and accents, in its own script; letters of Latin with a stroke become ASCII."""
    if text.isascii():
        return text.lower()
    from refs.romanise import normalise

    small = normalise("NFKD", text).casefold()  # in this order: a mathematical bold A is an A first
    return normalise("NFC", normalise("NFKD", small).translate(_folding()))


def words(text: str) -> str:
    """Return the folded words of a text with one space between them."""
    if not text.isascii():
        text = " ".join([one if one.isascii() else _folded(one) for one in text.split()])
    if text.isascii():
        return " ".join(text.translate(ASCII).split())
    return " ".join(" ".join([one.translate(ASCII) if one.isascii() else one for one in text.split()]).split())


@lru_cache(maxsize=1 << 14)
def _folded(text: str) -> str:
    """Return the folded words of a text without white space, which folding does not look across."""
    return fold(text).translate(_segments())


def indexed(text: str) -> str:
    """Return the words of a text, then their romanised forms and the Arabic ones without an article."""
    own = words(text)
    if own.isascii():
        return own
    known = own.split()
    bare = [word.removeprefix(article) for word in known if (article := _article(word))]
    return " ".join((own, *_romanised(text, set(known)), *bare))


def _romanised(text: str, known: set[str]) -> Iterator[str]:
    """Yield the Latin words of a text as each scheme of its language writes them, where one of them is not known yet.

    Лев Толстой is looked for as Tolstoy, Tolstoi and Tolstoj: publishers, libraries and Slavists write him so.
    """
    from refs.romanise import SCHEMES, cyrillic_language

    language = cyrillic_language(text)
    for scheme in range(max(map(len, SCHEMES.values()))):
        forms = [words(one) if one.isascii() else _in_latin(one, language, scheme) for one in text.split()]
        latin = [word for word in " ".join(forms).split() if word.isascii()]
        if not known.issuperset(latin):
            known.update(latin)
            yield from latin


@lru_cache(maxsize=1 << 14)
def _in_latin(text: str, cyrillic: str, scheme: int) -> str:
    """Return the words of a text without white space in ASCII, or as another scheme of its language has them."""
    from refs.romanise import SCHEMES, ascii_fold, is_greek, romanise

    language = "el" if is_greek(text) else cyrillic
    schemes = SCHEMES[language]
    return words(romanise(text, language, schemes[scheme]) if 0 < scheme < len(schemes) else ascii_fold(text, cyrillic))


def searched(reference: Reference) -> dict[str, str]:
    """Return the words that a reference is found by, in each of COLUMNS."""
    texts: dict[str, list[str]] = {column: [] for column in COLUMNS}
    texts["rest"] += [reference.key, str(reference.year or ""), *reference.identifiers.values()]
    filed = _filed(reference)
    for name, value in reference.fields.items():
        texts[column(name, filed)].extend(texts_of(value))
    for name, variants in reference.variants.items():
        for variant in variants:
            texts[column(name, filed)].extend(texts_of(variant.value))
    found = {name: indexed("\n".join(values)) if values else "" for name, values in texts.items()}
    found["tag"] = tag_words(tags(reference))
    found["field"] = " ".join(map(field_word, (*reference.fields, *reference.identifiers, *reference.extra)))
    return found


def column(name: str, filed: str = "author") -> str:
    """Return the column of a CSL variable; `filed` is the role of those that a work is filed under."""
    return "author" if name == filed else _COLUMN.get(name, "rest")


def _filed(reference: Reference) -> str:
    creators = reference.creators
    return next((name for name, value in reference.fields.items() if creators and value is creators), "author")


def texts_of(value: Value) -> Iterable[str]:
    """Return the plain texts of a field: one, or one a name; of a date none."""
    if isinstance(value, str):
        return (plain(value),)
    return () if isinstance(value, Date) else map(str, value)


def tags(reference: Reference) -> list[str]:
    """Return the tags of a reference: what stands between the commas or semicolons of its `keyword`."""
    text = reference.text("keyword").replace(";", ",")
    return list(dict.fromkeys(tag for part in text.split(",") if (tag := " ".join(part.split()))))


def tag_words(names: list[str]) -> str:
    """Return the words of tags, with a bound before and after each."""
    return f"{BOUND} " + "".join(f"{indexed(name)} {BOUND} " for name in names) if names else ""


def leading(text: str) -> int | None:
    """Return a number that sorts as the first eight bytes of the folded text do, None without any."""
    first = fold(text)[:8].encode("utf-8", "surrogatepass")[:8]
    return int.from_bytes(first.ljust(8, b"\0"), "big") - (1 << 63) if first else None


@lru_cache(maxsize=512)
def field_word(name: str) -> str:
    """Return the name of a field as one word."""
    return "".join(character for character in name.lower() if character.isalnum())


def _article(word: str) -> str:
    return next((article for article in ARTICLES if word.startswith(article) and len(word) > len(article) + 2), "")


class _Folding(dict[int, str]):
    """A table for `str.translate` that learns on demand which characters are combining marks."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = "" if unicodedata.combining(char) else char
        return self[code]


class _Segments(dict[int, str]):
    """A table for `str.translate` that learns on demand which characters stand in words, alone, or between words."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        inside = char.isalnum() or (code > 127 and unicodedata.category(char)[0] == "M")
        alone = any(first <= code <= last for first, last in UNSPACED)
        self[code] = (f" {char} " if alone else char) if inside else " "
        return self[code]


@lru_cache(maxsize=1)
def _folding() -> _Folding:
    letters = iter(_LETTERS.split(" "))
    return _Folding({ord(letter): form.strip("_") for letter, form in zip(letters, letters, strict=True)})


@lru_cache(maxsize=1)
def _segments() -> _Segments:
    return _Segments()

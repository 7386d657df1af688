"""The script and the language of a short text, from its letters and its small words alone."""

from __future__ import annotations

import re

# First code point, last, ISO 15924 code; Latin letters are what is left.
SCRIPTS = (
    (0x0370, 0x03FF, "Grek"),
    (0x0400, 0x052F, "Cyrl"),
    (0x0530, 0x058F, "Armn"),
    (0x0590, 0x05FF, "Hebr"),
    (0x0600, 0x07BF, "Arab"),
    (0x0900, 0x097F, "Deva"),
    (0x0980, 0x09FF, "Beng"),
    (0x0B80, 0x0BFF, "Taml"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x10A0, 0x10FF, "Geor"),
    (0x1100, 0x11FF, "Kore"),
    (0x1F00, 0x1FFF, "Grek"),
    (0x3040, 0x30FF, "Jpan"),
    (0x3130, 0x318F, "Kore"),
    (0x3400, 0x9FFF, "Hani"),
    (0xAC00, 0xD7AF, "Kore"),
    (0xF900, 0xFAFF, "Hani"),
    (0x20000, 0x3FFFF, "Hani"),
)
# The languages of a script, the likeliest first: what a script without a telling letter is taken for.
LANGUAGES = {
    "Grek": "el",
    "Cyrl": "ru uk be bg sr mk kk ky mn tg tt uz",
    "Armn": "hy",
    "Hebr": "he yi",
    "Arab": "ar fa ur ps ku ug sd",
    "Deva": "hi mr ne sa",
    "Beng": "bn as",
    "Taml": "ta",
    "Thai": "th",
    "Geor": "ka",
    "Kore": "ko",
    "Jpan": "ja",
    "Hani": "zh ja ko",
}
NOT_LATIN = frozenset(" ".join(LANGUAGES.values()).split()) - {"sr", "uz", "kk", "tt", "ku", "mn"}
"""The languages that are not written in Latin letters."""
RIGHT_TO_LEFT = (frozenset(LANGUAGES["Hebr"].split() + LANGUAGES["Arab"].split()) - {"ku"}) | {"ckb", "dv", "syr"}
RIGHT_TO_LEFT_SCRIPTS = frozenset({"arab", "hebr", "syrc", "thaa", "nkoo"})
# Letters that only one language of its script writes, in the order in which they tell.
TELLING = {
    "Cyrl": (
        ("uk", "їєґЇЄҐ"),
        ("be", "ўЎ"),
        ("sr", "ђћЂЋ"),
        ("mk", "ѓќѕЃЌЅ"),
        ("kk", "әңұӘҢҰ"),
        ("uk", "іІ"),
        ("ru", "ыэёЫЭЁ"),
    ),
    "Arab": (("ur", "ٹڈڑےں"), ("ug", "ېۆۈۋ"), ("fa", "پچژگکی")),
}
# Words that only one of these languages uses so often; what two share is left out.
SMALL_WORDS = {
    "en": "the of and a in to for with from on by an at its how is are what between through their using",
    "de": "der die das und für zur zum von im eine einer eines ein über mit bei aus des dem den nach als auf durch",
    "fr": "le les des et du dans au aux une pour sur chez l d l’ d’ par entre avec son ses",
    "es": "el los las y del en una para por con sobre entre como su sus al desde",
    "pt": "o os as e do da dos das em uma para no na nos nas com sobre ao entre à pelo",
    "it": "il lo gli della delle dei degli nel nella e per con una dell sul sulla tra alla di",
    "nl": "het een van en voor met op aan bij naar door zijn uit der den over",
    "pl": "w z na i do oraz dla przez się nad od ze jako",
    "sv": "och för på med av som till ett den det från",
    "da": "og af på til med som den det fra hos et",
    "tr": "ve bir ile için üzerine olarak olan",
    "cs": "v na se pro ve při ze jako podle",
    "id": "dan di yang pada untuk dengan dalam terhadap dari",
}


SYLLABLES = frozenset({"Hani", "Jpan", "Kore"})
"""Scripts of which a letter says as much as four of another: "Vortex ringの運動" is Japanese."""


def script(text: str) -> str:
    """Return the ISO 15924 code of the script that most letters are in, "" for a text without letters.

    Han with kana is "Jpan", Han with Hangul "Kore".
    """
    if text.isascii():
        return "Latn" if any(map(str.isalpha, text)) else ""
    counts: dict[str, int] = {}
    for char in text:
        if char.isalpha():
            code = ord(char)
            name = "Latn" if code < 0x370 else _script_of(code)
            counts[name] = counts.get(name, 0) + (4 if name in SYLLABLES else 1)
    if counts.get("Hani"):
        for mixed in ("Jpan", "Kore"):
            if counts.get(mixed):
                counts[mixed] += counts["Hani"]
    return max(counts, key=lambda name: counts[name]) if counts else ""


def _script_of(code: int) -> str:
    return next((name for first, last, name in SCRIPTS if first <= code <= last), "Latn")


def language(text: str, declared: str = "") -> str:
    """Return the BCP 47 tag of a text's language, or "" when nothing tells.

    A declared language counts when the script can write it and no small words say otherwise: depositors declare
    English by default.
    """
    declared = tag(declared)
    base = declared.partition("-")[0]
    written = script(text)
    if written in LANGUAGES:
        candidates = LANGUAGES[written].split()
        if base in candidates and base != "en":
            return declared
        return _by_letters(text, written) or candidates[0]
    if base in NOT_LATIN:
        base = declared = ""
    guess = _by_words(text)
    return guess if guess and guess != base else declared


def _by_letters(text: str, written: str) -> str:
    return next((name for name, letters in TELLING.get(written, ()) if any(c in text for c in letters)), "")


def _by_words(text: str) -> str:
    """Return the Latin-script language that at least two small words tell and no other language ties with."""
    words = set(re.findall(r"[^\W\d_]+", text.lower()))
    counts = {name: len(words & known) for name, known in _small_words().items()}
    first, second = sorted(counts, key=lambda name: -counts[name])[:2]
    return first if counts[first] >= 2 and counts[first] > counts[second] else ""


def _small_words() -> dict[str, frozenset[str]]:
    if not _SMALL_WORDS:
        _SMALL_WORDS.update((name, frozenset(words.split())) for name, words in SMALL_WORDS.items())
    return _SMALL_WORDS


_SMALL_WORDS: dict[str, frozenset[str]] = {}


def tag(text: str) -> str:
    """Return a declared language as a BCP 47 tag: "eng" and "English" are "en"; what is no language is ""."""
    text = text.strip().replace("_", "-")
    low = text.lower()
    if low in NAMES:
        return NAMES[low]
    primary, dash, rest = text.partition("-")
    if primary.lower() in NAMES:
        return NAMES[primary.lower()] + dash + rest
    if re.fullmatch(r"[A-Za-z]{2}(?:-[A-Za-z0-9]{2,8})*", text) and low not in ("ng", "aa", "zz", "xx"):
        return primary.lower() + dash + rest
    return ""


NAMES = {
    "eng": "en", "english": "en", "ger": "de", "deu": "de", "german": "de", "fre": "fr", "fra": "fr", "french": "fr",
    "spa": "es", "spanish": "es", "por": "pt", "portuguese": "pt", "ita": "it", "italian": "it", "dut": "nl",
    "nld": "nl", "dutch": "nl", "rus": "ru", "russian": "ru", "ukr": "uk", "ukrainian": "uk", "pol": "pl",
    "polish": "pl", "chi": "zh", "zho": "zh", "chinese": "zh", "jpn": "ja", "japanese": "ja", "kor": "ko",
    "korean": "ko", "ara": "ar", "arabic": "ar", "per": "fa", "fas": "fa", "persian": "fa", "heb": "he",
    "hebrew": "he", "tur": "tr", "turkish": "tr", "cze": "cs", "ces": "cs", "swe": "sv", "dan": "da", "nor": "no",
    "fin": "fi", "hun": "hu", "gre": "el", "ell": "el", "rum": "ro", "ron": "ro", "bul": "bg", "srp": "sr",
    "hrv": "hr", "slv": "sl", "slo": "sk", "slk": "sk", "cat": "ca", "ind": "id", "vie": "vi", "tha": "th",
    "lat": "la", "est": "et", "lav": "lv", "lit": "lt", "ice": "is", "isl": "is",
}  # fmt: skip


def is_right_to_left(tag: str) -> bool:
    """Tell whether a language is written from right to left, by its tag: ar, he-IL, az-Arab."""
    subtags = tag.replace("_", "-").lower().split("-")
    scripts = [subtag for subtag in subtags[1:] if len(subtag) == 4 and subtag.isalpha()]
    return scripts[0] in RIGHT_TO_LEFT_SCRIPTS if scripts else subtags[0] in RIGHT_TO_LEFT

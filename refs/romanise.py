"""Romanise text by a declared scheme, and fold any text to ASCII for keys and for searching.

The tables state the published standards: the ALA-LC romanization tables, the BGN/PCGN agreements (Russian
1947, Ukrainian 2019, Belarusian 1979, Bulgarian 2013, Serbian 2005, Macedonian 2013), ISO 9:1995, ELOT 743
and ISO 843 for Greek, the Revised Romanization of Korean (2000) and modified Hepburn for kana. A scheme is
applied letter by letter with the rules it states for a letter's neighbours; what asks for knowledge of the
word (compounds, Japanese particles) is beyond it. Han characters, and any letter without a table, are left as
they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from refs.errors import UsageError

Scheme = tuple[str, str]

_SHARED = "а a б b в v г g д d е e з z и i к k л l м m н n о o п p р r с s т t у u ф f "
_SERBIAN = _SHARED + "ђ đ ж ž ј j љ lj њ nj ћ ć х h ц c ч č џ dž ш š"
_MACEDONIAN = _SHARED + "ж ž ѕ dz ј j љ lj њ nj х h ц c ч č џ dž ш š "
_GREEK = "β v γ g δ d ζ z θ th κ k λ l μ m ν n ξ x π p ρ r σ s ς s τ t φ f χ ch ψ ps ε e έ é ο o ό ó ι i ί í ϊ ï ΐ ḯ "
_ISO_9 = (
    _SHARED + "ґ g̀ ѓ ǵ ғ ġ ђ đ ё ë є ê ж ž ѕ ẑ і ì ї ï й j ј ǰ ќ ḱ љ l̂ њ n̂ ћ ć ў ŭ х h ц c ч č џ d̂ ш š щ ŝ "
    "ъ ʺ ы y ь ʹ ѣ ě э è ю û я â ѫ ǎ ѳ f̀ ѵ ỳ"
)

_LETTERS: Mapping[Scheme, str] = {
    ("ru", "bgn-pcgn"): _SHARED + "ё ë ж zh й y х kh ц ts ч ch ш sh щ shch ъ ” ы y ь ’ э e ю yu я ya",
    ("ru", "ala-lc"): _SHARED + "ё ë ж zh й ĭ х kh ц t͡s ч ch ш sh щ shch ъ ʺ ы y ь ʹ э ė ю i͡u я i͡a і ī ѣ i͡e ѳ ḟ ѵ ẏ",
    ("uk", "bgn-pcgn"): _SHARED + "г h ґ g є ie ж zh и y і i ї i й i х kh ц ts ч ch ш sh щ shch ь _ ю iu я ia",
    ("uk", "ala-lc"): _SHARED + "г h ґ g є i͡e ж z͡h и y і i ї ï й ĭ х kh ц t͡s ч ch ш sh щ shch ь ʹ ю i͡u я i͡a",
    ("be", "bgn-pcgn"): _SHARED + "г h ґ g е ye ё yo ж zh і i й y ў w х kh ц ts ч ch ш sh ы y ь ’ э e ю yu я ya",
    ("be", "ala-lc"): _SHARED + "г h ґ g ё i͡o ж z͡h і i й ĭ ў ŭ х kh ц t͡s ч ch ш sh ы y ь ʹ э ė ю i͡u я i͡a",
    ("bg", "bgn-pcgn"): _SHARED + "ж zh й y х h ц ts ч ch ш sh щ sht ъ a ь y ю yu я ya",
    ("bg", "ala-lc"): _SHARED + "ж zh й ĭ х kh ц t͡s ч ch ш sh щ sht ъ ŭ ь ʹ ю i͡u я i͡a ѣ i͡e ѫ u̐",
    ("sr", "bgn-pcgn"): _SERBIAN,
    ("sr", "ala-lc"): _SERBIAN,
    ("mk", "bgn-pcgn"): _MACEDONIAN + "ѓ gj ќ kj",
    ("mk", "ala-lc"): _MACEDONIAN + "ѓ ǵ ќ ḱ",
    **dict.fromkeys([(language, "iso-9") for language in ("ru", "uk", "be", "bg", "sr", "mk")], _ISO_9),
    ("el", "elot-743"): _GREEK + "α a ά á η i ή í υ y ύ ý ϋ ÿ ΰ ÿ́ ω o ώ ó",
    ("el", "iso-843"): _GREEK + "α a ά á η ī ή ī́ υ y ύ ý ϋ ÿ ΰ ÿ́ ω ō ώ ṓ",
}

_START = r"(?<!\w)(?<!\w['’ʼ])"
_YE = r"(?:(?<!\w)|(?<=[аеёиоуыэюяйъь]))"
_UNVOICED = r"(?=[θκξπσςτφχψ]|(?!\w))"
_GREEK_PAIRS = (("γγ", "ng"), ("γξ", "nx"), ("γχ", "nch"), ("ου", "ou"), ("ού", "oú"))

# What a scheme says of a letter among others, before its letters are looked up; the first that matches holds.
_CONTEXTS: Mapping[Scheme, tuple[tuple[str, str], ...]] = {
    ("ru", "bgn-pcgn"): ((_YE + "е", "ye"), (_YE + "ё", "yë")),
    ("uk", "bgn-pcgn"): (
        ("зг", "zgh"),
        *((_START + letter, latin) for letter, latin in zip("єїйюя", ("ye", "yi", "y", "yu", "ya"), strict=True)),
        (r"(?<=\w)['’ʼ](?=[єїюя])", ""),
    ),
    ("bg", "bgn-pcgn"): ((r"(?<=\w)ия(?!\w)", "ia"),),
    ("el", "elot-743"): (
        *_GREEK_PAIRS,
        *((f"{pair}{_UNVOICED}", latin + "f") for pair, latin in (("α[υ]", "a"), ("ε[υ]", "e"), ("η[υ]", "i"))),
        *((f"{pair}{_UNVOICED}", latin + "f") for pair, latin in (("αύ", "á"), ("εύ", "é"), ("ηύ", "í"))),
        *zip(("αυ", "ευ", "ηυ", "αύ", "εύ", "ηύ"), ("av", "ev", "iv", "áv", "év", "ív"), strict=True),
        (r"(?<!\w)μπ|μπ(?!\w)", "b"),
    ),
    ("el", "iso-843"): (*_GREEK_PAIRS, ("αυ", "au"), ("ευ", "eu"), ("αύ", "aú"), ("εύ", "eú")),
}

SCHEMES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "sr", "mk"), ("bgn-pcgn", "ala-lc", "iso-9")),
    "el": ("elot-743", "iso-843"),
    "ko": ("revised",),
    "ja": ("hepburn",),
}
"""The schemes of each language, its usual one first."""


def romanise(text: str, language: str, scheme: str = "") -> str:
    """Write `text` in Latin letters by a scheme of SCHEMES, by default the language's first.

    `language` is a BCP 47 tag, of which the primary subtag counts. A capital stays one, and a digraph is
    capitalised as the word is: Щербаков is Shcherbakov, ЩЕРБАКОВ is SHCHERBAKOV. The result is in NFC.
    Raises UsageError when the language has no such scheme.
    """
    language = language.partition("-")[0].lower()
    schemes = SCHEMES.get(language, ())
    scheme = scheme or next(iter(schemes), "")
    if scheme not in schemes:
        known = ", ".join(schemes) or "none"
        raise UsageError(f"no romanisation {scheme or 'scheme'!r} for language {language!r} (known: {known})")
    text = normalise("NFC", text)
    if special := _SYLLABIC.get(language):
        return special(text)
    return normalise("NFC", _transliterate(text, _table((language, scheme))))


def normalise(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Normalise `text` in linear time.

    The standard library sorts a run of combining marks in quadratic time (CPython issue 149079), so long text
    is taken in pieces; a piece ends before a base character, unless more than 64 marks follow each other.
    """
    if len(text) <= _PIECE:
        return unicodedata.normalize(form, text)
    pieces, start = [], 0
    while start < len(text):
        end = start + _PIECE
        limit = min(end + 64, len(text))
        while end < limit and (unicodedata.combining(text[end]) or "\u1160" <= text[end] <= "\u11ff"):
            end += 1
        pieces.append(unicodedata.normalize(form, text[start:end]))
        start = end
    return "".join(pieces)


_PIECE = 256


def is_latin(text: str) -> bool:
    """Say whether every letter of `text` is a Latin one."""
    return text.isascii() or all(
        char < "\u0300" or "\u1e00" <= char <= "\u1eff" for char in normalise("NFKC", text) if char.isalpha()
    )


class _Table(NamedTuple):
    """A compiled scheme: its contexts are the first groups of one expression, its letters the last."""

    pattern: re.Pattern[str]
    contexts: tuple[str, ...]
    letters: Mapping[str, str]


def _words(text: str) -> list[str]:
    """Split a table at its spaces; `_` is nothing."""
    return [word.replace("_", "") for word in text.split()]


def _pairs(text: str) -> dict[str, str]:
    """Read "letter latin letter latin ..."."""
    words = _words(text)
    return dict(zip(words[::2], words[1::2], strict=True))


def _compile(letters: Mapping[str, str], contexts: tuple[tuple[str, str], ...]) -> _Table:
    groups = [f"({pattern})" for pattern, _ in contexts] + [f"([{''.join(letters)}])"]
    return _Table(re.compile("|".join(groups), re.IGNORECASE), tuple(latin for _, latin in contexts), letters)


@lru_cache(maxsize=32)
def _table(scheme: Scheme) -> _Table:
    return _compile(_pairs(_LETTERS[scheme]), _CONTEXTS.get(scheme, ()))


def _transliterate(text: str, table: _Table) -> str:
    def replace(match: re.Match[str]) -> str:
        group = (match.lastindex or 1) - 1
        if group < len(table.contexts):
            return _in_case(table.contexts[group], match)
        return _in_case(table.letters.get(match[0].lower(), match[0]), match)

    return table.pattern.sub(replace, text)


def _in_case(latin: str, match: re.Match[str]) -> str:
    """Give `latin` the case of its source: all capitals only where a neighbour is a capital too."""
    source, text = match[0], match.string
    if not source[:1].isupper():
        return latin
    after, before = text[match.end() : match.end() + 1], text[match.start() - 1 : match.start()]
    shouted = source.isupper() and len(source) > 1
    if after.isupper() or (not after.isalpha() and (before.isupper() or shouted)):
        return latin.upper()
    return latin[:1].upper() + latin[1:]


# Korean: a syllable is U+AC00 + (initial x 21 + vowel) x 28 + final.
_INITIALS = _words("g kk n d tt r m b pp s ss _ j jj ch k t p h")
_VOWELS = _words("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_CODAS = _words("_ k k k n n n t l k m l l l p l m p p t t ng t t k t p t")
# A final before a vowel: what stays, and what opens the next syllable.
_LINKED = tuple(
    tuple(pair.split("+"))
    for pair in _words("+ +g +kk k+s +n n+j +n +d +r l+g l+m l+b l+s l+t l+p +r +m +b p+s +s +ss ng+ +j +ch +k +t +p +")
)
_PALATAL = {"d": "j", "t": "ch"}
_H_FINALS = {6: "n", 15: "l", 27: ""}
_ASPIRATED = {"g": "k", "d": "t", "j": "ch"}
_ASSIMILATED = {
    ("k", "n"): ("ng", "n"),
    ("k", "m"): ("ng", "m"),
    ("k", "r"): ("ng", "n"),
    ("t", "n"): ("n", "n"),
    ("t", "m"): ("n", "m"),
    ("t", "r"): ("n", "n"),
    ("p", "n"): ("m", "n"),
    ("p", "m"): ("m", "m"),
    ("p", "r"): ("m", "n"),
    ("n", "r"): ("l", "l"),
    ("l", "n"): ("l", "l"),
    ("l", "r"): ("l", "l"),
    ("m", "r"): ("m", "n"),
    ("ng", "r"): ("ng", "n"),
}


def _romanise_hangul(text: str) -> str:
    """Write the Hangul syllables of NFC text by the Revised Romanization, sections 2 and 3-1."""
    return re.sub("[\uac00-\ud7a3]+", lambda run: _hangul_run(run[0]), text)


def _hangul_run(run: str) -> str:
    onset, latin = "", []
    for index, syllable in enumerate(run):
        number = ord(syllable) - 0xAC00
        if not index:
            onset = _INITIALS[number // 588]
        following = ord(run[index + 1]) - 0xAC00 if index + 1 < len(run) else None
        coda, next_onset = _joint(number % 28, following)
        latin += [onset, _VOWELS[number // 28 % 21], coda]
        onset = next_onset
    return "".join(latin)


def _joint(final: int, following: int | None) -> tuple[str, str]:
    """Return how a final is written, and the initial of the syllable that follows it."""
    if following is None:
        return _CODAS[final], ""
    onset = _INITIALS[following // 588]
    if not onset:
        stays, moves = _LINKED[final]
        before_i = _VOWELS[following // 28 % 21] == "i"
        return stays, _PALATAL.get(moves, moves) if before_i and final in (7, 13, 25) else moves
    if final in _H_FINALS and onset in _ASPIRATED:
        return _H_FINALS[final], _ASPIRATED[onset]
    return _ASSIMILATED.get((_CODAS[final], onset), (_CODAS[final], onset))


_KANA = _pairs(
    "あ a い i う u え e お o か ka き ki く ku け ke こ ko が ga ぎ gi ぐ gu げ ge ご go さ sa し shi "
    "す su せ se そ so ざ za じ ji ず zu ぜ ze ぞ zo た ta ち chi つ tsu て te と to だ da ぢ ji づ zu "
    "で de ど do な na に ni ぬ nu ね ne の no は ha ひ hi ふ fu へ he ほ ho ば ba び bi ぶ bu べ be "
    "ぼ bo ぱ pa ぴ pi ぷ pu ぺ pe ぽ po ま ma み mi む mu め me も mo や ya ゆ yu よ yo ら ra り ri "
    "る ru れ re ろ ro わ wa ゐ i ゑ e を o ゔ vu"
)
_SMALL = _pairs("ぁ a ぃ i ぅ u ぇ e ぉ o ゃ ya ゅ yu ょ yo ゎ wa")
_MACRONS = {"a": "ā", "e": "ē", "i": "ī", "o": "ō", "u": "ū"}
_LONG = "[aeiou]ー+|aa|ee|o[ou]|uu"


def _romanise_kana(text: str) -> str:
    """Write the kana of NFC text in modified Hepburn, long vowels with a macron."""
    return re.sub("[\u3041-\u3096\u30a1-\u30f6ー]+", lambda run: _kana_run(run[0]), text)


def _kana_run(run: str) -> str:
    kana = "".join(chr(ord(c) - 0x60) if "\u30a1" <= c <= "\u30f6" else c for c in run)
    latin = ""
    for index, char in enumerate(kana):
        if char in _SMALL and latin[-1:] in _MACRONS:
            latin = _contracted(latin, _SMALL[char], kana[index - 1])
        elif char == "ん":
            follower = _KANA.get(kana[index + 1 : index + 2], "")
            latin += "n'" if follower[:1] in tuple("aeiouy") else "n"
        elif char == "っ":
            follower = _KANA.get(kana[index + 1 : index + 2], "")
            latin += "t" if follower.startswith("ch") else follower[:1].strip("aeiou")
        else:
            latin += _KANA.get(char, _SMALL.get(char, char))
    return re.sub(_LONG, lambda match: _MACRONS[match[0][0]], latin)


def _contracted(latin: str, small: str, previous: str) -> str:
    """Join a syllable with the small kana after it: ki + ya is kya, shi + ya sha, fu + a fa, u + i wi."""
    if previous == "う":
        return latin[:-1] + "w" + small
    stem = latin[:-1]
    if small.startswith("y") and stem.endswith(("sh", "ch", "j")):
        small = small[1:]
    return stem + small


_SYLLABIC: Mapping[str, Callable[[str], str]] = {"ko": _romanise_hangul, "ja": _romanise_kana}


# Letters that decomposition does not reach, and consonants of scripts that leave their vowels out.
_FOLDED = (
    "ß ss ẞ SS æ ae Æ AE œ oe Œ OE ø o Ø O ł l Ł L đ d Đ D ð d Ð D þ th Þ Th ħ h Ħ H ı i ĸ k ŋ ng Ŋ NG "
    "ŧ t Ŧ T ƒ f ə e Ə E ɛ e Ɛ E ɔ o Ɔ O ɓ b Ɓ B ɗ d Ɗ D ɖ d Ɖ D ƙ k Ƙ K ɣ g Ɣ G ɲ n Ɲ N ʋ v Ʋ V ɨ i Ɨ I "
    "ʉ u Ʉ U ƶ z Ƶ Z ⱥ a Ⱥ A × x ‐ - ‑ - ‒ - – - — - ― - − - ‘ ' ’ ' ‚ ' ‛ ' ′ ' ʹ ' ʼ ' ʻ ' ʾ ' ʿ ' "
    '“ " ” " „ " « " » " ″ " ʺ " ⁄ / \u00ad _ \u200b _ \u200c _ \u200d _ \u200e _ \u200f _ '
    "\u2060 _ \ufeff _ א a ב b ג g ד d ה h ו v ז z ח h ט t י y כ k ך k ל l מ m ם m נ n ן n ס s ע a פ p "
    "ף p צ ts ץ ts ק q ר r ש sh ת t ا a ب b ت t ث th ج j ح h خ kh د d ذ dh ر r ز z س s ش sh ص s ض d ط t "
    "ظ z ع a غ gh ف f ق q ك k ل l م m ن n ه h و w ي y ة a ى a ء _ ٱ a پ p چ ch ژ zh گ g ک k ی y ٹ t ڈ d "
    "ڑ r ے y ں n ھ h ہ h ـ _ ٠ 0 ١ 1 ٢ 2 ٣ 3 ٤ 4 ٥ 5 ٦ 6 ٧ 7 ٨ 8 ٩ 9 ۰ 0 ۱ 1 ۲ 2 ۳ 3 ۴ 4 ۵ 5 ۶ 6 ۷ 7 ۸ 8 "
    "۹ 9 ა a ბ b გ g დ d ე e ვ v ზ z თ t ი i კ k ლ l მ m ნ n ო o პ p ჟ zh რ r ს s ტ t უ u ფ p ქ k ღ gh "
    "ყ q შ sh ჩ ch ც ts ძ dz წ ts ჭ ch ხ kh ჯ j ჰ h"
)
_ARMENIAN = (
    "ա a բ b գ g դ d ե e զ z է e ը y թ t ժ zh ի i լ l խ kh ծ ts կ k հ h ձ dz ղ gh ճ ch մ m յ y ն n շ sh "
    "ո o չ ch պ p ջ j ռ r ս s վ v տ t ր r ց ts ւ v փ p ք k օ o ֆ f և ev"
)
# Cyrillic letters of other languages, for folding only.
_OTHER_CYRILLIC = (
    "ё e ж zh й y х kh ц ts ч ch ш sh щ shch ъ _ ы y ь _ э e ю yu я ya є ie і i ї i ґ g ў w ђ dj ј j "
    "љ lj њ nj ћ c џ dz ѓ gj ѕ dz ќ kj ә a ғ g қ k ң n ө o ұ u ү u һ h җ zh ҳ h ҷ j ҙ dh ҫ s ҡ q ѣ e ѳ f "
    "ѵ i ѫ a"
)
# Letters that one language alone uses, to choose a table when nobody names the language.
_TELLTALE = (("їєґ", "uk"), ("ў", "be"), ("ѓќѕ", "mk"), ("ђћјљњџ", "sr"))
# The circumflex and the grave of ancient Greek count as the acute; breathings, lengths and subscripts go.
_MONOTONIC = str.maketrans("\u0300\u0342", "\u0301\u0301", "\u0304\u0306\u0313\u0314\u0345")
_SOFT_SIGNS = str.maketrans("", "", "’”")


def ascii_fold(text: str, language: str = "") -> str:
    """Reduce `text` to ASCII, keeping case: Łódź is Lodz, Straße is Strasse, Христофоров is Khristoforov.

    Cyrillic follows BGN/PCGN (of `language`, else of the language its letters betray, else Russian) without
    soft signs, Greek ELOT 743, Hangul and kana their schemes, Arabic and Hebrew their consonants. Han
    characters and scripts without a table stay as they are.
    """
    if text.isascii():
        return text
    text = normalise("NFKC", text)
    for present, fold in _SCRIPTS:
        if re.search(present, text):
            text = fold(text, language)
    return normalise("NFKD", text).translate(_folding())


def cyrillic_language(text: str) -> str:
    """Return the language whose letters a Cyrillic text betrays, else Russian."""
    lowered = text.lower()
    return next((tag for letters, tag in _TELLTALE if any(c in lowered for c in letters)), "ru")


def is_greek(text: str) -> bool:
    """Say whether any letter of a text is Greek."""
    return re.search(_GREEK_LETTER, text) is not None


class _Folding(dict[int, str]):
    """A table for `str.translate` that learns on demand which characters are combining marks."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = "" if unicodedata.combining(char) else char
        return self[code]


@lru_cache(maxsize=1)
def _folding() -> _Folding:
    return _Folding({ord(letter): latin for letter, latin in _pairs(_FOLDED).items()})


def _fold_cyrillic(text: str, language: str) -> str:
    language = language.partition("-")[0].lower()
    if (language, "iso-9") not in _LETTERS:
        language = cyrillic_language(text)
    return _transliterate(text, _fold_table(language))


@lru_cache(maxsize=8)
def _fold_table(language: str) -> _Table:
    scheme = (language, "bgn-pcgn")
    letters = {**_pairs(_OTHER_CYRILLIC), **_pairs(_LETTERS[scheme])}
    return _compile({k: v.translate(_SOFT_SIGNS) for k, v in letters.items()}, _CONTEXTS.get(scheme, ()))


def _fold_greek(text: str, _: str) -> str:
    monotonic = normalise("NFD", text).translate(_MONOTONIC)
    return _transliterate(normalise("NFC", monotonic), _table(("el", "elot-743")))


def _fold_armenian(text: str, _: str) -> str:
    return _transliterate(text, _compile(_pairs(_ARMENIAN), (("ու", "u"),)))


_GREEK_LETTER = "[\u0370-\u03ff\u1f00-\u1fff]"
_SCRIPTS: tuple[tuple[str, Callable[[str, str], str]], ...] = (
    ("[\u0400-\u052f]", _fold_cyrillic),
    (_GREEK_LETTER, _fold_greek),
    ("[\u0531-\u0587]", _fold_armenian),
    ("[\uac00-\ud7a3]", lambda text, _: _romanise_hangul(text)),
    ("[\u3041-\u3096\u30a1-\u30f6]", lambda text, _: _romanise_kana(text)),
)

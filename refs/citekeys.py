"""Citation keys: made from a reference (khristoforov2024soviet), kept from an import, or nearly remembered.

A made key is ASCII in lower case: the family name of the first creator without its particles, the year, and
the first significant word of the title. It depends on the reference and on the keys already taken, on nothing
else.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

from refs import pinyin
from refs.formats import key_problem
from refs.languages import language as language_of
from refs.model import Date, Name, Reference, Value
from refs.romanise import SCHEMES, ascii_fold, is_latin, romanise
from refs.text import plain

STOP_WORDS = {
    "en": "a an the of on in to for and or by with from at as is are be its into toward towards how why what",
    "fr": "le la les l un une des de du d et en sur dans pour par au aux ou a avec",
    "de": "der die das den dem des ein eine einer eines einem einen und zu zur zum im in von vom fur uber",
    "es": "el la los las lo un una unos unas de del y e en para por con sobre al a o u",
    "it": "il lo la i gli le l un uno una di del della dello dei degli delle dell e ed in su per con d",
    "pt": "o a os as um uma uns umas de do da dos das e em no na para por com",
    "nl": "de het een van en in op voor te met over den der des",
    "sv": "en ett den det de och i pa av for om till med",
    "da": "en et den det de og i pa af for om til med",
    "nb": "en ei et den det de og i pa av for om til med",
    "ca": "el la els les l un una uns unes de del dels d i en per amb sobre al als",
    "ro": "un o unei unui si de la in din pe cu pentru despre al ale",
    "pl": "w we z ze i na o do od po dla u",
    "cs": "a v ve z ze i na o do od po pro u k",
    "hu": "a az egy es",
    "ru": "o ob v vo na i s so k ko po iz dlya ot u za k",
    "uk": "pro v u na i y z zi iz do po dlya vid za",
    "el": "o i to ta oi tis tou ton tin ti kai se gia apo sto sti stin",
    "ar": "al",
}
"""Words that begin a title without meaning anything, as `ascii_fold` writes them, by language."""

# Without a language: English, and the articles of the others that are no word of English.
_ANY = frozenset(
    word
    for line in (
        STOP_WORDS["en"],
        "der das dem den ein eine einer eines le la les l un une des du el los las una il lo gli uno het een",
    )
    for word in line.split()
)
_ELISIONS = frozenset({"fr", "it", "ca"})
_VALID = r"[A-Za-z0-9][A-Za-z0-9:._/+-]{0,127}"
_LONGEST_KEY = 250
_UNREADABLE = re.compile(r"[^\w!$&*+\-./:;<>?@\[\]^|]|\^(?=\^)")
_LONGEST_PART = 40
_LONGEST_COMPOUND = 16
_LONGEST_TITLE = 600


@dataclass(frozen=True, slots=True)
class Rule:
    """How new keys are made: a pattern of `refs.keypatterns`, "" for name, year and word, and romanisation schemes.

    `schemes` holds names from `refs.romanise.SCHEMES` between spaces; a language takes the first that it has.
    """

    pattern: str = ""
    schemes: str = ""


USUAL = Rule()


def make_key(reference: Reference, taken: Container[str], rule: Rule = USUAL) -> str:
    """Return a new key that is not in `taken`: name, year and word, with a, b, ... z, aa when taken.

    A pattern says otherwise, where it gives anything.

    Without a creator the first two words of the title stand in; without a year, "nd"; a name that has no form
    in Latin letters and no table to transliterate it, as kanji without their reading, is "anon".
    """
    reference = romanised(reference, rule.schemes)
    if rule.pattern:
        from refs.keypatterns import base_key

        if base := base_key(rule.pattern, reference):
            return free_key(base, taken)
    words = title_words(reference)
    creator = _creator_part(reference)
    if not creator and words and not reference.creators:
        creator, words = words[0], words[1:]
    word = next(iter(words), "")[:_LONGEST_PART]
    return free_key((creator or "anon")[:_LONGEST_PART] + _year_part(reference) + word, taken)


def import_key(wanted: str, reference: Reference, taken: Container[str], rule: Rule = USUAL) -> str:
    """Return the key that an imported reference gets: the wanted one, with a letter where it is taken.

    It loses the signs that biber or LaTeX could not read; where nothing is left a key is made.
    """
    for key in (wanted, _UNREADABLE.sub("", wanted).lstrip("@*-")):
        if key and writable(key):
            return free_key(key, taken)
    return make_key(reference, taken, rule)


def romanised(reference: Reference, schemes: str) -> Reference:
    """Return a reference whose title and creators are written in Latin letters by the first scheme of their language.

    One that has a variant in Latin letters stays, for that is what keys are made of.
    """
    if not schemes:
        return reference
    creators = next((role for role, value in reference.fields.items() if value and value is reference.creators), "")
    written: dict[str, Value] = {}
    for variable in {"title", creators} & reference.fields.keys():
        if any(is_latin(_letters_of(variant.value)) for variant in reference.variants.get(variable, ())):
            continue
        value = reference.fields[variable]
        if isinstance(value, str):
            written[variable] = _by_scheme(value, reference, schemes)
        elif isinstance(value, tuple):
            written[variable] = tuple(
                replace(
                    name,
                    family=_by_scheme(name.family, reference, schemes),
                    given=_by_scheme(name.given, reference, schemes),
                    literal=_by_scheme(name.literal, reference, schemes),
                )
                for name in value
            )
    return replace(reference, fields={**reference.fields, **written})


def _letters_of(value: Value) -> str:
    return value if isinstance(value, str) else "" if isinstance(value, Date) else " ".join(map(str, value))


def _by_scheme(text: str, reference: Reference, schemes: str) -> str:
    if is_latin(text):
        return text
    language = language_of(text[:_LONGEST_TITLE], reference.text("language")).partition("-")[0]
    scheme = next((one for one in schemes.split() if one in SCHEMES.get(language, ())), "")
    return romanise(text, language, scheme) if scheme else text


def valid_key(key: str) -> bool:
    """Say whether a new key may be this: ASCII letters, digits and `:._/+-`, 128 at most."""
    return re.fullmatch(_VALID, key) is not None


def citable(key: str) -> bool:
    """Say whether a document may cite by this key, though not every program can write it in a .bib."""
    return 0 < len(key) <= _LONGEST_KEY and key.isprintable()


def writable(key: str) -> bool:
    """Say whether BibTeX, biber and LaTeX can write this key: any script, without their special signs."""
    return not key_problem(key) and len(key) <= _LONGEST_KEY and key[0] not in "@*-"


def nearest(key: str, keys: Iterable[str], limit: int = 3) -> list[str]:
    """Return the keys probably meant, best first: in another case, then longer ones, then with few errors."""
    from difflib import SequenceMatcher

    wanted = key.casefold()
    pairs = _bigrams(wanted)
    ranked: list[tuple[float, str]] = []
    for candidate in keys:
        folded = candidate.casefold()
        other = _bigrams(folded)
        overlap = 2 * len(pairs & other) / ((len(pairs) + len(other)) or 1)
        swapped = len(folded) == len(wanted) and sorted(folded) == sorted(wanted)
        if folded == wanted or overlap >= 0.4 or swapped or _begins(folded, wanted):
            ranked.append((2.0 if folded == wanted else overlap, candidate))
    ranked.sort(key=lambda pair: (-pair[0], pair[1]))
    closest = []
    for overlap, candidate in ranked[:50]:
        folded = candidate.casefold()
        ratio = SequenceMatcher(None, wanted, folded, autojunk=False).ratio()
        if overlap == 2.0 or _begins(folded, wanted) or ratio >= 0.7:
            closest.append((overlap == 2.0, _begins(folded, wanted), ratio, candidate))
    closest.sort(key=lambda found: (not found[0], not found[1], -found[2], found[3]))
    return [candidate for *_, candidate in closest[:limit]]


def _begins(candidate: str, wanted: str) -> bool:
    """Tell whether one of two keys goes on from the other: watson1953 and watson1953molecular."""
    short, long = sorted((candidate, wanted), key=len)
    return len(short) >= (3 if short == wanted else 6) and long.startswith(short)


def title_words(reference: Reference) -> list[str]:
    """Return the significant words of the title, or of its English or romanised form, in lower-case ASCII."""
    return significant_words(*_latin_title(reference))


def significant_words(title: str, language: str = "") -> list[str]:
    """Split a title into words of lower-case ASCII without the stop words of `language`, a BCP 47 tag or "".

    A title of nothing but stop words keeps them. Chinese is written in pinyin, two characters a word; a word in
    another script that cannot be folded is left out.
    """
    tag = language.partition("-")[0].lower()
    title = plain(title)[:_LONGEST_TITLE]
    tag = "zh" if is_chinese(title, language) else tag
    words = list(_words(title, tag))
    stop = frozenset(STOP_WORDS[tag].split()) if tag in STOP_WORDS else _ANY
    named = [word for word in words if not word.isdigit()]
    if not named and ascii_fold(title).isascii():
        named = words
    return [word for word in named if word not in stop and len(word) > 1] or named


def _words(title: str, language: str) -> Iterator[str]:
    for chunk in re.split(r"[\s/\u2013\u2014:;,]+", title):
        folded = ascii_fold(chunk, language).lower()
        if not folded.isascii():
            # The letters between Han characters: "基于BERT的模型" is about BERT.
            for run in re.findall(f"[A-Za-z][A-Za-z0-9]+|{pinyin.HAN}+", chunk):
                if run.isascii():
                    yield run.lower()
                elif language == "zh":
                    yield from pinyin.words(run)
            continue
        folded = folded.replace("'", " " if language in _ELISIONS else "")
        yield from (word for part in folded.split() if (word := _compound(part)))


def is_chinese(text: str, declared: str = "") -> bool:
    """Say whether Han characters in a text are to be read as Chinese: nothing says Japanese or Korean."""
    return re.search(pinyin.HAN, text) is not None and language_of(text, declared).startswith("zh")


def _compound(word: str) -> str:
    """Join what hyphens join, "xray", "selfdriving"; of a long compound keep the beginning."""
    parts = [re.sub("[^a-z0-9]", "", part) for part in word.split("-")]
    joined = "".join(parts)
    return joined if len(joined) <= _LONGEST_COMPOUND else next((part for part in parts if len(part) > 1), joined)


def _latin_title(reference: Reference) -> tuple[str, str]:
    """Return the title and its language, or a variant in Latin script: English, else romanised, else any."""
    title, language = reference.text("title") or reference.text("container-title"), reference.text("language")
    if is_latin(title):
        return title, language
    variants = (
        (not variant.language.startswith("en"), variant.role != "romanised", variant.value, variant.language)
        for variant in reference.variants.get("title", ())
        if isinstance(variant.value, str) and is_latin(variant.value)
    )
    return min(variants, default=(True, True, title, language))[2:]


def _creator_part(reference: Reference) -> str:
    """Return the first creator's name as written if Latin, else in a Latin variant, else transliterated."""
    names = [*reference.creators[:1], *_variants_of_first(reference)]
    names.sort(key=lambda name: not is_latin(name.family or name.literal or name.given))
    return next((part.lower() for name in names if (part := cased_name(reference, name))), "")


def _variants_of_first(reference: Reference) -> Iterator[Name]:
    creators = reference.creators
    role = next((role for role, value in reference.fields.items() if value is creators and creators), "")
    for variant in sorted(reference.variants.get(role, ()), key=lambda variant: variant.role != "romanised"):
        if isinstance(variant.value, tuple):
            yield from variant.value[:1]


def cased_name(reference: Reference, name: Name) -> str:
    """Return a family name without its particles, or a word or the acronym of an organisation, in ASCII; "" for none.

    Han characters are read as Chinese where the work is, or where they are a Chinese surname and nothing says
    Japanese or Korean.
    """
    title = reference.text("title")
    language = reference.text("language")
    told = language_of(title, language) if not title.isascii() or language else ""
    if told in ("ja", "ko"):
        language = told
    if found := _chinese_surname(name, language, told.startswith("zh")):
        return found.capitalize()
    if name.literal:
        return _organisation_part(name.literal, language)
    words = (name.family or name.given)[:_LONGEST_TITLE].split()
    while len(words) > 1 and words[0].islower():
        del words[0]
    folded = ascii_fold("".join(words), language)
    return re.sub("[^A-Za-z0-9]", "", folded)[:_LONGEST_PART] if folded.isascii() else ""


def _chinese_surname(name: Name, language: str, chinese: bool) -> str:
    whole = name.literal or name.family or name.given
    if not is_chinese(whole, language):
        return ""
    if name.family and name.given:
        return pinyin.surname(name.family) if chinese or pinyin.is_surname(name.family) else ""
    known = pinyin.surname_of(whole) if chinese or pinyin.is_surname(whole) or len(whole) > 2 else ""
    return pinyin.surname(known) if known else ""


def _organisation_part(literal: str, language: str) -> str:
    """Return the acronym in "World Health Organization (WHO)", or else the first significant word."""
    literal = literal[:_LONGEST_TITLE]
    if acronym := re.search(r"\(([A-Z][A-Za-z&-]{1,11})\)", literal):
        return re.sub("[^A-Za-z0-9]", "", acronym[1])
    return next(iter(significant_words(literal, language)), "")[:_LONGEST_PART].capitalize()


def _year_part(reference: Reference) -> str:
    if (year := reference.year) is not None:
        return str(year) if year > 0 else f"{-year}bce"
    return stated_year(reference) or "nd"


def stated_year(reference: Reference) -> str:
    """Return the year that a date in words names, or ""."""
    issued = reference.date("issued")
    stated = re.search("[0-9]{4}", issued.literal) if issued else None
    return stated[0] if stated else ""


def free_key(key: str, taken: Container[str]) -> str:
    """Return a key that is not in `taken`: this one, or with a, b, ... z, aa after it.

    Letters are tried by doubling steps, then between the last two of them, so that a thousand works with one key cost
    twenty looks, not a thousand; where some were given up again, it need not be the first free one.
    """
    if key not in taken:
        return key
    held, free = 0, 1
    while key + _letters(free) in taken:
        held, free = free, 2 * free
    while free - held > 1:
        middle = (held + free) // 2
        held, free = (middle, free) if key + _letters(middle) in taken else (held, middle)
    return key + _letters(free)


def _letters(number: int) -> str:
    """Count a, b, ... z, aa, ab, ..."""
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("a") + digit) + letters
    return letters


def _bigrams(text: str) -> set[str]:
    return {text[index : index + 2] for index in range(max(len(text) - 1, 1))}

"""Terms, date formats and options of a language: locale files merged with a style's own overrides.

Order of the merge (CSL 1.0.2, "Locale Fallback"): en-US, the primary dialect, the dialect, then `cs:locale` of
the style without a language, with the language, with the dialect.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from refs.csl.style import Element, Style, parse_xml
from refs.errors import ParseError

PRIMARY_DIALECTS = {
    "af": "af-ZA", "ar": "ar", "bg": "bg-BG", "bn": "bn-BD", "bs": "bs-BA", "ca": "ca-AD", "cs": "cs-CZ",
    "cy": "cy-GB", "da": "da-DK", "de": "de-DE", "el": "el-GR", "en": "en-US", "es": "es-ES", "et": "et-EE",
    "eu": "eu", "fa": "fa-IR", "fi": "fi-FI", "fr": "fr-FR", "gl": "gl-ES", "he": "he-IL", "hi": "hi-IN",
    "hr": "hr-HR", "hu": "hu-HU", "id": "id-ID", "is": "is-IS", "it": "it-IT", "ja": "ja-JP", "km": "km-KH",
    "ko": "ko-KR", "la": "la", "lij": "lij-IT", "lt": "lt-LT", "lv": "lv-LV", "mn": "mn-MN", "ms": "ms-MY",
    "nb": "nb-NO", "nl": "nl-NL", "nn": "nn-NO", "no": "nb-NO", "pa": "pa-PK", "pl": "pl-PL", "pt": "pt-PT",
    "ro": "ro-RO", "ru": "ru-RU", "sk": "sk-SK", "sl": "sl-SI", "sq": "sq-AL", "sr": "sr-Latn-RS", "sv": "sv-SE",
    "sw": "sw-KE", "th": "th-TH", "tr": "tr-TR", "uk": "uk-UA", "vi": "vi-VN", "zh": "zh-CN", "zh-Hant": "zh-TW",
    "bal": "bal-PK", "brh": "brh-PK", "hy": "hy-AM", "tl": "tl-PH",
}  # fmt: skip

FORM_FALLBACK = {
    "verb-short": ("verb-short", "verb", "long"),
    "symbol": ("symbol", "short", "long"),
    "verb": ("verb", "long"),
    "short": ("short", "long"),
    "long": ("long",),
}

Forms = tuple[str, str]
ORDINAL = re.compile(r"ordinal(-\d\d)?$")
OPTIONS = ("punctuation-in-quote", "limit-day-ordinals-to-day-1")


@dataclass(frozen=True, slots=True)
class LocaleData:
    """What one `cs:locale` element says: terms, ordinal suffixes, genders, dates and options."""

    terms: dict[tuple[str, str], Forms]
    genders: dict[str, str]
    ordinals: dict[tuple[str, str], tuple[str, str]]
    long_ordinals: dict[tuple[str, str], str]
    dates: dict[str, Element]
    options: dict[str, bool]


@dataclass(slots=True)
class Locale:
    """The merged locale that a style prints with; `tag` is the language asked for."""

    tag: str
    terms: dict[tuple[str, str], Forms] = field(default_factory=dict)
    genders: dict[str, str] = field(default_factory=dict)
    ordinals: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    long_ordinals: dict[tuple[str, str], str] = field(default_factory=dict)
    dates: dict[str, Element] = field(default_factory=dict)
    options: dict[str, bool] = field(default_factory=dict)

    @property
    def punctuation_in_quote(self) -> bool:
        return self.options.get("punctuation-in-quote", False)

    @property
    def limit_day_ordinals(self) -> bool:
        return self.options.get("limit-day-ordinals-to-day-1", False)

    def term(self, name: str, form: str = "long", plural: bool = False) -> str | None:
        """Return a term in a form or the nearest form that exists; None when it is unknown."""
        for candidate in FORM_FALLBACK.get(form, (form, "long")):
            found = self.terms.get((name, candidate))
            if found is not None:
                return found[plural]
        return None

    @property
    def quotes(self) -> tuple[str, str, str, str]:
        """Return the outer and inner quotation marks, each opening and closing."""
        return (
            self.term("open-quote") or "“",
            self.term("close-quote") or "”",
            self.term("open-inner-quote") or "‘",
            self.term("close-inner-quote") or "’",
        )

    def ordinal_suffix(self, number: int, gender: str = "") -> str:
        """Return the suffix of a number ("nd" for 2), of a gender when the locale has one."""
        for digits in (f"{number % 100:02}", f"0{number % 10}"):
            for form in (gender, "") if gender else ("",):
                found = self.ordinals.get(("ordinal-" + digits, form))
                if found is not None and matches_ordinal(digits, found[1], number):
                    return found[0]
        for form in (gender, "") if gender else ("",):
            default = self.ordinals.get(("ordinal", form))
            if default is not None:
                return default[0]
        return self.old_ordinal(number)

    def old_ordinal(self, number: int) -> str:
        """Return the suffix by the scheme of CSL 1.0: 1, 2, 3 and, as the fourth, all others."""
        last = number % 10
        kind = last if 1 <= last <= 3 and number % 100 not in (11, 12, 13) else 4
        found = self.ordinals.get((f"ordinal-0{kind}", ""))
        return found[0] if found else ""

    def long_ordinal(self, number: int, gender: str = "") -> str | None:
        for form in (gender, "") if gender else ("",):
            found = self.long_ordinals.get((f"long-ordinal-{number:02}", form))
            if found:
                return found
        return None


def matches_ordinal(digits: str, match: str, number: int) -> bool:
    """Tell whether an ordinal term holds for a number, by its `match` attribute."""
    if not match:
        match = "last-digit" if digits[0] == "0" else "last-two-digits"
    if match == "whole-number":
        return number == int(digits)
    if match == "last-two-digits":
        return number % 100 == int(digits)
    return number % 10 == int(digits)


def read_locale(root: Element) -> LocaleData:
    """Read one `cs:locale` element."""
    data = LocaleData({}, {}, {}, {}, {}, {})
    for child in root.children:
        if child.tag == "terms":
            for term in child.children:
                read_term(term, data)
        elif child.tag == "term":
            read_term(child, data)
        elif child.tag == "date":
            data.dates[child.get("form")] = child
        elif child.tag == "style-options":
            for option in OPTIONS:
                if option in child.attrs:
                    data.options[option] = child.attrs[option] == "true"
    return data


def read_term(term: Element, data: LocaleData) -> None:
    name = term.get("name")
    form = term.get("form", "long")
    if ORDINAL.match(name):
        data.ordinals[(name, term.get("gender-form"))] = (term.text.strip(), term.get("match"))
        return
    if name.startswith("long-ordinal-"):
        data.long_ordinals[(name, term.get("gender-form"))] = term.text.strip()
        return
    if "gender" in term.attrs and form == "long":
        data.genders[name] = term.attrs["gender"]
    if "gender-form" in term.attrs:
        return
    single = multiple = term.text if not term.children else ""
    for child in term.children:
        if child.tag == "single":
            single = child.text
        elif child.tag == "multiple":
            multiple = child.text
    if name == "sub verbo":
        name = "sub-verbo"
    data.terms[(name, form)] = (single, multiple)


@lru_cache(maxsize=16)
def locale_data(tag: str) -> LocaleData | None:
    """Read the locale file of a tag; None when there is none."""
    from refs.csl.repository import locale_source

    source = locale_source(tag)
    return parse_locale(source, f"locales-{tag}.xml") if source is not None else None


def parse_locale(source: bytes, file: str) -> LocaleData:
    root = parse_xml(source, file)
    if root.tag != "locale":
        raise ParseError(f"{file}: not a CSL locale: the root element is <{root.tag[:40]}>")
    return read_locale(root)


def language_of(tag: str) -> str:
    """Return the primary language of a tag: "de" of "de-AT"."""
    return tag.replace("_", "-").partition("-")[0].lower()


def normal_tag(tag: str) -> str:
    """Write a tag as the locale files do: "DE_at" is "de-AT"; a script is named only where a file is."""
    language, *subtags = tag.replace("_", "-").split("-")
    language = language.lower()
    scripts = [part.title() for part in subtags if len(part) == 4]
    regions = [part.upper() for part in subtags if len(part) != 4]
    if language == "sr":  # the one language with a file for each of its scripts
        return f"sr-{(scripts or ['Latn'])[0]}-RS"
    if not regions:
        written = f"{language}-{scripts[0]}" if scripts else language
        return PRIMARY_DIALECTS.get(written) or PRIMARY_DIALECTS.get(language, language)
    return f"{language}-{regions[0]}"


def fallback(tag: str) -> list[str]:
    """Return the tags of the locale files that are laid over each other for a tag, the last on top."""
    tag = normal_tag(tag)
    language = language_of(tag)
    return list(dict.fromkeys(["en-US", PRIMARY_DIALECTS.get(language, language), tag]))


def merged_locale(tag: str, style: Style | None = None) -> Locale:
    """Return the locale of a tag, with a style's own overrides on top."""
    names = fallback(tag)
    tag = normal_tag(tag)
    language = language_of(tag)
    locale = Locale(tag)
    for name in names:
        data = locale_data(name)
        if data is not None:
            drop_forms(locale, {term for term, _ in data.terms})
            merge(locale, data)
    overrides = style.locales if style else []
    for wanted in ("", language, tag):
        for element in overrides:
            if element.get("xml:lang") == wanted:
                merge(locale, read_locale(element))
    return locale


def drop_forms(locale: Locale, names: set[str]) -> None:
    """Forget all forms of terms that another file defines: its own forms stand in for those it lacks."""
    locale.terms = {key: value for key, value in locale.terms.items() if key[0] not in names}


def merge(locale: Locale, data: LocaleData) -> None:
    """Lay one `cs:locale` over another; ordinals and their long forms are replaced as a whole."""
    locale.terms.update(data.terms)
    locale.genders.update(data.genders)
    locale.dates.update(data.dates)
    locale.options.update(data.options)
    if data.ordinals:
        locale.ordinals = dict(data.ordinals)
    locale.long_ordinals.update(data.long_ordinals)

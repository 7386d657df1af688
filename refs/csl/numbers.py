"""Numbers in fields: what counts as numeric, ordinals, Roman numerals, page ranges and plurals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from refs.csl.locale import Locale

NUMERIC = re.compile(
    r"\s*[^\W\d_]{0,9}\d+[^\W\d_]{0,9}(?:\s*(?:[-–—,&]|,\s*&)\s*[^\W\d_]{0,9}\d+[^\W\d_]{0,9})*\s*", re.UNICODE
)
ROMAN = re.compile(r"\s*[ivxlcdm]+(?:\s*[-–,&]\s*[ivxlcdm]+)*\s*|\s*[IVXLCDM]+(?:\s*[-–,&]\s*[IVXLCDM]+)*\s*")
GROUPED_DIGITS = r"(?<!\d)(?<!\d,)\d{1,3}(?:,\d{3})+(?!,?\d)"
GROUPED = re.compile(GROUPED_DIGITS)
GROUPED_OR_JOINT = re.compile(rf"{GROUPED_DIGITS}|\s*([-–—,&])\s*")
DIGITS = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def is_numeric(text: str) -> bool:
    """Tell whether a text consists of numbers alone, by the rules of `is-numeric`."""
    return NUMERIC.fullmatch(text) is not None


LOCATOR_JOINT = re.compile(r",?\s+(?:and|or|et|und|y|e|en|och|og|ja|i|a)\s+|\s*[;/]\s*")
SMALL_ROMAN = re.compile(r"\s*[ivxlcdm]+(?:\s*[-–,&]\s*(?:[ivxlcdm]+|\d+))*\s*")


def is_numeric_locator(text: str) -> bool:
    """Tell whether a locator consists of numbers; words and Roman numerals do no harm: "1 and 4", "iv–vi", "1; 3".

    Styles make labels depend on it, and citeproc-js counts these as numeric.
    """
    pieces = LOCATOR_JOINT.split(text)
    return all(is_numeric(piece) or SMALL_ROMAN.fullmatch(piece) is not None for piece in pieces)


def split_numbers(text: str) -> list[str]:
    """Part a text into numbers and the joints between them; grouped digits ("7,123,456") are one number."""
    pieces: list[str] = []
    start = 0
    for match in GROUPED_OR_JOINT.finditer(text):
        if match[1]:
            pieces += (text[start : match.start()], match[1])
            start = match.end()
    return [*pieces, text[start:]]


def ungroup(text: str) -> str:
    """Remove the commas inside grouped digits: 1,234 -> 1234."""
    return GROUPED.sub(lambda match: match[0].replace(",", ""), text)


def space_commas(text: str) -> str:
    """Put one space after each comma between numbers, none inside grouped digits."""
    return GROUPED_OR_JOINT.sub(lambda match: ", " if match[1] == "," else match[0], text)


def roman(number: int) -> str:
    """Write a number from 1 to 4999 in small Roman numerals; others stay in digits."""
    if not 0 < number < 5000:
        return str(number)
    pieces = []
    for value, letters in DIGITS:
        count, number = divmod(number, value)
        pieces.append(letters * count)
    return "".join(pieces)


def ordinal(number: int, locale: Locale, gender: str = "") -> str:
    return f"{number}{locale.ordinal_suffix(number, gender)}"


def long_ordinal(number: int, locale: Locale, gender: str = "") -> str:
    word = locale.long_ordinal(number, gender) if number <= 10 else None
    return word or ordinal(number, locale, gender)


@dataclass(frozen=True, slots=True)
class Number:
    """A number field taken apart: tokens alternate numbers and joints ("-", ",", "&")."""

    text: str
    tokens: tuple[str, ...]
    numeric: bool
    plural: bool


PLURAL_AND = re.compile(r"\d\s*(?:,?\s*(?:and|&|et|und|y|e|en|och|og|ja|i|a)\s|[-–—,;])\s*[^\W\d_]{0,3}\d", re.UNICODE)
PLAIN_RANGE = re.compile(r"\s*[\w.]+\s*[-–]\s*[\w.]+\s*")
LABELS = re.compile(r"\b[a-z]{1,8}\.\s*\d")


def parse_number(text: str) -> Number:
    """Split the text of a number field; a field that is not numeric is one token."""
    if text.isdecimal():
        return Number(text, (text,), True, False)
    numeric = is_numeric(text)
    if not numeric:
        return Number(text, (text,), False, False)
    tokens = tuple(split_numbers(text.strip()))
    return Number(text, tokens, True, len(tokens) > 1)


def is_plural(text: str) -> bool:
    """Tell whether a locator or page names several numbers: "1-3", "2 & 4", "12, 15", "iv–vi"."""
    plain = ungroup(text.replace("\\-", ""))
    label = LABELS.search(plain)
    if label and label.start():
        plain = plain[: label.start()]
    elif label:
        plain = ""
    if PLURAL_AND.search(plain) or PLAIN_RANGE.fullmatch(plain):
        return True
    if ROMAN.fullmatch(plain) and len(split_numbers(plain.strip())) > 1:
        return True
    tokens = [token for token in split_numbers(plain) if token.strip()]
    numbers = tokens[::2]
    return (
        len(numbers) > 1
        and "/" not in plain
        and all(any(c.isdigit() for c in token) or SMALL_ROMAN.fullmatch(token) for token in numbers)
    )


# Page ranges (CSL 1.0.2, appendix V).

LEAD = r"((?:\d+[^\W\d_]+|[^\W\d_]+)?)"
END = rf"({GROUPED_DIGITS}|\d+[a-z]*)"
RANGE = re.compile(rf"(?<![^\s,(\[]){LEAD}{END}\s*[-–]\s*{LEAD}{END}(?![^\s,)\];.])")
ROMAN_RANGE = re.compile(r"(?<![^\s,(\[])([ivxlcdm]+)\s*[-–]\s*([ivxlcdm]+)(?![^\s,)\];.])", re.IGNORECASE)


def page_range(text: str, form: str, delimiter: str) -> str:
    """Rewrite the ranges of a page field in one of the formats of `page-range-format`."""

    def change(match: re.Match[str]) -> str:
        lead, first, lead2, second = match.groups()
        if lead2 != lead:
            return f"{lead}{first}-{lead2}{second}"
        full = expand(first, second)
        if not (first.isdecimal() and full.isdecimal() and len(full) < 19 and len(first) < 19):
            if form.startswith("minimal"):
                full = changed_part(first, full, 1 if form == "minimal" else 2)
            return f"{lead}{first}{delimiter}{lead2}{full}"
        if not form or int(full) < int(first):
            return f"{lead}{first}{delimiter}{lead2}{second}"
        return f"{lead}{first}{delimiter}" + (lead if form == "expanded" else "") + shorten(first, full, form)

    return ROMAN_RANGE.sub(rf"\1{delimiter}\2", RANGE.sub(change, text))


def expand(first: str, second: str) -> str:
    """Complete a shortened second number: 42-5 -> 45."""
    return first[: len(first) - len(second)] + second if len(second) < len(first) else second


def shorten(first: str, full: str, form: str) -> str:
    """Leave out of the second number what a format does not repeat; equal numbers stay whole."""
    if first == full or len(full) != len(first) or form == "expanded":
        return full
    if form == "minimal":
        return changed_part(first, full, 1)
    if form == "minimal-two":
        return changed_part(first, full, 2)
    number = int(first)
    if number < 100 or number % 100 == 0:
        return full
    if number % 100 < 10:
        return changed_part(first, full, 1)
    short = changed_part(first, full, 2)
    if form != "chicago-16" and len(first) == 4 and len(short) >= 3:
        return full
    return short


def changed_part(first: str, full: str, least: int) -> str:
    """Return the digits of the second number that differ from the first, at least so many."""
    index = 0
    while index < len(full) - least and full[index] == first[index]:
        index += 1
    return full[index:]

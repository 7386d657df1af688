"""Dates: ISO 8601-2 level 1 (EDTF), as BibLaTeX uses it, and free text, to and from the model's Date.

EDTF counts years astronomically (0000 is 1 BCE), the model and CSL historically (-1 is 1 BCE): `parse_date`
and `to_edtf` convert. Uncertain (`?`), approximate (`~`) and both (`%`) are one thing to CSL, `circa`; an
unknown and an open end of a range are one thing too.
"""

from __future__ import annotations

import re
from functools import lru_cache

from refs.model import Date

MONTHS = (
    ("january", "janvier", "januar", "enero", "gennaio", "janeiro", "januari", "январь", "января", "styczeń"),
    (
        "february",
        "février",
        "fevrier",
        "februar",
        "febrero",
        "febbraio",
        "fevereiro",
        "февраль",
        "февраля",
        "luty",
    ),
    ("march", "mars", "märz", "maerz", "marzo", "março", "maart", "март", "марта", "marzec"),
    ("april", "avril", "abril", "aprile", "апрель", "апреля", "kwiecień"),
    ("may", "mai", "mayo", "maggio", "maio", "mei", "май", "мая", "maj"),
    ("june", "juin", "juni", "junio", "giugno", "junho", "июнь", "июня", "czerwiec"),
    ("july", "juillet", "juli", "julio", "luglio", "julho", "июль", "июля", "lipiec"),
    ("august", "août", "aout", "agosto", "augustus", "augusti", "август", "августа", "sierpień"),
    ("september", "septembre", "septiembre", "settembre", "setembro", "сентябрь", "сентября", "wrzesień"),
    ("october", "octobre", "oktober", "octubre", "ottobre", "outubro", "октябрь", "октября", "październik"),
    ("november", "novembre", "noviembre", "novembro", "ноябрь", "ноября", "listopad"),
    (
        "december",
        "décembre",
        "decembre",
        "dezember",
        "diciembre",
        "dicembre",
        "dezembro",
        "декабрь",
        "декабря",
    ),
)
SEASONS = (
    ("spring", "printemps", "frühling", "frühjahr", "primavera", "весна"),
    ("summer", "été", "sommer", "verano", "estate", "verão", "лето"),
    ("autumn", "fall", "automne", "herbst", "otoño", "autunno", "outono", "осень"),
    ("winter", "hiver", "invierno", "inverno", "зима"),
)
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LONGEST = 80
OPEN = frozenset({"", "..", "open", "unknown", "*"})

_EDTF = re.compile(r"([+-]?\d{4}|[Yy][+-]?\d{5,9})(?:-(\d\d)(?:-(\d\d))?)?(?:[T ]\d\d:\d\d[\d:.,+Z-]*)?([?~%]{0,2})")
_UNSPECIFIED = re.compile(
    r"(-?)(\d{1,3})([XxUu]{1,3})(?:-[XxUu]{2}){0,2}([?~%]?)|(-?\d{4})(-\d\d)?-[XxUu]{2}(?:-[XxUu]{2})?"
)
_CIRCA = re.compile(r"(?:ca?\.|ca\b|circa\b|около\b|um\b|vers\b)\s*(?=\w)", re.IGNORECASE)
_COPYRIGHT = re.compile(r"(?:c|©|cop\.)\s*(?=\d{4}$)", re.IGNORECASE)
_YEARS = re.compile(r"(\d{3,4})\s*(?:-{1,3}|[–—/])\s*(\d{4}|\d\d)")
_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_SLASHED = re.compile(r"(\d{4})[./-](\d{1,2})(?:[./-](\d{1,2}))?")
_MONTHLY = re.compile(r"(\d{1,2})[./ -](\d{4})")
_CLOCK = re.compile(r"(?<=\d),?[ T]\d{1,2}:\d\d\S*$")
_COMPACT = re.compile(r"([12]\d{3})(\d\d)(\d\d)")
_WORD = re.compile(r"\d+|[^\W\d_]+")
_ERA = re.compile(r"(\d{1,4})\s*(?:bce?|b\.\s?c\.(?:\s?e\.)?|до н\. ?э\.|v\. ?chr\.)", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_IGNORED = frozenset({"of", "de", "del", "den", "г", "the", "and", "und", "et", "y", "e", "di", "к"})


def parse_date(text: str) -> Date:
    """Return the date a text names, never raising: what is no date is its `literal`.

    Understands EDTF level 1 with seasons, open ranges and unspecified digits (`199X` is circa 1990 to 1999),
    dates in words ("12 Jan 1998", "Spring 2004", "1998/99", "43 BC"), and `c1995`, which cataloguers write for
    a copyright date. Day and month of "3/12/1998" cannot be told apart, so it stays a literal.
    """
    text = " ".join(text.split())
    return (_known(text) if len(text) <= LONGEST else None) or Date(literal=text)


@lru_cache(maxsize=4096)
def _known(text: str) -> Date | None:
    return parse_edtf(text) or _free_text(text)


def parse_edtf(text: str) -> Date | None:
    """Return the date of an ISO 8601-2 level 1 text, or None."""
    start, slash, end = text.partition("/")
    if not slash:
        return _single(text)
    first = Date(((),)) if start.strip() in OPEN else _single(start.strip())
    last = Date(((),)) if end.strip() in OPEN else _single(end.strip())
    if first is None or last is None or first.season or last.season or not (first.year or last.year):
        return None
    if len(first.parts) > 1 or len(last.parts) > 1:
        return None
    return Date(first.parts + last.parts, circa=first.circa or last.circa)


def _single(text: str) -> Date | None:
    """Return a date or a date with unspecified digits: 2004-06, 2004-21, 1723~, 199X."""
    match = _EDTF.fullmatch(text)
    if match is None:
        return _unspecified(text)
    year = _historical(int(match[1].lstrip("Yy")))
    numbers = [int(number) for number in match.groups()[1:3] if number]
    circa = bool(match[4])
    if numbers and 21 <= numbers[0] <= 24:
        return Date(((year,),), season=numbers[0] - 20, circa=circa) if len(numbers) == 1 else None
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return Date(((year, *numbers),), circa=circa) if _valid(numbers) else None


def _valid(numbers: list[int]) -> bool:
    """Tell whether [month[, day]] exist, 29 February in any year."""
    if not numbers:
        return True
    return 1 <= numbers[0] <= 12 and (len(numbers) == 1 or 1 <= numbers[1] <= DAYS[numbers[0] - 1])


def _unspecified(text: str) -> Date | None:
    match = _UNSPECIFIED.fullmatch(text)
    if match is None:
        return None
    if match[5]:
        month = int(match[6][1:]) if match[6] else 0
        part = (_historical(int(match[5])), *((month,) if month else ()))
        return Date((part,)) if _valid([month] if month else []) else None
    if len(match[2]) + len(match[3]) != 4 or match[1]:
        return None
    zeros = len(match[3])
    first = int(match[2]) * 10**zeros
    return Date(((_historical(first),), (first + 10**zeros - 1,)), circa=True)


def _historical(year: int) -> int:
    return year if year > 0 else year - 1


def _free_text(text: str) -> Date | None:
    circa = _CIRCA.match(text)
    if circa:
        rest = _known(text[circa.end() :])
        return Date(rest.parts, rest.season, True) if rest else None
    if text.startswith("[") and text.endswith("]"):
        return _known(text[1:-1])
    if copyright_year := _COPYRIGHT.match(text):
        return _known(text[copyright_year.end() :])
    if match := _ERA.fullmatch(text):
        return Date(((-int(match[1]),),))
    if text.isascii() and text.isdecimal() and len(text) == 3:
        return Date(((int(text),),))
    text = _CLOCK.sub("", text)
    return _numeric(text) or _in_words(text)


def _numeric(text: str) -> Date | None:
    """Read "1998--1999", "1998-99", "12.03.1998", "25/12/1998", "1998/3/12", "3/1998", "19980312"."""
    if match := _COMPACT.fullmatch(text):
        return parse_edtf("-".join(match.groups()))
    if match := _SLASHED.fullmatch(text):
        numbers = [int(number) for number in match.groups()[1:] if number]
        if _valid(numbers) and (len(numbers) == 2 or "/" not in text):
            return Date(((int(match[1]), *numbers),))
    if (match := _MONTHLY.fullmatch(text)) and _valid([int(match[1])]):
        return Date(((int(match[2]), int(match[1])),))
    if match := _YEARS.fullmatch(text):
        first, last = match[1], match[2]
        last = first[: len(first) - len(last)] + last
        return Date(((int(first),), (int(last),))) if int(first) < int(last) else None
    if not (match := _NUMERIC.fullmatch(text)):
        return None
    one, two, year = int(match[1]), int(match[3]), int(match[4])
    # only German, Russian and their neighbours write dots, and they put the day first
    if match[2] == "." or one > 12 or one == two:
        return Date(((year, two, one),)) if _valid([two, one]) else None
    return Date(((year, one, two),)) if two > 12 and _valid([one, two]) else None


def _in_words(text: str) -> Date | None:
    """Read a year with months or a season and days, in any order: "Jan--Feb 1998", "12 January 1998"."""
    years: list[int] = []
    months: list[int] = []
    days: list[int] = []
    season = 0
    for word in _WORD.findall(_ORDINAL.sub("", text)):
        if word.isdecimal():
            if len(word) > 4 or not word.isascii():
                return None
            (years if len(word) > 2 else days).append(int(word))
        elif month := month_number(word):
            months.append(month)
        elif found := season_number(word):
            season = found if not season else 5
        elif word.lower() not in _IGNORED:
            return None
    if len(years) != 1 or len(months) > 2 or len(days) > 2 or season > 4 or not (months or season):
        return None
    if season:
        return None if months or days else Date(((years[0],),), season=season)
    return _ordered(years[0], months, days)


def _ordered(year: int, months: list[int], days: list[int]) -> Date | None:
    """Pair months with days: one month may have two days, two months one day each or none."""
    if len(days) == 2 and len(months) == 1:
        months *= 2
    elif days and len(days) != len(months):
        return None
    pairs = list(zip(months, days, strict=True)) if days else [(month,) for month in months]
    if not all(_valid(list(pair)) for pair in pairs) or sorted(pairs) != pairs:
        return None
    return Date(tuple((year, *pair) for pair in pairs))


@lru_cache(maxsize=512)
def month_number(word: str) -> int:
    """Return 1 to 12 for a month's name or its first three letters or more, 0 for another word."""
    return _numbered(word, MONTHS)


def season_number(word: str) -> int:
    """Return 1 (spring) to 4 (winter), or 0 for another word."""
    return _numbered(word, SEASONS)


def _numbered(word: str, table: tuple[tuple[str, ...], ...]) -> int:
    start = word.lower().rstrip(".")
    if start == "sept":
        return 9
    fits = [i for i, names in enumerate(table, 1) if any(name.startswith(start) for name in names)]
    return fits[0] if len(start) >= 3 and len(fits) == 1 else 0


def to_edtf(date: Date) -> str:
    """Return ISO 8601-2 level 1 text that `parse_date` reads back, or the literal."""
    if date.literal or not date.parts:
        return date.literal
    if date.season:
        return f"{_astronomical(date.parts[0][0])}-{20 + date.season}{'~' if date.circa else ''}"
    if date.circa and len(date.parts) == 2 and (mask := _mask(date.parts)):
        return mask
    mark = "~" if date.circa else ""
    ends = [_iso(part) + mark if part else ".." for part in date.parts]
    return "/".join(ends)


def _iso(part: tuple[int, ...]) -> str:
    return "-".join((_astronomical(part[0]), *(f"{number:02d}" for number in part[1:])))


def _astronomical(year: int) -> str:
    if year < 0:
        year += 1
    sign = "-" if year < 0 else ""
    return f"{sign}{abs(year):04d}" if abs(year) <= 9999 else f"Y{year}"


def _mask(parts: tuple[tuple[int, ...], ...]) -> str:
    """Return 199X for 1990 to 1999 and 19XX for 1900 to 1999, or ""."""
    if len(parts[0]) != 1 or len(parts[1]) != 1 or parts[0][0] < 0:
        return ""
    first, last = parts[0][0], parts[1][0]
    for zeros in (1, 2, 3):
        span = int(10**zeros)
        if first % span == 0 and last == first + span - 1 and last <= 9999:
            return f"{first:04d}"[:-zeros] + "X" * zeros
    return ""

"""The values of single .bib fields -> text or date: addresses, pages, editions, months, titles and their parts."""

from __future__ import annotations

import re

from refs import languages
from refs.dates import month_number, parse_date, season_number
from refs.formats.bibfields import COUNTRIES, EDITIONS, MEANT_OTHERWISE, SERIES
from refs.formats.latex import decode_plain
from refs.model import Date

URL = re.compile(r"\s*\\(?:url|href|path|nolinkurl)\s*\{([^{}]*)\}\.?\s*|\s*(https?://\S+)\s*")
ESCAPED = re.compile(r"\\([_%&#~$^])(?:\{\})?|\{\\([_%&#~])\}|\{?\\textasciitilde ?(?:\{\})?\}?|\$\\sim\$|\\(?=-)")
EDITION = re.compile(r"(\d+)(?:st|nd|rd|th|\.)?(?:\s*(?:edition|edn\.?|ed\.?|aufl(?:age|\.)|изд\.))?", re.IGNORECASE)
ORDINALS = {word.lower(): str(number) for number, word in enumerate(EDITIONS, 1)}
ENDS_TITLE = ("?", "!", ":", ".", "–", "—")


def joined(title: str, more: str, separator: str) -> str:
    """Return a title with its subtitle or addition; a title that ends with a sign needs no other."""
    return f"{title} {more}" if title.endswith(ENDS_TITLE) else f"{title}{separator}{more}"


def date_text(value: str) -> str:
    """Return the text of a date, in which `~` is EDTF's sign and no tie."""
    return decode_plain(value) if "\\" in value else " ".join(value.replace("{", "").replace("}", "").split())


def is_translation(title: str, addition: str) -> bool:
    """Tell whether an addition repeats the title in another language: in brackets, or in another script."""
    script, other = languages.script(title), languages.script(addition)
    bracketed = addition.startswith("[") and addition.endswith("]") and len(addition.split()) > 1
    return bool(script and other and script != other) or bracketed


def with_month(date: Date, month: str, day: str) -> Date | None:
    """Return the date with what a `month` field says: a number, a name, two of them, a name with a day, a season."""
    year = date.parts[0][0]
    number = int(month) if month.isdecimal() and len(month) < 3 else month_number(month)
    if 1 <= number <= 12:
        days = (int(day),) if day.isdecimal() and len(day) < 3 and 1 <= int(day) <= 31 else ()
        return Date(((year, number, *days),), circa=date.circa)
    if season := season_number(month):
        return Date(((year,),), season=season, circa=date.circa)
    if match := re.fullmatch(r"(\d{1,2})\s*(?:/|[-–—]+)\s*(\d{1,2})", month):
        first, last = int(match[1]), int(match[2])
        return Date(((year, first), (year, last))) if 1 <= first < last <= 12 else None
    full = parse_date(f"{month} {year}")
    return full if full.parts else None


def url_text(value: str) -> str:
    """Return the address of a `url` field, without `\\url{}` and the backslashes that TeX users put into it."""
    url = " ".join((url_in(value) or value).split())
    if not re.search(r"[\\{}$]", url):
        return url
    url = ESCAPED.sub(lambda m: m[1] or m[2] or ("~" if "sim" in m[0] or "tilde" in m[0] else ""), url)
    return decode_plain(url) if re.search(r"[\\{}]", url) else url


def url_in(value: str) -> str:
    match = URL.fullmatch(value)
    return (match[1] or match[2] or "").strip() if match else ""


def pages(text: str) -> str:
    """Return pages as CSL has them: a hyphen in a range, and a dash there when a number holds a hyphen itself."""
    if "-" not in text and "–" not in text and "—" not in text:
        return text
    tight = re.sub(r"\s*([-–—])(?:\s*[-–—])*\s*", r"\1", text).replace("—", "–")
    if "–" not in tight:
        return tight
    parts = re.split("([,;&])", tight)
    return "".join(part if "-" in part and "–" in part else part.replace("–", "-") for part in parts)


def edition(text: str) -> str:
    """Return the number of an edition written as an ordinal, or the text."""
    word = re.sub(r"(?i)\s+(?:edition|ed\.?)$", "", text).lower()
    match = EDITION.fullmatch(text)
    return ORDINALS.get(word) or (match[1] if match else text)


def series(text: str) -> str:
    """Return the series that one of BibLaTeX's keys names."""
    return SERIES.get(text.lower(), text)


def countries(text: str) -> str:
    """Return the names of the countries for BibLaTeX's keys: "countryfr and countryuk"."""
    return "; ".join(COUNTRIES[key] for key in text.split(" and ")) if _all_countries(text) else text


def _all_countries(text: str) -> bool:
    return all(key in COUNTRIES for key in text.split(" and "))


REFINED = {"page": pages, "edition": edition, "collection-title": series, "jurisdiction": countries}
KEYED = frozenset({"collection-title", "jurisdiction"})
"""The variables whose refined text does not say what stood in the file."""


def csl_name(variable: str) -> str:
    """Return the field for a variable that BibLaTeX has none for: CSL's own name, marked where that has a meaning."""
    name = variable.lower()
    return f"csl-{name}" if name in MEANT_OTHERWISE else name


def balanced(value: str) -> bool:
    """Tell whether a value can stand between braces: BibTeX counts every brace."""
    depth = 0
    for char in re.findall(r"[{}]", value):
        depth += 1 if char == "{" else -1
        if depth < 0:
            return False
    return depth == 0

"""Small fields in the forms that registries send, brought to one: pages, numbers, dates, ISSN, ISBN."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from refs import identifiers, text
from refs.model import Date

PLACEHOLDERS = frozenset(
    "n/a n/a-n/a na - -- ? 0 0-0 00-00 null none undefined nil ahead-of-print ahead-of-print-ahead-of-print "
    "online in-press no-no noupdate &na;".split()
)


def clean(value: Any) -> str:
    """Return a registry's text as one line without markup, "" for what is no text."""
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str) and one.strip()), "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    return value if value.isascii() and value.isalnum() else text.plain(text.rich(value))


def number(value: Any) -> str:
    """Return a volume, issue or edition, "" for a placeholder; "Vol. 12" is "12"."""
    found = re.sub(r"(?i)^(?:vol(?:ume)?|no|issue|iss|nr|ed|т|том|№)\b\.?\s*(?=\S*\d)", "", clean(value))
    return "" if found.lower().replace(" ", "-") in PLACEHOLDERS else found


def pages(value: Any) -> str:
    """Return pages as "12-34", "e1004" or a list "1-3, 7"; "1716-9" is "1716-1719", "5b-5" is "5b"."""
    found = re.sub(r"\s*[-‐‑‒–—−－~]+\s*", "-", clean(value)).replace("、", ", ")
    found = re.sub(r"(?i)^(?:pages?|pp?|s|с|стр)\b\.?:?\s*(?=[\divxlce])", "", found).strip(" -.,;:")
    if found.lower() in PLACEHOLDERS:
        return ""
    half = found[: len(found) // 2]
    if found == f"{half}-{half}":
        return half
    match = re.fullmatch(r"([^-,;\s]+)-([^-,;\s]+)", found)
    if not match:
        return found
    first, last = match.groups()
    if re.fullmatch(rf"{re.escape(last)}[a-z]", first):
        return first  # "1348a-1348": the part of one page
    if first.isdecimal() and last.isdecimal() and len(last) < len(first):
        whole = first[: len(first) - len(last)] + last
        return f"{first}-{whole}" if int(whole) > int(first) else found
    return found


def date(value: Any) -> Date | None:
    """Return the date of a `{"date-parts": [[2006, 2, 27]]}`, None for `[[null]]`; a day no month has is dropped."""
    rows = value.get("date-parts") if isinstance(value, Mapping) else None
    row = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    numbers: list[int] = []
    for part, (low, high) in zip(row, ((1, 9999), (1, 12), (1, 31)), strict=False):
        found = int(part) if isinstance(part, int) or (isinstance(part, str) and part.isdecimal()) else 0
        if not low <= found <= high:
            break
        numbers.append(found)
    return Date((tuple(numbers),)) if numbers else None


def issns(values: Iterable[Any]) -> str:
    """Return the valid ISSNs, each once, divided by blanks."""
    found = (identifiers.normal("issn", f"issn {value}") for value in values if isinstance(value, str))
    return " ".join(dict.fromkeys(one for one in found if re.fullmatch(r"(?!0000-0000)\d{4}-\d{3}[\dX]", one)))


def isbns(values: Iterable[Any]) -> str:
    """Return the valid ISBNs with 13 digits, each once, divided by blanks."""
    found = (identifiers.normal("isbn", value.rpartition("/")[2]) for value in values if isinstance(value, str))
    return " ".join(dict.fromkeys(one for one in found if re.fullmatch(r"97[89]\d{10}", one)))

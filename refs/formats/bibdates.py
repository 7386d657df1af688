"""Dates of a .bib entry, read and written: `date` and its kin, and BibTeX's `year`, `month` and `day`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from refs.dates import parse_date, to_edtf
from refs.formats import bibfields as tables
from refs.formats.bibvalues import balanced, csl_name, date_text, with_month
from refs.formats.latex import decode, decode_plain
from refs.model import Date

if TYPE_CHECKING:
    from refs.formats.bibread import Work
    from refs.formats.bibwrite import EntryWriter

REPRINTED = re.compile(r"\[(\d{4})\]\s*(\d{4})")  # the year of the original before that of the edition
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def read_issued(work: Work) -> None:
    """Read the date of publication: `date` wins over `year` and `month`, which stay when they say something else."""
    left = work.left
    if "date" in left:
        date = parse_date(date_text(left["date"]))
        if not date.parts and "year" in left:
            _set_year_with(work, date.literal)
        else:
            read_date(work, "issued", "date")
            if "year" in left and decode_plain(left["year"]) == str(date.year):
                del left["year"]
            month = decode_plain(left.get("month", "")).strip(" .,")
            if month and with_month(Date(((date.year or 2000,),)), month, ""):
                del left["month"]
                left.pop("day", None)
    if "year" in left and "issued" not in work.fields:
        _read_year(work)
    elif "month" in left and "issued" not in work.fields and "year" not in left:
        work.extra["month"] = left.pop("month")


def _set_year_with(work: Work, more: str) -> None:
    """Set the date from a year and a `date` that names no year: "DEC", "NOV 9"."""
    date = parse_date(date_text(work.left["year"]))
    full = with_month(date, more.strip(), "") if len(date.parts) == 1 and len(date.parts[0]) == 1 else None
    if full:
        work.fields["issued"] = full
        work.left.pop("date")
        work.left.pop("year")
        if with_month(date, decode_plain(work.left.get("month", "")) or "-", ""):
            work.left.pop("month")


def read_date(work: Work, variable: str, name: str) -> None:
    """Set a date variable from a field; one that is taken leaves the field in `extra`."""
    value = work.left.pop(name)
    text = date_text(value)
    if text and variable not in work.fields:
        date = work.fields[variable] = parse_date(text)
        if to_edtf(date) != text:
            work.extra[name] = value
    elif text:
        work.extra[name] = value


def _read_year(work: Work) -> None:
    value = work.left.pop("year")
    text, own = work.reader.text(value, False)
    text = text.strip("() ")
    if match := REPRINTED.fullmatch(text):
        text, own = match[2], True
        work.left.setdefault("origdate", match[1])
    month = decode_plain(work.left.get("month", "")).strip(" .,")
    day = decode_plain(work.left.get("day", "")).strip()
    date = parse_date(text)
    if not date.parts and (match := re.fullmatch(r"(\d{4})[a-z]", text)):
        date, own = Date(((int(match[1]),),)), True
    yearly = len(date.parts) == 1 and len(date.parts[0]) == 1 and not date.season
    if month and yearly and (full := with_month(date, month, day)):
        date = full
        del work.left["month"]
        work.left.pop("day", None)
    if text:
        work.fields["issued"] = date
    if own:
        work.extra["year"] = value


def write_issued(entry: EntryWriter) -> None:
    """Write the date of publication in the fields of the dialect."""
    date = entry.left.pop("issued", None)
    if not isinstance(date, Date):
        return
    if "month" in entry.own and with_month(Date(((2000,),)), decode_plain(entry.own["month"]), ""):
        del entry.own["month"]  # it would be read with the year, which is another one by now
    plain = len(date.parts) == 1 and not (date.season or date.circa or date.literal) and (date.year or 0) > 99
    own = entry.own.get("year", "")
    own = own if "date" not in entry.own and balanced(own) and str(date.year) in decode(own)[0] else ""
    if entry.biblatex and date.parts and not (plain and own):
        if own:
            del entry.own["year"]
        write_date(entry, "date", date)
        return
    if not date.parts or date.literal:
        entry.put("year" if entry.dialect.words else "issued", date.literal)
        return
    entry.out["year"] = own or str(date.year)
    if not plain:
        write_date(entry, "date", date)
        return
    part = date.parts[0]
    if own and parse_date(decode_plain(own).strip("() ")) == date and len(part) > 1:
        return
    if len(part) > 1:
        entry.out["month"] = MONTHS[part[1] - 1]
    if len(part) > 2:
        entry.out["day"] = str(part[2])


def write_date(entry: EntryWriter, name: str, date: Date) -> None:
    """Write a date, as the user wrote it as long as that still means it."""
    own = entry.own.get(name)
    readable = _readable(entry, date)
    if own is not None and balanced(own) and parse_date(date_text(own)) == date == readable:
        entry.out[name] = own
    elif date.literal:
        entry.out[name if entry.dialect.words else csl_name(tables.DATES.get(name, name))] = entry.encode(date.literal)
    else:
        entry.out[name] = to_edtf(readable)


def _readable(entry: EntryWriter, date: Date) -> Date:
    """Return as much of a date as the program reads."""
    if date.season and not entry.dialect.seasons:
        return replace(date, season=None)
    if not entry.dialect.open_dates and () in date.parts:
        return replace(date, parts=tuple(part for part in date.parts if part))
    if not entry.dialect.open_dates and date.circa and len(date.parts) == 2:
        return replace(date, circa=False)  # or it would be written as 199X
    return date

"""The rules on journals that a table of journals or the word rules of ISO 4 decide, without a registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from refs import journals
from refs.checking import Finding, comparing
from refs.journals import Journals
from refs.model import Reference

TABLE = "the table of journals"


def check(reference: Reference, shelf: Journals) -> Iterator[Finding]:
    """Yield an ISSN that the table gives to another journal, and an abbreviation that is not the journal's own."""
    name = reference.text("container-title")
    if reference.type not in journals.SERIALS or not name:
        return
    known = [shelf.titles[issn] for issn in journals.issns(reference) if issn in shelf.titles]
    names = [title for one in known for title in (one.full, one.abbreviated) if title]
    if names and not any(comparing.same_container(name, title) for title in names):
        message = f"{reference.text('ISSN')} is the ISSN of {names[0]}, not of {name}"
        written = reference.text("ISSN")
        yield Finding("issn-differs", reference.key, message, "ISSN", written=written, found=names[0], source=TABLE)
        return
    yield from abbreviation(reference, next((one.full for one in known if one.full), ""), shelf)


def abbreviation(reference: Reference, full: str, shelf: Journals) -> Iterator[Finding]:
    """Yield an abbreviated name that is not what the table or ISO 4 makes of the full one; points do not matter."""
    name = reference.text("container-title")
    if not full or not journals.is_abbreviated(name):
        return
    fields = {**reference.fields, "container-title": full, "container-title-short": ""}
    wanted = shelf.named(replace(reference, fields=fields), "abbreviated")
    if wanted and journals.is_abbreviated(wanted) and _letters(wanted) != _letters(name):
        message = f"{name!r} is {wanted!r} by ISO 4"
        yield Finding(
            "journal-abbreviation", reference.key, message, "container-title", written=name, found=wanted, source=TABLE
        )


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()

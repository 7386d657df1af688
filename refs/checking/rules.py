"""The rules that look at a reference alone, or at one beside its neighbours: no registry is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from refs import duplicates, identifiers
from refs.checking import Finding
from refs.errors import NotAnIdentifier
from refs.model import DATE_VARIABLES, Name, Reference
from refs.text import plain

NEEDED: dict[str, tuple[str, ...]] = {
    "article-journal": ("title", "creator", "container-title", "issued"),
    "article-magazine": ("title", "container-title", "issued"),
    "article-newspaper": ("title", "container-title", "issued"),
    "book": ("title", "creator", "issued", "publisher"),
    "chapter": ("title", "creator", "container-title", "issued"),
    "paper-conference": ("title", "creator", "container-title", "issued"),
    "thesis": ("title", "creator", "issued", "publisher"),
    "report": ("title", "creator", "issued"),
    "webpage": ("title", "URL"),
    "dataset": ("title", "creator", "issued"),
    "patent": ("title", "creator", "issued", "number"),
}
"""The fields that every style prints for a type; a creator is anyone the work is filed under."""

UNSAFE = re.compile(
    r"\\(?:input|include|openin|openout|read|write(?:18)?|immediate|special|catcode|csname|def|edef|gdef|xdef|let|"
    r"newcommand|renewcommand|loop|directlua|latelua|usepackage|jobname|everypar|aftergroup|uppercase\s*\{\\)"
    r"(?![A-Za-z])|\^\^[0-9a-f]{2}"
)
VERBATIM = frozenset("url doi file eprint pdf urlraw verba verbb verbc howpublished".split())
CASED = 12  # letters from which capitals throughout are no acronym


def check(reference: Reference, year: int) -> Iterator[Finding]:
    """Yield what the rules find in one reference; `year` is the current one."""
    for rule in ALONE:
        yield from rule(reference, year)


def _missing(reference: Reference, _: int) -> Iterator[Finding]:
    for name in NEEDED.get(reference.type, ("title",)):
        if name == "creator" and (reference.creators or reference.text("authority")):
            continue
        if name != "creator" and reference.fields.get(name):
            continue
        wanted = "author or editor" if name == "creator" else name
        yield Finding("missing-field", reference.key, f"{reference.type} without {wanted}", name)


def _doi(reference: Reference, _: int) -> Iterator[Finding]:
    doi = reference.text("DOI")
    if not doi:
        return
    try:
        found = identifiers.parse(doi if doi.lower().startswith(("doi", "http")) else f"doi:{doi}", exact=True)
    except NotAnIdentifier:
        yield Finding("doi-syntax", reference.key, f"{doi!r} is no DOI", "DOI", written=doi)
        return
    if found.scheme != "doi" or not doi.lower().endswith(found.value.lower()):
        yield Finding("doi-syntax", reference.key, f"{doi!r} is more than the DOI {found.value}", "DOI", written=doi)
    elif doi.lower() != found.value.lower():
        message = f"the DOI alone is {found.value}"
        yield Finding("doi-form", reference.key, message, "DOI", written=doi, found=found.value)


def _standard_numbers(reference: Reference, _: int) -> Iterator[Finding]:
    for name, rule in (("ISBN", "isbn-check"), ("ISSN", "issn-check")):
        for written in re.findall(r"[0-9Xx][0-9Xx -]{6,}[0-9Xx]", reference.text(name)):
            for one in re.split(r"\s(?=97[89]|[0-9]{4}-)", written):
                try:
                    identifiers.parse(f"{name.lower()}:{one}")
                except NotAnIdentifier:
                    yield Finding(
                        rule, reference.key, f"{one} is no {name}: its check digit is wrong", name, written=one
                    )


def _dates(reference: Reference, year: int) -> Iterator[Finding]:
    for name in sorted(DATE_VARIABLES):
        date = reference.date(name)
        if date is None:
            continue
        if date.year is not None and date.year > year + 1:
            yield Finding(
                "date-syntax", reference.key, f"{name} {date.year} lies in the future", name, written=str(date)
            )
        elif not date.parts and re.search(r"\d", date.literal):
            yield Finding(
                "date-syntax", reference.key, f"{name} {date.literal!r} is no date", name, written=date.literal
            )


def _names(reference: Reference, _: int) -> Iterator[Finding]:
    for variable, value in reference.fields.items():
        for name in value if isinstance(value, tuple) else ():
            if reason := _odd(name):
                yield Finding(
                    "name-form", reference.key, f"{variable} {str(name)!r} {reason}", variable, written=str(name)
                )


def _odd(name: Name) -> str:
    whole = str(name)
    if re.search(r"\bet\.? al\b", whole, re.IGNORECASE):
        return "holds et al.: name them all, or end with `and others`"
    if ";" in whole:
        return "holds a semicolon: names stand between `and`"
    letters = [c for c in name.family if c.isalpha()]
    if len(letters) > 3 and name.given and name.family.isupper() and name.given.isupper() and len(name.given) > 4:
        return "is in capitals throughout"
    return "has digits" if re.search(r"\d", name.family + name.given) else ""


def _title(reference: Reference, _: int) -> Iterator[Finding]:
    title = plain(reference.text("title"))
    letters = [c for c in title if c.isalpha() and c.upper() != c.lower()]
    if len(letters) >= CASED and " " in title and all(c.isupper() for c in letters):
        yield Finding("title-case", reference.key, "the title is in capitals throughout", "title", written=title)
    if title.count("{") != title.count("}"):
        yield Finding("title-braces", reference.key, "a brace of the title has no partner", "title", written=title)


ALONE: tuple[Callable[[Reference, int], Iterator[Finding]], ...] = (
    _missing,
    _doi,
    _standard_numbers,
    _dates,
    _names,
    _title,
)


def doubled(references: Sequence[Reference]) -> Iterator[Finding]:
    """Yield the references that are the same work as an earlier one, or have its key."""
    works: dict[str, str] = {}
    keys: set[str] = set()
    for reference in references:
        if reference.key.lower() in keys:
            yield Finding("duplicate-key", reference.key, f"another entry has the key {reference.key}")
        keys.add(reference.key.lower())
        for name in duplicates.work_keys(reference):
            if (first := works.setdefault(name, reference.key)) != reference.key:
                yield Finding("duplicate", reference.key, f"the same work as {first} ({name})", found=first)
                break


def latex(key: str, field: str, value: str) -> Iterator[Finding]:
    """Yield what is wrong with the LaTeX of one field of a .bib entry, as it is written."""
    if field.lower() in VERBATIM:
        return
    if match := UNSAFE.search(value):
        yield Finding("latex-unsafe", key, f"{match[0]} in {field}", field, written=match[0])
    bare = re.sub(r"\\.", "", value, flags=re.DOTALL)
    outside = re.sub(r"\$[^$]*\$", "", bare)
    if "$" in outside:
        yield Finding("latex-broken", key, f"a dollar sign in {field} has no partner", field, written=value)
    elif match := re.search(r"[&#%_^]", outside):
        yield Finding("latex-broken", key, f"{match[0]} in {field} must be \\{match[0]}", field, written=match[0])

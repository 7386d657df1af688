"""The rules that look at a reference alone, or at one beside its neighbours: no registry is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from refs import duplicates, identifiers
from refs.checking import Finding
from refs.errors import NotAnIdentifier
from refs.formats.bibvalues import balanced
from refs.model import DATE_VARIABLES, Name, Reference
from refs.text import plain

NEEDED: dict[str, tuple[str, ...]] = {
    "article": ("title", "creator", "issued"),
    "article-journal": ("title", "author", "container-title", "issued"),
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

WANTED = {"creator": "author or editor", "container-title": "journal or book", "issued": "year"}
NUMBERS = {"arxiv": ("eprint", "arXiv number"), "pmid": ("pmid", "PMID"), "pmcid": ("pmcid", "PMCID")}
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
        wanted = WANTED.get(name, name)
        yield Finding("missing-field", reference.key, f"{reference.type} without {wanted}", name)


def _doi(reference: Reference, _: int) -> Iterator[Finding]:
    doi = reference.text("DOI")
    if not doi:
        return
    bare = re.sub(r"\{?\\([_%&#$<>~^])\}?", r"\1", doi)  # as LaTeX wants it in text, and no DOI has it
    try:
        found = identifiers.parse(bare if bare.lower().startswith(("doi", "http")) else f"doi:{bare}", exact=True)
    except NotAnIdentifier:
        yield Finding("doi-syntax", reference.key, f"{doi!r} is no DOI", "DOI", written=doi)
        return
    as_arxiv = found.scheme == "arxiv" and identifiers.ARXIV_DOI in bare.lower()
    alone = f"{identifiers.ARXIV_DOI}{found.value}" if as_arxiv else found.value
    if not alone.startswith("10."):
        yield Finding("doi-syntax", reference.key, f"{doi!r} is no DOI", "DOI", written=doi)
    elif not bare.lower().endswith(alone.lower()):
        yield Finding("doi-syntax", reference.key, f"{doi!r} is more than the DOI {alone}", "DOI", written=doi)
    elif not balanced(alone):
        yield Finding("doi-syntax", reference.key, f"a brace of {doi!r} has no partner", "DOI", written=doi)
    elif doi.lower() != alone.lower():
        message = f"the DOI alone is {alone}"
        yield Finding("doi-form", reference.key, message, "DOI", written=doi, found=alone)


def _numbers(reference: Reference, _: int) -> Iterator[Finding]:
    known = {**reference.identifiers, "pmid": reference.text("PMID"), "pmcid": reference.text("PMCID")}
    for scheme, (field, called) in NUMBERS.items():
        written = known.get(scheme, "")
        if written and not _reads_as(scheme, written):
            message = f"{written!r} is no {called}"
            yield Finding("identifier-syntax", reference.key, message, field, written=written)


def _reads_as(scheme: str, written: str) -> bool:
    try:
        return identifiers.parse(f"{scheme}:{written.removeprefix(f'{scheme}:')}", exact=True).scheme == scheme
    except NotAnIdentifier:
        return False


def _place(reference: Reference, _: int) -> Iterator[Finding]:
    page = plain(reference.text("page"))
    range_ = re.fullmatch(r"(\d+)\s*[-\u2013]+\s*(\d+)", page)
    reason = ""
    if range_ and len(range_[1]) == len(range_[2]) and int(range_[1]) > int(range_[2]):
        reason = "ends before it begins"
    elif page and (page.strip(" -\u2013.") != page.strip() or not re.search(r"\w", page) or page.lower() == "n/a-n/a"):
        reason = "is incomplete"
    if reason:
        yield Finding("page-form", reference.key, f"the page {page!r} {reason}", "page", written=page)
    url = reference.text("URL")
    if url and not re.fullmatch(r"(?i)(?:https?|ftps?|gopher|file|doi|urn|hdl|mailto):\S+", url):
        yield Finding("url-syntax", reference.key, f"{url!r} is no address", "URL", written=url)


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


def parted(key: str, field: str, written: str) -> Iterator[Finding]:
    """Yield that the names of a .bib field stand between semicolons, which BibTeX takes for one name."""
    if ";" in re.sub(r"\{[^{}]*\}|&#?\w+;", "", written):
        message = f"{field} holds a semicolon: names stand between `and`"
        yield Finding("name-form", key, message, field, written=written)


def _title(reference: Reference, _: int) -> Iterator[Finding]:
    yield from shouted(reference)
    title = plain(reference.text("title"))
    if title.count("{") != title.count("}"):
        yield Finding("title-braces", reference.key, "a brace of the title has no partner", "title", written=title)


def shouted(reference: Reference) -> Iterator[Finding]:
    """Yield a title in capitals throughout, with what it is in small letters: names are for a person to restore."""
    title = plain(reference.text("title"))
    letters = [c for c in title if c.isalpha() and c.upper() != c.lower()]
    if len(letters) >= CASED and " " in title and all(c.isupper() for c in letters):
        offer = re.sub(r"(^\W*\w|[:?!.]\s+\w)", lambda match: match[0].upper(), title.lower())
        message = f"the title is in capitals throughout; perhaps {offer!r}"
        yield Finding("title-case", reference.key, message, "title", written=title, found=offer)


ALONE: tuple[Callable[[Reference, int], Iterator[Finding]], ...] = (
    _missing,
    _doi,
    _numbers,
    _standard_numbers,
    _place,
    _dates,
    _names,
    _title,
)


def doubled(references: Sequence[Reference]) -> Iterator[tuple[int, Finding]]:
    """Yield the place and finding of each that has the key of an earlier one, is the same work, or a version of it."""
    works: dict[str, int] = {}
    keys: set[str] = set()
    told: set[tuple[int, int]] = set()
    for place, reference in enumerate(references):
        if reference.key and reference.key.lower() in keys:
            yield place, Finding("duplicate-key", reference.key, f"another entry has the key {reference.key}")
        keys.add(reference.key.lower())
        for name in duplicates.work_keys(reference):
            first = works.setdefault(name, place)
            if first != place:
                told.add((first, place))
                key = references[first].key
                yield place, Finding("duplicate", reference.key, f"the same work as {key} ({name})", found=key)
                break
    yield from _alike(references, told)


def _alike(references: Sequence[Reference], told: set[tuple[int, int]]) -> Iterator[tuple[int, Finding]]:
    """Yield the pairs that are surely the same work by title, authors and year, or a preprint and its article."""
    from refs import likeness, pairing

    outlines = (
        pairing.Outline(place, one.text("title"), one.creators[0].sorted_form if one.creators else "", one.year)
        for place, one in enumerate(references)
    )
    for first, second in sorted(pairing.candidates(outlines)):
        one, other = references[first], references[second]
        said = likeness.compare(one, other)
        if (first, second) in told:
            continue
        if said.relation == "same" and said.score >= likeness.SURE:
            message = f"the same work as {one.key} ({', '.join(said.agree)})"
            yield second, Finding("duplicate", other.key, message, found=one.key)
        elif said.relation == "versions":
            stages = {likeness.stage(one): (first, other), likeness.stage(other): (second, one)}
            if "preprint" in stages:
                place, published = stages["preprint"]
                message = f"published: {published.key} is its later version"
                yield place, Finding("published", references[place].key, message, found=published.key)

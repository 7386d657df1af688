"""Weigh what two references share: are they the same work, two versions of one, or two works?

The model is Fellegi and Sunter's (A theory for record linkage, 1969): whether a field agrees is evidence of so many
bits for or against, the bits are added, and their sum is a probability. `benchmarks/duplicates.py` measures what the
weights are worth on pairs whose identifiers were taken away; what `set_apart` says outweighs them all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from refs.duplicates import (
    ALIKE,
    SMALL_WORDS,
    extent,
    first_author,
    folded,
    is_common,
    is_slip,
    kind,
    letters,
    place,
    same_container,
    set_apart,
    title_likeness,
    titles,
    work_keys,
)
from refs.model import Name, Reference

LIKELY = 0.6
"""The score from which two references are shown as probably the same work."""

SURE = 0.98
"""The score from which `refs merge --auto` acts; the tests defend it."""

PRIOR = -8.0
"""The bits against two references being the same work before they are compared: one pair in 256 of a block is."""

IDENTIFIED = 16.0
"""The bits of a shared identifier of the work itself."""

DOUBTFUL = 0.9
"""The score of two references that share an identifier although something sets them apart: for a person to look at."""

WEIGHTS: dict[str, dict[str, float]] = {
    "title": {"equal": 8, "near": 5, "subtitle": 4, "common": 2, "differ": -20},
    "creators": {"equal": 5, "first": 3, "mixed": -2, "unsigned": -4, "differ": -12},
    "year": {"equal": 2, "near": -1, "printing": -3, "differ": -8},
    "container": {"equal": 2, "differ": -2},
    "volume": {"equal": 2, "differ": -3},
    "issue": {"equal": 1, "differ": -2},
    "page": {"equal": 5, "extent": 4, "other extent": -3, "differ": -6, "elsewhere": -9},
    "publisher": {"equal": 1, "differ": -1, "another edition": -5},
    "ISBN": {"equal": 4, "differ": -2},
    "kind": {"unknown": -1, "differ": -8},
}
"""The bits of what each field says; what it does not say weighs nothing."""

VERSION_YEARS = 4
"""How many years at most lie between a preprint, or a conference paper, and its article."""

LEAST_PAGES = 30
"""What a book has at least; a smaller number of pages is an article's in a book, or a slip."""

STAGES = {"article": "preprint", "part": "conference", "journal": "journal", "report": "report"}
"""The kinds of work that one text goes through as it is published."""

PREPRINTS = (
    r"\b(?:arxiv|biorxiv|medrxiv|chemrxiv|psyarxiv|socarxiv|engrxiv|eartharxiv|techrxiv|corr|ssrn|hal|eprint|iacr|"
    r"preprints?|research ?square|working paper|unpublished|submitted)\b"
)
SERVERS = ("10.48550/", "10.1101/20", "10.21203/", "10.31234/", "10.26434/", "10.2139/ssrn", "10.20944/", "10.31219/")
"""The DOI prefixes of arXiv, bioRxiv and medRxiv, Research Square, PsyArXiv, ChemRxiv, SSRN, Preprints and OSF."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two references are to each other.

    `relation` is "same", "versions" or "apart"; `score` is the probability, from 0 to 1, that they are one work; the
    fields that speak for and against it are `agree` and `differ`.
    """

    relation: str
    score: float
    agree: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()


def compare(one: Reference, other: Reference) -> Comparison:
    """Return what two references are to each other, and the fields that say so."""
    said = {name: verdict(one, other) for name, verdict in VERDICTS.items()}
    agree = tuple(name for name, word in said.items() if WEIGHTS[name].get(word, 0) > 0)
    against = tuple(name for name, word in said.items() if WEIGHTS[name].get(word, 0) < 0)
    bits = PRIOR + sum(WEIGHTS[name].get(word, 0) for name, word in said.items())
    shared = [key.partition(":")[0] for key in work_keys(one) if key in work_keys(other)]
    if shared:
        if is_slip(one, other):
            return Comparison("apart", 0.0, tuple(shared), against)
        doubtful = said["title"] == "differ" or set_apart(one, other)
        score = DOUBTFUL if doubtful else _probability(bits + IDENTIFIED)
        return Comparison("same", score, (*dict.fromkeys(shared), *agree), against)
    if are_versions(one, other, said):
        of_both = PRIOR + sum(WEIGHTS[name].get(said[name], 0) for name in ("title", "creators")) + 2
        return Comparison("versions", _probability(of_both), agree, against)
    if _in_other_settings(said) or set_apart(one, other):
        return Comparison("apart", 0.0, agree, against)
    return Comparison("same", _probability(bits), agree, against)


def _probability(bits: float) -> float:
    return 1 / (1 + math.exp2(-max(-60.0, min(60.0, bits))))


def _in_other_settings(said: dict[str, str]) -> bool:
    if "differ" in (said["title"], said["creators"], said["year"], said["kind"]) or not said["title"]:
        return True
    return said["creators"] in ("", "unsigned") and said["title"] == "common"


def are_versions(one: Reference, other: Reference, said: dict[str, str]) -> bool:
    """Say whether two references are one text at two stages: a preprint, a conference paper, an article."""
    stages = {stage(one), stage(other)}
    if said["container"] == "equal" or not (said["kind"] or "preprint" in stages):
        return False
    if len(stages) < 2 or "" in stages or said["title"] not in ("equal", "near", "subtitle"):
        return False
    years = abs(one.year - other.year) if one.year is not None and other.year is not None else 0
    if said["creators"] not in ("equal", "first") or years > VERSION_YEARS:
        return False
    bare = Reference(one.type, {"title": one.text("title")}), Reference(one.type, {"title": other.text("title")})
    return not set_apart(*bare)  # an erratum is no version, and part II none of part I


def stage(reference: Reference) -> str:
    """Return "preprint", "conference", "journal" or "report", or "" for what is no stage of a paper."""
    published = any(reference.text(name) for name in ("volume", "issue")) and reference.text("container-title")
    said = " ".join(reference.text(name) for name in ("container-title", "publisher", "genre", "number", "URL", "note"))
    if reference.text("DOI").lower().startswith(SERVERS) or re.search(PREPRINTS, said.lower().replace("/", " ")):
        return "" if published and kind(reference) == "document" else "preprint" if not published else _own(reference)
    if "arxiv" in reference.identifiers and not published and kind(reference) in ("article", "document", "manuscript"):
        return "preprint"
    return _own(reference)


def _own(reference: Reference) -> str:
    return STAGES.get(kind(reference), "")


def _title(one: Reference, other: Reference) -> str:
    if not one.text("title") or not other.text("title"):
        return ""
    likeness = title_likeness(one, other)
    if likeness < ALIKE:
        return "differ"
    if is_common(folded(one.text("title"))):
        return "common"
    if likeness == 1:
        return "equal"
    own = {folded(title) for title in titles(one)}, {folded(title) for title in titles(other)}
    longer = any(a.startswith(f"{b} ") or b.startswith(f"{a} ") for a in own[0] for b in own[1] if a and b)
    return "subtitle" if longer else "near"


def _creators(one: Reference, other: Reference) -> str:
    left, right = (_people(reference) for reference in (one, other))
    if not left or not right:
        return "" if left or right else "unsigned"
    if not _comparable(left[0], right[0]):
        return ""
    shorter, longer = sorted((left, right), key=len)
    met = sum(any(_same_person(name, known) for known in longer) for name in shorter)
    if not _same_person(left[0], right[0]):
        return "mixed" if len(shorter) > 1 and met == len(shorter) == len(longer) else "differ"
    if met == len(shorter) == len(longer):
        return "equal" if met > 1 else "first"
    return "first" if met == len(shorter) else "mixed"


def _people(reference: Reference) -> tuple[Name, ...]:
    names = reference.creators if first_author(reference) else ()
    return tuple(name for name in names if name.literal != "others" and name.family != "others")


def _comparable(one: Name, other: Name) -> bool:
    """Say whether two names are in scripts that folding brings together; Chinese is not, beside Latin."""
    return _family(one).isascii() == _family(other).isascii()


@lru_cache(maxsize=1 << 15)
def _same_person(one: Name, other: Name) -> bool:
    left, right = _family(one), _family(other)
    if left != right and not _same_family(left, right):
        return {left, folded(one.given)} == {right, folded(other.given)}  # the family name given first
    mine, theirs = folded(one.given), folded(other.given)
    return not mine or not theirs or letters(mine[:1]) == letters(theirs[:1]) or not (mine + theirs).isascii()


def _same_family(left: str, right: str) -> bool:
    shorter, longer = sorted((left.split(), right.split()), key=len)
    if set(shorter) <= set(longer) or left.replace(" ", "") == right.replace(" ", ""):
        return True
    if letters(left) == letters(right):
        return True
    from rapidfuzz import fuzz

    return min(len(left), len(right)) > 4 and fuzz.ratio(left, right) > 85


def _family(name: Name) -> str:
    return folded(name.family or name.literal or name.given)


def _year(one: Reference, other: Reference) -> str:
    if one.year is None or other.year is None:
        return ""
    apart = abs(one.year - other.year)
    if apart == 1:
        return "printing" if kind(one) == "book" else "near"
    return "differ" if apart else "equal"


def _container(one: Reference, other: Reference) -> str:
    left, right = ([folded(r.text(n)) for n in ("container-title", "container-title-short")] for r in (one, other))
    left, right = [name for name in left if name], [name for name in right if name]
    if not left or not right:
        return ""
    return "equal" if any(same_container(a, b) for a in left for b in right) else "differ"


def _first_page(one: Reference, other: Reference) -> str:
    """Compare where two articles or chapters begin, and how many pages two books have."""
    if "book" in (kind(one), kind(other)):
        return _extent(one, other) if kind(one) == kind(other) else ""
    said = _place("page")(one, other)
    of_one_issue = all(_place(name)(one, other) == "equal" for name in ("volume", "issue"))
    return "elsewhere" if said == "differ" and of_one_issue and _container(one, other) == "equal" else said


def _extent(one: Reference, other: Reference) -> str:
    """Compare how many pages two books have; what one counts apart, another one adds or leaves out.

    That they agree says something of books of one year: a later printing has the pages of the first.
    """
    left, right = extent(one), extent(other)
    if not left or not right or max(*left, *right) < LEAST_PAGES:
        return ""
    if left == right:
        return "extent" if one.year == other.year is not None else ""
    return "" if max(left) == max(right) or sum(left) == sum(right) else "other extent"


def _place(variable: str) -> Callable[[Reference, Reference], str]:
    def verdict(one: Reference, other: Reference) -> str:
        left, right = place(one, variable), place(other, variable)
        return ("equal" if left == right else "differ") if left and right else ""

    return verdict


def _publisher(one: Reference, other: Reference) -> str:
    names = [folded(reference.text("publisher")) for reference in (one, other)]
    left, right = (set(name.split()) - SMALL_WORDS for name in names)
    if not left or not right:
        return ""
    if left <= right or right <= left or same_container(*names):  # also by its initials
        return "equal"
    return "another edition" if kind(one) == "book" and not left & right else "differ"


def _isbn(one: Reference, other: Reference) -> str:
    left, right = ({key for key in work_keys(r) if key.startswith("isbn:")} for r in (one, other))
    return ("equal" if left & right else "differ") if left and right else ""


def _kind(one: Reference, other: Reference) -> str:
    if kind(one) == kind(other):
        return "unknown" if kind(one) == "document" else ""
    if _container(one, other) == "equal":
        return ""
    beginnings = _first_page(one, other) == "equal" and place(one, "page") not in ("1", "i")
    if beginnings and one.year == other.year and "chapter" in (one.type, other.type):
        return ""  # a chapter catalogued as an article, its series taken for a journal
    return "unknown" if "document" in (one.type, other.type) else "differ"


VERDICTS: dict[str, Callable[[Reference, Reference], str]] = {
    "title": _title,
    "creators": _creators,
    "year": _year,
    "container": _container,
    "volume": _place("volume"),
    "issue": _place("issue"),
    "page": _first_page,
    "publisher": _publisher,
    "ISBN": _isbn,
    "kind": _kind,
}

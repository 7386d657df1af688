"""From a pasted reference or a few words to candidates, each with the evidence for it.

A service's own score says nothing about identity: components, preprints and copies outrank the true record. So every
candidate is compared with the words: its title by the stretch of words most like it, its first author, its year. What
is likeliest comes first, and a candidate agrees only when all three do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from refs import text
from refs.duplicates import ABOUT_ANOTHER
from refs.errors import NotFoundError, ServiceError, UsageError
from refs.model import Reference, Variant
from refs.romanise import ascii_fold
from resolver.http import JSON, Answer
from resolver.inquiry import ABSENT, json_of
from resolver.sources import crossref, datacite, openalex

ALIKE = 0.92  # how alike a title and the words most like it must be
KNOWN = 0.6  # how much of the words a record must explain: a short title is in every text
MOST_WORDS = 120
MOST_CHARACTERS = 600
NOT_QUITE = ALIKE - 0.05
CANDIDATES = 8
LEAST = 0.3  # the score below which a record has nothing to do with the words
NOT_ALONE = frozenset({"article", "review", "document", "periodical", "figure", "webpage"})
"""Types that are never taken without being asked for: preprints, peer reviews, parts of works, whole journals."""
YEAR = r"(?<![\d-])(?:1[5-9]|20)\d\d(?![\d-]*\d)"
NUMERAL = r"[0-9]+|[ivx]+|one|two|three|first|second|third"

Ask = Callable[[str, str, frozenset[int], Callable[[Answer], Any]], Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record and how it agrees with the words: None where the words or the record say nothing of it."""

    reference: Reference
    service: str
    title: float
    author: bool | None
    year: bool | None
    known: float
    """The share of the words that the record explains."""

    @property
    def score(self) -> float:
        """Return 1 for full agreement, 0 for none."""
        return 0.45 * self.title + 0.25 * self.known + 0.2 * bool(self.author) + 0.1 * bool(self.year)

    @property
    def agrees(self) -> bool:
        """Tell whether title, first author and year all agree."""
        sure = self.title >= ALIKE and self.known >= KNOWN and self.reference.type not in NOT_ALONE
        return sure and bool(self.author and self.year)


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates, likeliest first, and which services could not be asked."""

    candidates: tuple[Candidate, ...]
    notices: tuple[str, ...] = ()

    @property
    def accepted(self) -> Candidate | None:
        """Return the one candidate that agrees in all; None when there is none, or more than one."""
        agreeing = [one for one in self.candidates if one.agrees]
        return agreeing[0] if len(agreeing) == 1 else None


def search(words: str, ask: Ask) -> Found:
    """Return candidates for a pasted reference, or for words of a title, names and a year.

    Crossref is asked first, then those who know what it does not have, until a candidate agrees. Raise NotFoundError
    when nobody has any, ServiceError when nobody could be asked, UsageError for a text without words.
    """
    asked = " ".join(text.plain(text.rich(words)).split())[:MOST_CHARACTERS]
    if len(_words(asked)) < 2 and not any(len(word) > 3 for word in _words(asked)):
        raise UsageError("give more words to find it by: of the title, the first author's name, the year")
    found: dict[str, Candidate] = {}
    notices: list[str] = []
    problem: ServiceError | None = None
    for service, (url, read) in SERVICES.items():
        try:
            rows = ask(url(asked), JSON, ABSENT, read) or ()
        except ServiceError as error:
            problem = problem or error
            notices.append(str(error))
            continue
        for reference in rows:
            name = next((f"{scheme}:{value}" for scheme, value in reference.work_identifiers()), "")
            if name and reference.text("title"):
                found.setdefault(name, compare(asked, reference, service))
        if any(one.agrees for one in found.values()):
            break
    ranked = sorted((one for one in found.values() if one.score >= LEAST), key=lambda one: -one.score)
    if not ranked:
        if problem and not found:
            raise problem
        raise NotFoundError(f"nothing like it was found (asked {', '.join(SERVICES)})")
    return Found(tuple(ranked[:CANDIDATES]), tuple(notices))


def compare(words: str, reference: Reference, service: str = "") -> Candidate:
    """Return a record as a candidate for a text, with the evidence."""
    given = _words(words)[:MOST_WORDS]
    titles = [value for value in _values(reference, "title") if isinstance(value, str)]
    said = _said(reference)
    likeness = max((_likeness(words, given, title, said) for title in titles), default=0.0)
    # A year that stands in the title counts when the words have it once more.
    years = Counter(re.findall(YEAR, words))
    for found in titles[:1]:
        years -= Counter(re.findall(YEAR, found))
    year = None if not years or reference.year is None else any(abs(int(one) - reference.year) <= 1 for one in years)
    return Candidate(reference, service, likeness, _author(given, reference), year, _known(given, said))


def _values(reference: Reference, name: str) -> list[Any]:
    variants: Sequence[Variant] = reference.variants.get(name, ())
    return [reference.fields.get(name, ""), *(variant.value for variant in variants)]


def _words(words: str) -> list[str]:
    return re.findall(r"[^\W_]+", ascii_fold(words.replace("'", "").replace("’", "")).lower())


def _likeness(words: str, given: Sequence[str], title: str, said: frozenset[str]) -> float:
    """Return how like a title the stretch of the words is that is most like it, 1 for the same letters."""
    from difflib import SequenceMatcher

    whole = _words(text.plain(title)[:MOST_CHARACTERS])
    if not whole or not given:
        return 0.0
    if found := _standing_alone(words, whole, said):
        return found
    main = _words(re.split(r"[:.?!\u2013\u2014]\s", text.plain(title))[0])
    rest = set(whole[len(main) :])
    if len(main) >= 4 and rest and not any(map(_tells_apart, rest)) and _standing_alone(words, main, said) == 1:
        return 0.95
    own = " ".join(_stretch(given, whole))
    ratio = SequenceMatcher(None, own, " ".join(whole), autojunk=False).ratio()
    missing = set(whole) - set(given)
    return min(ratio, NOT_QUITE) if any(map(_tells_apart, missing)) else ratio


def _tells_apart(word: str) -> bool:
    """Tell whether a word makes another work of a title: the number of a part, "erratum", "reply"."""
    return word in ABOUT_ANOTHER or bool(re.fullmatch(NUMERAL, word))


def _standing_alone(words: str, title: Sequence[str], said: frozenset[str]) -> float:
    """Return 1 where the title stands in the words by itself, less where it is part of a longer one, 0 for nowhere.

    What divides it from the rest is a sign, or a neighbour that the record explains: a name, a year, the journal.
    """
    folded = ascii_fold(re.sub("['’]", "", words)).lower()
    said = said - SMALL_WORDS
    found = 0.0
    for match in re.finditer(r"\b" + r"[\W_]+".join(map(re.escape, title)) + r"\b", folded):
        before, after = folded[: match.start()].rstrip(), folded[match.end() :].lstrip()
        last, following = re.search(r"\w+$", before), re.match(r"\w+", after)
        begins = not last or last[0].isdecimal() or last[0] in said
        ends = not after.startswith(":") and (not following or following[0].isdecimal() or following[0] in said)
        found = max(found, 1.0 if begins and ends and not _numbered(after) else NOT_QUITE)
    return found


SMALL_WORDS = frozenset("a an and as at by der die das en et for from in la le les of on or the to und with".split())


def _numbered(after: str) -> bool:
    """Tell whether the number of a part follows: ". II.", ", Part 2"."""
    return bool(re.match(r"[\W_]{0,3}(?:part|[ivx]{1,4})\b(?!\.? ?\w\.)", after))


def _stretch(given: Sequence[str], whole: Sequence[str]) -> Sequence[str]:
    """Return the stretch of as many words as the title has that shares most of them with it."""
    wanted = Counter(whole)
    length = len(whole)
    starts = range(max(1, len(given) - length + 1))
    best = max(starts, key=lambda start: (sum((Counter(given[start : start + length]) & wanted).values()), -start))
    return given[best : best + length]


def _author(given: Sequence[str], reference: Reference) -> bool | None:
    """Tell whether the first author's family name is among the words, in any of its scripts."""
    firsts = [next(iter(names), None) for names in (reference.creators, *_values(reference, "author")[1:])]
    families = [_words(one.family or one.literal) for one in firsts if one]
    if not any(families):
        return None
    line = f" {' '.join(given)} "
    return any(f" {' '.join(family)} " in line for family in families if family)


def _said(reference: Reference) -> frozenset[str]:
    """Return the words of what a reference is described by."""
    said: list[str] = [str(reference.year or "")]
    for name in (*DESCRIBING, "author", "editor"):
        for value in _values(reference, name):
            said += _words(value if isinstance(value, str) else " ".join(str(one) for one in value))
    return frozenset(said)


def _known(given: Sequence[str], said: frozenset[str]) -> float:
    """Return the share of the letters of the words that the record explains; abbreviations count, initials do not."""
    starts = {word[:3] for word in said}
    rows = [(len(word), word in said or (len(word) >= 3 and word[:3] in starts)) for word in given if len(word) > 1]
    total = sum(weight for weight, _ in rows)
    return sum(weight for weight, hit in rows if hit) / total if total else 0.0


DESCRIBING = ("title", "container-title", "publisher", "publisher-place", "volume", "issue", "page", "DOI", "ISSN")


def _crossref(answer: Answer) -> list[Reference]:
    return [crossref.parse(row) for row in _rows(json_of(answer), "message", "items")]


def _datacite(answer: Answer) -> list[Reference]:
    return [datacite.parse(row) for row in _rows(json_of(answer), "data")]


def _openalex(answer: Answer) -> list[Reference]:
    return [openalex.parse(row) for row in _rows(json_of(answer), "results")]


def _rows(value: Any, *path: str) -> Iterable[Any]:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _crossref_url(words: str) -> str:
    return f"https://api.crossref.org/works?query.bibliographic={quote(words, safe='')}&rows=10"


def _datacite_url(words: str) -> str:
    # Its query is a language of its own, in which most signs mean something.
    bare = " ".join(re.findall(r"\w+", words))
    return f"https://api.datacite.org/dois?query={quote(bare, safe='')}&page[size]=5"


def _openalex_url(words: str) -> str:
    bare = " ".join(re.findall(r"\w+", words))
    return f"https://api.openalex.org/works?search={quote(bare, safe='')}&per-page=5"


# Crossref has nine works of ten; DataCite theses, data and preprints; OpenAlex what has no DOI.
SERVICES: dict[str, tuple[Callable[[str], str], Callable[[Answer], list[Reference]]]] = {
    crossref.NAME: (_crossref_url, _crossref),
    datacite.NAME: (_datacite_url, _datacite),
    openalex.NAME: (_openalex_url, _openalex),
}

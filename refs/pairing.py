"""Find the pairs worth comparing among many references, and the groups that compared pairs make.

Whoever compares each with each needs 5,000,000,000 comparisons for 100,000 references. Those that may be alike share
a block: the beginning of the title, its main part before a colon, or the first author and the year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from refs.duplicates import SMALL_WORDS, folded, letters
from refs.likeness import VERSION_YEARS

ALMOST = 85
"""How alike, of 100, the titles of one block must be for the pair to be read whole."""

LARGEST = 1000
"""A block of more references is split by author and year."""

WINDOW = 40
"""How many neighbours in the order of the library each is compared with in a block that stays too large."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Outline:
    """What blocks are made of: a reference's number, its title and creators as lists show them, its year."""

    id: int
    title: str
    creators: str
    year: int | None


@dataclass(frozen=True, slots=True)
class _Member:
    id: int
    title: str
    author: str
    year: int | None


def candidates(outlines: Iterable[Outline]) -> set[Pair]:
    """Return the pairs of numbers, the smaller first, whose titles are nearly equal within some block."""
    members = [member for outline in outlines if (member := _member(outline)).title]
    found: set[Pair] = set()
    for keys in (_by_title, _by_author):
        blocks: dict[tuple[object, ...], list[_Member]] = defaultdict(list)
        for member in members:
            for key in keys(member):
                blocks[key].append(member)
        for block in blocks.values():
            found.update(_alike(block))
    found.update(_of_one_main_title(outlines))
    return found


def _member(outline: Outline) -> _Member:
    author = outline.creators.partition(",")[0].removesuffix(" et al.")
    return _Member(outline.id, letters(folded(outline.title)), letters(folded(author)), outline.year)


def _by_title(member: _Member) -> Iterator[tuple[object, ...]]:
    words = member.title.split()
    yield ("".join(word for word in words if word not in SMALL_WORDS and len(word) > 1)[:8] or "".join(words)[:8],)


def _by_author(member: _Member) -> Iterator[tuple[object, ...]]:
    if member.author and member.year is not None:
        family = member.author.split()[-1]
        yield family, member.year
        yield family, member.year + 1


def _of_one_main_title(outlines: Iterable[Outline]) -> Iterator[Pair]:
    """Yield the pairs of which one title is the other's main part, of four words or more."""
    whole: dict[str, list[Outline]] = defaultdict(list)
    cut: list[tuple[str, Outline]] = []
    for outline in outlines:
        whole[folded(outline.title)].append(outline)
        main, colon, _ = outline.title.partition(":")
        if colon and main.count(" ") >= 3:
            cut.append((folded(main), outline))
    for title, outline in cut:
        for other in whole.get(title, ())[:WINDOW]:
            if other.id != outline.id and _near_years(other.year, outline.year):
                yield min(other.id, outline.id), max(other.id, outline.id)


def _alike(block: list[_Member]) -> Iterator[Pair]:
    if len(block) < 2:
        return
    if len(block) > LARGEST:
        parts: dict[tuple[object, ...], list[_Member]] = defaultdict(list)
        for member in block:
            parts[member.author, member.year].append(member)
        if len(parts) > 1:
            for part in parts.values():
                yield from _alike(part)
            return
    from rapidfuzz import fuzz, process

    titles = [member.title for member in block]
    reach = len(block) if len(block) <= LARGEST else WINDOW
    for index, member in enumerate(block[:-1]):
        near = titles[index + 1 : index + 1 + reach]
        for _, _, place in process.extract(member.title, near, scorer=fuzz.ratio, score_cutoff=ALMOST, limit=None):
            other = block[index + 1 + place]
            if other.id != member.id and _near_years(member.year, other.year):
                yield min(member.id, other.id), max(member.id, other.id)


def _near_years(one: int | None, other: int | None) -> bool:
    return one is None or other is None or abs(one - other) <= VERSION_YEARS


def clusters(scores: Mapping[Pair, float], score: Callable[[int, int], float], least: float) -> list[list[int]]:
    """Return the groups in which every pair scores at least so much, made from the best pairs down.

    `score` tells that of the pairs which `scores` lacks. Numbers are in order within a group, and groups by their
    first.
    """
    group: dict[int, list[int]] = {}
    for one, other in sorted(scores, key=lambda pair: (-scores[pair], pair)):
        if scores[one, other] < least:
            break
        left, right = group.setdefault(one, [one]), group.setdefault(other, [other])
        if left is not right and all(_known(scores, score, a, b) >= least for a in left for b in right):
            left += right
            group.update(dict.fromkeys(right, left))
    found = {id(members): sorted(members) for members in group.values() if len(members) > 1}
    return sorted(found.values())


def _known(scores: Mapping[Pair, float], score: Callable[[int, int], float], one: int, other: int) -> float:
    pair = min(one, other), max(one, other)
    return scores[pair] if pair in scores else score(*pair)

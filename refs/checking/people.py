"""Set the people of a reference beside those of a registry's record.

People initial, fold and transliterate names, and end lists with "others"; registries list organisations among authors,
the same person in two scripts, and in what was digitised later often the first author alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from refs.model import Name, Reference
from refs.romanise import ascii_fold
from refs.text import plain

LIKE = 0.8  # how alike two spellings of a family name are
LEFT_OUT = 2  # more missing authors are a list that was cut short
DEPOSITED = 2000  # from this year on, records were deposited with the work and name all its authors
RESTS = frozenset(("others", "et al", "and others", "u a", "и др", "等", "等人"))
SMALL = frozenset("and the of for in und der die das le la les de des du et y e i on group team".split())


def authors(written: Reference, record: Reference) -> bool | None:
    """Compare authors: each that is written must be the record's, and the first must be its first."""
    mine = [name for name in written.creators if not is_rest(name)]
    theirs = list(dict.fromkeys(name for names in _creators(record) for name in names if not is_rest(name)))
    if not mine or not theirs:
        return None
    places = [_places(name, theirs) for name in mine]
    if all(places):
        return _listed(mine, places, written, record)
    if places[0] is not None and not any(places):
        return False  # nobody of them; None stands for a name that cannot be compared
    cut = any(is_rest(name) for name in record.creators)
    whole = len(record.creators) >= len(mine) or len(record.creators) > 1 or (record.year or 0) >= DEPOSITED
    return False if [] in places and whole and not cut else None


def is_rest(name: Name) -> bool:
    """Tell whether a name stands for those that are not named."""
    return re.sub(r"[\s.]+", " ", str(name)).strip().lower() in RESTS


def _creators(record: Reference) -> Iterable[tuple[Name, ...]]:
    """Yield the names that a work is filed under first, then those of all other roles, scripts and languages."""
    yield record.creators
    for role, value in record.fields.items():
        if isinstance(value, tuple):
            yield value
            yield from (one.value for one in record.variants.get(role, ()) if isinstance(one.value, tuple))


def _places(name: Name, theirs: Sequence[Name]) -> list[int] | None:
    """Return where a name stands among others, [] for nowhere, None when it cannot be compared with one of them."""
    answers = [_same(name, other) for other in theirs]
    found = [place for place, answer in enumerate(answers) if answer]
    return found or (None if None in answers else [])


def _listed(
    mine: Sequence[Name], places: Sequence[list[int] | None], written: Reference, record: Reference
) -> bool | None:
    """Judge a list whose names are all the record's: False for another first author, and for one left out."""
    theirs = list(dict.fromkeys(name for name in record.creators if not is_rest(name)))
    own = [[place for place in found or () if place < len(theirs)] for found in places]
    persons = [place for place, name in enumerate(theirs) if name.family and name.given]
    if not persons or not all(own):
        return True  # an editor, or a name in another script
    taken = {place for found in own for place in found}
    missing = [n for n in persons if n not in taken and not any(_same(theirs[n], one) is None for one in mine)]
    if min(own[0]) > persons[0] and (persons[0] in taken or persons[0] in missing):
        return False
    if not missing or any(is_rest(name) for name in (*written.creators, *record.creators)):
        return True
    if len(missing) <= LEFT_OUT and (len(mine) > 1 or len(persons) <= LEFT_OUT):
        return False
    return True if max(taken) < min(missing) else None


def _same(one: Name, other: Name) -> bool | None:
    """Compare two names; None when one is a body, or in a script that cannot be read as the other's."""
    mine, theirs = _family(one), _family(other)
    if not mine or not theirs:
        return None
    if mine & theirs:
        return True
    if one.literal or other.literal:
        left, right = _words(one), _words(other)
        shared = (left & right) - SMALL
        return True if any(len(word) > 1 for word in shared) else None
    if "".join(sorted(mine)) == "".join(sorted(theirs)) or any(_near(a, b) for a in mine for b in theirs):
        return True
    if mine & _given(other) and theirs & _given(one):
        return True  # family and given name in each other's place
    return False if all(word.isascii() for word in mine | theirs) else None


@lru_cache(maxsize=1 << 14)
def _family(name: Name) -> frozenset[str]:
    words = _split(name.family or name.literal or name.given)
    return frozenset(_unmarked(word) for word in words if len(word) > 1) or frozenset(map(_unmarked, words))


@lru_cache(maxsize=1 << 14)
def _given(name: Name) -> frozenset[str]:
    return frozenset(_split(name.given))


def _words(name: Name) -> set[str]:
    return {_unmarked(word) for word in _split(str(name))}


def _split(text: str) -> list[str]:
    folded = ascii_fold(re.sub("['’ʹʼ\u00ad]", "", plain(text))).lower()
    return re.findall(r"[^\W_]+", folded)


def _unmarked(word: str) -> str:
    """Return a word without what umlauts leave: Müller is written Muller and Mueller, Ångström Aangstrom."""
    return re.sub(r"(?<=[aou])e|(?<=a)a", "", word)


def _near(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 4:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= LIKE

"""Tell when two references are the same work, and when they probably are.

Only an identifier of the work itself makes them the same. What is merely alike is reported, never merged:
precision comes before recall, so anything that sets two works apart (another DOI, volume, edition, part or
page) is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from refs import identifiers
from refs.citekeys import significant_words
from refs.model import WHOLE_BOOKS, Reference
from refs.romanise import ascii_fold
from refs.text import plain

OF_THE_JOURNAL = frozenset({"issn", "issn-l", "eissn"})
OF_THE_BOOK = frozenset({"isbn", "lccn", "oclc", "openlibrary"})

KINDS = {
    **dict.fromkeys(("article-journal", "article-magazine", "article-newspaper", "review", "review-book"), "journal"),
    **dict.fromkeys(("book", "collection", "classic", "pamphlet"), "book"),
    **dict.fromkeys(("chapter", "paper-conference", "entry", "entry-dictionary", "entry-encyclopedia"), "part"),
    **dict.fromkeys(("webpage", "post", "post-weblog"), "page"),
}
"""Types that catalogues take for one another; every other type is a kind of its own."""

ALIKE = 0.93
"""How alike two folded titles must be: about one letter in fifteen may differ."""

ALIKE_WORDS = 0.6
"""How alike the words must be that stand for each other in two titles."""

LONGEST = 600
"""How many characters of two titles are compared."""

DECIDING = frozenset({"doi", "pmid", "pmcid", "arxiv"})
"""Schemes in which one work has one value; hardback and paperback have two ISBNs."""

ABOUT_ANOTHER = frozenset(
    "erratum errata correction corrections corrigendum corrigenda addendum retraction retracted concern reply response "
    "rejoinder comment comments commentary review editorial".split()
)
"""Words that one title has and the other has not when one work is about the other."""

_NUMERALS = r"\b(?:[0-9]+|[b-z]|[ivx]+|one|two|three|four|five|six|first|second|third|fourth|fifth)\b"
_ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5"}


def work_keys(reference: Reference) -> list[str]:
    """Return the identifiers of the work itself as "scheme:value" in normal form; sharing one is being the same.

    An arXiv number is without its version, and 10.48550/arXiv.x is arXiv x. Where a work has been published
    under a DOI of its own, its arXiv number names another version of it and is left out. An ISSN never
    counts, and an ISBN only for whole books. Values that are not valid in their scheme do not count.
    """
    found = (_work_key(scheme, value, reference.type) for scheme, value in reference.work_identifiers())
    keys = list(dict.fromkeys(filter(None, found)))
    published = any(key.startswith("doi:") for key in keys)
    return [key for key in keys if not (published and key.startswith("arxiv:"))]


def _work_key(scheme: str, value: str, type: str) -> str:
    if scheme in OF_THE_JOURNAL or (scheme in OF_THE_BOOK and type not in WHOLE_BOOKS):
        return ""
    reader = identifiers.READERS.get(scheme)
    if reader is None:
        return f"{scheme}:{value.strip().lower()}" if value.strip() else ""
    tidy = identifiers.tidy(value)
    found = reader(tidy, False) or reader(f"{scheme}:{tidy}", False)
    if found is None:
        return ""
    if found.scheme == "doi" and found.value.startswith(identifiers.ARXIV_DOI):
        return _work_key("arxiv", found.value.removeprefix(identifiers.ARXIV_DOI), type) or f"doi:{found.value}"
    if found.scheme == "arxiv":
        return "arxiv:" + re.sub(r"v[0-9]+$", "", found.value)
    return f"{found.scheme}:{found.value}"


def blocking_key(reference: Reference) -> str:
    """Return what likely duplicates share: the first letters of the title's significant words; "" without a title."""
    return "".join(significant_words(reference.text("title")))[:8] or folded(reference.text("title"))[:8]


def likely(reference: Reference, others: Iterable[Reference]) -> list[Reference]:
    """Return those of `others` that are probably the same work, the most alike first.

    They are of one kind, have titles that are equal or nearly so, the same first author and years at most one
    apart, and nothing that sets them apart. Each is compared, so give those with the same `blocking_key`
    only.
    """
    candidates = [other for other in others if _same_setting(reference, other) and not set_apart(reference, other)]
    found = [(title_likeness(reference, other), other) for other in candidates]
    found.sort(key=lambda pair: -pair[0])
    return [other for likeness, other in found if likeness >= ALIKE]


def is_slip(one: Reference, other: Reference) -> bool:
    """Tell whether two references that share an identifier are different works all the same.

    Publishers give an ISBN to a second book and people copy a DOI from the entry above. Two titles that are nothing
    like each other say so of an ISBN, and of any other identifier when the first authors differ too.
    """
    if not one.text("title") or not other.text("title") or title_likeness(one, other) >= ALIKE:
        return False
    shared = set(work_keys(one)) & set(work_keys(other))
    left, right = _first_author(one), _first_author(other)
    return all(key.startswith("isbn:") for key in shared) or bool(left and right and left != right)


def title_likeness(one: Reference, other: Reference) -> float:
    """Return 1 for titles that are equal when folded, 0 for wholly different ones.

    A title of four words or more is nearly equal to itself with a subtitle. Where one word stands for another, the two
    must look like one with a slip: "upper" is not "lower".
    """
    from difflib import SequenceMatcher

    short, long = sorted((one.text("title"), other.text("title")), key=len)
    left, right = folded(short), folded(long)
    if not left or left == right:
        return float(bool(left))
    if left.count(" ") >= 3 and any(folded(main) == left for main in _main_titles(long[:LONGEST])):
        return 0.95
    own, others = left.split(), right.split()
    mine = [word for word in own if word not in others]
    theirs = [word for word in others if word not in own]
    if len(mine) == len(theirs) and any(
        SequenceMatcher(None, *pair, autojunk=False).ratio() < ALIKE_WORDS for pair in zip(mine, theirs, strict=True)
    ):
        return 0.0
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


def set_apart(one: Reference, other: Reference) -> bool:
    """Say whether something shows that two references are different works, however alike they look.

    It is another DOI, PMID or arXiv number; another edition, volume, number or page; a number in the title
    ("Part I" and "Part II"); or a word by which one is an erratum, a reply or a review beside the other.
    """
    title, other_title = folded(one.text("title")), folded(other.text("title"))
    if _marks(title) != _marks(other_title) or _contradicting_identifiers(one, other):
        return True
    if _edition(one) != _edition(other) or _differ(one, other, "number"):
        return True
    if kind(one) == "book" and folded(one.text("volume")) != folded(other.text("volume")):
        return True
    places = sum(_differ(one, other, name) for name in ("volume", "issue", "page"))
    places += bool(places) and None not in (one.year, other.year) and one.year != other.year
    if _is_common(title) and (places or _differ(one, other, "container-title")):
        return True
    # A single slip in an article's volume or page is likelier than a second article with its author and title.
    signed = _first_author(one) and _first_author(other)
    return places > (1 if kind(one) == "journal" and signed else 0)


def kind(reference: Reference) -> str:
    """Return the kind of work that catalogues tell apart."""
    return KINDS.get(reference.type, reference.type)


def folded(title: str) -> str:
    """Return a title, LONGEST characters of it, in lower-case ASCII words without punctuation; Han characters stay."""
    letters = ascii_fold(plain(title)[:LONGEST]).lower().replace("'", "")
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


def _main_titles(title: str) -> Iterable[str]:
    return (title[: match.start()] for match in re.finditer(r"\s*[:.?!\u2013\u2014]\s", title))


def _marks(title: str) -> tuple[list[str], frozenset[str]]:
    """Return what tells parts, and a work from those about it: the numerals and the words of ABOUT_ANOTHER."""
    return re.findall(_NUMERALS, title), ABOUT_ANOTHER & set(title.split())


def _is_common(title: str) -> bool:
    """Say whether many works have such a title: "Introduction", "Book reviews"."""
    return title.count(" ") < 2


def _same_setting(one: Reference, other: Reference) -> bool:
    if kind(one) != kind(other) and "document" not in (one.type, other.type):
        return False
    if one.year is not None and other.year is not None and abs(one.year - other.year) > 1:
        return False
    left, right = _first_author(one), _first_author(other)
    if left and right:
        return left == right or left in right.split() or right in left.split()
    return not _is_common(folded(one.text("title")))


def _first_author(reference: Reference) -> str:
    first = next(iter(reference.creators), None)
    name = folded(first.family or first.literal or first.given) if first else ""
    return "" if name in ("anonymous", "anon") else name


def _contradicting_identifiers(one: Reference, other: Reference) -> bool:
    left, right = set(work_keys(one)), set(work_keys(other))
    schemes = ({key.partition(":")[0] for key in keys} for keys in (left, right))
    return not left & right and bool(DECIDING.intersection(*schemes))


def _edition(reference: Reference) -> str:
    """Return the number of the edition; a work that names none is taken for the first."""
    edition = folded(reference.text("edition")) or "1"
    number = re.search("[0-9]+", edition)
    return number[0] if number else _ORDINALS.get(edition.split()[0], edition)


def _differ(one: Reference, other: Reference, variable: str) -> bool:
    """Say whether both have the variable, with different values; of pages the first counts."""
    left, right = (folded(reference.text(variable)) for reference in (one, other))
    if variable == "page":
        left, right = left.partition(" ")[0], right.partition(" ")[0]
    return bool(left and right) and left != right

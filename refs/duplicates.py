"""Tell when two references name the same work, how alike their titles are, and what sets two works apart.

Precision comes before recall: anything that sets two works apart (another DOI, volume, edition, part or page) is
believed. `refs.likeness` weighs what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from zlib import crc32

from refs import identifiers
from refs.folding import ASCII
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

SMALL_WORDS = frozenset(
    "a an the of on in to for and or by with from at as is are der die das dem den ein eine einer eines und le la les "
    "un une des du de et el los las una il lo gli uno het een van".split()
)
"""Words by which no block of titles is begun."""

ARTICLES = frozenset("a an the der die das ein eine le la les un une el los las il lo gli".split())

_COUNTED = (
    ("first", "one", "i", "1st"),
    ("second", "two", "ii", "2nd"),
    ("third", "three", "iii", "3rd"),
    ("fourth", "four", "iv", "4th"),
    ("fifth", "five", "v", "5th"),
    ("sixth", "six", "vi", "6th"),
    ("seventh", "seven", "vii", "7th"),
    ("eighth", "eight", "viii", "8th"),
    ("ninth", "nine", "ix", "9th"),
    ("tenth", "ten", "x", "10th"),
)
NUMERALS = {word: str(number) for number, words in enumerate(_COUNTED, 1) for word in words}
"""What numbers a part, an edition or a year's meeting, and the figure that it stands for."""

_DATED = frozenset(
    "january february march april june july august september october november december spring summer autumn fall "
    "winter".split()
)
_HAN_NUMERALS = r"[一二三四五六七八九十百上中下甲乙丙丁]"
_ASCII = {**ASCII, ord("'"): "", ord("`"): ""}
_TEX_ACCENT = r"\\[\"'`^~=.](?=[{A-Za-z])|[{}$]"


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


@lru_cache(maxsize=64)
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
    """Return what likely duplicates share: the first letters of the title's significant words.

    Of a reference without a title only a copy can be told: it is a checksum of all fields, behind a hyphen.
    """
    if block := _block(reference.text("title")):
        return block
    said = (reference.type, sorted(reference.fields.items()), sorted(reference.extra.items()))
    return f"-{crc32(repr(said).encode('utf-8', 'surrogatepass')):08x}"


@lru_cache(maxsize=4)
def _block(title: str) -> str:
    words = folded(title).split()
    return "".join([word for word in words if word not in SMALL_WORDS and len(word) > 1])[:8] or "".join(words)[:8]


def is_slip(one: Reference, other: Reference) -> bool:
    """Tell whether two references that share an identifier are different works all the same.

    Publishers give an ISBN to a second book, people copy a DOI from the entry above, and chapters bear the DOI of
    their book. Two titles that are nothing like each other say so of an ISBN, of chapters on other pages, and of any
    other identifier when the first authors differ too.
    """
    if not one.text("title") or not other.text("title") or title_likeness(one, other) >= ALIKE:
        return False
    shared = set(work_keys(one)) & set(work_keys(other))
    if kind(one) == kind(other) == "part" and differ(one, other, "page"):
        return True
    left, right = first_author(one), first_author(other)
    return all(key.startswith("isbn:") for key in shared) or bool(left and right and left != right)


def is_other_printing(one: Reference, other: Reference) -> bool:
    """Tell whether books that share nothing but an ISBN name other editions, years far apart, or not the same volume.

    Publishers keep an ISBN for reprints and sets, and each is cited by its own year and volume.
    """
    if not all(key.startswith("isbn:") for key in set(work_keys(one)) & set(work_keys(other))):
        return False
    if one.text("edition") and other.text("edition") and edition(one) != edition(other):
        return True
    years = None not in (one.year, other.year) and abs((one.year or 0) - (other.year or 0)) > 1
    parts = differ(one, other, "volume") or differ(one, other, "part-number")
    return years or parts or _is_part_of_the_other(one, other)


def title_likeness(one: Reference, other: Reference) -> float:
    """Return 1 for titles that are equal when folded, 0 for wholly different ones.

    A title of four words or more is nearly equal to itself with a subtitle. Where one word stands for another, the two
    must look like one with a slip: "upper" is not "lower". Romanised titles of two schemes are taken letter by letter.
    """
    return max(alike(left, right) for left in titles(one) for right in titles(other))


def titles(reference: Reference) -> list[str]:
    """Return the title, and what it is in other languages and scripts."""
    found = [variant.value for variant in reference.variants.get("title", ()) if isinstance(variant.value, str)]
    return [reference.text("title"), *found]


def alike(one: str, other: str) -> float:
    """Return how alike two titles are as `title_likeness` has it, 0 below ALIKE."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    whole, left, divisible = _shape(short)
    other_whole, right, _ = _shape(long)
    if not whole or whole == other_whole:
        return float(bool(whole))
    lengths = len(whole), len(other_whole)
    with_subtitle = divisible and left in other_whole[: lengths[0] + 4]
    if not with_subtitle and 2 * min(lengths) + 8 < ALIKE * sum(lengths):
        return 0.0
    if left == right:
        return 1.0
    if with_subtitle and any(headless(folded(main)) == left for main in _main_titles(long)):
        return 0.95
    if one.isascii() != other.isascii():
        left, right = letters(left), letters(right)
    from rapidfuzz import fuzz

    found = fuzz.ratio(left, right, score_cutoff=100 * ALIKE) / 100
    return found if found and not _other_words(left.split(), right.split()) else 0.0


@lru_cache(maxsize=1 << 15)
def _shape(title: str) -> tuple[str, str, bool]:
    """Return a title folded, the same without its article, and whether it is long enough to have a subtitle."""
    text = folded(title)
    return text, headless(text), text.count(" ") >= 3


def headless(title: str) -> str:
    """Return a folded title without the article that it begins with, which catalogues leave out."""
    first, blank, rest = title.partition(" ")
    return rest if blank and first in ARTICLES else title


def _other_words(left: list[str], right: list[str]) -> bool:
    """Say whether a word of one title has been put for another, not merely misspelt."""
    from rapidfuzz import fuzz

    mine = [word for word in left if word not in right]
    theirs = [word for word in right if word not in left]
    return len(mine) == len(theirs) and any(
        fuzz.ratio(*pair) < 100 * ALIKE_WORDS for pair in zip(mine, theirs, strict=True)
    )


def letters(text: str) -> str:
    """Return folded text with what romanisations write in several ways written in one: Jurij, Yurii and Iurii."""
    return text.translate(_ROMANISED).replace("kh", "h").replace("iu", "u").replace("ia", "a")


_ROMANISED = str.maketrans("yj", "ii")


def set_apart(one: Reference, other: Reference) -> bool:
    """Say whether something shows that two references are different works, however alike they look.

    It is another DOI, PMID or arXiv number; another edition, volume, number or page; a number in the title
    ("Part I" and "Part II"); or a word by which one is an erratum, a reply or a review beside the other.
    """
    title, other_title = folded(one.text("title")), folded(other.text("title"))
    if _marks(title) != _marks(other_title) or _contradicting_identifiers(one, other):
        return True
    if edition(one) != edition(other) or differ(one, other, "number") or differ(one, other, "part-number"):
        return True
    books = kind(one) == kind(other) == "book"
    if books and _is_part_of_the_other(one, other):
        return True
    # The pages of a book are how many it has, which catalogues count in several ways.
    places = sum(differ(one, other, name) for name in ("volume", "issue", *(() if books else ("page",))))
    places += bool(places) and None not in (one.year, other.year) and one.year != other.year
    if places and (is_common(title) or ABOUT_ANOTHER & set(title.split())):
        return True
    containers = folded(one.text("container-title")), folded(other.text("container-title"))
    if is_common(title) and all(containers) and not same_container(*containers):
        return True
    # A single slip in an article's volume or page is likelier than a second article with its author and title.
    signed = first_author(one) and first_author(other)
    return places > (1 if kind(one) == "journal" and signed else 0)


def _is_part_of_the_other(one: Reference, other: Reference) -> bool:
    """Say whether one book alone names its part, or its volume; beside a series' name that is the series' number."""
    if bool(place(one, "part-number")) != bool(place(other, "part-number")):
        return True
    volumes = [reference for reference in (one, other) if place(reference, "volume")]
    return len(volumes) == 1 and not volumes[0].text("collection-title")


def kind(reference: Reference) -> str:
    """Return the kind of work that catalogues tell apart."""
    return KINDS.get(reference.type, reference.type)


@lru_cache(maxsize=1 << 15)
def folded(title: str) -> str:
    """Return a title, LONGEST characters of it, in lower-case ASCII words without punctuation; Han characters stay."""
    text = plain(title)[:LONGEST]
    if "\\" in text or "{" in text or "$" in text:
        text = re.sub(_TEX_ACCENT, "", text)
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    return " ".join(re.sub(r"[\W_]+", " ", re.sub("['’`]", "", ascii_fold(text).lower())).split())


def _main_titles(title: str) -> Iterable[str]:
    return (title[: match.start()] for match in re.finditer(r"\s*[:.?!\u2013\u2014]\s", title[:LONGEST]))


def _marks(title: str) -> tuple[list[str], frozenset[str], list[str]]:
    """Return what tells parts, dates, and a work from those about it."""
    words = title.split()
    last = len(words) - 1
    numbers = [NUMERALS.get(word, word.lstrip("0")) for n, word in enumerate(words) if _is_numeral(word, n == last)]
    return numbers, (ABOUT_ANOTHER | _DATED) & set(words), [] if title.isascii() else re.findall(_HAN_NUMERALS, title)


def _is_numeral(word: str, last: bool) -> bool:
    """Say whether a word numbers something; of letters the last word does, "Theory of waves B"."""
    return word.isdigit() or word in NUMERALS or (last and len(word) == 1 and "b" <= word <= "z")


def is_common(title: str) -> bool:
    """Say whether many works have such a folded title: "introduction", "book reviews"."""
    return title.count(" ") < 2 and (title.isascii() or len(title) < 6)


def first_author(reference: Reference) -> str:
    """Return the folded family name of the first creator; "" for none and for anonymous ones."""
    first = next(iter(reference.creators), None)
    name = folded(first.family or first.literal or first.given) if first else ""
    return "" if name in ("anonymous", "anon") else name


def _contradicting_identifiers(one: Reference, other: Reference) -> bool:
    left, right = set(work_keys(one)), set(work_keys(other))
    schemes = ({key.partition(":")[0] for key in keys} for keys in (left, right))
    return not left & right and bool(DECIDING.intersection(*schemes))


def edition(reference: Reference) -> str:
    """Return the number of the edition; a work that names none is taken for the first."""
    words = folded(reference.text("edition")).split() or ["1"]
    number = re.search(r"[0-9]+(?:\.[0-9]+)*", plain(reference.text("edition")))
    return number[0].removesuffix(".0") if number else NUMERALS.get(words[0], " ".join(words))


def differ(one: Reference, other: Reference, variable: str) -> bool:
    """Say whether both have the variable, with different values; of pages the first counts."""
    left, right = place(one, variable), place(other, variable)
    return bool(left and right) and left != right


def place(reference: Reference, variable: str) -> str:
    """Return a volume, an issue or the like as it is compared; of pages the first, of a number its figures."""
    value = folded(reference.text(variable))
    if variable == "number" and (found := re.findall("[0-9]+", value)):
        return str(found[-1])
    return value.partition(" ")[0] if variable == "page" else value


def extent(reference: Reference) -> list[int]:
    """Return the numbers of pages that a book has, as it counts them: "xiv + 362" is [14, 362]."""
    found = re.findall("([0-9]+)|([ivxlc]+)", folded(reference.text("page")))
    return [int(number) if number else _roman(letters) for number, letters in found]


def _roman(letters: str) -> int:
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[letter] for letter in letters]
    return sum(-one if one < max(values[place:]) else one for place, one in enumerate(values))


@lru_cache(maxsize=1 << 12)
def same_container(left: str, right: str) -> bool:
    """Say whether two folded names are of one journal or book: in full, abbreviated, or by initials."""
    if left == right:
        return True
    mine, theirs = (tuple(w for w in name.split() if w not in SMALL_WORDS) or (name,) for name in (left, right))
    if len(mine) == len(theirs):
        return all(a.startswith(b) or b.startswith(a) for a, b in zip(mine, theirs, strict=True))
    short, long = sorted((mine, theirs), key=len)
    return len(short) == 1 and short[0] == "".join(word[0] for word in long)

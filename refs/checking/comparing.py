"""Set a reference beside a registry's record: each field is confirmed, contradicted, or neither.

People abbreviate, initial, fold and leave out; registries drop subtitles, dates and authors. So a field is contradicted
only when no such habit explains the difference, and what cannot be compared is left open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from refs.checking.people import authors
from refs.fieldwise import readable
from refs.model import Date, Reference
from refs.romanise import ascii_fold, is_latin
from refs.text import plain, rich

ALIKE = 0.9  # how alike two titles of the same work are at least
UNLIKE = 0.75  # below it two titles are of two works
SAME_WORD = 0.7  # how alike two spellings of a word are
LONGEST = 600  # characters of a title that are compared
COMMON = frozenset(
    "a an and at by for from in into of on or the to with und der die das von la le les de des du el y".split()
)
QUALIFIERS = frozenset("u s a usa us uk london lond england engl paris berlin basel online print".split())
OTHER_DATES = (
    "published-print",
    "published-online",
    "issued",
    "published-other",
    "posted",
    "approved",
    "accepted",
)
ONLINE = 1998  # from this year on, journals came out online too
MARKED = re.compile(r"[<&$]")
Compare = Callable[[Reference, Reference], bool | None]
SERIALS = frozenset({"article-journal", "article-magazine", "article-newspaper", "review", "review-book"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a reference and a record say of a field. `agrees` is None when they cannot be compared."""

    field: str
    agrees: bool | None
    written: str
    found: str


def compare(written: Reference, record: Reference) -> list[Said]:
    """Return what the record says of each field that the reference has and that identifies a work."""
    rows = []
    for name, agrees in COMPARED.items():
        value = written.creators if name == "author" else written.fields.get(name)
        other = record.creators if name == "author" else record.fields.get(name)
        if value and (other or name == "page"):
            rows.append(Said(name, agrees(written, record), readable(value), readable(other) if other else ""))
    return rows


def verdict(rows: Sequence[Said]) -> str:
    """Return "contradicted" for any contradiction, "confirmed" when title, author and year agree, else "unknown"."""
    said = {row.field: row.agrees for row in rows}
    if False in said.values():
        return "contradicted"
    others = [said[name] for name in ("author", "issued") if name in said]
    return "confirmed" if said.get("title") and others and None not in others else "unknown"


def titles(written: Reference, record: Reference) -> bool | None:
    """Compare titles: case, marks, a subtitle left out and slips do not matter; another word does."""
    mine = [_words(text) for text in _texts(written, "title")]
    theirs = [_words(text) for text in _texts(record, "title", "original-title", "title-short")]
    answers = [_title(one, other) for one in mine for other in theirs if one and other]
    if True in answers:
        return True
    return False if answers and None not in answers and _one_script(written, record, "title") else None


def _title(one: list[str], other: list[str]) -> bool | None:
    left, right = "".join(one), "".join(other)
    if left == right:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and long[: len(short)] == short:
        return True  # a subtitle that one of them leaves out
    ratio = SequenceMatcher(None, left[:LONGEST], right[:LONGEST], autojunk=False).ratio()
    if _replaced(one, other):
        return False
    if ratio >= ALIKE:
        return True
    return False if ratio < UNLIKE else None


def _replaced(one: list[str], other: list[str]) -> bool:
    """Tell whether a word of one title has another word in its place."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for operation, a, b, c, d in matcher.get_opcodes():
        if operation != "replace":
            continue
        left, right = "".join(one[a:b]), "".join(other[c:d])
        if _numbers(one[a:b]) != _numbers(other[c:d]) and _numbers(one[a:b]) and _numbers(other[c:d]):
            return True
        if min(len(left), len(right)) >= 4 and SequenceMatcher(None, left, right, autojunk=False).ratio() < SAME_WORD:
            return not (left.startswith(right) or right.startswith(left))
    return False


def _numbers(words: Iterable[str]) -> list[str]:
    return [word for word in words if word.isdigit()]


def years(written: Reference, record: Reference) -> bool | None:
    """Compare years: in print and online are both right; one off is left open where the other date may be missing."""
    mine = written.year
    dates = _dates(record)
    others = (value.year for name, value in record.fields.items() if isinstance(value, Date) and name != "accessed")
    known = {date[0] for date in dates}.union(year for year in others if year is not None)
    if mine is None or not known:
        return None
    if mine in known:
        return True
    return None if len(dates) == 1 and _next_to(mine, dates[0]) else False


def _next_to(year: int, date: tuple[int, ...]) -> bool:
    """Tell whether the other date, in print or online, of what has this one may fall into the year before or after.

    What came out late in a year may be in the next year's volume, and what was printed early online the year before.
    """
    month = date[1] if len(date) > 1 else 0
    if date[0] < ONLINE:
        return False
    return (year == date[0] + 1 and month in (0, 11, 12)) or (year == date[0] - 1 and month <= 1)


def _dates(record: Reference) -> list[tuple[int, ...]]:
    """Return the dates on which a work came out, each once: (year[, month[, day]])."""
    issued = record.date("issued")
    found = [part for part in issued.parts if part] if issued else []
    for name in OTHER_DATES:
        texts = re.findall(r"\b[12]\d{3}(?:-\d\d)*", record.extra.get(name, ""))
        found += [tuple(map(int, text.split("-"))) for text in texts]
    return list(dict.fromkeys(found))


def containers(written: Reference, record: Reference) -> bool | None:
    """Compare what a work stands in: in full, abbreviated word by word, as initials, or as a part of the other."""
    theirs = list(_texts(record, "container-title", "container-title-short", "collection-title", "event-title"))
    mine = list(_texts(written, "container-title", "container-title-short"))
    mine += [short for text in mine if (short := re.sub(r"\s*\([^()]*\)?\s*$", "", text)) not in ("", text)]
    theirs += [main for text in theirs if (main := text.partition(":")[0]) != text]
    if any(same_container(one, other) for one in mine for other in theirs):
        return True
    serial = record.type in SERIALS and written.type in SERIALS
    return False if serial and _one_script(written, record, "container-title") else None


def same_container(one: str, other: str) -> bool:
    """Tell whether two names are of one journal: in full, abbreviated, as initials, or misspelt."""
    mine, theirs = _title_words(one), _title_words(other)
    if not mine or not theirs:
        return False
    if _abbreviates(mine, theirs) or _abbreviates(theirs, mine):
        return True
    initials = ["".join(word[0] for word in words) for words in (mine, theirs)]
    if "".join(mine) == initials[1] or "".join(theirs) == initials[0]:
        return True
    joined = "".join(mine), "".join(theirs)
    if min(map(len, joined)) >= 4 and (joined[0] in joined[1] or joined[1] in joined[0]):
        return min(len(mine), len(theirs)) > 1
    return SequenceMatcher(None, *joined, autojunk=False).ratio() >= ALIKE


def _title_words(text: str) -> list[str]:
    """Return the words of a journal's name without small ones, and without the place or medium that catalogues add."""
    words = [word for word in _words(text) if word not in COMMON or len(word) == 1]
    while len(words) > 2 and words[-1] in QUALIFIERS:
        words.pop()
    return [word for word in words if word not in COMMON]


def _abbreviates(short: Sequence[str], long: Sequence[str]) -> bool:
    """Tell whether each word of `short` begins a word of `long`, in order, from the first to near the last."""
    position = 0
    for index, word in enumerate(short):
        places = range(position, len(long) if index else 1)
        found = next((place for place in places if _shortens(word, long[place])), None)
        if found is None:
            return False
        position = found + 1
    return len(short) > 1 or len(long) == 1


def _shortens(short: str, word: str) -> bool:
    """Tell whether a word is another's beginning, or its first letter and others of it in order: "natl", "national"."""
    if word.startswith(short):
        return True
    rest = iter(word)
    return len(short) > 2 and short[0] == word[0] and all(letter in rest for letter in short)


def issns(written: Reference, record: Reference) -> bool | None:
    """Compare ISSNs: print and electronic ones of one journal differ, so only another journal's name decides."""
    mine, theirs = (set(re.findall(r"\d{4}-?\d{3}[\dXx]", one.text("ISSN"))) for one in (written, record))
    if not mine or not theirs:
        return None
    if {_digits(one) for one in mine} & {_digits(one) for one in theirs}:
        return True
    return False if containers(written, record) is False else None


def _digits(text: str) -> str:
    return text.replace("-", "").upper()


def numbers(name: str) -> Compare:
    """Return how a volume or an issue is compared: as numbers, Roman ones too, and parts of a range."""

    def compared(written: Reference, record: Reference) -> bool | None:
        mine, theirs = _parts(written.text(name)), _parts(record.text(name))
        if not mine or not theirs:
            return None
        return bool(mine & theirs)

    return compared


def _parts(text: str) -> set[str]:
    parts = set()
    for word in re.findall(r"[0-9]+|[^\W\d_]+", ascii_fold(plain(text)).lower()):
        parts.add(str(_roman(word)) if re.fullmatch("[ivxlc]+", word) else word.lstrip("0") or "0")
    return {part for part in parts if part.isdigit()} or parts


def _roman(word: str) -> int:
    """Return the value of a Roman numeral in small letters."""
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[letter] for letter in word]
    following = [*values[1:], 0]
    return sum(value if value >= after else -value for value, after in zip(values, following, strict=True))


def pages(written: Reference, record: Reference) -> bool | None:
    """Compare first pages; an article number stands in the place of a page, and "1-12" counts the pages of one."""
    mine = _first_page(written.text("page"))
    theirs = {
        _first_page(text)
        for text in (record.text("page"), record.text("number"), record.extra.get("article-number", ""))
    }
    theirs.discard("")
    if not mine or not theirs:
        return None
    if mine in theirs or any(_bare(mine) == _bare(one) for one in theirs):
        return True
    counted = _bare(mine) == "1"
    return None if counted or not _bare(mine) or not all(_bare(one) for one in theirs) else False


def _first_page(text: str) -> str:
    match = re.search(r"(?!(?:pp?|pages?|s|ss|c|cc|art|article)\b)[^\W_]+", ascii_fold(plain(text)).lower())
    return match[0].lstrip("0") if match else ""


def _bare(page: str) -> str:
    return re.sub(r"\D", "", page).lstrip("0")


def _texts(reference: Reference, *names: str) -> Iterable[str]:
    for name in names:
        if text := reference.text(name):
            yield text
        for variant in reference.variants.get(name, ()):
            if isinstance(variant.value, str):
                yield variant.value


def _one_script(written: Reference, record: Reference, name: str) -> bool:
    """Tell whether a text of each is in Latin letters: what another script says may be the same in translation."""
    return all(any(is_latin(plain(text)) for text in _texts(one, name)) for one in (written, record))


def _words(text: str) -> list[str]:
    shown = plain(rich(text) if MARKED.search(text) else text)
    return re.findall(r"[^\W_]+", ascii_fold(re.sub("['’ʹ\u00ad]", "", shown)).lower().replace("&", " and "))


COMPARED: dict[str, Compare] = {
    "title": titles,
    "author": authors,
    "issued": years,
    "container-title": containers,
    "ISSN": issns,
    "volume": numbers("volume"),
    "issue": numbers("issue"),
    "page": pages,
}
"""The fields that are compared: each function answers True, False, or None for neither."""

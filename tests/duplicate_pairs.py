"""Labelled pairs of references from real bibliographies: the same work in two files, near misses, and damaged copies.

The labels are identifiers and the keys of curated collections, which are taken away before anything is compared.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refs.duplicates import place, work_keys
from refs.formats import read
from refs.likeness import SURE, compare
from refs.merging import contradictory, merge
from refs.model import Date, Name, Reference
from refs.pairing import Outline, Pair, candidates
from refs.stored import creators_line
from refs.text import plain

IDENTIFYING = frozenset({"DOI", "PMID", "PMCID", "ISBN", "ISSN", "URL"})
COLLECTION_KEY = r"[A-Z][\w-]+:(?:19|20)\d\d:[A-Z]+[a-z]?"
"""The keys of BibNet and the TeX Users Group, which name one work in all their files."""

COLLECTIONS = ("beebe", "math.utah.edu", "netlib.org")
CURATED = ("tugboat.bib", "einstein.bib")
"""Files whose entries are all different works: columns, reports of each year, reprints, translations, editions."""

BY_HAND = Path(__file__).parent / "data" / "duplicates_by_hand.json"
"""The keys of what is there twice in a file of the collections: all pairs that look so were looked at by a person."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Two references without identifiers; `same` says whether they are one work, `label` what tells so."""

    one: Reference
    other: Reference
    same: bool
    label: str


@dataclass(slots=True)
class Corpus:
    """The references of many files, each with its file and labels."""

    references: list[Reference]
    files: list[str]
    labels: list[dict[str, str]]


def read_corpus(root: Path, folders: Sequence[str] = ("",)) -> Corpus:
    """Read the .bib files below some folders of a directory; files that cannot be read are left out."""
    corpus = Corpus([], [], [])
    for path in sorted(path for folder in folders for path in (root / folder).rglob("*.bib")):
        for block in read(path.read_bytes(), path.name, "").blocks:
            if block.reference and block.reference.text("title"):
                corpus.references.append(block.reference)
                corpus.files.append(str(path.relative_to(root)))
                corpus.labels.append(_labels(block.reference, str(path)))
    return corpus


def _labels(reference: Reference, path: str) -> dict[str, str]:
    keys = {key.partition(":")[0]: key for key in reversed(work_keys(reference))}
    found = {"DOI": keys["doi"]} if "doi" in keys else {}
    if "isbn" in keys and reference.year is not None:
        found["ISBN and year"] = f"{keys['isbn']} {reference.year}"  # an ISBN alone stays with later editions
    extra = {name.lower(): text.split()[0] for name, text in reference.extra.items() if text.strip()}
    found |= {name: extra[name] for name in ("glottolog_ref_id", "mrnumber") if name in extra}
    if any(name in path for name in COLLECTIONS) and re.fullmatch(COLLECTION_KEY, reference.key):
        found["collection key"] = reference.key
    return found


def bare(reference: Reference) -> Reference:
    """Return a reference without its identifiers and its key."""
    fields = {name: value for name, value in reference.fields.items() if name not in IDENTIFYING}
    return Reference(reference.type, fields, variants=reference.variants)


def same_works(corpus: Corpus, seed: int = 1) -> list[Labelled]:
    """Return pairs of different files that share a label and differ in some field, at most two a work."""
    chance = random.Random(seed)  # noqa: S311
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, labels in enumerate(corpus.labels):
        for told in labels.items():
            groups[told].append(index)
    found: dict[Pair, Labelled] = {}
    for (label, _), members in sorted(groups.items()):
        chance.shuffle(members)
        pairs = ((a, b) for place, a in enumerate(members) for b in members[place + 1 :])
        kept = 0
        for a, b in (pair for pair in pairs if corpus.files[pair[0]] != corpus.files[pair[1]]):
            one, other = bare(corpus.references[a]), bare(corpus.references[b])
            if one != other and kept < 2:
                found.setdefault((min(a, b), max(a, b)), Labelled(one, other, True, label))
                kept += 1
    numbers = {(Path(file).name.rpartition("#")[2], one.key): n for n, (file, one) in enumerate(_placed(corpus))}
    for pair in sorted(tuple(sorted(pair)) for pair in by_hand()):
        if all(place in numbers for place in pair):
            a, b = (numbers[place] for place in pair)
            found[a, b] = Labelled(bare(corpus.references[a]), bare(corpus.references[b]), True, "by hand")
    return list(found.values())


def _placed(corpus: Corpus) -> Iterator[tuple[str, Reference]]:
    return zip(corpus.files, corpus.references, strict=True)


def by_hand() -> set[frozenset[tuple[str, str]]]:
    """Return the pairs of entries, each by its file's name and its key, that a person found to be one work."""
    listed = json.loads(BY_HAND.read_text("utf-8"))
    return {frozenset((file, key) for key in pair) for file, pairs in listed.items() for pair in pairs}


def near_misses(corpus: Corpus) -> list[Labelled]:
    """Return pairs with nearly the same title that are two works: two DOIs, or two entries of a curated file.

    Two entries of a file of the collections count too, unless a person found them to be one work.
    """
    outlines = [
        Outline(index, plain(one.text("title")), creators_line(one), one.year)
        for index, one in enumerate(corpus.references)
    ]
    known = by_hand()
    return [
        Labelled(bare(corpus.references[a]), bare(corpus.references[b]), False, label)
        for a, b in sorted(candidates(outlines))
        if (label := _apart(corpus, a, b, known))
    ]


def _apart(corpus: Corpus, one: int, other: int, known: set[frozenset[tuple[str, str]]]) -> str:
    left, right = corpus.labels[one].get("DOI"), corpus.labels[other].get("DOI")
    if left and right:
        return "two DOIs" if left != right else ""
    file = corpus.files[one]
    if file != corpus.files[other]:
        return ""
    name = Path(file).name.rpartition("#")[2]
    if file.endswith(CURATED):
        return name
    keys = {corpus.labels[number].get("collection key", "") for number in (one, other)}
    two = len(keys) == 2 and all(keys) and frozenset((name, key) for key in keys) not in known
    return "two collection keys" if two else ""


def damaged(corpus: Corpus, count: int, seed: int = 1) -> list[Labelled]:
    """Return references of an author and a title of three words beside copies with one or two kinds of damage."""
    chance = random.Random(seed)  # noqa: S311
    whole = [one for one in corpus.references if one.creators and one.year and one.text("title").count(" ") > 2]
    found = []
    for reference in chance.sample(whole, min(count, len(whole))):
        one = bare(reference)
        other = _with(one, title=plain(one.text("title")))
        names = chance.sample(sorted(DAMAGES), 2)
        for name in names:
            other = DAMAGES[name](other, chance)
        if other != one:
            found.append(Labelled(one, other, True, " and ".join(names)))
    return found


def _with(reference: Reference, **fields: object) -> Reference:
    values = {**reference.fields, **{name.replace("_", "-"): value for name, value in fields.items()}}
    return replace(reference, fields={name: value for name, value in values.items() if value})  # type: ignore[misc]


def _slip(text: str, chance: random.Random) -> str:
    place = chance.randrange(1, max(2, len(text) - 1))
    return text[:place] + text[place + 1 :]


def _abbreviated(text: str) -> str:
    words = [word for word in text.split() if word[:1].isupper()]
    return " ".join(f"{word[:4]}." if len(word) > 5 else word for word in words) or text


def _initials(names: tuple[Name, ...]) -> tuple[Name, ...]:
    return tuple(replace(n, given=" ".join(f"{word[0]}." for word in n.given.split())) for n in names)


def _in_latex(text: str) -> str:
    marks = {"é": "\\'{e}", "è": "\\`{e}", "ü": '\\"{u}', "ö": '\\"{o}', "ä": '\\"{a}', "á": "\\'{a}", "ñ": "\\~{n}"}
    return "".join(marks.get(c, c) for c in text)


Damage = Callable[[Reference, random.Random], Reference]
DAMAGES: dict[str, Damage] = {
    "capitals": lambda r, _: _with(r, title=r.text("title").upper()),
    "LaTeX left in it": lambda r, _: _with(r, title=_in_latex(r.text("title"))),
    "a letter lost": lambda r, chance: _with(r, title=_slip(r.text("title"), chance)),
    "the article lost": lambda r, _: _with(r, title=re.sub("^(The|A|An) ", "", r.text("title"))),
    "the subtitle lost": lambda r, _: _with(r, title=r.text("title").partition(": ")[0]),
    "initials": lambda r, _: _with(r, author=_initials(r.names("author"))),
    "one author": lambda r, _: _with(r, author=r.names("author")[:1]),
    "the next year": lambda r, _: _with(r, issued=Date(((r.year + 1,),)) if r.year else None),
    "no year": lambda r, _: _with(r, issued=None),
    "no pages": lambda r, _: _with(r, page=None),
    "the first page": lambda r, _: _with(r, page=re.split("[-\u2013]", r.text("page"))[0]),
    "no issue": lambda r, _: _with(r, issue=None),
    "an abbreviated journal": lambda r, _: _with(r, container_title=_abbreviated(r.text("container-title"))),
}


def misses_by_kind(corpus: Corpus, count: int, seed: int = 1) -> list[Labelled]:
    """Return real references beside made-up works that are easily taken for them, so many of each kind of MISSES."""
    chance = random.Random(seed)  # noqa: S311
    found = []
    signed = [one for one in corpus.references if one.creators and one.year]
    for name, (types, needed, made) in MISSES.items():
        whole = [one for one in signed if one.type in types and all(place(one, field) for field in needed)]
        for reference in chance.sample(whole, min(count, len(whole))):
            one = bare(reference)
            found.append(Labelled(one, made(one), False, name))
    return found


PAPER, BOOK = ("article-journal", "paper-conference"), ("book",)


def _later(reference: Reference, years: int, **fields: object) -> Reference:
    return _with(reference, issued=Date((((reference.year or 0) + years,),)), **fields)


def _titled(reference: Reference, form: str, **fields: object) -> Reference:
    return _with(reference, title=form.format(reference.text("title")), **fields)


def _of_type(reference: Reference, type: str) -> Reference:
    return replace(reference, type=type)


Miss = tuple[tuple[str, ...], tuple[str, ...], Callable[[Reference], Reference]]
MISSES: dict[str, Miss] = {
    "an erratum": (PAPER, (), lambda r: _titled(r, "Erratum: {}", page="999")),
    "an erratum on the same page": (PAPER, (), lambda r: _titled(r, "{}: Erratum")),
    "a reply": (PAPER, (), lambda r: _titled(r, "{}: A reply", page="999")),
    "the second part": (PAPER, (), lambda r: _titled(r, "{} II", page="999")),
    "the second part on the same page": (PAPER, (), lambda r: _titled(r, "{}. Part 2")),
    "a column in the next issue": (PAPER, ("issue", "page"), lambda r: _with(r, issue="98", page="999")),
    "a column in the next volume": (PAPER, ("volume", "page"), lambda r: _later(r, 1, volume="998", page="999")),
    "a preprint": (PAPER, ("container-title",), lambda r: _preprint(r)),
    "the next edition": (BOOK, (), lambda r: _later(r, 4, edition="9")),
    "another edition of the same year": (BOOK, (), lambda r: _with(r, edition="9")),
    "another volume": (BOOK, ("volume",), lambda r: _with(r, volume="97")),
    "a volume of it": (BOOK, (), lambda r: _with(_with(r, collection_title=None), volume="97")),
    "a chapter of it": (
        BOOK,
        (),
        lambda r: _of_type(_with(r, container_title=r.text("title"), page="3-17"), "chapter"),
    ),
    "its review": (BOOK, (), lambda r: _review(r)),
    "the report of the next year": (("report",), ("number",), lambda r: _later(r, 1, number="998")),
    "the next report": (("report",), ("number",), lambda r: _with(r, number="998")),
    "a thesis and its book": (("thesis",), (), lambda r: _of_type(_later(r, 1, publisher="Springer"), "book")),
}
"""By what each is: the types of the references that have such, the fields they must name, and how it is made."""


def _preprint(reference: Reference) -> Reference:
    gone = dict.fromkeys(("container_title", "container_title_short", "volume", "issue", "page"))
    return _of_type(_with(reference, **gone, publisher="arXiv"), "article")


def _review(reference: Reference) -> Reference:
    fields = {"container_title": "The Journal of Reviews", "author": (Name("Reviewer", "R."),), "page": "999"}
    return _of_type(_with(reference, publisher=None, edition=None, **fields), "review-book")


def scores(pairs: Sequence[Labelled]) -> Iterator[float]:
    """Yield how surely each pair is one work; 0 for what is set apart, and for versions."""
    for pair in pairs:
        said = compare(pair.one, pair.other)
        yield said.score if said.relation == "same" else 0.0


def merged(pairs: Sequence[Labelled], found: Sequence[float]) -> int:
    """Return how many of the pairs, scored so, `refs merge --auto` makes one of."""
    sure = (pair for pair, score in zip(pairs, found, strict=True) if score >= SURE)
    named = ((replace(pair.one, key="one"), replace(pair.other, key="other")) for pair in sure)
    return sum(not contradictory(merge(pair)[1]) for pair in named)


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold finds: the share of what it takes that is right, and the shares that it finds of what is."""

    threshold: float
    precision: float
    recall: float
    recall_damaged: float


def curve(
    same: Sequence[float], apart: Sequence[float], of_damaged: Sequence[float], thresholds: Sequence[float]
) -> list[Point]:
    """Return precision and recall at each threshold."""
    points = []
    for threshold in thresholds:
        right, wrong = (sum(score >= threshold for score in one) for one in (same, apart))
        found = sum(score >= threshold for score in of_damaged)
        precision = right / (right + wrong) if right + wrong else 1.0
        points.append(Point(threshold, precision, right / len(same), found / max(1, len(of_damaged))))
    return points


def counted(pairs: Sequence[Labelled]) -> str:
    """Return how many pairs there are of each label."""
    return ", ".join(f"{count} {label}" for label, count in Counter(pair.label for pair in pairs).most_common())

"""Labelled pairs of references from real bibliographies: the same work in two files, near misses, and damaged copies.

The labels are identifiers and the keys of curated collections, which are taken away before anything is compared.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refs.duplicates import work_keys
from refs.formats import read
from refs.likeness import compare
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
    doi = next((key for key in work_keys(reference) if key.startswith("doi:")), "")
    found = {"DOI": doi} if doi else {}
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
    return list(found.values())


def near_misses(corpus: Corpus) -> list[Labelled]:
    """Return pairs with nearly the same title that are two works: two DOIs, or two entries of a curated file."""
    outlines = [
        Outline(index, plain(one.text("title")), creators_line(one), one.year)
        for index, one in enumerate(corpus.references)
    ]
    return [
        Labelled(bare(corpus.references[a]), bare(corpus.references[b]), False, label)
        for a, b in sorted(candidates(outlines))
        if (label := _apart(corpus, a, b))
    ]


def _apart(corpus: Corpus, one: int, other: int) -> str:
    left, right = corpus.labels[one].get("DOI"), corpus.labels[other].get("DOI")
    if left and right:
        return "two DOIs" if left != right else ""
    file = corpus.files[one]
    return Path(file).name.rpartition("#")[2] if file == corpus.files[other] and file.endswith(CURATED) else ""


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


def scores(pairs: Sequence[Labelled]) -> Iterator[float]:
    """Yield how surely each pair is one work; 0 for what is set apart, and for versions."""
    for pair in pairs:
        said = compare(pair.one, pair.other)
        yield said.score if said.relation == "same" else 0.0


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

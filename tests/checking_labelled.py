"""A labelled set for `refs check`, made from recorded works: true references as people write them, wrong, invented.

    REFS_SHARED=... python -m tests.checking_labelled [--each 200] [--seed 1]

prints precision and recall per rule, and every reference that was judged wrongly.
"""

from __future__ import annotations

import argparse
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refs.checking.comparing import Said, compare, verdict
from refs.model import Date, Name, Reference, Value

Rewrite = Callable[[Reference, random.Random], "Reference | None"]


@dataclass(frozen=True, slots=True)
class Case:
    """A written reference, the record it is compared with, and what is wrong with it: a field, or "" for nothing."""

    written: Reference
    record: Reference
    wrong: str


def _with(reference: Reference, **fields: Value) -> Reference:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return replace(reference, fields={name: v for name, v in {**reference.fields, **named}.items() if v})


def initials(one: Reference, _: random.Random) -> Reference | None:
    """Shorten given names to initials."""
    names = one.names("author")
    short = tuple(replace(n, given=" ".join(f"{w[0]}." for w in n.given.split())) if n.given else n for n in names)
    return _with(one, author=short) if short != names else None


def fewer_authors(one: Reference, _: random.Random) -> Reference | None:
    """Keep the first author and "others"."""
    names = one.names("author")
    return _with(one, author=(names[0], Name(literal="others"))) if len(names) > 2 else None


def abbreviated(one: Reference, _: random.Random) -> Reference | None:
    """Give the journal its short name, or the first letters of its words."""
    full = one.text("container-title")
    short = one.text("container-title-short")
    if one.type != "article-journal" or not full:
        return None
    words = [word for word in full.split() if word.lower() not in ("of", "the", "and", "for", "in")]
    if not short or short == full:
        short = " ".join(f"{word[:4]}." if len(word) > 5 else word for word in words) if len(words) > 1 else full
    return _with(one, container_title=short) if short != full else None


def online_year(one: Reference, _: random.Random) -> Reference | None:
    """Cite the year of the first publication online."""
    years = re.findall(r"\b\d{4}\b", one.extra.get("published-online", ""))
    return _with(one, issued=Date(((int(years[0]),),))) if years else None


def other_case(one: Reference, rng: random.Random) -> Reference | None:
    """Write the title in capitals, in small letters, or every word with a capital."""
    change = rng.choice((str.upper, str.lower, str.title))
    return _with(one, title=change(re.sub("<[^>]*>", "", one.text("title"))))


def without_subtitle(one: Reference, _: random.Random) -> Reference | None:
    """Leave out what stands after the colon."""
    main, colon, _rest = one.text("title").partition(": ")
    return _with(one, title=main) if colon and len(main.split()) > 3 else None


def fewer_fields(one: Reference, rng: random.Random) -> Reference | None:
    """Leave out some of volume, issue, pages, ISSN, publisher."""
    gone = rng.sample(["volume", "issue", "page", "ISSN", "publisher"], 3)
    return _with(one, **dict.fromkeys(gone, ""))


def unaccented(one: Reference, _: random.Random) -> Reference | None:
    """Write names in ASCII."""
    from refs.romanise import ascii_fold

    names = tuple(replace(n, family=ascii_fold(n.family), given=ascii_fold(n.given)) for n in one.names("author"))
    return _with(one, author=names) if names != one.names("author") else None


TRUE: Sequence[Rewrite] = (
    initials, fewer_authors, abbreviated, online_year, other_case, without_subtitle, fewer_fields, unaccented,
)  # fmt: skip


def wrong_title(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Give the title of another work."""
    return _with(one, title=other.text("title")) if other.text("title") else None


def wrong_word(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Put a word of another title in the place of one."""
    words, theirs = one.text("title").split(), [w for w in other.text("title").split() if len(w) > 6 and w.isalpha()]
    places = [i for i, w in enumerate(words) if len(w) > 6 and w.isalpha()]
    if not theirs or not places or len(words) < 3:
        return None
    place, word = rng.choice(places), rng.choice(theirs)
    if word.lower()[:4] == words[place].lower()[:4] or word in words:
        return None
    return _with(one, title=" ".join([*words[:place], word, *words[place + 1 :]]))


def wrong_author(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Put an author of another work in the place of one."""
    names, theirs = list(one.names("author")), [n for n in other.names("author") if n.family]
    if not names or not theirs or any(n.family == t.family for n in names for t in theirs):
        return None
    names[rng.randrange(len(names))] = rng.choice(theirs)
    return _with(one, author=tuple(names))


def wrong_year(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Move the year by two to nine."""
    if one.year is None:
        return None
    year = one.year + rng.choice((-1, 1)) * rng.randint(2, 9)
    known = {int(y) for text in one.extra.values() for y in re.findall(r"\b[12]\d{3}\b", text)}
    return None if year in known else _with(one, issued=Date(((year,),)))


def wrong_journal(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Give the journal of another work."""
    name = other.text("container-title")
    if one.type != "article-journal" or other.type != one.type or not name or not one.text("container-title"):
        return None
    if set(name.lower().split()) & set(one.text("container-title").lower().split()):
        return None
    return _with(one, container_title=name, container_title_short="", ISSN="")


def wrong_volume(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Move the volume."""
    volume = one.text("volume")
    return _with(one, volume=str(int(volume) + rng.randint(1, 9))) if volume.isdigit() else None


def wrong_page(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Move the pages."""
    first = re.match(r"\d+", one.text("page"))
    return _with(one, page=str(int(first[0]) + rng.randint(2, 90))) if first and int(first[0]) > 1 else None


WRONG: dict[str, Callable[[Reference, Reference, random.Random], Reference | None]] = {
    "title": wrong_title,
    "title (a word)": wrong_word,
    "author": wrong_author,
    "issued": wrong_year,
    "container-title": wrong_journal,
    "volume": wrong_volume,
    "page": wrong_page,
}


def true_cases(records: Sequence[Reference], rng: random.Random, count: int) -> Iterator[Case]:
    """Yield true references, each rewritten in two to four of the ways in which people write."""
    for record in rng.sample(list(records), count):
        written = record
        for rewrite in rng.sample(list(TRUE), rng.randint(2, 4)):
            written = rewrite(written, rng) or written
        yield Case(replace(written, extra={}, sources={}, variants={}), record, "")


def wrong_cases(records: Sequence[Reference], rng: random.Random, count: int) -> Iterator[Case]:
    """Yield references with one wrong field, otherwise as people write them."""
    made = 0
    while made < count:
        record, other = rng.sample(list(records), 2)
        field = rng.choice(list(WRONG))
        written = WRONG[field](record, other, rng)
        if written is None or written == record:
            continue
        if field.partition(" ")[0] != "author":
            written = initials(written, rng) or written
        made += 1
        yield Case(replace(written, extra={}, sources={}, variants={}), record, field)


def invented_cases(records: Sequence[Reference], rng: random.Random, count: int) -> Iterator[Case]:
    """Yield references put together from the parts of several works, beside the record nearest to each."""
    made = 0
    while made < count:
        one, two, three = rng.sample(list(records), 3)
        if not one.text("title") or not two.names("author") or three.year is None:
            continue
        if {n.family for n in one.names("author")} & {n.family for n in two.names("author")}:
            continue
        words = one.text("title").split()
        title = " ".join([*words[: len(words) // 2], *two.text("title").split()[-3:]])
        fields: dict[str, Value] = {"title": title, "author": two.names("author"), "issued": Date(((three.year,),))}
        made += 1
        yield Case(
            Reference("article-journal", {**fields, "container-title": three.text("container-title")}), one, "all"
        )


def judged(case: Case) -> tuple[str, list[Said]]:
    """Return the verdict on a case and what it rests on."""
    rows = compare(case.written, case.record)
    return verdict(rows), rows


def records(directory: Path) -> list[Reference]:
    """Return the recorded works that have a title, an author and a year."""
    import gzip
    import json

    from resolver.sources.crossref import parse

    found = []
    for path in sorted(directory.iterdir()):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for line in data.splitlines():
            payload = json.loads(line)
            works = payload.get("message", payload)
            for work in works.get("items", [works]) if isinstance(works, dict) else works:
                reference = parse(work)
                if reference.text("title") and reference.names("author") and reference.year:
                    found.append(reference)
    return found


def main() -> None:
    """Print what was judged, and how well."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--each", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    known = records(Path(os.environ["REFS_SHARED"], "registry", "payloads", "crossref", "bulk"))
    rng = random.Random(chosen.seed)  # noqa: S311
    tally: Counter[tuple[str, str]] = Counter()
    flags: Counter[tuple[str, bool]] = Counter()
    cases = [
        *true_cases(known, rng, chosen.each),
        *wrong_cases(known, rng, chosen.each),
        *invented_cases(known, rng, chosen.each // 2),
    ]
    for case in cases:
        answer, rows = judged(case)
        tally[case.wrong or "true", answer] += 1
        for row in rows:
            if row.agrees is False:
                flags[row.field, case.wrong == "all" or case.wrong.partition(" ")[0] == row.field] += 1
        if (answer == "contradicted" and not case.wrong) or (answer == "confirmed" and case.wrong):
            print(case.wrong or "true", answer, case.record.text("DOI"))
            for row in rows:
                print(f"   {row.field}: {row.agrees} {row.written[:110]!r} / {row.found[:110]!r}")
    for (kind, answer), number in sorted(tally.items()):
        print(f"{kind:<18}{answer:<14}{number:6}")
    for field in sorted({field for field, _ in flags}):
        right, wrong = flags[field, True], flags[field, False]
        print(f"{field:<18}contradicted {right + wrong:5}, rightly {right:5}, precision {right / (right + wrong):.3f}")


if __name__ == "__main__":
    main()

"""A labelled set for `refs check`, made from recorded works: true references as people write them, wrong, invented.

    REFS_SHARED=... python -m tests.checking_labelled [--true 200] [--wrong 200] [--invented 100] [--seed 1]

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
from tests.checking_habits import TRUE, initials, with_fields

Spoil = Callable[[Reference, Reference, random.Random], "Reference | None"]


@dataclass(frozen=True, slots=True)
class Case:
    """A written reference, the record it is compared with, and what is wrong with it: a field and how, or "" twice."""

    written: Reference
    record: Reference
    wrong: str = ""
    way: str = ""


def wrong_title(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Give the title of another work."""
    return with_fields(one, title=other.text("title")) if other.text("title") else None


def wrong_word(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Put a word of another title in the place of one."""
    words, theirs = one.text("title").split(), [w for w in other.text("title").split() if len(w) > 6 and w.isalpha()]
    places = [i for i, w in enumerate(words) if len(w) > 6 and w.isalpha()]
    if not theirs or not places or len(words) < 3:
        return None
    place, word = rng.choice(places), rng.choice(theirs)
    if word.lower()[:4] == words[place].lower()[:4] or word in words:
        return None
    return with_fields(one, title=" ".join([*words[:place], word, *words[place + 1 :]]))


def wrong_author(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Put an author of another work in the place of one."""
    names, theirs = list(one.names("author")), [n for n in other.names("author") if n.family]
    if not names or not theirs or any(n.family == t.family for n in names for t in theirs):
        return None
    names[rng.randrange(len(names))] = rng.choice(theirs)
    return with_fields(one, author=tuple(names))


def swapped_authors(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Put the second author first."""
    names = one.names("author")
    if len(names) < 2 or not names[0].given or not names[1].given or _resemble(names[0], names[1]):
        return None
    return with_fields(one, author=(names[1], names[0], *names[2:]))


def dropped_author(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Leave out one author without saying so."""
    names = list(one.names("author"))
    place = rng.randrange(len(names)) if names else 0
    if len(names) < 2 or not names[place].given:
        return None
    gone = names.pop(place)
    return None if any(_resemble(gone, name) for name in names) else with_fields(one, author=tuple(names))


def added_author(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Add an author of another work."""
    names, theirs = list(one.names("author")), [n for n in other.names("author") if n.family and n.given]
    if not names or not theirs or any(_resemble(n, t) for n in names for t in theirs):
        return None
    names.insert(rng.randint(0, len(names)), rng.choice(theirs))
    return with_fields(one, author=tuple(names))


def _resemble(one: Name, other: Name) -> bool:
    """Tell whether two persons could be taken for one by their family names."""
    left, right = (str(name.sorted_form).lower().replace("-", " ").split() for name in (one, other))
    return any(a[:3] == b[:3] for a in left for b in right)


def wrong_year(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Move the year by two to nine."""
    return _moved(one, rng.choice((-1, 1)) * rng.randint(2, 9))


def next_year(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Move the year by one, beyond those in print and online."""
    return _moved(one, rng.choice((-1, 1)))


def _moved(one: Reference, by: int) -> Reference | None:
    if one.year is None:
        return None
    year = one.year + by
    known = {int(y) for text in one.extra.values() for y in re.findall(r"\b[12]\d{3}\b", text)}
    return None if year in known else with_fields(one, issued=Date(((year,),)))


def wrong_journal(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Give the journal of another work."""
    name = other.text("container-title")
    if one.type != "article-journal" or other.type != one.type or not name or not one.text("container-title"):
        return None
    if set(name.lower().split()) & set(one.text("container-title").lower().split()):
        return None
    return with_fields(one, container_title=name, container_title_short="", ISSN="")


def wrong_volume(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Move the volume."""
    volume = one.text("volume")
    return with_fields(one, volume=str(int(volume) + rng.randint(1, 9))) if volume.isdigit() else None


def wrong_issue(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Move the issue."""
    issue = one.text("issue")
    return with_fields(one, issue=str(int(issue) + rng.randint(1, 9))) if issue.isdigit() else None


def wrong_page(one: Reference, other: Reference, rng: random.Random) -> Reference | None:
    """Move the pages."""
    first = re.match(r"\d+", one.text("page"))
    return with_fields(one, page=str(int(first[0]) + rng.randint(2, 90))) if first and int(first[0]) > 1 else None


WRONG: dict[str, dict[str, Spoil]] = {
    "title": {"of another work": wrong_title, "another word": wrong_word},
    "author": {
        "another person": wrong_author,
        "two swapped": swapped_authors,
        "one left out": dropped_author,
        "one added": added_author,
    },
    "issued": {"by two or more": wrong_year, "by one": next_year},
    "container-title": {"another journal": wrong_journal},
    "volume": {"moved": wrong_volume},
    "issue": {"moved": wrong_issue},
    "page": {"moved": wrong_page},
}
"""What is made wrong: for each field the ways, of which each is as likely as the others of its field."""


def true_cases(records: Sequence[Reference], rng: random.Random, count: int) -> Iterator[Case]:
    """Yield true references, each rewritten in two to four of the ways in which people write."""
    for record in (rng.sample if count <= len(records) else rng.choices)(list(records), k=count):
        written = record
        for rewrite in rng.sample(list(TRUE), rng.randint(2, 4)):
            written = rewrite(written, rng) or written
        yield Case(replace(written, extra={}, sources={}, variants={}), record)


def wrong_cases(records: Sequence[Reference], rng: random.Random, count: int) -> Iterator[Case]:
    """Yield references with one wrong field, otherwise as people write them."""
    made = 0
    while made < count:
        record, other = rng.sample(list(records), 2)
        field = rng.choice(list(WRONG))
        way = rng.choice(list(WRONG[field]))
        written = WRONG[field][way](record, other, rng)
        if written is None or written == record:
            continue
        if field != "author":
            written = initials(written, rng) or written
        made += 1
        yield Case(replace(written, extra={}, sources={}, variants={}), record, field, way)


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


def tallied(cases: Sequence[Case]) -> tuple[Counter[tuple[str, str, str]], Counter[tuple[str, str]]]:
    """Return how often (field, way, verdict) came, and what became of each rule; print what was judged wrongly.

    A rule has found what was made wrong, "missed" it, is "right" in a mixture of works, which is wrong in every field,
    or "false".
    """
    verdicts: Counter[tuple[str, str, str]] = Counter()
    rules: Counter[tuple[str, str]] = Counter()
    for case in cases:
        answer, rows = judged(case)
        verdicts[case.wrong or "true", case.way, answer] += 1
        flagged = {row.field for row in rows if row.agrees is False}
        for field in flagged:
            rules[field, {field: "found", "all": "right"}.get(case.wrong, "false")] += 1
        if case.wrong in WRONG and case.wrong not in flagged:
            rules[case.wrong, "missed"] += 1
        if (answer == "contradicted" and not case.wrong) or (answer == "confirmed" and case.wrong):
            print(case.wrong or "true", case.way, answer, case.record.text("DOI"))
            for row in rows:
                print(f"   {row.field}: {row.agrees} {row.written[:110]!r} / {row.found[:110]!r}")
    return verdicts, rules


def main() -> None:
    """Print what was judged, and how well."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--true", type=int, default=200)
    options.add_argument("--wrong", type=int, default=200)
    options.add_argument("--invented", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    known = records(Path(os.environ["REFS_SHARED"], "registry", "payloads", "crossref", "bulk"))
    rng = random.Random(chosen.seed)  # noqa: S311
    cases = [
        *true_cases(known, rng, chosen.true),
        *wrong_cases(known, rng, chosen.wrong),
        *invented_cases(known, rng, chosen.invented),
    ]
    verdicts, rules = tallied(cases)
    for kind, way in sorted({(kind, way) for kind, way, _ in verdicts}):
        shown = ", ".join(f"{verdicts[kind, way, one]} {one}" for one in ("confirmed", "contradicted", "unknown"))
        print(f"{kind} {way}".ljust(36), shown)
    for field in WRONG:
        found, right, false, missed = (rules[field, one] for one in ("found", "right", "false", "missed"))
        total = found + right + false
        precision, recall = (found + right) / max(total, 1), found / max(found + missed, 1)
        print(f"{field:<18}contradicted {total:6}, precision {precision:.4f}, recall {recall:.4f} of {found + missed}")


if __name__ == "__main__":
    main()

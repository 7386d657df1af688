"""What `refs check` finds without a registry, on recorded works written as .bib entries and spoiled in one way each.

    REFS_SHARED=... python -m tests.checking_spoils [--works 1000] [--seed 1]

A rule is right about an entry that was spoiled for it, and false about one that was spoiled for another rule and about
which it says nothing as long as the entry is whole. Prints both, and how often it was silent where it should not be.
"""

from __future__ import annotations

import argparse
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from refs import formats
from refs.actions import checking
from refs.checking import RULES
from refs.formats import bibedit
from refs.formats.bibvalues import balanced
from refs.model import Reference
from tests.checking_labelled import records

Fields = dict[str, str]
Spoil = Callable[[Fields, random.Random], "Fields | None"]


def _changed(name: str, change: Callable[[str, random.Random], str]) -> Spoil:
    """Return the spoiling of one field, None where there is none or nothing changes."""

    def spoil(fields: Fields, rng: random.Random) -> Fields | None:
        value = fields.get(name, "")
        made = change(value, rng) if value else ""
        return {**fields, name: made} if made != value and balanced(made) else None

    return spoil


def _without(fields: Fields, rng: random.Random) -> Fields | None:
    there = [name for name in ("title", "author", "year") if name in fields]
    gone = rng.choice(there)
    return {name: value for name, value in fields.items() if name != gone}


def _other_digit(text: str, rng: random.Random) -> str:
    return text[:-1] + rng.choice([digit for digit in "0123456789" if digit != text[-1].upper()])


def _backwards(text: str, rng: random.Random) -> str:
    first, dash, last = text.partition("--")
    swapped = f"{last}--{first}" if len(first) == len(last) and last > first else ""
    return rng.choice([f"{first}--", *([swapped] if swapped else [])]) if dash and first.isdigit() else text


SPOILS: dict[str, Spoil] = {
    "doi-form": _changed(
        "doi", lambda doi, rng: rng.choice([f"https://doi.org/{doi}", f"doi: {doi}", doi.replace("_", "\\_")])
    ),
    "doi-syntax": _changed("doi", lambda doi, rng: rng.choice([doi.removeprefix("10."), f"{doi} (in print)", "n/a"])),
    "isbn-check": _changed("isbn", lambda isbn, rng: _other_digit(isbn, rng) if len(isbn.split()) == 1 else isbn),
    "issn-check": _changed("issn", lambda issn, rng: _other_digit(issn, rng) if len(issn.split()) == 1 else issn),
    "date-syntax": _changed("year", lambda year, rng: rng.choice([f"{year}{rng.randint(0, 9)}", "1?99", "2999"])),
    "page-form": _changed("pages", _backwards),
    "url-syntax": lambda fields, rng: {**fields, "url": rng.choice(["www.example.org/a", "see the library"])},
    "missing-field": _without,
    "name-form": _changed(
        "author",
        lambda names, rng: (
            rng.choice([names.replace(" and ", "; "), f"{names.partition(' and ')[0]} et al."])
            if " and " in names
            else names
        ),
    ),
    "title-case": _changed("title", lambda title, _: title if re.search(r"[\\$]", title) else title.upper()),
    "title-braces": _changed("title", lambda title, _: f"{{{title}}}" if len(title.split()) > 3 else title),
    "title-unprotected": _changed("title", lambda title, _: re.sub(r"(?<!\w)\{+([A-Z]{2,})\}+", r"\1", title)),
    "latex-unsafe": _changed("title", lambda title, rng: title + rng.choice([" \\input{x}", " \\write18{x}"])),
    "latex-broken": _changed("title", lambda title, rng: title + rng.choice([" & so on", " 100 % of", " x_1", " $"])),
}
TOGETHER = {
    "title-case": {"title-unprotected", "latex-broken"},
    "title-braces": {"title-unprotected"},
    "latex-broken": {"title-unprotected"},
    "date-syntax": {"missing-field"},
}
"""The other rules that a spoiling touches."""


def fields_of(reference: Reference) -> tuple[str, Fields] | None:
    """Return the type and the fields of a reference as BibTeX writes it, None for one that cannot be edited."""
    text = formats.write([replace(reference, key="k", extra={}, sources={}, variants={})], "bibtex")
    entry = bibedit.outline(text).entries[0]
    if entry is None:
        return None
    return entry.type, {one.name: one.value.strip()[1:-1] if one.value[0] == "{" else one.value for one in entry.fields}


def written(kind: str, fields: Fields, key: str) -> str:
    """Return the entry."""
    return f"@{kind}{{{key},\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items()) + "}\n"


def fired(entries: Iterator[tuple[str, str]], folder: Path) -> dict[str, set[str]]:
    """Return the rules that find something in each of the entries (key, text), by key."""
    texts = dict(entries)
    path = folder / "spoiled.bib"
    path.write_text("\n".join(texts.values()), encoding="utf-8")
    subjects, _ = checking.subjects_of_file(path)
    rules = frozenset(rule for rule in RULES if RULES[rule].group not in ("duplicates", "preprints"))
    report = checking.check(subjects, rules, None, None)
    found: dict[str, set[str]] = {key: set() for key in texts}
    for one in report.findings:
        found[one.key].add(one.rule)
    return found


def main() -> None:
    """Print for each rule how often it was right, false and silent."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--works", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    rng = random.Random(chosen.seed)  # noqa: S311
    known = records(Path(os.environ["REFS_SHARED"], "registry", "payloads", "crossref", "bulk"))
    whole = [found for one in rng.sample(known, chosen.works) if (found := fields_of(one))]
    right, false, silent, on_whole = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    with TemporaryDirectory() as folder:
        before = fired(((f"k{n}", written(*one, f"k{n}")) for n, one in enumerate(whole)), Path(folder))
        on_whole.update(rule for rules in before.values() for rule in rules)
        for rule, spoil in SPOILS.items():
            made = {f"k{n}": (kind, after) for n, (kind, one) in enumerate(whole) if (after := spoil(one, rng))}
            entries = ((key, written(*one, key)) for key, one in made.items() if rule not in before[key])
            for key, rules in fired(entries, Path(folder)).items():
                right[rule] += rule in rules
                silent[rule] += rule not in rules
                false.update(rules - before[key] - {rule} - TOGETHER.get(rule, set()))
    for rule in SPOILS:
        precision = right[rule] / max(right[rule] + false[rule], 1)
        recall = right[rule] / max(right[rule] + silent[rule], 1)
        print(
            f"{rule:<20}{right[rule] + silent[rule]:6} spoiled, precision {precision:.4f}, recall {recall:.4f}", end=""
        )
        print(f", on {on_whole[rule]} of {len(whole)} whole entries")


if __name__ == "__main__":
    main()

"""How well duplicates are told from near misses, and what looking for them in 100,000 references costs.

    REFS_SHARED=... python -m benchmarks.duplicates [--picture docs/duplicates.svg] [--references 100000]

Prints precision and recall at each threshold on labelled pairs of real bibliographies (tests/duplicate_pairs.py), and
the CPU seconds of `refs duplicates` on made-up references of which one in twenty is there twice. Without REFS_SHARED
only the second.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.commands import sample
from refs import Library, Reference
from refs.actions import merging
from refs.likeness import LIKELY, SURE
from tests import duplicate_pairs
from tests.duplicate_pairs import DAMAGES, Point

THRESHOLDS = (0.1, 0.3, 0.5, LIKELY, 0.7, 0.8, 0.9, 0.95, SURE, 0.99, 0.995, 0.999, 0.9999)


def measure(root: Path) -> list[Point]:
    """Print the table of thresholds and return its points."""
    begun = time.process_time()
    corpus = duplicate_pairs.read_corpus(root)
    same, apart = duplicate_pairs.same_works(corpus), duplicate_pairs.near_misses(corpus)
    damaged = duplicate_pairs.damaged(corpus, 3000)
    print(f"{len(corpus.references)} references of {len(set(corpus.files))} files")
    print(f"{len(same)} pairs of one work in two files: {duplicate_pairs.counted(same)}")
    print(f"{len(apart)} near misses: {duplicate_pairs.counted(apart)}; {len(damaged)} damaged copies")
    by_kind = duplicate_pairs.misses_by_kind(corpus, 500)
    kinds = list(duplicate_pairs.scores(by_kind))
    found = [list(duplicate_pairs.scores(pairs)) for pairs in (same, apart, damaged)]
    points = duplicate_pairs.curve(found[0], found[1], found[2], THRESHOLDS)
    print("\n| threshold | precision | recall | recall, damaged copies |\n|---|---|---|---|")
    for point in points:
        note = {LIKELY: " (shown)", SURE: " (`--auto`)"}.get(point.threshold, "")
        shares = (f"{share:.4f}" for share in (point.precision, point.recall, point.recall_damaged))
        print(f"| {point.threshold}{note} | {' | '.join(shares)} |")
    right, wrong = (duplicate_pairs.merged(*one) for one in ((same, found[0]), (apart, found[1])))
    made = duplicate_pairs.merged(by_kind, kinds)
    print(f"\n--auto merges {right} of {len(same)} pairs of one work, {wrong} of {len(apart)} near misses,")
    print(f"and {made} of {len(by_kind)} made-up near misses of {len(duplicate_pairs.MISSES)} kinds")
    right, wrong = (sum(score >= SURE for score in one) for one in found[:2])
    print(f"{right} and {wrong} reach its threshold; none wrong of so many is {0.05 ** (1 / right):.4f} at 95 %")
    print(f"\n{time.process_time() - begun:.0f} s of CPU")
    return points


WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 360, 56, 24, 176, 64
SERIES = (("precision", "#1a7f5a", ""), ("recall", "#b3541e", "6 4"), ("recall_damaged", "#4f6bc4", "2 3"))
NAMES = {"precision": "precision", "recall": "recall, two files", "recall_damaged": "recall, damaged copies"}


def picture(points: Sequence[Point]) -> str:
    """Return the curves as SVG that reads on a light page and on a dark one."""
    middle = "#808080"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12" role="img" aria-label="Precision and recall at each threshold">',
        "<style>text{fill:#333}.g{stroke:#808080;stroke-opacity:.35}"
        "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>",
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _y(share)
        parts.append(f'<line class="g" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share:g}</text>')
    for place, point in enumerate(points):
        x = _x(place, points)
        if point.threshold in (LIKELY, SURE):
            parts.append(
                f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="{middle}" '
                'stroke-dasharray="3 3"/>'
            )
            label = "shown" if point.threshold == LIKELY else "--auto"
            parts.append(f'<text x="{x:.1f}" y="{TOP - 8}" text-anchor="middle">{label}</text>')
        turn = f'transform="rotate(-40 {x:.1f} {HEIGHT - BOTTOM + 16})"'
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="end" {turn}>{point.threshold:g}</text>'
        )
    for name, color, dashes in SERIES:
        line = " ".join(f"{_x(i, points):.1f},{_y(getattr(point, name)):.1f}" for i, point in enumerate(points))
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2.5" stroke-dasharray="{dashes}"/>'
        )
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">threshold</text>')
    for row, (name, color, dashes) in enumerate(SERIES):
        y = HEIGHT - BOTTOM - 60 + 20 * row
        x = WIDTH - RIGHT + 8
        parts.append(
            f'<line x1="{x}" y1="{y}" x2="{x + 18}" y2="{y}" stroke="{color}" stroke-width="2.5" '
            f'stroke-dasharray="{dashes}"/><text x="{x + 22}" y="{y + 4}">{NAMES[name]}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(place: int, points: Sequence[Point]) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * place / (len(points) - 1)


def _y(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)


SYLLABLES = "ba do fi gu ka lo mi ne pa ra so ti un ver wes tor gra phen sti cal mo lec".split()


def cost(count: int) -> None:
    """Print what finding, and adding one more, costs in a library of so many references."""
    chance = random.Random(1)  # noqa: S311
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(5000)]
    references = [
        replace(one, fields={**one.fields, "title": " ".join(chance.choices(words, k=8)).capitalize()})
        for one in sample(count)
    ]
    for index in range(0, count, 20):
        copy = replace(references[index], fields={k: v for k, v in references[index].fields.items() if k != "DOI"})
        for name in chance.sample(sorted(DAMAGES), 2):
            copy = DAMAGES[name](copy, chance)
        references.append(copy)
    with tempfile.TemporaryDirectory() as name:
        library = Library(Path(name) / "library.sqlite3")
        begun = time.process_time()
        with library.change() as change:
            for one in references:
                change.add(one)
        print(
            f"{len(references)} references added: {len(references) / (time.process_time() - begun):.0f} a CPU second",
            flush=True,
        )
        begun = time.process_time()
        groups = merging.find(library)
        print(f"{len(groups)} groups found in {time.process_time() - begun:.1f} s of CPU", flush=True)
        _add_more(library, references[1:2000:20])


def _add_more(library: Library, stored: Sequence[Reference]) -> None:
    copies = [replace(one, fields={**one.fields, "DOI": f"{one.text('DOI')}.x"}) for one in stored]
    with library.change() as change:
        begun = time.process_time()
        for one in copies:
            change.add(one)
        print(f"one more added: {1000 * (time.process_time() - begun) / len(copies):.2f} ms of CPU")


def main() -> None:
    """Measure both."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--picture", type=Path, help="where to write the curves as SVG")
    options.add_argument("--references", type=int, default=100_000, help="0 leaves the second measurement out")
    chosen = options.parse_args()
    if shared := os.environ.get("REFS_SHARED"):
        points = measure(Path(shared) / "bib" / "large")
        if chosen.picture:
            chosen.picture.write_text(picture(points), encoding="utf-8")
    if chosen.references:
        cost(chosen.references)


if __name__ == "__main__":
    main()

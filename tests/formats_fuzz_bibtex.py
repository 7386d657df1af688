"""Damage real .bib entries by one sign: no exception, no hang, the neighbours survive, the right line is told.

Run as a script: `python -m tests.formats_fuzz_bibtex [FOLDER] [--cases 1000000] [--seed 1] [--start 0]`. Without a
folder of .bib files the entries of the tests are used. A case is made from the seed and its number alone.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from pathlib import Path

from refs.formats import read
from refs.formats.bibedit import outline
from refs.formats.encodings import decode

DATA = Path(__file__).parent / "data" / "bibtex"
SIGNS = '{}",@%\\'
LONGEST = 20_000


def entries(folder: Path, files: int = 400) -> list[str]:
    """Return the entries of the .bib files of a folder that stand by themselves, in a stable order."""
    found: dict[str, None] = {}
    for path in sorted(folder.rglob("*.bib"))[:: max(1, len(list(folder.rglob("*.bib"))) // files)]:
        if path.stat().st_size > 500_000:
            continue
        text, _ = decode(path.read_bytes())
        for entry in outline(text).entries[:60]:
            piece = text[entry.start : entry.end] if entry else ""
            if piece and len(piece) < LONGEST and "\r" not in piece and "@comment" not in piece.lower():
                found[piece] = None
    return list(found)


def damaged(text: str, chance: random.Random) -> str:
    """Return an entry with one sign dropped or put in."""
    sign = chance.choice(SIGNS)
    places = [i for i, char in enumerate(text) if char == sign]
    if places and chance.random() < 0.5:
        place = chance.choice(places)
        return text[:place] + text[place + 1 :]
    place = chance.randrange(len(text) + 1)
    return text[:place] + sign + text[place:]


def check(texts: list[str], seed: int, number: int) -> str:
    """Read one damaged entry between two whole ones, assert what must hold, and return what became of it."""
    chance = random.Random(f"{seed}-{number}")  # noqa: S311
    first = "@book{first-neighbour,\n  title = {A},\n}\n"
    middle = damaged(chance.choice(texts), chance)
    text = f"{first}{middle}\n@book{{last-neighbour,\n  title = {{B}},\n}}\n"
    blocks = read(text.encode("utf-8", "surrogatepass"), "refs.bib").blocks
    assert "".join(block.raw for block in blocks) == text, text
    keys = [block.reference.key for block in blocks if block.reference]
    assert (keys[0], keys[-1]) == ("first-neighbour", "last-neighbour"), text
    position = 0
    for block in blocks:
        blanks = len(block.raw) - len(block.raw.lstrip())
        assert block.line == text.count("\n", 0, position + blanks) + 1, text
        position += len(block.raw)
        assert (block.kind == "quarantine") == bool(block.reason), text
    fates = [block for block in blocks if block.line > 3][:-1]
    broken = [block for block in fates if block.kind == "quarantine"]
    if broken:
        assert 4 <= broken[0].line <= 4 + middle.count("\n"), text
        return "quarantined"
    return "warned" if any(block.warnings for block in fates) else "read"


def main() -> None:
    """Run the cases, and print what became of them and how long the slowest took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DATA)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    arguments = parser.parse_args()
    texts, slowest = entries(arguments.folder), (0.0, 0)
    counts: Counter[str] = Counter()
    print(f"{len(texts)} entries", flush=True)
    for number in range(arguments.start, arguments.start + arguments.cases):
        start = time.process_time()
        try:
            counts[check(texts, arguments.seed, number)] += 1
        except Exception as error:
            counts["failed"] += 1
            print(f"case {arguments.seed}-{number}: {type(error).__name__}: {str(error)[:600]!r}", flush=True)
        slowest = max(slowest, (time.process_time() - start, number))
        if (number + 1) % 20_000 == 0:
            print(number + 1, dict(counts), f"slowest {slowest[0]:.3f} s (case {slowest[1]})", flush=True)
    print(arguments.cases, dict(counts), f"slowest {slowest[0]:.3f} s (case {slowest[1]})")


if __name__ == "__main__":
    main()

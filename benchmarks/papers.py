"""CPU time of reading a document's citations and of exporting them, beside peers in the same run.

    python benchmarks/papers.py [--megabytes 1] [--references 10000] [--cited 200] [--runs 5] [--pandoc /path/to/pandoc]

The peers of the reader are one regular expression over the bytes, which knows neither comments nor verbatim text nor
included files, and pandoc reading the same document where it is installed. Prints the median of the runs: seconds of
the reader alone, and user + system seconds of whole processes, interpreter included.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.commands import cpu_seconds, sample
from refs import Library, papers

WORDS = "the of a measure field theorem result shows that which under bound estimate proof section see above".split()


def book(keys: Sequence[str], size: int, seed: int = 2) -> str:
    """Return a LaTeX book of about so many characters that cites each key, some often, and is full of commands."""
    chance = random.Random(seed)  # noqa: S311
    parts = ["\\documentclass{book}\\begin{document}\n"]
    length = 0
    queue = list(keys)
    while length < size:
        prose = " ".join(chance.choices(WORDS, k=60))
        cited = ", ".join([queue.pop()] if queue else chance.sample(keys, chance.randint(1, 3)))
        note = "[see][p. 3]" if chance.random() < 0.3 else ""
        part = (
            f"\\section{{On {chance.choice(WORDS)}}}\\label{{s{length}}}\n{prose} \\emph{{{prose[:40]}}} 100\\% sure"
            f"~\\citep{note}{{{cited}}}. % \\cite{{nobody}}\n$x_{{i}} = \\frac{{a}}{{b}}$, \\textbf{{and}} more.\n\n"
        )
        parts.append(part)
        length += len(part)
    return "".join([*parts, "\\end{document}\n"])


def median_of(work: Callable[[], object], runs: int) -> float:
    """Return the median CPU seconds of a piece of work in this process."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def main() -> None:
    """Time the reader on a book, and an export of what it cites from a library."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--megabytes", type=float, default=1.0)
    options.add_argument("--references", type=int, default=10_000)
    options.add_argument("--cited", type=int, default=200)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--pandoc", default=shutil.which("pandoc"))
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shelf = Library(folder / "library.sqlite3")
        with shelf.change() as change:
            keys = [change.add(reference).key for reference in sample(chosen.references)]
        cited = random.Random(3).sample(keys, chosen.cited)  # noqa: S311
        path = folder / "book.tex"
        path.write_text(book(cited, int(chosen.megabytes * 1e6)), encoding="utf-8")
        found = papers.read(path)
        print(
            f"{path.stat().st_size / 1e6:.2f} MB of LaTeX, {len(found.citations)} citations of {len(found.keys)} keys"
        )
        pattern = re.compile(rb"\\[a-zA-Z]*cite[a-zA-Z]*\*?(?:\[[^\]]*\])*\{([^}]*)\}")
        rows = {
            "refs.papers.read": lambda: papers.read(path),
            "one regular expression": lambda: pattern.findall(path.read_bytes()),
        }
        for label, work in rows.items():
            print(f"{label:<44}{median_of(work, chosen.runs):8.3f} s", flush=True)
        home = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE", "STATE")}
        environment = {**os.environ, **home, "REFS_LIBRARY": str(folder / "library.sqlite3")}
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        refs = [sys.executable, "-m", "refs"]
        bib = str(folder / "refs.bib")
        commands = {
            "refs export --cited-in": [*refs, "export", "--cited-in", str(path), "-o", bib],
            "refs scan": [*refs, "scan", str(path)],
            "refs sync, nothing new": [*refs, "sync", str(path), "-o", bib],
            "refs cite --cited-in": [*refs, "cite", "--cited-in", str(path)],
            "refs lock, nothing new": [*refs, "lock", str(path)],
            "refs check --locked": [*refs, "check", str(path), "--locked"],
            "refs cite --cited-in --locked": [*refs, "cite", "--cited-in", str(path), "--locked"],
        }
        if chosen.pandoc:
            commands["pandoc book.tex -t json"] = [chosen.pandoc, str(path), "-t", "json"]
        print(f"{chosen.cited} keys from a library of {chosen.references}, whole processes")
        for label, command in commands.items():
            times = [cpu_seconds(command, environment) for _ in range(chosen.runs + 1)][1:]
            print(f"{label:<44}{statistics.median(times):8.3f} s", flush=True)


if __name__ == "__main__":
    main()

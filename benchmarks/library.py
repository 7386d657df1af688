"""A library of 100,000 references: how fast it is filled, searched and listed, and how large it is.

    python -m benchmarks.library [--references 100000] [--bib FOLDER] [--runs 5] [--peer /path/to/papis]

Without a folder of .bib files the references are made up. With one they come from its files, as often as it takes, each
copy under another key, DOI and title. Times are user + system seconds: of this process for the import and the queries,
of whole processes for `refs list`, whose start-up is the first line. `grep` on the .bib is the peer of the queries, and
papis, with a library of 1,000, that of the lists.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from benchmarks.commands import cpu_seconds, papis_rows, report, sample
from refs import Library, Reference
from refs.errors import RefsError
from refs.formats import read, write

LARGEST = 600_000  # bytes of a .bib that is read
QUERIES = (
    "",
    "analysis",
    "the of",
    "a",
    "o s a",
    "*ology",
    "*tion",
    "*e",
    "xylophonist",
    "author:smith",
    "author:smith year:1990..1999",
    "year:>2000",
    "type:book",
    "title:(theory OR method) NOT analysis",
    '"analysis of"',
    "has:DOI no:page",
    "publisher:press",
    "volume:12",
    "key:smith",
    "added:>2030",
    "10.5555/copy.777",
    "theory OR year:1950",
    "-analysis",
    "tag:physics",
    "tag:ph*",
    "no:title",
    "changed:<2020",
    "外交",
    "война",
    "voina",
    "publisher:*ress",
    "has:abstract year:2010..2020 (method OR model)",
    "s*",
)
SORTED = (("", "title"), ("", "author"), ("", "year"), ("", "added"), ("analysis", "title"), ("type:book", "author"))


def references(folder: Path | None, count: int) -> Iterator[Reference]:
    """Yield as many references, no two of them the same work."""
    if folder is None:
        yield from sample(count)
        return
    originals: list[Reference] = []
    files = sorted(folder.rglob("*.bib"))
    random.Random(1).shuffle(files)  # noqa: S311
    for file in files:
        if file.stat().st_size <= LARGEST and len(originals) < count:
            try:
                originals += read(file.read_bytes(), file.name).references
            except RefsError:
                continue
    for number, one in enumerate(islice(cycle(originals), count)):
        yield one if number < len(originals) else copied(one, number)


def copied(one: Reference, number: int) -> Reference:
    """Return another work that looks like this one: its title begins with a word of its own."""
    word = "".join("bcdfghklmnprstvz"[int(digit, 16)] + "a" for digit in f"{number:x}")
    fields = {**one.fields, "title": f"{word.capitalize()}: {one.text('title')}"}
    fields |= {"DOI": f"10.5555/copy.{number}"} if "DOI" in fields else {}
    fields = {name: value for name, value in fields.items() if name not in ("PMID", "PMCID", "ISBN")}
    return replace(one, key=f"{one.key}-{number}" if one.key else "", fields=fields, identifiers={})


def fill(library: Library, works: list[Reference]) -> None:
    """Import the references in one transaction and print the rate."""
    start = time.process_time()
    with library.change() as change:
        stored = sum(change.add(one, wanted=one.key).new for one in works)
    seconds = time.process_time() - start
    print(f"{'import':<44}{stored / seconds:7,.0f} a second   ({stored:,} stored of {len(works):,})", flush=True)


def ask(library: Library, query: str, runs: int, sort: str = "") -> None:
    """Print how long the first page of a query takes, and how many it finds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        page = list(library.each_row(query, sort, limit=100))
        times.append(1000 * (time.process_time() - start))
    shown = f"{len(page)}{'+' * (len(page) == 100)}"
    asked = (query or "(all)") + (f" --sort {sort}" if sort else "")
    print(f"{asked:<44}{statistics.median(times):7.0f} ms   ({max(times):.0f} at most; {shown} found)", flush=True)


def take_back(library: Library) -> None:
    """Undo the tagging and then the import, and print how long that takes."""
    library.apply(lambda change: change.undo())
    start = time.process_time()
    library.apply(lambda change: change.undo())
    print(f"{'undo of it all':<44}{time.process_time() - start:7.1f} s    ({len(library)} left)", flush=True)


def main() -> None:
    """Fill a library, ask it and list it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--references", type=int, default=100_000)
    options.add_argument("--bib", type=Path, help="a folder of .bib files")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--peer", help="papis, which takes minutes to import 1,000")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE", "STATE")}
        environment = {**os.environ, **home, "REFS_LIBRARY": str(folder / "library.sqlite3"), "COLUMNS": "100"}
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        works = list(references(chosen.bib, chosen.references))
        library = Library(folder / "library.sqlite3", "benchmark")
        fill(library, works)
        bib = folder / "all.bib"
        bib.write_text(write(library.references(), "bibtex"), encoding="utf-8")
        size, text = library.path.stat().st_size, bib.stat().st_size
        ratio = f"{size / text:.2f} times the .bib of {text / 1e6:.0f} MB"
        print(f"{'size of the library':<44}{size / 1e6:7.0f} MB   ({ratio})", flush=True)
        for query in QUERIES:
            ask(library, query, chosen.runs)
        for query, sort in SORTED:
            ask(library, query, chosen.runs, sort)
        grep = 1000 * statistics.median(
            cpu_seconds(["grep", "-ci", "analysis", str(bib)], environment) for _ in range(chosen.runs)
        )
        print(f"{'grep -ci analysis all.bib':<44}{grep:7.0f} ms")
        refs, key = [sys.executable, "-m", "refs"], next(library.each_row("analysis", limit=1)).key
        rows = {
            "refs --version": [*refs, "--version"],
            "refs list --limit 40": [*refs, "list", "--limit", "40"],
            "refs list analysis --limit 40": [*refs, "list", "analysis", "--limit", "40"],
            "refs list --sort year -r --limit 40": [*refs, "list", "--sort", "year", "-r", "--limit", "40"],
            "refs list --sort author --limit 40": [*refs, "list", "--sort", "author", "--limit", "40"],
            "refs list (all, in a pipe)": [*refs, "list"],
            "refs show KEY": [*refs, "show", key],
            "refs cite KEY": [*refs, "cite", key],
            "refs export KEY": [*refs, "export", key],
            "refs history": [*refs, "history"],
            "refs tag KEY +x": [*refs, "tag", key, "+x"],
            "refs tags": [*refs, "tags"],
        }
        report(rows, chosen.runs, environment)
        take_back(library)
        if chosen.peer:
            report(papis_rows(chosen.peer, folder, sample(1000), environment), chosen.runs, environment)


if __name__ == "__main__":
    main()

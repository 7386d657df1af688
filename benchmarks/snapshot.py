"""Measure snapshots: building one of the recorded works and looking them up, beside a plain table of JSON in SQLite.

usage: REFS_SHARED=DIR python benchmarks/snapshot.py [FILE...]

Without files those in DIR/registry/payloads/crossref/bulk are read. The floor is what nobody can do without in the
standard library: to unzip and to parse.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from resolver.snapshot import INDEX, Snapshot
from resolver.snapshotbuild import build
from resolver.sources import crossref

LOOKUPS = 10_000


def main() -> None:
    """Print a line for each figure."""
    bulk = "registry/payloads/crossref/bulk"
    files = [Path(name) for name in sys.argv[1:]] or sorted((Path(os.environ["REFS_SHARED"]) / bulk).glob("*.gz"))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        began = time.process_time()
        build(files, directory)
        spent = time.process_time() - began
        snapshot = Snapshot(directory)
        works = snapshot.about.works
        size = (directory / INDEX).stat().st_size
        print(f"build: {works:,} works, {works / spent:,.0f} a second of CPU, {size / works:.0f} bytes each")
        print(f"largest resident size: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        peer = directory / "plain.sqlite3"
        spent = timed(lambda: plain_table(files, peer))
        size = peer.stat().st_size
        print(f"plain table of JSON in SQLite: {works / spent:,.0f} a second of CPU, {size / works:.0f} bytes each")
        print(f"the floor, gzip and json: {works / timed(lambda: floor(files)):,.0f} a second of CPU")
        with closing(sqlite3.connect(peer)) as db:
            rows = db.execute("SELECT doi FROM work ORDER BY doi").fetchall()
            dois = random.Random(1).choices([doi for (doi,) in rows], k=LOOKUPS)  # noqa: S311
            query = "SELECT record FROM work WHERE doi = ?"
            look_ups(
                "look up in the plain table", lambda doi: json.loads(db.execute(query, (doi,)).fetchone()[0]), dois
            )
        look_ups("look up in the snapshot", snapshot.get, dois)
        look_ups("look up and parse to a reference", lambda doi: crossref.parse(snapshot.get(doi) or {}), dois)


def timed(run: Callable[[], object]) -> float:
    """Return the seconds of CPU that a call takes."""
    began = time.process_time()
    run()
    return time.process_time() - began


def floor(files: Sequence[Path]) -> None:
    """Unzip and parse every line."""
    for file in files:
        with gzip.open(file) as lines:
            for line in lines:
                json.loads(line)


def plain_table(files: Sequence[Path], target: Path) -> None:
    """Keep each line as it is under its DOI."""
    with closing(sqlite3.connect(target)) as db:
        db.execute("CREATE TABLE work (doi TEXT PRIMARY KEY, record TEXT)")
        for file in files:
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                rows = ((json.loads(line)["DOI"].lower(), line) for line in lines)
                db.executemany("INSERT OR REPLACE INTO work VALUES (?, ?)", rows)
        db.commit()


def look_ups(what: str, get: Callable[[str], object], dois: Sequence[str]) -> None:
    """Print the median and the 95th percentile of looking DOIs up."""
    times = []
    for doi in dois:
        began = time.perf_counter()
        get(doi)
        times.append(time.perf_counter() - began)
    times.sort()
    print(f"{what}: median {times[len(times) // 2] * 1e6:.0f} µs, p95 {times[len(times) * 95 // 100] * 1e6:.0f} µs")


if __name__ == "__main__":
    main()

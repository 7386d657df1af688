"""CPU time of `refs check`, beside veracite and bibtexparser in the same run where they are installed.

    python benchmarks/checking.py [--references 1000] [--large 10000] [--rows 60000] [--runs 5]
                                  [--veracite /path/to/veracite] [--bibtexparser /path/to/python]

The references are made up; what a registry says of them lies in the cache, and a table of Retraction Watch holds some.
Prints user + system seconds of whole processes, interpreter included: the median of the runs, the first not counted.
veracite checks the same files by its offline rules alone, as it has no cache; bibtexparser only reads them.
`benchmarks/papers.py` times the reading of a LaTeX book.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.commands import cpu_seconds, sample
from refs import Reference
from refs.checking.retractions import Retractions
from refs.formats import write
from resolver.cache import DAY, Cache, Stored
from resolver.http import JSON
from resolver.sources import crossref

COLUMNS = (
    "Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,RetractionDate,"
    "RetractionDOI,RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,"
    "Reason,Paywalled,Notes"
).split(",")
OFFLINE_RULES = "syntax,fields,titles,journals,duplicates,latex"


def fill_cache(cache: Path, references: Sequence[Reference]) -> None:
    """Keep what Crossref would answer about each reference."""
    kept = Cache(cache, "")
    for one in references:
        date = one.date("issued")
        work = {
            "DOI": one.text("DOI"),
            "type": "journal-article",
            "title": [one.text("title")],
            "container-title": [one.text("container-title")],
            "author": [{"family": name.family, "given": name.given} for name in one.creators],
            "issued": {"date-parts": [list(date.parts[0])] if date else [[]]},
            "volume": one.text("volume"),
            "page": one.text("page"),
        }
        body = json.dumps({"status": "ok", "message-type": "work", "message": work}).encode()
        url = crossref.url(one.text("DOI"))
        kept.put(url, JSON, Stored(url, 200, "", time.time(), True, body), 7 * DAY)
    kept.close()


def write_retractions(path: Path, count: int, retracted: Sequence[Reference]) -> None:
    """Write a table of Retraction Watch of so many rows, in which some of the references stand."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS, restval="")
        rows.writeheader()
        for number in range(count):
            one = retracted[number] if number < len(retracted) else None
            rows.writerow(
                {
                    "Record ID": number,
                    "Title": one.text("title") if one else f"A retracted study of some thing number {number}",
                    "Author": ";".join(map(str, one.creators)) if one else "A. Author;B. Author;C. Author",
                    "RetractionDate": "1/15/2020 0:00",
                    "RetractionDOI": f"10.5555/notice.{number}",
                    "OriginalPaperDate": "3/1/2015 0:00",
                    "OriginalPaperDOI": one.text("DOI") if one else f"10.5556/other.{number}",
                    "RetractionNature": "Retraction",
                    "Reason": "+Concerns/Issues About Data;+Investigation by Journal/Publisher;",
                }
            )


def show(label: str, command: Sequence[str], environment: dict[str, str], runs: int) -> None:
    """Print the median of the runs of a command, whatever its exit code."""
    shell = ["sh", "-c", '"$@" || true', "sh", *command]
    times = [cpu_seconds(shell, environment) for _ in range(runs + 1)][1:]
    print(f"{label:<58}{statistics.median(times):8.2f} s", flush=True)


def main() -> None:
    """Time the checks of a cached file and of a large one."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--references", type=int, default=1000)
    options.add_argument("--large", type=int, default=10_000)
    options.add_argument("--rows", type=int, default=60_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--veracite", default=shutil.which("veracite"))
    options.add_argument("--bibtexparser", metavar="PYTHON", default=sys.executable)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "REFS_MIRROR": ""}
        environment.update({f"XDG_{kind}_HOME": str(folder / kind) for kind in ("DATA", "CONFIG", "CACHE", "STATE")})
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        refs = [sys.executable, "-m", "refs", "check"]
        files = {}
        for count in (chosen.references, chosen.large):
            references = [replace(one, key=f"made{number}") for number, one in enumerate(sample(count))]
            files[count] = folder / f"{count}.bib"
            files[count].write_text(write(references, "bibtex"), encoding="utf-8")
        fill_cache(folder / "CACHE" / "refs" / "answers", sample(chosen.references))
        table = folder / "retraction_watch.csv"
        write_retractions(table, chosen.rows, sample(chosen.references)[::100])
        began = time.process_time()
        Retractions(table, folder / "CACHE" / "refs" / "retractions")
        print(f"index of {chosen.rows} rows of Retraction Watch, made once {time.process_time() - began:12.2f} s")
        watched = {**environment, "REFS_RETRACTION_WATCH": str(table)}
        small, large = str(files[chosen.references]), str(files[chosen.large])
        show(f"refs check --offline, {chosen.references} cached", [*refs, small, "--offline"], environment, chosen.runs)
        only = [*refs, small, "--offline", "--only", "retractions"]
        show(f"  the same, --only retractions, {chosen.rows} rows", only, watched, chosen.runs)
        show(f"  the same, {OFFLINE_RULES}", [*refs, small, "--only", OFFLINE_RULES], environment, chosen.runs)
        show(f"refs check, {chosen.large}, {OFFLINE_RULES}", [*refs, large, "--only", OFFLINE_RULES], environment, 1)
        parse = "import sys, bibtexparser; print(len(bibtexparser.parse_file(sys.argv[1]).entries))"
        for file, count in ((small, chosen.references), (large, chosen.large)):
            reading = [chosen.bibtexparser, "-c", parse, file]
            if subprocess.run(reading, capture_output=True, check=False).returncode == 0:
                show(f"bibtexparser, reading {count}", reading, environment, chosen.runs)
            if chosen.veracite:
                command = [chosen.veracite, "--bib", file, "--offline", "--no-color"]
                show(f"veracite --offline, {count}", command, environment, 1)


if __name__ == "__main__":
    main()

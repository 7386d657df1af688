"""CPU time of the commands in a library of 1,000 references, beside papis in the same run where it is installed.

    python benchmarks/commands.py [--references 1000] [--runs 7] [--peer /path/to/papis]

Prints user + system seconds of whole processes, interpreter included, the median of the runs. The first run of each
is not counted, so that byte code and the disk's cache are warm.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from refs import Date, Library, Name, Reference
from refs.formats import write

WORDS = "soviet diplomacy finland war peace archive structure acid model analysis theory network method climate".split()
FAMILIES = "Watson Crick Müller Христофоров 王 García Kovács Smith O'Brien Nakamura Ångström Haddad Sørensen".split()


def sample(count: int, seed: int = 1) -> list[Reference]:
    """Return made-up journal articles, the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    return [
        Reference(
            "article-journal",
            {
                "title": " ".join(chance.choices(WORDS, k=8)).capitalize() + f" {number}",
                "author": tuple(Name(chance.choice(FAMILIES), "A. B.") for _ in range(chance.randint(1, 5))),
                "container-title": f"Journal of {chance.choice(WORDS).title()}",
                "issued": Date(((chance.randint(1950, 2024), chance.randint(1, 12)),)),
                "volume": str(chance.randint(1, 99)),
                "page": f"{number}-{number + 9}",
                "DOI": f"10.5555/benchmark.{number}",
            },
        )
        for number in range(count)
    ]


def cpu_seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    """Return the user and system seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report(rows: dict[str, list[str]], runs: int, environment: dict[str, str]) -> None:
    """Print a line a command: the median and the span of its runs in milliseconds."""
    for name, command in rows.items():
        times = [1000 * cpu_seconds(command, environment) for _ in range(runs + 1)][1:]
        print(f"{name:<34}{statistics.median(times):7.0f} ms   ({min(times):.0f} to {max(times):.0f})", flush=True)


def papis_rows(
    papis: str, folder: Path, references: Sequence[Reference], environment: dict[str, str]
) -> dict[str, list[str]]:
    """Import the same references into papis and return its like commands."""
    bib = folder / "peer.bib"
    bib.write_text(write(references, "bibtex"), encoding="utf-8")
    config = Path(environment["XDG_CONFIG_HOME"]) / "papis" / "config"
    config.parent.mkdir(parents=True)
    config.write_text(f"[settings]\ndefault-library = peer\n[peer]\ndir = {folder / 'papis'}\n", encoding="utf-8")
    (folder / "papis").mkdir()
    subprocess.run(
        [papis, "bibtex", "read", str(bib), "import", "--all", "--batch"],
        env=environment,
        check=True,
        capture_output=True,
    )
    listed = subprocess.run([papis, "list", "--all"], env=environment, check=True, capture_output=True, text=True)
    print(f"papis holds {len(listed.stdout.splitlines())} of {len(references)}")
    return {
        "papis list --all": [papis, "list", "--all"],
        "papis list --all author:nakamura": [papis, "list", "--all", "author:nakamura"],
        "papis list, titles": [papis, "list", "--all", "--format", "{doc[ref]} {doc[title]}"],
        "papis export --all -f bibtex": [papis, "export", "--all", "--format", "bibtex"],
    }


def main() -> None:
    """Fill a library and time the commands on it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--references", type=int, default=1000)
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--peer", default=shutil.which("papis"), help="papis, which takes minutes to import 1,000")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE", "STATE")}
        environment = {**os.environ, **home, "REFS_LIBRARY": str(folder / "library.sqlite3")}
        # An installed refs has its byte code beside it; a checkout gets it here, whatever the machine's habits are.
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        references = sample(chosen.references)
        with Library(folder / "library.sqlite3").change() as change:
            keys = [change.add(reference).key for reference in references]
        refs = [sys.executable, "-m", "refs"]
        print(f"{chosen.references} references, CPU of the whole process, median of {chosen.runs} runs")
        rows = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "refs --version": [*refs, "--version"],
            "refs --help": [*refs, "--help"],
            "refs list": [*refs, "list"],
            "refs list nakamura": [*refs, "list", "nakamura"],
            "refs show KEY": [*refs, "show", keys[7]],
            "refs cite KEY --style apa": [*refs, "cite", keys[7], "--style", "apa"],
            "refs export KEY": [*refs, "export", keys[7]],
            "refs export": [*refs, "export"],
        }
        report(rows, chosen.runs, environment)
        if chosen.peer:
            report(
                papis_rows(chosen.peer, folder, Library(folder / "library.sqlite3").references(), environment),
                chosen.runs,
                environment,
            )
        else:
            print("papis is not installed: no peer in this run")


if __name__ == "__main__":
    main()

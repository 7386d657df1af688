"""`refs demo`: the main job, run for real on samples, with each command and what it gave.

The commands are run as a person runs them, each in a process of its own, with a library in a temporary folder and a
mirror that serves the sample registry on loopback: all the code of a real run, and no network.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from refs import console
from refs.errors import RefsError
from refs.sample import IDENTIFIERS, PAPER
from refs.sample.server import serve

KEY = "khristoforov2024soviet"
STEPS = (
    ("An article, by its DOI", ("refs", "add", IDENTIFIERS[0])),
    ("Well-known works of other types, many at once", ("refs", "add", *IDENTIFIERS[1:])),
    ("What the library holds", ("refs", "list")),
    ("APA", ("refs", "cite", KEY, "--style", "apa")),
    ("GOST, in Russian", ("refs", "cite", KEY, "--style", "gost-r-7-0-5-2008", "--locale", "ru-RU")),
    (
        "The national standard of China",
        ("refs", "cite", KEY, "--style", "china-national-standard-gb-t-7714-2015-numeric"),
    ),
    ("The whole library in Chicago's author-date style", ("refs", "cite", "--style", "chicago-author-date")),
    ("BibTeX of what a paper cites", ("refs", "export", "--cited-in", PAPER.name, "-o", "references.bib")),
    ("", ("cat", "references.bib")),
)


def run() -> None:
    """Print every step of the demo and what it gave; raise RefsError when one fails."""
    console.out("A sample registry on this machine answers in place of the real ones; nothing of yours is touched.")
    with tempfile.TemporaryDirectory(prefix="refs-demo-") as name, serve() as mirror:
        folder = Path(name)
        (folder / PAPER.name).write_bytes(PAPER.read_bytes())
        environment = _environment(folder, mirror)
        for title, words in STEPS:
            _show(title, words, folder, environment)
    console.out("\nWith a network the same commands ask the registries themselves: refs add IDENTIFIER")


def _environment(folder: Path, mirror: str) -> dict[str, str]:
    """Return an environment that leads every file of the commands into the folder and every request to the mirror."""
    package = str(Path(__file__).resolve().parents[2])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REFS_", "XDG_"))}
    return kept | {
        "REFS_LIBRARY": str(folder / "library.sqlite3"),
        "REFS_MIRROR": mirror,
        "PYTHONPATH": os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH")))),
        "PYTHONIOENCODING": "utf-8",
        **{f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")},
    }


def _show(title: str, words: tuple[str, ...], folder: Path, environment: dict[str, str]) -> None:
    if title:
        console.out(f"\n# {title}")
    console.out(f"$ {shlex.join(words)}")
    sys.stdout.flush()
    if words[0] == "cat":
        console.out((folder / words[1]).read_text(encoding="utf-8"))
        return
    started = time.monotonic()
    command = [sys.executable, "-m", "refs", *words[1:]]
    status = subprocess.run(command, cwd=folder, env=environment, check=False).returncode  # noqa: S603
    if status:
        seconds = time.monotonic() - started
        raise RefsError(f"the demo failed: {shlex.join(words)} ended with code {status} after {seconds:.1f} s")

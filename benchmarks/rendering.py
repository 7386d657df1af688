"""CPU time of `refs render` on a book, beside pandoc with its own citation processor in the same run.

    python benchmarks/rendering.py [--megabytes 1] [--citations 2000] [--references 500] [--runs 3] [--pandoc PATH]

Prints the median user + system seconds of whole processes, what they start included: refs writing Markdown, which
needs no pandoc, and HTML through pandoc; pandoc reading the same book without citations, and with --citeproc.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.commands import cpu_seconds, sample
from refs import formats
from refs.csl.repository import find_style

WORDS = "the of a measure field theorem result shows that which under bound estimate proof section see above".split()
STYLES = ("apa", "chicago-notes-bibliography", "ieee")


def book(keys: list[str], size: int, citations: int, seed: int = 2) -> str:
    """Return a Markdown book of about so many characters and citations that cites each key."""
    chance = random.Random(seed)  # noqa: S311
    queue = list(keys)
    prose = max(1, size // citations - 40)
    parts = ["---\ntitle: A book\nbibliography: book.json\n---\n"]
    for number in range(citations):
        if number % 20 == 0:
            parts.append(f"\n\n# Chapter {number // 20 + 1}\n")
        key = queue.pop() if queue else chance.choice(keys)
        text = " ".join(chance.choices(WORDS, k=prose // 6 + 1))[:prose]
        cite = chance.choice(
            (f"[@{key}]", f"[see @{key}, p. {number}]", f"[@{key}; @{chance.choice(keys)}]", f"@{key}")
        )
        parts.append(f"\n{text} *emphasis* {cite}.\n")
    return "".join(parts)


def main() -> None:
    """Time the renderings of one book."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--megabytes", type=float, default=1.0)
    options.add_argument("--citations", type=int, default=2000)
    options.add_argument("--references", type=int, default=500)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--pandoc", default=shutil.which("pandoc"))
    chosen = options.parse_args()
    pandoc = chosen.pandoc or str(import_module("pypandoc").get_pandoc_path())
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        references = [replace(one, key=f"key{number}") for number, one in enumerate(sample(chosen.references))]
        (folder / "book.json").write_text(formats.write(references, "csljson"), encoding="utf-8")
        path = folder / "book.md"
        keys = [reference.key for reference in references]
        path.write_text(book(keys, int(chosen.megabytes * 1e6), chosen.citations), encoding="utf-8")
        print(f"{path.stat().st_size / 1e6:.2f} MB, {chosen.citations} citations of {chosen.references} references")
        for style in STYLES:
            csl = folder / f"{style}.csl"
            csl.write_bytes(find_style(style).data)
            refs = [
                sys.executable,
                "-m",
                "refs",
                "--library",
                str(folder / "none.db"),
                "render",
                str(path),
                "-s",
                style,
            ]
            bare = [pandoc, "--standalone", str(path), "-o", str(folder / "p.html")]
            commands = {
                f"refs render, {style}, Markdown": [*refs, "-o", str(folder / "out.md")],
                f"refs render, {style}, HTML": [*refs, "-o", str(folder / "out.html")],
                f"pandoc --citeproc, {style}, HTML": [
                    *bare,
                    "--citeproc",
                    "--csl",
                    str(csl),
                    f"--resource-path={folder}",
                ],
                "pandoc alone, HTML": bare,
            }
            for label, command in commands.items():
                seconds = statistics.median(cpu_seconds(command, environment) for _ in range(chosen.runs))
                print(f"{label:50} {seconds:6.2f} s")


if __name__ == "__main__":
    main()

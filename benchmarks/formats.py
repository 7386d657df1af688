"""Read and write 10,000 .bib entries, beside bibtexparser with and without its middlewares. CPU seconds, one process.

    python benchmarks/formats.py [FILE.bib ...]

Without files the entries are made up: 10,000 of them, 7 MB, with accents, names, braces and abstracts like real ones.
Each measurement runs in a fresh interpreter, imports included.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ENTRIES = 10_000
ENTRY = r"""@article{{author{n},
  author = {{M{{\"u}}ller, Hans and van der Berg, J. P. and Garc{{\'\i}}a-L{{\'o}}pez, Mar{{\'\i}}a {n} and Lee, Q.}},
  title = {{On the {{DNA}} of \emph{{Escherichia coli}} and {{G}}aussian measures, part {n}}},
  journal = {{Annals of Example Studies {journal}}},
  volume = {volume},
  number = {{{issue}}},
  pages = {{{first}--{last}}},
  year = {{{year}}},
  month = may,
  publisher = {{Example \& Sons}},
  doi = {{10.5555/example.{n}}},
  url = {{https://example.org/articles/{n}?view=full&lang=en}},
  abstract = {{{abstract}}},
}}
"""
ABSTRACT = "We study {n} things and find that some of them behave as expected while others do not. "
RUNS = {
    "refs: read to references": """
from refs.formats import read
print(len(read(data, "refs.bib").references))""",
    "refs: read again, 10 entries changed (CPU alone)": """
import subprocess, tempfile
from pathlib import Path
with tempfile.TemporaryDirectory() as folder:
    import os
    os.environ["XDG_CACHE_HOME"] = os.environ["LOCALAPPDATA"] = os.environ["HOME"] = folder
    path = Path(folder, "refs.bib")
    path.write_bytes(data)
    code = "from pathlib import Path; from refs.actions.reading import read_file; import sys, time; "
    code += "n = len(read_file(Path(sys.argv[1])).references); print(n, time.process_time())"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True)
    parts = data.split(b"title = {")
    for i in range(1, len(parts), max(1, len(parts) // 10)):
        parts[i] = b"Changed " + parts[i]
    path.write_bytes(b"title = {".join(parts))
    again = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    count, seconds = again.stdout.split()
    print(count)
    start = process_time() - float(seconds)""",
    "refs: write as BibLaTeX (reading not counted)": """
from dataclasses import replace
from refs.formats import read, write
references = [replace(one, key=f"k{i}") for i, one in enumerate(read(data, "refs.bib").references)]
start = process_time()
print(len(write(references, "biblatex")))""",
    "refs: write as BibTeX in 7 bits (reading not counted)": """
from dataclasses import replace
from refs.formats import read, write
references = [replace(one, key=f"k{i}") for i, one in enumerate(read(data, "refs.bib").references)]
start = process_time()
print(len(write(references, "bibtex", ascii_only=True)))""",
    "refs: tell what BibTeX lost (reading and writing not counted)": """
from dataclasses import replace
from refs.formats import losses, read, write
references = [replace(one, key=f"k{i}") for i, one in enumerate(read(data, "refs.bib").references)]
text = write(references, "bibtex")
start = process_time()
losses.find(references, text, "bibtex")
print(len(references))""",
    "bibtexparser: split alone": """
import bibtexparser
print(len(bibtexparser.parse_string(data.decode(), parse_stack=[]).blocks))""",
    "bibtexparser: names split": """
import bibtexparser
from bibtexparser import middlewares as m
layers = [m.NormalizeFieldKeys(), m.SeparateCoAuthors(), m.SplitNameParts()]
print(len(bibtexparser.parse_string(data.decode(), append_middleware=layers).blocks))""",
    "bibtexparser: names split, LaTeX decoded": """
import bibtexparser
from bibtexparser import middlewares as m
layers = [m.NormalizeFieldKeys(), m.LatexDecodingMiddleware(), m.SeparateCoAuthors(), m.SplitNameParts()]
print(len(bibtexparser.parse_string(data.decode(), append_middleware=layers).blocks))""",
}
CHILD = """
import logging, resource, sys
from time import process_time
logging.disable(logging.CRITICAL)
data = open(sys.argv[1], "rb").read()
start = 0.0
{code}
seconds = process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
print(f"{{seconds:.2f}} {{peak:.0f}}")
"""


def made_up() -> str:
    """Return the made-up entries."""
    return "\n".join(
        ENTRY.format(
            n=n,
            journal=n % 300,
            volume=n % 90,
            issue=n % 12,
            first=n,
            last=n + 9,
            year=1950 + n % 75,
            abstract=ABSTRACT.format(n=n) * 2,
        )
        for n in range(ENTRIES)
    )


def main(files: list[str]) -> None:
    """Run each measurement and print a line for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "benchmark.bib")
        if files:
            path.write_bytes(b"\n".join(Path(file).read_bytes() for file in files))
        else:
            path.write_text(made_up(), encoding="utf-8")
        print(f"{path.stat().st_size / 1e6:.1f} MB")
        for name, code in RUNS.items():
            command = [sys.executable, "-c", CHILD.format(code=code), str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=3600)
            count, figures = done.stdout.split("\n")[:2]
            seconds, peak = figures.split()
            print(f"{name:62} {seconds:>7} s CPU {peak:>6} MB   {count}")


if __name__ == "__main__":
    main(sys.argv[1:])

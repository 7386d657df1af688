"""Damage RIS, NBIB, EndNote and MODS files: no exception but ParseError, nothing lost, and the neighbours survive.

Run as a script: `python -m tests.formats_fuzz_tagged [--cases 100000] [--seed 1]`. A case is made from the seed and
its number alone.
"""

from __future__ import annotations

import argparse
import random
import time

from refs.errors import ParseError
from refs.formats import read, write
from refs.model import Reference
from tests.tagged_cases import DATA

FORMATS = ("ris", "nbib", "enw", "endnotexml", "mods")
PIECES: tuple[str, ...] = (
    "\n",
    "\r",
    "  - ",
    "- ",
    "%",
    "%0",
    "TY  - ",
    "ER  - ",
    "PMID- ",
    "<",
    ">",
    "&",
    "</record>",
    "<record>",
)
PIECES += (
    "<mods>",
    "]]>",
    "<!--",
    "<![CDATA[",
    "&#0;",
    "\x00",
    "\u2028",
    "\ufeff",
    "{",
    ",",
    ";",
    "/",
    "||",
    ": ",
    "[",
)
MARK = "Survivor {}"
RECORDS = {
    "ris": "TY  - BOOK\nTI  - {}\nER  - \n",
    "nbib": "PMID- 1\nTI  - {}\nPT  - Book\n\n",
    "enw": "%0 Book\n%T {}\n\n",
    "endnotexml": '<record><ref-type name="Book">6</ref-type><titles><title>{}</title></titles></record>\n',
    "mods": "<mods><titleInfo><title>{}</title></titleInfo></mods>\n",
}


def corpus() -> dict[str, list[str]]:
    """Return the texts of the tests' own files."""
    paths = {format: sorted(p for p in (DATA / format).iterdir() if p.suffix != ".json") for format in FORMATS}
    return {format: [path.read_text("utf-8") for path in found] for format, found in paths.items()}


def damaged(text: str, source: random.Random) -> str:
    """Return a text with up to four pieces dropped, doubled, swapped or put in."""
    for _ in range(source.randint(1, 4)):
        start = source.randrange(len(text) + 1)
        end = min(len(text), start + source.choice((1, 1, 3, 40)))
        kind = source.randrange(4)
        if kind == 0:
            text = text[:start] + text[end:]
        elif kind == 1:
            text = text[:start] + source.choice(PIECES) + text[start:]
        elif kind == 2:
            text = text[:end] + text[start:]
        else:
            text = text[:start] + source.choice(PIECES) + text[end:]
    return text


def check(texts: dict[str, list[str]], seed: int, number: int) -> None:
    """Read one damaged file, alone and between two whole records; assert what must hold of it."""
    source = random.Random(f"{seed}-{number}")  # noqa: S311
    format = source.choice(FORMATS)
    text = damaged(source.choice(texts[format]), source)
    try:
        document = read(text.encode("utf-8", "replace"), "fuzz", format)
    except ParseError:
        document = None
    if document is not None:
        assert "".join(block.raw for block in document.blocks) in (text.removeprefix("\ufeff"), "")
        assert all((block.reference is not None) == (block.kind == "entry") for block in document.blocks)
        if format != "mods":
            assert_stable(list(document.references), format)
    if format in ("ris", "endnotexml", "mods"):
        assert_neighbours(text, format, source)


def assert_stable(references: list[Reference], format: str) -> None:
    """Assert that what is written is written the same after it was read again."""
    first = write(references, format)
    again = read(first.encode(), "again", format).references if references else ()
    assert write(again, format) == (first if references else write([], format))


def assert_neighbours(text: str, format: str, source: random.Random) -> None:
    """Assert that damage in one record leaves the one before it and the one after it whole."""
    middle = damaged(RECORDS[format].format("Damaged"), source).replace("<!--", "").replace("<![CDATA[", "")
    around = RECORDS[format].format(MARK.format(1)) + middle + "\n" + RECORDS[format].format(MARK.format(2))
    titles = [reference.text("title") for reference in read(around.encode("utf-8", "replace"), "n", format).references]
    assert titles[:1] == [MARK.format(1)] or titles[0].startswith(MARK.format(1)), around
    assert titles[-1] == MARK.format(2), around


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    texts, slowest = corpus(), (0.0, 0)
    for number in range(arguments.cases):
        start = time.process_time()
        try:
            check(texts, arguments.seed, number)
        except Exception:
            print(f"case {arguments.seed}-{number}")
            raise
        slowest = max(slowest, (time.process_time() - start, number))
    print(f"{arguments.cases} cases, the slowest took {slowest[0]:.3f} s (case {arguments.seed}-{slowest[1]})")


if __name__ == "__main__":
    main()

"""What reaches the terminal: data on stdout, talk on stderr, and nothing in either that a record made up.

Every text that comes from a record or a file passes `visible` on its way, so that no title can move the cursor, set
the clipboard or turn the line around. Nothing else in the project prints.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from shutil import get_terminal_size
from typing import IO, TYPE_CHECKING

from refs.model import Reference

if TYPE_CHECKING:
    from refs.store import Row

REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NARROW = 60  # columns; below it a list gives each reference two lines
PAGE = 1000  # references whose keys share a column
NAME = "refs"


def visible(text: str) -> str:
    """Return one line in which control and reordering characters stand as escapes: "\\x1b"; a line end is a blank."""
    if text.isprintable():
        return text
    text = text.replace("\n\n", "\n")  # paragraphs
    return "".join(
        c if (c.isprintable() and c not in REORDERING) or c in "\u200c\u200d\u200e\u200f\u00ad" else _escape(c)
        for c in text
    )


def _escape(character: str) -> str:
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")


def open_streams() -> None:
    """Make the streams fit for any text: closed ones lead nowhere, and data in a pipe is UTF-8 in every locale."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace", encoding=None if stream.isatty() else "utf-8")
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115


def out(text: str) -> None:
    """Print lines of data; the text may hold line ends, and escapes of our own making."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def say(text: str) -> None:
    """Print a message to the person, each line of it made visible."""
    _talk("".join(f"{visible(line)}\n" for line in text.splitlines()))


def complain(text: str) -> None:
    """Print what went wrong, each line behind our name."""
    _talk("".join(f"{NAME}: {visible(line)}\n" for line in text.splitlines()))


def _talk(text: str) -> None:
    # When even stderr cannot be written nobody is left to tell, and the exit code must still be the right one.
    with contextlib.suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def confirm(question: str) -> bool:
    """Ask the person; without a terminal the answer is no."""
    if not sys.stdin.isatty():
        return False
    _talk(f"{visible(question)} [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def is_styled(stream: IO[str], environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether bold and italics may be used (https://no-color.org, clig.dev)."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def width() -> int:
    """Return the columns of the terminal."""
    return max(20, get_terminal_size().columns)


def print_rows(rows: Iterable[Row]) -> None:
    """Print references as they come: a table on a terminal, in a pipe key, creators, year and title between tabs."""
    if not sys.stdout.isatty():
        for row in rows:
            out("\t".join(visible(cell) for cell in (row.key, row.creators, str(row.year or ""), row.title)))
        return
    columns, remaining = width(), iter(rows)
    while page := list(islice(remaining, PAGE)):
        keys = min(max(_cells(row.key) for row in page), 32)
        for row in page:
            out(_narrow(row, columns) if columns < NARROW else _wide(row, keys, columns))


def _wide(row: Row, keys: int, columns: int) -> str:
    who = max(12, (columns - keys) // 4)
    rest = columns - max(keys, _cells(row.key)) - who - 4 - 6
    year = str(row.year or "").ljust(4)
    return f"{_fit(row.key, keys, cut=False)}  {_fit(row.creators, who)}  {year}  {_fit(row.title, rest).rstrip()}"


def _narrow(row: Row, columns: int) -> str:
    about = f"{row.creators} {row.year or ''} {row.title}"
    return f"{visible(row.key)}\n  {_fit(about, columns - 2).rstrip()}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells: in columns on a terminal, or a cell a line on a narrow one; between tabs in a pipe.

    The first column gets the room that the others leave.
    """
    shown = [[visible(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        return "\n".join("\t".join(row) for row in shown)
    widths = [max(map(_cells, column)) for column in zip(*shown, strict=True)]
    room = width() - sum(widths[1:]) - 2 * len(widths[1:])
    if room < NARROW // 3:
        return "\n".join("\n  ".join(filter(None, row)) for row in shown)
    widths[:1] = [min(room, *widths[:1])] if widths else []
    return "\n".join(
        "  ".join(_fit(cell, columns) for cell, columns in zip(row, widths, strict=True)).rstrip() for row in shown
    )


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _fit(text: str, columns: int, *, cut: bool = True) -> str:
    """Return the text in just so many columns; a wide character counts two."""
    from rich.cells import set_cell_size

    text = visible(text)
    if not cut and _cells(text) > columns:
        return text
    if _cells(text) > columns:
        return set_cell_size(text, columns - 1) + "…" if columns > 0 else ""
    return set_cell_size(text, columns)


def print_fields(reference: Reference) -> None:
    """Print a reference for reading: its fields, then its variants in other languages."""
    from refs.fieldwise import cells

    sources = dict.fromkeys(f"{s.name} {s.date}".rstrip() for s in reference.sources.values())
    for name, text in [*cells(reference).items(), *(("source", source) for source in sources)]:
        print_field(name, text)


def print_field(name: str, text: str) -> None:
    """Print a field on a line; further lines of its text stand below, behind two blanks."""
    first, *rest = text.split("\n")
    out(f"{visible(name)}: {visible(first)}")
    for line in rest:
        out(f"  {visible(line)}" if line else "")


def summary(reference: Reference) -> str:
    """Return a reference in one line: "Khristoforov 2024, Soviet Diplomacy…"."""
    from refs.stored import creators_line
    from refs.text import plain

    who = " ".join(part for part in (creators_line(reference), str(reference.year or "")) if part)
    return ", ".join(part for part in (who, plain(reference.text("title"))) if part)


def joined(counts: Iterable[tuple[int, str]]) -> str:
    """Return "11 added, 1 duplicate" from counts, leaving out the zeros."""
    return ", ".join(f"{n} {word}" for n, word in counts if n)

"""A printed manuscript as plain text, without pandoc: a blank line between blocks, footnotes at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from refs.papers import commonmark
from refs.papers.manuscript import BIBLIOGRAPHY
from refs.papers.printed import Printed, plain

if TYPE_CHECKING:
    from markdown_it.token import Token

_TAG = re.compile(r"<[^<>]*>")
RULE = "-" * 40


def write(printed: Printed, bibliography: str, quotes: Sequence[str]) -> str:
    """Return the text; `bibliography` is that of `Processor.write_bibliography("text")`."""
    reader = commonmark.parser(quotes)
    document = commonmark.divided(printed.text, max(printed.citations, default=0) + 1)
    others = {BIBLIOGRAPHY: bibliography.rstrip("\n")}
    others |= {number: f"[{place + 1}]" for number, place in document.calls.items()}

    def render(markdown: str) -> str:
        layout = _Layout()
        for token in commonmark.tokens(reader, markdown):
            layout.add(token)
        return printed.fill("".join(layout.pieces), plain, others)

    notes = [f"[{number}] {render(note)}" for number, note in enumerate(document.notes, 1)]
    return "\n\n".join(filter(None, [*map(render, document.head.values()), render(document.body), *notes])) + "\n"


class _Layout:
    """Lays blocks out one below the other: `around` holds the marks of the lists and quotations that are open."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.around: list[str] = []
        self.numbers: list[int] = []
        self.row: list[str] | None = None  # the cells of the row of a table that is open
        self.close = False  # whether the next block follows without a blank line

    def add(self, token: Token) -> None:
        """Add what a token of markdown-it stands for."""
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            self.numbers.append(int(token.attrs.get("start", 1)) if kind[0] == "o" else -1)
        elif kind == "list_item_open":
            self.around.append(f"{self.numbers[-1]}. " if self.numbers[-1] >= 0 else "- ")
            self.numbers[-1] += self.numbers[-1] >= 0
        elif kind == "blockquote_open":
            self.around.append("> ")
        elif kind in ("list_item_close", "blockquote_close"):
            self.around.pop()
        elif kind in ("bullet_list_close", "ordered_list_close", "table_close"):
            self.numbers = self.numbers[: len(self.numbers) - (kind != "table_close")]
            self.close = False
        elif kind == "paragraph_close":
            self.close = token.hidden
        elif kind == "tr_open":
            self.row = []
        elif kind == "tr_close":
            cells, self.row = self.row or [], None
            self.block("  ".join(cells))
            self.close = True
        else:
            self.leaf(token)

    def leaf(self, token: Token) -> None:
        """Add a block of text; the cells of a table wait for their row."""
        if token.type == "inline":
            text = _inline(token.children or ())
            if self.row is None:
                self.block(text)
            else:
                self.row.append(text)
        elif token.type in ("fence", "code_block"):
            self.block("\n".join(f"    {line}" for line in token.content.rstrip("\n").split("\n")))
        elif token.type == "hr":
            self.block(RULE)
        elif token.type == "html_block":
            self.block(_TAG.sub("", token.content).strip())

    def block(self, text: str) -> None:
        """Add lines, the first behind the marks that begin here."""
        if not text:
            return
        first = "".join(self.around)
        self.around = [mark if mark == "> " else " " * len(mark) for mark in self.around]
        rest = "".join(self.around)
        lines = text.split("\n")
        gap = "" if not self.pieces else "\n" if self.close else "\n\n"
        self.pieces.append(gap + "\n".join([first + lines[0], *(rest + line for line in lines[1:])]))
        self.close = False


def _inline(children: Sequence[Token]) -> str:
    """Return the text of inline tokens; a link is followed by its address unless that is what it says."""
    pieces: list[str] = []
    address, start = "", 0
    for token in children:
        if token.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
        elif token.type == "link_open":
            address, start = str(token.attrs.get("href", "")), len(pieces)
        elif token.type == "link_close":
            if "".join(pieces[start:]) != address.removeprefix("mailto:"):
                pieces.append(f" ({address})")
        elif token.type != "html_inline":
            pieces.append(token.content)
    return "".join(pieces)

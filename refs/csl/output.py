"""The rendered tree, and how it becomes a flat list of runs.

A compiled style returns a tree of `Node`; leaves are plain strings or `Rich` texts (fields with markup).
`linearize` walks the tree once, settles punctuation where two pieces meet, moves punctuation into quotes, and
returns runs: strings and `Mark` objects that open and close formatting, quotes and blocks. Writers turn runs
into HTML, text and the rest; they know nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Mark:
    """One end of a span: `attribute` is a formatting attribute, "quotes", "display", or "link".

    `flip` marks come from the text of a field: within the same formatting they turn it off.
    """

    attribute: str
    value: str
    opens: bool
    flip: bool = False


Run = str | Mark
ATTRIBUTES = ("font-style", "font-variant", "font-weight", "text-decoration", "vertical-align")
NORMAL = {
    "font-style": "normal",
    "font-variant": "normal",
    "font-weight": "normal",
    "text-decoration": "none",
    "vertical-align": "baseline",
}

OPEN_QUOTE = Mark("quotes", "", True)
CLOSE_QUOTE = Mark("quotes", "", False)
FLIP_OPEN_QUOTE = Mark("quotes", "", True, True)
FLIP_CLOSE_QUOTE = Mark("quotes", "", False, True)
NOCASE_OPEN = Mark("nocase", "", True, True)
NOCASE_CLOSE = Mark("nocase", "", False, True)


class Rich:
    """The text of a field with its own markup: a list of runs whose marks flip."""

    __slots__ = ("runs",)

    def __init__(self, runs: list[Run]) -> None:
        self.runs = runs

    def __repr__(self) -> str:
        return f"Rich({self.runs!r})"


@dataclass(frozen=True, slots=True)
class Format:
    """The formatting of one element: pairs of attribute and value, innermost first, and its marks."""

    pairs: tuple[tuple[str, str], ...]
    opening: tuple[Mark, ...]
    closing: tuple[Mark, ...]


IDEOGRAPHS = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+")


def is_ideographic(tree: Tree) -> bool:
    """Tell whether a text is in Chinese, Japanese or Korean characters alone: these are not set in italics."""
    return type(tree) is str and not tree.isascii() and IDEOGRAPHS.fullmatch(tree) is not None


def make_format(pairs: Sequence[tuple[str, str]]) -> Format | None:
    """Return the format of attribute-value pairs; None when there are none."""
    if not pairs:
        return None
    opening = tuple(Mark(name, value, True) for name, value in reversed(pairs))
    closing = tuple(Mark(name, value, False) for name, value in pairs)
    return Format(tuple(pairs), opening, closing)


class Node:
    """A piece of output: children joined by a delimiter, formatted, then surrounded by affixes.

    `tag` names what rewriting passes look for ("names", "year", "year-suffix", ...); `source` says which
    element of the style made the piece, and is set in explaining runs only.
    """

    __slots__ = ("delimiter", "display", "fmt", "identity", "kids", "prefix", "quotes", "source", "suffix", "tag")

    def __init__(
        self,
        kids: list[Tree],
        fmt: Format | None = None,
        prefix: str = "",
        suffix: str = "",
        delimiter: str = "",
        tag: str = "",
        quotes: bool = False,
        display: str = "",
    ) -> None:
        self.kids = kids
        self.fmt = fmt
        self.prefix = prefix
        self.suffix = suffix
        self.delimiter = delimiter
        self.tag = tag
        self.quotes = quotes
        self.display = display
        self.source: Source | None = None
        self.identity: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return f"Node({self.kids!r}, tag={self.tag!r}, prefix={self.prefix!r}, suffix={self.suffix!r})"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of output comes from: the element of the style, its line, macro, variable and term."""

    element: str
    line: int
    macro: str = ""
    variable: str = ""
    term: str = ""


Tree = str | Rich | Node

# What prints when a piece that ends in the first character meets one that begins with the second.
MEETINGS: Final = {
    "::": ":", ":.": ":", ":!": "!", ":?": "?",
    "..": ".",
    ";:": ";", ";.": ";", ";;": ";", ";!": "!", ";?": "?",
    "!:": "!", "!.": "!", "!!": "!",
    "?:": "?", "?.": "?", "??": "?",
    ",,": ",",
    "  ": " ", "\u00a0 ": "\u00a0", " \u00a0": "\u00a0",
}  # fmt: skip
BRACKETS = {"(": "[", ")": "]"}
MOVES_IN = frozenset(",.!?")
MEETS = frozenset(":.;!?, \u00a0")


class Sink:
    """Collects runs in reading order and settles what happens where two pieces meet."""

    __slots__ = (
        "closing",
        "depth",
        "display",
        "last",
        "last_text",
        "literal",
        "nesting",
        "parentheses",
        "punctuation_in_quote",
        "runs",
    )

    def __init__(self, punctuation_in_quote: bool, nesting: bool = False) -> None:
        self.runs: list[Run] = []
        self.last = ""
        self.last_text = -1
        self.closing = -1
        self.depth = 0
        self.display = ""
        self.nesting = nesting
        self.parentheses = 0
        self.literal = -1
        self.punctuation_in_quote = punctuation_in_quote

    def text(self, text: str) -> None:
        """Add a piece of text; its first character may merge with what precedes or move into quotes."""
        while text[0] in MEETS and self.last:
            first = text[0]
            met = MEETINGS.get(self.last + first)
            if met is not None and met != self.last:
                self.drop_last()
                text = met + text[1:]
                continue
            if met is not None:
                text = text[1:]
            elif self.closing >= 0 and self.punctuation_in_quote and first in MOVES_IN:
                self.runs.insert(self.closing, first)
                self.last_text = self.closing
                self.closing += 1
                self.last = first
                text = text[1:]
            if not text:
                return
            if met is None:
                break
        self.last_text = len(self.runs)
        self.runs.append(text)
        self.last = text[-1]
        self.closing = -1

    def spaced(self, text: str, tag: str) -> None:
        """Add content that begins or ends with a space: it stays beside the spaces of affixes."""
        if tag == "namelist" or text.isspace():
            self.text(text)
            return
        if text[0] == " ":
            self.last = ""
        self.text(text)
        if text[-1] == " ":
            self.last = ""

    def drop_last(self) -> None:
        """Remove the last character printed."""
        index = self.last_text
        runs = self.runs
        kept = runs[index]
        assert isinstance(kept, str)  # noqa: S101
        self.last = ""
        if len(kept) > 1 or index != len(runs) - 1:
            runs[index] = kept[:-1]
            return
        runs.pop()
        end = len(runs)
        while end and isinstance(runs[end - 1], Mark) and not runs[end - 1].opens:  # type: ignore[union-attr]
            end -= 1
            if runs[end].attribute == "quotes":  # type: ignore[union-attr]
                self.closing = end
        if end and isinstance(runs[end - 1], str):
            self.last_text = end - 1
            self.last = runs[end - 1][-1:]  # type: ignore[index]

    def rich(self, rich: Rich) -> None:
        """Add the text of a field: only its first and last characters meet what is around it."""
        runs = self.runs
        first = True
        for run in rich.runs:
            if type(run) is str:
                if first:
                    self.text(run)
                    first = False
                elif run:
                    self.last_text = len(runs)
                    runs.append(run)
                    self.last = run[-1]
                    self.closing = -1
            elif run.attribute == "quotes":  # type: ignore[union-attr]
                self.quote(run)  # type: ignore[arg-type]
            elif run.attribute != "nocase":  # type: ignore[union-attr]
                runs.append(run)

    def quote(self, mark: Mark) -> None:
        """Add a quote; single ones in a field stay as they are unless other quotes surround them."""
        if mark.value and (not self.depth if mark.opens else self.literal == self.depth):
            self.literal = 0 if mark.opens else -1
            if mark.opens:
                self.last_text = len(self.runs)
                self.last = mark.value
                self.closing = -1
            elif self.closing < 0:
                self.closing = len(self.runs)
            self.runs.append(mark.value)
            return
        self.depth += 1 if mark.opens else -1
        if not mark.opens and self.closing < 0:
            self.closing = len(self.runs)
        elif mark.opens:
            self.closing = -1
            if self.last not in (" ", "\u00a0"):
                self.last = ""
        self.runs.append(mark)

    def affix(self, affix: str) -> None:
        self.text(self.nest(affix) if self.nesting and ("(" in affix or ")" in affix) else affix)

    def nest(self, affix: str) -> str:
        """Write the parentheses of an affix as brackets inside other parentheses."""
        out = ""
        for char in affix:
            if char == "(":
                self.parentheses += 1
            out += BRACKETS.get(char, char) if self.parentheses > 1 else char
            if char == ")" and self.parentheses:
                self.parentheses -= 1
        return out

    def node(self, node: Node) -> None:
        """Add a node: prefix, formatted children with delimiters between them, suffix.

        A block inside a block is none. The period that ends a layout stays after a colon or semicolon.
        """
        display = node.display if not self.display else ""
        if display:
            self.display = display
            self.runs.append(Mark("display", display, True))
            self.last = " " if display == "right-inline" and self.last == " " else ""
        elif node.tag == "layout-suffix" and self.last and self.last in ":;":
            self.last = ""
        if node.prefix:
            self.affix(node.prefix)
        fmt = node.fmt
        if node.quotes:
            self.quote(OPEN_QUOTE)
        if fmt is not None:
            self.runs.extend(fmt.opening)
        delimiter = node.delimiter
        between = False
        for kid in node.kids:
            if between:
                if self.last == ":" and delimiter[0] == ".":
                    self.last = ""
                self.text(delimiter)
            elif delimiter:
                between = True
            if type(kid) is str:
                if kid:
                    if kid[0] == " " or kid[-1] == " ":
                        self.spaced(kid, node.tag)
                    else:
                        self.text(kid)
            elif type(kid) is Node:
                self.node(kid)
            else:
                self.rich(kid)  # type: ignore[arg-type]
        if fmt is not None:
            self.runs.extend(fmt.closing)
        if node.quotes:
            self.quote(CLOSE_QUOTE)
        if node.suffix:
            self.affix(node.suffix)
        if display:
            self.display = ""
            self.runs.append(Mark("display", display, False))


def linearize(tree: Tree, punctuation_in_quote: bool = False, nesting: bool = False) -> list[Run]:
    """Return the runs of a tree in reading order, with punctuation settled.

    With `nesting`, parentheses that affixes put inside parentheses become brackets (citations of note styles).
    """
    sink = Sink(punctuation_in_quote, nesting)
    if isinstance(tree, Node):
        sink.node(tree)
    elif isinstance(tree, Rich):
        sink.rich(tree)
    elif tree:
        sink.text(tree)
    last = sink.runs[-1] if sink.runs else ""
    if type(last) is Mark and last.attribute == "display" and last.value != "left-margin":
        move_space(sink.runs)
    return sink.runs


def move_space(runs: list[Run]) -> None:
    """Put the space that ends the last block after it."""
    index = len(runs) - 1
    while index >= 0 and isinstance(runs[index], Mark):
        index -= 1
    text = runs[index] if index >= 0 else ""
    if isinstance(text, str) and text.endswith(" "):
        runs[index] = text[:-1]
        runs.append(" ")


def plain_text(tree: Tree) -> str:
    """Return the text of a tree without formatting, quotes as they would be in English."""
    pieces: list[str] = []
    for run in linearize(tree):
        if type(run) is str:
            pieces.append(run)
        elif run.attribute == "quotes":  # type: ignore[union-attr]
            pieces.append("“" if run.opens else "”")  # type: ignore[union-attr]
    return "".join(pieces)


def map_leaves(tree: Tree, change: Callable[[str], str]) -> Tree:
    """Return a copy of a tree with a function applied to each text in it, but for affixes and identifiers."""
    if isinstance(tree, str):
        return change(tree)
    if isinstance(tree, Rich):
        return Rich([change(run) if isinstance(run, str) else run for run in tree.runs])
    if tree.tag == "identifier":
        return tree
    copy = Node(
        [map_leaves(kid, change) for kid in tree.kids],
        tree.fmt,
        tree.prefix,
        tree.suffix,
        tree.delimiter,
        tree.tag,
        tree.quotes,
        tree.display,
    )
    copy.source = tree.source
    return copy


def find_tag(tree: Tree, tag: str) -> Node | None:
    """Return the first node that carries a tag, in reading order."""
    if not isinstance(tree, Node):
        return None
    if tree.tag == tag:
        return tree
    for kid in tree.kids:
        found = find_tag(kid, tag)
        if found is not None:
            return found
    return None


def capitalize_lead(tree: Node) -> Node:
    """Capitalize the first text of a tree if it is a term; nothing else is touched."""
    path: list[Node] = [tree]
    while True:
        kid = path[-1].kids[0] if path[-1].kids else None
        if not isinstance(kid, Node):
            return tree
        path.append(kid)
        if kid.tag == "term":
            break
    leaf = path[-1].kids[0] if path[-1].kids else ""
    if not isinstance(leaf, str) or not leaf[:1].islower():
        return tree
    changed: Tree = leaf[0].upper() + leaf[1:]
    for node in reversed(path):
        copy = Node(
            [changed, *node.kids[1:]],
            node.fmt,
            node.prefix,
            node.suffix,
            node.delimiter,
            node.tag,
            node.quotes,
            node.display,
        )
        copy.source = node.source
        changed = copy
    assert isinstance(changed, Node)  # noqa: S101
    return changed

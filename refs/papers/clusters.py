"""Citations of Markdown as clusters: the cites between two brackets, each with what is written before and after it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from refs.errors import Location
from refs.papers.citation import Part

KEY = r"\w(?:\w|[:.#$%&\-+?<>~/](?=\w)|[:/](?=/))*"
CITATION = rf"@(?:(?P<key>{KEY})|\{{(?P<braced>[^\s{{}}]+)\}}|(?P<all>\*))"
"""A citation, which does not follow a letter, digit or full stop: those are of an address."""

_BRACKET = re.compile(r"\\[^\w\s]|(?P<ticks>`+)|(?P<open>\[)|(?P<close>\])|(?P<gap>\n[ \t>]*(?=\n))")
_IN_CLUSTER = re.compile(r"\\[^\w\s]|(?P<ticks>`+)|(?P<open>\[)|(?P<semicolon>;|[；؛](?=[^;；؛]*(?<![^\W_])@))")
_IN_ITEM = re.compile(rf"\\[^\w\s]|(?P<ticks>`+)|(?P<open>\[)|(?<![^\W_])(?<!\.)(?P<hides>-?){CITATION}")
_MAKES_LINK = re.compile(r"\(|\{[^}\n]*\}|\[(?![\^@])")
_LOCATOR = re.compile(r"[ \t]*\n?[ \t]*\[(?!\^)")


@dataclass(frozen=True, slots=True)
class Cite:
    """A work in a cluster; its prefix stands from `start` to `before` in the file, its suffix from `after` to `end`."""

    key: str
    place: Location
    start: int
    before: int
    after: int
    end: int
    suppress_author: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """A citation and its span of the file; `in_text` is that of `@doe [p. 3]`, whose author is part of the sentence."""

    start: int
    end: int
    cites: tuple[Cite, ...]
    in_text: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Another span that is no plain text: a footnote ("reference", "definition" or "inline"), an "include" or a block
    of "metadata"; `name` is the label of the footnote or the file that is included.
    """

    kind: str
    start: int
    end: int
    name: str = ""


Mark = Cluster | Span


class ClusterReader:
    """Reads the clusters of a text by the grammar of pandoc's reader (`normalCite`, `textualCite`).

    `after_code` returns the end of the code span that a run of backticks opens, `is_key` whether a key is one of a
    reference.
    """

    def __init__(
        self, part: Part, after_code: Callable[[re.Match[str], int], int], is_key: Callable[[str], bool]
    ) -> None:
        self.part = part
        self.text = part.text
        self.after_code = after_code
        self.is_key = is_key

    def bracketed(self, opening: int, *, after_key: bool = False) -> Cluster | None:
        """Return the cluster `[see @doe, p. 3; -@roe]` whose bracket stands at an offset, if one does."""
        closing = self._pairs.get(opening)
        if closing is None or not self._has_key(opening, closing) or _MAKES_LINK.match(self.text, closing + 1):
            return None
        cites = self._cites(self._items(opening + 1, closing, after_key=after_key))
        return Cluster(opening, closing + 1, tuple(cites)) if cites else None

    def textual(self, match: re.Match[str]) -> Cluster:
        """Return the cluster of a key in the text, with the brackets after it: `@doe [p. 3; also @roe]`."""
        start, end = match.span()
        hides = self.text[start - 1 : start] == "-" and not self.text[max(start - 2, 0) : start - 1].isalnum()
        start -= hides
        first = Cite(*self._key(match), start, start, end, end, hides)
        found = _LOCATOR.match(self.text, end)
        opening = found.end() - 1 if found else -1
        closing = self._pairs.get(opening)
        if closing is None:
            return Cluster(start, end, (first,), not hides)
        if rest := self.bracketed(opening, after_key=True):
            return Cluster(start, rest.end, (first, *rest.cites), not hides)
        (begin, stop), *items = self._items(opening + 1, closing, after_key=True)
        cites = self._cites(items)
        if self.text[closing + 1 : closing + 2] in ("(", "[") or (items and not cites):
            return Cluster(start, end, (first,), not hides)
        return Cluster(start, closing + 1, (replace(first, after=begin, end=stop), *cites), not hides)

    def closing(self, opening: int) -> int | None:
        """Return where the bracket closes that stands at an offset."""
        return self._pairs.get(opening)

    @cached_property
    def _pairs(self) -> dict[int, int]:
        """The offset of the closing bracket of each opening one in the same paragraph."""
        pairs: dict[int, int] = {}
        waiting: list[int] = []
        position = 0
        while match := _BRACKET.search(self.text, position):
            position = match.end()
            if match.lastgroup == "ticks":
                position = self.after_code(match, len(self.text))
            elif match.lastgroup == "open":
                waiting.append(match.start())
            elif match.lastgroup == "close" and waiting:
                pairs[waiting.pop()] = match.start()
            elif match.lastgroup == "gap":
                waiting.clear()
        return pairs

    @cached_property
    def _ats(self) -> list[int]:
        return [match.start() for match in re.finditer("@", self.text)]

    def _has_key(self, start: int, end: int) -> bool:
        index = bisect_left(self._ats, start)
        return index < len(self._ats) and self._ats[index] < end

    def _items(self, start: int, end: int, *, after_key: bool) -> list[tuple[int, int]]:
        """Return the spans that semicolons part; an Arabic or Chinese one parts only what has keys before and after it.

        `after_key` says that a key in the text is before all of them.
        """
        items: list[tuple[int, int]] = []
        for match in self._pieces(_IN_CLUSTER, start, end):
            if match[0] == ";" or (after_key and not items) or self._has_key(start, match.start()):
                items.append((start, match.start()))
                start = match.end()
        return [*items, (start, end)]

    def _cites(self, items: list[tuple[int, int]]) -> list[Cite]:
        """Return a cite for each item; none when an item has no key of a reference."""
        cites = []
        for start, end in items:
            match = next(self._pieces(_IN_ITEM, start, end), None)
            if match is None or match["all"] or not self.is_key(match["key"] or match["braced"]):
                return []
            cites.append(Cite(*self._key(match), start, match.start(), match.end(), end, bool(match["hides"])))
        return cites

    def _key(self, match: re.Match[str]) -> tuple[str, Location]:
        group = match.lastgroup or 0
        return match[group], self.part.location(match.start(group))

    def _pieces(self, pattern: re.Pattern[str], start: int, end: int) -> Iterator[re.Match[str]]:
        """Yield what a pattern finds outside of code, escapes and inner brackets."""
        while match := pattern.search(self.text, start, end):
            start = match.end()
            if match.lastgroup == "ticks":
                start = self.after_code(match, end)
            elif match.lastgroup == "open":
                start = self._pairs.get(match.start(), match.start()) + 1
            elif match.lastgroup:
                yield match

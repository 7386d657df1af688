"""What a document cites, as values, and the reading of a document together with the files it includes."""

from __future__ import annotations

import posixpath
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from refs.errors import Location, ParseError
from refs.model import Reference

DEEPEST = 50
"""How deep files may include each other."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A key as it stands in a document, or an identifier that is used as one ("doi:10.1103/PhysRev.47.777").

    `kind` is "cite", "nocite" (listed, not cited) or "all" (everything is to be listed; the key is "*"). The place is
    that of the key's first character, lines and columns counted from 1.
    """

    key: str
    file: str
    line: int
    column: int
    kind: str = "cite"


@dataclass(frozen=True, slots=True)
class Citations:
    """The citations of a document in their order, the files that were read, and what could not be.

    `defined` holds the keys whose references the document brings along: `\\bibitem`, or `references` in YAML; `records`
    are those that the fields of a word processor hold, by the keys of their citations.
    """

    citations: tuple[Citation, ...] = ()
    files: tuple[str, ...] = ()
    problems: tuple[ParseError, ...] = ()
    defined: frozenset[str] = frozenset()
    records: Mapping[str, Reference] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """Return each key once, in the order of first citation."""
        return list(dict.fromkeys(citation.key for citation in self.citations if citation.kind != "all"))

    @property
    def cites_all(self) -> bool:
        """Say whether the document asks for every reference, as `\\nocite{*}` does."""
        return any(citation.kind == "all" for citation in self.citations)


Load = Callable[[str], str | None]
"""Give the text of a file by its path, None if there is none; may raise ParseError."""


class Part:
    """One file of a document: its text, its name, and where in it an offset is."""

    def __init__(self, file: str, text: str, folder: str = "") -> None:
        self.file = file
        self.text = text
        self.folder = folder

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        while found := self.text.find("\n", starts[-1]) + 1:
            starts.append(found)
        return starts

    def location(self, offset: int) -> Location:
        """Return the place of an offset into the text."""
        line = bisect_right(self._line_starts, offset)
        return Location(self.file, line, offset - self._line_starts[line - 1] + 1)


class Reading:
    """The state of reading a document: what has been found in it and in the files it includes, each read once."""

    def __init__(self, load: Load, scan: Callable[[Reading, Part], object]) -> None:
        self._load = load
        self._scan = scan
        self._open: list[str] = []
        self.citations: list[Citation] = []
        self.files: list[str] = []
        self.problems: list[ParseError] = []
        self.defined: set[str] = set()
        self.records: dict[str, Reference] = {}

    def read(self, part: Part) -> None:
        """Scan one file, and through `follow` the files it includes."""
        self.files.append(part.file)
        self._open.append(part.file)
        self._scan(self, part)
        self._open.pop()

    def cite(self, key: str, place: Location, kind: str = "cite") -> None:
        """Note a citation."""
        self.citations.append(Citation(key, place.file, place.line, place.column, kind))

    def complain(self, reason: str, place: Location) -> None:
        """Note what could not be read; the rest is read all the same."""
        self.problems.append(ParseError(reason, place))

    def follow(self, paths: Iterable[str], place: Location, folder: str = "", *, required: bool = True) -> None:
        """Read the first of `paths` that exists; `folder` is what its own includes are relative to."""
        tried = list(dict.fromkeys(posixpath.normpath(path) for path in paths))
        if any(path in self._open for path in tried):
            return self.complain(f"{tried[0]} includes itself", place)
        if any(path in self.files for path in tried):
            return None
        if len(self._open) > DEEPEST:
            return self.complain(f"files are included more than {DEEPEST} deep", place)
        try:
            found = next(((path, text) for path in tried if (text := self._load(path)) is not None), None)
        except ParseError as error:
            return self.complain(error.reason, place)
        if found:
            return self.read(Part(*found, folder))
        if required:
            self.complain(f"cannot find the included file {tried[0]}", place)
        return None

    def result(self) -> Citations:
        """Return all that was found."""
        found = tuple(self.citations), tuple(self.files), tuple(self.problems)
        return Citations(*found, frozenset(self.defined), self.records)

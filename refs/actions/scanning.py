"""What documents cite, each key with the reference that it means: of the library, or of the document itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from refs import citekeys, papers
from refs.errors import ParseError, RefsError
from refs.identifiers import Identifier
from refs.model import Reference
from refs.papers import Citation, dialects, keys

LIBRARY, DOCUMENT, FILE, PARENT, MISSING = "library", "document", "file", "parent", "missing"


class Shelf(Protocol):
    """Where keys are looked up: a `Library`, or the references of a lock."""

    def keys(self) -> list[str]: ...
    def existing(self, keys: Sequence[str]) -> dict[str, Reference]: ...
    def find(self, references: Sequence[Reference]) -> list[str | None]: ...
    def aliases(self) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Work:
    """What a key means, and where it is cited.

    `status` is "library"; "document" for a reference that a document brings along, by `\\bibitem` without fields;
    "file" for one of a .bib file that a document names; "parent" for one that another refers to by crossref; or
    "missing". `own` is the reference's key in the library, while `reference` bears the key that the bibliography of the
    documents needs.
    """

    key: str
    status: str
    citations: tuple[Citation, ...] = ()
    reference: Reference | None = None
    own: str = ""
    identifier: Identifier | None = None
    near: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Return where it is cited first."""
        if not self.citations:
            return ""
        first = self.citations[0]
        return ":".join(str(part) for part in (first.file, first.line, first.column) if part)

    def __str__(self) -> str:
        """Return what is to be said of a key that is missing."""
        if self.identifier:
            return f"{self.place}: {self.key} is not in the library: refs sync or refs add {self.identifier}"
        hint = f"; did you mean {' or '.join(self.near)}?" if self.near else ""
        return f"{self.place}: no reference has the key {self.key!r}{hint}"


@dataclass(slots=True)
class Scan:
    """The works that documents cite in order of citation, parents last, and a line for what could not be read."""

    works: list[Work] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def references(self) -> list[Reference]:
        """Return the references of a bibliography, each under the key that the documents use."""
        return [work.reference for work in self.works if work.reference]

    @property
    def missing(self) -> list[Work]:
        """Return the keys that nothing is known of."""
        return [work for work in self.works if work.status == MISSING]

    @property
    def brought(self) -> list[Work]:
        """Return the works whose records the documents hold and the library lacks."""
        return [work for work in self.works if work.status == DOCUMENT and work.reference]

    @property
    def problems(self) -> list[str]:
        """Return a line for each problem, with its place."""
        return [*self.unreadable, *map(str, self.missing)]

    def placed(self, lines: Mapping[str, str]) -> list[str]:
        """Return lines about keys of the bibliography, each behind the place where its key is cited first."""
        places = {work.reference.key: work.place for work in self.works if work.reference}
        return [f"{place}: {line}" if (place := places.get(key)) else line for key, line in lines.items()]

    @property
    def once(self) -> list[Reference]:
        """Return each reference once, also if it is cited by several keys, and no parents."""
        found: dict[str, Reference] = {}
        for work in self.works:
            if work.reference and work.status != PARENT:
                found.setdefault(work.own or work.key, work.reference)
        return list(found.values())


def scan(library: Shelf, documents: Sequence[Path]) -> Scan:
    """Return what the documents cite; `\\nocite{*}` and its like are all references of the library.

    Raise ParseError when something could not be read and nothing is cited in the rest.
    """
    found = look_up(library, [papers.read(path) for path in documents])
    if found.unreadable and not found.works:
        raise ParseError("\n".join(found.unreadable))
    return found


def look_up(library: Shelf, documents: Sequence[papers.Citations]) -> Scan:
    """Return the works of documents that have been read."""
    return _Scanning(library, documents).result()


def named_files(documents: Sequence[Path]) -> list[Path]:
    """Return the .bib files that the documents name and that exist."""
    named = dict.fromkeys(file for document in documents for file in dialects.bibliographies(document))
    return [file for file in named if file.is_file()]


def with_files(found: Scan, documents: Sequence[Path]) -> Scan:
    """Return a scan whose missing works are looked up in the .bib files that the documents name."""
    from refs.actions.reading import read_file

    entries: dict[str, Reference] = {}
    unreadable = list(found.unreadable)
    for file in named_files(documents) if found.missing else ():
        try:
            references = [block.reference for block in read_file(file).blocks if block.reference]
        except RefsError as error:
            unreadable.append(str(error))
        else:
            entries = {one.key: one for one in references} | entries
    works = [
        replace(work, status=FILE, reference=entries[work.key], near=())
        if work.status == MISSING and work.key in entries
        else work
        for work in found.works
    ]
    return Scan(works, unreadable)


def unused(library: Shelf, found: Scan) -> list[str]:
    """Return the keys of the library that the documents do not cite."""
    cited = {work.own for work in found.works}
    return [key for key in library.keys() if key not in cited]  # noqa: SIM118


class _Scanning:
    """The look-up of the keys of documents that have been read."""

    def __init__(self, library: Shelf, documents: Sequence[papers.Citations]) -> None:
        self.library = library
        self.scan = Scan()
        self.cited: dict[str, list[Citation]] = {}
        self.records: dict[str, Reference] = {}
        self.defined: set[str] = set()
        self._known: list[str] | None = None
        for document in documents:
            self.defined |= document.defined
            self.scan.unreadable += map(str, document.problems)
            for key, record in document.records.items():
                self.records.setdefault(key, record)
            for citation in document.citations:
                wanted = self.known if citation.kind == "all" else (citation.key,)
                for key in wanted:
                    self.cited.setdefault(key, []).append(citation)

    @property
    def known(self) -> list[str]:
        """The keys of the library, which only a missing key and `\\nocite{*}` need."""
        if self._known is None:
            self._known = self.library.keys()
        return self._known

    def result(self) -> Scan:
        """Return the works, those of the library first looked up by key, then by identifier."""
        there = self.library.existing(list(self.cited))
        own = _own_keys(self.library, there)
        named = {key: found for key in self.cited if key not in there and (found := keys.identifier(key))}
        by_identifier = self._find({key: lookup(found) for key, found in named.items()})
        by_record = self._find({key: record for key, record in self.records.items() if key in self.cited})
        taken: set[str] = {reference.key for reference in there.values()}
        for key, citations in self.cited.items():
            places = tuple(citations)
            if key in by_record:
                stored = by_record[key]
                work = Work(key, LIBRARY, places, stored, stored.key)
            elif key in there and (key not in self.records or _alike(there[key], self.records[key])):
                work = Work(key, LIBRARY, places, there[key], own[key])
            elif key in by_identifier:
                stored = by_identifier[key]
                work = Work(key, LIBRARY, places, replace(stored, key=key), stored.key, named[key])
            elif key in self.records:
                work = Work(key, DOCUMENT, places, self._named(self.records[key], taken))
            elif key in self.defined:
                work = Work(key, DOCUMENT, places)
            else:
                near = () if key in named else tuple(citekeys.nearest(key, self.known))
                work = Work(key, MISSING, places, identifier=named.get(key), near=near)
            self.scan.works.append(work)
        self.scan.works += self._parents()
        return self.scan

    def _find(self, wanted: dict[str, Reference]) -> dict[str, Reference]:
        """Return the stored references, under their own keys, of the works that are stored."""
        found = dict(zip(wanted, self.library.find(list(wanted.values())), strict=True)) if wanted else {}
        stored = self.library.existing([key for key in found.values() if key])
        return {key: stored[own] for key, own in found.items() if own}

    def _named(self, record: Reference, taken: set[str]) -> Reference:
        """Give a document's own record the key that it would have in the library."""
        used = taken.union(self.known)
        key = citekeys.free_key(record.key, used) if record.key else citekeys.make_key(record, used)
        taken.add(key)
        return replace(record, key=key)

    def _parents(self) -> Iterator[Work]:
        """Yield the references that cited ones refer to by crossref, after them as BibTeX wants it."""
        there = {work.key for work in self.scan.works} | {work.own for work in self.scan.works}
        waiting = _named_parents(self.scan.references)
        while missing := [key for key in dict.fromkeys(waiting) if key not in there]:
            found = self.library.existing(missing)
            there.update(missing)
            for key, reference in found.items():
                yield Work(key, PARENT, (), reference, key)
            waiting = _named_parents(found.values())


def _named_parents(references: Iterable[Reference]) -> list[str]:
    return [key for one in references for name in ("crossref", "xref") if (key := one.extra.get(name, "").strip())]


def _own_keys(library: Shelf, there: dict[str, Reference]) -> dict[str, str]:
    """Return the library's own key for each key or alias that was found."""
    aliases = library.aliases()
    return {key: aliases.get(key, key) for key in there}


def _alike(one: Reference, other: Reference) -> bool:
    from refs.folding import fold

    return fold(one.text("title")) == fold(other.text("title"))


def lookup(identifier: Identifier) -> Reference:
    """Return a reference that has the identifier alone, to look it up with."""
    scheme = identifier.scheme
    if scheme in ("doi", "pmid", "pmcid", "isbn"):
        return Reference("book", {scheme.upper(): identifier.value})
    return Reference(identifiers={scheme: identifier.value})

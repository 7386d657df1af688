"""Import files: every block of them ends in the library, among its quarantined blocks, or in the report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from refs import citekeys, filefield, formats, papers
from refs.actions.reading import read_file
from refs.change import Change
from refs.errors import Location, ParseError, RefsError, StorageError, UsageError
from refs.heap import uncollected
from refs.model import Reference
from refs.store import Library, Quarantined


@dataclass(slots=True)
class Ledger:
    """What became of one file's blocks. `counts` has a number a fate, which add up to `blocks`.

    `likely` counts the added references that may be the same work as a stored one.
    """

    file: str
    blocks: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    keys: list[str] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    likely: int = 0
    error: RefsError | None = None

    def __str__(self) -> str:
        """Return the closing line: "14 blocks: 11 added, 1 duplicate, 1 string, 1 quarantined (refs.bib:36: …)"."""
        if self.error:
            return str(self.error)
        parts = [f"{n} {_plural(fate, n)}" for fate in FATES if (n := self.counts[fate])]
        places = "; ".join(f"{self.file}:{block.line}: {block.reason}" for block in self.quarantined)
        line = f"{self.blocks} {_plural('block', self.blocks)}: {', '.join(parts) or 'nothing in it'}"
        return f"{line} ({places})" if places else line


FATES = ("added", "duplicate", "string", "preamble", "comment", "quarantined")


def _plural(word: str, count: int) -> str:
    return word if count == 1 or word in ("added", "quarantined") else f"{word}s"


def import_files(library: Library, paths: Sequence[Path], format: str = "") -> list[Ledger]:
    """Read the files and store what they hold in one transaction; return a ledger for each.

    A file that cannot be read is told by its ledger's `error`, and the others go in. If the blocks of a file do not add
    up, nothing is stored and StorageError is raised.
    """
    ledgers: list[Ledger] = []
    documents: list[tuple[Ledger, formats.Document]] = []
    for path in paths:
        ledger = Ledger("<stdin>" if str(path) == "-" else str(path))
        ledgers.append(ledger)
        try:
            document = _document(path, ledger.file, format)
            if all(block.kind == "comment" for block in document.blocks):
                raise ParseError(f"no entry found in this {document.format} file", Location(ledger.file))
            documents.append((ledger, document))
        except RefsError as error:
            ledger.error = error

    def work(change: Change) -> None:
        for ledger, document in documents:
            store(change, ledger, document)

    if any(document.blocks for _, document in documents):
        with uncollected():
            library.apply(work)
    return ledgers


def _document(path: Path, name: str, format: str) -> formats.Document:
    from refs.formats.applibraries import is_library, read_library

    if not format and is_library(path):
        return read_library(path)
    if not format and papers.READERS.get(path.suffix.lower()) in papers.ARCHIVES:
        return _records(papers.read(path), path.suffix[1:].lower(), name)
    document = read_file(path, format, keep=False)  # to keep takes a tenth of an import, and few files come twice
    if document.format == "identifiers":
        raise UsageError(f"{name} holds identifiers, which registries know: refs add - < {name}")
    return document


def _records(found: papers.Citations, format: str, name: str) -> formats.Document:
    """Return the records that the fields of a word processor's document hold; what cannot be read is a warning."""
    if not found.records:
        raise found.problems[0] if found.problems else ParseError("no citation in it holds a record", Location(name))
    lines = {citation.key: citation.line for citation in reversed(found.citations)}
    blocks = [formats.Block("entry", lines[key], "", reference=record) for key, record in found.records.items()]
    blocks += [
        formats.Block("comment", problem.location.line, "", warnings=(problem.reason,)) for problem in found.problems
    ]
    return formats.Document(tuple(blocks), format)


def store(change: Change, ledger: Ledger, document: formats.Document) -> None:
    """Store what a document holds and write each block's fate into the ledger."""
    ledger.blocks = len(document.blocks)
    ledger.counts, ledger.keys, ledger.quarantined, ledger.notices = Counter(), [], [], []  # a second try begins anew
    folder = Path(ledger.file).parent
    for block in document.blocks:
        ledger.notices += [f"{ledger.file}:{block.line}: {warning}" for warning in block.warnings]
        if block.reference is not None:
            reference = filefield.anchored(block.reference, folder)
            ledger.counts[_add(change, ledger, block, reference)] += 1
        elif block.kind == "quarantine":
            raw = _alone(document, block)
            ledger.quarantined.append(Quarantined(ledger.file, block.line, block.reason, raw, format=document.format))
            ledger.counts["quarantined"] += 1
        else:
            ledger.counts[block.kind] += 1
    change.quarantine(ledger.quarantined)
    if ledger.counts.total() != ledger.blocks or set(ledger.counts) - set(FATES):
        raise StorageError(f"{ledger.file}: {ledger.blocks} blocks became {dict(ledger.counts)}; nothing was stored")


def _alone(document: formats.Document, block: formats.Block) -> str:
    """Return a quarantined block so that it can be read by itself once it is mended.

    A row of a table needs its header; an item of an array begins neither with a comma nor with the array's bracket.
    """
    if document.format in ("csv", "tsv"):
        return "".join(one.raw for one in document.blocks if one.kind == "preamble") + block.raw
    if document.format in ("csljson", "zotero"):
        return re.sub(r'\A\s*(?:\[|\{\s*"items"\s*:\s*\[)?[\s,]*', "", block.raw) or block.raw
    return block.raw


def _add(change: Change, ledger: Ledger, block: formats.Block, reference: Reference) -> str:
    wanted = reference.key
    added = change.add(reference, wanted=wanted, aliases=block.aliases)
    if not added.new:
        also = f", and {wanted} finds it" if change.finds(wanted) == added.key != wanted else ""
        gained, otherwise = change.take_in(added.key, reference)
        also += f"; it gained {', '.join(gained)}" if gained else ""
        also += f"; refs show {added.key} tells what this says otherwise: {', '.join(otherwise)}" if otherwise else ""
        ledger.notices.append(
            f"{ledger.file}:{block.line}: {wanted or 'an entry'} is already there as {added.key}{also}"
        )
        return "duplicate"
    ledger.keys.append(added.key)
    if wanted and added.key != wanted:
        ledger.notices.append(
            f"{ledger.file}:{block.line}: the key {wanted} "
            f"{'is taken' if citekeys.writable(wanted) else 'cannot be written everywhere'}: it is {added.key}"
        )
    if added.likely:
        ledger.notices.append(
            f"{ledger.file}:{block.line}: {added.key} may be the same work as {', '.join(added.likely)}"
        )
        ledger.likely += 1
    if added.versions:
        ledger.notices.append(
            f"{ledger.file}:{block.line}: {added.key} is linked as a version of {', '.join(added.versions)}"
        )
    return "added"

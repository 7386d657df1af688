"""Resolve the identifiers that documents cite, and keep their bibliography in step with them and with the library.

What was written last is remembered by `refs.actions.exports`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from refs import formats, papers
from refs.actions import bibmerge, exporting, exports, pending
from refs.actions.add import Asked, Outcome, Resolve, add_identifiers, read_identifier
from refs.actions.bibmerge import TYPE, Edit, Merged
from refs.actions.reading import read_bytes
from refs.actions.scanning import Scan, Work, scan
from refs.change import Change
from refs.errors import ConflictError, Location, ParseError, RefsError
from refs.formats import bibedit
from refs.formats.encodings import decode, encode_like
from refs.identifiers import Identifier
from refs.log import EXPORT
from refs.model import Reference, Source, Value
from refs.store import Library
from refs.writing import replace_file

V = TypeVar("V", str, Value)
POLL = 0.5  # seconds between two looks at the documents that are watched


@dataclass(slots=True)
class Synced:
    """What became of a bibliography: whether its bytes changed, and what is to be said."""

    file: Path
    written: bool
    count: int
    outcomes: list[Outcome]
    notices: list[str] = field(default_factory=list)
    clashes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def resolved(
    library: Library, documents: Sequence[Path], resolve: Resolve
) -> tuple[Scan, list[Outcome], dict[str, str]]:
    """Return what documents cite once the library has what they cite by identifier, or bring along as records.

    Stubs that they cite are asked for again. There is an outcome for each identifier that the library has now, and a
    line for each key that is still missing.
    """
    found = scan(library, documents)
    asked = {work.identifier: Asked(work.identifier, str(work.identifier)) for work in found.missing if work.identifier}
    stubs = [one.extra[pending.MARK] for one in found.references if pending.is_pending(one)]
    again = [one for text in stubs if isinstance(one := read_identifier(text), Asked)]
    asked |= {one.identifier: one for one in again}
    records = [work.reference for work in found.brought if work.reference]

    def keep(change: Change) -> None:
        for record in records:
            change.add(record, wanted=record.key)

    if records:
        library.apply(keep)
    outcomes = add_identifiers(library, list(asked.values()), resolve) if asked else []
    found = scan(library, documents) if asked or records else found
    errors = {one: outcome.error for one, outcome in zip(asked, outcomes, strict=True) if outcome.error}
    missing = {work.key: _why(work, errors) for work in found.missing}
    return found, [outcome for outcome in outcomes if outcome.added], missing


def _why(work: Work, errors: Mapping[Identifier, RefsError]) -> str:
    """Return the line for a key that is missing, with what the registries said of it."""
    error = errors.get(work.identifier) if work.identifier else None
    return f"{work.place}: {error}" if error else str(work)


def target(documents: Sequence[Path], output: str) -> Path:
    """Return the file to write: the one given, else the one that the first document names, else references.bib."""
    from refs.papers import dialects

    return Path(output) if output else dialects.bibliography(documents[0]) or documents[0].with_name("references.bib")


def sync(
    library: Library,
    documents: Sequence[Path],
    output: Path,
    resolve: Resolve,
    chosen: tuple[str, Mapping[str, Any]],
    *,
    take: bool = False,
) -> Synced:
    """Write the bibliography of the documents to a file, merged with what people made of it since the last time.

    `chosen` is the format and its options; `take` puts their edits and entries into the library. Raise ConflictError
    for a file in a format that cannot be merged and that is not as it was written last.
    """
    format, options = chosen
    exporting.refuse_documents(str(output))
    found, outcomes, missing = resolved(library, documents, resolve)
    written = exporting.output(found.references, format, options)
    synced = Synced(output, False, written.count, outcomes, list(written.notices))
    synced.notices += [line for line in (pending.told(found.references),) if line]
    synced.problems += [*found.unreadable, *found.placed(written.left_out)]
    before = read_bytes(output) if output.exists() else b""
    last = library.facts(EXPORT).get(exports.name_of(output), {})
    base: dict[str, dict[str, str]] = last.get("entries", {})
    pure = not before.strip() or (last.get("pure", False) and last.get("sha256") == exports.digest(before))
    if format not in ("bibtex", "biblatex") and not pure:
        raise ConflictError(f"{output} was changed since refs wrote it, and only .bib files are merged: move it away")
    if pure:
        merged, data = Merged(written.text), written.text.encode()
    else:
        theirs = decode(before)[0]
        if take and (taken := _take(library, theirs, written.text, base, found, output)):
            synced.taken += taken
            found = scan(library, documents)
            written = exporting.output(found.references, format, options)
        merged = bibmerge.merge(base, theirs, written.text)
        data = _encoded(merged.text, before, output)
    synced.count = written.count + len(merged.own)
    there = {*merged.own, *merged.broken}
    synced.problems += [line for key, line in missing.items() if key not in there]
    _tell(synced, merged, written.text)
    synced.written = replace_file(output, data)
    entries = bibmerge.digests(written.text) if format in ("bibtex", "biblatex") else {}
    manner = exports.Manner(format, exports.program_of(options), tuple(one.key for one in found.references))
    exports.remember(library, output, data, manner, pure=merged.text == written.text, entries=entries)
    return synced


def _encoded(text: str, before: bytes, output: Path) -> bytes:
    """Return the text in the encoding that the file has."""
    try:
        return encode_like(text, before)
    except UnicodeEncodeError as error:
        char = error.object[error.start]
        reason = f"it is in {error.encoding}, which has no {char!r}: save it as UTF-8"
        raise ParseError(reason, Location(str(output))) from None


def _tell(synced: Synced, merged: Merged, mine: str) -> None:
    """Say, with the lines of the new text, what stays as people have it."""
    file = synced.file
    lines = bibmerge.lines(merged.text, [*(edit.key for edit in merged.edits), *merged.own])
    ours = {entry.key: bibmerge.values(entry) for entry in bibedit.outline(mine).entries if entry}
    shown = {entry.key: bibmerge.values(entry) for entry in bibedit.outline(merged.text).entries if entry}
    for edit in merged.edits:
        at = lines[edit.key, TYPE]
        names = ", ".join("type" if name == TYPE else name for name in edit.fields)
        if not edit.known:
            synced.notices.append(f"{file}:{at}: {edit.key} is kept as it is; the library differs in {names}")
        elif names:
            synced.notices.append(f"{file}:{at}: {edit.key}: {names} edited there, and kept; --take stores it")
        for name in edit.clashes:
            here, there = (one[edit.key].get(name, "nothing") for one in (shown, ours))
            line = lines.get((edit.key, name), at)
            changed = f"{edit.key}: {name} was changed here and in the library; kept: {here}, the library has: {there}"
            synced.clashes.append(f"{file}:{line}: {changed}")
    cited = f"{file}: {len(merged.own)} of its entries are not refs' own, and stay" if merged.own else ""
    synced.notices += [cited] if cited else []
    synced.notices += [f"{file}: {key} was removed there, but is cited: written again" for key in merged.restored]
    synced.notices += [f"{file}: {key} is no longer cited: left out" for key in merged.removed]
    synced.problems += [f"{file}: {key or 'an entry'} cannot be read, and stays as it is" for key in merged.broken]


def _take(
    library: Library, theirs: str, mine: str, base: dict[str, dict[str, str]], found: Scan, output: Path
) -> list[str]:
    """Put what people changed in the file into the library; return a line for each reference.

    `base` then has the digests of what was taken, so that it is no longer an edit of theirs.
    """
    merged = bibmerge.merge(base, theirs, mine)
    there = {entry.key: entry for entry in bibedit.outline(theirs).entries if entry}
    here = {entry.key: entry for entry in bibedit.outline(mine).entries if entry}
    own = {work.reference.key: work.own for work in found.works if work.reference and work.own}
    replaced = [
        changed
        for edit in merged.edits
        if edit.known and edit.fields and edit.key in here and edit.key in own
        for changed in _changed(library, own[edit.key], mine, theirs, here[edit.key], there[edit.key], edit, output)
    ]
    blocks = formats.read(theirs.encode("utf-8", "surrogatepass"), output.name, "bibtex").blocks
    added = [one.reference for one in blocks if one.reference and one.reference.key in merged.own]
    taken: list[str] = []

    def store(change: Change) -> None:
        taken.clear()
        for before, after, names in replaced:
            change.replace(after, before)
            taken.append(f"stored {after.key}: {names}")
        for reference in added:
            result = change.add(reference, wanted=reference.key)
            taken.append(f"{'added' if result.new else 'already there:'} {result.key}")

    if replaced or added:
        library.apply(store)
    for edit in merged.edits:
        if edit.known and edit.key in here:
            digests = bibmerge.digests(theirs)[edit.key]
            base[edit.key] = {**base[edit.key], **{name: digests.get(name, "") for name in edit.fields}}
    return taken


def _changed(
    library: Library,
    own: str,
    mine: str,
    theirs: str,
    here: bibedit.Entry,
    there: bibedit.Entry,
    edit: Edit,
    output: Path,
) -> Iterator[tuple[Reference, Reference, str]]:
    """Yield the stored reference and what the edited fields of an entry make of it, by reading both."""
    raw = mine[here.start : here.end]
    edited = bibmerge.edited(raw, {name: bibmerge.values(there).get(name) for name in edit.fields})
    read = [formats.read(text.encode("utf-8", "surrogatepass"), output.name, "bibtex") for text in (raw, edited)]
    if not all(one.references for one in read):
        return
    before, after = (one.references[0] for one in read)
    (stored,) = library.own([own])
    fields = _taken(stored.fields, before.fields, after.fields)
    source = Source(f"{output.name}:{there.line}", time.strftime("%Y-%m-%d", time.gmtime()))
    names = [name for name in fields if fields[name] != stored.fields.get(name)]
    result = replace(
        stored,
        type=after.type if after.type != before.type else stored.type,
        fields=fields,
        extra=_taken(stored.extra, before.extra, after.extra),
        identifiers=_taken(stored.identifiers, before.identifiers, after.identifiers),
        sources={**stored.sources, **dict.fromkeys(names, source)},
    )
    if result != stored:
        yield stored, result, ", ".join("type" if name == TYPE else name for name in edit.fields)


def _taken(stored: Mapping[str, V], before: Mapping[str, V], after: Mapping[str, V]) -> dict[str, V]:
    """Return what is stored with what differs between two readings."""
    found = {name: value for name, value in stored.items() if not (name in before and name not in after)}
    return found | {name: value for name, value in after.items() if before.get(name) != value}


def watch(
    files: Callable[[], Sequence[Path]],
    work: Callable[[], object],
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Do the work, and again whenever one of the files has changed; until interrupted."""
    while True:
        watched = files()
        seen = _stamps(watched)
        work()
        while _stamps(watched) == seen:
            sleep(POLL)


def files_of(documents: Sequence[Path]) -> list[Path]:
    """Return the documents and the files that they include, as far as they can be read now."""
    found = list(documents)
    for document in documents:
        with suppress(RefsError):
            found += map(Path, papers.read(document).files)
    return list(dict.fromkeys(found))


def _stamps(files: Sequence[Path]) -> list[tuple[int, int] | None]:
    """Return the time and size of each file, None for one that is not there."""
    found: list[tuple[int, int] | None] = []
    for file in files:
        try:
            status = file.stat()
            found.append((status.st_mtime_ns, status.st_size))
        except OSError:
            found.append(None)
    return found

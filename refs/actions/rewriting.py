"""Rewrite the keys of documents: bytes, encodings and line ends of the rest stay, and every rewriting can be undone.

What was done to `paper.tex` stands in `paper.tex.refs-undo` beside it: for each rewriting the digest of what it made,
and the edits that take it back.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from refs import citekeys, papers
from refs.actions.pending import is_pending
from refs.actions.reading import read_bytes
from refs.actions.scanning import LIBRARY, Scan
from refs.change import Change
from refs.errors import ConflictError, Location, NotFoundError, ParseError, UsageError
from refs.papers import keys, rewrite
from refs.papers.rewrite import Edit
from refs.store import Library
from refs.writing import replace_file

UNDO = ".refs-undo"
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text that gives its bytes back: the mark before it, and the codec."""

    text: str
    mark: bytes
    codec: str

    def encode(self, text: str) -> bytes:
        """Return the bytes of another text in the manner of this one."""
        return self.mark + text.encode(self.codec)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file before and after, and the edits between."""

    file: Path
    before: Text
    after: str
    edits: tuple[Edit, ...]

    def diff(self) -> list[str]:
        """Return the lines of a unified difference."""
        return difference(str(self.file), self.before.text, self.after)


def difference(name: str, before: str, after: str) -> list[str]:
    """Return the lines of a unified difference of two texts whose lines may end in any way."""
    from difflib import unified_diff

    one, other = (re.split(r"\r\n|\r|\n", text.rstrip("\r\n")) for text in (before, after))
    return list(unified_diff(one, other, name, name, n=1, lineterm=""))


def short_keys(library: Library, found: Scan) -> tuple[dict[str, str], dict[str, str]]:
    """Return the short key for each identifier that documents cite, and the new key of each reference that had none.

    A reference that was kept as a stub has its identifier for a key; once it is filled in, it gets a key as any other.
    """
    works = [work for work in found.works if work.status == LIBRARY and work.reference]
    cited = [work for work in works if work.identifier or keys.identifier(work.key)]
    new: dict[str, str] = {}
    taken: set[str] = set()
    for work in cited:
        if work.own in new or not keys.identifier(work.own) or work.reference is None or is_pending(work.reference):
            continue
        taken = taken or {*library.keys(), *library.aliases()}
        rule = citekeys.Rule(library.key_pattern, library.key_schemes)
        new[work.own] = citekeys.make_key(work.reference, taken, rule)
        taken.add(new[work.own])
    short = {work.key: new.get(work.own, work.own) for work in cited}
    return {key: own for key, own in short.items() if not keys.identifier(own)}, new


def rename(library: Library, new: Mapping[str, str]) -> None:
    """Give references their new keys, old -> new, in one transaction; the old ones find them for ever."""

    def renamed(change: Change) -> None:
        for old, key in new.items():
            change.rename(old, key)

    if new:
        library.apply(renamed)


def plan(documents: Sequence[Path], mapping: Mapping[str, str]) -> list[Rewritten]:
    """Return what another set of keys, old -> new, would make of the documents and of the files they include.

    Raise ParseError, before anything is written, for a place where a key cannot be put, and UsageError for a document
    that holds no keys of an author.
    """
    planned: dict[str, Rewritten] = {}
    for document in documents:
        reader = papers.READERS.get(document.suffix.lower(), "")
        if reason := rewrite.refusal(reader):
            raise UsageError(f"{document}: {reason}")
        found = papers.read(document)
        texts = {file: read_text(Path(file)) for file in found.files}
        changed: dict[str, str] = {}
        for file, text in texts.items():
            here = [one for one in found.citations if one.file.partition(":cell ")[0] == file]
            edits = tuple(rewrite.edits(text.text, reader, here, mapping))
            changed[file] = rewrite.apply(text.text, edits)
            if edits:
                planned[file] = Rewritten(Path(file), text, changed[file], edits)
        _check(found, changed, reader, mapping)
    return list(planned.values())


def read_text(path: Path) -> Text:
    """Return a file as text whose lines and columns are those of `papers.read`, and which gives its bytes back."""
    data = read_bytes(path)
    mark, codec = next((pair for pair in MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    try:
        return Text(data[len(mark) :].decode(codec), mark, codec)
    except UnicodeDecodeError:
        if mark:
            raise ParseError(f"its bytes are not quite {codec}, and it is left as it is", Location(str(path))) from None
    return Text(data.decode("latin-1"), b"", "latin-1")


def _check(found: papers.Citations, changed: Mapping[str, str], reader: str, mapping: Mapping[str, str]) -> None:
    """Read the new texts, and raise ParseError when they do not cite what they should."""
    texts = {file: papers.decode(text.encode("utf-8", "surrogatepass")) for file, text in changed.items()}
    again: papers.Citations = import_module(f"refs.papers.{reader}").read(
        texts[found.files[0]], found.files[0], texts.get
    )
    before = [mapping.get(one.key, one.key) if one.kind != "all" else one.key for one in found.citations]
    after = [one.key for one in again.citations]
    if before != after:
        at = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), -1)
        one = found.citations[at]
        place = Location(one.file, one.line, one.column)
        raise ParseError(f"{one.key!r} cannot be rewritten here without changing what is cited; nothing is done", place)


def write(planned: Sequence[Rewritten]) -> None:
    """Write the files, each after what takes it back; raise ConflictError when one was changed since it was read."""
    for one in planned:
        if read_bytes(one.file) != one.before.encode(one.before.text):
            raise ConflictError(f"{one.file} was changed meanwhile; nothing more is written")
    for one in planned:
        data = one.before.encode(one.after)
        steps = _steps(one.file)
        if not steps or steps[-1]["after"] != _digest(one.before.encode(one.before.text)):
            steps = []
        edits = [[edit.offset, edit.old, edit.new] for edit in rewrite.reversed_edits(one.edits)]
        steps.append({"after": _digest(data), "edits": edits})
        replace_file(undo_file(one.file), json.dumps({"file": one.file.name, "steps": steps}, indent=1).encode())
        replace_file(one.file, data)


def undo(documents: Sequence[Path]) -> list[Path]:
    """Take back the last rewriting of each document and of the files that it includes; return those files.

    Raise NotFoundError when nothing was rewritten, and ConflictError for a file that was changed since.
    """
    files = [Path(file) for document in documents for file in papers.read(document).files]
    waiting = [(file, steps) for file in dict.fromkeys(files) if (steps := _steps(file))]
    if not waiting:
        raise NotFoundError(f"{', '.join(map(str, documents))}: there is no rewriting to undo")
    taken: list[tuple[Path, bytes, list[dict[str, Any]]]] = []
    for file, steps in waiting:
        last = steps.pop()
        text = read_text(file)
        if last["after"] != _digest(text.encode(text.text)):
            raise ConflictError(
                f"{file} was changed since it was rewritten; {undo_file(file).name} tells what was done"
            )
        taken.append((file, text.encode(rewrite.apply(text.text, [Edit(*edit) for edit in last["edits"]])), steps))
    for file, data, left in taken:
        replace_file(file, data)
        if left:
            replace_file(undo_file(file), json.dumps({"file": file.name, "steps": left}, indent=1).encode())
        else:
            undo_file(file).unlink()
    return [file for file, *_ in taken]


def undo_file(file: Path) -> Path:
    """Return where the rewritings of a file are kept."""
    return file.with_name(file.name + UNDO)


def _steps(file: Path) -> list[dict[str, Any]]:
    """Return the rewritings of a file that can be taken back, the last one at the end."""
    path = undo_file(file)
    if not path.is_file():
        return []
    try:
        return list(json.loads(path.read_bytes())["steps"])
    except (ValueError, KeyError, TypeError):
        raise ParseError("no undo file of refs", Location(str(path))) from None


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()

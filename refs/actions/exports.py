"""What was last written to files, how, and which of those files no longer say what the library says.

It is a fact of the library, of kind "export" and named by the file's path: the digest of the text, whether it was all
refs' own, the digests of every field where others may edit the file (see `refs.actions.syncing`), and how to write it
again. A file that is gone is not missed.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from refs.actions import bibmerge, exporting
from refs.errors import RefsError
from refs.formats.programs import PROGRAMS
from refs.log import EXPORT
from refs.model import Reference
from refs.store import Library


@dataclass(frozen=True, slots=True)
class Manner:
    """How references were written to a file: which ones, by keys or a query or else all, in which format and dialect.

    `journals`, `table` and `ltwa` are as in `exporting.with_journals`.
    """

    format: str
    program: str = ""
    keys: tuple[str, ...] = ()
    where: str = ""
    journals: str = "stored"
    table: str = ""
    ltwa: str = ""


@dataclass(frozen=True, slots=True)
class Stale:
    """A file that is not what an export would write now: why, and the command that writes it anew."""

    file: Path
    why: str
    command: str


def name_of(file: Path) -> str:
    """Return the name of the fact of a file."""
    return file.resolve().as_posix()


def digest(data: bytes) -> str:
    """Return what tells one content of a file from another."""
    return sha256(data).hexdigest()


def program_of(options: Mapping[str, Any]) -> str:
    """Return the program whose dialect is among the options of a writer, "" for none."""
    return next((name for name, one in PROGRAMS.items() if one.dialect == options.get("dialect")), "")


def remember(
    library: Library,
    file: Path,
    data: bytes,
    manner: Manner,
    *,
    pure: bool = True,
    entries: bibmerge.Digests | None = None,
) -> None:
    """Remember what was written to a file, unless that is known already."""
    fact = {
        "sha256": digest(data),
        "pure": pure,
        "entries": entries or {},
        "manner": {**asdict(manner), "keys": list(manner.keys)},
        "command": library.command,
        "folder": Path.cwd().as_posix(),
    }
    name = name_of(file)
    if library.facts(EXPORT).get(name) != fact:
        library.apply(lambda change: change.set_fact(EXPORT, name, fact))


def stale(library: Library) -> Iterator[Stale]:
    """Yield the exported files that are no longer what would be written now."""
    for name, fact in library.facts(EXPORT).items():
        file = Path(name)
        if "manner" in fact and file.is_file() and (why := _why(library, file, fact)):
            folder = shlex.quote(fact["folder"])
            yield Stale(file, why, f"cd {folder} && {fact['command']}")


def _why(library: Library, file: Path, fact: Mapping[str, Any]) -> str:
    """Return why an exported file is stale, "" for one that is not."""
    manner = Manner(**{**fact["manner"], "keys": tuple(fact["manner"]["keys"])})
    try:
        there = file.read_bytes()
        now = _written(library, manner)
    except (OSError, RefsError) as error:
        return f"it cannot be compared: {error}"
    if fact["entries"]:
        entries = bibmerge.digests(now)
        past = [key for key, fields in fact["entries"].items() if entries.get(key) != fields]
        return f"the library has changed {_listed(past)} since it was written" if past else ""
    if digest(there) == digest(now.encode()):
        return ""
    if digest(there) == fact["sha256"]:
        return "the library has changed since it was written"
    return "it was edited since it was written, and writing it anew loses that: refs import takes it in first"


def _written(library: Library, manner: Manner) -> str:
    """Return what an export would write now."""
    references = _chosen(library, manner)
    known = library.references() if manner.journals != "stored" and (manner.keys or manner.where) else []
    renamed, _ = exporting.with_journals(references, manner.journals, manner.table, manner.ltwa, known)
    options = {"dialect": PROGRAMS[manner.program].dialect} if manner.program else {}
    return exporting.output(renamed, manner.format, options).text


def _chosen(library: Library, manner: Manner) -> list[Reference]:
    if manner.keys:
        return list(library.existing(manner.keys).values())
    return list(library.each(manner.where, "added")) if manner.where else library.references()


def _listed(keys: list[str]) -> str:
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")

"""Make a snapshot: a part for each input file, parts merged in rounds, and the index in its place at the end.

    make_part(file, part)        the task of one file: what it yields depends on the file alone
    merge(parts, part)           up to WIDTH of them become one, the newest record of a DOI wins
    build(files, directory)      both, for what is not done yet

Each task writes beside its target and renames, so a build that was killed goes on where it was, to the same bytes;
a cluster may run the tasks of the first kind in any order, and `build` then merges what they made. The parts of the
work lie in `parts/` until the index is there.
"""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from refs.errors import ConflictError, NotFoundError, StorageError, UsageError
from refs.lock import exclusive
from refs.writing import replace_file, sync_directory
from resolver.snapshot import FORMAT, INDEX, SCHEMA, pack
from resolver.snapshotfiles import ENDINGS, Hashed, Rejected, Work, works

MANIFEST = "manifest.json"
AT_ONCE = 5000  # works in memory
WIDTH = 64  # parts that are merged together
PART, REJECTED = ".part", ".rejected"

Row = tuple[str, int, bytes]


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of one file: works, and how many records of the same DOI gave way to a newer one of it."""

    name: str
    size: int
    sha256: str
    works: int
    duplicates: int
    rejected: int
    newest: int
    """Milliseconds since 1970: when Crossref last indexed one of its works."""


def build(given: Sequence[Path], directory: Path, tell: Callable[[str, int, int], None] = lambda *_: None) -> None:
    """Make the snapshot of files, or of all files below directories; what was done before is not done again.

    `tell` gets a file's name, its number and how many there are. Raise NotFoundError for a path that is not there,
    UsageError where there is nothing to read, ConflictError where the directory holds works of other files,
    StorageError.
    """
    files = inputs(given)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with exclusive(directory / "lock", lambda: tell("another build of this snapshot", 0, len(files))):
            before = _manifest(directory)
            if missing := sorted({row["name"] for row in before} - {file.name for file in files}):
                raise ConflictError(
                    f"{directory} is a snapshot of other files too ({missing[0]}): give those as well, or delete it"
                )
            if not _is_made(files, before):
                _build(files, directory, tell)
            _clear(files, directory)
    except sqlite3.Error as error:
        raise StorageError(f"cannot write {directory}: {error}") from None
    except OSError as error:
        raise StorageError(f"{error.filename or directory}: {(error.strerror or str(error)).lower()}") from None


def inputs(given: Sequence[Path]) -> list[Path]:
    """Return the files to read, in order of their names."""
    found: set[Path] = set()
    for path in given:
        if path.is_dir():
            found |= {one for one in path.rglob("*") if one.name.endswith(ENDINGS) and one.is_file()}
        elif path.is_file():
            found.add(path)
        else:
            raise NotFoundError(f"{path}: no such file or directory")
    if not found:
        raise UsageError(f"no file in {', '.join(map(str, given))} ends in {', '.join(ENDINGS)}")
    return sorted({one.resolve() for one in found}, key=lambda one: (one.name, str(one)))


def _build(files: Sequence[Path], directory: Path, tell: Callable[[str, int, int], None]) -> None:
    parts = directory / "parts"
    parts.mkdir(exist_ok=True)
    made = []
    for number, file in enumerate(files, 1):
        tell(file.name, number, len(files))
        part = parts / part_name(file)
        made.append(_made(part, file) or make_part(file, part))
    if not any(one.works for one in made):
        raise UsageError(f"there is no work of Crossref in {files[0]}{' and the others' * (len(files) > 1)}")
    level, current = 0, [parts / part_name(file) for file in files]
    while len(current) > WIDTH:
        level += 1
        groups = [current[at : at + WIDTH] for at in range(0, len(current), WIDTH)]
        current = [_merged(group, parts, level) for group in groups]
    merge(current, directory / INDEX, _about(made))
    rows = [asdict(one) for one in made]
    replace_file(directory / MANIFEST, (json.dumps({"format": FORMAT, "inputs": rows}, indent=1) + "\n").encode())


def _manifest(directory: Path) -> list[dict[str, Any]]:
    """Return what a finished snapshot was made of, or [] where there is none of this layout."""
    try:
        manifest = json.loads((directory / MANIFEST).read_bytes())
        rows = [
            {**row, "name": row["name"], "size": row["size"], "sha256": row["sha256"]} for row in manifest["inputs"]
        ]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return rows if manifest.get("format") == FORMAT and (directory / INDEX).is_file() else []


def _is_made(files: Sequence[Path], before: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the snapshot that was made before was made of just these files."""
    same = [(row["name"], row["size"]) for row in before] == [(file.name, file.stat().st_size) for file in files]
    return same and [row["sha256"] for row in before] == [_sha256(file) for file in files]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _clear(files: Sequence[Path], directory: Path) -> None:
    """Leave the index, the manifest and what was rejected."""
    parts, rejected, spent = directory / "parts", directory / "rejected", directory / "spent"
    if parts.exists():
        shutil.rmtree(rejected, ignore_errors=True)
        for file in files:
            aside = (parts / part_name(file)).with_suffix(REJECTED)
            if aside.exists():
                rejected.mkdir(exist_ok=True)
                shutil.copyfile(aside, rejected / aside.name)  # not moved: a killed clearing begins again
        shutil.rmtree(spent, ignore_errors=True)
        parts.rename(spent)  # in one step, so that no later clearing finds a part of the parts
    if spent.exists():
        shutil.rmtree(spent)


def part_name(file: Path) -> str:
    """Return the name of the part of a file, which another file of that name does not share."""
    return f"{file.name[:80]}-{hashlib.sha256(os.fsencode(file)).hexdigest()[:8]}{PART}"


def _made(part: Path, file: Path) -> Made | None:
    """Return what an earlier build made of a file that is still the same."""
    if not part.exists():
        return None
    state = file.stat()
    with closing(_reading(part)) as db:
        rows = dict(db.execute("SELECT name, value FROM about"))
    if (rows.get("format"), rows.get("mtime")) != (str(FORMAT), str(state.st_mtime_ns)):
        return None
    figures = {name: int(rows[name]) for name in ("size", "works", "duplicates", "rejected", "newest")}
    return Made(rows["name"], sha256=rows["sha256"], **figures) if figures["size"] == state.st_size else None


def make_part(file: Path, part: Path) -> Made:
    """Write the works of one file into a part, by DOI, and what cannot be read beside it into a `.rejected`."""
    state = file.stat()
    rejected = newest = read = 0
    with closing(Hashed(file)) as source, _writing(part) as db, _aside(part.with_suffix(REJECTED)) as aside:
        chunk: list[Row] = []
        for work in works(source):
            row = work if isinstance(work, Rejected) else _row(work)
            if isinstance(row, Rejected):
                rejected += 1
                aside.write(f"{row.place}: {row.reason}\n".encode() + row.raw.rstrip(b"\r\n") + b"\n")
                continue
            read, newest = read + 1, max(newest, row[1])
            chunk.append(row)
            if len(chunk) == AT_ONCE:
                _insert(db, chunk)
        _insert(db, chunk)
        kept = db.execute("SELECT count(*) FROM work").fetchone()[0]
        made = Made(file.name, state.st_size, source.sha256.hexdigest(), kept, read - kept, rejected, newest)
        _note(db, {**asdict(made), "mtime": state.st_mtime_ns, "format": FORMAT})
    return made


def _row(work: Work) -> Row | Rejected:
    """Return what is stored of a work: its DOI in lower case, when it was indexed, and the packed record."""
    indexed = work.get("indexed")
    time = indexed.get("timestamp") if isinstance(indexed, Mapping) else None
    time = time if isinstance(time, int) and 0 <= time < 1 << 53 else 0
    doi = work["DOI"].strip().lower().encode("utf-8", "replace").decode()
    try:
        return doi, time, pack(work)
    except RecursionError:
        return Rejected(doi, "nested too deeply")


def _insert(db: sqlite3.Connection, chunk: list[Row]) -> None:
    chunk.sort(key=lambda row: row[0])
    db.executemany(
        "INSERT INTO work VALUES (?, ?, ?) ON CONFLICT (doi) DO UPDATE"
        " SET indexed = excluded.indexed, record = excluded.record WHERE excluded.indexed > indexed",
        chunk,
    )
    chunk.clear()


def _note(db: sqlite3.Connection, about: Mapping[str, Any]) -> None:
    db.executemany("INSERT INTO about VALUES (?, ?)", ((name, str(value)) for name, value in about.items()))


def merge(parts: Sequence[Path], target: Path, about: Mapping[str, int | str]) -> None:
    """Write one part of many; of the records of a DOI the newest stays, of equally new ones the first.

    What is told `about` it is completed by its own count of `works` and the `duplicates` among those of the parts.
    """
    with contextlib.ExitStack() as stack, _writing(target) as db:
        streams = [_rows(stack.enter_context(closing(_reading(part))), at) for at, part in enumerate(parts)]
        best = (next(same) for _, same in groupby(heapq.merge(*streams), key=lambda row: row[0]))
        db.executemany("INSERT INTO work VALUES (?, ?, ?)", ((doi, -older, record) for doi, older, _, record in best))
        if about:
            kept = db.execute("SELECT count(*) FROM work").fetchone()[0]
            _note(db, {**about, "works": kept, "duplicates": int(about["read"]) - kept})


def _merged(group: Sequence[Path], parts: Path, level: int) -> Path:
    """Return the part that stands for a group of them; its name says of which."""
    names = "\n".join(part.name for part in group)
    newest = max(part.stat().st_mtime_ns for part in group)
    target = parts / f"level{level}-{hashlib.sha256(names.encode()).hexdigest()[:16]}{PART}"
    if not target.exists() or target.stat().st_mtime_ns < newest:
        merge(group, target, {})
    return target


def _rows(db: sqlite3.Connection, at: int) -> Iterator[tuple[str, int, int, bytes]]:
    for doi, indexed, record in db.execute("SELECT doi, indexed, record FROM work ORDER BY doi"):
        yield doi, -indexed, at, record


def _about(made: Sequence[Made]) -> dict[str, int | str]:
    day = datetime.fromtimestamp(max(one.newest for one in made) / 1000, UTC).date().isoformat()
    return {
        "format": FORMAT,
        "date": day,
        "files": len(made),
        "rejected": sum(one.rejected for one in made),
        "read": sum(one.works + one.duplicates for one in made),
    }


def _reading(part: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{part.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[sqlite3.Connection]:
    """Give a new database that takes the place of the target when the block ends well."""
    fresh = target.with_name(f"{target.name}.tmp")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        # What is killed is made anew, so nothing needs a journal; small pages would be filled to three fifths.
        db.executescript(
            f"PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {SCHEMA} BEGIN"
        )
        yield db
        db.execute("COMMIT")
    _settle(fresh, target)


@contextlib.contextmanager
def _aside(target: Path) -> Iterator[BinaryIO]:
    """Give a file that takes the place of the target when the block ends well, or its absence if it is empty."""
    fresh = target.with_name(f"{target.name}.tmp")
    with fresh.open("wb") as stream:
        yield stream
        empty = stream.tell() == 0
    if empty:
        fresh.unlink()
        target.unlink(missing_ok=True)
    else:
        _settle(fresh, target)


def _settle(fresh: Path, target: Path) -> None:
    """Let a written file take its name, durably."""
    with fresh.open("rb") as stream:
        os.fsync(stream.fileno())
    fresh.replace(target)
    sync_directory(target.parent)

"""Look a library over: what is wrong, what might go wrong, and how to mend it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from refs import backup, indexcheck, search, searchindex
from refs.actions import exports
from refs.database import Database
from refs.errors import RefsError, StorageError, UsageError
from refs.model import Reference
from refs.store import Library
from refs.stored import columns_of, damaged, load

SYNCED = ("dropbox", "onedrive", "google drive", "googledrive", "mobile documents", "icloud", "nextcloud", "owncloud")
NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "fuse.rclone", "fuse.gvfsd-fuse")
LEAST_FREE = 100 << 20  # bytes
MOST_OUTDATED = 1000  # entries of the search index beyond one a reference
DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `level` is "ok", "advice" or "problem"; `mend` says what to do."""

    level: str
    about: str
    message: str
    mend: str = ""


Check = Callable[[Library], Iterator[Finding]]

ORPHANS = {
    "an identifier belongs to nothing": "SELECT count(*) FROM identifier WHERE library = :library AND NOT EXISTS"
    " (SELECT 1 FROM reference WHERE reference.library = :library AND reference.id = identifier.reference)",
    "an alias belongs to nothing": "SELECT count(*) FROM alias WHERE library = :library AND NOT EXISTS"
    " (SELECT 1 FROM reference WHERE reference.library = :library AND reference.id = alias.reference)",
    "a revision belongs to nothing": "SELECT count(*) FROM revision WHERE library = :library AND NOT EXISTS"
    " (SELECT 1 FROM batch WHERE batch.library = :library AND batch.id = revision.batch)",
    "an alias is also a key": "SELECT count(*) FROM alias JOIN reference ON reference.library = alias.library"
    " AND reference.key = alias.key WHERE alias.library = :library",
    "a reference is not of its last batch": "SELECT count(*) FROM reference LEFT JOIN batch ON batch.library ="
    " reference.library AND batch.id = rev WHERE reference.library = :library AND rev <> 0"
    " AND (at IS NULL OR at <> changed)",
    "the number of the next batch is wrong": "SELECT count(*) FROM library WHERE id = :library AND (rev <"
    " (SELECT coalesce(max(batch.id), 0) FROM batch WHERE library = :library) OR rev >= 1099511627776)",
}


def examine(library: Library) -> list[Finding]:
    """Return what was found; a check that cannot be made is a problem of its own."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += check(library)
        except RefsError as error:
            findings.append(Finding("problem", check.__name__.strip("_"), str(error), "refs restore"))
            break
    return findings


def _place(library: Library) -> Iterator[Finding]:
    """Tell where the library lies, and whether that is a place that loses files."""
    try:
        path = library.path
    except UsageError:
        yield Finding("ok", "place", library.engine.location)
        return
    if not path.exists():
        yield Finding("ok", "place", f"{path}: no library yet; the first `refs add` makes it")
        return
    yield Finding("ok", "place", f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    real = Path(os.path.realpath(path))
    if service := next((part for part in real.parts if part.lower().startswith(SYNCED)), ""):
        mend = "keep it elsewhere (refs config set library PATH) and sync an export of it"
        yield Finding("advice", "place", f"{service} copies files while they are written, which has damaged many", mend)
    if (system := file_system(real)) in NETWORK:
        mend = "keep it on a local disk, or share it through PostgreSQL"
        yield Finding(
            "advice", "place", f"it lies on a network file system ({system}), whose locks cannot be trusted", mend
        )
    free = os.statvfs(real.parent) if hasattr(os, "statvfs") else None
    if free and free.f_bavail * free.f_frsize < LEAST_FREE:
        yield Finding("advice", "place", "less than 100 MB are free on its disk", "make room")
    if not os.access(real, os.W_OK) or not os.access(real.parent, os.W_OK):
        yield Finding("advice", "place", "it is read-only", f"chmod u+w {real} {real.parent}")


def file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Return the type of the file system that a path lies on, "" where the system does not tell."""
    if not sys.platform.startswith("linux") or not mounts.exists():
        return ""
    rows = (line.split() for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines())
    points = {row[1].replace("\\040", " "): row[2] for row in rows if len(row) > 2}
    return next((points[str(one)] for one in (path, *path.parents) if str(one) in points), "")


def _file(library: Library) -> Iterator[Finding]:
    """Let SQLite check every page of the file."""
    from refs.sqlite import VERSION, SqliteFile, connect, storage_errors

    if not isinstance(library.engine, SqliteFile):
        return
    with library.reading() as found:
        if found is None:
            return
    real = Path(os.path.realpath(library.path))
    with storage_errors(library.path), closing(connect(real, "rw" if os.access(real, os.W_OK) else "ro")) as db:
        count = backup.check_pages(db)
    yield Finding("ok", "file", f"SQLite {VERSION} finds every page whole; {count} references")


def _tables(library: Library) -> Iterator[Finding]:
    """Compare what the tables say of each other, and of the references with their checksums."""
    with library.reading() as db:
        if db is None:
            return
        broken = False
        for what, sql in ORPHANS.items():
            if (count := db.rows(sql)[0][0]) and count:
                broken = True
                yield Finding("problem", "tables", f"{what} ({count} of them)", _restore(library))
        if lost := list(damaged(db)):
            broken = True
            yield Finding("problem", "tables", f"{len(lost)} changed by the disk: {', '.join(lost)}", _restore(library))
        wrong, odd = _misfiled(db)
        if wrong:
            message = f"{len(wrong)} are filed under another key: {', '.join(wrong)}"
            yield Finding("problem", "tables", message, _restore(library))
        if odd:
            message = f"{len(odd)} are listed otherwise than they say: {', '.join(odd[:3])}"
            yield Finding("problem", "tables", message, "refs doctor --reindex")
    if not (broken or wrong or odd):
        yield Finding(
            "ok", "tables", "references, keys, identifiers, aliases and the log fit together, and are as written"
        )


def _restore(library: Library) -> str:
    """Return how a damaged library is mended."""
    from refs.sqlite import SqliteFile

    if isinstance(library.engine, SqliteFile):
        return "refs restore brings the last whole backup back, and keeps what it replaces beside it"
    return "bring the last dump of the server back"


def _misfiled(db: Database) -> tuple[list[str], list[str]]:
    """Return the keys that are not their references' own, and those of references that are listed otherwise."""
    from refs.duplicates import work_keys

    names: dict[int, set[str]] = {}
    for id, name in db.rows("SELECT reference, name FROM identifier WHERE library = :library"):
        names.setdefault(id, set()).add(name)
    wrong, odd = [], []
    ids = [id for (id,) in db.rows("SELECT id FROM reference WHERE library = :library ORDER BY id")]
    columns = columns_of(Reference("document"))
    for id, key, *stored, item in search.fetch(db, f"{', '.join(columns)}, item", ids):
        try:
            reference = load(item)
        except StorageError:
            continue  # told among the damaged
        columns = columns_of(reference)
        if key != columns.pop("key"):
            wrong.append(key)
        elif stored != list(columns.values()) or names.get(id, set()) != set(work_keys(reference)):
            odd.append(key)
    return wrong, odd


def _index(library: Library) -> Iterator[Finding]:
    """Look whether the search index holds every reference, and each by all of its words."""
    mend = "refs doctor --reindex"
    try:
        with library.reading() as db:
            missing = searchindex.misfit(db) if db else 0
            lost = indexcheck.misheld(db) if db and not missing else []
            outdated = searchindex.outdated(db) if db else 0
    except StorageError as error:
        yield Finding("problem", "index", f"the search index is damaged: {error}", mend)
        return
    if missing:
        yield Finding("problem", "index", f"{missing} references are not in the search index", mend)
    elif lost:
        yield Finding("problem", "index", f"the search index does not hold {', '.join(lost[:3])} as it says", mend)
    elif outdated > MOST_OUTDATED + len(library):
        yield Finding("advice", "index", f"the search index holds {outdated} outdated entries", mend)
    elif db:
        yield Finding("ok", "index", "the search index holds each reference by all of its words")


def _backups(library: Library) -> Iterator[Finding]:
    """Open the latest backup."""
    from refs.sqlite import SqliteFile

    if not isinstance(library.engine, SqliteFile) or not library.path.exists():
        return
    found = backup.backups(library.path)
    if not found:
        yield Finding("ok", "backups", "none yet; one is made each day before the first change", "refs backup")
        return
    try:
        latest = backup.inspect(found[0])
    except StorageError as error:
        yield Finding("problem", "backups", str(error), f"remove {found[0]}; refs backup")
        return
    days = int((time.time() - found[0].stat().st_mtime) // DAY)
    age = "today" if days < 1 else f"{days} days ago"
    yield Finding("ok", "backups", f"{len(found)}, the latest {age} with {latest.references} references")


def _litter(library: Library) -> Iterator[Finding]:
    """Look for what a killed process or another program left beside the file."""
    from refs.sqlite import SqliteFile

    if not isinstance(library.engine, SqliteFile) or not library.path.exists():
        return
    real = Path(os.path.realpath(library.path))
    for companion in ("-wal", "-shm"):
        if (stray := Path(f"{real}{companion}")).exists():
            mend = "close the other program; if none is open: refs backup, then remove the file"
            yield Finding("advice", "litter", f"{stray.name}: another program has opened the library in WAL mode", mend)
    for stale in (*real.parent.glob(".refs-*.tmp"), *backup.folder(real).glob(".*.tmp*")):
        if time.time() - stale.stat().st_mtime > DAY:
            yield Finding("advice", "litter", f"{stale} was left by a process that was killed", f"rm {stale}")


def _quarantine(library: Library) -> Iterator[Finding]:
    """Remind of what imports could not read."""
    if blocks := library.quarantined():
        mend = "refs quarantine; refs quarantine edit NUMBER"
        yield Finding("advice", "quarantine", f"{len(blocks)} blocks of imported files could not be read", mend)


def _exports(library: Library) -> Iterator[Finding]:
    """Look which exported files are no longer what would be written now."""
    for one in exports.stale(library):
        yield Finding("advice", "exports", f"{one.file} is stale: {one.why}", one.command)


CHECKS: tuple[Check, ...] = (_place, _file, _tables, _index, _backups, _litter, _quarantine, _exports)

"""Look a library over: what is wrong, what might go wrong, and how to mend it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from refs import backup, search, searchindex
from refs.database import Database
from refs.errors import RefsError, StorageError, UsageError
from refs.store import Library

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
    "an identifier": "SELECT count(*) FROM identifier WHERE library = :library AND NOT EXISTS (SELECT 1 FROM reference"
    " WHERE reference.library = :library AND reference.id = identifier.reference)",
    "an alias": "SELECT count(*) FROM alias WHERE library = :library AND NOT EXISTS (SELECT 1 FROM reference"
    " WHERE reference.library = :library AND reference.id = alias.reference)",
    "a revision": "SELECT count(*) FROM revision WHERE library = :library AND NOT EXISTS (SELECT 1 FROM batch"
    " WHERE batch.library = :library AND batch.id = revision.batch)",
    "an alias that is also a key": "SELECT count(*) FROM alias JOIN reference ON reference.library = alias.library"
    " AND reference.key = alias.key WHERE alias.library = :library",
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
        count = backup.check(db)
    yield Finding("ok", "file", f"SQLite {VERSION} finds every page whole; {count} references")


def _tables(library: Library) -> Iterator[Finding]:
    """Compare what the tables say of each other and of the references."""
    with library.reading() as db:
        if db is None:
            return
        for what, sql in ORPHANS.items():
            if (count := db.rows(sql)[0][0]) and count:
                yield Finding("problem", "tables", f"{what} belongs to nothing ({count} of them)", "refs restore")
        wrong = list(_misfiled(db))
        mend = "refs edit each and save it: that files it anew"
        if grave := [key for key, is_grave in wrong if is_grave]:
            names = ", ".join(grave[:3])
            yield Finding("problem", "tables", f"{len(grave)} are damaged or filed under another key: {names}", mend)
        if odd := [key for key, is_grave in wrong if not is_grave]:
            message = f"{len(odd)} are listed otherwise than this refs would, by an older one or a bad disk"
            yield Finding("advice", "tables", f"{message}: {', '.join(odd[:3])}", mend)
        if damaged := list(_unreadable(db)):
            yield Finding(
                "problem", "tables", f"{len(damaged)} cannot be read: {', '.join(damaged[:3])}", "refs restore"
            )
    yield Finding("ok", "tables", "keys, identifiers, aliases and the log fit together")


def _misfiled(db: Database) -> Iterator[tuple[str, bool]]:
    """Yield the keys of references whose columns or identifiers are not its item's, and whether by key or type."""
    from refs.duplicates import work_keys
    from refs.log import columns_of, load

    names: dict[int, set[str]] = {}
    for id, name in db.rows("SELECT reference, name FROM identifier WHERE library = :library"):
        names.setdefault(id, set()).add(name)
    sql = "SELECT id, key, type, creators, year, title, likeness, item FROM reference WHERE library = :library"
    for id, *stored, item in db.rows(sql):
        try:
            reference = load(item)
        except StorageError:
            yield stored[0], True
            continue
        columns = columns_of(item, reference)
        if stored != [columns[name] for name in COLUMNS] or names.get(id, set()) != set(work_keys(reference)):
            yield stored[0], stored[:2] != [reference.key, reference.type]


COLUMNS = ("key", "type", "creators", "year", "title", "likeness")


def _unreadable(db: Database) -> Iterator[str]:
    """Yield what of the log and the facts is not the JSON that it was written as."""
    for what, sql in STORED.items():
        for about, text in db.rows(sql):
            try:
                json.loads(text)
            except ValueError:
                yield f"{what} {about}"


STORED = {
    "fact": "SELECT name, value FROM fact WHERE library = :library",
    "revision of batch": "SELECT batch, before FROM revision WHERE library = :library AND before IS NOT NULL"
    " AND kind <> 'alias'",
}


def _index(library: Library) -> Iterator[Finding]:
    """Look whether the search index holds every reference, and finds some of them by their titles."""
    mend = "refs doctor --reindex"
    with library.reading() as db:
        if db is None:
            return
        if missing := searchindex.misfit(db):
            yield Finding("problem", "index", f"{missing} references are not in the search index", mend)
            return
        if lost := [key for key, found in search.probe(db) if not found]:
            named = ", ".join(lost[:3])
            yield Finding("problem", "index", f"the search index does not find {named} by what is in them", mend)
            return
        if (outdated := searchindex.outdated(db)) > MOST_OUTDATED + len(library):
            yield Finding("advice", "index", f"the search index holds {outdated} outdated entries", mend)
    yield Finding("ok", "index", "the search index fits the references")


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


CHECKS: tuple[Check, ...] = (_place, _file, _tables, _index, _backups, _litter, _quarantine)

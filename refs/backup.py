"""Backups of a library's file: one a day before the first write, one before each change of its schema.

A backup counts only after it was opened, checked and counted. They lie in a folder beside the library, ten of the
last days and twelve of the last months. Without the backup of the day work goes on, which is told each time; without
the one before a change of the schema, or when the library itself turns out to be damaged, nothing is written.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from refs import console, migrations
from refs.errors import NotFoundError, StorageError
from refs.lock import exclusive
from refs.writing import beside, sync_directory

DAYS = 10
MONTHS = 12
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
REPLACED = "replaced-"  # begins the name of what a backup took the place of, which is no backup itself
COMPANIONS = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a file, and would play back into another


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was verified: its file, when it was made (UTC, ISO 8601) and how many references it holds."""

    path: Path
    at: str
    references: int


def folder(path: Path) -> Path:
    """Return where the backups of a library lie."""
    path = Path(os.path.realpath(path))
    return path.with_name(f"{path.stem if path.suffix == '.sqlite3' else path.name}-backups")


def before_writing(db: sqlite3.Connection, path: Path, steps: int) -> None:
    """Make the backup that is due before a write, called by whoever holds the lock.

    Raise StorageError when the library is damaged, or has an older schema and cannot be backed up.
    """
    _sweep(path)
    if steps < len(migrations.STEPS):
        make(db, folder(path) / f"schema-{steps}-{_now('%Y-%m-%d')}.sqlite3", path)
        return
    today = _now("%Y-%m-%d")
    oldest = db.execute("SELECT at FROM batch ORDER BY id LIMIT 1").fetchone()
    if oldest is None or oldest[0][:10] == today:
        return  # it began today: there is no yesterday to keep
    daily = folder(path) / f"{today}.sqlite3"
    try:
        if not daily.exists():
            make(db, daily, path)
            rotate(folder(path), daily)
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
            raise
        console.complain(f"no backup of {path} could be made today ({error}); the change is made without one")


def _sweep(path: Path) -> None:
    """Remove what a killed process left half made; whoever holds the lock has none under way."""
    for stale in (beside(path, "restored"), *folder(path).glob(".*.tmp*")):
        with suppress(OSError):  # of a folder that cannot be written: the doctor tells
            stale.unlink(missing_ok=True)


def make(db: sqlite3.Connection, target: Path, path: Path) -> Backup:
    """Copy the open library at `path` to `target`; raise StorageError, with no file left, unless the copy is whole."""
    from refs.sqlite import connect

    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(os.path.abspath(target.with_name(f".{target.name}.tmp")))
    _unlink(fresh)
    try:
        with closing(connect(fresh)) as copy:
            db.backup(copy, pages=-1)
            expected = db.execute("SELECT count(*) FROM reference").fetchone()[0]
            count = check(copy)
        if count != expected:
            raise StorageError(f"the backup holds {count} of {expected} references; nothing was changed")
        fresh.chmod(stat.S_IMODE(path.stat().st_mode))
        _sync(fresh)
        fresh.replace(target)
    except BaseException:
        _unlink(fresh)
        raise
    sync_directory(target.parent)
    return Backup(target, _now("%Y-%m-%dT%H:%M:%SZ"), count)


def check(db: sqlite3.Connection) -> int:
    """Return how many references an open library holds; raise StorageError when it is not whole."""
    from refs import stored
    from refs.sqlite import Connection

    count = check_pages(db)
    if migrations.version(db) >= migrations.SEALED and (lost := next(stored.damaged(Connection(db)), "")):
        raise StorageError(f"it is damaged ({lost} was changed by the disk)")
    return count


def check_pages(db: sqlite3.Connection) -> int:
    """Return how many references there are when SQLite finds every page whole; what is in them is not looked at."""
    if not migrations.version(db):
        raise StorageError("it is empty")
    problem = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if problem != "ok":
        raise StorageError(f"it is damaged ({problem})")
    if db.execute("PRAGMA foreign_key_check").fetchone():
        raise StorageError("it is damaged: a key or identifier belongs to no reference")
    return int(db.execute("SELECT count(*) FROM reference").fetchone()[0])


def rotate(directory: Path, made: Path) -> None:
    """Remove the daily backups past the last ten days, but for the first of each of the last twelve months.

    The one just `made` stays, also when the clock went back and all others are of its future.
    """
    daily = sorted(path for path in directory.glob("????-??-??.sqlite3"))
    months = {path.name[:7]: path for path in reversed(daily)}
    kept = {made, *daily[-DAYS:], *(months[name] for name in sorted(months)[-MONTHS:])}
    for path in daily:
        if path not in kept:
            path.unlink(missing_ok=True)


def backups(path: Path) -> list[Path]:
    """Return the backups of a library, the latest first; those that a wrong clock dated in the future come last."""
    found = [one for one in folder(path).glob("*.sqlite3") if not one.name.startswith((".", REPLACED))]
    now = time.time() + 60
    return sorted(found, key=lambda one: ((at := one.stat().st_mtime) <= now, at, one.name), reverse=True)


def inspect(path: Path) -> Backup:
    """Open and check a backup; raise StorageError when it is not whole."""
    from refs.sqlite import connect

    try:
        _refuse_companions(path)
        with closing(connect(Path(os.path.realpath(path)), "ro&immutable=1")) as db:
            count = check(db)
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(path.stat().st_mtime))
    except (sqlite3.Error, StorageError, OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path} is no backup that can be used: {error}") from None
    return Backup(path, made, count)


def _refuse_companions(path: Path) -> None:
    """Raise StorageError when a journal lies beside a backup: what it would do to the file cannot be foreseen."""
    for name in COMPANIONS:
        if (journal := Path(f"{path}{name}")).exists() and journal.stat().st_size:
            raise StorageError(f"{journal.name} lies beside it; remove that if it is not its own")


def back_up(path: Path, target: Path | None = None) -> Backup:
    """Back a library up now, into its folder or to `target`, which must not exist."""
    from refs.sqlite import connect, storage_errors

    with storage_errors(path):
        real = Path(os.path.realpath(path))
        if not real.exists():
            raise NotFoundError(f"there is no library at {path}")
        if target is not None and target.exists():
            raise StorageError(f"{target} is there already")
        with exclusive(real.with_name(f"{real.name}.lock"), lambda: None), closing(connect(real, "rw")) as db:
            _sweep(real)
            if not migrations.version(db):  # a first change that came to nothing has left an empty file
                raise NotFoundError(f"there is no library at {path}")
            db.execute("BEGIN")  # all that is copied and counted is of one moment
            return make(db, target or folder(real) / f"{_now('%Y-%m-%dT%H%M%SZ')}.sqlite3", real)


def restore(path: Path, source: Path) -> tuple[Backup, Path | None]:
    """Put a verified backup in the library's place; return it, and where the replaced file now lies."""
    from refs.sqlite import storage_errors

    inspect(source)
    real = Path(os.path.realpath(path))
    with storage_errors(path):
        real.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(real.with_name(f"{real.name}.lock"), lambda: None):
            _sweep(real)
            fresh = beside(real, "restored")
            try:
                _copy(source, fresh)
                found = replace(inspect(fresh), path=source)  # what was copied is what counts
                if real.exists():
                    fresh.chmod(stat.S_IMODE(real.stat().st_mode))
                replaced = _set_aside(real)
                fresh.replace(real)
            except BaseException:
                fresh.unlink(missing_ok=True)
                raise
            sync_directory(real.parent)
    return found, replaced


def _set_aside(real: Path) -> Path | None:
    """Copy what is to be replaced, with its journal, into the backups' folder, and take the journal away."""
    if not real.exists():
        return None
    kept = folder(real) / f"{REPLACED}{_now('%Y-%m-%dT%H%M%SZ')}-{os.getpid()}.sqlite3"
    while kept.exists():
        kept = kept.with_name(f"{kept.stem}-2.sqlite3")
    kept.parent.mkdir(parents=True, exist_ok=True)
    companions = [name for name in COMPANIONS if Path(f"{real}{name}").exists()]
    for name in ("", *companions):
        _copy(Path(f"{real}{name}"), Path(f"{kept}{name}"))
    sync_directory(kept.parent)
    for name in companions:
        Path(f"{real}{name}").unlink()
    return kept


def _unlink(file: Path) -> None:
    for name in ("", *COMPANIONS):
        Path(f"{file}{name}").unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copyfile(source, target)
    _sync(target)


def _sync(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _now(form: str) -> str:
    return time.strftime(form, time.gmtime())

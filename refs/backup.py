"""Backups of a library's file: one a day before the first write, one before each change of its schema.

A backup counts only after it was opened, checked and counted. They lie in a folder beside the library, ten of the
last days and twelve of the last months.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from refs import migrations
from refs.errors import NotFoundError, StorageError
from refs.lock import exclusive
from refs.writing import sync_directory

DAYS = 10
MONTHS = 12
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
    return path.with_name(f"{path.stem}-backups")


def before_writing(db: sqlite3.Connection, path: Path, steps: int) -> None:
    """Make the backup that is due before a write, called by whoever holds the lock. Raise StorageError if it fails."""
    if steps < len(migrations.STEPS):
        make(db, folder(path) / f"schema-{steps}-{_now('%Y-%m-%d')}.sqlite3")
        return
    today = _now("%Y-%m-%d")
    oldest = db.execute("SELECT at FROM batch ORDER BY id LIMIT 1").fetchone()
    if oldest is None or oldest[0] >= today:
        return  # it began today: there is no yesterday to keep
    daily = folder(path) / f"{today}.sqlite3"
    if not daily.exists():
        make(db, daily)
        rotate(folder(path))


def make(db: sqlite3.Connection, target: Path) -> Backup:
    """Copy an open library to `target`; raise StorageError, with no file left, unless the copy is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for stale in target.parent.glob(".*.sqlite3.tmp*"):
        stale.unlink(missing_ok=True)  # of a backup that was killed; we hold the lock
    fresh = target.with_name(f".{target.name}.tmp")
    try:
        with closing(sqlite3.connect(fresh)) as copy:
            db.backup(copy, pages=-1)
            expected = db.execute("SELECT count(*) FROM reference").fetchone()[0]
            count = check(copy)
        if count != expected:
            raise StorageError(f"the backup holds {count} of {expected} references; nothing was changed")
        _sync(fresh)
        fresh.replace(target)
    except BaseException:
        for name in ("", *COMPANIONS):
            Path(f"{fresh}{name}").unlink(missing_ok=True)
        raise
    sync_directory(target.parent)
    return Backup(target, _now("%Y-%m-%dT%H:%M:%SZ"), count)


def check(db: sqlite3.Connection) -> int:
    """Return how many references an open library holds; raise StorageError when it is not whole."""
    if not migrations.version(db):
        raise StorageError("it is empty")
    problem = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if problem != "ok":
        raise StorageError(f"it is damaged ({problem})")
    if db.execute("PRAGMA foreign_key_check").fetchone():
        raise StorageError("it is damaged: a key or identifier belongs to no reference")
    return int(db.execute("SELECT count(*) FROM reference").fetchone()[0])


def rotate(directory: Path) -> None:
    """Remove the daily backups past the last ten days, but for the first of each of the last twelve months."""
    daily = sorted(path for path in directory.glob("????-??-??.sqlite3"))
    months = {path.name[:7]: path for path in reversed(daily)}
    kept = {*daily[-DAYS:], *(months[name] for name in sorted(months)[-MONTHS:])}
    for path in daily:
        if path not in kept:
            path.unlink(missing_ok=True)


def backups(path: Path) -> list[Path]:
    """Return the backups of a library, the latest first."""
    found = [one for one in folder(path).glob("*.sqlite3") if not one.name.startswith(".")]
    return sorted(found, key=lambda one: (one.stat().st_mtime_ns, one.name), reverse=True)


def inspect(path: Path) -> Backup:
    """Open and check a backup; raise StorageError when it is not whole."""
    try:
        with closing(sqlite3.connect(f"{Path(os.path.realpath(path)).as_uri()}?mode=ro", uri=True)) as db:
            count = check(db)
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(path.stat().st_mtime))
    except (sqlite3.Error, StorageError, OSError) as error:
        raise StorageError(f"{path} is no backup that can be used: {error}") from None
    return Backup(path, made, count)


def back_up(path: Path, target: Path | None = None) -> Backup:
    """Back a library up now, into its folder or to `target`, which must not exist."""
    from refs.sqlite import connect, storage_errors

    real = Path(os.path.realpath(path))
    if not real.exists():
        raise NotFoundError(f"there is no library at {path}")
    if target is not None and target.exists():
        raise StorageError(f"{target} is there already")
    with storage_errors(path), exclusive(real.with_name(f"{real.name}.lock"), lambda: None):
        with closing(connect(real, "rw")) as db:
            db.execute("BEGIN")  # all that is copied and counted is of one moment
            return make(db, target or folder(real) / f"{_now('%Y-%m-%dT%H%M%SZ')}.sqlite3")


def restore(path: Path, source: Path) -> tuple[Backup, Path | None]:
    """Put a verified backup in the library's place; return it, and where the replaced file now lies."""
    from refs.sqlite import storage_errors

    found = inspect(source)
    real = Path(os.path.realpath(path))
    with storage_errors(path):
        real.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(real.with_name(f"{real.name}.lock"), lambda: None):
            fresh = real.with_name(f".{real.name}.tmp")
            _copy(source, fresh)
            replaced = _set_aside(real)
            fresh.replace(real)
            sync_directory(real.parent)
    return found, replaced


def _set_aside(real: Path) -> Path | None:
    """Copy what is to be replaced, with its journal, into the backups' folder, and take the journal away."""
    if not real.exists():
        return None
    kept = folder(real) / f"replaced-{_now('%Y-%m-%dT%H%M%SZ')}.sqlite3"
    kept.parent.mkdir(parents=True, exist_ok=True)
    companions = [name for name in COMPANIONS if Path(f"{real}{name}").exists()]
    for name in ("", *companions):
        _copy(Path(f"{real}{name}"), Path(f"{kept}{name}"))
    sync_directory(kept.parent)
    for name in companions:
        Path(f"{real}{name}").unlink()
    return kept


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copyfile(source, target)
    _sync(target)


def _sync(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _now(form: str) -> str:
    return time.strftime(form, time.gmtime())

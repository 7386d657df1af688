"""The library's schema: a list of steps, only ever appended to.

`PRAGMA user_version` holds how many of them a library has had. A step runs inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from refs.errors import StorageError

APPLICATION_ID = 0x52656673  # "Refs": tells `file` and us that a SQLite file is a library


def m001_references(db: sqlite3.Connection) -> None:
    """Create the references, their identifiers, and what could not be read of imported files.

    `item` is the whole reference as CSL-JSON; the columns before it repeat what lists and searches look at. It comes
    last, since SQLite walks through a long value to reach what stands behind it.
    """
    db.execute(
        "CREATE TABLE reference (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, type TEXT NOT NULL,"
        " creators TEXT NOT NULL, year INTEGER, title TEXT NOT NULL, likeness TEXT NOT NULL,"
        " added TEXT NOT NULL, changed TEXT NOT NULL, folded TEXT NOT NULL, item TEXT NOT NULL) STRICT"
    )
    db.execute("CREATE INDEX reference_key_nocase ON reference (key COLLATE NOCASE)")
    db.execute("CREATE INDEX reference_likeness ON reference (likeness, year)")
    db.execute(
        "CREATE TABLE identifier (name TEXT NOT NULL PRIMARY KEY,"
        " reference INTEGER NOT NULL REFERENCES reference (id) ON DELETE CASCADE) STRICT, WITHOUT ROWID"
    )
    db.execute("CREATE INDEX identifier_reference ON identifier (reference)")
    db.execute(
        "CREATE TABLE alias (key TEXT NOT NULL PRIMARY KEY,"
        " reference INTEGER NOT NULL REFERENCES reference (id) ON DELETE CASCADE) STRICT, WITHOUT ROWID"
    )
    db.execute("CREATE INDEX alias_key_nocase ON alias (key COLLATE NOCASE)")
    db.execute(
        "CREATE TABLE quarantine (id INTEGER PRIMARY KEY, file TEXT NOT NULL, line INTEGER NOT NULL,"
        " reason TEXT NOT NULL, raw TEXT NOT NULL, added TEXT NOT NULL) STRICT"
    )


STEPS: list[Callable[[sqlite3.Connection], None]] = [m001_references]


def version(db: sqlite3.Connection) -> int:
    """Return how many steps the library has had; raise StorageError when it is not ours or from a newer refs."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (steps,) = db.execute("PRAGMA user_version").fetchone()
    if application not in (0, APPLICATION_ID) or (application == 0 and _has_tables(db)):
        raise StorageError("this SQLite file is not a refs library")
    if steps > len(STEPS):
        raise StorageError(f"the library has schema {steps}, written by a newer refs; this one knows {len(STEPS)}")
    return int(steps)


def _has_tables(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None


def migrate(db: sqlite3.Connection) -> None:
    """Run the steps that are missing, inside the caller's transaction."""
    done = version(db)
    for step in STEPS[done:]:
        step(db)
    if done < len(STEPS):
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(STEPS)}")

"""The library's schema: a list of steps, only ever appended to.

`PRAGMA user_version` holds how many of them a file has had. A step runs inside the caller's transaction. A library on
a PostgreSQL server begins with the statements of step 2 (see `refs.postgres`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from refs.database import Database
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


LOGGED = (
    "CREATE TABLE library (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, rev INTEGER NOT NULL)",
    "CREATE TABLE reference (library INTEGER NOT NULL, id INTEGER NOT NULL, key TEXT NOT NULL, type TEXT NOT NULL,"
    " creators TEXT NOT NULL, year INTEGER, title TEXT NOT NULL, likeness TEXT NOT NULL, added TEXT NOT NULL,"
    " changed TEXT NOT NULL, rev INTEGER NOT NULL, folded TEXT NOT NULL, item TEXT NOT NULL,"
    " PRIMARY KEY (library, id), UNIQUE (library, key))",
    "CREATE INDEX reference_lower_key ON reference (library, lower(key))",
    "CREATE INDEX reference_alike ON reference (library, likeness, year)",
    "CREATE TABLE identifier (library INTEGER NOT NULL, name TEXT NOT NULL, reference INTEGER NOT NULL,"
    " PRIMARY KEY (library, name, reference),"
    " FOREIGN KEY (library, reference) REFERENCES reference (library, id))",
    "CREATE INDEX identifier_of ON identifier (library, reference)",
    "CREATE TABLE alias (library INTEGER NOT NULL, key TEXT NOT NULL, reference INTEGER NOT NULL,"
    " PRIMARY KEY (library, key),"
    " FOREIGN KEY (library, reference) REFERENCES reference (library, id))",
    "CREATE INDEX alias_lower_key ON alias (library, lower(key))",
    "CREATE INDEX alias_of ON alias (library, reference)",
    "CREATE TABLE fact (library INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (library, kind, name))",
    "CREATE TABLE batch (library INTEGER NOT NULL, id INTEGER NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,"
    " command TEXT NOT NULL, undoes INTEGER, token TEXT NOT NULL, PRIMARY KEY (library, id))",
    "CREATE TABLE revision (library INTEGER NOT NULL, batch INTEGER NOT NULL, number INTEGER NOT NULL,"
    " kind TEXT NOT NULL, subject TEXT NOT NULL, before TEXT, PRIMARY KEY (library, batch, number))",
    "CREATE INDEX revision_of ON revision (library, subject, kind, batch, number)",
)
"""References with the number of their last batch, and the log of what stood before each change.

`fact` holds small values by kind and name, as JSON: quarantined blocks, pairs that are not duplicates, collections.
`revision` says what a change found: NULL when there was nothing. What it left is what the next one found, or what
stands there now.
"""

WITHOUT_ROWID = ("identifier", "alias", "fact", "revision")


def m002_log(db: sqlite3.Connection) -> None:
    """Number the changes and log what each found; lead every key with the library's number, as on a server."""
    for table in ("reference", "identifier", "alias"):
        db.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for statement in LOGGED:
        words = statement.split()
        strict = words[1] == "TABLE"
        options = " STRICT" + (", WITHOUT ROWID" if words[2] in WITHOUT_ROWID else "") if strict else ""
        db.execute(statement + options)
    db.execute("INSERT INTO library VALUES (1, 'refs', 0)")
    columns = "id, key, type, creators, year, title, likeness, added, changed, 0, folded, item"
    db.execute(f"INSERT INTO reference SELECT 1, {columns} FROM old_reference")  # noqa: S608
    for table in ("identifier", "alias"):
        db.execute(f"INSERT INTO {table} SELECT 1, * FROM old_{table}")  # noqa: S608
    for number, *values in db.execute("SELECT id, file, line, reason, raw, added FROM quarantine").fetchall():
        value = json.dumps(dict(zip(("file", "line", "reason", "raw", "added"), values, strict=True)))
        db.execute("INSERT INTO fact VALUES (1, 'quarantine', ?, ?)", (f"{number:08d}", value))
    for table in ("old_identifier", "old_alias", "quarantine", "old_reference"):
        db.execute(f"DROP TABLE {table}")


def m003_search(db: sqlite3.Connection) -> None:
    """Put a full-text index in the place of the folded text."""
    from refs import searchindex

    for statement in searchindex.SQLITE:
        db.execute(statement)


CHECKSUMS = tuple(
    f"ALTER TABLE {table} ADD COLUMN crc INTEGER NOT NULL DEFAULT 0" for table in ("batch", "fact", "revision")
)
"""Where the checksums of rows stand; that of a reference is inside it (see `refs.stored`)."""


def m004_checksums(db: sqlite3.Connection) -> None:
    """Make room for the checksums of rows."""
    for statement in CHECKSUMS:
        db.execute(statement)


SORTED = tuple(f"ALTER TABLE reference ADD COLUMN {name} INTEGER" for name in ("by_creators", "by_title"))
"""Numbers by which references are sorted, so that the first page of many is found without reading them all."""

COVERED = (
    "DROP INDEX reference_doc",
    "CREATE INDEX reference_doc ON reference (library, doc, id, key)",
    "DROP INDEX reference_shelf",
    "CREATE INDEX reference_shelf ON reference (library, key, id, doc, year, type, added, by_creators, by_title)",
)
"""Each index holds all that its queries ask for: SQLite takes one that does before one that fits."""


def m005_order(db: sqlite3.Connection) -> None:
    """Let one index find what a word is in, and another hold all that lists are sorted by."""
    for statement in (*SORTED, *COVERED):
        db.execute(statement)


CHANGED = (
    "DROP INDEX reference_shelf",
    "CREATE INDEX reference_shelf"
    " ON reference (library, key, id, doc, year, type, added, changed, by_creators, by_title)",
)


def m006_forms(db: sqlite3.Connection) -> None:
    """Let one index tell what has changed; romanised words have further forms, and what has no title a likeness."""
    for statement in CHANGED:
        db.execute(statement)


STEPS: list[Callable[[sqlite3.Connection], None]] = [
    m001_references,
    m002_log,
    m003_search,
    m004_checksums,
    m005_order,
    m006_forms,
]
SEALED = 4
"""The step from which stored references and rows have checksums."""
DERIVED = 6
"""The step from which the columns, identifiers and search index are what today's code derives from a reference.

Whoever changes what is derived appends a step, an empty one if need be, and names it here.
"""


def refresh(db: Database, done: int) -> None:
    """Write what a library of so many steps lacks in its rows, once its tables are up to date."""
    from refs import stored

    if done < SEALED:
        stored.seal_all(db)
    if done < DERIVED:
        stored.derive_all(db)


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


def migrate(db: sqlite3.Connection) -> bool:
    """Run the steps that are missing, inside the caller's transaction; tell whether there were any."""
    from refs.sqlite import Connection

    done = version(db)
    for step in STEPS[done:]:
        step(db)
    if done:  # a new library has nothing in it
        refresh(Connection(db), done)
    if done < len(STEPS):
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(STEPS)}")
    return done < len(STEPS)

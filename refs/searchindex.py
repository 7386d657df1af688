"""The search index of a library, as the log writes it.

In a file the index is an FTS5 table without content (https://sqlite.org/fts5.html#contentless_tables), on a server a
table of folded text. Both hold words that `refs.folding` has made, so that the same query finds the same in both. A
changed reference is indexed anew under a new number, `reference.doc`; what has another number counts no more.
"""

from __future__ import annotations

from collections.abc import Mapping

from refs.database import Database
from refs.folding import BOUND, COLUMNS, searched
from refs.model import Reference

WRITE = (
    f"INSERT INTO search (rowid, library, {', '.join(COLUMNS)})"  # noqa: S608
    f" VALUES (:doc, :library, {', '.join(f':{part}' for part in COLUMNS)})"
)
SQLITE = (
    "ALTER TABLE reference DROP COLUMN folded",
    "ALTER TABLE reference ADD COLUMN doc INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX reference_doc ON reference (library, doc)",
    "CREATE INDEX reference_shelf ON reference (library, key, id, doc, year, type, added)",
    f"CREATE VIRTUAL TABLE search USING fts5 (library UNINDEXED, {', '.join(COLUMNS)},"
    " content = '', tokenize = 'ascii')",
    "CREATE TABLE word (word TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID",
)
POSTGRES = (
    "ALTER TABLE reference DROP COLUMN IF EXISTS folded",
    "ALTER TABLE reference ADD COLUMN IF NOT EXISTS doc BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX reference_doc ON reference (library, doc)",
    f"CREATE TABLE search (library INTEGER NOT NULL, rowid INTEGER NOT NULL, {', '.join(f'{p} TEXT' for p in COLUMNS)},"
    " PRIMARY KEY (library, rowid))",
)


class Index:
    """The writer of the index in one transaction, which is whole once it is finished."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._words: set[str] = set()

    def add(self, doc: int, reference: Reference) -> None:
        """Index a reference under a number that was never used before."""
        texts = searched(reference)
        self._db.run(WRITE, doc=doc, **{part: f" {text} " for part, text in texts.items()})
        self._words |= inside(texts)

    def finish(self) -> None:
        """Store the words of all that was added: those of many at once, in the order in which they lie."""
        if self._db.full_text:
            self._db.many("INSERT OR IGNORE INTO word VALUES (:word)", [{"word": one} for one in sorted(self._words)])
        self._words.clear()

    def drop(self, doc: int) -> None:
        """Let what was indexed under a number be gone; a file keeps it until the index is built again."""
        if not self._db.full_text:
            self._db.run("DELETE FROM search WHERE library = :library AND rowid = :doc", doc=doc)


def inside(texts: Mapping[str, str]) -> set[str]:
    """Return the words of a reference inside which others are looked for."""
    return set(" ".join(text for part, text in texts.items() if part != "field").split()) - {BOUND}


def clear(db: Database) -> None:
    """Take everything out of the index."""
    if db.full_text:
        db.run("INSERT INTO search (search) VALUES ('delete-all')")
        db.run("DELETE FROM word")
    else:
        db.run("DELETE FROM search WHERE library = :library")


def misfit(db: Database) -> int:
    """Return how many references the index does not hold."""
    held = "search_docsize WHERE search_docsize.id" if db.full_text else "search WHERE library = :library AND rowid"
    sql = f"SELECT count(*) FROM reference WHERE library = :library AND NOT EXISTS (SELECT 1 FROM {held} = doc)"  # noqa: S608
    return int(db.rows(sql)[0][0])


def outdated(db: Database) -> int:
    """Return how many entries of the index are of no reference any more."""
    held = "search_docsize" if db.full_text else "search WHERE library = :library"
    sql = f"SELECT (SELECT count(*) FROM {held}) - (SELECT count(*) FROM reference WHERE library = :library)"  # noqa: S608
    return int(db.rows(sql)[0][0])

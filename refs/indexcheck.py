"""Compare the search index with the references, word for word, as `refs doctor` does.

A changed letter in SQLite's index breaks no rule of it, and only makes a search miss a work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice, zip_longest

from refs.database import Database
from refs.errors import StorageError
from refs.folding import COLUMNS, searched
from refs.search import fetch
from refs.searchindex import inside
from refs.stored import load

TERMS = 1000  # words of the index read at once
SIZES = ("library", *COLUMNS)  # the columns whose lengths SQLite keeps, for ranking


def misheld(db: Database) -> list[str]:
    """Return the keys of the references whose words the index does not hold as they are, or what else is wrong."""
    return list(_in_file(db) if db.full_text else _on_server(db))


def _texts(db: Database) -> Iterator[tuple[str, int, Mapping[str, str]]]:
    """Yield the key, the number in the index and the words of each reference; damaged ones are left out."""
    ids = [id for (id,) in db.rows("SELECT id FROM reference WHERE library = :library ORDER BY id")]
    for _, key, doc, item in fetch(db, "key, doc, item", ids):
        try:
            yield key, doc, searched(load(item))
        except StorageError:
            continue


def _on_server(db: Database) -> Iterator[str]:
    sql = f"SELECT {', '.join(COLUMNS)} FROM search WHERE library = :library AND rowid = :doc"  # noqa: S608
    for key, doc, texts in _texts(db):
        if db.row(sql, doc=doc) != tuple(f" {texts[part]} " for part in COLUMNS):
            yield key


def _in_file(db: Database) -> Iterator[str]:
    held = _held(db)
    sizes = {doc: _numbers(size) for doc, size in db.rows("SELECT id, sz FROM search_docsize")}
    known = {word for (word,) in db.rows("SELECT word FROM word")}
    for key, doc, texts in _texts(db):
        words = {part: texts[part].split() for part in COLUMNS}
        mark = sum(hash((doc, part, word, at)) for part in COLUMNS for at, word in enumerate(words[part]))
        size = [len(words.get(part, ())) for part in SIZES]
        if (held[doc], sizes.get(doc)) != (mark, size) or not inside(texts) <= known:
            yield key
    totals = [len(sizes), *map(sum, zip_longest(*sizes.values(), fillvalue=0))]
    averages = db.row("SELECT block FROM search_data WHERE id = 1")
    if sizes and (averages is None or _numbers(averages[0]) != totals):
        yield "its own lengths"


def _held(db: Database) -> Counter[int]:
    """Return for each number the sum of the hashes of what the index holds of it."""
    db.run("PRAGMA query_only = OFF")  # which forbids temporary tables too
    for kind in ("row", "instance"):
        db.run(f"CREATE VIRTUAL TABLE temp.held_{kind} USING fts5vocab (main, search, {kind})")
    terms = iter([term for (term,) in db.rows("SELECT term FROM temp.held_row ORDER BY term")])
    held: Counter[int] = Counter()
    sql = "SELECT doc, col, term, offset FROM temp.held_instance WHERE term BETWEEN :low AND :high"
    while some := list(islice(terms, TERMS)):
        for row in db.rows(sql, low=some[0], high=some[-1]):
            held[row[0]] += hash(row)
    return held


def _numbers(block: bytes) -> list[int]:
    """Return the numbers of a block of SQLite's varints (https://sqlite.org/fileformat2.html#varint)."""
    found, number = [], 0
    for byte in block:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            found.append(number)
            number = 0
    return found

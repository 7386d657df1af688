"""How a reference lies in a library: its JSON with a checksum in it, and what is derived from that.

No page of a file or of a server tells that a bad disk has changed a letter of a title. So the JSON of a reference ends
with the CRC-32 of all that stands before it, wherever it lies, and is checked whenever it is read; the rows of the log
and the facts have theirs in a column. The columns of lists, the identifiers and the search index only repeat what the
JSON says: `derive_all` makes them anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar
from zlib import crc32

from refs.database import Database
from refs.errors import StorageError
from refs.folding import leading
from refs.formats import csljson
from refs.model import Reference
from refs.searchindex import Index, clear
from refs.text import plain

T = TypeVar("T")
CHECKSUM = ', "crc32": "%08x"}'
"""The end of a stored reference: the CRC-32 of its UTF-8 bytes up to here."""
LENGTH = len(CHECKSUM % 0)
CHUNK = 500  # rows read at once

SUMMED = {
    "batch": ("id", "at", "actor", "command", "undoes", "token"),
    "fact": ("kind", "name", "value"),
    "revision": ("batch", "number", "kind", "subject", "before"),
}
"""The columns of each table over which its column `crc` is made, those of its key first."""
KEYS = {"batch": ("id",), "fact": ("kind", "name"), "revision": ("batch", "number")}
NUMBERS = frozenset({"id", "undoes", "batch", "number"})


def dump(reference: Reference) -> str:
    """Return a reference as it is stored."""
    return _sealed(csljson.dumps(csljson.to_json(reference)))


def seal(item: str) -> str:
    """Return the JSON object of a reference with its checksum; one that has it stays as it is."""
    return item if is_whole(item.encode("utf-8", "surrogatepass")) else _sealed(item)


def _sealed(item: str) -> str:
    said = item[:-1]
    return said + CHECKSUM % crc32(said.encode("utf-8", "surrogatepass"))


def is_whole(item: bytes) -> bool:
    """Tell whether a stored reference is what was written."""
    return item[-LENGTH:] == (CHECKSUM % crc32(item[:-LENGTH])).encode()


def load(item: str) -> Reference:
    """Return the reference of a stored item; raise StorageError when the disk has changed it."""
    try:
        if is_whole(item.encode("utf-8", "surrogatepass")):
            return csljson.from_json(json.loads(f"{item[:-LENGTH]}}}"))
    except (ValueError, TypeError, AttributeError):
        pass
    key = re.match(r'\{"id": "([^"\\]+)"', item)
    raise StorageError(f"{key[1] if key else 'a reference'} was changed by the disk: {MEND}")


MEND = "`refs doctor` names all that are damaged, `refs restore` brings a backup back"


def checksum(*values: object) -> int:
    """Return the CRC-32 of a row's values."""
    return crc32(b"\x1f".join(one if isinstance(one, bytes) else str(one).encode() for one in values))


def damaged(db: Database) -> Iterator[str]:
    """Yield what of the references, the log and the facts is not as it was written, as a person calls it."""
    raw = db.raw.format("item")
    ids = [id for (id,) in db.rows("SELECT id FROM reference WHERE library = :library ORDER BY id")]
    sql = f"SELECT id, {raw} FROM reference WHERE library = :library AND {db.member.format('id', ':ids')}"  # noqa: S608
    for chunk in chunks(ids):
        for id, item in db.rows(sql, ids=json.dumps(chunk)):
            if not is_whole(item):
                key = db.rows(
                    f"SELECT {db.raw.format('key')} FROM reference WHERE library = :library AND id = :id",  # noqa: S608
                    id=id,
                )[0][0]
                yield key.decode(errors="replace")
    for table, columns in SUMMED.items():
        shown = ", ".join(name if name in NUMBERS else db.raw.format(name) for name in columns)
        for *values, found in db.rows(f"SELECT {shown}, crc FROM {table} WHERE library = :library"):  # noqa: S608
            if checksum(*values) != found:
                named = (
                    one.decode(errors="replace") if isinstance(one, bytes) else str(one)
                    for one in values[: len(KEYS[table])]
                )
                yield f"{table} {' '.join(named)}"


def seal_all(db: Database) -> None:
    """Give each row of a library its checksum, as it stands."""
    for (id,) in db.rows("SELECT id FROM reference WHERE library = :library"):
        item = db.rows("SELECT item FROM reference WHERE library = :library AND id = :id", id=id)[0][0]
        db.run("UPDATE reference SET item = :item WHERE library = :library AND id = :id", item=seal(item), id=id)
    kept = "library = :library AND kind = 'reference' AND before IS NOT NULL"
    one = "library = :library AND batch = :batch AND number = :number"
    for batch, number in db.rows(f"SELECT batch, number FROM revision WHERE {kept}"):  # noqa: S608
        at = {"batch": batch, "number": number}
        before = db.rows(f"SELECT before FROM revision WHERE {one}", **at)[0][0]  # noqa: S608
        db.run(f"UPDATE revision SET before = :before WHERE {one}", before=seal(before), **at)  # noqa: S608
    for table in SUMMED:
        sum_rows(db, table)


def sum_rows(db: Database, table: str, condition: str = "TRUE") -> None:
    """Write the checksums of the rows of a table for which a condition holds, as they stand."""
    columns = SUMMED[table]
    rows = db.rows(f"SELECT {', '.join(columns)} FROM {table} WHERE library = :library AND {condition}")  # noqa: S608
    where = " AND ".join(f"{name} = :{name}" for name in KEYS[table])
    sql = f"UPDATE {table} SET crc = :crc WHERE library = :library AND {where}"  # noqa: S608
    db.many(sql, [{"crc": checksum(*row), **dict(zip(columns, row, strict=True))} for row in rows])


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield values some hundreds at a time."""
    rest = iter(values)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def creators_line(reference: Reference) -> str:
    """Return who a list shows: "Watson, Crick", "Watson et al.", or else the body that issued the work."""
    names = [name.sorted_form for name in reference.creators]
    if not names:
        return reference.text("authority") or reference.text("publisher")
    return f"{names[0]} et al." if len(names) > 3 or names[-1] == "others" else ", ".join(names)


def columns_of(reference: Reference) -> dict[str, str | int | None]:
    """Return what lists and searches look at: the columns that repeat parts of a stored item."""
    from refs.duplicates import blocking_key

    creators, title = creators_line(reference), plain(reference.text("title"))
    return {
        "key": reference.key,
        "type": reference.type,
        "creators": creators,
        "year": reference.year,
        "title": title,
        "likeness": blocking_key(reference),
        "by_creators": leading(creators),
        "by_title": leading(title),
    }


def identify(db: Database, id: int, reference: Reference) -> None:
    """Let a reference be found by the identifiers of the work itself."""
    from refs.duplicates import work_keys

    names = work_keys(reference)
    db.many("INSERT INTO identifier VALUES (:library, :name, :id)", [{"name": name, "id": id} for name in names])


def derive_all(db: Database) -> int:
    """Make the columns, the identifiers and the search index anew from the references; return how many they are.

    Raise StorageError for a damaged one.
    """
    clear(db)
    db.run("DELETE FROM identifier WHERE library = :library")
    index = Index(db)
    ids = [id for (id,) in db.rows("SELECT id FROM reference WHERE library = :library ORDER BY id")]
    for doc, id in enumerate(ids, 1):
        row = db.rows("SELECT item FROM reference WHERE library = :library AND id = :id", id=id)[0]
        reference = load(row[0])
        columns = {name: value for name, value in columns_of(reference).items() if name != "key"}
        sets = ", ".join(f"{name} = :{name}" for name in columns)
        sql = f"UPDATE reference SET doc = :doc, {sets} WHERE library = :library AND id = :id"  # noqa: S608
        db.run(sql, doc=doc, id=id, **columns)
        identify(db, id, reference)
        index.add(doc, reference)
    index.finish()
    return len(ids)

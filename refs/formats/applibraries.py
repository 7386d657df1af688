"""The libraries of other programs as they lie on the disk: Zotero's database, papis' folders, JabRef's .bib file.

They are only read. Zotero keeps its database locked while it runs and may write to it at any moment, so a copy of it
is opened, and the original is opened for nothing but copying.
Source for Zotero: its `userdata.sql` and `system.sql` (schema versions 100 to 125).
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refs import formats
from refs.dates import parse_date
from refs.errors import Location, ParseError, StorageError
from refs.formats import Block, Document
from refs.formats.csljson import clean, clean_lines, clean_value, dumps
from refs.formats.zotero import with_extra
from refs.formats.zoterofields import CREATORS, CSL_TYPES, FIELDS
from refs.identifiers import normal
from refs.model import DATE_VARIABLES, Name, Reference, Source, Value
from refs.text import rich

if TYPE_CHECKING:
    from sqlite3 import Connection

DATABASE = "zotero.sqlite"
KEYS = "better-bibtex.sqlite"
INFO = "info.yaml"
MAGIC = b"SQLite format 3\0"
MAX_FIELD = 8 << 20
MAX_DEPTH = 8  # of papis' folders
DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?: (.*))?")


def is_library(path: Path) -> bool:
    """Tell whether a path is a folder or a database that `read_library` may read, and no file of a format."""
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def read_library(path: Path) -> Document:
    """Read a Zotero data folder or `zotero.sqlite`, a papis library, or a file such as JabRef's .bib.

    Raise ParseError when it holds none of them, and StorageError when it cannot be read. The blocks of a database hold
    a line of JSON each, those of papis the text of their `info.yaml`; the sources name that file.
    """
    try:
        if path.is_dir():
            database = path / DATABASE
            return _zotero(database) if database.is_file() else _papis(path)
        return _zotero(path) if is_library(path) else formats.read(path.read_bytes(), str(path))
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from None


def _papis(folder: Path) -> Document:
    from refs.formats import papis

    blocks: list[Block] = []
    for path in _infos(folder):
        place = path.relative_to(folder).as_posix()
        text = path.read_bytes().decode("utf-8", "replace")
        try:
            found = (
                papis.read(text, place)
                if len(text) <= MAX_FIELD
                else [Block("quarantine", 1, text, "larger than 8 MiB")]
            )
        except ParseError as error:
            found = [Block("quarantine", error.location.line or 1, text, error.reason)]
        blocks += [replace(b, reason=f"{place}: {b.reason}") if b.kind == "quarantine" else b for b in found]
    if not blocks:
        raise ParseError(f"neither {DATABASE} nor a papis {INFO} in it; name the files in it", Location(str(folder)))
    return Document(tuple(blocks), "papis")


def _infos(folder: Path) -> Iterator[Path]:
    """Yield the documents in the order of their paths; links to folders are not followed."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        if len(Path(parent).relative_to(folder).parts) >= MAX_DEPTH:
            folders.clear()
        if INFO in files:
            yield Path(parent) / INFO


@contextmanager
def _copy(path: Path) -> Iterator[Connection]:
    """Open a copy of a database for reading; what its journals hold is part of it."""
    import sqlite3

    with tempfile.TemporaryDirectory(prefix="refs-") as folder:
        target = Path(folder) / "copy.sqlite"
        shutil.copyfile(path, target)
        journals = [end for end in ("-wal", "-journal") if Path(f"{path}{end}").is_file()]
        for end in journals:
            shutil.copyfile(f"{path}{end}", f"{target}{end}")
        options = "mode=rw" if journals else "mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(f"{target.as_uri()}?{options}", uri=True)) as connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                yield connection
        except sqlite3.Error as error:
            raise ParseError(f"not a Zotero database that can be read: {error}", Location(str(path))) from None


def _zotero(path: Path) -> Document:
    """Read the items of all libraries in the database, those in the bin aside."""
    with _copy(path) as connection:
        items = _items(connection)
    keys = path.with_name(KEYS)
    if keys.is_file():
        with _copy(keys) as connection:
            _add_keys(connection, items)
    blocks = []
    for line, item in enumerate(items.values(), 1):
        source = Source(f"{path.name}:{item['key']}")
        reference = _reference(item)
        reference = replace(reference, sources=dict.fromkeys([*reference.fields, *reference.extra], source))
        raw = dumps(item) + "\n"
        blocks.append(
            Block("entry", line, raw, "", reference)
            if reference.fields
            else Block("quarantine", line, raw, "no fields")
        )
    return Document(tuple(blocks), "zotero")


ITEMS = """
    SELECT itemID, key, typeName FROM items JOIN itemTypes USING (itemTypeID)
    WHERE typeName NOT IN ('attachment', 'note', 'annotation') AND itemID NOT IN (SELECT itemID FROM deletedItems)
    ORDER BY itemID
"""
DATA = f"""
    SELECT itemID, fieldName, CAST(value AS TEXT) FROM itemData
    JOIN fields USING (fieldID) JOIN itemDataValues USING (valueID)
    WHERE length(value) <= {MAX_FIELD} ORDER BY itemID, fieldID
"""  # noqa: S608
PEOPLE = """
    SELECT itemID, creatorType, firstName, lastName, fieldMode FROM itemCreators
    JOIN creators USING (creatorID) JOIN creatorTypes USING (creatorTypeID) ORDER BY itemID, orderIndex
"""
LISTS = {
    "tags": "SELECT itemID, name FROM itemTags JOIN tags USING (tagID) ORDER BY itemID, name",
    "collections": "SELECT itemID, collectionName FROM collectionItems JOIN collections USING (collectionID) "
    "ORDER BY itemID, orderIndex, collectionName",
    "notes": "SELECT parentItemID, note FROM itemNotes WHERE parentItemID IS NOT NULL ORDER BY itemID",
    "files": "SELECT parentItemID, replace(path, 'storage:', 'storage/' || key || '/') FROM itemAttachments "
    "JOIN items USING (itemID) WHERE parentItemID IS NOT NULL AND path IS NOT NULL ORDER BY itemID",
}


def _items(connection: Connection) -> dict[int, dict[str, Any]]:
    """Return a mapping of plain data for each item, by its number in the database."""
    items: dict[int, dict[str, Any]] = {
        number: {"key": key, "itemType": kind, "fields": {}, "creators": []}
        for number, key, kind in connection.execute(ITEMS)
    }
    for number, name, value in connection.execute(DATA):
        if number in items:
            items[number]["fields"][name] = value
    for number, role, first, last, mode in connection.execute(PEOPLE):
        if number in items:
            person = {"name": last or first} if mode == 1 or not first else {"firstName": first, "lastName": last}
            items[number]["creators"].append({"creatorType": role, **person})
    for name, query in LISTS.items():
        for number, value in connection.execute(query):
            if number in items and value:
                items[number].setdefault(name, []).append(value)
    return items


def _add_keys(connection: Connection, items: dict[int, dict[str, Any]]) -> None:
    """Add the citation keys that Better BibTeX keeps in a database of its own."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "citationkey" in tables:
        for number, key in connection.execute("SELECT itemID, citationKey FROM citationkey"):
            if number in items and key:
                items[number]["fields"].setdefault("citationKey", key)


def _reference(item: dict[str, Any]) -> Reference:
    fields: dict[str, Value] = {}
    extra: dict[str, str] = {}
    data = dict(item["fields"])
    note = data.pop("extra", "")
    for name, value in data.items():
        variable = FIELDS.get(name.lower())
        if variable and variable not in fields and (read := _value(variable, str(value))):
            fields[variable] = read
        elif str(value).strip():
            extra[name] = str(value)
    people: dict[str, list[Name]] = {}
    for creator in item["creators"]:
        name = Name(clean(creator.get("lastName") or ""), clean(creator.get("firstName") or ""))
        name = name if name != Name() else Name(literal=clean(creator.get("name") or ""))
        people.setdefault(CREATORS.get(creator["creatorType"].lower(), "contributor"), []).append(name)
    fields |= {variable: tuple(names) for variable, names in people.items()}
    if item.get("tags"):
        fields["keyword"] = clean(", ".join(item["tags"]))
    if item.get("notes"):
        fields["annote"] = clean_lines("\n\n".join(rich(note, lines=True) for note in item["notes"]))
    extra |= {name: "; ".join(item[name]) for name in ("collections", "files") if item.get(name)}
    kind = CSL_TYPES.get(item["itemType"].lower(), "document")
    key = str(fields.get("citation-key", ""))
    reference = Reference(kind, fields, key, identifiers={"zotero": item["key"]}, extra=extra)
    return with_extra(reference, note) if note else reference


def _value(variable: str, text: str) -> Value:
    """Return a field as Zotero stores it: dates as "2016-05-00 May 2016", titles with HTML in them."""
    if variable in DATE_VARIABLES:
        match = DATE.fullmatch(text)
        return parse_date(match[1] if match and match[1][:4] != "0000" else match[2] or "" if match else text)
    return normal("doi", text) if variable == "DOI" else clean_value(variable, text)

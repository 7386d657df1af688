"""The libraries of Zotero, papis and JabRef as they lie on the disk, made here after their own schemas."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from refs.errors import ParseError, StorageError
from refs.formats.applibraries import is_library, read_library
from refs.formats.csljson import loads
from refs.model import Date, Name

# The tables and columns of Zotero's schema that hold what is cited.
SCHEMA = """
CREATE TABLE itemTypes (itemTypeID INTEGER PRIMARY KEY, typeName TEXT, display INT DEFAULT 1);
CREATE TABLE fields (fieldID INTEGER PRIMARY KEY, fieldName TEXT, fieldFormatID INT);
CREATE TABLE creatorTypes (creatorTypeID INTEGER PRIMARY KEY, creatorType TEXT);
CREATE TABLE items (itemID INTEGER PRIMARY KEY, itemTypeID INT NOT NULL, dateAdded TIMESTAMP, libraryID INT NOT NULL,
    key TEXT NOT NULL, version INT NOT NULL DEFAULT 0);
CREATE TABLE itemDataValues (valueID INTEGER PRIMARY KEY, value UNIQUE);
CREATE TABLE itemData (itemID INT, fieldID INT, valueID, PRIMARY KEY (itemID, fieldID));
CREATE TABLE creators (creatorID INTEGER PRIMARY KEY, firstName TEXT, lastName TEXT, fieldMode INT);
CREATE TABLE itemCreators (itemID INT NOT NULL, creatorID INT NOT NULL, creatorTypeID INT NOT NULL, orderIndex INT);
CREATE TABLE deletedItems (itemID INTEGER PRIMARY KEY, dateDeleted);
CREATE TABLE tags (tagID INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE itemTags (itemID INT NOT NULL, tagID INT NOT NULL, type INT NOT NULL);
CREATE TABLE itemNotes (itemID INTEGER PRIMARY KEY, parentItemID INT, note TEXT, title TEXT);
CREATE TABLE itemAttachments (itemID INTEGER PRIMARY KEY, parentItemID INT, linkMode INT, contentType TEXT, path TEXT);
CREATE TABLE collections (collectionID INTEGER PRIMARY KEY, collectionName TEXT NOT NULL, libraryID INT NOT NULL);
CREATE TABLE collectionItems (collectionID INT NOT NULL, itemID INT NOT NULL, orderIndex INT NOT NULL DEFAULT 0);
"""
ITEMS: tuple[tuple[str, str, dict[str, str], list[tuple[str, str, str, int]]], ...] = (
    (
        "ABCD1234",
        "journalArticle",
        {
            "title": "Water & <i>fire</i>",
            "date": "2016-05-00 May 2016",
            "publicationTitle": "Journal of Things",
            "volume": "12",
            "DOI": "10.1000/ONE",
            "accessDate": "2020-01-02 03:04:05",
            "extra": "original-date: 1925\nread it",
            "odd": "kept",
        },
        [("author", "Jane", "Doe", 0), ("author", "", "The Project", 1), ("editor", "R.", "Roe", 0)],
    ),
    ("BINNED00", "book", {"title": "In the bin"}, []),
    ("NOTE0000", "note", {}, []),
    ("FILE0000", "attachment", {}, []),
    ("CASE0000", "case", {"caseName": "A v. B", "dateDecided": "1973-00-00 1973", "court": "The Court"}, []),
    ("EMPTY000", "webpage", {}, []),
)


def insert(connection: sqlite3.Connection, table: str, *row: object) -> int:
    marks = ", ".join("?" for _ in row)
    cursor = connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608
    return cursor.lastrowid or 0


def identify(connection: sqlite3.Connection, table: str, name: str) -> int:
    """Return the number of a name in one of the tables that list names."""
    key, column = (row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchmany(2))
    found = connection.execute(f"SELECT {key} FROM {table} WHERE {column} = ?", (name,)).fetchone()  # noqa: S608
    columns = len(connection.execute(f"PRAGMA table_info({table})").fetchall())
    return int(found[0]) if found else insert(connection, table, None, name, *[None] * (columns - 2))


@pytest.fixture
def zotero(tmp_path: Path) -> Path:
    path = tmp_path / "Zotero" / "zotero.sqlite"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(SCHEMA)
        for number, (key, kind, fields, creators) in enumerate(ITEMS, 1):
            insert(db, "items", number, identify(db, "itemTypes", kind), "2020-01-01", 1, key, 0)
            for name, value in fields.items():
                insert(db, "itemData", number, identify(db, "fields", name), identify(db, "itemDataValues", value))
            for order, (role, first, last, mode) in enumerate(creators):
                creator = insert(db, "creators", None, first, last, mode)
                insert(db, "itemCreators", number, creator, identify(db, "creatorTypes", role), order)
        insert(db, "deletedItems", 2, "2020-01-01")
        insert(db, "itemTags", 1, identify(db, "tags", "physics"), 0)
        insert(db, "itemTags", 1, identify(db, "tags", "fire"), 1)
        insert(db, "itemNotes", 3, 1, "<p>A <b>note</b></p>", "A note")
        insert(db, "itemAttachments", 4, 1, 0, "application/pdf", "storage:paper.pdf")
        insert(db, "collections", 1, "To read", 1)
        insert(db, "collectionItems", 1, 1, 0)
    return path


def test_a_zotero_database_gives_its_items(zotero: Path) -> None:
    before = zotero.read_bytes()
    document = read_library(zotero.parent)
    assert zotero.read_bytes() == before
    assert document.format == "zotero"
    article, case = document.references
    assert article.type == "article-journal"
    assert article.fields == {
        "title": "Water & <i>fire</i>",
        "issued": Date(((2016, 5),)),
        "container-title": "Journal of Things",
        "volume": "12",
        "DOI": "10.1000/one",
        "accessed": Date(((2020, 1, 2),)),
        "author": (Name("Doe", "Jane"), Name(literal="The Project")),
        "editor": (Name("Roe", "R."),),
        "keyword": "fire, physics",
        "annote": "A <b>note</b>",
        "original-date": Date(((1925,),)),
        "note": "read it",
    }
    assert article.identifiers == {"zotero": "ABCD1234"}
    assert article.extra == {"odd": "kept", "collections": "To read", "files": "storage/FILE0000/paper.pdf"}
    assert str(article.sources["title"].name) == "zotero.sqlite:ABCD1234"
    assert (case.type, case.text("title"), case.text("authority")) == ("legal_case", "A v. B", "The Court")
    assert [block.reason for block in document.quarantined] == ["no fields"]
    assert [loads(block.raw)["key"] for block in document.blocks] == ["ABCD1234", "CASE0000", "EMPTY000"]


def test_a_database_that_zotero_has_locked_is_read(zotero: Path) -> None:
    with closing(sqlite3.connect(zotero, isolation_level=None)) as live:
        live.execute("PRAGMA locking_mode = EXCLUSIVE")
        live.execute("BEGIN EXCLUSIVE")
        live.execute("UPDATE itemDataValues SET value = 'half done' WHERE value = '12'")
        document = read_library(zotero)
        assert document.references[0].text("volume") == "12"
        live.execute("ROLLBACK")
    assert sorted(path.name for path in zotero.parent.iterdir()) == ["zotero.sqlite"]


def test_what_stands_in_the_write_ahead_log_is_read(zotero: Path) -> None:
    with closing(sqlite3.connect(zotero, isolation_level=None)) as live:
        live.execute("PRAGMA journal_mode = WAL")
        live.execute("UPDATE itemDataValues SET value = '13' WHERE value = '12'")
        assert read_library(zotero).references[0].text("volume") == "13"


def test_the_keys_of_better_bibtex_are_the_keys(zotero: Path) -> None:
    with closing(sqlite3.connect(zotero.with_name("better-bibtex.sqlite"))) as db, db:
        db.execute(
            "CREATE TABLE citationkey (itemID INTEGER, itemKey TEXT, libraryID INT, citationKey TEXT, pinned INT)"
        )
        insert(db, "citationkey", 1, "ABCD1234", 1, "doe2016water", 0)
    assert [reference.key for reference in read_library(zotero).references] == ["doe2016water", ""]


def test_another_database_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE t (a)")
    with pytest.raises(ParseError, match="not a Zotero database that can be read: no such table"):
        read_library(path)
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 5000)
    with pytest.raises(ParseError, match="not a Zotero database"):
        read_library(path)


def test_a_papis_library_gives_its_documents_in_order(tmp_path: Path) -> None:
    documents = {
        "b/deeper/info.yaml": "ref: two\ntype: book\ntitle: Two\nyear: 2001\n",
        "a/info.yaml": "ref: one\ntype: article\ntitle: One\nauthor_list:\n- {family: Doe, given: Jane}\n",
        "c/info.yaml": "ref: [broken\n",
        "d/notes.md": "no document",
    }
    for name, text in documents.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    document = read_library(tmp_path)
    assert document.format == "papis"
    assert [(one.key, one.type, one.text("title")) for one in document.references] == [
        ("one", "article-journal", "One"),
        ("two", "book", "Two"),
    ]
    assert document.references[0].sources["title"].name == "a/info.yaml:1"
    assert [block.reason[:22] for block in document.quarantined] == ["c/info.yaml: not YAML:"]
    assert "".join(block.raw for block in document.blocks) == "".join(documents[name] for name in sorted(documents)[:3])


def test_a_file_of_jabref_is_read_as_the_format_it_is_in(tmp_path: Path) -> None:
    path = tmp_path / "jabref.bib"
    path.write_text(
        "@book{a, title = {A}, groups = {To read, Physics}}\n\n"
        "@Comment{jabref-meta: databaseType:biblatex;}\n\n"
        "@Comment{jabref-meta: grouping:\n0 AllEntriesGroup:;\n1 StaticGroup:To read\\;0\\;1\\;\\;\\;\\;;\n}\n",
        "utf-8",
    )
    document = read_library(path)
    assert document.format == "bibtex"
    assert document.references[0].extra["groups"] == "To read, Physics"
    assert "".join(block.raw for block in document.blocks) == path.read_text("utf-8")


def test_a_folder_without_a_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"neither zotero\.sqlite nor a papis info\.yaml in it"):
        read_library(tmp_path)
    with pytest.raises(StorageError, match="No such file"):
        read_library(tmp_path / "absent.sqlite")


def test_folders_and_databases_are_libraries(zotero: Path, tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text("@book{a}")
    assert is_library(zotero)
    assert is_library(tmp_path)
    assert not is_library(tmp_path / "refs.bib")
    assert not is_library(tmp_path / "absent")

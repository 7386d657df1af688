"""Backups, restoring, the doctor, and the commands that look back."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from refs import Library, Reference, backup, config
from refs.actions.doctor import examine, file_system
from refs.database import LostTransaction, Transaction
from refs.errors import NotFoundError, StorageError
from refs.sqlite import SqliteFile
from tests.running import Run


@pytest.fixture
def in_file(tmp_path: Path) -> Library:
    return Library(tmp_path / "library.sqlite3", "test")


def add(library: Library, title: str) -> str:
    with library.change() as change:
        return change.add(Reference("book", {"title": title})).key


def pretend(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """Let the clock stand on a day."""
    moment = time.strptime(day, "%Y-%m-%d")
    monkeypatch.setattr(time, "gmtime", lambda *seconds: moment)


def test_a_day_begins_with_a_backup_of_the_day_before(in_file: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "2026-01-01")
    add(in_file, "One")
    add(in_file, "Two")
    assert backup.backups(in_file.path) == []
    for day in ("2026-01-02", "2026-01-02", "2026-01-03"):
        pretend(monkeypatch, day)
        add(in_file, f"Of {day}, after {len(in_file.keys())}")
    found = {path.name: backup.inspect(path).references for path in backup.backups(in_file.path)}
    assert found == {"2026-01-02.sqlite3": 2, "2026-01-03.sqlite3": 4}


def test_ten_days_and_twelve_months_are_kept(tmp_path: Path) -> None:
    for year in (2024, 2025):
        for month in range(1, 13):
            for day in (5, 20):
                (tmp_path / f"{year}-{month:02}-{day:02}.sqlite3").touch()
    backup.rotate(tmp_path, tmp_path / "none")
    kept = sorted(path.name[:10] for path in tmp_path.iterdir())
    assert kept[-10:] == [f"2025-{month:02}-{day:02}" for month in range(8, 13) for day in (5, 20)]
    assert kept[:-10] == [f"2025-{month:02}-05" for month in range(1, 8)]


def test_a_backup_of_a_damaged_library_takes_no_place(in_file: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "2026-01-01")
    for number in range(40):
        add(in_file, f"Title {number} " + "x" * 500)
    data = bytearray(in_file.path.read_bytes())
    data[4096 * 9 : 4096 * 12] = b"\xff" * 4096 * 3
    in_file.path.write_bytes(data)
    pretend(monkeypatch, "2026-01-02")
    with pytest.raises(StorageError, match="damaged"):
        add(in_file, "More")
    assert backup.backups(in_file.path) == []
    assert list(backup.folder(in_file.path).iterdir()) == []
    assert any(one.level == "problem" for one in examine(in_file))


def test_restoring_brings_the_backup_back_and_keeps_what_it_replaces(in_file: Library) -> None:
    add(in_file, "One")
    made = backup.back_up(in_file.path)
    add(in_file, "Two")
    Path(f"{in_file.path}-journal").write_bytes(b"of another file")
    found, replaced = backup.restore(in_file.path, made.path)
    assert [row.title for row in in_file.rows()] == ["One"]
    assert found.references == 1
    assert replaced is not None
    assert not Path(f"{in_file.path}-journal").exists()
    assert len(Library(replaced)) == 2


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"@book{x}" * 1000])
def test_what_is_no_backup_is_not_restored(in_file: Library, tmp_path: Path, content: bytes) -> None:
    add(in_file, "One")
    (tmp_path / "x.sqlite3").write_bytes(content)
    with pytest.raises(StorageError, match="no backup that can be used"):
        backup.restore(in_file.path, tmp_path / "x.sqlite3")
    assert len(in_file) == 1


def test_the_doctor_finds_a_healthy_library_healthy(library: Library) -> None:
    add(library, "One")
    assert [one for one in examine(library) if one.level == "problem"] == []


def test_the_doctor_finds_what_does_not_fit(in_file: Library) -> None:
    add(in_file, "One")
    with closing(sqlite3.connect(in_file.path)) as db:
        db.execute("UPDATE reference SET key = 'other'")
        db.execute("INSERT INTO revision VALUES (1, 99, 1, 'reference', '5', NULL, 0)")
        db.commit()
    problems = [one.message for one in examine(in_file) if one.level == "problem"]
    assert any("a revision belongs to nothing" in message for message in problems)
    assert any("filed under another key" in message for message in problems)


def test_the_doctor_warns_of_places_that_lose_files(tmp_path: Path) -> None:
    library = Library(tmp_path / "Dropbox" / "library.sqlite3")
    add(library, "One")
    assert any("Dropbox copies files" in one.message for one in examine(library) if one.level == "advice")


def test_the_file_system_of_a_path_is_that_of_its_nearest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("a / ext4 rw 0 0\nhost:/x /net/my\\040share nfs4 rw 0 0\n")
    assert file_system(Path("/net/my share/refs/library.sqlite3"), mounts) == "nfs4"
    assert file_system(Path("/net/library.sqlite3"), mounts) == "ext4"


def test_commands_are_undone_redone_listed_and_compared(refs: Run) -> None:
    assert refs("add", "--title", "Walden", "--author", "Thoreau, Henry D.").code == 0
    key = refs("list", "--json").out
    key = json.loads(key)["id"]
    assert "undid 1" in refs("undo").err
    assert refs("list").out == ""
    assert "did 1" in refs("redo").err
    assert refs("remove", key).code == 0
    listed = refs("history").out.splitlines()
    assert [line.split("\t")[1] for line in listed] == ["4", "3", "2", "1"]
    assert "undoes 1" in listed[2]
    assert f"removed reference {key}" in refs("diff").out
    assert "+ title: Walden" in refs("history", key).out


def test_purging_asks_and_wipes(refs: Run) -> None:
    refs("add", "--title", "A Secret Title")
    refs("remove", json.loads(refs("list", "--json").out)["id"])
    refused = refs("purge")
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert b"A Secret Title" in config.default_library().read_bytes()
    assert refs("purge", "--yes").code == 0
    assert b"A Secret Title" not in config.default_library().read_bytes()
    assert refs("undo", "2").code == 4
    assert "no removed reference" in refs("purge").err


def test_backups_are_made_listed_and_restored_from_the_command_line(refs: Run, tmp_path: Path) -> None:
    refs("add", "--title", "Walden")
    made = refs("backup")
    assert made.code == 0
    refs("add", "--title", "Cape Cod")
    assert refs("backup", "--list").out.split("\t")[2] == "1\n"
    assert refs("restore").code == 2
    assert refs("restore", "--yes").code == 0
    assert len(refs("list").out.splitlines()) == 1
    assert refs("backup", made.out.strip()).code == 5
    assert refs("doctor").code == 0
    assert refs("backup", str(tmp_path / "copy.sqlite3")).code == 0
    assert len(Library(tmp_path / "copy.sqlite3")) == 1


def test_doctor_finds_an_index_that_does_not_fit_and_mends_it(library: Library) -> None:
    def said() -> list[tuple[str, str]]:
        return [(one.level, one.mend) for one in examine(library) if one.about == "index"]

    with library.change() as change:
        for title in ("Walden", "Nature", "Typee"):
            change.add(Reference("book", {"title": title}), key=title.lower())
    assert said() == [("ok", "")]
    with library.engine.writing() as transaction:
        transaction.db.run("UPDATE reference SET doc = doc + 1 WHERE library = :library")
        transaction.changed = True
    assert said() == [("problem", "refs doctor --reindex")]
    assert library.apply(lambda change: change.reindex()) == 3
    assert said() == [("ok", "")]
    with library.engine.writing() as transaction:
        last = "(SELECT max(doc) FROM reference WHERE library = :library)"
        transaction.db.run(f"UPDATE reference SET doc = {last} WHERE library = :library")  # noqa: S608
        transaction.changed = True
    assert said() == [("problem", "refs doctor --reindex")]


def test_a_removal_that_a_server_gave_up_is_done_again_and_printed_once(
    refs: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs("add", "--title", "One", "--key", "one")
    kept = SqliteFile.writing
    given_up: list[int] = []

    @contextmanager
    def writing(engine: SqliteFile) -> Iterator[Transaction]:
        with kept(engine) as transaction:
            yield transaction
            if not given_up:
                given_up.append(1)
                raise LostTransaction("the server is going down")

    monkeypatch.setattr(SqliteFile, "writing", writing)
    removed = refs("remove", "one")
    assert (removed.code, removed.out.count("\n"), given_up) == (0, 1, [1])
    assert refs("list").out == ""


def test_an_empty_file_that_a_change_left_is_no_library_to_back_up(in_file: Library) -> None:
    with pytest.raises(NotFoundError), in_file.change() as change:
        change.remove(["nobody"])
    with pytest.raises(NotFoundError, match="there is no library"):
        backup.back_up(in_file.path)

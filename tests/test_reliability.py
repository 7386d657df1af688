"""A sample of what the scripts beside it run whole: kills, power cuts, crowds, lost connections, faults, damage."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from refs import Library, Reference, backup, log
from refs.errors import NotFoundError, StorageError, UsageError
from refs.postgres import PostgresServer
from refs.sqlite import SqliteFile
from tests import reliability_damage, reliability_kill, reliability_states, reliability_writers
from tests.running import Run

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and forks are POSIX's")


def add(library: Library, title: str = "Walden") -> str:
    return library.apply(lambda change: change.add(Reference("book", {"title": title}))).key


@POSIX
@pytest.mark.parametrize("name", reliability_kill.WORKS)
def test_a_kill_at_any_moment_loses_nothing_and_leaves_nothing(name: str) -> None:
    assert reliability_kill.kill_at_random(name, 8, 200, seed=8) > 0


def test_a_power_cut_at_any_write_loses_nothing() -> None:
    from tests import reliability_power

    found = reliability_power.cut_power(60, seed=3)
    assert (found.lost, found.damaged) == (0, 0)
    assert found.acknowledged > 200


def test_without_syncs_the_simulated_disk_does_lose_and_damage() -> None:
    from tests import reliability_power

    found = reliability_power.cut_power(20, seed=3, synchronous="OFF")
    assert found.lost + found.damaged > 10


def test_a_failing_operation_of_the_disk_leaves_just_what_was_acknowledged() -> None:
    from tests import reliability_power

    found = reliability_power.fail_once(seed=5, every=29)
    assert (found.lost, found.cuts > 20) == (0, True)


def test_processes_that_write_at_once_lose_nothing(library: Library) -> None:
    place = library.engine.location
    found = reliability_writers.run(place, 4, 20)
    assert (found.references, found.counter, found.batches) == (80, 80, 80)
    assert "locked" not in found.said


def test_reading_and_writing_without_a_check_does_lose(server: str) -> None:
    assert reliability_writers.run_naively(server, 8, 40) < 320


@pytest.mark.parametrize("manner", ["given up", "cut", "restarted"])
def test_what_a_failing_server_acknowledged_is_kept_once(server: str, manner: str) -> None:
    from tests import reliability_server

    runs: dict[str, Callable[[str], reliability_server.Count]] = {
        "given up": lambda url: reliability_server.give_up(url, 20, 1),
        "cut": lambda url: reliability_server.cut(url, 15, 1),
        "restarted": lambda url: reliability_server.restart(url, 2),
    }
    count = runs[manner](f"{server}&library={manner.split()[0]}")
    assert count.right
    assert count.acknowledged > 0


@POSIX
def test_signals_end_in_one_line_and_a_state_before_or_after() -> None:
    from tests import reliability_faults

    outcomes = reliability_faults.signalled(8, 400, seed=2)
    assert outcomes.total() == 8


@POSIX
def test_each_failing_call_leaves_a_file_or_backup_whole(tmp_path: Path) -> None:
    from tests import reliability_faults

    for name in ("export", "backup"):
        (tmp_path / name).mkdir()
    assert reliability_faults.fail_calls_of_an_export(tmp_path / "export") > 5
    assert reliability_faults.fail_calls_of_a_backup(tmp_path / "backup") > 5


@POSIX
def test_a_file_that_cannot_grow_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    from tests import reliability_faults

    library = Library(tmp_path / "library.sqlite3")
    add(library)
    library.apply(lambda change: change.undo())
    reliability_faults.with_file_limit(lambda: _fill(library), 600_000)
    assert library.get(add(library, "More")).text("title") == "More"


def _fill(library: Library) -> None:
    from tests import reliability_faults

    assert reliability_faults.fill(library) > 3


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_streams_that_cannot_be_written_end_in_one_line(tmp_path: Path) -> None:
    from tests import reliability_faults

    codes = reliability_faults.streams(tmp_path, ("list", "export", "history"))
    assert {kind: set(found) for kind, found in codes.items()} == {
        "full": {5},
        "closed": {0},
        "pipe": {0},
        "both full": {5},
    }


def test_random_changes_agree_with_a_dictionary() -> None:
    reliability_states.run(40)


def test_random_changes_on_a_server_agree_with_a_dictionary(server: str) -> None:
    reliability_states.run(5, engine="postgres", url=server)


def test_flipped_bytes_end_in_no_traceback() -> None:
    found = reliability_damage.flip(60, seed=4)
    assert found["found by the doctor"] > 5
    assert reliability_damage.flip_backup(30, seed=4)["refused"] > 0


def test_a_failing_backup_of_the_day_is_told_and_does_not_stop_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library = Library(tmp_path / "library.sqlite3")
    monkeypatch.setattr(time, "gmtime", lambda *seconds: time.strptime("2026-01-01", "%Y-%m-%d"))
    add(library)
    monkeypatch.setattr(time, "gmtime", lambda *seconds: time.strptime("2026-01-02", "%Y-%m-%d"))
    backup.folder(library.path).write_text("in the way")
    add(library, "Cape Cod")
    assert "no backup" in capsys.readouterr().err
    assert len(library) == 2


def test_without_a_backup_before_it_the_schema_is_not_changed(tmp_path: Path) -> None:
    reliability_kill.prepare_migration(tmp_path, 50)
    library = reliability_kill.library(tmp_path)
    backup.folder(library.path).write_text("in the way")
    before = library.path.read_bytes()
    with pytest.raises(StorageError) as caught:
        len(library)
    assert str(caught.value).count(f"library {library.path}: ") == 1
    assert library.path.read_bytes() == before


def test_a_missing_key_in_a_library_of_the_first_schema_is_told(tmp_path: Path) -> None:
    reliability_kill.prepare_migration(tmp_path, 50)
    library = reliability_kill.library(tmp_path)
    with pytest.raises(NotFoundError, match="did you mean key1"), library.change() as change:
        change.remove(["key11"])


def test_a_clock_that_goes_back_keeps_the_order_and_the_backups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path / "library.sqlite3")
    for day in range(1, 14):
        monkeypatch.setattr(time, "gmtime", lambda *_, day=day: time.strptime(f"2027-01-{day:02}", "%Y-%m-%d"))
        add(library, f"Title {day}")
    monkeypatch.setattr(time, "gmtime", lambda *_: time.strptime("2026-01-05", "%Y-%m-%d"))
    add(library, "After")
    assert [batch.number for batch in library.batches(2)] == [14, 13]
    assert (backup.folder(library.path) / "2026-01-05.sqlite3").exists()
    library.apply(lambda change: change.undo())
    assert len(library) == 13


def test_a_backup_dated_in_the_future_is_not_the_latest(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.sqlite3")
    add(library)
    made = backup.back_up(library.path)
    other = made.path.with_name("2099-01-01.sqlite3")
    other.write_bytes(made.path.read_bytes())
    os.utime(other, (4e9, 4e9))
    assert backup.backups(library.path) == [made.path, other]


@pytest.mark.skipif(os.name == "nt", reason="such names are POSIX's")
@pytest.mark.parametrize(
    "name", ["with space.sqlite3", "a'b\"c.sqlite3", "new\nline.sqlite3", "?#%41.sqlite3", "\udcff.sqlite3", "x" * 246]
)
def test_a_library_may_have_any_name(refs: Run, tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    assert refs("add", "--title", "Walden", "--library", path).code == 0
    assert refs("backup", "--library", path).code == 0
    assert refs("restore", "--yes", "--library", path).code == 0
    assert refs("list", "--library", path).out.count("Walden") == 1
    assert refs("doctor", "--library", path).code == 0


@POSIX
def test_a_link_leads_to_the_library_and_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real" / "library.sqlite3", tmp_path / "link.sqlite3"
    real.parent.mkdir()
    link.symlink_to(real)
    library = Library(link)
    add(library)
    backup.restore(link, backup.back_up(link).path)
    assert (link.is_symlink(), len(Library(real)), len(library)) == (True, 1, 1)


@pytest.mark.parametrize("name", ["-journal", "-wal", "-shm"])
def test_a_foreign_journal_beside_the_library_or_its_backup_harms_nothing(tmp_path: Path, name: str) -> None:
    library, other = Library(tmp_path / "library.sqlite3"), tmp_path / "other.sqlite3"
    add(library)
    made = backup.back_up(library.path)
    with closing(sqlite3.connect(other)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE recipes (name)")
        db.commit()
        planted = Path(f"{other}-wal").read_bytes()
    Path(f"{library.path}{name}").write_bytes(planted)
    backup.restore(library.path, made.path)
    assert len(library) == 1
    Path(f"{made.path}{name}").write_bytes(planted)
    with pytest.raises(StorageError, match="lies beside it"):
        backup.restore(library.path, made.path)


def test_what_a_restored_backup_replaced_is_kept_and_is_no_backup(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.sqlite3")
    add(library)
    made = backup.back_up(library.path)
    kept = [backup.restore(library.path, made.path)[1] for _ in range(2)]
    assert len({path for path in kept if path and path.exists()}) == 2
    assert backup.backups(library.path) == [made.path]


def test_two_libraries_of_one_stem_have_folders_of_their_own(tmp_path: Path) -> None:
    assert backup.folder(tmp_path / "a.sqlite3") != backup.folder(tmp_path / "a.db")


@POSIX
def test_a_purge_without_room_to_write_the_file_anew_says_so_and_loses_nothing() -> None:
    from tests import reliability_faults

    with reliability_faults.small_disk("4m") as disk:
        if disk is None:
            pytest.skip("no disk can be mounted here")
        reliability_faults.purge_on_a_full_disk(disk)


def test_a_purge_that_found_no_room_is_ended_by_the_next(refs: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    refs("add", "--title", "Xylophone", "--key", "x")
    refs("remove", "x")
    compact = SqliteFile.compact
    calls: list[SqliteFile] = []

    def without_room(engine: SqliteFile) -> None:
        calls.append(engine)
        raise StorageError("library: wiped from the log, but its free pages still hold what was wiped (full)")

    monkeypatch.setattr(SqliteFile, "compact", without_room)
    refused = refs("purge", "--yes")
    assert (refused.code, "still hold" in refused.err, refused.err.count("\n")) == (5, True, 2)
    monkeypatch.setattr(SqliteFile, "compact", compact)
    assert refs("purge", "--yes").err == "no removed reference is left in the log\n"
    assert b"xylophone" not in calls[0].path.read_bytes().lower()


def test_purging_leaves_other_batches_to_undo(library: Library) -> None:
    first, second = add(library, "One"), add(library, "Two")
    library.apply(lambda change: change.remove([second]))
    library.purge()
    assert library.apply(lambda change: change.undo(1)) == 1
    assert len(library) == 0
    library.apply(lambda change: change.redo())
    assert library.keys() == [first]


def test_a_batch_of_too_many_things_is_refused_and_takes_no_number_of_the_next(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "NUMBER_BITS", 3)
    works = [Reference("book", {"title": f"Title {number}"}) for number in range(9)]
    with pytest.raises(StorageError, match="at most 7"):
        library.apply(lambda change: [change.add(work) for work in works])
    assert len(library) == 0


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("postgresql://me:p/w@host/db", UsageError),
        ("postgresql://me:p@w@host/db", UsageError),
        ("postgresql://me:secret@127.0.0.1:9/db", StorageError),
        ("postgresql://me@127.0.0.1:9/db?password=secret", StorageError),
        ("postgresql://me:secret@nowhere.invalid/db", StorageError),
        ("postgresql://me:secret@127.0.0.1:9/db?sslmode=nonsense", StorageError),
    ],
)
def test_a_server_that_is_not_reached_is_one_line_without_the_password(url: str, refusal: type[Exception]) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with pytest.raises(refusal) as refused:
        Library(url).rows()
    assert len(str(refused.value).splitlines()) == 1
    assert not any(word in str(refused.value) for word in ("secret", "p/w", "p@w"))


@pytest.mark.parametrize("where", ["postgresql://db.example.org/x", "postgresql:///x?host=db.example.org"])
def test_a_network_is_crossed_encrypted_to_a_server_that_proves_its_name(where: str) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    from refs import postgres

    assert postgres._parameters(where)["sslmode"] == "verify-full"
    assert "sslmode" not in postgres._parameters("postgresql:///x?host=/tmp")
    assert postgres._parameters(f"{where}{'&' if '?' in where else '?'}sslmode=require")["sslmode"] == "require"


def test_a_role_without_rights_to_create_uses_what_is_there(server: str) -> None:
    import psycopg

    owner = Library(f"{server}&library=shared")
    add(owner)
    with psycopg.connect(server, autocommit=True) as db:
        with suppress(psycopg.errors.DuplicateObject):
            db.execute("CREATE ROLE member LOGIN")
        db.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        db.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO member")
    member = Library(f"{server.replace('user=refs', 'user=member')}&library=shared")
    add(member, "Cape Cod")
    assert len(owner) == 2


def test_libraries_of_one_database_do_not_see_each_other(server: str) -> None:
    one, other = (Library(f"{server}&library=apart{number}") for number in range(2))
    add(one)
    assert (len(one), len(other), other.batches()) == (1, 0, [])
    add(other, "Cape Cod")
    other.apply(lambda change: change.undo())
    assert one.rows()[0].title == "Walden"
    assert isinstance(one.engine, PostgresServer)


def test_the_commands_run_on_a_server(refs: Run, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFS_LIBRARY", f"{server}&library=commands")
    monkeypatch.setenv("EDITOR", "sed -i s/Walden/Cape/")
    (tmp_path / "in.bib").write_text("@book{other, title={Other}, year={1999}}\n@article{broken, title={x}")
    assert refs("add", "--title", "Walden", "--author", "Thoreau, Henry D.", "--key", "w").code == 0
    assert refs("import", str(tmp_path / "in.bib")).code == 3
    assert refs("list", "walden").out.count("\n") == 1
    assert "Thoreau" in refs("show", "w").out
    assert "Walden" in refs("cite", "w").out
    assert "@misc{w" in refs("export").out
    assert refs("edit", "w").code == 0
    assert "Cape" in refs("show", "w").out
    assert refs("remove", "w").code == 0
    assert refs("undo").code == 0
    assert refs("redo").code == 0
    assert "undoes" in refs("history").out
    assert refs("diff").code == 0
    assert "in.bib:2" in refs("quarantine").out
    assert refs("quarantine", "drop", "1").code == 0
    assert refs("purge", "--yes").code == 0
    assert refs("doctor").code == 0
    for words in (("backup",), ("restore", "--yes")):
        refused = refs(*words)
        assert (refused.code, "pg_dump" in refused.err) == (2, True)

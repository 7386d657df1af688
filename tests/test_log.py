"""The log: whatever a command did can be seen, undone and done again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from refs import Date, Library, Name, Reference, migrations
from refs.change import Overtaken
from refs.commands.options import command_line
from refs.errors import ConflictError, NotFoundError, UsageError
from refs.store import Quarantined

WALDEN = Reference(
    "book",
    {"title": "Walden", "author": (Name("Thoreau", "Henry D."),), "issued": Date(((1854,),)), "ISBN": "9780691096124"},
)
CAPE = Reference("book", {"title": "Cape Cod", "author": (Name("Thoreau", "Henry D."),), "issued": Date(((1865,),))})


def add(library: Library, *references: Reference) -> list[str]:
    with library.change() as change:
        return [change.add(reference).key for reference in references]


def undo(library: Library, batch: int = 0) -> int:
    with library.change() as change:
        return change.undo(batch)


def redo(library: Library) -> int:
    with library.change() as change:
        return change.redo()


def state(library: Library) -> dict[str, object]:
    """Return all that a person can see of a library."""
    return {
        "references": library.references(),
        "rows": library.rows(),
        "found": library.find([WALDEN, CAPE]),
        "quarantined": library.quarantined(),
        "collections": library.facts("collection"),
        "old": list(library.existing(["old", "older"])),
    }


def do_everything(library: Library) -> list[dict[str, object]]:
    """Change the library in every way there is, a batch each; return its states before and after each."""
    states = [state(library)]
    add(library, WALDEN, CAPE)
    states.append(state(library))
    with library.change() as change:
        change.replace(
            Reference("book", {**WALDEN.fields, "title": "Walden; or, Life in the Woods"}, key="thoreau1854walden")
        )
        change.add_aliases("thoreau1854walden", ["old"])
    states.append(state(library))
    with library.change() as change:
        change.rename("thoreau1854walden", "walden")
        change.set_fact("collection", "woods", {"query": "woods"})
        change.quarantine([Quarantined("a.bib", 3, "unclosed brace", "@book{x\x00")])
    states.append(state(library))
    with library.change() as change:
        change.remove(["old", "thoreau1865cape"])
        change.release([1])
    states.append(state(library))
    return states


def test_everything_is_undone_and_done_again_step_by_step(library: Library) -> None:
    states = do_everything(library)
    assert [states[index] == states[index + 1] for index in range(4)] == [False] * 4
    for _ in range(3):
        for expected in reversed(states[:-1]):
            undo(library)
            assert state(library) == expected
        with pytest.raises(NotFoundError, match="nothing to undo"):
            undo(library)
        for expected in states[1:]:
            redo(library)
            assert state(library) == expected
        with pytest.raises(NotFoundError, match="nothing to redo"):
            redo(library)


def test_nothing_is_redone_after_another_change(library: Library) -> None:
    add(library, WALDEN)
    undo(library)
    add(library, CAPE)
    with pytest.raises(NotFoundError, match="nothing to redo"):
        redo(library)
    assert undo(library) == 3
    assert len(library) == 0


def test_an_older_batch_is_undone_alone(library: Library) -> None:
    add(library, WALDEN)
    add(library, CAPE)
    undo(library, 1)
    assert library.keys() == ["thoreau1865cape"]


def test_what_was_changed_since_is_not_undone(library: Library) -> None:
    (key,) = add(library, WALDEN)
    with library.change() as change:
        change.replace(Reference("book", {"title": "Other"}, key=key))
    with pytest.raises(ConflictError, match="batch 2 changed the same since"):
        undo(library, 1)
    assert library.get(key).text("title") == "Other"


def test_an_undone_removal_whose_key_is_taken_is_a_conflict(library: Library) -> None:
    (key,) = add(library, WALDEN)
    with library.change() as change:
        change.remove([key])
    with library.change() as change:
        change.add(CAPE, key=key)
    with pytest.raises(ConflictError, match=f"the key {key} is taken"):
        undo(library, 2)
    assert library.get(key).text("title") == "Cape Cod"


def test_unknown_batches_are_not_found(library: Library) -> None:
    with pytest.raises(NotFoundError, match="there is no batch 7"):
        undo(library, 7)


def test_the_log_says_who_did_what(library: Library) -> None:
    add(library, WALDEN, CAPE)
    undo(library)
    undone, done = library.batches()[1], library.batches()[0]
    assert (undone.number, undone.command, undone.things, undone.undone) == (1, "test", 2, True)
    assert (done.number, done.undoes, done.undone) == (2, 1, False)
    assert done.actor


def test_a_change_of_nothing_leaves_no_batch(library: Library) -> None:
    (key,) = add(library, WALDEN)
    with library.change() as change:
        change.replace(library.get(key))
    assert len(library.batches()) == 1


def test_the_history_of_a_reference_outlives_it(library: Library) -> None:
    (key,) = add(library, WALDEN)
    with library.change() as change:
        change.rename(key, "walden")
    with library.change() as change:
        change.remove([key])
    history = library.history("walden")
    assert [(one.batch, one.before is None, one.after is None) for one in history] == [
        (1, True, False),
        (2, False, False),
        (3, False, True),
    ]
    with pytest.raises(NotFoundError, match="'never'"):
        library.history("never")


def test_old_keys_find_a_renamed_reference_for_ever(library: Library) -> None:
    (key,) = add(library, WALDEN)
    with library.change() as change:
        change.rename(key, "w1")
        change.rename("w1", "w2")
    assert [library.get(one).text("title") for one in (key, "w1", "w2")] == ["Walden"] * 3
    with library.change() as change:
        change.rename("w2", key)
    assert library.keys() == [key]
    assert library.get("w2").text("title") == "Walden"


def test_a_key_of_another_is_refused(library: Library) -> None:
    one, other = add(library, WALDEN, CAPE)
    with pytest.raises(ConflictError, match="taken"), library.change() as change:
        change.rename(one, other.upper())
    with pytest.raises(UsageError, match="cannot be a key"), library.change() as change:
        change.rename(one, "a b")


def test_an_edit_that_somebody_overtook_is_refused_with_all_three(library: Library) -> None:
    (key,) = add(library, WALDEN)
    before = library.get(key)
    with library.change() as change:
        change.replace(Reference("book", {"title": "Theirs"}, key=key), before)
    with pytest.raises(Overtaken) as refused, library.change() as change:
        change.replace(Reference("book", {"title": "Mine"}, key=key), before)
    assert [one.text("title") for one in (refused.value.before, refused.value.theirs, refused.value.mine)] == [
        "Walden",
        "Theirs",
        "Mine",
    ]


def test_passwords_do_not_reach_the_log() -> None:
    line = command_line(["--library", "postgresql://me:secret@host/db", "list"])
    assert line == "refs --library postgresql://host/db list"


def test_a_library_of_the_first_schema_is_brought_up_to_date_behind_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        migrations.m001_references(db)
        db.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
        item = '{"id": "walden", "type": "book", "title": "Walden", "ISBN": "9780691096124"}'
        row = (5, "walden", "book", "", None, "Walden", "walden", "2020", "2021", "walden", item)
        db.execute(f"INSERT INTO reference VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
        db.execute("INSERT INTO identifier VALUES ('isbn:9780691096124', 5)")
        db.execute("INSERT INTO alias VALUES ('old', 5)")
        db.execute("INSERT INTO quarantine VALUES (3, 'a.bib', 7, 'why', ?, '2020')", ("@book{\x00",))
        db.commit()
    library = Library(path)
    assert [row.key for row in library.rows()] == ["walden"]
    assert library.get("old").text("title") == "Walden"
    assert library.find([WALDEN]) == ["walden"]
    assert library.quarantined() == [Quarantined("a.bib", 7, "why", "@book{\x00", 3)]
    (backup,) = (tmp_path / "library-backups").iterdir()
    with closing(sqlite3.connect(backup)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM reference").fetchone() == (1,)

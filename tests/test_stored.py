"""What lies in a library: checksums of references and rows, and what is derived from them."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from refs import Library, Reference, backup, migrations, postgres, stored
from refs.actions.doctor import examine
from refs.duplicates import work_keys
from refs.errors import NotFoundError, StorageError
from refs.folding import searched
from refs.formats import csljson
from tests.postgres import own_database
from tests.running import Run
from tests.sample_references import references

DERIVED = Path(__file__).parent / "data" / "derived.json"


def book(title: str, **fields: str) -> Reference:
    return Reference("book", {"title": title, **fields})


def filled(library: Library) -> None:
    """Put two references into a library, with something in each of its tables."""
    library.apply(lambda change: change.add(book("Walden", DOI="10.5555/1"), key="walden", aliases=["old"]))
    library.apply(lambda change: change.add(book("Cape Cod"), key="cape"))
    library.apply(lambda change: change.set_fact("collection", "thoreau", {"query": "cod"}))
    library.apply(lambda change: change.replace(Reference("book", {"title": "Cape Cods"}, key="cape")))


def spoil(library: Library, sql: str) -> None:
    """Change a library behind its back, as a bad disk does; others may lie on the same server."""
    with library.engine.writing() as transaction:
        transaction.db.run(sql)
        transaction.changed = True


def test_a_stored_reference_is_json_that_ends_with_its_checksum() -> None:
    for reference in references(seed=3, count=40):
        item = stored.dump(reference)
        assert stored.load(item) == reference
        assert stored.seal(item) == item
        assert list(json.loads(item))[-1] == "crc32"


def test_each_changed_letter_of_a_stored_reference_is_noticed() -> None:
    item = stored.dump(book("Über Gewißheit"))
    for place, letter in enumerate(item):
        changed = item[:place] + chr(ord(letter) ^ 1) + item[place + 1 :]
        with pytest.raises(StorageError):
            stored.load(changed)


def test_a_damaged_reference_is_named_with_what_to_do_and_the_others_are_read(library: Library) -> None:
    filled(library)
    spoil(
        library,
        "UPDATE reference SET item = replace(item, 'Walden', 'Warden') WHERE key = 'walden' AND library = :library",
    )
    with pytest.raises(StorageError, match=r"walden was changed by the disk: .*refs doctor.*refs restore") as refused:
        library.get("walden")
    assert "\n" not in str(refused.value)
    assert library.get("cape").text("title") == "Cape Cods"
    problems = [one for one in examine(library) if one.level == "problem"]
    assert [(one.message, bool(one.mend)) for one in problems] == [("1 changed by the disk: walden", True)]


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        (
            "UPDATE revision SET before = replace(before, 'Cape Cod', 'Cape Cot') WHERE library = :library",
            "revision 4 1",
        ),
        ("UPDATE revision SET before = 'x' WHERE kind = 'alias' AND library = :library", "revision 1 2"),
        ("UPDATE batch SET command = 'tost' WHERE id = 2 AND library = :library", "batch 2"),
        ("UPDATE fact SET value = replace(value, 'cod', 'cot') WHERE library = :library", "fact collection thoreau"),
        ("UPDATE fact SET name = 'thoread' WHERE library = :library", "fact collection thoread"),
    ],
)
def test_a_damaged_row_of_the_log_or_the_facts_is_named(library: Library, sql: str, named: str) -> None:
    filled(library)
    spoil(library, sql)
    (problem,) = (one for one in examine(library) if one.level == "problem")
    assert problem.message == f"1 changed by the disk: {named}"


def test_a_damaged_revision_is_not_undone(library: Library) -> None:
    filled(library)
    spoil(
        library,
        "UPDATE revision SET before = replace(before, 'Cape Cod', 'Cape Cot') WHERE batch = 4 AND library = :library",
    )
    with pytest.raises(StorageError, match="revision 1 of batch 4 was changed by the disk"):
        library.apply(lambda change: change.undo())
    assert library.get("cape").text("title") == "Cape Cods"


def test_a_damaged_library_makes_no_backup_and_an_older_one_is_brought_back(refs: Run, tmp_path: Path) -> None:
    library = Library(tmp_path / "library.sqlite3")
    filled(library)
    made = backup.back_up(library.path)
    spoil(
        library,
        "UPDATE reference SET item = replace(item, 'Walden', 'Warden') WHERE key = 'walden' AND library = :library",
    )
    with pytest.raises(StorageError, match="walden was changed by the disk"):
        backup.back_up(library.path)
    shown = refs("show", "walden", "--library", str(library.path))
    assert (shown.code, shown.err.count("\n")) == (StorageError.exit_code, 1)
    assert refs("restore", "--yes", "--library", str(library.path)).code == 0
    assert (len(examine(library)) > 3, backup.backups(library.path)) == (True, [made.path])
    assert library.get("walden").text("title") == "Walden"


def test_a_row_that_is_no_text_any_more_is_named_too(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.sqlite3")
    filled(library)
    spoil(library, "UPDATE reference SET item = CAST(replace(CAST(item AS BLOB), x'64656e', x'64ff6e') AS TEXT)")
    messages = [one.message for one in examine(library) if one.level == "problem"]
    assert any("1 changed by the disk: walden" in message for message in messages)


def test_what_is_derived_is_made_anew_without_touching_the_references(library: Library) -> None:
    filled(library)
    spoil(library, "UPDATE reference SET title = 'x', likeness = 'x', creators = 'x' WHERE library = :library")
    spoil(library, "DELETE FROM identifier WHERE library = :library")
    before = library.references()
    assert any(one.mend == "refs doctor --reindex" for one in examine(library) if one.level == "problem")
    library.apply(lambda change: change.reindex())
    assert [one for one in examine(library) if one.level == "problem"] == []
    assert [row.title for row in library.rows()] == ["Cape Cods", "Walden"]
    assert library.find([book("?", DOI="10.5555/1")]) == ["walden"]
    assert library.references() == before


def test_the_doctor_finds_a_word_that_the_index_lacks_or_has_too_much(library: Library) -> None:
    filled(library)
    if isinstance(library.engine.location, str) and library.engine.location.startswith("postgres"):
        spoil(library, "UPDATE search SET title = ' wolden ' WHERE title LIKE '%walden%' AND library = :library")
    else:
        spoil(library, "DELETE FROM word WHERE word = 'walden'")
    (problem,) = (one for one in examine(library) if one.level == "problem")
    assert (problem.about, "walden" in problem.message, problem.mend) == ("index", True, "refs doctor --reindex")


SHELF: list[dict[str, Any]] = [
    {"type": "book", "title": "Über Gewißheit", "author": [{"family": "Wittgenstein", "given": "L."}]},
    {"type": "article-journal", "title": "The <i>H</i><sub>2</sub>O of “the” sea: a review", "page": "1-9"},
    {"type": "book", "title": "战争与和平", "author": [{"family": "托尔斯泰", "given": ""}], "ISBN": "9787020002207"},
    {"type": "chapter", "title": "A", "editor": [{"literal": "The Editors"}], "issued": {"date-parts": [[-44]]}},
    {"type": "report", "title": "", "publisher": "WHO", "number": "12", "DOI": "10.5555/ABC.1"},
    {"type": "article", "title": "Attention is all you need", "DOI": "10.48550/arXiv.1706.03762"},
    {"type": "thesis", "title": "İstanbul’da O'Neill", "keyword": "to read, Öl", "issued": {"raw": "1999-12"}},
    {"type": "book", "title": "Преступление и наказание", "author": [{"family": "Достоевский", "given": "Ф."}]},
    {
        "type": "article-journal",
        "title": "الكتاب",
        "author": [{"family": "Doe", "given": "J.", "non-dropping-particle": "van"}] * 5,
        "container-title": "J. Chem. Soc.",
        "PMID": "123",
    },
]


def derived() -> dict[str, str]:
    """Return digests of what is derived from some references, by what it is for."""
    shelf = [csljson.from_json({"id": f"key{number}", **item}) for number, item in enumerate(SHELF)]
    found = {
        "columns": [list(stored.columns_of(one).values()) for one in shelf],
        "identifiers": [work_keys(one) for one in shelf],
        "search": [searched(one) for one in shelf],
    }
    return {name: sha256(json.dumps(value).encode()).hexdigest()[:16] for name, value in found.items()}


def test_what_is_derived_changes_only_with_a_schema_step() -> None:
    """Else older libraries would keep what older code derived: append a step and write `derived.json` anew."""
    recorded = json.loads(DERIVED.read_text("utf-8"))
    assert recorded == {"step": migrations.DERIVED, **derived()}, "python -m tests.test_stored, after a step"


OLD = (
    "INSERT INTO reference (library, id, key, type, creators, year, title, likeness, added, changed, rev, item) VALUES"
    " (:library, 1, 'walden', 'book', '', NULL, 'Walden', 'of older code', '2020', '2020', 1,"
    """ '{"id": "walden", "type": "book", "title": "Walden", "DOI": "10.5555/1"}')""",
    "INSERT INTO batch VALUES (:library, 1, '2020', 'me', 'refs edit', NULL, 'x')",
    "INSERT INTO revision VALUES (:library, 1, 1, 'reference', '1',"
    """ '{"id": "walden", "type": "book", "title": "Warden", "DOI": "10.5555/1"}')""",
    "INSERT INTO fact VALUES (:library, 'collection', 'thoreau', '{}')",
)
"""What lay in a library of the third schema."""


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_library_of_the_third_schema_gets_checksums_and_derived_columns(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place: Path | str = tmp_path / "library.sqlite3"
    if engine == "postgres":
        place = own_database(request.getfixturevalue("server"), "third")
    library = Library(place)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", migrations.STEPS[:3])
        patch.setattr(postgres, "SCHEMA_STEPS", postgres.SCHEMA_STEPS[:2])
        with library.engine.writing() as transaction:
            for sql in OLD:
                transaction.db.run(sql)
            transaction.changed = True
    assert library.apply(lambda change: change.undo()) == 1
    assert library.get("walden").text("title") == "Warden"
    assert library.find([book("?", DOI="10.5555/1")]) == ["walden"]
    assert [one for one in examine(library) if one.level == "problem"] == []
    if isinstance(place, Path):
        (kept,) = backup.backups(place)
        assert (kept.name.startswith("schema-3"), backup.inspect(kept).references) == (True, 1)


def test_undo_passes_over_what_was_purged_and_says_so(refs: Run) -> None:
    refs("add", "--title", "Walden", "--key", "walden")
    refs("add", "--title", "Cape Cod", "--key", "cape")
    refs("remove", "cape")
    refs("purge", "--yes")
    undone = refs("undo")
    assert undone.code == 0
    assert "passed over 3 (" in undone.err
    assert "undid 1 (" in undone.err
    assert refs("list").out == ""
    assert refs("redo").code == 0
    assert "walden" in refs("list").out
    refused = refs("undo", "3")
    assert (refused.code, "refs purge has wiped" in refused.err) == (4, True)
    assert "purged" in refs("history").out


def test_undo_passes_over_what_a_purged_batch_has_changed_since(library: Library) -> None:
    library.apply(lambda change: change.add(book("Cape Cod"), key="cape"))
    library.apply(lambda change: change.add(book("Walden"), key="walden", aliases=["old"]))
    library.apply(lambda change: change.remove(["walden"]))
    library.purge()
    assert library.apply(lambda change: (change.undo(), change.passed_over)) == (1, [3, 2])
    assert library.keys() == []


def test_when_only_what_was_purged_is_left_there_is_nothing_to_undo(library: Library) -> None:
    library.apply(lambda change: change.add(book("Walden"), key="walden"))
    library.apply(lambda change: change.remove(["walden"]))
    library.purge()
    with pytest.raises(NotFoundError, match="nothing to undo but what refs purge has wiped"):
        library.apply(lambda change: change.undo())


if __name__ == "__main__":
    DERIVED.write_text(json.dumps({"step": migrations.DERIVED, **derived()}, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(DERIVED.read_text("utf-8"))

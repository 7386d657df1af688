"""The library: what goes in stays, once, whatever happens around it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from refs import Added, Date, Library, Name, Reference, Source, Variant, sqlite
from refs.errors import ConflictError, NotFoundError, StorageError, UsageError
from refs.migrations import APPLICATION_ID, STEPS

ARTICLE = Reference(
    "article-journal",
    {
        "title": "Soviet Diplomacy and Intelligence",
        "author": (Name("Khristoforov", "V. S."),),
        "issued": Date(((2024, 1, 16),)),
        "DOI": "10.24833/2071-8160-2023-6-93-37-68",
    },
    variants={
        "title": (Variant("苏联为促进芬兰退出", "zh"),),
        "author": ((Variant((Name("Христофоров", "В. С."),), "ru")),),
    },
    identifiers={"openalex": "W1"},
    extra={"groups": "finland"},
    sources={"title": Source("crossref", "2026-11-22")},
)


@pytest.fixture
def in_file(tmp_path: Path) -> Library:
    return Library(tmp_path / "library.sqlite3")


def add(library: Library, reference: Reference, **options: str) -> Added:
    with library.change() as change:
        return change.add(reference, **options)


def test_a_reference_comes_back_as_it_went_in(library: Library) -> None:
    added = add(library, ARTICLE)
    stored = library.get(added.key)
    assert added.key == "khristoforov2024soviet"
    assert (stored.fields, stored.variants, stored.identifiers, stored.extra, stored.sources) == (
        ARTICLE.fields,
        ARTICLE.variants,
        ARTICLE.identifiers,
        ARTICLE.extra,
        ARTICLE.sources,
    )


def test_reading_creates_nothing(in_file: Library) -> None:
    assert in_file.rows() == []
    assert len(in_file) == 0
    assert list(in_file.path.parent.glob("library*")) == []


@pytest.mark.parametrize("doi", ["10.24833/2071-8160-2023-6-93-37-68", "10.24833/2071-8160-2023-6-93-37-68".upper()])
def test_the_same_doi_in_any_case_is_the_same_work(library: Library, doi: str) -> None:
    first = add(library, ARTICLE)
    again = add(library, Reference("book", {"title": "Other", "DOI": doi}))
    assert (again.key, again.new, len(library)) == (first.key, False, 1)


def test_two_chapters_of_one_book_are_two_works(library: Library) -> None:
    chapters = [Reference("chapter", {"title": title, "ISBN": "9783642331909"}) for title in ("One", "Two")]
    assert [add(library, chapter).new for chapter in chapters] == [True, True]


def test_articles_of_one_journal_are_different_works(library: Library) -> None:
    articles = [Reference("article-journal", {"title": title, "ISSN": "2071-8160"}) for title in ("One", "Two")]
    assert [add(library, article).new for article in articles] == [True, True]


def test_likely_duplicates_are_added_and_reported(library: Library) -> None:
    fields = {k: v for k, v in ARTICLE.fields.items() if k != "DOI"}
    first = add(library, ARTICLE)
    second = add(library, Reference("article-journal", fields))
    assert second.new
    assert second.likely == (first.key,)


def test_a_chosen_key_is_taken_or_refused(library: Library) -> None:
    assert add(library, ARTICLE, key="mine").key == "mine"
    with pytest.raises(ConflictError, match="mine"):
        add(library, Reference("book", {"title": "Another"}), key="mine")
    with pytest.raises(UsageError):
        add(library, Reference("book", {"title": "Another"}), key="a b")
    assert len(library) == 1


def test_an_imported_key_that_is_taken_gives_way(library: Library) -> None:
    add(library, ARTICLE, wanted="smith")
    second = add(library, Reference("book", {"title": "Another"}), wanted="smith")
    assert second.new
    assert second.key != "smith"
    assert sorted(library.keys()) == sorted(["smith", second.key])


def test_aliases_find_their_reference(library: Library) -> None:
    with library.change() as change:
        change.add(ARTICLE, wanted="new", aliases=["old"])
    assert library.get("old").text("DOI") == library.get("new").text("DOI")
    assert library.get("old").key == "old"


def test_unknown_keys_offer_the_nearest(library: Library) -> None:
    add(library, ARTICLE)
    with pytest.raises(NotFoundError, match="did you mean khristoforov2024soviet"):
        library.get("khristoforov2024")
    with pytest.raises(NotFoundError, match=r"no reference has the key 'zzz'$"):
        library.get("zzz")


@pytest.mark.parametrize(
    "words",
    ["khristoforov", "DIPLOMACY soviet", "христ", "khrist 2024", "芬兰", "10.24833", "intelligence  khristo"],
)
def test_words_are_found_in_any_case_and_script(library: Library, words: str) -> None:
    add(library, ARTICLE)
    assert [row.key for row in library.rows(words)] == ["khristoforov2024soviet"]


def test_accents_do_not_matter(library: Library) -> None:
    add(library, Reference("book", {"title": "Über alles", "author": (Name("Müller", "Ž."),)}))
    assert [len(library.rows(words)) for words in ("muller", "MÜLLER", "uber", "mueller")] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    "words", ["%x", "x_", "x'", "'; DROP TABLE reference; --", '"; DROP TABLE reference; --"', "khristoforov zzz"]
)
def test_words_are_data(library: Library, words: str) -> None:
    add(library, ARTICLE)
    assert library.rows(words) == []


def test_replacing_keeps_the_key_and_follows_the_identifiers(library: Library) -> None:
    key = add(library, ARTICLE).key
    with library.change() as change:
        change.replace(Reference("article-journal", {"title": "New", "DOI": "10.5555/new"}, key=key))
    assert library.get(key).text("title") == "New"
    assert library.find([Reference("book", {"DOI": "10.5555/NEW"}), ARTICLE]) == [key, None]


def test_replacing_with_another_works_doi_is_a_conflict(library: Library) -> None:
    key = add(library, ARTICLE).key
    other = add(library, Reference("book", {"title": "Other", "DOI": "10.5555/other"})).key
    with pytest.raises(ConflictError, match=key), library.change() as change:
        change.replace(Reference("book", {"title": "Other", "DOI": ARTICLE.text("DOI")}, key=other))
    assert library.get(other).text("DOI") == "10.5555/other"


def test_removing_is_all_or_nothing(library: Library) -> None:
    key = add(library, ARTICLE).key
    with pytest.raises(NotFoundError), library.change() as change:
        change.remove([key, "nothing"])
    assert len(library) == 1
    with library.change() as change:
        assert [reference.key for reference in change.remove([key])] == [key]
    assert len(library) == 0
    assert library.find([ARTICLE]) == [None]


def test_an_error_inside_a_change_leaves_nothing_behind(library: Library) -> None:
    def add_two_under_one_key() -> None:
        with library.change() as change:
            change.add(ARTICLE, key="mine")
            change.add(Reference("book", {"title": "Another"}), key="mine")

    with pytest.raises(ConflictError):
        add_two_under_one_key()
    assert len(library) == 0


def test_references_come_in_the_order_they_were_added(library: Library) -> None:
    keys = [add(library, Reference("book", {"title": title})).key for title in ("Zebra", "Ape", "Mole")]
    assert [reference.key for reference in library.references()] == keys
    assert [reference.key for reference in library.references([keys[2], keys[0], keys[2]])] == [keys[2], keys[0]]


def test_a_foreign_database_is_refused_untouched(in_file: Library) -> None:
    with sqlite3.connect(in_file.path) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()
    before = in_file.path.read_bytes()
    with pytest.raises(StorageError, match="not a refs library"):
        in_file.rows()
    with pytest.raises(StorageError, match="not a refs library"):
        add(in_file, ARTICLE)
    assert in_file.path.read_bytes() == before


def test_a_newer_schema_is_refused_untouched(in_file: Library) -> None:
    add(in_file, ARTICLE)
    with sqlite3.connect(in_file.path) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    db.close()
    before = in_file.path.read_bytes()
    for use in (in_file.rows, lambda: add(in_file, ARTICLE)):
        with pytest.raises(StorageError, match="newer refs"):
            use()
    assert in_file.path.read_bytes() == before


@pytest.mark.parametrize(
    "data", [b"not a database at all, but text that is long enough" * 40, b"SQLite format 3\0junk"]
)
def test_a_file_that_is_no_database_is_refused_untouched(in_file: Library, data: bytes) -> None:
    in_file.path.write_bytes(data)
    with pytest.raises(StorageError, match=str(in_file.path)):
        in_file.rows()
    assert in_file.path.read_bytes() == data


def test_the_file_says_what_it_is(in_file: Library) -> None:
    add(in_file, ARTICLE)
    assert int.from_bytes(in_file.path.read_bytes()[68:72], "big") == APPLICATION_ID


def test_a_full_disk_changes_nothing(in_file: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    add(in_file, ARTICLE)
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "max_page_count = 40"))
    with pytest.raises(StorageError, match="the disk is full"):
        add(in_file, Reference("book", {"title": "Long", "abstract": "x" * 200_000}))
    assert [row.key for row in in_file.rows()] == ["khristoforov2024soviet"]


READ_ONLY = """
import os, sys
from pathlib import Path
from refs import Library, Reference
from refs.errors import StorageError

def work(path):
    library = Library(path)
    print([row.key for row in library.rows()])
    try:
        with library.change() as change:
            change.add(Reference("book", {"title": "x"}))
    except StorageError as error:
        print(error)

work(Path(sys.argv[1]) / "rehearsal.sqlite3")  # imports everything while the interpreter's files can be read
if os.getuid() == 0:
    os.setuid(65534)  # root is not held by permissions
work(Path(sys.argv[2]))
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_read_only_library_is_read_and_refuses_changes(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        library = Library(Path(name) / "library.sqlite3")
        add(library, ARTICLE)
        library.path.with_name("library.sqlite3.lock").unlink()
        library.path.chmod(0o444)
        Path(name).chmod(0o555)
        command = [sys.executable, "-c", READ_ONLY, str(tmp_path), str(library.path)]
        result = subprocess.run(command, capture_output=True, text=True)
        Path(name).chmod(0o755)
        assert len(library) == 1
    assert result.stderr == ""
    _, listed, refused = result.stdout.splitlines()
    assert listed == "['khristoforov2024soviet']"
    assert refused == f"library {library.path}: permission denied"


def test_many_processes_write_at_once(in_file: Library) -> None:
    script = (
        "import sys; from pathlib import Path; from refs import Library, Reference\n"
        f"in_file = Library(Path({str(in_file.path)!r}))\n"
        "for n in range(10):\n"
        "    with in_file.change() as change:\n"
        "        change.add(Reference('book', {'title': 'The same title', 'DOI': f'10.5555/{sys.argv[1]}.{n}'}))\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(number)], stderr=subprocess.PIPE, text=True)
        for number in range(8)
    ]
    errors = [writer.communicate()[1] for writer in writers]
    said = [line for error in errors for line in error.splitlines() if "waiting for another refs" not in line]
    assert [said, len(in_file), len(set(in_file.keys()))] == [[], 80, 80]

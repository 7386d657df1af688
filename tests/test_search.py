"""Finding references in a library: the same ones in a file and on a server, and the same as the language means."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refs import Date, Library, Name, Reference
from refs.errors import NotFoundError, UsageError
from refs.matching import Record, matches
from refs.model import Variant
from refs.query import parse
from refs.search import settle
from refs.searchindex import misfit
from refs.stored import derive_all
from tests.postgres import own_database
from tests.test_query import random_queries


def book(key: str, title: str, author: str = "", year: int = 0, **fields: str) -> Reference:
    """Return a book with few fields."""
    given: dict[str, object] = {"title": title, **fields}
    given |= {"author": (Name(author),)} if author else {}
    given |= {"issued": Date(((year,),))} if year else {}
    return Reference("book", given, key=key)  # type: ignore[arg-type]


SHELF = (
    book("watson", "Molecular structure of nucleic acids", "Watson", 1953, DOI="10.1038/171737a0", volume="171"),
    book("wilkins", "Acids in molecules", "Wilkins", 1954, publisher="Watson & Sons", keyword="to read, acids"),
    book("voina", "Война и мир", "Толстой", 1869, keyword="to read"),
    book("su", "苏联的外交努力", "王", 2020, language="zh"),
    book("haddad", "تاريخ الحرب", "حداد", 2019),
    book("shalom", "שלום עולם", "כהן", 2001),
    book("sokrates", "Ἀπολογία Σωκράτους", "Πλάτων"),
    book("kana", "ひらがなとカタカナ", "山田", 1999),
    book("hangul", "한국어의 역사", "김", 2003),
    book("istanbul", "İstanbul'da Işık", "Yılmaz", 2010),
    book("strasse", "Die Straße der ﬁnanz", "Müller", 2011, keyword="Straße"),
    book("wide", "ＦＵＬＬ　ＷＩＤＴＨ １２", "Sørensen", 2012, note="acids too"),
    replace(book("mikhail", "Memoirs", "Михаил", 1990), variants={"title": (Variant("Воспоминания", "ru"),)}),
)


@pytest.fixture
def shelf(library: Library) -> Library:
    """Put references in every script into the library."""
    with library.change() as change:
        for one in SHELF:
            change.add(one, key=one.key)
    return library


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("acids", ["watson", "wilkins", "wide"]),
        ("acid molecul", ["watson", "wilkins"]),
        ('"nucleic acids"', ["watson"]),
        ('"acids nucleic"', []),
        ("ikhail", ["mikhail"]),
        ("*cids", ["watson", "wilkins", "wide"]),
        ("война", ["voina"]),
        ("ВОЙНА voina", ["voina"]),
        ("tolstoy", ["voina"]),
        ("воспом", ["mikhail"]),
        ("外交", ["su"]),
        ("交外", []),
        ("努力 王", ["su"]),
        ("حرب", ["haddad"]),
        ("الحرب", ["haddad"]),
        ("שלום", ["shalom"]),
        ("σωκρατους", ["sokrates"]),
        ("sokratous", ["sokrates"]),
        ("カタカナ", ["kana"]),
        ("ｶﾀｶﾅ", ["kana"]),
        ("hiragana", ["kana"]),
        ("국어", ["hangul"]),
        ("hangug", ["hangul"]),
        ("ISTANBUL", ["istanbul"]),
        ("istanbul isik yilmaz", ["istanbul"]),
        ("strasse", ["strasse"]),
        ("STRAẞE finanz muller", ["strasse"]),
        ("full width 12 sorensen", ["wide"]),
        ("author:watson", ["watson"]),
        ("publisher:watson", ["wilkins"]),
        ("author:watson OR publisher:watson", ["watson", "wilkins"]),
        ("acids -author:watson", ["wilkins", "wide"]),
        ("acids NOT publisher:watson", ["watson", "wide"]),
        ("year:1950..1959", ["watson", "wilkins"]),
        ("year:<1900", ["voina"]),
        ("year:>=2019 OR year:..1900", ["haddad", "su", "voina"]),
        ('tag:"to read"', ["voina", "wilkins"]),
        ("tag:read", []),
        ("tag:to*", ["voina", "wilkins"]),
        ("tag:strasse", ["strasse"]),
        ("has:doi", ["watson"]),
        ("has:keyword no:year", []),
        ("no:year", ["sokrates"]),
        ("language:zh", ["su"]),
        ("volume:171", ["watson"]),
        ("volume:17", ["watson"]),
        ("DOI:10.1038/171737a0", ["watson"]),
        ("https://doi.org/10.1038/171737a0", []),
        ("key:WAT", ["watson"]),
        ("key:at", ["watson", "sokrates"]),
        ("key:wi*", ["wide", "wilkins"]),
        ("type:bo acids", ["watson", "wilkins", "wide"]),
        ("type:article", []),
        ("added:>2020 acids", ["watson", "wilkins", "wide"]),
        ("added:<2020", []),
        ("zzz OR wilkins", ["wilkins"]),
    ],
)
def test_queries_find(shelf: Library, query: str, keys: list[str]) -> None:
    rows = [row.key for row in shelf.rows(query)]
    assert sorted(rows) == sorted(keys)


def test_the_best_come_first(library: Library) -> None:
    with library.change() as change:
        change.add(book("a", "Something else", "Doe", publisher="Walden Books"))
        change.add(book("b", "A life", "Walden"), key="b")
        change.add(book("c", "Walden", "Thoreau"), key="c")
    assert [row.title for row in library.rows("walden")] == ["Walden", "A life", "Something else"]
    assert [row.title for row in library.each_row("walden", reverse=True)] == ["Something else", "A life", "Walden"]


@pytest.mark.parametrize(
    ("sort", "keys"),
    [
        ("", ["haddad", "hangul", "istanbul"]),
        ("key", ["haddad", "hangul", "istanbul"]),
        ("year", ["voina", "watson", "wilkins"]),
        ("added", ["watson", "wilkins", "voina"]),
        ("author", ["strasse", "wide", "watson"]),
        ("title", ["wilkins", "strasse", "wide"]),
        ("relevance", ["haddad", "hangul", "istanbul"]),
    ],
)
def test_lists_have_an_order_and_an_end(shelf: Library, sort: str, keys: list[str]) -> None:
    assert [row.key for row in shelf.each_row("", sort, limit=3)] == keys
    assert {row.key for row in shelf.each_row("", sort, reverse=True)} == {one.key for one in SHELF}
    last = [row.key for row in shelf.each_row("", sort, reverse=True)][-1]
    assert last == ("sokrates" if sort == "year" else keys[0])


def test_the_first_of_an_order_are_those_of_the_whole_order(library: Library) -> None:
    chance = random.Random(4)  # noqa: S311
    titles = ["".join(chance.choices("aAÄbßж王 e\u0301", k=chance.randint(0, 12))) for _ in range(600)]
    with library.change() as change:
        for number, title in enumerate(titles):
            change.add(book(f"key{number}", title, title[::-1].strip()), key=f"key{number}")
    for sort, reverse in product(("title", "author"), (False, True)):
        whole = [row.key for row in library.each_row("", sort, reverse=reverse)]
        assert len(whole) == len(titles)
        for limit in (1, 7, 150, 350, 399, 400, 550, 600, 601):
            assert [row.key for row in library.each_row("", sort, reverse=reverse, limit=limit)] == whole[:limit]


@pytest.mark.parametrize("sort", ["", "key", "year", "title", "relevance"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_page_is_filled_from_behind_many_that_only_seem_to_match(library: Library, sort: str, reverse: bool) -> None:
    with library.change() as change:
        for number in range(40):
            own = "Wiley press" if number in (17, 38) else "Wiley"
            one = book(f"b{number:02}", f"The press, part {number}", year=1900 + number, publisher=own, note="press")
            change.add(one, key=one.key)

    def found(limit: int = 0) -> list[str]:
        return [row.key for row in library.each_row("publisher:press", sort, reverse=reverse, limit=limit)]

    whole = found()
    assert sorted(whole) == ["b17", "b38"]
    for limit in (1, 2, 3):
        assert found(limit) == whole[:limit]


def test_the_index_follows_every_change(shelf: Library) -> None:
    def found(query: str) -> list[str]:
        return [row.key for row in shelf.rows(query)]

    with shelf.change() as change:
        change.replace(book("watson", "Proteins", "Watson", 1960))
    assert (found("nucleic"), found("proteins"), found("year:1953")) == ([], ["watson"], [])
    shelf.apply(lambda change: change.undo())
    assert (found("nucleic"), found("proteins"), found("year:1953")) == (["watson"], [], ["watson"])
    with shelf.change() as change:
        change.rename("watson", "crick")
        change.remove(["voina"])
    assert (found("key:crick"), found("nucleic"), found("tolstoy")) == (["crick"], ["crick"], [])
    shelf.apply(lambda change: change.undo())
    assert (found("nucleic"), found("tolstoy")) == (["watson"], ["voina"])


def test_the_index_can_be_built_again(shelf: Library) -> None:
    before = {query: [row.key for row in shelf.rows(query)] for query in ("acids", "外交", "ikhail", "tag:to*")}
    with shelf.engine.writing() as transaction:
        db = transaction.db
        db.run("UPDATE reference SET doc = -doc WHERE library = :library")
        assert misfit(db) == len(SHELF)
        assert derive_all(db) == len(SHELF)
        assert misfit(db) == 0
        transaction.changed = True
    assert {query: [row.key for row in shelf.rows(query)] for query in before} == before


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_an_older_refs_stored_is_indexed_at_the_first_change(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from refs import migrations, postgres
    from refs.stored import dump

    place = tmp_path / "old.sqlite3" if engine == "sqlite" else own_database(request.getfixturevalue("server"), "older")
    library = Library(place, "test")
    values = "'Watson', 1953, 'Acids', 'acids', '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z', 1, 'acids'"
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", migrations.STEPS[:2])
        patch.setattr(postgres, "SCHEMA_STEPS", postgres.SCHEMA_STEPS[:1])
        with library.engine.writing() as transaction:
            columns = "library, id, key, type, creators, year, title, likeness, added, changed, rev, folded, item"
            sql = f"INSERT INTO reference ({columns}) VALUES (:library, 1, 'watson', 'book', {values}, :item)"  # noqa: S608
            transaction.db.run(sql, item=dump(SHELF[0]))
            transaction.changed = True
    with library.change() as change:
        change.add(book("other", "Another"), key="other")
    assert [row.key for row in library.rows("nucleic acids")] == ["watson"]


def test_purging_wipes_the_words_too(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.sqlite3", "test")
    with library.change() as change:
        change.add(book("secret", "Xylophone"), key="secret")
        change.add(book("other", "Another"), key="other")
    with library.change() as change:
        change.remove(["secret"])
    assert b"xylophone" in library.path.read_bytes()
    library.purge()
    assert b"xylophone" not in library.path.read_bytes().lower()
    assert [row.key for row in library.rows("another")] == ["other"]


def test_random_queries_show_no_error_of_a_database(shelf: Library) -> None:
    answers = {"found": 0, "refused": 0}
    for text in random_queries(600, seed=7):
        try:
            list(shelf.each_row(text, limit=5))
            answers["found"] += 1
        except (UsageError, NotFoundError):
            answers["refused"] += 1
    assert min(answers.values()) > 50


LEAVES = [
    "acids", "acid", '"nucleic acids"', "*cid", "ikhail", "外交", "author:watson", "title:acids", "publisher:watson",
    "language:zh", "tag:acids", 'tag:"to read"', "has:doi", "no:author", "year:1953", "year:>2000", "key:wi*", "key:a",
    "type:book", "added:>2030", "volume:171", "note:too", "journal:x", "w", "zzz", "issued:1953", "author:zzz",
]  # fmt: skip


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return queries made of queries."""
    return st.one_of(
        parts.map(lambda one: f"NOT ({one})"),
        st.lists(parts, min_size=2, max_size=3).map(lambda some: f"({' '.join(some)})"),
        st.lists(parts, min_size=2, max_size=3).map(lambda some: f"({' OR '.join(some)})"),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.recursive(st.sampled_from(LEAVES), joined, max_leaves=6))
def test_what_is_found_is_what_the_query_means(shelf: Library, query: str) -> None:
    with shelf.reading() as db:
        assert db is not None
        asked = settle(db, parse(query))
    meant = {one.key for one in SHELF if matches(asked, Record(0, "2026-01-01", "2026-01-01", one))}
    assert {row.key for row in shelf.rows(query)} == meant


def test_collections_stand_in_queries(shelf: Library) -> None:
    from refs.actions import collecting

    collecting.save(shelf, "acid", "acids year:<2000")
    assert collecting.gather(shelf, "my list", ["voina", "watson"]) == 2
    both = shelf.rows('collection:acid OR collection:"my list"')
    assert sorted(row.key for row in both) == ["voina", "watson", "wilkins"]
    assert [row.key for row in shelf.rows('collection:acid NOT collection:"my list"')] == ["wilkins"]
    assert [(one.name, one.count) for one in collecting.collections(shelf)] == [("acid", 2), ("my list", 2)]
    with shelf.change() as change:
        change.rename("voina", "war")
    assert [row.key for row in shelf.rows('collection:"my list" tolstoy')] == ["war"]
    with pytest.raises(NotFoundError, match="did you mean acid"):
        shelf.rows("collection:acids")
    collecting.save(shelf, "round", "collection:acid")
    collecting.save(shelf, "acid", "collection:round")
    with pytest.raises(UsageError, match="defined by itself"):
        shelf.rows("collection:round")
    collecting.drop(shelf, "my list")
    assert "my list" not in shelf.facts("collection")
    shelf.apply(lambda change: change.undo())
    assert "my list" in shelf.facts("collection")

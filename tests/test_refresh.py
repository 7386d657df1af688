"""Asking again: what registries corrected is taken over, what the person set stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from refs import Date, Library, Reference, Source
from refs.actions.refresh import Interrupted, refresh
from refs.errors import NotFoundError, RefsError, ServiceError
from refs.identifiers import Identifier, parse_any

CROSSREF, USER, FILE = Source("crossref", "2020-01-01"), Source("user", "2021-01-01"), Source("my.bib:3")
STORED = Reference(
    "article-journal",
    {"title": "Old title", "volume": "1", "page": "5", "DOI": "10.5555/x", "note": "mine", "issued": Date(((2019,),))},
    sources={"title": CROSSREF, "volume": USER, "page": FILE, "issued": CROSSREF},
)
NEWS = Reference(
    "article-journal",
    {"title": "New title", "volume": "2", "page": "6", "DOI": "10.5555/x", "issued": Date(((2019,),)), "issue": "4"},
    sources=dict.fromkeys(("title", "volume", "page", "issued", "issue"), Source("crossref", "2026-01-01")),
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library.sqlite3")
    with library.change() as change:
        change.add(STORED, key="x")
    return library


def news(identifiers: Sequence[str]) -> list[Reference | RefsError]:
    assert list(identifiers) == ["doi:10.5555/x"]
    return [NEWS]


@pytest.mark.parametrize(("imported", "page"), [(False, "5"), (True, "6")])
def test_only_what_is_not_the_users_changes(library: Library, imported: bool, page: str) -> None:
    (result,) = refresh(library, ["x"], news, imported=imported)
    fields = library.get("x").fields
    values = [fields[name] for name in ("title", "volume", "page", "issue", "note")]
    assert values == ["New title", "1", page, "4", "mine"]
    assert {change.field: change.kept for change in result.changes} == {
        "title": False,
        "volume": True,
        "page": not imported,
        "issue": False,
    }
    assert library.get("x").sources["title"].date == "2026-01-01"


def test_a_dry_run_stores_nothing(library: Library) -> None:
    (result,) = refresh(library, (), news, dry=True)
    assert len(result.changes) == 4
    assert library.get("x").fields == STORED.fields


def test_a_failed_answer_changes_nothing(library: Library) -> None:
    (result,) = refresh(library, (), lambda _: [ServiceError("down")])
    assert (str(result.error), library.get("x").fields) == ("down", STORED.fields)


def test_a_reference_without_an_identifier_is_named(library: Library) -> None:
    with library.change() as change:
        change.add(Reference("book", {"title": "Walden"}), key="walden")
    with pytest.raises(NotFoundError, match="walden has no identifier"):
        refresh(library, ["walden"], news)


@pytest.mark.parametrize("scheme", ["dblp", "openalex", "github", "hdl", "urn"])
def test_a_work_without_a_doi_is_asked_for_by_what_it_has(library: Library, scheme: str) -> None:
    value = {"hdl": "1721.1/1", "urn": "urn:nbn:de:1", "github": "owner/name", "dblp": "conf/x/Y21"}.get(scheme, "W1")
    with library.change() as change:
        change.add(Reference(fields={"title": "Other"}, identifiers={scheme: value}), key="other")
    asked: list[str] = []

    def ask(identifiers: Sequence[str]) -> list[Reference | RefsError]:
        asked.extend(identifiers)
        return [Reference(fields={"title": "Other"})]

    refresh(library, ["other"], ask)
    assert [parse_any(text) for text in asked] == [Identifier(scheme, value)]


def test_what_changed_while_registries_were_asked_stays(library: Library) -> None:
    def ask(identifiers: Sequence[str]) -> list[Reference | RefsError]:
        with library.change() as change:
            mine = {**STORED.fields, "title": "Mine"}
            change.replace(replace(STORED, key="x", fields=mine, sources={**STORED.sources, "title": USER}))
        return [NEWS]

    refresh(library, ["x"], ask)
    assert [library.get("x").text(name) for name in ("title", "issue")] == ["Mine", "4"]


def test_an_interrupt_keeps_what_was_answered_before_it(library: Library) -> None:
    with library.change() as change:
        change.add(Reference("book", {"title": "Other", "DOI": "10.5555/y"}), key="y")

    def ask(identifiers: Sequence[str]) -> Iterator[Reference | RefsError]:
        yield NEWS
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        refresh(library, ["x", "y"], ask)
    assert [result.key for result in caught.value.results] == ["x"]
    assert library.get("x").text("title") == "New title"


def test_pages_and_journals_are_asked_again_by_what_they_were_found_by(tmp_path: Path) -> None:
    host = Source("example.org", "2020-01-01")
    page = Reference("webpage", {"title": "Old", "URL": "https://example.org/a"}, sources={"title": host, "URL": host})
    typed = Reference("webpage", {"title": "Typed", "URL": "https://example.org/b"}, sources={"title": USER})
    journal = Reference("periodical", {"title": "Nature", "ISSN": "0028-0836 1476-4687"}, sources={"title": CROSSREF})
    library = Library(tmp_path / "library.sqlite3")
    with library.change() as change:
        for key, reference in (("page", page), ("typed", typed), ("journal", journal)):
            change.add(reference, key=key)

    def ask(identifiers: Sequence[str]) -> list[Reference | RefsError]:
        assert list(identifiers) == ["https://example.org/a", "issn:0028-0836"]
        new = replace(page, fields={**page.fields, "title": "New"}, sources=dict.fromkeys(page.fields, host))
        return [new, journal]

    refresh(library, [], ask)
    assert library.get("page").text("title") == "New"

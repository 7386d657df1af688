"""Finding references by their words: the evidence for each candidate, and when one is taken alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from refs.errors import NotFoundError, ServiceError, UsageError
from refs.model import Date, Name, Reference, Value, Variant
from resolver import Resolver
from resolver.search import compare
from tests import resolver_stub as stubs
from tests.resolver_stub import StubServer, stub
from tests.running import Run

PASTED = "Doe, J., & Roe, R. (1987). On the migration of paper boats. Journal of Ponds, 12(3), 45-67."
BOATS = {
    "title": ["On the Migration of Paper Boats"],
    "author": [{"family": "Doe", "given": "Jane"}, {"family": "Roe", "given": "Richard"}],
    "issued": {"date-parts": [[1987]]},
    "container-title": ["Journal of Ponds"],
    "volume": "12",
    "issue": "3",
    "page": "45-67",
    "type": "journal-article",
}


def reference(**changes: Value) -> Reference:
    fields: dict[str, Value] = {
        "title": "On the Migration of Paper Boats",
        "author": (Name("Doe", "Jane"), Name("Roe", "Richard")),
        "issued": Date(((1987,),)),
        "container-title": "Journal of Ponds",
        "volume": "12",
        "issue": "3",
        "page": "45-67",
        "DOI": "10.5555/boats",
    }
    return Reference("article-journal", {**fields, **changes})


@pytest.fixture
def server() -> Iterator[StubServer]:
    with stub() as running:
        yield running


@pytest.fixture
def resolver(server: StubServer) -> Iterator[Resolver]:
    with Resolver(mirror=server.mirror) as made:
        yield made


def works(*rows: Mapping[str, object]) -> stubs.Reply:
    """Return Crossref's answer to a search."""
    items = [{"DOI": f"10.5555/{i}", **BOATS, **row} for i, row in enumerate(rows)]
    return stubs.as_json({"status": "ok", "message": {"items": items}})


@pytest.mark.parametrize(
    "words",
    [
        PASTED,
        "Doe J, Roe R. On the migration of paper boats. J Ponds. 1987;12(3):45-67.",
        "[7] J. Doe and R. Roe, \u201cOn the migration of paper boats,\u201d J. Ponds, vol. 12, 1987.",
        "DOE, Jane; ROE, Richard. On the Migraton of Paper Boats. 1988",
        "doe on the migration of paper boats 1987",
    ],
)
def test_a_pasted_reference_agrees(words: str) -> None:
    assert compare(words, reference()).agrees


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("Roe, R. On the migration of paper boats. 1987", {}),
        ("Doe, J. On the migration of paper boats. 1991", {}),
        ("Doe, J. On the migration of paper boats.", {}),
        ("Doe, J. (1987). On the migration of paper planes. Journal of Ponds.", {}),
        (PASTED, {"title": "Erratum: On the Migration of Paper Boats"}),
        (PASTED, {"title": "On the Migration of Paper Boats. II"}),
        (PASTED, {"title": "Paper Boats"}),
        (PASTED, {"title": "Boats"}),
        (PASTED, {"author": ()}),
        ("Doe paper boats 1987", {}),
    ],
)
def test_what_differs_in_one_thing_does_not_agree(words: str, changes: dict[str, Value]) -> None:
    assert not compare(words, reference(**changes)).agrees


def test_a_year_in_the_title_is_no_year_of_publication() -> None:
    named = reference(title="The Boats of 1987: A Chronicle of Ponds", issued=Date(((1994,),)))
    candidate = compare("Doe, The boats of 1987: a chronicle of ponds", named)
    assert (candidate.title, candidate.year) == (1.0, None)


def test_other_languages_and_scripts_count() -> None:
    variants = {
        "title": (Variant("О миграции бумажных корабликов", "ru", "original"),),
        "author": (Variant((Name("Доу", "Джейн"),), "ru", "original"),),
    }
    found = Reference("article-journal", reference().fields, variants=variants)
    assert compare("Доу Д. О миграции бумажных корабликов // Пруды. 1987. Т. 12.", found).agrees


def test_a_preprint_is_never_taken_alone() -> None:
    assert not compare(PASTED, Reference("article", reference().fields)).agrees


def test_one_that_agrees_is_accepted_and_ends_the_search(server: StubServer, resolver: Resolver) -> None:
    server.add("/api.crossref.org/works", works({"title": ["Ponds"], "type": "component"}, {}))
    found = resolver.search(PASTED)
    assert found.accepted is not None
    assert found.accepted.reference.text("DOI") == "10.5555/1"
    assert found.candidates[0] == found.accepted
    assert len(server.seen) == 1


def test_two_that_agree_are_a_question(server: StubServer, resolver: Resolver) -> None:
    server.add("/api.crossref.org/works", works({}, {}))
    found = resolver.search(PASTED)
    assert (len(found.candidates), found.accepted) == (2, None)


def test_other_services_are_asked_when_none_agrees(server: StubServer, resolver: Resolver) -> None:
    server.add("/api.crossref.org/works", works({"title": ["Other boats of paper"]}))
    row = {
        "id": "https://openalex.org/W7",
        "display_name": "On the Migration of Paper Boats",
        "publication_year": 1987,
        "type": "article",
        "authorships": [{"author": {"display_name": "Jane Doe"}}],
    }
    server.add("/api.openalex.org/works", stubs.as_json({"results": [row]}))
    found = resolver.search(PASTED)
    assert [one.service for one in found.candidates] == ["openalex", "crossref"]


def test_a_service_that_is_away_is_told(server: StubServer, resolver: Resolver) -> None:
    server.add("/api.crossref.org/works", works({"issued": {"date-parts": [[1900]]}}))
    server.add("/api.datacite.org/dois", (403, {}, b"<html>"))
    found = resolver.search(PASTED)
    assert len(found.candidates) == 1
    assert found.notices[0].startswith("api.datacite.org answered 403")


def test_nothing_is_not_found(resolver: Resolver) -> None:
    with pytest.raises(NotFoundError, match="asked crossref, datacite, openalex"):
        resolver.search(PASTED)


def test_nobody_to_ask_is_a_service_error(server: StubServer, resolver: Resolver) -> None:
    for path in ("/api.crossref.org/works", "/api.datacite.org/dois", "/api.openalex.org/works"):
        server.add(path, (200, {}, b"<html>sign in</html>"))
    with pytest.raises(ServiceError, match=r"api\.crossref\.org sent a web page"):
        resolver.search(PASTED)


@pytest.mark.parametrize("words", ["", "x", "...", "a"])
def test_too_few_words_ask_nobody(server: StubServer, resolver: Resolver, words: str) -> None:
    with pytest.raises(UsageError):
        resolver.search(words)
    assert server.seen == []


@pytest.fixture
def ponds(server: StubServer, monkeypatch: pytest.MonkeyPatch) -> StubServer:
    """Let the command line ask a registry that has two works about paper boats."""
    monkeypatch.setenv("REFS_MIRROR", server.mirror)
    second = {"title": ["Paper boats and their owners"], "issued": {"date-parts": [[2001]]}}
    server.add("/api.crossref.org/works", works({}, second))
    server.add("/api.crossref.org/works/10.5555/0", stubs.work("10.5555/0", **BOATS))
    server.add("/api.crossref.org/works/10.5555/1", stubs.work("10.5555/1", **{**BOATS, **second}))
    return server


def test_the_one_that_agrees_is_added(refs: Run, ponds: StubServer) -> None:
    result = refs("find", PASTED)
    assert (result.code, result.out) == (0, "doe1987migration\n")
    assert "title 100%, first author agrees, year agrees" in result.err


def test_in_a_pipe_the_candidates_are_listed(refs: Run, ponds: StubServer) -> None:
    result = refs("find", "paper", "boats")
    assert result.code == 1
    assert [line[:2] for line in result.out.splitlines() if line[0] != " "] == ["1.", "2."]
    assert result.err == "refs: none was added: --add N takes one of them\n"
    assert refs("list").out == ""


def test_a_candidate_is_added_by_its_number(refs: Run, ponds: StubServer) -> None:
    listed = refs("find", "paper", "boats", "--dry-run").out
    number = 1 + listed.index("owners") // (listed.index("2.") or 1)
    result = refs("find", "paper boats", "--add", str(number))
    assert (result.code, result.out) == (0, "doe2001paper\n")
    assert refs("find", "paper boats", "--add", "9").code == 2


def test_candidates_are_printed_as_json(refs: Run, ponds: StubServer) -> None:
    rows = [json.loads(line) for line in refs("find", PASTED, "--json").out.splitlines()]
    assert [row["reference"]["DOI"] for row in rows] == ["10.5555/0", "10.5555/1"]
    assert (rows[0]["title"], rows[0]["author"], rows[0]["year"]) == (1.0, True, True)
    assert refs("list").out == ""


def test_a_reference_on_standard_input_is_found(refs: Run, ponds: StubServer) -> None:
    assert refs("find", "-", stdin=PASTED.replace(". ", ".\n")).code == 0


def test_a_title_given_to_add_is_told_how_to_find_it(refs: Run) -> None:
    assert "refs find" in refs("add", "On the migration of paper boats").err

"""Stubs of what no registry could be asked for: how they are kept, cited, and filled in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest

from refs import Library, Reference, Source
from refs.actions import pending
from refs.actions.add import Asked, Resolved, add_identifiers, read_identifier
from refs.actions.refresh import refresh
from refs.errors import NotRegistered, RefsError, ServiceError, Unreachable
from refs.identifiers import parse_any
from refs.text import plain
from resolver import Resolution, Resolver, Timeouts
from tests import resolver_stub as stubs
from tests.resolver_stub import stub
from tests.running import Run

DOI = "10.5555/wait"
AWAY = Unreachable("api.crossref.org cannot be reached")
WORK = Reference("article-journal", {"title": "Found", "DOI": DOI}, sources={"title": Source("crossref", "2026-01-01")})


def asked(*texts: str) -> list[Asked | RefsError]:
    return [read_identifier(text) for text in texts]


def nobody(asked: Sequence[Asked]) -> Iterable[Resolved | RefsError]:
    return [AWAY for _ in asked]


def somebody(*answers: Reference | RefsError) -> Callable[[Sequence[Asked]], Iterable[Resolved | RefsError]]:
    return lambda asked: [
        one if isinstance(one, RefsError) else Resolution(one, known.identifier)
        for one, known in zip(answers, asked, strict=True)
    ]


def test_what_cannot_be_asked_for_is_kept_with_the_error(library: Library) -> None:
    (outcome,) = add_identifiers(library, asked(DOI), nobody)
    assert outcome.error is AWAY
    assert outcome.added
    stored = library.get(outcome.added.key)
    assert (stored.text("DOI"), plain(stored.text("title"))) == (DOI, "[10.5555/wait, not yet resolved]")
    assert pending.is_pending(stored)
    assert stored.key == DOI


def test_what_is_to_wait_is_kept_without_an_error(library: Library) -> None:
    (outcome,) = add_identifiers(library, asked(DOI), nobody, "mine", later=True)
    assert outcome.error is None
    assert library.get("mine").extra[pending.MARK] == DOI


@pytest.mark.parametrize("error", [NotRegistered("no such DOI"), ServiceError("api.crossref.org answered 500")])
@pytest.mark.parametrize("later", [True, False])
def test_what_a_registry_answered_is_no_stub(library: Library, error: RefsError, later: bool) -> None:
    (outcome,) = add_identifiers(library, asked(DOI), somebody(error), later=later)
    assert (outcome.error, outcome.added, len(library)) == (error, None, 0)


def test_a_stub_is_not_kept_twice(library: Library) -> None:
    for text in (
        DOI,
        "https://example.org/page",
        DOI,
        "https://example.org/page",
        "10.1000/isbn",
        "isbn:9780306406157",
    ):
        add_identifiers(library, asked(text), nobody)
    assert len(library) == 4
    first, again = add_identifiers(library, asked("10.5555/two", "doi:10.5555/TWO"), nobody, later=True)
    assert first.added
    assert again.added
    assert (first.added.new, again.added.new) == (True, False)


def test_adding_it_again_fills_a_stub_in(library: Library) -> None:
    add_identifiers(library, asked(DOI), nobody, "mine")
    (outcome,) = add_identifiers(library, asked(DOI), somebody(WORK))
    assert outcome.added
    assert outcome.added.key == "mine"
    assert library.get("mine") == replace(WORK, key="mine")


def test_adding_a_journal_again_fills_its_stub_in(library: Library) -> None:
    journal = Reference("periodical", {"title": "Nature Communications", "ISSN": "2041-1723"})
    for _ in range(2):
        add_identifiers(library, asked("2041-1723"), nobody)
    add_identifiers(library, asked("2041-1723"), somebody(journal))
    assert [one.fields for one in library.references()] == [journal.fields]


def test_filling_in_keeps_the_key_and_what_the_person_set(library: Library) -> None:
    add_identifiers(library, asked(DOI), nobody, "mine")
    with library.change() as change:
        stored = library.get("mine")
        mine = {**stored.fields, "keyword": "urgent", "note": "mine"}
        change.replace(replace(stored, fields=mine, sources={**stored.sources, "note": Source("user")}))
        change.add_aliases("mine", ["other"])
    (result,) = pending.fill_in(library, lambda texts: [WORK])
    assert (result.key, result.same, result.error) == ("mine", "", None)
    found = library.get("other")
    assert found.fields == {"title": "Found", "DOI": DOI, "keyword": "urgent", "note": "mine"}
    assert found.sources["note"].name == "user"
    assert not pending.is_pending(found)
    assert pending.fill_in(library, lambda texts: [WORK]) == []


def test_filling_in_is_one_batch_that_can_be_undone(library: Library) -> None:
    add_identifiers(library, asked(DOI, "10.5555/b"), nobody)
    before = library.references()
    other = replace(WORK, fields={"title": "Other", "DOI": "10.5555/b"})
    pending.fill_in(library, lambda texts: [WORK, other])
    with library.change() as change:
        change.undo()
    assert library.references() == before


def test_a_stub_of_a_stored_work_becomes_its_alias(library: Library) -> None:
    with library.change() as change:
        change.add(WORK, key="stored")
    add_identifiers(library, asked("pmid:14624247"), nobody, "waiting")
    with library.change() as change:
        change.add_aliases("waiting", ["alias"])
    (result,) = pending.fill_in(library, lambda texts: [replace(WORK, fields={**WORK.fields, "PMID": "14624247"})])
    assert result.same == "stored"
    assert [one.key for one in library.references()] == ["stored"]
    assert library.aliases("stored") == dict.fromkeys(("alias", "pmid:14624247", "waiting"), "stored")


def test_a_stub_without_an_answer_stays_and_says_why(library: Library) -> None:
    add_identifiers(library, asked(DOI, "10.5555/none"), nobody)
    gone = NotRegistered("10.5555/none is not registered")
    results = pending.fill_in(library, lambda texts: [WORK, gone])
    assert {result.key: result.error for result in results} == {DOI: None, "10.5555/none": gone}
    assert [one.key for one in library.references() if pending.is_pending(one)] == ["10.5555/none"]


def test_an_interrupt_keeps_what_was_filled_in(library: Library) -> None:
    add_identifiers(library, asked(DOI, "10.5555/b"), nobody)

    def ask(texts: Sequence[str]) -> Iterable[Reference | RefsError]:
        yield WORK
        raise KeyboardInterrupt

    with pytest.raises(pending.Interrupted) as caught:
        pending.fill_in(library, ask)
    assert [result.key for result in caught.value.results] == [DOI]
    assert not pending.is_pending(library.get(DOI))


def test_refresh_fills_stubs_in(library: Library) -> None:
    add_identifiers(library, asked(DOI), nobody, "mine")
    (result,) = refresh(library, ["mine"], lambda texts: [WORK] if list(texts) == [DOI] else [])
    assert {change.field for change in result.changes} == {"title"}
    assert library.get("mine") == replace(WORK, key="mine")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10.1000/x", "10.1000/x"),
        ("arXiv:1706.03762", "arxiv:1706.03762"),
        ("978-0-306-40615-7", "isbn:9780306406157"),
        ("https://example.org/a", "https://example.org/a"),
        (
            "10.1002/(SICI)1097-0258(1998)17:15<1::AID-S1>3.0.CO;2-2",
            "10.1002/(sici)1097-0258(1998)17:15<1::aid-s1>3.0.co;2-2",
        ),
    ],
)
def test_a_stub_says_what_it_is(text: str, shown: str) -> None:
    made = pending.stub(parse_any(text), text)
    assert plain(made.text("title")) == f"[{shown}, not yet resolved]"
    assert made.extra == {"pending": text}


def test_no_network_is_told_from_a_bad_answer() -> None:
    with stub() as server:
        mirror = server.mirror
        server.add("/api.crossref.org/works/10.5555/bad", (500, {}, b""))
        with (
            Resolver(mirror=mirror, mailto="", timeouts=Timeouts(total=0.5)) as resolver,
            pytest.raises(ServiceError) as bad,
        ):
            resolver.resolve("10.5555/bad")
    assert not isinstance(bad.value, Unreachable)
    with Resolver(mirror=mirror, mailto="", timeouts=Timeouts(total=0.5)) as resolver:
        for _ in range(3):
            with pytest.raises(Unreachable):
                resolver.resolve("10.5555/bad")
    with Resolver(offline=True) as resolver, pytest.raises(Unreachable):
        resolver.resolve("10.5555/bad")


def test_once_reached_a_network_is_there() -> None:
    with stub() as server:
        server.add("/api.crossref.org/works/10.5555/good", stubs.work("10.5555/good"))
        with Resolver(mirror=server.mirror, mailto="", timeouts=Timeouts(total=0.5)) as resolver:
            resolver.resolve("10.5555/good")
            server.shutdown()
            server.server_close()
            with pytest.raises(ServiceError) as error:
                resolver.resolve("10.5555/other")
    assert not isinstance(error.value, Unreachable)


def test_the_commands_keep_show_and_fill_in_stubs(refs: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = refs("add", DOI, "--later")
    assert (kept.code, kept.out) == (0, f"{DOI}\n")
    assert "kept for refs add --pending" in kept.err
    assert refs("list", "has:pending").out == f"{DOI}\t\t\t[{DOI}, not yet resolved]\n"
    assert json.loads(refs("list", "--json").out)["custom"]["extra"] == {"pending": DOI}
    for words in (("cite",), ("export",)):
        printed = refs(*words)
        assert f"[{DOI}, not yet resolved]" in printed.out
        assert f"not yet resolved: {DOI}" in printed.err
    offline = refs("add", "10.5555/other", "--offline")
    assert (offline.code, offline.out) == (6, "10.5555/other\n")
    with stub() as server:
        server.add(f"/api.crossref.org/works/{DOI}", stubs.work(DOI, title=["Found at last"]))
        monkeypatch.setenv("REFS_MIRROR", server.mirror)
        filled = refs("add", "--pending")
    assert (filled.code, filled.out) == (3, f"{DOI}\n")
    assert f"filled in {DOI}: Found at last" in filled.err
    assert "10.5555/other is not registered" in filled.err or "10.5555/other" in filled.err
    assert refs("add", "--pending", DOI).code == 2


@pytest.mark.parametrize("style", ["apa", "ieee", "nature", "chicago-notes-bibliography", "gost-r-7-0-5-2008"])
def test_a_style_prints_something_for_a_stub(style: str) -> None:
    from refs.actions.citing import processor

    made = replace(pending.stub(parse_any("10.1000/x")), key="x")
    assert "10.1000/x" in processor([made], style, "").write_bibliography("text")

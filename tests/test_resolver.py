"""From an identifier to a reference through a registry on loopback: the four outcomes, and what is kept."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from refs.errors import NoMetadata, NotAnIdentifier, NotRegistered, ServiceError
from resolver import Resolution, Resolver, Timeouts
from tests import resolver_stub as stubs
from tests.resolver_stub import StubServer, stub

CROSSREF = "/api.crossref.org/works/"
DATACITE = "/api.datacite.org/dois/"
AGENCY = "/doi.org/ra/"
GOOD = "10.5555/good"
QUICK = Timeouts(connect=1, read=0.4, total=1.0, patience=0.3)
PAGE: stubs.Reply = (200, {"Content-Type": "application/json"}, b"<html>Please sign in</html>")


@pytest.fixture
def server() -> Iterator[StubServer]:
    with stub() as running:
        running.add(CROSSREF + GOOD, stubs.work(GOOD, author=[{"family": "Doe", "given": "Jane"}]))
        yield running


@pytest.fixture
def resolver(server: StubServer) -> Iterator[Resolver]:
    with Resolver(mirror=server.mirror, mailto="", timeouts=QUICK) as used:
        yield used


def record(doi: str, title: str = "A dataset") -> stubs.Reply:
    attributes = {"doi": doi, "titles": [{"title": title}], "publicationYear": 2020, "state": "findable"}
    return stubs.as_json({"data": {"id": doi, "attributes": attributes}})


def test_a_crossref_doi_is_one_question(server: StubServer, resolver: Resolver) -> None:
    found = resolver.resolve("https://doi.org/10.5555/GOOD")
    assert found.reference.text("DOI") == GOOD
    assert [name.family for name in found.reference.names("author")] == ["Doe"]
    assert {source.name for source in found.reference.sources.values()} == {"crossref"}
    assert [(asked.service, asked.outcome) for asked in found.asked] == [("crossref", "found")]
    assert server.paths() == [CROSSREF + GOOD]


def test_an_unregistered_doi_is_not_registered(server: StubServer, resolver: Resolver) -> None:
    server.add(AGENCY + "10.5555/none", stubs.agency("10.5555/none", ""))
    with pytest.raises(NotRegistered, match=r"^10\.5555/none is not registered: doi\.org knows no such DOI$"):
        resolver.resolve("10.5555/none")


def test_what_is_no_identifier_asks_nobody(server: StubServer, resolver: Resolver) -> None:
    with pytest.raises(NotAnIdentifier):
        resolver.resolve("nonsense")
    assert server.seen == []


def test_a_datacite_doi_goes_to_datacite(server: StubServer, resolver: Resolver) -> None:
    server.add(AGENCY + "10.5555/data", stubs.agency("10.5555/data", "DataCite"))
    server.add(DATACITE + "10.5555/data", record("10.5555/data"))
    found = resolver.resolve("10.5555/data")
    assert found.reference.text("title") == "A dataset"
    assert [asked.service for asked in found.asked] == ["crossref", "doi.org", "datacite"]


@pytest.mark.parametrize("name", ["mEDRA", "OP", "KISTI", "SomeNewAgency"])
def test_other_agencies_are_asked_for_csl_json(server: StubServer, resolver: Resolver, name: str) -> None:
    item = {"type": "article-journal", "title": "Un <i>titolo</i>", "author": [{"literal": "Istituto"}]}
    server.add(AGENCY + "10.5555/other", stubs.agency("10.5555/other", name))
    server.add("/doi.org/10.5555/other", (302, {"Location": "https://data.example.org/10.5555%2Fother"}, b""))
    server.add("/data.example.org/10.5555/other", stubs.as_json({**item, "issued": {"date-parts": [["2009", "3"]]}}))
    found = resolver.resolve("10.5555/other").reference
    assert (found.type, found.text("title"), found.text("DOI")) == (
        "article-journal",
        "Un <i>titolo</i>",
        "10.5555/other",
    )
    assert [name.literal for name in found.names("author")] == ["Istituto"]
    assert found.year == 2009
    assert server.seen[-1][2]["Accept"] == "application/vnd.citationstyles.csl+json"


@pytest.mark.parametrize("name", ["CNKI", "ISTIC", "Airiti"])
def test_agencies_without_metadata_are_named(server: StubServer, resolver: Resolver, name: str) -> None:
    server.add(AGENCY + "10.5555/cn", stubs.agency("10.5555/cn", name))
    with pytest.raises(NoMetadata, match=f"registered with {name}, but no service gives its metadata"):
        resolver.resolve("10.5555/cn")


def test_a_crossref_that_is_away_does_not_keep_datacite_from_answering(server: StubServer, resolver: Resolver) -> None:
    server.add(CROSSREF + "10.5555/data", (403, {}, b""))
    server.add(AGENCY + "10.5555/data", stubs.agency("10.5555/data", "DataCite"))
    server.add(DATACITE + "10.5555/data", record("10.5555/data"))
    found = resolver.resolve("10.5555/data")
    assert found.reference.text("title") == "A dataset"
    assert "answered 403" in found.asked[0].outcome


def test_a_landing_page_is_no_metadata(server: StubServer, resolver: Resolver) -> None:
    server.add(AGENCY + "10.5555/page", stubs.agency("10.5555/page", "mEDRA"))
    server.add("/doi.org/10.5555/page", (302, {"Location": "https://publisher.example.org/it"}, b""))
    server.add("/publisher.example.org/it", PAGE)
    with pytest.raises(NoMetadata):
        resolver.resolve("10.5555/page")


def test_a_registered_doi_that_crossref_has_lost_is_no_metadata(server: StubServer, resolver: Resolver) -> None:
    server.add(AGENCY + "10.5555/lost", stubs.agency("10.5555/lost", "Crossref"))
    with pytest.raises(NoMetadata, match="registered with Crossref"):
        resolver.resolve("10.5555/lost")


def test_a_short_doi_is_made_long_first(server: StubServer, resolver: Resolver) -> None:
    alias = {"index": 1, "type": "HS_ALIAS", "data": {"format": "string", "value": "10.5555/GOOD"}}
    server.add("/doi.org/api/handles/10/abcde", stubs.as_json({"responseCode": 1, "values": [alias]}))
    assert resolver.resolve("https://doi.org/abcde").identifier.value == GOOD
    with pytest.raises(NotRegistered, match=r"10/zzzzz is not registered"):
        resolver.resolve("10/zzzzz")


def test_a_superseded_doi_is_followed_and_told(server: StubServer, resolver: Resolver) -> None:
    server.add(CROSSREF + "10.5555/old", (301, {"Location": "/works/10.5555%2Fgood"}, b""))
    found = resolver.resolve("10.5555/old")
    assert found.reference.text("DOI") == GOOD
    assert found.notices == ("10.5555/old was superseded: the record is that of 10.5555/good",)


def test_a_doi_that_really_ends_with_a_stop_is_found(server: StubServer, resolver: Resolver) -> None:
    server.add(CROSSREF + "10.5555/stop.", stubs.work("10.5555/stop."))
    server.add(AGENCY + "10.5555/stop", stubs.agency("10.5555/stop", ""))
    assert resolver.resolve("10.5555/stop.").reference.text("DOI") == "10.5555/stop."


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (PAGE, "a web page where JSON was due"),
        ((200, {}, b""), "nothing where JSON was due"),
        ((200, {}, b'{"message": {"DOI": "10.55'), "something that cannot be read"),
        ((200, {}, b"[" * 100_000), "something that cannot be read"),
        ((200, {}, b"\xff\xfe"), "something that cannot be read"),
        (stubs.as_json([1]), "JSON that is no record"),
        (stubs.as_json({"message": None}), "JSON that is no record"),
        (stubs.work("10.5555/not.what.you.asked"), "answered for another DOI"),
        (stubs.as_json({"message": {"title": ["x"]}}), "answered for another DOI"),
        ((403, {}, b"<html>"), "answered 403"),
        ((204, {}, b""), "answered 204"),
        ((302, {}, b""), "answered 302"),
        ((302, {"Location": "http://127.0.0.1:9/secret"}, b""), "insecure"),
        (stubs.hang, "sent nothing for|did not finish"),
        (stubs.huge, "more than 16 MiB"),
    ],
)
def test_an_answer_that_cannot_be_right_is_a_service_error(
    server: StubServer, resolver: Resolver, reply: stubs.Route, words: str
) -> None:
    server.add(CROSSREF + "10.5555/bad", reply)
    with pytest.raises(ServiceError, match=words) as caught:
        resolver.resolve("10.5555/bad")
    assert str(caught.value).startswith("10.5555/bad: api.crossref.org")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("reply", [PAGE, stubs.as_json({}), stubs.as_json([{"DOI": "10.5555/other", "RA": "OP"}])])
def test_an_agency_that_is_not_told_is_a_service_error(
    server: StubServer, resolver: Resolver, reply: stubs.Reply
) -> None:
    server.add(AGENCY + "10.5555/who", reply)
    with pytest.raises(ServiceError, match=r"^10\.5555/who: doi\.org"):
        resolver.resolve("10.5555/who")


def test_answers_are_cached_on_disk_and_serve_offline(server: StubServer, tmp_path: Path) -> None:
    for offline in (False, False, True):
        with Resolver(mirror=server.mirror, cache_dir=tmp_path, offline=offline) as resolver:
            assert resolver.resolve(GOOD).reference.text("title") == "A title"
    assert len(server.seen) == 1
    with Resolver(mirror=server.mirror, cache_dir=tmp_path, offline=True) as resolver:
        with pytest.raises(ServiceError, match="offline"):
            resolver.resolve("10.5555/unseen")
    assert len(server.seen) == 1


def test_an_old_answer_is_asked_for_again_by_its_etag(server: StubServer, tmp_path: Path) -> None:
    doi, etag = "10.5555/tagged", '"v1"'
    server.add(CROSSREF + doi, (200, {"ETag": etag}, stubs.work(doi)[2]), (304, {}, b""))
    for _ in range(2):
        with Resolver(mirror=server.mirror, cache_dir=tmp_path) as resolver:
            assert resolver.resolve(doi).reference.text("title") == "A title"
        with contextlib.closing(sqlite3.connect(tmp_path / "answers.sqlite3")) as connection, connection:
            connection.execute("UPDATE kept SET expires = 0")
    assert [headers.get("If-None-Match") for _, _, headers in server.seen] == [None, etag]


def test_a_mirror_never_fills_the_cache_of_the_registry(server: StubServer, tmp_path: Path) -> None:
    with Resolver(mirror=server.mirror, cache_dir=tmp_path) as resolver:
        resolver.resolve(GOOD)
    with Resolver(mirror="", cache_dir=tmp_path, offline=True) as resolver:
        with pytest.raises(ServiceError, match="offline"):
            resolver.resolve(GOOD)


def test_what_cannot_be_read_is_not_cached(server: StubServer, tmp_path: Path) -> None:
    server.add(CROSSREF + "10.5555/later", PAGE, stubs.work("10.5555/later"))
    with Resolver(mirror=server.mirror, cache_dir=tmp_path) as resolver:
        with pytest.raises(ServiceError):
            resolver.resolve("10.5555/later")
        assert resolver.resolve("10.5555/later").reference.text("DOI") == "10.5555/later"


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_a_broken_cache_is_never_fatal(server: StubServer, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "answers.sqlite3").write_bytes(content)
    with Resolver(mirror=server.mirror, cache_dir=tmp_path) as resolver:
        assert resolver.resolve(GOOD).reference.text("DOI") == GOOD
    with Resolver(mirror=server.mirror, cache_dir=tmp_path / "answers.sqlite3") as resolver:
        assert resolver.resolve(GOOD).reference.text("DOI") == GOOD


def test_many_are_asked_together_and_come_in_order(server: StubServer, resolver: Resolver) -> None:
    dois = [f"10.5555/n{i}" for i in range(9)]
    items = [{"DOI": doi, "type": "book", "title": [f"Title {doi}"]} for doi in reversed(dois[:7])]
    server.add("/api.crossref.org/works", stubs.as_json({"message": {"items": items}}))
    agencies = [{"DOI": dois[7], "status": "DOI does not exist"}, {"DOI": dois[8], "RA": "DataCite"}]
    server.add(AGENCY + ",".join(dois[7:]), stubs.as_json(agencies))
    server.add(AGENCY + dois[7], stubs.as_json(agencies[:1]))
    server.add(DATACITE + dois[8], record(dois[8]))
    texts = [*dois, "nonsense", dois[0].upper()]
    found = list(resolver.resolve_many(texts))
    assert [text for text, _ in found] == texts
    kinds = [type(result).__name__ for _, result in found]
    assert kinds == ["Resolution"] * 7 + ["NotRegistered", "Resolution", "NotAnIdentifier", "Resolution"]
    asked = {path.partition("?")[0] for path in server.paths()}
    assert asked == {
        "/api.crossref.org/works",
        AGENCY + ",".join(dois[7:]),
        CROSSREF + dois[7],
        AGENCY + dois[7],
        DATACITE + dois[8],
    }


def test_arxiv_numbers_and_pmids_are_asked_together_too(server: StubServer, resolver: Resolver) -> None:
    numbers = [f"2001.0000{i}" for i in range(5)]
    entry = "<entry><id>http://arxiv.org/abs/{0}v1</id><title>Paper {0}</title></entry>"
    feed = '<feed xmlns="http://www.w3.org/2005/Atom">' + "".join(map(entry.format, reversed(numbers))) + "</feed>"
    server.add("/export.arxiv.org/api/query", (200, {}, feed.encode()))
    article = (
        "<PubmedArticle><PMID>{0}</PMID><Article><ArticleTitle>Record {0}</ArticleTitle></Article></PubmedArticle>"
    )
    records = "<PubmedArticleSet>" + "".join(article.format(i) for i in range(1, 5)) + "</PubmedArticleSet>"
    server.add("/eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi", (200, {}, records.encode()))
    texts = [*(f"arXiv:{number}" for number in numbers), *(f"pmid:{i}" for i in range(1, 5))]
    found = [result for _, result in resolver.resolve_many(texts) if isinstance(result, Resolution)]
    assert [one.reference.text("title").split()[-1] for one in found] == [*numbers, "1", "2", "3", "4"]
    assert len(server.seen) == 2


def test_the_first_results_do_not_wait_for_the_last_batch(server: StubServer, resolver: Resolver) -> None:
    dois = [f"10.5555/n{i}" for i in range(450)]
    items = [{"DOI": doi, "type": "book", "title": [f"Title {doi}"]} for doi in dois[:100]]
    server.add("/api.crossref.org/works", stubs.as_json({"message": {"items": items}}))
    found = resolver.resolve_many(dois)
    assert [isinstance(next(found)[1], Resolution) for _ in range(100)] == [True] * 100
    assert isinstance(found, Generator)
    found.close()
    assert len([path for path in server.paths() if "filter=" in path]) < 5


def test_a_batch_that_fails_says_so_for_each(server: StubServer, resolver: Resolver) -> None:
    dois = [f"10.5555/n{i}" for i in range(6)]
    for path in ("/api.crossref.org/works", *(CROSSREF + doi for doi in dois)):
        server.add(path, (500, {}, b""))
    found = list(resolver.resolve_many(dois))
    assert all(isinstance(result, ServiceError) and str(result).startswith(text) for text, result in found)
    assert len(server.seen) < 20


def test_a_batch_that_is_too_big_is_asked_for_one_by_one(server: StubServer, resolver: Resolver) -> None:
    dois = [f"10.5555/n{i}" for i in range(4)]
    server.add("/api.crossref.org/works", stubs.huge)
    for doi in dois:
        server.add(CROSSREF + doi, stubs.work(doi))
    assert all(isinstance(result, Resolution) for _, result in resolver.resolve_many(dois))


def test_leaving_early_drops_the_rest(server: StubServer, resolver: Resolver) -> None:
    texts = [GOOD, *(f"pmid:{i}" for i in range(1, 200))]
    for text, _ in resolver.resolve_many(texts):
        assert text == GOOD
        break
    assert len(server.seen) < 20


def test_importing_the_resolver_is_cheap() -> None:
    import subprocess
    import sys

    code = "import sys, resolver; print([m for m in ('requests', 'xml.etree.ElementTree', 'html') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_a_book_is_looked_for_in_turn(server: StubServer, resolver: Resolver) -> None:
    book = "/openlibrary.org/api/books"
    server.add(book, stubs.as_json({"ISBN:9780140449136": {"title": "A book", "authors": [{"name": "Jane Doe"}]}}))
    assert resolver.resolve("0-14-044913-2").reference.text("ISBN") == "9780140449136"
    record = (
        b'<r><record><leader>00000nam</leader><datafield tag="245"><subfield code="a">Rare /</subfield></datafield>'
    )
    server.routes[book] = [stubs.as_json({})]
    server.add("/sru.k10plus.de/opac-de-627", (200, {}, record + b"</record></r>"))
    found = resolver.resolve("978-3-16-148410-0")
    assert (found.reference.type, found.reference.text("title")) == ("book", "Rare")
    assert [asked.service for asked in found.asked] == ["openlibrary", "googlebooks", "k10plus"]
    server.routes["/sru.k10plus.de/opac-de-627"] = [(200, {}, b"<r/>")]
    with pytest.raises(NotRegistered, match=r"isbn:9780804429573 was not found \(asked openlibrary, googlebooks, "):
        resolver.resolve("080442957X")


def test_a_book_that_a_source_could_not_look_for_may_exist(server: StubServer, resolver: Resolver) -> None:
    server.add("/openlibrary.org/api/books", (403, {}, b""))
    with pytest.raises(ServiceError, match=r"openlibrary\.org answered 403"):
        resolver.resolve("0-14-044913-2")


def test_a_pmcid_is_asked_for_by_its_other_identifier(server: StubServer, resolver: Resolver) -> None:
    converter = "/pmc.ncbi.nlm.nih.gov/tools/idconv/api/v1/articles/"
    server.add(converter, stubs.as_json({"records": [{"pmcid": "PMC99", "doi": GOOD}]}))
    found = resolver.resolve("PMC99").reference
    assert (found.text("DOI"), found.text("PMCID")) == (GOOD, "PMC99")
    server.routes[converter] = [stubs.as_json({"records": [{"pmcid": "PMC98", "status": "error"}]})]
    with pytest.raises(NotRegistered, match="PMC98 does not exist"):
        resolver.resolve("PMC98")


def test_arxiv_that_has_no_answer_is_stood_in_for_by_datacite(server: StubServer, resolver: Resolver) -> None:
    name = "10.48550/arxiv.2001.00001"
    server.add("/export.arxiv.org/api/query", (429, {"Retry-After": "999"}, b"Rate exceeded"))
    server.add(DATACITE + name, record(name, "A paper"))
    found = resolver.resolve("arXiv:2001.00001v2")
    assert (found.reference.text("title"), found.reference.identifiers["arxiv"]) == ("A paper", "2001.00001")
    with pytest.raises(ServiceError, match=r"^arxiv:2001\.00002: export\.arxiv\.org answered 429"):
        resolver.resolve("arXiv:2001.00002")


def test_a_journal_is_found_by_its_issn(server: StubServer, resolver: Resolver) -> None:
    journal = {"message": {"title": "Nature", "publisher": "Springer", "ISSN": ["0028-0836"]}}
    server.add("/api.crossref.org/journals/0028-0836", stubs.as_json(journal))
    assert resolver.resolve("ISSN 0028-0836").reference.type == "periodical"
    with pytest.raises(NotRegistered, match="issn:2041-1723 was not found"):
        resolver.resolve("2041-1723")


def test_an_interrupt_keeps_what_is_finished_behind_a_hanging_one(server: StubServer) -> None:
    server.add(f"{CROSSREF}10.5555/slow", stubs.hang)
    server.add("/example.org/page", (200, {"Content-Type": "text/html"}, b"<title>A page</title>"))
    results: list[object] = []

    def interrupt() -> None:
        wanted = ("page", GOOD)  # the two that are answered; a busy machine takes its time
        while not all(any(one in seen[1] for seen in list(server.seen)) for one in wanted):
            time.sleep(0.01)
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Thread(target=interrupt, daemon=True)
    with Resolver(mirror=server.mirror, timeouts=Timeouts(connect=1, read=4, total=4, patience=0.3)) as resolver:
        found = resolver.resolve_many([GOOD, "10.5555/slow", "https://example.org/page"])
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012
            timer.start()
            results.extend(result for _, result in found)
            timer.join()  # an interrupt that comes late must not end the tests
    for thread in threading.enumerate():
        if "(work)" in thread.name:
            thread.join(10)  # one that still hangs would connect in the middle of another test
    assert [type(result) for result in results] == [Resolution, ServiceError, Resolution]
    assert str(results[1]) == "10.5555/slow: not answered before the interrupt"


def test_a_second_run_asks_only_for_what_the_first_did_not_finish(server: StubServer, tmp_path: Path) -> None:
    names = [f"10.5555/{i}" for i in range(3)]
    for name in names[:2]:
        server.add(f"/api.crossref.org/works/{name}", stubs.work(name))
    server.add(f"/api.crossref.org/works/{names[2]}", (403, {}, b"<html>"), stubs.work(names[2]))
    server.add(f"/doi.org/ra/{names[2]}", (403, {}, b"<html>"))
    outcomes = []
    for _ in range(2):
        with Resolver(mirror=server.mirror, cache_dir=tmp_path) as resolver:
            outcomes.append([isinstance(result, Resolution) for _, result in resolver.resolve_many(names)])
            asked = len(server.seen)
    assert outcomes == [[True, True, False], [True, True, True]]
    assert asked == 5

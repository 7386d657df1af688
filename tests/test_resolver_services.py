"""Which service is asked for which identifier, what each outcome means, and one source by a person's choice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from refs.errors import NoMetadata, NotRegistered, ServiceError, UsageError
from refs.identifiers import parse
from resolver import Resolver, Timeouts
from resolver.lookup import AGENCIES, LOOKUPS, ORDERS, SECOND_HAND
from resolver.services import SOURCES
from tests import resolver_stub as stubs
from tests.resolver_stub import StubServer, stub

CROSSREF = "/api.crossref.org/works/"
OPENALEX = "/api.openalex.org/works/"
GOOD = "10.5555/good"
QUICK = Timeouts(connect=1, read=0.4, total=1.0, patience=0.3)
SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def server() -> Iterator[StubServer]:
    with stub() as running:
        running.add(CROSSREF + GOOD, stubs.work(GOOD, author=[{"family": "Doe", "given": "Jane"}]))
        yield running


def asking(server: StubServer, **options: Any) -> Resolver:
    return Resolver(mirror=server.mirror, mailto="", timeouts=QUICK, **options)


@pytest.fixture
def resolver(server: StubServer) -> Iterator[Resolver]:
    with asking(server) as used:
        yield used


def xml(text: str) -> stubs.Reply:
    return 200, {}, text.encode()


SECOND_HAND_ANSWERS: list[tuple[str, str, stubs.Reply]] = [
    ("W12345", OPENALEX + "W12345", stubs.as_json({"id": "W12345", "title": "T", "ids": {"doi": GOOD, "pmid": "7"}})),
    (
        "CorpusId:7",
        "/api.semanticscholar.org/graph/v1/paper/CorpusId:7",
        stubs.as_json({"corpusId": 7, "title": "T", "externalIds": {"DOI": GOOD, "PubMed": "7"}}),
    ),
    (
        "dblp:conf/x/Doe20",
        "/dblp.org/rec/conf/x/Doe20.xml",
        xml(f'<dblp><article key="conf/x/Doe20"><title>T.</title><ee>https://doi.org/{GOOD}</ee></article></dblp>'),
    ),
    (
        "Q12345",
        "/www.wikidata.org/wiki/Special:EntityData/Q12345.json",
        stubs.as_json(
            {
                "entities": {
                    "Q12345": {
                        "id": "Q12345",
                        "claims": {
                            "P356": [{"mainsnak": {"datavalue": {"value": GOOD.upper()}}}],
                            "P698": [{"mainsnak": {"datavalue": {"value": "7"}}}],
                        },
                    }
                }
            }
        ),
    ),
]


@pytest.mark.parametrize(("text", "path", "reply"), SECOND_HAND_ANSWERS, ids=[row[0] for row in SECOND_HAND_ANSWERS])
def test_the_registry_that_a_record_names_is_asked_for_a_better_one(
    server: StubServer, resolver: Resolver, text: str, path: str, reply: stubs.Reply
) -> None:
    server.add(path, reply)
    asked = parse(text)
    found = resolver.resolve(text)
    assert (found.reference.text("title"), found.reference.text("DOI")) == ("A title", GOOD)
    assert found.reference.sources["title"].name == "crossref"
    assert found.reference.identifiers[asked.scheme] == asked.value
    assert found.identifier.value == GOOD
    if pmid := found.reference.text("PMID"):
        assert (pmid, found.reference.sources["PMID"].name) == ("7", asked.scheme)


def test_a_record_at_second_hand_stands_where_the_registry_has_no_answer(
    server: StubServer, resolver: Resolver
) -> None:
    server.add(OPENALEX + "W12345", stubs.as_json({"id": "W12345", "title": "Own", "ids": {"doi": "10.5555/away"}}))
    server.add(CROSSREF + "10.5555/away", (403, {}, b""))
    found = resolver.resolve("W12345")
    assert found.reference.text("title") == "Own"
    assert found.identifier.scheme == "openalex"
    assert found.notices[0].startswith("10.5555/away: api.crossref.org answered 403")


def test_a_record_without_other_identifiers_stands_alone(server: StubServer, resolver: Resolver) -> None:
    server.add(f"/api.semanticscholar.org/graph/v1/paper/{SHA}", stubs.as_json({"paperId": SHA, "title": "Alone"}))
    found = resolver.resolve(SHA).reference
    assert (found.text("title"), found.identifiers["semanticscholar"]) == ("Alone", SHA)


@pytest.mark.parametrize("text", ["W99999", SHA, "inspire:1", "Doe:1999ab", "dblp:conf/x/y", "Q99999", "github:a/b"])
def test_what_a_service_does_not_have_is_not_registered(resolver: Resolver, text: str) -> None:
    with pytest.raises(NotRegistered, match="was not found"):
        resolver.resolve(text)


def test_an_item_of_wikidata_is_read_with_the_labels_that_it_mentions(server: StubServer, resolver: Resolver) -> None:
    claims = {
        "P50": [{"mainsnak": {"datavalue": {"value": {"id": "Q9"}}}}],
        "P1476": [{"mainsnak": {"datavalue": {"value": {"text": "Tides", "language": "en"}}}}],
    }
    item = {"entities": {"Q12345": {"id": "Q12345", "claims": claims}}}
    server.add("/www.wikidata.org/wiki/Special:EntityData/Q12345.json", stubs.as_json(item))
    labels = {"entities": {"Q9": {"labels": {"en": {"language": "en", "value": "Jane Doe"}}}}}
    server.add("/www.wikidata.org/w/api.php", stubs.as_json(labels))
    found = resolver.resolve("https://www.wikidata.org/wiki/Q12345").reference
    assert [name.family for name in found.names("author")] == ["Doe"]


def test_a_texkey_of_inspire_is_searched_for(server: StubServer, resolver: Resolver) -> None:
    hits = {"hits": {"hits": [{"metadata": {"control_number": 5, "titles": [{"title": "Tides"}]}}]}}
    server.add("/inspirehep.net/api/literature", stubs.as_json(hits))
    server.add("/inspirehep.net/api/literature/5", stubs.as_json({"metadata": {"titles": [{"title": "By number"}]}}))
    assert resolver.resolve("Doe:1999ab").reference.identifiers["inspire"] == "5"
    assert resolver.resolve("inspire:5").reference.text("title") == "By number"
    assert "q=texkeys:Doe:1999ab" in server.paths()[0]


def test_ads_is_asked_with_the_token_and_says_so_without_one(server: StubServer) -> None:
    answer = {"response": {"docs": [{"bibcode": "1998AJ....116.1009R", "title": ["Moons"]}]}}
    server.add("/api.adsabs.harvard.edu/v1/search/query", stubs.as_json(answer))
    with asking(server) as resolver, pytest.raises(ServiceError, match="refs config set ads-token TOKEN"):
        resolver.resolve("1998AJ....116.1009R")
    assert server.seen == []
    with asking(server, keys={"ads-token": "canary"}) as resolver:
        found = resolver.resolve("1998AJ....116.1009R")
        assert found.reference.text("title") == "Moons"
        assert "canary" not in repr(found)
        resolver.resolve(GOOD)
    assert [headers.get("Authorization") for _, _, headers in server.seen] == ["Bearer canary", None]


def test_a_bibcode_of_arxiv_is_asked_of_arxiv(server: StubServer, resolver: Resolver) -> None:
    assert str(parse("2017arXiv170603762V")) == "arxiv:1706.03762"


def test_zenodo_answers_where_datacite_does_not(server: StubServer, resolver: Resolver) -> None:
    server.add("/zenodo.org/api/records/7", stubs.as_json({"doi": "10.5281/zenodo.7", "metadata": {"title": "Own"}}))
    found = resolver.resolve("https://zenodo.org/records/7")
    assert found.reference.text("title") == "Own"
    assert [asked.service for asked in found.asked] == ["datacite", "zenodo"]
    with pytest.raises(NotRegistered, match="DataCite and Zenodo know no such record"):
        resolver.resolve("10.5281/zenodo.8")


CFF = """cff-version: 1.2.0
message: Please cite.
title: Tide tables
authors: [{family-names: Doe, given-names: Jane}]
version: 1.0.0
date-released: 2024-02-03
preferred-citation: {type: article, title: On tides, doi: 10.5555/good, authors: [{family-names: Doe}]}
"""


def test_a_repository_is_read_from_its_citation_file(server: StubServer, resolver: Resolver) -> None:
    server.add("/raw.githubusercontent.com/doe/tides/v1.0/CITATION.cff", xml(CFF))
    found = resolver.resolve("https://github.com/Doe/Tides/releases/tag/v1.0")
    assert (found.reference.type, found.reference.text("title"), found.reference.year) == (
        "software",
        "Tide tables",
        2024,
    )
    assert found.reference.identifiers["github"] == "doe/tides@v1.0"
    assert found.notices == ("github:doe/tides@v1.0: its authors ask that 10.5555/good be cited in its place",)


@pytest.mark.parametrize("file", [(404, {}, b"404: Not Found"), xml("- : ["), (200, {}, b"\xff\xfe\x00")])
def test_a_repository_without_a_citation_file_is_what_github_knows(
    server: StubServer, resolver: Resolver, file: stubs.Reply
) -> None:
    server.add("/raw.githubusercontent.com/doe/tides/HEAD/CITATION.cff", file)
    server.add("/api.github.com/repos/doe/tides", stubs.as_json({"name": "tides", "owner": {"login": "doe"}}))
    found = resolver.resolve("github.com/doe/tides")
    assert found.reference.text("title") == "tides"
    assert "no CITATION.cff that can be read" in found.notices[-1]


PAGE = b'<html><head><meta name="citation_title" content="Tides in a bottle"></head></html>'


def test_a_handle_and_a_urn_lead_to_a_page(server: StubServer, resolver: Resolver) -> None:
    row = {"index": 1, "type": "URL", "data": {"format": "string", "value": "https://repo.example.org/item/7"}}
    server.add("/hdl.handle.net/api/handles/10852/7", stubs.as_json({"responseCode": 1, "values": [row]}))
    server.add("/repo.example.org/item/7", (200, {"Content-Type": "text/html"}, PAGE))
    urn = "urn:nbn:de:101:1-2018"
    server.add(f"/nbn-resolving.org/{urn}", (302, {"Location": "https://repo.example.org/item/7"}, b""))
    for text, scheme in (("hdl:10852/7", "hdl"), (urn, "urn")):
        found = resolver.resolve(text).reference
        assert found.text("title") == "Tides in a bottle"
        assert found.identifiers[scheme] == parse(text).value


def test_a_page_that_names_its_own_handle_is_not_followed_again(server: StubServer, resolver: Resolver) -> None:
    row = {"type": "URL", "data": {"value": "https://repo.example.org/handle/10852/6"}}
    server.add("/hdl.handle.net/api/handles/10852/6", stubs.as_json({"values": [row]}))
    page = PAGE.replace(b"<head>", b'<head><meta name="DC.identifier" content="http://hdl.handle.net/10852/6">')
    server.add("/repo.example.org/handle/10852/6", (200, {"Content-Type": "text/html"}, page))
    assert resolver.resolve("hdl:10852/6").reference.text("title") == "Tides in a bottle"
    assert len(server.seen) == 2


def test_a_handle_that_leads_nowhere_has_no_metadata(server: StubServer, resolver: Resolver) -> None:
    server.add("/hdl.handle.net/api/handles/10852/8", stubs.as_json({"responseCode": 200, "values": []}))
    with pytest.raises(NoMetadata, match="leads to no web page"):
        resolver.resolve("hdl:10852/8")
    with pytest.raises(NotRegistered, match="knows no such handle"):
        resolver.resolve("hdl:10852/9")


def test_a_journal_that_crossref_lacks_is_asked_of_openalex(server: StubServer, resolver: Resolver) -> None:
    journal = {"display_name": "Вестник приливов", "issn": ["2041-1723"]}
    server.add("/api.openalex.org/sources/issn:2041-1723", stubs.as_json(journal))
    found = resolver.resolve("issn:2041-1723").reference
    assert (found.type, found.text("title"), found.text("ISSN")) == ("periodical", "Вестник приливов", "2041-1723")


FORCED: list[tuple[str, str, str, stubs.Reply]] = [
    ("openalex", GOOD, OPENALEX + "https://doi.org/" + GOOD, stubs.as_json({"title": "Chosen", "ids": {"doi": GOOD}})),
    (
        "semanticscholar",
        "arXiv:2001.00001v2",
        "/api.semanticscholar.org/graph/v1/paper/ARXIV:2001.00001",
        stubs.as_json({"title": "Chosen", "externalIds": {"ArXiv": "2001.00001"}}),
    ),
    (
        "inspire",
        GOOD,
        "/inspirehep.net/api/doi/" + GOOD,
        stubs.as_json({"metadata": {"titles": [{"title": "Chosen"}]}}),
    ),
    (
        "datacite",
        "arXiv:2001.00001",
        "/api.datacite.org/dois/10.48550/arxiv.2001.00001",
        stubs.as_json({"data": {"attributes": {"doi": "10.48550/arxiv.2001.00001", "titles": [{"title": "Chosen"}]}}}),
    ),
    ("doi.org", GOOD, "/doi.org/" + GOOD, stubs.as_json({"title": "Chosen", "DOI": GOOD.upper()})),
]


@pytest.mark.parametrize(("name", "text", "path", "reply"), FORCED, ids=[row[0] for row in FORCED])
def test_one_source_alone_is_asked_by_choice(
    server: StubServer, name: str, text: str, path: str, reply: stubs.Reply
) -> None:
    server.add(path, reply)
    with asking(server, source=name) as resolver:
        found = resolver.resolve(text)
        assert found.reference.text("title") == "Chosen"
        assert {asked.service for asked in found.asked} == {name}
        assert {source.name for source in found.reference.sources.values()} == {name}
        assert [one for _, one in resolver.resolve_many([text] * 5)] == [found] * 5


def test_a_short_doi_and_a_pmcid_are_made_fit_for_the_chosen_source(server: StubServer) -> None:
    alias = {"type": "HS_ALIAS", "data": {"value": GOOD}}
    server.add("/doi.org/api/handles/10/abcde", stubs.as_json({"values": [alias]}))
    converter = "/pmc.ncbi.nlm.nih.gov/tools/idconv/api/v1/articles/"
    server.add(converter, stubs.as_json({"records": [{"pmcid": "PMC99", "pmid": "7", "doi": GOOD}]}))
    with asking(server, source="crossref") as resolver:
        assert resolver.resolve("10/abcde").reference.text("DOI") == GOOD
        assert resolver.resolve("PMC99").reference.text("DOI") == GOOD


def test_a_source_that_cannot_be_asked_is_told(server: StubServer) -> None:
    with asking(server, source="openlibrary") as resolver:
        with pytest.raises(UsageError, match=r"openlibrary cannot be asked for 10\.5555/good; crossref, datacite, "):
            resolver.resolve(GOOD)
    with asking(server, source="jalc") as resolver, pytest.raises(NotRegistered, match="not known to jalc"):
        resolver.resolve(GOOD)
    with pytest.raises(UsageError, match=r"no source is called 'crosref'; did you mean crossref"):
        asking(server, source="crosref")
    with pytest.raises(UsageError, match="there are crossref, datacite"):
        asking(server, source="zzzz")


def test_a_record_of_another_work_is_refused(server: StubServer) -> None:
    server.add(OPENALEX + "https://doi.org/" + GOOD, stubs.as_json({"title": "X", "ids": {"doi": "10.5555/other"}}))
    with asking(server, source="openalex") as resolver, pytest.raises(ServiceError, match="for another work"):
        resolver.resolve(GOOD)


def test_a_translation_server_is_the_last_to_be_asked(server: StubServer) -> None:
    name = "10.5555/cnki"
    server.add("/doi.org/ra/" + name, stubs.agency(name, "CNKI"))
    server.add("/zotero/search", stubs.as_json([{"itemType": "journalArticle"}]))
    server.add("/zotero/export", stubs.as_json([{"type": "article-journal", "title": "Tides", "DOI": name}]))
    with asking(server, translation_server=f"{server.mirror}/zotero") as resolver:
        found = resolver.resolve(name)
        assert found.reference.text("title") == "Tides"
        assert [one.service for one in found.asked][-2:] == ["translation-server", "translation-server"]
        assert resolver.resolve(GOOD).asked[0].service == "crossref"
    with asking(server) as resolver, pytest.raises(NoMetadata):
        resolver.resolve(name)
    with asking(server, source="translation-server", translation_server="") as resolver:
        with pytest.raises(ServiceError, match="no translation-server is configured"):
            resolver.resolve(name)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((300, {}, b'{"items": {}}'), NotRegistered),
        ((501, {}, b"No items returned"), NotRegistered),
        ((500, {}, b"oops"), ServiceError),
        ((200, {}, b"<html>"), ServiceError),
        (stubs.hang, ServiceError),
    ],
)
def test_every_answer_of_a_translation_server_has_its_outcome(
    server: StubServer, reply: stubs.Route, error: type[Exception]
) -> None:
    server.add("/zotero/search", reply)
    with asking(server, source="translation-server", translation_server=f"{server.mirror}/zotero") as resolver:
        with pytest.raises(error):
            resolver.resolve(GOOD)


def test_every_scheme_has_an_order_and_every_order_names_sources() -> None:
    from refs.databaseids import SCHEMES

    assert {*SCHEMES, "doi", "shortdoi", "arxiv", "pmid", "pmcid", "isbn", "issn", "url"} <= {*ORDERS, *LOOKUPS}
    assert {name for order in ORDERS.values() for name in order.services} | {*AGENCIES.values()} <= {*SOURCES}
    for scheme, order in ORDERS.items():
        assert order.why
        assert all(scheme in SOURCES[name].schemes for name in order.services)
    assert {*SECOND_HAND} <= {*ORDERS}

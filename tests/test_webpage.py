"""Web pages: what they say of themselves, in which characters, and where that leads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from refs.errors import NoMetadata, NotRegistered, ServiceError
from refs.formats import csljson
from resolver import Resolver, htmlmeta
from resolver.sources import webpage
from resolver.sources.webpage import Page
from tests import resolver_stub as stubs
from tests.resolver_stub import StubServer, stub
from tests.running import Run

DATA = Path(__file__).parent / "data" / "webpages"
URL = "https://journal.example.org/page"


@pytest.fixture
def server() -> Iterator[StubServer]:
    with stub() as running:
        yield running


@pytest.fixture
def resolver(server: StubServer) -> Iterator[Resolver]:
    with Resolver(mirror=server.mirror) as made:
        yield made


def parsed(body: bytes, content_type: str = "") -> Page:
    return webpage.parse(htmlmeta.read(body, content_type), URL, "2026-11-22")


def html(body: bytes, content_type: str = "text/html") -> stubs.Reply:
    return 200, {"Content-Type": content_type}, body


@pytest.mark.parametrize("path", sorted(DATA.glob("*.html")), ids=lambda path: path.stem)
def test_a_page_is_read_as_expected(path: Path) -> None:
    page = parsed(path.read_bytes())
    found = csljson.to_json(page.reference) | {"names": [str(one) for one in page.identifiers]}
    assert found == json.loads(path.with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("encoding", "content_type", "declared"),
    [
        ("utf-8", "text/html; charset=windows-1251", ""),
        ("cp1251", "text/html; charset=windows-1251", ""),
        ("cp1251", "text/html", '<meta charset="windows-1251">'),
        ("koi8-r", "", '<meta http-equiv="Content-Type" content="text/html; charset=KOI8-R">'),
        ("cp1251", "text/html; charset=no-such", ""),
        ("utf-16", "", ""),
        ("utf-8-sig", "text/html; charset=iso-8859-1", ""),
    ],
)
def test_the_character_set_is_found(encoding: str, content_type: str, declared: str) -> None:
    body = f'<html lang="ru"><head>{declared}<meta name="citation_title" content="Зимняя война"></head></html>'
    assert parsed(body.encode(encoding), content_type).reference.text("title") == "Зимняя война"


@pytest.mark.parametrize(
    "unit", [b"<!--", b'<meta "', b"<meta a", b"<script>", b"<", b"<title></title", b"\xd0", b"<meta name=x content=y>"]
)
def test_a_page_made_to_choke_a_parser_is_read(unit: bytes) -> None:
    # html.parser alone takes hours for some of these.
    tags = htmlmeta.read(unit * (htmlmeta.MOST_BYTES // len(unit)))
    assert len(tags.metas) <= htmlmeta.MOST_ELEMENTS


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ("/a/b", "https://journal.example.org/a/b"),
        ("https://www.example.org/a", "https://www.example.org/a"),
        ("https://evil.example.net/a", URL),
        ("https://journal.example.org/", URL),
        ("javascript:alert(1)", URL),
        ("http://[broken", URL),
    ],
)
def test_the_canonical_address_is_kept_when_it_is_the_pages_own(canonical: str, expected: str) -> None:
    body = f'<title>A title</title><link rel="canonical" href="{canonical}">'
    assert parsed(body.encode()).reference.text("URL") == expected


def test_a_page_with_a_doi_leads_to_the_registry_and_adds_its_languages(server: StubServer, resolver: Resolver) -> None:
    title = "A Diplomacy of Small Steps: The Talks of 1944"
    authors = [{"given": "A. B.", "family": "Elkina"}, {"given": "V. G.", "family": "Shchukin"}]
    server.add("/journal.example.org/page", html((DATA / "elpub.html").read_bytes()))
    name = "10.5555/nsr-2023-6-93-37-68"
    server.add(f"/api.crossref.org/works/{name}", stubs.work(name, title=[title], author=authors))
    found = resolver.resolve(URL)
    reference = found.reference
    assert (str(found.identifier), reference.text("title"), reference.text("DOI")) == (name, title, name)
    assert reference.text("page") == "37-68"
    assert {field: source.name for field, source in reference.sources.items()}["page"] == "journal.example.org"
    variants = {field: [(v.language, v.role) for v in rows] for field, rows in reference.variants.items()}
    assert variants["title"] == variants["author"] == [("ru", "original")]
    assert str(reference.variants["author"][0].value[0]) == "А. Б. Ёлкина"  # type: ignore[index]


def test_a_registry_that_does_not_know_the_doi_leaves_the_page(server: StubServer, resolver: Resolver) -> None:
    name = "10.5555/nsr-2023-6-93-37-68"
    server.add("/journal.example.org/page", html((DATA / "elpub.html").read_bytes()))
    server.add(f"/doi.org/ra/{name}", stubs.agency(name, ""))
    found = resolver.resolve(URL)
    assert found.reference.text("DOI") == name
    assert found.reference.text("title").startswith("Дипломатия")
    assert found.notices == (f"taken from the page itself: {name} is not registered: doi.org knows no such DOI",)


def test_a_page_titled_otherwise_than_its_record_is_told(server: StubServer, resolver: Resolver) -> None:
    body = b'<meta name="citation_title" content="The history bridge"><meta name="DC.Identifier" content="10.5555/x">'
    server.add("/journal.example.org/page", html(body))
    server.add("/api.crossref.org/works/10.5555/x", stubs.work("10.5555/x", title=["Fermentation of tropical fruit"]))
    assert "check it" in resolver.resolve(URL).notices[0]


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        (b"<html><title>Just a moment...</title>", NoMetadata, "shows programs a page"),
        (b"<html><body>no title", NoMetadata, "does not say what it is"),
        (b'{"a": 1}', ServiceError, "neither a web page nor a PDF"),
        (b"\x00\x01\x02", ServiceError, "neither a web page nor a PDF"),
        (b"", ServiceError, "neither a web page nor a PDF"),
    ],
)
def test_what_is_no_page_is_an_error_of_one_line(
    server: StubServer, resolver: Resolver, body: bytes, error: type[Exception], words: str
) -> None:
    server.add("/journal.example.org/page", html(body))
    with pytest.raises(error, match=words) as caught:
        resolver.resolve(URL)
    assert "\n" not in str(caught.value)


def test_a_page_that_is_not_there_is_not_registered(resolver: Resolver) -> None:
    with pytest.raises(NotRegistered, match="has no such page"):
        resolver.resolve(URL)


@pytest.mark.parametrize("address", ["http://127.0.0.1/x.html", "http://169.254.169.254/a", "https://intranet.local/"])
def test_a_private_address_is_not_asked(server: StubServer, resolver: Resolver, address: str) -> None:
    with pytest.raises(ServiceError, match="no public address"):
        resolver.resolve(address)
    assert server.seen == []


def test_an_http_page_may_lead_to_https_but_not_back(server: StubServer, resolver: Resolver) -> None:
    server.add("/old.example.org/a", (301, {"Location": "https://old.example.org/b"}, b""))
    server.add("/old.example.org/b", (301, {"Location": "http://old.example.org/c"}, b""))
    with pytest.raises(ServiceError, match="insecure address"):
        resolver.resolve("http://old.example.org/a")
    assert server.paths() == ["/old.example.org/a", "/old.example.org/b"]


def test_the_character_set_of_the_header_is_kept_with_the_answer(server: StubServer, tmp_path: Path) -> None:
    body = "<title>Зимняя война</title>".encode("koi8-r")
    server.add("/journal.example.org/page", html(body, "text/html; charset=koi8-r"))
    titles = []
    for _ in range(2):
        with Resolver(mirror=server.mirror, cache_dir=tmp_path) as resolver:
            titles.append(resolver.resolve(URL).reference.text("title"))
    assert (titles, len(server.seen)) == (["Зимняя война"] * 2, 1)


@pytest.mark.parametrize("name", ["plain", "cyberleninka"])
def test_a_page_without_an_identifier_is_added_once(
    refs: Run, server: StubServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("REFS_MIRROR", server.mirror)
    body = (DATA / f"{name}.html").read_bytes().replace(b"library.example.org", b"journal.example.org")
    server.add("/journal.example.org/page", html(body))
    first, second = refs("add", URL), refs("add", "-", stdin=f"{URL}#part\n")
    assert (first.code, second.code, second.out) == (0, 0, first.out)
    assert second.err.startswith("already there")
    assert len(refs("list").out.splitlines()) == 1

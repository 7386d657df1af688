"""Each service's records -> references: a payload beside the CSL-JSON that it should become.

The payloads are written by hand from the shapes that the services document. `refs` writes no expectation by itself:
a new case is a payload and, after it was read by a person, the `.expected.json` beside it.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from refs.formats import csljson
from refs.model import Reference
from refs.text import plain, printable
from resolver.fields import clean
from resolver.sources import (
    ads,
    arxiv,
    crossref,
    datacite,
    dblp,
    doi,
    github,
    googlebooks,
    inspire,
    jalc,
    marc,
    openalex,
    openlibrary,
    pubmed,
    semanticscholar,
    wikidata,
    zenodo,
)

DATA = Path(__file__).parent / "data" / "resolver"
CASES = sorted(path for path in DATA.glob("*/*") if ".expected." not in path.name)


def wikidata_item(record: Any) -> Reference:
    """Return the reference of a payload that holds an item and the labels of those that it mentions."""
    item, labels = record.get("entity"), record.get("labels")
    known = {key: clean(value) for key, value in labels.items()} if isinstance(labels, dict) else {}
    return wikidata.parse(item if isinstance(item, dict) else {}, known)


PARSERS: dict[str, Callable[[Any], Reference]] = {
    "ads": ads.parse,
    "dblp": dblp.parse,
    "github": github.parse,
    "inspire": inspire.parse,
    "openalex": openalex.parse,
    "semanticscholar": semanticscholar.parse,
    "wikidata": wikidata_item,
    "zenodo": zenodo.parse,
    "arxiv": arxiv.parse,
    "crossref": crossref.parse,
    "csljson": doi.parse,
    "datacite": datacite.parse,
    "googlebooks": googlebooks.parse,
    "jalc": jalc.parse,
    "marc": marc.parse,
    "openlibrary": openlibrary.parse,
    "pubmed": pubmed.parse,
}
NOTICES: dict[str, Callable[[Any], list[str]]] = {
    "arxiv": arxiv.notices,
    "crossref": crossref.notices,
    "datacite": datacite.notices,
    "openalex": openalex.notices,
    "pubmed": pubmed.notices,
}
MARKUP = r"&(?:[a-zA-Z]+|#\d+);|</?(?:jats|mml|i|b|sub|sup|p|em|strong|scp|span|title|inf)\b"


def payload(path: Path) -> Any:
    text = path.read_text("utf-8")
    return json.loads(text) if path.suffix == ".json" else ElementTree.fromstring(text)  # noqa: S314


def outcome(path: Path) -> dict[str, Any]:
    """Return what a payload becomes, as an expectation states it."""
    service, record = path.parent.name, payload(path)
    item = csljson.to_json(PARSERS[service](record))
    del item["id"]
    lines = NOTICES[service](record) if service in NOTICES else []
    return {**item, "notices": lines} if lines else item


@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.name}/{path.stem}" for path in CASES])
def test_a_record_becomes_the_reference_it_should(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    assert outcome(path) == expected


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from places(inner, (*path, key))


JUNK: list[Any] = [None, 1.5, "", "x\x00\ud800", [], {}, [None], [[]], [{}], {"date-parts": [["x"]]}, "9" * 50]


@pytest.mark.parametrize("path", [path for path in CASES if path.suffix == ".json"], ids=lambda path: path.stem)
def test_a_value_of_a_wrong_shape_never_raises(path: Path) -> None:
    record, service = payload(path), path.parent.name
    for place in places(record):
        for junk in JUNK:
            changed = copy.deepcopy(record)
            inner = changed
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = junk
            check(PARSERS[service](changed))
            NOTICES.get(service, lambda _: [])(changed)


XML = (arxiv.parse, dblp.parse, marc.parse, pubmed.parse)


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
def test_an_empty_record_is_an_empty_reference(parse: Callable[[Any], Reference]) -> None:
    empty: Any = ElementTree.Element("PubmedArticle") if parse in XML else {}
    assert parse(empty).text("title") == ""


def test_abstracts_come_only_when_asked_for() -> None:
    work = {"abstract": "<jats:title>Abstract</jats:title><jats:p>We <jats:italic>show</jats:italic> it.</jats:p>"}
    assert crossref.parse(work).text("abstract") == ""
    assert crossref.parse(work, abstracts=True).text("abstract") == "We <i>show</i> it."


def test_the_version_asked_for_gives_the_date() -> None:
    found = arxiv.parse(payload(DATA / "arxiv" / "paper.xml"), version="v2")
    assert (str(found.date("issued")), found.text("number")) == ("2004-01-02", "arXiv:math/0309136v2")


@pytest.mark.parametrize("wanted", ["9999.99999", "1706.03762"])
def test_an_entry_of_another_paper_is_none(wanted: str) -> None:
    feed = ElementTree.Element("feed")
    feed.append(payload(DATA / "arxiv" / "paper.xml"))
    assert arxiv.entry(feed, wanted) is None


def test_a_volume_of_another_isbn_is_none() -> None:
    info = payload(DATA / "googlebooks" / "book.json")
    answer = {"items": [{"volumeInfo": info}]}
    assert googlebooks.volume(answer, "9780140449136") is info
    assert googlebooks.volume(answer, "9783161484100") is None
    assert googlebooks.volume({"totalItems": 0}, "9780140449136") is None


def test_an_agency_is_read_in_its_old_spelling_too() -> None:
    assert doi.agency([{"DOI": "10.5555/X", "RA": "CrossRef"}], "10.5555/x") == "Crossref"
    assert doi.agency([{"DOI": "10.5555/x", "status": "Invalid DOI"}], "10.5555/x") == ""
    assert doi.agency([{"DOI": "10.5555/y", "RA": "OP"}], "10.5555/x") is None


@pytest.fixture(scope="module")
def shared() -> Path:
    """Return the folder of recorded answers."""
    if not os.environ.get("REFS_SHARED"):
        pytest.skip("REFS_SHARED does not name the folder of recorded answers")
    return Path(os.environ["REFS_SHARED"]) / "registry" / "payloads"


def check(reference: Reference) -> None:
    """Assert what must hold for every reference: no markup, no line ends, nothing empty."""
    for variable, value in reference.fields.items():
        assert value, variable
        for text in [value] if isinstance(value, str) else map(str, value) if isinstance(value, tuple) else []:
            assert not re.search(MARKUP, plain(text)) or variable == "DOI", (variable, text)
            assert text == " ".join(text.split()), (variable, text)
            assert variable == "DOI" or text == printable(text), (variable, text)


def test_every_recorded_crossref_work_keeps_the_invariants(shared: Path) -> None:
    import gzip

    with gzip.open(shared / "crossref" / "bulk" / "works.jsonl.gz", "rt", encoding="utf-8") as lines:
        works = [json.loads(line) for line in lines]
    works += [payload(path)["message"] for path in sorted((shared / "crossref" / "works").rglob("*.json"))]
    for work in works:
        reference = crossref.parse(work)
        check(reference)
        titles = [one for key in ("title", "original-title") for one in work.get(key) or [] if one and one.strip()]
        assert bool(reference.text("title")) or not titles
        printed = (work.get("published-print") or {}).get("date-parts", [[None]])[0][0]
        assert not printed or reference.year == printed
        named = [one for one in work.get("author") or [] if one.get("family")]
        assert reference.names("author") or not named or named[0]["family"] in ("Unknown", "&NA;")
        assert not re.search(r"[–—]|^n/a|(^|\s)(\S+)-\2$", reference.text("page"))


def records(answer: Any) -> list[dict[str, Any]]:
    """Return the records in an answer for one, or for a list of them."""
    if isinstance(answer, dict):
        lists = [answer[key] for key in ("data", "results", "items") if key in answer]
        answer = lists[0] if lists else [one for key, one in answer.items() if "ISBN:" in key] or answer
    rows = answer if isinstance(answer, list) else [answer]
    return [row.get("volumeInfo", row) for row in rows if isinstance(row, dict)]


@pytest.mark.parametrize(
    ("pattern", "parse"),
    [
        ("datacite/**/*.json", datacite.parse),
        ("jalc/rest/*.json", jalc.parse),
        ("crossref/transform/*.json", doi.parse),
        ("doi-cn/*.json", doi.parse),
        ("openalex/**/*.json", openalex.parse),
        ("semanticscholar/paper/*.json", semanticscholar.parse),
        ("zenodo/*.json", zenodo.parse),
        ("openlibrary/*.json", openlibrary.parse),
        ("googlebooks/*.json", googlebooks.parse),
    ],
)
def test_every_recorded_json_record_keeps_the_invariants(
    shared: Path, pattern: str, parse: Callable[[Any], Reference]
) -> None:
    count = 0
    for path in sorted(shared.glob(pattern)):
        try:
            found = json.loads(path.read_text("utf-8"))
        except ValueError:
            continue  # some recorded answers are no JSON
        for row in records(found):
            check(parse(row))
            count += 1
    assert count > 2


def test_every_recorded_xml_record_keeps_the_invariants(shared: Path) -> None:
    count = 0
    folders = ("pubmed/efetch/*", "arxiv/**/*.xml", "sru/*", "dblp/*.xml")
    for path in (path for folder in folders for path in shared.glob(folder)):
        try:
            root = ElementTree.fromstring(path.read_bytes())  # noqa: S314
        except ElementTree.ParseError:
            continue  # one recorded answer is broken
        for element in [*root.iter("PubmedArticle"), *root.iter("PubmedBookArticle")]:
            check(pubmed.parse(element))
            count += 1
        for element in root.iter(f"{arxiv.ATOM}entry"):
            check(arxiv.parse(element))
            count += 1
        if (record := marc.record(root)) is not None:
            check(marc.parse(record))
            count += 1
        if root.tag == "dblp" and (record := dblp.record(root)) is not None:
            check(dblp.parse(record))
            count += 1
    assert count > 100

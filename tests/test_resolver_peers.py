"""What Zotero's translator of PubMed expects, field by field.

Each difference stands with its reason in `resolver_peers_known.json`; one that is gone, or new, is a failure.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from refs import identifiers
from refs.dates import parse_date
from refs.model import Reference
from refs.text import plain
from resolver.fields import pages
from resolver.sources import pubmed

KNOWN = json.loads((Path(__file__).parent / "resolver_peers_known.json").read_text("utf-8"))
ZOTERO_TYPES = {"journalArticle": "article-journal", "book": "book", "bookSection": "chapter", "preprint": "article"}
ZOTERO_FIELDS = {
    "title": "title",
    "DOI": "DOI",
    "PMID": "PMID",
    "PMCID": "PMCID",
    "volume": "volume",
    "issue": "issue",
    "publicationTitle": "container-title",
    "journalAbbreviation": "container-title-short",
    "publisher": "publisher",
    "place": "publisher-place",
}


@pytest.fixture(scope="module")
def shared() -> Path:
    """Return the folder of what others expect and of recorded answers."""
    if not os.environ.get("REFS_SHARED"):
        pytest.skip("REFS_SHARED does not name the folder of others' expectations")
    return Path(os.environ["REFS_SHARED"])


def folded(text: str) -> str:
    return " ".join(plain(text).casefold().rstrip(".").split())


def names(reference: Reference, role: str) -> list[str]:
    found = reference.names(role)
    return [folded(f"{one.literal or one.sorted_form}, {one.given} {one.suffix}") for one in found]


def zotero_differences(item: dict[str, Any], ours: Reference) -> Iterator[str]:
    """Yield the name of each field in which a reference is not what Zotero makes of the record."""
    if ZOTERO_TYPES.get(item["itemType"]) != ours.type:
        yield "type"
    for theirs, variable in ZOTERO_FIELDS.items():
        expected = item.get(theirs, "")
        if theirs == "PMID" and not expected:
            expected = "".join(re.findall(r"PMID: (\d+)", item.get("extra", "")))
        scheme = variable.lower()
        if scheme in identifiers.READERS and expected:
            expected = identifiers.normal(scheme, expected)
        if folded(expected) != folded(ours.text(variable)):
            yield theirs
    if pages(item.get("pages", "")) != ours.text("page"):
        yield "pages"
    if not {*re.findall(r"[\dX]{4}-[\dX]{4}", item.get("ISSN", ""))} <= {*ours.text("ISSN").split()}:
        yield "ISSN"
    if item.get("ISBN") and identifiers.normal("isbn", item["ISBN"]) not in ours.text("ISBN").split():
        yield "ISBN"
    if parse_date(item.get("date", "")) != ours.date("issued"):
        yield "date"
    for role in ("author", "editor"):
        people = [one for one in item["creators"] if one["creatorType"] == role]
        expected_names = [folded(f"{one['lastName']}, {one.get('firstName', '')} ") for one in people]
        if expected_names != names(ours, role):
            yield f"creators: {role}"


def test_a_record_of_pubmed_is_what_zotero_makes_of_it(shared: Path) -> None:
    path = shared / "bib" / "tricky" / "zotero-translators" / "PubMed XML.testcases.json"
    found, count = set(), 0
    for case in json.loads(path.read_text("utf-8")):
        root = ElementTree.fromstring(case["input"])  # noqa: S314
        elements = [one for one in root if one.tag in ("PubmedArticle", "PubmedBookArticle")]
        for item, element in zip(case["items"], elements, strict=True):
            ours = pubmed.parse(element)
            found |= {f"{ours.text('PMID')} {field}" for field in zotero_differences(item, ours)}
            count += 1
    assert count > 10
    assert found == KNOWN.keys()

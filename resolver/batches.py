"""Asking for many at once where a service allows it, so that a list costs a few requests.

Each function takes values of one scheme and yields (address, kind of answer, body) as if each had been asked for by
itself; what it does not yield is asked for by itself later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resolver.http import JSON, XML, Answer
from resolver.inquiry import json_of, object_of, xml_of
from resolver.sources import arxiv, crossref, doi, pubmed

Get = Callable[[str, str], Answer]
Single = tuple[str, str, bytes]


def dois(get: Get, names: Sequence[str]) -> Iterator[Single]:
    """Ask Crossref for works, and doi.org for the agencies of those that Crossref does not have."""
    answer = get(crossref.list_url(names), JSON)
    items = object_of(answer, "message").get("items") if answer.status == 200 else None
    works = {_doi(work): work for work in items} if isinstance(items, list) else {}
    for name in names:
        if name in works:
            yield crossref.url(name), JSON, _packed({"status": "ok", "message": works[name]})
    missing = [name for name in names if name not in works]
    if len(missing) < 2:
        return
    answer = get(doi.agency_url(*missing), JSON)
    rows = json_of(answer) if answer.status == 200 else None
    for row in rows if isinstance(rows, list) else []:
        # That a DOI does not exist may be untrue tomorrow, so it is asked for by itself.
        if _doi(row) in missing and "RA" in row:
            yield doi.agency_url(_doi(row)), JSON, _packed([row])


def _doi(row: Any) -> str:
    return str(row.get("DOI") or "").lower() if isinstance(row, Mapping) else ""


def _packed(value: Any) -> bytes:
    return json.dumps(value).encode()


def arxiv_numbers(get: Get, numbers: Sequence[str]) -> Iterator[Single]:
    """Ask arXiv for papers; alone, each would cost three seconds."""
    from xml.etree.ElementTree import tostring

    answer = get(arxiv.list_url(numbers), XML)
    feed = xml_of(answer)
    for number in numbers:
        entry = arxiv.entry(feed, number)
        if entry is not None:
            body = b'<feed xmlns="http://www.w3.org/2005/Atom">' + tostring(entry) + b"</feed>"
            yield arxiv.url(number), XML, body


def pmids(get: Get, numbers: Sequence[str]) -> Iterator[Single]:
    """Ask PubMed for records."""
    from xml.etree.ElementTree import tostring

    root = xml_of(get(pubmed.url(*numbers), XML))
    for number in numbers:
        article = pubmed.article(root, number)
        if article is not None:
            yield pubmed.url(number), XML, b"<PubmedArticleSet>" + tostring(article) + b"</PubmedArticleSet>"


@dataclass(frozen=True, slots=True)
class Batching:
    """How the values of a scheme are asked for together: the function, and the most values and characters at once."""

    ask: Callable[[Get, Sequence[str]], Iterator[Single]]
    single: Callable[[str], str]
    accept: str
    most: int
    characters: int = 3000  # of values, percent-encoded; some servers refuse addresses past 4,000


BATCHINGS = {
    "doi": Batching(dois, crossref.url, JSON, 100),
    "arxiv": Batching(arxiv_numbers, arxiv.url, XML, 50),
    "pmid": Batching(pmids, pubmed.url, XML, 100),
}
FEWEST = 4
"""Fewer are asked for one by one: each then comes as soon as it is known."""


def groups(values: Sequence[str], batching: Batching) -> list[list[str]]:
    """Divide values into the lists that are asked for together."""
    found: list[list[str]] = [[]]
    length = 0
    for value in values:
        size = len(batching.single(value)) - len(batching.single("")) + len(",doi:")
        if len(found[-1]) == batching.most or length + size > batching.characters:
            found.append([])
            length = 0
        found[-1].append(value)
        length += size
    return found if len(values) >= FEWEST else []

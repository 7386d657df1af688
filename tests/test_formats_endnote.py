"""EndNote's XML and its tagged format: styles, types, addresses of files, and hostile XML."""

from __future__ import annotations

import sys

import pytest

from refs.formats import endnotetables, read, ristables, write
from refs.formats.xmlrecords import MAX_DEPTH
from refs.model import TYPES, Reference
from tests.sample_references import references
from tests.tagged_cases import bare, check, files


@pytest.mark.parametrize(("format", "name"), [(f, name) for f in ("enw", "endnotexml") for name in files(f)])
def test_file_is_read_block_by_block_and_written_again(format: str, name: str) -> None:
    check(format, name)


def test_tables_name_types_and_tags_of_ris() -> None:
    assert set(endnotetables.RIS_OF.values()) <= ristables.CSL_TYPES.keys()
    assert ristables.CSL_TYPES.keys() <= endnotetables.NAME_OF.keys()
    assert len({number for number, _ in endnotetables.TYPES.values()}) == len(endnotetables.TYPES)
    assert {*endnotetables.LETTERS.values(), *endnotetables.ELEMENTS.values()} <= ristables.KNOWN


@pytest.mark.parametrize("format", ["enw", "endnotexml"])
@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_type_of_csl_comes_back(kind: str, format: str) -> None:
    (found,) = read(write([Reference(kind, {"title": "A title"}, "key")], format).encode(), "a", format).references
    assert (found.type, found.key, found.fields) == (kind, "key", {"title": "A title"})


@pytest.mark.parametrize("format", ["enw", "endnotexml"])
@pytest.mark.parametrize("seed", range(2))
def test_every_variable_comes_back(seed: int, format: str) -> None:
    made = [bare(reference) for reference in references(seed, 60)]
    text = write(made, format)
    found = read(text.encode(), "a", format).references
    for before, after in zip(made, found, strict=True):
        assert (after.type, after.key, dict(after.fields)) == (before.type, before.key, dict(before.fields))
        assert (after.variants, after.identifiers) == (before.variants, before.identifiers)
    assert write(found, format) == text


def xml(*records: str) -> bytes:
    return "\n".join(["<xml><records>", *records, "</records></xml>"]).encode()


GOOD = '<record><ref-type name="Book">6</ref-type><titles><title>Good</title></titles></record>'


def test_styles_become_markup_and_come_back() -> None:
    title = "Growth of <i>E. coli</i> in H<sub>2</sub>O & <b>air</b><sup>2</sup>"
    text = write([Reference("book", {"title": title})], "endnotexml")
    assert '<style face="italic" font="default" size="100%">E. coli</style>' in text
    assert "&lt;i&gt;" not in text
    assert read(text.encode(), "a.xml").references[0].text("title") == title


def test_files_and_addresses_are_kept() -> None:
    urls = "<urls><pdf-urls><url>internal-pdf://a.pdf</url></pdf-urls><related-urls><url>http://a.example/</url></related-urls></urls>"
    (found,) = read(xml(GOOD.replace("<titles>", urls + "<titles>")), "a.xml").references
    assert (found.text("URL"), found.extra["ris:L1"]) == ("http://a.example/", "internal-pdf://a.pdf")
    assert "<pdf-urls>\n<url>internal-pdf://a.pdf</url>\n</pdf-urls>" in write([found], "endnotexml")


@pytest.mark.parametrize(
    "hostile",
    [
        "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + GOOD.replace("Good", "&a;"),
        GOOD.replace("Good", "&lol;"),
        "<record>" + "<a>" * (MAX_DEPTH + 1) + "x" + "</a>" * (MAX_DEPTH + 1) + "</record>",
        "<record><titles><title>a</titles></record>",
        "<record><titles><title>a & b</title></titles></record>",
        "<record>",
        "<record/>",
    ],
)
def test_a_broken_or_hostile_record_is_quarantined_and_its_neighbours_survive(hostile: str) -> None:
    document = read(xml(GOOD, hostile, GOOD), "a.xml", "endnotexml")
    assert [reference.text("title") for reference in document.references] == ["Good", "Good"]
    assert [block.line for block in document.quarantined] == [3]


def test_no_file_is_opened_for_an_entity(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    sys.addaudithook(lambda event, arguments: opened.append(arguments) if event in ("open", "socket.connect") else None)
    read(xml(GOOD), "a.xml", "endnotexml")  # so that modules are loaded
    opened.clear()
    read(
        b"<?xml version='1.0'?><!DOCTYPE xml [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"
        + xml(GOOD.replace("Good", "&a;"), GOOD),
        "a.xml",
        "endnotexml",
    )
    assert opened == []


def test_many_unclosed_comments_and_records_take_linear_time() -> None:
    text = "<records>" + "<!--<![CDATA[<record>" * 20_000
    document = read(text.encode(), "a.xml", "endnotexml")
    assert "".join(block.raw for block in document.blocks) == text


def test_control_characters_cost_nothing_but_themselves() -> None:
    (found,) = read(xml(GOOD.replace("Good", "Go\x0bod \x01one")), "a.xml").references
    assert found.text("title") == "Go od one"


def test_a_letter_of_no_meaning_comes_back() -> None:
    text = "%0 Book\n%T Waves\n%= 20200101\n"
    assert write(read(text.encode(), "a.enw").references, "enw") == text

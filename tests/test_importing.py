"""What an import sets aside can be mended by itself, whatever file it comes from, and costs no neighbour."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from refs import Library, Reference, formats
from refs.actions import importing, merging, provenance, quarantine, scanning, tagging
from refs.errors import ConflictError

RECORD = '<record><ref-type name="Book">6</ref-type><titles><title>{}</title>{}</record>'
MODS = "<m:mods><m:titleInfo><m:title>{}{}</m:titleInfo></m:mods>"
# file -> (what it holds, what is wrong in it, how that is mended)
BROKEN = {
    "a.bib": ("@book{a, title={One}}\n@book{b, title={Two\n@book{c, title={Three}}\n", "Two", "Two}}"),
    "a.json": ('[{"id":"a","title":"One"},{"id":"b",,"title":"Two"},{"id":"c","title":"Three"}]', ",,", ","),
    "b.json": ('{"items":[{"id":"a"|"title":"Two"},\n{"id":"c","title":"Three"},{"id":"d","title":"D"}]}', "|", ","),
    "a.jsonl": ('{"id":"a","title":"One"}\n{"id":"b" "title":"Two"}\n{"id":"c","title":"Three"}\n', '"b"', '"b",'),
    "a.yaml": ("- id: a\n  title: One\n- id: b\n  title: [Two\n- id: c\n  title: Three\n", "[Two", "Two"),
    "a.xml": (
        f"<xml><records>{RECORD.format('One', '</titles>')}{RECORD.format('Two', '')}"
        f"{RECORD.format('Three', '</titles>')}</records></xml>",
        "Two</title>",
        "Two</title></titles>",
    ),
    "a.mods": (
        f'<m:modsCollection xmlns:m="http://www.loc.gov/mods/v3">{MODS.format("One", "</m:title>")}'
        f"{MODS.format('Two', '')}{MODS.format('Three', '</m:title>')}</m:modsCollection>",
        "Two",
        "Two</m:title>",
    ),
    "a.csv": ('key,title\na,One\nb,"Two\nc,Three\n', '"Two', "Two"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_quarantined_block_of_any_format_is_read_once_it_is_mended(name: str, tmp_path: Path) -> None:
    text, wrong, right = BROKEN[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    library = Library(tmp_path / "library.db")
    (ledger,) = importing.import_files(library, [path])
    assert (ledger.counts["added"], ledger.counts["quarantined"]) == (2, 1)
    (block,) = library.quarantined()

    def mend(file: Path) -> None:
        mended = file.read_text(encoding="utf-8")
        assert wrong in mended
        file.write_text(mended.replace(wrong, right), encoding="utf-8")

    retried = quarantine.edit(library, block.number, mend)
    assert (retried.counts["added"], library.quarantined()) == (1, [])
    titles = [reference.text("title") for reference in library.references()]
    assert sorted(titles) == (["D", "Three", "Two"] if name == "b.json" else ["One", "Three", "Two"])


def test_a_quarantined_block_is_read_in_the_format_that_its_file_was_read_in(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '[{"id": "a", "title": "One"},\n{"id": "b", "title": "Two" "note": "original-date: 1925"}]', "utf-8"
    )
    library = Library(tmp_path / "library.db")
    importing.import_files(library, [path], "zotero")
    (block,) = library.quarantined()
    assert block.format == "zotero"

    def mend(file: Path) -> None:
        file.write_text(file.read_text("utf-8").replace('"Two"', '"Two",'), "utf-8")

    quarantine.edit(library, block.number, mend)
    assert library.own(["b"])[0].year is None
    assert str(library.own(["b"])[0].date("original-date")) == "1925"


def test_a_key_that_not_every_program_can_write_still_cites(tmp_path: Path) -> None:
    path, paper = tmp_path / "a.bib", tmp_path / "a.tex"
    path.write_text("@book{O'Donnell83a, title={X}, author={O'Donnell, James}}")
    paper.write_text(r"\cite{O'Donnell83a}\bibliographystyle{plain}\bibliography{a}")
    library = Library(tmp_path / "library.db")
    (ledger,) = importing.import_files(library, [path])
    assert ledger.keys == ["ODonnell83a"]
    assert ledger.notices == [f"{path}:1: the key O'Donnell83a cannot be written everywhere: it is ODonnell83a"]
    assert library.own(["O'Donnell83a"])[0].key == "ODonnell83a"
    (reference,) = scanning.scan(library, [paper]).references
    assert formats.write([reference], "bibtex").startswith("@book{O'Donnell83a,\n")


ITEMS = {
    "a key of more than 256 bytes": {"id": "é" * 129, "title": "B"},
    "more than 1000 fields": {"id": "b", "title": "B"} | {f"own{i}": "x" for i in range(1000)},
    "more than 50000 names": {"id": "b", "author": [{"family": "A"}] * 50_001},
    "a field larger than 8 MiB": {"id": "b", "note": "x" * ((8 << 20) + 1)},
    "nested deeper than 64": {"id": "b", "title": "B", "own": json.loads("[" * 65 + "]" * 65)},
}


@pytest.mark.parametrize("reason", ITEMS)
def test_an_item_past_a_limit_is_quarantined_and_the_rest_goes_in(reason: str) -> None:
    data = json.dumps([{"id": "a", "title": "A"}, ITEMS[reason], {"id": "c", "title": "C"}]).encode()
    document = formats.read(data, "x.json")
    assert [block.reason for block in document.quarantined] == [reason]
    assert [reference.key for reference in document.references] == ["a", "c"]
    assert "".join(block.raw for block in document.blocks).encode() == data


def test_the_same_limits_hold_in_xml_and_bibtex() -> None:
    long = "x" * ((8 << 20) + 1)
    records = f"{RECORD.format('A', '</titles>')}{RECORD.format('B', f'</titles><abstract>{long}</abstract>')}"
    document = formats.read(f"<xml><records>{records}</records></xml>".encode(), "x.xml")
    assert [block.kind for block in document.blocks] == ["comment", "entry", "quarantine", "comment"]
    names = " and ".join(["A, B"] * 50_001)
    document = formats.read(f"@book{{a, author={{{names}}}}}\n@book{{c, title={{C}}}}".encode(), "x.bib")
    assert [block.reason for block in document.blocks] == ["more than 50000 names", ""]


DOI_A = "@article{a, title={On things}, author={Doe, Jane}, year=2001, doi={10.1000/abc}}\n"
DOI_B = (
    "@article{b, title={On things}, author={Doe, Jane}, year=2002, doi={10.1000/abc}, volume=12, keywords={thesis},"
    " annote={Read it}, file={:doe.pdf:PDF}, timestamp={2004}}\n"
)


def _import(library: Library, folder: Path, **files: str) -> list[str]:
    """Import files by their names, without ".bib"; return what was told of their entries."""
    for name, text in files.items():
        (folder / f"{name}.bib").write_text(text, encoding="utf-8")
    ledgers = importing.import_files(library, [folder / f"{name}.bib" for name in files])
    return [notice.rpartition("b.bib:1: ")[2] for ledger in ledgers for notice in ledger.notices]


def test_a_second_description_gives_what_it_says_besides_and_loses_nothing(library: Library, tmp_path: Path) -> None:
    told = _import(library, tmp_path, a=DOI_A, b=DOI_B)
    assert told == [
        "b is already there as a, and b finds it; it gained volume, keyword, annote, extra file, extra timestamp;"
        " refs show a tells what this says otherwise: issued"
    ]
    (one,) = library.references()
    assert (one.key, one.year, one.text("volume"), one.text("annote")) == ("a", 2001, "12", "Read it")
    assert (one.text("keyword"), one.extra) == ("thesis", {"file": ":doe.pdf:PDF", "timestamp": "2004"})
    assert merging.taken_in(library, "a") == [("b", {"issued": "2002"})]
    assert [story.lost[0].value for story in provenance.why(library, "a", "issued")] == ["2002"]
    assert library.get("b").text("volume") == "12"
    library.apply(lambda change: change.undo())
    assert library.references() == []


def test_a_file_that_was_imported_before_brings_back_nothing_that_was_taken_out(
    library: Library, tmp_path: Path
) -> None:
    _import(library, tmp_path, a=DOI_A, b=DOI_B)
    one = library.get("a")
    fields = {name: value for name, value in one.fields.items() if name not in ("keyword", "volume")}
    library.apply(lambda change: change.replace(dataclasses.replace(one, fields=fields)))
    changed = library.get("a")
    assert _import(library, tmp_path, b=DOI_B) == ["b is already there as a, and b finds it"]
    assert library.get("a") == changed
    assert len(merging.taken_in(library, "a")) == 1


def test_a_record_without_a_key_is_imported_once(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    path.write_text("TY  - BOOK\nAU  - Thoreau, Henry David\nTI  - Walden\nPY  - 1854\nER  - \n")
    importing.import_files(library, [path])
    one = library.get("thoreau1854walden")
    fields = {**one.fields, "publisher": "Ticknor"}
    library.apply(lambda change: change.replace(dataclasses.replace(one, fields=fields)))
    (ledger,) = importing.import_files(library, [path])
    assert ledger.notices == [f"{path}:1: an entry is already there as thoreau1854walden"]
    path.write_text(path.read_text().replace("1854", "1855"))
    importing.import_files(library, [path])
    assert library.keys() == ["thoreau1854walden", "thoreau1855walden"]


@pytest.mark.parametrize(
    "other",
    ["volume=27, year=1981", "volume=27, edition={Fifth}", "volume=28", "volumetitle={Of a set}", "volume=27, part=2"],
)
def test_other_printings_of_one_isbn_are_kept_and_told(other: str, library: Library, tmp_path: Path) -> None:
    entry = "@book{%s, title={Quantum mechanics}, author={Dirac, P.}, isbn={0-19-852011-5}, %s}\n"
    first = entry % ("d67", "year=1967, edition={4}, volume=27, part=1")
    assert _import(library, tmp_path, a=first, b=entry % ("d2", other)) == ["d2 may be the same work as d67"]
    told = _import(library, tmp_path, b=entry % ("d2", f"{other}, note={{Mine}}"))
    assert told == ["d2 is already there as d2; it gained note"]
    assert [one.key for one in library.references()] == ["d67", "d2"]


def test_works_that_came_with_one_identifier_can_be_changed(library: Library, tmp_path: Path) -> None:
    entry = "@book{%s, title={%s}, author={%s}, isbn={0-8383-1261-6}}\n"
    _import(library, tmp_path, a=entry % ("a", "Distinct essays", "A, B") + entry % ("b", "An enquiry", "Carter, J"))
    tagging.tag(library, [library.get("b")], ["x"], [])
    assert library.get("b").text("keyword") == "x"
    free = Reference("book", {"title": "Another"}, key="c")
    library.apply(lambda change: change.add(free, key="c"))
    taken = Reference("book", {"title": "Another", "ISBN": "0-8383-1261-6"}, key="c")
    with pytest.raises(ConflictError, match="refs merge a c makes one of both"):
        library.apply(lambda change: change.replace(taken))


def test_a_file_is_imported_once_whatever_its_entries_lack(library: Library, tmp_path: Path) -> None:
    _import(library, tmp_path, a="@book{doe, title={Waters}, author={Doe, J.}, year=2001}\n")
    taken = "@book{doe, title={Mountains}, author={Doe, J.}, year=1999}\n"
    assert _import(library, tmp_path, b=taken) == ["the key doe is taken: it is doea"]
    assert _import(library, tmp_path, b=taken) == ["doe is already there as doea"]
    path = tmp_path / "untitled.ris"
    path.write_text("TY  - LEGAL\nPY  - 1854\nER  - \n\nTY  - LEGAL\nAU  - Doe, J.\nPY  - 1854\nER  - \n")
    importing.import_files(library, [path])
    assert len(library) == 4
    (ledger,) = importing.import_files(library, [path])
    assert (ledger.counts["duplicate"], len(library)) == (2, 4)

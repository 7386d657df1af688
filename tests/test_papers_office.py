"""Word and LibreOffice documents: field codes of reference managers, and archives that are refused."""

from __future__ import annotations

import struct
import time
import zipfile
from pathlib import Path

import pytest

from refs import papers
from refs.papers.archive import RATIO
from refs.papers.citation import Citations
from tests.office import (
    ENDNOTE,
    WALDEN,
    base64_of,
    citation,
    docx,
    field,
    mark,
    odt,
    zipped,
    zotero_item,
)
from tests.running import Run


def read(tmp_path: Path, data: bytes, name: str = "paper.docx") -> Citations:
    """Read a document of these bytes."""
    path = tmp_path / name
    path.write_bytes(data)
    return papers.read(path)


def places(found: Citations) -> list[tuple[str, int, str]]:
    return [(citation.key, citation.line, citation.kind) for citation in found.citations]


ZOTERO = "ADDIN ZOTERO_ITEM CSL_CITATION " + citation(zotero_item(WALDEN))
MENDELEY_ITEM = {
    "id": "ITEM-1",
    "uris": ["http://www.mendeley.com/documents/?uuid=0a1b2c3d-0000-4000-8000-00000000000f"],
}
MENDELEY = "ADDIN CSL_CITATION " + citation(MENDELEY_ITEM | {"itemData": WALDEN | {"id": "ITEM-1"}})


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (ZOTERO, "ABCD2345"),
        (MENDELEY, "0a1b2c3d-0000-4000-8000-00000000000f"),
        ("ADDIN CSL_CITATION " + citation({"id": "ITEM-1", "itemData": WALDEN}), "thoreau1854walden"),
        ("ADDIN CSL_CITATION " + citation(zotero_item(WALDEN | {"citation-key": "walden"})), "walden"),
        ("ADDIN CSL_CITATION " + citation(zotero_item(WALDEN | {"note": "Citation Key: wal"})), "wal"),
    ],
)
def test_csl_citations_bring_their_records(tmp_path: Path, code: str, key: str) -> None:
    for data, name in (
        (docx(["One.", field(code)]), "paper.docx"),
        (docx(["One.", f'<w:fldSimple w:instr="{code.replace(chr(34), "&quot;")}"/>']), "simple.docx"),
        (odt(["One.", mark(code.removeprefix("ADDIN ") + " RNDx9A")]), "paper.odt"),
    ):
        found = read(tmp_path, data, name)
        assert places(found) == [(key, 2, "cite")]
        assert not found.problems
        record = found.records[key]
        assert (record.type, record.text("title"), record.year) == ("book", "Walden", 1854)
        assert record.sources["title"].name == f"{name}:2"


def test_endnote_keeps_its_records_in_the_code_or_in_data(tmp_path: Path) -> None:
    inner = field("ADDIN EN.CITE.DATA", base64_of(ENDNOTE, "utf-16-le"))
    begun = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>ADDIN EN.CITE</w:instrText></w:r>'
    ended = '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    whole = field(f"ADDIN EN.CITE {ENDNOTE}"), field("ADDIN EN.CITE", base64_of(ENDNOTE)), begun + inner + ended
    for paragraph in whole:
        found = read(tmp_path, docx([paragraph]))
        assert places(found) == [("Watson1953-7", 1, "cite")]
        assert found.records["Watson1953-7"].text("DOI") == "10.1038/171737a0"
        assert [name.family for name in found.records["Watson1953-7"].names("author")] == ["Watson", "Crick"]


def test_content_controls_bookmarks_notes_and_words_own_citations(tmp_path: Path) -> None:
    tag = "MENDELEY_CITATION_v3_" + base64_of(
        citation({"id": "0a1b2c3d-0000-4000-8000-00000000000f", "itemData": WALDEN})
    )
    control = f'<w:sdt><w:sdtPr><w:tag w:val="{tag}"/></w:sdtPr></w:sdt>'
    bookmark = '<w:bookmarkStart w:id="1" w:name="ZOTERO_BREF_a1"/>'
    code = ZOTERO.removeprefix("ADDIN ").replace("<", "&lt;")
    properties = (
        '<Properties xmlns="urn:p" xmlns:vt="urn:vt"><property name="ZOTERO_BREF_a1_2"><vt:lpwstr>'
        f'{code[40:]}</vt:lpwstr></property><property name="ZOTERO_BREF_a1_1"><vt:lpwstr>{code[:40]}</vt:lpwstr>'
        "</property></Properties>"
    )
    uncited = field('ADDIN ZOTERO_BIBL {"uncited":[["http://zotero.org/groups/1/items/QQQQ2222"]]} CSL_BIBLIOGRAPHY')
    data = docx(
        [control, bookmark, field(r" CITATION Tho54 \l 1033 \m Wat53 "), uncited, field('HYPERLINK "x"')],
        [field(ZOTERO)],
        **{"docProps/custom__xml": properties},
    )
    found = read(tmp_path, data)
    assert not found.problems
    assert places(found)[:5] == [
        ("0a1b2c3d-0000-4000-8000-00000000000f", 1, "cite"),
        ("ABCD2345", 2, "cite"),
        ("Tho54", 3, "cite"),
        ("Wat53", 3, "cite"),
        ("QQQQ2222", 4, "nocite"),
    ]
    assert found.citations[5].file.endswith("paper.docx:word/footnotes.xml")
    assert len(found.records) == 2


def test_libreoffice_bookmarks_marks_of_its_own_and_deleted_text(tmp_path: Path) -> None:
    meta = f'<meta:user-defined meta:name="ZOTERO_BREF_b_1">{ZOTERO.removeprefix("ADDIN ")}</meta:user-defined>'
    own = '<text:bibliography-mark text:identifier="Knuth84" text:bibliography-type="book"/>'
    deleted = f"<text:tracked-changes>{mark(MENDELEY)}</text:tracked-changes>"
    found = read(tmp_path, odt([deleted, '<text:bookmark-start text:name="ZOTERO_BREF_b"/>', own], meta), "paper.odt")
    assert places(found) == [("ABCD2345", 2, "cite"), ("Knuth84", 3, "cite")]


def test_what_is_deleted_or_shown_by_older_programs_only_is_not_counted(tmp_path: Path) -> None:
    deleted = field(ZOTERO).replace("instrText", "delInstrText")
    fallback = f"<w:Fallback>{field(ZOTERO)}</w:Fallback>"
    assert places(read(tmp_path, docx([deleted, fallback]))) == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ('ADDIN ZOTERO_ITEM CSL_CITATION {"citationItems": [', "the JSON of a citation cannot be read"),
        ("ADDIN CSL_CITATION " + "[" * 3 + '{"a":' * 20_000, "the JSON of a citation cannot be read"),
        ("ADDIN EN.CITE <EndNote><Cite>", "the XML of a citation of EndNote cannot be read"),
        ("ADDIN EN.CITE", "a citation of EndNote has no data"),
        ('ADDIN EN.CITE <EndNote a="<!DOCTYPE a>"/>', "the XML of a citation of EndNote cannot be read"),
    ],
)
def test_a_broken_field_is_told_with_its_paragraph_and_the_others_are_read(
    tmp_path: Path, code: str, reason: str
) -> None:
    found = read(tmp_path, docx([field(code), field(ZOTERO)]))
    assert [problem.location.line for problem in found.problems] == [1]
    assert reason in str(found.problems[0])
    assert places(found) == [("ABCD2345", 2, "cite")]


@pytest.mark.parametrize(
    "code", ["ADDIN CSL_CITATION", 'ADDIN CSL_CITATION {"citationItems": [1, {"uris": 5, "itemData": []}]}', "PAGE", ""]
)
def test_odd_fields_cite_nothing(tmp_path: Path, code: str) -> None:
    found = read(tmp_path, docx([field(code or " ")]))
    assert (found.citations, found.problems) == ((), ())


def member_count(data: bytes, count: int) -> bytes:
    """Return the archive with another number of members in the record at its end."""
    at = data.rfind(b"PK\5\6")
    return data[: at + 8] + struct.pack("<2H", count, count) + data[at + 12 :]


def overlapping() -> bytes:
    """Return an archive whose second member lies over the first."""
    data = bytearray(zipped({"word/document.xml": b"a" * 999, "word/endnotes.xml": bytes(range(256)) * 40}))
    first = data.find(b"PK\1\2")
    data[first + 20 : first + 24] = struct.pack("<L", len(data))
    return bytes(data)


DEEP = "<a>" * 300 + "</a>" * 300


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a zip archive"),
        (b"PK\3\4 and more", "not a zip archive"),
        (b"PK\5\6" + b"\xff" * 18, "it has more than 10,000 members"),
        (zipped({"word/document.xml": b"<a/>"})[:-30], "not a zip archive"),
        (zipped({"other.xml": b"<a/>"}), "no Word document"),
        (zipped({"word/document.xml": b"<a/>", "../up.xml": b""}), "its member '../up.xml' would lie outside of it"),
        (zipped({"word/document.xml": b"<a/>", "/etc/x": b""}), "its member '/etc/x' would lie outside of it"),
        (zipped({"word/document.xml": b"<a/>", "C:\\x": b""}), "would lie outside of it"),
        (zipped({"word/document.xml": b" " * (8 << 20)}), f"said to be {RATIO} times as large"),
        (zipped({"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "a document type"),
        (zipped({"word/document.xml": b"<a><b></a>"}), "word/document.xml:1: not XML: mismatched tag"),
        (zipped({"word/document.xml": DEEP}), "elements are nested deeper than 256"),
        (zipped({f"{n}.xml": b"" for n in range(10_001)}), "it has more than 10,000 members"),
        (member_count(zipped({"word/document.xml": b"<a/>"}), 60_000), "it has more than 10,000 members"),
        (overlapping(), "its members lie over each other"),
    ],
    ids=range(15),
)
def test_archives_that_are_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    for name in ("paper.docx", "paper.odt"):
        began = time.process_time()
        found = read(tmp_path, data.replace(b"word/document.xml", b"content.xml") if "odt" in name else data, name)
        assert time.process_time() - began < 5
        assert found.citations == ()
        assert len(found.problems) == 1
        if name == "paper.docx":
            assert reason in str(found.problems[0])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["paper.docx", "paper.odt"]


def test_more_bytes_than_an_archive_may_hold_are_refused_whatever_it_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = zipped({f"word/document{n}.xml": b"<a>" + bytes(range(32, 127)) * 500 + b"</a>" for n in range(3)})
    monkeypatch.setattr("refs.papers.archive.LARGEST", 100_000)
    assert "it holds more than 0 MiB" in str(read(tmp_path, data).problems[0])


def test_a_member_that_is_longer_than_declared_is_damaged(tmp_path: Path) -> None:
    data = bytearray(zipped({"word/document.xml": b"<a>" + b"x" * 5000 + b"</a>"}))
    at = data.find(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<L", 10)
    assert "word/document.xml is damaged" in str(read(tmp_path, bytes(data)).problems[0])


def test_stored_members_and_an_encrypted_one(tmp_path: Path) -> None:
    path = tmp_path / "stored.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert papers.read(path).problems == ()
    data = bytearray(path.read_bytes())
    data[data.find(b"PK\1\2") + 8] |= 1
    assert "it is encrypted" in str(read(tmp_path, bytes(data)).problems[0])


def test_the_records_in_a_document_are_imported_once(refs: Run, tmp_path: Path) -> None:
    path = tmp_path / "paper.docx"
    broken = field('ADDIN ZOTERO_ITEM CSL_CITATION {"citationItems": [')
    path.write_bytes(docx([field(ZOTERO), field(f"ADDIN EN.CITE {ENDNOTE}"), broken]))
    result = refs("import", str(path))
    assert (result.code, result.out) == (0, "thoreau1854walden\nwatson1953molecular\n")
    assert "paper.docx:3: the JSON of a citation cannot be read" in result.err
    assert "3 blocks: 2 added, 1 comment" in result.err
    again = refs("import", str(path))
    assert (again.code, again.out) == (0, "")
    assert "already there as thoreau1854walden" in again.err
    path.write_bytes(b"PK")
    assert refs("import", str(path)).code == 3
    path.write_bytes(docx(["Nothing."]))
    assert "no citation in it holds a record" in refs("import", str(path)).err

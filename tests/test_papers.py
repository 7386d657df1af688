"""Reading documents from disk: endings, encodings, included files and what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from refs import papers
from refs.errors import StorageError, UsageError

DOCUMENTS = Path(__file__).parent / "data" / "papers"


def documents() -> list[Path]:
    """Return the documents that have their expected citations beside them."""
    return sorted(path.with_suffix("") for path in DOCUMENTS.rglob("*.json") if path.with_suffix("").is_file())


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(DOCUMENTS)))
def test_documents(document: Path) -> None:
    expected = json.loads(Path(f"{document}.json").read_text("utf-8"))
    found = papers.read(document)
    folder = document.parent.as_posix() + "/"
    assert [
        f"{c.file.removeprefix(folder)}:{c.line}:{c.column}: {'' if c.kind == 'cite' else c.kind + ' '}{c.key}"
        for c in found.citations
    ] == expected["citations"]
    assert [str(problem).replace(folder, "") for problem in found.problems] == expected.get("problems", [])
    assert sorted(found.defined) == expected.get("defined", [])


def test_there_are_documents() -> None:
    assert {path.suffix for path in documents()} >= set(papers.READERS) - {".ltx", ".latex", ".rnw"} - {
        ".markdown",
        ".rmd",
        ".rest",
        ".docx",
        ".odt",
    }


def test_every_ending_has_its_reader(tmp_path: Path) -> None:
    for ending in papers.READERS:
        path = tmp_path / f"paper{ending.upper()}"
        path.write_text("")
        assert papers.read(path).citations == ()


def test_another_ending_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"paper\.pdf: refs reads citations from \.tex, "):
        papers.read(tmp_path / "paper.pdf")


def test_a_missing_document_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"paper\.tex: No such file"):
        papers.read(tmp_path / "paper.tex")


def test_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "paper.tex").mkdir()
    with pytest.raises(StorageError):
        papers.read(tmp_path / "paper.tex")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "LARGEST", 10)
    path = tmp_path / "paper.tex"
    path.write_text(r"\cite{a} and much more")
    with pytest.raises(StorageError, match="larger than"):
        papers.read(path)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é\r\nb\rc".encode(), "é\nb\nc"),
        (b"\xef\xbb\xbfa", "a"),
        ("é".encode("utf-16"), "é"),
        (b"\xe9 \x93x\x94 \x81", "é “x” \x81"),
        (b"", ""),
    ],
)
def test_decode(data: bytes, text: str) -> None:
    assert papers.decode(data) == text


def test_lines_are_counted_alike_whatever_ends_them(tmp_path: Path) -> None:
    path = tmp_path / "paper.tex"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\r\n\\cite{x}")
    assert [(c.line, c.column) for c in papers.read(path).citations] == [(3, 7)]


def test_included_files_above_the_folder_are_read_when_they_are_documents(tmp_path: Path) -> None:
    (tmp_path / "paper").mkdir()
    (tmp_path / "shared.tex").write_text(r"\cite{b}")
    (tmp_path / "secret").write_text(r"\cite{c}")
    path = tmp_path / "paper" / "main.tex"
    path.write_text(r"\cite{a}\input{../shared}\input{../secret}")
    found = papers.read(path)
    assert found.keys == ["a", "b"]
    assert [problem.reason for problem in found.problems] == [
        f"{tmp_path.as_posix()}/secret is outside the document's folder and is not read"
    ]
    assert [problem.location.line for problem in found.problems] == [1]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no symbolic links")
def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "paper").mkdir()
    (tmp_path / "secret").write_text(r"\cite{c}")
    (tmp_path / "paper" / "notes").symlink_to(tmp_path / "secret")
    path = tmp_path / "paper" / "main.tex"
    path.write_text(r"\input{notes}")
    assert papers.read(path).keys == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tex")
    path = tmp_path / "main.tex"
    path.write_text(r"\input{pipe}")
    assert [problem.reason for problem in papers.read(path).problems] == [
        f"cannot find the included file {tmp_path.as_posix()}/pipe.tex"
    ]

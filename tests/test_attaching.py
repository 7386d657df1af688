"""Attached files: what other programs write, what is copied where, and what is opened."""

from __future__ import annotations

import base64
import json
import os
import plistlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs import Library
from refs.actions import attaching, opening
from refs.errors import ConflictError, NotFoundError, StorageError, UsageError
from refs.filefield import attachments, with_file, without
from refs.model import Reference, Source
from tests.running import Run

PDF = b"%PDF-1.4\n"


def plist(value: Any) -> str:
    """Return a property list as BibDesk stores it."""
    return base64.b64encode(plistlib.dumps(value, fmt=plistlib.FMT_BINARY)).decode("ascii")


ARCHIVED = {
    "$archiver": "NSKeyedArchiver",
    "$objects": ["$null", {"NS.keys": [plistlib.UID(2)], "NS.objects": [plistlib.UID(3)]}, "relativePath", "a/b.pdf"],
}


@pytest.mark.parametrize(
    ("field", "text", "paths"),
    [
        ("file", ":/home/x/a.pdf:PDF", ["/home/x/a.pdf"]),
        ("file", "Full Text:/home/x/a b.pdf:application/pdf;Snap:s.html:text/html", ["/home/x/a b.pdf", "s.html"]),
        ("file", "paper.pdf", ["paper.pdf"]),
        ("file", r":C\:\\Users\\x\\a\;b.pdf:PDF", [r"C:\Users\x\a;b.pdf"]),
        ("file", r"C:\x.pdf", [r"C:\x.pdf"]),
        ("file", "note:paper.pdf", ["paper.pdf"]),
        ("file", "paper.pdf:PDF", ["paper.pdf"]),
        ("file", "", []),
        ("file", ";;::;", []),
        ("files", "storage/AB12/x.pdf; /y.pdf", ["storage/AB12/x.pdf", "/y.pdf"]),
        ("local-url", "file://localhost/x.pdf", ["/x.pdf"]),
        ("bdsk-file-1", plist({"relativePath": "papers/x.pdf", "bookmark": b"x"}), ["papers/x.pdf"]),
        ("bdsk-file-2", plist(ARCHIVED), ["a/b.pdf"]),
        ("bdsk-file-1", "no base64", []),
        ("bdsk-file-1", plist(["list"]), []),
        ("bdsk-file-1", plist({"$objects": [{"NS.keys": [1], "NS.objects": ["x"]}]}), []),
        ("note", "x.pdf", []),
    ],
)
def test_the_fields_of_other_programs_are_read(field: str, text: str, paths: list[str]) -> None:
    assert [one.path for one in attachments(Reference(extra={field: text}))] == paths


@given(st.lists(st.text(min_size=1, max_size=20).filter(lambda path: path == path.strip()), min_size=1, max_size=4))
def test_any_path_that_is_written_is_read_and_can_be_taken_off(paths: list[str]) -> None:
    text = ""
    for path in paths:
        text = with_file(text, path)
    reference = Reference(extra={"file": text, "other": "x"})
    found = attachments(reference)
    assert [one.path for one in found] == paths
    left = Reference(extra=without(reference, found[0]))
    assert [one.path for one in attachments(left)] == [path for path in paths if with_file("", path) != found[0].raw]
    assert left.extra["other"] == "x"


@given(st.text(max_size=60))
def test_any_field_can_be_read(text: str) -> None:
    for field in ("file", "files", "local-url", "bdsk-file-1"):
        assert all(one.path for one in attachments(Reference(extra={field: text})))


@pytest.mark.parametrize(
    "key",
    ["..", "../../etc/passwd", "CON", "nul", "-rf", ".hidden", "a\nb", "x" * 300, "王", "a/b", "", "..%2f", "\\\\?\\"],
)  # fmt: skip
@pytest.mark.parametrize("suffix", [".pdf", "", "./../x", ".PDF\n", ".desktop" * 9])
def test_a_copys_name_is_one_that_every_system_takes(key: str, suffix: str) -> None:
    name = attaching.slug(key, "0123456789abcdef", suffix)
    stem, _, ending = name.partition(".")
    assert stem.endswith("-01234567")
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert len(name) <= 120
    assert name[0] not in "-."
    assert "." not in ending


def filled(library: Library, **extra: str) -> Library:
    """Put a reference into a library."""
    with library.change() as change:
        change.add(Reference("book", {"title": "Walden"}, extra=extra), key="walden")
    return library


def pdf(tmp_path: Path, name: str = "a.pdf") -> Path:
    """Write something like a PDF file."""
    path = tmp_path / name
    path.write_bytes(PDF)
    return path


def test_a_link_is_the_absolute_path_and_stands_once(library: Library, tmp_path: Path) -> None:
    filled(library)
    path = pdf(tmp_path, "we;ird: na\\me.pdf")
    for _ in range(2):
        assert attaching.attach(library, "walden", [path, path]) == [str(path), str(path)]
    (one,) = opening.located(library, library.get("walden"))
    assert (one.path, one.attachment.name) == (path, "me.pdf")
    assert library.get("walden").sources["file"].name == "user"
    attaching.detach(library, "walden", ["1"])
    assert not library.get("walden").extra
    assert path.exists()
    library.apply(lambda change: change.undo())
    assert len(attachments(library.get("walden"))) == 1


def test_a_copy_lies_beside_the_library_under_a_name_of_our_own(tmp_path: Path) -> None:
    library = filled(Library(tmp_path / "library.sqlite3"))
    source = pdf(tmp_path)
    (stored,) = attaching.attach(library, "walden", [source], copy=True)
    assert stored.startswith("library-files/walden-")
    copied = tmp_path / stored
    assert copied.read_bytes() == PDF
    assert copied.stat().st_mode & 0o077 == 0
    assert attaching.attach(library, "walden", [source], copy=True) == [stored]
    assert [path.name for path in (tmp_path / "library-files").iterdir()] == [copied.name]
    assert opening.located(library, library.get("walden"))[0].path == copied


def test_a_library_on_a_server_has_no_folder(server: str, tmp_path: Path) -> None:
    library = filled(Library(f"{server}&library=attaching"))
    with pytest.raises(UsageError, match="lies on a server"):
        attaching.attach(library, "walden", [pdf(tmp_path)], copy=True)


def test_copies_never_follow_links_out_of_the_folder(tmp_path: Path) -> None:
    library = filled(Library(tmp_path / "library.sqlite3"))
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "library-files").symlink_to(outside)
    with pytest.raises(StorageError):
        attaching.attach(library, "walden", [pdf(tmp_path)], copy=True)
    assert not list(outside.iterdir())
    (tmp_path / "library-files").unlink()
    (stored,) = attaching.attach(library, "walden", [pdf(tmp_path)], copy=True)
    (tmp_path / stored).unlink()
    (tmp_path / stored).symlink_to(outside / "victim")
    with pytest.raises(ConflictError, match="is another file"):
        attaching.attach(library, "walden", [pdf(tmp_path)], copy=True)
    assert not list(outside.iterdir())
    assert not [path for path in (tmp_path / "library-files").iterdir() if path.name.startswith(".")]


def test_what_is_no_file_is_not_attached(tmp_path: Path) -> None:
    library = filled(Library(tmp_path / "library.sqlite3"))
    os.mkfifo(tmp_path / "pipe.pdf")
    for path, reason in (
        ("none.pdf", "no such file"),
        ("pipe.pdf", "not a file"),
        (".", "not a file"),
        ("a\0b", "null"),
    ):
        with pytest.raises(StorageError, match=reason):
            attaching.attach(library, "walden", [tmp_path / path])
    assert not library.get("walden").extra


@pytest.mark.parametrize("path", ["../outside.pdf", "sub/../../outside.pdf", "link.pdf", "a\0b.pdf"])
def test_relative_paths_do_not_leave_the_librarys_folder(tmp_path: Path, path: str) -> None:
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    pdf(tmp_path, "outside.pdf")
    (inside / "link.pdf").symlink_to(tmp_path / "outside.pdf")
    library = filled(Library(inside / "library.sqlite3"), file=with_file("", path))
    assert [one.path for one in opening.located(library, library.get("walden"))] == [None]


def opened(reference: Reference, library: Library, web: bool = False) -> str:
    return opening.target(library, reference, web=web)[0]


def test_a_pdf_is_opened_before_the_doi_and_the_doi_before_the_url(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.sqlite3")
    text, paper = pdf(tmp_path, "a.txt"), pdf(tmp_path)
    fields = {"DOI": "10.1000/a<b>;2-x", "URL": "https://example.org/a b?q=ü"}
    extra = {"file": with_file(with_file("", str(text)), str(paper))}
    reference = Reference(fields=fields, extra=extra)
    assert opened(reference, library) == str(paper)
    assert opened(reference, library, web=True) == "https://doi.org/10.1000/a%3Cb%3E;2-x"
    assert opened(Reference(fields={"URL": fields["URL"]}), library) == "https://example.org/a%20b?q=ü"
    assert (
        opened(Reference(fields=fields, extra={"file": str(text)}), library) == "https://doi.org/10.1000/a%3Cb%3E;2-x"
    )
    assert opened(Reference(extra={"file": str(text)}), library) == str(text)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "-rf", "smb://host/x", "ftp://x/y", "http://", "http://[x", ""],
)  # fmt: skip
def test_only_addresses_of_the_web_are_opened(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotFoundError):
        opened(Reference(key="k", fields={"URL": url}), Library(tmp_path / "library.sqlite3"))


@pytest.mark.parametrize("name", ["x.desktop", "x.sh", "x.lnk", "x.exe", "x.html", "x", "x.pdf.py"])
def test_only_files_of_known_types_are_opened(tmp_path: Path, name: str) -> None:
    library = Library(tmp_path / "library.sqlite3")
    with pytest.raises(NotFoundError):
        opened(Reference(extra={"file": with_file("", str(pdf(tmp_path, name)))}), library)
    disguise = tmp_path / "disguise.pdf"
    disguise.symlink_to(tmp_path / name)
    with pytest.raises(NotFoundError):
        opened(Reference(extra={"file": str(disguise)}), library)


def test_a_path_from_an_import_is_not_opened_unasked(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.sqlite3")
    extra = {"file": str(pdf(tmp_path))}
    for source, foreign in ((Source("refs.bib:1"), True), (Source("user", "2020-01-01"), False)):
        assert opening.target(library, Reference(extra=extra, sources={"file": source}))[1] is foreign
    assert opening.target(library, Reference(extra=extra))[1]


def test_programs_get_words_and_no_shell() -> None:
    ran: list[Sequence[str]] = []

    def run(words: Sequence[str]) -> int:
        ran.append(words)
        return 0

    opening.open_target("/x/$(touch x); a.pdf", run)
    assert ran == [[*opening.opener(), "/x/$(touch x); a.pdf"]]
    assert [opening.opener(platform)[0] for platform in ("linux", "darwin", "win32")] == [
        "xdg-open",
        "open",
        "rundll32",
    ]


def test_the_commands(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refs("add", "--title", "Walden", "--key", "walden", "--url", "https://example.org/")
    path = pdf(tmp_path)
    assert refs("attach", "walden", "--list").err == "nothing is attached to walden\n"
    assert refs("attach", "walden", str(path)).err == f"attached {path} to walden\n"
    assert refs("attach", "walden").out == f"1  {path}\n"
    assert json.loads(refs("attach", "walden", "--json").out)["file"] == str(path)
    assert f"file: {path}\n" in refs("show", "walden").out
    assert refs("open", "walden", "--print").out == f"{path}\n"
    assert refs("open", "walden", "--print", "--web").out == "https://example.org/\n"
    script = tmp_path / "bin" / "xdg-open"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/opened\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(opening, "opener", lambda: ["xdg-open"])
    assert refs("open", "walden").err == f"opened {path}\n"
    assert (tmp_path / "opened").read_text("utf-8") == f"{path}\n"
    path.unlink()
    assert refs("attach", "walden").out == f"1  {path}  (missing)\n"
    assert refs("open", "walden", "--print").out == "https://example.org/\n"
    assert refs("attach", "walden", "--detach", "a.pdf").err == f"took {path} off walden; the file stays\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("attach", "nobody", "x.pdf"), 7, "no reference has the key 'nobody'"),
        (("attach", "walden", "none.pdf"), 5, "none.pdf: no such file or directory"),
        (("attach", "walden", "--detach", "x"), 7, "walden has no attachment 'x'"),
        (("attach", "walden", "--detach"), 2, "say what to detach"),
        (("attach", "walden", "x", "--list"), 2, "--list takes a key alone"),
        (("attach", "walden", "x", "--copy", "--detach"), 2, "exclude each other"),
        (("open", "walden"), 7, "walden has no file that can be opened, no DOI and no web address"),
        (("note", "walden", "--add"), 2, "--add takes the text to add"),
        (("note", "nobody", "x"), 7, "no reference has the key 'nobody'"),
    ],
)
def test_what_was_typed_wrong_is_told_in_one_line(refs: Run, words: tuple[str, ...], code: int, message: str) -> None:
    refs("add", "--title", "Walden", "--key", "walden")
    result = refs(*words)
    assert (result.code, result.out) == (code, "")
    assert message in result.err
    assert result.err.count("\n") == 1


def test_a_path_from_an_import_is_asked_about(refs: Run, tmp_path: Path) -> None:
    bib = tmp_path / "my.bib"
    bib.write_text(f"@book{{walden, title = {{Walden}}, file = {{:{pdf(tmp_path)}:PDF}}}}", encoding="utf-8")
    refs("import", str(bib))
    result = refs("open", "walden")
    assert (result.code, result.out) == (2, "")
    assert "came with an import; say --yes to open it" in result.err
    assert refs("open", "walden", "--print").out == f"{tmp_path / 'a.pdf'}\n"


def test_notes_are_written_added_to_and_shown(refs: Run) -> None:
    refs("add", "--title", "Walden", "--key", "walden")
    assert refs("note", "walden", "Read", "this.").err == "noted on walden\n"
    refs("note", "walden", "--add", "Again.")
    assert "note: Read this. Again.\n" in refs("show", "walden").out
    assert refs("note", "walden", "-", stdin="From\na pipe\x1b[0m\n").code == 0
    assert "note: From\n  a pipe[0m\n" in refs("show", "walden").out
    assert refs("note", "walden", "").err == "noted on walden\n"
    assert "note:" not in refs("show", "walden").out


def test_files_beside_an_imported_bib_are_found_from_anywhere(refs: Run, tmp_path: Path) -> None:
    (tmp_path / "old" / "papers").mkdir(parents=True)
    (tmp_path / "old" / "papers" / "a;b.pdf").write_bytes(b"%PDF")
    (tmp_path / "secret.pdf").write_bytes(b"%PDF")
    fields = r"file={Text:papers/a\;b.pdf:PDF;:../secret.pdf:PDF;:gone.pdf:PDF}"
    (tmp_path / "old" / "my.bib").write_text(f"@book{{a, title={{A}}, {fields}}}\n", encoding="utf-8")
    assert refs("import", str(tmp_path / "old" / "my.bib")).code == 0
    lines = refs("attach", "a").out.splitlines()
    assert lines[0].split("  ")[1:] == [str(tmp_path / "old" / "papers" / "a;b.pdf")]
    assert [line.split("  ")[1:] for line in lines[1:]] == [["../secret.pdf", "(missing)"], ["gone.pdf", "(missing)"]]

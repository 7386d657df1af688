"""Locks that are broken, foreign or absent, and references that are missing: told, and nothing is written over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from refs.errors import ParseError
from refs.papers import lockfile
from tests.locking.paper import LOCK, PAPER, edit, messages, text
from tests.running import Run


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ("version = 1", "version = 2", 2, "written by a newer refs (form 2; this one reads 1)"),
        ("version = 1\n", "", 1, "it has no version"),
        ('title = "One"', 'title = "Two"', 33, "one: its record was edited here"),
        ('title = "One"', "title = 1979-05-27", 33, "one: its record was edited here"),
        ('record.title = "One"', '<<<<<<< HEAD\nrecord.title = "One"', 43, "a conflict of git is left here"),
        ('record.title = "One"', '=======\nrecord.title = "One"', 43, "a conflict of git is left here"),
        ("[reference.one]", "[reference.helix]", 33, "Cannot declare ('reference', 'helix') twice"),
        ("[reference.one]", "[[reference.one]]", 1, "one: its record is missing"),
        ('style = "apa"', 'style = "/dev/stdin"', 4, "must be relative to the lock"),
        ('  "paper.md"', '  "C:\\\\paper.md"', 8, "must be relative to the lock"),
        ('style = "apa"', "style = 1", 4, "'style' must be text"),
        ('style = "apa"\n', "", 1, "'style' is missing"),
        ('citation = "(Doe, 2001)"', "citation = []", 33, "'citation' must be text"),
        ("documents = [", "others = [", 1, "'documents' is missing"),
        ("order = [", "order = [1, ", 11, "'order' must be a list of texts"),
        ('  "one"', '  "nope"', 11, "'nope', which is none of the references"),
        ("version = 1", f"version = 1\na = {'[' * 3000}", 0, "no lock file"),
        ("version = 1", f"version = 1\na = {'9' * 5000}", 0, "no lock file"),
    ],
)  # fmt: skip
def test_a_broken_lock_is_one_located_line_and_is_never_written_over(
    locked: Run, before: str, after: str, line: int, reason: str
) -> None:
    edit(before, after)
    kept = LOCK.read_bytes()
    for words in (
        ("check", "--locked"),
        ("lock",),
        ("lock", "paper.md"),
        ("cite", "--cited-in", "paper.md", "--locked"),
    ):
        result = locked(*words)
        assert (result.code, result.out) == (3, ""), result
        assert result.err.startswith(f"refs: refs.lock:{line or ''}")
        assert reason in result.err
        assert result.err.count("\n") == 1
    assert LOCK.read_bytes() == kept


def test_a_lock_that_is_cut_off_anywhere_is_refused(locked: Run) -> None:
    whole = text()
    for end in range(len(whole) - 1):
        with pytest.raises(ParseError):
            lockfile.loads(whole[:end], "refs.lock")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"\x00", b"@book{x, title={y}}", b"# A document\n[@x]\n"])
def test_a_file_that_is_no_lock_is_never_written_over(filled: Run, data: bytes) -> None:
    LOCK.write_bytes(data)
    result = filled("lock", "paper.md")
    assert (result.code, LOCK.read_bytes()) == (3, data)
    assert re.match(r"refs: refs\.lock:\d+[:\d]*: .*\n$", result.err)


def test_the_lock_of_other_documents_is_never_written_over(locked: Run) -> None:
    Path("other.md").write_text("[@two]")
    before = text()
    for words in (
        ("lock", "other.md"),
        ("check", "other.md", "--locked"),
        ("check", "paper.md", "other.md", "--locked"),
    ):
        result = locked(*words)
        assert (result.code, text()) == (4, before)
        assert "refs.lock locks paper.md, not " in result.err
    assert locked("lock", "other.md", "--lock", "other.lock").code == 0
    assert locked("check", "other.md", "--lock", "other.lock").code == 0
    assert text() == before
    assert locked("lock", "other.md", "paper.md").code == 0
    assert lockfile.loads(text()).documents == ("other.md", "paper.md")
    assert locked("check", "paper.md", "other.md", "--locked").code == 0
    assert locked("lock", "paper.md").code == 4


def test_a_lock_that_is_not_there_is_said(filled: Run) -> None:
    for words in (("check", "--locked"), ("check", "paper.md", "--locked"), ("lock",)):
        result = filled(*words)
        assert (result.code, result.err) == (7, "refs: refs.lock: there is no such lock: refs lock DOC makes one\n")
    assert not LOCK.exists()


def test_what_is_missing_is_told_and_the_rest_locked(filled: Run) -> None:
    PAPER.write_text("[@one; @nope]")
    result = filled("lock", "paper.md")
    assert result.code == 3
    assert "paper.md:1:9: no reference has the key 'nope'" in result.err
    assert list(lockfile.loads(text()).references) == ["one"]
    result = filled("check", "--locked")
    assert (result.code, result.out) == (3, "")


def test_what_the_library_lost_differs_and_stays_in_the_lock(locked: Run) -> None:
    before = text()
    locked("remove", "one")
    result = locked("check", "--locked")
    assert result.code == 1
    assert messages(result) == ["one: no reference has this key now, the lock has: Doe, J. (2001). *One*. Pub."]
    again = locked("lock")
    assert (again.code, text()) == (0, before)
    assert "kept as it was locked, since the library lacks it: one\n" in again.err

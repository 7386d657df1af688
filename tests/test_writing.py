"""Files are replaced whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from refs.errors import StorageError
from refs.writing import replace_file


def test_only_other_bytes_are_written(tmp_path: Path) -> None:
    target = tmp_path / "refs.bib"
    assert replace_file(target, b"one")
    assert not replace_file(target, b"one")
    assert replace_file(target, b"two")
    assert target.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["refs.bib"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and links")
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "real.bib", tmp_path / "link.bib"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    replace_file(link, b"new")
    assert (link.is_symlink(), target.read_bytes(), target.stat().st_mode & 0o777) == (True, b"new", 0o640)


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_failure_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "refs.bib"
    target.write_bytes(b"old")
    if step == "fsync":
        monkeypatch.setattr("os.fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StorageError, match=r"refs\.bib: no space left on device"):
        replace_file(target, b"new")
    assert (target.read_bytes(), os.listdir(tmp_path)) == (b"old", ["refs.bib"])


def test_a_missing_directory_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such file or directory"):
        replace_file(tmp_path / "nowhere" / "refs.bib", b"new")

"""Windows: what differs there, run here with Windows paths and a stand-in for its locking module."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path, PureWindowsPath
from types import ModuleType

import pytest

import refs.lock
from refs.actions.editor import editor_command
from refs.sqlite import uri


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"C:\Users\Ana María\refs\library.sqlite3", "file:///C:/Users/Ana%20Mar%C3%ADa/refs/library.sqlite3?mode=ro"),
        (r"C:\50%\what?.sqlite3", "file:///C:/50%25/what%3F.sqlite3?mode=ro"),
        (r"\\server\share\library.sqlite3", "file://server/share/library.sqlite3?mode=ro"),
    ],
)
def test_sqlite_gets_windows_paths_as_uris(path: str, expected: str) -> None:
    assert uri(PureWindowsPath(path), "ro") == expected


def test_the_editor_of_windows_is_notepad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert editor_command({}) == ["notepad"]


def test_the_lock_of_windows_waits_its_turn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[int] = []

    def locking(descriptor: int, mode: int, size: int) -> None:
        calls.append(mode)
        if len(calls) < 3:
            raise OSError(36, "Resource deadlock avoided")

    stand_in = ModuleType("msvcrt")
    stand_in.locking, stand_in.LK_NBLCK = locking, 2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "msvcrt", stand_in)
    monkeypatch.setattr(sys, "platform", "win32")
    spec = importlib.util.spec_from_file_location("lock_of_windows", str(refs.lock.__file__))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.exclusive(tmp_path / "library.lock", lambda: None):
        assert calls == [2, 2, 2]

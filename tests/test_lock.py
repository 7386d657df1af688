"""The lock between processes: one at a time, in the order in which they came."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from refs import lock

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the order is kept by a lock that only Linux has")
PATIENCE = 60  # seconds


class Waiter(threading.Thread):
    """Somebody who wants the lock: `queued` once they wait for it, and in `served` when they had it."""

    def __init__(self, path: Path, served: list[str], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.path, self.served, self.queued = path, served, threading.Event()

    def run(self) -> None:
        with lock.exclusive(self.path, self.queued.set):
            self.served.append(self.name)


def queued(path: Path, served: list[str], name: str) -> Waiter:
    waiter = Waiter(path, served, name)
    waiter.start()
    assert waiter.queued.wait(PATIENCE)
    return waiter


@LINUX
def test_who_comes_first_is_served_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "NOTICE_AFTER", 0)
    served: list[str] = []
    with lock.exclusive(tmp_path / "x.lock", lambda: None):
        waiters = [queued(tmp_path / "x.lock", served, f"{number:02}") for number in range(12)]
    for waiter in waiters:
        waiter.join(PATIENCE)
    assert served == sorted(served)
    assert len(served) == 12


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed so elsewhere")
def test_a_killed_process_gives_its_place_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "NOTICE_AFTER", 0)
    path, served = tmp_path / "x.lock", list[str]()
    code = (
        "import sys; from pathlib import Path; from refs import lock; lock.NOTICE_AFTER = 0\n"
        "with lock.exclusive(Path(sys.argv[1]), lambda: print('queued', flush=True)): pass"
    )
    with lock.exclusive(path, lambda: None):
        first = queued(path, served, "first")
        with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"queued\n"
            last = queued(path, served, "last")
            child.kill()
    for waiter in (first, last):
        waiter.join(PATIENCE)
    assert sorted(served) == ["first", "last"]


def test_without_locks_of_bytes_the_file_lock_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_draw", lambda queue: 0)
    monkeypatch.setattr(lock, "NOTICE_AFTER", 0)
    served: list[str] = []
    with lock.exclusive(tmp_path / "x.lock", lambda: None):
        waiter = queued(tmp_path / "x.lock", served, "one")
        assert served == []
    waiter.join(PATIENCE)
    assert served == ["one"]

"""Signals, full disks, failing system calls and closed streams: each has a promised outcome, and none is a traceback.

python -m tests.reliability_faults [ROUNDS [SEED]]
"""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from refs import Library, Reference, backup
from refs.errors import RefsError, StorageError
from refs.writing import replace_file
from tests.reliability_kill import entries, litter

HERE = Path(__file__).resolve().parents[1]
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def command(library: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "refs", *words, "--library", str(library)]


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REFS_", "XDG_"))}
    return {**kept, "HOME": str(folder), "PYTHONPATH": str(HERE)}


def signalled(rounds: int, size: int, seed: int) -> Counter[str]:
    """Send a signal at a random moment of an import; count the outcomes, each of which is before or after."""
    chance, outcomes = random.Random(seed), Counter[str]()  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "in.bib"
        source.write_text(entries(size))
        longest = 0.0
        for number in range(rounds + 1):
            folder = Path(name) / str(number)
            folder.mkdir()
            sent = chance.choice(list(SIGNALS))
            outcomes[_signalled_once(folder, source, sent, chance.uniform(0, longest), size)] += 1
            if number == 0:
                outcomes.clear()
                longest = _duration(folder, source)
    return outcomes


def _duration(folder: Path, source: Path) -> float:
    started = time.monotonic()
    words = command(folder / "timed.sqlite3", "import", str(source))
    subprocess.run(words, env=environment(folder), capture_output=True, check=True)
    (folder / "timed.sqlite3").unlink()
    return time.monotonic() - started


def _signalled_once(folder: Path, source: Path, sent: signal.Signals, moment: float, size: int) -> str:
    path = folder / "library.sqlite3"
    child = subprocess.Popen(
        command(path, "import", str(source)),
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(moment)
    child.send_signal(sent)
    at = time.monotonic()
    said = child.communicate()[1]
    assert time.monotonic() - at < 30
    held = len(Library(path)) if path.exists() else 0
    assert held in (0, size), held
    assert litter(folder) == [], litter(folder)
    if child.returncode == 0:
        assert held == size
        return "done before the signal"
    if child.returncode == -sent or "refs" not in said:
        return "ended by the system before refs began"  # while the interpreter starts, the signal is not ours
    assert "Traceback" not in said, said
    assert child.returncode == SIGNALS[sent], (child.returncode, said)
    assert len(said.splitlines()) == 1, said
    return f"one line, exit {child.returncode}, {'whole' if held else 'nothing'} stored"


@contextmanager
def small_disk(size: str = "1m") -> Iterator[Path | None]:
    """Give a folder on a disk of that size, or None where none can be mounted."""
    with tempfile.TemporaryDirectory() as name:
        mounted = (
            os.getuid() == 0
            and not subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", name], capture_output=True
            ).returncode
        )
        try:
            yield Path(name) if mounted else None
        finally:
            if mounted:
                subprocess.run(["umount", name], check=True)


def fill(library: Library, limit: int = 10_000) -> int:
    """Add references until the disk is full; return how many were acknowledged. All of them must be there."""
    acknowledged = 0
    try:
        while acknowledged < limit:
            with library.change() as change:
                change.add(Reference("book", {"title": f"Title {acknowledged}", "abstract": "x" * 20_000}))
            acknowledged += 1
    except StorageError as error:
        said = str(error)
    else:
        said = "never full"
    assert said.endswith(("the disk is full; nothing was changed", "the disk reports an error")), said
    assert len(library) == acknowledged
    return acknowledged


def purge_on_a_full_disk(disk: Path) -> None:
    """Purge where there is no room to write the file anew: that is told, nothing is lost, and again does it."""
    library = Library(disk / "library.sqlite3")
    with library.change() as change:
        change.add(Reference("book", {"title": "Secret", "abstract": "hush " * 4_000}), key="secret")
        for number in range(15):
            change.add(Reference("book", {"title": f"Title {number}", "abstract": "x" * 20_000}))
    library.apply(lambda change: change.remove(["secret"]))
    held, padding = len(library), disk / "padding"
    # The wiping itself needs room for its journal; then the temporary copy has none.
    with (
        mock.patch.dict(os.environ, {"SQLITE_TMPDIR": str(disk)}),
        mock.patch.object(type(library.engine), "compact", _without_room(type(library.engine).compact, padding)),
    ):
        with pytest.raises(StorageError, match="its free pages still hold what was wiped"):
            library.purge()
    padding.unlink()
    assert (len(library), library.removed()) == (held, [])
    library.engine.compact()
    assert b"hush" not in library.path.read_bytes()


def _without_room(compact: Callable[[Any], None], padding: Path) -> Callable[[Any], None]:
    def full(engine: Any) -> None:
        with padding.open("wb", buffering=0) as stream, suppress(OSError):
            while True:
                stream.write(b"x" * 4096)
        compact(engine)

    return full


def with_file_limit(work: Callable[[], None], size: int) -> None:
    """Do something while no file can grow past a size, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        work()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


CALLS = ("fsync", "replace", "chmod", "unlink", "stat", "open")


def failing_calls(work: Callable[[], object], check: Callable[[bool], None], most: int = 400) -> int:
    """Let the n-th of the calls to the system fail, for each n; return how many there were.

    `check` is told whether the work was acknowledged. Whatever is raised must be a RefsError.
    """
    for number in range(1, most):
        seen = [0]
        with _failing(number, seen):
            try:
                work()
                acknowledged = True
            except RefsError:
                acknowledged = False
        check(acknowledged)
        if seen[0] < number:
            return number - 1
    raise AssertionError(f"more than {most} calls")


@contextmanager
def _failing(number: int, seen: list[int]) -> Iterator[None]:
    def wrap(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            seen[0] += 1
            if seen[0] == number:
                raise OSError(errno.EIO, "Input/output error")
            return real(*arguments, **options)

        return call

    patches = [mock.patch.object(os, name, wrap(getattr(os, name))) for name in CALLS]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def fail_calls_of_an_export(folder: Path) -> int:
    """Let each call of a replacement of a file fail: the old bytes or the new, and the new if acknowledged."""
    target = folder / "out.bib"

    def check(acknowledged: bool) -> None:
        assert target.read_bytes() in ((b"new",) if acknowledged else (b"old", b"new"))
        target.write_bytes(b"old")

    target.write_bytes(b"old")
    calls = failing_calls(lambda: replace_file(target, b"new"), check)
    replace_file(target, b"afterwards")
    assert [path.name for path in folder.iterdir()] == ["out.bib"]
    return calls


def fail_calls_of_a_backup(folder: Path) -> int:
    """Let each call of a backup fail: it is there whole, or not at all."""
    library = Library(folder / "library.sqlite3", "test")
    with library.change() as change:
        change.add(Reference("book", {"title": "One"}))
    made = [0]

    def check(acknowledged: bool) -> None:
        found = backup.backups(library.path)
        made[0] += acknowledged
        assert all(backup.inspect(one).references == 1 for one in found)
        assert len(found) >= acknowledged
        assert len(library) == 1

    calls = failing_calls(lambda: backup.back_up(library.path), check)
    backup.back_up(library.path)
    assert litter(folder) == []
    return calls


STREAMS = ("list", "list --json", "export", "cite", "history", "doctor", "--help", "show key1", "diff 1", "styles")


def streams(folder: Path, commands: Sequence[str] = STREAMS) -> dict[str, Counter[int]]:
    """Run commands with a stdout that cannot be written; return the exit codes of each kind of stdout."""
    path = folder / "library.sqlite3"
    (folder / "in.bib").write_text(entries(40))
    subprocess.run(
        command(path, "import", str(folder / "in.bib")), env=environment(folder), check=True, capture_output=True
    )
    kinds = {"full": "> /dev/full", "closed": ">&-", "pipe": "| true", "both full": "> /dev/full 2> /dev/full"}
    codes: dict[str, Counter[int]] = {kind: Counter() for kind in kinds}
    for kind, redirection in kinds.items():
        for words in commands:
            line = f'"$0" -m refs {words} {redirection}; exit ${{PIPESTATUS[0]}}'
            run = subprocess.run(
                ["bash", "-c", line, sys.executable],
                env={**environment(folder), "REFS_LIBRARY": str(path)},
                capture_output=True,
                text=True,
            )
            assert "Traceback" not in run.stderr, run.stderr
            assert "Exception ignored" not in run.stderr, run.stderr
            assert len(run.stderr.splitlines()) <= 1, (words, run.stderr)
            codes[kind][run.returncode] += 1
    return codes


def main(rounds: int = 100, seed: int = 1) -> None:
    for outcome, count in sorted(signalled(rounds * 3, 1500, seed).items()):
        print(f"signals: {count} {outcome}", flush=True)
    with small_disk() as disk:
        if disk:
            print(f"full disk of 1 MB: {fill(Library(disk / 'library.sqlite3'))} acknowledged, all there")
    with small_disk("4m") as disk:
        if disk:
            purge_on_a_full_disk(disk)
            print("purge on a full disk: told, nothing lost, done when there was room")
    with tempfile.TemporaryDirectory() as name:
        print(f"calls that failed in turn in an export: {fail_calls_of_an_export(Path(name))}")
    with tempfile.TemporaryDirectory() as name:
        print(f"calls that failed in turn in a backup: {fail_calls_of_a_backup(Path(name))}")
    with tempfile.TemporaryDirectory() as name:
        for kind, codes in streams(Path(name)).items():
            print(f"stdout {kind}: exit codes {dict(codes)}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))

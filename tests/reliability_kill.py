"""Kill refs with signal 9 at random moments of each kind of work, and see what it finds afterwards.

    python -m tests.reliability_kill [ROUNDS [SEED]]

Nothing acknowledged may be lost, every batch is there whole or not at all, the next command works without repair, the
doctor finds nothing wrong, and nothing half made lies about.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from refs import Library, Reference, backup, migrations
from refs.actions import exporting
from refs.actions.doctor import examine
from refs.actions.importing import import_files
from refs.writing import replace_file

Acknowledge = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: what is there before it, the work itself, and the check of what a kill left."""

    prepare: Callable[[Path, int], None]
    run: Callable[[Path, Acknowledge], None]
    check: Callable[[Path, int, int], None]
    again: Callable[[Path], None]


def library(folder: Path) -> Library:
    return Library(folder / "library.sqlite3", "test")


def entries(count: int, mark: str = "") -> str:
    return "\n".join(
        f"@article{{key{mark}{n}, author={{Author{n}, A.}}, title={{Title {mark}{n} of a work}},"
        f" year={{{1900 + n % 120}}}, journal={{Journal {n % 7}}}, doi={{10.5555/{mark}{n}}}}}"
        for n in range(count)
    )


def prepare_import(folder: Path, size: int) -> None:
    (folder / "in.bib").write_text(entries(size))


def run_import(folder: Path, acknowledge: Acknowledge) -> None:
    import_files(library(folder), [folder / "in.bib"])
    acknowledge()


def check_import(folder: Path, size: int, acknowledged: int) -> None:
    assert len(library(folder)) in ((size,) if acknowledged else (0, size))


def add_one(folder: Path) -> None:
    with library(folder).change() as change:
        change.add(Reference("book", {"title": "Afterwards"}))


def prepare_edits(folder: Path, size: int) -> None:
    (folder / "in.bib").write_text(entries(20))
    import_files(library(folder), [folder / "in.bib"])


def run_edits(folder: Path, acknowledge: Acknowledge) -> None:
    shelf = library(folder)
    reference = shelf.get("key0")
    for number in range(1, 41):
        edited = replace(reference, fields={**reference.fields, "note": str(number)})
        shelf.apply(lambda change, edited=edited: change.replace(edited))  # type: ignore[misc]
        acknowledge()


def check_edits(folder: Path, size: int, acknowledged: int) -> None:
    found = int(library(folder).get("key0").text("note") or 0)
    assert found in (acknowledged, acknowledged + 1), f"{found} of {acknowledged} acknowledged"


def prepare_migration(folder: Path, size: int) -> None:
    with closing(sqlite3.connect(folder / "library.sqlite3")) as db:
        migrations.m001_references(db)
        db.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
        item = '{{"id": "key{0}", "type": "book", "title": "Title {0}", "DOI": "10.5555/{0}"}}'
        for n in range(size // 5):
            row = (n + 1, f"key{n}", "book", "", None, f"Title {n}", "title", "2020", "2020", "title", item.format(n))
            db.execute(f"INSERT INTO reference VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
            db.execute("INSERT INTO identifier VALUES (?, ?)", (f"doi:10.5555/{n}", n + 1))
        db.commit()


def run_migration(folder: Path, acknowledge: Acknowledge) -> None:
    len(library(folder))
    acknowledge()


def check_migration(folder: Path, size: int, acknowledged: int) -> None:
    with closing(sqlite3.connect(folder / "library.sqlite3")) as db:
        done = db.execute("PRAGMA user_version").fetchone()[0]
        assert done in ((len(migrations.STEPS),) if acknowledged else (1, len(migrations.STEPS)))
        if done != 1:
            (kept,) = backup.backups(folder / "library.sqlite3")
            assert backup.inspect(kept).references == size // 5
    assert len(library(folder)) == size // 5
    assert "key17" in [row.key for row in library(folder).rows("title:17")]


def run_backup(folder: Path, acknowledge: Acknowledge) -> None:
    backup.back_up(folder / "library.sqlite3")
    acknowledge()


def check_backup(folder: Path, size: int, acknowledged: int) -> None:
    found = backup.backups(folder / "library.sqlite3")
    assert len(found) >= acknowledged
    assert all(backup.inspect(one).references == size for one in found)
    assert len(library(folder)) == size


def prepare_full(folder: Path, size: int) -> None:
    prepare_import(folder, size)
    import_files(library(folder), [folder / "in.bib"])
    (folder / "out.bib").write_text("% before\n")


def run_export(folder: Path, acknowledge: Acknowledge) -> None:
    written = exporting.output(library(folder).references(), "bibtex", {}, strict=False)
    replace_file(folder / "out.bib", written.text.encode())
    acknowledge()


def export_again(folder: Path) -> None:
    run_export(folder, lambda: None)
    replace_file(folder / "out.bib", b"% afterwards\n")


def check_export(folder: Path, size: int, acknowledged: int) -> None:
    text = (folder / "out.bib").read_text()
    whole = text.count("@article") == size and text.endswith("}\n")
    assert whole if acknowledged else whole or text == "% before\n"


def run_undo(folder: Path, acknowledge: Acknowledge) -> None:
    library(folder).apply(lambda change: change.undo())
    acknowledge()


def check_undo(folder: Path, size: int, acknowledged: int) -> None:
    assert len(library(folder)) in ((0,) if acknowledged else (0, size))


WORKS = {
    "import": Work(prepare_import, run_import, check_import, add_one),
    "edits": Work(prepare_edits, run_edits, check_edits, add_one),
    "migration": Work(prepare_migration, run_migration, check_migration, add_one),
    "backup": Work(prepare_full, run_backup, check_backup, lambda folder: run_backup(folder, lambda: None)),
    "export": Work(prepare_full, run_export, check_export, export_again),
    "undo": Work(prepare_full, run_undo, check_undo, add_one),
}


def killed(work: Work, folder: Path, seconds: float | None) -> tuple[int, float, bool]:
    """Run the work in a process, killed after so many seconds.

    Return how much it acknowledged, how long it took, and whether it was still at work.
    """
    reader, writer = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            work.run(folder, lambda: bool(os.write(writer, b".")))  # type: ignore[arg-type]
        finally:
            os._exit(0)
    os.close(writer)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    with os.fdopen(reader, "rb") as stream:
        return len(stream.read()), time.monotonic() - started, os.WIFSIGNALED(status)


def litter(folder: Path) -> list[str]:
    """Return what is neither the library, its locks, a backup nor a file of the test."""
    known = {"library.sqlite3", "library.sqlite3.lock", "library.sqlite3.queue", "library-backups", "in.bib", "out.bib"}
    stray = [path.name for path in folder.iterdir() if path.name not in known]
    backups = backup.folder(folder / "library.sqlite3")
    return stray + [path.name for path in backups.glob("*") if not path.match("[0-9s]*.sqlite3")]


def kill_at_random(name: str, rounds: int, size: int, seed: int) -> int:
    """Kill one kind of work so many times; return how often that came before its end. Fail if it does harm."""
    work, chance, early = WORKS[name], random.Random(seed), 0  # noqa: S311
    place = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="refs-kill-", dir=place) as parent:
        ready = Path(parent) / "ready"
        ready.mkdir()
        work.prepare(ready, size)
        longest = 0.0
        for number in range(rounds + 1):
            folder = Path(parent) / str(number)
            _copy(ready, folder)
            moment = chance.uniform(0, longest * 1.05) if number else None
            acknowledged, seconds, at_work = killed(work, folder, moment)
            if not at_work:  # the first run may have been slow by chance: kills must not come after the end
                longest = min(longest or seconds, seconds)
            early += at_work
            work.check(folder, size, acknowledged)
            work.again(folder)
            assert not (stray := litter(folder)), stray
            problems = [one for one in examine(library(folder)) if one.level == "problem"]
            assert not problems, problems
            _remove(folder)
    return early


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copytree(source, target)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder)


def main(rounds: int = 200, seed: int = 1) -> None:
    for name in WORKS:
        started = time.monotonic()
        size = 5000 if name == "import" else 1000
        early = kill_at_random(name, rounds, size, seed)
        print(
            f"{name}: {rounds} kills, {early} of them at work: nothing lost, torn or left over;",
            end="",
        )
        print(f" {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))

"""Let many processes write to one library at once, and count what arrives and how long each waited.

    python -m tests.reliability_writers [PROCESSES [WRITES]]

Each write adds a reference and raises a counter that all share, on SQLite and on PostgreSQL, on the disk and in memory.
Beside them stand writes of a bare row in the same turns and as durably: what the disk and the machine take. Another
control raises a counter on PostgreSQL by reading and writing without the check, which must lose some.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from refs import Library, Reference
from refs.change import Change
from refs.lock import exclusive
from refs.sqlite import connect

HERE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Result:
    """What arrived of all writes, what the writers said on stderr, and how long each waited, in seconds."""

    references: int
    counter: int
    batches: int
    said: str
    waits: list[float]

    @property
    def p99(self) -> float:
        return sorted(self.waits)[int(len(self.waits) * 0.99)]


def raise_counter(library: Library, number: int, name: str) -> None:
    """Add a reference and raise the shared counter, in one change."""

    def work(change: Change) -> None:
        counter = library.get("counter")
        raised = int(counter.text("note")) + 1
        change.replace(Reference("book", {"title": "Counter", "note": str(raised)}, key="counter"), counter)
        change.add(Reference("book", {"title": f"Title {number}", "DOI": f"10.5555/{name}.{number}"}))

    library.apply(work)


def raise_naively(url: str) -> None:
    """Raise a counter as one must not: read, then write, without a lock or a check."""
    import psycopg

    with psycopg.connect(url) as db:
        (found,) = db.execute("SELECT n FROM naive").fetchone() or (0,)
        db.execute("UPDATE naive SET n = %s", (found + 1,))


def write_barely(place: str) -> None:
    """Add a row to a table, as durably as a library does and in turn."""
    if "://" in place:
        db = _connected(place)
        db.execute("UPDATE naive SET n = n + 1")
        db.commit()
        return
    path = Path(place)
    with exclusive(path.with_name(f"{path.name}.lock"), lambda: None), closing(connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE IF NOT EXISTS bare (text TEXT)")
        db.execute("INSERT INTO bare VALUES ('Title')")
        db.execute("COMMIT")


@lru_cache(maxsize=1)
def _connected(url: str) -> Any:
    import psycopg

    return psycopg.connect(url)


def write(place: str, name: str, writes: int, kind: str) -> None:
    """Be one of the writers, "refs", "naive" or "bare"; print how long each write took."""
    library = Library(place if "://" in place else Path(place), name)
    waits = []
    sys.stdin.readline()  # until all are ready
    for number in range(writes):
        started = time.monotonic()
        if kind == "naive":
            raise_naively(place)
        elif kind == "bare":
            write_barely(place)
        else:
            raise_counter(library, number, name)
        waits.append(time.monotonic() - started)
    print(json.dumps(waits))


def run(place: str, processes: int, writes: int, kind: str = "refs") -> Result:
    """Let the processes write, and count."""
    library = Library(place if "://" in place else Path(place), "test")
    if kind == "refs":
        library.apply(lambda change: change.add(Reference("book", {"title": "Counter", "note": "0"}), key="counter"))
    command = [sys.executable, "-m", "tests.reliability_writers", "--write", place]
    pipe = subprocess.PIPE
    writers = [
        subprocess.Popen(
            [*command, f"w{number}", str(writes), kind],
            cwd=HERE,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )
        for number in range(processes)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    answers = [writer.communicate() for writer in writers]
    said = "".join(error for _, error in answers)
    waits = [wait for out, _ in answers if out for wait in json.loads(out)]
    if kind != "refs":
        return Result(0, 0, 0, said, waits)
    counter = int(library.get("counter").text("note"))
    return Result(len(library) - 1, counter, len(library.batches()) - 1, said, waits)


def run_naively(url: str, processes: int, writes: int) -> int:
    """Return what is left of a counter that all raised without care."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as db:
        db.execute("DROP TABLE IF EXISTS naive")
        db.execute("CREATE TABLE naive (n BIGINT)")
        db.execute("INSERT INTO naive VALUES (0)")
        run(url, processes, writes, "naive")
        (left,) = db.execute("SELECT n FROM naive").fetchone() or (0,)
        return int(left)


@contextmanager
def places() -> Iterator[dict[str, str]]:
    """Give a library in memory, one on the disk, and one on a server where there is one."""
    from tests import postgres

    with tempfile.TemporaryDirectory(prefix="refs-writers-") as name:
        found = {"SQLite on the disk": f"{name}/library.sqlite3"}
        if os.path.isdir("/dev/shm"):  # noqa: S108
            folder = tempfile.mkdtemp(prefix="refs-writers-", dir="/dev/shm")
            found["SQLite in memory"] = f"{folder}/library.sqlite3"
        try:
            if postgres.binaries() is None:
                yield found
            else:
                with postgres.server(synced=True) as url, _server_in_memory() as fast:
                    yield {**found, "PostgreSQL on the disk": url, **fast}
        finally:
            if "SQLite in memory" in found:
                import shutil

                shutil.rmtree(Path(found["SQLite in memory"]).parent)


@contextmanager
def _server_in_memory() -> Iterator[dict[str, str]]:
    from tests import postgres

    if os.path.isdir("/dev/shm"):  # noqa: S108
        with postgres.server(Path("/dev/shm"), synced=True) as url:  # noqa: S108
            yield {"PostgreSQL in memory": url}
    else:
        yield {}


def main(processes: int = 8, writes: int = 500) -> None:
    with places() as found:
        for name, place in found.items():
            result = run(place, processes, writes)
            said = result.said.splitlines()
            print(
                f"{name}: {result.references} references, counter {result.counter}, {result.batches} batches of"
                f" {processes * writes}; wait {spread(result)}; {len(said)} lines said,"
                f" {sum('locked' in line for line in said)} of a lock",
                flush=True,
            )
            if "://" in place:
                print(f"the naive control: {run_naively(place, processes, writes)} of {processes * writes}")
            beside = place if "://" in place else f"{place}.bare"
            print(f"bare rows beside it: wait {spread(run(beside, processes, writes, 'bare'))}", flush=True)


def spread(result: Result) -> str:
    """Return how long the writes waited, in words."""
    waits = sorted(1000 * wait for wait in result.waits)
    return f"p50 {waits[len(waits) // 2]:.0f} ms, p99 {1000 * result.p99:.0f} ms, most {waits[-1]:.0f} ms"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
    else:
        main(*(int(word) for word in sys.argv[1:]))

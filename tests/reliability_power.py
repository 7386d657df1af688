"""Cut the power at every write and sync of SQLite, on a simulated disk, and see what the next start finds.

    python -m tests.reliability_power [CUTS [SEED]]

The disk keeps what was synced. Of what was written since, each sector is kept or lost by chance, and a file's creation
or deletion is lost unless its directory was synced. Nothing acknowledged may be lost and nothing be damaged. With
`synchronous=OFF` the same must fail, or the disk would prove nothing.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from refs import Library, Reference, sqlite
from refs.errors import StorageError

apsw: Any = pytest.importorskip("apsw", reason="apsw, with which the disk is simulated, is not installed")
VFS = "refs-power"


@dataclass(slots=True)
class File:
    """A file of the simulated disk: what programs see, what is durable, and what was written since the last sync."""

    content: bytearray = field(default_factory=bytearray)
    durable: bytes | None = None  # None: its name is not in the directory yet
    writes: list[tuple[int, bytes | None]] = field(default_factory=list)  # bytes at an offset, or a new length


class Disk:
    """Files by name, which a cut turns into what a power loss leaves of them."""

    def __init__(self, cut: int, sector: int, seed: int) -> None:
        self.files: dict[str, File] = {}
        self.deleted: dict[str, File] = {}  # names whose directory was not synced since
        self.steps, self.cut, self.sector = 0, cut, sector
        self.chance = random.Random(seed)  # noqa: S311
        self.off, self.failing = False, 0

    def step(self) -> None:
        """Count an operation; from the cut on all of them fail."""
        self.steps += 1
        if self.steps == self.failing:
            raise apsw.IOError
        if self.off or self.steps == self.cut:
            self.off = True
            raise apsw.IOError

    def survivors(self) -> dict[str, File]:
        """Return the files as they are after the power came back."""
        left = {}
        for name in {**self.deleted, **self.files}:
            file = self.files.get(name)
            if file is None or file.durable is None:  # the directory may still say what it said at its last sync
                file = self.chance.choice((file, self.deleted.get(name)))
            if file is not None:
                content = self._torn(file)
                left[name] = File(bytearray(content), bytes(content))
        return left

    def _torn(self, file: File) -> bytes:
        content = bytearray(file.durable or b"")
        for offset, data in file.writes:
            if data is None:
                if self.chance.random() < 0.5:
                    content[:] = content[:offset].ljust(offset, b"\0")
                continue
            for start in range(0, len(data), self.sector):
                if self.chance.random() < 0.5:
                    _put(content, offset + start, data[start : start + self.sector])
        return bytes(content)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class PowerVFS(apsw.VFS):  # type: ignore[misc]
    """SQLite's view of the disk."""

    def __init__(self) -> None:
        super().__init__(VFS, "")
        self.disk = Disk(0, 512, 0)

    def xOpen(self, name: Any, flags: list[int]) -> PowerFile:  # noqa: N802
        flags[1] = flags[0]
        if name is None:
            return PowerFile(self.disk, File())  # of SQLite's own, for a moment
        path = name.filename() if hasattr(name, "filename") else str(name)
        if path not in self.disk.files:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise apsw.CantOpenError
            self.disk.step()
            self.disk.files[path] = File()
        return PowerFile(self.disk, self.disk.files[path])

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        self.disk.step()
        file = self.disk.files.pop(name, None)
        if syncdir:
            self.disk.deleted.clear()
        elif file is not None and file.durable is not None:
            self.disk.deleted[name] = file

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return name in self.disk.files

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


class PowerFile:
    """An open file of the disk. One process uses it, so the locks are always free."""

    def __init__(self, disk: Disk, file: File) -> None:
        self.disk, self.file = disk, file

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        if self.disk.off:
            raise apsw.IOError
        return bytes(self.file.content[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.file.writes.append((offset, bytes(data)))
        self.disk.step()
        _put(self.file.content, offset, data)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.file.writes.append((size, None))
        self.disk.step()
        del self.file.content[size:]

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.disk.step()
        if self.file.durable is None:
            self.disk.deleted.clear()  # SQLite's own VFS syncs the directory of a new file too
        self.file.durable = bytes(self.file.content)
        self.file.writes.clear()

    def xFileSize(self) -> int:  # noqa: N802
        return len(self.file.content)

    def xLock(self, level: int) -> None:  # noqa: N802
        pass

    def xUnlock(self, level: int) -> None:  # noqa: N802
        pass

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return self.disk.sector

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return 0

    def xClose(self) -> None:  # noqa: N802
        pass


class Rows:
    """What a statement gave, as sqlite3's cursors have it."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows, self.rowcount = iter(rows), rowcount

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class Adapter:
    """An apsw connection with the few methods of sqlite3's that the library uses."""

    def __init__(self, path: Path, pragmas: Iterable[str], vfs: str = VFS) -> None:
        with translated():
            flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
            self.db = apsw.Connection(str(path), flags=flags, vfs=vfs)
        for pragma in pragmas:
            self.execute(f"PRAGMA {pragma}")

    def execute(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> Rows:
        with translated():
            rows = list(self.db.execute(sql, values))
            return Rows(rows, self.db.changes())

    def executemany(self, sql: str, values: Iterable[Mapping[str, object]]) -> None:
        with translated():
            self.db.executemany(sql, values)

    @property
    def in_transaction(self) -> bool:
        return bool(self.db.in_transaction)

    def close(self) -> None:
        with translated():
            self.db.close(True)


@contextmanager
def translated() -> Iterator[None]:
    """Raise what sqlite3 would for an error of apsw."""
    try:
        yield
    except apsw.Error as error:
        told = sqlite3.OperationalError(str(error))
        told.sqlite_errorcode = getattr(error, "extendedresult", 0)
        raise told from error


def connector(pragmas: Sequence[str], vfs: str = VFS) -> Callable[..., Any]:
    """Return what takes the place of `refs.sqlite.connect`."""

    def connect(path: Path, mode: str = "rwc") -> Adapter:
        return Adapter(path, pragmas, vfs)

    return connect


def states(library: Library) -> dict[str, object]:
    """Return all that the script below changes."""
    return {
        "references": library.references(),
        "found": [row.key for row in library.rows("title")],
        "facts": library.facts("test"),
        "batches": [(batch.number, batch.things, batch.undoes) for batch in library.batches()],
    }


def script(library: Library) -> Iterator[None]:
    """Change the library in each way, and yield when a change is acknowledged."""
    references = [
        Reference("book", {"title": f"Title {n}", "DOI": f"10.5555/{n}", "abstract": "x" * 700 * n}) for n in range(9)
    ]
    with library.change() as change:
        for reference in references[:5]:
            change.add(reference)
    yield
    key = library.keys()[0]
    for reference in references[5:]:
        with library.change() as change:
            change.add(reference)
        yield
    with library.change() as change:
        change.replace(Reference("book", {"title": "Title of another length" * 40}, key=key))
        change.set_fact("test", "a", [1, 2])
    yield
    with library.change() as change:
        change.remove(library.keys()[2:5])
    yield
    for _ in range(2):
        with library.change() as change:
            change.undo()
        yield
    with library.change() as change:
        change.rename(key, "renamed")
    yield


@dataclass(slots=True)
class Outcome:
    """What many cuts gave."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    damaged: int = 0


def cut_power(cuts: int, seed: int, synchronous: str = "EXTRA") -> Outcome:
    """Run the script once for each cut, and look at what the disk holds afterwards."""
    pragmas = [f"synchronous = {synchronous}" if "synchronous" in one else one for one in sqlite.PRAGMAS]
    vfs, real = PowerVFS(), sqlite.connect
    outcome = Outcome()
    sqlite.connect = connector(pragmas)
    try:
        with tempfile.TemporaryDirectory() as folder:
            library = Library(Path(folder) / "library.sqlite3", "test")
            library.path.touch()  # the library looks whether there is a file; its bytes are on the simulated disk
            vfs.disk = Disk(0, 512, seed)
            expected = [states(library), *(states(library) for _ in script(library))]
            steps = vfs.disk.steps
            for number in range(cuts):
                vfs.disk = Disk(1 + number * steps // cuts, (512, 4096)[number % 2], seed + number)
                _cut_once(library, vfs, expected, outcome)
    finally:
        sqlite.connect = real
    return outcome


def _cut_once(library: Library, vfs: PowerVFS, expected: list[dict[str, object]], outcome: Outcome) -> None:
    acknowledged = 0
    try:
        for _ in script(library):
            acknowledged += 1
    except StorageError:
        pass
    disk = Disk(0, vfs.disk.sector, 0)
    disk.files = vfs.disk.survivors()
    vfs.disk = disk
    outcome.cuts += 1
    outcome.acknowledged += acknowledged
    try:
        db = sqlite.connect(library.path)
        whole = db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        whole = whole and db.execute("PRAGMA foreign_key_check").fetchone() is None
        db.close()
        found = states(library)
    except (sqlite3.Error, StorageError):
        whole = False
    if not whole:
        outcome.damaged += 1
    elif found not in expected[acknowledged : acknowledged + 2]:
        outcome.lost += 1


def fail_once(seed: int, every: int = 1) -> Outcome:
    """Let one operation of the disk after the other fail, once each; the changes around it must be whole.

    `lost` counts what was acknowledged and is not there, or was refused and is.
    """
    vfs, real, outcome = PowerVFS(), sqlite.connect, Outcome()
    sqlite.connect = connector(sqlite.PRAGMAS)
    try:
        with tempfile.TemporaryDirectory() as folder:
            library = Library(Path(folder) / "library.sqlite3", "test")
            library.path.touch()
            vfs.disk = Disk(0, 512, seed)
            expected = [states(library), *(states(library) for _ in script(library))]
            for number in range(1, vfs.disk.steps, every):
                vfs.disk = Disk(0, 512, seed)
                vfs.disk.failing = number
                acknowledged = 0
                with suppress(StorageError):
                    for _ in script(library):
                        acknowledged += 1
                outcome.cuts += 1
                outcome.acknowledged += acknowledged
                outcome.lost += states(library) != expected[acknowledged]
    finally:
        sqlite.connect = real
    return outcome


def main(cuts: int = 2000, seed: int = 1) -> None:
    for synchronous in ("EXTRA", "FULL", "OFF"):
        started = time.monotonic()
        count = cuts if synchronous == "EXTRA" else cuts // 10
        found = cut_power(count, seed, synchronous)
        print(
            f"synchronous={synchronous}: {found.cuts} cuts, {found.acknowledged} changes acknowledged,"
            f" lost after {found.lost} cuts, damaged after {found.damaged}; {time.monotonic() - started:.0f} s"
        )
    found = fail_once(seed)
    print(f"each of {found.cuts} disk operations failing once: {found.lost} times another state than was acknowledged")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))

"""Flip single bytes of a library and of a backup: each flip is found by the doctor or changes nothing that is shown.

    python -m tests.reliability_damage [FLIPS [SEED]]

Also: a backup taken while eight processes write.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from refs import Library, backup
from refs.actions.doctor import examine
from refs.actions.importing import import_files
from refs.errors import RefsError
from tests.reliability_kill import entries
from tests.reliability_states import MEMORY
from tests.reliability_writers import HERE

QUERIES = (
    "title:7",
    "work",
    "author33",
    "journal 2",
    "added:>2020",
    "changed:>2020",
    "year:1930..1940",
    "key:key5",
    "*itl",
)


def shown(library: Library) -> dict[str, Any]:
    """Return what commands show of a library."""
    return {
        "references": library.references(),
        "rows": library.rows(),
        "found": [[row.key for row in library.rows(query)] for query in QUERIES],
        "aliases": list(library.existing(["old"])),
        "history": [library.revisions(batch.number) for batch in library.batches()],
        "batches": library.batches(),
        "facts": library.facts("test"),
    }


def prepared(folder: Path, size: int = 60) -> Library:
    """Return a library with something in each of its tables."""
    (folder / "in.bib").write_text(entries(size))
    library = Library(folder / "library.sqlite3", "test")
    import_files(library, [folder / "in.bib"])
    library.apply(lambda change: change.add_aliases("key2", ["old"]))
    library.apply(lambda change: change.set_fact("test", "a", {"b": 1}))
    library.apply(lambda change: change.rename("key1", "renamed"))
    library.apply(lambda change: change.rename("renamed", "key1"))
    library.apply(lambda change: change.remove(["key3"]))
    return library


def flip(flips: int, seed: int) -> Counter[str]:
    """Flip one byte at a time; count what came of it. A wrong answer that the doctor does not see is "silent"."""
    chance, outcomes = random.Random(seed), Counter[str]()  # noqa: S311
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        library = prepared(Path(name))
        whole = library.path.read_bytes()
        expected = shown(library)
        for _ in range(flips):
            place = chance.randrange(len(whole))
            data = bytearray(whole)
            data[place] ^= chance.randrange(1, 256)
            library.path.write_bytes(data)
            outcomes[_outcome(library, expected)] += 1
    return outcomes


def _outcome(library: Library, expected: dict[str, Any]) -> str:
    found = any(one.level == "problem" or (one.level, one.about) == ("advice", "tables") for one in examine(library))
    try:
        same = shown(library) == expected
    except RefsError:
        return "found by the doctor" if found else "refused"
    if found:
        return "found by the doctor"
    return "harmless" if same else "silent"


def flip_backup(flips: int, seed: int) -> Counter[str]:
    """Flip bytes of a backup; it is refused, or what it holds is read whole."""
    chance, outcomes = random.Random(seed), Counter[str]()  # noqa: S311
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        library = prepared(Path(name))
        expected = shown(library)
        made = backup.back_up(library.path)
        whole = made.path.read_bytes()
        for _ in range(flips):
            data = bytearray(whole)
            data[chance.randrange(len(whole))] ^= chance.randrange(1, 256)
            made.path.write_bytes(data)
            try:
                backup.inspect(made.path)
            except RefsError:
                outcomes["refused"] += 1
                continue
            outcomes[_outcome(Library(made.path), expected)] += 1
    return outcomes


def back_up_under_writers(writers: int, writes: int) -> tuple[int, int, float]:
    """Back a library up while processes write to it; return what was there before and is in the backup, and seconds."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        library = prepared(Path(name), 500)
        library.apply(lambda change: change.add(library.get("key5"), key="counter"))
        code = (
            "import sys; from pathlib import Path; from refs import Library, Reference\n"
            "library = Library(Path(sys.argv[1]), 'writer')\n"
            "for n in range(int(sys.argv[3])):\n"
            "    work = Reference('book', {'title': f'T {n}', 'DOI': f'10.5556/{sys.argv[2]}.{n}'})\n"
            "    library.apply(lambda change: change.add(work))\n"
        )
        words = [sys.executable, "-c", code, str(library.path)]
        running = [subprocess.Popen([*words, str(number), str(writes)], cwd=HERE) for number in range(writers)]
        time.sleep(1)
        before, started = len(library), time.monotonic()
        made = backup.back_up(library.path)
        seconds = time.monotonic() - started
        codes = [one.wait() for one in running]
        assert codes == [0] * writers
        assert len(library) == 499 + writers * writes
        restored = Library(Path(name) / "restored.sqlite3")
        backup.restore(restored.path, made.path)
        assert [one for one in examine(restored) if one.level == "problem"] == []
        return before, len(restored), seconds


def main(flips: int = 1000, seed: int = 1) -> None:
    print(f"flips in a library: {dict(flip(flips, seed))}", flush=True)
    print(f"flips in a backup: {dict(flip_backup(flips, seed))}", flush=True)
    before, kept, seconds = back_up_under_writers(8, 60)
    print(f"a backup under 8 writers: {before} before it, {kept} in it, {seconds:.1f} s")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))

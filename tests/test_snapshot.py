"""Snapshots of Crossref: what files they are made of, that a killed build goes on, and how the resolver asks them."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from refs.errors import ConflictError, NotFoundError, StorageError, UsageError
from resolver import Resolver
from resolver.snapshot import Snapshot, pack, unpack
from resolver.snapshotbuild import build, make_part, merge
from resolver.snapshotfiles import LONGEST, Hashed, Rejected, works
from resolver.sources import crossref
from tests import resolver_stub as stubs
from tests.resolver_stub import stub
from tests.running import Run

SHARED = os.environ.get("REFS_SHARED", "")
DAY = 1_780_000_000_000  # 28 May 2026, in milliseconds


def work(number: int, *, days: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "DOI": f"10.5555/{number}",
        "type": "journal-article",
        "title": [f"Work {number} <i>über</i> x²"],
        "author": [{"given": "Jane", "family": f"Doe{number}", "affiliation": [{"name": "Somewhere"}]}],
        "issued": {"date-parts": [[2000 + number % 20]]},
        "indexed": {"timestamp": DAY + days * 86_400_000},
        "reference": [{"key": "1", "unstructured": "long " * 50}],
    } | fields


def lines(*rows: Any) -> bytes:
    return b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def read(path: Path) -> list[Any]:
    return list(works(Hashed(path)))


def test_json_lines_are_read_packed_or_not(tmp_path: Path) -> None:
    rows = [work(1), work(2)]
    for name in ("a.jsonl", "a.jsonl.gz"):
        assert read(write(tmp_path / name, lines(*rows))) == rows


def test_a_document_of_items_is_read_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [work(number) for number in range(50)]
    monkeypatch.setattr("resolver.snapshotfiles.PIECE", 512)
    document = json.dumps({"items": rows}, indent=1, ensure_ascii=False).encode()
    assert read(write(tmp_path / "0.json.gz", document)) == rows
    broken = read(write(tmp_path / "1.json", document[:-2000]))
    assert broken[:-1] == rows[: len(broken) - 1]
    assert isinstance(broken[-1], Rejected)


def test_a_tar_of_files_is_read(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "all.json.tar.gz", "w:gz") as archive:
        for name, data in (("0.json", json.dumps({"items": [work(1)]}).encode()), ("1.jsonl.gz", lines(work(2)))):
            data = gzip.compress(data) if name.endswith(".gz") else data
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    assert read(tmp_path / "all.json.tar.gz") == [work(1), work(2)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{not json}\n", "no JSON"),
        (b"[1, 2]\n", "no JSON object"),
        (b'{"title": ["x"]}\n', "a work needs its DOI"),
        (b'{"DOI": 5}\n', "a work needs its DOI"),
        (b"\xff\xfe\n", "no JSON"),
        (b"[" * 100_000 + b"\n", "no JSON"),
        (b'{"DOI": "10.5/x", "n": ' + b"9" * 5000 + b"}\n", "no JSON"),
    ],
)
def test_a_bad_line_costs_no_other(tmp_path: Path, bad: bytes, reason: str) -> None:
    first, rejected, last = read(write(tmp_path / "a.jsonl", lines(work(1), bad, work(2))))
    assert (first, last) == (work(1), work(2))
    assert (rejected.place, rejected.raw) == ("line 2", bad)
    assert rejected.reason.startswith(reason)


def test_a_file_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    rows = [work(number, title=[hashlib.sha256(b"%d" % number).hexdigest()]) for number in range(500)]
    whole = gzip.compress(lines(*rows))
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    found = read(tmp_path / "a.jsonl.gz")
    kept = [one for one in found if not isinstance(one, Rejected)]
    assert 50 < len(kept) < 500
    assert kept == rows[: len(kept)]
    assert isinstance(found[-1], Rejected)


def test_a_line_longer_than_any_work_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LONGEST > 1 << 20
    monkeypatch.setattr("resolver.snapshotfiles.LONGEST", 4096)
    long = work(1, abstract="x" * 10_000)
    found = read(write(tmp_path / "a.jsonl", lines(long, work(2))))
    assert isinstance(found[0], Rejected)
    assert found[1:] == [work(2)]


def test_a_packed_record_gives_the_same_reference() -> None:
    whole = work(1, abstract="<jats:p>x</jats:p>") | {"updated-by": [{"DOI": "10.5/r", "type": "retraction"}]}
    kept = unpack(pack(whole))
    assert "reference" not in kept
    assert crossref.parse(kept, abstracts=True) == crossref.parse(whole, abstracts=True)
    assert crossref.notices(kept) == crossref.notices(whole)


@pytest.mark.skipif(not SHARED, reason="REFS_SHARED does not name the recorded answers")
def test_every_recorded_work_is_the_same_from_a_snapshot() -> None:
    with gzip.open(Path(SHARED) / "registry/payloads/crossref/bulk/works.jsonl.gz") as rows:
        for line in rows:
            whole = json.loads(line)
            kept = unpack(pack(whole))
            assert crossref.parse(kept, abstracts=True) == crossref.parse(whole, abstracts=True)
            assert crossref.notices(kept) == crossref.notices(whole)


def test_the_newest_record_of_a_doi_wins(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", lines(work(1, title=["new"], days=2), work(1, title=["old"]), work(2, title=["old"])))
    write(tmp_path / "b.jsonl", lines(work(1, title=["middle"], days=1), work(2, title=["new"], days=5), work(3)))
    build([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], tmp_path / "snapshot")
    snapshot = Snapshot(tmp_path / "snapshot")
    titles = [found["title"] if (found := snapshot.get(f"10.5555/{number}")) else None for number in (1, 2, 4)]
    assert titles == [["new"], ["new"], None]
    about = snapshot.about
    assert (about.works, about.duplicates, about.files, about.date) == (3, 3, 2, "2026-06-02")


def sources(tmp_path: Path, files: int = 6, each: int = 300) -> Path:
    directory = tmp_path / "in"
    directory.mkdir()
    for number in range(files):
        rows: list[Any] = [work(one, days=number) for one in range(number * each // 2, number * each // 2 + each)]
        rows.insert(10, b"{bad\n")
        write(directory / f"{number}.jsonl.gz", lines(*rows))
    return directory


def contents(directory: Path) -> dict[str, bytes]:
    return {str(one.relative_to(directory)): one.read_bytes() for one in directory.rglob("*") if one.is_file()}


def test_a_build_is_the_same_in_one_round_or_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = sources(tmp_path)
    build([given], tmp_path / "one")
    monkeypatch.setattr("resolver.snapshotbuild.WIDTH", 2)
    monkeypatch.setattr("resolver.snapshotbuild.AT_ONCE", 7)
    build([given], tmp_path / "many")
    one, many = Snapshot(tmp_path / "one"), Snapshot(tmp_path / "many")
    assert one.about == many.about
    assert one.about.rejected == 6
    assert {number: one.get(f"10.5555/{number}") for number in range(1200)} == {
        number: many.get(f"10.5555/{number}") for number in range(1200)
    }
    (rejected, *_) = sorted((tmp_path / "one" / "rejected").iterdir())
    assert rejected.read_bytes().endswith(b"\n{bad\n")
    assert {path.name for path in (tmp_path / "one").iterdir()} == {
        "index.sqlite3",
        "lock",
        "lock.queue",
        "manifest.json",
        "rejected",
    }


def test_what_is_made_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = sources(tmp_path)
    build([given], tmp_path / "out")
    before = contents(tmp_path / "out")
    monkeypatch.setattr("resolver.snapshotbuild.make_part", None)
    build([given], tmp_path / "out")
    assert contents(tmp_path / "out") == before
    monkeypatch.undo()
    write(given / "9.jsonl", lines(work(5000, days=30)))
    build([given], tmp_path / "out")
    assert Snapshot(tmp_path / "out").get("10.5555/5000")
    with pytest.raises(ConflictError, match="snapshot of other files too"):
        build([given / "9.jsonl"], tmp_path / "out")
    assert Snapshot(tmp_path / "out").get("10.5555/1")


def test_parts_may_be_made_elsewhere(tmp_path: Path) -> None:
    first = make_part(write(tmp_path / "a.jsonl", lines(work(1))), tmp_path / "a.part")
    second = make_part(write(tmp_path / "b.jsonl", lines(work(2), b"x\n")), tmp_path / "b.part")
    assert (first.works, second.works, second.rejected) == (1, 1, 1)
    assert (tmp_path / "b.rejected").read_bytes().endswith(b"x\n")
    merge([tmp_path / "a.part", tmp_path / "b.part"], tmp_path / "both.part", {})
    assert (tmp_path / "both.part").stat().st_size > 0


BUILD = """
import os, signal, sys
from pathlib import Path
import resolver.snapshotbuild as made

def settle(fresh, target, really=made._settle, left=[int(sys.argv[3])]):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    really(fresh, target)

made.WIDTH = 2
made._settle = settle
made.build([Path(sys.argv[1])], Path(sys.argv[2]))
"""


def built(given: Path, target: Path, killed_at: int = 0) -> int:
    """Build in a process that is killed before it names its so manieth file; return its exit code."""
    words = [sys.executable, "-c", BUILD, str(given), str(target), str(killed_at)]
    return subprocess.run(words, cwd=Path(__file__).parent.parent, check=False).returncode


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_a_killed_build_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    given = sources(tmp_path)
    assert built(given, tmp_path / "whole") == 0
    codes = [built(given, tmp_path / "killed", killed_at) for killed_at in (1, 2, 5, 4, 3, 2, 1, 0)]
    assert codes == [-signal.SIGKILL] * 7 + [0]
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


@pytest.mark.parametrize("files_gone", range(8))
def test_a_clearing_that_breaks_off_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files_gone: int
) -> None:
    given = sources(tmp_path, files=3, each=4)
    build([given], tmp_path / "whole")

    def breaks_off(path: Path, ignore_errors: bool = False) -> None:
        for number, one in enumerate(sorted(path.rglob("*")) if path.exists() else []):
            if number == files_gone:
                raise OSError(5, "Input/output error", str(one))
            one.unlink()

    monkeypatch.setattr("resolver.snapshotbuild.shutil.rmtree", breaks_off)
    with contextlib.suppress(StorageError):
        build([given], tmp_path / "broken")
    assert len(list((tmp_path / "broken").iterdir())) > 4
    monkeypatch.undo()
    build([given], tmp_path / "broken")
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        build([tmp_path / "none"], tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no file"):
        build([tmp_path / "empty"], tmp_path / "out")
    with pytest.raises(UsageError, match="there is no work of Crossref in"):
        build([write(tmp_path / "other.json", b'{"a":\n1}\n')], tmp_path / "out")
    with pytest.raises(StorageError, match="there is no snapshot"):
        Snapshot(tmp_path / "none")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "index.sqlite3").write_bytes(b"x" * 5000)
    with pytest.raises(StorageError, match="cannot be read"):
        Snapshot(tmp_path / "broken")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    build([write(tmp_path / "a.jsonl", lines(work(1), work(2)))], tmp_path / "snapshot")
    return tmp_path / "snapshot"


def test_the_resolver_asks_it_before_any_network(made: Path) -> None:
    with stub() as server, Resolver(mirror=server.mirror, mailto="", snapshot=made) as resolver:
        found = resolver.resolve("10.5555/1")
        assert found.reference.text("title") == "Work 1 <i>über</i> x²"
        assert {source.name for source in found.reference.sources.values()} == {"crossref-snapshot"}
        assert {source.date for source in found.reference.sources.values()} == {"2026-05-28"}
        assert [(asked.service, asked.outcome) for asked in found.asked] == [("crossref-snapshot", "found")]
        dois = [f"10.5555/{number}" for number in (1, 2) for _ in range(5)]
        assert all(not isinstance(result, Exception) for _, result in resolver.resolve_many(dois))
        assert server.seen == []
        server.add("/api.crossref.org/works/10.5555/3", stubs.work("10.5555/3"))
        (first, second) = resolver.resolve("10.5555/3").asked
        assert (first.outcome, second.service) == ("not there", "crossref")


def test_who_asks_again_asks_the_network(made: Path) -> None:
    with stub() as server, Resolver(mirror=server.mirror, mailto="", snapshot=made, again=True) as resolver:
        server.add("/api.crossref.org/works/10.5555/1", stubs.work("10.5555/1", title=["Newer"]))
        assert resolver.resolve("10.5555/1").reference.text("title") == "Newer"


def test_offline_it_answers_alone(made: Path) -> None:
    with Resolver(offline=True, snapshot=made) as resolver:
        assert resolver.resolve("https://doi.org/10.5555/2").reference.text("DOI") == "10.5555/2"


def test_the_commands_build_and_use_it(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.jsonl", lines(work(1), b"bad\n"))
    built = refs("snapshot", "build", str(file), "-o", str(tmp_path / "out"))
    assert built.code == 3
    assert "1 works of 1 file, as of 2026-05-28, 1 pieces rejected" in built.err
    monkeypatch.setenv("REFS_SNAPSHOT", str(tmp_path / "out"))
    about = json.loads(refs("snapshot", "info", "--json").out)
    assert (about["works"], about["rejected"]) == (1, 1)
    assert "1 works of 1 file" in refs("snapshot", "info").out
    explained = refs("resolve", "10.5555/1", "--offline", "--explain").out
    assert "crossref-snapshot: found" in explained
    added = refs("add", "10.5555/1", "--offline", "--key", "one")
    assert (added.code, added.out) == (0, "one\n")
    monkeypatch.setenv("REFS_SNAPSHOT", str(tmp_path / "none"))
    gone = refs("add", "10.5555/9")
    assert gone.code == 5
    assert "there is no snapshot" in gone.err

"""Every HTTP status and every fault of a service: the promised outcome in time, nothing kept, little memory.

Each case has a path of its own, so that all of them can be waited for at once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from refs.errors import NoMetadata, RefsError, ServiceError
from resolver import Resolver, Timeouts
from tests import resolver_stub as stubs
from tests.resolver_stub import stub

CROSSREF = "/api.crossref.org/works/"
QUICK = Timeouts(connect=1, read=0.4, total=1.0, patience=0.3)
PATIENT = Timeouts(connect=20, read=20, total=20, patience=0.3)
BODY = stubs.work("10.5555/x")[2]


def outcome(mirror: str, doi: str, folder: Path, timeouts: Timeouts = QUICK) -> tuple[str, float, bool]:
    """Return what became of one look-up, the seconds it took, and whether anything of it is kept for the next."""
    began = time.monotonic()
    try:
        with Resolver(mirror=mirror, timeouts=timeouts, cache_dir=folder) as resolver:
            result = resolver.resolve(doi).reference.text("title")
    except RefsError as error:
        result = type(error).__name__
    took = time.monotonic() - began
    with Resolver(mirror=mirror, timeouts=QUICK, cache_dir=folder, offline=True) as resolver:
        try:
            resolver.resolve(doi)
        except RefsError:
            return result, took, False
    return result, took, True


def test_every_status_from_100_to_599_has_its_outcome(tmp_path: Path) -> None:
    def one(status: int) -> tuple[int, str, float, bool]:
        with stub() as server:
            doi = f"10.5555/{status}"
            server.add(CROSSREF + doi, (status, {}, stubs.work(doi)[2]))
            server.add("/doi.org/ra/" + doi, stubs.agency(doi, "Crossref"))
            timeouts = QUICK if status < 200 else PATIENT  # after a 1xx another answer is waited for
            return status, *outcome(server.mirror, doi, tmp_path / str(status), timeouts)

    with ThreadPoolExecutor(32) as pool:
        rows = list(pool.map(one, range(100, 600)))
    for status, result, took, kept in rows:
        good = status in (200, 203)
        expected = "A title" if good else NoMetadata.__name__ if status in (404, 410) else ServiceError.__name__
        assert result == expected, status
        assert kept == good, status
        assert took < PATIENT.total, (status, took)


FAULTS: dict[str, stubs.Route] = {
    "429": (429, {"Retry-After": "1"}, b"<html>"),
    "500": (500, {}, b"<html>"),
    "503": (503, {"Retry-After": "1"}, b"<html>"),
    "html": (200, {"Content-Type": "application/json"}, b"<html><body>Please sign in</body></html>"),
    "hang": stubs.hang,
    "drip": stubs.drip,
    "drip_header": stubs.drip_header,
    "truncate": stubs.truncate,
    "bad_chunks": stubs.bad_chunks,
    "badjson": (200, {}, BODY[: len(BODY) // 2]),
    "wrongdoi": stubs.work("10.5555/not.what.you.asked"),
    "huge": stubs.huge,
    "gzipbomb": stubs.gzip_bomb,
    "toloopback": (302, {"Location": "http://127.0.0.1:9/secret"}, b""),
    "redirectloop": (302, {"Location": "/works/10.5555%2Fredirectloop"}, b""),
    "reset": stubs.reset,
}
CHILD = """
import json, sys
from pathlib import Path
from tests.test_resolver_faults import outcome
rows = {name: outcome(sys.argv[1], "10.5555/" + name, Path(sys.argv[2]) / name) for name in sys.argv[3:]}
status = Path("/proc/self/status").read_text()  # ru_maxrss would count what the parent had when it forked
print(json.dumps([rows, int(status.partition("VmHWM:")[2].split()[0])]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_fault_costs_neither_time_nor_memory_and_leaves_nothing(tmp_path: Path) -> None:
    with stub() as server:
        for name, route in FAULTS.items():
            server.add(f"{CROSSREF}10.5555/{name}", route)
        command = [sys.executable, "-c", CHILD, server.mirror, str(tmp_path), *FAULTS]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=True)
    rows, kilobytes = json.loads(done.stdout)
    for name, (result, took, kept) in rows.items():
        assert (result, kept) == ("ServiceError", False), name
        assert took < QUICK.total + 5, (name, took)  # a wait that the service asks for is no part of the deadline
    assert kilobytes < 150_000

"""What the tests share: a home of their own, the command line as a function, and the sample registry."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from refs import Library
from tests.running import Result, Run


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty home, so that none reads or writes the developer's own."""
    for name in list(os.environ):
        if name.startswith(("REFS_", "XDG_")) and name != "REFS_SHARED":
            monkeypatch.delenv(name)
    path = tmp_path_factory.mktemp("home")
    for variable in ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(variable, str(path))
    for kind in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(path / kind.lower()))
    for variable in ("NO_COLOR", "FORCE_COLOR", "VISUAL", "EDITOR", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    # No test may ask a real registry: one that forgets its stub is refused at once.
    monkeypatch.setenv("REFS_MIRROR", "http://127.0.0.1:9")
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the URL of a PostgreSQL server; the tests that need it skip where there is none."""
    from tests import postgres

    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Library:
    """Give an empty library, once in a file and once on a server."""
    if request.param == "sqlite":
        return Library(tmp_path / "library.sqlite3", "test")
    url = request.getfixturevalue("server")
    return Library(f"{url}&library={token_hex(8)}", "test")


@pytest.fixture
def refs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return the command line as a function of its words."""
    from cli import main

    def run(*words: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        monkeypatch.setattr(sys, "argv", ["refs", *words])  # what the log remembers as the command
        capsys.readouterr()
        code = main(list(words))
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the sample registry on loopback and send all requests there."""
    from refs.sample.server import serve

    with serve() as url:
        monkeypatch.setenv("REFS_MIRROR", url)
        yield url

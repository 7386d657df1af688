"""A PostgreSQL server of the tests' own: made in a temporary folder, on a socket there, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


def binaries() -> Path | None:
    """Return the folder of `initdb` and `postgres`, or None where PostgreSQL is not installed."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = shutil.which("initdb")
    places = [*([Path(found)] if found else []), *known]
    return places[0].parent if places else None


@contextmanager
def server(folder: Path | None = None, *, synced: bool = False) -> Iterator[str]:
    """Run a server, and give the URL of its database; `folder` must be one that the server's user can write.

    Only a `synced` one waits for the disk, as one for real use does.
    """
    where = binaries()
    assert where is not None
    home = Path(tempfile.mkdtemp(prefix="refs-pg-", dir=folder))
    as_user = _unprivileged(home)
    data = home / "data"
    try:
        subprocess.run(
            [*as_user, where / "initdb", "-D", data, "-A", "trust", "-U", "refs", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            capture_output=True,
        )
        fsync = "on" if synced else "off"
        settings = f"-k {home} -c listen_addresses='' -c fsync={fsync} -c max_connections=40"
        subprocess.run(
            [*as_user, where / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", settings, "start"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        try:
            yield f"postgresql:///postgres?host={home}&user=refs"
        finally:
            subprocess.run(
                [*as_user, where / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, capture_output=True
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)


def own_database(server: str, name: str) -> str:
    """Return the URL of a new database on the server, whose schema no other test has touched."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}".encode())
    return server.replace("/postgres?", f"/{name}?")


def restart(url: str) -> None:
    """Stop a server of ours at once, as a crash does, and start it again."""
    where = binaries()
    assert where is not None
    home = Path(parse_qs(urlsplit(url).query)["host"][0])
    words = (where / "pg_ctl", "restart", "-D", home / "data", "-m", "immediate", "-w", "-l", home / "log")
    subprocess.run([*_unprivileged(home), *words], check=True, stdout=subprocess.DEVNULL)


def _unprivileged(home: Path) -> list[str]:
    """Return the words before a command that must not run as root; PostgreSQL refuses to."""
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(home, user.pw_uid, user.pw_gid)
    return ["runuser", "-u", "postgres", "--"]

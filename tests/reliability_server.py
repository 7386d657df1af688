"""Let a PostgreSQL server and the way to it fail in every manner, and count what arrives.

    python -m tests.reliability_server [ROUNDS [SEED]]

Every change raises a counter, so that one that is lost or made twice shows. Transactions are given up at random, the
connection is cut at random points of the protocol, and the server is stopped at once and started again under writers.
"""

from __future__ import annotations

import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import psycopg

from refs import Library, Reference
from refs.change import Change
from refs.errors import StorageError
from tests import postgres


@dataclass(slots=True)
class Count:
    """What was tried, what was acknowledged, and what the library holds."""

    tried: int = 0
    acknowledged: int = 0
    refused: int = 0
    kept: int = 0

    @property
    def right(self) -> bool:
        """Whether nothing acknowledged was lost and nothing was made twice."""
        return self.acknowledged <= self.kept <= self.acknowledged + self.refused


def counter(url: str) -> Library:
    """Return a library whose one reference counts the changes."""
    library = Library(url, "counter")
    library.apply(lambda change: change.add(Reference("book", {"title": "Counter", "note": "0"}), key="counter"))
    return library


def raise_it(library: Library, reader: Library, count: Count) -> None:
    """Raise the counter through `library`; what it is now is read through `reader`, which nobody disturbs."""

    def work(change: Change) -> None:
        reference = reader.get("counter")
        note = str(int(reference.text("note")) + 1)
        change.replace(replace(reference, fields={**reference.fields, "note": note}))

    count.tried += 1
    try:
        library.apply(work)
    except StorageError:
        count.refused += 1
    else:
        count.acknowledged += 1


def give_up(url: str, rounds: int, seed: int, share: float = 0.3) -> Count:
    """Let a share of the commits fail, before or after the server has made them, and some of the statements."""
    chance, library, count = random.Random(seed), counter(url), Count()  # noqa: S311
    reader = Library(url)
    commit, execute = psycopg.Connection.commit, psycopg.Connection.execute

    def failing_commit(self: Any) -> None:
        if chance.random() < share:
            if chance.random() < 0.5:
                raise psycopg.errors.SerializationFailure("injected")
            commit(self)
            raise psycopg.OperationalError("the answer to a commit that was made got lost")
        commit(self)

    def failing_execute(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        if b"INSERT" in bytes(query if isinstance(query, bytes) else query.encode()) and chance.random() < share / 3:
            raise psycopg.errors.SerializationFailure("injected")
        return execute(self, query, *arguments, **options)

    with (
        mock.patch.object(psycopg.Connection, "commit", failing_commit),
        mock.patch.object(psycopg.Connection, "execute", failing_execute),
        mock.patch("time.sleep"),
    ):
        for _ in range(rounds):
            raise_it(library, reader, count)
    count.kept = int(reader.get("counter").text("note"))
    return count


class Proxy:
    """Stands between the client and the server's socket, and cuts a connection after so many bytes, once."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.budget: float = float("inf")
        self.passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.target)
                threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                self.passed += len(data)
                if self.passed > self.budget:
                    target.sendall(data[: max(0, int(self.budget) - (self.passed - len(data)))])
                    self.budget = float("inf")
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def cut(url: str, rounds: int, seed: int) -> Count:
    """Cut the connection at random points of the protocol, from the first byte of a change to its last."""
    query = parse_qs(urlsplit(url).query)
    proxy = Proxy(f"{query['host'][0]}/.s.PGSQL.5432")
    chance, count, reader = random.Random(seed), Count(), counter(url)  # noqa: S311
    name = query.get("library", ["refs"])[0]
    through = f"postgresql://refs@127.0.0.1:{proxy.port}/postgres?library={name}"
    try:
        raise_it(Library(through, "counter"), reader, count)
        whole = proxy.passed
        for _ in range(rounds):
            proxy.passed, proxy.budget = 0, chance.uniform(0, whole)
            raise_it(Library(through, "counter"), reader, count)
    finally:
        proxy.close()
    count.kept = int(reader.get("counter").text("note"))
    return count


def restart(url: str, times: int, writers: int = 3) -> Count:
    """Stop the server at once, and start it again, while threads write."""
    counter(url)
    total, done = Count(), threading.Event()
    counts = [Count() for _ in range(writers)]

    def keep_raising(count: Count) -> None:
        library = Library(url, "counter")
        while not done.is_set():
            raise_it(library, Library(url), count)

    threads = [threading.Thread(target=keep_raising, args=(count,)) for count in counts]
    for thread in threads:
        thread.start()
    for _ in range(times):
        time.sleep(0.5)
        postgres.restart(url)
    done.set()
    for thread in threads:
        thread.join()
    for count in counts:
        total.tried += count.tried
        total.acknowledged += count.acknowledged
        total.refused += count.refused
    total.kept = int(Library(url).get("counter").text("note"))
    return total


def main(rounds: int = 200, seed: int = 1) -> None:
    with postgres.server() as url:
        runs: dict[str, Callable[[str], Count]] = {
            "commits given up or unanswered at 30 %": lambda url: give_up(url, rounds, seed),
            "connection cut at a random byte": lambda url: cut(url, rounds, seed),
            "server stopped and started under three writers": lambda url: restart(url, 10),
        }
        for name, run in runs.items():
            started = time.monotonic()
            count = run(f"{url}&library={name.split()[0]}")
            print(
                f"{name}: {count.tried} changes, {count.acknowledged} acknowledged, {count.refused} refused,"
                f" {count.kept} kept: {'right' if count.right else 'WRONG'}; {time.monotonic() - started:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))

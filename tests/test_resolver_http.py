"""The client against a server that behaves well, badly and maliciously; time is shortened, not mocked."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from refs.errors import ServiceError, UsageError
from resolver import pinning
from resolver.http import PAGE, Answer, Client, Timeouts, is_private
from resolver.limits import Limits, Rate
from tests import resolver_stub as stubs
from tests.resolver_stub import StubServer, stub

URL = "https://api.example.org/thing"
PATH = "/api.example.org/thing"
QUICK = Timeouts(connect=1, read=0.4, total=1.0, patience=0.3)


@pytest.fixture
def server() -> Iterator[StubServer]:
    with stub() as running:
        yield running


def client(server: StubServer, slept: list[float] | None = None, timeouts: Timeouts | None = None) -> Client:
    naps = slept if slept is not None else []
    limits = Limits(None, sleep=lambda _: None)
    return Client(limits, mirror=server.mirror, timeouts=timeouts, sleep=naps.append)


def get(server: StubServer, timeouts: Timeouts | None = None) -> Answer:
    used = client(server, timeouts=timeouts)
    try:
        return used.get(URL)
    finally:
        used.close()


def test_a_mirror_gets_the_host_as_first_part_of_the_path(server: StubServer) -> None:
    server.add(PATH, stubs.as_json({"a": 1}))
    answer = get(server)
    assert (answer.status, json.loads(answer.body), answer.url) == (200, {"a": 1}, URL)
    assert server.paths() == [PATH]


def test_nothing_names_the_user_unless_an_address_is_set(server: StubServer) -> None:
    server.add("/api.crossref.org/works/x", stubs.as_json({}))
    for mailto in ("", "me@example.org"):
        used = Client(Limits(None), mailto=mailto, mirror=server.mirror)
        used.get("https://api.crossref.org/works/x")
        used.close()
    (_, first, anonymous), (_, second, named) = server.seen
    assert "mailto" not in first
    assert "@" not in anonymous["User-Agent"]
    assert second.endswith("?mailto=me@example.org")
    assert named["User-Agent"].endswith("(mailto:me@example.org)")


@pytest.mark.parametrize("mailto", ["nobody", "a@b", "me@example.org\r\nX: y", "<me@example.org>"])
def test_a_mailto_that_is_no_address_is_refused(mailto: str) -> None:
    with pytest.raises(UsageError):
        Client(Limits(None), mailto=mailto)


@pytest.mark.parametrize("mirror", ["localhost:80", "ftp://x", "http://user@x", "http://x?y"])
def test_a_mirror_that_is_no_web_address_is_refused(mirror: str) -> None:
    with pytest.raises(UsageError):
        Client(Limits(None), mirror=mirror)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 524, 527])
def test_a_failure_that_may_pass_is_tried_again(server: StubServer, status: int) -> None:
    server.add(PATH, (status, {}, b"<html>"), stubs.as_json({"ok": 1}))
    assert get(server).status == 200
    assert len(server.seen) == 2


def test_four_tries_are_enough(server: StubServer) -> None:
    server.add(PATH, (500, {}, b"<html>"))
    with pytest.raises(ServiceError, match=r"^api\.example\.org answered 500$"):
        get(server)
    assert len(server.seen) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 418, 451, 501, 505, 511, 599])
def test_a_final_status_is_returned_at_once(server: StubServer, status: int) -> None:
    server.add(PATH, (status, {}, b"no"))
    assert get(server).status == status
    assert len(server.seen) == 1


RETRY_AFTER: list[tuple[str, Callable[[float], bool]]] = [
    ("7", lambda nap: nap == 7),
    ("soon", lambda nap: 0.5 <= nap <= 1.5),
    ("-3", lambda nap: 0.5 <= nap <= 1.5),
    ("", lambda nap: 0.5 <= nap <= 1.5),
    ("Thu, 01 Jan 1970 00:00:00 GMT", lambda nap: 0.5 <= nap <= 1.5),
    ("in 40 s", lambda nap: 20 < nap <= 40),
]


@pytest.mark.parametrize(("header", "fits"), RETRY_AFTER, ids=[header for header, _ in RETRY_AFTER])
def test_the_wait_that_a_service_asks_for_is_kept(
    server: StubServer, header: str, fits: Callable[[float], bool]
) -> None:
    if header == "in 40 s":
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    server.add(PATH, (429, {"Retry-After": header}, b"slow down"), stubs.as_json({}))
    naps: list[float] = []
    used = client(server, naps)
    assert used.get(URL).status == 200
    used.close()
    assert len(naps) == 1
    assert fits(naps[0]), naps


def test_a_wait_of_more_than_a_minute_is_told_and_not_waited_for(server: StubServer) -> None:
    server.add(PATH, (503, {"Retry-After": "3600"}, b""))
    with pytest.raises(ServiceError, match="asks to come back in 3600 s"):
        get(server)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (stubs.hang, "sent nothing for"),
        (stubs.drip, "too slowly|did not finish"),
        (stubs.drip_header, "did not finish"),
        (stubs.reset, "broke|cannot be reached"),
        (stubs.truncate, "broke off its answer"),
        (stubs.bad_chunks, "broke off its answer"),
        (stubs.many_headers, "broke|cannot be reached"),
    ],
)
def test_a_broken_answer_is_an_error_in_time(server: StubServer, route: stubs.Route, words: str) -> None:
    server.add(PATH, route)
    began = time.monotonic()
    with pytest.raises(ServiceError, match=words) as caught:
        get(server, QUICK)
    assert time.monotonic() - began < QUICK.total + 5
    assert str(caught.value).startswith("api.example.org")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("route", [stubs.huge, stubs.gzip_bomb])
def test_more_than_the_cap_is_not_read(server: StubServer, route: stubs.Route) -> None:
    server.add(PATH, route)
    with pytest.raises(ServiceError, match="more than 16 MiB"):
        get(server)
    assert len(server.seen) == 1


def test_packed_and_chunked_answers_are_read(server: StubServer) -> None:
    packed = gzip.compress(b'{"a": 2}')
    server.add(PATH, (200, {"Content-Encoding": "gzip"}, packed))
    server.add("/api.example.org/chunked", stubs.chunked)
    assert json.loads(get(server).body) == {"a": 2}
    used = client(server)
    assert json.loads(used.get("https://api.example.org/chunked").body)["message"]["DOI"] == "10.5555/good"
    used.close()


def test_packing_that_nobody_asked_for_is_refused(server: StubServer) -> None:
    server.add(PATH, (200, {"Content-Encoding": "gzip, gzip, gzip"}, b"x"))
    with pytest.raises(ServiceError, match="packed"):
        get(server)


def test_redirects_are_resolved_at_the_original_address_and_then_mirrored(server: StubServer) -> None:
    server.add(PATH, (301, {"Location": "/other"}, b""))
    server.add("/api.example.org/other", (302, {"Location": "https://data.example.com/it?x=1"}, b""))
    server.add("/data.example.com/it", stubs.as_json({"ok": 1}))
    answer = get(server)
    assert (answer.url, answer.redirected) == ("https://data.example.com/it?x=1", True)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://api.example.org/x", "insecure"),
        ("http://127.0.0.1:9/secret", "insecure"),
        ("https://127.0.0.1/secret", "no public address"),
        ("https://169.254.169.254/latest/meta-data", "no public address"),
        ("https://[::1]/", "no public address"),
        ("https://[::ffff:10.0.0.1]/", "no public address"),
        ("https://localhost/", "no public address"),
        ("https://printer.local/", "no public address"),
        ("https://user:secret@example.org/", "insecure"),
        ("file:///etc/passwd", "insecure"),
        ("//10.0.0.1/x", "no public address"),
        ("https://[bad/", "cannot be read"),
    ],
)
def test_a_redirect_to_where_none_may_lead_is_refused(server: StubServer, location: str, words: str) -> None:
    server.add(PATH, (302, {"Location": location}, b""))
    with pytest.raises(ServiceError, match=words):
        get(server)
    assert len(server.seen) == 1


def test_a_loop_of_redirects_ends(server: StubServer) -> None:
    server.add(PATH, (302, {"Location": PATH.removeprefix("/api.example.org")}, b""))
    with pytest.raises(ServiceError, match="redirected more than 5 times"):
        get(server)
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("8.8.8.8", False),
        ("2001:4860:4860::8888", False),
        ("10.1.2.3", True),
        ("100.64.0.1", True),
        ("0.0.0.0", True),  # noqa: S104
        ("224.0.0.1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("2002:7f00:1::", True),
        ("::ffff:127.0.0.1", True),
        ("intranet", True),
        ("api.crossref.org", False),
        ("example.org.", False),
    ],
)
def test_private_hosts_are_known(name: str, private: bool) -> None:
    assert is_private(name) is private


def test_a_host_that_nobody_runs_is_an_error_of_one_line() -> None:
    used = Client(Limits(None), mirror="http://127.0.0.1:9", sleep=lambda _: None)
    with pytest.raises(ServiceError, match=r"^api\.example\.org \(through the mirror\) cannot be reached: it refuses"):
        used.get(URL)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("REQUESTS_CA_BUNDLE", "/nonexistent", "certificates that REQUESTS_CA_BUNDLE names is not there"),
        ("HTTPS_PROXY", "http://[bad", "cannot be asked"),
        ("HTTPS_PROXY", "socks5://127.0.0.1:9", "SOCKS|refuses|cannot be reached"),
        ("HTTPS_PROXY", "http://127.0.0.1:9", "cannot be reached"),
    ],
)
def test_broken_settings_of_the_environment_are_an_error_of_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    used = Client(Limits(None, sleep=lambda _: None), mirror="https://mirror.invalid", sleep=lambda _: None)
    with pytest.raises(ServiceError, match=words) as caught:
        used.get(URL)
    assert "\n" not in str(caught.value)


def test_a_slow_service_is_given_up_for_the_rest_of_a_run(server: StubServer) -> None:
    server.add(PATH, (500, {}, b""))
    used = client(server)
    for _ in range(5):
        with pytest.raises(ServiceError, match="answered 500"):
            used.get(URL)
    used.close()
    assert len(server.seen) == 8


def test_requests_are_spaced_by_the_announced_rate(server: StubServer, tmp_path: Path) -> None:
    announced = {"x-rate-limit-limit": "20", "x-rate-limit-interval": "1s", "x-concurrency-limit": "2"}
    server.add("/api.crossref.org/works/x", stubs.as_json({}, **announced))
    used = [Client(Limits(tmp_path), mirror=server.mirror) for _ in range(2)]
    used[0].get("https://api.crossref.org/works/x")
    threads = [
        threading.Thread(target=lambda one=one: [one.get("https://api.crossref.org/works/x") for _ in range(6)])
        for one in used
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in used:
        one.close()
    moments = sorted(moment for moment, _, _ in server.seen)
    assert len(moments) == 13
    assert moments[-1] - moments[1] >= 11 / 20


def test_no_more_run_at_once_than_announced(tmp_path: Path) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def work(limits: Limits) -> None:
        nonlocal running, most
        with limits.turn("pool", Rate(1000, 1, 2)):
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1

    shared = [Limits(tmp_path) for _ in range(3)]
    threads = [threading.Thread(target=work, args=(shared[i % 3],)) for i in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for limits in shared:
        limits.close()
    assert most == 2


def test_limits_of_a_process_that_died_do_not_last(tmp_path: Path) -> None:
    now = [1000.0]
    dead, alive = (Limits(tmp_path, clock=lambda: now[0], sleep=lambda _: None) for _ in range(2))
    turn = dead.turn("pool", Rate(5, 1, 1))
    turn.__enter__()
    assert alive._acquire("pool", Rate(5, 1, 1), "other") is None
    now[0] += 60
    assert alive._acquire("pool", Rate(5, 1, 1), "other") == 0
    alive.close()
    dead.close()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_broken_file_of_limits_is_never_fatal(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "limits.sqlite3").write_bytes(content)
    limits = Limits(tmp_path, sleep=lambda _: None)
    with limits.turn("pool", Rate(5, 1, 1)):
        pass
    limits.close()


def test_a_connection_goes_to_the_address_that_was_judged(server: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.add("/a", (200, {"Content-Type": "text/html"}, b"<html>"))
    judged: list[str] = []

    def never_private(address: str) -> bool:
        judged.append(address)
        return False

    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.server_port))]
    monkeypatch.setattr(socket, "getaddrinfo", rebinding(rows))
    monkeypatch.setattr(pinning, "is_private", never_private)
    used = Client(Limits(None), timeouts=QUICK)
    answer = used.get(f"http://page.example.org:{server.server_port}/a", PAGE)
    used.close()
    assert (answer.status, judged) == (200, ["127.0.0.1"])
    assert server.seen[0][2]["Host"] == f"page.example.org:{server.server_port}"


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
)
def test_a_name_with_a_private_address_gets_no_connection(
    server: StubServer, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))
    rows = [public, (family, socket.SOCK_STREAM, 6, "", (address, server.server_port))]
    look_up, connect = socket.getaddrinfo, socket.socket.connect

    def named(name: str, *arguments: Any, **options: Any) -> list[Any]:
        return rows if name == "page.example.org" else look_up(name, *arguments, **options)

    def refused(self: socket.socket, to: Any) -> None:
        assert to[0] not in ("93.184.216.34", address), "connected"
        connect(self, to)

    monkeypatch.setattr(socket, "getaddrinfo", named)
    monkeypatch.setattr(socket.socket, "connect", refused)
    used = Client(Limits(None), timeouts=QUICK)
    with pytest.raises(ServiceError, match=r"page\.example\.org is no public address"):
        used.get(f"http://page.example.org:{server.server_port}/a", PAGE)
    used.close()
    assert server.seen == []


def rebinding(rows: list[Any]) -> Callable[..., list[Any]]:
    """Return a name service that gives a name's address once, and another one ever after."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(name: str, *arguments: Any, **options: Any) -> list[Any]:
        if name != "page.example.org":
            return real(name, *arguments, **options)
        asked.append(name)
        assert len(asked) == 1, "the name is asked for once"
        return rows

    return look_up

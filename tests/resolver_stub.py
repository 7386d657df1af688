"""A server on loopback that answers as registries do, and as they do on bad days."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

Reply = tuple[int, dict[str, str], bytes]
Route = Reply | Callable[["StubHandler"], None]


class StubHandler(BaseHTTPRequestHandler):
    """Looks the path up in the server's routes; a request for what is not there is a 404."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StubServer

    def do_GET(self) -> None:
        path = unquote(self.path)
        self.server.seen.append((time.monotonic(), path, dict(self.headers)))
        replies = self.server.routes.get(path.partition("?")[0])
        if not replies:
            return self.reply(404, {"Content-Type": "text/plain"}, b"Resource not found.")
        route = replies.pop(0) if len(replies) > 1 else replies[0]
        if callable(route):
            return route(self)
        return self.reply(*route)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if 200 <= status < 600 and status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status >= 200 and status not in (204, 304):
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


class StubServer(ThreadingHTTPServer):
    """Holds the routes, /HOST/PATH -> replies in order (the last one stays), and what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StubHandler)
        self.routes: dict[str, list[Route]] = {}
        self.seen: list[tuple[float, str, dict[str, str]]] = []

    @property
    def mirror(self) -> str:
        """Return the address to give as mirror."""
        return f"http://127.0.0.1:{self.server_port}"

    def add(self, path: str, *replies: Route) -> None:
        """Answer a path, given without percent-encoding and query, with these replies in turn."""
        self.routes.setdefault(path, []).extend(replies)

    def paths(self) -> list[str]:
        """Return the paths asked for, decoded."""
        return [path for _, path, _ in self.seen]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


@contextlib.contextmanager
def stub() -> Iterator[StubServer]:
    """Yield a running server."""
    server = StubServer()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def as_json(value: Any, **headers: str) -> Reply:
    """Return a JSON answer."""
    return 200, {"Content-Type": "application/json", **headers}, json.dumps(value).encode()


def work(doi: str, **fields: Any) -> Reply:
    """Return Crossref's answer for a work."""
    message = {"DOI": doi, "type": "journal-article", "title": ["A title"], **fields}
    return as_json({"status": "ok", "message-type": "work", "message": message})


def agency(doi: str, name: str) -> Reply:
    """Return doi.org's answer about the agency of a DOI, "" when it does not exist."""
    return as_json([{"DOI": doi, "RA": name} if name else {"DOI": doi, "status": "DOI does not exist"}])


def hang(handler: StubHandler) -> None:
    """Never answer."""
    time.sleep(5)


def drip(handler: StubHandler) -> None:
    """Send a byte now and then."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(40):
            handler.wfile.write(b" ")
            time.sleep(0.1)


def drip_header(handler: StubHandler) -> None:
    """Send the status line byte by byte."""
    with contextlib.suppress(OSError):
        for byte in b"HTTP/1.1 200 OK and much more " * 4:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.1)
    handler.close_connection = True


def truncate(handler: StubHandler) -> None:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"message": {')
    handler.close_connection = True


def bad_chunks(handler: StubHandler) -> None:
    """Break off in the middle of chunked coding."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'5\r\n{"mes\r\nzz\r\n')
    handler.close_connection = True


def chunked(handler: StubHandler) -> None:
    """Send a good answer in chunks."""
    body = work("10.5555/good")[2]
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for i in range(0, len(body), 7):
        piece = body[i : i + 7]
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    handler.wfile.write(b"0\r\n\r\n")


def huge(handler: StubHandler) -> None:
    """Send without end."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(2 << 30))
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(64):
            handler.wfile.write(b" " * (1 << 20))


def gzip_bomb(handler: StubHandler) -> None:
    """Send 200 MiB packed into 200 kB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(200)) + packer.flush()
    handler.reply(200, {"Content-Encoding": "gzip"}, bomb)


def reset(handler: StubHandler) -> None:
    """Break the connection."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.close_connection = True
    handler.connection.close()


def many_headers(handler: StubHandler) -> None:
    """Send more headers than any client takes."""
    handler.send_response(200)
    for i in range(200):
        handler.send_header(f"X-{i}", "y")
    handler.end_headers()
    handler.close_connection = True

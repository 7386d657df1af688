"""Serve the sample records on loopback, at the paths that a mirror of the registries has."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from refs.sample import DIRECTORY

NOT_FOUND = (404, "text/plain", b"Resource not found.")
Answer = tuple[int, str, bytes]


@contextlib.contextmanager
def serve() -> Iterator[str]:
    """Yield the address of the mirror, which answers until the block ends; it listens on 127.0.0.1 alone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        status, kind, body = answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-rate-limit-limit", "50")
        self.send_header("x-rate-limit-interval", "1s")
        self.send_header("x-concurrency-limit", "3")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def answer(target: str) -> Answer:
    """Return status, content type and body for /HOST/PATH?QUERY."""
    parts = urlsplit(target)
    path = unquote(parts.path)
    if path == "/api.crossref.org/works":
        return _list(parse_qs(parts.query).get("filter", [""])[0])
    if found := re.fullmatch(r"/api\.crossref\.org/works/(10\..+)", path):
        work = works().get(found[1].lower())
        return _json({"status": "ok", "message-type": "work", "message": work}) if work else NOT_FOUND
    if found := re.fullmatch(r"/api\.datacite\.org/dois/(10\..+)", path):
        record = datasets().get(found[1].lower())
        return _json({"data": record}) if record else NOT_FOUND
    if found := re.fullmatch(r"/doi\.org/ra/(10\..+)", path):
        return _json([_agency(found[1])])
    if path == "/export.arxiv.org/api/query":
        return _feed(parse_qs(parts.query).get("id_list", [""])[0])
    return NOT_FOUND


def _list(wanted: str) -> Answer:
    names = [name.removeprefix("doi:").lower() for name in wanted.split(",")]
    found = [work for name in names if (work := works().get(name))]
    return _json({"status": "ok", "message-type": "work-list", "message": {"items": found}})


def _agency(doi: str) -> dict[str, str]:
    for agency, table in (("Crossref", works()), ("DataCite", datasets())):
        if doi.lower() in table:
            return {"DOI": doi, "RA": agency}
    return {"DOI": doi, "status": "DOI does not exist"}


def _feed(wanted: str) -> Answer:
    """Return the feed with its one entry, or without it when another paper is wanted."""
    feed = (DIRECTORY / "arxiv.xml").read_bytes()
    known = re.sub(r"v\d+$", "", wanted).encode() in feed if wanted else False
    body = feed if known else re.sub(rb"<entry>.*</entry>", b"", feed, flags=re.DOTALL)
    return 200, "application/atom+xml", body


def _json(value: Any) -> Answer:
    return 200, "application/json", json.dumps(value, ensure_ascii=False).encode()


@cache
def works() -> dict[str, dict[str, Any]]:
    """Return the Crossref records by DOI."""
    return {work["DOI"]: work for work in json.loads((DIRECTORY / "crossref.json").read_text("utf-8"))}


@cache
def datasets() -> dict[str, dict[str, Any]]:
    """Return the DataCite records by DOI."""
    return {row["id"]: row for row in json.loads((DIRECTORY / "datacite.json").read_text("utf-8"))}

"""HTTP as registries ask for it: deadlines, retries, announced rates, safe redirects, a mirror, a cap on size.

Everything that goes wrong is a ServiceError of one line that begins with the host. Policy: 10 s to connect, 20 s
between two reads, 30 s for a request with its retries (waits that the service asks for not counted), 16 MiB of
decoded body, 5 redirects, never from https to http, never to an address of a private network: what was judged is
what the connection goes to. A redirect is judged at the original address, and only then sent through the mirror.
"""

from __future__ import annotations

import os
import queue
import random
import re
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from refs.errors import ServiceError, Unreachable, UsageError
from resolver.failures import GivenUp, NoConnection, OutOfReach, Transient, reason, unreachable
from resolver.limits import Limits, Rate

if TYPE_CHECKING:
    import ipaddress

    import requests
    from requests.adapters import HTTPAdapter

RETRIES = 3
MAX_REDIRECTS = 5
MAX_BYTES = 16 << 20
MAX_WAIT = 60.0
MOST_FAILURES = 2
COOLING = 20.0
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 525), 527})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SAFE = {"https": ("https",), "http": ("http", "https")}  # where a redirect may lead: never from https to http
JSON = "application/json"
XML = "application/xml, text/xml;q=0.9, */*;q=0.5"
PAGE = "text/html, application/xhtml+xml;q=0.9, application/pdf;q=0.8, */*;q=0.5"
"""What is accepted of an address that a person or a text gave: like a redirect, it may lead anywhere."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two reads, for a whole request; and the least bytes a second, after `patience`."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 30.0
    patience: float = 10.0
    slowest: float = 100.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer; `url` is the original address of the last redirect, header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    redirected: bool = False


@dataclass(slots=True)
class Deadline:
    """The moment at which a request must be over; waits that a service asks for move it."""

    at: float

    def left(self) -> float:
        """Return the seconds that are left, negative when it has passed."""
        return self.at - time.monotonic()

    def extend(self, seconds: float) -> None:
        """Move it by a wait that is no fault of the service's."""
        self.at += seconds


# host -> (rate without an address, rate with one); a service that announces its rate is believed from then on.
RATES = {
    "api.crossref.org": (Rate(5, 1, 1), Rate(10, 1, 3)),
    "api.crossref.org/works?": (Rate(1, 1, 1), Rate(3, 1, 3)),
    "doi.org": (Rate(5, 1, 2), Rate(5, 1, 2)),
    "api.datacite.org": (Rate(500, 300, 2), Rate(1000, 300, 3)),
    "export.arxiv.org": (Rate(1, 3, 1), Rate(1, 3, 1)),
    "eutils.ncbi.nlm.nih.gov": (Rate(3, 1, 1), Rate(3, 1, 1)),
    "pmc.ncbi.nlm.nih.gov": (Rate(3, 1, 1), Rate(3, 1, 1)),
    "openlibrary.org": (Rate(1, 1, 1), Rate(3, 1, 1)),
    "api.openalex.org": (Rate(5, 1, 2), Rate(10, 1, 3)),
    "api.semanticscholar.org": (Rate(1, 1, 1), Rate(1, 1, 1)),
    "inspirehep.net": (Rate(15, 5, 1), Rate(15, 5, 1)),
    "dblp.org": (Rate(1, 1, 1), Rate(1, 1, 1)),
    "zenodo.org": (Rate(60, 60, 1), Rate(60, 60, 1)),
    "api.github.com": (Rate(1, 1, 1), Rate(1, 1, 1)),
}
OTHER_RATE = Rate(2, 1, 1)


class Client:
    """A pool of connections that keeps the services' limits; safe to use from several threads."""

    def __init__(
        self,
        limits: Limits,
        *,
        mailto: str = "",
        mirror: str = "",
        keys: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if mailto and not re.fullmatch(r"[^@\s<>()\"]+@[^@\s<>()\"]+\.[^@\s<>()\"]+", mailto):
            raise UsageError("the mailto setting is no e-mail address")
        if mirror and not re.fullmatch(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", mirror):
            raise UsageError("the mirror is no http:// or https:// address")
        self._limits = limits
        self._mailto = mailto
        self._mirror = mirror.rstrip("/")
        self._keys = {KEYS[name][0]: (KEYS[name][1], KEYS[name][2].format(key)) for name, key in (keys or {}).items()}
        self._timeouts = timeouts or Timeouts()
        self._sleep = sleep
        self._lock = threading.Lock()
        self._adapters: dict[bool, HTTPAdapter] = {}
        self._failures: dict[str, tuple[int, ServiceError, float]] = {}
        self.reached = False
        """Whether any host has been connected to."""

    def get(self, url: str, accept: str = JSON, etag: str = "") -> Answer:
        """Return the answer of an https address after redirects, whatever its status once no retry helps.

        Raise ServiceError when there is none in time, or none that may be used. A host that failed twice in a row
        is not asked again for a while: a list of a thousand would wait for each.
        """
        count, problem, since = self._failures.get(host(url), (0, ServiceError(), 0.0))
        if count >= MOST_FAILURES and time.monotonic() - since < COOLING:
            raise (OutOfReach if isinstance(problem, Unreachable) else GivenUp)(str(problem))
        try:
            answer = self._tried(url, accept, etag)
        except ServiceError as error:
            self.reached = self.reached or not isinstance(error, Unreachable)
            self._failures[host(url)] = (count + 1, error, time.monotonic())
            raise
        self.reached = True
        self._failures.pop(host(url), None)
        return answer

    def post(self, url: str, body: bytes) -> Answer:
        """Return what a server of the person's own, whose address they configured, answers to a question once."""
        deadline = Deadline(time.monotonic() + self._timeouts.total)
        try:
            return self._fetch(url, JSON, "", deadline, False, body)
        except Transient as error:
            raise ServiceError(str(error)) from None

    def _tried(self, url: str, accept: str, etag: str) -> Answer:
        deadline = Deadline(time.monotonic() + self._timeouts.total)
        for attempt in range(RETRIES + 1):
            try:
                answer = self._follow(url, accept, etag, deadline)
            except Transient as error:
                problem, asked = error.error(str(error)), None
            else:
                if answer.status not in RETRIED:
                    return answer
                problem = ServiceError(f"{host(answer.url)} answered {answer.status}")
                asked = _retry_after(answer.headers)
                if asked is not None and asked > MAX_WAIT:
                    raise ServiceError(f"{problem} and asks to come back in {asked:.0f} s")
                if answer.status in (429, 503) and asked:
                    self._limits.hold(self._pool(answer.url), asked)
            wait = min(10.0, 0.5 * 2**attempt + random.random()) if asked is None else asked  # noqa: S311
            deadline.extend(asked or 0.0)
            if attempt == RETRIES or wait >= deadline.left():
                break
            self._sleep(wait)
        raise problem

    def _follow(self, url: str, accept: str, etag: str, deadline: Deadline) -> Answer:
        start = url
        public = accept == PAGE
        if public:
            self._judged(url, url)
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._polite(url, accept, etag, deadline, public)
            location = answer.headers.get("location", "")
            if answer.status not in REDIRECTS or not location:
                return Answer(url, answer.status, answer.headers, answer.body, url != start)
            url, public = self._judged(url, location), True
        raise ServiceError(f"{host(start)} redirected more than {MAX_REDIRECTS} times")

    def _judged(self, url: str, location: str) -> str:
        """Return where a redirect leads, at its original address; raise ServiceError where it must not lead."""
        if self._mirror and location.startswith(f"{self._mirror}/"):
            location = f"{url.partition(':')[0]}://" + location[len(self._mirror) + 1 :]
        try:
            target = urljoin(url, location)
            parts = urlsplit(target)
            name, secret = parts.hostname or "", parts.username or parts.password
        except ValueError:
            raise ServiceError(f"{host(url)} redirected to an address that cannot be read") from None
        if target != url and (secret or parts.scheme not in SAFE.get(url.partition(":")[0], ())):
            raise ServiceError(f"{host(url)} redirected to an insecure address at {name or 'nowhere'}")
        if is_private(name):
            raise ServiceError(
                f"{host(url)} redirected to {name}, which is no public address"
                if target != url
                else f"{name} is no public address"
            )
        return target

    def _polite(self, url: str, accept: str, etag: str, deadline: Deadline, public: bool) -> Answer:
        """Ask when it is our turn, and note the rate that the service announces."""
        pool = self._pool(url)
        before = time.monotonic()
        with self._limits.turn(f"{self._mirror} {bool(self._mailto)} {pool}", self._rate(pool)):
            deadline.extend(time.monotonic() - before)
            answer = self._fetch(url, accept, etag, deadline, public)
        if rate := announced(answer.headers, self._rate(pool)):
            self._limits.learn(f"{self._mirror} {bool(self._mailto)} {pool}", rate)
        return answer

    def _pool(self, url: str) -> str:
        name = host(url)
        return f"{name}/works?" if url.startswith(f"https://{name}/works?") else name

    def _rate(self, pool: str) -> Rate:
        return RATES.get(pool, (OTHER_RATE, OTHER_RATE))[bool(self._mailto)]

    def _fetch(self, url: str, accept: str, etag: str, deadline: Deadline, public: bool, body: bytes = b"") -> Answer:
        """Transfer in a thread of its own, since no socket timeout bounds a server that sends byte after byte."""
        outcome: queue.SimpleQueue[Answer | Exception] = queue.SimpleQueue()

        def work() -> None:
            try:
                outcome.put(self._transfer(url, accept, etag, deadline, public, body))
            except Exception as error:
                outcome.put(error)

        threading.Thread(target=work, daemon=True).start()
        try:
            result = outcome.get(timeout=max(deadline.left(), 0.01))
        except queue.Empty:
            raise Transient(f"{host(url)} did not finish its answer in {self._timeouts.total:g} s") from None
        if isinstance(result, Exception):
            raise result
        return result

    def _transfer(self, url: str, accept: str, etag: str, deadline: Deadline, public: bool, body: bytes) -> Answer:
        import requests

        name = f"{host(url)} (through the mirror)" if self._mirror and not body else host(url)
        headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": self._user_agent()}
        if etag:
            headers["If-None-Match"] = etag
        if key := self._keys.get(host(url)):
            headers[key[0]] = key[1]
        if body:
            headers["Content-Type"] = "application/json" if body[:1] in (b"[", b"{") else "text/plain"
        actual = url if body else self._mirrored(self._dressed(url))
        timeout = (self._timeouts.connect, self._timeouts.read)
        try:
            # Without a Session: no cookies, no .netrc, and no redirects but our own.
            method = "POST" if body else "GET"
            request = requests.Request(method, actual, headers=headers, data=body or None).prepare()
            with self._adapter(public and not self._mirror).send(
                request,
                timeout=timeout,
                stream=True,
                proxies=_proxies(actual),
                verify=os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True,
            ) as response:
                sent = {key.lower(): value for key, value in response.headers.items()}
                received = self._body(response, sent, deadline, name)
                return Answer(url, response.status_code, sent, received)
        except requests.exceptions.SSLError as error:
            raise ServiceError(f"{name} cannot be trusted: {reason(error)}") from None
        except requests.exceptions.ConnectTimeout:
            raise NoConnection(f"{name} did not answer in {self._timeouts.connect:g} s") from None
        except requests.exceptions.ReadTimeout:
            raise Transient(f"{name} sent nothing for {self._timeouts.read:g} s") from None
        except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise unreachable(name, error) from None
        except (OSError, ValueError) as error:
            # Every error of requests is an OSError; others come of broken proxy and certificate settings.
            raise ServiceError(f"{name} cannot be asked: {reason(error)}") from None

    def _body(self, response: requests.Response, headers: Mapping[str, str], deadline: Deadline, name: str) -> bytes:
        """Read and decode the body, in memory never more than the cap."""
        import urllib3

        unpack = _decoder(headers.get("content-encoding", ""), name)
        body = bytearray()
        received, began = 0, time.monotonic()
        try:
            while chunk := response.raw.read1(65536, decode_content=False):
                received += len(chunk)
                body += unpack(chunk, MAX_BYTES + 1 - len(body))
                if len(body) > MAX_BYTES:
                    raise ServiceError(f"{name} sent more than {MAX_BYTES >> 20} MiB")
                now = time.monotonic()
                if deadline.left() < 0:
                    raise Transient(f"{name} did not finish its answer in {self._timeouts.total:g} s")
                elapsed = now - began
                if elapsed > self._timeouts.patience and received < elapsed * self._timeouts.slowest:
                    raise Transient(f"{name} sends too slowly")
        except urllib3.exceptions.ReadTimeoutError:
            raise Transient(f"{name} sent nothing for {self._timeouts.read:g} s") from None
        except (urllib3.exceptions.HTTPError, OSError, zlib.error) as error:
            raise Transient(f"{name} broke off its answer ({reason(error)})") from None
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > received and "transfer-encoding" not in headers:
            raise Transient(f"{name} broke off its answer after {received} of {length} bytes")
        return bytes(body)

    def _adapter(self, public: bool) -> HTTPAdapter:
        """Return the pool of connections, or the one that connects to public addresses alone."""
        from requests.adapters import HTTPAdapter

        from resolver.pinning import PublicAdapter

        with self._lock:
            if public not in self._adapters:
                self._adapters[public] = PublicAdapter() if public else HTTPAdapter()
            return self._adapters[public]

    def _user_agent(self) -> str:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("refs")
        except PackageNotFoundError:
            number = "0"
        return f"refs/{number} (mailto:{self._mailto})" if self._mailto else f"refs/{number}"

    def _dressed(self, url: str) -> str:
        """Add the address of a person to reach, in the parameter that each service reads it from."""
        parameters = ETIQUETTE.get(host(url), {})
        added = {key: value or self._mailto for key, value in parameters.items() if value or self._mailto}
        return f"{url}{'&' if '?' in url else '?'}{urlencode(added)}" if added else url

    def _mirrored(self, url: str) -> str:
        return f"{self._mirror}/{url.partition('://')[2]}" if self._mirror else url

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            for adapter in self._adapters.values():
                adapter.close()
            self._adapters.clear()


# setting -> the header in which a service reads the key of a person's account; it is sent to that host alone.
KEYS = {
    "ads-token": ("api.adsabs.harvard.edu", "Authorization", "Bearer {}"),
    "semanticscholar-key": ("api.semanticscholar.org", "x-api-key", "{}"),
    "openalex-key": ("api.openalex.org", "Authorization", "Bearer {}"),
}
ETIQUETTE = {
    "api.crossref.org": {"mailto": ""},
    "api.datacite.org": {"mailto": ""},
    "api.openalex.org": {"mailto": ""},
    "eutils.ncbi.nlm.nih.gov": {"tool": "refs", "email": ""},
    "pmc.ncbi.nlm.nih.gov": {"tool": "refs", "email": ""},
}


def host(url: str) -> str:
    """Return the host of an address in lower case."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def announced(headers: Mapping[str, str], start: Rate) -> Rate | None:
    """Return the rate in an answer's `x-rate-limit-limit`, `x-rate-limit-interval` and `x-concurrency-limit`."""
    limit = _figure(headers.get("x-rate-limit-limit") or headers.get("x-ratelimit-limit", ""))
    interval = _figure(headers.get("x-rate-limit-interval") or headers.get("x-ratelimit-interval", "1s"))
    at_once = _figure(headers.get("x-concurrency-limit", ""))
    if not limit or not interval:
        return None
    return Rate(limit, interval, at_once or start.at_once)


def _figure(text: str) -> int:
    match = re.match(r"\s*(\d{1,6})\s*(m?)", text)
    return int(match[1]) * (60 if match[2] else 1) if match else 0


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After, which is a number, a date, or garbage (None)."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    from email.utils import parsedate_to_datetime

    try:
        wait = parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return wait if wait > 0 else None


def is_private(name: str) -> bool:
    """Say whether an address is not on the public internet, or a name tells that by itself."""
    import ipaddress

    name = name.strip("[]").rstrip(".").lower()
    try:
        return not _is_global(ipaddress.ip_address(name.partition("%")[0]))
    except ValueError:
        pass
    return "." not in name or name.endswith((".localhost", ".local", ".internal", ".home.arpa", ".lan"))


def _is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if address.version == 6:
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address.packed.startswith(NAT64):
            import ipaddress

            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return _is_global(inner)
    return address.is_global and not address.is_multicast


NAT64 = bytes.fromhex("0064ff9b0000000000000000")  # RFC 6052: the last four bytes are the IPv4 address


def _proxies(url: str) -> dict[str, str]:
    """Return the environment's proxies for an address; loopback needs none."""
    import requests

    if host(url) in ("127.0.0.1", "localhost", "::1"):
        return {}
    found: dict[str, str] = requests.utils.get_environ_proxies(url)
    return found


Unpack = Callable[[bytes, int], bytes]


def _decoder(encoding: str, name: str) -> Unpack:
    """Return a function (chunk, room) -> bytes that stops unpacking when there is no room."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return lambda chunk, room: chunk
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise ServiceError(f"{name} packed its answer in a way that was not asked for")
    stream: Any = zlib.decompressobj(47)

    def unpack(chunk: bytes, room: int) -> bytes:
        nonlocal stream
        unpacked = b""
        while chunk and len(unpacked) < room:
            unpacked += stream.decompress(chunk, room - len(unpacked))
            chunk = stream.unconsumed_tail or stream.unused_data
            if stream.eof:
                stream = zlib.decompressobj(47)
        return unpacked

    return unpack

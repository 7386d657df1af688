"""The look-up of one identifier: how to ask, what was said, and what an answer must be to be believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from refs.errors import ParseError, ServiceError
from refs.formats import csljson
from refs.identifiers import Identifier, normal
from refs.model import Reference, Source
from resolver.http import JSON, Answer, host

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from resolver.snapshot import Snapshot

T = TypeVar("T")
ABSENT = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a service and what it said, for `--explain`."""

    service: str
    url: str
    outcome: str


Ask = Callable[[str, str, frozenset[int], Callable[[Answer], Any]], Any]
Post = Callable[[str, bytes], Answer]


@dataclass(slots=True)
class Inquiry:
    """The look-up of one identifier: how to ask, and what was learned on the way.

    `ask(url, accept, absent, read)` returns what `read` makes of the answer, or None for a status in `absent`.
    """

    identifier: Identifier
    ask: Ask
    today: str
    abstracts: bool = False
    agency: str | None = None
    """The agency of a DOI if it is known, "" for a DOI that does not exist."""
    source: str = ""
    """The one source that a person wants asked."""
    keys: Mapping[str, str] = field(default_factory=dict)
    server: str = ""
    """The address of a Zotero translation-server, and how it is asked."""
    post: Post | None = None
    snapshot: Snapshot | None = None
    """The person's own copy of Crossref."""
    others: dict[str, str] = field(default_factory=dict)
    """The identifiers that the last record gives the same work in other schemes."""
    asked: list[Asked] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def get(
        self, service: str, url: str, read: Callable[[Answer], T], accept: str = JSON, absent: frozenset[int] = ABSENT
    ) -> T | None:
        """Ask a service and note what it said; None when it does not have what was asked for."""
        try:
            found: T | None = self.ask(url, accept, absent, read)
        except ServiceError as error:
            self.asked.append(Asked(service, url, str(error)))
            raise type(error)(f"{self.identifier}: {error}") from None
        self.asked.append(Asked(service, url, "not there" if found is None else "found"))
        return found

    def send(self, service: str, url: str, body: bytes, read: Callable[[Answer], T | None]) -> T | None:
        """Send a question to a server of the person's own, and note what it said."""
        try:
            if self.post is None:
                raise ServiceError(f"offline, and {host(url)} is asked anew each time")
            answer = self.post(url, body)
            # 300 is a choice between several works, 501 a page that no translator reads.
            if answer.status not in (200, 300, 400, 404, 501):
                raise ServiceError(f"{host(url)} answered {answer.status}")
            found = read(answer) if answer.status == 200 else None
        except ServiceError as error:
            self.asked.append(Asked(service, url, str(error)))
            raise ServiceError(f"{self.identifier}: {error}") from None
        self.asked.append(Asked(service, url, "not there" if found is None else "found"))
        return found

    def sourced(self, reference: Reference, service: str, date: str = "") -> Reference:
        """Note for each field which service gave it, and when it said so: today, unless an ISO date is given."""
        source = Source(service, date or self.today)
        extra = {key: csljson.clean(value) for key, value in reference.extra.items()}
        return replace(reference, sources=dict.fromkeys(reference.fields, source), extra=extra)

    def services(self) -> str:
        """Name who was asked."""
        return ", ".join(dict.fromkeys(asked.service for asked in self.asked))


def json_of(answer: Answer) -> Any:
    """Return the JSON of an answer, whatever its header says it is."""
    try:
        return csljson.loads(answer.body.decode("utf-8-sig"))
    except (ParseError, UnicodeDecodeError):
        page = answer.body.lstrip()[:1] == b"<"
        what = "a web page" if page else "something that cannot be read" if answer.body else "nothing"
        raise ServiceError(f"{host(answer.url)} sent {what} where JSON was due") from None


def object_of(answer: Answer, *path: str) -> Mapping[str, Any]:
    """Return the object at a path of keys in a JSON answer."""
    value = json_of(answer)
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping):
        raise ServiceError(f"{host(answer.url)} sent JSON that is no record")
    return value


def xml_of(answer: Answer) -> Element:
    """Return the root of an XML answer, which may declare no entities of its own."""
    from xml.etree import ElementTree

    try:
        if b"<!ENTITY" in answer.body:
            raise ServiceError(f"{host(answer.url)} sent XML with entities of its own")
        return ElementTree.fromstring(answer.body)  # noqa: S314 - entities are refused above
    except (ElementTree.ParseError, ValueError, LookupError):
        raise ServiceError(f"{host(answer.url)} sent something else where XML was due") from None


def require_same(asked: str, given: Any, answer: Answer) -> None:
    """Raise ServiceError for the record of another work."""
    if normal("doi", str(given)) != asked and str(given).lower() != asked:
        raise ServiceError(f"{host(answer.url)} answered for another DOI, {str(given)[:80]!r}")

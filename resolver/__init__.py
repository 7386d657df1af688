"""From an identifier to a reference, politely.

    from resolver import Resolver

    with Resolver(mailto="me@example.org") as resolver:
        found = resolver.resolve("https://doi.org/10.1038/171737a0")
        print(found.reference.text("title"), found.notices)
        for text, result in resolver.resolve_many(["10.5281/zenodo.48440", "arXiv:1706.03762"]):
            print(text, result)  # a Resolution, or the RefsError that says why there is none

Without arguments the environment is read: REFS_MAILTO (the address that a service may write to), REFS_MIRROR
(`http://host:port`, which then gets every request for https://HOST/PATH as /HOST/PATH), REFS_ADS_TOKEN,
REFS_OPENALEX_KEY, REFS_SEMANTICSCHOLAR_KEY and REFS_TRANSLATION_SERVER. Nothing is sent that names the user unless
they set it.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refs import identifiers
from refs.errors import NotAnIdentifier, NotRegistered, RefsError, ServiceError, Unreachable
from refs.identifiers import Identifier
from refs.model import Reference
from resolver.batches import BATCHINGS, Batching, groups
from resolver.cache import DAY, Cache, Stored
from resolver.http import JSON, KEYS, Answer, Client, Timeouts, host
from resolver.inquiry import Asked, Inquiry
from resolver.limits import Limits
from resolver.lookup import check_source, look_up
from resolver.sources import doi
from resolver.workers import Pending, Workers

if TYPE_CHECKING:
    from resolver.search import Found
    from resolver.snapshot import Snapshot

__all__ = ["KEYS", "Asked", "Resolution", "Resolver", "Timeouts", "resolve"]

LIFETIME = 7 * DAY
LIFETIME_ABSENT = DAY
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Resolution:
    """A reference, the identifier it was found by, what the user should know, and who was asked."""

    reference: Reference
    identifier: Identifier
    notices: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()


class Resolver:
    """Holds the connections, the cache and the services' limits; safe to use from several threads.

    `cache_dir=None` keeps answers and limits in memory; `offline` answers from the cache and the snapshot alone,
    whatever their age; `snapshot` is a directory that `refs snapshot build` made, asked before the network;
    `again` asks even where a kept answer is fresh, one by one, since a list has no ETags to compare;
    `abstracts` takes abstracts over, which publishers hold the rights in; `source` is the only one asked;
    `keys` holds what services give to account holders, by the names of `resolver.http.KEYS`.
    """

    def __init__(
        self,
        *,
        mailto: str | None = None,
        mirror: str | None = None,
        cache_dir: Path | None = None,
        offline: bool = False,
        again: bool = False,
        abstracts: bool = False,
        source: str = "",
        keys: Mapping[str, str] | None = None,
        translation_server: str | None = None,
        snapshot: Path | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        mailto = os.environ.get("REFS_MAILTO", "") if mailto is None else mailto
        mirror = os.environ.get("REFS_MIRROR", "") if mirror is None else mirror
        self._limits = Limits(cache_dir)
        self._cache = Cache(cache_dir, mirror)
        self._keys = {name: key for name in KEYS if (key := (keys or {}).get(name) or os.environ.get(variable(name)))}
        server = (
            os.environ.get(variable("translation-server"), "") if translation_server is None else translation_server
        )
        if source:
            check_source(source)
        self._source, self._server = source, server
        self._client = Client(self._limits, mailto=mailto, mirror=mirror, keys=self._keys, timeouts=timeouts)
        # Who asks again wants to know what has changed since.
        self._snapshot = None if snapshot is None or again else _opened(snapshot)
        self._offline = offline
        self._again = again
        self._abstracts = abstracts

    def __enter__(self) -> Resolver:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and files."""
        self._client.close()
        self._cache.close()
        self._limits.close()
        if self._snapshot:
            self._snapshot.close()

    def resolve(self, text: str | Identifier) -> Resolution:
        """Return what the registries say of an identifier.

        Raise NotAnIdentifier, NotRegistered, NoMetadata or ServiceError, each with one line that names the
        identifier and who was asked; Unreachable when no connection has been made to anyone since the start.
        """
        identifier = text if isinstance(text, Identifier) else identifiers.parse_any(text)
        try:
            return self._resolve(identifier)
        except Unreachable as error:
            if self._client.reached:
                raise ServiceError(str(error)) from None
            raise
        except NotRegistered:
            # A few DOIs really end with a full stop or a slash.
            exact = identifier if isinstance(text, Identifier) else identifiers.parse_any(text, exact=True)
            if exact == identifier:
                raise
            return self._resolve(exact)

    def search(self, words: str) -> Found:
        """Return candidates for a pasted reference or a few words of it, with the evidence for each.

        Raise NotFoundError when there are none, ServiceError when nobody could be asked, UsageError without words.
        """
        from resolver.search import search

        return search(words, self._ask)

    def resolve_many(self, texts: Iterable[str | Identifier]) -> Iterator[tuple[str, Resolution | RefsError]]:
        """Yield each text with its resolution or error, in order and as soon as it is known.

        DOIs, arXiv numbers and PMIDs are asked for many at a time, the rest one by one, a few at once.
        Leaving the loop early drops the rest. An interrupt (Ctrl-C) while it waits ends the asking: what is finished
        behind the one that it waited for is yielded too, an error takes the place of the others, and KeyboardInterrupt
        is raised at the end.
        """
        asked = list(texts)
        workers = Workers(WORKERS)
        batches = list(self._batches(asked))
        batch_of: dict[Identifier | None, int] = {one: i for i, (_, group) in enumerate(batches) for one in group}
        begun: list[Pending[None]] = []
        answers: list[Pending[Resolution]] = []
        for text in asked:
            batch = batch_of.get(_identifier(text))
            # A batch stands before what waits for it, so that no worker waits in vain, and one ahead of its turn.
            while batch is not None and len(begun) < min(batch + 2, len(batches)):
                begun.append(workers.submit(self._ask_batch, *batches[len(begun)]))
            answers.append(workers.submit(self._resolve_after, begun[batch] if batch is not None else None, text))
        workers.start()
        interrupted = False
        try:
            for text, answer in zip(asked, answers, strict=True):
                result: Resolution | RefsError
                try:
                    result = _outcome(answer, text) if interrupted else answer.result()
                except RefsError as error:
                    result = error
                except KeyboardInterrupt:
                    workers.stop()
                    interrupted, result = True, _outcome(answer, text)
                yield str(text), result
        finally:
            workers.stop()
        if interrupted:
            raise KeyboardInterrupt

    def _resolve_after(self, batch: Pending[None] | None, text: str | Identifier) -> Resolution:
        if batch is not None:
            batch.result()
        return self.resolve(text)

    def _resolve(self, identifier: Identifier) -> Resolution:
        today = datetime.now(UTC).date().isoformat()
        agency = self._known_agency(identifier.value) if identifier.scheme == "doi" else None
        inquiry = Inquiry(identifier, self._ask, today, self._abstracts, agency)
        inquiry.source, inquiry.keys, inquiry.server = self._source, self._keys, self._server
        inquiry.post = None if self._offline else self._client.post
        inquiry.snapshot = self._snapshot
        reference = look_up(inquiry)
        return Resolution(reference, inquiry.identifier, tuple(inquiry.notices), tuple(inquiry.asked))

    def _ask(self, url: str, accept: str, absent: frozenset[int], read: Callable[[Answer], Any]) -> Any:
        """Return what `read` makes of an answer, cached or new; None for a status in `absent`."""
        stored = self._cache.get(url, accept)
        if stored and (self._offline or (stored.fresh and not self._again)):
            answer = _answer(url, stored)
            return None if answer.status in absent else read(answer)
        if self._offline:
            raise Unreachable(f"offline, and {host(url)} has not been asked for it before")
        answer = self._client.get(url, accept, stored.etag if stored else "")
        if answer.status == 304 and stored:
            answer = _answer(url, stored, answer.headers)
        found = None
        if answer.status not in absent:
            if answer.status not in (200, 203):
                raise ServiceError(f"{host(answer.url)} answered {answer.status}{EXPLAINED.get(answer.status, '')}")
            found = read(answer)
        # What was read is worth keeping; so is an absence, unless a page of some other server says so.
        if found is not None or answer.body.lstrip()[:1] != b"<":
            lasting = found is not None and found != ""
            self._keep(url, accept, answer, LIFETIME if lasting else LIFETIME_ABSENT)
        return found

    def _keep(self, url: str, accept: str, answer: Answer, lifetime: float) -> None:
        etag, content_type = answer.headers.get("etag", ""), answer.headers.get("content-type", "")
        stored = Stored(answer.url, answer.status, etag, time.time(), True, answer.body, content_type)
        self._cache.put(url, accept, stored, lifetime)

    def _known_agency(self, name: str) -> str | None:
        stored = self._cache.get(doi.agency_url(name), JSON)
        return doi.agency(json.loads(stored.body), name) if stored and stored.fresh else None

    def _batches(self, texts: Iterable[str | Identifier]) -> Iterator[tuple[Batching, list[Identifier]]]:
        """Yield what is worth asking for together: what no cache knows, in groups that fit one address."""
        by_scheme: dict[str, dict[str, None]] = {}
        for one in map(_identifier, () if self._offline or self._again or self._source else texts):
            # A comma divides the list, so a DOI with one is asked for by itself.
            if one and one.scheme in BATCHINGS and "," not in one.value and not self._is_known(one):
                by_scheme.setdefault(one.scheme, {})[one.value] = None
        for scheme, values in by_scheme.items():
            for group in groups([*values], BATCHINGS[scheme]):
                yield BATCHINGS[scheme], [Identifier(scheme, value) for value in group]

    def _is_known(self, one: Identifier) -> bool:
        batching = BATCHINGS[one.scheme]
        stored = self._cache.get(batching.single(one.value), batching.accept)
        known = stored is not None and stored.fresh
        if known or one.scheme != "doi":
            return known
        copied = self._snapshot is not None and self._snapshot.has(one.value)
        return copied or self._known_agency(one.value) is not None

    def _ask_batch(self, batching: Batching, group: Sequence[Identifier]) -> None:
        """Put the answers for a group into the cache, as if each had been asked for.

        What goes wrong is no error yet: asked one by one, each says what is wrong.
        """
        with contextlib.suppress(ServiceError):
            for url, accept, body in batching.ask(self._client.get, [one.value for one in group]):
                self._cache.put(url, accept, Stored(url, 200, "", time.time(), True, body), LIFETIME)


def _opened(directory: Path) -> Snapshot:
    from resolver.snapshot import Snapshot

    return Snapshot(directory)


def variable(setting: str) -> str:
    """Return the environment's variable for a setting."""
    return f"REFS_{setting.upper().replace('-', '_')}"


def _outcome(answer: Pending[Resolution], text: str | Identifier) -> Resolution | RefsError:
    """Return what is known when nobody waits any longer."""
    try:
        return answer.result() if answer.finished() else ServiceError(f"{text}: not answered before the interrupt")
    except RefsError as error:
        return error


def _answer(url: str, stored: Stored, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a stored answer to a question as if it had just come."""
    kept = {**(headers or {}), "content-type": stored.content_type}
    return Answer(stored.final_url, stored.status, kept, stored.body, stored.final_url != url)


def _identifier(text: str | Identifier) -> Identifier | None:
    """Return the identifier that a text is, or None: why it is none is told when its turn comes."""
    try:
        return text if isinstance(text, Identifier) else identifiers.parse_any(text)
    except NotAnIdentifier:
        return None


EXPLAINED = {
    400: " (it does not understand the question)",
    401: " (it wants a key)",
    403: " (it has blocked this address or network)",
    407: " (the proxy wants a password)",
}


def resolve(identifier: str | Identifier) -> Reference:
    """Return the reference of one identifier, keeping nothing on disk."""
    with Resolver() as resolver:
        return resolver.resolve(identifier).reference

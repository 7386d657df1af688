"""Find URLs and DOIs in the text of runs, and link them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from refs.csl.output import Mark, Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_STOP = r"\s<>\"“”‘’«»„‚\\^`{}|\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
_LINK = re.compile(rf"(?i)https?://[^{_STOP}]+|\b(?:doi:[ \u00a0]?)?10\.[0-9]{{4,9}}/[^{_STOP}]+")
_HOST = re.compile(
    r"(?i)https?://(?:[a-z0-9\u00a1-\uffff](?:[a-z0-9.\u00a1-\uffff-]*[a-z0-9\u00a1-\uffff])?)(?::[0-9]{1,5})?(?=[/?#]|$)"
)
_CLOSERS = {")": "(", "]": "["}
_SAFE = "%/?#[]@!$&'()*+,;=:~._-"


def link_runs(runs: Sequence[Run]) -> list[Run]:
    """Return the runs with a "link" mark around each http(s) URL and DOI in their text."""
    linked: list[Run] = []
    for run in _joined(runs):
        if isinstance(run, str) and ("://" in run or "10." in run):
            linked.extend(_linked(run))
        else:
            linked.append(run)
    return linked


def _joined(runs: Sequence[Run]) -> Iterator[Run]:
    """Join neighbouring texts: a resolver's address and the DOI often come from two places of the style."""
    pieces: list[str] = []
    for run in runs:
        if isinstance(run, str):
            pieces.append(run)
            continue
        if pieces:
            yield "".join(pieces)
            pieces = []
        yield run
    if pieces:
        yield "".join(pieces)


def _linked(text: str) -> Iterator[Run]:
    end = 0
    for match in _LINK.finditer(text):
        shown = _without_punctuation(match[0])
        url = link_target(shown)
        if url is None:
            continue
        if match.start() > end:
            yield text[end : match.start()]
        yield Mark("link", url, True)
        yield shown
        yield Mark("link", url, False)
        end = match.start() + len(shown)
    if end < len(text):
        yield text[end:]


def _without_punctuation(text: str) -> str:
    """Drop what ends the sentence rather than the address; a closing bracket stays when it was opened."""
    surplus = {closer: text.count(closer) - text.count(opener) for closer, opener in _CLOSERS.items()}
    end = len(text)
    while end:
        last = text[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in ".,;:!?'":
            break
        end -= 1
    return text[:end]


def link_target(text: str) -> str | None:
    """Return the http(s) URL that a text stands for, in ASCII with everything unusual percent-encoded."""
    from urllib.parse import quote

    if text[:4].lower() != "http":
        doi = re.sub(r"(?i)^doi:\s?", "", text)
        return "https://doi.org/" + quote(doi, safe="/:;()._-~", errors="replace")
    if not _HOST.match(text):
        return None
    scheme, _, rest = text.partition("://")
    encoded = quote(rest, safe=_SAFE, errors="replace")
    return f"{scheme.lower()}://" + re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", encoded)

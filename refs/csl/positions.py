"""Positions of cites in a document: first, subsequent, ibid, near-note; and the note of the first cite."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from refs.errors import UsageError

FIRST = frozenset(("first",))
SUBSEQUENT = frozenset(("subsequent",))
IBID = frozenset(("subsequent", "ibid"))
IBID_WITH_LOCATOR = frozenset(("subsequent", "ibid", "ibid-with-locator"))
FORCED = {
    0: FIRST, 1: SUBSEQUENT, 2: IBID, 3: IBID_WITH_LOCATOR,
    "first": FIRST, "subsequent": SUBSEQUENT, "ibid": IBID, "ibid-with-locator": IBID_WITH_LOCATOR,
}  # fmt: skip
LOCATOR_ALIASES = {"sub verbo": "sub-verbo", "": "page"}


@dataclass(frozen=True, slots=True)
class Cite:
    """One reference in a cluster, as the caller gave it."""

    id: str
    locator: str = ""
    label: str = ""
    prefix: str = ""
    suffix: str = ""
    suppress_author: bool = False
    author_only: bool = False
    position: Any = None
    near_note: bool = False
    first_note: str = ""


@dataclass(slots=True)
class Cluster:
    """A citation in a document: its cites, the number of its note (0 in the text), and its mode.

    `mode` is "" or one of citeproc's "composite" (in-text), "author-only", "suppress-author". `repeat` counts the
    clusters of the same id before it.
    """

    id: str
    cites: list[Cite]
    note: int = 0
    mode: str = ""
    infix: str = ""
    places: list[Place] = field(default_factory=list)
    repeat: int = 0

    @property
    def key(self) -> tuple[str, int]:
        return self.id, self.repeat


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cite stands: its positions, and the number of the preceding note that first cites the item.

    `cited_again` is the note of a first cite that others refer back to, so that a move of it is noticed.
    """

    positions: frozenset[str] = FIRST
    first_note: str = ""
    cited_again: int = field(default=0, compare=False)


def read_cite(value: Any) -> Cite:
    """Read a cite from the caller's dictionary; what is odd in it counts as not given.

    Raise UsageError for what is no dictionary.
    """
    if not isinstance(value, Mapping):
        raise UsageError(f"a citation is a list of cites such as {{'id': 'watson1953'}}, not of {value!r}")
    given = value.get("locator")
    locator = "" if given is None or given is False else str(given).strip()
    label = value.get("label")
    label = LOCATOR_ALIASES.get(label, label) if isinstance(label, str) else "page"
    locator, label = split_label(locator, label)
    position = value.get("position")
    return Cite(
        id=str(value.get("id", "")),
        locator=locator,
        label=label,
        prefix=text(value.get("prefix")),
        suffix=text(value.get("suffix")),
        suppress_author=bool(value.get("suppress-author")),
        author_only=bool(value.get("author-only")),
        position=position if isinstance(position, (int, str)) and not isinstance(position, bool) else None,
        near_note=bool(value.get("near-note")),
        first_note=text(value.get("first-reference-note-number")),
    )


MODES = ("", "composite", "author-only", "suppress-author")


def read_mode(value: Any) -> str:
    """Return the mode of a cluster; raise UsageError for one that citeproc does not have."""
    mode = value or ""
    if mode not in MODES:
        raise UsageError(f"no mode of citations is called {mode!r}: there are {', '.join(filter(None, MODES))}")
    return str(mode)


LABELS = {
    "art": "article", "bk": "book", "bks": "book", "ch": "chapter", "chap": "chapter", "chaps": "chapter",
    "col": "column", "cols": "column", "fig": "figure", "figs": "figure", "fol": "folio", "fols": "folio",
    "l": "line", "ll": "line", "n": "note", "nn": "note", "no": "issue", "nos": "issue", "op": "opus",
    "p": "page", "pp": "page", "para": "paragraph", "paras": "paragraph", "pt": "part", "pts": "part",
    "r": "rule", "sec": "section", "secs": "section", "s.v": "sub-verbo", "sv": "sub-verbo", "v": "verse",
    "vrs": "verse", "vol": "volume", "vols": "volume",
}  # fmt: skip
LABELLED = re.compile(r"([a-z]{1,5})\.\s+(?=\S)")


def split_label(locator: str, label: str) -> tuple[str, str]:
    """Take a label written at the head of a locator: "vol. 3" is volume 3."""
    match = LABELLED.match(locator)
    if match and match[1] in LABELS:
        return locator[match.end() :], LABELS[match[1]]
    return locator, label


def text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def number_repeated(clusters: list[Cluster]) -> None:
    """Count the clusters of the same id, which a document should not have."""
    known: Counter[str] = Counter()
    for cluster in clusters:
        cluster.repeat = known[cluster.id]
        known[cluster.id] += 1


def place_clusters(clusters: list[Cluster], distance: int) -> None:
    """Set the place of every cite, in the order of the document (specification: `position`)."""
    counts = Counter(cluster.note for cluster in clusters)
    uses = Counter(key for cluster in clusters for key in {cite.id for cite in cluster.cites})
    first_notes: dict[str, int] = {}
    last_notes: dict[str, int] = {}
    seen: set[str] = set()
    previous: Cluster | None = None
    for cluster in clusters:
        places = []
        before: Cite | None = None
        for index, cite in enumerate(cluster.cites):
            if index == 0 and previous is not None and stands_alone(previous, cluster, counts):
                before = previous.cites[-1]
            positions = position_of(cite, before, seen)
            if cluster.note and cite.id in last_notes and cluster.note - last_notes[cite.id] <= distance:
                positions = positions | {"near-note"}
            first = first_notes.get(cite.id, 0) if cite.id in seen else 0
            again = first_notes.get(cite.id, cluster.note) if uses[cite.id] > 1 else 0
            places.append(Place(positions, str(first) if first and first != cluster.note else "", again))
            before = cite
            if cite.id not in seen:
                seen.add(cite.id)
                if cluster.note:
                    first_notes[cite.id] = cluster.note
            if cluster.note:
                last_notes[cite.id] = cluster.note
        cluster.places = places
        previous = cluster


def stands_alone(previous: Cluster, cluster: Cluster, counts: Counter[int]) -> bool:
    """Tell whether an "ibid" can refer to a cluster: one cite, and alone in its note unless it is the same note."""
    if len(previous.cites) != 1:
        return False
    return not previous.note or previous.note == cluster.note or counts[previous.note] == 1


def position_of(cite: Cite, before: Cite | None, seen: set[str]) -> frozenset[str]:
    if cite.position is not None and cite.position in FORCED:
        forced = FORCED[cite.position]
        return forced | {"near-note"} if cite.near_note else forced
    if cite.id not in seen:
        return FIRST
    if before is None or before.id != cite.id:
        return SUBSEQUENT
    if not before.locator:
        return IBID_WITH_LOCATOR if cite.locator else IBID
    if not cite.locator:
        return SUBSEQUENT
    same = before.locator == cite.locator and before.label == cite.label
    return IBID if same else IBID_WITH_LOCATOR

"""Positions of cites in a document: first, subsequent, ibid, near-note; and the note of the first cite."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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

    `mode` is "" or one of citeproc's "composite" (in-text), "author-only", "suppress-author".
    """

    id: str
    cites: list[Cite]
    note: int = 0
    mode: str = ""
    infix: str = ""
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cite stands: its positions, and the number of the note that first cites the item."""

    positions: frozenset[str] = FIRST
    first_note: str = ""


def read_cite(value: Any) -> Cite:
    """Read a cite from the caller's dictionary; what is odd in it counts as not given."""
    locator = value.get("locator")
    label = value.get("label")
    position = value.get("position")
    return Cite(
        id=str(value.get("id", "")),
        locator="" if locator is None or locator is False else str(locator).strip(),
        label=LOCATOR_ALIASES.get(label, label) if isinstance(label, str) else "page",
        prefix=text(value.get("prefix")),
        suffix=text(value.get("suffix")),
        suppress_author=bool(value.get("suppress-author")),
        author_only=bool(value.get("author-only")),
        position=position if isinstance(position, (int, str)) and not isinstance(position, bool) else None,
        near_note=bool(value.get("near-note")),
        first_note=text(value.get("first-reference-note-number")),
    )


def text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def place_clusters(clusters: list[Cluster], distance: int) -> None:
    """Set the place of every cite, in the order of the document (specification: `position`)."""
    first_notes: dict[str, int] = {}
    last_notes: dict[str, int] = {}
    seen: set[str] = set()
    previous: Cluster | None = None
    for cluster in clusters:
        places = []
        before: Cite | None = None
        for index, cite in enumerate(cluster.cites):
            if index == 0 and previous is not None and refers_once(previous):
                before = previous.cites[-1]
            positions = position_of(cite, before, seen)
            if cite.id in seen and cluster.note and cite.id in last_notes:
                if cluster.note - last_notes[cite.id] <= distance:
                    positions = positions | {"near-note"}
            first = first_notes.get(cite.id, 0) if cite.id in seen else 0
            places.append(Place(positions, str(first) if first else ""))
            before = cite
            if cite.id not in seen:
                seen.add(cite.id)
                if cluster.note:
                    first_notes[cite.id] = cluster.note
            if cluster.note:
                last_notes[cite.id] = cluster.note
        cluster.places = places
        previous = cluster


def refers_once(cluster: Cluster) -> bool:
    """Tell whether a cluster names one item only, so that an "ibid" after it is clear."""
    return len({cite.id for cite in cluster.cites}) == 1 and len(cluster.cites) == 1


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

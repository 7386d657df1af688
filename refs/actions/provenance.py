"""Why a field says what it says: every value it had, where each came from, and which command stored it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from refs.actions import merging
from refs.actions.byhand import nearest
from refs.errors import NotFoundError
from refs.fieldwise import cells
from refs.log import Batch, Revision
from refs.model import Reference, Source
from refs.store import Library
from refs.stored import load


@dataclass(frozen=True, slots=True)
class Said:
    """A value that a field had: where it came from, and the batch that stored it; "" is that it was taken away.

    `of` is the key of the reference that said so and was merged into this one, "" for this one itself.
    """

    value: str
    source: Source
    batch: Batch
    of: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """All values of a field, the latest first: the one that won; and those that lost when references were merged."""

    field: str
    values: tuple[Said, ...]
    lost: tuple[Said, ...] = ()


def why(library: Library, key: str, field: str = "") -> list[Story]:
    """Return the story of one field of a reference, or of all; raise NotFoundError for a field that it never had."""
    batches = {batch.number: batch for batch in library.batches()}
    told = _told(library.history(key), batches)
    lost = _of_others(library, key, batches)
    stories = [
        Story(name, tuple(values), tuple(one for one in lost.get(name, ()) if one.value != values[0].value))
        for name, values in told.items()
    ]
    if not field:
        return stories
    wanted = field.replace("extra.", "extra ", 1).lower()
    meant = [one for one in stories if one.field.lower() == wanted or one.field.lower().startswith(f"{wanted} (")]
    if not meant:
        raise NotFoundError(f"{key} never had the field {field!r}{nearest(field, told)}")
    return meant


def _of_others(library: Library, key: str, batches: Mapping[int, Batch]) -> dict[str, list[Said]]:
    """Return for each field what the references said that were merged into one."""
    found: dict[str, list[Said]] = {}
    for one in merging.merged_into(library, key):
        own = one.reference.key
        told = _told(one.history, batches, own)
        for name, text in cells(one.reference).items():
            known = (said for said in told.get(name, ()) if said.value == text)
            if name != "key":
                of_merge = Said(text, _source(one.reference, name), batches[one.batch], own)  # all that a purge left
                found.setdefault(name, []).append(next(known, of_merge))
    return found


def _told(history: Sequence[Revision], batches: Mapping[int, Batch], of: str = "") -> dict[str, list[Said]]:
    """Return for each field the values that it had, the latest first."""
    told: dict[str, list[Said]] = {}
    last: dict[str, str] = {}
    for revision in history:
        after = load(revision.after) if revision.after is not None else None
        now = cells(after)
        for name in (*now, *(name for name in last if name not in now)):
            if now.get(name) != last.get(name):
                said = Said(now.get(name, ""), _source(after, name), batches[revision.batch], of)
                told.setdefault(name, []).insert(0, said)
        last = now
    return told


def _source(reference: Reference | None, name: str) -> Source:
    if reference is None:
        return Source("")
    return reference.sources.get(name) or reference.sources.get(name.removeprefix("extra "), Source(""))


def lines(story: Story) -> Iterator[str]:
    """Yield what a person reads: the value that won, where it and each one before it came from, and which ones lost."""
    yield f"{story.field}: {story.values[0].value or '(taken away)'}"
    for number, said in enumerate(story.values):
        before = f"before: {said.value or '(nothing)'}; " if number else ""
        yield f"  {before}{_about(said)}"
    for said in story.lost:
        yield f"  lost: {said.value}, of {said.of}; {_about(said)}"


def _about(said: Said) -> str:
    source, batch = f"{said.source.name} {said.source.date}".rstrip(), said.batch
    return ", ".join(filter(None, (source, batch.command, f"batch {batch.number}", batch.at, batch.actor)))


def as_json(key: str, story: Story) -> str:
    """Return a story as a JSON object: the field, its values, the one that won first, and those that lost."""
    values = [_row(said) for said in story.values]
    lost = [{**_row(said), "of": said.of} for said in story.lost]
    return json.dumps({"key": key, "field": story.field, "values": values, "lost": lost}, ensure_ascii=False)


def _row(said: Said) -> dict[str, str | int | None]:
    return {
        "value": said.value or None,
        "source": said.source.name or None,
        "date": said.source.date or None,
        "batch": said.batch.number,
        "at": said.batch.at,
        "actor": said.batch.actor,
        "command": said.batch.command,
    }

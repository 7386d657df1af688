"""Why a field says what it says: every value it had, where each came from, and which command stored it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from refs.actions.byhand import nearest
from refs.errors import NotFoundError
from refs.fieldwise import cells
from refs.log import Batch
from refs.model import Reference, Source
from refs.store import Library
from refs.stored import load


@dataclass(frozen=True, slots=True)
class Said:
    """A value that a field had: where it came from, and the batch that stored it; "" is that it was taken away."""

    value: str
    source: Source
    batch: Batch


@dataclass(frozen=True, slots=True)
class Story:
    """All values of a field, the latest first: the one that won."""

    field: str
    values: tuple[Said, ...]


def why(library: Library, key: str, field: str = "") -> list[Story]:
    """Return the story of one field of a reference, or of all; raise NotFoundError for a field that it never had."""
    batches = {batch.number: batch for batch in library.batches()}
    told: dict[str, list[Said]] = {}
    last: dict[str, str] = {}
    for revision in library.history(key):
        after = load(revision.after) if revision.after is not None else None
        now = cells(after)
        for name in (*now, *(name for name in last if name not in now)):
            if now.get(name) != last.get(name):
                said = Said(now.get(name, ""), _source(after, name), batches[revision.batch])
                told.setdefault(name, []).insert(0, said)
        last = now
    stories = [Story(name, tuple(values)) for name, values in told.items()]
    if not field:
        return stories
    wanted = field.replace("extra.", "extra ", 1).lower()
    found = [one for one in stories if one.field.lower() == wanted or one.field.lower().startswith(f"{wanted} (")]
    if not found:
        raise NotFoundError(f"{key} never had the field {field!r}{nearest(field, told)}")
    return found


def _source(reference: Reference | None, name: str) -> Source:
    if reference is None:
        return Source("")
    return reference.sources.get(name) or reference.sources.get(name.removeprefix("extra "), Source(""))


def lines(story: Story) -> Iterator[str]:
    """Yield what a person reads: the value that won, then where it and each one before it came from."""
    yield f"{story.field}: {story.values[0].value or '(taken away)'}"
    for number, said in enumerate(story.values):
        source = f"{said.source.name} {said.source.date}".rstrip()
        batch = said.batch
        about = [source, batch.command, f"batch {batch.number}", batch.at, batch.actor]
        value = f"before: {said.value or '(nothing)'}; " if number else ""
        yield f"  {value}{', '.join(filter(None, about))}"


def as_json(key: str, story: Story) -> str:
    """Return a story as a JSON object: the field, and its values, the one that won first."""
    values = [
        {
            "value": said.value or None,
            "source": said.source.name or None,
            "date": said.source.date or None,
            "batch": said.batch.number,
            "at": said.batch.at,
            "actor": said.batch.actor,
            "command": said.batch.command,
        }
        for said in story.values
    ]
    return json.dumps({"key": key, "field": story.field, "values": values}, ensure_ascii=False)

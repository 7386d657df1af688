"""Tell whether a reference is what a query asks for: the meaning of the search language, apart from any index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from refs.folding import field_word, indexed, searched, texts_of
from refs.model import Date, Reference
from refs.query import COLUMNS, And, Ids, Is, Not, Or, Query, Range, Text


@dataclass(frozen=True, slots=True)
class Record:
    """A stored reference with its number and the times (UTC, ISO 8601) at which it was added and changed."""

    id: int
    added: str
    changed: str
    reference: Reference


def matches(query: Query, record: Record) -> bool:
    """Tell whether a record is what a settled query asks for."""
    match query:
        case Not(part):
            return not matches(part, record)
        case And(parts):
            return all(matches(part, record) for part in parts)
        case Or(parts):
            return any(matches(part, record) for part in parts)
        case Range():
            return _in_range(query, record)
        case Ids(ids):
            return record.id in ids
        case Is():
            return _is(query, record.reference)
        case Text():
            return any(_occurs(query, text) for text in _fields(query.field, record.reference))


def _occurs(wanted: Text, text: str) -> bool:
    if wanted.inside:
        return any(wanted.words[0] in word for word in text.split())
    return f" {' '.join(wanted.words)}{'' if wanted.open else ' '}" in f" {text} "


def _fields(field: str, reference: Reference) -> Iterator[str]:
    """Yield the folded texts of a field; of all columns, without one."""
    if field in COLUMNS or not field:
        columns = searched(reference)
        yield from (
            text for name, text in columns.items() if name == COLUMNS.get(field) or (not field and name != "field")
        )
        return
    values = [reference.fields[field]] if field in reference.fields else []
    values += [variant.value for variant in reference.variants.get(field, ())]
    for value in values:
        yield from ((indexed(str(value)),) if isinstance(value, Date) else map(indexed, texts_of(value)))
    for others in (reference.identifiers, reference.extra):
        yield from (indexed(text) for name, text in others.items() if field_word(name) == field_word(field))


def _in_range(wanted: Range, record: Record) -> bool:
    if wanted.field == "year":
        year = record.reference.year
        above = year is not None and (not wanted.low or year >= int(wanted.low))
        return above and year is not None and (not wanted.high or year <= int(wanted.high))
    time = record.added if wanted.field == "added" else record.changed
    low, high = wanted.low.rstrip("~"), wanted.high.rstrip("!")
    return (not low or (time[: len(low)] > low if wanted.low != low else time[: len(low)] >= low)) and (
        not high or (time[: len(high)] < high if wanted.high != high else time[: len(high)] <= high)
    )


def _is(wanted: Is, reference: Reference) -> bool:
    if wanted.field == "has":
        return field_word(wanted.text) in searched(reference)["field"].split()
    text, asked = getattr(reference, wanted.field), wanted.text
    if wanted.how == "whole":
        return bool(text == asked)
    return text.lower().startswith(asked.lower()) if wanted.how == "start" else asked.lower() in text.lower()

"""Text folded for finding: without case and accents, in every script, with its romanised form beside it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from refs.model import Date, Reference, Value

SEARCHED = (
    "title",
    "title-short",
    "original-title",
    "container-title",
    "container-title-short",
    "collection-title",
    "publisher",
    "DOI",
    "ISBN",
    "PMID",
    "PMCID",
    "URL",
)


def searched_text(reference: Reference) -> str:
    """Return the folded text that words are looked for in, with the romanised form of what is not Latin."""
    from refs.romanise import ascii_fold

    parts = [reference.key, str(reference.year or ""), *reference.identifiers.values(), *_values(reference)]
    own = fold(" \n".join(part for part in parts if part))
    romanised = ascii_fold(own)
    return own if romanised == own else f"{own}\n{romanised}"


def _values(reference: Reference) -> Iterator[str]:
    for variable, value in reference.fields.items():
        if variable in SEARCHED or isinstance(value, tuple):
            yield from _texts(value)
    for variants in reference.variants.values():
        for variant in variants:
            yield from _texts(variant.value)


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        from refs.text import plain

        yield plain(value)
    elif not isinstance(value, Date):
        yield from (str(name) for name in value)


def fold(text: str) -> str:
    """Return the text without case and accents, in its own script."""
    if text.isascii():
        return text.lower()
    from refs.romanise import normalise

    return "".join(c for c in normalise("NFKD", text.casefold()) if not unicodedata.combining(c))

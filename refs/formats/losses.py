"""What a format could not hold: the references as they are beside those that its file gives back.

Nothing is declared by the writers: the text that was written is read again and compared field by field, so that what
this says is what happened to these references.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from refs.formats import FORMATS, read
from refs.formats.latex import decode
from refs.model import Reference

MAX_NAMED = 8
Losses = Counter[tuple[str, str]]


def can_tell(format: str) -> bool:
    """Tell whether the format can be read back: a page of HTML cannot."""
    return FORMATS[format].reads


def find(references: Sequence[Reference], text: str, format: str) -> Losses:
    """Return how many references lose or change what: {("lose", "annote"): 3}."""
    if not references:
        return Losses()
    found = Losses()
    again = read(text.encode("utf-8"), "again", format).references
    if len(again) == len(references):
        pairs = list(zip(references, again, strict=True))
    else:
        by_key = {reference.key: reference for reference in again}
        pairs = [(reference, by_key[reference.key]) for reference in references if reference.key in by_key]
        found["lose", "everything"] = len(references) - len(pairs)
    for before, after in pairs:
        if not _same(before, after):
            found.update(set(_differences(before, after)))
    return +found


def _same(before: Reference, after: Reference) -> bool:
    """Tell whether nothing is lost, which is soon seen of most references; more than there was is no loss."""
    return (
        before.fields == after.fields
        and before.type == after.type
        and before.key == after.key
        and before.variants == after.variants
        and before.identifiers == after.identifiers
        and before.extra.items() <= after.extra.items()
    )


def _differences(before: Reference, after: Reference) -> Iterator[tuple[str, str]]:
    if after.type != before.type:
        yield "change", "type"
    if after.key != before.key:
        yield "change" if after.key else "lose", "key"
    for variable, value in before.fields.items():
        if after.fields.get(variable) != value:
            yield "change" if variable in after.fields else "lose", variable
    for variable, variants in before.variants.items():
        if not set(variants) <= set(after.variants.get(variable, ())):
            yield "lose", f"{variable} in other languages"
    for scheme, identifier in before.identifiers.items():
        if after.identifiers.get(scheme) != identifier:
            yield "lose", scheme
    said = {value for value in after.fields.values() if isinstance(value, str)}
    for name, text in before.extra.items():
        if after.extra.get(name) == text or name in after.fields or text in said:
            continue
        yield "lose", f"the LaTeX of {name}" if decode(text, name == "title")[0] in said else name


def line(losses: Losses, format: str) -> str:
    """Return one line: "12 references lose original-title, 3 lose annote in ris"."""
    ordered = sorted(losses.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{count} {_verb(verb, count)} {what}" for (verb, what), count in ordered[:MAX_NAMED]]
    if len(ordered) > MAX_NAMED:
        parts.append(f"and so with {len(ordered) - MAX_NAMED} more fields")
    first, _, rest = ", ".join(parts).partition(" ")
    return f"{first} reference{'' if first == '1' else 's'} {rest} in {format}"


def _verb(verb: str, count: int) -> str:
    return f"{verb}s" if count == 1 else verb

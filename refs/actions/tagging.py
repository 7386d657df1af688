"""Tag references, and count the tags of a library. A tag is a word or phrase of the CSL variable `keyword`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from refs.actions.assigning import Changed
from refs.actions.editing import put, with_sources
from refs.errors import UsageError
from refs.fieldwise import differences
from refs.folding import tags, words
from refs.model import Reference
from refs.store import Library


def read_signs(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the tags of "+reading" and "-todo" to give and to take away; raise UsageError for what cannot be one."""
    for text in texts:
        if not words(text[1:]) or set(text) & set(",;"):
            raise UsageError(f"{text!r} cannot be a tag: it needs a letter or digit, and has no comma or semicolon")
    given = [" ".join(text[1:].split()) for text in texts if text.startswith("+")]
    return given, [text[1:] for text in texts if text.startswith("-")]


def tag(
    library: Library,
    references: Sequence[Reference],
    giving: Sequence[str],
    taking: Sequence[str],
    *,
    dry: bool = False,
) -> list[Changed]:
    """Give tags to references and take others away, in one transaction; return those that differ. `dry` stores nothing.

    Case and accents make no other tag.
    """
    pairs = [(before, tagged(before, giving, taking)) for before in references]
    pairs = [(before, after) for before, after in pairs if before != after]
    if pairs and not dry:
        library.apply(lambda change: [put(change, before, after) for before, after in pairs])
    return [Changed(after, tuple(differences(before, after))) for before, after in pairs]


def tagged(reference: Reference, giving: Sequence[str], taking: Sequence[str]) -> Reference:
    """Return the reference with and without these tags; itself, when it is so already."""
    before = tags(reference)
    gone = {words(name) for name in taking}
    kept = {words(name): name for name in before if words(name) not in gone}
    after = list(({words(name): name for name in giving} | kept).values()) if giving else list(kept.values())
    after.sort(key=lambda name: before.index(name) if name in before else len(before))
    if after == before:
        return reference
    fields = {name: value for name, value in reference.fields.items() if name != "keyword"}
    return with_sources(reference, replace(reference, fields=fields | ({"keyword": ", ".join(after)} if after else {})))


def counted(library: Library) -> list[tuple[str, int]]:
    """Return the tags of a library, the most frequent first, in their most frequent spelling."""
    spellings: dict[str, Counter[str]] = {}
    for reference in library.each("has:keyword", "key"):
        for name in tags(reference):
            spellings.setdefault(words(name) or name, Counter())[name] += 1
    found = [(spelling.most_common(1)[0][0], spelling.total()) for spelling in spellings.values()]
    return sorted(found, key=lambda one: (-one[1], one[0]))

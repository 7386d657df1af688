"""Citation labels of items: letters of the family names and two digits of the year ("Doe99", "DRN01")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from refs.csl.item import Item

LETTERS = {1: (4,), 2: (2, 2), 3: (2, 1, 1), 4: (1, 1, 1, 1)}


def citation_label(item: Item) -> str:
    """Return the label given with an item, or else one made of its authors and year."""
    given = item.raw("citation-label")
    if given:
        return given
    names = next((item.names(name) for name in ("author", "editor", "translator") if item.names(name)), [])
    counts = LETTERS.get(min(len(names), 4), ())
    letters = "".join((name.family or name.literal)[:count] for name, count in zip(names, counts, strict=False))
    date = item.date("issued")
    year = f"{abs(date.start.year) % 100:02}" if date and date.start.year else "0000"[:2]
    return letters + year

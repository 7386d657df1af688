"""Citation labels of items: letters of the family names and two digits of the year ("Doe99", "DRN01").

The specification leaves the form of `citation-label` open; this is the one of citeproc-js.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from refs.csl.names import SPACED
from refs.csl.output import plain_text
from refs.csl.textcase import STOP_WORDS
from refs.model import NAME_VARIABLES

if TYPE_CHECKING:
    from refs.csl.item import Item

LETTERS = {1: (4,), 2: (2, 2), 3: (2, 1, 1), 4: (1, 1, 1, 1)}
ROLES = ("author", *sorted(NAME_VARIABLES))
ARTICLES = ("a", "an", "the")


def citation_label(item: Item) -> str:
    """Return the label given with an item, or else one made of its names, or its title, and its year."""
    given = item.raw("citation-label")
    if given:
        return given
    names = next((item.names(role) for role in ROLES if item.names(role)), [])
    counts = LETTERS.get(min(len(names), 4), ())
    words = takewhile(bool, (letters(name.family or name.literal) for name in names))
    label = "".join(word[:count].capitalize() for word, count in zip(words, counts, strict=False))
    date = item.date("issued")
    year = f"{abs(date.start.year) % 100:02}" if date and date.start.year else "00"
    return (label or title_letters(item)) + year


def letters(name: str) -> str:
    """Return the letters of a name in scripts with spaces, without the article that begins it ("The Group")."""
    first, _, rest = name.partition(" ")
    text = rest if first.lower() in ARTICLES and rest else name
    return "".join(char for char in text if char.isalpha() and SPACED.match(char))


def title_letters(item: Item) -> str:
    """Return the signs that stand for an item without names: four of its title, stop words left out."""
    words = plain_text(item.text("title") or "").split()
    return "".join(word for word in words if word not in STOP_WORDS)[:4].capitalize()

"""Citation labels of items: letters of the family names and two digits of the year ("Doe99", "DRN01").

The specification leaves the form of `citation-label` open; this is the one of citeproc-js.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from refs.csl.output import plain_text
from refs.csl.textcase import STOP_WORDS
from refs.model import NAME_VARIABLES

if TYPE_CHECKING:
    from refs.csl.item import Item

LETTERS = {1: (4,), 2: (2, 2), 3: (2, 1, 1), 4: (1, 1, 1, 1)}
ROLES = ("author", "editor", "translator", *sorted(NAME_VARIABLES))
ARTICLES = ("a", "an", "the")


def citation_label(item: Item) -> str:
    """Return the label given with an item, or else one made of its names, or its title, and its year."""
    given = item.raw("citation-label")
    if given:
        return given
    names = next((item.names(role) for role in ROLES if item.names(role)), [])
    counts = LETTERS.get(min(len(names), 4), ())
    words = (without_article(name.family or name.literal) for name in names)
    label = "".join(first_letters(word, count) for word, count in zip(words, counts, strict=False))
    date = item.date("issued")
    year = f"{abs(date.start.year) % 100:02}" if date and date.start.year else "00"
    return (label or title_letters(item)) + year


def without_article(name: str) -> str:
    """Return a name without the article that begins it: "The Group" -> "Group"."""
    first, _, rest = name.partition(" ")
    return rest if first.lower() in ARTICLES and rest else name


def title_letters(item: Item) -> str:
    """Return the letters that stand for an item without names: four of its title, stop words left out."""
    words = plain_text(item.text("title") or "").split()
    return first_letters("".join(word for word in words if word not in STOP_WORDS), 4)


def first_letters(text: str, count: int) -> str:
    """Return the first letters of a text as a word with a capital."""
    return "".join(char for char in text if char.isalnum())[:count].capitalize()

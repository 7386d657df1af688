"""Fifty varied items for styles to print: one of each type with every variable, and some that are odd."""

from __future__ import annotations

from typing import Any

from refs import model
from refs.csl import schema

Item = dict[str, Any]

NAMES: list[list[dict[str, Any]]] = [
    [{"family": "Müller", "given": "Jörg Peter"}],
    [{"family": "Smith", "given": "Jane", "suffix": "Jr."}, {"family": "Li", "given": "Wei-Min"}],
    [{"family": "Gogh", "given": "Vincent", "non-dropping-particle": "van"}, {"literal": "World Health Organization"}],
    [{"family": "La Fontaine", "given": "Jean", "dropping-particle": "de"}],
    [{"family": "王", "given": "小明"}, {"family": "Иванов", "given": "Пётр Сергеевич"}],
    [{"family": "الخوارزمي", "given": "محمد"}],
    [{"family": f"Author{letter}", "given": f"{letter}. {letter}"} for letter in "ABCDEFGHIJKL"],
    [{"family": "Plato"}],
]
DATES: list[dict[str, Any]] = [
    {"date-parts": [[2019, 3, 14]]},
    {"date-parts": [["1999", "12"]]},
    {"date-parts": [[2005]], "circa": True},
    {"date-parts": [[2010, 5, 30], [2010, 6, 2]]},
    {"date-parts": [[-43]]},
    {"date-parts": [[2015]], "season": 3},
    {"literal": "late in the reign of Nero"},
    {"raw": "25 December 1915"},
]
NUMBERS = ["12", "iv", "3-7", "12a", "1, 3 & 5", "Special issue 2", "2nd", "100–109"]
TITLES = [
    "A study of <i>Drosophila</i> in the “wild”: a review",
    "What is life?",
    'H<sub>2</sub>O & the <span class="nocase">NaCl</span> problem, part 1',
    "Преступление и наказание",
    "红楼梦",
    "عنوان الكتاب",
    "The l'Hôpital's rule: “‘Yes’, he said”",
    "<sc>Small</sc> caps and <b>bold <i>italic</i></b>!",
]


def full_item(kind: str, number: int) -> Item:
    """Return an item of a type in which every variable of CSL 1.0.2 has a value."""
    item: Item = {"id": f"{kind}-{number}", "type": kind}
    for offset, name in enumerate(sorted(model.NAME_VARIABLES)):
        item[name] = NAMES[(number + offset) % len(NAMES)]
    for offset, name in enumerate(sorted(model.DATE_VARIABLES)):
        item[name] = DATES[(number + offset) % len(DATES)]
    for offset, name in enumerate(sorted(model.NUMBER_VARIABLES - {"citation-number", "locator"})):
        item[name] = NUMBERS[(number + offset) % len(NUMBERS)]
    for offset, name in enumerate(
        sorted(model.TEXT_VARIABLES - model.NUMBER_VARIABLES - {"year-suffix", "citation-label"})
    ):
        item[name] = TITLES[(number + offset) % len(TITLES)]
    item |= {"DOI": "10.1000/182", "URL": "https://example.org/a_b?c=1", "language": "en", "note": "A note."}
    return item


def sparse_item(kind: str, number: int) -> Item:
    """Return an item as people have them: an author, a title, a date, and little more."""
    item: Item = {
        "id": f"{kind}-{number}",
        "type": kind,
        "author": NAMES[number % len(NAMES)],
        "title": TITLES[number % len(TITLES)],
        "issued": DATES[number % len(DATES)],
    }
    if number % 2:
        item |= {"container-title": "Journal of Examples", "volume": "12", "issue": "3", "page": "1021-1034"}
    else:
        item |= {"publisher": "Example Press", "publisher-place": "Boston", "edition": "2"}
    return item


ODD: list[Item] = [
    {"id": "nothing", "type": "book"},
    {"id": "title-only", "type": "webpage", "title": "Title"},
    {"id": "no-type", "title": "No type"},
    {"id": "unknown-type", "type": "hologram", "title": "Unknown", "author": [{"family": "Doe"}]},
    {
        "id": "same-1",
        "type": "book",
        "author": [{"family": "Doe", "given": "Jane"}],
        "issued": {"date-parts": [[2000]]},
    },
]


def varied_items() -> list[Item]:
    """Return the fifty items: every type, every second one with all variables, and the odd ones."""
    kinds = sorted(model.TYPES)
    made = [full_item(kind, n) if n % 2 else sparse_item(kind, n) for n, kind in enumerate(kinds)]
    return made + ODD


def varied_cites(items: list[Item]) -> list[list[dict[str, Any]]]:
    """Return clusters of one, two and three cites with locators, affixes and suppressed authors."""
    labels = sorted(schema.LOCATORS)
    clusters = []
    for index, item in enumerate(items):
        cite = {"id": item["id"], "locator": NUMBERS[index % len(NUMBERS)], "label": labels[index % len(labels)]}
        other = {"id": items[index - 1]["id"], "prefix": "see", "suffix": "for more", "suppress-author": index % 3 == 0}
        clusters.append([cite, other][: 1 + index % 2])
    return clusters

"""References made from a seed, of every type and with every variable, for the round trips of formats."""

from __future__ import annotations

import random
from typing import Any

from refs.model import (
    DATE_VARIABLES,
    NAME_VARIABLES,
    NUMBER_VARIABLES,
    TEXT_VARIABLES,
    TYPES,
    Date,
    Name,
    Reference,
    Value,
    Variant,
)

WORDS = (
    "alpha no yes null 1e3 010 0x1F 12:30 # - ? : , ; & % $5 $x^2$ _ a_b * ** ~ ^ < > [x] {y} | ! ' \" \\ \\n @cite "
    "=1+1 +1 -1 --- ... Ünïcödé 漢字 عربي שלום 𝒳 R&D AT&amp;T C++ <i>et</i> <b>al</b> H<sub>2</sub>O "
    '<span class="nocase">DNA</span> <span style="font-variant:small-caps;">SC</span> https://a.b/~c?d=e&f=%20 ~x~ '
    "and others true ~ NaN .inf 2020-05-01 ‘q’ “q” – — a;b a,b 'tis =cmd|'/C'!A0 @SUM(1) \u2028 \u00a0 \u200f"
).split(" ")
FAMILIES = ("Doe", "O'Neil", "García Márquez", "Müller", "李", "Хрущёв", "al-Ḥasan", "Smith-Jones", "Lee", "d'Arc")
GIVENS = ("Jane", "J. R. R.", "小明", "Никита", "Marie-Claire", "Ludwig", "A.")


def references(seed: int, count: int) -> list[Reference]:
    """Return references whose every value is what the readers can give: no blanks at the ends, no controls."""
    source = random.Random(seed)  # noqa: S311
    return [_reference(source, f"key{i}") for i in range(count)]


def _reference(source: random.Random, key: str) -> Reference:
    # CSL 1.0.2 calls "event" what it calls "event-title" too, and readers give the latter
    names = [*source.sample(sorted(TEXT_VARIABLES - {"event"}), 8), "title"]
    fields: dict[str, Value] = {name: _text(source, name) for name in names}
    fields |= {name: _names(source) for name in source.sample(sorted(NAME_VARIABLES), 2)}
    fields |= {name: _date(source) for name in source.sample(sorted(DATE_VARIABLES), 2)}
    variants = {"title": (Variant(_text(source, "title"), "ru-Latn", "romanised"),)} if source.random() < 0.2 else {}
    identifiers = {"arxiv": "1706.03762"} if source.random() < 0.2 else {}
    extra = {"x-unknown": _text(source, "note"), "Odd Name": "yes"} if source.random() < 0.3 else {}
    return Reference(source.choice(sorted(TYPES)), fields, key, variants, identifiers, extra)


def _text(source: random.Random, variable: str) -> str:
    if variable in NUMBER_VARIABLES:
        return source.choice(["1", "12", "007", "S3", "e1004", "1-5", "3–7, 9", "2nd", "-5", "1e3", "2020-05"])
    if variable in ("DOI", "ISBN", "ISSN", "PMID", "PMCID"):
        return {"DOI": "10.1000/a_b*c", "ISBN": "978-0-14-044913-6", "ISSN": "2041-1723", "PMID": "1"}.get(
            variable, "PMC12"
        )
    if variable == "language":
        return source.choice(["en", "ru-RU", "no", "zh-Hant"])
    words = " ".join(source.choice(WORDS) for _ in range(source.randint(1, 6)))
    return " ".join(words.split()) or "word"


def _names(source: random.Random) -> tuple[Name, ...]:
    def name() -> Name:
        kinds: list[dict[str, Any]] = [
            {"family": source.choice(FAMILIES), "given": source.choice(GIVENS)},
            {"family": "Berg", "given": "Jan", "non_dropping_particle": "van den"},
            {"family": "Gogh", "given": "Vincent", "dropping_particle": "van"},
            {"family": "King", "given": "Martin Luther", "suffix": "Jr."},
            {"family": "Plato"},
            {"literal": source.choice(["World Health Organization", "Doe, Roe and Co.", "Müller; Söhne", "=cmd"])},
            {"family": "Sato", "given": "Ken", "static_ordering": True},
            {"family": "Ford", "given": "Ann", "suffix": "III", "comma_suffix": True},
        ]
        return Name(**source.choice(kinds))

    return tuple(name() for _ in range(source.randint(1, 3)))


def _date(source: random.Random) -> Date:
    return source.choice(
        [
            Date(((2020,),)),
            Date(((2020, 5),)),
            Date(((2020, 5, 1),)),
            Date(((1998,), (1999,))),
            Date(((1998, 1, 2), ())),
            Date(((-44, 3, 15),)),
            Date(((2004,),), season=2),
            Date(((1723,),), circa=True),
            Date(literal="n.d., about =1"),
            Date(((12345,),)),
        ]
    )

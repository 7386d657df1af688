"""Wikidata: https://www.wikidata.org/wiki/Special:EntityData/{item}.json (www.wikidata.org/wiki/Wikidata:Data_access).

An item names its authors, journal and publisher by other items, whose labels are asked for together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from refs import identifiers, languages, text
from refs.model import Date, Name, Reference, Value, Variant
from resolver import contributors, titles
from resolver.fields import clean, isbns, number, pages

NAME = "wikidata"
Record = Mapping[str, Any]
TYPES = {
    "Q13442814": "article-journal",
    "Q18918145": "article-journal",
    "Q591041": "article-journal",
    "Q7318358": "article-journal",
    "Q191067": "article-journal",
    "Q580922": "article",
    "Q23927052": "paper-conference",
    "Q1980247": "chapter",
    "Q571": "book",
    "Q3331189": "book",
    "Q7725634": "book",
    "Q47461344": "book",
    "Q1143604": "book",
    "Q187685": "thesis",
    "Q1266946": "thesis",
    "Q1907875": "thesis",
    "Q10870555": "report",
    "Q1172284": "dataset",
    "Q7397": "software",
    "Q5633421": "periodical",
    "Q1002697": "periodical",
}
ELSEWHERE = {"P356": "doi", "P698": "pmid", "P932": "pmcid", "P818": "arxiv", "P212": "isbn", "P957": "isbn"}
PEOPLE = {"P50": "author", "P98": "editor", "P655": "translator"}
NAMED = {"P1433": "container-title", "P123": "publisher", "P291": "publisher-place", "P179": "collection-title"}
MOST_LABELS = 50


def url(item: str) -> str:
    """Return the address of an item."""
    return f"https://www.wikidata.org/wiki/Special:EntityData/{item}.json"


def labels_url(items: Sequence[str]) -> str:
    """Return the address of the labels of items, of which 50 may be asked for at once."""
    ids = "%7C".join(items[:MOST_LABELS])
    return (
        f"https://www.wikidata.org/w/api.php?action=wbgetentities&ids={ids}&props=labels&languages=en%7Cmul"
        "&languagefallback=1&format=json"
    )


def entity(answer: Record, item: str) -> Record | None:
    """Return the item in an answer; one that was merged comes under the number of the other."""
    entities = answer.get("entities")
    rows = entities if isinstance(entities, Mapping) else {}
    found = rows.get(item) or next(iter(rows.values()), None)
    return found if isinstance(found, Mapping) and "missing" not in found else None


def identifiers_of(found: Record) -> dict[str, str]:
    """Return the work's identifiers in other schemes: doi, pmid, pmcid, arxiv, isbn."""
    ids: dict[str, str] = {}
    for property, scheme in ELSEWHERE.items():
        for value in _values(found, property):
            number = f"PMC{value}" if scheme == "pmcid" and str(value).isdecimal() else str(value)
            reader = identifiers.READERS[scheme]
            if one := reader(number, False) or reader(f"{scheme}:{number}", False):
                ids.setdefault(scheme, one.value)
    return ids


def mentioned(found: Record) -> list[str]:
    """Return the items whose labels a reference needs."""
    rows = [value for property in (*PEOPLE, *NAMED) for value in _values(found, property)]
    return list(dict.fromkeys(one for value in rows if (one := _item(value))))


def labels(answer: Record) -> dict[str, str]:
    """Return the labels of items in an answer."""
    entities = answer.get("entities")
    found = {
        item: next(
            (clean(row.get("value")) for row in _mapping(entry, "labels").values() if isinstance(row, Mapping)), ""
        )
        for item, entry in (entities.items() if isinstance(entities, Mapping) else ())
        if isinstance(entry, Mapping)
    }
    return {item: label for item, label in found.items() if label}


def parse(found: Record, names: Mapping[str, str]) -> Reference:
    """Return the reference of an item; `names` has the labels of the items that it mentions."""
    ids = identifiers_of(found)
    title, tongue, others = _titles(found)
    kinds = [TYPES[kind] for value in _values(found, "P31") if (kind := _item(value)) in TYPES]
    fields: dict[str, Value] = {
        "title": title,
        "language": tongue,
        **{variable: _people(found, property, names) for property, variable in PEOPLE.items()},
        **{variable: _label(found, property, names) for property, variable in NAMED.items()},
        "volume": number(_first(found, "P478")),
        "issue": number(_first(found, "P433")),
        "page": pages(_first(found, "P304")),
        "edition": number(_first(found, "P393")),
        "DOI": ids.get("doi", ""),
        "PMID": ids.get("pmid", ""),
        "PMCID": ids.get("pmcid", ""),
        "ISBN": isbns([ids.get("isbn")]),
        "URL": clean(_first(found, "P953")) if not ids.get("doi") else "",
    }
    if issued := next((date for value in _values(found, "P577") if (date := _date(value))), None):
        fields["issued"] = issued
    own = {NAME: clean(found.get("id")), "arxiv": ids.get("arxiv", "")}
    return Reference(
        type=next(iter(kinds), "document"),
        fields={variable: value for variable, value in fields.items() if value},
        variants={"title": others} if others else {},
        identifiers={scheme: value for scheme, value in own.items() if value},
    )


def _mapping(record: Record, key: str) -> Record:
    value = record.get(key)
    return value if isinstance(value, Mapping) else {}


def _statements(found: Record, property: str) -> list[Record]:
    """Return the statements of a property, the preferred ones alone where there are such, no deprecated ones."""
    value = _mapping(found, "claims").get(property)
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    preferred = [row for row in rows if row.get("rank") == "preferred"]
    return preferred or [row for row in rows if row.get("rank") != "deprecated"]


def _values(found: Record, property: str) -> list[Any]:
    rows = (_mapping(_mapping(row, "mainsnak"), "datavalue").get("value") for row in _statements(found, property))
    return [value for value in rows if value is not None]


def _first(found: Record, property: str) -> str:
    return next((one for one in _values(found, property) if isinstance(one, str)), "")


def _item(value: Any) -> str:
    number = value.get("id") if isinstance(value, Mapping) else ""
    return number if isinstance(number, str) and re.fullmatch(r"Q\d+", number) else ""


def _label(found: Record, property: str, names: Mapping[str, str]) -> str:
    return next((names[one] for value in _values(found, property) if (one := _item(value)) in names), "")


def _titles(found: Record) -> tuple[str, str, tuple[Variant, ...]]:
    """Return the title, its language and the titles in other languages; the English label stands in for a title."""
    rows = [row for row in _values(found, "P1476") if isinstance(row, Mapping)]
    read = [(titles.title(row.get("text")), languages.tag(clean(row.get("language")))) for row in rows]
    read = [(title, tongue) for title, tongue in read if title]
    if not read:
        known = _mapping(found, "labels")
        label: Any = known.get("en") or known.get("mul") or next(iter(known.values()), {})
        read = [(titles.title(label.get("value") if isinstance(label, Mapping) else ""), "")]
    title, tongue = read[0]
    others = tuple(Variant(other, own or "und", "translated") for other, own in read[1:] if other != title)
    return title, languages.language(text.plain(title), tongue), others


def _people(found: Record, property: str, names: Mapping[str, str]) -> tuple[Name, ...]:
    """Return the people in the order of their serial ordinals; an author without an item is a text (P2093)."""
    rows: list[tuple[float, Name]] = []
    for name_property in (property, "P2093") if property == "P50" else (property,):
        for index, row in enumerate(_statements(found, name_property)):
            value = _mapping(_mapping(row, "mainsnak"), "datavalue").get("value")
            written = value if isinstance(value, str) else names.get(_item(value), "")
            if one := contributors.whole_name(clean(written)):
                rows.append((_ordinal(row, index), one))
    return tuple(name for _, name in sorted(rows, key=lambda pair: pair[0]))


def _ordinal(row: Record, index: int) -> float:
    value = _mapping(row, "qualifiers").get("P1545")
    first = value[0] if isinstance(value, list) and value and isinstance(value[0], Mapping) else {}
    written = clean(_mapping(first, "datavalue").get("value"))
    return float(written) if re.fullmatch(r"\d{1,5}", written) else 100_000.0 + index


def _date(value: Any) -> Date | None:
    """Return a time value, "+1953-04-25T00:00:00Z" with precision 11 (day), 10 (month) or 9 (year)."""
    written = value.get("time") if isinstance(value, Mapping) else ""
    match = re.match(r"\+(\d{4})-(\d\d)-(\d\d)T", written) if isinstance(written, str) else None
    precision = value.get("precision") if isinstance(value, Mapping) else 0
    if not match or precision not in (9, 10, 11):
        return None
    parts = tuple(int(part) for part in match.groups()[: precision - 8])
    return Date((parts,)) if all(parts) else None

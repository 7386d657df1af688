"""What other programs write as .bib files, from their own suites below REFS_SHARED/bib/tricky.

Each case is (name, dialect, references, expected): the references that the peer was given, and the fields of each
entry that it wrote, its type under "@". Values are compared as text: without braces, commands and case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bibtexparser.entrypoint import parse_string

from refs.dates import parse_date, to_edtf
from refs.formats import write
from refs.formats.babel import to_bcp47
from refs.formats.csljson import clean
from refs.formats.latex import decode_plain
from refs.formats.zotero import with_extra
from refs.formats.zoterofields import CREATORS, CSL_TYPES, FIELDS
from refs.identifiers import normal
from refs.model import DATE_VARIABLES, Name, Reference, Value
from refs.names import parse_names
from tests.peers_bib import person, slug

Fields = dict[str, str]
Case = tuple[str, str, list[Reference], list[Fields]]
# What is compared: the peer's own fields, and those that its users add by hand, are not.
COMPARED = frozenset(
    "@ author editor editortype translator bookauthor title subtitle booktitle booksubtitle maintitle journal "
    "journaltitle shortjournal shorttitle series volume volumes part number issue chapter pages pagetotal edition "
    "version publisher institution school organization location address date year month origdate urldate eventtitle "
    "eventdate venue isbn issn doi pmid pmcid url langid abstract type pubstate".split()
)
SAME_TYPES = {"phdthesis": "thesis", "mastersthesis": "thesis", "techreport": "report", "online": "misc"}
NAMES = frozenset("author editor translator bookauthor".split())


def cases(tricky: Path) -> list[Case]:
    """Return the cases of all suites."""
    return list(_better_bibtex(tricky))


def _better_bibtex(tricky: Path) -> Iterator[Case]:
    root = tricky / "zotero-better-bibtex/test/fixtures/export"
    for path in sorted([*root.glob("*.biblatex"), *root.glob("*.bibtex")]):
        source = path.with_suffix(".json")
        if source.exists():
            items = json.loads(source.read_text("utf-8"))["items"]
            works = [item for item in items if item["itemType"] not in ("note", "attachment")]
            references = [zotero_reference(item, f"item{number}") for number, item in enumerate(works)]
            yield f"export/{slug(path.name)}", path.suffix[1:], references, entries(path.read_text("utf-8"))


def zotero_reference(item: Mapping[str, Any], key: str) -> Reference:
    """Return an item of Zotero as a reference."""
    kind = CSL_TYPES[item["itemType"].lower()]
    fields: dict[str, Value] = {}
    for field, value in item.items():
        variable = FIELDS.get(field.lower())
        if variable and isinstance(value, str) and clean(value):
            text = clean(value)
            fields[variable] = parse_date(text) if variable in DATE_VARIABLES else text
    people: dict[str, list[Name]] = {}
    for creator in item.get("creators", ()):
        name = Name(creator.get("lastName", ""), creator.get("firstName", ""), literal=creator.get("name", ""))
        people.setdefault(CREATORS.get(creator["creatorType"].lower(), "contributor"), []).append(name)
    fields |= {role: tuple(names) for role, names in people.items()}
    key = item.get("citationKey") or item.get("citekey") or key
    extra = item.get("extra", "")
    reference = with_extra(Reference(kind, fields, key), extra if isinstance(extra, str) else "\n".join(extra))
    if doi := normal("doi", reference.text("DOI")):
        return replace(reference, fields={**reference.fields, "DOI": doi})
    return reference


def entries(text: str) -> list[Fields]:
    """Return the fields of each entry, read by bibtexparser."""
    library = parse_string(text)
    found = []
    for entry in library.entries:
        kind = entry.entry_type.lower()
        fields = {field.key.lower(): simple(field.key.lower(), str(field.value)) for field in entry.fields}
        found.append({"key": entry.key, "@": SAME_TYPES.get(kind, kind), **fields})
    return found


def simple(name: str, value: str) -> str:
    """Return a field's value without what is a matter of house style."""
    if name in NAMES:
        return "; ".join(person(one) for one in parse_names(value, decode_plain)).casefold()
    if name in ("date", "urldate", "origdate", "eventdate", "year"):
        return to_edtf(parse_date(decode_plain(value)))
    if name in ("langid", "language"):
        return to_bcp47(decode_plain(value)).split("-")[0]
    if name in ("isbn", "issn"):
        return re.sub(r"[^\dX ]", "", value.upper())
    if name in ("doi", "url"):
        return value.replace("\\", "").casefold()
    text = re.sub(r"<[^>]+>", "", decode_plain(value)).casefold()
    return " ".join(re.findall(r"\w+", text))


def written(references: list[Reference], dialect: str) -> list[Fields]:
    """Return the fields of the entries that are written for the references."""
    return entries(write(references, dialect))


def paired(found: list[Fields], expected: list[Fields]) -> list[Fields]:
    """Return the entry that each expectation is about: by its key, by its title, else by its place; {} for none."""
    pairs = []
    for number, one in enumerate(expected):
        alike = [entry for entry in found if entry["key"] == one["key"]]
        alike = alike or [entry for entry in found if entry.get("title", "") == one.get("title", "")]
        place = found[number : number + 1] if len(found) == len(expected) else []
        near = alike or place or [{}]
        pairs.append(min(near, key=lambda entry: len(differences(entry, one))))
    return pairs


def differences(found: Fields, expected: Fields) -> list[str]:
    """Return the fields in which an entry is not what is expected."""
    return sorted(
        name for name, value in expected.items() if name in COMPARED and value and found.get(name, "") != value
    )

"""CITATION.cff, the Citation File Format 1.2.0: one work, the article to cite in its place, and its references.

The file's own fields describe software or a dataset in few words. A work that they cannot hold is written as
`preferred-citation` too, and a file that says of itself nothing else than its `preferred-citation` is that one work.
Source: the schema and guide of version 1.2.0 (doi 10.5281/zenodo.5171937).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from refs.dates import parse_date, to_edtf
from refs.errors import Location, ParseError, UsageError
from refs.formats import Block
from refs.formats.cfffields import (
    CFF_TYPES,
    CSL_TYPES,
    DATES,
    ENTITIES,
    IN_JOURNAL,
    IN_SERIES,
    LISTS,
    NAMES,
    OTHER,
    PATTERNS,
    ROOT,
    STATES,
    TEXTS,
)
from refs.formats.csljson import clean, clean_value
from refs.formats.yamlnodes import Item, as_text, dump, from_text, load, outline
from refs.identifiers import normal
from refs.model import Date, Name, Reference, Source, Value
from refs.text import plain

MESSAGE = "If you use this work, please cite it as below."
UNKNOWN: dict[str, Any] = {"title": "untitled", "authors": [{"name": "anonymous"}]}  # the schema requires both
PLACE = "cff-place"  # in `extra`: the reference that stands as `preferred-citation`


def read(text: str, name: str) -> list[Block]:
    """Return a block for the work itself, for its `preferred-citation` and for each of its `references`.

    Fields of the work itself that follow those are a preamble. Raise ParseError when nothing can be read.
    """
    file = re.split(r"[\\/]", name)[-1]
    items = _top_level(text)
    starts = [0, *(item.start for item in items[1:]), len(text)]
    root = [item for item in items if item.key not in ("references", "preferred-citation")]
    blocks: list[Block] = []
    pending: list[tuple[Item, str]] = []
    for item, start, stop in zip(items, starts, starts[1:], strict=False):
        if item.key not in ("references", "preferred-citation"):
            pending.append((item, text[start:stop]))
            continue
        blocks += _own(pending, root, blocks, file)
        pending = []
        if item.key == "references":
            blocks += _references(text[start:stop], item.line - (text[start : item.start].count("\n")), file)
        else:
            blocks.append(_block(item, text[start:stop], file, {PLACE: item.key}))
    blocks += _own(pending, root, blocks, file)
    if not any(block.reference for block in blocks):
        problem = next((block for block in blocks if block.kind == "quarantine"), None)
        reason, line = (problem.reason, problem.line) if problem else ("no CITATION.cff", 1)
        raise ParseError(reason, Location(name, line))
    return _without_repeated(blocks)


def _top_level(text: str) -> list[Item]:
    """Return the file's own fields; a stray line among its references is left to these."""
    items: list[Item] = []
    found = outline(text).items
    broken = any(item.problem for item in found)
    for item in found:
        own = item.key in (*ROOT, "cff-version", "message", "preferred-citation", "references")
        stray = bool(item.problem) or (broken and not own)
        if not (items and items[-1].key == "references" and stray):
            items.append(item)
    return items


def _own(pending: list[tuple[Item, str]], root: list[Item], before: list[Block], file: str) -> list[Block]:
    """Return the block of the work itself where its fields begin, a preamble for those further down."""
    if not pending:
        return []
    raw, line = "".join(piece for _, piece in pending), pending[0][0].line
    if pending[0][0] is not root[0]:
        return [Block("preamble", line, raw)]
    broken = next((item for item in root if item.problem), None)
    if broken:
        return [Block("quarantine", broken.line, raw, broken.problem)]
    values: dict[str, Any] = {}
    for item in root:
        values.setdefault(item.key, item.value)
    values = {"type": "software", **values}
    warnings = tuple(warning for item in root for warning in item.warnings)
    return [_block(Item(0, line, "", values, "", warnings), raw, file, {})]


def _references(raw: str, line: int, file: str) -> list[Block]:
    found = outline(raw, "references", line)
    if not found.items:
        return [Block("preamble", line, raw)]
    starts = [0, *(item.start for item in found.items[1:]), found.end]
    blocks = [
        _block(item, raw[start:stop], file, {})
        for item, start, stop in zip(found.items, starts, starts[1:], strict=False)
    ]
    if rest := raw[found.end :]:
        below = line + raw.count("\n", 0, found.end)
        blocks.append(Block("quarantine", below, rest, "not YAML below the references"))
    return blocks


def _block(item: Item, raw: str, file: str, extra: Mapping[str, str]) -> Block:
    if item.problem or not isinstance(item.value, Mapping):
        return Block("quarantine", item.line, raw, item.problem or "not a mapping of fields")
    reference = to_reference(item.value)
    if not reference.fields.keys() & {"title", "author", "DOI", "URL"}:
        return Block("quarantine", item.line, raw, "a reference without title, authors, DOI or URL")
    source = Source(f"{file}:{item.line}")
    sources = dict.fromkeys([*reference.fields, *reference.extra], source)
    reference = replace(reference, extra={**reference.extra, **extra}, sources=sources)
    return Block("entry", item.line, raw, "", reference, (), item.warnings)


def _without_repeated(blocks: list[Block]) -> list[Block]:
    """Make the file's own description a preamble when its `preferred-citation` says all of it again."""
    preferred = next((b.reference for b in blocks if b.reference and PLACE in b.reference.extra), None)
    own = blocks[0].reference
    if preferred is None or own is None or own is preferred:
        return blocks
    known = preferred.fields.items()
    if all(pair in known for pair in own.fields.items()) and all(
        name == "message" or preferred.extra.get(name) == value for name, value in own.extra.items()
    ):
        rest = {name: value for name, value in preferred.extra.items() if name != PLACE}
        blocks = [
            replace(b, reference=replace(preferred, extra=rest)) if b.reference is preferred else b for b in blocks
        ]
        blocks[0] = Block("preamble", blocks[0].line, blocks[0].raw)
    return blocks


def to_reference(item: Mapping[str, Any]) -> Reference:
    """Return the reference of the file itself or of one of its references."""
    left = {name: value for name, value in item.items() if value not in (None, "", [], {})}
    left.pop("cff-version", None)
    if left.get("authors") == UNKNOWN["authors"]:
        del left["authors"]
    if left.get("title") == UNKNOWN["title"]:
        del left["title"]
    own_type = str(left.pop("type", "generic")).strip().lower()
    kind = CSL_TYPES.get(own_type, "document")
    fields: dict[str, Value] = {}
    extra: dict[str, str] = {}
    if left.get("collection-type") == "book" and own_type == "book" and "collection-title" in left:
        kind = "chapter"
        del left["collection-type"]
    elif own_type == "article" and "journal" not in left:
        kind = "article"
    if own_type not in (CFF_TYPES.get(kind), "dataset"):
        extra["type"] = own_type
    if "collection-title" in left and own_type not in IN_JOURNAL and kind not in IN_SERIES:
        fields["container-title"] = clean(str(left.pop("collection-title")))
    _read_names(left, fields, extra)
    _read_dates(left, fields)
    for name, variable in TEXTS.items():
        value = left.get(name)
        if isinstance(value, str) and variable not in fields:
            fields[variable] = normal("doi", value) if name == "doi" else clean_value(variable, value)
            del left[name]
    _read_lists(left, fields)
    _read_entities(left, fields, kind)
    identifiers = _read_identifiers(left, fields)
    if left.get("message") == MESSAGE:
        del left["message"]
    extra.update((clean(name), as_text(value)) for name, value in left.items())
    return Reference(kind, fields, "", {}, identifiers, extra)


def _read_names(left: dict[str, Any], fields: dict[str, Value], extra: dict[str, str]) -> None:
    """Read people and organisations; what a name cannot hold, as an ORCID, keeps the whole list in `extra`."""
    for field, variable in NAMES.items():
        people = left.get(field)
        people = people if isinstance(people, list) else [people]
        names = tuple(name for one in people if (name := _name(one)) != Name())
        if not names:
            continue
        fields[variable] = names
        del left[field]
        if any(isinstance(one, Mapping) and one.keys() - PERSON.keys() - {"name"} for one in people):
            extra[field] = as_text(people)


PERSON = {
    "family-names": "family",
    "given-names": "given",
    "name-particle": "non_dropping_particle",
    "name-suffix": "suffix",
}


def _name(person: Any) -> Name:
    if isinstance(person, str):
        return Name(literal=clean(person))
    if not isinstance(person, Mapping):
        return Name()
    texts = {key: clean(value) for key, value in person.items() if isinstance(value, str)}
    parts: dict[str, Any] = {slot: texts[key] for key, slot in PERSON.items() if key in texts}
    return Name(**parts) if parts else Name(literal=texts.get("name") or texts.get("alias", ""))


def _read_dates(left: dict[str, Any], fields: dict[str, Value]) -> None:
    for field, variable in DATES.items():
        if isinstance(left.get(field), str) and variable not in fields:
            fields[variable] = parse_date(left.pop(field))
    year, month = left.get("year"), left.get("month", "")
    if isinstance(year, str) and "issued" not in fields:
        date = parse_date(left.pop("year"))
        if len(date.parts) == 1 and len(date.parts[0]) == 1 and re.fullmatch("0?[1-9]|1[0-2]", str(month)):
            date = replace(date, parts=((date.parts[0][0], int(left.pop("month"))),))
        fields["issued"] = date
    if isinstance(left.get("issue-date"), str) and "issued" not in fields:
        fields["issued"] = parse_date(left.pop("issue-date"))


def _read_lists(left: dict[str, Any], fields: dict[str, Value]) -> None:
    keywords = left.get("keywords")
    if isinstance(keywords, list) and all(isinstance(word, str) and "," not in word for word in keywords):
        fields["keyword"] = clean(", ".join(left.pop("keywords")))
    languages = left.get("languages")
    if isinstance(languages, list) and len(languages) == 1 and isinstance(languages[0], str):
        fields["language"] = clean(left.pop("languages")[0])
    states = left.get("patent-states")
    if isinstance(states, list) and all(isinstance(state, str) and "," not in state for state in states):
        fields["jurisdiction"] = clean(", ".join(left.pop("patent-states")))
    if left.get("status") in STATES:
        fields["status"] = STATES[left.pop("status")]
    start, end = left.get("start"), left.get("end")
    if isinstance(start, str) and isinstance(end, str | None):
        fields["page"] = clean(f"{start}-{end}" if end else start)
        left.pop("start")
        left.pop("end", None)


def _read_entities(left: dict[str, Any], fields: dict[str, Value], kind: str) -> None:
    """Read the organisations of the work, each a mapping with a name, and the conference."""
    order = ("institution", "publisher") if kind in ("thesis", "report") else ("publisher", "institution")
    for field in order:
        _entity(left, field, fields, "publisher", "publisher-place")
    _entity(left, "location", fields, "archive-place", "")
    conference = left.get("conference")
    if isinstance(conference, Mapping):
        days = [parse_date(str(conference[day])) for day in ("date-start", "date-end") if conference.get(day)]
        rest = {key: value for key, value in conference.items() if key not in ("date-start", "date-end")}
        if days and all(len(day.parts) == 1 for day in days):
            fields["event-date"] = Date(tuple(dict.fromkeys(day.parts[0] for day in days)))
            left["conference"] = rest
        _entity(left, "conference", fields, "event-title", "event-place")


def _entity(left: dict[str, Any], field: str, fields: dict[str, Value], variable: str, place: str) -> None:
    entity = left.get(field)
    entity = {"name": entity} if isinstance(entity, str) else entity
    if not isinstance(entity, Mapping) or variable in fields or not isinstance(entity.get("name"), str):
        return
    where = [entity[part] for part in ("location", "city", "region", "country") if isinstance(entity.get(part), str)]
    rest = entity.keys() - {"name", "location", "city", "region", "country"}
    fields[variable] = clean(entity["name"])
    if place and where and place not in fields:
        fields[place] = clean(", ".join(where))
    if rest or (where and not place):
        left[field] = {key: entity[key] for key in entity if key in rest or (not place and key != "name")}
    else:
        del left[field]


def _read_identifiers(left: dict[str, Any], fields: dict[str, Value]) -> dict[str, str]:
    """Read the list of further identifiers: the first DOI names the work when no field does."""
    rows = left.get("identifiers")
    identifiers: dict[str, str] = {}
    kept = []
    for row in rows if isinstance(rows, list) else []:
        scheme, value = (row.get("type"), row.get("value")) if isinstance(row, Mapping) else ("", "")
        described = isinstance(row, Mapping) and "description" in row
        if scheme == "other" and isinstance(value, str) and value.startswith("doi:10."):
            scheme, value = "doi", value.removeprefix("doi:")
        if scheme == "doi" and isinstance(value, str) and "DOI" not in fields:
            fields["DOI"] = normal("doi", value)
        elif scheme == "swh" and isinstance(value, str) and not described and "swh" not in identifiers:
            identifiers["swh"] = clean(value)
            continue
        elif scheme == "other" and isinstance(value, str) and (match := re.fullmatch(SCHEME, value)) and not described:
            identifiers.setdefault(match[1], match[2])
            continue
        else:
            kept.append(row)
            continue
        if described:
            kept.append(row)
    if isinstance(rows, list):
        left.pop("identifiers")
        if kept:
            left["identifiers"] = kept
    return identifiers


SCHEME = r"([a-z][a-z0-9]*):(\S.*)"  # how an identifier that CFF has no type for is written: "arxiv:1706.03762"


def write(references: Sequence[Reference]) -> str:
    """Return a file for the first reference, the others as its references; UsageError when there is none.

    The schema allows no other fields than its own: a variable that none of them fits is left out.
    """
    if not references:
        raise UsageError("a CITATION.cff describes a work, and there is none to write")
    first, *others = references
    root = _root(first)
    whole = first.type in ("software", "dataset") and _as_read(root) == bare(first)
    preferred = next((one for one in others if PLACE in one.extra), None) if whole else first
    out: dict[str, Any] = {"cff-version": "1.2.0", "message": first.extra.get("message", MESSAGE)}
    out |= {name: root[name] for name in ROOT if name in root}
    if preferred:
        out["preferred-citation"] = to_item(preferred)
    if rest := [to_item(one) for one in others if one is not preferred]:
        out["references"] = rest
    return dump(out)


def bare(reference: Reference) -> Reference:
    """Return what of a reference the file's own fields can say: all but its key and where it came from."""
    extra = {name: value for name, value in reference.extra.items() if name not in ("message", PLACE)}
    return Reference(reference.type, reference.fields, "", reference.variants, reference.identifiers, extra)


def _as_read(root: Mapping[str, Any]) -> Reference:
    return to_reference({"type": "software", **load(dump(root))})


def _root(reference: Reference) -> dict[str, Any]:
    """Return what the file says of itself: the fields that it requires, and those that it may have."""
    item = to_item(reference)
    root = {name: item[name] for name in ROOT if name in item and name != "type"}
    if reference.type == "dataset":
        root["type"] = "dataset"
    if "date-published" in item:
        root.setdefault("date-released", item["date-published"])
    return root


def to_item(reference: Reference) -> dict[str, Any]:
    """Return the fields of a reference in the order of the tables."""
    kind = reference.type
    own_type = reference.extra.get("type", "")
    out: dict[str, Any] = {"type": own_type if CSL_TYPES.get(own_type) == kind else CFF_TYPES.get(kind, "generic")}
    left, kept = dict(reference.fields), dict(reference.extra)
    container = left.get("container-title")
    if container and out["type"] not in IN_JOURNAL:
        left["collection-title"] = left.pop("container-title")
        if kind == "chapter":
            out["collection-type"] = "book"
    for field, variable in NAMES.items():
        names = left.pop(variable, ())
        if isinstance(names, tuple) and names:
            own = from_text(reference.extra.get(field, ""))
            same = isinstance(own, list) and tuple(_name(one) for one in own) == names
            out[field] = own if same else [_person(name) for name in names]
    for field, variable in TEXTS.items():
        value = left.get(variable)
        if isinstance(value, str):
            text = plain(value)
            if _valid(field, text):
                out[field] = text
            elif field == "license" and _valid("license-url", text):
                kept.setdefault("license-url", text)
    _write_dates(left, out)
    _write_lists(left, out)
    _write_entities(left, out, kind)
    for field, value in UNKNOWN.items():
        out.setdefault(field, value)
    identifiers = dict(reference.identifiers)
    if "doi" not in out and reference.text("DOI"):
        identifiers["doi"] = reference.text("DOI")
    out["identifiers"] = [
        {"type": "swh" if scheme == "swh" else "other", "value": value if scheme == "swh" else f"{scheme}:{value}"}
        for scheme, value in identifiers.items()
    ]
    for field in OTHER:
        if kept.get(field) and _valid(field, value := _joined(out.get(field), from_text(clean(kept[field])))):
            out[field] = value
    return {name: value for name, value in out.items() if value not in ("", [], {}, None)}


def _valid(field: str, value: Any) -> bool:
    """Tell whether the schema takes a value, as far as its shape and the patterns of texts go."""
    if field in ENTITIES:
        return isinstance(value, dict) and "name" in value
    if field in LISTS:
        return isinstance(value, list)
    if field == "license" and isinstance(value, list):
        return True
    return isinstance(value, str) and bool(re.fullmatch(PATTERNS.get(field, "(?s:.+)"), value))


def _joined(value: Any, more: Any) -> Any:
    """Return what was written of a field with what `extra` kept of it."""
    if isinstance(value, dict) and isinstance(more, dict):
        return {**value, **more}
    return value + more if isinstance(value, list) and isinstance(more, list) else value or more


def _person(name: Name) -> dict[str, str]:
    if name.literal:
        return {"name": name.literal}
    prefix = " ".join(part for part in (name.dropping_particle, name.non_dropping_particle) if part)
    parts = {"family": name.family, "given": name.given, "non_dropping_particle": prefix, "suffix": name.suffix}
    return {field: parts[slot] for field, slot in PERSON.items() if parts[slot]}


def _write_dates(left: Mapping[str, Value], out: dict[str, Any]) -> None:
    """Write full days as dates, the year and month of others: the schema knows neither ranges nor eras."""
    for variable, field in (("accessed", "date-accessed"), ("issued", DATE_OF.get(out["type"], "date-published"))):
        date = left.get(variable)
        part = date.parts[0] if isinstance(date, Date) and date.parts and not date.literal else ()
        if len(part) == 3 and 0 < part[0] <= 9999:
            out[field] = to_edtf(Date((part,)))
        elif part and 0 < part[0] <= 9999 and variable == "issued":
            out |= dict(zip(("year", "month"), part, strict=False))
    original = left.get("original-date")
    if isinstance(original, Date) and 0 < (original.year or 0) <= 9999:
        out["year-original"] = original.year


DATE_OF = dict.fromkeys(("software", "data", "dataset"), "date-released")


def _write_lists(left: Mapping[str, Value], out: dict[str, Any]) -> None:
    for variable, field in (("keyword", "keywords"), ("jurisdiction", "patent-states")):
        words = left.get(variable)
        if isinstance(words, str):
            # the schema wants each once
            out[field] = list(dict.fromkeys(word for one in words.split(",") if (word := one.strip())))
    language = left.get("language")
    if isinstance(language, str) and re.fullmatch("[a-z]{2,3}", language):
        out["languages"] = [language]
    states = {text: state for state, text in STATES.items()}
    if left.get("status") in states:
        out["status"] = states[str(left["status"])]
    pages = left.get("page")
    if isinstance(pages, str):
        start, dash, end = pages.partition("-")
        out |= {"start": start, "end": end} if dash and start and end else {"start": pages}


def _write_entities(left: Mapping[str, Value], out: dict[str, Any], kind: str) -> None:
    def entity(variable: str, place: str = "") -> dict[str, str]:
        name, where = left.get(variable), left.get(place)
        written = {"name": plain(name)} if isinstance(name, str) else {}
        return {**written, "location": plain(where)} if written and isinstance(where, str) else written

    out["institution" if kind in ("thesis", "report") else "publisher"] = entity("publisher", "publisher-place")
    out["location"] = entity("archive-place")
    conference = entity("event-title", "event-place")
    date = left.get("event-date")
    if conference and isinstance(date, Date) and date.parts and all(len(part) == 3 for part in date.parts):
        days = [to_edtf(Date((part,))) for part in date.parts]
        conference |= dict(zip(("date-start", "date-end"), days, strict=False))
    out["conference"] = conference

"""CSL-YAML: a list of CSL-JSON's items, alone or under `references`, also in the YAML blocks of a Markdown file.

Text fields are Markdown, as pandoc reads them; dates are CSL-JSON's, EDTF texts, or a mapping of year, month and day
or a list of two. What the schema has no name for travels in `custom`, as in CSL-JSON.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from refs.dates import parse_date, to_edtf
from refs.errors import Location, ParseError
from refs.formats import Block, is_local
from refs.formats.csljson import ALIASES, from_json, to_json, value_to_json
from refs.formats.inlines import to_markdown, to_rich, unescape
from refs.formats.yamlnodes import LINE_END, Item, dump, outline
from refs.model import DATE_VARIABLES, TYPES, VARIABLES, Date, Reference, Source

VERBATIM = frozenset({"DOI", "URL", "ISBN", "ISSN", "PMID", "PMCID", "citation-key", "language"})
CASED = {name.lower(): name for name in (*VARIABLES, *ALIASES)}
FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:#.*)?\r?$", re.MULTILINE)
LISTED = re.compile(
    r"^references[ \t]*:|^-[ \t]+[\"']?(?:id|type|title|author|issued|citation-key)[\"']?[ \t]*:", re.MULTILINE
)
SYNTAX = re.compile(r"(?:\s|^(?:---|\.\.\.|references:|nocite:.*|%YAML.*)[ \t]*\r?$|\])*", re.MULTILINE)


def read(text: str, name: str) -> list[Block]:
    """Return a block for each item, and comments for what else the file holds.

    Raise ParseError, with the place, when not one is an item of CSL.
    """
    file = re.split(r"[\\/]", name)[-1]
    blocks: list[Block] = []
    done = 0
    ends = [match.end() for match in LINE_END.finditer(text)]
    for start, stop in _sections(text):
        found = outline(text[start:stop], "references", bisect_right(ends, start) + 1)
        if not found.items:
            continue
        starts = [start + item.start for item in found.items]
        _add_rest(blocks, text[done : starts[0]], bisect_right(ends, done) + 1)
        for item, begin, end in zip(found.items, starts, [*starts[1:], start + found.end], strict=True):
            blocks.append(_block(item, text[begin:end], file))
        done = start + found.end
    _add_rest(blocks, text[done:], bisect_right(ends, done) + 1)
    if not any(block.reference for block in blocks):
        problem = next((block for block in blocks if block.kind == "quarantine"), None)
        raise ParseError(
            problem.reason if problem else "no list of CSL items", Location(name, problem.line if problem else 1)
        )
    return _with_syntax(blocks)


def _sections(text: str) -> list[tuple[int, int]]:
    """Return where the YAML is that lists references: the whole text when no line of three dashes divides it."""
    fences = list(FENCE.finditer(text))
    starts, stops = [0, *(fence.end() for fence in fences)], [*(fence.start() for fence in fences), len(text)]
    return [pair for pair in zip(starts, stops, strict=True) if LISTED.search(text, *pair)] or [(0, len(text))]


def _add_rest(blocks: list[Block], raw: str, line: int) -> None:
    if raw:
        blocks.append(Block("comment", line, raw))


def _with_syntax(blocks: list[Block]) -> list[Block]:
    """Join what only opens or closes the list to the item beside it."""
    joined: list[Block] = []
    pending = ""
    for block in blocks:
        if block.kind == "comment" and SYNTAX.fullmatch(block.raw):
            if joined:
                joined[-1] = replace(joined[-1], raw=joined[-1].raw + block.raw)
            else:
                pending = block.raw
        else:
            joined.append(replace(block, raw=pending + block.raw))
            pending = ""
    return joined


def _block(item: Item, raw: str, file: str) -> Block:
    line = item.line
    if item.problem or not isinstance(item.value, Mapping):
        return Block("quarantine", line, raw, item.problem or "not a mapping of CSL variables")
    reference = to_reference(item.value)
    if not reference.fields and item.value.get("type") not in TYPES:
        return Block("quarantine", line, raw, "a mapping without any variable of CSL")
    source = Source(f"{file}:{line}")
    sources = {variable: reference.sources.get(variable, source) for variable in (*reference.fields, *reference.extra)}
    return Block(
        "entry", line, raw, "", replace(reference, sources={**reference.sources, **sources}), (), item.warnings
    )


def to_reference(item: Mapping[str, Any]) -> Reference:
    """Return the reference of an item whose scalars are text, as YAML gives them."""
    converted: dict[str, Any] = {}
    for name, raw in item.items():
        cased = CASED.get(name.lower(), name)
        variable = ALIASES.get(cased, cased)
        if variable in DATE_VARIABLES:
            value = _date(raw)
        elif variable in ("id", "type", "custom") or variable not in VARIABLES:
            value = raw
        elif variable in VERBATIM:
            value = unescape(_unwrapped(raw)) if isinstance(raw, str) else raw
        else:
            value = _rich(raw)
        converted.setdefault(cased, value)
    if isinstance(custom := item.get("custom"), Mapping):
        converted["custom"] = {**custom, "variants": _rich(custom.get("variants"))}
    reference = from_json(converted)
    return replace(reference, fields={name: value for name, value in reference.fields.items() if value != Date()})


def _unwrapped(text: str) -> str:
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def _rich(raw: Any) -> Any:
    """Return a value with its texts, however deep, as rich text."""
    if isinstance(raw, str):
        return to_rich(raw)
    if isinstance(raw, list):
        return [_rich(one) for one in raw]
    return {key: _rich(value) for key, value in raw.items()} if isinstance(raw, Mapping) else raw


def _date(raw: Any) -> Any:
    """Return a date as CSL-JSON has it."""
    if isinstance(raw, str):
        return value_to_json(parse_date(unescape(raw)))
    if isinstance(raw, Mapping):
        raw = {key: unescape(value) if isinstance(value, str) else value for key, value in raw.items()}
        return raw if "date-parts" in raw or "year" not in raw else _by_names([raw])
    if isinstance(raw, list) and raw and all(isinstance(one, Mapping) for one in raw):
        return _by_names(raw[:2])
    return raw


def _by_names(days: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Read `{year: 2016, month: 5}`, or the two ends of a range."""
    parts = [[day[name] for name in ("year", "month", "day") if day.get(name)] for day in days]
    date = {key: day[key] for day in days for key in ("literal", "circa", "raw") if day.get(key)}
    seasons = [str(day.get("season") or "") for day in days]
    if any(seasons) and len(days) == 2:
        years = (_edtf_year(str(part[0])) if part else "" for part in parts)
        ends = (
            f"{year}-{20 + int(season)}" if season in SEASONS else year
            for year, season in zip(years, seasons, strict=True)
        )
        return {"literal": "/".join(ends)}
    if any(seasons):
        date["season"] = seasons[0].lstrip("0")
    return {"date-parts": parts, **date} if any(parts) else date


SEASONS = frozenset("1234")


def _edtf_year(year: str) -> str:
    return to_edtf(Date(((int(year),),))) if re.fullmatch("-?[0-9]{1,4}", year) else year


def write(references: Iterable[Reference]) -> str:
    """Return `references:` and the items in the order given, a blank line between them."""
    items = "\n".join(dump([_item(reference)]) for reference in references)
    return f"references:\n{items}" if items else "references: []\n"


def _item(reference: Reference) -> dict[str, Any]:
    item = to_json(reference)
    for variable in reference.fields:
        if variable not in VERBATIM and variable not in DATE_VARIABLES:
            item[variable] = _markdown(item[variable], is_local(reference.sources.get(variable)))
        elif isinstance(item[variable], str):
            item[variable] = re.sub(r"^<(?=.*>$)|[\\*^~$`]", r"\\\g<0>", item[variable])
    if variants := item.get("custom", {}).get("variants"):
        item["custom"]["variants"] = _markdown(variants)
    return item


def _markdown(value: Any, math: bool = False) -> Any:
    """Return a value with its texts as Markdown; only formulas of the user's own stay such."""
    if isinstance(value, str):
        return to_markdown(value, math)
    if isinstance(value, list):
        return [_markdown(one, math) for one in value]
    return {key: _markdown(one, math) for key, one in value.items()} if isinstance(value, Mapping) else value

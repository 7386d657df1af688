"""Values as a person types them: names, dates, identifiers and text become fields, or an error that says why not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence

from refs import databaseids
from refs.dates import parse_date
from refs.errors import NotAnIdentifier, UsageError
from refs.formats import csljson
from refs.identifiers import parse
from refs.model import DATE_VARIABLES, NAME_VARIABLES, TEXT_VARIABLES, TYPES, Date, Reference, Source, Value
from refs.names import parse_names


def read_assignments(pairs: Iterable[str], fields: dict[str, list[str]]) -> None:
    """Add "variable=text" pairs to the texts of each variable; raise UsageError for another shape."""
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--field takes NAME=VALUE, not {pair!r}")
        fields.setdefault(name.strip(), []).append(text.strip())


def by_hand(kind: str, fields: Mapping[str, Sequence[str]]) -> Reference:
    """Return a reference of fields that a person typed, by CSL variable; names may be many.

    Raise UsageError for a type or variable that CSL does not have.
    """
    if kind not in TYPES:
        raise UsageError(f"no type is called {kind!r}{nearest(kind, TYPES)}")
    values: dict[str, Value] = {}
    for variable, texts in fields.items():
        if texts:
            values[variable] = typed(variable, texts)
    if not values.get("title"):
        raise UsageError("a reference given by hand needs at least --title")
    source = Source("user", time.strftime("%Y-%m-%d", time.gmtime()))
    return Reference(kind, values, sources=dict.fromkeys(values, source))


def typed(variable: str, texts: Sequence[str]) -> Value:
    """Return the value of a CSL variable; raise UsageError for what it cannot be, and for a variable that is none."""
    texts = [csljson.clean_value(variable, text) for text in texts]
    if variable in NAME_VARIABLES:
        names = tuple(name for text in texts for one in _people(text) for name in parse_names(one) if str(name).strip())
        if not names:
            raise UsageError(f"{variable} takes names such as Doe, Jane or {{Organisation}}")
        return names
    if len(texts) > 1:
        raise UsageError(f"{variable} is given twice")
    if variable in DATE_VARIABLES:
        return _typed_date(variable, texts[0])
    if variable not in TEXT_VARIABLES:
        raise UsageError(f"no field is called {variable!r}{nearest(variable, TEXT_VARIABLES | NAME_VARIABLES)}")
    if variable in CHECKED:
        return _typed_identifier(variable, texts[0])
    if variable == "URL" and not re.fullmatch(r"(?:https?|ftp)://[^\s/?#]+\S*", texts[0]):
        raise UsageError(f"{texts[0]!r} is no URL: write http:// or https:// and the rest")
    if variable == "language" and not re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", texts[0]):
        raise UsageError(f"{texts[0]!r} is no language tag such as ar, pt-BR or zh-Hant")
    return texts[0]


def _people(text: str) -> list[str]:
    """Split names at the semicolons outside braces."""
    return re.findall(r"(?:\{[^{}]*\}|[^;])+", text)


CHECKED = {"DOI": "doi", "ISBN": "isbn", "ISSN": "issn", "PMID": "pmid", "PMCID": "pmcid"}


def _typed_identifier(variable: str, text: str) -> str:
    try:
        found = parse(f"{variable.lower()}:{text}" if text[:1].isdigit() else text)
    except NotAnIdentifier:
        found = None
    if found is None or found.scheme != CHECKED[variable]:
        raise UsageError(f"{text!r} is no {variable}")
    return found.value


def _typed_date(variable: str, text: str) -> Date:
    date = parse_date(text)
    if not date.parts and text.casefold() not in UNDATED:
        raise UsageError(f"{text!r} is no date: {variable} takes 2024, 2024-01-16, 2020/2021, or {', '.join(UNDATED)}")
    return date


UNDATED = ("forthcoming", "in press", "submitted", "n.d.")


def typed_identifier(scheme: str, text: str) -> str:
    """Return an identifier that no CSL variable holds in its normal form; raise UsageError for one that is none."""
    try:
        found = parse(text if text.lower().startswith(f"{scheme}:") else f"{scheme}:{text}")
    except NotAnIdentifier:
        found = None
    if found is None or found.scheme != scheme:
        raise UsageError(f"{text!r} is no {scheme} identifier")
    return found.value


SCHEMES = ("arxiv", *databaseids.SCHEMES)
"""The identifiers that no CSL variable holds."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean x or y?", or "" when nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, sorted(known), 2)
    return f"; did you mean {' or '.join(near)}?" if near else ""

"""GitHub: a repository's CITATION.cff, else what the API says (docs.github.com/rest/repos/repos#get-a-repository)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refs.dates import parse_date
from refs.errors import ParseError
from refs.model import Name, Reference, Value
from resolver.fields import clean

NAME = "github"
Record = Mapping[str, Any]


def _parts(repository: str) -> tuple[str, str]:
    name, _, release = repository.partition("@")
    return name, release


def file_url(repository: str) -> str:
    """Return the address of the CITATION.cff of a repository or of a release of it."""
    name, release = _parts(repository)
    return f"https://raw.githubusercontent.com/{name}/{release or 'HEAD'}/CITATION.cff"


def url(repository: str) -> str:
    """Return the address of what GitHub knows of a repository."""
    return f"https://api.github.com/repos/{_parts(repository)[0]}"


def parse_file(text: str) -> tuple[Reference, list[str]]:
    """Return the software that a CITATION.cff describes, and a line about the work to cite in its place.

    Raise ParseError for what is no CITATION.cff.
    """
    from refs.formats import cff

    found = [block.reference for block in cff.read(text, "CITATION.cff") if block.reference]
    if not found:
        raise ParseError("no work in CITATION.cff")
    own, *others = found
    preferred = next((one for one in others if cff.PLACE in one.extra), None)
    lines = []
    if preferred:
        name = preferred.text("DOI") or preferred.text("URL") or preferred.text("title")
        lines.append(f"its authors ask that {name} be cited in its place")
    extra = {key: value for key, value in own.extra.items() if key not in (cff.PLACE, "message")}
    return replace(own, extra=extra), lines


def parse(record: Record, *, release: str = "") -> Reference:
    """Return the reference of a repository without CITATION.cff: its name, its owner and its last change."""
    owner = record.get("owner")
    name, about = clean(record.get("name")), clean(record.get("description")).rstrip(".")
    licence = record.get("license")
    fields: dict[str, Value] = {
        "title": f"{name}: {about}" if about else name,
        "author": (Name(literal=login),) if (login := _login(owner)) else (),
        "publisher": "GitHub",
        "version": release,
        "license": clean(licence.get("spdx_id")) if isinstance(licence, Mapping) else "",
        "URL": clean(record.get("html_url")),
    }
    written = clean(record.get("pushed_at") or record.get("created_at")).partition("T")[0]
    if not release and (issued := parse_date(written)).year:
        fields["issued"] = issued
    return Reference("software", {variable: value for variable, value in fields.items() if value})


def _login(owner: Any) -> str:
    return clean(owner.get("login")) if isinstance(owner, Mapping) else ""

"""Names of people and bodies: their parts, and the particles and suffixes written inside other parts."""

from __future__ import annotations

import re
from typing import Any

FAMILY_PARTICLE = re.compile(r"([^ ]+(?:-|\u02bb|\u2019| |') *)(.+)")
SUFFIX = re.compile(r"(\s*,!*\s*)")


class Name:
    """A name of an item; `cache` holds what it looks like under the options it was printed with."""

    __slots__ = (
        "cache",
        "comma_suffix",
        "dropping",
        "family",
        "given",
        "literal",
        "nondropping",
        "static",
        "suffix",
    )

    def __init__(
        self,
        family: str = "",
        given: str = "",
        literal: str = "",
        dropping: str = "",
        nondropping: str = "",
        suffix: str = "",
        comma_suffix: bool = False,
        static: bool = False,
    ) -> None:
        self.family = family
        self.given = given
        self.literal = literal
        self.dropping = dropping
        self.nondropping = nondropping
        self.suffix = suffix
        self.comma_suffix = comma_suffix
        self.static = static
        self.cache: dict[Any, Any] = {}

    def identity(self) -> tuple[str, ...]:
        return (self.family, self.given, self.literal, self.dropping, self.nondropping, self.suffix)


def text_of(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else ""


def is_true(value: Any) -> bool:
    return value in (True, 1, "1", "true")


def parse_name(entry: Any) -> Name | None:
    """Read one CSL-JSON name; None when nothing in it can be printed."""
    if isinstance(entry, str):
        return Name(literal=entry.strip()) if entry.strip() else None
    if not isinstance(entry, dict):
        return None
    literal = text_of(entry, "literal")
    if literal:
        return Name(literal=literal)
    name = Name(
        text_of(entry, "family"),
        text_of(entry, "given"),
        "",
        text_of(entry, "dropping-particle"),
        text_of(entry, "non-dropping-particle"),
        text_of(entry, "suffix"),
        is_true(entry.get("comma-suffix")),
        is_true(entry.get("static-ordering")),
    )
    if not name.family and not name.given:
        return Name(literal=name.nondropping or name.dropping) if name.nondropping or name.dropping else None
    if entry.get("parse-names") in (False, 0, "0", "false") or is_true(entry.get("isInstitution")):
        return name
    split_suffix(name)
    if not name.family:
        name.family, name.given = name.given, ""
        return name
    if not name.dropping and not name.nondropping:
        split_particles(name)
    return name


def split_suffix(name: Name) -> None:
    """Take a suffix written after a comma in the given name: "Frank G., Jr."."""
    if name.suffix or "," not in name.given:
        return
    match = SUFFIX.search(name.given)
    if match is None:
        return
    suffix = name.given[match.end() :]
    name.given, comma = name.given[: match.start()], match[1].strip()
    if suffix.replace(".", "") == "et al" and not name.dropping:
        name.dropping = suffix
        return
    name.comma_suffix = name.comma_suffix or len(comma) == 2
    name.suffix = suffix


def split_particles(name: Name) -> None:
    """Take leading particles of the family name and trailing ones of the given name (small letters)."""
    family = name.family
    if family[:1] == '"' and family[-1:] == '"' and len(family) > 2:
        name.family = family[1:-1]
        return
    particles = ""
    while True:
        match = FAMILY_PARTICLE.fullmatch(family)
        if match is None or not begins_small(match[1]):
            break
        particles += match[1]
        family = match[2]
    if particles and family:
        name.family = family
        name.nondropping = particles.rstrip(" ")
        if particles[-1] in "'’\u02bb-" or not particles.endswith(" "):
            name.nondropping = particles
    given = name.given
    dropped: list[str] = []
    while " " in given:
        head, _, tail = given.rpartition(" ")
        if not head.strip() or not begins_small(tail) or tail.endswith("."):
            break
        dropped.insert(0, tail)
        given = head.rstrip()
    if dropped:
        name.given = given
        name.dropping = " ".join(dropped)


def begins_small(word: str) -> bool:
    first = word.lstrip("-'’\u02bb ")[:1]
    return bool(first) and first.upper() != first

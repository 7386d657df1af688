"""Give references other keys: one by hand, or many by a pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from refs.change import Change
from refs.citekeys import free_key, romanised
from refs.keypatterns import base_key
from refs.model import Reference
from refs.store import Library


@dataclass(frozen=True, slots=True)
class Renamed:
    """A key and the one that takes its place."""

    old: str
    new: str


def by_pattern(library: Library, references: Sequence[Reference], pattern: str, *, dry: bool = False) -> list[Renamed]:
    """Rename references by a pattern, in one transaction; `dry` only tells.

    A key that the pattern makes already, with or without letters after it, stays, and so does one for which the
    pattern gives nothing. Old keys and aliases are never given to another reference.
    """
    holders = {key.lower(): key for key in library.keys()}  # noqa: SIM118
    holders |= {alias.lower(): key for alias, key in library.aliases().items()}
    renamed = []
    for reference in references:
        base = base_key(pattern, romanised(reference, library.key_schemes))
        if not base or re.fullmatch(f"(?i:{re.escape(base)})[a-z]{{0,2}}", reference.key):
            continue
        new = free_key(base, _Others(holders, reference.key))
        holders[new.lower()] = reference.key
        renamed.append(Renamed(reference.key, new))
    if renamed and not dry:
        library.apply(lambda change: _rename(change, renamed))
    return renamed


def _rename(change: Change, renamed: Sequence[Renamed]) -> None:
    for one in renamed:
        change.rename(one.old, one.new)


@dataclass(frozen=True, slots=True)
class _Others:
    """The keys and aliases, whatever their case, that find another reference than the one with this key."""

    holders: dict[str, str]
    key: str

    def __contains__(self, key: object) -> bool:
        return self.holders.get(str(key).lower(), self.key) != self.key

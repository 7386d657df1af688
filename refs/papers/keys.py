"""Identifiers that a document uses as keys: `\\cite{doi:10.1103/...}`, `[@arxiv:1706.03762]`, `@isbn:...`."""

from __future__ import annotations

import re

from refs.errors import NotAnIdentifier
from refs.identifiers import DOI_START, READERS, Identifier, parse_any

ADDRESS = re.compile(r"(?i)url:(?=https?://)")


def identifier(key: str) -> Identifier | None:
    """Return the identifier that a key is: one with its scheme before a colon, a bare DOI, or a web address."""
    scheme = key.partition(":")[0].lower()
    if scheme not in READERS and scheme not in ("url", "http", "https") and not re.match(DOI_START, key):
        return None
    try:
        return parse_any(ADDRESS.sub("", key, count=1))
    except NotAnIdentifier:
        return None

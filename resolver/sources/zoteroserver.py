"""A Zotero translation-server of one's own (github.com/zotero/translation-server): Zotero's translators over HTTP.

It is asked twice: /search or /web gives Zotero's items, which /export turns into CSL-JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from refs.identifiers import Identifier
from refs.model import Reference
from resolver.sources import doi

NAME = "translation-server"
NOT_SET = "no translation-server is configured: refs config set translation-server http://127.0.0.1:1969"


def url(server: str, identifier: Identifier) -> str:
    """Return the address that answers for an identifier, whose body is the identifier."""
    return f"{server.rstrip('/')}/{'web' if identifier.scheme == 'url' else 'search'}"


def export_url(server: str) -> str:
    """Return the address that turns Zotero's items into CSL-JSON."""
    return f"{server.rstrip('/')}/export?format=csljson"


def question(identifier: Identifier) -> bytes:
    """Return the body that asks for an identifier."""
    written = f"arXiv:{identifier.value}" if identifier.scheme == "arxiv" else identifier.value
    return written.encode()


def items(answer: Any) -> bytes | None:
    """Return the first item of an answer as the body that asks for CSL-JSON, None when there is none."""
    rows = [row for row in answer if isinstance(row, Mapping)] if isinstance(answer, list) else []
    return json.dumps(rows[:1]).encode() if rows else None


def parse(item: Mapping[str, Any], *, abstracts: bool = False) -> Reference:
    """Return the reference of a CSL-JSON item."""
    return doi.parse(item, abstracts=abstracts)

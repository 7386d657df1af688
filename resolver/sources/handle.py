"""The handle system: https://hdl.handle.net/api/handles/{handle} (www.handle.net/proxy_servlet.html).

A handle has no metadata but an address; what the page there says of itself is the record. The national libraries'
resolvers of URN:NBN (RFC 8458) lead to a page in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

NAME = "handle"
RESOLVERS = {
    "fi": "https://urn.fi/{}",
    "no": "https://urn.nb.no/{}",
    "se": "https://urn.kb.se/resolve?urn={}",
    "nl": "https://persistent-identifier.nl/{}",
    "si": "https://www.dlib.si/?URN={}",
    "hr": "https://urn.nsk.hr/{}",
}
# Germany, Austria and Switzerland share one, which knows several others too.
RESOLVER = "https://nbn-resolving.org/{}"


def url(handle: str) -> str:
    """Return the address that says where a handle leads."""
    return f"https://hdl.handle.net/api/handles/{quote(handle, safe='/')}?type=URL"


def target(answer: Any) -> str:
    """Return the web address in an answer, "" when it has none."""
    values = answer.get("values") if isinstance(answer, Mapping) else None
    for row in values if isinstance(values, list) else []:
        data = row.get("data") if isinstance(row, Mapping) and row.get("type") == "URL" else None
        value = data.get("value") if isinstance(data, Mapping) else None
        if isinstance(value, str) and value.lower().startswith(("http://", "https://")):
            return value
    return ""


def urn_url(urn: str) -> str:
    """Return the address at which the library of its country resolves a URN:NBN."""
    country = urn[len("urn:nbn:") :][:2]
    return RESOLVERS.get(country, RESOLVER).format(quote(urn, safe=":/"))

"""reStructuredText: the roles of sphinxcontrib-bibtex and docutils' own `[Key]_`.

Literal blocks, comments, directives that hold code and inline literals are skipped, `.. include::` is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator


def role_keys(text: str) -> Iterator[tuple[int, str]]:
    """Yield the keys of a role's text with their offsets: `a, b` or `{see}a{p. 3},b`."""
    for match in re.finditer(r"\{[^{}]*\}|[^\s,{}]+", text):
        if match[0][0] != "{":
            yield match.start(), match[0]

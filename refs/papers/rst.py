"""reStructuredText: the roles of sphinxcontrib-bibtex, `:cite:p:` and `:footcite:`, and docutils' own `[Key]_`.

Literal blocks, comments, directives that hold code and inline literals are skipped, `.. include::` is followed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from refs.papers.citation import Citations, Load, Part, Reading

# The directives whose contents are not read as text.
CODE = frozenset({"code", "code-block", "sourcecode", "literalinclude", "math", "raw", "doctest", "graphviz", "uml"})

_MARKUP = re.compile(r"(?P<indent>[ \t]*)\.\.(?:[ \t]+(?P<rest>.*))?$")
_DIRECTIVE = re.compile(r"(?:\|[^|]+\|[ \t]+)?(?P<name>[\w:.+-]+)::[ \t]*(?P<argument>.*)")
_DEFINED = re.compile(r"\[(?P<label>[^\W\d_][\w.:+-]*)\][ \t]")
_ALL = re.compile(r"[^\n]*\n(?:[ \t]+:(?!all:)[^\n]*\n)*[ \t]+:all:")
_EXPLICIT = re.compile(r"\[[^\]]+\](?:\s|$)|_|\|")
_TOKEN = re.compile(
    r"\\."
    r"|(?P<literal>``)"
    r"|:(?:foot)?cite(?P<style>(?::[a-z_]{1,20}){0,3}):`(?P<keys>[^`]*)`"
    r"|(?<![\w\]])\[(?P<label>[^\W\d_](?:[\w.:+-]*\w)?)\]_(?!\w)"
)


def read(text: str, file: str, load: Load) -> Citations:
    """Return what a reStructuredText document cites, `:all:` of a bibliography is everything.

    The role `:cite:empty:` only lists. The labels of docutils' citations, `.. [Key] ...`, are defined by the document.
    """
    reading = Reading(load, _scan)
    reading.read(Part(file, text))
    return reading.result()


def role_keys(text: str) -> Iterator[tuple[int, str]]:
    """Yield the keys of a role's text with their offsets: `a, b` or `{see}a{p. 3},b`."""
    for match in re.finditer(r"\{[^{}]*\}|[^\s,{}]+", text):
        if match[0][0] != "{":
            yield match.start(), match[0]


def _scan(reading: Reading, part: Part) -> None:
    start = offset = 0
    hidden: int | None = None
    for line in part.text.split("\n"):
        end = offset + len(line) + 1
        indent = len(line) - len(line.lstrip())
        if hidden is not None and line.strip() and indent <= hidden:
            hidden = None
        markup = _MARKUP.match(line) if hidden is None else None
        if markup:
            _prose(reading, part, start, offset)
            start = offset
            hidden = indent if _hides(reading, part, markup, offset) else None
        if hidden is not None or line.lstrip().startswith(">>> "):
            _prose(reading, part, start, offset)
            start = end
        elif line.rstrip().endswith("::") and not markup:
            _prose(reading, part, start, end)
            start, hidden = end, indent
        offset = end
    _prose(reading, part, start, len(part.text))


def _hides(reading: Reading, part: Part, markup: re.Match[str], offset: int) -> bool:
    """Say whether the contents of explicit markup are no text: a comment's or those of a directive for code."""
    rest = markup["rest"] or ""
    if directive := _DIRECTIVE.match(rest):
        name = directive["name"]
        if name == "include":
            path = posixpath.join(posixpath.dirname(part.file), directive["argument"].strip())
            reading.follow([path], part.location(offset))
        elif name == "bibliography" and _ALL.match(part.text, offset):
            reading.cite("*", part.location(offset), "all")
        return name in CODE
    if defined := _DEFINED.match(rest):
        reading.defined.add(defined["label"])
    return not _EXPLICIT.match(rest)


def _prose(reading: Reading, part: Part, start: int, end: int) -> None:
    position = start
    while match := _TOKEN.search(part.text, position, end):
        position = match.end()
        if match["literal"]:
            closing = part.text.find("``", position, end)
            position = closing + 2 if closing >= 0 else position
        elif match["keys"] is not None:
            kind = "nocite" if match["style"] == ":empty" else "cite"
            for at, key in role_keys(match["keys"]):
                reading.cite(key, part.location(match.start("keys") + at), kind)
        elif match["label"]:
            reading.cite(match["label"], part.location(match.start("label")))

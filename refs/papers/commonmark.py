"""A manuscript read as CommonMark by markdown-it-py, where there is no pandoc: tables and footnotes are added.

Attributes of headings and the fences of divisions go; definition lists, formulas and raised text of pandoc's Markdown
stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from refs.papers import manuscript
from refs.papers.manuscript import sign

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

HEAD = ("title", "subtitle", "author", "date", "abstract")
_BETWEEN = "\n\n\ufddf\n\n"  # a noncharacter, which the text of a manuscript has no other of
_LABEL = re.compile(r"\[\^[^\]\s]+\]:[ \t]*")
_INDENT = re.compile(r"^(?: {4}| {0,3}\t)", re.MULTILINE)
_ATTRIBUTES = re.compile(r"[ \t]*\{(?:[^{}#]*[ \t])?(?:#(?P<id>[^\s{}]+))?[^{}]*\}[ \t]*\Z")
_FENCE = re.compile(r":{3,}[ \t]*(?:\{[^{}]*\}|[\w.-]+)?[ \t]*:*")


@dataclass(frozen=True, slots=True)
class Divided:
    """The head and the body of a manuscript with a sign for each call of a footnote, and the footnotes as called.

    `head` holds title, subtitle, author, date and abstract, "" for what there is not; `calls` gives the place of the
    footnote in their order by the number of the sign.
    """

    head: Mapping[str, str]
    body: str
    notes: Sequence[str]
    calls: Mapping[int, int]


def divided(text: str, first: int) -> Divided:
    """Return a text without its metadata and with its footnotes apart; their signs count from `first`."""
    metadata = manuscript.metadata(text)
    text = _BETWEEN.join([*(_field(metadata.get(name)) for name in HEAD), text])
    marks = sorted(manuscript.notes(text), key=lambda mark: (mark.start, -mark.end))
    defined = {mark.name: text[mark.start : mark.end] for mark in reversed(marks) if mark.kind == "definition"}
    pieces: list[str] = []
    notes: dict[str, str] = {}
    calls: dict[int, int] = {}
    places: dict[str, int] = {}
    position = 0
    for mark in marks:
        if mark.start < position or (mark.kind == "reference" and mark.name not in defined):
            continue
        pieces.append(text[position : mark.start])
        position = mark.end
        if mark.kind in ("reference", "inline"):
            inline = mark.kind == "inline"
            name = mark.name or f"^{mark.start}"
            notes.setdefault(name, text[mark.start + 2 : mark.end - 1] if inline else _content(defined[name]))
            number = first + len(calls)
            calls[number] = places.setdefault(name, len(places))
            pieces.append(sign(number))
    *head, body = "".join([*pieces, text[position:]]).split(_BETWEEN)
    return Divided(dict(zip(HEAD, head, strict=True)), body, list(notes.values()), calls)


def _content(definition: str) -> str:
    """Return the Markdown of a footnote without its label and its indentation."""
    return _INDENT.sub("", _LABEL.sub("", definition, count=1))


def _field(value: Any) -> str:
    """Return a metadata field in one line; authors are texts, mappings with a name, or a list of them."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_field, value)))
    return _field(value.get("name")) if isinstance(value, dict) else value or ""


def parser(quotes: Sequence[str]) -> MarkdownIt:
    """Return the reader, with a language's quotation marks for straight ones."""
    from markdown_it import MarkdownIt

    options: Any = {"html": True, "typographer": True, "quotes": list(quotes)}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough", "smartquotes"])


def tokens(reader: MarkdownIt, text: str) -> list[Token]:
    """Return the tokens of a text, without what only pandoc's Markdown means by it."""
    found = reader.parse(text)
    for before, token in pairwise(found):
        if before.type == "heading_open" and token.children:
            _take_attributes(before, token.children[-1])
        elif before.type == "paragraph_open" and token.children and ":::" in token.content:
            token.children = _without_fences(token.children)
    return found


def _take_attributes(heading: Token, last: Token) -> None:
    match = _ATTRIBUTES.search(last.content) if last.type == "text" else None
    if match:
        last.content = last.content[: match.start()]
        if match["id"]:
            heading.attrSet("id", match["id"])


def _without_fences(children: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    for child in children:
        if child.type == "text" and _FENCE.fullmatch(child.content) and (not kept or kept[-1].type == "softbreak"):
            continue
        if child.type == "softbreak" and not kept:
            continue
        kept.append(child)
    while kept and kept[-1].type == "softbreak":
        kept.pop()
    return kept

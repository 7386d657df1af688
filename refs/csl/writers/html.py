"""Write runs as the HTML that citeproc processors agree on, byte for byte as the CSL test suite has it.

Text and quotes are escaped, attributes come from tables or are escaped, and control characters are dropped. No markup
is added for right-to-left text: each entry is a block of its own, and browsers order what is in it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from refs.csl.output import ATTRIBUTES, NORMAL, Mark, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refs.csl.writers import Layout
    from refs.csl.writers.segments import Segment

Quotes = tuple[str, str, str, str]
HTML_TAGS = {
    ("font-style", "italic"): ("<i>", "</i>"),
    ("font-style", "oblique"): ("<em>", "</em>"),
    ("font-weight", "bold"): ("<b>", "</b>"),
    ("vertical-align", "sup"): ("<sup>", "</sup>"),
    ("vertical-align", "sub"): ("<sub>", "</sub>"),
    ("vertical-align", "baseline"): ('<span style="baseline">', "</span>"),
    ("font-variant", "small-caps"): ('<span style="font-variant:small-caps;">', "</span>"),
}


SEGMENT_TAGS = {
    "italic": ("<i>", "</i>"),
    "bold": ("<b>", "</b>"),
    "small-caps": HTML_TAGS["font-variant", "small-caps"],
    "underline": ("<u>", "</u>"),
    "superscript": ("<sup>", "</sup>"),
    "subscript": ("<sub>", "</sub>"),
}
DISPLAYS = {
    "block": ('\n\n    <div class="csl-block">', "</div>\n"),
    "left-margin": ('\n    <div class="csl-left-margin">', "</div>"),
    "right-inline": ('<div class="csl-right-inline">', "</div>\n  "),
    "indent": ('<div class="csl-indent">', "</div>\n  "),
}
# Letters that Unicode calls raised but does not decompose; the suite raises them (magic_SuperscriptChars).
RAISED = {"\u02c0": "\u0294", "\u02c1": "\u0295", "\u06e5": "\u0648", "\u06e6": "\u064a"}
UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def escape_html(text: str) -> str:
    """Escape what HTML reads as markup, keep pairs of spaces, and print superscript characters as such."""
    if "&" in text:
        text = text.replace("&", "&#38;")
    if "<" in text:
        text = text.replace("<", "&#60;")
    if ">" in text:
        text = text.replace(">", "&#62;")
    if "  " in text:
        text = text.replace("  ", "\u00a0 ")
    if not text.isascii():
        text = raise_superscripts(text)
    if not text.isprintable():
        text = UNSAFE.sub("", text)
    return text


def raise_superscripts(text: str) -> str:
    """Wrap the characters that stand for raised ones, such as "²", in <sup>."""
    raised = {char: plain for char in set(text) if (plain := raised_character(char))}
    return "".join(f"<sup>{raised[char]}</sup>" if char in raised else char for char in text) if raised else text


@lru_cache(maxsize=4096)
def raised_character(char: str) -> str:
    """Return what a superscript character is without being raised; "" when it is none."""
    import unicodedata

    kind, _, points = unicodedata.decomposition(char).partition(" ")
    if kind == "<super>":
        return "".join(chr(int(point, 16)) for point in points.split())
    return RAISED.get(char, "")


def html_tags(attribute: str, value: str) -> tuple[str, str]:
    if attribute == "link":
        return f'<a href="{escape_attribute(value)}">', "</a>"
    return HTML_TAGS.get((attribute, value)) or (f'<span style="{attribute}:{escape_attribute(value)};">', "</span>")


def escape_attribute(value: str) -> str:
    return escape_html(value).replace('"', "&#34;")


class HtmlWriter:
    """Writes runs as citeproc's HTML."""

    def __init__(self, quotes: Quotes) -> None:
        self.quotes = tuple(escape_html(quote) for quote in quotes)

    def write(self, runs: Sequence[Run]) -> str:
        out: list[str] = []
        state = dict(NORMAL)
        ends: list[tuple[str, list[tuple[str, str]]]] = []
        depth = 0
        for run in runs:
            if type(run) is str:
                out.append(escape_html(run))
                continue
            mark: Mark = run  # type: ignore[assignment]
            if mark.attribute == "quotes":
                depth += 1 if mark.opens else -1
                level = (depth - mark.opens) % 2
                out.append(self.quotes[2 * level + (not mark.opens)])
            elif mark.attribute == "display":
                out.append(DISPLAYS.get(mark.value, ("", ""))[not mark.opens])
            elif mark.opens:
                start, end, saved = open_html(mark, state)
                out.append(start)
                ends.append((end, saved))
            else:
                end, saved = ends.pop()
                out.append(end)
                state.update(saved)
        return "".join(out)


def open_html(mark: Mark, state: dict[str, str]) -> tuple[str, str, list[tuple[str, str]]]:
    """Return the tags that open and close a mark, and the state to restore after it."""
    if mark.attribute == "nodecor":
        return open_nodecor(state)
    attribute, value = mark.attribute, mark.value
    if attribute == "link":
        return *html_tags(attribute, value), []
    current = state[attribute]
    if mark.flip and current == value:
        value = NORMAL[attribute]
    elif value == NORMAL[attribute] and current == value and attribute.startswith("font"):
        return "", "", []
    state[attribute] = value
    start, end = html_tags(attribute, value)
    return start, end, [(attribute, current)]


def open_nodecor(state: dict[str, str]) -> tuple[str, str, list[tuple[str, str]]]:
    start = end = ""
    saved = []
    for attribute in ATTRIBUTES:
        current = state[attribute]
        if current != NORMAL[attribute]:
            one, other = html_tags(attribute, NORMAL[attribute])
            start += one
            end = other + end
            saved.append((attribute, current))
            state[attribute] = NORMAL[attribute]
    return start, end, saved


def write(runs: Sequence[Run], quotes: Quotes) -> str:
    return HtmlWriter(quotes).write(runs)


def write_segments(pieces: Sequence[Segment]) -> str:
    """Write segments with the tags of every browser's own style sheet; another direction of writing is isolated."""
    return "".join(map(_segment, pieces))


def _segment(segment: Segment) -> str:
    text = escape_html(segment.text)
    for name in segment.formats:
        opening, closing = SEGMENT_TAGS[name]
        text = f"{opening}{text}{closing}"
    if segment.direction:
        text = f"<bdi>{text}</bdi>"
    return f'<a href="{escape_attribute(segment.link)}">{text}</a>' if segment.link else text


def write_entry(runs: Sequence[Run], quotes: Quotes, _layout: Layout) -> str:
    return f'<div class="csl-entry">{write(runs, quotes)}</div>'


def write_bibliography(entries: Sequence[str], _layout: Layout) -> str:
    body = "".join(f"  {entry}\n" for entry in entries)
    return f'<div class="csl-bib-body">\n{body}</div>'

"""A printed manuscript as a page of HTML, without pandoc.

What the author wrote is trusted, HTML included. What is printed for a citation never passes the reader of Markdown,
and is escaped for the place that it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from refs.csl.writers.html import write_segments
from refs.languages import is_right_to_left
from refs.papers import commonmark
from refs.papers.manuscript import BIBLIOGRAPHY, SIGN, number_of, sign
from refs.papers.printed import Printed, plain

_TAG = re.compile(r"""(<[a-zA-Z/!](?:[^<>"']|"[^"]*"|'[^']*')*>)""")
_CALL = re.compile(r'<a href="#fn[^<]*<sup>\d+</sup></a>')
_LAST_PARAGRAPH = re.compile(r"</p>\s*\Z")
STYLE = """\
body { max-width: 40em; margin: 2em auto; padding: 0 1em; line-height: 1.5; font-family: serif; }
.csl-entry { margin-bottom: 0.5em; clear: both; unicode-bidi: plaintext; }
.hanging-indent .csl-entry { padding-inline-start: 2em; text-indent: -2em; }
.csl-left-margin { float: inline-start; min-width: 2em; }
.csl-right-inline { margin-inline-start: 2.5em; }
table { border-collapse: collapse; }
td, th { border: 1px solid; padding: 0.2em 0.5em; }
"""


def write(
    printed: Printed,
    entries: Sequence[tuple[str, str]],
    options: Mapping[str, str],
    quotes: Sequence[str],
    language: str,
    name: str,
) -> str:
    """Return the page; `entries` are the bibliography's in HTML, `options` the style's for it.

    Straight quotation marks become `quotes`; `language` is a tag, and says in which direction the page is written;
    `name` is the title of a document without one.
    """
    reader = commonmark.parser(quotes)
    document = commonmark.divided(printed.text, max(printed.citations, default=0) + 1)
    others = {BIBLIOGRAPHY: ""} | {number: _call(place) for number, place in document.calls.items()}

    def render(markdown: str) -> str:
        html = reader.renderer.render(commonmark.tokens(reader, markdown), reader.options, {})
        return _filled(html.replace(f"<p>{sign(BIBLIOGRAPHY)}</p>", _bibliography(entries, options)), printed, others)

    def line(markdown: str) -> str:
        return _filled(reader.renderInline(markdown), printed, others)

    body = render(document.head["abstract"]) + render(document.body)
    notes = "".join(_note(number, render(note)) for number, note in enumerate(document.notes, 1))
    section = f'<section role="doc-endnotes">\n<hr />\n<ol>\n{notes}</ol>\n</section>\n' if notes else ""
    title, header = _header(document.head, line)
    return page(title or escape(name), header + body + section, language)


def _filled(html: str, printed: Printed, others: Mapping[int, str]) -> str:
    """Fill the signs in HTML; inside of a tag, as in the text of an image, stands the citation's text alone."""
    if not SIGN.search(html):
        return html
    pieces = _TAG.split(html)
    for index, piece in enumerate(pieces):
        if index % 2:
            pieces[index] = SIGN.sub(lambda match: escape(plain(printed.whole(number_of(match)))), piece)
        else:
            pieces[index] = printed.fill(piece, write_segments, others)
    return "".join(pieces)


def _call(place: int) -> str:
    number = place + 1
    return f'<a href="#fn{number}" id="fnref{number}" role="doc-noteref"><sup>{number}</sup></a>'


def _note(number: int, html: str) -> str:
    back = f' <a href="#fnref{number}" role="doc-backlink">↩\ufe0e</a>'
    ended = _LAST_PARAGRAPH.sub(lambda _: f"{back}</p>\n", html)
    return f'<li id="fn{number}">{ended if ended != html else html + back}</li>\n'


def _bibliography(entries: Sequence[tuple[str, str]], options: Mapping[str, str]) -> str:
    """Return the division of the bibliography, in which each entry bears its key."""
    hanging = " hanging-indent" if options.get("hanging-indent") == "true" else ""
    named = [html.replace("<div ", f'<div id="ref-{escape(key)}" ', 1) for key, html in entries]
    return "\n".join((f'<div id="refs" class="csl-bib-body{hanging}">', *named, "</div>"))


def _header(head: Mapping[str, str], line: Callable[[str], str]) -> tuple[str, str]:
    """Return the title as text, and the head of the document: title, subtitle, authors and date."""
    tags = {"title": "h1", "subtitle": "p", "author": "p", "date": "p"}
    lines = [f'<{tag} class="{name}">{line(head[name])}</{tag}>' for name, tag in tags.items() if head[name]]
    title = _TAG.sub("", _CALL.sub("", line(head["title"])))
    return title, "\n".join(("<header>", *lines, "</header>\n")) if lines else ""


def page(title: str, content: str, language: str) -> str:
    """Return a whole page; its title is HTML without tags."""
    direction = ' dir="rtl"' if is_right_to_left(language) else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}"{direction}>\n<head>\n<meta charset="utf-8" />\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        f"<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{content}</body>\n</html>\n"
    )

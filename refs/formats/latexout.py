"""CSL rich text -> LaTeX that means the same and can do nothing else: `decode(encode(text)) == text`.

Every character that LaTeX would obey is escaped, and braces are never written as `\\{`, since BibTeX counts them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from refs.formats.case import TAG, paired, protected, within
from refs.text import SMALL_CAPS

ESCAPES = {
    "\\": "\\textbackslash{}",
    "{": "\\textbraceleft{}",
    "}": "\\textbraceright{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "`": "\\textasciigrave{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "|": "\\textbar{}",
    "&": "\\&",
    "%": "\\%",
    "#": "\\#",
    "_": "\\_",
    "$": "\\$",
}
ESCAPED_FIRST = frozenset(char for char, latex in ESCAPES.items() if latex[0] == "\\")
SPECIAL = re.compile(r"[\\{}~^`<>|&%#_$]|--+|''+|\"")
COMMANDS = {
    "<i>": "\\emph{",
    "<b>": "\\textbf{",
    "<sup>": "\\textsuperscript{",
    "<sub>": "\\textsubscript{",
    SMALL_CAPS: "\\textsc{",
}


def encode(text: str, title: bool = False, ascii_only: bool = False) -> str:
    """Return a text field's value without its outer braces.

    In a title, "nocase" spans become braces, and doubled braces keep the capitals that a style would make small;
    `ascii_only` writes accents and symbols as commands where LaTeX has them.
    """
    if "<" not in text:
        return _encode_run(text, protected(text), 0, ascii_only) if title else characters(text, ascii_only)
    pieces = TAG.split(text)
    closings = paired(pieces)
    plain = "".join(piece for i, piece in enumerate(pieces) if i not in closings)
    spans = protected(plain) if title else []
    out: list[str] = []
    position = kept = 0
    for i, piece in enumerate(pieces):
        if i in closings:
            opening = COMMANDS.get(piece.replace("variant: ", "variant:"), "{")
            if opening == "{" and closings[i] and pieces[i + 1][:1] in ESCAPED_FIRST:
                opening = "{{}"  # or BibTeX would take the group for a letter with an accent
            out.append(opening if closings[i] else "}")
            kept += 0 if opening[0] != "{" and closings[i] else _kept(pieces, closings, i)
        else:
            out.append(_encode_run(piece, [] if kept else spans, position, ascii_only))
            position += len(piece)
    joined = "".join(out)
    # a title that is one "nocase" span as a whole, or the reader would take its braces for the field's own
    return f"{joined}{{}}" if joined.startswith("{") and joined.endswith("}") else joined


def _kept(pieces: list[str], closings: dict[int, int], i: int) -> int:
    """Return 1 where a "nocase" span opens, -1 where it closes, 0 elsewhere."""
    if closings[i]:
        return 1
    opening = next(start for start, end in closings.items() if end == i)
    return 0 if pieces[opening].replace("variant: ", "variant:") in COMMANDS else -1


def _encode_run(text: str, spans: list[tuple[int, int]], offset: int, ascii_only: bool) -> str:
    """Encode a piece of a title, its protected words in doubled braces."""
    if not spans:
        return characters(text, ascii_only)
    out: list[str] = []
    done = 0
    for start, end in spans:
        first, last = max(start - offset, 0), min(end - offset, len(text))
        word = text[first:last] if first < last else ""
        if word != word.lower() and within(spans, first + offset, last + offset):
            out.append(characters(text[done:first], ascii_only))
            out.append(f"{{{{{characters(word, ascii_only)}}}}}")
            done = last
    out.append(characters(text[done:], ascii_only))
    return "".join(out)


def characters(text: str, ascii_only: bool = False) -> str:
    """Return plain text with every character that LaTeX would obey escaped."""
    if SPECIAL.search(text):
        text = SPECIAL.sub(_escape, text)
    if ascii_only and not text.isascii():
        text = "".join(char if char.isascii() else command(char) for char in _clusters(text))
    return text


def _escape(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] in "-'":
        return "{}".join(found)
    return ESCAPES.get(found, found)


def _clusters(text: str) -> list[str]:
    """Split text into characters, each with its combining marks."""
    return re.findall(r".[\u0300-\u036f]*", text, re.DOTALL)


@cache
def command(cluster: str) -> str:
    """Return the LaTeX of a character with its marks, in braces, or the character where LaTeX has no name for it."""
    from pylatexenc.latexencode import get_builtin_uni2latex_dict

    from refs.formats.latex import decode

    table = get_builtin_uni2latex_dict()
    candidates = []
    if len(cluster) == 1 and (latex := table.get(ord(cluster))):
        candidates.append(f"{{{latex}}}")
    candidates.append(_accented(cluster))
    for latex in candidates:
        if latex.isascii() and decode(latex) == (cluster, False):
            return latex
    return cluster


def _accented(cluster: str) -> str:
    from refs.formats.latexmath import ACCENTS

    base, *marks = list(unicodedata.normalize("NFD", cluster))
    commands = {mark: name for name, mark in reversed(ACCENTS.items())}
    latex = base if base.isascii() and base.isalpha() else ""
    for mark in marks:
        latex = f"\\{commands[mark]}{{{latex}}}" if mark in commands and latex else ""
    return f"{{{latex}}}" if latex else cluster

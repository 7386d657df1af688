"""CSL rich text -> LaTeX that means the same and can do nothing else: `decode(encode(text)) == text`.

Every character that LaTeX would obey is escaped, and braces are never written as `\\{`, since BibTeX counts them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import cache

from refs.formats.case import TAG, capitals, paired, protected
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
LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
COMMANDS = {
    "<i>": "\\emph{",
    "<b>": "\\textbf{",
    "<sup>": "\\textsuperscript{",
    "<sub>": "\\textsubscript{",
    SMALL_CAPS: "\\textsc{",
}


def encode(text: str, title: bool = False, ascii_only: bool = False, markup: bool = True, lowers: bool = False) -> str:
    """Return a text field's value without its outer braces.

    In a title, "nocase" spans become braces, and doubled braces keep the capitals that a style would make small:
    any, where the program `lowers` them. `ascii_only` writes accents and symbols as commands where LaTeX has them;
    without `markup` there is no emphasis. The end of a line becomes `\\newline`, an empty line stays one.
    """
    keeping = capitals if lowers else protected
    if "<" not in text:
        return _encode_run(text, keeping(text), 0, ascii_only) if title else characters(text, ascii_only)
    pieces = TAG.split(text)
    pairs = paired(pieces)
    opening_of = {end: start for start, end in pairs.items() if end}
    plain = "".join(piece for i, piece in enumerate(pieces) if i not in pairs)
    spans = keeping(plain) if title else []
    out: list[str] = []
    position = kept = 0
    for i, piece in enumerate(pieces):
        if i not in pairs:
            out.append(_encode_run(piece, [] if kept else spans, position, ascii_only))
            position += len(piece)
            continue
        opening = COMMANDS.get(pieces[opening_of.get(i, i)].replace("variant: ", "variant:"), "{")
        if opening == "{":
            kept += 1 if pairs[i] else -1
        elif not markup:
            continue
        if opening == "{" and pairs[i] and pieces[i + 1][:1] in ESCAPED_FIRST:
            opening = "{{}"  # or BibTeX would take the group for a letter with an accent
        # pandoc takes no notice of braces within emphasis
        outer = (
            lowers and opening[0] == "\\" and title and not kept and _has_capital(pieces, opening_of.get(i, i), pairs)
        )
        if outer:
            out.append(f"{{{{{opening}" if pairs[i] else "}}}")
        else:
            out.append(opening if pairs[i] else "}")
    joined = "".join(out)
    # a title that is one "nocase" span as a whole, or the reader would take its braces for the field's own
    return f"{joined}{{}}" if joined.startswith("{") and joined.endswith("}") else joined


def _has_capital(pieces: list[str], opening: int, pairs: dict[int, int]) -> bool:
    inside = "".join(pieces[i] for i in range(opening, pairs[opening]) if i not in pairs)
    return inside != inside.lower()


def _encode_run(text: str, spans: list[tuple[int, int]], offset: int, ascii_only: bool) -> str:
    """Encode a piece of a title, its protected words in doubled braces."""
    if not spans:
        return characters(text, ascii_only)
    out: list[str] = []
    done = 0
    i = max(bisect_left(spans, (offset, 0)) - 1, 0)
    while i < len(spans) and spans[i][0] < offset + len(text):
        first, last = max(spans[i][0] - offset, 0), min(spans[i][1] - offset, len(text))
        word = text[first:last] if first < last else ""
        if word != word.lower():
            out.append(characters(text[done:first], ascii_only))
            out.append(f"{{{{{characters(word, ascii_only)}}}}}")
            done = last
        i += 1
    out.append(characters(text[done:], ascii_only))
    return "".join(out)


def characters(text: str, ascii_only: bool = False) -> str:
    """Return plain text with every character that LaTeX would obey escaped."""
    if SPECIAL.search(text):
        text = SPECIAL.sub(_escape, text)
    if "\n" in text:
        text = LINE_END.sub("\\\\newline\n", text)
    return in_ascii(text) if ascii_only else text


def in_ascii(latex: str) -> str:
    """Return LaTeX with its accents and symbols as commands, where LaTeX has them."""
    if latex.isascii():
        return latex
    return "".join(char if char.isascii() else command(char) for char in _clusters(latex))


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

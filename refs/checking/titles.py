"""The rules on the braces of a title as it is written, by what BibTeX's styles make of its capitals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from refs.checking import Finding
from refs.checking.latex import written
from refs.formats import case
from refs.formats.bibedit import Entry
from refs.languages import language
from refs.model import WHOLE_BOOKS, Reference
from refs.text import plain

SHOWN = 4  # words that are named
LEAST = 3  # words from which braces around all of a title are no name of one


def check(reference: Reference, entry: Entry) -> Iterator[Finding]:
    """Yield what is wrong with the braces of a .bib entry's title."""
    field = entry.field("title")
    if field is None:
        return
    text = " ".join(written(field.value).split())
    if _is_one_group(text):
        # Braces around a title keep the nouns of German; only English is set in several cases.
        english = language(plain(reference.text("title")), reference.text("language")) in ("", "en")
        if english and len(text.split()) >= LEAST and not text.isupper():
            message = "braces hold the whole title, so that no style can set its case"
            yield Finding("title-braces", reference.key, message, "title", written=text)
        return
    # BibTeX's styles print books as they are, and those of BibLaTeX keep the case unless they are told to.
    biblatex = entry.field("date") or entry.field("journaltitle")
    if biblatex or reference.type in (*WHOLE_BOOKS, "thesis") or text.isupper():
        return
    bare = _outside_braces(text)
    lost = list(dict.fromkeys(text[start:end] for start, end in case.protected(bare)))
    if lost:
        named = ", ".join(lost[:SHOWN]) + (f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else "")
        message = f"BibTeX's styles may print {named} in small letters: put braces around"
        yield Finding("title-unprotected", reference.key, message, "title", written=text)


def _is_one_group(text: str) -> bool:
    depth = 0
    for match in re.finditer(r"[{}]", text):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return text[0] == "{" and match.end() == len(text)
    return False


def _outside_braces(text: str) -> str:
    """Return a text of the same length in which letters without case stand for what braces or commands hold."""
    parts: list[str] = []
    depth = 0
    for piece in re.findall(r"[{}]|\\[A-Za-z]+|\\.|[^{}\\]+|\\", text):
        depth += (piece == "{") - (piece == "}")
        hidden = depth > 0 or piece in ("}", "{") or piece[0] == "\\"
        parts.append("字" * len(piece) if hidden else piece)
    return "".join(parts)

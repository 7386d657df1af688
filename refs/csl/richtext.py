"""The markup inside fields: a few HTML tags, quotes that follow the locale, and apostrophes.

Recognised are `<i> <b> <sup> <sub> <sc>`, `<span style="font-variant:small-caps;">`, and the classes
"nocase" and "nodecor" of `<span>`. A tag or quote without its partner stays as it was written.
"""

from __future__ import annotations

import re
from itertools import groupby

from refs.csl.output import (
    FLIP_CLOSE_QUOTE,
    FLIP_OPEN_QUOTE,
    NOCASE_CLOSE,
    NOCASE_OPEN,
    Mark,
    Rich,
    Run,
)

Marks = tuple[str, str, str, str]
ENGLISH: Marks = ("“", "”", "‘", "’")
MAYBE = re.compile("[<\"'“”‘’„‚«»‹›]")
TOKEN = re.compile(
    r"(<(?:/?(?:i|b|sup|sub|sc|span)|span\s[^<>]*)>|[\"'“”‘’„‚]|[«‹][ \u00a0\u202f]?|[ \u00a0\u202f]?[»›])"
)
SMALL_CAPS = re.compile(r"<span\s+style=[\"']font-variant:\s*small-caps;?\s*[\"']\s*>")
NOCASE = re.compile(r"<span\s+class=[\"']nocase[\"']\s*>")
NODECOR = re.compile(r"<span\s+class=[\"']nodecor[\"']\s*>")

TAGS = {
    "i": ("font-style", "italic"),
    "b": ("font-weight", "bold"),
    "sup": ("vertical-align", "sup"),
    "sub": ("vertical-align", "sub"),
    "sc": ("font-variant", "small-caps"),
}
OPEN_MARKS = {tag: Mark(*pair, True, True) for tag, pair in TAGS.items()}
CLOSE_MARKS = {tag: Mark(*pair, False, True) for tag, pair in TAGS.items()}
NODECOR_OPEN = Mark("nodecor", "", True, True)
NODECOR_CLOSE = Mark("nodecor", "", False, True)
BEFORE_OPENING = frozenset(" \u00a0\u202f\u2009\t\n([{<—–-/“‘\"'«„¿¡")
FRENCH_SPACE = re.compile(" (?=[:;?!»])|(?<=«) ")


def parse_rich(text: str, marks: Marks = ENGLISH) -> str | Rich:
    """Return the text of a field as it is when it has no markup, or else its runs.

    `marks` are the outer and inner quotation marks of the locale: those and straight ones are read as quotes.
    The space of French punctuation ("« x » : y") becomes a narrow one that does not break, as in citeproc-js.
    """
    if FRENCH_SPACE.search(text):
        text = FRENCH_SPACE.sub("\u202f", text)
    if MAYBE.search(text) is None:
        return text
    tokens = TOKEN.split(text)
    if len(tokens) == 1:
        return text
    return RichParser(tokens, marks).parse()


class RichParser:
    """Pairs the tags and quotes of one text; `runs` holds literal text until a partner is found."""

    def __init__(self, tokens: list[str], marks: Marks) -> None:
        self.tokens = tokens
        outer, outer_end, inner, inner_end = (mark.strip(" \u00a0\u202f") for mark in marks)
        self.openers = {outer: "outer", inner: "inner"}
        self.closers = {outer_end: "outer", inner_end: "inner"}
        self.runs: list[Run] = []
        self.open: list[tuple[str, int]] = []
        self.apostrophe = False

    def parse(self) -> str | Rich:
        for index, token in enumerate(self.tokens):
            if index % 2 == 0:
                if token:
                    self.runs.append(token)
            elif token[0] == "<":
                self.tag(token)
            else:
                self.quote(index, token)
        merged: list[Run] = []
        for literal, group in groupby(self.runs, key=lambda run: isinstance(run, str)):
            if literal:
                text = "".join(run for run in group if isinstance(run, str))
                merged += [text] if text else []
            else:
                merged += group
        if len(merged) == 1 and isinstance(merged[0], str):
            return merged[0]
        return Rich(merged)

    def tag(self, token: str) -> None:
        if token[1] == "/":
            name = token[2:-1]
            if any(kind.partition(":")[0] == name for kind, _ in reversed(self.open)):
                self.close_tag(name)
                return
            self.runs.append(token)
            return
        name = token[1:-1]
        if name in TAGS:
            self.open.append((name, len(self.runs)))
        elif SMALL_CAPS.fullmatch(token):
            self.open.append(("span:sc", len(self.runs)))
        elif NOCASE.fullmatch(token):
            self.open.append(("span:nocase", len(self.runs)))
        elif NODECOR.fullmatch(token):
            self.open.append(("span:nodecor", len(self.runs)))
        elif name.startswith("span"):
            self.open.append(("span:", len(self.runs)))
        self.runs.append(token)

    def close_tag(self, name: str) -> None:
        """Close the innermost open tag of a name; what opened inside it and never closed stays literal."""
        while self.open:
            kind, index = self.open.pop()
            if kind.partition(":")[0] != name:
                continue
            what = kind.partition(":")[2] or name
            if what == "span":
                self.runs.append("</span>")
            elif what == "nocase":
                self.runs[index] = NOCASE_OPEN
                self.runs.append(NOCASE_CLOSE)
            elif what == "nodecor":
                self.runs[index] = NODECOR_OPEN
                self.runs.append(NODECOR_CLOSE)
            else:
                self.runs[index] = OPEN_MARKS[what]
                self.runs.append(CLOSE_MARKS[what])
            return

    def quote(self, index: int, token: str) -> None:
        mark = token.strip(" \u00a0\u202f")
        before, after = self.neighbours(index)
        self.apostrophe = False
        straight = mark in "\"'"
        kind = mark if straight else self.openers.get(mark, "")
        ends = mark if straight else self.closers.get(mark, "")
        ambiguous = straight or (kind and ends)
        if kind and (not ambiguous or self.opens(before, after)):
            self.open.append((kind, len(self.runs)))
            self.runs.append("’" if mark == "'" else token)
            return
        if ends and (self.closes(before, after) or mark not in "'’\"") and self.close_quote(ends, mark):
            return
        self.apostrophe = mark == "'"
        self.runs.append("’" if mark == "'" else token)

    def neighbours(self, index: int) -> tuple[str, str]:
        """Return the characters before and after a token; tags between them do not count."""
        before = after = ""
        if self.apostrophe and index >= 2 and not self.tokens[index - 1] and self.tokens[index - 2] == "'":
            before = "’"
            later = range(index + 1, len(self.tokens))
            return before, next((self.tokens[place][0] for place in later if self.tokens[place]), "")
        for position in range(index - 1, -1, -1):
            token = self.tokens[position]
            if token and not (token[0] == "<" and token[-1] == ">"):
                before = token[-1]
                break
        for position in range(index + 1, len(self.tokens)):
            token = self.tokens[position]
            if token and not (token[0] == "<" and token[-1] == ">"):
                after = token[0]
                break
        return before, after

    def opens(self, before: str, after: str) -> bool:
        return (not before or before in BEFORE_OPENING) and bool(after) and not after.isspace()

    def closes(self, before: str, after: str) -> bool:
        return bool(before) and not before.isspace() and not (after.isalnum() if after else False)

    def close_quote(self, wanted: str, mark: str) -> bool:
        """Pair a closing quote with its opening one, unless a tag that opened later is still open."""
        for position in range(len(self.open) - 1, -1, -1):
            kind, index = self.open[position]
            if kind == wanted:
                del self.open[position:]
                opening = self.runs[index]
                inner = kind == "inner" and isinstance(opening, str)
                self.runs[index] = Mark("quotes", str(opening), True, True) if inner else FLIP_OPEN_QUOTE
                self.runs.append(Mark("quotes", mark, False, True) if inner else FLIP_CLOSE_QUOTE)
                return True
            if kind in TAGS or kind.startswith("span"):
                return False
        return False

"""Pandoc's inline Markdown <-> CSL's rich text: what the text fields of CSL-YAML are written in.

Emphasis, strong emphasis, `^superscript^`, `~subscript~`, `[text]{.smallcaps}` and `[text]{.nocase}` are markup, as
is the HTML of rich text itself; a backslash makes the next sign text, and formulas between dollars stay as they are.
"""

from __future__ import annotations

import re

from refs.text import CSL_TAG, NOCASE, SMALL_CAPS, unescaped

TAGS = {
    "*": ("<i>", "</i>"),
    "_": ("<i>", "</i>"),
    "**": ("<b>", "</b>"),
    "__": ("<b>", "</b>"),
    "^": ("<sup>", "</sup>"),
    "~": ("<sub>", "</sub>"),
}
SPANS = {
    "]{.smallcaps}": SMALL_CAPS,
    "]{.nocase}": NOCASE,
    "]": "",
}
MATH = r"\$(?=[^\s$])(?:[^$\\]|\\.)*?(?<=\S)\$(?!\d)"
TOKEN = (
    rf"(?P<escape>\\[!-/:-@\[-`{{-~ ])|(?P<math>{MATH})|(?P<tag>{CSL_TAG})|(?P<run>\*+|_+|\^|~+)"
    r"|(?P<open>\[)|(?P<close>\](?:\{\.(?:smallcaps|nocase)\})?)|(?P<dash>-{2,3}(?!-))"
)
MAX_OPEN = 64  # signs that wait for a partner: more are text
SPECIAL = re.compile(r"[\\*_^~\[$&]|--")


def to_rich(markdown: str) -> str:
    """Return inline Markdown as rich text; a sign without its partner is text."""
    if not SPECIAL.search(markdown):
        return markdown
    return _Inlines(markdown).rich()


class _Inlines:
    """Pairs the signs of one text: `out` holds text, `open` the signs that wait for a partner."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown
        self.out: list[str] = []
        self.open: list[tuple[str, int]] = []

    def rich(self) -> str:
        position = 0
        for match in re.finditer(TOKEN, self.markdown):
            self.out.append(unescaped(self.markdown[position : match.start()]))
            position = match.end()
            kind = match.lastgroup
            if kind == "escape":
                self.out.append(match[0][1])
            elif kind in ("math", "tag"):
                self.out.append(match[0])
            elif kind == "dash":
                self.out.append("–" if len(match[0]) == 2 else "—")
            elif kind == "run":
                self._run(match)
            elif kind == "open":
                self._push("[", "[")
            else:
                self._close_span(match[0])
        self.out.append(unescaped(self.markdown[position:]))
        return "".join(self.out)

    def _push(self, sign: str, text: str) -> None:
        if len(self.open) < MAX_OPEN:
            self.open.append((sign, len(self.out)))
        self.out.append(text)

    def _run(self, match: re.Match[str]) -> None:
        """Close or open with as many of the signs as there are partners for."""
        run = match[0]
        before, after = self.markdown[: match.start()][-1:], self.markdown[match.end() :][:1]
        opens, closes = bool(after) and not after.isspace(), bool(before) and not before.isspace()
        if run[0] == "_":
            opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
        if run[0] == "~" and len(run) > 1:
            self.out.append(run)
            return
        left = len(run)
        while left and closes and (size := self._partner(run[0], left)):
            self._close(run[0] * size)
            left -= size
        while left:
            size = min(left, 2)
            if opens:
                self._push(run[0] * size, run[0] * size)
            else:
                self.out.append(run[0] * size)
            left -= size

    def _partner(self, sign: str, most: int) -> int:
        """Return the length of the innermost open sign of this kind, 0 when there is none that fits."""
        for known, index in reversed(self.open):
            if known == "[":
                return 0
            if known[0] == sign and len(known) <= most and index < len(self.out) - 1:
                spaced = sign in "^~" and any(re.search(r"\s", self.out[i]) for i in range(index + 1, len(self.out)))
                return 0 if spaced else len(known)
        return 0

    def _close(self, sign: str) -> None:
        while self.open:
            known, index = self.open.pop()
            if known == sign:
                self.out[index] = TAGS[sign][0]
                self.out.append(TAGS[sign][1])
                return

    def _close_span(self, closing: str) -> None:
        while self.open:
            known, index = self.open.pop()
            if known == "[":
                if tag := SPANS[closing]:
                    self.out[index] = tag
                    self.out.append("</span>")
                    return
                break
        self.out.append(closing)


def to_markdown(rich: str, math: bool = False) -> str:
    """Return rich text as inline Markdown that `to_rich` reads back; tags that Markdown cannot nest stay HTML.

    With `math` a formula between dollars stays one; TeX may obey what is in it.
    """
    if not re.search(f"<|{ESCAPES}", rich):
        return rich
    pieces = re.split(f"({CSL_TAG})", rich)
    html = "".join(piece if i % 2 else escaped(piece, math) for i, piece in enumerate(pieces))
    if len(pieces) == 1:
        return html
    spans: list[str] = []
    out: list[str] = []
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            out.append(escaped(piece, math))
        elif piece.startswith("<span"):
            spans.append("]{.nocase}" if piece == NOCASE else "]{.smallcaps}")
            out.append("[")
        elif piece == "</span>":
            out.append(spans.pop() if spans else piece)
        else:
            out.append(SIGNS[piece.strip("</>")])
    markdown = "".join(out)
    return markdown if to_rich(markdown) == rich else html


SIGNS = {"i": "*", "b": "**", "sup": "^", "sub": "~"}
ESCAPES = r"[\\*^~\[\]$`]|<(?=[a-zA-Z/!?])|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|-(?=-)|(?<=-)-|(?<!\w)@"


def escaped(text: str, math: bool = False) -> str:
    """Return text that Markdown shows as it is."""
    kept = rf"({MATH})" if math else "(?!)()"
    return re.sub(f"{kept}|{ESCAPES}", lambda match: match[1] or "\\" + match[0], text)


def unescape(text: str) -> str:
    """Return text without the backslashes that Markdown needs, for what is no prose: addresses and numbers."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)

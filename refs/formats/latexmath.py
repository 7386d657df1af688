"""What LaTeX calls characters: commands for symbols and accents, and simple math, all to Unicode.

The symbols are pylatexenc's, compiled to one table when a command is first met, with BibTeX's own before them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

SYMBOLS = {
    "&": "&",
    "%": "%",
    "#": "#",
    "_": "_",
    "$": "$",
    "{": "{",
    "}": "}",
    " ": " ",
    "\n": " ",
    "\t": " ",
    ",": " ",
    ";": " ",
    ":": " ",
    ">": " ",
    "\\": " ",
    "slash": "/",
    "hyphen": "-",
    "nbhyphen": "-",
    "hyp": "-",
    "adddot": ".",
    "addcomma": ",",
    "addcolon": ":",
    "addspace": " ",
    "addnbspace": " ",
    "S": "§",
    "P": "¶",
    "SS": "SS",
    "pounds": "£",
    "copyright": "©",
    "euro": "€",
    "EUR": "€",
    "dots": "…",
    "ldots": "…",
    "textellipsis": "…",
    "TeX": "TeX",
    "LaTeX": "LaTeX",
    "LaTeXe": "LaTeX2e",
    "BibTeX": "BibTeX",
    "AmS": "AMS",
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textasciigrave": "`",
    "textunderscore": "_",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textquotedbl": '"',
    "textquotesingle": "'",
    "textquoteleft": "‘",
    "textquoteright": "’",
    "textquotedblleft": "“",
    "textquotedblright": "”",
    "textendash": "–",
    "textemdash": "—",
    "textnumero": "№",
    "guillemotleft": "«",
    "guillemotright": "»",
    "dh": "ð",
    "cprime": "ʹ",
    "cdprime": "ʺ",
    "Dbar": "Đ",
    "dbar": "đ",
    "lasp": "ʽ",
    "rasp": "ʼ",
    "th": "þ",
    "bibrangedash": "–",
    "textsoftsign": "ʹ",
    "lq": "‘",
    "rq": "’",
    "quad": " ",
    "qquad": " ",
    "space": " ",
    "textvisiblespace": " ",
    "textperiodcentered": "·",
    "textquotedblbase": "„",
    "quotedblbase": "„",
    "quotesinglbase": "‚",
    "glqq": "„",
    "grqq": "“",
    "flqq": "«",
    "frqq": "»",
}
ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "k": "\u0328",
    "d": "\u0323",
    "b": "\u0331",
    "r": "\u030a",
    "t": "\u0361",
    "G": "\u030f",
    "U": "\u030e",
    "f": "\u0311",
    "h": "\u0309",
    "textcommabelow": "\u0326",
    "ocirc": "\u030a",
    "polhk": "\u0328",
    "udot": "\u0323",
    "cftil": "\u0303",
}
MATH_MARK = re.compile(r"(\\[a-zA-Z]+[ \t\r\n]*|\\.|[{}_^'~])", re.DOTALL)
MATH_FONTS = frozenset(
    "mathrm mathit mathbf mathsf mathtt mathcal mathbb mathscr mathfrak text textrm textit textbf rm it bf mbox hbox "
    "operatorname boldsymbol bm ensuremath mathnormal left right displaystyle".split()
)
TEXT_FONTS = frozenset("text textrm textit textbf mbox hbox operatorname".split())  # a hyphen there is no minus
MATH_ACCENTS = {
    "bar": "\u0304",
    "overline": "\u0305",
    "hat": "\u0302",
    "tilde": "\u0303",
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
}
MAX_MATH_DEPTH = 64


@cache
def symbols() -> dict[str, str]:
    """Return command -> character from pylatexenc's tables of both directions."""
    from pylatexenc.latex2text import get_default_latex_context_db
    from pylatexenc.latexencode import get_builtin_uni2latex_dict

    found: dict[str, str] = {}
    for code, latex in get_builtin_uni2latex_dict().items():
        name = latex.removeprefix("\\ensuremath{").removesuffix("}") if "ensuremath" in latex else latex
        if re.fullmatch(r"\\[a-zA-Z]+", name):
            found.setdefault(name[1:], chr(code))
    for spec in get_default_latex_context_db().iter_macro_specs():
        text = spec.simplify_repl
        if isinstance(text, str) and (text.isalpha() or not text.isascii()) and "%" not in text:
            found[spec.macroname] = text
    for name in ("today", *ACCENTS):
        found.pop(name, None)
    return found


def simple_math(source: str) -> str | None:
    """Return math of letters, symbols, fractions, roots and scripts as rich text; None for anything built higher."""
    marks = [mark for mark in MATH_MARK.split(source) if mark][::-1]
    if source.count("{") > MAX_MATH_DEPTH:
        return None
    try:
        return _math_until(marks, "")
    except (ValueError, RecursionError):
        return None


def _math_until(marks: list[str], end: str) -> str:
    out: list[str] = []
    while marks:
        if marks[-1] == "}":
            marks.pop()
            if not end:
                raise ValueError("a brace too many")
            return _scripts_joined(out)
        out.append(_math_atom(marks))
    if end:
        raise ValueError("a brace too few")
    return _scripts_joined(out)


def _scripts_joined(parts: list[str]) -> str:
    """Return the parts as one text, `x_{1-}{}_y` with one script."""
    return "".join(parts).replace("</sub><sub>", "").replace("</sup><sup>", "")


def _math_atom(marks: list[str]) -> str:
    """Take the next thing off the reversed marks and return its text; ValueError for what has none."""
    mark = marks.pop()
    if mark == "{":
        return _math_until(marks, "}")
    if mark in "_^":
        tag = "sub" if mark == "_" else "sup"
        script = _math_script(marks)
        return "°" if (tag, script) == ("sup", "∘") else f"<{tag}>{script}</{tag}>"
    if mark[0] == "\\":
        return _math_command(mark[1:].rstrip(), marks)
    if "&" in mark or "#" in mark or mark == "}":
        raise ValueError("an alignment")
    return {"'": "′", "~": " "}.get(mark, mark.replace("-", "−"))


def _math_script(marks: list[str]) -> str:
    """Return the argument of a script or command: a group, a command or one character."""
    while marks and (not marks[-1].strip() or (marks[-1][0] == "\\" and marks[-1][1:].rstrip() in MATH_FONTS)):
        marks.pop()
    if not marks:
        raise ValueError("an argument is missing")
    if marks[-1][0] not in "{\\_^'~}":
        text = marks.pop().lstrip()
        if text[1:]:
            marks.append(text[1:])
        return text[0]
    return _math_atom(marks)


def _math_command(name: str, marks: list[str]) -> str:
    if name in TEXT_FONTS:
        return _math_script(marks).replace("−", "-")
    if name in MATH_FONTS or name in ("", "!"):
        return ""
    if name in (",", ";", ":", ">", " ", "quad"):
        return " "
    if name == "sqrt":
        radicand = _math_script(marks)
        return f"√{radicand}" if radicand.isalnum() else f"√({radicand})"
    if name in ("frac", "tfrac", "dfrac", "nicefrac"):
        over, under = _math_script(marks), _math_script(marks)
        return "/".join(part if part.isalnum() else f"({part})" for part in (over, under))
    if name in MATH_ACCENTS:
        base = _math_script(marks)
        if len(base) != 1:
            raise ValueError("an accent over more than a letter")
        return unicodedata.normalize("NFC", base + MATH_ACCENTS[name])
    symbol = SYMBOLS.get(name) or symbols().get(name) or symbols().get(name.removeprefix("var"))
    if symbol is None:
        raise ValueError(name)
    return symbol

"""LaTeX of .bib values -> CSL rich text, of one line or of several.

Values are BibTeX's, not TeX's: `%`, `&`, `#`, `_` and `^` outside math are characters. Accents and symbols become
Unicode by pylatexenc's tables, simple math becomes text with `<sub>` and `<sup>` and other math stays as `$...$`.
What the text cannot say again (math, unknown commands, ties, links) makes the value the user's own LaTeX: the caller
is told and keeps it as it was written.

A line end in a value is a blank, an empty line the end of a paragraph, `\\newline` and `\\\\` the end of a line.
"""

from __future__ import annotations

import re
import unicodedata

from refs.formats.case import capitals, paired, protected, within
from refs.formats.csljson import clean, clean_lines
from refs.formats.latexmath import ACCENTS, SYMBOLS, simple_math, symbols
from refs.text import CSL_TAG, NOCASE, SMALL_CAPS

Node = str | tuple[str, "str | list[Node]"]

MAX_DEPTH = 64
MAX_DECODED = 64 << 10
MARK = re.compile(r"(\\[a-zA-Z]+[ \t\r\n]*|\\.|[{}$~]|-{2,3}|``|''|[?!]?`|')", re.DOTALL)
LIGATURES = {"``": "“", "''": "”", "--": "–", "---": "—", "?`": "¿", "!`": "¡", "`": "‘"}
SPACING = {"'": "´", "`": "`", "^": "^", '"': "¨", "~": "~", "=": "¯", ".": "˙", "c": "¸"}
EMPHASIS = ("<i>", "</i>")
BOLD = ("<b>", "</b>")
CAPITALS = (SMALL_CAPS, "</span>")
WRAPPED = {
    **dict.fromkeys(("emph", "textit", "textsl", "mkbibemph", "mkbibitalic"), EMPHASIS),
    **dict.fromkeys(("textbf", "mkbibbold"), BOLD),
    "textsc": CAPITALS,
    **dict.fromkeys(("textsuperscript", "mkbibsuperscript"), ("<sup>", "</sup>")),
    **dict.fromkeys(("textsubscript", "mkbibsubscript"), ("<sub>", "</sub>")),
}
DECLARED = {
    **dict.fromkeys(("em", "it", "sl", "itshape", "slshape"), EMPHASIS),
    **dict.fromkeys(("bf", "bfseries"), BOLD),
    **dict.fromkeys(("sc", "scshape"), CAPITALS),
}
QUOTED = {
    **dict.fromkeys(("enquote", "mkbibquote", "textquote"), ("“", "”")),
    "enquote*": ("‘", "’"),
    "mkbibparens": ("(", ")"),
    "mkbibbrackets": ("[", "]"),
    "url": ("", ""),
    "path": ("", ""),
    "nolinkurl": ("", ""),
}
# The argument of these that is read as text, and how many there are.
ARGUMENT = {
    **dict.fromkeys(
        (
            "text textrm textnormal textup textmd textsf texttt mbox hbox fbox underline uline textls".split()
            + "MakeUppercase MakeLowercase uppercase lowercase boldsymbol centerline nohyphens".split()
            + "mkbibacro autocap".split()
        ),
        (0, 1),
    ),
    **dict.fromkeys(("foreignlanguage", "textcolor", "href", "texorpdfstring", "textlang"), (1, 2)),
    **dict.fromkeys(
        "noopsort footnote selectlanguage label vspace hspace vspace* hspace* vphantom hphantom phantom begin "
        "end".split(),
        (None, 1),
    ),
}
SILENT = frozenset(
    "relax protect rm tt sf normalfont upshape mdseries rmfamily sffamily ttfamily sl cyr break "
    "allowbreak nobreak cyrchar isdot nopunct unskip ignorespaces xspace noindent hfill hfil null leavevmode sloppy "
    "aftergroup / @ - ! *".split()
)
OWN_SYMBOLS = frozenset(
    ", ; : > LaTeX LaTeXe TeX BibTeX AmS quad qquad hyphen nbhyphen hyp adddot addcomma addcolon addspace "
    "addnbspace".split()
)
PRICES = re.compile(r"\d.*\s", re.DOTALL)
AUTO_OPEN, AUTO_CLOSE, LINE_END = "\ufdd0", "\ufdd1", "\ufdd2"  # noncharacters, which no text may hold
MARKED = {ord(sign): None for sign in (AUTO_OPEN, AUTO_CLOSE, LINE_END)}
EMPTY_LINE = re.compile(r"(?:\r\n|\n|\r(?!\n))(?:[ \t]*(?:\r\n|\n|\r(?!\n)))+[ \t]*")
BELOW = re.compile(r"\*?(?:\[-?[\d.]+ ?[a-z]{2}\])?")  # what may follow a line end: how far down the next line is
LINE_ENDS = {"newline": LINE_END, "\\": LINE_END, "linebreak": LINE_END, "par": LINE_END * 2}


def is_plain(text: str) -> bool:
    """Tell whether nothing in a value is LaTeX; one search for each sign is faster than one for any of them."""
    return not (
        "\\" in text
        or "{" in text
        or "$" in text
        or "~" in text
        or "--" in text
        or "}" in text
        or "`" in text
        or "''" in text
    )


def decode(value: str, title: bool = False, lines: bool = False) -> tuple[str, bool]:
    """Return the rich text of a value, and whether only the value itself says all of it.

    In a title, a brace group that keeps its case becomes a "nocase" span; with `lines` the text keeps its lines.
    """
    if lines and ("\n" in value or "\r" in value or "\\" in value):
        return _decode_lines(value)
    if is_plain(value):
        return _one_line(value), False
    if len(value) > MAX_DECODED:
        return _one_line(value), True
    renderer = _Renderer(title)
    return _one_line(_rendered(value.translate(MARKED), renderer)), renderer.own


def _rendered(value: str, renderer: _Renderer) -> str:
    nodes = _tree(value.strip())
    while len(nodes) == 1 and nodes[0][0] == "g" and not isinstance(nodes[0], str) and not _starts_command(nodes[0][1]):
        nodes = list(nodes[0][1])
    text = renderer.run(nodes)
    return _resolve_automatic(text) if AUTO_OPEN in text else text


def _decode_lines(value: str) -> tuple[str, bool]:
    value = EMPTY_LINE.sub(LINE_END * 2, value.translate(MARKED).strip())
    renderer = _Renderer(title=False, lines=True)
    long = len(value) > MAX_DECODED
    text = value if is_plain(value) or long else _rendered(value, renderer)
    return clean_lines(clean(text).replace(LINE_END, "\n")), renderer.own or (long and not is_plain(value))


def decode_plain(value: str) -> str:
    """Return the text of a value without any markup: a name's part."""
    if is_plain(value):
        return _one_line(value)
    return _one_line(_Renderer(title=False, plain=True).run(_tree(value[:MAX_DECODED])))


def _one_line(text: str) -> str:
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return clean(text)


def _tree(value: str) -> list[Node]:
    """Return the value as text, ("m", command), ("$", math) and ("g", [...]) for a brace group.

    A closing brace too many is dropped and a missing one supplied: values come from blocks whose braces balance.
    """
    marks = MARK.split(value)
    stack: list[list[Node]] = [[]]
    quoted = False
    last = {sign: _last(marks, sign) for sign in ("$", "\\)") if sign in value}
    i = 0
    while i < len(marks):
        mark = marks[i]
        i += 1
        if not mark:
            continue
        nodes = stack[-1]
        if i % 2:
            nodes.append(mark)
        elif mark == "{":
            inner: list[Node] = []
            if len(stack) < MAX_DEPTH:
                nodes.append(("g", inner))
                stack.append(inner)
        elif mark == "}":
            if len(stack) > 1:
                stack.pop()
        elif mark == "$" or mark == "\\(":
            sign = "$" if mark == "$" else "\\)"
            math, i = _math_at(marks, i, sign) if i <= last.get(sign, -1) else (None, i)
            before = nodes[-1] if nodes else ""
            if math and math[0] in "_^" and not isinstance(before, str) and before[0] == "$":
                nodes[-1] = ("$", f"{before[1]}{math}")  # $_{1-}$$_x$ is one script
            else:
                nodes.append("$" if math is None else ("$", math))
        elif mark[0] == "\\":
            nodes.append(("m", mark[1:].rstrip() or " "))
        elif mark == "~":
            nodes.append(("m", "~tie"))
        elif mark == "'":
            closing = quoted and not (i < len(marks) and marks[i][:1].isalnum())
            nodes.append("’" if closing else mark)
            quoted = quoted and not closing
        else:
            nodes.append(LIGATURES[mark])
            quoted = quoted or mark == "`"
    return stack[0]


def _last(marks: list[str], sign: str) -> int:
    """Return the last position of a mark, -1 without any."""
    return next((i for i in range(len(marks) - 1, -1, -1) if marks[i] == sign), -1)


def _math_at(marks: list[str], start: int, closing: str) -> tuple[str | None, int]:
    """Return the math up to the closing mark and the position after it; None when it is no math."""
    end = next((i for i in range(start, len(marks)) if marks[i] == closing), -1)
    if end == start + 1 and closing == "$" and not marks[start]:
        end = next((i for i in range(end + 1, len(marks)) if marks[i] == "$"), -1)
        if end < 0 or marks[end + 1 : end + 3] != ["", "$"]:
            return None, start
        return "".join(marks[start + 2 : end]), end + 3
    math = "".join(marks[start:end]) if end > 0 else "{"
    if math.count("{") != math.count("}") or PRICES.fullmatch(math):
        return None, start
    return math, end + 1


def _starts_command(nodes: str | list[Node]) -> bool:
    return bool(nodes) and not isinstance(nodes[0], str) and nodes[0][0] == "m"


def _has_case(text: str) -> bool:
    return text.lower() != text.upper()


class _Renderer:
    """Turns the nodes of one value into text; `own` becomes true at what the text cannot say again."""

    def __init__(self, title: bool, plain: bool = False, lines: bool = False) -> None:
        self.title = title
        self.plain = plain
        self.lines = lines
        self.own = False
        self.protecting = False
        self.depth = 0

    def run(self, nodes: list[Node]) -> str:
        out: list[str] = []
        closings: list[str] = []
        i = 0
        while i < len(nodes):
            node = nodes[i]
            i += 1
            if isinstance(node, str):
                out.append(node)
            elif node[0] == "g":
                out.append(self.group(list(node[1])))
            elif node[0] == "$":
                out.append(self.math(str(node[1])))
            elif node[1] in DECLARED:
                before, after = ("", "") if self.plain else DECLARED[str(node[1])]
                out.append(before)
                closings.append(after)
            else:
                i = self.command(str(node[1]), nodes, i, out)
        return "".join(out + closings[::-1])

    def group(self, nodes: list[Node]) -> str:
        """Render a brace group; in a title, say which one protects its case."""
        if len(nodes) == 1 and isinstance(nodes[0], str) and re.fullmatch('"[aouAOU]', nodes[0]):
            return unicodedata.normalize("NFC", nodes[0][1] + ACCENTS['"'])
        if not self.title or self.protecting or not self._protects(nodes):
            return self.run(nodes)
        self.protecting = True
        doubled = len(nodes) == 1 and nodes[0][0] == "g" and not isinstance(nodes[0], str)
        text = self.run(nodes)
        self.protecting = False
        if not _has_case(text):
            return text
        return f"{AUTO_OPEN}{text}{AUTO_CLOSE}" if doubled else f"{NOCASE}{text}</span>"

    def _protects(self, nodes: list[Node]) -> bool:
        """Tell whether a group is there for its case: not for an accent, a symbol or the reach of a command."""
        first = nodes[0] if nodes else ""
        if isinstance(first, str) or first[0] != "m":
            return bool(nodes)
        return first[1] in WRAPPED

    def command(self, name: str, nodes: list[Node], i: int, out: list[str]) -> int:
        """Render a command and its arguments; return the position after them."""
        if name in LINE_ENDS:
            self.own = self.own or not self.lines or name != "newline"  # which is how this package writes a line end
            out.append(LINE_ENDS[name] if self.lines else " ")
            if name == "\\" and i < len(nodes) and isinstance(below := nodes[i], str):
                nodes[i] = BELOW.sub("", below, count=1)
        elif name in ACCENTS:
            argument, i = self.argument(nodes, i)
            out.append(_accented(name, argument))
        elif name in SYMBOLS or name == "~tie":
            self.own = self.own or name in OWN_SYMBOLS or name == "~tie"
            out.append(SYMBOLS.get(name, " "))
        elif name in WRAPPED:
            text, i = self.argument(nodes, i)
            before, after = ("", "") if self.plain else WRAPPED[name]
            out.append(f"{before}{text}{after}")
        elif name in SILENT:
            self.own = True
        elif name == "ensuremath":
            i = self.ensured_math(nodes, i, out)
        elif symbol := symbols().get(name):
            out.append(symbol)
        else:
            i = self.rare(name, nodes, i, out)
        return i

    def ensured_math(self, nodes: list[Node], i: int, out: list[str]) -> int:
        """Render \\ensuremath{...}; that of a single symbol is how this package writes the symbol."""
        raw, end = _raw_argument(nodes, i)
        symbol = symbols().get(raw[1:].rstrip()) if raw.startswith("\\") else raw if raw in ("<", ">") else None
        out.append(symbol or self.math(raw))
        return end

    def rare(self, name: str, nodes: list[Node], i: int, out: list[str]) -> int:
        self.own = True
        following = nodes[i] if i < len(nodes) else ""
        if isinstance(following, str) and following[:1] == "*" and (f"{name}*" in QUOTED or f"{name}*" in ARGUMENT):
            nodes[i] = following[1:]
            name = f"{name}*"
        if name in QUOTED:
            before, after = QUOTED[name]
            text, i = _raw_argument(nodes, i) if not before else self.argument(nodes, i)
            out.append(f"{before}{text}{after}")
        elif name in ARGUMENT:
            chosen, count = ARGUMENT[name]
            for number in range(count):
                text, i = self.argument(nodes, i)
                if number == chosen:
                    out.append(text)
        elif name == "ce":
            raw, i = _raw_argument(nodes, i)
            out.append(_chemistry(raw))
        elif i < len(nodes) and not isinstance(nodes[i], str) and nodes[i][0] == "g":
            text, i = self.argument(nodes, i)
            out.append(text)
        else:
            out.append(f"\\{name}")
        return i

    def argument(self, nodes: list[Node], i: int) -> tuple[str, int]:
        """Return the next group, command or character, rendered, and the position after it."""
        while i < len(nodes):
            node = nodes[i]
            if isinstance(node, str):
                text = node.lstrip()
                if text:
                    nodes[i] = text[1:]
                    return text[0], i
                i += 1
            elif node[0] == "g":
                return self.run(list(node[1])), i + 1
            elif node[0] == "m" and self.depth < MAX_DEPTH:
                out: list[str] = []
                self.depth += 1
                i = self.command(str(node[1]), nodes, i + 1, out)
                self.depth -= 1
                return "".join(out), i
            else:
                break
        return "", i

    def math(self, source: str) -> str:
        self.own = True
        text = simple_math(source)
        if text is None:
            return f"${source}$"
        return re.sub("</?su[bp]>", "", text) if self.plain else text


def _accented(name: str, base: str) -> str:
    if not base.strip():
        return SPACING.get(name, "") + base
    if base[0] == "<":
        return base
    first = {"ı": "i", "ȷ": "j"}.get(base[0], base[0])
    return unicodedata.normalize("NFC", first + ACCENTS[name]) + base[1:]


def _raw_argument(nodes: list[Node], i: int) -> tuple[str, int]:
    """Return the next argument as it was written."""
    while i < len(nodes) and isinstance(nodes[i], str) and not str(nodes[i]).strip():
        i += 1
    return (_raw(nodes[i]).removeprefix("{").removesuffix("}"), i + 1) if i < len(nodes) else ("", i)


def _raw(node: Node) -> str:
    if isinstance(node, str):
        return node.replace("–", "--").replace("—", "---")
    kind, content = node
    if kind == "g":
        return "{" + "".join(_raw(child) for child in content) + "}"
    if content == "~tie":
        return "~"
    if kind == "$":
        return f"${content}$"
    if str(content) in "%&#_":
        return str(content)
    return f"\\{content} " if str(content).isalpha() else f"\\{content}"


def _chemistry(formula: str) -> str:
    formula = re.sub(r"\^\{?([\d+-]+)\}?", r"<sup>\1</sup>", formula)
    return re.sub(r"(?<=[A-Za-z)\]])(\d+)", r"<sub>\1</sub>", formula)


def _resolve_automatic(text: str) -> str:
    """Replace the marks of doubled braces: nothing where the writer would set them again, else a "nocase" span."""
    pieces = re.split(f"({CSL_TAG}|[{AUTO_OPEN}{AUTO_CLOSE}])", text)
    tags = {i for i in range(1, len(pieces), 2) if pieces[i] in (AUTO_OPEN, AUTO_CLOSE)}
    pairs = paired(["" if i in tags else piece for i, piece in enumerate(pieces)])
    tags.update(pairs)
    plain = "".join(piece for i, piece in enumerate(pieces) if i not in tags)
    groups: list[tuple[int, int, int, int]] = []
    position, opened = 0, (0, 0)
    for i, piece in enumerate(pieces):
        if piece == AUTO_OPEN:
            opened = i, position
        elif piece == AUTO_CLOSE:
            groups.append((*opened, i, position))
        elif i not in tags:
            position += len(piece)
    spans = protected(plain)
    if not all(within(spans, start, end) for _, start, _, end in groups):
        every = capitals(plain)  # a writer may have protected each of them
        if all(within([(start, end) for _, start, _, end in groups], *span) for span in every):
            spans = every
    for opening, start, closing, end in groups:
        automatic = within(spans, start, end)
        pieces[opening], pieces[closing] = ("", "") if automatic else (NOCASE, "</span>")
    return "".join(pieces)

"""Markup in titles and abstracts: JATS, HTML, MathML and TeX -> CSL's rich text -> plain text.

Rich text is what `refs.model` says a text field holds: `<i> <b> <sup> <sub>`, the span for small capitals and
`<span class="nocase">` are markup, anything else is text. What rich text cannot say (underlining, links) loses
its tags and keeps its words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

SMALL_CAPS = '<span style="font-variant:small-caps;">'
NOCASE = '<span class="nocase">'
CSL_TAG = r'</?(?:i|b|sup|sub|span)>|<span (?:style="font-variant: ?small-caps;"|class="nocase")>'
TAG = (
    r"<(/?)((?:[a-zA-Z]+:)?[a-zA-Z][a-zA-Z0-9_-]*)((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(/?)>"
    r"|<!--.{0,2000}?-->|<\?.{0,2000}?\?>"
)
ENTITY = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"


def plain(text: str) -> str:
    """Return rich text without its markup."""
    return re.sub(CSL_TAG, "", text) if "<" in text else text


def rich(markup: str, lines: bool = False) -> str:
    """Return any registry's markup as rich text; entities, mojibake and blanks are put right.

    It is one line, unless `lines` asks for those that paragraphs and breaks make.
    """
    text = markup if markup.isascii() else unmangled(markup.replace(LINE_END, " "))
    if "&" in text:
        text = unescaped(text)
    if "<" in text:
        text = _rendered(_unglued(_unindented(text) if "\n" in text else text))
    if "$" in text:
        text = re.sub(r"(\${1,2})([^$]{1,500}?)\1(?![\d,.]*\d)(?: (?=-))?", _tex_in_text, text)
    if LINE_END in text:
        pieces = [printable(" ".join(piece.split())) for piece in text.split(LINE_END)]
        text = (LINE_END if lines else " ").join(pieces if lines else filter(None, pieces))
    else:
        text = printable(" ".join(text.split()))
    text = _tidied(text) if "<" in text else text
    return re.sub(f"(?: *{LINE_END} *){{2,}}", "\n\n", text).replace(LINE_END, "\n").strip() if lines else text


def printable(text: str) -> str:
    """Drop control characters, lone surrogates, private-use characters and tags, which no output can show.

    What joins letters or sets their direction stays, and so does a letter too new for this Python to know.
    """
    if text.isprintable():
        return text
    return "".join(
        c
        for c in text
        if c.isprintable()
        or (
            unicodedata.category(c) not in ("Cc", "Cs", "Co") and c != "\ufeff" and not "\U000e0000" <= c < "\U000e0100"
        )
    )


def unescaped(text: str) -> str:
    """Resolve entities, also those that were escaped twice; a bare & stays."""
    import html

    for _ in range(3):
        resolved = re.sub(ENTITY, lambda match: html.unescape(match[0]), text)
        if resolved == text:
            break
        text = resolved
    return text


def unmangled(text: str) -> str:
    """Undo UTF-8 that was read as Latin-1 or Windows-1252, and drop the C1 controls that no text has."""
    if re.search(MANGLED, text):
        text = re.sub(f"[\u00a0-\u00ff\u0080-\u009f{CP1252}]+", _decoded, text)
    return text.translate(C1) if re.search("[\u0080-\u009f]", text) else text


# Only what no language writes: a C1 control, Â or Ã before a sign, or Cyrillic in a row of pairs.
CP1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
MANGLED = (
    f"[\u0080-\u009f]|[ÂÃ][\u00a0-\u00bf]|Ã[{CP1252}]|â€[{CP1252}\u00a0-\u00bf]|(?:[ÐÑ][\u00a0-\u00bf{CP1252}]){{3}}"
)
C1 = {code: (chr(code).encode("latin-1").decode("cp1252", "ignore") or None) for code in range(0x80, 0xA0)}


def _decoded(match: re.Match[str]) -> str:
    run = b"".join(c.encode("latin-1" if ord(c) < 256 else "cp1252") for c in match[0])
    try:
        return run.decode()
    except UnicodeDecodeError:
        return match[0]


def _unindented(text: str) -> str:
    """Drop the line ends with which pretty-printing splits what is one word: Hg \\n <sub>3</sub> \\n Se."""
    text = "\n".join(stripped for line in text.split("\n") if (stripped := line.strip()))
    text = re.sub(r"\n(?=<su[bp]\b)", "", text)
    text = re.sub(r"(</su[bp]>)\n(?=[A-Z][a-z]?<su[bp]\b|[A-Z][a-z]?[\s‐-]*$)", r"\1", text)
    text = re.sub(r">\n(?=[-‐‑–,.;:)\]/])", ">", text)
    return re.sub(r"(?<=[-‐‑–(\[/])\n(?=<)", "", text)


def _unglued(text: str) -> str:
    """Put back the blanks that some publishers lose around a formula: "Robust<math>...</math>Control"."""
    text = re.sub(r"(?<=[a-z]{2})(?=<(?:mml:)?math\b)", " ", text)
    return re.sub(r"(</(?:mml:)?math>)(?=[A-Za-z]{3})", r"\1 ", text)


@dataclass(slots=True)
class _Element:
    """An open element and what it holds so far, each child element as one rendered text."""

    name: str
    attributes: str = ""
    children: list[str] = field(default_factory=list)


DEEPEST = 100
"""Markup nested deeper than any record's is dropped, its words stay."""


def _rendered(text: str) -> str:
    """Render known elements; what looks like a tag and is none (`<0.05`, `<Konggi-Inhyung>`) is text."""
    open_elements = [_Element("")]
    position = 0
    closed = set(re.findall(r"</(?:\w+:)?([\w-]+)", text))
    for match in re.compile(TAG, re.DOTALL).finditer(text):
        name = (match[2] or "").rpartition(":")[2].lower()
        if match[2] and name not in KNOWN and not (match[2].rpartition(":")[2] in closed and name.isalpha()):
            continue
        _add_text(open_elements[-1], text[position : match.start()])
        position = match.end()
        if match[1]:
            _close(open_elements, name)
        elif match[2] and (match[4] or name in VOID):
            open_elements[-1].children.append(VOID.get(name, ""))
        elif match[2] and len(open_elements) < DEEPEST:
            open_elements.append(_Element(name, match[3]))
    _add_text(open_elements[-1], text[position:])
    while len(open_elements) > 1:
        unclosed = open_elements.pop()
        open_elements[-1].children.extend(unclosed.children)
    return "".join(open_elements[0].children)


def _add_text(element: _Element, text: str) -> None:
    if element.name in MATH:
        text = re.sub(r"\s+", " ", text) if element.name == "mtext" else " ".join(text.split())
    if text:
        element.children.append(text)


def _close(open_elements: list[_Element], name: str) -> None:
    if not any(element.name == name for element in open_elements):
        return
    while open_elements[-1].name != name:
        unclosed = open_elements.pop()
        open_elements[-1].children.extend(unclosed.children)
    element = open_elements.pop()
    open_elements[-1].children.append(_render(element))


def _render(element: _Element) -> str:
    if element.name in DROPPED:
        return ""
    if element.name in MATH:
        return MATH[element.name](element.children)
    if element.name == "alternatives":
        return next((child for child in element.children if child.strip() and "\\" not in child), "")
    content = "".join(element.children)
    if element.name == "tex-math" and (
        body := re.search(r"\\begin\{document\}(.*)\\end\{document\}", content, re.DOTALL)
    ):
        return body[1]
    if not content.strip():
        return content
    before, after = INLINE.get(element.name) or _styled(element.attributes)
    return f"{before}{content}{after}"


TEX_DOCUMENT = r"\\begin\{document\}(.*)\\end\{document\}"


def _styled(attributes: str) -> tuple[str, str]:
    """Return the tags for `<span style=...>`, `<emph type="ital">` and their like."""
    low = attributes.lower()
    return next((tags for word, tags in STYLES if word in low), ("", ""))


LINE_END = "\ue002"  # a private-use character as well
ITALIC, BOLD, SUP, SUB = (("<i>", "</i>"), ("<b>", "</b>"), ("<sup>", "</sup>"), ("<sub>", "</sub>"))
CAPS = (SMALL_CAPS, "</span>")
STYLES: tuple[tuple[str, tuple[str, str]], ...] = (
    ("nocase", (NOCASE, "</span>")),
    ("small-caps", CAPS),
    ("smallcaps", CAPS),
    ("ital", ITALIC),
    ("bold", BOLD),
)
STYLES += (("superscript", SUP), ("subscript", SUB))
INLINE = (
    dict.fromkeys(("i", "em", "italic", "ital", "it", "cite", "var"), ITALIC)
    | dict.fromkeys(("b", "strong", "bold"), BOLD)
    | dict.fromkeys(("sup", "superscript"), SUP)
    | dict.fromkeys(("sub", "inf", "subscript"), SUB)
    | dict.fromkeys(("sc", "scp", "small-caps"), CAPS)
    | {"subtitle": (": ", ""), "li": (LINE_END, "")}
    | dict.fromkeys(("ul", "ol", "list"), (LINE_END, LINE_END))
    | dict.fromkeys(("p", "title", "sec", "div", "h1", "h2", "h3", "h4"), (LINE_END * 2, LINE_END * 2))
)
PRESCRIPTS = "\ue001"  # a private-use character: `printable` drops it where no mmultiscripts takes it
VOID = {
    "br": LINE_END,
    "break": LINE_END,
    "hr": LINE_END,
    "none": "",
    "mprescripts": PRESCRIPTS,
    "mspace": " ",
    "inline-graphic": "",
}
DROPPED = frozenset({"annotation", "annotation-xml", "xref", "fn", "script", "style", "maligngroup"})
UNWRAPPED = (
    "a big u span font tt small emph roman underline overline strike s del ins uri email ext-link styled-content "
    "abbr named-content inline-formula disp-formula formula tex tex-math alternatives monospace sans-serif abstract "
    "list-item institution country ruby rb rt bdi bdo supp"
)


def _row(children: Sequence[str]) -> str:
    return "".join(children)


def _operator(children: Sequence[str]) -> str:
    sign = "".join(children).strip()
    return f" {sign} " if sign in RELATIONS else MATH_SIGNS.get(sign, sign)


RELATIONS = frozenset("=<>≤≥≈≃≅≡≠→←↔⇒±⊂⊆∈∝≲≳≪≫")
MATH_SIGNS = dict.fromkeys("\u2061\u2062\u2063\u2064", "")


def _grouped(text: str) -> str:
    return text if len(plain(text)) < 2 or plain(text).isalnum() else f"({text})"


def _at(children: Sequence[str], index: int) -> str:
    return children[index].strip() if index < len(children) else ""


def _scripts(*tags: tuple[str, str]) -> Callable[[Sequence[str]], str]:
    def render(children: Sequence[str]) -> str:
        parts = [_at(children, 0)]
        for i, (before, after) in enumerate(tags, 1):
            if script := _at(children, i):
                parts.append(f"{before}{script}{after}")
        return "".join(parts)

    return render


def _fraction(children: Sequence[str]) -> str:
    return f"{_grouped(_at(children, 0))}/{_grouped(_at(children, 1))}"


def _root(children: Sequence[str]) -> str:
    return "√" + _grouped("".join(children))


def _accented(children: Sequence[str]) -> str:
    base, mark = _at(children, 0), _at(children, 1)
    return f"{base}{ACCENTS[mark]}" if mark in ACCENTS and len(base) == 1 else base + mark


ACCENTS = {
    "¯": "\u0304",
    "‾": "\u0304",
    "^": "\u0302",
    "ˆ": "\u0302",
    "~": "\u0303",
    "˜": "\u0303",
    "˙": "\u0307",
}
ACCENTS |= {
    "→": "\u20d7",
    "⃗": "\u20d7",
    "¨": "\u0308",
    "-": "\u0304",
    "_": "\u0304",
    ".": "\u0307",
    "ˇ": "\u030c",
}


def _multiscripts(children: Sequence[str]) -> str:
    """Render base, then pairs of sub- and superscript, those after mprescripts before the base."""
    split = children.index(PRESCRIPTS) if PRESCRIPTS in children else len(children)
    after, before = list(children[1:split]), list(children[split + 1 :])

    return _pairs(before) + _at(children, 0) + _pairs(after)


def _pairs(scripts: Sequence[str]) -> str:
    tagged = ((script.strip(), SUP if i % 2 else SUB) for i, script in enumerate(scripts))
    return "".join(f"{before}{script}{after}" for script, (before, after) in tagged if script)


ROWS = "math mrow mstyle mpadded mphantom semantics mi mn mtext ms mtable mtr mtd menclose"
MATH: dict[str, Callable[[Sequence[str]], str]] = {
    **dict.fromkeys(ROWS.split(), _row),
    "mo": _operator,
    "msub": _scripts(SUB),
    "msup": _scripts(SUP),
    "msubsup": _scripts(SUB, SUP),
    "munder": _scripts(SUB),
    "munderover": _scripts(SUB, SUP),
    "mover": _accented,
    "mmultiscripts": _multiscripts,
    "mfrac": _fraction,
    "msqrt": _root,
    "mroot": _root,
}
TEX_FONTS = r"\\(?:hbox|mbox|text|textrm|textit|mathrm|rm|mathsf|mathit|boldsymbol|mathbf)\b\s*"
TEX_LAYOUT = frozenset(
    "left right middle big Big bigg Bigg bigl bigr Bigl Bigr displaystyle textstyle scriptstyle limits nolimits "
    "it bf sf tt cal hskip kern".split()
)
TEX_FILES = frozenset({"input", "include", "verb"})
KNOWN = frozenset({*INLINE, *VOID, *DROPPED, *UNWRAPPED.split(), *MATH})


def _tex_in_text(match: re.Match[str]) -> str:
    """Render a formula between dollars; two prices in a title are none, and one of other macros stays as it is."""
    source = match[2]
    formula = re.search(r"[\\^_{}]", source) or re.fullmatch(r"\s*[a-zA-Z+=<>*-]{1,3}\s*", source)
    return tex(source) if formula and _has_signs(source) else match[0]


def _has_signs(source: str) -> bool:
    """Tell whether every macro of a formula has a text or is layout; any other would be lost without a word."""
    from pylatexenc.latex2text import get_default_latex_context_db

    table = get_default_latex_context_db()
    macros = set(re.findall(r"\\([a-zA-Z]+)", re.sub(TEX_FONTS, "", source))) - TEX_LAYOUT
    return not macros & TEX_FILES and all(table.get_macro_spec(name) for name in macros)


def tex(source: str) -> str:
    """Return a simple TeX formula as rich text: scripts become `<sub>` and `<sup>`, macros Unicode signs."""
    from pylatexenc.latex2text import LatexNodes2Text

    source = re.sub(TEX_FONTS, "", source)
    marked = source
    for _ in range(5):
        before = marked
        marked = re.sub(r"_(?:\{([^{}]*)\}|(\\[a-zA-Z]+|[^\s{}\\]))", "\ue010\\1\\2\ue011", marked)
        marked = re.sub(r"\^(?:\{([^{}]*)\}|(\\[a-zA-Z]+|[^\s{}\\]))", "\ue012\\1\\2\ue013", marked)
        if marked == before:
            break
    text: str = LatexNodes2Text(math_mode="text", keep_comments=True).latex_to_text(marked)
    for mark, tag in zip("\ue010\ue011\ue012\ue013", (*SUB, *SUP), strict=True):
        text = text.replace(mark, tag)
    return text.strip()


def _tidied(text: str) -> str:
    """Bring blanks out of the tags, drop empty elements, and bold that covers the whole text."""
    text = re.sub(r"((?:<(?:i|b|sup|sub|span)\b[^>]*>)+) ", r" \1", text)
    text = re.sub(r" ((?:</(?:i|b|sup|sub|span)>)+)", r"\1 ", text)
    text = re.sub(r"<(i|b|sup|sub|span)\b[^>]*></\1>", "", text)
    text = re.sub(r"</(i|b|sup|sub)><\1>", "", text)
    if not re.sub(r"<b>.*?</b>", "", text).strip(" .:"):
        text = re.sub(r"</?b>", "", text)
    return re.sub(r" ([,;:.)\]])(?=\s|$)", r"\1", " ".join(text.split()))

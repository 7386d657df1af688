"""The rules on the LaTeX of a .bib entry as it is written: what reads files or runs programs, and what stops TeX.

A field that no style prints does not stop TeX; a command that reads a file is told wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from refs.checking import Finding
from refs.formats.bibvalues import balanced

UNSAFE = re.compile(
    r"\\(?:input|@+input|include(?:only|graphics|pdf)?|subfile|import|openin|openout|read(?:line)?|write(?:18)?|"
    r"immediate|special|catcode|csname|expandafter|scantokens|[egx]?def|let|futurelet|(?:re)?newcommand|"
    r"providecommand|DeclareRobustCommand|newenvironment|loop|directlua|latelua|luaexec|usepackage|RequirePackage|"
    r"documentclass|makeatletter|jobname|everypar|endlinechar|newread|newwrite|pdffiledump|pdfmdfivesum|"
    r"pdf(?:ximage|obj|literal|mapfile)|(?:lst|verbatim|Verbatim|luatex)\w*[iI]nput(?:listing)?|ShellEscape|"
    r"(?:IfFile|Input)\w*Exists\w*|fontdimen|font|batchmode|nonstopmode|end\s*\{document\})(?![A-Za-z@])"
    r"|\^\^[0-9a-f]{2}|\^\^[@-_]"
)
VERBATIM = frozenset("url doi file eprint pdf urlraw verba verbb verbc howpublished".split())
PRINTED = frozenset(
    """
    author editor translator editora editorb editorc annotator commentator introduction foreword afterword holder
    bookauthor namea nameaddon shortauthor shorteditor title subtitle titleaddon shorttitle booktitle booksubtitle
    booktitleaddon maintitle mainsubtitle maintitleaddon journal journaltitle journalsubtitle shortjournal issuetitle
    issuesubtitle issuetitleaddon origtitle reprinttitle eventtitle eventtitleaddon series shortseries edition volume
    volumes part number issue chapter pages pagetotal year month date publisher origpublisher address location
    origlocation institution school organization venue note addendum type version pubstate library label
    """.split()
)
"""The fields that the styles of BibTeX and BibLaTeX print, but for those that they take word for word."""
WORD_FOR_WORD = re.compile(
    r"\\(?:url|path|nolinkurl|href)\s*\{[^{}]*\}|\\(?:verb\*?|url|path)([^A-Za-z\s{*])[^\n]*?\1|\\ifmmode.*?\\fi(?![a-z])",
    re.DOTALL,
)
MATH = re.compile(r"\$\$[^$]+\$\$|\$[^$]+\$|\\\(.*?\\\)|\\ensuremath\s*\{(?:[^{}]|\{[^{}]*\})*\}", re.DOTALL)
MATHS_OWN = re.compile(
    r"\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|"
    r"phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega|frac|sqrt|sum|prod|int|oint|"
    r"infty|partial|nabla|leq?|geq?|neq?|approx|sim|simeq|equiv|propto|times|cdot|pm|mp|in|subset|cup|cap|forall|exists|"
    r"(?:left|right|Left|Right|leftright)arrow|to|mapsto|ell|hbar|mathbb|mathcal|mathbf|mathrm|mathfrak|mathsf|mathit|"
    r"deg|hat|vec|overline|langle|rangle|otimes|oplus|perp|ast|circ|star|wedge|vee)(?![A-Za-z])"
)
NAMED = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")


def check(key: str, field: str, value: str) -> Iterator[Finding]:
    """Yield what is wrong with the LaTeX of one field; `value` is its expression, `{text}` or `"text" # name`."""
    name = field.lower()
    if name in VERBATIM or not re.search(r"[\\$&#%_^]", value):
        return
    text = written(value)
    if match := UNSAFE.search(text):
        yield Finding("latex-unsafe", key, f"{match[0]} in {field}", field, written=match[0])
    if name in PRINTED and (found := broken(text)):
        sign, reason = found
        yield Finding("latex-broken", key, reason.format(field=field), field, written=sign)


def written(expression: str) -> str:
    """Return the text of an expression: of what stands in braces or quotes, without names and the signs between."""
    parts: list[str] = []
    depth = start = 0
    quoted = False
    for match in re.finditer(r'[{}"]', expression):
        if match[0] == '"':
            if depth == 0:
                quoted = not quoted
                start, parts = (match.end(), parts) if quoted else (start, [*parts, expression[start : match.start()]])
            continue
        depth += 1 if match[0] == "{" else -1
        if quoted:
            continue
        if depth == 1 and match[0] == "{":
            start = match.end()
        elif depth == 0:
            parts.append(expression[start : match.start()])
    return " ".join(parts)


def broken(text: str) -> tuple[str, str] | None:
    """Return the sign or command at which TeX would stop and why, with "{field}" in the place of the field's name."""
    bare = WORD_FOR_WORD.sub("", text)
    if re.search(r"(?<!\\)(?:\\\\)*\\$", bare):
        return "\\", "a backslash at the end of {field} takes its closing brace away"
    opened = [match[2] for match in NAMED.finditer(bare) if match[1] == "begin"]
    if sorted(opened) != sorted(match[2] for match in NAMED.finditer(bare) if match[1] == "end"):
        return "\\begin", "\\begin and \\end in {field} do not pair"
    if match := re.search(r"\\[\"'`^~=.]\s*\}", bare):
        return match[0], "an accent in {field} has no letter"
    signs = re.sub(r"\\[$&#%_^{}\\]", "", bare)
    if not balanced(signs):
        return "\\{", "the braces of {field} do not pair for TeX, which takes \\{{ and \\}} for signs"
    outside = MATH.sub(" ", signs)
    if "$" in outside:
        return "$", "a dollar sign in {field} has no partner"
    if match := re.search(r"[#%]" if opened else r"[#%&]", signs) or re.search(r"[_^]", "" if opened else outside):
        escaped = "\\textasciicircum" if match[0] == "^" else f"\\{match[0]}"
        return match[0], f"{match[0]} in {{field}} must be {escaped}"
    if match := MATHS_OWN.search(outside):
        return match[0], f"{match[0]} in {{field}} must stand between dollar signs"
    return None

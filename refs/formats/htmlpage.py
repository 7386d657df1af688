"""A page of the references for people: HTML that stands alone, without scripts or anything loaded from elsewhere.

Every text is escaped; CSL's markup in titles becomes elements, what is written from right to left is marked by `dir`,
and only addresses of the web are linked. Light and dark follow the reader's system, by CSS alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from refs.languages import language, script
from refs.model import Name, Reference
from refs.text import CSL_TAG, NOCASE, plain

RIGHT_TO_LEFT = frozenset({"Arab", "Hebr", "Syrc", "Thaa", "Nkoo"})
UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
WEB = re.compile(r"(?i)https?://[^\s\"<>]+")
MOST_NAMES = 20
STYLE = """
:root { color-scheme: light dark; --text: #1d1d1f; --quiet: #5c5f66; --line: #d9dbe0; --page: #fff; --link: #0b57d0; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e6e9; --quiet: #a3a7b0; --line: #3a3d44; --page: #17181b; --link: #8ab4f8; }
}
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: var(--text); background: var(--page);
  font: 1rem/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; font-weight: 600; }
ol { list-style: none; margin: 0; padding: 0; }
li { padding: 0.9rem 0; border-top: 1px solid var(--line); }
h2 { margin: 0; font-size: 1.05rem; font-weight: 600; }
p { margin: 0.15rem 0 0; }
h1 + p { margin-bottom: 1rem; }
a { color: var(--link); }
.quiet { color: var(--quiet); font-size: 0.9rem; }
.caps { font-variant: small-caps; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.85rem; }
details { margin-top: 0.3rem; white-space: pre-line; }
summary { color: var(--quiet); font-size: 0.9rem; cursor: pointer; }
@media print { body { max-width: none; margin: 0; } li { break-inside: avoid; } details { display: none; } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def write(references: Iterable[Reference], title: str = "References") -> str:
    """Return the page, the references in the order given."""
    items = [_item(reference) for reference in references]
    count = f"{len(items):,} reference{'' if len(items) == 1 else 's'}"
    body = "\n".join(items)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="referrer" content="no-referrer">
<title>{_text(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{_text(title)}</h1>
<p class="quiet">{count}</p>
<ol>
{body}
</ol>
</body>
</html>
"""


def _item(reference: Reference) -> str:
    title = reference.text("title") or reference.text("container-title") or reference.key or "Untitled"
    link = address(reference)
    heading = rich_html(title)
    if link:
        heading = f'<a href="{_text(link)}" rel="noopener noreferrer">{heading}</a>'
    declared = reference.text("language")
    way = ' dir="rtl"' if is_right_to_left(plain(title)) else ""
    lines = [
        f"<h2{direction(title, declared)}>{heading}</h2>",
        *(
            f'<p class="quiet"{direction(value, variant.language, way)}>{rich_html(value)}</p>'
            for variant in reference.variants.get("title", ())
            if isinstance(value := variant.value, str)
        ),
        _people(reference),
        _where(reference),
        _numbers(reference, ' dir="ltr"' if way else ""),
        _abstract(reference, way),
    ]
    inner = "\n".join(line for line in lines if line)
    anchor = f' id="{_text(anchored)}"' if (anchored := re.sub(r"\s", "", UNSAFE.sub("", reference.key))) else ""
    return f"<li{anchor}{way}>\n{inner}\n</li>"


def address(reference: Reference) -> str:
    """Return the web address of the work: its DOI's, else its own; "" when that is none of the web."""
    if doi := reference.text("DOI"):
        return f"https://doi.org/{quote(doi, safe='/:;()._-')}"
    url = reference.text("URL")
    return url if WEB.fullmatch(url) else ""


def _people(reference: Reference) -> str:
    names = reference.creators
    if not names:
        return ""
    shown = [_text(_shown(name)) for name in names[:MOST_NAMES]]
    text = "; ".join(f"<bdi>{name}</bdi>" for name in shown) + (" et al." if len(names) > MOST_NAMES else "")
    role = next((role for role in ("author", "editor", "translator") if reference.names(role) == names), "")
    return f"<p>{text}{' (ed.)' if role == 'editor' else ''}</p>"


def _shown(name: Name) -> str:
    return "et al." if name.literal == "others" else str(name)


def _where(reference: Reference) -> str:
    """Return the line of what the work is in, when and where it came out."""
    volume, issue = reference.text("volume"), reference.text("issue")
    container = reference.text("container-title") if reference.text("title") else ""
    parts = [
        f"<cite{direction(container)}>{rich_html(container)}</cite>" if container else "",
        _text(volume + (f"({issue})" if issue else "")) if volume or issue else "",
        _text(re.sub(r"(?<=\d)-(?=\d)", "–", reference.text("page"))),
        _text(", ".join(one for one in (reference.text("publisher"), reference.text("publisher-place")) if one)),
        _text(str(reference.date("issued") or "")),
    ]
    line = ", ".join(part for part in parts if part)
    return f"<p>{line}</p>" if line else ""


def _numbers(reference: Reference, way: str) -> str:
    """Return the line of the key, the type and the identifiers."""
    parts = [f"<code>{_text(reference.key)}</code>"] if reference.key else []
    parts.append(_text(reference.type.replace("-", " ").replace("_", " ")))
    parts += [f"{name} {_text(value)}" for name in ("DOI", "ISBN", "ISSN", "PMID") if (value := reference.text(name))]
    parts += [f"{_text(scheme)} {_text(value)}" for scheme, value in reference.identifiers.items()]
    return f'<p class="quiet"{way}>{" · ".join(parts)}</p>'


def _abstract(reference: Reference, way: str) -> str:
    abstract = reference.text("abstract")
    if not abstract:
        return ""
    return f"<details><summary>Abstract</summary><p{direction(abstract, '', way)}>{rich_html(abstract)}</p></details>"


def direction(text: str, declared: str = "", around: str = "") -> str:
    """Return the attributes `lang`, where it is known, and `dir` where a text runs otherwise than what is around it."""
    words = plain(text)
    tag = language(words, declared) if declared or not words.isascii() else ""
    lang = f' lang="{tag}"' if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", tag) else ""
    if is_right_to_left(words):
        return f'{lang} dir="rtl"'
    return f'{lang} dir="ltr"' if around else lang


def is_right_to_left(text: str) -> bool:
    """Tell whether most of a text's letters, or the first of an even mixture, are written from right to left."""
    if script(text) in RIGHT_TO_LEFT:
        return True
    strong = next((kind for char in text[:500] if (kind := unicodedata.bidirectional(char)) in ("L", "R", "AL")), "L")
    return strong != "L"


def rich_html(rich: str) -> str:
    """Return rich text as HTML: its markup as elements, closed where they are open, everything else as text."""
    if "<" not in rich:
        return _text(rich)
    out: list[str] = []
    open_elements: list[str] = []
    for i, piece in enumerate(re.split(f"({CSL_TAG})", rich)):
        if i % 2 == 0:
            out.append(_text(piece))
        elif not piece.startswith("</"):
            open_elements.append("span" if piece.startswith("<span") else piece.strip("<>"))
            out.append(
                piece if not piece.startswith("<span") else "<span>" if piece == NOCASE else '<span class="caps">'
            )
        elif open_elements and open_elements[-1] == piece.strip("</>"):
            out.append(f"</{open_elements.pop()}>")
        else:
            out.append(_text(piece))
    return "".join(out) + _closed(open_elements)


def _closed(names: Sequence[str]) -> str:
    return "".join(f"</{name}>" for name in reversed(names))


def _text(text: str) -> str:
    return escape(UNSAFE.sub("", text), quote=True)

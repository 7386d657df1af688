"""What a web page says of itself: the bytes of HTML -> its meta tags, its canonical link, its JSON-LD.

Only the few elements that can say something are looked at; the rest is skipped by a search that takes linear time on
any input, so a page that is broken, endless or made to choke a parser costs no more than its length. The attributes of
each element are read by the standard library's parser. Nothing in a page is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

MOST_BYTES = 4 << 20  # the largest page seen with its metadata at the end has 2.5 MB
MOST_ELEMENTS = 5000  # a page of a review has a meta element for each of its 1,500 references
LONGEST_TAG = 20_000
MOST_BROKEN = 100  # elements without an end; each costs a search of LONGEST_TAG characters

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# The labels of https://encoding.spec.whatwg.org that pages use, and the codec that reads what bears them.
CODECS = {
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-16": "utf-16-le", "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be", "us-ascii": "cp1252", "ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "windows-1252": "cp1252", "cp1252": "cp1252", "iso-8859-2": "iso8859-2", "windows-1250": "cp1250",
    "windows-1251": "cp1251", "cp1251": "cp1251", "win-1251": "cp1251", "koi8-r": "koi8-r", "koi8-u": "koi8-u",
    "iso-8859-5": "iso8859-5", "ibm866": "cp866", "cp866": "cp866", "iso-8859-7": "iso8859-7",
    "windows-1253": "cp1253", "iso-8859-9": "cp1254", "windows-1254": "cp1254", "iso-8859-8": "iso8859-8",
    "windows-1255": "cp1255", "iso-8859-6": "iso8859-6", "windows-1256": "cp1256", "windows-1257": "cp1257",
    "iso-8859-15": "iso8859-15", "windows-1258": "cp1258", "tis-620": "cp874", "windows-874": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
}  # fmt: skip
# What a page that declares nothing is most likely written in, by its language.
UNDECLARED = {"ru": "cp1251", "uk": "cp1251", "bg": "cp1251", "zh": "gb18030", "ja": "cp932", "ko": "cp949"}

ELEMENT = r"(?i)<(?:!--|(html|meta|link|base|title|script|style|body)(?=[\s/>]))"
REST = r"(?:[^>\"']|\"[^\"]*+\"|'[^']*+')*+>"


@dataclass(frozen=True, slots=True)
class Meta:
    """A meta element: its name in lower case, its content, and the language that it declares or ""."""

    name: str
    content: str
    language: str = ""


@dataclass(slots=True)
class Tags:
    """What the elements of a page say, in its order."""

    metas: list[Meta] = field(default_factory=list)
    title: str = ""
    language: str = ""
    base: str = ""
    canonical: str = ""
    linked_data: list[Any] = field(default_factory=list)

    def all(self, name: str) -> list[Meta]:
        """Return the metas of a name."""
        return [meta for meta in self.metas if meta.name == name]


def read(body: bytes, content_type: str = "") -> Tags:
    """Return what a page says of itself; `content_type` is the header, which may name the character set."""
    body = body[:MOST_BYTES]
    tags = Tags()
    for count, (name, attributes, content) in enumerate(_elements(_decoded(body, content_type))):
        if count == MOST_ELEMENTS:
            break
        _take(tags, name, attributes, content)
    return tags


def is_html(body: bytes) -> bool:
    """Tell whether bytes are a page, whatever a header says: it begins with an element or has one early on."""
    start = body[:4096].replace(b"\0", b"")
    return bool(re.search(rb"(?i)<(?:!doctype html|html|head|meta|title|body)[\s/>]", start))


def _decoded(body: bytes, content_type: str) -> str:
    return body.decode(charset(body, content_type), "replace").replace("\0", "")


def charset(body: bytes, content_type: str = "") -> str:
    """Return the codec of a page.

    A byte order mark settles it. What is valid UTF-8 is UTF-8, since nothing else looks so; otherwise the header, the
    page's own declaration and its language are asked in turn.
    """
    for mark, codec in BOMS:
        if body.startswith(mark):
            return codec
    declared = (_label(content_type.encode("latin-1", "replace")), _label(body[:4096]))
    if declared[0].startswith("utf-16"):
        return declared[0]
    # A cut may fall into a character, so the last bytes do not count.
    if _is_utf8(body) or _is_utf8(body[:-1]) or _is_utf8(body[:-2]) or _is_utf8(body[:-3]):
        return "utf-8"
    language = re.search(rb"(?i)<html[^>]{0,300}?\blang\s*=\s*[\"']?([a-z]{2})", body[:4096])
    undeclared = UNDECLARED.get(language[1].decode().lower(), "cp1252") if language else "cp1252"
    return next((codec for codec in declared if codec and not codec.startswith("utf-16")), undeclared)


def _label(text: bytes) -> str:
    for match in re.finditer(rb"(?i)charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", text):
        if codec := CODECS.get(match[1].decode("latin-1").lower()):
            return codec
    return ""


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _elements(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield the name, attributes and content of the elements that may say something."""
    position = broken = 0
    pattern, rest = re.compile(ELEMENT), re.compile(REST)
    while match := pattern.search(text, position):
        name = (match[1] or "").lower()
        if not name:
            end = text.find("-->", match.end())
            if end < 0:
                return
            position = end + 3
            continue
        tag = rest.match(text, match.end(), match.end() + LONGEST_TAG)
        if not tag:
            position = match.end()
            broken += 1
            if broken == MOST_BROKEN:
                return
            continue
        position, content = tag.end(), ""
        if name in ("title", "script", "style"):
            closing = re.compile(rf"(?i)</{name}\s*>").search(text, position)
            content = text[position : closing.start() if closing else len(text)]
            position = closing.end() if closing else len(text)
        yield name, _attributes(text[match.start() : tag.end()]), content


class _Attributes(HTMLParser):
    """Reads the attributes of one start tag; the parser has resolved their entities."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.found.setdefault(name, value or "")


def _attributes(tag: str) -> dict[str, str]:
    parser = _Attributes()
    parser.feed(tag)
    return parser.found


def _take(tags: Tags, name: str, attributes: dict[str, str], content: str) -> None:
    if name == "html":
        tags.language = tags.language or attributes.get("lang") or attributes.get("xml:lang", "")
    elif name == "title":
        tags.title = tags.title or content
    elif name == "base":
        tags.base = tags.base or attributes.get("href", "")
    elif name == "link" and "canonical" in attributes.get("rel", "").lower().split():
        tags.canonical = tags.canonical or attributes.get("href", "")
    elif name == "script" and "ld+json" in attributes.get("type", "").lower():
        tags.linked_data += _json(content)
    elif name == "meta":
        language = attributes.get("xml:lang") or attributes.get("lang", "")
        labels = " ".join(attributes.get(key, "") for key in ("name", "property", "itemprop")).lower().split()
        tags.metas += [Meta(label, attributes.get("content", ""), language) for label in labels]


def _json(text: str) -> list[Any]:
    """Return a block of JSON-LD; one that cannot be read says nothing, as to a search engine."""
    from refs.errors import ParseError
    from refs.formats import csljson

    text = re.sub(r"^\s*(?://\s*)?<!(?:--|\[CDATA\[)|(?://\s*)?(?:-->|\]\]>)\s*$", "", text.strip())
    try:
        return [csljson.loads(text)]
    except ParseError:
        return []

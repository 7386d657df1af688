"""The page of references: well-formed, nothing of a record obeyed, right-to-left text marked."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from refs.formats import write
from refs.formats.htmlpage import address, rich_html
from refs.model import Date, Name, Reference, Variant
from tests.sample_references import references

VOID = frozenset({"meta"})
ALLOWED = frozenset(
    "html head meta title style body h1 h2 p ol li a i b sup sub span cite code bdi details summary".split()
)
ATTRIBUTES = frozenset({"lang", "dir", "id", "class", "href", "rel", "charset", "name", "content", "http-equiv"})
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title><svg onload=alert(1)>",
    "<i onclick=alert(1)>x</i>",
    "<a href='javascript:alert(1)'>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "</style><script>alert(1)</script>",
    "<!--",
    "' onmouseover='alert(1)",
    '<span class="nocase" onclick="x">y</span>',
    "\u202e\x00\x1b]0;x\x07",
)


class Checker(HTMLParser):
    """Collects the elements, attributes and text of a page, and whether each element is closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.comments = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments += 1


def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    assert checker.comments == 0
    assert {tag for tag, _ in checker.seen} <= ALLOWED
    assert {name for _, attributes in checker.seen for name in attributes} <= ATTRIBUTES
    for _, attributes in checker.seen:
        assert (attributes.get("href") or "https://").startswith(("https://", "http://"))
    return checker


def test_any_references_make_a_page_of_known_elements() -> None:
    page = write([one for seed in range(20) for one in references(seed, 5)], "html")
    assert "100 references" in checked(page).text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_record_is_obeyed(payload: str) -> None:
    reference = Reference(
        "article-journal",
        {
            **dict.fromkeys(("title", "container-title", "volume", "issue", "page", "abstract", "publisher"), payload),
            **dict.fromkeys(("DOI", "URL", "language", "ISBN"), payload),
            "author": (Name(payload, payload), Name(literal=payload)),
            "issued": Date(literal=payload),
        },
        payload,
        {"title": (Variant(payload, payload),)},
        {payload: payload},
    )
    page = write([reference], "html", title=payload)
    checker = checked(page)
    assert "<script" not in page
    assert not any(ord(char) < 32 and char != "\n" for char in page)
    if payload.isprintable():
        assert checker.text.count(payload) > 10


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = write([], "html")
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert not any(word in page for word in ("<script", "<link", "@import", "url(", "src="))
    assert "0 references" in checked(page).text


def test_what_is_written_from_right_to_left_is_marked() -> None:
    arabic = Reference(
        "book",
        {"title": "مقدمة ابن خلدون", "language": "ar", "author": (Name("ابن خلدون"),)},
        "khaldun",
        {"title": (Variant("The Muqaddimah", "en"),)},
    )
    page = write([arabic], "html")
    assert '<li id="khaldun" dir="rtl">' in page
    assert '<h2 lang="ar" dir="rtl">مقدمة ابن خلدون</h2>' in page
    assert '<p class="quiet" lang="en" dir="ltr">The Muqaddimah</p>' in page
    assert '<p class="quiet" dir="ltr"><code>khaldun</code>' in page
    english = Reference("book", {"title": "Plain"}, "plain")
    assert "dir=" not in write([english], "html")


def test_the_markup_of_titles_is_shown() -> None:
    assert rich_html("<i>E. coli</i> & CO<sub>2</sub> <5") == "<i>E. coli</i> &amp; CO<sub>2</sub> &lt;5"
    assert rich_html('<span style="font-variant:small-caps;">A</span>') == '<span class="caps">A</span>'
    assert rich_html("<i>open </b>") == "<i>open &lt;/b&gt;</i>"


@pytest.mark.parametrize(
    ("fields", "link"),
    [
        ({"DOI": "10.1002/(sici)<a>3.0.co;2-x"}, "https://doi.org/10.1002/(sici)%3Ca%3E3.0.co;2-x"),
        ({"URL": "https://example.org/?a=1&b=2"}, "https://example.org/?a=1&b=2"),
        ({"URL": "javascript:alert(1)"}, ""),
        ({"URL": 'https://example.org/" onclick="x'}, ""),
        ({"URL": "file:///etc/passwd"}, ""),
        ({}, ""),
    ],
)
def test_only_addresses_of_the_web_are_linked(fields: dict[str, str], link: str) -> None:
    assert address(Reference("book", fields)) == link

"""What Markdown documents and notebooks cite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.papers import Citations, markdown


def read(text: str, file: str = "paper.md", **files: str) -> Citations:
    """Read a document; `_part_md` is the file _part.md beside it."""
    named = {name.replace("_md", ".md"): content for name, content in files.items()}
    return markdown.read(text, file, named.get)


def cited(text: str, file: str = "paper.md") -> list[str]:
    return [citation.key for citation in read(text, file).citations]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("[@doe99], @smith2000 [p. 3], [-@lee; see also @kim, pp. 1-2]", ["doe99", "smith2000", "lee", "kim"]),
        (
            "@{https://x.org/bib?name=foo&date=2000}, [@{odd(key)}] @{no key}",
            ["https://x.org/bib?name=foo&date=2000", "odd(key)"],
        ),
        ("@Foo_bar.baz. @Foo:bar: @a--b @a..b", ["Foo_bar.baz", "Foo:bar", "a", "a"]),
        ("@a/b//c @a<b>c, @x+y-", ["a/b//c", "a<b>c", "x+y"]),
        ("@9a @_x @Müller2020 @王2020 @-no @.no @", ["9a", "_x", "Müller2020", "王2020"]),
        ("mail me@example.org or a.b+c@x.org; \\@no", []),
        ("@doi:10.1103/PhysRev.47.777. [@arxiv:1706.03762]", ["doi:10.1103/PhysRev.47.777", "arxiv:1706.03762"]),
        ("*@a* **@b** ^[@c] [text @d](x) > @e", ["a", "b", "c", "d", "e"]),
        ("[x](http://a.b/@no) <https://a.b/@no> [y](@no)", []),
        ("end.@no ,@yes (@b) -@c", ["yes", "b", "c"]),
        ("@a@b x@y", ["a", "b"]),
        ("``@no` @yes", ["yes"]),
        ("```\n@yes", ["yes"]),
        ("`@no` ``a ` @no`` `open @yes\n\nnext` @two", ["yes", "two"]),
        ("<!-- @no\n\n@no -->@yes <!-- @open", ["yes", "open"]),
        ("```r\n@no\n```\n@yes", ["yes"]),
        ("~~~~ {.r}\n@no\n~~~\n@no\n~~~~~\n@yes", ["yes"]),
        ("- ```\n  @no\n  ```\n- @yes", ["yes"]),
        ("> ```\n> @no\n> ```\n> @yes", ["yes"]),
        ("``` not a fence ``` @yes", ["yes"]),
        ("Text\n\n    @no\n\n    @no\n\nText\n    @yes", ["yes"]),
        ("1. item\n\n    @yes\n\nText\n\n    @no", ["yes"]),
        ("[^1]: note\n\n    @yes", ["yes"]),
        ("(@good) Example\n\nAs (@good) shows, @yes", ["yes"]),
        ("@good. Example\n\nAs @good shows, @yes", ["yes"]),
        ("[@fig:plot] @eq:one @tbl:x @figure @yes", ["figure", "yes"]),
        ("{cite:p}`a,b` {cite}`c` {cite:t}`{see}d{p. 1}` {ref}`no`", ["a", "b", "c", "d"]),
        ('<cite data-cite="a">x</cite>', ["a"]),
        ("---\n\n@a\n\n---\n\n@b", ["a", "b"]),
    ],
)
def test_citations(text: str, keys: list[str]) -> None:
    assert cited(text) == keys


def test_quarto_cross_references_are_no_citations() -> None:
    assert cited("@fig-plot @sec-intro @tbl-x @key @figure-1", "paper.qmd") == ["key", "figure-1"]
    assert cited("@sec-intro", "paper.md") == ["sec-intro"]


def test_bare_addresses_are_links_in_quarto_only() -> None:
    assert cited("https://medium.com/@name/x", "paper.qmd") == []
    assert cited("https://medium.com/@name/x", "paper.md") == ["name/x"]


def test_captions_in_the_code_of_figures_cite() -> None:
    assert cited('```{r}\n#| fig-cap: "After @yes"\nx@no\n```', "paper.qmd") == ["yes"]


METADATA = """---
title: "On @title"
author: someone@example.org
twitter: "@account"
# @comment
nocite: |
  @a, @b
abstract: |
  We extend [@abstract].
references:
- id: own
  title: "By @nobody"
- type: book
  id: "other"
---

@text and [@own]
"""


def test_metadata() -> None:
    found = read(METADATA)
    assert [(c.key, c.kind, c.line) for c in found.citations] == [
        ("title", "cite", 2),
        ("a", "nocite", 7),
        ("b", "nocite", 7),
        ("abstract", "cite", 9),
        ("text", "cite", 17),
        ("own", "cite", 17),
    ]
    assert found.defined == {"own", "other"}


@pytest.mark.parametrize("text", ["---\nnocite: '@*'\n---\n", "@a\n\n---\nnocite: |\n  @*\n...\n"])
def test_nocite_of_everything(text: str) -> None:
    assert read(text).cites_all


def test_a_star_in_the_text_is_not_everything() -> None:
    assert not read("*a@* @*").cites_all


def test_places_are_those_of_the_keys() -> None:
    found = read("Ça\n[see @a;\n @{b,c}]").citations
    assert [(c.key, c.line, c.column) for c in found] == [("a", 2, 7), ("b,c", 3, 4)]


def test_quarto_includes_are_followed() -> None:
    found = read("@a\n\n{{< include _part.md >}}\n\n@c {{< include missing.md >}}", _part_md="@b")
    assert found.keys == ["a", "b", "c"]
    assert found.files == ("paper.md", "_part.md")
    assert [str(problem) for problem in found.problems] == ["paper.md:5:4: cannot find the included file missing.md"]


def test_keys_come_once_in_the_order_of_citation() -> None:
    assert read("@b @a @b").keys == ["b", "a"]


@given(st.text(alphabet="@[]{}`~-#| \n\tab.:/<>!()*"))
def test_any_text_is_read(text: str) -> None:
    for citation in read(text).citations:
        line = text.split("\n")[citation.line - 1]
        assert line[citation.column - 1 :].startswith(citation.key)

"""The readers against the engines themselves: the same citations that pandoc and Typst find."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refs import papers
from refs.papers import markdown, typst
from tests import engines

DOCUMENTS = Path(__file__).parent / "data" / "papers"


@pytest.fixture(scope="module")
def pandoc() -> str:
    """Return pandoc's program, or skip."""
    return engines.pandoc()


def cited_by(pandoc: str, format: str, text: str) -> list[str]:
    return list(citations(json.loads(engines.run(pandoc, "-f", format, "-t", "json", stdin=text).stdout)))


def citations(node: Any) -> Iterator[str]:
    """Yield the keys of pandoc's Cite nodes in order, the metadata's first."""
    if isinstance(node, dict) and node.get("t") == "Cite":
        for citation in node["c"][0]:
            yield citation["citationId"]
            yield from citations([citation["citationPrefix"], citation["citationSuffix"]])
    elif isinstance(node, dict):
        for name in sorted(node, key=lambda name: name != "meta"):
            yield from citations(node[name])
    elif isinstance(node, list):
        for item in node:
            yield from citations(item)


@pytest.mark.parametrize("name", ["article.md", "notes.org"])
def test_documents_as_pandoc_reads_them(pandoc: str, name: str) -> None:
    path = DOCUMENTS / name
    text = path.read_text("utf-8")
    # What only org-ref understands, and the document's own records, are not for pandoc to cite.
    text = text.replace("hilbert1928,ackermann1928", "hilbert1928, cite:ackermann1928")
    text = text.replace("[[citep:see &godel1931 p. 2][Gödel]]", "cite:godel1931").replace('"@nobody"', "N")
    assert set(cited_by(pandoc, {".md": "markdown", ".org": "org"}[path.suffix], text)) == {
        citation.key for citation in papers.read(path).citations
    }


@pytest.mark.parametrize("char", [chr(code) for code in range(33, 127)] + list("«»–—“”「、²…é"))
def test_punctuation_around_keys_as_pandoc_reads_it(pandoc: str, char: str) -> None:
    for text in (f"x {char}@k y", f"x{char}@k y", f"x @k{char} y", f"x @k{char}z y", f"x @k{char}{char}z y"):
        found = [citation.key for citation in markdown.read(text, "a.md", lambda _: None).citations]
        assert found == cited_by(pandoc, "markdown", text), text


@pytest.mark.parametrize(
    "text",
    [
        "See @a. And @b:c[p. 3], \"@d-e\"; x@f_g.",
        "`@a` ``` @a ``` // @a\n/* @a /* @a */ @a */ @b:c",
        "= T <t>\n@t @a $x_(1) < y$ @b:c",
        '#let x = "@a"\n#link("mailto:x@a.b")[see @a] #text(size: 1em, ["@b:c"])@d-e',
        '#if true [@a @b:c] else [] "@d-e"\n#{ let y = "@a"; [@f_g] }',
        '#cite(<a>, form: "prose") #cite(label("b:c")) #cite(<d-e>, form: none)',
        "#emph[closed [0, 1] and #cite(<a>)] #context { [@d-e] }",
        "http://x.org/@a #figure([@b:c], caption: [x]) <f> @f",
    ],
)  # fmt: skip
def test_texts_as_typst_reads_them(text: str, tmp_path: Path) -> None:
    engine = engines.package("typst")
    keys = ["a", "b:c", "d-e", "f_g"]
    (tmp_path / "b.yml").write_text("".join(f'"{key}": {{type: article, title: T, date: 2000}}\n' for key in keys))
    path = tmp_path / "paper.typ"
    path.write_text(f'#set heading(numbering: "1.")\n{text}\n#bibliography("b.yml")\n')
    expected = [cite["key"].strip("<>") for cite in json.loads(engine.query(str(path), "cite"))]
    assert [c.key for c in typst.read(text, "paper.typ", lambda _: None).citations] == expected

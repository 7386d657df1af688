"""Documents rendered by refs and pandoc: the text that pandoc's own citation processor prints, and Word's footnotes."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from difflib import SequenceMatcher
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from refs.actions import pandoc as runner
from refs.csl.repository import find_style
from refs.papers import manuscript
from tests.running import Run

DATA = Path(__file__).parent / "data" / "render"
STYLES = {
    "english": ("apa", "chicago-notes-bibliography", "ieee", "chicago-author-date", "nature", "mhra-notes"),
    "german": ("apa", "chicago-notes-bibliography", "din-1505-2"),
    "chinese": ("apa", "china-national-standard-gb-t-7714-2015-numeric"),
    "arabic": ("apa", "chicago-notes-bibliography"),
}
CASES = [(document, style) for document, styles in STYLES.items() for style in styles]
Differences = list[dict[str, Any]]


@pytest.fixture(scope="module")
def program() -> str:
    """Return the pandoc that is compared with: that of pypandoc-binary, which is current."""
    try:
        return str(import_module("pypandoc").get_pandoc_path())
    except (ImportError, OSError):
        pytest.skip("pypandoc-binary is not installed")


@pytest.fixture(autouse=True)
def used(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let refs use the same pandoc."""
    monkeypatch.setattr(runner, "find", lambda: program)


def lines_of(page: str) -> list[str]:
    """Return the text of a page, a line a block."""
    text = page[page.index("<body") :].replace("\n", " ")
    text = re.sub(r"<(p|li|h1|div|section|blockquote)\b", r"\n<\1", text)
    text = html.unescape(re.sub(r"<[^>]*>", "", text))
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def differences(theirs: list[str], ours: list[str]) -> Differences:
    """Return the runs of lines that differ."""
    codes = SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes()
    return [{"pandoc": theirs[a:b], "refs": ours[c:d]} for tag, a, b, c, d in codes if tag != "equal"]


@pytest.mark.parametrize(("document", "style"), CASES, ids=["-".join(case) for case in CASES])
def test_the_text_is_that_of_pandocs_own_processor(
    refs: Run, program: str, tmp_path: Path, document: str, style: str
) -> None:
    path = DATA / f"{document}.md"
    csl = tmp_path / "style.csl"
    csl.write_bytes(find_style(style).data)
    command = [program, "--citeproc", f"--csl={csl}", "-s", "-t", "html", "-M", "pagetitle=x", str(path)]
    theirs = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    result = refs("render", str(path), "--style", style, "--to", "html")
    assert result.code == 0
    recorded = json.loads((DATA / "differences.json").read_text("utf-8")).get(f"{document}-{style}", [])
    assert all(one["reason"] for one in recorded)
    found = differences(lines_of(theirs), lines_of(result.out))
    assert found == [{"pandoc": one["pandoc"], "refs": one["refs"]} for one in recorded]


SYNTAX = """\
[@a] [see @a] [see @a, p. 3] [-@a] [*see* @a, pp. 3-4; also @b, chap. 2 and passim] @a @a [p. 3] @a [p. 3; @b] @a [@b]
-@a [p. 3] [@a; nothing] [@a](x.html) [@a]{.x} [@a] (x) [@a [b], p. 3] `[@a]` \\[@a] [@a\\] x; @b] @{a b} [@{a}, x]
a@b.org x@a [@a;@b] [ @a ; @b ] @a [text](x.html) @a [^1] [@a, {p. iv} x] [see [nested @b] @a]

[@a,
p. 3] @a
[p. 3]

[^1]: A note [@b, `;`].
"""


def clusters_of(node: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the keys and modes of pandoc's Cite nodes, a tuple a node."""
    if isinstance(node, dict) and node.get("t") == "Cite":
        yield tuple((one["citationId"], one["citationMode"]["t"]) for one in node["c"][0])
        return
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from clusters_of(child)


def test_clusters_are_read_as_pandoc_reads_them(program: str) -> None:
    run = subprocess.run([program, "-t", "json"], input=SYNTAX.encode(), capture_output=True, check=True)
    theirs = list(clusters_of(json.loads(run.stdout)["blocks"]))
    paper = manuscript.read(SYNTAX, "", lambda _: None)
    ours = []
    for place in manuscript.places(paper.text):
        if place.number:
            citation = paper.citations[place.number - 1]
            modes = ["SuppressAuthor" if one.suppress_author else "NormalCitation" for one in citation.cites]
            modes[0] = "AuthorInText" if citation.in_text else modes[0]
            ours.append(tuple(zip([one.key for one in citation.cites], modes, strict=True)))
    assert ours == theirs


def test_what_markdown_prints_is_what_pandoc_reads_of_it(refs: Run, program: str, tmp_path: Path) -> None:
    printed = tmp_path / "printed.md"
    for style in ("apa", "chicago-notes-bibliography", "nature"):
        assert refs("render", str(DATA / "english.md"), "-s", style, "-o", str(printed)).code == 0
        again = subprocess.run(
            [program, "-s", "-t", "html", str(printed)], capture_output=True, check=True
        ).stdout.decode()
        direct = refs("render", str(DATA / "english.md"), "-s", style, "-t", "html").out
        assert " ".join(lines_of(again)) == " ".join(lines_of(direct))


def word(path: Path) -> tuple[str, list[str]]:
    """Return the text of a Word document, and that of each footnote."""
    with zipfile.ZipFile(path) as archive:
        document = archive.read("word/document.xml").decode()
        notes = archive.read("word/footnotes.xml").decode()

    def text(xml: str) -> str:
        return html.unescape("".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", xml)))

    found = re.findall(r'<w:footnote w:id="(\d+)">(.*?)</w:footnote>', notes, re.DOTALL)
    return " ".join(text(document).split()), [text(xml).strip() for _, xml in found]


def test_word_has_the_citations_as_footnotes(refs: Run, tmp_path: Path) -> None:
    output = tmp_path / "paper.docx"
    result = refs("render", str(DATA / "english.md"), "-s", "chicago-notes-bibliography", "-o", str(output))
    assert (result.code, result.err) == (0, f"wrote {output}, 21 citations\n")
    text, notes = word(output)
    assert "With a page, and “quoted words.” Doe says so." in text
    assert "Doe, John. First Book. CUP, 2005." in text
    assert len(notes) == 19
    assert notes[:3] == [
        "John Doe, First Book (CUP, 2005).",
        "Doe, First Book, 3.",
        "Ann Roe and Edgar Poe, “An Article on Things,” Journal of Things 3, no. 2 (2006): 33–34, "
        "https://doi.org/10.1234/abc.",
    ]
    with zipfile.ZipFile(output) as archive:
        assert archive.read("word/document.xml").count(b'w:val="Bibliography"') == 4


def test_hostile_records_are_printed_as_they_are(refs: Run, tmp_path: Path) -> None:
    title = 'T [^1] <script>alert(1)</script> $x$ @key ::: `code` & \\alpha {#id} | ] " onload=x'
    output = tmp_path / "paper.docx"
    assert refs("render", str(DATA / "hostile.md"), "-s", "apa", "-o", str(output)).code == 0
    assert f'O"Neil<b onload=x>, A. (2001). {title}.' in word(output)[0]
    page = refs("render", str(DATA / "hostile.md"), "-s", "apa", "-t", "html").out
    assert f'O"Neil<b onload=x>, A. (2001). {title}.' in lines_of(page)
    assert "<script>alert" not in page
    assert "<b onload" not in page


def test_options_of_pandoc_and_its_complaints(refs: Run, tmp_path: Path) -> None:
    output = tmp_path / "paper.html"
    paper = str(DATA / "german.md")
    assert refs("render", paper, "-o", str(output), "--", "--toc").code == 0
    assert '<nav id="TOC"' in output.read_text("utf-8")
    result = refs("render", paper, "-o", str(tmp_path / "x.html"), "--", "--no-such-option")
    assert result.code == 1
    assert result.err.startswith("refs: pandoc: Unknown option --no-such-option.")
    assert refs("render", paper, "-t", "nonsense").code == 1
    assert not (tmp_path / "x.html").exists()


def test_columns_of_tables_stay(refs: Run, tmp_path: Path) -> None:
    table = (
        "| a               | b                      |\n",
        "+-----------------+------------------------+\n",
        "| x [@doe, p. 3]  | y [@roe] and [@doe] z  |\n",
    )
    grid = f"{table[1]}{table[0]}{table[1].replace('-', '=')}{table[2]}{table[1]}"
    references = (DATA / "english.md").read_text("utf-8").split("---\n")[1]
    path = tmp_path / "paper.md"
    path.write_text(f"---\n{references}---\n\n{grid}\n", encoding="utf-8")
    for style in ("apa", "chicago-notes-bibliography"):
        page = refs("render", str(path), "-s", style, "-t", "html").out
        assert page.count("<td") == 2
        assert len(re.findall("<th[ >]", page)) == 2


def test_libreoffice_opens_the_word_document(refs: Run, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    output = tmp_path / "paper.docx"
    assert refs("render", str(DATA / "english.md"), "-s", "chicago-notes-bibliography", "-o", str(output)).code == 0
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "odt", "--outdir", str(tmp_path), str(output)]
    subprocess.run(command, capture_output=True, check=True, timeout=300)
    with zipfile.ZipFile(tmp_path / "paper.odt") as archive:
        content = archive.read("content.xml").decode()
    assert content.count("<text:note ") == 19
    assert "Roe, Ann, and Edgar Poe. “An Article on Things.”" in re.sub(r"<[^>]*>", "", content)


@pytest.mark.parametrize("ending", ["txt", "odt", "html"])
def test_a_number_in_the_margin_stands_apart_from_its_entry(
    refs: Run, program: str, tmp_path: Path, ending: str
) -> None:
    output = tmp_path / f"out.{ending}"
    assert refs("render", str(DATA / "english.md"), "-s", "ieee", "-o", str(output)).code == 0
    run = subprocess.run(
        [program, "-t", "plain", "-f", "markdown" if ending == "txt" else ending, str(output)],
        capture_output=True,
        check=True,
    )
    assert re.search(r"^\[1\]\s+\w", run.stdout.decode(), re.MULTILINE)

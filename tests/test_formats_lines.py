"""Line ends and paragraphs in long text: kept by every format that can hold them, told of by those that cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from refs.formats import FORMATS, read, write
from refs.formats.csljson import clean_lines
from refs.formats.losses import find
from refs.formats.programs import PROGRAMS
from refs.model import MULTILINE_VARIABLES, Name, Reference, Value, Variant
from refs.text import rich
from tests.running import Run

TEXTS = (
    "One paragraph.\n\nAnother one,\nof two lines.",
    "<i>Emphasis\nover two</i>\n\nlines & 50% of {braces} and $5\n# one",
    "* a list\n* [2pt] of items\n- x: y\n---\n@article{x,",
    "Said: \"quoted\"\n\n'again'",
)
ONE_LINE = {"nbib"}  # a line that goes on is a wrapped one in PubMed's format
WRITTEN = sorted(f.name for f in FORMATS.values() if f.reads and f.writes)


def works() -> list[Reference]:
    """Return a reference for each text, which stands in every field that holds lines, and as a translation."""
    found = []
    for number, text in enumerate(TEXTS):
        fields: dict[str, Value] = {"title": "A title", "author": (Name("Doe", "Jane"),)}
        fields |= dict.fromkeys(sorted(MULTILINE_VARIABLES), text)
        found.append(Reference("book", fields, f"k{number}", {"abstract": (Variant(text, "de"),)}))
    return found


def again(format: str, references: list[Reference], **options: object) -> tuple[list[Reference], str]:
    text = write(references, format, **options)
    return [replace(one, sources={}) for one in read(text.encode(), "x", format).references], text


@pytest.mark.parametrize("format", [name for name in WRITTEN if name not in ("cff", *ONE_LINE)])
def test_lines_come_back_as_they_were(format: str) -> None:
    plain = format in ("ris", "enw", "nbib")
    references = [one for one in works() if not (plain and "<" in one.text("abstract"))]
    found, _ = again(format, references)
    for one, before in zip(found, references, strict=True):
        assert {name: one.fields.get(name) for name in before.fields} == before.fields
        assert one.variants == before.variants
    assert again(format, found)[0] == found


def test_a_citation_file_keeps_the_lines_of_what_it_has_a_field_for() -> None:
    found, _ = again("cff", works()[:1])
    assert [(one.text("abstract"), one.text("note")) for one in found][-1] == (TEXTS[0], TEXTS[0])


def test_pubmeds_format_says_what_it_loses() -> None:
    references = works()[:1]
    found, text = again("nbib", references)
    assert found[0].text("abstract") == " ".join(TEXTS[0].split())
    assert text.count("of two lines") == 4  # the abstract once, the note, the annotation and the translation in GN
    assert find(references, text, "nbib") == {("change", "abstract"): 1}


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name != "typst"])
def test_every_program_gets_lines_that_are_read_again(program: str) -> None:
    chosen = PROGRAMS[program]
    format = "biblatex" if chosen.dialect.biblatex else "bibtex"
    found, _ = again(format, works(), dialect=chosen.dialect)
    assert [one.text("note") for one in found] == [*TEXTS]


def test_typst_gets_paragraphs_and_no_command() -> None:
    found, text = again("biblatex", works()[:1], dialect=PROGRAMS["typst"].dialect)
    assert found[0].text("note") == "One paragraph.\n\nAnother one, of two lines."
    assert "\\newline" not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("wrapped\n  here", "wrapped here"),
        ("one\n  \n  two\r\n\r\n\r\nthree", "one\n\ntwo\n\nthree"),
        (r"one\par two\\three\newline four", "one\n\ntwo\nthree\nfour"),
        ("one\\\\[2pt]\n\n\\emph{two}", "one\n\n<i>two</i>"),
    ],
)
def test_bibtex_has_paragraphs_where_lines_are_empty_and_latex_ends_one(value: str, text: str) -> None:
    entry = read(f"@book{{k, title = {{{value}}}, note = {{{value}}}}}".encode(), "x.bib").references[0]
    assert entry.text("note") == text
    assert "\n" not in entry.text("title")
    written = write([entry], "biblatex")
    assert read(written.encode(), "x.bib").references[0].text("note") == text


@pytest.mark.parametrize(
    ("format", "text", "expected"),
    [
        ("ris", "TY  - BOOK\nTI  - A\n  title\nAB  - One\nline.\n\nTwo\nER  - \n", "One\nline.\n\nTwo"),
        ("enw", "%0 Book\n%T A\ntitle\n%X One\nline.\n\nTwo\n%D 2001\n", "One\nline.\n\nTwo"),
        ("nbib", "PMID- 1\nTI  - A\n      title\nAB  - One\n      line.\n", "One line."),
        ("cslyaml", "- id: k\n  title: A title\n  abstract: |\n    One\n    line.\n\n    Two\n", "One\nline.\n\nTwo"),
        ("papis", "ref: k\ntitle: A title\nabstract: |\n    One\n    line.\n\n    Two\n", "One\nline.\n\nTwo"),
        ("csv", 'title,abstract\n"A\ntitle","One\r\nline.\n\n\nTwo"\n', "One\nline.\n\nTwo"),
        (
            "endnotexml",
            "<xml><records><record><titles><title>A\ntitle</title></titles><abstract>One&#xD;line.&#xD;&#xD;Two"
            "</abstract></record></records></xml>",
            "One\nline.\n\nTwo",
        ),
        (
            "mods",
            "<mods><titleInfo><title>A\ntitle</title></titleInfo><abstract>One\n line.\n \n Two</abstract></mods>",
            "One line.\n\nTwo",
        ),
    ],
)
def test_each_format_has_its_own_rule(format: str, text: str, expected: str) -> None:
    found = read(text.encode(), "x", format).references[0]
    assert (found.text("title"), found.text("abstract")) == ("A title", expected)


def test_a_line_that_would_be_taken_for_a_tag_goes_on_in_the_line_before() -> None:
    for format, line in (("ris", "ER - x"), ("enw", "%0 Book")):
        one = Reference("book", {"title": "T", "abstract": f"One\n\n{line}\nTwo"}, "k")
        (found,), text = again(format, [one])
        assert found.text("abstract") == f"One {line}\nTwo"
        assert again(format, [found])[1] == text


def test_lines_are_cleaned() -> None:
    assert clean_lines(" a\t b \r\n\x1b c\u2028d\n\n\n\n e\n") == "a b\nc\nd\n\ne"


def test_html_has_lines_where_its_elements_end() -> None:
    html = "<h1>Head</h1><p>One\nline<br/>two</p><ul><li>x</li><li><b>y</b></li></ul>after"
    assert rich(html, lines=True) == "Head\n\nOne line\ntwo\n\nx\n<b>y</b>\nafter"
    assert rich(html) == "Head One line two x <b>y</b> after"


@pytest.mark.parametrize(
    ("format", "text", "line"),
    [
        ("nbib", "PMID- 1\nTI  - One\n\nstray words\nAB  - of it\n\nPMID- 2\nTI  - Two\n", 4),
        ("enw", "%A Roe, R.\n%T One\n\nstray words\nmore of them\n\n%A Poe, E.\n%T Two\n", 4),
    ],
)
def test_what_goes_on_without_a_tag_after_the_end_of_a_record_is_set_aside(format: str, text: str, line: int) -> None:
    document = read(text.encode(), "x", format)
    assert [one.text("title") for one in document.references] == ["One", "Two"]
    (stray,) = document.quarantined
    assert (stray.line, stray.reason) == (line, "a line without a tag after an empty line")
    assert "".join(block.raw for block in document.blocks) == text


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("ris", "TY  - BOOK\nTI  - One\n\nand more\nAB  - P\n\nQ\nER  - \n"),
        ("enw", "%0 Book\n%T One\n\nand more\n%X P\n\nQ\n"),
    ],
)
def test_a_value_of_one_line_that_goes_on_after_an_empty_one_is_told_of(format: str, text: str) -> None:
    (block,) = read(text.encode(), "x", format).blocks
    assert block.reference
    assert block.reference.text("title") == "One and more"
    assert block.warnings == (f"what follows an empty line was read as more of {'TI' if format == 'ris' else 'T'}",)


def test_what_is_printed_on_one_line_has_a_blank_for_each_line_end(refs: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.bib"
    source.write_text("@book{k, title={T}, abstract={One\n\ntwo\\newline three}, note={A\n\nB}}", encoding="utf-8")
    refs("import", str(source))
    assert refs("list", "--format", "{abstract}").out == "One two three\n"
    assert "abstract: One\n\n  two\n  three\n" in refs("show", "k").out
    assert refs("list", '"one two"').out.startswith("k\t")
    assert "\n\n" not in refs("history").out

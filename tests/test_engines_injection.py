"""What a registry sends is text to every engine that typesets it: nothing is read, written or run.

`data/injection/payloads.json` holds what a hostile record could say, for TeX, BibTeX, biber, hyperref, Typst, pandoc
and Quarto. Each comes through Crossref's parser into the title of a work, or into its other fields, and is exported and
typeset where commands may be run. Every folder holds a file that no document should show, and `made` is what a
command would make.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refs.csl import Processor, Style
from refs.formats import csljson, write
from refs.formats.programs import PROGRAMS, Dialect
from refs.model import Reference
from refs.text import plain
from resolver.fields import clean
from resolver.sources import crossref
from tests import engines

PAYLOADS: list[str] = json.loads((Path(__file__).parent / "data" / "injection" / "payloads.json").read_text("utf-8"))
HIDDEN = "HIDDENCONTENTS"


def label(index: int) -> str:
    """Return three letters for a number, which no program takes for anything."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{index:03}")


def in_title(index: int, payload: str) -> dict[str, Any]:
    """Return a record of Crossref with a payload for its title, between names that mark where it is printed."""
    name = label(index)
    return {
        "DOI": f"10.5555/{name}",
        "type": "journal-article",
        "title": [payload],
        "author": [{"given": "A", "family": f"Fam{name}"}],
        "container-title": [f"Jour{name}"],
        "issued": {"date-parts": [[2000]]},
    }


def elsewhere(index: int, payload: str) -> dict[str, Any]:
    """Return a record with the payload everywhere else; its title marks that it was printed."""
    kinds = ("journal-article", "book-chapter", "dissertation", "posted-content", "report", "proceedings-article")
    people = [
        {"given": payload, "family": f"Fam{label(index)}"},
        {"given": "G", "family": payload},
        {"family": payload, "suffix": payload},
        {"name": payload},
    ]
    whole = ("publisher", "publisher-location", "volume", "issue", "page", "article-number", "language", "abstract")
    lists = ("container-title", "short-container-title", "original-title", "degree", "subject")
    return {
        "DOI": f"10.5555/{payload}",
        "type": kinds[index % len(kinds)],
        "title": [f"Titled{label(index)}"],
        "author": people,
        "translator": people,
        "issued": {"date-parts": [[2000]]},
        "resource": {"primary": {"URL": f"https://example.org/{payload}"}},
        "URL": f"https://example.org/?{payload}",
        "event": {"name": payload, "location": payload},
        "institution": [{"name": payload}],
        "update-to": [{"DOI": payload, "type": payload, "label": payload}],
        **dict.fromkeys(whole, payload),
        **{name: [payload] for name in lists},
    }


def references(record: Callable[[int, str], dict[str, Any]]) -> list[Reference]:
    """Return what the resolver makes of the records, with an address and a note where the payload is elsewhere."""
    made = []
    for index, payload in enumerate(PAYLOADS):
        reference = replace(crossref.parse(record(index, payload), abstracts=True), key=f"k{label(index)}")
        if record is elsewhere:
            more = {"URL": f"https://example.org/{clean(payload)}", "note": clean(payload)}
            reference = replace(reference, fields={**reference.fields, **more})
        made.append(reference)
    return made


def seen(text: str) -> str:
    """Return what can be compared of a printed text: ASCII without blanks, quotation marks and dashes of one shape."""
    text = re.sub("[-‐–—]+", "-", re.sub("['`‘’\"“”]+", "'", text))
    text = unicodedata.normalize("NFD", text.translate(SHAPES))
    return "".join(char for char in text if char.isascii() and char.isprintable() and char != " ").casefold()


# Fonts of TeX join letters, and print "?`" as one sign where their font mapping is on.
SHAPES = str.maketrans({"¿": "?'", "¡": "!'", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi"})
# What no font of these documents has; hyperref asks for one under XeTeX that it does without.
GLYPHS = re.compile(r"! (?:LaTeX Error: Unicode character|LaTeX Error: Invalid UTF-8 byte|Font \\XeTeXLink@font)")
REORDERED = "\u202e"  # pdftotext prints what follows in the other direction


def test_every_payload_is_a_title_of_its_own() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) > 80
    for payload, reference in zip(PAYLOADS, references(in_title), strict=True):
        title = reference.text("title")
        assert title
        assert title.isprintable() or not title.isascii()
        if not re.search("[<&]", payload):  # HTML and entities are read as such
            assert seen(title) == seen(payload)


def assert_printed(printed: str, made: Sequence[Reference]) -> None:
    """Assert that each title stands literally, and next to alone, between the author and the journal.

    Of works whose payload is elsewhere only the title must be there.
    """
    text = seen(printed)
    for reference in made:
        name = reference.key[1:]
        if f"titled{name}" in text:
            continue
        found = re.search(f"fam{name}(.*?)jour{name}", text)
        assert found, reference
        title = seen(plain(reference.text("title")))
        if REORDERED in reference.text("title"):
            assert Counter(title) <= Counter(found[1])
        else:
            assert title in found[1], (title, found[1])
            assert len(found[1]) <= len(title) + 24, (title, found[1])


def assert_untouched(folder: Path, *names: str) -> None:
    """Assert that the folder holds nothing but these files, none with the secret in it except its own."""
    assert {path.name for path in folder.iterdir()} - {"missfont.log"} <= {"canary.tex", "canary.typ", *names}
    for path in folder.iterdir():
        assert path.stem == "canary" or HIDDEN.encode() not in path.read_bytes(), path.name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files that nothing should read."""
    for name in ("canary.tex", "canary.typ"):
        (tmp_path / name).write_text(HIDDEN)
    return tmp_path


# TeX

DOCUMENT = r"""\documentclass{article}
\usepackage[paperwidth=400cm,paperheight=500cm,textwidth=390cm,textheight=490cm]{geometry}
\usepackage{iftex}\ifpdftex\usepackage[T1]{fontenc}\usepackage{lmodern}\fi
%s
\begin{document}
%s
\end{document}
"""
PARTS = tuple(f"paper.{ending}" for ending in "tex bib aux bbl bcf blg log out pdf run.xml".split())


def typeset(folder: Path, engine: str, bibliography: str, head: str, body: str) -> str:
    """Typeset with commands allowed; assert that no error but that of a missing glyph came, and return the text."""
    (folder / "paper.tex").write_text(DOCUMENT % (head, body), encoding="utf-8")
    log = engines.latex(engine, bibliography, folder, "-shell-escape")
    assert [line for line in log.splitlines() if line.startswith("!") and not GLYPHS.match(line)] == []
    assert "undefined citations" not in log
    assert_untouched(folder, *PARTS)
    return engines.pdf_text(folder / "paper.pdf")


SEVEN_BITS = PROGRAMS["pdflatex-bibtex"].dialect
BIBER = r"\usepackage{biblatex}\addbibresource{paper.bib}", r"\nocite{*}\printbibliography"


def bibtex(style: str, *packages: str) -> tuple[str, str]:
    return (
        f"\\usepackage{{{','.join(packages)}}}",
        f"\\nocite{{*}}\\bibliographystyle{{{style}}}\\bibliography{{paper}}",
    )


@pytest.mark.parametrize("record", [in_title, elsewhere])
@pytest.mark.parametrize(
    ("engine", "program", "dialect", "text"),
    [
        ("pdflatex", "bibtex", SEVEN_BITS, bibtex("plain", "url")),
        ("pdflatex", "bibtex", SEVEN_BITS, bibtex("plainnat", "natbib", "hyperref")),
        ("pdflatex", "bibtex", Dialect(), bibtex("plainnat", "natbib", "hyperref")),
        ("xelatex", "bibtex", Dialect(), bibtex("plainnat", "natbib", "url")),
        ("pdflatex", "biber", PROGRAMS["biber"].dialect, BIBER),
        ("xelatex", "biber", PROGRAMS["biber"].dialect, BIBER),
    ],
)
def test_bibliographies_print_what_registries_send(
    folder: Path,
    engine: str,
    program: str,
    dialect: Dialect,
    text: tuple[str, str],
    record: Callable[[int, str], dict[str, Any]],
) -> None:
    engines.styles("lmodern.sty", "natbib.sty", "biblatex.sty")
    made = references(record)
    format = "biblatex" if dialect.biblatex else "bibtex"
    (folder / "paper.bib").write_text(write(made, format, dialect=dialect), encoding="utf-8")
    assert_printed(typeset(folder, engine, program, *text), made)


def styled(made: Sequence[Reference], target: str) -> str:
    """Return the bibliography as `refs cite --links` prints it; British English leaves the end of a title alone."""
    items = [csljson.to_json(reference) for reference in made]
    return Processor(Style.load("apa"), items, locale="en-GB", links=True).write_bibliography(target)


@pytest.mark.parametrize("record", [in_title, elsewhere])
@pytest.mark.parametrize("engine", ["pdflatex", "xelatex"])
def test_formatted_references_print_what_registries_send(
    folder: Path, engine: str, record: Callable[[int, str], dict[str, Any]]
) -> None:
    engines.styles("lmodern.sty")
    made = references(record)
    assert_printed(typeset(folder, engine, "", r"\usepackage{hyperref}", styled(made, "latex")), made)


@pytest.mark.parametrize("engine", ["pdflatex", "xelatex"])
def test_the_folder_would_tell_if_anything_got_through(folder: Path, engine: str) -> None:
    (folder / "paper.tex").write_text(DOCUMENT % ("", r"\input{canary}\immediate\write18{touch made}"))
    engines.latex(engine, "", folder, "-shell-escape")
    assert (folder / "made").exists()
    assert HIDDEN in engines.pdf_text(folder / "paper.pdf")


# Typst


@pytest.mark.parametrize("record", [in_title, elsewhere])
@pytest.mark.parametrize("source", ["biblatex", "hayagriva", "markup"])
def test_typst_prints_what_registries_send(
    folder: Path, source: str, record: Callable[[int, str], dict[str, Any]]
) -> None:
    typst = engines.package("typst")
    made = references(record)
    file = {"biblatex": "paper.bib", "hayagriva": "paper.yml"}.get(source, "")
    if file:
        (folder / file).write_text(write(made, source, dialect=TYPST) if source == "biblatex" else write(made, source))
    body = f'#bibliography("{file}", full: true, style: "apa")' if file else styled(made, "typst")
    (folder / "paper.typ").write_text(f"#set page(width: 400cm, height: auto)\n{body}\n", encoding="utf-8")
    typst.compile(str(folder / "paper.typ"), output=str(folder / "paper.pdf"), root=str(folder))
    assert_untouched(folder, "paper.typ", "paper.pdf", file)
    assert_printed(engines.pdf_text(folder / "paper.pdf"), made)


TYPST = PROGRAMS["typst"].dialect


# pandoc


@pytest.mark.parametrize("record", [in_title, elsewhere])
@pytest.mark.parametrize("format", ["csljson", "cslyaml"])
def test_pandoc_prints_what_registries_send(
    folder: Path, format: str, record: Callable[[int, str], dict[str, Any]]
) -> None:
    pandoc = engines.pandoc()
    # Of what no style prints pandoc reads macros, and stops at one that calls itself.
    made = [replace(reference, extra={}) for reference in references(record)]
    file = {"csljson": "paper.json", "cslyaml": "paper.yaml"}[format]
    (folder / file).write_text(write(made, format), encoding="utf-8")
    (folder / "paper.md").write_text("---\nnocite: '@*'\nlang: en-GB\n---\n")
    words = (pandoc, "--citeproc", "--bibliography", file, "-t", "plain", "--wrap=none", "paper.md")
    done = engines.run(*words, folder=folder)
    assert done.returncode == 0, done.stderr
    assert_untouched(folder, "paper.md", file)
    assert_printed(done.stdout, made)


@pytest.mark.parametrize("record", [in_title, elsewhere])
def test_markdown_holds_no_code_for_any_reader(folder: Path, record: Callable[[int, str], dict[str, Any]]) -> None:
    made = references(record)
    text = styled(made, "markdown")
    assert not re.search(r"(?s)`r[ #][^`]+`|`\{|\{\{<", text)  # what knitr and Quarto would run wherever it stands
    words = (engines.pandoc(), "-f", "markdown", "--wrap=none")
    tree = engines.run(*words, "-t", "json", folder=folder, stdin=text).stdout
    assert not re.search(r'"t":"(?:RawBlock|Image|Code|CodeBlock|Cite|Math|Note|Header|Table)"', tree)
    assert_untouched(folder)
    assert_printed(engines.run(*words, "-t", "plain", folder=folder, stdin=text).stdout, made)

"""Real documents, typeset by the programs that people use: every citation is resolved by what refs exports for it."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from refs import papers
from tests import engines
from tests.office import ENDNOTE, WALDEN, citation, docx, field, mark, odt, zotero_item
from tests.running import Run

LIBRARY = """
@book{walden, author = {Thoreau, Henry David}, title = {Walden; or, Life in the Woods},
  publisher = {Ticknor \\& Fields}, year = 1854, url = {https://example.org/a_b?c=1&d=50%25#e~f}}
@article{godel1931, author = {Gödel, Kurt}, title = {{\\"U}ber formal unentscheidbare S{\\"a}tze},
  journal = {Monatshefte f{\\"u}r Mathematik}, volume = 38, pages = {173--198}, year = 1931, doi = {10.1007/BF01700692}}
@incollection{essay:1910, author = {de la Cruz, Ana and {Comité d'Études}}, title = {On $x^2$ \\& 100\\% of {NASA}},
  pages = {1--9}, crossref = {volume-1910}}
@collection{volume-1910, editor = {Łoś, Jan}, title = {Collected Essays}, booktitle = {Collected Essays},
  publisher = {Høst}, year = 1910}
@book{tolstoy1869, author = {Толстой, Лев}, title = {Война и мир}, publisher = {Русский вестник}, year = 1869}
@book{plato, author = {Πλάτων}, title = {Πολιτεία}, publisher = {Ἑρμῆς}, year = 1903}
"""
LATIN = ["walden", "godel1931", "essay:1910"]
ALL = [*LATIN, "tolstoy1869", "plato"]


@pytest.fixture
def folder(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to an empty folder, with a library of five works and a volume."""
    (tmp_path / "library.bib").write_text(LIBRARY, encoding="utf-8")
    assert refs("import", str(tmp_path / "library.bib")).code == 0
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def export(refs: Run, document: str, output: str = "refs.bib", *options: str) -> None:
    """Export what a document cites; nothing is missing."""
    made = refs("export", "--cited-in", document, "-o", output, *options)
    assert made.code == 0, made.err


# LaTeX

ARTICLE = r"""\documentclass{article}
%s
\begin{document}
%s
\end{document}
"""
ONE_EACH = r"\cite{walden}, \cite[p.~3]{godel1931}; \cite{essay:1910}."
NATBIB = r"\citep[see][p.~3]{walden}, \citet{godel1931}, \citeauthor{essay:1910} \citeyearpar{essay:1910}."
APACITE = r"\cite<see>[p.~3]{walden}, \citeA{godel1931}, \citeNP{essay:1910}."
BIBLATEX = r"\parencite[see][3]{walden}, \textcite{godel1931} \autocites{essay:1910}[9]{walden}\footcite{godel1931}."
SCRIPTS = r"\parencite{tolstoy1869} \textcite{plato} \parencite{walden,godel1931,essay:1910}"
UNICODE = r"\usepackage{fontspec}\setmainfont{DejaVu Serif}"


def bibtex(style: str) -> str:
    return rf"\bibliographystyle{{{style}}}\bibliography{{refs}}"


PRINTED = r"\printbibliography"
LOADED = r"\usepackage[%s]{biblatex}\addbibresource{refs.bib}"
DOCUMENTS = {
    "plain": ("pdflatex", "bibtex", "", f"{ONE_EACH}\n{bibtex('plain')}", LATIN),
    "alpha": ("pdflatex", "bibtex", "", f"{ONE_EACH}\n{bibtex('alpha')}", LATIN),
    "natbib": ("pdflatex", "bibtex", r"\usepackage{natbib,url}", f"{NATBIB}\n{bibtex('plainnat')}", LATIN),
    "apacite": ("pdflatex", "bibtex", r"\usepackage{apacite,url}", f"{APACITE}\n{bibtex('apacite')}", LATIN),
    "biblatex": ("pdflatex", "biber", LOADED % "style=authoryear", f"{BIBLATEX}\n{PRINTED}", LATIN),
    "numeric": ("pdflatex", "biber", LOADED % "style=numeric,sorting=none", f"{ONE_EACH}\n{PRINTED}", LATIN),
    "xelatex": ("xelatex", "biber", f"{UNICODE}{LOADED % 'style=authoryear'}", f"{SCRIPTS}\n{PRINTED}", ALL),
    "xelatex-bibtex": (
        "xelatex",
        "bibtex",
        rf"{UNICODE}\usepackage{{natbib,url}}",
        r"\citep{tolstoy1869,plato,walden,godel1931,essay:1910}" + bibtex("plainnat"),
        ALL,
    ),
}
NEEDED = {"natbib": "natbib.sty", "apacite": "apacite.sty", "biber": "biblatex.sty", "xelatex": "fontspec.sty"}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("made_by", ["paper.tex", "the first run"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_latex_resolves_every_citation(refs: Run, name: str, made_by: str) -> None:
    engine, program, head, body, keys = DOCUMENTS[name]
    engines.program(engine)
    engines.program(program)
    engines.styles(*(file for word, file in NEEDED.items() if word in (name, engine, program)))
    if engine == "xelatex":
        engines.font("DejaVu Serif")
    Path("paper.tex").write_text(ARTICLE % (head, body), encoding="utf-8")
    if made_by != "paper.tex":  # what LaTeX wrote down is what is read: .aux, and .bcf for biber
        engines.run(engine, "-interaction=nonstopmode", "paper")
        made_by = "paper.bcf" if program == "biber" else "paper.aux"
    options = ["--for", "pdflatex-bibtex"] if (engine, program) == ("pdflatex", "bibtex") else []
    export(refs, made_by, "refs.bib", *options)
    log = engines.latex(engine, program, Path())
    assert "Output written" in log
    assert [line for line in log.splitlines() if line.startswith("!") or "undefined" in line.lower()] == []
    printed = Path("paper.bbl").read_text("utf-8")
    assert all(re.search(rf"(?:\{{|%\n){key}\}}", printed) for key in keys)
    text = engines.pdf_text(Path("paper.pdf"))
    assert "Thoreau" in text
    assert not re.search(r"[\[(]\?|\?\?", text)
    if engine == "xelatex":
        assert "Толстой" in text
        assert "Πολιτεία" in text


# pandoc

CITED = "One [see @walden, p. 3; @godel1931], @{essay:1910}, and @tolstoy1869 [@plato]."
HEAD = "---\ntitle: T\nbibliography: refs.bib\n---\n\n"
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": [CITED, "\n"]}],
}
MANUSCRIPTS = {
    "paper.md": ("markdown", HEAD + CITED),
    "paper.qmd": ("markdown", HEAD + CITED + "\n\n```{python}\n#| label: fig-a\nx = '@nobody'\n```\n"),
    "paper.Rmd": ("markdown", HEAD + CITED + "\n\n```{r}\nx <- '@nobody'\n```\n"),
    "paper.ipynb": ("ipynb+citations", json.dumps(NOTEBOOK)),
    "paper.org": (
        "org",
        "#+bibliography: refs.bib\n\nOne [cite:see @walden p. 3; @godel1931], [cite/t:@essay:1910], "
        "[cite:@tolstoy1869;@plato].\n",
    ),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("output", ["refs.bib", "refs.json", "refs.yaml"])
@pytest.mark.parametrize("name", MANUSCRIPTS)
def test_pandoc_resolves_every_citation(refs: Run, name: str, output: str) -> None:
    pandoc = engines.pandoc()
    reader, text = MANUSCRIPTS[name]
    Path(name).write_text(text.replace("refs.bib", output), encoding="utf-8")
    format = {"refs.json": ["--format", "csljson"], "refs.yaml": ["--format", "cslyaml"]}.get(output, [])
    export(refs, name, output, *format)
    words = (pandoc, "-f", reader, "-t", "html", "--citeproc", "--bibliography", output, name)
    made = engines.run(*words)
    assert (made.returncode, made.stderr) == (0, "")
    assert sorted(re.findall(r'id="ref-([^"]+)" class="csl-entry"', made.stdout)) == sorted(ALL)
    assert "???" not in made.stdout


# Typst, Sphinx


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("output", ["refs.bib", "refs.yml"])
def test_typst_resolves_every_citation(refs: Run, output: str) -> None:
    typst = engines.package("typst")
    Path("paper.typ").write_text(
        f'#set heading(numbering: "1.")\n= One <one>\n@walden[p. 3] @godel1931 #cite(<essay:1910>, form: "prose") '
        f'@tolstoy1869 @plato @one\n#bibliography("{output}")\n'
    )
    export(refs, "paper.typ", output, *(["--format", "hayagriva"] if output == "refs.yml" else []))
    typst.compile("paper.typ", output="paper.pdf")
    text = engines.pdf_text(Path("paper.pdf"))
    assert "Толстой" in text
    assert "[5]" in text


@pytest.mark.usefixtures("folder")
def test_sphinx_resolves_every_citation(refs: Run) -> None:
    engines.package("sphinxcontrib.bibtex")
    Path("conf.py").write_text("extensions = ['sphinxcontrib.bibtex']\nbibtex_bibfiles = ['refs.bib']\n")
    Path("index.rst").write_text(
        "Title\n=====\n\nOne :cite:p:`walden,godel1931`, :cite:t:`essay:1910`, :cite:`tolstoy1869` "
        "and :cite:author:`plato`.\n\n.. bibliography::\n"
    )
    export(refs, "index.rst")
    words = (sys.executable, "-m", "sphinx", "-q", "-b", "text", ".", "out")
    made = engines.run(*words, PYTHONPATH=os.pathsep.join(sys.path))
    assert (made.returncode, made.stderr) == (0, "")
    text = " ".join(Path("out", "index.txt").read_text("utf-8").split())
    assert "Henry David Thoreau" in text
    assert "Толстой" in text


# Word and LibreOffice

MENDELEY = {"id": "ITEM-1", "uris": ["http://www.mendeley.com/documents/?uuid=0a1b2c3d-0000-4000-8000-00000000000f"]}
ITEMS = [citation(zotero_item(WALDEN)), citation(MENDELEY | {"itemData": WALDEN | {"id": "ITEM-1"}})]
CODES = [f"ADDIN ZOTERO_ITEM CSL_CITATION {ITEMS[0]}", f"ADDIN CSL_CITATION {ITEMS[1]}", f"ADDIN EN.CITE {ENDNOTE}"]


def found(path: Path) -> list[tuple[str, int, str]]:
    """Return the keys, paragraphs and titles that a document cites; nothing in it is unreadable."""
    read = papers.read(path)
    assert not read.problems
    titles = {key: record.text("title") for key, record in read.records.items()}
    return [(citation.key, citation.line, titles.get(citation.key, "")) for citation in read.citations]


def test_citations_of_word_survive_libreoffice_and_the_way_back(tmp_path: Path) -> None:
    path = tmp_path / "paper.docx"
    path.write_bytes(docx([field(code) for code in [*CODES, r" CITATION Tho54 \l 1033 "]]))
    cited = found(path)
    assert [key for key, _, _ in cited] == [
        "ABCD2345",
        "0a1b2c3d-0000-4000-8000-00000000000f",
        "Watson1953-7",
        "Tho54",
    ]
    text = engines.converted(path, "odt")
    assert found(text) == cited
    assert found(engines.converted(text, "docx")) == cited


def test_marks_of_libreoffice_survive_it(tmp_path: Path) -> None:
    path = tmp_path / "paper.odt"
    own = '<text:bibliography-mark text:bibliography-type="book" text:identifier="tho54">[1]</text:bibliography-mark>'
    path.write_bytes(odt([*(mark(f"{code.removeprefix('ADDIN ')} RNDx9A") for code in CODES[:2]), own]))
    cited = found(path)
    assert [key for key, _, _ in cited] == ["ABCD2345", "0a1b2c3d-0000-4000-8000-00000000000f", "tho54"]
    assert found(engines.converted(path, "odt")) == cited

"""Documents typeset with the bibliography that refs made: no engine finds a citation undefined."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from tests.running import Run

LATEX = r"""\documentclass{article}
%s
\begin{document}
One \cite{doi:10.1038/171737a0}, two \cite{arXiv:1706.03762}, three~\cite{khristoforov2024soviet,isbn:9780674430006}.
%s
\end{document}
"""
MARKDOWN = """---
bibliography: refs.bib
nocite: "@khristoforov2024soviet"
---

One [@doi:10.1038/171737a0, p. 3], @arXiv:1706.03762 and [@{isbn:9780674430006}].
"""
TYPST = """One #cite(label("doi:10.1038/171737a0")), @arXiv:1706.03762 and @khristoforov2024soviet; @isbn:9780674430006.
#bibliography("refs.bib")
"""
COUNT = 4


@pytest.fixture
def folder(registry: str, refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to an empty folder, with one reference in the library."""
    monkeypatch.chdir(tmp_path)
    assert refs("add", "10.24833/2071-8160-2023-6-93-37-68").code == 0
    book = ("--type", "book", "--title", "Capital", "--author", "Piketty, Thomas", "--date", "2014")
    assert refs("add", *book, "--field", "ISBN=9780674430006").code == 0
    return tmp_path


def sync(refs: Run, name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")
    result = refs("sync", name)
    assert result.code == 0, result.err
    assert f"wrote refs.bib, {COUNT} references" in result.err


def run(*words: str) -> str:
    """Run a program and return all that it printed."""
    done = subprocess.run(words, capture_output=True, timeout=120)
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def latex(bibliography: str) -> str:
    """Typeset paper.tex with a program for its bibliography; return the log of the last run."""
    engine = program("pdflatex")
    for words in ((engine, "-interaction=nonstopmode", "paper"), (program(bibliography), "paper")) + (
        (engine, "-interaction=nonstopmode", "paper"),
    ) * 2:
        told = run(*words)
    return told


@pytest.mark.usefixtures("folder")
def test_bibtex_finds_every_key(refs: Run) -> None:
    program("bibtex")
    sync(refs, "paper.tex", LATEX % ("", "\\bibliographystyle{plain}\\bibliography{refs}"))
    told = latex("bibtex")
    assert "Output written" in told
    assert "undefined" not in told
    assert Path("paper.bbl").read_text().count("\\bibitem") == COUNT


@pytest.mark.usefixtures("folder")
def test_biber_finds_every_key(refs: Run) -> None:
    if not run(program("kpsewhich"), "biblatex.sty").strip():
        pytest.skip("biblatex is not installed")
    program("biber")
    sync(refs, "paper.tex", LATEX % ("\\usepackage{biblatex}\\addbibresource{refs.bib}", "\\printbibliography"))
    told = latex("biber")
    assert "Output written" in told
    assert "undefined" not in told
    assert Path("paper.bbl").read_text().count("\\entry{") == COUNT
    # What LaTeX and biblatex wrote down is what the document cites.
    for made in ("paper.bcf", "paper.aux"):
        scanned = refs("scan", made)
        assert (scanned.code, scanned.err) == (0, f"{COUNT} keys\n")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["paper.md", "paper.Rmd"])
def test_pandoc_finds_every_key(refs: Run, name: str) -> None:
    try:
        pandoc = shutil.which("pandoc") or str(import_module("pypandoc").get_pandoc_path())
    except (ImportError, OSError):
        pytest.skip("pandoc is not installed")
    sync(refs, name, MARKDOWN)
    told = run(pandoc, "--citeproc", "-f", "markdown", "-t", "html", name)
    assert "not found" not in told
    assert len(re.findall(r'class="csl-entry"', told)) == COUNT


@pytest.mark.usefixtures("folder")
def test_typst_finds_every_key_and_short_ones_after_rewriting(refs: Run) -> None:
    engine = pytest.importorskip("typst", reason="the package typst is not installed")
    sync(refs, "paper.typ", TYPST)
    assert engine.compile("paper.typ").startswith(b"%PDF")
    Path("paper.typ").write_text('@doi:10.1038/171737a0 @arXiv:1706.03762\n#bibliography("refs.bib")\n')
    with pytest.raises(RuntimeError, match=r"label `<doi:10.1038>` does not exist"):
        engine.compile("paper.typ")
    assert refs("rewrite", "paper.typ", "--yes").code == 0
    assert refs("sync", "paper.typ").code == 0
    assert engine.compile("paper.typ").startswith(b"%PDF")

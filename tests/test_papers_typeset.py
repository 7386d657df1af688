"""Documents typeset with the bibliography that refs made: no engine finds a citation undefined."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import engines
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


@pytest.mark.usefixtures("folder")
def test_bibtex_finds_every_key(refs: Run) -> None:
    sync(refs, "paper.tex", LATEX % ("", "\\bibliographystyle{plain}\\bibliography{refs}"))
    told = engines.latex("pdflatex", "bibtex", Path())
    assert "Output written" in told
    assert "undefined" not in told
    assert Path("paper.bbl").read_text().count("\\bibitem") == COUNT


@pytest.mark.usefixtures("folder")
def test_biber_finds_every_key(refs: Run) -> None:
    engines.styles("biblatex.sty")
    sync(refs, "paper.tex", LATEX % ("\\usepackage{biblatex}\\addbibresource{refs.bib}", "\\printbibliography"))
    told = engines.latex("pdflatex", "biber", Path())
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
    pandoc = engines.pandoc()
    sync(refs, name, MARKDOWN)
    made = engines.run(pandoc, "--citeproc", "-f", "markdown", "-t", "html", name)
    assert "not found" not in made.stderr
    assert len(re.findall(r'class="csl-entry"', made.stdout)) == COUNT


@pytest.mark.usefixtures("folder")
def test_typst_finds_every_key_and_short_ones_after_rewriting(refs: Run) -> None:
    engine = engines.package("typst")
    sync(refs, "paper.typ", TYPST)
    assert engine.compile("paper.typ").startswith(b"%PDF")
    Path("paper.typ").write_text('@doi:10.1038/171737a0 @arXiv:1706.03762\n#bibliography("refs.bib")\n')
    with pytest.raises(RuntimeError, match=r"label `<doi:10.1038>` does not exist"):
        engine.compile("paper.typ")
    assert refs("rewrite", "paper.typ", "--yes").code == 0
    assert refs("sync", "paper.typ").code == 0
    assert engine.compile("paper.typ").startswith(b"%PDF")

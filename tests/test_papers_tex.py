"""What LaTeX documents, their .aux and their .bcf files cite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.papers import Citations, Load, aux, bcf, tex


def cited(text: str, **files: str) -> list[str]:
    """Return the keys in order, with the other kinds before them; a__b_tex is the file a/b.tex."""
    return shown(tex.read(text, "main.tex", loader(files)))


def loader(files: dict[str, str]) -> Load:
    return {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}.get


def shown(citations: Citations) -> list[str]:
    prefix = {"cite": "", "nocite": "nocite ", "all": "all "}
    return [prefix[citation.kind] + citation.key for citation in citations.citations]


def problems(text: str, **files: str) -> list[str]:
    return [str(problem) for problem in tex.read(text, "main.tex", loader(files)).problems]


@pytest.mark.parametrize(
    "command",
    r"""\cite \citet \citep \citet* \Citep \citealt \citealp* \citeauthor* \Citeauthor \citefullauthor \citeyearpar
    \citenum \parencite \parencite* \Parencite \textcite \Textcite \footcite \footcitetext \smartcite \supercite
    \autocite \Autocite* \fullcite \footfullcite \citetitle* \citedate \citeurl \notecite \pnotecite
    \citeA \citeNP \shortcite
    \shortciteNP \fullciteA \maskcite \citeN \citeANP \citeasnoun \possessivecite \onlinecite \bibentry \citeonline
    \headlesscite \cites \parencites \Textcites \footcites \autocites \supercites \smartcites \ocite""".split(),
)
def test_commands_that_cite(command: str) -> None:
    assert cited(rf"Text {command}{{a, b}}.") == ["a", "b"]
    assert cited(rf"Text {command}[see][p.~3]{{a}}.") == ["a"]


@pytest.mark.parametrize(
    "command", [r"\citestyle", r"\citetext", r"\citereset", r"\mycite", r"\excite", r"\citation", r"\cited", r"\label"]
)
def test_commands_that_do_not_cite(command: str) -> None:
    assert cited(rf"Text {command}{{a, b}}.") == []


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (r"\citep[see][{[1]}, p.~5]{x}", ["x"]),
        (r"\cite[see [1], p. 3]{x}", ["x"]),
        (r"\cite[on $[0,1)$]{x}", ["x"]),
        (r"\cite[{]}]{x}", ["x"]),
        (r"\cite[\S\,3 \textit{a\} b}]{x}", ["x"]),
        (r"\cite [p. 3] {x}", ["x"]),
        ("\\cite%\n  [p. 3]% note\n  {x,% why\n   y,\n   z}", ["x", "y", "z"]),
        ("\\cite\n{x}", ["x"]),
        ("\\cite\n\n{x}", []),
        (r"\cite<see>[p.~3]{x}\cite<2->{y}", ["x", "y"]),
        (r"\parencites(pre)(post)[1][2]{a}[3]{b,c}{d}. {no}", ["a", "b", "c", "d"]),
        (r"\volcite[see]{2}[p. 3]{x} \Volcites{1}[2]{a}{3}{b}", ["x", "a", "b"]),
        (r"\apud[1]{a}[2]{b}", ["a", "b"]),
        (r"\nocite{*} \nocite{a,b}", ["all *", "nocite a", "nocite b"]),
        (r"\cite[cf.\ \cite{in}]{out}", ["out", "in"]),
        (r"\footnote{\cite{a}} \emph{\citet{b}}", ["a", "b"]),
        (
            r"\cite{doi:10.1103/PhysRev.47.777,arxiv:hep-th/9711200}",
            ["doi:10.1103/PhysRev.47.777", "arxiv:hep-th/9711200"],
        ),
        (r"\cite{a\_b, ключ, m&n}", ["a_b", "ключ", "m&n"]),
        (r"\cite{ , a,,}", ["a"]),
        (r"\newcommand{\mine}[1]{\cite[see][]{#1}} \mine{no} \renewcommand\cite[2][]{\old{#2}}", []),
        (r"\cite{\thekey}", []),
        (r"\newcites{sec}{Primary} \citesec{a} \citepsec[p]{b} \nocitesec{*}", ["a", "b", "all *"]),
        ("\\cite{a} % \\cite{no}\n50\\% \\cite{b}\\\\% \\cite{no}", ["a", "b"]),
        (r"\begin{document}\cite{a}\end{document}\cite{no}", ["a"]),
        (r"\cite{a}\endinput\cite{no}", ["a"]),
    ],
)
def test_arguments(text: str, keys: list[str]) -> None:
    assert cited(text) == keys


@pytest.mark.parametrize(
    "text",
    [
        r"\verb|\cite{no}| \cite{yes}",
        r"\verb*+\cite{no}+ \cite{yes}",
        r"\lstinline[language=TeX]{\cite{no}} \lstinline!\cite{no}! \cite{yes}",
        r"\mintinline{latex}{\cite{no}} \mintinline[x]{tex}|\cite{no}| \cite{yes}",
        "\\begin{verbatim}\n\\cite{no}\n\\end{verbatim}\\cite{yes}",
        "\\begin{lstlisting}[language=TeX]\n\\cite{no}\n\\end{lstlisting}\\cite{yes}",
        "\\begin{minted}{tex}\n\\cite{no}\n\\end{minted}\\cite{yes}",
        "\\begin{comment}\n\\cite{no}\n\\end{comment}\n\\cite{yes}",
        "\\begin{filecontents*}{a.tex}\n\\cite{no}\n\\end{filecontents*}\n\\cite{yes}",
        "\\lstnewenvironment{code}{}{}\\begin{code}\\cite{no}\\end{code}\\cite{yes}",
        "\\excludecomment{hidden}\\begin{hidden}\\cite{no}\\end{hidden}\\cite{yes}",
        r"\iffalse \cite{no}\ifx a b \cite{no} \else \cite{no} \fi \fi \cite{yes}",
        r"\iffalse \cite{no}\else \cite{yes}\fi",
        r"\newif\ifdraft \iffalse \ifdraft\cite{no}\fi \cite{no} \fi \cite{yes}",
        r"\iffalse \ifthenelse{a}{\cite{no}}{} \fi \cite{yes}",
        r"\url{http://a.b/c%20d} \cite{yes}",
        r"\href{http://a.b/c%20d}{text} \cite{yes}",
        r"\path (0,0) -- (1,1) node {\cite{yes}};",
    ],
)
def test_what_is_not_typeset_does_not_cite(text: str) -> None:
    assert cited(text) == ["yes"]


def test_places_are_those_of_the_keys() -> None:
    found = tex.read("é \\cite{a,\n  b}\n\n\\cite[x]{c}", "paper/main.tex", loader({})).citations
    assert [(c.key, c.file, c.line, c.column) for c in found] == [
        ("a", "paper/main.tex", 1, 9),
        ("b", "paper/main.tex", 2, 3),
        ("c", "paper/main.tex", 4, 10),
    ]


def test_included_files_are_read_where_they_are_included() -> None:
    text = r"""\cite{a}\input{one}\include{chapters/two}\subfile{three.tex}\input four
        \import{parts/}{five}\subimport{parts/}{six}\cite{z}"""
    files = {
        "one_tex": r"\cite{b}",
        "chapters__two_tex": r"\input{deeper}\cite{c}",
        "chapters__deeper_tex": r"\cite{beside}",
        "three_tex": r"\begin{document}\cite{d}\end{document}\cite{no}",
        "four_tex": r"\cite{e}",
        "parts__five_tex": r"\input{inner}",
        "parts__inner_tex": r"\cite{f}",
        "parts__six_tex": r"\cite{g}",
    }
    assert cited(text, **files) == ["a", "b", "beside", "c", "d", "e", "f", "g", "z"]
    assert problems(text, **files) == []


def test_what_a_preamble_declares_holds_in_every_file() -> None:
    preamble = r"\newcites{sec}{S}\excludecomment{hidden}\newif\ifdraft"
    chapter = r"\citesec{a}\begin{hidden}\cite{no}\end{hidden}\iffalse\ifdraft\cite{no}\fi\fi\cite{b}"
    assert cited(r"\input{preamble}\input{chapter}", preamble_tex=preamble, chapter_tex=chapter) == ["a", "b"]


def test_the_file_with_tex_added_comes_first() -> None:
    assert cited(r"\input{one}", one_tex=r"\cite{a}", one=r"\cite{b}") == ["a"]
    assert cited(r"\input{plot.pgf}", plot_pgf=r"\cite{b}") == ["b"]


def test_a_file_is_read_once_and_a_circle_is_a_problem() -> None:
    assert cited(r"\input{one}\input{one}", one_tex=r"\cite{a}") == ["a"]
    assert problems(r"\input{one}", one_tex=r"\input{two}", two_tex=r"\input{one}") == [
        "two.tex:1:7: one.tex includes itself"
    ]


def test_depth_is_bounded() -> None:
    files = {f"f{number}_tex": rf"\input{{f{number + 1}}}" for number in range(80)}
    assert [line for line in problems(r"\input{f0}", **files) if "deep" in line] == [
        "f49.tex:1:7: files are included more than 50 deep"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\n\\input{missing}", "main.tex:2:7: cannot find the included file missing.tex"),
        (r"\include{a/b}", "main.tex:1:9: cannot find the included file a/b.tex"),
        (r"\input{\folder/x}", r"main.tex:1:7: cannot tell which file is meant by '\\folder/x'"),
        (r"\cite{a", r"main.tex:1:6: an argument of \cite is never closed"),
        (r"\begin{verbatim} x", "main.tex:1:7: the environment verbatim is never closed"),
        (r"\iffalse x", r"main.tex:1:9: \iffalse is never closed"),
    ],
)
def test_problems_name_their_place(text: str, problem: str) -> None:
    assert problems(text) == [problem]


@pytest.mark.parametrize(
    "text",
    [r"\input{glyphtounicode}", r"\input{t1enc.def}", r"\input{#1}", r"\InputIfFileExists{x}{}{}", r"\let\a\input"],
)
def test_files_of_the_distribution_and_parameters_are_no_problem(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize("text", ["\\begin{verbatim}\\cite{a}", "\\iffalse \\cite{a}", "\\cite[{x\n\n\\cite{a}"])
def test_nothing_is_lost_behind_what_is_not_closed(text: str) -> None:
    assert cited(text) == ["a"]


def test_references_of_the_document_itself() -> None:
    assert tex.read(r"\bibitem{a}\bibitem[L(2)]{b}", "m.tex", loader({})).defined == {"a", "b"}


def test_aux_files() -> None:
    text = "\\relax\n\\citation{a, b}\n\\@input{c.aux}\n\\abx@aux@cite{0}{x}\n\\abx@aux@cite{y}\n"
    text += "\\bibcite{z}{1}\n\\citation{*}\n"
    found = aux.read(text, "out/m.aux", loader({"out/c.aux": r"\citation{c}"}))
    assert shown(found) == ["a", "b", "c", "x", "y", "all *"]
    assert [(c.file, c.line, c.column) for c in found.citations[:3]] == [
        ("out/m.aux", 2, 11),
        ("out/m.aux", 2, 14),
        ("out/c.aux", 1, 11),
    ]


@pytest.mark.parametrize(
    "key", ["REVTEX42Control", "apsrev42Control", "IEEEexample:BSTcontrol", "achemso-control", "biblatex-control"]
)
def test_entries_that_control_a_style_are_not_cited(key: str) -> None:
    assert aux.read(f"\\citation{{{key}}}\n\\citation{{a}}", "m.aux", loader({})).keys == ["a"]


def test_a_missing_aux_file_is_a_problem() -> None:
    found = aux.read("\\@input{c.aux}", "m.aux", loader({}))
    assert [str(problem) for problem in found.problems] == ["m.aux:1:1: cannot find the included file c.aux"]


BCF = """<?xml version="1.0" encoding="UTF-8"?>
<bcf:controlfile version="3.10" xmlns:bcf="https://sourceforge.net/projects/biblatex">
  <bcf:section number="0">
    <bcf:citekey order="1" intorder="1">a&amp;b</bcf:citekey>
    <bcf:citekey order="2" intorder="1" nocite="1">ключ</bcf:citekey>
    <bcf:citekey order="3" intorder="1" type="set" members="c,d">set</bcf:citekey>
    <bcf:citekey order="0">*</bcf:citekey>
  </bcf:section>
"""


def test_control_files_of_biber() -> None:
    found = bcf.read(BCF + "</bcf:controlfile>", "m.bcf", loader({}))
    assert shown(found) == ["a&b", "nocite ключ", "c", "d", "all *"]
    assert found.citations[0].line == 4
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BCF, "m.bcf:9:1: not well-formed XML: no element found"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "m.bcf:1:13: a control file of biber has no document type"),
    ],
)
def test_broken_control_files(text: str, problem: str) -> None:
    assert [str(found) for found in bcf.read(text, "m.bcf", loader({})).problems] == [problem]


@given(st.text(alphabet="\\cite{}[]()<>%,a \n*verbbeginiffalsefi|"))
def test_any_text_is_read(text: str) -> None:
    for citation in tex.read(text, "m.tex", loader({})).citations:
        line = text.split("\n")[citation.line - 1]
        assert line[citation.column - 1 :].startswith(citation.key.split()[0][0])

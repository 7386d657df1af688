"""What Typst, Org, reStructuredText and notebooks cite."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.papers import Citations, Load, ipynb, org, rst, typst

Reader = Callable[[str, str, Load], Citations]


def read(reader: Reader, text: str, **files: str) -> Citations:
    """Read paper/main.x; the file `a__b_x` is paper/a/b.x."""
    named = {f"paper/{name.replace('__', '/').replace('_', '.')}": content for name, content in files.items()}
    return reader(text, "paper/main.x", named.get)


def cited(reader: Reader, text: str, **files: str) -> list[str]:
    prefix = {"cite": "", "nocite": "nocite ", "all": "all "}
    return [prefix[citation.kind] + citation.key for citation in read(reader, text, **files).citations]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('See @knuth. And @a:b[p. 3], "@quoted"; x@in.word', ["knuth", "a:b", "quoted", "in.word"]),
        (r"\@no `@no` ``` @no ``` https://x.org/@no @yes", ["yes"]),
        ("// @no\n/* @no /* @no */ @no */ @yes", ["yes"]),
        ("$x_(@no) < y$ @yes", ["yes"]),
        ("= Intro <intro>\nSee @intro and @yes. #figure([x]) <fig:x> @fig:x", ["yes"]),
        ('#cite(<a>, form: "prose") #cite(label("b c")) #ref(<d>)', ["a", "b c", "d"]),
        ("#cite(<a>, form: none)", ["nocite a"]),
        ('#bibliography("x.bib", full: true)', ["all *"]),
        ('#bibliography(("a.bib", "b.bib"), style: "apa", full: true)', ["all *"]),
        ('#bibliography("x.bib", full: false)', []),
        ('#let x = "a@no"\n#link("mailto:a@no.c")[see @a] #f(a: "@no", [@b "@c"])@d', ["a", "b", "c", "d"]),
        ('#if x [@a] else [@b] "@c"', ["a", "b", "c"]),
        ('#set text(\n  font: "@no",\n)\n@a', ["a"]),
        ('#show link: it => { "x@no" }\n@a', ["a"]),
        ('#{ let y = "@no"; [@a] }\n@b', ["a", "b"]),
        ('#f.g(1).h[@a]."@b"', ["a", "b"]),
        ('#context { "@no" }\n#context [@a] "@b"', ["a", "b"]),
        ("#emph[closed [0, 1] and #cite(<a>)] @b", ["a", "b"]),
        ("#f($[$)[@a] @b", ["a", "b"]),
    ],
)
def test_typst(text: str, keys: list[str]) -> None:
    assert cited(typst.read, text) == keys


def test_typst_includes() -> None:
    text = '@a #include "deep/one.x"\n#import "/lib.x": f\n#import "@preview/cetz:0.3.0": canvas\n@z'
    files = {"deep__one_x": '@b #include "two.x"', "deep__two_x": "= Own <own>\n@c @own", "lib_x": "#let f = [@d]"}
    assert cited(typst.read, text, **files) == ["a", "b", "c", "d", "z"]
    missing = read(typst.read, 'x\n#include "gone.x"').problems
    assert [str(problem) for problem in missing] == ["paper/main.x:2:2: cannot find the included file paper/gone.x"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("[cite:@a] [cite/t:see @b p. 3; and @c:d/e]", ["a", "b", "c:d/e"]),
        ("[cite/n:@a] [cite/nocite:@*]", ["nocite a", "all *"]),
        ("[cite:see [sic] @a]", ["a"]),
        ("cite:knuth84,lamport94. citep:a nocite:b", ["knuth84", "lamport94", "a", "nocite b"]),
        ("[[cite:see &x p. 1;&y][text]] [[citet:foo,bar]]", ["x", "y", "foo", "bar"]),
        ("website:no recite:no @no", []),
        ("=[cite:@no]= ~cite:no~ a=b [cite:@yes]=", ["yes"]),
        ("#+begin_src tex\n[cite:@no]\n#+end_src\n# [cite:@no]\n: [cite:@no]\n[cite:@yes]", ["yes"]),
        ("#+BEGIN_EXAMPLE\n[cite:@no]\n#+END_EXAMPLE\n#+title: On [cite:@yes]", ["yes"]),
        ("#+begin_src\n[cite:@yes]", ["yes"]),
    ],
)
def test_org(text: str, keys: list[str]) -> None:
    assert cited(org.read, text) == keys


def test_org_includes() -> None:
    text = '[cite:@a]\n#+include: "part.x::*Heading"\n#+include: "code.x" src python\n[cite:@c]'
    assert cited(org.read, text, part_x="[cite:@b]", code_x="[cite:@no]") == ["a", "b", "c"]


def test_an_org_citation_that_is_not_closed_is_a_problem() -> None:
    found = read(org.read, "[cite:@a\n\nb] [cite:@c]")
    assert found.keys == ["c"]
    assert [str(problem) for problem in found.problems] == ["paper/main.x:1:7: a citation is never closed"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (":cite:`a, b` :cite:p:`c` :cite:ts:`d` :footcite:t:`e`", ["a", "b", "c", "d", "e"]),
        (":cite:p:`{see}a{p. 1, 2},b`", ["a", "b"]),
        (":cite:empty:`a`", ["nocite a"]),
        ("[Key2002]_ [a.b-c]_ [1]_ [#x]_ [*]_ x[no]_", ["Key2002", "a.b-c"]),
        ("``:cite:`no` `` \\[no]_ :ref:`no` :cite:`yes`", ["yes"]),
        (".. comment\n   :cite:`no`\n\n   :cite:`no`\n\n:cite:`yes`", ["yes"]),
        (".. code-block:: rst\n\n   :cite:`no`\n\n:cite:`yes`", ["yes"]),
        ("Example::\n\n   :cite:`no`\n\n:cite:`yes`", ["yes"]),
        (".. note::\n\n   :cite:`yes`", ["yes"]),
        (">>> f(':cite:`no`')\n", []),
        (":cite:`a`\n\n.. bibliography::\n   :style: plain\n   :all:\n", ["a", "all *"]),
        (".. bibliography::\n\n:all:", []),
    ],
)
def test_rst(text: str, keys: list[str]) -> None:
    assert cited(rst.read, text) == keys


def test_rst_includes_and_own_citations() -> None:
    found = read(rst.read, ":cite:`a`\n\n.. include:: part.x\n\n.. [Own] By :cite:`c`", part_x=":cite:`b`")
    assert found.keys == ["a", "b", "c"]
    assert found.defined == {"Own"}


def notebook(*cells: object) -> str:
    return json.dumps({"nbformat": 4, "cells": cells})


def test_notebooks() -> None:
    text = notebook(
        {"cell_type": "raw", "source": "---\nnocite: '@n'\n---\n"},
        {"cell_type": "code", "source": "x = '@no'"},
        {"cell_type": "markdown", "source": ["# Title\n", "[@a] `@no`\n", "@fig-plot"]},
        "no cell",
        {"cell_type": "markdown", "source": "{cite}`b` <cite data-cite='c'>C</cite>"},
    )
    found = ipynb.read(text, "work/a.ipynb", lambda _: None)
    assert [(c.key, c.file, c.line, c.kind) for c in found.citations] == [
        ("n", "work/a.ipynb:cell 1", 2, "nocite"),
        ("a", "work/a.ipynb:cell 3", 2, "cite"),
        ("b", "work/a.ipynb:cell 5", 1, "cite"),
        ("c", "work/a.ipynb:cell 5", 1, "cite"),
    ]


def test_notebooks_of_format_3() -> None:
    text = json.dumps({"worksheets": [{"cells": [{"cell_type": "markdown", "source": "@a"}]}]})
    assert cited(ipynb.read, text) == ["a"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{\n", "paper/main.x:2:1: not JSON: Expecting property name enclosed in double quotes"),
        ("[" * 100_000, "paper/main.x: nested too deeply"),
    ],
)
def test_broken_notebooks(text: str, problem: str) -> None:
    assert [str(found) for found in read(ipynb.read, text).problems] == [problem]


@pytest.mark.parametrize("text", ["[]", "3", '{"cells": 3}', '{"cells": [{"cell_type": "markdown", "source": 3}]}'])
def test_json_that_is_no_notebook_cites_nothing(text: str) -> None:
    assert read(ipynb.read, text) == Citations(files=("paper/main.x",))


@pytest.mark.parametrize("reader", [typst.read, org.read, rst.read])
@given(st.text(alphabet='@[]{}()<>#"`$/*\\:;.=~_ \n\tacite'))
def test_any_text_is_read(reader: Reader, text: str) -> None:
    for citation in read(reader, text).citations:
        line = text.split("\n")[citation.line - 1]
        assert citation.kind == "all" or line[citation.column - 1 :].startswith(citation.key)

"""Registries' markup -> rich text of one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.text import plain, rich

CAPS = '<span style="font-variant:small-caps;">'
M = '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML">'
CASES = [
    ("plain", "plain"),
    ("  two   blanks\n and a line ", "two blanks and a line"),
    ("<em>a</em> <strong>b</strong>", "<i>a</i> <b>b</b>"),
    ("<jats:p>Ab <jats:italic>c</jats:italic></jats:p>", "Ab <i>c</i>"),
    ("H<inf>2</inf>O and CO<sub>2</sub>", "H<sub>2</sub>O and CO<sub>2</sub>"),
    ("<scp>l</scp>-DOPA", f"{CAPS}l</span>-DOPA"),
    ('<span style="font-variant: small-caps">d</span>-Glucose', f"{CAPS}d</span>-Glucose"),
    ('<emph type="ital">Archives</emph> of <u>x</u>', "<i>Archives</i> of x"),
    ("R&amp;D &amp;amp; AT&T &nbsp;x &#8211; y &unknown;", "R&D & AT&T x – y &unknown;"),
    ("&lt;i&gt;E. coli&lt;/i&gt; at p &lt; 0.05", "<i>E. coli</i> at p < 0.05"),
    ("p <0.05 and q> 3; a<b and c>d", "p <0.05 and q> 3; a<b and c>d"),
    ("the movie <Konggi-Inhyung>", "the movie <Konggi-Inhyung>"),
    ("<i>unclosed", "unclosed"),
    ("unopened</b>", "unopened"),
    ("<i>a <b>b</i> c</b>", "<i>a b</i> c"),
    ("<b>All of it <i>bold</i></b>", "All of it <i>bold</i>"),
    ("<p><strong>One </strong><strong>(Two)</strong></p>", "One (Two)"),
    ("<i>A </i>b", "<i>A</i> b"),
    ("a<br/>b", "a b"),
    ("title<!-- note --> here<xref>1</xref>", "title here"),
    ("INFANT<subtitle>Treatment</subtitle>", "INFANT: Treatment"),
    ("CafÃ© â€“ MÃ¼ller", "Café – Müller"),
    ("diversityâ\x80\x93productivity", "diversity–productivity"),
    ("it\x92s", "it’s"),
    ("\ufeffword\u200cs \U00031350", "word\u200cs \U00031350"),
    ("a\x00b\ud800c\ue001d\x1b[31m", "abcd[31m"),
    ("ab\u200fcd", "ab\u200fcd"),
    ("Ãœber and É, Ã", "Über and É, Ã"),
    ("Hg\n   <sub>3</sub>\n   Se\n <sub>2</sub>\n Single", "Hg<sub>3</sub>Se<sub>2</sub> Single"),
    ("fused\n <i>s</i>\n ‐Indacenes [\n<i>b</i>\n]", "fused <i>s</i>‐Indacenes [<i>b</i>]"),
    (f"the {M}<mml:msub><mml:mi>H</mml:mi><mml:mn>2</mml:mn></mml:msub></mml:math> line", "the H<sub>2</sub> line"),
    (f"Robust{M}<mml:mi>α</mml:mi></mml:math>Control", "Robust α Control"),
    (f"Fulcher-\n{M}<mml:mi>α</mml:mi></mml:math>\nlines", "Fulcher-α lines"),
    (
        f"{M}<mml:mmultiscripts><mml:mi>Tb</mml:mi><mml:mprescripts/><mml:none/><mml:mn>153</mml:mn>"
        "</mml:mmultiscripts></mml:math>",
        "<sup>153</sup>Tb",
    ),
    ("<math><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></math>", "x<sub>i</sub><sup>2</sup>"),
    ("<math><mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mi>c</mi></mrow></mfrac></math>", "a/(b+c)"),
    ("<math><mover><mi>x</mi><mo>¯</mo></mover><mo>=</mo><msqrt><mn>2</mn></msqrt></math>", "x̄ = √2"),
    (f"{M}<mml:semantics><mml:mi>x</mml:mi><mml:annotation>\\x</mml:annotation></mml:semantics></mml:math>", "x"),
    (f"<alternatives><tex-math>$\\alpha$</tex-math>{M}<mml:mi>α</mml:mi></mml:math></alternatives>", "α"),
    ("$$\\alpha _{1}^{2}$$ and $h$ -spaces", "α<sub>1</sub><sup>2</sup> and h-spaces"),
    (r"$\hbox{GeO}_{2}$ on $\mathrm{Ge}$", "GeO<sub>2</sub> on $\\mathrm{Ge}$".replace("$\\mathrm{Ge}$", "Ge")),
    (r"$\left(a\right)\to b$ at $\pT > 3$", r"(a)→b at $\pT > 3$"),
    (r"$\input{paper}$ and $x\write18{ls}$", r"$\input{paper}$ and $x\write18{ls}$"),
    ("costs $5 and $6.50", "costs $5 and $6.50"),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), CASES, ids=range(len(CASES)))
def test_markup_becomes_rich_text(markup: str, expected: str) -> None:
    assert rich(markup) == expected


@pytest.mark.parametrize("text", sorted({expected for _, expected in CASES if "&" not in expected}))
def test_rich_text_stays_what_it_is(text: str) -> None:
    assert rich(text) == text


def test_plain_drops_only_the_markup_of_rich_text() -> None:
    assert plain(f'<i>a</i> <span class="nocase">B</span> {CAPS}c</span> <sup>2</sup> <b >x <0') == "a B c 2 <b >x <0"


@given(st.text(alphabet=st.sampled_from("<>/&;$ \n\x85ÃÂ©ab=\"'isuppubmath:{}_^\\"), max_size=120))
def test_any_text_becomes_one_line(markup: str) -> None:
    found = rich(markup)
    assert found == " ".join(found.split())
    for tag in ("i", "b", "sup", "sub"):
        assert found.count(f"<{tag}>") == found.count(f"</{tag}>")


@pytest.mark.parametrize(
    "piece",
    [
        "\n",
        " ",
        "\n ",
        "<!--",
        "<?",
        "<a x=",
        '<a x="',
        "<i>",
        "</b>",
        "<i></b>",
        "&",
        "&#",
        "$",
        "Ã",
        "<",
        "_{",
        "-\n",
    ],
)
def test_long_nonsense_takes_no_longer_than_its_length(piece: str) -> None:
    assert len(rich("a" + piece * 20_000 + "x")) <= len(piece) * 20_000 + 2


def test_deep_nesting_is_no_trouble() -> None:
    assert plain(rich("<i>" * 20_000 + "x" + "</i>" * 20_000)).endswith("x")

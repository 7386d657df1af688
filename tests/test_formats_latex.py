"""LaTeX to rich text and back."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refs.formats.case import protected
from refs.formats.csljson import clean
from refs.formats.latex import decode, decode_plain
from refs.formats.latexout import characters, encode

CAPITALS = '<span style="font-variant:small-caps;">'
DECODED = [
    (r"{\'e}", "é"),
    (r"\'{e}\'e \'\i{} \'{\i}", "éé í í"),
    (r"na\"\i ve", "naïve"),
    (r"\v{c}\v s {\v Z} \c{c} \k{a} \H{o} \r{a} \u{g} \.{z} \d{s} \b{k} \t{oo}", "čš Ž ç ą ő å ğ ż ṣ ḵ o͡o"),
    (r"{\OE}uvre stra{\ss}e \l{}{\L} \o\O \ae{} {\AA} \dh\ \th\ \DJ\ \ng", "Œuvre straße łŁ øØæ Å ð þ Đ ŋ"),
    (r"{\"{U}}ber \~n \={a} \`a \^o", "Über ñ ā à ô"),
    ('T{"u}bingen', "Tübingen"),
    (r"Franc{\ocirc{u}} Tat{\cprime}yana", "Franců Tatʹyana"),
    (r"\CYRD\cyro\cyrs", "Дос"),
    ("``a'' and `b' don't", "“a” and ‘b’ don't"),
    ("1--2---3", "1–2—3"),
    (r"AT\&T 50\% a\_b \#1 \$5 \{x\}", "AT&T 50% a_b #1 $5 {x}"),
    ("50% off & more, a_b^c #1", "50% off & more, a_b^c #1"),
    (
        r"\textbackslash{} \textasciitilde{} \textendash{} \ldots \S\P\copyright\pounds\euro\textregistered",
        "\\ ~ – …§¶©£€®",
    ),
    (
        r"\textit{a} \emph{b} \textbf{c} {\em d} {\it e} {\bf f}",
        "<i>a</i> <i>b</i> <b>c</b> <i>d</i> <i>e</i> <b>f</b>",
    ),
    (r"\textsuperscript{14}C H\textsubscript{2}O", "<sup>14</sup>C H<sub>2</sub>O"),
    (r"{\sc Smith} \textsc{Jones}", f"{CAPITALS}Smith</span> {CAPITALS}Jones</span>"),
    (r"\emph{a \textbf{b} c}", "<i>a <b>b</b> c</i>"),
    ("costs $5 and $6 or $7", "costs $5 and $6 or $7"),
    ("a\n  b\tc", "a b c"),
    ("Достоевский 北京 العربية", "Достоевский 北京 العربية"),
    ("unbalanced { brace", "unbalanced brace"),
    ("{" * 500 + "x" + "}" * 500, "x"),
    ("\\", "\\"),
    ("", ""),
]
OWN = [
    (r"$\alpha$-decay of $H_2O$ at $x^{2}_{ij}$", "α-decay of H<sub>2</sub>O at x<sup>2</sup><sub>ij</sub>"),
    (r"\(\beta\) $\sqrt{s}=13$ $\bar{p}$ $\mathrm{TeV}$", "β √s=13 p̄ TeV"),
    (r"T$_\mathrm{c}$ at 25\,$^\circ$C, 10$^{-3}$", "T<sub>c</sub> at 25 °C, 10<sup>−3</sup>"),
    (r"Ga$_{1-}$$_x$As and $\text{n-type}$", "Ga<sub>1−x</sub>As and n-type"),
    (r"\enquote*{x}\vspace*{1cm} \begin{center}y\end{center}", "‘x’ y"),
    (r"$\frac{1}{2}$ and $\frac{a+b}{c}$", "1/2 and (a+b)/c"),
    (r"$\binom{n}{k}$ done", r"$\binom{n}{k}$ done"),
    (r"\ce{H2O}", "H<sub>2</sub>O"),
    (r"\href{http://x.org}{link}, \url{http://x.org/a_b%20c~d}", "link, http://x.org/a_b%20c~d"),
    (r"A~B e.\,g. in\-ter", "A B e. g. inter"),
    (r"\noopsort{1973b}1973", "1973"),
    (r"\foreignlanguage{french}{mot} \enquote{x} \mkbibquote{y}", "mot “x” “y”"),
    (r"\unknown{arg} z", "arg z"),
    (r"\{\vphantom{\}}x\vphantom{\{}\}", "{x}"),
    (r"C:\temp\new", r"C:\temp\new"),
]
TITLES = [
    ("The {DNA} of {\\emph{E. coli}}", '<span class="nocase">DNA</span> of <span class="nocase"><i>E. coli</i></span>'),
    ("The {U}nited {S}tates", 'The <span class="nocase">U</span>nited <span class="nocase">S</span>tates'),
    ("The {\\'E}cole of {\\OE}uvre", "The École of Œuvre"),
    ("{The Whole Title}", "The Whole Title"),
    (
        "{The {{Whole}} Title of {iPods}}",
        'The <span class="nocase">Whole</span> Title of <span class="nocase">iPods</span>',
    ),
    ("The {{DNA}} in it", "The DNA in it"),
    ("On {14}{-}{} things", "On 14- things"),
]


@pytest.mark.parametrize(("latex", "text"), DECODED)
def test_latex_becomes_text_and_markup(latex: str, text: str) -> None:
    assert decode(latex) == (text, False)


@pytest.mark.parametrize(("latex", "text"), OWN)
def test_what_text_cannot_say_again_is_the_users_own(latex: str, text: str) -> None:
    assert decode(latex) == (text, True)


@pytest.mark.parametrize(("latex", "text"), TITLES)
def test_braces_in_a_title_keep_its_case(latex: str, text: str) -> None:
    assert decode(latex, title=True)[0].removeprefix("The ") == text.removeprefix("The ")


def test_noncharacters_are_dropped() -> None:
    assert decode("\ufdd1{{x Y}}\ufdd0 {a\ufdd1}", title=True) == decode("{{x Y}} {a}", title=True)


def test_a_names_part_has_no_markup() -> None:
    assert decode_plain(r"{\sc M{\"u}ller}~\emph{x}") == "Müller x"


def test_capitals_that_a_style_would_lose_are_protected() -> None:
    titles = {
        "DNA repair in Escherichia coli and the iPhone": ["DNA", "Escherichia", "iPhone"],
        "A Theory of Everything Else: The DNA Way": ["DNA"],
        "The growth of cities in France: A study": ["France"],
        "Vitamin C and X-ray exposure": ["C", "X"],
        "苏联 1941-1944": [],
    }
    found = {title: [title[start:end] for start, end in protected(title)] for title in titles}
    assert found == titles


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("50% & # _ ~ ^ $x$", r"50\% \& \# \_ \textasciitilde{} \textasciicircum{} \$x\$"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\textbraceleft{}/etc/passwd\textbraceright{}"),
        ("a -- b '' c `d", r"a -{}- b '{}' c \textasciigrave{}d"),
        ("1 < 2 > 0", r"1 \textless{} 2 \textgreater{} 0"),
        ("<i>a</i><b>b</b><sup>c</sup><sub>d</sub>", r"\emph{a}\textbf{b}\textsuperscript{c}\textsubscript{d}"),
        ("<i>never closed", r"\textless{}i\textgreater{}never closed"),
    ],
)
def test_text_becomes_latex_that_only_says_it(text: str, latex: str) -> None:
    assert encode(text) == latex


def test_accents_are_commands_where_seven_bits_are_asked_for() -> None:
    assert characters("Émile Żółw ß Ł", ascii_only=True) == r"{\'E}mile {\.Z}{\'o}{\l}w {\ss} {\L}"
    assert characters("北京 ḥ", ascii_only=True) == r"北京 {\d{h}}"


MARKUP = st.sampled_from(["<i>", "</i>", "<b>", "</b>", "<sup>", "</sup>", "<sub>", "</sub>", CAPITALS, "</span>"])
PIECES = (
    st.text(max_size=6) | MARKUP | st.sampled_from(["\\input{x}", "DNA", " the Paris of words ", "--", "''", "$", "{"])
)
RICH = st.lists(PIECES, max_size=8).map(lambda pieces: clean("".join(pieces))).filter(lambda text: "nocase" not in text)


@given(RICH)
@example("?` !` --- '' ``")
@example("CO<sub>2</sub> in <i>Paris</i>: DNA–RNA")
@example("<i>a</b>")
def test_any_text_comes_back(text: str) -> None:
    for title in (False, True):
        for ascii_only in (False, True):
            latex = encode(text, title, ascii_only)
            assert decode(latex, title) == (text, False)
            assert latex.count("{") == latex.count("}")


@given(RICH)
def test_no_text_becomes_another_command(text: str) -> None:
    commands = set(re.findall(r"\\([a-zA-Z]+|.)", encode(text, title=True)))
    assert commands <= {
        *"emph textbf textsuperscript textsubscript textsc textbackslash textbraceleft textbraceright".split(),
        *"textasciitilde textasciicircum textasciigrave textless textgreater textbar & % # _ $".split(),
    }


def test_a_span_that_keeps_its_case_comes_back() -> None:
    for text in (
        'The <span class="nocase">Hamiltonian</span> Way',
        '<span class="nocase">DNA</span> in <span class="nocase"><i>E. coli</i></span>',
        '<span class="nocase">All of it</span>',
        '<span class="nocase">{a}</span> b',
    ):
        assert decode(encode(text, title=True), title=True) == (text, False)

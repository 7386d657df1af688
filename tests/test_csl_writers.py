"""What each target gets: formatting, layout, links, and nothing that a record could smuggle in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from refs.csl import Processor, Style
from refs.csl.output import Mark, Run
from refs.csl.writers import TARGETS, Layout, margin_width, write, write_bibliography, write_entry
from refs.csl.writers.latex import ESCAPES
from refs.csl.writers.links import link_target
from refs.errors import NotFoundError

GERMAN = ("„", "“", "‚", "‘")


def marked(attribute: str, value: str, *runs: Run, flip: bool = False) -> list[Run]:
    return [Mark(attribute, value, True, flip), *runs, Mark(attribute, value, False, flip)]


def italic(*runs: Run) -> list[Run]:
    return marked("font-style", "italic", *runs)


def display(value: str, *runs: Run) -> list[Run]:
    return marked("display", value, *runs)


EVERY_FORMAT: list[Run] = [
    "a ",
    *italic("i"),
    *marked("font-weight", "bold", "b"),
    *marked("font-variant", "small-caps", " s"),
    *marked("text-decoration", "underline", " u"),
    *marked("vertical-align", "sup", "2"),
    *marked("vertical-align", "sub", "3"),
    *marked("font-style", "italic", " x", *marked("font-style", "italic", "y", flip=True), "z"),
    *marked("quotes", "", "q", *marked("quotes", "", "r")),
]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "html",
            'a <i>i</i><b>b</b><span style="font-variant:small-caps;"> s</span>'
            '<span style="text-decoration:underline;"> u</span><sup>2</sup><sub>3</sub>'
            '<i> x<span style="font-style:normal;">y</span>z</i>„q‚r‘“',
        ),
        ("text", "a ib s u23 xyz„q‚r‘“"),
        ("terminal", "a \x1b[3mi\x1b[23m\x1b[1mb\x1b[22m s u23\x1b[3m x\x1b[23my\x1b[3mz\x1b[23m„q‚r‘“"),
        (
            "markdown",
            'a <em>i</em><strong>b</strong> <span style="font-variant:small-caps;">s</span> <u>u</u>'
            "<sup>2</sup><sub>3</sub> <em>x</em>y<em>z</em>„q‚r‘“",
        ),
        (
            "latex",
            r"a \textit{i}\textbf{b}\textsc{ s}\underline{ u}\textsuperscript{2}\textsubscript{3}"
            r"\textit{ x}y\textit{z}„q‚r‘“",
        ),
        ("typst", "a #emph[i]#strong[b]#smallcaps[ s]#underline[ u]#super[2]#sub[3]#emph[ x]y#emph[z]„q‚r‘“"),
        (
            "rtf",
            r"a {\i i}{\b b}{\scaps  s}{\ul  u}{\super 2}{\sub 3}{\i  x}y{\i z}{\uc0\u8222 }q{\uc0\u8218 }r"
            r"{\uc0\u8216 \u8220 }",
        ),
    ],
)
def test_formatting_nests_flips_and_quotes(target: str, expected: str) -> None:
    assert write(EVERY_FORMAT, target, GERMAN) == expected


def test_runs_as_json_hold_what_applies() -> None:
    runs = [*italic("Title"), " https://example.org", *display("indent", "שלום")]
    assert json.loads(write(runs, "json", links=True)) == [
        {"text": "Title", "formats": ["italic"]},
        {"text": " "},
        {"text": "https://example.org", "link": "https://example.org"},
        {"text": "שלום", "direction": "rtl", "display": "indent"},
    ]


NUMBERED: list[Run] = [*display("left-margin", "[1]"), *display("right-inline", " Doe, ", *italic("Book"), "."), " "]
BLOCKS: list[Run] = [
    *display("block", "Doe, Jane"),
    *display("left-margin", "1990"),
    *display("right-inline", "Book."),
    *display("indent", "Note."),
]
PLAIN: list[Run] = ["Doe, ", *italic("Book"), "."]
HANGING = Layout(hanging_indent=True)


@pytest.mark.parametrize(
    ("target", "runs", "layout", "expected"),
    [
        (
            "html",
            NUMBERED,
            Layout(),
            '<div class="csl-entry">\n    <div class="csl-left-margin">[1]</div>'
            '<div class="csl-right-inline"> Doe, <i>Book</i>.</div>\n   </div>',
        ),
        (
            "html",
            BLOCKS,
            Layout(),
            '<div class="csl-entry">\n\n    <div class="csl-block">Doe, Jane</div>\n\n    <div class="csl-left-margin">'
            '1990</div><div class="csl-right-inline">Book.</div>\n  <div class="csl-indent">Note.</div>\n  </div>',
        ),
        ("text", NUMBERED, Layout(), "[1] Doe, Book."),
        ("text", NUMBERED, Layout(margin=5), "[1]   Doe, Book."),
        ("text", BLOCKS, Layout(), "Doe, Jane\n1990 Book.\n    Note."),
        ("terminal", NUMBERED, Layout(), "[1] Doe, \x1b[3mBook\x1b[23m."),
        ("markdown", NUMBERED, Layout(), r"\[1\] Doe, *Book*."),
        ("markdown", BLOCKS, Layout(), "Doe, Jane\\\n1990 Book.\\\n&emsp;Note."),
        (
            "latex",
            NUMBERED,
            Layout(margin=3),
            r"\noindent\hangindent=2.5em\hangafter=1\makebox[2.5em][l]{[1]}Doe, \textit{Book}.\par",
        ),
        ("latex", PLAIN, HANGING, r"\noindent\hangindent=2em\hangafter=1 Doe, \textit{Book}.\par"),
        ("latex", PLAIN, Layout(), r"\noindent Doe, \textit{Book}.\par"),
        (
            "latex",
            BLOCKS,
            Layout(),
            "\\noindent Doe, Jane\\par\n\\noindent\\hangindent=2em\\hangafter=1\\makebox[2em][l]{1990}Book.\\par\n"
            "\\noindent\\hspace*{2em}Note.\\par",
        ),
        ("typst", NUMBERED, Layout(margin=3), r"#grid(columns: (2.5em, 1fr), [\[1\]], [Doe, #emph[Book];.])"),
        ("typst", PLAIN, HANGING, "#par(hanging-indent: 2em)[Doe, #emph[Book];.]"),
        (
            "rtf",
            NUMBERED,
            Layout(),
            r"{\pard\fi-720\li720\tx720\sl240\slmult1\sa240 [1]\tab Doe, {\i Book}.\par}",
        ),
        ("rtf", PLAIN, HANGING, r"{\pard\fi-720\li720\sl240\slmult1\sa240 Doe, {\i Book}.\par}"),
        (
            "rtf",
            PLAIN,
            Layout(entry_spacing=0, line_spacing=2),
            r"{\pard\fi0\li0\sl480\slmult1\sa0 Doe, {\i Book}.\par}",
        ),
    ],
)
def test_entries_keep_their_layout(target: str, runs: list[Run], layout: Layout, expected: str) -> None:
    assert write_entry(runs, target, layout=layout) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("latex", r"\noindent\hskip-2em\makebox[2em][l]{[1]}Doe, \textit{Book}.\par"),
        ("typst", r"#pad(left: -2em)[#grid(columns: (2em, 1fr), [\[1\]], [Doe, #emph[Book];.])]"),
        ("rtf", r"{\pard\fi-720\li0\tx0\sl240\slmult1\sa240 [1]\tab Doe, {\i Book}.\par}"),
    ],
)
def test_the_first_field_hangs_in_the_margin_of_the_page(target: str, expected: str) -> None:
    assert write_entry(NUMBERED, target, layout=Layout(second_field_align="margin")) == expected


def test_the_widest_margin_is_known() -> None:
    assert margin_width([NUMBERED, [*display("left-margin", "[10] "), "x"], PLAIN]) == 4
    assert margin_width([PLAIN]) == 0


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "html",
            '<div class="csl-bib-body">\n  <div class="csl-entry">a</div>\n  <div class="csl-entry">b</div>\n</div>',
        ),
        ("text", "a\n\nb\n"),
        ("markdown", "a\n\nb\n"),
        ("latex", "\\noindent a\\par\n\\vspace{1\\baselineskip}\n\\noindent b\\par\n"),
        ("typst", "#par(hanging-indent: 0em)[a]\n\n#par(hanging-indent: 0em)[b]\n"),
        ("json", '[[{"text": "a"}],\n [{"text": "b"}]]\n'),
    ],
)
def test_a_bibliography_is_its_entries(target: str, expected: str) -> None:
    assert write_bibliography([write_entry([text], target) for text in "ab"], target) == expected


@pytest.mark.parametrize("target", list(TARGETS))
def test_an_empty_bibliography_is_written_too(target: str) -> None:
    assert isinstance(write_bibliography([], target), str)
    assert write([], target) in ("", "[]")


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(NotFoundError, match=r"no format 'pdf'; there are: html, text"):
        write(["a"], "pdf")


# Payloads: what a record may hold, and what must come out as the same text everywhere.
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</div></i><b>",
    "&lt;b&gt; &amp; &#60;",
    '" onmouseover="x" \'',
    "[click](javascript:alert(1)) ![x](y)",
    "[ref]: http://evil.example",
    "*not* **strong** _em_ __u__ `code` ```",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "2) item",
    "(3) item",
    "a. item",
    "> quote",
    "--- *** ===",
    ":::{.div} | table | ~~~ ~~x~~ H~2~O x^2^ $x$ $$y$$",
    "@doe2020 [@doe2020] -@doe a@b.c",
    "= heading",
    " = heading",
    "    - item or code",
    "  1. item",
    "/ term: text",
    "\\input{/etc/passwd} \\write18{rm} \\def\\x{} \\end{document}",
    "^^5cinput ^^M % comment",
    "~ { } $ & # _ ^ | < > \" ` ''",
    "-- --- ,, '' `` ?` !` <<x>>",
    '#read("/etc/passwd") #let x = 1; #{1}',
    "// comment /* comment */ https://x.example/a_b?c=d&e=%20#f",
    "-1 -? ... \\u{41} @label <label>",
    "{\\object\\objemb} {\\rtf1 {\\field{\\*\\fldinst HYPERLINK x}}} \\'41 \\bin9999 }}}",
    "\x1b[31mred\x1b]0;title\x07 \x9b31m \x9d0;t\x9c \x00\x08\x7f",
    "a\u202eright\u202c b\u2066c\u2069 d\u2028e\u2029f",
    "line\r\nbreak\ttab\x0bvt\x85nel",
    "surrogate \ud800 end \U0001d54f \U0001f600 é 日本",
    "عنوان بالعربية ثم Latin 123",
    "Latin עברית (2020) end",
    "{{template}} {% raw %} <% %> ${x} %s %(x)s",
]


def readable(text: str) -> str:
    """Return the text that a payload must be read as: without control characters, with single spaces."""
    text = re.sub("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "", text)
    text = re.sub("[\t\n\v\f\r\x85\u2028\u2029]", " ", text)
    return squeezed(re.sub("[\x00-\x1f\x7f-\x9f]", "", text))


def squeezed(text: str) -> str:
    return " ".join(text.replace("\u2068", "").replace("\u2069", "").split())


def read_html(written: str) -> str:
    texts: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            texts.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            allowed = {"i", "div", "em", "p", "sup", "br", "a"}
            assert tag in allowed, tag
            assert all(name in ("class", "href") for name, _ in attrs)
            assert not dict(attrs).get("href") or re.match("https?://", dict(attrs)["href"] or "")

        def handle_comment(self, data: str) -> None:
            raise AssertionError(data)

        def handle_decl(self, decl: str) -> None:
            raise AssertionError(decl)

    reader = Reader()
    reader.feed(written)
    reader.close()
    return "".join(texts)


def read_markdown(written: str) -> str:
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(written)
    assert rendered.startswith("<p>")
    return read_html(rendered)


LATEX = re.compile(
    r"""(?P<opens>\\textit\{)|(?P<escape>\\text[a-z]+\{\}|\\[{}$&\#_%,-]|\{\\char34\}|[-',]\{\}|~)"""
    r"""|(?P<closes>\})|(?P<text>[^\\{}$&\#_%^~<>|`"])""",
)


def read_latex(written: str) -> str:
    """Read the commands that the writer may use; anything else that TeX gives a meaning fails."""
    written = written.replace(r"\noindent ", "").removesuffix(r"\par")
    names = {command: character for character, command in ESCAPES.items()}
    text, depth, position = "", 0, 0
    while position < len(written):
        match = LATEX.match(written, position)
        assert match is not None, written[position:]
        depth += bool(match["opens"]) - bool(match["closes"])
        assert depth in (0, 1)
        text += names[match["escape"]] if match["escape"] else match["text"] or ""
        position = match.end()
    assert depth == 0
    assert "--" not in re.sub(r"-\{\}", "", written)
    return text


def read_typst(written: str) -> str:
    match = re.fullmatch(r"(?s)#par\(hanging-indent: 0em\)\[(.*)\]", written)
    assert match is not None
    body = re.sub(r"#emph\[((?:\\.|[^\]\\])*)\];?", r"\1", match[1])
    bare = re.sub(r"\\.", "x", body)
    assert not re.search(r"[*_`$#@<>~\[\]\"'\\]|//|/\*|--|\.\.|^(=|\+|/|-|\d+\.)\s", bare), bare
    return re.sub(r"\\(.)", r"\1", body)


def read_rtf(written: str) -> str:
    match = re.fullmatch(r"(?s)\{\\pard\\fi0\\li0\\sl240\\slmult1\\sa240 (.*)\\par\}", written)
    assert match is not None
    text, units = "", b""
    for token in re.findall(r"\\u(?:c0|-?\d+) ?|\\[a-z]+ ?|\\[\\{}]|[{}]|[^\\{}]+", match[1]):
        if token in ("{", "}") or token.strip() in (r"\i", r"\uc0", r"\rtlch", r"\ltrch"):
            continue
        unit = re.fullmatch(r"\\u(-?\d+) ", token)
        assert unit or token in (r"\\", r"\{", r"\}") or token[0] != "\\", token
        if unit:
            units += int(unit[1]).to_bytes(2, "little", signed=True)
            continue
        text += units.decode("utf-16-le") + (token[1] if token[0] == "\\" else token)
        assert text.isprintable() or "\ud800" not in text
        units = b""
    return text + units.decode("utf-16-le")


def read_terminal(written: str) -> str:
    text = re.sub(r"\x1b\[(3|23|1|22)m", "", written)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert text.count("\u2068") == text.count("\u2069")
    return text


READERS: dict[str, Callable[[str], str]] = {
    "html": read_html,
    "text": read_terminal,
    "terminal": read_terminal,
    "markdown": read_markdown,
    "latex": read_latex,
    "typst": read_typst,
    "rtf": read_rtf,
    "json": lambda written: "".join(run["text"] for run in json.loads(written)),
}


def test_every_target_has_a_reader() -> None:
    assert READERS.keys() == TARGETS.keys()


@pytest.mark.parametrize("target", list(TARGETS))
@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_breaks_out_of_a_target(target: str, payload: str) -> None:
    for runs in ([payload], [*italic(payload)], ["x ", *italic(payload), " y"], [*italic("t"), payload]):
        written = write_entry(runs, target)
        written.encode()
        whole = "".join(run for run in runs if isinstance(run, str))
        read = squeezed(READERS[target](written))
        write(runs, target).encode()
        if target == "html":
            read = squeezed(
                re.sub("[\u202a-\u202e\u2066-\u2069]", "", read.replace("\u2028", " ").replace("\u2029", " "))
            )
            assert read.replace(" ", "") == readable(whole).replace(" ", "")
        else:
            assert read == readable(whole)


def test_quotes_of_a_hostile_locale_are_text() -> None:
    hostile = ("<script>", "</script>", "\x1b[31m", "{")
    runs = marked("quotes", "", "a")
    assert write(runs, "html", hostile) == "&#60;script&#62;a&#60;/script&#62;"
    assert write(marked("quotes", "", *runs), "terminal", hostile) == "<script>[31ma{</script>"


def test_attributes_of_a_hostile_style_stay_inside_theirs() -> None:
    runs = marked("font-style", 'x"><script>', "a")
    assert write(runs, "html") == '<span style="font-style:x&#34;&#62;&#60;script&#62;;">a</span>'


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("See https://example.org/a_(b).", "https://example.org/a_(b)"),
        ("(https://example.org/a)", "https://example.org/a"),
        ("https://doi.org/10.1000/x<y>", "https://doi.org/10.1000/x"),
        ("doi:10.1000/182.", "https://doi.org/10.1000/182"),
        (
            "10.1002/(SICI)1099-1409(199908/10)3:6/7<672::AID>",
            "https://doi.org/10.1002/(SICI)1099-1409(199908/10)3:6/7",
        ),
        ("http://пример.рф/путь", "http://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84/%D0%BF%D1%83%D1%82%D1%8C"),
        ("https://e.org/100%", "https://e.org/100%25"),
        ('https://e.org/" onclick="x', "https://e.org/"),
        ("javascript:alert(1)", ""),
        ("http://", ""),
        ("http://user:pw@evil.example/", ""),
        ("data:text/html,<b>", ""),
        ("version 10.4 of 10.10", ""),
    ],
)
def test_only_web_addresses_and_dois_are_linked(text: str, url: str) -> None:
    links = [run["link"] for run in json.loads(write([text], "json", links=True)) if "link" in run]
    assert links == ([url] if url else [])
    assert "".join(run["text"] for run in json.loads(write([text], "json", links=True))) == text


def test_an_address_in_two_runs_is_one_link() -> None:
    assert write(["https://doi.org/", "10.1000/182", "."], "html", links=True) == (
        '<a href="https://doi.org/10.1000/182">https://doi.org/10.1000/182</a>.'
    )


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("html", '<a href="https://e.org/a_b?c=1&#38;d=%25#e">https://e.org/a_b?c=1&#38;d=%25#e</a>'),
        ("text", "https://e.org/a_b?c=1&d=%25#e"),
        ("terminal", "\x1b]8;;https://e.org/a_b?c=1&d=%25#e\x1b\\https://e.org/a_b?c=1&d=%25#e\x1b]8;;\x1b\\"),
        ("markdown", "<https://e.org/a_b?c=1&d=%25#e>"),
        ("latex", r"\href{https://e.org/a_b?c=1\&d=\%25\#e}{https://e.org/a\_b?c=1\&d=\%25\#e}"),
        ("typst", r'#link("https://e.org/a_b?c=1&d=%25#e")[https:\/\/e.org/a\_b?c=1&d=%25\#e]'),
        (
            "rtf",
            r'{\field{\*\fldinst HYPERLINK "https://e.org/a_b?c=1&d=%25#e"}{\fldrslt https://e.org/a_b?c=1&d=%25#e}}',
        ),
    ],
)
def test_links_are_written_as_the_target_writes_them(target: str, expected: str) -> None:
    assert write(["https://e.org/a_b?c=1&d=%25#e"], target, links=True) == expected


@pytest.mark.parametrize(
    "text", ["http://[::1]/", "http://a b", "https://-x.org", "http://x.org:port/", "https://x.org\\@y"]
)
def test_addresses_without_a_plain_host_are_refused(text: str) -> None:
    assert link_target(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cohen, כותרת בעברית (2020), p. 3.", "Cohen, \u2068כותרת בעברית\u2069 (2020), p. 3."),
        ("كتاب Latin title 2020", "كتاب \u2068Latin title\u2069 2020"),
        (
            "حرب (2019, Nov. 30). https://e.org/a (PDF).",
            "حرب (2019, \u2068Nov\u2069. 30). https://e.org/a (\u2068PDF\u2069).",
        ),
        ("plain Латиница 日本", "plain Латиница 日本"),
    ],
)
def test_stretches_of_the_other_direction_are_isolated(text: str, expected: str) -> None:
    assert write([text], "text") == expected


def test_no_invisible_mark_touches_a_url() -> None:
    item = {"id": "x", "type": "webpage", "title": "حرب الشتاء", "URL": "https://example.org/a/"}
    ((_, entry),) = Processor(Style.load("apa"), [item]).bibliography(format="text")
    assert entry == "حرب الشتاء. \u2068(n.d.). Retrieved\u2069 https://example.org/a/"

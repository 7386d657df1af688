"""The tables of types and fields: every type and field of the standards, in each direction, and nothing lost."""

from __future__ import annotations

import re

import pytest

from refs.formats import bibfields, read, write
from refs.model import TYPES, Name, Reference, Source, Value

# The BibLaTeX manual, section 2.1, and the classic styles of BibTeX.
TYPES_OF_BIBLATEX = """
    article book mvbook inbook bookinbook suppbook booklet collection mvcollection incollection suppcollection dataset
    manual misc online patent periodical suppperiodical proceedings mvproceedings inproceedings reference mvreference
    inreference report software thesis unpublished conference electronic mastersthesis phdthesis techreport www
    artwork audio bibnote commentary image jurisdiction legislation legal letter movie music performance review
    standard video
""".split()
# The BibLaTeX manual, section 2.2, with BibTeX's names for some of them.
FIELDS_OF_BIBLATEX = """
    abstract addendum afterword annotation annotator author authortype bookauthor bookpagination booksubtitle booktitle
    booktitleaddon chapter commentator date doi edition editor editora editorb editorc editortype editoratype
    editorbtype editorctype eid entrysubtype eprint eprintclass eprinttype eventdate eventtitle eventtitleaddon file
    foreword holder howpublished indextitle institution introduction isan isbn ismn isrn issn issue issuesubtitle
    issuetitle issuetitleaddon iswc journalsubtitle journaltitle journaltitleaddon label language library location
    mainsubtitle maintitle maintitleaddon month nameaddon note number organization origdate origlanguage origlocation
    origpublisher origtitle pages pagetotal pagination part publisher pubstate reprinttitle series shortauthor
    shorteditor shorthand shorthandintro shortjournal shortseries shorttitle subtitle title titleaddon translator type
    url urldate venue version volume volumes year
    gender langid langidopts options presort related relatedoptions relatedtype relatedstring sortkey sortname
    sortshorthand sorttitle sortyear indexsorttitle keywords crossref xref
    lista listb listc listd liste listf namea nameb namec nameatype namebtype namectype usera userb userc userd usere
    userf verba verbb verbc
    address annote archiveprefix journal key pdf primaryclass school
""".split()
VALUES = {
    **dict.fromkeys(["date", "eventdate", "origdate", "urldate"], "2001-02-03"),
    **dict.fromkeys(["year", "sortyear"], "2001"),
    "month": "4",
    "doi": "10.1000/abc",
    "url": "https://example.org/a",
    "eprint": "1706.03762",
    "eprinttype": "arxiv",
    "archiveprefix": "arXiv",
    "isbn": "9780140449136",
    "language": "german",
    "langid": "ngerman",
    "origlanguage": "french",
}


@pytest.mark.parametrize("kind", TYPES_OF_BIBLATEX)
def test_every_type_of_biblatex_is_read_and_written_again(kind: str) -> None:
    assert bibfields.CSL_TYPES[kind] in TYPES
    (reference,) = read(f"@{kind}{{k, title = {{T}}}}".encode(), "x.bib").references
    text = write([reference], "biblatex")
    (again,) = read(text.encode(), "x.bib").references
    assert (again.type, again.fields, again.extra) == (reference.type, reference.fields, reference.extra)
    if kind not in ("conference", "electronic", "www", "phdthesis", "mastersthesis", "techreport"):  # BibTeX's names
        assert text.startswith(f"@{kind}{{"), text


def test_every_type_of_csl_has_a_type_in_both_dialects() -> None:
    assert bibfields.BIB_TYPES.keys() == TYPES
    assert {classic for classic, _ in bibfields.BIB_TYPES.values()} <= bibfields.CLASSIC_TYPES
    assert {modern for _, modern in bibfields.BIB_TYPES.values()} <= bibfields.BIBLATEX_TYPES


def written_fields(text: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^  (\S+) = \{?(.*?)\}?,$", text))


@pytest.mark.parametrize("kind", ["article", "book", "inproceedings", "thesis", "online", "misc"])
@pytest.mark.parametrize("name", FIELDS_OF_BIBLATEX)
def test_every_field_is_read_and_what_it_says_is_written_again(name: str, kind: str) -> None:
    value = VALUES.get(name, "Doe, Jane" if name in NAMED else f"a {name}")
    title = "" if name == "title" else "title = {T}, "
    (reference,) = read(f"@{kind}{{k, {title}{name} = {{{value}}}}}".encode(), "x.bib").references
    for dialect in ("biblatex", "bibtex"):
        text = write([reference], dialect)
        (again,) = read(text.encode(), "x.bib").references
        assert (again.fields, again.variants, again.identifiers) == (
            reference.fields,
            reference.variants,
            reference.identifiers,
        )
        assert again.extra == reference.extra or name in ("crossref", "xref")
        assert write([again], dialect) == text
    if name not in ("crossref", "xref"):  # no entry has that key
        assert value.lower() in write([reference], "biblatex").lower() or name in REWRITTEN


NAMED = frozenset(
    "author bookauthor editor editora editorb editorc translator annotator commentator introduction foreword afterword "
    "holder shortauthor shorteditor namea nameb namec".split()
)
# Written in another way: `month` in a date, and a scheme that names no number says nothing.
REWRITTEN = frozenset({"month", "langid", "language", "eprinttype", "archiveprefix"})


def test_issue_beside_number_and_the_holder_are_kept_and_written_back() -> None:
    source = (
        b"@article{k, title={T}, number={7}, issue={Spring}, holder={Acme}, editora={Roe, R.}, editoratype={reviser}}"
    )
    (reference,) = read(source, "x.bib").references
    fields = written_fields(write([reference], "biblatex"))
    assert {name: fields[name] for name in ("number", "issue", "holder", "editora", "editoratype")} == {
        "number": "7",
        "issue": "Spring",
        "holder": "Acme",
        "editora": "Roe, R.",
        "editoratype": "reviser",
    }


# What could make TeX, BibTeX, biber or a reader of the log do something: each must end as text that is printed.
PAYLOADS = [
    r"\input{/etc/passwd}",
    r"\include{x}",
    r"\write18{id}",
    r"\immediate\write18{id}",
    r"\openin5=/etc/passwd",
    r"\openout1=x",
    r"\read5 to\x",
    r"\catcode`\@=0",
    r"\def\x{y}",
    r"\let\title\relax",
    r"\csname input\endcsname x",
    r"\expandafter\input",
    r"^^5cinput{x}",
    r"\special{ps: x}",
    r"\pdfliteral{x}",
    r"\directlua{os.execute('id')}",
    r"\newwrite\w",
    r"\usepackage{x}",
    r"\loop\iftrue\repeat",
    r"\url{\input{x}}",
    r"\href{a}{\input{b}}",
    r"$\input{x}$",
    r"$$\def\x{}$$",
    r"{\input{x}",
    r"x}, note = {\input{x}}",
    'x}}\n@preamble{"\\input{x}"}',
    '" # input # "',
    r"\verb|\input x|",
    r"%\input{x}",
    r"\\input{x}~\#1 &#x5c;",
    "\x00\\input\x07{x}",
    r"\text\input{x}",
]
ALLOWED = frozenset(
    "textbackslash textbraceleft textbraceright textasciitilde textasciicircum textasciigrave textless textgreater "
    "textbar textquotesingle emph textbf textsuperscript textsubscript textsc".split()
)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("options", [{}, {"ascii_only": True}])
def test_text_of_a_registry_never_becomes_a_command(payload: str, options: dict[str, bool]) -> None:
    line = " ".join("".join(char for char in payload if char.isprintable() or char.isspace()).split())
    names = "title container-title publisher note abstract annote genre edition volume page number keyword".split()
    sources = dict.fromkeys((*names, "addendum", "evil"), Source("crossref", "2026-01-01"))
    reference = Reference(
        "article-journal", dict.fromkeys(names, line), "k", extra={"addendum": line, "evil": line}, sources=sources
    )
    for dialect in ("bibtex", "biblatex"):
        text = write([reference], dialect, **options)
        assert set(re.findall(r"\\([A-Za-z]+)", text)) <= ALLOWED
        assert text.count("\n@") == 0
        (again,) = read(text.encode(), "x.bib").references
        assert again.text("title") == line


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("bibtex", ["author = {A {(}B{]}, \\textasciigrave{}Abd -{}-c}", "doi = {10.5555/%5E%5E5cinput}"]),
        ("biblatex", ["author = {A (B], \\`{}Abd {-}{-}c}", "doi = {10.5555/%5E%5E5cinput}"]),
    ],
)
def test_names_and_addresses_hold_nothing_that_styles_or_biber_stumble_over(dialect: str, expected: list[str]) -> None:
    fields: dict[str, Value] = {"author": (Name("A (B]", "`Abd --c"),), "DOI": "10.5555/^^5cinput"}
    text = write([Reference("book", fields, "k")], dialect)
    assert [line.strip().rstrip(",") for line in text.splitlines()[1:-1]] == expected


@pytest.mark.parametrize("payload", [payload for payload in PAYLOADS if payload.count("{") == payload.count("}")])
def test_the_users_own_latex_survives(payload: str) -> None:
    value = " ".join(payload.replace("\x00", "").replace("\x07", "").split())
    if not re.fullmatch(r"[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*", value):
        pytest.skip("its braces do not balance, so it is no value of a field")
    block = f"@misc{{k,\n  usera = {{{value}}},\n}}\n"
    (reference,) = read(block.encode(), "x.bib").references
    assert write([reference], "biblatex") == block

"""Writing BibTeX and BibLaTeX: every type and variable comes back, registry text stays text, own LaTeX stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from refs.errors import UsageError
from refs.formats import key_problem, read, write
from refs.model import (
    DATE_VARIABLES,
    NAME_VARIABLES,
    TEXT_VARIABLES,
    TYPES,
    Date,
    Name,
    Reference,
    Source,
    Value,
    Variant,
)

DATA = Path(__file__).parent / "data"
DIALECTS = ("bibtex", "biblatex")


def again(reference: Reference, dialect: str, *, ascii_only: bool = False) -> Reference:
    text = write([reference], dialect, ascii_only=ascii_only)
    document = read(text.encode(), "refs.bib")
    assert [block.warnings for block in document.blocks] == [()]
    assert write(document.references, dialect, ascii_only=ascii_only) == text
    return document.references[0]


def value_of(variable: str) -> Value:
    if variable in NAME_VARIABLES:
        return (Name("Doe", "Jane"), Name(literal="The Institute"))
    if variable in DATE_VARIABLES:
        return Date(((2001, 2, 3),))
    known = {"DOI": "10.1000/abc", "URL": "https://example.org/a_b?c=%20", "language": "de-AT", "page": "1-9"}
    return known.get(variable, f"a {variable} & more")


EVERY = {variable: value_of(variable) for variable in sorted(TEXT_VARIABLES | NAME_VARIABLES | DATE_VARIABLES)}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_type_comes_back_with_every_variable(kind: str, dialect: str) -> None:
    reference = Reference(kind, EVERY, "key", identifiers={"arxiv": "1706.03762", "openalex": "W1"})
    written = again(reference, dialect)
    assert (written.type, written.fields) == (kind, EVERY)
    assert written.identifiers == reference.identifiers


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_variable_comes_back_by_itself(kind: str, dialect: str) -> None:
    for variable, value in EVERY.items():
        if not (kind == "book" and variable == "volume-title"):
            written = again(Reference(kind, {variable: value}, "key"), dialect)
            assert (variable, written.type, written.fields) == (variable, kind, {variable: value})


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["torture", "works"])
def test_a_library_is_written_as_the_output_beside_it_says(name: str, dialect: str) -> None:
    source = next(path for path in DATA.glob("*/*") if path.name in (f"{name}.bib", f"{name}.json"))
    references = list({r.key: r for r in read(source.read_bytes(), source.name).references}.values())
    assert write(references, dialect) == (source.parent / f"{name}.{dialect}.txt").read_text("utf-8")


HOSTILE = [
    r"\input{/etc/passwd}",
    r"$\immediate\write18{id}$",
    r"} , note = {injected",
    "}\n@article{evil, title={x}}",
    "{unbalanced",
    "50% of\\",
    "a \\ b ~ c ^ d & e # f _ g",
    "^^5cinput",
    '"quoted" # macro',
    "@comment{x}",
    "<i>open </b>",
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_a_registry_is_never_obeyed(text: str, dialect: str) -> None:
    line = " ".join(text.split())
    fields: dict[str, Value] = {
        "title": line,
        "publisher": line,
        "note": line,
        "author": (Name(line, line), Name(literal=line)),
        "issued": Date(literal=line),
    }
    written = again(Reference("book", fields, "key"), dialect)
    assert written.fields == fields


@pytest.mark.parametrize("dialect", DIALECTS)
def test_addresses_hold_nothing_that_ends_a_field(dialect: str) -> None:
    fields: dict[str, Value] = {"title": "x", "URL": "http://a.org/}b\\c{d", "DOI": "10.1000/}a"}
    written = again(Reference("webpage", fields, "key"), dialect)
    assert written.fields == {"title": "x", "URL": "http://a.org/%7Db%5Cc%7Bd", "DOI": "10.1000/}a"}


def own(**extra: str) -> Reference:
    sources = {name: Source("mine.bib:7") for name in (*extra, "title")}
    return Reference("article-journal", {"title": "On α"}, "key", extra=extra, sources=sources)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_users_own_latex_is_written_as_it_was(dialect: str) -> None:
    text = write([own(title=r"On $\alpha$", groups=r"\mine{a} \& b")], dialect)
    assert r"title = {On $\alpha$}," in text
    assert r"groups = {\mine{a} \& b}," in text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_own_latex_in_names_and_fields_survives_reading_and_writing(dialect: str) -> None:
    fields = [r"author = {{\noopsort{Beethoven}}van Beethoven, L.}", r"title = {A~$x$ in \ce{H2O} and \mine{y}}"]
    (reference,) = read(f"@book{{k, {', '.join(fields)}}}".encode(), "refs.bib").references
    assert reference.names("author") == (Name("van Beethoven", "L."),)
    text = write([reference], dialect)
    assert all(f"  {field},\n" in text for field in fields)


def test_own_latex_that_no_longer_means_the_field_is_left_out() -> None:
    text = write([own(title=r"On $\beta$")], "bibtex")
    assert "title = {On α}," in text


def test_what_a_registry_puts_beside_the_fields_is_no_latex() -> None:
    reference = Reference(
        "book", {"title": "x"}, "key", extra={"foo": r"\input{x}"}, sources={"foo": Source("crossref")}
    )
    assert write([reference], "bibtex") == "@book{key,\n  title = {x},\n}\n"


def test_own_latex_with_a_brace_astray_is_text() -> None:
    (written,) = read(write([own(foo="a } b")], "bibtex").encode(), "x.bib").references
    assert written.extra == {"foo": r"a \textbraceright{} b"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_variants_come_back(dialect: str) -> None:
    variants = {
        "title": (Variant("Война и мир", "ru", "original"), Variant("Voina i mir", "ru-Latn", "romanised")),
        "author": (Variant((Name("Толстой", "Лев"),), "ru", "original"),),
        "container-title": (Variant("Журнал", "ru"),),
    }
    reference = Reference("article-journal", {"title": "War and Peace"}, "key", variants=variants)
    assert again(reference, dialect).variants == variants


@pytest.mark.parametrize(
    ("date", "biblatex", "bibtex"),
    [
        (Date(((2001,),)), ["date = {2001}"], ["year = {2001}"]),
        (Date(((2001, 5, 7),)), ["date = {2001-05-07}"], ["year = {2001}", "month = may", "day = {7}"]),
        (Date(((2001,), (2002,))), ["date = {2001/2002}"], ["date = {2001/2002}", "year = {2001}"]),
        (Date(((2001,),), season=2), ["date = {2001-22}"], ["date = {2001-22}", "year = {2001}"]),
        (Date(((-44,),)), ["date = {-0043}"], ["date = {-0043}", "year = {-44}"]),
        (Date(((1850,),), circa=True), ["date = {1850~}"], ["date = {1850~}", "year = {1850}"]),
        (Date(literal="forthcoming"), ["year = {forthcoming}"], ["year = {forthcoming}"]),
    ],
)
def test_dates_are_in_the_fields_of_the_dialect(date: Date, biblatex: list[str], bibtex: list[str]) -> None:
    reference = Reference("book", {"issued": date}, "key")
    for dialect, expected in (("biblatex", biblatex), ("bibtex", bibtex)):
        lines = write([reference], dialect).splitlines()[1:-1]
        assert [line.strip(" ,") for line in lines] == expected
        assert again(reference, dialect).fields == reference.fields


def test_seven_bits_are_enough_for_latin_scripts() -> None:
    fields: dict[str, Value] = {
        "title": "Żółw – “ćma” in Łódź",
        "author": (Name("Gödel", "Kürt"),),
        "publisher": "Éditions № 1",
    }
    reference = Reference("book", fields, "key")
    assert write([reference], "bibtex", ascii_only=True).isascii()
    assert again(reference, "bibtex", ascii_only=True).fields == fields


def test_a_title_in_another_language_keeps_all_capitals_in_classic_styles() -> None:
    reference = Reference("book", {"title": "Die Verwandlung", "language": "de"}, "key")
    assert "title = {{Die Verwandlung}}," in write([reference], "bibtex")
    assert "title = {Die Verwandlung}," in write([reference], "biblatex")


def test_a_reference_to_another_entry_is_written_when_that_is_in_the_file() -> None:
    document = read(b"@inbook{c, crossref={p}, title={C}} @book{p, title={P}}", "refs.bib")
    child, parent = document.references
    assert "xref = {p}" in write([child, parent], "biblatex")
    assert "xref" not in write([child], "biblatex")


@pytest.mark.parametrize(
    "key", ["", "a b", "a,b", "a{b", "a}b", "a#b", "a%b", "a\\b", 'a"b', "a=b", "a~b", "a\nb", "a\x00b", "a^^5cb"]
)
def test_a_key_that_bibtex_cannot_hold_is_refused(key: str) -> None:
    assert key_problem(key)
    with pytest.raises(UsageError):
        write([Reference("book", {"title": "x"}, key)], "bibtex")


def test_an_apostrophe_in_a_key_is_for_bibtex_alone() -> None:
    reference = Reference("book", {"title": "x"}, "O'Donnell83a")
    assert read(write([reference], "bibtex").encode(), "x").references[0].key == "O'Donnell83a"
    with pytest.raises(UsageError, match='biber allows no "\'" in a key'):
        write([reference], "biblatex")


def test_other_keys_are_written() -> None:
    for key in ("doe2001", "DBLP:conf/x/Y-1.2+3", "毛1998", "a_b:c"):
        assert key_problem(key) == ""
        assert read(write([Reference("book", {"title": "x"}, key)], "bibtex").encode(), "x").references[0].key == key


def test_a_language_with_a_region_is_babels_language_and_comes_back() -> None:
    film = Reference("motion_picture", {"title": "X", "language": "de-DE", "director": (Name("Lang", "Fritz"),)}, "x")
    text = write([film], "biblatex")
    assert "langid = {german},\n  csl-language = {de-DE}," in text
    assert "editor = {Lang, Fritz},\n  editortype = {director}," in text
    assert read(text.encode(), "x.bib").references[0].fields == film.fields


@pytest.mark.parametrize(
    ("name", "text", "written"),
    [
        ("x.bib", "@book{k, title = {T}, addendum = {\\emph{x} \\& 5\\%}}", r"\emph{x} \& 5\%"),
        ("x.yml", "k:\n  type: book\n  title: T\n  addendum: '\\emph{x} & 5%'\n", None),
        ("x.json", '[{"id": "k", "type": "book", "title": "T", "addendum": "\\\\emph{x} & 5%"}]', None),
    ],
)
def test_only_latex_is_written_as_it_was(name: str, text: str, written: str | None) -> None:
    written = written or r"\textbackslash{}emph\textbraceleft{}x\textbraceright{} \& 5\%"
    (reference,) = read(text.encode(), name).references
    assert f"addendum = {{{written}}}" in write([reference], "biblatex")

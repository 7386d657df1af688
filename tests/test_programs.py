"""`--for`: the file that each program reads, and the programs' own word that they do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from refs.actions.exporting import format_for
from refs.dates import parse_date
from refs.errors import UsageError
from refs.formats import read, write
from refs.formats.programs import PROGRAMS
from refs.model import DATE_VARIABLES, NAME_VARIABLES, TYPES, VARIABLES, Date, Name, Reference, Source, Value
from tests import engines
from tests.running import Run

HOSTILE = r"\input{/etc/hostname} \immediate\write18{id} $x_1$ 50% & # ~ ^^5c } { \csname end"
PLAIN = frozenset({"collection", "document", "event", "interview", "map"})  # BibLaTeX's @misc, no type for pandoc
DATES = "2004 2004-06-01 2004/2006 2004-06/.. ../1997 1723~ 199X 2004-22 -0044 forthcoming".split()


def value_of(variable: str) -> Value:
    if variable in NAME_VARIABLES:
        return (
            Name("Doe", "Jane"),
            Name("Berg", "Jan", non_dropping_particle="van den"),
            Name(literal="The Institute"),
        )
    if variable in DATE_VARIABLES:
        return Date(((2001, 2, 3),))
    known = {"DOI": "10.1000/abc", "URL": "https://example.org/a_b?c=%20", "language": "en-US", "page": "1-9"}
    return known.get(variable, f"a {variable} & more")


def library() -> list[Reference]:
    """Return references of every type, every variable, every kind of date, and text that nobody may obey."""
    found = []
    for i, kind in enumerate(sorted(TYPES)):
        for third in range(3):  # biber 2.18 gives up at an entry of a hundred fields
            names = ["title", *sorted(VARIABLES)[third::3]]
            found.append(Reference(kind, {name: value_of(name) for name in names}, f"type{i}-{third}"))
    author = (Name("Müller", "Zoë"),)
    found += [
        Reference("book", {"title": f"Dated {date}", "author": author, "issued": parse_date(date)}, f"date{i}")
        for i, date in enumerate(DATES)
    ]
    texts = ["On the DNA of <i>Escherichia</i> in McDonald’s Łódź", HOSTILE, "H<sub>2</sub>O – “α”"]
    found += [
        Reference("article-journal", {"title": text, "author": author, "container-title": text}, f"text{i}")
        for i, text in enumerate(texts)
    ]
    own = {"entrytype": "web_page", "date": "2001?", "groups": "a, b"}
    sources = dict.fromkeys(own, Source("my.bib:1"))
    return [*found, Reference("webpage", {"title": "Own"}, "own", extra=own, sources=sources)]


def written(program: str, ending: str = "refs.bib") -> str:
    format, options = format_for(program, "", ending)
    return write(library(), format, **options)


@pytest.mark.parametrize(
    ("program", "name", "output", "format"),
    [
        ("", "", "refs.ris", "ris"),
        ("pdflatex-bibtex", "", "-", "bibtex"),
        ("pdflatex-bibtex", "", "refs.bib", "bibtex"),
        ("biber", "", "refs.bib", "biblatex"),
        ("biber", "biblatex", "refs.txt", "biblatex"),
        ("typst", "", "refs.yml", "hayagriva"),
        ("typst", "", "refs.bib", "biblatex"),
        ("pandoc", "", "-", "csljson"),
        ("pandoc", "", "refs.bib", "biblatex"),
        ("pandoc", "", "refs.yaml", "cslyaml"),
    ],
)
def test_a_program_and_an_ending_choose_the_format(program: str, name: str, output: str, format: str) -> None:
    assert format_for(program, name, output)[0] == format


@pytest.mark.parametrize(
    ("program", "name", "output", "message"),
    [
        ("latex", "", "-", "refs knows no program 'latex'"),
        ("bibr", "", "-", "did you mean biber?"),
        ("tyspt", "", "-", "did you mean typst?"),
        ("pdflatex", "", "-", "did you mean pdflatex-bibtex?"),
        ("biber", "ris", "-", "biber reads biblatex, not ris"),
        ("biber", "bibtx", "-", "did you mean bibtex?"),
        ("typst", "", "refs.ris", "typst reads biblatex or hayagriva, which refs.ris is not by its ending"),
    ],
)
def test_what_contradicts_the_program_is_refused(program: str, name: str, output: str, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        format_for(program, name, output)
    assert message in str(refusal.value)


def test_the_commands_take_the_program(refs: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    source.write_text(json.dumps([{"id": "k", "type": "dataset", "title": "Émile"}]), encoding="utf-8")
    assert r"{\'E}mile" in refs("convert", str(source), "-", "--for", "pdflatex-bibtex").out
    assert refs("convert", str(source), "-", "--for", "biber").out.startswith("@dataset{k,")
    source.write_text(json.dumps([{"id": "k", "type": "book", "title": "北京 é"}]), encoding="utf-8")
    told = refs("convert", str(source), "-", "--for", "pdflatex-bibtex").err
    assert told.startswith("1 reference holds characters that pdfLaTeX has no command for, such as 北: ")
    assert refs("convert", str(source), "-", "--for", "biber").err == ""
    refused = refs("export", "--for", "biber", "--format", "ris")
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)


def test_the_fields_are_those_of_the_program() -> None:
    classic, typst = written("pdflatex-bibtex"), written("typst")
    assert classic.isascii()
    assert "journal = {" in classic
    assert "journaltitle" not in classic
    assert "@web_page" not in "".join(written(program, "refs.bib") for program in PROGRAMS)
    assert r"\emph" not in typst
    assert "date = {forthcoming}" not in typst
    assert "year = {forthcoming}" not in typst


def test_what_is_written_for_pandoc_comes_back_without_a_span_for_each_capital() -> None:
    title = "On the DNA of Escherichia in Gaussian Measures"
    reference = Reference("book", {"title": title}, "k")
    text = write([reference], "biblatex", dialect=PROGRAMS["pandoc"].dialect)
    assert "{{Escherichia}}" in text
    assert read(text.encode(), "x.bib").references[0].fields == {"title": title}


@pytest.mark.parametrize("program", ["pdflatex-bibtex", "biber"])
def test_own_latex_is_written_in_seven_bits_where_they_are_asked_for(program: str) -> None:
    reference = Reference("book", {"title": "Émile α"}, "k", extra={"title": r"Émile $\alpha$"})
    own = replace(reference, sources={"title": Source("my.bib:1")})
    text = write([own], PROGRAMS[program].formats[0], dialect=PROGRAMS[program].dialect)
    assert (r"{\'E}mile $\alpha$" if program == "pdflatex-bibtex" else r"Émile $\alpha$") in text


IN_SOMETHING = ("webpage", "post-weblog", "post", "article", "legislation", "bill", "treaty", "broadcast", "dataset")


def works_in_something(publisher: str = "") -> list[Reference]:
    """Return works of the types whose container the styles of BibLaTeX print neither as booktitle nor as journal."""
    more: dict[str, Value] = {"publisher": publisher} if publisher else {}
    return [
        Reference(kind, {"title": "Of nothing", "container-title": f"In {number} Pages", **more}, f"k{number}")
        for number, kind in enumerate(IN_SOMETHING)
    ]


def printed(pdf: Path) -> str:
    """Return the text of a PDF without its line ends, in lower case, since some styles change that."""
    return " ".join(engines.pdf_text(pdf).lower().split())


@pytest.mark.parametrize("publisher", ["", "The Press"])
@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_what_a_work_is_in_comes_back_whatever_the_field(program: str, publisher: str) -> None:
    dialect = PROGRAMS[program].dialect
    format = "biblatex" if dialect.biblatex else "bibtex"
    references = works_in_something(publisher)
    text = write(references, format, dialect=dialect)
    again = read(text.encode(), "refs.bib").references
    assert [(one.type, one.fields, one.extra) for one in again] == [(one.type, one.fields, {}) for one in references]
    assert write(again, format, dialect=dialect) == text


def test_a_container_with_protected_words_is_in_balanced_braces_for_pandoc() -> None:
    title = 'A <span class="nocase">B</span> c'
    reference = Reference("webpage", {"title": title, "container-title": title}, "k")
    text = write([reference], "biblatex", dialect=PROGRAMS["pandoc"].dialect)
    assert read(text.encode(), "x.bib").references[0].fields == reference.fields


CLASSIC = r"""\documentclass{article}\usepackage[T1]{fontenc}\usepackage{textcomp}\usepackage{url}
\begin{document}\nocite{*}\bibliographystyle{%s}\bibliography{refs}\end{document}
"""


@pytest.mark.parametrize("style", ["plain", "unsrt"])
def test_bibtex_and_pdflatex_take_the_file(tmp_path: Path, style: str) -> None:
    latex, bibtex = engines.program("pdflatex"), engines.program("bibtex")
    (tmp_path / "refs.bib").write_text(written("pdflatex-bibtex"), encoding="ascii")
    (tmp_path / "m.tex").write_text(CLASSIC % style, encoding="ascii")
    engines.run(latex, "-interaction=batchmode", "-no-shell-escape", "m.tex", folder=tmp_path)
    made = engines.run(bibtex, "m", folder=tmp_path)
    assert "error" not in made.stdout.replace("(There were", "").lower(), made.stdout
    for _ in range(2):
        done = engines.run(
            latex, "-interaction=batchmode", "-halt-on-error", "-no-shell-escape", "m.tex", folder=tmp_path
        )
    assert done.returncode == 0, (tmp_path / "m.log").read_text("latin-1")[-2000:]
    assert "/etc/hostname" not in [line.strip("()") for line in (tmp_path / "m.log").read_text("latin-1").split()]


MODERN = r"""\documentclass{article}\usepackage[T1]{fontenc}\usepackage{biblatex}\addbibresource{refs.bib}
\begin{document}\nocite{*}\printbibliography\end{document}
"""


def test_biber_and_pdflatex_take_the_file(tmp_path: Path) -> None:
    latex, biber = engines.program("pdflatex"), engines.program("biber")
    engines.styles("biblatex.sty", "etoolbox.sty")
    (tmp_path / "refs.bib").write_text(written("biber"), encoding="utf-8")
    (tmp_path / "m.tex").write_text(MODERN, encoding="ascii")
    engines.run(latex, "-interaction=batchmode", "-no-shell-escape", "m.tex", folder=tmp_path)
    made = engines.run(biber, "m", folder=tmp_path)
    assert made.returncode == 0, made.stdout
    assert "ERROR" not in made.stdout
    done = engines.run(latex, "-interaction=batchmode", "-no-shell-escape", "m.tex", folder=tmp_path)
    log = (tmp_path / "m.log").read_text("latin-1")
    # α is for XeLaTeX and LuaLaTeX, which biber's users take for it
    errors = [line for line in log.splitlines() if line.startswith("!") and "U+03B1" not in line]
    assert errors == [], done.stdout


def test_biblatex_prints_what_a_work_is_in(tmp_path: Path) -> None:
    latex, biber = engines.program("pdflatex"), engines.program("biber")
    engines.styles("biblatex.sty", "etoolbox.sty")
    text = write(works_in_something("The Press"), "biblatex", dialect=PROGRAMS["biber"].dialect)
    (tmp_path / "refs.bib").write_text(text, encoding="utf-8")
    (tmp_path / "m.tex").write_text(MODERN, encoding="ascii")
    for words in ([latex, "-interaction=batchmode", "m.tex"], [biber, "m"], [latex, "-interaction=batchmode", "m.tex"]):
        engines.run(*words, folder=tmp_path)
    found = printed(tmp_path / "m.pdf")
    assert [number for number in range(len(IN_SOMETHING)) if f"in {number} pages" not in found] == []


def test_bibtex_prints_what_a_work_is_in(tmp_path: Path) -> None:
    latex, bibtex = engines.program("pdflatex"), engines.program("bibtex")
    text = write(works_in_something(), "bibtex", dialect=PROGRAMS["pdflatex-bibtex"].dialect)
    (tmp_path / "refs.bib").write_text(text, encoding="ascii")
    (tmp_path / "m.tex").write_text(CLASSIC % "plain", encoding="ascii")
    engines.run(latex, "-interaction=batchmode", "m.tex", folder=tmp_path)
    engines.run(bibtex, "m", folder=tmp_path)
    found = " ".join((tmp_path / "m.bbl").read_text("ascii").split())
    assert [number for number in range(len(IN_SOMETHING)) if f"In {number} Pages" not in found] == []


def test_typst_prints_what_a_web_page_is_in(tmp_path: Path) -> None:
    typst = engines.package("typst")
    works = [one for one in works_in_something("The Press") if one.type in ("webpage", "post", "post-weblog")]
    text = write(works, "biblatex", dialect=PROGRAMS["typst"].dialect)
    (tmp_path / "refs.bib").write_text(text, encoding="utf-8")
    (tmp_path / "m.typ").write_text('#bibliography("refs.bib", style: "apa", full: true)', encoding="utf-8")
    typst.compile(str(tmp_path / "m.typ"), output=str(tmp_path / "m.pdf"))
    found = printed(tmp_path / "m.pdf")
    assert all(f"in {one.key[1:]} pages" in found for one in works)
    assert found.count("the press") == len(works)


@pytest.mark.parametrize("ending", ["bib", "yml"])
def test_typst_takes_the_file(tmp_path: Path, ending: str) -> None:
    typst = engines.package("typst")
    (tmp_path / f"refs.{ending}").write_text(written("typst", f"refs.{ending}"), encoding="utf-8")
    cites = "\n".join(f'#cite(label("{reference.key}"))' for reference in library())
    (tmp_path / "m.typ").write_text(f'{cites}\n#bibliography("refs.{ending}", style: "apa")', encoding="utf-8")
    typst.compile(str(tmp_path / "m.typ"), output=str(tmp_path / "m.pdf"))
    assert (tmp_path / "m.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(("ending", "format"), [("bib", "biblatex"), ("json", "csljson")])
def test_pandoc_reads_titles_types_and_dates(tmp_path: Path, ending: str, format: str) -> None:
    (tmp_path / "refs").write_text(written("pandoc", f"refs.{ending}"), encoding="utf-8")
    done = engines.run(engines.pandoc(), "-f", format, "-t", "csljson", "refs", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    items = {item["id"]: item for item in json.loads(done.stdout)}
    assert set(items) == {reference.key for reference in library()}
    untyped = {item["id"] for item in items.values() if not item.get("type")}
    assert untyped <= {reference.key for reference in library() if reference.type in PLAIN}
    assert items["text0"]["title"] == "On the DNA of <i>Escherichia</i> in McDonald’s Łódź"
    assert items["date3"]["issued"]["date-parts"][0] == [2004, 6]
    assert items["date4"]["issued"]["date-parts"][-1] == [1997]
    assert items["date6"]["issued"]["date-parts"] == [[1990], [1999]]


def test_pandoc_reads_what_a_work_is_in(tmp_path: Path) -> None:
    works = works_in_something("The Press")
    (tmp_path / "refs").write_text(write(works, "biblatex", dialect=PROGRAMS["pandoc"].dialect), encoding="utf-8")
    items = json.loads(engines.run(engines.pandoc(), "-f", "biblatex", "-t", "csljson", "refs", folder=tmp_path).stdout)
    found = {item["id"]: (item["container-title"], item["publisher"]) for item in items}
    assert found == {one.key: (one.text("container-title"), "The Press") for one in works}


def test_pandoc_reads_paragraphs(tmp_path: Path) -> None:
    work = Reference("book", {"title": "T", "note": "One.\n\nTwo\nthree"}, "k")
    (tmp_path / "refs").write_text(write([work], "biblatex", dialect=PROGRAMS["pandoc"].dialect), encoding="utf-8")
    (item,) = json.loads(
        engines.run(engines.pandoc(), "-f", "biblatex", "-t", "csljson", "refs", folder=tmp_path).stdout
    )
    assert item["note"] == work.text("note")

"""The rules of `refs check`, each on what it must find and on what it must leave alone."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from refs import Date, Name, Reference
from refs.actions import checking
from refs.checking import RULES, judging, latex, rules, serials, titles
from refs.checking.retractions import COLUMNS, Retractions
from refs.errors import NotRegistered, ParseError, RefsError, StorageError
from refs.formats import bibedit
from refs.journals import Journals, Title, Words
from refs.model import Value
from tests.running import Run

GOOD = (
    "author = {Doe, Jane}, title = {A Study of Some Things}, journal = {J. Things}, year = 2001, volume = 3,"
    " pages = {1--9}"
)


def found(text: str, path: Path) -> list[str]:
    """Return the rules that find something in a .bib text, without registries."""
    path.write_text(text, encoding="utf-8")
    subjects, unread = checking.subjects_of_file(path)
    report = checking.check(subjects, frozenset(RULES), None, None)
    return [one.rule for one in (*unread, *report.findings)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (GOOD, []),
        (GOOD + ", doi = {10.1000/x_1}", []),
        (GOOD + ", doi = {10.1000/x\\_1}", ["doi-form"]),
        (GOOD + ", doi = {https://doi.org/10.1000/x}", ["doi-form"]),
        (GOOD + ", doi = {10.48550/arXiv.1111.2011}", []),
        (GOOD + ", doi = {https://doi.org/10.48550/arXiv.1111.2011}", ["doi-form"]),
        (GOOD + ", doi = {10.48550/arXiv.1111.2011 and more}", ["doi-syntax"]),
        (GOOD + ", doi = {12725768}", ["doi-syntax"]),
        (GOOD + ", doi = {10.1000/x and more}", ["doi-syntax"]),
        (GOOD + ", isbn = {9783161484101}", ["isbn-check"]),
        (GOOD + ", issn = {0028-0837}", ["issn-check"]),
        (GOOD + ", issn = {0028-0836}", []),
        (GOOD + ", pmid = {PMC12}", ["identifier-syntax"]),
        (GOOD + ", eprint = {1706.03762}, archiveprefix = {arXiv}", []),
        (GOOD + ", eprint = {1799.12}, archiveprefix = {arXiv}", ["identifier-syntax"]),
        (GOOD + ", url = {www.example.org}", ["url-syntax"]),
        (GOOD.replace("1--9", "12--"), ["page-form"]),
        (GOOD.replace("1--9", "19--12"), ["page-form"]),
        (GOOD.replace("1--9", "119--21"), []),
        (GOOD.replace("1--9", "e12"), []),
        (GOOD.replace("2001", "2231"), ["date-syntax"]),
        (GOOD.replace("2001", "{10983}"), ["date-syntax"]),
        (GOOD.replace("year = 2001, ", ""), ["missing-field"]),
        (GOOD.replace("Doe, Jane", "Doe, Jane; Roe, Rita"), ["name-form"]),
        (GOOD.replace("Doe, Jane", "Doe, Jane and others"), []),
        (GOOD.replace("A Study of Some Things", "A STUDY OF SOME THINGS"), ["title-case"]),
        (GOOD.replace("A Study of Some Things", "{A Study of Some Things}"), ["title-braces"]),
        (GOOD.replace("A Study of Some Things", "{NASA}"), []),
        (GOOD.replace("A Study of Some Things", "The DNA of some things"), ["title-unprotected"]),
        (GOOD.replace("A Study of Some Things", "The {DNA} of some things in {P}aris"), []),
        (GOOD.replace("A Study of Some Things", "The \\emph{DNA} of some things"), []),
        (GOOD.replace("A Study of Some Things", "A study of $N$ things"), ["title-unprotected"]),
        (GOOD.replace("J. Things", "J. Things & Co"), ["latex-broken"]),
        (GOOD + ", abstract = {100 % & more}, month = jan # {~1}", []),
        (GOOD + ", note = {\\input{secret}}", ["latex-unsafe"]),
    ],
)
def test_a_rule_finds_its_own_and_nothing_else(fields: str, expected: list[str], tmp_path: Path) -> None:
    assert found(f"@article{{k, {fields}}}", tmp_path / "a.bib") == expected


def test_titles_of_books_and_of_biblatex_keep_their_capitals(tmp_path: Path) -> None:
    book = "@book{k, author={Doe, Jane}, title={The DNA of some things}, publisher={P}, year=2001}"
    biblatex = "@article{k, author={Doe, Jane}, title={The DNA of things}, journaltitle={J}, date={2001}}"
    assert found(book, tmp_path / "a.bib") == found(biblatex, tmp_path / "b.bib") == []


def test_works_that_are_there_twice_are_found_without_an_identifier(tmp_path: Path) -> None:
    text = f"@article{{a, {GOOD}}}\n@article{{b, {GOOD.replace('Doe, Jane', 'Doe, J.')}}}\n@article{{A, {GOOD}}}\n"
    assert sorted(found(text, tmp_path / "a.bib")) == ["duplicate", "duplicate", "duplicate", "duplicate-key"]
    other = GOOD.replace("A Study", "Another Study").replace("1--9", "10--19")
    assert found(f"@article{{a, {GOOD}}}\n@article{{b, {other}}}\n", tmp_path / "b.bib") == []


def test_a_preprint_beside_its_article_is_told() -> None:
    title, names = "Attention to all the needs of sequences", (Name("Doe", "Jane"), Name("Roe", "Rita"))
    fields: dict[str, Value] = {"title": title, "author": names, "issued": Date(((2017,),))}
    preprint = Reference("article", fields, key="p", identifiers={"arxiv": "1706.03762"})
    article = Reference("article-journal", {**fields, "container-title": "J", "volume": "3"}, key="a")
    told = list(rules.doubled([article, preprint]))
    assert [(place, one.rule, one.key, one.found) for place, one in told] == [(1, "published", "p", "a")]


@pytest.mark.parametrize(
    "payload",
    r"""
    \input{/etc/passwd} | \include{x} | \includegraphics{/etc/x} | \write18{rm} | \immediate\write18{id} | \openin5=x
    \openout5=x | \read5 to\x | \directlua{os.execute("id")} | \latelua{x} | \luaexec{x} | \catcode`\%=12
    \csname x\endcsname
    \def\x{} | \edef\x{} | \gdef\x{} | \xdef\x{} | \let\x\y | \newcommand{\x}{} | \renewcommand{\x}{} | \loop x\repeat
    \usepackage{x} | \RequirePackage{x} | \special{x} | \pdfobj{x} | \pdfximage{x} | \lstinputlisting{x}
    \verbatiminput{x}
    \VerbatimInput{x} | \scantokens{x} | \expandafter\x | \jobname | \everypar{x} | \newread\x | \pdffiledump{x}
    \makeatletter
    \InputIfFileExists{x}{}{} | \IfFileExists{x}{}{} | \batchmode | \end{document} | ^^5cinput{x} | ^^M | \@@input x
    \ShellEscape{id} | \DeclareRobustCommand{\x}{} | \providecommand{\x}{} | \newenvironment{x}{}{} | \subfile{x}
    \import{x}{y}
    """.replace("\n", "|").split("|"),
)
def test_what_could_do_harm_is_told(payload: str) -> None:
    payload = payload.strip()
    told = [one.rule for one in latex.check("k", "title", f"{{A title {payload} more}}")]
    assert ("latex-unsafe" in told) == bool(payload)


@pytest.mark.parametrize(
    "text",
    [
        r"50\% of $x_1$ \& \emph{all} {\"o} \H{o} \AA{} {\uppercase{\'e}}",
        r"A \includedword, \deffinition, \letter and \inputs",
        r"\url{http://x/a_b#c} \url|http://x/a_b| \verb|a_b|",
        r"$\alpha$-decay \(\beta_2\) $$x^2$$ \ensuremath{\gamma_{1}}",
        r"$\begin{pmatrix} a & b \end{pmatrix}$",
        r"10\ifmmode^\circ\else\textdegree\fi{}C",
    ],
)
def test_what_tex_sets_is_left_alone(text: str) -> None:
    assert list(latex.check("k", "title", f"{{{text}}}")) == []


@pytest.mark.parametrize(
    "text",
    [
        *("A $ sign", "A & B", "50 % of", "x_1", "x^2", "a # b", "A \\"),
        *(r"\alpha decay", r"\begin{x} y", r"$$\a$ x $1$", r"G{\"}x", r"$A&lt;B$", r"Te\{v}zak", r"10^{\circ}C"),
    ],
)
def test_what_stops_tex_is_told(text: str) -> None:
    assert latex.broken(text) is not None


def test_the_text_of_an_expression_is_what_stands_in_braces_and_quotes() -> None:
    assert latex.written('jan # "~1" # {st {of} it}') == "~1 st {of} it"
    assert latex.written("{a # b}") == "a # b"
    assert latex.written('"a {"} b"') == 'a {"} b'
    assert latex.written("2001") == ""


def test_braces_around_all_of_a_title_are_told_from_braces_in_it() -> None:
    reference = Reference("article-journal", {"title": "T"}, key="k")

    def told(title: str) -> list[str]:
        entry = bibedit.outline(f"@article{{k, title = {title}}}").entries[0]
        return [one.rule for one in titles.check(reference, entry)] if entry else []

    assert told("{{Some words in braces}}") == told('"{Some words in braces}"') == ["title-braces"]
    assert told("{{Some} words in {braces}}") == []


ROW = {
    "RetractionDate": "1/15/2020 0:00",
    "RetractionNature": "Retraction",
    "RetractionDOI": "10.5555/notice",
    "Reason": "+Concerns/Issues About Data;+Investigation by Journal/Publisher;",
    "OriginalPaperDate": "3/1/2015 0:00",
    "Author": "Jane Doe;Rita Roe",
    "Title": "A Study of Some Things",
    "OriginalPaperDOI": "10.5555/ORIGINAL",
    "OriginalPaperPubMedID": "1234",
}


def table(path: Path, *rows: dict[str, str], columns: Sequence[str] = COLUMNS) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, ["Record ID", *columns, "Notes"], restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return path


def said(path: Path, cache: Path, reference: Reference) -> list[tuple[str, str]]:
    return [(one.rule, one.found) for one in Retractions(path, cache).findings(reference)]


def test_retractions_are_found_by_doi_pmid_or_title(tmp_path: Path) -> None:
    others = [{"OriginalPaperDOI": f"10.5555/{n}", "OriginalPaperPubMedID": "0", "Title": f"T {n}"} for n in range(500)]
    path = table(tmp_path / "rw.csv", *others[:250], {}, *others[250:])
    by_title: dict[str, Value] = {"title": "A study of some things.", "author": (Name("Doe", "J."),)}
    right: list[dict[str, Value]] = [
        {"DOI": "10.5555/original"},
        {"PMID": "1234"},
        {**by_title, "issued": Date(((2015,),))},
    ]
    wrong: list[dict[str, Value]] = [
        {"DOI": "10.5555/none"},
        {"DOI": "10.5555/notice"},
        {"PMID": "12"},
        {**by_title, "issued": Date(((2016,),))},
        {},
    ]
    for fields in right:
        assert said(path, tmp_path, Reference("article-journal", fields)) == [("retracted", "10.5555/notice")]
    for fields in wrong:
        assert said(path, tmp_path, Reference("article-journal", fields)) == []
    message = Retractions(path, tmp_path).findings(Reference("book", {"DOI": "10.5555/499"}, key="k"))[0].message
    assert message == (
        "this work was retracted on 2020-01-15: see 10.5555/notice"
        " (Retraction Watch: Concerns/Issues About Data; Investigation by Journal/Publisher)"
    )


def test_what_was_taken_back_is_no_longer_told(tmp_path: Path) -> None:
    one = Reference("article-journal", {"DOI": "10.5555/original"})
    concern = {"RetractionNature": "Expression of concern", "RetractionDate": "1/2/2019 0:00", "RetractionDOI": ""}
    path = table(tmp_path / "rw.csv", {}, concern)
    assert said(path, tmp_path, one) == [("concern", ""), ("retracted", "10.5555/notice")]
    reinstated = {"RetractionNature": "Reinstatement", "RetractionDate": "2/2/2021 0:00"}
    path = table(tmp_path / "rw2.csv", reinstated, {}, concern)
    assert said(path, tmp_path, one) == []


def test_the_index_is_made_again_when_the_table_changes(tmp_path: Path) -> None:
    one = Reference("article-journal", {"DOI": "10.5555/original"})
    path, cache = table(tmp_path / "rw.csv"), tmp_path / "cache"
    assert said(path, cache, one) == []
    table(path, {}, {"Title": "Another row, so that the size differs"})
    assert said(path, cache, one) == [("retracted", "10.5555/notice")]
    assert len(list(cache.iterdir())) == 1
    cache_file = tmp_path / "no-folder"
    cache_file.write_text("")
    assert said(path, cache_file, one) == [("retracted", "10.5555/notice")]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"a,b\n1,2\n", 1),
        (b"\x7fELF\x00\x01\xff", 1),
        (",".join(COLUMNS).encode() + b"\n1,2\n", 2),
        (",".join(COLUMNS).encode() + b'\n"' + b"x" * 200_000, 2),
    ],
)
def test_a_foreign_or_broken_table_is_told_with_its_line(content: bytes, line: int, tmp_path: Path) -> None:
    path = tmp_path / "rw.csv"
    path.write_bytes(content)
    with pytest.raises(ParseError, match=f"rw.csv:{line}: "):
        Retractions(path, tmp_path / "cache")
    with pytest.raises(StorageError, match="cannot read"):
        Retractions(tmp_path / "none.csv", tmp_path / "cache")
    with pytest.raises(StorageError, match="cannot read"):
        Retractions(tmp_path, tmp_path / "cache")


def test_the_command_asks_the_table_without_a_network(
    refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bib = tmp_path / "a.bib"
    bib.write_text(f"@article{{k, {GOOD}, doi = {{10.5555/original}}}}\n", encoding="utf-8")
    monkeypatch.setenv("REFS_RETRACTION_WATCH", str(table(tmp_path / "rw.csv", {})))
    checked = refs("check", str(bib), "--only", "retractions", "--offline")
    assert (checked.code, checked.out.count("\n")) == (1, 1)
    assert "k: this work was retracted on 2020-01-15: see 10.5555/notice" in checked.out
    assert "1 unknown: offline, and api.crossref.org has not been asked for it before (k)" in checked.err
    table(tmp_path / "rw.csv", columns=COLUMNS[:3])
    broken = refs("check", str(bib), "--only", "retractions", "--offline")
    assert broken.err.startswith(f"refs: {tmp_path / 'rw.csv'}:1: no table of Retraction Watch")


SHELF = Journals(
    {"0031-9007": Title("Physical Review Letters", "Phys. Rev. Lett.")},
    Words({}, {"physical": [("phys.", "eng")], "review": [("rev.", "eng")]}, {}),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Physical Review Letters", []),
        ("Phys. Rev. Lett.", []),
        ("Phys Rev Lett", []),
        ("Phys. Review Let.", ["journal-abbreviation"]),
        ("Nature", ["issn-differs"]),
    ],
)
def test_journals_are_compared_with_a_table(name: str, expected: list[str]) -> None:
    reference = Reference("article-journal", {"container-title": name, "ISSN": "0031-9007"}, key="k")
    assert [one.rule for one in serials.check(reference, SHELF)] == expected


@dataclass
class Given:
    """An answer of a registry."""

    reference: Reference
    notices: tuple[str, ...] = ()


def test_the_journal_of_an_issn_is_asked_for_where_there_is_no_other_identifier() -> None:
    fields = {"title": "T", "container-title": "Science", "ISSN": "0028-0836"}
    wrong, right = (
        checking.Subject(Reference("article-journal", {**fields, "container-title": name}, key=name))
        for name in ("Science", "Nature")
    )

    def ask(names: Sequence[str]) -> Iterable[Given | RefsError]:
        assert names == ["issn:0028-0836"] * 2
        yield from [Given(Reference("periodical", {"title": "Nature"}))] * 2

    report = checking.check([wrong, right], frozenset({"issn-differs"}), ask, lambda texts: [None for _ in texts])
    assert [(one.key, one.rule) for one in report.findings] == [("Science", "issn-differs")]
    assert [one.verdict for one in report.checked] == ["contradicted", "unknown"]


def test_a_book_that_no_catalogue_has_is_not_called_invented() -> None:
    book = Reference("book", {"title": "T", "ISBN": "9780674430006"}, key="k")
    judgement = judging.judged(book, "isbn:9780674430006", NotRegistered("isbn:9780674430006 was not found"))
    assert (judgement.verdict, judgement.findings) == ("unknown", ())
    assert "was not found" in judgement.reason


def test_a_doi_of_another_work_is_named() -> None:
    fields: dict[str, Value] = {
        "title": "On the Origin of Species",
        "author": (Name("Darwin", "Charles"),),
        "DOI": "10.1/x",
    }
    record = Reference("article-journal", {"title": "Molecular Structure of Acids", "author": (Name("Watson", "J."),)})
    findings = judging.judged(Reference("book", fields, key="k"), "doi:10.1/x", Given(record)).findings
    assert [one.rule for one in findings] == ["title-differs", "author-differs", "other-work"]
    assert findings[-1].message == "doi:10.1/x is another work: Molecular Structure of Acids, Watson"


def test_a_title_in_capitals_is_offered_as_the_registry_has_it() -> None:
    record = Reference("book", {"title": "The DNA of some things", "author": (Name("Doe", "J"),)})
    shouted = Reference("book", {**record.fields, "title": "THE DNA OF SOME THINGS"}, key="k")
    findings = judging.judged(shouted, "doi:10.1/x", Given(record)).findings
    assert [(one.rule, one.found) for one in findings] == [("title-case", "The DNA of some things")]


def test_verdicts_are_told_as_json(refs: Run, tmp_path: Path) -> None:
    import json

    bib = tmp_path / "a.bib"
    bib.write_text(f"@article{{k, {GOOD}, doi = {{10.5555/original}}}}\n", encoding="utf-8")
    lines = [json.loads(line) for line in refs("check", str(bib), "--offline", "--format", "json").out.splitlines()]
    assert [(line["key"], line["verdict"]) for line in lines if "verdict" in line] == [("k", "unknown")]


@pytest.mark.parametrize("name", ["plain.bib", "a b#ü.bib"])
def test_sarif_has_the_shape_that_its_readers_want(name: str, refs: Run, tmp_path: Path) -> None:
    import json

    bib = tmp_path / name
    bib.write_text("@article{k, title={A $ sign}}\n", encoding="utf-8")
    log = json.loads(refs("check", str(bib), "--only", "latex,fields", "--format", "sarif").out)
    (run,) = log["runs"]
    assert (log["version"], run["tool"]["driver"]["name"]) == ("2.1.0", "refs")
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert result["ruleId"] in known
        assert result["level"] in ("error", "warning")
        assert result["message"]["text"]
        assert place["artifactLocation"]["uri"].isascii()
        assert " " not in place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
    empty = json.loads(refs("check", str(bib), "--only", "concern", "--offline", "--format", "sarif").out)
    assert empty["runs"][0]["results"] == []


def test_the_encoding_and_line_ends_of_a_mended_file_stay(refs: Run, tmp_path: Path) -> None:
    text = '% ä\r\n@misc{k, title = "Ä", doi = {http://doi.org/10.1000/x},\r\n  note = {ü}}\r\n'
    for mark, codec in ((b"", "cp1252"), (b"\xef\xbb\xbf", "utf-8"), (b"", "utf-8"), (b"\xff\xfe", "utf-16-le")):
        bib = tmp_path / f"{codec}{len(mark)}.bib"
        before = mark + text.encode(codec)
        bib.write_bytes(before)
        refs("check", str(bib), "--only", "doi-form", "--fix")
        assert bib.read_bytes() == mark + text.replace("http://doi.org/", "").encode(codec)
        assert refs("check", str(bib), "--only", "doi-form").code == 0
    assert os.listdir(tmp_path)


def test_the_mended_entry_of_two_with_one_key_is_the_wrong_one(refs: Run, tmp_path: Path) -> None:
    bib = tmp_path / "a.bib"
    wrong = "@misc{k, title = {A}, doi = {doi:10.1000/x}} @misc{l, title = {B}, doi = {doi:10.1000/y}}\n"
    bib.write_text(wrong + "@misc{k, title = {C}, doi = {10.1000/z}}\n", encoding="utf-8")
    refs("check", str(bib), "--only", "doi-form", "--fix")
    right = wrong.replace("doi:", "") + "@misc{k, title = {C}, doi = {10.1000/z}}\n"
    assert bib.read_text(encoding="utf-8") == right

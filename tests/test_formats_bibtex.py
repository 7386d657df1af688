"""Reading .bib files: odd inputs row by row, inheritance, fields and types, and whole files against their output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from refs.formats import Block, read
from refs.model import Date, Name, Reference
from refs.text import plain
from tests.bibliography import described

DATA = Path(__file__).parent / "data" / "bibtex"


def blocks(text: str) -> tuple[Block, ...]:
    document = read(text.encode(), "refs.bib")
    assert "".join(block.raw for block in document.blocks) == text
    return document.blocks


def entry(fields: str, kind: str = "article") -> Reference:
    (block,) = blocks(f"@{kind}{{k, {fields}}}")
    assert block.reference is not None, block.reason
    return block.reference


@pytest.mark.parametrize("path", sorted(DATA.glob("*.bib")), ids=lambda path: path.stem)
def test_a_file_is_read_as_the_output_beside_it_says(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    assert described(read(path.read_bytes(), path.name)) == expected


# text, and for each block its kind, its line, and its title or reason
SPLIT = [
    ('@article{a, title={x "y" {z}}}', [("entry", 1, 'x "y" z')]),
    ('@article{a, title="x {y, z} w"}', [("entry", 1, "x y, z w")]),
    ("@article(a, title={x (y)})", [("entry", 1, "x (y)")]),
    ("@ARTICLE{a, TITLE={x}}@Book{b, Title={y}}", [("entry", 1, "x"), ("entry", 1, "y")]),
    ("@ article{a, title={x}}", [("entry", 1, "x")]),
    ("@article\n{a, title={x}}", [("entry", 1, "x")]),
    ("@mv-book{a, title={x}}", [("entry", 1, "x")]),
    ("@commentary{a, title={x}}", [("entry", 1, "x")]),
    ("@commented{a, title={x}} @preambleX{b, title={y}}", [("entry", 1, "x"), ("entry", 1, "y")]),
    ("@article{a, title={x\n  @ y, @foo{z} and\n @bar{k} w}}", [("entry", 1, "x @ y, @fooz and @bark w")]),
    ("@article{a,\n % old, title={w}\n title={x},\n}", [("entry", 1, "x")]),
    ("@article{a,, title={x},}", [("entry", 1, "x")]),
    ("@article{, title={x}}", [("entry", 1, "x")]),
    ("@article{\n title={x},\n}", [("entry", 1, "x")]),
    ("@article{a b:é, title={x}}", [("entry", 1, "x")]),
    ("@article{a,\r\n title={x\r\n y}}\r\n\r\n@book{b, title={z}}\r\n", [("entry", 1, "x y"), ("entry", 5, "z")]),
    ("@article{a,\r title={x}}\r\r@book{b,\r title={z}}", [("entry", 1, "x"), ("entry", 4, "z")]),
    ("text\n@article{a, title={x}}\nmore", [("comment", 1, ""), ("entry", 2, "x"), ("comment", 3, "")]),
    ("write to @me (or you)\n@book{b, title={x}}", [("comment", 1, ""), ("entry", 2, "x")]),
    ("a@b.org (x) c@d.org {y}", [("comment", 1, "")]),
    ('@comment{x {y} z}\n@preamble{"x" # y}', [("comment", 1, ""), ("preamble", 2, "")]),
    ("@comment(foo (bar) baz)\n@comment jabref: x", [("comment", 1, ""), ("comment", 2, "")]),
    ("@comment{\n@article{old, title={x}}\n}\n@book{b, title={y}}", [("comment", 1, ""), ("entry", 4, "y")]),
    ("%@article{a,\n% title={x},\n%}\n@book{b, title={y}}", [("comment", 1, ""), ("entry", 4, "y")]),
    (
        "\n@article{a,\n title={x,\n year=1,\n@book{b, title={y}}\n",
        [("quarantine", 2, "unclosed brace"), ("entry", 5, "y")],
    ),
    ('@article{a, title="x}\n@book{b, title={y}}', [("quarantine", 1, "unclosed quote"), ("entry", 2, "y")]),
    ("@book{b, title={y}}\n@article{a, title={x}", [("entry", 1, "y"), ("quarantine", 2, "unclosed brace")]),
    ("@article{a, title {x}}\n@book{b, title={y}}", [("quarantine", 1, "no = after 'title'"), ("entry", 2, "y")]),
    ("", []),
    (" \n", []),
]


@pytest.mark.parametrize(("text", "expected"), SPLIT)
def test_every_block_is_found_with_its_line(text: str, expected: list[tuple[str, int, str]]) -> None:
    found = [
        (block.kind, block.line, plain(block.reference.text("title")) if block.reference else block.reason)
        for block in (blocks(text) if expected else read(text.encode(), "refs.bib").blocks)
    ]
    assert found == expected


# fields, what the title and year are read as, the warning
REPAIRED = [
    ("title={x} y}, year=1901", "x y", 1901, "a closing brace too many in the field title"),
    ("title={x}}, year={1901}", "x", 1901, "a closing brace too many in the field title"),
    ("title={x\\} }, year={1901}", "x}", 1901, "a closing brace too many in the field title"),
    ("title={x}\n year={1901}", "x", 1901, "a comma is missing after the field title"),
    ('title="T{"u}bingen", year=1901', "Tübingen", 1901, ""),
    ("file={C:\\dir\\}, title={x}, year=1901", "x", 1901, ""),
    ("title={a \\{ b}, year=1901", "a { b", 1901, "an escaped brace without its partner, which BibTeX counts"),
    ('title="M\\"uller, \\"a", year=1901', "Müller, ä", 1901, ""),
    ("title=plain words, year=1901", "plain words", 1901, "the value of title has no braces"),
    ("title={x}, year=1901,, volume=2", "x", 1901, "a comma too many"),
    ("title={x}, Title={y}, year=1901", "x", 1901, "duplicate field title: kept the first"),
    ("title=nowhere, year=1901", "nowhere", 1901, "undefined abbreviation nowhere"),
    ("title={x}, title={x}, year={1901}", "x", 1901, ""),
]


@pytest.mark.parametrize(("fields", "title", "year", "warning"), REPAIRED)
def test_what_can_only_mean_one_thing_is_read_and_reported(fields: str, title: str, year: int, warning: str) -> None:
    for text in (f"@article{{a, {fields}}}", f"@article{{a, {fields}}}\n@book{{b, title={{z}}}}"):
        block = blocks(text)[0]
        assert block.reference is not None
        assert (block.reference.text("title"), block.reference.year) == (title, year)
        assert [one[: len(warning)] for one in block.warnings] == ([warning] if warning else [])


def test_an_entry_after_a_percent_sign_is_read_as_bibtex_reads_it() -> None:
    _, block = blocks("% @article{old, title={x}}")
    assert block.kind == "entry"
    assert block.warnings == ("a % stands before it, but BibTeX reads it all the same",)


def test_abbreviations_are_replaced_in_the_order_of_the_file() -> None:
    text = """@string{a = "One"} @STRING(b = a # { and } # "Two")
    @article{x, title = A # "!", journal = b, number = 1 # 2}
    @string{a = "Three"}
    @article{y, title = a, journal = later}
    @string{later = "Later"}"""
    x, y = (block.reference for block in blocks(text) if block.reference)
    assert [x.text(name) for name in ("title", "container-title", "issue")] == ["One!", "One and Two", "12"]
    assert [y.text(name) for name in ("title", "container-title")] == ["Three", "later"]


def test_abbreviations_that_double_are_stopped() -> None:
    lines = ['@string{s0 = "0123456789"}', *(f"@string{{s{i} = s{i - 1} # s{i - 1}}}" for i in range(1, 64))]
    document = read("\n".join([*lines, "@misc{a, title=s63}", "@misc{b, title={x}}"]).encode(), "refs.bib")
    assert document.quarantined[0].reason == "abbreviations expand past 16 MiB"
    assert [reference.key for reference in document.references] == ["a", "b"]


def test_second_entries_with_a_key_are_entries() -> None:
    first, second = (block.reference for block in blocks("@misc{k, title={x}}@misc{K, title={y}}"))
    assert first
    assert second
    assert (first.key, second.key) == ("k", "K")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("@misc{a, title={Żółw}}".encode(), "utf-8"),
        ("@misc{a, title={Żółw}}".encode("utf-8-sig"), "utf-8-sig"),
        ("% Encoding: ISO8859_2\n@misc{a, title={Żółw}}".encode("iso8859-2"), "iso8859-2"),
        ("@misc{a, title={Żółw}}".encode("utf-16"), "utf-16"),
    ],
)
def test_bytes_are_decoded(data: bytes, encoding: str) -> None:
    document = read(data, "refs.bib")
    assert (document.references[0].text("title"), document.encoding) == ("Żółw", encoding)


def test_bytes_of_western_europe_are_decoded() -> None:
    document = read("@misc{a, title={“Größe” – 5 €}}".encode("cp1252"), "refs.bib")
    assert (document.references[0].text("title"), document.encoding) == ("“Größe” – 5 €", "cp1252")
    assert read(b"@misc{a, title={caf\xe9 \x81}}", "refs.bib").encoding == "latin-1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("@misc{" + "k" * 300 + ", title={x}}", "a key of more than 256 bytes"),
        ("@misc{k, " + ", ".join(f"f{i}={{x}}" for i in range(1001)) + "}", "more than 1000 fields"),
        ("@misc{k, title={" + "x" * (9 << 20) + "}}", "a field larger than 8 MiB"),
        ("@misc{k, title={" + "{" * 100 + "}" * 100 + "}}", "nested deeper than 64 braces"),
        ("@misc{k, author={" + "A and " * 50_001 + "B}}", "more than 50000 names"),
    ],
)
def test_an_entry_past_a_limit_is_kept_apart_and_its_neighbours_are_read(text: str, reason: str) -> None:
    document = read(f"{text}\n@misc{{b, title={{y}}}}".encode(), "refs.bib")
    assert [block.reason for block in document.quarantined] == [reason]
    assert [reference.text("title") for reference in document.references] == ["y"]


def test_a_child_of_proceedings_gets_their_title_as_its_booktitle() -> None:
    text = """@inproceedings{c, crossref={P}, title={Child}}
    @proceedings{p, title={Parent}, subtitle={Sub}, year=1999, editor={Doe, Jane},
      publisher={Press}, doi={10.1000/1}}"""
    child = blocks(text)[0].reference
    assert child
    assert child.text("title") == "Child"
    assert child.text("container-title") == "Parent: Sub"
    assert (child.year, child.text("publisher"), child.names("editor")) == (1999, "Press", (Name("Doe", "Jane"),))
    assert child.extra["xref"] == "P"


def test_a_childs_own_fields_win_and_a_parents_booktitle_was_written_for_it() -> None:
    text = """@inbook{c, crossref={p}, title={Child}, year=2001}
    @book{p, title={Title}, booktitle={For Children}, author={Doe, Jane}, date={1999-05}}"""
    child = blocks(text)[0].reference
    assert child
    assert child.text("container-title") == "For Children"
    assert child.date("issued") == Date(((2001,),))
    assert child.names("author") == child.names("container-author") == (Name("Doe", "Jane"),)


def test_grandparents_are_inherited_from_and_circles_end() -> None:
    text = """@inbook{c, crossref={b}, title={C}} @book{b, crossref={m}, title={B}} @mvbook{m, title={M}}
    @misc{x, crossref={y}, title={X}} @misc{y, crossref={x}, note={Y}} @misc{z, crossref={nowhere}}"""
    found = {block.reference.key: block for block in blocks(text) if block.reference}
    child = found["c"].reference
    assert child
    assert [child.text(name) for name in ("title", "volume-title", "container-title")] == ["C", "B", "M"]
    assert found["z"].warnings == ("no entry has the key nowhere to inherit from",)


def test_data_containers_are_used_and_are_no_references() -> None:
    text = """@xdata{press, publisher={Press}, xdata={town}} @xdata{town, location={Leipzig}}
    @xdata{people, author={Doe, Jane and Roe, Richard}}
    @book{b, xdata={press}, title={T}, editor={xdata=people-author-2}}"""
    found = blocks(text)
    assert [block.kind for block in found] == ["string", "string", "string", "entry"]
    book = found[3].reference
    assert book
    assert (book.text("publisher"), book.text("publisher-place")) == ("Press", "Leipzig")
    assert book.names("editor") == (Name("Roe", "Richard"),)


def test_further_keys_of_an_entry_are_aliases() -> None:
    assert blocks("@misc{k, ids={old, older}, title={x}}")[0].aliases == ("old", "older")


# entry type and fields, the variable, its value
FIELDS = [
    ("article", "journal={J}", "container-title", "J"),
    ("article", "journaltitle={J}, journalsubtitle={S}", "container-title", "J: S"),
    ("article", "title={What?}, subtitle={This}", "title", "What? This"),
    ("article", "title={T}, titleaddon={An addition}", "title", "T. An addition"),
    ("article", "number={3}", "issue", "3"),
    ("book", "number={3}", "collection-number", "3"),
    ("techreport", "number={3}", "number", "3"),
    ("article", "pages={1--9}", "page", "1-9"),
    ("article", "pages={1 – 9, 12}", "page", "1-9, 12"),
    ("article", "pages={1-1--1-9}", "page", "1-1–1-9"),
    ("article", "pages={46–48, 88-93}", "page", "46-48, 88-93"),
    ("article", "pages={1-1--1-9, 88--93}", "page", "1-1–1-9, 88-93"),
    ("article", "eid={e12}", "page", "e12"),
    ("article", "eid={e12}, pages={1--9}", "number", "e12"),
    ("book", "edition={Second}", "edition", "2"),
    ("book", "edition={3rd ed.}", "edition", "3"),
    ("book", "edition={Revised}", "edition", "Revised"),
    ("thesis", "institution={I}", "publisher", "I"),
    ("phdthesis", "school={S}", "publisher", "S"),
    ("phdthesis", "title={x}", "genre", "PhD thesis"),
    ("mastersthesis", "title={x}", "genre", "Master's thesis"),
    ("thesis", "type={mathesis}", "genre", "Master's thesis"),
    ("thesis", "type={Habilitation}", "genre", "Habilitation"),
    ("patent", "location={countryfr and countryuk}", "jurisdiction", "France; United Kingdom"),
    ("patent", "location={Oslo}", "jurisdiction", "Oslo"),
    ("article", "series={newseries}", "collection-title", "New series"),
    ("article", "title={T}, subtitle={S}", "title-short", "T"),
    ("article", "title={On\\hyphen line \\mkbibacro{URL}s}", "title", "On-line URLs"),
    ("periodical", "title={P}, issuetitle={I}", "container-title", "P"),
    ("proceedings", "booktitle={B}", "title", "B"),
    ("misc", "howpublished={\\url{http://a.org/b_c}}", "URL", "http://a.org/b_c"),
    ("misc", "howpublished={Leaflet}", "publisher", "Leaflet"),
    ("article", "url={http://a.org/b\\_c\\%20d\\~e}", "URL", "http://a.org/b_c%20d~e"),
    ("article", "doi={https://doi.org/10.1000/ABC}", "DOI", "10.1000/abc"),
    ("article", "eprint={123}, eprinttype={pubmed}", "PMID", "123"),
    ("article", "langid={ngerman}", "language", "de"),
    ("article", "language={langrussian}", "language", "ru"),
    ("article", "hyphenation={british}", "language", "en-GB"),
    ("inbook", "maintitle={M}, booktitle={B}", "volume-title", "B"),
    ("book", "maintitle={M}, title={T}", "volume-title", "T"),
    ("article", "pubstate={inpress}", "status", "in press"),
    ("article", "keywords={a, b}", "keyword", "a, b"),
    ("article", "event-place={Oslo}", "event-place", "Oslo"),
    ("article", "note={N}, addendum={A}", "note", "N. A"),
    ("article", "note={{PMID:} 23439512}", "PMID", "23439512"),
    (
        "article",
        "journal={Adv. Math.}, fjournal={Advances in Mathematics}",
        "container-title",
        "Advances in Mathematics",
    ),
    ("article", "journal={Adv. Math.}, fjournal={Advances in Mathematics}", "container-title-short", "Adv. Math."),
    ("article", "journal={J}, booktitle={B}", "container-title", "J"),
    ("inproceedings", "address={New York}, location={San Jose}", "publisher-place", "New York"),
    ("inproceedings", "address={New York}, location={San Jose}", "event-place", "San Jose"),
    ("article", "articleno={12}, numpages={10}", "page", "12"),
    ("article", "articleno={12}, numpages={10}", "number-of-pages", "10"),
    ("article", "article-number={2114}", "page", "2114"),
    ("book", "langid={german}, csl-language={de-AT}", "language", "de-AT"),
    ("misc", "copyright={CC BY}", "license", "CC BY"),
]


@pytest.mark.parametrize(("kind", "fields", "variable", "value"), FIELDS)
def test_a_field_becomes_its_variable(kind: str, fields: str, variable: str, value: str) -> None:
    assert entry(fields, kind).text(variable) == value


DATES = [
    ("year=2009, month=mar", Date(((2009, 3),))),
    ("year={2009}, month={3}, day={14}", Date(((2009, 3, 14),))),
    ('year=2009, month="10~" # jan', Date(((2009, 1, 10),))),
    ("year=2009, month={8/9}", Date(((2009, 8), (2009, 9)))),
    ("year=2009, month={July--August}", Date(((2009, 7), (2009, 8)))),
    ("year=2009, month={Spring}", Date(((2009,),), season=1)),
    ("year={2009}, month={no month}", Date(((2009,),))),
    ("year={forthcoming}", Date(literal="forthcoming")),
    ("year={2009a}", Date(((2009,),))),
    ("year={{\\noopsort{1973b}}1973}", Date(((1973,),))),
    ("date={2004-06/..}, year={2003}", Date(((2004, 6), ()))),
    ("date={1850~}", Date(((1850,),), circa=True)),
    ("date={NOV 9}, year={2007}", Date(((2007, 11, 9),))),
    ("year={[1990] 2002}", Date(((2002,),))),
]


@pytest.mark.parametrize(("fields", "date"), DATES)
def test_dates_are_read_from_all_their_fields(fields: str, date: Date) -> None:
    assert entry(fields).date("issued") == date


def test_other_dates_and_roles_are_read() -> None:
    reference = entry(
        "urldate={2020-01-02}, eventdate={2019}, origdate={-0043}, editor={A B}, editortype={compiler}, "
        "editora={C D}, editoratype={director}, bookauthor={E F}, translator={G H}, illustrator={I J}"
    )
    assert reference.date("accessed") == Date(((2020, 1, 2),))
    assert reference.date("original-date") == Date(((-44,),))
    roles = ("compiler", "director", "container-author", "translator", "illustrator")
    assert [reference.names(role)[0].family for role in roles] == ["B", "D", "F", "H", "J"]


def test_preprint_servers_and_archives_are_identifiers() -> None:
    assert entry("eprint={arXiv:1706.03762v5}, archiveprefix={arXiv}").identifiers == {"arxiv": "1706.03762v5"}
    assert entry("eprint={hep-th/9901001}").identifiers == {"arxiv": "hep-th/9901001"}
    assert entry("eprint={2003000}, eprinttype={jstor}").identifiers == {"jstor": "2003000"}


def test_translated_and_romanised_titles_are_variants() -> None:
    reference = entry(
        "title={Война и мир}, titleaddon={[War and Peace]}, title_romanised_ru-latn={Voina i mir}, "
        "TITLE_translation_ja={戦争と平和}, title_french={Guerre et Paix}"
    )
    assert reference.text("title") == "Война и мир"
    found = {(one.value, one.language, one.role) for one in reference.variants["title"]}
    assert ("Voina i mir", "ru-Latn", "romanised") in found
    assert ("戦争と平和", "ja", "translated") in found
    assert ("Guerre et Paix", "fr", "translated") in found
    assert "War and Peace" in {value for value, _, _ in found}


def test_what_no_variable_fits_is_kept_by_its_name_as_it_was_written() -> None:
    reference = entry("title={x}, Groups={A \\& B}, file={:C\\:/a_b.pdf:PDF}, note={\\mine{n}}, holder={{Acme}}")
    kept = {"groups": "A \\& B", "file": ":C\\:/a_b.pdf:PDF", "note": "\\mine{n}", "holder": "{Acme}"}
    assert reference.extra == kept


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("article", "entrysubtype={newspaper}", "article-newspaper"),
        ("article", "entrysubtype={review-book}", "review-book"),
        ("conference", "title={x}", "paper-conference"),
        ("unpublished", "title={x}", "manuscript"),
        ("unpublished", "eventtitle={x}", "speech"),
        ("www", "title={x}", "webpage"),
        ("mvreference", "title={x}", "book"),
        ("jurisdiction", "title={x}", "legal_case"),
        ("neverheardof", "title={x}", "document"),
    ],
)
def test_a_type_becomes_csls(kind: str, fields: str, expected: str) -> None:
    assert entry(fields, kind).type == expected


def test_the_source_of_every_field_is_its_line() -> None:
    (_, block) = blocks("\n@string{a=1}\n@misc{k, title={x}, foo={y}}")
    assert block.reference
    assert {name: str(source.name) for name, source in block.reference.sources.items()} == {
        "title": "refs.bib:3",
        "foo": "refs.bib:3",
    }


def test_semicolons_between_names_are_told() -> None:
    source = b"@misc{a, author={Doe, J.; Roe, R.}}\n@misc{b, author={Doe, J. and Roe; Sons}}\n@misc{c, author={{A; B}}}"
    warnings = [block.warnings for block in read(source, "x.bib").blocks if block.kind == "entry"]
    assert warnings == [("semicolons between the names of author, where BibTeX reads one name",), (), ()]

"""RIS: what each line becomes, what is kept, and what is written."""

from __future__ import annotations

import pytest

from refs.dates import parse_date
from refs.errors import ParseError
from refs.formats import guess, read, ristables, write
from refs.formats.risread import keyword_list, keywords, name_of, ris_date, serial_numbers
from refs.model import TYPES, VARIABLES, Date, Name, Reference
from tests import formats_fuzz_tagged as fuzz
from tests.sample_references import references
from tests.tagged_cases import bare, check, files


@pytest.mark.parametrize("name", files("ris"))
def test_file_is_read_block_by_block_and_written_again(name: str) -> None:
    check("ris", name)


def one(text: str) -> Reference:
    (reference,) = read(text.encode(), "a.ris", "ris").references
    return reference


def record(*lines: str) -> Reference:
    return one("\n".join([*lines, "ER  - ", ""]))


def test_tables_name_types_and_variables_of_csl() -> None:
    assert ristables.RIS_TYPES.keys() == TYPES
    assert set(ristables.RIS_TYPES.values()) <= ristables.CSL_TYPES.keys()
    assert set(ristables.CSL_TYPES.values()) <= TYPES
    assert ristables.BY_TYPE.keys() <= ristables.CSL_TYPES.keys()
    meanings = {*ristables.TAGS.values(), *(v for table in ristables.BY_TYPE.values() for v in table.values())}
    assert meanings - {""} <= VARIABLES
    assert {tag for table in ristables.BY_TYPE.values() for tag in table} <= ristables.KNOWN


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_type_of_csl_comes_back(kind: str) -> None:
    reference = Reference(kind, {"title": "A title"}, "key")
    assert bare(one(write([reference], "ris"))) == reference


@pytest.mark.parametrize("kind", sorted(ristables.CSL_TYPES))
def test_every_type_of_ris_is_written_back(kind: str) -> None:
    text = f"TY  - {kind}\nTI  - A title\nER  - \n"
    assert write([one(text)], "ris") == text


@pytest.mark.parametrize("seed", range(3))
def test_every_variable_comes_back(seed: int) -> None:
    made = references(seed, 100)
    text = write(made, "ris")
    found = read(text.encode(), "a.ris").references
    for before, after in zip(made, found, strict=True):
        assert (after.type, after.key, dict(after.fields)) == (before.type, before.key, dict(before.fields))
        assert (after.variants, after.identifiers) == (before.variants, before.identifiers)
    assert write(found, "ris") == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Adler, Ines", Name("Adler", "Ines")),
        ("van der Berg, Jan, Jr.", Name("Berg", "Jan", "van der", suffix="Jr.")),
        ("Berg, Jr., Jan", Name("Berg", "Jan", suffix="Jr.")),
        ("World Health Organization", Name(literal="World Health Organization")),
        ("Meer, Sohn & Co.,", Name("Meer", "Sohn & Co.")),
        ("Plato,", Name(literal="Plato")),
        ("Fanning E.", Name("Fanning", "E.")),
        ("J. Neyman", Name("Neyman", "J.")),
        ("王, 小明", Name("王", "小明")),
    ],
)
def test_names(text: str, name: Name) -> None:
    assert name_of(text) == name


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024/01/16/", Date(((2024, 1, 16),))),
        ("2024/1/6", Date(((2024, 1, 6),))),
        ("2024///", Date(((2024,),))),
        ("2024///Spring", Date(((2024,),), season=1)),
        ("2024///May-June", Date(((2024, 5), (2024, 6)))),
        ("2014/08/31/22:00:48", Date(((2014, 8, 31),))),
        ("2024-05-01", Date(((2024, 5, 1),))),
        ("in press", Date(literal="in press")),
    ],
)
def test_dates(text: str, date: Date) -> None:
    assert ris_date(text) == date


def test_the_fullest_date_of_one_year_is_the_date() -> None:
    assert record("TY  - JOUR", "Y1  - 1900/01/01", "DA  - 1950/01/01").date("issued") == parse_date("1950-01-01")
    assert record("TY  - JOUR", "PY  - 2009", "DA  - Nov 12").date("issued") == parse_date("2009-11-12")
    cited = record("TY  - JOUR", "PY  - 2009", "DA  - 2011/01/02")
    assert (cited.date("issued"), cited.extra["ris:DA"]) == (parse_date("2009"), "2011/01/02")
    assert record("TY  - JOUR", "TI  - x", "PY  - 0000").date("issued") is None


def test_what_else_stands_in_a_date_is_kept() -> None:
    reference = record("TY  - JOUR", "PY  - 2009///fourth printing")
    assert (reference.year, reference.extra["ris:PY"]) == (2009, "2009///fourth printing")


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("0028-0836", "JOUR", ("ISSN", ["0028-0836"])),
        ("00280836 (print); 14764687 (online)", "JOUR", ("ISSN", ["0028-0836", "1476-4687"])),
        ("ISBN: 978-3-16-148410-0", "JOUR", ("ISBN", ["978-3-16-148410-0"])),
        ("HO-17", "RPRT", ("number", ["HO-17"])),
        ("0000", "BOOK", ("ISBN", ["0000"])),
    ],
)
def test_serial_numbers_by_their_shape(text: str, kind: str, found: tuple[str, list[str]]) -> None:
    assert serial_numbers(text, kind) == found


@pytest.mark.parametrize("words", [["a"], ["a", "b"], ["a, b", "c"], ["a;b", "c"]])
def test_keywords_come_back_as_a_list(words: list[str]) -> None:
    assert keywords(keyword_list(words)) == words


def test_pages() -> None:
    assert record("TY  - JOUR", "SP  - 379", "EP  - 423").text("page") == "379-423"
    assert record("TY  - JOUR", "SP  - 379", "EP  - 379").text("page") == "379"
    assert record("TY  - JOUR", "SP  - 379", "EP  - 379-423").text("page") == "379-423"
    assert record("TY  - JOUR", "SP  - 379–423").text("page") == "379-423"
    assert record("TY  - BOOK", "SP  - 320 p.").text("number-of-pages") == "320"


def test_journal_titles_and_their_abbreviations() -> None:
    both = record("TY  - JOUR", "JO  - J. Chem. Phys.", "JF  - The Journal of Chemical Physics")
    assert both.text("container-title") == "The Journal of Chemical Physics"
    assert both.text("container-title-short") == "J. Chem. Phys."
    assert record("TY  - JOUR", "T2  - Cell", "JF  - Cell", "JO  - Cell").extra == {}


def test_editors_of_a_book_in_a_series_and_in_none() -> None:
    alone = record("TY  - BOOK", "TI  - x", "A2  - Cole, Sam")
    series = record("TY  - BOOK", "TI  - x", "A2  - Cole, Sam", "A3  - Lake, L.", "T2  - Studies")
    assert alone.names("editor") == (Name("Cole", "Sam"),)
    assert (series.names("collection-editor"), series.names("editor")) == (
        (Name("Cole", "Sam"),),
        (Name("Lake", "L."),),
    )


def test_a_remark_older_than_the_field_gives_way() -> None:
    reference = record("TY  - BOOK", "TI  - New title", "M2  - title: <i>Old</i> title", "M2  - PMID: 12")
    assert reference.text("title") == "New title"
    assert reference.text("PMID") == "12"
    assert reference.extra["ris:M2"] == "title: <i>Old</i> title"


def test_a_remark_keeps_the_markup_of_a_title() -> None:
    reference = Reference("book", {"title": "On <i>E. coli</i> & <Konggi>"}, "k")
    text = write([reference], "ris")
    assert "TI  - On E. coli & <Konggi>\n" in text
    assert one(text).text("title") == "On <i>E. coli</i> & <Konggi>"


def test_line_ends_of_all_systems() -> None:
    text = "TY  - BOOK\nTI  - One\nER  - \n\nTY  - BOOK\nTI  - Two\u2028b\nER  - \n"
    for end in ("\r\n", "\r", "\n"):
        document = read(text.replace("\n", end).encode(), "a.ris")
        assert document.format == "ris"
        assert [reference.text("title") for reference in document.references] == ["One", "Two b"]
        assert [block.line for block in document.blocks] == [1, 5]


def test_encodings() -> None:
    text = "TY  - BOOK\nTI  - Müller’s\nER  - \n"
    for codec in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        assert read(text.encode(codec), "a.ris").references[0].text("title") == "Müller’s"


def test_limits_quarantine_one_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refs.formats.tagged.MAX_VALUE", 1000)
    monkeypatch.setattr("refs.formats.tagged.MAX_NAMES", 20)
    huge = "TY  - BOOK\nTI  - " + "x" * 2000 + "\nER  - \n"
    many = "TY  - BOOK\n" + "AU  - A, B\n" * 30 + "ER  - \n"
    key = "TY  - BOOK\nTI  - x\nID  - " + "k" * 300 + "\nER  - \n"
    good = "TY  - BOOK\nTI  - Good\nER  - \n"
    document = read((huge + good + many + good + key + good).encode(), "a.ris")
    assert [block.kind for block in document.blocks] == ["quarantine", "entry"] * 3
    assert [block.line for block in document.quarantined] == [1, 7, 42]


def test_what_is_no_ris_is_refused_with_its_place() -> None:
    with pytest.raises(ParseError, match=r"^a\.ris:1: no RIS record"):
        read(b"AU  - Adler, Ines\nER  - \n", "a.ris", "ris")


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("\ufeffTY  - JOUR\nER  - \n", "ris"),
        ("1.\nTY - JOUR\n", "ris"),
        ("\nPMID- 123\nTI  - x\n", "nbib"),
        ("\n%0 Book\n%T x\n", "enw"),
        ("Notes\n\n%A A. Author\n%T x\n", "enw"),
        ("<xml><records><record/></records></xml>", "endnotexml"),
        ('<mods:mods xmlns:mods="x"/>', "mods"),
        ("% A comment\n@book{a, title={%T}}\n", "bibtex"),
    ],
)
def test_the_format_is_guessed_from_the_content(text: str, format: str) -> None:
    assert guess(text.encode(), "unnamed") == format


def test_damaged_files_lose_nothing_and_leave_the_neighbours_whole() -> None:
    texts = fuzz.corpus()
    for number in range(400):
        fuzz.check(texts, 7, number)

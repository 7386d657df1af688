"""Journal names: by ISSN first, by the rules of ISO 4 with a list of words, and never by likeness."""

from __future__ import annotations

from pathlib import Path

import pytest

from refs.errors import ParseError, StorageError
from refs.journals import Journals, Title, abbreviated, packaged_words, read_titles, read_words, renamed
from refs.model import Reference, Value
from tests.running import Run

LTWA = Path(__file__).parent / "data" / "ltwa.tsv"


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Physical Review Letters", "Phys. Rev. Lett."),
        ("Physical Review. A", "Phys. Rev. A"),
        ("Journal of Physics, Section B", "J. Phys. B"),
        ("Nature", "Nature"),
        ("The Lancet", "Lancet"),
        ("Nature (London)", "Nature (London)"),
        (
            "Proceedings of the National Academy of Sciences of the United States of America",
            "Proc. Natl. Acad. Sci. U. S. A.",
        ),
        ("IEEE Journal of Physics", "IEEE J. Phys."),
        ("JOURNAL OF MEDICAL SCIENCE", "J. Med. Sci."),
        ("Zeitschrift für Physik", "Z. Phys."),
        ("Zeitschrift der Wortforschung", "Z. Wortforsch."),
        ("Annales de l’Académie", "Ann. Acad."),
        ("Journal of Zzyzx", "J. Zzyzx"),
        ("Physico-Chemical Letters", "Phys.-Chem. Lett."),
        ("Chemical Reviews & Letters", "Chem. Rev. Lett."),
        ("Вестник МГИМО", "Вестник МГИМО"),
        ("Comptes Rendus des Sciences", "C. R. Sci."),
        ("Comptes rendus des sciences", "C. r. sci."),
    ],
)
def test_titles_by_the_rules_of_iso_4(title: str, short: str) -> None:
    assert abbreviated(title, read_words(LTWA)) == short


def test_the_whole_list_of_words_where_it_is_installed() -> None:
    path = packaged_words()
    if path is None:
        pytest.skip("the package pyiso4, which brings the LTWA, is not installed")
    words = read_words(path)
    expected = {
        "Journal of the American Chemical Society": "J. Am. Chem. Soc.",
        "New England Journal of Medicine": "N. Engl. J. Med.",
        "Deutsche Medizinische Wochenschrift": "Dtsch. Med. Wochenschr.",
        "Monthly Notices of the Royal Astronomical Society": "Mon. Not. R. Astron. Soc.",
        "British Medical Journal": "Br. Med. J.",
    }
    assert {title: abbreviated(title, words) for title in expected} == expected


def article(title: str, issn: str = "", short: str = "") -> Reference:
    fields: dict[str, Value] = {"container-title": title, "ISSN": issn, "container-title-short": short}
    return Reference("article-journal", {name: value for name, value in fields.items() if value}, "k")


def names(form: str, journals: Journals, *references: Reference) -> list[str]:
    journals.learn(references)
    return [reference.text("container-title") for reference in renamed(references, form, journals)[0]]


def test_an_issn_speaks_before_the_rules_and_for_other_records() -> None:
    first = article("Physical Review", "0031-899X", "Phys. Rev.")
    second = article("Physical Review (Series I)", "0031-899x")
    assert names("abbreviated", Journals(), first, second) == ["Phys. Rev.", "Phys. Rev."]
    table = Journals({"0031-899X": Title("The Physical Review", "Phys Rev")}, read_words(LTWA))
    assert names("abbreviated", table, first, second) == ["Phys Rev", "Phys Rev"]
    assert names("full", Journals(), article("Phys. Rev.", "0031-899X"), first) == ["Physical Review"] * 2


def test_a_name_that_nothing_covers_stays_and_is_told() -> None:
    unknown = [article("Journal of Physics"), article("Phys. Rev.", "0031-899X")]
    assert renamed(unknown, "abbreviated", Journals()) == (unknown, ["Journal of Physics"])
    assert renamed(unknown, "full", Journals()) == (unknown, ["Phys. Rev."])
    assert renamed(unknown, "stored", Journals()) == (unknown, [])


def test_only_journals_are_renamed() -> None:
    chapter = Reference("chapter", {"container-title": "Journal of Physics"}, "k")
    assert renamed([chapter], "abbreviated", Journals(words=read_words(LTWA))) == ([chapter], [])


def test_tables_that_are_none_are_refused_with_their_place(tmp_path: Path) -> None:
    table = tmp_path / "titles.csv"
    table.write_text("issn,full,short\n0028-0836,Nature,Nature\n", encoding="utf-8")
    assert read_titles(table) == {"0028-0836": Title("Nature", "Nature")}
    table.write_text("0028-0836;Nature;Nature\nnonsense\n", encoding="utf-8")
    with pytest.raises(ParseError, match=r"titles\.csv:2: neither ISSN, full name, abbreviation nor"):
        read_titles(table)
    with pytest.raises(ParseError, match="no List of Title Word Abbreviations"):
        read_words(table)
    with pytest.raises(StorageError, match="cannot read"):
        read_words(tmp_path / "absent.csv")


def test_jabrefs_tables_of_full_and_abbreviated_names_are_obeyed_to_the_letter(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text(
        '"Physical Review Letters";"Phys. Rev. Lett.";"PRL";"biweekly"\nJournal of Zzyzx;J. Zz.\n', encoding="utf-8"
    )
    for stored in ("Physical Review Letters", "physical review letters", "Phys. Rev. Lett.", "Phys Rev Lett"):
        known = Journals(read_titles(table))
        assert names("abbreviated", known, article(stored)) == ["Phys. Rev. Lett."]
        assert names("full", known, article(stored)) == ["Physical Review Letters"]
    near = [article("Physical Review Letter")]
    assert renamed(near, "abbreviated", Journals(read_titles(table))) == (near, ["Physical Review Letter"])


def test_export_and_convert_choose_the_form(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "in.bib"
    source.write_text("@article{k, title={T}, journaltitle={Physical Review Letters}, subtitle={x}}", encoding="utf-8")
    refs("import", str(source))
    monkeypatch.setenv("REFS_LTWA", str(LTWA))
    for words in (("export",), ("convert", str(source), "-")):
        assert "journal = {Phys. Rev. Lett.}" in refs(*words, "--journals", "abbreviated").out
        assert "journal = {Physical Review Letters}" in refs(*words, "--journals", "full").out
        assert "journal = {Physical Review Letters}" in refs(*words).out
    wrong = refs("export", "--journals", "abreviated")
    assert (wrong.code, "did you mean abbreviated?" in wrong.err) == (2, True)

"""Loss notices: what a format cannot hold is counted by reading the file again, and `--strict` writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from refs.formats import losses, write
from refs.formats.programs import PROGRAMS
from refs.model import Date, Name, Reference, Source, Value, Variant
from tests.running import Run

FULL: dict[str, Value] = {
    "title": "On <i>E. coli</i>",
    "annote": "mine",
    "original-title": "Über E. coli",
    "author": (Name("Berg", "Jan", "van den"),),
    "issued": Date(((2001,),), season=2),
}


def lost(format: str, *references: Reference, **options: object) -> dict[tuple[str, str], int]:
    return dict(losses.find(references, write(references, format, **options), format))


@pytest.mark.parametrize("format", ["csljson", "jsonl", "cslyaml", "csv", "tsv", "zotero", "hayagriva"])
def test_nothing_is_lost_by_the_formats_that_hold_all(format: str) -> None:
    variants = {"title": (Variant("Об E. coli", "ru"),)}
    reference = Reference("book", FULL, "k", variants, {"openalex": "W1"}, {"groups": "a"})
    assert lost(format, reference) == {}


def test_each_kind_of_loss_is_counted_once_a_reference() -> None:
    extra = {"groups": "a", "title": r"On $\alpha$", "booktitle": r"On $\beta$"}
    reference = Reference("chapter", {"title": "On α", "container-title": "On β"}, "k", extra=extra)
    assert lost("ris", reference, reference) == {("lose", "groups"): 2, ("lose", "the LaTeX of booktitle"): 2}
    gone = Reference("article", {"title": "x", "chapter-number": "3"}, "k", {"title": (Variant("я", "ru"),)})
    assert {
        ("lose", "key"),
        ("lose", "chapter-number"),
        ("lose", "title in other languages"),
    } == lost("cff", gone).keys()


def test_what_a_program_cannot_read_is_a_loss_too() -> None:
    reference = Reference("book", FULL, "k")
    assert lost("biblatex", reference) == {}
    typst = lost("biblatex", reference, dialect=PROGRAMS["typst"].dialect)
    assert typst == {("change", "title"): 1, ("change", "issued"): 1}


def test_references_that_the_file_does_not_give_back_are_counted() -> None:
    both = [Reference("book", {"title": "a"}, "a"), Reference("book", {"title": "b"}, "b")]
    assert dict(losses.find(both, write(both[:1], "ris"), "ris")) == {("lose", "everything"): 1}
    assert losses.find([], "", "ris") == {}


def test_the_line_begins_with_what_most_references_lose() -> None:
    found = losses.Losses({("lose", "annote"): 3, ("lose", "original-title"): 12, ("change", "title"): 1})
    assert losses.line(found, "ris") == "12 references lose original-title, 3 lose annote, 1 changes title in ris"
    many = losses.Losses({("lose", f"field{i}"): 1 for i in range(10)})
    assert losses.line(many, "ris").endswith("1 loses field7, and so with 2 more fields in ris")


@pytest.mark.parametrize("command", ["convert", "export"])
def test_a_notice_is_told_and_strict_writes_nothing(refs: Run, tmp_path: Path, command: str) -> None:
    source, target = tmp_path / "in.bib", tmp_path / "out.ris"
    source.write_text("@book{k, title={T}, groups={a, b}}", encoding="utf-8")
    refs("import", str(source))
    words = ["convert", str(source), str(target)] if command == "convert" else ["export", "-o", str(target)]
    refused = refs(*words, "--strict")
    assert (refused.code, refused.out, target.exists()) == (9, "", False)
    assert refused.err == "refs: 1 reference loses groups in ris\nrefs: nothing is written: --strict\n"
    told = refs(*words)
    assert (told.code, target.exists()) == (0, True)
    assert told.err.endswith("1 reference\n1 reference loses groups in ris\n")
    held = refs(*words[:-1], str(tmp_path / "out.json"), "--strict")
    assert (held.code, (tmp_path / "out.json").exists()) == (0, True)


def test_strict_refuses_what_cannot_be_told_and_what_could_not_be_read(refs: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.bib"
    source.write_text("@book{k, title={T}}\n@book{broken, title={", encoding="utf-8")
    refused = refs("convert", str(source), str(tmp_path / "o.html"), "--strict")
    assert (refused.code, "cannot be read back" in refused.err) == (2, True)
    refused = refs("convert", str(source), str(tmp_path / "o.json"), "--strict")
    assert (refused.code, "in.bib:2: " in refused.err, list(tmp_path.glob("o.*"))) == (9, True, [])


def test_what_a_registry_says_beside_the_fields_is_lost_in_bibtex_and_told() -> None:
    reference = Reference(
        "book", {"title": "x"}, "k", extra={"affiliation": "X"}, sources={"affiliation": Source("crossref")}
    )
    assert lost("bibtex", reference) == {("lose", "affiliation"): 1}

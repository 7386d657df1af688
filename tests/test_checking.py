"""`refs check`: what is right is confirmed, what is wrong is contradicted, and all else stays open."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from refs import Date, Library, Name, Reference, Variant
from refs.actions import checking
from refs.checking import RULES, Finding, judging, latex, reports, rules
from refs.checking.comparing import compare, verdict
from refs.errors import NoMetadata, NotRegistered, RefsError, ServiceError, UsageError
from tests import checking_labelled
from tests.running import Run

RECORD = Reference(
    "article-journal",
    {
        "title": "Molecular Structure of Nucleic Acids: A Structure for Deoxyribose Nucleic Acid",
        "author": (Name("Watson", "James D."), Name("Crick", "Francis H. C.")),
        "issued": Date(((1953, 4, 25),)),
        "container-title": "Proceedings of the National Academy of Sciences",
        "ISSN": "0028-0836",
        "volume": "171",
        "issue": "4356",
        "page": "737-738",
        "DOI": "10.1038/171737a0",
    },
    extra={"published-online": "1952-12-30"},
)


@dataclass
class Given:
    """An answer of a registry."""

    reference: Reference
    notices: tuple[str, ...] = ()


def written(**fields: object) -> Reference:
    """Return the record's reference with some fields written otherwise."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return replace(RECORD, key="w", fields={**RECORD.fields, **named}, extra={})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "reference",
    [
        written(title="MOLECULAR STRUCTURE OF NUCLEIC ACIDS"),
        written(title="Molecular structure of nucleic acids: a structure for <i>deoxyribose</i> nucleic-acid"),
        written(author=(Name("Watson", "J."), Name("Crick", "F."))),
        written(author=(Name("Watson", "J. D."), Name(literal="others"))),
        written(author=(Name("James", "Watson"), Name("Crick", "F."))),
        written(issued=Date(((1952,),))),
        written(container_title="Proc. Natl. Acad. Sci."),
        written(container_title="PNAS"),
        written(container_title="Proc Natl Acad Sci U S A", ISSN="1091-6490"),
        written(volume="CLXXI"),
        written(page="737"),
        written(page="737–8"),
        written(issue=""),
    ],
)
def test_habits_of_writing_are_no_errors(reference: Reference) -> None:
    assert verdict(compare(reference, RECORD)) == "confirmed"


@pytest.mark.parametrize(
    ("reference", "field"),
    [
        (written(title="General Implications of the Structure of Deoxyribonucleic Acid"), "title"),
        (written(title="Molecular Structure of Amino Acids"), "title"),
        (written(author=(Name("Franklin", "Rosalind"), Name("Crick", "F."))), "author"),
        (written(author=(Name("Watson", "J."), Name("Wilkins", "M."))), "author"),
        (written(author=(Name("Crick", "F."), Name("Watson", "J."))), "author"),
        (written(author=(Name("Watson", "J."),)), "author"),
        (written(author=(Name("Watson", "J."), Name("Crick", "F."), Name("Franklin", "R."))), "author"),
        (written(issued=Date(((1962,),))), "issued"),
        (written(container_title="Science", ISSN=""), "container-title"),
        (written(volume="172"), "volume"),
        (written(issue="4"), "issue"),
        (written(page="964-967"), "page"),
    ],
)
def test_another_value_is_contradicted(reference: Reference, field: str) -> None:
    assert [row.field for row in compare(reference, RECORD) if row.agrees is False] == [field]


def test_other_scripts_are_compared_where_a_variant_can_be_read_and_left_open_elsewhere() -> None:
    record = replace(
        RECORD,
        fields={**RECORD.fields, "title": "Soviet Diplomacy", "author": (Name("Khristoforov", "Vasilii"),)},
        variants={"title": (Variant("Советская дипломатия", "ru"),)},
    )
    russian = written(title="Советская дипломатия", author=(Name("Христофоров", "В. С."),))
    chinese = written(title="苏联外交", author=(Name("赫里斯托福罗夫", ""),))
    assert verdict(compare(russian, record)) == "confirmed"
    assert verdict(compare(chinese, record)) == "unknown"


@pytest.mark.parametrize(
    ("known", "year", "expected"),
    [
        (((2010, 12),), 2011, "unknown"),  # the volume may be that of the next year
        (((2010, 1),), 2009, "unknown"),  # it may have been online before
        (((2010,),), 2011, "unknown"),
        (((2010, 6),), 2011, "contradicted"),
        (((1953, 12),), 1954, "contradicted"),  # nothing was online then
        (((2010, 12),), 2012, "contradicted"),
    ],
)
def test_a_year_off_is_left_open_where_the_registry_may_lack_the_other_date(
    known: tuple[tuple[int, ...]], year: int, expected: str
) -> None:
    record = replace(RECORD, fields={**RECORD.fields, "issued": Date(known)}, extra={})
    assert verdict(compare(written(issued=Date(((year,),))), record)) == expected


def test_registries_that_may_have_left_out_authors_do_not_contradict() -> None:
    one = (Name("Watson", "James D."),)
    record = replace(RECORD, fields={**RECORD.fields, "author": one})
    assert verdict(compare(written(), record)) == "unknown"
    recent = replace(record, fields={**record.fields, "issued": Date(((2010,),))}, extra={})
    assert verdict(compare(written(issued=Date(((2010,),))), recent)) == "contradicted"
    many = replace(RECORD, fields={**RECORD.fields, "author": (*RECORD.creators, *(Name(c * 5, c) for c in "ABCD"))})
    assert verdict(compare(written(), many)) == "confirmed"  # a list that was cut short
    assert verdict(compare(written(author=(*RECORD.creators[:1], Name("Ccccc", "C"))), many)) == "unknown"


def judge(answer: RefsError | Given, reference: Reference = RECORD) -> tuple[str, list[str]]:
    judgement = judging.judged(replace(reference, key="w"), "doi:10.1038/171737a0", answer)
    return judgement.verdict, [one.rule for one in judgement.findings]


def test_what_no_registry_answered_is_unknown_and_never_invented() -> None:
    assert judge(ServiceError("timed out")) == ("unknown", [])
    assert judge(NoMetadata("no metadata")) == ("unknown", [])
    assert judge(NotRegistered("nobody")) == ("contradicted", ["not-registered"])


def test_notices_of_registries_have_rules() -> None:
    notices = (
        "this work was retracted on 2020-01-01: see 10.1/x (said by publisher)",
        "this work was under an expression of concern: see 10.1/y",
        "this work was corrected: see 10.1/z",
        "published as 10.1/p",
    )
    assert judge(Given(RECORD, notices)) == ("confirmed", ["retracted", "concern", "corrected", "published"])


def test_a_doi_that_leads_to_another_is_superseded() -> None:
    other = replace(RECORD, fields={**RECORD.fields, "DOI": "10.5555/new"})
    assert judge(Given(other)) == ("confirmed", ["superseded"])


BIB = """% kept
@article{watson1953,
  author = {Watson, J. D. and Crick, F.},
  title = {Molecular Structure of Nucleic Acids},
  journal = {PNAS},
  year = 1953, volume = {172},
  doi = {https://doi.org/10.1038/171737a0},
}
@book{odd, title = {A $ book}, isbn = {9783161484101}, author = {A. Smith; B. Jones}, year = 2231}
@article{evil, title = {\\input{/etc/passwd}}, author = {X et al.}, journal = {J}, year = 2000}
@article{watson1953b, title = {A Slip}, author = {Watson, J.}, journal = {J}, year = 1953, doi = {10.1038/171737a0}}
@article{broken, title = {x
"""


def ask(names: Sequence[str]) -> Iterable[Given | RefsError]:
    for name in names:
        yield Given(RECORD) if name == "doi:10.1038/171737a0" else ServiceError(f"{name}: timed out")


def test_findings_stand_at_their_fields(tmp_path: Path) -> None:
    path = tmp_path / "a.bib"
    path.write_text(BIB, encoding="utf-8")
    subjects, unread = checking.subjects_of_file(path)
    report = checking.check(subjects, frozenset(RULES), ask, None)
    found = {(one.rule, one.key, one.line, one.column) for one in [*unread, *report.findings]}
    assert found >= {
        ("volume-differs", "watson1953", 6, 16),
        ("doi-form", "watson1953", 7, 3),
        ("isbn-check", "odd", 9, 32),
        ("latex-broken", "odd", 9, 12),
        ("date-syntax", "odd", 9, 87),
        ("name-form", "odd", 9, 56),
        ("latex-unsafe", "evil", 10, 16),
        ("name-form", "evil", 10, 47),
        ("duplicate", "watson1953b", 11, 0),
        ("title-differs", "watson1953b", 11, 23),
        ("unreadable", "", 12, 0),
    }
    assert [(one.key, one.verdict) for one in report.checked][:2] == [
        ("watson1953", "contradicted"),
        ("odd", "unknown"),
    ]


def test_rules_are_chosen_by_name_and_group() -> None:
    assert checking.selected(["retractions"], []) == {"retracted", "concern"}
    assert "doi-form" not in checking.selected(["syntax"], ["doi-form"])
    with pytest.raises(UsageError, match="did you mean retract"):
        checking.selected(["retraction"], [])


def test_the_documentation_lists_every_rule_with_its_group_and_meaning() -> None:
    text = (Path(__file__).parent.parent / "docs" / "checking.md").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if re.match(r"\| \w+ \| `", line)] == [
        f"| {rule.group} | `{name}` | {rule.help} |" for name, rule in RULES.items()
    ]


def test_a_right_reference_has_no_findings() -> None:
    assert list(rules.check(RECORD, 2026)) == []
    assert list(latex.check("k", "title", r"{50\% of $x_1$ \& \emph{all} {\"o}}")) == []
    assert list(latex.check("k", "url", "{https://example.org/a_b#c%20d}")) == []


FINDING = Finding("volume-differs", "k,1", "m", "volume", "a b.bib", 3, 4, "1%", "2\n", "crossref")


def test_reports_are_what_their_readers_expect() -> None:
    assert reports.text([FINDING]).startswith("a b.bib:3:4: k,1: volume is '1%'")
    year = replace(FINDING, rule="year-differs", field="issued", written="2023", found="2024")
    assert reports.message(year) == "year is '2023', but crossref says '2024'"
    assert reports.errorformat([FINDING]).startswith("a b.bib:3:4: error: k,1: ")
    assert json.loads(reports.lines([FINDING]))["severity"] == "error"
    github = reports.github([FINDING])
    assert github.startswith("::error file=a b.bib,line=3,col=4,title=volume-differs::k,1: volume is '1%25'")
    assert github.count("\n") == 1
    run = json.loads(reports.sarif([FINDING]))["runs"][0]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 4}
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == set(RULES)


def test_the_command_checks_a_bib_and_mends_what_is_certain(refs: Run, registry: str, tmp_path: Path) -> None:
    path = tmp_path / "a.bib"
    path.write_bytes(BIB.replace("\n", "\r\n").encode())
    assert refs("check", str(path)).code == 1
    only = refs("check", str(path), "--only", "latex,unreadable")
    assert (only.code, only.out.count("\n")) == (1, 3)
    assert refs("check", str(path), "--only", "title-case").code == 0
    before = path.read_bytes()
    assert "+  doi = {10.1038/171737a0}" in refs("check", str(path), "--only", "doi-form", "--fix", "--dry-run").err
    assert path.read_bytes() == before
    refs("check", str(path), "--only", "doi-form", "--fix")
    assert path.read_bytes() == before.replace(b"https://doi.org/", b"")


def test_the_command_checks_what_a_document_cites(refs: Run, registry: str, tmp_path: Path) -> None:
    refs("add", "10.1038/171737a0", "--key", "watson")
    paper = tmp_path / "paper.tex"
    paper.write_text("\\cite{watson}\n\\cite{watsom}\n", encoding="utf-8")
    checked = refs("check", str(paper))
    assert checked.out.startswith(f"{paper}:2:7: watsom: nothing defines it; did you mean watson?")
    assert "1 references: 1 confirmed" in checked.err or "1 confirmed" in checked.err
    assert checked.code == 0
    assert refs("check", str(paper), "--only", "keys").code == 1
    bib = tmp_path / "refs.bib"
    bib.write_text("@book{watsom, title={T}}\n@book{spare, title={S}}\n", encoding="utf-8")
    assert "spare: nothing cites it" in refs("check", str(paper), str(bib), "--only", "unused").out


def test_entries_of_the_bib_that_a_document_names_are_checked_where_the_library_lacks_them(
    refs: Run, tmp_path: Path
) -> None:
    paper, bib = tmp_path / "paper.tex", tmp_path / "own.bib"
    paper.write_text("\\cite{walden}\\cite{waldem}\\bibliography{own}", encoding="utf-8")
    bib.write_text("@book{walden, title={A $ sign}}\n@book{spare, title={A $ sign}}\n", encoding="utf-8")
    lines = refs("check", str(paper), "--only", "keys,latex,unused").out.splitlines()
    assert [line.removeprefix(f"{tmp_path}/") for line in lines] == [
        "paper.tex:1:20: waldem: nothing defines it; did you mean walden? [undefined-key]",
        "own.bib:1:15: walden: a dollar sign in title has no partner [latex-broken]",
    ]


def test_the_library_itself_is_checked_without_a_network(refs: Run, library: Library) -> None:
    refs("add", "--type", "book", "--title", "Walden")
    checked = refs("check", "--offline")
    assert "book without author or editor [missing-field]" in checked.out
    assert "1 unknown" in checked.err
    assert checked.code == 0


@pytest.mark.skipif("REFS_SHARED" not in os.environ, reason="the recorded works are needed: set REFS_SHARED")
def test_true_references_stand_and_wrong_ones_fall() -> None:
    """The promise of `refs check`, on a seeded sample of the recorded works."""
    shared = Path(os.environ["REFS_SHARED"], "registry", "payloads", "crossref", "bulk")
    records = checking_labelled.records(shared)[::7]
    rng = random.Random(11)  # noqa: S311
    true = [checking_labelled.judged(case)[0] for case in checking_labelled.true_cases(records, rng, 1000)]
    wrong = [checking_labelled.judged(case)[0] for case in checking_labelled.wrong_cases(records, rng, 200)]
    invented = [checking_labelled.judged(case)[0] for case in checking_labelled.invented_cases(records, rng, 100)]
    assert "contradicted" not in true
    assert "confirmed" not in invented
    assert wrong.count("contradicted") >= 190

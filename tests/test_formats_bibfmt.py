"""Format .bib files and edit single entries: what was asked changes, every other byte stays."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from refs.errors import UsageError
from refs.formats.bibedit import add_fields, apply, braced, outline, remove_field, replace_field, set_key
from refs.formats.bibfmt import DEFAULT, Rules, format_text
from tests.bibedit_corpus import EVERYTHING, assert_edits_are_local, assert_format_keeps, check, files
from tests.formats_fuzz_bibtex import check as check_damaged
from tests.formats_fuzz_bibtex import damaged, entries
from tests.running import Run

DATA = Path(__file__).parent / "data" / "bibtex"
SHARED = Path(os.environ.get("REFS_SHARED", ""), "bib")
MESSY = """% Literature
@String{pub = "Press"}

% about z
@ARTICLE{Zeta,
   Author = "A. Bee and C. Dee",
 Title={A {Title}
   over lines}, YEAR = 1990, MONTH = "January",
   PAGES = {1-10, 12}, DOI={https://doi.org/10.1234/AbC}, publisher = pub # " x"
} % tail
@inproceedings(alpha, crossref={Proc}, title={x}, month={Feb.}, year={2000}, pages={A-1})
@article{beta,
  title = {b}, % why
  Year = 2001
}
@article{broken, title={x
@proceedings{Proc,title={P},}
"""
TIDY = """% Literature
@String{pub = "Press"}

% about z
@article{Zeta,
  author = "A. Bee and C. Dee",
  title = {A {Title}
   over lines},
  year = 1990,
  month = jan,
  pages = {1--10, 12},
  doi = {10.1234/AbC},
  publisher = pub # " x",
} % tail
@inproceedings(alpha,
  crossref = {Proc},
  title = {x},
  month = feb,
  year = {2000},
  pages = {A-1},
)
@article{beta,
  title = {b}, % why
  year = 2001
}
@article{broken, title={x
@proceedings{Proc,
  title = {P},
}
"""


def test_a_messy_file_becomes_tidy_and_stays_so() -> None:
    result = format_text(MESSY)
    assert result.text == TIDY
    assert (result.changed, result.left) == (4, ((16, "unclosed brace"),))
    assert format_text(TIDY).text == TIDY
    assert format_text(MESSY.replace("\n", "\r\n")).text == TIDY.replace("\n", "\r\n")


# a rule, the fields before and after
ONE_RULE = [
    (Rules(pages=True), "pages = {1-10}", "pages = {1--10}"),
    (Rules(pages=True), "pages = {S1 – S10, 12+}", "pages = {S1--S10, 12+}"),
    (Rules(pages=True), "pages = {A-1-A-10}", "pages = {A-1-A-10}"),
    (Rules(pages=True), "pages = {1---4}, Title = {1-2}", "pages = {1--4}, Title = {1-2}"),
    (Rules(doi=True), "doi = {https://doi.org/10.1234/AbC}", "doi = {10.1234/AbC}"),
    (Rules(doi=True), 'DOI = "doi: 10.1234/AbC"', 'DOI = "10.1234/AbC"'),
    (Rules(doi=True), "doi = {https://example.org/10.1234/x}", "doi = {https://example.org/10.1234/x}"),
    (Rules(months=True), "month = {January}", "month = jan"),
    (Rules(months=True), "month = 5, year = {1999}", "month = may, year = {1999}"),
    (Rules(months=True), "month = {Sept.}, year = 1999", "month = sep, year = 1999"),
    (Rules(months=True), "month = {5}", "month = {5}"),
    (Rules(months=True), "month = {mai}, year = 1999", "month = {mai}, year = 1999"),
    (Rules(months=True), 'month = "10~" # jan, year = 1999', 'month = "10~" # jan, year = 1999'),
    (Rules(names=True), "Title = {X}, YEAR=1999", "title = {X}, year=1999"),
    (Rules(order=True), "year = 1999, title = {X},\n author={Y}", "author = {Y}, title = {X},\n year=1999"),
]


@pytest.mark.parametrize(("rules", "before", "after"), ONE_RULE)
def test_a_rule_changes_what_it_names_alone(rules: Rules, before: str, after: str) -> None:
    text = f"% x\n@misc{{k,  {before}  }}\n  end"
    assert format_text(text, rules).text == text.replace(before, after)
    assert_format_keeps(text, rules)


def test_a_month_that_the_file_defines_itself_stays() -> None:
    text = "@string{jan = {Jänner}}\n@misc{k, month = {January}, year = 1999}"
    assert format_text(text, Rules(months=True)).text == text


def test_keys_in_lower_case_take_the_references_to_them_along() -> None:
    text = "@inbook{Child, crossref={PARENT}, title={x}}\n@book{Parent, title={y}}\n"
    assert format_text(text, Rules(lower_keys=True)).text == text.replace("PARENT", "parent").replace(
        "Child", "child"
    ).replace("Parent", "parent")
    with pytest.raises(UsageError, match="the keys A and a differ in their case alone"):
        format_text("@misc{A, title={x}} @misc{a, title={y}}", Rules(lower_keys=True))


def test_duplicates_are_told_and_stay() -> None:
    text = "@misc{a, doi={10.1234/x}}\n@misc{A, title={y}}\n@misc{c, doi={https://doi.org/10.1234/X}}\n"
    result = format_text(text, Rules(pages=True))
    assert result.text == text
    assert result.doubled == ((2, "the key A is that of line 1 too"), (3, "c has the DOI of line 1"))


def keys_of(text: str) -> list[str]:
    return [block.key for block in outline(text).blocks if block.kind == "entry"]


SORTED = """% Books of one year

% about c
@book{c, title={z}, year=1999} % first
@book{a, title={y}, year=2001}

@inbook{z, crossref={b}, title={x}}
@book{b, title={w}, year=2000}

% Section

@book{b2, title={v}}
@book{a2, title={u}}
@string{s = "x"}
@book{a1, title=s}
"""


def test_entries_are_sorted_within_their_section_and_parents_follow() -> None:
    result = format_text(SORTED, Rules(sort="key"))
    assert keys_of(result.text) == ["a", "c", "z", "b", "a2", "b2", "a1"]
    assert "% about c\n@book{c, title={z}, year=1999} % first\n" in result.text
    assert result.text.startswith("% Books of one year\n\n@book{a,")
    assert (result.changed, result.moved) == (0, 4)
    assert sorted(result.text.splitlines()) == sorted(SORTED.splitlines())
    assert format_text(result.text, Rules(sort="key")).text == result.text


@pytest.mark.parametrize(
    ("by", "expected"),
    [("-year", ["a", "z", "c", "b"]), ("title", ["z", "a", "c", "b"]), ("type,-key", ["c", "a", "z", "b"])],
)
def test_entries_are_sorted_by_what_they_say(by: str, expected: list[str]) -> None:
    assert keys_of(format_text(SORTED, Rules(sort=by)).text)[:4] == expected


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(UsageError, match="not by 'date'"):
        format_text(SORTED, Rules(sort="date"))


# entry, edit and result
EDITS = [
    ("@a{k, t={x}}", "@a{new, t={x}}"),
    ("@a{k, t={x}}", "@a{k, t={y}}"),
    ("@a{k, t={x}}", "@a{k, t={x}, n = {1}}"),
    ("@a{k,\n  t={x},\n}", "@a{k,\n  t={x},\n  n = {1},\n}"),
    ("@a{k,\r\n\tt={x} % note\r\n}", "@a{k,\r\n\tt={x}, % note\r\n\tn = {1}\r\n}"),
    ("@a{k,\n  t={x}, % note\n}", "@a{k,\n  t={x}, % note\n  n = {1},\n}"),
    ("@a{k}", "@a{k, n = {1}}"),
    ("@a{k,\n  t={x},\n  u={y}\n}", "@a{k,\n  u={y}\n}"),
    ("@a{k, t={x}, u={y}}", "@a{k, u={y}}"),
    ("@a{k, u={y}, t={x}}", "@a{k, u={y},}"),
]


@pytest.mark.parametrize(("text", "expected"), EDITS)
def test_an_edit_of_one_entry(text: str, expected: str) -> None:
    around = f"% x\n{text}\n@b{{other, t={{x}}}}\n"
    entry = outline(around).entry("k")
    assert entry is not None
    results = [apply(around, set_key(entry, "new")), apply(around, add_fields(around, entry, {"n": "{1}"}))]
    if entry.field("T"):
        results += [
            apply(around, replace_field(entry, "T", braced("y"))),
            apply(around, remove_field(around, entry, "t")),
        ]
    assert around.replace(text, expected) in results


def test_what_is_no_value_name_or_key_is_refused() -> None:
    text = "@a{k, t={x}}"
    entry = outline(text).entry("k")
    assert entry is not None
    for edit in (
        lambda: braced("a } b"),
        lambda: replace_field(entry, "t", "{x}, u = {y}"),
        lambda: replace_field(entry, "none", "{x}"),
        lambda: add_fields(text, entry, {"T": "{x}"}),
        lambda: add_fields(text, entry, {"a b": "{x}"}),
        lambda: set_key(entry, "a b"),
    ):
        with pytest.raises(UsageError):
            edit()


def test_the_files_of_the_tests_keep_their_meaning() -> None:
    for path in sorted(DATA.glob("*.bib")):
        text = path.read_text("utf-8")
        before = outline(text)
        for entry in filter(None, before.entries):
            assert_edits_are_local(text, before, entry)
        for rules in (DEFAULT, EVERYTHING, Rules(sort="year,-title"), Rules(pages=True, doi=True, order=True)):
            assert_format_keeps(text, rules)


def test_damaged_entries_are_formatted_without_a_loss() -> None:
    chance = random.Random(5)  # noqa: S311
    texts = entries(DATA)
    for _ in range(400):
        text = f"{MESSY}\n{damaged(chance.choice(texts), chance)}\n@book{{last, title={{B}}}}\n"
        assert_format_keeps(text, chance.choice((DEFAULT, EVERYTHING, Rules(sort="key"))))


def test_a_damaged_sign_costs_no_neighbour() -> None:
    texts = entries(DATA)
    assert {check_damaged(texts, 11, number) for number in range(1500)} == {"read", "warned", "quarantined"}


@pytest.mark.skipif("REFS_SHARED" not in os.environ, reason="REFS_SHARED names no folder with real .bib files")
def test_real_files_are_edited_and_formatted_without_a_loss() -> None:
    chance = random.Random(4)  # noqa: S311
    small = [path for path in files(SHARED) if path.stat().st_size < 100_000]
    counts: Counter[str] = Counter()
    for path in chance.sample(small, min(int(os.environ.get("REFS_CORPUS_FILES", "60")), len(small))):
        counts += check(path, chance, 2)
    assert counts["editable"] >= 0.99 * counts["entries"] > 0
    assert counts["edited"] > 0


def test_the_command_formats_in_place_and_once(refs: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.bib"
    path.write_bytes(b"\xef\xbb\xbf@MISC{k, title={x}}\r\n")
    check = refs("fmt", "--check", str(path))
    assert (check.code, check.out, check.err) == (1, "", f"would format {path}: 1 entry changed\n")
    diff = refs("fmt", "--diff", str(path))
    assert (diff.code, "-@MISC{k, title={x}}" in diff.out, "+@misc{k," in diff.out) == (0, True, True)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf@MISC")
    assert refs("fmt", str(path)).err == f"formatted {path}: 1 entry changed\n"
    assert path.read_bytes() == b"\xef\xbb\xbf@misc{k,\r\n  title = {x},\r\n}\r\n"
    written = path.stat().st_mtime_ns
    assert (refs("fmt", str(path)).err, path.stat().st_mtime_ns) == (f"unchanged: {path}\n", written)
    assert refs("fmt", "--check", str(path)).code == 0


@pytest.mark.parametrize("codec", ["latin-1", "cp1252", "utf-16-le", "utf-16-be"])
def test_bytes_of_any_encoding_stay(refs: Run, tmp_path: Path, codec: str) -> None:
    path = tmp_path / "a.bib"
    mark = "\ufeff" if codec.startswith("utf-16") else ""
    path.write_bytes(f"{mark}% Größe\n@misc{{k, title={{é}}, pages={{1-2}}}}\n".encode(codec))
    assert refs("fmt", "--pages", str(path)).code == 0
    assert path.read_bytes() == f"{mark}% Größe\n@misc{{k, title={{é}}, pages={{1--2}}}}\n".encode(codec)


def test_what_cannot_be_formatted_is_told_and_the_rest_is_done(refs: Run, tmp_path: Path) -> None:
    broken, good, other = tmp_path / "broken.bib", tmp_path / "good.bib", tmp_path / "README.md"
    broken.write_text("@misc{a, title={x}}\n\n@misc{b, title={x\n", encoding="utf-8")
    good.write_text("@misc{a, title={x}}\n", encoding="utf-8")
    other.write_text("    @MISC{a, title={x}}\n", encoding="utf-8")
    result = refs("fmt", str(broken), str(good), str(other), str(tmp_path / "none.bib"))
    assert result.code == 3
    assert f"refs: {broken}:3: left as it is: unclosed brace\n" in result.err
    assert f"refs: {other}: only files ending in .bib, .bibtex, .biblatex are formatted" in result.err
    assert "none.bib: no such file or directory" in result.err
    assert broken.read_text("utf-8") == "@misc{a,\n  title = {x},\n}\n\n@misc{b, title={x\n"
    assert good.read_text("utf-8") == "@misc{a,\n  title = {x},\n}\n"
    assert other.read_text("utf-8") == "    @MISC{a, title={x}}\n"
    assert refs("fmt", str(tmp_path / "none.bib")).code == 5
    assert refs("fmt", "--sort", "colour", str(good)).code == 2


def test_standard_input_goes_to_standard_output_byte_for_byte(tmp_path: Path) -> None:
    data = b"% caf\xe9\r\n@MISC{k, pages={1-2}}\r\n"
    command = [sys.executable, "-m", "refs", "fmt", "--pages", "-"]
    done = subprocess.run(command, input=data, capture_output=True, cwd=Path(__file__).parent.parent)
    assert (done.returncode, done.stdout) == (0, data.replace(b"1-2", b"1--2"))

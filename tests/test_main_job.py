"""The main job, against the sample registry: identifiers in, references and citations out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from refs.sample import IDENTIFIERS, PAPER
from tests.running import Run

ARTICLE = IDENTIFIERS[0]
KEY = "khristoforov2024soviet"
ROOT = Path(__file__).parent.parent


@pytest.mark.usefixtures("registry")
def test_a_doi_becomes_a_finished_reference(refs: Run) -> None:
    added = refs("add", ARTICLE)
    assert (added.code, added.out) == (0, f"{KEY}\n")
    shown = json.loads(refs("show", KEY, "--json").out)
    assert shown["id"] == KEY
    assert shown["author"] == [{"family": "Khristoforov", "given": "V. S."}]
    assert shown["container-title"] == "MGIMO Review of International Relations"
    assert shown["issued"] == {"date-parts": [[2024, 1, 16]]}
    assert [v["language"] for v in shown["custom"]["variants"]["title"]] == ["zh"]
    assert next(iter(shown["custom"]["sources"])).startswith("crossref ")
    assert refs("cite").out == (
        "Khristoforov, V. S. (2024). Soviet Diplomacy and Intelligence Efforts to Facilitate Finland’s Withdrawal from"
        " the 1941–1944 War: Insights from Russian Archive. MGIMO Review of International Relations."
        " https://doi.org/10.24833/2071-8160-2023-6-93-37-68\n"
    )
    assert refs("cite", KEY, "--in-text").out == "(Khristoforov, 2024)\n"


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    "again", [ARTICLE, f"doi:{ARTICLE}", f"https://doi.org/{ARTICLE}", f"http://dx.doi.org/{ARTICLE}.", ARTICLE.upper()]
)
def test_any_spelling_of_a_doi_finds_the_first(refs: Run, again: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refs("add", ARTICLE)
    monkeypatch.setenv("REFS_MIRROR", "http://127.0.0.1:9")  # what is stored needs no registry
    result = refs("add", again)
    assert (result.code, result.out) == (0, f"{KEY}\n")
    assert "already there" in result.err
    assert len(refs("list").out.splitlines()) == 1


@pytest.mark.usefixtures("registry")
def test_many_identifiers_come_from_arguments_and_text(refs: Run) -> None:
    text = "".join(f"{number}. see {one},\n" for number, one in enumerate(IDENTIFIERS, 1))
    result = refs("add", "-", stdin=text)
    assert result.code == 0, result.err
    assert len(set(result.out.split())) == len(IDENTIFIERS)
    types = {json.loads(line)["type"] for line in refs("list", "--json").out.splitlines()}
    assert {
        "article-journal",
        "book",
        "chapter",
        "paper-conference",
        "thesis",
        "dataset",
        "report",
        "standard",
    } <= types


@pytest.mark.usefixtures("registry")
def test_one_bad_identifier_does_not_stop_the_others(refs: Run) -> None:
    result = refs("add", ARTICLE, "10.5555/nobody-has-this", "nonsense", "10.1038/171737a0")
    assert result.code == 3
    assert len(result.out.splitlines()) == 2
    lines = [line for line in result.err.splitlines() if line.startswith("refs: ")]
    assert ["10.5555/nobody-has-this" in lines[0], "nonsense" in lines[1], len(lines)] == [True, True, 2]


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("identifier", "code"), [("10.5555/nobody-has-this", 7), ("not an identifier", 2), ("978-3-16-148410-1", 2)]
)
def test_outcomes_have_codes_of_their_own(refs: Run, identifier: str, code: int) -> None:
    result = refs("add", identifier)
    assert (result.code, result.out, result.err.count("\n")) == (code, "", 1)
    assert refs("list").out == ""


def test_without_a_network_a_stub_is_kept(refs: Run) -> None:
    result = refs("add", "10.1038/171737a0")
    assert (result.code, result.out) == (6, "10.1038/171737a0\n")
    why, kept = result.err.splitlines()
    assert why.startswith("refs: 10.1038/171737a0: api.crossref.org (through the mirror) cannot be reached")
    assert kept.startswith("kept for refs add --pending: 10.1038/171737a0")


@pytest.mark.usefixtures("registry")
def test_resolving_stores_nothing(refs: Run) -> None:
    answer = json.loads(refs("resolve", "10.1038/171737A0", "--json").out)
    assert answer["title"].startswith("Molecular Structure")
    assert refs("list").out == ""


@pytest.mark.usefixtures("registry")
def test_only_what_is_cited_is_exported_and_the_missing_is_named(refs: Run, tmp_path: Path) -> None:
    refs("add", *IDENTIFIERS)
    paper = tmp_path / "paper.tex"
    source = PAPER.read_text(encoding="utf-8").replace("\\end{document}", "\n\\cite{watson1953molecula}\\end{document}")
    paper.write_text(source, encoding="utf-8")
    bib = tmp_path / "references.bib"
    result = refs("export", "--cited-in", str(paper), "-o", str(bib))
    assert result.code == 3
    line = source[: source.index("molecula}")].count("\n") + 1
    assert f"paper.tex:{line}:" in result.err
    assert "did you mean watson1953molecular?" in result.err
    text = bib.read_text(encoding="utf-8")
    assert [text.count("\n@") + text.startswith("@"), KEY in text, "piketty" in text] == [3, True, False]


@pytest.mark.usefixtures("registry")
def test_an_exported_library_comes_back_the_same(refs: Run, tmp_path: Path) -> None:
    refs("add", *IDENTIFIERS)
    for name, format in (("a.json", "csljson"), ("a.bib", "biblatex")):
        target = tmp_path / name
        refs("export", "--format", format, "-o", str(target))
        before = refs("cite", "--style", "apa").out
        other = str(tmp_path / f"{name}.sqlite3")
        assert refs("import", str(target), "--library", other).code == 0
        assert refs("list", "--library", other).out == refs("list").out
        assert refs("cite", "--style", "apa", "--library", other).out == before


def test_twelve_processes_add_twelve_references(registry: str, home: Path) -> None:
    environment = {**os.environ, "REFS_MIRROR": registry, "REFS_LIBRARY": str(home / "library.sqlite3")}
    command = [sys.executable, "-m", "refs", "add"]
    processes = [
        subprocess.Popen(
            [*command, one], env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for one in IDENTIFIERS[:12]
    ]
    results = [(*process.communicate(), process.returncode) for process in processes]
    assert [result for result in results if result[2]] == []
    listed = subprocess.run(
        [sys.executable, "-m", "refs", "list"], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert len(listed.stdout.splitlines()) == 12


def test_the_demo_runs_to_its_end(home: Path) -> None:
    command = [sys.executable, "-m", "refs", "demo"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True)
    assert (result.returncode, "refs: " in result.stderr) == (0, False), result.stderr
    for expected in (
        "// MGIMO Review of International Relations. 2024.",
        "@article{khristoforov2024soviet,",
        "With a network",
    ):
        assert expected in result.stdout
    assert list(home.iterdir()) == []


@pytest.mark.usefixtures("registry")
def test_a_second_key_finds_a_stored_work_too(refs: Run) -> None:
    refs("add", ARTICLE)
    again = refs("add", ARTICLE, "--key", "mine")
    assert (again.code, again.out, "mine finds it too" in again.err) == (0, f"{KEY}\n", True)
    assert refs("cite", "mine", "--in-text").out == "(Khristoforov, 2024)\n"


@pytest.mark.usefixtures("registry")
def test_refreshing_asks_again(refs: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    refs("add", ARTICLE)
    assert (refs("refresh", KEY).code, refs("refresh", KEY).err) == (0, "1 asked, 0 changed\n")
    monkeypatch.setenv("REFS_MIRROR", "http://127.0.0.1:9")  # what is in the cache is not enough
    assert refs("refresh", KEY).code == 6

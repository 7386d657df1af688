"""The README keeps its word: its examples are run against the sample registry and must print what it shows."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```$", README, re.M | re.S)


def steps(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block with the output that stands below each."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.M)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def install_shim(folder: Path) -> None:
    """Put a `refs` into the folder that runs this checkout."""
    shim = folder / "refs"
    shim.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m refs "$@"\n', encoding="utf-8")
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)


def on_terminal(command: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a shell command on a terminal of 100 columns without styles; return all that it shows."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(["sh", "-c", command], cwd=folder, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other side is closed
            part = b""
        if not part:
            break
        shown += part
    os.close(ours)
    process.wait()
    return shown.decode("utf-8").replace("\r\n", "\n")


def undated(text: str) -> str:
    """Return the text without the day on which a record was asked for."""
    return re.sub(r"(?<=crossref |....user )\d{4}-\d\d-\d\d", "", text)


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell and terminal")
def test_the_examples_print_what_they_show(tmp_path: Path, registry: str) -> None:
    from refs.sample import PAPER

    install_shim(tmp_path)
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / PAPER.name).write_bytes(PAPER.read_bytes())
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "COLUMNS": "100", "TERM": "dumb"}
    examples = [step for block in BLOCKS for step in steps(block)]
    assert len(examples) > 8
    for command, expected in examples:
        assert undated(on_terminal(command, folder, environment)) == undated(expected), command


@pytest.mark.usefixtures("registry")
def test_the_python_example_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S)
    names: dict[str, object] = {}
    monkeypatch.chdir(tmp_path)
    exec(code, names)  # noqa: S102
    assert "Molecular Structure of Nucleic Acids" in str(names["entries"])
    assert names["found"] == ["watson1953molecular"]


def test_two_commands_are_all_the_set_up() -> None:
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.M)
    assert [command.rsplit(" ", 2)[-1] for command in commands] == ["demo", "pytest"]


def test_the_csl_project_is_named() -> None:
    assert "https://citationstyles.org" in README
    assert "CC BY-SA 3.0" in README

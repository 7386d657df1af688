"""The programs that typeset, as the tests run them: bounded, and in a home of their own.

A test that needs a program skips with a sentence where it is not installed; `.ci/run` installs all of them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from refs.actions.pandoc import find

SECONDS = 240  # many times what any of these runs takes alone


def program(name: str) -> str:
    """Return the path of a program, or skip."""
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


def package(name: str) -> ModuleType:
    """Return a package of Python, or skip."""
    try:
        return import_module(name)
    except ImportError:
        pytest.skip(f"the package {name} is not installed")


def pandoc() -> str:
    """Return pandoc's program, on the path or from the package pypandoc-binary, or skip."""
    return find() or pytest.skip("pandoc is not installed")


def styles(*files: str) -> None:
    """Skip unless TeX has all these files, such as "apacite.sty"."""
    program("kpsewhich")
    missing = [file for file in files if not run("kpsewhich", file).stdout.strip()]
    if missing:
        pytest.skip(f"{', '.join(missing)} of TeX is not installed")


def font(name: str) -> None:
    """Skip unless the system has a font for XeLaTeX."""
    program("fc-match")
    if name not in run("fc-match", name).stdout:
        pytest.skip(f"the font {name} is not installed")


def run(*words: str, folder: Path | None = None, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with nothing of the developer's environment but the path and these variables."""
    return subprocess.run(
        words,
        cwd=folder,
        input=stdin,
        env={**environment(), **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
        check=False,
    )


@cache
def environment() -> Mapping[str, str]:
    """Return the variables of all runs: one home for the session, where fonts and formats are cached once."""
    home = tempfile.mkdtemp(prefix="refs-engines-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    named = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TEXMFVAR", "TEXMFCONFIG", "TEXMFHOME")
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "max_print_line": "4000", **dict.fromkeys(named, home)}


def latex(engine: str, bibliography: str, folder: Path, *options: str, name: str = "paper") -> str:
    """Typeset paper.tex with BibTeX or biber, or with neither for ""; return the log of the last run."""
    words = (program(engine), "-interaction=nonstopmode", *options, name)
    run(*words, folder=folder)
    if bibliography:
        run(program(bibliography), name, folder=folder)
        run(*words, folder=folder)
    run(*words, folder=folder)
    return (folder / f"{name}.log").read_text("utf-8", errors="replace")


def pdf_text(path: Path) -> str:
    """Return the text of a PDF, by poppler's pdftotext."""
    return run(program("pdftotext"), "-enc", "UTF-8", str(path), "-").stdout


def converted(path: Path, ending: str) -> Path:
    """Return a Word or LibreOffice document as LibreOffice writes it in the other format."""
    profile = Path(environment()["HOME"], "libreoffice").as_uri()
    folder = path.parent / "converted"
    done = run(
        program("soffice"),
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        ending,
        "--outdir",
        str(folder),
        str(path),
    )
    made = folder / f"{path.stem}.{ending}"
    assert made.exists(), done.stdout + done.stderr
    return made

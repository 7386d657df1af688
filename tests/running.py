"""The command line as a function of its words: what the `refs` fixture is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


def editor(path: Path, code: str) -> str:
    """Write a program that changes the file in its last argument, and return the words that run it."""
    script = path / "editor.py"
    script.write_text(
        f"import sys\nname = sys.argv[-1]\ntext = open(name, encoding='utf-8').read()\n{code}", encoding="utf-8"
    )
    return f'"{sys.executable}" "{script}"'

"""The paper that is locked, and its lock, changed and read as a person would."""

from __future__ import annotations

import re
from pathlib import Path

from tests.running import Result

ROOT = Path(__file__).parent.parent.parent
LOCK = Path("refs.lock")
HASH = re.compile(r"[0-9a-f]{64}")
PAPER = Path("paper.md")
BIB = r"""
@article{helix, title={The Helix and \emph{E. coli}}, author={Crane, Ann and Diaz, Ben}, journal={Letters}, year=1953,
  volume=7, pages={1--9}, doi={10.5555/helix}, abstract={Long}, keywords={dna}, file={:/home/ann/a.pdf:PDF}}
@book{one, title={One}, author={Doe, Jane}, publisher={Pub}, year=2001}
@book{two, title={Two}, author={Doe, Jane}, publisher={Pub}, year=2001}
@book{wang, title={乙与甲的研究}, author={王, 伟}, publisher={出版社}, year=2010}
"""


def text() -> str:
    return LOCK.read_text(encoding="utf-8")


def edit(before: str, after: str) -> None:
    """Change the lock as a person would."""
    assert before in text()
    LOCK.write_text(text().replace(before, after, 1), encoding="utf-8")


def messages(result: Result) -> list[str]:
    """Return what a check printed, without places and the name of the rule."""
    return [line.partition(": ")[2].removesuffix(" [locked]") for line in result.out.splitlines()]

"""Regular entries are found without the splitter: the blocks must be those that the splitter gives of the same text."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from refs.formats.bibblocks import number, split, split_irregular
from refs.formats.encodings import decode

DATA = Path(__file__).parent / "data" / "bibtex"
SHARED = Path(os.environ.get("REFS_SHARED", "")) / "bib"
SIGNS = (*'{}",@%\\()#=\n', "\n@", "\n  @book{x, title={x}}\n", "@comment{", "\n}", '"\n')


def damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(len(text) + 1)
        text = text[:place] + chance.choice(SIGNS) + text[place + chance.choice((0, 0, 1)) :]
    return text


def assert_same(text: str) -> None:
    blocks = split_irregular(text)
    number(text, blocks)
    for one, other in zip(split(text), blocks, strict=True):
        other.simple = one.simple  # how an entry was found
        assert one == other, text


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_has_the_same_blocks_either_way(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    texts = [path.read_text("utf-8") for path in sorted(DATA.glob("*.bib"))]
    for _ in range(100):
        assert_same(damaged(chance.choice(texts), chance))


@pytest.mark.skipif(not SHARED.is_dir(), reason="REFS_SHARED names no folder with corpora")
def test_real_files_have_the_same_blocks_either_way() -> None:
    files = sorted(path for path in SHARED.rglob("*.bib") if path.stat().st_size < 200_000)
    for path in random.Random(2).sample(files, 200):  # noqa: S311
        text = decode(path.read_bytes())[0]
        if "\r" not in text:
            assert_same(text)

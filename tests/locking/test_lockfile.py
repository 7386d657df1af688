"""Any record comes back from the text of a lock, and prints the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs import Reference
from refs.actions import locking
from refs.papers import lockfile
from refs.papers.lockfile import Lock, Locked
from tests.sample_references import references


@dataclass
class Samples:
    """References in the place of a library."""

    items: dict[str, Reference]

    def keys(self) -> list[str]:
        return sorted(self.items)

    def existing(self, keys: Sequence[str]) -> dict[str, Reference]:
        return {key: self.items[key] for key in keys if key in self.items}

    def find(self, references: Sequence[Reference]) -> list[str | None]:
        return [None for _ in references]

    def aliases(self) -> dict[str, str]:
        return {}


@pytest.mark.parametrize("style", ["apa", "chicago-notes-bibliography", "gost-r-7-0-5-2008"])
def test_every_field_prints_the_same_from_a_lock(tmp_path: Path, style: str) -> None:
    items = {one.key: one for one in references(20, 150)}
    paper = tmp_path / "paper.tex"
    paper.write_text("\\nocite{*}")
    made = locking.make(Samples(items), [paper], tmp_path / "refs.lock", style)
    read = lockfile.loads(lockfile.dumps(made.lock), "refs.lock")
    assert read == made.lock
    again = locking.make(locking.Shelf(read), [paper], tmp_path / "refs.lock", style)
    assert lockfile.dumps(again.lock) == lockfile.dumps(made.lock)
    assert locking.differences(read, again) == []


VALUES = st.recursive(
    st.text(min_size=1) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.text(),
        st.tuples(st.dictionaries(st.text(), VALUES, min_size=1, max_size=4), st.text(min_size=1)),
        max_size=4,
    )
)
def test_any_text_comes_back_from_a_lock(found: dict[str, tuple[dict[str, object], str]]) -> None:
    locked = {
        key: Locked(key, record, printed={"entry": printed, "citation": printed}, printed_sha256="0")
        for key, (record, printed) in found.items()
    }
    lock = Lock(
        "0", ("a", *(f"a{key}" for key in found)), "apa", "0", "en-US", "0", order=tuple(found), references=locked
    )
    data = lockfile.dumps(lock)
    assert lockfile.loads(data) == lock
    assert lockfile.dumps(lockfile.loads(data)) == data

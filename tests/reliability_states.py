"""Random sequences of everything that changes a library, beside a plain dictionary that must agree at each step.

python -m tests.reliability_states [SEQUENCES]
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from refs import Library, Reference
from refs.actions import exporting
from refs.actions.doctor import examine
from refs.actions.importing import import_files
from refs.change import Change
from refs.errors import ConflictError, NotFoundError
from refs.formats import csljson

TITLES = ("Walden", "Cape Cod", "Über Gewißheit", "战争与和平", "A", "The Same Title")
KEYS = ("one", "two", "Three", "four")
NUMBERS = ("1", "2", "3")
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - no disk is under test here


@dataclass(slots=True)
class Model:
    """What the library should hold: titles and DOIs by key, the keys that find each too, and facts."""

    works: dict[str, tuple[str, str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)

    def taken(self, key: str) -> str | None:
        """Return the key of the work that has a key or alias, whatever its case."""
        names = {name.lower(): name for name in self.works} | {a.lower(): name for a, name in self.aliases.items()}
        return names.get(key.lower())

    def find(self, key: str) -> str | None:
        return key if key in self.works else self.aliases.get(key)


class Changes(RuleBasedStateMachine):
    """Each rule does the same to the library and to the model, or sees both refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.library = Library(Path(self.folder.name) / "library.sqlite3", "test")
        self.model = Model()
        self.done: list[tuple[Model, Model]] = []  # before and after each batch that can be undone
        self.undone: list[tuple[Model, Model]] = []

    def teardown(self) -> None:
        self.folder.cleanup()

    def change(self, work: Callable[[Change], object], after: Model) -> None:
        """Make a change, and remember it for undo if it changed anything."""
        self.library.apply(work)
        if after != self.model:
            self.done.append((self.model, after))
            self.undone.clear()
        self.model = after

    @rule(key=st.sampled_from(KEYS), title=st.sampled_from(TITLES), number=st.sampled_from(("", *NUMBERS)))
    def add(self, key: str, title: str, number: str) -> None:
        doi = f"10.5555/{number}" if number else ""
        reference = work(title, doi)
        same = next((name for name, (_, other) in self.model.works.items() if doi and other == doi), None)
        if same is None and self.model.taken(key):
            refused(ConflictError, lambda: self.library.apply(lambda change: change.add(reference, key=key)))
            return
        after = deepcopy(self.model)
        if same is None:
            after.works[key] = (title, doi)
        elif not self.model.taken(key):
            after.aliases[key] = same
        self.change(lambda change: change.add(reference, key=key), after)

    @rule(key=st.sampled_from(KEYS), title=st.sampled_from(TITLES))
    def edit(self, key: str, title: str) -> None:
        own = self.model.find(key)
        if own is None:
            refused(NotFoundError, lambda: self.library.get(key))
            return
        after = deepcopy(self.model)
        after.works[own] = (title, self.model.works[own][1])
        before = self.library.get(key)
        edited = replace(before, fields={**before.fields, "title": title})
        self.change(lambda change: change.replace(edited, before), after)

    @rule(old=st.sampled_from(KEYS), new=st.sampled_from(KEYS))
    def rename(self, old: str, new: str) -> None:
        own = self.model.find(old)
        if own is None:
            refused(NotFoundError, lambda: self.library.apply(lambda change: change.rename(old, new)))
            return
        if self.model.taken(new) not in (None, own):
            refused(ConflictError, lambda: self.library.apply(lambda change: change.rename(old, new)))
            return
        after = deepcopy(self.model)
        if new != own:
            after.works[new] = after.works.pop(own)
            after.aliases = {alias: new if key == own else key for alias, key in after.aliases.items() if alias != new}
            after.aliases[own] = new
        self.change(lambda change: change.rename(old, new), after)

    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True))
    def remove(self, keys: list[str]) -> None:
        owners = [self.model.find(key) for key in keys]
        if None in owners:
            refused(NotFoundError, lambda: self.library.apply(lambda change: change.remove(keys)))
            return
        after = deepcopy(self.model)
        after.works = {key: value for key, value in after.works.items() if key not in owners}
        after.aliases = {alias: key for alias, key in after.aliases.items() if key not in owners}
        self.change(lambda change: change.remove(keys), after)

    @rule(name=st.sampled_from(("a", "b")), value=st.none() | st.integers(0, 3))
    def set_fact(self, name: str, value: int | None) -> None:
        after = deepcopy(self.model)
        after.facts.pop(name, None)
        if value is not None:
            after.facts[name] = value
        if after == self.model:
            return
        self.change(lambda change: change.set_fact("test", name, value), after)

    @rule(titles=st.lists(st.sampled_from(TITLES), min_size=1, max_size=3))
    def import_file(self, titles: list[str]) -> None:
        after = deepcopy(self.model)
        lines = []
        for index, title in enumerate(titles):
            key = f"imported{len(self.done)}x{index}"
            if not after.taken(key):
                lines.append(csljson.dumps(csljson.to_json(replace(work(title, ""), key=key))))
                after.works[key] = (title, "")
        path = Path(self.folder.name) / "in.jsonl"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if lines:
            self.change(lambda change: None, self.model)
            import_files(self.library, [path])
            self.done.append((self.model, after))
            self.undone.clear()
            self.model = after

    @rule()
    def export_and_import(self) -> None:
        """What is exported reads back as what is there, into a library of its own."""
        written = exporting.output(self.library.references(), "csljson", {}, strict=False)
        path = Path(self.folder.name) / "out.json"
        path.write_text(written.text, encoding="utf-8")
        if self.model.works:
            other = Library(Path(self.folder.name) / "other.sqlite3")
            import_files(other, [path])
            assert {one.key: one.text("title") for one in other.references()} == {
                key: title for key, (title, _) in self.model.works.items()
            }
            other.path.unlink()

    @rule()
    def undo(self) -> None:
        if not self.done:
            refused(NotFoundError, lambda: self.library.apply(lambda change: change.undo()))
            return
        before, after = self.done.pop()
        self.undone.append((before, after))
        self.library.apply(lambda change: change.undo())
        self.model = deepcopy(before)

    @rule()
    def redo(self) -> None:
        if not self.undone:
            refused(NotFoundError, lambda: self.library.apply(lambda change: change.redo()))
            return
        before, after = self.undone.pop()
        self.done.append((before, after))
        self.library.apply(lambda change: change.redo())
        self.model = deepcopy(after)

    @invariant()
    def agree(self) -> None:
        stored = self.library.references()
        assert {one.key: (one.text("title"), one.text("DOI")) for one in stored} == self.model.works
        assert {row.key for row in self.library.rows()} == set(self.model.works)
        found = self.library.existing(list(self.model.aliases))
        titles = {alias: one.text("title") for alias, one in found.items()}
        assert titles == {alias: self.model.works[key][0] for alias, key in self.model.aliases.items()}
        assert self.library.facts("test") == self.model.facts
        walden = {key for key, (title, _) in self.model.works.items() if title == "Walden"}
        assert {row.key for row in self.library.rows("title:walden")} == walden

    @rule()
    def examine(self) -> None:
        assert [one for one in examine(self.library) if one.level == "problem"] == []


def work(title: str, doi: str) -> Reference:
    return Reference("book", {"title": title, **({"DOI": doi} if doi else {})})


def refused(error: type[Exception], act: Callable[[], object]) -> None:
    try:
        act()
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


def run(sequences: int, steps: int = 30, *, fixed: bool = True) -> None:
    """Run so many random sequences; an error shows the shortest that fails."""
    run_state_machine_as_test(
        Changes,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            deadline=None,
            derandomize=fixed,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


def main(sequences: int = 2000) -> None:
    run(sequences, fixed=False)
    print(f"{sequences} sequences of 30 changes: the library agreed with the model at every step")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))

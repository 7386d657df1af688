"""Random sequences of everything that changes a library, beside a plain dictionary that must agree at each step.

    python -m tests.reliability_states [SEQUENCES [sqlite|postgres]]

The model holds things by name, as the log does: works by their numbers, aliases, facts, pairs. A change is what it did
to them; undoing puts each back, if it still is as the change left it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from refs import Library, Reference
from refs.actions import exporting, merging, tagging
from refs.actions.doctor import examine
from refs.actions.importing import import_files
from refs.change import Change
from refs.errors import ConflictError, NotFoundError, UsageError
from refs.folding import tags
from refs.formats import csljson
from tests import postgres

TITLES = ("Walden", "Cape Cod", "Über Gewißheit", "战争与和平", "A", "The Same Title")
KEYS = ("one", "two", "Three", "four")
NUMBERS = ("1", "2", "3")
TAGS = ("red", "to read", "Öl")
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - no disk is under test here


class Work(NamedTuple):
    """What the model holds of a work; `tagged` tells that its tags were once changed, which is kept as a source."""

    key: str
    title: str
    doi: str = ""
    tags: tuple[str, ...] = ()
    tagged: bool = False


Thing = tuple[str, str]
"""A kind and a name: ("work", "3"), ("alias", "two"), ("fact", "a"), ("distinct", "1-3"), ("merged", "1-3")."""
State = dict[Thing, object]
Delta = dict[Thing, tuple[object, object]]


@dataclass(slots=True)
class Model:
    """What the library should hold, what can be undone and redone, and what was ever stored of each work."""

    things: State = field(default_factory=dict)
    done: list[Delta] = field(default_factory=list)
    undone: list[Delta] = field(default_factory=list)
    past: set[str] = field(default_factory=set)
    purged: set[str] = field(default_factory=set)
    numbers: int = 0

    @property
    def works(self) -> dict[str, Work]:
        return {name: value for (kind, name), value in self.things.items() if isinstance(value, Work)}

    def of(self, kind: str) -> dict[str, object]:
        return {name: value for (known, name), value in self.things.items() if known == kind}

    def find(self, key: str) -> str | None:
        """Return the number of the work that a key or alias finds."""
        own = next((number for number, work in self.works.items() if work.key == key), None)
        return own or (str(self.of("alias")[key]) if key in self.of("alias") else None)

    def taken(self, key: str) -> str | None:
        """Return the number of the work that has a key or alias, whatever its case."""
        names = {alias.lower(): str(number) for alias, number in self.of("alias").items()}
        return (names | {work.key.lower(): number for number, work in self.works.items()}).get(key.lower())

    def new(self) -> str:
        self.numbers += 1
        return str(self.numbers)

    def become(self, after: State, *, logged: bool = True) -> Delta:
        """Take on a state; return what changed."""
        names = self.things.keys() | after.keys()
        delta = {
            name: (self.things.get(name), after.get(name)) for name in names if self.things.get(name) != after.get(name)
        }
        self.past |= {name for (kind, name), (before, _) in delta.items() if kind == "work" and before is not None}
        self.things = after
        if delta and logged:
            self.done.append(delta)
            self.undone.clear()
        return delta

    def overtaken(self, delta: Delta) -> bool:
        return any(self.things.get(name) != after for name, (_, after) in delta.items())

    def back(self, delta: Delta) -> None:
        """Put each thing of a change back."""
        after = self.things | {name: before for name, (before, _) in delta.items()}
        self.become({name: value for name, value in after.items() if value is not None}, logged=False)

    def forth(self, delta: Delta) -> None:
        self.back({name: (after, before) for name, (before, after) in delta.items()})

    def purge(self) -> None:
        """Forget what was ever stored of the works that are gone."""
        self.purged |= self.past - self.works.keys()
        self.undone.clear()

    def to_undo(self) -> Delta | None:
        """Take the last change off that can be undone; those that need what was purged stay done for ever."""
        left: list[Delta] = []
        found = None
        while self.done and found is None:
            delta = self.done.pop()
            works = {name: change for name, change in delta.items() if name[0] == "work" and name[1] in self.purged}
            if any(before is not None for before, _ in works.values()):
                left.append(delta)
            elif len(works) < len(delta) and not (left and self.overtaken(delta)):
                found = delta
            elif len(works) < len(delta):
                left.append(delta)
        self.done += [] if found else reversed(left)
        self.kept = left
        return found

    kept: list[Delta] = field(default_factory=list)


class Changes(RuleBasedStateMachine):
    """Each rule does the same to the library and to the model, or sees both refuse."""

    server = ""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        path = Path(self.folder.name) / "library.sqlite3"
        self.library = Library(f"{self.server}&library={token_hex(8)}" if self.server else path, "test")
        self.model = Model()

    def teardown(self) -> None:
        del self.library  # its connections end with it, however long the machine is kept
        self.folder.cleanup()

    def change(self, work: Callable[[Change], object], after: State) -> None:
        self.library.apply(work)
        self.model.become(after)

    @rule(key=st.sampled_from(KEYS), title=st.sampled_from(TITLES), number=st.sampled_from(("", *NUMBERS)))
    def add(self, key: str, title: str, number: str) -> None:
        doi = f"10.5555/{number}" if number else ""
        reference = book(title, doi)
        same = next((name for name, one in self.model.works.items() if doi and one.doi == doi), None)
        if same is None and self.model.taken(key):
            refused(ConflictError, lambda: self.library.apply(lambda change: change.add(reference, key=key)))
            return
        after = dict(self.model.things)
        if same is None:
            after["work", self.model.new()] = Work(key, title, doi)
        elif not self.model.taken(key):
            after["alias", key] = same
        self.change(lambda change: change.add(reference, key=key), after)

    @rule(key=st.sampled_from(KEYS), title=st.sampled_from(TITLES))
    def edit(self, key: str, title: str) -> None:
        number = self.model.find(key)
        if number is None:
            refused(NotFoundError, lambda: self.library.get(key))
            return
        before = self.library.get(key)
        edited = replace(before, fields={**before.fields, "title": title})
        after = self.model.things | {("work", number): self.model.works[number]._replace(title=title)}
        self.change(lambda change: change.replace(edited, before), after)

    @rule(key=st.sampled_from(KEYS), added=st.lists(st.sampled_from(TAGS), unique=True), dropped=st.sampled_from(TAGS))
    def tag(self, key: str, added: list[str], dropped: str) -> None:
        number = self.model.find(key)
        if number is None:
            refused(NotFoundError, lambda: self.library.own([key]))
            return
        before, given = self.model.works[number], [tag for tag in added if tag != dropped]
        now = [tag for tag in before.tags if tag != dropped]
        now += [tag for tag in given if tag not in now]
        tagging.tag(self.library, self.library.own([key]), given, [dropped])
        if tuple(now) != before.tags:
            after = before._replace(tags=tuple(now), tagged=True)
            self.model.become(self.model.things | {("work", number): after})

    @rule(old=st.sampled_from(KEYS), new=st.sampled_from(KEYS))
    def rename(self, old: str, new: str) -> None:
        number = self.model.find(old)
        if number is None or self.model.taken(new) not in (None, number):
            error = NotFoundError if number is None else ConflictError
            refused(error, lambda: self.library.apply(lambda change: change.rename(old, new)))
            return
        after, own = dict(self.model.things), self.model.works[number].key
        if new != own:
            after["work", number] = self.model.works[number]._replace(key=new)
            after.pop(("alias", new), None)
            after["alias", own] = number
        self.change(lambda change: change.rename(old, new), after)

    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True))
    def remove(self, keys: list[str]) -> None:
        numbers = [self.model.find(key) for key in keys]
        if None in numbers:
            refused(NotFoundError, lambda: self.library.apply(lambda change: change.remove(keys)))
            return
        after = {
            (kind, name): value
            for (kind, name), value in self.model.things.items()
            if not (kind == "work" and name in numbers) and not (kind == "alias" and value in numbers)
        }
        self.change(lambda change: change.remove(keys), after)

    @rule(one=st.sampled_from(KEYS), other=st.sampled_from(KEYS))
    def merge(self, one: str, other: str) -> None:
        kept, gone = self.model.find(one), self.model.find(other)
        if kept is None or gone is None or kept == gone:
            error = NotFoundError if None in (kept, gone) else UsageError
            refused(error, lambda: merging.merge_keys(self.library, [one, other]))
            return
        made = merging.merge_keys(self.library, [one, other]).reference
        stays, goes = self.model.works[kept], self.model.works[gone]
        assert (made.key, made.text("title")) in {(stays.key, stays.title), (stays.key, goes.title)}
        assert made.text("DOI") in (stays.doi or goes.doi, goes.doi or stays.doi)
        assert set(tags(made)) == {*stays.tags, *goes.tags}
        after = {
            name: kept if name[0] == "alias" and value == gone else value for name, value in self.model.things.items()
        }
        del after["work", gone]
        after["work", kept] = said(made)
        after["alias", goes.key] = kept
        after["merged", f"{kept}-{gone}"] = (goes.key, goes.title)
        for name in self.model.of("distinct"):
            pair = set(name.split("-"))
            if gone in pair and kept not in pair:
                after["distinct", paired(kept, *(pair - {gone}))] = True
        self.model.become(after)

    @rule(one=st.sampled_from(KEYS), other=st.sampled_from(KEYS))
    def distinct(self, one: str, other: str) -> None:
        numbers = self.model.find(one), self.model.find(other)
        if None in numbers or numbers[0] == numbers[1]:
            error = NotFoundError if None in numbers else UsageError
            refused(error, lambda: merging.relate(self.library, "distinct", [one, other]))
            return
        merging.relate(self.library, "distinct", [one, other])
        self.model.become(self.model.things | {("distinct", paired(*map(str, numbers))): True})

    @rule(name=st.sampled_from(("a", "b")), value=st.none() | st.integers(0, 3))
    def set_fact(self, name: str, value: int | None) -> None:
        if self.model.of("fact").get(name) == value:
            return
        after = {thing: known for thing, known in self.model.things.items() if thing != ("fact", name)}
        after |= {} if value is None else {("fact", name): value}
        self.change(lambda change: change.set_fact("test", name, value), after)

    @rule(titles=st.lists(st.sampled_from(TITLES), min_size=1, max_size=3))
    def import_file(self, titles: list[str]) -> None:
        after, lines = dict(self.model.things), []
        for title in titles:
            number = self.model.new()
            after["work", number] = Work(f"imported{number}", title)
            lines.append(csljson.dumps(csljson.to_json(replace(book(title, ""), key=f"imported{number}"))))
        path = Path(self.folder.name) / "in.jsonl"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        import_files(self.library, [path])
        self.model.become(after)

    @precondition(lambda self: self.model.works)
    @rule()
    def export_and_import(self) -> None:
        """What is exported reads back as what is there, into a library of its own."""
        written = exporting.output(self.library.references(), "csljson", {}, strict=False)
        path = Path(self.folder.name) / "out.json"
        path.write_text(written.text, encoding="utf-8")
        other = Library(Path(self.folder.name) / "other.sqlite3")
        import_files(other, [path])
        assert {said(one)[:4] for one in other.references()} == {work[:4] for work in self.model.works.values()}
        other.path.unlink()

    @rule()
    def undo(self) -> None:
        delta = self.model.to_undo()
        if delta is None:
            refused(NotFoundError, lambda: self.library.apply(lambda change: change.undo()))
            return
        self.library.apply(lambda change: change.undo())
        self.model.undone.append(delta)
        self.model.back(delta)

    @rule()
    def redo(self) -> None:
        if not self.model.undone:
            refused(NotFoundError, lambda: self.library.apply(lambda change: change.redo()))
            return
        delta = self.model.undone.pop()
        self.library.apply(lambda change: change.redo())
        self.model.done.append(delta)
        self.model.forth(delta)

    @rule()
    def purge(self) -> None:
        self.library.purge()
        self.model.purge()

    @invariant()
    def agree(self) -> None:
        works, aliases = self.model.works, self.model.of("alias")
        stored = self.library.references()
        assert {said(one) for one in stored} == set(works.values())
        assert len(stored) == len(works)
        assert {row.key for row in self.library.rows()} == {work.key for work in works.values()}
        assert self.library.aliases() == {alias: works[str(number)].key for alias, number in aliases.items()}
        assert self.library.facts("test") == self.model.of("fact")
        assert len(self.library.facts("distinct")) == len(self.model.of("distinct"))
        merged = {(item["id"], item["title"]) for item in self.library.facts("merged").values()}
        assert merged == set(self.model.of("merged").values())
        for query, title in (("title:walden", "Walden"), ("title:gewissheit", TITLES[2]), ("title:和平", TITLES[3])):
            assert {row.key for row in self.library.rows(query)} == {w.key for w in works.values() if w.title == title}
        assert {row.key for row in self.library.rows('tag:"to read"')} == {
            work.key for work in works.values() if "to read" in work.tags
        }
        gone = self.model.past - self.model.works.keys() - self.model.purged
        assert len(self.library.removed()) == len(gone)

    @rule()
    def examine(self) -> None:
        assert [one for one in examine(self.library) if one.level == "problem"] == []


def book(title: str, doi: str) -> Reference:
    return Reference("book", {"title": title, **({"DOI": doi} if doi else {})})


def said(reference: Reference) -> Work:
    tagged = "keyword" in reference.sources
    return Work(reference.key, reference.text("title"), reference.text("DOI"), tuple(tags(reference)), tagged)


def paired(*numbers: str) -> str:
    return "-".join(sorted(numbers, key=int))


def refused(error: type[Exception], act: Callable[[], object]) -> None:
    try:
        act()
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


class OnServer(Changes):
    """The same on PostgreSQL."""


@contextmanager
def machine(engine: str, url: str = "") -> Iterator[type[Changes]]:
    """Give the machine for an engine; without the URL of a server one is started."""
    if engine == "sqlite":
        yield Changes
    elif url:
        OnServer.server = url
        yield OnServer
    else:
        with postgres.server() as started:
            OnServer.server = started
            yield OnServer


def run(sequences: int, steps: int = 30, *, fixed: bool = True, engine: str = "sqlite", url: str = "") -> None:
    """Run so many random sequences; an error shows the shortest that fails."""
    with machine(engine, url) as changes:
        run_state_machine_as_test(
            changes,
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


def main(sequences: int = 2000, engines: str = "sqlite,postgres") -> None:
    for engine in engines.split(","):
        run(sequences, fixed=False, engine=engine)
        print(f"{engine}: {sequences} sequences of up to 30 changes: the library agreed with the model at every step")


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["2000"])[0]), *sys.argv[2:3])

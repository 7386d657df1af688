"""Change references in the person's own editor; whatever goes wrong, their text is not lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refs import fieldwise
from refs.actions import editsheet
from refs.actions.editor import Edit, read_back, run_editor, sheet
from refs.change import Change, Overtaken
from refs.errors import ConflictError, ParseError, RefsError
from refs.formats.csljson import clean_lines
from refs.model import Reference, Source
from refs.store import Library

MARK = "# refs: "  # before a mistake that the editor is shown again

Again = Callable[[RefsError], bool]
"""Asks the person whether they want to mend what was wrong."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of a reference: whether it changed, and the fields that somebody else changed meanwhile."""

    before: Reference
    after: Reference
    theirs: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Tell whether the person changed anything."""
        return self.before != self.after


def never(_: RefsError) -> bool:
    """Answer that nobody can be asked."""
    return False


def edit(library: Library, keys: Sequence[str], run: Edit = run_editor, again: Again = never) -> list[Edited]:
    """Let a person change references, all in one transaction; `again` lets them mend a mistake.

    What they changed is put upon what others changed meanwhile. Raise ConflictError, with each field in its three
    forms, where both changed the same; then, and after any other failure, nothing is stored and the error names the
    file that keeps the text.
    """
    before = library.own(keys)
    with sheet(editsheet.write(before), ".yaml") as path:
        return _until_right(library, before, path, run, again)


def _until_right(library: Library, before: Sequence[Reference], path: Path, run: Edit, again: Again) -> list[Edited]:
    while True:
        run(path)
        try:
            after = editsheet.read(read_back(path), path.name, before)
            return library.apply(lambda change, after=after: _store(change, before, after))  # type: ignore[misc]
        except RefsError as error:
            if not again(error):
                raise
            if isinstance(error, ParseError):
                _mark(path, error)


def _mark(path: Path, error: ParseError) -> None:
    """Write a mistake above its line, in place of the one before."""
    raw = path.read_bytes()
    line = error.location.line
    lines = raw.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    lines.insert(max(line - 1, 0), f"{MARK}{error.reason}\n")
    kept = [one for number, one in enumerate(lines) if number == line - 1 or not one.startswith(MARK)]
    path.write_bytes("".join(kept).encode("utf-8", "surrogateescape"))


def _store(change: Change, before: Sequence[Reference], after: Sequence[Reference]) -> list[Edited]:
    edited = []
    for old, new in zip(before, after, strict=True):
        theirs: tuple[str, ...] = ()
        if replace(new, key=old.key) != old:
            theirs = put(change, old, with_sources(old, replace(new, key=old.key)))
        if new.key != old.key:
            change.rename(old.key, new.key)
        edited.append(Edited(old, new, theirs))
    return edited


def put(change: Change, before: Reference, mine: Reference) -> tuple[str, ...]:
    """Store a change of a reference upon what others made of it meanwhile; return the fields that they changed.

    Raise ConflictError, field by field in three forms, where both changed the same.
    """
    try:
        change.replace(mine, before)
    except Overtaken as found:
        if clashes := fieldwise.clashes(found.before, found.theirs, found.mine):
            raise ConflictError("\n".join([f"{before.key} was changed meanwhile", *_three_ways(clashes)])) from None
        change.replace(fieldwise.merged(found.before, found.theirs, found.mine), found.theirs)
        return tuple(one.field for one in fieldwise.differences(found.before, found.theirs))
    return ()


def _three_ways(clashes: Sequence[fieldwise.Clash]) -> list[str]:
    """Return what each field was, what they made of it and what you did."""
    return [
        f"  {one.field} {who}: {text or '(nothing)'}"
        for one in clashes
        for who, text in (("was", one.before), ("theirs", one.theirs), ("yours", one.mine))
    ]


def with_sources(before: Reference, after: Reference) -> Reference:
    """Return `after` with the user as the source of each field and extra that differs.

    A field that they took away keeps the user as its source, so that no registry brings it back.
    """
    mine = Source("user", time.strftime("%Y-%m-%d", time.gmtime()))
    changed = _differing(before.fields, after.fields)
    changed += [name for name in _differing(before.extra, after.extra) if name not in {**before.fields, **after.fields}]
    return replace(after, sources={**before.sources, **dict.fromkeys(changed, mine)})


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def note(library: Library, key: str, text: str | None = None, run: Edit = run_editor) -> bool:
    """Let the private note on a reference say this, or what the person writes in their editor; "" takes it away.

    Return False when nothing changed.
    """
    (before,) = library.own([key])
    if text is not None:
        return _annotate(library, before, text)
    with sheet(before.text("annote"), ".md") as path:
        run(path)
        return _annotate(library, before, read_back(path))


def _annotate(library: Library, before: Reference, text: str) -> bool:
    fields = {**before.fields, "annote": clean_lines(text)}
    after = replace(before, fields={name: value for name, value in fields.items() if value})
    if after.text("annote") == before.text("annote"):
        return False
    library.apply(lambda change: put(change, before, with_sources(before, after)))
    return True

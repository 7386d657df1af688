"""Change a reference in the person's own editor, as CSL-JSON."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from refs.errors import ConflictError, Location, ParseError, RefsError, UsageError
from refs.formats import csljson
from refs.model import Reference, Source
from refs.store import Library

Edit = Callable[[Path], None]


def editor_command(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the words of $VISUAL or $EDITOR, else the editor that the system surely has."""
    command = environment.get("VISUAL") or environment.get("EDITOR")
    try:
        words = shlex.split(command, posix=os.name != "nt") if command else []
    except ValueError as error:
        raise UsageError(f"$EDITOR cannot be understood: {str(error).lower()}: {command}") from None
    return words or (["notepad"] if sys.platform == "win32" else ["vi"])


def run_editor(path: Path) -> None:
    """Open the file in the editor and wait; raise UsageError when it cannot be started or fails."""
    words = editor_command()
    if words == ["vi"] and not sys.stdin.isatty():
        raise UsageError("set $EDITOR: without a terminal vi cannot be the editor")
    try:
        status = subprocess.run([*words, str(path)], check=False).returncode  # noqa: S603
    except OSError as error:
        raise UsageError(f"cannot start the editor {words[0]!r}: {(error.strerror or str(error)).lower()}") from None
    if status:
        raise UsageError(f"the editor {words[0]!r} ended with status {status}; nothing was changed")


def edit(library: Library, key: str, run: Edit = run_editor) -> bool:
    """Let a person change a reference; return False when they changed nothing.

    Whatever goes wrong, the library stays as it was and the edited text is kept in a file that the error names.
    """
    before = library.get(key)
    text = csljson.dumps(csljson.to_json(before), indent=2) + "\n"
    descriptor, name = tempfile.mkstemp(prefix="refs-", suffix=".json")
    path = Path(name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    try:
        run(path)
        edited = read_back(path)
        if edited != text:
            _store(library, before, _parse(edited, path))
    except RefsError as error:
        if path.exists() and read_back(path) != text:
            raise type(error)(f"{error}; your text is kept in {path}") from None
        path.unlink(missing_ok=True)
        raise
    path.unlink()
    return edited != text


def read_back(path: Path) -> str:
    """Return the text that an editor left; raise UsageError when it left none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"the editor left no file to read ({reason}); nothing was changed") from None


def _parse(text: str, path: Path) -> Any:
    item = csljson.loads(text, str(path))
    if not isinstance(item, dict):
        raise ParseError("a reference is one JSON object", Location(str(path), 1))
    return item


def _store(library: Library, before: Reference, item: dict[str, Any]) -> None:
    if not item.get("type"):
        raise UsageError("a reference needs its type")
    after = csljson.from_json(item)
    if after.key != before.key:
        raise UsageError(f"the key (id) cannot be edited: it is {before.key} for good")
    if unknown := sorted(set(after.extra) - set(before.extra)):
        raise UsageError(f"no field is called {unknown[0]!r}, or its value is of the wrong kind")
    after = with_sources(before, after)
    with library.change() as change:
        if library.get(before.key) != before:
            raise ConflictError(f"{before.key} was changed by another refs meanwhile")
        change.replace(after)


def with_sources(before: Reference, after: Reference) -> Reference:
    """Return `after` with the user as the source of each field that differs, and no source for what is gone."""
    from dataclasses import replace

    mine = Source("user", time.strftime("%Y-%m-%d", time.gmtime()))
    sources = {name: source for name, source in before.sources.items() if name in after.fields}
    sources.update((name, mine) for name, value in after.fields.items() if before.fields.get(name) != value)
    return replace(after, sources=sources)

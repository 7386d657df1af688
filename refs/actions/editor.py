"""The person's own editor: what it is, how it is run, and what it leaves behind."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from refs.errors import Location, ParseError, RefsError, UsageError

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


def read_back(path: Path) -> str:
    """Return the text that an editor left; raise UsageError when it left none, ParseError when it is not UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"the editor left no file to read ({reason}); nothing was changed") from None
    try:
        return "\n".join(raw.decode("utf-8-sig").replace("\r\n", "\n").split("\r"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ParseError("not UTF-8: tell the editor to write that", Location(str(path), line)) from None


@contextmanager
def sheet(text: str, suffix: str) -> Iterator[Path]:
    """Give a file that holds a text, to be edited; it is gone afterwards, unless an error left a changed text in it.

    The error then names the file.
    """
    descriptor, name = tempfile.mkstemp(prefix="refs-", suffix=suffix)
    path = Path(name)
    raw = text.encode("utf-8", "surrogatepass")
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(raw)
    try:
        yield path
    except BaseException as error:
        if not path.exists() or path.read_bytes() == raw:
            path.unlink(missing_ok=True)
            raise
        kept = f"your text is kept in {path}"
        if isinstance(error, RefsError):
            raise type(error)(f"{error}\n{kept}" if "\n" in str(error) else f"{error}; {kept}") from None
        error.add_note(kept)
        raise
    path.unlink()

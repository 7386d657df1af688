"""Where attached files lie, and opening them or the page of a work.

What is opened is an existing file of a known type, or an address of the web; programs get lists of words, never a line
for a shell.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from refs import filefield
from refs.errors import NotFoundError, RefsError, UsageError
from refs.filefield import Attachment
from refs.model import Reference
from refs.store import Library

OPENED = frozenset(".pdf .epub .djvu .txt .md .docx .odt .rtf .png .jpg .jpeg .tif .tiff .gif .csv".split())
"""The types of files that are opened: none of them is a program."""


@dataclass(frozen=True, slots=True)
class Located:
    """An attachment and the file that it is, None when there is none."""

    attachment: Attachment
    path: Path | None


def located(library: Library, reference: Reference) -> list[Located]:
    """Return the attachments of a reference and where they lie."""
    return [Located(one, _file(library, one.path)) for one in filefield.attachments(reference)]


def _file(library: Library, path: str) -> Path | None:
    """Return the file of a path: an absolute one, or one below the library's folder or Zotero's."""
    if "\0" in path:
        return None
    if os.path.isabs(path):
        return Path(path) if os.path.isfile(path) else None
    for base in _bases(library):
        inside = (base / path).resolve()
        if inside.is_relative_to(base.resolve()) and inside.is_file():
            return inside
    return None


def _bases(library: Library) -> list[Path]:
    zotero = Path.home() / "Zotero"
    try:
        return [library.path.parent, zotero]
    except UsageError:
        return [zotero]


def target(library: Library, reference: Reference, *, web: bool = False) -> tuple[str, bool]:
    """Return what to open for a reference, and whether the path is one that an import brought and nobody looked at.

    That is its PDF, else its DOI or URL, else another attachment; `web` leaves the files out. Raise NotFoundError
    when there is nothing.
    """
    files = [] if web else [one for one in located(library, reference) if one.path and _is_opened(one.path)]
    files.sort(key=lambda one: one.attachment.name.lower().endswith(".pdf"), reverse=True)
    address = page(reference)
    if files and (files[0].attachment.name.lower().endswith(".pdf") or not address):
        one = files[0]
        source = reference.sources.get(one.attachment.field)
        return str(one.path), os.path.isabs(one.attachment.path) and (source is None or source.name != "user")
    if not address:
        raise NotFoundError(f"{reference.key} has no file that can be opened, no DOI and no web address")
    return address, False


def _is_opened(path: Path) -> bool:
    """Tell whether a file, and the one that a link leads to, is of a type that is opened."""
    return path.suffix.lower() in OPENED and path.resolve().suffix.lower() in OPENED


def page(reference: Reference) -> str:
    """Return the address at which a work is read: its DOI's, else its URL where that is one of the web."""
    if doi := reference.text("DOI"):
        return f"https://doi.org/{quote(doi, safe='/:;()._-')}"
    url = reference.text("URL")
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    fits = parts.scheme in ("http", "https") and parts.hostname and url.isprintable() and "\\" not in url
    return re.sub(r"[\s\"'<>^`{|}]", lambda sign: quote(sign[0]), url) if fits else ""


Run = Callable[[Sequence[str]], int]


def opener(platform: str = sys.platform) -> list[str]:
    """Return the words before a path or address that open it on this system."""
    if platform == "darwin":
        return ["open"]
    return ["rundll32", "url.dll,FileProtocolHandler"] if platform == "win32" else ["xdg-open"]


def run(words: Sequence[str]) -> int:
    """Run a program without a shell and return its status."""
    return subprocess.run(words, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode  # noqa: S603


def open_target(what: str, run: Run = run) -> None:
    """Open a path or an address; raise UsageError when the system has no program for that."""
    words = opener()
    try:
        status = run([*words, what])
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot start {words[0]} ({reason}): refs open --print prints what to open") from None
    if status:
        raise RefsError(f"{words[0]} could not open {what}")

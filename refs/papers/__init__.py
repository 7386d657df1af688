"""What a document cites: one reader a format, each a pure function of a text and of a way to load what it includes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from refs.errors import Location, ParseError, StorageError, UsageError
from refs.papers.citation import Citation, Citations, Load

if TYPE_CHECKING:
    from refs.papers.manuscript import Manuscript

__all__ = ["READERS", "Citation", "Citations", "Load", "decode", "read", "read_manuscript"]

READERS: Mapping[str, str] = {
    **dict.fromkeys((".tex", ".ltx", ".latex", ".rnw"), "tex"),
    ".aux": "aux",
    ".bcf": "bcf",
    **dict.fromkeys((".md", ".markdown", ".qmd", ".rmd"), "markdown"),
    ".ipynb": "ipynb",
    ".typ": "typst",
    ".org": "org",
    **dict.fromkeys((".rst", ".rest"), "rst"),
    ".docx": "docx",
    ".odt": "odt",
}
"""The module of this package that reads the files with an ending; its `read(text, file, load)` returns Citations."""

ARCHIVES = frozenset({"docx", "odt"})
"""The readers of archives, whose `read(data, file)` takes bytes; nothing is included from elsewhere."""

LARGEST = 64 * 1024 * 1024
"""The bytes of the largest file that is read."""


def read(path: Path) -> Citations:
    """Return what a document cites, by the reader of its ending, with the files that it includes.

    Included files lie below the document's folder; elsewhere, where TeX or Typst may look too, only those with an
    ending of the same reader are opened. Raise UsageError for an ending without a reader and StorageError for a
    document that cannot be read; a file that cannot be included is among the problems.
    """
    module = READERS.get(path.suffix.lower())
    if module is None:
        raise UsageError(f"{path}: refs reads citations from {', '.join(READERS)} files")
    data = _document(path)
    reader: Callable[..., Citations] = import_module(f"refs.papers.{module}").read
    if module in ARCHIVES:
        return reader(data, path.as_posix())
    return reader(decode(data), path.as_posix(), _loader(path))


def read_manuscript(path: Path) -> Manuscript:
    """Return a Markdown document with its citations taken out; errors are those of `read`."""
    from refs.papers import manuscript

    if READERS.get(path.suffix.lower()) != "markdown":
        endings = ", ".join(ending for ending, module in READERS.items() if module == "markdown")
        raise UsageError(f"{path}: refs renders {endings}; for others refs export --cited-in writes the bibliography")
    return manuscript.read(decode(_document(path)), path.as_posix(), _loader(path))


def _document(path: Path) -> bytes:
    try:
        return _bytes(path)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from None


def decode(data: bytes) -> str:
    """Return the text of a file: UTF-16 by its byte order mark, else UTF-8, else Windows-1252; lines end in \\n."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            # Latin-1 differs from Windows-1252 only in the five bytes that the latter leaves undefined.
            text = data.decode("cp1252", "surrogateescape").translate({0xDC00 + byte: byte for byte in range(256)})
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _loader(document: Path) -> Load:
    root = document.resolve().parent
    endings = {ending for ending, module in READERS.items() if module == READERS[document.suffix.lower()]}

    def load(name: str) -> str | None:
        path = Path(name)
        resolved = path.resolve()
        if not resolved.is_file():
            return None
        if not resolved.is_relative_to(root) and path.suffix.lower() not in endings:
            raise ParseError(f"{name} is outside the document's folder and is not read", Location(name))
        try:
            return decode(_bytes(path))
        except OSError as error:
            raise ParseError(f"{name}: {error.strerror or error}", Location(name)) from None

    return load


def _bytes(path: Path) -> bytes:
    """Return the contents of a regular file."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > LARGEST:
            raise OSError(f"larger than {LARGEST >> 20} MB")
        return file.read(LARGEST + 1)

"""Which program reads the bibliography of a document, and the file that the document names for it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from refs import papers
from refs.errors import StorageError

# What each reader's documents say of their bibliography; the group is the file, or several between commas or in lines.
NAMED = {
    "tex": r"^[^%\n]*\\(?:addbibresource(?:\[[^\]]*\])?|bibliography)\{([^{}%]+)\}",
    "markdown": r"^bibliography:((?:\s*\n[ \t]*-[ \t]+[^\n]+)+|[ \t]*\[[^\]]*\]|[ \t]*(?:\"[^\"\n]+\"|[^\s,\[\]]+))",
    "typst": r"^[^/\n]*#bibliography\(\s*\(?((?:\s*\"[^\"]+\"\s*,?)+)",
    "org": r"(?i)^#\+bibliography:\s*\"?([^\"\s]+)",
    "aux": r"^\\bibdata\{([^{}]+)\}",
}
BIBLATEX = {
    "tex": r"^[^%\n]*(?:\\addbibresource|\\(?:usepackage|RequirePackage)(?:\[[^\]]*\])?\{[^}]*\bbiblatex\b)",
    "aux": r"^\\abx@aux@",
}
PROGRAMS = {"bcf": "biber", "typst": "typst", "markdown": "pandoc", "org": "pandoc", "ipynb": "pandoc"}


def program(path: Path) -> str:
    """Return the program of `refs export --for` that a document's bibliography is for, "" where any will do.

    LaTeX with biblatex is for biber, Typst for itself, and Markdown, Org and notebooks for pandoc.
    """
    module = papers.READERS.get(path.suffix.lower(), "")
    if module in BIBLATEX:
        return "biber" if re.search(BIBLATEX[module], _text(path), re.MULTILINE) else ""
    return PROGRAMS.get(module, "")


def bibliography(path: Path) -> Path | None:
    """Return the .bib file in or below the document's folder that it names first, if it names one."""
    named = _named(path)
    return _below(path.parent, named[0]) if named else None


def bibliographies(path: Path) -> list[Path]:
    """Return all .bib files in or below the document's folder that it names."""
    return [file for name in _named(path) if (file := _below(path.parent, name))]


def _named(path: Path) -> list[str]:
    pattern = NAMED.get(papers.READERS.get(path.suffix.lower(), ""))
    found = re.findall(pattern, _text(path), re.MULTILINE) if pattern else []
    names = (
        name.partition(" #")[0].strip(" \t\r\n\"'[]") for group in found for name in re.split(r",|\n\s*-[ \t]", group)
    )
    return [name for name in names if name]


def _below(folder: Path, written: str) -> Path | None:
    name = PurePosixPath(written)
    name = name if name.suffix else name.with_suffix(".bib")
    if name.suffix.lower() != ".bib" or name.is_absolute() or ".." in name.parts:
        return None
    return folder / name


def _text(path: Path) -> str:
    try:
        return papers.decode(path.read_bytes())
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from None

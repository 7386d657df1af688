"""BibLaTeX files: read like BibTeX's, written with BibLaTeX's types, dates and names."""

from __future__ import annotations

from collections.abc import Sequence

from refs.formats.bibtex import read
from refs.formats.programs import Dialect
from refs.model import Reference

__all__ = ["read", "write"]


def write(references: Sequence[Reference], ascii_only: bool = False, dialect: Dialect | None = None) -> str:
    """Return a file for biber and BibLaTeX's styles, or in the dialect of a program that reads BibLaTeX."""
    from refs.formats.bibwrite import write_entries

    return write_entries(references, dialect or Dialect(biblatex=True, ascii_only=ascii_only))

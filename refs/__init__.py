"""refs: resolve, keep and cite references.

The Python API, which the command line itself uses:

    from refs import Library, Reference, Name, Date       # the library and what is in it
    from refs.csl import Processor, Style                 # formatted citations
    from refs import formats                              # formats.read(data, name), formats.write(references, format)
    from resolver import Resolver                         # identifiers -> references
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from refs.model import Date, Name, Reference, Source, Variant

if TYPE_CHECKING:
    from refs.change import Added, Change
    from refs.store import Library, Row

__version__ = "0.1.0"
__all__ = ["Added", "Change", "Date", "Library", "Name", "Reference", "Row", "Source", "Variant"]


HOMES = {"Added": "refs.change", "Change": "refs.change", "Library": "refs.store", "Row": "refs.store"}


def __getattr__(name: str) -> Any:
    """Import the library when it is first asked for: `--version` and the citation processor need no SQLite."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(HOMES[name]), name)

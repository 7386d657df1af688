"""refs: resolve, keep and cite references.

The Python API, which the command line itself uses:

    from refs import Library, Reference, Name, Date       # the library and what is in it
    from refs.csl import Processor, Style                 # formatted citations
    from refs import formats                              # formats.read(data, name), formats.write(references, format)
    from resolver import Resolver                         # identifiers -> references
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from refs.change import Added, Change
    from refs.model import Date, Name, Reference, Source, Variant
    from refs.store import Library, Row

__version__ = "0.1.0"
__all__ = ["Added", "Change", "Date", "Library", "Name", "Reference", "Row", "Source", "Variant"]


HOMES = {
    "refs.change": ("Added", "Change"),
    "refs.model": ("Date", "Name", "Reference", "Source", "Variant"),
    "refs.store": ("Library", "Row"),
}


def __getattr__(name: str) -> Any:
    """Import a module when something of it is first asked for: `--version` needs none of them."""
    home = next((module for module, names in HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)

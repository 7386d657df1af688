"""Formatted citations and bibliographies of references, in any CSL style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from refs.formats import csljson
from refs.model import Reference

if TYPE_CHECKING:
    from refs.csl import Processor


def processor(references: Sequence[Reference], style: str, locale: str = "") -> Processor:
    """Return a processor for the references, in their order; raise NotFoundError for an unknown style or locale."""
    from refs.csl import Processor, Style
    from refs.csl.repository import locale_tag

    items = [csljson.to_json(one) for one in references]
    return Processor(Style.load(style), items, locale=locale_tag(locale) if locale else None)


def in_text(made: Processor, keys: Sequence[str], format: str) -> list[str]:
    """Return the citation of the keys in one cluster, as it stands in the running text."""
    return [made.cite([{"id": key} for key in keys], format=format)]


def bibliography(made: Processor, format: str) -> list[str]:
    """Return the entries of the bibliography in the order in which the style prints them."""
    return [entry for _, entry in made.bibliography(format=format)]

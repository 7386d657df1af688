"""Formatted citations and bibliographies of references, in any CSL style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from refs.errors import UsageError
from refs.formats import csljson
from refs.model import Reference, Value, Variant

if TYPE_CHECKING:
    from refs.csl import Processor

# The locators of CSL 1.0.2 (csl-terms.rnc) by their names and by what people write before a number.
LOCATORS = {
    "act": ("act",),
    "appendix": ("app", "apps"),
    "article-locator": ("art", "arts"),
    "book": ("book", "bk", "bks"),
    "canon": ("can",),
    "chapter": ("ch", "chap", "chaps"),
    "column": ("col", "cols"),
    "elocation": ("loc",),
    "equation": ("eq", "eqs"),
    "figure": ("fig", "figs"),
    "folio": ("fol", "fols"),
    "issue": ("no", "nos"),
    "line": ("l", "ll"),
    "note": ("n", "nn"),
    "opus": ("op", "opp"),
    "page": ("p", "pp", "pages"),
    "paragraph": ("para", "paras", "par", "¶", "¶¶"),
    "part": ("pt", "pts"),
    "rule": ("rule",),
    "scene": ("sc",),
    "section": ("sec", "secs", "sect", "§", "§§"),
    "sub-verbo": ("s.v", "sv"),
    "supplement": ("supp", "suppl"),
    "table": ("tbl", "tab"),
    "timestamp": ("time",),
    "title-locator": ("tit",),
    "verse": ("v", "vv"),
    "version": ("ver",),
    "volume": ("vol", "vols"),
}


@dataclass(frozen=True, slots=True)
class Locator:
    """A place in a work: what CSL calls it and its number ("page", "12-14")."""

    label: str
    value: str


def read_locator(text: str) -> Locator:
    """Return the locator of "p. 12", "chapter 3", "§ 4" or "12", which is a page.

    Raise UsageError for a word that is none.
    """
    text = csljson.clean(text)
    word, rest = _split_locator(text)
    if not word or not rest:
        return Locator("page", text)
    name = word.rstrip(".").casefold()
    label = next((label for label, short in LOCATORS.items() if name in (label, f"{label}s", *short)), None)
    if label is None:
        raise UsageError(f"{word!r} is no locator; write p. 12, chapter 3, sec. 4, fig. 5 and the like")
    return Locator(label, rest)


def _split_locator(text: str) -> tuple[str, str]:
    """Return the word before the number, "" where the text begins with a number, and the rest."""
    if " " in text and not text[0].isdigit():
        word, _, rest = text.partition(" ")
        return word, rest.strip()
    word = text[: next((place for place, c in enumerate(text) if c.isdigit()), 0)]
    return word, text[len(word) :]


def in_language(reference: Reference, language: str) -> Reference:
    """Return the reference with every field that has a variant in the language replaced by it."""
    chosen = {
        name: variant.value for name, found in reference.variants.items() if (variant := _closest(found, language))
    }
    fields: dict[str, Value] = {**reference.fields, **chosen}
    if "title" in chosen:
        fields["language"] = language
    return replace(reference, fields=fields) if chosen else reference


def _closest(variants: Sequence[Variant], language: str) -> Variant | None:
    """Return the variant of just this tag, else the first that shares its first subtag."""
    wanted = language.casefold()
    exact = [v for v in variants if v.language.casefold() == wanted]
    related = [v for v in variants if v.language.casefold().split("-")[0] == wanted.split("-")[0]]
    return next(iter(exact + related), None)


def as_preprint(reference: Reference) -> Reference:
    """Return a work that has an arXiv number and no journal with the fields that styles print a preprint from."""
    number = reference.identifiers.get("arxiv")
    if not number or reference.type not in ("article", "document", "webpage") or reference.text("container-title"):
        return reference
    made: dict[str, Value] = {"number": f"arXiv:{number}", "publisher": "arXiv"}
    if not reference.text("DOI"):
        made["URL"] = f"https://arxiv.org/abs/{number}"
    return replace(reference, type="article", fields=made | dict(reference.fields))


def processor(
    references: Sequence[Reference], style: str, locale: str = "", *, links: bool = False, in_order: bool = False
) -> Processor:
    """Return a processor for the references; `in_order` leaves them in their order, whatever the style says.

    Raise NotFoundError for an unknown style or locale, with the nearest, and ParseError for a style that is broken.
    """
    from refs.csl import Processor, Style
    from refs.csl.repository import locale_tag

    items = [csljson.to_json(as_preprint(one)) for one in references]
    tag = locale_tag(locale) if locale else None
    return Processor(Style.load(style), items, locale=tag, links=links, in_order=in_order)


def in_text(made: Processor, keys: Sequence[str], format: str, locator: Locator | None = None, mode: str = "") -> str:
    """Return the citation of the keys in one cluster, as it stands in the running text.

    `mode` is "" or "composite": "Khristoforov (2024)". The locator goes with the last key.
    """
    cites: list[dict[str, str]] = [{"id": key} for key in keys]
    if locator:
        cites[-1] |= {"locator": locator.value, "label": locator.label}
    return made.cite(cites, format=format, mode=mode)


def notes(made: Processor, keys: Sequence[str], format: str, locator: Locator | None = None) -> list[str]:
    """Return the notes of a text that cites the keys one after the other: first, ibid., subsequent."""
    clusters = []
    for number, key in enumerate(keys, 1):
        cite = {"id": key} | ({"locator": locator.value, "label": locator.label} if locator else {})
        clusters.append({"id": str(number), "cites": [cite], "note": number})
    made.update(clusters, format=format)
    return [text for _, text in made.printed()]

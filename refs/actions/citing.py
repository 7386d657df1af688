"""Formatted citations and bibliographies of references, in any CSL style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from refs.errors import UsageError
from refs.formats import csljson
from refs.model import Reference, Value, Variant

if TYPE_CHECKING:
    from refs.csl import Processor
    from refs.csl.explain import Piece
    from refs.csl.locale import Locale

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
    "issue": ("no", "nos", "№"),
    "line": ("l", "ll"),
    "note": ("n", "nn"),
    "opus": ("op", "opp"),
    "page": ("p", "pp", "pages", "pág", "págs", "стр", "页", "頁", "쪽"),
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


def read_locator(text: str, locale: Locale | None = None) -> Locator:
    """Return the locator of "p. 12", "chapter 3", "§ 4" or "12", which is a page.

    A locale's terms are read besides the English words: "S. 12" in German, "с. 12" in Russian, "第12页" in Chinese.
    Raise UsageError for a word that is none.
    """
    text = csljson.clean(text)
    words = locator_words(locale)
    if found := ordinal(text, words):
        return found
    digit = next((place for place, c in enumerate(text) if c.isdigit()), 0)
    word, _, rest = text.partition(" ")
    for before, number in ((text[:digit], text[digit:]), (word, rest)):
        label = words.get(plain_word(before))
        if label and number:
            return Locator(label, number.strip())
    if not text or (plain_word(text) in words and not set(text.casefold()) <= ROMAN):
        raise UsageError(f"the locator {text!r} has no number")
    if rest and not text[0].isdigit():
        raise UsageError(f"{word!r} is no locator; write p. 12, chapter 3, sec. 4, fig. 5 and the like")
    return Locator("page", text)


ROMAN = set("ivxlcdm")  # v and l are pages as well as short for verse and line
ORDINAL_MARKS = "第제"  # before a number in Chinese, Japanese and Korean, whose word comes after it: 第12页, 제3장
EAST_ASIAN_NUMERALS = frozenset("零一二三四五六七八九十百千")


def ordinal(text: str, words: Mapping[str, str]) -> Locator | None:
    """Return the locator of a number in those scripts; None when it ends with no word of a locator, or holds others."""
    if not text or not (text[0].isdigit() or text[0] in ORDINAL_MARKS):
        return None
    last = max((word for word in words if word > "\u2e80" and text.endswith(word)), key=len, default="")
    number = text.removesuffix(last).lstrip(ORDINAL_MARKS).strip()
    others = {c for c in number if c > "\u2e80" and c.isalpha()} - EAST_ASIAN_NUMERALS
    return Locator(words[last], number) if last and number and not others else None


def locator_words(locale: Locale | None) -> dict[str, str]:
    """Return what may stand beside a number, with its locator: pages first, the locale's words before English ones."""
    words = dict.fromkeys(("page", *LOCATORS["page"]), "page")
    for form in ("long", "short", "symbol"):
        for label in ("page", *LOCATORS):
            for term in locale.terms.get((label, form), ()) if locale else ():
                words.setdefault(plain_word(term), label)
    for label, short in LOCATORS.items():
        for word in (label, f"{label}s", *short):
            words.setdefault(word, label)
    words.pop("", None)  # the term of a timestamp
    return words


def plain_word(word: str) -> str:
    return " ".join(word.split()).rstrip(".").casefold()


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


def prints_locators(made: Processor) -> bool:
    """Tell whether a style says anywhere where in a work it cites."""
    from refs.csl.style import calls

    return calls(made.style.root, "locator")


def citations(
    made: Processor, mode: str, clusters: Sequence[Sequence[str]], format: str, locator: Locator | None = None
) -> list[str]:
    """Return the citation of each cluster of keys.

    `mode` is "in-text", "narrative" ("Khristoforov (2024)"), or "note", as a text prints its notes one after the other:
    first, ibid., subsequent. The locator goes with the last key of each cluster.
    """
    read = [_cites(keys, locator) for keys in clusters]
    if mode != "note":
        return [made.cite(cites, format=format, mode=MODES[mode]) for cites in read]
    made.update([{"id": str(n), "cites": cites, "note": n} for n, cites in enumerate(read, 1)], format=format)
    return [text for _, text in made.printed()]


def explain(
    made: Processor, mode: str, clusters: Sequence[Sequence[str]], locator: Locator | None = None
) -> list[tuple[list[str], list[Piece]]]:
    """Return what made each piece of the bibliography or, in a mode, of the citation of each cluster, with its keys."""
    from refs.csl.explain import explain_bibliography, explain_citation

    if not mode:
        return [([key], pieces) for key, pieces in explain_bibliography(made)]
    return [(list(keys), explain_citation(made, _cites(keys, locator), mode=MODES[mode])) for keys in clusters]


MODES = {"in-text": "", "narrative": "composite"}  # what CSL processors call them


def _cites(keys: Sequence[str], locator: Locator | None) -> list[dict[str, str]]:
    cites = [{"id": key} for key in keys]
    if locator:
        cites[-1] |= {"locator": locator.value, "label": locator.label}
    return cites

"""Titles as registries send them: several languages in one list, subtitles apart, footnote marks at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from refs import languages, text
from refs.model import Variant


@dataclass(frozen=True, slots=True)
class Titles:
    """The title to cite, the same title in other languages, the original one, and the language of the title."""

    title: str = ""
    variants: tuple[Variant, ...] = ()
    original: str = ""
    language: str = ""


def title(markup: object) -> str:
    """Return one title as rich text without the marks that belong to the page it was printed on."""
    if not isinstance(markup, str):
        return ""
    found = text.rich(markup)
    if found[-1:] and not found[-1].isalnum():
        found = _without_marks(found)
    return "" if found.lower().strip("[]") in PLACEHOLDERS else found


PLACEHOLDERS = frozenset(
    {"&na;", "no title", "no title available", "no title found", "untitled", "n/a", "na", "null", "none"}
)


# After a word, never after the letter or two that an exponent follows.
FOOTNOTE = r"(?:(?<=\w{4})|(?<=</sub>))<sup>(?:<i>)?(?:\d[\d, ]{0,8})?[a-z*†‡§¶]{0,3}(?:</i>)?</sup>$"


def _without_marks(found: str) -> str:
    """Drop footnote marks and the full stop that ends the sentence, not the one that belongs to an abbreviation."""
    found = re.sub(FOOTNOTE, "", found)
    bare = found.rstrip("*†‡§¶ ")
    found = bare if bare[-1:].isalnum() or bare[-1:] in set(".)!?”\"'>") else found
    if re.search(r"(?:[^\W\d_]{4}|\d|[)\]”\"»>])\.$", found) and not re.search(r"\.\S*\.$", found):
        return found[:-1]
    return found


def compose(
    markups: Iterable[object],
    subtitles: Iterable[object] = (),
    originals: Iterable[object] = (),
    declared: str = "",
    script: str = "",
) -> Titles:
    """Tell which of several titles is the one to cite, and what the others are.

    Two titles are two languages and never one string. The one to cite is in `script`, which the names of the
    authors and of the journal are in; of two in one script, the one in the declared language, else the first.
    """
    found = _distinct(title(markup) for markup in markups)
    known = {folded(one) for one in found} if originals else set()
    sources = [one for one in _distinct(title(markup) for markup in originals) if folded(one) not in known]
    # Some journals deposit "English" as the second title.
    found = [one for one in found if one.lower() not in languages.NAMES] or found[:1]
    sources = [one for one in sources if one.lower() not in languages.NAMES]
    if not found:
        found, sources = sources, []
    if not found:
        return Titles()
    main = _chosen(found, declared, script)
    parts = _distinct(title(markup) for markup in subtitles)
    own = {one: [part] for one, part in zip(found, parts, strict=True)} if 1 < len(found) == len(parts) else {}
    tongue = languages.language(text.plain(main), declared)
    rest = [_variant(one, main, declared, is_original=False) for one in found if one != main]
    rest += [_variant(one, main, declared, is_original=True) for one in sources]
    rest = [replace(one, value=_subtitled(str(one.value), main, own, parts)) for one in rest]
    # "original-title" also holds translations into English: the foreign script is the original then.
    original = next((str(one.value) for one in rest if one.role == "original"), "")
    return Titles(with_subtitles(main, own.get(main, parts)), tuple(rest), original, tongue)


def _chosen(found: Sequence[str], declared: str, script: str) -> str:
    in_script = [one for one in found if languages.script(text.plain(one)) == script] or list(found)
    wanted = languages.tag(declared).partition("-")[0]
    in_language = [one for one in in_script if wanted and languages.language(text.plain(one)) == wanted]
    return (in_language or in_script)[0]


def _variant(one: str, main: str, declared: str, *, is_original: bool) -> Variant:
    """Return a title beside the main one.

    Depositors also put the English translation of a title in another script into `original-title`.
    """
    plain = text.plain(one)
    foreign = languages.script(plain) != "Latn"
    known = languages.tag(declared).partition("-")[0]
    tongue = languages.language(plain)
    if is_original:
        original = foreign or (languages.script(text.plain(main)) == "Latn" and tongue != "en")
    else:
        # "en" is what depositors leave in the form, so it proves nothing.
        original = known not in ("", "en") and known == tongue != languages.language(text.plain(main))
    return Variant(one, tongue or "und", "original" if original else "translated")


def _subtitled(one: str, main: str, own: Mapping[str, Sequence[str]], parts: Sequence[str]) -> str:
    """Give a variant its own subtitle, or those of its script when the main title has another."""
    if one in own:
        return with_subtitles(one, own[one])
    other_script = languages.script(text.plain(one)) != languages.script(text.plain(main))
    return with_subtitles(one, parts) if other_script else one


def with_subtitles(main: str, subtitles: Sequence[str]) -> str:
    """Append the subtitles that are in the title's script and not yet in the title."""
    script = languages.script(text.plain(main))
    for subtitle in subtitles:
        known = folded(main)
        if folded(subtitle) in known or languages.script(text.plain(subtitle)) not in (script, ""):
            continue
        main = f"{main} {subtitle}" if re.search(r"[:?!—–]$", text.plain(main)) else f"{main}: {subtitle}"
    return main


def folded(markup: str) -> str:
    """Return the letters and digits of a text in lower case: what makes two titles the same."""
    return "".join(c for c in text.plain(markup).casefold() if c.isalnum())


def _distinct(found: Iterable[str]) -> list[str]:
    titles = [one for one in found if one]
    if len(titles) < 2:
        return titles
    first: dict[str, str] = {}
    for one in titles:
        first.setdefault(folded(one), one)
    return list(first.values())

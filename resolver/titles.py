"""Titles as registries send them: several languages in one list, subtitles apart, footnote marks at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
    found = re.sub(r"(?<=\w{4})<sup>(?:\d{1,2}[a-z]?|[*†‡§¶,\s]|<i>[a-z]</i>)+</sup>$", "", found)
    found = re.sub(r"(?<=</sub>)<sup>\d</sup>$|<sup>[*†‡§¶]+</sup>$", "", found)
    found = re.sub(r"(?<=[\w.)!?”\"'])\s*[*†‡§¶]+$", "", found).strip()
    # A single full stop ends the sentence, not the title; after an abbreviation it belongs to the word.
    if re.search(r"(?:[^\W\d_]{4}|\d|[)\]”\"»])\.$", found) and not re.search(r"\.\S*\.$", found):
        found = found[:-1]
    if re.fullmatch(r"(?i)(?:&NA;|\[?no title(?: available| found)?\]?|untitled|n/?a|null|none)", found):
        return ""
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
    sources = [one for one in _distinct(title(markup) for markup in originals) if folded(one) not in map(folded, found)]
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
    rest = [_variant(one, own.get(one, parts), tongue, declared, is_original=False) for one in found if one != main]
    rest += [_variant(one, parts, tongue, declared, is_original=True) for one in sources]
    # "original-title" also holds translations into English: the foreign script is the original then.
    original = next((str(one.value) for one in rest if one.role == "original"), "")
    return Titles(with_subtitles(main, own.get(main, parts)), tuple(rest), original, tongue)


def _chosen(found: Sequence[str], declared: str, script: str) -> str:
    in_script = [one for one in found if languages.script(text.plain(one)) == script] or list(found)
    wanted = languages.tag(declared).partition("-")[0]
    in_language = [one for one in in_script if wanted and languages.language(text.plain(one)) == wanted]
    return (in_language or in_script)[0]


def _variant(one: str, parts: Sequence[str], main: str, declared: str, *, is_original: bool) -> Variant:
    plain = text.plain(one)
    tongue = languages.language(plain) or ("" if main == "en" else "en") or "und"
    native = languages.script(plain) != "Latn" or languages.language(plain) == languages.tag(declared) != ""
    original = native if is_original else native and main == "en" and languages.tag(declared) == tongue
    return Variant(with_subtitles(one, parts), tongue, "original" if original else "translated")


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
    return list({folded(one): one for one in reversed([*found]) if one}.values())[::-1]

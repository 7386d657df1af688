"""What the fields and modifiers of key patterns say: names, words of the title, the year, and what is done to them.

Both follow JabRef's patterns (https://docs.jabref.org/setup/citationkeypatterns) and the formulas of Better BibTeX
(https://retorque.re/zotero-better-bibtex/citing/). A field returns words between blanks, which a key leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from refs import citekeys
from refs.model import DATE_VARIABLES, NAME_VARIABLES, TEXT_VARIABLES, Name, Reference
from refs.names import OTHERS
from refs.romanise import ascii_fold
from refs.text import plain

LONGEST = 600  # characters of a value that are looked at


class Work:
    """A reference as patterns see it: its people and words are read once, in ASCII."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference

    @cached_property
    def creators(self) -> list[str]:
        """Return the family names of those it is filed under, the authors or else the editors."""
        return self.families(self.reference.creators)

    @cached_property
    def words(self) -> list[str]:
        """Return the significant words of the title in lower case."""
        return citekeys.title_words(self.reference)

    def families(self, names: Sequence[Name]) -> list[str]:
        """Return the family names of people, as they are capitalised, and a word or the acronym of organisations."""
        return [
            found for name in names[:100] if name != OTHERS and (found := citekeys.cased_name(self.reference, name))
        ]


Field = Callable[..., str]
People = Callable[[Sequence[str], int, int], str]


def _nth(people: Sequence[str], length: int = 0, number: int = 1) -> str:
    return people[number - 1][: length or None] if 0 < number <= len(people) else ""


def _all(people: Sequence[str], most: int = 0, _: int = 0) -> str:
    if most and len(people) > most:
        return " ".join([*people[:most], "EtAl"])
    return " ".join(people)


def _two_or_et_al(people: Sequence[str], *_: int) -> str:
    return _all(people, 2 if len(people) < 3 else 1)


def _dotted_et_al(people: Sequence[str], *_: int) -> str:
    return ".".join(people) if len(people) < 3 else f"{people[0]}.etal"


def _dotted_ea(people: Sequence[str], *_: int) -> str:
    return ".".join(people[:2]) + (".ea" if len(people) > 2 else "")


def _alpha(people: Sequence[str], *_: int) -> str:
    """Return the label of alpha.bst: Knu, KL, KLM+."""
    if len(people) == 1:
        return people[0][:3]
    return "".join(name[0] for name in people[:4]) if len(people) < 5 else "".join(n[0] for n in people[:3]) + "+"


def _short(people: Sequence[str], *_: int) -> str:
    if len(people) < 2:
        return "".join(people)
    return "".join(name[0] for name in people[:3]) + ("+" if len(people) > 3 else "")


def _initials(people: Sequence[str], total: int = 5, _: int = 0) -> str:
    """Share a number of characters among the people: Newton, Maxwell and Einstein in 6 are NeMaEi."""
    each = max(total // (len(people) or 1), 1)
    return "".join(name[:each] for name in people)[:total]


def _first_and_initials(people: Sequence[str], *_: int) -> str:
    return "".join([name[:5] for name in people[:1]] + [name[0] for name in people[1:]])


def _last(people: Sequence[str], *_: int) -> str:
    return people[-1] if people else ""


PEOPLE: Mapping[str, People] = {
    "": _nth,
    "s": _all,
    "etal": _two_or_et_al,
    ".etal": _dotted_et_al,
    ".auth.ea": _dotted_ea,
    "authea": _dotted_ea,
    "short": _short,
    "ini": _initials,
    "orini": _first_and_initials,
    "orlast": _last,
    "orsalpha": _alpha,
    "salpha": _alpha,
    "ors": _all,
    "or": _nth,
}
"""What follows `auth`, `edtr` or `pureauth` in the name of a field, in lower case."""


def _creators(say: People) -> Field:
    return lambda work, *numbers: say(work.creators, *numbers) if work.creators else ""


def _people(say: People, variable: str) -> Field:
    def field(work: Work, *numbers: int) -> str:
        people = work.families(work.reference.names(variable))
        return say(people, *numbers) if people else ""

    return field


def _given_initial(index: int) -> Field:
    def field(work: Work, *_: int) -> str:
        creators = work.reference.creators
        return ascii_fold(creators[index].given)[:1] if creators else ""

    return field


def _title(work: Work, *_: int) -> str:
    return " ".join(word.capitalize() for word in work.words)


def _short_title(work: Work, words: int = 3, capitals: int = 0) -> str:
    chosen = work.words[:words]
    return " ".join(word.capitalize() if index < capitals else word for index, word in enumerate(chosen))


def _very_short_title(work: Work, words: int = 1, capitals: int = 0) -> str:
    return _short_title(work, words, capitals)


def _camel(work: Work, words: int = 0, *_: int) -> str:
    return " ".join(word.capitalize() for word in work.words[: words or None])


def _title_initials(work: Work, *_: int) -> str:
    return "".join(word[0] for word in work.words[:3])


def _year(variable: str, digits: int = 4) -> Field:
    def field(work: Work, *_: int) -> str:
        date = work.reference.date(variable)
        year = date.year if date else None
        if year is None:
            return citekeys.stated_year(work.reference) if variable == "issued" else ""
        return f"{-year}bce" if year < 0 else f"{year:04d}"[-digits:] if digits < 4 else str(year)

    return field


def _day(index: int) -> Field:
    def field(work: Work, *_: int) -> str:
        date = work.reference.date("issued")
        part = next(iter(date.parts), ()) if date else ()
        return f"{part[index]:02d}" if len(part) > index else ""

    return field


def _text(variable: str) -> Field:
    return lambda work, *_: _folded(work.reference, work.reference.text(variable))


def _folded(reference: Reference, text: str) -> str:
    return ascii_fold(plain(text)[:LONGEST], reference.text("language"))


def _page(index: int) -> Field:
    def field(work: Work, *_: int) -> str:
        pages = re.findall(r"\w+", work.reference.text("page")[:LONGEST])
        return pages[index] if pages else ""

    return field


def _page_prefix(work: Work, *_: int) -> str:
    found = re.match(r"\D*", work.reference.text("page")[:LONGEST])
    return found[0] if found else ""


def _keyword(work: Work, number: int = 1, *_: int) -> str:
    words = [word.strip() for word in re.split("[,;]", work.reference.text("keyword")[:LONGEST])]
    return _folded(work.reference, words[number - 1]) if 0 < number <= len(words) else ""


def _type(work: Work, *_: int) -> str:
    return work.reference.type


FIELDS: Mapping[str, Field] = {
    **{name.lower(): _text(name) for name in TEXT_VARIABLES},
    **{f"auth{name}": _creators(say) for name, say in PEOPLE.items()},
    **{f"edtr{name}": _people(say, "editor") for name, say in PEOPLE.items()},
    **{f"pureauth{name}": _people(say, "author") for name, say in PEOPLE.items()},
    **{name: _people(_nth, name) for name in NAME_VARIABLES if name != "author"},
    "editors": _people(_all, "editor"),
    "authforeini": _given_initial(0),
    "authorlastforeini": _given_initial(-1),
    "title": _title,
    "fulltitle": _text("title"),
    "shorttitle": _short_title,
    "veryshorttitle": _very_short_title,
    "shorttitleini": _title_initials,
    "camel": _camel,
    **{name: _year(name) for name in DATE_VARIABLES},
    "year": _year("issued"),
    "origyear": _year("original-date"),
    "shortyear": _year("issued", 2),
    "month": _day(1),
    "day": _day(2),
    "journal": _text("container-title"),
    "booktitle": _text("container-title"),
    "publicationtitle": _text("container-title"),
    "number": _text("issue"),
    "pages": _text("page"),
    "firstpage": _page(0),
    "lastpage": _page(-1),
    "pageprefix": _page_prefix,
    "keyword": _keyword,
    "entrytype": _type,
    "type": _type,
}
"""What may stand in brackets, in lower case; a formula calls them by the same names."""


def _capitalized(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split())


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def _initial_letters(text: str) -> str:
    return "".join(word[0] for word in text.split())


def _words(text: str, first: str = "1", count: str = "0") -> str:
    words = text.split()[max(int(first) - 1, 0) :]
    return " ".join(words[: int(count) or None])


def _part(text: str, start: str = "1", count: str = "0") -> str:
    return text[max(int(start) - 1, 0) :][: int(count) or None]


def _replaced(text: str, pattern: str, by: str = "") -> str:
    return re.sub(pattern, re.sub(r"\$(\d)", r"\\\1", by), text[:LONGEST])


def _skip_words(text: str) -> str:
    return " ".join(citekeys.significant_words(text, "en"))


MODIFIERS: Mapping[str, Callable[..., str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "capitalize": _capitalized,
    "titlecase": _capitalized,
    "sentencecase": _sentence,
    "abbr": _initial_letters,
    "acronym": _initial_letters,
    "default": lambda text, instead: text or instead,
    "prefix": lambda text, before: f"{before}{text}" if text else "",
    "suffix": lambda text, after: f"{text}{after}" if text else "",
    "regex": _replaced,
    "replace": lambda text, old, new="": text.replace(old, new) if old else text,
    "truncate": lambda text, length: text[: int(length)],
    "substring": _part,
    "select": _words,
    "condense": lambda text, sign="": sign.join(text.split()),
    "skipwords": _skip_words,
    "nopunct": lambda text: re.sub(r"[^\w\s]", "", text),
    "nopunctordash": lambda text: re.sub(r"[^\w\s]|-", "", text),
    "alphanum": lambda text: re.sub(r"[^A-Za-z0-9\s]", "", text),
    "clean": lambda text: re.sub(r"[^A-Za-z0-9:._/+-]", "", text),
    "ascii": ascii_fold,
    "fold": ascii_fold,
    "transliterate": ascii_fold,
}
"""What may stand behind a colon, or behind a full stop in a formula; `(text)` alone is `default`."""

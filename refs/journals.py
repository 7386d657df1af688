"""Journal names in full or abbreviated: by ISSN or name from a table, by ISSN from records, else by ISO 4's word rules.

Word rules need the List of Title Word Abbreviations (LTWA) of the ISSN International Centre, which refs does not ship:
the setting `ltwa` names the file, or the package pyiso4 brings one. Nothing is ever matched by likeness: a name that no
table, record or rule covers stays as it is, and the caller learns which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from refs.errors import Location, ParseError, StorageError
from refs.folding import fold
from refs.model import Reference

FORMS = ("stored", "full", "abbreviated")
SERIALS = frozenset({"article-journal", "article-magazine", "review", "review-book"})
# Articles, prepositions and conjunctions, which an abbreviated title omits (ISO 4, 4.5; ISSN Manual, 7.1.3).
OMITTED = frozenset(
    """
    a an the of and or for in on to with by from at as into through & +
    le la les un une des de du et en sur dans pour par au aux
    der die das den dem des ein eine einer und zu zur zum im von vom für über
    el los las del y para con e il lo gli di della dello dei degli delle dell per o os as do da dos das em na no
    het een van voor met op te och i av för om på og
    в и о по на из для
    """.split()
)
ENGLISH = frozenset("an the of and or for in on to with by from at as into through".split())
ARTICLES = frozenset("a an the le la les un une der die das ein eine el il lo gli het een".split())
ELIDED = re.compile(r"(?i)\b(?:l|d|dell|all|nell|sull|un|qu)['’](?=\w)")
DIVISION = re.compile(r"(?i)\b(?:part|section|series|serie|sect\.|ser\.)\s+(?=(?:[A-Z]|\d{1,3}|[IVX]+)\b)")
PIECE = re.compile(r"[^\W_]+(?:['’ʹ][^\W_]+)*|\s+|[^\w\s]|_")
# BCP 47 -> the codes of the LTWA (ISO 639-2/B).
CODES = {
    "en": "eng", "fr": "fre", "de": "ger", "nl": "dut", "es": "spa", "ru": "rus", "it": "ita", "pt": "por", "sv": "swe",
    "da": "dan", "no": "nor", "nb": "nor", "nn": "nor", "fi": "fin", "pl": "pol", "cs": "cze", "hu": "hun", "el": "gre",
    "la": "lat", "tr": "tur", "uk": "ukr", "ro": "rum", "hr": "hrv", "sr": "srp", "sl": "slv", "sk": "slo", "bg": "bul",
}  # fmt: skip
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Words:
    """The LTWA: folded words -> [(abbreviation or "", languages)]; `prefixes` stand for `word-`, `suffixes` `-word`."""

    whole: Mapping[str, list[tuple[str, str]]]
    prefixes: Mapping[str, list[tuple[str, str]]]
    suffixes: Mapping[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Title:
    """One journal's name, in full and abbreviated."""

    full: str = ""
    abbreviated: str = ""


@dataclass(slots=True)
class Journals:
    """What is known of journals' names: titles by ISSN, or by a name as `_named` has it, and the words of the LTWA."""

    titles: dict[str, Title] = field(default_factory=dict)
    words: Words | None = None
    _made: dict[tuple[str, str], str] = field(default_factory=dict)

    def learn(self, references: Iterable[Reference]) -> None:
        """Take the names that records give together with an ISSN; those of a table are never replaced."""
        for reference in references:
            full, short = reference.text("container-title"), reference.text("container-title-short")
            for issn in issns(reference):
                known = self.titles.get(issn, Title())
                self.titles[issn] = Title(
                    known.full or (full if full and not is_abbreviated(full) else ""),
                    known.abbreviated or (short if is_abbreviated(short) else ""),
                )

    def named(self, reference: Reference, form: str) -> str:
        """Return the name of the reference's journal in a form, or "" when it is not known."""
        stored, short = reference.text("container-title"), reference.text("container-title-short")
        titles = [self.titles[issn] for issn in issns(reference) if issn in self.titles]
        if table := self.titles.get(_named(stored)):
            return (table.full if form == "full" else table.abbreviated) or stored
        if form == "full":
            known = next((title.full for title in titles if title.full), "")
            return known if is_abbreviated(stored) else stored
        if is_abbreviated(stored):
            return stored
        known = next((title.abbreviated for title in titles if title.abbreviated), "")
        return known or self._by_rule(stored, reference.text("language")) or short

    def _by_rule(self, title: str, language: str) -> str:
        code = CODES.get(language.partition("-")[0], "")
        if (title, code) not in self._made:
            ruled = self.words is not None or is_one_word(title)
            self._made[title, code] = abbreviated(title, self.words or Words({}, {}, {}), code) if ruled else ""
        return self._made[title, code]


def renamed(references: Sequence[Reference], form: str, journals: Journals) -> tuple[list[Reference], list[str]]:
    """Return the references with their journals' names in a form, and the names that are not known in it, each once."""
    if form == "stored":
        return list(references), []
    out: list[Reference] = []
    unknown: dict[str, None] = {}
    for reference in references:
        stored = reference.text("container-title")
        if reference.type in SERIALS and stored:
            name = journals.named(reference, form)
            if not name:
                unknown[stored] = None
            elif name != stored:
                reference = replace(reference, fields={**reference.fields, "container-title": name})
        out.append(reference)
    return out, list(unknown)


def issns(reference: Reference) -> list[str]:
    """Return the ISSNs of a reference: "0028-0836"."""
    return re.findall(r"\b\d{4}-\d{3}[\dX]\b", reference.text("ISSN").upper())


def _named(title: str) -> str:
    """Return what a name in full or abbreviated, with or without points, is found by in a table: no likeness."""
    return " ".join(title.replace(".", " ").split()).casefold()


def is_abbreviated(title: str) -> bool:
    """Tell whether a name has an abbreviated word in it: a point after a word, before a blank or the end."""
    return bool(re.search(r"[^\W\d_]\.(?=\s|$|[-,:)])", title))


def abbreviated(title: str, words: Words, language: str = "") -> str:
    """Return a title by the rules of ISO 4; `language` is a code of the LTWA, "" unknown.

    A title of one word stays (ISO 4, 4.2); so do words that the list does not have, and acronyms.
    """
    if len(title) > LONGEST:
        return title
    if is_one_word(title):
        first, _, rest = title.partition(" ")
        return rest if rest and first.lower() in ARTICLES else title
    text = DIVISION.sub("", ELIDED.sub("", title)).replace("...", "")
    text = re.sub(r"(?<=\w)\.(?=\s)", ",", text) if not is_acronymic(text) else text
    shouted = text.isupper()
    pieces = [piece for piece in PIECE.findall(text) if piece not in (",", "&", "+")]
    out: list[str] = []
    i = 0
    while i < len(pieces):
        piece, length = pieces[i], 1
        if not piece[0].isalnum():
            out.append(piece)
        elif found := _phrase(pieces, i, words):
            length = found[1]
            out.append(found[0])
        elif not _is_omitted(piece, i == 0, shouted):
            out.append(_word(piece, words, language, shouted))
        i += length
    return re.sub(r"\s+", " ", "".join(out)).replace(" :", ":").replace("( ", "(").strip(" -:")


def is_one_word(title: str) -> bool:
    """Tell whether a title has one word beside articles, prepositions and what stands in brackets."""
    head = re.sub(r"\s*\([^()]*\)", "", title)
    return sum(word.lower() not in OMITTED for word in re.findall(r"[^\s,:;.]+", ELIDED.sub("", head))) < 2


def is_acronymic(title: str) -> bool:
    """Tell whether points in a title belong to initials: "U.S. News"."""
    return bool(re.search(r"\b\w\.\w?\b", title))


def _phrase(pieces: list[str], start: int, words: Words) -> tuple[str, int] | None:
    """Return the abbreviation of several words, and of how many pieces: "United States of America", U. S. A."""
    for length in (7, 5, 3):
        rows = words.whole.get(fold("".join(pieces[start : start + length])), [])
        if len(pieces) >= start + length and rows and rows[0][0]:
            return _cased(rows[0][0].split(), pieces[start : start + length : 2]), length
    return None


def _cased(short: Sequence[str], words: Sequence[str]) -> str:
    """Return an abbreviation with the capitals of the words that it stands for, at least that of the first."""
    upper = [word[0].isupper() for word in words] if len(short) == len(words) else [words[0][0].isupper()]
    upper += [False] * (len(short) - len(upper))
    return " ".join(one[0].upper() + one[1:] if is_upper else one for one, is_upper in zip(short, upper, strict=True))


def _is_omitted(word: str, first: bool, shouted: bool) -> bool:
    low = word.lower()
    if word == low:
        return low in OMITTED
    return (low in ENGLISH and (shouted or not word.isupper())) or (first and low in ARTICLES)


def _word(word: str, words: Words, language: str, shouted: bool) -> str:
    if len(word) < 3 or (word.isupper() and not shouted):
        return word
    short = _looked_up(fold(word), words, language)
    if not short or len(short) > len(word):
        return word.capitalize() if shouted and short == "" else word
    if word.isascii():  # the list gives one form for words with and without accents
        short = fold(short)
    return short[0].upper() + short[1:] if word[0].isupper() else short


def _looked_up(word: str, words: Words, language: str) -> str | None:
    """Return the abbreviation, "" for a word that the list says is not abbreviated, None for one it does not have."""
    for form in _forms(word):
        if form in words.whole:
            return _chosen(words.whole[form], language)
    for end in range(len(word), 1, -1):
        if word[:end] in words.prefixes:
            return _chosen(words.prefixes[word[:end]], language)
    for form in _forms(word):
        for at in range(1, len(form) - 2):
            if form[at:] in words.suffixes and (short := _chosen(words.suffixes[form[at:]], language)):
                return form[:at] + short.lstrip("-")
    return None


def _forms(word: str) -> Iterator[str]:
    """Yield a word and its singulars: the list means all inflected forms (LTWA, introduction)."""
    yield word
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    if word.endswith(("es", "en")):
        yield word[:-2]
    if word.endswith("s"):
        yield word[:-1]


def _chosen(rows: list[tuple[str, str]], language: str) -> str:
    for wanted in (language, "mul", "eng"):
        for short, languages in rows:
            if wanted and wanted in languages:
                return short
    return rows[0][0]


def read_words(path: Path) -> Words:
    """Read the LTWA as the ISSN International Centre gives it: word, abbreviation, languages; tabs or semicolons.

    Raise ParseError when the file is no such table.
    """
    whole: dict[str, list[tuple[str, str]]] = {}
    prefixes: dict[str, list[tuple[str, str]]] = {}
    suffixes: dict[str, list[tuple[str, str]]] = {}
    for line in _lines(path):
        word, _, rest = line.replace(";", "\t").replace('"', "").partition("\t")
        short, _, languages = rest.partition("\t")
        word = re.sub(r"\s*\(.*", "", word).strip()
        if not short or not word.strip("-"):
            continue
        table = suffixes if word[0] == "-" else prefixes if word[-1] == "-" else whole
        row = ("" if short.strip() == "n.a." else short.strip(), languages)
        table.setdefault(fold(word.strip("-")), []).append(row)
    if not prefixes:
        raise ParseError("no List of Title Word Abbreviations: word, abbreviation, languages", Location(str(path)))
    return Words(whole, prefixes, suffixes)


def read_titles(path: Path) -> dict[str, Title]:
    """Read a table of journals, a line each: ISSN, full name and abbreviation, or, as JabRef has it, without ISSN.

    They are divided by tabs, semicolons or commas; what follows the abbreviation is left. Raise ParseError, with the
    line, for another table.
    """
    import csv

    lines = _lines(path)
    separator = max("\t;,", key=lambda sign: sum(sign in line for line in lines[:20]))
    titles: dict[str, Title] = {}
    for number, row in enumerate(csv.reader(lines, delimiter=separator), 1):
        cells = [cell.strip() for cell in row]
        if len(cells) > 2 and re.fullmatch(r"\d{4}-\d{3}[\dXx]", cells[0]):
            titles[cells[0].upper()] = Title(cells[1], cells[2])
        elif len(cells) > 1 and cells[0].upper() not in ("", "ISSN") and cells[1]:
            titles |= dict.fromkeys((_named(cells[0]), _named(cells[1])), Title(cells[0], cells[1]))
        elif cells and number > 1:  # the first line may be a header
            raise ParseError(
                "neither ISSN, full name, abbreviation nor full name, abbreviation", Location(str(path), number)
            )
    return titles


def _lines(path: Path) -> list[str]:
    from refs.formats.encodings import decode

    try:
        return decode(path.read_bytes())[0].splitlines()
    except OSError as error:
        raise StorageError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None


def packaged_words() -> Path | None:
    """Return the LTWA that the package pyiso4 brings, without importing it; None when it is not installed."""
    from importlib.metadata import PackageNotFoundError, files

    try:
        found = next((file for file in files("pyiso4") or () if re.fullmatch(r"LTWA.*\.csv", file.name)), None)
    except PackageNotFoundError:
        return None
    return Path(str(found.locate())) if found else None

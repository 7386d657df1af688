"""Names of people and organisations as registries send them -> the model's names.

Depositors leave objects without a name, put the institution after each person, write one person in two scripts, put
"Jr." into the family name, and write names in capitals. What is no name of a contributor is told apart, not lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from refs import languages
from refs.model import Name, Variant
from refs.names import parse_name
from resolver.fields import clean

PLACEHOLDERS = frozenset(
    "n/a none null unknown undefined - -- . ... etal anon nn unnamed noauthor noauthors notavailable &na;".split()
)
# Na is a Chinese given and a Korean family name: only alone does it mean that there is none.
NOBODY = ("", "na")
SUFFIX = r"(?i)[,\s]{1,5}(jr\.?|sr\.?|[1-4](?:st|nd|rd|th)|ii|iii|iv)$"
PARTICLES = frozenset(
    "von van vom zu zum zur der den de del della dello dei degli di da das do dos du des d la le las los lo el al bin "
    "ibn ben ter ten te tot op het af av und y e".split()
)


@dataclass(frozen=True, slots=True)
class People:
    """Names, the same list in another script, and the affiliations that stood among the names."""

    names: tuple[Name, ...] = ()
    variants: tuple[Variant, ...] = ()
    affiliations: tuple[str, ...] = ()


def people(items: Any) -> People:
    """Return the contributors of a list of `{given, family, name, suffix, affiliation}` objects, in order."""
    items = [items] if isinstance(items, Mapping) else items
    rows = [row for row in items if isinstance(row, Mapping)] if isinstance(items, list) else []
    foreign = _institutions(rows)
    found: list[Name] = []
    orcids: dict[Name | None, set[str]] = {}
    for row in rows:
        one = name(row)
        orcid = clean(row.get("ORCID")).rpartition("/")[2]
        others = orcids.setdefault(one, set())
        # Initials may be two people's; a full name twice is one person's, unless two ORCIDs tell them apart.
        full = one is not None and bool(re.search(r"[^\W\d_]{3}", one.given or one.literal))
        repeated = one in found and full and not (orcid and others and orcid not in others)
        others |= {orcid} - {""}
        if one and not repeated and not (one.literal and one.literal in foreign):
            found.append(one)
    return _by_script(found, tuple(dict.fromkeys(foreign)))


def name(row: Mapping[str, Any]) -> Name | None:
    """Return the name of one contributor, or None where there is none."""
    family, given, literal = (_part(row.get(key)) for key in ("family", "given", "name"))
    if not family and not given:
        return Name(literal=literal) if literal.lower() not in NOBODY else None
    if given.rstrip(".") == "et" or family == given:
        given = ""
    if f"{family}{given}".lower() in NOBODY:
        return None
    suffix = clean(row.get("suffix"))
    suffix = suffix if re.fullmatch(SUFFIX, f" {suffix}") else ""
    if match := re.search(SUFFIX, family):
        family, suffix = family[: match.start()], suffix or match[1]
    if not family:
        return _whole(given, suffix)
    if re.fullmatch(r"[A-Z]\.?|(?!NG)[B-DF-HJ-NP-TV-XZ]{2}", family) and re.fullmatch(
        r"[^\W\d_]{4,}(?: [^\W\d_]+)*\.?", given
    ):
        family, given = given.rstrip("."), family
    if not given and family.count(",") == 1:
        family, given = (part.strip() for part in family.split(","))
    return _with_particle(Name(recased(family, given), _recased_given(given, family), suffix=suffix))


def whole_name(text: str) -> Name | None:
    """Return a name that comes in one piece: "Family, Given", "Given Family" or the name of a group."""
    if re.search(GROUP, text):
        return name({"name": text})
    found = parse_name(text)
    if found.literal:
        return name({"name": text})
    return name({"family": found.sorted_form, "given": found.given, "suffix": found.suffix})


def _part(value: Any) -> str:
    """Return a part of a name without footnote marks, "et al." and the words that mean nobody."""
    found = clean(value)
    found = re.sub(r"(?i)[\s,;]{0,5}\bet\.? ?al\.?[\s,;]{0,5}$", "", found).strip(" ,;*†‡§¶")
    found = re.sub(r"(?<=[^\W\d_]{2})[\d*†‡]{1,5}$", "", found)
    return "" if found.replace(" ", "").lower() in PLACEHOLDERS or found in ("al.", "al") else found


def _whole(text: str, suffix: str) -> Name:
    """Return the name of a record that has it all in `given`."""
    found = parse_name(text)
    return replace(found, suffix=suffix) if suffix and not found.literal else found


def recased(family: str, given: str = "") -> str:
    """Write a family name in capitals, or in small letters beside a given name with one, as names are written."""
    letters = [c for c in family if c.isalpha()]
    # Two capitals may be initials in the wrong place, unless the given name is one or has its own.
    sure = len(letters) > 2 or "." in given or (given and not (given.isupper() and len(given) < 4))
    if family.isupper() and len(letters) > 1 and sure:
        words = [_capitalised(word) for word in family.split(" ")]
        small = [word.lower() if word.lower() in PARTICLES else word for word in words[:-1]]
        return " ".join([*small, words[-1]])
    if family.islower() and len(letters) > 1 and " " not in family and given[:1].isupper() and family.isalpha():
        return family if family in PARTICLES else _capitalised(family)
    return family


def _recased_given(given: str, family: str) -> str:
    """Write given names in capitals as names are written; initials stay."""
    if not given.isupper():
        return given
    # The initial of Юрий is two Latin letters.
    given = re.sub(r"\b(?:Y[AEOU]|ZH|KH|TS|CH|SH)(?=\.)", lambda match: match[0].capitalize(), given)
    shortest = 3 if family.isupper() else 4
    return re.sub(
        r"[^\W\d_]+(?:[-'’][^\W\d_]+)*",
        lambda match: _capitalised(match[0]) if len(match[0]) >= shortest and _has_vowel(match[0]) else match[0],
        given,
    )


def _has_vowel(word: str) -> bool:
    return not word.isascii() or any(c in "AEIOUY" for c in word)


def _capitalised(word: str) -> str:
    if "." in word:
        return word
    parts = re.split(r"([-‐'’])", word)
    joined = "".join(part[:1].upper() + part[1:].lower() for part in parts)
    return re.sub(r"^Mc([a-z])(?=[a-z]{2})", lambda match: "Mc" + match[1].upper(), joined)


def _with_particle(one: Name) -> Name:
    """Divide "van der Berg" where its first words are known particles in small letters."""
    words = one.family.split(" ")
    count = next((i for i, word in enumerate(words) if word not in PARTICLES), len(words))
    if not 0 < count < len(words) or not one.given:
        return one
    return replace(one, family=" ".join(words[count:]), non_dropping_particle=" ".join(words[:count]))


def _institutions(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the organisations in a list of authors that only say where a person works."""
    literals = [_part(row.get("name")) for row in rows if not row.get("family") and not row.get("given")]
    literals = [literal for literal in literals if literal and not re.search(GROUP, literal)]
    persons = [row for row in rows if row.get("family") or row.get("given")]
    if not literals or not persons:
        return []
    known = {
        clean(place.get("name"))
        for row in persons
        for place in row.get("affiliation") or ()
        if isinstance(place, Mapping)
    }
    told = [one for one in literals if one in known or literals.count(one) > 1 or re.search(INSTITUTION, one)]
    # Where one is an address, so are its neighbours: nobody deposits both groups and addresses as authors.
    return literals if any("," in one or literals.count(one) > 1 for one in told) else told


GROUP = r"(?i)\b(?:collaboration|consortium|group|team|network|committee|investigators?|editors?|commission)\b"
# Beside persons, a department, an address or a university is where they work.
INSTITUTION = (
    r"(?i)\b(?:professor|lecturer|department|faculty of|dept|school of|institute of .*,|student)\b|,.*,"
    r"|\buniversit\w+, |^(?:[^,]*\buniversity\b[^,]*)$"
)


def _by_script(found: Sequence[Name], affiliations: tuple[str, ...]) -> People:
    """Take one person in two scripts for one person: the second script becomes a variant."""
    if all(str(one).isascii() for one in found):
        return People(tuple(found), (), affiliations)
    whole, others = _both_in_one(found)
    if others:
        return People(whole, (_variant(others),), affiliations)
    scripts = [languages.script(str(one)) for one in found]
    kinds = [kind for kind in dict.fromkeys(scripts) if kind]
    if len(kinds) == 2 and "Latn" in kinds and scripts.count(kinds[0]) == scripts.count(kinds[1]):
        latin = tuple(one for one, kind in zip(found, scripts, strict=True) if kind == "Latn")
        other = tuple(one for one, kind in zip(found, scripts, strict=True) if kind != "Latn")
        if all(map(_same_person, latin, other)):
            return People(latin, (_variant(other),), affiliations)
    return People(tuple(found), (), affiliations)


def _variant(names: tuple[Name, ...]) -> Variant:
    return Variant(names, languages.language(" ".join(map(str, names))), "original")


def _same_person(latin: Name, other: Name) -> bool:
    from refs.romanise import ascii_fold

    romanised = ascii_fold(other.family or str(other)).lower()
    return SequenceMatcher(None, romanised, ascii_fold(latin.family or str(latin)).lower()).ratio() > 0.55


def _both_in_one(found: Sequence[Name]) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """Divide names whose family part is the Latin and whose given part the Chinese form, or the reverse."""
    mixed = [
        one for one in found if one.given and {*map(languages.script, (one.family, one.given))} == {"Latn", "Hani"}
    ]
    if not mixed or len(mixed) != len(found):
        return tuple(found), ()
    latin = [one.family if languages.script(one.family) == "Latn" else one.given for one in mixed]
    han = [one.given if languages.script(one.family) == "Latn" else one.family for one in mixed]
    return tuple(map(_family_first, latin)), tuple(Name(one[:1], one[1:]) for one in han)


def _family_first(text: str) -> Name:
    family, _, given = text.partition(" ")
    return Name(family, given)


def main_script(groups: Iterable[Sequence[Name]]) -> str:
    """Return the script that the names are in."""
    return languages.script(" ".join(str(one) for names in groups for one in names))

"""Personal names: BibTeX's and BibLaTeX's name lists, names in running order, and back.

A name of BibTeX is `First von Last`, `von Last, First` or `von Last, Jr, First`; the words that start with a
small letter are the von part. BibLaTeX adds `family=Harman, given=Hans, prefix=von`. The von part becomes the
model's non-dropping particle, since BibTeX sorts and labels by it, unless `useprefix=false` drops it.
"and others" is Name(literal="others").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from refs.model import Name

Codec = Callable[[str], str]

OTHERS = Name(literal="others")
# A particle that ends so stands directly before the family name: d'Alembert, dell'Orto, el-Sadat, but de' Medici.
_ATTACHED = re.compile(r".*(?:-|(?<![aeiou])['’])", re.IGNORECASE | re.DOTALL)
# With one of these a name without any capital still begins with its von part; "bell hooks" has none.
PARTICLES = frozenset(
    "van von vom zu zum zur de der den des del della di da dos das du la le les al el bin ibn ben abu ter ten".split()
)
SUFFIXES = frozenset({"Jr", "Jr.", "jr.", "Sr", "Sr.", "sr.", "II", "III", "IV"})

_AND = re.compile(r"\s+and(?=\s)", re.IGNORECASE)
_EDGE_AND = re.compile(r"^(?:\s*and\s+)+|(?:\s+and)+\s*$", re.IGNORECASE)
_EXTENDED = re.compile(
    r"\s*\"?(?:(?:family|given|middle|prefix|suffix)(?:-i)?|useprefix|nametemplates|[a-z]+templatename)\s*=",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.[-\s]?){2,}")
_SHORT = re.compile(r"(?:[^\W\d_]{1,2}\.[-\s]?)+|[A-Z]{1,2}")
_CYRILLIC_INITIALS = re.compile(r"(?:[А-ЯЁ]\.[-\s]?)+")
_SPECIAL = re.compile(r"\\(?:[^a-zA-Z]|[a-zA-Z]+)")
_SUFFIXED = re.compile(r"\{([^{},]+), ?(Jr\.?|Sr\.?|II|III|IV)\}")
# Letters that LaTeX writes as commands; every other command takes the case of what follows it.
_UPPER_COMMANDS = frozenset({"\\AA", "\\AE", "\\OE", "\\O", "\\L", "\\DH", "\\DJ", "\\NG", "\\TH", "\\SS"})
_LOWER_COMMANDS = frozenset(
    {"\\aa", "\\ae", "\\oe", "\\o", "\\l", "\\i", "\\j", "\\ss", "\\dh", "\\dj", "\\ng", "\\th"}
)


def plain(text: str) -> str:
    """Return text without grouping braces and ties: what a name is when nothing in it is LaTeX."""
    return text.replace("{", "").replace("}", "").replace("~", " ")


def parse_names(text: str, decode: Codec = plain, use_prefix: bool = True) -> tuple[Name, ...]:
    """Return the names of a BibTeX list; `decode` turns each part from LaTeX to Unicode."""
    names = (parse_bibtex_name(one, decode, use_prefix) for one in split_names(text))
    return tuple(name for name in names if name != Name())


def split_names(text: str) -> list[str]:
    """Split a list at each "and" outside braces; "Last, F.; Last, F." is taken for a list as well."""
    text = text.strip()
    if text[:4].lower() == "and " or text[-4:].lower() == " and":
        text = _EDGE_AND.sub("", text)
    pieces = _split_outside(text, _AND) if "{" in text else _AND.split(text)
    if len(pieces) == 1 and ";" in text and "{" not in text and "&" not in text and "\\" not in text:
        parts = [part for part in text.split(";") if part.strip()]
        if len(parts) > 1 and all("," in part for part in parts):
            pieces = parts
    names = [piece.strip() for piece in pieces]
    return [name for name in names if name and name.lower() != "and"]


def _split_outside(text: str, separator: re.Pattern[str]) -> list[str]:
    """Split where the separator stands outside all braces."""
    depth = start = position = 0
    pieces: list[str] = []
    for match in separator.finditer(text):
        between = text[position : match.start()]
        depth = max(depth + between.count("{") - between.count("}"), 0)
        position = match.start()
        if depth == 0:
            pieces.append(text[start:position])
            start = match.end()
    return [*pieces, text[start:]]


_COMMA = re.compile(",")
_BLANK = re.compile(r"[\s~]+")


def parse_bibtex_name(text: str, decode: Codec = plain, use_prefix: bool = True) -> Name:
    """Return one name in any form of BibTeX or BibLaTeX."""
    if text == "others":
        return OTHERS
    if "=" in text and _EXTENDED.match(text):
        return _extended(text, decode, use_prefix)
    if _one_group(text):
        inner = text[1:-1]
        return _extended(inner, decode, use_prefix) if _EXTENDED.match(inner) else Name(literal=decode(inner))
    if "," not in text:
        return _running(_words(text), decode, use_prefix)
    parts = text.split(",") if "{" not in text else _split_outside(text, _COMMA)
    if len(parts) == 1:
        return _running(_words(text), decode, use_prefix)
    parts = [part.strip(" ~\t\r\n") for part in parts]
    if len(parts) == 2 and " " not in parts[0] and parts[1].rstrip(".") not in ("", "Jr", "Sr"):
        return Name(decode(parts[0]), decode(parts[1]))
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    if len(parts) == 1:
        return _with_von(_words(parts[0]), "", "", decode, use_prefix)
    suffix = parts[1] if len(parts) > 2 else ""
    given = ", ".join(parts[2:]) if len(parts) > 2 else parts[1]
    if given.rstrip(".") in ("Jr", "Sr") and not suffix:
        return _suffixed(_running(_words(parts[0]), decode, use_prefix), given)
    return _with_von(_words(parts[0]), decode(given), decode(suffix), decode, use_prefix)


def _suffixed(name: Name, suffix: str) -> Name:
    return Name(name.family, name.given, name.non_dropping_particle, name.dropping_particle, suffix)


def _words(text: str) -> list[str]:
    if "{" not in text:
        return text.replace("~", " ").split()
    return [word for word in _split_outside(text, _BLANK) if word]


def _one_group(text: str) -> bool:
    """Tell whether the whole text is one brace group: a name that nobody may take apart."""
    if not (text.startswith("{") and text.endswith("}")):
        return False
    depth = 0
    for i, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return i == len(text) - 1
    return False


def _running(words: list[str], decode: Codec, use_prefix: bool) -> Name:
    """Read First von Last, and the family-first order of Chinese, Japanese and Korean."""
    if not words:
        return Name()
    if len(words) == 1 and " " in (whole := decode(words[0])):
        return Name(literal=whole)  # its blanks stand in braces, so nobody may take it apart
    suffix = words.pop() if len(words) > 2 and words[-1] in SUFFIXES else ""
    if suffix:
        words[-1] = words[-1].rstrip(",")
    if len(words) == 2 and all(is_east_asian(word) for word in words):
        return Name(decode(words[0]), decode(words[1]))
    if len(words) > 1 and _family_first(words):
        return Name(decode(words[0]), decode(" ".join(words[1:])), suffix=suffix)
    if "," in words[-1] and (braced := _SUFFIXED.fullmatch(words[-1])):
        words[-1], suffix = braced[1], suffix or braced[2]
    small = [i for i, word in enumerate(words[:-1]) if _is_small(word)]
    if not small or (len(small) == len(words) - 1 and _is_small(words[-1]) and words[0] not in PARTICLES):
        return Name(decode(words[-1]), decode(" ".join(words[:-1])), suffix=suffix)
    given = " ".join(words[: small[0]])
    return _with_von(words[small[0] :], decode(given), suffix, decode, use_prefix)


def _family_first(words: list[str]) -> bool:
    """Tell whether a full word is followed by initials alone: "Ivanov I. I.", "Иванов И."."""
    initials = " ".join(words[1:])
    if _SHORT.fullmatch(words[0]):
        return False
    return bool(_INITIALS.fullmatch(initials) or _CYRILLIC_INITIALS.fullmatch(initials))


def _with_von(words: list[str], given: str, suffix: str, decode: Codec, use_prefix: bool) -> Name:
    """Read von Last: the von part ends with the last small word before the last word."""
    end = 0
    if len(words) > 1 and _is_small(words[0]):
        end = max(i for i, word in enumerate(words[:-1]) if _is_small(word)) + 1
    von, family = " ".join(words[:end]), decode(" ".join(words[end:]))
    if not von:
        return Name(family, given, suffix=suffix)
    von = decode(von)
    return Name(family, given, von if use_prefix else "", "" if use_prefix else von, suffix)


def _is_small(word: str) -> bool:
    """Tell whether BibTeX counts a word as small, by its first letter outside braces or special character."""
    i = 0
    while i < len(word):
        char = word[i]
        if char == "{":
            if word.startswith("{\\", i):
                return _is_small_special(word[i + 1 :])
            i = _group_end(word, i)
            continue
        if char == "\\":
            return _is_small_special(word[i:])
        if char.isalpha():
            return char.islower()
        i += 1
    return False


def _is_small_special(text: str) -> bool:
    match = _SPECIAL.match(text)
    if match is None or match[0] in _UPPER_COMMANDS:
        return False
    if match[0] in _LOWER_COMMANDS:
        return True
    following = next((char for char in text[match.end() :] if char.isalpha()), "")
    return following.islower()


def _group_end(text: str, start: int) -> int:
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return i + 1
    return len(text)


def is_east_asian(word: str) -> bool:
    """Tell whether a word is written in Han, kana or Hangul alone."""
    return all(
        "\u3400" <= char <= "\u9fff"
        or "\u3040" <= char <= "\u30ff"
        or "\uac00" <= char <= "\ud7af"
        or char > "\U0001ffff"
        for char in word
    )


def _extended(text: str, decode: Codec, use_prefix: bool) -> Name:
    """Read BibLaTeX's `given=Hans, family=Harman, prefix=von, useprefix=false`."""
    values: dict[str, str] = {}
    for part in _split_outside(text, _COMMA):
        name, _, value = _unquoted(part).partition("=")
        values[name.strip().lower()] = decode(_unquoted(value))
    use_prefix = values.get("useprefix", "true" if use_prefix else "false").lower() != "false"
    prefix = values.get("prefix", "")
    return Name(
        values.get("family", ""),
        " ".join(filter(None, (values.get("given"), values.get("middle")))),
        prefix if use_prefix else "",
        "" if use_prefix else prefix,
        values.get("suffix", ""),
    )


def _unquoted(text: str) -> str:
    """Return a part or its value without the quotes that may stand around either."""
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text.startswith('"') and text.endswith('"') else text


def parse_name(text: str) -> Name:
    """Return the name of free text: "V. S. Khristoforov", "Martin Luther King Jr.", "Fontaine, Jean"."""
    text = " ".join(text.split())
    return parse_bibtex_name(text) if text.strip(" ,") else Name(literal=text)


def format_names(names: Iterable[Name], encode: Codec, extended: bool = False) -> str:
    """Return a BibTeX name list; `extended` allows BibLaTeX's key=value form where the classic would lose."""
    return " and ".join(format_name(name, encode, extended) for name in names)


def format_name(name: Name, encode: Codec, extended: bool = False) -> str:
    """Return "von Last, Jr, First", braces around what would be split elsewhere."""
    if not extended:
        return _format_classic(name, encode)
    guarded = partial(_without_equals, encode=encode)
    classic = _format_classic(name, guarded)
    divided = (classic.count(",") > 2 or ",," in classic) and not (classic[0] == "{" and classic[-1] == "}")
    if name.literal or not (divided or _needs_extended(name)):
        return classic
    if not re.search('[="]', whole := _as_literal(name)):
        return _format_extended(name, encode)
    return f"{{{guarded(whole)}}}" if divided else classic


def _without_equals(text: str, encode: Codec) -> str:
    """Encode a text so that biber, which looks for "family=" within braces too, finds none."""
    return "{=}".join(encode(part) for part in text.split("=")) if "=" in text else encode(text)


def _as_literal(name: Name) -> str:
    family = " ".join(part for part in (name.dropping_particle, name.non_dropping_particle, name.family) if part)
    return ", ".join(part for part in (family, name.suffix, name.given) if part)


def _format_classic(name: Name, encode: Codec) -> str:
    if name.literal:
        return "others" if name == OTHERS else f"{{{encode(name.literal)}}}"
    prefix = _prefix(name)
    family = name.family
    attached = bool(_ATTACHED.fullmatch(prefix))
    if prefix and (attached or not _is_von(prefix)):
        family = prefix + family if attached else f"{prefix} {family}"
        prefix = ""
    given = _guarded(name.given, encode)
    if not family:
        return given
    last = f"{encode(prefix)} {_guarded(family, encode, True)}" if prefix else _guarded(family, encode, True)
    if name.suffix:
        return f"{last}, {_guarded(name.suffix, encode)}, {given or '{}'}"
    if given:
        return f"{last}, {given}"
    return f"{{{encode(family)}}}" if " " in family and not prefix else last


def _guarded(part: str, encode: Codec, family: bool = False) -> str:
    """Return a part of a name, in braces when a comma, an "and" or a small word would divide it."""
    divided = "," in part or ";" in part
    if " " in part and not divided:
        words = part.split()
        divided = "and" in part.lower().split() or (family and any(_is_small(word) for word in words[:-1]))
    return f"{{{encode(part)}}}" if divided else encode(part)


def _is_von(prefix: str) -> bool:
    """Tell whether BibTeX finds this von part again: it begins and ends with a small word."""
    words = prefix.split()
    return _is_small(words[0]) and _is_small(words[-1]) and "and" not in prefix.lower().split()


def _prefix(name: Name) -> str:
    both = name.dropping_particle or name.non_dropping_particle
    return " ".join(f"{name.dropping_particle} {name.non_dropping_particle}".split()) if both else ""


def _needs_extended(name: Name) -> bool:
    particle = name.non_dropping_particle.strip()
    if name.dropping_particle.strip() or not name.family or (name.suffix and not name.given):
        return True
    if particle and (_ATTACHED.fullmatch(particle) or not _is_von(particle)):
        return True
    return not name.given and not particle and " " in name.family


def _quoted(part: str) -> str:
    """Return a part of the extended form in quotes where biber would divide it at a comma."""
    return f'"{part}"' if "," in part else part


def _format_extended(name: Name, encode: Codec) -> str:
    prefix = _prefix(name)
    parts = {"family": name.family, "given": name.given, "prefix": prefix, "suffix": name.suffix}
    written = [_quoted(f"{key}={{{encode(value)}}}") for key, value in parts.items() if value]
    if prefix:
        written.append(f"useprefix={'false' if name.dropping_particle else 'true'}")
    return ", ".join(written)

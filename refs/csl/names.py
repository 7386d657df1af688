"""Printing one name: the order of its parts, particles, initials and the formatting of parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from refs.csl.initials import initialize
from refs.csl.output import Format, Node, Tree
from refs.csl.richtext import ENGLISH, Marks, parse_rich
from refs.csl.textcase import apply_case

if TYPE_CHECKING:
    from refs.csl.particles import Name

# Scripts whose names are written with spaces; ו is left out since it is joined to the next word.
SPACED = re.compile(
    "[-0-9a-zA-Z\u0e01-\u0e5b\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u0590-\u05d4\u05d6-\u05ff"
    "\u0600-\u06ff\u10a0-\u10ff\u1e00-\u1fff\u200c-\u200e\u202a-\u202e\u0900-\u0dff]"
)


@dataclass(frozen=True, slots=True)
class NamePart:
    """The formatting of `cs:name-part`."""

    fmt: Format | None = None
    case: str = ""
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class NameOptions:
    """The options of one `cs:name`, with everything inherited already applied.

    `precedes_body` is the `delimiter-precedes-last` of a last name that is a body: an inherited one holds for it, but
    one of `cs:name` itself counts as "contextual", as in citeproc-js.
    """

    form: str = "long"
    and_: str = ""
    delimiter: str = ", "
    precedes_last: str = "contextual"
    precedes_body: str = "contextual"
    precedes_et_al: str = "contextual"
    et_al_min: int = 0
    et_al_use_first: int = 1
    subsequent_min: int = 0
    subsequent_use_first: int = 1
    use_last: bool = False
    initialize: bool = True
    initialize_with: str | None = None
    hyphens: bool = True
    particle_space: str = " "
    marks: Marks = ENGLISH
    sort_order: str = ""
    sort_separator: str = ", "
    demote: str = "display-and-sort"
    prefix: str = ""
    suffix: str = ""
    fmt: Format | None = None
    family: NamePart = field(default_factory=NamePart)
    given: NamePart = field(default_factory=NamePart)

    @property
    def base_level(self) -> int:
        """Return how much of the given name prints before disambiguation: 0 none, 1 initials, 2 all."""
        if self.form == "short":
            return 0
        return 1 if self.initialize_with is not None and self.initialize else 2

    @property
    def has_initials(self) -> bool:
        return self.initialize_with is not None and self.initialize


def print_name(name: Name, options: NameOptions, inverted: bool, level: int) -> Tree:
    """Return one name in a form; the result is kept on the name."""
    key = (options, inverted, level)
    found = name.cache.get(key)
    if found is None:
        found = name.cache[key] = make_name(name, options, inverted, level)
    return found


def make_name(name: Name, options: NameOptions, inverted: bool, level: int) -> Tree:
    if name.literal:
        pieces: list[Tree] = [dress(name.literal, options.family, False, options.marks)]
    elif not SPACED.search(name.family):
        pieces = unspaced_name(name, options, level)
    elif name.static:
        pieces = static_name(name, options, level)
    elif level == 0:
        pieces = short_name(name, options, inverted)
    elif inverted:
        pieces = inverted_name(name, options, level)
    else:
        pieces = direct_name(name, options, level)
    prefix, suffix = ("", "") if name.literal else (options.prefix, options.suffix)
    if options.fmt or prefix or suffix:
        return Node(pieces, options.fmt, prefix, suffix)
    return pieces[0] if len(pieces) == 1 else Node(pieces)


def dress(text: str, part: NamePart, affixes: bool = True, marks: Marks = ENGLISH) -> Tree:
    """Return the text of a name-part with its case, formatting and affixes."""
    tree: Tree = parse_rich(text, marks)
    if part.case:
        tree = apply_case(tree, part.case)
    prefix, suffix = (part.prefix, part.suffix) if affixes else ("", "")
    if part.fmt or prefix or suffix:
        return Node([tree], part.fmt, prefix, suffix)
    return tree


def given_text(name: Name, options: NameOptions, level: int) -> str:
    """Return the given name as a level shows it: initials at 1, all of it at 2, just as it is written at 3."""
    if not name.given or options.initialize_with is None:
        return name.given
    if level > 2:
        return name.given
    if level == 2:
        return initialize(name.given, options.initialize_with, options.hyphens, True)
    return initialize(name.given, options.initialize_with, options.hyphens)


def space_after(particle: str, space: str = " ") -> str:
    """Return the space that follows a particle: none after an apostrophe or hyphen."""
    return "" if particle.endswith(("'", "’", "-", "\u02bb", " ")) else space


def unspaced_name(name: Name, options: NameOptions, level: int) -> list[Tree]:
    """Names in scripts without spaces, such as Chinese: family name, then given name."""
    family = dress(name.family, options.family, False)
    if level == 0 or not name.given:
        return [family]
    between = " " if SPACED.match(name.given) else ""
    return [family, between, dress(name.given, options.given, False)]


def static_name(name: Name, options: NameOptions, level: int) -> list[Tree]:
    family = family_with_particle(name, options, affixes=False)
    if level == 0 or not name.given:
        return family
    return [*family, " ", dress(given_text(name, options, level), options.given, False)]


def short_name(name: Name, options: NameOptions, inverted: bool) -> list[Tree]:
    """Return family name and particle alone; a demoted particle follows."""
    if inverted and name.nondropping and options.demote == "display-and-sort":
        particle = dress(name.nondropping.rstrip(" "), options.family, False)
        return [dress(name.family, options.family), options.sort_separator, particle]
    family = short_family(name, options)
    return [Node(family)] if name.nondropping else family


def short_family(name: Name, options: NameOptions) -> list[Tree]:
    return family_with_particle(name, options)


def family_with_particle(
    name: Name, options: NameOptions, dropping: bool = False, suffix: str = "", affixes: bool = True
) -> list[Tree]:
    """Return particle and family name; the affixes of the family part enclose both."""
    part = options.family
    pieces: list[Tree] = []
    if dropping and name.dropping:
        pieces.append(dress(name.dropping, options.given, False))
        if space_after(name.dropping):
            pieces.append(options.particle_space)
    if name.nondropping:
        if not (part.fmt or part.case):
            space = space_after(name.nondropping, options.particle_space)
            pieces.append(dress(name.nondropping + space + name.family, part, False))
        else:
            pieces.append(dress(name.nondropping.rstrip(" "), part, False))
            if space_after(name.nondropping.rstrip(" ")):
                pieces.append(options.particle_space)
            pieces.append(dress(name.family, part, False))
    else:
        pieces.append(dress(name.family, part, False))
    if suffix:
        pieces.append(parse_rich(suffix))
    if affixes and (part.prefix or part.suffix):
        return [Node(pieces, None, part.prefix, part.suffix)]
    return pieces


def suffix_text(name: Name, options: NameOptions) -> str:
    """Return the suffix; it loses its periods when initials have none: "King ML Jr"."""
    bare = options.initialize_with is not None and "." not in options.initialize_with
    return name.suffix.replace(".", "") if bare else name.suffix


def direct_name(name: Name, options: NameOptions, level: int) -> list[Tree]:
    """Given name, particles, family name, suffix: "Jean de La Fontaine III"."""
    suffix = ""
    if name.suffix:
        suffix = (", " if name.comma_suffix else " ") + suffix_text(name, options)
    given = given_text(name, options, level)
    family = family_with_particle(name, options, True, suffix)
    if not given:
        return family
    shown = dress(given, options.given)
    return [shown, " ", *family]


def inverted_name(name: Name, options: NameOptions, level: int) -> list[Tree]:
    """Family name first: "La Fontaine, Jean de, III", or with a demoted particle "Gogh, Vincent van"."""
    separator = options.sort_separator
    demoted = options.demote == "display-and-sort"
    if demoted:
        family: list[Tree] = [dress(name.family, options.family)]
    else:
        family = family_with_particle(name, options)
    given = given_text(name, options, level)
    second: list[Tree] = [dress(given, options.given, False)] if given else []
    if name.dropping:
        second += [" "] if second and not name.dropping.startswith(",") else []
        second.append(dress(name.dropping, options.given, False))
    if demoted and name.nondropping:
        second += [" "] if second else []
        second.append(dress(name.nondropping.rstrip(" "), options.family, False))
    pieces = list(family)
    if second:
        if options.given.prefix or options.given.suffix:
            second = [Node(second, None, options.given.prefix, options.given.suffix)]
        pieces += [separator, *second]
    if name.suffix:
        pieces += [separator, parse_rich(suffix_text(name, options))]
    return pieces


def sort_name(name: Name, options: NameOptions, level: int) -> str:
    """Return the text that a name sorts by: family name first, particles as `demote` says."""
    if name.literal:
        return name.literal
    space = " " if options.particle_space == " " else ""
    particle = name.nondropping + space_after(name.nondropping, space) if name.nondropping else ""
    if options.demote == "never":
        pieces = [particle + name.family, name.dropping]
    else:
        pieces = [name.family, " ".join(part for part in (name.dropping, name.nondropping) if part)]
    if level:
        pieces.append(given_text(name, options, level))
        pieces.append(name.suffix)
    return " ".join(piece for piece in pieces if piece)

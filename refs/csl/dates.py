"""Dates: reading the date fields of items and printing `cs:date`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from refs.csl.output import Node, Tree, make_format
from refs.csl.richtext import parse_rich
from refs.csl.textcase import apply_case, strip_periods

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.context import Context, Scope
    from refs.csl.output import Format
    from refs.csl.style import Element

CALLED, VALUE = 1, 3
LEVELS = {"year": 0, "month": 1, "day": 2}
PART_ATTRIBUTES = ("font-style", "font-variant", "font-weight", "text-decoration", "vertical-align")


@dataclass(frozen=True, slots=True)
class Point:
    """One day, month, season or year; 0 stands for what is not known."""

    year: int = 0
    month: int = 0
    day: int = 0
    season: int = 0


@dataclass(frozen=True, slots=True)
class Date:
    """A date field: a point, or a range when `end` is set, or a text that no parts could be read from."""

    start: Point
    end: Point | None = None
    literal: str = ""
    circa: bool = False


def parse_date(value: Any) -> Date | None:
    """Read a date field of an item: `date-parts`, `raw`, `literal`, `season`, `circa`, or a bare text."""
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return parse_raw(str(value))
    if not isinstance(value, dict):
        return None
    circa = value.get("circa") not in (None, "", 0, "0", False, "false")
    literal = value.get("literal")
    points = [point for point in map(parse_point, listed(value.get("date-parts"))) if point is not None]
    if not points or not points[0].year:
        if literal not in (None, ""):
            return Date(Point(), None, str(literal), circa)
        raw = value.get("raw")
        if raw not in (None, ""):
            parsed = parse_raw(str(raw))
            return Date(parsed.start, parsed.end, parsed.literal, circa or parsed.circa) if parsed else None
        season = read_season(value.get("season"))
        return Date(Point(season=season), None, "", circa) if season else None
    start = points[0]
    if not start.month:
        start = Point(start.year, season=read_season(value.get("season")) or start.season)
    return Date(start, points[1] if len(points) > 1 else None, "", circa)


def listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return []
    return value if value and isinstance(value[0], list) else [value] if value else []


def parse_point(parts: Any) -> Point | None:
    if not isinstance(parts, list):
        return None
    numbers = [as_int(part) for part in parts[:3]]
    while len(numbers) < 3:
        numbers.append(0)
    year, month, day = numbers
    season = 0
    if month < 1 or month > 24:
        month = day = 0
    elif month > 12:
        season, month, day = (month - 13) % 4 + 1, 0, 0
    return Point(year, month, day if 0 < day < 32 else 0, season)


def as_int(value: Any) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value if abs(value) < 10**9 else 0
    if isinstance(value, float):
        return int(value) if abs(value) < 10**9 else 0
    text = str(value).strip()
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else 0


SEASONS = {"spring": 1, "summer": 2, "autumn": 3, "fall": 3, "winter": 4}
MONTHS = {name: number + 1 for number, name in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split())}  # fmt: skip


def read_season(value: Any) -> int:
    if isinstance(value, str) and value.lower() in SEASONS:
        return SEASONS[value.lower()]
    number = as_int(value) if value is not None else 0
    if number > 20:
        number -= 20
    return number if 1 <= number <= 4 else 0


ISO = r"(-?\d{4,9}|\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?"
ISO_POINT = re.compile(ISO + r"([~?%]*)(?:T.*)?")
WORDS = re.compile(r"[^\W\d_]+|\d+", re.UNICODE)


def parse_raw(text: str) -> Date | None:
    """Read a date written as ISO 8601, EDTF, or English; what cannot be read is kept as it is."""
    text = text.strip()
    if not text:
        return None
    circa = False
    plain = text
    if re.match(r"(?i)(?:circa|ca?\.?)\s+(?=\d|[a-z])", plain):
        circa, plain = True, re.sub(r"(?i)^(?:circa|ca?\.?)\s+", "", plain)
    if plain[-1:] in "~?" and re.search(r"\d[~?]+$", plain):
        circa = True
    for joint in (r"/(?:\.\.)?$", r"\s*/\s*", r"\s*--\s*", r"\s*[–—]\s*", r"\s+-\s+", r"(?<=\d{4})-(?=\d{4})"):
        pieces = re.split(joint, plain, maxsplit=1)
        if len(pieces) == 2:
            start, end = read_words(pieces[0]), read_words(pieces[1]) if pieces[1] else Point()
            if start and end is not None:
                if not start.year and end.year:
                    start = Point(end.year, start.month, start.day, start.season)
                return Date(start, end, "", circa) if start.year else Date(Point(), None, text, False)
    point = read_words(plain)
    return Date(point, None, "", circa) if point and point.year else Date(Point(), None, text, False)


def read_words(text: str) -> Point | None:
    """Read one point: "2010-05-12", "May 12, 2010", "12 May 2010", "5/12/2010", "Spring 1999"."""
    text = text.strip().strip("~?")
    match = ISO_POINT.fullmatch(text)
    if match:
        return parse_point([match[1], match[2] or 0, match[3] or 0])
    year = month = day = season = 0
    match = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{3,4})", text)
    if match:
        return parse_point([match[3], match[1], match[2]])
    match = re.fullmatch(r"(\d{4})[/.](\d{1,2})(?:[/.](\d{1,2}))?", text)
    if match:
        return parse_point([match[1], match[2], match[3] or 0])
    bc = False
    for word in WORDS.findall(text):
        lowered = word.lower()
        if word.isdecimal():
            if (len(word) >= 3 or (year == 0 and (day or not month))) and not (len(word) <= 2 and not year and not day):
                year = as_int(word)
            elif not day:
                day = as_int(word)
            else:
                return None
        elif lowered in SEASONS:
            season = SEASONS[lowered]
        elif lowered[:3] in MONTHS and len(lowered) > 2 and not month:
            month = MONTHS[lowered[:3]]
        elif lowered in ("bc", "bce"):
            bc = True
        elif lowered not in ("st", "nd", "rd", "th", "of", "ad", "ce"):
            return None
    if day and not month:
        return None
    return Point(-year if bc else year, month, day, season) if year or month or season else None


@dataclass(frozen=True, slots=True)
class Part:
    """One `cs:date-part`, resolved against the locale."""

    name: str
    form: str
    prefix: str
    suffix: str
    fmt: Format | None
    case: str
    strip_periods: bool
    range_delimiter: str


def resolve_parts(element: Element, scope: Scope) -> tuple[list[Part], str]:
    """Return the parts of a `cs:date` in order and their delimiter, from the locale if it has a form."""
    form = element.get("form")
    if not form:
        return [make_part(part.attrs) for part in element.find_all("date-part")], element.get("delimiter")
    base = scope.locale.dates.get(form)
    if base is None:
        return [], ""
    wanted = element.get("date-parts", "year-month-day").split("-")
    overrides = {part.get("name"): part.attrs for part in element.find_all("date-part")}
    parts = []
    for part in base.find_all("date-part"):
        if part.get("name") in wanted:
            changes = {
                key: value
                for key, value in overrides.get(part.get("name"), {}).items()
                if key not in ("prefix", "suffix")
            }
            parts.append(make_part({**part.attrs, **changes}))
    return parts, base.get("delimiter")


def make_part(attrs: dict[str, str]) -> Part:
    name = attrs.get("name", "")
    default = "numeric" if name == "day" else "long"
    pairs = [(key, attrs[key]) for key in PART_ATTRIBUTES if key in attrs]
    return Part(
        name,
        attrs.get("form", default),
        attrs.get("prefix", ""),
        attrs.get("suffix", ""),
        make_format(pairs),
        attrs.get("text-case", ""),
        attrs.get("strip-periods") == "true",
        attrs.get("range-delimiter", "–"),
    )


def part_text(part: Part, point: Point, scope: Scope) -> str:
    """Return the text of one part of a date, without affixes; "" when the date lacks it."""
    if part.name == "year":
        return year_text(point.year, part.form, scope)
    if part.name == "month":
        return month_text(point, part.form, scope)
    if not point.day or not point.month:
        return ""
    if part.form == "numeric-leading-zeros":
        return f"{point.day:02}"
    if part.form == "ordinal" and (point.day == 1 or not scope.locale.limit_day_ordinals):
        gender = scope.locale.genders.get(f"month-{point.month:02}", "")
        return f"{point.day}{scope.locale.ordinal_suffix(point.day, gender)}"
    return str(point.day)


def year_text(year: int, form: str, scope: Scope) -> str:
    if not year:
        return ""
    if form == "short":
        return f"{abs(year) % 100:02}" if abs(year) >= 1000 else str(abs(year))
    return str(abs(year))


def era(part: Part, point: Point, scope: Scope) -> str:
    """Return the term that follows a year before Christ or of the first centuries, after the affixes of the year."""
    if part.name != "year" or part.form == "short" or not point.year or point.year >= 500:
        return ""
    return scope.locale.term("bc" if point.year < 0 else "ad") or ""


def month_text(point: Point, form: str, scope: Scope) -> str:
    if not point.month:
        if not point.season:
            return ""
        return scope.locale.term(f"season-{point.season:02}") or ""
    if form == "numeric":
        return str(point.month)
    if form == "numeric-leading-zeros":
        return f"{point.month:02}"
    return scope.locale.term(f"month-{point.month:02}", form) or ""


def compile_date(element: Element, scope: Scope) -> Callable[[Context], Tree | None]:
    """Compile `cs:date` to a closure."""
    variable = element.get("variable")
    parts, delimiter = resolve_parts(element, scope)
    style = scope.styling(element)
    case = element.get("text-case")
    if not case and element.get("form"):
        base = scope.locale.dates.get(element.get("form"))
        case = base.get("text-case") if base else ""
    year = next((part for part in parts if part.name == "year"), None)
    accessed = variable == "accessed"
    implicit = not scope.explicit_suffix and not accessed
    if scope.sorting:
        from refs.csl.sort import date_sort_key

        names = {part.name for part in parts}
        return lambda ctx: date_sort_key(ctx, variable, names)

    def date(ctx: Context) -> Tree | None:
        hidden = variable in ctx.suppressed or (ctx.capture is not None and accessed)
        value = None if hidden else ctx.item.date(variable)
        if value is None:
            ctx.verdict |= CALLED
            return None
        if value.literal:
            if year is None:
                ctx.verdict |= CALLED
                return None
            ctx.verdict |= VALUE
            literal = parse_rich(value.literal, ctx.item.marks)
            kids: list[Tree] = [Node([literal], year.fmt, year.prefix, year.suffix)]
        else:
            kids = print_date(value, parts, delimiter, scope, ctx, implicit)
            if not kids:
                ctx.verdict |= CALLED
                return None
            ctx.verdict |= VALUE
            delimiter_ = delimiter if value.end is None else ""
            if delimiter_:
                kids = [Node(kids, delimiter=delimiter_)]
        if ctx.collected is not None:
            ctx.collected.add(variable)
        if case:
            kids = [apply_case(Node(kids), case)]
        return style(kids, "date")

    return date


def print_date(
    value: Date, parts: list[Part], delimiter: str, scope: Scope, ctx: Context, implicit: bool
) -> list[Tree]:
    """Return the pieces of a point or range, each with its affixes."""
    if value.end is None:
        return [
            kid for kid in (print_part(part, value.start, scope, ctx, implicit) for part in parts) if kid is not None
        ]
    return print_range(value.start, value.end, parts, delimiter, scope, ctx, implicit)


def print_part(
    part: Part, point: Point, scope: Scope, ctx: Context, implicit: bool, prefix: bool = True, suffix: bool = True
) -> Tree | None:
    text = part_text(part, point, scope)
    if not text:
        return None
    if part.strip_periods:
        text = strip_periods(text)
    tree: Tree = apply_case(text, part.case) if part.case else text
    before = part.prefix if prefix else ""
    after = part.suffix if suffix else ""
    age = era(part, point, scope)
    if age:
        tree = Node([Node([tree], part.fmt, before, after), age])
        before = after = ""
    if implicit and part.name == "year" and ctx.pending_suffix and not ctx.suffix_done:
        ctx.suffix_done = True
        return Node(
            [Node([tree], part.fmt, tag="year"), Node([ctx.pending_suffix], part.fmt, tag="year-suffix")],
            None,
            before,
            after,
        )
    if part.name == "year":
        return Node([tree], part.fmt, before, after, tag="year")
    if before or after or part.fmt:
        return Node([tree], part.fmt, before, after)
    return tree


def print_range(
    start: Point, end: Point, parts: list[Part], delimiter: str, scope: Scope, ctx: Context, implicit: bool
) -> list[Tree]:
    """Print a range: the parts that differ are printed twice, joined by the delimiter of the largest."""
    shown = {part.name for part in parts}
    level = differing_level(start, end, shown)
    if level is None:
        return [kid for kid in (print_part(part, start, scope, ctx, implicit) for part in parts) if kid is not None]
    joint = next((part.range_delimiter for part in parts if LEVELS.get(part.name) == level), "–")
    if not end.year:
        first = [part for part in parts if part_text(part, start, scope)]
        kids = [print_part(part, start, scope, ctx, implicit, suffix=part is not first[-1]) for part in first]
        return [*joined([kid for kid in kids if kid is not None], delimiter), joint]
    inner = [part for part in parts if LEVELS.get(part.name, 3) >= level]
    low, high = parts.index(inner[0]), parts.index(inner[-1])
    before = [part for part in parts[:low] if part_text(part, start, scope)]
    between = parts[low : high + 1]
    after = [part for part in parts[high + 1 :] if part_text(part, start, scope)]
    pieces: list[Tree] = []
    pieces += kept(print_part(part, start, scope, ctx, implicit) for part in before)
    firsts = [part for part in between if part in inner and part_text(part, start, scope)]
    seconds = [part for part in between if part in inner and part_text(part, end, scope)]
    left = kept(
        print_part(part, start, scope, ctx, implicit and level > 0, suffix=part is not firsts[-1]) for part in firsts
    )
    right = kept(print_part(part, end, scope, ctx, implicit, prefix=part is not seconds[0]) for part in seconds)
    span = Node([Node(left, delimiter=delimiter), joint, Node(right, delimiter=delimiter)])
    pieces.append(span)
    pieces += kept(print_part(part, start, scope, ctx, implicit) for part in after)
    return joined(pieces, delimiter)


def kept(trees: Any) -> list[Tree]:
    return [tree for tree in trees if tree is not None]


def joined(pieces: list[Tree], delimiter: str) -> list[Tree]:
    return [Node(pieces, delimiter=delimiter)] if delimiter and len(pieces) > 1 else pieces


def differing_level(start: Point, end: Point, shown: set[str]) -> int | None:
    """Return the largest shown part in which two points differ: 0 year, 1 month, 2 day."""
    if start.year != end.year and "year" in shown:
        return 0
    if (start.month, start.season) != (end.month, end.season) and "month" in shown:
        return 1
    if start.day != end.day and "day" in shown:
        return 2
    return None

"""The search language of `refs list`: a text, read into a tree that other modules compile or evaluate.

query   = all *("OR" all)
all     = one *(["AND"] one)
one     = ("NOT" / "-") one / [field ":"] ("(" query ")" / term)
term    = phrase / word / range             a range only of year, added and changed
phrase  = DQUOTE *char DQUOTE ["*"]         whole words that follow each other
word    = ["*"] 1*char ["*"]                *word: also inside words
range   = [value] ".." [value] / (">" / ">=" / "<" / "<=") value / value

>>> str(parse("author:watson acids -review"))
'author:watson* acids* NOT review*'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from refs.errors import UsageError
from refs.folding import BOUND, words
from refs.model import TYPES, VARIABLES

MOST_TERMS = 100
DEEPEST = 40
LONGEST = 10_000  # characters
SHOWN = 70  # columns of a query beside its marker

NAMES = {name.lower(): name for name in VARIABLES} | {
    "journal": "container",
    "booktitle": "container",
    "pages": "page",
    "keywords": "keyword",
    "tags": "tag",
    "by": "author",
    "date": "issued",
}
"""What people call the fields, beside CSL's own names."""
COLUMNS = {"title": "title", "author": "author", "container": "container", "tag": "tag", "keyword": "tag"}
"""The fields that are searched as columns of the index; `author` is whom the work is filed under."""
RANGES = ("year", "added", "changed")
OTHERS = ("key", "type", "has", "no", "collection", *RANGES)
PRESENT = {"container": "container-title", "tag": "keyword", "year": "issued"}
"""The variables that a reference has when it has one of these."""
EXTRA = frozenset(
    "arxiv file pending hal isbn openalex bibcode handle mrnumber zbl url eprint inspire dblp swhid wikidata".split()
)
"""Schemes and fields that no CSL variable names."""


class QueryError(UsageError):
    """A query that cannot be meant: what is wrong, the query, and a marker below the mistake."""

    def __init__(self, reason: str, text: str, start: int, end: int) -> None:
        super().__init__("\n".join((reason, *_marked(text, start, end))))
        self.reason, self.start, self.end = reason, start, end


def _marked(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the part of a query around a mistake, and the marker below it."""
    from refs.console import width

    room = min(SHOWN, width() - 12)
    text = "".join(" " if c.isspace() else c if c.isprintable() else "\ufffd" for c in text)
    end = min(max(end, start + 1), start + room)
    first = max(0, min(start - room // 3, len(text) - room))
    line = text[first : first + room]
    before, wrong = text[first:start], text[start : min(end, first + room)]
    return f"  {line}", "  " + " " * _cells(before) + "^" * max(1, _cells(wrong))


def _cells(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


@dataclass(frozen=True, slots=True)
class Text:
    """Words that follow each other in a field, "" being any; the last one may go on if `open`.

    `inside`: the only word may also begin inside another one. `typed` words do so where no word begins with them;
    a single letter, such as an initial, does not go on unless it has a star.
    """

    field: str
    words: tuple[str, ...]
    open: bool = False
    inside: bool = False
    typed: bool = False

    def __str__(self) -> str:
        text = " ".join(word for word in self.words if word != BOUND)
        quoted = text if self.typed and " " not in text else f'"{text}"'
        return (f"{self.field}:" if self.field else "") + "*" * self.inside + quoted + "*" * self.open


@dataclass(frozen=True, slots=True)
class Range:
    """A year, or the time of adding or changing, between two values or on one side of one; "" is open."""

    field: str
    low: str = ""
    high: str = ""

    def __str__(self) -> str:
        return f"{self.field}:{self.low}..{self.high}"


@dataclass(frozen=True, slots=True)
class Is:
    """A key, type, collection or present field: `how` is "part", "start" or "whole"."""

    field: str
    text: str
    how: str = "whole"

    def __str__(self) -> str:
        return f"{self.field}:{self.text}"


@dataclass(frozen=True, slots=True)
class Ids:
    """References by their numbers in a library: what a collection made by hand stands for."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Not:
    """What is not so."""

    part: Query

    def __str__(self) -> str:
        return f"NOT {self.part}" if not isinstance(self.part, And | Or) else f"NOT ({self.part})"


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; without any, everything."""

    parts: tuple[Query, ...] = ()

    def __str__(self) -> str:
        return " ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts."""

    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return " OR ".join(f"({part})" if isinstance(part, And) else str(part) for part in self.parts)


Query = Text | Range | Is | Ids | Not | And | Or


def parse(text: str) -> Query:
    """Return the tree of a query; raise QueryError with a marker under what cannot be meant."""
    if len(text) > LONGEST:
        raise QueryError(f"a query has at most {LONGEST:,} characters", text, LONGEST, LONGEST + 1)
    return _Parser(re.sub("[\x00\ud800-\udfff]", "\ufffd", text)).query()  # which no database can hold


def plain(text: str) -> Query:
    """Return the query for all the words of a text, none of which means anything else."""
    return And(tuple(Text("", (word,), open=True) for word in words(text).split()[:MOST_TERMS]))


def leaves(query: Query) -> Iterator[Text | Range | Is | Ids]:
    """Yield the conditions of a query, whatever they are joined by."""
    if isinstance(query, Not):
        yield from leaves(query.part)
    elif isinstance(query, And | Or):
        for part in query.parts:
            yield from leaves(part)
    else:
        yield query


class _Token(NamedTuple):
    kind: str  # "word", "phrase", "(", ")", "-", "OR", "AND", "NOT" or "end"
    text: str
    start: int
    end: int
    field: str = ""  # as it was typed, with the colon behind it
    star: bool = False  # behind a phrase


_PIECE = r"""\s*(?: (?P<field>[A-Za-z][A-Za-z_-]*): (?=[^\s/)]|/(?!/))
      )? (?: (?P<paren>[()]) | ["“”] (?P<phrase>[^"“”]*) (?P<close>["”]?) (?P<star>\*?)
      | (?(field)(?!-\d)) (?P<minus>-)(?=[^\s)-]) | (?P<word>[^\s()"“”]+) | (?P<end>\Z) )"""


def _tokens(text: str) -> Iterator[_Token]:
    position, pattern = 0, re.compile(_PIECE, re.VERBOSE)
    while True:
        found = pattern.match(text, position)
        assert found is not None  # noqa: S101  # every character begins one of the alternatives
        position = found.end()
        start = found.start("field") if found["field"] else found.start() + len(found[0]) - len(found[0].lstrip())
        field = f"{found['field']}:" if found["field"] else ""
        if found["phrase"] is not None:
            if not found["close"]:
                raise QueryError("this quotation mark is never closed", text, found.start("phrase") - 1, len(text))
            yield _Token("phrase", found["phrase"], start, position, field, bool(found["star"]))
        elif found["end"] is not None:
            yield _Token("end", "", len(text), len(text), field)
            return
        else:
            word = found["paren"] or found["minus"] or found["word"]
            special = found["word"] is None or (not field and word in ("OR", "AND", "NOT"))
            yield _Token(word if special else "word", word, start, position, field)


class _Parser:
    """A recursive descent through the tokens of one query."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._position = 0
        self._terms = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _take(self) -> _Token:
        self._position += 1
        return self._tokens[self._position - 1]

    def _wrong(self, reason: str, token: _Token) -> QueryError:
        return QueryError(reason, self._text, token.start, token.end)

    def query(self) -> Query:
        """Return the tree of the whole text."""
        if self._next.kind == "end":
            return And()
        found = self._any("", 0)
        if self._next.kind == ")":
            raise self._wrong("this parenthesis closes nothing", self._next)
        if found is None:
            raise QueryError("there is no word in it to look for", self._text, 0, len(self._text))
        return found

    def _any(self, field: str, depth: int) -> Query | None:
        parts = [self._all(field, depth)]
        while self._next.kind == "OR":
            self._take()
            parts.append(self._all(field, depth))
        kept = tuple(part for part in parts if part is not None)
        return Or(kept) if len(kept) > 1 else kept[0] if kept else None

    def _all(self, field: str, depth: int) -> Query | None:
        before = self._tokens[self._position - 1] if self._position else None
        parts: list[Query | None] = []
        while self._next.kind not in ("OR", ")", "end"):
            if parts and self._next.kind == "AND":
                joined = self._take()
                if self._next.kind in ("OR", "AND", ")", "end"):
                    raise self._wrong("a word is missing behind this AND", joined)
            parts.append(self._one(field, depth))
        if not parts:
            self._refuse_nothing(before)
        kept = tuple(part for part in parts if part is not None)
        return And(kept) if len(kept) > 1 else kept[0] if kept else None

    def _refuse_nothing(self, before: _Token | None) -> None:
        if before is not None and before.kind == "(":
            raise self._wrong(
                "this parenthesis is never closed" if self._next.kind == "end" else "nothing in it", before
            )
        token = self._next if before is None or self._next.kind == "OR" else before
        raise self._wrong(f"a word is missing beside this {token.kind}", token)

    def _one(self, field: str, depth: int) -> Query | None:
        if depth > DEEPEST:
            raise self._wrong(f"more than {DEEPEST} parentheses and negations in each other", self._next)
        token = self._take()
        field = self._field(token) if token.field else field
        if token.kind in ("NOT", "-"):
            if self._next.kind in ("OR", "AND", ")", "end"):
                raise self._wrong(f"a word is missing behind this {token.kind}", token)
            part = self._one(field, depth + 1)
            return None if part is None else Not(part)
        if token.kind == "AND":
            raise self._wrong("a word is missing before this AND", token)
        if token.kind == "(":
            found = self._any(field, depth + 1)
            if self._next.kind != ")":
                raise self._wrong("this parenthesis is never closed", token)
            self._take()
            return found
        return self._term(field, token)

    def _field(self, token: _Token, otherwise: str = "; quote it to look for its words") -> str:
        """Return what a field is called in the tree."""
        typed = token.field[:-1].lower()
        name = NAMES.get(typed, typed)
        if name in VARIABLES or name in COLUMNS or name in OTHERS or name in EXTRA:
            return name
        from refs.citekeys import nearest

        near = nearest(typed, [*NAMES, *OTHERS, "tag"])
        hint = f"; did you mean {near[0]}?" if near else otherwise
        end = token.start + len(token.field)
        raise QueryError(f"no field is called {token.field[:-1]!r}{hint}", self._text, token.start, end)

    def _term(self, field: str, token: _Token) -> Query | None:
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise self._wrong(f"a query has at most {MOST_TERMS} terms", token)
        if field in RANGES:
            return self._range(field, token)
        if field in OTHERS:
            return self._is(field, token)
        text = token.text
        if token.kind == "word" and not field and text[-1] == ":" and text[:-1].lower() in (*COLUMNS, *OTHERS):
            raise self._wrong(f"{text} is followed by a blank; put what it looks for right behind it", token)
        before, after = token.kind == "word" and text.startswith("*"), token.star or text.endswith("*")
        found = tuple(words(text).split())
        if not found:
            if token.field:
                raise self._wrong(f"there is no word behind {token.field}", token)
            return None
        if COLUMNS.get(field) == "tag":
            return Text("tag", (BOUND, *found) if after else (BOUND, *found, BOUND), open=after)
        typed = token.kind == "word"
        goes_on = after or (typed and len(found[-1]) > 1)
        return Text(field, found, open=goes_on, inside=before and len(found) == 1, typed=typed)

    def _range(self, field: str, token: _Token) -> Query:
        pattern = r"-?\d{1,6}" if field == "year" else r"\d{4}(?:-\d\d){0,2}"
        text = re.sub(r"[–—]", "..", token.text) if field == "year" else token.text
        found = re.fullmatch(rf"(?:(>=?|<=?)({pattern})|({pattern})?(\.\.)?({pattern})?)", text)
        if not found or not re.search(r"\d", text):
            form = "1990, 1990..1999 or >2000" if field == "year" else "2024, 2024-05, 2024-01..2024-05-31 or >2024-05"
            raise self._wrong(f"{field}: takes {form}", token)
        sign, value, low, dots, high = found.groups()
        if sign:
            low, high = (_after(field, value), "") if sign == ">" else ("", _before(field, value))
            low, high = (value, "") if sign == ">=" else ("", value) if sign == "<=" else (low, high)
        elif not dots:
            high = low = low or high
        if low and high and (int(low) > int(high) if field == "year" else low > high):
            raise self._wrong("the range ends before it begins", token)
        return Range(field, low or "", high or "")

    def _is(self, field: str, token: _Token) -> Query:
        text = token.text.strip("*").strip() if field != "collection" else token.text
        if not text:
            raise self._wrong(f"there is nothing behind {field}:", token)
        if field in ("has", "no"):
            name = self._field(token._replace(field=f"{text}:", end=token.end, start=token.end - len(token.text)), "")
            present = Is("has", PRESENT.get(name, name))
            return present if field == "has" else Not(present)
        if field == "type":
            return self._type(text.lower(), token)
        if field == "key" and token.kind == "word":
            return Is(field, text, "start" if token.text.endswith("*") and token.text[0] != "*" else "part")
        return Is(field, text)

    def _type(self, text: str, token: _Token) -> Query:
        if any(type.startswith(text) for type in TYPES):
            return Is("type", text, "start")
        from refs.citekeys import nearest

        parts = {part: type for type in sorted(TYPES, reverse=True) for part in (*re.split("[-_]", type), type)}
        near = [parts[part] for part in nearest(text, parts)]
        raise self._wrong(f"no type is called {text!r}" + (f"; did you mean {near[0]}?" if near else ""), token)


def _after(field: str, value: str) -> str:
    return str(int(value) + 1) if field == "year" else f"{value}~"


def _before(field: str, value: str) -> str:
    return str(int(value) - 1) if field == "year" else f"{value}!"


def settled(query: Query, begins: Callable[[Text], bool], collection: Callable[[str], Query]) -> Query:
    """Return the query with what depends on a library put in.

    A typed word that no word in the library begins with, by `begins`, is looked for inside words; the name of a
    collection that is a saved query becomes that query.
    """
    if isinstance(query, Not):
        return Not(settled(query.part, begins, collection))
    if isinstance(query, And | Or):
        return type(query)(tuple(settled(part, begins, collection) for part in query.parts))
    if isinstance(query, Text) and query.typed and len(query.words) == 1 and not query.inside and not begins(query):
        return replace(query, inside=True)
    return collection(query.text) if isinstance(query, Is) and query.field == "collection" else query

"""Ask a library for what a query finds: the query compiled to SQL and, in a file, to FTS5 (https://sqlite.org/fts5.html).

Every value is a bound parameter, and every word stands in quotation marks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from refs.database import Database
from refs.errors import NotFoundError, UsageError
from refs.folding import COLUMNS as PARTS
from refs.folding import column, field_word, fold
from refs.matching import Record, matches
from refs.model import DATE_VARIABLES, NAME_VARIABLES
from refs.query import COLUMNS, And, Ids, Is, Not, Or, Query, Range, Text, leaves, parse, settled

WEIGHTS = {"title": 10, "author": 6, "container": 2, "tag": 4, "field": 0, "rest": 1}
"""How much a word counts in each part, for ranking."""
SORTS = ("key", "year", "added", "author", "title", "relevance")
MOST_RANKED = 20_000  # results; more are listed by key, since ranking them costs more than it tells
SHORTEST = 3  # letters of a word that is looked for inside others when none begins with it
MOST_RATED = 100  # words that have another one inside: more are not ranked by
MOST_INSIDE = 2_000  # of them for a first page: past it, the references themselves are read until there are enough
AHEAD = 10  # times a page: so many are found at once where the references themselves decide
EVERY = 1 << 40
MOST_JOINED = 400  # parts of one statement (https://sqlite.org/limits.html#max_compound_select)
CHUNK = 500  # references fetched at once
SPARE = 200  # references read beyond a page, since those that begin alike are sorted by all of their letters
NOTHING = '"\u00a6\u00a6"'  # no word is like this


def find(db: Database, query: Query, sort: str = "", *, reverse: bool = False, limit: int = 0) -> Iterator[int]:
    """Yield the numbers of the references that a query finds, in order; `limit` 0 is all.

    `sort` is one of SORTS; "" ranks where there are words, and is by key elsewhere.
    """
    asked = settle(db, query)
    where = _Where(db, MOST_INSIDE if limit else EVERY)
    condition = where.of(asked, True)
    order = sort, reverse
    if not where.loose:
        return iter(_ordered(db, asked, where, condition, order, limit))
    found = _in_parts(lambda most: _ordered(db, asked, where, condition, order, most), AHEAD * limit)
    return islice(_verified(db, asked, found), limit or None)


def _in_parts(ordered: Callable[[int], list[int]], first: int) -> Iterator[int]:
    """Yield what is found in order: the first so many, and the rest, 0 is all, only if somebody goes on."""
    begun = ordered(first)
    yield from begun
    if first and len(begun) == first:
        yield from ordered(0)[first:]


def fetch(db: Database, columns: str, ids: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    """Yield the columns of references in the order of their numbers; what was removed meanwhile is left out."""
    numbers = iter(ids)
    sql = f"SELECT id, {columns} FROM reference WHERE library = :library AND {db.member.format('id', ':ids')}"  # noqa: S608
    while chunk := list(islice(numbers, CHUNK)):
        rows = {row[0]: row for row in db.rows(sql, ids=json.dumps(chunk))}
        yield from (rows[id] for id in chunk if id in rows)


def _verified(db: Database, query: Query, ids: Iterable[int]) -> Iterator[int]:
    """Yield those whose references are what the query asks for, where the index alone cannot tell."""
    from refs.stored import load

    for id, added, changed, item in fetch(db, "added, changed, item", ids):
        if matches(query, Record(id, added, changed, load(item))):
            yield id


def settle(db: Database, query: Query, within: tuple[str, ...] = ()) -> Query:
    """Put collections in, and look inside words for what no word begins with."""

    def members(name: str) -> Query:
        from refs.store import facts_in

        known = facts_in(db, "collection")
        if name not in known:
            from refs.citekeys import nearest

            near = nearest(name, list(known))
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise NotFoundError(f"no collection is called {name!r}{hint}")
        if name in within:
            raise UsageError(f"the collection {name!r} is defined by itself")
        if "query" in known[name]:
            return settle(db, parse(known[name]["query"]), (*within, name))
        return Ids(frozenset(known[name]["ids"]))

    return settled(query, lambda text: _begins(db, text), members)


def _begins(db: Database, text: Text) -> bool:
    """Tell whether a word begins with this one somewhere; of short ones, and of numbers, that is not asked."""
    word = text.words[0]
    if len(word) < SHORTEST or word.isdigit():
        return True
    where = _Where(db)
    condition = where.of(replace(text, field=text.field if text.field in COLUMNS else ""), True)
    sql = f"SELECT 1 FROM {_tables(db)} WHERE reference.library = :library AND {condition} LIMIT 1"  # noqa: S608
    return db.row(sql, **where.values) is not None


def _tables(db: Database) -> str:
    if db.full_text:
        return "reference"
    return "reference JOIN search ON search.library = reference.library AND search.rowid = reference.doc"


class _Where:
    """The compiler of one query to the condition of a statement.

    Where the index cannot tell whether a condition holds, the statement finds too much, and `loose` is set.
    """

    def __init__(self, db: Database, most: int = EVERY) -> None:
        self._db = db
        self.most = most
        self.values: dict[str, object] = {}
        self.loose = False
        self.longer: dict[str, list[str]] = {}
        self._matches: dict[tuple[Query, bool], str] = {}

    def of(self, query: Query, positive: bool) -> str:
        """Return the SQL of a query; a loose condition counts as true where `positive`, else as false."""
        if self._db.full_text and (match := self.match(query, positive)):
            return f"reference.doc IN (SELECT rowid FROM search WHERE search MATCH {self.bind(match)})"  # noqa: S608
        match query:
            case Not(part):
                return f"NOT {self.of(part, not positive)}"
            case And(parts):
                return self._joined(parts, " AND ", positive) if parts else "TRUE"
            case Or(parts):
                return self._joined(parts, " OR ", positive)
            case Ids(ids):
                return self._db.member.format("reference.id", self.bind(json.dumps(sorted(ids))))
            case Range():
                return self._range(query)
            case Is("has", text):
                return self._contains("field", f" {field_word(text)} ")
            case Is():
                return self._is(query)
            case Text():
                return self._text(query, positive)

    def bind(self, value: object) -> str:
        """Return the parameter that stands for a value."""
        name = f"value{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def match(self, query: Query, positive: bool) -> str:
        """Return the FTS5 expression of what the index alone can tell, or else ""."""
        if (query, positive) not in self._matches:
            self._matches[query, positive] = self._match(query, positive)
        return self._matches[query, positive]

    def _match(self, query: Query, positive: bool) -> str:
        match query:
            case And(parts) | Or(parts) if parts:
                inner = [self.match(part, positive) for part in parts]
                joint = " AND " if isinstance(query, And) else " OR "
                return f"({joint.join(inner)})" if all(inner) else ""
            case Is("has", text):
                return f'{{field}} : "{field_word(text)}"'
            case Text(inside=True, words=(part, *_)) if len(self._having(part)) > MOST_RATED:
                return ""
            case Text(field) if field in COLUMNS or not field:
                return self._phrase([COLUMNS[field]] if field else [], query)
            case Text(field) if positive:
                self.loose = True
                has = f'{{field}} : "{field_word(field)}"'
                return has if field in DATE_VARIABLES else f"({has} AND {self._phrase(_columns(field), query)})"
        return ""

    def _having(self, part: str) -> list[str]:
        """Return the words of the library that have another one inside, one more than `most` at most."""
        if part not in self.longer:
            sql = f"SELECT word FROM word WHERE {self._db.contains.format('word', ':part')} LIMIT :most"  # noqa: S608
            self.longer[part] = [word for (word,) in self._db.rows(sql, part=part, most=self.most + 1)]
        return self.longer[part]

    def _phrase(self, columns: Sequence[str], text: Text) -> str:
        if text.inside:
            return _any_of(columns, self._having(text.words[0]))
        return f'{_within(columns)}"{" ".join(text.words)}"{"*" * text.open}'

    def _many(self, text: Text, positive: bool) -> str:
        """Return the condition that one of very many words is there."""
        words = self._having(text.words[0])
        if len(words) > self.most:
            self.loose = True
            return "TRUE" if positive else "FALSE"
        size = max(MOST_RATED, len(words) // MOST_JOINED + 1)
        columns = _columns(text.field) if text.field else []
        found = (
            f"SELECT rowid FROM search WHERE search MATCH {self.bind(_any_of(columns, words[at : at + size]))}"  # noqa: S608
            for at in range(0, len(words), size)
        )
        return f"reference.doc IN ({' UNION '.join(found)})"

    def _text(self, text: Text, positive: bool) -> str:
        """Return the condition of what no single expression of the full-text index tells, or of a server's words."""
        if text.field and text.field not in COLUMNS:
            self.loose = True
            if not positive:
                return "FALSE"
        if text.field in DATE_VARIABLES:
            return self.of(Is("has", text.field), positive)
        if self._db.full_text:
            return self._many(text, positive)
        needle = text.words[0] if text.inside else f" {' '.join(text.words)}{'' if text.open else ' '}"
        return f"({' OR '.join(self._contains(part, needle) for part in _columns(text.field))})"

    def _contains(self, part: str, needle: str) -> str:
        return self._db.contains.format(f"search.{part}", self.bind(needle))

    def _joined(self, parts: Sequence[Query], joint: str, positive: bool) -> str:
        """Return the parts in parentheses, with those that the index can tell asked for at once."""
        indexed, others = self.divided(parts, positive)
        together = And(tuple(indexed)) if joint == " AND " else Or(tuple(indexed))
        gathered = [together] if len(indexed) > 1 else indexed
        return f"({joint.join(self.of(part, positive) for part in (*gathered, *others))})"

    def divided(self, parts: Sequence[Query], positive: bool) -> tuple[list[Query], list[Query]]:
        """Return the parts that the full-text index can tell, and the others."""
        indexed = [part for part in parts if self._db.full_text and self.match(part, positive)]
        return indexed, [part for part in parts if part not in indexed]

    def _range(self, wanted: Range) -> str:
        if wanted.field == "year":
            parts = ["year IS NOT NULL"]
            parts += [f"year >= {self.bind(int(wanted.low))}"] if wanted.low else []
            parts += [f"year <= {self.bind(int(wanted.high))}"] if wanted.high else []
            return f"({' AND '.join(parts)})"
        low, high = wanted.low.rstrip("~"), wanted.high.rstrip("!")
        above = f"substr({wanted.field}, 1, {len(low)}) {'>' if low != wanted.low else '>='} {self.bind(low)}"
        below = f"substr({wanted.field}, 1, {len(high)}) {'<' if high != wanted.high else '<='} {self.bind(high)}"
        return f"({above} AND {below})" if low and high else above if low else below

    def _is(self, wanted: Is) -> str:
        value = self.bind(wanted.text)
        if wanted.how == "whole":
            return f"{wanted.field} = {value}"
        if wanted.how == "start":
            return f"substr(lower({wanted.field}), 1, {len(wanted.text)}) = lower({value})"
        return self._db.contains.format(f"lower({wanted.field})", f"lower({value})")


def _within(columns: Sequence[str]) -> str:
    return f"{{{' '.join(columns)}}} : " if columns else "- {field} : "


def _any_of(columns: Sequence[str], words: Sequence[str]) -> str:
    quoted = (f'"{word}"' for word in words)
    return f"{_within(columns)}({' OR '.join(quoted) or NOTHING})"


def _columns(field: str) -> list[str]:
    """Return the parts of the index where a field is; people may be those whom the work is filed under."""
    if not field:
        return [part for part in PARTS if part != "field"]
    if field in COLUMNS:
        return [COLUMNS[field]]
    return ["author", "rest"] if field in NAME_VARIABLES else [column(field)]


def _ordered(
    db: Database, query: Query, where: _Where, condition: str, order: tuple[str, bool], limit: int
) -> list[int]:
    """Return the numbers of what a condition finds, in order."""
    sort, reverse = order
    if sort == "relevance" or (not sort and any(map(_says_what_matters, leaves(query)))):
        ranked = (
            _ranked(db, query, where, reverse, limit)
            if db.full_text
            else _scored(db, query, where, condition, order, limit)
        )
        if ranked is not None:
            return ranked
    if sort in ("author", "title"):
        return _folded_order(db, where, condition, order, limit)
    direction = "DESC" if reverse else "ASC"
    columns = {"year": f"year IS NULL, year {direction}, key", "added": f"reference.id {direction}"}
    by = columns.get(sort, f"key {direction}")
    sql = f"SELECT id FROM {_tables(db)} WHERE reference.library = :library AND {condition} ORDER BY {by}"  # noqa: S608
    return _ids(db, sql, where, limit)


def _says_what_matters(leaf: Query) -> bool:
    """Tell whether results are ranked by a part of a query: by words, but not by the letter that they begin with."""
    return isinstance(leaf, Text) and (not leaf.open or len("".join(leaf.words)) > 1)


def _ids(db: Database, sql: str, where: _Where, limit: int) -> list[int]:
    limited = f"{sql} LIMIT {where.bind(limit)}" if limit else sql
    return [id for (id, *_) in db.rows(limited, **where.values)]


def _ranked(db: Database, query: Query, found: _Where, reverse: bool, limit: int) -> list[int] | None:
    """Return what a query finds, the best first by BM25; None where words alone do not decide, or find too much."""
    where = _Where(db, found.most)
    where.longer = found.longer
    parts = query.parts if isinstance(query, And) else (query,)
    indexed, others = where.divided(parts, True)
    if not indexed:
        return None
    match = where.match(And(tuple(indexed)), True)
    counted = "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH :match LIMIT :most)"
    if db.rows(counted, match=match, most=MOST_RANKED + 1)[0][0] > MOST_RANKED:
        return None
    weights = ", ".join(str(WEIGHTS[part]) for part in PARTS)
    sql = (
        "SELECT reference.id FROM search CROSS JOIN reference INDEXED BY reference_doc ON reference.library = :library"  # noqa: S608
        f" AND reference.doc = search.rowid WHERE search MATCH {where.bind(match)}"
        f" AND {where.of(And(tuple(others)), True)}"
        f" ORDER BY bm25(search, 0, {weights}) {'DESC' if reverse else 'ASC'}, key"
    )
    return _ids(db, sql, where, limit)


def _scored(
    db: Database, query: Query, where: _Where, condition: str, order: tuple[str, bool], limit: int
) -> list[int] | None:
    """Return what a query finds on a server, the best first, each word by where it weighs most; None without words."""
    cases = []
    for text in leaves(query):
        if isinstance(text, Text):
            needle = where.bind(text.words[0] if text.inside else f" {' '.join(text.words)}")
            parts = sorted(_columns(text.field), key=lambda part: -WEIGHTS[part])
            found = (f"WHEN {db.contains.format(f'search.{part}', needle)} THEN {WEIGHTS[part]}" for part in parts)
            cases.append(f"CASE {' '.join(found)} ELSE 0 END")
    if not cases:
        return None
    score = f"{' + '.join(cases)} {'ASC' if order[1] else 'DESC'}"
    sql = f"SELECT id FROM {_tables(db)} WHERE reference.library = :library AND {condition} ORDER BY {score}, key"  # noqa: S608
    return _ids(db, sql, where, limit)


def _folded_order(db: Database, where: _Where, condition: str, order: tuple[str, bool], limit: int) -> list[int]:
    """Return what a condition finds in the order of folded titles or creators, what has none last.

    Only what sorts by its first letters no later than the last one wanted is read.
    """
    shown, by = ("title", "by_title") if order[0] == "title" else ("creators", "by_creators")
    direction, within = ("DESC", ">=") if order[1] else ("ASC", "<=")
    found = f"FROM {_tables(db)} WHERE reference.library = :library AND {condition}"
    most = where.bind(limit + SPARE if limit else EVERY)
    page = db.rows(f"SELECT id, {by} {found} ORDER BY {by} IS NULL, {by} {direction} LIMIT {most}", **where.values)
    if limit and len(page) == limit + SPARE and page[-1][1] == (edge := page[limit - 1][1]):
        alike = f" AND {by} {within} {where.bind(edge)}" if edge is not None else ""
        page = db.rows(f"SELECT id {found}{alike}", **where.values)
    rows = [(fold(text), key, id) for id, text, key in fetch(db, f"{shown}, key", (id for id, *_ in page))]
    named = sorted((row for row in rows if row[0]), reverse=order[1])
    ids = [id for *_, id in (*named, *sorted(row for row in rows if not row[0]))]
    return ids[:limit] if limit else ids

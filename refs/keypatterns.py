"""Patterns of citation keys, in JabRef's brackets or as a formula of Better BibTeX.

    [auth:lower][year][shorttitle3_3]        fields in brackets, modifiers behind colons, other text as it stands
    [auth:(anon)][year]|[title]              what stands behind a bar is taken when nothing before it says anything
    auth.lower + shorttitle(3, 3) + year     names, strings in quotes, filters behind full stops
    auth || editors ; title                  ||, && and ?: as in JavaScript; a semicolon is the bar

The grammar of a formula, loosest first: `alternatives := choice (';' choice)*`,
`choice := or ('?' choice ':' choice)?`, `or := and ('||' and)*`, `and := sum ('&&' sum)*`,
`sum := chain ('+' chain)*`, `chain := primary ('.' filter)*`,
`primary := string | number | name ['(' arguments ')'] | '(' choice ')'`.
Names and filters are told whatever their case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache

from refs.errors import UsageError
from refs.keyfields import FIELDS, MODIFIERS, Work
from refs.model import Reference

Part = Callable[[Work], str]

LONGEST_PATTERN = 1000
LONGEST_KEY = 100  # of its characters, so that letters after it fit into the 128 of any key
DEEPEST = 50
SYMBOL = r"\s*(?:(?P<name>[A-Za-z_-]+)|(?P<number>\d+)|(?P<string>\"[^\"]*\"|'[^']*')|(?P<sign>\|\||&&|[+.(),=?:;]))"
SPELLED = r"(?P<name>[A-Za-z_.-]+?)(?P<first>\d+)?(?:_(?P<second>\d+))?"
MODIFIER = r"(?P<name>[A-Za-z_-]*)(?P<number>\d*)(?:\((?P<arguments>(?:\"[^\"]*\"|'[^']*'|[^()\"'])*)\))?"


@lru_cache(maxsize=8)
def compile_pattern(pattern: str) -> Part:
    """Return the function that writes a pattern's text for a work.

    Raise UsageError, with the column, for what is no pattern and for fields and modifiers that do not exist.
    """
    if not pattern.strip() or len(pattern) > LONGEST_PATTERN:
        raise UsageError(f"a key pattern has 1 to {LONGEST_PATTERN} characters")
    if "[" in re.sub(r"\"[^\"]*\"|'[^']*'", "", pattern):
        return _Brackets(pattern).alternatives()
    return _Formula(pattern).alternatives()


def base_key(pattern: str, reference: Reference) -> str:
    """Return the key that a pattern makes of a reference before letters tell it from others, or "".

    It is in ASCII, begins with a letter or digit and has no sign that a key may not have.
    """
    from refs.romanise import ascii_fold

    text = ascii_fold(compile_pattern(pattern)(Work(reference)), reference.text("language"))
    return re.sub("[^A-Za-z0-9:._/+-]", "", text).lstrip(":._/+-")[:LONGEST_KEY]


def _located(pattern: str, at: int, reason: str) -> UsageError:
    return UsageError(f"key pattern {pattern!r}, column {at + 1}: {reason}")


def _first_that_speaks(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    return lambda work: next((text for part in parts if (text := part(work))), "")


def _joined(parts: Sequence[Part]) -> Part:
    return lambda work: "".join(part(work) for part in parts)


def _field(pattern: str, at: int, name: str, numbers: Sequence[int]) -> Part:
    found = FIELDS.get(name.lower())
    if found is None:
        raise _located(pattern, at, f"no field is called {name!r}{_nearest(name, FIELDS)}")
    return lambda work: found(work, *numbers)


def _modified(pattern: str, at: int, part: Part, name: str, arguments: Sequence[str]) -> Part:
    modifier = MODIFIERS.get(name.lower())
    if modifier is None:
        raise _located(pattern, at, f"no modifier is called {name!r}{_nearest(name, MODIFIERS)}")
    try:
        modifier("a b", *arguments)
    except (TypeError, ValueError, re.error):
        raise _located(pattern, at, f"{name} does not take ({', '.join(arguments)})") from None
    return lambda work: modifier(part(work), *arguments)


def _nearest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.lower(), sorted(known), 2)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _literal(text: str) -> Part:
    return lambda _: text


class _Brackets:
    """Reads a pattern of fields in brackets."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def alternatives(self) -> Part:
        alternatives: list[list[Part]] = [[]]
        position = 0
        while position < len(self.pattern):
            sign = self.pattern[position]
            if sign == "|":
                alternatives.append([])
                position += 1
            elif sign == "[":
                end = self._closing(position)
                alternatives[-1].append(self._field(position + 1, end))
                position = end + 1
            elif sign == "]":
                raise _located(self.pattern, position, "a bracket closes that was never opened")
            else:
                alternatives[-1].append(_literal(sign))
                position += 1
        return _first_that_speaks([_joined(parts) for parts in alternatives])

    def _closing(self, opening: int) -> int:
        match = re.compile(r"(?:\"[^\"]*\"|[^\]\[\"])*\]").match(self.pattern, opening + 1)
        if match is None:
            raise _located(self.pattern, opening, "a bracket opens that is never closed")
        return match.end() - 1

    def _field(self, start: int, end: int) -> Part:
        name = re.compile(SPELLED).fullmatch(self.pattern, start, self._until_colon(start, end))
        if name is None:
            raise _located(self.pattern, start, "a field's name must stand here, such as auth or year")
        numbers = [int(number) for number in (name["first"], name["second"]) if number]
        part = _field(self.pattern, start, name["name"], numbers)
        position = name.end()
        while position < end:
            position, part = self._modifier(position + 1, end, part)
        return part

    def _until_colon(self, start: int, end: int) -> int:
        colon = self.pattern.find(":", start, end)
        return end if colon < 0 else colon

    def _modifier(self, start: int, end: int, part: Part) -> tuple[int, Part]:
        found = re.compile(MODIFIER).match(self.pattern, start, end)
        if found is None or found.end() == start or (found.end() < end and self.pattern[found.end()] != ":"):
            raise _located(self.pattern, start, "a modifier must stand here, such as lower or (text)")
        arguments = [found["number"]] if found["number"] else []
        arguments += _arguments(found["arguments"]) if found["arguments"] is not None else []
        return found.end(), _modified(self.pattern, start, part, found["name"] or "default", arguments)


def _arguments(text: str) -> list[str]:
    """Return what stands between commas, without quotes around it."""
    return [quoted[1:-1] if quoted[:1] in ('"', "'") else quoted.strip() for quoted in _split(text)]


def _split(text: str) -> list[str]:
    return [piece.strip() for piece in re.findall(r"\s*\"[^\"]*\"\s*|\s*'[^']*'\s*|[^,]+", text)]


class _Formula:
    """Reads a formula, one method a rule of its grammar."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = self.depth = 0

    def alternatives(self) -> Part:
        parts = [self.choice()]
        while self._took(";"):
            if not self.pattern[self.position :].strip():
                break
            parts.append(self.choice())
        if self.pattern[self.position :].strip():
            raise self._wrong("this does not belong here")
        return _first_that_speaks(parts)

    def choice(self) -> Part:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong(f"nested deeper than {DEEPEST}")
        condition = self.disjunction()
        if self._took("?"):
            yes = self.choice()
            self._expect(":")
            no = self.choice()
            self.depth -= 1
            return lambda work: yes(work) if condition(work) else no(work)
        self.depth -= 1
        return condition

    def disjunction(self) -> Part:
        parts = [self.conjunction()]
        while self._took("||"):
            parts.append(self.conjunction())
        return _first_that_speaks(parts)

    def conjunction(self) -> Part:
        parts = [self.sum()]
        while self._took("&&"):
            parts.append(self.sum())
        *conditions, last = parts
        return lambda work: last(work) if all(condition(work) for condition in conditions) else ""

    def sum(self) -> Part:
        parts = [self.chain()]
        while self._took("+"):
            parts.append(self.chain())
        return _joined(parts) if len(parts) > 1 else parts[0]

    def chain(self) -> Part:
        part = self.primary()
        while self._took("."):
            at, name = self._next("name", "a filter's name")
            part = _modified(self.pattern, at, part, name, self._called())
        return part

    def primary(self) -> Part:
        if self._took("("):
            part = self.choice()
            self._expect(")")
            return part
        for kind in ("string", "number"):
            if (found := self._peek()) and found.lastgroup == kind:
                self.position = found.end()
                return _literal(found[kind].strip("\"'"))
        at, name = self._next("name", "a field, a text in quotes or a bracket")
        arguments = self._called()
        if not all(argument.isdecimal() and len(argument) < 4 for argument in arguments) or len(arguments) > 2:
            raise _located(self.pattern, at, f"{name} takes numbers, two at most")
        return _field(self.pattern, at, name, [int(argument) for argument in arguments])

    def _called(self) -> list[str]:
        """Return the arguments in round brackets, their names left out: (3, 3), (n=3, m=3)."""
        arguments: list[str] = []
        if not self._took("("):
            return arguments
        while not self._took(")"):
            if arguments:
                self._expect(",")
            found = self._peek()
            if found is None or found.lastgroup == "sign":
                raise self._wrong("a number, a name or a text in quotes must stand here")
            self.position = found.end()
            if found.lastgroup == "name" and self._took("="):
                continue_at = self._peek()
                if continue_at is None or continue_at.lastgroup == "sign":
                    raise self._wrong("a value must stand here")
                found = continue_at
                self.position = found.end()
            text = found[found.lastgroup or 0]
            arguments.append(text[1:-1] if found.lastgroup == "string" else text)
        return arguments

    def _peek(self) -> re.Match[str] | None:
        return re.compile(SYMBOL).match(self.pattern, self.position)

    def _took(self, sign: str) -> bool:
        found = self._peek()
        if found is None or found["sign"] != sign:
            return False
        self.position = found.end()
        return True

    def _expect(self, sign: str) -> None:
        if not self._took(sign):
            raise self._wrong(f"{sign} must stand here")

    def _next(self, kind: str, wanted: str) -> tuple[int, str]:
        found = self._peek()
        if found is None or found.lastgroup != kind:
            raise self._wrong(f"{wanted} must stand here")
        self.position = found.end()
        return found.start(kind), found[kind]

    def _wrong(self, reason: str) -> UsageError:
        rest = self.pattern[self.position :]
        return _located(self.pattern, self.position + len(rest) - len(rest.lstrip()), reason)

"""EndNote's tagged format (.enw, which Google Scholar and many publishers offer) and its ancestor, refer.

A record is lines of `%A value`. In .enw each begins with %0, in refer an empty line stands between two of them.
What no letter stands for is written in %Z as `csllines`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats.csllines import divided
from refs.formats.endnotetables import ISSUE_TYPES, LETTERS, NAME_OF, RIS_OF
from refs.formats.risread import DOI, Fields, reference
from refs.formats.ristables import CSL_TYPES
from refs.formats.riswrite import fields
from refs.formats.tagged import Grammar, Record, blocks, joined, run_on, split, unbroken
from refs.model import Reference

TAG = r"[ \t\ufeff]*%([0-9A-Z?@!#$&()*+<>=\[\]^~_'\"/\\{}|;:,.-])(?:[ \t]+(.*)|[ \t]*)$"
LETTER_OF = {tag: letter for letter, tag in reversed(LETTERS.items())} | {"IS": "N", "M1": "N", "SP": "P", "J2": "O"}
LETTER_OF |= {"N1": "Z", "M2": "Z", "ID": "F"}
# In a book, refer and all programs but EndNote itself mean its editor by %E, who is EndNote's third author there.
BOOK_NAMES = {"E": "ED", "Y": "A2"}
JOURNALS = ("article", "periodical", "review")


def _tag(line: str) -> tuple[str, str] | None:
    match = re.match(TAG, line)
    return (match[1], (match[2] or "").strip()) if match else None


def _is_refer(record: Record) -> bool:
    """Tell a record of refer, which an empty line ends."""
    return bool(record.fields) and record.fields[0][0] != "0"


def _begins(tag: str, blank: bool, current: Record | None) -> bool:
    if tag == "0":
        return current is None or current.kind != "record" or any(known != "0" for known, _ in current.fields)
    return blank and (current is None or not current.fields or _is_refer(current))


MULTILINE = frozenset("XZ<")
GRAMMAR = Grammar(_tag, _begins, ends=_is_refer)


def read(text: str, name: str) -> list[Block]:
    """Return a block for each record and for what stands between records; raise ParseError when there is no record."""
    pieces = split(text, GRAMMAR)
    if text.strip() and not any(piece.kind == "record" for piece in pieces):
        raise ParseError("no EndNote record: no line begins with a % and a letter", Location(name, 1))
    return blocks(text, name, pieces, _read, "tags outside of any record")


def _read(record: Record) -> tuple[Reference, list[str]]:
    own: dict[str, list[str]] = {}
    found, warnings = reference(_as_ris(record.fields, own))
    extra = {f"enw:{letter}": "\n".join(values) for letter, values in own.items()}
    return replace(found, extra={**found.extra, **extra}), warnings + run_on(record, MULTILINE)


def _as_ris(rows: Sequence[tuple[str, Sequence[str]]], own: dict[str, list[str]]) -> Fields:
    """Return the rows by their RIS tags; those of no such tag go to `own`."""
    declared = [joined(lines) for letter, lines in rows if letter == "0"]
    known = [RIS_OF[name.lower()] for name in declared if name.lower() in RIS_OF]
    kind = known[-1] if known else _kind({letter for letter, _ in rows})
    if not known and any(declared):
        own["0"] = [name for name in declared if name]
    found: list[tuple[str, Sequence[str]]] = [("TY", [kind])]
    for letter, lines in rows:
        if letter == "Z":
            remark, statements = divided("\n".join(lines))
            found += [("N1", [remark]), *(("M2", [line]) for line in statements)]
        elif tag := _ris_tag(letter, joined(lines), kind, bool(declared)):
            found.append((tag, lines))
        elif letter != "0":
            own.setdefault(letter, []).append(joined(lines))
    return found


def _kind(letters: set[str]) -> str:
    """Return the type of a record of refer, which names none: by refer's own rule, from the fields that it has."""
    if "J" in letters:
        return "JOUR"
    if "B" in letters:
        return "CHAP"
    return "BOOK" if "I" in letters else "GEN"


def _ris_tag(letter: str, text: str, kind: str, endnote: bool) -> str:
    if letter == "N":
        return "IS" if kind in ISSUE_TYPES else "M1"
    if letter == "O":
        return "DO" if re.search(DOI, text) else "J2" if endnote else "N1"
    if letter == "R":
        return "DO" if endnote or re.search(DOI, text) else "M1"
    if letter == "F" and " " not in text:
        return "ID"
    if letter in BOOK_NAMES and CSL_TYPES[kind] == "book":
        return BOOK_NAMES[letter]
    return "SP" if letter == "P" else LETTERS.get(letter, "")


def write(references: Iterable[Reference]) -> str:
    """Return the records, an empty line between them."""
    return "\n".join(_record(one) for one in references)


def _record(one: Reference) -> str:
    rows = _as_enw(fields(one, _echo))
    if (names := one.extra.get("enw:0")) and one.type == "document":
        rows[0] = ("0", names.split("\n")[-1])
    for name, value in one.extra.items():
        if re.fullmatch(TAG, f"%{name[4:]}") and name.startswith("enw:") and name != "enw:0":
            rows += [(name[4:], line) for line in value.split("\n")]
    return "".join(f"%{letter} {unbroken(value, _tag)}\n" for letter, value in rows)


def _echo(rows: Sequence[tuple[str, str]]) -> Fields:
    return _as_ris([(letter, [value]) for letter, value in _as_enw(rows)], {})


def _as_enw(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    kind = rows[0][1]
    last = next((value for tag, value in rows if tag == "EP"), "")
    journal = CSL_TYPES.get(kind, "").startswith(JOURNALS)
    found = [("0", NAME_OF.get(kind, "Generic"))]
    for tag, value in rows:
        letter = "J" if tag == "T2" and journal else LETTER_OF.get(tag, "")
        if CSL_TYPES.get(kind) == "book":
            letter = {"A2": "Y", "A3": "E", "ED": "E"}.get(tag, letter)
        if tag == "SP" and last:
            value, last = f"{value}-{last}", ""
        if letter:
            found.append((letter, value))
    return found

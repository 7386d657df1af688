"""The lock file: what the references of documents are and how they print, as TOML made for git.

A field a line, references by their keys, so that a change of one reference changes its lines alone. Records stand in
the file as CSL-JSON, so that it needs no library; the printed texts as Markdown, so that people can read a difference,
and a hash of the same as HTML, which loses nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, NoReturn

from refs.errors import Location, ParseError
from refs.formats import csljson, is_latex
from refs.model import Reference, Source

VERSION = 1
HEAD = (
    "# The references of documents and how they print: `refs lock` writes this file, `refs check --locked` compares.\n"
)
END = "# end\n"
FORMS = ("entry", "citation", "page", "again", "ibid", "narrative")
"""What is printed of a reference, in the order of the file. Those after the citation stand there if they differ."""
PRIVATE = "file"
"""What `extra` has of attached files: they lie on one machine."""
ABSOLUTE = re.compile(r"[/\\]|\w:[/\\]")
OWN = Source("user")
CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
BARE = re.compile(r"[A-Za-z0-9_-]+")
TEXTS = ("refs", "style", "style-sha256", "locale", "locale-sha256")
OPTIONAL = ("parent", "language")


@dataclass(frozen=True, slots=True)
class Locked:
    """One reference: its record without key, what it prints by the forms, and the hash of that as HTML.

    `same` is the key of the reference that prints in its stead, when a document cites one work by two keys; `cited_as`
    the key in a word processor's field when it is another. What only a crossref names prints nothing.
    """

    key: str
    record: Mapping[str, Any]
    identifier: str = ""
    printed: Mapping[str, str] = field(default_factory=dict)
    printed_sha256: str = ""
    same: str = ""
    cited_as: str = ""

    @property
    def record_sha256(self) -> str:
        """Return the hash of the record as JSON with sorted names and without blanks."""
        return digest(json.dumps(self.record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str))

    @property
    def reference(self) -> Reference:
        """Return the reference under its key."""
        return csljson.from_json({**self.record, "id": self.key})

    def form(self, name: str) -> str:
        """Return what one of the forms prints: that of the citation where the file leaves it out."""
        return self.printed.get(name, "" if name == "entry" else self.printed.get("citation", ""))


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file says; `documents` lie relative to it, `order` is that of the bibliography.

    `parent` is the independent style whose bytes `style_sha256` hashes, when `style` depends on one.
    """

    refs: str
    documents: tuple[str, ...]
    style: str
    style_sha256: str
    locale: str
    locale_sha256: str
    parent: str = ""
    language: str = ""
    order: tuple[str, ...] = ()
    references: Mapping[str, Locked] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)


def digest(text: str) -> str:
    """Return the SHA-256 of text in UTF-8."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def record_of(reference: Reference, left_out: frozenset[str]) -> dict[str, Any]:
    """Return what a lock keeps of a reference: no key, none of the fields `left_out`, and nothing of where it lies.

    Of where fields came from there remains which of `extra` are the user's own LaTeX, which a .bib file has as it is.
    """
    extra = {name: value for name, value in reference.extra.items() if name != PRIVATE}
    own = (name for name in sorted(extra) if is_latex(reference.sources.get(name)))
    item = csljson.to_json(replace(reference, extra=extra, sources=dict.fromkeys(own, OWN)))
    return {name: item[name] for name in sorted(item) if item[name] and name != "id" and name not in left_out}


def dumps(lock: Lock) -> str:
    """Return the text of a lock file."""
    documents = "".join(f"  {_value(name)},\n" for name in lock.documents)
    order = "".join(f"  {_value(key)},\n" for key in lock.order)
    rows = {
        "version": VERSION,
        "refs": lock.refs,
        "style": lock.style,
        "parent": lock.parent,
        "style-sha256": lock.style_sha256,
        "locale": lock.locale,
        "locale-sha256": lock.locale_sha256,
        "language": lock.language,
    }
    lists = f"documents = [\n{documents}]\norder = [\n{order}]\n"
    tables = "".join(_table(lock.references[key]) for key in sorted(lock.references))
    return HEAD + _rows(rows) + lists + tables + "\n" + END


def _table(one: Locked) -> str:
    rows = {
        "identifier": one.identifier,
        "same": one.same,
        "cited-as": one.cited_as,
        "record-sha256": one.record_sha256,
        "printed-sha256": one.printed_sha256,
        **{name: one.printed.get(name, "") for name in FORMS},
        **{f"record.{_key(name)}": value for name, value in one.record.items()},
    }
    return f"\n{_header(one.key)}\n{_rows(rows)}"


def _header(key: str) -> str:
    return f"[reference.{_key(key)}]"


def _rows(rows: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in rows.items() if value not in ("", None))


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    """Return a value of JSON as TOML 1.0, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)} = {_value(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    # A string of JSON is one of TOML, but that TOML wants DEL as an escape, and neither has lone surrogates.
    text = csljson.dumps(value).replace("\x7f", "\\u007f")
    return text.encode("utf-8", "replace").decode()


def loads(text: str, file: str = "") -> Lock:
    """Return what a lock file says; raise ParseError, with the place, for one that is broken, edited, or too new."""
    import tomllib

    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if mark := CONFLICT.search(text):
        reason = "a conflict of git is left here: take either side whole, then refs lock"
        raise ParseError(reason, _at(file, text, mark.start()))
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
        place = Location(file, int(found[1]), int(found[2])) if found else Location(file, text.count("\n") + 1)
        raise ParseError(f"no lock file: {str(error)[: found.start()] if found else error}", place) from None
    except (RecursionError, ValueError) as error:  # nested too deeply, or a number with too many digits
        raise ParseError(f"no lock file: {str(error).splitlines()[0]}", Location(file, 1)) from None
    lock = _Reading(table, text, file).lock()
    if not text.endswith("\n" + END):
        raise ParseError("the file is cut off: its last line is missing", _at(file, text, len(text)))
    return lock


def _at(file: str, text: str, offset: int) -> Location:
    return Location(file, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class _Reading:
    """The check of a table that TOML has read: every value is of the type that it must have, or is told."""

    def __init__(self, table: dict[str, Any], text: str, file: str) -> None:
        self.table = table
        self.text = text
        self.file = file
        self.lines = {}
        for number, line in enumerate(text.split("\n"), 1):
            if line.startswith("[reference."):
                self.lines[line.rstrip()] = number

    def lock(self) -> Lock:
        """Return the lock."""
        self._version()
        values = {name: self._text(self.table, name) for name in TEXTS + OPTIONAL}
        for name in TEXTS:
            if not values[name]:
                self._refuse(f"no lock file: {name!r} is missing", 1)
        references = self.table.get("reference", {})
        if not isinstance(references, dict):
            self._refuse("'reference' must be a table", self._line("reference"))
        locked = {key: self._locked(key, value) for key, value in references.items()}
        order = self._texts("order")
        for key in order:
            if key not in locked:
                self._refuse(f"the order has {key!r}, which is none of the references", self._line("order"))
        lines = {key: self.lines.get(_header(key), 1) for key in locked}
        documents = self._texts("documents")
        if not documents:
            self._refuse("no lock file: 'documents' is missing", 1)
        for name, path in (("style", values["style"]), *(("documents", one) for one in documents)):
            if ABSOLUTE.match(path) or (name == "style" and path.startswith("~")):
                self._refuse(f"{path!r} must be relative to the lock", self._line(name))
        named = {name.replace("-", "_"): value for name, value in values.items()}
        return Lock(documents=documents, order=order, references=locked, lines=lines, **named)

    def _version(self) -> None:
        version = self.table.get("version")
        if not isinstance(version, int) or version < 1:
            self._refuse("no lock file: it has no version", 1)
        elif version > VERSION:
            reason = f"written by a newer refs (form {version}; this one reads {VERSION}): install that one"
            self._refuse(reason, self._line("version"))

    def _locked(self, key: str, table: Any) -> Locked:
        line = self.lines.get(_header(key), 1)
        record = table.get("record") if isinstance(table, dict) else None
        if not isinstance(record, dict):
            self._refuse(f"{key}: its record is missing: the file was cut off or edited", line)
        names = ("identifier", "same", "cited-as", "printed-sha256", "record-sha256", *FORMS)
        texts = {name: self._text(table, name, line) for name in names}
        printed = {name: texts[name] for name in FORMS if name in table}
        own = {name.replace("-", "_"): texts[name] for name in names[:4]}
        one = Locked(key=key, record=record, printed=printed, **own)
        if one.record_sha256 != texts["record-sha256"]:
            self._refuse(f"{key}: its record was edited here: bring it back, or remove the file and lock anew", line)
        return one

    def _text(self, table: Mapping[str, Any], name: str, line: int = 0) -> str:
        value = table.get(name, "")
        if not isinstance(value, str):
            self._refuse(f"{name!r} must be text", line or self._line(name))
        return str(value)

    def _texts(self, name: str) -> tuple[str, ...]:
        value = self.table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._refuse(f"{name!r} must be a list of texts", self._line(name))
        return tuple(value)

    def _line(self, name: str) -> int:
        found = re.search(rf"^\[?{re.escape(name)}\b", self.text, re.MULTILINE)
        return _at(self.file, self.text, found.start()).line if found else 1

    def _refuse(self, reason: str, line: int) -> NoReturn:
        raise ParseError(reason, Location(self.file, line))

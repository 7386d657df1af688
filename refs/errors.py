"""The errors that refs reports, and the exit code of each.

RefsError                      1   something went wrong that has no better name
├── UsageError                 2   an option or argument that cannot be meant
│   └── NotAnIdentifier        2   the text is no DOI, arXiv number, ISBN...
├── ParseError                 3   input that cannot be read; located by file, line and column
├── ConflictError              4   the change contradicts what is stored
├── StorageError               5   the library or a file cannot be read or written
├── ServiceError               6   a registry is unreachable, slow, or answers nonsense
│   └── Unreachable            6   no connection to it: there is no network, or --offline
├── NotFoundError              7   no such key, style, locale or registered identifier
│   └── NotRegistered          7   the identifier is well formed, but no registry knows it
├── NoMetadata                 8   registered, but no service gives its metadata
└── LossError                  9   the format cannot hold all that is to be written, and --strict asks for it

Codes 130 and 143 are the signals'. 0 is success and 3 is also "some inputs failed".
6 is also the answer of `refs add` when it could ask nobody and kept a stub, which `refs add --pending` fills in.
1 is also the answer of `refs fmt --check` when a file would change.
"""

from __future__ import annotations

from dataclasses import dataclass


class RefsError(Exception):
    """A failure that a person can read: one line, without markup."""

    exit_code = 1


class UsageError(RefsError):
    """An option or argument that cannot be meant."""

    exit_code = 2


class NotAnIdentifier(UsageError):
    """The text is in none of the known forms of identifiers."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in an input: a file's name, and lines and columns counted from 1; 0 is unknown."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file or "<input>", self.line, self.column]
        return ":".join(str(part) for part in parts if part)


class ParseError(RefsError):
    """Input that cannot be read, with its place: `refs.bib:36: unclosed brace`."""

    exit_code = 3

    def __init__(self, reason: str, location: Location | None = None) -> None:
        super().__init__(f"{location}: {reason}" if location else reason)
        self.reason = reason
        self.location = location or Location()


class ConflictError(RefsError):
    """The change contradicts what is stored."""

    exit_code = 4


class StorageError(RefsError):
    """The library or a file cannot be read or written."""

    exit_code = 5


class ServiceError(RefsError):
    """A registry is unreachable, too slow, or answers something that cannot be right."""

    exit_code = 6


class Unreachable(ServiceError):
    """There is no connection to a registry, or none is to be made."""


class NotFoundError(RefsError):
    """No such key, style, locale or registered identifier."""

    exit_code = 7


class NotRegistered(NotFoundError):
    """The identifier is well formed, but no registry knows it."""


class NoMetadata(RefsError):
    """The identifier is registered, but no service gives its metadata."""

    exit_code = 8


class LossError(RefsError):
    """The format cannot hold all that is to be written, and nothing less was wanted."""

    exit_code = 9

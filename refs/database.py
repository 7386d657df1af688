"""What a library asks of a database: few statements, named parameters, one writer at a time.

The same SQL runs on a SQLite file and on a PostgreSQL server. Every statement may use the parameter `:library`, which
leads every key, so that one server holds many libraries; a file holds one, whose number is 1.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from refs.errors import StorageError


class Database(Protocol):
    """An open connection to one library."""

    contains: str
    """The SQL of whether the text {0} contains the text {1}."""
    member: str
    """The SQL of whether the number {0} is in the JSON array {1}."""
    raw: str
    """The SQL of the UTF-8 bytes of the text {0}, which may be damaged."""
    through: str
    """The SQL behind a table's name that has it read through the index {0}, where that must be said."""
    full_text: bool
    """Whether the search index is SQLite's FTS5, else a table of text."""

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""

    def row(self, sql: str, **values: object) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None."""

    def run(self, sql: str, **values: object) -> None:
        """Run a statement whose outcome nobody waits for; `row` with RETURNING tells whether it touched one."""

    def many(self, sql: str, values: Iterable[Mapping[str, object]]) -> None:
        """Run a statement for each of the parameters."""


class Engine(Protocol):
    """Where a library lies, and how its transactions begin and end."""

    location: str
    """What a person calls it: a path, or a URL without its password."""

    def reading(self) -> AbstractContextManager[Database | None]:
        """Give a connection for queries, or None while there is no library."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """Give a transaction without other writers: kept when the block ends, undone if it raises."""

    def compact(self) -> None:
        """Give freed room back, so that nothing wiped can be read from it."""


class Transaction:
    """A transaction of one writer; `batch` numbers what it changes, and is kept only if `changed` is set."""

    def __init__(self, db: Database, batch: int) -> None:
        self.db = db
        self.batch = batch
        self.token = os.urandom(8).hex()  # tells a batch that was kept though its answer got lost
        self.changed = False


class LostTransaction(StorageError):
    """The server gave a transaction up, and nothing of it was stored: it may be tried again."""


def without_secrets(url: str) -> str:
    """Return a URL, or any other text, without the names and passwords in its URLs of databases."""
    url = re.sub(r"(postgres(?:ql)?://)\S*@", r"\1", url)
    return re.sub(r"([?&](?:ssl)?password=)[^&\s]*", r"\1***", url)


NEXT_BATCH = "UPDATE library SET rev = rev + 1 WHERE id = :library RETURNING rev"
"""The first statement of every writer: it numbers the batch, and its row lock makes writers take turns."""

"""A library in a PostgreSQL database, for a group that shares one.

Only what every database of that protocol has (PostgreSQL, CockroachDB, YugabyteDB, Citus): no sequences, triggers,
advisory locks or LISTEN; `library` leads every key. Writers take turns at a row of their library, and a transaction
that the server gives up is run again (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from weakref import finalize

from refs.database import NEXT_BATCH, LostTransaction, Transaction, without_secrets
from refs.errors import RefsError, StorageError, UsageError
from refs.migrations import CHECKSUMS, LOGGED, SORTED, refresh
from refs.searchindex import POSTGRES

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10
IDLE_SECONDS = 30  # that a connection is kept for the next transaction: what lies between may forget it later
SETTINGS = "-c statement_timeout=15000 -c lock_timeout=10000"
ASKING_TRIES = 9  # whether a change was kept, over half a minute
FRAME = (
    "CREATE TABLE IF NOT EXISTS refs_schema (step BIGINT NOT NULL PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS turn (library BIGINT NOT NULL PRIMARY KEY)",
)
"""How many steps there were; and a row a library that is locked and never changed.

Who waits for a row that changes loses their place each time.
"""
SCHEMA_STEPS: tuple[tuple[str, ...], ...] = (LOGGED, POSTGRES, CHECKSUMS, SORTED, ())
"""The statements of each step, as SQLite's steps have them from the second on."""
LOOK = "SELECT (SELECT coalesce(max(step), 0) FROM refs_schema), (SELECT id FROM library WHERE name = %s)"
GIVEN_UP = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08000", "08003", "08006")
"""The states of a transaction that may be tried again: serialization, deadlock, no turn, shut-down, lost connection."""
MEANINGS = {
    "55P03": "another refs has been writing to it for 10 seconds",
    "57014": "the server needed more than 15 seconds and was stopped",
}


class Connection:
    """A `Database` of one library on a server."""

    contains = "strpos({0}, {1}) > 0"
    member = "{0} IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST({1} AS json)))"
    raw = "convert_to({0}, 'UTF8')"
    through = ""
    full_text = False

    def __init__(self, connection: psycopg.Connection[Any], library: int) -> None:
        self._connection = connection
        self.library = library

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._execute(sql, values).fetchall()

    def row(self, sql: str, **values: object) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None."""
        found: tuple[Any, ...] | None = self._execute(sql, values).fetchone()
        return found

    def run(self, sql: str, **values: object) -> None:
        """Run a statement whose outcome nobody waits for: an error of it may come with a later one."""
        self._execute(sql, values)

    def many(self, sql: str, values: Iterable[Mapping[str, object]]) -> None:
        """Run a statement for each of the parameters."""
        if rows := [{"library": self.library, **one} for one in values]:
            with self._connection.cursor() as cursor:
                cursor.executemany(translated(sql), rows)

    def _execute(self, sql: str, values: Mapping[str, object]) -> psycopg.Cursor[Any]:
        return self._connection.execute(translated(sql), {"library": self.library, **values})


@lru_cache(maxsize=256)
def translated(sql: str) -> bytes:
    """Return our SQL with psycopg's parameters: `:key` is `%(key)s`."""
    return re.sub(r"(?<!:):([a-z_][a-z0-9_]*)", r"%(\1)s", sql.replace("%", "%%")).encode()


class PostgresServer:
    """The `Engine` of a database; `?library=NAME` in the URL picks one of several libraries in it."""

    def __init__(self, url: str) -> None:
        _refuse_raw_password(url)
        address, _, query = url.partition("?")
        options = query.split("&") if query else []
        names = [unquote(option[len("library=") :]) for option in options if option.startswith("library=")]
        self.name = names[-1] if names else "refs"
        self._url = f"{address}?{'&'.join(option for option in options if not option.startswith('library='))}"
        self.location = without_secrets(url)
        self._reached = False
        self._idle: list[tuple[float, psycopg.Connection[Any]]] = []
        finalize(self, _close_all, self._idle, os.getpid())

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """Give a connection for queries, or None while there is no library."""
        with self._errors(), self._lent(reading=True) as (db, version, number):
            if version > len(SCHEMA_STEPS):
                raise StorageError(_newer(version))
            if 0 < version < len(SCHEMA_STEPS):
                raise StorageError(f"it has the older schema {version}: any change by its owner brings it up to date")
            yield Connection(db, number) if number is not None else None

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Give a transaction in which the library's row is locked."""
        with self._errors(), self._lent(reading=False) as (db, version, number):
            library = self._prepare(db, version, number)
            connection = Connection(db, library)
            _take_turn(db, library)
            transaction = Transaction(connection, connection.rows(NEXT_BATCH)[0][0])
            with db.pipeline():  # what is only written waits for no answer of its own
                _plan_anew(db)
                yield transaction
            if transaction.changed:
                self._commit(db, library, transaction)

    def compact(self) -> None:
        """Leave freed room to the server, whose own work that is (autovacuum)."""

    def _commit(self, db: psycopg.Connection[Any], library: int, transaction: Transaction) -> None:
        """Commit; when the connection breaks meanwhile, ask on a new one whether it was done."""
        try:
            db.commit()
        except _psycopg().Error as error:
            db.close()
            if not self._was_kept(library, transaction):
                raise LostTransaction(_reason(error)) from error

    def _was_kept(self, library: int, transaction: Transaction) -> bool:
        """Tell whether a batch was kept whose answer got lost; raise StorageError when the server does not say.

        Its transaction holds the library's row until it has ended either way, so whoever gets the row knows for good.
        """
        for attempt in range(ASKING_TRIES):
            try:
                with self._lent(reading=False) as (db, *_):
                    connection = Connection(db, library)
                    connection.run(NEXT_BATCH)
                    return bool(
                        connection.row(
                            "SELECT 1 FROM batch WHERE library = :library AND id = :batch AND token = :token",
                            batch=transaction.batch,
                            token=transaction.token,
                        )
                    )
            except (_psycopg().Error, StorageError):
                time.sleep(0.05 * 2**attempt)
        raise StorageError("the connection broke while a change was kept: see in `refs history` whether it is there")

    def _connect(self) -> psycopg.Connection[Any]:
        driver = _psycopg()
        try:
            db: psycopg.Connection[Any] = driver.connect(**_parameters(self._url))
        except driver.Error as error:
            # A server that answered before may be starting again: then what was begun may be tried again.
            raise (LostTransaction if self._reached else StorageError)(_reason(error)) from error
        self._reached = True
        return db

    @contextmanager
    def _lent(self, *, reading: bool) -> Iterator[tuple[psycopg.Connection[Any], int, int | None]]:
        """Lend a connection with a transaction begun, the schema's step and the library's number; end what is left.

        One that was used before spares the greeting.
        """
        db, version, number = self._looked(reading)
        try:
            yield db, version, number
            if not db.closed:
                db.rollback()
                self._idle.append((time.monotonic(), db))
        except BaseException:
            db.close()
            raise

    def _looked(self, reading: bool) -> tuple[psycopg.Connection[Any], int, int | None]:
        driver = _psycopg()
        while self._idle:
            since, db = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS:
                with suppress(driver.OperationalError, driver.InterfaceError):  # it broke meanwhile: a new one tells
                    return db, *self._look(db, reading)
            db.close()
        db = self._connect()
        try:
            return db, *self._look(db, reading)
        except BaseException:
            db.close()
            raise

    def _look(self, db: psycopg.Connection[Any], reading: bool) -> tuple[int, int | None]:
        """Begin a transaction; return how many steps the database has had, and the library's number if it is there."""
        levels = _psycopg().IsolationLevel
        db.read_only = reading
        db.isolation_level = levels.REPEATABLE_READ if reading else levels.READ_COMMITTED
        try:
            row = db.execute(LOOK, (self.name,)).fetchone()
        except _psycopg().errors.UndefinedTable:
            db.rollback()
            row = None
        return (int(row[0]), row[1]) if row else (0, None)

    def _prepare(self, db: psycopg.Connection[Any], version: int, number: int | None) -> int:
        """Bring the schema up to date and return the library's number, which is made if it is new."""
        if version > len(SCHEMA_STEPS):
            raise StorageError(_newer(version))
        if version < len(SCHEMA_STEPS):
            _migrate(db, version)
        while number is None:
            db.execute(
                "INSERT INTO library (id, name, rev) SELECT coalesce(max(id), 0) + 1, %s, 0 FROM library"
                " ON CONFLICT DO NOTHING",
                (self.name,),
            )
            db.commit()
            _, number = self._look(db, reading=False)
        return number

    @contextmanager
    def _errors(self) -> Iterator[None]:
        psycopg = _psycopg()
        try:
            yield
        except psycopg.Error as error:
            message = f"library {self.location}: {_reason(error)}"
            broken = isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
            if error.sqlstate in GIVEN_UP or (error.sqlstate is None and broken):
                raise LostTransaction(message) from error
            raise StorageError(message) from error
        except StorageError as error:
            raise type(error)(f"library {self.location}: {error}") from None
        except RefsError:
            raise


def _psycopg() -> Any:
    try:
        return import_module("psycopg")
    except ImportError as error:
        raise UsageError(f"a library on PostgreSQL needs the extra: pip install 'refs[postgres]' ({error})") from None


def _refuse_raw_password(url: str) -> None:
    """Raise UsageError for a password that would be taken for a host or port, and be shown as one."""
    user, at, _ = url.partition("//")[2].rpartition("@")
    if at and re.search(r"[/?#@\s]", user):
        raise UsageError("in a URL, the signs @ / ? # of a name or password are written %40 %2F %3F %23")


def _parameters(url: str) -> dict[str, Any]:
    """Return what psycopg connects with: over a network encrypted, to the server that it says it is."""
    given: dict[str, Any] = dict(import_module("psycopg.conninfo").conninfo_to_dict(url))
    hosts = str(given.get("host") or given.get("hostaddr") or os.environ.get("PGHOST", ""))
    if not all(_is_local(host) for host in hosts.split(",")):
        given.setdefault("sslmode", os.environ.get("PGSSLMODE", "verify-full"))
    watched = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
    settings = {"options": f"{SETTINGS} {given.get('options', '')}".strip(), "application_name": "refs"}
    # A prepared statement keeps the plan that it got in an empty library, until the server next looks at the tables:
    # eight writers were three times slower after 2,000 writes than at the beginning.
    return {"connect_timeout": CONNECT_SECONDS, "prepare_threshold": None, **watched, **given, **settings}


def _is_local(host: str) -> bool:
    return not host or host in ("localhost", "127.0.0.1", "::1") or host.startswith("/")


def _reason(error: psycopg.Error) -> str:
    """Return the server's first line; psycopg's own may hold the address, never the password."""
    primary = MEANINGS.get(error.sqlstate or "") or error.diag.message_primary
    return (primary or str(error).strip().partition("\n")[0] or type(error).__name__).strip()


def _close_all(idle: list[tuple[float, psycopg.Connection[Any]]], owner: int) -> None:
    """Close the connections of a library that is used no more; a forked process leaves them to the one before it."""
    for _, db in idle:
        if os.getpid() == owner:
            db.close()


def _plan_anew(db: psycopg.Connection[Any]) -> None:
    """Let the server plan its checks of foreign keys for the tables as they are.

    By itself it keeps the plan of the first few, which for a table that was empty is to read all of it: of an import,
    the third 8,000 took two and a half times as long as the first.
    """
    if db.info.server_version >= 120_000 and not db.info.parameter_status("crdb_version"):
        db.execute("SET LOCAL plan_cache_mode = force_custom_plan")


def _take_turn(db: psycopg.Connection[Any], library: int) -> None:
    """Wait until those who came before have ended their transactions on the library."""
    while not db.execute("SELECT library FROM turn WHERE library = %s FOR UPDATE", (library,)).fetchone():
        db.execute("INSERT INTO turn VALUES (%s) ON CONFLICT DO NOTHING", (library,))
        db.commit()


def _newer(version: int) -> str:
    return f"the library has schema {version}, written by a newer refs; this one knows {len(SCHEMA_STEPS)}"


def _version(db: psycopg.Connection[Any]) -> int:
    """Return how many steps the database has had."""
    there = db.execute("SELECT to_regclass('refs_schema') IS NOT NULL").fetchone()
    if there != (True,):
        return 0
    row = db.execute("SELECT coalesce(max(step), 0) FROM refs_schema").fetchone()
    return int(row[0]) if row else 0


def _migrate(db: psycopg.Connection[Any], done: int) -> None:
    """Run the missing steps: a statement a transaction, each harmless when another process has run it already.

    Then what they need in the rows of each library, in the transaction that counts the steps as done.
    """
    db.rollback()
    statements = [_lenient(statement) for step in SCHEMA_STEPS[done:] for statement in step]
    for statement in (*FRAME, *statements):
        _run_ddl(db, statement)
    libraries = db.execute("SELECT id FROM library ORDER BY id FOR UPDATE").fetchall()  # waits for other migrators
    done = _version(db)
    for (library,) in libraries if 0 < done < len(SCHEMA_STEPS) else ():
        refresh(Connection(db, library), done + 1)
    for step in range(done + 1, len(SCHEMA_STEPS) + 1):
        db.execute("INSERT INTO refs_schema VALUES (%s) ON CONFLICT DO NOTHING", (step,))
    db.commit()


def _run_ddl(db: psycopg.Connection[Any], statement: str) -> None:
    """Run one statement; two processes that create one table at once collide in the catalogue, and one tries again."""
    for attempt in range(5):
        try:
            db.execute(statement.encode())
            db.commit()
        except (_psycopg().errors.UniqueViolation, _psycopg().errors.DuplicateTable):
            db.rollback()
            if attempt == 4:
                raise
            time.sleep(0.05 * 2**attempt)
        else:
            return


def _lenient(statement: str) -> str:
    """Return a statement of the schema in PostgreSQL's types, which creates and drops only what is due."""
    statement = statement.replace("INTEGER", "BIGINT")
    statement = re.sub(r"^CREATE (TABLE|INDEX) ", r"CREATE \1 IF NOT EXISTS ", statement)
    statement = re.sub(r"^DROP INDEX ", "DROP INDEX IF EXISTS ", statement)
    return re.sub(r" ADD COLUMN (?!IF )", " ADD COLUMN IF NOT EXISTS ", statement)

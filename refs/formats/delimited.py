"""Tables with a header, in CSV (RFC 4180) or with tabs or semicolons: one reference a row.

What is read as a formula by a spreadsheet is written behind an apostrophe, which is taken off again when it is read
(OWASP, "CSV Injection"). A cell of names or a date that the short form cannot say holds CSL-JSON.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from refs.dates import parse_date, to_edtf
from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats.columns import COLUMNS, FIRST, HEADERS, TELLING, TYPES
from refs.formats.csljson import clean, clean_value, dumps, loads, value_from_json, value_to_json
from refs.formats.zotero import with_extra
from refs.formats.zoterofields import CSL_TYPES as ZOTERO_TYPES
from refs.identifiers import normal
from refs.model import (
    DATE_VARIABLES,
    NAME_VARIABLES,
    NUMBER_VARIABLES,
    VARIABLES,
    Date,
    Name,
    Reference,
    Source,
    Value,
    Variant,
)
from refs.model import TYPES as CSL_TYPES
from refs.names import format_name, parse_bibtex_name, parse_names

MAX_FIELD = 8 << 20
MAX_COLUMNS = 1000
MAX_NAMES = 50_000
FORMULA = re.compile("'*[=+\\-@\t\r\n\0＝＋－＠]")
PLAIN_NUMBER = re.compile(r"-[0-9]+(?:\.[0-9]+)?")
VARIANT = re.compile(r"(.+) \[(original|romanised|translated) ([\w-]+)\](?: \d+)?")
INITIALS = re.compile(r"([^\W\d_][\w'’ -]*?) ([A-Z]{1,3}|(?:[A-Z]\.[- ]?){1,4})")


def read(text: str, name: str) -> list[Block]:
    """Return a block for each row, the header as a preamble; ParseError when no column is one of a bibliography."""
    file = re.split(r"[\\/]", name)[-1]
    lines = list(io.StringIO(text, newline=""))
    first = 1 if lines and re.fullmatch(r"sep=.\s*", lines[0]) else 0
    delimiter = _delimiter(lines[first] if first < len(lines) else "")
    limit = csv.field_size_limit(MAX_FIELD)
    try:
        rows = list(_rows(lines, first, delimiter))
    finally:
        csv.field_size_limit(limit)
    table = _table(rows[0][2] if rows else [])
    if not TELLING & set(table.columns) or len(table.columns) > MAX_COLUMNS:
        raise ParseError("no table with a column for title, author or DOI", Location(name, first + 1))
    blocks = [Block("preamble", 1, "".join(lines[:first]) + rows[0][1])]
    for line, raw, row, problem in rows[1:]:
        if problem or any(row):
            blocks.append(_block(line, raw, row, problem, table, file))
        else:
            blocks[-1] = replace(blocks[-1], raw=blocks[-1].raw + raw)
    return blocks


@dataclass(frozen=True, slots=True)
class Table:
    """The headers, the variable of each column, and the order in which the columns of a row are read."""

    header: list[str]
    columns: list[str]
    order: list[int]


def _table(header: Sequence[str]) -> Table:
    order = sorted(range(len(header)), key=lambda i: RANK.get(_normal(header[i]), 0))
    return Table([_bare(cell.strip()) for cell in header], targets(header), order)


def is_table(text: str) -> bool:
    """Tell whether the first line is the header of a bibliographic table."""
    line = next((line for line in text[:65536].splitlines() if line.strip() and not re.fullmatch("sep=.", line)), "")
    try:
        header = next(csv.reader([line], delimiter=_delimiter(line)), [])
    except csv.Error:
        return False
    columns = [column for column in targets(header) if column]
    return len(columns) > 1 and len(columns) * 3 >= len(header) and bool(TELLING & set(columns))


def _delimiter(line: str) -> str:
    """Return the sign that divides the header into the most known columns."""
    return max(",\t;|", key=lambda sign: sum(_normal(cell) in COLUMNS for cell in line.split(sign)))


def _rows(lines: Sequence[str], start: int, delimiter: str) -> Iterator[tuple[int, str, list[str], str]]:
    """Yield (line, raw, cells, problem); after a row that cannot be read, reading goes on at the next line."""
    while start < len(lines):
        taken = 0

        def feed(start: int = start) -> Iterator[str]:
            nonlocal taken
            for number in range(start, len(lines)):
                taken += 1
                yield lines[number].replace("\0", "\ufffd")

        problem, row = "", []
        try:
            row = next(csv.reader(feed(), delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            problem = UNCLOSED if "unexpected end" in str(error) else f"not CSV: {error}"
            taken = 1
        yield start + 1, "".join(lines[start : start + taken]), row, problem
        start += taken


UNCLOSED = "a quotation mark is not closed"


def _normal(header: str) -> str:
    return "".join(char for char in header.lower() if char.isalnum())


def targets(header: Sequence[str]) -> list[str]:
    """Return for each column its variable, "type", "key", "id-scheme" and so on, or "" for one to keep as it is."""
    zotero = "Item Type" in header
    found = []
    for cell in header:
        name = _bare(cell.strip())
        if name in VARIABLES or name in ("type", "key") or name.startswith("id-"):
            found.append(name)
        elif match := VARIANT.fullmatch(name):
            found.append(name if match[1] in VARIABLES else "")
        elif zotero and name in ("Key", "Type", "Source", "Code", "Number"):
            found.append({"Type": "genre", "Number": "number"}.get(name, ""))
        else:
            found.append(COLUMNS.get(_normal(name), ""))
    return found


def _block(
    line: int,
    raw: str,
    row: list[str],
    problem: str,
    table: Table,
    file: str,
) -> Block:
    if not problem and any(row[len(table.header) :]):
        problem = f"{len(row)} cells below {len(table.header)} headers"
    if not problem and any(cell.count(";") > MAX_NAMES for cell in row):
        problem = f"more than {MAX_NAMES} names"
    if problem:
        return Block("quarantine", line, raw, problem)
    reference = _Row(table, row).reference()
    if not (reference.fields or reference.identifiers or reference.key):
        return Block("quarantine", line, raw, "a row without any field of a reference")
    source = Source(f"{file}:{line}")
    reference = replace(reference, sources=dict.fromkeys([*reference.fields, *reference.extra], source))
    return Block("entry", line, raw, "", reference)


class _Row:
    """One row on its way to a reference."""

    def __init__(self, table: Table, row: list[str]) -> None:
        self.zotero = "Item Type" in table.header
        self.fields: dict[str, Value] = {}
        self.extra: dict[str, str] = {}
        self.identifiers: dict[str, str] = {}
        self.variants: dict[str, list[Variant]] = {}
        self.special: dict[str, str] = {}
        for i in table.order:
            if i < len(row) and row[i] and not row[i].isspace():
                self._cell(table.columns[i], table.header[i], _bare(row[i]))

    def _cell(self, column: str, header: str, cell: str) -> None:
        if match := VARIANT.fullmatch(column):
            value = self._value(match[1], cell)
            self.variants.setdefault(match[1], []).append(Variant(value, match[3], match[2]))
        elif column.startswith("id-"):
            scheme = column.removeprefix("id-")
            self.identifiers.setdefault(scheme, normal(scheme, cell) if scheme == "arxiv" else clean(cell))
        elif column == "keyword" and header != "keyword" and "," not in cell and column not in self.fields:
            self.fields[column] = clean(cell.replace(";", ","))
        elif column in VARIABLES and column not in self.fields:
            if value := self._value(column, cell):
                self.fields[column] = value
        elif column in SPECIAL and column not in self.special:
            self.special[column] = cell
        elif column in VARIABLES and self._is_said(column, cell):
            return
        else:
            self.extra[header.removeprefix("extra:") or "column"] = cell

    def _is_said(self, variable: str, cell: str) -> bool:
        """Tell whether a second column says the same of a variable, or no more than its year."""
        known, value = self.fields[variable], self._value(variable, cell)
        year = isinstance(known, Date) and isinstance(value, Date) and value == Date(((known.year or 0,),))
        return known == value or year

    def _value(self, variable: str, cell: str) -> Value:
        if variable in NAME_VARIABLES | DATE_VARIABLES and cell[:2] in ("[{", '{"'):
            return _from_json(variable, cell)
        if variable in NAME_VARIABLES:
            return self._names(clean(cell))
        if variable in DATE_VARIABLES:
            return parse_date(clean(cell))
        if variable == "DOI":
            return clean(cell) if re.fullmatch(r"10\.[0-9]{4,9}/\S+", cell) else normal("doi", clean(cell))
        return clean_value(variable, cell)

    def _names(self, cell: str) -> tuple[Name, ...]:
        """Read "Family, Given; Family, Given" and the shapes that exporters give a list of names."""
        cell = re.sub(r" \(\d{8,}\)", "", cell).strip("; ")  # Scopus puts its number behind each full name
        pieces = _divided(cell)
        if len(pieces) == 1 and cell.count(",") and "{" not in cell:
            parts = [part.strip(" .") if part.count(".") == 1 else part.strip() for part in cell.split(",")]
            if all(INITIALS.fullmatch(part) for part in parts):
                pieces = parts
        names: list[Name] = []
        for piece in pieces:
            if self.zotero and "," not in piece:
                names.append(Name(literal=piece))
            elif match := INITIALS.fullmatch(piece):
                names.append(Name(match[1], match[2]))
            elif piece:
                names += parse_names(piece, str)
        return tuple(name for name in names if name != Name())

    def reference(self) -> Reference:
        kind = self._kind(self.special.get("type", ""))
        self._pages()
        self._month()
        number = self.special.get("article-number", "")
        if number:
            self.fields.setdefault("number" if "page" in self.fields else "page", clean(number))
        if second := self.special.get("ISSN-2"):
            self.fields.setdefault("ISSN", clean(second))
        variants = {name: tuple(rows) for name, rows in self.variants.items()}
        reference = Reference(
            kind, self.fields, clean(self.special.get("key", "")), variants, self.identifiers, self.extra
        )
        return with_extra(reference, self.special["extra"]) if "extra" in self.special else reference

    def _kind(self, cell: str) -> str:
        if cell in CSL_TYPES:
            return cell
        word = "".join(char for char in cell.partition(";")[0].lower() if char.isalpha())
        if found := ZOTERO_TYPES.get(word) or TYPES.get(word):
            return found
        if cell:
            self.extra["type"] = cell
        return "article-journal" if "container-title" in self.fields and "ISBN" not in self.fields else "document"

    def _pages(self) -> None:
        start, end = (clean(self.special.get(name, "")) for name in ("page-start", "page-end"))
        if start:
            self.fields.setdefault("page", f"{start}-{end}" if end and end != start else start)

    def _month(self) -> None:
        """Add Web of Science's month and day ("JAN 15") to its year."""
        issued, month = self.fields.get("issued"), self.special.get("month", "")
        if month and isinstance(issued, Date) and len(issued.parts) == 1 and len(issued.parts[0]) == 1:
            date = parse_date(f"{month} {issued.year}")
            if date.parts:
                self.fields["issued"] = date
            else:
                self.extra["month"] = month


def _from_json(variable: str, cell: str) -> Value:
    """Return names or a date written as CSL-JSON; other JSON is text like any other."""
    try:
        value = value_from_json(variable, loads(cell))
    except ParseError:
        value = None
    if variable in DATE_VARIABLES:
        return value if isinstance(value, Date) else Date(literal=clean(cell))
    return value if value and isinstance(value, tuple) else (Name(literal=clean(cell)),)


def _divided(cell: str) -> list[str]:
    """Split a list of names at the semicolons outside braces."""
    pieces, depth = [""], 0
    for part in re.split("([{};])", cell):
        depth = max(depth + (part == "{") - (part == "}"), 0)
        if part == ";" and not depth:
            pieces.append("")
        else:
            pieces[-1] += part
    return [piece.strip() for piece in pieces]


SPECIAL = frozenset({"type", "key", "month", "page-start", "page-end", "article-number", "ISSN-2", "extra"})
# Headers of which the fuller one is read first: a table may have both.
RANK = {name: rank for rank, name in enumerate(HEADERS)}


def _bare(cell: str) -> str:
    """Return a cell without the apostrophe that keeps spreadsheets from reading a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def write(references: Iterable[Reference], delimiter: str = ",", raw: bool = False) -> str:
    """Return a table with a column for each variable in use; `raw` leaves formulas as they are."""
    rows = [_cells(reference) for reference in references]
    used = dict.fromkeys(name for row in rows for name in row)
    header = [name for name in ("key", *FIRST) if name in used or name in ("key", "type", "title")]
    header += sorted(name for name in used if name not in header)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    guard = (lambda _, cell: cell) if raw else _guarded
    writer.writerow(guard("", name) for name in header)
    writer.writerows([guard(name, row.get(name, "")) for name in header] for row in rows)
    return out.getvalue()


def _guarded(column: str, cell: str) -> str:
    """Return a cell that no spreadsheet computes; a negative number in a column of numbers or dates is none."""
    if not FORMULA.match(cell):
        return cell
    number = column in NUMBER_VARIABLES | DATE_VARIABLES and PLAIN_NUMBER.fullmatch(cell)
    return cell if number else f"'{cell}"


def _cells(reference: Reference) -> dict[str, str]:
    cells = {"key": reference.key, "type": reference.type}
    cells.update((name, to_cell(value)) for name, value in reference.fields.items())
    cells.update((f"id-{scheme}", value) for scheme, value in reference.identifiers.items())
    for variable, variants in reference.variants.items():
        for variant in variants:
            name = again = f"{variable} [{variant.role} {variant.language or 'und'}]"
            count = 1
            while again in cells:
                count += 1
                again = f"{name} {count}"
            cells[again] = to_cell(variant.value)
    for name, value in reference.extra.items():
        known = targets([name])[0] or name in cells or name.startswith("extra:")
        cells[f"extra:{name}" if known else name] = value
    return {name: cell for name, cell in cells.items() if cell}


def to_cell(value: Value) -> str:
    """Return a field as one cell: names divided by semicolons, dates in EDTF, CSL-JSON for what these cannot say."""
    if isinstance(value, str):
        return value
    if isinstance(value, Date):
        text = to_edtf(value)
        return text if parse_date(text) == value else dumps(value_to_json(value))
    text = "; ".join(format_name(name, str, extended=True) for name in value)
    back = tuple(parse_bibtex_name(piece, str) for piece in _divided(text))
    return text if back == value else dumps(value_to_json(value))

"""Format .bib files in place: what the rules leave alone keeps its bytes, and a file is replaced whole or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from refs.actions.reading import read_bytes
from refs.errors import Location, ParseError, RefsError, UsageError
from refs.formats import FORMATS
from refs.formats.bibfmt import Formatted, Rules, format_text
from refs.formats.encodings import decode, encode_like
from refs.writing import replace_file

ENDINGS = FORMATS["bibtex"].endings + FORMATS["biblatex"].endings


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: its text and bytes before and after, or why it was not formatted."""

    file: str
    before: str = ""
    data: bytes = b""
    result: Formatted | None = None
    error: RefsError | None = None

    @property
    def differs(self) -> bool:
        """Tell whether the file was or would be changed."""
        return self.result is not None and self.result.text != self.before

    @property
    def problems(self) -> list[str]:
        """Return a line for each block that was left alone."""
        left = self.result.left if self.result else ()
        return [f"{self.file}:{line}: left as it is: {reason}" for line, reason in left]

    @property
    def notices(self) -> list[str]:
        """Return a line for each entry that an earlier one has the key or DOI of."""
        return [f"{self.file}:{line}: {text}" for line, text in (self.result.doubled if self.result else ())]


def format_files(paths: Sequence[Path], rules: Rules, *, write: bool) -> Iterator[Outcome]:
    """Yield the outcome of each file, after it was replaced when `write` says so; "-" is never written."""
    for path in paths:
        name = "<stdin>" if str(path) == "-" else str(path)
        try:
            if name != "<stdin>" and path.suffix.lower() not in ENDINGS:
                raise UsageError(f"{name}: only files ending in {', '.join(ENDINGS)} are formatted, or - for stdin")
            outcome = format_bytes(read_bytes(path), name, rules)
            if write and outcome.differs and str(path) != "-":
                replace_file(path, outcome.data)
        except RefsError as error:
            outcome = Outcome(name, error=error)
        yield outcome


def format_bytes(data: bytes, name: str, rules: Rules) -> Outcome:
    """Return the outcome for the bytes of a file; ParseError for an encoding that does not give them back."""
    text, codec = decode(data)
    if encode_like(text, data) != data:
        raise ParseError(f"its bytes are not quite {codec}, so that it cannot be edited without a loss", Location(name))
    result = format_text(text, rules)
    return Outcome(name, text, encode_like(result.text, data), result)

"""Export references in the format, the dialect and with the journal names that are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refs import formats, papers
from refs.errors import LossError, UsageError
from refs.formats.programs import PROGRAMS
from refs.model import Reference


def format_of(name: str, output: str) -> str:
    """Return the format asked for, else the one of the file's ending; BibTeX for what has none.

    Raise UsageError for a format that cannot be written, and for the ending of another kind of file.
    """
    writable = [known for known, format in formats.FORMATS.items() if format.writes]
    ending = Path(output).suffix.lower()
    by_ending = (known for known in writable if ending and ending in formats.FORMATS[known].endings)
    chosen = name or next(by_ending, "")
    if not chosen and ending:
        raise UsageError(f"{output}: refs writes no format with this ending: name one of {', '.join(writable)}")
    chosen = chosen or "bibtex"
    if chosen not in writable:
        raise UsageError(f"no format is called {chosen!r}; {_meant(chosen, writable)}")
    return chosen


def _meant(typed: str, known: Iterable[str]) -> str:
    """Return "did you mean X?" for the known word that is nearest, or all of them."""
    from difflib import get_close_matches

    words = list(known)
    near = get_close_matches(typed.lower(), words, 1) or [word for word in words if typed and word.startswith(typed)]
    return f"did you mean {near[0]}?" if near else ", ".join(words)


def format_for(program: str, name: str, output: str) -> tuple[str, dict[str, Any]]:
    """Return the format that a program reads and the options of its writer; without a program, `format_of`'s.

    A .bib file is in the program's dialect. Raise UsageError for an unknown program and for a format or ending that it
    does not read.
    """
    if not program:
        return format_of(name, output), {}
    if program not in PROGRAMS:
        raise UsageError(f"refs knows no program {program!r}; {_meant(program, PROGRAMS)}")
    reads = PROGRAMS[program].formats
    ending = Path(output).suffix.lower()
    if name and format_of(name, "") not in reads:
        raise UsageError(f"{program} reads {' or '.join(reads)}, not {name}: leave out one of --for and the format")
    by_ending = (known for known in reads if ending in ENDINGS.get(known, formats.FORMATS[known].endings))
    chosen = name or next(by_ending, "")
    if not chosen and any(ending in format.endings for format in formats.FORMATS.values()):
        raise UsageError(f"{program} reads {' or '.join(reads)}, which {output} is not by its ending")
    chosen = chosen or reads[0]
    return chosen, {"dialect": PROGRAMS[program].dialect} if chosen in ("bibtex", "biblatex") else {}


def format_of_documents(documents: Sequence[Path], output: str) -> tuple[str, dict[str, Any]]:
    """Return the format and options for a bibliography of documents: for the program that reads them, if one does.

    A file whose ending is no .bib's has the format of its ending.
    """
    from refs.papers import dialects

    programs = {dialects.program(path) for path in documents}
    program = programs.pop() if len(programs) == 1 else ""
    if not program or (output != "-" and Path(output).suffix.lower() not in BIB):
        return format_of("", output), {}
    return "biblatex", {"dialect": PROGRAMS[program].dialect}


BIB = (".bib", ".bibtex", ".biblatex")
# The endings by which a program's users call the formats it reads.
ENDINGS = {"bibtex": BIB, "biblatex": BIB, "hayagriva": (".yaml", ".yml")}


def refuse_overwriting(output: str, inputs: Iterable[Path]) -> None:
    """Raise UsageError for an output that is an input."""
    if output != "-" and any(Path(output).resolve() == one.resolve() for one in inputs):
        raise UsageError(f"{output} is read for this: refs does not write over it")


def refuse_documents(output: str) -> None:
    """Raise UsageError when the output is a document that a slip of the hand would overwrite."""
    if Path(output).suffix.lower() in papers.READERS:
        raise UsageError(f"{output} is a document, not a bibliography; refs does not write over it")


@dataclass(frozen=True, slots=True)
class Output:
    """A text in a format, how many references are in it, and lines of what it could not hold: `left_out` by key."""

    text: str
    count: int
    left_out: dict[str, str]
    notices: list[str]


def output(references: Sequence[Reference], format: str, options: Mapping[str, Any], *, strict: bool = False) -> Output:
    """Return the references in a format; UsageError for a format that cannot be read back when it must be `strict`."""
    from refs.formats import losses

    kept, left_out = writable(references, format)
    text = formats.write(kept, format, **options)
    notices = _beyond_ascii(text) if "dialect" in options and options["dialect"].ascii_only else []
    if not losses.can_tell(format):
        if strict:
            raise UsageError(f"--strict: {format} cannot be read back to see what it holds")
        return Output(text, len(kept), left_out, notices)
    lost = losses.find(kept, text, format)
    return Output(text, len(kept), left_out, [*notices, losses.line(lost, format)] if lost else notices)


def _beyond_ascii(text: str) -> list[str]:
    """Return a line when a file of seven bits has characters in it that LaTeX has no command for."""
    if text.isascii():
        return []
    entries = sum(not entry.isascii() for entry in text.split("\n\n"))
    which = next(char for char in text if not char.isascii())
    hold = "reference holds" if entries == 1 else "references hold"
    return [
        f"{entries} {hold} characters that pdfLaTeX has no command for, such as {which}: LuaLaTeX and biber print them"
    ]


def with_journals(
    references: Sequence[Reference], form: str, table: str, ltwa: str, known: Sequence[Reference] = ()
) -> tuple[list[Reference], list[str]]:
    """Return the references with journal names in a form, and a line for the names that stay as they are.

    `table` and `ltwa` are paths or ""; `known` are further references from which names may be learnt.
    """
    from refs import journals

    if form not in journals.FORMS:
        raise UsageError(f"--journals cannot be {form!r}; {_meant(form, journals.FORMS)}")
    if form == "stored":
        return list(references), []
    shelf = journals.Journals(journals.read_titles(Path(table).expanduser()) if table else {})
    path = Path(ltwa).expanduser() if ltwa else journals.packaged_words()
    if path and form == "abbreviated":
        shelf.words = journals.read_words(path)
    shelf.learn([*references, *known])
    out, unknown = journals.renamed(references, form, shelf)
    if not unknown:
        return out, []
    count = f"{len(unknown)} journal name{'s' * (len(unknown) > 1)} not known {form}, such as {unknown[0]}"
    without = form == "abbreviated" and not path
    return out, [f"{count}: pip install pyiso4, or refs config set ltwa FILE" if without else count]


def refuse_losses(problems: Sequence[str]) -> None:
    """Raise LossError when something would be left out or changed."""
    if problems:
        raise LossError("\n".join((*problems, "nothing is written: --strict")))


def writable(references: Sequence[Reference], format: str) -> tuple[list[Reference], dict[str, str]]:
    """Split off the references whose keys the format cannot hold; return the others, and a line for each such key."""
    if format not in ("bibtex", "biblatex"):
        return list(references), {}
    problems = {r.key: problem for r in references if (problem := formats.key_problem(r.key, format))}
    kept = [r for r in references if r.key not in problems]
    return kept, {key: f"left out {key!r}: {problem}{_way_out(key)}" for key, problem in problems.items()}


def _way_out(key: str) -> str:
    """Return what helps when an identifier is used as a key that cannot be written."""
    from refs.papers import keys

    return "; refs rewrite puts a short key in its place" if keys.identifier(key) else ""

"""What the programs that typeset a bibliography read, and what each makes of a .bib file. Data only.

Each `Dialect` says what its program was seen to do with a file (BibTeX 0.99d with pdfLaTeX, biber 2.18, Typst 0.15.2,
pandoc 3.9); the tests of `--for` run the programs themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a .bib file may hold.

    `biblatex` chooses BibLaTeX's types, dates and names; `ascii_only` writes accents as commands; `any_type` keeps
    entry types that no style defines; `markup` allows commands for emphasis; `lowers` tells that capitals no brace
    protects are lost; `words` allows them in dates and in the number of volumes, `seasons` and `open_dates` in dates;
    `paragraphs` tells that an empty line divides them. `containers`
    are the fields for the title of what a web page, a law or a film is in, and `publisher` that for who publishes it,
    where the program prints others than LaTeX's styles.
    """

    biblatex: bool = False
    ascii_only: bool = False
    any_type: bool = True
    markup: bool = True
    lowers: bool = False
    words: bool = True
    seasons: bool = True
    open_dates: bool = True
    paragraphs: bool = True
    containers: tuple[str, ...] = ()
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A program: the formats it reads, the one meant first, and its dialect of .bib files."""

    formats: tuple[str, ...]
    dialect: Dialect


PROGRAMS: Mapping[str, Program] = {
    "pdflatex-bibtex": Program(("bibtex",), Dialect(ascii_only=True, any_type=False)),
    "biber": Program(("biblatex",), Dialect(biblatex=True, any_type=False)),
    # Typst refuses the whole file for one date or number of volumes in words, prints commands as they stand, and
    # no year for a season. Of a web page it prints neither the organization nor the journaltitle.
    "typst": Program(
        ("biblatex", "hayagriva"),
        Dialect(
            biblatex=True,
            any_type=False,
            markup=False,
            words=False,
            seasons=False,
            containers=("series", "publisher"),
            publisher="publisher",
        ),
    ),
    # pandoc refuses the whole file for a type with an underscore, drops the capitals of titles and open dates, and
    # joins paragraphs without a blank; as CSL-JSON and CSL-YAML it reads all of it.
    "pandoc": Program(
        ("csljson", "cslyaml", "biblatex"),
        Dialect(
            biblatex=True,
            any_type=False,
            lowers=True,
            open_dates=False,
            paragraphs=False,
            containers=("journaltitle",),
        ),
    ),
}

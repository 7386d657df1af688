"""The .aux file of LaTeX: `\\citation` of BibTeX, `\\abx@aux@cite` of biblatex, the files that `\\@input` names."""

from __future__ import annotations

import posixpath
import re

from refs.papers.citation import Citations, Load, Part, Reading

# REVTeX, AIP, IEEEtran, achemso and biblatex pass options to their BibTeX styles by citing entries of their own.
_CONTROL = r"(?:REVTEX|apsrev|apsrmp|aipauth|aipnum)[0-9-]*Control|\w*:?BSTcontrol|(?:achemso|biblatex)-control"
_ENTRY = re.compile(r"\\(citation|abx@aux@cite|@input)(?:\{[0-9]+\}(?=\{))?\{([^{}\n]*)\}")


def read(text: str, file: str, load: Load) -> Citations:
    """Return what LaTeX wrote down as cited; `\\citation{*}` is everything.

    Entries that packages cite to control a style are left out. Which keys `\\nocite` only listed LaTeX does not say.
    """
    reading = Reading(load, _scan)
    reading.read(Part(file, text))
    return reading.result()


def _scan(reading: Reading, part: Part) -> None:
    for match in _ENTRY.finditer(part.text):
        command, argument = match[1], match[2]
        if command == "@input":
            path = posixpath.join(posixpath.dirname(reading.files[0]), argument.strip())
            reading.follow([path], part.location(match.start()))
            continue
        for key in re.finditer(r"[^\s,](?:[^,]*[^\s,])?", argument):
            if not re.fullmatch(_CONTROL, key[0]):
                kind = "all" if key[0] == "*" else "cite"
                reading.cite(key[0], part.location(match.start(2) + key.start()), kind)

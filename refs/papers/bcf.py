"""The control file that biblatex writes for biber, an XML file of the namespace .../biblatex-biber/biblatex."""

from __future__ import annotations

from refs.errors import Location, ParseError
from refs.papers.citation import Citations, Load, Part, Reading


def read(text: str, file: str, load: Load) -> Citations:
    """Return the `bcf:citekey` elements; the members of a dynamic set count, the set itself does not exist elsewhere.

    The place of a key is where its element ends. Document types are refused, since they can declare entities without
    end.
    """
    reading = Reading(load, _scan)
    reading.read(Part(file, text))
    return reading.result()


def _scan(reading: Reading, part: Part) -> None:
    from xml.parsers import expat

    parser = expat.ParserCreate()
    attributes: dict[str, str] = {}
    words: list[str] = []

    def here() -> Location:
        return Location(part.file, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def start(name: str, found: dict[str, str]) -> None:
        nonlocal attributes
        if name.rpartition(":")[2] == "citekey":
            attributes = found
            words.clear()

    def end(name: str) -> None:
        if name.rpartition(":")[2] == "citekey":
            for key, kind in _keys("".join(words).strip(), attributes):
                reading.cite(key, here(), kind)

    def refuse(*_: object) -> None:
        raise ParseError("a control file of biber has no document type", here())

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = words.append
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(part.text, True)
    except expat.ExpatError as error:
        place = Location(part.file, error.lineno, error.offset + 1)
        reading.complain(f"not well-formed XML: {expat.ErrorString(error.code)}", place)
    except ParseError as error:
        reading.complain(error.reason, error.location)


def _keys(text: str, attributes: dict[str, str]) -> list[tuple[str, str]]:
    if text == "*":
        return [(text, "all")]
    kind = "nocite" if attributes.get("nocite") == "1" else "cite"
    names = attributes.get("members", "").split(",") if attributes.get("type") == "set" else [text]
    return [(name.strip(), kind) for name in names if name.strip()]

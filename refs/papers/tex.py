"""LaTeX: the citation commands of natbib, biblatex, apacite, chicago, harvard, amsrefs, abntex2 and multibib.

Comments, verbatim text and what stands between `\\iffalse` and `\\fi` are skipped, included files are
followed. Macros are not expanded: the citations of a command that the author defined count where they are
written out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from refs.papers.citation import Citations, Load, Part, Reading

# Names count with a small or a capital first letter. After each, optional arguments, then a list of keys in braces.
CITE = frozenset(
    "cite citet citep citealt citealp citeauthor citefullauthor citeyear citeyearpar citenum citetalias citepalias "
    "parencite footcite footcitetext textcite smartcite supercite autocite fullcite footfullcite citetitle citedate "
    "citeurl citename citelist citefield nptextcite fullcitebib headlesscite headlessfullcite gentextcite citejournal "
    "citeA citeNP citeyearNP citeauthorNP fullciteA fullciteNP fullciteauthor fullciteauthorNP shortcite shortciteA "
    "shortciteNP shortciteauthor shortciteauthorNP shortciteyear maskcite maskciteA maskciteNP maskciteauthor "
    "maskciteyear maskciteyearNP citeN citeANP shortciteN shortciteANP citeasnoun possessivecite citeaffixed "
    "onlinecite "
    "notecite pnotecite fnotecite "
    "ocite ycite ocites ycites bibentry citen citeonline inlinecite".split()
)
NOCITE = frozenset({"nocite", "masknocite"})
# \cites(pre)(post)[pre][post]{keys}[pre][post]{keys}...
MULTICITE = frozenset(
    "cites parencites footcites footcitetexts smartcites supercites textcites autocites fullcites footfullcites "
    "headlesscites gentextcites".split()
)
# \volcite[pre]{volume}[page]{keys}, \volcites likewise repeated
VOLCITE = frozenset({"volcite", "pvolcite", "fvolcite", "ftvolcite", "svolcite", "tvolcite", "avolcite"})
# \apud[..]{keys}[..]{keys}
APUD = frozenset({"apud", "apudonline"})

VERBATIM = frozenset(
    "verbatim verbatim* Verbatim Verbatim* BVerbatim LVerbatim SaveVerbatim VerbatimOut lstlisting minted comment "
    "filecontents filecontents* tcblisting pycode sagesilent luacode luacode* asy".split()
)
# Commands that make an environment of the name in their first argument whose contents are no LaTeX.
VERBATIM_MAKERS = frozenset({"lstnewenvironment", "DefineVerbatimEnvironment", "excludecomment", "newtcblisting"})
CONDITIONALS = frozenset(
    "if ifx ifnum ifdim ifodd ifcat ifcase iftrue iffalse ifvmode ifhmode ifmmode ifinner ifvoid ifhbox ifvbox ifeof "
    "ifdefined ifcsname iffontchar".split()
)
# Files of the distribution that documents name without bringing them along.
DISTRIBUTED = frozenset({"glyphtounicode", "glyphtounicode-cmr", "xy", "xypic", "epsf", "pstricks", "tikz", "random"})
DISTRIBUTED_ENDINGS = (".sty", ".cls", ".def", ".cfg", ".clo", ".fd", ".ldf", ".enc")

LONGEST = 10_000
"""How many characters one argument may have."""
PATIENCE = 100
"""How many unclosed arguments are looked through before arguments are no longer believed in."""

_TOKEN = re.compile(r"\\(?:([a-zA-Z@]+)\*?|.)|%", re.DOTALL)
_BLANK = re.compile(r"(?:[ \t]*(?:%[^\n]*\n|\n(?![ \t]*\n))|[ \t]+)*")
_IN_ARGUMENT = re.compile(r"\\.|[{}\[\]()<>]|%[^\n]*|\n[ \t]*\n", re.DOTALL)
_SIMPLE = re.compile(r"\{([^{}%\\#]*)\}")
_KEY = re.compile(r"%[^\n]*|(?:\\.|[^,%\\])+", re.DOTALL)
_CLOSING = {"[": "]", "(": ")", "<": ">", "{": "}"}
_CONDITIONAL = re.compile(r"\\(if[a-zA-Z@]*|else|fi)(?![a-zA-Z@])|%[^\n]*|\\.", re.DOTALL)
_FILE = re.compile(r'[ \t]*(?:\{([^{}]*)\}|"([^"\n]*)"|([^\s{}\\%"]+))')

Span = tuple[int, int]
Shape = tuple[str, str, bool]
"""The kind of citation; its mandatory arguments, k for keys and - for others; whether they may be repeated."""


def read(text: str, file: str, load: Load) -> Citations:
    """Return what a LaTeX document cites, `\\input`, `\\include`, `\\subfile` and `\\import` followed.

    Included files are sought in the folder of `file`, where TeX runs, then beside the file that includes them.
    """
    declared = _Declared()
    reading = Reading(load, lambda reading, part: _Scanner(reading, part, declared).scan(0, len(part.text)))
    reading.read(Part(file, text, posixpath.dirname(file)))
    return reading.result()


@dataclass(slots=True)
class _Declared:
    """What a document has declared so far: environments without LaTeX, conditionals, suffixes of multibib."""

    verbatim: set[str] = field(default_factory=lambda: set(VERBATIM))
    conditionals: set[str] = field(default_factory=lambda: set(CONDITIONALS))
    suffixes: set[str] = field(default_factory=set)


class _Scanner:
    """The scan of one file; what it declares holds for the whole document."""

    def __init__(self, reading: Reading, part: Part, declared: _Declared) -> None:
        self.reading = reading
        self.part = part
        self.text = part.text
        self.declared = declared
        self.unclosed = 0
        self.unended: set[str] = set()
        self.ended = False

    def scan(self, start: int, end: int, depth: int = 0) -> None:
        """Note the citations between two offsets; `depth` counts citations inside the notes of others."""
        position = start
        while not self.ended and (match := _TOKEN.search(self.text, position, end)):
            position = match.end()
            name = match[1]
            if name is None:
                if match[0] == "%":
                    position = self.text.find("\n", position, end) + 1 or end
            elif shape := SHAPES.get(name) or ("cite" in name and self.declared.suffixes and self._suffixed(name)):
                position = self._citation(name, shape, position, depth)
            elif action := ACTIONS.get(name):
                position = action(self, position)

    def complain(self, reason: str, offset: int) -> None:
        self.reading.complain(reason, self.part.location(offset))

    def _suffixed(self, name: str) -> Shape | None:
        """Return the shape of a command that `\\newcites` of multibib has made: `\\citesec`, `\\nocitesec`."""
        bases = (name.removesuffix(suffix) for suffix in self.declared.suffixes if name.endswith(suffix))
        return next((SHAPES[base] for base in bases if base in SHAPES), None)

    def _citation(self, name: str, shape: Shape, position: int, depth: int) -> int:
        kind, arguments, repeated = shape
        if arguments == "k" and not repeated and (simple := _SIMPLE.match(self.text, position)):
            self._keys(simple.span(1), kind)
            return simple.end()
        keys, notes, end = self._arguments(position, arguments, repeated)
        if not keys and notes and any("[" in self.text[slice(*note)] for note in notes):
            keys, notes, end = self._arguments(position, arguments, repeated, nested=True)
        if not keys and self.unclosed <= PATIENCE and self.text.startswith(("{", "["), end):
            self.complain(f"an argument of \\{name} is never closed", position)
        for span in keys:
            self._keys(span, kind)
        for start, stop in notes if depth < 3 else ():
            self.scan(start, stop, depth + 1)
        return end

    def _arguments(
        self, position: int, arguments: str, repeated: bool, nested: bool = False
    ) -> tuple[list[Span], list[Span], int]:
        """Return the spans of the keys and of the notes, and where the arguments that could be read end."""
        keys: list[Span] = []
        notes: list[Span] = []
        openers = "(" if repeated else ""
        while True:
            for argument in arguments:
                position = self._notes(position, openers, notes, nested)
                openers = ""
                if not self.text.startswith("{", position) or not (span := self._argument(position)):
                    return keys, notes, position
                position = span[1] + 1
                if argument == "k":
                    keys.append(span)
            if not repeated:
                return keys, notes, position

    def _notes(self, position: int, openers: str, notes: list[Span], nested: bool) -> int:
        """Collect `(..)`, `<..>` and `[..]`; return where the next mandatory argument should begin."""
        position = self._blank(position)
        while (opener := self.text[position : position + 1]) and opener in "[<" + openers:
            span = self._argument(position, nested)
            if not span:
                return position
            notes.append(span)
            position = self._blank(span[1] + 1)
        return position

    def _blank(self, position: int) -> int:
        match = _BLANK.match(self.text, position)
        return match.end() if match else position

    def _argument(self, position: int, nested: bool = False) -> Span | None:
        """Return the inside of the argument that opens at `position`, None if it does not close in its paragraph.

        As in LaTeX a bracket is closed by the next one outside braces, unless `nested`.
        """
        if self.unclosed > PATIENCE:
            return None
        opener = self.text[position]
        closing, braces, inner = _CLOSING[opener], 0, 0
        for match in _IN_ARGUMENT.finditer(self.text, position + 1, position + LONGEST):
            char = match[0]
            if char == closing and not braces and not inner:
                return position + 1, match.start()
            braces += (char == "{") - (char == "}")
            if nested and opener != "{":
                inner += (char == opener) - (char == closing)
            if braces < 0 or char[0] == "\n":
                break
        self.unclosed += 1
        return None

    def _keys(self, span: Span, kind: str) -> None:
        for match in _KEY.finditer(self.text, *span):
            key = re.sub(r"\\([%#&_])", r"\1", " ".join(match[0].split()))
            # The parameters and macros of a definition, \cite{#1}, are nobody's keys.
            if not key or key[0] == "%" or "\\" in key or "#" in match[0].replace("\\#", ""):
                continue
            offset = match.start() + len(match[0]) - len(match[0].lstrip())
            is_all = kind == "nocite" and key == "*"
            self.reading.cite(key, self.part.location(offset), "all" if is_all else kind)

    def begin(self, position: int) -> int:
        """Skip an environment whose contents are no LaTeX."""
        name = self._braced(position)
        if name not in self.declared.verbatim or name in self.unended:
            return position
        end = self.text.find(f"\\end{{{name}}}", position)
        if end < 0:
            self.unended.add(name)
            self.complain(f"the environment {name} is never closed", position)
            return position
        return end

    def end(self, position: int) -> int:
        """Stop at the end of the document."""
        self.ended = self._braced(position) == "document"
        return position

    def endinput(self, position: int) -> int:
        """Stop at the end of the input."""
        self.ended = True
        return position

    def make_verbatim(self, position: int) -> int:
        """Remember an environment that the document declares to hold no LaTeX."""
        self.declared.verbatim.add(self._braced(position))
        return position

    def newif(self, position: int) -> int:
        """Remember a conditional of the document's own, for it pairs with `\\fi`."""
        if match := re.compile(r"\s*\\(if[a-zA-Z@]+)").match(self.text, position):
            self.declared.conditionals.add(match[1])
            return match.end()
        return position

    def iffalse(self, position: int) -> int:
        """Skip to the `\\else` or `\\fi` that belongs to an `\\iffalse`."""
        if "iffalse" in self.unended:
            return position
        level = 0
        for match in _CONDITIONAL.finditer(self.text, position):
            word = match[1]
            if not level and word in ("else", "fi"):
                return match.end()
            level += (word in self.declared.conditionals) - (word == "fi")
        self.unended.add("iffalse")
        self.complain("\\iffalse is never closed", position)
        return position

    def verb(self, position: int) -> int:
        """Skip `\\verb|..|`, `\\lstinline[..]{..}`, `\\mintinline{tex}|..|` and `\\url{..}`, where % is no comment."""
        while self.text.startswith("[", position) and (span := self._argument(position)):
            position = span[1] + 1
        opener = self.text[position : position + 1]
        if opener == "{":
            return self._raw_group(position)
        # A drawing begins with \path too, and goes on with a coordinate.
        if not opener or opener.isspace() or opener.isalpha() or opener in "(<":
            return position
        line_end = self.text.find("\n", position)
        return self.text.find(opener, position + 1, line_end if line_end >= 0 else None) + 1 or position

    def mintinline(self, position: int) -> int:
        """Skip `\\mintinline[..]{language}|..|`."""
        while self.text.startswith("[", position) and (span := self._argument(position)):
            position = span[1] + 1
        return self.verb(self._raw_group(position))

    def _raw_group(self, position: int) -> int:
        if self.unclosed > PATIENCE:
            return position
        level = 0
        for match in re.compile(r"[{}]").finditer(self.text, position, position + LONGEST):
            level += 1 if match[0] == "{" else -1
            if not level:
                return match.end()
        self.unclosed += 1
        return position

    def _braced(self, position: int) -> str:
        match = re.compile(r"\s*\{([^{}\n]*)\}").match(self.text, position)
        return match[1].strip() if match else ""

    def newcites(self, position: int) -> int:
        """Remember the suffixes of the citation commands that multibib makes."""
        self.declared.suffixes.update(filter(None, map(str.strip, self._braced(position).split(","))))
        return position

    def bibitem(self, position: int) -> int:
        """Note that the document brings the reference along."""
        keys, _, end = self._arguments(position, "k", False)
        self.reading.defined.update(self.text[slice(*span)].strip() for span in keys)
        return end

    def input(self, position: int) -> int:
        """Follow `\\input{file}` and TeX's `\\input file`."""
        if match := _FILE.match(self.text, position):
            name = (match[1] or match[2] or match[3] or "").strip(' "')
            self._follow(name, self.part.folder, position)
            return match.end()
        return position

    def input_if_exists(self, position: int) -> int:
        """Follow `\\InputIfFileExists{file}{..}{..}`."""
        self._follow(self._braced(position), self.part.folder, position, required=False)
        return position

    def include(self, position: int) -> int:
        """Follow `\\include{file}`, `\\subfile{file}` and `\\includestandalone[..]{file}`."""
        keys, _, end = self._arguments(position, "k", False)
        for span in keys:
            self._follow(self.text[slice(*span)].strip(' "\n'), self.part.folder, position)
        return end

    def import_(self, position: int) -> int:
        """Follow `\\import{folder}{file}`, whose own includes are relative to that folder."""
        return self._import(position, posixpath.dirname(self.reading.files[0]))

    def subimport(self, position: int) -> int:
        """Follow `\\subimport{folder}{file}`, where the folder is relative to the file that says so."""
        return self._import(position, posixpath.dirname(self.part.file))

    def _import(self, position: int, base: str) -> int:
        keys, _, end = self._arguments(position, "kk", False)
        if len(keys) == 2:
            folder, name = (self.text[slice(*span)].strip() for span in keys)
            self._follow(name, posixpath.join(base, folder), position, folder=posixpath.join(base, folder))
        return end

    def _follow(self, name: str, base: str, position: int, folder: str | None = None, required: bool = True) -> None:
        if not name or "#" in name:
            return
        place = self.part.location(position)
        if "\\" in name:
            self.reading.complain(f"cannot tell which file is meant by {name!r}", place)
            return
        names = [name, name + ".tex"] if name.endswith(".tex") else [name + ".tex", name]
        bases = dict.fromkeys((base, posixpath.dirname(self.part.file)))
        paths = [posixpath.join(one, name) for one in bases for name in names]
        required = required and name not in DISTRIBUTED and not name.endswith(DISTRIBUTED_ENDINGS)
        self.reading.follow(paths, place, self.part.folder if folder is None else folder, required=required)


def _shapes() -> Iterator[tuple[str, Shape]]:
    for names, shape in (
        (CITE, ("cite", "k", False)),
        (NOCITE, ("nocite", "k", False)),
        (MULTICITE, ("cite", "k", True)),
        (VOLCITE, ("cite", "-k", False)),
        ({name + "s" for name in VOLCITE}, ("cite", "-k", True)),
        (APUD, ("cite", "kk", False)),
    ):
        for name in names:
            yield name, shape
            yield name[0].upper() + name[1:], shape


SHAPES: Mapping[str, Shape] = dict(_shapes())

ACTIONS: Mapping[str, Callable[[_Scanner, int], int]] = {
    "begin": _Scanner.begin,
    "end": _Scanner.end,
    "endinput": _Scanner.endinput,
    "newif": _Scanner.newif,
    "iffalse": _Scanner.iffalse,
    **dict.fromkeys(("verb", "Verb", "lstinline", "path", "url", "nolinkurl", "href", "spverb"), _Scanner.verb),
    "mintinline": _Scanner.mintinline,
    **dict.fromkeys(VERBATIM_MAKERS, _Scanner.make_verbatim),
    "newcites": _Scanner.newcites,
    "bibitem": _Scanner.bibitem,
    "bib": _Scanner.bibitem,
    "input": _Scanner.input,
    "InputIfFileExists": _Scanner.input_if_exists,
    **dict.fromkeys(("include", "subfile", "subfileinclude", "includestandalone"), _Scanner.include),
    **dict.fromkeys(("import", "inputfrom", "includefrom"), _Scanner.import_),
    **dict.fromkeys(("subimport", "subinputfrom", "subincludefrom"), _Scanner.subimport),
}

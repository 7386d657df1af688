"""Org: `[cite/style:see @key p. 3; @other]` of org-cite, and the links `cite:key,other` and `[[cite:&key]]` of org-ref.

The characters of a key are those of `org-element-citation-key-re`. Blocks of source, examples and comments, fixed-width
lines, `=verbatim=` and `~code~` are skipped, `#+include:` is followed.
"""

from __future__ import annotations

import posixpath
import re

from refs.papers.citation import Citations, Load, Part, Reading
from refs.papers.tex import CITE, NOCITE, PATIENCE

LONGEST = 10_000
"""How many characters one citation may have."""

_KEY = re.compile(r"@([-.:?!`'/*@+|(){}<>&^$#%~\w]+)")
_LINK_KEYS = re.compile(r"&([^\s;&\]]+)")
_PLAIN_KEYS = re.compile(r"[^\s,;&]+")
_SKIPPED = re.compile(r"[ \t]*(?:#(?:\s|$)|:(?:\s|$))")
_BLOCK = re.compile(r"[ \t]*#\+begin_(src|example|comment|export|verbatim)\b", re.IGNORECASE)
_BLOCK_END = re.compile(r"^[ \t]*#\+end_(\w+)", re.IGNORECASE | re.MULTILINE)
_INCLUDE = re.compile(r"[ \t]*#\+include:[ \t]*(?:\"([^\"]+)\"|(\S+))(.*)", re.IGNORECASE)
_TOKEN = re.compile(
    r"\[cite(?P<style>(?:/[\w/*-]+)?):"
    r"|\[\[(?P<link>[a-zA-Z]+\*?):(?P<linked>[^\]\n]{0,1000})\]"
    r"|(?<!\w)(?P<plain>[a-zA-Z]*[cC]ite[a-zA-Z]*\*?):(?P<keys>&?\w[\w.:/+&;,-]*)"
    r"|(?<![^\s\-({'\"])(?P<mark>[=~])(?=[^\s=~])[^\n]{0,300}?[^\s](?P=mark)(?![^\s\-.,:!?;'\")}\[])"
)
_BRACKET = re.compile(r"[\[\]]|\n[ \t]*\n")


def read(text: str, file: str, load: Load) -> Citations:
    """Return what an Org document cites; style n or nocite only lists, and `[cite/n:@*]` is everything."""
    reading = Reading(load, lambda reading, part: _Scanner(reading, part).scan())
    reading.read(Part(file, text))
    return reading.result()


class _Scanner:
    """The scan of one file."""

    def __init__(self, reading: Reading, part: Part) -> None:
        self.reading = reading
        self.part = part
        self.unclosed = 0

    def scan(self) -> None:
        """Note the citations of the lines that are text, and follow the files they include."""
        start = offset = 0
        block = ""
        last = {match[1].lower(): match.start() for match in _BLOCK_END.finditer(self.part.text)}
        for line in self.part.text.split("\n"):
            end = offset + len(line) + 1
            begun = _BLOCK.match(line)
            included = None if block else _INCLUDE.match(line)
            if block or begun or included or _SKIPPED.match(line):
                self._prose(start, offset)
                start = end
            if block and line.strip().lower().startswith(f"#+end_{block}"):
                block = ""
            elif begun and not block and last.get(begun[1].lower(), 0) > offset:
                block = begun[1].lower()
            if included and not re.match(r"\s+(?:src|example|export)\b", included[3]):
                self._follow((included[1] or included[2]).partition("::")[0], offset)
            offset = end
        self._prose(start, len(self.part.text))

    def _prose(self, start: int, end: int) -> None:
        position = start
        while match := _TOKEN.search(self.part.text, position, end):
            position = match.end()
            if match["style"] is not None:
                position = self._citation(match, end)
            elif match["link"]:
                self._link(match["link"], match["linked"], match.start("linked"))
            elif match["plain"]:
                self._link(match["plain"], match["keys"].rstrip(".,:;/-"), match.start("keys"))

    def _citation(self, match: re.Match[str], end: int) -> int:
        close = self._closing(match.end(), end)
        if not close:
            return match.end()
        kind = "nocite" if match["style"].split("/")[1:2] in (["n"], ["nocite"]) else "cite"
        for key in _KEY.finditer(self.part.text, match.end(), close):
            self._cite(key[1], key.start(1), kind)
        return close + 1

    def _closing(self, position: int, end: int) -> int:
        """Return where the bracket around a citation closes, 0 if it does not in its paragraph."""
        if self.unclosed > PATIENCE:
            return 0
        level = 1
        for match in _BRACKET.finditer(self.part.text, position, min(end, position + LONGEST)):
            if len(match[0]) > 1:
                break
            level += 1 if match[0] == "[" else -1
            if not level:
                return match.start()
        self.unclosed += 1
        self.reading.complain("a citation is never closed", self.part.location(position))
        return 0

    def _link(self, command: str, text: str, offset: int) -> None:
        """Note the keys of a link of org-ref: version 3 marks each with an ampersand, version 2 has nothing else."""
        name = command.rstrip("*")
        name = name[0].lower() + name[1:]
        if name in CITE or name in NOCITE:
            pattern, group = (_LINK_KEYS, 1) if "&" in text else (_PLAIN_KEYS, 0)
            for match in pattern.finditer(text):
                self._cite(match[group], offset + match.start(group), "nocite" if name in NOCITE else "cite")

    def _cite(self, key: str, offset: int, kind: str) -> None:
        is_all = key == "*" and kind == "nocite"
        self.reading.cite(key, self.part.location(offset), "all" if is_all else kind)

    def _follow(self, name: str, offset: int) -> None:
        path = posixpath.join(posixpath.dirname(self.part.file), name)
        self.reading.follow([path], self.part.location(offset))

"""A scanner of single .bib blocks by BibTeX's own rules, for what bibtexparser's splitter cannot take apart.

BibTeX counts braces and gives the backslash no meaning. Where a block breaks these rules but can only have meant one
thing (a comma missing, a closing brace too many, a comment inside), it is read with a warning.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

MAX_ENTRY = 16 << 20
MAX_FIELD = 8 << 20
MAX_KEY = 256
MAX_FIELDS = 1000
MAX_DEPTH = 64

HEAD = re.compile(r"@\s*([^\s{}()@,=#%\"'\\~]+)\s*([{(])")
_KEYED = r"\s*[^\s{}=,\"#%\\]*\s*,\s*(?:%[^\n]*\n\s*)*[A-Za-z][\w:.+-]*\s*="
# What begins a block beyond doubt: a key and a field, or an @string with its name.
GENUINE = re.compile(
    rf"(?m)^[ \t]*(@[ \t]*(?:[\w-]+\s*[{{(]{_KEYED}"
    r"|(?i:string)\s*[{(]\s*[\w:.+-]+\s*=|(?i:preamble)\s*[{(]\s*[\"{]|(?i:comment)\s*\{))"
)
INLINE = re.compile(rf"(?:(?<=[\s}}%])|^)@\s*[\w-]+\s*[{{(]{_KEYED}")
NAME = re.compile(r"[^\s=,{}()\"#%\\]+")
BARE = re.compile(r"[^\s{}\",#=%()\\]+")
SPACE = re.compile(r"\s*(?:%[^\n]*\n\s*)*")
BRACE = re.compile(r"[{}]")
KEYLESS = re.compile(r"[A-Za-z][\w-]*\s*=\s*[{\"\d]")
UNQUOTED = re.compile(r"[^,{}\"=\n]*")
EXTRA_BRACE = re.compile(r"\s*,\s*[A-Za-z][\w:.+-]*\s*=")


class BrokenBlock(Exception):
    """A block that cannot be read: why, and where the text goes on."""

    def __init__(self, reason: str, end: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.end = end


@dataclass(slots=True)
class Raw:
    """A block as it was split: where it starts and ends, its type, its key and its unevaluated fields.

    `simple` says that each value is one group, one quoted text, one word, and no expression.
    """

    kind: str
    start: int
    end: int
    line: int = 0
    type: str = ""
    key: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    reason: str = ""
    simple: bool = False
    warnings: list[str] = field(default_factory=list)


class Scanner:
    """Scans one text; remembers where blocks begin beyond doubt, so that none is read past the next one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] | None = None
        self._reach = 4 * len(text)

    def limit(self, position: int) -> int:
        """Return where the next block begins beyond doubt, or the end of the text."""
        if self._starts is None:
            self._starts = [match.start(1) for match in GENUINE.finditer(self.text)]
        i = bisect_right(self._starts, position)
        return self._starts[i] if i < len(self._starts) else len(self.text)

    def block(self, start: int) -> Raw:
        """Return the block at an "@"; a broken one is of kind "quarantine" and reaches to the next block."""
        limit = self.limit(start)
        head = HEAD.match(self.text, start, limit)
        if head is None:
            return Raw("comment", start, limit)
        kind = {"string": "string", "preamble": "preamble", "comment": "comment"}.get(head[1].lower(), "entry")
        closing = "}" if head[2] == "{" else ")"
        raw = Raw(kind, start, limit, type=head[1].lower())
        try:
            if kind == "comment":
                raw.end = self._comment(head.end(), closing, limit)
            elif kind == "preamble":
                raw.end = self._closed(head.end(), closing, limit)
            elif kind == "string":
                raw.end = self._fields(raw, head.end(), closing, limit)
            else:
                raw.end = self._entry(raw, head.end(), closing, limit)
        except BrokenBlock as broken:
            return Raw("quarantine", start, broken.end, type=raw.type, key=raw.key, reason=broken.reason)
        return raw

    def _closed(self, position: int, closing: str, limit: int) -> int:
        """Return the position after the delimiter that closes free text."""
        opening = {"}": "{", ")": "("}[closing]
        depth = braces = 0
        for match in re.compile(r"[{}()]").finditer(self.text, position, limit):
            if match[0] == closing and depth == 0 and braces <= 0:
                return match.end()
            depth += (match[0] == opening) - (match[0] == closing)
            braces += 0 if closing == "}" else (match[0] == "{") - (match[0] == "}")
        raise BrokenBlock("unclosed brace" if closing == "}" else "unclosed parenthesis", limit)

    def _comment(self, position: int, closing: str, limit: int) -> int:
        """Return the end of a comment, which may hold whole entries that somebody put out of use.

        What it may read past the next block is bounded, so that a file of unclosed comments takes no square time.
        """
        reach = min(len(self.text), position + self._reach)
        try:
            return self._closed(position, closing, max(limit, reach))
        except BrokenBlock as broken:
            self._reach -= max(reach - position, 0)
            raise BrokenBlock(broken.reason, limit) from None

    def _entry(self, raw: Raw, position: int, closing: str, limit: int) -> int:
        position = self.skip(position, limit)
        if KEYLESS.match(self.text, position, limit):
            raw.warnings.append("an entry without a key")
            return self._fields(raw, position, closing, limit)
        match = re.compile(rf"[^,{{}}={closing}\n]*").match(self.text, position, limit)
        raw.key = match[0].strip() if match else ""
        position = self.skip(match.end() if match else position, limit)
        if self.text[position : position + 1] == closing:
            return position + 1
        if self.text[position : position + 1] != ",":
            raise BrokenBlock("no comma after the key", limit)
        return self._fields(raw, position + 1, closing, limit)

    def skip(self, position: int, limit: int) -> int:
        """Skip white space and the comments that a % begins."""
        match = SPACE.match(self.text, position, limit)
        return match.end() if match else position

    def _fields(self, raw: Raw, position: int, closing: str, limit: int) -> int:
        """Read `name = value, ...` up to the closing delimiter; return the position after it."""
        comma = True
        while True:
            position = self.skip(position, limit)
            char = self.text[position : position + 1] if position < limit else ""
            if char == closing:
                if not (char == "}" and raw.fields and EXTRA_BRACE.match(self.text, position + 1, limit)):
                    return position + 1
                _keep_brace(raw)
                comma, position = False, position + 1
                continue
            if char == ",":
                if comma and raw.fields:
                    raw.warnings.append("a comma too many")
                comma, position = True, position + 1
                continue
            if not char:
                raise BrokenBlock("unclosed brace" if closing == "}" else "unclosed parenthesis", limit)
            if not comma:
                raw.warnings.append(f"a comma is missing after the field {raw.fields[-1][0]}")
            position = self._field(raw, position, closing, limit)
            comma = False

    def _field(self, raw: Raw, position: int, closing: str, limit: int) -> int:
        name = NAME.match(self.text, position, limit)
        if name is None:
            raise BrokenBlock(f"a field cannot begin with {self.text[position]!r}", limit)
        equals = self.skip(name.end(), limit)
        if equals >= limit or self.text[equals] != "=":
            raise BrokenBlock(f"no = after {name[0]!r}", limit)
        start = self.skip(equals + 1, limit)
        end = self.value(start, limit)
        value = self.text[start:end]
        after = self.skip(end, limit)
        if after < limit and self.text[after] not in f",{closing}":
            value, end = self._continued(raw, name[0], value, start, after, limit)
        raw.fields.append((name[0], value))
        if len(raw.fields) > MAX_FIELDS:
            raise BrokenBlock(f"more than {MAX_FIELDS} fields", limit)
        return end

    def _continued(self, raw: Raw, name: str, value: str, start: int, after: int, limit: int) -> tuple[str, int]:
        """Read on where a value did not end: the next field, or text up to a closing brace too many."""
        following = NAME.match(self.text, after, limit)
        if following and self.text.startswith("=", self.skip(following.end(), limit)):
            return value, after
        words = UNQUOTED.match(self.text, after, limit)
        if words and value[0] not in '{"' and self.text[words.end() : words.end() + 1] in (",", "}"):
            raw.warnings.append(f"the value of {name} has no braces")
            return f"{{{self.text[start : words.end()].strip()}}}", words.end()
        brace = self.text.find("}", after, limit)
        if brace > 0 and "{" not in self.text[after:brace] and EXTRA_BRACE.match(self.text, brace + 1, limit):
            raw.warnings.append(f"a closing brace too many in the field {name}")
            joined = f"{value} {self.text[after:brace].strip()}"
            return f"{{{BRACE.sub('', joined)}}}", brace + 1
        raise BrokenBlock(f"the value of {name!r} does not end where it should", limit)

    def value(self, position: int, limit: int) -> int:
        """Return the end of an expression: pieces joined by #."""
        while True:
            end = self.piece(position, limit)
            position = self.joined(end, limit)
            if position < 0:
                return end

    def joined(self, end: int, limit: int) -> int:
        """Return where the next piece of an expression begins, or -1 when no # follows."""
        after = self.skip(end, limit)
        return self.skip(after + 1, limit) if after < limit and self.text[after] == "#" else -1

    def piece(self, position: int, limit: int) -> int:
        """Return the end of one piece of an expression: a group, a quoted text or a word."""
        char = self.text[position : position + 1] if position < limit else ""
        if char == "{":
            return self._group(position, limit)
        if char == '"':
            return self._quoted(position, limit)
        bare = BARE.match(self.text, position, limit)
        if bare is None:
            raise BrokenBlock("a field without a value" if char else "unclosed brace", limit)
        return bare.end()

    def _group(self, position: int, limit: int) -> int:
        depth = 0
        for match in BRACE.finditer(self.text, position, limit):
            depth += 1 if match[0] == "{" else -1
            if depth == 0:
                return match.end()
            if depth > MAX_DEPTH:
                raise BrokenBlock(f"nested deeper than {MAX_DEPTH} braces", limit)
        raise BrokenBlock("unclosed brace", limit)

    def _quoted(self, position: int, limit: int) -> int:
        """Return the end of a quoted value: a quote inside braces or after a backslash does not close it."""
        depth = 0
        for match in re.compile(r'[{}"]').finditer(self.text, position + 1, limit):
            if match[0] == "{":
                depth += 1
            elif match[0] == "}":
                depth -= 1
                if depth < 0:
                    break
            elif depth == 0 and not self._escaped_quote(match.start(), limit):
                return match.end()
        raise BrokenBlock("unclosed quote", limit)

    def _escaped_quote(self, position: int, limit: int) -> bool:
        """Tell whether a quote after a backslash is an umlaut: nothing that ends a value follows it."""
        if self.text[position - 1] != "\\":
            return False
        after = self.skip(position + 1, limit)
        return after < limit and self.text[after] not in ",})#"


def _keep_brace(raw: Raw) -> None:
    """Say that a closing brace is one too many; an escaped one that ended the last value is a sign of it."""
    name, value = raw.fields[-1]
    if value.endswith("\\}"):
        raw.fields[-1] = (name, f"{value[:-2]}\\textbraceright}}")
    raw.warnings.append(f"a closing brace too many in the field {name}")

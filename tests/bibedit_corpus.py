"""Edit and format real .bib files: an edit of one entry changes only its lines, a format changes no reference.

Run as a script over a folder: `python -m tests.bibedit_corpus FOLDER [--seed 1] [--edits 3] [--files 300]`.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

from refs.formats import read
from refs.formats.bibedit import (
    Entry,
    Outline,
    Splice,
    add_fields,
    apply,
    braced,
    outline,
    remove_field,
    replace_field,
    set_key,
)
from refs.formats.bibfmt import DEFAULT, Rules, format_text
from refs.formats.encodings import decode, encode_like
from refs.model import Reference

ENDINGS = (".bib", ".bibtex", ".biblatex")
EVERYTHING = replace(DEFAULT, order=True, align=True, indent=4, trailing_comma=False)
ADDED = {"x-added": "{An {Added} field}"}


def assert_edits_are_local(text: str, before: Outline, entry: Entry) -> None:
    """Make each edit of one entry; assert that no other line changes and that it says what was asked."""
    field = entry.fields[0] if entry.fields else None
    edits: list[list[Splice]] = [set_key(entry, "new-key"), add_fields(text, entry, ADDED)]
    if field:
        edits += [replace_field(entry, field.name, braced("new")), remove_field(text, entry, field.name)]
    count = len(entry.fields)
    for number, splices in enumerate(edits):
        changed = apply(text, splices)
        after = outline(changed)
        place = next(i for i, block in enumerate(before.blocks) if block.start == entry.start)
        shift = len(changed) - len(text)
        assert changed[: entry.start] == text[: entry.start]
        assert changed[entry.end + shift :] == text[entry.end :]
        assert len(after.blocks) == len(before.blocks)
        found = after.entries[place]
        assert found is not None, changed[entry.start : entry.end + shift]
        assert len(found.fields) == count + (0, 1, 0, -1)[number]
        if number == 0:
            assert found.key == "new-key"
        elif number == 1:
            assert (found.fields[-1].name, found.fields[-1].value) == next(iter(ADDED.items()))
        elif number == 2:
            assert found.fields[0].value == "{new}"


def meaning(text: str) -> list[Reference]:
    """Return the references of a text without their places."""
    return [replace(reference, sources={}) for reference in read(text.encode(), "any.bib").references]


def assert_format_keeps(text: str, rules: Rules) -> int:
    """Format a text; assert that its references stay, and that a second time changes nothing. Return the changes."""
    result = format_text(text, rules)
    before, after = meaning(text), meaning(result.text)
    if rules.sort:
        before.sort(key=repr)
        after.sort(key=repr)
    for old, new in zip(before, after, strict=True):
        assert old == new
    again = format_text(result.text, rules)
    assert again.text == result.text
    assert (again.changed, again.moved) == (0, 0)
    return result.changed + result.moved


def check(path: Path, chance: random.Random, edits: int, *, formats: bool = True) -> Counter[str]:
    """Check one file; return what was counted."""
    data = path.read_bytes()
    text, _ = decode(data)
    counts = Counter(files=1)
    if encode_like(text, data) != data:
        counts["not editable: encoding"] += 1
        return counts
    text = text.removeprefix("\ufeff")
    before = outline(text)
    found = [entry for entry in before.entries if entry and entry.key != "new-key" and not entry.field("x-added")]
    counts["entries"] = sum(block.kind == "entry" for block in before.blocks)
    counts["editable"] = sum(entry is not None for entry in before.entries)
    for entry in chance.sample(found, min(edits, len(found))):
        assert_edits_are_local(text, before, entry)
        counts["edited"] += 1
    if formats:
        counts["formatted"] += assert_format_keeps(text, DEFAULT)
        counts["ordered"] += assert_format_keeps(text, EVERYTHING)
        counts["sorted"] += assert_format_keeps(text, Rules(sort="-year,author"))
    return counts


def files(folder: Path) -> list[Path]:
    """Return the .bib files of a folder in a stable order."""
    return sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS)


def main() -> None:
    """Check the files and print what was counted, failures with their files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edits", type=int, default=3)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--edits-only", action="store_true")
    arguments = parser.parse_args()
    found = files(arguments.folder)
    chance = random.Random(arguments.seed)  # noqa: S311
    counts: Counter[str] = Counter()
    for path in chance.sample(found, min(arguments.files, len(found))):
        try:
            counts += check(path, chance, arguments.edits, formats=not arguments.edits_only)
        except Exception as error:
            counts["failed"] += 1
            print(f"{path}: {type(error).__name__}: {str(error)[:1500]}", flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main()

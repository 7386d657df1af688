"""Compare what this processor prints with recorded output of citeproc-js, style by style.

Run as a script for the differences: `REFS_SHARED=... python tests/csl_oracle.py [-v] [file stem ...]`.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from refs.csl import Processor, Style

# The shares that must be identical: of all recordings together, and of each.
NEEDED = 0.995
NEEDED_OF_EACH = 0.99


@dataclass
class Comparison:
    """The outcome for one style: counts of what is equal, and the differences."""

    name: str
    total: int = 0
    equal: int = 0
    misplaced: int = 0
    differences: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.equal / self.total if self.total else 0.0

    def add(self, key: str, expected: str, printed: str) -> None:
        self.total += 1
        if expected == printed:
            self.equal += 1
        else:
            self.differences.append((key, expected, printed))


def oracle_directory() -> Path | None:
    """Return the directory of the recorded output, or None when it is not given."""
    shared = os.environ.get("REFS_SHARED")
    directory = Path(shared) / "csl" / "oracle" if shared else None
    return directory if directory is not None and directory.is_dir() else None


def compare(path: Path, items: list[dict[str, object]]) -> Comparison:
    """Print all items in the style of a recording, and compare bibliography, order and citations."""
    recorded = json.loads(path.read_text(encoding="utf-8"))
    result = Comparison(path.stem)
    processor = Processor(Style.load(recorded["style"]), items, recorded["locale"])
    printed = dict(processor.bibliography())
    for key, expected in aligned(recorded, printed).items():
        result.add(key, expected, printed.get(key, ""))
    for key, expected in recorded["citations"].items():
        result.add("cite " + key, expected, processor.cite([{"id": key}]))
    order = recorded["order"]
    ours = processor.order()
    result.misplaced = sum(1 for a, b in zip(order, ours, strict=True) if a != b)
    return result


def aligned(recorded: Any, printed: dict[str, str]) -> dict[str, str]:
    """Return the recorded entries by the items that they belong to.

    citeproc-js leaves out entries without content but lists their ids, so the recording, which pairs ids and
    entries in order, has every entry after such an item one place too early.
    """
    order = recorded["order"]
    entries = [recorded["bibliography"][key] for key in order if recorded["bibliography"][key]]
    missing = len(order) - len(entries)
    silent = [key for key in order if key not in printed]
    if not missing or len(silent) != missing:
        return dict(recorded["bibliography"])
    return dict(zip([key for key in order if key in printed], entries, strict=True)) | dict.fromkeys(silent, "")


def main(arguments: list[str]) -> int:
    directory = oracle_directory()
    if directory is None:
        sys.stderr.write("REFS_SHARED does not name a directory with csl/oracle\n")
        return 2
    verbose = "-v" in arguments
    wanted = [name for name in arguments if name != "-v"]
    items = json.loads((directory / "items.json").read_text(encoding="utf-8"))
    total = equal = 0
    for path in sorted(directory.glob("*.json")):
        if path.stem == "items" or (wanted and path.stem not in wanted):
            continue
        result = compare(path, items)
        total += result.total
        equal += result.equal
        print(f"{result.name:55} {result.equal:5}/{result.total} {result.share:7.2%}  misplaced {result.misplaced}")
        for key, expected, printed in result.differences if verbose else []:
            print(f"  {key}\n    - {expected}\n    + {printed}")
    print(f"{'all':55} {equal:5}/{total} {equal / total:7.2%}")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(main(sys.argv[1:]))

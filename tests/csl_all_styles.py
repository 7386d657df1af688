"""Print fifty varied items in every packaged style, in every locale that the style names.

Run as a script for all 2,851 independent styles: `python tests/csl_all_styles.py [--every N]`. Each style must print
every entry, a citation of each item, and a document of clusters, without an exception.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from refs.csl import Processor, Style, repository

if __package__:
    from tests.csl_items import varied_cites, varied_items
else:
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.csl_items import varied_cites, varied_items


def independent_styles() -> list[Path]:
    """Return the files of all independent styles, in the order of their names."""
    directory = Path(repository.find_style("apa").path).parent
    return sorted(directory.glob("*.csl"))


def named_locales(data: bytes) -> list[str]:
    """Return the default locale of a style and those that it has terms for; en-US when it names none."""
    default = re.findall(rb'<style[^>]*\bdefault-locale="([^"]+)"', data)
    own = re.findall(rb'<locale\b[^>]*\bxml:lang="([^"]+)"', data)
    return list(dict.fromkeys(tag.decode() for tag in [*default, *own])) or ["en-US"]


def print_everything(path: Path, locale: str) -> int:
    """Print all items in a style and locale; return how many entries and citations came out."""
    items = varied_items()
    processor = Processor(Style.parse(path.read_bytes(), str(path)), items, locale)
    count = 0
    for _, entry in processor.bibliography():
        assert entry.startswith('<div class="csl-entry">')
        count += 1
    for cites in varied_cites(items):
        assert isinstance(processor.cite(cites, format="text"), str)
        count += 1
    clusters = [
        {"id": str(number), "cites": cites, "note": number}
        for number, cites in enumerate(varied_cites(items) + varied_cites(items)[:10], 1)
    ]
    return count + len(processor.update(clusters))


def failures(paths: list[Path]) -> Iterator[str]:
    """Yield the style, locale and last lines of the traceback for each that fails."""
    for path in paths:
        try:
            for locale in named_locales(path.read_bytes()):
                print_everything(path, locale)
        except Exception:  # a script that lists every failure must survive each
            lines = traceback.format_exc().strip().splitlines()
            yield f"{path.stem}@{locale}: {lines[-1]} | {lines[-3].strip()}"


def main(arguments: list[str]) -> int:
    step = int(arguments[arguments.index("--every") + 1]) if "--every" in arguments else 1
    paths = independent_styles()[::step]
    found = 0
    for failure in failures(paths):
        print(failure, flush=True)
        found += 1
    print(f"{len(paths)} styles, {found} failures")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

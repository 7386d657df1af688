"""Print items and read styles that are wrong in every way: no exception but ParseError for styles, and no hang.

Run as a script: `python tests/csl_fuzz.py [--items 20000] [--styles 2000] [--seed 1]`. A case is made from the seed and
its number alone, so that `--only NUMBER` repeats one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from refs import model
from refs.csl import Processor, Style, repository, schema
from refs.csl.writers import TARGETS
from refs.errors import ParseError

if not __package__:
    sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.csl_items import DATES, NAMES, NUMBERS, TITLES, full_item

STYLES = (
    "apa",
    "chicago-author-date",
    "chicago-notes-bibliography",
    "modern-language-association",
    "ieee",
    "nature",
    "nlm-citation-sequence",
    "gost-r-7-0-5-2008",
    "china-national-standard-gb-t-7714-2015-numeric",
    "harvard-cite-them-right",
    "din-1505-2-alphanumeric",
    "american-medical-association",
)
ODD_TEXTS = [
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e",
    "<i>",
    "</i>",
    "<i><b></i></b>",
    '<span class="nocase">',
    '<span style="font-variant: small-caps;">x</span>',
    "“”‘’\"'",
    "'",
    "’s",
    "?!.,;:",
    "...",
    "a" * 5000,
    " " * 3000,
    "." * 2000,
    "'" * 1000,
    '"a" ' * 500,
    "<i><b>" * 300,
    "-" * 50,
    "1" * 400,
    "10-",
    "–5",
    "1-2-3",
    "i-xx",
    "Ⅳ",
    "٣",
    "&amp;",
    "{}",
    "%s",
    "\n\t\r",
    "é" * 200,
    "e\u0301\u0323" * 50,
    "שלום",
    "ﷺ",
    "𝔘𝔫𝔦",
    "original-date: 1925\nissued: x\neditor: A || B\ntype: book",
    "{:original-title: x}{:author: y}",
]
ODD_VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    3.5,
    10**30,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    [None],
    {"a": {}},
]


def odd_text(rng: random.Random) -> str:
    return "".join(rng.choice([*ODD_TEXTS, *TITLES, *NUMBERS]) for _ in range(rng.randint(1, 3)))


def odd_value(rng: random.Random, depth: int = 0) -> Any:
    """Return a value of any type that JSON has, and some that it has not."""
    kind = rng.random()
    if kind < 0.4:
        return odd_text(rng)
    if kind < 0.7 or depth > 3:
        return rng.choice(ODD_VALUES)
    if kind < 0.85:
        return [odd_value(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    keys = ["family", "given", "literal", "date-parts", "raw", "season", "circa", "suffix", "isInstitution", "x", 5]
    return {rng.choice(keys): odd_value(rng, depth + 1) for _ in range(rng.randint(0, 4))}


def odd_name(rng: random.Random) -> Any:
    parts = ["family", "given", "suffix", "non-dropping-particle", "dropping-particle", "literal"]
    flags = ["static-ordering", "comma-suffix", "parse-names"]
    name: dict[str, Any] = {part: odd_text(rng) for part in parts if rng.random() < 0.5}
    name |= {flag: rng.choice([True, False, 1, "true"]) for flag in flags if rng.random() < 0.2}
    return name if rng.random() < 0.9 else odd_value(rng)


def odd_date(rng: random.Random) -> Any:
    def part() -> Any:
        return rng.choice(
            [rng.randint(-3000, 3000), rng.randint(0, 40), str(rng.randint(1, 13)), "", None, odd_value(rng)]
        )

    date: dict[str, Any] = {
        "date-parts": [[part() for _ in range(rng.randint(0, 4))] for _ in range(rng.randint(0, 3))]
    }
    for key in ("circa", "season", "literal", "raw"):
        if rng.random() < 0.2:
            date[key] = odd_value(rng)
    return date if rng.random() < 0.9 else odd_value(rng)


def odd_item(rng: random.Random, number: int) -> dict[str, Any]:
    """Return an item in which about half of the fields are wrong."""
    item = full_item(rng.choice(sorted(model.TYPES)), rng.randint(0, 50))
    item["id"] = f"item-{number}"
    for name in list(item):
        if name == "id":
            continue
        chance = rng.random()
        if chance < 0.3:
            del item[name]
        elif chance < 0.6:
            if name in model.NAME_VARIABLES:
                item[name] = [odd_name(rng) for _ in range(rng.randint(0, 4))]
            elif name in model.DATE_VARIABLES:
                item[name] = odd_date(rng)
            else:
                item[name] = odd_text(rng)
        elif chance < 0.75:
            item[name] = odd_value(rng)
    if rng.random() < 0.1:
        item[odd_text(rng)] = odd_value(rng)
    return item


def odd_cite(rng: random.Random, key: str) -> dict[str, Any]:
    cite: dict[str, Any] = {"id": key}
    for name in ("locator", "label", "prefix", "suffix", "suppress-author", "author-only", "position", "near-note"):
        if rng.random() < 0.3:
            cite[name] = rng.choice([odd_text(rng), rng.choice(sorted(schema.LOCATORS)), odd_value(rng)])
    return cite


def print_items(rng: random.Random, styles: list[Style], first: int, count: int) -> None:
    """Print some odd items as bibliography, citations and document, in every target."""
    items = [odd_item(rng, first + n) for n in range(count)]
    items += [{**items[0], "id": "twin"}, {"author": NAMES[0], "issued": DATES[0]}]
    processor = Processor(rng.choice(styles), items, rng.choice([None, "de-DE", "fr-FR", "ar", "zh-CN", "xx-XX"]))
    target = rng.choice(list(TARGETS))
    for _, entry in processor.bibliography(format=target):
        entry.encode()
    keys = processor.order()
    cites = [odd_cite(rng, rng.choice([*keys, "missing"])) for _ in range(4)]
    processor.cite(cites, format=target).encode()
    processor.cite(cites[:1], format=target, mode=rng.choice(["composite", "author-only", "suppress-author", ""]))
    clusters = [{"id": str(n), "cites": [odd_cite(rng, rng.choice(keys))], "note": n % 7} for n in range(5)]
    processor.update(clusters, format=target)
    processor.update(rng.sample(clusters, 3), format=target)
    assert all(isinstance(problem, str) for problem in processor.problems)


def odd_style(rng: random.Random, sources: list[bytes]) -> bytes:
    """Return a style damaged in some places: bytes, tags, attributes, values or whole elements."""
    data = bytearray(rng.choice(sources))
    for _ in range(rng.randint(1, 6)):
        rng.choice(DAMAGES)(rng, data)
    return bytes(data)


def damage_bytes(rng: random.Random, data: bytearray) -> None:
    start = rng.randrange(len(data))
    data[start : start + rng.randint(0, 3)] = bytes(rng.randrange(256) for _ in range(rng.randint(0, 3)))


def damage_value(rng: random.Random, data: bytearray) -> None:
    """Replace the value of an attribute by one that stands elsewhere, or by nonsense."""
    quotes = [i for i, byte in enumerate(data) if byte == ord('"')]
    if len(quotes) < 4:
        return
    place = 2 * rng.randrange(len(quotes) // 2)
    other = 2 * rng.randrange(len(quotes) // 2)
    nonsense = [b"", b"x", b"-1", b"99999999999", b"true", b"\xc3\xa9", b"text", b"all", b"author editor", b"&#x10;"]
    value = bytes(data[quotes[other] + 1 : quotes[other + 1]]) if rng.random() < 0.6 else rng.choice(nonsense)
    data[quotes[place] + 1 : quotes[place + 1]] = value


def damage_tag(rng: random.Random, data: bytearray) -> None:
    """Delete or double the text between two tags."""
    tags = [i for i, byte in enumerate(data) if byte == ord("<")]
    if len(tags) < 3:
        return
    start = rng.randrange(len(tags) - 2)
    end = min(len(tags) - 1, start + rng.randint(1, 4))
    piece = bytes(data[tags[start] : tags[end]])
    data[tags[start] : tags[end]] = piece * 2 if rng.random() < 0.5 else b""


DAMAGES: list[Callable[[random.Random, bytearray], None]] = [
    damage_bytes,
    damage_value,
    damage_value,
    damage_value,
    damage_tag,
]


def print_style(rng: random.Random, sources: list[bytes]) -> bool:
    """Read a damaged style and print with it if it can be read; return whether it could."""
    items = [full_item(rng.choice(sorted(model.TYPES)), n) for n in range(4)]
    try:
        style = Style.parse(odd_style(rng, sources), "fuzzed.csl")
        processor = Processor(style, items, rng.choice([None, "de-DE"]))
    except ParseError as error:
        if "fuzzed.csl" not in str(error):
            raise AssertionError("an error without its place") from error
        return False
    processor.bibliography(format="text")
    processor.cite([{"id": items[0]["id"], "locator": "3-5", "label": "page"}, {"id": items[1]["id"]}])
    return True


def item_cases(seed: int, count: int, batch: int = 5) -> Iterator[tuple[str, Callable[[], object]]]:
    styles = [Style.load(name) for name in STYLES]
    for number in range(0, count, batch):
        rng = random.Random(f"{seed} items {number}")  # noqa: S311
        yield f"items {number}", partial(print_items, rng, styles, number, batch)


def style_cases(seed: int, count: int) -> Iterator[tuple[str, Callable[[], object]]]:
    sources = [repository.find_style(name).data for name in STYLES]
    for number in range(count):
        rng = random.Random(f"{seed} styles {number}")  # noqa: S311
        yield f"styles {number}", partial(print_style, rng, sources)


def run(cases: Iterator[tuple[str, Callable[[], object]]]) -> tuple[int, list[str], tuple[float, str]]:
    """Run cases; return how many there were, those that raised, and the slowest."""
    count, failed, slowest = 0, [], (0.0, "")
    for name, case in cases:
        started = time.process_time()
        try:
            case()
        except Exception:  # the script lists every failure
            lines = traceback.format_exc().strip().splitlines()
            failed.append(f"{name}: {lines[-1][:200]} | {lines[-3].strip()}")
        count += 1
        slowest = max(slowest, (time.process_time() - started, name))
    return count, failed, slowest


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--styles", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one case, which is then run with its traceback")
    options = parser.parse_args()
    failures = 0
    for cases in (item_cases(options.seed, options.items), style_cases(options.seed, options.styles)):
        if options.only is not None:
            for name, case in cases:
                if name.endswith(f" {options.only}"):
                    case()
            continue
        count, failed, slowest = run(cases)
        print("\n".join(failed[:40]))
        print(f"{count} cases, {len(failed)} failures, slowest {slowest[0]:.2f} s ({slowest[1]})")
        failures += len(failed)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

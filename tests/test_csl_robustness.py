"""Samples of what tests/csl_all_styles.py and tests/csl_fuzz.py run in full, and hostile styles."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from refs.csl import Processor, Style
from refs.errors import ParseError
from tests import csl_all_styles, csl_fuzz

SEED = 7
HEAD = '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="in-text"><info><title>T</title></info>'
TAIL = '<citation><layout><text macro="m0"/></layout></citation></style>'


def spaced(paths: list[Path], count: int) -> list[Path]:
    return paths[:: len(paths) // count][:count]


@pytest.mark.parametrize("path", spaced(csl_all_styles.independent_styles(), 40), ids=lambda path: path.stem)
def test_a_sample_of_styles_prints_everything_in_its_locales(path: Path) -> None:
    for locale in csl_all_styles.named_locales(path.read_bytes()):
        assert csl_all_styles.print_everything(path, locale) > 100


def test_wrong_items_raise_nothing() -> None:
    count, failed, _ = csl_fuzz.run(csl_fuzz.item_cases(SEED, 300))
    assert count == 60
    assert failed == []


def test_damaged_styles_raise_only_located_errors() -> None:
    count, failed, _ = csl_fuzz.run(csl_fuzz.style_cases(SEED, 60))
    assert count == 60
    assert failed == []


@pytest.mark.parametrize(
    "title",
    [" " * 20_000, "." * 20_000, "“" * 20_000, "'" * 20_000, '"a" ' * 5_000, "<i><b>" * 3_000, "(" * 20_000],
    ids=lambda title: title[:6],
)
def test_long_titles_of_marks_print(title: str) -> None:
    item = {"id": "x", "type": "book", "title": f"A{title}b", "author": [{"family": title, "given": title}]}
    processor = Processor(Style.load("apa"), [item])
    ((_, entry),) = processor.bibliography("text")
    assert len(entry) > 50
    assert processor.cite([{"id": "x", "prefix": title, "suffix": title}], format="text")


HOSTILE = {
    "entities": '<!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><style>&b;</style>',
    "external entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><style>&e;</style>',
    "depth": HEAD + "<macro name='m0'>" + "<group>" * 100_000,
    "a million groups": HEAD + "<macro name='m0'>" + "<group/>" * 1_000_000 + "</macro>" + TAIL,
    "a million nested groups": HEAD + "<macro name='m0'>" + "<group>" * 1_000_000 + "</group>" * 1_000_000,
    "many attributes": "<style " + " ".join(f'a{n}="1"' for n in range(70_000)) + "/>",
    "cycle of macros": HEAD
    + '<macro name="m0"><text macro="m1"/></macro><macro name="m1"><text macro="m0"/></macro>'
    + TAIL,
    "macros that double": HEAD
    + "".join(f'<macro name="m{n}"><text macro="m{n + 1}"/><text macro="m{n + 1}"/></macro>' for n in range(60))
    + '<macro name="m60"><text value="x"/></macro>'
    + TAIL,
    "a chain of macros": HEAD
    + "".join(f'<macro name="m{n}"><text macro="m{n + 1}"/></macro>' for n in range(5000))
    + '<macro name="m5000"><text value="x"/></macro>'
    + TAIL,
    "an unknown macro": HEAD + TAIL,
    "not XML": "\x00\x01\x02",
    "nothing": "",
    "not CSL": "<html><body>404</body></html>",
    "newer": HEAD.replace('version="1.0"', 'version="1.2"') + TAIL,
    "no version": HEAD.replace('version="1.0"', 'version="x"') + TAIL,
    "no citation": HEAD + "</style>",
    "cut": HEAD + "<macro name=",
    "a long attribute": HEAD + f'<macro name="{"m" * 9_000_000}"/>' + TAIL,
    "an unknown encoding": '<?xml version="1.0" encoding="ebcdic-x"?>' + HEAD + TAIL,
}


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """Collect the files and sockets that Python opens; modules that reading a style needs are loaded before."""
    Style.parse(HEAD + "<macro name='m0'><text value='x'/></macro>" + TAIL, "good.csl")
    events: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event.startswith(("open", "socket", "urllib", "subprocess")):
            events.append(f"{event} {arguments}")

    sys.addaudithook(watch)
    yield events
    watching = False


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_styles_get_a_located_error_and_nothing_is_opened(name: str, opened: list[str]) -> None:
    source = HOSTILE[name].encode()
    with pytest.raises(ParseError) as raised:
        Style.parse(source, "hostile.csl")
    assert opened == []
    assert str(raised.value).startswith("hostile.csl:")
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400

"""CSL-YAML, Hayagriva and CITATION.cff: whole files against their output, round trips, limits, damage."""

from __future__ import annotations

import json
import os
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refs.errors import ParseError, UsageError
from refs.formats import Document, guess, read, write
from refs.formats.inlines import to_markdown, to_rich
from refs.formats.yamlnodes import dump, load, outline
from refs.formats.zoterofields import CREATORS, CSL_TYPES, FIELDS
from refs.model import Date, Name, Reference, Source
from tests.bibliography import described
from tests.sample_references import WORDS, references

DATA = Path(__file__).parent / "data"
FORMATS = ("cslyaml", "hayagriva", "cff")
FILES = [path for kind in FORMATS for path in sorted((DATA / kind).iterdir()) if path.suffix != ".json"]
KNOWN = Path(__file__).parent / "yaml_known_failures.json"
SHARED = Path(os.environ.get("REFS_SHARED", ""), "bib", "tricky")
BETTER_BIBTEX = SHARED / "zotero-better-bibtex" / "test" / "fixtures"
shared = pytest.mark.skipif("REFS_SHARED" not in os.environ, reason="REFS_SHARED names no folder with the suites")


def bare(reference: Reference) -> Reference:
    return replace(reference, sources={})


def assert_nothing_is_left_out(document: Document, text: str) -> None:
    assert "".join(block.raw for block in document.blocks) == text
    assert all((block.reference is not None) == (block.kind == "entry") for block in document.blocks)
    assert all(block.reason for block in document.quarantined)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_are_read_as_expected(path: Path) -> None:
    document = read(path.read_bytes(), path.name)
    assert_nothing_is_left_out(document, path.read_text("utf-8"))
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text("utf-8"))
    assert {"format": document.format, "blocks": described(document)} == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_are_written_as_they_were_read(path: Path) -> None:
    document = read(path.read_bytes(), path.name)
    text = write([bare(one) for one in document.references], document.format)
    again = read(text.encode(), path.name, document.format)
    assert_nothing_is_left_out(again, text)
    assert [bare(one) for one in again.references] == [bare(one) for one in document.references]
    assert write([bare(one) for one in again.references], document.format) == text


@pytest.mark.parametrize("format", ["cslyaml", "hayagriva"])
def test_every_type_and_variable_comes_back(format: str) -> None:
    for seed in range(40):
        wanted = references(seed, 5)
        text = write(wanted, format)
        document = read(text.encode(), "x.yaml", format)
        assert_nothing_is_left_out(document, text)
        assert [bare(one) for one in document.references] == wanted
        assert write([bare(one) for one in document.references], format) == text


def test_a_citation_file_is_written_again_as_it_was() -> None:
    for seed in range(40):
        text = write(references(seed, 3), "cff")
        document = read(text.encode(), "CITATION.cff")
        assert_nothing_is_left_out(document, text)
        assert (len(document.references), document.quarantined) == (3, ())
        assert write(document.references, "cff") == text


def test_a_citation_file_holds_what_an_article_says() -> None:
    article = Reference(
        "article-journal",
        {
            "author": (Name("Berg", "Jan", "van den", suffix="Jr."), Name(literal="The Project")),
            "title": "On a Program",
            "container-title": "Journal",
            "issued": Date(((2021, 7),)),
            "page": "1-9",
            "DOI": "10.1000/program",
            "keyword": "one, two",
            "publisher": "Press",
            "publisher-place": "Paris",
        },
    )
    (found,) = read(write([article], "cff").encode(), "CITATION.cff").references
    assert bare(found) == article


def test_a_citation_file_without_a_work_is_refused() -> None:
    with pytest.raises(UsageError, match="there is none to write"):
        write([], "cff")


def test_a_citation_file_for_a_dataset_says_so() -> None:
    data = Reference("dataset", {"title": "Numbers", "author": (Name("Doe", "Jane"),), "issued": Date(((2020, 5, 1),))})
    text = write([data], "cff")
    assert "type: dataset\ntitle: Numbers\n" in text
    assert "preferred-citation" not in text


def test_text_is_never_taken_for_a_number_a_date_or_a_truth() -> None:
    import yaml

    for text in [*WORDS, "", " ", "a: b", "a #b", "tail:", "tail ", "\x85", "\ufeffx", "\x7f", "\t", "*x", "!x", "010"]:
        written = dump({"field": text, text or "empty": [{"nested": text}]})
        assert load(written)["field"] == text
        assert yaml.safe_load(written)["field"] == text


@pytest.mark.parametrize(
    ("markdown", "rich"),
    [
        ("*a* **b** ***c***", "<i>a</i> <b>b</b> <b><i>c</i></b>"),
        ("_a_ snake_case __b__", "<i>a</i> snake_case <b>b</b>"),
        ("H~2~O x^2^ ~no sub~", "H<sub>2</sub>O x<sup>2</sup> ~no sub~"),
        ("[A]{.smallcaps} [B]{.nocase} [C]", '<span style="font-variant:small-caps;">A</span> '
         '<span class="nocase">B</span> [C]'),
        (r"\*a\* 2 * 3 **open", "*a* 2 * 3 **open"),
        ("$x^2_3$ and $5 and $6", "$x^2_3$ and $5 and $6"),
        ("1--2 --- AT&amp;T", "1–2 — AT&T"),
    ],
)  # fmt: skip
def test_markdown_becomes_rich_text(markdown: str, rich: str) -> None:
    assert to_rich(markdown) == rich
    assert to_rich(to_markdown(rich)) == rich


def bomb() -> str:
    """Return the nine levels of nine aliases each that stand for 387 million words."""
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    return "\n".join([*lines, "references: *a8", "type: *a8"])


def test_an_alias_bomb_is_refused() -> None:
    for text in (bomb(), f"references:\n- {{id: &a x, y: [{'*a, ' * 100}]}}\n- {{z: [{'*b, ' * 9}]}}\n"):
        with pytest.raises(ParseError):
            read(text.encode(), "x.yaml", "cslyaml")
    with pytest.raises(ParseError, match="aliases that stand for too much"):
        load(bomb())


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{" * 100_000, "- " * 50_000, "? " * 50_000, "{a: " * 50_000, '"' * 99_999, "&a " * 50_000],
    ids=lambda text: text[:4],
)
def test_depth_without_end_is_refused(text: str) -> None:
    started = time.process_time()
    with pytest.raises(ParseError):
        read(text.encode(), "x.yaml", "cslyaml")
    with pytest.raises(ParseError):
        read(text.encode(), "x.yaml", "hayagriva")
    assert time.process_time() - started < 10  # a guard against quadratic time, which would take minutes


def test_an_alias_reaches_over_its_neighbours() -> None:
    document = read(b"- &one {id: a, title: A}\n- {<<: *one, id: b}\n", "x.yaml", "cslyaml")
    assert [(one.key, one.text("title")) for one in document.references] == [("a", "A"), ("b", "A")]


def test_control_characters_cost_no_entry() -> None:
    document = read('references:\n- {id: a, title: "A\x07B\x85C\u2028D"}\n'.encode(), "x.yaml")
    assert document.references[0].text("title") == "A B C D"


def damaged(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    sign = chance.choice("[]{}:\"'#-&*!|>%@` \t\n\\,?\x00é")
    kind = chance.randrange(3)
    return text[:place] + (sign if kind else "") + text[place + (kind < 2) :]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_damage_is_told_and_loses_nothing(path: Path) -> None:
    chance = random.Random(path.name)  # noqa: S311
    whole = path.read_text("utf-8")
    format = guess(whole.encode(), path.name)
    for _ in range(150):
        text = whole
        for _ in range(chance.randint(1, 3)):
            text = damaged(text, chance)
        try:
            document = read(text.encode(), path.name, format)
        except ParseError:
            continue
        assert_nothing_is_left_out(document, text)
        if document.references:
            write(document.references, format)


@pytest.mark.parametrize(("format", "name"), [("cslyaml", "x.yaml"), ("hayagriva", "x.yml"), ("cff", "CITATION.cff")])
def test_a_damaged_entry_costs_no_other(format: str, name: str) -> None:
    chance = random.Random(4)  # noqa: S311
    opening = "cff-version: 1.2.0\ntitle: T\nauthors: [{name: A}]\n" if format == "cff" else ""
    for _ in range(1000):
        if format == "hayagriva":
            entries = [f"{key}:\n  type: book\n  title: {key} title\n" for key in ("first", "middle", "last")]
        else:
            entries = [f"- id: {key}\n  type: book\n  title: {key} title\n" for key in ("first", "middle", "last")]
        # its first line says where it begins, as the brace of a .bib entry does
        head, body = entries[1].split("\n", 1)
        entries[1] = f"{head}\n  {damaged(body.strip(), chance).strip()}\n"
        text = opening + ("" if format == "hayagriva" else "references:\n") + "".join(entries)
        document = read(text.encode(), name, format)
        assert_nothing_is_left_out(document, text)
        titles = [one.text("title") for one in document.references if one.text("title") != "T"]
        assert titles[0] == "first title", text
        assert "last title" in titles, text


def test_an_outline_of_a_broken_text_keeps_the_places() -> None:
    text = "references:\r\n  - a: 1\r\n  - b: [\r\n  - c: 3\r\nother: 1\r\n"
    found = outline(text, "references")
    assert [(item.line, item.value, bool(item.problem)) for item in found.items] == [
        (2, {"a": "1"}, False),
        (3, None, True),
        (4, {"c": "3"}, False),
    ]
    assert text[found.end :] == "other: 1\r\n"


def zotero_item(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item of Zotero by CSL's names, as far as it can be compared."""
    expected: dict[str, Any] = {"type": CSL_TYPES[item["itemType"].lower()]}
    for name, value in item.items():
        if isinstance(value, str) and (variable := FIELDS.get(name.lower())) and variable != "citation-key":
            expected[variable] = value
    for creator in item.get("creators", []):
        person = tuple(creator.get(part, "") for part in ("lastName", "firstName", "name"))
        expected.setdefault(CREATORS[creator["creatorType"].lower()], []).append(person)
    return expected


def found_value(reference: Reference, variable: str) -> Any:
    if variable == "type":
        return reference.type
    value = reference.fields.get(variable)
    if isinstance(value, tuple):
        families = [" ".join(part for part in (name.non_dropping_particle, name.family) if part) for name in value]
        return [(family, name.given, name.literal) for family, name in zip(families, value, strict=True)]
    return None if value is None else str(value)


@shared
@pytest.mark.parametrize("name", ["CSL-YAML import", "Hayagriva import"])
def test_better_bibtex_reads_the_same(name: str) -> None:
    """Compare with what Better BibTeX makes of its own test files; known differences are listed with a reason."""
    known = json.loads(KNOWN.read_text("utf-8"))
    document = read((BETTER_BIBTEX / "import" / f"{name}.yml").read_bytes(), f"{name}.yml")
    items = json.loads((BETTER_BIBTEX / "import" / f"{name}.json").read_text("utf-8"))["items"]
    by_key = {reference.key: reference for reference in document.references}
    assert by_key.keys() == {item["citationKey"] for item in items}
    differing = {
        f"{item['citationKey']} {variable}"
        for item in items
        for variable, value in zotero_item(item).items()
        if found_value(by_key[item["citationKey"]], variable) != value
    }
    assert differing == {case for case in known if case.split(" ")[0] in by_key}


@shared
def test_the_yaml_of_pandoc_and_better_bibtex_is_read_and_written_again() -> None:
    texts = [
        answer[: answer.rindex("---") + 4]
        for path in sorted((SHARED / "pandoc" / "test" / "command").glob("*.md"))
        for answer in path.read_text("utf-8").split("^D\n")[1:]
        if answer.startswith("---")
    ]
    texts += [path.read_text("utf-8") for path in sorted(BETTER_BIBTEX.glob("export/*.csl.yml"))]
    assert len(texts) > 70
    for text in texts:
        document = read(text.encode(), "x.yaml")
        assert document.format == "cslyaml"
        assert document.quarantined == ()
        assert_nothing_is_left_out(document, text)
        assert not any(one.extra for one in document.references)
        again = read(write(document.references, "cslyaml").encode(), "x.yaml")
        assert [bare(one) for one in again.references] == [bare(one) for one in document.references]


@shared
def test_the_files_of_jabref_are_read_and_written_again() -> None:
    folder = SHARED / "jabref/jablib/src/test/resources/org/jabref/logic/importer/fileformat"
    paths = [*sorted(folder.glob("*.cff")), folder / "basic.yml"]
    assert len(paths) == 7
    for path in paths:
        if path.name == "CffImporterTestInvalid1.cff":
            with pytest.raises(ParseError):
                read(path.read_bytes(), path.name)
            continue
        document = read(path.read_bytes(), path.name)
        assert document.quarantined == ()
        again = read(write(document.references, document.format).encode(), path.name)
        assert [bare(one) for one in again.references] == [bare(one) for one in document.references]


def test_only_formulas_of_the_users_own_stay_such() -> None:
    import yaml

    title = r"On $x^2$ and \{ `code` <b"
    sent = Reference("book", {"title": title}, "k")
    own = replace(sent, sources={"title": Source("own.yml:1")})
    for format, plain, math in (
        ("cslyaml", r"On \$x\^2\$ and \\{ \`code\` \<b", r"On $x^2$ and \\{ \`code\` \<b"),
        ("hayagriva", r"On \$x^2\$ and \\\{ `code` <b", r"On $x^2$ and \\\{ `code` <b"),
    ):
        for reference, expected in ((sent, plain), (own, math)):
            text = write([reference], format)
            whole = yaml.safe_load(text)
            assert (whole["references"][0] if format == "cslyaml" else whole["k"])["title"] == expected
            assert read(text.encode(), "x.yml", format).references[0].text("title") == title
    code = replace(own, fields={"title": '$ #read("a")$'})
    assert yaml.safe_load(write([code], "hayagriva"))["k"]["title"] == r'\$ #read("a")\$'

"""Tags and collections on the command line, and lists of what a query finds."""

from __future__ import annotations

import json

import pytest

from tests.running import Run


@pytest.fixture
def shelf(refs: Run) -> Run:
    """Put three works into the library."""
    refs("add", "--title", "Walden", "--author", "Thoreau, Henry", "--date", "1854", "--key", "walden")
    refs("add", "--title", "Typee", "--author", "Melville, Herman", "--date", "1846", "--key", "typee")
    refs("add", "--title", "Війна і мир", "--author", "Толстой, Лев", "--date", "1869", "--key", "war")
    return refs


def keys(refs: Run, *words: str) -> list[str]:
    """Return the keys that a list shows."""
    return [line.partition("\t")[0] for line in refs("list", *words).out.splitlines()]


def test_tags_are_given_taken_and_counted(shelf: Run) -> None:
    tagged = shelf("tag", "walden", "war", "+Woods", "+to read")
    assert (tagged.code, tagged.out) == (0, "walden\tWoods, to read\nwar\tWoods, to read\n")
    assert shelf("tag", "war", "-woods", "+epic").out == "war\tto read, epic\n"
    assert shelf("tags").out == "to read\t2\nWoods\t1\nepic\t1\n"
    assert [json.loads(line)["tag"] for line in shelf("tags", "--json").out.splitlines()] == [
        "to read",
        "Woods",
        "epic",
    ]
    assert keys(shelf, 'tag:"TO READ"') == ["walden", "war"]
    assert keys(shelf, "tag:read") == []
    assert shelf("tag", "--where", "year:<1850", "+woods").out == "typee\twoods\n"
    assert sorted(keys(shelf, "tag:woods")) == ["typee", "walden"]
    assert shelf("tag", "walden", "+WOODS").err == "nothing to change: all are tagged so already\n"
    assert shelf("undo").code == 0
    assert keys(shelf, "tag:woods") == ["walden"]
    assert shelf("tag", "walden", "-woods", "-to read").out == "walden\t\n"
    assert "keyword" not in json.loads(shelf("show", "walden", "--json").out)


def test_options_of_tag_stand_anywhere(shelf: Run) -> None:
    assert shelf("tag", "walden", "+phd", "-n").err == "would change 1\n"
    assert shelf("tag", "-n", "walden", "-phd", "+x").err == "would change 1\n"
    assert shelf("tags").err == "nothing is tagged: refs tag KEY +TAG\n"
    assert "refs tag" in shelf("tag", "-h").out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("tag", "walden"), 2, "give +TAG or -TAG"),
        (("tag", "+x"), 2, "give keys or --where QUERY"),
        (("tag", "walden", "+a,b"), 2, "'+a,b' cannot be a tag"),
        (("tag", "waldn", "+x"), 7, "did you mean walden?"),
        (("collection", "add", "my", "waldn"), 7, "did you mean walden?"),
        (("collection", "drop", "my"), 7, "no collection is called 'my'"),
        (("collection", "show", "my"), 7, "no collection is called 'my'"),
        (("collection", "add", 'a"b', "walden"), 2, "cannot be the name of a collection"),
        (("list", "--sort", "yaer"), 2, "no order is called 'yaer'"),
        (("list", "--format", "{autor}"), 2, "no field is called 'autor'; did you mean author?"),
        (("list", "--format", "{key.__class__}"), 2, "must be the name of a field and nothing else"),
        (("list", "--format", "{key!r}"), 2, "must be the name of a field and nothing else"),
        (("list", "--format", "{"), 2, "a brace stands alone"),
        (("export", "walden", "--where", "x"), 2, "give keys, --cited-in or --where"),
        (("cite", "walden", "--where", "x"), 2, "give keys, --cited-in or --where"),
    ],
)
def test_what_was_typed_wrong_gets_one_line(shelf: Run, words: tuple[str, ...], code: int, message: str) -> None:
    result = shelf(*words)
    assert (result.code, result.out) == (code, "")
    assert message in result.err
    assert result.err.count("\n") == 1


def test_a_malformed_query_gets_a_marker(shelf: Run) -> None:
    result = shelf("list", "walden", "auther:thoreau")
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [
        "refs: no field is called 'auther'; did you mean author?",
        "refs:   walden auther:thoreau",
        "refs:          ^^^^^^^",
    ]


def test_collections_are_kept(shelf: Run) -> None:
    assert shelf("collection").err == "there are no collections: refs collection add NAME KEY\n"
    assert shelf("collection", "list").err == "there are no collections: refs collection add NAME KEY\n"
    assert shelf("collection", "add", "sea", "typee", "walden").err == "sea: 2 put in\n"
    assert shelf("collection", "save", "old", "year:<1860").err == "saved old: refs list collection:old\n"
    assert shelf("collection").out == "old\t2\tyear:<1860\nsea\t2\t\n"
    assert shelf("collection", "drop", "sea", "walden").err == "sea: 1 taken out\n"
    assert keys(shelf, "collection:old", "NOT", "collection:sea") == ["walden"]
    assert shelf("collection", "show", "sea").out.startswith("typee\t")
    assert shelf("collection", "drop", "sea").code == 0
    assert [json.loads(line)["name"] for line in shelf("collection", "--json").out.splitlines()] == ["old"]
    shelf("undo")
    assert shelf("collection", "show", "sea").out.startswith("typee\t")
    assert shelf("collection", "add", "old", "war").code == 2


def test_lists_are_written_by_a_template(shelf: Run) -> None:
    shelf("tag", "war", "+epic", "+snow")
    template = r"{key}\t{author} {year}: {title} {{{tags}}} {DOI}"
    assert shelf("list", "tag:epic", "--format", template).out == "war\tТолстой 1869: Війна і мир {epic, snow} \n"
    assert shelf("list", "--sort", "year", "-r", "--format", "{key}").out == "war\nwalden\ntypee\n"


def test_a_terminal_gets_a_page_and_a_pipe_gets_all(shelf: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refs.commands.listing.MOST_LINES", 2)
    assert len(keys(shelf)) == 3
    assert len(keys(shelf, "--limit", "1")) == 1
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    page = shelf("list")
    assert (page.out.count("\n"), page.err) == (2, "these are the first 2; refs list --limit 0 shows all\n")
    assert (shelf("list", "--limit", "0").out.count("\n"), shelf("list", "year:1854").err) == (3, "")


def test_what_a_query_finds_is_exported_and_cited(shelf: Run) -> None:
    exported = json.loads(shelf("export", "--where", "year:<1860", "-f", "csljson").out)
    assert [one["id"] for one in exported] == ["walden", "typee"]
    assert shelf("cite", "--where", "tolstoy").out == "Толстой, Л. (1869). Війна і мир.\n"
    assert shelf("cite", "--where", "nobody").err == "nothing matches\n"

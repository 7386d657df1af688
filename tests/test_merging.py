"""Works that are in a library twice: found, merged without a loss, linked, or remembered as different."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from refs import Library
from refs.actions import merging
from refs.change import Overtaken
from refs.errors import NotFoundError, UsageError
from refs.likeness import LIKELY, SURE
from refs.merging import Choice, merge, standing
from refs.model import Date, Name, Reference, Source, Value, Variant
from refs.pairing import Outline, candidates, clusters
from tests import duplicate_pairs
from tests.running import Run

USER, CROSSREF, FILE = Source("user", "2026-01-01"), Source("crossref", "2026-01-01"), Source("my.bib:3")


def article(key: str, source: Source = FILE, **fields: Value) -> Reference:
    values: dict[str, Value] = {
        "author": (Name("Watson", "J. D."), Name("Crick", "F. H. C.")),
        "title": "Molecular structure of nucleic acids",
        "container-title": "Nature",
        "issued": Date(((1953,),)),
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    values = {name: value for name, value in values.items() if value}
    return Reference("article-journal", values, key=key, sources=dict.fromkeys(values, source))


def store(library: Library, *references: Reference) -> list[str]:
    return library.apply(lambda change: [change.add(one, wanted=one.key).key for one in references])


@pytest.mark.parametrize(
    ("mine", "theirs", "kept"),
    [
        (article("a", page="737"), article("b", page="737-738"), "737-738"),
        (article("a", USER, page="737"), article("b", CROSSREF, page="737-738"), "737"),
        (article("a", FILE, page="737-738"), article("b", CROSSREF, page="737"), "737"),
        (article("a", CROSSREF, page="737"), article("b", USER, page="700-738"), "700-738"),
    ],
)
def test_the_users_word_wins_then_registries_then_what_says_more(mine: Reference, theirs: Reference, kept: str) -> None:
    assert merge([mine, theirs])[0].text("page") == kept
    assert merge([theirs, mine])[0].text("page") == kept


@pytest.mark.parametrize(
    ("field", "short", "full"),
    [
        ("author", (Name("Watson", "J."),), (Name("Watson", "James"),)),
        ("author", (Name("Watson", "James"), Name(literal="others")), (Name("Watson", "J."), Name("Crick", "F."))),
        ("issued", Date(((1953,),)), Date(((1953, 4, 25),))),
        ("issued", Date(literal="in press"), Date(((1953,),))),
        ("title", "MOLECULAR STRUCTURE OF NUCLEIC ACIDS", "Molecular structure of nucleic acids"),
        ("title", 'M{\\"u}ller und die B{\\"a}ume', "Müller und die Bäume"),
        ("container-title", "Phys. Rev. Lett.", "Physical Review Letters"),
        ("publisher", "Muller", "Müller"),
        ("DOI", "10.48550/arXiv.1706.03762", "10.1000/a"),
    ],
)
def test_of_two_values_the_fuller_stays(field: str, short: Value, full: Value) -> None:
    one, other = (Reference("book", {field: value}, key=key) for key, value in (("a", short), ("b", full)))
    assert merge([one, other])[0].fields[field] == merge([other, one])[0].fields[field] == full


def test_a_published_text_wins_over_its_preprint() -> None:
    preprint = Reference("article", {"title": "On waves", "container-title": "arXiv preprint arXiv:1706.00001"}, "a")
    published = Reference("article-journal", {"title": "On waves", "container-title": "Waves", "volume": "3"}, "b")
    merged, _ = merge([preprint, published])
    assert (merged.key, merged.type, merged.text("container-title")) == ("a", "article-journal", "Waves")


def test_tags_notes_files_identifiers_and_variants_are_united() -> None:
    one = Reference(
        "book",
        {"keyword": "DNA, helix", "ISBN": "9780140449136", "annote": "Read.", "DOI": "10.48550/arXiv.1706.03762"},
        "a",
        {"title": (Variant("ДНК", "ru", "original"),)},
        {"openalex": "W1"},
        {"file": ":a.pdf:PDF", "shelf": "3"},
    )
    other = Reference(
        "book",
        {"keyword": "helix; Biology", "ISBN": "9788845207051", "annote": "Lent to Ann.", "DOI": "10.1000/a"},
        "b",
        {"title": (Variant("DNS", "de"), Variant("другое", "ru", "original"))},
        {"openalex": "W2", "hal": "hal-1"},
        {"file": ":a.pdf:PDF;:b.pdf:PDF", "shelf": "4", "bdsk-url-1": "x"},
    )
    merged, _ = merge([one, other])
    assert merged.text("keyword") == "DNA, helix, Biology"
    assert merged.text("ISBN") == "9780140449136 9788845207051"
    assert merged.text("annote") == "Read.\n\nLent to Ann."
    assert [variant.value for variant in merged.variants["title"]] == ["ДНК", "DNS"]
    assert merged.identifiers == {"openalex": "W1", "hal": "hal-1", "arxiv": "1706.03762"}
    assert merged.extra == {"file": ":a.pdf:PDF;:b.pdf:PDF", "shelf": "3", "bdsk-url-1": "x"}


def test_what_the_user_took_away_stays_away() -> None:
    one = Reference("book", {"title": "T"}, key="a", sources={"publisher": USER})
    assert "publisher" not in merge([one, Reference("book", {"title": "T", "publisher": "P"}, key="b")])[0].fields


def test_only_contradictions_of_one_standing_matter() -> None:
    def mattering(one: Reference, other: Reference) -> list[str]:
        return [choice.field for choice in merge([one, other])[1] if choice.matters]

    assert mattering(article("a", volume="171", page="737-738"), article("b", volume="172", page="737")) == ["volume"]
    assert mattering(article("a", USER, volume="171"), article("b", CROSSREF, volume="172")) == []
    assert mattering(article("a", issued=Date(((1953,),))), article("b", issued=Date(((1953, 4),)))) == []
    assert mattering(article("a"), article("b", container_title="Nature and men")) == ["container-title"]


@pytest.mark.parametrize(("source", "rank"), [(None, 0), (FILE, 0), (Source("refs.bib"), 0), (CROSSREF, 1), (USER, 2)])
def test_standing(source: Source | None, rank: int) -> None:
    assert standing(source) == rank


def test_merging_keeps_all_keys_and_values_and_is_undone_at_once(library: Library) -> None:
    store(library, article("watson", page="737-738"), article("wc53", page="737", volume="171"), article("third"))
    library.apply(lambda change: change.add_aliases("wc53", ["dna"]))
    before = library.references()
    merged = merging.merge_keys(library, ["watson", "dna", "third"])
    assert merged.keys == ("watson", "wc53", "third")
    assert [one.key for one in library.references()] == ["watson"]
    for key in ("wc53", "dna", "third"):
        found = library.get(key)
        assert (found.text("page"), found.text("volume")) == ("737-738", "171")
    assert merging.taken_in(library, "watson") == [("wc53", {"page": "737"}), ("third", {})]
    library.apply(lambda change: change.undo())
    assert library.references() == before
    assert library.get("dna").text("page") == "737"
    assert merging.taken_in(library, "watson") == []
    library.apply(lambda change: change.redo())
    assert library.get("dna").text("page") == "737-738"


def test_what_was_merged_twice_over_is_still_told(library: Library) -> None:
    store(library, article("a", volume="1"), article("b", volume="2"), article("c", volume="3"))
    merging.merge_keys(library, ["b", "c"])
    merging.merge_keys(library, ["a", "b"])
    assert merging.taken_in(library, "a") == [("b", {"volume": "2"}), ("c", {"volume": "3"})]


def test_a_merge_of_what_changed_meanwhile_is_refused(library: Library) -> None:
    store(library, article("a"), article("b"))
    before = library.references()
    merged, _ = merge(before)
    library.apply(lambda change: change.replace(article("b", volume="9")))
    with pytest.raises(Overtaken):
        library.apply(lambda change: change.merge(merged, before))
    assert len(library) == 2


def test_merging_asks_only_about_contradictions(library: Library) -> None:
    store(library, article("a", volume="171", page="737"), article("b", volume="172", page="737-738"))
    asked: list[str] = []

    def ask(choice: Choice) -> str:
        asked.append(choice.field)
        return "b"

    merging.merge_keys(library, ["a", "b"], ask=ask)
    assert asked == ["volume"]
    assert library.get("a").text("volume") == "172"


def test_bad_keys_are_refused(library: Library) -> None:
    store(library, article("a"), article("b"), Reference("book", {"title": "Walden"}, key="c"))
    for keys, prefer in ((["a"], ""), (["a", "a"], ""), (["a", "b"], "c")):
        with pytest.raises(UsageError):
            merging.merge_keys(library, keys, prefer=prefer)
    with pytest.raises(NotFoundError):
        merging.merge_keys(library, ["a", "nothing"])
    assert len(library) == 3


def test_distinct_is_remembered_through_renames_and_undone(library: Library) -> None:
    store(library, article("a"), article("b"))
    assert [group.keys for group in merging.find(library)] == [("a", "b")]
    merging.relate(library, "distinct", ["a", "b"])
    library.apply(lambda change: change.rename("b", "z"))
    assert merging.find(library) == []
    library.apply(lambda change: change.undo())
    library.apply(lambda change: change.undo())
    assert [group.keys for group in merging.find(library)] == [("a", "b")]


def test_distinct_of_what_was_merged_holds_for_the_whole(library: Library) -> None:
    store(library, article("a"), article("b"), article("c"))
    merging.relate(library, "distinct", ["b", "c"])
    merging.merge_keys(library, ["a", "b"])
    assert merging.find(library) == []


def test_a_group_holds_no_two_that_are_distinct(library: Library) -> None:
    store(library, article("a"), article("b"), article("c"))
    merging.relate(library, "distinct", ["a", "b"])
    (group,) = merging.find(library)
    assert len(group.keys) == 2
    assert set(group.keys) != {"a", "b"}


PREPRINT = Reference("article", {**article("").fields, "container-title": "arXiv"}, key="pre")


def test_a_preprint_is_linked_with_its_article_when_added(library: Library) -> None:
    store(library, PREPRINT)
    added = library.apply(lambda change: change.add(article("pub")))
    assert added.versions == ("pre",)
    assert added.likely == ()
    assert [one.key for one in merging.versions(library, added.key)] == ["pre"]
    assert [one.key for one in merging.versions(library, "pre")] == [added.key]
    assert merging.find(library) == []
    library.apply(lambda change: change.undo())
    assert merging.versions(library, "pre") == []


def test_versions_that_were_told_apart_are_not_linked_again(library: Library) -> None:
    store(library, PREPRINT, article("pub"))
    merging.relate(library, "distinct", ["pre", "pub"])
    assert merging.versions(library, "pre") == []
    assert merging.find(library) == []
    merging.relate(library, "versions", ["pre", "pub"])
    assert [one.key for one in merging.versions(library, "pre")] == ["pub"]


def test_auto_merges_what_is_sure_in_one_batch(library: Library) -> None:
    clear = [article("a", page="737"), article("b", page="737-738"), article("c", page="737")]
    doubtful = [
        article("d", title="On the theory of waves in deep water", volume="3", page="1-9"),
        article("e", title="On the theory of waves in deep water", volume="4", page="1-9"),
    ]
    store(library, *clear, *doubtful)
    merged, _ = merging.merge_all(library, dry=True)
    assert len(library) == 5
    merged, linked = merging.merge_all(library)
    assert ([one.keys for one in merged], linked) == ([("a", "b", "c")], [])
    assert [one.key for one in library.references()] == ["a", "d", "e"]
    library.apply(lambda change: change.undo())
    assert len(library) == 5


def test_the_same_identifier_is_found_whatever_the_titles(library: Library) -> None:
    store(library, article("a", DOI="10.1000/a"))
    # A DOI that was typed later, past the check that adding makes.
    store(library, article("b", title="DNA: the structure", issued=Date(((1960,),))))
    stored = library.get("b")
    library.apply(lambda change: change._log.reference(change.number("b"), _with_doi(stored), None))
    (group,) = merging.find(library)
    assert (group.keys, group.agree[0]) == (("a", "b"), "doi")
    assert LIKELY <= group.score < SURE


def _with_doi(reference: Reference) -> str:
    from refs.stored import dump

    return dump(Reference(reference.type, {**reference.fields, "DOI": "10.1000/a"}, key=reference.key))


def test_a_query_narrows_the_search(library: Library) -> None:
    store(library, article("a"), article("b"))
    store(library, *(article(key, title="On the theory of waves in deep water") for key in ("c", "d")))
    assert [group.keys for group in merging.find(library, "waves")] == [("c", "d")]


def test_blocks_find_slips_everywhere_in_a_title() -> None:
    titles = ["Molecular structure of acids", "Molecular structre of acids", "The molecular structure of acids"]
    titles += ["Moleclar structure of acids", "A wholly different matter altogether"]
    outlines = [Outline(number, title, "Watson, Crick", 1953) for number, title in enumerate(titles)]
    found = candidates(outlines)
    assert {(0, 1), (0, 2), (0, 3)} <= found
    assert not any(4 in pair for pair in found)


def test_one_title_a_thousand_times_stays_cheap() -> None:
    found = candidates(Outline(number, "Editorial", "", 2001) for number in range(3000))
    assert len(found) < 3000 * 50


def test_clusters_want_every_pair_alike() -> None:
    scores = {(1, 2): 0.9, (2, 3): 0.8, (4, 5): 0.7}
    assert clusters(scores, lambda one, other: 0.0, 0.6) == [[1, 2], [4, 5]]
    assert clusters(scores, lambda one, other: 0.65, 0.6) == [[1, 2, 3], [4, 5]]
    assert clusters(scores, lambda one, other: 0.65, 0.75) == [[1, 2]]


BIB = """
@article{watson, author={Watson, J. D. and Crick, F. H. C.}, title={Molecular Structure of Nucleic Acids},
  journal={Nature}, year=1953, volume=171, pages={737--738}}
@article{wc53, author={James D. Watson and Francis H. C. Crick}, title={MOLECULAR STRUCTURE OF NUCLEIC ACIDS},
  journal={Nature}, year=1953, volume=171, pages={737}, doi={10.1038/171737a0}}
@misc{pre, author={Li, Wei}, title={A theory of deep waves}, year=2017, eprint={1706.00001}, archiveprefix={arXiv}}
@article{pub, author={Li, Wei}, title={A Theory of Deep Waves}, journal={Waves}, year=2018}
"""


def test_the_commands(refs: Run, tmp_path: Path) -> None:
    bib = tmp_path / "my.bib"
    bib.write_text(BIB, encoding="utf-8")
    imported = refs("import", str(bib))
    assert "wc53 may be the same work as watson" in imported.err
    assert "pub is linked as a version of pre" in imported.err
    assert "1 may be there twice: refs duplicates" in imported.err
    found = refs("duplicates")
    assert found.out.split("\t")[:2] == ["watson wc53", "same"]
    row = json.loads(refs("duplicates", "--json").out)
    assert (row["keys"], row["relation"], row["score"] >= SURE) == (["watson", "wc53"], "same", True)
    assert "nothing was stored" in refs("merge", "watson", "wc53", "--dry-run").err
    assert refs("duplicates", "author:li").err == "no duplicates found\n"
    merged = refs("merge", "--auto")
    assert merged.out == "watson\n"
    assert "not: MOLECULAR STRUCTURE OF NUCLEIC ACIDS (wc53)" in merged.err
    shown = refs("show", "watson").out
    assert "also found by: wc53\n" in shown
    assert "wc53 said: page: 737\n" in shown
    assert "DOI: 10.1038/171737a0\n" in shown
    assert "version: pub: Li 2018" in refs("show", "pre").out
    assert refs("undo").code == 0
    assert refs("distinct", "watson", "wc53").code == 0
    assert "nothing is surely the same" in refs("merge", "--auto").err
    preferred = json.loads(refs("merge", "watson", "wc53", "--prefer", "wc53", "--json").out)
    assert preferred["reference"]["page"] == "737"
    assert preferred["fields"]["page"] == {"kept": "wc53", "values": {"watson": "737-738", "wc53": "737"}}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("merge",), 2, "give the keys of two references or more, or --auto"),
        (("merge", "--auto", "a", "b"), 2, "give the keys of two references or more, or --auto"),
        (("merge", "--auto", "--prefer", "a"), 2, "--prefer goes with keys"),
        (("merge", "a", "b", "--where", "x"), 2, "--where goes with --auto"),
        (("merge", "nothing", "b"), 7, "no reference has the key 'nothing'"),
        (("distinct", "nothing"), 7, "no reference has the key 'nothing'"),
        (("duplicates", "author:("), 2, "("),
    ],
)
def test_mistyped_commands(refs: Run, words: tuple[str, ...], code: int, message: str) -> None:
    result = refs(*words)
    assert result.code == code
    assert message in result.err


def test_real_bibliographies_defend_the_thresholds() -> None:
    shared = os.environ.get("REFS_SHARED")
    if not shared:
        pytest.skip("REFS_SHARED does not name the shared bibliographies")
    corpus = duplicate_pairs.read_corpus(Path(shared) / "bib" / "large", ("texlive", "glottolog", "b-vitamins-sample"))
    same, apart = duplicate_pairs.same_works(corpus), duplicate_pairs.near_misses(corpus)
    damaged = duplicate_pairs.damaged(corpus, 500)
    assert min(len(same), len(apart), len(damaged)) >= 150
    found = [list(duplicate_pairs.scores(pairs)) for pairs in (same, apart, damaged)]
    shown, sure = duplicate_pairs.curve(found[0], found[1], found[2], (LIKELY, SURE))
    assert sure.precision == 1
    assert sure.recall >= 0.73
    assert sure.recall_damaged >= 0.75
    assert shown.precision >= 0.93
    assert shown.recall >= 0.81
    assert shown.recall_damaged >= 0.92


def test_why_tells_the_values_that_lost_in_a_merge(refs: Run, tmp_path: Path) -> None:
    entry = "@article{%s, title={Nucleic acids of the cell}, author={Watson, %s}, year=1953, pages={%s}%s}\n"
    (tmp_path / "a.bib").write_text(entry % ("first", "James D.", "737", ""))
    (tmp_path / "b.bib").write_text(entry % ("second", "J.", "737--738", ", volume=171"))
    refs("import", str(tmp_path / "a.bib"))
    refs("import", str(tmp_path / "b.bib"))
    assert refs("merge", "first", "second").code == 0
    assert refs("set", "first", "page=736-738").code == 0
    authors = refs("why", "first", "author").out.splitlines()
    assert authors[0] == "author: James D. Watson"
    assert authors[-1].startswith("  lost: J. Watson, of second; b.bib:1, refs ")
    (row,) = [json.loads(line) for line in refs("why", "first", "page", "--json").out.splitlines()]
    assert [one["value"] for one in row["values"]] == ["736-738", "737-738", "737"]
    assert [(one["value"], one["source"], one["of"], one["batch"]) for one in row["lost"]] == [
        ("737-738", "b.bib:1", "second", 2)
    ]
    assert "lost" not in refs("why", "first", "volume").out
    assert refs("undo").code == refs("undo").code == 0
    assert "lost" not in refs("why", "first").out
    assert refs("redo").code == 0
    refs("purge", "--yes")
    assert "  lost: J. Watson, of second; b.bib:1" in refs("why", "second", "author").out


def test_parts_of_one_book_are_never_merged_by_themselves(library: Library) -> None:
    with library.change() as change:
        for number in ("1", "2", ""):  # the third is the whole of them
            fields = {"title": "Handbook of mathematical logic", "ISBN": "0-8383-1261-6", "part-number": number}
            fields = {name: value for name, value in fields.items() if value}
            change.add(Reference("book", {**fields, "author": (Name(family="Barwise"),)}))
    assert merging.merge_all(library) == ([], [])
    assert len(library.references()) == 3

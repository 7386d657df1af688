"""Which references are the same work, which probably are, and which only look alike."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from refs.duplicates import blocking_key, set_apart, title_likeness, work_keys
from refs.likeness import LIKELY, SURE, Comparison, compare
from refs.model import Date, Name, Reference


def work(type: str, author: Name | str, year: int, title: str, **fields: Any) -> Reference:
    arxiv = fields.pop("arxiv", "")
    name = Name(family=author) if isinstance(author, str) else author
    names = {"author": (name,)} if author else {}
    values = {**names, "title": title, "issued": Date(((year,),)), **fields}
    return Reference(type, values, identifiers={"arxiv": arxiv} if arxiv else {})


def article(author: Name | str, year: int, title: str, **fields: Any) -> Reference:
    return work("article-journal", author, year, title, **fields)


@pytest.mark.parametrize(
    ("type", "fields", "identifiers", "keys"),
    [
        ("article-journal", {"DOI": "https://doi.org/10.1038/171737A0"}, {}, ["doi:10.1038/171737a0"]),
        ("article", {"DOI": "10.48550/arXiv.1706.03762"}, {}, ["arxiv:1706.03762"]),
        ("article", {}, {"arxiv": "arXiv:1706.03762v5"}, ["arxiv:1706.03762"]),
        ("article", {}, {"arxiv": "math.GT/0309136v1"}, ["arxiv:math/0309136"]),
        ("article-journal", {"DOI": "10.1/x"}, {}, []),
        ("article-journal", {"DOI": "10.1103/x.1"}, {"arxiv": "1706.03762"}, ["doi:10.1103/x.1"]),
        ("article-journal", {"PMID": "14624247", "PMCID": "4679344"}, {}, ["pmid:14624247", "pmcid:PMC4679344"]),
        ("book", {"ISBN": "0140449132 9780140449136"}, {}, ["isbn:9780140449136"]),
        ("book", {"ISBN": "978-0-14-044913-6"}, {}, ["isbn:9780140449136"]),
        ("book", {"ISBN": "n/a"}, {}, []),
        ("chapter", {"ISBN": "9780140449136"}, {"oclc": "123"}, []),
        ("article-journal", {"ISSN": "2041-1723"}, {"issn": "2041-1723"}, []),
        ("article-journal", {}, {"openalex": "W2741809807"}, ["openalex:W2741809807"]),
        ("book", {}, {}, []),
    ],
)
def test_work_keys(type: str, fields: dict[str, str], identifiers: dict[str, str], keys: list[str]) -> None:
    assert work_keys(Reference(type, fields, identifiers=identifiers)) == keys


STRUCTURE = article("Watson", 1953, "Molecular Structure of Nucleic Acids", volume="171", page="737-738", issue="4356")
SERIES, SIAM = {"collection-title": "Monographs"}, "Society for Industrial and Applied Mathematics"
BOOK = work("book", "Knuth", 1997, "The Art of Computer Programming", edition="3", volume="1")
INTRODUCTION = work("chapter", "Smith", 2001, "Introduction", **{"container-title": "A History of Finland"})

SAME = {
    "case, markup and an article": (
        STRUCTURE,
        article("Watson", 1953, "The <i>Molecular</i> structure of nucleic acids"),
    ),
    "a slip in the title": (STRUCTURE, article("Watson", 1953, "Molecular structure of nucleic acid")),
    "the year before, online": (STRUCTURE, article("Watson", 1952, "Molecular Structure of Nucleic Acids")),
    "a slip in one place": (
        STRUCTURE,
        article("Watson", 1953, "Molecular Structure of Nucleic Acids", volume="171", page="733"),
    ),
    "a subtitle": (
        STRUCTURE,
        article("Watson", 1953, "Molecular Structure of Nucleic Acids: The Structure for Deoxyribose Nucleic Acid"),
    ),
    "an accent": (article("Müller", 2001, "Über die Bäume im Wald"), article("Muller", 2001, "Uber die Baume im Wald")),
    "another script": (
        article("Христов", 2001, "История Финляндии в войне"),
        article("Khristov", 2001, "Istoriya Finlyandii v voyne"),
    ),
    "a type nobody knew": (STRUCTURE, work("document", "Watson", 1953, "Molecular structure of nucleic acids")),
    "no author on one side": (STRUCTURE, article("", 1953, "Molecular structure of nucleic acids")),
    "a whole name as literal": (
        STRUCTURE,
        article(Name(literal="J. D. Watson"), 1953, "Molecular structure of nucleic acids"),
    ),
    "an edition in words": (
        BOOK,
        work("book", "Knuth", 1997, "The Art of Computer Programming", edition="3rd ed.", volume="1"),
    ),
    "hardback and paperback": (
        work("book", "Eco", 1980, "Il nome della rosa", ISBN="9788845207051"),
        work("book", "Eco", 1980, "Il nome della rosa", ISBN="9780140449136"),
    ),
    "pages of a book counted in two ways": (
        work("book", "MacKay", 2003, "Information theory and inference", page="640"),
        work("book", "MacKay", 2003, "Information theory and inference", page="xii+628"),
    ),
    "the number of a series taken for a volume": (
        work("book", "McCullagh", 1989, "Generalized linear models and more", volume="37", **SERIES),
        work("book", "McCullagh", 1989, "Generalized linear models and more"),
    ),
    "a publisher by its initials": (
        work("book", "Higham", 1993, "Handbook of Writing for the Sciences", publisher="SIAM"),
        work("book", "Higham", 1993, "Handbook of Writing for the Sciences", publisher=SIAM),
    ),
    "a common title with equal pages": (
        work("book", "Ulichney", 1987, "Digital Halftoning", page="xiv + 362", publisher="MIT"),
        work("book", "Ulichney", 1987, "Digital Halftoning", page="xiv, 362 p.", publisher="MIT Press"),
    ),
    "capitals": (STRUCTURE, article("WATSON", 1953, "MOLECULAR STRUCTURE OF NUCLEIC ACIDS", volume="171")),
    "LaTeX left in it": (
        article("Schrödinger", 1926, "Quantisierung als Eigenwertproblem für Müller", volume="384"),
        article('Schr\\"{o}dinger', 1926, 'Quantisierung als {E}igenwertproblem f{\\"u}r M\\"uller', volume="384"),
    ),
    "initials": (
        article(Name("Watson", "James D."), 1953, "Molecular structure of nucleic acids"),
        article(Name("Watson", "J."), 1953, "Molecular structure of nucleic acids"),
    ),
    "the family name first": (
        article(Name("Wang", "Xiaoming"), 2005, "The economy of northern villages"),
        article(Name("Xiaoming", "Wang"), 2005, "The economy of northern villages"),
    ),
    "names in two romanisations": (
        article(Name("Юрьев", "Ю."), 2001, "История Финляндии в войне"),
        article(Name("Iuriev", "Iu."), 2001, "Istoriia Finliandii v voine"),
    ),
    "a Chinese author in Latin letters": (
        article("王", 2005, "The economy of northern villages", page="1-9"),
        article("Wang", 2005, "The economy of northern villages", page="1-9"),
    ),
    "a Chinese title": (
        article("王", 2005, "中国北方村庄经济研究", volume="3", page="1-9"),
        article("王", 2005, "中国北方村庄经济研究。", volume="3"),
    ),
    "a journal abbreviated": (
        article("Li", 2001, "Deep waves", volume="3", page="1-9", **{"container-title": "Physical Review Letters"}),
        article("Li", 2001, "Deep waves", volume="3", page="1-9", **{"container-title": "Phys. Rev. Lett."}),
    ),
    "a volume of a series": (
        work("book", "Haspelmath", 1993, "A Grammar of Lezgian"),
        work("book", "Haspelmath", 1993, "A Grammar of Lezgian", volume="9", **{"collection-title": "Grammar Library"}),
    ),
    "a chapter catalogued as an article": (
        work("chapter", "Nichols", 1996, "The comparative method as heuristic", page="39-71"),
        article("Nichols", 1996, "The comparative method as heuristic", page="39-71"),
    ),
    "an introduction to one book": (
        INTRODUCTION,
        work("chapter", "Smith", 2001, "Introduction", **{"container-title": "A history of Finland"}, page="1-9"),
    ),
    "a magazine taken for a journal": (STRUCTURE, work("article-magazine", "Watson", 1953, STRUCTURE.text("title"))),
}

DIFFERENT = {
    "two releases": (
        work("software", "Wrenholt", 1988, "The set of utilities", edition="V[ersion] 2.4."),
        work("software", "Wrenholt", 1988, "The set of utilities", edition="V[ersion] 2.5."),
    ),
    "a volume beside a whole of a series": (
        work("book", "Hirschfeld", 1998, "Projective geometries over finite fields", volume="2"),
        work("book", "Hirschfeld", 1998, "Projective geometries over finite fields", **SERIES),
    ),
    "two editions": (BOOK, work("book", "Knuth", 1997, "The Art of Computer Programming", edition="2", volume="1")),
    "an edition and one that names none": (BOOK, work("book", "Knuth", 1997, "The Art of Computer Programming")),
    "two volumes": (BOOK, work("book", "Knuth", 1998, "The Art of Computer Programming", edition="3", volume="3")),
    "two parts": (article("Li", 2001, "On the theory of waves I"), article("Li", 2001, "On the theory of waves II")),
    "lettered parts": (article("Li", 2001, "Theory of waves, part B"), article("Li", 2001, "Theory of waves, part C")),
    "two years of a report": (
        work("report", "WHO", 2019, "World malaria report 2019"),
        work("report", "WHO", 2020, "World malaria report 2020"),
    ),
    "an erratum": (STRUCTURE, article("Watson", 1953, "Erratum: Molecular Structure of Nucleic Acids")),
    "a reply": (STRUCTURE, article("Watson", 1953, "Molecular Structure of Nucleic Acids: Reply")),
    "two DOIs": (
        article("Li", 2001, "The theory of deep waves", DOI="10.1000/a"),
        article("Li", 2001, "The theory of deep waves", DOI="10.1000/b"),
    ),
    "a preprint and its article": (
        work("article", "Li", 2001, "The theory of deep waves", arxiv="0101.00001"),
        article("Li", 2001, "The theory of deep waves", DOI="10.1000/b"),
    ),
    "chapters of one book": (
        work("chapter", "Smith", 2001, "The war of winter and its ends", page="1-20"),
        work("chapter", "Smith", 2001, "The war of winter and its ends", page="21-40"),
    ),
    "a chapter and its book": (
        work("chapter", "Smith", 2001, "A History of Finland"),
        work("book", "Smith", 2001, "A History of Finland"),
    ),
    "introductions to two books": (
        INTRODUCTION,
        work("chapter", "Smith", 2001, "Introduction", **{"container-title": "A History of Sweden"}),
    ),
    "an editorial of each issue": (
        article("", 2001, "Editorial", volume="3", issue="1"),
        article("", 2001, "Editorial", volume="3", issue="2"),
    ),
    "opposite words": (
        article("Brooks", 2000, "Impairment tutorial: rating sensory and motor deficits of the lower extremity"),
        article("Brooks", 2000, "Impairment tutorial: rating sensory and motor deficits of the upper extremity"),
    ),
    "a column of each year": (
        article("Doherty", 1988, "Report of the font committee", volume="9"),
        article("Doherty", 1989, "Report of the font committee", volume="10"),
    ),
    "an unsigned page of each issue": (
        article("Anonymous", 1989, "The inside front cover", volume="9", issue="1"),
        article("Anonymous", 1989, "The inside front cover", volume="9", issue="2"),
    ),
    "a volume and its whole": (BOOK, work("book", "Knuth", 1997, "The Art of Computer Programming", edition="3")),
    "another author": (STRUCTURE, article("Pauling", 1953, "Molecular Structure of Nucleic Acids")),
    "years apart": (STRUCTURE, article("Watson", 1960, "Molecular Structure of Nucleic Acids")),
    "other places": (
        STRUCTURE,
        article("Watson", 1953, "Molecular Structure of Nucleic Acids", volume="18", page="123-131"),
    ),
    "another subject": (STRUCTURE, article("Watson", 1953, "Molecular Structure of Amino Acids")),
    "a longer title that is another": (
        article("Li", 2001, "Deep learning"),
        article("Li", 2001, "Deep learning: Foundations for graphs"),
    ),
    "successive reports of one title": (
        work("report", "WHO", 2018, "The state of health in the world"),
        work("report", "WHO", 2020, "The state of health in the world"),
    ),
    "reports of two months": (
        work("report", "Bank of Finland", 2019, "Bulletin on monetary policy, March"),
        work("report", "Bank of Finland", 2019, "Bulletin on monetary policy, June"),
    ),
    "parts in words": (
        article("Li", 2001, "On the theory of waves: part one"),
        article("Li", 2001, "On the theory of waves: part two"),
    ),
    "volumes in Chinese": (
        work("book", "王", 2005, "中国北方村庄史上卷"),
        work("book", "王", 2005, "中国北方村庄史下卷"),
    ),
    "two countries in Chinese": (
        article("王", 2005, "中国经济发展与教育改革研究"),
        article("王", 2005, "美国经济发展与教育改革研究"),
    ),
    "a book and its review": (
        work("book", "Smith", 2001, "A history of the Finnish war"),
        work("review-book", "Jones", 2001, "A history of the Finnish war"),
    ),
    "a book and its author's article": (
        work("book", "Smith", 2001, "A history of the Finnish war"),
        article("Smith", 2001, "A history of the Finnish war"),
    ),
    "replies by one group in one issue": (
        article("Wu", 2018, "Wu, Zhang, and Pantelides reply", volume="120", issue="3", page="039602"),
        article("Wu", 2018, "Wu, Zhang, and Pantelides reply", volume="120", issue="3", page="039604"),
    ),
    "letters called Reply": (
        article("Li", 2001, "Reply", volume="3", **{"container-title": "Nature"}),
        article("Li", 2001, "Reply", volume="4", **{"container-title": "Nature"}),
    ),
    "a conference paper and its article": (
        work("paper-conference", "Li", 2001, "The theory of deep waves", **{"container-title": "Proc. Waves 2001"}),
        article("Li", 2001, "The theory of deep waves", **{"container-title": "Journal of Waves"}),
    ),
    "brothers": (
        article(Name("Grimm", "Jacob"), 1812, "Tales for children and for the house"),
        article(Name("Grimm", "Wilhelm"), 1812, "Tales for children and for the house"),
    ),
    "a translation": (
        work("book", "Eco", 1980, "Il nome della rosa"),
        work("book", "Eco", 1983, "The name of the rose"),
    ),
    "an Arabic title and another": (
        work("book", "حداد", 2005, "تاريخ الحرب في الشمال"),
        work("book", "حداد", 2005, "تاريخ السلام في الجنوب"),
    ),
    "front matter of two volumes": (
        article("", 2007, "Author index to volume", **{"container-title": "Waves"}),
        article("", 2008, "Author index to volume", **{"container-title": "Waves"}),
    ),
    "no titles at all": (article("Li", 2001, ""), article("Li", 2001, "")),
    "two reports of a series": (
        work("report", "Li", 2001, "The theory of deep waves", number="12"),
        work("report", "Li", 2001, "The theory of deep waves", number="13"),
    ),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_probably_the_same(pair: tuple[Reference, Reference]) -> None:
    one, other = pair
    said = compare(one, other)
    assert (said.relation, said.score >= LIKELY) == ("same", True)
    assert compare(other, one) == said


@pytest.mark.parametrize(
    "pair", [pair for name, pair in SAME.items() if "slip" not in name and "romanisations" not in name]
)
def test_likely_duplicates_share_their_block(pair: tuple[Reference, Reference]) -> None:
    assert blocking_key(pair[0]) == blocking_key(pair[1]) != ""


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_only_alike(pair: tuple[Reference, Reference]) -> None:
    one, other = pair
    assert not _is_likely(compare(one, other))
    assert not _is_likely(compare(other, one))


def _is_likely(said: Comparison) -> bool:
    return said.relation == "same" and said.score >= LIKELY


VERSIONS = {
    "an arXiv number": (
        work("article", "Li", 2017, "The theory of deep waves", arxiv="1706.00001"),
        article("Li", 2019, "The theory of deep waves", DOI="10.1000/b"),
    ),
    "a preprint server taken for a journal": (
        article("Li", 2017, "The theory of deep waves", **{"container-title": "arXiv preprint arXiv:1706.00001"}),
        work("paper-conference", "Li", 2017, "The theory of deep waves", **{"container-title": "Proc. Waves"}),
    ),
    "bioRxiv": (
        article("Li", 2017, "The theory of deep waves", DOI="10.1101/2017.01.01.123456"),
        article("Li", 2018, "The theory of deep waves", DOI="10.1000/b", volume="3", **{"container-title": "Waves"}),
    ),
    "a conference and a journal": DIFFERENT["a conference paper and its article"],
}


@pytest.mark.parametrize("pair", VERSIONS.values(), ids=VERSIONS)
def test_versions_of_one_text(pair: tuple[Reference, Reference]) -> None:
    one, other = pair
    assert compare(one, other) == compare(other, one)
    assert compare(one, other).relation == "versions"


def test_an_erratum_to_a_preprint_is_no_version_of_the_article() -> None:
    one = work("article", "Li", 2017, "The theory of deep waves", arxiv="1706.00001")
    other = article("Li", 2018, "Erratum to: The theory of deep waves", DOI="10.1000/b")
    assert compare(one, other).relation == "apart"


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_nothing_that_differs_is_sure(pair: tuple[Reference, Reference]) -> None:
    said = compare(*pair)
    assert said.relation != "same" or said.score < SURE


def test_a_shared_doi_is_sure_only_of_like_titles() -> None:
    doi = {"DOI": "10.1000/a"}
    one = article("Li", 2001, "On the theory of waves: part one", **doi)
    assert compare(one, article("Li", 2001, "On the theory of waves: part one", **doi)).score >= SURE
    doubtful = compare(one, article("Li", 2001, "On the theory of waves: part two", **doi))
    assert (doubtful.relation, LIKELY <= doubtful.score < SURE) == ("same", True)
    assert compare(one, article("Wu", 2001, "Winds over water", **doi)).relation == "apart"


def test_what_agrees_and_differs_is_told() -> None:
    other = article("Watson", 1953, "Molecular Structure of Nucleic Acids", volume="171", page="733", issue="4356")
    said = compare(STRUCTURE, other)
    assert (said.agree, said.differ) == (("title", "creators", "year", "volume", "issue"), ("page",))


def test_an_equal_title_says_more_than_a_close_one() -> None:
    close = article("Watson", 1953, "Molecular Structure of Nucleic Acid")
    equal = article("Watson", 1953, "Molecular structure of nucleic acids")
    assert compare(STRUCTURE, equal).score > compare(STRUCTURE, close).score


def test_chapters_that_share_the_doi_of_their_book_are_set_apart() -> None:
    one = work("chapter", "Li", 2001, "Waves in water", DOI="10.1000/book", page="1-20")
    other = work("chapter", "Wu", 2001, "Winds over water", DOI="10.1000/book", page="21-40")
    assert work_keys(one) == work_keys(other)
    assert set_apart(one, other)


def test_title_likeness_is_the_same_both_ways() -> None:
    one, other = article("", 1, "The winter war of Finland"), article("", 1, "The Winter War in Finland")
    assert title_likeness(one, other) == title_likeness(other, one) < 1


def test_blocking_key_of_titles_without_words() -> None:
    untitled = article("", 1, "")
    assert blocking_key(untitled).startswith("-")
    assert blocking_key(untitled) == blocking_key(dataclasses.replace(untitled, key="other", sources={}))
    assert blocking_key(untitled) != blocking_key(article("", 2, ""))
    assert blocking_key(article("", 1, "中国历史的研究与方法论")) == "中国历史的研究与"


def test_endless_titles_are_compared_by_their_beginning() -> None:
    one, other = article("Li", 2001, "long title " * 50_000), article("Li", 2001, "long title " * 50_000 + "end")
    assert title_likeness(one, other) == 1

"""Identifiers as people write them, and one normal form of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.errors import NotAnIdentifier
from refs.identifiers import Identifier, find_all, normal, parse

SICI = "10.1002/(sici)1097-4636(199823)43:4<1::aid-x>3.0.co;2-#"
READ = [
    ("10.1038/171737a0", "doi", "10.1038/171737a0"),
    ("10.1038/171737A0", "doi", "10.1038/171737a0"),
    ("doi:10.1038/171737a0", "doi", "10.1038/171737a0"),
    ("DOI: 10.1038/171737a0.", "doi", "10.1038/171737a0"),
    ("info:doi/10.1000/abc", "doi", "10.1000/abc"),
    ("https://doi.org/10.1038/171737a0", "doi", "10.1038/171737a0"),
    ("http://dx.doi.org/10.1038%2F171737a0", "doi", "10.1038/171737a0"),
    ("doi.org/10.1038/171737a0", "doi", "10.1038/171737a0"),
    ("<https://doi.org/10.1000/182>", "doi", "10.1000/182"),
    ("(10.1000/abc)", "doi", "10.1000/abc"),
    ("“10.1000/abc”", "doi", "10.1000/abc"),
    ("10.1000/abc\u200b", "doi", "10.1000/abc"),
    ("10.1000/a\u2010b", "doi", "10.1000/a-b"),
    ("10.1016/S0140-6736(05)17952-8", "doi", "10.1016/s0140-6736(05)17952-8"),
    ("10.1016/S0140-6736(05)17952-8)", "doi", "10.1016/s0140-6736(05)17952-8"),
    (SICI, "doi", SICI),
    ("https://doi.org/10.1002/(SICI)1097-4636(199823)43:4%3C1::AID-X%3E3.0.CO;2-%23", "doi", SICI),
    ("10.1002/(SICI)1097-4636(199823)43:4&lt;1::AID-X&gt;3.0.CO;2-#", "doi", SICI),
    (r"10.1000/a\_b\%c", "doi", "10.1000/a_b%c"),
    (r"10.1000/a{\_}b", "doi", "10.1000/a_b"),
    (r"\url{https://doi.org/10.1000/a\_b}", "doi", "10.1000/a_b"),
    (r"10.1000/x\textless{}y\textgreater{}2.0.co;2", "doi", "10.1000/x<y>2.0.co;2"),
    ("https://onlinelibrary.wiley.com/doi/full/10.1002/abc.123?casa=1#sec-2", "doi", "10.1002/abc.123"),
    ("https://www.frontiersin.org/articles/10.3389/fpsyg.2013.00001/full", "doi", "10.3389/fpsyg.2013.00001"),
    ("https://link.springer.com/content/pdf/10.1007/s00120-007-1345-2.pdf", "doi", "10.1007/s00120-007-1345-2"),
    (
        "https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0000030",
        "doi",
        "10.1371/journal.pone.0000030",
    ),
    ("https://www.biorxiv.org/content/10.1101/2020.01.01.123456v2.full.pdf", "doi", "10.1101/2020.01.01.123456"),
    ("https://zenodo.org/records/1234567#x", "doi", "10.5281/zenodo.1234567"),
    ("https://www.nature.com/articles/171737a0.pdf", "doi", "10.1038/171737a0"),
    ("https://www.nature.com/articles/s41586-020-2649-2?x=1", "doi", "10.1038/s41586-020-2649-2"),
    ("https://www.jstor.org/stable/1885099", "doi", "10.2307/1885099"),
    ("https://papers.ssrn.com/sol3/papers.cfm?abstract_id=2139500", "doi", "10.2139/ssrn.2139500"),
    ("https://elifesciences.org/articles/01567", "doi", "10.7554/elife.01567"),
    ("https://aclanthology.org/P18-1001/", "doi", "10.18653/v1/p18-1001"),
    ("10.1000.10/123", "doi", "10.1000.10/123"),
    ("10/fk2ss9", "shortdoi", "10/fk2ss9"),
    ("https://doi.org/fk2ss9", "shortdoi", "10/fk2ss9"),
    ("doi:10/FK2SS9", "shortdoi", "10/fk2ss9"),
    ("arXiv:1706.03762v5", "arxiv", "1706.03762v5"),
    ("1706.03762", "arxiv", "1706.03762"),
    ("https://arxiv.org/abs/1706.03762", "arxiv", "1706.03762"),
    ("https://arxiv.org/pdf/1706.03762v5.pdf", "arxiv", "1706.03762v5"),
    ("arXiv:1706.03762 [cs.CL]", "arxiv", "1706.03762"),
    ("hep-th/9901001v2", "arxiv", "hep-th/9901001v2"),
    ("math.GT/0309136", "arxiv", "math/0309136"),
    ("10.48550/arXiv.1706.03762", "arxiv", "1706.03762"),
    ("https://doi.org/10.48550/arXiv.hep-th/9901001", "arxiv", "hep-th/9901001"),
    ("pmid:14624247", "pmid", "14624247"),
    ("PMID 0014624247", "pmid", "14624247"),
    ("https://pubmed.ncbi.nlm.nih.gov/14624247/?from=x", "pmid", "14624247"),
    ("PMC4679344", "pmcid", "PMC4679344"),
    ("https://pmc.ncbi.nlm.nih.gov/articles/PMC4679344/", "pmcid", "PMC4679344"),
    ("978-0-14-044913-6", "isbn", "9780140449136"),
    ("ISBN-10: 0-14-044913-2", "isbn", "9780140449136"),
    ("0140449132", "isbn", "9780140449136"),
    ("080442957X", "isbn", "9780804429573"),
    ("urn:isbn:9780140449136", "isbn", "9780140449136"),
    ("ISSN 2041-1723", "issn", "2041-1723"),
    ("2434-561X", "issn", "2434-561X"),
    ("https://portal.issn.org/resource/ISSN/2041-1723", "issn", "2041-1723"),
    ("see 10.1038/171737a0, please", "doi", "10.1038/171737a0"),
    ("https://europepmc.org/article/MED/14624247", "pmid", "14624247"),
    ("W2741809807", "openalex", "W2741809807"),
    ("https://openalex.org/w2741809807", "openalex", "W2741809807"),
    ("https://api.openalex.org/works/W2741809807?select=id", "openalex", "W2741809807"),
    ("CorpusId:215416146", "semanticscholar", "215416146"),
    ("S2CID 215416146", "semanticscholar", "215416146"),
    ("https://api.semanticscholar.org/CorpusID:215416146", "semanticscholar", "215416146"),
    (f"https://www.semanticscholar.org/paper/A-title-Doe/{'0a' * 20}/figure/1", "semanticscholar", "0a" * 20),
    ("0A" * 20, "semanticscholar", "0a" * 20),
    ("https://inspirehep.net/literature/451647", "inspire", "451647"),
    ("https://inspirehep.net/api/literature/451647?fields=titles", "inspire", "451647"),
    ("inspire:451647", "inspire", "451647"),
    ("Maldacena:1997re", "inspire", "Maldacena:1997re"),
    ("conf/dac/ZhangYY21", "dblp", "conf/dac/ZhangYY21"),
    ("DBLP:journals/iandc/Block70", "dblp", "journals/iandc/Block70"),
    ("https://dblp.org/rec/conf/dac/ZhangYY21.html?view=bibtex", "dblp", "conf/dac/ZhangYY21"),
    ("https://dblp.uni-trier.de/rec/bibtex/conf/dac/ZhangYY21", "dblp", "conf/dac/ZhangYY21"),
    ("1998AJ....116.1009R", "bibcode", "1998AJ....116.1009R"),
    ("bibcode: 1950Sci...112..215.", "bibcode", "1950Sci...112..215."),
    ("https://ui.adsabs.harvard.edu/abs/1992A%26A...265..115K/abstract", "bibcode", "1992A&A...265..115K"),
    ("2017arXiv170603762V", "arxiv", "1706.03762"),
    ("https://ui.adsabs.harvard.edu/abs/2014arXiv1405.1234A", "arxiv", "1405.1234"),
    ("hdl:2027/spo.4725127.0001.001", "hdl", "2027/spo.4725127.0001.001"),
    ("https://hdl.handle.net/1721.1/12345?show=full", "hdl", "1721.1/12345"),
    ("https://dspace.example.edu/xmlui/handle/1721.1/12345", "hdl", "1721.1/12345"),
    ("https://hdl.handle.net/10.1038/171737a0", "doi", "10.1038/171737a0"),
    ("hdl:10.1038/171737A0", "doi", "10.1038/171737a0"),
    ("URN:NBN:de:101:1-2018091304", "urn", "urn:nbn:de:101:1-2018091304"),
    ("https://nbn-resolving.org/urn:nbn:de:bsz:14-qucosa-25559", "urn", "urn:nbn:de:bsz:14-qucosa-25559"),
    ("https://urn.fi/URN:NBN:fi-fe2018", "urn", "urn:nbn:fi-fe2018"),
    ("https://urn.kb.se/resolve?urn=urn:nbn:se:uu:diva-1", "urn", "urn:nbn:se:uu:diva-1"),
    ("Q15397819", "wikidata", "Q15397819"),
    ("https://www.wikidata.org/wiki/Q42", "wikidata", "Q42"),
    ("https://github.com/Citation-File-Format/ruby-cff", "github", "citation-file-format/ruby-cff"),
    ("git@github.com:owner/name.git", "github", "owner/name"),
    ("https://github.com/owner/name/releases/tag/V1.0", "github", "owner/name@V1.0"),
    ("https://github.com/owner/name/blob/main/README.md", "github", "owner/name"),
    ("https://doi.org/10.5281/ZENODO.1234567", "doi", "10.5281/zenodo.1234567"),
]
REFUSED = [
    ("", "empty"),
    ("hello", "is not a DOI, arXiv number"),
    ("10.1038", "malformed: nothing follows the prefix"),
    ("10.1038/", "malformed: nothing follows the prefix"),
    ("10.1/x", "malformed: its prefix is not 10. and four to nine digits"),
    ("doi:foo", "malformed: a DOI begins with 10."),
    ("10.1000/a b", "malformed: it has a space in it"),
    ("https://doi.org/", "looks like a DOI"),
    ("014044913X", "looks like an ISBN, but its last digit should be 2"),
    ("978-0-14-044913-5", "looks like an ISBN, but its last digit should be 6"),
    ("1234567890123", "begins with 978 or 979"),
    ("2041-1724", "looks like an ISSN, but its last digit should be 3"),
    ("14624247", "bare number: write pmid:14624247"),
    ("arXiv:17.1", "looks like an arXiv number but is malformed"),
    ("https://example.org/page", "web address that names no DOI"),
    ("https://github.com/features/actions", "web address that names no DOI"),
    ("W123", "is not a DOI"),
    ("books/novel/draft.pdf", "is not a DOI"),
    ("10.1000/x y 10.1000/z", "holds 2 identifiers"),
    ("10.5555/" + "x" * 5000, "…"),
]


@pytest.mark.parametrize(("text", "scheme", "value"), READ, ids=[text[:40] for text, _, _ in READ])
def test_every_written_form_has_one_normal_form(text: str, scheme: str, value: str) -> None:
    assert parse(text) == Identifier(scheme, value)
    assert parse(str(Identifier(scheme, value))) == Identifier(scheme, value)


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=[text[:40] for text, _ in REFUSED])
def test_what_is_no_identifier_is_told_why(text: str, words: str) -> None:
    with pytest.raises(NotAnIdentifier) as caught:
        parse(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_punctuation_that_a_doi_really_has_can_be_kept() -> None:
    assert parse("10.17070/aeaas.2014.12.36.", exact=True).value == "10.17070/aeaas.2014.12.36."


def test_identifiers_are_found_in_prose_in_order_and_once() -> None:
    text = """See <a href="https://doi.org/10.1000/x">10.1000/x</a> and 10.1000/a,10.1000/b; also
    arXiv:1706.03762 (PMID: 123, PMC99), ISBN 978-0-14-044913-6 and [10.1000/ss(1)]。 doi = {10.1002/zzz},
    10.1000%2Fencoded ISSN 2041-1723 https://arxiv.org/abs/hep-th/9901001."""
    found = [str(one) for one in find_all(text)]
    assert found == [
        "10.1000/x",
        "10.1000/a",
        "10.1000/b",
        "arxiv:1706.03762",
        "pmid:123",
        "PMC99",
        "isbn:9780140449136",
        "10.1000/ss(1)",
        "10.1002/zzz",
        "10.1000/encoded",
        "issn:2041-1723",
        "arxiv:hep-th/9901001",
    ]


def test_identifiers_of_databases_are_found_in_prose_by_their_names() -> None:
    text = """doi:10.1000/x; CorpusId:215416146, (DBLP:conf/dac/ZhangYY21), urn:nbn:de:101:1-2018091304. Q1234 W12345
    <https://github.com/owner/name>, hdl:2027/abc.1; see https://www.wikidata.org/wiki/Q42."""
    assert [str(one) for one in find_all(text)] == [
        "10.1000/x",
        "semanticscholar:215416146",
        "dblp:conf/dac/ZhangYY21",
        "urn:nbn:de:101:1-2018091304",
        "github:owner/name",
        "hdl:2027/abc.1",
        "wikidata:Q42",
    ]


def test_a_list_of_bare_numbers_is_read_line_by_line() -> None:
    assert [str(one) for one in find_all("1706.03762\n0140449132\n\n14624247\n")] == [
        "arxiv:1706.03762",
        "isbn:9780140449136",
    ]


def test_prose_without_identifiers_has_none() -> None:
    assert find_all("On page 10.5 of 2041-2050, for 978 dollars, 10.1 and 3.14159; version 1706.0376.") == []


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        ("doi", "https://doi.org/10.1000/ABC", "10.1000/abc"),
        ("doi", "10.48550/arXiv.1706.03762", "10.48550/arxiv.1706.03762"),
        ("isbn", "0-14-044913-2", "9780140449136"),
        ("isbn", " 123 ", "123"),
        ("pmcid", "pmc99", "PMC99"),
        ("openalex", " W123 ", "W123"),
        ("hdl", "2027/ABC", "2027/ABC"),
        ("github", "https://github.com/Owner/Name", "owner/name"),
        ("unheard-of", " W123 ", "w123"),
    ],
)
def test_normal_forms_of_stored_values(scheme: str, value: str, expected: str) -> None:
    assert normal(scheme, value) == expected


@given(st.text(max_size=200))
def test_any_text_is_an_identifier_or_told_why(text: str) -> None:
    line = ""
    try:
        found = parse(text)
    except NotAnIdentifier as error:
        line = str(error)
    else:
        assert normal(found.scheme, found.value) == found.value
    assert not line or line.isprintable()


@given(st.from_regex(r"10\.[0-9]{4,9}/[a-zA-Z0-9._;()/:-]{0,30}[a-zA-Z0-9]", fullmatch=True))
def test_any_doi_of_the_common_form_is_read_back(text: str) -> None:
    if text.count("(") == text.count(")"):
        assert parse(text).value in (text.lower(), text.lower().removeprefix("10.48550/arxiv."))


@pytest.mark.parametrize(
    "piece",
    [
        "10.1000/",
        "10.1000/)",
        "https://x",
        "10.1000/a<",
        "<a>1.0.co;2",
        "isbn 1",
        "1-",
        "&lt;",
        "\\_",
        "(",
        "arxiv:",
        "urn:nbn:de:",
        "github:a/",
    ],
)
def test_long_nonsense_takes_no_longer_than_its_length(piece: str) -> None:
    assert len(find_all(piece * 20_000)) < 3


def test_many_identifiers_are_found_once_each() -> None:
    assert len(find_all("10.1000/a " * 5_000)) == 1
    assert len(find_all(" ".join(f"10.1000/{i}" for i in range(5_000)))) == 5_000


@pytest.mark.parametrize(
    ("written", "normal_form"),
    [
        ("10.1000/a%19b", "10.1000/a%19b"),
        ("10.1000/a%2519b", "10.1000/a%19b"),
        ("10.1000/a%00", "10.1000/a%00"),
        ("10.1000/%41%25", "10.1000/a%"),
        ("10.1000/a%252525b", "10.1000/a%b"),
        ("10.1000/a%E4b", "10.1000/a%e4b"),
        ("10.1000/%C3%A4", "10.1000/ä"),
    ],
)
def test_percent_signs_are_decoded_once_and_for_all_and_never_to_controls(written: str, normal_form: str) -> None:
    assert normal("doi", written) == normal_form
    assert normal("doi", normal_form) == normal_form

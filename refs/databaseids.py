"""The identifiers that databases give to works: how people write them, and the normal form of each.

scheme           normal form                      also read
openalex         W2741809807                      openalex.org and its API
semanticscholar  258059792 or 40 hex digits       CorpusId:, S2CID:, semanticscholar.org/paper/
inspire          451647 or Maldacena:1997re       inspirehep.net: the number of a record or its texkey
dblp             conf/dac/ZhangYY21               dblp:, dblp.org/rec/ and its mirrors
bibcode          1998AJ....116.1009R              ads:, ui.adsabs.harvard.edu; 2017arXiv170603762V is an arXiv number
hdl              2027/spo.4725127.0001.001        hdl:, hdl.handle.net, the /handle/ of a DSpace
urn              urn:nbn:de:101:1-2018091304      the resolvers of national libraries
wikidata         Q42                              wikidata.org
github           owner/name or owner/name@v1.0    github.com: a repository or a release of it

Case is kept where it tells two works apart. `FORMS` is data for `refs.identifiers`, which reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

URL = r"(?:https?://)?(?:www\.)?"
REST = r"(?:/?[?#].*|/)?"


def _upper(match: re.Match[str]) -> str:
    return match[1].upper()


def _lower(match: re.Match[str]) -> str:
    return match[1].lower()


def _as_written(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def _urn(match: re.Match[str]) -> str:
    """Lower the case of the country (RFC 8458, 4.1); the rest of the string keeps its own."""
    namespace, country, rest = re.split(r"(?i)(?<=^urn:nbn:)|(?<=^urn:nbn:[a-z]{2})", match[1], maxsplit=2)
    return f"{namespace}{country}".lower() + rest


def _repository(match: re.Match[str]) -> str:
    """Return owner and name, in which case means nothing, and the tag of a release, in which it does."""
    owner, name, release = match.groups()
    name = re.sub(r"(?i)\.git$", "", name)
    if owner.lower() in PAGES_OF_GITHUB or not name.strip("."):
        return ""
    return f"{owner}/{name}".lower() + (f"@{release}" if release else "")


PAGES_OF_GITHUB = frozenset(
    "about apps collections contact customer-stories enterprise events explore features issues login marketplace "
    "notifications orgs pricing pulls readme search security settings site sponsors stars topics trending users".split()
)


@dataclass(frozen=True, slots=True)
class Form:
    """The written forms of one scheme: a pattern that the whole text must match, and what its match stands for."""

    scheme: str
    pattern: str
    normal: Callable[[re.Match[str]], str] = _as_written


KEY_OF_DBLP = r"(?:journals|conf|books|series|phd|reference|tr|data|ms|persons|homepages)/[\w-]+/[\w.-]*?\w"
BIBCODE = r"[12]\d{3}[A-Za-z][A-Za-z0-9&.]{12}[A-Z0-9.:][A-Z.:]"
NUMBER_OF_RECORD = r"[1-9]\d{0,9}"
TEXKEY = r"[A-Z][\w'-]{1,60}:[12]\d{3}[a-z]{2,4}"
COUNTRY = r"urn:nbn:[a-z]{2}[:-]"

FORMS = (
    Form(
        "openalex",
        rf"(?i)(?:openalex(?:\s*[:=]\s*|\s+)|{URL}(?:api\.|explore\.)?openalex\.org/(?:works/)?)(W\d{{1,12}}){REST}",
        _upper,
    ),
    Form("openalex", r"(W\d{5,12})"),
    Form(
        "semanticscholar",
        r"(?i)(?:corpus\s?id|s2cid|semanticscholar|(?:https?://)?(?:api|www)\.semanticscholar\.org/corpusid)"
        r"\s*[:=]?\s*([1-9]\d{0,11})",
        _lower,
    ),
    Form(
        "semanticscholar",
        rf"(?i)(?:semanticscholar\s*:\s*|{URL}(?:api\.)?semanticscholar\.org/(?:[a-z0-9_]+/)*?paper/(?:[^/\s]+/)?)?"
        rf"([0-9a-f]{{40}})(?:/.*|[?#].*)?",
        _lower,
    ),
    Form(
        "inspire",
        rf"(?i:inspire(?:[ -]?hep)?\s*[:=]\s*|{URL}inspirehep\.net/(?:api/)?(?:literature|record)/)"
        rf"({NUMBER_OF_RECORD}|{TEXKEY}){REST}",
    ),
    Form("inspire", rf"(?i:{URL}inspirehep\.net/.*[?&]q=(?:texkeys?|recid)[:=%3A]+)({NUMBER_OF_RECORD}|{TEXKEY})"),
    Form("inspire", rf"({TEXKEY})"),
    Form(
        "dblp",
        rf"(?i:dblp\s*:\s*|{URL}dblp\.(?:org|uni-trier\.de|dagstuhl\.de)/rec/(?:(?:html|xml|bibtex\d?|rdf|ris)/)?)"
        rf"({KEY_OF_DBLP})(?i:\.(?:html|xml|bib|ris|rdf|nt|ttl))?{REST}",
    ),
    Form("dblp", rf"(?!.*\.)({KEY_OF_DBLP})"),
    Form(
        "bibcode",
        rf"(?i:(?:bibcode|ads)\s*[:=]\s*|{URL}(?:ui\.|adsabs\.|esoads\.|cdsads\.)?"
        rf"(?:adsabs\.harvard\.edu|eso\.org|u-strasbg\.fr)/(?:\#)?abs/)"
        rf"({BIBCODE})(?:/.*|[?#].*)?",
    ),
    Form("bibcode", rf"({BIBCODE})"),
    Form(
        "hdl",
        rf"(?i:(?:info:)?hdl\s*[:/]\s*|handle\s*:\s*|{URL}hdl\.handle\.net/(?:api/handles/)?)"
        r"([1-9]\d*(?:\.\w+)*/[^\s?#]+)(?:[?#].*)?",
    ),
    Form("hdl", r"(?i:https?://[^/\s]+/(?:[a-z]+/)*handle/)([1-9]\d*(?:\.\d+)*/\d+)(?:[/?#].*)?"),
    Form(
        "urn",
        rf"(?i)(?:https?://[^/\s]+/(?:resolver?/?\?(?:\w+=\w+&)*(?:urn|identifier)=)?)?({COUNTRY}[^\s?#&]+)(?:[?#&].*)?",
        _urn,
    ),
    Form(
        "wikidata", rf"(?i)(?:wikidata\s*:\s*|wd:|{URL}(?:m\.)?wikidata\.org/(?:wiki|entity)/)(Q[1-9]\d*){REST}", _upper
    ),
    Form("wikidata", r"(Q[1-9]\d{3,11})"),
    Form(
        "github",
        rf"(?i){URL}github\.com[/:]([a-z\d](?:[a-z\d-]*[a-z\d])?)/([\w.-]+)"
        r"(?:/releases/tag/([^\s/?#]+))?(?:/.*|[?#].*)?",
        _repository,
    ),
    Form("github", r"(?i)(?:git@github\.com:|github\s*:\s*)([a-z\d-]+)/([\w.-]+?)(?:@([^\s@/]+))?", _repository),
)
SCHEMES = tuple(dict.fromkeys(form.scheme for form in FORMS))

# What stands before such an identifier in prose; a bare one is too much like other words.
IN_PROSE = (
    r"\b(?:corpus\s?id|s2cid|openalex|semanticscholar|inspire(?:-?hep)?|dblp|bibcode|hdl|wikidata|github)\s?:\s?"
    r"[^\s\"<>,;]{1,200}|\burn:nbn:[a-z]{2}[:-][^\s\"<>,;]{1,200}"
)
ARXIV_BIBCODE = r"[12]\d{3}arXiv(?:(\d{4})(\d{5})|(\d{4}\.\d{4}))[A-Z.:]"


def arxiv_number(bibcode: str) -> str:
    """Return the arXiv number that a bibcode of arXiv holds, or ""."""
    match = re.fullmatch(ARXIV_BIBCODE, bibcode)
    return (match and (match[3] or f"{match[1]}.{match[2]}")) or ""

"""Identifiers of works: the forms in which people write them, check digits, one normal form for each scheme.

scheme     normal form               also read
doi        10.1038/171737a0          doi:, info:doi/, URLs, percent-encoded, LaTeX-damaged, upper case
shortdoi   10/fk2ss9                 https://doi.org/fk2ss9: the handle system knows the long one
arxiv      1706.03762v5              arXiv:, arxiv.org/abs/ and /pdf/, 10.48550/arXiv., math.GT/0309136
pmid       14624247                  pmid:, PubMed URLs
pmcid      PMC4679344                PMC URLs
isbn       9780140449136             ISBN-10, hyphens, isbn:, urn:isbn:
issn       2041-1723                 issn:, urn:issn:, portal.issn.org
openalex, semanticscholar, inspire, dblp, bibcode, hdl, urn, wikidata, github: see `refs.databaseids`
url        https://example.org/a     any other web address, read by `parse_any` alone
pdf        /home/me/paper.pdf        the path of a file; only commands make it
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote

from refs import databaseids
from refs.errors import NotAnIdentifier


@dataclass(frozen=True, slots=True)
class Identifier:
    """A scheme and a value in its normal form, so that equal identifiers are equal values."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return self.value if self.scheme in BARE else f"{self.scheme}:{self.value}"


BARE = frozenset({"doi", "shortdoi", "pmcid", "urn", "url", "pdf"})
"""The schemes whose values say by themselves what they are."""

DOI_START = r"10\.\d{4,9}(?:\.\d+)*/"
# A SICI holds <...> once, always before its version and check character: <0001::AID-ABC1>3.0.CO;2-X
DOI_BODY = r"[^\s\"<>]|<[^\s<>]{0,200}>\d\.\d\.[a-zA-Z]{2};"
DOI = f"{DOI_START}(?:{DOI_BODY})+"
LONGEST = 2048  # the length of a URL that servers accept; the longest DOI seen has 201 characters
DOI_PREFIX = r"(?i)^(?:(?:info:doi/|urn:doi:|doi\s*[:=]|doi(?=\s+10\.)|digital object identifier:?)\s*)+"
ARXIV_NEW = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}(?:v\d+)?"
ARXIV_OLD = (
    r"(?:acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|"
    r"dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|math|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|"
    r"plasm-ph|q-alg|q-bio|quant-ph|solv-int|supr-con)(?:\.[A-Za-z-]{2,})?/\d{7}(?:v\d+)?"
)
ARXIV = rf"(?:{ARXIV_NEW}|{ARXIV_OLD})"
ARXIV_DOI = "10.48550/arxiv."
CANDIDATE = (
    r"(?i)(?P<url>https?://[^\s\"<>]{1,2048})"
    rf"|(?P<doi>(?<![0-9.]){DOI_START}(?:{DOI_BODY}){{1,2048}})"
    r"|(?P<encoded>(?<![0-9.])10\.\d{4,9}(?:\.\d+)*%2F[^\s\"<>]{1,2048})"
    r"|(?P<shortdoi>\bdoi:\s*10/[a-z0-9]{2,})"
    rf"|(?P<arxiv>\barxiv\s*:\s*{ARXIV})"
    r"|(?P<pmid>\bpmid\s*:?\s*\d{1,8}\b)"
    r"|(?P<pmcid>\bPMC\d{2,9}\b)"
    r"|(?P<isbn>\b(?:urn:)?isbn(?:-1[03])?\s*:?\s*[0-9][0-9 \-\u2010-\u2013]{8,20}[0-9x]\b)"
    r"|(?P<issn>\b(?:urn:)?e?issn(?:-l)?\s*:?\s*\d{4}-?\d{3}[0-9x]\b)"
    rf"|(?P<database>{databaseids.IN_PROSE})"
)
ENCODED = "(?:%[2-9A-Fa-f][0-9A-Fa-f])+"
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"))
LATEX = (
    (r"\\(?:url|doi|path|nolinkurl)\s*\{([^{}]*)\}", r"\1"),
    (r"\\href\s*\{([^{}]*)\}\s*\{[^{}]*\}", r"\1"),
    (r"\{?\\textless\s?(?:\{\})?\}?|\$\\?(?:<|lt)\$", "<"),
    (r"\{?\\textgreater\s?(?:\{\})?\}?|\$\\?(?:>|gt)\$", ">"),
    (r"\{?\\textunderscore\s?(?:\{\})?\}?", "_"),
    (r"\\(?:allowbreak|linebreak|break)\s?(?:\{\})?", ""),
    (r"\{\\([_%&#$])\}|\\([_%&#${}~^-])", r"\1\2"),
)
SUFFIXES = (
    r"(?i)(?:/(?:full|abstract|abs|e?pdf|epub|meta|html|summary|references|citations?|tables|figures)"
    r"|\.pdf)+$"
)
# Pages whose address holds the DOI without its prefix.
PAGES = (
    (r"zenodo\.org/records?/(\d+)", r"10.5281/zenodo.\1"),
    (r"nature\.com/articles/([\w.-]*\w)", r"10.1038/\1"),
    (r"jstor\.org/stable/(\d+)", r"10.2307/\1"),
    (r"papers\.ssrn\.com/.*\babstract_id=(\d+)", r"10.2139/ssrn.\1"),
    (r"ssrn\.com/abstract=(\d+)", r"10.2139/ssrn.\1"),
    (r"elifesciences\.org/articles/(\d+)", r"10.7554/elife.\1"),
    (r"peerj\.com/articles/(\d+)", r"10.7717/peerj.\1"),
    (r"aclanthology\.org/([\w.-]*\d)", r"10.18653/v1/\1"),
)
# bioRxiv and medRxiv: their versions have pages, but no DOI.
PREPRINT_PAGE = r"(?i)^(10\.(?:1101|64898)/[\d.]*\d)v\d+(?:\..*)?$"


def parse(text: str, *, exact: bool = False) -> Identifier:
    """Return the identifier that a text is, or the only one that it holds.

    `exact` keeps punctuation at the end of a DOI, which a few registered ones really have. Raise
    NotAnIdentifier with a line that says what is wrong.
    """
    cleaned = tidy(text)
    for form in FORMS:
        if found := form(cleaned, exact):
            return found
    held = find_all(cleaned)
    # A DOI cut in two by a blank must not pass for its first half.
    if len(held) == 1 and not re.match(DOI_START, re.sub(DOI_PREFIX, "", cleaned)):
        return held[0]
    raise NotAnIdentifier(_complaint(cleaned, held))


def parse_any(text: str, *, exact: bool = False) -> Identifier:
    """Return what `parse` returns, or a web address that names no work by itself."""
    try:
        return parse(text, exact=exact)
    except NotAnIdentifier:
        if found := _web_address(text.strip()):
            return found
        raise


def _web_address(text: str) -> Identifier | None:
    text = text[1:-1] if text[:1] == "<" and text[-1:] == ">" else text
    match = re.fullmatch(r"(?i)(https?)://([^\s/?#@\\]+)([/?][^\s#]*)?(#\S*)?", text)
    if not match or len(text) > LONGEST or not text.isprintable() or "." not in match[2]:
        return None
    # A fragment is a place in the page, but #! is how some sites name their pages.
    fragment = match[4] if (match[4] or "").startswith("#!") else ""
    return Identifier("url", f"{match[1].lower()}://{match[2].lower()}{match[3] or '/'}{fragment}")


def find_all(text: str) -> list[Identifier]:
    """Return the identifiers in prose, or in a file with one on each line, in order and each once."""
    found: dict[Identifier, None] = {}
    for line in text.splitlines():
        tidied = tidy(line)
        whole = next((hit for form in FORMS if (hit := form(tidied, False))), None) if " " not in tidied else None
        found.update(dict.fromkeys([whole] if whole else _in_prose(tidied)))
    return list(found)


def normal(scheme: str, value: str) -> str:
    """Return a value's normal form; one not valid in its scheme comes back stripped and in lower case."""
    if reader := READERS.get(scheme):
        tidied = tidy(value)
        found = reader(tidied, False) or reader(f"{scheme}:{tidied}", False)
        if found:
            return found.value
    return value.strip().lower()


def tidy(text: str) -> str:
    """Undo what editors, LaTeX, HTML and word processors do to an identifier."""
    text = unicodedata.normalize("NFKC", text.translate(INVISIBLE)) if not text.isascii() else text
    text = re.sub("[\u2010-\u2013\u2212]", "-", text)
    if "\\" in text or "$" in text:
        for pattern, replacement in LATEX:
            text = re.sub(pattern, replacement, text)
    if "&" in text:
        text = re.sub("(?i)&lt;", "<", re.sub("(?i)&gt;", ">", re.sub("(?i)&amp;", "&", text)))
    text = " ".join(text.split())
    while len(text) > 1 and WRAPPERS.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


WRAPPERS = {"<": ">", "(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "“": "”", "«": "»", "`": "`"}


def _in_prose(text: str) -> Iterator[Identifier]:
    position = 0
    while match := re.compile(CANDIDATE).search(text, position):
        kind = match.lastgroup or ""
        end = match.end()
        if kind in ("url", "doi", "encoded", "database") and (glued := re.search(GLUED, match[0])):
            end = match.start() + glued.start()
        piece = text[match.start() : end]
        readers = FORMS if kind in ("url", "doi", "encoded") else (READERS.get(kind, _database),)
        found = next((hit for reader in readers if (hit := reader(piece, False))), None)
        if found:
            yield found
        position = max(end, match.start() + 1)


GLUED = rf"(?i)[,;|]+(?=doi:|https?://|{DOI_START})|[\u3001\u3002\u300d\u300f\u3011]|&quot;|(?<=.)https?://"


def _doi(text: str, exact: bool) -> Identifier | None:
    if len(text) > LONGEST:
        return None
    text = re.sub(DOI_PREFIX, "", text).lstrip("([<{\"' ")
    url = re.match(r"(?i)(?:https?:)?//|(?:www\.|dx\.)?doi\.org/|www\.", text)
    if url:
        text = _doi_in_url(text)
    text = _unquoted(text)
    match = re.match(DOI, text)
    if not match or (match.end() != len(text) and text[match.end()] not in '"<>'):
        return None
    doi = match[0] if exact else trimmed(match[0])
    if url and not exact:
        doi = trimmed(re.sub(SUFFIXES, "", re.sub(PREPRINT_PAGE, r"\1", doi)))
    if not re.fullmatch(DOI_START + r"\S+", doi):
        return None
    return Identifier("doi", doi.lower())


def _arxiv_by_doi(text: str, exact: bool) -> Identifier | None:
    """Read the DOI that arXiv gives a paper as the paper's number: they name the same."""
    found = _doi(text, exact)
    return _arxiv(found.value, exact) if found and found.value.startswith(ARXIV_DOI) else None


def _doi_in_url(text: str) -> str:
    """Return the part of a URL from the DOI on, without its query and fragment."""
    for page, doi in PAGES:
        if match := re.match(r"(?i)(?:https?://)?(?:www\.)?" + page, text):
            return match.expand(doi)
    start = re.search(r"10\.\d{4,9}(?:\.\d+)*(?:/|%2F)", text, re.IGNORECASE)
    if not start or "arxiv.org/" in text[: start.start()].lower():
        return ""
    tail = re.sub(r"[?&][A-Za-z_][\w.-]*=.*$", "", text[start.start() :])
    return re.sub(r"#[A-Za-z_][\w./:=-]*$", "", tail)


def _unquoted(text: str) -> str:
    """Decode every layer of percent signs, so that doing it again changes nothing; controls stay encoded."""
    while (decoded := re.sub(ENCODED, _decoded, text)) != text:
        text = decoded
    return text.translate(INVISIBLE)


def _decoded(match: re.Match[str]) -> str:
    text = unquote(match[0], errors="replace")
    return text if text.isprintable() and "\ufffd" not in text else match[0]


def trimmed(doi: str) -> str:
    """Drop the punctuation that belongs to the sentence: a bracket only when the DOI does not open it."""
    while doi:
        last = doi[-1]
        opening = OPENING.get(last)
        unopened = opening and doi.count(last) > doi.count(opening)
        if not unopened and last not in ".,;:!?'\"*/’”»`|\\" and (last != "#" or re.search(r";\d-#$", doi)):
            break
        doi = doi[:-1]
    return doi


OPENING = {")": "(", "]": "[", "}": "{", ">": "<"}


def _shortdoi(text: str, exact: bool) -> Identifier | None:
    text = re.sub(DOI_PREFIX, "", text)
    match = re.fullmatch(
        r"(?i)(?:https?://)?(?:(?:www\.|dx\.)?doi\.org|shortdoi\.org)/(?:10/)?([a-z0-9]{2,12})/?", text
    )
    match = match or re.fullmatch(r"(?i)10/([a-z0-9]{2,12})[.,;]?", text)
    return Identifier("shortdoi", f"10/{match[1].lower()}") if match else None


def _arxiv(text: str, exact: bool) -> Identifier | None:
    low = text.lower()
    if low.startswith(ARXIV_DOI):
        text = text[len(ARXIV_DOI) :]
    text = re.sub(
        r"(?i)^(?:https?://)?(?:www\.|export\.|browse\.)?arxiv\.org/(?:abs|pdf|html|format|ps|e-print)/",
        "",
        text,
    )
    text = re.sub(r"(?i)^(?:arxiv\s*[:.]?\s*)+|\.pdf$|[?#].*$|\s*\[[\w.-]+\]$", "", text).rstrip(".,;:)/")
    if not re.fullmatch(ARXIV, text, re.IGNORECASE):
        return None
    archive, slash, number = text.partition("/")
    # The subject class of an old number, math.GT/0309136, is no part of it.
    value = f"{archive.partition('.')[0]}/{number}" if slash else archive
    return Identifier("arxiv", value.lower())


def _pmid(text: str, exact: bool) -> Identifier | None:
    match = re.fullmatch(
        r"(?i)(?:(?:pmid|pubmed|medline)\s*[:=]?\s*|info:pmid/|(?:https?://)?(?:www\.)?ncbi\.nlm\.nih\.gov/(?:m/)?pubmed/"
        r"|(?:https?://)?pubmed\.ncbi\.nlm\.nih\.gov/|(?:https?://)?(?:www\.)?europepmc\.org/(?:article|abstract)/med/)"
        r"0*([1-9]\d{0,8})(?:/?(?:[?#].*)?|[.,;])",
        text,
    )
    return Identifier("pmid", match[1]) if match else None


def _pmcid(text: str, exact: bool) -> Identifier | None:
    match = re.fullmatch(
        r"(?i)(?:pmcid\s*[:=]?\s*(?:PMC)?|(?:https?://)?(?:www\.)?(?:ncbi\.nlm\.nih\.gov/pmc|pmc\.ncbi\.nlm\.nih\.gov|"
        r"europepmc\.org)/articles?/(?:pmc/)?(?:PMC)?|PMC)0*([1-9]\d{1,9})(?:\.\d+)?(?:/.*|[?#].*|[.,;])?",
        text,
    )
    return Identifier("pmcid", f"PMC{match[1]}") if match else None


def _isbn(text: str, exact: bool) -> Identifier | None:
    digits = _isbn_digits(text)
    if len(digits) == 10 and isbn10_check(digits[:9]) == digits[9]:
        return Identifier("isbn", "978" + digits[:9] + isbn13_check("978" + digits[:9]))
    if len(digits) == 13 and digits[:3] in ("978", "979") and isbn13_check(digits[:12]) == digits[12]:
        return Identifier("isbn", digits)
    return None


def _isbn_digits(text: str) -> str:
    match = re.fullmatch(
        r"(?i)(?:https?://\S+/isbn/)?(?:urn:)?(?:isbn(?:-?1[03])?\s*[:=]?\s*)?"
        r"([0-9][0-9 -]{8,18}[0-9xX])[.,;]?",
        text,
    )
    return re.sub("[ -]", "", match[1]).upper() if match else ""


def isbn10_check(digits: str) -> str:
    """Return the check character of nine digits (ISO 2108:1992, modulus 11)."""
    rest = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=True)) % 11
    return "0X987654321"[rest]


def isbn13_check(digits: str) -> str:
    """Return the check digit of twelve digits (ISO 2108:2017, modulus 10)."""
    return str(-sum((3 if i % 2 else 1) * int(digit) for i, digit in enumerate(digits)) % 10)


def _issn(text: str, exact: bool) -> Identifier | None:
    match = re.fullmatch(
        r"(?i)(?:(?:urn:)?[ep]?-?issn(?:-l)?\s*[:=]?\s*|(?:https?://)?portal\.issn\.org/resource/issn/)?"
        r"(\d{4})(-?)(\d{3}[\dx])[.,;]?",
        text,
    )
    # Eight digits in a row say nothing by themselves: a date, a PMID...
    if not match or (not match[2] and text[0].isdigit()):
        return None
    digits = (match[1] + match[3]).upper()
    return Identifier("issn", f"{digits[:4]}-{digits[4:]}") if issn_check(digits[:7]) == digits[7] else None


def issn_check(digits: str) -> str:
    """Return the check character of seven digits (ISO 3297, modulus 11)."""
    rest = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), digits, strict=True)) % 11
    return "0X987654321"[rest]


def _database(text: str, exact: bool, scheme: str = "") -> Identifier | None:
    """Read the identifier that a database gives; an arXiv number or a DOI in its guise is that."""
    if len(text) > LONGEST:
        return None
    text = _unquoted(text)
    # The last character of a bibcode may be a full stop.
    for written in dict.fromkeys((text if exact else trimmed(text), text)):
        for form in databaseids.FORMS:
            match = re.fullmatch(form.pattern, written) if scheme in ("", form.scheme) else None
            if match and (value := form.normal(match)):
                number = databaseids.arxiv_number(value) if form.scheme == "bibcode" else ""
                doi = _doi(value, exact) if form.scheme == "hdl" else None
                return doi or (Identifier("arxiv", number) if number else Identifier(form.scheme, value))
    return None


Reader = Callable[[str, bool], Identifier | None]
READERS: dict[str, Reader] = {
    "doi": _doi,
    "shortdoi": _shortdoi,
    "arxiv": _arxiv,
    "pmid": _pmid,
    "pmcid": _pmcid,
    "isbn": _isbn,
    "issn": _issn,
    **{scheme: partial(_database, scheme=scheme) for scheme in databaseids.SCHEMES},
}
# arXiv before DOI, whose 10.48550 names the same papers; the schemes of bare digits last.
FORMS: tuple[Reader, ...] = (_arxiv, _arxiv_by_doi, _doi, _shortdoi, _pmid, _pmcid, _issn, _isbn, _database)


def _complaint(text: str, held: list[Identifier]) -> str:
    """Say why a text is no identifier, as closely as can be told."""
    shown = shortened(text)
    if len(held) > 1:
        return f"'{shown}' holds {len(held)} identifiers: give them one by one, or as a text on standard input"
    if not text:
        return "an empty text is no identifier"
    bare = re.sub(r"(?i)^(?:https?://(?:www\.|dx\.)?doi\.org/|info:doi/|doi\s*[:=]\s*)", "", text)
    if bare != text or re.match(r"10[./]\d*", text):
        return f"'{shown}' looks like a DOI but is malformed: {_doi_fault(bare)}"
    if digits := _isbn_digits(text):
        return f"'{shown}' looks like an ISBN, but {_isbn_fault(digits)}"
    if issn := re.fullmatch(r"(?i)(?:issn\s*:?\s*)?(\d{4})-(\d{3})[\dx]", text):
        return f"'{shown}' looks like an ISSN, but its last digit should be {issn_check(issn[1] + issn[2])}"
    if text.isdecimal():
        return f"'{shown}' is a bare number: write pmid:{shown} if PubMed gave it"
    if text.lower().startswith("arxiv"):
        return f"'{shown}' looks like an arXiv number but is malformed: they read 1706.03762 or hep-th/9901001"
    if re.match(r"(?i)https?://", text):
        return f"'{shown}' is a web address that names no DOI, arXiv number, PMID, PMCID or ISBN"
    return f"'{shown}' is not a DOI, arXiv number, PMID, PMCID, ISBN, ISSN or an identifier of another known kind"


def _doi_fault(text: str) -> str:
    if not text.startswith("10"):
        return "a DOI begins with 10. and a number"
    prefix, slash, suffix = text.partition("/")
    if not re.fullmatch(r"10\.\d{4,9}(?:\.\d+)*", prefix.strip()):
        return "its prefix is not 10. and four to nine digits"
    if not slash or not trimmed(suffix.strip()):
        return "nothing follows the prefix"
    return "it has a space in it" if " " in text else "it has characters that no DOI has"


def _isbn_fault(digits: str) -> str:
    if len(digits) == 10 and digits[:9].isdecimal():
        return f"its last digit should be {isbn10_check(digits[:9])}"
    if len(digits) == 13 and digits.isdecimal():
        if digits[:3] not in ("978", "979"):
            return "one of 13 digits begins with 978 or 979"
        return f"its last digit should be {isbn13_check(digits[:12])}"
    return f"it has {len(digits)} digits in place of 10 or 13"


def shortened(text: str, width: int = 80) -> str:
    """Return a text that is safe and short enough for a message of one line."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= width else shown[: width - 1] + "…"

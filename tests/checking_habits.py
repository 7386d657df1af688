"""How people write what is true: each function rewrites a reference in one way, or returns None where it cannot."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import unescape

from refs.model import Date, Name, Reference, Value

Rewrite = Callable[[Reference, random.Random], "Reference | None"]


def with_fields(reference: Reference, **fields: Value) -> Reference:
    """Return a reference with other fields, "_" standing for "-"; an empty one is left out."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return replace(reference, fields={name: v for name, v in {**reference.fields, **named}.items() if v})


def initials(one: Reference, _: random.Random) -> Reference | None:
    """Shorten given names to initials."""
    names = one.names("author")
    short = tuple(replace(n, given=" ".join(f"{w[0]}." for w in n.given.split())) if n.given else n for n in names)
    return with_fields(one, author=short) if short != names else None


def fewer_authors(one: Reference, _: random.Random) -> Reference | None:
    """Keep the first author and "others"."""
    names = one.names("author")
    return with_fields(one, author=(names[0], Name(literal="others"))) if len(names) > 2 else None


def abbreviated(one: Reference, _: random.Random) -> Reference | None:
    """Give the journal its short name, or the first letters of its words."""
    full = one.text("container-title")
    short = one.text("container-title-short")
    if one.type != "article-journal" or not full:
        return None
    words = [word for word in full.split() if word.lower() not in ("of", "the", "and", "for", "in")]
    if not short or short == full:
        short = " ".join(f"{word[:4]}." if len(word) > 5 else word for word in words) if len(words) > 1 else full
    return with_fields(one, container_title=short) if short != full else None


def online_year(one: Reference, _: random.Random) -> Reference | None:
    """Cite the year of the first publication online."""
    years = re.findall(r"\b\d{4}\b", one.extra.get("published-online", ""))
    return with_fields(one, issued=Date(((int(years[0]),),))) if years else None


def other_case(one: Reference, rng: random.Random) -> Reference | None:
    """Write the title in capitals, in small letters, or every word with a capital."""
    change = rng.choice((str.upper, str.lower, str.title))
    return with_fields(one, title=change(unescape(re.sub("<[^>]*>", "", one.text("title")))))


def without_subtitle(one: Reference, _: random.Random) -> Reference | None:
    """Leave out what stands after the colon."""
    main, colon, _rest = one.text("title").partition(": ")
    return with_fields(one, title=main) if colon and len(main.split()) > 3 else None


def fewer_fields(one: Reference, rng: random.Random) -> Reference | None:
    """Leave out some of volume, issue, pages, ISSN, publisher."""
    gone = rng.sample(["volume", "issue", "page", "ISSN", "publisher"], 3)
    return with_fields(one, **dict.fromkeys(gone, ""))


def unaccented(one: Reference, _: random.Random) -> Reference | None:
    """Write names in ASCII."""
    from refs.romanise import ascii_fold

    names = tuple(replace(n, family=ascii_fold(n.family), given=ascii_fold(n.given)) for n in one.names("author"))
    return with_fields(one, author=names) if names != one.names("author") else None


def et_al(one: Reference, _: random.Random) -> Reference | None:
    """Keep the first three authors and "et al."."""
    names = one.names("author")
    return with_fields(one, author=(*names[:3], Name(literal="et al."))) if len(names) > 3 else None


def packed_initials(one: Reference, rng: random.Random) -> Reference | None:
    """Write initials without blanks, as medical journals do: "JD", or "J.-D."."""
    mark = rng.choice(("", ".", "-"))
    names = tuple(
        replace(n, given=mark.join(w[0] for w in re.split(r"[\s-]+", n.given) if w)) if n.given else n
        for n in one.names("author")
    )
    return with_fields(one, author=names) if names != one.names("author") else None


def digraphs(one: Reference, _: random.Random) -> Reference | None:
    """Write umlauts and Scandinavian letters with two letters."""
    table = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "Ö": "Oe"})
    names = tuple(replace(n, family=n.family.translate(table)) for n in one.names("author"))
    return with_fields(one, author=names) if names != one.names("author") else None


def transliterated(one: Reference, rng: random.Random) -> Reference | None:
    """Write the authors in Latin letters, by one of the schemes."""
    from refs.languages import language
    from refs.romanise import ascii_fold, is_latin, romanise

    def latin(text: str) -> str:
        tongue = language(text, one.text("language"))
        scheme = rng.choice(("bgn-pcgn", "ala-lc", "iso-9"))
        if tongue in ("ru", "uk", "be", "bg", "sr", "mk"):
            return romanise(text, tongue, scheme)
        return ascii_fold(text)

    names = one.names("author")
    if not any(n.family and not is_latin(n.family) for n in names):
        return None
    made = tuple(replace(n, family=latin(n.family), given=latin(n.given)) for n in names)
    return with_fields(one, author=made) if all(is_latin(n.family) for n in made) else None


def translated(one: Reference, rng: random.Random) -> Reference | None:
    """Give the title in another of the languages that the record has it in."""
    texts = [v.value for v in one.variants.get("title", ()) if isinstance(v.value, str)]
    texts += [one.text("original-title")] if one.text("original-title") else []
    return with_fields(one, title=rng.choice(texts)) if texts else None


def page_forms(one: Reference, rng: random.Random) -> Reference | None:
    """Write pages with another dash, shortened, with a label, or the first alone."""
    match = re.fullmatch(r"(\d+)[-–](\d+)", one.text("page"))
    if not match:
        return None
    first, last = match[1], match[2]
    short = last[-2:] if len(first) == len(last) > 2 and first[:-2] == last[:-2] else last
    forms = (f"{first}--{last}", f"{first}–{short}", f"pp. {first}-{last}", f"p. {first}", first, f"{first} - {last}")
    return with_fields(one, page=rng.choice(forms))


def volume_forms(one: Reference, rng: random.Random) -> Reference | None:
    """Label the volume and the issue, or write both into the volume."""
    volume, issue = one.text("volume"), one.text("issue")
    if not volume:
        return None
    if issue and rng.random() < 0.5:
        return with_fields(one, volume=f"{volume}({issue})", issue="")
    return with_fields(one, volume=f"Vol. {volume}", issue=f"no. {issue}" if issue else "")


def ligatures(one: Reference, _: random.Random) -> Reference | None:
    """Write the ligatures that text copied from a PDF has."""
    title = one.text("title").replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ")
    return with_fields(one, title=title) if title != one.text("title") else None


def entities(one: Reference, _: random.Random) -> Reference | None:
    """Write signs as HTML has them."""
    table = {"&": "&amp;", "–": "&#8211;", "’": "&rsquo;", "'": "&#39;", "é": "&eacute;", "ü": "&uuml;", "—": "&mdash;"}
    title = re.sub("[&–’'éü—]", lambda match: table[match[0]], one.text("title"))
    return with_fields(one, title=title) if title != one.text("title") else None


def other_marks(one: Reference, rng: random.Random) -> Reference | None:
    """Write other dashes, quotes and marks, a point at the end, or none of the markup."""
    title = one.text("title")
    made = rng.choice(
        (
            title.replace("-", "–"),
            title.replace("–", "--").replace("—", "---"),
            title.replace("'", "’").replace('"', "”"),
            title.replace(": ", ". "),
            title.replace(": ", " – "),
            f"{title}.",
            re.sub("<[^>]*>", "", title),
            title.replace(",", ""),
            title.replace("-", " "),
        )
    )
    return with_fields(one, title=made) if made != title else None


def greek(one: Reference, rng: random.Random) -> Reference | None:
    """Spell Greek letters out, or write them as TeX does."""
    names = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "μ": "mu", "µ": "mu", "λ": "lambda"}
    if not re.search("[αβγδκμµλ]", one.text("title")):
        return None
    form = rng.choice(("{}", "$\\{}$", "\\{}"))
    return with_fields(one, title=re.sub("[αβγδκμµλ]", lambda match: form.format(names[match[0]]), one.text("title")))


def other_journal_name(one: Reference, rng: random.Random) -> Reference | None:
    """Add or drop the article of a journal, change "and", add what catalogues add, or use capitals."""
    name = one.text("container-title")
    if one.type != "article-journal" or not name:
        return None
    forms = (
        name.removeprefix("The ") if name.startswith("The ") else f"The {name}",
        name.replace(" and ", " & ") if " and " in name else name.replace(" & ", " and "),
        f"{name} (Online)",
        name.upper(),
        name.partition(": ")[0],
    )
    made = rng.choice(forms)
    return with_fields(one, container_title=made) if made != name else None


def dotless(one: Reference, _: random.Random) -> Reference | None:
    """Abbreviate the journal without points, as PubMed does."""
    made = abbreviated(one, _)
    return with_fields(made, container_title=made.text("container-title").replace(".", "")) if made else None


def without_particle(one: Reference, rng: random.Random) -> Reference | None:
    """Write particles into the family name, or leave them out; drop one half of a double name."""
    names = []
    for n in one.names("author"):
        if n.non_dropping_particle or n.dropping_particle:
            particle = n.non_dropping_particle or n.dropping_particle
            family = rng.choice((f"{particle} {n.family}", n.family, f"{particle.title()} {n.family}"))
            n = replace(n, family=family, non_dropping_particle="", dropping_particle="")
        elif "-" in n.family and n.given:
            n = replace(n, family=n.family.replace("-", " "))
        names.append(n)
    return with_fields(one, author=tuple(names)) if tuple(names) != one.names("author") else None


def without_middle_names(one: Reference, _: random.Random) -> Reference | None:
    """Keep the first of the given names."""
    names = tuple(replace(n, given=n.given.split()[0]) if n.given else n for n in one.names("author"))
    return with_fields(one, author=names) if names != one.names("author") else None


def running_names(one: Reference, _: random.Random) -> Reference | None:
    """Write names as a program does that cannot split them."""
    names = tuple(Name(literal=str(n)) if n.given else n for n in one.names("author"))
    return with_fields(one, author=names) if names != one.names("author") else None


def year_alone(one: Reference, _: random.Random) -> Reference | None:
    """Write the year without month and day."""
    return with_fields(one, issued=Date(((one.year,),))) if one.year else None


def other_type(one: Reference, rng: random.Random) -> Reference | None:
    """Take another type for the work, as programs do."""
    return replace(one, type=rng.choice(("article", "document", "paper-conference", "chapter", "article-journal")))


def through_bibtex(one: Reference, rng: random.Random) -> Reference | None:
    """Write the reference as BibTeX or BibLaTeX, with LaTeX's accents, and read it again."""
    from refs import formats

    format = rng.choice(("bibtex", "biblatex"))
    options = {"ascii_only": rng.random() < 0.7}
    text = formats.write([replace(one, key="k", sources={})], format, **options)
    read = formats.read(text.encode(), "k.bib", format).references
    return replace(one, type=read[0].type, fields=read[0].fields)


def copied_from_a_page(one: Reference, _: random.Random) -> Reference | None:
    """Decompose accents and put blanks that do not break and soft hyphens, as text from pages and PDFs has them."""
    from refs.romanise import normalise

    title = normalise("NFD", one.text("title")).replace(" ", "\u00a0", 2)
    title = re.sub(r"(\w{4})(\w{4})", "\\1\u00ad\\2", title, count=1)
    names = tuple(replace(n, family=normalise("NFD", n.family)) for n in one.names("author"))
    return with_fields(one, title=title, author=names)


TRUE: Sequence[Rewrite] = (
    initials, fewer_authors, abbreviated, online_year, other_case, without_subtitle, fewer_fields, unaccented,
    et_al, packed_initials, digraphs, transliterated, translated, page_forms, volume_forms, ligatures, entities,
    other_marks, greek, other_journal_name, dotless, without_particle, without_middle_names, running_names, year_alone,
    other_type, through_bibtex, copied_from_a_page,
)  # fmt: skip

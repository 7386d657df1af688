"""The names that babel, polyglossia and BibLaTeX give to languages <-> BCP 47 tags."""

from __future__ import annotations

import re
from functools import cache

# A tag, the babel name written for it, then other names read as it; a bar between two languages.
NAMES = """
af afrikaans | sq albanian | am amharic | ar arabic | hy armenian | ast asturian | az azerbaijani | eu basque
| be belarusian | bn bengali | bo tibetan | br breton | bs bosnian | bg bulgarian | ca catalan | cop coptic
| hr croatian | cs czech | da danish | nl dutch | en english | en-US american usenglish | en-GB british ukenglish
| en-AU australian | en-CA canadian | en-NZ newzealand | eo esperanto | et estonian | fa persian farsi | fi finnish
| fr french francais frenchb français | fr-CA canadien acadian | fur friulan | gl galician | ka georgian
| de german ngerman germanb deutsch | de-AT austrian naustrian | de-CH swissgerman nswissgerman
| el greek polutonikogreek | grc ancientgreek | he hebrew | hi hindi | hu hungarian magyar | is icelandic
| id indonesian bahasai indon bahasa | ia interlingua | ga irish | it italian | ja japanese | kn kannada | km khmer
| ko korean | kmr kurmanji kurdish | lo lao | la latin classiclatin ecclesiasticlatin medievallatin | lv latvian
| lt lithuanian | dsb lowersorbian | mk macedonian | ms malay melayu bahasam | ml malayalam | mr marathi
| mn mongolian | se samin | no norwegian | nb norsk bokmal bokmål | nn nynorsk | oc occitan | pl polish
| pms piedmontese | pt portuguese portuges | pt-BR brazilian brazil | rm romansh | ro romanian | ru russian
| sa sanskrit | gd scottish | sr serbian | sr-Cyrl serbianc | sk slovak | sl slovene slovenian
| es spanish castilian | es-MX mexican spanishmx | sv swedish | syr syriac | ta tamil | te telugu | th thai
| tr turkish | tk turkmen | uk ukrainian | hsb uppersorbian | ur urdu | vi vietnamese | cy welsh
| zh chinese mandarin | zh-Hans chinese-simplified chinese-hans | zh-Hant chinese-traditional chinese-hant
| uz uzbek | kk kazakh | ky kyrgyz | tg tajik | sw swahili | yi yiddish | ne nepali | mi maori | haw hawaiian
| egy egyptian | akk akkadian | sux sumerian | jv javanese | tl tagalog filipino
"""
# Language, script, region, variants: the subtags that bibliographies use.
TAG = (
    r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|\d{3}))?"
    r"(?:[-_](?:[A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3}))*"
)


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Return (name in lower case -> tag, tag in lower case -> the babel name to write)."""
    to_tag: dict[str, str] = {}
    to_name: dict[str, str] = {}
    for language in NAMES.split("|"):
        tag, *names = language.split()
        to_name[tag.lower()] = names[0]
        to_tag.update((name, tag) for name in names)
    return to_tag, to_name


@cache
def to_bcp47(name: str) -> str:
    """Return the tag of a babel name, of BibLaTeX's `langfrench`, or of a tag in any case; "" for another text."""
    text = name.strip().lower()
    to_tag, to_name = _tables()
    if tag := to_tag.get(text) or to_tag.get(text.removeprefix("lang")):
        return tag
    subtags = text.replace("_", "-").split("-")
    codes = {tag.split("-")[0] for tag in to_name} | {"und", "mul"}
    if subtags[0] not in codes or not re.fullmatch(TAG, name.strip()):
        return ""
    return "-".join(_cased(part, i) for i, part in enumerate(subtags))


def _cased(part: str, position: int) -> str:
    """Return a subtag in the case of BCP 47: zh-Hant-TW."""
    if position and len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if position and len(part) == 2 else part


def to_babel(tag: str) -> str:
    """Return the babel name that means exactly this tag, "" when there is none."""
    return _tables()[1].get(tag.lower(), "")

"""Types and fields of BibTeX and BibLaTeX against CSL 1.0.2, one table for each direction. Data only.

Where tools disagree, the reading is taken that keeps most of what a citation prints: see the comment at the line.
"""

from __future__ import annotations

# entry type -> CSL type: BibTeX's, BibLaTeX's (regular, unsupported and aliases), and those seen in the wild
CSL_TYPES = {
    "article": "article-journal",
    "book": "book",
    "mvbook": "book",
    "inbook": "chapter",
    "bookinbook": "chapter",
    "suppbook": "chapter",
    "booklet": "pamphlet",
    "collection": "book",
    "mvcollection": "book",
    "incollection": "chapter",
    "suppcollection": "chapter",
    "dataset": "dataset",
    "manual": "book",
    "misc": "document",
    "online": "webpage",
    "electronic": "webpage",
    "www": "webpage",
    "patent": "patent",
    "periodical": "periodical",
    "suppperiodical": "article-journal",
    "proceedings": "book",
    "mvproceedings": "book",
    "inproceedings": "paper-conference",
    "conference": "paper-conference",
    "reference": "book",
    "mvreference": "book",
    "inreference": "entry-encyclopedia",
    "report": "report",
    "techreport": "report",
    "software": "software",
    "thesis": "thesis",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "unpublished": "manuscript",
    "artwork": "graphic",
    "audio": "song",
    "bibnote": "document",
    "commentary": "book",
    "image": "graphic",
    "jurisdiction": "legal_case",
    "legislation": "legislation",
    "legal": "treaty",
    "letter": "personal_communication",
    "movie": "motion_picture",
    "music": "song",
    "performance": "performance",
    "review": "review",
    "standard": "standard",
    "video": "motion_picture",
    # Mendeley, Papers, IEEE, hand-made
    "book_section": "chapter",
    "inserial": "article-journal",
    "journal_article": "article-journal",
    "magazine_article": "article-magazine",
    "newspaper_article": "article-newspaper",
    "newspaper": "article-newspaper",
    "newsarticle": "article-newspaper",
    "magazine": "article-magazine",
    "web_page": "webpage",
    "webpage": "webpage",
    "website": "webpage",
    "internet": "webpage",
    "blog": "post-weblog",
    "generic": "document",
    "other": "document",
    "talk": "speech",
    "presentation": "speech",
    "workingpaper": "report",
    "workingdraft": "manuscript",
    "preprint": "article",
    "map": "map",
    "film": "motion_picture",
    "bill": "bill",
    "case": "legal_case",
    "statute": "legislation",
    "interview": "interview",
    "data": "dataset",
    "code": "software",
    "softwareversion": "software",
    "podcast": "broadcast",
}
# CSL type -> (BibTeX type, BibLaTeX type); a type that is not read back from these also gets `entrysubtype`
BIB_TYPES = {
    "article": ("misc", "online"),
    "article-journal": ("article", "article"),
    "article-magazine": ("article", "article"),
    "article-newspaper": ("article", "article"),
    "bill": ("misc", "legislation"),
    "book": ("book", "book"),
    "broadcast": ("misc", "audio"),
    "chapter": ("incollection", "incollection"),
    "classic": ("book", "book"),
    "collection": ("misc", "misc"),
    "dataset": ("misc", "dataset"),
    "document": ("misc", "misc"),
    "entry": ("incollection", "inreference"),
    "entry-dictionary": ("incollection", "inreference"),
    "entry-encyclopedia": ("incollection", "inreference"),
    "event": ("misc", "misc"),
    "figure": ("misc", "image"),
    "graphic": ("misc", "image"),
    "hearing": ("misc", "legislation"),
    "interview": ("misc", "misc"),
    "legal_case": ("misc", "jurisdiction"),
    "legislation": ("misc", "legislation"),
    "manuscript": ("unpublished", "unpublished"),
    "map": ("misc", "misc"),
    "motion_picture": ("misc", "video"),
    "musical_score": ("book", "book"),
    "pamphlet": ("booklet", "booklet"),
    "paper-conference": ("inproceedings", "inproceedings"),
    "patent": ("misc", "patent"),
    "performance": ("misc", "performance"),
    "periodical": ("misc", "periodical"),
    "personal_communication": ("misc", "letter"),
    "post": ("misc", "online"),
    "post-weblog": ("misc", "online"),
    "regulation": ("misc", "legislation"),
    "report": ("techreport", "report"),
    "review": ("article", "article"),
    "review-book": ("article", "article"),
    "software": ("misc", "software"),
    "song": ("misc", "music"),
    "speech": ("misc", "unpublished"),
    "standard": ("misc", "standard"),
    "thesis": ("phdthesis", "thesis"),
    "treaty": ("misc", "legal"),
    "webpage": ("misc", "online"),
}
CLASSIC_TYPES = frozenset(
    "article book booklet conference inbook incollection inproceedings manual mastersthesis misc phdthesis "
    "proceedings techreport unpublished".split()
)
BIBLATEX_TYPES = frozenset(
    "article book mvbook inbook bookinbook suppbook booklet collection mvcollection incollection "
    "suppcollection dataset manual misc online patent periodical suppperiodical proceedings mvproceedings "
    "inproceedings reference mvreference inreference report set software thesis unpublished artwork audio "
    "bibnote commentary image jurisdiction legislation legal letter movie music performance review standard "
    "video conference electronic www mastersthesis phdthesis techreport".split()
)
SUBTYPES = {"magazine": "article-magazine", "newspaper": "article-newspaper"}
SUBTYPE_OF = {"article-magazine": "magazine", "article-newspaper": "newspaper"}

ALIASES = {
    "address": "location",
    "annote": "annotation",
    "archiveprefix": "eprinttype",
    "primaryclass": "eprintclass",
    "journal": "journaltitle",
    "school": "institution",
    "hyphenation": "langid",
    "keyword": "keywords",
    "tags": "keywords",
    "summary": "abstract",
    "issn-l": "issn",
    "origyear": "origdate",
    "numpages": "pagetotal",
    "articleno": "eid",
    "article-number": "eid",
    "collaborator": "contributor",
    "copyright": "license",
    "url_date": "urldate",
    "lastchecked": "urldate",
    "urlaccessdate": "urldate",
    "accessed": "urldate",
}
# fields that are one variable whatever the type of the entry; the first of two is written
VARIABLES = {
    "shorttitle": "title-short",
    "shortjournal": "container-title-short",
    "series": "collection-title",
    "volume": "volume",
    "part": "part-number",
    "volumes": "number-of-volumes",
    "pages": "page",
    "pagetotal": "number-of-pages",
    "chapter": "chapter-number",
    "edition": "edition",
    "version": "version",
    "location": "publisher-place",
    "venue": "event-place",
    "origtitle": "original-title",
    "origpublisher": "original-publisher",
    "origlocation": "original-publisher-place",
    "type": "genre",
    "doi": "DOI",
    "isbn": "ISBN",
    "issn": "ISSN",
    "url": "URL",
    "pmid": "PMID",
    "pmcid": "PMCID",
    "library": "call-number",
    "abstract": "abstract",
    "annotation": "annote",
    "keywords": "keyword",
    "pubstate": "status",
    "parttitle": "part-title",
}
DATES = {"urldate": "accessed", "origdate": "original-date", "eventdate": "event-date"}
NAMES = {
    "author": "author",
    "editor": "editor",
    "translator": "translator",
    "bookauthor": "container-author",
    "director": "director",
    "serieseditor": "collection-editor",
    "origauthor": "original-author",
}
EDITOR_TYPES = {
    "compiler": "compiler",
    "collaborator": "contributor",
    "director": "director",
    "organizer": "organizer",
    "narrator": "narrator",
    "producer": "producer",
    "curator": "curator",
    "illustrator": "illustrator",
    "seriescreator": "series-creator",
}
# main field, subtitle, title addon: together one variable
TITLES = (
    ("title", "subtitle", "titleaddon"),
    ("booktitle", "booksubtitle", "booktitleaddon"),
    ("maintitle", "mainsubtitle", "maintitleaddon"),
    ("journaltitle", "journalsubtitle", "journaltitleaddon"),
    ("issuetitle", "issuesubtitle", "issuetitleaddon"),
    ("eventtitle", "", "eventtitleaddon"),
)
TITLE_FIELDS = frozenset({"title", "subtitle", "booktitle", "booksubtitle", "maintitle", "mainsubtitle", "shorttitle"})
MULTILINE_FIELDS = frozenset({"abstract", "annotation", "note"})
# never LaTeX: what they hold is an address, a number or another program's data
VERBATIM = frozenset(
    "doi eprint file url urlraw pdf verba verbb verbc local-url bdsk-url-1 bdsk-url-2 bdsk-url-3 bdsk-file-1 "
    "bdsk-file-2 adsurl crossref xref xdata entryset ids related keys langid options gender eprinttype "
    "eprintclass date eventdate origdate urldate".split()
)
# what `number` means
ISSUE_TYPES = frozenset({"article", "periodical", "suppperiodical", "review", "inserial"})
NUMBER_TYPES = frozenset(
    "report techreport manual patent standard misc online electronic www dataset software thesis phdthesis "
    "mastersthesis unpublished booklet jurisdiction legislation legal artwork image audio video movie music "
    "performance letter commentary webpage workingpaper preprint".split()
)
ISSUE_CSL = frozenset(
    "article-journal article-magazine article-newspaper periodical review review-book post-weblog".split()
)
BOOK_CSL = frozenset(
    "book chapter classic collection entry entry-dictionary entry-encyclopedia musical_score pamphlet "
    "paper-conference".split()
)
# where the publisher is written: CSL type -> (BibTeX field, BibLaTeX field); "publisher" elsewhere
PUBLISHERS = {
    "thesis": ("institution", "institution"),
    "report": ("institution", "institution"),
    "document": ("howpublished", "howpublished"),
    "event": ("howpublished", "howpublished"),
    "pamphlet": ("howpublished", "howpublished"),
    "webpage": ("howpublished", "organization"),
    "post": ("howpublished", "organization"),
    "post-weblog": ("howpublished", "organization"),
    "article": ("howpublished", "organization"),
    "standard": ("howpublished", "organization"),
    "dataset": ("howpublished", "publisher"),
    "software": ("howpublished", "publisher"),
    "manuscript": ("howpublished", "howpublished"),
}
# where the title of what a work is in is printed, for entry types whose styles print neither booktitle nor
# journaltitle: the first field that nothing else has; CONTAINER_FIELD then names it, since it is read as the publisher
CONTAINERS = dict.fromkeys(("online", "electronic", "www", "dataset"), ("organization",)) | dict.fromkeys(
    "misc jurisdiction legislation legal artwork audio image letter movie music performance software standard "
    "unpublished video".split(),
    ("howpublished", "organization"),
)
CONTAINER_FIELD = "csl-container"
PUBLISHER_FIELDS = ("publisher", "institution", "organization", "howpublished")
EPRINTS = {"pubmed": "PMID", "pmid": "PMID", "pmcid": "PMCID", "pmc": "PMCID", "doi": "DOI", "medline": "PMID"}
# BibLaTeX's keys of `type` and `pubstate`, as English prints them
GENRES = {
    "phdthesis": "PhD thesis",
    "mathesis": "Master's thesis",
    "bathesis": "Bachelor's thesis",
    "candthesis": "Candidate thesis",
    "techreport": "Technical report",
    "resreport": "Research report",
    "software": "Computer software",
    "datacd": "Data CD",
    "audiocd": "Audio CD",
    "patent": "Patent",
    "patentde": "German patent",
    "patenteu": "European patent",
    "patentfr": "French patent",
    "patentuk": "British patent",
    "patentus": "U.S. patent",
    "patreq": "Patent request",
    "patreqde": "German patent request",
    "patreqeu": "European patent request",
    "patreqfr": "French patent request",
    "patrequk": "British patent request",
    "patrequs": "U.S. patent request",
}
STATES = {
    "inpreparation": "in preparation",
    "submitted": "submitted",
    "forthcoming": "forthcoming",
    "inpress": "in press",
    "prepublished": "prepublished",
}
SERIES = {"newseries": "New series", "oldseries": "Old series"}
COUNTRIES = {
    "countryde": "Germany",
    "countryeu": "European Union",
    "countryep": "European Union",
    "countryfr": "France",
    "countryuk": "United Kingdom",
    "countryus": "United States of America",
}
THESES = {"phdthesis": "PhD thesis", "mastersthesis": "Master's thesis"}
EDITIONS = "First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth".split()

# biber's inheritance: (parent types, child types, {parent field: child fields})
Rename = dict[str, tuple[str, ...]]
_BOOK_TITLES: Rename = {"title": ("booktitle",), "subtitle": ("booksubtitle",), "titleaddon": ("booktitleaddon",)}
_MAIN_TITLES: Rename = {"title": ("maintitle",), "subtitle": ("mainsubtitle",), "titleaddon": ("maintitleaddon",)}
_JOURNAL_TITLES: Rename = {
    "title": ("journaltitle",),
    "subtitle": ("journalsubtitle",),
    "titleaddon": ("journaltitleaddon",),
}
INHERITANCE: tuple[tuple[str, str, Rename], ...] = (
    ("mvbook book", "inbook bookinbook suppbook", {"author": ("author", "bookauthor")}),
    ("mvbook", "book inbook bookinbook suppbook", _MAIN_TITLES),
    ("mvcollection mvreference", "collection reference incollection inreference suppcollection", _MAIN_TITLES),
    ("mvproceedings", "proceedings inproceedings conference", _MAIN_TITLES),
    ("book", "inbook bookinbook suppbook", _BOOK_TITLES),
    ("collection reference book", "incollection inreference suppcollection", _BOOK_TITLES),
    ("proceedings book", "inproceedings conference", _BOOK_TITLES),
    ("periodical", "article suppperiodical", _JOURNAL_TITLES),
)
NOT_INHERITED = frozenset(
    "ids crossref xref entryset entrysubtype execute label options presort related relatedoptions "
    "relatedstring relatedtype shortauthor shorteditor shorthand shorthandintro sortkey xdata key keys".split()
)
NOT_RENAMED = frozenset("shorttitle sorttitle indextitle indexsorttitle".split())

# the order of fields in an entry that is written; others follow by name
ORDER = (
    "author bookauthor editor editortype editora editoratype editorb editorbtype editorc editorctype "
    "translator title subtitle titleaddon journal journaltitle journalsubtitle booktitle booksubtitle "
    "booktitleaddon maintitle mainsubtitle maintitleaddon eventtitle eventdate venue type entrysubtype series "
    "volume volumes part number issue chapter pages pagetotal eid edition version publisher school "
    "institution organization howpublished address location date year month day pubstate origdate origtitle "
    "origpublisher origlocation isbn issn doi pmid pmcid eprint eprinttype archiveprefix eprintclass "
    "primaryclass url urldate langid language keywords abstract note addendum annotation annote"
).split()
# what classic BibTeX calls the fields of BibLaTeX
CLASSIC_NAMES = {
    "journaltitle": "journal",
    "location": "address",
    "annotation": "annote",
    "eprinttype": "archiveprefix",
    "eprintclass": "primaryclass",
}
# names of fields that mean something else than the variable of CSL that is called so
MEANT_OTHERWISE = frozenset({*ORDER, *VARIABLES, *NAMES, *DATES, *ALIASES, "entrytype"})

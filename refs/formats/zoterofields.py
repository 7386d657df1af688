"""Types, fields and creators of Zotero (schema version 35) against CSL 1.0.2. Data only.

Names are in lower case without blanks, so that they fit the database ("publicationTitle") and the CSV export
("Publication Title") alike.
"""

from __future__ import annotations

CSL_TYPES = {
    "artwork": "graphic",
    "audiorecording": "song",
    "bill": "bill",
    "blogpost": "post-weblog",
    "book": "book",
    "booksection": "chapter",
    "case": "legal_case",
    "computerprogram": "software",
    "conferencepaper": "paper-conference",
    "dataset": "dataset",
    "dictionaryentry": "entry-dictionary",
    "document": "document",
    "email": "personal_communication",
    "encyclopediaarticle": "entry-encyclopedia",
    "film": "motion_picture",
    "forumpost": "post",
    "hearing": "hearing",
    "instantmessage": "personal_communication",
    "interview": "interview",
    "journalarticle": "article-journal",
    "letter": "personal_communication",
    "magazinearticle": "article-magazine",
    "manuscript": "manuscript",
    "map": "map",
    "newspaperarticle": "article-newspaper",
    "patent": "patent",
    "podcast": "broadcast",
    "preprint": "article",
    "presentation": "speech",
    "radiobroadcast": "broadcast",
    "report": "report",
    "standard": "standard",
    "statute": "legislation",
    "thesis": "thesis",
    "tvbroadcast": "broadcast",
    "videorecording": "motion_picture",
    "webpage": "webpage",
}
_FIELDS = """
title: title casename nameofact subject
title-short: shorttitle
container-title: publicationtitle booktitle proceedingstitle encyclopediatitle dictionarytitle blogtitle forumtitle
container-title: websitetitle programtitle code reporter
container-title-short: journalabbreviation
volume: volume codevolume reportervolume
issue: issue prioritynumbers
page: pages codepages firstpage
issued: date issuedate datedecided dateenacted
submitted: filingdate
accessed: accessdate
original-date: originaldate
publisher: publisher label company distributor network studio university institution repository
publisher-place: place
original-publisher: originalpublisher
original-publisher-place: originalplace
edition: edition
collection-title: series seriestitle
collection-number: seriesnumber
number-of-volumes: numberofvolumes
number-of-pages: numpages
part-number: partnumber
part-title: parttitle
volume-title: volumetitle
ISBN: isbn
ISSN: issn
DOI: doi
PMID: pmid
PMCID: pmcid
URL: url
language: language
abstract: abstractnote
archive: archive
archive_location: archivelocation
call-number: callnumber
source: librarycatalog
license: rights
medium: medium artworkmedium audiorecordingformat videorecordingformat interviewmedium audiofiletype system format
genre: genre thesistype reporttype manuscripttype lettertype maptype posttype presentationtype websitetype type
genre: programminglanguage
dimensions: artworksize runningtime dimensions
scale: scale
version: version versionnumber
number: number billnumber reportnumber patentnumber applicationnumber docketnumber publiclawnumber episodenumber
number: documentnumber archiveid identifier
section: section committee
chapter-number: session
authority: court legislativebody issuingauthority organization authority
references: history references
status: legalstatus status
jurisdiction: country jurisdiction
event-title: meetingname conferencename eventname
event-place: eventplace
citation-key: citationkey
"""
FIELDS = {
    name: variable
    for line in _FIELDS.strip().splitlines()
    for variable, _, names in [line.partition(": ")]
    for name in names.split()
}
CREATORS = {
    "artist": "author",
    "author": "author",
    "bookauthor": "container-author",
    "cartographer": "author",
    "castmember": "performer",
    "chair": "chair",
    "composer": "composer",
    "contributor": "contributor",
    "creator": "author",
    "director": "director",
    "editor": "editor",
    "executiveproducer": "executive-producer",
    "guest": "guest",
    "interviewee": "author",
    "interviewer": "interviewer",
    "inventor": "author",
    "narrator": "narrator",
    "organizer": "organizer",
    "originalcreator": "original-author",
    "performer": "performer",
    "podcaster": "host",
    "presenter": "author",
    "producer": "producer",
    "programmer": "author",
    "recipient": "recipient",
    "reviewedauthor": "reviewed-author",
    "scriptwriter": "script-writer",
    "seriescreator": "series-creator",
    "serieseditor": "collection-editor",
    "sponsor": "author",
    "translator": "translator",
    "compiler": "compiler",
}

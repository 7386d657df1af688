"""Word and LibreOffice documents made by hand, as small as both programs take them."""

from __future__ import annotations

import base64
import html
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f'<?xml version="1.0"?><Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>',
}
OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"
TEXT_TYPE = "application/vnd.oasis.opendocument.text"
MANIFEST = (
    f'<?xml version="1.0"?><m:manifest xmlns:m="{OPEN_DOCUMENT}:manifest:1.0" m:version="1.3">'
    f'<m:file-entry m:full-path="/" m:media-type="{TEXT_TYPE}"/>'
    '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>'
)
WALDEN: dict[str, Any] = {
    "id": 12,
    "type": "book",
    "title": "Walden",
    "author": [{"family": "Thoreau", "given": "Henry David"}],
    "issued": {"date-parts": [["1854"]]},
    "ISBN": "9780691096124",
}
ENDNOTE = (
    "<EndNote><Cite><Author>Watson</Author><Year>1953</Year><RecNum>7</RecNum><record><rec-number>7</rec-number>"
    '<foreign-keys><key app="EN" db-id="abc0def">7</key></foreign-keys><ref-type name="Journal Article">17</ref-type>'
    "<contributors><authors><author>Watson, J. D.</author><author>Crick, F. H. C.</author></authors></contributors>"
    "<titles><title>Molecular Structure</title><secondary-title>Nature</secondary-title></titles>"
    "<dates><year>1953</year></dates>"
    "<electronic-resource-num>10.1038/171737a0</electronic-resource-num></record></Cite></EndNote>"
)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Return an archive of members by their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def citation(*items: Mapping[str, Any]) -> str:
    """Return the JSON of a citation of these items."""
    return json.dumps({"citationID": "x", "citationItems": list(items), "properties": {"noteIndex": 0}})


def zotero_item(data: Mapping[str, Any] | None = None, key: str = "ABCD2345") -> dict[str, Any]:
    """Return an item of a citation as Zotero writes it."""
    item: dict[str, Any] = {"id": 12, "uris": [f"http://zotero.org/users/123/items/{key}"]}
    return item | ({"itemData": dict(data)} if data else {})


def field(code: str, data: str = "", pieces: int = 2) -> str:
    """Return a complex field whose code is cut into pieces, as Word cuts it."""
    size = -(-len(code) // pieces)
    texts = [html.escape(code[at : at + size]) for at in range(0, len(code), size)]
    runs = "".join(f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>' for text in texts)
    inner = f"<w:fldData>{data}</w:fldData>" if data else ""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{inner}</w:fldChar></w:r>{runs}'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>(shown)</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def docx(paragraphs: Sequence[str], notes: Sequence[str] = (), **members: str) -> bytes:
    """Return a Word document of paragraphs, with notes and further members (`name__xml` for name.xml)."""
    parts = {"word/document.xml": _part("document", "body", paragraphs)}
    if notes:
        parts["word/footnotes.xml"] = _part("footnotes", "footnote", notes)
    return zipped(PARTS | parts | {name.replace("__", "."): text for name, text in members.items()})


def _part(root: str, inner: str, paragraphs: Sequence[str]) -> str:
    body = "".join(f"<w:p>{one}</w:p>" for one in paragraphs)
    return f'<?xml version="1.0"?><w:{root} xmlns:w="{WORD}"><w:{inner}>{body}</w:{inner}></w:{root}>'


def odt(paragraphs: Sequence[str], meta: str = "") -> bytes:
    """Return a LibreOffice document of paragraphs."""
    body = "".join(f"<text:p>{one}</text:p>" for one in paragraphs)
    names = " ".join(f'xmlns:{name}="{OPEN_DOCUMENT}:{name}:1.0"' for name in ("office", "text", "meta"))
    content = (
        f'<?xml version="1.0"?><office:document-content {names} office:version="1.3">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    parts = {"mimetype": TEXT_TYPE, "content.xml": content, "META-INF/manifest.xml": MANIFEST}
    return zipped(
        parts | ({"meta.xml": f"<office:document-meta {names}>{meta}</office:document-meta>"} if meta else {})
    )


def mark(name: str) -> str:
    """Return a reference mark around a text."""
    name = html.escape(name, quote=True)
    return f'<text:reference-mark-start text:name="{name}"/>(x)<text:reference-mark-end text:name="{name}"/>'


def base64_of(text: str, encoding: str = "utf-8") -> str:
    """Return a text as the data of a field."""
    return base64.b64encode(text.encode(encoding)).decode()

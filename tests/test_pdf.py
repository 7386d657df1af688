"""PDFs: which paper one is, and what becomes of those that are broken, locked or hostile."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pytest

from refs.errors import NoMetadata, NotRegistered, ParseError, StorageError
from refs.identifiers import Identifier
from resolver import Resolver, pdf, pdfreader
from tests import resolver_stub as stubs
from tests.resolver_stub import StubServer, stub
from tests.running import Run

TITLE = "On the Migration of Paper Boats"
DOI = "10.5555/boats"


def make(lines: Sequence[str], info: str = "", xmp: str = "", filtered: bytes = b"") -> bytes:
    """Return a PDF of one page with these lines, written by hand."""
    shown = b" ".join(b"(" + line.encode("latin-1").replace(b"(", b"\\(") + b") Tj T*" for line in lines)
    content = b"BT /F1 12 Tf 72 720 Td 14 TL " + shown + b" ET"
    packed = f"/Length {len(filtered)} /Filter /FlateDecode" if filtered else f"/Length {len(content)}"
    objects = [
        b"<< %s >>\nstream\n%s\nendstream" % (packed.encode(), filtered or content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 4 0 R /MediaBox [0 0 612 792] /Contents 1 0 R "
        b"/Resources << /Font << /F1 2 0 R >> >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Catalog /Pages 4 0 R /Metadata 6 0 R >>",
        b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream" % (len(xmp), xmp.encode()),
        b"<< %s >>" % info.encode(),
    ]
    return assembled(objects)


def assembled(objects: Sequence[bytes]) -> bytes:
    """Return a file of these objects, the fifth its catalogue, the seventh its information."""
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows)
    trailer = b"trailer << /Size %d /Root 5 0 R /Info 7 0 R >>\nstartxref\n%d\n%%%%EOF"
    return body + table + trailer % (len(objects) + 1, len(body))


def packet(inner: str) -> str:
    """Return an XMP packet."""
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description>{inner}</rdf:Description></rdf:RDF></x:xmpmeta>'
    )


@pytest.fixture
def server() -> Iterator[StubServer]:
    with stub() as running:
        running.add(f"/api.crossref.org/works/{DOI}", stubs.work(DOI, title=[TITLE]))
        running.add("/api.crossref.org/works/10.5555/cited", stubs.work("10.5555/cited", title=["Another thing"]))
        running.add("/api.crossref.org/works/10.5555/other", stubs.work("10.5555/other", title=["A third thing"]))
        yield running


@pytest.fixture
def resolver(server: StubServer) -> Iterator[Resolver]:
    with Resolver(mirror=server.mirror) as made:
        yield made


def written(path: Path, body: bytes) -> Identifier:
    path.write_bytes(body)
    return Identifier("pdf", str(path))


@pytest.mark.parametrize(
    "inner",
    [
        f"<prism:doi>{DOI}</prism:doi>",
        f"<dc:identifier>doi:{DOI}</dc:identifier>",
        f"<prism:url>https://doi.org/{DOI}</prism:url>",
        f"<pdfx:WPS-ARTICLEDOI>{DOI.upper()}</pdfx:WPS-ARTICLEDOI>",
        f"<dc:identifier><rdf:Alt><rdf:li xml:lang='x-default'>{DOI}</rdf:li></rdf:Alt></dc:identifier>",
    ],
)
def test_xmp_names_the_paper(inner: str) -> None:
    assert pdf.read(make(["Text"], xmp=packet(inner)), "x.pdf").declared == (Identifier("doi", DOI),)


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (f"/doi ({DOI})", [DOI]),
        (f"/Subject (Boats, 2020. doi:{DOI})", [DOI]),
        ("/Title (arXiv:1706.03762v5)", ["arxiv:1706.03762v5"]),
        ("/Author (10.5555/no.author)", []),
    ],
)
def test_the_information_dictionary_names_the_paper(info: str, expected: list[str]) -> None:
    assert [str(one) for one in pdf.read(make(["Text"], info=info), "x.pdf").declared] == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([TITLE, f"https://doi.org/{DOI}"], [DOI]),
        ([TITLE, "https://doi.org/10.5555/", "boats"], [DOI]),
        (["arXiv:1706.03762v5 [cs.CL] 6 Dec 2017", TITLE], ["arxiv:1706.03762v5"]),
        ([TITLE, "ISSN 0028-0836"], []),
        ([], []),
    ],
)
def test_the_first_page_names_the_paper(lines: list[str], expected: list[str]) -> None:
    assert [str(one) for one in pdf.read(make(lines), "x.pdf").printed] == expected


def test_the_paper_is_the_one_whose_title_it_bears(server: StubServer, resolver: Resolver, tmp_path: Path) -> None:
    lines = ["See doi:10.5555/cited for more", TITLE.upper(), f"doi:{DOI}"]
    found = resolver.resolve(written(tmp_path / "x.pdf", make(lines)))
    assert (str(found.identifier), found.notices) == (DOI, ())


def test_metadata_are_believed_with_a_warning_when_the_title_is_not_there(
    server: StubServer, resolver: Resolver, tmp_path: Path
) -> None:
    body = make(["Quite another beginning", "doi:10.5555/cited"], xmp=packet(f"<prism:doi>{DOI}</prism:doi>"))
    found = resolver.resolve(written(tmp_path / "x.pdf", body))
    assert str(found.identifier) == DOI
    assert "does not bear its title: check" in found.notices[0]


def test_several_works_without_a_title_are_a_question(server: StubServer, resolver: Resolver, tmp_path: Path) -> None:
    body = make(["doi:10.5555/cited", "doi:10.5555/other"])
    with pytest.raises(NoMetadata, match=r"names several works.*10\.5555/cited, 10\.5555/other"):
        resolver.resolve(written(tmp_path / "x.pdf", body))


def test_a_paper_without_a_name_is_to_be_found_by_its_title(resolver: Resolver, tmp_path: Path) -> None:
    path = written(tmp_path / "x.pdf", make(["Words"], info=f"/Title ({TITLE})"))
    with pytest.raises(NoMetadata, match=f'refs find "{TITLE}"'):
        resolver.resolve(path)


def test_an_unregistered_doi_is_not_registered(server: StubServer, resolver: Resolver, tmp_path: Path) -> None:
    server.add("/doi.org/ra/10.5555/none", stubs.agency("10.5555/none", ""))
    with pytest.raises(NotRegistered):
        resolver.resolve(written(tmp_path / "x.pdf", make(["doi:10.5555/none"])))


def test_a_pdf_at_an_address_is_read(server: StubServer, resolver: Resolver) -> None:
    server.add("/example.org/x", (200, {"Content-Type": "text/html"}, make([TITLE, f"doi:{DOI}"])))
    assert str(resolver.resolve("https://example.org/x").identifier) == DOI


def locked(password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(make([TITLE, f"doi:{DOI}"]))))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_that_is_locked_against_changes_alone_is_read() -> None:
    assert pdf.read(locked(""), "x.pdf").printed == (Identifier("doi", DOI),)


def bomb() -> bytes:
    """Return a page whose content unpacks to 4 GiB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * (1 << 24)) for _ in range(256)) + packer.flush()
    return make([], filtered=packed)


def loop() -> bytes:
    """Return a tree of pages that holds itself."""
    return make(["x"]).replace(b"/Kids [3 0 R]", b"/Kids [4 0 R]")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "it is empty"),
        (b"\0" * 5000, "it is empty"),
        (b"hello", "it is no PDF"),
        (b"PK\3\4 a zip", "it is no PDF"),
        (make(["x"])[:200], "it is broken"),
        (b"%PDF-1.7\n" + b"\xff" * 5000, "it is broken"),
        (locked("secret"), "encrypted with a password"),
    ],
    ids=["empty", "zeros", "text", "zip", "truncated", "noise", "locked"],
)
def test_what_cannot_be_read_is_an_error_of_one_line(body: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words) as caught:
        pdf.read(body, "x.pdf")
    assert str(caught.value).startswith("x.pdf: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("body", [bomb(), loop(), make(["[" * 9000])], ids=["bomb", "loop", "brackets"])
def test_a_hostile_pdf_names_nothing_and_harms_nobody(body: bytes) -> None:
    said = attempt(body)
    assert said.startswith("x.pdf: ") or said == ""


def attempt(body: bytes) -> str:
    """Return what a PDF names, or the error."""
    try:
        return " ".join(str(one) for one in pdf.read(body, "x.pdf").printed)
    except ParseError as error:
        return str(error)


def test_every_cut_of_a_pdf_is_read_or_an_error() -> None:
    whole = make([TITLE, f"doi:{DOI}"], xmp=packet(f"<prism:doi>{DOI}</prism:doi>"))
    for cut in range(100, len(whole), len(whole) // 12):
        said = attempt(whole[:cut])
        assert said in ("", DOI) or re.fullmatch(r"x\.pdf: it (?:is|takes) .*", said)


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "open('written', 'w')",
        "open('written', 'a+b')",
    ],
)
def test_the_child_can_reach_nothing(code: str, tmp_path: Path) -> None:
    program = f"import runpy; runpy.run_path({pdfreader.__file__!r})['_confine'](0); {code}"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].startswith("PermissionError")
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PATIENCE", 0.01)
    with pytest.raises(ParseError, match="could not be read in"):
        pdf.read(make(["x"]), "x.pdf")


def test_a_file_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such file"):
        pdf.read_file(str(tmp_path / "none.pdf"))


def test_the_command_line_adds_a_paper(
    refs: Run, server: StubServer, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("REFS_MIRROR", server.mirror)
    path = home / "paper.pdf"
    path.write_bytes(make([TITLE, f"doi:{DOI}"]))
    assert refs("add", str(path)).code == 0
    assert refs("add", str(path)).err.startswith("already there")
    assert TITLE in refs("resolve", str(path)).out
    assert refs("add", str(home / "none.pdf")).code == 7

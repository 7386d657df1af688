"""doi.org: which agency registered a DOI, whether it exists, and CSL-JSON by content negotiation.

www.doi.org/the-identifier/resources/factsheets/doi-resolution-documentation. Never BibTeX: what the agencies send as
BibTeX has lost fields and carries LaTeX of unknown quality.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from refs.dates import parse_date
from refs.model import Reference
from resolver.fields import clean
from resolver.sources import crossref

NAME = "doi.org"
CSL_JSON = "application/vnd.citationstyles.csl+json"
# Agencies whose DOIs lead to a web page and to no metadata; the names as doi.org/ra gives them.
WITHOUT_METADATA = frozenset({"CNKI", "ISTIC", "Airiti", "EIDR", "BSI", "Public"})


def agency_url(*dois: str) -> str:
    """Return the address that names the registration agencies of DOIs, in their order."""
    return f"https://doi.org/ra/{','.join(quote(doi, safe='/') for doi in dois)}"


def handle_url(doi: str) -> str:
    """Return the address that says where a short DOI or any handle leads."""
    return f"https://doi.org/api/handles/{quote(doi, safe='/')}"


def url(doi: str) -> str:
    """Return the address that is asked for CSL-JSON."""
    return f"https://doi.org/{quote(doi, safe='/')}"


def agency(answer: Any, doi: str) -> str | None:
    """Return the agency in an answer of `/ra/`, "" when the DOI does not exist, None for no such answer."""
    row = answer[0] if isinstance(answer, list) and len(answer) == 1 else None
    if not isinstance(row, Mapping) or str(row.get("DOI")).lower() != doi.lower():
        return None
    if isinstance(row.get("RA"), str):
        return str(row["RA"]).replace("CrossRef", "Crossref").replace("Data Cite", "DataCite")
    return {"DOI does not exist": "", "Invalid DOI": "", "Unknown": "an unknown agency"}.get(str(row.get("status")))


def long_doi(answer: Any) -> str:
    """Return the DOI for which a short one stands, or "" when the answer names none."""
    values = answer.get("values") if isinstance(answer, Mapping) else None
    for row in values if isinstance(values, list) else []:
        data = row.get("data") if isinstance(row, Mapping) and row.get("type") == "HS_ALIAS" else None
        value = data.get("value") if isinstance(data, Mapping) else None
        if isinstance(value, str) and re.match(r"10\.\d{4,9}", value):
            return value.lower()
    return ""


def parse(item: Mapping[str, Any], *, abstracts: bool = False) -> Reference:
    """Return the reference of a CSL-JSON item, whose values are as raw as those of Crossref's own records."""
    work = dict(item)
    work["page"] = item.get("page") or item.get("page-first")
    work.setdefault("article-number", item.get("number") if item.get("type") == "article-journal" else None)
    work["publisher-location"] = item.get("publisher-place")
    work["edition-number"] = item.get("edition")
    work["event"] = {"name": item["event"]} if isinstance(item.get("event"), str) else item.get("event")
    if not item.get("type") and item.get("ISSN"):
        # JaLC leaves the type out and calls the issue "number".
        work |= {"type": "article-journal", "issue": item.get("issue") or item.get("number")}
    for key in ("ISSN", "ISBN"):
        if isinstance(item.get(key), str):
            work[key] = re.split(r"[,;\s]+", item[key])
    for role in crossref.ROLES:
        if isinstance(item.get(role), list):
            work[role] = [_name(row) for row in item[role] if isinstance(row, Mapping)]
    issued = item.get("issued")
    if isinstance(issued, Mapping) and not issued.get("date-parts"):
        written = clean(issued.get("raw") or issued.get("literal"))
        year = re.search(r"[12]\d{3}", written)
        parts = [list(part) for part in parse_date(written).parts[:1] if part] or ([[int(year[0])]] if year else [])
        work["issued"] = {"date-parts": parts}
    return crossref.parse(work, abstracts=abstracts)


def _name(row: Mapping[str, Any]) -> dict[str, Any]:
    family = row.get("family")
    particle = row.get("non-dropping-particle") or row.get("dropping-particle")
    name = {**row, "family": f"{particle} {family}" if particle and family else family}
    return name if family or row.get("given") else {**row, "name": row.get("literal") or row.get("name")}

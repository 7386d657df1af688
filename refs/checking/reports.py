"""What a check found, in the forms that people, editors and build systems read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from refs.checking import RULES, Finding

SHOWN = 160  # characters of a value
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def text(findings: Sequence[Finding]) -> str:
    """Return a line a finding: place, key, what, rule."""
    return "".join(f"{place(one)}{_about(one)} [{one.rule}]\n" for one in findings)


def errorformat(findings: Sequence[Finding]) -> str:
    """Return file:line:column: severity: message, which editors jump by."""
    return "".join(
        f"{one.file or 'library'}:{one.line or 1}:{one.column or 1}: {severity(one)}: {_about(one)} [{one.rule}]\n"
        for one in findings
    )


def lines(findings: Sequence[Finding]) -> str:
    """Return a JSON object a line."""
    return "".join(
        json.dumps({**asdict(one), "severity": severity(one)}, ensure_ascii=False) + "\n" for one in findings
    )


def verdicts(checked: Sequence[Any]) -> str:
    """Return a JSON object a line for what was said of each reference, a dataclass; the rule stands in no such line."""
    return "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in checked)


def github(findings: Sequence[Finding]) -> str:
    """Return workflow commands (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)."""
    shown = []
    for one in findings:
        where = {"file": one.file, "line": str(one.line or ""), "col": str(one.column or ""), "title": one.rule}
        properties = ",".join(f"{name}={_property(value)}" for name, value in where.items() if value)
        shown.append(f"::{severity(one)} {properties}::{_data(_about(one))}\n")
    return "".join(shown)


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def sarif(findings: Sequence[Finding]) -> str:
    """Return SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0)."""
    from refs import __version__

    rules = [
        {"id": name, "shortDescription": {"text": rule.help}, "properties": {"tags": [rule.group]}}
        for name, rule in RULES.items()
    ]
    driver = {"name": "refs", "version": __version__, "rules": rules}
    results = [_result(one) for one in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _result(one: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": one.rule,
        "level": severity(one),
        "message": {"text": _about(one)},
    }
    if one.file:
        region = {"startLine": one.line or 1, **({"startColumn": one.column} if one.column else {})}
        artifact = {"artifactLocation": {"uri": quote(Path(one.file).as_posix())}, "region": region}
        result["locations"] = [{"physicalLocation": artifact}]
    return result


def severity(one: Finding) -> str:
    """Return "error" for what a registry contradicts, else "warning"."""
    return "error" if one.contradicted else "warning"


def place(one: Finding) -> str:
    """Return "file:line:column: ", or "" for what stands in the library."""
    parts = [one.file, *(str(number) for number in (one.line, one.column) if number)]
    return f"{':'.join(parts)}: " if one.file else ""


def _about(one: Finding) -> str:
    return f"{one.key}: {message(one)}" if one.key else message(one)


def message(one: Finding) -> str:
    """Return what was found: of two values that differ both, shortened, and who says the other."""
    who = one.source or "the registry"
    if one.rule.endswith("-differs") and one.rule != "issn-differs" and one.found:
        name = "year" if one.field == "issued" else one.field  # CSL's name of it is nobody's
        return f"{name} is {_short(one.written)!r}, but {who} says {_short(one.found)!r}"
    return f"{one.message}, says {who}" if one.contradicted and one.source else one.message


def _short(value: str) -> str:
    return value if len(value) <= SHOWN else f"{value[: SHOWN - 1]}\u2026"


REPORTS: dict[str, Callable[[Sequence[Finding]], str]] = {
    "text": text,
    "json": lines,
    "github": github,
    "sarif": sarif,
    "errorformat": errorformat,
}
"""The forms by their names."""

"""Workflow commands of GitHub Actions: annotations at the lines of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evidence.model.regex import regex
from evidence.model.text import one_line, quantity
from evidence.reports.document import (
    Checkout,
    Document,
    Values,
    annotation_place,
    claims_by_key,
    current_line,
    is_voiding,
    unjudged_findings,
    waiver_groups,
    waiver_text,
    weaker_lines,
    weaker_place,
    without_references,
)
from evidence.reports.wording import sentence_line, uncheckable_by_reason, unchecked_by_reason

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_NAMED = 10  # findings named where many are waived by one decision
_AT_LINE_START = regex(r"(?:^|(?<=\r))((?:[^\S\r\n]|\x1b\[[0-9;]*m)*+):(?=:)", re.MULTILINE)


def render_github(document: Document, checkout: Checkout) -> str:
    """A report's document as workflow commands, one a line; empty when there is nothing to say."""
    return "".join(f"{line}\n" for line in _commands(document, checkout))


def disarmed(text: str) -> str:
    r"""Text whose lines are not workflow commands: a title such as `::stop-commands::x` must not be obeyed.

    The runner obeys `::name` at the start of a line, after white space, and `##[name]` anywhere. Lines end in LF or CR.
    Colours before a name count as nothing.
    """
    return _AT_LINE_START.sub(r"\1: ", text).replace("##[", "## [")


def disarmed_json(text: str) -> str:
    """JSON that means the same and gives the runner no command; at the start of a line there is never a string."""
    return text.replace("##[", "#\\u0023[")


def _commands(document: Document, checkout: Checkout) -> Iterator[str]:
    if document["run"]["mode"] == "stand-in":
        yield _command("warning", {"title": "demo server"}, "Checked against the demo server, not the real services.")
    for line in weaker_lines(document):
        path, number = weaker_place(line)
        place = {"file": checkout.relative(path), "line": str(number), "title": "weaker than the default"}
        yield _command("notice", place, one_line(line))
    # GitHub shows about ten annotations of a kind in a step: what voids a reference must be among them.
    findings, claims = sorted(document["findings"], key=_order), claims_by_key(document)
    yield from _found([finding for finding in findings if finding["severity"] == "error"], claims, checkout)
    yield from _unjudged(document, checkout)
    yield from _found([finding for finding in findings if finding["severity"] != "error"], claims, checkout)
    yield from _waived(document, checkout)
    for (source, reason), items in unchecked_by_reason(document).items():
        names = ", ".join(one_line(item["reference"]) for item in items)
        yield _command("warning", {"title": f"not checked at {one_line(source)}"}, f"{one_line(reason)}: {names}")
    for reason, references in uncheckable_by_reason(document).items():
        names = ", ".join(one_line(reference["id"]) for reference in references)
        yield _command("notice", {"title": "cannot be checked"}, f"{one_line(reason)}: {names}")
    if empty := without_references(document):
        yield _command("warning", {"title": "nothing checked"}, one_line(empty))


def _found(
    findings: Iterable[dict[str, Any]], claims: Mapping[tuple[str, str | None], Values], checkout: Checkout
) -> Iterator[str]:
    """The annotation of each finding at its place; one on a claim has its sentence beneath."""
    for finding in findings:
        fix = f"\nfix: {one_line(finding['suggestion'])}" if finding["suggestion"] else ""
        claim = claims.get((finding["path"], finding["reference"]))
        fix += f"\n{one_line(sentence_line(claim))}" if claim else ""
        at = annotation_place(finding)
        place = {
            "file": checkout.relative(at["path"]),
            "line": str(at["line"]),
            "col": str(at["column"]),
            "title": _title(finding),
        }
        yield _command(_COMMANDS[finding["severity"]], place, one_line(finding["message"]) + fix)


def _unjudged(document: Document, checkout: Checkout) -> Iterator[str]:
    """Earlier errors that could not be checked again, where their entries are; how many lesser findings there are."""
    unjudged = unjudged_findings(document)
    for finding in sorted(unjudged, key=_order):
        if finding["severity"] == "error":
            place = {"file": checkout.relative(finding["path"]), "line": str(current_line(document, finding))}
            text = f"could not be checked again; previously: {one_line(finding['message'])}"
            yield _command("warning", {**place, "title": f"{_title(finding)}: result unknown"}, text)
    lesser = sum(finding["severity"] != "error" for finding in unjudged)
    if lesser:
        yield _command(
            "notice",
            {"title": "result unknown"},
            f"{quantity(lesser, 'earlier lesser finding')} could not be checked again",
        )


def _waived(document: Document, checkout: Checkout) -> Iterator[str]:
    """One notice for each decision, at the first waiver of it: what is waived, by whom, why and until when."""
    for waiver, findings in waiver_groups(document):
        names = ", ".join(f"{item['code']} {item['reference'] or item['path']}" for item in findings[:_NAMED])
        more = f" and {len(findings) - _NAMED} more" if len(findings) > _NAMED else ""
        place = {"file": checkout.relative(waiver["path"]), "line": str(waiver["line"]), "col": str(waiver["column"])}
        title = f"waived: {quantity(len(findings), 'finding')}"
        yield _command("notice", {**place, "title": title}, one_line(f"{names}{more}: {waiver_text(waiver)}"))


def _order(finding: dict[str, Any]) -> tuple[bool, int]:
    return not is_voiding(finding), list(_COMMANDS).index(finding["severity"])


def _title(finding: dict[str, Any]) -> str:
    subject = f" ({one_line(finding['reference'])})" if finding["reference"] else ""
    return f"{finding['code']} {finding['name']}{subject}"


def _command(name: str, properties: dict[str, str], message: str) -> str:
    # `:` and `,` would end a property.
    given = ",".join(
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items()
    )
    return f"::{name} {given}::{_escaped(message)}"


def _escaped(text: str) -> str:
    """Text with `%`, CR and LF escaped, as the runner unescapes them, and without older commands inside."""
    text = text.replace("##[", "## [")
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

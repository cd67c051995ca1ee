"""Workflow commands of GitHub Actions: annotations at the lines of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from evidence.model.rule import VOIDING
from evidence.model.text import one_line
from evidence.reports.document import (
    Checkout,
    Document,
    annotation_place,
    current_line,
    unjudged_findings,
    waiver_groups,
    waiver_text,
)
from evidence.reports.text import quantity

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_NAMED = 10  # findings named where many are waived by one decision
_AT_LINE_START = re.compile(r"^([^\S\n]*+):(?=:)", re.MULTILINE)


def render_github(shown: Document, checkout: Checkout) -> str:
    """A report's document as workflow commands, one a line; empty when there is nothing to say."""
    return "".join(f"{line}\n" for line in _commands(shown, checkout))


def disarmed(text: str) -> str:
    r"""Text whose lines are no workflow commands: a title such as `::stop-commands::x` must not be obeyed.

    The runner obeys `::name` at the start of a line, after white space, and `##[name]` anywhere.
    """
    return _AT_LINE_START.sub(r"\1: ", text).replace("##[", "## [")


def _commands(shown: Document, checkout: Checkout) -> Iterator[str]:
    if shown["run"]["mode"] == "stand-in":
        yield _command("warning", {"title": "stand-in"}, "Checked against the stand-in, not the real services.")
    for finding in sorted(shown["findings"], key=_gravity):
        fix = f"\nfix: {one_line(finding['suggestion'])}" if finding["suggestion"] else ""
        spot = annotation_place(finding)
        place = {
            "file": checkout.relative(spot["path"]),
            "line": str(spot["line"]),
            "col": str(spot["column"]),
            "title": _title(finding),
        }
        yield _command(_COMMANDS[finding["severity"]], place, one_line(finding["message"]) + fix)
    yield from _unjudged(shown, checkout)
    yield from _waived(shown, checkout)
    for (source, reason), names in _silences(shown).items():
        told = f"{reason}: {', '.join(one_line(name) for name in names)}"
        yield _command("warning", {"title": f"not checked at {source}"}, told)
    if not shown["references"]:
        yield _command("warning", {"title": "nothing checked"}, "there are no references")


def _unjudged(shown: Document, checkout: Checkout) -> Iterator[str]:
    """Errors of before that could not be judged again, where they stood; how many lesser findings there are."""
    unjudged = unjudged_findings(shown)
    for finding in sorted(unjudged, key=_gravity):
        if finding["severity"] == "error":
            place = {"file": checkout.relative(finding["path"]), "line": str(current_line(shown, finding))}
            told = f"could not be judged again; before: {one_line(finding['message'])}"
            yield _command("warning", {**place, "title": f"{_title(finding)}, unknown today"}, told)
    lesser = sum(finding["severity"] != "error" for finding in unjudged)
    if lesser:
        yield _command("notice", {"title": "unknown today"}, f"{quantity(lesser, 'lesser finding')} of before unjudged")


def _waived(shown: Document, checkout: Checkout) -> Iterator[str]:
    """One notice for each decision, at the first waiver of it: what is let stand, by whom, why and until when."""
    for waiver, findings in waiver_groups(shown):
        names = ", ".join(f"{one['code']} {one['reference'] or one['path']}" for one in findings[:_NAMED])
        more = f" and {len(findings) - _NAMED} more" if len(findings) > _NAMED else ""
        place = {"file": checkout.relative(waiver["path"]), "line": str(waiver["line"]), "col": str(waiver["column"])}
        title = f"waived: {quantity(len(findings), 'finding')}"
        yield _command("notice", {**place, "title": title}, one_line(f"{names}{more}: {waiver_text(waiver)}"))


def _gravity(finding: dict[str, Any]) -> tuple[int, bool]:
    return list(_COMMANDS).index(finding["severity"]), finding["code"] not in VOIDING


def _title(finding: dict[str, Any]) -> str:
    subject = f" ({one_line(finding['reference'])})" if finding["reference"] else ""
    return f"{finding['code']} {finding['name']}{subject}"


def _silences(shown: Document) -> dict[tuple[str, str], list[str]]:
    """The references that could not be checked, one list for each reason: an outage is one warning."""
    silences: dict[tuple[str, str], list[str]] = {}
    for item in shown["unchecked"]:
        key = (one_line(item["source"]), one_line(item["reason"]))
        silences.setdefault(key, []).append(item["reference"])
    return silences


def _command(name: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{_data(message)}"


def _data(text: str) -> str:
    """A command's message: `%`, CR and LF escaped, as the runner unescapes them."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A command's property: also `:` and `,`, which end it."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")

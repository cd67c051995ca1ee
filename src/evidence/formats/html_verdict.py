"""The verdict of a run in plain words: what it comes to, why, and what its exit status means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evidence.formats.html_words import SEVERITIES, joined, source_name
from evidence.formats.json_report import Document
from evidence.formats.signed import sign_offs_of, state
from evidence.formats.standing import is_retracted, unjudged_of
from evidence.formats.text_references import count

_FIRST = ("RET001", "MET006")  # what voids a reference as support stands before all else
_NAMED = 4  # sign-offs named at the top; beyond these they are counted
_STANDS = ("still stands", "still stand")
_EXITS = {
    0: "Exit status 0: no finding is at or above the severity that fails a run.",
    1: "Exit status 1: at least one finding is at or above the severity that fails a run.",
    3: "Exit status 3: the run is incomplete, so it is neither passed nor failed.",
}


@dataclass(frozen=True, slots=True)
class VerdictBanner:
    """`tone` is error, alarm, warning or good; `lines` say what stands beside the headline."""

    tone: str
    headline: str
    lines: tuple[str, ...]
    exit: str


def verdict(shown: Document) -> VerdictBanner:
    """The verdict at a glance. Nothing but a complete run without failing findings is called good."""
    summary = shown["summary"]
    failing, unchecked = len(decisions(shown)), summary["unchecked"]
    if failing:
        tone, headline = "error", f"{count(failing, 'problem')} need{'s' if failing == 1 else ''} a decision"
    elif not summary["references"]:
        tone, headline = "alarm", "Nothing was checked: there are no references"
    elif unchecked:
        tone, headline = "alarm", f"Incomplete: no usable answer from {_silent(shown)}"
    elif summary["warnings"]:
        tone, headline = "warning", f"Nothing fails this run; {count(summary['warnings'], 'warning')} to look at"
    else:
        tone, headline = "good", f"No problem found in {count(summary['references'], 'reference')}"
    return VerdictBanner(tone, headline, tuple(_lines(shown, failing)), _exit(summary))


def decisions(shown: Document) -> list[dict[str, Any]]:
    """The findings that fail the run by the policy of their file; those that void a reference first."""
    policies = shown["run"]["policies"]
    failing = [
        finding
        for finding in shown["findings"]
        if SEVERITIES.index(finding["severity"])
        <= SEVERITIES.index(policies.get(finding["path"], {}).get("fail-on", "error"))
    ]
    return sorted(failing, key=lambda finding: (finding["code"] not in _FIRST, SEVERITIES.index(finding["severity"])))


def _lines(shown: Document, failing: int) -> Iterator[str]:
    summary = shown["summary"]
    retracted = sum(map(is_retracted, shown["references"]))
    if retracted:
        yield f"{count(retracted, 'cited article')} {'is' if retracted == 1 else 'are'} retracted."
    unknown = len(unjudged_of(shown, "error"))
    if unknown:
        yield f"{count(unknown, 'error')} of the run before could not be judged again, and {_STANDS[unknown != 1]}."
    if summary["unchecked"]:
        asked = count(summary["unchecked"], "look-up")
        also = "Also incomplete: " if failing else ""
        yield f"{also}{asked} gave no answer ({_silent(shown)}). What was not answered is neither passed nor failed."
    if waived := summary.get("waived", 0):
        yield f"{count(waived, 'finding')} {'is' if waived == 1 else 'are'} waived: let stand for now, by name."
    if told := _signed(shown):
        yield told
    if not failing and not summary["unchecked"] and summary["references"] and not summary["warnings"]:
        yield "Everything that was to be asked was answered."


def _signed(shown: Document) -> str:
    """How each sign-off stands, or how many stand how; empty where nobody has signed."""
    signed = sign_offs_of(shown)
    if len(signed) > _NAMED:
        told = (f"{number} {how}" for how, number in Counter(map(state, signed)).items())
    else:
        told = (f"{one['meaning']} by {one['name']} ({one['role']}): {state(one)}" for one in signed)
    return f"Sign-off{'s' if len(signed) > 1 else ''}: {'; '.join(told)}." if signed else ""


def _silent(shown: Document) -> str:
    sources = dict.fromkeys(item["source"] for item in shown["unchecked"])
    return joined(["cited pages" if source == "web" else source_name(source) for source in sources])


def _exit(summary: dict[str, Any]) -> str:
    told = _EXITS.get(summary["exit_code"], f"Exit status {summary['exit_code']}.")
    if summary["exit_code"] == 0 and (summary["unchecked"] or not summary["references"]):
        return "Exit status 0, although the run is incomplete: it was let pass by --on-incomplete warn."
    return told

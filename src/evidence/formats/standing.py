"""What a report's document says of retractions, and of what an earlier run found and this one could not judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from evidence.formats.json_report import Document
from evidence.report import MONOGRAPH

Values = Mapping[str, Any]


def is_retracted(reference: Values) -> bool:
    """Whether the cited article is retracted, by any source; it is never shown without this word.

    Documents of earlier versions have no key for it, only the record of the first identifier.
    """
    told = reference.get("retracted")
    if told is None:
        return bool((reference["record"] or {}).get("custom", {}).get("retracted"))
    return bool(told)


def deselected(run: Values) -> str:
    """Which rules that void a reference as support `--select` left out; empty when it left out none."""
    codes = run.get("deselected", ())
    were = "was" if len(codes) == 1 else "were"
    return f"{' and '.join(codes)} {were} deselected on the command line (--select)" if codes else ""


def retracted_words(reference: Values) -> str:
    """How a retracted reference is headed: `RETRACTED`, and when that was last said if nobody could be asked."""
    retraction = reference.get("retraction")
    if not retraction or retraction["confirmed"]:
        return "RETRACTED"
    return f"RETRACTED when last asked{retraction_day(reference)}"


def retraction_day(reference: Values) -> str:
    """`, on 2026-11-30` for a retraction that this run could not ask about, if the day is known; else nothing."""
    retraction = reference.get("retraction")
    if not retraction or retraction["confirmed"] or not retraction["as_of"]:
        return ""
    return f", on {retraction['as_of']}"


def newness(shown: Document) -> Callable[[Values], bool]:
    """Tells of a finding of the document whether the earlier run did not make it.

    Documents of earlier versions only have a list of fingerprints, which several files may share.
    """
    listed = frozenset((shown.get("changes") or {}).get("new", ()))
    return lambda finding: bool(finding.get("new", finding["fingerprint"] in listed))


def libraries_of(shown: Document) -> list[dict[str, Any]]:
    """The run's references files: neither what was read beside one nor the monographs that they name."""
    return list(_libraries(shown))


def _libraries(shown: Document) -> Iterator[dict[str, Any]]:
    return (item for item in shown["run"]["inputs"] if not item.get("of") and item.get("role") != MONOGRAPH)


def has_one_library(shown: Document) -> bool:
    """Whether the run judged a single references file, so that an id alone names a reference."""
    return len(list(islice(_libraries(shown), 2))) == 1  # asked for every reference of a run of many files


def homes_of(shown: Document) -> dict[str, str]:
    """The references file of each file that was read beside one."""
    return {item["path"]: item["of"] for item in shown["run"]["inputs"] if item.get("of")}


def waived_of(shown: Document) -> list[dict[str, Any]]:
    """The findings that waivers cover; documents of earlier versions have none."""
    return list(shown.get("waived", ()))


def waiver_words(waiver: Values) -> str:
    """A waiver in one line: as what, until when, by whom, and why."""
    who = f"requested by {waiver['requested_by']}, approved by {waiver['approved_by']}"
    kind = f"{waiver['category']}, baseline" if waiver["baseline"] else waiver["category"]
    return f"{kind}, {waiver['since']} to {waiver['until']}, {who}: {waiver['reason']}"


def waived_together(shown: Document) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The waived findings, those waived in the same words together: a baseline is one decision on many."""
    groups: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    for finding in waived_of(shown):
        words = waiver_words(finding["waiver"])
        groups.setdefault(words, (finding["waiver"], []))[1].append(finding)
    return list(groups.values())


def unjudged_of(shown: Document, severity: str | None = None) -> list[dict[str, Any]]:
    """Earlier findings of which nobody knows today, of one severity or all."""
    unjudged = (shown.get("changes") or {}).get("unjudged", ())
    return [finding for finding in unjudged if severity is None or finding["severity"] == severity]


def replaced_of(shown: Document) -> list[dict[str, Any]]:
    """Earlier findings in whose place others on the same thing stand now."""
    return list((shown.get("changes") or {}).get("replaced", ()))


def spot_of(finding: Values) -> Values:
    """Where a finding is to be shown: in the monograph for what stands there, else in the references file."""
    printed: Values | None = finding.get("printed")
    return finding if printed is None else printed


def annotated_spot_of(finding: Values) -> Values:
    """Where a host is to annotate a finding: never in a document without lines, of which it shows the wrong ones."""
    spot = spot_of(finding)
    return finding if spot.get("unit") == "paragraph" else spot


def spot_words(finding: Values, *, column: bool = True) -> str:
    """The place of a finding in words: line and column, or the paragraph of a document without lines."""
    spot = spot_of(finding)
    if spot.get("unit") == "paragraph":
        return f"{spot['path']}, paragraph {spot['line']}"
    return f"{spot['path']}:{spot['line']}" + (f":{spot['column']}" if column else "")


def line_of(shown: Document, finding: Values) -> int:
    """The line of an earlier finding's entry as it stands now, 1 where there is none."""
    whose = (finding["path"], finding["reference"])
    return next((one["line"] for one in shown["references"] if (one["path"], one["id"]) == whose), 1)

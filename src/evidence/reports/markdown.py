"""Text from strangers in Markdown of code hosts: shown as what it is, and nothing more.

Backslashes and entities do not hold: mentions (`@name`), issue numbers (`#1`, `!1`), bare addresses and
emoji names are found after Markdown has been read. Inside a code span none of that happens, so a word that
holds anything but letters, digits and plain punctuation is set as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from evidence.model.text import one_line
from evidence.reports.document import (
    Document,
    deselection_sentence,
    is_retracted,
    library_inputs,
    newness_test,
    place_text,
    replaced_findings,
    retraction_day,
    unjudged_findings,
    waived_findings,
    waiver_groups,
    waiver_text,
)
from evidence.reports.text import bound, lines, quantity, reference_name, sign_offs, state, title

# Text from strangers in Markdown of code hosts: shown as what it is, and nothing more.

_LETTER = r"[^\W_]"
_DASHES = r"\-\N{EN DASH}\N{EM DASH}"
_OPENING = r"'\"(\N{LEFT SINGLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}"
_CLOSING = r")\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
_SIGNS = r".,;/+=\N{DEGREE SIGN}\N{PLUS-MINUS SIGN}\N{GREATER-THAN OR EQUAL TO}\N{LESS-THAN OR EQUAL TO}\N{MIDDLE DOT}"
_INNER = rf"(?:{_LETTER}|[{_OPENING}{_CLOSING}{_SIGNS}{_DASHES}\N{{HORIZONTAL ELLIPSIS}}]|(?<=\d)%(?!\w))"
_PLAIN = re.compile(rf"[{_OPENING}]*+{_LETTER}{_INNER}*+[:?!]?|[.,;:()+=\N{{MIDDLE DOT}}{_DASHES}]+")
# What hosts link although it is made of plain characters alone: addresses, commits, `GH-1`.
_LINKED = re.compile(r"(?i)\bwww\.|\bGH-\d|\b(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}\b")
_LONGEST = 600  # characters of one text


def inline(text: str) -> str:
    """Text as part of a line of Markdown; words that could mean more than themselves as code spans."""
    words = _clipped(one_line(text)).split(" ")
    runs = ((safe, " ".join(run)) for safe, run in groupby(words, _is_plain))
    return " ".join(run if safe else code(run) for safe, run in runs)


def code(text: str) -> str:
    """Text as a code span; the fence is longer than any run of backticks inside (CommonMark 0.31, 6.1)."""
    shown = _clipped(one_line(text))
    if not shown:
        return "(empty)"
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _is_plain(word: str) -> bool:
    return bool(_PLAIN.fullmatch(word)) and not _LINKED.search(word)


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


# A comment for a pull request, or a job's summary: GitHub's and GitLab's Markdown.

LARGEST = 60_000  # bytes of UTF-8; GitHub refuses comments of more than 65,536 characters
MARKER = "<!-- evidence-tracker -->"
"""Ends every comment, so that a job finds its own earlier one and updates it."""

_RESERVE = 4_000  # bytes for headings, folds, counts and the foot
_NAMED = 20  # ids named where many are counted
_LIMITS = (
    "No flag is not proof of validity: retractions are learnt late or never, a page may change its meaning, "
    "and nobody has compared the sources with what the text claims."
)
_VERDICTS = {0: "passed", 1: "failed", 3: "incomplete"}
_MODES = {
    "stand-in": "**Checked against the stand-in, not the real services: this says nothing about the real references.**",
    "offline": "Judged from the store alone, no service was asked.",
    "locked": "Judged from the lock file alone, no service was asked.",
}


def render_markdown(shown: Document) -> str:
    """A report's document as Markdown of at most 60,000 bytes, ending in a line break."""
    page = _Page()
    page.add(f"## {_verdict(shown)}", *_standing(shown))
    changes = shown.get("changes") or {}
    is_new = newness_test(shown)
    page.section(_since(changes), _news(shown, changes.get("news", ())))
    unknown = unjudged_findings(shown, "error")
    page.section(f"{quantity(len(unknown), 'error')} of before that could not be judged again", map(_item, unknown))
    for severity in ("error", "warning"):
        mine = [finding for finding in shown["findings"] if finding["severity"] == severity]
        title = quantity(len(mine), severity)
        page.section(title, (_item(finding, is_new=is_new(finding)) for finding in mine), folded=severity != "error")
    page.section(quantity(shown["summary"]["infos"], "info"), _infos(shown), folded=True)
    page.section(quantity(len(shown["unchecked"]), "look-up") + " without an answer", _unchecked(shown))
    ignored = (f"{_item(finding)}<br>ignored: {inline(finding['reason'])}" for finding in shown["ignored"])
    page.section(
        f"{quantity(len(shown['ignored']), 'finding')} ignored by the entries themselves", ignored, folded=True
    )
    page.section(f"{quantity(len(waived_findings(shown)), 'waived finding')}", _waived(shown))
    page.section("Sign-offs", map(_sign_off, sign_offs(shown)))
    resolved = changes.get("resolved", ())
    page.section(f"{quantity(len(resolved), 'finding')} resolved", map(_item, resolved), folded=True)
    replaced = replaced_findings(shown)
    page.section(f"{quantity(len(replaced), 'finding')} replaced by others", map(_item, replaced), folded=True)
    lesser = [finding for finding in unjudged_findings(shown) if finding["severity"] != "error"]
    title = f"{quantity(len(lesser), 'lesser finding')} of before that could not be judged again"
    page.section(title, map(_item, lesser), folded=True)
    page.add(f"<sub>{_LIMITS}{_audit(shown)}</sub>", MARKER)
    return page.text()


def _audit(shown: Document) -> str:
    """The head of the audit trail."""
    audit = shown.get("audit")
    return f"<br>Audit trail up to event {audit['sequence']}, head {code(audit['head'])}" if audit else ""


class _Page:
    """Blocks in the making, within the room there is."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._room = LARGEST - _RESERVE

    def add(self, *blocks: str) -> None:
        """Blocks that are always there."""
        self._blocks += blocks

    def section(self, title: str, items: Iterable[str], *, folded: bool = False) -> None:
        """A list under its title, left out when empty; the items that find no room are counted."""
        shown: list[str] = []
        left_out = 0
        for item in items:
            size = len(item.encode("utf-8", "surrogatepass")) + 3
            if left_out or size > self._room:
                left_out += 1
                continue
            self._room -= size
            shown.append(f"- {item}")
        if left_out:
            shown.append(f"- and {left_out} more, see the full report")
        if shown:
            listed = "\n".join(shown)
            self.add(*(_fold(title, listed) if folded else (f"**{title}**", listed)))

    def text(self) -> str:
        """All blocks, an empty line between them."""
        return "\n\n".join(self._blocks) + "\n"


def _fold(title: str, body: str) -> tuple[str, str, str]:
    return f"<details><summary>{title}</summary>", body, "</details>"


def _verdict(shown: Document) -> str:
    summary = shown["summary"]
    counts = [
        quantity(summary[f"{severity}s"], severity) for severity in ("error", "warning") if summary[f"{severity}s"]
    ]
    told = " and ".join(counts) or "no error or warning"
    verdict = _VERDICTS[summary["exit_code"]]
    silent = ""
    if summary["unchecked"]:
        silent = f"; {quantity(summary['unchecked'], 'look-up')} without an answer"
    elif not summary["references"]:
        silent = "; nothing was checked"
    if summary["exit_code"] == 0 and silent:
        verdict = "let pass, but incomplete"
    if waived_findings(shown):
        silent += f"; {len(waived_findings(shown))} waived"
    return f"Evidence: {verdict}, {told} in {quantity(summary['references'], 'reference')}{silent}"


def _standing(shown: Document) -> Iterator[str]:
    """What limits the verdict, and which references are retracted."""
    run = shown["run"]
    if run["mode"] in _MODES:
        yield _MODES[run["mode"]]
    yield from _retracted(shown)
    dot = " \N{MIDDLE DOT} "
    libraries = library_inputs(shown)
    files = _listed([item["path"] for item in libraries])
    titles = [inline(one["title"]) for one in libraries if one.get("title")] if len(libraries) == 1 else []
    told = [
        *titles,
        files,
        f"as of {run['as_of']}",
        run["mode"],
        f"{shown['tool']['name']} {inline(shown['tool']['version'])}",
    ]
    for words, verb in (("select", "only"), ("ignore", "without")):
        if run[words]:
            told.append(f"{verb} {_listed(run[words])}")
    if left_out := deselection_sentence(run):
        told.append(left_out)
    yield dot.join([*told, f"run {code(run['id'])}"])


def _retracted(shown: Document) -> Iterator[str]:
    """The retracted references, those apart of which only an earlier answer says so."""
    told: dict[str, list[str]] = {}
    for entry in shown["references"]:
        if is_retracted(entry):
            retraction = entry.get("retraction") or {"confirmed": True}
            when = "" if retraction["confirmed"] else f" when last asked{retraction_day(entry)}"
            told.setdefault(when, []).append(reference_name(shown, entry["path"], entry["id"]))
    for when, names in sorted(told.items()):
        yield f"**Retracted{when}:** {_listed(names)}"


def _listed(names: Iterable[str]) -> str:
    named = list(dict.fromkeys(names))
    more = len(named) - _NAMED
    told = ", ".join(code(name) for name in named[:_NAMED])
    return told if more <= 0 else f"{told} and {more} more"


def _item(finding: dict[str, Any], *, is_new: bool = False) -> str:
    place = code(place_text(finding, column=False))
    subject = f" {code(finding['reference'])}" if finding["reference"] else ""
    fresh = " **new**" if is_new else ""
    fix = f"<br>fix: {inline(finding['suggestion'])}" if finding["suggestion"] else ""
    head = f"**{inline(finding['code'])}** {inline(finding['name'])}{subject} at {place}{fresh}"
    return f"{head}<br>{inline(finding['message'])}{fix}"


def _sign_off(one: Mapping[str, Any]) -> str:
    binds = ", ".join(f"{code(path)} {code(digest)}" for path, digest in bound(one))
    told = "<br>".join(inline(line) for line in lines(one))
    return f"**{state(one)}:** {inline(title(one))}<br>{told}<br>binds {binds}"


def _infos(shown: Document) -> Iterator[str]:
    """The infos, those of one rule in one item."""
    codes: dict[str, list[dict[str, Any]]] = {}
    for finding in shown["findings"]:
        if finding["severity"] == "info":
            codes.setdefault(finding["code"], []).append(finding)
    for name, findings in sorted(codes.items()):
        if len(findings) == 1:
            yield _item(findings[0])
            continue
        subjects = _listed(reference_name(shown, finding["path"], finding["reference"]) for finding in findings)
        yield f"**{inline(name)}** {inline(findings[0]['name'])}, {len(findings)} times: {subjects}"


def _unchecked(shown: Document) -> Iterator[str]:
    """One item for each reason: an outage is one thing, not one for each reference."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for item in shown["unchecked"]:
        names = reasons.setdefault((item["source"], item["reason"]), [])
        names.append(reference_name(shown, item["path"], item["reference"]))
    for (source, reason), names in reasons.items():
        yield f"{inline(source)}: {inline(reason)} ({_listed(names)})"


def _waived(shown: Document) -> Iterator[str]:
    """One item for each decision: who let what stand, as what, until when, and why."""
    for waiver, findings in waiver_groups(shown):
        if len(findings) == 1:
            yield f"{_item({**findings[0], 'suggestion': None})}<br>waived: {inline(waiver_text(waiver))}"
        else:
            names = (f"{one['code']} {reference_name(shown, one['path'], one['reference'])}" for one in findings)
            yield f"{len(findings)} findings: {_listed(names)}<br>waived: {inline(waiver_text(waiver))}"


def _since(changes: dict[str, Any]) -> str:
    return f"New since {inline(changes['since']['as_of'])}" if changes else ""


def _news(shown: Document, news: Iterable[dict[str, Any]]) -> Iterator[str]:
    for item in news:
        subject = code(reference_name(shown, item["path"], item["reference"]))
        yield f"{inline(item['kind'])}: {subject} {inline(item['message'])}"

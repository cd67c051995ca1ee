"""A comment for a pull request, or a job's summary: GitHub's and GitLab's Markdown.

Text from strangers is shown as what it is, and nothing more. Backslashes and entities do not hold: mentions (`@name`),
issue numbers (`#1`, `!1`), bare addresses and emoji names are found after Markdown has been read. Inside a code span
none of that happens, so a word that holds anything but letters, digits and plain punctuation is set as code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from typing import Any

from evidence.model.outcomes import CheckStatus
from evidence.model.regex import regex
from evidence.model.report import Mode
from evidence.model.text import one_line, quantity
from evidence.reports.document import (
    Document,
    Values,
    check_totals,
    claims_by_key,
    deselection_sentence,
    is_voiding,
    library_inputs,
    loaded_sentences,
    newness_test,
    place_text,
    replaced_findings,
    unjudged_findings,
    void_label,
    waived_findings,
    waiver_groups,
    waiver_text,
    weaker_lines,
    without_references,
)
from evidence.reports.wording import (
    NAMED_UNCHECKED,
    anchors_of,
    checks_of,
    infos_by_code,
    reference_name,
    sentence_line,
    sign_off_lines,
    sign_off_state,
    sign_off_title,
    sign_offs,
    signed_files,
    uncheckable_by_reason,
    unchecked_by_reason,
)

LARGEST = 60_000  # bytes of UTF-8; GitHub refuses comments of more than 65,536 characters
MARKER = "<!-- evidence-tracker -->"
"""Ends every comment, so that a job finds its own earlier one and updates it."""

_RESERVE = 4_000  # bytes for headings, folds, counts and the foot
_NAMED = 20  # ids named where many are counted
_WEAKER = 20  # settings weaker than the default that are named
_LIMITS = (
    "The absence of findings is not proof of validity: registries learn of some retractions late or never, pages "
    "change, and this check does not compare the sources with the claims of the text."
)
_VERDICTS = {0: "passed", 1: "failed", 3: "incomplete"}
_MODES = {
    "stand-in": (
        "**Checked against the demo server, not the real services: this says nothing about the real references.**"
    ),
    "offline": "Offline: based on stored results; nothing was looked up.",
    "locked": "Locked: based on the lock file alone; nothing was looked up.",
}


def render_markdown(document: Document) -> str:
    """A report's document as Markdown of at most 60,000 bytes, ending in a line break."""
    page = _Page()
    page.add(f"## {_verdict(document)}", *_limits(document))
    changes = document.get("changes") or {}
    item = partial(_item, claims_by_key(document))
    is_new = newness_test(document)
    since = f"New since {inline(changes['since']['as_of'])}" if changes else ""
    news = (
        f"{inline(news['kind'])}: {code(reference_name(document, news))} {inline(news['message'])}"
        for news in changes.get("news", ())
    )
    page.section(since, news)
    unknown = sorted(unjudged_findings(document, "error"), key=is_voiding, reverse=True)
    page.section(f"{quantity(len(unknown), 'earlier error')} that could not be checked again", map(item, unknown))
    for severity in ("error", "warning"):
        mine = [finding for finding in document["findings"] if finding["severity"] == severity]
        mine.sort(key=is_voiding, reverse=True)  # where the list is cut, what voids a reference is still in it
        items = (item(finding, is_new=is_new(finding)) for finding in mine)
        page.section(quantity(len(mine), severity), items, folded=severity != "error")
    page.section(quantity(document["summary"]["infos"], "info"), _infos(document, item), folded=True)
    totals = check_totals(document)
    unchecked = (
        f"{inline(source)}: {inline(reason)} ({_names(document, items)})"
        for (source, reason), items in unchecked_by_reason(document).items()
    )
    lookups = f"{quantity(len(document['unchecked']), 'look-up')} failed"
    page.section(f"{quantity(totals[CheckStatus.NOT_CHECKED], 'reference')} not checked, {lookups}", unchecked)
    uncheckable = (
        f"{inline(reason)} ({_names(document, references)})"
        for reason, references in uncheckable_by_reason(document).items()
    )
    page.section(f"{quantity(totals[CheckStatus.CANNOT_BE_CHECKED], 'reference')} cannot be checked", uncheckable)
    number = quantity(len(document["ignored"]), "finding")
    if sentences := anchors_of(document):
        page.add(f"**{sentences}**")
    ignored = (f"{item(finding)}<br>ignored: {inline(finding['reason'])}" for finding in document["ignored"])
    page.section(f"{number} ignored in the entries", ignored, folded=True)
    page.section(quantity(len(waived_findings(document)), "waived finding"), _waived(document, item))
    page.section("Sign-offs", map(_sign_off, sign_offs(document)))
    resolved = changes.get("resolved", ())
    page.section(f"{quantity(len(resolved), 'finding')} resolved", map(item, resolved), folded=True)
    replaced = replaced_findings(document)
    page.section(f"{quantity(len(replaced), 'finding')} replaced by others", map(item, replaced), folded=True)
    lesser = [finding for finding in unjudged_findings(document) if finding["severity"] != "error"]
    title = f"{quantity(len(lesser), 'earlier lesser finding')} that could not be checked again"
    page.section(title, map(item, lesser), folded=True)
    head = ""
    if audit := document.get("audit"):
        head = f"<br>Audit trail up to event {audit['sequence']}, head {code(audit['head'])}"
    page.add(f"<sub>{_LIMITS}{head}</sub>", MARKER)
    return page.text()


Claims = Mapping[tuple[str, str | None], Values]
"""The claims of a document, as `claims_by_key` has them."""


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
        lines: list[str] = []
        left_out = 0
        for item in items:
            size = len(item.encode("utf-8", "surrogatepass")) + 3
            if left_out or size > self._room:
                left_out += 1
                continue
            self._room -= size
            lines.append(f"- {item}")
        if left_out:
            lines.append(f"- and {left_out} more (see the full report)")
        if not lines:
            return
        if folded:
            self.add(f"<details><summary>{title}</summary>", "\n".join(lines), "</details>")
        else:
            self.add(f"**{title}**", "\n".join(lines))

    def text(self) -> str:
        """All blocks, an empty line between them."""
        return "\n\n".join(self._blocks) + "\n"


def _verdict(document: Document) -> str:
    summary = document["summary"]
    counts = [
        quantity(summary[f"{severity}s"], severity) for severity in ("error", "warning") if summary[f"{severity}s"]
    ]
    found = " and ".join(counts) or "no error or warning"
    verdict = _VERDICTS[summary["exit_code"]]
    if summary["exit_code"] == 0:
        if summary["unchecked"] or without_references(document):
            verdict = "incomplete (allowed)"
        elif check_totals(document)[CheckStatus.CANNOT_BE_CHECKED]:
            verdict = "nothing failed"
    waived = f"; {len(waived_findings(document))} waived" if waived_findings(document) else ""
    references = quantity(summary["references"], "reference")
    return f"Evidence: {verdict}, {found} in {references}; {checks_of(document)}{waived}"


def _limits(document: Document) -> Iterator[str]:
    """What limits the verdict, and which references are retracted or withdrawn."""
    run = document["run"]
    if run["mode"] in _MODES:
        yield _MODES[run["mode"]]
    weaker = weaker_lines(document)
    yield from map(inline, weaker[:_WEAKER])
    if len(weaker) > _WEAKER:
        yield f"and {len(weaker) - _WEAKER} more settings weaker than the default (see the full report)"
    void: dict[str, list[str]] = {}  # apart those of which only an earlier answer says so
    for reference in document["references"]:
        if label := void_label(reference):
            void.setdefault(label.capitalize(), []).append(reference_name(document, reference))
    for label, names in sorted(void.items()):
        yield f"**{label}:** {_listed(names)}"
    libraries = library_inputs(document)
    facts = [inline(item["title"]) for item in libraries if item.get("title")] if len(libraries) == 1 else []
    facts += [
        _listed(item["path"] for item in libraries),
        f"as of {run['as_of']}",
        Mode(run["mode"]).words,
        f"{document['tool']['name']} {inline(document['tool']['version'])}",
    ]
    for words, verb in (("select", "only"), ("ignore", "without")):
        if run[words]:
            facts.append(f"{verb} {_listed(run[words])}")
    if sentence := deselection_sentence(run):
        facts.append(sentence)
    facts += map(inline, loaded_sentences(run))
    if not run.get("recorded", True):
        facts.append("not recorded (--no-record)")
    yield " \N{MIDDLE DOT} ".join([*facts, f"run {code(run['id'])}"])


def _item(claims: Claims, finding: dict[str, Any], *, is_new: bool = False) -> str:
    place = code(place_text(finding, column=False))
    subject = f" {code(finding['reference'])}" if finding["reference"] else ""
    new = " **new**" if is_new else ""
    fix = f"<br>fix: {inline(finding['suggestion'])}" if finding["suggestion"] else ""
    head = f"**{inline(finding['code'])}** {inline(finding['name'])}{subject} at {place}{new}"
    claim = claims.get((finding["path"], finding["reference"]))
    sentence = f"<br>{inline(sentence_line(claim))}" if claim else ""
    return f"{head}{sentence}<br>{inline(finding['message'])}{fix}"


def _infos(document: Document, item: Callable[[dict[str, Any]], str]) -> Iterator[str]:
    """The infos, those of one rule in one item."""
    for name, findings in infos_by_code(document):
        if len(findings) == 1:
            yield item(findings[0])
            continue
        subjects = _listed(reference_name(document, finding) for finding in findings)
        yield f"**{inline(name)}** {inline(findings[0]['name'])}, {len(findings)} times: {subjects}"


def _waived(document: Document, item: Callable[[dict[str, Any]], str]) -> Iterator[str]:
    """One item for each decision: who waived what, as what, until when, and why."""
    for waiver, findings in waiver_groups(document):
        if len(findings) == 1:
            yield f"{item({**findings[0], 'suggestion': None})}<br>waived: {inline(waiver_text(waiver))}"
        else:
            names = (f"{finding['code']} {reference_name(document, finding)}" for finding in findings)
            yield f"{len(findings)} findings: {_listed(names)}<br>waived: {inline(waiver_text(waiver))}"


def _sign_off(sign_off: Mapping[str, Any]) -> str:
    files = ", ".join(f"{code(path)} {code(digest)}" for path, digest in signed_files(sign_off))
    lines = "<br>".join(inline(line) for line in sign_off_lines(sign_off))
    return f"**{sign_off_state(sign_off)}:** {inline(sign_off_title(sign_off))}<br>{lines}<br>covers {files}"


def _names(document: Document, items: Iterable[Values]) -> str:
    """The references that were not or cannot be checked: all that somebody has to look at."""
    return _listed((reference_name(document, item) for item in items), NAMED_UNCHECKED)


def _listed(names: Iterable[str], most: int = _NAMED) -> str:
    unique = list(dict.fromkeys(names))
    more = len(unique) - most
    text = ", ".join(code(name) for name in unique[:most])
    return text if more <= 0 else f"{text} and {more} more"


# Text from outside.

_LETTER = r"[^\W_]"
_DASHES = r"\-\N{EN DASH}\N{EM DASH}"
_OPENING = r"'\"(\N{LEFT SINGLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}"
_CLOSING = r")\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
_SIGNS = r".,;/+=\N{DEGREE SIGN}\N{PLUS-MINUS SIGN}\N{GREATER-THAN OR EQUAL TO}\N{LESS-THAN OR EQUAL TO}\N{MIDDLE DOT}"
_INNER = rf"(?:{_LETTER}|[{_OPENING}{_CLOSING}{_SIGNS}{_DASHES}\N{{HORIZONTAL ELLIPSIS}}]|(?<=\d)%(?!\w))"
_PLAIN = regex(rf"[{_OPENING}]*+{_LETTER}{_INNER}*+[:?!]?|[.,;:()+=\N{{MIDDLE DOT}}{_DASHES}]+")
# What hosts link although it is made of plain characters alone: addresses, commits, `GH-1`.
_LINKED = regex(r"(?i)\bwww\.|\bGH-\d|\b(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}\b")
_LONGEST = 600  # characters of one text


def inline(text: str) -> str:
    """Text as part of a line of Markdown; words that could mean more than themselves as code spans."""
    words = _clipped(one_line(text)).split(" ")
    runs = groupby(words, lambda word: bool(_PLAIN.fullmatch(word)) and not _LINKED.search(word))
    return " ".join(" ".join(run) if plain else code(" ".join(run)) for plain, run in runs)


def code(text: str) -> str:
    """Text as a code span; the fence is longer than any run of backticks inside (CommonMark 0.31, 6.1)."""
    clipped = _clipped(one_line(text))
    if not clipped:
        return "(empty)"
    fence = "`" * (max((len(run) for run in re.findall(r"`+", clipped)), default=0) + 1)
    pad = " " if clipped.startswith("`") or clipped.endswith("`") else ""
    return f"{fence}{pad}{clipped}{pad}{fence}"


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

"""SPL: drug labels at DailyMed, by Set ID. A label's history says which version was in force on which day."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import partial

from evidence.matching.labels import judge_label
from evidence.model.dates import When, when
from evidence.model.identifiers import ARTICLES, LABELS, IdKind
from evidence.model.outcomes import NotFound
from evidence.model.policy import Severity
from evidence.model.records import SplVersion
from evidence.model.rule import OTHER_LABEL, UNLISTED_LABEL, Absence, Exceptions, FactOf, Lookup, NewsKind, Violation
from evidence.rules.case import CITED_AS, Case
from evidence.rules.identifiers import not_found_caveat
from evidence.rules.rule import entry_rule
from evidence.rules.waiver_evidence import label_versions

_LONGEST_QUOTED = 120

_rule = partial(entry_rule, needs=Lookup.LABEL, about=LABELS)


@_rule(UNLISTED_LABEL, "unlisted-label", Severity.ERROR, absence=Absence.VANISHED, news=NewsKind.DIED)
def unlisted_label(case: Case) -> Iterator[Violation]:
    """The Set ID is not listed in DailyMed.

    What it does:
        Reports a Set ID for which DailyMed has neither a history nor an entry in its list of
        labels. A label that an earlier run found is reported only when a second run, at least 24
        hours later, confirms it; until then it is not checked. The label's web page is not used,
        because DailyMed shows its home page with status 200 when a label has been removed.

    Why it matters:
        The label was withdrawn, or the Set ID is wrong. Readers cannot check what is cited from it.

    Message:
        DailyMed lists no label under Set ID 00000000-0000-0000-0000-000000000000

    Example:
        - id: label
          setid: 00000000-0000-0000-0000-000000000000

    What to do:
        The Set ID of a listed label; it is in the address of the label's page.

    References:
        DailyMed web services v2, /spls/{SETID}/history and /spls.
    """
    answer = case.answer_to(IdKind.SETID)
    if answer is None or not isinstance(answer.outcome, NotFound) or not_found_caveat(case, answer):
        return
    yield Violation(
        f"DailyMed lists no label under Set ID {answer.identifier.value}",
        f"unlisted {answer.identifier.value}",
        ("setid", "URL"),
        suggestion="search for the drug at dailymed.nlm.nih.gov and cite a label that is listed there",
    )


@_rule(
    "SPL002",
    "label-changed-since-accessed",
    Severity.WARNING,
    fact_of=FactOf.WORK,
    superseded_by=("SPL001",),
    waiver_evidence=label_versions,
    news=NewsKind.LABEL_REVISED,
)
def label_changed_since_accessed(case: Case) -> Iterator[Violation]:
    """The label was revised after it was accessed.

    What it does:
        Compares the dates on which DailyMed published the label's versions with `accessed`. A later
        version is a warning. If `accessed` is a month or a year and a version was published within
        it, either version may have been read: this is an info that says "possibly".

    Why it matters:
        Safety sections change, and the text may no longer agree with the label.

    Message:
        label revised since it was accessed (2025-08): version 13 (2025-02-01) then, version 14
        (2026-03-12) now

    Example:
        - id: label
          setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65
          accessed: 2025-08

    What to do:
        Read the current version, correct the text where needed, and set `accessed` to that day.

    References:
        DailyMed web services v2, /spls/{SETID}/history; BMJ 2017;358:j3837.
    """
    label, accessed = case.label, case.reference.accessed
    if label is None or accessed is None or not label.versions:
        return
    before, within, after = (
        sorted((version for version in label.versions if when(version.published, accessed) is side), key=_age)
        for side in (When.BEFORE, When.WITHIN, When.AFTER)
    )
    if after:
        revised = "label revised" if len(after) == 1 else f"label revised {len(after)} times"
    elif within:
        revised = "label possibly revised"
    else:
        return
    now = f"{_named([*within, *after][-1])} now"
    candidates = [*before[-1:], *within]
    if not candidates:
        versions = f"{now}; DailyMed lists no version from that time"
    elif len(candidates) == 1:
        versions = f"{_named(candidates[0])} then, {now}"
    else:
        numbers = [str(version.version) for version in candidates]
        versions = f"version {', '.join(numbers[:-1])} or {numbers[-1]} then, {now}"
    yield Violation(
        f"{revised} since it was accessed ({accessed}): {versions}",
        f"version {label.current.version} of {label.identifier.value} after {accessed}",
        ("accessed", "setid", "URL"),
        suggestion=f"read version {label.current.version}, correct the text if needed, and set accessed to that day",
        severity=None if after else Severity.INFO,
    )


@_rule(
    "SPL003",
    "superseded-pinned-version",
    Severity.WARNING,
    fact_of=FactOf.WORK,
    superseded_by=("SPL001",),
    waiver_evidence=label_versions,
    news=NewsKind.LABEL_REVISED,
)
def superseded_pinned_version(case: Case) -> Iterator[Violation]:
    """The label version given in the entry is not the current version.

    What it does:
        Compares `spl-version` with the label's history at DailyMed. A number that is not in the
        history was never published there, and is reported as such.

    Why it matters:
        The entry states which version supports the text, and that version is no longer in force.

    Message:
        version 11 (2024-05-01) is superseded; the current one is version 14 (2026-03-12)

    Example:
        - id: label
          setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65
          spl-version: 11

    What to do:
        Read the current version, correct the text where needed, and enter its number.

    References:
        DailyMed web services v2, /spls/{SETID}/history (numbers may be skipped).
    """
    label, pin = case.label, case.reference.spl_version
    if label is None or pin is None or not label.versions or pin == label.current.version:
        return
    current = label.current
    pinned = next((version for version in label.versions if version.version == pin), None)
    if pinned is None:
        message = f"version {pin} is not in DailyMed's history of this label; the current one is {_named(current)}"
    else:
        message = f"{_named(pinned)} is superseded; the current one is {_named(current)}"
    yield Violation(
        message,
        f"pinned {pin}, current {current.version} of {label.identifier.value}",
        ("spl-version",),
        suggestion=f"read version {current.version}, correct the text if needed, set spl-version: {current.version}",
    )


@_rule(OTHER_LABEL, "other-label", Severity.ERROR, fact_of=FactOf.RECORD, exceptions=Exceptions.FALSE_POSITIVE)
def other_label(case: Case) -> Iterator[Violation]:
    """The Set ID belongs to the label of a different drug.

    What it does:
        Compares the drug names in `title` and `cited-as` with the brand and the ingredients in the label's title at
        DailyMed, and reports an entry that contains none of them. Dosage forms, strengths, salts and the labeler are
        ignored. British and international names, an acid instead of its salt, and one wrong letter in a long name
        are accepted. Entries without a drug name are not judged.

    Why it matters:
        Every check of the reference was then made on the wrong label, and statements about one drug are based on
        another. The finding can be waived only as a false positive; it cannot be ignored.

    Message:
        label of a different drug: Set ID 11111111-2222-4333-8444-555555555555 is "METFORMIN
        HYDROCHLORIDE tablet"; the entry says "Naltrexone hydrochloride tablets, prescribing
        information"

    Example:
        - id: label
          title: Naltrexone hydrochloride tablets, prescribing information
          setid: 11111111-2222-4333-8444-555555555555   # metformin

    What to do:
        - id: label
          title: Naltrexone hydrochloride tablets, prescribing information
          setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65

    References:
        DailyMed web services v2, /spls/{SETID}/history (title).
    """
    label, reference = case.label, case.reference
    if label is None or case.kinds & ARTICLES:
        return
    title, cited_as = reference.title or "", reference.cited_as or ""
    printed = judge_label(title, cited_as, label)
    if printed is not None:
        labeler = f" ({label.labeler})" if label.labeler else ""
        yield Violation(
            f'label of a different drug: Set ID {label.identifier.value} is "{label.title}"{labeler}; '
            f'the entry says "{textwrap.shorten(printed, _LONGEST_QUOTED, placeholder=" …")}"',
            f"other label {label.title} | {printed}",
            ("setid", "URL", CITED_AS),
            suggestion="use the Set ID of the label that was read; it is in the address of the label's page",
        )


RULES = (unlisted_label, label_changed_since_accessed, superseded_pinned_version, other_label)


def _age(version: SplVersion) -> tuple[int, int]:
    """For sorting, the oldest first."""
    return (version.published.toordinal(), version.version)


def _named(version: SplVersion) -> str:
    return f"version {version.version} ({version.published.isoformat()})"

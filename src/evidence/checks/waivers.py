"""WVR: what is wrong with waivers, which `weighing` judges once everything else is found; and what can be waived."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.compare.fold import fold
from evidence.findings import Finding, Violation
from evidence.model.case import Case
from evidence.model.policy import Severity
from evidence.rules import NEVER_WAIVED, NEVER_WAIVED_FAMILIES, VOIDING, rule


@rule("WVR001", "expired-waiver", Severity.ERROR)
def expired_waiver(case: Case) -> Iterator[Violation]:
    """A waiver has ended, or was given for longer than the policy allows.

    What it does:
        Reports a waiver whose `until` has passed while its finding is still there (or could not be
        judged today), and one that runs from `since` for more days than `policy: waiver-limit:` allows for the
        severity of its finding: by default 30 for errors, 90 for warnings, 365 for infos, and 90 for
        what `evidence baseline` wrote. It covers nothing: the finding counts again.

    Why is this bad?
        Nobody answers any more for what the finding says.

    Example:
        waivers:
          - code: LNK001
            reference: charity
            since: 2026-08-01
            until: 2026-08-31   # three months ago
            ...

    Use instead:
        Mend what was found. If that needs more time, have it waived again:

        evidence waive LNK001 charity --until 30d ...

    References:
        docs/waivers.md.
    """
    del case
    yield from ()


@rule("WVR002", "evidence-changed", Severity.ERROR)
def evidence_changed(case: Case) -> Iterator[Violation]:
    """What a waiver was given on is no longer so.

    What it does:
        Compares what the finding rests on today with what it rested on when it was waived: another
        version of the label, another notice, another text of the page, other words of the record or of the entry.
        The waiver is void and covers nothing. A source that cannot be asked today changes nothing, nor does
        text that rotates on a page (see LNK008).

    Why is this bad?
        The person who approved it has not seen what the source says now.

    Example:
        SPL002 was waived at version 12 of a label; DailyMed has published version 13.

    Use instead:
        Read what is new. If the finding may still stand, have it waived again with `evidence waive`, else mend it.

    References:
        docs/decisions/0011-waivers.md says what each finding rests on.
    """
    del case
    yield from ()


@rule("WVR003", "unused-waiver", Severity.WARNING)
def unused_waiver(case: Case) -> Iterator[Violation]:
    """A waiver that covers nothing because nothing is found.

    What it does:
        Reports a waiver of a code that finds nothing at its reference any more, of a reference that is
        not in the file, and one whose finding another waiver covers already. Not told where the finding could not be
        judged in this run, nor for pages that did not answer (LNK002, LNK003, LNK004), since one good day proves
        little.

    Why is this bad?
        A leftover exception says that something is let stand which nobody has seen for long.

    Example:
        waivers:
          - code: ACC001
            reference: charity   # whose accessed date was renewed last week
            ...

    Use instead:
        The list without that waiver.

    References:
        The same rule for ignored codes: REF006 unused-ignore.
    """
    del case
    yield from ()


@rule("WVR004", "self-approved", Severity.WARNING)
def self_approved(case: Case) -> Iterator[Violation]:
    """The one who asked for a waiver also approved it.

    What it does:
        Compares `requested-by` with `approved-by`; case, accents, spaces and punctuation make no other person.
        It is told also where `policy: self-approval: allowed` lets `evidence waive` write such a waiver.

    Why is this bad?
        A second pair of eyes is what an approval is for.

    Example:
        requested-by: Dana Reyes
        approved-by: dana reyes

    Use instead:
        The name of another person who has looked at it.

    References:
        docs/waivers.md.
    """
    del case
    yield from ()


@rule("WVR005", "not-waivable", Severity.ERROR)
def not_waivable(case: Case) -> Iterator[Violation]:
    """A waiver of what nobody can let stand.

    What it does:
        Reports waivers of RET001 (unless the entry discusses the retraction, which makes it an info), of
        MET006, of CIT001 and of findings about waivers. They cover nothing.

    Why is this bad?
        A retracted paper supports nothing, a record of another work neither, and a citation of an entry that does
        not exist names no source at all; no reason changes that.

    Example:
        waivers:
          - code: RET001
            reference: smith-2007
            ...

    Use instead:
        Cite another source; or, where the text discusses the retraction, say so: `role: discusses-retraction`.

    References:
        ICMJE Recommendations, IV.A.3.g: retracted articles are cited only to refer to the retraction.
    """
    del case
    yield from ()


RULES = (expired_waiver, evidence_changed, unused_waiver, self_approved, not_waivable)


def is_waivable(finding: Finding) -> bool:
    """Whether a finding can be let stand at all; what voids a reference can only where its rule itself says info."""
    if finding.code.startswith(NEVER_WAIVED_FAMILIES):
        return False
    mild = finding.code in VOIDING and finding.severity is Severity.INFO
    return mild or finding.code not in NEVER_WAIVED


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one but for case, accents, spaces and punctuation."""
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return "".join(letter for letter in fold(name) if letter.isalnum())

"""ACC: the day on which a named person read a source.

A partial date is the interval of days that it can mean, so its age is a range: `least` counted from
its last day, `most` from its first. It is never read as anything but that range. Limits are days of
the policy in force, compared in UTC dates with the run's as-of date.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from evidence.model.dates import Age, age
from evidence.model.identifiers import IdKind
from evidence.model.policy import Severity, SourceType
from evidence.model.rule import ANYTHING, Lookup, Violation
from evidence.rules.case import Case
from evidence.rules.rule import entry_rule

_FIELD = ("accessed",)
_READ_AGAIN = "read the source again and record the date with `evidence confirm`"


def _aged(case: Case) -> tuple[Age, int] | None:
    """How old the accessed date is and how old it may be; None where either is missing."""
    accessed = case.reference.accessed
    limit = case.policy.accessed_limit.get(case.source_type)
    return None if accessed is None or limit is None else (age(accessed, case.today), limit)


def _days(span: Age) -> str:
    return f"{span.least} days" if span.least == span.most else f"{span.least} to {span.most} days"


_rule = partial(entry_rule, needs=Lookup.NONE, about=ANYTHING)


@_rule("ACC001", "stale-accessed-date", Severity.WARNING, superseded_by=("ACC006",))
def stale_accessed_date(case: Case) -> Iterator[Violation]:
    """The access date is older than the limit.

    What it does:
        Reports an `accessed` whose last possible day is older than the limit, by default 365 days
        for labels and web pages. Articles have no limit because they do not change once published.

    Why it matters:
        Pages and labels change without notice; the source may no longer support the text.

    Message:
        access date 2024-08-14 is 466 days old (limit: 365 days)

    Example:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2025-08   # judged on 2026-11-23: 449 to 479 days old

    What to do:
        Read the source again, then write the date on which you read it. An automatic look-up never
        changes `accessed`. To set a different limit for all entries of the file:
        policy:
          accessed-limit: {webpage: 180 d}

    References:
        CSL 1.0.2, accessed. No single interval is supported by evidence (IQWiG), so it can be set.
    """
    aged = _aged(case)
    if aged is not None and aged[0].least > aged[1]:
        span, limit = aged
        message = f"access date {case.reference.accessed} is {_days(span)} old (limit: {limit} days)"
        yield Violation(message, f"accessed {case.reference.accessed}", _FIELD, suggestion=_READ_AGAIN)


@_rule("ACC002", "missing-accessed-date", Severity.ERROR)
def missing_accessed_date(case: Case) -> Iterator[Violation]:
    """A label or web page has no access date.

    What it does:
        Reports an entry for a label (Set ID) or a web page (URL alone) that has no `accessed`.
        Articles need none. An `accessed` that cannot be read is REF005, not this.

    Why it matters:
        Without it, it is unknown which version of the source supports the text.

    Message:
        the access date of this web page is missing

    Example:
        - id: charity
          URL: https://example.org/naltrexone

    What to do:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2026-11-23

    References:
        AMA Manual of Style 11, electronic references; NLM, Citing Medicine, ch. 25.
    """
    reference = case.reference
    dated = {IdKind.SETID: SourceType.LABEL, IdKind.URL: SourceType.WEBPAGE}
    wanted = any(case.source_type is dated.get(identifier.kind) for identifier in reference.identifiers)
    if wanted and reference.accessed is None and not {"accessed"} & (reference.places.keys() | reference.csl.keys()):
        what = "label" if case.source_type is SourceType.LABEL else "web page"
        yield Violation(
            f"the access date of this {what} is missing",
            "accessed missing",
            ("URL", "setid"),
            suggestion="add accessed: YYYY-MM-DD, the date on which a person read the source",
        )


@_rule("ACC003", "future-accessed-date", Severity.ERROR)
def future_accessed_date(case: Case) -> Iterator[Violation]:
    """The access date is in the future.

    What it does:
        Reports an `accessed` whose first possible day is later than tomorrow (UTC). One day is
        allowed for time zones ahead of UTC.

    Why it matters:
        The source cannot have been read on that day. The date is an error, and it hides how long
        ago the source was read.

    Message:
        access date 2062-11-23 is in the future (today: 2026-11-23)

    Example:
        - id: label
          setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65
          accessed: 2062-11-23

    What to do:
        Enter the date on which the source was read.

    References:
        CSL 1.0.2, accessed.
    """
    accessed = case.reference.accessed
    if accessed is not None and (accessed.earliest - case.today).days > 1:
        yield Violation(
            f"access date {accessed} is in the future (today: {case.today.isoformat()})",
            f"accessed {accessed}",
            _FIELD,
            suggestion="enter the date on which the source was read",
        )


@_rule("ACC004", "imprecise-accessed-date", Severity.INFO)
def imprecise_accessed_date(case: Case) -> Iterator[Violation]:
    """The access date has no day.

    What it does:
        Reports an `accessed` that is a year, a month, a season or an interval. It is treated as the
        whole range of possible days and printed as given; no day is assumed.

    Why it matters:
        Whether a label changed before or after it was read may depend on the day.

    Message:
        access date 2025-08 has no day

    Example:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2025-08

    What to do:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2025-08-14

    References:
        EDTF (ISO 8601-2), level 0 and 1; AMA Manual of Style 11, electronic references.
    """
    accessed = case.reference.accessed
    if accessed is not None and not accessed.is_exact:
        yield Violation(
            f"access date {accessed} has no day",
            f"accessed {accessed}",
            _FIELD,
            suggestion="add the day (YYYY-MM-DD) if it is known, otherwise when the source is next read",
        )


@_rule("ACC005", "accessed-before-issued", Severity.WARNING)
def accessed_before_issued(case: Case) -> Iterator[Violation]:
    """The source was read before it was issued.

    What it does:
        Reports an `accessed` whose last possible day is before the first possible day of the
        entry's own `issued`. Label versions are checked by SPL002.

    Why it matters:
        One of the two dates is wrong, or the entry describes a different edition from the one read.

    Message:
        access date 2025-08-14 is before the date of issue (2026-03)

    Example:
        - id: guideline
          URL: https://example.org/guideline
          issued: 2026-03
          accessed: 2025-08-14

    What to do:
        Enter the dates of the edition that was read.

    References:
        CSL 1.0.2, accessed and issued.
    """
    accessed, issued = case.reference.accessed, case.reference.issued
    if accessed is not None and issued is not None and accessed.latest < issued.earliest:
        yield Violation(
            f"access date {accessed} is before the date of issue ({issued})",
            f"accessed {accessed}, issued {issued}",
            _FIELD,
            suggestion="read the edition that is cited, then correct accessed or issued",
        )


@_rule("ACC006", "possibly-stale-accessed-date", Severity.INFO, superseded_by=("ACC001",))
def possibly_stale_accessed_date(case: Case) -> Iterator[Violation]:
    """The access date has no day and may be older than the limit.

    What it does:
        Reports an `accessed` for which some possible days are older than the limit and others are
        not. Once all of them are, ACC001 is reported instead.

    Why it matters:
        The source is due to be read again, and its access date will soon be over the limit.

    Message:
        access date 2025-11 is 359 to 388 days old (limit: 365 days, possibly exceeded)

    Example:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2025-08   # judged from 2026-08-02 to 2026-08-31

    What to do:
        Read the source again, then write the date on which you read it.

    References:
        CSL 1.0.2, accessed.
    """
    aged = _aged(case)
    if aged is not None and aged[0].least <= aged[1] < aged[0].most:
        span, limit = aged
        message = f"access date {case.reference.accessed} is {_days(span)} old (limit: {limit} days, possibly exceeded)"
        yield Violation(message, f"accessed {case.reference.accessed}", _FIELD, suggestion=_READ_AGAIN)


RULES = (
    stale_accessed_date,
    missing_accessed_date,
    future_accessed_date,
    imprecise_accessed_date,
    accessed_before_issued,
    possibly_stale_accessed_date,
)

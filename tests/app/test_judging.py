from dataclasses import replace

import pytest

from evidence.app.judge import RuleSet, judge_file
from evidence.model.outcomes import Cause, Unavailable
from evidence.model.policy import Policy, Severity
from evidence.model.rule import Exceptions, Lookup, Selection, Subject, Violation
from evidence.rules.case import Case, LibraryCase
from factories import TODAY, answer, library_of, plain_rule, pmid, reference_named


@plain_rule("ACC001", "stale-accessed-date", Severity.WARNING)
def always(_case):
    """What it does: it always fires."""
    yield Violation("always", fact="always")


@plain_rule("RET001", "retracted-publication", Severity.ERROR, needs=Lookup.ARTICLE, exceptions=Exceptions.NONE)
def retracted(case):
    """What it does: it says retracted, mildly where the reference's owner is `mild`."""
    yield Violation("retracted", fact="r", severity=Severity.INFO if case.reference.id == "mild" else None)


@plain_rule("REF006", "unused-ignore", Severity.WARNING, subject=Subject.IGNORES)
def unused(_case):
    """What it does: it is judged last."""
    yield from ()


def unused_ignores(reference, used, unheeded):
    for code in reference.ignore:
        if code not in used:
            reported = "cannot be ignored" if code in unheeded else "is not found here"
            yield unused.finding(Violation(f"{code} {reported}", fact=code), reference.id, reference.place)


RULE_SET = RuleSet(
    rules=(always, retracted, unused),
    unused_ignores=unused_ignores,
    library_findings=lambda _library: iter(()),
    caveat=lambda _case, _answer: None,
)


def judged(reference, *, policy=None, selection=None, answers=()):
    library = replace(library_of(reference), policy=policy or Policy())
    case = Case(reference, library, library.policy, TODAY, answers)
    return judge_file(LibraryCase(library, TODAY), [case], RULE_SET, selection or Selection())


def codes(result):
    return [finding.code for finding in result.findings]


def test_an_ignored_finding_is_kept_apart_with_its_reason():
    result = judged(reference_named("a", ignore={"ACC001": "read weekly"}))
    assert codes(result) == ["RET001"]
    assert [(item.finding.code, item.reason) for item in result.ignored] == [("ACC001", "read weekly")]


def test_a_retraction_cannot_be_ignored():
    assert codes(judged(reference_named("a", ignore={"RET001": "we like it"}))) == ["ACC001", "RET001", "REF006"]


def test_an_ignore_that_is_not_heeded_is_distinguished_from_one_that_finds_nothing():
    findings = judged(reference_named("a", ignore={"RET001": "we like it", "ACC003": "never"})).findings
    assert [f.message for f in findings if f.code == "REF006"] == [
        "RET001 cannot be ignored",
        "ACC003 is not found here",
    ]


def test_a_retraction_that_is_knowingly_discussed_may_be_ignored():
    assert codes(judged(reference_named("mild", ignore={"RET001": "discussed in section 3"}))) == ["ACC001"]


def test_the_policy_sets_severities():
    result = judged(reference_named("a"), policy=Policy(severity={"ACC001": Severity.ERROR}))
    assert result.findings[0].severity is Severity.ERROR


def test_the_policy_cannot_lower_a_retraction():
    result = judged(reference_named("a"), policy=Policy(severity={"RET001": Severity.INFO}))
    assert result.findings[1].severity is Severity.ERROR


def test_an_ignore_that_silences_nothing_is_reported():
    assert codes(judged(reference_named("a", ignore={"ACC003": "never"}))) == ["ACC001", "RET001", "REF006"]


def test_an_ignore_is_not_called_unused_when_its_rule_could_not_be_judged():
    reference = reference_named("a", ignore={"RET001": "?"})
    silent = answer(pmid(1), Unavailable("NCBI did not answer", Cause.TIMEOUT))
    assert codes(judged(reference, answers=(silent,))) == ["ACC001", "RET001"]


@pytest.mark.parametrize("word", ["RET001", "retracted-publication", "RET"])
def test_a_selection_may_name_code_name_or_family(word):
    assert codes(judged(reference_named("a"), selection=Selection(selected=frozenset({word})))) == ["RET001"]
    assert codes(judged(reference_named("a"), selection=Selection(ignored=frozenset({word})))) == ["ACC001"]

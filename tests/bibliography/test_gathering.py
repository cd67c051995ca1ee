"""What is said beside the bibliography, from reports made by hand."""

from datetime import UTC, date, datetime

from evidence.bibliography.gather import gather_reports
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, CheckStatus, Found, NotFound, Origin, State
from evidence.model.policy import Severity
from evidence.model.records import NoticeLink
from evidence.model.report import Exit, Ignored, Mode, ReferenceResult, Report, Run
from evidence.model.rule import Finding
from factories import entry_in_braces, invented_article

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 9, tzinfo=UTC)
PMID, DOI = Identifier(IdKind.PMID, "1"), Identifier(IdKind.DOI, "10.5555/invented.1")
ENTRY = entry_in_braces("id: a, PMID: '1', DOI: 10.5555/invented.1, title: Told by the entry")


def answer(identifier, outcome, at=AT):
    return Answer(identifier, outcome, "pubmed", "https://a.example", at, origin=Origin.STORE)


def finding(code, severity=Severity.WARNING):
    return Finding(code, code.lower(), severity, "a", ENTRY.place, "it differs", "f")


def reports(*answers, findings=(), ignored=()):
    first = answers[0]
    record = first.outcome.record if isinstance(first.outcome, Found) else None
    state = State.FOUND if record else State.NOT_FOUND
    run = Run(
        id="r", started=LATER, finished=LATER, as_of=date(2026, 11, 23), mode=Mode.OFFLINE, actor="t", tool_version="0",
        inputs=(), policies={},
    )  # fmt: skip
    verified = first.at if record else None
    result = ReferenceResult(ENTRY, state, answers, verified, Origin.STORE, record, CheckStatus.CHECKED)
    return (Report(run, (result,), tuple(findings), (), tuple(Ignored(f, "known") for f in ignored), Exit.CLEAN),)


def test_a_record_found_by_the_second_identifier_is_printed_when_the_first_is_missing():
    found = answer(DOI, Found(invented_article(1, title="Told by the DOI.")))
    reported = gather_reports(reports(answer(PMID, NotFound("no such PMID")), found), ())
    assert reported.items[0]["title"] == "Told by the DOI"
    assert (reported.unverified, reported.oldest) == ((), AT.date())


def test_the_day_reported_is_that_of_the_record_that_is_printed():
    reported = gather_reports(
        reports(answer(PMID, Found(invented_article(1)), LATER), answer(DOI, NotFound("gone"), AT)), ()
    )
    assert reported.oldest == LATER.date()


def test_findings_of_the_rules_asked_for_are_reported_from_warnings_upward():
    found = [finding("MET001"), finding("MET007", Severity.INFO), finding("ACC001")]
    reported = gather_reports(reports(answer(PMID, Found(invented_article(1))), findings=found), {"MET001", "MET007"})
    assert [remark.text for remark in reported.notes] == ["MET001 met001: it differs"]


def test_an_ignored_finding_is_not_reported_but_an_ignored_retraction_is_still_printed():
    found = reports(
        answer(PMID, Found(invented_article(1))), ignored=[finding("MET001"), finding("RET001", Severity.INFO)]
    )
    reported = gather_reports(found, {"MET001", "RET001"})
    assert reported.notes == ()
    assert reported.items[0]["custom"]["retracted"] is True


def test_a_wrong_record_is_not_printed():
    reported = gather_reports(
        reports(answer(PMID, Found(invented_article(1))), findings=[finding("MET006")]), {"MET006"}
    )
    assert reported.items[0]["title"] == "Told by the entry"
    assert reported.notes[0].text.endswith("; the list shows the entry as written")


def test_corrections_of_another_work_are_not_this_ones():
    erratum = (NoticeLink("ErratumIn", "J Invent Med. 2021 Feb 6;14(2):99", "9"),)
    other = invented_article(2, identifier=DOI, also_known_as=(), notices=erratum)
    same = invented_article(1, identifier=DOI, notices=erratum)
    own = answer(PMID, Found(invented_article(1, also_known_as=())))
    assert "custom" not in gather_reports(reports(own, answer(DOI, Found(other))), ()).items[0]
    own = answer(PMID, Found(invented_article(1)))
    reported = gather_reports(reports(own, answer(DOI, Found(same))), ()).items[0]
    assert reported["custom"]["corrections"] == ["J Invent Med. 2021 Feb 6;14(2):99"]

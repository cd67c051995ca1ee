import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from evidence.matching.simhash import fingerprint
from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Outcome, State, Unavailable
from evidence.model.policy import Policy, Severity
from evidence.model.records import Hop, Page
from evidence.model.references import Confirmation, IdentifierUse, Library, Reference
from evidence.model.rule import Finding
from evidence.rules.case import Case
from evidence.rules.links import RULES
from evidence.sources.http.network import Refusal
from factories import SentenceWriter

URL = "https://www.example.org/study"
TODAY = date(2026, 11, 23)
AT_URL = Place("references.yaml", 7, 10)
TIMEOUT = Unavailable("no answer in time", Cause.TIMEOUT)
MISSING = NotFound("HTTP 404 Not Found", 404)


def found(url: str = URL, *hops: tuple[int, str, str], **more) -> Found:
    made = tuple(Hop(*hop) for hop in hops)
    return Found(Page(Identifier(IdKind.URL, url), 200, made[-1].target if made else url, made, **more))


def case(outcome: Outcome | None = None, url: str = URL, before: dict[int, State] | None = None, **more) -> Case:
    """A reference to one page, its answer, and what earlier runs saw so many days before today."""
    identifier = Identifier(IdKind.URL, url)
    use = IdentifierUse(identifier, "URL", AT_URL)
    reference = Reference("charity", Place("references.yaml", 5, 3), uses=(use,), confirmed=more.pop("confirmed", None))
    history = tuple(
        Observation(identifier, "web", state, datetime.combine(day, time(12), UTC), day)
        for ago, state in sorted((before or {}).items(), reverse=True)
        for day in (TODAY - timedelta(days=ago),)
    )
    answers = (
        () if outcome is None else (Answer(identifier, outcome, "web", "web", datetime(2026, 11, 23, tzinfo=UTC)),)
    )
    return Case(
        reference=reference,
        library=Library("references.yaml", "0", (reference,)),
        policy=more.pop("policy", Policy()),
        today=more.pop("today", TODAY),
        answers=answers,
        history={identifier: history} if history else {},
        **more,
    )


def findings(judged: Case) -> list[Finding]:
    return [finding for rule in RULES for finding in rule.findings(judged)]


def codes(judged: Case) -> list[str]:
    return [finding.code for finding in findings(judged)]


def only(judged: Case) -> Finding:
    (finding,) = findings(judged)
    return finding


def test_the_rules_are_ten_and_each_is_documented():
    assert [rule.code for rule in RULES] == [f"LNK{number:03}" for number in range(1, 11)]
    for rule in RULES:
        for section in ("What it does:", "Why it matters:", "Example:", "What to do:", "References:"):
            assert section in rule.doc


def test_a_page_that_answers_has_no_finding():
    assert codes(case(found())) == []


def test_a_page_that_is_missing_is_an_error_at_its_own_line():
    finding = only(case(MISSING))
    assert (finding.code, finding.severity, finding.place) == ("LNK001", Severity.ERROR, AT_URL)
    assert finding.message == f"dead link: {URL} returns HTTP 404 Not Found"


def test_404_today_and_410_tomorrow_are_the_same_finding():
    assert only(case(MISSING)).fingerprint == only(case(NotFound("HTTP 410 Gone", 410))).fingerprint


def test_a_policy_of_three_strikes_waits_for_three_days():
    three = Policy(confirm_dead=3)
    assert codes(case(MISSING, policy=three)) == ["LNK002"]
    assert codes(case(MISSING, before={1: State.NOT_FOUND}, policy=three)) == ["LNK002"]
    assert codes(case(MISSING, before={0: State.NOT_FOUND, 1: State.NOT_FOUND}, policy=three)) == ["LNK002"]
    assert codes(case(MISSING, before={1: State.NOT_FOUND, 2: State.NOT_FOUND}, policy=three)) == ["LNK001"]


def test_a_page_not_yet_taken_for_dead_says_how_often_it_was_missing():
    finding = only(case(MISSING, before={1: State.NOT_FOUND}, policy=Policy(confirm_dead=3)))
    assert "(day 2 of 3)" in finding.message


def test_strikes_start_afresh_after_a_success():
    before = {1: State.NOT_FOUND, 2: State.FOUND, 3: State.NOT_FOUND, 4: State.NOT_FOUND}
    assert codes(case(MISSING, before=before, policy=Policy(confirm_dead=3))) == ["LNK002"]


def test_silence_between_does_not_take_strikes_back():
    before = {1: State.UNAVAILABLE, 2: State.NOT_FOUND, 3: State.BLOCKED, 4: State.NOT_FOUND}
    assert codes(case(MISSING, before=before, policy=Policy(confirm_dead=3))) == ["LNK001"]


@pytest.mark.parametrize("cause", [Cause.TIMEOUT, Cause.DNS, Cause.CONNECT, Cause.TLS, Cause.HTTP, Cause.PROTOCOL])
def test_a_page_that_cannot_be_reached_is_a_warning(cause):
    finding = only(case(Unavailable("no luck", cause)))
    assert (finding.code, finding.severity) == ("LNK002", Severity.WARNING)
    assert "no luck" in finding.message


@pytest.mark.parametrize("cause", [Cause.OFFLINE, Cause.NO_SOURCE])
def test_a_page_that_was_never_asked_is_not_judged(cause):
    assert codes(case(Unavailable("offline", cause), before={1: State.UNAVAILABLE, 5: State.UNAVAILABLE})) == []


def test_pages_are_not_blamed_for_our_own_network():
    before = {1: State.UNAVAILABLE, 5: State.UNAVAILABLE}
    assert codes(case(TIMEOUT, before=before, network_down=True)) == []


def test_three_days_over_seventy_two_hours_make_an_error_in_place_of_the_warning():
    finding = only(case(TIMEOUT, before={1: State.UNAVAILABLE, 3: State.UNAVAILABLE}))
    assert (finding.code, finding.severity) == ("LNK003", Severity.ERROR)
    assert "on 3 days since 2026-11-20" in finding.message


@pytest.mark.parametrize(
    "before",
    [
        {1: State.UNAVAILABLE, 2: State.UNAVAILABLE},
        {9: State.UNAVAILABLE},
        {0: State.UNAVAILABLE, 9: State.UNAVAILABLE},
        {1: State.UNAVAILABLE, 2: State.FOUND, 3: State.UNAVAILABLE, 4: State.UNAVAILABLE},
        {1: State.NOT_CHECKED, 2: State.NOT_CHECKED, 5: State.UNAVAILABLE},
        {1: State.BLOCKED, 2: State.BLOCKED, 5: State.UNAVAILABLE},
        {1: State.FOUND, 3: State.UNAVAILABLE, 5: State.UNAVAILABLE},
    ],
)
def test_fewer_days_or_hours_or_a_success_between_leave_it_a_warning(before):
    assert codes(case(TIMEOUT, before=before)) == ["LNK002"]


def test_what_was_seen_after_the_day_that_is_judged_for_does_not_count():
    before = {-1: State.FOUND, 1: State.UNAVAILABLE, 3: State.UNAVAILABLE}
    assert codes(case(TIMEOUT, before=before)) == ["LNK003"]


def test_a_page_that_answers_at_last_is_forgiven():
    assert codes(case(found(), before={1: State.UNAVAILABLE, 3: State.UNAVAILABLE})) == []


def test_a_wall_is_an_info_that_asks_for_a_person():
    finding = only(case(Blocked("HTTP 403 Forbidden", 403), before={1: State.UNAVAILABLE, 5: State.UNAVAILABLE}))
    assert (finding.code, finding.severity) == ("LNK004", Severity.INFO)
    assert "confirmed:" in finding.suggestion


@pytest.mark.parametrize(("until", "silent"), [(TODAY, True), (TODAY - timedelta(days=1), False), (None, True)])
def test_a_persons_word_silences_a_wall_until_its_last_day(until, silent):
    confirmed = Confirmation("the editor", date(2026, 6, 1), until)
    assert codes(case(Blocked("HTTP 403 Forbidden", 403), confirmed=confirmed)) == ([] if silent else ["LNK004"])


@pytest.mark.parametrize(("ahead", "silent"), [(1, True), (2, False)])
def test_a_persons_word_from_the_future_silences_nothing(ahead, silent):
    confirmed = Confirmation("the editor", TODAY + timedelta(days=ahead))
    assert codes(case(Blocked("HTTP 403 Forbidden", 403), confirmed=confirmed)) == ([] if silent else ["LNK004"])


def test_a_persons_word_does_not_raise_the_dead():
    assert codes(case(MISSING, confirmed=Confirmation("the editor", date(2026, 6, 1), TODAY))) == ["LNK001"]


@pytest.mark.parametrize("refusal", list(Refusal))
def test_a_refusal_of_our_guard_names_the_switch_where_there_is_one(refusal):
    finding = only(case(Blocked(str(refusal))))
    assert finding.code == "LNK004"
    assert ("EVIDENCE_ALLOW_PRIVATE=1" in finding.suggestion) == (refusal is Refusal.PRIVATE)


def test_a_page_that_moved_for_good_is_reported_with_its_new_address():
    finding = only(case(found(URL, (301, URL, "https://new.example.org/study"))))
    assert (finding.code, finding.severity) == ("LNK005", Severity.WARNING)
    assert finding.suggestion == "cite https://new.example.org/study"


def test_only_the_leading_permanent_redirects_count():
    b, c, d = (f"https://{name}.example.org/study" for name in "bcd")
    assert only(case(found(URL, (308, URL, b), (301, b, c), (302, c, d)))).suggestion == f"cite {c}"
    assert codes(case(found(URL, (302, URL, b), (301, b, c)))) == []


@pytest.mark.parametrize(
    ("cited", "target"),
    [
        ("https://example.org/study", "https://www.example.org/study"),
        ("https://www.example.org/study", "https://example.org/study"),
        ("https://example.org/study", "https://example.org/study/"),
        ("https://example.org/study/?q=1", "https://www.example.org/study?q=1"),
    ],
)
def test_www_and_a_trailing_slash_are_no_move(cited, target):
    assert codes(case(found(cited, (301, cited, target)), url=cited)) == []


def test_a_scheme_upgrade_is_no_move():
    cited = "http://example.org/study"
    assert codes(case(found(cited, (301, cited, "https://example.org/study")), url=cited)) == ["LNK007"]


@pytest.mark.parametrize("outcome", [MISSING, TIMEOUT, Blocked("HTTP 403 Forbidden", 403)])
def test_a_page_that_was_not_seen_has_not_moved(outcome):
    assert "LNK005" not in codes(case(outcome))


def test_http_is_an_info():
    finding = only(case(url="http://www.example.org/study"))
    assert (finding.code, finding.severity) == ("LNK007", Severity.INFO)
    assert finding.suggestion == "try https://www.example.org/study"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "[::1]", "app.localhost", "127.3.2.1:99"])
def test_http_to_this_machine_is_fine(host):
    assert codes(case(url=f"http://{host}/study")) == []


@pytest.mark.parametrize("path", ["", "/", "/index.html", "/index.php", "/Index.htm", "/#top"])
def test_a_bare_home_page_is_a_warning(path):
    finding = only(case(url=f"https://www.example.org{path}"))
    assert (finding.code, finding.severity) == ("LNK009", Severity.WARNING)


@pytest.mark.parametrize(
    "path", ["/study", "/?page=2", "/index", "/index.html?id=7", "/a/index.html", "/#/study", "/#!study"]
)
def test_a_page_of_a_site_is_no_home_page(path):
    assert codes(case(url=f"https://www.example.org{path}")) == []


SEARCH = "https://dailymed.nlm.nih.gov/dailymed/search.cfm?labeltype=all&query=naltrexone"


@pytest.mark.parametrize("address", [SEARCH, "https://dailymed.nlm.nih.gov/dailymed/advanced-search.cfm"])
def test_a_search_at_dailymed_is_said_to_be_one_as_an_info(address):
    finding = only(case(url=address))
    assert (finding.code, finding.severity) == ("LNK009", Severity.INFO)
    assert finding.message == f"{address} is a DailyMed search, whose results change, not a label"


def test_a_search_without_results_is_no_error_page():
    assert codes(case(found(suspicion="its title says not found"))) == ["LNK006"]
    assert codes(case(found(SEARCH, suspicion="its title says not found"), SEARCH)) == ["LNK009"]


def test_a_links_rules_leave_references_without_addresses_alone():
    reference = Reference("younger", AT_URL, uses=(IdentifierUse(Identifier(IdKind.PMID, "1"), "PMID", AT_URL),))
    answer = Answer(
        Identifier(IdKind.PMID, "1"), NotFound("not in PubMed"), "pubmed", "x", datetime(2026, 11, 23, tzinfo=UTC)
    )
    judged = Case(reference, Library("references.yaml", "0", (reference,)), Policy(), TODAY, (answer,))
    assert codes(judged) == []


NO_NAME = Unavailable("host not found: www.example.org", Cause.NO_SUCH_NAME)


def unreachable_before(*days: tuple[int, Cause], hour: int = 12) -> dict[Identifier, tuple[Observation, ...]]:
    """What earlier runs could not reach, so many days ago and why."""
    link = Identifier(IdKind.URL, URL)
    return {
        link: tuple(
            Observation(link, "web", State.UNAVAILABLE, datetime.combine(day, time(hour), UTC), day, cause=cause)
            for ago, cause in days
            for day in (TODAY - timedelta(days=ago),)
        )
    }


def asked_at(hour: int, outcome: Outcome, history: dict[Identifier, tuple[Observation, ...]], **more) -> Case:
    made = case(outcome, **more)
    (answer,) = made.answers
    return replace(made, answers=(replace(answer, at=datetime(2026, 11, 23, hour, tzinfo=UTC)),), history=history)


def test_a_host_that_does_not_exist_is_a_death_only_when_a_later_run_agrees():
    assert codes(asked_at(12, NO_NAME, {})) == ["LNK002"]
    finding = only(asked_at(12, NO_NAME, unreachable_before((1, Cause.NO_SUCH_NAME))))
    assert finding.code == "LNK001"
    assert "host not found: www.example.org (on 2 days since 2026-11-22)" in finding.message
    assert finding.fingerprint == only(case(MISSING)).fingerprint


def test_a_later_run_must_come_twenty_four_hours_later():
    assert codes(asked_at(11, NO_NAME, unreachable_before((1, Cause.NO_SUCH_NAME)))) == ["LNK002"]


@pytest.mark.parametrize("cause", [Cause.DNS, Cause.TIMEOUT])
def test_other_silence_does_not_agree_with_it(cause):
    assert codes(asked_at(12, NO_NAME, unreachable_before((1, cause)))) == ["LNK002"]
    assert codes(asked_at(12, Unavailable("no answer", cause), unreachable_before((1, Cause.NO_SUCH_NAME)))) == [
        "LNK002"
    ]


def test_a_policy_of_three_strikes_holds_for_names_too():
    three = Policy(confirm_dead=3)
    once, twice = ((1, Cause.NO_SUCH_NAME),), ((2, Cause.NO_SUCH_NAME), (1, Cause.NO_SUCH_NAME))
    assert codes(asked_at(12, NO_NAME, unreachable_before(*once), policy=three)) == ["LNK002"]
    assert codes(asked_at(12, NO_NAME, unreachable_before(*twice), policy=three)) == ["LNK001"]


def test_a_name_that_stays_away_is_not_also_persistently_unreachable():
    days = tuple((ago, Cause.NO_SUCH_NAME) for ago in (5, 4, 3, 2, 1))
    assert codes(asked_at(12, NO_NAME, unreachable_before(*days))) == ["LNK001"]


def test_a_dead_page_is_reported_with_the_copy_that_the_archive_holds():
    dead = case(MISSING)
    copy = "https://web.archive.org/web/20250801120000/https://www.example.org/study"
    archived = replace(dead, answers=(replace(dead.answers[0], archived=copy),))
    assert only(archived).suggestion == f"cite the page's new address, or the archived copy {copy}"
    assert only(archived).fingerprint == only(dead).fingerprint


def test_a_suspected_error_page_is_a_warning_that_says_why():
    finding = only(case(found(suspicion="its title says so: Page not found")))
    assert (finding.code, finding.severity, finding.place) == ("LNK006", Severity.WARNING, AT_URL)
    assert finding.message == f"{URL} responds, but looks like an error page: its title says so: Page not found"


def test_a_suspected_error_page_has_not_moved_and_misses_no_anchor():
    target = "https://www.example.org/"
    observed = found(URL, (301, URL, target), suspicion="it leads to the front page", anchor_missing=True)
    assert codes(case(observed)) == ["LNK006"]


def test_a_missing_anchor_is_an_info():
    finding = only(case(found(f"{URL}#harms", anchor_missing=True), url=f"{URL}#harms"))
    assert (finding.code, finding.severity) == ("LNK006", Severity.INFO)
    assert finding.message == f"the page has no anchor #harms: {URL}#harms"


WRITER = SentenceWriter(5)
THEN = WRITER.sentences(600)
PRINTS = {share: fingerprint("\n".join(WRITER.exchanged(THEN, share))) for share in (0.0, 0.1, 0.6)}


def drifting(now: float, read: PartialDate | None, *sights: tuple[int, float], url: str = URL, **more) -> Case:
    """A page whose text was seen so many days ago, in so changed a form."""
    made = case(found(url, fingerprint=PRINTS[now], **more), url)
    link = made.answers[0].identifier
    observed = tuple(
        Observation(link, "web", State.FOUND, datetime.combine(day, time(12), UTC), day, fingerprint=PRINTS[share])
        for ago, share in sights
        for day in (TODAY - timedelta(days=ago),)
    )
    return replace(made, reference=replace(made.reference, accessed=read), history={link: observed})


READ = PartialDate(2026, 11, 1)


def test_a_text_that_has_changed_since_it_was_read_is_a_warning_with_how_much():
    finding = only(drifting(0.6, READ, (20, 0.0), (4, 0.0)))
    assert (finding.code, finding.severity) == ("LNK008", Severity.WARNING)
    assert re.match(rf"about (50|55|60|65|70|75) % of the text of {re.escape(URL)} has changed since", finding.message)
    assert finding.message.endswith("accessed (2026-11-01); last seen unchanged on 2026-11-19")


def test_the_finding_stays_the_same_from_day_to_day():
    first, later = drifting(0.6, READ, (20, 0.0), (4, 0.0)), drifting(0.6, READ, (20, 0.0), (4, 0.0), (1, 0.6))
    assert only(first).fingerprint == only(later).fingerprint


@pytest.mark.parametrize(
    ("now", "read", "sights"),
    [
        (0.0, READ, [(20, 0.0)]),
        (0.1, READ, [(20, 0.0)]),
        (0.6, READ, []),
        (0.6, None, [(20, 0.0)]),
        (0.6, READ, [(30, 0.0), (25, 0.0)]),
        (0.6, PartialDate(2026, 11, 20), [(20, 0.0), (3, 0.6)]),
        (0.6, READ, [(-1, 0.0)]),
    ],
)
def test_a_text_that_has_not_changed_since_then_or_was_not_seen_then_is_none(now, read, sights):
    assert codes(drifting(now, read, *sights)) == []


def test_a_month_of_reading_begins_with_its_first_day():
    assert codes(drifting(0.6, PartialDate(2026, 11), (20, 0.0))) == ["LNK008"]


def test_the_results_of_a_search_at_dailymed_have_not_drifted():
    assert codes(drifting(0.6, READ, (20, 0.0), url=SEARCH)) == ["LNK009"]


def test_a_suspected_error_page_has_not_drifted():
    assert codes(drifting(0.6, READ, (20, 0.0), suspicion="its title says so")) == ["LNK006"]

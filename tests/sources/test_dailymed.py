import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Unavailable
from evidence.model.records import Label, SplVersion
from evidence.sources.dailymed import DailyMed, Facts, canonical, label_of, split_title
from evidence.sources.http.request import Reply
from fakes import StoppedClock

SHARED = Path(__file__).resolve().parents[2] / "../shared/data/dailymed/services"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SETID = "aaaaaaaa-0000-4000-8000-00000000000a"
OTHER = "bbbbbbbb-0000-4000-8000-00000000000b"
ME = Identifier(IdKind.SETID, SETID)
TITLE = "MADEUPINE HYDROCHLORIDE TABLET, FILM COATED [EXAMPLE LABS, INC.]"
HISTORY = f"spls/{SETID}/history.json"
LIST = f"spls.json?setid={SETID}"
ANY = "spls.json?pagesize=1"
LIVE = {"data": [{"spl_version": 1, "published_date": "Aug 09, 2023", "title": "X", "setid": OTHER}], "metadata": {}}


class ScriptedServices:
    """Answers by path; what its source doubts is unavailable, as after all tries."""

    def __init__(self, **_):
        self.replies = {}
        self.requests = []

    def exchange(self, request, doubt):
        self.requests.append(request)
        reported = self.replies[request.url.removeprefix("https://labels.example/services/v2/")]
        if not isinstance(reported, Reply):
            return reported
        objection = doubt(reported)
        return reported if objection is None else Unavailable(objection, Cause.CONTENT, reported.status)


def replying(body, status=200):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {"content-type": "application/json"}, raw)


def history(*versions, setid=SETID, title=TITLE, total=None, pages=1, page=1):
    return {
        "data": {
            "spl": {"title": title, "setid": setid},
            "history": [{"spl_version": number, "published_date": day} for number, day in versions],
        },
        "metadata": {
            "total_elements": len(versions) if total is None else total,
            "total_pages": pages,
            "current_page": page,
            "elements_per_page": 100,
            "next_page": "null",
            "next_page_url": "null",
            "db_published_date": "Nov 20, 2026 07:31:34PM EST",
        },
    }


TWO = history((3, "May 02, 2019"), (1, "Dec 06, 2018"))
NOTHING = {"data": [], "metadata": {"total_elements": 0, "total_pages": 0, "current_page": 1}}


def ask(replies, *identifiers):
    services = ScriptedServices()
    services.replies = {
        path: reported if isinstance(reported, Reply | Blocked | Unavailable) else replying(reported)
        for path, reported in replies.items()
    }
    source = DailyMed(services=services, clock=StoppedClock(NOW), base="https://labels.example/")
    return list(source.look_up(identifiers or (ME,))), services


def outcome_of(replies):
    (answer,), _ = ask(replies)
    return answer.outcome


class TestFound:
    def test_a_label_is_found_with_its_versions_newest_first(self):
        (answer,), services = ask({HISTORY: TWO})
        assert answer.outcome == Found(
            Label(
                identifier=ME,
                title="MADEUPINE HYDROCHLORIDE TABLET, FILM COATED",
                labeler="EXAMPLE LABS, INC.",
                versions=(SplVersion(3, date(2019, 5, 2)), SplVersion(1, date(2018, 12, 6))),
            )
        )
        assert (answer.source, answer.address, answer.at) == ("dailymed", "https://labels.example", NOW)
        assert answer.identifier == ME
        assert [(request.bucket, request.gap, request.body) for request in services.requests] == [
            ("dailymed", 0.3, None)
        ]

    @pytest.mark.parametrize(
        ("versions", "part"),
        [
            ([(3, "May 02, 2019"), (3, "May 03, 2019")], "contradicts itself"),
            ([(3, "Mar 12, 9999")], "in the future"),
            ([(3, "Nov 26, 2026"), (1, "Dec 06, 2018")], "in the future"),
        ],
    )
    def test_versions_that_cannot_be_so_are_no_answer(self, versions, part):
        (answer,), _ = ask({HISTORY: history(*versions)})
        assert isinstance(answer.outcome, Unavailable)
        assert (answer.outcome.cause, answer.raw) == (Cause.CONTENT, None)
        assert part in answer.outcome.reason

    def test_a_label_may_be_dated_two_days_ahead_and_listed_twice_alike(self):
        body = history((3, "Nov 25, 2026"), (3, "Nov 25, 2026"))
        assert outcome_of({HISTORY: body}).record.versions == (SplVersion(3, date(2026, 11, 25)),)

    def test_what_is_kept_reads_back_as_the_same_label(self):
        (answer,), _ = ask({HISTORY: TWO})
        assert label_of(ME, answer.raw) == answer.outcome.record

    def test_the_same_facts_are_kept_as_the_same_bytes(self):
        spelt_otherwise = history(("1", "Dec 6, 2018"), ("3", "May 2, 2019"), setid=SETID.upper(), total="2", pages="1")
        spelt_otherwise["metadata"]["db_published_date"] = "another day"
        kept = [ask({HISTORY: body})[0][0].raw for body in (TWO, spelt_otherwise)]
        assert kept[0] == kept[1]

    def test_numbers_and_nulls_may_be_strings(self):
        body = history(("1560", "Sep 26, 2012"), total="1", pages="1", page="1")
        assert outcome_of({HISTORY: body}).record.current == SplVersion(1560, date(2012, 9, 26))

    def test_set_ids_are_the_same_in_either_case(self):
        loud = Identifier(IdKind.SETID, SETID.upper())
        (answer,), _ = ask({HISTORY: history((1, "May 02, 2019"), setid=SETID.upper())}, loud)
        assert answer.outcome.record.identifier == loud
        assert answer.identifier == loud

    def test_the_documented_flat_shape_is_read_too(self):
        body = TWO | {"data": {"setid": SETID, "title": TITLE, "history": TWO["data"]["history"]}}
        assert outcome_of({HISTORY: body}) == outcome_of({HISTORY: TWO})

    @pytest.mark.parametrize("title", ["", "null", None])
    def test_a_label_without_a_title_is_a_label(self, title):
        record = outcome_of({HISTORY: history((1, "May 02, 2019"), title=title)}).record
        assert (record.title, record.labeler) == ("", "")

    def test_all_pages_of_a_long_history_are_read(self):
        newer = [(number, "May 02, 2019") for number in range(130, 30, -1)]
        older = [(number, "May 02, 2009") for number in range(30, 0, -1)]
        (answer,), services = ask(
            {
                HISTORY: history(*newer, total=130, pages=2, page=1),
                f"{HISTORY}?page=2": history(*older, total=130, pages=2, page=2),
            }
        )
        assert [version.version for version in answer.outcome.record.versions] == list(range(130, 0, -1))
        assert len(services.requests) == 2

    @pytest.mark.parametrize("total", [0, 1, "1"])
    def test_a_history_that_is_longer_than_it_says_is_odd_and_complete(self, total):
        longer = history((3, "May 02, 2019"), (1, "Dec 06, 2018"), total=total)
        assert outcome_of({HISTORY: longer}) == outcome_of({HISTORY: TWO})

    def test_the_list_speaks_when_the_history_is_empty(self):
        listed = {"spl_version": "7", "published_date": "Aug 09, 2023", "title": TITLE, "setid": SETID.upper()}
        outcome = outcome_of(
            {HISTORY: replying(b"", 404), LIST: {"data": [listed], "metadata": {"total_elements": "1"}}}
        )
        assert outcome.record.versions == (SplVersion(7, date(2023, 8, 9)),)
        assert outcome.record.labeler == "EXAMPLE LABS, INC."

    def test_each_identifier_is_answered_once(self):
        answers, services = ask({HISTORY: TWO}, ME, ME)
        assert (len(answers), len(services.requests)) == (1, 1)

    def test_other_identifiers_have_no_source_here(self):
        (answer,), services = ask({}, Identifier(IdKind.PMID, "1"))
        assert answer.outcome.cause is Cause.NO_SOURCE
        assert services.requests == []


NOES = {
    "404": replying(b"<html>Not Found</html>", 404),
    "410": replying(b"", 410),
    "empty list": {"data": [], "metadata": {"total_elements": 0}},
    "empty mapping": {"data": {}, "metadata": {"total_elements": "0"}},
    "null": {"data": None, "metadata": {"total_elements": 0}},
    "nothing counted": {"metadata": {"total_elements": "0", "total_pages": "0"}},
    "no metadata": {"data": []},
    "null counted": {"data": "null", "metadata": {"total_elements": "null"}},
}


class TestUnlisted:
    @pytest.mark.parametrize("of_history", NOES)
    @pytest.mark.parametrize("of_list", NOES)
    def test_both_say_no(self, of_history, of_list):
        (answer,), _ = ask({HISTORY: NOES[of_history], LIST: NOES[of_list], ANY: LIVE})
        assert answer.outcome == NotFound("DailyMed lists no label under this Set ID")
        assert answer.raw is None

    def test_an_empty_history_under_its_set_id_is_a_no(self):
        assert isinstance(outcome_of({HISTORY: history(title="null"), LIST: NOTHING}), NotFound)

    @pytest.mark.parametrize("of_anything", [replying(b"", 404), NOTHING, replying(b"<html>"), replying({"data": "x"})])
    def test_two_bare_404s_prove_nothing_when_the_list_itself_is_not_there(self, of_anything):
        gone = replying(b"<html>Not Found</html>", 404)
        assert isinstance(outcome_of({HISTORY: gone, LIST: gone, ANY: of_anything}), Unavailable)

    def test_that_the_list_is_there_is_asked_once(self):
        other = Identifier(IdKind.SETID, OTHER)
        gone = replying(b"", 404)
        paths = (HISTORY, LIST, f"spls/{OTHER}/history.json", f"spls.json?setid={OTHER}")
        answers, services = ask(dict.fromkeys(paths, gone) | {ANY: LIVE}, ME, other)
        assert all(isinstance(answer.outcome, NotFound) for answer in answers)
        assert len(services.requests) == 5

    @pytest.mark.parametrize(
        "of_list",
        [
            Unavailable("timeout", Cause.TIMEOUT),
            Blocked("too many requests (429)", 429),
            replying(b"", 400),
            LIVE,
            replying(b"<!DOCTYPE html><title>DailyMed</title>"),
            replying(b'{"data": ['),
        ],
        ids=["timeout", "429", "400", "another label", "home page", "cut"],
    )
    def test_one_no_alone_is_not_enough(self, of_list):
        for no in NOES.values():
            assert isinstance(outcome_of({HISTORY: no, LIST: of_list, ANY: LIVE}), Unavailable | Blocked)

    def test_a_history_that_fails_is_not_followed_by_a_second_look(self):
        trouble = Unavailable("the service returned HTTP 503", Cause.HTTP, 503)
        (answer,), services = ask({HISTORY: trouble})
        assert (answer.outcome, answer.raw, len(services.requests)) == (trouble, None, 1)


def changed(**data):
    return {**TWO, "data": {**TWO["data"], **data}}


DOUBTFUL = {
    "the home page": b"<!DOCTYPE html>\n<html><title>DailyMed</title></html>",
    "a byte order mark and the home page": b"\xef\xbb\xbf <html>",
    "nothing": b"",
    "cut JSON": json.dumps(TWO).encode()[:-20],
    "no UTF-8": b'{"data": "\xff\xfe"}',
    "too deep": b"[" * 200_000,
    "a list": [TWO],
    "a number": b"5",
    "an error in JSON": {"error": "internal error"},
    "another label": changed(spl={"title": TITLE, "setid": OTHER}),
    "no Set ID": changed(spl={"title": TITLE}),
    "a Set ID that is no text": changed(spl={"title": TITLE, "setid": 5}),
    "no history": {**TWO, "data": {"spl": TWO["data"]["spl"]}},
    "a history that is no list": changed(history={"spl_version": 1}),
    "a version that is no mapping": changed(history=["3"]),
    "a version without a number": changed(history=[{"published_date": "May 02, 2019"}]),
    "version 0": history((0, "May 02, 2019")),
    "version true": history((True, "May 02, 2019")),
    "version 2.5": history((2.5, "May 02, 2019")),
    "version -1": history((-1, "May 02, 2019")),
    "version in words": history(("three", "May 02, 2019")),
    "an endless version": history(("9" * 5000, "May 02, 2019")),
    "a day that does not exist": history((1, "Feb 30, 2019")),
    "a month in another language": history((1, "Mai 02, 2019")),
    "a date in figures": history((1, "2019-05-02")),
    "a date that is no text": history((1, 20190502)),
    "versions, and no count": {**TWO, "metadata": {}},
    "a count in words": {**TWO, "metadata": {"total_elements": "two"}},
    "one counted, and no data": {"data": [], "metadata": {"total_elements": 1}},
    "more counted than given": history((1, "May 02, 2019"), total=2),
    "a repeated version in place of a missing one": history(*[(2, "May 03, 2019")] * 3, total=2),
    "a thousand pages": history((1, "May 02, 2019"), total=1, pages=1000),
    "metadata that are no mapping": {**TWO, "metadata": [1]},
}


class TestRejection:
    @pytest.mark.parametrize("body", DOUBTFUL.values(), ids=DOUBTFUL)
    def test_what_is_no_believable_history_is_unknown(self, body):
        (answer,), _ = ask({HISTORY: replying(body)})
        assert isinstance(answer.outcome, Unavailable)
        assert answer.outcome.cause is Cause.CONTENT
        assert answer.outcome.reason.startswith("DailyMed")
        assert answer.raw is None

    @pytest.mark.parametrize("body", DOUBTFUL.values(), ids=DOUBTFUL)
    def test_what_is_no_believable_list_is_unknown(self, body):
        assert isinstance(outcome_of({HISTORY: NOTHING, LIST: replying(body)}), Unavailable)

    @pytest.mark.parametrize("status", [201, 203, 206, 304, 400, 415])
    def test_another_status_is_unknown_whatever_the_body(self, status):
        outcome = outcome_of({HISTORY: replying(TWO, status)})
        assert outcome == Unavailable(f"DailyMed returned HTTP {status}", Cause.HTTP, status)

    @pytest.mark.parametrize(
        "second",
        [
            replying(b"", 404),
            NOTHING,
            history((1, "May 02, 2019"), total=2, pages=2, page=1),
            history((1, "May 02, 2019"), total=3, pages=2, page=2),
            history(total=2, pages=2, page=2),
            Unavailable("timeout", Cause.TIMEOUT),
        ],
        ids=["404", "empty", "paging ignored", "another total", "no versions", "timeout"],
    )
    def test_a_history_that_breaks_off_after_its_first_page_is_unknown(self, second):
        first = history((2, "May 03, 2019"), total=2, pages=2, page=1)
        assert isinstance(outcome_of({HISTORY: first, f"{HISTORY}?page=2": second}), Unavailable)


class TestReading:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"{}",
            b"garbage",
            b'{"data": {"spl": {}, "history": []}}',
            json.dumps(history(title="X")).encode(),
            json.dumps(history((1, "May 02, 2019"), setid=OTHER)).encode(),
            b"[" * 200_000,
        ],
    )
    def test_garbage_is_a_value_error(self, raw):
        with pytest.raises(ValueError, match="DailyMed"):
            label_of(ME, raw)

    @given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    def test_no_bytes_do_worse_than_a_value_error(self, raw):
        with pytest.raises(ValueError, match="DailyMed"):
            label_of(ME, raw)

    @given(
        st.text(max_size=80).filter(lambda title: title != "null"),
        st.lists(st.builds(SplVersion, st.integers(1, 10**6), st.dates()), min_size=1, max_size=5, unique=True),
    )
    def test_what_was_kept_is_what_was_said(self, title, versions):
        facts = Facts(SETID, title, tuple(versions))
        label = label_of(ME, canonical(facts))
        assert sorted(label.versions, key=str) == sorted(versions, key=str)
        assert label.current.version == max(version.version for version in versions)

    @pytest.mark.parametrize(
        ("title", "reported", "labeler"),
        [
            (
                "EDECRIN (ETHACRYNIC ACID) TABLET [ATON PHARMA, INC.]",
                "EDECRIN (ETHACRYNIC ACID) TABLET",
                "ATON PHARMA, INC.",
            ),
            ("X TABLET [MAKER [US] LTD]", "X TABLET", "MAKER [US] LTD"),
            ("X [NF] TABLET [MAKER]", "X [NF] TABLET", "MAKER"),
            ("X TABLET [MAKER&REG; &amp; SONS]", "X TABLET", "MAKER® & SONS"),
            ("X  TABLET\n[ MAKER ]", "X TABLET", "MAKER"),
            ("X TABLET", "X TABLET", ""),
            ("X TABLET MAKER]", "X TABLET MAKER]", ""),
            ("", "", ""),
        ],
    )
    def test_the_labeler_is_in_the_last_brackets(self, title, reported, labeler):
        assert split_title(title) == (reported, labeler)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded answers are not beside this project")
class TestRecordedAnswers:
    def test_a_recorded_history_is_found(self):
        (path,) = SHARED.glob("*/tests/testdata/test_history.json")
        recorded = json.loads(path.read_bytes())
        identifier = Identifier(IdKind.SETID, recorded["data"]["spl"]["setid"])
        (answer,), _ = ask({f"spls/{identifier.value}/history.json": replying(path.read_bytes())}, identifier)
        assert [version.version for version in answer.outcome.record.versions] == [3, 1]
        assert answer.outcome.record.current.published == date(2019, 5, 2)
        assert answer.outcome.record.labeler == "LOXO ONCOLOGY, INC."

    def test_every_label_of_a_recorded_list_reads(self):
        recorded = json.loads((SHARED / "spls_page1_2023.json").read_bytes())
        for entry in recorded["data"]:
            identifier = Identifier(IdKind.SETID, entry["setid"])
            page = {"data": [entry], "metadata": {"total_elements": 1}}
            paths = {f"spls/{identifier.value}/history.json": NOTHING, f"spls.json?setid={identifier.value}": page}
            (answer,), _ = ask(paths, identifier)
            assert answer.outcome.record.title
            assert answer.outcome.record.labeler

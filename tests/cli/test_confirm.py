"""`evidence confirm`, against what the stand-in once answered."""

from datetime import date

import pytest
import yaml

from processes import typed

LIST = """\
references:
- id: label            # DailyMed
  setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65
  spl-version: 3       # pinned
  accessed: 2025-01
- id: page
  URL: https://charity.example/page
  confirmed: {by: the other, date: 2024-01-01, until: 2025-01-01}  # last year
"""


@pytest.fixture
def listed(evidence):
    evidence.write(LIST)
    return evidence


def text_of(evidence):
    return evidence.folder.joinpath("references.yaml").read_text()


def test_a_persons_word_dates_the_entry_and_says_who(listed):
    done = listed("confirm", "page", "--accessed", "2025-08-14", "--by", "N. N.: editor", "--until", "2026-08-14")
    assert (done.returncode, done.stdout) == (0, "")
    assert text_of(listed) == LIST.replace(
        "/page\n  confirmed: {by: the other, date: 2024-01-01, until: 2025-01-01}",
        '/page\n  accessed: "2025-08-14"\n  confirmed: {by: "N. N.: editor", date: "2025-08-14", until: "2026-08-14",'
        ' of: "url:https://charity.example/page"}',
    )


def test_what_was_on_record_is_reported_and_a_pinned_version_follows(listed):
    listed("check")
    done = listed("confirm", "label", "--accessed", "2026-04-01", "--by", "me")
    assert done.returncode == 0
    assert "label version 14" in done.stderr
    assert "spl-version: 14 (was 3)" in done.stderr
    assert "  spl-version: 14       # pinned\n  accessed: 2026-04-01\n" in text_of(listed)


def test_a_version_that_is_not_pinned_is_not_written(listed):
    listed.write(LIST.replace("  spl-version: 3       # pinned\n", ""))
    listed("check")
    listed("confirm", "label", "--accessed", "2026-04-01", "--by", "me")
    assert "spl-version" not in text_of(listed)


def test_a_dry_run_shows_the_change_and_writes_nothing(listed):
    done = listed("confirm", "label", "--accessed", "2025-08-14", "--by", "me", "--dry-run")
    assert done.returncode == 0
    assert "-  accessed: 2025-01\n+  accessed: 2025-08-14\n" in done.stdout
    assert text_of(listed) == LIST


@pytest.mark.parametrize(
    ("words", "reported"),
    [
        (("nobody", "--accessed", "2025-08-14", "--by", "me"), "known ids: label, page"),
        (("label", "--accessed", "2025-08-14"), "--by"),
        (("label", "--by", "me"), "--accessed"),
        (("label", "--accessed", "2025-08", "--by", "me"), "has no day"),
        (("label", "--accessed", "2024-08-01", "--by", "me"), "which is after"),
        (("label", "--accessed", "2025-08-14", "--by", " "), "--by is empty"),
        (("label", "--accessed", "2025-08-14", "--by", "me", "--until", "2025-01-01"), "is before"),
    ],
)
def test_words_that_do_not_fit_are_refused(listed, words, reported):
    done = listed("confirm", *words)
    assert done.returncode == 2
    assert reported in done.stderr
    assert text_of(listed) == LIST


def test_an_id_used_twice_is_refused(evidence):
    evidence.write("references:\n- {id: a, PMID: '1'}\n- {id: a, PMID: '2'}\n")
    done = evidence("confirm", "a", "--accessed", "2025-08-14", "--by", "me")
    assert done.returncode == 2
    assert "more than once" in done.stderr


def test_an_entry_that_an_alias_repeats_is_refused_with_the_reason(evidence):
    text = "references:\n- &a\n  id: a\n  PMID: '1'\n- {<<: *a, id: b}\n"
    evidence.write(text)
    done = evidence("confirm", "a", "--accessed", "2025-08-14", "--by", "me")
    assert done.returncode == 2
    assert "an alias elsewhere repeats" in done.stderr
    assert text_of(evidence) == text


OVERDUE = """references:
- {id: page, type: webpage, URL: "https://example.org/a", accessed: 2020-01-01, owner: D. Reyes, title: A page}
- {id: other, type: webpage, URL: "https://example.org/b", accessed: 2020-02-01, owner: A. Writer, title: Another page}
- {id: third, type: webpage, URL: "https://example.org/c", accessed: 2020-03-01, title: A third page}
"""


def test_the_due_list_is_walked_and_only_what_is_typed_is_written(evidence):
    place = evidence.write(OVERDUE)
    today = date.today().isoformat()  # noqa: DTZ011 - the day of who types it
    done = typed(evidence, "2021-02-30\n2019-12-31\n2021-03-04\n\ntoday\n", "confirm", "--due", "--by", "D. Reyes")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if " of 3: " in line] == [
        "1 of 3: references.yaml::page (D. Reyes)",
        "2 of 3: references.yaml::other (A. Writer)",
        "3 of 3: references.yaml::third",
    ]
    assert "nothing recorded yet" in done.stderr
    assert "  2021-02-30 is not a date (YYYY-MM-DD or today)\n" in done.stderr
    assert done.stderr.splitlines()[-1] == "3 sources due, 2 confirmed"
    assert "page was accessed on 2020-01-01, which is after 2019-12-31" in done.stderr
    entries = {entry["id"]: entry for entry in yaml.safe_load(place.read_text())["references"]}
    assert str(entries["page"]["accessed"]) == "2021-03-04"
    assert "confirmed" not in entries["other"]
    assert entries["third"]["confirmed"]["by"] == "D. Reyes"
    assert str(entries["third"]["accessed"]) == today


def test_the_walk_ends_where_it_is_left_and_asks_for_one_owner_alone(evidence):
    place = evidence.write(OVERDUE)
    done = typed(evidence, "2021-03-04\n", "confirm", "--due", "--by", "D. Reyes", "--owner", "D. Reyes")
    assert "1 of 1: references.yaml::page" in done.stderr
    assert place.read_text().count("confirmed") == 1
    done = typed(evidence, "\x04", "confirm", "--due", "--by", "D. Reyes")
    assert "stopped; the confirmations made so far were written" in done.stderr
    assert place.read_text().count("confirmed") == 1


def test_without_a_terminal_nothing_is_confirmed_at_once(evidence):
    place = evidence.write(OVERDUE)
    for more in ((), ("--accessed", "today")):
        assert evidence("confirm", "--due", "--by", "D. Reyes", *more).returncode == 2
    assert "Missing argument" in evidence("confirm", "--by", "D. Reyes").stderr
    assert evidence("confirm", "page", "--by", "me", "--owner", "x", "--accessed", "today").returncode == 2
    assert place.read_text() == OVERDUE

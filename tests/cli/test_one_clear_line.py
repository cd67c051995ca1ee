"""Inputs that ended in an internal error, in a traceback or in silence: each gets one clear line."""

import json
import time

import pytest

from factories import open_store
from fakes import RealClock
from servers import scripted_web

BOOK = "references:\n- {id: a, title: T, type: book}\n"
STYLE = (
    '<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0"><info><title>x</title><id>http://x/x</id>'
    "<updated>2020-01-01T00:00:00+00:00</updated></info><citation><layout>{}</layout></citation>"
    '<bibliography><layout><text variable="title"/></layout></bibliography></style>'
)


@pytest.mark.parametrize(
    "day",
    ["2019/\x1f4/", "2019/4/\x1f", "\x1c2019/04/01", "2019/²/³/", "\u0662\u0660\u0661\u0669/\u0661/\u0661", "9" * 5000],
)
def test_a_date_of_ris_with_a_character_that_is_no_digit_is_read(evidence, day):
    evidence.write(f"TY  - JOUR\nTI  - T\nPY  - {day}\nER  - \n", "day.ris")
    done = evidence("import", "day.ris", "--output", "new.yaml", "--offline", "--write")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (3, "new.yaml: written")  # 3: offline, nobody was asked
    assert "title: " in (evidence.folder / "new.yaml").read_text()


@pytest.mark.parametrize("depth", [101, 20_000])
def test_a_style_that_is_nested_too_deeply_is_refused(evidence, depth):
    evidence.write(BOOK)
    evidence.write(STYLE.format("<group>" * depth + "</group>" * depth), "deep.csl")
    done = evidence("export", "--style", "deep.csl", "--to", "text")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        "evidence: error: deep.csl:1: the style is nested more than 100 elements deep"
        " (move the inner elements into a macro)"
    )


def test_one_that_is_nested_as_deeply_as_styles_are_is_not(evidence):
    evidence.write(BOOK)
    evidence.write(STYLE.format("<group>" * 90 + "</group>" * 90), "deep.csl")
    done = evidence("export", "--style", "deep.csl", "--to", "text")
    assert (done.returncode, "T" in done.stdout) == (0, True)


@pytest.mark.parametrize("status", ["2" * 5000, "200" + "0" * 5000, "1000", "99", "\u00b200", ""])
def test_a_status_that_is_none_is_no_answer_of_a_page(evidence, status):
    reply = f"HTTP/1.1 {status} OK\r\nContent-Type: text/html\r\nContent-Length: 8\r\n\r\n<p>t</p>".encode("latin-1")
    with scripted_web() as web:
        web.answers["GET", "/page"] = [reply]
        evidence.write(
            f'references:\n- {{id: a, type: webpage, title: t, accessed: 2026-11-01, URL: "{web.base}/page"}}\n'
        )
        done = evidence.check("--format", "json", EVIDENCE_ALLOW_PRIVATE="1")
    assert (done.returncode, done.stderr) == (3, "")
    [lookup] = json.loads(done.stdout)["references"][0]["lookups"]
    assert lookup["state"] == "not-checked"  # no page answered, so it may be our own network
    assert lookup["detail"].startswith("no cited page answered in this run")


def test_a_long_wait_for_a_turn_at_a_service_is_said(evidence):
    evidence.write('references:\n- {id: smith, PMID: "17222320"}\n')
    assert evidence.check().returncode == 0
    with open_store(evidence.folder / "evidence.db", RealClock()) as store, store.database.write() as connection:
        buckets = [bucket for (bucket,) in connection.execute("SELECT lane FROM pace")]
        connection.execute("UPDATE pace SET next_slot = ?", (time.time() + 5.6,))
    done = evidence.check("--refresh")
    assert done.returncode == 0
    said = done.stderr.splitlines()
    assert len(said) == len({line.split("request to ")[1] for line in said}) <= len(buckets)
    assert said[0].startswith("evidence: waiting ")
    assert "s before the next request to " in said[0]
    assert said[0].endswith(": other runs with this store are sending requests")

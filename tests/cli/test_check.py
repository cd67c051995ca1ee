import json

import pytest

from evidence.demo.world import references_for, synthetic_world
from processes import PROJECT, codes_in
from servers import ok, replying

ARTICLES = """\
references:
  - {id: younger, PMID: "23359310"}
  - {id: smith, PMID: "17222320"}
"""


def test_pubmed_and_dailymed_are_asked_and_a_second_run_asks_no_service(process, server):
    process.write(ARTICLES + "  - {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}\n")
    first, _ = process.report()
    asked = {service: server.count(service) for service in ("eutils", "dailymed", "crossref")}
    server.forget()
    second, report = process.report()
    assert (first, second) == (0, 0)
    assert asked == {"eutils": 1, "dailymed": 1, "crossref": 1}
    assert server.requests == []
    assert {reference["from"] for reference in report["references"]} == {"store"}


def test_one_new_reference_costs_one_request_for_one_id(evidence, server):
    evidence.write(ARTICLES)
    evidence.report()
    server.forget()
    evidence.write(ARTICLES + '  - {id: brown, PMID: "19041189"}\n')
    evidence.report()
    assert server.requested_ids("eutils") == [("19041189",)]
    assert server.count("eutils") == 1


def test_refresh_asks_again(evidence, server):
    evidence.write(ARTICLES)
    evidence.report()
    evidence.report("--refresh")
    assert server.count("eutils") == 2


def test_offline_judges_by_the_store_and_asks_no_service(evidence, server):
    evidence.write(ARTICLES)
    evidence.report()
    server.forget()
    status, report = evidence.report("--offline")
    assert (status, report["run"]["mode"], server.requests) == (0, "offline", [])


def test_offline_without_a_store_is_incomplete_and_nothing_is_dead(evidence):
    evidence.write(ARTICLES)
    status, report = evidence.report("--offline")
    assert (status, report["findings"]) == (3, [])
    assert [item["reference"] for item in report["unchecked"]] == ["younger", "smith"]


def test_the_next_day_the_status_is_asked_again(evidence, server):
    evidence.write(ARTICLES)
    evidence.report()
    evidence.report("--as-of", "2026-11-24")
    assert server.count("eutils") == 2


def test_an_unknown_pmid_is_an_error_after_a_second_look(evidence, server):
    evidence.write('references:\n  - {id: ghost, PMID: "99999999"}\n')
    status, report = evidence.report()
    assert (status, codes_in(report)) == (1, [("ghost", "IDN003")])
    assert [observed.path.rpartition("/")[2] for observed in server.requests] == ["efetch.fcgi", "esummary.fcgi"]


def test_identifiers_that_files_share_are_asked_once(evidence, server):
    evidence.write(ARTICLES, "a.yaml")
    evidence.write(ARTICLES, "b.yaml")
    status, report = evidence.report("a.yaml", "b.yaml")
    assert (status, server.requested_ids("eutils")) == (0, [("23359310", "17222320")])
    assert [item["path"] for item in report["run"]["inputs"]] == ["a.yaml", "b.yaml"]


def test_the_worst_file_decides_the_exit(evidence):
    evidence.write(ARTICLES, "good.yaml")
    evidence.write('references:\n  - {id: ghost, PMID: "99999999"}\n', "bad.yaml")
    assert evidence.check("good.yaml", "bad.yaml").returncode == 1


@pytest.mark.acceptance
def test_a_thousand_pmids_cost_two_efetch_requests(evidence, server):
    server.world = synthetic_world(1000)
    evidence.write(references_for(server.world))
    status, report = evidence.report()
    assert (status, report["findings"]) == (0, [])
    assert server.count("eutils") == 2
    assert server.count("crossref") <= 10


def test_an_empty_list_is_never_a_pass(evidence):
    evidence.write("references: []\n")
    assert evidence.check().returncode == 3


def test_selection_and_ignoring_by_family(evidence):
    evidence.write((PROJECT / "references.yaml").read_text(encoding="utf-8"))
    standalone = evidence.report("--offline", "--select", "ACC,LNK009")[1]
    assert {code for _, code in codes_in(standalone)} == {"ACC001", "ACC004", "LNK009"}
    rest = evidence.report("--offline", "--ignore", "stale-accessed-date", "--ignore", "lnk", "--ignore", "sty")[1]
    assert {code for _, code in codes_in(rest)} == {"ACC004"}


def test_output_goes_to_a_file(process):
    process.write(ARTICLES)
    done = process.check("--format", "json", "--output", "report.json")
    assert done.stdout == ""
    assert json.loads((process.folder / "report.json").read_text())["summary"]["references"] == 2


@pytest.mark.parametrize("target", ["references.yaml", "evidence.db"])
def test_output_never_overwrites_what_the_run_reads(evidence, target):
    evidence.write(ARTICLES)
    evidence.check()
    before = (evidence.folder / target).read_bytes()
    done = evidence.check("--output", target)
    assert (done.returncode, done.stdout) == (2, "")
    assert (evidence.folder / target).read_bytes() == before


def test_a_recorded_run_is_rendered_again_to_the_byte(process):
    process.write(ARTICLES)
    first = process.check("--format", "json")
    again = process("report", json.loads(first.stdout)["run"]["id"], "--format", "json")
    assert again.stdout == first.stdout
    assert process("report").stdout == process("report").stdout != ""


def test_show_prints_record_and_history_of_one_reference(evidence):
    evidence.write(ARTICLES)
    evidence.check()
    output = evidence("show", "younger")
    assert output.returncode == 0
    assert "assessing daily pain levels" in output.stdout
    assert "pmid:23359310  found" in output.stdout
    assert "17222320" not in output.stdout


def test_looking_at_a_reference_is_not_recorded_as_a_check(evidence):
    evidence.write(ARTICLES)
    evidence.check()
    evidence("show", "younger")
    assert "1 runs" in evidence("cache", "info").stdout


def test_pages_on_private_addresses_are_refused_unless_allowed(evidence, server):
    port = server.route("http://example.org/").url.split("/")[2]
    evidence.write(f"references:\n  - {{id: page, URL: 'http://{port}/x', accessed: 2026-11-01}}\n")
    _, report = evidence.report()
    assert ("page", "LNK004") in codes_in(report)
    assert "EVIDENCE_ALLOW_PRIVATE" in json.dumps(report)
    assert server.count("pages") == 0


@pytest.mark.parametrize(("total", "status"), [(1, 0), (2, 0), (3, 3)])
def test_a_version_list_that_is_longer_than_it_says_is_odd_and_only_a_shorter_one_is_incomplete(
    evidence, total, status
):
    setid = "aaaaaaaa-0000-4000-8000-00000000000a"
    days = [{"spl_version": 2, "published_date": "May 02, 2019"}, {"spl_version": 1, "published_date": "Dec 06, 2018"}]
    history = {
        "data": {"spl": {"title": "MADEUPINE TABLET [EXAMPLE LABS]", "setid": setid}, "history": days},
        "metadata": {"total_elements": str(total), "total_pages": "1", "current_page": "1"},
    }
    evidence.write(f"references:\n- {{id: label, setid: {setid}, accessed: 2026-11-01}}\n")
    with replying(*[ok(json.dumps(history).encode(), content_type="application/json")] * 9) as dailymed:
        done = evidence.check("--format", "json", EVIDENCE_DAILYMED_URL=dailymed.url)
    assert (done.returncode, json.loads(done.stdout)["summary"]["checked"]) == (status, int(status == 0))

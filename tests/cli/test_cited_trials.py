"""Trials through the command line: checked, stopped, with new results, dead, renumbered, locked, added, printed."""

import json

import pytest

from evidence.demo.world import TrialFacts

FILE = """\
references:
- {id: younger-2013, type: article-journal, PMID: "23359310", DOI: 10.1002/art.37734}
- id: final-trial
  type: webpage
  title: FINAL trial
  URL: "https://clinicaltrials.gov/study/NCT04270877"
  accessed: 2026-11-01
"""
NUMBER = "NCT01234567"
CITED = f"references:\n- {{id: a-trial, type: webpage, NCT: {NUMBER}, accessed: 2026-01-15}}\n"
STOPPED = TrialFacts(NUMBER, "A Trial of Examplinib", "TERMINATED", "Lack of efficacy", results_posted="2026-02-11")


def found(report):
    return [(finding["reference"], finding["code"], finding["severity"]) for finding in report["findings"]]


def test_a_file_with_a_trial_is_complete_and_nothing_is_wrong_with_it(evidence, server):
    evidence.write(FILE)
    status, report = evidence.report()
    assert (status, found(report), report["unchecked"]) == (0, [], [])
    assert [reference["state"] for reference in report["references"]] == ["found", "found"]
    assert report["references"][1]["identifiers"] == {"nct": "NCT04270877"}
    assert report["references"][1]["record"]["title"] == "Fibromyalgia and Naltrexone: The FINAL Study"
    assert server.requested_ids("trials") == [("NCT04270877",)]
    assert evidence.report("--offline")[0] == 0  # a trial's status is served within the life of a status
    assert server.count("trials") == 1


@pytest.mark.parametrize(
    "written",
    [
        f"NCT: {NUMBER}",
        f"NCT: nct {NUMBER[3:]}",
        f"URL: 'https://clinicaltrials.gov/study/{NUMBER}?tab=results#top'",
        f"URL: 'https://clinicaltrials.gov/ct2/show/{NUMBER}'",
        f"URL: 'https://www.clinicaltrials.gov/ct2/show/results/{NUMBER}?term=x&rank=1'",
        f"URL: 'http://clinicaltrials.gov/show/{NUMBER}'",
        f"URL: 'https://classic.clinicaltrials.gov/ct2/history/{NUMBER}'",
        f"URL: 'https://clinicaltrials.gov/search?term={NUMBER}'",
    ],
)
def test_a_stopped_trial_and_results_since_it_was_read_are_reported_however_it_is_cited(evidence, server, written):
    server.world = server.world.with_trial(STOPPED)
    evidence.write(CITED.replace(f"NCT: {NUMBER}", written))
    status, report = evidence.report("--ignore", "IDN002,LNK007")
    assert (status, found(report)) == (0, [("a-trial", "TRL001", "warning"), ("a-trial", "TRL002", "info")])
    assert 'reason given: "Lack of efficacy"' in report["findings"][0]["message"]
    assert "on 2026-02-11, after the trial was accessed (2026-01-15)" in report["findings"][1]["message"]
    assert evidence.check("--fail-on", "warning", "--select", "TRL").returncode == 1


def test_the_article_about_a_stopped_trial_is_no_reference_to_the_trial(evidence, server):
    server.world = server.world.with_trial(STOPPED)
    evidence.write(f'references:\n- {{id: a, PMID: "23359310", DOI: 10.1002/art.37734, NCT: {NUMBER}}}\n')
    assert evidence.report("--select", "TRL")[1]["findings"] == []


def test_a_number_that_nobody_holds_is_dead_after_a_second_look(evidence, server):
    evidence.write(FILE.replace("NCT04270877", "NCT99999999"))
    status, report = evidence.report()
    assert (status, found(report)) == (1, [("final-trial", "IDN003", "error")])
    assert server.requested_ids("trials") == [("NCT99999999",), ("NCT99999999",)]


def test_an_obsolete_number_is_reported_and_fixed(evidence, server):
    server.world = server.world.with_trial(TrialFacts(NUMBER, "A Trial of Examplinib", aliases=("NCT00000042",)))
    evidence.write(
        "references:\n- id: a-trial\n  type: webpage\n  NCT: NCT00000042\n"
        "  URL: https://clinicaltrials.gov/study/NCT00000042\n  accessed: 2026-11-01\n"
    )
    status, report = evidence.report()
    assert (status, found(report)) == (0, [("a-trial", "IDN005", "warning")])
    assert evidence("fix", "--accept", "IDN005", "--write", "--as-of", evidence.today).returncode == 0
    assert f"NCT: {NUMBER}\n  URL: https://clinicaltrials.gov/study/{NUMBER}\n" in (
        evidence.folder / "references.yaml"
    ).read_text(encoding="utf-8")
    assert found(evidence.report()[1]) == []


def test_what_was_found_and_is_gone_is_unchecked_until_a_second_run_agrees(evidence, server):
    evidence.write(FILE)
    assert evidence("check", "--as-of", "2026-11-20").returncode == 0
    server.world = server.world.without_trial("NCT04270877")
    assert evidence("check", "--as-of", "2026-11-22").returncode == 3
    assert evidence("check", "--as-of", "2026-11-24").returncode == 1


def test_that_a_trial_was_stopped_is_news(evidence, server):
    server.world = server.world.with_trial(TrialFacts(NUMBER, "A Trial of Examplinib", "RECRUITING"))
    evidence.write(CITED)
    evidence("check", "--as-of", "2026-02-01")
    server.world = server.world.with_trial(STOPPED)
    evidence("check", "--as-of", "2026-02-12")
    reported = evidence("diff").stdout
    assert "trial-stopped" in reported
    assert "new-results" in reported


def test_a_lock_with_a_trial_is_of_version_2_and_judges_as_the_online_run_did(evidence, server):
    server.world = server.world.with_trial(STOPPED)
    evidence.write(FILE + CITED.removeprefix("references:\n"))
    online = evidence.report("--update-lock", "--quiet")
    document = json.loads((evidence.folder / "references.lock.json").read_text(encoding="utf-8"))
    assert document["version"] == 2
    assert document["identifiers"][f"nct:{NUMBER}"]["trial"]["why-stopped"] == "Lack of efficacy"
    server.forget()
    locked = evidence.report("--locked")
    assert (locked[0], found(locked[1])) == (online[0], found(online[1]))
    assert server.requests == []
    evidence.write("".join(FILE.splitlines(keepends=True)[:2]))
    evidence.check("--update-lock")
    assert '\n  "version": 1\n' in (evidence.folder / "references.lock.json").read_text(encoding="utf-8")


def test_a_service_that_is_down_leaves_its_trials_unchecked(evidence, server):
    server.faults.add("trials", "503")
    evidence.write(FILE)
    status, report = evidence.report()
    assert (status, found(report)) == (3, [])
    assert [(item["reference"], item["source"]) for item in report["unchecked"]] == [("final-trial", "clinicaltrials")]
    assert "clinicaltrials" in evidence.check().stdout


def test_a_trial_is_added_with_its_number_and_page(evidence, server):
    server.world = server.world.with_trial(STOPPED)
    done = evidence("add", f"nct:{NUMBER}", "--accessed", "2026-02-20", "--file", "new.yaml")
    assert done.returncode == 0
    assert "was terminated" in done.stdout + done.stderr
    assert (
        (evidence.folder / "new.yaml")
        .read_text(encoding="utf-8")
        .endswith(
            "  - id: nct01234567\n"
            "    type: webpage\n"
            "    title: A Trial of Examplinib\n"
            "    container-title: ClinicalTrials.gov\n"
            f"    NCT: {NUMBER}\n"
            f"    URL: https://clinicaltrials.gov/study/{NUMBER}\n"
            '    accessed: "2026-02-20"\n'
        )
    )


def test_an_entry_is_filled_from_the_registrys_record(evidence):
    evidence.write("references:\n- {id: final-trial, type: webpage, NCT: NCT04270877, accessed: 2026-11-01}\n")
    evidence.check()
    assert evidence("fix", "--fill", "--write", "--as-of", evidence.today).returncode == 0
    text = (evidence.folder / "references.yaml").read_text(encoding="utf-8")
    assert "Fibromyalgia and Naltrexone: The FINAL Study" in text


PRINTED = """\
# Naltrexone

Low doses are tried in pain [1-4].

## References

1. Younger J, Noor N, McCue R, Mackey S. Low-dose naltrexone for the treatment of fibromyalgia. Arthritis Rheum.
   2013;65(2):529-538. ClinicalTrials.gov NCT00568555. PMID: 23359310.
2. Fibromyalgia and Naltrexone: The FINAL Study. ClinicalTrials.gov identifier: NCT04270877. Accessed November 1, 2026.
3. Alder A, Birch B. A trial of examplinib in pain. J Examples. 2020;5(2):1-9. (ClinicalTrials.gov number, NCT01234567.)
4. A Trial of Examplinib. https://clinicaltrials.gov/ct2/show/NCT01234567. Accessed November 1, 2026.
"""


def test_a_number_in_print_is_the_trials_reference_and_not_the_articles(evidence):
    (evidence.folder / "m.md").write_text(PRINTED, encoding="utf-8")
    evidence("import", "m.md", "--write", "--no-match")
    text = (evidence.folder / "references.yaml").read_text(encoding="utf-8")
    entries = text.split("- id:")[1:]
    assert "NCT:" not in entries[0]
    assert 'PMID: "23359310"' in entries[0]
    assert "NCT: NCT04270877\n" in entries[1]
    assert "URL: https://clinicaltrials.gov/study/NCT04270877\n" in entries[1]
    assert "NCT:" not in entries[2]
    assert "URL:" not in entries[2]
    assert "NCT: NCT01234567\n" in entries[3]
    again = evidence("import", "m.md", "--write", "--no-match")
    assert (evidence.folder / "references.yaml").read_text(encoding="utf-8") == text, again.stdout


@pytest.mark.parametrize("form", ["csl-json", "csl-yaml", "ris", "bibtex"])
def test_a_trial_is_exported_under_the_registrys_title_and_day(evidence, form):
    evidence.write(FILE)
    evidence.check()
    printed = evidence("export", "--to", form).stdout
    assert "FINAL" in printed
    assert "https://clinicaltrials.gov/study/NCT04270877" in printed.replace("\\", "")
    if form == "csl-json":
        [item] = [item for item in json.loads(printed) if item["id"] == "final-trial"]
        assert item["issued"] == {"date-parts": [[2023, 12, 6]]}
        assert item["custom"]["nct"] == "NCT04270877"
    if form == "csl-yaml":
        assert "NCT: NCT04270877" in printed


@pytest.mark.parametrize(
    "printed",
    [
        (
            "Fibromyalgia and Naltrexone: The FINAL Study. ClinicalTrials.gov identifier: NCT04270877. Updated "
            "December 6, 2023. Accessed November 1, 2026. https://clinicaltrials.gov/study/NCT04270877"
        ),
        (
            "Odense University Hospital. Fibromyalgia and Naltrexone: The FINAL Study [Internet]. 2023 [cited 2026 "
            "Nov 1]. Report No.: NCT04270877. Available from: https://clinicaltrials.gov/study/NCT04270877"
        ),
        (
            "Bruun, K. D. (2023). Fibromyalgia and Naltrexone: The FINAL Study (Clinical trial registration "
            "NCT04270877). clinicaltrials.gov. https://clinicaltrials.gov/study/NCT04270877"
        ),
    ],
)
def test_however_a_trial_is_printed_it_is_not_taken_for_an_article(evidence, printed):
    evidence.write(f"references:\n- {{id: a, type: webpage, NCT: NCT04270877, cited-as: {json.dumps(printed)}}}\n")
    status, report = evidence.report("--ignore", "STY")
    assert (status, found(report)) == (0, [])


@pytest.mark.parametrize(
    "addition",
    [
        "NCT00568555.",
        "ClinicalTrials.gov number, NCT00568555.",
        "(ClinicalTrials.gov Identifier: NCT00568555.)",
        "Trial registration: ClinicalTrials.gov NCT00568555.",
    ],
)
@pytest.mark.parametrize(
    "printed",
    [
        (
            "Smith JP, Stock H, Bingaman S, Mauger D, Rogosnitzky M, Zagon IS. Low-dose naltrexone therapy "
            "improves active Crohn's disease. Am J Gastroenterol. 2007;102(4):820-828."
        ),
        (
            "Smith, J. P., Stock, H., Bingaman, S., Mauger, D., Rogosnitzky, M., & Zagon, I. S. (2007). Low-dose "
            "naltrexone therapy improves active Crohn's disease. The American Journal of Gastroenterology, 102(4), "
            "820\u2013828."
        ),
    ],
)
def test_the_trial_that_an_articles_print_names_contradicts_no_record(evidence, printed, addition):
    cited = json.dumps(f"{printed} {addition}")
    evidence.write(
        f'references:\n- {{id: a, PMID: "17222320", DOI: 10.1111/j.1572-0241.2007.01045.x, cited-as: {cited}}}\n'
    )
    assert found(evidence.report("--select", "MET,REF,TRL")[1]) == []


def test_a_malformed_number_is_reported_once_and_never_sent(evidence, server):
    evidence.write("references:\n- {id: a, type: webpage, NCT: NCT0427087, accessed: 2026-11-01}\n" + FILE[12:])
    status, report = evidence.report("--ignore", "MET007")
    assert (status, found(report)) == (1, [("a", "IDN001", "error")])
    assert server.requested_ids("trials") == [("NCT04270877",)]


def test_the_html_report_says_what_became_of_a_trial(evidence, server):
    server.world = server.world.with_trial(STOPPED)
    evidence.write(CITED)
    page = evidence.check("--format", "html", "--select", "REF").stdout
    assert all(fact in page for fact in ("TERMINATED", "Lack of efficacy", "2026-02-11"))

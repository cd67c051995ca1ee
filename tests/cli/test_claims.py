"""Claims through the commands: judged, approved, imported, shown; their file is one of the job; bad input."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.test_sign import SIGN, events, sign_offs
from evidence.demo.server import DemoServer
from evidence.library.reader import read_library
from evidence.model.audit import AuditAction
from evidence.model.claims import Claim
from evidence.model.records import NoticeLink
from processes import Command

REFERENCES = """\
monograph: {title: Naltrexone, file: naltrexone.md}
references:
- {id: younger, PMID: "23359310"}
- {id: smith, PMID: "17222320"}
- {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}
"""
TEXT = """\
# Naltrexone

Low-dose naltrexone may reduce pain in fibromyalgia [@younger]. It was tried in Crohn's disease, too [@smith].
The capsules are stored in the dark. The tablets hold 50 mg [@label].
"""
CLAIMS = """\
# What the sentences rest on

claims:
- id: fm-pain            # the main one
  text: Low-dose naltrexone may reduce pain in fibromyalgia.
  kind: efficacy
  evidence:
  - reference: younger
    stance: supports     # as the abstract says
- id: storage
  text: The capsules are stored in the dark.
  kind: storage
"""


@pytest.fixture
def workplace(evidence: Command) -> Command:
    evidence.write(REFERENCES)
    evidence.write(TEXT, "naltrexone.md")
    evidence.write(CLAIMS, "claims.yaml")
    return evidence


def claims_text(workplace: Command) -> str:
    return (workplace.folder / "claims.yaml").read_text("utf-8")


def read_claims(workplace: Command) -> dict[str, Claim]:
    return {claim.id: claim for claim in read_library(workplace.folder / "references.yaml").claims}


def findings(workplace: Command, *options: str) -> list[dict[str, Any]]:
    _, report = workplace.report("--select", "CLM", *options)
    return [one for one in report["findings"] if one["code"] in {"CLM001", "CLM002", "CLM003", "CLM006", "CLM007"}]


def test_a_check_names_the_claim_with_its_places_in_both_files(workplace: Command) -> None:
    [finding] = findings(workplace)
    assert (finding["code"], finding["reference"], finding["severity"]) == ("CLM001", "claim:storage", "warning")
    assert (finding["path"], finding["line"]) == ("claims.yaml", 11)
    assert finding["printed"]["path"] == "naltrexone.md"
    assert finding["printed"]["line"] == 4


def test_the_file_of_claims_is_an_input_of_the_run_and_names_its_library(workplace: Command) -> None:
    _, report = workplace.report()
    [companion] = [one for one in report["run"]["inputs"] if one["path"] == "claims.yaml"]
    assert companion["of"] == "references.yaml"
    _, named = workplace.report("claims.yaml")  # the library that it belongs to
    assert [one["path"] for one in named["run"]["inputs"]] == [one["path"] for one in report["run"]["inputs"]]


# Approving


def test_an_approval_is_written_into_the_claims_file_and_into_the_trail(workplace: Command) -> None:
    workplace.check()
    done = workplace("confirm", "claim:fm-pain", "--by", "Kim Ode")
    assert (done.returncode, done.stdout) == (0, "")
    assert "claim:fm-pain: approved by Kim Ode on " in done.stderr
    assert "younger (supports), no quote" in done.stderr
    claim = read_claims(workplace)["fm-pain"]
    assert claim.approved is not None
    assert (claim.approved.by, claim.approved.sha256) == ("Kim Ode", claim.digest)
    assert claim.reviewed == claim.approved.on
    assert abs((claim.approved.on - date.today()).days) <= 1  # noqa: DTZ011 - the reader's own day
    kept = [line for line in claims_text(workplace).splitlines() if "approved" not in line and "reviewed" not in line]
    assert kept == CLAIMS.splitlines()
    *_, event = events(workplace, AuditAction.APPROVE)
    assert (event["object"], event["ending"]) == ("claim:fm-pain", "done")
    assert event["details"]["by"] == "Kim Ode"
    assert event["details"]["claim-sha256"] == claim.digest
    assert workplace("verify").returncode == 0


def test_an_approval_is_void_once_the_claim_is_edited_and_valid_once_given_again(workplace: Command) -> None:
    workplace.today = date.today().isoformat()  # noqa: DTZ011 - the reader's own day, on which it is approved
    workplace("confirm", "claim:fm-pain", "--by", "Kim Ode")
    assert [one["code"] for one in findings(workplace)] == ["CLM001"]
    workplace.write(claims_text(workplace).replace("kind: efficacy", "kind: safety"), "claims.yaml")
    assert {one["code"]: one["severity"] for one in findings(workplace)} == {"CLM001": "warning", "CLM003": "error"}
    workplace("confirm", "claim:fm-pain", "--by", "Dana Reyes")
    assert [one["code"] for one in findings(workplace)] == ["CLM001"]
    assert claims_text(workplace).count("approved:") == 1


def test_verify_names_approvals_that_no_command_wrote(workplace: Command) -> None:
    workplace.check()
    workplace("confirm", "claim:fm-pain", "--by", "Kim Ode")
    assert "approval" not in workplace("verify").stdout
    approved = claims_text(workplace)
    workplace.write(approved.replace("{by: Kim Ode", "{by: Lee Boss"), "claims.yaml")
    said = workplace("verify").stdout
    assert re.search(
        r"claims.yaml:4: the approval of claim:fm-pain was changed by hand: event \d+ recorded it by Kim Ode", said
    )
    edited = approved.replace("may reduce", "reduces")
    workplace.write(edited, "claims.yaml")
    digest = read_claims(workplace)["fm-pain"].digest
    workplace.write(re.sub("sha256: [0-9a-f]+", f"sha256: {digest}", edited), "claims.yaml")
    assert "CLM003" not in {one["code"] for one in findings(workplace)}
    assert "the approval of claim:fm-pain by Kim Ode: no event for it: written by hand" in workplace("verify").stdout


def test_a_dry_run_shows_the_approval_and_writes_nothing(workplace: Command) -> None:
    done = workplace("confirm", "claim:storage", "--by", "Kim Ode", "--dry-run")
    assert "+  approved: {by: Kim Ode, " in done.stdout
    assert "would be approved by Kim Ode" in done.stderr
    assert "no evidence" in done.stderr
    assert claims_text(workplace) == CLAIMS


def test_claims_in_the_references_file_are_approved_there(workplace: Command) -> None:
    (workplace.folder / "claims.yaml").unlink()
    workplace.write(REFERENCES + CLAIMS)
    assert workplace("confirm", "claim:storage", "--by", "Kim Ode").returncode == 0
    claims = read_claims(workplace)
    assert claims["fm-pain"].approved is None
    assert claims["storage"].approved is not None
    assert claims["storage"].place.path.endswith("references.yaml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("claim:storge", "--by", "me"), "no claim has the id storge (known: claim:fm-pain, claim:storage)"),
        (("claim:storage", "--by", " "), "--by is empty"),
        (("claim:storage", "--by", "me", "--accessed", "2026-11-01"), "--accessed cannot be used for a claim"),
        (("claim:storage", "--by", "me", "--until", "2027-11-01"), "--until cannot be used for a claim"),
        (("younger", "--by", "me"), "missing option --accessed (give the date on which the source was read)"),
    ],
)
def test_what_cannot_be_approved_is_one_line_and_nothing_is_written(
    workplace: Command, arguments: tuple[str, ...], message: str
) -> None:
    done = workplace("confirm", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"evidence: error: {message}")
    assert done.stderr.count("\n") == 1
    assert claims_text(workplace) == CLAIMS


# Showing, and what falls due


def test_show_lists_what_backs_a_claim(workplace: Command) -> None:
    workplace.check()
    quoted = CLAIMS.replace(
        "stance: supports     # as the abstract says",
        "stance: supports\n    quote: Low-dose naltrexone significantly reduced baseline pain\n    in: abstract",
    )
    workplace.write(quoted, "claims.yaml")
    shown = workplace("show", "claim:fm-pain").stdout
    assert re.search(r"^text +Low-dose naltrexone may reduce pain in fibromyalgia\.$", shown, re.MULTILINE)
    assert re.search(r"^in the monograph +naltrexone\.md:3:1$", shown, re.MULTILINE)
    assert re.search(r"^approved +no$", shown, re.MULTILINE)
    report = " ".join(shown.partition("── claim:fm-pain ─")[2].split())
    assert "evidence younger supports;" in report
    assert '"Low-dose naltrexone significantly reduced baseline pain"' in report
    assert "── younger ─" in shown  # its look-ups
    assert "smith" not in shown


def test_show_of_a_reference_lists_the_sentences_that_rest_on_it(workplace: Command) -> None:
    workplace.check()
    shown = workplace("show", "younger").stdout
    assert "Sentences that are based on younger" in shown
    assert re.search(r"^claim:fm-pain +supports; efficacy; naltrexone\.md:3:1$", shown, re.MULTILINE)
    assert "Sentences" not in workplace("show", "smith").stdout
    refused = workplace("show", "claim:pain")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "no claim has the id pain" in refused.stderr


def test_hostile_text_of_a_claim_steers_no_terminal(workplace: Command) -> None:
    hostile = CLAIMS.replace("text: The capsules are", 'text: "The \\u202ecapsules\\u202c are').replace(
        "in the dark.\n", 'in the dark."\n'
    )
    workplace.write(hostile, "claims.yaml")
    workplace.check()
    assert "\\u202e" in workplace("show", "claim:storage").stdout
    assert "\u202e" not in workplace("show", "claim:storage").stdout


@pytest.mark.parametrize("form", ["text", "json", "csv", "ics"])
def test_a_review_falls_due_to_the_owner_of_the_claim(workplace: Command, form: str) -> None:
    reviewed = date.fromisoformat(workplace.today) - timedelta(days=360)
    workplace.write(CLAIMS.rstrip() + f"\n  reviewed: {reviewed}\n  owner: Kim Ode\n", "claims.yaml")
    due = workplace("due", "--as-of", workplace.today, "--within", "400d", "--owner", "Kim Ode", "--format", form)
    assert due.returncode == 0
    assert "claim:storage" in due.stdout
    assert str(reviewed + timedelta(days=730)) in due.stdout.replace("\r\n ", "")
    _, report = workplace.report("--offline")
    assert [item for item in report["due"] if item["kind"] == "claim"] == []  # reports look 30 days ahead
    efficacy = claims_text(workplace).replace("kind: storage", "kind: efficacy")
    workplace.write(efficacy, "claims.yaml")
    _, report = workplace.report("--offline")
    [item] = [item for item in report["due"] if item["kind"] == "claim"]
    assert (item["reference"], item["owner"]) == ("claim:storage", "Kim Ode")
    assert item["message"] == f"last reviewed on {reviewed}; the next review is due by {reviewed + timedelta(days=365)}"


# Importing


def test_import_writes_a_skeleton_that_classifies_nothing(workplace: Command) -> None:
    (workplace.folder / "claims.yaml").unlink()
    shown = workplace("import", "naltrexone.md", "--no-match", "--claims", "--merge")
    assert "sentences with citations as claims: 3 new, 0 kept, 0 with a changed sentence" in shown.stderr
    assert "use --write to write claims.yaml" in shown.stderr
    assert not (workplace.folder / "claims.yaml").exists()
    diff = workplace("import", "naltrexone.md", "--no-match", "--claims", "--diff")
    assert "+    text: It was tried in Crohn's disease, too." in diff.stdout
    workplace.check()
    written = workplace("import", "naltrexone.md", "--no-match", "--claims", "--write")
    assert "claims.yaml: written" in written.stderr
    claims = read_claims(workplace)
    assert [claim.text for claim in claims.values()] == [
        "Low-dose naltrexone may reduce pain in fibromyalgia.",
        "It was tried in Crohn's disease, too.",
        "The tablets hold 50 mg.",
    ]
    assert [[item.reference for item in claim.evidence] for claim in claims.values()] == [
        ["younger"],
        ["smith"],
        ["label"],
    ]
    assert all(item.stance is None and item.quote is None for claim in claims.values() for item in claim.evidence)
    assert all(claim.kind is None and claim.approved is None for claim in claims.values())
    assert [event["object"] for event in events(workplace, "import")][-1] == "claims.yaml"
    assert {one["code"] for one in findings(workplace)} == set()  # found again; their stances are asked about


def test_importing_again_keeps_claims_and_reports_those_whose_sentence_changed(workplace: Command) -> None:
    workplace("confirm", "claim:fm-pain", "--by", "Kim Ode")
    before = claims_text(workplace)
    workplace.write(TEXT.replace("may reduce", "reduces").replace("stored in the dark", "white"), "naltrexone.md")
    again = workplace("import", "naltrexone.md", "--no-match", "--claims")
    assert again.returncode == 1
    assert (
        "claim:fm-pain: its sentence is no longer in the text; most similar (naltrexone.md:3:1): "
        "Low-dose naltrexone reduces pain in fibromyalgia.\n" in again.stderr
    )
    assert "claim:storage: its sentence is no longer in the text\n" in again.stderr
    assert claims_text(workplace) == before
    added = workplace("import", "naltrexone.md", "--no-match", "--claims", "--write")
    assert "2 new, 0 kept, 2 with a changed sentence" in added.stderr
    assert claims_text(workplace).startswith(before)
    assert (
        "0 new, 2 kept, 2 with a changed sentence"
        in workplace("import", "naltrexone.md", "--no-match", "--claims", "--write").stderr
    )


def test_importing_again_without_asking_for_claims_reports_the_changed_ones_too(workplace: Command) -> None:
    listed = TEXT.replace("[@younger]", "[1]").replace("[@smith]", "[2]").replace("[@label]", "[1]")
    listed += (
        "\n## References\n\n1. Younger J. A title. J Pain. 2013;1(1):1-2. PMID: 23359310\n"
        "2. Smith J. Another title. J Pain. 2007;1(1):3-4. PMID: 17222320\n"
    )
    workplace.write(listed, "naltrexone.md")
    assert "its sentence" not in workplace("import", "naltrexone.md", "--no-match").stderr
    workplace.write(listed.replace("may reduce", "reduces"), "naltrexone.md")
    again = workplace("import", "naltrexone.md", "--no-match", "--write")
    assert again.returncode == 1
    assert "claim:fm-pain: its sentence is no longer in the text; most similar (naltrexone.md:3:1)" in again.stderr
    assert claims_text(workplace) == CLAIMS


def test_new_claims_go_where_claims_are(workplace: Command) -> None:
    (workplace.folder / "claims.yaml").unlink()
    workplace.write(REFERENCES + CLAIMS)
    done = workplace("import", "naltrexone.md", "--no-match", "--claims", "--write")
    assert "2 new, 2 kept, 0 with a changed sentence" in done.stderr
    assert not (workplace.folder / "claims.yaml").exists()
    assert len(read_claims(workplace)) == 4


def test_claims_of_a_new_library_come_with_it(evidence: Command) -> None:
    evidence.write(
        "It helps in pain of many kinds [1].\n\n## References\n\n"
        "1. Smith J. A title. J Pain. 2013;1(1):1-2. PMID: 17222320\n",
        "new.md",
    )
    done = evidence("import", "new.md", "--no-match", "--claims", "--write")
    assert "claims.yaml: written" in done.stderr, done.stderr
    [claim] = read_claims(evidence).values()
    assert [item.reference for item in claim.evidence] == ["smith-2013"]


def test_what_has_no_sentences_gives_no_claims(workplace: Command) -> None:
    workplace.write("TY  - JOUR\nTI  - New\nER  - \n", "new.ris")
    done = workplace("import", "new.ris", "--no-match", "--claims")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "new.ris is not a monograph" in done.stderr
    assert "--claims cannot read standard input" in workplace("import", "-", "--claims").stderr


# Waiving

WAIVE = (
    "--category",
    "accepted-risk",
    "--until",
    "20d",
    "--reason",
    "known",
    "--requested-by",
    "D",
    "--approved-by",
    "K",
)


def test_a_finding_of_a_claim_is_waived_by_the_claims_name(workplace: Command) -> None:
    workplace.check()
    done = workplace("waive", "CLM001", "claim:storage", *WAIVE, "--as-of", workplace.today)
    assert done.returncode == 0, done.stderr
    _, report = workplace.report("--offline", "--select", "CLM,WVR")
    assert [one["reference"] for one in report["waived"]] == ["claim:storage"]
    assert [one["code"] for one in report["findings"] if one["code"] in {"CLM001", "WVR003"}] == []
    unknown = workplace("waive", "CLM001", "claim:storge", *WAIVE)
    assert (unknown.returncode, unknown.stderr.count("\n")) == (2, 1)
    assert "claim:storage" in unknown.stderr


def test_that_a_support_fell_cannot_be_waived(workplace: Command, server: DemoServer) -> None:
    server.world = server.world.with_retraction("23359310", NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    workplace.check()
    refused = workplace("waive", "CLM006", "claim:fm-pain", *WAIVE, "--as-of", workplace.today)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "CLM006 cannot be waived" in refused.stderr


# From run to run


def test_a_fallen_support_is_not_resolved_by_an_outage(workplace: Command, server: DemoServer) -> None:
    server.world = server.world.with_retraction("23359310", NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    assert "CLM006" in {one["code"] for one in findings(workplace, "--refresh")}
    workplace.env["EVIDENCE_EUTILS_URL"] = "http://127.0.0.1:9"
    done = workplace.check("--select", "CLM", "--refresh", "--format", "json")
    report = json.loads(done.stdout)
    assert report["changes"]["resolved"] == []
    assert "CLM006" in {one["code"] for one in report["changes"]["unjudged"]}


# The file of claims is one of the job


def test_a_sign_off_binds_the_claims_and_falls_with_them(workplace: Command) -> None:
    workplace.check()
    assert workplace(*SIGN, "--name", "A. Reviewer").returncode == 0
    (event,) = events(workplace)
    assert "claims claims.yaml" in event["details"]
    assert sign_offs(workplace, "--refresh")[1][0]["void"] == []
    workplace.write(CLAIMS + "# a note\n", "claims.yaml")
    [void] = sign_offs(workplace, "--refresh")[1][0]["void"]
    assert void.startswith("claims.yaml has changed")


def test_claims_that_come_after_a_sign_off_void_it(workplace: Command) -> None:
    (workplace.folder / "claims.yaml").unlink()
    workplace.check()
    assert workplace(*SIGN, "--name", "A. Reviewer").returncode == 0
    assert sign_offs(workplace, "--refresh")[1][0]["void"] == []
    workplace.write(CLAIMS, "claims.yaml")
    voids = sign_offs(workplace, "--refresh")[1][0]["void"]
    assert any(void.startswith("claims.yaml did not exist at the time of signing") for void in voids)


def test_a_bundle_has_the_claims(workplace: Command) -> None:
    workplace.check()
    assert workplace("bundle", "last", "-o", "run.zip").returncode == 0
    with zipfile.ZipFile(workplace.folder / "run.zip") as bundle:
        [member] = [name for name in bundle.namelist() if name.endswith("claims.yaml")]
        assert bundle.read(member).decode() == CLAIMS
    assert workplace("verify", "run.zip").returncode == 0


def test_format_puts_the_fields_of_claims_in_order_and_keeps_their_comments(workplace: Command) -> None:
    mixed = CLAIMS.replace("  kind: storage\n", "  owner: Kim Ode\n  kind: storage  # dark\n")
    workplace.write(mixed, "claims.yaml")
    assert workplace("format", "--check").returncode == 1
    done = workplace("format")
    assert "claims.yaml: formatted" in done.stderr
    assert claims_text(workplace) == CLAIMS.replace("  kind: storage\n", "  kind: storage  # dark\n  owner: Kim Ode\n")
    assert workplace("format", "--check").returncode == 0


# Bad input


@pytest.mark.parametrize("command", [("check",), ("check", "--offline"), ("show", "younger"), ("due",)])
def test_every_command_refuses_claims_that_cannot_be_meant(workplace: Command, command: tuple[str, ...]) -> None:
    workplace.write(CLAIMS.replace("reference: younger", "reference: yonger"), "claims.yaml")
    done = workplace(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "evidence: error: claims.yaml:8:16: unknown reference yonger; did you mean younger?\n"


BAD = {
    "an unknown reference": (
        "reference: younger",
        "reference: yunger",
        "8:16: unknown reference yunger; did you mean younger?",
    ),
    "an unknown kind": ("kind: storage", "kind: storrage", "12:9: unknown kind storrage; did you mean storage?"),
    "an unknown stance": ("stance: supports", "stance: suport", "9:13: unknown stance suport; did you mean supports?"),
    "an unknown section": (
        "stance: supports",
        "in: abstrct",
        "9:9: unknown section abstrct; did you mean abstract?",
    ),
    "a short quote": (
        "stance: supports",
        "quote: reduced baseline pain",
        "9:12: the quote has 3 words; at least 4 are needed: reduced baseline pain (quote more of the sentence)",
    ),
    "two claims of one id": (
        "id: storage",
        "id: fm-pain",
        "10:7: the id fm-pain is already used by another claim at claims.yaml:4:7 (use another id)",
    ),
    "a claim with a reference's id": (
        "id: storage",
        "id: smith",
        "10:7: the id smith is already used by a reference at references.yaml:4:8 (use another id)",
    ),
    "an unknown field": ("kind: storage", "kinds: storage", "12:3: unknown field kinds; did you mean kind?"),
    "no text": ("text: The capsules are stored in the dark.", "text:", "11:8: text is empty"),
    "no list": (
        "evidence:\n  - reference: younger",
        "evidence: younger\n  x-was:\n  - reference: younger",
        "7:13: evidence",
    ),
    "no YAML": ("kind: storage", "kind: storage: dark", "12:16: not valid YAML: mapping values are not allowed"),
    "a wrong day": ("kind: storage", "reviewed: 2026-13-01", "12:13: reviewed: "),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_claims_are_one_line_with_place_and_nearest_name_and_nothing_is_lost(workplace: Command, what: str) -> None:
    old, new, message = BAD[what]
    bad = CLAIMS.replace(old, new)
    workplace.write(bad, "claims.yaml")
    before = {path: path.read_bytes() for path in workplace.folder.iterdir()}
    for command in (("check", "--as-of", workplace.today), ("confirm", "claim:fm-pain", "--by", "Kim Ode")):
        done = workplace(*command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"evidence: error: claims.yaml:{message}"), done.stderr
        assert done.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in workplace.folder.iterdir()} == before


def test_claims_beside_an_entry_that_import_would_drop_are_read_before_anything_is_written(workplace: Command) -> None:
    workplace.write(CLAIMS.replace("stance: supports", "stance: suport"), "claims.yaml")
    workplace.write(
        TEXT + "\n## References\n\n1. Brown J. A title. J Pain. 2013;1(1):1-2. PMID: 19041189\n", "naltrexone.md"
    )
    before = {path: path.read_bytes() for path in workplace.folder.iterdir()}
    assert workplace("import", "naltrexone.md", "--no-match", "--write").returncode == 2
    assert {path: path.read_bytes() for path in workplace.folder.iterdir()} == before


def test_no_command_gives_a_reference_the_id_of_a_claim(workplace: Command) -> None:
    workplace.write(CLAIMS.replace("id: storage", "id: brown-2009"), "claims.yaml")
    done = workplace("add", "pmid:19041189")
    assert done.returncode == 0, done.stderr
    assert "brown-2009b" in (workplace.folder / "references.yaml").read_text("utf-8")
    for name in ("brown-2009", "claim:new"):
        refused = workplace("add", "pmid:19041189", "--id", name, "--force")
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert set(read_claims(workplace)) == {"fm-pain", "brown-2009"}


def test_without_a_monograph_quotes_are_judged_and_sentences_are_not(workplace: Command) -> None:
    workplace.write(REFERENCES.partition("\n")[2])
    found = findings(workplace)
    [once] = [one for one in found if one["code"] == "CLM002"]
    assert (once["reference"], once["severity"]) == (None, "info")
    assert "CLM001" in {one["code"] for one in found}


def test_completion_proposes_claims(workplace: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import click  # noqa: PLC0415

    from evidence.cli.completion import complete_reference_or_claim  # noqa: PLC0415
    from evidence.cli.confirm import command  # noqa: PLC0415

    monkeypatch.chdir(workplace.folder)
    context = click.Context(command)
    proposed = complete_reference_or_claim(context, command.params[0], "claim:")
    assert [(item.value, item.help) for item in proposed] == [
        ("claim:fm-pain", "Low-dose naltrexone may reduce pain in fibromyalgia."),
        ("claim:storage", "The capsules are stored in the dark."),
    ]


def test_a_link_out_of_the_checkout_in_the_place_of_the_claims_is_refused(workplace: Command, tmp_path: Path) -> None:
    del tmp_path
    outside = workplace.folder.parent / "outside.yaml"
    outside.write_text(CLAIMS, "utf-8")
    (workplace.folder / "claims.yaml").unlink()
    (workplace.folder / "claims.yaml").symlink_to(outside)
    (workplace.folder / ".git").mkdir()
    done = workplace("check")
    assert done.returncode == 2
    assert "claims.yaml" in done.stderr

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.library.reader import read_library
from evidence.model.errors import FileError, Place
from evidence.model.policy import CacheTtl, HouseStyle, Policy, Severity, SourceType
from evidence.model.references import FaultKind, Monograph
from factories import library_from

PROJECT = Path(__file__).resolve().parents[2]


def refusal(text: str) -> FileError:
    with pytest.raises(FileError) as caught:
        library_from(text)
    return caught.value


def test_a_library_without_references_is_a_library() -> None:
    assert library_from("references: []").references == ()


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("", (1, 1), "empty"),
        ("# nothing\n", (1, 1), "empty"),
        ("just words", (1, 1), "not a mapping"),
        ("- id: a\n", (1, 1), "the file is a list"),
        ("monograph: {title: x}", (1, 1), "no references list"),
        ("references:\n", (1, 12), "references is not a list"),
        ("references: {id: a}", (1, 13), "references is not a list"),
        ("references:\n- id: a\n  PMID: 1\n- 12345\n", (4, 3), "this entry has no fields"),
    ],
)
def test_a_file_that_is_no_library_is_refused_with_place_and_fix(text: str, place: tuple[int, int], part: str) -> None:
    error = refusal(text)
    assert (error.line, error.column) == place
    assert part in error.what
    assert error.fix
    assert str(error).startswith(f"references.yaml:{place[0]}:{place[1]}: ")


def test_a_file_is_read_with_its_path_and_hash(tmp_path: Path) -> None:
    path = tmp_path / "references.yaml"
    path.write_text("references:\n- id: a\n  PMID: 1\n", encoding="utf-8")
    read = read_library(path)
    assert read.path == path.as_posix()
    assert len(read.sha256) == 64
    assert read.references[0].place == Place(path.as_posix(), 2, 3)


def test_the_second_of_two_equal_ids_is_reported_with_the_line_of_the_first() -> None:
    references = library_from("references:\n- {id: a, PMID: 1}\n- {id: b, PMID: 2}\n- {id: a, PMID: 3}\n").references
    [fault] = references[2].faults
    assert fault.kind is FaultKind.DUPLICATE_ID
    assert fault.message == "id a is already used on line 2"
    assert (fault.place.line, fault.place.column) == (4, 8)
    assert not references[0].faults


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("PMID: 23359310", "URL: https://pubmed.ncbi.nlm.nih.gov/23359310/"),
        ("DOI: 10.1002/art.37734", "DOI: 10.1002/ART.37734"),
        ("URL: https://a.example", "URL: https://a.example/"),
        ("setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65", "setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65"),
    ],
)
def test_one_source_under_two_ids_is_reported_once(first: str, second: str) -> None:
    text = f"references:\n- {{id: a, {first}}}\n- {{id: b, {second}}}\n"
    [fault] = library_from(text).references[1].faults
    assert fault.kind is FaultKind.DUPLICATE_REFERENCE
    assert fault.message.endswith("is already cited by a on line 2")


def test_an_entry_copied_with_its_id_is_a_duplicate_id_only() -> None:
    text = "references:\n- {id: a, PMID: 1}\n- {id: a, PMID: 1}\n"
    assert [fault.kind for fault in library_from(text).references[1].faults] == [FaultKind.DUPLICATE_ID]


def test_an_anchored_entry_can_be_shared() -> None:
    text = "x-base: &base {type: article-journal}\nreferences:\n- {<<: *base, id: a, PMID: 1}\n"
    assert library_from(text).references[0].type == "article-journal"


def test_unknown_top_level_fields_are_faults_of_the_file() -> None:
    read = library_from("polcy: {}\nx-note: fine\nreferences: []\n")
    [fault] = read.faults
    assert (fault.kind, fault.suggestion) == (FaultKind.UNKNOWN_FIELD, "policy")


def test_a_repeated_references_list_is_reported() -> None:
    read = library_from("references: []\nreferences:\n- {id: a, PMID: 1}\n")
    assert [fault.kind for fault in read.faults] == [FaultKind.REPEATED_KEY]
    assert read.references == ()


def test_the_monograph_is_named() -> None:
    read = library_from("monograph: {title: Naltrexone (LDN), file: naltrexone.txt}\nreferences: []\n")
    assert read.monograph == Monograph("Naltrexone (LDN)", "naltrexone.txt", Place("references.yaml", 1, 44))


@pytest.mark.parametrize(
    ("word", "style"),
    [("ama", HouseStyle.AMA), ("NLM", HouseStyle.NLM), ("vancouver", HouseStyle.NLM), ("none", HouseStyle.NONE)],
)
def test_the_house_style_is_named_as_people_name_it(word: str, style: HouseStyle) -> None:
    read = library_from(f"policy: {{style: {word}}}\nreferences: []\n")
    assert (read.faults, read.policy.style) == ((), style)


def test_a_policy_changes_what_it_names_and_nothing_else() -> None:
    read = library_from(
        """\
        policy:
          accessed-limit: {webpage: 180 d, label: none, article: 730}
          life: {status: 2 d, metadata: 60 days}
          confirm-dead: 3
          severity: {ACC004: warning, MET007: error}
          fail-on: warning
        references: []
        """
    )
    assert read.faults == ()
    assert read.policy == Policy(
        accessed_limit={SourceType.WEBPAGE: 180, SourceType.LABEL: None, SourceType.ARTICLE: 730},
        lives=CacheTtl(status=2, metadata=60, page=1),
        confirm_dead=3,
        severity={"ACC004": Severity.WARNING, "MET007": Severity.ERROR},
        fail_on=Severity.WARNING,
    )


@pytest.mark.parametrize(("written", "coverage"), [("80 %", 80), ("80%", 80), ("'100'", 100), ("0", 0), ("none", None)])
def test_a_policy_says_how_much_of_the_text_is_to_cite(written: str, coverage: int | None) -> None:
    read = library_from(f"policy: {{coverage: {written}}}\nreferences: []\n")
    assert (read.faults, read.policy) == ((), Policy(coverage=coverage))


def test_a_rule_that_cannot_be_lowered_may_be_named_at_its_own_severity() -> None:
    read = library_from("policy: {severity: {RET001: error}}\nreferences: []\n")
    assert (read.faults, read.policy.severity) == ((), {"RET001": Severity.ERROR})


def test_a_bare_list_is_reported_with_the_way_to_a_library() -> None:
    assert refusal("- id: a\n").fix == "start with 'references:' and indent the entries"


def test_a_misspelt_field_beside_the_right_one_is_not_to_be_renamed() -> None:
    read = library_from("reference: []\nreferences:\n- {id: a, PMID: 1, pmid: 2}\n")
    faults = [*read.faults, *read.references[0].faults]
    assert [(fault.message, fault.suggestion) for fault in faults] == [
        ("unknown field reference; references is already present", None),
        ("unknown field pmid; PMID is already present", None),
    ]


@pytest.mark.parametrize(
    ("policy", "key", "part"),
    [
        ("accessed-limit: {webpage: a year}", "policy.accessed-limit.webpage", "not a number of days"),
        ("accessed-limit: {webpage: -5 d}", "policy.accessed-limit.webpage", "not a number of days"),
        ("accessed-limit: {webpage: }", "policy.accessed-limit.webpage", "is empty"),
        ("accessed-limit: 365 d", "policy.accessed-limit", "must be a mapping with fields such as article"),
        ("life: 30 d", "policy.life", "must be a mapping with fields such as metadata, page, status"),
        ("severity: {RET001: info}", "policy.severity.RET001", "RET001 cannot be lowered"),
        ("severity: {MET006: warning}", "policy.severity.MET006", "MET006 cannot be lowered"),
        ("accessed-limit: {web: 365 d}", "policy.accessed-limit.web", "unknown field"),
        ("life: {status: none}", "policy.life.status", "not a number of days"),
        ("confirm-dead: 0", "policy.confirm-dead", "1 to 999"),
        ("severity: {ACC004: fatal}", "policy.severity.ACC004", "not one of info, warning, error"),
        ("severity: {acc004: error}", "policy.severity.acc004", "not a rule code"),
        ("severity: warning", "policy.severity", "gives each code its severity"),
        ("coverage: most of it", "policy.coverage", "is not a percentage (such as '80 %') or 'none'"),
        ("coverage: 101 %", "policy.coverage", "is not a percentage"),
        ("fail-on: never", "policy.fail-on", "not one of info, warning, error"),
        ("fail_on: error", "policy.fail_on", "did you mean fail-on?"),
        ("style: ieee", "policy.style", "not one of ama, nlm, apa, chicago, none, vancouver"),
    ],
)
def test_a_nonsensical_policy_is_a_fault_and_leaves_the_default(policy: str, key: str, part: str) -> None:
    read = library_from(f"policy:\n  {policy}\nreferences: []\n")
    [fault] = read.faults
    assert fault.key == key
    assert part in fault.message
    assert fault.place.line == 2
    assert read.policy == Policy()


def test_the_projects_own_library_holds_five_references_without_a_fault() -> None:
    read = read_library(PROJECT / "references.yaml")
    assert read.faults == ()
    assert [fault for reference in read.references for fault in reference.faults] == []
    assert [(reference.id, str(reference.identifiers[0])) for reference in read.references] == [
        ("younger-2013", "pmid:23359310"),
        ("smith-2007", "pmid:17222320"),
        ("brown-2009", "pmid:19041189"),
        ("ldn-research-trust", "url:https://www.ldnresearchtrust.org/"),
        ("dailymed-naltrexone", "setid:06ff2d5a-e62b-4fa4-bbdb-01938535bc65"),
    ]
    assert [str(reference.accessed) for reference in read.references if reference.accessed] == ["2025-08"] * 2


def test_the_projects_own_library_cites_as_the_monograph_prints() -> None:
    monograph = PROJECT / "../shared/monograph/naltrexone-ldn.txt"
    if not monograph.exists():
        pytest.skip("the monograph's text is not beside this project")
    printed = monograph.read_text(encoding="utf-8")
    cited = [reference.cited_as for reference in read_library(PROJECT / "references.yaml").references]
    assert all(text is not None and text in printed for text in cited)

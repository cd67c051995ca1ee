"""Claims as they are in references.yaml, and in the claims.yaml beside it: what is read, and what stops the reading."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from evidence.library.claims import CLAIM_FIELDS, EVIDENCE_FIELDS
from evidence.library.reader import claims_file, find_libraries, read_library, read_text
from evidence.model.claims import Claim, ClaimKind, Stance
from evidence.model.errors import FileError, Place
from evidence.model.references import Library
from evidence.model.sections import SECTIONS, section_code, section_name
from factories import library_from, source_from

REFERENCES = """\
references:
- id: younger-2013
  PMID: "23359310"
- id: label
  setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65
"""
CLAIMS = """\
claims:
- id: fm-pain
  text: Low-dose naltrexone may reduce pain in fibromyalgia.
  kind: efficacy
  evidence:
  - reference: younger-2013
    stance: supports
    quote: Low-dose naltrexone significantly reduced baseline pain
    in: abstract
    level: {value: GRADE low, by: Kim Ode, on: 2026-11-01}
  approved: {by: Kim Ode, on: 2026-11-30, sha256: 0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8}
  reviewed: 2026-11-30
  owner: Dana Reyes
"""
SCHEMA: dict[str, Any] = json.loads(files("evidence.library").joinpath("schema.json").read_text("utf-8"))


def read(claims: str = CLAIMS) -> Library:
    return read_text(source_from(REFERENCES + claims))


def only_claim(claims: str = CLAIMS) -> Claim:
    [claim] = read(claims).claims
    return claim


def refusal(claims: str) -> str:
    with pytest.raises(FileError) as refused:
        read(claims)
    return str(refused.value)


def changed(old: str, new: str) -> str:
    assert CLAIMS.count(old) == 1
    return CLAIMS.replace(old, new)


def test_a_claim_is_read_with_where_each_of_its_fields_is() -> None:
    library = read()
    claim = only_claim()
    [evidence] = claim.evidence
    assert (claim.id, claim.key, claim.kind, claim.owner) == (
        "fm-pain",
        "claim:fm-pain",
        ClaimKind.EFFICACY,
        "Dana Reyes",
    )
    assert (claim.reviewed, claim.approved and claim.approved.on) == (date(2026, 11, 30), date(2026, 11, 30))
    assert (evidence.reference, evidence.stance, evidence.within) == ("younger-2013", Stance.SUPPORTS, "abstract")
    assert evidence.level is not None
    assert evidence.level.value == "GRADE low"
    assert evidence.places["quote"] == Place(library.path, 13, 12)
    assert claim.place_of("reviewed") == Place(library.path, 17, 13)


@pytest.mark.parametrize("empty", ["claims:\n", "claims: ~\n", "claims: []\n"])
def test_no_claims_are_none(empty: str) -> None:
    library = read(empty)
    assert (library.claims, library.faults) == ((), ())


def test_what_an_approval_covers_is_text_kind_and_evidence() -> None:
    digest = only_claim().digest
    assert only_claim(changed("  owner: Dana Reyes\n", "")).digest == digest
    assert only_claim(changed("    level: {value: GRADE low, by: Kim Ode, on: 2026-11-01}\n", "")).digest == digest
    for old, new in (
        ("may reduce", "reduces"),
        ("kind: efficacy", "kind: safety"),
        ("supports", "qualifies"),
        ("significantly", "markedly"),
        ("in: abstract", "in: title"),
        ("- reference: younger-2013", "- reference: label"),
    ):
        claims = changed(old, new)
        if "label" in new:
            claims = claims.replace("    in: abstract\n", "")
        assert only_claim(claims).digest != digest


def test_a_section_is_known_by_its_code_and_by_its_name() -> None:
    for name in ("34070-3", "contraindications", "Contraindications", "4 CONTRAINDICATIONS SECTION"):
        claims = changed("reference: younger-2013", "reference: label").replace("in: abstract", f"in: {name}")
        assert only_claim(claims).evidence[0].within == "34070-3"
    assert section_code("indications & usage") == "34067-9"
    assert section_name("34070-3") == "contraindications"
    assert section_name("99999-9", "Gift box") == "Gift box"


def test_every_code_of_a_section_has_the_check_digit_of_loinc() -> None:
    assert all(section_code(code) == code for code in SECTIONS)
    assert section_code("42348-3") == "42348-3"  # a code with a right check digit that the table lacks
    assert section_code("42348-4") is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "stance: supports",
            "stance: suports",
            "references.yaml:12:13: unknown stance suports; did you mean supports?",
        ),
        ("kind: efficacy", "kind: eficacy", "references.yaml:9:9: unknown kind eficacy; did you mean efficacy?"),
        (
            "kind: efficacy",
            "kind: zzz",
            (
                "references.yaml:9:9: unknown kind zzz (use efficacy, safety, dose, mechanism, contraindication, "
                "interaction, storage, definition)"
            ),
        ),
        (
            "- reference: younger-2013",
            "- reference: yonger-2013",
            "references.yaml:11:16: unknown reference yonger-2013; did you mean younger-2013?",
        ),
        ("in: abstract", "in: abstrat", "references.yaml:14:9: unknown section abstrat; did you mean abstract?"),
        ("in: abstract", "in: 34070-2", "references.yaml:14:9: unknown section 34070-2; did you mean 34070-3?"),
        (
            "in: abstract",
            "in: contraindication",
            "references.yaml:14:9: unknown section contraindication; did you mean contraindications?",
        ),
        (
            "in: abstract",
            "in: 34070-3",
            "references.yaml:14:9: younger-2013 cites an article, which has no section 34070-3 (use abstract or title)",
        ),
        (
            "quote: Low-dose naltrexone significantly reduced baseline pain",
            "quote: reduced baseline pain",
            (
                "references.yaml:13:12: the quote has 3 words; at least 4 are needed: reduced baseline pain "
                "(quote more of the sentence)"
            ),
        ),
        ("stance: supports", "stanse: supports", "references.yaml:12:5: unknown field stanse; did you mean stance?"),
        ("owner: Dana Reyes", "ownr: Dana Reyes", "references.yaml:18:3: unknown field ownr; did you mean owner?"),
        (
            "id: fm-pain",
            "id: younger-2013",
            (
                "references.yaml:7:7: the id younger-2013 is already used by a reference at references.yaml:2:7 "
                "(use another id)"
            ),
        ),
        (
            "id: fm-pain",
            "id: fm pain",
            (
                "references.yaml:7:7: fm pain is not a valid claim id "
                "(use up to 100 letters, digits, - or _, without spaces or colons)"
            ),
        ),
        ("id: fm-pain\n  text: Low", "text: Low", "references.yaml:7:3: this claim lacks id"),
        (
            "  reviewed: 2026-11-30\n",
            "  reviewed: 2026-11\n",
            "references.yaml:17:13: reviewed needs a full date (YYYY-MM-DD)",
        ),
        ("sha256: 0e57", "sha256: zz", "references.yaml:16:51: approved.sha256 zz"),
        ("kind: efficacy", "kind: [efficacy]", "references.yaml:9:9: kind must be a single text value"),
        ("text: Low-dose", "text: ''\n  x-was: Low-dose", "references.yaml:8:9: text is empty"),
        ("kind: efficacy", "kind: efficacy\n  kind: dose", "references.yaml:10:3: kind appears more than once"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place_and_the_name_that_was_meant(old: str, new: str, message: str) -> None:
    said = refusal(changed(old, new))
    assert "\n" not in said
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("part", "why"),
    [("abstract", "which has no abstract"), ("title", "whose sections are searched for quotes")],
)
def test_a_quote_of_a_label_is_in_a_section(part: str, why: str) -> None:
    text = changed("- reference: younger-2013", "- reference: label").replace("in: abstract", f"in: {part}")
    assert f"label cites a label, {why} (use the LOINC code or the name of a section)" in refusal(text)


def test_two_claims_cannot_have_one_id() -> None:
    again = CLAIMS + "- {id: fm-pain, text: Another sentence.}\n"
    first = "references.yaml:7:7"
    assert refusal(again) == (
        f"references.yaml:19:8: the id fm-pain is already used by another claim at {first} (use another id)"
    )


@pytest.mark.parametrize("claims", ["claims: {id: a}\n", "claims: text\n", "claims: [text]\n"])
def test_claims_that_are_no_list_of_claims_are_refused(claims: str) -> None:
    assert refusal(claims).startswith("references.yaml:6:")


def test_no_reference_can_have_the_name_of_a_claim() -> None:
    with pytest.raises(
        FileError, match=r"references.yaml:2:7: the id claim:a begins with claim:, which is reserved for claims"
    ):
        read_text(source_from("references:\n- id: claim:a\n  PMID: '1'\n"))


@given(data=st.data())
def test_whatever_is_written_there_is_read_or_refused_in_one_line_with_its_place(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(CLAIMS)))
    end = data.draw(st.integers(start, min(len(CLAIMS), start + 20)))
    pieces = [
        "",
        " ",
        "\n",
        ": ",
        "- ",
        "[",
        "{a: b}",
        "&a ",
        "*a",
        "<<: ",
        "'",
        '"',
        "claims:",
        "x-",
        "\u202e",
        "~",
        "|",
        "2026-13",
    ]
    text = CLAIMS[:start] + "".join(data.draw(st.lists(st.sampled_from(pieces), max_size=3))) + CLAIMS[end:]
    refused, library = None, None
    try:
        library = read(text)
    except FileError as error:
        refused = error
    if library is not None:
        assert len({claim.id for claim in library.claims}) == len(library.claims)
        assert all(item.reference in {"younger-2013", "label"} for claim in library.claims for item in claim.evidence)
    assert refused is None or (refused.line is not None and "\n" not in str(refused))


def written(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder / "references.yaml"


def test_the_file_beside_adds_its_claims_and_is_a_companion(tmp_path: Path) -> None:
    own = REFERENCES + "claims:\n- {id: own, text: A sentence of its own.}\n"
    library = read_library(written(tmp_path, references=own, claims=CLAIMS))
    assert [claim.id for claim in library.claims] == ["own", "fm-pain"]
    assert library.claims[1].place.path == (tmp_path / "claims.yaml").as_posix()
    assert [Path(file.path).name for file in library.companions] == ["claims.yaml"]


def test_a_claim_of_the_file_beside_cannot_repeat_an_id(tmp_path: Path) -> None:
    path = written(tmp_path, references=REFERENCES + CLAIMS, claims=CLAIMS)
    with pytest.raises(FileError, match=r"claims\.yaml:2:7: the id fm-pain is already used by another claim at "):
        read_library(path)


def test_the_file_beside_has_claims_alone(tmp_path: Path) -> None:
    path = written(tmp_path, references=REFERENCES, claims=f"claim:\n{CLAIMS.partition(chr(10))[2]}")
    with pytest.raises(FileError, match=r"claims\.yaml:1:1: unknown field claim; did you mean claims\?"):
        read_library(path)


@pytest.mark.parametrize(
    ("library", "claims"),
    [
        ("references.yaml", "claims.yaml"),
        ("references.yml", "claims.yml"),
        ("ldn.references.yaml", "ldn.claims.yaml"),
        ("ldn.yaml", "ldn.claims.yaml"),
    ],
)
def test_each_library_has_one_place_for_its_claims(library: str, claims: str, tmp_path: Path) -> None:
    assert claims_file(library) == Path(claims)
    (tmp_path / library).write_text(REFERENCES, "utf-8")
    (tmp_path / claims).write_text(CLAIMS, "utf-8")
    assert find_libraries([tmp_path / claims]) == [tmp_path / library]


def test_the_product_of_the_monograph_is_read() -> None:
    fields = "drug: naltrexone hydrochloride, strengths: [1.5 mg, 3 mg], form: capsule, status: compounded"
    head = f"monograph:\n  product: {{{fields}}}\n"
    library = library_from(head + REFERENCES)
    product = library.monograph.product
    assert product is not None
    assert (product.drug, product.strengths, product.form) == (
        "naltrexone hydrochloride",
        ("1.5 mg", "3 mg"),
        "capsule",
    )
    assert (product.status, library.faults) == ("compounded", ())
    [fault] = library_from("monograph: {product: {form: capsule}}\n" + REFERENCES).faults
    assert fault.message == "monograph.product has no drug"


def test_an_entry_says_what_its_source_differs_in() -> None:
    entry = library_from(REFERENCES + "  limits: the label is of 50 mg tablets\n").references[1]
    assert (entry.limits, entry.faults) == ("the label is of 50 mg tablets", ())


def test_the_schema_knows_the_fields_that_reading_knows() -> None:
    claim, evidence = SCHEMA["$defs"]["claim"], SCHEMA["$defs"]["evidence"]
    assert tuple(claim["properties"]) == CLAIM_FIELDS
    assert tuple(evidence["properties"]) == EVIDENCE_FIELDS
    assert set(claim["properties"]["kind"]["enum"]) == set(ClaimKind)
    assert set(evidence["properties"]["stance"]["enum"]) == set(Stance)
    right, wrong = (yaml.load(REFERENCES + text, yaml.BaseLoader) for text in (CLAIMS, changed("supports", "suports")))  # noqa: S506
    assert Draft202012Validator(SCHEMA).is_valid(right)
    assert not Draft202012Validator(SCHEMA).is_valid(wrong)

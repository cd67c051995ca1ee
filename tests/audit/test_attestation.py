from __future__ import annotations

import pytest

from evidence.audit.signoffs import NoSignOffError, attestation, sign_off_of, signed_details
from evidence.model.audit import Signature, SignatureKind
from factories import BOUND_FILES, SIGNED_REPORT, TODAY, sign_off, sign_off_details


def test_the_text_says_all_that_is_attested_in_one_canonical_form() -> None:
    text = sign_off(reason="yearly review").attestation
    assert text == (
        "evidence-tracker sign-off 1\n"
        'actor: "areviewer"\n'
        'as-of: "2026-11-23"\n'
        'errors: "0"\n'
        'exit: "0"\n'
        f'findings references.yaml: "ACC001/warning/{"f" * 32}"\n'
        'infos: "2"\n'
        f'lock references.lock.json: "{"c" * 64}"\n'
        f'lock-facts references.lock.json: "{"d" * 64}"\n'
        'meaning: "approved"\n'
        'mode: "online"\n'
        f'monograph naltrexone.docx: "{"b" * 64}"\n'
        'name: "A. Reviewer"\n'
        'reason: "yearly review"\n'
        f'references references.yaml: "{"a" * 64}"\n'
        f'report: "{"e" * 64}"\n'
        'role: "medical editor"\n'
        'run: "20261123T090000Z-abcdef"\n'
        'run-finished: "2026-11-23T09:00:05Z"\n'
        'signed-at: "2026-11-23T10:00:00Z"\n'
        'unchecked: "0"\n'
        'waived: "0"\n'
        'warnings: "1"\n'
    )


def test_a_sign_off_is_read_as_it_was_written() -> None:
    read = sign_off()
    assert (set(read.bound), read.report, read.at) == (set(BOUND_FILES), SIGNED_REPORT, "2026-11-23T10:00:00Z")


def test_the_signature_is_no_part_of_the_text_that_it_signs() -> None:
    plain = sign_off_details()
    signed = signed_details(plain, Signature(SignatureKind.GPG, "armour", "key", "public"))
    assert attestation("a", TODAY, None, signed) == attestation("a", TODAY, None, plain)


def test_a_line_break_in_a_value_cannot_pass_for_a_line_of_the_text() -> None:
    text = attestation("a", TODAY, 'x"\nmeaning: "approved', {"meaning": "reviewed"})
    assert text.count("\nmeaning: ") == 1


def test_whatever_a_file_is_called_the_text_is_ascii_and_a_line_for_each_field() -> None:
    text = attestation("a", TODAY, None, {'references r\n\u00e9: "x"': "0"})
    assert text.splitlines()[-1] == 'references r\\n\\u00e9: \\"x\\": "0"'


@pytest.mark.parametrize(
    ("wrong", "reported"),
    [({"meaning": "liked"}, "liked"), ({"signature": "x"}, "signature-kind"), ({"errors": "none"}, "none")],
)
def test_details_that_are_none_of_a_sign_off_are_reported(wrong: dict[str, str], reported: str) -> None:
    with pytest.raises(NoSignOffError, match=reported):
        sign_off_of(sequence=1, at="", as_of=TODAY, actor="a", reason=None, details=sign_off_details() | wrong)


def test_a_missing_detail_is_named() -> None:
    lacking = {key: value for key, value in sign_off_details().items() if key != "role"}
    with pytest.raises(NoSignOffError, match="role is missing"):
        sign_off_of(sequence=1, at="", as_of=TODAY, actor="a", reason=None, details=lacking)

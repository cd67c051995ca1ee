from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from evidence.audit.signoffs import RunFindings, current, mismatch, sign_off_statuses
from evidence.model.audit import (
    Attested,
    Bound,
    BoundKind,
    Meaning,
    Signature,
    SignatureCheck,
    SignatureKind,
    SignatureState,
    SignOff,
    SignOffStatus,
)
from evidence.model.policy import Policy, Severity, SignOffPolicy, strictest
from evidence.model.references import Library
from evidence.model.rule import Finding
from evidence.rules.case import LibraryCase
from evidence.rules.signoffs import sign_off_findings
from factories import BOUND_FILES, PATH, TODAY, attested, sign_off, signed_finding

POLICIES = {PATH: Policy()}


def status_of(one: Attested, *found: Finding, today: date = TODAY) -> SignOffStatus:
    (codes_and_messages,) = sign_off_statuses([one], RunFindings({PATH: found}), POLICIES, today)
    return codes_and_messages


def codes_and_messages(one: SignOffStatus, today: date = TODAY) -> list[tuple[str, str]]:
    whole = LibraryCase(Library(PATH, "a" * 64, ()), today, sign_offs=(one,))
    return [(finding.code, finding.message) for finding in sign_off_findings(whole)]


def test_a_sign_off_of_what_is_still_so_is_in_force_and_says_nothing() -> None:
    now = status_of(attested(), signed_finding())
    assert now.void == ()
    assert codes_and_messages(now) == []


@pytest.mark.parametrize("kind", [BoundKind.REFERENCES, BoundKind.MONOGRAPH, BoundKind.LOCK])
def test_other_bytes_void_it_and_both_hashes_are_named(kind: BoundKind) -> None:
    signed = next(one for one in BOUND_FILES if one.kind is kind)
    now = status_of(attested(Bound(kind, signed.path, "9" * 64, None)), signed_finding())
    ((code, message),) = codes_and_messages(now)
    assert code == "SGN001"
    assert message.startswith("the sign-off of 2026-11-23 by A. Reviewer (medical editor, approved) is void:")
    assert signed.path in message
    assert f"was {str(signed.sha256)[:12]}, is 999999999999" in message


def test_a_file_that_is_missing_voids_it() -> None:
    now = status_of(attested(Bound(BoundKind.MONOGRAPH, "naltrexone.docx", None)), signed_finding())
    assert now.void == ("naltrexone.docx is missing (sha256 was bbbbbbbbbbbb)",)


def test_waivers_that_were_not_there_void_it() -> None:
    now = status_of(attested(Bound(BoundKind.WAIVERS, "waivers.yaml", "9" * 64)), signed_finding())
    assert now.void == ("waivers.yaml did not exist at the time of signing (sha256 is 999999999999)",)


def test_a_lock_that_says_the_same_on_a_later_day_voids_nothing() -> None:
    assert (
        status_of(attested(Bound(BoundKind.LOCK, "references.lock.json", "9" * 64, "d" * 64)), signed_finding()).void
        == ()
    )


def test_a_lock_that_says_something_else_voids_it() -> None:
    now = status_of(attested(Bound(BoundKind.LOCK, "references.lock.json", "9" * 64, "8" * 64)), signed_finding())
    assert "records different facts about the sources than when it was signed" in now.void[0]


def test_an_error_or_warning_that_was_not_signed_voids_it_and_is_named() -> None:
    now = status_of(attested(), signed_finding(), signed_finding("SPL002", "1" * 32))
    assert now.void == ("new findings since it was signed: SPL002 a-name of entry",)


def test_a_finding_that_has_become_worse_voids_it() -> None:
    assert status_of(attested(), signed_finding(severity=Severity.ERROR)).void != ()


def test_another_fact_under_the_same_code_voids_it() -> None:
    assert status_of(attested(), signed_finding(fact="0" * 32)).void != ()


def test_an_info_voids_nothing() -> None:
    info = signed_finding("MET007", "1" * 32, Severity.INFO)
    assert status_of(attested(), signed_finding(), info).void == ()


def test_a_finding_that_is_missing_voids_nothing_and_is_counted() -> None:
    now = status_of(attested())
    assert (now.void, now.resolved) == ((), 1)


def test_the_findings_of_another_file_are_not_held_against_it() -> None:
    one = Attested(sign_off(), BOUND_FILES, library_of={PATH: "elsewhere/references.yaml"})
    policies = {"elsewhere/references.yaml": Policy(), PATH: Policy()}
    (now,) = sign_off_statuses([one], RunFindings({PATH: [signed_finding("SPL002", "1" * 32)]}), policies, TODAY)
    assert now.void == ()


def test_a_sign_off_of_files_that_are_not_checked_is_not_reported() -> None:
    assert sign_off_statuses([attested()], RunFindings({}), {"other.yaml": Policy()}, TODAY) == ()


@pytest.mark.parametrize(
    ("state", "void"),
    [
        (SignatureState.GOOD, False),
        (SignatureState.UNKNOWN_KEY, False),
        (SignatureState.UNVERIFIED, False),
        (SignatureState.BAD, True),
        (SignatureState.EXPIRED_KEY, True),
        (SignatureState.REVOKED_KEY, True),
    ],
)
def test_only_a_signature_that_is_known_not_to_hold_voids_it(state: SignatureState, void: bool) -> None:
    one = Attested(sign_off(), BOUND_FILES, SignatureCheck(state, "so it is told"), {PATH: PATH})
    assert bool(status_of(one, signed_finding()).void) is void


def test_it_is_overdue_on_the_day_after_a_year_and_not_on_the_last() -> None:
    last = TODAY + timedelta(days=365)
    assert not status_of(attested(), signed_finding(), today=last).overdue
    now = status_of(attested(), signed_finding(), today=last + timedelta(days=1))
    ((code, message),) = codes_and_messages(now, last + timedelta(days=1))
    assert code == "SGN002"
    assert message.endswith("by A. Reviewer (medical editor, approved) is 1 day overdue (due 2027-11-23)")


def test_the_policy_says_when_it_is_overdue_or_that_it_never_is() -> None:
    later = TODAY + timedelta(days=5000)
    observed = RunFindings({PATH: [signed_finding()]})
    (never,) = sign_off_statuses([attested()], observed, {PATH: Policy(sign_off_limit=None)}, later)
    (soon,) = sign_off_statuses([attested()], observed, {PATH: Policy(sign_off_limit=30)}, TODAY + timedelta(days=31))
    assert (never.overdue, never.due) == (False, None)
    assert soon.overdue


def test_what_could_not_be_asked_today_voids_nothing_and_is_counted() -> None:
    (now,) = sign_off_statuses(
        [attested()], RunFindings({PATH: [signed_finding()]}, {PATH: 2, "other.yaml": 5}), POLICIES, TODAY
    )
    assert (now.void, now.unjudged) == ((), 2)


def test_a_void_one_is_not_called_overdue_too() -> None:
    later = TODAY + timedelta(days=400)
    now = status_of(attested(), signed_finding("SPL002", "1" * 32), today=later)
    assert [code for code, _ in codes_and_messages(now, later)] == ["SGN001"]


def test_a_newer_one_of_the_same_role_and_meaning_takes_the_place_of_the_older() -> None:
    first, second = sign_off(3, role="Medical editor"), sign_off(9)
    other_role, other_meaning = sign_off(4, role="physician"), sign_off(5, meaning=Meaning.REVIEWED)
    assert in_turn(first, other_role, other_meaning, second) == (other_role, other_meaning, second)


def test_a_sign_off_of_a_later_day_is_not_known_before_it() -> None:
    first, second = sign_off(3, TODAY - timedelta(days=30)), sign_off(9)
    assert in_turn(first, second, today=TODAY - timedelta(days=1)) == (first,)


def in_turn(*given: SignOff, today: date = TODAY, **checks: SignatureCheck) -> tuple[SignOff, ...]:
    """Those that count; `checks` says what is known of each signature, by the name that the sign-off states."""
    return current(given, today, lambda one: checks[one.name], lambda _: SignOffPolicy())


def signed_by(name: str, sequence: int) -> SignOff:
    return replace(sign_off(sequence, name=name), signature=Signature(SignatureKind.SSH, "synthetic", "synthetic"))


ALICES = SignatureCheck(SignatureState.GOOD, "good", ("alice",))


@pytest.mark.parametrize(
    ("newer", "takes_its_place"),
    [
        (ALICES, True),
        (SignatureCheck(SignatureState.GOOD, "the key of another", ("mallory",)), False),
        (SignatureCheck(SignatureState.UNKNOWN_KEY, "unknown"), False),
        (SignatureCheck(SignatureState.UNVERIFIED, "no ssh-keygen"), False),
        (SignatureCheck(SignatureState.BAD, "of another text"), False),
        (SignatureCheck(SignatureState.EXPIRED_KEY, "expired"), False),
    ],
)
def test_one_by_a_known_key_gives_way_only_to_one_by_a_known_key_of_its_signer(
    newer: SignatureCheck, takes_its_place: bool
) -> None:
    first, second = signed_by("first", 3), signed_by("alice", 9)
    firsts = SignatureCheck(SignatureState.GOOD, "good", ("first",))
    assert in_turn(first, second, first=firsts, alice=newer) == ((second,) if takes_its_place else (first, second))


def test_one_by_a_key_gives_way_to_none_without_a_key_and_to_any_with_one_where_no_key_is_known() -> None:
    first, plain, second = signed_by("first", 3), sign_off(5), signed_by("second", 9)
    unknown = SignatureCheck(SignatureState.UNKNOWN_KEY, "unknown")
    assert in_turn(first, plain, first=unknown) == (first, plain)
    assert in_turn(first, plain, second, first=unknown, second=unknown) == (second,)


def test_a_signature_that_does_not_hold_is_not_made_good_by_a_sign_off_without_one() -> None:
    first, plain = signed_by("first", 3), sign_off(5)
    for state in (SignatureState.BAD, SignatureState.REVOKED_KEY, SignatureState.EXPIRED_KEY):
        assert in_turn(first, plain, first=SignatureCheck(state, "so it is")) == (first, plain)


def test_of_a_long_trail_only_the_newest_signature_is_looked_at_while_it_is_known() -> None:
    looked_at: list[int] = []

    def check(one: SignOff) -> SignatureCheck:
        looked_at.append(one.sequence)
        return ALICES

    trail = [signed_by("alice", sequence) for sequence in range(1, 200)]
    assert current(trail, TODAY, check, lambda _: SignOffPolicy()) == (trail[-1],)
    assert looked_at == [199]


@pytest.mark.parametrize(
    ("name", "owner", "agrees"),
    [
        ("alice@example.org", "alice@example.org", True),
        ("Alice@Example.org", "alice@example.org", True),
        ("Alice Example <alice@example.org>", "alice@example.org", True),
        ("Alice Example <alice@example.org>", "Alice Example <alice@example.org>", True),
        ("alice  EXAMPLE", "Alice Example <alice@example.org>", True),
        ("alice", "alice", True),
        ("alice@example.org <alice@example.org>", "alice@example.org", True),
        ("Alice Example", "alice@example.org", False),
        ("alice", "alice@example.org", False),
        ("wei\u00df@example.org", "weiss@example.org", False),
        ("\u212aate@example.org", "kate@example.org", False),
        ("wei\u00df@example.org", "wei\u00df@example.org", True),
        ("Alice Example <bob@example.org>", "Alice Example <alice@example.org>", False),
        ("bob@example.org <alice@example.org>", "alice@example.org", False),
        ("alice@example.org, bob@example.org", "alice@example.org", False),
        ("tester", "", False),
    ],
)
def test_the_address_that_is_stated_decides_else_the_name(name: str, owner: str, agrees: bool) -> None:
    known = SignatureCheck(SignatureState.GOOD, "good", (owner,))
    assert (mismatch(sign_off(name=name), known, SignOffPolicy()) == "") is agrees


@pytest.mark.parametrize(
    ("name", "owners", "role", "may"),
    [
        ("alice@example.org", ("alice@example.org",), "medical editor", True),
        ("alice@example.org", ("alice@example.org",), "Medical  Editor", True),
        ("bob@example.org", ("bob@example.org",), "medical editor", False),
        ("bob@example.org", ("bob@example.org",), "physician", True),
        ("Alice Example <bob@example.org>", ("bob@example.org",), "medical editor", False),
        ("bob@example.org", ("alice@example.org", "bob@example.org"), "medical editor", False),
        ("alice@example.org", None, "medical editor", True),
        ("bob@example.org", None, "medical editor", False),
    ],
)
def test_in_a_role_that_the_policy_names_only_those_may_sign_whom_it_names(
    name: str, owners: tuple[str, ...] | None, role: str, may: bool
) -> None:
    policy = SignOffPolicy({"medical editor": ("alice@example.org", "Alice Example")})
    known = None if owners is None else SignatureCheck(SignatureState.GOOD, "good", owners)
    assert (mismatch(sign_off(name=name, role=role), known, policy) == "") is may


def test_of_several_files_the_strictest_policy_counts() -> None:
    one = SignOffPolicy({"editor": ("a@example.org", "b@example.org")}, require_key=True)
    other = SignOffPolicy({"editor": ("b@example.org",), "physician": ("c@example.org",)})
    together = SignOffPolicy({"editor": ("b@example.org",), "physician": ("c@example.org",)}, require_key=True)
    assert strictest([one, other]) == together
    both = Attested(sign_off(), BOUND_FILES, library_of={PATH: PATH, "b.yaml": "b.yaml"})
    (now,) = sign_off_statuses(
        [both], RunFindings({}), {PATH: Policy(), "b.yaml": Policy(sign_off=SignOffPolicy(require_key=True))}, TODAY
    )
    assert now.unkeyed == "it has no signature"


def test_the_same_finding_of_a_void_sign_off_keeps_its_fingerprint_when_more_changes() -> None:
    one = status_of(attested(), signed_finding("SPL002", "1" * 32))
    two = status_of(attested(), signed_finding("SPL002", "1" * 32), signed_finding("RET001", "2" * 32, Severity.ERROR))
    prints = [
        next(iter(sign_off_findings(LibraryCase(Library(PATH, "", ()), TODAY, sign_offs=(each,))))).fingerprint
        for each in (one, two)
    ]
    assert prints[0] == prints[1]

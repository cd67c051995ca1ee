from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.audit import signatures as openpgp
from evidence.model.audit import Signature, SignatureKind, SignatureState
from evidence.model.errors import SigningError
from processes import gpg, gpg_home, gpg_key

TEXT = 'evidence-tracker sign-off 1\nname: "A. Reviewer"\n'
OWNER = "Reviewer <reviewer@example.org>"
State = SignatureState


@pytest.fixture
def home() -> Iterator[Path]:
    with gpg_home() as made:
        yield made


def now() -> datetime:
    return datetime.now(UTC)


def test_a_signature_by_a_trusted_key_is_good_and_names_whose_it_is(home: Path) -> None:
    made = openpgp.gpg_sign(TEXT, gpg_key(home))
    known = openpgp.gpg_verify(TEXT, made, now())
    assert known.state is State.GOOD
    assert known.message == f"good signature by Reviewer <reviewer@example.org>, key {made.key}"
    assert known.principals == (OWNER,)
    assert len(made.key) == 40


def test_a_name_that_its_owner_adds_to_a_trusted_key_is_nobodys_that_is_trusted(home: Path) -> None:
    address = gpg_key(home)
    gpg(home, "--passphrase", "", "--quick-add-uid", address, "A. Boss <boss@example.org>")
    gpg(home, "--passphrase", "", "--quick-set-primary-uid", address, "A. Boss <boss@example.org>")
    made = openpgp.gpg_sign(TEXT, address)
    public_key = gpg(home, "--armor", "--export")
    with gpg_home() as other:
        gpg(other, "--import", given=public_key)
        gpg_key(other, "verifier@example.org")
        gpg(other, "--passphrase", "", "--quick-lsign-key", made.key, f"={OWNER}")
        known = openpgp.gpg_verify(TEXT, made, now())
        assert (known.state, known.principals) == (State.GOOD, (OWNER,))
        assert known.message.startswith(f"good signature by {OWNER}, key ")


def test_another_text_makes_it_bad(home: Path) -> None:
    made = openpgp.gpg_sign(TEXT, gpg_key(home))
    assert openpgp.gpg_verify(TEXT + "x", made, now()).state is State.BAD
    assert openpgp.gpg_verify(TEXT, replace(made, text="nonsense"), now()).state is State.BAD


def test_a_key_that_is_not_in_the_keyring_is_a_valid_signature_by_an_unknown_key(home: Path) -> None:
    made = openpgp.gpg_sign(TEXT, gpg_key(home))
    assert "PRIVATE" not in (made.public_key or "")
    with gpg_home():
        known = openpgp.gpg_verify(TEXT, made, now())
        assert known.state is State.UNKNOWN_KEY
        assert known.message == f"valid signature, unknown key {made.key}: not in your keyring"
        assert openpgp.gpg_verify(TEXT + "x", made, now()).state is State.BAD
        assert openpgp.gpg_verify(TEXT, replace(made, public_key=None), now()).state is State.UNVERIFIED


def test_a_key_that_is_there_and_not_trusted_is_unknown(home: Path) -> None:
    made = openpgp.gpg_sign(TEXT, gpg_key(home))
    with gpg_home() as other:
        gpg(other, "--import", given=made.public_key or "")
        assert openpgp.gpg_verify(TEXT, made, now()).state is State.UNKNOWN_KEY


def test_a_key_that_has_expired_since_was_good_on_its_day_and_not_on_a_later_one(home: Path) -> None:
    address = gpg_key(home, expires="2020-06-01", then=True)
    armour = gpg(
        home,
        "--faked-system-time",
        "20200201T000000!",
        "--armor",
        "--detach-sign",
        "--local-user",
        address,
        "--output",
        "-",
        given=TEXT,
    )
    made = Signature(SignatureKind.GPG, armour, "")
    then = openpgp.gpg_verify(TEXT, made, datetime(2020, 2, 1, tzinfo=UTC))
    assert (then.state, then.principals) == (State.GOOD, (OWNER,))
    assert openpgp.gpg_verify(TEXT, made, datetime(2020, 7, 1, tzinfo=UTC)).state is State.EXPIRED_KEY


def test_an_expired_key_cannot_sign(home: Path) -> None:
    address = gpg_key(home, expires="2020-06-01", then=True)
    with pytest.raises(SigningError, match="gpg could not sign with reviewer@example"):
        openpgp.gpg_sign(TEXT, address)


@pytest.mark.parametrize("name", ["", "-o", "nobody@example.org"])
def test_a_name_of_no_key_is_one_clear_line(home: Path, name: str) -> None:
    del home
    with pytest.raises(SigningError) as wrong:
        openpgp.gpg_sign(TEXT, name)
    assert "\n" not in str(wrong.value)

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.audit import signatures as ssh
from evidence.model.audit import Signature, SignatureKind, SignatureState
from evidence.model.errors import SigningError
from processes import allowed_signers, ssh_key

NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

TEXT = 'evidence-tracker sign-off 1\nname: "A. Reviewer"\n'
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
State = SignatureState


def test_a_signature_of_an_allowed_signer_is_good_and_names_whose_it_is(tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    made = ssh.ssh_sign(TEXT, str(key))
    known = ssh.ssh_verify(TEXT, made, AT, allowed_signers(tmp_path, key))
    assert known.state is State.GOOD
    assert known.message == f"good signature by reviewer@example.org, key {made.key}"
    assert known.principals == ("reviewer@example.org",)
    assert made.key.startswith("ED25519 SHA256:")


@pytest.mark.parametrize(
    ("principal", "stated", "is_one"),
    [
        ("*@example.org", "alice@example.org", True),
        ("*@example.org,!mallory@example.org", "mallory@example.org", False),
        ("!mallory@example.org,*@example.org", "alice@example.org", True),
        ("*@example.org", "alice@example.com", False),
        ("alice@example.org,alice@example.com", "alice@example.com", True),
    ],
)
def test_who_is_stated_is_one_of_its_principals_where_a_pattern_says_so(
    tmp_path: Path, principal: str, stated: str, is_one: bool
) -> None:
    key = ssh_key(tmp_path)
    made = ssh.ssh_sign(TEXT, str(key))
    known = ssh.ssh_verify(TEXT, made, AT, allowed_signers(tmp_path, key, principal), stated)
    assert (known.state, stated in known.principals) == (State.GOOD, is_one)


def test_a_key_that_two_lines_allow_is_known_by_both(tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    made = ssh.ssh_sign(TEXT, str(key))
    file = allowed_signers(tmp_path, key, "alice@example.org")
    file.write_text(file.read_text() + file.read_text().replace("example.org", "example.com"))
    assert "alice@example.com" in ssh.ssh_verify(TEXT, made, AT, file, "alice@example.com").principals


def test_another_text_makes_it_bad(tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    made = ssh.ssh_sign(TEXT, str(key))
    assert ssh.ssh_verify(TEXT.replace("A.", "B."), made, AT, allowed_signers(tmp_path, key)).state is State.BAD


def test_what_is_no_signature_is_bad(tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    assert (
        ssh.ssh_verify(TEXT, Signature(SignatureKind.SSH, "nonsense", ""), AT, allowed_signers(tmp_path, key)).state
        is State.BAD
    )


def test_a_key_that_nobody_allowed_is_a_valid_signature_by_an_unknown_key(tmp_path: Path) -> None:
    key, other = ssh_key(tmp_path), ssh_key(tmp_path, "other")
    made = ssh.ssh_sign(TEXT, str(key))
    known = ssh.ssh_verify(TEXT, made, AT, allowed_signers(tmp_path, other))
    assert known.state is State.UNKNOWN_KEY
    assert known.message == f"valid signature, unknown key {made.key}: not in allowed_signers"


def test_without_allowed_signers_no_key_is_known(tmp_path: Path) -> None:
    made = ssh.ssh_sign(TEXT, str(ssh_key(tmp_path)))
    assert ssh.ssh_verify(TEXT, made, AT, None).state is State.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ('valid-before="20261123"', State.EXPIRED_KEY),
        ('valid-after="20261124"', State.EXPIRED_KEY),
        ('valid-before="20261124"', State.GOOD),
        ('namespaces="git"', State.UNKNOWN_KEY),
        ('namespaces="evidence-tracker,git"', State.GOOD),
    ],
)
def test_a_key_counts_for_the_time_and_purpose_that_it_is_allowed_for(
    tmp_path: Path, options: str, state: SignatureState
) -> None:
    key = ssh_key(tmp_path)
    made = ssh.ssh_sign(TEXT, str(key))
    assert ssh.ssh_verify(TEXT, made, AT, allowed_signers(tmp_path, key, options=options)).state is state


def test_a_signature_made_for_another_purpose_is_bad(tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(key)], input=TEXT.encode(), capture_output=True, check=True
    )
    made = Signature(SignatureKind.SSH, done.stdout.decode(), "")
    assert ssh.ssh_verify(TEXT, made, AT, allowed_signers(tmp_path, key)).state is State.BAD


def test_a_key_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SigningError, match="key not found"):
        ssh.ssh_sign(TEXT, str(tmp_path / "none"))


def test_a_file_that_is_no_key_is_one_clear_line_without_its_content(tmp_path: Path) -> None:
    file = tmp_path / "notes"
    file.write_text("my secret word is xyzzy\n")
    file.chmod(0o600)
    ssh_key(tmp_path)
    with pytest.raises(SigningError, match="ssh-keygen could not sign with") as wrong:
        ssh.ssh_sign(TEXT, str(file))
    assert "xyzzy" not in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_allowed_signers_that_are_named_and_not_there_are_reported(tmp_path: Path) -> None:
    made = ssh.ssh_sign(TEXT, str(ssh_key(tmp_path)))
    with pytest.raises(SigningError, match="file of allowed signers not found"):
        ssh.ssh_verify(TEXT, made, AT, tmp_path / "none")


def test_what_is_kept_of_a_signature_holds_no_private_key(tmp_path: Path) -> None:
    made = ssh.ssh_sign(TEXT, str(ssh_key(tmp_path)))
    assert "PRIVATE" not in made.text + made.key


@NEEDS_GIT
def test_the_allowed_signers_of_git_are_those_of_its_own_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = tmp_path / "allowed_signers"
    (tmp_path / "gitconfig").write_text(f'[gpg "ssh"]\n\tallowedSignersFile = {known}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.chdir(tmp_path)
    assert ssh.gits_allowed_signers() == known
    assert ssh.gits_allowed_signers(outside=True) == known


@NEEDS_GIT
def test_a_setting_of_git_inside_the_checkout_is_not_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "config", "gpg.ssh.allowedSignersFile", "signers"], check=True)
    assert ssh.gits_allowed_signers() == Path("signers")
    assert ssh.gits_allowed_signers(outside=True) is None

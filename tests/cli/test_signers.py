"""Who may sign: by the key, by the role, by whoever says whose a key is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.test_sign import PAPERS, sign_offs
from processes import Command, ssh_key

ALICE, MALLORY = "alice@example.org", "mallory@example.org"
ROLES = "[policy.sign-off.roles]\n'Medical Editor' = ['alice@example.org']\n"


class Desk:
    """A folder in which all was checked, the keys of two people beside it, and a file that allows both."""

    def __init__(self, evidence: Command, keys: Path) -> None:
        self.evidence = evidence
        self.keys = keys
        for person in (ALICE, MALLORY):
            ssh_key(keys, person)
        self.signers = self.allow("signers", **{ALICE: ALICE, MALLORY: MALLORY})
        evidence.env["EVIDENCE_ALLOWED_SIGNERS"] = str(self.signers)
        evidence.env["GIT_CONFIG_GLOBAL"] = str(keys / "gitconfig")
        evidence.write(PAPERS.split("\n", 1)[1])

    def allow(self, name: str, **principals: str) -> Path:
        """A file of allowed signers: the key of each person, by the principal that it is known by."""
        lines = [
            f"{principal} {(self.keys / f'{owner}.pub').read_text().rsplit(' ', 1)[0]}\n"
            for principal, owner in principals.items()
        ]
        file = self.keys / name
        file.write_text("".join(lines))
        return file

    def sign(self, key: str | None, name: str, *more: str, role: str = "medical editor") -> str:
        """Check, then sign; what is said on standard error."""
        assert self.evidence.check().returncode in {0, 1}
        by = ("--key", self.keys / key) if key else ()
        words = ("sign", "--as-of", Command.today, "--role", role, "--meaning", "approved", "--yes", "--name", name)
        done = self.evidence(*words, *by, *more)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def edit(self) -> None:
        """Other bytes of the references, which void every sign-off."""
        file = self.evidence.folder / "references.yaml"
        file.write_text(file.read_text() + "# edited\n")

    def codes(self) -> list[str]:
        return [reported[:6] for reported in sign_offs(self.evidence)[0]]

    def states(self) -> list[tuple[str, str]]:
        return [(one["name"], one["state"]) for one in sign_offs(self.evidence)[1]]

    def configure(self, text: str) -> None:
        self.evidence.write(text, "evidence.toml")


@pytest.fixture
def desk(evidence: Command, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(evidence, tmp_path_factory.mktemp("keys"))


@pytest.mark.parametrize("name", ["alice@example.org", "Alice Example <alice@example.org>"])
def test_a_key_signs_in_the_name_that_it_is_known_by(desk: Desk, name: str) -> None:
    assert "note:" not in desk.sign(ALICE, name)
    assert (desk.codes(), desk.states()) == ([], [(name, "in-force")])


@pytest.mark.parametrize(
    "name", ["alice@example.org", "Alice Example <alice@example.org>", "Alice Example", "mallory@example.org <a@b.c>"]
)
def test_an_allowed_key_cannot_sign_as_somebody_else(desk: Desk, name: str) -> None:
    assert "note: this sign-off will not be in force (SGN003): the key belongs to mallory@example.org" in desk.sign(
        MALLORY, name
    )
    (reported,), _ = sign_offs(desk.evidence)
    assert reported.startswith(
        f"SGN003 the sign-off of 2026-11-23 by {name} (medical editor, approved) has the wrong signer"
    )
    assert f"the key belongs to mallory@example.org, but the sign-off names {name}" in reported
    assert desk.states() == [(name, "void")]
    assert desk.evidence.check().returncode == 1
    assert "wrong signer" in desk.evidence("verify").stdout


def test_in_a_role_only_those_sign_whom_the_policy_names(desk: Desk) -> None:
    desk.configure(ROLES)
    desk.sign(MALLORY, MALLORY)
    desk.sign(MALLORY, MALLORY, role="physician")
    (reported,), _ = sign_offs(desk.evidence)
    assert "mallory@example.org may not sign as medical editor (only alice@example.org)" in reported
    desk.sign(ALICE, ALICE)
    assert desk.codes() == []


def test_a_sign_off_without_a_key_does_not_take_the_place_of_a_voided_one_with_a_key(desk: Desk) -> None:
    desk.sign(ALICE, ALICE)
    desk.edit()
    assert desk.codes() == ["SGN001"]
    desk.sign(None, ALICE)
    assert desk.codes() == ["SGN001"]
    assert desk.states() == [(ALICE, "void"), (ALICE, "in-force")]
    desk.sign(ALICE, ALICE)
    assert (desk.codes(), desk.states()) == ([], [(ALICE, "in-force")])


def test_neither_does_one_by_a_key_of_somebody_else_nor_by_one_that_nobody_knows(desk: Desk) -> None:
    ssh_key(desk.keys, "stranger")
    desk.sign(ALICE, ALICE)
    desk.edit()
    desk.sign("stranger", ALICE)
    assert desk.codes() == ["SGN001"]
    desk.sign(MALLORY, ALICE)
    assert sorted(desk.codes()) == ["SGN001", "SGN003"]


def test_without_keys_a_newer_one_takes_the_place_of_an_older_as_ever(desk: Desk) -> None:
    desk.sign(None, "A. Reviewer")
    desk.edit()
    desk.sign(None, "B. Reviewer")
    assert (desk.codes(), desk.states()) == ([], [("B. Reviewer", "in-force")])


@pytest.mark.parametrize("key", [None, "stranger"])
def test_where_a_key_is_required_nothing_else_is_in_force(desk: Desk, key: str | None) -> None:
    ssh_key(desk.keys, "stranger")
    desk.configure("[policy.sign-off]\nrequire-key = true\n")
    assert "note: this sign-off will not be in force (SGN004)" in desk.sign(key, ALICE)
    assert (desk.codes(), desk.states()) == (["SGN004"], [(ALICE, "void")])
    assert desk.evidence.check().returncode == 1
    desk.sign(ALICE, ALICE)
    assert (desk.codes(), desk.states()) == ([], [(ALICE, "in-force")])


def test_a_signature_that_cannot_be_verified_here_is_no_pass_where_a_key_is_required(desk: Desk) -> None:
    desk.configure("[policy.sign-off]\nrequire-key = true\n")
    desk.sign(ALICE, ALICE)
    desk.signers.unlink()
    desk.evidence.env["EVIDENCE_ALLOWED_SIGNERS"] = ""
    desk.evidence.env["PATH"] = str(desk.keys)
    (reported,), _ = sign_offs(desk.evidence)
    assert "SGN004" in reported
    assert "ssh-keygen is not installed" in reported


def test_a_references_file_makes_who_may_sign_only_stricter(desk: Desk) -> None:
    desk.configure(f"[policy.sign-off]\nrequire-key = true\n{ROLES}")
    loosened = "policy: {sign-off: {roles: {medical editor: [mallory@example.org]}, require-key: false}}\n"
    desk.evidence.write(loosened + PAPERS.split("\n", 1)[1])
    refused = desk.evidence.check("--format", "json").stdout
    assert "require-key cannot be turned off: the configuration requires a key" in refused
    assert "mallory@example.org cannot be added to medical editor: the configuration lists who may sign" in refused
    desk.sign(MALLORY, MALLORY)
    assert desk.codes() == ["SGN003"]
    desk.sign(None, ALICE, role="physician")
    assert sorted(desk.codes()) == ["SGN003", "SGN004"]


def test_what_a_references_file_asks_is_asked(desk: Desk) -> None:
    asked = "policy: {sign-off: {roles: {medical editor: alice@example.org}, require-key: true}}\n"
    desk.evidence.write(asked + PAPERS.split("\n", 1)[1])
    desk.sign(MALLORY, MALLORY)
    assert desk.codes() == ["SGN003"]
    text = desk.evidence.check().stdout
    assert "sign-offs need a known key; medical editor: alice@example.org" in " ".join(text.split())


@pytest.mark.parametrize(
    ("policy", "wrong"),
    [
        ("sign-off: yes", "policy.sign-off must be a mapping"),
        ("sign-off: {require-key: maybe}", "maybe is not one of true, false"),
        ("sign-off: {roles: [alice]}", "roles gives each role its signers"),
        ("sign-off: {roles: {editor: []}, require: true}", "unknown field policy.sign-off.require"),
    ],
)
def test_what_cannot_be_read_of_it_is_reported(desk: Desk, policy: str, wrong: str) -> None:
    desk.evidence.write(f"policy: {{{policy}}}\n{PAPERS.split(chr(10), 1)[1]}")
    assert wrong in desk.evidence.check("--format", "json").stdout


# Whose keys count


def by_the_environment(desk: Desk) -> str:
    desk.evidence.env["EVIDENCE_ALLOWED_SIGNERS"] = str(desk.signers)
    return "EVIDENCE_ALLOWED_SIGNERS"


def by_git(desk: Desk) -> str:
    desk.evidence.env["EVIDENCE_ALLOWED_SIGNERS"] = ""
    (desk.keys / "gitconfig").write_text(f'[gpg "ssh"]\n\tallowedSignersFile = {desk.signers}\n')
    return "git"


def by_a_configuration_that_is_named(desk: Desk) -> str:
    desk.evidence.env["EVIDENCE_ALLOWED_SIGNERS"] = ""
    named = desk.keys / "mine.toml"
    named.write_text(f"allowed-signers = '{desk.signers}'\n")
    desk.evidence.env["EVIDENCE_CONFIG"] = str(named)
    return "EVIDENCE_CONFIG"


@pytest.mark.parametrize("name_them", [by_the_environment, by_git, by_a_configuration_that_is_named])
def test_a_checkout_makes_no_key_known_where_the_user_says_whose_count(
    desk: Desk, name_them: Callable[[Desk], str]
) -> None:
    own = desk.evidence.folder / "signers"
    own.write_bytes(desk.allow("forged", **{ALICE: MALLORY}).read_bytes())
    desk.allow("signers", **{ALICE: ALICE})
    desk.configure("allowed-signers = 'signers'\n")
    named_by = name_them(desk)
    desk.sign(MALLORY, ALICE)
    desk.sign(ALICE, ALICE, role="physician")
    signatures = [one["signature"] for one in sign_offs(desk.evidence)[1]]
    assert [(one["state"], one["root"]) for one in signatures] == [
        ("unknown-key", None),
        ("good", f"a key listed by {named_by}"),
    ]


def test_an_option_alone_decides(desk: Desk) -> None:
    desk.sign(ALICE, ALICE)
    forged = desk.allow("forged", **{ALICE: MALLORY})
    assert "unknown key" in desk.evidence("verify", "--allowed-signers", forged).stdout
    assert "a key listed by EVIDENCE_ALLOWED_SIGNERS" in desk.evidence("verify").stdout
    assert "a key listed by --allowed-signers" in desk.evidence("verify", "--allowed-signers", desk.signers).stdout


def test_every_report_says_when_a_checkout_alone_makes_a_key_known(desk: Desk) -> None:
    desk.evidence.env["EVIDENCE_ALLOWED_SIGNERS"] = ""
    (desk.evidence.folder / "signers").write_bytes(desk.signers.read_bytes())
    desk.configure("allowed-signers = 'signers'\n")
    desk.sign(ALICE, ALICE)
    for form in ("text", "json", "markdown", "html"):
        done = desk.evidence.check("--format", form)
        assert "a key listed by this checkout" in " ".join(done.stdout.split()), form
    assert "a key listed by this checkout" in desk.evidence("verify").stdout


def test_a_file_of_the_checkout_that_the_user_names_is_still_the_checkouts(desk: Desk) -> None:
    subprocess.run(["git", "init", "-q"], cwd=desk.evidence.folder, check=True)
    (desk.evidence.folder / "signers").write_bytes(desk.signers.read_bytes())
    desk.evidence.env["EVIDENCE_ALLOWED_SIGNERS"] = "signers"
    desk.sign(ALICE, ALICE)
    (one,) = sign_offs(desk.evidence)[1]
    assert one["signature"]["root"] == "a key listed by EVIDENCE_ALLOWED_SIGNERS (a file in this checkout)"


@pytest.mark.parametrize("role", ["medical ed\u0456tor", "medical-editor", "Medical editor.", "medical edito\u0155"])
def test_what_reads_as_a_role_that_only_some_may_sign_in_is_that_role(desk: Desk, role: str) -> None:
    desk.configure(ROLES)
    assert "SGN003" in desk.sign(MALLORY, MALLORY, role=role)
    assert (desk.codes(), desk.states()) == (["SGN003"], [(MALLORY, "void")])


@pytest.mark.parametrize("role", ["\uff4dedical editor", "medical ed\u0456tor", "medical-editor"])
def test_a_file_of_references_adds_nobody_by_another_spelling_of_the_role(desk: Desk, role: str) -> None:
    desk.configure(ROLES)
    file = desk.evidence.folder / "references.yaml"
    file.write_text(f'policy: {{sign-off: {{roles: {{"{role}": [{MALLORY}]}}}}}}\n{file.read_text()}', encoding="utf-8")
    desk.sign(MALLORY, MALLORY)
    assert desk.codes() == ["SGN003"]

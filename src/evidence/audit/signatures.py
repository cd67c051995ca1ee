"""Signatures by the user's own `gpg` and `ssh-keygen`, made and verified.

The programs are run without a shell, with a time limit, and never with a key on the command line. OpenPGP signatures
are read by gpg's status lines (GnuPG, doc/DETAILS), SSH signatures by what `ssh-keygen -Y` prints (OpenSSH 8.2; the
format is PROTOCOL.sshsig).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from evidence.audit.signoffs import NAMESPACE, signer_of
from evidence.model.audit import Signature, SignatureCheck, SignatureKind, SignatureState, SignOff
from evidence.model.errors import SigningError
from evidence.model.regex import regex
from evidence.model.text import one_line

VERIFYING = 20.0
"""Seconds for a program that waits for no person."""

SIGNING = 120.0
"""Seconds for a program that may ask its owner for a passphrase, or to touch a token."""

_COMPLAINT = 200  # characters of a program's complaint
_GPG = "gpg"
_STATUS = "[GNUPG:] "
_TRUSTED = frozenset({"TRUST_FULLY", "TRUST_ULTIMATE"})
_TRUSTED_VALIDITY = frozenset({"f", "u"})
_COLON_ESCAPE = regex(r"\\x([0-9a-f]{2})")
_SLACK = timedelta(hours=1)
"""How much later than the attestation its signature may be made, when the key has expired since."""

_KEYGEN = "ssh-keygen"
_GOOD = regex(r'Good "[^"]*" signature (?:for .+ )?with (\S+) key (SHA256:\S+)')
_NEGATED = "!"
_NOT_THEN = regex(r"key (?:has expired|is not yet valid)")
_GITS_SETTING = "gpg.ssh.allowedSignersFile"
_IN_A_CHECKOUT = frozenset({"local", "worktree"})
"""The scopes of git's settings that are kept inside a checkout."""


@dataclass(frozen=True, slots=True)
class AllowedSigners:
    """A file that says whose SSH keys may sign, and who named it: `this checkout`, an option, a variable."""

    path: Path
    named_by: str
    in_checkout: bool = False

    @property
    def root(self) -> str:
        """What a key is that it names."""
        return f"a key listed by {self.named_by}{' (a file in this checkout)' if self.in_checkout else ''}"


def verified(sign_off: SignOff, allowed: AllowedSigners | None) -> SignatureCheck | None:
    """What is known of a sign-off's signature; None without one. Never a pass for what could not be looked at."""
    signature = sign_off.signature
    if signature is None:
        return None
    try:
        at = datetime.strptime(sign_off.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return SignatureCheck(SignatureState.BAD, "it has no valid signing time")
    try:
        match signature.kind:
            case SignatureKind.SSH:
                path = None if allowed is None else allowed.path
                check = ssh_verify(sign_off.attestation, signature, at, path, signer_of(sign_off.name).text)
                return check if allowed is None else _with_root(check, allowed.root)
            case SignatureKind.GPG:
                return _with_root(gpg_verify(sign_off.attestation, signature, at), "a key trusted in your keyring")
    except SigningError as trouble:
        return SignatureCheck(SignatureState.UNVERIFIED, f"not verified: {trouble.what}")


def _with_root(check: SignatureCheck, root: str) -> SignatureCheck:
    """The check, which also says who made a good signature's key known."""
    if check.state is not SignatureState.GOOD:
        return check
    return replace(check, message=f"{check.message}, {root}", root=root)


def gits_allowed_signers(*, outside: bool = False) -> Path | None:
    """The allowed signers that git goes by here (`gpg.ssh.allowedSignersFile`); None without git or the setting.

    With `outside` only a setting that is kept outside the checkout counts: the user's own, or the system's.
    """
    try:
        result = run(["git", "config", "--show-scope", "--type=path", "--get", _GITS_SETTING], b"", VERIFYING)
    except SigningError:
        return None
    scope, _, named = result.out.rstrip("\n").partition("\t")
    if result.status != 0 or not named or (outside and scope in _IN_A_CHECKOUT):
        return None
    return Path(named)


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """How a program ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """Its last line of complaint, made harmless."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        return one_line(lines[-1].strip())[:_COMPLAINT] if lines else f"exit status {self.status}"


def run(
    arguments: Sequence[str], given: bytes, seconds: float, environ: Mapping[str, str] | None = None
) -> ProgramResult:
    """Run a program; `given` is its standard input, `environ` replaces the environment it is given.

    Raises:
        SigningError: it is not installed, or did not end in time.
    """
    import subprocess  # noqa: PLC0415 - most runs meet no signature

    path = shutil.which(arguments[0])
    if path is None:
        raise SigningError(f"{arguments[0]} is not installed", fix="install it, or sign without a key")
    try:
        result = subprocess.run(  # noqa: S603 - a list of arguments, none of which a shell reads
            [path, *arguments[1:]],
            input=given,
            capture_output=True,
            timeout=seconds,
            check=False,
            env=None if environ is None else dict(environ),
        )
    except subprocess.TimeoutExpired:
        raise SigningError(f"{arguments[0]} did not finish within {seconds:.0f} seconds") from None
    except OSError as trouble:
        raise SigningError(f"{arguments[0]} cannot be run: {trouble.strerror or trouble}") from None
    out, err = (text.decode("utf-8", "replace") for text in (result.stdout, result.stderr))
    return ProgramResult(result.returncode, out, err)


# OpenPGP


def gpg_sign(text: str, key: str) -> Signature:
    """Sign with a key of the user's keyring.

    Raises:
        SigningError: no such key, no gpg, or it would not sign; in one line.
    """
    if not key.strip() or key.startswith("-"):
        raise SigningError(
            f"{key!r} is not a valid key", fix="use --gpg with a key id, a fingerprint or an email address"
        )
    result = run(
        [_GPG, "--armor", "--detach-sign", "--local-user", key, "--status-fd", "2", "--output", "-"],
        text.encode(),
        SIGNING,
    )
    if result.status != 0 or "BEGIN PGP SIGNATURE" not in result.out:
        raise SigningError(f"{_GPG} could not sign with {key}: {_complaint(result)}")
    verdict = _gpg_verdict(text, result.out)
    if not verdict.key:
        raise SigningError(f"{_GPG} made an invalid signature with {key}: {verdict.complaint}")
    exported = run([_GPG, "--armor", "--export-options", "export-minimal", "--export", verdict.key], b"", VERIFYING)
    return Signature(SignatureKind.GPG, result.out, verdict.key, exported.out or None)


def gpg_verify(text: str, signature: Signature, at: datetime) -> SignatureCheck:
    """What is known of a signature; a key that has expired since it was made is judged as of then.

    Raises:
        SigningError: gpg is missing or does not answer.
    """
    verdict = _gpg_verdict(text, signature.text)
    then: tuple[str, ...] = ()
    if "NO_PUBKEY" in verdict.statuses:
        return _by_its_own_key(text, signature)
    if "EXPKEYSIG" in verdict.statuses:
        # As of the attestation, or a moment later, when the signature says it was made.
        try:
            made = datetime.fromtimestamp(int(verdict.statuses.get("VALIDSIG", ())[2]), UTC)
        except (IndexError, ValueError, OverflowError, OSError):
            made = at
        moment = made if at <= made <= at + _SLACK else at
        then = (f"--faked-system-time={moment:%Y%m%dT%H%M%S}!",)
        # GnuPG 2.4 has left the expired key out of its trust database; the next call without a time restores that.
        run([_GPG, "--batch", "--yes", *then, "--check-trustdb"], b"", VERIFYING)
        verdict = _gpg_verdict(text, signature.text, *then)
    check = _gpg_check(verdict)
    if check.state is not SignatureState.GOOD:
        return check
    owners = _owners(verdict.key, *then)
    named = verdict.owner if verdict.owner in owners or not owners else one_line(owners[0])
    return replace(check, message=f"good signature by {named}, key {verdict.key}", principals=owners)


def _owners(key: str, *options: str) -> tuple[str, ...]:
    """The user ids of a key that are trusted here: whoever has it can add any others (GnuPG, doc/DETAILS)."""
    listed = run([_GPG, "--batch", *options, "--with-colons", "--list-keys", key], b"", VERIFYING)
    rows = (line.split(":") for line in listed.out.splitlines())
    return tuple(
        _COLON_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), row[9])
        for row in rows
        if row[0] == "uid" and len(row) > 9 and row[1] in _TRUSTED_VALIDITY
    )


def _gpg_check(verdict: _Verdict) -> SignatureCheck:
    key = f"key {verdict.key}"
    if "REVKEYSIG" in verdict.statuses:
        return SignatureCheck(SignatureState.REVOKED_KEY, f"{key} of {verdict.owner} is revoked")
    if "EXPKEYSIG" in verdict.statuses or "EXPSIG" in verdict.statuses:
        return SignatureCheck(
            SignatureState.EXPIRED_KEY, f"{key} of {verdict.owner} was not valid at the time of signing"
        )
    if "GOODSIG" not in verdict.statuses or not verdict.key:
        return SignatureCheck(SignatureState.BAD, f"the signature does not match this text ({verdict.complaint})")
    if _TRUSTED & verdict.statuses.keys():
        return SignatureCheck(SignatureState.GOOD, f"good signature by {verdict.owner}, {key}")
    return SignatureCheck(
        SignatureState.UNKNOWN_KEY,
        f"valid signature, unknown {key}: its owner name, {verdict.owner}, is not trusted here",
    )


def _by_its_own_key(text: str, signature: Signature) -> SignatureCheck:
    """The signature by the public key beside it, in a keyring of their own: true or bad, its owner unknown."""
    if signature.public_key is None:
        return SignatureCheck(SignatureState.UNVERIFIED, f"public key {signature.key} not found")
    with tempfile.TemporaryDirectory(prefix="evidence-") as home:
        alone = ("--homedir", home, "--no-autostart", "--batch", "--trust-model", "pgp")
        run([_GPG, *alone, "--import"], signature.public_key.encode(), VERIFYING)
        verdict = _gpg_verdict(text, signature.text, *alone)
    check = _gpg_check(verdict)
    if check.state is SignatureState.UNKNOWN_KEY:
        return SignatureCheck(check.state, f"valid signature, unknown key {verdict.key}: not in your keyring")
    if "NO_PUBKEY" in verdict.statuses:
        return SignatureCheck(SignatureState.BAD, "the signature was not made by the key stored with it")
    return check


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What gpg said of a signature, by status word."""

    statuses: Mapping[str, Sequence[str]]
    complaint: str

    @property
    def owner(self) -> str:
        """The name on the key, which its maker chose."""
        words = next(
            (self.statuses[word] for word in ("GOODSIG", "EXPKEYSIG", "REVKEYSIG") if word in self.statuses), ()
        )
        return one_line(" ".join(words[1:]))

    @property
    def key(self) -> str:
        """The fingerprint of the primary key."""
        words = self.statuses.get("VALIDSIG", ())
        return words[-1] if words else ""


def _gpg_verdict(text: str, signature: str, *options: str) -> _Verdict:
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        file = Path(folder, "signature.asc")
        file.write_text(signature, encoding="utf-8")
        arguments = [_GPG, "--batch", *options, "--status-fd", "1", "--verify", str(file), "-"]
        result = run(arguments, text.encode(), VERIFYING, {**os.environ, "LC_ALL": "C"})
    statuses: dict[str, Sequence[str]] = {}
    for line in result.out.splitlines():
        if line.startswith(_STATUS):
            word, *rest = line.removeprefix(_STATUS).split(" ")
            statuses[word] = rest
    return _Verdict(statuses, _complaint(result))


def _complaint(result: ProgramResult) -> str:
    """The last line of complaint that is not a status line."""
    lines = [line for line in result.err.splitlines() if not line.startswith(_STATUS)]
    return ProgramResult(result.status, "", "\n".join(lines)).complaint


# SSH


def ssh_sign(text: str, key: str) -> Signature:
    """Sign with a private key's file, or by the agent with a public key's.

    Raises:
        SigningError: no such key, no ssh-keygen, or it would not sign; in one line, and never with a key in it.
    """
    if not Path(key).is_file():
        raise SigningError(f"key not found: {key}", fix="use --key with the file of your own SSH key")
    result = run([_KEYGEN, "-Y", "sign", "-n", NAMESPACE, "-f", str(Path(key).absolute())], text.encode(), SIGNING)
    if result.status != 0 or "BEGIN SSH SIGNATURE" not in result.out:
        raise SigningError(f"{_KEYGEN} could not sign with {key}: {result.complaint}")
    made = Signature(SignatureKind.SSH, result.out, "")
    fingerprint = _key_in(_novalidate(text, made))
    if fingerprint is None:
        raise SigningError(f"{_KEYGEN} made an invalid signature with {key}")
    return Signature(SignatureKind.SSH, result.out, fingerprint)


def ssh_verify(text: str, signature: Signature, at: datetime, allowed: Path | None, stated: str = "") -> SignatureCheck:
    """What is known of a signature: whose key made it by the allowed signers as of the time of signing, or unknown.

    `stated` is who is said to have made it: one of its principals where a pattern or a further line of the allowed
    signers says so.

    Raises:
        SigningError: ssh-keygen is missing or does not answer.
    """
    fits = _novalidate(text, signature)
    key = _key_in(fits)
    if key is None:
        return SignatureCheck(SignatureState.BAD, f"the signature does not match this text ({fits.complaint})")
    if allowed is None:
        return SignatureCheck(
            SignatureState.UNKNOWN_KEY, f"valid signature, unknown key {key}: no file of allowed signers is set"
        )
    if not allowed.is_file():
        raise SigningError(f"file of allowed signers not found: {allowed}")
    then = f"-Overify-time={at:%Y%m%d%H%M%S}"
    utc = {**os.environ, "TZ": "UTC"}  # in which older ssh-keygens read a time, too
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        file = _written(folder, signature)
        signers = str(allowed.absolute())
        result = run([_KEYGEN, "-Y", "find-principals", "-s", file, "-f", signers, then], b"", VERIFYING, utc)
        found = result.out.splitlines() if result.status == 0 else []
        names = [name for name in found if not name.startswith(_NEGATED)]

        def verified_as(name: str) -> ProgramResult:
            arguments = ["-Y", "verify", "-n", NAMESPACE, "-f", signers, "-I", name, "-s", file, then]
            return run([_KEYGEN, *arguments], text.encode(), VERIFYING, utc)

        if names:
            result = verified_as(names[0])
            if _key_in(result):
                if stated and stated not in names and _key_in(verified_as(stated)):
                    names = [stated, *names]
                return SignatureCheck(
                    SignatureState.GOOD, f"good signature by {one_line(names[0])}, key {key}", tuple(names)
                )
    # The signature fits, but the key is not, was not or was not for this purpose among the allowed.
    if _NOT_THEN.search(result.err):
        return SignatureCheck(SignatureState.EXPIRED_KEY, f"key {key} was not valid at the time of signing")
    message = f"valid signature, unknown key {key}: not in {allowed.name}"
    return SignatureCheck(SignatureState.UNKNOWN_KEY, message)


def _novalidate(text: str, signature: Signature) -> ProgramResult:
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        file = _written(folder, signature)
        return run([_KEYGEN, "-Y", "check-novalidate", "-n", NAMESPACE, "-s", file], text.encode(), VERIFYING)


def _key_in(result: ProgramResult) -> str | None:
    match = _GOOD.search(result.out + result.err)
    return f"{match[1]} {match[2]}" if match and result.status == 0 else None


def _written(folder: str, signature: Signature) -> str:
    file = Path(folder, "signature")
    file.write_text(signature.text, encoding="utf-8")
    return str(file)

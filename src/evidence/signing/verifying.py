"""A signature verified, whichever program it needs; that one is missing is an answer, not an error."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from evidence.errors import SigningError
from evidence.model.signoffs import SignatureCheck, SignatureKind, SignatureState, SignOff
from evidence.signing import gpg, ssh
from evidence.signing.programs import VERIFYING, run


def verified(sign_off: SignOff, allowed: Path | None) -> SignatureCheck | None:
    """What is known of a sign-off's signature; None without one. Never a pass for what could not be looked at."""
    signature = sign_off.signature
    if signature is None:
        return None
    try:
        at = datetime.strptime(sign_off.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return SignatureCheck(SignatureState.BAD, "it does not say when it was signed")
    try:
        match signature.kind:
            case SignatureKind.SSH:
                return ssh.ssh_verify(sign_off.attestation, signature, at, allowed)
            case SignatureKind.GPG:
                return gpg.gpg_verify(sign_off.attestation, signature, at)
    except SigningError as trouble:
        return SignatureCheck(SignatureState.UNVERIFIED, f"not verified: {trouble.what}")


def gits_allowed_signers() -> Path | None:
    """The allowed signers that git goes by here (`gpg.ssh.allowedSignersFile`); None without git or the setting."""
    try:
        done = run(["git", "config", "--type=path", "--get", "gpg.ssh.allowedSignersFile"], b"", VERIFYING)
    except SigningError:
        return None
    named = done.out.rstrip("\n")
    return Path(named) if done.status == 0 and named else None

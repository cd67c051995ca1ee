"""SSH signatures by the user's own `ssh-keygen -Y` (OpenSSH 8.2; the format is PROTOCOL.sshsig).

Whose a key is says the file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS), the same as git's.
"""

from __future__ import annotations

import os
import re
import tempfile
from datetime import datetime
from pathlib import Path

from evidence.errors import SigningError
from evidence.escape import one_line
from evidence.model.signoffs import Signature, SignatureCheck, SignatureKind, SignatureState
from evidence.signing.attestation import NAMESPACE
from evidence.signing.programs import SIGNING, VERIFYING, Ended, run

_KEYGEN = "ssh-keygen"
_GOOD = re.compile(r'Good "[^"]*" signature (?:for .+ )?with (\S+) key (SHA256:\S+)')
_NOT_THEN = re.compile(r"key (?:has expired|is not yet valid)")


def ssh_sign(text: str, key: str) -> Signature:
    """Sign with a private key's file, or by the agent with a public key's.

    Raises:
        SigningError: no such key, no ssh-keygen, or it would not sign; in one line, and never with a key in it.
    """
    if not Path(key).is_file():
        raise SigningError(f"there is no key at {key}", fix="give --key the file of your own SSH key")
    done = run([_KEYGEN, "-Y", "sign", "-n", NAMESPACE, "-f", str(Path(key).absolute())], text.encode(), SIGNING)
    if done.status != 0 or "BEGIN SSH SIGNATURE" not in done.out:
        raise SigningError(f"{_KEYGEN} did not sign with {key}: {done.complaint}")
    made = Signature(SignatureKind.SSH, done.out, "")
    fingerprint = _key_in(_novalidate(text, made))
    if fingerprint is None:
        raise SigningError(f"{_KEYGEN} made a signature with {key} that does not hold")
    return Signature(SignatureKind.SSH, done.out, fingerprint)


def ssh_verify(text: str, signature: Signature, at: datetime, allowed: Path | None) -> SignatureCheck:
    """What is known of a signature: whose key made it by the allowed signers as of the time of signing, or nobody's.

    Raises:
        SigningError: ssh-keygen is missing or does not answer.
    """
    fits = _novalidate(text, signature)
    key = _key_in(fits)
    if key is None:
        return SignatureCheck(SignatureState.BAD, f"the signature is not one of this text ({fits.complaint})")
    if allowed is None:
        return SignatureCheck(
            SignatureState.UNKNOWN_KEY, f"valid signature, unknown key {key}: no allowed signers are named"
        )
    if not allowed.is_file():
        raise SigningError(f"there is no file of allowed signers at {allowed}")
    return _owner(text, signature, at, allowed.absolute(), key)


def _owner(text: str, signature: Signature, at: datetime, allowed: Path, key: str) -> SignatureCheck:
    """Whose key it was on the day of signing, by the allowed signers; that it fits the text is known already."""
    then = f"-Overify-time={at:%Y%m%d%H%M%S}"
    utc = {**os.environ, "TZ": "UTC"}  # in which older ssh-keygens read a time, too
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        file = _written(folder, signature)
        arguments = ["-Y", "find-principals", "-s", file, "-f", str(allowed), then]
        found = run([_KEYGEN, *arguments], b"", VERIFYING, utc)
        names = found.out.splitlines() if found.status == 0 else []
        if not names:
            return _stranger(key, allowed, found)
        arguments = ["-Y", "verify", "-n", NAMESPACE, "-f", str(allowed), "-I", names[0], "-s", file, then]
        done = run([_KEYGEN, *arguments], text.encode(), VERIFYING, utc)
    return _told(names[0], key, allowed, done)


def _told(name: str, key: str, allowed: Path, done: Ended) -> SignatureCheck:
    if _key_in(done):
        return SignatureCheck(SignatureState.GOOD, f"good signature of {one_line(name)}, key {key}")
    return _stranger(key, allowed, done)


def _stranger(key: str, allowed: Path, done: Ended) -> SignatureCheck:
    """A signature that fits, by a key that is not, was not or was not for this purpose among the allowed."""
    if _NOT_THEN.search(done.err):
        return SignatureCheck(SignatureState.EXPIRED_KEY, f"key {key} was not valid when it was signed")
    return SignatureCheck(
        SignatureState.UNKNOWN_KEY, f"valid signature, unknown key {key}: not allowed by {allowed.name}"
    )


def _novalidate(text: str, signature: Signature) -> Ended:
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        file = _written(folder, signature)
        return run([_KEYGEN, "-Y", "check-novalidate", "-n", NAMESPACE, "-s", file], text.encode(), VERIFYING)


def _key_in(done: Ended) -> str | None:
    match = _GOOD.search(done.out + done.err)
    return f"{match[1]} {match[2]}" if match and done.status == 0 else None


def _written(folder: str, signature: Signature) -> str:
    file = Path(folder, "signature")
    file.write_text(signature.text, encoding="utf-8")
    return str(file)

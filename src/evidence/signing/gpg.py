"""OpenPGP signatures by the user's own `gpg`, read by its status lines (GnuPG, doc/DETAILS).

Whose a key is says the user's own keyring: a key that is certified or trusted there, fully or ultimately, is known.
The public key travels beside the signature, so that one who never heard of it can still tell a true signature from a
bad one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from evidence.errors import SigningError
from evidence.escape import one_line
from evidence.model.signoffs import Signature, SignatureCheck, SignatureKind, SignatureState
from evidence.signing.programs import SIGNING, VERIFYING, Ended, run

_GPG = "gpg"
_STATUS = "[GNUPG:] "
_KNOWN = frozenset({"TRUST_FULLY", "TRUST_ULTIMATE"})
_SLACK = timedelta(hours=1)
"""How much later than the attestation its signature may be made, when the key has expired since."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What gpg said of a signature, by status word."""

    said: Mapping[str, Sequence[str]]
    complaint: str

    def __contains__(self, word: str) -> bool:
        return word in self.said

    @property
    def owner(self) -> str:
        """The name on the key, which its maker chose."""
        words = next((self.said[word] for word in ("GOODSIG", "EXPKEYSIG", "REVKEYSIG") if word in self.said), ())
        return one_line(" ".join(words[1:]))

    @property
    def key(self) -> str:
        """The fingerprint of the primary key."""
        words = self.said.get("VALIDSIG", ())
        return words[-1] if words else ""


def gpg_sign(text: str, key: str) -> Signature:
    """Sign with a key of the user's keyring.

    Raises:
        SigningError: no such key, no gpg, or it would not sign; in one line.
    """
    if not key.strip() or key.startswith("-"):
        raise SigningError(f"{key!r} names no key", fix="give --gpg a key id, a fingerprint or an e-mail address")
    done = run(
        [_GPG, "--armor", "--detach-sign", "--local-user", key, "--status-fd", "2", "--output", "-"],
        text.encode(),
        SIGNING,
    )
    if done.status != 0 or "BEGIN PGP SIGNATURE" not in done.out:
        raise SigningError(f"{_GPG} did not sign with {key}: {_complaint(done)}")
    verdict = _judged(text, done.out)
    if not verdict.key:
        raise SigningError(f"{_GPG} made a signature with {key} that does not hold: {verdict.complaint}")
    exported = run([_GPG, "--armor", "--export-options", "export-minimal", "--export", verdict.key], b"", VERIFYING)
    return Signature(SignatureKind.GPG, done.out, verdict.key, exported.out or None)


def gpg_verify(text: str, signature: Signature, at: datetime) -> SignatureCheck:
    """What is known of a signature; a key that has expired since it was made is judged as of then.

    Raises:
        SigningError: gpg is missing or does not answer.
    """
    verdict = _judged(text, signature.text)
    if "NO_PUBKEY" in verdict:
        return _by_its_own_key(text, signature)
    if "EXPKEYSIG" in verdict:
        verdict = _judged(text, signature.text, f"--faked-system-time={_moment(verdict, at):%Y%m%dT%H%M%S}!")
    return _told(verdict)


def _told(verdict: _Verdict) -> SignatureCheck:
    key = f"key {verdict.key}"
    if "REVKEYSIG" in verdict:
        return SignatureCheck(SignatureState.REVOKED_KEY, f"{key} of {verdict.owner} is revoked")
    if "EXPKEYSIG" in verdict or "EXPSIG" in verdict:
        return SignatureCheck(SignatureState.EXPIRED_KEY, f"{key} of {verdict.owner} was not valid when it was signed")
    if "GOODSIG" not in verdict or not verdict.key:
        return SignatureCheck(SignatureState.BAD, f"the signature is not one of this text ({verdict.complaint})")
    if _KNOWN & verdict.said.keys():
        return SignatureCheck(SignatureState.GOOD, f"good signature of {verdict.owner}, {key}")
    return SignatureCheck(
        SignatureState.UNKNOWN_KEY, f"valid signature, unknown {key}: it calls itself {verdict.owner}, not trusted here"
    )


def _by_its_own_key(text: str, signature: Signature) -> SignatureCheck:
    """The signature beside the public key that came with it, in a keyring of their own: true or bad, but nobody's."""
    if signature.public_key is None:
        return SignatureCheck(SignatureState.UNVERIFIED, f"the public key {signature.key} is not here")
    with tempfile.TemporaryDirectory(prefix="evidence-") as home:
        alone = ("--homedir", home, "--no-autostart", "--batch", "--trust-model", "pgp")
        run([_GPG, *alone, "--import"], signature.public_key.encode(), VERIFYING)
        verdict = _judged(text, signature.text, *alone)
    told = _told(verdict)
    if told.state is SignatureState.UNKNOWN_KEY:
        return SignatureCheck(told.state, f"valid signature, unknown key {verdict.key}: it is not in the keyring here")
    if "NO_PUBKEY" in verdict:
        return SignatureCheck(SignatureState.BAD, "the signature is not by the key that came with it")
    return told


def _moment(verdict: _Verdict, at: datetime) -> datetime:
    """When to judge an expired key: at the attestation, or a moment later, when the signature says it was made."""
    words = verdict.said.get("VALIDSIG", ())
    try:
        made = datetime.fromtimestamp(int(words[2]), UTC)
    except (IndexError, ValueError, OverflowError, OSError):
        return at
    return made if at <= made <= at + _SLACK else at


def _judged(text: str, signature: str, *options: str) -> _Verdict:
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        file = Path(folder, "signature.asc")
        file.write_text(signature, encoding="utf-8")
        arguments = [_GPG, "--batch", *options, "--status-fd", "1", "--verify", str(file), "-"]
        done = run(arguments, text.encode(), VERIFYING, {**os.environ, "LC_ALL": "C"})
    said: dict[str, Sequence[str]] = {}
    for line in done.out.splitlines():
        if line.startswith(_STATUS):
            word, *rest = line.removeprefix(_STATUS).split(" ")
            said[word] = rest
    return _Verdict(said, _complaint(done))


def _complaint(done: Ended) -> str:
    """Its last word that is not a status line."""
    kept = [line for line in done.err.splitlines() if not line.startswith(_STATUS)]
    return Ended(done.status, "", "\n".join(kept)).complaint

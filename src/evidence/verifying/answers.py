"""Whether raw answers are what they were, and whether everything that names one finds it."""

from __future__ import annotations

from evidence.audit.flaws import Flaw, Remark
from evidence.store import digests, encoding
from evidence.verifying.own import Forgotten
from evidence.verifying.subject import Told, VerifySubject

_ASK_AGAIN = "`evidence check --refresh` asks again; restore a backup to have back what was said then"

_NAMED_AND_MISSING = (
    "SELECT o.sequence, o.identifier, o.run, o.record_sha256, r.started FROM observations AS o "
    "JOIN runs AS r ON r.sequence = o.run WHERE o.record_sha256 IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM answers AS a WHERE a.sha256 = o.record_sha256) ORDER BY o.sequence"
)
_RECORDS = (
    "SELECT r.identifier, r.address, a.sha256, r.fetched_at, r.as_of, r.source, r.tool_version, r.digest "
    "FROM records AS r LEFT JOIN answers AS a ON a.sequence = r.answer ORDER BY 1, 2"
)
_SEEN = (
    "SELECT record_sha256, as_of, source FROM observations "
    "WHERE identifier = ? AND address = ? AND at = ? AND origin = 'network' AND state IN ('found', 'not-found')"
)


def raw_answers(subject: VerifySubject) -> Told:
    """Every raw answer hashes to the SHA-256 under which it is kept."""
    store = subject.store
    if store is None:
        return
    sound: set[str] = set()
    harmed: list[tuple[int, str, str]] = []
    for number, sha256, packed, crc in store.connection.execute("SELECT sequence, sha256, raw, crc FROM answers"):
        if encoding.unpack(packed, sha256) is None:
            harmed.append((number, sha256, "the raw answer does not hash to its SHA-256"))
        elif encoding.checksum(packed, number) != crc:
            harmed.append((number, sha256, "the bytes of the raw answer as it is packed do not match their checksum"))
        else:
            sound.add(sha256)
    for number, sha256, what in harmed:
        place = f"{store.shown} answers {number}"
        if sha256 in sound:
            yield Remark(f"{place}: {what}; the same answer was kept again since")
        else:
            yield Flaw(place, f"{what} ({sha256[:16]}…)", _ASK_AGAIN)


def answers_that_runs_were_given(subject: VerifySubject) -> Told:
    """Every raw answer that an observation names is kept, unless a pruning removed it."""
    store = subject.store
    if store is None:
        return
    mine = subject.own
    forgotten = mine.forgotten if mine else Forgotten(None, None)
    earlier = int(mine.beginning.get("earlier-runs", "0")) if mine else 2**63
    lost = pruned = 0
    for number, identifier, run, sha256, started in store.connection.execute(_NAMED_AND_MISSING):
        if run <= earlier:
            lost += 1
        elif forgotten.has_answers_of(started):
            pruned += 1
        else:
            what = f"the raw answer about {identifier} ({sha256[:16]}…) is not kept any more: it was removed"
            yield Flaw(f"{store.shown} observations {number}", what, "restore the store from a backup")
    if lost:
        yield Remark(f"{lost} raw answers were not kept, from before the trail began")
    if pruned:
        yield Remark(f"{pruned} raw answers that observations name were pruned")


def stored_records(subject: VerifySubject) -> Told:
    """What is served as an authority's last answer is what was kept, as the run that asked saw it."""
    store = subject.store
    if store is None:
        return
    for *told, digest in store.connection.execute(_RECORDS).fetchall():
        identifier, address, sha256, fetched_at, as_of, source, _ = told
        place = f"{store.shown} records {identifier} at {address}"
        if digests.digest_of("records", told) != digest:
            yield Flaw(place, "the row does not match its own digest, so it was changed", _ASK_AGAIN)
            continue
        seen = store.connection.execute(_SEEN, (identifier, address, fetched_at)).fetchall()
        if seen and (sha256, as_of, source) not in seen:
            what = "the run that asked then was answered otherwise, by what the trail bound of it"
            yield Flaw(place, what, _ASK_AGAIN)

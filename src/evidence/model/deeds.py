"""What a command did, or failed to do, as the audit trail takes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class AuditAction(StrEnum):
    """What can be done to a monograph's evidence; `BEGIN` is a store that begins or goes on with a trail."""

    BEGIN = "begin"
    RUN = "run"
    IMPORT = "import"
    ADD = "add"
    CONFIRM = "confirm"
    FIX = "fix"
    FORMAT = "format"
    WAIVE = "waive"
    BASELINE = "baseline"
    SIGN = "sign"
    POLICY = "policy"
    LOCK = "lock"
    PRUNE = "prune"
    BUNDLE = "bundle"


class ActionStatus(StrEnum):
    """How it ended. A refused deed was not allowed (a waiver of what cannot be waived), a failed one went wrong.

    `BEGUN` is noted before a deed that could be interrupted; another event of the same deed ends it.
    """

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action on one thing (`object`: a file's path, a reference's id, a run's id).

    `before` and `after` are the SHA-256 of the thing's bytes, None where it did not exist or was not changed; `reason`
    is the person's own word; `details` are further facts, as text.
    """

    action: AuditAction
    object: str
    ending: ActionStatus = ActionStatus.DONE
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where an audit trail has got to: the number of its last event, and that event's hash."""

    sequence: int
    hash: str

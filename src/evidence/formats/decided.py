"""What people have decided since the run before: waivers given or renewed, and sign-offs."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.formats.json_report import Document
from evidence.formats.signed import sign_offs_of, title
from evidence.formats.standing import waived_together
from evidence.formats.text_references import called, listed


def decided_since(shown: Document) -> Iterator[str]:
    """A line for each decision since the run that this one is compared with; none where there is no such run.

    A waiver says its day and no more: one of the very day of that run is told when it covers what none covered then.
    What was decided and is not in force any more, or covers nothing now, is told by the audit trail alone.
    """
    changes = shown.get("changes")
    if not changes:
        return
    since, fresh = changes["since"], set(changes.get("newly_waived", changes.get("waived", ())))
    for waiver, findings in waived_together(shown):
        is_of_that_day = waiver["since"] == since["as_of"] and any(one["fingerprint"] in fresh for one in findings)
        if waiver["since"] > since["as_of"] or is_of_that_day:
            what = listed([f"{one['code']} {called(shown, one['path'], one['reference'])}" for one in findings])
            yield f"{what} waived by {waiver['approved_by']} on {waiver['since']}, until {waiver['until']}"
    for one in sign_offs_of(shown):
        if one["at"] >= since["finished"]:
            yield title(one)

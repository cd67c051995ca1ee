"""All that is verified, in the order in which it is told: the chain first, then what hangs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evidence.audit.flaws import Flaw, Remark
from evidence.verifying import answers, chains, files, heads, rows, signoffs, waivers
from evidence.verifying.subject import DAMAGED, RESTORE, Told, VerifySubject

Check = Callable[[VerifySubject], Told]

CHECKS: tuple[Check, ...] = (
    chains.chain_in_store,
    chains.chain_in_log,
    chains.store_and_log_agree,
    chains.events_in_time,
    heads.heads_in_locks,
    heads.heads_given,
    chains.database_is_sound,
    rows.the_store_has_begun,
    rows.tables_as_they_were,
    rows.reports,
    rows.rows_of_runs,
    rows.runs_are_in_the_trail,
    rows.rows_before_the_trail,
    heads.heads_in_reports,
    answers.raw_answers,
    answers.answers_that_runs_were_given,
    answers.stored_records,
    signoffs.sign_offs_hold,
    signoffs.sign_offs_now,
    files.edits_have_ended,
    files.files_as_they_are,
    waivers.waivers_as_given,
)
"""What is recomputed. A check yields what is broken and what is worth knowing; each stands for itself."""


def verify(subject: VerifySubject) -> Iterator[Flaw | Remark]:
    """Everything that is to be said, the first broken link first."""
    for check in CHECKS:
        try:
            yield from check(subject)
        except DAMAGED as error:
            shown = subject.store.shown if subject.store else ""
            yield Flaw(shown, f"the file is damaged: {error}", RESTORE)

"""The triggers that keep recorded rows as they are; they guard against mistakes, also by other programs."""

from __future__ import annotations


def refuse_deletion(table: str) -> str:
    """The trigger without which rows of an append-only table could be deleted."""
    return (
        f"CREATE TRIGGER {table}_keep_rows BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def allow_deletion(table: str) -> str:
    """Lifts `refuse_deletion`; only a pruning does that, inside its transaction."""
    return f"DROP TRIGGER {table}_keep_rows"


def refuse_update(table: str) -> str:
    """The trigger without which values of an append-only table could be changed."""
    return (
        f"CREATE TRIGGER {table}_keep_values BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def refuse_late(table: str) -> str:
    """The trigger without which something could be added to a run that has ended."""
    return (
        f"CREATE TRIGGER {table}_keep_closed BEFORE INSERT ON {table} "  # noqa: S608
        f"WHEN EXISTS (SELECT 1 FROM run_ends WHERE run = NEW.run) "
        f"BEGIN SELECT RAISE(ABORT, 'the run has ended'); END"
    )

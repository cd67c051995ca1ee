"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import click

from evidence.model.policy import Severity

F = TypeVar("F", bound=Callable[..., Any])


FIRST_YEAR, LAST_YEAR = 1900, 2999


class Day(click.ParamType[date]):
    """A calendar day, YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error that says what is expected."""
        if isinstance(value, date):
            return value
        try:
            day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is no day such as 2026-11-23", param, ctx)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail(f"{value!r} is no day between {FIRST_YEAR} and {LAST_YEAR}", param, ctx)
        return day


class Level(click.Choice[str]):
    """A severity by name."""

    def __init__(self) -> None:
        super().__init__([str(severity) for severity in Severity], case_sensitive=False)


def severity_of(name: str | None) -> Severity | None:
    """The severity of this name."""
    return Severity[name.upper()] if name else None


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order given."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


store_option = click.option("--store", metavar="FILE", help="The store (default: $EVIDENCE_STORE, else evidence.db).")

lock_option = click.option(
    "--lock", metavar="FILE", help="The lock file (default: references.lock.json beside references.yaml)."
)

judging_options = together(
    click.option(
        "--select", multiple=True, metavar="RULE", help="Show only these: a code, a name or a family (ACC001, ACC)."
    ),
    click.option("--ignore", multiple=True, metavar="RULE", help="Leave these out: a code, a name or a family."),
    click.option("--fail-on", type=Level(), help="Exit 1 at findings of this severity or above (default: error)."),
    click.option(
        "--on-incomplete",
        type=click.Choice(["fail", "warn"]),
        default="fail",
        show_default=True,
        help="What exit 3 becomes when something could not be asked: 3, or 0 with a loud line.",
    ),
    click.option("--as-of", type=Day(), help="Judge as of this day (default: today in UTC)."),
    click.option("--actor", metavar="NAME", help="Who runs this (default: $EVIDENCE_ACTOR, else the user's name)."),
)

output_options = together(
    click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True),
    click.option("--output", "-o", metavar="FILE", help="Write the report to FILE instead of standard output."),
    click.option(
        "--verbose", "-v", count=True, help="Say all: every reference with its look-ups, every info with its fix."
    ),
    click.option("--quiet", "-q", is_flag=True, help="Only errors, warnings and the summary; no progress bar."),
)

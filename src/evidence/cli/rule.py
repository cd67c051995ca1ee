"""`evidence rule`: any rule's page, or the list of all."""

from __future__ import annotations

import click

from evidence.app.registry import RULES, find_rule
from evidence.cli.options import complete_rule
from evidence.cli.output import echo
from evidence.model.errors import UsageError
from evidence.model.rule import FAMILIES, Rule


@click.command(name="rule")
@click.argument("code", required=False, shell_complete=complete_rule)
def command(code: str | None) -> None:
    """Explain the rule CODE (a code such as ACC001 or a name such as stale-accessed-date), or list all rules."""
    if code is None:
        echo("\n".join(_listing()))
        return
    rule = find_rule(code)
    if rule is None:
        raise UsageError(f"unknown rule: {code}", fix="`evidence rule` lists all rules")
    echo(page(rule))


def _listing() -> list[str]:
    lines: list[str] = []
    for family, subject in FAMILIES.items():
        rules = [rule for rule in RULES if rule.family == family]
        if rules:
            lines += ["", f"{family}  {subject}"] if lines else [f"{family}  {subject}"]
            lines += [f"  {rule.code}  {rule.severity!s:<8} {rule.name}" for rule in rules]
    return lines


def page(rule: Rule) -> str:
    """One rule's page, as text."""
    lookup = "needs a look-up" if rule.needs_lookup else "needs no look-up"
    family = f"family {rule.family}: {FAMILIES[rule.family]}"
    return f"{rule.code} {rule.name}\n{rule.severity}; {lookup}; {family}\n\n{rule.doc}"

"""Writes what the documentation takes from the code: the rules, the commands, and the picture of the README.

Run without options it writes docs/rules.md, docs/commands.md and docs/evidence.svg; with `--check`
it exits 1 when the first two are not what the code says.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from evidence.app.registry import RULES
from evidence.cli.main import COMMANDS, cli
from evidence.model.rule import FAMILIES
from evidence.reports.sarif import as_markdown

DOCS = Path(__file__).parent
PICTURE_COLUMNS = 112


def rules_page() -> str:
    """Every rule with its docstring, by family."""
    lines = ["# Rules", "", "Generated from the code by `make docs`; `evidence rule CODE` prints the same page.", ""]
    lines += ["| code | name | severity | needs a look-up |", "|---|---|---|---|"]
    lines += [
        f"| [{rule.code}](#{rule.code.lower()}-{rule.name}) | {rule.name} | {rule.severity} "
        f"| {'yes' if rule.needs_lookup else 'no'} |"
        for rule in RULES
    ]
    for family, subject in FAMILIES.items():
        rules = [rule for rule in RULES if rule.family == family]
        if rules:
            lines += ["", f"## {family}: {subject}"]
        for rule in rules:
            lines += ["", f"### {rule.code} {rule.name}", "", f"*{rule.severity}*", "", as_markdown(rule.doc)]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """The help of every command, as the terminal shows it."""
    lines = ["# Commands", "", "Generated from the code by `make docs`."]
    settings = {**cli.context_settings, "terminal_width": 100}
    with click.Context(cli, info_name="evidence", **settings) as root:
        lines += ["", "## evidence", "", "```text", cli.get_help(root), "```"]
        for name in COMMANDS:
            lines += help_of(cli.get_command(root, name), root, name, level=2)
    return "\n".join(lines) + "\n"


def help_of(command: click.Command | None, parent: click.Context, name: str, level: int) -> list[str]:
    """The help of one command and of those below it."""
    if command is None:
        raise SystemExit(f"no command {name}")
    with click.Context(command, parent=parent, info_name=name) as context:
        lines = ["", f"{'#' * level} {context.command_path}", "", "```text", command.get_help(context), "```"]
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                lines += help_of(command.get_command(context, below), context, below, level + 1)
    return lines


def picture() -> str:
    """A real run of the demo, as an SVG without any outside reference."""
    from rich.ansi import AnsiDecoder  # noqa: PLC0415 - only the picture needs it
    from rich.console import Console, Group  # noqa: PLC0415

    command = [
        sys.executable,
        "-m",
        "evidence",
        "demo",
        "--as-of",
        "2026-11-23",
        "--actor",
        "regulatory",
        "references.yaml",
    ]
    environ = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(PICTURE_COLUMNS)}
    run = subprocess.run(command, cwd=DOCS.parent, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    if run.stderr or not run.stdout:
        raise SystemExit(f"the demo did not run: {run.stderr}")
    console = Console(record=True, width=PICTURE_COLUMNS, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    console.print(Group(*AnsiDecoder().decode(f"$ evidence demo references.yaml\n{run.stdout}")))
    svg = console.export_svg(title="evidence")
    start, end = svg.index("@font-face"), svg.rindex("@font-face")
    return svg[:start] + svg[svg.index("}", end) + 1 :].lstrip()


def main() -> None:
    """Write the pages, or compare them with `--check`."""
    pages = {"rules.md": rules_page(), "commands.md": commands_page()}
    if "--check" in sys.argv[1:]:
        old = [name for name, text in pages.items() if not (DOCS / name).exists() or (DOCS / name).read_text() != text]
        if old:
            raise SystemExit(f"docs/{', docs/'.join(old)} not as the code says: run `make docs`")
        return
    for name, text in {**pages, "evidence.svg": picture()}.items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Writes the pages that come from the code: rules, commands, messages, the packages' floors, the picture of the README.

Without options it writes rules.md, commands.md, messages.md, floors.svg, evidence.svg and the samples in docs/; with
`--check` it exits 1 if one of the first four differs from the code.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap

import click
from messages import messages_page

from evidence.app.registry import RULES
from evidence.cli.main import COMMANDS, cli
from evidence.demo.server import DemoServer
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


def floors_picture() -> str:
    """The packages on their floors, as the import contract in pyproject.toml has them; imports only point down.

    Each package is described by the first sentence of its docstring.
    """
    contracts = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = [layer.split(" | ") for layer in contracts["contracts"][0]["layers"] if layer != "__main__"]
    width, height, gap = 1000, 104, 14
    boxes = []
    for at, layer in enumerate(layers):
        top = gap + at * (height + gap)
        boxes.append(f'<text x="16" y="{top + height / 2 + 8}" font-size="24" fill="#666">{len(layers) - at}</text>')
        box = (width - 50 - gap * len(layer)) / len(layer)
        for place, name in enumerate(layer):
            left = 50 + place * (box + gap)
            boxes.append(
                f'<rect x="{left:.1f}" y="{top}" width="{box:.1f}" height="{height}" fill="#eef3f8" stroke="#345"/>'
            )
            boxes.append(f'<text x="{left + 10:.1f}" y="{top + 23}" font-size="17" font-weight="600">{name}</text>')
            docstring = " ".join((importlib.import_module(f"evidence.{name}").__doc__ or "").split())
            about = wrap(docstring.split(". ")[0].rstrip(".").replace("`", ""), int(box / 7))
            boxes += [
                f'<text x="{left + 10:.1f}" y="{top + 43 + 17 * number}" font-size="13">{escape(line)}</text>'
                for number, line in enumerate(about[:4])
            ]
    size = f'viewBox="0 0 {width} {len(layers) * (height + gap) + gap}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" fill="#123">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *boxes, "</svg>"]) + "\n"


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


def samples() -> None:
    """Writes the sample report and the sample list of the README, of references.yaml and the demo server's answers."""
    with DemoServer() as server, TemporaryDirectory() as folder:
        addresses = {f"EVIDENCE_{service.upper()}_URL": address for service, address in server.addresses.items()}
        environ = {**os.environ, **addresses, "EVIDENCE_ACTOR": "regulatory", "EVIDENCE_STORE": f"{folder}/evidence.db"}
        (DOCS / "samples").mkdir(exist_ok=True)
        for command in (
            [
                "demo",
                "references.yaml",
                "--as-of",
                "2026-11-23",
                "--force",
                "--format",
                "html=docs/samples/report.html",
            ],
            ["check", "references.yaml", "--as-of", "2026-11-23"],
            ["export", "references.yaml", "--force", "-o", "docs/samples/references.md"],
        ):
            evidence = [sys.executable, "-m", "evidence", *command]
            done = subprocess.run(evidence, cwd=DOCS.parent, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode not in (0, 1, 3):
                raise SystemExit(f"evidence {' '.join(command)}: {done.stderr}")


def main() -> None:
    """Write the pages, or compare them with `--check`."""
    pages = {
        "rules.md": rules_page(),
        "commands.md": commands_page(),
        "messages.md": messages_page(),
        "floors.svg": floors_picture(),
    }
    if "--check" in sys.argv[1:]:
        old = [name for name, text in pages.items() if not (DOCS / name).exists() or (DOCS / name).read_text() != text]
        if old:
            raise SystemExit(f"docs/{', docs/'.join(old)} not as the code says: run `make docs`")
        return
    for name, text in {**pages, "evidence.svg": picture()}.items():
        (DOCS / name).write_text(text, encoding="utf-8")
    samples()


if __name__ == "__main__":
    main()

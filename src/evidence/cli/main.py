"""The `evidence` command: finds the command by name, and turns every end into an exit status."""

from __future__ import annotations

import gc
import importlib
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from evidence.model.errors import EvidenceError
from evidence.model.version import __version__

if TYPE_CHECKING:
    from types import FrameType

    from click.shell_completion import CompletionItem

COMMANDS = {
    "init": ("init", "command", "find the monographs in this folder and write evidence.toml"),
    "check": ("check", "command", "look up and check every reference"),
    "review": (
        "review",
        "command",
        "carry out the periodic review: read the monographs again, check them, write a folder to file",
    ),
    "demo": ("demo", "command", "check the example monograph against an embedded demo server, without internet access"),
    "show": ("show", "command", "show what is known about one reference"),
    "export": ("export", "command", "print the references as a bibliography in any style"),
    "import": (
        "import_",
        "command",
        "read references from a monograph or a reference manager's file into a references file",
    ),
    "add": ("add", "command", "look up sources and add them to a references file"),
    "confirm": ("confirm", "command", "record that a person has read a source again"),
    "fix": ("fix", "command", "fix what can be fixed: identifiers, moved links, fields that you accept"),
    "format": ("format", "command", "put the keys of a references file in order; comments are kept"),
    "sign": ("sign", "command", "sign off what you have reviewed or approved, bound to the exact files"),
    "bundle": ("bundle", "command", "create one ZIP file with everything an inspector needs to verify a run"),
    "report": ("report", "command", "print the report of a recorded run again"),
    "runs": ("runs", "command", "list the recorded runs"),
    "history": ("history", "command", "show the history of one reference, run by run"),
    "diff": ("diff", "command", "show the differences between two runs"),
    "due": ("due", "command", "list what is due: sources to read again, confirmations and waivers that expire"),
    "waive": ("waive", "waive_command", "waive a finding until a date, with approver and reason"),
    "waivers": ("waive", "waivers_command", "list the waivers: in force, expired or void"),
    "baseline": (
        "waive",
        "baseline_command",
        "waive the current findings so that only new ones fail",
    ),
    "log": ("log", "command", "show the audit trail: who did what, when and why"),
    "verify": ("verify", "command", "verify that nothing has changed since it was recorded"),
    "lock": ("lock", "command", "show what the lock file contains and how it changed; rebuild it"),
    "rule": ("rule", "command", "explain a rule, or list all rules"),
    "cache": ("cache", "command", "manage the store: info, export, prune, backup"),
    "doctor": ("doctor", "command", "test the network, certificates, API key and store"),
}
"""The commands by name: module, attribute, short help."""


class _Terminated(KeyboardInterrupt):
    """SIGTERM, as a job's runner, `timeout` or `kill` sends it: the run ends as by Ctrl-C, with another status."""


class Commands(click.Group):
    """Commands by name, each imported only when it runs: `--version` need not load a network stack."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; `click` writes an empty line for what it takes for Ctrl-C, which SIGTERM is not."""
        try:
            return super().invoke(ctx)
        except _Terminated as end:
            raise click.Abort from end

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table above."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, from its module."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"evidence.cli.{module}"), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of this name; for a misspelt one an error that names the nearest."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt command needs it

            near = get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"unknown command {args[0]!r}" + (f"; did you mean {near[0]}?" if near else ""))
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of the commands that begin with what was typed, without importing any of them, then the options."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell's Tab key asks for it

        names = [
            CompletionItem(name, help=summary)
            for name, (_, _, summary) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in COMMANDS.items()])


@click.group(
    cls=Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="evidence")
def cli() -> None:
    """Check the references of a drug monograph: PubMed articles, DailyMed labels, trials and cited web pages.

    Exit status: 0 no failing findings, 1 failing findings, 2 could not run, 3 incomplete (look-ups failed),
    130 interrupted, 143 terminated (by SIGTERM).
    """


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not break what the first one ends
    raise _Terminated


def main() -> NoReturn:
    """Run the command line and leave with its exit status; bad input gets one line on standard error."""
    # sqlite-utils imports numpy where biopython installed it; its BLAS would start a thread per core for nothing.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A run makes hundreds of thousands of small objects that live to its end; looking through all of them for
    # cycles every 700 objects, as Python does by default, costs a fifth of the run. A short run ends before the first.
    gc.set_threshold(200_000, 20, 50)
    for name in ("stdout", "stderr"):  # a stream that was closed before the start (`>&-`) is None
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - for good
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # a pipe has the code page of Windows, which lacks much
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN:
        signal.signal(signal.SIGTERM, _terminate)
    try:
        status = cli.main(standalone_mode=False)
    except click.exceptions.Exit as leave:
        status = leave.exit_code
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        hint = f" (see `{context.command_path} --help`)" if context else ""
        status = _failed(f"error: {error.format_message()}{hint}")
    except (click.Abort, KeyboardInterrupt) as end:
        for number in (signal.SIGINT, signal.SIGTERM):  # a second one must not break the goodbye
            signal.signal(number, signal.SIG_IGN)
        what = "terminated" if isinstance(end.__cause__ or end, _Terminated) else "interrupted"
        status = _failed(f"{what}; the answers received so far are kept in the store", what.upper())
    except EvidenceError as error:
        status = _failed(f"error: {error}")
    except OSError as error:
        place = f"{error.filename}: " if isinstance(error.filename, str) else ""
        status = _failed(f"error: {place}{error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - see below
        # The edge: a defect of ours gets one line too, and its trace on request.
        if os.environ.get("EVIDENCE_DEBUG"):
            _echo_trace(error)
        status = _failed(
            f"internal error: {type(error).__name__}: {error} "
            "(this is a bug in evidence; run again with EVIDENCE_DEBUG=1 for the traceback)"
        )
    _leave(int(status or 0))


def _failed(text: str, status: str = "CANNOT_RUN") -> int:
    """Write the line on standard error; returns the exit status of this name."""
    # Imports the entire model, which `--version` need not load.
    from evidence.cli.output import echo_note  # noqa: PLC0415
    from evidence.model.report import Exit  # noqa: PLC0415

    echo_note(text)
    return int(Exit[status])


def _echo_trace(error: Exception) -> None:
    import traceback  # noqa: PLC0415 - of use for a defect only

    from evidence.cli.output import echo_lines  # noqa: PLC0415 - as in `_failed`

    echo_lines("".join(traceback.format_exception(error)).splitlines())


def _leave(status: int) -> NoReturn:
    """Flush and go at once: threads that still wait for a slow host are not waited for."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # the reader has closed, or its disk is full: the status still says it
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    os._exit(status)

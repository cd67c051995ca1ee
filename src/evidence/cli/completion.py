"""What the shell's Tab key proposes: ids of references and claims, recorded runs, styles.

All is imported when the key is pressed, never by a command that runs. Whatever cannot be read proposes nothing: what
is wrong with it is for the command to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path

import click
from click.shell_completion import CompletionItem

_MOST_RUNS = 20
_LONGEST_HELP = 60  # characters

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _quietly(propose: Callable[[click.Context], Iterable[CompletionItem]]) -> Complete:
    """The proposals that begin with what was typed; none where they cannot be found out."""

    @wraps(propose)
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        del param
        try:
            items = list(propose(ctx))
        except Exception:  # noqa: BLE001 - a traceback in the middle of a line that is being typed helps nobody
            return []
        return [item for item in items if item.value.startswith(incomplete)]

    return complete


@_quietly
def complete_reference(ctx: click.Context) -> Iterable[CompletionItem]:
    """The ids of the references of FILES, or of the files that a check without FILES reads.

    An id that several files have is proposed as `FILE::ID` too.
    """
    return _names(ctx, claims=False)


@_quietly
def complete_reference_or_claim(ctx: click.Context) -> Iterable[CompletionItem]:
    """As `complete_reference`, then the claims, as `claim:ID`."""
    return _names(ctx, claims=True)


def _names(ctx: click.Context, *, claims: bool) -> Iterable[CompletionItem]:
    from evidence.cli.settings import configuration_from, files_from  # noqa: PLC0415 - see the module
    from evidence.library.files import find_libraries  # noqa: PLC0415 - see the module
    from evidence.library.reader import read_library  # noqa: PLC0415 - see the module
    from evidence.model.errors import EvidenceError  # noqa: PLC0415 - see the module
    from evidence.model.text import one_line  # noqa: PLC0415 - see the module

    files = files_from(tuple(ctx.params.get("files") or ()), configuration_from(os.environ))
    titles: dict[str, str] = {}
    files_of: dict[str, list[Path]] = {}
    for path in find_libraries(files):
        with suppress(EvidenceError):  # the other files have ids, too
            library = read_library(path)
            for reference in library.references:
                titles.setdefault(reference.id, one_line(reference.title or reference.cited_as or ""))
                files_of.setdefault(reference.id, []).append(path)
            for claim in library.claims if claims else ():
                titles.setdefault(claim.key, one_line(claim.text))
    for reference_id, paths in files_of.items():
        if len(paths) > 1:  # the command would ask which of them is meant
            titles |= {f"{path}::{reference_id}": str(path) for path in paths}
    return [CompletionItem(one_line(name), help=title[:_LONGEST_HELP]) for name, title in titles.items()]


@_quietly
def complete_run(ctx: click.Context) -> Iterable[CompletionItem]:
    """`last`, `last-1`, and the ids of the last runs, the newest first."""
    from evidence.cli.store import open_store  # noqa: PLC0415 - see the module

    with open_store(os.environ, ctx.params.get("store")) as store:
        runs = store.last_runs(_MOST_RUNS)
    finished = [run for run in runs if run.finished is not None]
    words = zip(("last", "last-1"), finished, strict=False)
    return [
        *(CompletionItem(word, help=f"{run.id}, as of {run.as_of}") for word, run in words),
        *(CompletionItem(run.id, help=f"as of {run.as_of}") for run in runs),
    ]


@_quietly
def complete_style(ctx: click.Context) -> Iterable[CompletionItem]:
    """The names of the styles: the short ones, then all of the CSL project's that are installed."""
    from evidence.bibliography.styles import style_names  # noqa: PLC0415 - see the module

    del ctx
    return [CompletionItem(name) for name in style_names()]

"""`evidence cache`: maintenance of the store."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence.app.registry import SOURCE_TITLES, source_address
from evidence.cli.guard import job_files, refuse_overwriting
from evidence.cli.options import Day, ca_bundle_option, store_option
from evidence.cli.output import ProgressBar, Syntax, echo
from evidence.cli.settings import (
    actor_from,
    configuration_from,
    libraries_from,
    log_from,
    offline_settings,
    settings_from,
    store_from,
)
from evidence.cli.store import require_store
from evidence.cli.trail import echo_warnings
from evidence.library.files import default_libraries
from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.ports import SystemClock
from evidence.model.rule import OF_PAGES
from evidence.model.text import one_line, quantity
from evidence.model.urls import mask_in_message, secrets_in
from evidence.model.version import __version__
from evidence.reports.document import masked_document, stored_json
from evidence.storage import maintenance
from evidence.storage.store import Store

if TYPE_CHECKING:
    from evidence.app.load import LoadSummary


_NAMED = 10  # identifiers or files in one line


@click.group(name="cache", no_args_is_help=False)
def command() -> None:
    """Manage the store: show its contents, copy it, remove old answers."""


@contextmanager
def _existing_store(given: str | None, *, reading: bool = True) -> Iterator[Store]:
    path = store_from(os.environ, given)
    require_store(path)
    log = log_from(os.environ, path, configuration_from(os.environ))
    with Store.open(path, tool_version=__version__, clock=SystemClock(), log=log, reading=reading) as store:
        yield store
        echo_warnings(store)


@command.command(name="info")
@store_option
def info(store: str | None) -> None:
    """Show what the store contains, and its last runs."""
    with _existing_store(store) as opened:
        held, last = maintenance.info(opened), opened.last_runs(5)
    echo(f"store         {one_line(str(held.path))} ({held.size / 1024:,.0f} KiB, schema {held.schema})")
    for address, number in held.records.items():
        echo(f"answers       {number} from {one_line(address)}")
    if held.oldest_fetched and held.newest_fetched:
        echo(f"fetched       {held.oldest_fetched:%Y-%m-%d} to {held.newest_fetched:%Y-%m-%d}")
    echo(f"raw answers   {held.answers}, including those of earlier runs")
    echo(f"audit trail   {held.head.sequence} events, head {held.head.hash if held.head.sequence else 'none yet'}")
    echo(f"history       {held.runs} runs, {held.observations} observations, {held.findings} findings")
    for run in last:
        end = f"exit {int(run.exit)}" if run.exit is not None else "not finished"
        echo(f"run           {run.id}  as of {run.as_of}  {run.mode.words}  {end}  {one_line(run.actor)}")


@command.command(name="export")
@store_option
def export(store: str | None) -> None:
    """Write the whole store as JSON lines to standard output; the same contents give the same lines.

    Secrets in redirect addresses that earlier versions stored are masked; only those rows do not match their SHA-256.
    """
    with _existing_store(store) as opened:
        for line in maintenance.export(opened):
            echo(_masked_row(line), syntax=Syntax.JSON)


def _masked_row(line: str) -> str:
    """A row as it may be shown; unchanged where no secret of a redirect is in it."""
    if not secrets_in(line.replace("\\", "")):
        return line
    values = json.loads(line)
    match values:
        case {"table": "answers", "raw": str(raw)}:
            masked = {"raw": _masked_page(raw)}
        case {"table": "run_ends", "report": str(report)}:
            masked = {"report": _masked_report(report)}
        case {"table": "findings", "code": str(code), "message": str(message)} if code.startswith(OF_PAGES):
            texts = {key: values[key] for key in ("message", "suggestion") if values.get(key)}
            masked = {key: mask_in_message(text, message) for key, text in texts.items()}
        case _:
            return line
    return json.dumps(values | masked, sort_keys=True)


def _masked_report(text: str) -> str:
    """A recorded report without such secrets; the same text where it holds none."""
    document = json.loads(text)
    shown = masked_document(document) if "references" in document else document
    return text if shown == document else stored_json(shown).decode("utf-8")


def _masked_page(raw: str) -> str:
    """The facts of a page without such secrets; any other answer as it is."""
    from evidence.sources.web import facts, page_of  # noqa: PLC0415 - it brings what fetches pages

    try:
        stored = json.loads(raw)
        cited = stored["hops"][0][1] if stored["hops"] else stored["url"]
        return facts(page_of(Identifier(IdKind.URL, cited), raw.encode())).decode("utf-8")
    except (ValueError, LookupError, TypeError):
        return raw


@command.command(name="backup")
@click.argument("target", type=click.Path(path_type=Path))
@store_option
def backup(target: Path, store: str | None) -> None:
    """Copy the store to TARGET, even during a run; an existing file is never overwritten."""
    refuse_overwriting([target], job_files(os.environ, store=store))
    with _existing_store(store) as opened:
        maintenance.backup(opened, target)
    echo(f"copied to {one_line(str(target))}")


@command.command(name="load")
@click.argument("places", nargs=-1, required=True, metavar="FILE|FOLDER|URL...")
@click.option(
    "--for",
    "libraries",
    multiple=True,
    metavar="FILES",
    help="References files whose PMIDs, DOIs and Set IDs are wanted (default: those that `evidence check` reads).",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    metavar="N",
    help="Scan PubMed's files in N processes (default: 1); one writes.",
)
@click.option("--day", type=Day(), help="Day for which the files are valid (default: the day on which each was made).")
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Folder for the files of URLs (default: evidence-tracker in the user's cache folder).",
)
@click.option(
    "--max-age",
    type=click.IntRange(0),
    default=0,
    metavar="DAYS",
    help="Do not fetch the file of a URL if one of its name was loaded and is valid for a day less than this ago.",
)
@ca_bundle_option
@click.option(
    "--actor",
    metavar="NAME",
    help="Name of the person who runs this (default: $EVIDENCE_ACTOR, otherwise the user name).",
)
@store_option
def load(places: tuple[str, ...], libraries: tuple[str, ...], **options: Any) -> None:
    """Fill the store from files, for checks without internet (`evidence check --offline`).

    Reads PubMed's baseline and update files, Retraction Watch's CSV file, DailyMed's list of labels, and single labels,
    known by their contents; an .md5 file beside one of PubMed's is checked. Of a FOLDER, other files are passed over.
    Only what references files or the store name is kept. The file at a URL is fetched first; an interrupted download
    is continued. See docs/offline.md.
    """
    # Only a load reads such files.
    from evidence.app.load import Loader, LoadRequest  # noqa: PLC0415 - see above
    from evidence.app.workers import open_workers  # noqa: PLC0415 - as above
    from evidence.sources.http.download import Downloads, is_address  # noqa: PLC0415 - as above

    clock = SystemClock()
    configuration = configuration_from(os.environ)
    is_any = libraries or configuration.files or any(map(os.path.lexists, default_libraries()))
    read = libraries_from(libraries, configuration, os.environ) if is_any else ()
    request = LoadRequest(places, read, actor_from(os.environ, options["actor"]), options["day"], options["max_age"])
    path = store_from(os.environ, options["store"], configuration)
    log = log_from(os.environ, path, configuration)
    addresses = {source_address("pubmed", offline_settings(os.environ))}
    progress = ProgressBar(clock.monotonic, visible=True, doing="reading")
    downloads = None
    if any(map(is_address, places)):
        network = settings_from(os.environ, ca_bundle=options["ca_bundle"]).network
        fetching = ProgressBar(clock.monotonic, visible=True, doing="fetching")

        def show(name: str, now: int, whole: int) -> None:
            fetching.counted = f" MB of {name}"
            fetching(now // 1_000_000, max(now, whole) // 1_000_000)

        downloads = Downloads(network, clock, options["to"] or _folder_of_downloads(os.environ), show)
    with (
        Store.open(path, tool_version=__version__, clock=clock, log=log) as opened,
        open_workers(options["jobs"]) as workers,
    ):
        try:
            summary = Loader(opened, clock, progress, addresses, downloads=downloads, workers=workers).load(request)
        finally:
            progress.clear()
            echo_warnings(opened)
    for line in _load_lines(summary):
        echo(line)


def _folder_of_downloads(environ: Mapping[str, str]) -> Path:
    """The user's own folder for what can be fetched again: nothing that a checkout could have put there.

    Raises:
        UsageError: the user has no home.
    """
    named = environ.get("LOCALAPPDATA") if sys.platform == "win32" else environ.get("XDG_CACHE_HOME")
    try:
        cache = Path(named) if named else Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    except RuntimeError:
        raise UsageError("there is no home folder to fetch files into", fix="name a folder with --to") from None
    return cache / "evidence-tracker"


def _load_lines(summary: LoadSummary) -> Iterator[str]:
    """What a load read, how far its answers are valid, and what is missing."""
    counts = {
        f"{quantity(summary.known, 'file')} had been read": summary.known,
        f"{quantity(summary.outdated, 'file')} from an earlier year not needed": summary.outdated,
        f"{quantity(summary.passed_over, 'other file')} passed over": summary.passed_over,
        f"{quantity(summary.without_md5, 'file')} without an .md5 file": summary.without_md5,
    }
    deleted = f" ({summary.deleted} deleted by PubMed)" if summary.deleted else ""
    read = f"read {quantity(summary.read, 'file')}: {quantity(summary.answers, 'answer')}{deleted}"
    yield "; ".join([read, *(text for text, number in counts.items() if number)])
    for file in summary.newest:
        files = f"files up to {one_line(file.stem)}" if file.number else "file"
        yield f"{SOURCE_TITLES[file.collection]}'s {files} of {file.day}"
    for before, after in summary.gaps:
        missing = f"{before.number + 1:04d}" + (
            f" to {after.number - 1:04d}" if after.number > before.number + 2 else ""
        )
        yield f"missing: number {missing}; answers are valid up to {one_line(before.stem)}"
    if summary.lacking:
        yield f"not found in the files read: {_listed([str(identifier) for identifier in summary.lacking])}"
    if summary.needed:
        names = _listed([one_line(file.name) for file in summary.needed])
        yield f"to be read again for what was added since: {names}"


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more


@command.command(name="prune")
@click.option(
    "--unused-for",
    type=click.IntRange(min=1),
    default=90,
    show_default=True,
    metavar="DAYS",
    help="Remove stored answers that no run has fetched or used for this long.",
)
@click.option("--history-before", type=Day(), help="Also remove the records of runs started before this day.")
@click.option("--answers-before", type=Day(), help="Also remove raw answers that only runs before this day used.")
@click.option(
    "--actor",
    metavar="NAME",
    help="Name of the person who runs this (default: $EVIDENCE_ACTOR, otherwise the user name).",
)
@store_option
def prune(
    unused_for: int, history_before: date | None, answers_before: date | None, actor: str | None, store: str | None
) -> None:
    """Remove old answers; the records of runs and their raw answers are kept unless you ask for their removal.

    Every pruning is recorded in the store and as an event of the audit trail.
    """
    since = datetime.now(UTC) - timedelta(days=unused_for)
    with _existing_store(store, reading=False) as opened:
        pruned = maintenance.prune(
            opened,
            unused_since=since,
            actor=actor_from(os.environ, actor),
            history_before=history_before,
            answers_before=answers_before,
        )
    echo(
        f"removed {pruned.records} answers, {pruned.answers} raw answers, {pruned.runs} runs, "
        f"{pruned.observations} observations, {pruned.findings} findings; "
        f"{(pruned.size_before - pruned.size_after) / 1024:,.0f} KiB freed"
    )

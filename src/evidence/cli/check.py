"""`evidence check`: the main job."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence.app.check import Checker, CheckRequest, read_libraries, selection_of, with_owner
from evidence.app.lock import (
    NEITHER,
    check_locked,
    check_nearest,
    check_with_locks,
    require_known_services,
    require_no_later_lock,
)
from evidence.cli.guard import JobFile, JobFileRole, files_in_use, guarded, job_files, require_distinct
from evidence.cli.locks import beside_trail, lines_of
from evidence.cli.options import (
    ca_bundle_option,
    files_argument,
    judging_options,
    lock_option,
    output_options,
    store_option,
)
from evidence.cli.output import Output, ProgressBar, echo_note, echo_wait
from evidence.cli.settings import (
    actor_from,
    configuration_from,
    files_from,
    log_from,
    offline_settings,
    place_of_files,
    root_from,
    settings_from,
    store_from,
    weaker_from,
    with_configuration,
)
from evidence.library.config import Configuration
from evidence.library.files import find_libraries
from evidence.model.audit import ChainHead
from evidence.model.errors import Place
from evidence.model.policy import Policy, Severity
from evidence.model.ports import Clock, SystemClock
from evidence.model.report import Mode, Report
from evidence.model.version import __version__
from evidence.reports.document import report_document
from evidence.storage.lockfile import LockFile, lock_of, lock_paths, read_lock, require_writable

if TYPE_CHECKING:
    from evidence.storage.store import Store

FEW = 100
"""Up to so many files are one run with one report."""

_CONTRADICTORY = (
    ("jobs", "scheduler"),
    ("scheduler", "locked"),
    ("scheduler", "local"),
    ("locked", "offline", "refresh"),
    ("locked", "offline", "update_lock"),
    ("no_record", "update_lock"),
    ("local", "offline"),
    ("local", "locked"),
    ("local", "refresh"),
    ("local", "update_lock"),
)


@click.command(name="check")
@files_argument
@judging_options
@click.option("--offline", is_flag=True, help="Run offline, from cached results.")
@click.option("--refresh", is_flag=True, help="Look up everything again, even if the store has recent results.")
@click.option("--locked", is_flag=True, help="Run offline, from the lock file alone, without the store.")
@click.option(
    "--local",
    is_flag=True,
    help="Run offline, from the lock file next to each file, otherwise from the store; implies --no-record.",
)
@click.option("--update-lock", is_flag=True, help="Write the verified results to the lock file.")
@click.option(
    "--batch",
    is_flag=True,
    help=f"Check each file by itself, with a run and a report of its own; always so for more than {FEW} files.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="In a batch, judge files in N processes (default: 1); one asks and one writes.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="In a batch, have files judged by the Dask cluster of this scheduler, tcp://host:8786 (extra: dask).",
)
@click.option("--no-record", is_flag=True, help="Do not record this run in the store or the audit trail.")
@lock_option
@store_option
@ca_bundle_option
@output_options
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Look up and check every reference in FILES.

    Default for FILES: the files named in the configuration (evidence.toml, or [tool.evidence] in
    pyproject.toml), otherwise references.yaml and every *.references.yaml in this folder.

    FILES are files, directories or globs. Articles are looked up in PubMed through NCBI Entrez (set
    NCBI_EMAIL, and NCBI_API_KEY if you have one), labels in DailyMed, trials in ClinicalTrials.gov, and
    cited pages at their own addresses.
    """
    for group in _CONTRADICTORY:
        given = [f"--{name.replace('_', '-')}" for name in group if options[name]]
        if len(given) > 1:
            raise click.UsageError(f"{given[0]} and {given[1]} cannot be used together")
    mode = Mode.LOCKED if options["locked"] else Mode.OFFLINE if options["offline"] or options["local"] else Mode.ONLINE
    configuration = configuration_from(os.environ)
    weaker = weaker_from(files, options, configuration)
    options = with_configuration(options, configuration)
    output = Output.from_options(options)
    listed_at = place_of_files(files, configuration)
    files = files_from(files, configuration)
    paths = find_libraries(files, listed_at) if all(files) else []
    if len(paths) > FEW or (options["batch"] and paths):
        from evidence.cli.batch import check_batch  # noqa: PLC0415 - few check so many files

        request = replace(check_request((), options, mode, os.environ, configuration), weaker=weaker)
        ctx.exit(
            check_batch(paths, request, options, output, configuration, alone=_alone(options, mode, configuration))
        )
    request = check_request(files, options, mode, os.environ, configuration, listed_at=listed_at)
    request = replace(request, weaker=weaker)
    job = job_files(os.environ, request.libraries, store=options["store"], lock=options["lock"])
    outputs = guarded(output.files, job)
    check = _check_local if options["local"] else _check_locked if mode is Mode.LOCKED else recorded_check
    report = check(request, options, output, configuration)
    output.write(report_document(report), os.environ, outputs)
    ctx.exit(report.exit)


def _alone(
    options: Mapping[str, Any], mode: Mode, configuration: Configuration
) -> Callable[[CheckRequest], Report] | None:
    """What judges one file of a batch without services and record; None where there is a store to record in."""
    if not options["local"] and mode is not Mode.LOCKED:
        return None
    check, quiet = _check_local if options["local"] else _check_locked, Output(quiet=True)
    return lambda request: check(request, options, quiet, configuration)


def check_request(
    files: tuple[str, ...],
    options: Mapping[str, Any],
    mode: Mode,
    environ: Mapping[str, str],
    configuration: Configuration | None = None,
    *,
    listed_at: Place | None = None,
) -> CheckRequest:
    """The run that these options describe; reads the files, whose own policies override the configuration's.

    `listed_at` is where a configuration lists the files.

    Raises:
        EvidenceError: a file cannot be read, or a rule is unknown.
    """
    fail_on = Severity[options["fail_on"].upper()] if options["fail_on"] else None
    policy = None if configuration is None else configuration.policy
    configured = policy or Policy()
    libraries = read_libraries(files, fail_on, policy, root_from(environ), listed_at)
    return CheckRequest(
        libraries=with_owner(libraries, None if configuration is None else configuration.owner),
        mode=mode,
        actor=actor_from(environ, options["actor"]),
        as_of=options["as_of"],
        refresh=bool(options.get("refresh")),
        incomplete_fails=options["on_incomplete"] != "warn",
        selection=selection_of(options["select"], options["ignore"]),
        recorded=not (options.get("no_record") or options.get("local")),
        configured=configured if fail_on is None else replace(configured, fail_on=fail_on),
    )


def _check_locked(
    request: CheckRequest, options: Mapping[str, Any], output: Output, configuration: Configuration
) -> Report:
    """Judge by the locks; neither store nor network are touched."""
    clock = SystemClock()
    locks = _locks_to_judge_by(request, options)
    log = log_from(os.environ, store_from(os.environ, options["store"], configuration), configuration)
    request = beside_trail(_with_sign_offs(request, log, configuration, clock), locks, log)
    progress = ProgressBar(clock.monotonic, visible=not output.quiet)
    report = check_locked(request, locks, clock, progress)
    progress.clear()
    return replace(report, audit=_head_in(log, locks))


def _check_local(
    request: CheckRequest, options: Mapping[str, Any], output: Output, configuration: Configuration
) -> Report:
    """Judge each file by the lock beside it, where there is none by the store; say which of them have neither."""
    locks = _locks_to_judge_by(request, options)
    without = [library.path for library, lock in zip(request.libraries, locks, strict=True) if lock.lock is None]
    if not without:
        return _check_locked(replace(request, mode=Mode.LOCKED), options, output, configuration)
    clock = SystemClock()
    store_path = store_from(os.environ, options["store"], configuration)
    log = log_from(os.environ, store_path, configuration)
    progress = ProgressBar(clock.monotonic, visible=not output.quiet)
    if not store_path.exists():
        fix = "`evidence check --update-lock` looks them up and writes a lock"
        echo_note(f"{NEITHER}: {', '.join(without)} ({fix})")
        request = beside_trail(_with_sign_offs(request, log, configuration, clock), locks, log)
        report = check_nearest(request, locks, None, clock, progress)
        progress.clear()
        return replace(report, audit=_head_in(log, locks))
    from evidence.storage.store import Store  # noqa: PLC0415 - SQLite is for those who have a store, not for a locked run

    with Store.open(store_path, tool_version=__version__, clock=clock, log=log, reading=True) as store:
        request = _with_sign_offs(request, log, configuration, clock, store)
        request = beside_trail(request, locks, log, store)
        checker = Checker(settings_from(os.environ, ca_bundle=options["ca_bundle"]), store, clock, progress)
        report = check_nearest(request, locks, checker, clock, progress)
        progress.clear()
        return replace(report, audit=_head_in(log, locks) or report.audit)


def _locks_to_judge_by(request: CheckRequest, options: Mapping[str, Any]) -> list[LockFile]:
    """The lock of each file, there or not, in which none but known services answered."""
    locks = [read_lock(path) for path in lock_paths((library.path for library in request.libraries), options["lock"])]
    require_known_services(locks, offline_settings(os.environ))
    return locks


def _head_in(log: Path, locks: list[LockFile]) -> ChainHead | None:
    """The head of the audit trail by its log, None without one; warns of locks that name a later event."""
    if not log.exists():
        return None
    from evidence.audit.events import parse_event  # noqa: PLC0415 - most locked runs have no log beside them

    lines = lines_of(log)

    def head_at(number: int) -> ChainHead | None:
        try:
            return parse_event(lines[number - 1]).head if 0 < number <= len(lines) else None
        except ValueError:
            return None

    _warn_of_lost_heads(locks, log.parent, lambda head: head_at(head.sequence) == head)
    return head_at(len(lines))


def _warn_of_lost_heads(locks: list[LockFile], folder: Path, goes_through: Callable[[ChainHead], bool]) -> None:
    """Say on standard error which locks name an event that the trail beside them does not hold.

    A trail in another folder is one of its own, as in a pipeline, and says nothing about the lock's.
    """
    for lock in locks:
        head = lock.lock.audit if lock.lock is not None else None
        if head is not None and lock.path.absolute().parent == folder.absolute() and not goes_through(head):
            what = (
                f"{lock.name} refers to event {head.sequence} of the audit trail, which the trail here does not contain"
            )
            echo_note(f"warning: {what}: its end is missing, or it is a different trail (see `evidence verify`)")


def recorded_check(
    request: CheckRequest, options: Mapping[str, Any], output: Output, configuration: Configuration
) -> Report:
    """Judge by the services and the locks beside the files, or by the store alone; update the locks if asked to."""
    # A locked run does without the store, and starts the sooner for it.
    from evidence.cli.trail import echo_warnings, recover_edits  # noqa: PLC0415 - see above
    from evidence.storage.store import Store  # noqa: PLC0415 - SQLite is for those who have a store, not for a locked run

    clock = SystemClock()
    settings = settings_from(os.environ, ca_bundle=options["ca_bundle"])
    store_path = store_from(os.environ, options["store"], configuration)
    log = log_from(os.environ, store_path, configuration)
    files = [library.path for library in request.libraries]
    update = options["update_lock"]
    uses_locks = request.mode is Mode.ONLINE and (
        update or options["lock"] or any(lock_of(file).exists() for file in files)
    )
    paths = lock_paths(files, options["lock"]) if uses_locks else []
    in_use = files_in_use(os.environ, configuration, request.libraries, store=options["store"])
    require_distinct([*in_use, *(JobFile(path, JobFileRole.LOCK) for path in paths)])
    locks = [read_lock(path) for path in paths]
    if update:
        for lock in locks:
            require_writable(lock.path)
        require_no_later_lock(locks, request.as_of or clock.now().astimezone(UTC).date())
    progress = ProgressBar(clock.monotonic, visible=not output.quiet)
    with Store.open(
        store_path,
        tool_version=__version__,
        clock=clock,
        log=log,
        reading=not request.recorded,
        on_wait=echo_wait,
    ) as store:
        if request.recorded:
            recover_edits(store.trail(request.actor, request.as_of or clock.now().date()))
        request = _with_sign_offs(request, log, configuration, clock, store)
        request = beside_trail(request, locks, log, store) if locks else request
        checker = Checker(settings, store, clock, progress)
        report, relocked = check_with_locks(checker, request, locks) if locks else (checker.run(request), [])
        progress.clear()
        trail = store.trail(request.actor, report.run.as_of)
        if request.recorded:
            _warn_of_lost_heads(locks, trail.folder, trail.goes_through)
        else:  # the store has not taken over what came with the log
            report = replace(report, audit=_head_in(log, locks) or report.audit)
        if relocked:
            from evidence.cli.lock import write_locks  # noqa: PLC0415 - most runs write no lock

            write_locks(relocked, trail if update else None, quiet=output.quiet)
        echo_warnings(store)
    return report


def _with_sign_offs(
    request: CheckRequest, log: Path, configuration: Configuration, clock: Clock, store: Store | None = None
) -> CheckRequest:
    """The request with the sign-offs of the trail; without a store, of the log alone, if there is one."""
    if store is None and not log.exists():
        return request
    from evidence.app.sign import signer_roots, with_sign_offs  # noqa: PLC0415 - most have never signed

    return with_sign_offs(request, log, signer_roots(os.environ, configuration), clock, store)

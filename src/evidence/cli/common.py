"""Options that several commands share."""

from __future__ import annotations

import getpass
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

import click
from click.shell_completion import CompletionItem

from evidence.app.registry import RULES, SERVICES
from evidence.audit.log import default_log_path
from evidence.cli.output import (
    FORMS,
    NARROWEST,
    WIDEST,
    JobFile,
    JobFileRole,
    files_beside,
    files_of,
    target_of,
    targets_of,
    to_stdout,
    wants_color,
)
from evidence.library.config import Configuration, find_configuration, read_configuration
from evidence.library.files import find_libraries
from evidence.library.reader import read_library
from evidence.model.errors import EvidenceError, FileError, UsageError
from evidence.model.policy import Severity
from evidence.model.ports import SystemClock
from evidence.model.references import Library, Place
from evidence.model.rule import RETRACTION, VOIDING, Rule
from evidence.model.text import json_safe
from evidence.model.version import __version__
from evidence.reports.layout import Sheet
from evidence.sources.http.network import Network
from evidence.sources.spec import Settings
from evidence.storage.values import RunEntry

if TYPE_CHECKING:
    from evidence.storage.store import Store

# Options that several commands share.

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


class FormatOption(click.ParamType[str]):
    """A format's name, alone or with `=FILE`."""

    name = "FORMAT[=FILE]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text as it is, if it names a format; the error of `target_of` otherwise."""
        del param, ctx
        target_of(value)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names of the formats."""
        del ctx, param
        return [CompletionItem(form) for form in FORMS if form.startswith(incomplete)]


def rules_beginning(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes of rules that begin so, for the shell's Tab key."""
    from evidence.app.registry import RULES  # noqa: PLC0415 - only completion needs it here

    del ctx, param
    begun = incomplete.upper()
    return [CompletionItem(rule.code, help=rule.name) for rule in RULES if rule.code.startswith(begun)]


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


files_argument = click.argument("files", nargs=-1, type=click.Path(readable=False), metavar="[FILES]...")

store_option = click.option(
    "--store",
    type=click.Path(readable=False),
    metavar="FILE",
    help="The store (default: $EVIDENCE_STORE, else the configuration's, else evidence.db).",
)

lock_option = click.option(
    "--lock", metavar="FILE", help="The lock file (default: references.lock.json beside references.yaml)."
)

judging_options = together(
    click.option(
        "--select",
        multiple=True,
        metavar="RULE",
        shell_complete=rules_beginning,
        help="Show only these: a code, a name or a family (ACC001, ACC).",
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="RULE",
        shell_complete=rules_beginning,
        help="Leave these out: a code, a name or a family.",
    ),
    click.option("--fail-on", type=Level(), help="Exit 1 at findings of this severity or above (default: error)."),
    click.option(
        "--on-incomplete",
        type=click.Choice(["fail", "warn"]),
        help="What exit 3 becomes when something could not be asked: 3, or 0 with a loud line unless a known"
        " retraction is among it (default: fail).",
    ),
    click.option("--as-of", type=Day(), help="Judge as of this day (default: today in UTC)."),
    click.option("--actor", metavar="NAME", help="Who runs this (default: $EVIDENCE_ACTOR, else the user's name)."),
)

output_options = together(
    click.option(
        "--format",
        "forms",
        multiple=True,
        type=FormatOption(),
        help=f"A format, and a file to write it to; may be given several times. One of {', '.join(FORMS)} "
        "(default: text, on standard output).",
    ),
    click.option(
        "--output",
        "-o",
        type=click.Path(readable=False),
        metavar="FILE",
        help="Write the format that has no file to FILE instead of standard output.",
    ),
    click.option(
        "--no-annotations",
        is_flag=True,
        help="In GitHub Actions or GitLab CI, nothing beside the text report: no annotations, no job summary.",
    ),
    click.option(
        "--verbose", "-v", count=True, help="Say all: every reference with its look-ups, every info with its fix."
    ),
    click.option("--quiet", "-q", is_flag=True, help="Only errors, warnings and the summary; no progress bar."),
)


# Settings from the environment and the configuration file.

_SERVICE_SCHEMES = frozenset({"http", "https"})
_PROXY_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})


def settings_from(environ: Mapping[str, str], *, ca_bundle: str | None = None) -> Settings:
    """The settings that this environment asks for.

    Raises:
        UsageError: an address, the e-mail, the key or the certificate file cannot be used; the message
            never repeats a value that may hold a password.
    """
    addresses: dict[str, str] = {}
    for service in SERVICES:
        if environ.get(service.variable):
            addresses[service.name] = environ[service.variable].rstrip("/")
            _require_service(service.variable, addresses[service.name])
    for name in ("NCBI_EMAIL", "NCBI_API_KEY"):
        value = environ.get(name, "")
        if not (value.isascii() and value.isprintable()):
            raise UsageError(f"{name} holds characters that cannot be sent", fix="set it again, or unset it")
    email = environ.get("NCBI_EMAIL") or None
    return Settings(
        addresses=addresses,
        network=_network(environ, ca_bundle, email),
        ncbi_email=email,
        ncbi_api_key=environ.get("NCBI_API_KEY") or None,
    )


def _network(environ: Mapping[str, str], ca_bundle: str | None, email: str | None) -> Network:
    bundle = ca_bundle or environ.get("SSL_CERT_FILE") or environ.get("CURL_CA_BUNDLE") or None
    if bundle:
        _require_certificates(bundle)
    proxies = {scheme: _proxy(environ, scheme) for scheme in ("http", "https")}
    passwords = {unquote(urlsplit(proxy).password or "") for proxy in proxies.values() if proxy}
    secrets = {environ.get("NCBI_API_KEY", ""), *passwords} - {""}
    contact = f"; mailto:{email}" if email else ""
    return Network(
        user_agent=f"evidence-tracker/{__version__} (checks the references of drug monographs{contact})",
        ca_bundle=bundle,
        http_proxy=proxies["http"],
        https_proxy=proxies["https"],
        no_proxy=environ.get("no_proxy") or environ.get("NO_PROXY") or "",
        allow_private=environ.get("EVIDENCE_ALLOW_PRIVATE") == "1",
        secrets=tuple(sorted(secrets)),
    )


def _proxy(environ: Mapping[str, str], scheme: str) -> str | None:
    """The proxy for addresses of this scheme; one without a scheme of its own is spoken to by http, as by curl."""
    name = f"{scheme.upper()}_PROXY"
    given = environ.get(name.lower()) or environ.get(name) or environ.get("ALL_PROXY")
    if not given:
        return None
    proxy = given if "://" in given else f"http://{given}"
    if not _is_address(proxy, _PROXY_SCHEMES):
        raise UsageError(f"{name} is no usable address", fix="write it as http://host:port")
    return proxy


def _require_service(name: str, address: str) -> None:
    if not _is_address(address, _SERVICE_SCHEMES):
        raise UsageError(f"{name} is no usable address", fix="write it as https://host/path")
    if urlsplit(address).username is not None:
        raise UsageError(f"{name} holds a user name or password", fix="leave it out: service addresses are stored")


def _is_address(text: str, schemes: frozenset[str]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _require_certificates(bundle: str) -> None:
    # `ssl` takes 10 ms to import, which only those pay who name certificates of their own.
    import ssl  # noqa: PLC0415

    fix = "give --ca-bundle or SSL_CERT_FILE an existing PEM file"
    if not Path(bundle).is_file():
        raise UsageError(f"no certificate file at {bundle}", fix=fix)
    try:
        ssl.create_default_context(cafile=bundle)
    except (ssl.SSLError, OSError):
        raise UsageError(f"no certificates in {bundle}", fix=fix) from None


def actor_from(environ: Mapping[str, str], given: str | None) -> str:
    """Who runs this: the option, EVIDENCE_ACTOR, else the operating system's user."""
    if given or environ.get("EVIDENCE_ACTOR"):
        return given or environ["EVIDENCE_ACTOR"]
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def configuration_from(environ: Mapping[str, str]) -> Configuration:
    """The configuration: EVIDENCE_CONFIG's, else the nearest from here up to the root of the repository.

    Raises:
        EvidenceError: it cannot be read or used.
    """
    here = Path.cwd()
    named = environ.get("EVIDENCE_CONFIG")
    path = here / Path(named).expanduser() if named else find_configuration(here)
    configuration = read_configuration(path, here, trusted=bool(named)) if path else Configuration()
    for form, place in zip(configuration.formats, configuration.formats_at, strict=True):
        _require_formats((form,), place)
    if configuration.formats:
        _require_formats(configuration.formats, configuration.formats_at[0])
    return configuration


def _require_formats(forms: tuple[str, ...], place: Place) -> None:
    """Raise FileError, at their place in the configuration, when these cannot be given together."""
    try:
        targets_of(forms, None)
    except UsageError as wrong:
        fix = "give all but one a file, FORMAT=FILE" if len(forms) > 1 else wrong.fix
        raise FileError(
            f"format: {wrong.what}", path=place.path, line=place.line, column=place.column, fix=fix
        ) from None


def completed(options: Mapping[str, Any], configuration: Configuration) -> dict[str, Any]:
    """The options, with what the configuration says where the command line says nothing."""
    said = dict(options)
    if not said.get("forms") and said.get("output") is None:
        said["forms"] = configuration.formats
    if "select" in said and not said["select"] and not said["ignore"]:
        _require_voiding(configuration)
        said |= {"select": _with_voiding(configuration.select), "ignore": configuration.ignore}
    if "on_incomplete" in said:
        said["on_incomplete"] = said["on_incomplete"] or configuration.on_incomplete or "fail"
    return said


def _require_voiding(configuration: Configuration) -> None:
    """A run may leave out what voids a reference when its command says so; a file that says it for all would hide it.

    Raises:
        UsageError: the configuration's `ignore` leaves it out.
    """
    words = _named(configuration.ignore)
    hidden = next((rule for rule in _voiding() if words & {word.casefold() for word in rule.words}), None)
    if hidden is not None:
        what = "retractions" if hidden.code == RETRACTION else "what voids a reference"
        where = configuration.path or "the configuration"
        raise UsageError(f"{where}: ignore leaves out {what} ({hidden.code})", fix="name the other rules one by one")


def _with_voiding(select: tuple[str, ...]) -> tuple[str, ...]:
    """A configuration's `select`, with the rules that void a reference: only a command leaves them out."""
    words = _named(select)
    left_out = [rule.code for rule in _voiding() if not words & {word.casefold() for word in rule.words}]
    return (*select, *left_out) if select else ()


def _voiding() -> Iterator[Rule]:
    return (rule for rule in RULES if rule.code in VOIDING)


def _named(given: tuple[str, ...]) -> set[str]:
    return {word.strip().casefold() for text in given for word in text.split(",")}


def files_from(given: tuple[str, ...], configuration: Configuration) -> tuple[str, ...]:
    """The files to read: those given, else the configuration's, else references.yaml."""
    return given or configuration.files or ("references.yaml",)


def store_from(environ: Mapping[str, str], given: str | None, configuration: Configuration | None = None) -> Path:
    """Where the store is: the option, EVIDENCE_STORE, the configuration's, else `evidence.db` here."""
    named = given or environ.get("EVIDENCE_STORE")
    if not named:
        named = (configuration or configuration_from(environ)).store
    return Path(named or "evidence.db").expanduser()


def log_from(environ: Mapping[str, str], store: Path, configuration: Configuration, given: str | None = None) -> Path:
    """Where the log is: the option, EVIDENCE_LOG, the configuration's, else beside the store."""
    named = given or environ.get("EVIDENCE_LOG") or configuration.log
    return Path(named).expanduser() if named else default_log_path(store)


def job_files(
    environ: Mapping[str, str],
    libraries: Iterable[Library] = (),
    *,
    store: str | Path | None = None,
    lock: str | Path | None = None,
) -> Iterator[JobFile]:
    """The files of a job, which only their own commands may write: those of its libraries, and those that are settled.

    Without libraries, or beside them, those that a command without FILES would read count too. `store` and `lock` are
    what options name.
    """
    configuration = configuration_from(environ)
    libraries = tuple(libraries)
    yield from named_files(environ, configuration, libraries, store=store)
    if lock is not None:
        yield JobFile(Path(lock), JobFileRole.LOCK)
    for given in files_from((), configuration):
        yield from _files_meant_by(given)


def named_files(
    environ: Mapping[str, str],
    configuration: Configuration,
    libraries: Iterable[Library],
    *,
    store: str | Path | None = None,
) -> Iterator[JobFile]:
    """The files of these libraries, the store and the log, and those by which they are judged."""
    for library in libraries:
        yield from files_of(library)
    kept = store_from(environ, None if store is None else str(store), configuration)
    yield JobFile(kept, JobFileRole.STORE)
    yield JobFile(log_from(environ, kept, configuration), JobFileRole.LOG)
    if configuration.path:
        yield JobFile(Path(configuration.path), JobFileRole.CONFIGURATION)
    signers = environ.get("EVIDENCE_ALLOWED_SIGNERS") or configuration.allowed_signers
    if signers:
        yield JobFile(Path(signers).expanduser(), JobFileRole.SIGNERS)


def _files_meant_by(given: str) -> Iterator[JobFile]:
    """The files of the libraries that a file, a folder or a pattern names; what cannot be read counts by its name."""
    try:
        paths = [path.as_posix() for path in find_libraries([given])]
    except EvidenceError:
        paths = [given]
    for path in paths:
        try:
            yield from files_of(read_library(Path(path)))
        except EvidenceError:
            yield from files_beside(path)


# What commands that only tell have in common: a store that exists, runs by short names, a sheet to write on.

_LAST = re.compile(r"last(?:-([0-9]{1,6}))?")

json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")


def open_store(environ: Mapping[str, str], given: str | None) -> Store:
    """The store that is there; looking does not create one.

    Raises:
        UsageError: there is none.
        StoreError: it cannot be opened.
    """
    path = store_from(environ, given)
    if not path.exists():
        raise UsageError(f"no store at {path}", fix="run `evidence check` first, or name one with --store")
    from evidence.storage.store import Store  # noqa: PLC0415 - SQLite is for those who have a store, not for a locked run

    return Store.open(path, tool_version=__version__, clock=SystemClock())


def resolve_run(store: Store, word: str) -> RunEntry:
    """The run of this id, of an unambiguous beginning of it, `last` (finished) or `last-N`, N finished runs earlier.

    Raises:
        UsageError: there is no such run, or more than one.
    """
    fix = "`evidence runs` lists them"
    if match := _LAST.fullmatch(word):
        back = int(match[1] or 0)
        finished = store.last_runs(back + 1, finished=True)
        if len(finished) <= back:
            raise UsageError(f"there are only {len(finished)} finished runs", fix=fix)
        return finished[back]
    found = store.runs_starting(word) if word else ()
    exact = [entry for entry in found if entry.id == word]
    if len(found) > 1 and not exact:
        raise UsageError(f"{len(found)} runs begin with {word}", fix="give more of the name")
    if not found:
        raise UsageError(f"there is no run {word or '(no name)'}", fix=fix)
    return (exact or found)[0]


def report_of(store: Store, run: RunEntry) -> dict[str, Any]:
    """The document that a finished run left.

    Raises:
        UsageError: the run did not finish.
    """
    kept = store.report_of(run.id)
    if kept is None:
        raise UsageError(f"run {run.id} did not finish, so it has no report", fix="`evidence runs` lists them")
    document: dict[str, Any] = json.loads(kept)
    return document


def new_sheet(environ: Mapping[str, str]) -> Sheet:
    """A sheet as wide, coloured and rich in characters as standard output can show."""
    columns = shutil.get_terminal_size((100, 24)).columns
    return Sheet(
        width=min(max(columns, NARROWEST), WIDEST),
        color=wants_color(environ, terminal=sys.stdout.isatty()),
        unicode=(sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf"),
    )


def echo_json(value: Mapping[str, Any]) -> None:
    """Write JSON to standard output, with nothing in it that could steer a terminal."""
    to_stdout(json_safe(json.dumps(value, ensure_ascii=False, indent=2)) + "\n")

"""`evidence doctor`: why a check might not work here, and what to repair."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import ssl
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import click

from evidence.app.registry import SOURCES
from evidence.audit.file_lock import FileLock
from evidence.cli.options import ca_bundle_option, store_option
from evidence.cli.output import echo, echo_wait, table_width
from evidence.cli.settings import settings_from, store_from
from evidence.model.errors import EvidenceError
from evidence.model.outcomes import Blocked, Unavailable
from evidence.model.ports import Clock, SystemClock
from evidence.model.regex import regex
from evidence.model.report import Exit
from evidence.model.text import one_line
from evidence.model.version import __version__, how_to_install
from evidence.reports.layout import hanging
from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Network
from evidence.sources.http.request import Reply, Request, RetryLimits
from evidence.sources.http.session import InMemoryPacer, Services
from evidence.sources.http.visit import DeadlinePassed, FetchFailure, FetchLimits, GuardRefused, PageAnswer
from evidence.sources.spec import Settings
from evidence.storage.maintenance import info
from evidence.storage.store import Store

_PACKAGE = "evidence-tracker"
_OF_AN_EXTRA = regex(r"""(?P<package>[\w.-]+)[^;]*;.*\bextra == ["'](?P<extra>\w+)["']""")
_FOR_WHAT = {
    "dask": "many files judged by a cluster of computers",
    "excel": "Excel workbooks, which `evidence review` needs",
    "import": "Word, HTML, PDF and BibTeX files",
    "render": "formatted bibliographies",
}
_SYNCHRONISED = {
    service: regex(names, re.IGNORECASE)
    for service, names in {
        "OneDrive": r"OneDrive(?: ?- ?.*)?",
        "Dropbox": r"Dropbox(?: \(.*\))?",
        "iCloud Drive": r"Mobile Documents|iCloud ?Drive|com~apple~CloudDocs",
        "Google Drive": r"Google ?Drive(?:-.*)?|My Drive",
        "Nextcloud": "Nextcloud",
        "ownCloud": "ownCloud",
    }.items()
}
"""The names that the folders of these services have unless somebody chose another; OneDrive's with the organisation."""

A_PAGE = "https://www.nlm.nih.gov/"
"""A page that is meant to be read by anyone; an example of all cited pages."""


class Health(StrEnum):
    """Whether a thing works."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing examined, whether it works, and what to do about it."""

    what: str
    health: Health
    text: str
    fix: str | None = None
    status: Exit = Exit.CLEAN


@click.command(name="doctor")
@store_option
@ca_bundle_option
@click.pass_context
def command(ctx: click.Context, store: str | None, ca_bundle: str | None) -> None:
    """Test the installation, the store and its folder, certificates and the network, and say what to fix.

    Sends one small request each to NCBI, DailyMed, Crossref, the DOI system, ClinicalTrials.gov and one public page.
    Exit status: 0 a check would work, 2 it could not run, 3 a service or the public page did not answer.
    """
    clock = SystemClock()
    settings = settings_from(os.environ, ca_bundle=ca_bundle)
    worst = Exit.CLEAN
    for found in _examined(settings, store_from(os.environ, store), os.environ, clock):
        for line in hanging(f"{found.health:<5} {found.what:<13} ", one_line(found.text), table_width()):
            echo(line)
        if found.fix:
            for line in hanging(" " * 20, one_line(found.fix), table_width()):
                echo(line)
        worst = Exit.CANNOT_RUN if Exit.CANNOT_RUN in {worst, found.status} else max(worst, found.status)
    ctx.exit(worst)


def _examined(settings: Settings, store: Path, environ: Mapping[str, str], clock: Clock) -> Iterator[Diagnosis]:
    yield _platform()
    yield _encodings()
    yield from _extras()
    yield _store(store, clock)
    yield _store_folder(store, environ)
    yield _locks(store)
    yield from _identity(settings)
    yield from _network(settings)
    limits = RetryLimits(tries=1, connect=5.0, request=15.0)
    with Services(network=settings.network, clock=clock, pacer=InMemoryPacer(clock), limits=limits) as services:
        for spec in SOURCES:
            if probe := spec.opener().probe:
                yield _probed(services, probe.request(settings, spec.address(settings)), probe.name, probe.sign)
    yield _page(settings, clock)


def _store(path: Path, clock: Clock) -> Diagnosis:
    if not path.exists():
        if os.access(path.parent, os.W_OK):
            return Diagnosis("store", Health.OK, f"{path} will be created by the first check")
        fix = "use --store or EVIDENCE_STORE to set a writable location"
        return Diagnosis("store", Health.BAD, f"{path.parent} is not writable", fix, Exit.CANNOT_RUN)
    try:
        with Store.open(path, tool_version=__version__, clock=clock, timeout=5, on_wait=echo_wait) as opened:
            contents = info(opened)
    except EvidenceError as error:
        return Diagnosis("store", Health.BAD, str(error), status=Exit.CANNOT_RUN)
    return Diagnosis("store", Health.OK, f"{path}: {sum(contents.records.values())} answers, {contents.runs} runs")


def _platform() -> Diagnosis:
    python = ".".join(map(str, sys.version_info[:3]))
    libc = " (musl)" if "musl" in (sysconfig.get_config_var("SOABI") or "") else ""
    text = f"{sysconfig.get_platform()}{libc}, Python {python}, SQLite {sqlite3.sqlite_version}"
    return Diagnosis("platform", Health.OK, f"{text}, evidence {__version__}")


def _encodings() -> Diagnosis:
    output = sys.stdout.encoding or "unknown"
    text = f"output {output}, file names {sys.getfilesystemencoding()}"
    if output.lower().replace("-", "") == "utf8":
        return Diagnosis("encodings", Health.OK, text)
    fix = "characters that the output cannot show are printed as escapes; set PYTHONUTF8=1 to print UTF-8"
    return Diagnosis("encodings", Health.NOTE, text, fix)


def _extras() -> Iterator[Diagnosis]:
    """What the installed package says of its extras, and which of their packages are installed."""
    try:
        asked = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        yield Diagnosis("extras", Health.NOTE, "unknown: this copy was not installed as a package")
        return
    packages: dict[str, list[str]] = {}
    for match in filter(None, map(_OF_AN_EXTRA.match, asked)):
        if match["extra"] != "all":
            packages.setdefault(match["extra"], []).append(match["package"])
    for extra, names in sorted(packages.items()):
        if missing := [name for name in names if not _is_installed(name)]:
            text = f"{_FOR_WHAT.get(extra, extra)}: {', '.join(missing)} not installed"
            yield Diagnosis(f"[{extra}]", Health.NOTE, text, how_to_install(extra))
        else:
            yield Diagnosis(f"[{extra}]", Health.OK, _FOR_WHAT.get(extra, extra))


def _is_installed(package: str) -> bool:
    if package.startswith("pypandoc") and shutil.which("pandoc"):
        return True  # its version is looked at where it is used
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _store_folder(store: Path, environ: Mapping[str, str]) -> Diagnosis:
    folder = store.parent.resolve()
    if service := synchronising_service(folder, environ):
        kept = Path(click.get_app_dir("evidence", roaming=False))
        name = re.sub(r"\W+", "-", folder.name).strip("-") or "evidence"
        risk = "may copy a store while it is being written, or restore an old one"
        text = f"synchronised by {service}, which {risk}: {folder}"
        fix = f"create the folder {kept} and set EVIDENCE_STORE to {kept / f'{name}.db'}"
        return Diagnosis("store folder", Health.NOTE, text, fix)
    if str(folder).startswith("\\\\"):
        text = f"on another computer; people who use the store at the same time may find it locked: {folder}"
        return Diagnosis("store folder", Health.NOTE, text)
    return Diagnosis("store folder", Health.OK, f"not known to be synchronised with other computers: {folder}")


def synchronising_service(folder: Path, environ: Mapping[str, str]) -> str | None:
    """The service that copies a folder to other computers, as far as names of folders and the environment show it."""
    above = (folder, *folder.parents)
    for name in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer"):
        if (root := environ.get(name)) and Path(root) in above:
            return "OneDrive"
    for part in above:
        for service, names in _SYNCHRONISED.items():
            if names.fullmatch(part.name):
                return service
        if part.parts[-2:] == ("Library", "CloudStorage"):
            return "a cloud service"
    return None


def _locks(store: Path) -> Diagnosis:
    """Whether a second handle is refused what a first one has locked, in the folder of the store."""
    try:
        with tempfile.TemporaryDirectory(prefix=".evidence-doctor-", dir=store.parent) as folder:
            place = Path(folder, "lock")
            with place.open("wb") as first, place.open("wb") as second:
                locks = FileLock(first), FileLock(second)
                excluded = locks[0].acquire() and not locks[1].acquire()
                locks[0].release()
    except OSError as error:
        return Diagnosis("locks", Health.NOTE, f"not tested: no file can be written here ({error.strerror})")
    if excluded:
        return Diagnosis("locks", Health.OK, "a second command waits for the first")
    text = f"the file system has no locks; two commands at a time can damage the audit log: {store.parent.resolve()}"
    return Diagnosis("locks", Health.NOTE, text, "run one command at a time, or keep store and log on a local disk")


def _identity(settings: Settings) -> Iterator[Diagnosis]:
    if settings.ncbi_email:
        yield Diagnosis("NCBI_EMAIL", Health.OK, settings.ncbi_email)
    else:
        fix = "set NCBI_EMAIL so that NCBI can contact you before it blocks your address"
        yield Diagnosis("NCBI_EMAIL", Health.NOTE, "not set", fix)
    if settings.ncbi_api_key:
        yield Diagnosis("NCBI_API_KEY", Health.OK, "set: 10 requests a second")
    else:
        yield Diagnosis("NCBI_API_KEY", Health.NOTE, "not set: 3 requests a second, enough for one monograph")


def _network(settings: Settings) -> Iterator[Diagnosis]:
    network = settings.network
    proxies = sorted({p for p in (network.https_proxy, network.http_proxy) if p})
    named = ", ".join(_without_password(proxy) for proxy in proxies) or "none"
    exceptions = f" (not for {network.no_proxy})" if proxies and network.no_proxy else ""
    yield Diagnosis("proxy", Health.OK, named + exceptions)
    yield _certificates(network)
    if network.allow_private:
        text = "cited links may reach private and loopback addresses (EVIDENCE_ALLOW_PRIVATE=1)"
        yield Diagnosis("guard", Health.NOTE, text)


def _certificates(network: Network) -> Diagnosis:
    """Whose certificates are trusted."""
    if network.ca_bundle:
        return Diagnosis("certificates", Health.OK, network.ca_bundle)
    text, system = "the built-in ones", sys.platform
    if system == "darwin":
        fix = (
            "if your organisation's certificate is in the keychain, export it to a PEM file and set SSL_CERT_FILE to it"
        )
        return Diagnosis("certificates", Health.NOTE, f"{text}, not those of the keychain", fix)
    paths = ssl.get_default_verify_paths()
    place = "Windows" if system == "win32" else paths.capath or paths.cafile
    return Diagnosis("certificates", Health.OK, f"{text} and those of {place}" if place else text)


def _without_password(proxy: str) -> str:
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")


def _probed(services: Services, request: Request, name: str, sign: bytes) -> Diagnosis:
    """The diagnosis of one request; a usable reply contains `sign`."""
    host = urlsplit(request.url).netloc
    match services.exchange(request, lambda _reply: None):
        case Reply(body=body) if sign in body:
            return Diagnosis(name, Health.OK, f"{host} answers")
        case Reply(body=body) if b"API key invalid" in body:
            return Diagnosis(
                name, Health.BAD, f"{host} rejects the API key", "correct or unset NCBI_API_KEY", Exit.INCOMPLETE
            )
        case Reply(status=status):
            return Diagnosis(
                name, Health.BAD, f"{host} returned no usable answer (HTTP {status})", status=Exit.INCOMPLETE
            )
        case Blocked(reason=reason) | Unavailable(reason=reason):
            fix = "see proxy and certificates above; `evidence check --offline` and `evidence demo` need no network"
            text = reason if host in reason else f"{host}: {reason}"
            return Diagnosis(name, Health.BAD, text, fix, Exit.INCOMPLETE)


def _page(settings: Settings, clock: Clock) -> Diagnosis:
    pages = Pages(settings.network, clock, limits=FetchLimits(waits=()))
    for fetched in pages.fetch([A_PAGE], deadline=20):
        match fetched.outcome:
            case PageAnswer(status=status):
                return Diagnosis("cited pages", Health.OK, f"{A_PAGE} answers ({status})")
            case FetchFailure(reason=reason) | GuardRefused(reason=reason) | DeadlinePassed(reason=reason):
                fix = "see proxy and certificates above"
                return Diagnosis("cited pages", Health.BAD, f"{A_PAGE}: {reason}", fix, Exit.INCOMPLETE)
    return Diagnosis("cited pages", Health.BAD, f"{A_PAGE}: no answer", status=Exit.INCOMPLETE)

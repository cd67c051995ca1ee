"""Settings from the environment and the configuration file.

Options beat the environment, that beats a file's own policy, that beats the configuration, that beats the defaults.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from evidence.audit.logfile import default_log_path
from evidence.cli.targets import JobFile, JobFileRole, files_beside, files_of, targets_of
from evidence.errors import EvidenceError, FileError, UsageError
from evidence.http.network import Network
from evidence.library.configuration import Configuration, find_configuration, read_configuration
from evidence.library.files import find_libraries
from evidence.library.reading import read_library
from evidence.model.references import Library, Place
from evidence.registry import RULES, Addresses, Settings
from evidence.rules import RETRACTION, VOIDING, Rule
from evidence.version import __version__

_SERVICE_SCHEMES = frozenset({"http", "https"})
_PROXY_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})
_ADDRESSES = {
    "eutils": "EVIDENCE_EUTILS_URL",
    "dailymed": "EVIDENCE_DAILYMED_URL",
    "crossref": "EVIDENCE_CROSSREF_URL",
    "doi": "EVIDENCE_DOI_URL",
    "wayback": "EVIDENCE_WAYBACK_URL",
}


def settings_from(environ: Mapping[str, str], *, ca_bundle: str | None = None) -> Settings:
    """The settings that this environment asks for.

    Raises:
        UsageError: an address, the e-mail, the key or the certificate file cannot be used; the message
            never repeats a value that may hold a password.
    """
    addresses = {name: environ[key].rstrip("/") for name, key in _ADDRESSES.items() if environ.get(key)}
    for name, address in addresses.items():
        _require_service(_ADDRESSES[name], address)
    for name in ("NCBI_EMAIL", "NCBI_API_KEY"):
        value = environ.get(name, "")
        if not (value.isascii() and value.isprintable()):
            raise UsageError(f"{name} holds characters that cannot be sent", fix="set it again, or unset it")
    email = environ.get("NCBI_EMAIL") or None
    return Settings(
        addresses=Addresses(**addresses),
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

"""Settings of a command: from its options, the environment and the configuration file."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from evidence.app.registry import RULES, SERVICES
from evidence.audit.log import default_log_path
from evidence.cli.formats import targets_of
from evidence.library.config import Configuration, find_configuration, read_configuration
from evidence.library.confinement import beside_objection
from evidence.library.files import default_libraries
from evidence.model.errors import FileError, Place, StoreError, UsageError
from evidence.model.references import Library
from evidence.model.regex import regex
from evidence.model.rule import RETRACTION, VOIDING
from evidence.model.version import __version__
from evidence.sources.http.network import Network
from evidence.sources.spec import Settings

_SERVICE_SCHEMES = frozenset({"http", "https"})
_CERTIFICATE = regex(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----")
_PROXY_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})


def settings_from(environ: Mapping[str, str], *, ca_bundle: str | None = None) -> Settings:
    """The settings in this environment and its configuration; `ca_bundle` is what the option names.

    Raises:
        UsageError: an address, the e-mail, the key or the certificate file cannot be used; the message
            never repeats a value that may hold a password.
    """
    addresses = _addresses_from(environ)
    for name in ("NCBI_EMAIL", "NCBI_API_KEY"):
        value = environ.get(name, "")
        if not (value.isascii() and value.isprintable()):
            raise UsageError(f"{name} contains characters that cannot be sent", fix="set it again, or unset it")
    email = environ.get("NCBI_EMAIL") or configuration_from(environ).email
    api_key = environ.get("NCBI_API_KEY") or None
    named = (environ.get(name) for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"))
    bundle = ca_bundle or next(filter(None, named), None)
    if bundle:
        _require_certificates(bundle)
    proxies = {scheme: _proxy(environ, scheme) for scheme in ("http", "https")}
    passwords = {unquote(urlsplit(proxy).password or "") for proxy in proxies.values() if proxy}
    contact = f"; mailto:{email}" if email else ""
    network = Network(
        user_agent=f"evidence-tracker/{__version__} (checks the references of drug monographs{contact})",
        ca_bundle=bundle,
        http_proxy=proxies["http"],
        https_proxy=proxies["https"],
        no_proxy=environ.get("no_proxy") or environ.get("NO_PROXY") or "",
        allow_private=environ.get("EVIDENCE_ALLOW_PRIVATE") == "1",
        secrets=tuple(sorted({api_key or "", *passwords} - {""})),
    )
    return Settings(addresses=addresses, network=network, ncbi_email=email, ncbi_api_key=api_key)


def offline_settings(environ: Mapping[str, str]) -> Settings:
    """What a command needs that opens no socket: where the services are that others asked.

    Raises:
        UsageError: an address cannot be used.
    """
    return Settings(Network(user_agent=""), addresses=_addresses_from(environ))


def _addresses_from(environ: Mapping[str, str]) -> dict[str, str]:
    addresses: dict[str, str] = {}
    for service in SERVICES:
        if not (given := environ.get(service.variable)):
            continue
        address = given.rstrip("/")
        if not _is_address(address, _SERVICE_SCHEMES):
            raise UsageError(f"{service.variable} is not a valid address", fix="use the form https://host/path")
        if urlsplit(address).username is not None:
            what = f"{service.variable} contains a user name or password"
            raise UsageError(what, fix="remove it: service addresses are stored")
        addresses[service.name] = address
    return addresses


def _proxy(environ: Mapping[str, str], scheme: str) -> str | None:
    """The proxy for addresses of this scheme; one without a scheme of its own is an http proxy, as for curl."""
    name = f"{scheme.upper()}_PROXY"
    given = environ.get(name.lower()) or environ.get(name) or environ.get("ALL_PROXY")
    if not given:
        return None
    proxy = given if "://" in given else f"http://{given}"
    if not _is_address(proxy, _PROXY_SCHEMES):
        raise UsageError(f"{name} is not a valid address", fix="use the form http://host:port")
    return proxy


def _is_address(text: str, schemes: frozenset[str]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _require_certificates(bundle: str) -> None:
    """Refuse what is no file of certificates; whether they are sound, OpenSSL says when it needs them."""
    fix = "set --ca-bundle or SSL_CERT_FILE to an existing PEM file"
    try:
        text = Path(bundle).read_bytes()
    except OSError:
        raise UsageError(f"no certificate file at {bundle}", fix=fix) from None
    if _CERTIFICATE.search(text) is None:
        raise UsageError(f"no certificates in {bundle}", fix=fix)


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
    configuration = (
        read_configuration(path, here, trusted=bool(named), top=root_from(environ)) if path else Configuration()
    )
    for form, place in zip(configuration.formats, configuration.formats_at, strict=True):
        _require_formats((form,), place)
    if configuration.formats:
        _require_formats(configuration.formats, configuration.formats_at[0])
    return configuration


def root_from(environ: Mapping[str, str]) -> Path | None:
    """The folder below which EVIDENCE_ROOT lets a checkout name files to read, resolved; None where it is not set.

    Raises:
        UsageError: it is no folder.
    """
    if not (named := environ.get("EVIDENCE_ROOT")):
        return None
    root = Path(os.path.realpath(Path(named).expanduser()))
    if not root.is_dir():
        raise UsageError(f"EVIDENCE_ROOT is {named}, which is not a folder", fix="set it to a folder, or unset it")
    return root


def _require_formats(forms: tuple[str, ...], place: Place) -> None:
    """Raise FileError, at their place in the configuration, when these formats cannot be given together."""
    try:
        targets_of(forms, None)
    except UsageError as error:
        fix = "name a file for all but one: FORMAT=FILE" if len(forms) > 1 else error.fix
        raise FileError(
            f"format: {error.what}", path=place.path, line=place.line, column=place.column, fix=fix
        ) from None


def with_configuration(options: Mapping[str, Any], configuration: Configuration) -> dict[str, Any]:
    """The options, completed from the configuration where the command line leaves them open.

    A run may leave out the rules that void a reference when its command line says so. A configuration says it for
    every run: its `select` always includes them, and its `ignore` may not name them.

    Raises:
        UsageError: the configuration's `ignore` leaves out such a rule.
    """
    completed = dict(options)
    if not completed.get("forms") and completed.get("output") is None and not completed.get("brief"):
        completed["forms"] = configuration.formats
        if "force" in completed and configuration.formats:
            completed["force"] = None  # --force is for what the command line names
    if "select" in completed and not completed["select"] and not completed["ignore"]:
        ignored, selected = _folded_words(configuration.ignore), _folded_words(configuration.select)
        missing = []
        for rule in (rule for rule in RULES if rule.code in VOIDING):
            words = {word.casefold() for word in rule.words}
            if words & ignored:
                what = "retractions" if rule.code == RETRACTION else "a rule that invalidates references"
                place = configuration.places.get("ignore")
                raise UsageError(
                    f"ignore leaves out {what} ({rule.code})",
                    path=configuration.path,
                    line=None if place is None else place.line,
                    fix="list the other rules one by one",
                )
            if selected and not words & selected:
                missing.append(rule.code)
        completed |= {"select": (*configuration.select, *missing), "ignore": configuration.ignore}
    if "on_incomplete" in completed:
        completed["on_incomplete"] = completed["on_incomplete"] or configuration.on_incomplete or "fail"
    return completed


def weaker_from(files: tuple[str, ...], options: Mapping[str, Any], configuration: Configuration) -> tuple[str, ...]:
    """What the configuration makes weaker, beside its policy, for a command with these FILES and options of its own."""
    from evidence.app.weaker import weaker_settings  # noqa: PLC0415 - for the one command that judges by a configuration

    selects = not options["select"] and not options["ignore"]
    used = {"files": not files, "select": selects, "ignore": selects, "on-incomplete": not options["on_incomplete"]}
    return tuple(weaker_settings(configuration, used))


def _folded_words(given: tuple[str, ...]) -> set[str]:
    return {word.strip().casefold() for text in given for word in text.split(",")}


def files_from(given: tuple[str, ...], configuration: Configuration) -> tuple[str, ...]:
    """The files to read: those given, else the configuration's, else those of this folder."""
    return given or configuration.files or default_libraries()


def place_of_files(given: Sequence[str], configuration: Configuration) -> Place | None:
    """Where the configuration lists the files to read; None where it does not decide which these are."""
    return configuration.places.get("files") if configuration.files and not given else None


def libraries_from(
    given: Sequence[str], configuration: Configuration, environ: Mapping[str, str]
) -> tuple[Library, ...]:
    """The libraries of the files given, else of the configuration's or this folder's, with its policy and their own.

    Raises:
        FileError: one of them cannot be read.
    """
    from evidence.app.check import read_libraries, with_owner  # noqa: PLC0415 - it brings all that judges, which many commands lack

    files = files_from(tuple(given), configuration)
    listed_at = place_of_files(given, configuration)
    libraries = read_libraries(files, policy=configuration.policy, top=root_from(environ), listed_at=listed_at)
    return with_owner(libraries, configuration.owner)


def store_from(environ: Mapping[str, str], given: str | None, configuration: Configuration | None = None) -> Path:
    """Where the store is: the option, EVIDENCE_STORE, the configuration's, else `evidence.db` here.

    Raises:
        StoreError: `evidence.db` is a link out of the checkout.
    """
    named = given or environ.get("EVIDENCE_STORE")
    if not named:
        named = (configuration or configuration_from(environ)).store
    if named:
        return Path(named).expanduser()
    store = Path("evidence.db")
    if store.is_symlink() and (wrong := beside_objection(store)):
        fix = "replace the link, or name the store with --store or EVIDENCE_STORE"
        raise StoreError(wrong, path=store.as_posix(), fix=fix)
    return store


def log_from(environ: Mapping[str, str], store: Path, configuration: Configuration, given: str | None = None) -> Path:
    """Where the log is: the option, EVIDENCE_LOG, the configuration's, else beside the store.

    Raises:
        StoreError: what is beside the store is a link out of the checkout.
    """
    named = given or environ.get("EVIDENCE_LOG") or configuration.log
    if named:
        return Path(named).expanduser()
    log = default_log_path(store)
    if log.is_symlink() and (wrong := beside_objection(log)):
        raise StoreError(wrong, path=log.as_posix(), fix="replace the link, or name the log with EVIDENCE_LOG")
    return log

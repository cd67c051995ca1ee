"""Settings from the environment: the one place that reads it. Options beat environment beats the file's policy."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from evidence.errors import UsageError
from evidence.http.network import Network
from evidence.registry import Addresses, Settings
from evidence.version import __version__

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
        UsageError: a service address is no http(s) URL, or the certificate file does not exist.
    """
    addresses = {name: environ[key].rstrip("/") for name, key in _ADDRESSES.items() if environ.get(key)}
    for name, address in addresses.items():
        if urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname:
            raise UsageError(f"{_ADDRESSES[name]} is no http or https address: {address}")
    email = environ.get("NCBI_EMAIL") or None
    return Settings(
        addresses=Addresses(**addresses),
        network=_network(environ, ca_bundle, email),
        ncbi_email=email,
        ncbi_api_key=environ.get("NCBI_API_KEY") or None,
    )


def _network(environ: Mapping[str, str], ca_bundle: str | None, email: str | None) -> Network:
    bundle = ca_bundle or environ.get("SSL_CERT_FILE") or environ.get("CURL_CA_BUNDLE") or None
    if bundle and not Path(bundle).is_file():
        raise UsageError(
            f"no certificate file at {bundle}", fix="give --ca-bundle or SSL_CERT_FILE an existing PEM file"
        )
    proxies = {
        scheme: environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY") or environ.get("ALL_PROXY")
        for scheme in ("http", "https")
    }
    passwords = {unquote(urlsplit(proxy).password or "") for proxy in proxies.values() if proxy}
    secrets = {environ.get("NCBI_API_KEY", ""), *passwords} - {""}
    contact = f"; mailto:{email}" if email else ""
    return Network(
        user_agent=f"evidence-tracker/{__version__} (checks the references of drug monographs{contact})",
        ca_bundle=bundle,
        http_proxy=proxies["http"] or None,
        https_proxy=proxies["https"] or None,
        no_proxy=environ.get("no_proxy") or environ.get("NO_PROXY") or "",
        allow_private=environ.get("EVIDENCE_ALLOW_PRIVATE") == "1",
        secrets=tuple(sorted(secrets)),
    )


def actor_from(environ: Mapping[str, str], given: str | None) -> str:
    """Who runs this: the option, EVIDENCE_ACTOR, else the operating system's user."""
    if given or environ.get("EVIDENCE_ACTOR"):
        return given or environ["EVIDENCE_ACTOR"]
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def store_from(environ: Mapping[str, str], given: str | None) -> Path:
    """Where the store is: the option, EVIDENCE_STORE, else `evidence.db` in the current directory."""
    return Path(given or environ.get("EVIDENCE_STORE") or "evidence.db")

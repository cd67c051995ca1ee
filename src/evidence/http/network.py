"""The operator's network: proxies, certificates, what to call ourselves, what never to print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Network:
    """Settings that services and pages share; the CLI fills them from options and environment.

    `secrets` are strings (API key, proxy password) that must never leave the process in a message.
    `allow_private` opens loopback and private addresses to cited links, never link-local ones.
    """

    user_agent: str
    ca_bundle: str | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str = ""
    allow_private: bool = False
    secrets: tuple[str, ...] = ()

    def redact(self, text: str) -> str:
        """The text with every secret replaced by `***`."""
        for secret in self.secrets:
            text = text.replace(secret, "***") if secret else text
        return text

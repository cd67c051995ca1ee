"""What the status of a service's reply means before anyone looks at the body (RFC 9110 §15)."""

from __future__ import annotations

REDIRECTS = frozenset({301, 302, 303, 307, 308})

REFUSALS = {
    401: "a log-in is wanted (401)",
    403: "access was refused (403)",
    407: "the proxy wants a log-in (407)",
    451: "refused for legal reasons (451)",
}
"""Refusals that asking again does not change."""


def is_passing(status: int) -> bool:
    """Whether the trouble may pass: 408, 429 and all of 5xx."""
    return status in (408, 429) or status >= 500


def is_judged(status: int) -> bool:
    """Whether the reply is its source's to doubt or to judge, so that its body matters."""
    return status not in REDIRECTS and status not in REFUSALS and not is_passing(status)

"""Starting a stand-in as a process of its own, for tests in which several processes share it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Self
from urllib.request import Request, urlopen

from evidence.standin.seen import most_in_any_second
from evidence.standin.world import World
from evidence.standin.world_json import world_to_json

_PATIENCE_SECONDS = 10.0


class StandInProcess:
    """Runs `python -m evidence.standin` and talks to its control port; `urls` has the services' addresses."""

    def __init__(self, world: str = "naltrexone", *, rate_limit: int | None = None) -> None:
        self._command = [sys.executable, "-m", "evidence.standin", "--world", world]
        if rate_limit is not None:
            self._command += ["--rate-limit", str(rate_limit)]
        self.urls: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own interpreter and module
        line = self._process.stdout.readline() if self._process.stdout else ""
        self.urls = json.loads(line)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=_PATIENCE_SECONDS)

    @property
    def environment(self) -> dict[str, str]:
        """The settings under which the tool asks this stand-in instead of the real services."""
        names = ("eutils", "dailymed", "crossref", "doi", "wayback")
        return {f"EVIDENCE_{name.upper()}_URL": self.urls[name] for name in names}

    def requests(self, service: str | None = None) -> list[dict[str, Any]]:
        """Every request so far, or those of one service, as `Seen.as_json` tells them."""
        told: list[dict[str, Any]] = self._ask("/__seen")["requests"]
        return [seen for seen in told if service in (None, seen["service"])]

    def most_in_any_second(self, service: str = "eutils") -> int:
        """The largest number of requests that a service got within any second."""
        return most_in_any_second([seen["at"] for seen in self.requests(service)])

    def reset(self) -> None:
        """Forget the requests and end all trouble."""
        self._ask("/__reset", "{}")

    def change_world(self, world: World) -> None:
        """Play another world from now on."""
        self._ask("/__world", world_to_json(world))

    def change_faults(self, *planned: dict[str, Any]) -> None:
        """Replace the schedule; each entry has `where` and `kind`, perhaps `times`, `seconds`, `retry_after`."""
        self._ask("/__faults", json.dumps(planned))

    def _ask(self, path: str, body: str | None = None) -> Any:
        request = Request(self.urls["control"] + path, body.encode() if body is not None else None)  # noqa: S310  # our own loopback port
        with urlopen(request, timeout=_PATIENCE_SECONDS) as reply:  # noqa: S310  # as above
            return json.loads(reply.read())

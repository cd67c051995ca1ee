"""How another process asks and changes a stand-in: JSON over HTTP on the control port, bound to loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from evidence.standin.asked import ServerRequest
from evidence.standin.faults import InjectedFault, InjectedFaultKind
from evidence.standin.served import Served, json_reply
from evidence.standin.server import StandIn
from evidence.standin.world import World
from evidence.standin.world_json import world_from
from evidence.standin.worlds import naltrexone_world, synthetic_world


def control(standin: StandIn, asked: ServerRequest) -> Served:
    """`GET /__seen`; `POST /__reset`, `/__world`, `/__faults`. What cannot be read is refused with 400.

    `/__world` takes a world as `world_to_json` writes it, or `{"named": NAME}` as `named_world` knows it. `/__faults`
    takes a list of `{"where", "kind", "times", "seconds", "retry_after"}` that replaces the schedule.
    `/__reset` forgets the requests and ends all trouble.
    """
    command = _COMMANDS.get((asked.method, asked.path))
    if command is None:
        return json_reply({"error": "no such command"}, 404)
    try:
        return json_reply(command(standin, json.loads(asked.body or b"null")))
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        return json_reply({"error": f"{type(wrong).__name__}: {wrong}"}, 400)


def named_world(name: str) -> World:
    """`naltrexone`, `empty`, or `synthetic:N`.

    Raises:
        ValueError: no such world.
    """
    kind, _, number = name.partition(":")
    match kind:
        case "naltrexone":
            return naltrexone_world()
        case "empty":
            return World()
        case "synthetic":
            return synthetic_world(int(number))
        case _:
            raise ValueError(f"no world is named {name!r}; there are naltrexone, empty and synthetic:N")


def addresses_of(standin: StandIn) -> dict[str, str]:
    """The addresses of a running stand-in, by service."""
    return {**standin.addresses, "pages": standin.pages_url, "control": standin.control_url}


def _tell_seen(standin: StandIn, _: Any) -> Any:
    return {"requests": [seen.as_json() for seen in standin.requests]}


def _reset(standin: StandIn, _: Any) -> Any:
    standin.forget()
    standin.faults.clear()
    return {"done": True}


def _change_world(standin: StandIn, told: Mapping[str, Any]) -> Any:
    standin.world = named_world(told["named"]) if "named" in told else world_from(told)
    return {"done": True}


def _change_faults(standin: StandIn, told: list[Mapping[str, Any]]) -> Any:
    planned = [(str(entry["where"]), _fault(entry), entry.get("times")) for entry in told]
    standin.faults.clear()
    for where, fault, times in planned:
        standin.faults.add(where, fault, times)
    return {"done": True}


def _fault(told: Mapping[str, Any]) -> InjectedFault:
    kind = InjectedFaultKind(told["kind"])
    return InjectedFault(kind, seconds=float(told.get("seconds", 1.0)), retry_after=str(told.get("retry_after", "2")))


_COMMANDS: Mapping[tuple[str, str], Callable[[StandIn, Any], Any]] = {
    ("GET", "/__seen"): _tell_seen,
    ("POST", "/__reset"): _reset,
    ("POST", "/__world"): _change_world,
    ("POST", "/__faults"): _change_faults,
}

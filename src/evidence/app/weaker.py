"""What files make weaker than the defaults, a line each: nobody weakens the gate without every report saying so.

A line begins with the file and the line that say it. What a command's own options make weaker is the choice of whoever
runs it, and said elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from evidence.app.judge import CaseResult
from evidence.app.registry import RULES
from evidence.library.config import Configuration
from evidence.library.files import find_libraries
from evidence.model.errors import EvidenceError, Place
from evidence.model.policy import DEFAULT_LIMIT, HouseStyle, Policy, Severity
from evidence.model.references import Library
from evidence.model.rule import VOIDING
from evidence.model.text import quantity

_NAMED = 5  # findings or files named in one line
_NO_LIMIT = float("inf")
_BY_CODE = {rule.code: rule for rule in RULES}


def weaker_policy(library: Library, configured: Policy) -> Iterator[str]:
    """What the policy that a library is judged by makes weaker, whichever file says it.

    That is weaker than the defaults, or than the policy that is `configured` for all files, which a library may undo.
    """
    defaults = {setting: (weakness, text) for setting, weakness, text in _settings(Policy())}
    own = {setting: (weakness, text) for setting, weakness, text in _settings(configured)}
    for setting, weakness, text in _settings(library.policy):
        usual, default = defaults.get(setting) or _default_of(setting, defaults)
        configured_weakness, configured_text = own.get(setting, (weakness, text))
        if weakness > usual:
            yield _line(library, setting, text, f"default: {default}")
        elif weakness > configured_weakness:
            yield _line(library, setting, text, f"configured: {configured_text}")


def _settings(policy: Policy) -> Iterator[tuple[str, float, str]]:
    """Every setting that can be weaker than another: its name, how weak it is, and its value for people to read."""
    for setting, limit in _limits(policy):
        yield f"policy.{setting}", _width(limit), _days(limit)
    for code, severity in sorted(policy.severity.items()):
        if code in _BY_CODE:
            yield f"policy.severity.{code}", -severity, str(severity)
    yield "policy.fail-on", policy.fail_on, str(policy.fail_on)
    yield "policy.coverage", -(policy.coverage or 0), "none" if policy.coverage is None else f"{policy.coverage} %"
    yield "policy.self-approval", policy.self_approval, "allowed" if policy.self_approval else "refused"
    yield "policy.offline", policy.offline, "true" if policy.offline else "false"
    yield "policy.style", policy.style is HouseStyle.NONE, str(policy.style)


def _default_of(setting: str, defaults: Mapping[str, tuple[float, str]]) -> tuple[float, str]:
    """As in `_settings`, without the name: the limit for all other claims, or a rule's own severity."""
    if setting.startswith("policy.claim-limit."):
        return defaults[f"policy.claim-limit.{DEFAULT_LIMIT}"]
    highest = _BY_CODE[setting.rpartition(".")[2]].highest
    return -highest, str(highest)


def _limits(policy: Policy) -> Iterator[tuple[str, int | None]]:
    """Every setting that is weaker the larger it is, None for no limit."""
    for kind, days in sorted(policy.accessed_limit.items()):
        yield f"accessed-limit.{kind}", days
    for of_claims, days in sorted(policy.claim_limit.items()):
        yield f"claim-limit.{of_claims}", days
    lives, waivers = policy.lives, policy.waiver_limits
    yield from (("life.status", lives.status), ("life.metadata", lives.metadata), ("life.page", lives.page))
    yield "confirm-dead", policy.confirm_dead
    yield "lock-limit", policy.lock_limit
    yield "sign-off-limit", policy.sign_off_limit
    yield from (("waiver-limit.error", waivers.error), ("waiver-limit.warning", waivers.warning))
    yield from (("waiver-limit.info", waivers.info), ("waiver-limit.baseline", waivers.baseline))


def _width(limit: int | None) -> float:
    return _NO_LIMIT if limit is None else limit


def _days(limit: int | None) -> str:
    return "none" if limit is None else f"{limit} d"


def _line(library: Library, setting: str, value: str, instead_of: str) -> str:
    place = library.policy.set_at.get(setting) or Place(library.path, 1, 1)
    return f"{place.path}:{place.line}: {setting.removeprefix('policy.')} is {value} ({instead_of})"


def weaker_entries(cases: Iterable[CaseResult]) -> Iterator[str]:
    """What the entries of one file let pass: by `ignore:`, and by a role under which what is void counts as an info."""
    ignored: list[tuple[Place, str]] = []
    for case in cases:
        reference = case.case.reference
        for item in case.ignored:
            code = item.finding.code
            ignored.append((reference.place_of(f"ignore.{code}", "ignore"), f"{code} of {reference.id}"))
        lowered = {
            finding.code
            for finding in (*case.findings, *(item.finding for item in case.ignored))
            if finding.code in VOIDING and finding.severity < _BY_CODE[finding.code].severity
        }
        for code in sorted(lowered):
            place = reference.place_of("role")
            what = f"role {reference.role} lowers {code} of {reference.id} to {Severity.INFO}"
            yield f"{place.path}:{place.line}: {what} (default: {_BY_CODE[code].severity})"
    if ignored:
        place = ignored[0][0]
        findings = f"{quantity(len(ignored), 'finding')}: {_listed([what for _, what in ignored])}"
        yield f"{place.path}:{place.line}: ignore suppresses {findings} (default: none)"


def weaker_settings(configuration: Configuration, used: Mapping[str, bool]) -> Iterator[str]:
    """What a configuration makes weaker beside its policy.

    `used` says of `files`, `select`, `ignore` and `on-incomplete` whether the command goes by them.
    """
    places = configuration.places

    def line(setting: str, what: str, default: str) -> str:
        place = places.get(setting) or Place(configuration.path or "", 1, 1)
        return f"{place.path}:{place.line}: {setting} {what} (default: {default})"

    if used["files"] and (left := _left_out(configuration)):
        yield line("files", f"excludes {_listed(left)}", "all files in this folder")
    if used["select"] and configuration.select:
        yield line("select", f"excludes every rule except {', '.join(configuration.select)}", "every rule")
    if used["ignore"] and configuration.ignore:
        yield line("ignore", f"excludes {', '.join(configuration.ignore)}", "none")
    if used["on-incomplete"] and configuration.on_incomplete == "warn":
        yield line("on-incomplete", "is warn", "fail")


def _left_out(configuration: Configuration) -> list[str]:
    """The references files in the configuration's folder and below that its `files` leave out."""
    if not configuration.files or configuration.path is None:
        return []
    try:
        named = {path.resolve() for path in find_libraries(configuration.files, configuration.places.get("files"))}
        found = find_libraries([Path(configuration.path).parent])
    except EvidenceError as error:
        return [f"files that could not be listed: {error}"]
    return [path.as_posix() for path in found if path.resolve() not in named]


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(islice(names, _NAMED)) + (f" and {more} more" if more > 0 else "")

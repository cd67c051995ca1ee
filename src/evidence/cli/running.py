"""From options to a finished run: what `check`, `demo` and `show` have in common."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from evidence import __version__
from evidence.checking.judging import Selection
from evidence.checking.run import Order, check
from evidence.errors import UsageError
from evidence.library.reading import find_libraries, read_library
from evidence.model.policy import Severity
from evidence.model.references import Library
from evidence.ports import Clock, Progress
from evidence.registry import RULES, RULING, Settings, build_lanes
from evidence.report import BegunRun, Input, Mode, Report
from evidence.store.store import Store


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options asked of a run."""

    paths: tuple[str, ...]
    mode: Mode
    actor: str
    as_of: date | None = None
    refresh: bool = False
    fail_on: Severity | None = None
    incomplete_fails: bool = True
    selection: Selection = Selection()
    only: str | None = None
    libraries: tuple[Library, ...] = ()


def read_all(paths: tuple[str, ...]) -> tuple[Library, ...]:
    """Every library that the paths name.

    Raises:
        FileError: one of them cannot be read.
    """
    return tuple(read_library(path) for path in find_libraries(paths))


def selection_of(select: tuple[str, ...], ignore: tuple[str, ...]) -> Selection:
    """The selection, its words checked against the rules that exist.

    Raises:
        UsageError: a word is no rule's code, name or family.
    """
    known = {word for rule in RULES for word in (rule.code, rule.name, rule.family)}
    chosen = [_words(words) for words in (select, ignore)]
    for word in sorted(frozenset[str]().union(*chosen) - known):
        raise UsageError(f"no rule, name or family is called {word}", fix="see `evidence rule` for the list")
    return Selection(only=chosen[0], never=chosen[1])


def _words(given: tuple[str, ...]) -> frozenset[str]:
    words = (word.strip() for text in given for word in text.split(","))
    return frozenset(word.upper() if word[:3].isalpha() and "-" not in word else word for word in words if word)


def run(wish: Wish, settings: Settings, store: Store, clock: Clock, progress: Progress) -> Report:
    """Carry the wish out.

    Raises:
        EvidenceError: a file or the store cannot be read or written.
    """
    started = clock.now()
    begun = BegunRun(
        id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        started=started,
        as_of=wish.as_of or started.date(),
        mode=wish.mode,
        actor=wish.actor,
        tool_version=__version__,
        inputs=tuple(Input(library.path, library.sha256) for library in wish.libraries),
        policies={library.path: library.policy for library in wish.libraries},
        select=tuple(sorted(wish.selection.only)),
        ignore=tuple(sorted(wish.selection.never)),
    )
    lanes = build_lanes(
        settings,
        store,
        clock,
        as_of=begun.as_of,
        policies=tuple(begun.policies.values()),
        offline=wish.mode is Mode.OFFLINE,
        refresh=wish.refresh,
    )
    order = Order(
        libraries=wish.libraries,
        lanes=lanes,
        ruling=RULING,
        selection=wish.selection,
        fail_on=wish.fail_on,
        incomplete_fails=wish.incomplete_fails,
    )
    return check(order, begun, ledger=store, clock=clock, progress=progress)

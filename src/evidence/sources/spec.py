"""What is declared of a source, and what it is put together with.

`evidence.app.registry.SOURCES` declares every source. All else that depends on which sources there are derives from
that list: their addresses and the environment variables that replace them, who is asked about which identifiers and in
which order, what a lock file answers for, what `evidence doctor` tries, and what findings and reports call them. What
asks a source is in the module that its declaration names, which ends with its `Opener`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.policy import CacheTtl
from evidence.model.ports import Clock, Past, Read, Source
from evidence.model.records import Label, RecordText

if TYPE_CHECKING:  # a command that asks nobody reads the declarations alone
    from evidence.sources.cache import Shelf
    from evidence.sources.http.network import Network
    from evidence.sources.http.request import Exchanger, Request
    from evidence.sources.http.visit import FetchLimits, Route


@dataclass(frozen=True, slots=True)
class Service:
    """A service on the network: its short name and its real address."""

    name: str
    address: str

    @property
    def variable(self) -> str:
        """The environment variable that names another address for it."""
        return f"EVIDENCE_{self.name.upper()}_URL"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator set.

    `addresses` replace those of services, by the service's name. `route` is the demo server's map of page addresses,
    None on the real web. `page_deadline` is how many seconds all cited pages of a run may take together,
    `page_limits` how patiently each of them is requested, None for as patiently as usual.
    """

    network: Network
    addresses: Mapping[str, str] = field(default_factory=dict)
    ncbi_email: str | None = None
    ncbi_api_key: str | None = None
    route: Route | None = None
    page_deadline: float = 1800.0
    page_limits: FetchLimits | None = None

    def address(self, service: Service) -> str:
        """Where this service is."""
        return self.addresses.get(service.name, service.address)


@dataclass(frozen=True, slots=True)
class Access:
    """What sources are made of.

    `addresses` are those of all sources, and of the helpers that they ask, by name. `services` sends their requests,
    `archive` those that are a convenience and may fail early. `read_on` is the day on which each cited page was read;
    `last_observed` is the newest observation of an identifier, `label_of` the label as it was last answered.
    `shelf` is where answers about the day `as_of` are kept that are no records; None: nowhere.
    """

    settings: Settings
    addresses: Mapping[str, str]
    clock: Clock
    services: Exchanger
    archive: Exchanger
    read_on: Mapping[Identifier, date]
    last_observed: Past
    label_of: Callable[[Identifier], Label | None] = lambda _: None
    shelf: Shelf | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """A small request that shows whether a service answers: `sign` is in every reply that can be believed.

    `request` makes it of the settings and the service's address.
    """

    name: str
    request: Callable[[Settings, str], Request]
    sign: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """What asks a source and reads its answers: `OPENER`, at the end of the source's module.

    Args:
        connect: makes the source that asks the network.
        read: the record in a stored raw answer.
        read_text: its words, where quotes can be looked for in them; raises ValueError as `read` does.
        probe: how to see whether the service answers; None where another source's probe shows it.
        combine: how entries' identifiers are answered, given all stored sources by name; None: by itself.
    """

    connect: Callable[[Access], Source]
    read: Read
    read_text: Callable[[bytes], RecordText] | None = None
    probe: Probe | None = None
    combine: Callable[[Mapping[str, Source]], Source] | None = None


def opener_in(module: str) -> Callable[[], Opener]:
    """Loads this module when it is called, and returns its `OPENER`.

    All sources together take a fifth of the time in which a command that asks nobody is done, and a run asks few.
    """

    def load() -> Opener:
        opener: Opener = import_module(module).OPENER
        return opener

    return load


def status_and_metadata(ttl: CacheTtl) -> tuple[int, int]:
    """A source of status facts (retraction, label version) and of bibliographic ones."""
    return ttl.status, ttl.metadata


def metadata_only(ttl: CacheTtl) -> tuple[int, int]:
    """A source of bibliographic facts alone."""
    return ttl.metadata, ttl.metadata


def page_only(ttl: CacheTtl) -> tuple[int, int]:
    """Cited pages."""
    return ttl.page, ttl.page


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """A source, declared once.

    Args:
        name: what answers, stores and lock files call it.
        title: what reports call it.
        short: what findings call it, where that is another name.
        service: at whose address it is asked; None for cited pages, which have no one address, and where nobody is.
        helpers: further services that it asks.
        kinds: the kinds of identifier that it answers when an entry gives them.
        also: the kinds that it is asked about only because the found record of a reference names them, or says that
            they matter: that is how a second source comes to report on a work that is cited by another identifier, and
            how a label's contents are asked for once its versions are known.
        after: the source that must have answered before it is asked.
        overrules: sources whose "no" is not final here.
        has_text: whether its stored answers hold the words of a record (`Opener.read_text`).
        days: for how many days an answer is served as verified, and its bibliographic facts beside a failure.
        unchanging: whether a record never changes, so that a stored one is served for ever; a stored "no" for `days`.
        only_loaded: whether it is asked of nobody, and all its answers are loaded from files.
        opener: loads what asks it, once that is needed.
    """

    name: str
    title: str
    short: str = ""
    service: Service | None
    helpers: tuple[Service, ...] = ()
    kinds: frozenset[IdKind] = frozenset()
    also: frozenset[IdKind] = frozenset()
    after: str | None = None
    overrules: frozenset[str] = frozenset()
    has_text: bool = False
    days: Callable[[CacheTtl], tuple[int, int]] = status_and_metadata
    unchanging: bool = False
    only_loaded: bool = False
    opener: Callable[[], Opener]

    def address(self, settings: Settings) -> str:
        """Where its answers are said to come from, so that the demo server's never pass for real ones."""
        if self.service is not None:
            return settings.address(self.service)
        return "stand-in" if settings.route else self.name

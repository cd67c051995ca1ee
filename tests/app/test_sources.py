import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evidence import sources
from evidence.app.registry import SERVICES, SOURCED, SOURCES, LookupPolicy, locked_sources, source_address
from evidence.app.sources import addresses_of, source_slots
from evidence.cli.settings import settings_from
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Found, Origin
from evidence.model.policy import CacheTtl
from evidence.model.records import Article
from evidence.sources.http.network import Network
from evidence.sources.http.request import Request
from evidence.sources.spec import Access, Opener, Service, Settings, SourceSpec
from evidence.storage.store import Store
from fakes import NOON, FakeServices, StoppedClock, reply
from processes import Command

TRIAL = Identifier(IdKind.NCT, "NCT00568555")


@dataclass(frozen=True)
class Trials:
    """A made-up registry of trials as a source."""

    services: Any
    address: str

    def look_up(self, identifiers):
        for identifier in identifiers:
            reply = self.services.exchange(Request(f"{self.address}/{identifier.value}", "trials", 0.5), lambda _: None)
            yield Answer(
                identifier, Found(trial_in(identifier, reply.body)), "trials", self.address, NOON, raw=reply.body
            )


def trial_in(identifier, raw):
    return Article(identifier, raw.decode())


TRIALS = SourceSpec(
    name="trials",
    title="the trials",
    service=Service("trials", "https://trials.example.org"),
    kinds=frozenset({IdKind.NCT}),
    opener=lambda: Opener(
        connect=lambda access: Trials(access.services, TRIALS.address(access.settings)), read=trial_in
    ),
)


def test_a_source_that_is_declared_is_asked_once_and_then_served_from_the_store(tmp_path):
    services, clock = FakeServices(lambda _request: reply(b"A trial")), StoppedClock()
    access = Access(Settings(Network("evidence-test/1")), {}, clock, services, services, {}, lambda _: {})
    policy = LookupPolicy(as_of=NOON.date(), lives=CacheTtl())
    with Store.open(tmp_path / "evidence.db", tool_version="test", clock=clock) as store:
        for origin in (Origin.NETWORK, Origin.STORE):
            [slot] = source_slots(access, store, policy, (TRIALS,))
            [answer] = slot.source.look_up([TRIAL])
            assert (answer.outcome, answer.origin) == (Found(Article(TRIAL, "A trial")), origin)
    assert [request.url for request in services.requests] == ["https://trials.example.org/NCT00568555"]


def test_no_two_sources_share_a_name():
    assert len({spec.name for spec in SOURCES}) == len(SOURCES)


def test_a_source_waits_for_and_overrules_sources_that_there_are():
    names = {spec.name for spec in SOURCES}
    assert {spec.after for spec in SOURCES} - {None} <= names
    assert frozenset().union(*(spec.overrules for spec in SOURCES)) <= names


def test_each_kind_of_identifier_that_entries_give_has_one_source():
    kinds = [kind for spec in SOURCES for kind in spec.kinds]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) | {IdKind.CONTENTS, IdKind.NOTICES} == set(IdKind) == SOURCED


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_environment_names_another_address_for_each_service(service):
    settings = settings_from({service.variable: "http://127.0.0.1:1/elsewhere/"})
    assert settings.address(service) == "http://127.0.0.1:1/elsewhere"
    assert settings_from({}).address(service) == service.address


def test_a_source_answers_from_its_services_address_and_cited_pages_from_the_web():
    settings = Settings(Network("evidence-test/1"), {"eutils": "http://127.0.0.1:1/eutils"})
    assert source_address("pubmed", settings) == source_address("pmc", settings) == "http://127.0.0.1:1/eutils"
    assert source_address("crossref", settings) == "https://api.crossref.org"
    assert source_address("web", settings) == "web"


def test_a_locked_run_asks_in_the_order_of_an_online_one():
    slots = locked_sources({}, {}, StoppedClock())
    assert [(slot.name, slot.kinds, slot.after, slot.also) for slot in slots] == [
        (spec.name, spec.kinds, spec.after, spec.also) for spec in SOURCES
    ]


def test_every_source_can_be_opened_and_asks_at_the_addresses_that_are_declared():
    settings, services, clock = Settings(Network("evidence-test/1")), FakeServices(lambda _: reply(b"")), StoppedClock()
    access = Access(settings, addresses_of(settings), clock, services, services, {}, lambda _: {})
    assert access.addresses["pubmed"] == "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
    assert access.addresses["wayback"] == "https://archive.org/wayback"
    for spec in SOURCES:
        spec.opener().connect(access)


SCRIPT = """
import sys
from evidence.cli.main import main
sys.argv = ["evidence", *{arguments!r}]
import os
os._exit = lambda status: sys.exit(status)
try:
    main()
except SystemExit:
    pass
loaded = sorted(name.rpartition(".")[2] for name in sys.modules if name.startswith("evidence.sources."))
print(*loaded, file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (("rule", "RET001"), {"spec"}),
        (("check", "--quiet", "--output", "out.txt"), {"pubmed", "pubmed_xml", "entrez", "crossref"}),
    ],
)
def test_what_is_not_asked_is_not_loaded(tmp_path, server, arguments, loaded):
    (tmp_path / "references.yaml").write_text('references:\n- {id: a, PMID: "23359310"}\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(arguments=arguments)],
        cwd=tmp_path,
        env=Command(tmp_path, server.addresses).env,
        capture_output=True,
        text=True,
        check=True,
    )
    modules = {path.stem for path in Path(sources.__file__).parent.glob("*.py")} - {"__init__"}
    asked = set(done.stderr.split()) & modules
    assert loaded <= asked
    assert asked <= loaded | {"spec", "cache"}

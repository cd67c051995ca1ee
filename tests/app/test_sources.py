import pytest

from evidence.app.registry import SERVICES, SOURCED, SOURCES, locked_sources, source_address
from evidence.cli.settings import settings_from
from evidence.model.identifiers import IdKind
from evidence.sources.http.network import Network
from evidence.sources.spec import Settings
from fakes import StoppedClock


def test_no_two_sources_share_a_name():
    assert len({spec.name for spec in SOURCES}) == len(SOURCES)


def test_a_source_waits_for_and_overrules_sources_that_there_are():
    names = {spec.name for spec in SOURCES}
    assert {spec.after for spec in SOURCES} - {None} <= names
    assert frozenset().union(*(spec.overrules for spec in SOURCES)) <= names


def test_each_kind_of_identifier_that_entries_give_has_one_source():
    kinds = [kind for spec in SOURCES for kind in spec.kinds]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) | {IdKind.NCT} == set(IdKind)
    assert set(kinds) == SOURCED


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

"""Worlds as values: changed by copying, written as JSON, cited by a references.yaml."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from evidence.demo import world as worlds
from evidence.demo.world import (
    ArticleFacts,
    CrossrefUpdate,
    PageFacts,
    World,
    naltrexone_world,
    references_for,
    synthetic_world,
    world_from,
    world_to_json,
)
from evidence.model.dates import PartialDate
from evidence.model.records import Author, NoticeLink


def test_changing_a_world_leaves_the_old_one_as_it_was() -> None:
    before = naltrexone_world()
    after = before.without_article("23359310").with_page("https://a.example", PageFacts())
    assert len(before.articles) == 3
    assert "https://a.example/" not in before.pages
    assert set(after.articles) == {"17222320", "19041189"}


def test_a_world_survives_its_json_form() -> None:
    notice = NoticeLink("RetractionIn", "Somewhere", pmid="1", told_by=("publisher",), date=PartialDate(2021, 1))
    world = (
        naltrexone_world()
        .with_article(
            ArticleFacts(
                pmid="5", title="A <i>b</i>.", authors=(Author(collective="Group"),), article_date=date(2020, 1, 2)
            )
        )
        .with_retraction("5", notice, update=CrossrefUpdate("10.5555/n", "retraction", date(2021, 1, 2)))
        .with_replacement("6", "5")
        .with_pmc("PMC7", ArticleFacts(pmid="", title="Seven."))
        .with_redirect("http://a.example/", "https://a.example/")
        .with_work("10.5555/w", {"title": ["W"]})
        .with_handle("10.5555/h", "https://h.example")
        .with_snapshot("https://a.example/", "20240101")
    )
    changed = replace(world, not_at_crossref=frozenset({"10.5555/x"}), unknown_label="empty")
    assert world_from(json.loads(world_to_json(changed))) == changed


def test_the_built_in_world_says_that_it_is_synthetic() -> None:
    about = json.loads(Path(worlds.__file__).with_name("world.json").read_text(encoding="utf-8"))["about"]
    assert about[0].startswith("synthetic")
    assert any("From memory" in line for line in about)


@pytest.mark.parametrize("doi", ["10.1111/j.1572-0241.2007.01045.x", "10.1016/j.mehy.2008.06.048"])
def test_what_is_from_memory_is_named_so(doi: str) -> None:
    reported = json.loads(Path(worlds.__file__).with_name("world.json").read_text(encoding="utf-8"))
    (memory,) = (line for line in reported["about"] if "From memory" in line)
    assert doi in memory


def test_every_synthetic_article_is_cited_by_one_entry() -> None:
    world = synthetic_world(200)
    entries = yaml.safe_load(references_for(world))["references"]
    assert [entry["PMID"] for entry in entries] == list(world.articles)
    assert len({entry["id"] for entry in entries}) == 200
    first = world.articles["10000001"]
    assert entries[0]["title"] == first.title
    assert entries[0]["issued"] == "1990-01"
    assert entries[0]["author"] == [{"family": first.authors[0].family, "given": "A"}]


def test_labels_trials_and_pages_are_cited_too() -> None:
    world = naltrexone_world()
    entries = yaml.safe_load(references_for(world, accessed="2026-11-01"))["references"]
    assert [entry.get("setid") for entry in entries[3:]] == [next(iter(world.labels)), None, None, None]
    assert [entry.get("NCT") for entry in entries[4:6]] == list(world.trials)
    assert entries[6]["URL"] == "https://www.ldnresearchtrust.org/"
    assert {entry["accessed"] for entry in entries[3:]} == {"2026-11-01"}


def test_an_empty_world_has_an_empty_list() -> None:
    assert yaml.safe_load(references_for(World())) == {"references": []}


def test_a_world_with_an_unknown_fact_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        world_from({"articles": [{"pmid": "1", "colour": "red"}]})

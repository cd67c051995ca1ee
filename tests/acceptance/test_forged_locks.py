"""Locks changed by another hand, digests and all, and locks that only the command writes: how often each is named."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import synthetic_world
from evidence.model.records import NoticeLink
from evidence.model.text import canonical_sha256
from processes import Command

pytestmark = pytest.mark.acceptance

FORGED, UPDATES = 200, 40
LOCK = "references.lock.json"
WAYS = ("notices", "notices and date", "entry", "title")


@pytest.fixture
def locked(evidence: Command, server: DemoServer) -> Command:
    """A lock of 40 invented articles, every fourth of them retracted."""
    world = synthetic_world(40)
    pmids = list(world.articles)
    for at, pmid in enumerate(pmids[::4]):
        world = world.with_retraction(pmid, NoticeLink("RetractionIn", "J Synthetic. 2026", str(39_000_000 + at)))
    server.world = world
    evidence.write("references:\n" + "".join(f'  - {{id: r{pmid}, PMID: "{pmid}"}}\n' for pmid in pmids))
    assert evidence.check("--update-lock").returncode == 1
    return evidence


def retracted(lock: dict[str, Any]) -> list[str]:
    entries = lock["identifiers"].items()
    return [name for name, entry in entries if name.startswith("pmid:") and "RetractionIn" in json.dumps(entry)]


def forged(lock: dict[str, Any], chance: random.Random, way: str) -> str:
    """Changes one retracted work in a lock, by all its identifiers, and makes the digests match; its PMID."""
    entries = lock["identifiers"]
    victim = chance.choice(retracted(lock))
    others = [name for name in entries[victim]["article"].get("also-known-as", ()) if name in entries]
    for name in (victim, *others):
        if way == "entry":
            del entries[name]
            continue
        article = entries[name]["article"]
        if way == "title":
            article["title"] = "A title of another hand"
        else:
            article.pop("notices", None)
            article["publication-types"] = []
        if way == "notices and date":
            entries[name]["verified"] = "2026-11-23T23:00:00Z"
    for name, entry in entries.items():
        facts = {key: value for key, value in entry.items() if key not in {"digest", "verified"}}
        entry["digest"] = canonical_sha256([name, facts])
    return victim


def changed_locks(command: Command, *words: str) -> list[str]:
    report = json.loads(command("check", "--locked", "--format", "json", *words).stdout)
    return [finding["message"] for finding in report["findings"] if finding["code"] == "LCK001"]


def test_every_forged_lock_is_named_with_its_reference_and_every_lost_retraction_comes_first(locked: Command) -> None:
    chance = random.Random(15)
    place = locked.folder / LOCK
    original = place.read_text("utf-8")
    (locked.folder / "before.json").write_text(original, "utf-8")
    unnamed, late = [], []
    for number in range(FORGED):
        way = WAYS[number % len(WAYS)]
        lock = json.loads(original)
        victim = forged(lock, chance, way)
        place.write_text(json.dumps(lock, indent=chance.choice([None, 1, 2])), "utf-8")
        messages = changed_locks(locked, "--as-of", locked.today)
        expected = f"{victim.replace('pmid:', 'r')} ({victim})"
        if len(messages) != 1 or expected not in messages[0] or messages[0].count("pmid:") != 1:
            unnamed.append((way, victim, messages))
        first = locked("lock", "--diff", "before.json").stdout.splitlines()[0]
        if way != "title" and not first.startswith(f"no-longer-retracted: {victim} "):
            late.append((way, victim, first))
    assert (unnamed, late) == ([], [])


def test_no_lock_that_only_the_command_wrote_is_named(locked: Command, server: DemoServer) -> None:
    chance = random.Random(16)
    pmids = list(server.world.articles)
    named = []
    for number in range(UPDATES):
        kind = chance.choice(["RetractionIn", "ErratumIn", "ExpressionOfConcernIn"])
        server.world = server.world.with_retraction(
            chance.choice(pmids), NoticeLink(kind, "J Synthetic. 2026", str(38_000_000 + number))
        )
        day = f"2026-12-{1 + number % 28:02}" if number < 28 else f"2027-01-{number - 27:02}"
        locked("check", "--as-of", day, "--update-lock", "--refresh")
        named += changed_locks(locked, "--as-of", day)
    assert named == []
    assert "38000" in Path(locked.folder / LOCK).read_text("utf-8")

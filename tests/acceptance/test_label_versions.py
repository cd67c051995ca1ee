"""Ten real versions of one label through the command, and every section of the other real labels, edited one by one."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import LabelFacts
from evidence.matching.label_sections import HIGHLIGHTS, label_change
from evidence.model.identifiers import Identifier, IdKind, contents_of
from evidence.model.outcomes import Answer, Found
from evidence.model.ports import SystemClock
from evidence.model.records import LabelContents, SplVersion
from evidence.sources.spl_xml import document_of, document_version, read_contents, sections_of
from evidence.storage.store import Store
from processes import PROJECT, Command

pytestmark = pytest.mark.acceptance

DAILYMED = PROJECT.parent / "shared" / "data" / "dailymed"
VERSIONS = {int(name[1]): path for path in DAILYMED.glob("versions/*.xml") if (name := re.match(r"v(\d+)", path.name))}
PAIRS = list(zip(sorted(VERSIONS), sorted(VERSIONS)[1:], strict=False))
OTHERS = [path for path in sorted(DAILYMED.glob("s*/**/*.xml")) if b"structuredBody" in path.read_bytes()]
SETID = "762b51be-1893-4cd1-9511-e645fc420d3a"
NS = "{urn:hl7-org:v3}"
INDEXING = "48779-3"

needs_labels = pytest.mark.skipif(not VERSIONS or not OTHERS, reason="the recorded labels are not on this machine")


def published(version: int) -> date:
    """The day in the name of the recorded file."""
    return datetime.strptime(VERSIONS[version].name.split(".")[1], "%Y%m%d").replace(tzinfo=UTC).date()


def spl002(evidence: Command, server: DemoServer, then: int, now: int) -> Mapping[str, Any]:
    """What the command finds of a label of these versions, read on the day after the first; both are in the store."""
    versions = tuple(SplVersion(number, published(number)) for number in (now, then))
    server.world = server.world.with_label(LabelFacts(SETID, "INOMAX (NITRIC OXIDE) GAS [INO THERAPEUTICS]", versions))
    accessed = published(then) + timedelta(days=1)
    evidence.write(f"references:\n- {{id: label, title: Inomax, setid: {SETID}, accessed: {accessed}}}\n")
    address, clock = server.addresses["dailymed"], SystemClock()
    with Store.open(evidence.folder / "evidence.db", tool_version="0", clock=clock) as store:
        for number in (then, now):
            identifier = contents_of(Identifier(IdKind.SETID, SETID), number)
            raw = VERSIONS[number].read_bytes()
            found = Found(read_contents(identifier, raw))
            store.cache.keep([Answer(identifier, found, "spl", address, clock.now(), raw=raw)], date(2020, 1, 1))
    _, report = evidence.report("--refresh", "--select", "SPL")  # the list of versions; contents are stored for ever
    assert report["unchecked"] == []
    [finding] = report["findings"]
    assert finding["code"] == "SPL002"
    assert finding["details"]["then"] == then
    return finding


def named(finding: Mapping[str, Any], state: str = "changed") -> set[str]:
    return {section["name"] for section in finding["details"]["sections"] if section["state"] == state}


@needs_labels
def test_ten_real_versions_of_a_label(evidence: Command, server: DemoServer) -> None:
    assert [now for _, now in PAIRS] == [2, 3, 4, 6, 7, 9, 12, 13, 14]
    found = {now: spl002(evidence, server, then, now) for then, now in PAIRS}
    for now, finding in found.items():
        sys.stdout.write(f"\n{now}: {finding['severity']}: {finding['message'].partition(' now')[2]}\n")

    assert [now for now, finding in found.items() if finding["severity"] == "info"] == [7, 13]
    assert {now: named(found[now]) for now in (7, 13)} == {
        7: {"package label", "labeler and address"},
        13: {"package label"},
    }
    for now, formatted in ((3, "clinical studies"), (6, "clinical pharmacology"), (6, "nonclinical toxicology")):
        assert formatted not in named(found[now])
    assert "specific populations" not in named(found[9])
    assert [now for now, finding in found.items() if "the label has a new format" in finding["message"]] == [4]
    assert found[14]["message"].endswith(
        " now: changed dosage (4 places), specific populations (1), how supplied (1); 13 sections unchanged"
    )


# Edited copies


def outermost_key(section: Element) -> tuple[str, str] | None:
    """How an outermost section of a document is called, None where it has neither code nor title."""
    code = section.find(f"{NS}code")
    title = " ".join("".join(found.itertext()).split()) if (found := section.find(f"{NS}title")) is not None else ""
    given = code.get("code", "") if code is not None else ""
    if re.fullmatch(r"\d+-\d", given) and given != "42229-5":
        return given, ""
    return ("", re.sub(r"^\d+(\.\d+)*\.? ", "", title).casefold()) if title else None


def words_of(element: Element) -> Iterator[tuple[Element, str]]:
    """Every text of a narrative block in which a word or number can be changed, as element and attribute."""
    for each in element.iter():
        if each.text and re.search(r"[A-Za-z0-9]", each.text):
            yield each, "text"
        if each is not element and each.tail and re.search(r"[A-Za-z0-9]", each.tail):
            yield each, "tail"


def changed(text: str, chance: random.Random) -> str:
    """The text with one word or one number changed."""
    word = chance.choice(list(re.finditer(r"[A-Za-z]+|[0-9]+", text)))
    other = str(int(word[0]) + 1) if word[0].isdigit() else f"{word[0]}x"
    return text[: word.start()] + other + text[word.end() :]


def edited(raw: bytes, keys: set[tuple[str, str]], chance: random.Random) -> bytes | None:
    """A copy of a document with one word changed in each of these outermost sections; None where one has no text."""
    root = fromstring(raw)  # noqa: S314 - recorded labels
    for key in keys:
        bodies = [
            text
            for section in root.findall(f"{NS}component/{NS}structuredBody/{NS}component/{NS}section")
            if outermost_key(section) == key
            for text in section.iter(f"{NS}text")
        ]
        # The words beside an image, and highlights, are no part of the section around them.
        elsewhere = {
            text for kind in ("excerpt", "observationMedia") for e in root.iter(f"{NS}{kind}") for text in e.iter()
        }
        narrative = set(bodies) - elsewhere
        places = [place for body in bodies if body in narrative for place in words_of(body)]
        if not places:
            return None
        element, kind = chance.choice(places)
        setattr(element, kind, changed(getattr(element, kind), chance))
    return tostring(root, encoding="utf-8", xml_declaration=True)


def contents(raw: bytes) -> LabelContents:
    version = document_version(document_of(raw))
    assert version is not None
    return read_contents(contents_of(Identifier(IdKind.SETID, version[0]), version[1]), raw)


@needs_labels
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_edited_copies_differ_in_exactly_the_edited_sections(path: Path) -> None:
    raw, chance = path.read_bytes(), random.Random(7)
    before = contents(raw)
    if {section.code for section in before.sections} <= {INDEXING, ""}:
        pytest.skip("a document that indexes a label, without the label's sections")
    texts = sections_of(raw)
    keys = [
        (s.code, s.title.casefold()) for s in texts if not s.within and s.title != HIGHLIGHTS and (s.code or s.title)
    ]
    keys = [key for key in keys if key != ("48780-1", "")]
    single = [{key} for key in keys]
    several = [set(chance.sample(keys, min(len(keys), chance.randint(2, 4)))) for _ in range(10)] if keys else []
    right = tried = 0
    for wanted in [*single, *several]:
        copy = edited(raw, wanted, chance)
        if copy is None:
            continue
        change = label_change(before, contents(copy), texts, sections_of(copy))
        found = {(section.code, "" if section.code else section.name.casefold()) for section in change.sections}
        tried += 1
        right += found == wanted and all(section.places == 1 for section in change.sections)
        assert found == wanted
    assert tried
    again = edited(raw, set(), chance)
    assert again is not None
    untouched = label_change(before, contents(again))
    assert untouched.sections == ()
    sys.stdout.write(
        f"\n{path.stem}: {tried} edited copies, {right} with exactly the edited sections, one place each\n"
    )

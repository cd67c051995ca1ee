"""A folder of monographs as a medical writer has it, the world that it cites, and what changes in a quarter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from evidence.demo.world import ArticleFacts, LabelFacts, World, synthetic_world
from evidence.model.records import NoticeLink, SplVersion
from factories import docx_file, printed_entry

READ = date(2026, 9, 1)  # when the labels were read last
SPL = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="


@dataclass(frozen=True)
class Monograph:
    """One monograph: its name, and the references that it prints, in their order."""

    name: str
    printed: tuple[str, ...]

    def docx(self) -> bytes:
        return docx_file(partial(_fill, self))

    def markdown(self) -> str:
        listed = "\n".join(f"{number}. {entry}" for number, entry in enumerate(self.printed, 1))
        return f"# {self.name}\n\n{_cited(len(self.printed))}\n\n## References\n\n{listed}\n"


def _cited(number: int) -> str:
    return f"It is given by mouth and has been studied [1-{number}]."


def _fill(monograph: Monograph, document: Any) -> None:
    document.add_heading(monograph.name, 0)
    document.add_paragraph(_cited(len(monograph.printed)))
    document.add_heading("References", 1)
    for number, entry in enumerate(monograph.printed, 1):
        document.add_paragraph(f"{number}. {entry}")


def label_of(at: int) -> LabelFacts:
    setid = f"06ff2d5a-e62b-4fa4-bbdb-{at:012d}"
    return LabelFacts(setid, f"EXAMPLINIB {at} TABLET", (SplVersion(1, date(2024, 5, 4)),))


def printed_label(label: LabelFacts) -> str:
    name = label.title.capitalize()
    return f"{name} [package insert]. DailyMed. Accessed September 1, 2026. {SPL}{label.setid}"


def quarter(
    monographs: int = 12, references: int = 143, articles: Sequence[ArticleFacts] | None = None
) -> tuple[World, list[Monograph]]:
    """So many monographs with so many references together, one of each a label; by default of invented articles."""
    number = references - monographs
    held = list(articles) if articles is not None else list(synthetic_world(number).articles.values())
    labels = [label_of(at) for at in range(monographs)]
    world = World().with_article(*held[:number])
    for label in labels:
        world = world.with_label(label)
    made = []
    for at, label in enumerate(labels):
        own = held[at * number // monographs : (at + 1) * number // monographs]
        made.append(Monograph(f"examplinib-{at + 1:02}", (*map(printed_entry, own), printed_label(label))))
    return world, made


def retracted(world: World, *articles: ArticleFacts) -> World:
    for at, article in enumerate(articles):
        notice = NoticeLink("RetractionIn", "J Notices. 2026;1:1", str(39_000_000 + at))
        world = world.with_retraction(article.pmid, notice)
    return world


def revised(world: World, version: int, day: date, *labels: int) -> World:
    for at in labels:
        world = world.with_label_version(label_of(at).setid, version, day)
    return world


def write(folder: Path, monographs: Sequence[Monograph], suffix: str = ".docx") -> None:
    for monograph in monographs:
        data = monograph.docx() if suffix == ".docx" else monograph.markdown().encode()
        (folder / f"{monograph.name}{suffix}").write_bytes(data)


Reprint = Callable[[str], str]


def reprinted(monograph: Monograph, number: int, change: Reprint) -> Monograph:
    """The monograph with one of its references printed otherwise."""
    printed = list(monograph.printed)
    printed[number - 1] = change(printed[number - 1])
    return replace(monograph, printed=tuple(printed))

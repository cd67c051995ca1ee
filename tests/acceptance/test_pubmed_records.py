"""Every record of two whole PubMed files is read, and agrees with an independent walk over the tree."""

import io
import sys
import time
import tracemalloc
from collections import Counter
from itertools import islice
from xml.etree.ElementTree import iterparse

import pytest

from acceptance.citations import FILES, bodies
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import Found
from evidence.sources.pubmed import PubMed
from evidence.sources.pubmed_xml import deleted_pmids, read_article, split_articles
from factories import pmid
from fakes import ARTICLE_SET, FakeServices, StoppedClock, entrez_with, ids_of, reply

pytestmark = pytest.mark.acceptance

# Both files give them as deleted: PMIDs that NLM has withdrawn (20 in the update file).
DELETED = 20


def write_line(line):
    sys.stdout.write(f"\n{line}\n")


def independent(body):
    """PMID, words of the title, number of authors, own DOIs and RefTypes of every record, from the whole tree."""
    for _, element in iterparse(io.BytesIO(body)):  # noqa: S314 - NLM's own files
        if element.tag != "PubmedArticle":
            continue
        own = element.find("PubmedData/ArticleIdList")
        title = element.find("MedlineCitation/Article/ArticleTitle")
        yield (
            element.findtext("MedlineCitation/PMID"),
            "".join("".join(title.itertext()).split()),
            len(element.findall("MedlineCitation/Article/AuthorList/Author")),
            {e.text.strip().lower() for e in own if e.get("IdType") == "doi" and e.text},
            Counter(e.get("RefType") for e in element.iter("CommentsCorrections")),
        )
        element.clear()


def test_every_record_is_read_alone_and_as_the_entire_tree_has_it():
    read, different, seconds = 0, Counter(), 0.0
    deleted = set()
    for body in bodies():
        deleted |= deleted_pmids(body)
        for (number, raw), (own, words, people, dois, links) in zip(
            split_articles(body), independent(body), strict=True
        ):
            start = time.process_time()
            article = read_article(raw)
            seconds += time.process_time() - start
            read += 1
            assert number == own == article.identifier.value
            assert article.issued is not None
            assert article.issued.year in article.years
            different["untitled"] += not article.title
            assert Counter(notice.ref_type for notice in article.notices) == links
            different["title"] += "".join(article.title.split()) != words
            different["authors"] += len(article.authors) != people
            known = {i.value for i in article.also_known_as if i.kind is IdKind.DOI}
            different["doi"] += not dois <= known
    write_line(f"{read:,} records, {1e6 * seconds / read:.0f} microseconds of CPU each, differences: {dict(different)}")
    assert read == sum(FILES.values())
    assert len(deleted) == DELETED
    assert different == {
        "untitled": 54,  # an empty ArticleTitle, without a vernacular one
        "title": 1,  # 31808390: `&#945;` escaped twice, read as the letter it stands for
        "authors": 2,  # 33932343, 34087155: a body listed once more with its electronic address
        "doi": 1,  # 417468: `10.103/…`, whose registrant is too short for a DOI
    }


def test_a_thousand_real_records_are_two_requests_and_little_memory():
    raws = dict(islice(split_articles(next(bodies())), 1000))
    numbers, head = list(raws), ARTICLE_SET.split("{}", maxsplit=1)[0].encode()
    halves = [
        head + b"".join(raws[n] for n in half) + b"</PubmedArticleSet>" for half in (numbers[:500], numbers[500:])
    ]
    size = sum(map(len, raws.values()))
    del raws
    services = FakeServices(lambda request: reply(halves[ids_of(request)[0] == numbers[500]]))
    pubmed = PubMed(entrez_with(services), StoppedClock())
    tracemalloc.start()
    start = time.process_time()
    found = sum(isinstance(answer.outcome, Found) for answer in pubmed.look_up([pmid(n) for n in numbers]))
    seconds = time.process_time() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    write_line(f"1,000 records of {size / 1e6:.1f} MB: {seconds:.2f} s of CPU (traced), peak {peak / 1e6:.1f} MB")
    assert found == 1000
    assert len(services.requests) == 2
    assert peak < 2 * size

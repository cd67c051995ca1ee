"""Every fuzz target by name, with texts to begin from; `fuzz_atheris.py` and `test_fuzz.py` feed them."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

from acceptance import fuzz_targets as one
from acceptance import fuzz_whole as whole
from acceptance.fuzz_whole import SETID
from evidence.standin import second_sources
from evidence.standin.asked import Asked, Service
from evidence.standin.pubmed_xml import article_set
from evidence.standin.worlds import naltrexone_world, references_for, synthetic_world


@dataclass(frozen=True)
class Target:
    """A function that bears any bytes, and examples that it understands."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def _records():
    return article_set(naltrexone_world().articles.values()).encode()


def _works():
    world = naltrexone_world()
    target = "/crossref/works?rows=3&filter=" + ",".join(f"doi:{doi}" for doi in world.by_doi)
    asked = Asked(Service.CROSSREF, "GET", target, {})
    single = Asked(Service.CROSSREF, "GET", "/crossref/works/10.1002%2Fart.37734", {})
    return second_sources.crossref(world, asked).body, second_sources.crossref(world, single).body


def _yaml():
    return references_for(synthetic_world(1)).encode()


def _rich_yaml():
    return f"""\
monograph: {{title: "A *monograph*", file: a.md}}
policy: {{accessed-limit: {{webpage: 90 d, article: none}}, severity: {{ACC004: error}}, fail-on: warning}}
references:
- id: one
  type: article-journal
  PMID: "23359310"
  cited-as: >-
    Younger J, Noor N, McCue R, Mackey S. Low-dose naltrexone. Arthritis Rheum. 2013;65(2):529-538.
  ignore: {{MET007: on purpose}}
- {{id: two, setid: {SETID}, accessed: 2025-08, URL: "https://example.org/a#b"}}
- {{id: three, DOI: 10.1002/art.37734, author: [{{literal: X}}, {{family: Y, given: Z}}], issued: {{year: 2013}}}}
""".encode()


_HISTORY = json.dumps(
    {
        "data": {
            "spl": {"title": "A TABLET [B]", "setid": SETID},
            "history": [{"spl_version": 3, "published_date": "Aug 09, 2023"}],
        },
        "metadata": {"total_elements": 1, "total_pages": 1, "current_page": 1, "next_page": "null"},
    }
).encode()
_FACTS = b'{"v":2,"status":200,"url":"u","hops":[[301,"a","b"]],"title":"t"}'
_REFUSAL = b'{"esummaryresult":["Invalid uid x at position=0"]}'
_SUMMARY = b'{"header":{},"result":{"uids":["1"],"1":{"uid":"1","articleids":[{"idtype":"pubmed","value":"2"}]}}}'
_PAGE = (
    b"text/html; charset=utf-8\n200\n\n"
    b'<!doctype html><html><head><meta charset="latin-1"><title>A &amp; B</title></head>'
    b'<body><main><h1 id="part">A</h1>text</main></body></html>'
)
_CITED = (
    "Younger J, et al. Low-dose naltrexone. Arthritis Rheum. 2013;65(2):529\u2013538. doi:10.1002/art.37734".encode()
)

TARGETS = {
    "library_yaml": Target(whole.library_yaml, (_rich_yaml(), _yaml(), b"references: []\n")),
    "references_and_record": Target(whole.references_and_record, (_rich_yaml() + b"\x00\x00" + _records(),)),
    "cited_text": Target(one.cited_text, (_CITED + b"\x00\x00" + _records(), _CITED)),
    "partial_dates": Target(
        one.partial_dates, (b"2025-08-14", b"August 2025", b"Augst 14th, 2025", b"2013 Spring", b"14.8.25")
    ),
    "identifier_texts": Target(
        one.identifier_texts,
        (
            b"PMID: 23359310",
            b"PMC1234567",
            b"https://doi.org/10.1002/art.37734",
            b"NCT01234567",
            SETID.encode(),
            b"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=" + SETID.encode(),
        ),
    ),
    "web_addresses": Target(
        one.web_addresses,
        (
            b"https://www.example.org:8443/a?b=c#d",
            "http://bücher.example/ä".encode(),
            b"http://0x7f.1/",
            b"http://[::ffff:1.2.3.4]/",
        ),
    ),
    "dailymed_answers": Target(one.dailymed_answers, (_HISTORY, b'{"data": [], "metadata": {"total_elements": 0}}')),
    "pubmed_records": Target(one.pubmed_records, (_records(), b"<eFetchResult><ERROR>no</ERROR></eFetchResult>")),
    "pubmed_summaries": Target(one.pubmed_summaries, (_SUMMARY, _REFUSAL)),
    "crossref_answers": Target(one.crossref_answers, _works()),
    "web_pages": Target(
        one.web_pages,
        (_PAGE, b"text/plain\n404\n\nno", b"text/html; charset=utf-16\n200\n\n\xff\xfe<\x00t\x00"),
    ),
    "kept_facts": Target(
        one.kept_facts, (b'{"v":2,"status":200,"url":"u","hops":[[301,"a","b"]],"title":"t"}', _HISTORY)
    ),
    "encoded_bodies": Target(
        one.encoded_bodies, (gzip.compress(b"text" * 9, mtime=0), gzip.compress(bytes(9000), mtime=0))
    ),
    "headers": Target(one.headers, (b"120", b"Mon, 23 Nov 2026 12:00:01 GMT", b"1e400", b"-0")),
    "shown_texts": Target(
        one.shown_texts, ("a\x1b[31mb\u202ec\x85\r\nd\ud800".encode("utf-8", "surrogatepass"), b"\xff\x00")
    ),
    "marked_texts": Target(one.marked_texts, (b"*a* **b** ^c^ ~d~ `e` $f$ \\* [g](h) <i>&amp;</i>", b"***a** b*")),
}

"""Fuzz targets: readers of text from outside as functions of bytes that must bear any bytes."""

from __future__ import annotations

import contextlib
import gzip
import json
import tempfile
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from evidence.app.check import CheckRequest, run_check
from evidence.app.lookup import SourceSlot
from evidence.app.registry import RULE_SET
from evidence.demo import services as second_sources
from evidence.demo.http import DemoService, ServerRequest
from evidence.demo.pubmed import article_set
from evidence.demo.spl import spl_section, zipped
from evidence.demo.world import naltrexone_world, references_for, synthetic_world
from evidence.library import markdown
from evidence.library.reader import read_library
from evidence.matching.compare import compare
from evidence.model import dates, identifiers
from evidence.model.csl import csl_item
from evidence.model.dates import PartialDate
from evidence.model.errors import FileError
from evidence.model.identifiers import Identifier, IdKind, contents_of
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Unavailable
from evidence.model.records import Article
from evidence.model.report import BegunRun, Mode
from evidence.model.text import json_safe, one_line, plain_ascii
from evidence.model.urls import Malformed, normalise
from evidence.reports.document import render_json, report_document
from evidence.reports.text import TextOptions, render_text
from evidence.sources import crossref as crossref_replies
from evidence.sources import dailymed as dailymed_json
from evidence.sources import entrez as entrez_replies
from evidence.sources import pubmed_xml, spl, spl_xml
from evidence.sources import web as page_facts
from evidence.sources.crossref import article_of
from evidence.sources.http import network as addresses
from evidence.sources.http import transport as bodies
from evidence.sources.http.html import charset, content_type, title
from evidence.sources.http.network import judge_address, judge_name
from evidence.sources.http.request import Reply, retry_after
from evidence.sources.http.visit import PageAnswer
from evidence.sources.web import judge
from factories import LABEL_SETID, spl_document
from fakes import NOON, FakeRecorder, StoppedClock

# Fuzz targets that go end to end: from a library, and PubMed's answer about it, to the report that is shown
_FOLDER = tempfile.TemporaryDirectory(prefix="evidence-fuzz-")


def _library(data):
    path = Path(_FOLDER.name) / "references.yaml"
    path.write_bytes(data)
    return read_library(path)


def is_printed_safely(text):
    """No control character but the line break, no override of the writing direction; spaces of any width may be."""
    wrong = [hex(ord(c)) for c in text if c != "\n" and not c.isprintable() and unicodedata.category(c) != "Zs"]
    assert not wrong, wrong


class _Answers:
    """A source that answers from a dictionary; the rest is silence."""

    def __init__(self, known):
        self._known = known

    def look_up(self, wanted):
        for identifier in wanted:
            outcome = self._known.get(identifier) or Unavailable("nobody\x1b[31m answers\u202e", Cause.TIMEOUT)
            yield Answer(identifier, outcome, "pubmed", "here", NOON)


def judged(library, known, texts=None):
    """From a library, and the monographs read for it, to its report, in both forms."""
    slots = (SourceSlot("all", frozenset(IdKind), _Answers(known)),)
    begun = BegunRun(
        id="run",
        started=NOON,
        as_of=date(2026, 11, 23),
        mode=Mode.ONLINE,
        actor="someone\x1b]0;x\x07",
        tool_version="0",
        inputs=(),
        policies={library.path: library.policy},
    )
    request = CheckRequest((library,), begun.mode, begun.actor, texts=texts)
    report = run_check(
        request, begun, RULE_SET, slots, recorder=FakeRecorder(), clock=StoppedClock(), progress=lambda *_: None
    )
    output = report_document(report)
    for options in (TextOptions(verbose=1, width=60), TextOptions(unicode=False), TextOptions(quiet=True)):
        is_printed_safely(render_text(output, options))
    reported = render_json(output)
    is_printed_safely(reported)
    assert json.loads(reported)["summary"] == output["summary"]


def library_yaml(data):
    """A references.yaml: read or refused in one line, and whatever is read can be judged and shown."""
    try:
        library = _library(data)
    except FileError as error:
        is_printed_safely(one_line(str(error)))
        return
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for reference in library.references:
        assert 1 <= reference.place.line <= lines
    judged(library, {})


def references_and_record(data):
    """A library and PubMed's answer about its PMIDs: compared, judged and shown, whatever both say."""
    written, _, sent = data.partition(b"\x00\x00")
    try:
        library = _library(written)
    except FileError:
        return
    known = {}
    for pmid, raw in pubmed_xml.split_articles(sent):
        with contextlib.suppress(pubmed_xml.SchemaDriftError):
            known[Identifier(IdKind.PMID, pmid)] = Found(pubmed_xml.read_article(raw))
    judged(library, known)


# Readers of text from outside as functions of bytes that must bear any bytes; they raise when something is wrong


def _text(data):
    return data.decode("utf-8", "surrogateescape")


def _require(truth):
    assert truth


def cited_text(data):
    """A citation as printed, and the record it is said to be of."""
    printed, _, sent = data.partition(b"\x00\x00")
    article = Article(Identifier(IdKind.PMID, "1"), "A title")
    for _, raw in pubmed_xml.split_articles(sent):
        with contextlib.suppress(pubmed_xml.SchemaDriftError):
            article = pubmed_xml.read_article(raw)
    reported = compare(printed.decode("utf-8", "replace"), article)
    assert reported == compare(printed.decode("utf-8", "replace"), article)
    csl_item(article)


def partial_dates(data):
    """A date: an interval within the years that dates know, or a reason with a suggestion that is a date."""
    text = _text(data)
    guessed = dates.guess(text)
    assert guessed is None or isinstance(guessed, PartialDate)
    try:
        parsed = dates.parse(text)
    except dates.DateError as error:
        if error.suggestion is not None:
            dates.parse(error.suggestion)
        return
    age = dates.age(parsed, date(2026, 11, 23))
    assert age.least <= age.most


def identifier_texts(data):
    """Every kind of identifier: what is read is canonical and stays itself, printed and read again."""
    text = _text(data)
    for kind in IdKind:
        read = identifiers.parse(kind, text)
        if isinstance(read, Malformed):
            assert read.message
            continue
        assert identifiers.parse(kind, read.value) == read
        assert kind is IdKind.URL or identifiers.is_canonical(kind, read.value)
        identifiers.url_of(read)
    identifiers.from_url(text)


def web_addresses(data):
    """An address: ASCII, http or https, one host however it is spelt, and the same when read again."""
    text = data.decode("utf-8", "replace")
    normalise(text)
    with contextlib.suppress(addresses.BadAddressError):
        address = addresses.parse(text)
        assert address.url.isascii()
        assert addresses.parse(address.url) == address
        assert (urlsplit(address.url).hostname or "").strip("[]") == address.host
        judge_name(address.host)
        judge_address(address.host)
        for location in (text, "../x?y#z", "//other.example/x"):
            with contextlib.suppress(addresses.BadAddressError):
                addresses.join(address, location)


def dailymed_answers(data):
    """DailyMed's JSON: facts, a "no", or a ValueError; what is kept of facts is read again as the same."""
    for parse in (dailymed_json.history_page, dailymed_json.listed):
        try:
            reported = parse(data, LABEL_SETID)
        except ValueError as error:
            is_printed_safely(str(error))
            continue
        facts = getattr(reported, "facts", reported)
        if isinstance(facts, dailymed_json.Facts):
            identifier = Identifier(IdKind.SETID, LABEL_SETID)
            label = dailymed_json.label_of(identifier, dailymed_json.canonical(facts))
            assert set(label.versions) == set(facts.versions)
    with contextlib.suppress(ValueError):
        dailymed_json.lists_anything(data)
    with contextlib.suppress(ValueError):
        csl_item(dailymed_json.label_of(Identifier(IdKind.SETID, LABEL_SETID), data))


def label_documents(data):
    """SPL's XML and archives of it: sections, or a ValueError; what is stored is read again as the same."""
    identifier = contents_of(Identifier(IdKind.SETID, LABEL_SETID), 3)
    for read in (spl_xml.sections_of, spl.document_in, partial(spl.stored_contents, identifier)):
        try:
            read(data)
        except ValueError as error:
            is_printed_safely(str(error))


def pubmed_records(data):
    """efetch's XML: doubted, or cut into records of which each is read or drifted."""
    reply = Reply(200, {}, data)
    doubt = entrez_replies.records_problem(reply)
    is_printed_safely(doubt or "")
    entrez_replies.body_of(reply)
    records = entrez_replies.records_in(data)
    for pmid, raw in records.raws.items():
        try:
            article = pubmed_xml.read_article(raw)
        except pubmed_xml.SchemaDriftError as error:
            _require(str(error).startswith("schema drift"))
            continue
        assert article.identifier.kind is IdKind.PMID
        assert pmid.isdecimal()
        csl_item(article)


def pubmed_summaries(data):
    """esummary's JSON, and the errors that come in its place."""
    for status in (200, 400):
        reply = Reply(status, {}, data)
        is_printed_safely(entrez_replies.summaries_problem(reply) or "")
        entrez_replies.is_bad_id(reply)
        for summary in entrez_replies.summaries_in(data).values():
            is_printed_safely(summary.error or "")
            summary.number("pubmed")
            assert summary.is_unknown in (True, False)


def crossref_answers(data):
    """Crossref's JSON, lists and single works: doubted, or read as records or drift; a "no" only by its own words."""
    doi = "10.1002/art.37734"
    for status in (200, 404):
        reply = Reply(status, {}, data)
        is_printed_safely(one_line(crossref_replies.list_problem(reply) or ""))
        works = [] if crossref_replies.list_problem(reply) else list(crossref_replies.works_in(reply).values())
        if not crossref_replies.single_problem(reply, doi):
            assert status == 200 or crossref_replies.is_not_held(reply)
            works += [crossref_replies.work_in(reply)]
        for work in works:
            with contextlib.suppress(ValueError):
                article = article_of(Identifier(IdKind.DOI, doi), work)
                assert (
                    article_of(Identifier(IdKind.DOI, doi), json.loads(crossref_replies.stored_work(work))) == article
                )
                csl_item(article)


def web_pages(data):
    """A page under headers of its own: title and verdict, however it is encoded."""
    head, _, body = data.partition(b"\n\n")
    kind, _, status = head.decode("latin-1").partition("\n")
    number = int(status[:3]) if status[:3].isascii() and status[:3].isdecimal() else 200
    for opinion in (None, 404, 200):
        page_answer = PageAnswer(
            "https://www.example.org/a/page", number, {"content-type": kind}, body, second_opinion=opinion
        )
        identifier = Identifier(IdKind.URL, "https://www.example.org/a/page#part")
        reported = title(page_answer)
        assert len(reported) <= 300
        is_printed_safely(one_line(reported))
        b"".decode(charset(page_answer))
        content_type(page_answer)
        outcome = judge(identifier, page_answer)
        match outcome:
            case Found(record=page):
                assert 200 <= number < 300
                assert page_facts.page_of(identifier, page_facts.facts(page)) == page
            case NotFound():
                assert number in (404, 410)
                assert opinion == 404
            case Blocked() | Unavailable():
                pass


def stored_facts(data):
    """What a store of another version, or a broken disk, may hold."""
    for read, kind in ((page_facts.page_of, IdKind.URL), (dailymed_json.label_of, IdKind.SETID)):
        with contextlib.suppress(ValueError):
            read(Identifier(kind, LABEL_SETID), data)


def encoded_bodies(data):
    """A body under any Content-Encoding, whole or in pieces: bytes within the limit, or a BodyError."""
    for encoding in ("", "gzip", "br"):
        for pieces in ([data], [data[at : at + 7] for at in range(0, len(data), 7)]):
            try:
                body = bodies.decoded(pieces, encoding=encoding, length=None, limit=4096)
            except bodies.BodyError as error:
                _require(str(error))
            else:
                assert len(body) <= 4096
                if encoding == "gzip" and data:
                    assert zlib.decompressobj(31).decompress(data, 1) in (b"", body[:1])


def headers(data):
    """Retry-After: a number of seconds that is one, or nothing."""
    seconds = retry_after(data.decode("latin-1"), NOON)
    assert seconds is None or 0 <= seconds < float("inf")


def printed_texts(data):
    """Any text on its way to a terminal or into JSON."""
    text = _text(data)
    line = one_line(text)
    assert line.isprintable()
    assert plain_ascii(line).isascii()
    reported = json_safe(json.dumps([text], ensure_ascii=False))
    is_printed_safely(reported)
    assert json.loads(reported) == [text]


def marked_texts(data):
    """Markdown in a reference, and a record's HTML on its way there."""
    text = data.decode("utf-8", "replace")
    markdown.to_html(text)
    markdown.from_html(text)
    assert markdown.unescape(markdown.escape(text)) == text


# Every fuzz target by name, with texts to begin from; fuzz_atheris.py and test_fuzz.py feed them


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
    asked = ServerRequest(DemoService.CROSSREF, "GET", target, {})
    single = ServerRequest(DemoService.CROSSREF, "GET", "/crossref/works/10.1002%2Fart.37734", {})
    return second_sources.crossref_reply(world, asked).body, second_sources.crossref_reply(world, single).body


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
- {{id: two, setid: {LABEL_SETID}, accessed: 2025-08, URL: "https://example.org/a#b"}}
- {{id: three, DOI: 10.1002/art.37734, author: [{{literal: X}}, {{family: Y, given: Z}}], issued: {{year: 2013}}}}
""".encode()


_LABEL = spl_document(
    spl_section(
        "34068-7",
        "2 DOSAGE",
        "<table><tr><td>10<sup>-10</sup></td></tr></table><content styleCode='underline'>a</content><br/>b"
        "<list><item>c <renderMultiMedia referencedObject='MM1'/></item></list>",
        spl_section("42228-7", "2.1 Pregnancy", "<paragraph>None</paragraph>"),
    )
)
_HISTORY = json.dumps(
    {
        "data": {
            "spl": {"title": "A TABLET [B]", "setid": LABEL_SETID},
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
    "library_yaml": Target(library_yaml, (_rich_yaml(), _yaml(), b"references: []\n")),
    "references_and_record": Target(references_and_record, (_rich_yaml() + b"\x00\x00" + _records(),)),
    "cited_text": Target(cited_text, (_CITED + b"\x00\x00" + _records(), _CITED)),
    "partial_dates": Target(
        partial_dates, (b"2025-08-14", b"August 2025", b"Augst 14th, 2025", b"2013 Spring", b"14.8.25")
    ),
    "identifier_texts": Target(
        identifier_texts,
        (
            b"PMID: 23359310",
            b"PMC1234567",
            b"https://doi.org/10.1002/art.37734",
            b"NCT01234567",
            LABEL_SETID.encode(),
            b"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=" + LABEL_SETID.encode(),
        ),
    ),
    "web_addresses": Target(
        web_addresses,
        (
            b"https://www.example.org:8443/a?b=c#d",
            "http://bücher.example/ä".encode(),
            b"http://0x7f.1/",
            b"http://[::ffff:1.2.3.4]/",
        ),
    ),
    "dailymed_answers": Target(dailymed_answers, (_HISTORY, b'{"data": [], "metadata": {"total_elements": 0}}')),
    "label_documents": Target(label_documents, (_LABEL, zipped(_LABEL), b'{"setid": "x", "no-contents-of": 3}')),
    "pubmed_records": Target(pubmed_records, (_records(), b"<eFetchResult><ERROR>no</ERROR></eFetchResult>")),
    "pubmed_summaries": Target(pubmed_summaries, (_SUMMARY, _REFUSAL)),
    "crossref_answers": Target(crossref_answers, _works()),
    "web_pages": Target(
        web_pages,
        (_PAGE, b"text/plain\n404\n\nno", b"text/html; charset=utf-16\n200\n\n\xff\xfe<\x00t\x00"),
    ),
    "kept_facts": Target(
        stored_facts, (b'{"v":2,"status":200,"url":"u","hops":[[301,"a","b"]],"title":"t"}', _HISTORY)
    ),
    "encoded_bodies": Target(
        encoded_bodies, (gzip.compress(b"text" * 9, mtime=0), gzip.compress(bytes(9000), mtime=0))
    ),
    "headers": Target(headers, (b"120", b"Mon, 23 Nov 2026 12:00:01 GMT", b"1e400", b"-0")),
    "shown_texts": Target(
        printed_texts, ("a\x1b[31mb\u202ec\x85\r\nd\ud800".encode("utf-8", "surrogatepass"), b"\xff\x00")
    ),
    "marked_texts": Target(marked_texts, (b"*a* **b** ^c^ ~d~ `e` $f$ \\* [g](h) <i>&amp;</i>", b"***a** b*")),
}

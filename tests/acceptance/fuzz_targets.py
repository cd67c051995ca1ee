"""Readers of text from outside as functions of bytes that must bear any bytes; they raise when something is wrong."""

import contextlib
import json
import zlib
from datetime import date
from urllib.parse import urlsplit

from acceptance.fuzz_whole import NOON, SETID, is_shown_safely
from evidence import dates, identifiers
from evidence.compare.citation import compare
from evidence.csl import csl_item
from evidence.escape import json_safe, one_line, plain_ascii
from evidence.http import addresses, bodies
from evidence.http.exchange import Reply
from evidence.http.guard import judge_address, judge_name
from evidence.http.pages.reading import charset, content_type, title
from evidence.http.pages.seen import Sight
from evidence.http.retry import retry_after
from evidence.library import markdown
from evidence.malformed import Malformed
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Blocked, Found, NotFound, Unavailable
from evidence.model.partialdate import PartialDate
from evidence.model.records import Article
from evidence.sources import crossref_replies, dailymed_json, entrez_replies, page_facts, pubmed_xml
from evidence.sources.crossref_work import article_of
from evidence.sources.web_verdicts import judge
from evidence.webaddress import normalise


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
    told = compare(printed.decode("utf-8", "replace"), article)
    assert told == compare(printed.decode("utf-8", "replace"), article)
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
            told = parse(data, SETID)
        except ValueError as error:
            is_shown_safely(str(error))
            continue
        facts = getattr(told, "facts", told)
        if isinstance(facts, dailymed_json.Facts):
            identifier = Identifier(IdKind.SETID, SETID)
            label = dailymed_json.label_of(identifier, dailymed_json.canonical(facts))
            assert set(label.versions) == set(facts.versions)
    with contextlib.suppress(ValueError):
        dailymed_json.lists_anything(data)
    with contextlib.suppress(ValueError):
        csl_item(dailymed_json.label_of(Identifier(IdKind.SETID, SETID), data))


def pubmed_records(data):
    """efetch's XML: doubted, or cut into records of which each is read or drifted."""
    reply = Reply(200, {}, data)
    doubt = entrez_replies.doubt_records(reply)
    is_shown_safely(doubt or "")
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
        is_shown_safely(entrez_replies.doubt_summaries(reply) or "")
        entrez_replies.is_bad_id(reply)
        for summary in entrez_replies.summaries_in(data).values():
            is_shown_safely(summary.error or "")
            summary.number("pubmed")
            assert summary.is_unknown in (True, False)


def crossref_answers(data):
    """Crossref's JSON, lists and single works: doubted, or read as records or drift; a "no" only by its own words."""
    doi = "10.1002/art.37734"
    for status in (200, 404):
        reply = Reply(status, {}, data)
        is_shown_safely(one_line(crossref_replies.doubt_list(reply) or ""))
        works = [] if crossref_replies.doubt_list(reply) else list(crossref_replies.works_in(reply).values())
        if not crossref_replies.doubt_single(reply, doi):
            assert status == 200 or crossref_replies.is_no(reply)
            works += [crossref_replies.work_in(reply)]
        for work in works:
            with contextlib.suppress(ValueError):
                article = article_of(Identifier(IdKind.DOI, doi), work)
                assert article_of(Identifier(IdKind.DOI, doi), json.loads(crossref_replies.kept(work))) == article
                csl_item(article)


def web_pages(data):
    """A page under headers of its own: title and verdict, however it is encoded."""
    head, _, body = data.partition(b"\n\n")
    kind, _, status = head.decode("latin-1").partition("\n")
    number = int(status[:3]) if status[:3].isascii() and status[:3].isdecimal() else 200
    for opinion in (None, 404, 200):
        sight = Sight("https://www.example.org/a/page", number, {"content-type": kind}, body, second_opinion=opinion)
        identifier = Identifier(IdKind.URL, "https://www.example.org/a/page#part")
        told = title(sight)
        assert len(told) <= 300
        is_shown_safely(one_line(told))
        b"".decode(charset(sight))
        content_type(sight)
        outcome = judge(identifier, sight)
        match outcome:
            case Found(record=page):
                assert 200 <= number < 300
                assert page_facts.page_of(identifier, page_facts.facts(page)) == page
            case NotFound():
                assert number in (404, 410)
                assert opinion == 404
            case Blocked() | Unavailable():
                pass


def kept_facts(data):
    """What a store of another version, or a broken disk, may hold."""
    for read, kind in ((page_facts.page_of, IdKind.URL), (dailymed_json.label_of, IdKind.SETID)):
        with contextlib.suppress(ValueError):
            read(Identifier(kind, SETID), data)


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


def shown_texts(data):
    """Any text on its way to a terminal or into JSON."""
    text = _text(data)
    line = one_line(text)
    assert line.isprintable()
    assert plain_ascii(line).isascii()
    told = json_safe(json.dumps([text], ensure_ascii=False))
    is_shown_safely(told)
    assert json.loads(told) == [text]


def marked_texts(data):
    """Markdown in a reference, and a record's HTML on its way there."""
    text = data.decode("utf-8", "replace")
    markdown.to_html(text)
    markdown.from_html(text)
    assert markdown.unescape(markdown.escape(text)) == text

"""NCBI's E-utilities from facts: efetch, esummary, esearch and ecitmatch, with PubMed's XML and its searches."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr, unescape

from evidence.demo.http import ServerReply, ServerRequest, json_reply, xml_reply
from evidence.demo.world import ArticleFacts, World
from evidence.matching.text import fold
from evidence.model.records import Author, NoticeLink
from evidence.model.regex import regex

MOST_RECORDS = 10_000
MOST_JSON_SUMMARIES = 500
_MATCH_FIELDS = 6
_EFETCH_ERROR = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n'
    '<!DOCTYPE eEfetchResult PUBLIC "-//NLM//DTD efetch 20131226//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20131226/efetch.dtd">\n'
    "<eFetchResult>\n\t<ERROR>{}</ERROR>\n</eFetchResult>\n"
)
_TAGS = regex(r"<[^>]+>")
_PMCID = regex(r"(?:PMC)?([1-9]\d*)", re.IGNORECASE)


def eutils_reply(world: World, request: ServerRequest) -> ServerReply:
    """The reply of one E-utility."""
    tool = request.path.removeprefix("/eutils/").removesuffix(".fcgi").removesuffix(".cgi")
    utility = _TOOLS.get(tool)
    return utility(world, request.params) if utility else ServerReply(404, b"<h1>Not Found</h1>")


def ids_in(request: ServerRequest) -> tuple[str, ...]:
    """The identifiers that a request asks for."""
    return tuple(part.strip() for part in request.params.get("id", "").split(",") if part.strip())


def error_reply(message: str, status: int = 400) -> ServerReply:
    """NCBI's error envelope, which comes with 200 or 400."""
    return xml_reply(_EFETCH_ERROR.format(message), status)


def _efetch(world: World, params: Mapping[str, str]) -> ServerReply:
    if not params.get("id", "").strip():
        return error_reply("Supplied id parameter is empty.", 200)
    pmids = _numbers(params["id"])
    if not pmids:
        return error_reply("ID list is empty! Possibly it has no correct IDs.")
    if params.get("db") != "pubmed" or params.get("retmode", "xml") != "xml":
        return ServerReply(200, b"", "text/plain; charset=UTF-8")
    wanted = _window(pmids, params, MOST_RECORDS)
    return xml_reply(article_set(world.articles[pmid] for pmid in wanted if pmid in world.articles))


def _esummary(world: World, params: Mapping[str, str]) -> ServerReply:
    listed = [part.strip() for part in params.get("id", "").split(",") if part.strip()]
    in_pmc = params.get("db") == "pmc"
    if params.get("retmode") != "json":
        return _summaries_as_xml(world, listed)
    if len(listed) > MOST_JSON_SUMMARIES:
        limit = "Too many UIDs in request. Maximum number of UIDs is 500 for JSON format output."
        return json_reply({"error": limit})
    for at, uid in enumerate(listed):
        if not (_PMCID if in_pmc else re.compile(r"\d+")).fullmatch(uid):
            # The wording is from memory of NCBI's answers, not from a recorded one.
            refusal = [f"Invalid uid {uid} at position={at}"]
            return json_reply({"header": _header("esummary"), "esummaryresult": refusal})
    uids = [uid.upper().removeprefix("PMC") for uid in listed]
    # That esummary distinguishes replaced PMIDs from deleted ones is known, the shape in which it does is not: here the
    # summary is under the old uid and names the new PMID in its `articleids`.
    found = {
        uid: world.by_pmcid.get(f"PMC{uid}") if in_pmc else world.articles.get(world.replaced.get(uid, uid))
        for uid in uids
    }
    write = _pmc_summary if in_pmc else _pubmed_summary
    result: dict[str, Any] = {"uids": list(found)}
    for uid, article in found.items():
        result[uid] = write(uid, article) if article else {"uid": uid, "error": "cannot get document summary"}
    return json_reply({"header": _header("esummary"), "result": result})


def _summaries_as_xml(world: World, uids: Iterable[str]) -> ServerReply:
    """Version 1 of the XML summaries, with the few items that distinguish a known identifier from an unknown one."""
    documents = ""
    for uid in uids:
        if article := world.articles.get(uid):
            title = f'<Item Name="Title" Type="String">{escape(_plain_text(article.title))}</Item>'
            documents += f"<DocSum><Id>{uid}</Id>{title}</DocSum>"
        else:
            documents += f"<ERROR>UID={escape(uid)}: cannot get document summary</ERROR>"
    return xml_reply(f'<?xml version="1.0" encoding="UTF-8" ?>\n<eSummaryResult>{documents}</eSummaryResult>\n')


def _esearch(world: World, params: Mapping[str, str]) -> ServerReply:
    """A search with field tags; what cannot be read as one finds nothing."""
    found = search(world, params.get("term", ""))
    listed = found[: int(params.get("retmax", "20") or 20)]
    if params.get("retmode") == "json":
        counted = {
            "count": str(len(found)),
            "retmax": str(len(listed)),
            "retstart": "0",
            "idlist": listed,
            "translationset": [],
            "querytranslation": params.get("term", ""),
        }
        return json_reply({"header": _header("esearch"), "esearchresult": counted})
    ids = "".join(f"<Id>{pmid}</Id>" for pmid in listed)
    return xml_reply(
        '<?xml version="1.0" encoding="UTF-8" ?>\n'
        '<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
        '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
        f"<eSearchResult><Count>{len(found)}</Count><RetMax>{len(listed)}</RetMax><RetStart>0</RetStart>"
        f"<IdList>{ids}</IdList></eSearchResult>\n"
    )


def _ecitmatch(world: World, params: Mapping[str, str]) -> ServerReply:
    """The lines of `bdata`, each with its PMID; what is not a `journal|year|volume|page|author|key|` gets no line."""
    answered = ""
    for line in re.split(r"[\r\n]+", params.get("bdata", "")):
        fields = line.split("|")
        if len(fields) == _MATCH_FIELDS + 1:
            journal, _, volume, page = fields[:4]
            answered += "|".join([*fields[:-1], match_citation(world, journal, volume, page)]) + "\n"
    return ServerReply(200, answered.encode(), "text/plain; charset=UTF-8")


_TOOLS: Mapping[str, Callable[[World, Mapping[str, str]], ServerReply]] = {
    "efetch": _efetch,
    "esummary": _esummary,
    "esearch": _esearch,
    "ecitmatch": _ecitmatch,
}


def _numbers(listed: str) -> list[str]:
    """The well-formed PMIDs of a list, each once; `0` and words are none."""
    numbers = (part.strip().lstrip("0") for part in listed.split(","))
    return list(dict.fromkeys(number for number in numbers if number.isdecimal()))


def _window(pmids: Sequence[str], params: Mapping[str, str], most: int) -> Sequence[str]:
    start = int(params.get("retstart", "0") or 0)
    return pmids[start : start + min(int(params.get("retmax", most) or most), most)]


def _header(kind: str) -> dict[str, str]:
    return {"type": kind, "version": "0.3"}


def _pubmed_summary(uid: str, article: ArticleFacts) -> dict[str, Any]:
    ids = (("pubmed", article.pmid), ("doi", article.doi), ("pmc", article.pmcid))
    return {
        **_shared_summary(uid, article),
        "title": _plain_text(article.title),
        "epubdate": f"{article.article_date:%Y %b} {article.article_date.day}" if article.article_date else "",
        "lang": list(article.languages),
        "issn": "".join(article.journal.issns[:1]),
        "pubtype": [kind.label for kind in article.publication_types],
        "articleids": [{"idtype": kind, "value": value} for kind, value in ids if value],
        "attributes": [],
        "elocationid": f"doi: {article.doi}" if article.doi else "",
        "vernaculartitle": _plain_text(article.vernacular_title),
    }


def _pmc_summary(uid: str, article: ArticleFacts) -> dict[str, Any]:
    ids = (("pmid", article.pmid), ("doi", article.doi), ("pmcid", f"PMC{uid}"))
    return {
        **_shared_summary(uid, article),
        "title": _plain_text(article.title).removesuffix("."),
        "epubdate": "",
        "printpubdate": article.pub_date,
        "articleids": [{"idtype": kind, "value": value} for kind, value in ids if value],
    }


def _shared_summary(uid: str, article: ArticleFacts) -> dict[str, Any]:
    return {
        "uid": uid,
        "pubdate": article.pub_date,
        "source": article.journal.medline_ta or article.journal.iso,
        "authors": [
            {
                "name": author.collective or " ".join(filter(None, (author.family, author.initials, author.suffix))),
                "authtype": "CollectiveName" if author.collective else "Author",
            }
            for author in article.authors
        ],
        "volume": article.volume,
        "issue": article.issue,
        "pages": article.pages,
        "fulljournalname": article.journal.title,
    }


def _plain_text(text: str) -> str:
    """XML text without its markup."""
    return unescape(_TAGS.sub("", text), {"&quot;": '"', "&apos;": "'"})


# PubMed's efetch XML, in the shape of pubmed_250101.dtd (https://dtd.nlm.nih.gov/ncbi/pubmed/out/).

PROLOG = (
    '<?xml version="1.0" ?>\n'
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
_DATED = regex(r"(\d{4})(?: ([A-Z][a-z]{2}))?(?: (\d{1,2}))?")
_SEASONED = regex(r"(\d{4}) (Spring|Summer|Autumn|Fall|Winter)")


def article_set(articles: Iterable[ArticleFacts]) -> str:
    """A PubmedArticleSet; an empty one is what PubMed answers when it holds none of the identifiers."""
    return f"{PROLOG}<PubmedArticleSet>{''.join(map(article_xml, articles))}</PubmedArticleSet>\n"


def article_xml(article: ArticleFacts) -> str:
    """One PubmedArticle; every optional element is left out when there is no fact for it."""
    if article.xml:
        return article.xml
    model = "Print-Electronic" if article.article_date else "Print"
    return (
        f'<PubmedArticle><MedlineCitation Status={quoteattr(article.status)} Owner="NLM">'
        f'<PMID Version="1">{article.pmid}</PMID>'
        f'<Article PubModel="{model}">{_article_part(article)}</Article>'
        f"<MedlineJournalInfo>{_element('MedlineTA', article.journal.medline_ta)}"
        f"{_element('NlmUniqueID', article.nlm_id)}"
        f"{_element('ISSNLinking', ''.join(article.journal.issns[1:2]))}</MedlineJournalInfo>"
        f"{_list_element('CommentsCorrectionsList', map(_notice_xml, article.notices))}"
        f"{_list_element('MeshHeadingList', map(_heading_xml, article.headings.items()))}"
        f"</MedlineCitation><PubmedData>{_history(article.article_date)}"
        f"<PublicationStatus>ppublish</PublicationStatus>{_article_ids(article)}</PubmedData></PubmedArticle>\n"
    )


def _article_part(article: ArticleFacts) -> str:
    pages = f"<Pagination>{_element('MedlinePgn', article.pages)}</Pagination>" if article.pages else ""
    abstract = f"<Abstract><AbstractText>{article.abstract}</AbstractText></Abstract>" if article.abstract else ""
    types = "".join(
        f"<PublicationType UI={quoteattr(kind.ui)}>{escape(kind.label)}</PublicationType>"
        for kind in article.publication_types
    )
    online = article.article_date
    return (
        f"{_journal_xml(article)}<ArticleTitle>{article.title}</ArticleTitle>{pages}{_elocations(article)}{abstract}"
        f"{_author_list(article)}{''.join(_element('Language', language) for language in article.languages)}"
        f"{_trial_list(article.trials)}<PublicationTypeList>{types}</PublicationTypeList>"
        + (f"<VernacularTitle>{article.vernacular_title}</VernacularTitle>" if article.vernacular_title else "")
        + (f'<ArticleDate DateType="Electronic">{_day_parts(online)}</ArticleDate>' if online else "")
    )


def _journal_xml(article: ArticleFacts) -> str:
    journal = article.journal
    issn = "".join(f'<ISSN IssnType="Print">{escape(issn)}</ISSN>' for issn in journal.issns[:1])
    return (
        f'<Journal>{issn}<JournalIssue CitedMedium="Print">{_element("Volume", article.volume)}'
        f"{_element('Issue', article.issue)}<PubDate>{_pub_date(article.pub_date)}</PubDate></JournalIssue>"
        f"{_element('Title', journal.title)}{_element('ISOAbbreviation', journal.iso)}</Journal>"
    )


def _pub_date(text: str) -> str:
    if dated := _DATED.fullmatch(text):
        named = zip(("Year", "Month", "Day"), dated.groups(), strict=True)
        return "".join(_element(name, part) for name, part in named if part)
    if seasoned := _SEASONED.fullmatch(text):
        return f"{_element('Year', seasoned[1])}{_element('Season', seasoned[2])}"
    return _element("MedlineDate", text)


def _elocations(article: ArticleFacts) -> str:
    pii = (
        f'<ELocationID EIdType="pii" ValidYN="Y">{escape(article.elocation)}</ELocationID>' if article.elocation else ""
    )
    if not (article.doi and article.doi_in_elocation):
        return pii
    return f'{pii}<ELocationID EIdType="doi" ValidYN="Y">{escape(article.doi)}</ELocationID>'


def _author_list(article: ArticleFacts) -> str:
    complete = "Y" if article.authors_complete else "N"
    authors = "".join(f'<Author ValidYN="Y">{_author_parts(author)}</Author>' for author in article.authors)
    return f'<AuthorList CompleteYN="{complete}">{authors}</AuthorList>' if authors else ""


def _author_parts(author: Author) -> str:
    if author.collective:
        return _element("CollectiveName", author.collective)
    return (
        _element("LastName", author.family)
        + _element("ForeName", author.given)
        + _element("Initials", author.initials)
        + _element("Suffix", author.suffix)
    )


def _trial_list(trials: tuple[str, ...]) -> str:
    if not trials:
        return ""
    numbers = "".join(_element("AccessionNumber", trial) for trial in trials)
    return (
        '<DataBankList CompleteYN="Y"><DataBank><DataBankName>ClinicalTrials.gov</DataBankName>'
        f"<AccessionNumberList>{numbers}</AccessionNumberList></DataBank></DataBankList>"
    )


def _notice_xml(notice: NoticeLink) -> str:
    source = f"{notice.ref_source} doi: {notice.doi}." if notice.doi else notice.ref_source
    pmid = f'<PMID Version="1">{notice.pmid}</PMID>' if notice.pmid else ""
    return (
        f"<CommentsCorrections RefType={quoteattr(notice.ref_type)}>{_element('RefSource', source)}{pmid}"
        f"{_element('Note', notice.note)}</CommentsCorrections>"
    )


def _heading_xml(heading: tuple[str, str]) -> str:
    ui, name = heading
    descriptor = f'<DescriptorName UI={quoteattr(ui)} MajorTopicYN="N">{escape(name)}</DescriptorName>'
    return f"<MeshHeading>{descriptor}</MeshHeading>"


def _history(online: date | None) -> str:
    if online is None:
        return ""
    return f'<History><PubMedPubDate PubStatus="entrez">{_day_parts(online)}</PubMedPubDate></History>'


def _article_ids(article: ArticleFacts) -> str:
    known = (("pubmed", article.pmid), ("doi", article.doi), ("pmc", article.pmcid))
    ids = "".join(f'<ArticleId IdType="{kind}">{escape(value)}</ArticleId>' for kind, value in known if value)
    return f"<ArticleIdList>{ids}</ArticleIdList>"


def _day_parts(day: date) -> str:
    return f"<Year>{day.year}</Year><Month>{day.month:02d}</Month><Day>{day.day:02d}</Day>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def _list_element(name: str, parts: Iterable[str]) -> str:
    inside = "".join(parts)
    return f"<{name}>{inside}</{name}>" if inside else ""


# Searches over a world's articles: PubMed's field tags, ECitMatch's places, Crossref's free text.

_WORD = r'[^()\[\]"\s]{1,200}+'
_TOKEN = regex(
    rf'(?<!\s)\s*+(?:(?P<mark>[()])|(?P<join>AND|OR)\b|(?P<term>"[^"]*"|{_WORD}(?:\s++{_WORD}){{0,50}}+)'
    r"\s*+\[(?P<tag>[\w ]+)\])"
)
_MARKUP = regex(r"<[^>]+>|&\w+;")
_WORDS = regex(r"[^\W_]+")
_ACCESSION = regex(r'IdType="bookaccession">([^<]*)<')
_FEWEST_SHARED_WORDS = 3  # that a work shares with a citation when Crossref's search finds it

Index = Mapping[tuple[str, str], frozenset[str]]


def search(world: World, query: str) -> list[str]:
    """The PMIDs that a query finds, those that share most with it first."""
    index = _index_of(_ById(world))
    if "[" not in query:
        return [query.strip()] if query.strip() in world.articles else []
    tokens = [found.groupdict() for found in _TOKEN.finditer(query)]
    found = _QueryParser(index, tokens).any_of() if tokens else frozenset()
    shared = Counter[str]()
    for token in tokens:
        if token["term"]:
            shared.update(_term(index, token["term"], token["tag"]) & found)
    return sorted(found, key=lambda pmid: (-shared[pmid], -int(pmid)))


class _QueryParser:
    """Reads `a AND (b OR c)` from left to right; a missing operator is AND, as for PubMed."""

    def __init__(self, index: Index, tokens: Sequence[Mapping[str, str]]) -> None:
        self._index = index
        self._tokens = list(tokens)

    def any_of(self) -> frozenset[str]:
        found = self._all_of()
        while self._take("join", "OR"):
            found |= self._all_of()
        return found

    def _all_of(self) -> frozenset[str]:
        found = self._operand()
        while self._take("join", "AND") or (self._tokens and (self._peek("term") or self._peek("mark") == "(")):
            found &= self._operand()
        return found

    def _operand(self) -> frozenset[str]:
        if self._take("mark", "("):
            found = self.any_of()
            self._take("mark", ")")
            return found
        if self._tokens and self._peek("term"):
            token = self._tokens.pop(0)
            return _term(self._index, token["term"], token["tag"])
        if self._tokens:
            self._tokens.pop(0)
        return frozenset()

    def _peek(self, kind: str) -> str:
        return self._tokens[0][kind] or "" if self._tokens else ""

    def _take(self, kind: str, value: str) -> bool:
        if self._peek(kind) != value:
            return False
        self._tokens.pop(0)
        return True


def _term(index: Index, term: str, tag: str) -> frozenset[str]:
    text, tag = term.strip(' "'), tag.lower()
    if tag == "dp":
        first, _, last = text.partition(":")
        years = range(int(first), int(last or first) + 1) if first.isdigit() and (last or first).isdigit() else ()
        return frozenset[str]().union(*(index.get(("dp", str(year)), frozenset()) for year in years))
    if tag == "ti":
        words = [index.get(("ti", fold(word)), frozenset()) for word in _WORDS.findall(text)]
        return frozenset.intersection(*words) if words else frozenset()
    return index.get((tag, _key(text)), frozenset())


def _key(text: str) -> str:
    return "".join(fold(word) for word in _WORDS.findall(text))


@lru_cache(8)
def _index_of(world: _ById) -> Index:
    index: dict[tuple[str, str], set[str]] = defaultdict(set)
    for article in world.world.articles.values():
        for tag, value in _fields(article):
            index[tag, value].add(article.pmid)
    return {key: frozenset(pmids) for key, pmids in index.items()}


class _ById:
    """A world as a key: worlds hold mappings, which have no hash."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __hash__(self) -> int:
        return id(self.world)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.world is self.world


def _fields(article: ArticleFacts) -> Iterable[tuple[str, str]]:
    yield from (("ti", fold(word)) for word in _WORDS.findall(_MARKUP.sub(" ", article.title)))
    for at, author in enumerate(article.authors):
        for name in (author.family, f"{author.family} {author.initials}"):
            yield "au", _key(name)
            if at == 0:
                yield "1au", _key(name)
    yield from (("dp", year) for year in re.findall(r"\b\d{4}\b", article.pub_date))
    if article.article_date:
        yield "dp", str(article.article_date.year)
    yield from (("ta", _key(name)) for name in _journal_names(article))
    yield from (("vi", _key(article.volume)), ("ip", _key(article.issue)), ("pg", _key(_first_page(article))))
    yield from (("uid", article.pmid), ("pmid", article.pmid), ("aid", _key(article.doi)), ("doi", _key(article.doi)))
    yield from (("aid", _key(accession)) for accession in _ACCESSION.findall(article.xml))


def _journal_names(article: ArticleFacts) -> tuple[str, ...]:
    return tuple(filter(None, (article.journal.title, article.journal.iso, article.journal.medline_ta)))


def _first_page(article: ArticleFacts) -> str:
    return re.split(r"[-,;]", article.pages)[0]


def match_citation(world: World, journal: str, volume: str, page: str) -> str:
    """ECitMatch's answer about a place: its PMID, several of them, or why there is none; authors do not matter."""
    index = _index_of(_ById(world))
    in_journal = index.get(("ta", _key(journal)))
    if not in_journal:
        return "NOT_FOUND;INVALID_JOURNAL"
    found = in_journal & index.get(("vi", _key(volume)), frozenset()) & index.get(("pg", _key(page)), frozenset())
    if not found:
        return "NOT_FOUND"
    return next(iter(found)) if len(found) == 1 else f"AMBIGUOUS {','.join(sorted(found))}"


def most_alike(world: World, citation: str) -> tuple[str, ...]:
    """The DOIs of the works that share most words with a citation, the likeliest first."""
    cited = {fold(word) for word in _WORDS.findall(citation)}
    shared = {doi: len(cited & words) for doi, words in _words_by_doi(world)}
    likely = (doi for doi, number in shared.items() if number >= _FEWEST_SHARED_WORDS)
    return tuple(sorted(likely, key=lambda doi: (-shared[doi], doi)))


def _words_by_doi(world: World) -> Iterable[tuple[str, set[str]]]:
    for doi, article in world.by_doi.items():
        authors = " ".join(author.family or author.collective for author in article.authors)
        texts = (
            _MARKUP.sub(" ", article.title),
            authors,
            *_journal_names(article),
            article.volume,
            article.pages,
            article.pub_date,
        )
        yield doi, {fold(word) for word in _WORDS.findall(" ".join(texts))}
    for doi, work in world.works.items():
        yield doi, {fold(word) for word in _WORDS.findall(_all_text(work))}


def _all_text(work: Any) -> str:
    """All the text of a Crossref message."""
    if isinstance(work, Mapping):
        return " ".join(map(_all_text, work.values()))
    return " ".join(map(_all_text, work)) if isinstance(work, list | tuple) else str(work)

"""The E-utilities efetch, esummary, esearch and ecitmatch, as far as the project asks them.

The behaviour follows NCBI's: unknown identifiers are left out in silence, a list without any identifier is refused,
efetch gives at most 10,000 records and esummary at most 500 as JSON. What is not documented is marked below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, unescape

from evidence.model.records import Author
from evidence.standin.asked import ServerRequest
from evidence.standin.facts import ArticleFacts
from evidence.standin.pubmed_xml import article_set
from evidence.standin.searching import at_place, found_by
from evidence.standin.served import Served, json_reply, xml_reply
from evidence.standin.world import World

MOST_RECORDS = 10_000
MOST_JSON_SUMMARIES = 500
_MATCH_FIELDS = 6
_EFETCH_ERROR = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n'
    '<!DOCTYPE eEfetchResult PUBLIC "-//NLM//DTD efetch 20131226//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20131226/efetch.dtd">\n'
    "<eFetchResult>\n\t<ERROR>{}</ERROR>\n</eFetchResult>\n"
)
_MARKUP = re.compile(r"<[^>]+>")
_PMCID = re.compile(r"(?:PMC)?([1-9]\d*)", re.IGNORECASE)


def answer(world: World, asked: ServerRequest) -> Served:
    """The reply of one E-utility."""
    tool = asked.path.removeprefix("/eutils/").removesuffix(".fcgi").removesuffix(".cgi")
    known = _TOOLS.get(tool)
    return known(world, asked.params) if known else Served(404, b"<h1>Not Found</h1>")


def ids_of(asked: ServerRequest) -> tuple[str, ...]:
    """The identifiers that a request asks for."""
    return tuple(part.strip() for part in asked.params.get("id", "").split(",") if part.strip())


def error_reply(message: str, status: int = 400) -> Served:
    """NCBI's error envelope, which comes with 200 or 400."""
    return xml_reply(_EFETCH_ERROR.format(message), status)


def _efetch(world: World, params: Mapping[str, str]) -> Served:
    if not params.get("id", "").strip():
        return error_reply("Supplied id parameter is empty.", 200)
    pmids = _numbers(params["id"])
    if not pmids:
        return error_reply("ID list is empty! Possibly it has no correct IDs.")
    if params.get("db") != "pubmed" or params.get("retmode", "xml") != "xml":
        return Served(200, b"", "text/plain; charset=UTF-8")
    wanted = _window(pmids, params, MOST_RECORDS)
    return xml_reply(article_set(world.articles[pmid] for pmid in wanted if pmid in world.articles))


def _esummary(world: World, params: Mapping[str, str]) -> Served:
    asked = [part.strip() for part in params.get("id", "").split(",") if part.strip()]
    in_pmc = params.get("db") == "pmc"
    if params.get("retmode") != "json":
        return _summaries_as_xml(world, asked)
    if len(asked) > MOST_JSON_SUMMARIES:
        limit = "Too many UIDs in request. Maximum number of UIDs is 500 for JSON format output."
        return json_reply({"error": limit})
    for at, uid in enumerate(asked):
        if not (_PMCID if in_pmc else re.compile(r"\d+")).fullmatch(uid):
            # The wording is from memory of NCBI's answers, not from a recorded one.
            refusal = [f"Invalid uid {uid} at position={at}"]
            return json_reply({"header": _header("esummary"), "esummaryresult": refusal})
    uids = [uid.upper().removeprefix("PMC") for uid in asked]
    found = {uid: _in_pmc(world, uid) if in_pmc else _in_pubmed(world, uid) for uid in uids}
    write = _pmc_summary if in_pmc else _pubmed_summary
    result: dict[str, Any] = {"uids": list(found)}
    for uid, article in found.items():
        result[uid] = write(uid, article) if article else {"uid": uid, "error": "cannot get document summary"}
    return json_reply({"header": _header("esummary"), "result": result})


def _in_pmc(world: World, uid: str) -> ArticleFacts | None:
    return world.by_pmcid.get(f"PMC{uid}")


def _in_pubmed(world: World, uid: str) -> ArticleFacts | None:
    """The article of a PMID, or of the one by which it was replaced.

    That esummary tells replaced PMIDs from deleted ones is known, the shape in which it does is not: here the summary
    stands under the old uid and names the new PMID in its `articleids`.
    """
    return world.articles.get(world.replaced.get(uid, uid))


def _summaries_as_xml(world: World, asked: Iterable[str]) -> Served:
    """Version 1 of the XML summaries, with the few items that tell a known identifier from an unknown one."""
    told = ""
    for uid in asked:
        if article := world.articles.get(uid):
            title = f'<Item Name="Title" Type="String">{escape(_plain(article.title))}</Item>'
            told += f"<DocSum><Id>{uid}</Id>{title}</DocSum>"
        else:
            told += f"<ERROR>UID={escape(uid)}: cannot get document summary</ERROR>"
    return xml_reply(f'<?xml version="1.0" encoding="UTF-8" ?>\n<eSummaryResult>{told}</eSummaryResult>\n')


def _esearch(world: World, params: Mapping[str, str]) -> Served:
    """A search with field tags (`evidence.standin.searching`); what cannot be read as one finds nothing."""
    every = found_by(world, params.get("term", ""))
    most = int(params.get("retmax", "20") or 20)
    found = every[:most]
    if params.get("retmode") == "json":
        counted = {
            "count": str(len(every)),
            "retmax": str(len(found)),
            "retstart": "0",
            "idlist": found,
            "translationset": [],
            "querytranslation": params.get("term", ""),
        }
        return json_reply({"header": _header("esearch"), "esearchresult": counted})
    ids = "".join(f"<Id>{pmid}</Id>" for pmid in found)
    return xml_reply(
        '<?xml version="1.0" encoding="UTF-8" ?>\n'
        '<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
        '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
        f"<eSearchResult><Count>{len(every)}</Count><RetMax>{len(found)}</RetMax><RetStart>0</RetStart>"
        f"<IdList>{ids}</IdList></eSearchResult>\n"
    )


def _ecitmatch(world: World, params: Mapping[str, str]) -> Served:
    """The lines asked, each with its PMID; what is no `journal|year|volume|page|author|key|` gets no line at all."""
    asked = (line.split("|") for line in re.split(r"[\r\n]+", params.get("bdata", "")))
    whole = (line[:_MATCH_FIELDS] for line in asked if len(line) == _MATCH_FIELDS + 1)
    told = ("|".join([*line, at_place(world, line[0], line[2], line[3])]) for line in whole)
    return Served(200, "".join(f"{line}\n" for line in told).encode(), "text/plain; charset=UTF-8")


_TOOLS: Mapping[str, Callable[[World, Mapping[str, str]], Served]] = {
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
        "title": _plain(article.title),
        "epubdate": f"{article.article_date:%Y %b} {article.article_date.day}" if article.article_date else "",
        "lang": list(article.languages),
        "issn": "".join(article.journal.issns[:1]),
        "pubtype": [kind.label for kind in article.publication_types],
        "articleids": [{"idtype": kind, "value": value} for kind, value in ids if value],
        "attributes": [],
        "elocationid": f"doi: {article.doi}" if article.doi else "",
        "vernaculartitle": _plain(article.vernacular_title),
    }


def _pmc_summary(uid: str, article: ArticleFacts) -> dict[str, Any]:
    ids = (("pmid", article.pmid), ("doi", article.doi), ("pmcid", f"PMC{uid}"))
    return {
        **_shared_summary(uid, article),
        "title": _plain(article.title).removesuffix("."),
        "epubdate": "",
        "printpubdate": article.pub_date,
        "articleids": [{"idtype": kind, "value": value} for kind, value in ids if value],
    }


def _shared_summary(uid: str, article: ArticleFacts) -> dict[str, Any]:
    return {
        "uid": uid,
        "pubdate": article.pub_date,
        "source": article.journal.medline_ta or article.journal.iso,
        "authors": [{"name": _name(author), "authtype": _kind(author)} for author in article.authors],
        "volume": article.volume,
        "issue": article.issue,
        "pages": article.pages,
        "fulljournalname": article.journal.title,
    }


def _name(author: Author) -> str:
    return author.collective or " ".join(part for part in (author.family, author.initials, author.suffix) if part)


def _kind(author: Author) -> str:
    return "CollectiveName" if author.collective else "Author"


def _plain(text: str) -> str:
    """XML text without its markup."""
    return unescape(_MARKUP.sub("", text), {"&quot;": '"', "&apos;": "'"})

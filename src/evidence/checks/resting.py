"""What a finding rests on: the part of each source's answer that a person looked at when they let it stand.

A waiver is bound to it, so it must change when the source says something new, and with nothing else: not with the
day, the weather, the wording of a message, the order of the file or whatever rotates on a page. What a source said
is told by its name, so that one that cannot be asked today leaves the others' word standing. Most findings rest on
their own fact alone, which their fingerprint holds: the entry's text, and for MET the very words compared.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from evidence.compare.fold import fold
from evidence.findings import Finding
from evidence.model.case import Case
from evidence.model.identity import ARTICLES
from evidence.model.outcomes import Answer, Blocked, Found, NotFound
from evidence.model.records import Article, Label, NoticeLink, Page
from evidence.standing import CONCERN_NOTICE, PUBLISHED_ERRATUM, RETRACTED, RETRACTION_NOTICE, is_retracted, is_typed

TEXT = "text"
"""The name under which a page's text stands, as its sketch (`evidence.compare.drift`): compared, not hashed."""

_DIGITS = 32  # of a SHA-256, as in fingerprints: 128 bits
_NOTICES = frozenset(
    [
        "RetractionIn",
        "RetractionOf",
        "RetractedandRepublishedIn",
        "ExpressionOfConcernIn",
        "ExpressionOfConcernFor",
        "ErratumIn",
        "ErratumFor",
        "UpdateIn",
        "CorrectedandRepublishedIn",
        "RepublishedIn",
    ]
)
_TYPES = (RETRACTED, RETRACTION_NOTICE, CONCERN_NOTICE, PUBLISHED_ERRATUM)
_CENSORED = 451  # RFC 7725: not the wall of a bot's keeper, but a court's

Evidence = Mapping[str, str]


def evidence_of(case: Case, finding: Finding) -> tuple[tuple[str, str], ...]:
    """What the finding rests on beside its own fact, by the name of each source that answered in this run."""
    rests_on = _BY_CODE.get(finding.code) or _BY_CODE.get(finding.code[:3])
    return tuple(sorted(rests_on(case, finding).items())) if rests_on else ()


def no_answer_hash() -> str:
    """The hash of a source that has nothing to say."""
    return _hashed([])


def _hashed(facts: object) -> str:
    text = json.dumps(facts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_DIGITS]


def _versions(case: Case, finding: Finding) -> Evidence:
    """The version of the label that was in force."""
    del finding
    found = ((a.source, a.outcome.record) for a in case.answers if isinstance(a.outcome, Found))
    return {
        source: _hashed([record.current.version, record.current.published.isoformat()])
        for source, record in found
        if isinstance(record, Label) and record.versions
    }


def _notices(case: Case, finding: Finding) -> Evidence:
    """The notices that each source links to the article, and whether it calls it retracted."""
    del finding
    return _by_source((*case.answers, *case.learned), _told_of)


def _told_of(article: Article) -> Iterator[object]:
    if is_retracted(article):
        yield "retracted"
    yield from (ui for ui in _TYPES if is_typed(article, ui))
    yield from (_notice(link) for link in article.notices if link.ref_type in _NOTICES)


def _notice(link: NoticeLink) -> list[str]:
    number = link.pmid or (link.doi or "").lower() or " ".join(link.ref_source.split())
    return [link.ref_type, number, " ".join(link.note.split())]


def _works(case: Case, finding: Finding) -> Evidence:
    """Which work each source says that its identifier names."""
    del finding
    return _by_source(case.answers, _work)


def _work(article: Article) -> Iterator[object]:
    yield [str(article.identifier), "".join(fold(word) for word in article.title.split())]


def _by_source(answers: Iterable[Answer], told: Callable[[Article], Iterator[object]]) -> Evidence:
    """The facts of all that a source answered; a source that left anything unanswered is left out."""
    facts: dict[str, list[object]] = {}
    silent: set[str] = set()
    for answer in answers:
        if answer.identifier.kind not in ARTICLES:
            continue
        match answer.outcome:
            case Found(record=Article() as article):
                facts.setdefault(answer.source, []).extend(told(article))
            case NotFound():
                facts.setdefault(answer.source, [])
            case _:
                silent.add(answer.source)
    return {source: _hashed(_sorted(found)) for source, found in facts.items() if source not in silent}


def _sorted(facts: Iterable[object]) -> list[object]:
    """Each fact once, whatever the order in which they were told."""
    return [json.loads(text) for text in sorted({json.dumps(fact) for fact in facts})]


def _refusal(case: Case, finding: Finding) -> Evidence:
    """Who refused the page: our own guard, a court, or a wall against machines, of whatever status today."""
    match _page_answer(case, finding):
        case Answer(source=source, outcome=Blocked(status=None, reason=reason)):
            return {source: _hashed(reason)}
        case Answer(source=source, outcome=Blocked(status=status)):
            return {source: _hashed("law" if status == _CENSORED else "wall")}
    return {}


def _page(case: Case, finding: Finding) -> Evidence:
    """The page's text, and the sign that speaks against it without the words that the page brought in."""
    match _page_answer(case, finding):
        case Answer(source=source, outcome=Found(record=Page() as page)):
            sign = re.split("[,:]", page.suspicion)[0]
            told = {source: _hashed([sign])} if sign else {}
            return told | ({TEXT: page.fingerprint} if page.fingerprint else {})
    return {}


def _page_answer(case: Case, finding: Finding) -> Answer | None:
    """The answer of the page that the finding is about: the one whose address stands where it is shown."""
    there = {use.identifier for use in case.reference.uses if use.place == finding.place}
    return next((answer for answer in case.answers if answer.identifier in there), None)


_BY_CODE: Mapping[str, Callable[[Case, Finding], Evidence]] = {
    "RET": _notices,
    "IDN004": _works,
    "SPL002": _versions,
    "SPL003": _versions,
    "LNK004": _refusal,
    "LNK006": _page,
    "LNK008": _page,
}

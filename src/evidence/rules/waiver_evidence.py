"""What a finding rests on: the part of each source's answer that a person looked at when they waived it.

A waiver is bound to it, so it must change when the source says something new, and with nothing else: not with the
day, an outage, the wording of a message, the order of the file or whatever rotates on a page. What a source said is
stored under its name, so that one that cannot be asked today leaves what the others said in force. Most findings rest
on their own fact alone, which their fingerprint holds: the entry's text, and for MET the very words compared.

Each function here is a rule's `waiver_evidence`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from evidence.matching.text import fold
from evidence.model.identifiers import ARTICLES
from evidence.model.outcomes import Answer, Blocked, Found, NotFound
from evidence.model.records import (
    CONCERN_NOTICE,
    PUBLISHED_ERRATUM,
    RETRACTED,
    RETRACTION_NOTICE,
    Article,
    Label,
    Page,
    Trial,
    has_type,
    is_retracted,
)
from evidence.model.rule import Finding
from evidence.model.text import canonical_sha256
from evidence.rules.case import Case, ClaimCase

TEXT = "text"
"""The name under which a page's fingerprint (`evidence.matching.simhash`) is stored: compared, not hashed."""

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
_CENSORED = 451  # RFC 7725: not a wall against machines, but a court's order


def no_answer_hash() -> str:
    """The hash of a source that has nothing to say."""
    return _hash([])


def _hash(facts: object) -> str:
    return canonical_sha256(facts)[:_DIGITS]


def label_versions(case: Case, _finding: Finding) -> Mapping[str, str]:
    """The version of the label that was in force."""
    found = ((a.source, a.outcome.record) for a in case.answers if isinstance(a.outcome, Found))
    return {
        source: _hash([record.current.version, record.current.published.isoformat()])
        for source, record in found
        if isinstance(record, Label) and record.versions
    }


def label_sections(*codes: str) -> Callable[[Case, Finding], Mapping[str, str]]:
    """The words of these sections in the label's current version; a new version may leave them as they are."""

    def evidence(case: Case, _finding: Finding) -> Mapping[str, str]:
        contents = case.contents.get(case.label.current.version) if case.label is not None else None
        if contents is None or contents.record is None:
            return {}
        hashes = [[each.code, each.sha256] for each in contents.record.sections if each.code in codes]
        return {contents.answer.source: _hash(hashes)}

    return evidence


def searched_text(case: ClaimCase, finding: Finding) -> Mapping[str, str]:
    """What was searched in vain for the quote that the finding is about, by the reference that it is from."""
    quotes = {
        case.claim.evidence[anchor.index].places.get("quote", case.claim.evidence[anchor.index].place): anchor
        for anchor in case.anchors
        if anchor.sha256
    }
    lost = quotes.get(finding.place)
    return {} if lost is None else {lost.reference: _hash(lost.sha256)}


def trial_status(case: Case, _finding: Finding) -> Mapping[str, str]:
    """The trial's status at its registry, and the reason for it."""
    found = ((a.source, a.outcome.record) for a in case.answers if isinstance(a.outcome, Found))
    return {source: _hash([record.status, record.why_stopped]) for source, record in found if isinstance(record, Trial)}


def linked_notices(case: Case, _finding: Finding) -> Mapping[str, str]:
    """The notices that each source links to the article, and whether it calls it retracted."""

    def facts(article: Article) -> Iterator[object]:
        if is_retracted(article):
            yield "retracted"
        types = (RETRACTED, RETRACTION_NOTICE, CONCERN_NOTICE, PUBLISHED_ERRATUM)
        yield from (ui for ui in types if has_type(article, ui))
        for link in article.notices:
            if link.ref_type in _NOTICES:
                number = link.pmid or (link.doi or "").lower() or " ".join(link.ref_source.split())
                yield [link.ref_type, number, " ".join(link.note.split())]

    return _by_source((*case.answers, *case.learned), facts)


def named_works(case: Case, _finding: Finding) -> Mapping[str, str]:
    """Which work each source says that its identifier names."""

    def facts(article: Article) -> Iterator[object]:
        yield [str(article.identifier), "".join(fold(word) for word in article.title.split())]

    return _by_source(case.answers, facts)


def _by_source(answers: Iterable[Answer], facts_of: Callable[[Article], Iterator[object]]) -> Mapping[str, str]:
    """The facts of all that a source answered; a source that left anything unanswered is left out."""
    facts: dict[str, list[object]] = {}
    silent: set[str] = set()
    for answer in answers:
        if answer.identifier.kind not in ARTICLES:
            continue
        match answer.outcome:
            case Found(record=Article() as article):
                facts.setdefault(answer.source, []).extend(facts_of(article))
            case NotFound():
                facts.setdefault(answer.source, [])
            case _:
                silent.add(answer.source)
    return {
        source: _hash([json.loads(text) for text in sorted({json.dumps(fact) for fact in found})])
        for source, found in facts.items()
        if source not in silent
    }


def refusal(case: Case, finding: Finding) -> Mapping[str, str]:
    """Who refused the page: our own guard, a court, or a wall against machines, of whatever status today."""
    match _page_answer(case, finding):
        case Answer(source=source, outcome=Blocked(status=None, reason=reason)):
            return {source: _hash(reason)}
        case Answer(source=source, outcome=Blocked(status=status)):
            return {source: _hash("law" if status == _CENSORED else "wall")}
    return {}


def page_text(case: Case, finding: Finding) -> Mapping[str, str]:
    """The page's text, and the sign that contradicts it without the words that the page brought in."""
    match _page_answer(case, finding):
        case Answer(source=source, outcome=Found(record=Page() as page)):
            sign = re.split("[,:]", page.suspicion)[0]
            evidence = {source: _hash([sign])} if sign else {}
            return evidence | ({TEXT: page.fingerprint} if page.fingerprint else {})
    return {}


def _page_answer(case: Case, finding: Finding) -> Answer | None:
    """The answer of the page that the finding is about: the one whose address is written where it is shown."""
    there = {use.identifier for use in case.reference.uses if use.place == finding.place}
    return next((answer for answer in case.answers if answer.identifier in there), None)

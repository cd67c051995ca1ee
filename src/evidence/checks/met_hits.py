"""What MET001 to MET006 share: both comparisons of an entry, and its differences told once each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.compare.citation import compare
from evidence.compare.fields import compare_fields
from evidence.compare.verdicts import Comparison, Field, FieldComparison, WrongRecord
from evidence.findings import Violation
from evidence.model.case import Case
from evidence.model.identity import IdKind
from evidence.model.records import Article

CITED_AS = "cited-as"
KEYS = {
    Field.TITLE: "title",
    Field.AUTHORS: "author",
    Field.YEAR: "issued",
    Field.JOURNAL: "container-title",
    Field.VOLUME: "volume",
    Field.ISSUE: "issue",
    Field.PAGES: "page",
}
_NAMES = {IdKind.PMID: "PMID ", IdKind.DOI: "DOI "}


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison and whether it is of the printed citation or of the entry's own fields."""

    comparison: Comparison
    printed: bool

    def at(self, field: Field) -> tuple[str, ...]:
        """The key at which a difference of this field stands."""
        return (CITED_AS,) if self.printed else (KEYS[field],)


def compared(case: Case) -> tuple[Compared, ...]:
    """The comparisons of an entry's own fields and of its printed citation with the article's record."""
    article = case.bibliography
    if article is None:
        return ()
    done = [Compared(compare_fields(case.reference, article), printed=False)]
    if case.reference.cited_as:
        done.append(Compared(compare(case.reference.cited_as, article), printed=True))
    return tuple(done)


def wrong_record(case: Case) -> tuple[Compared, WrongRecord] | None:
    """The first comparison that says the record is another work, and what it rests on."""
    return next(((c, c.comparison.wrong) for c in compared(case) if c.comparison.wrong is not None), None)


def differences(case: Case, *fields: Field) -> Iterator[Violation]:
    """One hit for each difference in these fields; none when the record is another work (MET006)."""
    if wrong_record(case) is not None:
        return
    told: set[str] = set()
    for one in compared(case):
        for judged in one.comparison.differences:
            if judged.field in fields and judged.message not in told:
                told.add(judged.message)
                yield _hit(judged, one)


def _hit(judged: FieldComparison, one: Compared) -> Violation:
    message = "; ".join((judged.message, *judged.also)) + _limits(one)
    return Violation(
        message,
        f"{judged.field}: {judged.printed} | {judged.recorded}",
        one.at(judged.field),
        suggestion=judged.recorded,
    )


def _limits(one: Compared) -> str:
    """What a citation without a title could be compared by."""
    comparison = one.comparison
    if not one.printed or Field.TITLE in comparison.compared:
        return ""
    agreeing = ", ".join(judged.field for judged in comparison.fields if judged.agrees)
    return (
        f" (cited without a title; of the rest {agreeing or 'nothing'} agrees: cannot tell whether it is the same work)"
    )


def described(article: Article) -> str:
    """The record as a reader knows it: title, first author, journal and year."""
    author = next((a.family or a.collective for a in article.authors), "")
    source = " ".join(
        filter(None, (article.journal.iso or article.journal.medline_ta or article.journal.title, _year(article)))
    )
    details = ", ".join(filter(None, (author, source)))
    return f'"{article.title.strip().rstrip(".")}" ({details})'


def _year(article: Article) -> str:
    return str(article.issued.year) if article.issued else ""


def record_name(article: Article) -> str:
    """The record's identifier as people write it."""
    identifier = article.identifier
    return f"{_NAMES.get(identifier.kind, '')}{identifier.value}"

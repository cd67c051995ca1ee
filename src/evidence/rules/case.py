"""Everything that a rule may look at: one reference with what was answered about it, one claim, or one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from evidence.matching.compare import compare, compare_fields
from evidence.matching.label_sections import SectionText
from evidence.matching.verdict import Comparison, Field, WrongRecord
from evidence.model.audit import ChangedLock, SignOffStatus
from evidence.model.claims import Anchor, Claim, ClaimEvidence, Stance
from evidence.model.errors import Place
from evidence.model.identifiers import ARTICLES, Identifier, IdKind
from evidence.model.outcomes import Answer, Found, Observation
from evidence.model.policy import Policy, SourceType
from evidence.model.records import Article, Label, LabelContents, Page, RecordText, Trial
from evidence.model.references import Library, PrintedCitation, Reference

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.documents.citations import MonographReading

AGENCIES = "doi"
"""The name of the source that answers for DOI agencies other than Crossref."""

R = TypeVar("R", Label, Trial, Page)

CITED_AS = "cited-as"
FIELD_KEYS = {
    Field.TITLE: "title",
    Field.AUTHORS: "author",
    Field.YEAR: "issued",
    Field.JOURNAL: "container-title",
    Field.VOLUME: "volume",
    Field.ISSUE: "issue",
    Field.PAGES: "page",
}
"""The key of an entry under which each field that is compared is written."""


def source_type_of(reference: Reference) -> SourceType:
    """Which of the policy's limits applies to a reference, by the identifiers that it gives."""
    kinds = {identifier.kind for identifier in reference.identifiers}
    if IdKind.SETID in kinds:
        return SourceType.LABEL
    return SourceType.ARTICLE if kinds & ARTICLES else SourceType.WEBPAGE


@dataclass(frozen=True, eq=False, slots=True)
class Beside:
    """What is printed beside a citation, shared by all cases of a library.

    `texts` are all citations of the library as printed; `entries` those of the monograph's own list, by the id of
    the reference that each is. `sentences` are those of the monograph's text, None where there is none.
    """

    texts: Sequence[str] = ()
    entries: Mapping[str, PrintedCitation] = field(default_factory=dict)
    sentences: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class RecordComparison:
    """A comparison with the article's record, `printed` if of the printed citation, else of the entry's own fields."""

    comparison: Comparison
    printed: bool

    def keys_of(self, field: Field) -> tuple[str, ...]:
        """The key at which a difference of this field is shown."""
        return (CITED_AS,) if self.printed else (FIELD_KEYS[field],)


@dataclass(frozen=True)
class VersionContents:
    """What was answered about the contents of one version of a label; `read` reads the texts in an answer's raw bytes.

    Without slots, so that its texts are read once.
    """

    answer: Answer
    read: Callable[[bytes], tuple[SectionText, ...]] = field(compare=False)

    @property
    def record(self) -> LabelContents | None:
        """The contents, None where DailyMed has none or nobody answered."""
        match self.answer.outcome:
            case Found(record=LabelContents() as contents):
                return contents
        return None

    @cached_property
    def sections(self) -> tuple[SectionText, ...]:
        """The texts of its sections; none where only facts are at hand, as in a lock."""
        raw = self.answer.raw
        return self.read(raw) if raw is not None and self.record is not None and raw.lstrip()[:1] == b"<" else ()


@dataclass(frozen=True, eq=False)
class Case:
    """One reference to be judged; without slots, so that what many rules look at is worked out once.

    No two are equal, so that what a family of rules works out of a case can be kept by the case.

    `answers` holds one answer per identifier that was looked up, in the order of the reference's
    identifiers; `learned` those about identifiers that only its record names, which are facts about the
    work and never judged themselves. `history` holds earlier observations per identifier, oldest
    first, this run's not among them. `network_down` is True when no cited page of this run gave any HTTP status: then
    the trouble is ours, and pages that did not answer are not judged. `beside` is what is printed beside it.
    `source_names` are what findings call the sources. `text` is what its record says beside its fields, for those that
    claims rest on, where it can be read. `contents` is what its label says, by version, as far as the run asked for it.
    `notices` are what Retraction Watch says of the work, by each number of it.
    """

    reference: Reference
    library: Library
    policy: Policy
    today: date
    answers: tuple[Answer, ...] = ()
    history: Mapping[Identifier, tuple[Observation, ...]] = field(default_factory=dict)
    network_down: bool = False
    learned: tuple[Answer, ...] = ()
    beside: Beside = field(default_factory=Beside)
    source_names: Mapping[str, str] = field(default_factory=dict)
    text: RecordText | None = None
    contents: Mapping[int, VersionContents] = field(default_factory=dict)
    notices: tuple[Answer, ...] = ()

    @cached_property
    def kinds(self) -> frozenset[IdKind]:
        """The kinds of identifier that the reference has."""
        return frozenset([identifier.kind for identifier in self.reference.identifiers])

    @cached_property
    def subject(self) -> Identifier:
        """What a finding on the cited article is about, for fingerprints: the entry's own first number of it.

        Never what the answering record calls itself, since which source answers changes from day to day.
        Raises StopIteration where the entry cites no article.
        """
        return next(identifier for identifier in self.reference.identifiers if identifier.kind in ARTICLES)

    @cached_property
    def source_type(self) -> SourceType:
        """Which of the policy's limits applies to this reference."""
        return source_type_of(self.reference)

    def day_of(self, answer: Answer) -> date:
        """The day on which it was answered: today, unless the answer comes from the store or from the lock."""
        return answer.as_of or self.today

    def answer_to(self, kind: IdKind) -> Answer | None:
        """The first answer for an identifier of this kind."""
        return next((a for a in self.answers if a.identifier.kind is kind), None)

    def _verified(self, kind: type[R]) -> R | None:
        """The first record of this kind among the answers that are Found."""
        outcomes = (answer.outcome for answer in self.answers)
        return next((o.record for o in outcomes if isinstance(o, Found) and isinstance(o.record, kind)), None)

    @cached_property
    def article(self) -> Article | None:
        """The article as verified in this run (status facts may be judged by it)."""
        return _article_of(self.article_answer) if self.article_answer is not None else None

    @cached_property
    def article_answer(self) -> Answer | None:
        """The answer whose record is the verified article."""
        return next((answer for answer in self.answers if _article_of(answer) is not None), None)

    @cached_property
    def second(self) -> Answer | None:
        """What another source found about the article, by an identifier of the entry's or its record's.

        The one that the article's own record names comes first: the entry's may be another work's.
        """
        article, own = self.article, self.article_answer
        if article is None or own is None:
            return None
        answers = [answer for answer in (*self.learned, *self.answers) if answer.source != own.source]
        others = [answer for answer in answers if _article_of(answer) is not None]
        named = (answer for answer in others if answer.identifier in article.also_known_as)
        return next(iter((*named, *others)), None)

    @cached_property
    def bibliography(self) -> Article | None:
        """The article to compare bibliographic facts with: verified, else still within its life.

        Records of other DOI agencies are left out: what their fields hold is not agreed on closely enough.
        """
        answers = [answer for answer in self.answers if answer.source != AGENCIES]
        verified = (answer.outcome.record for answer in answers if isinstance(answer.outcome, Found))
        remembered = (answer.remembered for answer in answers)
        return next((record for record in (*verified, *remembered) if isinstance(record, Article)), None)

    @cached_property
    def comparisons(self) -> tuple[RecordComparison, ...]:
        """The comparisons of the entry's own fields and of its printed citation with the article's record."""
        article, cited_as = self.bibliography, self.reference.cited_as
        if article is None:
            return ()
        fields = RecordComparison(compare_fields(self.reference, article), printed=False)
        return (fields, RecordComparison(compare(cited_as, article), printed=True)) if cited_as else (fields,)

    @cached_property
    def wrong_record(self) -> tuple[RecordComparison, WrongRecord] | None:
        """The first comparison that says the record is another work, and what it rests on."""
        return next(((c, c.comparison.wrong) for c in self.comparisons if c.comparison.wrong is not None), None)

    @cached_property
    def label(self) -> Label | None:
        """The label as verified in this run."""
        return self._verified(Label)

    @cached_property
    def trial(self) -> Trial | None:
        """The trial that the entry cites, as verified in this run.

        None where it cites an article, which reports on a trial whatever has become of that.
        """
        return None if self.kinds & ARTICLES else self._verified(Trial)

    @cached_property
    def page(self) -> Page | None:
        """The cited page as it answered, in this run or within its life."""
        return self._verified(Page)


def _article_of(answer: Answer) -> Article | None:
    match answer.outcome:
        case Found(record=Article() as article):
            return article
    return None


@dataclass(frozen=True, slots=True)
class LibraryCase:
    """One library, and the text of the monograph whose references it holds (None: no `monograph.file`, or unread).

    `anchors` are the quotes of its claims as they were looked for, by the id of the claim. `sign_offs` are those that
    are reported at this file; they are known only once all else is judged. `changed_lock` is its lock where that is not
    what the trail wrote.
    """

    library: Library
    today: date
    text: MonographReading | None = None
    anchors: Mapping[str, tuple[Anchor, ...]] = field(default_factory=dict)
    sign_offs: tuple[SignOffStatus, ...] = ()
    changed_lock: ChangedLock | None = None


@dataclass(frozen=True)
class ClaimCase:
    """One claim to be judged; without slots, so that what many rules look at is worked out once.

    `cases` are the references of its file by their ids, those that it rests on among them. `anchors` are its quotes as
    they were looked for.
    """

    claim: Claim
    file: LibraryCase
    cases: Mapping[str, Case] = field(default_factory=dict)

    @property
    def library(self) -> Library:
        """The library that it belongs to."""
        return self.file.library

    @property
    def policy(self) -> Policy:
        """The policy that it is judged by."""
        return self.file.library.policy

    @property
    def today(self) -> date:
        """The day that it is judged for."""
        return self.file.today

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """Its quotes as they were looked for."""
        return self.file.anchors.get(self.claim.id, ())

    def evidence_of(self, stance: Stance) -> tuple[ClaimEvidence, ...]:
        """The evidence that counts as this."""
        return tuple(item for item in self.claim.evidence if self.claim.stance_of(item) is stance)

    @cached_property
    def support(self) -> tuple[tuple[ClaimEvidence, Case], ...]:
        """The evidence that supports it, each with the case of its reference."""
        supporting = self.evidence_of(Stance.SUPPORTS)
        return tuple((item, self.cases[item.reference]) for item in supporting if item.reference in self.cases)

    @cached_property
    def printed(self) -> Place | None:
        """Where its sentence is in the monograph; None where it is not found, or there is no monograph."""
        text = self.file.text
        offset = None if text is None else text.sentences.offset_of(self.claim.text)
        return None if text is None or offset is None else text.place(offset)


def in_paragraph(printed: Place | None) -> str:
    """For the end of a message: where in a document without lines, which no program can point at."""
    return f" ({printed})" if printed is not None and printed.in_paragraphs else ""

"""Claims from a monograph's text: a skeleton for each sentence that cites, and the claims whose sentence has changed.

Nothing is classified: what a sentence says, and how its references relate to it, is for people to write.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.documents.citations import MonographReading
from evidence.documents.sentences import Sentence
from evidence.library.fill import Ids, slug
from evidence.library.scalars import Value
from evidence.matching.tokens import find_quote, tokenize
from evidence.model.claims import FEWEST_WORDS, Claim
from evidence.model.errors import Place
from evidence.model.references import Library

_SHORT = 4  # letters; shorter words say little of a sentence
_WORDS_OF_ID = 4


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A sentence that cites and is no claim yet; `references` are the ids that it cites, each once."""

    id: str
    text: str
    references: tuple[str, ...]
    place: Place

    @property
    def fields(self) -> dict[str, Value]:
        """The entry as it is written: no kind, no stance, nothing approved."""
        return {"id": self.id, "text": self.text, "evidence": [{"reference": name} for name in self.references]}


@dataclass(frozen=True, slots=True)
class ChangedClaim:
    """A claim whose sentence is not in the text any more, and the one that is most like it, if there is one."""

    claim: Claim
    sentence: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ClaimsPlan:
    """What becomes of a monograph's claims: those to be added, how many are kept as they are, and those that changed.

    Nothing is done to those that changed: which of claim and sentence is right is for people to say. `known_in` are the
    files that have claims already.
    """

    new: tuple[NewClaim, ...]
    kept: int
    changed: tuple[ChangedClaim, ...]
    known_in: frozenset[str] = frozenset()


def plan_claims(library: Library, text: MonographReading) -> ClaimsPlan:
    """Compare the sentences that cite with the claims that a library has, by their tokens."""
    sentences = text.sentences.sentences
    covered: set[int] = set()
    changed: list[ChangedClaim] = []
    starts = [sentence.offset for sentence in sentences]
    for claim in library.claims:
        offset = text.sentences.offset_of(claim.text)
        if offset is not None:
            covered.update(_covered_by(claim, sentences, max(0, bisect_right(starts, offset) - 1)))
            continue
        similar = text.sentences.most_similar(claim.text)
        if similar is None:
            changed.append(ChangedClaim(claim))
        else:
            covered.add(sentences.index(similar))
            changed.append(ChangedClaim(claim, similar.text, text.place(similar.offset)))
    ids = Ids([*(reference.id for reference in library.references), *(claim.id for claim in library.claims)])
    known = {tokenize(claim.text).tokens for claim in library.claims}
    new: list[NewClaim] = []
    for number, sentence in enumerate(sentences):
        tokens = tokenize(sentence.text)
        cited = tuple(dict.fromkeys(name for marker in sentence.markers for name in text.cited_by(marker)))
        if number in covered or not cited or tokens.words < FEWEST_WORDS or tokens.tokens in known:
            continue
        known.add(tokens.tokens)
        new.append(NewClaim(ids.new(_id_of(sentence.text)), sentence.text, cited, text.place(sentence.offset)))
    known_in = frozenset(claim.place.path for claim in library.claims)
    return ClaimsPlan(tuple(new), len(library.claims) - len(changed), tuple(changed), known_in)


def _covered_by(claim: Claim, sentences: Sequence[Sentence], first: int) -> Iterator[int]:
    """The sentences that a claim is about: the one in which it begins, and those after it that it has whole."""
    yield first
    claimed = tokenize(claim.text)
    for number in range(first + 1, len(sentences)):
        if find_quote(tokenize(sentences[number].text), claimed) is None:
            return
        yield number


def _id_of(text: str) -> str:
    words = [word for word in text.split() if len(word) >= _SHORT]
    return slug(" ".join(words), _WORDS_OF_ID) or slug(text, _WORDS_OF_ID) or "claim"

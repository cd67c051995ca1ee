"""What a match with records adds to an entry: identifiers where it is sure, candidates for a person where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from evidence.csl import csl_item
from evidence.library.written import identifier_fields
from evidence.library.yaml_text import Value
from evidence.model.identity import Identifier
from evidence.model.matches import Ambiguous, Candidate, Match, Matched, Unasked, Unmatched
from evidence.standing import is_retracted

MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Gain:
    """Fields to write, the identifiers in them, how that came about, and what a person must know."""

    fields: dict[str, Value]
    identifiers: tuple[Identifier, ...] = ()
    how: str = ""
    doubts: tuple[str, ...] = ()
    unasked: bool = False


def gain_of(match: Match) -> Gain:
    """What is written of a match."""
    match match:
        case Matched(candidate=candidate):
            return _sure(candidate)
        case Ambiguous(candidates=candidates):
            number = len(candidates)
            doubt = "a likely record waits for your word" if number == 1 else f"{number} likely records, choose one"
            values: list[Value] = [_candidate(one) for one in candidates[:MOST_CANDIDATES]]
            return Gain({"candidates": values}, how=f"{number} candidate{'s' if number > 1 else ''}", doubts=(doubt,))
        case Unmatched():
            return Gain({}, how="no record found", doubts=("no identifier is printed and no record was found",))
        case Unasked(reason=reason):
            told = f"no identifier is printed, and nobody was asked: {reason}"
            return Gain({}, how="not asked", doubts=(told,), unasked=True)
        case _:
            assert_never(match)


def _sure(candidate: Candidate) -> Gain:
    record = candidate.record
    agreeing = f" ({', '.join(candidate.agrees)})" if candidate.agrees else ""
    differing = f", not {', '.join(candidate.differs)}" if candidate.differs else ""
    doubts = ("RETRACTED: the record says so",) if is_retracted(record) else ()
    fields: dict[str, Value] = {"type": str(csl_item(record)["type"]), **identifier_fields(record)}
    names = (record.identifier, *record.also_known_as)
    return Gain(fields, names, f"matched {candidate.score:.2f}{agreeing}{differing}", doubts)


def _candidate(candidate: Candidate) -> dict[str, Value]:
    """As the file holds it: the record's PMID and DOI, the score, the title as plain text."""
    numbers = identifier_fields(candidate.record)
    told: dict[str, Value] = {key: numbers[key] for key in ("PMID", "DOI") if key in numbers} or dict(numbers)
    title = " ".join(candidate.record.title.split())
    return {**told, "score": f"{candidate.score:.2f}", **({"title": title} if title else {})}

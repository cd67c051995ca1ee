"""`claims:` of references.yaml or of the file beside it, read as `Claim`s.

A claim that is wrong stops the reading: unlike an entry, which is reported with the rest, a claim whose reference or
stance is misspelt would be judged as another one. The error names the place, and the name that was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import NoReturn

from evidence.library.fields import nearest
from evidence.library.files import SourceText
from evidence.library.yaml import MappingNode, Node, Notes, ScalarNode, SequenceNode, printable
from evidence.model import dates
from evidence.model.claims import (
    CLAIM_PREFIX,
    FEWEST_WORDS,
    Approval,
    Claim,
    ClaimEvidence,
    ClaimKind,
    EvidenceLevel,
    Stance,
)
from evidence.model.errors import FileError, Place
from evidence.model.identifiers import ARTICLES, IdKind
from evidence.model.references import Library, Reference
from evidence.model.regex import regex
from evidence.model.sections import SECTION_NAMES, SECTIONS, folded_name, section_code
from evidence.model.text import quantity

CLAIMS = "claims"
"""The key of the list of claims, in a library and in the file beside it."""

CLAIM_FIELDS = ("id", "text", "kind", "evidence", "approved", "reviewed", "owner")
"""The fields of a claim, in their order."""

EVIDENCE_FIELDS = ("reference", "stance", "quote", "in", "level")
"""The fields of a piece of evidence, in their order."""

_RANKS = {key: place for place, key in enumerate(CLAIM_FIELDS)}
_APPROVAL_FIELDS = ("by", "on", "sha256")
_LEVEL_FIELDS = ("value", "by", "on")
_KINDS = {str(kind): kind for kind in ClaimKind}
_STANCES = {str(stance): stance for stance in Stance}
_OF_ARTICLES = ("abstract", "title")
_ID = regex(r"[^\s:\x00-\x1f\x7f-\x9f]{1,100}")
_SHA256 = regex(r"[0-9a-f]{64}")


def claim_rank(key: str) -> int:
    """Where a key belongs among the keys of a claim; keys of one rank stay as they are."""
    return _RANKS.get(key, len(_RANKS))


def read_claims(node: Node, source: SourceText, references: Iterable[Reference]) -> tuple[Claim, ...]:
    """The claims of a list; what they rest on has to be among the references.

    Raises:
        FileError: the first thing that is wrong with one of them, with its place and what was probably meant.
    """
    if isinstance(node, ScalarNode) and node.is_empty:
        return ()
    if not isinstance(node, SequenceNode):
        raise source.error("claims is not a list", node.start, "start every claim with '- id:'")
    known = {reference.id: reference for reference in references}
    return tuple(_Reader(source, known).claim(item) for item in node.items)


def with_claims(library: Library, claims: tuple[Claim, ...]) -> Library:
    """The library with these claims after its own.

    Raises:
        FileError: a claim has the id of another one, or of a reference.
    """
    together = (*library.claims, *claims)
    if not together:
        return library
    taken = {reference.id: (reference.place_of("id"), "a reference") for reference in library.references}
    for claim in together:
        place = claim.place_of("id")
        if claim.id in taken:
            first, what = taken[claim.id]
            raise _error(place, f"the id {printable(claim.id)} is already used by {what} at {first}", "use another id")
        taken[claim.id] = (place, "another claim")
    return replace(library, claims=together)


def refuse_claim_ids(references: Iterable[Reference]) -> None:
    """Refuse an id of a reference that begins as the names of claims do.

    Raises:
        FileError: there is one.
    """
    for reference in references:
        if reference.id.startswith(CLAIM_PREFIX):
            what = f"the id {printable(reference.id)} begins with {CLAIM_PREFIX}, which is reserved for claims"
            raise _error(reference.place_of("id"), what, "use another id")


def _error(place: Place, what: str, fix: str | None = None) -> FileError:
    return FileError(what, path=place.path, line=place.line, column=place.column, fix=fix)


class _Reader:
    """Reads the claims of one file; `known` are the references that they may rest on, by id."""

    def __init__(self, source: SourceText, known: Mapping[str, Reference]) -> None:
        self._source = source
        self._known = known

    def claim(self, node: Node) -> Claim:
        """One claim.

        Raises:
            FileError: something is wrong with it.
        """
        values = self._fields("this claim", node, CLAIM_FIELDS, ("id", "text"))
        kind = self._choice("kind", values["kind"], _KINDS) if "kind" in values else None
        evidence: tuple[ClaimEvidence, ...] = ()
        if "evidence" in values:
            listed = values["evidence"]
            if not isinstance(listed, SequenceNode):
                raise self._source.error("evidence is not a list", listed.start, "start each with '- reference:'")
            evidence = tuple(self._evidence(item) for item in listed.items)
        return Claim(
            id=self._id(values["id"]),
            text=self._text("text", values["text"]),
            place=self._source.place(node.start),
            kind=None if kind is None else _KINDS[kind],
            evidence=evidence,
            approved=self._approval(values["approved"]) if "approved" in values else None,
            reviewed=self._day("reviewed", values["reviewed"]) if "reviewed" in values else None,
            owner=self._text("owner", values["owner"]) if "owner" in values else None,
            places=self._places(values),
        )

    def _evidence(self, node: Node) -> ClaimEvidence:
        values = self._fields("this piece of evidence", node, EVIDENCE_FIELDS, ("reference",))
        stance = self._choice("stance", values["stance"], _STANCES) if "stance" in values else None
        name = self._text("reference", values["reference"])
        if name not in self._known:
            self._refuse(values["reference"], f"unknown reference {printable(name)}", nearest(name, self._known))
        return ClaimEvidence(
            reference=name,
            place=self._source.place(node.start),
            stance=None if stance is None else _STANCES[stance],
            quote=self._quote(values["quote"]) if "quote" in values else None,
            within=self._within(values["in"], self._known[name]) if "in" in values else None,
            level=self._level(values["level"]) if "level" in values else None,
            places=self._places(values),
        )

    def _id(self, node: Node) -> str:
        text = self._text("id", node)
        if not _ID.fullmatch(text):
            fix = "use up to 100 letters, digits, - or _, without spaces or colons"
            raise self._source.error(f"{printable(text)} is not a valid claim id", node.start, fix)
        return text

    def _quote(self, node: Node) -> str:
        text = self._text("quote", node)
        words = sum(any(char.isalnum() for char in word) for word in text.split())
        if words < FEWEST_WORDS:
            fix = "quote more of the sentence"
            what = f"the quote has {quantity(words, 'word')}; at least {FEWEST_WORDS} are needed: {printable(text)}"
            raise self._source.error(what, node.start, fix)
        return text

    def _within(self, node: Node, reference: Reference) -> str:
        """`abstract`, `title`, or the LOINC code of a section, which may be named by its name."""
        text = self._text("in", node)
        part = text.casefold() if text.casefold() in _OF_ARTICLES else section_code(text)
        if part is None:
            meant = nearest(text, SECTIONS) or nearest(folded_name(text), (*_OF_ARTICLES, *SECTION_NAMES))
            self._refuse(
                node, f"unknown section {printable(text)}", meant, "use abstract, title or a section of a label"
            )
        kinds = {identifier.kind for identifier in reference.identifiers}
        is_label = IdKind.SETID in kinds
        if part not in _OF_ARTICLES and not is_label and kinds & ARTICLES:
            what = f"{printable(reference.id)} cites an article, which has no section {printable(text)}"
            raise self._source.error(what, node.start, "use abstract or title")
        if part in _OF_ARTICLES and is_label and not kinds & ARTICLES:
            has_none = "which has no abstract" if part == "abstract" else "whose sections are searched for quotes"
            what = f"{printable(reference.id)} cites a label, {has_none}"
            raise self._source.error(what, node.start, "use the LOINC code or the name of a section")
        return part

    def _approval(self, node: Node) -> Approval:
        values = self._fields("approved", node, _APPROVAL_FIELDS, _APPROVAL_FIELDS, "write it with `evidence confirm`")
        sha256 = self._text("sha256", values["sha256"])
        if not _SHA256.fullmatch(sha256):
            what = f"approved.sha256 {printable(sha256)} is not a SHA-256"
            raise self._source.error(what, values["sha256"].start, "write it with `evidence confirm`")
        return Approval(self._text("by", values["by"]), self._day("on", values["on"]), sha256)

    def _level(self, node: Node) -> EvidenceLevel:
        values = self._fields("level", node, _LEVEL_FIELDS, _LEVEL_FIELDS)
        value, by = self._text("value", values["value"]), self._text("by", values["by"])
        return EvidenceLevel(value, by, self._day("on", values["on"]))

    def _fields(
        self, what: str, node: Node, names: tuple[str, ...], required: tuple[str, ...], fix: str | None = None
    ) -> dict[str, Node]:
        """The values of a mapping by their keys; a key that is unknown, repeated or missing is refused."""
        if not isinstance(node, MappingNode):
            raise self._source.error(f"{what} has no fields", node.start, f"use {', '.join(names)}")
        notes = Notes(self._source)
        values = {pair.key.value: pair.value for pair in notes.known(node, names)}
        self._raise_first(notes)
        missing = [name for name in required if name not in values]
        if missing:
            raise self._source.error(f"{what} lacks {', '.join(missing)}", node.start, fix)
        return values

    def _text(self, key: str, node: Node) -> str:
        notes = Notes(self._source)
        text = notes.text(key, node)
        self._raise_first(notes)
        return text or ""

    def _choice(self, key: str, node: Node, choices: Mapping[str, object]) -> str:
        text = self._text(key, node)
        if text not in choices:
            self._refuse(node, f"unknown {key} {printable(text)}", nearest(text, choices), f"use {', '.join(choices)}")
        return text

    def _day(self, key: str, node: Node) -> date:
        text = self._text(key, node)
        try:
            day = dates.parse(text)
        except dates.DateError as error:
            raise self._source.error(f"{key}: {error}", node.start, error.suggestion) from None
        if not day.is_exact:
            raise self._source.error(f"{key} needs a full date (YYYY-MM-DD)", node.start)
        return day.earliest

    def _places(self, values: Mapping[str, Node]) -> dict[str, Place]:
        return {key: self._source.place(value.start) for key, value in values.items()}

    def _refuse(self, node: Node, what: str, meant: str | None, fix: str | None = None) -> NoReturn:
        """Refuse a name: with the one that was probably meant, else with what can be written there."""
        question = f"; did you mean {meant}?" if meant else ""
        raise self._source.error(f"{what}{question}", node.start, None if meant else fix)

    def _raise_first(self, notes: Notes) -> None:
        for fault in notes.faults:
            raise _error(fault.place, fault.message)

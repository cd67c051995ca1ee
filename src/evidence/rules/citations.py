"""CIT: how the monograph's text cites its references. Judged for a file as a whole, where `monograph: file:` names one.

What concerns a reference is handed to it, so that its `ignore:` and waivers apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evidence.model.case import Case
from evidence.model.findings import Finding, Violation, fingerprint
from evidence.model.policy import Severity
from evidence.model.references import Place
from evidence.model.rule import Rule, rule
from evidence.rules.filecase import LibraryCase, in_paragraph

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.documents.citations import MonographReading
    from evidence.documents.reflist import ListedEntry

_MOST_LATE = 5
_SECTIONS_NAMED = 12
_SHOWN = 70


@rule("CIT001", "undefined-citation", Severity.ERROR)
def undefined_citation(case: Case) -> Iterator[Violation]:
    """The text cites what is neither in the monograph's list nor in the library.

    What it does:
        Reports numbers that the list does not have, `[@keys]` that are no reference's id, and names
        with years that no reference has (these only in a text whose other names are known). An entry
        that is cited and printed, but that is no reference of the library, is a warning: nobody checks
        it. Numbers far beyond the list, ranges behind a number (25 [41-45]), powers, units and
        cross-references (@fig:dose) are no citations.

    Why is this bad?
        The claim looks supported, and nothing stands behind it: most often an entry was removed or
        the list was numbered anew.

    Example:
        Naltrexone reduces pain in fibromyalgia [14]. The list ends with 13.

    Use instead:
        The number of the reference that supports the claim, or the missing reference.

    References:
        ICMJE Recommendations, IV.A.3.g: references are numbered in the order of their first mention.
    """
    del case
    yield from ()


@rule("CIT002", "uncited-reference", Severity.INFO)
def uncited_reference(case: Case) -> Iterator[Violation]:
    """Nothing in the text points at this reference.

    What it does:
        Reports references that no number and no `[@key]` of the text means. Silent where the text has
        no citation at all (CIT004) or cites by names and years, which cannot be told surely enough.

    Why is this bad?
        A reader cannot tell what it is to support; it may be left from an earlier version.

    Example:
        Reference 7 of the list, and no [7] in the text.

    Use instead:
        Cite it where it supports something, or take it out of the list.

    References:
        AMA Manual of Style, 11th edition, chapter 3 (references).
    """
    del case
    yield from ()


@rule("CIT003", "citations-out-of-order", Severity.WARNING)
def citations_out_of_order(case: Case) -> Iterator[Violation]:
    """First citations do not go up.

    What it does:
        Looks at the first citation of every number. Of those out of their place, as few are reported
        as explain the order; more than five are told once, and a list in the order of names as what
        it is.

    Why is this bad?
        Numbered styles number by first mention; a jump is what remains of moved or removed text.

    Example:
        … fibromyalgia [2]. … Crohn's disease [1].

    Use instead:
        Numbers in the order of first mention.

    References:
        AMA Manual of Style, 11th edition, chapter 3; ICMJE, IV.A.3.g.
    """
    del case
    yield from ()


@rule("CIT004", "no-citations-at-all", Severity.WARNING)
def no_citations_at_all(case: Case) -> Iterator[Violation]:
    """The text cites nothing.

    What it does:
        Says once that no paragraph of the monograph carries a citation, and how many there are under
        each heading.

    Why is this bad?
        A list of references that nothing points at supports no claim: neither a reader nor an
        inspector can tell which statement rests on what.

    Example:
        A text without any [1], superscript or (Name, year), and five references at its end.

    Use instead:
        A citation behind every claim that a reference supports.

    References:
        21 CFR 202.1(e)(6)(i): references in promotion must not be false or misleading.
    """
    del case
    yield from ()


@rule("CIT005", "duplicate-citation-number", Severity.WARNING)
def duplicate_citation_number(case: Case) -> Iterator[Violation]:
    """One number for two entries, or one reference under two numbers.

    What it does:
        Reports an entry of the monograph's list whose number an entry before it has, and one whose
        identifier is printed before it under another number. A list numbered alike throughout is not
        judged.

    Why is this bad?
        A citation of that number means either entry; a reference printed twice looks like two pieces
        of evidence.

    Example:
        3. Smith JP, … 3. Brown N, …

    Use instead:
        One number for each reference.

    References:
        ICMJE Recommendations, IV.A.3.g.
    """
    del case
    yield from ()


def citation_findings(whole: LibraryCase) -> Iterator[Finding]:
    """Everything that the family says of a monograph's text; nothing without one."""
    if whole.text is None:
        return
    reading = whole.text
    yield from _undefined(reading)
    yield from _uncited(reading)
    yield from _late(reading)
    yield from _coverage(reading)
    yield from _doubled(reading)


def _found(judged: Rule, reading: MonographReading, hit: Violation, reference: str | None = None) -> Finding:
    """The finding at the reference's entry, else where the library names the monograph."""
    library = reading.library
    entry = next((one for one in library.references if one.id == reference), None)
    place = entry.place_of("id") if entry is not None else library.monograph.place or Place(library.path, 1, 1)
    return Finding(
        code=judged.code,
        name=judged.name,
        severity=hit.severity or judged.severity,
        reference=reference if entry is not None else None,
        place=place,
        message=hit.message + in_paragraph(hit.printed),
        fingerprint=fingerprint(judged.code, reference, hit.fact),
        suggestion=hit.suggestion,
        printed=hit.printed,
    )


def _undefined(reading: MonographReading) -> Iterator[Finding]:
    from evidence.documents.citations import undefined, untracked  # noqa: PLC0415 - only for those who name a monograph

    reasons = {
        "key": "no reference has this id",
        "name": "no reference has this name and year",
    }
    for one in undefined(reading):
        why = reasons.get(one.kind) or _of_list(reading, one.text)
        told = f"{one.text} is cited and not defined: {why}"
        hit = Violation(told, f"undefined {one.text}", printed=reading.place(one.offset))
        yield _found(undefined_citation, reading, hit)
    for entry in untracked(reading):
        told = f"entry {entry.number or entry.position} is cited, and is no reference of the library: {_shown(entry)}"
        yield _found(undefined_citation, reading, _at_entry(reading, entry, told, "untracked", Severity.WARNING))


def _of_list(reading: MonographReading, number: str) -> str:
    if reading.references is None:
        return "there is no such reference"
    last = max(entry.number or entry.position for entry in reading.entries)
    beyond = number.isdecimal() and int(number) > last
    return f"the list ends with {last}" if beyond else "no entry of the list has this number"


def _at_entry(
    reading: MonographReading, entry: ListedEntry, message: str, fact: str, severity: Severity | None = None
) -> Violation:
    suggestion = "add it with `evidence add`" if fact == "untracked" else None
    place = reading.place(entry.passage.offset(0))
    return Violation(message, f"{fact} {entry.text}", severity=severity, printed=place, suggestion=suggestion)


def _shown(entry: ListedEntry) -> str:
    return entry.text if len(entry.text) <= _SHOWN else f"{entry.text[: _SHOWN - 1]}…"


def _uncited(reading: MonographReading) -> Iterator[Finding]:
    from evidence.documents.citations import uncited  # noqa: PLC0415 - as above

    for name in uncited(reading):
        printed = reading.printed.get(name)
        told = "nothing in the text cites this reference"
        if printed is None and reading.references is not None:
            told = "the monograph neither cites nor lists this reference"
        place = None if printed is None else printed.place(0)
        yield _found(uncited_reference, reading, Violation(told, "uncited", printed=place), name)


def _late(reading: MonographReading) -> Iterator[Finding]:
    from evidence.documents.citations import is_alphabetical, late, number_offset  # noqa: PLC0415 - as above

    told = late(reading)
    if len(told) > _MOST_LATE:
        first = told[0]
        why = "the list is in the order of names" if is_alphabetical(reading) else "as if the list were numbered anew"
        message = f"{len(told)} numbers are not first cited in their order, the first of them [{first.number}]: {why}"
        place = reading.place(number_offset(first.marker, first.number))
        yield _found(citations_out_of_order, reading, Violation(message, "out of order", printed=place))
        return
    for one in told:
        place = reading.place(number_offset(one.marker, one.number))
        message = f"[{one.number}] is first cited here, {one.where} [{one.other}]"
        hit = Violation(message, f"{one.number} {one.where} {one.other}", printed=place)
        yield _found(citations_out_of_order, reading, hit, reading.by_number.get(one.number))


def _coverage(reading: MonographReading) -> Iterator[Finding]:
    from evidence.documents.citations import first_paragraph, sections  # noqa: PLC0415 - as above

    if reading.markers or not (reading.references or reading.library.references):
        return
    found = sections(reading)
    paragraphs = sum(section.paragraphs for section in found)
    if not paragraphs:
        return
    named = [f"{section.heading or 'before any heading'} 0 of {section.paragraphs}" for section in found]
    more = [f"and {len(named) - _SECTIONS_NAMED} more sections"] if len(named) > _SECTIONS_NAMED else []
    by_section = f" ({', '.join([*named[:_SECTIONS_NAMED], *more])})" if len(named) > 1 else ""
    message = f"0 of {paragraphs} paragraphs cite a reference{by_section}"
    place = reading.place(first_paragraph(reading))
    yield _found(no_citations_at_all, reading, Violation(message, "no citations", printed=place))


def _doubled(reading: MonographReading) -> Iterator[Finding]:
    from evidence.documents.citations import doubled, repeated  # noqa: PLC0415 - as above

    for entry, first in doubled(reading):
        where = reading.place(first.passage.offset(0))
        told = f"a second entry numbered {entry.number}; the first is at {where}"
        hit = _at_entry(reading, entry, told, "doubled number")
        yield _found(duplicate_citation_number, reading, hit, reading.ids.get(entry.position))
    for entry, first, name in repeated(reading):
        told = f"entry {_numbered(entry)} is the reference that is printed as {_numbered(first)} before"
        yield _found(duplicate_citation_number, reading, _at_entry(reading, entry, told, "printed again"), name)


def _numbered(entry: ListedEntry) -> int:
    return entry.number or entry.position


RULES = (
    undefined_citation,
    uncited_reference,
    citations_out_of_order,
    no_citations_at_all,
    duplicate_citation_number,
)
"""Judged by `citation_findings`; their own functions say nothing of a single reference."""

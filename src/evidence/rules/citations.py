"""CIT: how the monograph's text cites its references. Judged once for a file, where `monograph: file:` names one.

What concerns a reference is given to it, so that its `ignore:` and waivers apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from evidence.model.errors import Place
from evidence.model.policy import Severity
from evidence.model.rule import Exceptions, Finding, Lookup, Rule, Subject, Violation
from evidence.rules.case import LibraryCase, in_paragraph
from evidence.rules.rule import library_rule

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.documents.citations import MonographReading
    from evidence.documents.reflist import ListedEntry

_MOST_LATE = 5
_SECTIONS_NAMED = 12
_MAX_QUOTED = 70


_rule = partial(
    library_rule, raised_to=None, needs=Lookup.NONE, subject=Subject.MONOGRAPH, exceptions=Exceptions.ALLOWED
)


@_rule("CIT001", "undefined-citation", Severity.ERROR, exceptions=Exceptions.NOT_WAIVED)
def undefined_citation() -> None:
    """The text cites a reference that does not exist.

    What it does:
        Reports citation numbers that are not in the list, `[@keys]` that are not the id of a reference,
        and names with years that match no reference (only in a text in which other names match). An
        entry that is cited and listed in the monograph but missing in references.yaml is a warning,
        because it is not checked. Numbers far beyond the list, ranges after a number (25 [41-45]),
        powers, units and cross-references (@fig:dose) are not citations.

    Why it matters:
        The statement looks supported but is not. In most cases an entry was removed or the list was
        renumbered.

    Message:
        14 is cited but not defined: the list ends with 13

    Example:
        Naltrexone reduces pain in fibromyalgia [14]. The list ends with 13.

    What to do:
        Cite the number of the reference that supports the statement, or add the missing reference.

    References:
        ICMJE Recommendations, IV.A.3.g: references are numbered in the order of their first mention.
    """


@_rule("CIT002", "uncited-reference", Severity.INFO)
def uncited_reference() -> None:
    """The reference is not cited in the text.

    What it does:
        Reports references without a citation number or `[@key]` in the text, even if the text cites only one
        or two references. Not reported if the text has no citations at all (CIT004) or cites by name and year,
        which cannot be matched reliably enough.

    Why it matters:
        Readers cannot tell which statement it supports; it may be left over from an earlier version.

    Message:
        this reference is not cited in the text

    Example:
        Reference 7 of the list, and no [7] in the text.

    What to do:
        Cite it where it supports a statement, or remove it from the list.

    References:
        AMA Manual of Style, 11th edition, chapter 3 (references).
    """


@_rule("CIT003", "citations-out-of-order", Severity.WARNING)
def citations_out_of_order() -> None:
    """The references are not numbered in the order of their first citation.

    What it does:
        Checks the first citation of each number and reports the smallest set of numbers that are out of
        order. More than five are summarised in one finding, and an alphabetical list is reported as such.

    Why it matters:
        Numbered styles number references by first mention; gaps and jumps remain when text is moved or
        removed.

    Message:
        [1] is first cited here, after [2]

    Example:
        … fibromyalgia [2]. … Crohn's disease [1].

    What to do:
        Number the references in the order of first mention.

    References:
        AMA Manual of Style, 11th edition, chapter 3; ICMJE, IV.A.3.g.
    """


@_rule("CIT004", "no-citations-at-all", Severity.WARNING)
def no_citations_at_all() -> None:
    """The text has no citations.

    What it does:
        Reports once that no paragraph of the monograph has a citation, with the number of paragraphs
        under each heading.

    Why it matters:
        A reference list that is never cited supports no statement: neither a reader nor an inspector can
        tell which reference supports which statement.

    Message:
        0 of 18 paragraphs cite a reference (Uses 0 of 13, Storage 0 of 5)

    Example:
        A text without any [1], superscript or (Name, year), and five references at its end.

    What to do:
        Add a citation after every statement that a reference supports.

    References:
        21 CFR 202.1(e)(6)(i): references in promotion must not be false or misleading.
    """


@_rule("CIT005", "duplicate-citation-number", Severity.WARNING)
def duplicate_citation_number() -> None:
    """Two entries have the same number, or one reference has two numbers.

    What it does:
        Reports an entry of the monograph's list with the same number as an earlier entry, and an entry
        with the same identifier as an earlier entry under another number. If the two citations describe
        different works, the message says so. A list in which all entries have the same number is not
        judged.

    Why it matters:
        A citation of that number is ambiguous; a reference printed twice looks like two pieces of
        evidence.

    Message:
        second entry with number 3; the first is at monograph.md:41:1

    Example:
        3. Smith JP, … 3. Brown N, …

    What to do:
        Give each reference one number.

    References:
        ICMJE Recommendations, IV.A.3.g.
    """


@_rule("CIT006", "thin-coverage", Severity.INFO, raised_to=Severity.WARNING)
def thin_coverage() -> None:
    """Some paragraphs of the text have no citation.

    What it does:
        Reports once how many paragraphs have a citation, in total and under each heading. Paragraphs are running
        text; headings, tables, captions, notes, very short lines, the reference list and sections such as
        Acknowledgements do not count, and a list belongs to its introductory sentence unless its items are
        sentences. With `policy: coverage: 80 %`, a lower share is a warning, and nothing is reported if it is
        reached. Not reported if the text has no citations at all (CIT004).

    Why it matters:
        With two citations, a long text looks referenced although most of its statements have no source.

    Message:
        paragraphs with a citation: 2 of 18 (Uses 2 of 13, Storage 0 of 5)

    Example:
        A section of thirteen paragraphs with two citations, and a section on storage with none.

    What to do:
        Add a citation to every paragraph that reports a finding.

    References:
        AMA Manual of Style, 11th edition, 3.6 (citation of references in text).
    """


RULES = (
    undefined_citation,
    uncited_reference,
    citations_out_of_order,
    no_citations_at_all,
    duplicate_citation_number,
    thin_coverage,
)
"""Judged by `citation_findings`."""


def citation_findings(case: LibraryCase) -> Iterator[Finding]:
    """All findings on a monograph's text; none without one."""
    if case.text is not None:
        yield from _undefined(case.text)
        yield from _uncited(case.text)
        yield from _out_of_order(case.text)
        yield from _coverage(case.text)
        yield from _duplicates(case.text)


def _undefined(reading: MonographReading) -> Iterator[Finding]:
    from evidence.documents.citations import undefined, untracked  # noqa: PLC0415 - only for those who name a monograph

    for use in undefined(reading):
        if use.kind == "key":
            why = "no reference has this id"
        elif use.kind == "name":
            why = "no reference has this name and year"
        elif reading.references is None:
            why = "there is no reference with this number"
        else:
            last = max(map(_number, reading.entries))
            beyond = use.text.isdecimal() and int(use.text) > last
            why = f"the list ends with {last}" if beyond else "no entry of the list has this number"
        message = f"{use.text} is cited but not defined: {why}"
        violation = Violation(message, f"undefined {use.text}", printed=reading.place(use.offset))
        yield _finding(undefined_citation, reading, violation)
    for entry in untracked(reading):
        text = entry.text if len(entry.text) <= _MAX_QUOTED else f"{entry.text[: _MAX_QUOTED - 1]}…"
        violation = Violation(
            f"entry {_number(entry)} is cited but is not in {reading.library.path}: {text}",
            f"untracked {entry.text}",
            suggestion="add it with `evidence add`",
            severity=Severity.WARNING,
            printed=reading.place(entry.passage.offset(0)),
        )
        yield _finding(undefined_citation, reading, violation)


def _uncited(reading: MonographReading) -> Iterator[Finding]:
    from evidence.documents.citations import uncited  # noqa: PLC0415 - as above

    for name in uncited(reading):
        printed = reading.printed.get(name)
        message = "this reference is not cited in the text"
        if printed is None and reading.references is not None:
            message = "this reference is neither cited nor listed in the monograph"
        place = None if printed is None else printed.place(0)
        yield _finding(uncited_reference, reading, Violation(message, "uncited", printed=place), name)


def _out_of_order(reading: MonographReading) -> Iterator[Finding]:
    from evidence.documents.citations import is_alphabetical, number_offset, out_of_order  # noqa: PLC0415 - as above

    found = out_of_order(reading)
    if len(found) > _MOST_LATE:
        first = found[0]
        why = "the list is alphabetical" if is_alphabetical(reading) else "the list appears to have been renumbered"
        message = f"{len(found)} numbers are not in the order of first citation, beginning with [{first.number}]: {why}"
        place = reading.place(number_offset(first.marker, first.number))
        yield _finding(citations_out_of_order, reading, Violation(message, "out of order", printed=place))
        return
    for citation in found:
        place = reading.place(number_offset(citation.marker, citation.number))
        message = f"[{citation.number}] is first cited here, {citation.where} [{citation.other}]"
        violation = Violation(message, f"{citation.number} {citation.where} {citation.other}", printed=place)
        yield _finding(citations_out_of_order, reading, violation, reading.by_number.get(citation.number))


def _coverage(reading: MonographReading) -> Iterator[Finding]:
    """CIT004 of a text without any citation, CIT006 of one that does not cite throughout."""
    from evidence.documents.coverage import sections  # noqa: PLC0415 - as above

    found = sections(reading)
    paragraphs, cited = sum(section.paragraphs for section in found), sum(section.cited for section in found)
    first = next((section.first_uncited for section in found if section.first_uncited is not None), None)
    if first is None or not (reading.references or reading.library.references):
        return
    names = ((section.heading or "before any heading", section) for section in found)
    counts = [f"{heading} {section.cited} of {section.paragraphs}" for heading, section in names]
    more = [f"and {len(counts) - _SECTIONS_NAMED} more sections"] if len(counts) > _SECTIONS_NAMED else []
    by_section = f" ({', '.join([*counts[:_SECTIONS_NAMED], *more])})" if len(counts) > 1 else ""
    place = reading.place(first)
    if not reading.markers:
        message = f"0 of {paragraphs} paragraphs cite a reference{by_section}"
        yield _finding(no_citations_at_all, reading, Violation(message, "no citations", printed=place))
        return
    share, wanted = 100 * cited // paragraphs, reading.library.policy.coverage
    if wanted is not None and share >= wanted:
        return
    aim = "" if wanted is None else f"; required by the policy: {wanted} %"
    violation = Violation(
        f"paragraphs with a citation: {cited} of {paragraphs}{by_section}{aim}",
        f"coverage from {share // 10 * 10} %",  # of tens, so that it is the same finding while a text is edited
        suggestion="cite the source of each statement",
        severity=None if wanted is None else Severity.WARNING,
        printed=place,
    )
    yield _finding(thin_coverage, reading, violation)


def _duplicates(reading: MonographReading) -> Iterator[Finding]:
    from evidence.documents.citations import is_another_work, repeated_entries, repeated_numbers  # noqa: PLC0415 - as above

    for entry, first in repeated_numbers(reading):
        message = f"second entry with number {entry.number}; the first is at {reading.place(first.passage.offset(0))}"
        place = reading.place(entry.passage.offset(0))
        violation = Violation(message, f"doubled number {entry.text}", printed=place)
        yield _finding(duplicate_citation_number, reading, violation, reading.ids.get(entry.position))
    for entry, first, name in repeated_entries(reading):
        message = f"entry {_number(entry)} is the same reference as entry {_number(first)}"
        fact = f"printed again {entry.text}"
        if is_another_work(entry, first):
            message = (
                f"entry {_number(entry)} has the same identifier as entry {_number(first)}, "
                "but the citations describe two different works"
            )
            fact = f"two works {entry.text}"
        place = reading.place(entry.passage.offset(0))
        violation = Violation(message, fact, printed=place)
        yield _finding(duplicate_citation_number, reading, violation, name)


def _number(entry: ListedEntry) -> int:
    return entry.number or entry.position


def _finding(judged: Rule, reading: MonographReading, violation: Violation, reference: str | None = None) -> Finding:
    """The finding at the reference's entry, else where the library names the monograph."""
    library = reading.library
    entry = reading.known.get(reference) if reference is not None else None
    place = entry.place_of("id") if entry is not None else library.monograph.place or Place(library.path, 1, 1)
    message = violation.message + in_paragraph(violation.printed)
    return judged.finding(replace(violation, message=message), entry.id if entry is not None else None, place)

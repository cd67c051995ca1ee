"""SPL: drug labels at DailyMed, by Set ID. A label's history says which version was in force on which day."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from functools import partial

from evidence.matching.label_sections import (
    BOXED_WARNING,
    CONTRAINDICATIONS,
    PRODUCT_DATA,
    LabelChange,
    SectionChange,
    SectionState,
    has_boxed_warning,
    label_change,
)
from evidence.model.claims import ClaimKind, Stance
from evidence.model.dates import PartialDate, When, when
from evidence.model.identifiers import ARTICLES, LABELS, IdKind
from evidence.model.outcomes import Found, NotFound
from evidence.model.policy import Severity
from evidence.model.records import Label, LabelContents, SplVersion
from evidence.model.references import Reference, Role
from evidence.model.rule import OTHER_LABEL, UNLISTED_LABEL, Absence, Exceptions, FactOf, Lookup, NewsKind, Violation
from evidence.model.sections import section_name
from evidence.rules.case import CITED_AS, Case, VersionContents
from evidence.rules.identifiers import not_found_caveat
from evidence.rules.rule import entry_rule
from evidence.rules.waiver_evidence import label_sections, label_versions

_LONGEST_QUOTED = 120
_MOST_SECTIONS = 12  # named in one message
_MOST_PRODUCTS = 4  # named in one message
_MOST_ITEMS = 8  # named in one message
_LONGEST_ITEM = 100
_OF_ONE_PRODUCT = frozenset({ClaimKind.DOSE, ClaimKind.STORAGE})
_ASIDE = frozenset({Stance.BACKGROUND, Stance.CONTRADICTS})
_STATES = {SectionState.CHANGED: "changed", SectionState.NEW: "new", SectionState.REMOVED: "removed"}

SECTIONS_UNKNOWN = "the changed sections are not known"
"""What SPL002 says where the contents of the two versions could not be compared."""

_rule = partial(entry_rule, needs=Lookup.LABEL, about=LABELS)


@_rule(UNLISTED_LABEL, "unlisted-label", Severity.ERROR, absence=Absence.VANISHED, news=NewsKind.DIED)
def unlisted_label(case: Case) -> Iterator[Violation]:
    """The Set ID is not listed in DailyMed.

    What it does:
        Reports a Set ID for which DailyMed has neither a history nor an entry in its list of
        labels. A label that an earlier run found is reported only when a second run, at least 24
        hours later, confirms it; until then it is not checked. The label's web page is not used,
        because DailyMed shows its home page with status 200 when a label has been removed.

    Why it matters:
        The label was withdrawn, or the Set ID is wrong. Readers cannot check what is cited from it.

    Message:
        DailyMed lists no label under Set ID 00000000-0000-0000-0000-000000000000

    Example:
        - id: label
          setid: 00000000-0000-0000-0000-000000000000

    What to do:
        Cite a listed label by its Set ID, which is in the address of the label's page.

    References:
        DailyMed web services v2, /spls/{SETID}/history and /spls.
    """
    answer = case.answer_to(IdKind.SETID)
    if answer is None or not isinstance(answer.outcome, NotFound) or not_found_caveat(case, answer):
        return
    yield Violation(
        f"DailyMed lists no label under Set ID {answer.identifier.value}",
        f"unlisted {answer.identifier.value}",
        ("setid", "URL"),
        suggestion="search for the drug at dailymed.nlm.nih.gov and cite a label that is listed there",
    )


@_rule(
    "SPL002",
    "label-changed-since-accessed",
    Severity.WARNING,
    fact_of=FactOf.WORK,
    superseded_by=("SPL001",),
    waiver_evidence=label_versions,
    news=NewsKind.LABEL_REVISED,
)
def label_changed_since_accessed(case: Case) -> Iterator[Violation]:
    """The label was revised after it was accessed.

    What it does:
        Compares the dates on which DailyMed published the label's versions with `accessed`. A later
        version is a warning. If `accessed` is a month or a year and a version was published within
        it, either version may have been read: this is an info that says "possibly".
        The contents of the version then current are compared with those of the current one, and the sections that
        differ are named. Where only package label, product data, labeler and address lines differ, it is an info.

    Why it matters:
        Safety sections change, and the text may no longer agree with the label.

    Message:
        label revised since it was accessed (2025-08): version 13 (2025-02-01) then, version 14
        (2026-03-12) now: changed dosage (4 places), how supplied (1); 13 sections unchanged

    Example:
        - id: label
          setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65
          accessed: 2025-08

    What to do:
        Read what changed (`evidence show label --changes`), correct the text where needed, and
        record the date with `evidence confirm`.

    References:
        DailyMed web services v2, /spls/{SETID}/history and /spls/{SETID}; BMJ 2017;358:j3837.
    """
    label, accessed = case.label, case.reference.accessed
    if label is None or accessed is None or not label.versions:
        return
    before, within, after = _by_age(label, accessed)
    if after:
        revised = "label revised" if len(after) == 1 else f"label revised {len(after)} times"
    elif within:
        revised = "label possibly revised"
    else:
        return
    now = f"{_named([*within, *after][-1])} now"
    candidates = [*before[-1:], *within]
    if not candidates:
        versions = f"{now}; DailyMed lists no version from that time"
    elif len(candidates) == 1:
        versions = f"{_named(candidates[0])} then, {now}"
    else:
        numbers = [str(version.version) for version in candidates]
        versions = f"version {', '.join(numbers[:-1])} or {numbers[-1]} then, {now}"
    change = _change_of(case)
    sections = f": {_changes(change)}" if change else f"; {SECTIONS_UNKNOWN}" if candidates else ""
    yield Violation(
        f"{revised} since it was accessed ({accessed}): {versions}{sections}",
        f"version {label.current.version} of {label.identifier.value} after {accessed}",
        ("accessed", "setid", "URL"),
        suggestion=f"read version {label.current.version}, correct the text if needed, "
        "and record the date with `evidence confirm`",
        severity=Severity.INFO if not after or (change and not change.telling) else None,
        details=_details(case, change),
    )


@_rule(
    "SPL003",
    "superseded-pinned-version",
    Severity.WARNING,
    fact_of=FactOf.WORK,
    superseded_by=("SPL001",),
    waiver_evidence=label_versions,
    news=NewsKind.LABEL_REVISED,
)
def superseded_pinned_version(case: Case) -> Iterator[Violation]:
    """The label version given in the entry is not the current version.

    What it does:
        Compares `spl-version` with the label's history at DailyMed. A number that is not in the
        history was never published there, and is reported as such.

    Why it matters:
        The entry states which version supports the text, and that version is no longer in force.

    Message:
        version 11 (2024-05-01) is superseded; the current one is version 14 (2026-03-12)

    Example:
        - id: label
          setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65
          spl-version: 11

    What to do:
        Read the current version, correct the text where needed, and enter its number.

    References:
        DailyMed web services v2, /spls/{SETID}/history (numbers may be skipped).
    """
    label, pin = case.label, case.reference.spl_version
    if label is None or pin is None or not label.versions or pin == label.current.version:
        return
    current = label.current
    pinned = next((version for version in label.versions if version.version == pin), None)
    if pinned is None:
        message = f"version {pin} is not in DailyMed's history of this label; the current one is {_named(current)}"
    else:
        message = f"{_named(pinned)} is superseded; the current one is {_named(current)}"
    yield Violation(
        message,
        f"pinned {pin}, current {current.version} of {label.identifier.value}",
        ("spl-version",),
        suggestion=f"read version {current.version}, correct the text if needed, set spl-version: {current.version}",
    )


@_rule(OTHER_LABEL, "other-label", Severity.ERROR, fact_of=FactOf.RECORD, exceptions=Exceptions.FALSE_POSITIVE)
def other_label(case: Case) -> Iterator[Violation]:
    """The Set ID belongs to the label of a different drug.

    What it does:
        Compares the drug names in `title` and `cited-as` with the brand and the ingredients in the label's title at
        DailyMed, and reports an entry that contains none of them. Dosage forms, strengths, salts and the labeler are
        ignored. British and international names, an acid instead of its salt, and one wrong letter in a long name
        are accepted. Entries without a drug name are not judged.

    Why it matters:
        Every check of the reference was then made on the wrong label, and statements about one drug are based on
        another. The finding can be waived only as a false positive; it cannot be ignored.

    Message:
        label of a different drug: Set ID 11111111-2222-4333-8444-555555555555 is "METFORMIN
        HYDROCHLORIDE tablet"; the entry says "Naltrexone hydrochloride tablets, prescribing
        information"

    Example:
        - id: label
          title: Naltrexone hydrochloride tablets, prescribing information
          setid: 11111111-2222-4333-8444-555555555555   # metformin

    What to do:
        - id: label
          title: Naltrexone hydrochloride tablets, prescribing information
          setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65

    References:
        DailyMed web services v2, /spls/{SETID}/history (title).
    """
    label, reference = case.label, case.reference
    if label is None or case.kinds & ARTICLES:
        return
    title, cited_as = reference.title or "", reference.cited_as or ""
    from evidence.matching.labels import judge_label  # noqa: PLC0415 - few lists cite labels

    printed = judge_label(title, cited_as, label)
    if printed is not None:
        labeler = f" ({label.labeler})" if label.labeler else ""
        yield Violation(
            f'label of a different drug: Set ID {label.identifier.value} is "{label.title}"{labeler}; '
            f'the entry says "{textwrap.shorten(printed, _LONGEST_QUOTED, placeholder=" …")}"',
            f"other label {label.title} | {printed}",
            ("setid", "URL", CITED_AS),
            suggestion="use the Set ID of the label that was read; it is in the address of the label's page",
        )


@_rule(
    "SPL006",
    "boxed-warning-added",
    Severity.ERROR,
    fact_of=FactOf.WORK,
    superseded_by=("SPL001",),
    waiver_evidence=label_sections(BOXED_WARNING),
    news=NewsKind.LABEL_REVISED,
)
def boxed_warning_added(case: Case) -> Iterator[Violation]:
    """The label has a boxed warning that it did not have when it was accessed.

    What it does:
        Compares the contents of the label's current version with those of the version that was current when it was
        accessed, and reports a section "boxed warning" (LOINC 34066-1) that is there now and was not then. Boxed
        warnings inside a medication guide or another text for patients are left out.

    Why it matters:
        A boxed warning is FDA's strongest. A text that rests on the earlier label lacks it.

    Message:
        version 14 (2026-03-12) has a boxed warning; version 13 (2025-02-01), current when it was accessed, had none

    Example:
        - id: label
          setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65
          accessed: 2025-08

    What to do:
        Read the warning (`evidence show label --changes`), add it to the text, and
        record the date with `evidence confirm`.

    References:
        21 CFR 201.57(c)(1); DailyMed, contents of both versions.
    """
    label, versions = case.label, _then_and_now(case)
    if label is None or versions is None:
        return
    (then, before), (now, after) = versions
    if has_boxed_warning(after) and not has_boxed_warning(before):
        yield Violation(
            f"{_named(now)} has a boxed warning; {_named(then)}, current when it was accessed, had none",
            f"boxed warning of {label.identifier.value}, none in version {then.version}",
            ("accessed", "setid", "URL"),
            suggestion="read the boxed warning, add it to the text, and record the date with `evidence confirm`",
            details={"then": then.version, "now": now.version},
        )


@_rule(
    "SPL005",
    "product-mismatch",
    Severity.WARNING,
    raised_to=Severity.ERROR,
    superseded_by=("SPL001", "SPL004"),
    waiver_evidence=label_sections(PRODUCT_DATA),
)
def product_mismatch(case: Case) -> Iterator[Violation]:
    """The label is of another strength or dosage form than the monograph's product.

    What it does:
        Compares `monograph.product` with the products in the label's current contents: dosage form, strengths and
        their units. Labels of other drugs are not compared. It is an error if a claim of the kind dose or storage
        rests on the label, and quiet for an entry that has `role: parent-drug-label` and says in `limits:` how its
        product differs. Where DailyMed has no contents of the current version, an info says that it cannot be checked;
        so it does of declared strengths that are not a number and a unit.

    Why it matters:
        Doses, excipients and storage of one product do not hold for another.

    Message:
        label of a different product: TABLET, FILM COATED 50 mg; the monograph is about capsule 1.5 mg, 3 mg, 4.5 mg

    Example:
        monograph:
          product: {drug: naltrexone hydrochloride, strengths: [1.5 mg, 3 mg, 4.5 mg], form: capsule}

    What to do:
        - id: label
          setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65
          role: parent-drug-label
          limits: The label is of 50 mg tablets; no capsules of 1.5 to 4.5 mg are approved.

    References:
        SPL Implementation Guide: formCode, ingredient quantity; 21 CFR 201.57(c)(4).
    """
    product, contents = case.library.monograph.product, _current_contents(case)
    if product is None or contents is None:
        return
    if case.reference.role is Role.PARENT_DRUG_LABEL and case.reference.limits:
        return
    if contents.record is None:
        yield from _unread("the product of this label", contents)
        return
    from evidence.matching.products import (  # noqa: PLC0415 - few lists cite labels
        declared_text,
        differing_products,
        is_label_of,
        product_text,
        unread_strengths,
    )

    if (unread := unread_strengths(product)) and is_label_of(product, contents.record.products):
        yield Violation(
            f"strengths that cannot be compared with the label's: {', '.join(unread)}",
            f"unread strengths {'; '.join(unread)}",
            ("setid", "URL"),
            suggestion="write each strength in monograph.product as a number and a unit, such as 1.5 mg or 10 mg/5 mL",
            severity=Severity.INFO,
        )
    others = differing_products(product, contents.record.products)
    if not others:
        return
    texts = list(dict.fromkeys(map(product_text, others)))
    shown = "; ".join(texts[:_MOST_PRODUCTS]) + (
        f"; {len(texts) - _MOST_PRODUCTS} more" if texts[_MOST_PRODUCTS:] else ""
    )
    claims = [
        claim.id
        for claim in case.library.claims
        if claim.kind in _OF_ONE_PRODUCT
        and any(item.reference == case.reference.id and claim.stance_of(item) not in _ASIDE for item in claim.evidence)
    ]
    rests = f"; claims about dose or storage are based on it: {', '.join(claims)}" if claims else ""
    yield Violation(
        f"label of a different product: {shown}; the monograph is about {declared_text(product)}{rests}",
        f"product {declared_text(product)} | {'; '.join(texts)}",
        ("setid", "URL"),
        suggestion="set role: parent-drug-label, and say in limits: how the label's product differs",
        severity=Severity.ERROR if claims else None,
        details={"products": texts, "claims": claims},
    )


@_rule(
    "SPL007",
    "label-items-unsaid",
    Severity.INFO,
    needs=Lookup.LABEL_TEXT,
    superseded_by=("SPL001", "SPL004"),
    waiver_evidence=label_sections(CONTRAINDICATIONS, BOXED_WARNING),
)
def label_items_unsaid(case: Case) -> Iterator[Violation]:
    """The label lists contraindications that are not in the monograph.

    What it does:
        With `monograph.product`, for a label of the same drug: looks at the lists in the sections contraindications
        (34070-3) and boxed warning (34066-1), and names the items fewer than half of whose words, in any form, are in
        the monograph's text. A section without a list is not judged. Where the text is not available, under
        `--locked` (a lock contains no text) or because DailyMed does not have it, an info says that it cannot be
        checked.

    Why it matters:
        A contraindication that the label has and the monograph lacks may have been overlooked.

    Message:
        the label's contraindications name also: failed naloxone challenge or positive urine screen; acute hepatitis
        or liver failure

    Example:
        monograph:
          product: {drug: naltrexone hydrochloride}

    What to do:
        Add what applies to the product. Waive the finding where it does not.

    References:
        21 CFR 201.57(c)(1) and (c)(5).
    """
    product, contents = case.library.monograph.product, _current_contents(case)
    if product is None or contents is None or case.beside.sentences is None:
        return
    if contents.record is None:
        yield from _unread("what this label lists as contraindications", contents)
        return
    from evidence.matching.products import is_label_of, unsaid_items  # noqa: PLC0415 - few lists cite labels

    if not is_label_of(product, contents.record.products):
        return
    listed = [
        code
        for code in (CONTRAINDICATIONS, BOXED_WARNING)
        if any(each.code == code for each in contents.record.sections)
    ]
    if listed and not contents.sections:
        names = " and ".join(map(section_name, listed))
        yield from _unread(
            f"what the label's {names} {'name' if listed[0] == CONTRAINDICATIONS else 'names'}", contents
        )
        return
    for code in (CONTRAINDICATIONS, BOXED_WARNING):
        items = [item for section in contents.sections if section.code == code for item in section.items]
        unsaid = unsaid_items(items, case.beside.sentences)
        if unsaid:
            shown = [textwrap.shorten(item, _LONGEST_ITEM, placeholder=" …").rstrip(".;,") for item in unsaid]
            more = [f"{len(shown) - _MOST_ITEMS} more"] if shown[_MOST_ITEMS:] else []
            what = f"{section_name(code)}{' name' if code == CONTRAINDICATIONS else ' names'} also"
            yield Violation(
                f"the label's {what}: {'; '.join([*shown[:_MOST_ITEMS], *more])}",
                f"unsaid {code} {' | '.join(unsaid)}",
                ("setid", "URL"),
                suggestion="add what applies to the product",
                details={"section": code, "items": list(unsaid)},
            )


def _unread(what: str, contents: VersionContents) -> Iterator[Violation]:
    """That this cannot be compared with the monograph; nothing where nobody answered, which is said elsewhere."""
    match contents.answer.outcome:
        case NotFound(reason=reason):
            fix = "compare it by hand with the label at dailymed.nlm.nih.gov"
        case Found():
            reason, fix = "only the hashes of the label's sections are stored", "run `evidence check` online"
        case _:
            return
    yield Violation(
        f"{what} cannot be checked: {reason}",
        f"unread {reason}",
        ("setid", "URL"),
        suggestion=fix,
        severity=Severity.INFO,
    )


RULES = (
    unlisted_label,
    label_changed_since_accessed,
    superseded_pinned_version,
    other_label,
    product_mismatch,
    boxed_warning_added,
    label_items_unsaid,
)


def _current_contents(case: Case) -> VersionContents | None:
    """What was answered about the contents of the label's current version."""
    return case.contents.get(case.label.current.version) if case.label is not None and case.label.versions else None


# The version that was current when a label was accessed


def version_then(reference: Reference, label: Label) -> SplVersion | None:
    """The version that was current when the label was accessed; None where DailyMed lists none from that time.

    Where `accessed` leaves several, `spl-version` chooses, else the first: what changed since then may be all of it.
    """
    pinned = next((version for version in label.versions if version.version == reference.spl_version), None)
    if reference.accessed is None:
        return pinned
    before, within, _ = _by_age(label, reference.accessed)
    candidates = [*before[-1:], *within]
    return pinned if pinned in candidates or not candidates else candidates[0]


def is_revised(reference: Reference, label: Label) -> bool:
    """Whether a version was, or may have been, published since the label was accessed."""
    if reference.accessed is None or not label.versions:
        return False
    _, within, after = _by_age(label, reference.accessed)
    return bool(within or after)


def _by_age(label: Label, accessed: PartialDate) -> tuple[list[SplVersion], list[SplVersion], list[SplVersion]]:
    """The versions published before, possibly on, and after the day of access, the oldest first."""
    before, within, after = (
        sorted((version for version in label.versions if when(version.published, accessed) is side), key=_age)
        for side in (When.BEFORE, When.WITHIN, When.AFTER)
    )
    return before, within, after


def _age(version: SplVersion) -> tuple[int, int]:
    """For sorting, the oldest first."""
    return (version.published.toordinal(), version.version)


def _named(version: SplVersion) -> str:
    return f"version {version.version} ({version.published.isoformat()})"


# What changed from that version to the current one

_Version = tuple[SplVersion, LabelContents]


def _then_and_now(case: Case) -> tuple[_Version, _Version] | None:
    """The version then current and the current one with their contents; None where they are one, or not both known."""
    label = case.label
    then = version_then(case.reference, label) if label is not None else None
    if label is None or then is None or then == label.current:
        return None
    both = [(version, case.contents.get(version.version)) for version in (then, label.current)]
    known = [(version, found.record) for version, found in both if found is not None and found.record is not None]
    return (known[0], known[1]) if len(known) == 2 else None


def _change_of(case: Case) -> LabelChange | None:
    versions = _then_and_now(case)
    if versions is None:
        return None
    (then, before), (now, after) = versions
    texts = [case.contents[version.version].sections for version in (then, now)]
    return label_change(before, after, *texts)


def _changes(change: LabelChange) -> str:
    """The sections that differ, in words: `changed dosage (4 places), how supplied (1); 13 sections unchanged`."""
    shown = change.telling or change.sections
    parts = ["the label has a new format"] if change.reformatted else []
    unit = iter(["place"])
    for state, word in _STATES.items():
        names = [_with_places(section, unit) for section in shown if section.state is state]
        if len(names) > _MOST_SECTIONS:
            names[_MOST_SECTIONS - 1 :] = [f"{len(names) - _MOST_SECTIONS + 1} more"]
        parts += [f"{word} {', '.join(names)}"] if names else []
    if not change.sections:
        return "no section changed"
    alone = "" if change.telling else " only"
    return f"{'; '.join(parts)}{alone}; {change.same} section{'' if change.same == 1 else 's'} unchanged"


def _with_places(section: SectionChange, unit: Iterator[str]) -> str:
    """A section and in how many places it differs, with the unit after the first number."""
    if section.places is None:
        return section.name
    word = next(unit, "")
    plural = "s" if word and section.places != 1 else ""
    return f"{section.name} ({section.places}{f' {word}{plural}' if word else ''})"


def _details(case: Case, change: LabelChange | None) -> Mapping[str, object]:
    versions = _then_and_now(case)
    if change is None or versions is None:
        return {}
    (then, _), (now, _) = versions
    return {
        "then": then.version,
        "now": now.version,
        "sections": [
            {"code": each.code or None, "name": each.name, "state": str(each.state), "places": each.places}
            for each in change.sections
        ],
        "unchanged": change.same,
    }

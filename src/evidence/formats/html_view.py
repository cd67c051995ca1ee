"""The report's document arranged for the page: monographs, their references, what changed, what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from evidence.formats.html_charts import Timeline, kind_of, timelines
from evidence.formats.html_citation import Citation, citation
from evidence.formats.html_record import Fact, facts
from evidence.formats.html_words import SEVERITIES, IdentifierLink, link, rich
from evidence.formats.json_report import Document
from evidence.formats.standing import (
    homes_of,
    is_retracted,
    libraries_of,
    newness,
    replaced_of,
    retracted_words,
    unjudged_of,
    waived_of,
)
from evidence.formats.text_references import described, grouped

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReferenceView:
    """One reference with everything that the page says of it.

    `worst` is 3 for an error, 0 for nothing; `retracted` are the words of its stamp, empty without one;
    `last_seen` is the day on which an earlier run last found it, empty if none did.
    """

    anchor: str
    number: int
    document: Values
    title: Markup
    kind: str
    links: tuple[IdentifierLink, ...]
    retracted: str
    findings: tuple[Values, ...]
    ignored: tuple[Values, ...]
    waived: tuple[Values, ...]
    unchecked: tuple[Values, ...]
    counts: Mapping[str, int]
    worst: int
    citation: Citation | None
    comparable: bool
    facts: tuple[Fact, ...]
    timelines: tuple[Timeline, ...]
    last_seen: str
    is_new: bool

    @property
    def families(self) -> str:
        """The rule families of its findings, for the filter."""
        return " ".join(sorted({finding["code"][:3] for finding in self.findings}))


@dataclass(frozen=True, slots=True)
class FileView:
    """One input file: its references and the findings that concern it as a whole; `title` may be empty."""

    anchor: str
    path: str
    title: str
    sha256: str
    findings: tuple[Values, ...]
    entries: tuple[ReferenceView, ...]
    counts: Mapping[str, int]

    @property
    def has_owners(self) -> bool:
        """Whether any entry names who answers for it."""
        return any(entry.document.get("owner") for entry in self.entries)

    @property
    def has_dates(self) -> bool:
        """Whether any entry says when it was read."""
        return any(entry.document.get("accessed") for entry in self.entries)


def monographs(shown: Document) -> tuple[FileView, ...]:
    """Every input file in the run's order, then files that only findings or references name."""
    entries: dict[str, list[ReferenceView]] = {}
    for entry in entries_of(shown):
        entries.setdefault(entry.document["path"], []).append(entry)
    loose = {group.path: group.findings for group in grouped(shown) if group.reference is None}
    files = {item["path"]: item for item in libraries_of(shown)}
    return tuple(
        FileView(
            anchor=f"file-{number}",
            path=path,
            title=files.get(path, {}).get("title", ""),
            sha256=files.get(path, {}).get("sha256", ""),
            findings=tuple(loose.get(path, ())),
            entries=tuple(entries.get(path, ())),
            counts=_counts(shown, path),
        )
        for number, path in enumerate(dict.fromkeys([*files, *entries, *loose]), 1)
    )


def _counts(shown: Document, path: str) -> Counter[str]:
    """How many findings of each severity a file has, how much is unchecked, ignored, retracted."""
    homes = homes_of(shown)
    own = {path, *(beside for beside, home in homes.items() if home == path)}
    counts = Counter(finding["severity"] for finding in shown["findings"] if finding["path"] in own)
    counts["unchecked"] = sum(item["path"] == path for item in shown["unchecked"])
    counts["ignored"] = sum(item["path"] == path for item in shown["ignored"])
    counts["waived"] = sum(item["path"] == path for item in waived_of(shown))
    counts["retracted"] = sum(is_retracted(one) for one in shown["references"] if one["path"] == path)
    return counts


def anchors(shown: Document) -> list[str]:
    """The anchor of every reference, in their order; made of numbers, since ids are text from outside."""
    return [f"ref-{number}" for number in range(1, len(shown["references"]) + 1)]


_Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class _Lists:
    """What the document's lists say, by path and id of the reference."""

    as_of: str
    unchecked: Mapping[_Key, list[Values]]
    ignored: Mapping[_Key, list[Values]]
    waived: Mapping[_Key, list[Values]]
    is_new: Callable[[Values], bool]


def entries_of(shown: Document) -> tuple[ReferenceView, ...]:
    """All references in their order."""
    silent, silenced = _by_reference(shown["unchecked"]), _by_reference(shown["ignored"])
    lists = _Lists(shown["run"]["as_of"], silent, silenced, _by_reference(waived_of(shown)), newness(shown))
    told = ((group.reference, group.findings) for group in grouped(shown) if group.reference is not None)
    return tuple(_entry(number, reference, found, lists) for number, (reference, found) in enumerate(told, 1))


def _by_reference(items: Sequence[Values]) -> dict[_Key, list[Values]]:
    told: dict[_Key, list[Values]] = {}
    for item in items:
        told.setdefault((item["path"], item["reference"]), []).append(item)
    return told


def _entry(number: int, reference: dict[str, Any], findings: Sequence[Values], lists: _Lists) -> ReferenceView:
    key = (reference["path"], reference["id"])
    silenced, waived = lists.ignored.get(key, []), lists.waived.get(key, [])
    counts = Counter(finding["severity"] for finding in findings)
    codes = frozenset(finding["code"] for finding in (*findings, *silenced, *waived))
    printed, record = reference.get("cited_as"), reference["record"]
    return ReferenceView(
        anchor=f"ref-{number}",
        number=number,
        document=reference,
        title=rich(_title(reference)),
        kind=kind_of(reference),
        links=tuple(link(kind, value) for kind, value in reference["identifiers"].items()),
        retracted=retracted_words(reference) if is_retracted(reference) else "",
        findings=tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding["severity"]))),
        ignored=tuple(silenced),
        waived=tuple(waived),
        unchecked=tuple(lists.unchecked.get(key, ())),
        counts=counts,
        worst=next((3 - n for n, severity in enumerate(SEVERITIES) if counts[severity]), 0),
        citation=citation(printed, record, codes) if printed else None,
        comparable=_is_comparable(reference, codes),
        facts=tuple(facts(record)) if record else (),
        timelines=timelines(reference, lists.as_of),
        last_seen=_last_seen(reference),
        is_new=any(map(lists.is_new, findings)),
    )


def _last_seen(reference: Values) -> str:
    """The last day on which an earlier run found what the first identifier names, as `verified` is meant."""
    first = ":".join(next(iter(reference["identifiers"].items()), ("", "")))
    past = reference.get("history") or ()
    return max((one["as_of"] for one in past if one["state"] == "found" and one["identifier"] == first), default="")


def _title(reference: Values) -> str:
    record = reference["record"] or {}
    known = (record.get("custom") or {}).get("title-html") or record.get("title") or reference.get("title")
    return str(known or reference.get("cited_as") or (described(record) if record else ""))


def _is_comparable(reference: Values, codes: frozenset[str]) -> bool:
    """Whether the run compared the citation: an article's, with PubMed's or Crossref's record, of enough words."""
    answered = next((lookup["source"] for lookup in reference["lookups"] if lookup["state"] == "found"), "")
    article = kind_of(reference) == "article" and reference["record"] is not None
    return article and answered in {"pubmed", "pmc", "crossref"} and "MET008" not in codes


@dataclass(frozen=True, slots=True)
class ChangesView:
    """What is otherwise than in the earlier run: the news, and the findings that came, stayed and went.

    Of `unjudged` nobody knows: what they rest on could not be asked; errors come first.
    """

    since: Values
    news: tuple[Values, ...]
    new: tuple[Values, ...]
    persisting: int
    resolved: tuple[Values, ...]
    replaced: tuple[Values, ...]
    unjudged: tuple[Values, ...]
    ignored: int
    waived: int


def changes(shown: Document) -> ChangesView | None:
    """The changes since the last run over the same files; None when there is none to compare with."""
    told = shown.get("changes")
    if told is None:
        return None
    return ChangesView(
        since=told["since"],
        news=tuple(told["news"]),
        new=tuple(filter(newness(shown), shown["findings"])),
        persisting=len(told["persisting"]),
        resolved=tuple(told["resolved"]),
        replaced=tuple(replaced_of(shown)),
        unjudged=tuple(sorted(unjudged_of(shown), key=lambda finding: SEVERITIES.index(finding["severity"]))),
        ignored=len(told["ignored"]),
        waived=len(told.get("waived", ())),
    )


def silences(shown: Document) -> Iterator[tuple[str, str, list[Values]]]:
    """What was not checked, by source and reason."""
    reasons: dict[tuple[str, str], list[Values]] = {}
    for item in shown["unchecked"]:
        reasons.setdefault((item["source"], item["reason"]), []).append(item)
    for (source, reason), items in reasons.items():
        yield source, reason, items


def rule_codes(shown: Document) -> frozenset[str]:
    """The codes of all rules that the report speaks of."""
    resolved = (shown.get("changes") or {}).get("resolved", ())
    earlier = (*resolved, *replaced_of(shown), *unjudged_of(shown))
    return frozenset(
        finding["code"] for finding in (*shown["findings"], *shown["ignored"], *waived_of(shown), *earlier)
    )


def policies(shown: Document) -> tuple[tuple[Values, tuple[str, ...]], ...]:
    """Every policy in force, with the files that are judged by it."""
    told: list[tuple[Values, list[str]]] = []
    for path, policy in shown["run"]["policies"].items():
        for other, paths in told:
            if other == policy:
                paths.append(path)
                break
        else:
            told.append((policy, [path]))
    return tuple((policy, tuple(paths)) for policy, paths in told)

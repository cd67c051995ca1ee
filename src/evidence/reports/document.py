"""The report as one JSON document, from which every other form is made and which is stored with the run.

Its keys and values are frozen (`report.schema.json`). Here it is made from a report and written; and here is what the
other forms read out of it, also out of documents of earlier versions, which lack what came later.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from evidence.model.audit import SignatureState, SignOffStatus, utc_text
from evidence.model.claims import CLAIM_PREFIX, AnchorState, EvidenceClass, EvidenceLevel
from evidence.model.csl import csl_item
from evidence.model.errors import Place
from evidence.model.outcomes import CheckStatus, State, detail_of, state_of
from evidence.model.policy import Policy, Severity, claim_limit_policy, offline_policy, sign_off_policy
from evidence.model.references import Waiver
from evidence.model.regex import regex
from evidence.model.report import (
    MONOGRAPH,
    Changes,
    Due,
    EarlierRun,
    FilesLoaded,
    ReferenceResult,
    Report,
    ReportedClaim,
)
from evidence.model.rule import OF_PAGES, VOIDING, Finding
from evidence.model.text import json_safe
from evidence.model.urls import mask_in_message, mask_secrets

VERSION = 1
COUNTS: Mapping[CheckStatus, str] = {
    CheckStatus.CHECKED: "checked",
    CheckStatus.NOT_CHECKED: "not_checked",
    CheckStatus.CANNOT_BE_CHECKED: "cannot_be_checked",
}
"""The keys of the summary that count references by how far they could be looked at; together all references."""
TOOL = "evidence-tracker"
_WEAKER = regex(r"weaker than the default: (?P<path>.+?):(?P<line>\d++): ")

Values = Mapping[str, Any]
"""A part of a document: a reference, a finding, a run."""

Document = Values


@lru_cache(maxsize=1)  # a run stores the document, then prints the same
def report_document(report: Report) -> Document:
    """The report as plain values; see `report.schema.json`."""
    run, changes = report.run, report.changes
    findings = [finding_document(finding) for finding in report.findings]
    if changes is not None:  # whether a finding is new can only be said beside an earlier run
        for finding, values in zip(report.findings, findings, strict=True):
            values["new"] = (finding.place.path, finding.fingerprint) in changes.fresh
    return {
        "version": VERSION,
        "tool": {"name": TOOL, "version": run.tool_version},
        "run": {
            "id": run.id,
            "started": utc(run.started),
            "finished": utc(run.finished),
            "as_of": run.as_of.isoformat(),
            "mode": str(run.mode),
            "actor": run.actor,
            "inputs": [
                {
                    "path": item.path,
                    "sha256": item.sha256,
                    **({"role": MONOGRAPH} if item.is_monograph else {}),
                    **({"title": item.title} if item.title else {}),
                    **({} if item.of is None else {"of": item.of}),
                }
                for item in run.inputs
            ],
            "policies": {path: _policy(policy) for path, policy in sorted(run.policies.items())},
            "select": list(run.select),
            "ignore": list(run.ignore),
            **({"deselected": list(run.deselected)} if run.deselected else {}),
            **({} if run.recorded else {"recorded": False}),
            **({"loaded": [_files_loaded(files) for files in run.loaded]} if run.loaded else {}),
        },
        "references": [_reference(result) for result in report.references],
        "findings": findings,
        "unchecked": [
            {"reference": item.reference, "path": item.path, "source": item.source, "reason": item.reason}
            for item in report.unchecked
        ],
        "ignored": [{**finding_document(item.finding), "reason": item.reason} for item in report.ignored],
        "summary": {
            "references": len(report.references),
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "infos": report.count(Severity.INFO),
            "unchecked": len(report.unchecked),
            "ignored": len(report.ignored),
            "waived": len(report.waived),
            "exit_code": int(report.exit),
            **{COUNTS[check]: report.count_checks(check) for check in CheckStatus},
            **(_claim_counts(report) if report.claims else {}),
        },
        "changes": None if changes is None else changes_document(changes),
        "earlier_runs": [earlier_run_document(earlier) for earlier in report.earlier],
        "due": [due_document(item) for item in report.due],
        "waived": [
            {**finding_document(item.finding), "waiver": waiver_document(item.waiver)} for item in report.waived
        ],
        "sign_offs": [sign_off_document(status) for status in report.sign_offs],
        "audit": None if report.audit is None else {"sequence": report.audit.sequence, "head": report.audit.hash},
        "policy_weaker": list(report.weaker),
        **({"claims": [claim_document(claim) for claim in report.claims]} if report.claims else {}),
    }


def _claim_counts(report: Report) -> dict[str, Any]:
    """The figures of claims: quotes are counted apart from references."""
    return {
        "claims": len(report.claims),
        "anchors": {str(state): report.count_anchors(state) for state in AnchorState},
    }


def masked_document(document: Document) -> dict[str, Any]:
    """A stored document as it may be shown: without the secrets in addresses that earlier versions left in it.

    Those are in what servers gave: the record of a page, and what was found of it. What an entry cites stays.
    """
    cited = {(entry["path"], entry["id"]): entry["identifiers"].get("url", "") for entry in document["references"]}

    def finding(values: Values) -> Values:
        if not str(values.get("code", OF_PAGES)).startswith(OF_PAGES):
            return values
        url = cited.get((values["path"], values["reference"]), "")
        texts = {key: values[key] for key in ("message", "suggestion") if values.get(key)}
        return {**values, **{key: mask_in_message(text, values["message"], url) for key, text in texts.items()}}

    changes = document.get("changes")
    return {
        **document,
        "references": [_masked_reference(entry) for entry in document["references"]],
        **{key: [*map(finding, document[key])] for key in ("findings", "ignored", "waived") if key in document},
        **(
            {"changes": {**changes, **{key: [*map(finding, changes[key])] for key in _OF_CHANGES if key in changes}}}
            if changes
            else {}
        ),
    }


_OF_CHANGES = ("resolved", "replaced", "unjudged", "news")


def _masked_reference(entry: Values) -> Values:
    record = entry["record"] or {}
    custom = record.get("custom", {})
    if "final-url" not in custom:
        return entry
    mask = partial(mask_secrets, cited=entry["identifiers"].get("url", ""))
    hops = [
        {**hop, "source": mask(hop["source"]), "target": mask(hop["target"])} for hop in custom.get("redirects", ())
    ]
    shown = {**custom, "final-url": mask(custom["final-url"]), **({"redirects": hops} if hops else {})}
    title = {"title": mask(record["title"])} if record.get("title") else {}
    known = {"title": mask(entry["title"])} if entry.get("title") else {}
    return {**entry, **known, "record": {**record, **title, "custom": shown}}


def _policy(policy: Policy) -> dict[str, Any]:
    """Under the names that references.yaml gives them; limits and lives in days, None for no limit."""
    return {
        "accessed-limit": {str(kind): days for kind, days in sorted(policy.accessed_limit.items())},
        "life": {
            "status": policy.lives.status,
            "metadata": policy.lives.metadata,
            "page": policy.lives.page,
        },
        "confirm-dead": policy.confirm_dead,
        "lock-limit": policy.lock_limit,
        "sign-off-limit": policy.sign_off_limit,
        "coverage": policy.coverage,
        "severity": {code: str(severity) for code, severity in sorted(policy.severity.items())},
        "fail-on": str(policy.fail_on),
        "waiver-limit": asdict(policy.waiver_limits),
        "self-approval": "allowed" if policy.self_approval else "refused",
        "style": str(policy.style),
        **claim_limit_policy(policy),
        **offline_policy(policy),
        **sign_off_policy(policy),
    }


def _reference(result: ReferenceResult) -> dict[str, Any]:
    reference, retraction = result.reference, result.retraction
    record: Values | None = None if result.record is None else csl_item(result.record)
    custom = (record or {}).get("custom", {})  # `retracted` is in it, and true, only for a retracted article
    identifiers: dict[str, str] = {}
    for identifier in reference.identifiers:
        identifiers.setdefault(str(identifier.kind), identifier.value)
    return {
        "id": reference.id,
        "path": reference.place.path,
        "line": reference.place.line,
        "column": reference.place.column,
        "type": reference.type,
        "identifiers": identifiers,
        "state": str(result.state),
        "retracted": (retraction is not None and not retraction.withdrawn) or "retracted" in custom,
        "withdrawn": retraction is not None and retraction.withdrawn,
        "retraction": None
        if retraction is None
        else {
            "confirmed": retraction.confirmed,
            "as_of": None if retraction.as_of is None else retraction.as_of.isoformat(),
        },
        "verified": None if result.verified is None else utc(result.verified),
        "from": None if result.origin is None else str(result.origin),
        "record": record,
        "lookups": [
            {
                "source": answer.source,
                "identifier": str(answer.identifier),
                "state": str(state := state_of(answer.outcome)),
                "at": None if state is State.NOT_CHECKED else utc(answer.at),
                "detail": detail_of(answer.outcome),
            }
            for answer in result.answers
        ],
        "title": reference.title or (record or {}).get("title"),
        "cited_as": reference.cited_as,
        "accessed": None if reference.accessed is None else str(reference.accessed),
        "owner": reference.owner,
        "role": str(reference.role),
        "history": list(result.history),
        "check": str(result.check),
    }


def claim_document(reported: ReportedClaim) -> dict[str, Any]:
    """A claim with its evidence and what became of its quotes, under the names of the schema."""
    claim = reported.claim
    anchors = {anchor.index: anchor for anchor in reported.anchors}
    evidence = []
    for index, item in enumerate(claim.evidence):
        stance, anchor = claim.stance_of(item), anchors.get(index)
        evidence.append(
            {
                "reference": item.reference,
                "line": item.place.line,
                "column": item.place.column,
                "stance": None if stance is None else str(stance),
                "quote": item.quote,
                "in": item.within,
                "level": _level(item.level),
                "suggested": _class(reported.classes[index] if reported.classes else None),
                "anchor": None
                if anchor is None
                else {
                    "state": str(anchor.state),
                    "section": anchor.section or None,
                    "earlier": anchor.earlier or None,
                    "reason": anchor.reason or None,
                    "nearest": anchor.nearest or None,
                    "marks_lost": anchor.marks_lost,
                },
            }
        )
    approved = claim.approved
    return {
        "id": claim.id,
        "path": claim.place.path,
        "line": claim.place.line,
        "column": claim.place.column,
        "text": claim.text,
        "kind": None if claim.kind is None else str(claim.kind),
        "printed": _printed(reported.printed),
        "approved": None
        if approved is None
        else {"by": approved.by, "on": approved.on.isoformat(), "in_force": approved.sha256 == claim.digest},
        "reviewed": None if claim.reviewed is None else claim.reviewed.isoformat(),
        "owner": claim.owner,
        "evidence": evidence,
    }


def _level(level: EvidenceLevel | None) -> dict[str, Any] | None:
    return None if level is None else {"value": level.value, "by": level.by, "on": level.on.isoformat()}


def _class(suggested: EvidenceClass | None) -> dict[str, Any] | None:
    return None if suggested is None else {"class": suggested.name, "facts": list(suggested.facts)}


def _printed(printed: Place | None) -> dict[str, Any] | None:
    """A place in the monograph."""
    if printed is None:
        return None
    return {
        "path": printed.path,
        "line": printed.line,  # the number of the paragraph where the monograph has no lines
        "column": printed.column,
        "unit": "paragraph" if printed.in_paragraphs else "line",
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding, under the names of the schema."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "reference": finding.reference,
        "path": finding.place.path,
        "line": finding.place.line,
        "column": finding.place.column,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "suggestion": finding.suggestion,
        "printed": _printed(finding.printed),
        **({"details": dict(finding.details)} if finding.details else {}),
    }


def waiver_document(waiver: Waiver) -> dict[str, Any]:
    """A waiver, under the names of the schema."""
    return {
        "category": str(waiver.category),
        "reason": waiver.reason,
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "since": waiver.since.isoformat(),
        "until": waiver.until.isoformat(),
        "baseline": waiver.baseline,
        "evidence": dict(waiver.evidence),
        "path": waiver.place.path,
        "line": waiver.place.line,
        "column": waiver.place.column,
    }


def changes_document(changes: Changes) -> dict[str, Any]:
    """What differs from an earlier run, under the names of the schema."""
    since = changes.since
    return {
        "since": {"run": since.id, "as_of": since.as_of.isoformat(), "finished": utc(since.finished)},
        "new": list(changes.new),
        "persisting": list(changes.persisting),
        "resolved": [finding_document(finding) for finding in changes.resolved],
        "replaced": [finding_document(finding) for finding in changes.replaced],
        "unjudged": [finding_document(finding) for finding in changes.unjudged],
        "ignored": list(changes.ignored),
        "waived": list(changes.waived),
        "newly_waived": list(changes.newly_waived),
        "news": [
            {
                "kind": str(news.kind),
                "reference": news.reference,
                "path": news.path,
                "message": news.message,
                "severity": str(news.severity),
            }
            for news in changes.news
        ],
    }


def _files_loaded(files: FilesLoaded) -> dict[str, Any]:
    return {
        "source": files.source,
        "title": files.title,
        "up_to": files.up_to,
        "day": files.day.isoformat(),
        "actor": files.actor,
    }


def earlier_run_document(run: EarlierRun) -> dict[str, Any]:
    """An earlier run in figures, under the names of the schema."""
    return {
        "run": run.id,
        "as_of": run.as_of.isoformat(),
        "finished": utc(run.finished),
        "mode": str(run.mode),
        "errors": run.errors,
        "warnings": run.warnings,
        "infos": run.infos,
        "unchecked": run.unchecked,
        "states": {str(state): number for state, number in sorted(run.states.items())},
    }


def due_document(item: Due) -> dict[str, Any]:
    """Something that falls due, under the names of the schema."""
    return {
        "reference": item.reference,
        "path": item.path,
        "owner": item.owner,
        "kind": str(item.kind),
        "on": item.on.isoformat(),
        "message": item.message,
    }


def sign_off_document(status: SignOffStatus) -> dict[str, Any]:
    """A sign-off and its status, under the names of the schema."""
    signed = status.sign_off
    verified, signature = status.verified, signed.signature
    return {
        "sequence": signed.sequence,
        "path": status.path,
        "name": signed.name,
        "actor": signed.actor,
        "role": signed.role,
        "meaning": str(signed.meaning),
        "at": signed.at,
        "as_of": signed.as_of.isoformat(),
        "reason": signed.reason,
        "state": "void" if status.objections else "in-force",
        "void": list(status.objections),
        "due": None if status.due is None else status.due.isoformat(),
        "overdue": status.overdue,
        "gone": status.resolved,
        "unjudged": status.unjudged,
        "bound": [{"kind": str(file.kind), "path": file.path, "sha256": file.sha256} for file in signed.bound],
        "report": {
            "run": signed.report.run,
            "sha256": signed.report.sha256,
            "exit_code": signed.report.exit,
            "errors": signed.report.errors,
            "warnings": signed.report.warnings,
            "infos": signed.report.infos,
            "unchecked": signed.report.unchecked,
            **{key: count for key in COUNTS.values() if (count := getattr(signed.report, key)) is not None},
        },
        "signature": None
        if signature is None
        else {
            "kind": str(signature.kind),
            "key": signature.key,
            "state": str(verified.state if verified else SignatureState.UNVERIFIED),
            "told": verified.message if verified else "not verified",
            "root": verified.root or None if verified else None,
        },
    }


def utc(moment: datetime) -> str:
    """UTC with seconds and a `Z`, as all times of the document."""
    return utc_text(moment.astimezone(UTC))


def render_json(document: Document) -> str:
    """A report's document as JSON text, ending in a line break.

    Each reference and each finding has a line: long reports are read by programs, `grep` and `diff`.
    """
    parts = []
    for key, value in document.items():
        match value:
            case list() if value:
                text = "[\n" + ",\n".join(f"    {_compact(item)}" for item in value) + "\n  ]"
            case dict() if value:
                items = ",\n".join(f"    {_compact(name)}: {_compact(item)}" for name, item in value.items())
                text = "{\n" + items + "\n  }"
            case _:
                text = _compact(value)
        parts.append(f"  {_compact(key)}: {text}")
    return json_safe("{\n" + ",\n".join(parts) + "\n}\n")


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def stored_json(document: Document) -> bytes:
    """The same document as bytes for the store: without spaces, which takes a fifth of the time.

    `render_json` of what is read back gives what it would have given at first.
    """
    return json.dumps(document, separators=(",", ":")).encode("ascii")


# What other forms read out of a document.


def is_retracted(reference: Values) -> bool:
    """Whether the cited article is retracted, by any source; no report names it without saying so.

    Documents of earlier versions have no key for it, only the record of the first identifier.
    """
    retracted = reference.get("retracted")
    if retracted is None:
        retracted = (reference["record"] or {}).get("custom", {}).get("retracted")
    return bool(retracted)


def is_withdrawn(reference: Values) -> bool:
    """Whether the cited article was withdrawn or removed, by any source; documents of earlier versions do not say."""
    return bool(reference.get("withdrawn"))


def void_label(reference: Values) -> str:
    """`RETRACTED` or `WITHDRAWN` for what is, and when that was last said if no source could be asked; else empty."""
    word = "RETRACTED" if is_retracted(reference) else "WITHDRAWN" if is_withdrawn(reference) else ""
    retraction = reference.get("retraction")
    if not word or not retraction or retraction["confirmed"]:
        return word
    return f"{word} when last checked{retraction_day(reference)}"


def retraction_day(reference: Values) -> str:
    """`, on 2026-11-30` for a retraction that this run could not ask about, if the day is known; else nothing."""
    retraction = reference.get("retraction")
    if not retraction or retraction["confirmed"] or not retraction["as_of"]:
        return ""
    return f", on {retraction['as_of']}"


def check_statuses(document: Document) -> tuple[CheckStatus, ...]:
    """How far each reference could be looked at, in their order.

    Documents of earlier versions do not say so: there it follows from what they say of the look-ups.
    """
    silent = {(item["path"], item["reference"]) for item in document["unchecked"]}
    known = frozenset(CheckStatus)

    def status(reference: Values) -> CheckStatus:
        if reference.get("check") in known:
            return CheckStatus(reference["check"])
        if (reference["path"], reference["id"]) in silent:
            return CheckStatus.NOT_CHECKED
        is_read = any(
            not lookup["identifier"].startswith("url:") or lookup["state"] in {State.FOUND, State.NOT_FOUND}
            for lookup in reference["lookups"]
        )
        return CheckStatus.CHECKED if is_read else CheckStatus.CANNOT_BE_CHECKED

    return tuple(map(status, document["references"]))


def check_totals(document: Document) -> dict[CheckStatus, int]:
    """How many references could be looked at so far, in the order of `CheckStatus`."""
    statuses = check_statuses(document)
    return {check: statuses.count(check) for check in CheckStatus}


def references_by_check(document: Document, check: CheckStatus, path: str | None = None) -> list[dict[str, Any]]:
    """The references, of one file or of all, that could be looked at so far."""
    pairs = zip(document["references"], check_statuses(document), strict=True)
    return [entry for entry, status in pairs if status is check and (path is None or entry["path"] == path)]


def loaded_sentences(run: Values) -> list[str]:
    """Up to which files that were loaded the run could judge, and who loaded them."""
    return [
        f"{files['title']}'s {'files up to ' + files['up_to'] if files['up_to'] else 'file'} of {files['day']}, "
        f"loaded by {files['actor']}"
        for files in run.get("loaded", ())
    ]


def deselection_sentence(run: Values) -> str:
    """Which rules that void a reference as support `--select` left out; empty when it left out none."""
    codes = run.get("deselected", ())
    were = "was" if len(codes) == 1 else "were"
    named = " and ".join(filter(None, (", ".join(codes[:-1]), *codes[-1:])))
    return f"{named} {were} deselected on the command line (--select)" if codes else ""


def weaker_lines(document: Document) -> list[str]:
    """What files make weaker than the defaults, each as one sentence; documents of earlier versions do not say."""
    return [f"weaker than the default: {line}" for line in document.get("policy_weaker", ())]


def weaker_place(line: str) -> tuple[str, int]:
    """The file and the line that such a sentence names."""
    named = _WEAKER.match(line)
    return (named["path"], int(named["line"])) if named else ("", 1)


def newness_test(document: Document) -> Callable[[Values], bool]:
    """A test whether a finding of the document is new, which is to say that the earlier run did not make it.

    Documents of earlier versions only have a list of fingerprints, which several files may share.
    """
    new = frozenset((document.get("changes") or {}).get("new", ()))
    return lambda finding: bool(finding.get("new", finding["fingerprint"] in new))


def library_inputs(document: Document) -> list[dict[str, Any]]:
    """The run's references files: neither what was read beside one nor the monographs that they name."""
    return list(_libraries(document))


def _libraries(document: Document) -> Iterator[dict[str, Any]]:
    return (item for item in document["run"]["inputs"] if not item.get("of") and item.get("role") != MONOGRAPH)


def without_references(document: Document) -> str:
    """That files have no references, and which where there are several; empty where every file has some."""
    listed = {reference["path"] for reference in document["references"]}
    empty = [item["path"] for item in _libraries(document) if item["path"] not in listed]
    if not empty:
        return ""
    return "no references found" + ("" if has_one_library(document) else f" in {', '.join(empty)}")


def has_one_library(document: Document) -> bool:
    """Whether the run judged a single references file, so that an id alone names a reference."""
    return len(list(islice(_libraries(document), 2))) == 1  # asked for every reference of a run of many files


def library_paths(document: Document) -> dict[str, str]:
    """The references file of each file that was read beside one."""
    return {item["path"]: item["of"] for item in document["run"]["inputs"] if item.get("of")}


def reported_claims(document: Document) -> list[dict[str, Any]]:
    """The claims; documents of earlier versions, and of files without claims, have none."""
    return list(document.get("claims", ()))


def claim_key(claim: Values) -> str:
    """How findings name a claim."""
    return f"{CLAIM_PREFIX}{claim['id']}"


def claims_by_key(document: Document) -> dict[tuple[str, str | None], dict[str, Any]]:
    """The claims by the path and the `reference` that findings on them have."""
    return {(claim["path"], claim_key(claim)): claim for claim in reversed(reported_claims(document))}


def anchor_totals(document: Document) -> dict[AnchorState, int]:
    """How many quotes of claims came to each state, in the order of `AnchorState`."""
    counts = document["summary"].get("anchors", {})
    return {state: counts.get(state, 0) for state in AnchorState}


def waived_findings(document: Document) -> list[dict[str, Any]]:
    """The findings that waivers cover; documents of earlier versions have none."""
    return list(document.get("waived", ()))


def waiver_groups(document: Document) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The waived findings, those waived in the same words together: a baseline is one decision on many."""
    groups: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    for finding in waived_findings(document):
        words = waiver_text(finding["waiver"])
        groups.setdefault(words, (finding["waiver"], []))[1].append(finding)
    return list(groups.values())


def waiver_text(waiver: Values) -> str:
    """A waiver in one line: as what, until when, by whom, and why."""
    who = f"requested by {waiver['requested_by']}, approved by {waiver['approved_by']}"
    kind = f"{waiver['category']}, baseline" if waiver["baseline"] else waiver["category"]
    return f"{kind}, {waiver['since']} to {waiver['until']}, {who}: {waiver['reason']}"


def is_voiding(finding: Values) -> bool:
    """Whether a finding voids its reference as support, and is not only a remark where that is discussed."""
    return finding["code"] in VOIDING and finding["severity"] != "info"


def unjudged_findings(document: Document, severity: str | None = None) -> list[dict[str, Any]]:
    """Earlier findings unknown today, of one severity or all."""
    unjudged = (document.get("changes") or {}).get("unjudged", ())
    return [finding for finding in unjudged if severity is None or finding["severity"] == severity]


def replaced_findings(document: Document) -> list[dict[str, Any]]:
    """Earlier findings in whose place others on the same thing are now."""
    return list((document.get("changes") or {}).get("replaced", ()))


def place_text(finding: Values, *, column: bool = True) -> str:
    """The place of a finding in words, in the monograph for what was found there, else in the references file.

    Line and column, or the paragraph of a document without lines.
    """
    place = finding.get("printed") or finding
    if place.get("unit") == "paragraph":
        return f"{place['path']}, paragraph {place['line']}"
    return f"{place['path']}:{place['line']}" + (f":{place['column']}" if column else "")


def current_line(document: Document, finding: Values) -> int:
    """The line of an earlier finding's entry as it is now, 1 where there is none."""
    key = (finding["path"], finding["reference"])
    return next((entry["line"] for entry in document["references"] if (entry["path"], entry["id"]) == key), 1)


# What code hosts also need


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folder in which the command ran and the root of the checkout, both absolute and with `/`; empty when unknown.

    The document holds paths relative to the folder in which the command ran; code hosts look files up from the root.
    """

    folder: str = ""
    root: str = ""

    def relative(self, path: str) -> str:
        """The path from the root; unchanged when it lies outside or nothing is known of the root."""
        if not self.folder or not self.root:
            return posixpath.normpath(path)
        joined = path if has_drive(path) else posixpath.join(self.folder, path)
        absolute, root = posixpath.normpath(joined), posixpath.normpath(self.root)
        if not absolute.startswith(root.rstrip("/") + "/"):
            return posixpath.normpath(path)
        return posixpath.relpath(absolute, root)


def has_drive(path: str) -> bool:
    """Whether a path, written with `/`, begins with a drive of Windows."""
    return path[1:3] == ":/" and path[0].isalpha()


def annotation_place(finding: Values) -> Values:
    """Where a host is to annotate a finding: never in a document without lines, of which it shows the wrong ones."""
    place: Values = finding.get("printed") or finding
    return finding if place.get("unit") == "paragraph" else place


def with_fingerprints(findings: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each finding with an identity that no other of the report has, of 64 hexadecimal digits.

    It is made of the file, of the finding's own fingerprint and, where a file holds the same finding
    twice, of its number among these; so it stays when lines move, comments are added, or entries change
    places.
    """
    earlier: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        key = (finding["path"], finding["fingerprint"])
        text = "\x1f".join((*key, str(earlier[key])))
        earlier[key] += 1
        yield finding, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

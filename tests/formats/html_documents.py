"""Synthetic report documents for the HTML report: one of everything, hundreds of references, hostile text.

Everything in them is made up. They hold what a document may hold beyond what this version writes itself.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from evidence.formats.json_parts import sign_off_shown
from evidence.formats.json_report import document
from evidence.model.signoffs import Signature, SignatureKind, SignatureState, Standing, Verified
from formats.sample_report import PATH, sample_report
from signing.made_signoffs import sign_off

AS_OF = date(2026, 11, 23)
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CITED = (
    "Younger J, Noor N. \N{LEFT DOUBLE QUOTATION MARK}Low-dose naltrexone for the treatment of fibromyalgia: findings "
    "of a small trial.\N{RIGHT DOUBLE QUOTATION MARK} Arthritis Rheum. 2013;65(2):529\N{EN DASH}538."
)
_WORDS = ("naltrexone", "dose", "pain", "trial", "cohort", "fibromyalgia", "placebo", "randomized", "label", "safety")
_OWNERS = ("Clinical", "Labelling", "Medical affairs", None)
_CODES = (
    ("RET001", "retracted-publication", "error", "retracted, see J Examples. 2026;1(1):1"),
    ("LNK001", "dead-link", "error", "HTTP 404 from pages.example to GET and HEAD"),
    ("ACC001", "stale-accessed-date", "warning", "accessed 2025-08 is 449\N{EN DASH}479 days old, limit 365"),
    ("MET001", "title-mismatch", "warning", 'title is cut short: the record goes on "in adults"'),
    ("MET007", "missing-doi", "info", "the DOI is missing: the record has 10.5555/example"),
    ("ACC004", "imprecise-accessed-date", "info", "accessed 2025-08 names no day"),
)


def everything() -> dict[str, Any]:
    """The sample run with all that later documents add: citations, history, changes, what is due."""
    shown = document(sample_report())
    for number, reference in enumerate(shown["references"]):
        reference.update(title=None, cited_as=None, accessed=None, owner=None, role="evidence", history=[])
        reference["owner"] = ("Clinical", "Labelling", None)[number % 3]
    first, charity, label = (_reference(shown, name) for name in ("younger-2013", "charity", "label"))
    first["cited_as"] = CITED
    charity["accessed"] = label["accessed"] = "2025-08"
    charity["history"] = list(_flapping(charity))
    first["history"] = [_seen(first, day, "found") for day in (21, 14, 7)]
    prints = [finding["fingerprint"] for finding in shown["findings"]]
    gone = {**shown["findings"][1], "message": "the page did not answer", "fingerprint": "0" * 32, "code": "LNK002"}
    shown["changes"] = {
        "since": {"run": "20261116T083000Z-aaaa", "as_of": "2026-11-16", "finished": "2026-11-16T08:31:00Z"},
        "new": prints[3:5],
        "persisting": [*prints[:3], *prints[5:]],
        "resolved": [gone],
        "ignored": [finding["fingerprint"] for finding in shown["ignored"]],
        "news": [
            _news("retracted", "retracted-2020", "retracted since the last run", "error"),
            _news("label-revised", "label", "version 12 was published on 2026-03-14", "warning"),
            _news("recovered", "charity", "answers again", "info"),
        ],
    }
    shown["earlier_runs"] = [_earlier_run(days, {"found": 6, "unavailable": 2}) for days in (21, 14, 7)]
    shown["due"] = [
        _due("charity", "accessed", "2026-08-31", "the accessed date runs out"),
        _due("label", "verification", "2026-11-23", "to be verified again"),
        _due("walled", "confirmation", "2026-12-20", "the confirmation ends"),
    ]
    shown["sign_offs"] = signed_twice()
    return shown


def signed_twice() -> list[dict[str, Any]]:
    """One in force with a good signature, one void."""
    good = Verified(SignatureState.GOOD, "good signature of reviewer@example.org, key ED25519 SHA256:made/up")
    sound = replace(sign_off(8, reason="yearly review"), signature=Signature(SignatureKind.SSH, "made up", "made up"))
    void = ("references.yaml has changed (sha256 was aaaaaaaaaaaa, is 999999999999)",)
    due = AS_OF + timedelta(days=365)
    return [
        sign_off_shown(Standing(sound, PATH, good, due=due, gone=1)),
        sign_off_shown(Standing(sign_off(5, role="physician"), PATH, void=void, due=due)),
    ]


def _reference(shown: dict[str, Any], name: str) -> dict[str, Any]:
    return next(reference for reference in shown["references"] if reference["id"] == name)


def _seen(reference: dict[str, Any], days_ago: int, state: str, detail: str | None = None) -> dict[str, Any]:
    day = (AS_OF - timedelta(days=days_ago)).isoformat()
    lookup = reference["lookups"][0]
    told = {"run": f"run-{day}", "as_of": day, "at": f"{day}T08:35:54Z", "state": state, "detail": detail}
    return {**told, "identifier": lookup["identifier"], "source": lookup["source"]}


def _earlier_run(days_ago: int, states: dict[str, int]) -> dict[str, Any]:
    day = (AS_OF - timedelta(days=days_ago)).isoformat()
    told = {"run": f"run-{day}", "as_of": day, "finished": f"{day}T08:36:54Z", "mode": "online", "states": states}
    return {**told, "errors": 1, "warnings": 2, "infos": 3, "unchecked": 0}


def _flapping(reference: dict[str, Any]) -> list[dict[str, Any]]:
    states = ["found", "found", "unavailable", "found", "blocked", "not-found", "not-checked", "found"]
    return [_seen(reference, 7 * (len(states) - n), state) for n, state in enumerate(states)]


def _news(kind: str, reference: str, message: str, severity: str) -> dict[str, Any]:
    return {"kind": kind, "reference": reference, "path": PATH, "message": message, "severity": severity}


def _due(reference: str, kind: str, day: str, message: str) -> dict[str, Any]:
    return {"reference": reference, "path": PATH, "owner": None, "kind": kind, "on": day, "message": message}


def monographs() -> dict[str, Any]:
    """Two small monographs in one run."""
    return many(12, files=2, runs=4, seed=7)


def many(number: int, *, files: int = 1, runs: int = 12, seed: int = 7) -> dict[str, Any]:
    """A made-up run over `number` references in `files` monographs, each seen in `runs` earlier runs."""
    chance = random.Random(seed)
    shown = everything()
    paths = [f"monographs/drug-{n + 1:02d}.yaml" for n in range(files)]
    shown["run"]["inputs"] = [{"path": path, "sha256": HASH} for path in paths]
    shown["run"]["policies"] = dict.fromkeys(paths, shown["run"]["policies"][PATH])
    shown["references"] = [_made_up(chance, n, paths[n * files // number], runs) for n in range(number)]
    shown["findings"] = [f for reference in shown["references"] for f in _findings(chance, reference)]
    silent = [reference for reference in shown["references"] if reference["state"] == "unavailable"]
    shown["unchecked"] = [
        {"reference": one["id"], "path": one["path"], "source": "crossref", "reason": "no answer within 75 s"}
        for one in silent
        if "doi" in one["identifiers"]
    ]
    shown["ignored"], shown["due"] = [], []
    rows = [7 * (runs - n) for n in range(runs)]
    shown["earlier_runs"] = [_earlier_run(days, {"found": number - 2, "unavailable": 2}) for days in rows]
    shown["changes"].update(news=[], resolved=[], ignored=[], persisting=[])
    shown["changes"]["new"] = [finding["fingerprint"] for finding in shown["findings"][::9]]
    counts = {s: sum(f["severity"] == s for f in shown["findings"]) for s in ("error", "warning", "info")}
    shown["summary"] = {
        "references": number,
        **{f"{severity}s": count for severity, count in counts.items()},
        "unchecked": len(shown["unchecked"]),
        "ignored": 0,
        "exit_code": 1 if counts["error"] else 3 if shown["unchecked"] else 0,
    }
    return shown


def _made_up(chance: random.Random, n: int, path: str, runs: int) -> dict[str, Any]:
    kind = chance.choices(["pmid", "doi", "setid", "url"], [60, 10, 10, 20])[0]
    state = chance.choices(["found", "not-found", "blocked", "unavailable"], [92, 2, 3, 3])[0]
    value = {
        "pmid": str(20_000_000 + n),
        "doi": f"10.5555/example.{n}",
        "setid": f"00000000-0000-4000-8000-{n:012d}",
        "url": f"https://pages.example/guideline/{n}",
    }[kind]
    source = {"pmid": "pubmed", "doi": "crossref", "setid": "dailymed", "url": "web"}[kind]
    title = " ".join(chance.choices(_WORDS, k=11)).capitalize()
    article = kind in {"pmid", "doi"}
    lookup = {"source": source, "identifier": f"{kind}:{value}", "state": state, "at": "2026-11-23T08:35:58Z"}
    reference = {
        "id": f"author{n}-{2001 + n % 25}",
        "path": path,
        "line": 10 * n + 4,
        "column": 5,
        "type": "article-journal" if article else "webpage",
        "identifiers": {kind: value},
        "state": state,
        "verified": "2026-11-23T08:35:58Z" if state == "found" else None,
        "from": "network" if state == "found" else None,
        "record": _record(kind, value, title, n) if state == "found" else None,
        "lookups": [{**lookup, "detail": None if state == "found" else "no answer within 75 s"}],
        "title": title,
        "cited_as": f"Author{n} A, Writer B. {title}. J Examples. {2001 + n % 25};{n}(2):{n}-{n + 9}.",
        "accessed": None if article else (AS_OF - timedelta(days=chance.randrange(500))).isoformat(),
        "owner": chance.choice(_OWNERS),
        "role": "evidence",
    }
    seen = chance.choices(["found", "unavailable"], [95, 5], k=runs)
    reference["history"] = [_seen(reference, 7 * (runs - k), state) for k, state in enumerate(seen)]
    return reference


def _record(kind: str, value: str, title: str, n: int) -> dict[str, Any]:
    if kind in {"setid", "url"}:
        return {"id": f"{kind}:{value}", "type": "webpage", "title": title, "URL": "https://pages.example/"}
    return {
        "id": f"{kind}:{value}",
        "type": "article-journal",
        "title": title + (" in adults" if n % 7 == 0 else ""),
        "author": [{"family": f"Author{n}", "given": "A"}, {"family": "Writer", "given": "B"}],
        "container-title": "Journal of Examples",
        "container-title-short": "J Examples",
        "issued": {"date-parts": [[2001 + n % 25, 3]]},
        "volume": str(n),
        "issue": "2",
        "page": f"{n}-{n + 9}",
        "DOI": f"10.5555/example.{n}",
        "custom": {"publication-types": [{"ui": "D016428", "label": "Journal Article"}]},
    }


def _findings(chance: random.Random, reference: dict[str, Any]) -> list[dict[str, Any]]:
    article = reference["record"] is not None and "author" in reference["record"]
    picked = [c for c, weight in zip(_CODES, (1, 3, 8, 14, 30, 10), strict=True) if chance.randrange(100) < weight]
    if reference["record"] and reference["record"]["title"].endswith("in adults") and article:
        picked = [_CODES[3], *(code for code in picked if code is not _CODES[3])]
    else:
        picked = [code for code in picked if code is not _CODES[3]]
    return [
        {
            "code": code,
            "name": name,
            "severity": severity,
            "reference": reference["id"],
            "path": reference["path"],
            "line": reference["line"],
            "column": 5,
            "message": message,
            "fingerprint": f"{code}-{reference['id']}",
            "suggestion": "read the source again" if severity == "warning" else None,
        }
        for code, name, severity, message in picked
    ]

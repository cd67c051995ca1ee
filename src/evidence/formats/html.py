"""The report as one HTML page, to be read, filed and printed: regulatory staff's format.

The page needs nothing but itself: style and script stand in it and are the only ones that its
Content-Security-Policy lets run (by their SHA-256); it asks the network for nothing. Without
JavaScript all of it can be read. It is made from the JSON document alone, so that a recorded run
gives the same bytes again.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from evidence.escape import one_line
from evidence.formats import html_charts, html_days, html_view, html_words, signed
from evidence.formats.decided import decided_since
from evidence.formats.html_rules import rule_pages
from evidence.formats.html_verdict import decisions, verdict
from evidence.formats.json_report import Document
from evidence.formats.standing import homes_of, newness, unjudged_of
from evidence.formats.text_references import count, minute
from evidence.rules import FAMILIES, Rule

_INDENT = re.compile(r"(<pre\b.*?</pre>)|\n\s+", re.DOTALL)
_UNPRINTED = re.compile(r"[^\w .:-]", re.ASCII)  # all else could end the string of a style sheet
_FEW = 3  # new findings shown without being asked for
_FOLDED = 12  # decisions and news shown before the rest is folded away


def render_html(shown: Document, rules: Iterable[Rule] = ()) -> str:
    """A report's document as a self-contained HTML page, ending in a line break.

    Args:
        shown: The document (`json_report.document`); keys that later versions added may be missing.
        rules: The rules to explain; the page holds the help of those that it speaks of.

    Returns:
        HTML (the Living Standard) to be written as UTF-8. Every text of the document is escaped, and
        what does not show (control characters, overrides of the writing direction) is spelled out.
    """
    style, script, early = _asset("page.css") + _margins(shown), _asset("page.js"), _asset("early.js")
    page = (
        _environment()
        .get_template("page.html.jinja")
        .render(
            **_view(shown, tuple(rules)),
            policy=_security_policy(style, early, script),
            style=Markup(style),  # noqa: S704 - ours
            early=Markup(early),  # noqa: S704 - ours
            script=Markup(script),  # noqa: S704 - ours
        )
    )
    return _unindented(page).strip() + "\n"


def _view(shown: Document, rules: tuple[Rule, ...]) -> dict[str, Any]:
    pages = rule_pages(rules, html_view.rule_codes(shown))
    files_ = html_view.monographs(shown)
    entries = [entry for file in files_ for entry in file.entries]
    columns = html_charts.run_bars(shown)
    return {
        "tool": shown["tool"],
        "run": shown["run"],
        "summary": shown["summary"],
        "audit": shown.get("audit"),
        "verdict": verdict(shown),
        "decisions": decisions(shown),
        "undecided": unjudged_of(shown, "error"),
        "changes": html_view.changes(shown),
        "decided": tuple(decided_since(shown)),
        "due": html_days.due(shown),
        "monographs": files_,
        "entries": entries,
        "anchor_of": _anchors(shown, entries),
        "unchecked": tuple(html_view.silences(shown)),
        "ignored": shown["ignored"],
        "waived": html_days.waived(shown),
        "sign_offs": signed.sign_offs_of(shown),
        "not_identity": signed.NOT_IDENTITY,
        "ages": html_charts.ages(shown, html_view.anchors(shown)),
        "state_bars": html_charts.state_bars(shown["references"]),
        "run_bars": columns,
        "seen_states": frozenset(part.state for bar in columns for part in bar.parts),
        "came_new": newness(shown),
        "policies": html_view.policies(shown),
        "rules": pages,
        "explained": frozenset(page.code for page in pages),
        "families": {code[:3]: FAMILIES.get(code[:3], "") for code in sorted(html_view.rule_codes(shown))},
        "owners": sorted({owner for entry in entries if (owner := entry.document.get("owner"))}),
        "folded": _FOLDED,
        "few": _FEW,
    }


def _anchors(shown: Document, entries: list[html_view.ReferenceView]) -> dict[tuple[str, str], str]:
    """Where a reference stands on the page, by file and id; also by the file of waivers beside its own."""
    anchors = {(entry.document["path"], entry.document["id"]): entry.anchor for entry in reversed(entries)}
    for beside, home in homes_of(shown).items():
        anchors |= {(beside, name): anchor for (path, name), anchor in anchors.items() if path == home}
    return anchors


def _margins(shown: Document) -> str:
    """What stands at the foot of every printed page: whose report it is, and the page's number."""
    run = shown["run"]
    stand_in = "STAND-IN, not the real services - " if run["mode"] == "stand-in" else ""
    told = _UNPRINTED.sub("", f"{stand_in}{shown['tool']['name']} {shown['tool']['version']} - run {run['id']}")
    return f'@page{{@bottom-left{{content:"{told}"}}}}\n'


def _security_policy(style: str, *scripts: str) -> str:
    allowed = " ".join(map(_source, scripts))
    return f"default-src 'none'; style-src {_source(style)}; script-src {allowed}; base-uri 'none'; form-action 'none'"


def _source(text: str) -> str:
    """A style's or script's text as a source expression (CSP Level 3, 2.3.1)."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _asset(name: str) -> str:
    """A file of the page as it will stand there: what is hashed and what is shown must be the same bytes."""
    return _unindented((files("evidence.formats") / "html_page" / name).read_text(encoding="utf-8"))


def _unindented(text: str) -> str:
    """Without the indentation of lines, a third of the page; code that is shown keeps its own."""
    return _INDENT.sub(lambda found: found[1] or "\n", text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evidence.formats", "html_page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.globals |= {"signed": signed}
    environment.globals |= {"count": count, "states": html_words.STATES, "severities": html_words.SEVERITIES}
    environment.filters |= {
        "minute": minute,
        "named": html_words.source_name,
        "terms": html_words.terms,
        "indented": _indented,
    }
    return environment


def _shown(value: object) -> object:
    """What an expression of a template puts on the page: text with the unseen spelled out."""
    if value is None:
        return ""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    before, after = " " * value[:1].isspace(), " " * value[1:][-1:].isspace()
    return f"{before}{one_line(value)}{after}"


def _indented(line: str) -> Markup:
    """A line of code with the spaces before it."""
    text = line.lstrip(" ")
    return escape(" " * (len(line) - len(text)) + one_line(text))

"""What happened since the run before, and what falls due: the few lines that a reader looks for first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evidence.formats.decided import decided_since
from evidence.formats.json_report import Document
from evidence.formats.signed import bound, lines, report, sign_offs_of, state, title
from evidence.formats.text_layout import Sheet, TextSpan
from evidence.formats.text_references import BODY, called, count, listed

_NEWS_SHOWN = 12
_TEXT = 17  # columns before the text of a piece of news; `label-revised` and a space fit in


def add_changes(sheet: Sheet, shown: Document, *, full: bool) -> None:
    """What happened since the earlier run; one line when nothing did, none when there was no earlier run."""
    changes = shown.get("changes")
    if not changes:
        return
    sheet.blank()
    since = changes["since"]
    sheet.rule(f"since {since['as_of']}", f"run {since['run']}")
    add_news(sheet, shown, changes["news"], full=full)
    for line in decided_since(shown):
        sheet.add(TextSpan(line), indent=_TEXT, label=TextSpan("decided", "bold"))
    sheet.add(TextSpan(", ".join(_counts(changes))), indent=_TEXT, label=TextSpan("findings", "dim"))
    _add_unjudged(sheet, shown, changes["unjudged"])


def _add_unjudged(sheet: Sheet, shown: Document, unjudged: list[dict[str, Any]]) -> None:
    """What was found before and could not be looked at again: errors one by one, so that none is forgotten."""
    others = [finding for finding in unjudged if finding["severity"] != "error"]
    for finding in unjudged:
        if finding["severity"] == "error":
            name = called(shown, finding["path"], finding["reference"])
            told = f"{finding['code']} {finding['name']} could not be judged again; before: {finding['message']}"
            sheet.add(TextSpan(f"{name}:", "bold"), TextSpan(told), indent=_TEXT, label=TextSpan("unknown", "alarm"))
    if others:
        names = sorted({called(shown, finding["path"], finding["reference"]) for finding in others})
        told = f"{count(len(others), 'lesser finding')} of before could not be judged again: {listed(names)}"
        sheet.add(TextSpan(told), indent=_TEXT, label=TextSpan("unknown", "alarm"))


def add_news(sheet: Sheet, shown: Document, news: list[dict[str, Any]], *, full: bool) -> None:
    """Each piece of news on a line of its own, what matters most first; a long list is cut unless all is wanted."""
    told = news if full else news[:_NEWS_SHOWN]
    for one in told:
        name = called(shown, one["path"], one["reference"])
        label = TextSpan(one["kind"], one["severity"])
        sheet.add(TextSpan(f"{name}:", "bold"), TextSpan(one["message"]), indent=_TEXT, label=label)
    if len(news) > len(told):
        sheet.add(TextSpan(f"and {len(news) - len(told)} more (-v lists them)", "dim"), indent=_TEXT)


def _counts(changes: dict[str, Any]) -> Iterator[str]:
    for key in ("new", "resolved"):
        yield f"{len(changes[key]) or 'nothing'} {key}"
    yield f"{len(changes['persisting'])} as before"
    if changes["ignored"]:
        yield f"{len(changes['ignored'])} ignored"
    if changes.get("waived"):
        yield f"{len(changes['waived'])} waived"


def add_due(sheet: Sheet, shown: Document) -> None:
    """How much falls due in the coming weeks; what is stale or was never seen is told elsewhere already."""
    today = shown["run"]["as_of"]
    wanted = [item for item in shown.get("due", ()) if (item["on"] < today) == (item["kind"] == "verification")]
    told = []
    for kind, (one, many) in _DUE.items():
        number = sum(item["kind"] == kind for item in wanted)
        if number:
            told.append(one if number == 1 else many.format(number))
    if told:
        sheet.blank()
        first = wanted[0]
        name = called(shown, first["path"], first["reference"])
        where = f"; first {name}, {first['on']} (`evidence due` lists them)"
        sheet.add(TextSpan("; ".join(told) + where), indent=BODY, label=TextSpan("due", "warning"))


_DUE = {
    "accessed": ("1 accessed date runs out within 30 days", "{} accessed dates run out within 30 days"),
    "confirmation": ("1 confirmation ends within 30 days", "{} confirmations end within 30 days"),
    "waiver": ("waivers of 1 reference end within 30 days", "waivers of {} references end within 30 days"),
    "sign-off": ("1 sign-off is overdue within 30 days", "{} sign-offs are overdue within 30 days"),
    "verification": ("1 reference was not verified for long", "{} references were not verified for long"),
}


def add_sign_offs(sheet: Sheet, shown: Document, *, full: bool) -> None:
    """Who has signed this off, and whether it still holds; in a full report with what it binds."""
    told = sign_offs_of(shown)
    if not told:
        return
    sheet.blank()
    sheet.rule("sign-offs")
    for one in told:
        label = TextSpan(state(one).partition(",")[0], "warning" if state(one) in {"void", "overdue"} else "good")
        sheet.add(TextSpan(title(one)), indent=_TEXT, label=label)
        for line in lines(one):
            sheet.add(TextSpan(line, "dim"), indent=_TEXT)
        if full:
            sheet.add(TextSpan(report(one), "dim"), indent=_TEXT)
            for path, digest in bound(one, 64):
                sheet.add(TextSpan(f"{path} sha256 {digest}", "dim"), indent=_TEXT)

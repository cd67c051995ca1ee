"""What waivers let stand, for a terminal: never left out, those waived in the same words together."""

from __future__ import annotations

from datetime import date

from evidence.formats.json_report import Document
from evidence.formats.standing import waived_of, waived_together, waiver_words
from evidence.formats.text_layout import Sheet, TextSpan
from evidence.formats.text_references import BODY, add_finding, called, count

_NAMED = 6  # findings named where many are waived by one decision


def add_waived(sheet: Sheet, shown: Document, *, full: bool) -> None:
    """Every waived finding with who let it stand, as what, why and until when; in a full report with its message."""
    together = waived_together(shown)
    if not together:
        return
    sheet.blank()
    told = "let stand for now; they do not fail the run"
    sheet.rule(f"waived: {count(len(waived_of(shown)), 'finding')}", told)
    for waiver, findings in together:
        left = (date.fromisoformat(waiver["until"]) - date.fromisoformat(shown["run"]["as_of"])).days
        days = "last day" if left == 0 else f"{left} d left"
        if full:
            for finding in findings:
                add_finding(sheet, finding)
        else:
            names = [f"{one['code']} {called(shown, one['path'], one['reference'])}" for one in findings]
            more = len(names) - _NAMED
            listed = ", ".join(names[:_NAMED]) + (f" and {more} more (-v lists them)" if more > 0 else "")
            sheet.add(TextSpan(listed, "bold"), indent=BODY, label=TextSpan("waived", "dim"))
        sheet.add(TextSpan(waiver_words(waiver)), TextSpan(f"({days})", "dim"), indent=BODY)

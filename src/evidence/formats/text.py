"""The report for people at a terminal: what to mend first, then what was not checked, then the sum.

It is made from the JSON document alone, so that a recorded run gives the same bytes again.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence.formats.json_report import Document
from evidence.formats.standing import newness
from evidence.formats.text_changes import add_changes, add_due, add_sign_offs
from evidence.formats.text_frame import add_audit, add_header, add_ignored, add_summary, add_unchecked
from evidence.formats.text_layout import Sheet
from evidence.formats.text_references import add_folded_infos, add_passed, add_references, grouped
from evidence.formats.text_waivers import add_waived


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How to print: the width in columns, whether to colour, how much, and whether Unicode may be used.

    `verbose` from 1 shows every reference with its look-ups, every info and every ignored finding;
    `quiet` leaves only errors, warnings, what was not checked, what is waived, and the summary.
    """

    width: int = 80
    color: bool = False
    verbose: int = 0
    quiet: bool = False
    unicode: bool = True


def render_text(shown: Document, options: TextOptions) -> str:
    """A report's document as text, ending in a line break.

    No control character comes from the document; colours (ECMA-48 SGR) only if asked for.
    """
    sheet = Sheet(width=options.width, color=options.color, unicode=options.unicode)
    full = options.verbose > 0 and not options.quiet
    groups = grouped(shown)
    add_header(sheet, shown, full=full, quiet=options.quiet)
    add_references(sheet, groups, full=full, is_new=newness(shown))
    if not full and not options.quiet:
        add_folded_infos(sheet, shown)
    add_unchecked(sheet, shown)
    if not full and not options.quiet:
        add_passed(sheet, shown, groups)
    add_waived(sheet, shown, full=full)
    if not options.quiet:
        add_ignored(sheet, shown, full=full)
        add_sign_offs(sheet, shown, full=full)
        add_due(sheet, shown)
        add_changes(sheet, shown, full=full)
    add_summary(sheet, shown)
    add_audit(sheet, shown)
    return sheet.text()

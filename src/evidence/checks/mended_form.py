"""A printed citation with its form mended: what is left when all that the style prints otherwise is as it prints it."""

from __future__ import annotations

from evidence.checks.forms.slips import Respelling, Slip
from evidence.checks.style import LOOKS, slips_of
from evidence.model.case import Case

_ROUNDS = 4
"""What one form hides from another (a space behind a quotation mark) shows in the next round; more are not needed."""


def slips(text: str, case: Case) -> list[Slip]:
    """All slips of form in a printed citation."""
    return [slip for code in LOOKS for slip in slips_of(code, text, case)]


def is_style_fix_of(mended: str, printed: str, case: Case, beside: Case) -> bool:
    """Whether a citation is another print of which slips of form were mended, and of which nothing else was changed.

    Args:
        mended: The citation that may have been mended.
        printed: The citation from which it may have been made.
        case: The reference among the citations of its library.
        beside: The same reference among those with which `printed` stands.
    """
    fewer = len(slips(mended, case)) < len(slips(printed, beside))
    return fewer and _without_slips(mended, case) == _without_slips(printed, beside)


def _without_slips(text: str, case: Case) -> str:
    for _ in range(_ROUNDS):
        taken: list[Respelling] = []
        for slip in slips(text, case):
            if not any(new.clashes(old) for new in slip.edits for old in taken):
                taken += (new for new in slip.edits if new not in taken)
        if not taken:
            break
        for edit in sorted(taken, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
    return text

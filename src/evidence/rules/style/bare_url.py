"""STY008: a citation that is nothing but an address."""

from __future__ import annotations

import re

from evidence.matching.text import clean, without_identifiers
from evidence.model.policy import Severity
from evidence.model.rule import ANYTHING, Lookup, Subject
from evidence.rules.case import Case
from evidence.rules.style.form import CONFORMS, Respelling, Slip, SlipCheck, style_rule

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_OF_ACCESS = re.compile(
    r"accessed|retrieved|available|from|at|through|via|on|last|cited|viewed|visited|url|link|website|web|page|online|see"
    r"|https?|www|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)


@style_rule("STY008", "bare-url", Severity.INFO, subject=Subject.CITATION, needs=Lookup.NONE, about=ANYTHING)
def bare_url(text: str, case: Case) -> SlipCheck | None:
    """The citation is an address alone.

    What it does:
        Reports a citation that holds an address, perhaps a date of access, and no word of what is
        there. The title that the page gave, if it was looked up, is proposed.

    Why is this bad?
        When the address is gone nobody can tell what was cited, nor find it elsewhere.

    Example:
        https://www.fda.gov/media/12345/download. Accessed August 14, 2025.

    Use instead:
        Author or organisation. Title of the page. Accessed August 14, 2025. Address.

    References:
        NLM, Citing Medicine, chapter 25; AMA Manual of Style, 11th edition, chapter 3.
    """
    found = _ADDRESS.search(text)
    if found is None:
        return None
    words = [word.lower() for word in _WORD.findall(without_identifiers(clean(text)))]
    if any(_OF_ACCESS.fullmatch(word) is None for word in words):
        return CONFORMS
    page = case.page
    title = " ".join(page.title.split()).strip(" .") if page is not None else ""
    message = "the citation is an address alone: it names neither author nor title"
    edits = (Respelling(0, 0, f"{title}. "),) if title else ()
    better = f"{title}. {text}" if title else "author or organisation, title of the page, date of access, address"
    return SlipCheck((Slip("bare address", found.start(), found[0], message, better, edits),))

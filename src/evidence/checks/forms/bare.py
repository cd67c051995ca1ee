"""A citation that is nothing but an address."""

from __future__ import annotations

import re

from evidence.checks.forms.slips import CONFORMS, Respelling, Slip, SlipCheck
from evidence.compare.clean import clean, without_identifiers
from evidence.model.case import Case

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_OF_ACCESS = re.compile(
    r"accessed|retrieved|available|from|at|through|via|on|last|cited|viewed|visited|url|link|website|web|page|online|see"
    r"|https?|www|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)


def bare_url(text: str, case: Case) -> SlipCheck | None:
    """An address without a word of what it leads to."""
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

"""Where in a volume a work stands: pages from first to last, or an article number."""

from __future__ import annotations

import re

from evidence.csl import full_pages

_SINGLE_NUMBER = re.compile(
    r"""[eE]-?\d[\w.-]*          # e0212345, and e01234-20 of the American Society for Microbiology
      | 0\d{4}-\d{2}             # 01234-20, the same without its letter
      | [A-Za-z]{2}[\w.]*\d(?:\.pub\d+)?    # CD010410.pub3, dkaa123
      | \d{6,}                   # article numbers of Elsevier, Springer, BMC""",
    re.VERBOSE,
)
_RANGE_OF_E = re.compile(r"([eE])(\d+)-\1?(\d+)")
# A publisher's item identifier is no place in a volume, though PubMed prints it there.
_PII = re.compile(r"S?\d{4}-?\d{3}[\dX]\(?\d{2}\)?\d{5}-?[\dX]", re.IGNORECASE)

_INTERNAL = re.compile(r"\d{10,}")  # what Sage and others give a work that is in no issue yet


def located(pages: str, elocations: tuple[str, ...], *, in_volume: bool) -> tuple[str, str]:
    """Pages (first to last, ends completed) and article number; at least one of them is empty.

    An e-location counts only where the work has a volume or an issue: before, it is ahead of print and
    PubMed's number is the publisher's internal one.
    """
    pages = pages.strip().rstrip(".")
    if not in_volume and _INTERNAL.fullmatch(pages):
        return "", ""
    if pages:
        return ("", pages) if is_article_number(pages) else (full_pages(pages), "")
    numbers = (number for number in elocations if not _PII.fullmatch(number))
    return "", next(numbers, "") if in_volume else ""


def is_article_number(pages: str) -> bool:
    """Whether what stands in the place of pages is one article's number, hyphen or not."""
    if _is_range_of_e(pages):
        return False
    return bool(_SINGLE_NUMBER.fullmatch(pages))


def _is_range_of_e(pages: str) -> bool:
    """`e123-30`, `e1-e7`: pages of an electronic edition. `e01234-20` is none: its number has a leading zero."""
    match = _RANGE_OF_E.fullmatch(pages)
    return match is not None and not (match[2].startswith("0") and len(match[2]) == 5 and len(match[3]) == 2)

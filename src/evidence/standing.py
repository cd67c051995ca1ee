"""An article's standing: whether its record says that it is retracted, or that it is itself a notice.

In PubMed the *affected paper* carries the links whose names end in `In`, or the type Retracted
Publication; the *notice* carries `Of` and `For`, or its own type; the *corrected version* carries
`From`, and nothing is wrong with it. Links and types are united: links are the more reliable, but
either may be missing. Types are known by their MeSH unique id, and by their label where the id is
empty (NLM's own samples hold such). Floor 1: imports the model only.
"""

from __future__ import annotations

import re

from evidence.model.records import Article, NoticeLink

RETRACTED = "D016441"
RETRACTION_NOTICE = "D016440"
PUBLISHED_ERRATUM = "D016425"
CONCERN_NOTICE = "D000075742"

_LABELS = {
    RETRACTED: {"retracted publication"},
    RETRACTION_NOTICE: {"retraction notice", "retraction of publication"},
    PUBLISHED_ERRATUM: {"published erratum"},
    CONCERN_NOTICE: {"expression of concern"},
}
_RETRACTED_TITLE = re.compile(r"\W*retracted( (article|paper|publication))?\W*:", re.IGNORECASE)


def links(article: Article, *ref_types: str) -> tuple[NoticeLink, ...]:
    """The record's links of these types, in its order."""
    return tuple(link for link in article.notices if link.ref_type in ref_types)


def is_typed(article: Article, ui: str) -> bool:
    """Whether the record has this publication type (one of this module's)."""
    return any(t.ui == ui or (not t.ui and t.label.casefold() in _LABELS[ui]) for t in article.publication_types)


def is_retracted(article: Article) -> bool:
    """Whether the record says in any way that the article is retracted.

    A retraction linked to it always counts. The type, or a title that begins "Retracted:", does not
    on a retraction notice, which may bear the title or the type of what it retracts.
    """
    if links(article, "RetractionIn", "RetractedandRepublishedIn"):
        return True
    if is_typed(article, RETRACTION_NOTICE) or links(article, "RetractionOf"):
        return False
    return is_typed(article, RETRACTED) or is_marked_retracted(article.title)


def is_marked_retracted(title: str) -> bool:
    """Whether a title begins with the word of its retraction, as publishers mark it (`RETRACTED ARTICLE: …`)."""
    return _RETRACTED_TITLE.match(title) is not None

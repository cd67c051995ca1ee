"""Years of publication: print, electronic and MedlineDate years are all right."""

from __future__ import annotations

from evidence.compare.verdicts import Field, FieldComparison, Verdict, agrees, not_judged
from evidence.model.records import Article


def judge_year(printed: int | None, article: Article, *, located: bool) -> tuple[FieldComparison, int]:
    """Compare a printed year with the record's years, and say how far apart they are.

    `located`: volume and page agree, so that a year one less may be the electronic one.
    """
    if article.is_book or printed is None or not article.years:
        return not_judged(Field.YEAR), 0
    recorded = " or ".join(map(str, article.years))
    if printed in article.years:
        return agrees(Field.YEAR, str(printed), recorded), 0
    message = f"year differs: {printed} is printed, the record has {recorded}"
    if printed == min(article.years) - 1 and not article.has_article_date and located:
        message += " (possibly the year of electronic publication, which the record does not give)"
    apart = min(abs(printed - year) for year in article.years)
    return FieldComparison(Field.YEAR, Verdict.DIFFERS, str(printed), recorded, message=message), apart

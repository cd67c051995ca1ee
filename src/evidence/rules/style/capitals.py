"""STY007: capitals in an article's title: sentence case, by the record, which knows the proper names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz.distance import LCSseq

from evidence.matching.compare import WordSpans, word_spans
from evidence.matching.text import CleanText, clean
from evidence.model.identifiers import ARTICLES
from evidence.model.policy import HouseStyle, Severity
from evidence.model.records import Article
from evidence.model.rule import Lookup, Subject
from evidence.rules.case import Case
from evidence.rules.style.form import CONFORMS, STYLE_NAMES, Respelling, Slip, SlipCheck, style_rule

_SENTENCE_CASE = frozenset({HouseStyle.AMA, HouseStyle.NLM, HouseStyle.APA})
_OPENS = re.compile(r"[:.?!]\W*\Z")
_TELLING = 4  # letters of a word that a headline would capitalise in every style
_FEWEST = 2
_SHARE = 0.5
_SAME = 0.8  # of the words of a title that is surely the record's


@style_rule("STY007", "title-case", Severity.INFO, subject=Subject.CITATION, needs=Lookup.ANY, about=ARTICLES)
def title_case(text: str, case: Case) -> SlipCheck | None:
    """An article's title in headline style or in capitals.

    What it does:
        In AMA, NLM and APA reports a title most of whose words are capitalised that the record has in
        small letters. The record tells names from other words; where it is itself in capitals, nothing
        is judged.

    Why is this bad?
        These styles print articles' titles in sentence case; only journals and books have capitals.

    Example:
        Low-Dose Naltrexone for Disease Prevention and Quality of Life.

    Use instead:
        Low-dose naltrexone for disease prevention and quality of life.

    References:
        AMA Manual of Style, 11th edition, chapter 3; APA Publication Manual, 7th edition.
    """
    article, style = case.bibliography, case.policy.style
    if article is None or style not in _SENTENCE_CASE:
        return None
    words = word_spans(text, article)
    pairs = list(_pairs(words, article))
    telling = [(printed, own) for _, printed, own in pairs if len(own) >= _TELLING and own.islower()]
    if len(telling) < _FEWEST:
        return None
    raised = [printed for printed, _ in telling if printed[:1].isupper()]
    if len(raised) < len(telling) and (len(raised) <= _FEWEST or len(raised) < _SHARE * len(telling)):
        return CONFORMS
    if style is HouseStyle.APA:  # which has a capital after a colon
        pairs = [(at, printed, own) for at, printed, own in pairs if _OPENS.search(text[:at]) is None]
    edits = tuple(Respelling(at, at + len(printed), own) for at, printed, own in pairs if printed != own)
    in_capitals = sum(printed.isupper() for printed in raised) > len(raised) / 2
    how = "in capitals" if in_capitals else "in headline style"
    message = f"{STYLE_NAMES[style]} prints an article's title in sentence case; it is printed {how}"
    first = next(at for at, printed, own in pairs if printed != own)
    span = words.span(*words.segments.title) if words.segments.title else None
    if span is None:
        return SlipCheck((Slip("capitals", first, "", message, None, edits, f"titles {how}"),))
    pieces, at = [], span[0]
    for edit in edits:
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    better = "".join([*pieces, text[at : span[1]]])
    return SlipCheck((Slip("capitals", first, text[span[0] : span[1]], message, better, edits, f"titles {how}"),))


def _pairs(words: WordSpans, article: Article) -> Iterator[tuple[int, str, str]]:
    """Words of the printed title and the record's own, where they differ in nothing but capitals; with their places.

    None when another title than the record's first is printed: a German one has capitals of its own.
    """
    segments = words.segments
    if segments.title is None or not segments.title_agrees:
        return
    start, end = segments.title
    record = CleanText(clean(article.title.strip("[]")))
    steps = LCSseq.opcodes(segments.text.keys[start:end], record.keys)
    same = [step for step in steps if step.tag == "equal"]
    if sum(step.src_end - step.src_start for step in same) < _SAME * len(record):
        return
    for step in same:
        recorded = record.words[step.dest_start : step.dest_end]
        for at, own in zip(range(step.src_start, step.src_end), recorded, strict=True):
            span = words.spans[start + at]
            printed = words.printed[span[0] : span[1]] if span else ""
            if span and printed.casefold() == own.casefold():
                yield span[0], printed, own

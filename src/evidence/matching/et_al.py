"""The words of an author list that are for the authors who are not named, "et al.", in many languages."""

# ruff: noqa: RUF001 - letters of many scripts

from __future__ import annotations

from collections import defaultdict

from evidence.matching.text import CleanText

_PHRASES = """
    et al|et all|et alii|et alia|et alios|et als|etal|et coll|et col|et collab|et collaborateurs|et collègues
    et autres|et d autres|et ali|y col|y cols|y colaboradores|y colab|y otros|y otros autores|y otras|e col|e cols
    e colab|e colaboradores|e outros|e outras|e coll|e collaboratori|e altri|ed altri|e aut|i altres|i col|i cols
    eta beste|und Mitarb|und Mitarbeiter|und Mitarbeitende|u Mitarb|u a|u a m|und andere|und and|u and|und weitere
    und Kollegen|und Koll|u Koll|en anderen|en medewerkers|en medew|e a|e v a|en andre|m fl|mfl|med flera|med fl
    med medarb|och medarbetare|och medarb|o medarb|och andra|og medarb|og medarbejdere|og medarbeidere|og andre|o a
    o fl|og fl|og fleiri|ja muut|ja työtoverit|ja muud|ja kaasautorid|ym|jt|ir kt|ir bendraautoriai|un citi|u c
    i wsp|i współpr|i współpracownicy|i współaut|i współautorzy|i inni|i in|a kol|a kolektiv|a spol
    a spolupracovníci|a spoluautoři|a další|a ďalší|a iní|a jiní|a j|i sur|i suradnici|i sar|i saradnici|i drugi
    i dr|i ost|in sod|in sodelavci|in drugi|in dr|și colab|si colab|şi col|și colaboratorii|și alții|ş a|és mtsai
    és mts|és mtsa|és munkatársai|és társai|és társ|és mások|dhe të tjerë|dhe bp|ve ark|ve arkadaşları|ve diğerleri
    ve diğ|ve d|və b|və digərləri|и др|и другие|и соавт|и соавторы|и соавторами|и сотр|и сотрудники|с соавт
    с соавторами|та ін|та інші|та співавт|й ін|і ін|і інш|і інші|и колл|и съавт|и сътр|и сор|и сар|и други|και συν
    και συνεργάτες|και άλλοι|κ ά|κ συν|κ α|等|等人|等著|他|ほか|ら
    等ら|외|외 0인|외 0명|등|和其他|及其他|ואח|ואחרים|ועמיתים|وآخرون|وآخرین
    و آخرون|وزملاؤه|و همکاران|وهمکاران|و دیگران|dkk|dan lain lain|dan kawan kawan|et rekan|và cộng sự|và cs|và ctv
    cs|na wenzake|और अन्य|et medarbejdere|et Mitarb|et socii|et sociis|et cetera
    un c|un līdzaut|un līdzautori|o fl|ועמ|եւ ուրիշներ|և ուրիշներ|և այլք|և ուր|და სხვ|და სხვები|และคณะ|และคนอื่นๆ
    cùng cộng sự|và những người khác|dan rakan rakan|ac eraill|i altres|e outros autores|etj|ir kiti|және т б
    এবং অন্যান্য|وغیرہ|og flere|og medforfattere|at iba pa|en anderen|et autres auteurs
"""
_NOUNS = frozenset(
    """
    others more colleagues collaborators associates coworkers coauthors authors contributors workers investigators
    researchers team al other coll coinvestigators group
    """.split()  # noqa: SIM905 - a list of words
)
"""What follows "and", "&", "+" or a number: "and colleagues", "3 more"."""
_OF_GROUPS = frozenset(["collaborators", "group", "investigators", "researchers", "team"])
_BEFORE_NOUNS = frozenset(["other", "others", "more", "additional", "further", "the", "his", "her", "their", "co"])
_NUMBERS = frozenset(
    "two three four five six seven eight nine ten eleven twelve several many some".split()  # noqa: SIM905 - as above
)
_SHORT = 2
_ADDED = ("&", "+")


def _phrases() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The phrases as keys of words, by their first word, the longest first."""
    by_first: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for phrase in _PHRASES.replace("\n", "|").split("|"):
        keys = tuple(CleanText(phrase.strip()).keys)
        if keys:
            by_first[keys[0]].add(keys)
    return {first: tuple(sorted(phrases, key=len, reverse=True)) for first, phrases in by_first.items()}


_BY_FIRST = _phrases()


def others_end(text: CleanText, at: int, end: int) -> int | None:
    """The word after the "et al", "y cols." or "and 5 others" that is printed here; None when none is."""
    if at >= end:
        return None
    found = _phrase_end(text, at, end)
    if found is None:
        found = _counted_end(text, at, end)
    if found is not None and found < end and "(" in text.before(found) and text.keys[found].isdigit():
        # a number of authors in brackets
        return next((n for n in range(found + 2, min(end, found + 3) + 1) if ")" in text.before(n)), found)
    return found


def _phrase_end(text: CleanText, at: int, end: int) -> int | None:
    keys = text.keys
    start = at if keys[at] else at + 1  # "and et al."
    for phrase in _BY_FIRST.get(keys[start], ()) if start < end else ():
        if tuple(keys[start : start + len(phrase)]) == phrase and start + len(phrase) <= end:
            # Letters in capitals are initials: "Smith E, Altri B", "Smith E. A." and "Smith MFL" are names.
            words = zip(phrase, text.words[start : start + len(phrase)], strict=True)
            if phrase[0] == "et" or all(
                word == word.lower() for key, word in words if len(key) <= _SHORT or len(phrase) == 1
            ):
                return start + len(phrase)
    return None


def _counted_end(text: CleanText, at: int, end: int) -> int | None:
    """As `others_end`, for what English counts: "and colleagues", "& others", "3 more", "+ 5 authors"."""
    keys = text.keys
    joined = not keys[at] or keys[at] in {"plus", "und", "with"} or any(mark in text.before(at) for mark in _ADDED)
    start = at + 1 if not keys[at] or keys[at] in {"plus", "und", "with"} else at
    if start < end and (keys[start].isdigit() or keys[start] in _NUMBERS):
        if start + 1 < end and keys[start + 1] in _OF_GROUPS and not joined and text.before(at).isspace():
            return None  # "UKPDS 34 Investigators"
        joined, start = True, start + 1
    if not joined:
        return None
    counted = start
    while start < end and keys[start] in _BEFORE_NOUNS:
        start += 1
    if start < end and keys[start] in _NOUNS and text.words[start] != "Al":  # "& Al-Balushi" is a name
        return start + 1
    if start > counted and keys[start - 1] == "co" and not _goes_on(text, start, end):
        return start  # "Smith J & co."
    return start if start > counted and keys[start - 1] in _NOUNS else None


def _goes_on(text: CleanText, at: int, end: int) -> bool:
    """Whether the name before this word goes on with it: "& Co A" is an author."""
    return at < end and text.before(at).isspace() and text.words[at - 1][0].isupper() and text.words[at].isupper()

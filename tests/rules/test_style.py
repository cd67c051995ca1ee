"""STY001 to STY008 on made-up citations: what is reported, what is proposed, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from evidence.library.layout import Edit, apply_edits
from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.outcomes import Found
from evidence.model.policy import HouseStyle, Policy, Severity
from evidence.model.records import Article, Author, Journal, Page
from evidence.model.rule import Finding
from evidence.rules.case import Beside, Case
from evidence.rules.style import RULES, Respelling, Slip, merge_common
from factories import PMID, TODAY, URL, answer, case, reference

NAMES = ("Winter J", "Nord N", "Frost AB", "Snow C", "Hale D", "Sleet E", "Rime F")
SOCKS = Journal("The journal of winter medicine", "J. Winter Med.", "J Winter Med")
TITLE = "Warm socks for cold feet in Lapland: a crossover trial of daily warmth."


def authors(number: int) -> tuple[Author, ...]:
    return tuple(Author(name.split()[0], name.split()[1], name.split()[1]) for name in NAMES[:number])


def record(people: int = 2, title: str = TITLE) -> Article:
    return Article(
        PMID,
        title,
        authors=authors(people),
        journal=SOCKS,
        issued=PartialDate(2013),
        years=(2013,),
        volume="65",
        issue="2",
        pages="529-38",
    )


def cited(names: str = "Winter J, Nord N.", title: str = TITLE, tail: str = "J Winter Med. 2013;65(2):529-538.") -> str:
    return f"{names} {title} {tail}"


def of_article(
    text: str, article: Article | None = None, style: HouseStyle = HouseStyle.AMA, texts: Sequence[str] = ()
) -> Case:
    answers = () if article is None else (answer(PMID, Found(article)),)
    made = case(reference(PMID, cited_as=text), *answers, policy=Policy(style=style))
    return replace(made, beside=Beside(texts or (text,)))


def of_page(text: str, style: HouseStyle = HouseStyle.AMA, title: str = "") -> Case:
    page = answer(URL, Found(Page(URL, 200, URL.value, title=title)))
    return case(reference(URL, cited_as=text), page, policy=Policy(style=style))


BY_CODE = {rule.code: rule for rule in RULES}


def slips(code: str, judged: Case) -> list[Slip]:
    return list(BY_CODE[code].slips(judged.reference.cited_as or "", judged))


def fixed(text: str, edits: Sequence[Respelling]) -> str:
    return apply_edits(text, [Edit(one.start, one.end, one.text) for one in edits])


def better(code: str, judged: Case) -> str:
    """The citation as it would be with the rule's only slip corrected; then the rule has nothing to say any more."""
    text = judged.reference.cited_as or ""
    [slip] = slips(code, judged)
    new = fixed(text, slip.edits)
    assert BY_CODE[code].slips(new, judged) == ()
    return new


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_is_documented_and_no_error(rule) -> None:
    assert rule.severity < Severity.ERROR
    sections = ("What it does:", "Why it matters:", "Example:", "What to do:", "References:")
    assert all(section in rule.doc for section in sections)
    assert rule.needs_lookup is (rule.code in {"STY004", "STY006", "STY007"})


@pytest.mark.parametrize("people", [1, 2, 6])
def test_a_citation_in_the_house_style_has_no_slip(people: int) -> None:
    judged = of_article(cited(", ".join(NAMES[:people]) + "."), record(people))
    assert [code for code in BY_CODE if slips(code, judged)] == []


def test_a_dash_among_hyphens_is_reported_at_its_place() -> None:
    text = cited(tail="J Winter Med. 2013;65(2):529\u2013538.")
    judged = of_article(text, texts=[text, cited()])
    [slip] = slips("STY001", judged)
    assert (text[slip.at], slip.better) == ("\u2013", "529-538")
    assert fixed(text, slip.edits) == cited()


@pytest.mark.parametrize("dash", ["-", "\u2013"])
def test_a_list_with_one_kind_of_dash_is_left_alone(dash: str) -> None:
    text = cited(tail=f"J Winter Med. 2013;65(2):529{dash}538.")
    assert slips("STY001", of_article(text, texts=[text] * 9)) == []


def test_what_nearly_all_ranges_have_is_kept_whatever_the_style() -> None:
    dashed, hyphened = (cited(tail=f"J Winter Med. 2013;65(2):529{dash}538.") for dash in "\u2013-")
    texts = [dashed] * 9 + [hyphened]
    assert slips("STY001", of_article(dashed, texts=texts)) == []
    assert [slip.better for slip in slips("STY001", of_article(hyphened, texts=texts))] == ["529\u2013538"]


@pytest.mark.parametrize(
    "text",
    [
        "Nord N. Doses of 1.5\u20134.5 mg in adults aged 18\u201365 years: a trial. J Winter Med. 2013;65(2):529-538.",
        "Nord N. Winters of 1990\u20132000. https://example.org/1\u20132",
        "Nord N. Winters in Lapland: 1990\u20132000. J Winter Med. 2013;65(2):00108\u20132021.",
    ],
)
def test_a_range_that_is_no_page_range_is_none(text: str) -> None:
    assert slips("STY001", of_article(text, texts=[text, cited()])) == []


@pytest.mark.parametrize(
    ("written", "right"),
    [
        (
            "Winter J, et al.\u201cWarm socks.\u201d J Winter Med.",
            "Winter J, et al. \u201cWarm socks.\u201d J Winter Med.",
        ),
        ('Winter J."Warm socks." J Winter Med.', 'Winter J. "Warm socks." J Winter Med.'),
        ("Winter J. \u201cWarm socks.\u201dJ Winter Med.", "Winter J. \u201cWarm socks.\u201d J Winter Med."),
        ("Winter J. Warm socks for cold.Journal of Winter.", "Winter J. Warm socks for cold. Journal of Winter."),
        ("Winter J. Warm socks. J Winter Med.2013;65:5.", "Winter J. Warm socks. J Winter Med. 2013;65:5."),
        ("Winter J. Warm  socks.   J Winter Med.", "Winter J. Warm socks. J Winter Med."),
        ("Winter J , Nord N . Warm socks.", "Winter J, Nord N. Warm socks."),
        (
            "Winter J. Warm socks. J Winter Med. 2013; 65 (2): 529.",
            "Winter J. Warm socks. J Winter Med. 2013;65(2):529.",
        ),
    ],
)
def test_a_slip_of_spacing_is_fixed(written: str, right: str) -> None:
    assert better("STY002", of_article(written)) == right


@pytest.mark.parametrize(
    "text",
    [
        "Winter J.A. Warm socks, vs. none, in the U.S.A. (e.g. Lapland). doi:10.1000/a.Bcd.Efg https://x.org/a.Bcd",
        "Weather.gov and ClinicalTrials.Gov: Warm socks. J Winter Med. 2009 Dec;Suppl 2:S1-5.",
        "Winter J. Warm socks ... and cold feet. mail@winter.Org",
        "Winter J. Titled \u201cWarm socks\u201d: a review. J Winter Med. 2013;65:1.",
    ],
)
def test_points_inside_words_and_addresses_need_no_space(text: str) -> None:
    assert slips("STY002", of_article(text)) == []


def test_what_the_record_itself_spells_so_is_no_slip() -> None:
    title = "Effects of wool , glycine and Health.Data on socks"
    assert slips("STY002", of_article(cited(title=f"{title}."), record(title=f"{title}."))) == []
    assert len(slips("STY002", of_article(cited(title=f"{title}.")))) == 2


def test_spaces_inside_the_numbers_are_another_styles_way() -> None:
    text = "Winter J. Warm socks. J Winter Med. 2013; 65 (2): 529."
    assert slips("STY002", of_article(text, style=HouseStyle.APA)) == []
    assert [slip.severity for slip in slips("STY002", of_article(text))] == [Severity.INFO]


@pytest.mark.parametrize("marks", ["\u201c{}\u201d", '"{}"'])
@pytest.mark.parametrize("known", [True, False])
def test_quotation_marks_round_a_title_go(marks: str, known: bool) -> None:
    judged = of_article(cited(title=marks.format(TITLE)), record() if known else None)
    assert better("STY003", judged) == cited()


def test_a_point_after_the_marks_stays_the_only_one() -> None:
    text = cited(title=f"\u201c{TITLE[:-1]}\u201d.")
    assert better("STY003", of_article(text, record())) == cited()


@pytest.mark.parametrize(
    "title",
    [
        "The \u201cwarm socks\u201d question in Lapland: a crossover trial.",
        "\u201cDoctor, are my socks warm enough?\u201d: a study of feet.",
    ],
)
def test_quoted_words_within_a_title_stay(title: str) -> None:
    assert slips("STY003", of_article(cited(title=title), record(title=title))) == []
    assert slips("STY003", of_article(cited(title=title))) == []


def test_a_title_that_the_record_quotes_keeps_its_marks() -> None:
    title = '"Warm socks for cold feet in Lapland."'
    assert slips("STY003", of_article(cited(title=title), record(title=title))) == []


def test_chicago_prints_quotation_marks() -> None:
    text = cited(title=f"\u201c{TITLE}\u201d")
    assert slips("STY003", of_article(text, record(), HouseStyle.CHICAGO)) == []


@pytest.mark.parametrize(
    ("style", "people", "printed", "right"),
    [
        ("ama", 6, "Winter J, Nord N, et al.", "Winter J, Nord N, Frost AB, Snow C, Hale D, Sleet E."),
        ("ama", 7, "Winter J, et al.", "Winter J, Nord N, Frost AB, et al."),
        ("ama", 7, ", ".join(NAMES) + ".", "Winter J, Nord N, Frost AB, et al."),
        ("ama", 7, "Winter J, Nord N, Frost AB, Snow C, et al.", "Winter J, Nord N, Frost AB, et al."),
        ("ama", 7, "Winter J, Nord N, Frost AB et al.", "Winter J, Nord N, Frost AB, et al."),
        ("ama", 7, "Winter J, Nord N, Frost AB, et. al.", "Winter J, Nord N, Frost AB, et al."),
        ("nlm", 7, "Winter J, Nord N, et al.", "Winter J, Nord N, Frost AB, Snow C, Hale D, Sleet E, et al."),
        ("ama", 4, "Winter J, Nord N.", "Winter J, Nord N, Frost AB, Snow C."),
        ("ama", 7, "Winter J.", "Winter J, Nord N, Frost AB, et al."),
    ],
)
def test_a_list_of_authors_becomes_the_styles(style: str, people: int, printed: str, right: str) -> None:
    judged = of_article(cited(printed), record(people), HouseStyle(style))
    assert better("STY004", judged) == cited(right)


@pytest.mark.parametrize(
    ("style", "people", "printed"),
    [
        ("ama", 7, "Winter J, Nord N, Frost AB, et al."),
        ("nlm", 7, "Winter J, Nord N, Frost AB, et al."),
        ("nlm", 7, ", ".join(NAMES) + "."),
        ("nlm", 7, ", ".join(NAMES[:6]) + ", et al."),
        ("apa", 7, ", ".join(NAMES) + "."),
        ("chicago", 7, "Winter J, et al."),
        ("none", 7, "Winter J, et al."),
        ("ama", 6, "Winter J, Nord N, Stranger X, et al."),
    ],
)
def test_a_right_list_and_one_that_is_not_understood_are_left_alone(style: str, people: int, printed: str) -> None:
    assert slips("STY004", of_article(cited(printed), record(people), HouseStyle(style))) == []


def test_a_list_that_just_stops_is_a_warning_in_every_style() -> None:
    for style in HouseStyle:
        [slip] = slips("STY004", of_article(cited("Winter J, Nord N."), record(5), style))
        assert slip.severity is Severity.WARNING
        assert "stops after 2 of 5" in slip.message


def test_a_group_may_be_the_seventh_author() -> None:
    six = record(6)
    with_group = replace(six, authors=(*six.authors, Author(collective="WARM Study Group")))
    assert slips("STY004", of_article(cited("Winter J, Nord N, Frost AB, et al."), with_group)) == []


def test_a_record_whose_own_list_is_cut_proves_nothing() -> None:
    cut = replace(record(2), authors_complete=False)
    assert slips("STY004", of_article(cited("Winter J, et al."), cut)) == []


def test_without_a_record_nobody_knows_how_many_authors_there_are() -> None:
    judged = of_article(cited("Winter J, et al."))
    assert [code for code in ("STY004", "STY006", "STY007") if slips(code, judged)] == []


@pytest.mark.parametrize(
    ("style", "written", "right"),
    [
        (
            "ama",
            "Sock Trust (patients' reports): accessed August 2025 through: https://x.org",
            "Sock Trust (patients' reports). Accessed August 2025. https://x.org",
        ),
        (
            "ama",
            "Sock Trust. Socks. (accessed 14 Aug 2025). https://x.org",
            "Sock Trust. Socks. Accessed August 14, 2025. https://x.org",
        ),
        (
            "ama",
            "Sock Trust. Retrieved August 14, 2025, from https://x.org",
            "Sock Trust. Accessed August 14, 2025. https://x.org",
        ),
        (
            "ama",
            "Sock Trust. https://x.org. Accessed August 14, 2025.",
            "Sock Trust. Accessed August 14, 2025. https://x.org",
        ),
        (
            "ama",
            "Sock Trust. Available at: https://x.org/ (last visited 2025-08-14).",
            "Sock Trust. Accessed August 14, 2025. https://x.org/",
        ),
        (
            "nlm",
            "Sock Trust. Accessed August 14, 2025. https://x.org",
            "Sock Trust. [cited 2025 Aug 14]. Available from: https://x.org",
        ),
        (
            "apa",
            "Sock Trust. Accessed August 2025. https://x.org",
            "Sock Trust. Retrieved August 2025, from https://x.org",
        ),
    ],
)
def test_a_date_of_access_is_put_into_the_styles_words(style: str, written: str, right: str) -> None:
    assert better("STY005", of_page(written, HouseStyle(style))) == right


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("ama", "Sock Trust. Socks. Accessed August 14, 2025. https://x.org"),
        ("ama", "Sock Trust. Socks. Accessed August 2025. https://x.org"),
        ("nlm", "Sock Trust. Socks [Internet]. 2020 [cited 2025 Aug 14]. Available from: https://x.org"),
        ("apa", "Sock Trust. Socks. Retrieved August 14, 2025, from https://x.org"),
        ("chicago", "Sock Trust. \u201cSocks.\u201d Accessed August 14, 2025. https://x.org."),
        ("none", "Sock Trust: accessed August 2025 through: https://x.org"),
        ("ama", "Nord N. Access to 2025 socks: an accessed-and-cited study. J Winter Med. 2013;65(2):529-538."),
    ],
)
def test_the_styles_own_words_are_left_alone(style: str, text: str) -> None:
    assert slips("STY005", of_page(text, HouseStyle(style))) == []


def test_a_date_that_can_be_read_in_two_ways_is_not_rewritten() -> None:
    [slip] = slips("STY005", of_page("Sock Trust. https://x.org (accessed 10/11/2008)."))
    assert slip.edits == ()


@pytest.mark.parametrize(
    ("style", "written", "right"),
    [
        ("ama", "Journal of Winter Medicine", "J Winter Med"),
        ("ama", "The Journal of Winter Medicine", "J Winter Med"),
        ("ama", "J. Winter Med", "J Winter Med"),
        ("ama", "J Wint Medicine", "J Winter Med"),
        ("nlm", "Journal of Winter Medicine", "J Winter Med"),
        ("apa", "J Winter Med", "The Journal of Winter Medicine"),
    ],
)
def test_a_journal_gets_the_styles_name(style: str, written: str, right: str) -> None:
    judged = of_article(cited(tail=f"{written}. 2013;65(2):529-538."), record(), HouseStyle(style))
    assert better("STY006", judged) == cited(tail=f"{right}. 2013;65(2):529-538.")


def test_another_journal_is_a_matter_of_content() -> None:
    judged = of_article(cited(tail="Lancet. 2013;65(2):529-538."), record())
    assert slips("STY006", judged) == []


def test_a_title_in_headline_style_gets_the_records_capitals() -> None:
    headline = "Warm Socks for Cold Feet in Lapland: A Crossover Trial of Daily Warmth."
    assert better("STY007", of_article(cited(title=headline), record())) == cited()
    assert better("STY007", of_article(cited(title=TITLE.upper()), record())) == cited()


@pytest.mark.parametrize(
    ("printed", "own"),
    [
        ("Warm socks for cold feet in Lapland: A crossover trial of daily warmth.", TITLE),
        (TITLE.upper(), TITLE.upper()),
        ("Warm Socks for Cold Feet.", "Warm Socks for Cold Feet."),
        (
            "Warm socks and Crohn Disease in Lapland: a trial of warmth.",
            "Warm socks and Crohn disease in Lapland: a trial of warmth.",
        ),
    ],
)
def test_a_single_capital_and_a_record_in_capitals_are_left_alone(printed: str, own: str) -> None:
    assert slips("STY007", of_article(cited(title=printed), record(title=own))) == []


def test_apa_keeps_the_capital_after_a_colon() -> None:
    headline = "Warm Socks for Cold Feet in Lapland: A Crossover Trial of Daily Warmth."
    right = "Warm socks for cold feet in Lapland: A crossover trial of daily warmth."
    assert better("STY007", of_article(cited(title=headline), record(), HouseStyle.APA)) == cited(title=right)


def test_an_address_alone_is_reported_with_the_pages_title() -> None:
    judged = of_page("https://charity.example/naltrexone. Accessed August 14, 2025.", title="Socks for all")
    [slip] = slips("STY008", judged)
    assert slip.better == "Socks for all. https://charity.example/naltrexone. Accessed August 14, 2025."
    assert slips("STY008", of_page("Sock Trust. https://charity.example/naltrexone")) == []


def test_a_record_of_another_work_says_nothing_of_the_form() -> None:
    other = replace(
        record(6, "Cold hands and mittens: an unrelated survey of fingers."), authors=(Author("Stranger", "X", "X"),)
    )
    judged = of_article(cited("Winter J, et al."), other)
    assert [code for code in ("STY004", "STY006", "STY007") if slips(code, judged)] == []


def test_an_endless_citation_is_passed_over_at_once() -> None:
    assert slips("STY002", of_article("et al.\u201cx " * 20_000)) == []


class InMonograph:
    """An entry of a monograph's list, all on one line."""

    def __init__(self, text: str) -> None:
        self.text = text

    def place(self, offset: int) -> Place:
        return Place("monograph.txt", 70, offset + 6)


def both(text: str, printed: str) -> list[Finding]:
    made = of_article(text, record())
    made = replace(made, beside=Beside((text,), {"entry": InMonograph(printed)}))
    return [finding for rule in RULES for finding in rule.findings(made)]


def test_a_slip_in_both_is_reported_once_with_its_place_in_the_monograph() -> None:
    slipped = cited(title=f"\u201c{TITLE}\u201d")
    [finding] = both(slipped, slipped)
    assert "monograph.txt:70:24" in finding.message
    assert (finding.printed, finding.place.path) == (None, "references.yaml")


def test_a_slip_of_the_monograph_alone_is_there() -> None:
    [finding] = both(cited(), cited(title=f"\u201c{TITLE}\u201d"))
    assert finding.printed == Place("monograph.txt", 70, 24)
    assert finding.reference == "entry"


def made_list(texts: Sequence[str], people: int = 2) -> Iterator[tuple[Case, list[Finding]]]:
    for number, text in enumerate(texts):
        made = of_article(text, record(people), texts=texts)
        made = replace(made, reference=replace(made.reference, id=f"entry-{number}"))
        yield made, [finding for rule in RULES for finding in rule.findings(made)]


def list_findings(texts: Sequence[str], people: int = 2) -> list[Finding]:
    judged = list(made_list(texts, people))
    return list(merge_common([finding for _, found in judged for finding in found], [made for made, _ in judged]))


def test_what_an_entire_list_has_is_reported_once() -> None:
    quoted = cited(title=f"\u201c{TITLE}\u201d")
    [finding] = list_findings([quoted] * 9 + [cited()])
    assert "the same in 9 citations of the list" in finding.message


def test_what_half_a_list_has_is_reported_for_each() -> None:
    quoted = cited(title=f"\u201c{TITLE}\u201d")
    assert len(list_findings([quoted] * 6 + [cited()] * 6)) == 6


def test_a_list_that_prints_all_authors_is_reported_once_though_most_citations_have_few() -> None:
    few = [(cited(), 2)] * 20
    many = [(cited(", ".join(NAMES) + "."), 7)] * 6
    judged = [next(made_list([text], people)) for text, people in few + many]
    cases = [replace(made, reference=replace(made.reference, id=str(at))) for at, (made, _) in enumerate(judged)]
    findings = [finding for made in cases for rule in RULES for finding in rule.findings(made)]
    assert len(findings) == 6
    assert len(list(merge_common(findings, cases))) == 1


def test_the_day_does_not_matter() -> None:
    slipped = of_article(cited(title=f"\u201c{TITLE}\u201d"), record())
    later = replace(slipped, today=TODAY.replace(year=2030))
    prints = [[f.fingerprint for rule in RULES for f in rule.findings(made)] for made in (slipped, later)]
    assert prints[0] == prints[1] != []

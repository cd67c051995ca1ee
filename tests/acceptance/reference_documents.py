"""Documents whose reference lists are known: invented works, printed in many styles, laid out in many ways.

Everything is made from the small specifications here; nothing is read from a file and no reader of the product is used,
so that what a document holds is known from how it was made. `FORMATS` makes them, in five formats.
"""

# ruff: noqa: E501, RUF001 - markup and references are easier to read on one line; letters as they are printed

from __future__ import annotations

import html
import io
import random
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pdf_files import PdfFile, width_of

# Works that are cited

FAMILIES = (
    "Adler", "Boone", "Castellanos", "Dvořák", "Eskildsen", "Fontaine", "García-Moreno", "Hughes", "Ivanova", "Jäger",
    "Kowalski", "Lindqvist", "McAllister", "Nakamura", "O'Brien", "Petersen", "Quist", "Rossi", "Schälte", "Tanaka",
    "Ueda", "van Runnard Heimel", "Weiß", "Xu", "Yılmaz", "Zeller", "de Groot", "von Berg", "van der Meer", "d'Angelo",
    "St. John", "Li", "Ng", "Al-Hamadi", "El Sayed", "ter Horst", "Müller-Lüdenscheidt", "Ó Briain",
)  # fmt: skip
GIVEN = (
    "Anna Maria", "Björn", "Chen", "Diego", "Elena", "François", "Grace", "Hans-Peter", "Ilse", "Jonas", "Kiyoshi",
    "Laura J.", "Mohammed", "Nina", "Oliver T.", "Priya", "Quentin", "Rosa", "Søren", "Thomas W.",
)  # fmt: skip
SUBJECTS = (
    "Low-dose examplinib", "Examplinib versus placebo", "Long-term safety of examplinib", "Once-daily synthetamab",
    "5-Exampluracil", "Is examplinib effective?", "β-Sampline and α-blockade", "The pharmacokinetics of synthetamab",
    "1,25-Dihydroxysampline", "Effect of food on examplinib (EX-101)", "COVID-19 and synthetamab", "Dose–response of EX-7",
)  # fmt: skip
ENDS = (
    "for the treatment of synthetic pain: a randomised, double-blind trial",
    "in adults with moderate-to-severe examplitis",
    "in children and adolescents: results of a 52-week, open-label extension",
    "during pregnancy and lactation. A systematic review and meta-analysis",
    "in patients with end-stage renal disease: the EXAMPLE-2 study",
    "and CYP3A4 inhibitors: drug-drug interactions in healthy volunteers",
    "in the elderly: what should we tell our patients?",
)
JOURNALS = (
    ("J Ex Med", "Journal of Example Medicine"), ("Ann Test", "Annals of Testing"), ("N Engl J Samples", "New England Journal of Samples"),
    ("Eur J Synth Pharmacol", "European Journal of Synthetic Pharmacology"), ("Z Beispiel", "Zeitschrift für Beispiele"),
    ("Lancet Examples", "The Lancet Examples"), ("Invented Res (Camb)", "Invented Research (Cambridge)"), ("BMC Sample Med", "BMC Sample Medicine"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """An invented article."""

    authors: tuple[tuple[str, str], ...]
    title: str
    journal: tuple[str, str]
    year: int
    volume: int
    issue: int
    first: int
    last: int
    doi: str
    pmid: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A reference as it is printed, the identifiers that it carries, and how a text names it (`Adler et al. 2001`)."""

    text: str
    identifiers: tuple[str, ...] = ()
    named: str = ""


def works(seed: int, number: int) -> list[Work]:
    """Invented articles, no two alike, no two of one first author and year."""
    chance = random.Random(seed)
    made: list[Work] = []
    for at in range(number):
        people = tuple(
            (family, chance.choice(GIVEN)) for family in chance.sample(FAMILIES, chance.choice((1, 2, 3, 4, 7)))
        )
        year, volume, first = 1985 + (seed * 3 + at * 7) % 40, chance.randint(2, 390), chance.randint(1, 1800)
        made.append(
            Work(
                people,
                f"{chance.choice(SUBJECTS)} {chance.choice(ENDS)}",
                chance.choice(JOURNALS),
                year,
                volume,
                chance.randint(1, 12),
                first,
                first + chance.randint(2, 15),
                chance.choice(
                    (
                        f"10.1000/jem.{year}.{seed:02d}{at:03d}",
                        f"10.1016/s0140-6736({year % 100:02d}){seed:02d}{at:03d}-{at % 9}",
                        f"10.1111/j.1365-{seed:04d}.{year}.{at:05d}.x",
                        f"10.1007/s{40000 + seed}-0{year % 100:02d}-{at:04d}-{at % 7}",
                        f"10.1371/journal.pone.{seed:03d}{at:04d}",
                        f"10.1002/(sici)1097-{seed:04d}(19981{at % 9})12:3<{first}::aid-ex{at}>3.0.co;2-{'abhkz'[at % 5]}",
                        f"10.1093/ex_med/dk{seed:02d}{at:03d}",
                    )
                ),
                str(91_000_000 + 1000 * seed + at),
            )
        )
    return made


def initials(given: str, dot: str = "", between: str = "") -> str:
    """`Hans-Peter` as H-P, with what an initial is followed by."""
    return between.join("-".join(part[0] + dot for part in name.split("-")) for name in re.findall(r"[^\s.]+", given))


def named(work: Work, form: str = "{} {}") -> str:
    """As a text cites it by name: one name, two with `and`, or the first with `et al.`."""
    people = [family for family, _ in work.authors]
    who = people[0] if len(people) == 1 else " and ".join(people) if len(people) == 2 else f"{people[0]} et al."
    return form.format(who, work.year)


def page_range(work: Work, dash: str = "-") -> str:
    """First and last page, the last one without the digits that are the same."""
    first, last = str(work.first), str(work.last)
    same = next((at for at, (one, two) in enumerate(zip(first, last, strict=False)) if one != two), 0)
    return f"{first}{dash}{last[same:] if len(first) == len(last) else last}"


def vancouver(work: Work, at: int = 0) -> Printed:
    """NLM's style: six names at most, abbreviated journal, identifiers of several forms."""
    people = [f"{family} {initials(given)}" for family, given in work.authors]
    who = ", ".join(people[:6]) + (", et al" if len(people) > 6 else "")
    text = f"{who}. {work.title}. {work.journal[0]}. {work.year};{work.volume}({work.issue}):{page_range(work)}."
    text, identifiers = [
        (text, ()),
        (f"{text} doi: {work.doi}", ("doi:" + work.doi,)),
        (f"{text} PMID: {work.pmid}", ("pmid:" + work.pmid,)),
        (f"{text} https://doi.org/{work.doi}", ("doi:" + work.doi,)),
        (f"{text} doi:{work.doi}. PMID: {work.pmid}.", ("doi:" + work.doi, "pmid:" + work.pmid)),
        (f"{text} https://pubmed.ncbi.nlm.nih.gov/{work.pmid}/", ("pmid:" + work.pmid,)),
        (f"{text} PMID: {work.pmid}; PMCID: PMC{work.pmid[1:]}.", ("pmid:" + work.pmid, f"pmcid:PMC{work.pmid[1:]}")),
    ][at % 7]
    return Printed(re.sub(r"([?!])\.", r"\1", text), identifiers, named(work))


def ama(work: Work, at: int = 0) -> Printed:
    """AMA: three names, `et al.`; the DOI at the end."""
    people = [f"{family} {initials(given)}" for family, given in work.authors]
    who = ", ".join(people[:3] if len(people) > 6 else people) + (", et al" if len(people) > 6 else "")
    doi = f" doi:{work.doi}" if at % 2 else ""
    text = f"{who}. {work.title}. {work.journal[0]}. {work.year};{work.volume}({work.issue}):{work.first}-{work.last}.{doi}"
    return Printed(re.sub(r"([?!])\.", r"\1", text), ("doi:" + work.doi,) if doi else (), named(work))


def apa(work: Work, at: int = 0) -> Printed:
    """APA 7: `Adler, A. M., & Boone, B. (2001).`"""
    people = [f"{family}, {initials(given, '.', ' ')}" for family, given in work.authors]
    who = people[0] if len(people) == 1 else ", ".join(people[:-1]) + ", & " + people[-1]
    doi = f" https://doi.org/{work.doi}" if at % 3 else ""
    text = f"{who} ({work.year}). {work.title}. {work.journal[1]}, {work.volume}({work.issue}), {work.first}–{work.last}.{doi}"
    return Printed(re.sub(r"([?!])\.", r"\1", text), ("doi:" + work.doi,) if doi else (), named(work))


def chicago(work: Work, at: int = 0) -> Printed:
    """Chicago, author-date: whole given names, the title in quotation marks."""
    (family, given), others = work.authors[0], [f"{given} {family}" for family, given in work.authors[1:]]
    who = f"{family}, {given}" + (
        ""
        if not others
        else f", and {others[0]}"
        if len(others) == 1
        else f", {', '.join(others[:-1])}, and {others[-1]}"
    )
    doi = f" https://doi.org/{work.doi}." if at % 2 else ""
    dot = "" if who.endswith(".") else "."
    text = f"{who}{dot} {work.year}. “{work.title}.” {work.journal[1]} {work.volume} ({work.issue}): {page_range(work, '–')}.{doi}"
    return Printed(text.replace("?.”", "?”"), ("doi:" + work.doi,) if doi else (), named(work))


def harvard(work: Work, at: int = 0) -> Printed:
    """Harvard: the year bare after the names, `pp.` before the pages."""
    people = [f"{family}, {initials(given, '.')}" for family, given in work.authors]
    who = people[0] if len(people) == 1 else ", ".join(people[:-1]) + " and " + people[-1]
    doi = f" Available at: https://doi.org/{work.doi}" if at % 2 else ""
    text = f"{who}, {work.year}. {work.title}. {work.journal[1]}, {work.volume}({work.issue}), pp.{work.first}-{work.last}.{doi}"
    return Printed(re.sub(r"([?!])\.", r"\1", text), ("doi:" + work.doi,) if doi else (), named(work))


def ieee(work: Work, at: int = 0) -> Printed:
    """IEEE: initials first, the title in quotation marks."""
    people = [f"{initials(given, '.', ' ')} {family}" for family, given in work.authors]
    who = people[0] if len(people) == 1 else ", ".join(people[:-1]) + " and " + people[-1]
    doi = f", doi: {work.doi}" if at % 2 else ""
    text = f"{who}, “{work.title},” {work.journal[0]}, vol. {work.volume}, no. {work.issue}, pp. {work.first}–{work.last}, {work.year}{doi}."
    return Printed(text, ("doi:" + work.doi,) if doi else (), named(work))


def nature(work: Work, _: int = 0) -> Printed:
    """Nature: `Adler, A. M. et al.`, the year last."""
    people = [f"{family}, {initials(given, '.', ' ')}" for family, given in work.authors]
    who = (
        f"{people[0]} et al."
        if len(people) > 3
        else people[0]
        if len(people) == 1
        else ", ".join(people[:-1]) + " & " + people[-1]
    )
    text = f"{who} {work.title}. {work.journal[0]} {work.volume}, {work.first}–{work.last} ({work.year})."
    return Printed(re.sub(r"([?!])\.", r"\1", text), (), named(work))


Style = Callable[[Work, int], Printed]
STYLES: tuple[Style, ...] = (vancouver, ama, apa, chicago, harvard, ieee, nature)

ODD_FIRST = Printed("Exampharma, Inc. Examplix (examplinib) tablets prescribing information. Test Town, NJ; 2023.")
ODD_LAST = Printed("Clinical Examplology [database online]. Tampa, FL: Gold Example, Inc.")
ODD = (
    Printed(
        "World Example Organization. Guidelines for the treatment of examplitis. 3rd ed. Geneva: WEO Press; 2021."
        " Available from: https://www.example.org/guidelines/examplitis-3.pdf [accessed 12 March 2024]",
        ("url:https://www.example.org/guidelines/examplitis-3.pdf",),
        "World Example Organization 2021",
    ),
    Printed(
        "Shukla K, Basile EJ. Synthetic Syndrome. [Updated 2025 Dec 1]. In: StatExamples [Internet]. Treasure Island"
        " (FL): StatExamples Publishing; 2026 Jan-."
    ),
    Printed(
        "EXAMPLE Study Group. A study of examplinib in adults. ClinicalTrials.gov identifier: NCT01234567. Updated"
        " May 3, 2022.",
        ("nct:NCT01234567",),
        "EXAMPLE Study Group 2022",
    ),
    Printed(
        "Turk DC, Melzack R, editors. Handbook of sample assessment. 2nd ed. New York: Guilty Press; 2001. p. 15-34.",
        (),
        "Turk and Melzack 2001",
    ),
    Printed("3S Pharma AG. Fachinformation Examplix 50 mg Tabletten. Basel, Schweiz; Stand März 2022."),
    Printed(
        "U.S. Food and Example Administration. Approval package for application number 021-999. Silver Spring (MD):"
        " FEA; 2019. https://www.example.gov/drugs/021999Orig1s000.pdf. Accessed July 5, 2023.",
        ("url:https://www.example.gov/drugs/021999Orig1s000.pdf",),
        "U.S. Food and Example Administration 2019",
    ),
)


def printed_list(seed: int, number: int, style: Style, *, odd: bool = True) -> list[Printed]:
    """References in one style, among them some that are no articles."""
    made = [style(work, at) for at, work in enumerate(works(seed, number), seed)]
    if odd:
        made[2], made[5] = ODD[seed % 6], ODD[(seed + 1) % 6]
    return made


def by_name(references: Iterable[Printed]) -> list[Printed]:
    """In the order of an unnumbered list."""
    return sorted(references, key=lambda one: re.sub(r"^(?:van der |van |de |von |ter |d')", "", one.text).casefold())


# The text that cites them

Mark = Callable[[tuple[int, ...]], str]
FILLERS = (
    "Examplinib was described in a few sentences that fill the lines of a page.",
    "In one trial the dose was 4.5 mg daily (two tablets) for 12 weeks in 1,250 adults.",
    "The risk was lower with treatment (hazard ratio 0.72; 95% CI 0.61-0.85; p = 0.003).",
    "Blood was drawn on days 1, 8 and 15, and results are given in Table 2 and Figure 3.",
    "Tablets of 50 mg are swallowed whole with water; they must not be chewed.",
    "No change of the dose is needed in mild renal impairment (creatinine clearance 50-80 mL/min).",
)


def ranges(numbers: tuple[int, ...], dash: str = "-", comma: str = ",") -> str:
    """`1,3-5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return comma.join(f"{run[0]}{dash}{run[-1]}" if len(run) > 2 else comma.join(map(str, run)) for run in runs)


def bracket(numbers: tuple[int, ...]) -> str:
    """`pain [1,3-5].`"""
    return f" [{ranges(numbers)}]."


def parenthesis(numbers: tuple[int, ...]) -> str:
    """`pain (1, 3-5).`"""
    return f" ({ranges(numbers, comma=', ')})."


def raised(numbers: tuple[int, ...]) -> str:
    """`pain.^1,3-5^`"""
    return f".^{ranges(numbers, '–')}^"


def plan(seed: int, entries: int) -> list[tuple[int, ...]]:
    """Which entries are cited together, all at least once."""
    chance, left, made = random.Random(seed), list(range(1, entries + 1)), []
    while left:
        size = chance.choice((1, 1, 1, 2, 3, 4))
        made.append(tuple(left[:size]))
        left = left[size:]
    made += [tuple(sorted(chance.sample(range(1, entries + 1), min(entries, 2)))) for _ in range(3)]
    return made


def by_author(references: Sequence[Printed]) -> Mark:
    """`pain (Adler et al. 2001; Boone 2003).`"""
    return lambda numbers: " (" + "; ".join(references[number - 1].named for number in numbers) + ")."


def prose(seed: int, cited: Sequence[tuple[int, ...]], mark: Mark, paragraphs: int = 4) -> list[str]:
    """Paragraphs that cite so."""
    chance = random.Random(seed)
    if not cited:
        return list(FILLERS)
    sentences = [
        f"{chance.choice(('Pain', 'Fatigue', 'Sleep', 'Mood'))} was reduced with examplinib{mark(group)}"
        for group in cited
    ]
    size = -(-len(sentences) // paragraphs)
    return [
        " ".join(part for sentence in sentences[at : at + size] for part in (chance.choice(FILLERS), sentence))
        for at in range(0, len(sentences), size)
    ]


# Documents


@dataclass(frozen=True, slots=True)
class Expected:
    """One entry as it must be read. `number` is the printed one; `cited` how often the text cites it."""

    text: str
    number: int | None
    identifiers: tuple[str, ...]
    cited: int


@dataclass(frozen=True, slots=True)
class ReferenceDocument:
    """A file and what is in it.

    `exact`: the printed words are read to the letter, blanks apart; else (lines broken after hyphens) their letters and
    digits. `left_out` are the beginnings of paragraphs of the list's section that must be named as left out.
    """

    name: str
    form: str
    data: bytes
    entries: tuple[Expected, ...]
    exact: bool = True
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Monograph:
    """What a document is made from: its references, which of them are cited together, and how."""

    seed: int
    references: tuple[Printed, ...]
    cited: tuple[tuple[int, ...], ...]
    mark: Mark
    title: str = "Examplinib: a monograph"

    @property
    def body(self) -> list[str]:
        """The text's paragraphs."""
        return prose(self.seed, self.cited, self.mark)

    @property
    def numbered(self) -> list[tuple[int, Printed]]:
        """The references with their numbers."""
        return list(enumerate(self.references, 1))

    def expected(self, *, numbers: bool = True) -> tuple[Expected, ...]:
        """The entries as they must be read."""
        times = Counter(number for group in self.cited for number in group)
        return tuple(
            Expected(one.text, number if numbers else None, one.identifiers, times[number])
            for number, one in self.numbered
        )


def monograph(seed: int, style: Style, mark: Mark | None = bracket, *, number: int = 14, odd: bool = True) -> Monograph:
    """One in which everything is cited; by names where there is no mark."""
    references = printed_list(seed, number, style, odd=odd)
    if mark is None:
        references = by_name(references)
        mark = by_author(references)
        groups = tuple(group for group in plan(seed, number) if all(references[at - 1].named for at in group))
        return Monograph(seed, tuple(references), groups, mark)
    return Monograph(seed, tuple(references), tuple(plan(seed, number)), mark)


CHANGE_LOG = (
    "v1.1 (February 2, 2026)",
    "Fixed PMID for Adler et al. J Ex Med 2013 (91359311 -> 91359310)",
    "Removed unverifiable PMID for Boone et al. Ann Test 2009",
)
REMARK = "These references were collected by the committee and are listed in the order of their citation."
CLOSING = "This information is for educational purposes only and does not replace medical advice."


def wrap(text: str, width: int, indent: str = "", *, hyphens: bool = False) -> str:
    """Lines of at most so many characters."""
    return textwrap.fill(text, width, subsequent_indent=indent, break_on_hyphens=hyphens, break_long_words=False)


# Text


def text_documents() -> Iterator[ReferenceDocument]:
    """Plain text."""

    def made(
        name: str, of: Monograph, listing: str, *, numbers: bool = True, title: bool = True, **more: Any
    ) -> ReferenceDocument:
        head = [of.title] if title else []
        text = "\n\n".join([*head, *(wrap(paragraph, 90) for paragraph in of.body), listing]) + "\n"
        return ReferenceDocument(f"text: {name}", "text", text.encode(), of.expected(numbers=numbers), **more)

    forms = {
        "1. on a line": ("{}. ", vancouver, bracket), "[1] on a line": ("[{}] ", ieee, bracket), "1) on a line": ("{}) ", ama, parenthesis),
        "(1) on a line": ("({}) ", vancouver, parenthesis), "1 and a tab": ("{}\t", nature, bracket), "1.Name": ("{}.", vancouver, bracket),
        "1 and a blank": ("{} ", vancouver, bracket),
    }  # fmt: skip
    for seed, (name, (form, style, mark)) in enumerate(forms.items(), 1):
        of = monograph(seed, style, mark)
        for between, blank in (("", "\n"), (", blank lines", "\n\n")):
            listing = "References\n\n" + blank.join(form.format(n) + one.text for n, one in of.numbered)
            yield made(name + between, of, listing)
    for seed, (form, indent, heading) in enumerate(
        (("{}. ", "   ", "REFERENCES"), ("[{}] ", "", "Literature cited"), ("{:>2}. ", "    ", "7. References")), 11
    ):
        of = monograph(seed, vancouver)
        listing = heading + "\n\n" + "\n".join(wrap(form.format(n) + one.text, 72, indent) for n, one in of.numbered)
        yield made(f"wrapped {form!r}", of, listing)
    of = monograph(14, vancouver)
    listing = "References\n\n" + "\n".join(wrap(f"{n}. {one.text}", 64, "   ", hyphens=True) for n, one in of.numbered)
    yield made("wrapped after hyphens", of, listing, exact=False)
    for seed, form in ((15, "{}. "), (16, "({}) "), (17, "[{}] ")):
        of = monograph(seed, vancouver, bracket if form == "[{}] " else parenthesis)
        yield made(
            f"run-in {form!r}", of, "References: " + " ".join(form.format(n) + one.text for n, one in of.numbered)
        )
    of = monograph(18, ama, raised)
    of = replace(
        of, mark=lambda numbers: "." + ranges(numbers).translate(str.maketrans("0123456789-,", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻,"))
    )
    yield made("raised digits", of, "REFERENCES:\n" + "\n".join(f"{n}. {one.text}" for n, one in of.numbered))
    for seed, style, name in ((19, apa, "APA"), (20, chicago, "Chicago"), (21, harvard, "Harvard")):
        of = monograph(seed, style, None, odd=style is not chicago)
        for layout, between, indent, width in (
            ("lines", "\n", "", 400), ("blank lines", "\n\n", "", 400), ("wrapped, blank lines", "\n\n", "", 80), ("hanging", "\n", "    ", 80),
            ("wrapped, nothing between", "\n", "", 80),
        ):  # fmt: skip
            if layout == "wrapped, nothing between":
                of = monograph(seed + 30, style, None, odd=False)
            listing = "References\n\n" + between.join(
                wrap(one.text, width, indent) if width < 400 else one.text for one in of.references
            )
            yield made(f"{name}, {layout}", of, listing, numbers=False)
    of = monograph(22, ama)
    yield made("first and last entries that look odd", *_with_odd_ends(of, "{}\n\n"), numbers=False)
    of = monograph(23, vancouver)
    listing = "\n".join(
        ["References", "", *(f"{n}. {one.text}" for n, one in of.numbered), "", "Change log", "", *CHANGE_LOG]
    )
    yield made("a change log after it", of, listing)
    of = monograph(24, vancouver)
    listing = "\n\n".join(["Bibliography", REMARK, *(f"{n}. {one.text}" for n, one in of.numbered), CLOSING])
    yield made("remarks around it", of, listing, left_out=(REMARK,))
    of = monograph(25, apa, None)
    yield made("bullets", of, "Sources\n\n" + "\n".join(f"• {one.text}" for one in of.references), numbers=False)


def _with_odd_ends(of: Monograph, form: str) -> tuple[Monograph, str]:
    of = replace(of, references=(ODD_FIRST, *of.references, ODD_LAST), cited=())
    return of, "References\n\n" + "".join(form.format(one.text) for one in of.references)


# Markdown


def plain_marks(text: str) -> str:
    """Of Markdown: what would be emphasis is escaped, as an editor does."""
    return re.sub(r"([*_\\^~])", r"\\\1", text)


def markdown_documents() -> Iterator[ReferenceDocument]:
    """Markdown as people, pandoc and language models write it."""

    def made(
        name: str, of: Monograph, listing: str, *, numbers: bool = True, body: Sequence[str] | None = None, **more: Any
    ) -> ReferenceDocument:
        text = "\n\n".join([f"# {of.title}", "## Uses", *(of.body if body is None else body), listing]) + "\n"
        return ReferenceDocument(f"markdown: {name}", "markdown", text.encode(), of.expected(numbers=numbers), **more)

    forms = {
        "1.": "{}. ",
        "1. everywhere": "1. ",
        "escaped [1]": "\\[{}\\] ",
        "[1]": "[{}] ",
        "bold 1.": "**{}.** ",
        "an anchor": '<a id="ref{0}"></a>{0}. ',
        "bold [1]": "**[{}]** ",
    }
    for seed, (name, form) in enumerate(forms.items(), 40):
        of = monograph(seed, STYLES[(0, 1, 5, 5, 1, 0, 6)[seed - 40]])
        blank = "\n" if form.endswith(". ") and form[0] in "{1" else "\n\n"
        yield made(
            f"numbers {name}",
            of,
            "## References\n\n" + blank.join(form.format(n) + plain_marks(one.text) for n, one in of.numbered),
        )
    of = monograph(47, vancouver, raised)
    yield made(
        "raised numbers", of, "## References\n\n" + "\n".join(f"{n}. {plain_marks(one.text)}" for n, one in of.numbered)
    )
    of = monograph(48, vancouver, lambda numbers: f".<sup>{ranges(numbers)}</sup>")
    yield made(
        "raised numbers of HTML",
        of,
        "References\n----------\n\n" + "\n".join(f"{n}. {plain_marks(one.text)}" for n, one in of.numbered),
    )
    of = monograph(49, ama, lambda numbers: "." + "".join(f"[^{number}]" for number in numbers))
    yield made("numbered footnotes", of, "\n".join(f"[^{n}]: {plain_marks(one.text)}" for n, one in of.numbered))
    names = [
        "adler-2001",
        "boone_cast2013",
        "ex.med",
        "fda:label",
        "who2021",
        "k-1",
        "nct",
        "y2",
        "z3",
        "stat",
        "book",
        "german",
        "approval",
        "last",
    ]
    of = monograph(50, ama, lambda numbers: "." + "".join(f"[^{names[number - 1]}]" for number in numbers))
    yield made(
        "named footnotes",
        of,
        "\n".join(f"[^{names[n - 1]}]: {plain_marks(one.text)}" for n, one in of.numbered),
        numbers=False,
    )
    of = monograph(51, ama, lambda numbers: "." + "".join(f"[^{number}]" for number in numbers))
    yield made(
        "wrapped footnotes",
        of,
        "## References\n\n"
        + "\n\n".join(wrap(f"[^{n}]: {plain_marks(one.text)}", 72, "    ") for n, one in of.numbered),
    )
    of = monograph(52, vancouver)
    yield made(
        "a table",
        of,
        "## References\n\n| No. | Reference |\n|:---|---|\n"
        + "\n".join(f"| {n} | {plain_marks(one.text)} |" for n, one in of.numbered),
    )
    of = monograph(53, vancouver, parenthesis)
    rows = "\n".join(f"| [{n}] | {plain_marks(one.text)} | Level {'IVX'[n % 3]} | RCT |" for n, one in of.numbered)
    yield made(
        "a table with more columns",
        of,
        "## 8. EVIDENCE & REFERENCES\n\n| # | Citation | Evidence level | Design |\n|---|---|---|---|\n" + rows,
    )
    yield _table_of_links(54)
    of = monograph(55, apa, None)
    yield made(
        "bullets with emphasis",
        of,
        "## References\n\n" + "\n".join(f"- {_with_emphasis(one.text)}" for one in of.references),
        numbers=False,
    )
    of = monograph(56, chicago, None, odd=False)
    listing = "\n\n".join(
        [
            "# References {.unnumbered}",
            "::: {#refs .references .csl-bib-body}",
            *(f"::: {{#ref-{n} .csl-entry}}\n{_with_emphasis(one.text)}\n:::" for n, one in of.numbered),
            ":::",
        ]
    )
    yield made("divs of pandoc", of, listing, numbers=False)
    of = monograph(57, vancouver)
    half = len(of.references) // 2
    lines = [f"{n}. {plain_marks(one.text)}" for n, one in of.numbered]
    yield made(
        "parts of a list",
        of,
        "\n\n".join(
            [
                "## References",
                "### Trials",
                "\n".join(lines[:half]),
                "### Reviews and guidelines",
                "\n".join(lines[half:]),
            ]
        ),
    )
    of = monograph(58, vancouver)
    listing = "\n\n".join(
        [
            "## 9. References",
            "\n".join(f"{n}. {plain_marks(one.text)}" for n, one in of.numbered),
            "## Change log",
            f"**{CHANGE_LOG[0]}**",
            "\n".join("- " + line for line in CHANGE_LOG[1:]),
        ]
    )
    yield made("a change log after it", of, listing)
    of = monograph(59, vancouver)
    first = ["J. Writer^1^, B. Lead^2,3^", "^1^ Department of Pharmacy; ^2^ Ward 3; ^3^ Ward 4"]
    yield made(
        "affiliations",
        of,
        "## References\n\n" + "\n".join(f"{n}. {plain_marks(one.text)}" for n, one in of.numbered),
        body=[*first, *of.body],
    )
    of = monograph(60, vancouver, parenthesis)
    legend = "| Outcome | OR^1^ |\n|---|---|\n| Pain | 0.5 |\n\n^1^ Odds ratio."
    yield made(
        "a raised legend",
        of,
        "## References\n\n" + "\n".join(f"{n}. {plain_marks(one.text)}" for n, one in of.numbered),
        body=[*of.body, legend],
    )
    of = monograph(61, vancouver, raised)
    measured = "Body mass index was 25 kg/m^2^ and leucocytes 4·10^9^/L; ^13^C urea was given."
    yield made(
        "powers beside raised numbers",
        of,
        "## References\n\n" + "\n".join(f"{n}. {plain_marks(one.text)}" for n, one in of.numbered),
        body=[*of.body, measured],
    )
    of = monograph(62, ama)
    yield made("first and last entries that look odd", *_with_odd_ends(of, "{}\n\n"), numbers=False)
    of = monograph(63, vancouver)
    yield made(
        "addresses as links",
        of,
        "## References\n\n" + "\n".join(f"{n}. {_with_links(plain_marks(one.text))}" for n, one in of.numbered),
    )
    of = monograph(64, vancouver, lambda numbers: ". " + ", ".join(f"[{number}](#ref-{number})" for number in numbers))
    yield made(
        "citations as links",
        of,
        "## References\n\n" + "\n".join(f"{n}. {plain_marks(one.text)}" for n, one in of.numbered),
    )


def _with_emphasis(text: str) -> str:
    return re.sub("(" + "|".join(re.escape(name) for _, name in JOURNALS) + ")", r"*\1*", plain_marks(text))


def _with_links(text: str) -> str:
    return re.sub(
        r"https?://[^\s,\]]+[^\s,.\]]",
        lambda found: "<" + found[0].replace("\\", "") + ">" if "<" not in found[0] else found[0],
        text,
    )


def _table_of_links(seed: int) -> ReferenceDocument:
    """A table of recommendations, each with links to its sources."""
    articles = works(seed, 12)
    links = [
        f"[{work.authors[0][0]} et al. {work.journal[0]} {work.year}](https://pubmed.ncbi.nlm.nih.gov/{work.pmid}/)"
        for work in articles
    ]
    rows = [f"| Rule {n} | Class I | {'; '.join(links[2 * n : 2 * n + 2])} |" for n in range(6)]
    text = (
        "# Plan\n\nText.\n\n## 8. EVIDENCE & REFERENCES\n\n| Recommendation | Level | Source |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n\n## CHANGE LOG\n\n"
        + "\n".join("- " + line for line in CHANGE_LOG)
        + "\n"
    )
    entries = tuple(
        Expected(link[1:].partition("]")[0], None, ("pmid:" + work.pmid,), 0)
        for link, work in zip(links, articles, strict=True)
    )
    return ReferenceDocument("markdown: a table of links", "markdown", text.encode(), entries)


# HTML


def html_documents() -> Iterator[ReferenceDocument]:
    """Web pages: by hand, pandoc, Quarto, MediaWiki, Word, Google Docs, journals."""

    def made(
        name: str, of: Monograph, listing: str, *, numbers: bool = True, body: str | None = None, **more: Any
    ) -> ReferenceDocument:
        text = "".join(f"<p>{_raised(paragraph)}</p>\n" for paragraph in of.body) if body is None else body
        page = f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{of.title}</title></head><body><nav><a href='/'>Home</a></nav><main><h1>{of.title}</h1>{text}{listing}</main></body></html>"
        return ReferenceDocument(f"html: {name}", "html", page.encode(), of.expected(numbers=numbers), **more)

    def items(of: Monograph, form: str, between: str = "\n") -> str:
        return between.join(form.format(n, linked(one.text)) for n, one in of.numbered)

    of = monograph(70, vancouver)
    yield made("an ordered list", of, "<h2>References</h2><ol>" + items(of, "<li>{1}</li>") + "</ol>")
    of = monograph(71, ama, raised)
    yield made("paragraphs", of, "<h3>References</h3>" + items(of, "<p>{}. {}</p>"))
    of = monograph(72, ama, raised)
    yield made("line breaks", of, "<p><strong>References</strong></p><p>" + items(of, "{}. {}", "<br>\n") + "</p>")
    of = monograph(73, vancouver, raised)
    yield made(
        "run-in",
        of,
        "<p class='small'>" + items(of, "<b>{}.</b> {}", " ").replace("<b>1.", "<b>References: 1.", 1) + "</p>",
    )
    of = monograph(74, vancouver)
    yield made(
        "a table",
        of,
        "<h2>References</h2><table><thead><tr><th>No.</th><th>Reference</th></tr></thead><tbody>"
        + items(of, "<tr><td>{}</td><td>{}</td></tr>")
        + "</tbody></table>",
    )
    of = monograph(75, vancouver)
    yield made(
        "a table for layout",
        of,
        "<h2>Literature</h2><table>" + items(of, "<tr><td valign='top'>[{}]</td><td>{}</td></tr>") + "</table>",
    )
    of = monograph(76, vancouver)
    yield made(
        "numbers in boxes",
        of,
        "<section id='refs-section'><h2>References</h2><div id='refs' class='references csl-bib-body' role='list'>"
        + items(
            of,
            "<div id='ref-{0}' class='csl-entry' role='listitem'><div class='csl-left-margin'>{0} </div><div class='csl-right-inline'>{1}</div></div>",
        )
        + "</div></section>",
    )
    of = monograph(77, ieee)
    yield made(
        "numbers in boxes, bracketed",
        of,
        "<h2 class='anchored'>References<a class='anchorjs-link' href='#r'></a></h2><div id='refs' class='references csl-bib-body'>"
        + items(
            of,
            "<div class='csl-entry'><div class='csl-left-margin'>[{}]</div><div class='csl-right-inline'>{}</div></div>",
        )
        + "</div>",
    )
    for seed, style in ((78, chicago), (79, apa)):
        of = monograph(seed, style, None, odd=style is apa)
        yield made(
            f"Quarto's appendix, {style.__name__}",
            of,
            "<div id='quarto-appendix' class='default'><section class='quarto-appendix-contents'><h2 class='quarto-appendix-heading'>References</h2><div id='refs' class='references csl-bib-body hanging-indent'>"
            + items(of, "<div id='ref-{}' class='csl-entry'>\n{}\n</div>")
            + "</div></section></div>",
            numbers=False,
        )
    yield _footnotes_of_pandoc(80, made)
    yield _media_wiki(81, made)
    of = monograph(82, vancouver)
    yield made("definitions", of, "<h2>References</h2><dl>" + items(of, "<dt>[{}]</dt><dd>{}</dd>") + "</dl>")
    of = monograph(83, vancouver)
    yield made(
        "labels",
        of,
        "<section class='ref-list'><h2>References</h2><ul class='ref-list'>"
        + items(of, "<li id='B{0}'><span class='label'>{0}.</span><cite>{1}</cite></li>")
        + "</ul></section>",
    )
    of = monograph(84, vancouver, raised)
    yield made(
        "Word's HTML",
        of,
        "<p class=MsoNormal><b>REFERENCES</b></p>"
        + items(
            of,
            "<p class=MsoListParagraph style='text-indent:-18.0pt'><span lang=EN-US><span style='mso-list:Ignore'>{}.<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp;&nbsp; </span></span></span>{}</p>",
        ),
    )
    of = monograph(85, vancouver)
    footer = "<footer><p>Related: Adler 2019</p><ul><li><a href='https://www.example.org/privacy'>Privacy policy</a></li><li>© 2024 Example Society. All rights reserved.</li></ul></footer>"
    yield made(
        "a foot of the site", of, "<h2>References</h2><ol>" + items(of, "<li><p>{1}</p></li>") + "</ol>" + footer
    )
    of = monograph(86, harvard, None)
    yield made("a bulleted list", of, "<h2>Bibliography</h2><ul>" + items(of, "<li>{1}</li>") + "</ul>", numbers=False)
    of = monograph(87, vancouver)
    yield made(
        "back arrows",
        of,
        "<h2>References</h2><ol>"
        + items(of, "<li id='r{0}'>{1} <a href='#c{0}' title='back'>↩</a> <a href='#c{0}b'>↑</a></li>")
        + "</ol>",
    )
    of = monograph(88, ama)
    buttons = " <a href='https://scholar.google.com/scholar?q=x' target='_blank'>Google Scholar</a>"
    listed = [f"<li>{linked(one.text)}{buttons}</li>" for one in of.references]
    yield made("buttons", of, "<h2>References</h2><ol>" + "\n".join(listed) + "</ol>")
    of = monograph(89, ama, raised)
    yield made(
        "an affiliation",
        of,
        "<h2>References</h2><ol>" + items(of, "<li>{1}</li>") + "</ol>",
        body="<p>J. Writer<sup>1</sup>, B. Lead<sup>2</sup></p><p><sup>1</sup> Department of Pharmacy</p><p><sup>2</sup> Ward 3</p>"
        + "".join(f"<p>{_raised(paragraph)}</p>" for paragraph in of.body),
    )


def linked(text: str) -> str:
    """A reference as HTML, its addresses linked."""
    return re.sub(
        r"https?://\S+?(?=[.,]?(?:\s|$))", lambda found: f'<a href="{found[0]}">{found[0]}</a>', html.escape(text)
    )


def _raised(text: str) -> str:
    return re.sub(r"\^([^^]+)\^", r"<sup>\1</sup>", html.escape(text))


def _footnotes_of_pandoc(seed: int, made: Callable[..., ReferenceDocument]) -> ReferenceDocument:
    of = monograph(seed, ama, lambda numbers: "." + "".join(f"{{{number}}}" for number in numbers))
    link = "<a href='#fn{0}' class='footnote-ref' id='fnref{0}' role='doc-noteref'><sup>{0}</sup></a>"
    body = "".join(
        f"<p>{re.sub(r'{(.+?)}', lambda found: link.format(found[1]), html.escape(paragraph))}</p>"
        for paragraph in of.body
    )
    back = "<a href='#fnref{}' class='footnote-back' role='doc-backlink'>\u21a9\ufe0e</a>"
    notes = "".join(f"<li id='fn{n}'><p>{linked(one.text)}{back.format(n)}</p></li>" for n, one in of.numbered)
    return made(
        "footnotes of pandoc",
        of,
        f"<section id='footnotes' class='footnotes footnotes-end-of-document' role='doc-endnotes'><hr><ol>{notes}</ol></section>",
        body=body,
    )


def _media_wiki(seed: int, made: Callable[..., ReferenceDocument]) -> ReferenceDocument:
    of = monograph(seed, chicago, lambda numbers: "." + "".join(f"{{{number}}}" for number in numbers), odd=False)
    times, seen = Counter(number for group in of.cited for number in group), Counter[int]()

    def cite(found: re.Match[str]) -> str:
        number = int(found[1])
        seen[number] += 1
        return f"<sup id='cite_ref-{number}_{number}-{seen[number] - 1}' class='reference'><a href='#cite_note-{number}'>[{number}]</a></sup>"

    body = "".join(f"<p>{re.sub(r'{(.+?)}', cite, html.escape(paragraph))}</p>" for paragraph in of.body)

    def back(number: int) -> str:
        if times[number] == 1:
            return f"<span class='mw-cite-backlink'><b><a href='#cite_ref-{number}'>^</a></b></span>"
        letters = " ".join(
            f"<a href='#cite_ref-{number}-{at}'><sup><i><b>{letter}</b></i></sup></a>"
            for at, letter in zip(range(times[number]), "abcdef", strict=False)
        )
        return f"<span class='mw-cite-backlink'>^ {letters}</span>"

    notes = "".join(
        f"<li id='cite_note-{n}'>{back(n)} <span class='reference-text'><cite class='citation journal'>{linked(one.text)}</cite></span></li>"
        for n, one in of.numbered
    )
    heading = "<h2><span class='mw-headline' id='References'>References</span><span class='mw-editsection'>[<a href='/edit'>edit</a>]</span></h2>"
    end = "<h2><span class='mw-headline' id='External_links'>External links</span></h2><ul><li><a href='https://www.example.org/'>Examplinib at Example.org</a></li></ul>"
    return made(
        "MediaWiki", of, f"{heading}<div class='reflist'><ol class='references'>{notes}</ol></div>{end}", body=body
    )


# DOCX


def docx_documents() -> Iterator[ReferenceDocument]:
    """Word documents."""
    import docx  # noqa: PLC0415 - slow to import
    from docx.oxml import parse_xml  # noqa: PLC0415
    from docx.oxml.ns import nsdecls  # noqa: PLC0415
    from docx.shared import Pt  # noqa: PLC0415

    def made(
        name: str,
        of: Monograph,
        fill: Callable[[Any], None],
        *,
        numbers: bool = True,
        heading: str = "References",
        **more: Any,
    ) -> ReferenceDocument:
        document = docx.Document()
        document.add_paragraph(of.title, style="Title")
        document.add_heading("Uses", 1)
        for paragraph in of.body:
            _runs(document.add_paragraph(), paragraph)
        if heading:
            document.add_heading(heading, 1)
        fill(document)
        out = io.BytesIO()
        document.save(out)
        return ReferenceDocument(f"docx: {name}", "docx", out.getvalue(), of.expected(numbers=numbers), **more)

    def each(of: Monograph, form: str, **style: Any) -> Callable[[Any], None]:
        def fill(document: Any) -> None:
            for n, one in of.numbered:
                document.add_paragraph(form.format(n, one.text), **style)

        return fill

    of = monograph(100, vancouver)
    yield made("numbered by Word", of, each(of, "{1}", style="List Number"))
    of = monograph(101, ama, raised)
    yield made("numbers typed", of, each(of, "{}. {}"))
    of = monograph(102, ama)
    yield made("numbers and tabs", of, each(of, "{}.\t{}"), heading="REFERENCES")
    of = monograph(103, ieee)
    yield made("numbers in brackets and tabs", of, each(of, "[{}]\t{}"))
    of = monograph(104, vancouver)

    def rows(document: Any) -> None:
        table = document.add_table(rows=1, cols=3)
        for cell, text in zip(table.rows[0].cells, ("No.", "Reference", "Evidence"), strict=True):
            cell.text = text
        for n, one in of.numbered:
            for cell, text in zip(table.add_row().cells, (str(n), one.text, "A"), strict=True):
                cell.text = text

    yield made("a table", of, rows)
    of_boxes = monograph(105, ieee)

    def boxes(document: Any) -> None:
        table = document.add_table(rows=0, cols=2)
        for n, one in of_boxes.numbered:
            for cell, text in zip(table.add_row().cells, (f"[{n}]", one.text), strict=True):
                cell.text = text
        body = document.element.body
        control = parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtPr/><w:sdtContent/></w:sdt>")
        body.insert(body.index(table._tbl), control)
        control[1].append(table._tbl)

    yield made("Word's own bibliography", of_boxes, boxes)
    for seed, style in ((106, apa), (107, chicago), (108, harvard)):
        of_plain = monograph(seed, style, None, odd=style is not chicago)

        def hanging(document: Any, of: Monograph = of_plain) -> None:
            for one in of.references:
                paragraph = document.add_paragraph()
                _runs(paragraph, _with_emphasis_runs(one.text))
                paragraph.paragraph_format.left_indent = Pt(36)
                paragraph.paragraph_format.first_line_indent = Pt(-36)

        yield made(f"hanging indents, {style.__name__}", of_plain, hanging, numbers=False)
    of_bold = monograph(109, vancouver, raised)

    def bold(document: Any) -> None:
        document.add_paragraph().add_run("References").bold = True
        each(of_bold, "{}. {}")(document)

    yield made("a heading in bold", of_bold, bold, heading="")
    of_breaks = monograph(110, vancouver)

    def breaks(document: Any) -> None:
        run = document.add_paragraph().add_run()
        for n, one in of_breaks.numbered:
            if n > 1:
                run.add_break()
            run.add_text(f"{n}. {one.text}")

    yield made("line breaks", of_breaks, breaks)
    of_runs = monograph(111, vancouver)

    def runs(document: Any) -> None:
        chance = random.Random(111)
        for _, one in of_runs.numbered:
            paragraph, text = document.add_paragraph(style="List Number"), one.text
            while text:
                size = chance.randint(1, 25)
                paragraph.add_run(text[:size])
                text = text[size:]

    yield made("many runs", of_runs, runs)
    of_hyphens = monograph(112, vancouver)

    def hyphens(document: Any) -> None:
        for n, one in of_hyphens.numbered:
            paragraph = document.add_paragraph(f"{n}. ")
            for at, part in enumerate(one.text.split("-")):
                if at:
                    paragraph.runs[-1]._r.append(parse_xml(f"<w:noBreakHyphen {nsdecls('w')}/>"))
                paragraph.add_run(part)

    yield made("hyphens that do not break", of_hyphens, hyphens)
    of_ends = replace(monograph(113, ama), cited=())
    of_ends = replace(of_ends, references=(ODD_FIRST, *of_ends.references, ODD_LAST))
    yield made("first and last entries that look odd", of_ends, each(of_ends, "{1}"), numbers=False)
    of_log = monograph(114, vancouver)

    def log(document: Any) -> None:
        each(of_log, "{}. {}")(document)
        document.add_heading("Change log", 1)
        for line in CHANGE_LOG:
            document.add_paragraph(line, style="List Bullet")

    yield made("a change log after it", of_log, log, heading="8. Evidence & References")
    of_changes = monograph(115, vancouver)

    def changes(document: Any) -> None:
        for n, one in of_changes.numbered:
            paragraph = document.add_paragraph(f"{n}. {one.text[:20]}")
            paragraph._p.append(
                parse_xml(
                    f"<w:del {nsdecls('w')} w:id='{n}' w:author='A'><w:r><w:delText>taken out</w:delText></w:r></w:del>"
                )
            )
            inserted = parse_xml(f"<w:ins {nsdecls('w')} w:id='{50 + n}' w:author='A'/>")
            inserted.append(paragraph.add_run(one.text[20:])._r)
            paragraph._p.append(inserted)

    yield made("tracked changes", of_changes, changes)
    for seed, kind in ((116, "footnote"), (117, "endnote")):
        yield _word_notes(seed, kind)


def _runs(paragraph: Any, text: str) -> None:
    """Text with raised (`^1^`) and emphasised (`*x*`) runs."""
    for part in re.split(r"(\^[^^]+\^|\*[^*]+\*)", text):
        run = paragraph.add_run(part.strip("^*") if part[:1] in {"^", "*"} else part)
        run.font.superscript = part.startswith("^") or None
        run.italic = part.startswith("*") or None


def _with_emphasis_runs(text: str) -> str:
    return re.sub("(" + "|".join(re.escape(name) for _, name in JOURNALS) + ")", r"*\1*", text)


def _word_notes(seed: int, kind: str) -> ReferenceDocument:
    """Each reference a footnote or endnote, cited once."""
    import docx  # noqa: PLC0415
    from docx.opc.constants import RELATIONSHIP_TYPE  # noqa: PLC0415
    from docx.opc.packuri import PackURI  # noqa: PLC0415
    from docx.opc.part import Part  # noqa: PLC0415
    from docx.oxml import parse_xml  # noqa: PLC0415
    from docx.oxml.ns import nsdecls  # noqa: PLC0415

    of = monograph(seed, ama)
    of = replace(of, cited=tuple((n,) for n, _ in of.numbered))
    document = docx.Document()
    document.add_heading(of.title, 0)
    for n, _ in of.numbered:
        paragraph = document.add_paragraph(f"{FILLERS[n % 6]} Pain was reduced.")
        paragraph._p.append(
            parse_xml(
                f"<w:r {nsdecls('w')}><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:{kind}Reference w:id='{n + 1}'/></w:r>"
            )
        )
    notes = f"<w:{kind} w:id='0' w:type='separator'><w:p/></w:{kind}><w:{kind} w:id='1' w:type='continuationSeparator'><w:p/></w:{kind}>"
    notes += "".join(
        f"<w:{kind} w:id='{n + 1}'><w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t xml:space='preserve'> {html.escape(one.text)}</w:t></w:r></w:p></w:{kind}>"
        for n, one in of.numbered
    )
    xml = f"<?xml version='1.0' encoding='UTF-8' standalone='yes'?><w:{kind}s {nsdecls('w')}>{notes}</w:{kind}s>"
    part = Part(
        PackURI(f"/word/{kind}s.xml"),
        f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}s+xml",
        xml.encode(),
        document.part.package,
    )
    document.part.relate_to(part, getattr(RELATIONSHIP_TYPE, f"{kind}s".upper()))
    out = io.BytesIO()
    document.save(out)
    return ReferenceDocument(f"docx: {kind}s", "docx", out.getvalue(), of.expected())


# PDF

Label = Callable[[int], str]
Placed = tuple[float, float, str, float]
"""Where a text begins, the text, its size."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """A page of a journal or a manuscript, in points.

    `hang` is how far a reference's further lines are indented, `gap` what is between two references. `around` are the
    heads and feet of a page; `line_numbers` says every how many lines one is printed.
    """

    width: float
    height: float
    columns: tuple[tuple[float, float], ...]
    top: float
    bottom: float
    size: float = 9
    step: float = 11
    small: float = 8
    small_step: float = 9.5
    hang: float = 0
    gap: float = 0
    justified: bool = False
    hyphenated: bool = False
    linked: bool = False
    breaks_anywhere: bool = False
    line_numbers: int = 0
    numbered_at_both_sides: bool = False
    around: Callable[[int], Iterable[Placed]] = lambda _: ()
    aside: Callable[[PdfFile, int], None] | None = None


ELSEVIER = Geometry(
    595, 794, ((38, 288), (307, 557)), 720, 70, 8.5, 10.5, 6.4, 8, hang=15, justified=True, hyphenated=True,
    around=lambda page: [
        (200, 752, "Invented Research 211 (2021) 112–129", 6.4), (38, 752, "A. Adler, B. Boone et al.", 6.4),
        *([(38, 40, "https://doi.org/10.1016/j.invres.2021.01.002", 6.4), (38, 30, "0000-0000/© 2021 The Authors. Published by Example B.V.", 6.4)] if page == 1 else [(295, 40, str(111 + page), 6.4)]),
    ],
)  # fmt: skip
SPRINGER = Geometry(
    595, 791, ((51, 290), (306, 544)), 715, 60, 9.5, 12, 8, 10, hang=14, hyphenated=True, justified=True,
    around=lambda page: [(51, 745, f"Synthetic Drug Journal (2020) 43:{99 + page}–110", 7.5), (500, 745, "1 3", 7)] if page % 2 else [(51, 745, str(99 + page), 7.5), (440, 745, "A. Adler et al.", 7.5)],
)  # fmt: skip
BMC = Geometry(
    595, 791, ((57, 292), (306, 541)), 715, 60, 9.5, 11.5, 7.5, 9, hang=13,
    around=lambda page: [(57, 742, "Adler et al. BMC Sample Medicine         (2019) 19:141", 7.5), (495, 742, f"Page {page} of 9", 7.5)],
)  # fmt: skip
PLOS = Geometry(
    612, 792, ((200, 576),), 700, 70, 10, 13, 8, 11, hang=20, gap=5, linked=True,
    around=lambda page: [(36, 740, "PLOS SAMPLES", 8), (400, 740, "Examplinib in synthetic pain", 8), (36, 38, "PLOS SAMPLES | https://doi.org/10.1371/journal.pone.0154729    May 3, 2016", 7.5), (545, 38, f"{page} / 14", 7.5)],
)  # fmt: skip
FRONTIERS = Geometry(
    595, 842, ((51, 290), (304, 543)), 760, 70, 9, 11.5, 7.5, 9.5, hang=10, linked=True,
    around=lambda page: [(51, 800, "Adler et al.", 7), (400, 800, "Examplinib in Synthetic Pain", 7), (51, 40, "Frontiers in Samples | www.frontiersin.example", 7), (290, 40, str(page), 7), (400, 40, "March 2021 | Volume 12 | Article 612345", 7)],
)  # fmt: skip
MDPI = Geometry(
    595, 842, ((165, 559),), 760, 80, 10, 13, 9, 11.5, hang=21, justified=True, hyphenated=True,
    around=lambda page: [(36, 800, "Samples 2021, 13, 45", 8), (520, 800, f"{page} of 20", 8)],
)  # fmt: skip
LATEX = Geometry(
    612, 792, ((134, 478),), 667, 125, 10, 12, 10, 12, hang=18, gap=6, justified=True, hyphenated=True, around=lambda page: [(303, 100, str(page), 10)],
    aside=lambda file, page: file.write_upwards(32, 240, "arXiv:2101.12345v1  [q-bio.QM]  1 Jan 2021", 20) if page == 1 else None,
)  # fmt: skip
MANUSCRIPT = Geometry(
    612, 792, ((72, 540),), 720, 72, 12, 24, 12, 24, line_numbers=1, around=lambda page: [(300, 40, str(page), 12)]
)  # fmt: skip
THESIS = Geometry(
    595,
    842,
    ((85, 510),),
    770,
    85,
    11,
    16,
    11,
    14,
    hang=22,
    gap=8,
    around=lambda page: [(85, 800, "Chapter 7  References", 9), (290, 50, str(140 + page), 11)],
)
WORD = Geometry(612, 792, ((72, 540),), 720, 72, 11, 14, 11, 14, hang=18)
SLIDE = Geometry(960, 540, ((40, 920),), 480, 40, 18, 24, 10, 13, around=lambda page: [(900, 20, str(page), 10)])
LEAFLET = Geometry(
    396,
    612,
    ((30, 190), (206, 366)),
    570,
    40,
    8,
    10,
    5.5,
    6.6,
    around=lambda _: [(30, 20, "EX-PM-US-0123 03/24  © 2024 Exampharma, Inc. All rights reserved.", 5)],
)


class Setter:
    """Sets lines below each other, over columns and pages."""

    def __init__(self, page: Geometry) -> None:
        self.page, self.file = page, PdfFile(page.width, page.height)
        self.column, self.y, self.pages, self.line = 0, page.top, 0, 0
        self._begin_page()

    def _begin_page(self) -> None:
        if self.pages:
            self.file.new_page()
        self.pages += 1
        for x, y, text, size in self.page.around(self.pages):
            self.file.write(x, y, text, size)
        if self.page.aside:
            self.page.aside(self.file, self.pages)
        self.column, self.y = 0, self.page.top

    def room(self, height: float) -> None:
        """Goes on in the next column if there is none."""
        if self.y - height >= self.page.bottom:
            return
        self.column, self.y = self.column + 1, self.page.top
        if self.column == len(self.page.columns):
            self._begin_page()

    def space(self, height: float) -> None:
        """Leaves some."""
        if self.y < self.page.top:
            self.y -= height

    def paragraph(
        self, text: str, size: float, step: float, *, hang: float = 0, label: str = "", right: bool = False
    ) -> None:
        """`label` is set before the hanging text, at the left or (`right`) ending before it."""
        left, end = self.page.columns[0]
        width = end - left
        lines = list(self._lines(text, size, width - hang if label else width, width - hang))
        for at, words in enumerate(lines):
            self.room(step)
            left, end = self.page.columns[self.column]
            x = left + (hang if at or label else 0)
            if label and not at:
                self.file.write(x - 4 - width_of(label, size) if right else left, self.y, label, size)
            self._set(words, x, end - x if self.page.justified and at + 1 < len(lines) else None, size)
            self.line += 1
            if self.page.line_numbers and self.line % self.page.line_numbers == 0:
                self._number_line()
            self.y -= step

    def _number_line(self) -> None:
        """Beside the column, or outside of both columns."""
        left, end = self.page.columns[self.column]
        number = str(self.line)
        at_right = self.page.numbered_at_both_sides and self.column > 0
        self.file.write(end + 12 if at_right else left - 12 - width_of(number, 8), self.y, number, 8)

    def overfull(self, text: str, size: float, step: float) -> None:
        """One line that runs over its column's end."""
        self.room(step)
        self.file.write(self.page.columns[self.column][0], self.y, text, size)
        self.y -= step

    def _lines(self, text: str, size: float, first: float, further: float) -> Iterator[list[str]]:
        """Words of a line; broken at blanks, after slashes and hyphens, and within long words."""
        width, words, used = first, list[str](), 0.0
        for word in text.split(" "):
            pieces = re.findall(r"[^/\-–]*[/\-–]+(?=\w)|[^/\-–]+$|.+", word) if "^" not in word else [word]
            for at, piece in enumerate(pieces):
                rest = piece
                while True:
                    blank = width_of(" ", size) if words and not at else 0
                    if used + blank + width_of(rest, size) <= width:
                        break
                    cut = self._cut(rest, size, width - used - blank)
                    if cut:
                        head = rest[:cut]
                        rest = rest[cut:]
                        if at and words:
                            words[-1] += head + "-"
                        else:
                            words.append(head + "-")
                    at_most = width - used - blank
                    if self.page.breaks_anywhere and "/" in word and width_of(rest[:8], size) < at_most:
                        cut = next(n for n in range(len(rest), 0, -1) if width_of(rest[:n], size) <= at_most)
                        words = [*words[:-1], words[-1] + rest[:cut]] if at and words else [*words, rest[:cut]]
                        rest = rest[cut:]
                    elif not words:
                        cut = next(n for n in range(len(rest), 0, -1) if width_of(rest[:n], size) <= width)
                        words, rest = [rest[:cut]], rest[cut:]
                    yield words
                    words, used, width = [], 0.0, further
                if at and words:
                    words[-1] += rest
                else:
                    words.append(rest)
                used = sum(width_of(one, size) for one in words) + width_of(" ", size) * (len(words) - 1)
        yield words

    def _cut(self, word: str, size: float, room: float) -> int:
        """Where a word of small letters is broken with a hyphen; 0 where it is not."""
        if not self.page.hyphenated or not re.fullmatch(r"[a-z]{8,}[.,]?", word):
            return 0
        return next((n for n in range(len(word) - 4, 2, -1) if width_of(word[:n] + "-", size) <= room), 0)

    def _set(self, words: list[str], x: float, width: float | None, size: float) -> None:
        """Each word by itself, the blanks widened to the width."""
        blank = width_of(" ", size)
        if width is not None and len(words) > 1:
            blank = (width - sum(width_of(one.replace("^", ""), size) for one in words)) / (len(words) - 1)
        for word in words:
            for at, part in enumerate(word.split("^")):
                part_size = size * 0.65 if at % 2 else size
                if part:
                    self.file.write(x, self.y + (size * 0.35 if at % 2 else 0), part, part_size)
                if self.page.linked and (address := self.address_of(word)):
                    self.file.link(x, self.y - 2, x + width_of(part, part_size), self.y + size, address)
                x += width_of(part, part_size)
            x += blank

    address_of: Callable[[str], str] = staticmethod(lambda _: "")


def printable(one: Printed) -> Printed:
    """With characters that the font has."""
    table = str.maketrans({"β": "b", "α": "a", "ř": "r", "ı": "i"})
    return replace(one, text=one.text.translate(table), named=one.named.translate(table))


def pdf_documents() -> Iterator[ReferenceDocument]:
    """Pages of journals, manuscripts, theses, slides and leaflets."""

    def made(
        name: str,
        of: Monograph,
        page: Geometry,
        label: Callable[[int], str] | None = None,
        *,
        inline: bool = False,
        right: bool = False,
        heading: str = "References",
        before: Sequence[str] = (),
        after: Sequence[str] = (),
        text: Callable[[str], str] = lambda text: text,
        fresh: bool = False,
        overfull: str = "",
    ) -> ReferenceDocument:
        of = replace(of, references=tuple(printable(one) for one in of.references))
        if of.mark is not bracket and of.mark is not parenthesis and of.mark is not raised:
            of = replace(of, mark=by_author(of.references))
        setter = Setter(page)
        setter.paragraph(of.title, page.size * 1.6, page.size * 2.2)
        for line in before:
            setter.paragraph(line, page.size, page.step)
        setter.space(page.step)
        for paragraph in of.body:
            setter.paragraph(paragraph, page.size, page.step)
            setter.space(page.step / 2)
        if overfull:
            setter.overfull(overfull, page.size, page.step)
        if fresh:
            setter.column, setter.y = len(page.columns) - 1, 0
        setter.space(page.step)
        setter.room(4 * page.step)
        if heading:
            setter.paragraph(heading, page.size * 1.1, page.step * 1.4)
        for n, one in of.numbered:
            addresses = re.findall(r"https?://\S+?(?=[.,]?(?:\s|$))", one.text)
            setter.address_of = lambda word, addresses=addresses: next(
                (a for a in addresses if len(word) > 5 and word.strip(".,") in a), ""
            )
            mark = label(n) if label else ""
            setter.paragraph(
                text(mark + " " + one.text if inline else one.text),
                page.small,
                page.small_step,
                hang=page.hang,
                label="" if inline else mark,
                right=right,
            )
            setter.space(page.gap)
        setter.address_of = lambda _: ""
        for line in after:
            setter.space(page.step * 1.5)
            setter.paragraph(line, page.small * 1.06, page.small_step)
        return ReferenceDocument(
            f"pdf: {name}", "pdf", setter.file.bytes(), of.expected(numbers=label is not None), exact=False
        )

    many: dict[str, Any] = {"number": 32}
    yield made("two columns, [1] in a margin", monograph(200, vancouver, bracket, **many), ELSEVIER, "[{}]".format)
    yield made(
        "two columns, [1] ending at a margin",
        monograph(201, vancouver, bracket, **many),
        ELSEVIER,
        "[{}]".format,
        right=True,
    )
    yield made("two columns, 1. in a margin", monograph(202, vancouver, raised, **many), SPRINGER, "{}.".format)
    yield made(
        "two columns, 1 in a margin, ending there",
        monograph(203, nature, raised, **many),
        SPRINGER,
        "{}".format,
        right=True,
    )
    yield made(
        "two columns, heads with a count of pages",
        monograph(204, vancouver, bracket, **many),
        BMC,
        "{}.".format,
        after=(
            "Publisher’s Note",
            "Example Nature remains neutral with regard to jurisdictional claims in published maps.",
        ),
    )
    yield made(
        "one column beside a broad margin, links", monograph(205, vancouver, bracket, **many), PLOS, "{}.".format
    )
    yield made(
        "two columns, hanging, links, a conflict of interest after it",
        monograph(206, harvard, None, **many),
        FRONTIERS,
        after=(
            "Conflict of Interest: The authors declare that the research was conducted in the absence of any relationships.",
            "Copyright © 2021 Adler, Boone. This is an open-access article distributed under the terms of a licence.",
        ),
    )
    yield made(
        "numbers in a margin, justified, hyphenated", monograph(207, vancouver, bracket, **many), MDPI, "{}.".format
    )
    yield made(
        "LaTeX, [1] ending at a margin",
        monograph(208, ieee, bracket, **many),
        replace(LATEX, hang=22),
        "[{}]".format,
        right=True,
    )
    yield made("LaTeX, names, hanging", monograph(209, apa, None, **many), LATEX)
    yield made("LaTeX, names, hanging, no gap", monograph(210, chicago, None, odd=False, **many), replace(LATEX, gap=0))
    yield made(
        "a manuscript with line numbers", monograph(211, vancouver, parenthesis), MANUSCRIPT, "{}.".format, inline=True
    )
    yield made(
        "a manuscript with line numbers, names, hanging",
        monograph(212, chicago, None, odd=False),
        replace(MANUSCRIPT, hang=36),
    )
    yield made(
        "a manuscript with every fifth line numbered",
        monograph(213, vancouver, bracket, **many),
        replace(MANUSCRIPT, line_numbers=5, step=18, small_step=18),
        "{}.".format,
        inline=True,
    )
    yield made("a thesis", monograph(214, apa, None, **many), THESIS, fresh=True)
    yield made("Word, numbered", monograph(215, vancouver, bracket), WORD, "{}.".format)
    yield made(
        "Word, numbers within the text", monograph(216, ama, raised), replace(WORD, hang=0), "{}.".format, inline=True
    )
    yield made("a slide", monograph(217, ama, raised, number=10), SLIDE, "{}.".format, inline=True, fresh=True)
    yield made(
        "soft hyphens",
        monograph(218, vancouver, bracket),
        WORD,
        "{}.".format,
        text=lambda text: text.replace("-", "\u00ad"),
    )
    of = monograph(219, ama, raised, number=9)
    run_in = Monograph(219, of.references, of.cited, of.mark)
    yield _leaflet(run_in)
    yield made(
        "affiliations raised above the abstract",
        monograph(220, vancouver, raised, **many),
        SPRINGER,
        "{}.".format,
        before=(
            "Anna Adler^1,2^ · Bruno Boone^3^",
            "^1^ Department of Pharmacy, Test Town ^2^ Ward 3 ^3^ Ward 4",
            "Abstract",
            *FILLERS[:2],
        ),
    )
    yield made(
        "appendices after it",
        monograph(221, vancouver, bracket),
        THESIS,
        "{}.".format,
        after=("Appendix A. Questions", *FILLERS),
    )
    yield made("names and gaps", monograph(222, apa, None), replace(WORD, hang=0, gap=8))
    yield made(
        "numbers in a margin, bare, line steps of one and a half",
        monograph(223, vancouver, parenthesis),
        replace(WORD, step=20, small_step=20),
        "{}".format,
    )
    yield made(
        "more than a hundred",
        monograph(224, vancouver, bracket, number=40),
        replace(ELSEVIER, hang=18),
        "[{}]".format,
        right=True,
        after=("Received 1 May 2020; accepted 2 June 2020",),
    )
    yield made(
        "a line that runs over its column",
        monograph(225, vancouver, bracket, **many),
        replace(SPRINGER, bottom=250),
        "{}.".format,
        overfull="dose(weight, clearance, age, sex) = weight * 0.015 + clearance",
    )
    yield made(
        "no heading", monograph(226, vancouver, bracket, **many), ELSEVIER, "[{}]".format, heading="", right=True
    )
    yield made(
        "line numbers at both sides",
        monograph(227, vancouver, bracket, **many),
        replace(SPRINGER, line_numbers=1, numbered_at_both_sides=True),
        "{}.".format,
    )
    yield made(
        "a note on the author after it",
        monograph(228, ama, bracket, **many),
        replace(FRONTIERS, size=8, hang=16),
        "{}.".format,
        after=("Anna Adler. This is a note on the author, who has written it herself.",) * 2,
    )
    yield made(
        "addresses broken anywhere, linked", monograph(229, apa, None, **many), replace(FRONTIERS, breaks_anywhere=True)
    )


def _leaflet(of: Monograph) -> ReferenceDocument:
    """A promotional leaflet: the list in one small paragraph, with numbers between."""
    setter = Setter(LEAFLET)
    of = replace(of, references=tuple(printable(one) for one in of.references))
    setter.paragraph(of.title, 14, 18)
    for paragraph in of.body:
        setter.paragraph(paragraph, 8, 10)
        setter.space(5)
    setter.space(8)
    setter.paragraph("References: " + " ".join(f"{n}. {one.text}" for n, one in of.numbered), 5.5, 6.6)
    return ReferenceDocument("pdf: a leaflet", "pdf", setter.file.bytes(), of.expected(), exact=False)


FORMATS: dict[str, Callable[[], Iterator[ReferenceDocument]]] = {
    "text": text_documents,
    "markdown": markdown_documents,
    "html": html_documents,
    "docx": docx_documents,
    "pdf": pdf_documents,
}

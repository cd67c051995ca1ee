"""Identifiers as documents and reference managers write them, through `import` and `check`. All works are invented."""

from __future__ import annotations

import pytest
import yaml

from evidence.demo.world import ArticleFacts, World
from evidence.library.reader import read_library
from evidence.model.records import Author, Journal
from processes import codes_in

PRINT = "Smith JA, Brown M. Warm socks for cold feet. J Winter Med. 2018;50(1):31-39."
JOURNAL = Journal("The journal of winter medicine", "J Winter Med", "J Winter Med")
AUTHORS = (Author("Smith", "John A", "JA"), Author("Brown", "Mary", "M"))
SICI = "10.1577/1548-8659(1981)110<446:WSFCF>2.0.co;2"
SQUARE = "10.1890/1540-9295(2003)001[0367:mraptb]2.0.co;2"
WILEY = "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2"


def socks(doi: str, pmid: str = "48000004", **changed: str) -> ArticleFacts:
    facts = {"title": "Warm socks for cold feet.", "volume": "50", "issue": "1", "pages": "31-39"}
    return ArticleFacts(pmid, authors=AUTHORS, journal=JOURNAL, pub_date="2018", doi=doi, **facts | changed)


@pytest.fixture
def imported(evidence, server):
    def run(text: str, name: str = "m.md", *articles: ArticleFacts):
        server.world = World(articles={article.pmid: article for article in articles})
        evidence.write(text, name)
        done = evidence("import", name, "--write")
        return done, read_library(evidence.folder / "references.yaml").references

    return run


def monograph(*prints: str) -> str:
    listed = "\n".join(f"{number}. {printed}" for number, printed in enumerate(prints, 1))
    return f"# Socks\n\nThey warm [1].\n\n## References\n\n{listed}\n"


@pytest.mark.parametrize(
    ("printed", "doi"),
    [
        ("doi:10.1577/1548-8659(1981)110<446:WSFCF>2.0.CO;2", SICI),
        ("(doi:10.1577/1548-8659(1981)110<446:WSFCF>2.0.CO;2).", SICI),
        ("https://doi.org/10.1577/1548-8659(1981)110<446:WSFCF>2.0.CO;2.", SICI),
        ("https://doi.org/10.1577/1548-8659(1981)110%3C446:WSFCF%3E2.0.CO;2", SICI),
        ("<https://doi.org/10.1577/1548-8659(1981)110%3C446%3AWSFCF%3E2.0.CO%3B2>", SICI),
        ("10.1577/1548-8659(1981)110&lt;446:WSFCF&gt;2.0.CO;2 PMID: 48000004", SICI),
        ("10.1577/1548-8659(1981)110<446: WSFCF>2.0.CO;2", SICI),
        ("[link](https://doi.org/10.1577/1548-8659(1981)110<446:WSFCF>2.0.CO;2)", SICI),
        ("[link](<https://doi.org/10.1577/1548-8659(1981)110%3C446:WSFCF%3E2.0.CO;2>)", SICI),
        ("10.1577/1548-8659(1981)110%3C446%3AWSFCF%3E2.0.CO%3B2", SICI),
        ("<https://doi.org/10.1890/1540-9295(2003)001%5B0367:MRAPTB%5D2.0.CO;2>", SQUARE),
        ("https://doi.org/10.1890/1540-9295(2003)001[0367:MRAPTB]2.0.CO;2", SQUARE),
        ("doi: 10.1890/1540-9295(2003)001\\[0367:MRAPTB\\]2.0.CO;2", SQUARE),
        ("https://onlinelibrary.wiley.com/doi/abs/" + WILEY.replace("<", "%3C").replace(">", "%3E"), WILEY),
        (f"[https://doi.org/{WILEY}](https://doi.org/{WILEY})", WILEY),
        (f"https://doi.org/{WILEY}", WILEY),
    ],
)
def test_a_doi_made_of_a_sici_is_read_whole_wherever_it_is_printed(imported, evidence, printed, doi):
    _, [reference] = imported(monograph(f"{PRINT} {printed}"), "m.md", socks(doi))
    assert [i.value for i in reference.identifiers if i.kind == "doi"] == [doi.lower()]
    status, report = evidence.report("references.yaml")
    assert (status, codes_in(report)) == (0, [])


@pytest.mark.parametrize(
    "stump", ["10.1577/1548-8659(1981)110<446:WSF", "10.1002/(SICI)1097-0258(19980815/30)17:15/163.0.CO;2-2"]
)
@pytest.mark.parametrize("before", ["doi:", "https://doi.org/"])
def test_what_is_left_of_a_sici_is_no_doi_and_the_work_is_matched_by_its_print(imported, stump, before):
    _, [reference] = imported(monograph(f"{PRINT} {before}{stump}"), "m.md", socks("10.5555/socks"))
    assert {str(i) for i in reference.identifiers} == {"pmid:48000004", "doi:10.5555/socks"}


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("https://www.medrxiv.org/content/10.1101/2020.04.07.20053083v1.full.pdf", "1"),
        ("https://www.medrxiv.org/content/10.1101/2020.04.07.20053083v2.full.pdf+html", "2"),
        ("https://www.biorxiv.org/content/10.1101/2020.04.07.20053083v12?versioned=true", "12"),
        ("https://doi.org/10.1101/2020.04.07.20053083v2", "2"),
        ("[preprint](https://www.medrxiv.org/content/10.1101/2020.04.07.20053083v3)", "3"),
        ("doi: 10.1101/2020.04.07.20053083v2.", "2"),
        ("https://www.medrxiv.org/content/medrxiv/early/2020/04/10/2020.04.07.20053083.full.pdf", None),
    ],
)
def test_a_preprints_version_is_no_part_of_its_doi_and_is_kept(imported, evidence, printed, version):
    doi = "10.1101/2020.04.07.20053083"
    _, [reference] = imported(monograph(f"{PRINT} {printed}"), "m.md", socks(doi))
    assert [str(identifier) for identifier in reference.identifiers] == [f"doi:{doi}"]
    assert reference.csl.get("version") == version
    status, report = evidence.report("references.yaml")
    assert (status, codes_in(report)) == (0, [])


def test_a_preprints_doi_with_its_version_is_understood_and_better_written_without(evidence, server):
    server.world = World(articles={"48000004": socks("10.1101/2020.04.07.20053083")})
    evidence.write("references:\n- {id: a, type: article, DOI: 10.1101/2020.04.07.20053083v2}\n")
    status, report = evidence.report("references.yaml")
    assert (status, codes_in(report)) == (0, [("a", "IDN002")])


@pytest.mark.parametrize(
    "written",
    [
        r"10.5555/978-3\_9",
        r"10.5555/978-3{\_}9",
        r"10.5555/978-3\textunderscore{}9",
        r"{10.5555/978-3\_9}",
        r"https://doi.org/10.5555/978-3\_9",
        r"\href{https://doi.org/10.5555/978-3\_9}{10.5555/978-3\_9}",
    ],
)
def test_the_escapes_of_bibtex_are_undone_in_identifiers(imported, evidence, written):
    _, [reference] = imported(
        _bibtex(written, url=r"{https://example.org/a\_b\%20c\&d}"), "m.bib", socks("10.5555/978-3_9")
    )
    assert [i.value for i in reference.identifiers] == ["10.5555/978-3_9", "https://example.org/a_b%20c&d"]
    report = evidence.report("references.yaml", "--select", "IDN,MET")[1]
    assert codes_in(report) == []


@pytest.mark.parametrize(
    ("opened", "closed", "semicolon"),
    [
        (r"\textless{}", r"\textgreater{}", ";"),
        (r"{\textless}", r"{\textgreater}", r"$\mathsemicolon$"),
        ("$<$", "$>$", ";"),
        (r"$\lt$", r"$\gt$", ";"),
        ("&lt;", "&gt;", ";"),
        (r"{\&}lt;", r"{\&}gt;", r"\;"),
    ],
)
def test_angle_brackets_of_bibtex_are_angle_brackets(imported, opened, closed, semicolon):
    written = WILEY.replace(";", semicolon).replace("<", opened).replace(">", closed)
    _, [reference] = imported(_bibtex(written), "m.bib", socks(WILEY))
    assert [i.value for i in reference.identifiers] == [WILEY]


def _bibtex(doi: str, **more: str) -> str:
    fields = "title={Warm socks for cold feet}, author={Smith, J. A. and Brown, M.}, journal={J Winter Med}, year=2018"
    added = "".join(f", {name}={value}" for name, value in more.items())
    return f"@article{{socks, {fields}, volume=50, number=1, pages={{31--39}}, doi={{{doi}}}{added}}}\n"


@pytest.mark.parametrize("number", ["4800000O", "48O00004", "l8000004", "4800I004"])
@pytest.mark.parametrize("before", ["PMID: ", "PMID ", "https://pubmed.ncbi.nlm.nih.gov/"])
def test_a_letter_in_a_pmid_is_reported_and_no_other_number_is_taken(imported, evidence, number, before):
    others = [socks("", pmid) for pmid in ("4800000", "48000000", "48", "8000004", "480", "480000")]
    done, [reference] = imported(monograph(f"{PRINT} {before}{number}"), "m.md", *others)
    assert [i for i in reference.identifiers if i.kind == "pmid"] == []
    assert (done.returncode, f"PMID {number}: " in done.stdout) == (1, True)
    status, report = evidence.report("references.yaml")
    [finding] = [finding for finding in report["findings"] if finding["code"] == "IDN001"]
    assert (status, "letter" in finding["message"]) == (1, True)


def test_the_letter_is_named(evidence):
    entries = "".join(f"- {{id: {name}, PMID: {number}}}\n" for name, number in (("o", "4800000O"), ("l", "l8000004")))
    evidence.write(f"references:\n{entries}- {{id: c, PMCID: PMC12345O7}}\n")
    messages = [finding["message"] for finding in evidence.report("references.yaml", "--offline")[1]["findings"]]
    assert [message.rpartition("; ")[2] for message in messages[:3]] == [f"check the letter {x}" for x in "OlO"]


@pytest.mark.parametrize(
    "title",
    [
        "Warm socks for cold feet: do they work?",
        "Do warm socks work? A trial",
        "Warm socks for cold feet?",
        "Socks? {Yes}: [no], & *never* #1 - 'at' \"all\" | > `%` @home ! ~",
        "? Socks",
        "Socks: yes\\no?",
    ],
)
def test_every_yaml_reader_reads_what_import_writes(imported, evidence, title):
    first, second = (socks("", pmid, title=f"{title}") for pmid in ("48000001", "48000002"))
    imported(monograph("Smith JA, Brown M. Warm socks for cold feet. 2018."), "m.md", first, second)
    record = f"TY  - JOUR\nTI  - {title}\nAU  - {title},,\nJO  - {title}\nPY  - 2018\nVL  - 1?\nSP  - 2\nER  - \n"
    evidence.write(record, "m.ris")
    evidence("import", "m.ris", "-o", "managed.yaml", "--no-match", "--write")
    for name in ("references.yaml", "managed.yaml"):
        text = (evidence.folder / name).read_text(encoding="utf-8")
        read = yaml.load(text, yaml.SafeLoader)
        assert read == yaml.load(text, yaml.CSafeLoader)
        assert len(read["references"]) == 1

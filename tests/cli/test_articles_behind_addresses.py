"""An address is no identifier of an article: `import`, `check`, `fix --match` and `add`. All records are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from evidence.demo.world import (
    JOURNAL_ARTICLE,
    RETRACTED_PUBLICATION,
    ArticleFacts,
    CrossrefUpdate,
    World,
    plain_page,
)
from evidence.library.reader import read_library
from evidence.model.records import Author, Journal
from processes import codes_in

SOCKS = ArticleFacts(
    pmid="44100001",
    title="Warm socks for the treatment of cold feet.",
    authors=(Author("Winter", "John A", "JA"), Author("Nord", "Mary", "M")),
    journal=Journal("Journal of winter medicine", "J Winter Med", "J Winter Med"),
    pub_date="2018",
    volume="50",
    issue="1",
    pages="1-9",
    doi="10.5555/socks.2018.1",
    pmcid="PMC4410001",
)
SOUP = replace(
    SOCKS,
    pmid="44100002",
    title="Hot soup for hoarse singers in the arctic.",
    authors=(Author("Kohl", "Clara", "C"),),
    pages="21-29",
    doi="10.5555/soup.2018.2",
    pmcid="PMC4410002",
    publication_types=(JOURNAL_ARTICLE, RETRACTED_PUBLICATION),
    updates=(CrossrefUpdate("10.5555/soup.2018.retraction", "retraction", date(2020, 5, 4)),),
)
CHAPTER = """<PubmedBookArticle><BookDocument><PMID Version="1">44100003</PMID><ArticleIdList><ArticleId \
IdType="bookaccession">NBK441003</ArticleId></ArticleIdList><Book><Publisher><PublisherName>Winter Publishing\
</PublisherName></Publisher><BookTitle book="x">WinterPearls</BookTitle><PubDate><Year>2026</Year></PubDate></Book>\
<ArticleTitle book="x" part="y">Frostbite</ArticleTitle><Language>eng</Language><AuthorList Type="authors" \
CompleteYN="Y"><Author><LastName>Eis</LastName><ForeName>Anna</ForeName><Initials>A</Initials></Author></AuthorList>\
</BookDocument><PubmedBookData><ArticleIdList><ArticleId IdType="pubmed">44100003</ArticleId></ArticleIdList>\
</PubmedBookData></PubmedBookArticle>"""

PRINTS = {
    "right": "Winter JA, Nord M. Warm socks for the treatment of cold feet. J Winter Med. 2018;50(1):1-9.",
    "retracted": "Kohl C. Hot soup for hoarse singers in the arctic. J Winter Med. 2018;50(1):21-29.",
    "invented": "Eis B, Frost C. Cold tea against warm ears in penguins. J Arctic Inv. 2017;3(2):45-52.",
}
NUMBERS = {"right": SOCKS, "retracted": SOUP, "invented": replace(SOCKS, pmid="44109999", doi="10.5555/nothing")}
LINKS = {
    "a live page": "BASE/web/200/a. Accessed November 14, 2026.",
    "a search for a PMID": "https://www.ncbi.nlm.nih.gov/pubmed/?term=PMID",
    "a tagged search": "https://pubmed.ncbi.nlm.nih.gov/?term=PMID[uid]",
    "Europe PMC": "https://europepmc.org/article/MED/PMID",
    "Europe PMC's abstract": "https://europepmc.org/abstract/MED/PMID",
    "PubMed Central by PMID": "https://www.ncbi.nlm.nih.gov/pmc/articles/pmid/PMID/",
    "a library's proxy": "https://www-ncbi-nlm-nih-gov.library.example/pubmed/PMID",
    "a page by its PII": "https://www.sciencedirect.com/science/article/pii/S0140673605665451",
    "a short DOI": "https://doi.org/SHORT",
    "a publisher's page by its DOI": "https://publisher.example/doi/full/DOI",
}


@pytest.fixture
def cold_world(server) -> World:
    world = World().with_article(SOCKS, SOUP, ArticleFacts("44100003", xml=CHAPTER))
    world = world.with_handle("10/right1", SOCKS.doi).with_handle("10/retracted1", SOUP.doi)
    server.world = world.with_page("/web/200/a", plain_page("A page")).with_page("/web/200/b", plain_page("B"))
    return server.world


def link_to(server, link: str, which: str) -> str:
    facts = NUMBERS[which]
    words = {"BASE": server.pages_url, "PMID": facts.pmid, "DOI": facts.doi, "SHORT": f"{which}1"}
    for word, meant in words.items():
        link = link.replace(word, meant)
    return link


def errors_in(report) -> set[str]:
    return {finding["code"] for finding in report["findings"] if finding["severity"] == "error"}


@pytest.mark.usefixtures("cold_world")
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("which", PRINTS)
def test_an_article_is_judged_whatever_link_is_beside_it(evidence, server, which: str, link: str) -> None:
    address = link_to(server, LINKS[link], which)
    evidence.write(f"# M\n\nText [1].\n\n## References\n\n1. {PRINTS[which]} {address}\n", "m.md")
    evidence("import", "m.md", "--write")
    _, report = evidence.report(EVIDENCE_ALLOW_PRIVATE="1")
    [entry] = read_library(evidence.folder / "references.yaml").references
    errors = errors_in(report)
    if which == "right":
        assert errors == set()
        assert str(entry.identifiers[0]) == "pmid:44100001" or entry.identifiers[0].value == SOCKS.doi
    elif which == "retracted":
        assert "RET001" in errors
    else:
        assert errors & {"REF009", "MET006", "IDN003"}
    if link != "a publisher's page by its DOI":  # whose address only repeats the DOI beside it
        assert "URL" in entry.places


@pytest.mark.usefixtures("cold_world")
def test_the_six_lines_of_one_retracted_article_are_its_own(evidence, server) -> None:
    links = [link_to(server, LINKS[name], "retracted") for name in list(LINKS)[:5]]
    lines = [f"{number}. {PRINTS['retracted']} {link}" for number, link in enumerate([*links, ""], 1)]
    evidence.write("# M\n\nText [1-6].\n\n## References\n\n" + "\n".join(lines), "m.md")
    done = evidence("import", "m.md", "--write")
    assert "no record found" not in done.stdout
    _, report = evidence.report(EVIDENCE_ALLOW_PRIVATE="1")
    retracted = {finding["reference"] for finding in report["findings"] if finding["code"] == "RET001"}
    assert retracted == {entry.id for entry in read_library(evidence.folder / "references.yaml").references}


LABEL = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"


@pytest.mark.usefixtures("cold_world")
@pytest.mark.parametrize(
    "beside", [f"Set ID {LABEL}.", f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={LABEL}"]
)
def test_an_article_is_matched_though_a_label_is_named_beside_it(evidence, beside: str) -> None:
    label = f"Examplix [prescribing information]. Kern, Inc.; 2020. Set ID {LABEL}."
    lines = f"1. {label}\n2. {PRINTS['retracted']} {beside}\n3. {PRINTS['invented']} {beside}\n"
    evidence.write(f"# M\n\nText [1-3].\n\n## References\n\n{lines}", "m.md")
    done = evidence("import", "m.md", "--write")
    assert "only the Set ID of a label is printed, which does not identify an article; no record found" in done.stdout
    examplix, kohl, eis = read_library(evidence.folder / "references.yaml").references
    assert [str(identifier) for identifier in examplix.identifiers] == [f"setid:{LABEL}"]
    assert "pmid:44100002" in map(str, kohl.identifiers)
    assert (kohl.type, [str(identifier) for identifier in eis.identifiers]) == ("article-journal", [f"setid:{LABEL}"])
    _, report = evidence.report(EVIDENCE_ALLOW_PRIVATE="1")
    assert {(kohl.id, "RET001"), (eis.id, "REF009")} <= set(codes_in(report))


@pytest.mark.usefixtures("cold_world")
def test_fix_finds_the_article_that_has_a_labels_set_id(evidence) -> None:
    label = f"type: webpage, setid: {LABEL}, accessed: 2026-11-14"
    library = evidence.write(
        f'references:\n- {{id: kohl, {label}, cited-as: "{PRINTS["retracted"]}"}}\n'
        f"- {{id: label, {label}, cited-as: 'Examplix [prescribing information]. Kern, Inc.; 2020.'}}\n"
    )
    shown = evidence("fix", "--match", "--write")
    assert "kohl: matched" in shown.stderr
    kohl, examplix = read_library(library).references
    assert "pmid:44100002" in map(str, kohl.identifiers)
    assert [str(identifier) for identifier in examplix.identifiers] == [f"setid:{LABEL}"]


@pytest.mark.usefixtures("cold_world")
def test_a_doi_put_together_over_a_lines_end_is_marked_and_verified(evidence) -> None:
    whole, broken = PRINTS["right"], PRINTS["retracted"]
    lines = f"1. {whole} https://doi.org/10.5555/\nsocks.2018.1\n2. {broken} https://doi.org/10.5555/socks.\n2018.2\n"
    evidence.write(f"M\n\nText [1,2].\n\nReferences\n\n{lines}", "m.txt")
    unverified = evidence("import", "m.txt", "--no-match").stdout.splitlines()[1:]
    assert ["printed, joined across a line break" in line for line in unverified] == [True, True]
    done = evidence("import", "m.txt", "--write")
    assert done.returncode == 1
    first, second = done.stdout.splitlines()[1:]
    assert "matched" in first
    assert "its DOI, joined across a line break, matches the record" in first
    assert "its text matches a different record: PMID 44100002" in second
    socks, soup = read_library(evidence.folder / "references.yaml").references
    assert {"pmid:44100001", "doi:10.5555/socks.2018.1"} <= {str(one) for one in socks.identifiers}
    assert [str(one) for one in soup.identifiers] == ["doi:10.5555/socks.2018.2"]


RIS = """TY  - JOUR
AU  - Kohl, Clara
TI  - Hot soup for hoarse singers in the arctic
JO  - J Winter Med
VL  - 50
IS  - 1
SP  - 21
EP  - 29
PY  - 2018
UR  - BASE/web/200/a
ER  -
"""
BIB = """@article{kohl, author={Kohl, Clara}, title={Hot soup for hoarse singers in the arctic}, journal={J Winter Med},
volume=50, number=1, pages={21--29}, year=2018, url={BASE/web/200/a}}
"""


@pytest.mark.usefixtures("cold_world")
@pytest.mark.parametrize(("name", "text"), [("m.ris", RIS), ("m.bib", BIB)])
def test_a_managers_article_with_an_address_alone_is_matched_too(evidence, server, name: str, text: str) -> None:
    if name.endswith(".bib"):
        pytest.importorskip("pypandoc", reason="pypandoc_binary is not installed (extra `import`)")
    evidence.write(text.replace("BASE", server.pages_url), name)
    evidence("import", name, "--write")
    _, report = evidence.report(EVIDENCE_ALLOW_PRIVATE="1")
    assert "RET001" in errors_in(report)
    [entry] = read_library(evidence.folder / "references.yaml").references
    assert {"PMID", "URL"} <= entry.places.keys()


@pytest.mark.usefixtures("cold_world")
def test_a_chapter_on_the_bookshelf_has_its_pmid(evidence) -> None:
    printed = "Eis A. Frostbite. In: WinterPearls [Internet]. Winter Publishing; 2026."
    address = "https://www.ncbi.nlm.nih.gov/books/NBK441003/"
    evidence.write(f"# M\n\nText [1].\n\n## References\n\n1. {printed} {address}\n", "m.md")
    done = evidence("import", "m.md", "--write")
    assert f"{address} is PMID 44100003" in done.stdout
    [entry] = read_library(evidence.folder / "references.yaml").references
    assert str(entry.identifiers[0]) == "pmid:44100003"
    assert "URL" in entry.places


@pytest.mark.usefixtures("cold_world")
def test_a_registry_that_is_not_asked_is_no_answer_about_an_address(evidence) -> None:
    address = "https://www.ncbi.nlm.nih.gov/books/NBK441003/"
    evidence.write(f"# M\n\nText [1].\n\n## References\n\n1. Eis A. Frostbite. In: WinterPearls. {address}\n", "m.md")
    done = evidence("import", "m.md", "--offline")
    assert (done.returncode, "could not determine which work" in done.stdout) == (3, True)


@pytest.mark.usefixtures("cold_world")
def test_a_page_is_no_article_and_its_words_are_sent_nowhere(evidence, server) -> None:
    page = "Fir Institute. Cold feet: what to do about them. Accessed November 14, 2026."
    evidence.write(f"# M\n\nText [1].\n\n## References\n\n1. {page} {server.pages_url}/web/200/a\n", "m.md")
    server.forget()
    done = evidence("import", "m.md", "--write")
    assert (done.returncode, server.requests) == (0, [])
    status, report = evidence.report(EVIDENCE_ALLOW_PRIVATE="1")
    assert (status, errors_in(report)) == (0, set())


# `evidence fix --match`: the entries of a file that exists

LIBRARY = """# ours
references:
# the first
- id: kohl   # kept
  type: webpage
  URL: BASE/web/200/a
  accessed: 2026-11-14
  cited-as: >-
    RETRACTED BASE/web/200/a. Accessed November 14, 2026.
- id: eis
  URL: BASE/web/200/b
  accessed: 2026-11-14
  cited-as: "INVENTED BASE/web/200/b"
- id: winter
  type: article-journal
  title: Warm socks for the treatment of cold feet
  author: [{family: Winter, given: John A}, {family: Nord, given: Mary}]
  container-title: J Winter Med
  issued: 2018
  volume: 50
  page: 1-9
"""


@pytest.fixture
def library(evidence, server, cold_world):
    del cold_world
    words = {"BASE": server.pages_url, "RETRACTED": PRINTS["retracted"], "INVENTED": PRINTS["invented"]}
    text = LIBRARY
    for word, meant in words.items():
        text = text.replace(word, meant)
    return evidence.write(text)


@pytest.mark.usefixtures("library")
def test_check_says_what_is_not_identified_and_sends_no_words(evidence, server) -> None:
    server.forget()
    _, report = evidence.report(EVIDENCE_ALLOW_PRIVATE="1")
    assert {(reference, code) for reference, code in codes_in(report) if code.startswith("REF")} == {
        ("kohl", "REF009"),
        ("eis", "REF009"),
        ("winter", "REF003"),
    }
    [found] = [f for f in report["findings"] if f["code"] == "REF009" and f["reference"] == "kohl"]
    assert found["message"].startswith("page found, but article not identified")
    assert "evidence fix --match references.yaml" in found["suggestion"]
    assert {request.service for request in server.requests} == {"pages"}


def test_fix_looks_for_nothing_without_being_told_to(evidence, server, library) -> None:
    before = library.read_text()
    server.forget()
    assert evidence("fix", "--write").returncode == 0
    assert (library.read_text(), server.requests) == (before, [])


def test_fix_shows_what_it_found_and_writes_it_on_request(evidence, library) -> None:
    before = library.read_text()
    shown = evidence("fix", "--match")
    assert (shown.returncode, library.read_text()) == (1, before)
    assert '+  PMID: "44100002"' in shown.stdout
    assert "kohl: matched" in shown.stderr
    assert "RETRACTED according to the record" in shown.stderr
    assert "eis: only an address is printed, which does not identify an article; no record found" in shown.stderr
    assert evidence("fix", "--match", "--write").returncode == 0
    text = library.read_text()
    assert text.startswith("# ours\nreferences:\n# the first\n- id: kohl   # kept\n  type: article-journal\n")
    kohl, eis, winter = read_library(library).references
    assert [str(entry.identifiers[0]) for entry in (kohl, winter)] == ["pmid:44100002", "pmid:44100001"]
    assert "URL" in kohl.places
    assert eis.identifiers[0].kind == "url"
    _, report = evidence.report(EVIDENCE_ALLOW_PRIVATE="1")
    assert {("kohl", "RET001"), ("eis", "REF009")} <= set(codes_in(report))
    assert ("winter", "REF003") not in codes_in(report)


@pytest.mark.usefixtures("library")
def test_offline_nobody_is_asked_and_that_is_no_answer(evidence, server) -> None:
    server.forget()
    done = evidence("fix", "--match", "--offline")
    assert (done.returncode, server.requests) == (3, [])
    assert "not looked up" in done.stderr


def test_what_is_ignored_is_not_looked_for(evidence, library) -> None:
    text = library.read_text().replace("- id: kohl   # kept\n", "- id: kohl\n  ignore: {REF009: not indexed}\n")
    library.write_text(text)
    assert "kohl: matched" not in evidence("fix", "--match").stderr


@pytest.mark.usefixtures("cold_world")
def test_what_the_print_or_the_address_names_needs_no_search(evidence, server) -> None:
    library = evidence.write(
        "references:\n"
        f'- id: a\n  cited-as: "{PRINTS["right"]} PMID: 44100001"\n'
        f'- id: b\n  URL: https://publisher.example/doi/full/{SOUP.doi}\n  cited-as: "{PRINTS["retracted"]}"\n'
        "- id: c\n  type: chapter\n  title: Frostbite\n  URL: https://www.ncbi.nlm.nih.gov/books/NBK441003/\n"
    )
    server.forget()
    evidence("fix", "--match", "--write")
    first, second, third = read_library(library).references
    assert [str(entry.identifiers[0]) for entry in (first, second, third)] == [
        "pmid:44100001",
        f"doi:{SOUP.doi}",
        "pmid:44100003",
    ]
    assert not [request for request in server.requests if request.path.endswith("ecitmatch.cgi")]


# `evidence add`


@pytest.mark.usefixtures("cold_world")
@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("https://europepmc.org/article/MED/44100001", "pmid:44100001"),
        ("https://doi.org/right1", f"doi:{SOCKS.doi}"),
        ("https://www.ncbi.nlm.nih.gov/books/NBK441003/", "pmid:44100003"),
        (f"https://publisher.example/doi/full/{SOCKS.doi}", f"doi:{SOCKS.doi}"),
    ],
)
def test_an_address_is_added_as_the_work_that_it_names(evidence, address: str, number: str) -> None:
    assert evidence("add", address).returncode == 0
    [entry] = read_library(evidence.folder / "references.yaml").references
    assert number in [str(identifier) for identifier in entry.identifiers]
    assert entry.csl["URL"] == address


@pytest.mark.usefixtures("cold_world")
def test_an_articles_page_is_not_added_for_the_article(evidence, server) -> None:
    server.world = server.world.with_page("/science/article/pii/S0140673605665451", plain_page("Warm socks"))
    address = f"{server.pages_url}/science/article/pii/S0140673605665451"
    done = evidence("add", address, EVIDENCE_ALLOW_PRIVATE="1")
    assert (done.returncode, "page found, but an address does not identify an article" in done.stderr) == (1, True)
    assert evidence("add", address, "--force", EVIDENCE_ALLOW_PRIVATE="1").returncode == 0


@pytest.mark.usefixtures("cold_world")
def test_of_a_page_that_is_added_it_is_said_that_it_identifies_no_article(evidence, server) -> None:
    done = evidence("add", f"{server.pages_url}/web/200/a", EVIDENCE_ALLOW_PRIVATE="1")
    assert (done.returncode, "a page does not identify an article" in done.stderr) == (0, True)

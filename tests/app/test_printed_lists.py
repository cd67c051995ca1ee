"""Printed lists as they are imported: ids, types, citations of the text, the monograph's title."""

from __future__ import annotations

import pytest

from evidence.app.import_files import ImportFormat
from evidence.app.import_listing import LARGEST, Listing, read_listing
from evidence.model.errors import FileError
from factories import ALDER, CEDAR, ELM, FIR, listing_of

LIST = f"## References\n\n1. {ALDER}\n2. {CEDAR}\n3. {ELM}\n4. {FIR}\n"


def markdown(text: str) -> Listing:
    return read_listing("m.md", f"# Examplinib *(low dose)*\n\n{text}\n\n{LIST}".encode(), ImportFormat.MARKDOWN)


@pytest.mark.parametrize(
    ("text", "base"),
    [
        (ALDER, "alder-2019"),
        (ELM, "elm-2020"),
        (FIR, "fir-institute"),
        ("Smith, J. P., & Stock, H. (2007, April). A title of 1999. J Ex, 12(3), 4-5.", "smith-2007"),
        (
            "van der Berg JP, Smith K. A title: the 2010 guideline. J Ex Med. 2013 Apr 4;12(3):45-52.",
            "van-der-berg-2013",
        ),
        ("Vizin G. Nem vagy egyedül! 2023. PMID: 1", "vizin-2023"),
        ("García-Márquez M. Título. Rev Ex. 2001;1:2.", "garcia-marquez-2001"),
        ("U.S. Pharmacopeia. Examplinib. Rockville; 2019. PMID: 3", "us-pharmacopeia-2019"),
        (
            "World Health Organization. A report. Geneva: WHO; 2013. ISBN 978-3-16-148410-0",
            "world-health-organization-2013",
        ),
        ("李小龙. 一个标题. 某杂志. 2001;1:2. PMID: 4", "pmid-4"),
        ("Smith J. Page. Accessed May 2025. https://example.org/2019/04", "smith"),
        ('"A title without authors." J Ex Med. 2011;2:3.', "a-title-without-2011"),
    ],
)
def test_ids_are_made_of_the_first_author_and_the_year_of_publication(text: str, base: str) -> None:
    assert listing_of(text, ELM).entries[0].base == base


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ALDER, "article-journal"),
        (CEDAR, "article-journal"),
        (FIR, "webpage"),
        ("Oak B. A book of examples. 2nd ed. Town: Press; 2013. ISBN 978-3-16-148410-0", "book"),
        ("Oak B. A chapter. In: Elm C, ed. A book. Town: Press; 2013:12-19. ISBN 978-3-16-148410-0", "chapter"),
        ("Oak B. Something said in 2013. Town: Press; 2013.", None),
        ("Oak B. Something said, 2013; Oxford: Press.", None),
        ("Oak B. A title. J Ex Med. 2013 Apr 4;Suppl 2:S45-52. PMID: 6", "article-journal"),
        ("Oak, B. (2013). A title. Journal of Examples, 12(3), 45-52. https://doi.org/10.1000/x", "article-journal"),
        ("Oak B. A preprint. medRxiv. 2021. doi:10.1101/2021.01.01", None),
        ("Examplinib tablets. DailyMed 06ff2d5a-e62b-4fa4-bbdb-01938535bc65. Accessed May 2025.", "webpage"),
    ],
)
def test_the_type_is_stated_where_it_is_clear(text: str, kind: str | None) -> None:
    assert listing_of(text, ELM).entries[0].fields.get("type") == kind


def test_citations_are_counted_and_the_first_is_placed() -> None:
    listing = markdown("It works [1,2]. It is\nsafe [2], they say [7].")
    cited = [(entry.cited.times, entry.cited.first) for entry in listing.entries]
    assert cited == [(1, "line 3"), (2, "line 3"), (0, ""), (0, "")]
    assert (listing.undefined, listing.has_markers, listing.title) == (("[7]",), True, "Examplinib (low dose)")


def test_citations_by_name_and_year_are_counted_too() -> None:
    text = (
        f"It works (Alder & Birch, 2019; Elm, 2020). Not so Oak (2001).\n\nReferences\n\n{ALDER}\n\n{ELM}\n\n{CEDAR}\n"
    )
    listing = read_listing("m.txt", text.encode(), ImportFormat.TEXT)
    assert [entry.cited.times for entry in listing.entries] == [1, 1, 0]
    assert listing.undefined == ("Oak (2001)",)


def test_where_the_text_has_no_lines_words_show_the_place() -> None:
    page = f"<h1>Examplinib</h1><p>Many say that it works [2].</p><h2>References</h2><ol><li>{ALDER}<li>{CEDAR}</ol>"
    listing = read_listing("m.html", page.encode(), ImportFormat.HTML)
    assert [entry.cited.first for entry in listing.entries] == ["", '"…Many say that it works [2]"']


def test_a_text_that_cites_nothing_is_reported() -> None:
    assert listing_of(ALDER, CEDAR).has_markers is False


def test_a_list_is_no_title() -> None:
    listing = read_listing("m.txt", f"References\n\n1. {ALDER}\n2. {ELM}\n".encode(), ImportFormat.TEXT)
    assert listing.title is None


def test_a_file_that_is_nothing_but_a_list_is_one() -> None:
    listing = read_listing(
        "m.txt", f"{ALDER}\n\n{CEDAR}\n\nA note without marks\n\n{ELM}\n".encode(), ImportFormat.TEXT
    )
    assert [entry.base for entry in listing.entries] == ["alder-2019", "cedar-2021", "a-note-without", "elm-2020"]


def test_printed_text_is_kept_to_the_letter_but_for_control_characters() -> None:
    odd = "Alder  AB\u00a0\u200b\u202eBirch. \u201cA\u201d title\u2028 {x}: #1. J Ex. 2019;1:2. doi:10.1000/x"
    entry = listing_of(odd + "\x01\x1b", ELM).entries[0]
    assert entry.cited_as == odd


def test_what_it_says_twice_is_reported() -> None:
    entry = listing_of(f"{CEDAR}, PMID: 5", ELM).entries[0]
    assert entry.caveats == ("2 PMIDs are printed (91234567, 5); the first is used",)
    assert entry.fields["PMID"] == "91234567"


def test_trials_and_labels_are_written_with_their_pages() -> None:
    trial = listing_of("A trial of examplinib. ClinicalTrials.gov NCT01234567. Accessed May 2025.", ELM).entries[0]
    assert trial.fields["URL"] == "https://clinicaltrials.gov/study/NCT01234567"


def test_without_a_list_and_over_the_limit_one_line_says_so() -> None:
    with pytest.raises(FileError, match=r"m\.txt: no reference list found"):
        read_listing("m.txt", b"Nothing here", ImportFormat.TEXT)
    with pytest.raises(FileError, match="limit 20 MB"):
        read_listing("-", b" " * (LARGEST + 1), ImportFormat.TEXT)


def test_a_text_that_cites_by_keys_is_no_reference_list() -> None:
    with pytest.raises(FileError, match="import the bibliography that defines these keys"):
        read_listing("m.md", b"Works [@younger2013; @smith2007, p. 4]. So [see @brown2009].\n", ImportFormat.MARKDOWN)

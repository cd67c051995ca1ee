from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from evidence.app.registry import RULES, SOURCE_TITLES
from evidence.documents.document import Comment, DocumentFormat
from evidence.documents.marked_page import marked_page
from evidence.matching.label_sections import LabelComparison, SectionText, compare_texts
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Label, SplVersion
from evidence.reports.brief import render_brief
from evidence.reports.html import render_html
from evidence.reports.label_changes import changes_page
from factories import (
    LABEL_SETID,
    TODAY,
    document_of,
    document_of_two_monographs,
    document_with_claims,
    full_document,
    large_document,
)

Opening = Callable[..., Any]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
]


MOST_PAGES = {5: 3, 60: 12, 143: 25}
"""On how many pages so many references are printed at most."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (--group browser)")
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium on this machine (apt-get install chromium, or set CHROMIUM)")
    with driver.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports that are opened: one of everything, several monographs, five hundred references."""
    folder = tmp_path_factory.mktemp("reports")
    forms = {"everything": full_document(), "monographs": document_of_two_monographs(), "hundreds": large_document(500)}
    forms["claims"] = document_with_claims()
    printed = {number: large_document(number, files=12 if number > 100 else 1) for number in MOST_PAGES}
    paths = {name: folder / f"{name}.html" for name in forms}
    for name, shown in forms.items():
        paths[name].write_text(render_html(shown, RULES, SOURCE_TITLES), encoding="utf-8")
    for name, shown in (("brief", full_document()), ("brief-143", printed[143])):
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(render_brief(shown, SOURCE_TITLES, "ab" * 32, "D. Reyes"), encoding="utf-8")
    monograph = document_of("# Drug\n\n## Uses\n\nFor pain [1].\n\n- It is *old*.\n", DocumentFormat.MARKDOWN)
    comments = [Comment(block.passage.span, ("ERROR: wrong", "What to do: <b>")) for block in monograph.blocks]
    paths["marked"] = folder / "marked.html"
    paths["marked"].write_text(marked_page(monograph, comments, "Drug & Co", TODAY), encoding="utf-8")
    paths["changes"] = folder / "changes.html"
    paths["changes"].write_text(changes_page(label_comparison()), encoding="utf-8")
    for number, shown in printed.items():
        paths[f"printed-{number}"] = folder / f"printed-{number}.html"
        paths[f"printed-{number}"].write_text(render_html(shown, RULES, SOURCE_TITLES), encoding="utf-8")
    return paths


@pytest.fixture
def opened(browser: Any, pages: dict[str, Path]) -> Iterator[Callable[..., Any]]:
    """Open a report: `opened("everything", width=390)`; other options are a browser context's."""
    contexts = []

    def opening(name: str, *, width: int = 1280, height: int = 900, fragment: str = "", **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.troubles = []
        page.asked = []
        page.on("console", lambda message: page.troubles.append(message.text))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(pages[name].as_uri() + fragment)
        return page

    yield opening
    for context in contexts:
        context.close()


def label_comparison() -> LabelComparison:
    """Two versions of a label: a section with other words, and a new one."""
    label = Label(Identifier(IdKind.SETID, LABEL_SETID), "TESTOL TABLET", ())
    then, now = SplVersion(3, TODAY), SplVersion(5, TODAY)
    before = (SectionText("34068-7", "", "Take one tablet a day."), SectionText("34070-3", "", "None."))
    after = (SectionText("34068-7", "", "Take two tablets a day."), SectionText("", "Storage & use", "Keep it <dry>."))
    return compare_texts(label, then, now, before, after)


def shown_ids(page: Any) -> list[str]:
    return page.locator("table.refs tbody:not([hidden]) .row .name").all_text_contents()


def wait_for_message(page: Any, text: str) -> None:
    """Wait until the live region says so; fails with what it says."""
    page.wait_for_function("text => document.getElementById('shown').textContent === text", arg=text)


def axe(page: Any) -> list[tuple[str, list[str]]]:
    """The violations of axe-core's rules, each with the elements that it names."""
    package = pytest.importorskip("axe_playwright_python", reason="axe is not installed (--group browser)")
    page.evaluate((files(package) / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then(run => run.violations)")
    return [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.parametrize("name", ["everything", "monographs", "hundreds", "marked"])
def test_the_page_opens_without_a_complaint_and_asks_for_nothing_else(opened: Opening, name: str) -> None:
    page = opened(name)
    assert page.troubles == []
    assert page.asked == [page.url]


def test_a_script_that_is_not_the_page_s_own_does_not_run(opened: Opening) -> None:
    page = opened("everything")
    added = "const s = document.createElement('script'); s.append('window.ran = true'); document.body.append(s)"
    page.evaluate(f"try {{ {added} }} catch (refused) {{}}")
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in trouble for trouble in page.troubles)


def test_text_narrows_the_table_and_the_count_is_reported(opened: Opening) -> None:
    page = opened("everything")
    page.get_by_label("Search").fill("retracted, see")
    assert shown_ids(page) == ["retracted-2020"]
    wait_for_message(page, "1 of 8 references")
    page.get_by_role("button", name="Clear").click()
    wait_for_message(page, "8 references")


@pytest.mark.parametrize(
    ("label", "choice", "kept"),
    [
        ("Findings", "with errors", lambda one: "error" in one["severities"]),
        ("Findings", "without findings", lambda one: not one["severities"]),
        ("State", "not found", lambda one: one["state"] == "not-found"),
        ("Owner", "Labelling", lambda one: one["owner"] == "Labelling"),
        ("Owner", "none", lambda one: one["owner"] is None),
    ],
)
def test_each_filter_keeps_what_it_says(opened: Opening, label: str, choice: str, kept: Any) -> None:
    shown = document_of_two_monographs()
    for one in shown["references"]:
        one["severities"] = {f["severity"] for f in shown["findings"] if f["reference"] == one["id"]}
    expected = [one["id"] for one in shown["references"] if kept(one)]
    page = opened("monographs")
    page.get_by_label(label, exact=True).select_option(choice)
    assert shown_ids(page) == expected
    assert 0 < len(expected) < len(shown["references"])


def test_the_rule_family_filter_and_new_findings(opened: Opening) -> None:
    page = opened("everything")
    page.get_by_label("Rules", exact=True).select_option("ACC")
    assert shown_ids(page) == ["charity", "label"]
    page.get_by_label("Rules", exact=True).select_option("any")
    page.get_by_label("Findings", exact=True).select_option("new since the last run")
    new = set(full_document()["changes"]["new"])
    assert set(shown_ids(page)) == {f["reference"] for f in full_document()["findings"] if f["fingerprint"] in new}


def test_a_file_without_a_match_says_so(opened: Opening) -> None:
    page = opened("monographs")
    page.get_by_label("Search").fill("no such words anywhere")
    assert page.locator(".nothing:visible").count() == 2
    assert page.locator("table.refs:visible").count() == 0
    wait_for_message(page, "0 of 12 references")


def test_columns_sort_up_down_and_back_and_say_so(opened: Opening) -> None:
    page = opened("everything")
    original = shown_ids(page)
    header = page.locator("th", has=page.get_by_role("button", name="Reference", exact=True))
    for direction, expected in (
        ("ascending", sorted(original)),
        ("descending", sorted(original, reverse=True)),
        ("none", original),
    ):
        header.get_by_role("button").click()
        assert header.get_attribute("aria-sort") == direction
        assert shown_ids(page) == expected


def test_the_worst_findings_sort_first(opened: Opening) -> None:
    page = opened("everything")
    page.get_by_role("button", name="Findings", exact=True).click()
    assert set(shown_ids(page)[:2]) == {"retracted-2020", "gone-2019"}


def test_all_can_be_done_with_the_keyboard(opened: Opening) -> None:
    page = opened("everything")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the references"
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="younger-2013")
    for _ in range(30):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    assert button.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert page.get_by_text("As printed").first.is_visible()
    page.keyboard.press("Space")
    assert button.get_attribute("aria-expanded") == "false"
    assert not page.locator("#ref-1 .dossier").is_visible()


def test_a_link_to_a_reference_opens_it_even_when_filtered_away(opened: Opening) -> None:
    page = opened("everything")
    page.get_by_label("Search").fill("charity")
    page.locator("#decisions ~ ul").get_by_role("link", name="retracted-2020").click()
    page.locator("#ref-2 .dossier").wait_for(state="visible")
    wait_for_message(page, "8 references")
    assert page.evaluate("document.activeElement.textContent") == "retracted-2020"


def test_an_address_with_a_fragment_opens_its_reference_and_its_rule(opened: Opening) -> None:
    assert opened("everything", fragment="#ref-3").locator("#ref-3 .dossier").is_visible()
    assert opened("everything", fragment="#rule-RET001").locator("#rule-RET001 p").first.is_visible()


def test_everything_opens_and_closes_at_once(opened: Opening) -> None:
    page = opened("everything")
    page.get_by_role("button", name="Open all").click()
    assert page.locator(".dossier:visible").count() == 8
    page.get_by_role("button", name="Close all").click()
    assert page.locator(".dossier:visible").count() == 0


def test_the_theme_follows_the_system_until_it_is_chosen(opened: Opening) -> None:
    page = opened("everything", color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.get_by_role("button", name="Theme: system").click()
    light = page.evaluate(paper)
    assert light != dark
    page.reload()
    assert page.evaluate(paper) == light
    page.get_by_role("button", name="Theme: light").click()
    assert page.evaluate(paper) == dark


def test_without_javascript_all_can_be_read(opened: Opening) -> None:
    page = opened("everything", java_script_enabled=False)
    assert page.locator(".dossier:visible").count() == 8
    assert page.locator("#filters:visible").count() == 0
    assert page.locator(".rule p:visible").count() > 10
    assert page.get_by_text("PubMed: retracted, see").first.is_visible()


@pytest.mark.parametrize("name", ["everything", "monographs"])
def test_no_width_makes_the_page_scroll_sideways(opened: Opening, name: str) -> None:
    page = opened(name)
    page.get_by_role("button", name="Open all").click()
    for width in (320, 390, 768, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        ("everything", "light", 1280),
        ("everything", "dark", 1280),
        ("everything", "light", 390),
        ("monographs", "light", 1280),
        ("claims", "light", 1280),
        ("claims", "dark", 390),
        ("brief", "light", 1280),
        ("brief", "light", 390),
        ("marked", "light", 1280),
        ("marked", "light", 390),
        ("changes", "light", 1280),
        ("changes", "dark", 390),
    ],
)
def test_axe_finds_nothing(opened: Opening, name: str, scheme: str, width: int) -> None:
    page = opened(name, width=width, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for button in page.locator(".row button").all()[:3]:
        button.click()
    assert axe(page) == []


def test_axe_would_find_what_is_wrong(opened: Opening) -> None:
    page = opened("everything")
    page.evaluate("document.querySelector('label[for=f-text]').remove()")
    assert [name for name, _ in axe(page)] == ["label"]


def test_on_paper_all_that_is_wrong_is_open_and_nothing_is_for_clicking(opened: Opening) -> None:
    page = opened("everything", color_scheme="dark")
    page.get_by_label("Search").fill("charity")
    page.emulate_media(media="print")
    references = page.locator("table.refs tbody")
    assert references.count() == page.locator("table.refs .row:visible").count() == 8
    faulty = page.locator("table.refs tbody.faulty")
    assert 0 < page.locator(".dossier:visible").count() == faulty.count() < 8
    assert page.locator("table.refs tbody:not(.faulty) .ids:visible").count() == 8 - faulty.count()
    assert page.locator("#filters:visible, .toc:visible, #theme:visible, thead button:visible").count() == 0
    assert page.locator("table.refs thead").evaluate("one => getComputedStyle(one).display") == "table-header-group"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_it_prints_on_a4_with_numbered_pages(opened: Opening, tmp_path: Path) -> None:
    page = opened("everything")
    place = tmp_path / "report.pdf"
    page.pdf(path=place, prefer_css_page_size=True)
    printed = place.read_bytes()
    assert printed.startswith(b"%PDF-")
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed))
    assert [(round(float(w)), round(float(h))) for w, h in boxes] == [(595, 842)]
    assert pages_in(printed) > 1


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


@pytest.mark.parametrize("number", MOST_PAGES)
def test_it_prints_on_few_pages(opened: Opening, number: int) -> None:
    assert pages_in(opened(f"printed-{number}").pdf(prefer_css_page_size=True)) <= MOST_PAGES[number]


@pytest.mark.parametrize("name", ["brief", "brief-143"])
def test_the_brief_prints_on_two_pages(opened: Opening, name: str) -> None:
    assert pages_in(opened(name).pdf(prefer_css_page_size=True)) <= 2


def test_five_hundred_references_open_and_filter(opened: Opening) -> None:
    expect = pytest.importorskip("playwright.sync_api").expect
    page = opened("hundreds")
    rows = page.locator("table.refs tbody:not([hidden])")
    expect(rows).to_have_count(500)
    page.get_by_label("Search").fill("xyzzy")
    expect(rows).to_have_count(0)
    page.get_by_label("Search").fill("")
    expect(rows).to_have_count(500)


def test_from_a_sentence_to_its_paper_and_back(opened) -> None:
    page = opened("claims")
    page.click("#claim-1 .evidence a")
    assert page.evaluate("location.hash") == "#ref-1"
    assert page.locator("#ref-1").evaluate("entry => entry.classList.contains('open')")
    links = page.locator('#ref-1 a[href^="#claim-"]')
    assert [link.get_attribute("href") for link in links.all()] == ["#claim-1", "#claim-2"]
    links.nth(1).click()
    assert page.evaluate("location.hash") == "#claim-2"
    driver = pytest.importorskip("playwright.sync_api")
    driver.expect(page.locator("#claim-2")).to_be_in_viewport()
    assert page.troubles == []

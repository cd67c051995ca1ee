"""Pages that raise a second question: what a made-up address beside them gets, where they send their readers on to."""

import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Cause, Found
from evidence.model.records import Hop, Page
from evidence.sources.http.visit import FetchFailure, PageAnswer, PageOutcome
from evidence.sources.soft404 import sibling
from evidence.sources.web import Web
from factories import SentenceWriter
from sources.test_web import FakePages, StoppedClock

FOLDER = "https://www.example.org/naltrexone/"
URL = f"{FOLDER}study.html"
HTML = {"content-type": "text/html"}
ARTICLE = " ".join(SentenceWriter(1).sentences(200))
OTHER = " ".join(SentenceWriter(2).sentences(200))


def shows(text: str, url: str = URL, title: str = "A study", head: str = "", **more) -> PageAnswer:
    body = f"<title>{title}</title>{head}<body><main><p>{text}</p></main>".encode()
    return PageAnswer(url, 200, HTML, body, **more)


def look(answers: dict[str, PageOutcome], *urls: str, patient: bool = True) -> tuple[list[Page], FakePages]:
    pages = FakePages(answers, patient=patient)
    wanted = [Identifier(IdKind.URL, url) for url in urls or (URL,)]
    answered = list(Web(pages, StoppedClock()).look_up(wanted))
    assert sorted(answer.identifier for answer in answered) == sorted(wanted)
    return [answer.outcome.record for answer in answered if isinstance(answer.outcome, Found)], pages


def test_a_made_up_address_that_gets_the_same_page_is_a_sign():
    (page,), _ = look({URL: shows(ARTICLE), sibling(URL): shows(ARTICLE, sibling(URL))})
    assert page.suspicion == "its site answers a made-up address with the same page"


def test_a_page_that_names_the_address_asked_for_is_still_the_same():
    answers = {url: shows(f"{ARTICLE} You asked for {url}.", url) for url in (URL, sibling(URL))}
    assert look(answers)[0][0].suspicion


@pytest.mark.parametrize(
    "echo",
    [
        PageAnswer(sibling(URL), 404),
        PageAnswer(sibling(URL), 403),
        PageAnswer(sibling(URL), 503),
        shows(OTHER, sibling(URL)),
        shows(ARTICLE, sibling(URL), title="Another title"),
        FetchFailure("no answer in time", Cause.TIMEOUT),
    ],
)
def test_a_made_up_address_that_gets_anything_else_is_none(echo):
    assert look({URL: shows(ARTICLE), sibling(URL): echo})[0][0].suspicion == ""


def test_a_site_that_ignores_the_name_after_a_number_is_none():
    canonical = '<link rel="canonical" href="/naltrexone/study.html">'
    answers = {url: shows(ARTICLE, url, head=canonical) for url in (URL, sibling(URL))}
    assert look(answers)[0][0].suspicion == ""
    back = (Hop(301, sibling(URL), URL),)
    assert look({URL: shows(ARTICLE), sibling(URL): shows(ARTICLE, URL, hops=back)})[0][0].suspicion == ""


def test_a_catch_all_redirect_from_elsewhere_is_a_sign():
    error = "https://www.example.org/sorry/here"
    cited, made_up = Hop(302, URL, error), Hop(302, sibling(error), error)
    (page,), _ = look(
        {URL: shows(ARTICLE, error, hops=(cited,)), sibling(error): shows(ARTICLE, error, hops=(made_up,))}
    )
    assert page.suspicion == "its site sends a made-up address to the same page"


def test_the_made_up_address_is_beside_the_final_one_and_is_always_the_same():
    made_up = sibling(URL)
    assert made_up == sibling(f"{FOLDER}another.html?page=2")
    assert made_up.startswith(FOLDER)
    assert made_up.endswith(".html")
    assert len(made_up.removeprefix(FOLDER)) == 20 + len(".html")
    assert sibling("https://a.example/x/y/").endswith("/")
    assert sibling("https://a.example/x") != sibling("https://b.example/x").replace("b.", "a.")


def test_it_is_asked_once_for_all_pages_of_a_directory():
    urls = [f"{FOLDER}{n}.html" for n in range(5)] + [f"{FOLDER}deeper/page.html"]
    _, pages = look({url: shows(ARTICLE, url) for url in urls}, *urls)
    assert pages.on_the_side == [sibling(urls[0]), sibling(urls[-1])]


@pytest.mark.parametrize(
    ("url", "observed"),
    [
        ("https://www.example.org/", shows(ARTICLE, "https://www.example.org/")),
        (URL, shows("Too little to be judged.")),
        (URL, PageAnswer(URL, 200, {"content-type": "application/pdf"}, b"%PDF" + ARTICLE.encode())),
        (URL, shows(ARTICLE, complete=False)),
        (URL, PageAnswer(URL, 204)),
        (URL, shows(ARTICLE, title="Page not found")),
    ],
)
def test_front_pages_and_pages_that_say_too_little_are_compared_with_nothing(url, observed):
    _, pages = look({url: observed}, url)
    assert pages.on_the_side == []


def test_a_front_page_asked_first_does_not_spare_the_pages_beside_it():
    root, deep = "https://www.example.org/", "https://www.example.org/study"
    _, pages = look({url: shows(ARTICLE, url) for url in (root, deep)}, root, deep)
    assert pages.on_the_side == [sibling(deep)]


def test_a_page_whose_question_was_never_answered_is_found_without_suspicion():
    (page,), _ = look({URL: shows(ARTICLE)}, patient=False)
    assert page.suspicion == ""


def refresh(target: str, seconds: str = "0") -> PageAnswer:
    return shows("", head=f'<meta http-equiv="Refresh" content="{seconds}; URL={target}">')


def test_a_page_that_sends_its_readers_to_a_dead_one_is_a_sign():
    target = f"{FOLDER}gone.html"
    (page,), _ = look({URL: refresh("gone.html"), target: PageAnswer(target, 410)})
    assert page.suspicion == f"it sends its readers on to {target}, which answers HTTP 410"


@pytest.mark.parametrize(
    ("target", "title", "reported"),
    [
        ("https://www.example.org/", "Example", "the front page"),
        ("https://www.example.org/login", "Example", "a login page"),
        ("https://www.example.org/x/y", "Page not found", "its title says so"),
        ("https://www.example.org/x/y", "This domain is for sale", "a parked domain"),
    ],
)
def test_a_page_that_sends_its_readers_to_a_sign_is_one(target, title, reported):
    (page,), _ = look({URL: refresh(target, "5"), target: shows("", target, title)})
    assert reported in page.suspicion


def test_a_page_that_sends_its_readers_to_a_good_one_is_none():
    target = "https://www.example.org/new/study"
    (page,), pages = look({URL: refresh(target), target: shows(ARTICLE, target)})
    assert (page.suspicion, pages.on_the_side) == ("", [target])


@pytest.mark.parametrize("observed", [refresh("gone.html", "6"), refresh("study.html"), refresh("ftp://a.example/")])
def test_slow_and_circular_and_foreign_refreshes_are_not_followed(observed):
    assert look({URL: observed})[1].on_the_side == []


def test_a_fragment_that_the_page_has_no_place_for_is_reported():
    body = b'<title>t</title><body><h2 id="methods">Methods</h2><a name=results>Results</a><i id="a%20b">x</i>'
    urls = [f"{URL}#{fragment}" for fragment in ("methods", "results", "a%20b", "top", "harms")]
    found, pages = look({URL: PageAnswer(URL, 200, HTML, body)}, *urls)
    assert [page.identifier.value for page in found if page.anchor_missing] == [f"{URL}#harms"]
    assert pages.asked == [URL]


@pytest.mark.parametrize("fragment", [":~:text=no%20effect", "/route", "!route", "page=3", ""])
def test_fragments_that_programs_read_are_not_looked_for(fragment):
    assert not look({f"{URL}": shows(ARTICLE)}, f"{URL}#{fragment}")[0][0].anchor_missing


@pytest.mark.parametrize(
    "observed",
    [
        shows(ARTICLE, complete=False),
        PageAnswer(URL, 200, {"content-type": "application/pdf"}, b"%PDF"),
        shows("", head="<script>fill()</script>"),
    ],
)
def test_a_fragment_is_not_missed_where_not_all_was_seen(observed):
    assert not look({URL: observed}, f"{URL}#harms")[0][0].anchor_missing

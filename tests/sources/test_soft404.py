import pytest

from evidence.sources.http.html import Markup
from evidence.sources.http.visit import PageAnswer
from evidence.sources.soft404 import is_not_found_title, is_root, suspicion

CITED = "https://www.example.org/naltrexone/study"
LONG = Markup(visible=5000)
SHORT = Markup(visible=60)


def page_answer(url: str = CITED, body: bytes = b"", *, complete: bool = True) -> PageAnswer:
    return PageAnswer(url, 200, {"content-type": "text/html"}, body, complete)


@pytest.mark.parametrize(
    "title",
    [
        "404",
        "Page not found",
        "404 Not Found",
        "Error 404: Page not found | Example",
        "Example - Page Not Found",
        "Oops! That page can\u2019t be found. \u2013 Example",
        "404 - File or directory not found.",
        "HTTP Error 404.0 - Not Found",
        "410 Gone",
        "The page you are looking for doesn't exist",
        "The page has been removed",
        "Content unavailable",
        "Seite nicht gefunden | Beispiel",
        "Die angeforderte Seite konnte nicht gefunden werden",
        "Fehler 404",
        "Erreur 404 \u2013 Page non trouv\u00e9e",
        "Page introuvable",
        "P\u00e1gina no encontrada",
        "Pagina non trovata",
        "P\u00e1gina n\u00e3o encontrada",
        "Pagina niet gevonden",
        "Sidan hittades inte",
        "Strona nie istnieje",
        "\u0421\u0442\u0440\u0430\u043d\u0438\u0446\u0430 \u043d\u0435 \u043d\u0430\u0439\u0434\u0435\u043d\u0430",
        "\u30da\u30fc\u30b8\u304c\u898b\u3064\u304b\u308a\u307e\u305b\u3093",
        "\u627e\u4e0d\u5230\u9875\u9762",
    ],
)
def test_a_title_that_says_so_is_a_sign(title):
    assert is_not_found_title(title)
    assert title in suspicion(CITED, page_answer(), title, LONG)


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Benefit not found in a trial of naltrexone",
        "Page not found: an analysis of link rot",
        "HTTP 404 - Wikipedia",
        "Ontario Highway 404 - Wikipedia",
        "404 patients with fibromyalgia",
        "Removed from the market | FDA",
        "Missing data in clinical trials",
        "Gone",
        "Lost and found",
        "How to fix 404 errors",
        "Seite 404 von 500",
    ],
)
def test_a_title_with_such_words_in_it_is_none(title):
    assert not is_not_found_title(title)
    assert suspicion(CITED, page_answer(), title, LONG) == ""


def test_the_body_is_never_searched_for_phrases():
    body = b"<title>Changes</title><h1>The page was not found. 404. This article has been removed.</h1>"
    assert suspicion(CITED, page_answer(body=body), "Changes", LONG) == ""


def test_a_title_is_not_judged_when_the_page_was_not_read_to_its_end():
    assert suspicion(CITED, page_answer(complete=False), "Page not found", LONG) == ""


@pytest.mark.parametrize(
    "landed", ["/", "/index.html", "/en/", "/en-us/", "/home", "/de/index.php", "/Default.aspx", "/EN"]
)
def test_a_deep_link_that_leads_to_the_front_page_is_a_sign(landed):
    assert is_root(f"https://www.example.org{landed}")
    reported = suspicion(CITED, page_answer(f"https://www.example.org{landed}"), "Example", LONG)
    assert reported == f"it leads to the front page, https://www.example.org{landed}"


@pytest.mark.parametrize("landed", ["/study", "/?p=7", "/naltrexone/", "/en/study", "/homes/2"])
def test_a_link_that_leads_to_another_page_is_none(landed):
    assert suspicion(CITED, page_answer(f"https://www.example.org{landed}"), "A study", LONG) == ""


@pytest.mark.parametrize("cited", ["https://example.org/", "https://example.org/en/", "https://example.org/#/study"])
def test_a_cited_front_page_may_lead_to_the_front_page(cited):
    assert suspicion(cited, page_answer("https://www.example.org/"), "Example", LONG) == ""


@pytest.mark.parametrize(
    "landed",
    [
        "https://www.example.org/login",
        "https://www.example.org/account/sign-in.aspx?return=/naltrexone/study",
        "https://www.example.org/portal?login=1",
        "https://login.example.org/start",
        "https://www.example.org/wp-login.php?redirect_to=x",
    ],
)
def test_a_deep_link_that_leads_to_a_login_page_is_a_sign(landed):
    assert suspicion(CITED, page_answer(landed), "Welcome", LONG) == f"it leads to a login page, {landed}"


def test_a_login_page_may_be_known_by_its_title_alone():
    assert "login page" in suspicion(CITED, page_answer("https://www.example.org/7f/start"), "Sign in | Example", LONG)


@pytest.mark.parametrize("landed", ["/blogin", "/author/john", "/blog/introducing-login-pages", "/catalogin/3"])
def test_an_address_that_only_resembles_a_login_page_is_none(landed):
    assert suspicion(CITED, page_answer(f"https://www.example.org{landed}"), "A study", LONG) == ""


def test_a_cited_login_page_is_none():
    cited = "https://www.example.org/login/help"
    assert suspicion(cited, page_answer("https://www.example.org/login/help/"), "Help", LONG) == ""


@pytest.mark.parametrize(
    "title",
    [
        "example.test - This domain is for sale",
        "example.org is for sale",
        "Buy this domain",
        "Parked Domain",
        "Domain parking",
    ],
)
def test_a_parked_domain_is_a_sign_at_any_address(title):
    for cited in (CITED, "https://www.example.org/"):
        assert "parked domain" in suspicion(cited, page_answer(cited), title, SHORT)


def test_a_parking_script_on_an_empty_page_is_a_sign_and_on_a_full_one_none():
    body = b'<script src="https://img1.wsimg.com/parking-lander/static/js/main.js"></script>'
    assert "parked domain" in suspicion(CITED, page_answer(body=body), "example.org", SHORT)
    assert suspicion(CITED, page_answer(body=body), "example.org", LONG) == ""


@pytest.mark.parametrize("title", ["The house is for sale", "How domain parking came to be", "For sale: drugs"])
def test_other_things_may_be_for_sale(title):
    assert suspicion(CITED, page_answer(), title, SHORT) == ""


def test_a_link_that_leads_to_a_seller_of_domains_is_a_sign():
    assert "parked domain" in suspicion(CITED, page_answer("https://www.hugedomains.com/x?d=example.org"), "x", LONG)

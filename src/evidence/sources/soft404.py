"""Pages that answer with success and are error pages all the same. Pure.

Three ways to find them out: their address (a front page, a login, a seller of domains), their title, and a comparison
with what the site answers to an address that cannot exist. Of a title only a part that says "not found" and nothing
else counts: "Page not found: an analysis of link rot" is a paper.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, urljoin, urlsplit

from evidence.matching.simhash import are_alike, fingerprint
from evidence.model.records import Page
from evidence.model.regex import regex
from evidence.sources.http.html import Markup, is_markup, read_markup, title
from evidence.sources.http.visit import PageAnswer, PageOutcome

_PARKED_BELOW = 1500
"""Visible characters; a page with more of its own is not a parking page, whatever it links to."""

_ROOT = regex(
    r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|default|home|welcome)(?:\.[a-z]{2,5})?/?)?", re.IGNORECASE
)
_LOGIN_NAME = regex(
    r"(?:user|account|member|wp|web|customer)?[-_]?"
    r"(?:log[-_]?in|sign[-_]?in|log[-_]?on|sso|authenticate|authorize|anmelden|anmeldung|connexion)"
    r"(?:[-_]?(?:page|form|user))?(?:\.[a-z]{2,5})?",
    re.IGNORECASE,
)
_LOGIN_HOSTS = frozenset({"login", "signin", "sso", "auth", "idp", "accounts"})
_LOGIN_TITLE = regex(
    r"(?:log ?in|sign ?in|log ?on|login page|please (?:log|sign) in|anmelden|anmeldung|connexion|iniciar sesión"
    r"|accedi|entrar)"
)

_PARKING_HOSTS = (
    ".sedoparking.com",
    ".parkingcrew.net",
    ".hugedomains.com",
    ".afternic.com",
    ".dan.com",
    ".bodis.com",
)
_PARKING_MARKS = (
    b"sedoparking.com",
    b"parkingcrew.net",
    b"parklogic.com",
    b"bodis.com",
    b"d38psrni17bvxu.cloudfront.net",
    b"img1.wsimg.com/parking-lander",
    b"hugedomains.com/domain_profile",
    b"window.park =",
)
_PARKING_TITLE = regex(
    r"(?:this |the )?domain(?: name)?(?: \S+)? (?:is|may be) (?:for sale|parked)"
    r"|\S+\.[a-z]{2,} (?:is|may be) (?:for sale|parked)"
    r"|buy this domain|domain for sale|domain parking|parked domain(?: name)?|(?:domain )?parking page"
)


def suspicion(cited: str, answer: PageAnswer, title: str, markup: Markup) -> str:
    """Why this answer to the cited address may be an error page; empty without a sign."""
    landed = _landed(cited, answer.url, title)
    if landed:
        return landed
    if is_parked(answer, title, markup):
        return "it looks like the page of a parked domain"
    if answer.complete and is_not_found_title(title):
        return f"its title says so: {title}"
    return ""


def is_root(url: str) -> bool:
    """Whether an address is a site's front page: no path, a language, an index; and no query."""
    parts = urlsplit(url)
    return not parts.query and _ROOT.fullmatch(parts.path) is not None


def is_parked(answer: PageAnswer, title: str, markup: Markup) -> bool:
    """Whether this is the page that a seller of domains shows in place of the site."""
    host = (urlsplit(answer.url).hostname or "").lower()
    if f".{host}".endswith(_PARKING_HOSTS):
        return True
    if not answer.complete or markup.visible >= _PARKED_BELOW:
        return False
    parts = (part.strip() for part in parts_of(title))
    return any(_PARKING_TITLE.fullmatch(part) for part in parts) or any(mark in answer.body for mark in _PARKING_MARKS)


def _landed(cited: str, final: str, title: str) -> str:
    """What kind of place a redirect has led to, if one to which errors lead."""
    if cited == final or is_root(cited) or urlsplit(cited).fragment.startswith(("/", "!")):
        return ""
    if is_root(final):
        return f"it leads to the front page, {final}"
    if _login_signs(final, title) - _login_signs(cited, ""):
        return f"it leads to a login page, {final}"
    return ""


def _login_signs(url: str, title: str) -> set[tuple[str, str]]:
    """Where an address or its title mention a log-in, and in what words."""
    parts = urlsplit(url)
    keys = (key for key, _ in parse_qsl(parts.query, keep_blank_values=True))
    host = (parts.hostname or "").partition(".")[0]
    signs = {("path", name) for name in parts.path.split("/") if _LOGIN_NAME.fullmatch(name)}
    signs |= {("query", key) for key in keys if _LOGIN_NAME.fullmatch(key)}
    signs |= {("title", part) for part in parts_of(title) if _LOGIN_TITLE.fullmatch(part)}
    return signs | ({("host", host)} if host in _LOGIN_HOSTS else set())


# Comparing a page with what its site answers to an address that cannot exist.

FEWEST_CHARACTERS = 200
"""Visible characters; a page with fewer is filled in by scripts or says too little to be compared."""

_EXTENSION = regex(r"\.[A-Za-z]{1,5}")
_TEMPORARY = frozenset({302, 303, 307})
_NAME_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Look:
    """What of a page is needed for the comparison: its address, how it was reached, what it says.

    `sent_there` is True when a temporary redirect led to it from another directory.
    """

    url: str
    title: str
    fingerprint: str
    sent_there: bool


@dataclass(frozen=True, slots=True)
class Echo:
    """What the site answered to the made-up address, when it answered with success."""

    url: str
    title: str
    fingerprint: str
    canonical: str
    redirected: bool


def sibling(url: str) -> str:
    """A made-up address beside this one, which is not a site's front page: that has no siblings."""
    parts = urlsplit(url)
    directory, _, name = parts.path.rstrip("/").rpartition("/")
    folder = f"{parts.scheme}://{parts.netloc}{directory}/"
    digest = hashlib.sha256(f"no such page in {folder}".encode()).digest()
    made_up = base64.b32encode(digest).decode().lower()[:_NAME_LENGTH]
    extension = _EXTENSION.fullmatch(name[name.rfind(".") :]) if "." in name else None
    end = "/" if parts.path.endswith("/") else ""
    return f"{folder}{made_up}{extension[0] if extension else ''}{end}"


def folder_of(url: str) -> str:
    """The directory that a comparison holds for: scheme, host, port and path up to the last name."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').rpartition('/')[0]}/"


def look_of(answer: PageAnswer, markup: Markup, page: Page) -> Look | None:
    """What to compare of this page; None when a comparison would say nothing."""
    comparable = answer.status == 200 and answer.complete and is_markup(answer)
    if not comparable or markup.visible < FEWEST_CHARACTERS or not page.fingerprint:
        return None
    last = answer.hops[-1] if answer.hops else None
    sent_there = last is not None and last.status in _TEMPORARY and folder_of(last.source) != folder_of(last.target)
    return Look(answer.url, page.title, page.fingerprint, sent_there)


def echo_of(answer: PageOutcome) -> Echo | None:
    """What the site made of an address that cannot exist; None when it did not answer with a page."""
    if not isinstance(answer, PageAnswer) or answer.status != 200 or answer.is_challenged or not is_markup(answer):
        return None
    markup = read_markup(answer)
    canonical = urljoin(answer.url, markup.canonical) if markup.canonical else ""
    return Echo(answer.url, title(answer), fingerprint(markup.main), canonical, redirected=bool(answer.hops))


def same_page(look: Look, echo: Echo) -> str:
    """Why the page may be an error page, in words; empty when the comparison does not say so.

    A site that finds the page by a number in the path and ignores the name after it sends a
    made-up name on to the page, or names the page as the canonical one: then the page is real.
    """
    if echo.redirected:
        caught = look.sent_there and echo.url == look.url
        return "its site sends a made-up address to the same page" if caught else ""
    if echo.canonical == look.url:
        return ""
    same = echo.title == look.title and are_alike(look.fingerprint, echo.fingerprint)
    return "its site answers a made-up address with the same page" if same else ""


# Titles that say there is no page: entire parts of a title, in the most frequent languages.

_SEPARATORS = regex(r"\s[-\u2013\u2014]\s|[|\u00b7\u2022\u00bb\u00ab\u203a\u2039\uff5c]|::|\s:\s")
_WORDS = regex(r"[^\W_]+")

_EXCUSES = "oops|ooops|whoops|sorry|uh oh|hoppla|ups|désolée?|lo sentimos|ops"
_ERRORS = "error|page|fehler|seite|erreur|errore|erro|fout|fel|feil|fejl|virhe|błąd|chyba|hata|ошибка|エラー|错误|錯誤"
_EXCUSE = regex(rf"(?:(?:{_EXCUSES}) )+")
_NUMBER = regex(rf"(?:(?:http|https|status|code|{_ERRORS}) )*(?:404|410)(?: (?:gone|{_ERRORS}))*(?= |$)")

_NOUN = (
    "(?:(?:the|this|that|your|requested|web) )*"
    "(?:page|webpage|file|document|article|content|resource|url|address)"
    "(?: (?:that )?you(?: (?:are|were) looking for| re looking for|(?: have)? requested"
    "| tried to (?:reach|access|view))| requested)?"
)
_LOST = (
    "(?:(?:(?:was|is|has) )?not (?:been )?found|(?:could|can) ?not be found|(?:can|couldn) t be found"
    "|(?:does not|doesn t|no longer) exists?|(?:is |was )?(?:no longer|not|un) ?available"
    "|(?:(?:has been|was) )?(?:removed|deleted)|(?:is )?(?:missing|gone))"
)
_SAYINGS = (
    rf"{_NOUN} {_LOST}",
    "not found",
    "no page found",
    "file or directory not found",
    "(?:we )?(?:can t|cannot|can not|couldn t|could not) find (?:the|that|this|your) page",
    # German
    "nicht gefunden",
    "(?:die )?(?:angeforderte |gewünschte )?(?:seite|datei) (?:wurde |konnte )?(?:leider )?nicht gefunden(?: werden)?",
    "(?:die |diese )?(?:angeforderte |gewünschte )?(?:seite|datei) (?:ist )?nicht (?:mehr )?(?:verfügbar|vorhanden)",
    "(?:die |diese )?(?:angeforderte |gewünschte )?(?:seite|datei) existiert nicht(?: mehr)?",
    # French
    "(?:la |cette )?(?:page|contenu)(?: demandée?)? (?:non trouvée?|(?:est )?introuvable)",
    "(?:la |cette )?page(?: demandée)? (?:n existe (?:pas|plus)|n a pas été trouvée)",
    # Spanish, Italian, Portuguese
    "no encontrado",
    "(?:la )?página(?: solicitada)? no (?:fue |ha sido )?(?:encontrada|existe|disponible|está disponible)",
    "no se (?:ha )?(?:encontró|encontrado) la página",
    "(?:la )?pagina(?: richiesta)? (?:non (?:è stata )?trovata|non esiste|inesistente|non disponibile)",
    "(?:a )?página (?:não (?:foi )?encontrada|não existe|inexistente)",
    # Dutch, Swedish, Danish and Norwegian, Finnish
    "(?:de |deze )?pagina (?:(?:werd |is |kon )?niet gevonden(?: worden)?|bestaat niet(?: meer)?)",
    "sidan (?:hittades inte|kunde inte hittas|finns inte(?: längre)?|saknas)",
    "siden (?:blev ikke fundet|findes ikke|kunne ikke findes|ble ikke funnet|finnes ikke)",
    "sivua ei (?:löydy|löytynyt)",
    # Polish, Czech and Slovak, Hungarian, Turkish, Greek, Russian, Ukrainian
    "nie znaleziono strony|strona nie (?:została znaleziona|istnieje)",
    "stránka (?:nenalezena|nebyla nalezena|neexistuje|sa nenašla)",
    "az oldal nem található",
    "sayfa bulunamad\u0131",
    "η σελίδα δεν βρέθηκε",
    "страница не (?:найдена|существует)",
    "сторінку не знайдено",
    # Japanese, Chinese, Korean
    "(?:お探しの|指定された)?ページ(?:が|は)(?:見つかりません(?:でした)?|存在しません)",
    "ファイルが見つかりません",
    "(?:页面|頁面|网页|網頁)(?:不存在|未找到|没有找到|找不到)",
    "找不到(?:该|該)?(?:页面|網頁|网页|頁面)",
    "페이지를 찾을 수 없습니다",
)


@cache
def _lost() -> re.Pattern[str]:
    """Any of the sayings; made when the first page is judged, for it takes as long as all else of this module."""
    return re.compile("|".join(f"(?:{saying})" for saying in _SAYINGS))


def parts_of(title: str) -> list[str]:
    """The parts of a title between its separators, in lower case."""
    return [part.strip() for part in _SEPARATORS.split(unicodedata.normalize("NFKC", title).lower())]


def is_not_found_title(title: str) -> bool:
    """Whether a part of the title says that there is no page, and nothing else."""
    return any(_is_not_found_phrase(" ".join(_WORDS.findall(part))) for part in parts_of(title))


def _is_not_found_phrase(words: str) -> bool:
    excuse = _EXCUSE.match(words)
    words = words[excuse.end() :] if excuse else words
    number = _NUMBER.match(words)
    if number is None:
        return _lost().fullmatch(words) is not None
    rest = words[number.end() :].strip()
    # "HTTP 404" alone is also what an article on the subject is called.
    return _lost().fullmatch(rest) is not None if rest else words not in {"http 404", "http 410"}

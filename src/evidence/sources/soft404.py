"""Signs that a page which answers with success is an error page all the same. Pure.

Addresses and titles only, never loose phrases of the body: "has been removed" stands in many a
changelog. Each sign makes a suspicion, never a death.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qsl, urlsplit

from evidence.http.pages.markup import Markup
from evidence.http.pages.seen import Sight

_PARKED_BELOW = 1500
"""Characters to be seen; a page with more of its own is no parking page, whatever it links to."""

_ROOT = re.compile(r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|default|home|welcome)(?:\.[a-z]{2,5})?/?)?", re.I)
_LOGIN_NAME = re.compile(
    r"(?:user|account|member|wp|web|customer)?[-_]?"
    r"(?:log[-_]?in|sign[-_]?in|log[-_]?on|sso|authenticate|authorize|anmelden|anmeldung|connexion)"
    r"(?:[-_]?(?:page|form|user))?(?:\.[a-z]{2,5})?",
    re.I,
)
_LOGIN_HOSTS = frozenset({"login", "signin", "sso", "auth", "idp", "accounts"})
_LOGIN_TITLE = re.compile(
    r"(?:log ?in|sign ?in|log ?on|login page|please (?:log|sign) in|anmelden|anmeldung|connexion|iniciar sesión|accedi|entrar)"
)

_PARKING_HOSTS = ("sedoparking.com", "parkingcrew.net", "hugedomains.com", "afternic.com", "dan.com", "bodis.com")
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
_PARKING_TITLE = re.compile(
    r"(?:this |the )?(?:domain|domain name|website|web address)?\s*\S*\s*(?:is|may be) (?:for sale|parked)"
    r"|(?:the )?domain (?:name )?\S+ (?:is|may be) (?:for sale|parked|available)"
    r"|buy this domain|domain for sale|domain parking|parked domain(?: name)?|(?:domain )?parking page"
)

_SEPARATORS = re.compile(r"\s[-\u2013\u2014]\s|[|\u00b7\u2022\u00bb\u00ab\u203a\u2039\uff5c]|::|\s:\s")
_WORDS = re.compile(r"[^\W_]+")
_EXCUSE = re.compile(r"(?:(?:oops|ooops|whoops|sorry|uh oh|hoppla|ups|désolé|désolée|lo sentimos|ops) )+")
_NUMBER = re.compile(
    r"(?:(?:http|https|error|status|code|page|fehler|erreur|error|errore|erro|fout|fel|feil|fejl|virhe|błąd|chyba|hata|ошибка|エラー|错误|錯誤) )*"
    r"(?:404|410)"
    r"(?: (?:error|page|fehler|seite|erreur|errore|erro|fout|fel|virhe|hata|ошибка|エラー|错误|錯誤|gone))*"
)
_NOUN = (
    r"(?:(?:the|this|that|your|requested|web) )*"
    r"(?:page|webpage|file|document|article|content|resource|url|address)"
    r"(?: (?:that )?you(?: (?:are|were) looking for| re looking for|(?: have)? requested| tried to (?:reach|access|view))"
    r"| requested)?"
)
_LOST = (
    r"(?:(?:(?:was|is|has) )?not (?:been )?found|(?:could|can) ?not be found|(?:can|couldn) t be found"
    r"|(?:does not|doesn t|no longer) exists?|(?:is |was )?(?:no longer|not|un) ?available"
    r"|(?:(?:has been|was) )?(?:removed|deleted)|(?:is )?(?:missing|gone))"
)
_SAYS_LOST = re.compile(
    "|".join(
        (
            rf"{_NOUN} {_LOST}",
            "not found|no page found|file or directory not found",
            r"(?:we )?(?:can t|cannot|can not|couldn t|could not) find (?:the|that|this|your) page",
            r"(?:die )?(?:angeforderte |gewünschte )?(?:seite|datei) (?:(?:wurde |konnte )?(?:leider )?nicht gefunden(?: werden)?"
            r"|(?:ist )?nicht (?:mehr )?(?:verfügbar|vorhanden)|existiert nicht(?: mehr)?)|nicht gefunden",
            r"(?:la |cette )?(?:page|fichier|contenu)(?: demandée?)? (?:non trouvée?|(?:est )?introuvable|n existe (?:pas|plus)"
            r"|n a pas été trouvée?)",
            r"(?:la )?(?:página|pagina)(?: solicitada)? (?:no (?:fue )?encontrada|no existe|no (?:está )?disponible)"
            r"|no se (?:ha )?(?:encontró|encontrado) la página|no encontrado",
            r"(?:la )?pagina(?: richiesta)? (?:non (?:è stata )?trovata|non esiste|inesistente|non disponibile)",
            r"(?:a )?página (?:não (?:foi )?encontrada|não existe|inexistente)",
            r"(?:de |deze )?pagina (?:(?:werd |is |kon )?niet gevonden(?: worden)?|bestaat niet(?: meer)?)",
            r"sidan (?:hittades inte|kunde inte hittas|finns inte(?: längre)?|saknas)",
            r"siden (?:blev ikke fundet|findes ikke|kunne ikke findes|ble ikke funnet|finnes ikke|ikke (?:fundet|funnet))",
            r"sivua ei (?:löydy|löytynyt)",
            r"nie znaleziono strony|strona nie (?:została znaleziona|istnieje)",
            r"stránka (?:nenalezena|nebyla nalezena|neexistuje|sa nenašla)",
            r"az oldal nem található|sayfa bulunamadı|η σελίδα δεν βρέθηκε",
            r"страница не (?:найдена|существует)|сторінку не знайдено",
            r"(?:お探しの|指定された)?ページ(?:が|は)(?:見つかりません(?:でした)?|存在しません)|ファイルが見つかりません",
            r"(?:页面|頁面|网页|網頁)(?:不存在|未找到|没有找到|找不到)|找不到(?:该|該)?(?:页面|頁面|网页|網頁)",
            r"페이지를 찾을 수 없습니다",
        )
    )
)


def suspicion(cited: str, sight: Sight, title: str, markup: Markup) -> str:
    """Why this answer to the cited address may be an error page; empty without a sign."""
    landed = _landed(cited, sight.url, title)
    if landed:
        return landed
    if is_parked(sight, title, markup):
        return "it looks like the page of a parked domain"
    if sight.complete and says_not_found(title):
        return f"its title says so: {title}"
    return ""


def is_root(url: str) -> bool:
    """Whether an address is a site's front page: no path, a language, an index; and no query."""
    parts = urlsplit(url)
    return not parts.query and _ROOT.fullmatch(parts.path) is not None


def says_not_found(title: str) -> bool:
    """Whether a part of the title, between its separators, says that there is no page, and nothing else."""
    folded = unicodedata.normalize("NFKC", title).lower()
    return any(_says_lost(" ".join(_WORDS.findall(part))) for part in _SEPARATORS.split(folded))


def is_parked(sight: Sight, title: str, markup: Markup) -> bool:
    """Whether this is the page that a seller of domains shows in place of the site."""
    host = (urlsplit(sight.url).hostname or "").lower()
    if any(host == parking or host.endswith(f".{parking}") for parking in _PARKING_HOSTS):
        return True
    if not sight.complete or markup.visible >= _PARKED_BELOW:
        return False
    parts = (part.strip() for part in _SEPARATORS.split(title.lower()))
    return any(_PARKING_TITLE.fullmatch(part) for part in parts) or any(mark in sight.body for mark in _PARKING_MARKS)


def _landed(cited: str, final: str, title: str) -> str:
    """What kind of place a redirect has led to, if one to which errors lead."""
    if cited == final or is_root(cited) or urlsplit(cited).fragment.startswith(("/", "!")):
        return ""
    if is_root(final):
        return f"it leads to the front page, {final}"
    if _is_login(final, title) and not _is_login(cited, ""):
        return f"it leads to a login page, {final}"
    return ""


def _is_login(url: str, title: str) -> bool:
    parts = urlsplit(url)
    names = [*parts.path.split("/"), *(key for key, _ in parse_qsl(parts.query, keep_blank_values=True))]
    told = any(_LOGIN_TITLE.fullmatch(part.strip()) for part in _SEPARATORS.split(title.lower()))
    host = (parts.hostname or "").partition(".")[0]
    return told or host in _LOGIN_HOSTS or any(_LOGIN_NAME.fullmatch(name) for name in names)


def _says_lost(words: str) -> bool:
    words = _EXCUSE.sub("", words + " ", count=1).strip() if _EXCUSE.match(words + " ") else words
    number = _NUMBER.match(words)
    if number is None or (number.end() < len(words) and words[number.end()] != " "):
        return _SAYS_LOST.fullmatch(words) is not None
    rest = words[number.end() :].strip()
    # "HTTP 404" alone is also what an article on the subject is called.
    return words not in {"http 404", "http 410"} if not rest else _SAYS_LOST.fullmatch(rest) is not None

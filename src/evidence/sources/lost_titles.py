"""Titles that say there is no page: whole parts of a title, in the languages most met with. Pure.

Only a part that says this and nothing else counts: "Page not found: an analysis of link rot" is a paper.
"""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"\s[-\u2013\u2014]\s|[|\u00b7\u2022\u00bb\u00ab\u203a\u2039\uff5c]|::|\s:\s")
_WORDS = re.compile(r"[^\W_]+")

_EXCUSES = "oops|ooops|whoops|sorry|uh oh|hoppla|ups|désolée?|lo sentimos|ops"
_ERRORS = "error|page|fehler|seite|erreur|errore|erro|fout|fel|feil|fejl|virhe|błąd|chyba|hata|ошибка|エラー|错误|錯誤"
_EXCUSE = re.compile(rf"(?:(?:{_EXCUSES}) )+")
_NUMBER = re.compile(rf"(?:(?:http|https|status|code|{_ERRORS}) )*(?:404|410)(?: (?:gone|{_ERRORS}))*(?= |$)")

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
_SAYS_LOST = re.compile("|".join(f"(?:{saying})" for saying in _SAYINGS))


def parts_of(title: str) -> list[str]:
    """The parts of a title between its separators, in lower case."""
    return [part.strip() for part in _SEPARATORS.split(unicodedata.normalize("NFKC", title).lower())]


def says_not_found(title: str) -> bool:
    """Whether a part of the title says that there is no page, and nothing else."""
    return any(_says_lost(" ".join(_WORDS.findall(part))) for part in parts_of(title))


def _says_lost(words: str) -> bool:
    excuse = _EXCUSE.match(words)
    words = words[excuse.end() :] if excuse else words
    number = _NUMBER.match(words)
    if number is None:
        return _SAYS_LOST.fullmatch(words) is not None
    rest = words[number.end() :].strip()
    # "HTTP 404" alone is also what an article on the subject is called.
    return _SAYS_LOST.fullmatch(rest) is not None if rest else words not in {"http 404", "http 410"}

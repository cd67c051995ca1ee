"""What a citation says that it is of: an article of a journal, another kind of work, or neither for certain.

Registries have articles; most books, guidance, package inserts, standards and personal communications have no number
that could be looked up. A citation is taken for an article by its place in a journal (a volume, issue or pages behind a
name) or by persons, a year and what can only be a journal's name, and for another work by words and forms that no
article's citation has: a publisher, an edition, an ISBN. What has neither may be an article only where authors are
printed, and after the title what may be a journal's name: articles are cited by nothing less.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache

from evidence.matching.alone import parse_without_record
from evidence.matching.text import clean, without_identifiers, without_number
from evidence.model.identifiers import isbns_in
from evidence.model.regex import regex


class WorkKind(Enum):
    """What kind of work is cited."""

    ARTICLE = auto()
    """An article of a journal: registries can be asked about it."""
    OTHER = auto()
    """A book, guidance, a package insert, a standard, a personal communication …"""
    UNCLEAR = auto()


ARTICLE_TYPES = frozenset({"article-journal", "article", "review"})
"""CSL's types of what registries hold; newspapers and magazines are not among them."""

_BOOK_FIELDS = ("edition", "editor", "collection-title", "number-of-pages", "authority")
_LONGEST = 6000
_EMPHASIS = regex(r"(?<![\w*])[*_](?=[^\s*_])|(?<=[^\s*_])[*_](?![\w*])")
_YEAR = r"(?<!\d)(?:1[6-9]|20)\d\d(?!\d)"
_MONTH_NAME = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Spring|Summer|Autumn|Fall|Winter)[a-z]{0,6}\.?"
_MONTH = rf"{_MONTH_NAME}(?: ?[-/] ?{_MONTH_NAME})?"
_DASH = r" ?(?:-{1,2}|\?) ?"  # a dash that was lost in conversion is a question mark
_SUPPLEMENT = r"(?: ?,? ?(?:Suppl(?:ement)?|Pt|Part|Spec(?:ial)?|S)\b\.?(?: ?No\b\.?)?(?: ?\w{1,4})?)"
_VOLUME = rf"[A-Z]{{0,3}}-?\d{{1,4}}[A-Za-z]?(?:[-/]\d{{1,4}})?{_SUPPLEMENT}{{0,2}}"
_PAGE = r"(?:[A-Za-z]{0,4}\.?-?\d{1,20}[A-Za-z]?|[IVXLC]{1,7}\b)"
_PAGE_MARK = r"(?:(?:pp?|pages?|S|[Aa]rt(?:icle)?(?: (?:ID|[Nn]o))?)\b\.?:? ?)?"
_ISSUE = r"\((?:[^()]{1,40}|[^()]{0,20}\([^()]{1,20}\)[^()]{0,20})\)"

_NAME = r"(?:[^\W\d_][.)\]]{0,3}|\d\)| :)"
"""The end of a name: of a journal, also with its qualifier."""

_CONTAINED = regex(
    rf"{_YEAR}[a-z]?\)?[.,]? .{{10,400}}[.?!]\"? (?=[A-Z])|,\"? (?=[A-Z][^\"]{{1,80}}, {_YEAR}[ .]{{0,3}}$)"
)
"""A title that another sentence follows, which may be a journal's name."""

_PLACES = (
    # 2013;65(2):529-38 · 2021 Mar 5;12:e101 · 2018; 7: 1-9 · 2020;:m1091 · 2010, 12(3): 45
    regex(
        rf"{_YEAR}[a-z]?[^;:.]{{0,30}}; ?(?:{_VOLUME}|{_SUPPLEMENT}|[IVXLC]+\b|ii?)? ?(?:{_ISSUE})? ?[:,]"
        rf" ?{_PAGE_MARK}{_PAGE}"
    ),
    regex(rf"{_YEAR}[^;:.]{{0,30}}; ?(?:(?:{_VOLUME}|[IVXLC]+) ?(?:{_ISSUE})?|{_ISSUE}) ?(?:[.:]|$)"),
    regex(rf"{_NAME},? ?\(?{_YEAR}\)? ?, ?{_VOLUME} ?(?:{_ISSUE})? ?: ?{_PAGE}"),
    # 65(2), 529-538 · 65 (2): 529 · 12(Suppl 1):S5-9 · (610), 1-133
    regex(rf"(?<![\w.-])(?<!\u00a7 ){_VOLUME} ?{_ISSUE} ?[:,;] ?{_PAGE_MARK}{_PAGE}"),
    regex(rf"{_NAME},? ?\(\d{{1,4}}{_SUPPLEMENT}{{0,2}}\) ?[:,] ?{_PAGE}"),
    # 1(2) at the end
    regex(rf"{_NAME},? {_VOLUME} ?\((?:\d{{1,3}}(?:[-/]\d{{1,3}})?|Suppl[^()]{{0,20}})\) ?\.?$"),
    # vol. 12, no. 3 · vol. 266, pp. 319 · Bd. 12, H. 3, S. 45, and the same in Russian
    regex(
        r"\b(?:vol(?:ume)?|v|Bd|Band|Jg|\u0442)\b\.? ?\d+\w?[ ,.;(-]{0,5}"
        rf"(?:{_YEAR}[ ,.;)]{{0,3}})?"
        r"(?:(?:no|nr|n|issue|iss|H|Heft|pp?|S|art|\u0441|\u0432\u044b\u043f)\b\.? ?(?:no\.? ?)?[\w/-]*\d|\u2116)",
        re.IGNORECASE,
    ),
    # 12, 3 (Mar. 2010), 45-67: ACM
    regex(rf"(?<![\w.-])\d{{1,4}}, ?(?:No\. ?)?\d{{1,3}} ?\((?:{_MONTH} ?)?{_YEAR}\), ?{_PAGE}"),
    # Diabetes 27, 427-429. at the end: in a congress's proceedings, too
    regex(rf"{_NAME} \d{{1,4}}, ?(?!{_YEAR}{_DASH}){_PAGE}{_DASH}{_PAGE}(?:, ?{_PAGE}{_DASH}{_PAGE}){{0,3}}\.?$"),
)
"""Places in a journal that no other work has."""

_DATED_END = (
    rf"[ .,;]{{0,5}}(?:\(? ?(?:{_MONTH} ?)?{_YEAR}[a-z]? ?\)?)?[ .,;)]{{0,5}}(?:[([][^\d()]{{1,40}}[)\]])?[ .;]{{0,4}}$"
)
_VOLUMES = (
    # Cell 12, 45-67. · J Physiol 12:45-67 (1977) · Psychol Rep, 44 811-822 · Trans Soc5:37, 1976
    regex(
        rf"{_NAME}[*_]{{0,2}},? ?(?:{_VOLUME}|(?<=\s)[ivxlc]{{1,7}}) ?[:,] ?{_PAGE_MARK}"
        rf"(?:(?!{_YEAR}){_PAGE}|{_PAGE}{_DASH}{_PAGE})(?:, ?{_PAGE}){{0,3}}{_DATED_END}"
    ),
    regex(rf"{_NAME},? \d{{1,4}} {_PAGE}{_DASH}{_PAGE}{_DATED_END}"),
    regex(rf"{_NAME},? \d{{1,4}}, ?{_PAGE} \({_YEAR}\)[ .]{{0,4}}$"),
    regex(rf"{_NAME},? {_YEAR}, ?\d{{1,4}} ?(?:{_ISSUE})?, ?{_PAGE_MARK}{_PAGE}(?:{_DASH}{_PAGE})?[ .,;]{{0,4}}$"),
    regex(rf"{_NAME},? (?:{_VOLUME}) ?\({_YEAR}\)[,.: ] ?{_PAGE_MARK}{_PAGE}"),
)
"""Volume and page after a name, at the citation's end."""

_PAGES = (
    # 1977 Jan:12-4 · 1977, pp. 45-67
    regex(rf"{_YEAR}(?: {_MONTH}(?: ?\d{{1,2}})?)? ?[:,] ?{_PAGE_MARK}{_PAGE}(?:{_DASH}{_PAGE})?[ .]{{0,4}}$"),
    regex(r"\bvol(?:ume|s)?\b\.? ?\d", re.IGNORECASE),
    regex(rf"{_NAME} ?[,:] ?(?:no\.? ?\d{{1,4}}|(?!{_YEAR})[A-Za-z]{{0,8}}\d{{4,20}})\b[^;:]{{0,30}}$"),
    regex(rf"{_NAME},? (?!{_YEAR})\d{{1,4}}{_DASH}\d{{1,4}}[ .]{{0,4}}$"),
    # Lancet. 2021 Mar 5. · Nature 2021;
    regex(rf"{_NAME},? {_YEAR}(?: (?:{_MONTH}|\d\d)(?: ?\d{{1,2}})?)? ?; ?[.:]{{0,3}} ?$"),
    regex(rf"(?<!revised)(?<!updated)(?<!cited)(?<!accessed)(?<=[\w.)\]:]) {_YEAR} {_MONTH}(?: ?\d{{1,2}})? ?\.? ?$"),
    regex(rf"{_NAME}, ?pp?\. ?\w{{0,14}}\d\w{{0,12}}(?:{_DASH}\w{{1,6}})?{_DATED_END}"),
)
"""What articles have, but books and reports may have as well."""

_AHEAD = regex(r"\bahead[ -]of[ -]print\b|\bEpub\b|\bAdvance Access\b|\bEarly View\b|\bOnlineFirst\b")
"""What is printed of articles that have no place yet."""

_BOOKS = (
    regex(  # editions, editors, books that something is in
        r"\b(?:\d{1,2}(?:st|nd|rd|th)|second|third|fourth|fifth|revised|rev\.?) "
        r"(?:(?:rev(?:ised)?|int(?:ernational)?|student)\b\.? )?(?:ed|edn|edition)\b"
        r"|\b\d{1,2}\. ?Aufl|\( ?(?:eds?|editors?|hrsg|Hg)\b\.? ?\)|[,(] ?eds?\.|, ?editors?\b[.,:]"
        r"|(?:^|[.:;,)\]\"] )In: (?=[\"A-Z\u00c0-\u024f])|\bIn (?:[A-Z]\. ?){1,3}[^\W\d_]",
    ),
    # New York, NY: Wiley; 2010 · (Berkeley: University of California Press, 1987)
    regex(
        r"(?:^|[.;(\])] ?)(?:[A-Z\u00c0-\u024f][^\W_]{0,20}[.'-]?[^\W_]{0,20},? ){0,3}"
        r"[A-Z\u00c0-\u024f][^\W_]{0,20}[.'-]?[^\W_]{0,20}(?: \([^()]{2,20}\))?: ?"
        rf"[A-Z\u00c0-\u024f](?:(?![a-z]\. )[^:;\"(]){{1,80}}[;,] ?(?:c|©|cop\.? ?)?{_YEAR}[a-z]?\)?"
        r"(?=[ .]{0,4}$|[.;,] ?(?:p|\d|[A-Z(]))"
    ),
    # London: Longman, Brown and Green. · (Prentice Hall, Englewood Cliffs, NJ, 1973)
    regex(
        r"[.;)\]] (?:[A-Z\u00c0-\u024f][^\W_]{1,20}[.'-]?[^\W_]{0,20},? ){0,2}[A-Z\u00c0-\u024f][^\W_]{1,20}"
        r"(?:, [A-Z]{2})?: ?[A-Z\u00c0-\u024f][^:;\"\d.]{3,80}[ .]{0,3}$"
    ),
    regex(rf"\([A-Z\u00c0-\u024f][^()\d:]{{3,60}}, ?[A-Z\u00c0-\u024f][^()\d:]{{2,40}},? {_YEAR}\)[ .]{{0,4}}$"),
    # McGraw-Hill; 2018.
    regex(
        rf"{_NAME} ?; ?(?:c|©)?(?:{_MONTH} ?(?:\d{{1,2}},? ?)?|\d{{1,2}}\.? [^\W\d_]{{3,9}}\.? )?{_YEAR}"
        r"(?! ?; ?[\dA-Z])"
    ),
    regex(r"\bISBN\b"),
)
"""How books are printed."""

_WORDS = (
    regex(  # publishers
        r"(?:[.:;,(\])]) ?(?:[A-Z&][\w.&'-]* ){0,4}(?:McGraw|Elsevier|Wiley|Saunders|Mosby|Lippincott|Wolters"
        r"|Churchill|Springer(?:-Verlag)?|Thieme|Blackwell|Butterworth|Pergamon|Plenum|Dekker|Prentice|Pearson|Routledge"
        r"|Sage|Taylor|[A-Z]\w+ Press|Press|Verlag|Publish(?:ers?|ing)|Publications?|Books|Kluwer|Karger|Jones"
        r"|Lexi-?Comp|Micromedex|UpToDate|DynaMed|EBSCO"
        r"|Merck|ASHP|American Society of Health|Thomson|Truven)\b(?!, ?(?:[A-Z]\.|[A-Z]{1,3}\b))"
        rf"[^;:\"\d]{{0,40}}?(?:[,;(] ?{_YEAR}|[,;.) ]{{0,5}}$|[.,] ?(?:pp?|chap)\b)"
    ),
    regex(  # what agencies and manufacturers issue
        r"\b(?:package insert|prescribing information|product (?:label(?:ing)?|monograph|information)"
        r"|summary of product characteristics|SmPC|patient information leaflet|package leaflet|medication guide"
        r"|instructions for use|investigator'?s brochure|safety data sheet|MSDS|certificate of analysis|data on file"
        r"|drug (?:label|facts)|guidance for (?:industry|the)|guidance document|draft guidance"
        r"|guidance on\b[^.]{0,60}\. ?\w+|reflection paper|points to consider|note for guidance|concept paper"
        r"|assessment report|warning letter|drug safety communication|technical report|white paper|working paper"
        r"|discussion paper|code of federal regulations|C\.?F\.?R\.? (?:part )?\d+\w*|U\.?S\.?C\.? (?:§+ ?)?\d+\w*"
        r"|public law|compliance policy guide|inspection guide|formulary|clinical study report|press release"
        r"|news release|fact ?sheet|advisory committee|NICE guideline|HHS publication|NIH publication|DHHS"
        r"|monograph series|clinical practice guidelines in|medicines handbook|drug information handbook)\b"
        r"|\b(?:directive|regulation) \(?(?:EU|EC|EEC)?\)? ?(?:no\.? ?)?\d+/\d+"
        r"|\b(?:EMA|EMEA|CHMP|CPMP)/\w|\bICH\b[^.]{0,80}\b[QSEM]\d{1,2}\b|\bNICE\b[^.]{0,30}\b(?:NG|CG|TA)\d+",
        re.IGNORECASE,
    ),
    regex(  # who issues it, as the author or the publisher
        r"(?:^|\. )(?:(?:U\.?S\.?|United States|UK) )?(?:Food and Drug Administration|FDA\b|European Medicines Agency"
        r"|EMA\b|Department of Health|World Health Organi[sz]ation|WHO\b|International Co(?:nference|uncil) (?:on|for)"
        r" Harmoni[sz]ation|ICH\b|International Organization for Standardization|Centers for Disease Control"
        r"|Drug Enforcement Administration|National Institute for (?:Health|Clinical)|NICE\b|Health Canada"
        r"|Medicines and Healthcare|Therapeutic Goods|United States Pharmacop|US Pharmacop"
        r"|National Institutes? (?:of|on)|Agency for (?:Healthcare|Toxic)|Environmental Protection Agency"
        r"|Occupational Safety)"
    ),
    regex(  # standards and pharmacopoeias
        r"\b(?:ISO|IEC|ASTM|ANSI|AAMI|DIN|CEN|AOAC|NFPA|CLSI|NCCLS)\b(?:/[A-Z]{2,8}){0,3}[ -]{0,2}"
        r"(?:EN |TS |TR |Std\.? )?[A-Z]{0,3}[- ]?\d+|\b(?:BS|EN) (?:EN |ISO ){0,2}\d{3,}|\bUSP(?:[ -]{0,3}NF)?\b"
        r"|\b[Pp]harmacop(?:o?eia|oeial|eial|ee|oea)\b|\bPh\.? ?Eur\b|<\d{2,4}>|\b[Gg]eneral [Cc]hapter\b"
    ),
    regex(  # said, written and shown, never printed
        r"\b(?:personal|oral|written|verbal|private|e-?mail) (?:communications?|correspondence)\b|\bpers\.? comm\b"
        r"|\b(?:telephone|phone|personal) (?:call|conversation|interview)\b|\be-?mail (?:to|from|message)\b"
        r"|\b(?:letter|memorandum|memo|note) (?:to|from) (?!the editor)(?:the )?[A-Z]|\bunpublished\b"
        r"|\b(?:poster|paper|abstract|oral) (?:session )?presented at\b|[.?!] presented at\b"
        r"|\b(?:thesis|dissertation)\b[^.]{0,10}[.,\]:)]|\bdiss\.|\[(?:conference|poster) presentation\]"
        r"|\b(?:US|U\.S\.|EP|WO|JP|United States|European) pat(?:ent)?\b\.? ?(?:no\.?|appl\w*)?\.? ?"
        r"(?:(?:US|EP|WO|JP) ?)?[\d,/]{5,}|(?-i:\bWO ?(?:19|20)\d\d/\d{5,6}\b)"
        r"|\[(?:computer program|software|database|book|dissertation|thesis|brochure|leaflet|pamphlet|poster|dataset"
        r"|standard|patent|unpublished|data sheet|package)[^\]]{0,60}\]",
        re.IGNORECASE,
    ),
    # patents by their number: WO2004096201A1 · EP 2 694 083 B1
    regex(r"\b(?:US|EP|WO|DE|GB|JP|CN|FR|CA|AU|RU|ES|KR|CH|AT|IN) ?\d[\d /.,-]{4,14}\d ?[ABCTUY]\d?\b"),
    regex(  # theses and what was said, in other languages
        r"\bth[e\u00e8]se (?:d['e]|pour)|\bm[e\u00e9]moire de (?:master|ma[i\u00ee]trise|fin|stage|D)"
        r"|\btesis (?:doctoral|de)\b|\bt[e\u00e9]s[ie] (?:di|de|em) |\bdisserta(?:tion[ ,:]|[c\u00e7][a\u00e3]o)"
        r"|\bproquest\b|\bproefschrift\b|\bexamensarbete|\b(?:av|af)handling\b|\b(?:diplom|master|bachelor)arbeit\b"
        r"|\bhabilitationsschrift|\b(?:praca|rozprawa) (?:magister|doktor)ska|\bdiplomov\u00e1 pr\u00e1ce"
        r"|\bv\u00e4it\u00f6skirja|\b\u0434\u0438\u0441\. ?(?:\.|\u043a\u0430\u043d\u0434|\u0434-\u0440\u0430)"
        r"|\b\u0434\u0438\u0441\u0441\u0435\u0440\u0442\u0430\u0446|\b\u0430\u0432\u0442\u043e\u0440\u0435\u0444"
        r"|[\u535a\u7855\u4fee]\u58eb(?:\u5b66\u4f4d)?(?:\u8ad6\u6587|\u8bba\u6587)"
        r"|\b(?:pers\u00f6nliche|m\u00fcndliche|schriftliche) Mitteilung|\bcommunication (?:personnelle|orale)"
        r"|\bcomunica(?:zione personale|ci\u00f3n (?:personal|oral)|\u00e7\u00e3o pessoal)|\bpersoonlijke mededeling"
        r"|\bpersonlig (?:meddelelse|kommunikation)"
        r"|\b\u043b\u0438\u0447\u043d\u043e\u0435 \u0441\u043e\u043e\u0431\u0449",
        re.IGNORECASE,
    ),
)
"""Words that citations of other works have; titles of articles may have them, too."""


def _names(listed: str) -> str:
    """An expression for any of the names that are listed with `|` between them, on as many lines as wanted."""
    return "|".join(name.strip() for name in listed.replace("\n", "|").split("|") if name.strip())


_DAY_MONTH = r"(?:\d{1,2}\.? (?:de )?)?(?:[^\W\d_]{3,10}\.? (?:de )?)?(?:\d{1,2},? )?"
_DATE = rf"(?:{_DAY_MONTH}{_YEAR}(?: ?{_MONTH}(?: \d{{1,2}})?)?|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}|{_YEAR}-\d\d-\d\d)"
_THE = r"(?:[Tt]he |Le |La |Les |El |Die |Der |Il |De )?"
_PAPERS = _names(
    r"""
    (?:[A-Z][\w.'-]{1,20} ){1,3}(?:Post|Herald|Tribune|Globe|Inquirer|Telegraph|Dispatch|Daily News|Post-Gazette)
    (?:New York|Los Angeles|Seattle|Irish|Financial|Sunday|Straits|Japan|Tampa Bay|Washington|Hindustan|Moscow) Times
    (?:Baltimore|Vancouver|Chicago|Toronto|Kansas City) (?:Sun|Star)|(?:San Francisco|Houston|Austin) Chronicle
    (?:Frankfurter|Neue Z\u00fcrcher|S\u00fcddeutsche|Berliner|Stuttgarter) (?:Allgemeine )?(?:Zeitung|Rundschau)
    Wall Street Journal|Guardian|Observer|Independent|Telegraph|Times of [A-Z]\w+|Daily (?:Mail|Express|Mirror|Star)
    USA Today|Los Angeles Times|Boston Globe|Globe and Mail|Economist|New Yorker|Atlantic(?: Monthly)?|Spectator
    Monde|Figaro|Lib\u00e9ration|Pa\u00eds|Mundo|Vanguardia|Corriere della Sera|Repubblica|Stampa|Folha de S\. Paulo
    Welt|Zeit|Spiegel|Stern|FAZ|S\u00fcddeutsche Zeitung|Tagesspiegel|Volkskrant|Telegraaf|Soir|Haaretz|Hindu
    Dagens Nyheter|Aftenposten|Politiken|Helsingin Sanomat|Asahi Shimbun|China Daily|Sydney Morning Herald
    Forbes|Fortune|Time(?: Magazine)?|Newsweek|Wired|Bloomberg(?: News| Businessweek)?|Businessweek|Consumer Reports
    U\.?S\.? News (?:&|and) World Report|Reader's Digest|National Geographic|Politico|Axios|Slate|Vox|HuffPost
    Huffington Post|BuzzFeed News|Conversation|ProPublica|STAT(?: News)?|MedPage Today|(?:Kaiser|KFF) Health News
    Endpoints News|Fierce ?Pharma|Pharmacy Times|Drug Topics|Reuters(?: Health)?|Associated Press|AP News|AFP|dpa|UPI
    (?:BBC|CNN|CBS|NBC|ABC|Fox|Sky|ITV|CTV|CBC) ?(?:News|Health|Online|\.com)?|CNBC|NPR|PBS(?: NewsHour)?|Al Jazeera
    ScienceInsider|PR ?Newswire|Business ?Wire|Globe ?Newswire|EurekAlert!?|Cision
    """
)
_MEDIA = _names(
    r"""
    YouTube|Vimeo|Netflix|Hulu|Amazon Prime(?: Video)?|HBO|Spotify|Apple Podcasts|(?:X / )?Twitter|Facebook|Instagram
    TikTok|LinkedIn|Reddit|Substack|TEDx?(?: ?[Tt]alks?)?|Coursera|edX|Udemy|GitHub|Zenodo|[Ff]igshare|Dryad
    Mendeley Data|Harvard Dataverse|SlideShare|(?:[\w.'&-]{1,20} ){1,6}(?:[Bb]log|[Pp]odcast|[Nn]ewsletter|Radio Show)
    (?:[\w-]{1,40}\.){1,2}(?:com|org|net|info|co\.uk|de|io|gov|edu|int|eu)
    """
)
_COMPENDIA = _names(
    r"""
    (?:[A-Z]\w{1,20} )?Micromedex|Merative|DRUGDEX|POISINDEX|UpToDate|Up-?to-?date|Lexi-?(?:Drugs|Comp|comp)|AHFS
    Clinical (?:Pharmacology|Key)|ClinicalKey|American Hospital Formulary Service|(?:Drug )?Facts (?:&|and) Comparisons
    Natural Medicines|Natural Standard|DynaMed|BMJ Best Practice|Epocrates|MDCalc|Medscape|Drugs\.com|RxList|WebMD
    GoodRx|Healthline|Verywell|MedlinePlus|Mayo Clinic|Cleveland Clinic|NHS(?: Choices| [Ii]nform)?|Patient\.info
    netdoctor|PubChem|ChemSpider|DrugBank|ChEMBL|ChEBI|KEGG|UniProt|GenBank|RxNorm|RxNav|LactMed|LiverTox|PharmGKB
    CredibleMeds|MedicinesComplete|Stockley's|Martindale|Trissel's|Red Book|Orange Book|Purple Book|Green Book
    Merck (?:Index|Manual)|Physicians' Desk Reference|PDR|Vidal|Rote Liste|Gelbe Liste|ABDA|Fachinfo|Compendium|BNF
    British National Formulary|NICE Clinical Knowledge Summar|electronic [Mm]edicines [Cc]ompendium|eMC|MIMS|AusDI
    Australian Medicines Handbook|Therapeutic Guidelines|eTG|Sanford Guide|First Databank|Wikip[e\u00e9]dia
    Encyclop(?:a?e|\u00e6)dia|Britannica|(?:[\w']{1,20} ){0,4}Dictionary|Dorland's|Stedman's|Merriam-Webster|Statista
    IQVIA|Our World in Data|Eurostat|VigiAccess|EudraVigilance|FAERS|OpenAI|ChatGPT|ClinicalTrials\.gov
    EU Clinical Trials Register|(?:\w{1,20} ){0,4}Clinical Trials? Registry|ISRCTN|PROSPERO|ANZCTR|ChiCTR
    """
)
_BODIES = (
    r"\b(?:Association|Society|Agency|Bureau|Department|Ministry|Institutes?|Councils?|Boards?|Commission|Committee"
    r"|University|Foundation|Trust|Cent(?:er|re)s?|Administration|Organi[sz]ation|Conference|College|Academy|Alliance"
    r"|Federation|Union|Office|Authority|Service|Hospital|Clinic|Pharmac(?:y|ies)|Laborator(?:y|ies)|Pharma\w*"
    r"|Government|Network|Initiative|Institut|Gesellschaft|Minist\u00e8re|Agence|Bundes\w+|Corporation|Inc|Corp|Ltd"
    r"|LLC|plc|PLC|GmbH|AG|S\.A)\b"
)
_ONE = r"(?:[^.?!]|(?<=[A-Z])\.)"  # a letter of one sentence: "U.S. Census Bureau"

_ELSEWHERE = (
    # Kolata G. New drugs stir debate. New York Times. January 15, 2018:A1. · YouTube; 2014 Jun 25.
    regex(
        rf"(?:^|[.?!,:;)\]\"] ?\"? ?){_THE}(?:{_PAPERS}|{_MEDIA})(?: \([^()]{{2,30}}\))?\"?(?:[.,;:] ?|,? ?\()"
        rf"(?:(?:[Pp]ublished|[Pp]osted|[Bb]roadcast|[Aa]ired|[Uu]pdated) )?{_DATE}"
    ),
    # Carey B. (2019, March 22). Can we get better at forgetting? The New York Times.
    regex(
        rf"\({_YEAR}, ?{_MONTH}(?: \d{{1,2}})?\).{{10,400}}[.?!] {_THE}(?:{_PAPERS}|{_MEDIA})(?:, [A-Z]?\d+)?"
        r"[ .]{0,3}$"
    ),
    regex(  # marks after a title, and never around a translated one
        r"(?<=[\w)\"?!']) \[(?:(?:we)?blog|vlog|podcast|audio|video|film|movie|motion picture|documentary|tv|television"
        r"|radio|tweet|thread|twitter|facebook|instagram|linkedin|status update|post|webinar|lecture|slides?|powerpoint"
        r"|keynote|advertisement|mobile app|app|large language model|generative|interview|infographic|source code|code"
        r"|data ?set|newsletter|newspaper|magazine|press|database|online database|user'?s? (?:guide|manual)|manual|job"
        r"|course)\b[^\[\]]{0,40}\]|\((?:blog|podcast|video|film|documentary|webinar)\)",
        re.IGNORECASE,
    ),
    regex(  # what courts decide: Roe v. Wade, 410 U.S. 113 (1973) · [2004] UKHL 22 · Case C-157/99
        r"\bvs?\.? [A-Z].{1,120}, \d{1,4} (?:[A-Z][A-Za-z]{0,4}\.? ?){1,4}(?:[234](?:d|th))? ?\d{1,5}\b"
        r"|\bMDL (?:No\.? ?)?\d{3,}|\bCase [CT]-\d+/\d\d"
        r"|\[\d{4}\] (?:UKSC|UKHL|EWCA|EWHC|AC|QB|WLR|All ER|HCA|SCR|ECR)\b"
    ),
    regex(  # what was taught and said, and programs of R
        r"(?:^|[.?!] )(?:(?:Telephone|Personal|Phone|Video) i|I)nterview (?:by|with) (?:the )?authors?\b"
        r"|(?:^|[.?!] )(?:Lecture|Webinar|Seminar|Keynote|Grand [Rr]ounds|Class notes|Course (?:notes|materials?)"
        r"|Workshop|Panel discussion)(?: (?:notes?|at|by|for|given|held|on|presented|slides?|with)\b|[:,;])"
        r"|\b(?:lecture|course) (?:notes|slides|pack)\b|(?:^|[.?!] )(?:Oral|Written|Verbal) (?:statement|report)\b"
        r"|\bR package version\b|\bR (?:Core Team|Foundation)\b"
    ),
)
"""Where other works than articles are, and what they are called; persons are their authors, too."""

_OF_BODIES = (
    regex(rf"(?:^|[.?!:;)\]\"] ?){_THE}(?:{_COMPENDIA})(?: [A-Z0-9][\w.&'-]{{0,20}}){{0,5}}(?:'?s)?(?= ?[.,;:(\[])"),
    regex(rf"^{_THE}(?:{_PAPERS}|{_MEDIA})(?=[.:] )"),
    regex(rf"[.,;(\[ ](?:[Uu]pdated|[Rr]eviewed|[Mm]odified|[Rr]etrieved|Abgerufen|Zugriff)(?: on| am)?:? ?{_DATE}"),
    regex(  # programs and collections
        r"\b[Vv]ersion [A-Z]?\d|\bv\d+\.\d+|\b[Ss]oftware\b|\bfor (?:Windows|Mac(?:OS)?|Linux)\b|\bSimulator\b"
        r"|\b(?:Database|Directory|Dashboard|Master File)\b(?=[.,]| \d)"
    ),
    regex(  # laws
        r"\bPub(?:lic|\.)? L(?:aw|\.)|\b\d+ Stat\. \d+|\bS\.?I\.? \d{4}/\d+|\bAct(?:,| of)? \d{4}\b"
        r"|\bRegulations? \d{4}\b|^Treaty\b"
        r"|(?:^|[.,] )(?:[Ss]ections?|[Ss]ec\.|\u00a7+|[Aa]rticles?|[Pp]art|[Cc]hapter) \d[\w.()-]*[ .]{0,3}$"
        r"|\bConvention on\b|\bResolution \S*\d|(?:[Gg]esetz|[Vv]erordnung)\b|\bBGBl\b|\bFederal Register\b"
        r"|\bJournal officiel\b|\bRule \d+\w*-\d|\b[A-Z]\w+ Code(?:[.,]| \u00a7| sec)"
    ),
    # numbers of registers of trials and reviews
    regex(r"\bEudraCT\b|\bISRCTN\d+|\bCRD42\d+|\b(?:ACTRN|ChiCTR|UMIN|JPRN|DRKS|NTR|CTRI)[-/ ]?\w*\d{4,}"),
    regex(  # what a pharmacy, a hospital or a manufacturer keeps, and what is sent
        r"\bstandard operating procedure|\bSOP\b|\bbatch record|\bformulation (?:record|no)|\bformula (?:no\.? ?)?\d"
        r"|\bin-house\b|\binternal (?:document|report|memo\w*)|\b(?:hospital|pharmacy|institutional) (?:protocol|polic)"
        r"|\bpolicy (?:no|number|statement)\b|\bcertificate\b|\bannual report\b|\bform (?:10-[KQ]|20-F|8-K)\b"
        r"|\bPharmacy and Therapeutics Committee|\b(?:Rote-Hand-Brief|Dear (?:Doctor|Health))"
        r"|\b(?:questionnaire|survey|checklist)\b[^.]{0,40}, version|\(exhibit \d"
        r"|^(?:Telephone |Personal )?(?:interview|conversation) with\b"
        r"|\b(?:Instagram|Facebook|Twitter|LinkedIn|Reddit|Slack|WhatsApp) (?:post|message|thread|comment|group|r/)",
        re.IGNORECASE,
    ),
    # American Diabetes Association. Consumer guide to glucose meters. 2020. · … Agency (2020). A guide.
    regex(
        rf"^{_ONE}{{0,120}}{_BODIES}{_ONE}{{0,60}}[.?!] [^.]{{5,300}}"
        rf"(?:[.?!] (?:[Pp]ublished |[Pp]osted )?\(?{_DATE}\)?)?[ .]{{0,4}}$"
    ),
    regex(rf"^{_ONE}{{0,120}}{_BODIES}{_ONE}{{0,60}} \({_YEAR}[^()]{{0,20}}\)\. [^.]{{5,300}}[.?!]? ?$"),
)
"""As above, where no person is the author: of what bodies, firms and services issue."""


_JOURNAL = regex(
    r"(?:^|\b(?:[Tt]he|[A-Z]\w+\.?) )J\b\.? [A-Z]|\b[Jj]ournal (?:of|for)\b|\bZeitschrift f|^Frontiers in "
    r"|\b[Rr]evista (?:de|d[oa]s?)\b|^(?:Proceedings of the|Comptes rendus|Virchows Arch)\b"
    r"|\b(?:Ann(?:als|ales)?|Arch(?:ives)?|Bull(?:etin)?|Rev(?:iews?)?|Acta)\b\.? (?:of |in |de |the )*[A-Z]"
    r"|^(?:The )?(?:Lancet|BMJ|JAMA|NEJM|PNAS|PLoS|PLOS|BMC|Cochrane Database)\b(?: [\w-]+){0,4}$"
    r"|^(?:Nature|Science|Cell|Gut|Chest|Blood|Circulation|Pediatrics|Neurology|Diabetes|Stroke|Thorax|Heart)$"
)
"""What names of journals have: Journal of, J Winter Med, Acta, and some that have no such word."""

_SHORTENED = regex(
    r"\b(?:Anaesth|Anesth|Biochem|Biochim|Biol|Biomed|Cardiol|Chem|Clin|Dermatol|Diagn|Endocrinol|Environ|Epidemiol"
    r"|Gastroenterol|Genet|Gynecol|Hematol|Hepatol|Immunol|Infect|Med|Metab|Microbiol|Mol|Neurol|Neurosci|Nutr|Obstet"
    r"|Oncol|Ophthalmol|Orthop|Otolaryngol|Pathol|Pediatr|Pharmacol|Pharmacother|Physiol|Psychiatr|Psychol|Radiol|Respir"
    r"|Res|Rheumatol|Sci|Surg|Ther|Toxicol|Urol|Vet)\b"
)
"""Words as names of journals are shortened."""

_WORD = regex(r"[^\W\d_]{2}")
_BODY = regex(r"\b(?:Acad|Assoc|Cent|Coll|Dept|Found|Hosp|Inst|Soc|Univ|Inc|Ltd|LLC|School|News)\b|\.(?:com|org|net)\b")
"""Words of bodies, whose names are shortened in the same way."""

_UPPER = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03a9\u0401-\u042f"
_AUTHORS = (
    # Smith JP, … · Smith, J. P. · J. P. Smith, and never "BASF SE." or "Winter PLC."
    regex(
        r"^(?!U\.S\.|[A-Z]{3,} (?:AG|SE|SA|NV|BV|KG|AB|AS)\.|[\w&-]+ (?:PLC|LLC|LTD|UK|US|USA|EU)\.)"
        rf"(?:'?[^\W\d_][\w'-]{{1,30}}(?: [\w'-]{{1,30}}){{0,3}},? (?:[{_UPPER}]\.?[ -]?){{1,3}}"
        rf"(?=[,;:.(&]|and\b|et\b|$)|(?:[{_UPPER}]\.[ -]?){{1,3}}'?[^\W\d_][\w'-])"
    ),
    # Brown, Norman, and Jaak Panksepp. 2009. · Brown, Norman. "…
    regex(
        rf"^[^\W\d_][\w' -]{{1,40}}, [{_UPPER}][\w'. -]{{1,30}}(?:, [^.]{{3,1500}})?(?:,? and [^.]{{3,60}})?"
        rf"\. ?(?:{_YEAR}|\")"
    ),
    regex(r"^.{2,400}?\bet\.? al\b|^.{2,60}?,? (?:and|&) (?:colleagues|others|co-?workers)\b"),
    regex(r"^[\u4e00-\u9fff\uac00-\ud7a3]{2,5}[,.\uff0c\u3001\uff0e]"),
    regex(r"^\[?(?:Anon(?:ymous|yme|imo)?|No authors? (?:listed|given)|Editorial|Leading article)\b", re.IGNORECASE),
    regex(
        r"^[^.]{0,120}\b(?:(?:Study|Research|Trial|Collaborative|Writing) Group|Investigators|Triali?sts"
        r"|Collaborat(?:ors|ion|ive)|Consortium)\b"
    ),
)
"""How the authors of articles are printed: persons, groups of them, or a word for none."""

_NOTES = regex(
    rf"^(?>\b{_MONTH_NAME}|\d|[IVXLC]+\b|\W)*+(?:(?:accepted|submitted|revised|(?:first )?published|received"
    r"|posted|e-?pub|online|in press|in print|forthcoming|ahead|available|advance|article|doi|pmid|pmcid|pii|abstract"
    r" only|early view|uncorrected|manuscript|preprint)\b.*)?$",
    re.IGNORECASE,
)
"""What may follow a journal's name."""

_DATE_BEHIND = regex(rf"(?:{_MONTH} ?)?(?:\d{{1,2}},? )?{_YEAR}[a-z]?.{{0,3}}$")
_SENTENCES = regex(r"(?<=[^\W\d_]{2})[.?!](?: (?=\S)|(?=,))|; ?")
_BRACKETED = regex(r" ?(?:\([^()]{0,200}\)|\[[^\[\]]{0,200}\])")
_FIELD_OF_MEDICINE = regex(
    r"^(?:[\w'-]+,? (?:(?:and|&|of|in) )?){0,4}\w+(?:ology|iatry|iatrics|erapeutics|otherapy|etics|[Rr]heumatism)$"
)
_AND = regex(r",? (?:and|&|und|et|y|e) ")
_NO_JOURNAL = (
    # Ludwigshafen, March · Deutscher Schmerzkongress, Mannheim; and never "Comp Biochem Physiol. B, Comparative …"
    regex(
        rf"(?<![ .][A-Z])(?<!^[A-Z]{{3}}), (?!(?:{_MONTH}|Epub|Online|Published|Accepted|Article|Art|In|Vol|Volume|No"
        rf"|Nr|Issue|Suppl|Supplement|Pages?|pp?|Sect(?:ion)?|Part|Ser(?:ies)?|Spec|[A-Z]|[IVXLC]+|[A-Z]+\d+)\b)"
        rf"[{_UPPER}]"
    ),
    regex(
        r"\b(?:Poster|Vortrag|Presented|Presentation|Abstract \w*\d|(?:Annual|Midyear|Spring|International) Meeting"
        r"|\w*[Kk]ongress|Congr(?:\u00e8s|ess)|Congress?o|Jahrestagung|Workshop|Webinar|Lecture|Seminar"
        r"|Conference (?:on|of)|Universit\w*|Hochschule|Publish\w*|Verlag\w*|Editions?|\u00c9ditions|Editorial|Press"
        r"|Books?|Website|News|Blog|Podcast|Dataset|OSF|Figshare|Zenodo|CRAN|Inc|LLC|Ltd|GmbH|PLC|[Vv]ersion \d)\b"
        r"|\u5e74\u4f1a|\u5e74\u6703|\u5927\u4f1a"
    ),
    regex(r"\b\d{2,4} ?(?:pp?|pages|S|Seiten|\u0441|\u0441\u0442\u0440|s)\.?$"),  # of the entire book
    regex(r"^\d|\w: ?[A-Z]|^(?:[Ll]ast |[Pp]age (?:last )?)?(?:[Uu]pdated|[Rr]eviewed|[Mm]odified)\b"),
    regex(rf"^{_THE}(?:{_PAPERS}|{_MEDIA}|{_COMPENDIA})(?:,|$)"),
)
"""What follows the titles of other works and is not a journal's name: a town, a congress, a publisher, pages."""

_OF_LABELS = regex(r"\b(?:DailyMed|label|labell?ing|prescribing|inserts?|NDC|revised)\b", re.IGNORECASE)
_NAMES_SET_ID = regex(r"\bSet ?ID\b", re.IGNORECASE)


@lru_cache(1024)
def kind_of_print(printed: str) -> WorkKind:
    """What kind of work a printed citation is of; of a very long one the beginning is read."""
    text = _readable(printed)
    for patterns, kind in (
        (_PLACES, WorkKind.ARTICLE),
        (_BOOKS, WorkKind.OTHER),
        (_ELSEWHERE, WorkKind.OTHER),
        (_VOLUMES, WorkKind.ARTICLE),
        (_WORDS, WorkKind.OTHER),
        (() if _has_authors(text) or _AHEAD.search(text) else _OF_BODIES, WorkKind.OTHER),
        (_PAGES, WorkKind.ARTICLE),
    ):
        if any(pattern.search(text) for pattern in patterns):
            return kind
    is_article = _AHEAD.search(printed[:_LONGEST]) is not None or _is_in_journal(printed)
    return WorkKind.ARTICLE if is_article else WorkKind.UNCLEAR


def _has_authors(text: str) -> bool:
    """Whether a citation begins as those of articles do."""
    return any(pattern.search(text) for pattern in _AUTHORS)


def _is_in_journal(printed: str) -> bool:
    """Whether persons, a year and what must be a journal's name are printed, though no place in it."""
    read = parse_without_record(printed)
    if not (read.first_author and read.initials and read.year and read.journal):
        return False
    if _JOURNAL.search(read.journal):
        return True
    return _SHORTENED.search(read.journal) is not None and not _BODY.search(read.journal)


def kind_of_work(csl_type: str | None, fields: Mapping[str, object], printed: str | None) -> WorkKind:
    """What kind of work an entry is of.

    Args:
        csl_type: Its type.
        fields: Its CSL variables.
        printed: Its printed citation.
    """
    if csl_type in ARTICLE_TYPES:
        return WorkKind.ARTICLE
    kinds = {kind_of_print(printed) if printed else WorkKind.UNCLEAR, _kind_of_fields(fields)}
    return next((kind for kind in (WorkKind.ARTICLE, WorkKind.OTHER) if kind in kinds), WorkKind.UNCLEAR)


def is_article_not_label(printed: str) -> bool:
    """Whether a print beside the Set ID of a label is of an article, and not of the label.

    The words Set ID may follow an article by persons, too.
    """
    read = _readable(printed)
    if kind_of_print(printed) is not WorkKind.ARTICLE or _OF_LABELS.search(read):
        return False
    return _NAMES_SET_ID.search(read) is None or names_article(printed)


def may_be_article(printed: str) -> bool:
    """Whether a print may be of an article though it has no place in a journal.

    There must be authors, and after the title what may be a journal's name; without authors, what must be one.
    """
    kind = kind_of_print(printed)
    if kind is not WorkKind.UNCLEAR:
        return kind is WorkKind.ARTICLE
    text = _readable(printed)
    last = _last_sentence(text)
    if _JOURNAL.search(last) or (_SHORTENED.search(last) and not _BODY.search(last)):
        return True
    if not _has_authors(text):
        return _FIELD_OF_MEDICINE.search(last) is not None and not re.search(_BODIES, last)
    if any(pattern.search(last) for pattern in _NO_JOURNAL) and not _AND.search(last):
        return False
    return bool(parse_without_record(printed).journal) or _CONTAINED.search(text) is not None


def _last_sentence(text: str) -> str:
    """What is printed last apart from dates and notes, which may be the journal's name; empty where it is all."""
    behind_title = text.rpartition('"')[2] if text.count('"') > 1 else ""
    plain = _BRACKETED.sub("", behind_title if _WORD.search(behind_title) else text)
    sentences = [sentence.strip(" ,.;:") for sentence in _SENTENCES.split(plain)]
    kept = [sentence for sentence in sentences if sentence and not _NOTES.search(sentence)]
    last = kept[-1] if kept else ""
    while len(kept) == 1 and (name := _AUTHORS[0].search(last)):
        last = last[name.end() :].strip(" ,.;:&")
    return _DATE_BEHIND.sub("", last).rstrip(" ,.:")


def is_title_alone(printed: str) -> bool:
    """Whether nothing is printed but one sentence, without any name, number or date: it may be any work's title."""
    return re.search(r"[.?!;] \S|[,\d\"]", _readable(printed)) is None


def names_article(printed: str) -> bool:
    """Whether persons, a year and perhaps a journal are printed, as an article is cited without its place."""
    read = parse_without_record(printed)
    return bool(read.first_author and read.initials and read.year) and may_be_article(printed)


def _kind_of_fields(fields: Mapping[str, object]) -> WorkKind:
    """By the fields alone: managers write a publisher, and an ISSN as an ISBN, into articles, too."""
    if any(fields.get(key) for key in _BOOK_FIELDS) or isbns_in(f"ISBN {fields.get('ISBN') or ''}"):
        return WorkKind.OTHER
    places = [key for key in ("volume", "issue", "page") if fields.get(key)]
    if fields.get("container-title") and (len(places) > 1 or (places and not fields.get("publisher"))):
        return WorkKind.ARTICLE
    if fields.get("publisher"):
        return WorkKind.OTHER
    title = fields.get("title")
    return kind_of_print(f"{title}.") if isinstance(title, str) and title else WorkKind.UNCLEAR


def _readable(printed: str) -> str:
    plain = _EMPHASIS.sub("", clean(printed[:_LONGEST]))
    return " ".join(without_identifiers(without_number(plain)).split())

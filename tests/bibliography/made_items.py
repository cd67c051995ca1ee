"""Items made up for the tests: one that has everything, one of each kind, and hostile ones."""

LABEL = {
    "id": "label",
    "type": "document",
    "title": "Naltrexone Hydrochloride Tablets USP, 50 mg",
    "publisher": "Mallinckrodt & Sons, Inc.",
    "genre": "Prescribing information",
    "version": "12",
    "issued": {"date-parts": [[2024, 3, 1]]},
    "accessed": {"date-parts": [[2025, 8]]},
    "URL": "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=06ff2d5a-e62b-4fa4-bbdb-01938535bc65",
    "custom": {"setid": "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"},
}
PAGE = {
    "id": "page",
    "type": "webpage",
    "title": "What is LDN?",
    "author": [{"literal": "LDN Research Trust"}],
    "container-title": "LDN Research Trust",
    "issued": {"date-parts": [[2021]]},
    "accessed": {"date-parts": [[2025, 8, 14]]},
    "URL": "https://www.ldnresearchtrust.org/what_is_low_dose_naltrexone#top",
}
ARTICLE = {
    "id": "younger-2013",
    "type": "article-journal",
    "title": "Low-dose <i>naltrexone</i> in McCue's H<sub>2</sub>O: 10<sup>9</sup> <b>DNA</b> copies & 5 % of $7",
    "author": [
        {"family": "King", "given": "Martin L", "suffix": "Jr"},
        {"literal": "ADVANCE Collaborative Group"},
        {"literal": "Institute of Medicine, Board on Health and Science"},
        {"family": "Gogh", "given": "Vincent", "non-dropping-particle": "van"},
        {"family": "García Márquez", "given": "M. J."},
        {"family": "李", "given": "小龙"},
        {"family": "Plato"},
    ],
    "editor": [{"family": "Edwards", "given": "I"}],
    "container-title": "Arthritis & rheumatism",
    "container-title-short": "Arthritis Rheum",
    "issued": {"date-parts": [[2013, 2, 14]]},
    "accessed": {"date-parts": [[2025, 8]]},
    "volume": "65",
    "issue": "2",
    "page": "529-538",
    "PMID": "23359310",
    "PMCID": "PMC3617413",
    "DOI": "10.1002/(sici)1097_0258<1661::aid>",
    "URL": "https://example.org/_a_/b%20c;d?x=1&y=2#z~",
    "publisher": "Johnson and Johnson",
    "publisher-place": "New York, NY",
    "original-title": "Über <i>x</i>",
    "ISSN": "1234-5678, 2345-6789",
    "note": "A <i>note</i>",
    "custom": {"retracted": True, "retraction-notice": "Lancet. 2010;375:445"},
}
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-1+1",
    "\\input{/etc/passwd}",
    "\\write18{rm -rf}",
    "<script>alert(1)</script>",
    "a\r\nER  - \r\nTY  - JOUR\r\nTI  - evil",
    "a\n\nPMID- 666\nTI  - evil",
    "a\rPMID- 666",
    "}\n}\n@article{evil, title={evil}",
    "{{{",
    "}}}",
    '"}, {"id": "evil"}',
    "]]></title><title>&lt;&evil;",
    "x\n---\nreferences:\n- id: evil",
    "*a: &a [*a] # comment",
    "a\x00\x1b]0;evil\x07\x9b31m",
    "a\u2028TY  - JOUR\u2029ER  - \x85evil",
    "\u202eevil\ufeff",
    "</i><b><i>un</b>paired",
    "% comment",
    "$x^2_3$ ~ ` '' `` -- --- ...",
    "and others and",
    "| a | b |",
    "[a](javascript:alert(1)) ![b](x) @c [^1]",
    "\ud800 lone",
)


def kinds():
    """One item of each kind that has a place of its own somewhere."""
    book = {
        "type": "book",
        "title": "Citing Medicine",
        "edition": "2nd",
        "publisher": "NLM",
        "ISBN": "978-0-00-000000-2",
    }
    made = [
        book,
        {**book, "type": "chapter", "title": "Web sites", "container-title": "Citing Medicine", "page": "S1-S15"},
        {
            "type": "report",
            "title": "A report",
            "number": "WHO-12/3",
            "publisher": "Health and Care Board",
        },
        {"type": "thesis", "title": "A thesis", "publisher": "Uppsala University", "publisher-place": "Uppsala"},
        {
            "type": "article",
            "title": "A preprint",
            "container-title": "medRxiv",
            "genre": "Preprint",
            "DOI": "10.1101/1",
        },
        {"type": "article", "title": "A preprint of no server", "genre": "Preprint"},
        {"type": "article-journal", "title": "An article number", "number": "e01234-20", "container-title": "J Virol"},
        {"type": "software", "title": "R", "version": "4.4.1", "URL": "https://www.r-project.org/"},
        {"type": "paper-conference", "title": "A paper", "container-title": "Proceedings", "page": "1-9"},
        {"type": "article-journal", "title": "In spring", "issued": {"date-parts": [[2013]], "season": 1}},
        {"type": "article-journal", "title": "An interval", "issued": {"date-parts": [[2012, 12], [2013, 1]]}},
        {"type": "article-journal", "title": "Of some months", "issued": {"date-parts": [[2012, 1], [2012, 2]]}},
        {"type": "document", "title": "Bare"},
    ]
    numbered = [{"id": f"kind-{number}", **item} for number, item in enumerate(made)]
    return [*numbered, ARTICLE, LABEL, PAGE]


def hostile(text):
    """An item with the same text in every variable that holds text."""
    words = ["title", "container-title", "container-title-short", "volume", "issue", "page", "publisher", "note"]
    words += ["publisher-place", "original-title", "ISSN", "ISBN", "edition", "version", "genre", "language"]
    words += ["PMID", "PMCID", "DOI", "URL", "keyword", "number", "collection-title", "title-short"]
    names = [{"family": text, "given": text, "suffix": text}, {"literal": text}]
    dates = {"issued": {"literal": text}, "accessed": {"literal": text}}
    custom = {"setid": text, "retracted": True, "retraction-notice": text}
    return {"id": text, "type": text, "author": names, "editor": names, **dates, "custom": custom} | dict.fromkeys(
        words, text
    )

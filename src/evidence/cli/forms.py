"""The one list of formats: by name, what renders a report's document; each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evidence.formats.checkout import Checkout
from evidence.formats.json_report import Document
from evidence.formats.text import TextOptions


@dataclass(frozen=True, slots=True)
class View:
    """What formats need to know beside the document: how to set text, and where the checkout is."""

    text: TextOptions = field(default_factory=TextOptions)
    checkout: Checkout = field(default_factory=Checkout)


Render = Callable[[Document, View], str]

# Imported inside: a format costs 5 to 100 ms, and few runs want more than one of them.
# ruff: noqa: PLC0415


def _text(shown: Document, view: View) -> str:
    from evidence.formats.text import render_text

    return render_text(shown, view.text)


def _json(shown: Document, view: View) -> str:
    from evidence.formats.json_report import render_json

    del view
    return render_json(shown)


def _sarif(shown: Document, view: View) -> str:
    from evidence.formats.sarif import render_sarif
    from evidence.registry import RULES

    return render_sarif(shown, RULES, view.checkout)


def _junit(shown: Document, view: View) -> str:
    from evidence.formats.junit import render_junit
    from evidence.registry import RULES

    del view
    return render_junit(shown, RULES)


def _github(shown: Document, view: View) -> str:
    from evidence.formats.github import render_github

    return render_github(shown, view.checkout)


def _gitlab(shown: Document, view: View) -> str:
    from evidence.formats.gitlab import render_gitlab

    return render_gitlab(shown, view.checkout)


def _markdown(shown: Document, view: View) -> str:
    from evidence.formats.markdown import render_markdown

    del view
    return render_markdown(shown)


def _html(shown: Document, view: View) -> str:
    from evidence.formats.html import render_html
    from evidence.registry import RULES

    del view
    return render_html(shown, RULES)


FORMS: Mapping[str, Render] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "junit": _junit,
    "github": _github,
    "gitlab": _gitlab,
    "markdown": _markdown,
    "html": _html,
}

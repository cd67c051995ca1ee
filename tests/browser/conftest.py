"""The HTML report in real Chromium: the system's, or the one that $CHROMIUM names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.formats.html import render_html
from evidence.registry import RULES
from formats.html_documents import everything, many, monographs

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
    forms = {"everything": everything(), "monographs": monographs(), "hundreds": many(500)}
    paths = {name: folder / f"{name}.html" for name in forms}
    for name, shown in forms.items():
        paths[name].write_text(render_html(shown, RULES), encoding="utf-8")
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

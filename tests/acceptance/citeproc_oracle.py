"""The official CSL processor, citeproc-js, run by node on the same style and the same items as pandoc."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from evidence.bibliography.groups import apart
from evidence.bibliography.pandoc import Request, find_pandoc, render

PACKAGES = ("citeproc@2.4.63", "citeproc-locales@1.0.2")
FOLDER = Path(os.environ.get("EVIDENCE_ORACLE", Path(__file__).resolve().parents[2] / "work/oracle"))
SCRIPT = Path(__file__).with_name("citeproc_oracle.js")
_ENTRY = re.compile(r'<div id="ref-([^"]+)"[^>]*>(.*?)</div>\s*(?=<div id="ref-|</div>\s*$)', re.DOTALL)


def installed() -> Path:
    """The folder in which npm has put citeproc-js; skips the test where there is no node or no registry."""
    if (FOLDER / "node_modules/citeproc").is_dir() and (FOLDER / "node_modules/citeproc-locales").is_dir():
        return FOLDER
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("needs node and npm")
    FOLDER.mkdir(parents=True, exist_ok=True)
    asked = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(FOLDER)]
    done = subprocess.run([*asked, *PACKAGES], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"npm could not install citeproc: {done.stderr.strip()[-200:]}")
    return FOLDER


def by_citeproc_js(csl_json: bytes, style: bytes, scratch: Path) -> dict[str, str]:
    """The printed text of every item by its id."""
    folder = installed()
    (scratch / "style.csl").write_bytes(style)
    (scratch / "items.json").write_bytes(csl_json)
    asked = ["node", str(SCRIPT), str(folder), str(scratch / "style.csl"), str(scratch / "items.json")]
    done = subprocess.run(asked, capture_output=True, check=True, timeout=600)
    entries: list[list[str]] = json.loads(done.stdout)
    return {name: flat(entry) for name, entry in entries}


def by_pandoc(csl_json: bytes, style: bytes) -> dict[str, str]:
    """The same by pandoc."""
    number = len(json.loads(csl_json))
    written = render(Request(csl_json, style, "html", number), find_pandoc()).decode()
    return {html.unescape(name): flat(entry) for name, entry in _ENTRY.findall(written)}


def flat(markup: str) -> str:
    """The text alone, white space single, groups apart from persons as every form has them in the end."""
    boxes = re.sub(r"</?div[^>]*>", " ", markup)
    return apart(" ".join(html.unescape(re.sub(r"<[^>]+>", "", boxes)).split()))


def difference(ours: str, theirs: str) -> tuple[str, str]:
    """Where two texts part, with a little of what surrounds it."""
    start = _in_common(ours, theirs)
    end = _in_common(ours[start:][::-1], theirs[start:][::-1])
    first = max(start - 15, 0)
    return ours[first : len(ours) - end + 10], theirs[first : len(theirs) - end + 10]


def _in_common(one: str, other: str) -> int:
    """The length of the common beginning."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))

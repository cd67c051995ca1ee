"""The pages of the documentation, and the snippets in them."""

import re
from pathlib import Path

PIPELINES = Path(__file__).resolve().parents[2] / "docs" / "pipelines.md"


def snippets(kind, heading):
    """The code blocks of a kind under a heading of docs/pipelines.md."""
    text = PIPELINES.read_text(encoding="utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    (body,) = (part for part in section if part.startswith(heading))
    return re.findall(rf"^```{kind}\n(.*?)^```$", body, re.DOTALL | re.MULTILINE)

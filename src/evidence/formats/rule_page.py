"""A rule's docstring as Markdown: for the reference page, and for viewers that show help beside a finding."""

from __future__ import annotations

import re
import textwrap

TITLES = ("What it does", "Why is this bad?", "Example", "Use instead", "References")

_IS_YAML = re.compile(r"- |[\w-]+: ")


def as_markdown(doc: str) -> str:
    """A rule's docstring: its sections under bold titles, their examples as code."""
    summary, *sections = re.split(rf"^({'|'.join(map(re.escape, TITLES))}):?$", doc, flags=re.MULTILINE)
    parts = [summary.strip()]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        text = textwrap.dedent(body.strip("\n")).rstrip()
        is_code = title in {"Example", "Use instead"} and _IS_YAML.match(text)
        parts += [f"**{title}**", f"```yaml\n{text}\n```" if is_code else text]
    return "\n\n".join(parts)


def summary_of(doc: str) -> str:
    """The first line of a rule's docstring: what is wrong, in one sentence."""
    return doc.partition("\n")[0].strip()
